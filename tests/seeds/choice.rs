//! Which seeds run where.

use insta::assert_snapshot;

use super::support::{Kind, shop, user};
use crate::support::{TestEnvironment, project, query, revision};

/// Two databases with the same table, in which seeds write down that they ran.
fn two() -> TestEnvironment {
    let env = project()
        .config("[databases.app]\nurl = \"sqlite:app.db\"\n[databases.results]\nurl = \"sqlite:results.db\"\n")
        .revision(revision("a1", &[]).upgrade("CREATE TABLE ran (seed TEXT);"))
        .build();
    env.run(&["upgrade"]).ok();
    env
}

fn ran_seed(front_matter: &str, name: &str) -> String {
    format!("/*---\n{front_matter}\n---*/\nINSERT INTO ran VALUES ('{name}');\n")
}

fn ran(env: &TestEnvironment, database: &str) -> String {
    let sql = "SELECT seed FROM ran ORDER BY rowid";
    query(env, &format!("sqlite:{database}.db"), sql).trim().replace('\n', " ")
}

#[test]
fn directories_and_front_matter_say_where_a_seed_runs() {
    let env = two();
    env.write("seeds/5.sql", ran_seed("", "all"));
    env.write("seeds/app/1.sql", ran_seed("", "app"));
    env.write("seeds/results/env/dev/9.sql", ran_seed("", "results-dev"));
    env.write("seeds/env/dev/2.sql", ran_seed("", "dev"));
    env.write("seeds/3.sql", ran_seed("databases = \"results\"", "narrowed"));
    env.write("seeds/4.sql", ran_seed("environments = [\"dev\", \"test\"]", "dev-or-test"));
    env.write("seeds/README.md", "not a seed");
    env.write("seeds/.hidden.sql", "not a seed");
    env.run(&["db", "seed"]).ok();
    assert_eq!((ran(&env, "app"), ran(&env, "results")), ("app all".into(), "narrowed all".into()));
    assert_snapshot!(env.run(&["db", "seed", "--env", "test", "--plan"]), @"
    database  seed       plan
    --------  ---------  ------------------------
    app       app/1.sql  nothing: it has been run
    app       4.sql      run (new)
    app       5.sql      nothing: it has been run
    results   3.sql      nothing: it has been run
    results   4.sql      run (new)
    results   5.sql      nothing: it has been run
    ------- stderr -------
    [exit status: 0]
    ");
    let mut env = env;
    env.set("LIMBECK_ENV", "dev");
    env.run(&["db", "seed", "-d", "results"]).ok();
    assert_eq!(ran(&env, "app"), "app all");
    assert_eq!(ran(&env, "results"), "narrowed all dev dev-or-test results-dev");
}

#[test]
fn a_seed_comes_behind_what_it_names_and_else_by_the_name_of_its_file() {
    let env = two();
    env.write("seeds/app/1.sql", ran_seed("after = [\"zz.sql\", \"a1\"]", "1"));
    env.write("seeds/2.sql", ran_seed("", "2"));
    env.write("seeds/app/zz.sql", ran_seed("after = \"2.sql\"", "zz"));
    env.write("seeds/app/3.sql", ran_seed("", "3"));
    env.run(&["db", "seed", "-d", "app"]).ok();
    assert_eq!(ran(&env, "app"), "2 3 zz 1");
    env.write("seeds/2.sql", ran_seed("after = \"app/1.sql\"", "2"));
    assert_snapshot!(env.run(&["db", "seed"]), @"
    ------- stderr -------
    error: these seeds wait for one another: app/1.sql, 2.sql, app/zz.sql
    hint: `after` of each names what comes before it
    [exit status: 78]
    ");
    env.write("seeds/2.sql", ran_seed("after = \"app/9.sql\"", "2"));
    assert_snapshot!(env.run(&["db", "seed"]), @r#"
    ------- stderr -------
    error: key 'after': there is no seed 'app/9.sql', did you mean 'app/1.sql'?
      --> seeds/2.sql:2:9
       |  after = "app/9.sql"
       |          ^
    [exit status: 78]
    "#);
}

#[test]
fn seeds_are_named_and_bring_what_they_come_after() {
    let env = two();
    env.write("seeds/a.sql", ran_seed("", "a"));
    env.write("seeds/b.sql", ran_seed("after = \"a.sql\"", "b"));
    env.write("seeds/c.sql", ran_seed("", "c"));
    env.write("seeds/app/d1.sql", ran_seed("", "d1"));
    env.write("seeds/app/d2.sql", ran_seed("", "d2"));
    env.write("seeds/env/dev/e.sql", ran_seed("", "e"));
    env.run(&["db", "seed", "-d", "app", "b.sql"]).ok();
    assert_eq!(ran(&env, "app"), "a b");
    env.run(&["db", "seed", "d1.sql"]).ok();
    env.run(&["db", "seed", "app/d?.sql"]).ok();
    assert_eq!(ran(&env, "app"), "a b d1 d2");
    assert_eq!(ran(&env, "results"), "");
    assert_snapshot!(env.run(&["db", "seed", "e.sql"]), @"
    ------- stderr -------
    error: seed env/dev/e.sql is not for any chosen database
    hint: it is for the environment dev: add --env NAME
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "seed", "-d", "results", "d1.sql"]), @"
    ------- stderr -------
    error: seed app/d1.sql is not for any chosen database
    hint: its directory or its `databases` and `tenants` say where it runs
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "seed", "aa.sql"]), @"
    ------- stderr -------
    error: there is no seed `aa.sql` in seeds
    hint: did you mean a.sql?
    [exit status: 64]
    ");
    env.write("seeds/results/d1.sql", ran_seed("", "other"));
    assert_snapshot!(env.run(&["db", "seed", "d1.sql"]), @"
    ------- stderr -------
    error: `d1.sql` may be any of several seeds
    hint: say which: app/d1.sql, results/d1.sql
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "seed", "--again"]), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <SEED>...

    Usage: limbeck db seed --again <SEED>...

    For more information, try '--help'.
    [exit status: 64]
    ");
}

