//! Commands that report create nothing: no file, no table, no row.

use crate::support::{postgres, project, query, revision};

const READING: [&[&str]; 14] = [
    &["heads"],
    &["heads", "-v"],
    &["branches"],
    &["history"],
    &["history", "-i"],
    &["history", "-r", "base:current"],
    &["show", "head"],
    &["show", "current"],
    &["current"],
    &["current", "-v"],
    &["current", "--json"],
    &["history", "--json", "-i"],
    &["list_templates"],
    &["completions", "bash"],
];

#[test]
fn on_sqlite() {
    let env = project().revision(revision("a1", &[])).build();
    for command in READING {
        let output = env.run(command);
        assert_eq!(output.code(), Some(0), "{command:?}\n{output}");
        assert_eq!(env.run(&["current", "--check-heads"]).code(), Some(2));
        assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql"], "{command:?}");
    }
}

#[test]
fn on_a_file_that_is_there() {
    let env = project().revision(revision("a1", &[])).build();
    query(&env, "sqlite:app.db", "CREATE TABLE mine (id)");
    let before = std::fs::read(env.path("app.db")).unwrap();
    for command in READING {
        assert_eq!(env.run(command).code(), Some(0), "{command:?}");
    }
    assert_eq!(std::fs::read(env.path("app.db")).unwrap(), before);
    assert_eq!(env.files(""), ["app.db", "limbeck.toml", "versions/a1_x.sql"]);
}

#[test]
fn on_postgres() {
    let url = postgres().create_database();
    let env = project().url(&url).revision(revision("a1", &[])).build();
    for command in READING {
        assert_eq!(env.run(command).code(), Some(0), "{command:?}");
    }
    let relations = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(query(&env, &url, relations), "0\n");
}

#[test]
fn a_run_with_nothing_to_do_changes_nothing() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    let before = std::fs::read(env.path("app.db")).unwrap();
    env.run(&["upgrade"]).ok();
    env.run(&["stamp", "head"]).ok();
    assert_eq!(std::fs::read(env.path("app.db")).unwrap(), before);
    assert_eq!(env.files(""), ["app.db", "limbeck.toml", "versions/a1_x.sql"]);
}
