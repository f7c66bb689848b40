//! Indexes and constraints that find their table by their columns.
//!
//! `Index("ix", t.c.a)` belongs to the table from then on, without being put there, and an index of
//! columns that are in no table yet as soon as they are. The rule is SQLAlchemy's
//! (`ColumnCollectionMixin` in `sqlalchemy/sql/schema.py`).

use std::rc::Rc;
use std::rc::Weak;

use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::columns_of;

use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::clause;
use super::column::ColumnObject;
use super::constraint::ConstraintObject;
use super::index::IndexObject;
use super::migration;
use super::table;
use super::table::TableObject;

/// The tables of a run, and what waits for one.
#[derive(Debug, Default)]
pub(crate) struct Attachments {
    tables: Vec<Weak<dyn Object>>,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    item: Value,
    columns: Vec<Rc<ColumnObject>>,
    /// Columns in expressions, of which only the names are known.
    names: Vec<String>,
}

impl Waiting {
    /// Whether all its columns are in tables.
    fn has_tables(&self) -> bool {
        self.columns.iter().all(|column| column.own_table().is_some())
    }

    /// Whether all names of its expressions are such names; not where there are none.
    fn may_mean(&self, is_known: impl Fn(&str) -> bool) -> bool {
        !self.names.is_empty() && self.names.iter().all(|name| is_known(name))
    }
}

/// What the columns of an item say.
enum Found {
    Column(Rc<ColumnObject>),
    /// The schema and the name of its table.
    OfTable(Option<String>, String),
    Loose(String),
}

/// Puts a new index or constraint into the table of its columns.
///
/// # Errors
/// An `ArgumentError` where they are of different tables.
pub(super) fn by_columns(interp: &mut Interpreter, item: &Value, columns: &[Value]) -> Result<()> {
    let mut found = Vec::new();
    let mut has_text = false;
    for value in columns {
        if value.as_text().is_some() {
            has_text = true;
        } else if let Some(column) = value.downcast::<ColumnObject>() {
            found.push(Found::Column(column));
        } else if let Some(expr) = clause::find(interp, value)? {
            for column in columns_of(&expr) {
                let ExprKind::Column(column) = column.kind() else { continue };
                found.push(match &column.table {
                    Some(FromClause::Table(of)) => {
                        Found::OfTable(of.schema.clone(), of.name.clone())
                    }
                    Some(_) => continue,
                    None if column.key.is_empty() => {
                        return Err(interp.unsupported(
                            "an index or a constraint of an expression of a column without a name",
                        ));
                    }
                    None => Found::Loose(column.key.clone()),
                });
            }
        }
    }
    let mut tables: Vec<Value> = Vec::new();
    let mut waiting = Waiting { item: item.clone(), columns: Vec::new(), names: Vec::new() };
    for found in found {
        let table = match found {
            Found::Column(column) => match column.own_table() {
                Some(table) => table,
                None => {
                    waiting.columns.push(column);
                    continue;
                }
            },
            Found::OfTable(schema, name) => match table_named(interp, schema.as_deref(), &name)? {
                Some(table) => table,
                None => continue,
            },
            Found::Loose(name) => {
                waiting.names.push(name);
                continue;
            }
        };
        if !tables.iter().any(|known| known.is(&table)) {
            tables.push(table);
        }
    }
    if !waiting.columns.is_empty() || !waiting.names.is_empty() {
        if !has_text && let Ok(migration) = migration::current(interp) {
            migration.attachments.waiting.push(waiting);
        }
        return Ok(());
    }
    match tables.as_slice() {
        [] => Ok(()),
        [table] => table::append(interp, table, item).map(drop),
        _ => Err(interp.unsupported("an index or a constraint of the columns of several tables")),
    }
}

/// The table of a run with this name; none where there is none.
fn table_named(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<Value>> {
    let Ok(migration) = migration::current(interp) else { return Ok(None) };
    let tables = migration.attachments.tables.iter().filter_map(Weak::upgrade);
    let mut named = tables.map(Value::Native).filter(|table| {
        table.downcast::<TableObject>().is_some_and(|table| {
            let data = table.data.borrow();
            data.name == name && data.schema.as_deref() == schema
        })
    });
    let first = named.next();
    if named.next().is_some() {
        let what = format!("an index or a constraint of one of several tables '{name}'");
        return Err(interp.unsupported(what));
    }
    Ok(first)
}

/// Notes a new table, and puts into it what has waited for its columns.
///
/// # Errors
/// For what may have waited for these columns, where that cannot be told.
pub(crate) fn settle(interp: &mut Interpreter, table: &Value) -> Result<()> {
    let (Value::Native(object), Ok(migration)) = (table, migration::current(interp)) else {
        return Ok(());
    };
    let known = &mut migration.attachments;
    known.tables.retain(|table| table.strong_count() > 0);
    known.tables.push(Rc::downgrade(object));
    known.waiting.retain(|waiting| !is_attached(&waiting.item));
    let waiting = std::mem::take(&mut known.waiting);
    let (ready, waiting): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|waiting| waiting.names.is_empty() && waiting.has_tables());
    let has_column = |name: &str| {
        let table = table.downcast::<TableObject>();
        table.is_some_and(|table| table.columns.borrow().iter().any(|(key, _)| key == name))
    };
    let doubtful =
        waiting.iter().any(|waiting| waiting.has_tables() && waiting.may_mean(has_column));
    known.waiting = waiting;
    if doubtful {
        return Err(interp.unsupported(
            "an index or a constraint of an expression, made before the table of its columns",
        ));
    }
    for waiting in ready {
        let Some(table) = waiting.columns.first().and_then(|column| column.own_table()) else {
            continue;
        };
        table::append(interp, &table, &waiting.item)?;
    }
    Ok(())
}

/// Refuses columns that a table is created of without a `Table`, where something waits for them.
///
/// # Errors
/// For what waits.
pub(crate) fn refuse_waiting(interp: &mut Interpreter, columns: &[Value]) -> Result<()> {
    let Ok(migration) = migration::current(interp) else { return Ok(()) };
    let given: Vec<Rc<ColumnObject>> =
        columns.iter().filter_map(|column| column.downcast::<ColumnObject>()).collect();
    let is_given = |name: &str| given.iter().any(|column| column.data.borrow().key() == name);
    let waits = migration.attachments.waiting.iter().any(|waiting| {
        !is_attached(&waiting.item)
            && waiting.columns.iter().all(|column| given.iter().any(|own| Rc::ptr_eq(own, column)))
            && (waiting.names.is_empty() || waiting.may_mean(is_given))
    });
    if waits {
        return Err(interp.unsupported(
            "an index or a constraint that is not given to the table of its columns",
        ));
    }
    Ok(())
}

fn is_attached(item: &Value) -> bool {
    if let Some(index) = item.downcast::<IndexObject>() {
        return index.is_attached();
    }
    item.downcast::<ConstraintObject>().is_some_and(|constraint| constraint.attached.get())
}
