//! Databases that need something of one another while one of them is not as it should be.

use insta::assert_snapshot;

use crate::support::{ProjectBuilder, RevisionFile, mariadb, project, query, revision};

/// Two databases; `b1` needs `a1`.
fn needing(a1: RevisionFile, b1: RevisionFile) -> ProjectBuilder {
    project()
        .config(
            "[databases.a]\nurl = \"sqlite:a.db\"\nbranches = [\"a\"]\n\
             [databases.b]\nurl = \"sqlite:b.db\"\nbranches = [\"b\"]\n",
        )
        .revision(a1.label("a"))
        .revision(revision("a2", &["a1"]))
        .revision(b1.label("b").depends_on("a1"))
        .revision(revision("b2", &["b1"]))
}

#[test]
fn nothing_is_built_on_what_is_half_reverted_elsewhere() {
    let a1 = revision("a1", &[])
        .with("transaction = false")
        .upgrade("CREATE TABLE one (i INTEGER); CREATE TABLE two (i INTEGER);")
        .downgrade("DROP TABLE two; DROP TABLE nonsense;");
    let env = needing(a1, revision("b1", &[])).build();
    env.run(&["upgrade", "-d", "a", "a1"]).ok();
    assert_eq!(env.run(&["downgrade", "-d", "a", "base"]).code(), Some(1));
    let refused = "error: database b: revision b1 needs a1 on database a, where its downgrade was \
                   begun and not finished\nhint: finish that first: limbeck downgrade -d a a@base\n";
    for command in [["upgrade", "-d", "b"], ["plan", "-d", "b"]] {
        let output = env.run(&command);
        assert_eq!((output.stderr.as_str(), output.code()), (refused, Some(4)), "{output}");
    }
}

