//! Values on their way into statements and out of results, as their types have them:
//! `process_bind_param()` and `process_result_value()` of the project's own types, members of
//! Python's enumerations, and what `result_processor()` makes of what drivers give. What
//! `bind_processor()` does for drivers is the connection's.
//!
//! Values that are of Python alone are known to statements by a number ([`SqlValue::Host`]); they
//! become values of SQL when a statement is compiled and their types are known.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::DateTime;
use chrono::NaiveTime;
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
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::Tag;
use limbeck_schema::types::TemporalKind;

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

fn hosted(interp: &mut Interpreter, number: u64) -> Result<Value> {
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

fn chosen<'a>(sql_type: &'a SqlType, target: &Target) -> &'a SqlType {
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

/// The members of a Python enumeration with what the database has for them.
fn members(interp: &mut Interpreter, made: &Enum) -> Result<Option<Vec<(Value, String)>>> {
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
    let got = interp.repr(&python)?;
    let values: Vec<&str> = made.values.iter().map(String::as_str).collect();
    interp.raise(
        "LookupError",
        format!(
            "{got} is not among the defined enum values. Enum name: {}. Possible values: {}",
            made.name.as_str().unwrap_or("None"),
            values.join(", ")
        ),
    )
}

/// A value of a result as Python has it.
pub(super) fn to_python(
    interp: &mut Interpreter,
    value: &SqlValue,
    sql_type: &SqlType,
    target: &Target,
) -> Result<Value> {
    let dialect = target.dialect();
    let made = match (chosen(sql_type, target), value) {
        (SqlType::Decorated(decorated), value) => {
            let Tag(Some(number)) = decorated.tag else {
                if value.is_null() {
                    return Ok(Value::None);
                }
                let name = decorated.class_name.clone();
                return Err(interp.unsupported(format!("a result of the type {name}")));
            };
            let implementation = decorated.choose(target).clone();
            let inner =
                interp.nested(|interp| to_python(interp, value, &implementation, target))?;
            let object = hosted(interp, number)?;
            let class = interp.class(&object);
            for name in ["result_processor", "column_expression"] {
                if class.lookup_python(name).is_some() {
                    return Err(interp.unsupported(format!("{}.{name}()", class.name)));
                }
            }
            if class.lookup_python("process_result_value").is_none() {
                return Ok(inner);
            }
            let dialect = dialect::dialect_value(interp)?;
            let args = Args::of([inner, dialect]);
            return interp.call_method(&object, "process_result_value", args);
        }
        (_, SqlValue::Null) => return Ok(Value::None),
        (SqlType::Enum(made), SqlValue::Text(text)) => {
            let Some(members) = members(interp, made)? else {
                return Ok(Value::str(text.as_str()));
            };
            let found = members.into_iter().find(|(_, name)| name == text);
            let Some((member, _)) = found else {
                return interp.raise(
                    "LookupError",
                    format!(
                        "'{text}' is not among the defined enum values. Enum name: {}. Possible \
                         values: {}",
                        made.name.as_str().unwrap_or("None"),
                        made.values.join(", ")
                    ),
                );
            };
            return Ok(member);
        }
        (SqlType::Boolean(_), SqlValue::Int(number)) => return Ok(Value::Bool(*number != 0)),
        (SqlType::Set(_), SqlValue::Text(text)) => {
            let words = text.split(',').filter(|word| !word.is_empty()).map(Value::str);
            return interp.new_set(words, false);
        }
        (SqlType::Json(Json::Json | Json::Jsonb), SqlValue::Text(text)) => {
            let module = interp.load_module("json")?;
            let text = Value::str(text.as_str());
            return interp.call_method(&Value::Module(module), "loads", Args::of([text]));
        }
        // A value that was sent as text comes back as text: only SQLite's types read it.
        (SqlType::Temporal(temporal), SqlValue::Text(_)) if dialect == Dialect::Mysql => {
            if matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime) {
                let message = "'str' object has no attribute 'microseconds'";
                return interp.raise("AttributeError", message.to_owned());
            }
            value.clone()
        }
        (SqlType::Interval(Interval::Generic { .. }), SqlValue::Text(_))
            if dialect == Dialect::Mysql =>
        {
            return interp
                .type_error("unsupported operand type(s) for -: 'str' and 'datetime.datetime'");
        }
        (SqlType::Temporal(temporal), SqlValue::Text(text)) if dialect == Dialect::Sqlite => {
            let class = match temporal.kind {
                TemporalKind::Date | TemporalKind::UpperDate => "date",
                TemporalKind::Time | TemporalKind::UpperTime => "time",
                _ => "datetime",
            };
            return value::parsed(interp, class, text.clone());
        }
        (SqlType::Temporal(temporal), SqlValue::Interval(span))
            if matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime) =>
        {
            SqlValue::Time(NaiveTime::MIN.overflowing_add_signed(*span).0)
        }
        (SqlType::Interval(_), SqlValue::DateTime(moment)) => {
            SqlValue::Interval(*moment - DateTime::UNIX_EPOCH.naive_utc())
        }
        (SqlType::Interval(_), SqlValue::Text(text)) => {
            let moment = value::parsed(interp, "datetime", text.clone())?;
            match value::to_sql(interp, &moment)? {
                SqlValue::DateTime(moment) => {
                    SqlValue::Interval(moment - DateTime::UNIX_EPOCH.naive_utc())
                }
                _ => return Err(interp.unsupported("an interval that is no point in time")),
            }
        }
        (SqlType::Uuid(uuid), SqlValue::Text(text)) => {
            if uuid.as_text {
                match uuid::Uuid::try_parse(text) {
                    Ok(uuid) => SqlValue::Text(uuid.to_string()),
                    Err(_) => SqlValue::Text(text.clone()),
                }
            } else {
                match uuid::Uuid::try_parse(text) {
                    Ok(uuid) => SqlValue::Uuid(uuid),
                    Err(_) => return interp.value_error("badly formed hexadecimal UUID string"),
                }
            }
        }
        (SqlType::Uuid(uuid), SqlValue::Uuid(value)) if uuid.as_text => {
            SqlValue::Text(value.to_string())
        }
        (SqlType::Numeric(numeric), value) => {
            let is_exact = matches!(
                numeric.kind,
                NumericKind::Numeric | NumericKind::UpperNumeric | NumericKind::Decimal
            );
            // What the driver gives as a `Decimal` stays as it comes.
            let is_native = dialect != Dialect::Sqlite;
            #[expect(clippy::cast_precision_loss, reason = "as Python's float() and % do")]
            let float = match value {
                SqlValue::Float(number) => Some(*number),
                SqlValue::Int(number) => Some(*number as f64),
                _ => None,
            };
            match (is_exact && !numeric.as_float || numeric.as_decimal, value, float) {
                (true, _, _) if is_exact && dialect == Dialect::Mysql => value.clone(),
                (true, SqlValue::Int(_), _) if is_exact && is_native => value.clone(),
                (true, _, Some(number)) => {
                    let scale = usize::try_from(numeric.scale.unwrap_or(10)).unwrap_or(10);
                    SqlValue::Decimal(format!("{number:.scale$}"))
                }
                (false, SqlValue::Int(_), Some(number)) if is_native => SqlValue::Float(number),
                (false, SqlValue::Decimal(digits), _) => match digits.parse() {
                    Ok(number) => SqlValue::Float(number),
                    Err(_) => return Err(interp.unsupported("a number that is none")),
                },
                _ => value.clone(),
            }
        }
        (SqlType::Array(array), SqlValue::Array(items)) => {
            let mut made = Vec::new();
            for item in items {
                made.push(interp.nested(|interp| match item {
                    SqlValue::Array(_) => to_python(interp, item, sql_type, target),
                    item => to_python(interp, item, &array.item, target),
                })?);
            }
            return Ok(Value::list(made));
        }
        (_, value) => value.clone(),
    };
    value::to_python(interp, &made)
}
