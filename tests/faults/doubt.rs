//! Scripts outside a transaction: what a crash or an error in the middle leaves, and how a user
//! goes on from there.

use std::os::unix::process::ExitStatusExt as _;

use insta::assert_snapshot;
use limbeck::exec::{Fault, RunErrorKind, RunOptions, TransactionMode};

use super::bench::Bench;
use super::child::{self, Order};
use super::scenario::{Revisions, Way};
use crate::support::{RevisionFile, TestEnvironment, project, revision};

fn outside() -> RevisionFile {
    revision("a1", &[]).with("transaction = false")
}

fn with_bench(bench: &Bench, file: RevisionFile) -> TestEnvironment {
    project().config(format!("[databases.app]\nurl = \"{}\"\n", bench.url())).revision(file).build()
}

/// The effects at which a process that dies leaves the second statement, an INSERT, in doubt:
/// the statement itself (it had no effect), and the entry that says it is done (it had).
fn effects_with_doubt(bench: &Bench, env: &TestEnvironment) -> Vec<u32> {
    let revisions = Revisions::load(env.path("versions"));
    let url = bench.url().parse().unwrap();
    let run = |at| {
        let fault = (at, Fault::Fail);
        revisions.run(&url, &Way::Up.request(), RunOptions::default(), fault)
    };
    bench.reset();
    let (_, effects) = run(0);
    (1..=effects)
        .filter(|at| {
            bench.reset();
            kill(bench, env, *at);
            match run(0).0.map_err(|error| *error.kind) {
                Ok(_) => false,
                Err(RunErrorKind::InDoubt { number: 2, count: 3, .. }) => true,
                Err(other) => panic!("effect {at}: {other}"),
            }
        })
        .collect()
}

fn kill(bench: &Bench, env: &TestEnvironment, at: u32) {
    let (versions, url) = (env.path("versions").display().to_string(), bench.url());
    let request = Way::Up.request();
    let mode = TransactionMode::Revision;
    let order = Order { versions: &versions, url: &url, request: &request, mode, at };
    assert_eq!(child::kill_at(&order).signal(), Some(9), "effect {at}");
}

fn an_insert_in_doubt_is_for_a_person_to_judge(bench: &Bench) {
    let env = with_bench(
        bench,
        outside().upgrade(
            "CREATE TABLE t (id INTEGER);\nINSERT INTO t VALUES (1);\nCREATE TABLE u (id INTEGER);",
        ),
    );
    let in_doubt = effects_with_doubt(bench, &env);
    let [before, after] = in_doubt.as_slice() else { panic!("in doubt: {in_doubt:?}") };
    let resolve = ["journal", "resolve", "a1", "--yes", "--as"];
    for (at, verdict, action, rows) in [
        (before, None, "skip", ""),
        (before, None, "rerun", "1\n"),
        (after, None, "skip", "1\n"),
        (after, None, "rerun", "1\n1\n"),
        (before, Some("done"), "stop", ""),
        (before, Some("not-done"), "stop", "1\n"),
        (after, Some("done"), "stop", "1\n"),
        (after, Some("not-done"), "stop", "1\n1\n"),
    ] {
        bench.reset();
        kill(bench, &env, *at);
        // Asking again changes nothing.
        for _ in 0..2 {
            insta::allow_duplicates! {
                assert_snapshot!(env.run(&["upgrade"]), @"
                ------- stderr -------
                Running upgrade  -> a1, rev a1
                  statement 1 of 3 was done by an earlier run
                error: database app: statement 2 of 3 of revision a1 was begun by a run that did not end, and the catalog cannot tell whether it took effect
                  --> versions/a1_x.sql:13:1
                   |  INSERT INTO t VALUES (1)
                   |  ^
                hint: look whether it took effect, say so, and run again: limbeck journal resolve a1 -d app --as done, or --as not-done
                hint: or run again with --in-doubt skip if it did, --in-doubt rerun if it did not
                [exit status: 9]
                ");
            }
        }
        if let Some(verdict) = verdict {
            env.run(&[&resolve[..], &[verdict]].concat()).ok();
            // It is settled now.
            assert_eq!(env.run(&[&resolve[..], &[verdict]].concat()).code(), Some(64));
        }
        env.run(&["upgrade", "--in-doubt", action]).ok();
        assert_eq!(bench.ask("SELECT id FROM t"), rows, "killed at {at}, then {action}");
        assert_eq!(bench.ask("SELECT count(*) FROM u"), "0\n");
        assert_eq!(bench.ask("SELECT version_num FROM alembic_version"), "a1\n");
    }
}

#[test]
fn sqlite_insert_in_doubt() {
    an_insert_in_doubt_is_for_a_person_to_judge(&Bench::sqlite());
}

#[test]
fn postgres_insert_in_doubt() {
    an_insert_in_doubt_is_for_a_person_to_judge(&Bench::postgres());
}

#[test]
fn mariadb_insert_in_doubt() {
    an_insert_in_doubt_is_for_a_person_to_judge(&Bench::mariadb());
}

#[test]
fn a_statement_that_failed_may_be_mended_but_not_those_before_it() {
    let env = project()
        .revision(outside().upgrade("CREATE TABLE t (id);\nINSERT INTO u VALUES (1);\nVACUUM;"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: no such table: u
      --> versions/a1_x.sql:13:1
       |  INSERT INTO u VALUES (1)
       |  ^
    hint: revision a1 runs outside a transaction: what came before the statement is done, and a rerun continues at it
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    let mend = |from: &str, to: &str| {
        let text = env.read("versions/a1_x.sql");
        assert!(text.contains(from));
        env.write("versions/a1_x.sql", text.replace(from, to));
    };
    mend("CREATE TABLE t (id)", "CREATE TABLE t (id, v)");
    mend("INTO u", "INTO t");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: revision a1 was edited after 1 of its statements had run outside a transaction
      --> versions/a1_x.sql
    hint: restore the statements that have run; those after them may change
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    mend("CREATE TABLE t (id, v)", "CREATE TABLE t (id)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 of 3 was done by an earlier run
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn an_index_that_was_left_invalid_is_made_again() {
    let bench = Bench::postgres();
    let env = with_bench(
        &bench,
        outside().upgrade(
            "CREATE TABLE t AS SELECT 1 AS id FROM generate_series(1, 2);\n\
             CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);",
        ),
    );
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: could not create unique index "t_id"
      --> versions/a1_x.sql:13:1
       |  CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)
       |  ^
      detail: Key (id)=(1) is duplicated.
    hint: revision a1 runs outside a transaction: what came before the statement is done, and a rerun continues at it
    [exit status: 1]
    "#);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass";
    assert_eq!(bench.ask(valid), "f\n");
    bench.ask("DELETE FROM t WHERE ctid = '(0,1)'");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 of 2 was done by an earlier run
      dropped index t_id, which was left invalid, before the statement of line 13
    [exit status: 0]
    ");
    assert_eq!(bench.ask(valid), "t\n");
}