/// There every revision runs outside a transaction, whatever its file says.
#[test]
fn nothing_is_built_on_what_is_half_reverted_on_mysql() {
    let (a, b) = (mariadb().create_database(), mariadb().create_database());
    let a1 = revision("a1", &[])
        .upgrade("CREATE TABLE one (i INTEGER); CREATE TABLE two (i INTEGER);")
        .downgrade("DROP TABLE two; DROP TABLE nonsense;");
    let env = needing(a1, revision("b1", &[]))
        .config(format!(
            "[databases.a]\nurl = \"{a}\"\nbranches = [\"a\"]\n\
             [databases.b]\nurl = \"{b}\"\nbranches = [\"b\"]\n"
        ))
        .build();
    env.run(&["upgrade", "-d", "a", "a1"]).ok();
    assert_eq!(env.run(&["downgrade", "-d", "a", "base"]).code(), Some(1));
    let output = env.run(&["upgrade", "-d", "b"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains("its downgrade was begun and not finished"), "{output}");
}

#[test]
fn what_something_begun_elsewhere_needs_is_not_reverted() {
    let b1 = revision("b1", &[])
        .with("transaction = false")
        .upgrade("CREATE TABLE one (i INTEGER); CREATE TABLE one (i INTEGER);")
        .downgrade("DROP TABLE one;");
    let env = needing(revision("a1", &[]), b1).build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(7));
    assert_snapshot!(env.run(&["downgrade", "-d", "a", "base"]), @"
    ------- stderr -------
    error: database a: revision a1 is needed by b1 on database b, where its upgrade was begun and not finished
    hint: finish that first: limbeck upgrade -d b b1
    [exit status: 4]
    ");
    assert_eq!(query(&env, "sqlite:a.db", "SELECT version_num FROM alembic_version"), "a2\n");
    // The hint is right, once the script is.
    let mended =
        env.read("versions/b1_x.sql").replacen(" one", " two", 2).replacen(" two", " one", 1);
    env.write("versions/b1_x.sql", mended);
    env.run(&["upgrade", "-d", "b", "b1"]).ok();
    env.run(&["downgrade", "-d", "b", "base"]).ok();
    env.run(&["downgrade", "-d", "a", "base"]).ok();
}

#[test]
fn ignored_routes_are_those_of_one_database() {
    let env = needing(revision("a1", &[]), revision("b1", &[])).build();
    env.run(&["upgrade"]).ok();
    let output = env.run(&["downgrade", "-d", "a", "base", "--ignore-routes"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains("revision a1 is needed by b1 on database b"), "{output}");
    assert_eq!(query(&env, "sqlite:a.db", "SELECT version_num FROM alembic_version"), "a2\n");
    // What they are for.
    env.run(&["upgrade", "-d", "a", "--ignore-routes", "b1"]).ok();
    assert_eq!(query(&env, "sqlite:a.db", "SELECT count(*) FROM t_b1"), "0\n");
}

#[test]
fn a_plan_holds_databases_with_nothing_to_do_too() {
    let env = needing(revision("a1", &[]), revision("b1", &[])).build();
    env.run(&["upgrade", "-d", "a"]).ok();
    env.run(&["plan", "-o", "plan.json"]).ok();
    env.run(&["downgrade", "-d", "a", "a1"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    error: database a: the plan begins at a2, and the database is at a1, which the plan does not come by
    hint: another run has changed the database since the plan was made: look at it, and make a new one
    [exit status: 4]
    ");
    env.run(&["upgrade", "-d", "a"]).ok();
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", config.replace("a.db", "c.db"));
    let output = env.run(&["apply", "plan.json"]);
    assert!(output.stderr.contains("its address was sqlite:///"), "{output}");
    env.write("limbeck.toml", &config);
    env.run(&["apply", "plan.json"]).ok();
    // Without any step too.
    env.run(&["plan", "-o", "plan.json"]).ok();
    assert_snapshot!(env.run(&["apply", "plan.json"]), @"
    ------- stderr -------
    nothing to do: the plan has no step
    [a]
    nothing to do (at a2)
    [b]
    nothing to do (at b2)
    [exit status: 0]
    ");
    env.write("limbeck.toml", config.replace("b.db", "c.db"));
    assert_eq!(env.run(&["apply", "plan.json"]).code(), Some(4));
}

#[test]
fn a_plan_that_apply_could_not_find_its_databases_for_is_not_written() {
    let env = needing(revision("a1", &[]), revision("b1", &[])).build();
    assert_snapshot!(
        env.run(&["plan", "-d", "a", "--url", "sqlite:c.db", "-o", "plan.json"]),
        @"
    ------- stderr -------
    error: a plan for chosen databases that is made with --url could not be applied: `limbeck apply` finds its databases in the configuration
    hint: without -o it is shown; what is to be applied must be so in limbeck.toml
    [exit status: 64]
    "
    );
    let ignoring = env.run(&["plan", "-d", "a", "--ignore-routes", "-o", "plan.json"]);
    assert_eq!(ignoring.code(), Some(64), "{ignoring}");
    assert!(!env.path("plan.json").exists());
    env.run(&["plan", "-d", "a", "--url", "sqlite:c.db"]).ok();
    // Where there is one database, `apply` takes the same option.
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["plan", "--url", "sqlite:c.db", "-o", "plan.json"]).ok();
    env.run(&["apply", "--url", "sqlite:c.db", "plan.json"]).ok();
    assert!(env.path("c.db").exists() && !env.path("app.db").exists());
}

#[test]
fn the_hint_is_a_command_that_is_not_refused() {
    let env = needing(revision("a1", &[]), revision("b1", &[]))
        .revision(revision("a2", &["a1"]).depends_on("b2"))
        .revision(revision("b3", &["b2"]).depends_on("a2"))
        .build();
    env.run(&["upgrade", "-d", "a", "a1"]).ok();
    assert_snapshot!(env.run(&["upgrade", "-d", "b"]), @"
    ------- stderr -------
    error: database b: revision b3 needs a2 on database a
    hint: that needs more in turn; all in the right order: limbeck upgrade
    [exit status: 4]
    ");
    env.run(&["upgrade", "-d", "b", "b2"]).ok();
    let output = env.run(&["upgrade", "-d", "b"]);
    assert!(output.stderr.contains("apply that first: limbeck upgrade -d a a2;"), "{output}");
}

#[test]
fn a_statement_in_doubt_is_shown_in_the_plan() {
    let env = project()
        .revision(revision("a1", &[]).with("transaction = false").upgrade(
            "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);",
        ))
        .build();
    env.run(&["upgrade"]).ok();
    // As a run leaves it that is killed at the second statement.
    query(
        &env,
        "sqlite:app.db",
        "DELETE FROM limbeck_journal WHERE id > (SELECT id FROM limbeck_journal \
         WHERE event = 'begin' AND statement_no = 2); DELETE FROM alembic_version",
    );
    assert_snapshot!(env.run(&["plan", "-o", "plan.json"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 3 statements outside a transaction, 1 done by an earlier run
          statement 2 in doubt: the run stops there until somebody says whether it took effect: limbeck journal resolve a1 -d app
    ------- stderr -------
    warning: database app, revision a1: statement 2 in doubt: the run stops there until somebody says whether it took effect: limbeck journal resolve a1 -d app
    [exit status: 0]
    ");
    let json = env.run(&["plan", "--json"]).ok();
    assert!(json.contains("\"statement\": 2,"), "{json}");
    assert!(json.contains("\"took_effect\": null"), "{json}");
    assert_eq!(env.run(&["apply", "plan.json"]).code(), Some(9));
    env.run(&["apply", "plan.json", "--in-doubt", "skip"]).ok();
    assert!(env.run(&["plan", "--json"]).ok().contains("\"steps\": []"));
}
