//! Steps that could not have a lock: nobody waits behind them for long, they are tried again, and whoever is in the way is
//! named.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use insta::assert_snapshot;

use super::sessions::{Busy, await_rows, open_transaction, session};
use super::step::{signal, start_and_await};
use crate::support::{RevisionFile, TestEnvironment, mariadb, postgres, project, query, revision};

const ALTER: &str = "ALTER TABLE t ADD COLUMN w INT;";

/// A table with a row, and a revision behind it.
fn with_table(url: &str, more: &str, second: RevisionFile) -> TestEnvironment {
    let mut env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n{more}"))
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (v INT); INSERT INTO t VALUES (1);"))
        .revision(second)
        .build();
    env.replace_location(url);
    env.run(&["upgrade", "a1"]).ok();
    env
}

fn b2() -> RevisionFile {
    revision("b2", &["a1"])
}

const MARKS: [(&str, &str); 4] = [
    (r"process \d+", "process $$PID"),
    (r"connection \d+", "connection $$PID"),
    (r"127\.0\.0\.1:\d+", "$$ADDRESS"),
    (r"\d+(\.\d+)? s\b", "$$N s"),
];

/// What is said once, however often it was.
fn lines_once(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut known: Vec<String> = Vec::new();
    for line in text.lines() {
        let digits_out: String = line.chars().filter(|c| !c.is_ascii_digit()).collect();
        if !known.contains(&digits_out) {
            known.push(digits_out);
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[test]
fn readers_wait_no_longer_than_the_limit_at_a_time() {
    let url = postgres().create_database();
    let env = with_table(&url, "lock_timeout = \"300ms\"\n", b2().upgrade(ALTER));
    let mut blocker = open_transaction(&url, "long report", "SELECT * FROM t");
    let readers = Busy::start(&url, "SELECT * FROM t");
    let log = env.path("../tmp/run.log");
    let run = start_and_await(env.command(&["upgrade"]), &log, "trying again");
    // Long enough for several attempts.
    thread::sleep(Duration::from_millis(3_000));
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
    blocker.batch_execute("COMMIT").unwrap();
    let ended = run.wait_with_output().unwrap();
    let said = env.read("../tmp/run.log");
    assert!(ended.status.success(), "{said}");
    let measured = readers.stop();
    // It did keep them waiting, and let them go.
    assert!(measured.longest >= Duration::from_millis(200), "{:?}", measured.longest);
    assert!(measured.longest < Duration::from_millis(1_200), "{:?}", measured.longest);
    assert!(measured.count > 100, "{}", measured.count);
    assert!(said.matches("trying again").count() >= 2, "{said}");
    insta::with_settings!({filters => MARKS}, {
        assert_snapshot!(lines_once(&said), @"
        Running upgrade a1 -> b2, rev b2
          canceling statement due to lock timeout; trying again in $N s
            the lock is held by server process $PID, user limbeck, long report, open for $N s, idle in transaction: BEGIN; SELECT * FROM t
          took $N s
        ");
    });
    assert_eq!(query(&env, &url, "SELECT w FROM t"), "\n");
    // What was tried in vain is no failure of the step.
    let events = "SELECT event, count(*) FROM limbeck_journal WHERE revision = 'b2' GROUP BY event";
    assert_eq!(query(&env, &url, events), "done|1\n");
}

/// Without a word in any file there is a limit too, for what takes locks of tables.
#[test]
fn there_is_a_limit_by_default() {
    let url = postgres().create_database();
    let script = "CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock,\n\
                  current_setting('statement_timeout') AS statement;\nINSERT INTO seen VALUES ('-', '-');";
    let env = with_table(&url, "", b2().upgrade(script));
    let show = |env: &TestEnvironment| {
        let rows = query(env, &url, "SELECT * FROM seen WHERE lock <> '-'");
        query(env, &url, "DROP TABLE seen; UPDATE alembic_version SET version_num = 'a1'");
        rows
    };
    env.run(&["upgrade"]).ok();
    assert_eq!(show(&env), "2s|0\n");
    env.run(&["upgrade", "--lock-timeout", "0", "--statement-timeout", "1h"]).ok();
    assert_eq!(show(&env), "0|1h\n");
    let configured = env.read("limbeck.toml") + "lock_timeout = \"7s\"\nstatement_timeout = 8000\n";
    env.write("limbeck.toml", &configured);
    env.run(&["upgrade"]).ok();
    assert_eq!(show(&env), "7s|8s\n");
    // The revision knows better than the database, and who runs it better than both.
    let file = b2().with("lock_timeout = \"3s\"\nstatement_timeout = \"4s\"").upgrade(script);
    env.write("versions/b2_x.sql", file.text());
    env.run(&["upgrade"]).ok();
    assert_eq!(show(&env), "3s|4s\n");
    env.run(&["upgrade", "--lock-timeout", "5s"]).ok();
    assert_eq!(show(&env), "5s|4s\n");
    // Runs as Alembic's have Alembic's limits: none.
    env.write("versions/b2_x.sql", b2().upgrade(script).text());
    env.write(
        "limbeck.toml",
        format!("[scripts]\ntransaction_mode = \"alembic\"\n[databases.app]\nurl = \"{url}\"\n"),
    );
    env.run(&["upgrade"]).ok();
    assert_eq!(show(&env), "0|0\n");
}

/// What waits for others to end is not limited by what is said of all statements.
#[test]
fn statements_that_let_others_work_have_no_limit() {
    let url = postgres().create_database();
    let env = with_table(
        &url,
        "lock_timeout = \"100ms\"\n",
        b2().upgrade("CREATE INDEX CONCURRENTLY t_v ON t (v);"),
    );
    let mut blocker = open_transaction(&url, "writer", "UPDATE t SET v = 2");
    let run = env.command(&["upgrade"]).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_millis(1_000));
    blocker.batch_execute("COMMIT").unwrap();
    assert!(run.wait_with_output().unwrap().status.success());
}

#[test]
fn when_it_has_been_tried_for_long_enough_the_blocker_is_named() {
    let url = postgres().create_database();
    let env = with_table(
        &url,
        "",
        b2().with("lock_timeout = \"200ms\"\nlock_retry = \"1s\"").upgrade(ALTER),
    );
    let blocker = open_transaction(&url, "long report", "SELECT *\n FROM t");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(3), "{output}");
    insta::with_settings!({filters => [&MARKS[..], &[(r"tried \d+ times", "tried $$N times")]].concat()}, {
        assert_snapshot!(lines_once(&output.to_string()), @"
        ------- stderr -------
        Running upgrade a1 -> b2, rev b2
          canceling statement due to lock timeout; trying again in $N s
            the lock is held by server process $PID, user limbeck, long report, open for $N s, idle in transaction: BEGIN; SELECT * FROM t
        error: database app: canceling statement due to lock timeout
          --> versions/b2_x.sql:13:1
           |  ALTER TABLE t ADD COLUMN w INT
           |  ^
          the lock is held by server process $PID, user limbeck, long report, open for $N s, idle in transaction: BEGIN; SELECT * FROM t
        hint: it was tried $N times in $N s; `lock_retry` says for how long
        hint: revision b2 was rolled back
        [exit status: 3]
        ");
    });
    // Not at all, if that is what is asked for.
    let started = Instant::now();
    let output = env.run(&["upgrade", "--lock-retry", "0"]).to_string();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(!output.contains("trying again") && output.contains("long report"), "{output}");
    drop(blocker);
    env.run(&["upgrade"]).ok();
}

#[test]
fn a_run_that_waits_can_be_interrupted() {
    let url = postgres().create_database();
    let env = with_table(&url, "lock_timeout = \"100ms\"\n", b2().upgrade(ALTER));
    let blocker = open_transaction(&url, "long report", "SELECT * FROM t");
    let log = env.path("../tmp/run.log");
    let mut run = start_and_await(env.command(&["upgrade"]), &log, "trying again");
    signal(&run, "INT");
    assert_eq!(run.wait().unwrap().code(), Some(9));
    drop(blocker);
    env.run(&["upgrade"]).ok();
}

/// The victim of a deadlock is tried again, as a whole.
#[test]
fn a_deadlock_is_tried_again() {
    let url = postgres().create_database();
    let env = with_table(
        &url,
        "",
        b2().with("lock_timeout = \"1min\"").upgrade(
            "INSERT INTO t VALUES (7);\nALTER TABLE t ADD COLUMN w INT;\nSELECT pg_sleep(0.5);\n\
             ALTER TABLE u ADD COLUMN w INT;",
        ),
    );
    query(&env, &url, "CREATE TABLE u (v INT)");
    // The other one is patient for longer, so that it is the run that is ended.
    let mut other = session(&url, "other");
    other.batch_execute("SET deadlock_timeout = '20s'; BEGIN; LOCK TABLE u").unwrap();
    let log = env.path("../tmp/run.log");
    let run = start_and_await(env.command(&["upgrade"]), &log, "Running upgrade a1 -> b2");
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'";
    await_rows(&env, &url, asleep, "1\n");
    other.batch_execute("SELECT * FROM t; COMMIT").unwrap();
    assert!(run.wait_with_output().unwrap().status.success());
    let said = env.read("../tmp/run.log");
    assert!(said.contains("deadlock detected; trying again in"), "{said}");
    assert_eq!(query(&env, &url, "SELECT v FROM t WHERE v = 7"), "7\n");
}

/// A run that is one transaction is tried again as a whole.
#[test]
fn a_whole_run_is_tried_again() {
    let url = postgres().create_database();
    let env =
        with_table(&url, "lock_timeout = \"200ms\"\n", b2().upgrade("INSERT INTO t VALUES (7);"));
    env.write("versions/c3_x.sql", revision("c3", &["b2"]).upgrade(ALTER).text());
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"run\"\n{config}"));
    let blocker = open_transaction(&url, "long report", "SELECT * FROM t");
    let log = env.path("../tmp/run.log");
    let run = start_and_await(env.command(&["upgrade"]), &log, "trying again");
    drop(blocker);
    assert!(run.wait_with_output().unwrap().status.success());
    assert_eq!(query(&env, &url, "SELECT v FROM t ORDER BY 1"), "1\n7\n");
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "c3\n");
    let done = "SELECT revision FROM limbeck_journal WHERE event = 'done' ORDER BY 1";
    assert_eq!(query(&env, &url, done), "a1\nb2\nc3\n");
}

