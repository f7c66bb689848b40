//! A Python revision that leaves its transaction, or runs on a database without transactional DDL.
//!
//! On PostgreSQL and SQLite it begins in a transaction as any other. Where the code leaves that
//! (`autocommit_block()`, `COMMIT`), what it has done is committed together with a row of the
//! journal for each statement; between there and the next `BEGIN` each statement is journaled before
//! and after; and what comes last is committed with the version row. On MySQL each statement is
//! journaled before and after.
//!
//! A run that continues runs the code again. What reads is asked again. What acts is counted: a
//! statement that the journal calls done, of the same number and text, is not repeated, and the code
//! gets the answer of that time; another text at its number stops the run.

use std::collections::BTreeMap;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use crate::db::Attachment;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::ObjectState;
use crate::db::ResultSet;
use crate::plan::Step;
use crate::script::sql;
use crate::script::sql::Again;
use crate::script::sql::Effect as SqlEffect;
use crate::script::sql::Part;
use crate::script::sql::SessionEffect;
use crate::script::sql::Statement;
use crate::script::sql::TransactionControl;

use super::super::error::OtherStatement;
use super::super::error::RunErrorKind;
use super::super::error::Undone;
use super::super::options::InDoubt;
use super::super::prepare::PreparedScript;
use super::super::prepare::digest;
use super::super::resume;
use super::super::resume::Progress;
use super::super::step::NOT_ROLLED_BACK;
use super::super::step::StepRunner;
use super::super::traces;
use super::PythonBody;
use super::host::Word;
use super::inside::answer;
use super::inside::hear;
use super::inside::nothing;
use super::inside::outcome;
use super::inside::rolls_back;
use super::inside::start_of;
use super::reading::only_reads;
use super::reading::reads_tables;
use super::reading::surely_reads;
use super::savepoints::Savepoints;
use super::told::Told;
use super::told::begin_note;
use super::told::done_note;
use super::worker::Answer;
use super::worker::Effect;
use super::worker::Ended;
use super::worker::Server;

/// Why what ends outside a transaction is not handed to Python.
const WAS_NOT_OPEN: &str = "what it did outside a transaction stays done";

/// A view of somebody's, on MySQL.
const VIEWS: &str = "SELECT 1 FROM information_schema.views WHERE table_schema NOT IN ('sys', \
                     'information_schema', 'performance_schema', 'mysql') LIMIT 1";

/// How many statements there are is known when the code has ended.
const UNKNOWN_COUNT: u32 = 0;

impl StepRunner<'_> {
    /// Runs the function of `script`, beginning where an earlier run ended.
    ///
    /// # Errors
    /// What the code raises or the database refuses, and when it cannot be continued.
    pub(in crate::exec) fn run_python_outside(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        body: &PythonBody,
    ) -> Result<(), RunErrorKind> {
        let started = (self.options.clock)();
        let rows = resume::story(self.database, self.graph, &script.revision)?;
        let told: BTreeMap<u32, Told> = resume::told(&rows, step.direction)
            .into_iter()
            .map(|(number, row)| (number, Told::by(row)))
            .collect();
        let mark = self.mark(Some(script), false)?;
        let (mut worker, target) = self.python()?;
        let dialect = self.database.dialect();
        let is_halfway = told.values().any(|told| told.progress != Progress::Failed);
        let mut outside = Outside {
            runner: self,
            step,
            script,
            dialect,
            told,
            number: 0,
            is_open: false,
            is_halfway,
            pending: Vec::new(),
            savepoints: Savepoints::default(),
            nested: Vec::new(),
            is_nested_transaction: false,
            is_rolled_back: false,
            is_lasting: is_halfway,
            has_views: None,
            refused: None,
        };
        let result = outside.begin_unless_mysql().and_then(|()| {
            let ended = worker.run(body, &target, &mut outside);
            let undone = if outside.is_halfway { Undone::Nothing } else { Undone::Revision };
            let refused = outside.refused.take();
            if outside.is_rolled_back && matches!(ended, Ended::Well(_)) {
                return Err(rolls_back(script));
            }
            outcome(script, ended, refused, undone)?;
            outside.refuse_missing()
        });
        let is_open = outside.is_open;
        let is_lasting = outside.is_lasting;
        self.python = Some((worker, target));
        if let Err(error) = result {
            let is_undone = !is_open || self.roll_back();
            let left = match (is_undone, is_lasting) {
                (false, _) => Some(NOT_ROLLED_BACK),
                (true, true) => Some(WAS_NOT_OPEN),
                (true, false) => None,
            };
            let error = match self.instead(Some(script), error, mark, left) {
                Ok(instead) => return self.run_instead(step, &instead, started),
                Err(error) => error,
            };
            let is_told = matches!(&error, RunErrorKind::Interrupted { .. });
            if !is_told {
                self.record_failure(step, Some(script), started, &error);
            }
            // A second error would only hide the first.
            drop(self.database.reset_session());
            return Err(error);
        }
        if !is_open {
            self.database.reset_session()?;
            self.database.begin()?;
        }
        let result = self.finish(step, Some(script), started);
        self.finish_transaction(step, Some(script), started, result)
    }
}

