//! `bulk_insert_mappings()`, `bulk_update_mappings()` and `bulk_save_objects()`.

use std::rc::Rc;

use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::InsertSource;
use limbeck_schema::expr::Update;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::super::clause;
use super::super::errors;
use super::flush;
use super::flush::Values;
use super::load;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapper;
use super::session;
use super::session_data::SessionData;
use super::session_transaction;

/// Attributes with their values.
type Row = Vec<(String, Value)>;

fn arguments(
    interp: &mut Interpreter,
    args: &Args,
    function: &str,
) -> Result<(Rc<Mapper>, Vec<Row>)> {
    let [entity, rows, ..] = args.positional.as_slice() else {
        return interp.type_error(format!("{function}() takes a mapper and a list"));
    };
    let Some(mapper) = mapper::of_value(entity) else {
        let got = interp.repr(entity)?;
        return Err(errors::argument(
            interp,
            format!("Expected mapped class or mapper, got: {got}"),
        )?);
    };
    let mut made = Vec::new();
    for row in interp.items(rows)? {
        let Value::Dict(row) = row else {
            return interp.type_error("a mapping was expected");
        };
        let entries = row.entries();
        let entries = entries.into_iter();
        made.push(
            entries.filter_map(|(key, value)| Some((key.as_text()?.to_string(), value))).collect(),
        );
    }
    Ok((mapper, made))
}

fn insert(
    interp: &mut Interpreter,
    data: &SessionData,
    mapper: &Rc<Mapper>,
    row: &[(String, Value)],
) -> Result<()> {
    let Some(from) = mapper.from() else { return Ok(()) };
    let mut values: Values = Vec::new();
    for column in &mapper.columns {
        let given = row.iter().find(|(key, _)| *key == column.key).map(|(_, value)| value.clone());
        let operand = flush::value_to_insert(interp, column, given, &mut Vec::new())?;
        if let Some(operand) = operand {
            values.push((AssignmentTarget::Key(column.column_key.clone()), operand));
        }
    }
    let mut statement = Insert::new(&from);
    statement.source = InsertSource::Row(values);
    super::unread(interp, data, &statement.inline().into())?;
    Ok(())
}

fn update(
    interp: &mut Interpreter,
    data: &SessionData,
    mapper: &Rc<Mapper>,
    row: &[(String, Value)],
) -> Result<()> {
    let Some(from) = mapper.from() else { return Ok(()) };
    let find =
        |key: &str| row.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
    let mut identity = Vec::new();
    for column in mapper.keys() {
        match find(&column.key) {
            Some(value) => identity.push(value),
            None => {
                let message = "bulk UPDATE by primary key needs the values of the key";
                return Err(errors::of_class(interp, "InvalidRequestError", message)?);
            }
        }
    }
    let mut values: Values = Vec::new();
    for column in mapper.columns.iter().filter(|column| !column.primary_key) {
        if let Some(value) = find(&column.key) {
            let operand = clause::operand(interp, &value)?;
            values.push((AssignmentTarget::Key(column.column_key.clone()), operand));
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    let conditions = load::with_key(interp, mapper, &from, &identity)?;
    let mut statement = Update::new(&from);
    statement.values = values;
    let statement = conditions.into_iter().fold(statement, Update::filter);
    super::unread(interp, data, &statement.into())?;
    Ok(())
}

/// A method that writes rows: it flushes before, and as a flush it rolls back when it fails.
pub(super) fn method(
    run: fn(&mut Interpreter, &Rc<SessionData>, &Args) -> Result<Value>,
) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, mut args| {
        let this = args.take_self().unwrap_or_default();
        let data = session::data_of(interp, &this)?;
        flush::flush(interp, &data)?;
        session_transaction::autobegin(interp, &data)?;
        let result = run(interp, &data, &args);
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(session_transaction::failed(interp, &data, error)),
        }
    }
}

pub(super) fn insert_mappings(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    args: &Args,
) -> Result<Value> {
    let (mapper, rows) = arguments(interp, args, "bulk_insert_mappings")?;
    for row in &rows {
        insert(interp, data, &mapper, row)?;
    }
    Ok(Value::None)
}

pub(super) fn update_mappings(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    args: &Args,
) -> Result<Value> {
    let (mapper, rows) = arguments(interp, args, "bulk_update_mappings")?;
    for row in &rows {
        update(interp, data, &mapper, row)?;
    }
    Ok(Value::None)
}

pub(super) fn save_objects(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    args: &Args,
) -> Result<Value> {
    let objects = args.positional.first().cloned().unwrap_or_default();
    for object in interp.items(&objects)? {
        let (instance, state) = mapper::state_of(interp, &object)?;
        let mut row = Vec::new();
        for column in &state.mapper.columns {
            if let Some(value) = instance.get(&column.key) {
                row.push((column.key.clone(), value));
            }
        }
        if state.life.get() == Life::Persistent {
            let changed: Vec<String> =
                state.changed.take().into_iter().map(|(key, _)| key).collect();
            row.retain(|(key, _)| {
                changed.contains(key)
                    || state.mapper.by_key(key).is_some_and(|column| column.primary_key)
            });
            update(interp, data, &state.mapper, &row)?;
        } else {
            insert(interp, data, &state.mapper, &row)?;
        }
    }
    Ok(Value::None)
}
