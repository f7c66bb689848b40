//! A revision of many DDL statements on MariaDB, which commits each of them by itself: stopped at
//! every effect, by an error or by `kill -9`, up and down.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use limbeck::exec::{Fault, RunOptions, TransactionMode};

use super::bench::Bench;
use super::child::{self, Order};
use super::scenario::{Revisions, Way};
use crate::support::{TestEnvironment, mariadb, project, query, revision};

/// What each statement of the revision does, with `#` for what tells its objects from those of
/// other tests.
const UP: [&str; 14] = [
    "CREATE TABLE #_users (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40), org INT)",
    "CREATE TABLE #_orgs (id INT PRIMARY KEY)",
    "ALTER TABLE #_users ADD COLUMN email VARCHAR(80), ADD COLUMN age INT AFTER name",
    "CREATE UNIQUE INDEX #_email ON #_users (email)",
    "ALTER TABLE #_users ADD CONSTRAINT #_fk FOREIGN KEY (org) REFERENCES #_orgs (id)",
    "ALTER TABLE #_users MODIFY name VARCHAR(200) NOT NULL DEFAULT 'x;y'",
    "ALTER TABLE #_users CHANGE age years SMALLINT",
    "RENAME TABLE #_orgs TO #_companies",
    "CREATE VIEW #_view AS SELECT id, name FROM #_users",
    "CREATE TRIGGER #_trigger BEFORE INSERT ON #_users FOR EACH ROW \
     BEGIN SET NEW.name = upper(NEW.name); SET NEW.years = 1; END",
    "CREATE PROCEDURE #_procedure() BEGIN SELECT 1; SELECT 2; END",
    "CREATE TABLE #_old LIKE #_users",
    "ALTER TABLE #_old DROP COLUMN years, DROP INDEX #_email",
    "DROP TABLE #_old",
];

const DOWN: [&str; 10] = [
    "DROP PROCEDURE #_procedure",
    "DROP TRIGGER #_trigger",
    "DROP VIEW #_view",
    "ALTER TABLE #_companies RENAME TO #_orgs",
    "ALTER TABLE #_users RENAME COLUMN years TO age",
    "ALTER TABLE #_users ALTER COLUMN name SET DEFAULT 'y'",
    "ALTER TABLE #_users DROP FOREIGN KEY #_fk",
    "DROP INDEX #_email ON #_users",
    "ALTER TABLE #_users DROP COLUMN age, DROP COLUMN email",
    "DROP TABLE #_users, #_orgs",
];

/// Those that define something anew may be run again when they are in doubt.
fn is_repeatable(statement: &str) -> bool {
    statement.contains(" MODIFY ") || statement.contains(" SET DEFAULT ")
}

/// How the run ends at the chosen effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Fail,
    Kill,
}

fn history(url: &str, name: &str) -> TestEnvironment {
    let script = |statements: &[&str]| statements.join(";\n").replace('#', name) + ";";
    project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n"))
        .revision(revision("a1", &[]).upgrade(&script(&UP)).downgrade(&script(&DOWN)))
        .revision(
            revision("a2", &["a1"])
                .upgrade(&script(&["CREATE TABLE #_last (id INT)"]))
                .downgrade(&script(&["DROP TABLE #_last"])),
        )
        .build()
}

