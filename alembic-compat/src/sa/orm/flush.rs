//! The unit of work: what is new, changed or deleted becomes statements.
//!
//! Classes go in the order of their foreign keys; the rows of a class are put in as they were
//! added, then changed by the order of their keys; rows are deleted last, in the opposite order of
//! the classes.

use std::rc::Rc;

use limbeck_schema::Dialect;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Delete;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::InsertSource;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Update;
use limbeck_schema::table::ColumnDefault;
use limbeck_schema::types::Json;

use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::super::clause;
use super::super::column::ColumnObject;
use super::super::errors;
use super::super::migration;
use super::super::processing;
use super::load;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapped;
use super::mapper::Mapper;
use super::mapper::State;
use super::session_data::SessionData;
use super::session_data::Written;
use super::session_transaction;

/// What is to be written of an object: a column and its value.
pub(super) type Values = Vec<(AssignmentTarget, Operand)>;

/// `session.add(object)`.
pub(super) fn add(interp: &mut Interpreter, data: &Rc<SessionData>, object: &Value) -> Result<()> {
    let (_, state) = mapper::state_of(interp, object)?;
    session_transaction::autobegin(interp, data)?;
    if state.life.get() == Life::Transient {
        state.life.set(Life::Pending);
        *state.session.borrow_mut() = Rc::downgrade(data);
        data.new.borrow_mut().push(object.clone());
    }
    Ok(())
}

/// `session.delete(object)`.
pub(super) fn delete(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    object: &Value,
) -> Result<()> {
    let (_, state) = mapper::state_of(interp, object)?;
    if state.life.get() != Life::Persistent {
        let name = state.mapper.class_name();
        let message = format!("Instance '<{name}>' is not persisted");
        return Err(errors::of_class(interp, "InvalidRequestError", message)?);
    }
    session_transaction::autobegin(interp, data)?;
    let mut deleted = data.deleted.borrow_mut();
    if !deleted.iter().any(|known| known.is(object)) {
        deleted.push(object.clone());
    }
    Ok(())
}

/// `session.expunge(object)`.
pub(super) fn expunge(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    object: &Value,
) -> Result<()> {
    let (_, state) = mapper::state_of(interp, object)?;
    for list in [&data.new, &data.modified, &data.deleted] {
        list.borrow_mut().retain(|known| !known.is(object));
    }
    let identity = state.identity.borrow().clone();
    let key = load::key_text(interp, &identity)?;
    data.forget(&state.mapper, &key);
    *state.session.borrow_mut() = std::rc::Weak::new();
    if state.life.get() == Life::Pending {
        state.life.set(Life::Transient);
    }
    Ok(())
}

/// `session.merge(object)`.
pub(super) fn merge(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    object: &Value,
) -> Result<Value> {
    let (instance, state) = mapper::state_of(interp, object)?;
    if state.life.get() != Life::Transient {
        return Ok(object.clone());
    }
    let key: Vec<Value> =
        state.mapper.keys().map(|column| instance.get(&column.key).unwrap_or_default()).collect();
    let class = Value::Class(instance.class());
    let mut known = load::get(interp, data, &class, &Value::tuple(key))?;
    if known.is_none() {
        known = mapper::new_object(&instance.class(), &state.mapper);
        add(interp, data, &known)?;
    }
    for column in &state.mapper.columns {
        if let Some(value) = instance.get(&column.key) {
            interp.set_attribute(&known, &column.key, &value)?;
        }
    }
    Ok(known)
}