struct Outside<'a, 'b> {
    runner: &'a mut StepRunner<'b>,
    step: &'a Step,
    script: &'a PreparedScript,
    dialect: Dialect,
    /// What the journal tells of statements of an earlier run.
    told: BTreeMap<u32, Told>,
    /// How many statements have acted.
    number: u32,
    /// Whether a transaction is open.
    is_open: bool,
    /// Whether anything of the revision is done that a rollback does not undo.
    is_halfway: bool,
    /// What was done in the transaction that is open, for the journal.
    pending: Vec<JournalEntry>,
    savepoints: Savepoints,
    /// How many entries were pending at each savepoint.
    nested: Vec<usize>,
    /// Whether the transaction stands for a savepoint that has none around it.
    is_nested_transaction: bool,
    /// Whether anything was sent that no rollback undoes, or may have been.
    is_lasting: bool,
    /// Whether the database has views, once that was asked for.
    has_views: Option<bool>,
    /// Whether the code has rolled back what cannot be rolled back.
    is_rolled_back: bool,
    /// The last statement that the database refused.
    refused: Option<(String, crate::db::DatabaseError)>,
}

impl Outside<'_, '_> {
    fn begin_unless_mysql(&mut self) -> Result<(), RunErrorKind> {
        if self.dialect != Dialect::Mysql { self.begin() } else { Ok(()) }
    }

    fn begin(&mut self) -> Result<(), RunErrorKind> {
        self.runner.database.begin()?;
        self.is_open = true;
        Ok(())
    }

    /// Commits what was done, with the journal's word of it.
    fn commit(&mut self) -> Result<(), RunErrorKind> {
        let entries = std::mem::take(&mut self.pending);
        for entry in &entries {
            self.runner.record(entry)?;
        }
        self.is_lasting = true;
        self.runner.database.commit()?;
        self.is_halfway |= !entries.is_empty();
        self.end_transaction();
        Ok(())
    }

    fn roll_back(&mut self) -> Result<(), RunErrorKind> {
        self.pending.clear();
        self.runner.database.rollback()?;
        self.end_transaction();
        Ok(())
    }

    fn end_transaction(&mut self) {
        self.is_open = false;
        self.is_nested_transaction = false;
        self.savepoints.clear();
        self.nested.clear();
    }

    /// Refuses a run that is at its end and has not come to what an earlier one did.
    fn refuse_missing(&self) -> Result<(), RunErrorKind> {
        let mut left = self.told.range(self.number + 1..);
        match left.find(|(_, told)| matches!(told.progress, Progress::Done | Progress::InDoubt)) {
            Some((number, told)) => Err(self.other_statement(*number, told, None)),
            None => Ok(()),
        }
    }

    fn other_statement(&self, number: u32, told: &Told, now: Option<&str>) -> RunErrorKind {
        RunErrorKind::OtherStatement(Box::new(OtherStatement {
            revision: self.script.revision.clone(),
            path: self.script.path.clone(),
            number,
            done: told.sql().map(str::to_owned),
            now: now.map(str::to_owned),
        }))
    }

