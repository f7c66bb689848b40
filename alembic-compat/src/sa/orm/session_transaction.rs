//! The transactions of a session: the one that it begins by itself or by `begin()`, and the
//! savepoints of `begin_nested()` within it. (SQLAlchemy's `SessionTransaction`.)

use std::cell::Cell;
use std::rc::Rc;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::super::connection;
use super::super::errors;
use super::super::migration;
use super::super::migration::SqlalchemyVersion;
use super::super::transaction;
use super::super::transaction::JoinMode;
use super::super::transaction::Which;
use super::flush;
use super::session_data::SessionData;

/// One of the transactions that a session is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// Which of all that the session has had.
    number: u32,
    is_nested: bool,
    /// Its savepoint, which is set when the session first uses its connection in it.
    savepoint: Option<Which>,
    /// Whether a failed flush has rolled it back: it takes nothing but its end.
    is_rolled_back: bool,
    /// How much was written before it.
    written: usize,
}

/// `session.begin()`, `session.begin_nested()`.
#[derive(Debug)]
pub(super) struct SessionTransaction {
    data: Rc<SessionData>,
    number: u32,
    /// The one whose `with` block is around that of this one.
    outer: Cell<Option<u32>>,
}

impl Object for SessionTransaction {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "is_active" => Ok(Some(Value::Bool(is_active(&self.data, self.number)))),
            "nested" => {
                let levels = self.data.levels.borrow();
                let level = levels.iter().find(|level| level.number == self.number);
                Ok(level.map(|level| Value::Bool(level.is_nested)))
            }
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("SessionTransaction.{name}"))),
        }
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn enter(&self, this: &Value, _: &mut Interpreter) -> Result<Value> {
        self.outer.set(self.data.of_block.replace(Some(self.number)));
        Ok(this.clone())
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, interp: &mut Interpreter) -> Result<bool> {
        self.data.of_block.set(self.outer.take());
        leave_block(interp, &self.data, self.number, exception.is_none())?;
        Ok(false)
    }
}

fn position(data: &SessionData, number: u32) -> Option<usize> {
    data.levels.borrow().iter().position(|level| level.number == number)
}

fn is_active(data: &SessionData, number: u32) -> bool {
    data.levels.borrow().iter().any(|level| level.number == number && !level.is_rolled_back)
}

fn push(data: &SessionData, is_nested: bool) -> u32 {
    let number = data.level_count.get();
    data.level_count.set(number + 1);
    let written = data.written.borrow().len();
    let level = Level { number, is_nested, savepoint: None, is_rolled_back: false, written };
    data.levels.borrow_mut().push(level);
    number
}

/// A session begins by itself with the first thing that it is to do.
pub(super) fn autobegin(interp: &mut Interpreter, data: &SessionData) -> Result<()> {
    if data.of_block.get().is_some_and(|number| !is_active(data, number)) {
        return transaction::closed_in_block(interp);
    }
    if data.levels.borrow().last().is_some_and(|level| level.is_rolled_back) {
        // PendingRollbackError, with the text of the flush's error.
        return Err(interp.unsupported("a Session between a flush that failed and its rollback()"));
    }
    if data.levels.borrow().is_empty() {
        push(data, false);
    }
    Ok(())
}

/// A session uses its connection. It joins the transaction that this is in; where there is none it
/// begins one of its own.
pub(super) fn connect(interp: &mut Interpreter, data: &SessionData) -> Result<()> {
    connection::only_live(interp, "close")?;
    autobegin(interp, data)?;
    if data.joined.get().is_none() {
        let mode = match migration::current(interp)?.sqlalchemy {
            SqlalchemyVersion::V14 => JoinMode::RollbackOnly,
            SqlalchemyVersion::V20 | SqlalchemyVersion::V21 => data.mode,
        };
        data.joined.set(Some(transaction::join(interp, mode)?));
    }
    for at in 0.. {
        let Some(level) = data.levels.borrow().get(at).copied() else { break };
        if level.is_nested && level.savepoint.is_none() {
            let savepoint = transaction::savepoint(interp)?;
            if let Some(level) = data.levels.borrow_mut().get_mut(at) {
                level.savepoint = Some(savepoint);
            }
        }
    }
    Ok(())
}

fn object(data: &Rc<SessionData>, number: u32) -> Value {
    Value::native(SessionTransaction { data: Rc::clone(data), number, outer: Cell::new(None) })
}

