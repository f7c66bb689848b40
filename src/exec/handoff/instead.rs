//! A revision of limbeck's own that ends, when it runs, at something that limbeck does not run: it
//! is undone, and the project's own Python runs it.
//!
//! That is for what no trial could come to, behind a question to the database. It is done only
//! where nothing of the attempt is left: what is in a transaction is rolled back, and of what no
//! rollback undoes (on PostgreSQL sequences and locks of the session) it is looked whether it is as
//! it was. Where that cannot be told, the run ends; on MySQL so does a run that has done more than
//! read.

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::db::ResultSet;
use crate::graph::RevisionGraph;
use crate::plan::Direction;
use crate::plan::Step;

use super::super::error::RunErrorKind;
use super::super::options::InDoubt;
use super::super::options::RunOptions;
use super::super::options::TransactionMode;
use super::super::prepare::PreparedScript;
use super::super::resume;
use super::super::resume::Progress;
use super::super::run::Prepared;
use super::super::step::NOT_ROLLED_BACK;
use super::super::step::StepRunner;
use super::PythonMode;
use super::decide::hand_over;
use super::decide::to_handed_over;

/// The savepoint that a revision begins with in a transaction which it shares with others. No
/// revision has one of this name: `ROLLBACK TO` would go to the inner one.
const SAVEPOINT: &str = "limbeck_step_3f9c1e5a7d20";

/// What no rollback undoes: values of sequences, and advisory locks of the session.
const LASTING: &str = "SELECT pg_catalog.md5(pg_catalog.string_agg(t.mark, ' ' ORDER BY t.mark)) FROM (\
    SELECT pg_catalog.concat_ws(' ', s.schemaname, s.sequencename, s.last_value) AS mark \
    FROM pg_catalog.pg_sequences AS s UNION ALL \
    SELECT pg_catalog.concat_ws(' ', l.classid, l.objid, l.objsubid, l.mode) \
    FROM pg_catalog.pg_locks AS l \
    WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid()) AS t";

/// The first PostgreSQL with `pg_sequences`.
const FIRST_WITH_SEQUENCES: u32 = 10;

/// Why the project's own Python has not run a revision instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotInstead {
    /// Somebody has asked for it: `--python never`.
    Never,
    /// There is no Alembic project, whose env.py would run it.
    NoProject,
    /// The run is to be one transaction.
    WholeRun,
    /// Something of it may be left, whose words these are.
    Left(&'static str),
    /// The project's Python cannot run it.
    Program {
        /// Why not.
        message: String,
        /// The way out.
        hint: Option<&'static str>,
    },
}

/// A revision that Python is to run instead.
#[derive(Debug)]
pub(in crate::exec) struct Instead {
    script: PreparedScript,
    needed: PythonNeeded,
    /// What the journal says of the attempt.
    error: String,
}

/// What there was before a revision began.
#[derive(Debug, Default)]
pub(in crate::exec) struct Mark {
    /// Whether there is a savepoint.
    has_savepoint: bool,
    /// What no rollback undoes, where there is such a thing and it can be asked for.
    lasting: Option<ResultSet>,
    /// Whether the revision may be handed over at all.
    is_set: bool,
}

impl RunOptions {
    /// Why no revision that limbeck has begun may be run by Python instead, if so.
    fn never_instead(&self, dialect: Dialect) -> Option<NotInstead> {
        let is_whole_run = self.transaction_mode == TransactionMode::Run
            && self.transaction_mode.is_whole_run(dialect);
        match (self.python.mode, &self.python.program) {
            (PythonMode::Never, _) => Some(NotInstead::Never),
            (_, None) => Some(NotInstead::NoProject),
            _ if is_whole_run => Some(NotInstead::WholeRun),
            _ => None,
        }
    }
}

