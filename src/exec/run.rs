//! A whole run on one site.

use limbeck_schema::Dialect;
use uuid::Uuid;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::plan;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::target::Target;

use super::adoption;
use super::alone;
use super::error::RunError;
use super::error::RunErrorKind;
use super::error::Undone;
use super::gate::Gate;
use super::gate::Open;
use super::half_reverted;
use super::handoff;
use super::integrity;
use super::integrity::Edited;
use super::lock;
use super::observer::Observer;
use super::open_step;
use super::options::Journal;
use super::options::RunOptions;
use super::options::TransactionMode;
use super::prepare;
use super::prepare::PreparedScript;
use super::prepare::ScriptSource;
use super::repeat::RepeatReport;
use super::repeat::Which;
use super::report::Report;
use super::row_length;
use super::step::StepRunner;
use super::steps::Pair;
use super::steps::is_outside;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Apply revisions up to a target.
    Upgrade(Target),
    /// Revert revisions down to a target.
    Downgrade(Target),
    /// Set the version rows to targets, and run nothing.
    Stamp {
        /// Where the database is to be said to be.
        targets: Vec<Target>,
        /// Whether to empty the version table first.
        purge: bool,
    },
    /// Set the version rows to what another tool has applied, and run nothing. Rows that are
    /// there already, or ahead, stay as they are, also when they got there only just now.
    TakeOver(Vec<Target>),
    /// Go on with a plan that was made before, wherever on its way the rows are by now, and do
    /// nothing when they are beyond its first `end` steps. Rows that the plan never leaves so are
    /// refused.
    Steps {
        /// The plan, of upgrades or downgrades.
        plan: Plan,
        /// How many of its steps to do at most, counted from its beginning.
        end: usize,
    },
}

impl Request {
    /// The plan that carries the request out, from the rows `heads`.
    ///
    /// # Errors
    /// [`RunErrorKind::Target`] when a target means nothing here, [`RunErrorKind::StateChanged`]
    /// when the rows are none that a given plan comes by.
    pub fn plan(&self, graph: &RevisionGraph, heads: &Heads) -> Result<Plan, RunErrorKind> {
        Ok(match self {
            Request::Upgrade(target) => plan::upgrade(graph, heads, target)?,
            Request::Downgrade(target) => plan::downgrade(graph, heads, target)?,
            Request::Stamp { targets, purge: false } => plan::stamp(graph, heads, targets)?,
            Request::TakeOver(targets) => plan::take_over(graph, heads, targets)?,
            Request::Stamp { targets, purge: true } => plan::stamp(graph, &Heads::none(), targets)?,
            Request::Steps { plan, end } => plan.rest(heads, *end).ok_or_else(|| {
                RunErrorKind::StateChanged { planned: plan.before.clone(), found: heads.clone() }
            })?,
        })
    }

    /// Whether it builds on what is applied.
    pub(super) fn is_upgrade(&self) -> bool {
        match self {
            Request::Upgrade(_) => true,
            Request::Steps { plan, .. } => {
                plan.steps.first().is_some_and(|step| step.direction == Direction::Upgrade)
            }
            Request::Downgrade(_) | Request::Stamp { .. } | Request::TakeOver(_) => false,
        }
    }

    pub(super) fn is_purge(&self) -> bool {
        matches!(self, Request::Stamp { purge: true, .. })
    }
}

/// Carries requests out.
#[derive(Clone)]
pub struct Migrator<'a> {
    pub(super) graph: &'a RevisionGraph,
    pub(super) scripts: &'a dyn ScriptSource,
    pub(super) options: RunOptions,
}

impl std::fmt::Debug for Migrator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migrator").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The rows that `request` starts from. What is to be erased need not make sense.
pub(super) fn rows(database: &mut dyn Database, request: &Request) -> Result<Heads, DatabaseError> {
    match database.version_rows() {
        Err(error) if request.is_purge() && error.kind == DatabaseErrorKind::CorruptVersions => {
            Ok(Heads::none())
        }
        rows => Ok(rows?.unwrap_or_default()),
    }
}

/// A plan with its scripts, ready to run.
pub(super) struct Prepared {
    pub(super) plan: Plan,
    pub(super) scripts: Vec<Option<PreparedScript>>,
}

