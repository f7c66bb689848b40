//! What a session knows: its rows, and what is to be written.

use super::load;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapper;
use super::session_transaction::Level;
use crate::eval::Instance;
use crate::eval::Value;
use crate::sa::transaction::JoinMode;
use crate::sa::transaction::Joined;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Selected;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::rc::Weak;

/// What a session knows.
#[derive(Debug)]
pub(in super::super) struct SessionData {
    /// What it was made for.
    pub(super) bind: Value,
    /// Rows by their mapper and key. Objects live as long as the code holds them.
    pub(super) identity: RefCell<BTreeMap<(usize, String), Weak<Instance>>>,
    /// Objects that are to be put in, in the order in which they came.
    pub(super) new: RefCell<Vec<Value>>,
    /// Rows with changes.
    pub(super) modified: RefCell<Vec<Value>>,
    /// Rows that are to be deleted.
    pub(super) deleted: RefCell<Vec<Value>>,
    /// What became a row, or was one, in the transactions that are open: a rollback takes it back.
    pub(super) written: RefCell<Vec<Written>>,
    pub(super) autoflush: Cell<bool>,
    pub(super) expire_on_commit: Cell<bool>,
    /// The transaction that leaving `with` commits: `sessionmaker().begin()`.
    pub(super) commits: Cell<Option<u32>>,
    /// What it does with a transaction that its connection is in.
    pub(super) mode: JoinMode,
    /// The transaction of the connection that it has used.
    pub(super) joined: Cell<Option<Joined>>,
    /// Its own transactions, the innermost last.
    pub(super) levels: RefCell<Vec<Level>>,
    /// How many there have been.
    pub(super) level_count: Cell<u32>,
    /// The one whose `with` block the code is in.
    pub(super) of_block: Cell<Option<u32>>,
}

/// What was done to a row, of an object that lives as long as the code holds it.
#[derive(Debug)]
pub(super) enum Written {
    Inserted(Weak<Instance>),
    /// With the text of its key.
    Deleted(Weak<Instance>, String),
}

impl SessionData {
    /// Takes back what was written since there were so many.
    pub(super) fn take_back(&self, since: usize) {
        let mut written = self.written.borrow_mut();
        let since = since.min(written.len());
        for written in written.drain(since..).rev() {
            match written {
                Written::Inserted(inserted) => {
                    let Some(object) = inserted.upgrade() else { continue };
                    let Some((_, state)) = mapper::state(&Value::Instance(object)) else {
                        continue;
                    };
                    self.identity.borrow_mut().retain(|_, known| !known.ptr_eq(&inserted));
                    state.life.set(Life::Transient);
                    *state.session.borrow_mut() = Weak::new();
                }
                Written::Deleted(object, key) => {
                    let Some(object) = object.upgrade() else { continue };
                    let Some((_, state)) = mapper::state(&Value::Instance(Rc::clone(&object)))
                    else {
                        continue;
                    };
                    state.life.set(Life::Persistent);
                    self.remember(&state.mapper, key, &object);
                }
            }
        }
    }

    fn address(mapper: &Rc<Mapper>) -> usize {
        Rc::as_ptr(mapper) as usize
    }

    pub(super) fn find(&self, mapper: &Rc<Mapper>, key: &str) -> Option<Value> {
        let identity = self.identity.borrow();
        let found = identity.get(&(Self::address(mapper), key.to_owned()))?.upgrade()?;
        Some(Value::Instance(found))
    }

    pub(super) fn remember(&self, mapper: &Rc<Mapper>, key: String, object: &Rc<Instance>) {
        let key = (Self::address(mapper), key);
        self.identity.borrow_mut().insert(key, Rc::downgrade(object));
    }

    pub(super) fn forget(&self, mapper: &Rc<Mapper>, key: &str) {
        self.identity.borrow_mut().remove(&(Self::address(mapper), key.to_owned()));
    }

    /// The rows that the code still holds.
    pub(super) fn rows(&self) -> Vec<Value> {
        let identity = self.identity.borrow();
        identity.values().filter_map(Weak::upgrade).map(Value::Instance).collect()
    }

    /// Holds a row that was changed until it is flushed.
    pub(super) fn note_modified(&self, object: &Value) {
        let mut modified = self.modified.borrow_mut();
        if !modified.iter().any(|known| known.is(object)) {
            modified.push(object.clone());
        }
    }

    pub(super) fn has_pending(&self) -> bool {
        [&self.new, &self.modified, &self.deleted].iter().any(|list| !list.borrow().is_empty())
    }

    /// Whether it makes no difference to a query of columns, beside the order of statements, that
    /// what is pending is flushed: it reads none of its tables, or reads them as the mapped classes
    /// have them. (Columns of a class and of its `__table__` are the same here.)
    pub(super) fn may_flush_before(&self, query: &Query) -> bool {
        let mut tables = Vec::new();
        tables_of(query, &mut tables);
        let pending = [&self.new, &self.modified, &self.deleted];
        let pending: Vec<FromClause> = pending
            .iter()
            .flat_map(|list| list.borrow().clone())
            .filter_map(|object| mapper::state(&object)?.1.mapper.from())
            .collect();
        let name = |from: &FromClause| match from {
            FromClause::Table(table) => Some(table.name.clone()),
            _ => None,
        };
        tables.iter().all(|table| {
            pending.iter().any(|own| own.is_same(table))
                || pending.iter().all(|own| name(own) != name(table))
        })
    }

    pub(super) fn drop_pending(&self) {
        let (new, modified, deleted) = (self.new.take(), self.modified.take(), self.deleted.take());
        for object in new {
            if let Some((_, state)) = mapper::state(&object) {
                state.life.set(Life::Transient);
            }
        }
        drop((modified, deleted));
    }

    /// Forgets all that was read: attributes are read again when they are asked for.
    pub(super) fn expire_all(&self) {
        for object in self.rows() {
            load::expire(&object, None);
        }
    }
}

/// The tables that a query names outside of its subqueries.
fn tables_of(query: &Query, tables: &mut Vec<FromClause>) {
    match query {
        Query::Select(select) => {
            for selected in &select.columns {
                match selected {
                    Selected::From(from) => tables.push(from.clone()),
                    Selected::Expr(expr) => {
                        if let ExprKind::Column(column) = expr.kind() {
                            tables.extend(column.table.clone());
                        }
                    }
                }
            }
            tables.extend(select.from.iter().cloned());
            tables.extend(select.joins.iter().map(|join| join.right.clone()));
        }
        Query::Compound(compound) => {
            for part in &compound.queries {
                tables_of(part, tables);
            }
        }
        Query::Textual(_) => {}
    }
}