/// Of a script that is parted, the part.
#[test]
fn a_part_is_tried_again() {
    let url = postgres().create_database();
    let script = "INSERT INTO t VALUES (7);\nVACUUM t;\nINSERT INTO t VALUES (8);\nLOCK TABLE t;";
    let env = with_table(&url, "lock_timeout = \"200ms\"\n", b2().upgrade(script));
    let blocker = open_transaction(&url, "long report", "SELECT * FROM t");
    let log = env.path("../tmp/run.log");
    let run = start_and_await(env.command(&["upgrade"]), &log, "trying again");
    drop(blocker);
    assert!(run.wait_with_output().unwrap().status.success());
    assert_eq!(query(&env, &url, "SELECT v FROM t ORDER BY 1"), "1\n7\n8\n");
    let rows = "SELECT statement_no, event FROM limbeck_journal WHERE revision = 'b2' ORDER BY id";
    assert_eq!(query(&env, &url, rows), "1|done\n2|begin\n2|done\n3|done\n4|done\n|done\n");
}

/// On MariaDB a statement is all that there is to be tried again.
#[test]
fn on_mariadb_the_statement_is_tried_again() {
    let url = mariadb().create_database();
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    let env = with_table(
        &url,
        "lock_timeout = \"1s\"\n",
        b2().upgrade(&format!("INSERT INTO t VALUES (7);\n{ALTER}")),
    );
    let held = name.clone();
    let blocker = thread::spawn(move || {
        mariadb().sql(&held, "BEGIN; SELECT * FROM t; SELECT SLEEP(4); COMMIT")
    });
    let sleeping = format!(
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(4)' AND DB = '{name}'"
    );
    await_rows(&env, &url, &sleeping, "1\n");
    let readers = thread::spawn(move || {
        let start = Instant::now();
        let mut longest = Duration::ZERO;
        while start.elapsed() < Duration::from_secs(3) {
            let one = Instant::now();
            mariadb().sql(&name, "SELECT * FROM t");
            longest = longest.max(one.elapsed());
        }
        longest
    });
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(0), "{output}");
    blocker.join().unwrap();
    let longest = readers.join().unwrap();
    assert!(longest < Duration::from_millis(2_500), "{longest:?}");
    insta::with_settings!({filters => MARKS}, {
        assert_snapshot!(lines_once(&output.to_string()), @"
        ------- stderr -------
        Running upgrade a1 -> b2, rev b2
          Lock wait timeout exceeded; try restarting transaction; trying again in $N s
            the lock may be held by connection $PID, user root, localhost, open for $N s, query: SELECT SLEEP(4)
          took $N s
        [exit status: 0]
        ");
    });
    assert_eq!(query(&env, &url, "SELECT v FROM t ORDER BY 1"), "1\n7\n");
}

