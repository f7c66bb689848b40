//! `session.execute()`: what it flushes before, and what objects learn of it.

use super::super::connection;
use super::super::dml;
use super::super::dml::DmlObject;
use super::super::errors;
use super::super::execution_options;
use super::super::migration;
use super::super::migration::SqlalchemyVersion;
use super::super::result;
use super::super::select;
use super::super::table::TableObject;
use super::flush;
use super::load;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapper;
use super::query;
use super::session::data_of;
use super::session_data::SessionData;
use super::session_transaction;
use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Selected;
use limbeck_schema::expr::Statement;
use std::rc::Rc;

/// `session.execute(statement, parameters)`.
pub(super) fn execute(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let this = args.positional.first().cloned().unwrap_or_default();
    let data = data_of(interp, &this)?;
    let mut args = args;
    let mut statement = match args.positional.get(1).cloned() {
        Some(statement) => statement,
        None => args.take_keyword("statement").unwrap_or_default(),
    };
    if let Some(query) = query::select_of(&statement) {
        statement = query;
    }
    match args.positional.get_mut(1) {
        Some(given) => *given = statement.clone(),
        None => args.positional.push(statement.clone()),
    }
    if let Some(text) = statement.as_text() {
        if migration::current(interp)?.sqlalchemy != SqlalchemyVersion::V14 {
            return Err(errors::argument(
                interp,
                format!(
                    "Textual SQL expression '{text}' should be explicitly declared as \
                     text('{text}')"
                ),
            )?);
        }
        let made = limbeck_schema::expr::text(text.to_string());
        args.positional[1] = super::super::wrap_expression(interp, made)?;
    }
    before(interp, &data, &statement)?;
    let mut told = None;
    let mut yield_per = select::yield_per_of(&statement);
    if let Some((_, options)) = args.keywords.iter().find(|(key, _)| *key == "execution_options") {
        let options = execution_options::of_dict(options);
        told = dml::synchronizes(interp, &options)?;
        yield_per = execution_options::yield_per(interp, &options)?.or(yield_per);
    }
    for name in ["bind_arguments", "params", "mapper"] {
        let value = args.take_keyword(name);
        if let ("params", Some(value)) = (name, value) {
            args.positional.push(value);
        }
    }
    if let Some(entities) = select::entities_of(&statement) {
        if args.positional.get(2).is_some_and(|given| !given.is_none()) {
            return Err(interp.unsupported("parameters of a query of mapped classes"));
        }
        let made = load::execute(interp, &data, &statement, &entities)?;
        return match yield_per {
            Some(count) => result::with_yield_per(interp, made, count),
            None => Ok(made),
        };
    }
    let made = statement.downcast::<DmlObject>();
    if let (Some(made), Some(Value::List(rows))) = (&made, args.positional.get(2))
        && let Some(mapper) = made.mapper.clone()
    {
        refuse_rows(interp, made, &mapper, told.unwrap_or(made.synchronizes), rows.is_empty())?;
    }
    let made = made.filter(|made| told.unwrap_or(made.synchronizes));
    let touched = match &made {
        Some(made) => touched_by(interp, &data, made)?,
        None => Vec::new(),
    };
    session_transaction::connect(interp, &data)?;
    let result = connection::execute(interp, args)?;
    if let Some(made) = made {
        let are_deleted = matches!(made.statement, Statement::Delete(_));
        synchronize(interp, &data, &touched, are_deleted)?;
    }
    Ok(result::of_session(result))
}

/// A list of rows makes an UPDATE of a mapped class one by the keys in them; SQLAlchemy knows no
/// such DELETE. (An INSERT has its rows as ever.)
fn refuse_rows(
    interp: &mut Interpreter,
    made: &DmlObject,
    mapper: &Rc<Mapper>,
    synchronizes: bool,
    is_empty: bool,
) -> Result<()> {
    let is_old = migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14;
    let message = match &made.statement {
        Statement::Update(_) | Statement::Delete(_) if is_old && is_empty => return Ok(()),
        Statement::Delete(_) if !is_old => {
            "Bulk ORM DELETE not supported right now. Statement may be invoked at the Core level \
             using session.connection().execute(stmt, parameters)"
                .to_owned()
        }
        Statement::Update(update) if !update.criteria.is_empty() && synchronizes && !is_old => {
            "bulk synchronize of persistent objects not supported when using bulk update with \
             additional WHERE criteria right now.  add synchronize_session=None execution option \
             to bypass synchronize of persistent objects."
                .to_owned()
        }
        Statement::Update(update) if is_empty && !update.values.is_empty() => {
            let table = mapper.table.downcast::<TableObject>();
            let table = table.map(|table| table.data.borrow().name.clone()).unwrap_or_default();
            let keys: Vec<String> =
                mapper.keys().map(|key| format!("{table}.{}", key.column_key)).collect();
            format!(
                "No primary key value supplied for column(s) {}; per-row ORM Bulk UPDATE by \
                 Primary Key requires that records contain primary key values",
                keys.join(", ")
            )
        }
        Statement::Update(_) | Statement::Delete(_) => {
            return Err(interp.unsupported("a list of rows for an UPDATE of a mapped class"));
        }
        _ => return Ok(()),
    };
    Err(errors::of_class(interp, "InvalidRequestError", message)?)
}

