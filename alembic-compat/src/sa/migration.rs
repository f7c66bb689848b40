//! The context of one run of `upgrade()` or `downgrade()`: where statements go.

use std::collections::BTreeMap;
use std::fmt;

use limbeck_schema::Dialect;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::Sqlalchemy;
use limbeck_schema::Target;
use limbeck_schema::expr::Compiled;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Parameter;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::Statement;
use limbeck_schema::operation::CreatedTypes;
use limbeck_schema::operation::Operation;
use limbeck_schema::operation::OperationContext;
use limbeck_schema::table::NamingConvention;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::attach::Attachments;
use super::config::ConfigFacts;
use super::driver_error::SqlError;
use super::errors;
use super::prepare;
use super::processing;
use super::transaction;
use super::transaction::Transactions;
use super::trial;
use super::trial::Trial;

/// What a statement gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResultSet {
    /// The names of the columns; none when the statement gives no rows.
    pub columns: Option<Vec<String>>,
    /// The rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows were changed or found; -1 where the driver does not know.
    pub row_count: i64,
    /// The key that was made for a row that was put in, where the driver tells.
    pub last_id: Option<i64>,
}

/// A connection in the hands of a migration. The engine implements it on its sessions.
pub trait Connection {
    /// Runs one statement.
    ///
    /// # Errors
    /// What the database refuses.
    fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
    ) -> std::result::Result<ResultSet, SqlError>;

    /// `SAVEPOINT`, for `begin_nested()`.
    ///
    /// # Errors
    /// What the database refuses.
    fn begin_nested(&mut self) -> std::result::Result<(), SqlError>;

    /// Releases a savepoint, or goes back to it; `count` savepoints end with it: itself and those
    /// within it.
    ///
    /// # Errors
    /// What the database refuses.
    fn end_nested(&mut self, keep: bool, count: usize) -> std::result::Result<(), SqlError>;

    /// Ends the transaction of the migration before `autocommit_block()` (`true`), and begins
    /// another one behind it.
    ///
    /// # Errors
    /// What the database refuses.
    fn autocommit(&mut self, begins: bool) -> std::result::Result<(), SqlError>;

    /// `connection.commit()` or `rollback()` of Python code: whether the engine lets it be done.
    ///
    /// # Errors
    /// What the database refuses.
    fn end_transaction(&mut self, keep: bool) -> std::result::Result<(), SqlError>;

    /// Whether a table is one of the program that runs the migration, which Alembic's users do not
    /// have and no list of tables shows.
    fn hides(&self, _table: &str) -> bool {
        false
    }

    /// The trial, when there is no database behind this connection.
    fn trial(&self) -> Option<&Trial> {
        None
    }
}

/// Where the statements go.
pub(crate) enum Output {
    /// They are collected, as `--sql` has them.
    Offline(Vec<String>),
    /// They are run.
    Live(Box<dyn Connection>),
}

/// Which SQLAlchemy the project is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SqlalchemyVersion {
    /// 1.4: raw strings are executed, `select([…])` takes a list, rows are read by names,
    /// `MetaData(bind=…)` and `Table(autoload=True)` are accepted.
    V14,
    /// 2.0.
    V20,
    /// 2.1 and later.
    #[default]
    V21,
}

impl SqlalchemyVersion {
    /// Whose texts are written: those of 1.4 are nearer to 2.0's.
    const fn texts(self) -> Sqlalchemy {
        match self {
            Self::V14 | Self::V20 => Sqlalchemy::V20,
            Self::V21 => Sqlalchemy::V21,
        }
    }
}

/// The context of one run; native modules find it in the host's extension.
pub struct Migration {
    pub(crate) sqlalchemy: SqlalchemyVersion,
    pub(crate) x_arguments: Vec<String>,
    pub(crate) config: Option<ConfigFacts>,
    pub(crate) context: OperationContext,
    pub(crate) output: Output,
    pub(crate) attachments: Attachments,
    pub(super) transactions: Transactions,
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.output {
            Output::Offline(_) => "offline",
            Output::Live(_) => "live",
        };
        write!(f, "Migration({}, {mode})", self.context.target().name())
    }
}

impl Migration {
    /// A run that collects its statements.
    #[must_use]
    pub fn offline(target: Target, naming: NamingConvention) -> Self {
        Self {
            sqlalchemy: SqlalchemyVersion::default(),
            x_arguments: Vec::new(),
            config: None,
            context: OperationContext::with_naming(target, naming).offline(),
            output: Output::Offline(Vec::new()),
            attachments: Attachments::default(),
            transactions: Transactions::new(),
        }
    }

