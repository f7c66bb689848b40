//! Statements with `CONCURRENTLY` on tables that are in use: nobody writes `transaction = false`, and what a run that was
//! killed has left is found and made good.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use insta::assert_snapshot;

use super::sessions::{Busy, await_rows, open_transaction, session};
use super::step::{signal, start_and_await};
use crate::support::{TestEnvironment, postgres, project, query, revision};

/// A table with rows, and a revision behind it.
fn with_table(url: &str, upgrade: &str, downgrade: &str) -> TestEnvironment {
    let mut env = project()
        .url(url)
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE t (id SERIAL PRIMARY KEY, v INT);\n\
             INSERT INTO t (v) SELECT g FROM generate_series(1, 2000) AS g;",
        ))
        .revision(revision("b2", &["a1"]).upgrade(upgrade).downgrade(downgrade))
        .build();
    env.replace_location(url);
    env.run(&["upgrade", "a1"]).ok();
    env
}

const INDEX: &str = "CREATE INDEX CONCURRENTLY t_v ON t (v);";

/// The indexes of `t`, and whether each is valid.
const INDEXES: &str = "SELECT c.relname, i.indisvalid FROM pg_index AS i \
    JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1";
/// Whether the index is being built, and waits for the writers that were there before.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity AS a JOIN pg_index AS i \
    ON i.indrelid = 't'::regclass AND NOT i.indisvalid WHERE a.query LIKE 'CREATE INDEX%' \
    AND a.state = 'active' AND a.wait_event_type = 'Lock'";

fn start_waiting(env: &TestEnvironment, url: &str, name: &str) -> Child {
    let log = env.path(format!("../tmp/{name}.log"));
    let run = start_and_await(env.command(&["upgrade"]), &log, "Running upgrade a1 -> b2");
    await_rows(env, url, WAITING, "1\n");
    run
}

/// Starts a run that waits for the one at work.
fn start_second(env: &TestEnvironment) -> Child {
    let log = env.path("../tmp/second.log");
    start_and_await(env.command(&["upgrade"]), &log, "waiting for the lock held by")
}

/// The run is killed in the middle of the index, which its server process then gives up, or goes on
/// with (`ends_too`); a rerun, or another run that has been waiting, ends well under load.
fn killed_in_the_middle(ends_too: bool, another_waits: bool) {
    let url = postgres().create_database();
    let env = with_table(&url, INDEX, "DROP INDEX CONCURRENTLY t_v;");
    let load = Busy::start(
        &url,
        "UPDATE t SET v = v + 1 WHERE id % 100 = 7; INSERT INTO t (v) VALUES (1)",
    );
    let writer = open_transaction(&url, "old writer", "UPDATE t SET v = 0 WHERE id = 1");
    let mut first = start_waiting(&env, &url, "first");
    let second = another_waits.then(|| start_second(&env));
    signal(&first, "KILL");
    first.wait().unwrap();
    if ends_too {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE query LIKE 'CREATE INDEX%' AND pid <> pg_backend_pid()";
        assert_eq!(query(&env, &url, end), "1\n");
    }
    match second {
        None => {
            let rerun = env.command(&["upgrade"]).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(Duration::from_millis(300));
            drop(writer);
            assert!(rerun.wait_with_output().unwrap().status.success());
        }
        Some(mut second) => {
            thread::sleep(Duration::from_millis(300));
            drop(writer);
            assert!(second.wait().unwrap().success(), "{}", env.read("../tmp/second.log"));
        }
    }
    assert!(load.stop().count > 10);
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|t\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
    let log = env.run(&["journal", "--json"]).ok();
    assert!(log.contains("\"event\": \"begin\""), "{log}");
}

#[test]
fn killed_and_run_again() {
    killed_in_the_middle(true, false);
}

#[test]
fn killed_while_the_server_goes_on() {
    killed_in_the_middle(false, false);
}

#[test]
fn killed_while_another_run_waits() {
    killed_in_the_middle(true, true);
}

#[test]
fn killed_while_the_server_goes_on_and_another_run_waits() {
    killed_in_the_middle(false, true);
}

/// The lock of a run, and another run that polls for it, hold no snapshot for which the index would wait.
#[test]
fn the_locks_of_runs_are_not_in_the_way() {
    let url = postgres().create_database();
    let env = with_table(&url, INDEX, "DROP INDEX CONCURRENTLY t_v;");
    let writer = open_transaction(&url, "old writer", "UPDATE t SET v = 0 WHERE id = 1");
    let mut first = start_waiting(&env, &url, "first");
    let mut second = start_second(&env);
    let idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'limbeck%' \
                AND query NOT LIKE 'CREATE INDEX%' AND (xact_start IS NOT NULL OR backend_xmin IS NOT NULL) \
                AND state <> 'active'";
    for _ in 0..20 {
        assert_eq!(query(&env, &url, idle), "0\n");
        thread::sleep(Duration::from_millis(10));
    }
    drop(writer);
    assert!(first.wait().unwrap().success());
    assert!(second.wait().unwrap().success());
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|t\n");
    // And back: the downgrade is recognised as well.
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade b2 -> a1, rev b2
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\n");
}

