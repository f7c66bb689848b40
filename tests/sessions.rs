//! What a script leaves in its session: nothing for the next one, and all that its own rest needs.

use crate::support::{postgres, project, query, revision};

/// SQLite's documented way to change a table: make another, copy, drop, rename. With enforced
/// foreign keys the drop would delete the rows that refer to the table.
#[test]
fn a_rebuilt_table_keeps_the_rows_that_refer_to_it() {
    let env = project()
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);\n\
             CREATE TABLE child (id INTEGER, parent REFERENCES parent (id) ON DELETE CASCADE);\n\
             INSERT INTO parent VALUES (1);\nINSERT INTO child VALUES (7, 1);",
        ))
        .revision(revision("b2", &["a1"]).upgrade(
            "CREATE TABLE parent2 (id INTEGER PRIMARY KEY, name TEXT);\n\
             INSERT INTO parent2 (id) SELECT id FROM parent;\n\
             DROP TABLE parent;\nALTER TABLE parent2 RENAME TO parent;",
        ))
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT id, parent FROM child"), "7|1\n");
}

#[test]
fn a_pragma_does_not_reach_the_next_script() {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("PRAGMA foreign_keys = ON;\nCREATE TABLE told (on_in_a1, on_in_b2);"),
        )
        .revision(
            revision("b2", &["a1"])
                .upgrade("INSERT INTO told SELECT 1, foreign_keys FROM pragma_foreign_keys;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT on_in_b2 FROM told"), "0\n");
}

/// Every dump of PostgreSQL empties the search path.
#[test]
fn a_setting_does_not_reach_the_next_script() {
    for config in ["", "[scripts]\ntransaction_mode = \"run\"\n"] {
        let url = postgres().create_database();
        let env = project()
            .config(format!("{config}\n[databases.app]\nurl = \"{url}\"\n"))
            .revision(revision("a1", &[]).upgrade(
                "CREATE TABLE first (id integer);\n\
                 SELECT pg_catalog.set_config('search_path', '', false);",
            ))
            .revision(revision("b2", &["a1"]).upgrade("CREATE TABLE second (id integer);"))
            .build();
        env.run(&["upgrade"]).ok();
        assert_eq!(query(&env, &url, "SELECT count(*) FROM second"), "0\n");
    }
}

#[test]
fn a_script_that_is_continued_has_its_settings_again() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade("CREATE SCHEMA s;"))
        .revision(revision("b2", &["a1"]).with("transaction = false").upgrade(
            "SET search_path = s;\nCREATE TABLE one (id integer);\nINSERT INTO later VALUES (1);",
        ))
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    query(&env, &url, "CREATE TABLE s.later (id integer); CREATE TABLE public.later (id integer)");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT count(*) FROM s.later"), "1\n");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM public.later"), "0\n");
}

#[test]
fn a_temporary_table_outside_a_transaction_is_refused() {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("CREATE TEMP TABLE scratch (id);\nINSERT INTO scratch VALUES (1);"),
        )
        .build();
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision a1: a temporary object ends with its connection, and a revision outside a transaction may need to be continued on another
      --> versions/a1_x.sql:12:1
       |  CREATE TEMP TABLE scratch (id)
       |  ^
    hint: use an ordinary table, and drop it at the end of the script
    [exit status: 78]
    ");
    let postgres = postgres().create_database();
    for (url, script) in [
        ("sqlite:app.db", "CREATE TABLE temp.v (x)"),
        (postgres.as_str(), "CREATE TABLE pg_temp.n1 (x int)"),
        (postgres.as_str(), "SELECT 1 AS x INTO TEMP tt"),
    ] {
        let a1 = revision("a1", &[]).with("transaction = false").upgrade(&format!("{script};"));
        let output = project().url(url).revision(a1).build().run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.stderr.contains("a temporary object ends with its connection"), "{output}");
    }
}

/// A setting whose value comes from the rows may be another one now.
#[test]
fn a_setting_that_cannot_be_had_again_stops_a_script() {
    for (set, lost) in [
        ("SELECT set_config('my.v', nextval('s')::text, false)", "the setting my.v"),
        (
            "WITH i AS (INSERT INTO t VALUES (9) RETURNING id) \
             SELECT set_config('my.v', (SELECT id::text FROM i), false)",
            "the setting my.v",
        ),
    ] {
        let url = postgres().create_database();
        let env = project()
            .url(&url)
            .revision(
                revision("a1", &[]).upgrade("CREATE SEQUENCE s; CREATE TABLE t (id integer);"),
            )
            .revision(revision("b2", &["a1"]).with("transaction = false").upgrade(&format!(
                "{set};\nINSERT INTO later SELECT current_setting('my.v')::integer;"
            )))
            .build();
        assert_eq!(env.run(&["upgrade"]).code(), Some(1));
        query(&env, &url, "CREATE TABLE later (id integer)");
        let before = query(&env, &url, "SELECT (SELECT last_value FROM s), count(*) FROM t");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(4), "{output}");
        let needs = format!("statement 2 of revision b2 needs {lost}");
        assert!(output.stderr.contains(&needs), "{output}");
        let after = query(&env, &url, "SELECT (SELECT last_value FROM s), count(*) FROM t");
        assert_eq!(after, before);
    }
}

