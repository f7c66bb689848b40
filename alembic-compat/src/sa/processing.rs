//! Values on their way into statements, as their types have them: `process_bind_param()` of the
//! project's own types, and members of Python's enumerations. What `bind_processor()` does for
//! drivers is the connection's; results are those of [`result_values`](super::result_values).
//!
//! Values that are of Python alone are known to statements by a number ([`SqlValue::Host`]); they
//! become values of SQL when a statement is compiled and their types are known.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::DateTime;
use limbeck_schema::CompileError;
use limbeck_schema::Dialect;
use limbeck_schema::PythonError;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::expr::Binds;
use limbeck_schema::expr::Compiled;
use limbeck_schema::expr::Options;
use limbeck_schema::expr::Processor;
use limbeck_schema::expr::Statement;
use limbeck_schema::types::Decorated;
use limbeck_schema::types::Enum;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::Tag;
use limbeck_schema::types::TemporalKind;
use limbeck_schema::types::Uuid;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::dialect;
use super::errors;
use super::migration;
use super::registry;
use super::value;

/// Where the values of Python are that statements know by a number.
const HOSTED: &str = "_hosted";

/// A function that makes the value of a column: `default=…`, `onupdate=…`.
#[derive(Debug)]
struct DefaultFunction(Value);

impl Object for DefaultFunction {}

fn hosted_list(interp: &mut Interpreter) -> Result<Value> {
    let home = interp.load_module(registry::HOME)?;
    if let Some(list) = registry::value(&home, HOSTED) {
        return Ok(list);
    }
    let list = Value::list(Vec::new());
    home.set(HOSTED, list.clone());
    Ok(list)
}

/// The number of a value of Python.
fn number(interp: &mut Interpreter, value: &Value) -> Result<u64> {
    let list = hosted_list(interp)?;
    let length = interp.len(&list)?.unwrap_or(0);
    interp.call_method(&list, "append", Args::of([value.clone()]))?;
    Ok(u64::try_from(length).unwrap_or(u64::MAX))
}

/// A value of Python as one of statements.
pub(super) fn host(interp: &mut Interpreter, value: &Value) -> Result<SqlValue> {
    number(interp, value).map(SqlValue::Host)
}

/// A default that is a function, or a value that only Python has.
pub(super) fn host_default(interp: &mut Interpreter, value: &Value) -> Result<SqlValue> {
    if interp.is_callable(value) {
        let function = Value::native(DefaultFunction(value.clone()));
        return host(interp, &function);
    }
    host(interp, value)
}

/// The tag of a type that is of Python.
pub(super) fn tag(interp: &mut Interpreter, value: &Value) -> Result<Tag> {
    number(interp, value).map(|number| Tag(Some(number)))
}

pub(super) fn hosted(interp: &mut Interpreter, number: u64) -> Result<Value> {
    let list = hosted_list(interp)?;
    let at = Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    interp.item(&list, &at)
}

/// What a default that is a function gives now; `None` for what is no such default.
pub(super) fn call_default(interp: &mut Interpreter, value: &SqlValue) -> Result<Option<Value>> {
    let SqlValue::Host(number) = value else { return Ok(None) };
    let value = hosted(interp, *number)?;
    match value.downcast::<DefaultFunction>() {
        Some(function) => call_default_function(interp, &function.0).map(Some),
        None => Ok(None),
    }
}

/// Whether a default asks for the context of the statement.
pub(super) fn takes_context(function: &Value) -> bool {
    match function {
        Value::Function(function) => function.parameter_names().count() > function.default_count(),
        _ => false,
    }
}

/// Calls a default with the context that it may ask for, or with nothing.
pub(super) fn call_default_function(interp: &mut Interpreter, function: &Value) -> Result<Value> {
    if takes_context(function) {
        return Err(interp.unsupported("a default that takes the context of the statement"));
    }
    interp.call(function, Args::none())
}

