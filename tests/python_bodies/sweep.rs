//! A fault at every effect of a run of Python revisions: a rerun always completes it.

use limbeck::exec::{Fault, InDoubt, RunOptions, TransactionMode};

use super::{add, at};
use crate::faults::bench::Bench;
use crate::faults::scenario::{Revisions, Way};
use crate::support::TestEnvironment;

/// Revisions within transactions, one with a block outside of them, and data. Every one writes down
/// that it ran.
fn history() -> TestEnvironment {
    let env = at("sqlite:///unused.db");
    add(
        &env,
        "a1",
        None,
        r#"
op.execute("CREATE TABLE IF NOT EXISTS ran (script TEXT NOT NULL)")
op.create_table("users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
op.execute("INSERT INTO ran VALUES ('up a1')")
"#,
        "op.drop_table(\"users\")\nop.execute(\"INSERT INTO ran VALUES ('down a1')\")",
    );
    add(
        &env,
        "b2",
        Some("a1"),
        r#"
op.execute("INSERT INTO ran VALUES ('up b2, first')")
op.create_table("t", sa.Column("id", sa.Integer), sa.Column("v", sa.Text))
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX t_v ON t (v)")
    op.execute("ALTER TABLE t ADD COLUMN w TEXT")
op.execute("INSERT INTO ran VALUES ('up b2, last')")
bind = op.get_bind()
for row in bind.execute(sa.text("SELECT script FROM ran ORDER BY script")).fetchall():
    bind.execute(sa.text("INSERT INTO t (v) VALUES (:v)"), {"v": row.script})
"#,
        r#"
op.execute("INSERT INTO ran VALUES ('down b2')")
with op.get_context().autocommit_block():
    op.drop_index("t_v", table_name="t")
op.drop_table("t")
"#,
    );
    add(
        &env,
        "c3",
        Some("b2"),
        "op.execute(\"INSERT INTO ran VALUES ('up c3')\")\nop.add_column(\"users\", sa.Column(\"age\", sa.Integer))",
        "op.execute(\"INSERT INTO ran VALUES ('down c3')\")\nop.drop_column(\"users\", \"age\")",
    );
    env
}

fn sweep(bench: &Bench, mode: TransactionMode, way: Way) {
    let env = history();
    let revisions = Revisions::load(env.path("migrations/versions"));
    let url = bench.url().parse().unwrap();
    let run = |way: Way, fault| {
        let options = RunOptions { transaction_mode: mode, ..RunOptions::default() };
        revisions.run(&url, &way.request(), options, fault)
    };
    let prepare = || {
        bench.reset();
        if way == Way::Down {
            run(Way::Up, (0, Fault::Fail)).0.unwrap();
        }
    };
    prepare();
    let (report, effects) = run(way, (0, Fault::Fail));
    assert_eq!(report.unwrap().steps.len(), 3);
    assert!(effects > 25, "only {effects} effects");
    let clean = bench.ran_and_tables();
    for at in 1..=effects {
        prepare();
        let (result, _) = run(way, (at, Fault::Fail));
        assert_eq!(result.is_ok(), at == effects, "effect {at}: {result:?}");
        // Of DML that ran, and whose end the journal could not be told, a person has to say so.
        let options =
            RunOptions { transaction_mode: mode, in_doubt: InDoubt::Skip, ..RunOptions::default() };
        let (result, _) = revisions.run(&url, &way.request(), options, (0, Fault::Fail));
        result.unwrap_or_else(|error| panic!("rerun after effect {at}: {error}"));
        assert_eq!(bench.ran_and_tables(), clean, "effect {at}");
    }
}

/// Where every statement stays done.
#[test]
fn mariadb() {
    let bench = Bench::mariadb();
    for way in [Way::Up, Way::Down] {
        sweep(&bench, TransactionMode::Revision, way);
    }
}

#[test]
fn sqlite() {
    let bench = Bench::sqlite();
    for way in [Way::Up, Way::Down] {
        sweep(&bench, TransactionMode::Revision, way);
    }
}

#[test]
fn postgres() {
    let bench = Bench::postgres();
    for mode in [TransactionMode::Revision, TransactionMode::Alembic] {
        for way in [Way::Up, Way::Down] {
            sweep(&bench, mode, way);
        }
    }
}
