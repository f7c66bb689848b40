//! Transactions of the connection, as SQLAlchemy counts them. What begins and ends in the database
//! is the engine's.

use std::cell::Cell;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::absent::unknown;
use super::connection::CONNECTION;
use super::driver_error::SqlError;
use super::errors;
use super::migration;
use super::migration::Output;
use super::migration::SqlalchemyVersion;
use super::trial;

/// Which transaction a connection is in. Each has a number, which counts those that have ended
/// before it.
#[derive(Debug)]
pub(crate) struct Transactions {
    /// A migration begins in one: at the latest, the look at the version table has begun it.
    is_open: bool,
    ended: u32,
    /// The one that Alembic has begun, and will commit before an `autocommit_block()`.
    of_alembic: u32,
    /// The one whose `with` block the code is in.
    of_block: Option<u32>,
    /// How many savepoints of `begin_nested()` are open.
    savepoints: u32,
    /// Whether the revision has sent something in the open transaction.
    is_used: bool,
}

impl Transactions {
    pub(super) const fn new() -> Self {
        Self {
            is_open: true,
            ended: 0,
            of_alembic: 0,
            of_block: None,
            savepoints: 0,
            is_used: false,
        }
    }

    const fn current(&self) -> Option<u32> {
        if self.is_open { Some(self.ended) } else { None }
    }

    fn begin(&mut self) -> u32 {
        self.is_open = true;
        self.ended
    }

    fn end(&mut self) {
        self.is_open = false;
        self.is_used = false;
        self.savepoints = 0;
        self.ended += 1;
    }
}

/// The transaction that a session is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    /// The number of one that the session has begun, and ends; nothing of another's.
    pub(super) own: Option<u32>,
}

/// A `Transaction` of a connection.
#[derive(Debug)]
struct TransactionObject {
    number: u32,
}

/// A savepoint: `begin_nested()`.
#[derive(Debug)]
struct NestedObject;

/// `engine.begin()`: a transaction of another connection, which is committed at the end of the block.
/// Where the revision has sent nothing yet there is nothing that the other connection would not see,
/// and one connection does for both.
#[derive(Debug, Default)]
pub(super) struct EngineBlock {
    number: Cell<Option<u32>>,
}

/// What is no transaction of its own: `begin()` within a transaction in SQLAlchemy 1.4, and
/// `begin_transaction()` of Alembic's context.
#[derive(Debug)]
pub(super) struct MarkerObject {
    /// Whether its `commit()` is one.
    pub(super) commits: bool,
}

/// `autocommit_block()`.
#[derive(Debug, Default)]
pub(super) struct AutocommitObject {
    /// Whether there was a transaction before it, and the number of the one that stands for it.
    entered: Cell<Option<(bool, u32)>>,
}

/// Notes that a statement is about to run, which begins a transaction where there is none.
pub(super) fn autobegin(interp: &mut Interpreter) -> Result<u32> {
    let transactions = &mut migration::current(interp)?.transactions;
    if transactions.of_block.is_some() && transactions.of_block != transactions.current() {
        return Err(errors::of_class(
            interp,
            "InvalidRequestError",
            "Can't operate on closed transaction inside context manager.  Please complete the \
             context manager before emitting further commands.",
        )?);
    }
    transactions.is_used = true;
    Ok(transactions.begin())
}

/// Whether a transaction is open.
pub(super) fn is_open(interp: &mut Interpreter) -> Result<bool> {
    Ok(migration::current(interp)?.transactions.is_open)
}

/// `connection.begin()`.
pub(super) fn begin(interp: &mut Interpreter) -> Result<Value> {
    if is_open(interp)? {
        if migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14 {
            return Ok(Value::native(MarkerObject { commits: false }));
        }
        return Err(errors::of_class(
            interp,
            "InvalidRequestError",
            "This connection has already initialized a SQLAlchemy Transaction() object via begin() \
             or autobegin; can't call begin() here unless rollback() or commit() is called first.",
        )?);
    }
    let number = autobegin(interp)?;
    Ok(Value::native(TransactionObject { number }))
}

