//! Ctrl-C during a long step: rolled back, exit code 9, and a rerun completes.

use insta::assert_snapshot;

use super::step::{Kind, project_with, signal, slow, start_and_await_step};
use crate::support::{query, revision};

/// What the interrupted run and the rerun said.
fn interrupt(kind: Kind, word: &str, script: &str) -> String {
    let url = kind.url();
    let env = project_with(&url, "", revision("b2", &["a1"]).upgrade(script));
    let log = env.path("../tmp/run.log");
    let mut run = start_and_await_step(env.command(&["upgrade"]), &log);
    signal(&run, word);
    assert_eq!(run.wait().unwrap().code(), Some(9));
    assert_eq!(query(&env, &url, "SELECT script FROM ran ORDER BY 1"), "a1\n");
    assert_eq!(env.run(&["current"]).ok(), "a1\n");
    // The same, without the waiting.
    let quick = revision("b2", &["a1"]).upgrade("INSERT INTO ran VALUES ('b2');");
    env.write("versions/b2_x.sql", quick.text());
    let rerun = env.run(&["upgrade"]);
    assert_eq!(query(&env, &url, "SELECT script FROM ran ORDER BY 1"), "a1\nb2\nc3\n");
    format!("{}\n{rerun}", std::fs::read_to_string(log).unwrap())
}

/// A step whose time passes between its statements, or in its last one.
fn scripts(kind: Kind) -> [String; 2] {
    let first = "INSERT INTO ran VALUES ('b2');";
    [format!("{first}\n{}\nSELECT 2;", slow(kind, 1.5)), format!("{first}\n{}", slow(kind, 1.5))]
}

#[test]
fn on_sqlite() {
    for (word, script) in ["INT", "TERM"].into_iter().zip(scripts(Kind::Sqlite)) {
        insta::allow_duplicates! {
            assert_snapshot!(interrupt(Kind::Sqlite, word, &script), @"
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            error: database app: interrupted
            hint: what was not finished was rolled back; run the same command to continue

            ------- stderr -------
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3, rev c3
            [exit status: 0]
            ");
        }
    }
}

#[test]
fn on_postgres() {
    for (word, script) in ["INT", "TERM"].into_iter().zip(scripts(Kind::Postgres)) {
        insta::allow_duplicates! {
            assert_snapshot!(interrupt(Kind::Postgres, word, &script), @"
            Running upgrade  -> a1, rev a1
            Running upgrade a1 -> b2, rev b2
            error: database app: interrupted
            hint: what was not finished was rolled back; run the same command to continue

            ------- stderr -------
            Running upgrade a1 -> b2, rev b2
            Running upgrade b2 -> c3, rev c3
            [exit status: 0]
            ");
        }
    }
}

/// What has run there stays.
#[test]
fn on_mariadb() {
    let url = Kind::Mariadb.url();
    let script = &scripts(Kind::Mariadb)[0];
    let env = project_with(&url, "", revision("b2", &["a1"]).upgrade(script));
    let log = env.path("../tmp/run.log");
    let mut run = start_and_await_step(env.command(&["upgrade"]), &log);
    // Behind its first statement.
    std::thread::sleep(std::time::Duration::from_millis(500));
    signal(&run, "INT");
    assert_eq!(run.wait().unwrap().code(), Some(9));
    assert_snapshot!(std::fs::read_to_string(log).unwrap(), @"
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database app: interrupted
    hint: the statements of revision b2 that have run stay done, and the journal has them; run the same command to continue behind them
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT script FROM ran ORDER BY 1"), "a1\nb2\nc3\n");
}

#[test]
fn between_two_databases() {
    let env = crate::support::project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]).upgrade(&slow(Kind::Sqlite, 1.5)))
        .build();
    let log = env.path("../tmp/run.log");
    let mut run = start_and_await_step(env.command(&["upgrade"]), &log);
    signal(&run, "INT");
    assert_eq!(run.wait().unwrap().code(), Some(9));
    assert_snapshot!(std::fs::read_to_string(log).unwrap(), @"
    [one]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    one: 1 revision applied, at a1; interrupted
    two: not run
    error: database one: interrupted
    hint: what was not finished was rolled back; run the same command to continue
    ");
    assert!(!env.path("two.db").exists());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let url = Kind::Postgres.url();
    let env = project_with(&url, "", revision("b2", &["a1"]).upgrade(&slow(Kind::Postgres, 600.0)));
    let mut run = start_and_await_step(env.command(&["upgrade"]), &env.path("../tmp/run.log"));
    // Two signals in one moment are one to the process: send them until it has heard two.
    let status = loop {
        if let Some(status) = run.try_wait().unwrap() {
            break status;
        }
        signal(&run, "INT");
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert!(!status.success());
    assert_eq!(env.run(&["current"]).ok(), "a1\n");
}