/// `total_changes()` of SQLite counts what its connection has done.
#[test]
fn a_count_of_another_session_is_not_taken_for_this_one() {
    let env = project()
        .revision(revision("a1", &[]).with("transaction = false").upgrade(
            "CREATE TABLE t (id);\nINSERT INTO t VALUES (70), (71);\n\
             INSERT INTO later VALUES (1);\nINSERT INTO t VALUES (total_changes());",
        ))
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    query(&env, "sqlite:app.db", "CREATE TABLE later (id)");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains("needs total_changes()"), "{output}");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM later"), "0\n");
}

#[test]
fn erasing_the_version_rows_is_journaled() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    env.run(&["stamp", "--purge", "base"]).ok();
    let last = "SELECT direction, revision FROM limbeck_journal ORDER BY id DESC LIMIT 1";
    assert_eq!(query(&env, "sqlite:app.db", last), "stamp|a1\n");
    assert_eq!(env.run(&["current"]).ok(), "");
}

/// What ran of a script is not done any more once the ground it ran on has been taken away.
#[test]
fn a_script_begins_anew_after_its_parent_was_reverted() {
    let env = project()
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE t (id);\nINSERT INTO t VALUES (1), (1);")
                .downgrade("DROP TABLE t;"),
        )
        .revision(
            revision("b2", &["a1"])
                .with("transaction = false")
                .upgrade("ALTER TABLE t ADD COLUMN c INTEGER;\nCREATE UNIQUE INDEX i ON t (id);"),
        )
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    env.run(&["downgrade", "base"]).ok();
    let text = env.read("versions/a1_x.sql").replace("INSERT INTO t VALUES (1), (1);", "");
    env.write("versions/a1_x.sql", text);
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(c) FROM t"), "0\n");
}

#[test]
fn a_statement_that_failed_may_be_taken_out() {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("CREATE TABLE t (id);\nCREATE TABLE t (id);"),
        )
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    let text = env
        .read("versions/a1_x.sql")
        .replace("CREATE TABLE t (id);\nCREATE TABLE t (id);", "CREATE TABLE t (id);");
    env.write("versions/a1_x.sql", text);
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
}

#[test]
fn a_savepoint_outside_a_transaction_is_refused() {
    let env = project()
        .revision(revision("a1", &[]).with("transaction = false").upgrade("SAVEPOINT a;"))
        .build();
    let refused = env.run(&["upgrade"]);
    assert_eq!(refused.code(), Some(78), "{refused}");
    assert!(refused.to_string().contains("a savepoint needs a transaction"), "{refused}");
}

/// Diesel's connection would wait for ever for somebody to take the rows.
#[test]
fn copying_to_the_client_is_refused() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade("CREATE TABLE q (i int);\nCOPY q TO STDOUT;"))
        .build();
    let refused = env.run(&["upgrade"]);
    assert_eq!(refused.code(), Some(78), "{refused}");
    assert!(refused.to_string().contains("COPY from stdin or to stdout"), "{refused}");
}

/// Two roles with different search paths that mean one table are two runs on one site.
#[test]
fn the_lock_is_that_of_the_table_that_is_found() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE public.ran (id integer);\nINSERT INTO public.ran SELECT 1 FROM pg_sleep(1);",
        ))
        .build();
    query(&env, &url, "CREATE SCHEMA me");
    env.run(&["ensure_version"]).ok();
    let mut other = env.command(&["upgrade"]);
    other.env("PGOPTIONS", "-c search_path=me,public");
    let mut other = other.spawn().unwrap();
    env.run(&["upgrade"]).ok();
    assert!(other.wait().unwrap().success());
    assert_eq!(query(&env, &url, "SELECT count(*) FROM public.ran"), "1\n");
}

#[test]
fn nothing_is_built_on_a_revision_that_is_half_reverted() {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("CREATE TABLE one (i);")
                .downgrade("DROP TABLE one;\nDROP TABLE nosuch;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["downgrade", "base"]).code(), Some(1));
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: revision a1 is half reverted: its downgrade was begun and not finished
    hint: run the same `limbeck downgrade` again to finish it
    hint: or put back by hand what it has taken, and say so: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    query(&env, "sqlite:app.db", "CREATE TABLE one (i)");
    env.run(&["journal", "resolve", "a1", "--all", "--as", "not-done", "-d", "app", "--yes"]).ok();
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["downgrade", "base"]).code(), Some(1));
    query(&env, "sqlite:app.db", "CREATE TABLE one (i)");
    env.run(&["stamp", "--purge", "a1"]).ok();
    env.run(&["upgrade"]).ok();

    assert_eq!(env.run(&["downgrade", "base"]).code(), Some(1));
    let text = env.read("versions/a1_x.sql").replace("\nDROP TABLE nosuch;", "");
    env.write("versions/a1_x.sql", text);
    env.run(&["downgrade", "base"]).ok();
    env.run(&["upgrade"]).ok();
}
