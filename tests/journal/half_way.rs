//! Revisions outside a transaction that stopped half-way, and what ends their story.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

const DONE: &str = "CREATE TABLE t (id INTEGER);\nINSERT INTO t -- the first\nVALUES (1);\n";

/// `a1` stopped at its third statement; `b2` follows it.
fn stopped() -> TestEnvironment {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade(&format!("{DONE}INSERT INTO missing VALUES (2);")),
        )
        .revision(revision("b2", &["a1"]).upgrade("SELECT 1;"))
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    env
}

fn edit(env: &TestEnvironment, from: &str, to: &str) {
    let text = env.read("versions/a1_x.sql");
    assert!(text.contains(from), "{text}");
    env.write("versions/a1_x.sql", text.replace(from, to));
}

fn rows(env: &TestEnvironment) -> String {
    query(env, "sqlite:app.db", "SELECT id FROM t ORDER BY id")
}

#[test]
fn it_can_be_started_over() {
    let env = stopped();
    edit(&env, "missing", "t");
    edit(&env, "VALUES (1)", "VALUES (7)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: revision a1 was edited after 2 of its statements had run outside a transaction
      --> versions/a1_x.sql
    hint: restore the statements that have run; those after them may change
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    let resolve = ["journal", "resolve", "a1", "--all", "--as", "not-done"];
    assert_snapshot!(env.run(&resolve), @"
    ------- stderr -------
    database app: upgrade of revision a1, statements 1, 2 of 3 done or in doubt
    error: there is nobody to ask: nothing of it is in effect any more, so that it can start over?
    hint: --yes says so without being asked
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["journal", "resolve", "a1", "--all", "--as", "done", "--yes"]), @"
    ------- stderr -------
    error: --all goes with `--as not-done` only
    hint: that all of it took effect, `limbeck stamp a1` says
    [exit status: 64]
    ");
    query(&env, "sqlite:app.db", "DROP TABLE t");
    let resolve = [&resolve[..], &["--yes", "--note", "dropped"]].concat();
    assert_snapshot!(env.run(&resolve), @"
    ------- stderr -------
    database app: upgrade of revision a1, statements 1, 2 of 3 done or in doubt
    noted: the next `limbeck upgrade` begins with its first statement
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&resolve), @"
    ------- stderr -------
    error: revision a1 has not stopped half-way
    hint: `limbeck journal` shows what was begun and how it ended
    [exit status: 64]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(rows(&env), "2\n7\n");
}

#[test]
fn what_is_started_over_is_told_as_json() {
    let env = stopped();
    let output =
        env.run(&["journal", "resolve", "a1", "--all", "--as", "not-done", "--yes", "--json"]);
    assert_snapshot!(output.stdout, @r#"
    {
      "database": "app",
      "revision": "a1",
      "direction": "upgrade",
      "statements": 3,
      "resolved": [
        1,
        2
      ],
      "verdict": "not-done"
    }
    "#);
}

#[test]
fn a_stamp_to_what_follows_ends_it() {
    let env = stopped();
    query(&env, "sqlite:app.db", "DROP TABLE t");
    env.run(&["stamp", "b2"]).ok();
    env.run(&["stamp", "base"]).ok();
    edit(&env, "missing", "t");
    env.run(&["upgrade"]).ok();
    assert_eq!(rows(&env), "1\n2\n");
}

#[test]
fn comments_and_line_ends_of_done_statements_may_change() {
    let env = stopped();
    edit(&env, "missing", "t");
    edit(&env, "-- the first", "/* no more\n than a comment */");
    edit(&env, "\n", "\r\n");
    env.run(&["upgrade"]).ok();
    assert_eq!(rows(&env), "1\n2\n");
    // A journal of an earlier version has only the digest of the text as it was.
    for (from, to, code) in [("missing", "t", 0), ("-- the first", "-- another", 4)] {
        let env = stopped();
        query(&env, "sqlite:app.db", "UPDATE limbeck_journal SET normalized_digest = NULL");
        edit(&env, from, to);
        assert_eq!(env.run(&["upgrade"]).code(), Some(code), "{to}");
    }
}

#[test]
fn it_is_told_when_its_file_is_gone() {
    let env = stopped();
    for file in env.files("versions") {
        std::fs::remove_file(env.path("versions").join(file)).unwrap();
    }
    let text = "/*---\nmessage = \"c3\"\nrevision = \"c3\"\ndown_revision = []\n---*/\n\
                --- upgrade\nSELECT 1;\n--- downgrade\nSELECT 1;\n";
    env.write("versions/c3_x.sql", text);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    warning: the upgrade of revision a1, which no file of this database declares, stopped at statement 3 of 3; when what it did is undone or taken over: limbeck journal resolve a1 --all --as not-done -d app
    Running upgrade  -> c3, c3
    [exit status: 0]
    ");
    // Also where nothing is to be done.
    let again = env.run(&["upgrade"]);
    assert_eq!(again.code(), Some(0), "{again}");
    assert!(again.stderr.starts_with("warning: the upgrade of revision a1, which no"), "{again}");
    let health = env.run(&["health"]);
    assert_eq!(health.code(), Some(1), "{health}");
    assert!(health.stdout.contains("upgrade of a1, which no file declares, failed"), "{health}");
    for look in [health.to_string(), env.run(&["status"]).to_string()] {
        let hint = "when what it did is undone by hand, or taken over: limbeck journal resolve a1 \
                    --all --as not-done -d app";
        assert!(look.contains(hint), "{look}");
    }
    let status = env.run(&["status", "--check"]);
    assert_eq!(status.code(), Some(1), "{status}");
    env.run(&["journal", "resolve", "a1", "--all", "--as", "not-done", "--yes"]).ok();
    env.run(&["health"]).ok();
    assert!(!env.run(&["upgrade"]).stderr.contains("a1"));
}

#[test]
fn the_id_of_a_row_that_was_inserted_before_is_lost() {
    let env = project()
        .revision(revision("a1", &[]).with("transaction = false").upgrade(
            "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (5);\n\
             SELECT missing;\nINSERT INTO t SELECT last_insert_rowid() + 1;",
        ))
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    edit(&env, "missing", "1");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(
        output.stderr.contains("statement 4 of revision a1 needs last_insert_rowid()"),
        "{output}"
    );
    edit(&env, "last_insert_rowid()", "5");
    env.run(&["upgrade"]).ok();
    assert_eq!(rows(&env), "5\n6\n");
}