/// Ends the run at each effect in turn; a rerun must complete it, and no statement reaches the
/// server twice.
fn sweep(name: &str, way: Way, end: End) {
    let bench = Bench::mariadb();
    let url = bench.url();
    let env = history(&url, name);
    let versions = env.path("versions").display().to_string();
    let revisions = Revisions::load(&versions);
    let parsed = url.parse().unwrap();
    let run = |way: Way, at| {
        let fault = (at, Fault::Fail);
        revisions.run(&parsed, &way.request(), RunOptions::default(), fault)
    };
    let prepare = || {
        bench.reset();
        if way == Way::Down {
            run(Way::Up, 0).0.unwrap();
        }
    };
    let statements: Vec<String> = match way {
        Way::Up => UP.iter().map(|text| text.replace('#', name)).collect(),
        Way::Down => DOWN.iter().map(|text| text.replace('#', name)).collect(),
    };

    prepare();
    let (report, effects) = run(way, 0);
    assert_eq!(report.unwrap().steps.len(), 2);
    assert!(effects as usize > 3 * statements.len(), "only {effects} effects");
    let clean = bench.state();
    assert!(clean.contains("done|"), "{clean}");

    for at in 1..=effects {
        prepare();
        let before = mariadb().statements().len();
        match end {
            End::Fail => {
                let (result, _) = run(way, at);
                // Only the last effect, giving the lock back, may fail without consequences.
                assert_eq!(result.is_ok(), at == effects, "effect {at}: {result:?}");
            }
            End::Kill => {
                let request = way.request();
                let mode = TransactionMode::Revision;
                let order = Order { versions: &versions, url: &url, request: &request, mode, at };
                assert_eq!(child::kill_at(&order).signal(), Some(9), "effect {at}");
            }
        }
        let (result, _) = run(way, 0);
        assert!(result.is_ok(), "rerun after effect {at}: {result:?}");
        assert_eq!(bench.state(), clean, "after effect {at}");
        let log = mariadb().statements();
        for statement in &statements {
            // Not as part of the journal, which keeps the whole text.
            let sent = log[before..].matches(&format!("Query\t{statement}")).count();
            let most = if is_repeatable(statement) { 2 } else { 1 };
            assert!((1..=most).contains(&sent), "effect {at}: {sent} times: {statement}");
        }
    }
}

#[test]
fn upgrade_fails() {
    sweep("uf", Way::Up, End::Fail);
}

#[test]
fn upgrade_is_killed() {
    sweep("uk", Way::Up, End::Kill);
}

#[test]
fn downgrade_fails() {
    sweep("df", Way::Down, End::Fail);
}

#[test]
fn downgrade_is_killed() {
    sweep("dk", Way::Down, End::Kill);
}

/// The server goes on with the statement, or gives it up: in either case the next run waits until
/// that is over, and then finds it done or undone.
#[test]
fn a_run_that_is_killed_within_a_statement_is_waited_for() {
    let url = mariadb().create_database();
    let env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n"))
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE t (id INT);\nCREATE TABLE long_one AS SELECT sleep(2) AS s;\n\
             CREATE TABLE u (id INT);",
        ))
        .build();
    let sleeping = || {
        let query = "SELECT count(*) FROM information_schema.processlist WHERE info LIKE \
                     'CREATE TABLE long_one%'";
        mariadb().sql("mysql", query).trim() != "0"
    };
    let mut run = env.command(&["upgrade"]).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !sleeping() {
        assert!(started.elapsed() < Duration::from_secs(20), "the statement never began");
        sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(sleeping());
    let output = env.run(&["upgrade"]);
    assert!(!sleeping());
    assert!(
        output.stderr.contains("still at the last statement of a run that was killed"),
        "{output}"
    );
    // Whether all of its rows are there cannot be told of a table that is there.
    assert!(output.stderr.contains("statement 2 of 3 of revision a1"), "{output}");
    env.run(&["upgrade", "--in-doubt", "skip"]).ok();
    assert_eq!(query(&env, &url, "SELECT count(*) FROM long_one"), "1\n");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM u"), "0\n");
}

#[test]
fn a_failure_names_the_place_and_the_servers_code() {
    let url = mariadb().create_database();
    let env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n"))
        .revision(
            revision("a1", &[]).upgrade("CREATE TABLE t (id INT);\nSELECT id\n  FORM t WHERE id;"),
        )
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 't WHERE id' at line 2
      --> versions/a1_x.sql:13:8
       |    FORM t WHERE id
       |         ^
      detail: error 1064 (SQLSTATE 42000)
    hint: revision a1 runs outside a transaction: what came before the statement is done, and a rerun continues at it
    [exit status: 1]
    ");
}
