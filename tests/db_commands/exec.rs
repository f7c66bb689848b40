//! `db exec`.

use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, postgres, project, query};

use super::support::with_keys;

#[test]
fn rows_are_a_table_csv_or_json() {
    let env = with_keys(&postgres().create_database(), "");
    let sql = "SELECT 1 AS n, 'a,b' AS t, NULL AS nothing, 12345678901234567890.5::numeric AS big, \
               ARRAY[1,2] AS list, '2026-01-02'::date AS d, true AS n, E'two\\nlines' AS lines";
    assert_snapshot!(env.run(&["db", "exec", sql]), @r"
    n  t    nothing                     big  list   d           n     lines
    -  ---  -------  ----------------------  -----  ----------  ----  ----------
    1  a,b     NULL  12345678901234567890.5  [1,2]  2026-01-02  true  two\nlines
    ------- stderr -------
    (1 row)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "exec", sql, "--format", "csv"]), @r#"
    n,t,nothing,big,list,d,n,lines
    1,"a,b",,12345678901234567890.5,"[1,2]",2026-01-02,true,"two
    lines"
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["db", "exec", sql, "--json"]), @r#"
    {
      "databases": [
        {
          "database": "app",
          "results": [
            {
              "changed": null,
              "columns": [
                "n",
                "t",
                "nothing",
                "big",
                "list",
                "d",
                "n",
                "lines"
              ],
              "rows": [
                [
                  1,
                  "a,b",
                  null,
                  "12345678901234567890.5",
                  [
                    1,
                    2
                  ],
                  "2026-01-02",
                  true,
                  "two\nlines"
                ]
              ]
            }
          ]
        }
      ],
      "errors": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "SELECT 1 WHERE false"]), @"
    ------- stderr -------
    (0 rows)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "exec", "SHOW server_encoding"]), @"
    server_encoding
    ---------------
    UTF8
    ------- stderr -------
    (1 row)
    [exit status: 0]
    ");
    let several = "CREATE TABLE t (id serial, v text); \
        INSERT INTO t (v) VALUES ('x'), ('y') RETURNING id; \
        WITH gone AS (DELETE FROM t WHERE v = 'x' RETURNING v) SELECT * FROM gone; \
        UPDATE t SET v = 'z'; SELECT count(*) FROM t; EXPLAIN (COSTS OFF) SELECT 1";
    assert_snapshot!(env.run(&["db", "exec", several]), @"
    id
    --
     1
     2

    v
    -
    x

    count
    -----
        1

    QUERY PLAN
    ----------
    Result
    ------- stderr -------
    done
    (2 rows)
    (1 row)
    done, 1 row
    (1 row)
    (1 row)
    [exit status: 0]
    ");
}

#[test]
fn sqlite_has_a_type_for_each_value() {
    let env = project().file("app.db", "").build();
    let sql = "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2.5, x'00ff'), (NULL, 'ü'); \
               SELECT a, b FROM t; PRAGMA user_version; INSERT INTO t VALUES (7, 8) RETURNING a";
    assert_snapshot!(env.run(&["db", "exec", sql]), @"
       a  b
    ----  -------
       1  x
     2.5  x'00FF'
    NULL  ü

    user_version
    ------------
               0

    a
    -
    7
    ------- stderr -------
    done
    done, 3 rows
    (3 rows)
    (1 row)
    (1 row)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "exec", "SELECT a FROM t", "--json"]), @r#"
    {
      "databases": [
        {
          "database": "app",
          "results": [
            {
              "changed": null,
              "columns": [
                "a"
              ],
              "rows": [
                [
                  1
                ],
                [
                  2.5
                ],
                [
                  null
                ],
                [
                  7
                ]
              ]
            }
          ]
        }
      ],
      "errors": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn mariadb_too() {
    let env = with_keys(&mariadb().create_database(), "");
    let sql = "CREATE TABLE t (a INT, b TEXT, c DECIMAL(30,10)); \
               INSERT INTO t VALUES (1, 'ü', 12345678901234567.0123456789), (NULL, '', 0); \
               SELECT * FROM t; SHOW DATABASES LIKE 'mysql'";
    let csv = "a,b,c\n1,ü,12345678901234567.0123456789\n,\"\",0.0000000000\n\u{c}\nDatabase (mysql)\nmysql\n";
    assert_eq!(env.run(&["db", "exec", sql, "--format", "csv"]).ok(), csv);
    assert_eq!(env.run(&["db", "exec", "SELECT * FROM nowhere"]).code(), Some(1));
}

/// Not of the query that the statement becomes part of.
#[test]
fn errors_are_of_the_statement_as_it_stands() {
    let env = with_keys(&postgres().create_database(), "");
    assert_snapshot!(env.run(&["db", "exec", "SELECT (1,\n"]), @"
    ------- stderr -------
    error: database app: <command line>:1: syntax error at end of input
       |  SELECT (1,
       |            ^
    hint: nothing of it has taken effect
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["db", "exec", "SELECT 1) SELECT (2"]), @r#"
    ------- stderr -------
    error: database app: <command line>:1: syntax error at or near ")"
       |  SELECT 1) SELECT (2
       |          ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "SELECT *\nFROM limbeck_rows"]), @r#"
    ------- stderr -------
    error: database app: <command line>:2: relation "limbeck_rows" does not exist
       |  FROM limbeck_rows
       |       ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "(ANALYZE) SELECT 1"]), @r#"
    ------- stderr -------
    error: database app: <command line>:1: syntax error at or near "ANALYZE"
       |  (ANALYZE) SELECT 1
       |   ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "WITH ü AS (SELECT 1) SELECT nope FROM ü"]), @r#"
    ------- stderr -------
    error: database app: <command line>:1: column "nope" does not exist
       |  WITH ü AS (SELECT 1) SELECT nope FROM ü
       |                              ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "CREATE TABLE t (id int); INSERT INTO t VALUES (1) RETURNING"]), @"
    ------- stderr -------
    done
    error: database app: <command line>:1: syntax error at end of input
       |  CREATE TABLE t (id int); INSERT INTO t VALUES (1) RETURNING
       |                                                             ^
    hint: nothing of it has taken effect
    [exit status: 1]
    ");
}