/// Those who are in the way are named before the statement begins.
#[test]
fn those_who_will_hold_it_up_are_listed() {
    let url = postgres().create_database();
    let env = with_table(&url, INDEX, "");
    let writer = open_transaction(&url, "nightly import", "UPDATE t SET v = 0\n  WHERE id = 1");
    let reader = open_transaction(
        &url,
        "report",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class",
    );
    // Who only reads `t` is no hindrance, and neither is who has done nothing yet.
    let harmless = open_transaction(&url, "harmless", "SELECT count(*) FROM t");
    thread::sleep(Duration::from_millis(1100));
    let log = env.path("../tmp/first.log");
    let run = start_and_await(env.command(&["upgrade"]), &log, "wait");
    await_rows(&env, &url, WAITING, "1\n");
    drop((writer, reader, harmless));
    assert!(run.wait_with_output().unwrap().status.success());
    insta::with_settings!({filters => [(r"process \d+", "process $$PID"), (r"for \d+ s", "for $$N s")]}, {
        assert_snapshot!(env.read("../tmp/first.log"), @"
        Running upgrade a1 -> b2, rev b2
          the statement of line 11 waits for these transactions to end:
            server process $PID, user limbeck, nightly import, open for $N s, idle in transaction: BEGIN; UPDATE t SET v = 0 WHERE id = 1
            server process $PID, user limbeck, report, open for $N s, idle in transaction: BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class
        ");
    });
}

/// One that nobody has a record of is in the way all the same.
#[test]
fn an_invalid_index_of_unknown_origin_is_made_again() {
    let url = postgres().create_database();
    let env = with_table(&url, "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_v ON t (v);", "");
    let mut other = session(&url, "by hand");
    other.batch_execute("INSERT INTO t (v) VALUES (7)").unwrap();
    other.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY t_v ON t (v)").unwrap_err();
    other.batch_execute("DELETE FROM t WHERE v = 7").unwrap();
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|f\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
      dropped index t_v, which was left invalid, before the statement of line 11
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|t\n");
}

/// An index that somebody else is building is invalid too, and is left alone.
#[test]
fn an_index_that_is_being_built_is_not_dropped() {
    let url = postgres().create_database();
    let env = with_table(&url, INDEX, "");
    let writer = open_transaction(&url, "old writer", "UPDATE t SET v = 0 WHERE id = 1");
    let mut builder = session(&url, "by hand");
    let building =
        thread::spawn(move || builder.batch_execute("CREATE INDEX CONCURRENTLY t_v ON t (v)"));
    await_rows(&env, &url, WAITING, "1\n");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(3), "{output}");
    assert!(output.to_string().contains("index t_v is being built by server process"), "{output}");
    drop(writer);
    building.join().unwrap().unwrap();
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|t\n");
}

/// Ends the statement that a run is at, and waits for the run to end too.
fn cancel(env: &TestEnvironment, url: &str, mut run: Child, beginning: &str) {
    let waits = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '{beginning}%' AND state = 'active' \
         AND wait_event_type = 'Lock'"
    );
    await_rows(env, url, &waits, "1\n");
    let cancel = format!(
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE query LIKE '{beginning}%' \
         AND state = 'active' AND pid <> pg_backend_pid()"
    );
    assert_eq!(query(env, url, &cancel), "1\n");
    assert_eq!(run.wait().unwrap().code(), Some(1));
}

/// PostgreSQL chooses the name then, and another one for each attempt.
#[test]
fn an_index_without_a_name_is_not_made_twice() {
    let url = postgres().create_database();
    let env = with_table(&url, "CREATE INDEX CONCURRENTLY ON t (v);", "");
    let writer = open_transaction(&url, "old writer", "UPDATE t SET v = 0 WHERE id = 1");
    cancel(&env, &url, start(&env), "CREATE INDEX");
    drop(writer);
    // Killed, and nobody has seen the end. What was left is dropped before: that waits for writers only.
    let snapshot = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class";
    let reader = open_transaction(&url, "old reader", snapshot);
    let mut second = start_waiting(&env, &url, "second");
    signal(&second, "KILL");
    second.wait().unwrap();
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE query LIKE 'CREATE INDEX%' AND pid <> pg_backend_pid()";
    assert_eq!(query(&env, &url, end), "1\n");
    drop(reader);
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v_idx|f\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
      dropped index t_v_idx, which was left invalid, before the statement of line 11
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v_idx|t\n");
}

fn start(env: &TestEnvironment) -> Child {
    let mut command: Command = env.command(&["upgrade"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn copies_that_reindex_has_left_are_dropped() {
    let url = postgres().create_database();
    let env = with_table(&url, "CREATE INDEX t_v ON t (v);", "");
    env.run(&["upgrade"]).ok();
    env.write(
        "versions/c3_x.sql",
        revision("c3", &["b2"]).upgrade("REINDEX TABLE CONCURRENTLY t;").text(),
    );
    let writer = open_transaction(&url, "old writer", "UPDATE t SET v = 0 WHERE id = 1");
    cancel(&env, &url, start(&env), "REINDEX");
    drop(writer);
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_pkey_ccnew|f\nt_v|t\nt_v_ccnew|f\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade b2 -> c3, rev c3
      dropped index t_pkey_ccnew, which was left invalid, before the statement of line 11
      dropped index t_v_ccnew, which was left invalid, before the statement of line 11
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, INDEXES), "t_pkey|t\nt_v|t\n");
}

#[test]
fn a_partition_that_is_half_detached_is_detached() {
    let url = postgres().create_database();
    let mut env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE p (id INT) PARTITION BY LIST (id);\n\
             CREATE TABLE \"p One\" PARTITION OF p FOR VALUES IN (1);",
        ))
        .revision(
            revision("b2", &["a1"])
                .upgrade("ALTER TABLE p DETACH PARTITION \"p One\" CONCURRENTLY;"),
        )
        .build();
    env.replace_location(&url);
    env.run(&["upgrade", "a1"]).ok();
    let reader = open_transaction(&url, "old reader", "SELECT count(*) FROM p");
    cancel(&env, &url, start(&env), "ALTER TABLE p DETACH");
    drop(reader);
    let pending = "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = 'p'::regclass";
    assert_eq!(query(&env, &url, pending), "t\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
      the statement of line 11 had been begun before, and was brought to its end
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, pending), "");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
}