/// Where a database is: what a run asks first.
#[derive(Debug, Clone)]
pub struct Standpoint {
    heads: Heads,
    /// The digests of what was applied, where the journal is looked at.
    digests: Option<Vec<JournalRecord>>,
}

/// What a run is told, asks and fills in while it holds the lock.
struct LockedRun<'a> {
    observer: &'a mut dyn Observer,
    gate: &'a mut dyn Gate,
    report: &'a mut Report,
}

impl<'a> Migrator<'a> {
    /// A migrator for the revisions of `graph`, whose scripts are in `scripts`.
    pub fn new(
        graph: &'a RevisionGraph,
        scripts: &'a dyn ScriptSource,
        options: RunOptions,
    ) -> Self {
        Migrator { graph, scripts, options }
    }

    /// Carries `request` out on `database`.
    ///
    /// # Errors
    /// [`RunError`], with what had been done by then. A rerun continues from there.
    pub fn run(
        &self,
        database: &mut dyn Database,
        request: &Request,
        observer: &mut dyn Observer,
    ) -> Result<Report, RunError> {
        self.run_through(database, request, observer, &mut Open)
    }

    /// The same, with `gate` asked on the way.
    ///
    /// # Errors
    /// [`RunError`], as of [`run`](Self::run), and those of the gate.
    pub fn run_through(
        &self,
        database: &mut dyn Database,
        request: &Request,
        observer: &mut dyn Observer,
        gate: &mut dyn Gate,
    ) -> Result<Report, RunError> {
        match self.read(database, request) {
            Ok(standpoint) => self.run_from(standpoint, database, request, observer, gate),
            Err(error) => Err(RunError::before_any_step(error.into())),
        }
    }

    /// Asks `database` where it is.
    ///
    /// # Errors
    /// When it cannot be asked, or its rows make no sense.
    pub fn read(
        &self,
        database: &mut dyn Database,
        request: &Request,
    ) -> Result<Standpoint, DatabaseError> {
        let (heads, digests) = self.rows_and_digests(database, request)?;
        Ok(Standpoint { heads, digests })
    }