/// `psql -f` runs on after an error, and ends with 0.
#[test]
fn the_first_error_undoes_everything_and_names_its_line() {
    let url = postgres().create_database();
    let env = with_keys(&url, "");
    env.write(
        "sql/002.sql",
        "CREATE TABLE one (id int);\n-- a comment\nINSERT INTO one\n  VALUES (1, missing);\nCREATE TABLE two (id int);\n",
    );
    assert_snapshot!(env.run(&["db", "exec", "-f", "sql/002.sql"]), @r#"
    ------- stderr -------
    done
    error: database app: sql/002.sql:4: column "missing" does not exist
       |    VALUES (1, missing);
       |               ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "0\n");
    assert_snapshot!(env.run(&["db", "exec", "-f", "sql/002.sql", "--no-transaction"]), @r#"
    ------- stderr -------
    done
    error: database app: sql/002.sql:4: column "missing" does not exist
       |    VALUES (1, missing);
       |               ^
    hint: the statements before it have taken effect
    [exit status: 1]
    "#);
    assert_eq!(query(&env, &url, tables), "1\n");
    assert_snapshot!(env.run(&["db", "exec", "WITH a AS (SELECT 1)\nSELECT nope FROM a"]), @r#"
    ------- stderr -------
    error: database app: <command line>:2: column "nope" does not exist
       |  SELECT nope FROM a
       |         ^
    hint: nothing of it has taken effect
    [exit status: 1]
    "#);
    assert_snapshot!(env.run(&["db", "exec", "-f", "none.sql"]), @"
    ------- stderr -------
    error: none.sql cannot be read: No such file or directory (os error 2)
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["db", "exec", "SELECT 'open"]), @"
    ------- stderr -------
    error: <command line>:1:8: the string that opens here is never closed
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "exec", " -- nothing"]), @"
    ------- stderr -------
    error: <command line> holds no SQL
    [exit status: 64]
    ");
    assert!(env.run(&["db", "exec", "SELECT 1", "--json"]).ok().contains("\"errors\": []"));
}

#[test]
fn what_refuses_a_transaction_is_refused_before_anything_runs() {
    let url = postgres().create_database();
    let env = with_keys(&url, "");
    let script = "CREATE TABLE t (id int); VACUUM t";
    assert_snapshot!(env.run(&["db", "exec", script]), @"
    ------- stderr -------
    error: <command line>:1: VACUUM cannot run in a transaction
       |  CREATE TABLE t (id int); VACUUM t
       |                           ^
    hint: --no-transaction runs each statement by itself; what has run then stays when a later one fails
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "exec", "BEGIN; CREATE TABLE t (id int); COMMIT"]), @"
    ------- stderr -------
    error: <command line>:1: BEGIN in a script that runs in one transaction
       |  BEGIN; CREATE TABLE t (id int); COMMIT
       |  ^
    hint: --no-transaction runs each statement by itself; what has run then stays when a later one fails
    [exit status: 64]
    ");
    env.run(&["db", "exec", script, "--no-transaction"]).ok();
    // Alone it needs no word.
    env.run(&["db", "exec", "CREATE INDEX CONCURRENTLY i ON t (id)"]).ok();
}

