//! Rows that become objects.

use std::rc::Rc;

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::super::clause;
use super::super::errors;
use super::super::migration;
use super::super::migration::Fetched;
use super::super::processing;
use super::super::result;
use super::super::result::Kind;
use super::super::result_values;
use super::super::select;
use super::super::value;
use super::mapper;
use super::mapper::Life;
use super::mapper::Mapper;
use super::session_data::SessionData;

/// What a part of a row is.
#[derive(Debug, Clone)]
pub(in super::super) enum Entity {
    /// An object of a mapped class.
    Object(Rc<Mapper>),
    /// So many columns.
    Columns(usize),
}

/// The text by which a key is known.
pub(super) fn key_text(interp: &mut Interpreter, key: &[Value]) -> Result<String> {
    let mut parts = Vec::new();
    for value in key {
        parts.push(interp.repr(value)?);
    }
    Ok(parts.join(", "))
}

/// Forgets what was read of a row: all of its columns, or some.
pub(super) fn expire(object: &Value, only: Option<&[String]>) {
    let Some((instance, state)) = mapper::state(object) else { return };
    if state.life.get() != Life::Persistent {
        return;
    }
    for column in &state.mapper.columns {
        if only.is_none_or(|only| only.contains(&column.key)) {
            mapper::forget(&instance, &column.key);
            state.changed.borrow_mut().retain(|(key, _)| *key != column.key);
        }
    }
}

/// The condition that a row has this key.
pub(super) fn with_key(
    interp: &mut Interpreter,
    mapper: &Rc<Mapper>,
    from: &FromClause,
    key: &[Value],
) -> Result<Vec<Operand>> {
    let mut conditions = Vec::new();
    for (column, value) in mapper.keys().zip(key) {
        let operand = clause::operand(interp, value)?;
        conditions.push(Operand::Expr(from.c(&column.column_key).eq(operand)));
    }
    Ok(conditions)
}

fn from_of(interp: &mut Interpreter, mapper: &Mapper) -> Result<FromClause> {
    match mapper.from() {
        Some(from) => Ok(from),
        None => Err(interp.unsupported(format!("the table of {}", mapper.class_name()))),
    }
}

/// The one row with this key, as values of Python in the order of the table's columns.
fn row_of(
    interp: &mut Interpreter,
    session: &SessionData,
    mapper: &Rc<Mapper>,
    key: &[Value],
) -> Result<Option<Vec<Value>>> {
    let from = from_of(interp, mapper)?;
    let conditions = with_key(interp, mapper, &from, key)?;
    let query = conditions.into_iter().fold(Select::new([from]), Select::filter);
    let query = limbeck_schema::expr::Statement::Query(named(query).into());
    let fetched = super::statement(interp, session, &query)?;
    let Some(fetched) = fetched else { return Ok(None) };
    Ok(values(interp, &fetched)?.into_iter().next())
}

/// Columns are named with their tables, as `Query` has them.
pub(super) fn named(mut select: Select) -> Select {
    select.label_style = limbeck_schema::expr::LabelStyle::TablenamePlusColumn;
    select
}

/// All rows as values of Python.
pub(super) fn values(interp: &mut Interpreter, fetched: &Fetched) -> Result<Vec<Vec<Value>>> {
    let target = migration::target(interp)?;
    let mut rows = Vec::new();
    for row in &fetched.set.rows {
        interp.charge(row.len() as u64)?;
        let mut made = Vec::new();
        for (at, value) in row.iter().enumerate() {
            let sql_type = fetched.types.get(at).unwrap_or(&SqlType::Null);
            made.push(result_values::to_python(interp, value, sql_type, &target)?);
        }
        rows.push(made);
    }
    Ok(rows)
}

