//! Who holds the lock, and what becomes of it when the holder dies.

use insta::{assert_snapshot, with_settings};

use super::step::{Kind, project_with, signal, slow, start_and_await_step};
use crate::support::{TestEnvironment, query, revision};

/// What differs from run to run in the words about a holder.
const HOLDER: [(&str, &str); 6] = [
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)?", "$$DATE"),
    (r"server process \d+", "server process $$PID"),
    (r"process \d+", "process $$PID"),
    (r"unknown@[^, ]+", "unknown@$$MACHINE"),
    (r"from \d+\.\d+\.\d+\.\d+(/\d+)?", "from $$ADDRESS"),
    (r"[\d.]+ s\b", "$$SECONDS s"),
];

/// A run that holds the lock, another that will not wait for it, a death, and a third run.
fn held_named_killed_released(kind: Kind, more: &str) -> String {
    let url = kind.url();
    let step = revision("b2", &["a1"])
        .upgrade(&format!("INSERT INTO ran VALUES ('b2');\n{}\nSELECT 1;", slow(kind, 600.0)));
    let env = project_with(&url, more, step);
    let mut holder =
        start_and_await_step(env.command(&["upgrade"]), &env.path("../tmp/holder.log"));
    let refused = env.run(&["upgrade", "--lock-wait", "0"]);
    assert_eq!(refused.code(), Some(3), "{refused}");
    // Reading waits for nobody.
    assert_eq!(env.run(&["current"]).ok(), "a1\n");
    holder.kill().unwrap();
    holder.wait().unwrap();

    env.write(
        "versions/b2_x.sql",
        revision("b2", &["a1"]).upgrade("INSERT INTO ran VALUES ('b2');").text(),
    );
    if more.is_empty() {
        if kind == Kind::Postgres {
            end_the_statement_of_the_killed_run(&env, &url);
        }
        env.run(&["upgrade", "--lock-wait", "20"]).ok();
    } else {
        // A lease that nobody renews runs out after a minute: longer than this test has.
        let wait = env.run(&["upgrade", "--lock-wait", "0"]);
        assert_eq!(wait.code(), Some(3), "{wait}");
        query(&env, &url, "UPDATE limbeck_lease SET expires_at = now() - interval '1 second'");
        env.run(&["upgrade", "--lock-wait", "0"]).ok();
    }
    assert_eq!(query(&env, &url, "SELECT script FROM ran ORDER BY 1"), "a1\nb2\nc3\n");
    refused.to_string()
}

/// PostgreSQL does not notice that a client is gone while a statement runs. The next run waits
/// until it has ended, and says whose statement it is.
fn end_the_statement_of_the_killed_run(env: &TestEnvironment, url: &str) {
    let phrase = "still at the last statement of a run that was killed";
    // The server takes a moment to end the connection that held the lock itself.
    let is_told = (0..50).any(|_| {
        let refused = env.run(&["upgrade", "--lock-wait", "0"]);
        assert_eq!(refused.code(), Some(3), "{refused}");
        refused.to_string().contains(phrase)
    });
    assert!(is_told, "the statement of the killed run was not waited for");
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";
    assert_eq!(query(env, url, end), "1\n");
}

#[test]
fn on_sqlite() {
    with_settings!({filters => HOLDER}, {
        assert_snapshot!(held_named_killed_released(Kind::Sqlite, ""), @"
        ------- stderr -------
        waiting for the lock held by process $PID, unknown@$MACHINE, since $DATE
        error: database app: the database is locked by another run (process $PID, unknown@$MACHINE, since $DATE); waited $SECONDS s
        hint: --lock-wait SECONDS waits longer
        [exit status: 3]
        ");
    });
}

#[test]
fn on_postgres() {
    with_settings!({filters => HOLDER}, {
        assert_snapshot!(held_named_killed_released(Kind::Postgres, ""), @"
        ------- stderr -------
        waiting for the lock held by server process $PID, limbeck process $PID, unknown@$MACHINE, database user limbeck, from $ADDRESS, since $DATE
        error: database app: the database is locked by another run (server process $PID, limbeck process $PID, unknown@$MACHINE, database user limbeck, from $ADDRESS, since $DATE); waited $SECONDS s
        hint: --lock-wait SECONDS waits longer
        [exit status: 3]
        ");
    });
}

#[test]
fn with_a_lease() {
    with_settings!({filters => HOLDER}, {
        assert_snapshot!(held_named_killed_released(Kind::Postgres, "lock = \"lease\"\n"), @"
        ------- stderr -------
        waiting for the lock held by process $PID, unknown@$MACHINE, lease until $DATE
        error: database app: the database is locked by another run (process $PID, unknown@$MACHINE, lease until $DATE); waited $SECONDS s
        hint: --lock-wait SECONDS waits longer
        [exit status: 3]
        ");
    });
}

#[test]
fn a_run_that_waits_says_for_whom_and_finds_nothing_left_to_do() {
    let url = Kind::Postgres.url();
    let step = revision("b2", &["a1"]).upgrade(&slow(Kind::Postgres, 1.0));
    let env = project_with(&url, "", step);
    let mut holder =
        start_and_await_step(env.command(&["upgrade"]), &env.path("../tmp/holder.log"));
    with_settings!({filters => HOLDER}, {
        assert_snapshot!(env.run(&["upgrade"]), @"
        ------- stderr -------
        waiting for the lock held by server process $PID, limbeck process $PID, unknown@$MACHINE, database user limbeck, from $ADDRESS, since $DATE
        nothing to do (at c3)
        [exit status: 0]
        ");
    });
    assert!(holder.wait().unwrap().success());
}

#[test]
fn nobody_who_has_nothing_to_do_waits() {
    let url = Kind::Postgres.url();
    let step = revision("b2", &["a1"]).upgrade(&slow(Kind::Postgres, 600.0));
    let env = project_with(&url, "", step);
    let mut holder =
        start_and_await_step(env.command(&["upgrade"]), &env.path("../tmp/holder.log"));
    assert_snapshot!(env.run(&["upgrade", "a1", "--lock-wait", "0"]), @"
    ------- stderr -------
    nothing to do (at a1)
    [exit status: 0]
    ");
    signal(&holder, "KILL");
    holder.wait().unwrap();
}
