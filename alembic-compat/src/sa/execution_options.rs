//! `execution_options(…)` of connections, statements and queries: what of it a migration notices.

use limbeck_schema::Dialect;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::migration;
use super::registry;

/// Options that change what is read or written. What SQLAlchemy does not know is for listeners, and
/// others are of speed (`stream_results`, `max_row_buffer`) and of logs.
const CHANGING: &[&str] = &[
    "autoflush",
    "dml_strategy",
    "identity_token",
    "isolation_level",
    "no_parameters",
    "populate_existing",
    "postgresql_deferrable",
    "postgresql_readonly",
    "preserve_rowcount",
    "render_nulls",
    "schema_translate_map",
    "sqlite_raw_colnames",
];

/// Where the connection's `yield_per` is.
const YIELD_PER: &str = "_yield_per";

/// A number of rows.
pub(super) fn count(interp: &mut Interpreter, value: &Value) -> Result<usize> {
    let count = match value {
        Value::Int(count) => usize::try_from(*count).ok().filter(|count| *count > 0),
        _ => None,
    };
    count.ok_or_else(|| interp.unsupported("such a number of rows"))
}

/// What `yield_per` says. Options that would change something else are refused.
pub(super) fn yield_per(
    interp: &mut Interpreter,
    options: &[(Text, Value)],
) -> Result<Option<usize>> {
    let mut found = None;
    for (name, value) in options {
        match name.as_str() {
            "yield_per" if value.is_none() => found = None,
            "yield_per" => found = Some(count(interp, value)?),
            name => {
                let is_changing = name.starts_with('_') || CHANGING.contains(&name);
                // `autoflush=True`, an empty map, `populate_existing=False`: as without.
                if is_changing && interp.truth(value)? != (name == "autoflush") {
                    return Err(interp.unsupported(format!("execution_options({name}=…)")));
                }
            }
        }
    }
    Ok(found)
}

/// The options of a dict.
pub(crate) fn of_dict(value: &Value) -> Vec<(Text, Value)> {
    let Value::Dict(options) = value else { return Vec::new() };
    let options = options.entries().into_iter();
    options.filter_map(|(key, value)| Some((key.as_text()?, value))).collect()
}

/// Options of what is no query, for which `yield_per` says nothing.
pub(super) fn of_other(interp: &mut Interpreter, options: &[(Text, Value)]) -> Result<()> {
    yield_per(interp, options).map(|_| ())
}

/// Sets options of the connection, which stay.
pub(crate) fn set_on_connection(interp: &mut Interpreter, options: &[(Text, Value)]) -> Result<()> {
    let found = yield_per(interp, options)?;
    if found.is_some() && migration::target(interp)?.dialect() == Dialect::Postgresql {
        // Cursors of the server, by which SQLAlchemy 2.1 fails to write its version.
        return Err(interp.unsupported("execution_options(yield_per=…) of the connection"));
    }
    if options.iter().any(|(name, _)| *name == "yield_per") {
        let home = interp.load_module(registry::HOME)?;
        let count = found.and_then(|count| i64::try_from(count).ok());
        home.set(YIELD_PER, count.map_or(Value::None, Value::Int));
    }
    Ok(())
}

/// The connection's `yield_per`.
pub(super) fn of_connection(interp: &mut Interpreter) -> Result<Option<usize>> {
    let home = interp.load_module(registry::HOME)?;
    let found = registry::value(&home, YIELD_PER).and_then(|value| value.as_int());
    Ok(found.and_then(|count| usize::try_from(count).ok()))
}