/// Compiles a statement; values go through what their types say.
pub(super) fn compile(
    interp: &mut Interpreter,
    statement: &Statement,
    values: &BTreeMap<String, SqlValue>,
) -> Result<Compiled> {
    let target = migration::target(interp)?;
    let is_offline = migration::current(interp)?.is_offline();
    let binds = if is_offline { Binds::Literal } else { Binds::Parameters };
    let (compiled, failure) = processed(interp, statement, values, &target, binds);
    match failure {
        Some(error) if is_offline => Err(error),
        Some(error) => Err(as_statement_error(interp, error, statement)?),
        None => errors::compiled(interp, compiled),
    }
}

/// Compiles a statement that does not run.
pub(super) fn compile_for(
    interp: &mut Interpreter,
    statement: &Statement,
    target: &Target,
    binds: Binds,
) -> Result<Compiled> {
    match processed(interp, statement, &BTreeMap::new(), target, binds) {
        (_, Some(error)) => Err(error),
        (Err(CompileError::MissingParameter(_)), None) => {
            Err(interp.unsupported("compile() that gives parameters"))
        }
        (compiled, None) => errors::compiled(interp, compiled),
    }
}

/// What compiling gives, and what Python code raised on the way.
fn processed(
    interp: &mut Interpreter,
    statement: &Statement,
    values: &BTreeMap<String, SqlValue>,
    target: &Target,
    binds: Binds,
) -> (std::result::Result<Compiled, CompileError>, Option<Box<Error>>) {
    let is_literal = binds == Binds::Literal;
    let cell = RefCell::new((interp, None));
    let process = |value: &SqlValue, sql_type: &SqlType| {
        let (interp, failure) = &mut *cell.borrow_mut();
        to_driver(interp, value, sql_type, target, is_literal).map_err(|error| {
            *failure = Some(error);
            PythonError::Type("a value could not be processed".to_owned()).into()
        })
    };
    let options = Options { values, processor: Some(Processor(&process)), ..Options::new(binds) };
    let compiled = statement.compile(target, options);
    (compiled, cell.into_inner().1)
}

/// What a value's type raised, as SQLAlchemy wraps it.
fn as_statement_error(
    interp: &mut Interpreter,
    error: Box<Error>,
    statement: &Statement,
) -> Result<Box<Error>> {
    let Error::Raised(raised) = &*error else { return Ok(error) };
    let class = raised.class();
    let message = interp.str(&Value::Instance(Rc::clone(raised)))?;
    let sql = match statement.compile(&migration::target(interp)?, Binds::Parameters) {
        Ok(compiled) => format!("\n[SQL: {}]", compiled.sql),
        Err(_) => String::new(),
    };
    let message = format!("({}.{}) {message}{sql}", class.module, class.qualified);
    errors::of_class(interp, "StatementError", message)
}

pub(super) fn chosen<'a>(sql_type: &'a SqlType, target: &Target) -> &'a SqlType {
    match sql_type {
        SqlType::Variant(variant) => chosen(variant.choose(target), target),
        other => other,
    }
}

/// The value for the driver, where it is another one.
fn to_driver(
    interp: &mut Interpreter,
    value: &SqlValue,
    sql_type: &SqlType,
    target: &Target,
    is_literal: bool,
) -> Result<Option<SqlValue>> {
    match chosen(sql_type, target) {
        SqlType::Decorated(decorated) => {
            let processed = decorated_bind(interp, value, decorated, is_literal)?;
            let implementation = decorated.choose(target).clone();
            let value = processed.as_ref().unwrap_or(value);
            let inner = interp
                .nested(|interp| to_driver(interp, value, &implementation, target, is_literal))?;
            Ok(inner.or(processed))
        }
        other => plain_to_driver(interp, value, other, target, is_literal),
    }
}

