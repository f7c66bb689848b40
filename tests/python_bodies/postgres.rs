//! On PostgreSQL.

use insta::assert_snapshot;

use super::{add, at, users};
use crate::alembic_projects::project::psycopg2;
use crate::alembic_projects::worker::Worker;
use crate::support::{TestEnvironment, postgres, query};

fn on_postgres() -> (TestEnvironment, String) {
    let url = postgres().create_database();
    let mut env = at(&psycopg2(&url));
    env.replace_location(&url);
    (env, url)
}

const ROWS: &str = "SELECT * FROM users ORDER BY id";

#[test]
fn a_history_up_and_down() {
    let (env, url) = on_postgres();
    users(&env);
    assert_snapshot!(env.run(&["upgrade"]), @"
    users: 2
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, ROWS), "1|ann|ANN\n2|o'bob|O'BOB\n");
    let mut alembic = Worker::start(&env);
    assert_eq!(alembic.ok(&["current"]), "b2 (head)\n");
    alembic.ok(&["downgrade", "a1"]);
    env.run(&["upgrade"]).ok();
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(alembic.ok(&["current"]), "");
    assert_eq!(
        query(&env, &url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
        "alembic_version\n"
    );
}

/// A value that only Python reads is no error that the code could catch.
#[test]
fn values_that_cannot_be_read_end_the_run() {
    let (env, _) = on_postgres();
    for (id, value) in [("r1", "int4range(1, 5)"), ("r2", "row(1, 2)"), ("r3", "timetz '12:00+02'")]
    {
        let body = format!(
            "try:\n    op.get_bind().execute(sa.text({:?})).scalar()\nexcept Exception:\n    pass",
            format!("SELECT {}", value.replace(':', "\\:"))
        );
        add(&env, id, None, &body, "pass");
        let output = env.run(&["upgrade", id]);
        assert_eq!(output.code(), Some(78), "{value}: {output}");
        let text = output.to_string();
        assert!(text.contains("cannot be read here: cast it to text"), "{value}: {output}");
    }
}

#[test]
fn a_failure_rolls_the_whole_run_back() {
    let (env, url) = on_postgres();
    users(&env);
    add(&env, "c3", Some("b2"), "op.execute(\"INSERT INTO users VALUES (1, 'x', 'y')\")", "pass");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    users: 2
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, rev c3
    error: database main: revision c3: duplicate key value violates unique constraint "users_pkey"
      --> migrations/versions/c3_x.py:11:5
       |      op.execute("INSERT INTO users VALUES (1, 'x', 'y')")
       |      ^
      Traceback (most recent call last):
        File "$PROJ/migrations/versions/c3_x.py", line 11, in upgrade
          op.execute("INSERT INTO users VALUES (1, 'x', 'y')")
      sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "users_pkey"
      DETAIL:  Key (id)=(1) already exists.
      statement: INSERT INTO users VALUES (1, 'x', 'y')
    hint: the whole run was rolled back
    [exit status: 1]
    "#);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "0\n");
    add(&env, "c3", Some("b2"), "op.execute(\"INSERT INTO users VALUES (3, 'x', 'y')\")", "pass");
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "c3 (head)\n");
}

#[test]
fn an_error_that_was_caught_leaves_the_transaction_failed() {
    let (env, _) = on_postgres();
    let body = r#"
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
bind = op.get_bind()
try:
    bind.execute(sa.text("INSERT INTO t VALUES (1), (1)"))
except sa.exc.IntegrityError as error:
    print(error.orig.pgcode)
bind.execute(sa.text("SELECT 1"))
"#;
    add(&env, "a1", None, body, "pass");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.stdout, "23505\n", "{output}");
    assert!(output.stderr.contains("current transaction is aborted"), "{output}");
    assert_eq!(output.code(), Some(1));
    // Alembic ends the same way.
    assert_eq!(Worker::start(&env).run(&["upgrade", "head"]).code, 1);
    let body = body.replace(
        "    bind.execute(sa.text(\"INSERT",
        "    with bind.begin_nested():\n        bind.execute(sa.text(\"INSERT",
    );
    add(&env, "a1", None, &body, "pass");
    assert_eq!(env.run(&["upgrade"]).ok(), "23505\n");
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
}

/// An index that is made concurrently, with work before and behind it.
const BLOCK: &str = r#"
op.execute("CREATE TABLE t (id INTEGER, v TEXT)")
op.execute("INSERT INTO t SELECT n, 'v' || n FROM generate_series(1, 10) AS n")
with op.get_context().autocommit_block():
    op.create_index("t_v", "t", ["v"], postgresql_concurrently=True)
    op.execute("ALTER TABLE t ADD COLUMN w TEXT")
op.execute("UPDATE t SET w = upper(v)")
op.execute("INSERT INTO log VALUES ('end')")
"#;

#[test]
fn a_block_outside_of_the_transaction() {
    let (env, url) = on_postgres();
    add(&env, "a1", None, "pass", "pass");
    add(&env, "b2", Some("a1"), BLOCK, "pass");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database main: revision b2: relation "log" does not exist
      --> migrations/versions/b2_x.py:17:5
       |      op.execute("INSERT INTO log VALUES ('end')")
       |      ^
      Traceback (most recent call last):
        File "$PROJ/migrations/versions/b2_x.py", line 17, in upgrade
          op.execute("INSERT INTO log VALUES ('end')")
      sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation "log" does not exist
      statement: INSERT INTO log VALUES ('end')
    hint: revision b2 runs outside a transaction: what is done stays done, and a rerun runs its code again without repeating that
    [exit status: 1]
    "#);
    assert_eq!(env.run(&["current"]).ok(), "a1\n");
    assert_eq!(query(&env, &url, "SELECT count(*), count(w) FROM t"), "10|0\n");
    query(&env, &url, "CREATE TABLE log (t TEXT)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
      statement 1 was done by an earlier run
      statement 2 was done by an earlier run
      statement 3 was done by an earlier run
      statement 4 was done by an earlier run
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, "SELECT count(*), count(w) FROM t"), "10|10\n");
    assert_eq!(query(&env, &url, "SELECT * FROM log"), "end\n");
    assert_eq!(Worker::start(&env).ok(&["current"]), "b2 (head)\n");
}