    fn plain(&mut self, sql: &str, parameters: &[Parameter]) -> Answer {
        answer(self.runner.database.execute(sql, parameters), sql, self.dialect, &mut self.refused)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<Answer, RunErrorKind> {
        if let Some(control) = sql::transaction_controls(sql, self.dialect).first().copied() {
            return self.control(control, sql);
        }
        let statement = statement(sql, self.script);
        let is_setting = sql::session_effect(&statement, self.dialect) == SessionEffect::Setting;
        if is_setting || only_reads(sql, self.dialect) {
            let ends_with_session = match is_setting {
                true => self.ends_with_session(&statement),
                false => {
                    surely_reads(sql, self.dialect) && !(reads_tables(sql) && self.has_views()?)
                }
            };
            self.is_lasting |= !ends_with_session && !self.is_undone();
            return Ok(self.plain(sql, parameters));
        }
        if self.is_rolled_back {
            return Err(rolls_back(self.script));
        }
        self.is_lasting |= !self.is_undone();
        self.number += 1;
        let number = self.number;
        let digest = digest_of(sql, parameters);
        if let Some(told) = self.told.get(&number).cloned() {
            let is_same = told.digest.as_deref().is_none_or(|told| told == digest);
            let must_stand = matches!(told.progress, Progress::Done | Progress::InDoubt);
            if must_stand && !is_same {
                return Err(self.other_statement(number, &told, Some(sql)));
            }
            let is_done = match told.progress {
                Progress::Done => true,
                Progress::InDoubt => self.took_effect(&statement, &told, number)?,
                Progress::Failed | Progress::Untouched => false,
            };
            if is_done {
                if told.progress == Progress::InDoubt {
                    let entry = self.entry(JournalEvent::Done, &digest);
                    let note =
                        Some(done_note(sql, &ResultSet { row_count: -1, ..ResultSet::default() }));
                    self.runner.record(&JournalEntry { note, ..entry })?;
                }
                self.runner.observer.statement_resumed(&statement, number, UNKNOWN_COUNT);
                return match told.answer() {
                    Some(ResultSet { columns, rows, row_count, last_id }) => {
                        Ok(Ok(limbeck_alembic::sa::ResultSet { columns, rows, row_count, last_id }))
                    }
                    None => Err(self.other_statement(number, &told, None)),
                };
            }
        }
        if self.is_open {
            return Ok(self.run_open(sql, parameters, &digest));
        }
        self.run_journaled(&statement, sql, parameters, &digest)
    }

    /// Whether a rollback undoes what runs now, whatever it is.
    fn is_undone(&self) -> bool {
        self.is_open && self.dialect != Dialect::Mysql
    }

    /// Whether MySQL has a view, which may call functions that act; elsewhere that is looked at
    /// otherwise. (One that the code makes itself is an act before.)
    fn has_views(&mut self) -> Result<bool, RunErrorKind> {
        if self.dialect != Dialect::Mysql {
            return Ok(false);
        }
        if let Some(has_views) = self.has_views {
            return Ok(has_views);
        }
        let has_views = !self.runner.database.execute(VIEWS, &[])?.rows.is_empty();
        self.has_views = Some(has_views);
        Ok(has_views)
    }

    /// Whether a setting leaves nothing when its session has ended.
    fn ends_with_session(&self, setting: &Statement) -> bool {
        let is_of_session = |part: &Part| part.again == Again::Always && part.global.is_none();
        let parts = sql::session_use(setting, self.dialect).parts;
        self.dialect == Dialect::Mysql && !parts.is_empty() && parts.iter().all(is_of_session)
    }

    /// Runs a statement in the transaction that is open.
    fn run_open(&mut self, sql: &str, parameters: &[Parameter], digest: &str) -> Answer {
        let result = self.runner.database.execute(sql, parameters);
        if let Ok(done) = &result {
            let note = Some(done_note(sql, done));
            let entry = JournalEntry { note, ..self.entry(JournalEvent::Done, digest) };
            self.pending.push(entry);
        }
        answer(result, sql, self.dialect, &mut self.refused)
    }

    /// Runs a statement by itself, journaled before and after.
    fn run_journaled(
        &mut self,
        statement: &Statement,
        sql: &str,
        parameters: &[Parameter],
        digest: &str,
    ) -> Result<Answer, RunErrorKind> {
        let concurrent = self.runner.before_concurrent(statement)?;
        let is_so = self.is_so_already(statement)?;
        let begin = JournalEntry {
            note: Some(begin_note(sql, is_so)),
            ..self.entry(JournalEvent::Begin, digest)
        };
        self.runner.record(&begin)?;
        let is_again = self.told.contains_key(&self.number);
        let result = match self.runner.is_finished(statement, concurrent.as_ref(), is_again) {
            Ok(true) => Ok(ResultSet { row_count: -1, ..ResultSet::default() }),
            Ok(false) => self.runner.database.execute(sql, parameters),
            Err(error) => Err(error),
        };
        match &result {
            Ok(done) => {
                self.is_halfway = true;
                let note = Some(done_note(sql, done));
                let entry = JournalEntry { note, ..self.entry(JournalEvent::Done, digest) };
                self.runner.record(&entry)?;
            }
            // It may have ended well all the same: it stays begun, and so in doubt.
            Err(error) if error.kind == DatabaseErrorKind::Unreachable => self.is_halfway = true,
            Err(error) => {
                let entry = JournalEntry {
                    error: Some(error.to_string()),
                    ..self.entry(JournalEvent::Fail, digest)
                };
                if let Err(second) = self.runner.record(&entry) {
                    self.runner
                        .observer
                        .warning(&format!("the failure could not be journaled: {second}"));
                }
            }
        }
        Ok(answer(result, sql, self.dialect, &mut self.refused))
    }

    fn entry(&self, event: JournalEvent, digest: &str) -> JournalEntry {
        let now: DateTime<Utc> = (self.runner.options.clock)();
        JournalEntry {
            raw_digest: Some(digest.to_owned()),
            normalized_digest: None,
            statement: Some((self.number, UNKNOWN_COUNT)),
            ..self.runner.entry(self.step, None, event, now)
        }
    }

    /// Whether the catalog is now as `statement` would leave it, and so will not tell later.
    fn is_so_already(&mut self, statement: &Statement) -> Result<bool, RunErrorKind> {
        let database = &mut *self.runner.database;
        Ok(match sql::leaves_behind(statement, self.dialect) {
            SqlEffect::Creates(object) => database.probe(&object)? == ObjectState::Present,
            SqlEffect::Drops(object) => database.probe(&object)? == ObjectState::Absent,
            SqlEffect::Traces(traces) => traces::tell(database, &traces)? == Some(true),
            SqlEffect::Detaches { parent, partition } => {
                database.attachment(&parent, &partition)? == Attachment::Detached
            }
            SqlEffect::Fills(_) | SqlEffect::Repeatable | SqlEffect::Unknown => false,
        })
    }

    /// Whether a statement that was begun before took effect, as the catalog tells, or a person.
    fn took_effect(
        &mut self,
        statement: &Statement,
        told: &Told,
        number: u32,
    ) -> Result<bool, RunErrorKind> {
        let database = &mut *self.runner.database;
        match traces::effect_of(database, statement, Progress::InDoubt)? {
            traces::Told::TookEffect if !told.was_so_before => return Ok(true),
            traces::Told::DidNot => return Ok(false),
            traces::Told::LeftInvalid(object) => {
                self.runner.drop_left_invalid(statement, &object)?;
                return Ok(false);
            }
            traces::Told::TookEffect | traces::Told::Nothing => {}
        }
        match self.runner.options.in_doubt {
            InDoubt::Skip => Ok(true),
            InDoubt::Rerun => Ok(false),
            InDoubt::Stop => Err(RunErrorKind::InDoubt {
                revision: self.script.revision.clone(),
                path: self.script.path.clone(),
                statement: statement.clone(),
                number,
                count: UNKNOWN_COUNT,
            }),
        }
    }

    /// A text that begins or ends a transaction.
    fn control(&mut self, control: TransactionControl, sql: &str) -> Result<Answer, RunErrorKind> {
        if sql.trim().trim_end_matches(';').contains(';') {
            return Err(RunErrorKind::LeavesTransaction {
                revision: self.script.revision.clone(),
                path: self.script.path.clone(),
                what: format!("{} among other statements", control.words()),
            });
        }
        match control {
            TransactionControl::Commit | TransactionControl::End if self.is_open => {
                self.commit()?;
            }
            TransactionControl::Rollback | TransactionControl::Abort if self.is_open => {
                self.roll_back()?;
            }
            TransactionControl::Begin | TransactionControl::StartTransaction if !self.is_open => {
                self.begin()?;
            }
            TransactionControl::PrepareTransaction | TransactionControl::Xa => {
                return Err(RunErrorKind::LeavesTransaction {
                    revision: self.script.revision.clone(),
                    path: self.script.path.clone(),
                    what: control.words().to_owned(),
                });
            }
            // SQLite has an error for it, the others at most a warning.
            _ if self.dialect == Dialect::Sqlite => return Ok(self.plain(sql, &[])),
            _ => {}
        }
        Ok(Ok(nothing()))
    }

    /// `connection.commit()` or `rollback()`: SQLAlchemy begins the next transaction by itself.
    fn end_by_call(&mut self, keep: bool) -> Result<Answer, RunErrorKind> {
        match (keep, self.is_open) {
            (true, true) => {
                self.commit()?;
                self.begin_unless_mysql()?;
            }
            (false, true) if self.dialect == Dialect::Postgresql => {
                self.roll_back()?;
                self.begin()?;
            }
            // Python's drivers have kept some of it by then: DDL, and what stands before it. As a
            // rule the call is on the way out, with an error that nothing is to hide.
            (false, _) if self.dialect != Dialect::Postgresql && self.number > 0 => {
                self.is_rolled_back = true;
            }
            // In an autocommit block, and on MySQL, there is none that could be ended.
            _ => {}
        }
        Ok(Ok(nothing()))
    }

    fn savepoint(&mut self) -> Result<Answer, RunErrorKind> {
        if !self.is_open && self.dialect == Dialect::Mysql {
            // Every statement commits itself here, but what is nested is one.
            self.begin()?;
            self.is_nested_transaction = true;
            return Ok(Ok(nothing()));
        }
        self.nested.push(self.pending.len());
        let sql = self.savepoints.set();
        Ok(self.plain(&sql, &[]))
    }

    fn end_savepoint(&mut self, keep: bool, count: usize) -> Result<Answer, RunErrorKind> {
        if self.is_nested_transaction && self.savepoints.depth() < count {
            if keep {
                self.commit()?;
            } else {
                self.roll_back()?;
            }
            return Ok(Ok(nothing()));
        }
        let Some(sql) = self.savepoints.end(keep, count) else { return Ok(Ok(nothing())) };
        let outer = self.nested.len().saturating_sub(count);
        let before = self.nested.drain(outer..).next().unwrap_or_default();
        if !keep {
            self.pending.truncate(before);
        }
        Ok(self.plain(&sql, &[]))
    }
}

impl Server for Outside<'_, '_> {
    type Stop = RunErrorKind;