/// `process_bind_param()`.
fn decorated_bind(
    interp: &mut Interpreter,
    value: &SqlValue,
    decorated: &Decorated,
    is_literal: bool,
) -> Result<Option<SqlValue>> {
    let Tag(Some(number)) = decorated.tag else {
        if value.is_null() {
            return Ok(None);
        }
        let name = decorated.class_name.clone();
        return Err(interp.unsupported(format!("a value of the type {name}")));
    };
    let object = hosted(interp, number)?;
    let class = interp.class(&object);
    for name in ["bind_processor", "bind_expression", "literal_processor"] {
        if class.lookup_python(name).is_some() {
            return Err(interp.unsupported(format!("{}.{name}()", class.name)));
        }
    }
    // SQLAlchemy writes NULL for a literal `None` whatever its type makes of it.
    if is_literal && value.is_null() {
        return Ok(None);
    }
    let mut names = vec!["process_bind_param"];
    if is_literal {
        names.insert(0, "process_literal_param");
    }
    let Some(name) = names.into_iter().find(|name| class.lookup_python(name).is_some()) else {
        return Ok(None);
    };
    let python = match value {
        SqlValue::Host(number) => hosted(interp, *number)?,
        value => value::to_python(interp, value)?,
    };
    if python.downcast::<DefaultFunction>().is_some() {
        return Ok(None);
    }
    let dialect = dialect::dialect_value(interp)?;
    let made = interp.call_method(&object, name, Args::of([python, dialect]))?;
    value::to_sql(interp, &made).map(Some)
}

fn plain_to_driver(
    interp: &mut Interpreter,
    value: &SqlValue,
    sql_type: &SqlType,
    target: &Target,
    is_literal: bool,
) -> Result<Option<SqlValue>> {
    if let SqlType::Enum(made) = sql_type {
        return enum_bind(interp, value, made);
    }
    let mut changed = None;
    if let SqlValue::Host(number) = value {
        let python = hosted(interp, *number)?;
        if let Some(default) = python.downcast::<DefaultFunction>() {
            if is_literal {
                // Alembic writes NULL for what Python would have to make.
                return Ok(Some(SqlValue::Null));
            }
            let python = call_default_function(interp, &default.0)?;
            let made = value::to_sql(interp, &python)?;
            let again = interp
                .nested(|interp| plain_to_driver(interp, &made, sql_type, target, is_literal))?;
            return Ok(Some(again.unwrap_or(made)));
        }
        changed = Some(value::of_host(interp, &python)?);
    }
    let value = changed.as_ref().unwrap_or(value);
    let dialect = target.dialect();
    let made = match (sql_type, value) {
        (_, SqlValue::Null) => None,
        (SqlType::Json(Json::Json | Json::Jsonb), value) => {
            let json = match value {
                SqlValue::Json(json) => json.clone(),
                value => {
                    let python = value::to_python(interp, value)?;
                    value::to_json(interp, &python)?
                }
            };
            Some(SqlValue::Json(json))
        }
        (SqlType::Set(_), SqlValue::Array(items)) => {
            let mut words = Vec::new();
            for item in items {
                let SqlValue::Text(word) = item else {
                    return Err(interp.unsupported("members of a SET that are no texts"));
                };
                words.push(word.as_str());
            }
            Some(SqlValue::Text(words.join(",")))
        }
        (SqlType::Numeric(_), SqlValue::Text(text))
            if !is_literal && target.dialect() == Dialect::Sqlite =>
        {
            match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Some(SqlValue::Float(number)),
                _ => return Err(interp.unsupported("a text as a value of a numeric type")),
            }
        }
        (sql_type, value) if !is_literal && !takes(sql_type, value, target.dialect()) => {
            let name = sql_type.class_name().to_owned();
            return Err(interp.unsupported(format!("such a value for the type {name}")));
        }
        // Where the server's own type is not wanted: the digits alone, and a point in time.
        (SqlType::Uuid(uuid), value)
            if !is_literal && dialect == Dialect::Postgresql && !is_native_uuid(uuid, dialect) =>
        {
            match value {
                SqlValue::Uuid(uuid) => Some(SqlValue::Text(uuid.as_simple().to_string())),
                SqlValue::Text(text) => Some(SqlValue::Text(text.replace('-', ""))),
                _ => None,
            }
        }
        (SqlType::Interval(interval), SqlValue::Interval(span))
            if !is_literal
                && dialect == Dialect::Postgresql
                && !is_native_interval(interval, dialect) =>
        {
            match DateTime::UNIX_EPOCH.naive_utc().checked_add_signed(*span) {
                Some(moment) => Some(SqlValue::DateTime(moment)),
                None => return interp.raise("OverflowError", "date value out of range"),
            }
        }
        (SqlType::Array(array), SqlValue::Array(items)) => {
            let mut made = Vec::new();
            for item in items {
                let one = interp.nested(|interp| match item {
                    SqlValue::Array(_) => {
                        plain_to_driver(interp, item, sql_type, target, is_literal)
                    }
                    item => to_driver(interp, item, &array.item, target, is_literal),
                })?;
                made.push(one.unwrap_or_else(|| item.clone()));
            }
            Some(SqlValue::Array(made))
        }
        _ => None,
    };
    Ok(made.or(changed))
}