/// A session enters the connection.
pub(super) fn join(interp: &mut Interpreter) -> Result<Joined> {
    if migration::current(interp)?.transactions.savepoints > 0 {
        // SQLAlchemy 2 gives it a savepoint of its own, which ends with it.
        return Err(interp.unsupported("a Session on a connection within begin_nested()"));
    }
    let is_there = is_open(interp)?;
    let number = autobegin(interp)?;
    Ok(Joined { own: (!is_there).then_some(number) })
}

/// A session ends the transaction that it has begun.
pub(super) fn end_own(interp: &mut Interpreter, number: u32, keep: bool) -> Result<()> {
    TransactionObject { number }.end(interp, keep)
}

/// `connection.begin_nested()`.
pub(super) fn begin_nested(interp: &mut Interpreter) -> Result<Value> {
    autobegin(interp)?;
    with_connection(interp, "SAVEPOINT", |connection| connection.begin_nested())?;
    migration::current(interp)?.transactions.savepoints += 1;
    Ok(Value::native(NestedObject))
}

/// `connection.commit()` and `rollback()`: without a transaction there is nothing to do.
pub(super) fn end(interp: &mut Interpreter, keep: bool) -> Result<()> {
    if let Some(trial) = trial::current(interp)? {
        trial.leave(interp);
    }
    if !is_open(interp)? {
        return Ok(());
    }
    let what = if keep { "COMMIT" } else { "ROLLBACK" };
    with_connection(interp, what, |connection| connection.end_transaction(keep))?;
    migration::current(interp)?.transactions.end();
    Ok(())
}

fn with_connection(
    interp: &mut Interpreter,
    what: &str,
    act: impl FnOnce(&mut dyn migration::Connection) -> std::result::Result<(), SqlError>,
) -> Result<()> {
    let result = match &mut migration::current(interp)?.output {
        Output::Offline(_) => return Ok(()),
        Output::Live(connection) => act(connection.as_mut()),
    };
    match result {
        Ok(()) => Ok(()),
        Err(error) => Err(errors::database(interp, &error, what)?),
    }
}

fn inactive<T>(interp: &mut Interpreter) -> Result<T> {
    Err(errors::of_class(interp, "InvalidRequestError", "This transaction is inactive")?)
}

impl TransactionObject {
    fn is_active(&self, interp: &mut Interpreter) -> Result<bool> {
        Ok(migration::current(interp)?.transactions.current() == Some(self.number))
    }

    fn end(&self, interp: &mut Interpreter, keep: bool) -> Result<()> {
        match (self.is_active(interp)?, keep) {
            (true, _) => end(interp, keep),
            (false, true) => inactive(interp),
            (false, false) => Ok(()),
        }
    }
}

impl Object for TransactionObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "is_active" => self.is_active(interp).map(|is| Some(Value::Bool(is))),
            _ => unknown(interp, "Transaction", name),
        }
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn enter(&self, this: &Value, interp: &mut Interpreter) -> Result<Value> {
        migration::current(interp)?.transactions.of_block = Some(self.number);
        Ok(this.clone())
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        migration::current(interp)?.transactions.of_block = None;
        if self.is_active(interp)? {
            end(interp, exception.is_none())?;
        }
        Ok(false)
    }
}

impl Object for EngineBlock {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "Engine.begin()", name)
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn enter(&self, _: &Value, interp: &mut Interpreter) -> Result<Value> {
        let migration = migration::current(interp)?;
        if migration.target().dialect() == limbeck_schema::Dialect::Sqlite {
            return Err(interp.unsupported("Engine.begin() on SQLite"));
        }
        if migration.transactions.is_used || !migration.transactions.is_open {
            return Err(interp.unsupported("Engine.begin() behind other statements"));
        }
        let number = autobegin(interp)?;
        self.number.set(Some(number));
        migration::current(interp)?.transactions.of_block = Some(number);
        Ok(Value::native(CONNECTION))
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        let transactions = &mut migration::current(interp)?.transactions;
        transactions.of_block = None;
        if self.number.take().is_some_and(|number| transactions.current() == Some(number)) {
            end(interp, exception.is_none())?;
            // That of Alembic's connection has been there all the time.
            let transactions = &mut migration::current(interp)?.transactions;
            transactions.of_alembic = transactions.begin();
        }
        Ok(false)
    }
}

