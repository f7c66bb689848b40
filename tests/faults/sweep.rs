//! The loop over all effects of a run.

use std::os::unix::process::ExitStatusExt as _;

use limbeck::exec::{Fault, RunOptions, TransactionMode};

use super::bench::Bench;
use super::child::{self, Order};
use super::scenario::{Revisions, Way, history};

/// How the run ends at the chosen effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Fail,
    Kill,
}

const NEVER: (u32, Fault) = (0, Fault::Fail);

/// Ends the run at each effect in turn; a rerun must complete it.
fn sweep(bench: &Bench, mode: TransactionMode, way: Way, end: End) {
    let env = history(mode);
    let versions = env.path("versions").display().to_string();
    let revisions = Revisions::load(&versions);
    let url = bench.url().parse().unwrap();
    let run = |way: Way, fault| {
        let options = RunOptions { transaction_mode: mode, ..RunOptions::default() };
        revisions.run(&url, &way.request(), options, fault)
    };
    let prepare = || {
        bench.reset();
        if way == Way::Down {
            run(Way::Up, NEVER).0.unwrap();
        }
    };

    prepare();
    let before = bench.tables();
    let (report, effects) = run(way, NEVER);
    assert_eq!(report.unwrap().steps.len(), 10);
    assert!(effects > 40, "only {effects} effects");
    let clean = bench.state();
    let tables_after = bench.tables();
    assert_ne!(before, tables_after);
    // The sweep proves nothing unless the state shows that each script ran.
    let word = if way == Way::Up { "up" } else { "down" };
    assert_eq!(
        clean.lines().filter(|line| line.starts_with(&format!("ran|{word} "))).count(),
        if mode == TransactionMode::Run { 10 } else { 9 },
        "{clean}"
    );

    for at in 1..=effects {
        prepare();
        match end {
            End::Fail => {
                let (result, _) = run(way, (at, Fault::Fail));
                // Only the last effect, giving the lock back, may fail without consequences.
                assert_eq!(result.is_ok(), at == effects, "effect {at}: {result:?}");
            }
            End::Kill => {
                let url = bench.url();
                let request = way.request();
                let order = Order { versions: &versions, url: &url, request: &request, mode, at };
                assert_eq!(child::kill_at(&order).signal(), Some(9), "effect {at}");
            }
        }
        if mode == TransactionMode::Run {
            // A failure may leave word of itself, and no more: the journal that it is written to.
            let tables = bench.tables();
            let is_left = |line: &&str| {
                before.contains(line) || !["limbeck_journal", "sqlite_sequence"].contains(line)
            };
            let left: String =
                tables.lines().filter(is_left).flat_map(|line| [line, "\n"]).collect();
            assert!(
                left == before || (at == effects && tables == tables_after),
                "effect {at} left part of a run that is one transaction:\n{tables}"
            );
        }
        let (result, _) = run(way, NEVER);
        assert!(result.is_ok(), "rerun after effect {at}: {result:?}");
        assert_eq!(bench.state(), clean, "after effect {at}");
    }
}

macro_rules! sweeps {
    ($($name:ident: $bench:expr, $mode:ident, $way:ident, $end:ident;)*) => {
        $(
            #[test]
            fn $name() {
                sweep(&$bench, TransactionMode::$mode, Way::$way, End::$end);
            }
        )*
    };
}

sweeps! {
    sqlite_upgrade_fails: Bench::sqlite(), Revision, Up, Fail;
    sqlite_upgrade_is_killed: Bench::sqlite(), Revision, Up, Kill;
    sqlite_downgrade_fails: Bench::sqlite(), Revision, Down, Fail;
    sqlite_downgrade_is_killed: Bench::sqlite(), Revision, Down, Kill;
    sqlite_upgrade_in_one_fails: Bench::sqlite(), Run, Up, Fail;
    sqlite_upgrade_in_one_is_killed: Bench::sqlite(), Run, Up, Kill;
    sqlite_downgrade_in_one_fails: Bench::sqlite(), Run, Down, Fail;
    sqlite_downgrade_in_one_is_killed: Bench::sqlite(), Run, Down, Kill;
    postgres_upgrade_fails: Bench::postgres(), Revision, Up, Fail;
    postgres_upgrade_is_killed: Bench::postgres(), Revision, Up, Kill;
    postgres_downgrade_fails: Bench::postgres(), Revision, Down, Fail;
    postgres_downgrade_is_killed: Bench::postgres(), Revision, Down, Kill;
    postgres_upgrade_in_one_fails: Bench::postgres(), Run, Up, Fail;
    postgres_upgrade_in_one_is_killed: Bench::postgres(), Run, Up, Kill;
    postgres_downgrade_in_one_fails: Bench::postgres(), Run, Down, Fail;
    postgres_downgrade_in_one_is_killed: Bench::postgres(), Run, Down, Kill;
    postgres_upgrade_in_parts_fails: Bench::postgres(), Alembic, Up, Fail;
    postgres_upgrade_in_parts_is_killed: Bench::postgres(), Alembic, Up, Kill;
    postgres_downgrade_in_parts_fails: Bench::postgres(), Alembic, Down, Fail;
}