/// Another connection's transaction is done when its block is, whatever becomes of the revision.
#[test]
fn a_transaction_of_the_engine() {
    let block = r#"
with op.get_bind().engine.begin() as other:
    sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer)).create(other, checkfirst=True)
    other.execute(sa.text("INSERT INTO t VALUES (1)"))
op.execute("INSERT INTO t VALUES (2)")
"#;
    let failing = format!("{block}op.execute(\"INSERT INTO t VALUES ('x')\")");
    let caught = r#"
try:
    with op.get_bind().engine.begin() as other:
        other.execute(sa.text("INSERT INTO t VALUES (3)"))
        other.execute(sa.text("INSERT INTO nothing VALUES (3)"))
except sa.exc.ProgrammingError:
    op.execute("INSERT INTO t VALUES (4)")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO t VALUES (5)")
"#;
    let histories = [vec![failing.as_str()], vec![block, caught]];
    let rows = ["1\n", "1\n2\n4\n5\n"];
    for (history, rows) in histories.iter().zip(rows) {
        for is_ours in [true, false] {
            let (env, url) = on_postgres();
            for (at, body) in history.iter().enumerate() {
                let down = (at > 0).then(|| format!("r{}", at - 1));
                add(&env, &format!("r{at}"), down.as_deref(), body, "pass");
            }
            let is_done = if is_ours {
                env.run(&["upgrade", "--python", "never"]).code() == Some(0)
            } else {
                Worker::start(&env).run(&["upgrade", "heads"]).code == 0
            };
            assert_eq!(is_done, history.len() == 2, "{is_ours}");
            assert_eq!(query(&env, &url, "SELECT a FROM t ORDER BY a"), rows, "{is_ours}");
        }
    }
}

#[test]
fn texts_that_end_and_begin_the_transaction() {
    let (env, url) = on_postgres();
    let body = r#"
op.execute("CREATE TYPE kind AS ENUM ('a')")
op.execute("COMMIT")
op.execute("ALTER TYPE kind ADD VALUE 'b'")
op.execute("CREATE TABLE t (k kind DEFAULT 'b')")
op.execute("BEGIN")
op.execute("INSERT INTO t DEFAULT VALUES")
"#;
    add(&env, "a1", None, body, "pass");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT k FROM t"), "b\n");
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
}

/// A run that is killed in the block: what came before it is done, the statement it was at is in
/// doubt, and a rerun ends in the same state.
#[test]
fn a_run_that_is_killed_in_the_block() {
    let (env, url) = on_postgres();
    query(&env, &url, "CREATE TABLE log (t TEXT)");
    let body = BLOCK.replace(
        "    op.execute(\"ALTER TABLE",
        "    op.execute(\"DO $$ BEGIN PERFORM pg_sleep(4); END $$\")\n    op.execute(\"ALTER TABLE",
    );
    add(&env, "a1", None, "pass", "pass");
    add(&env, "b2", Some("a1"), &body, "pass");
    let mut run = env.command(&["upgrade"]).spawn().unwrap();
    let sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'";
    let start = std::time::Instant::now();
    while query(&env, &url, sleeps) != "1\n" {
        assert!(start.elapsed().as_secs() < 60, "it never came to the statement");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    // The server notices at the end of the statement.
    while query(&env, &url, sleeps) != "0\n" {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
      statement 1 was done by an earlier run
      statement 2 was done by an earlier run
      statement 3 was done by an earlier run
    error: database main: statement 4 of revision b2 was begun by a run that did not end, and the catalog cannot tell whether it took effect
      --> migrations/versions/b2_x.py
      statement: DO $$ BEGIN PERFORM pg_sleep(4); END $$
    hint: look whether it took effect, say so, and run again: limbeck journal resolve b2 -d main --as done, or --as not-done
    hint: or run again with --in-doubt skip if it did, --in-doubt rerun if it did not
    [exit status: 9]
    ");
    assert_snapshot!(env.run(&["journal", "resolve", "b2", "--as", "done", "--yes"]), @"
    ------- stderr -------
    database main: upgrade of revision b2, statement 4
      --> migrations/versions/b2_x.py
       |  DO $$ BEGIN PERFORM pg_sleep(4); END $$
    noted: it took effect; run `limbeck upgrade` again to go on
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT count(*), count(w) FROM t"), "10|10\n");
    assert_eq!(query(&env, &url, "SELECT * FROM log"), "end\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
}

/// Ctrl-C while the code computes.
#[test]
fn a_computation_can_be_interrupted() {
    let (env, url) = on_postgres();
    let body = "op.execute(\"CREATE TABLE t (id INTEGER)\")\nwhile True:\n    pass";
    add(&env, "a1", None, body, "pass");
    let mut run = env.command(&["upgrade"]).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let status =
        std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(run.wait().unwrap().code(), Some(9));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "0\n");
}