/// Reads what is not known of a row.
pub(super) fn refresh_missing(interp: &mut Interpreter, object: &Value) -> Result<()> {
    let (instance, state) = mapper::state_of(interp, object)?;
    let Some(session) = state.session.borrow().upgrade() else {
        let message = format!(
            "Instance <{}> is not bound to a Session; attribute refresh operation cannot proceed",
            state.mapper.class_name()
        );
        return Err(errors::of_class(interp, "DetachedInstanceError", message)?);
    };
    super::flush::autoflush(interp, &session)?;
    let identity = state.identity.borrow().clone();
    let Some(row) = row_of(interp, &session, &state.mapper, &identity)? else {
        let message = format!(
            "Instance '<{}>' has been deleted, or its row is otherwise not present.",
            state.mapper.class_name()
        );
        return Err(errors::of_class(interp, "ObjectDeletedError", message)?);
    };
    fill(interp, &instance, &state.mapper, row);
    Ok(())
}

fn fill(
    interp: &mut Interpreter,
    instance: &crate::eval::Instance,
    mapper: &Mapper,
    row: Vec<Value>,
) {
    for (column, value) in mapper.columns.iter().zip(row) {
        if instance.get(&column.key).is_none() {
            let key = interp.intern(&column.key);
            instance.set(key, value);
        }
    }
}

/// The object of a row: the one that is known by its key, or a new one.
fn object(
    interp: &mut Interpreter,
    session: &Rc<SessionData>,
    mapper: &Rc<Mapper>,
    row: Vec<Value>,
) -> Result<Value> {
    let key: Vec<Value> = mapper
        .columns
        .iter()
        .zip(&row)
        .filter(|(column, _)| column.primary_key)
        .map(|(_, value)| value.clone())
        .collect();
    if key.iter().all(Value::is_none) {
        // The other side of an outer join.
        return Ok(Value::None);
    }
    let text = key_text(interp, &key)?;
    if let Some(known) = session.find(mapper, &text) {
        if let Some((instance, _)) = mapper::state(&known) {
            fill(interp, &instance, mapper, row);
        }
        return Ok(known);
    }
    let Some(class) = mapper.class.upgrade() else {
        return Err(interp.unsupported("a mapped class that is gone"));
    };
    let made = mapper::new_object(&class, mapper);
    if let Some((instance, state)) = mapper::state(&made) {
        fill(interp, &instance, mapper, row);
        state.life.set(Life::Persistent);
        *state.identity.borrow_mut() = key;
        *state.session.borrow_mut() = Rc::downgrade(session);
        session.remember(mapper, text, &instance);
    }
    Ok(made)
}

/// The rows of a query of mapped classes.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
    /// How what is in each column is told apart.
    pub(super) kinds: Vec<Kind>,
}

/// Whether SQLAlchemy says of a type that its values have no hash.
fn kind_of(sql_type: Option<&SqlType>, target: &limbeck_schema::Target) -> Kind {
    match sql_type.map(|sql_type| processing::chosen(sql_type, target)) {
        Some(SqlType::Json(_) | SqlType::Array(_)) => Kind::Unhashable,
        _ => Kind::Value,
    }
}

/// Runs a query of mapped classes: the rows, of which each part is an object or a value.
pub(super) fn rows(
    interp: &mut Interpreter,
    session: &Rc<SessionData>,
    query: &Query,
    entities: &[Entity],
) -> Result<Rows> {
    let statement = limbeck_schema::expr::Statement::Query(query.clone());
    let Some(fetched) = super::statement(interp, session, &statement)? else {
        return Err(interp.unsupported("rows of a query in offline mode"));
    };
    let names = fetched.set.columns.clone().unwrap_or_default();
    let columns = column_names(query, names);
    let mut columns_made = Vec::new();
    let mut at = 0;
    let target = migration::target(interp)?;
    let mut kinds = Vec::new();
    for entity in entities {
        match entity {
            Entity::Object(mapper) => {
                columns_made.push(mapper.class_name().to_owned());
                kinds.push(Kind::Object);
                at += mapper.columns.len();
            }
            Entity::Columns(count) => {
                columns_made.extend(columns.iter().skip(at).take(*count).cloned());
                kinds.extend((at..at + count).map(|at| kind_of(fetched.types.get(at), &target)));
                at += count;
            }
        }
    }
    let mut made = Vec::new();
    for row in values(interp, &fetched)? {
        let mut rest = row.into_iter();
        let mut parts = Vec::new();
        for entity in entities {
            match entity {
                Entity::Object(mapper) => {
                    let row: Vec<Value> = rest.by_ref().take(mapper.columns.len()).collect();
                    parts.push(object(interp, session, mapper, row)?);
                }
                Entity::Columns(count) => parts.extend(rest.by_ref().take(*count)),
            }
        }
        made.push(parts);
    }
    Ok(Rows { columns: columns_made, rows: made, kinds })
}