    /// A run on a connection.
    #[must_use]
    pub fn live(target: Target, naming: NamingConvention, connection: Box<dyn Connection>) -> Self {
        Self {
            sqlalchemy: SqlalchemyVersion::default(),
            x_arguments: Vec::new(),
            config: None,
            context: OperationContext::with_naming(target, naming),
            output: Output::Live(connection),
            attachments: Attachments::default(),
            transactions: Transactions::new(),
        }
    }

    /// The same run with the forms that another SQLAlchemy accepts and the texts that it writes.
    #[must_use]
    pub fn with_sqlalchemy(mut self, version: SqlalchemyVersion) -> Self {
        self.sqlalchemy = version;
        self.context.set_sqlalchemy(version.texts());
        self
    }

    /// The same run with the arguments of `-x`.
    #[must_use]
    pub fn with_x_arguments(mut self, arguments: Vec<String>) -> Self {
        self.x_arguments = arguments;
        self
    }

    /// The same run of a project whose configuration is known.
    #[must_use]
    pub fn with_config(mut self, config: Option<ConfigFacts>) -> Self {
        self.config = config;
        self
    }

    /// What statements are compiled for.
    #[must_use]
    pub fn target(&self) -> &Target {
        self.context.target()
    }

    /// Whether a table is one of the program that runs the migration.
    pub(crate) fn hides(&self, table: &str) -> bool {
        match &self.output {
            Output::Offline(_) => false,
            Output::Live(connection) => connection.hides(table),
        }
    }

    /// Whether statements are collected only.
    #[must_use]
    pub const fn is_offline(&self) -> bool {
        matches!(self.output, Output::Offline(_))
    }

    /// The statements of an offline run since the last call.
    pub fn take_statements(&mut self) -> Vec<String> {
        match &mut self.output {
            Output::Offline(statements) => std::mem::take(statements),
            Output::Live(_) => Vec::new(),
        }
    }

    /// The types that were created, for the revisions that follow in the same run.
    #[must_use]
    pub fn created_types(&self) -> CreatedTypes {
        self.context.created_types().clone()
    }

    /// Goes on in a run that has created types: Alembic does not create them again.
    #[must_use]
    pub fn after(mut self, created: CreatedTypes) -> Self {
        self.context.remember(created);
        self
    }

    /// The connection of a live run back.
    #[must_use]
    pub fn into_connection(self) -> Option<Box<dyn Connection>> {
        match self.output {
            Output::Offline(_) => None,
            Output::Live(connection) => Some(connection),
        }
    }
}

/// The migration that runs.
pub(crate) fn current(interp: &mut Interpreter) -> Result<&mut Migration> {
    if interp.host().extension().downcast_mut::<Migration>().is_none() {
        return interp.raise(
            "NameError",
            "Can't invoke function: the proxy object has not yet been established for the Alembic \
             'Operations' class.  Try placing this code inside a callable.",
        );
    }
    match interp.host().extension().downcast_mut::<Migration>() {
        Some(migration) => Ok(migration),
        None => {
            Err(Box::new(crate::eval::Error::Host(crate::eval::HostError::new("no migration"))))
        }
    }
}

/// What statements are compiled for.
pub(crate) fn target(interp: &mut Interpreter) -> Result<Target> {
    Ok(current(interp)?.target().clone())
}

/// Compiles an operation and lets its statements go where they go.
pub(crate) fn run(interp: &mut Interpreter, operation: &Operation) -> Result<()> {
    interp.charge(COMPILING)?;
    let compiled = current(interp)?.context.compile(operation);
    let statements = errors::compiled(interp, compiled)?;
    emit(interp, statements.into_iter().map(|statement| statement.sql))
}

/// Lets statements go where they go.
pub(crate) fn emit(
    interp: &mut Interpreter,
    statements: impl IntoIterator<Item = String>,
) -> Result<()> {
    for sql in statements {
        raw(interp, &sql, &[])?;
    }
    Ok(())
}

/// Steps for compiling an operation or a statement: so many that a loop without end is over soon,
/// so few that hundreds of thousands of them are allowed.
const COMPILING: u64 = 400;

/// Steps for sending a statement or writing it down.
const SENDING: u64 = 100;

