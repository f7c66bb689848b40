//! Histories that are well: the repository's own raise nothing.

use std::fs;
use std::path::Path;

use crate::support::{
    TestEnvironment, copy_directory, example, mariadb, postgres, project, revision,
};

/// A copy of the directory `of` in the repository, with a configuration.
fn copied(of: &str, config: &str) -> TestEnvironment {
    let env = project().config(config).build();
    copy_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join(of), &env.path(""));
    env
}

#[track_caller]
fn is_well(env: &TestEnvironment, arguments: &[&str], counts: &[&str]) {
    let output = env.run(&[&["verify"], arguments].concat());
    assert_eq!(output.code(), Some(0), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    for count in counts {
        assert!(output.stderr.lines().any(|line| line == *count), "{count}\n{output}");
    }
}

/// The history in `versions/`, on two databases.
fn worked(app: &str, metrics: &str) -> TestEnvironment {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut env = copied("versions", "");
    for file in env.files("") {
        fs::create_dir_all(env.path("versions")).unwrap();
        fs::rename(env.path(&file), env.path("versions").join(&file)).unwrap();
    }
    env.write("limbeck.toml", fs::read_to_string(root.join("limbeck.toml")).unwrap());
    env.set("DATABASE_URL", app);
    env.set("TIMESCALE_URL", metrics);
    env
}

#[test]
fn the_worked_history() {
    for [app, metrics] in [
        ["sqlite:app.db".to_owned(), "sqlite:metrics.db".to_owned()],
        [postgres().create_database(), postgres().create_database()],
    ] {
        let env = worked(&app, &metrics);
        is_well(&env, &[], &["postgres: 8 well", "timescale: 5 well"]);
        // Where they stand makes no difference.
        env.run(&["upgrade", "-d", "postgres", "8e2f9d0c63a5"]).ok();
        is_well(&env, &["--all"], &["postgres: 8 well", "timescale: 5 well"]);
        is_well(&env, &["--fresh", "-d", "timescale"], &["timescale: 5 well"]);
    }
}

#[test]
fn histories_of_diesel_and_of_alembic() {
    let env = copied(
        "tests/fixtures/diesel",
        "[scripts]\nversion_locations = [\"migrations\"]\n[databases.app]\nurl = \"sqlite:app.db\"\n",
    );
    let names: Vec<_> =
        fs::read_dir(env.path("")).unwrap().map(|one| one.unwrap().path()).collect();
    fs::create_dir(env.path("migrations")).unwrap();
    for path in names.iter().filter(|path| path.is_dir()) {
        fs::rename(path, env.path("migrations").join(path.file_name().unwrap())).unwrap();
    }
    is_well(&env, &[], &["app: 3 well"]);
    let shop = example("shop");
    is_well(&shop, &["--fresh"], &[]);
}

#[test]
fn the_examples() {
    let mut env = example("projectmeats");
    let database = postgres().create_owned_database();
    postgres().psql("postgres", &format!("ALTER ROLE {} CREATEDB", database.user));
    env.set_database("DB", "DB_NAME", &database);
    is_well(&env, &["--fresh"], &["app: 3 well", "app/tenant: 6 well"]);
}

/// Branches that part and meet again, and a revision that depends on another branch.
#[test]
fn branches_and_merges() {
    for url in
        ["sqlite:app.db".to_owned(), postgres().create_database(), mariadb().create_database()]
    {
        let project = project().url(&url);
        let env = project
            .revision(revision("a1", &[]).label("main"))
            .revision(revision("b1", &["a1"]))
            .revision(revision("b2", &["a1"]))
            .revision(revision("m1", &["b1", "b2"]))
            .revision(revision("x1", &[]).label("side"))
            .revision(
                revision("x2", &["x1"])
                    .depends_on("m1")
                    .upgrade("ALTER TABLE t_m1 ADD more integer;")
                    .downgrade("ALTER TABLE t_m1 DROP COLUMN more;"),
            )
            .revision(revision("c1", &["m1"]))
            .build();
        is_well(&env, &[], &["app: 7 well"]);
        env.run(&["upgrade", "b2"]).ok();
        is_well(&env, &[], &["app: 5 well"]);
        is_well(&env, &["x2", "b2"], &["app: 2 well"]);
        is_well(&env, &["--all"], &["app: 7 well"]);
        env.run(&["upgrade", "side@head"]).ok();
        is_well(&env, &[], &["app: 1 well"]);
    }
}
