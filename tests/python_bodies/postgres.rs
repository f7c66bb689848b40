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

#[test]
fn a_failure_rolls_the_whole_run_back() {
    let (env, url) = on_postgres();
    users(&env);
    add(&env, "c3", Some("b2"), "op.execute(\"INSERT INTO users VALUES (1, 'x', 'y')\")", "pass");
    assert_snapshot!(env.run(&["upgrade"]), @"");
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
    assert_snapshot!(env.run(&["upgrade"]), @"");
    assert_eq!(env.run(&["current"]).ok(), "a1\n");
    assert_eq!(query(&env, &url, "SELECT count(*), count(w) FROM t"), "10|0\n");
    query(&env, &url, "CREATE TABLE log (t TEXT)");
    assert_snapshot!(env.run(&["upgrade"]), @"");
    assert_eq!(query(&env, &url, "SELECT count(*), count(w) FROM t"), "10|10\n");
    assert_eq!(query(&env, &url, "SELECT * FROM log"), "end\n");
    assert_eq!(Worker::start(&env).ok(&["current"]), "b2 (head)\n");
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