fn piped(env: &TestEnvironment, arguments: &[&str], text: &str) -> String {
    let mut child = env
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn standard_input_is_read() {
    let env = project().build();
    env.run(&["db", "create"]).ok();
    for arguments in [["db", "exec", "-"].as_slice(), &["db", "exec"], &["db", "exec", "-f", "-"]] {
        assert_eq!(piped(&env, arguments, "SELECT 40 + 2 AS n;"), " n\n--\n42\n");
    }
}

#[test]
fn a_protected_database_is_only_read() {
    for (url, dialect) in [
        (postgres().create_database(), "postgresql"),
        ("sqlite:app.db".to_owned(), "sqlite"),
        (mariadb().create_database(), "mysql"),
    ] {
        let env = with_keys(&url, "protected = true");
        env.run(&["db", "create"]).ok();
        env.run(&["db", "exec", "SELECT 1"]).ok();
        for sql in ["CREATE TABLE t (id int)", "CREATE TABLE u (id int); SELECT 1"] {
            let output = env.run(&["db", "exec", sql]);
            // MySQL would not refuse a definition: it commits first.
            let (code, words) = match dialect {
                "mysql" => (64, "CREATE is more than reading"),
                _ => (1, "only reading is allowed without --yes"),
            };
            assert_eq!(output.code(), Some(code), "{dialect}: {output}");
            assert!(output.stderr.contains(words), "{output}");
        }
        let output = env.run(&["db", "exec", "CREATE TABLE t (id int)", "--no-transaction"]);
        assert_eq!(output.code(), Some(64), "{dialect}: {output}");
        assert!(output.stderr.contains("--no-transaction: database app is protected"), "{output}");
        env.run(&["db", "exec", "--yes", "CREATE TABLE t (id int)"]).ok();
        assert_eq!(
            env.run(&["db", "exec", "INSERT INTO t VALUES (1)"]).code(),
            Some(1),
            "{dialect}"
        );
    }
}

#[test]
fn no_statement_makes_a_protected_database_writable() {
    const INSERT: &str = "INSERT INTO t VALUES (1)";
    for (url, refused, harmless) in [
        (
            postgres().create_database(),
            &["SET TRANSACTION READ WRITE", "SET transaction_read_only = off", "VACUUM"][..],
            // The database itself refuses: behind the first query it is too late.
            &[
                "SELECT set_config('transaction_read_only', 'off', false)",
                "DO $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO t VALUES (1); END $$",
                "SELECT set_config('default_transaction_read_only', 'off', false)",
            ][..],
        ),
        (
            "sqlite:app.db".to_owned(),
            &["PRAGMA query_only = OFF", "PRAGMA main.query_only(0)", "VACUUM"],
            &["PRAGMA user_version", "SELECT * FROM pragma_query_only"],
        ),
        (
            mariadb().create_database(),
            &[
                "SET SESSION TRANSACTION READ WRITE",
                "SET autocommit = 0",
                "CALL p()",
                "FLUSH TABLES",
            ],
            &["PREPARE p FROM 'COMMIT'", "SELECT 1", "SHOW TABLES"],
        ),
    ] {
        let env = with_keys(&url, "protected = true");
        env.run(&["db", "create"]).ok();
        env.run(&["db", "exec", "--yes", "CREATE TABLE t (id int)"]).ok();
        for statement in refused {
            let output = env.run(&["db", "exec", &format!("{statement}; {INSERT}")]);
            assert_eq!(output.code(), Some(64), "{statement}: {output}");
            assert!(output.stderr.contains("is more than reading"), "{statement}: {output}");
        }
        for statement in harmless {
            let output = env.run(&["db", "exec", &format!("{statement}; {INSERT}")]);
            assert_eq!(output.code(), Some(1), "{statement}: {output}");
        }
        assert_eq!(query(&env, &url, "SELECT count(*) FROM t"), "0\n", "{url}");
    }
}

#[test]
fn several_databases_need_one_named_or_all() {
    let env = project()
        .config("[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:b.db\"\n")
        .build();
    env.run(&["db", "create"]).ok();
    assert_snapshot!(env.run(&["db", "exec", "SELECT 1"]), @"
    ------- stderr -------
    error: db exec with several databases needs one of them named
    hint: add --database with one of: a, b
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "exec", "--all", "SELECT 1 AS one"]), @"
    one
    ---
      1

    one
    ---
      1
    ------- stderr -------
    [a]
    (1 row)
    [b]
    (1 row)
    [exit status: 0]
    ");
}