/// The objects whose rows a statement is about to change or delete. Of statements for a table they
/// learn nothing.
fn touched_by(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    made: &DmlObject,
) -> Result<Vec<Value>> {
    match (&made.mapper, &made.statement) {
        (Some(mapper), Statement::Update(update)) => {
            touched(interp, data, mapper, &update.table, &update.criteria)
        }
        (Some(mapper), Statement::Delete(delete)) => {
            touched(interp, data, mapper, &delete.table, &delete.criteria)
        }
        _ => Ok(Vec::new()),
    }
}

/// The objects of a class that the session has and whose rows fulfil all of `criteria`.
pub(super) fn touched(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    mapper: &Rc<Mapper>,
    from: &FromClause,
    criteria: &[Expr],
) -> Result<Vec<Value>> {
    let held: Vec<Value> = data
        .rows()
        .into_iter()
        .filter(|object| {
            mapper::state(object).is_some_and(|(_, state)| {
                Rc::ptr_eq(&state.mapper, mapper) && state.life.get() == Life::Persistent
            })
        })
        .collect();
    if held.is_empty() {
        return Ok(held);
    }
    let keys = mapper.keys().map(|column| Selected::Expr(from.c(&column.column_key)));
    let select = criteria.iter().cloned().fold(Select::new(keys), Select::filter);
    let Some(fetched) = super::statement(interp, data, &Query::from(select).into())? else {
        return Ok(Vec::new());
    };
    let mut keys = Vec::new();
    for row in load::values(interp, &fetched)? {
        keys.push(load::key_text(interp, &row)?);
    }
    let mut made = Vec::new();
    for object in held {
        let (_, state) = mapper::state_of(interp, &object)?;
        let identity = state.identity.borrow().clone();
        if keys.contains(&load::key_text(interp, &identity)?) {
            made.push(object);
        }
    }
    Ok(made)
}

/// Lets objects know that their rows were changed or deleted.
pub(super) fn synchronize(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    touched: &[Value],
    are_deleted: bool,
) -> Result<()> {
    for object in touched {
        let (_, state) = mapper::state_of(interp, object)?;
        if are_deleted {
            flush::expunge(interp, data, object)?;
            state.life.set(Life::Deleted);
            continue;
        }
        // What the code has changed and not flushed stays as it is.
        let changed: Vec<String> =
            state.changed.borrow().iter().map(|(key, _)| key.clone()).collect();
        let keys = state.mapper.columns.iter().map(|column| column.key.clone());
        let keys: Vec<String> = keys.filter(|key| !changed.contains(key)).collect();
        load::expire(object, Some(&keys));
    }
    Ok(())
}

/// Flushes before a statement, where SQLAlchemy does.
///
/// Before statements on mapped classes all versions do; before others 2.1 does and earlier ones do
/// not, which makes a difference where there is something to flush.
fn before(interp: &mut Interpreter, data: &Rc<SessionData>, statement: &Value) -> Result<()> {
    if !data.autoflush.get() || !data.has_pending() {
        return Ok(());
    }
    let is_old = migration::current(interp)?.sqlalchemy == SqlalchemyVersion::V14;
    let is_mapped = match (statement.downcast::<DmlObject>(), select::find_query(statement)) {
        (Some(made), _) => {
            made.mapper.is_some() && !(is_old && matches!(made.statement, Statement::Insert(_)))
        }
        (None, Some(query)) => {
            select::entities_of(statement).is_some() || data.may_flush_before(&query)
        }
        (None, None) => false,
    };
    match (is_mapped, is_old) {
        (true, _) => flush::flush(interp, data),
        (false, true) => Ok(()),
        (false, false) => Err(interp.unsupported(
            "Session.execute() of a statement on no mapped class while changes are not flushed, \
             which SQLAlchemy 2.1 flushes and 2.0 does not,",
        )),
    }
}
