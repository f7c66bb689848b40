//! What a run would do, found out without doing any of it.

use limbeck_schema::Dialect;
use limbeck_schema::Target;

use crate::db::Database;
use crate::db::JournalRow;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::script::sql;
use crate::script::sql::Statement;

use super::carried;
use super::error::RunErrorKind;
use super::half_reverted;
use super::integrity::Edited;
use super::observer::Observer;
use super::observer::Silent;
use super::prepare::PreparedScript;
use super::python::Writer;
use super::resume;
use super::resume::Progress;
use super::run;
use super::run::Migrator;
use super::run::Request;
use super::traces;
use super::traces::Told;

/// A plan with everything that is known of it before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The plan.
    pub plan: Plan,
    /// The script of each step; `None` for a stamp.
    pub scripts: Vec<Option<PreparedScript>>,
    /// The transaction of each step.
    pub transactions: Vec<StepTransaction>,
    /// For each step how many of its statements an earlier run has done: more than none only
    /// outside a transaction.
    pub done: Vec<usize>,
    /// Revisions that count as applied and never ran, as far as the journal knows; for an upgrade.
    pub never_ran: Vec<Edited>,
    /// For each step the first statement that an earlier run has begun and not ended.
    pub in_doubt: Vec<Option<InDoubtStatement>>,
    /// For each step the statements that it will run; `None` of Python code that says so only when
    /// it runs, because what it does depends on what is in the database.
    pub statements: Vec<Option<Vec<Statement>>>,
}

/// What an earlier run left of a Python revision: how many statements are done, and the first in
/// doubt, which the catalog is asked about when the code comes to it.
fn left_of_python(rows: &[JournalRow], direction: Direction) -> (usize, Option<InDoubtStatement>) {
    let in_doubt = resume::in_doubt(rows, direction);
    let done = resume::begun(rows, direction).len() - in_doubt.len();
    let first = in_doubt.first().and_then(|row| row.statement);
    (done, first.map(|(statement, _)| InDoubtStatement { statement, took_effect: None }))
}

/// A statement outside a transaction that was begun by a run that did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct InDoubtStatement {
    /// Which one, from 1.
    pub statement: u32,
    /// Whether it took effect; `None` when the catalog cannot tell, and a run stops to ask.
    pub took_effect: Option<bool>,
}

/// Hears which revisions never ran.
struct NeverRan(Vec<Edited>);

impl Observer for NeverRan {
    fn never_ran(&mut self, revision: &Edited) {
        self.0.push(revision.clone());
    }
}

/// The transaction that a step runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase", tag = "transaction", content = "transaction_number")]
pub enum StepTransaction {
    /// One of its own.
    Own,
    /// One that it shares with others of this number, counted from 1 in each database.
    Shared(usize),
    /// None: each statement by itself.
    None,
}

impl Migrator<'_> {
    /// What [`run`](Self::run) would do with `request` now. Reads, writes nothing and takes no
    /// lock.
    ///
    /// # Errors
    /// As [`run`](Self::run), for everything that it refuses before its first effect, and for
    /// statements outside a transaction that have been edited since they ran or that need what
    /// ended with them.
    pub fn preview(
        &self,
        database: &mut dyn Database,
        request: &Request,
    ) -> Result<Preview, RunErrorKind> {
        let (heads, digests) = self.rows_and_digests(database, request)?;
        if request.is_upgrade()
            && let Some(revision) = half_reverted::find(
                database,
                self.graph,
                self.scripts,
                &heads,
                self.options.may_hand_over(),
            )?
        {
            return Err(RunErrorKind::HalfReverted { revision });
        }
        let mut never_ran = NeverRan(Vec::new());
        self.refuse_edited(database, &mut never_ran, &heads, digests.as_deref())?;
        let run::Prepared { plan, scripts } = self.prepare(database, request, &heads)?;
        let (mut done, mut in_doubt) = (Vec::new(), Vec::new());
        for (step, script) in plan.steps.iter().zip(&scripts) {
            let (count, doubt) = match script {
                Some(script) if !script.transaction => {
                    self.left(database, step.direction, script)?
                }
                _ => (0, None),
            };
            done.push(count);
            in_doubt.push(doubt);
        }
        let transactions = self.transactions(database.dialect(), &scripts);
        let target = Target::from(database.dialect()).with_flavour(self.options.python.flavour);
        let mut writer = Writer::new(target, &self.options);
        let mut statements = Vec::new();
        for script in &scripts {
            statements.push(match script {
                None => Some(Vec::new()),
                Some(script) => match writer.printed(script, &mut Silent) {
                    Ok(statements) => Some(statements),
                    // What the look beforehand has let through needs a database.
                    Err(RunErrorKind::Python(_)) => None,
                    Err(kind) => return Err(kind),
                },
            });
        }
        let never_ran = never_ran.0;
        Ok(Preview { plan, scripts, transactions, done, in_doubt, never_ran, statements })
    }

    /// What an earlier run left of `script`: how many statements are done, and what is in doubt.
    fn left(
        &self,
        database: &mut dyn Database,
        direction: Direction,
        script: &PreparedScript,
    ) -> Result<(usize, Option<InDoubtStatement>), RunErrorKind> {
        let rows = resume::story(database, self.graph, &script.revision)?;
        let dialect = database.dialect();
        if script.python().is_some() {
            return Ok(left_of_python(&rows, direction));
        }
        let progress = resume::progress_of(script, &rows, direction, dialect)?;
        carried::acts(script, &progress, dialect)?;
        let done = progress.iter().filter(|progress| **progress == Progress::Done).count();
        let mut in_doubt = None;
        let dialect = database.dialect();
        // A run does again what the script has set so far; here nothing is set.
        let mut lookup = None;
        for (statement, (number, progress)) in script.statements().iter().zip((1..).zip(&progress))
        {
            lookup = sql::lookup_behind(statement, dialect).or(lookup);
            if in_doubt.is_some() || *progress != Progress::InDoubt {
                continue;
            }
            let mut effect = sql::leaves_behind(statement, dialect);
            if let Some(lookup) = &lookup {
                effect = effect.seen_from_outside(lookup);
            }
            let took_effect = match traces::told_by(database, effect, *progress)? {
                // It may have been so before.
                Told::TookEffect => {
                    (!resume::was_so_before(&rows, direction, number)).then_some(true)
                }
                Told::DidNot | Told::LeftInvalid(_) => Some(false),
                Told::Nothing => None,
            };
            in_doubt = Some(InDoubtStatement { statement: number, took_effect });
        }
        Ok((done, in_doubt))
    }

    fn transactions(
        &self,
        dialect: Dialect,
        scripts: &[Option<PreparedScript>],
    ) -> Vec<StepTransaction> {
        let is_whole_run = self.options.transaction_mode.is_whole_run(dialect);
        let mut number = 1;
        let mut is_begun = false;
        scripts
            .iter()
            .map(|script| {
                let is_outside = script.as_ref().is_some_and(|script| !script.transaction);
                if is_outside {
                    number += usize::from(is_begun);
                    is_begun = false;
                    return StepTransaction::None;
                }
                is_begun = true;
                if is_whole_run { StepTransaction::Shared(number) } else { StepTransaction::Own }
            })
            .collect()
    }
}