    /// [`run_through`](Self::run_through) on a database that has been asked where it is.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn run_from(
        &self,
        standpoint: Standpoint,
        database: &mut dyn Database,
        request: &Request,
        observer: &mut dyn Observer,
        gate: &mut dyn Gate,
    ) -> Result<Report, RunError> {
        let mut report = Report::default();
        let result = self
            .run_into(standpoint, database, request, observer, gate, &mut report)
            .and_then(|()| match request {
                Request::Upgrade(_) => self.repeat(database, &Which::Due, observer),
                _ => Ok(RepeatReport::default()),
            });
        match result {
            Ok(repeatables) => Ok(Report { repeatables, ..report }),
            Err(kind) => Err(RunError { kind: Box::new(kind), report }),
        }
    }

    /// Looks whether `request` can be carried out on a database that is there, as far as its scripts
    /// and the project's Python tell. Gives whether there is anything to do.
    ///
    /// # Errors
    /// As [`run`](Self::run), with the first error that is known before anything is done.
    pub fn check_from(
        &self,
        standpoint: &Standpoint,
        dialect: Dialect,
        request: &Request,
    ) -> Result<bool, RunErrorKind> {
        self.options.python.kept.expect_run();
        let scripts = self.checked_scripts(dialect, &standpoint.heads, request)?;
        handoff::check_program(scripts.iter().flatten(), &self.options)?;
        Ok(!scripts.is_empty() || request.is_purge())
    }

    fn run_into(
        &self,
        Standpoint { heads, digests }: Standpoint,
        database: &mut dyn Database,
        request: &Request,
        observer: &mut dyn Observer,
        gate: &mut dyn Gate,
        report: &mut Report,
    ) -> Result<(), RunErrorKind> {
        *report = Report::at(&heads);
        if request.is_upgrade() {
            self.refuse_half_reverted(database, observer, &heads)?;
        }
        if request.is_upgrade() {
            // What can be known of them beforehand is no reason to stop behind the revisions.
            self.check_repeatables(database.dialect())?;
        }
        self.options.python.kept.expect_run();
        let prepared = self.prepare(database, request, &heads)?;
        self.refuse_edited(database, observer, &heads, digests.as_deref())?;
        let is_nothing = prepared.plan.is_empty() && !request.is_purge();
        // Where nothing is to be done, that costs as little as can be: only what has been read tells
        // whether to ask.
        let may_be_left = match &digests {
            Some(digests) => digests.iter().any(|record| record.statement.is_some()),
            None => !is_nothing,
        };
        if request.is_upgrade() && may_be_left {
            self.warn_of_left_behind(database, observer)?;
        }
        if is_nothing {
            return Ok(());
        }
        let has_python = prepared.scripts.iter().flatten().any(|script| script.python().is_some());
        if has_python && let Some(words) = self.options.python.unread_naming() {
            observer.warning(&words);
        }
        handoff::check_program(prepared.scripts.iter().flatten(), &self.options)?;
        gate.before_lock(&prepared.plan.steps, observer)?;
        lock::with_lock(database, &self.options, observer, |database, observer| {
            let mut run = LockedRun { observer, gate, report };
            self.run_locked(database, request, &mut run, &heads, prepared)
        })
    }

    /// Refuses to build on a revision whose downgrade stopped half-way; not on one that another
    /// run is reverting just now.
    fn refuse_half_reverted(
        &self,
        database: &mut dyn Database,
        observer: &mut dyn Observer,
        heads: &Heads,
    ) -> Result<(), RunErrorKind> {
        let may_hand_over = self.options.may_hand_over();
        if half_reverted::find(database, self.graph, self.scripts, heads, may_hand_over)?.is_none()
        {
            return Ok(());
        }
        let found = lock::with_lock(database, &self.options, observer, |database, _| {
            let heads = database.version_rows()?.unwrap_or_default();
            Ok(half_reverted::find(database, self.graph, self.scripts, &heads, may_hand_over)?)
        })?;
        match found {
            Some(revision) => Err(RunErrorKind::HalfReverted { revision }),
            None => Ok(()),
        }
    }

    /// Warns of what was done of revisions that no file declares any more.
    fn warn_of_left_behind(
        &self,
        database: &mut dyn Database,
        observer: &mut dyn Observer,
    ) -> Result<(), DatabaseError> {
        let log = database.journal_log(&JournalFilter::Open)?.unwrap_or_default();
        for step in open_step::left_behind(self.graph, &log) {
            observer.left_behind(&step);
        }
        Ok(())
    }

    /// The rows that `request` starts from; where [`Journal::refuses_edited`], with the digests of
    /// what was applied.
    pub(super) fn rows_and_digests(
        &self,
        database: &mut dyn Database,
        request: &Request,
    ) -> Result<(Heads, Option<Vec<JournalRecord>>), DatabaseError> {
        if !request.is_upgrade() || !self.options.journal.refuses_edited() {
            return Ok((rows(database, request)?, None));
        }
        let (heads, digests) = database.rows_and_digests()?;
        Ok((heads.unwrap_or_default(), Some(digests.unwrap_or_default())))
    }

    /// Refuses to build on revisions whose files say something else than what was applied, where
    /// [`rows_and_digests`](Self::rows_and_digests) has given their digests.
    pub(super) fn refuse_edited(
        &self,
        database: &mut dyn Database,
        observer: &mut dyn Observer,
        heads: &Heads,
        digests: Option<&[JournalRecord]>,
    ) -> Result<(), RunErrorKind> {
        let Some(digests) = digests else { return Ok(()) };
        let edited = integrity::edited_beside(digests, database, self.scripts, self.graph, heads)?;
        let (errors, others): (Vec<_>, Vec<_>) = edited.into_iter().partition(Edited::is_error);
        if !errors.is_empty() {
            return Err(RunErrorKind::Edited(errors));
        }
        let (never_ran, notes): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|one| one.never_ran_below().is_some());
        for one in &never_ran {
            observer.never_ran(one);
        }
        if !notes.is_empty() {
            observer.comments_changed(&notes);
        }
        Ok(())
    }

    /// Looks whether the scripts that `request` needs can run, on a database with these rows,
    /// and touches nothing.
    ///
    /// # Errors
    /// As [`run`](Self::run), with the first error that is known before anything is done.
    pub fn check_scripts(
        &self,
        dialect: Dialect,
        heads: &Heads,
        request: &Request,
    ) -> Result<(), RunErrorKind> {
        self.checked_scripts(dialect, heads, request).map(drop)
    }

    fn checked_scripts(
        &self,
        dialect: Dialect,
        heads: &Heads,
        request: &Request,
    ) -> Result<Vec<Option<PreparedScript>>, RunErrorKind> {
        let plan = request.plan(self.graph, heads)?;
        let mut scripts = prepare::prepare(&plan.steps, self.scripts, dialect, &self.options)?;
        handoff::decide(scripts.iter_mut().flatten(), dialect, &self.options)?;
        Ok(scripts)
    }

    pub(super) fn prepare(
        &self,
        database: &mut dyn Database,
        request: &Request,
        heads: &Heads,
    ) -> Result<Prepared, RunErrorKind> {
        let plan = request.plan(self.graph, heads)?;
        adoption::check(database, self.scripts, &plan)?;
        row_length::check(database, &plan)?;
        let dialect = database.dialect();
        let mut scripts = prepare::prepare(&plan.steps, self.scripts, dialect, &self.options)?;
        alone::part_additions(database, &mut scripts, self.scripts, &self.options)?;
        handoff::decide(scripts.iter_mut().flatten(), dialect, &self.options)?;
        Ok(Prepared { plan, scripts })
    }

    fn run_locked(
        &self,
        database: &mut dyn Database,
        request: &Request,
        run: &mut LockedRun<'_>,
        seen: &Heads,
        mut prepared: Prepared,
    ) -> Result<(), RunErrorKind> {
        let LockedRun { observer, gate, report } = run;
        // Whoever held the lock before may have moved the rows.
        let heads = rows(database, request)?;
        if heads != *seen {
            **report = Report::at(&heads);
            prepared = self.prepare(database, request, &heads)?;
            let (_, digests) = self.rows_and_digests(database, request)?;
            self.refuse_edited(database, *observer, &heads, digests.as_deref())?;
            if prepared.plan.is_empty() && !request.is_purge() {
                return Ok(());
            }
        }
        gate.locked(&prepared.plan.steps, *observer)?;
        handoff::go_on_with_begun(database, self.graph, &self.options, &mut prepared)?;
        let steps: Vec<Pair<'_>> =
            prepared.plan.steps.iter().zip(prepared.scripts.iter().map(Option::as_ref)).collect();
        let is_stamp = matches!(request, Request::Stamp { .. } | Request::TakeOver(_));
        let is_whole_run = self.options.transaction_mode.is_whole_run(database.dialect());
        if self.options.transaction_mode == TransactionMode::Run && !is_whole_run && !is_stamp {
            observer.warning(&format!(
                "transaction_mode = \"run\" has no effect: {} commits every DDL statement by itself",
                database.dialect()
            ));
        }
        let is_journaled = self.options.journal == Journal::Always
            || steps.iter().any(is_outside)
            // A stamp ends what stopped half-way, which only the journal can tell later.
            || (is_stamp
                && database.journal_log(&JournalFilter::Open)?.is_some_and(|log| !log.is_empty()));
        let mut runner = StepRunner {
            graph: self.graph,
            database,
            observer: *observer,
            gate: *gate,
            options: &self.options,
            run: Uuid::new_v4(),
            is_journaled,
            holds_tables: false,
            undone: if is_whole_run { Undone::Run } else { Undone::Revision },
            python: None,
        };
        if is_stamp {
            return Self::run_in_one(&mut runner, request, report, &steps).map(drop);
        }
        if !is_whole_run {
            return self.run_alone(&mut runner, report, &steps);
        }
        // As Alembic's `autocommit_block`: what must run outside a transaction ends the one of the
        // run, and another begins behind it.
        for part in steps.chunk_by(|before, after| !is_outside(before) && !is_outside(after)) {
            if part.iter().any(is_outside) {
                self.run_alone(&mut runner, report, part)?;
                runner.undone = Undone::Rest;
            } else {
                Self::run_in_parts(&mut runner, request, report, part)?;
            }
        }
        Ok(())
    }
}
