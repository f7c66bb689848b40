//! On SQLite.

use insta::assert_snapshot;

use super::{add, at, users};
use crate::alembic_projects::worker::Worker;
use crate::support::query;

const ROWS: &str = "SELECT * FROM users ORDER BY id";
const SCHEMA: &str = "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name";

#[test]
fn a_history_up_and_down() {
    let env = at("sqlite:///app.db");
    users(&env);
    assert_snapshot!(env.run(&["upgrade"]), @"
    users: 2
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:app.db", ROWS), "1|ann|ANN\n2|o'bob|O'BOB\n");
    let other = at("sqlite:///app.db");
    users(&other);
    Worker::start(&other).ok(&["upgrade", "head"]);
    // The version table is written in spaces and tabs.
    let schema = |env| query(env, "sqlite:app.db", SCHEMA).replace('\t', "    ");
    assert_eq!(schema(&env), schema(&other));
    env.run(&["downgrade", "base"]).ok();
    Worker::start(&other).ok(&["downgrade", "base"]);
    assert_eq!(schema(&env), schema(&other));
}

#[test]
fn limbeck_and_alembic_take_turns() {
    let env = at("sqlite:///app.db");
    users(&env);
    let mut alembic = Worker::start(&env);
    alembic.ok(&["upgrade", "a1"]);
    env.run(&["upgrade"]).ok();
    assert_eq!(alembic.ok(&["current"]), "b2 (head)\n");
    alembic.ok(&["downgrade", "a1"]);
    assert_eq!(query(&env, "sqlite:app.db", ROWS), "1|ann\n2|o'bob\n");
    env.run(&["downgrade", "base"]).ok();
    env.run(&["upgrade", "a1"]).ok();
    alembic.ok(&["upgrade", "head"]);
    assert_eq!(query(&env, "sqlite:app.db", ROWS), "1|ann|ANN\n2|o'bob|O'BOB\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(alembic.ok(&["current"]), "");
}

#[test]
fn what_is_printed_keeps_out_of_json() {
    let env = at("sqlite:///app.db");
    users(&env);
    let output = env.run(&["upgrade", "--json"]);
    serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap();
    assert!(output.stderr.contains("users: 2\n"), "{output}");
}

#[test]
fn what_is_logged_goes_to_standard_error() {
    let env = at("sqlite:///app.db");
    add(
        &env,
        "a1",
        None,
        r#"
import logging
logging.getLogger("alembic.runtime.migration").info("one %s", 1)
logging.getLogger("app").info("not shown")
logging.getLogger("app").warning("careful")
"#,
        "pass",
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    INFO  [alembic.runtime.migration] one 1
    WARNI [app] careful
    [exit status: 0]
    ");
}

#[test]
fn a_failure_in_the_middle() {
    let env = at("sqlite:///app.db");
    users(&env);
    let failing = "op.execute(\"CREATE TABLE more (id INTEGER)\")\nop.execute(\"INSERT INTO nosuch VALUES (1)\")";
    add(&env, "c3", Some("b2"), failing, "pass");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    users: 2
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, rev c3
    error: database main: revision c3: no such table: nosuch
      --> migrations/versions/c3_x.py:12:5
       |      op.execute("INSERT INTO nosuch VALUES (1)")
       |      ^
      Traceback (most recent call last):
        File "$PROJ/migrations/versions/c3_x.py", line 12, in upgrade
          op.execute("INSERT INTO nosuch VALUES (1)")
      sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: nosuch
      statement: INSERT INTO nosuch VALUES (1)
    hint: revision c3 was rolled back
    [exit status: 1]
    "#);
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    let more = "SELECT count(*) FROM sqlite_master WHERE name = 'more'";
    assert_eq!(query(&env, "sqlite:app.db", more), "0\n");
    add(&env, "c3", Some("b2"), "op.execute(\"CREATE TABLE more (id INTEGER)\")", "pass");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", more), "1\n");
}

#[test]
fn exceptions_of_the_database_can_be_caught() {
    let env = at("sqlite:///app.db");
    let body = r#"
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
bind = op.get_bind()
try:
    bind.execute(sa.text("INSERT INTO t VALUES (1), (1)"))
except sa.exc.IntegrityError as error:
    print(type(error.orig).__name__ != "", "UNIQUE" in str(error))
with bind.begin_nested():
    bind.execute(sa.text("INSERT INTO t VALUES (2)"))
try:
    with bind.begin_nested():
        bind.execute(sa.text("INSERT INTO t VALUES (3)"))
        raise ValueError("no")
except ValueError:
    pass
"#;
    add(&env, "a1", None, body, "pass");
    assert_eq!(env.run(&["upgrade"]).ok(), "True True\n");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT id FROM t"), "2\n");
}

#[test]
fn rows_that_refer_to_a_rebuilt_table_stay() {
    let env = at("sqlite:///app.db");
    let body = r#"
op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, v TEXT)")
op.execute("CREATE TABLE child (p INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
op.execute("INSERT INTO parent VALUES (1, 'x')")
op.execute("INSERT INTO child VALUES (1)")
with op.batch_alter_table("parent") as batch:
    batch.alter_column("v", existing_type=sa.Text(), nullable=False)
"#;
    add(&env, "a1", None, body, "pass");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT p FROM child"), "1\n");
}

#[test]
fn what_is_not_supported_says_where() {
    let env = at("sqlite:///app.db");
    env.write("limbeck.toml", "[scripts]\npython = \"never\"\n");
    add(&env, "a1", None, "from application import models\nmodels.create(op)", "pass");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database main: the plan has a revision that only Python runs
      --> migrations/versions/a1_x.py:12:5
       |  revision a1: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    ");
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn endless_loops_and_recursion_end() {
    let env = at("sqlite:///app.db");
    add(&env, "a1", None, "def deep(n):\n    return deep(n + 1)\ndeep(0)", "pass");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.to_string().contains("nothing was begun"), "{output}");
    assert!(!env.path("app.db").exists());
}

#[test]
fn a_plan_shows_what_is_known() {
    let env = at("sqlite:///app.db");
    users(&env);
    assert_snapshot!(env.run(&["plan", "--sql"]), @"
    [main] sqlite:///app.db (at the base)
      upgrade  -> a1, rev a1
          migrations/versions/a1_x.py: 3 statements in a transaction of its own

          CREATE TABLE users (
              id INTEGER NOT NULL, 
              name VARCHAR(50) NOT NULL, 
              PRIMARY KEY (id)
          );

          INSERT INTO users (id, name) VALUES (1, 'ann');

          INSERT INTO users (id, name) VALUES (2, 'o''bob');

      upgrade a1 -> b2, rev b2
          migrations/versions/b2_x.py: what its code comes to, which depends on the database, in a transaction of its own

    ------- stderr -------
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
}

/// A question that only a database answers is none that a plan fails of.
#[test]
fn a_plan_shows_what_asks_the_dialect() {
    let env = at("sqlite:///app.db");
    let body = r#"
op.execute("CREATE TABLE users (a INTEGER PRIMARY KEY)")
bind = op.get_bind()
key = bind.dialect.get_pk_constraint(bind, "users")
op.execute(f"CREATE TABLE t ({key['constrained_columns'][0]} INTEGER)")
"#;
    add(&env, "a1", None, body, "pass");
    let plan = env.run(&["plan"]).ok();
    assert!(plan.contains("what its code comes to, which depends on the database"), "{plan}");
    env.run(&["upgrade"]).ok();
    let made = query(&env, "sqlite:app.db", "SELECT sql FROM sqlite_master WHERE name = 't'");
    assert_eq!(made, "CREATE TABLE t (a INTEGER)\n");
}

#[test]
fn a_block_outside_of_the_transaction() {
    let env = at("sqlite:///app.db");
    let body = r#"
op.execute("CREATE TABLE t (id INTEGER)")
with op.get_context().autocommit_block():
    op.execute("VACUUM")
op.execute("INSERT INTO t VALUES (1)")
op.execute("INSERT INTO missing SELECT 1")
"#;
    add(&env, "a1", None, body, "pass");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database main: revision a1: no such table: missing
      --> migrations/versions/a1_x.py:15:5
       |      op.execute("INSERT INTO missing SELECT 1")
       |      ^
      Traceback (most recent call last):
        File "$PROJ/migrations/versions/a1_x.py", line 15, in upgrade
          op.execute("INSERT INTO missing SELECT 1")
      sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: missing
      statement: INSERT INTO missing SELECT 1
    hint: revision a1 runs outside a transaction: what is done stays done, and a rerun runs its code again without repeating that
    [exit status: 1]
    "#);
    // What came before the block is done, what came behind it was rolled back.
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM t"), "0\n");
    query(&env, "sqlite:app.db", "CREATE TABLE missing (x)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 was done by an earlier run
      statement 2 was done by an earlier run
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT id FROM t"), "1\n");
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
}

#[test]
fn another_statement_than_was_done_stops_the_run() {
    let env = at("sqlite:///app.db");
    let body = |first: &str| {
        format!(
            "op.execute(\"{first}\")\nwith op.get_context().autocommit_block():\n    op.execute(\"VACUUM\")\n\
             op.execute(\"INSERT INTO missing SELECT 1\")"
        )
    };
    add(&env, "a1", None, &body("CREATE TABLE t (id INTEGER)"), "pass");
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    add(&env, "a1", None, &body("CREATE TABLE u (id INTEGER)"), "pass");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database main: revision a1 comes to another statement 1 now than when it was begun
      --> migrations/versions/a1_x.py
      done: CREATE TABLE t (id INTEGER)
      now:  CREATE TABLE u (id INTEGER)
    hint: the code depends on what is in the database, or was edited: put back what it saw
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d main
    [exit status: 4]
    ");
    env.run(&["journal", "resolve", "a1", "--all", "--as", "not-done", "--yes"]).ok();
    query(&env, "sqlite:app.db", "CREATE TABLE missing (x)");
    env.run(&["upgrade"]).ok();
}

#[test]
fn names_by_the_convention_of_limbeck_toml() {
    let env = at("sqlite:///app.db");
    env.write(
        "limbeck.toml",
        "[databases.main]\nurl = \"sqlite:app.db\"\n\
         naming_convention = { ix = \"ix_%(column_0_label)s\", uq = \"uq_%(table_name)s_%(column_0_name)s\" }\n",
    );
    let body = r#"
op.create_table("t", sa.Column("id", sa.Integer), sa.UniqueConstraint("id"))
op.create_index(None, "t", ["id"])
"#;
    add(&env, "a1", None, body, "pass");
    env.run(&["upgrade"]).ok();
    let sql = query(&env, "sqlite:app.db", "SELECT sql FROM sqlite_master WHERE tbl_name = 't'");
    assert!(sql.contains("CONSTRAINT uq_t_id UNIQUE (id)"), "{sql}");
    assert!(sql.contains("INDEX ix_t_id ON"), "{sql}");
}
