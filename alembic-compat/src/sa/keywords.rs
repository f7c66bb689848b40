//! What arguments of calls are read as: texts, flags, numbers, names.

use limbeck_schema::Name;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::errors;
use super::migration;

/// `None` of Python as none.
pub(crate) fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_none())
}

/// A text, or an `ArgumentError`.
pub(crate) fn text(interp: &mut Interpreter, value: &Value, what: &str) -> Result<String> {
    if let Some(text) = value.as_text() {
        return Ok(text.to_string());
    }
    let got = interp.repr(value)?;
    Err(errors::argument(interp, format!("{what} must be a string, got {got}"))?)
}

/// A text or none.
pub(crate) fn opt_text(
    interp: &mut Interpreter,
    value: Option<Value>,
    what: &str,
) -> Result<Option<String>> {
    given(value).map(|value| text(interp, &value, what)).transpose()
}

/// The truth of an argument; false when it is not given.
pub(crate) fn flag(interp: &mut Interpreter, value: Option<Value>) -> Result<bool> {
    value.map_or(Ok(false), |value| interp.truth(&value))
}

/// The truth of an argument that may also be `None`.
pub(crate) fn opt_flag(interp: &mut Interpreter, value: Option<Value>) -> Result<Option<bool>> {
    given(value).map(|value| interp.truth(&value)).transpose()
}

/// A whole number or none.
pub(crate) fn opt_int(
    interp: &mut Interpreter,
    value: Option<Value>,
    what: &str,
) -> Result<Option<i64>> {
    let Some(value) = given(value) else { return Ok(None) };
    match value.as_int() {
        Some(number) => Ok(Some(number)),
        None => {
            let got = interp.repr(&value)?;
            Err(interp.unsupported(format!("{what}={got}")))
        }
    }
}

/// A size or none.
pub(crate) fn opt_size(
    interp: &mut Interpreter,
    value: Option<Value>,
    what: &str,
) -> Result<Option<u32>> {
    match opt_int(interp, value, what)? {
        None => Ok(None),
        Some(number) => match u32::try_from(number) {
            Ok(size) => Ok(Some(size)),
            Err(_) => Err(interp.unsupported(format!("{what}={number}"))),
        },
    }
}

/// The name of a constraint or index: a text, `None`, or what `op.f` gave.
pub(crate) fn name(interp: &mut Interpreter, value: Option<Value>, what: &str) -> Result<Name> {
    let Some(value) = given(value) else { return Ok(Name::None) };
    let name = text(interp, &value, what)?;
    let is_final = matches!(&value, Value::Instance(instance) if
        instance.class().order().any(|class| class.name == *"conv" && !class.traits.is_python));
    Ok(if is_final { Name::Final(name) } else { Name::Given(name) })
}

/// The texts of a list or tuple.
pub(crate) fn texts(interp: &mut Interpreter, value: &Value, what: &str) -> Result<Vec<String>> {
    let items = interp.items(value)?;
    items.iter().map(|item| text(interp, item, what)).collect()
}

/// Keywords that name a dialect: `postgresql_using=…`.
#[derive(Debug)]
pub(crate) struct DialectOptions {
    /// The construct in messages, as `<class 'sqlalchemy.sql.schema.Index'>`.
    construct: &'static str,
    rest: Vec<(Text, Value)>,
}

impl DialectOptions {
    pub(crate) fn new(construct: &'static str, rest: Vec<(Text, Value)>) -> Self {
        Self { construct, rest }
    }

    /// Takes an option out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.rest.iter().position(|(key, _)| *key == name)?;
        Some(self.rest.remove(at).1)
    }

    /// Takes all of a prefix out, without the prefix.
    pub(crate) fn take_prefixed(&mut self, prefix: &str) -> Vec<(String, Value)> {
        let (taken, rest) = std::mem::take(&mut self.rest)
            .into_iter()
            .partition::<Vec<_>, _>(|(key, _)| key.starts_with(prefix));
        self.rest = rest;
        taken.into_iter().map(|(key, value)| (key[prefix.len()..].to_owned(), value)).collect()
    }

    /// Refuses what is left, as SQLAlchemy does.
    pub(crate) fn finish(self, interp: &mut Interpreter) -> Result<()> {
        let Some((key, _)) = self.rest.first() else { return Ok(()) };
        let Some((dialect, argument)) = key.split_once('_') else {
            return interp.type_error(format!(
                "Additional arguments should be named <dialectname>_<argument>, got '{key}'"
            ));
        };
        match dialect {
            "postgresql" | "mysql" | "mariadb" | "sqlite" => {
                let construct = self.construct;
                Err(errors::argument(
                    interp,
                    format!(
                        "Argument '{dialect}_{argument}' is not accepted by dialect '{dialect}' on \
                         behalf of <class 'sqlalchemy.sql.schema.{construct}'>"
                    ),
                )?)
            }
            // Options of databases that are none of limbeck's change nothing here.
            "mssql" | "oracle" => Ok(()),
            _ => interp.type_error(format!(
                "Additional arguments should be named <dialectname>_<argument>, got '{key}'"
            )),
        }
    }
}

/// Refuses `quote=` where it is not what the name gets by itself on this database.
pub(crate) fn refuse_other_quoting(
    interp: &mut Interpreter,
    name: &str,
    quote: Option<Value>,
    what: &str,
) -> Result<()> {
    let Some(quote) = given(quote) else { return Ok(()) };
    let wanted = interp.truth(&quote)?;
    match migration::target(interp) {
        Ok(target) if (target.quote(name) != name) == wanted => Ok(()),
        _ => Err(interp.unsupported(what)),
    }
}