/// Flushes before a query, unless that is switched off.
pub(super) fn autoflush(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<()> {
    if data.autoflush.get() { flush(interp, data) } else { Ok(()) }
}

/// `session.flush()`. When it fails, the transaction of the session, or its savepoint, is rolled back.
pub(super) fn flush(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<()> {
    if !data.has_pending() {
        return Ok(());
    }
    session_transaction::autobegin(interp, data)?;
    let new = data.new.borrow().clone();
    match write_pending(interp, data) {
        Ok(()) => Ok(()),
        Err(error) => {
            // What was not put in yet is let go with the rest.
            let is_pending = |object: &Value| {
                mapper::state(object).is_some_and(|(_, state)| state.life.get() == Life::Pending)
            };
            data.new.borrow_mut().extend(new.into_iter().filter(is_pending));
            Err(session_transaction::failed(interp, data, error))
        }
    }
}

fn write_pending(interp: &mut Interpreter, data: &Rc<SessionData>) -> Result<()> {
    let (new, modified, deleted) = (data.new.take(), data.modified.take(), data.deleted.take());
    let mut mappers: Vec<Rc<Mapper>> = Vec::new();
    for object in new.iter().chain(&modified).chain(&deleted) {
        if let Some((_, state)) = mapper::state(object)
            && !mappers.iter().any(|known| Rc::ptr_eq(known, &state.mapper))
        {
            mappers.push(Rc::clone(&state.mapper));
        }
    }
    let mappers = by_foreign_keys(&mappers);
    for mapper in &mappers {
        for object in &new {
            if let Some((instance, state)) = mapper::state(object)
                && Rc::ptr_eq(&state.mapper, mapper)
            {
                insert(interp, data, &instance, &state)?;
            }
        }
        let mut changed = Vec::new();
        for object in &modified {
            let is_deleted = deleted.iter().any(|known| known.is(object));
            if let Some((instance, state)) = mapper::state(object)
                && Rc::ptr_eq(&state.mapper, mapper)
                && !is_deleted
            {
                changed.push((instance, state));
            }
        }
        for (instance, state) in sorted(interp, changed)? {
            update(interp, data, &instance, &state)?;
        }
    }
    for mapper in mappers.iter().rev() {
        for object in &deleted {
            if let Some((instance, state)) = mapper::state(object)
                && Rc::ptr_eq(&state.mapper, mapper)
            {
                remove(interp, data, &instance, &state)?;
            }
        }
    }
    Ok(())
}

/// Rows in the order of their keys, as far as these can be compared.
fn sorted(
    interp: &mut Interpreter,
    changed: Vec<(Rc<Instance>, Rc<State>)>,
) -> Result<Vec<(Rc<Instance>, Rc<State>)>> {
    let mut keyed = Vec::new();
    for (instance, state) in changed {
        let key = state.identity.borrow().clone();
        let number = match key.as_slice() {
            [Value::Int(number)] => Some(*number),
            _ => None,
        };
        let text = load::key_text(interp, &key)?;
        keyed.push((number, text, instance, state));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    Ok(keyed.into_iter().map(|(_, _, instance, state)| (instance, state)).collect())
}

fn by_foreign_keys(mappers: &[Rc<Mapper>]) -> Vec<Rc<Mapper>> {
    fn visit(
        mapper: &Rc<Mapper>,
        all: &[Rc<Mapper>],
        seen: &mut Vec<Rc<Mapper>>,
        made: &mut Vec<Rc<Mapper>>,
    ) {
        if seen.iter().any(|known| Rc::ptr_eq(known, mapper)) {
            return;
        }
        seen.push(Rc::clone(mapper));
        if let Some(FromClause::Table(table)) = mapper.from() {
            let references = table.columns.iter().flat_map(|column| &column.references);
            for reference in references {
                let target = all.iter().find(|other| match other.from() {
                    Some(FromClause::Table(other)) => {
                        other.name == reference.table && other.schema == reference.schema
                    }
                    _ => false,
                });
                if let Some(target) = target {
                    visit(target, all, seen, made);
                }
            }
        }
        made.push(Rc::clone(mapper));
    }
    let (mut seen, mut made) = (Vec::new(), Vec::new());
    for mapper in mappers {
        visit(mapper, mappers, &mut seen, &mut made);
    }
    made
}

fn is_json(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Json(Json::Json | Json::Jsonb))
}

/// What an insert writes for a column; nothing where the database makes the value.
pub(super) fn value_to_insert(
    interp: &mut Interpreter,
    column: &Mapped,
    given: Option<Value>,
    made: &mut Vec<(String, Value)>,
) -> Result<Option<Operand>> {
    let is_json = is_json(&column.sql_type);
    match given {
        Some(Value::None) if is_json => {
            return Ok(Some(Operand::Value(SqlValue::Json(serde_json::Value::Null))));
        }
        Some(Value::None) | None => {}
        Some(value) => return clause::operand(interp, &value).map(Some),
    }
    let Some(object) = column.column.downcast::<ColumnObject>() else { return Ok(None) };
    let data = object.data.borrow().clone();
    match &data.default {
        ColumnDefault::None => {}
        ColumnDefault::Expression(_) | ColumnDefault::Sequence(_) => return Ok(None),
        ColumnDefault::Scalar(_) | ColumnDefault::Callable => {
            let default = object.default.clone();
            let value = if interp.is_callable(&default) {
                processing::call_default_function(interp, &default)?
            } else {
                default
            };
            made.push((column.key.clone(), value.clone()));
            return clause::operand(interp, &value).map(Some);
        }
    }
    let is_made = data.server_default.is_some() || data.identity.is_some();
    if is_made || data.computed.is_some() || column.primary_key || is_json {
        return Ok(None);
    }
    made.push((column.key.clone(), Value::None));
    Ok(Some(Operand::Value(SqlValue::Null)))
}

fn table_of(interp: &mut Interpreter, mapper: &Mapper) -> Result<FromClause> {
    match mapper.from() {
        Some(from) => Ok(from),
        None => Err(interp.unsupported(format!("the table of {}", mapper.class_name()))),
    }
}

fn insert(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    instance: &Rc<Instance>,
    state: &Rc<State>,
) -> Result<()> {
    let mapper = &state.mapper;
    let from = table_of(interp, mapper)?;
    let mut values: Values = Vec::new();
    let mut made = Vec::new();
    let mut unknown = Vec::new();
    for column in &mapper.columns {
        let given = instance.get(&column.key);
        let is_expression = given.as_ref().is_some_and(|given| matches!(given, Value::Native(_)))
            && clause::find(interp, &given.clone().unwrap_or_default())?.is_some();
        match value_to_insert(interp, column, given, &mut made)? {
            Some(operand) => {
                values.push((AssignmentTarget::Key(column.column_key.clone()), operand));
                if is_expression {
                    unknown.push(column.key.clone());
                }
            }
            None => unknown.push(column.key.clone()),
        }
    }
    for (key, value) in made {
        let key = interp.intern(&key);
        instance.set(key, value);
    }
    let mut statement = Insert::new(&from);
    statement.source = InsertSource::Row(values);
    let fetched = super::statement(interp, data, &statement.into())?;
    for key in &unknown {
        mapper::forget(instance, key);
    }
    for column in mapper.keys().filter(|column| unknown.contains(&column.key)) {
        let found = match &fetched {
            Some(fetched) => {
                load::generated(interp, fetched, &column.sql_type, &column.column_key)?
            }
            None => None,
        };
        match found {
            Some(value) => {
                let key = interp.intern(&column.key);
                instance.set(key, value);
            }
            None if fetched.is_none() => {}
            None => {
                let what = format!("the key that the database makes for {}", mapper.class_name());
                return Err(interp.unsupported(what));
            }
        }
    }
    let identity: Vec<Value> =
        mapper.keys().map(|column| instance.get(&column.key).unwrap_or_default()).collect();
    let text = load::key_text(interp, &identity)?;
    *state.identity.borrow_mut() = identity;
    state.life.set(Life::Persistent);
    data.remember(mapper, text, instance);
    data.written.borrow_mut().push(Written::Inserted(Rc::downgrade(instance)));
    Ok(())
}

fn update(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    instance: &Rc<Instance>,
    state: &Rc<State>,
) -> Result<()> {
    let changed = state.changed.take();
    let mapper = &state.mapper;
    let from = table_of(interp, mapper)?;
    let mut values: Values = Vec::new();
    let mut unknown = Vec::new();
    for (key, old) in changed {
        let Some(column) = mapper.by_key(&key) else { continue };
        let Some(value) = instance.get(&key) else { continue };
        let is_expression =
            matches!(value, Value::Native(_)) && clause::find(interp, &value)?.is_some();
        if !is_expression
            && let Some(old) = &old
            && interp.equal(old, &value)?
        {
            continue;
        }
        let operand = match &value {
            Value::None if is_json(&column.sql_type) => {
                Operand::Value(SqlValue::Json(serde_json::Value::Null))
            }
            value => clause::operand(interp, value)?,
        };
        if is_expression {
            unknown.push(key.clone());
        }
        values.push((AssignmentTarget::Key(column.column_key.clone()), operand));
    }
    if values.is_empty() {
        return Ok(());
    }
    if let FromClause::Table(table) = &from {
        for column in table.columns.iter().filter(|column| column.onupdate.is_some()) {
            if let Some(mapped) = mapper.by_column(&column.key) {
                let is_set = values.iter().any(|(target, _)| {
                    matches!(target, AssignmentTarget::Key(key) if *key == column.key)
                });
                if !is_set {
                    unknown.push(mapped.key.clone());
                }
            }
        }
    }
    let identity = state.identity.borrow().clone();
    let conditions = load::with_key(interp, mapper, &from, &identity)?;
    let mut statement = Update::new(&from);
    statement.values = values;
    let statement = conditions.into_iter().fold(statement, Update::filter);
    let fetched = super::statement(interp, data, &statement.into())?;
    check_count(interp, mapper, fetched.map_or(-1, |fetched| fetched.set.row_count), "UPDATE")?;
    for key in unknown {
        mapper::forget(instance, &key);
    }
    let identity: Vec<Value> = mapper
        .keys()
        .zip(identity)
        .map(|(column, old)| instance.get(&column.key).unwrap_or(old))
        .collect();
    *state.identity.borrow_mut() = identity;
    Ok(())
}

/// MySQL counts only rows that are others afterwards.
fn check_count(interp: &mut Interpreter, mapper: &Mapper, count: i64, verb: &str) -> Result<()> {
    if count < 0 || count == 1 || migration::target(interp)?.dialect() == Dialect::Mysql {
        return Ok(());
    }
    let table = match mapper.from() {
        Some(FromClause::Table(table)) => table.name.clone(),
        _ => String::new(),
    };
    let did = if verb == "UPDATE" { "update" } else { "delete" };
    let message = format!(
        "{verb} statement on table '{table}' expected to {did} 1 row(s); {count} were matched."
    );
    Err(errors::of_class(interp, "StaleDataError", message)?)
}

fn remove(
    interp: &mut Interpreter,
    data: &Rc<SessionData>,
    instance: &Rc<Instance>,
    state: &Rc<State>,
) -> Result<()> {
    let from = table_of(interp, &state.mapper)?;
    let identity = state.identity.borrow().clone();
    let conditions = load::with_key(interp, &state.mapper, &from, &identity)?;
    let statement = conditions.into_iter().fold(Delete::new(&from), Delete::filter);
    super::statement(interp, data, &statement.into())?;
    let text = load::key_text(interp, &identity)?;
    data.forget(&state.mapper, &text);
    state.life.set(Life::Deleted);
    data.written.borrow_mut().push(Written::Deleted(Rc::downgrade(instance), text));
    Ok(())
}