/// Whether SQLAlchemy, or the driver, takes such a value for one of a type. Where they do not, the
/// database might.
fn takes(sql_type: &SqlType, value: &SqlValue, dialect: Dialect) -> bool {
    match sql_type {
        SqlType::Binary(_) => matches!(value, SqlValue::Bytes(_)),
        SqlType::Uuid(uuid) if !is_native_uuid(uuid, dialect) => match uuid.as_text {
            true => matches!(value, SqlValue::Text(_)),
            false => matches!(value, SqlValue::Uuid(_)),
        },
        SqlType::Interval(interval) if !is_native_interval(interval, dialect) => {
            matches!(value, SqlValue::Interval(_))
        }
        SqlType::Numeric(_) if dialect == Dialect::Sqlite => !matches!(
            value,
            SqlValue::Bytes(_) | SqlValue::Date(_) | SqlValue::Time(_) | SqlValue::DateTime(_)
        ),
        SqlType::Temporal(temporal) if dialect == Dialect::Sqlite => {
            !matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime)
                || !matches!(value, SqlValue::DateTime(_) | SqlValue::DateTimeTz(_))
        }
        _ => true,
    }
}

/// Whether the values of a UUID are the server's.
pub(super) const fn is_native_uuid(uuid: &Uuid, dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Postgresql) && (uuid.upper || uuid.native)
}

/// Whether the values of an interval are the server's.
pub(super) const fn is_native_interval(interval: &Interval, dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Postgresql)
        && !matches!(interval, Interval::Generic { native: false, .. })
}

/// The members of a Python enumeration with what the database has for them.
pub(super) fn members(
    interp: &mut Interpreter,
    made: &Enum,
) -> Result<Option<Vec<(Value, String)>>> {
    let Tag(Some(number)) = made.tag else { return Ok(None) };
    let class = hosted(interp, number)?;
    let members = interp.items(&class)?;
    Ok(Some(members.into_iter().zip(made.values.iter().cloned()).collect()))
}

fn enum_bind(interp: &mut Interpreter, value: &SqlValue, made: &Enum) -> Result<Option<SqlValue>> {
    let python = match value {
        SqlValue::Null => return Ok(None),
        SqlValue::Text(text) if made.values.contains(text) => {
            if let Some(members) = members(interp, made)? {
                let python = Value::str(text.as_str());
                for (member, name) in members {
                    if name != *text && interp.equal(&member, &python)? {
                        let what =
                            format!("'{text}' as the name of one member and value of another");
                        return Err(interp.unsupported(what));
                    }
                }
            }
            return Ok(None);
        }
        SqlValue::Host(number) => hosted(interp, *number)?,
        value => value::to_python(interp, value)?,
    };
    if let Some(default) = python.downcast::<DefaultFunction>() {
        if migration::current(interp)?.is_offline() {
            return Ok(Some(SqlValue::Null));
        }
        let python = call_default_function(interp, &default.0)?;
        let value = value::to_sql(interp, &python)?;
        let again = interp.nested(|interp| enum_bind(interp, &value, made))?;
        return Ok(Some(again.unwrap_or(value)));
    }
    if let Some(members) = members(interp, made)? {
        for (member, name) in members {
            if interp.equal(&member, &python)? {
                return Ok(Some(SqlValue::Text(name)));
            }
        }
    }
    if let Some(text) = python.as_text() {
        // Strings that are no value are for the database to refuse.
        return Ok(Some(SqlValue::Text(text.to_string())));
    }
    let got = interp.str(&python)?;
    let values: Vec<&str> = made.values.iter().map(String::as_str).collect();
    interp.raise(
        "LookupError",
        format!(
            "'{got}' is not among the defined enum values. Enum name: {}. Possible values: {}",
            made.name.as_str().unwrap_or("None"),
            values.join(", ")
        ),
    )
}