#[test]
fn the_directory_is_configured_and_need_not_be_there() {
    let shop = shop(Kind::Sqlite);
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    nothing to do: there are no seeds in seeds
    [exit status: 0]
    ");
    shop.write(
        "limbeck.toml",
        "[scripts]\nseeds = \"data/${STAGE:-rows}\"\n[databases.app]\nurl = \"sqlite:app.db\"\n",
    );
    assert_snapshot!(shop.seed(&[]), @"
    ------- stderr -------
    error: cannot read directory $PROJ/data/rows
      No such file or directory (os error 2)
    [exit status: 78]
    ");
    shop.write("data/rows/ann.sql", &user("", "ann"));
    shop.seed(&[]).ok();
    assert_eq!(shop.query("SELECT name FROM users"), "ann");
    let shown = shop.env.run(&["config", "show"]).stdout;
    assert!(shown.contains("data/rows"), "{shown}");
}

#[test]
fn directories_that_say_nothing_are_refused() {
    let env = two();
    env.write("seeds/resluts/a.sql", "SELECT 1;");
    assert_snapshot!(env.run(&["db", "seed"]), @"
    ------- stderr -------
    error: seeds/resluts: 'resluts' is no database of the configuration, and neither 'tenants' nor 'env', did you mean 'results'?
    hint: seeds lie in [DATABASE/][tenants/][env/NAME/]
    [exit status: 78]
    ");
    std::fs::remove_dir_all(env.path("seeds/resluts")).unwrap();
    for (path, at) in [
        ("seeds/app/results/a.sql", "seeds/app/results"),
        ("seeds/env/a.sql", "seeds/env/a.sql"),
        ("seeds/env/dev/app/a.sql", "seeds/env/dev/app"),
        ("seeds/tenants/app/a.sql", "seeds/tenants/app"),
    ] {
        env.write(path, "SELECT 1;");
        let output = env.run(&["db", "seed"]);
        let words = format!("error: {at}: seeds lie in [DATABASE/][tenants/][env/NAME/]\n");
        assert!(output.stderr.contains(&words), "{output}");
        assert_eq!(output.code(), Some(78), "{output}");
        std::fs::remove_dir_all(env.path("seeds")).unwrap();
    }
    env.write("seeds/app/a.sql", ran_seed("databases = \"results\"", "x"));
    assert_snapshot!(env.run(&["db", "seed"]), @r#"
    ------- stderr -------
    error: key 'databases': the directory of the seed says that already
      --> seeds/app/a.sql:2:13
       |  databases = "results"
       |              ^
    [exit status: 78]
    "#);
    env.write("seeds/app/a.sql", ran_seed("environments = \"dev\"", "x"));
    env.write("seeds/b.sql", ran_seed("databases = \"reslts\"", "x"));
    assert_snapshot!(env.run(&["db", "seed"]), @r#"
    ------- stderr -------
    error: key 'databases': there is no database 'reslts', did you mean 'results'?
      --> seeds/b.sql:2:13
       |  databases = "reslts"
       |              ^
    [exit status: 78]
    "#);
}
