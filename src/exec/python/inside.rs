//! A Python revision inside a transaction: the engine's, which the code neither begins nor ends.

use limbeck_schema::Dialect;
use limbeck_schema::Flavour;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;

use crate::db;
use crate::db::DatabaseError;
use crate::script::sql;
use crate::script::sql::SourcePosition;

use super::super::error::RunErrorKind;
use super::super::error::Undone;
use super::super::prepare::PreparedScript;
use super::super::step::StepRunner;
use super::PythonBody;
use super::PythonFailure;
use super::error::sql_error;
use super::host::Word;
use super::savepoints::Savepoints;
use super::worker::Answer;
use super::worker::Effect;
use super::worker::Ended;
use super::worker::Server;
use super::worker::Worker;

impl StepRunner<'_> {
    /// Runs the function of `script` within the transaction that is open.
    ///
    /// # Errors
    /// What the code raises or the database refuses, and when it leaves the transaction.
    pub(in crate::exec) fn run_python_inside(
        &mut self,
        script: &PreparedScript,
        body: &PythonBody,
    ) -> Result<(), RunErrorKind> {
        let undone = self.undone;
        let (mut worker, target) = self.python()?;
        let mut inside = Inside {
            runner: self,
            script,
            savepoints: Savepoints::default(),
            refused: None,
            is_rolled_back: false,
        };
        let ended = worker.run(body, &target, &mut inside);
        let refused = inside.refused.take();
        let result = match (inside.is_rolled_back, &ended) {
            (true, Ended::Well(_)) => Err(inside.rolls_back()),
            _ => outcome(script, ended, refused, undone),
        };
        self.python = Some((worker, target));
        result
    }

    /// The thread for Python, which is started for the first revision that needs it, and what code
    /// is compiled for.
    pub(in crate::exec) fn python(&mut self) -> Result<(Worker, Target), RunErrorKind> {
        if let Some(python) = self.python.take() {
            return Ok(python);
        }
        let target = live_target(self)?;
        let worker = Worker::start(&self.options.python, self.options.clock)
            .map_err(|source| RunErrorKind::PythonThread { source })?;
        Ok((worker, target))
    }
}

