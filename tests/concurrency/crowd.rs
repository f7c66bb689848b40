//! Many runs at once on an empty database: each script runs once, and nobody fails.

use std::process::{Child, Stdio};

use super::step::Kind;
use crate::support::{TestEnvironment, project, query, revision};

/// A history in which every script writes down that it ran, with time for others to interfere.
fn history(url: &str, more: &str) -> TestEnvironment {
    let script = |id: &str| format!("INSERT INTO ran VALUES ('{id}');");
    project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n{more}"))
        .revision(
            revision("a1", &[])
                .upgrade(&format!("CREATE TABLE ran (script TEXT); {}", script("a1"))),
        )
        .revision(revision("b2", &["a1"]).label("left").upgrade(&script("b2")))
        .revision(revision("c3", &["a1"]).label("right").upgrade(&script("c3")))
        .revision(revision("d4", &["b2", "c3"]).upgrade(&script("d4")))
        .revision(
            revision("e5", &["d4"])
                .with("transaction = false")
                .upgrade("CREATE TABLE last (i INTEGER);"),
        )
        .build()
}

fn all_at_once(kind: Kind, count: usize, more: &str) {
    let url = kind.url();
    let env = history(&url, more);
    let runs: Vec<Child> = (0..count)
        .map(|_| {
            env.command(&["upgrade"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut steps = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        steps += words.matches("Running upgrade").count();
    }
    assert_eq!(steps, 5);
    assert_eq!(query(&env, &url, "SELECT script FROM ran ORDER BY 1"), "a1\nb2\nc3\nd4\n");
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "e5\n");
    let done = "SELECT revision, count(*) FROM limbeck_journal \
                WHERE event = 'done' AND statement_no IS NULL GROUP BY revision ORDER BY 1";
    assert_eq!(query(&env, &url, done), "a1|1\nb2|1\nc3|1\nd4|1\ne5|1\n");
    if kind == Kind::Sqlite {
        let left: Vec<String> =
            env.files("").into_iter().filter(|name| name.starts_with("app.db-")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn two_on_sqlite() {
    all_at_once(Kind::Sqlite, 2, "");
}

#[test]
fn ten_on_sqlite() {
    all_at_once(Kind::Sqlite, 10, "");
}

#[test]
fn ten_on_sqlite_in_one_transaction_each() {
    // The statement outside a transaction cannot be part of it.
    let env = history("sqlite:app.db", "[scripts]\ntransaction_mode = \"run\"\n");
    let runs: Vec<Child> = (0..10)
        .map(|_| env.command(&["upgrade", "d4"]).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(
        query(&env, "sqlite:app.db", "SELECT script FROM ran ORDER BY 1"),
        "a1\nb2\nc3\nd4\n"
    );
}

#[test]
fn two_on_postgres() {
    all_at_once(Kind::Postgres, 2, "");
}

#[test]
fn ten_on_postgres() {
    all_at_once(Kind::Postgres, 10, "");
}

#[test]
fn ten_on_postgres_with_a_lease() {
    all_at_once(Kind::Postgres, 10, "lock = \"lease\"\n");
}

#[test]
fn two_on_mariadb() {
    all_at_once(Kind::Mariadb, 2, "");
}

#[test]
fn ten_on_mariadb() {
    all_at_once(Kind::Mariadb, 10, "");
}