impl StepRunner<'_> {
    /// Notes what there is before `script` begins; with a savepoint where it shares its transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::exec) fn mark(
        &mut self,
        script: Option<&PreparedScript>,
        is_shared: bool,
    ) -> Result<Mark, RunErrorKind> {
        let dialect = self.database.dialect();
        // One that a trial has run whole does not end so.
        let may_end = script.is_some_and(|script| script.python().is_some() && !script.is_proven);
        if !may_end || self.options.never_instead(dialect).is_some() {
            return Ok(Mark::default());
        }
        let lasting = match dialect {
            Dialect::Postgresql => self.lasting()?,
            Dialect::Sqlite | Dialect::Mysql => None,
        };
        if is_shared {
            self.database.execute(&format!("SAVEPOINT {SAVEPOINT}"), &[])?;
        }
        Ok(Mark { has_savepoint: is_shared, lasting, is_set: true })
    }

    fn lasting(&mut self) -> Result<Option<ResultSet>, RunErrorKind> {
        let (worker, target) = self.python()?;
        let has_sequences =
            target.version().and_then(|version| version.first()) >= Some(&FIRST_WITH_SEQUENCES);
        self.python = Some((worker, target));
        Ok(if has_sequences { Some(self.database.execute(LASTING, &[])?) } else { None })
    }

    /// Forgets the savepoint of a revision that has come to its end.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::exec) fn forget(&mut self, mark: &Mark) -> Result<(), DatabaseError> {
        match mark.has_savepoint {
            true => self.database.execute(&format!("RELEASE SAVEPOINT {SAVEPOINT}"), &[]).map(drop),
            false => Ok(()),
        }
    }

    /// Looks whether Python is to run a revision that has ended with `error`, and goes back to its
    /// savepoint, if it has one. A transaction of its own is rolled back by now.
    ///
    /// # Errors
    /// `error`, with why not where it is one for Python.
    pub(in crate::exec) fn instead(
        &mut self,
        script: Option<&PreparedScript>,
        error: RunErrorKind,
        mark: Mark,
        left: Option<&'static str>,
    ) -> Result<Instead, RunErrorKind> {
        let Some(script) = script else { return Err(error) };
        let mut failure = match error {
            RunErrorKind::Python(failure) => failure,
            other => return Err(other),
        };
        let Some(needed) = failure.python_needed() else {
            return Err(RunErrorKind::Python(failure));
        };
        match self.handed_instead(script, &needed, mark, left) {
            Ok(script) => {
                let error = format!("{failure}; nothing of it is left, and Python runs it");
                Ok(Instead { script, needed, error })
            }
            Err(why) => {
                failure.not_instead = Some(why);
                Err(RunErrorKind::Python(failure))
            }
        }
    }

    fn handed_instead(
        &mut self,
        script: &PreparedScript,
        needed: &PythonNeeded,
        mark: Mark,
        left: Option<&'static str>,
    ) -> Result<PreparedScript, NotInstead> {
        let dialect = self.database.dialect();
        if let Some(why) = self.options.never_instead(dialect) {
            return Err(why);
        }
        let Some(program) = &self.options.python.program else { return Err(NotInstead::NoProject) };
        if let Some(left) = left {
            return Err(NotInstead::Left(left));
        }
        if mark.has_savepoint {
            let back = format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}");
            let undone = self.database.execute(&back, &[]).is_ok();
            if !undone || self.forget(&mark).is_err() {
                return Err(NotInstead::Left(NOT_ROLLED_BACK));
            }
        }
        // A shared transaction without a savepoint is for revisions that come to no such end.
        let is_as_before = match dialect {
            Dialect::Postgresql => {
                // Of a value that is set and not called yet the catalog does not tell.
                mark.lasting.is_some()
                    && !script.python().is_some_and(|body| body.text.contains("setval"))
                    && self.database.execute(LASTING, &[]).ok().map(|now| now.rows)
                        == mark.lasting.map(|before| before.rows)
            }
            Dialect::Sqlite | Dialect::Mysql => mark.is_set,
        };
        if !is_as_before {
            return Err(NotInstead::Left(
                "a sequence or a lock of the session, which no rollback puts back, may not be as \
                 before",
            ));
        }
        self.options.python.kept.probe(program).map_err(|error| NotInstead::Program {
            message: error.to_string(),
            hint: error.hint(),
        })?;
        let mut script = script.clone();
        to_handed_over(&mut script, Some(needed.clone()));
        Ok(script)
    }

    /// Has Python run a revision that limbeck has begun and undone, and journals both.
    ///
    /// # Errors
    /// Those of a revision that is handed over.
    pub(in crate::exec) fn run_instead(
        &mut self,
        step: &Step,
        instead: &Instead,
        started: DateTime<Utc>,
    ) -> Result<(), RunErrorKind> {
        let Instead { script, needed, error } = instead;
        self.observer.runs_in_python(script, needed);
        // From here on it is one that runs outside a transaction.
        self.is_journaled = true;
        self.database.reset_session()?;
        self.database.ensure_journal()?;
        let entry = JournalEntry {
            error: Some(error.clone()),
            ..self.entry(step, Some(script), JournalEvent::Fail, started)
        };
        self.record(&entry)?;
        self.run_outside_noted(step, script)
    }
}

/// Turns scripts that an earlier run has handed over, without an end that the journal knows, into
/// such as are handed over from the start: limbeck must not begin with them anew.
///
/// # Errors
/// When the journal cannot be read, and where the run is to be one transaction.
pub(in crate::exec) fn go_on_with_begun(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    options: &RunOptions,
    prepared: &mut Prepared,
) -> Result<(), RunErrorKind> {
    let has_native = prepared.scripts.iter().flatten().any(|script| script.python().is_some());
    if !has_native || options.python.program.is_none() {
        return Ok(());
    }
    let open = database.journal_log(&JournalFilter::Open)?.unwrap_or_default();
    let scripts = prepared.plan.steps.iter().zip(&mut prepared.scripts);
    for (step, script) in scripts.filter_map(|(step, script)| Some((step, script.as_mut()?))) {
        let is_open = |id: &str| open.iter().any(|record| record.concerns(id));
        if script.python().is_none() || !is_open(script.revision.as_str()) {
            continue;
        }
        // To run it again may not be allowed to Python.
        let may_rerun =
            options.in_doubt != InDoubt::Rerun || options.python.mode != PythonMode::Never;
        match handed(database, graph, step.direction, script)? {
            Some(Progress::InDoubt) if !may_rerun => {}
            Some(Progress::Done | Progress::InDoubt) => {
                hand_over(script, None, database.dialect(), options)?;
            }
            Some(Progress::Failed | Progress::Untouched) | None => {}
        }
    }
    Ok(())
}

/// How far a script came that an earlier run has handed over, if one has. The statements of those
/// that limbeck runs are not counted, and of a revision that is handed over there is one.
fn handed(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    direction: Direction,
    script: &PreparedScript,
) -> Result<Option<Progress>, DatabaseError> {
    let rows = resume::story(database, graph, &script.revision)?;
    let told = resume::told(&rows, direction);
    let row = told.get(&1).filter(|row| row.statement == Some((1, 1)));
    Ok(row.map(|row| resume::told_by(row)))
}