/// What statements are compiled for: SQLAlchemy asks a server for its version when it connects.
fn live_target(runner: &mut StepRunner<'_>) -> Result<Target, DatabaseError> {
    let dialect = runner.database.dialect();
    let query = match dialect {
        Dialect::Sqlite => return Ok(Target::sqlite()),
        Dialect::Postgresql => "SHOW server_version",
        Dialect::Mysql => "SELECT VERSION()",
    };
    let answer = runner.database.execute(query, &[])?;
    let text = match answer.rows.first().and_then(|row| row.first()) {
        Some(SqlValue::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let is_mariadb = text.to_lowercase().contains("mariadb");
    // MariaDB tells old clients that it is 5.5.5.
    let numbers = text.strip_prefix("5.5.5-").unwrap_or(&text);
    let numbers = numbers.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or("");
    let version: Vec<u32> = numbers.split('.').map_while(|part| part.parse().ok()).collect();
    let target = Target::from(dialect);
    let target = if version.is_empty() { target } else { target.with_version(&version) };
    Ok(match (dialect, runner.options.python.flavour) {
        (Dialect::Mysql, Flavour::Mysql) if is_mariadb => {
            target.with_flavour(Flavour::MariadbBehindMysql)
        }
        (Dialect::Mysql, flavour) => target.with_flavour(flavour),
        _ => target,
    })
}

/// How a function ended, as the run sees it. `refused` is the last statement that the database
/// refused.
pub(super) fn outcome(
    script: &PreparedScript,
    ended: Ended<RunErrorKind>,
    refused: Option<(String, DatabaseError)>,
    undone: Undone,
) -> Result<(), RunErrorKind> {
    let failure = match ended {
        Ended::Well(_) => return Ok(()),
        Ended::Stopped(kind) => return Err(kind),
        Ended::Failed(failure) => *failure,
    };
    let statement = refused.filter(|(sql, error)| {
        let said = error.server.as_ref().map_or(&error.message, |server| &server.message);
        // pymysql quotes what the server says.
        let sent = format!("[SQL: {sql}]");
        matches!(&failure, limbeck_alembic::eval::Failure::Raised { message, .. }
            if message.contains(said.trim_end()) || message.contains(&sent))
    });
    Err(RunErrorKind::Python(Box::new(PythonFailure {
        revision: script.revision.clone(),
        path: script.path.clone(),
        failure,
        statement,
        undone,
        not_instead: None,
        start: start_of(script),
    })))
}

/// Where the function of a script begins.
pub(super) fn start_of(script: &PreparedScript) -> SourcePosition {
    script.python().map_or(SourcePosition { line: 1, column: 1 }, |body| body.position)
}

struct Inside<'a, 'b> {
    runner: &'a mut StepRunner<'b>,
    script: &'a PreparedScript,
    savepoints: Savepoints,
    /// The last statement that the database refused.
    refused: Option<(String, DatabaseError)>,
    /// Whether the code has rolled back: what it does after that has no transaction of its own.
    is_rolled_back: bool,
}

impl Inside<'_, '_> {
    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Answer {
        let dialect = self.runner.database.dialect();
        if let Some(body) = self.script.python() {
            self.runner.options.python.check_statement(dialect, body, sql)?;
        }
        answer(self.runner.database.execute(sql, parameters), sql, dialect, &mut self.refused)
    }

    fn leaves(&self, what: &str) -> RunErrorKind {
        RunErrorKind::LeavesTransaction {
            revision: self.script.revision.clone(),
            path: self.script.path.clone(),
            what: what.to_owned(),
        }
    }
}

impl Inside<'_, '_> {
    fn rolls_back(&self) -> RunErrorKind {
        rolls_back(self.script)
    }
}

/// The refusal of a `rollback()` of more than is the code's.
pub(super) fn rolls_back(script: &PreparedScript) -> RunErrorKind {
    RunErrorKind::RollsBack { revision: script.revision.clone(), path: script.path.clone() }
}

impl Server for Inside<'_, '_> {
    type Stop = RunErrorKind;

    fn serve(&mut self, effect: Effect) -> Result<Answer, RunErrorKind> {
        self.check()?;
        Ok(match effect {
            Effect::Execute { sql, parameters } => {
                if let Some(word) =
                    sql::transaction_controls(&sql, self.runner.database.dialect()).first().copied()
                {
                    return Err(self.leaves(word.words()));
                }
                if self.is_rolled_back {
                    return Err(self.rolls_back());
                }
                self.execute(&sql, &parameters)
            }
            Effect::Savepoint => {
                let sql = self.savepoints.set();
                self.execute(&sql, &[])
            }
            Effect::EndSavepoint { keep, count } => match self.savepoints.end(keep, count) {
                Some(sql) => self.execute(&sql, &[]),
                None => Ok(nothing()),
            },
            Effect::Autocommit { .. } => return Err(self.leaves("autocommit_block()")),
            Effect::EndTransaction { keep: true } => return Err(self.leaves("commit()")),
            // As a rule on the way out, with the error that led there: nothing is to hide that.
            Effect::EndTransaction { keep: false } => {
                self.is_rolled_back = true;
                Ok(nothing())
            }
        })
    }

    fn hear(&mut self, word: Word) {
        hear(self.runner, word);
    }

    fn check(&mut self) -> Result<(), RunErrorKind> {
        self.runner.check_interrupt(None)
    }
}

/// Passes on what code tells.
pub(super) fn hear(runner: &mut StepRunner<'_>, word: Word) {
    match word {
        Word::Printed(text) => runner.observer.printed(&text),
        Word::Logged { logger, level, message } => runner.observer.logged(&logger, level, &message),
    }
}

/// The answer to a statement, as Python code gets it; what was refused is kept in `refused`.
pub(super) fn answer(
    result: Result<db::ResultSet, DatabaseError>,
    sql: &str,
    dialect: Dialect,
    refused: &mut Option<(String, DatabaseError)>,
) -> Answer {
    match result {
        Ok(db::ResultSet { columns, rows, row_count, last_id }) => {
            Ok(limbeck_alembic::sa::ResultSet { columns, rows, row_count, last_id })
        }
        Err(error) => {
            let told = sql_error(&error, dialect);
            *refused = Some((sql.to_owned(), error));
            Err(told)
        }
    }
}

/// The answer of what answers nothing.
pub(super) fn nothing() -> limbeck_alembic::sa::ResultSet {
    limbeck_alembic::sa::ResultSet { row_count: -1, ..Default::default() }
}