/// The other one has done more, so that InnoDB ends the run's statement.
#[test]
fn a_deadlock_on_mariadb_is_tried_again() {
    let url = mariadb().create_database();
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    let env = with_table(&url, "", b2().upgrade("UPDATE n SET v = v + 1 ORDER BY id;"));
    mariadb().sql(
        &name,
        "CREATE TABLE n (id INT PRIMARY KEY, v INT); INSERT INTO n SELECT seq, 0 FROM seq_1_to_200",
    );
    let held = name.clone();
    let other = thread::spawn(move || {
        let script = "BEGIN; UPDATE n SET v = v + 1 WHERE id > 100; SELECT SLEEP(2); \
                      UPDATE n SET v = v + 1 WHERE id = 1; COMMIT";
        mariadb().sql(&held, script)
    });
    let sleeping = format!(
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(2)' AND DB = '{name}'"
    );
    await_rows(&env, &url, &sleeping, "1\n");
    let output = env.run(&["upgrade"]);
    other.join().unwrap();
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.to_string().contains("Deadlock found"), "{output}");
    let rows = "SELECT v, count(*) FROM n GROUP BY v ORDER BY v";
    assert_eq!(query(&env, &url, rows), "1|99\n2|101\n");
}

#[test]
fn on_mariadb_whoever_holds_a_row_is_named() {
    let url = mariadb().create_database();
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    let env = with_table(
        &url,
        "",
        b2().with("lock_timeout = \"1s\"\nlock_retry = 0").upgrade("UPDATE t SET v = 3;"),
    );
    let held = name.clone();
    let blocker = thread::spawn(move || {
        mariadb().sql(&held, "BEGIN; UPDATE t SET v = 2; SELECT SLEEP(3); COMMIT")
    });
    let sleeping = format!(
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(3)' AND DB = '{name}'"
    );
    await_rows(&env, &url, &sleeping, "1\n");
    let output = env.run(&["upgrade"]);
    blocker.join().unwrap();
    insta::with_settings!({filters => MARKS}, {
        assert_snapshot!(output.to_string(), @"
        ------- stderr -------
        Running upgrade a1 -> b2, rev b2
        error: database app: Lock wait timeout exceeded; try restarting transaction
          --> versions/b2_x.sql:13:1
           |  UPDATE t SET v = 3
           |  ^
          detail: error 1205 (SQLSTATE HY000)
          the lock is held by connection $PID, user root, localhost, open for $N s, query: SELECT SLEEP(3)
        hint: revision b2 runs outside a transaction: what came before the statement is done, and a rerun continues at it
        [exit status: 3]
        ");
    });
}

#[test]
fn times_that_are_none_are_refused() {
    let env = project()
        .config("[databases.app]\nurl = \"sqlite:app.db\"\nlock_timeout = \"5 apples\"\nlock_retry = -1\n")
        .revision(revision("a1", &[]))
        .build();
    assert_snapshot!(env.run(&["config", "check"]), @r#"
    limbeck.toml:3:16: `lock_timeout` is a time: "5s", "500ms", "2min", milliseconds, or 0 for none
    limbeck.toml:4:14: `lock_retry` is a time: "5s", "500ms", "2min", milliseconds, or 0 for none
    ------- stderr -------
    2 problems
    [exit status: 78]
    "#);
    let env = project().revision(revision("a1", &[])).build();
    assert_snapshot!(env.run(&["upgrade", "--lock-timeout", "soon"]), @"
    ------- stderr -------
    error: invalid value 'soon' for '--lock-timeout <TIME>': write a number with ms, s, min or h behind it, such as 2s

    For more information, try '--help'.
    [exit status: 64]
    ");
}
