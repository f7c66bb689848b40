//! Seeds on one site: which of them are due by the journal, and running them.
//!
//! A seed is one transaction with its entry in the journal, on every database: MySQL commits behind
//! its back only at statements that a seed may not hold. So a seed that fails, or is killed, leaves
//! nothing of itself, and the next run begins with it.

mod error;
mod prepare;
mod rows;
mod standing;
mod table;

use std::time::Instant;

use limbeck_schema::Dialect;
use uuid::Uuid;

use crate::db::Act;
use crate::db::Database;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::seed_subject;
use crate::graph::Edges;
use crate::graph::RevisionGraph;
use crate::script::Seed;
use crate::script::SeedContent;
use crate::script::sql::Statement;

use super::error::RunErrorKind;
use super::lock;
use super::observer::Observer;
use super::options::RunOptions;

pub use error::SeedError;
pub use error::TableProblem;
pub use error::UnfitSeed;
pub use prepare::PreparedSeed;
pub use prepare::prepare_seed;
pub use standing::SeedReason;
pub use standing::SeedStanding;
pub use standing::seed_standings;

/// What was done with a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedReport {
    /// Its name.
    pub seed: String,
    /// Why it was run, or why not.
    pub standing: SeedStanding,
    /// How many rows it has brought, of a `.csv` file that was run.
    pub rows: Option<usize>,
}

/// Runs what is due of `seeds` on `database`, in their order, and writes into `reports` what was
/// done with each: those that come behind an error are not there.
///
/// # Errors
/// [`SeedError`], of the first seed that cannot be run. Those before it stay done.
pub fn run_seeds(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    seeds: &[PreparedSeed<'_>],
    options: &RunOptions,
    observer: &mut dyn Observer,
    reports: &mut Vec<SeedReport>,
) -> Result<(), SeedError> {
    let standings = seed_standings(database, seeds)?;
    if !standings.iter().any(SeedStanding::is_due) {
        reports.extend(seeds.iter().zip(standings).map(|(seed, standing)| seed.report(standing)));
        return Ok(());
    }
    check_needs(database, graph, seeds, &standings)?;
    lock::acquire(database, options, observer)?;
    let result = run_locked(database, graph, seeds, options, observer, reports);
    if let Err(error) = database.unlock() {
        observer.warning(&format!("the lock could not be given back: {error}"));
    }
    result
}

/// Refuses seeds that are due and need revisions which are not applied, before any of them runs.
///
/// # Errors
/// [`SeedError::Needs`] for the first.
pub fn check_needs(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    seeds: &[PreparedSeed<'_>],
    standings: &[SeedStanding],
) -> Result<(), SeedError> {
    let due = || seeds.iter().zip(standings).filter(|(_, standing)| standing.is_due());
    if due().all(|(seed, _)| seed.seed.needs.is_empty()) {
        return Ok(());
    }
    let heads = database.version_rows()?.unwrap_or_default();
    let applied = graph.ancestors(heads.iter().filter_map(|id| graph.find(id)), Edges::All);
    for (prepared, _) in due() {
        for revision in &prepared.seed.needs {
            let node = graph.find(revision);
            if node.is_some_and(|node| applied.contains(node)) {
                continue;
            }
            return Err(SeedError::needs(prepared.seed, revision, node.is_some()));
        }
    }
    Ok(())
}

/// Refuses a seed that needs a revision which the database will never have.
///
/// # Errors
/// [`SeedError::Needs`].
pub fn check_known(graph: &RevisionGraph, seed: &Seed) -> Result<(), SeedError> {
    let unknown = seed.needs.iter().find(|revision| graph.find(revision).is_none());
    unknown.map_or(Ok(()), |revision| Err(SeedError::needs(seed, revision, false)))
}

fn run_locked(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    seeds: &[PreparedSeed<'_>],
    options: &RunOptions,
    observer: &mut dyn Observer,
    reports: &mut Vec<SeedReport>,
) -> Result<(), SeedError> {
    // Somebody may have done the work meanwhile, or undone what it needs.
    let standings = seed_standings(database, seeds)?;
    check_needs(database, graph, seeds, &standings)?;
    // On MySQL making a table would end the transaction of the first seed.
    database.ensure_journal()?;
    let run = Uuid::new_v4();
    for (seed, standing) in seeds.iter().zip(standings) {
        let SeedStanding::Due(reason) = standing else {
            reports.push(seed.report(standing));
            continue;
        };
        observer.seed_started(&seed.seed.name, reason);
        let start = Instant::now();
        let rows = run_one(database, seed, options, observer, run)?;
        observer.seed_finished(&seed.seed.name, rows, start.elapsed());
        reports.push(SeedReport { rows, ..seed.report(standing) });
    }
    Ok(())
}

/// One seed with its entry, in one transaction. Gives how many rows it has brought, where it is a
/// `.csv` file.
fn run_one(
    database: &mut dyn Database,
    seed: &PreparedSeed<'_>,
    options: &RunOptions,
    observer: &mut dyn Observer,
    run: Uuid,
) -> Result<Option<usize>, SeedError> {
    let started_at = (options.clock)();
    let entry = |event| JournalEntry {
        raw_digest: Some(seed.seed.raw_digest.clone()),
        normalized_digest: Some(seed.digest.clone()),
        started_at,
        file: Some(options.file_name(&seed.seed.path)),
        ..options.entry(run, seed_subject(&seed.seed.name), Act::Seed, event)
    };
    // What one seed has set must not reach the next.
    database.reset_session()?;
    database.begin()?;
    let result = run_content(database, seed, options).and_then(|rows| {
        database.record(&entry(JournalEvent::Done))?;
        database.commit().map_err(|error| seed.commit_error(error))?;
        Ok(rows)
    });
    let error = match result {
        Ok(rows) => return Ok(rows),
        Err(error) => error,
    };
    if let Err(second) = database.rollback() {
        observer.warning(&format!("the rollback failed too: {second}"));
    }
    if !error.is_interruption() {
        let entry = JournalEntry { error: Some(error.to_string()), ..entry(JournalEvent::Fail) };
        if let Err(second) = database.record(&entry) {
            observer.warning(&format!("the failure could not be journaled: {second}"));
        }
    }
    Err(error)
}

fn run_content(
    database: &mut dyn Database,
    seed: &PreparedSeed<'_>,
    options: &RunOptions,
) -> Result<Option<usize>, SeedError> {
    let rows = match &seed.seed.content {
        SeedContent::Sql(_) => {
            for statement in &seed.statements {
                check_interrupt(options)?;
                run_statement(database, seed, statement)?;
            }
            None
        }
        SeedContent::Csv(csv) => {
            if database.dialect() == Dialect::Mysql {
                // Else a value that does not fit may be cut without a word.
                const STRICT: &str = "SET SESSION sql_mode = CONCAT_WS(',', \
                    NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES')";
                database.execute(STRICT, &[])?;
            }
            Some(rows::bring(database, seed, csv, options)?)
        }
    };
    // Whoever asked to stop during the last statement does not want it committed.
    check_interrupt(options)?;
    Ok(rows)
}

fn run_statement(
    database: &mut dyn Database,
    seed: &PreparedSeed<'_>,
    statement: &Statement,
) -> Result<(), SeedError> {
    database.run(statement).map_err(|error| SeedError::Statement {
        path: seed.seed.path.clone(),
        statement: Box::new(statement.clone()),
        error,
    })
}

fn check_interrupt(options: &RunOptions) -> Result<(), SeedError> {
    match options.is_interrupted() {
        true => Err(RunErrorKind::Interrupted { halfway: None }.into()),
        false => Ok(()),
    }
}
