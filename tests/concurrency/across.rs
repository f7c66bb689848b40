//! Two runs on databases of which one needs something of the other.

use std::process::Child;

use super::step::{Kind, slow, start_and_await};
use crate::support::{TestEnvironment, postgres, project, query, revision};

/// `b1` needs `a1`; both take their time in both directions.
fn slow_needs(kind: Kind, urls: [&str; 2], seconds: f64) -> TestEnvironment {
    let slow = slow(kind, seconds);
    let revision = |id: &str| {
        revision(id, &[])
            .upgrade(&format!("CREATE TABLE of_{id} (i INTEGER);\n{slow}"))
            .downgrade(&format!("DROP TABLE of_{id};\n{slow}"))
    };
    let [a, b] = urls;
    project()
        .config(format!(
            "[databases.a]\nurl = \"{a}\"\nbranches = [\"a\"]\n\
             [databases.b]\nurl = \"{b}\"\nbranches = [\"b\"]\n"
        ))
        .revision(revision("a1").label("a"))
        .revision(revision("b1").label("b").depends_on("a1"))
        .build()
}

fn begun(env: &TestEnvironment, arguments: &[&str]) -> Child {
    start_and_await(env.command(arguments), &env.path("../tmp/first.log"), "Running ")
}

fn rows(env: &TestEnvironment, url: &str) -> String {
    query(env, url, "SELECT version_num FROM alembic_version")
}

/// While `b1` is applied, `a1` must stay; while `a1` is reverted, `b1` must wait and then not come.
fn needs_hold(kind: Kind, urls: [&str; 2]) {
    let env = slow_needs(kind, urls, 0.7);
    env.run(&["upgrade", "-d", "a"]).ok();
    let mut first = begun(&env, &["upgrade", "-d", "b"]);
    let impatient = env.run(&["downgrade", "-d", "a", "base", "--lock-wait", "0"]);
    assert_eq!(impatient.code(), Some(3), "{impatient}");
    assert!(impatient.stderr.contains("database b"), "{impatient}");
    let refused = env.run(&["downgrade", "-d", "a", "base"]);
    assert_eq!(refused.code(), Some(4), "{refused}");
    assert!(refused.stderr.contains("revision a1 is needed by b1 on database b"), "{refused}");
    assert!(first.wait().unwrap().success());
    assert_eq!([rows(&env, urls[0]), rows(&env, urls[1])], ["a1\n", "b1\n"]);

    env.run(&["downgrade", "-d", "b", "base"]).ok();
    env.run(&["plan", "-d", "b", "-o", "plan.json"]).ok();
    for late in [["upgrade", "-d", "b"].as_slice(), &["apply", "plan.json"]] {
        let mut first = begun(&env, &["downgrade", "-d", "a", "base"]);
        let refused = env.run(late);
        assert_eq!(refused.code(), Some(4), "{refused}");
        assert!(refused.stderr.contains("revision b1 needs a1 on database a"), "{refused}");
        assert!(first.wait().unwrap().success());
        assert_eq!([rows(&env, urls[0]), rows(&env, urls[1])], ["", ""]);
        env.run(&["upgrade", "-d", "a"]).ok();
    }
}

#[test]
fn needs_hold_on_sqlite() {
    needs_hold(Kind::Sqlite, ["sqlite:a.db", "sqlite:b.db"]);
}

#[test]
fn needs_hold_on_postgres() {
    let urls = [postgres().create_database(), postgres().create_database()];
    needs_hold(Kind::Postgres, [&urls[0], &urls[1]]);
}

#[test]
fn two_names_of_one_database_do_not_wait_for_one_another() {
    let env = slow_needs(Kind::Sqlite, ["sqlite:one.db", "sqlite:one.db"], 0.0);
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", config + "version_table = \"version_of_b\"\n");
    env.run(&["upgrade"]).ok();
    env.run(&["downgrade", "-d", "b", "base"]).ok();
    env.run(&["downgrade", "-d", "a", "base", "--lock-wait", "0"]).ok();
}