/// The names of a query's columns as rows have them: without those of their tables.
fn column_names(query: &Query, names: Vec<String>) -> Vec<String> {
    let Query::Select(select) = query else { return names };
    let mut made = Vec::new();
    for selected in &select.columns {
        match selected {
            limbeck_schema::expr::Selected::From(from) => {
                made.extend(from.columns().iter().map(key_of));
            }
            limbeck_schema::expr::Selected::Expr(expr) => made.push(key_of(expr)),
        }
    }
    for (at, name) in made.iter_mut().enumerate() {
        if name.is_empty()
            && let Some(known) = names.get(at)
        {
            known.clone_into(name);
        }
    }
    made
}

fn key_of(expr: &limbeck_schema::expr::Expr) -> String {
    match expr.kind() {
        limbeck_schema::expr::ExprKind::Column(column) => column.key.clone(),
        _ => String::new(),
    }
}

/// `session.execute(select(X))`.
pub(super) fn execute(
    interp: &mut Interpreter,
    session: &Rc<SessionData>,
    statement: &Value,
    entities: &[Entity],
) -> Result<Value> {
    let Some(query) = select::find_query(statement) else { return Ok(Value::None) };
    let Rows { columns, rows, kinds } = rows(interp, session, &query, entities)?;
    Ok(result::of_values(columns, rows, kinds))
}

/// `session.get(X, key)`.
pub(super) fn get(
    interp: &mut Interpreter,
    session: &Rc<SessionData>,
    entity: &Value,
    ident: &Value,
) -> Result<Value> {
    let Some(mapper) = mapper::of_value(entity) else {
        let got = interp.repr(entity)?;
        return Err(errors::argument(
            interp,
            format!("Expected mapped class or mapper, got: {got}"),
        )?);
    };
    let key = match ident {
        Value::Tuple(_) | Value::List(_) => interp.items(ident)?,
        Value::Dict(dict) => {
            mapper.keys().map(|column| dict.get_text(&column.key).unwrap_or_default()).collect()
        }
        one => vec![one.clone()],
    };
    if key.iter().any(Value::is_none) {
        return Ok(Value::None);
    }
    let text = key_text(interp, &key)?;
    if let Some(known) = session.find(&mapper, &text) {
        return Ok(known);
    }
    super::flush::autoflush(interp, session)?;
    match row_of(interp, session, &mapper, &key)? {
        Some(row) => object(interp, session, &mapper, row),
        None => Ok(Value::None),
    }
}

/// The value of a column that the database made, from the row that an insert gave.
pub(super) fn generated(
    interp: &mut Interpreter,
    fetched: &Fetched,
    sql_type: &SqlType,
    name: &str,
) -> Result<Option<Value>> {
    let target = migration::target(interp)?;
    let at = fetched
        .set
        .columns
        .as_ref()
        .and_then(|columns| columns.iter().position(|column| column == name));
    if let (Some(at), Some(row)) = (at, fetched.set.rows.first())
        && let Some(value) = row.get(at)
    {
        return result_values::to_python(interp, value, sql_type, &target).map(Some);
    }
    match fetched.set.last_id {
        Some(id) if fetched.set.columns.is_none() => {
            value::to_python(interp, &SqlValue::Int(id)).map(Some)
        }
        _ => Ok(None),
    }
}