/// Runs one statement; offline it is only written.
pub(crate) fn raw(
    interp: &mut Interpreter,
    sql: &str,
    parameters: &[Parameter],
) -> Result<Option<ResultSet>> {
    interp.charge(SENDING + sql.len() as u64 / 16)?;
    trial::note(interp, sql)?;
    transaction::autobegin(interp)?;
    let result = match &mut current(interp)?.output {
        Output::Offline(statements) => {
            statements.push(sql.trim().to_owned());
            return Ok(None);
        }
        Output::Live(connection) => connection.execute(sql, parameters),
    };
    match result {
        Ok(result) => Ok(Some(result)),
        Err(error) => Err(errors::database(interp, &error, sql)?),
    }
}

/// What a statement gave, with the types that its columns have.
pub(crate) struct Fetched {
    pub(crate) set: ResultSet,
    /// Empty where nothing is known of them.
    pub(crate) types: Vec<SqlType>,
    /// The statement as it was run, where it was made ready for that.
    pub(crate) prepared: Option<Statement>,
}

impl From<ResultSet> for Fetched {
    fn from(set: ResultSet) -> Self {
        Self { set, types: Vec::new(), prepared: None }
    }
}

/// Runs a statement of Core: bound when there is a connection, with literals offline.
pub(crate) fn statement(
    interp: &mut Interpreter,
    statement: &Statement,
) -> Result<Option<Fetched>> {
    let fetched = statement_with(interp, statement, &BTreeMap::new())?;
    // Whoever asks here reads what comes back.
    if let Some(trial) = trial::current(interp)? {
        if !matches!(statement, Statement::Query(_)) {
            return Err(trial.end(interp));
        }
        trial.rows(interp)?;
    }
    Ok(fetched)
}

/// Runs a statement of Core whose result nobody reads.
pub(crate) fn unread(interp: &mut Interpreter, statement: &Statement) -> Result<Option<Fetched>> {
    statement_with(interp, statement, &BTreeMap::new())
}

/// The same with values for named parameters.
pub(crate) fn statement_with(
    interp: &mut Interpreter,
    statement: &Statement,
    values: &BTreeMap<String, SqlValue>,
) -> Result<Option<Fetched>> {
    interp.charge(COMPILING)?;
    let prepared = prepare::prepare(interp, statement)?;
    let statement = prepared.as_ref().unwrap_or(statement);
    let compiled = processing::compile(interp, statement, values)?;
    refuse_hidden_places(interp, &compiled)?;
    let Some(set) = raw(interp, &compiled.sql, &compiled.parameters)? else { return Ok(None) };
    let types = {
        match (&set.columns, statement) {
            (None, _) => Vec::new(),
            (_, Statement::Query(query)) => {
                query.subquery(None).columns().iter().map(Expr::sql_type).collect()
            }
            (_, Statement::Insert(insert)) => types_of(&insert.returning),
            (_, Statement::Update(update)) => types_of(&update.returning),
            (_, Statement::Delete(delete)) => types_of(&delete.returning),
            _ => Vec::new(),
        }
    };
    Ok(Some(Fetched { set, types, prepared }))
}

/// Refuses parameters whose place is in a literal, a quoted name or a comment: `text()` takes `:x`
/// for one there, too. psycopg2 and PyMySQL then write the value into the text; servers see no place.
fn refuse_hidden_places(interp: &mut Interpreter, compiled: &Compiled) -> Result<()> {
    if compiled.parameters.is_empty() {
        return Ok(());
    }
    let dialect = target(interp)?.dialect();
    let places = limbeck_sql::placeholders(&compiled.sql, dialect);
    let is_whole = match dialect {
        // One number may have several places: all that look like one must be one.
        Dialect::Postgresql => {
            let numbers = 1..=compiled.parameters.len();
            let marks = compiled.sql.split('$').skip(1).filter(|behind| {
                let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
                behind[..end].parse().is_ok_and(|number: usize| numbers.contains(&number))
            });
            marks.count() <= places.len()
        }
        Dialect::Mysql | Dialect::Sqlite => places.len() == compiled.parameters.len(),
    };
    if is_whole {
        return Ok(());
    }
    Err(interp.unsupported("a parameter within a literal, a quoted name or a comment of text()"))
}

fn types_of(returning: &[Selected]) -> Vec<SqlType> {
    let mut types = Vec::new();
    for selected in returning {
        match selected {
            Selected::Expr(expr) => types.push(expr.sql_type()),
            Selected::From(from) => types.extend(from.columns().iter().map(Expr::sql_type)),
        }
    }
    types
}