impl NestedObject {
    fn end(interp: &mut Interpreter, keep: bool) -> Result<()> {
        let open = &mut migration::current(interp)?.transactions.savepoints;
        *open = open.saturating_sub(1);
        with_connection(interp, "RELEASE SAVEPOINT", |connection| connection.end_nested(keep))
    }
}

impl Object for NestedObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "NestedTransaction", name)
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        Self::end(interp, exception.is_none())?;
        Ok(false)
    }
}

impl Object for MarkerObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "Transaction", name)
    }

    fn is_context_manager(&self) -> bool {
        true
    }
}

impl Object for AutocommitObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "autocommit_block", name)
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn enter(&self, this: &Value, interp: &mut Interpreter) -> Result<Value> {
        let transactions = &migration::current(interp)?.transactions;
        let current = transactions.current();
        if current.is_some_and(|current| current != transactions.of_alembic) {
            return inactive(interp);
        }
        autocommit(interp, true)?;
        let transactions = &mut migration::current(interp)?.transactions;
        if current.is_some() {
            transactions.end();
        }
        // What SQLAlchemy begins here by itself is begun at once.
        self.entered.set(Some((current.is_some(), transactions.begin())));
        Ok(this.clone())
    }

    fn exit(&self, _: &Value, _: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        autocommit(interp, false)?;
        let transactions = &mut migration::current(interp)?.transactions;
        if let Some((was_open, number)) = self.entered.take() {
            if transactions.current() != Some(number) {
                return inactive(interp);
            }
            transactions.end();
            if was_open {
                transactions.of_alembic = transactions.begin();
            }
        }
        Ok(false)
    }
}

fn autocommit(interp: &mut Interpreter, begins: bool) -> Result<()> {
    if let Some(trial) = trial::current(interp)? {
        trial.leave(interp);
    }
    let migration = migration::current(interp)?;
    let has_transaction = migration.target().dialect() == limbeck_schema::Dialect::Postgresql;
    if let Output::Offline(statements) = &mut migration.output
        && has_transaction
    {
        statements.push(if begins { "COMMIT" } else { "BEGIN" }.to_owned());
    }
    with_connection(interp, "COMMIT", |connection| connection.autocommit(begins))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter) {
    fn own(args: &mut Args, interp: &mut Interpreter, keep: bool) -> Result<Value> {
        let this = args.take_self().and_then(|this| this.downcast::<TransactionObject>());
        this.map_or(Ok(()), |this| this.end(interp, keep)).map(|()| Value::None)
    }
    let class = ClassBuilder::new("RootTransaction", "sqlalchemy.engine.base")
        .method("commit", |interp, mut args| own(&mut args, interp, true))
        .method("rollback", |interp, mut args| own(&mut args, interp, false))
        .method("close", |interp, mut args| own(&mut args, interp, false))
        .finish(interp);
    interp.register_class::<TransactionObject>(class);
    let class = ClassBuilder::new("NestedTransaction", "sqlalchemy.engine.base")
        .method("commit", |interp, _| NestedObject::end(interp, true).map(|()| Value::None))
        .method("rollback", |interp, _| NestedObject::end(interp, false).map(|()| Value::None))
        .finish(interp);
    interp.register_class::<NestedObject>(class);
    let class = ClassBuilder::new("MarkerTransaction", "sqlalchemy.engine.base")
        .method("commit", |interp, mut args| {
            let this = args.take_self().and_then(|this| this.downcast::<MarkerObject>());
            if this.is_some_and(|this| this.commits) {
                end(interp, true)?;
            }
            Ok(Value::None)
        })
        .method("rollback", |interp, _| end(interp, false).map(|()| Value::None))
        .finish(interp);
    interp.register_class::<MarkerObject>(class);
    let class = ClassBuilder::new("begin", "sqlalchemy.engine.base").finish(interp);
    interp.register_class::<EngineBlock>(class);
    let class = ClassBuilder::new("autocommit_block", "alembic.runtime.migration").finish(interp);
    interp.register_class::<AutocommitObject>(class);
}
