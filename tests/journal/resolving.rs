//! `limbeck journal resolve`. What follows from it is swept in `faults/doubt.rs`.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

/// A run that died at the second statement, as it leaves its journal.
fn crashed() -> TestEnvironment {
    let env = project()
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);")
                .downgrade("DELETE FROM t;\nDROP TABLE t;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    query(
        &env,
        "sqlite:app.db",
        "DELETE FROM limbeck_journal WHERE id > (SELECT max(id) FROM limbeck_journal \
         WHERE event = 'begin'); DELETE FROM alembic_version",
    );
    env
}

#[test]
fn the_statement_is_shown_and_the_verdict_kept() {
    let env = crashed();
    assert_snapshot!(env.run(&["journal", "resolve", "a1", "--as", "done"]), @"
    ------- stderr -------
    database app: upgrade of revision a1, statement 2 of 2
      --> versions/a1_x.sql:13:1
       |  INSERT INTO t VALUES (1)
    error: there is nobody to ask: it took effect?
    hint: --yes says so without being asked
    [exit status: 64]
    ");
    let resolve = ["journal", "resolve", "a1", "--as", "done", "--yes", "--note", "counted"];
    assert_snapshot!(env.run(&resolve), @"
    ------- stderr -------
    database app: upgrade of revision a1, statement 2 of 2
      --> versions/a1_x.sql:13:1
       |  INSERT INTO t VALUES (1)
    noted: it took effect; run `limbeck upgrade` again to go on
    [exit status: 0]
    ");
    let last = "SELECT event, statement_no, note FROM limbeck_journal ORDER BY id DESC LIMIT 1";
    assert_eq!(query(&env, "sqlite:app.db", last), "resolve|2|done: counted\n");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM t"), "1\n");
}

/// As [`crashed`], on two databases.
fn crashed_twice() -> TestEnvironment {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(
            revision("a1", &[])
                .with("transaction = false")
                .upgrade("CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    for url in ["sqlite:one.db", "sqlite:two.db"] {
        let undone = "DELETE FROM limbeck_journal WHERE id > (SELECT max(id) FROM limbeck_journal \
                      WHERE event = 'begin'); DELETE FROM alembic_version";
        query(&env, url, undone);
    }
    env
}

#[test]
fn what_tells_several_apart_is_said() {
    let env = crashed_twice();
    let resolve = ["journal", "resolve", "a1", "--as", "done", "--statement", "2", "--yes"];
    assert_snapshot!(env.run(&resolve), @"
    ------- stderr -------
    error: several statements of revision a1 are in doubt
      database one: statement 2 of 2
      database two: statement 2 of 2
    hint: choose with --database
    [exit status: 64]
    ");
    let all = ["journal", "resolve", "a1", "--all", "--as", "not-done", "--yes"];
    assert!(env.run(&all).stderr.contains("hint: choose with --database\n"));
    env.run(&[&resolve[..], &["-d", "one"]].concat()).ok();
    env.run(&resolve).ok();
}

#[test]
fn the_file_may_be_gone() {
    let env = crashed();
    let text = env.read("versions/a1_x.sql");
    std::fs::remove_file(env.path("versions/a1_x.sql")).unwrap();
    let resolve = |id, verdict, number| {
        env.run(&["journal", "resolve", id, "--statement", number, "--as", verdict, "--yes"])
    };
    assert_snapshot!(resolve("a1", "done", "1"), @"
    ------- stderr -------
    error: no statement 1 of revision a1 is in doubt
    hint: `limbeck journal` shows what was begun and how it ended
    [exit status: 64]
    ");
    assert_snapshot!(resolve("z1", "done", "1"), @"
    ------- stderr -------
    error: Can't locate revision identified by 'z1'
    hint: an abbreviation needs at least four characters to be safe
    [exit status: 64]
    ");
    assert_snapshot!(resolve("a1", "not-done", "2"), @"
    ------- stderr -------
    database app: upgrade of revision a1, which no file declares, statement 2 of 2
    noted: it did not take effect
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["journal", "resolve", "a1", "--all", "--as", "done"]), @"
    ------- stderr -------
    error: --all goes with `--as not-done` only
    hint: no file declares it, so no run goes on with it: when what it did is undone or taken over, limbeck journal resolve a1 --all --as not-done
    [exit status: 64]
    ");
    query(&env, "sqlite:app.db", "DELETE FROM limbeck_journal WHERE event = 'resolve'");
    assert_snapshot!(resolve("a1", "done", "2"), @"
    ------- stderr -------
    database app: upgrade of revision a1, which no file declares, statement 2 of 2
    noted: it took effect
    [exit status: 0]
    ");
    // A run goes by it when the file is back, and the statement must be the same.
    env.write("versions/a1_x.sql", text.replace("VALUES (1)", "VALUES (2)"));
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));
    env.write("versions/a1_x.sql", &text);
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM t"), "1\n");
}

#[test]
fn what_is_not_in_doubt_is_refused() {
    let env = crashed();
    assert_snapshot!(
        env.run(&["journal", "resolve", "a1", "--as", "done", "--yes", "--statement", "1"]),
        @"
    ------- stderr -------
    error: no statement 1 of revision a1 is in doubt
    hint: `limbeck journal` shows what was begun and how it ended
    [exit status: 64]
    "
    );
    env.run(&["upgrade", "--in-doubt", "skip"]).ok();
    let output = env.run(&["journal", "resolve", "a1", "--as", "not-done", "--yes"]);
    assert_eq!(output.code(), Some(64), "{output}");
}

#[test]
fn a_downgrade_in_doubt_can_be_settled_too() {
    let env = crashed();
    env.run(&["upgrade", "--in-doubt", "skip"]).ok();
    let begun = "INSERT INTO limbeck_journal (run_id, revision, direction, event, raw_digest, \
                 statement_no, statement_count, started_at, actor, host, tool_version) \
                 SELECT run_id, revision, 'downgrade', 'begin', NULL, 1, 2, started_at, actor, \
                 host, tool_version FROM limbeck_journal LIMIT 1";
    query(&env, "sqlite:app.db", begun);
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));
    env.run(&["journal", "resolve", "a1", "--as", "not-done", "--yes"]).ok();
    // Nothing of it took effect, so the revision is applied as it was.
    env.run(&["upgrade"]).ok();
    query(&env, "sqlite:app.db", begun);
    env.run(&["journal", "resolve", "a1", "--as", "done", "--yes"]).ok();
    assert_eq!(env.run(&["upgrade"]).code(), Some(4));
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM alembic_version"), "0\n");
}