/// `session.begin()`.
pub(super) fn begin(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<Value> {
    if !data.levels.borrow().is_empty() {
        return Err(errors::of_class(
            interp,
            "InvalidRequestError",
            "A transaction is already begun on this Session.",
        )?);
    }
    Ok(object(data, push(data, false)))
}

/// Begins the first transaction of a session.
pub(super) fn push_first(data: &SessionData) -> u32 {
    push(data, false)
}

/// `session.begin_nested()`.
pub(super) fn begin_nested(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<Value> {
    connection::only_live(interp, "close")?;
    autobegin(interp, data)?;
    flush::flush(interp, data)?;
    Ok(object(data, push(data, true)))
}

/// Ends a `with` block.
pub(super) fn leave_block(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    number: u32,
    keep: bool,
) -> Result<()> {
    if position(data, number).is_none() {
        return Ok(());
    }
    if !keep || !is_active(data, number) {
        return roll_back(interp, data, number);
    }
    match commit(interp, data, number) {
        Err(error) if position(data, number).is_some() => {
            let rolled_back = roll_back(interp, data, number);
            Err(rolled_back.err().filter(|second| !is_exception(second)).unwrap_or(error))
        }
        result => result,
    }
}

/// Whether Python sees an error.
fn is_exception(error: &Error) -> bool {
    matches!(error, Error::Raised(_))
}

/// The levels within one that the session is in, from the innermost on.
fn within(data: &SessionData, number: u32) -> Vec<Level> {
    let levels = data.levels.borrow();
    levels.iter().rev().take_while(|level| level.number != number).copied().collect()
}

/// `commit()` of a level, and of those within it.
fn commit(interp: &mut Interpreter, data: &Rc<SessionData>, number: u32) -> Result<()> {
    for level in within(data, number) {
        commit(interp, data, level.number)?;
    }
    let Some(level) = data.levels.borrow().last().copied() else { return closed(interp) };
    if level.number != number {
        return closed(interp);
    }
    if level.is_rolled_back {
        return autobegin(interp, data);
    }
    flush::flush(interp, data)?;
    let level = data.levels.borrow().last().copied().unwrap_or(level);
    if level.is_nested {
        if let Some(savepoint) = level.savepoint {
            transaction::finish(interp, savepoint, true)?;
        }
    } else if let Some(joined) = data.joined.get().filter(|joined| joined.is_own) {
        transaction::finish(interp, joined.which, true)?;
    }
    pop(data);
    if !level.is_nested && data.expire_on_commit.get() {
        data.expire_all();
    }
    Ok(())
}

fn pop(data: &SessionData) {
    let popped = data.levels.borrow_mut().pop();
    if popped.is_some_and(|level| !level.is_nested) {
        data.written.borrow_mut().clear();
        data.joined.set(None);
    }
}

fn closed<T>(interp: &mut Interpreter) -> Result<T> {
    Err(errors::of_class(interp, "ResourceClosedError", "This transaction is closed")?)
}

/// `rollback()` of a level; what is within it ends with it.
fn roll_back(interp: &mut Interpreter, data: &Rc<SessionData>, number: u32) -> Result<()> {
    for level in within(data, number) {
        if let Some(savepoint) = level.savepoint {
            transaction::finish(interp, savepoint, false)?;
        }
        pop(data);
    }
    undo(interp, data)?;
    pop(data);
    Ok(())
}

/// Rolls the innermost level back in the database, and in what the session knows.
fn undo(interp: &mut Interpreter, data: &SessionData) -> Result<()> {
    data.drop_pending();
    if let Some(since) = data.levels.borrow().last().map(|level| level.written) {
        data.take_back(since);
    }
    data.expire_all();
    let mut levels = data.levels.borrow_mut();
    let Some(level) = levels.last_mut().filter(|level| !level.is_rolled_back) else {
        return Ok(());
    };
    level.is_rolled_back = true;
    let which = match level.is_nested {
        true => level.savepoint,
        false => data.joined.get().map(|joined| joined.which),
    };
    drop(levels);
    which.map_or(Ok(()), |which| transaction::finish(interp, which, false))
}

/// The error of a flush: what the session is in is rolled back, and takes nothing more.
pub(super) fn failed(
    interp: &mut Interpreter,
    data: &SessionData,
    error: Box<Error>,
) -> Box<Error> {
    match undo(interp, data) {
        // What Python does not see says more than what led there; an exception of its own less.
        Err(second) if !is_exception(&second) => second,
        Ok(()) | Err(_) => error,
    }
}

/// `session.commit()`.
pub(super) fn commit_all(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<()> {
    autobegin(interp, data)?;
    let first = data.levels.borrow().first().map(|level| level.number);
    first.map_or(Ok(()), |number| commit(interp, data, number))
}

/// `session.rollback()`.
pub(super) fn roll_back_all(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<()> {
    loop {
        let last = data.levels.borrow().last().map(|level| level.number);
        let Some(number) = last else { break };
        roll_back(interp, data, number)?;
    }
    data.drop_pending();
    data.expire_all();
    Ok(())
}

/// Closing rolls back what is the session's own.
pub(super) fn close(interp: &mut Interpreter, data: &SessionData) -> Result<()> {
    data.drop_pending();
    loop {
        let Some(level) = data.levels.borrow().last().copied() else { break };
        let which = match level.is_nested {
            true => level.savepoint,
            false => data.joined.get().filter(|joined| joined.is_own).map(|joined| joined.which),
        };
        pop(data);
        if let Some(which) = which {
            transaction::finish(interp, which, false)?;
        }
    }
    Ok(())
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    fn end(interp: &mut Interpreter, mut args: Args, keep: bool) -> Result<Value> {
        let this = args.take_self().and_then(|this| this.downcast::<SessionTransaction>());
        let Some(this) = this else { return Ok(Value::None) };
        if position(&this.data, this.number).is_none() {
            return closed(interp);
        }
        let end = if keep { commit } else { roll_back };
        end(interp, &this.data, this.number)?;
        Ok(Value::None)
    }
    let class = ClassBuilder::new("SessionTransaction", "sqlalchemy.orm.session")
        .method("commit", |interp, args| end(interp, args, true))
        .method("rollback", |interp, args| end(interp, args, false))
        .finish(interp);
    interp.register_class::<SessionTransaction>(class);
}
