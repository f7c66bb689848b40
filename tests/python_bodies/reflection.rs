//! What inspectors say of every kind of object: the same as with real Alembic, on the same database.

use super::{add, at};
use crate::alembic_projects::project::psycopg2;
use crate::alembic_projects::worker::Worker;
use crate::support::{TestEnvironment, mariadb, postgres, query};

/// The lines of both that differ; limbeck's own tables are there with limbeck only.
fn compare(mut env: TestEnvironment, url: &str) {
    let body = include_str!("../fixtures/reflection/inspect.py");
    add(&env, "a1", None, body, "pass");
    env.replace_location(url);
    let mut alembic = Worker::start(&env);
    let theirs = alembic.ok(&["upgrade", "head"]);
    alembic.ok(&["downgrade", "base"]);
    let ours = env.run(&["upgrade"]).ok();
    let lines = |text: &str| -> Vec<String> {
        let is_count = |line: &str| line.starts_with("get_table_names") && !line.ends_with('"');
        let lines = text.lines().filter(|line| !line.contains("limbeck") && !is_count(line));
        lines.map(str::to_owned).collect()
    };
    let (mut ours, mut theirs) = (lines(&ours), lines(&theirs));
    let mut wrong = Vec::new();
    for line in &theirs {
        if !ours.contains(line) {
            wrong.push(format!("alembic: {line}"));
        }
    }
    for line in &ours {
        if !theirs.contains(line) {
            wrong.push(format!("limbeck: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
    // Where SQLAlchemy does not ask for an order, the catalog gives any.
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs, "how often a line is there");
    assert!(theirs.len() > 80, "only {} lines", theirs.len());
}

#[test]
fn on_postgresql() {
    let url = postgres().create_database();
    let env = at(&psycopg2(&url));
    query(&env, &url, include_str!("../fixtures/reflection/postgres.sql"));
    compare(env, &url);
}

#[test]
fn on_mariadb() {
    let url = mariadb().create_database();
    let env = at(&url.replacen("mysql://", "mysql+pymysql://", 1));
    query(&env, &url, include_str!("../fixtures/reflection/mariadb.sql"));
    compare(env, &url);
}
