//! Statements that fail: exit code 1, with file, line, column and the line itself, and whether
//! the revision was rolled back.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, postgres, project, query, revision};

const FIRST: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY);";

/// A revision whose third statement fails, above one that works.
fn with_failure(url: &str, statement: &str) -> TestEnvironment {
    project()
        .url(url)
        .revision(revision("a1", &[]).upgrade(FIRST))
        .revision(revision("b2", &["a1"]).upgrade(&format!(
            "CREATE TABLE u (id INTEGER);\nINSERT INTO t VALUES (1);\n\n  {statement};\nSELECT 1;"
        )))
        .build()
}

const TABLES: [&str; 2] = [
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('t', 'u')",
    "SELECT tablename FROM pg_tables WHERE tablename IN ('t', 'u')",
];

#[test]
fn in_the_middle_on_sqlite() {
    let url = "sqlite:app.db";
    let env = with_failure(url, "INSERT INTO t\n    VALUES (1)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database app: UNIQUE constraint failed: t.id
      --> versions/b2_x.sql:14:3
       |  INSERT INTO t
       |  ^
    hint: revision b2 was rolled back
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(query(&env, url, TABLES[0]), "t\n");
    assert_eq!(query(&env, url, "SELECT count(*) FROM t"), "0\n");
    assert_snapshot!(query(&env, url, "SELECT revision, event, error FROM limbeck_journal"), @"
    a1|done|
    b2|fail|UNIQUE constraint failed: t.id
    ");
    let env = with_failure(url, "SELEC 'x' AS \"y\"");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database app: near "SELEC": syntax error
      --> versions/b2_x.sql:14:3
       |  SELEC 'x' AS "y"
       |  ^
    hint: revision b2 was rolled back
    [exit status: 1]
    "#);
}

#[test]
fn in_the_middle_on_postgres() {
    let url = postgres().create_database();
    let env = with_failure(&url, "INSERT INTO t\n    VALUES (1)");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database app: duplicate key value violates unique constraint "t_pkey"
      --> versions/b2_x.sql:14:3
       |  INSERT INTO t
       |  ^
      detail: Key (id)=(1) already exists.
    hint: revision b2 was rolled back
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["current"]), @"
    a1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, TABLES[1]), "t\n");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM t"), "0\n");
    assert_snapshot!(query(&env, &url, "SELECT revision, event, error FROM limbeck_journal"), @r#"
    a1|done|
    b2|fail|duplicate key value violates unique constraint "t_pkey"
    "#);
    // The server says where: in the middle of the statement, behind letters of two bytes.
    let env = with_failure(&url, "SELECT 'äöü',\n\t'ß', no_such_column\n  FROM t");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    error: database app: column "no_such_column" does not exist
      --> versions/b2_x.sql:15:7
       |   'ß', no_such_column
       |        ^
    hint: revision b2 was rolled back
    [exit status: 1]
    "#);
    let env = with_failure(&url, "SELEC 'x'");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    error: database app: syntax error at or near "SELEC"
      --> versions/b2_x.sql:14:3
       |  SELEC 'x'
       |  ^
    hint: revision b2 was rolled back
    [exit status: 1]
    "#);
    let env = with_failure(
        &url,
        "DO $$ BEGIN RAISE EXCEPTION 'not today' USING HINT = 'try later', DETAIL = 'why'; END $$",
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    error: database app: not today
      --> versions/b2_x.sql:14:3
       |  DO $$ BEGIN RAISE EXCEPTION 'not today' USING HINT = 'try later', DETAIL = 'why'; END $$
       |  ^
      detail: why
    hint: try later
    hint: revision b2 was rolled back
    [exit status: 1]
    ");
}

#[test]
fn a_constraint_that_is_checked_at_the_end() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED);\n\
             INSERT INTO t VALUES (1, 2);",
        ))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: revision a1 could not be committed: insert or update on table "t" violates foreign key constraint "t_up_fkey"
      --> versions/a1_x.sql
      detail: Key (up)=(2) is not present in table "t".
    hint: revision a1 was rolled back
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
}

#[test]
fn a_limit_that_is_reached() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(
            revision("a1", &[])
                .with("statement_timeout = \"50ms\"")
                .upgrade("CREATE TABLE t (id INTEGER);\nSELECT pg_sleep(30);"),
        )
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: canceling statement due to statement timeout
      --> versions/a1_x.sql:13:1
       |  SELECT pg_sleep(30)
       |  ^
    hint: revision a1 was rolled back
    [exit status: 1]
    ");
    let env = project()
        .revision(revision("a1", &[]).with("statement_timeout = \"50ms\"").upgrade("SELECT 1;"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    warning: revision a1: SQLite has no statement_timeout; it runs without
    [exit status: 0]
    ");
}

#[test]
fn rows_that_a_script_moves() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]).upgrade("DELETE FROM alembic_version;"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    error: database app: expected to match one row when updating 'a1' to 'b2' in 'alembic_version'; 0 found
    hint: another program, or the script itself, has changed the version table; `limbeck current` shows what it says now
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn as_json() {
    let env = with_failure("sqlite:app.db", "SELECT * FROM missing");
    let output = env.run(&["upgrade", "--json"]);
    assert_eq!(output.code(), Some(1));
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["databases"][0]["report"]["steps"].as_array().unwrap().len(), 1);
    assert_eq!(json["databases"][0]["report"]["after"][0], "a1");
    let errors = serde_json::to_string_pretty(&json["errors"]).unwrap();
    assert_snapshot!(errors, @r#"
    [
      {
        "database": "app",
        "message": "database app: no such table: missing",
        "details": [
          "--> versions/b2_x.sql:14:3",
          " |  SELECT * FROM missing",
          " |  ^"
        ],
        "hints": [
          "revision b2 was rolled back"
        ],
        "exit_code": 1
      }
    ]
    "#);
}