    fn serve(&mut self, effect: Effect) -> Result<Answer, RunErrorKind> {
        self.check()?;
        match effect {
            Effect::Execute { sql, parameters } => self.execute(&sql, &parameters),
            Effect::Savepoint => self.savepoint(),
            Effect::EndSavepoint { keep, count } => self.end_savepoint(keep, count),
            Effect::Autocommit { begins: true } => {
                if self.is_open {
                    self.commit()?;
                }
                Ok(Ok(nothing()))
            }
            Effect::Autocommit { begins: false } => {
                if !self.is_open {
                    self.begin_unless_mysql()?;
                }
                Ok(Ok(nothing()))
            }
            Effect::EndTransaction { keep } => self.end_by_call(keep),
        }
    }

    fn hear(&mut self, word: Word) {
        hear(self.runner, word);
    }

    fn check(&mut self) -> Result<(), RunErrorKind> {
        self.runner.check_interrupt(self.is_halfway.then_some(&self.script.revision))
    }
}

/// A text of Python code as a statement; its place is that of the function, since the text has none.
fn statement(sql: &str, script: &PreparedScript) -> Statement {
    Statement { text: sql.to_owned(), position: start_of(script) }
}

/// The digest of a statement with its values.
fn digest_of(sql: &str, parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return digest(sql);
    }
    let values: Vec<String> =
        parameters.iter().map(|parameter| format!("{:?}", parameter.value)).collect();
    digest(&format!("{sql}\n{}", values.join("\n")))
}
