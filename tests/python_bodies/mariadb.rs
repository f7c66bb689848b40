//! On MariaDB, where every statement stays done.

use insta::assert_snapshot;

use super::{add, at, users};
use crate::support::{TestEnvironment, mariadb, query};

fn on_mariadb() -> (TestEnvironment, String) {
    let url = mariadb().create_database();
    let mut env = at(&url.replacen("mysql://", "mysql+pymysql://", 1));
    env.replace_location(&url);
    (env, url)
}

#[test]
fn a_history_up_and_down() {
    let (env, url) = on_mariadb();
    users(&env);
    assert_snapshot!(env.run(&["upgrade"]), @"
    users: 2
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    let rows = "SELECT concat_ws('|', id, name, upper) FROM users ORDER BY id";
    assert_eq!(query(&env, &url, rows), "1|ann|ANN\n2|o'bob|O'BOB\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn a_run_goes_on_where_another_failed() {
    let (env, url) = on_mariadb();
    let body = r#"
bind = op.get_bind()
op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY AUTO_INCREMENT, v TEXT)")
op.execute("CREATE TABLE child (parent INTEGER)")
parent = sa.table("parent", sa.column("id", sa.Integer), sa.column("v", sa.Text))
made = bind.execute(sa.text("INSERT INTO parent (v) VALUES (:v)"), {"v": "x"}).lastrowid
op.execute(sa.text("INSERT INTO child VALUES (:p)").bindparams(p=made))
op.execute("INSERT INTO missing VALUES (1)")
op.execute(sa.text("INSERT INTO child VALUES (:p)").bindparams(p=made + 100))
"#;
    add(&env, "a1", None, body, "pass");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("a rerun runs its code again"), "{output}");
    query(&env, &url, "CREATE TABLE missing (x INTEGER)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 was done by an earlier run
      statement 2 was done by an earlier run
      statement 3 was done by an earlier run
      statement 4 was done by an earlier run
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, "SELECT parent FROM child ORDER BY 1"), "1\n101\n");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM parent"), "1\n");
}

#[test]
fn what_is_nested_is_one() {
    let (env, url) = on_mariadb();
    let body = r#"
bind = op.get_bind()
op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
try:
    with bind.begin_nested():
        bind.execute(sa.text("INSERT INTO t VALUES (1)"))
        bind.execute(sa.text("INSERT INTO t VALUES (1)"))
except sa.exc.IntegrityError:
    print("refused")
with bind.begin_nested():
    bind.execute(sa.text("INSERT INTO t VALUES (2)"))
"#;
    add(&env, "a1", None, body, "pass");
    assert_eq!(env.run(&["upgrade"]).ok(), "refused\n");
    assert_eq!(query(&env, &url, "SELECT id FROM t"), "2\n");
}

#[test]
fn a_statement_in_doubt_is_in_no_line_of_the_file() {
    let (env, url) = on_mariadb();
    let body = r#"
bind = op.get_bind()
op.execute("CREATE TABLE t (a INTEGER)")
op.execute("INSERT INTO t VALUES (1)")
bind.execute(sa.text("SELECT sleep(0)"))
op.execute("INSERT INTO missing VALUES (1)")
"#;
    add(&env, "a1", None, body, "pass");
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    // As if the run had been killed at the second statement; what only asks is not counted.
    let journal = "FROM limbeck_journal WHERE event = 'done' AND statement_no";
    assert_eq!(query(&env, &url, &format!("SELECT count(*) {journal} > 2")), "0\n");
    query(&env, &url, &format!("DELETE {journal} = 2"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 was done by an earlier run
    error: database main: statement 2 of revision a1 was begun by a run that did not end, and the catalog cannot tell whether it took effect
      --> migrations/versions/a1_x.py
      statement: INSERT INTO t VALUES (1)
    hint: look whether it took effect, say so, and run again: limbeck journal resolve a1 -d main --as done, or --as not-done
    hint: or run again with --in-doubt skip if it did, --in-doubt rerun if it did not
    [exit status: 9]
    ");
    let resolved = env.run(&["journal", "resolve", "a1", "--as", "done", "--yes"]);
    assert_snapshot!(resolved, @"
    ------- stderr -------
    database main: upgrade of revision a1, statement 2
      --> migrations/versions/a1_x.py
       |  INSERT INTO t VALUES (1)
    noted: it took effect; run `limbeck upgrade` again to go on
    [exit status: 0]
    ");
}
