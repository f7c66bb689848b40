//! The connection of the migration: `op.get_bind()`.

use super::dialect::dialect_value;
use super::dml;
use super::driver_text;
use super::engine_url;
use super::errors;
use super::execution_options;
use super::keywords::given;
use super::keywords::text;
use super::migration;
use super::migration::Fetched;
use super::names::unknown;
use super::registry;
use super::result;
use super::select;
use super::sequence;
use super::sequence::SequenceObject;
use super::transaction;
use super::value;
use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Statement;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The connection of the migration, or its engine.
#[derive(Debug)]
pub(crate) struct ConnectionObject {
    is_engine: bool,
}

/// The connection.
pub(super) const CONNECTION: ConnectionObject = ConnectionObject { is_engine: false };

/// The engine of the connection.
pub(super) const ENGINE: ConnectionObject = ConnectionObject { is_engine: true };

impl Object for ConnectionObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let engine = self.is_engine.then(|| registry::known(interp, "Engine")).flatten();
        engine.unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "dialect" => dialect_value(interp).map(Some),
            // What stands for the connection in `--sql` is its own engine, and has little else.
            "engine" if migration::current(interp)?.is_offline() => {
                Ok(Some(Value::native(CONNECTION)))
            }
            name if name != "name" && migration::current(interp)?.is_offline() => Ok(None),
            "engine" => Ok(Some(Value::native(ENGINE))),
            "url" => engine_url::url(interp).map(Some),
            "closed" => Ok(Some(Value::Bool(false))),
            "name" | "driver" => {
                let dialect = dialect_value(interp)?;
                interp.get_attribute(&dialect, name).map(Some)
            }
            _ => unknown(interp, "Connection", name),
        }
    }

    fn is_context_manager(&self) -> bool {
        true
    }
}

/// The connection of the run.
pub(crate) fn bind_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(registry::HOME)?;
    Ok(Value::native(CONNECTION))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let is_offline = migration::current(interp).is_ok_and(|migration| migration.is_offline());
    let base = "sqlalchemy.engine.base";
    let connection = ClassBuilder::new("Connection", base)
        .method("execute", execute)
        .method("scalar", |interp, args| {
            only_live(interp, "scalar")?;
            let is_sequence = args.positional.get(1).is_some_and(sequence::is_sequence);
            let result = execute(interp, args)?;
            if is_sequence || result.is_none() {
                return Ok(result);
            }
            interp.call_method(&result, "scalar", Args::none())
        })
        .method("scalars", |interp, args| {
            only_live(interp, "scalars")?;
            let result = execute(interp, args)?;
            interp.call_method(&result, "scalars", Args::none())
        })
        .method("exec_driver_sql", |interp, args| {
            only_live(interp, "exec_driver_sql")?;
            let names = ["self", "statement", "parameters", "execution_options"];
            let signature = Signature::new("exec_driver_sql", names, 2);
            let Bound { values: [_, sql, parameters, options], .. } =
                args.bind(interp, &signature)?;
            let options = execution_options::of_dict(&given(options).unwrap_or_default());
            let count = execution_options::yield_per(interp, &options)?;
            let sql = text(interp, &sql.unwrap_or_default(), "statement")?;
            let result = driver_sql(interp, &sql, given(parameters))?;
            with_yield_per(interp, result, count)
        })
        .method("begin_nested", |interp, _| {
            only_live(interp, "begin_nested")?;
            transaction::begin_nested(interp)
        })
        .method("commit", |interp, _| end(interp, "commit", true))
        .method("rollback", |interp, _| end(interp, "rollback", false))
        .method("begin", |interp, _| {
            only_live(interp, "begin")?;
            transaction::begin(interp)
        })
        .method("connect", |_, _| Ok(Value::native(CONNECTION)))
        .method("close", |interp, _| only_live(interp, "close").map(|()| Value::None))
        .method("in_transaction", |interp, _| {
            only_live(interp, "in_transaction")?;
            transaction::is_open(interp).map(Value::Bool)
        })
        .method("in_nested_transaction", |interp, _| {
            only_live(interp, "in_nested_transaction")?;
            transaction::is_nested(interp).map(Value::Bool)
        })
        .method("execution_options", |interp, args| {
            if args.keywords.iter().any(|(key, _)| *key == "isolation_level") {
                if !transaction::is_open(interp)? {
                    return Err(interp.unsupported("execution_options(isolation_level=…)"));
                }
                return Err(errors::of_class(
                    interp,
                    "InvalidRequestError",
                    "This connection has already initialized a SQLAlchemy Transaction() object via \
                     begin() or autobegin; isolation_level may not be altered unless rollback() or \
                     commit() is called first.",
                )?);
            }
            execution_options::set_on_connection(interp, &args.keywords)?;
            Ok(Value::native(CONNECTION))
        })
        .finish(interp);
    let engine = ClassBuilder::new("Engine", base)
        .method("begin", |interp, _| {
            only_live(interp, "begin")?;
            Ok(Value::native(transaction::EngineBlock::default()))
        })
        // Another connection, which does not see what this one has not committed.
        .method("connect", |interp, _| Err(interp.unsupported("Engine.connect()")))
        .finish(interp);
    let mock = ClassBuilder::new("MockConnection", "sqlalchemy.engine.mock")
        .method("execute", execute)
        .method("connect", |_, _| Ok(Value::native(CONNECTION)))
        .method("execution_options", |interp, args| {
            execution_options::set_on_connection(interp, &args.keywords)?;
            Ok(Value::native(CONNECTION))
        })
        .finish(interp);
    let of_run = if is_offline { &mock } else { &connection };
    interp.register_class::<ConnectionObject>(Rc::clone(of_run));
    home.set("Connection", Value::Class(connection));
    home.set("Engine", Value::Class(engine));
}

/// What a connection has and what stands for it in `--sql` has not.
pub(super) fn only_live(interp: &mut Interpreter, name: &str) -> Result<()> {
    if migration::current(interp)?.is_offline() {
        return interp
            .raise("AttributeError", format!("'MockConnection' object has no attribute '{name}'"));
    }
    Ok(())
}

fn end(interp: &mut Interpreter, name: &str, keep: bool) -> Result<Value> {
    only_live(interp, name)?;
    transaction::end(interp, keep).map(|()| Value::None)
}

/// `connection.execute(statement, parameters)`.
pub(crate) fn execute(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, mut keywords } = args;
    let mut options = Vec::new();
    if let Some(at) = keywords.iter().position(|(key, _)| *key == "execution_options") {
        options = execution_options::of_dict(&keywords.remove(at).1);
    }
    let count = execution_options::yield_per(interp, &options)?;
    let mut positional = positional.into_iter().skip(1);
    let what = positional.next().or_else(|| {
        let at = keywords.iter().position(|(key, _)| *key == "statement")?;
        Some(keywords.remove(at).1)
    });
    let what = what.unwrap_or_default();
    let parameters = given(positional.next().or_else(|| {
        let at = keywords.iter().position(|(key, _)| *key == "parameters")?;
        Some(keywords.remove(at).1)
    }));
    if let Some((key, _)) = keywords.first() {
        return interp.type_error(format!(
            "Connection.execute() got an unexpected keyword argument '{key}'"
        ));
    }
    if let Some(sql) = what.as_text() {
        if migration::current(interp)?.sqlalchemy == migration::SqlalchemyVersion::V14 {
            if migration::current(interp)?.is_offline() {
                let result = migration::raw(interp, &sql, &[])?;
                return result::of_text(interp, result);
            }
            return driver_sql(interp, &sql, parameters);
        }
        let got = interp.repr(&what)?;
        return Err(errors::of_class(
            interp,
            "ObjectNotExecutableError",
            format!("Not an executable object: {got}"),
        )?);
    }
    if let Some(value) = next_of(interp, &what)? {
        return Ok(value);
    }
    if super::ddl::run(interp, &what)? {
        return Ok(Value::None);
    }
    let Some(statement) = dml::find_statement(interp, &what)? else {
        let got = interp.repr(&what)?;
        return Err(errors::of_class(
            interp,
            "ObjectNotExecutableError",
            format!("Not an executable object: {got}"),
        )?);
    };
    let result = run(interp, &statement, parameters)?;
    let count = match statement {
        Statement::Query(_) => count.or(select::yield_per_of(&what)),
        // SQLAlchemy has it for queries only.
        _ => None,
    };
    with_yield_per(interp, result, count)
}

fn with_yield_per(interp: &mut Interpreter, result: Value, count: Option<usize>) -> Result<Value> {
    match count {
        Some(count) => result::with_yield_per(interp, result, count),
        None => Ok(result),
    }
}

/// Runs a text in the words of the driver.
fn driver_sql(interp: &mut Interpreter, sql: &str, parameters: Option<Value>) -> Result<Value> {
    let (sql, parameters) = driver_text::prepared(interp, sql, parameters)?;
    let result = migration::raw(interp, &sql, &parameters)?;
    result::of_text(interp, result)
}

/// A sequence that is executed gives its next value, without a result around it.
fn next_of(interp: &mut Interpreter, what: &Value) -> Result<Option<Value>> {
    let Some(sequence) = what.downcast::<SequenceObject>() else { return Ok(None) };
    if migration::current(interp)?.is_offline() {
        return Ok(None);
    }
    if !migration::target(interp)?.supports_sequences() {
        return Err(interp.raised_builtin("NotImplementedError", Vec::new()));
    }
    sequence::next(interp, &sequence.data).map(Some)
}

/// Runs a statement with parameters; a list of them runs it once for each, an empty one once.
fn run(
    interp: &mut Interpreter,
    statement: &Statement,
    parameters: Option<Value>,
) -> Result<Value> {
    if migration::current(interp)?.is_offline() {
        // The mock connection drops parameters.
        migration::unread(interp, statement)?;
        return Ok(Value::None);
    }
    let rows = match parameters {
        None => Vec::new(),
        Some(one @ Value::Dict(_)) => vec![one],
        Some(many) => interp.items(&many)?,
    };
    if rows.is_empty() {
        // An empty list is no list to SQLAlchemy: the statement runs once.
        let (bound, named) = with_parameters(statement, Vec::new());
        let fetched = migration::statement_with(interp, &bound, &named)?;
        return result::of_statement(interp, &bound, fetched);
    }
    let several = rows.len() != 1;
    let inline = match statement {
        Statement::Insert(insert) if several && insert.returning.is_empty() => {
            Some(insert.clone().inline().into())
        }
        _ => None,
    };
    let statement = inline.as_ref().unwrap_or(statement);
    let mut last: Option<Fetched> = None;
    // The first row says which columns are written.
    let first: Option<Vec<_>> = match (rows.first(), statement) {
        (Some(Value::Dict(row)), Statement::Insert(_) | Statement::Update(_)) if several => {
            Some(row.entries().into_iter().filter_map(|(key, _)| key.as_text()).collect())
        }
        _ => None,
    };
    for (group, row) in rows.iter().enumerate() {
        let Value::Dict(dict) = row else {
            return Err(errors::argument(
                interp,
                "List argument must consist only of dictionaries",
            )?);
        };
        let lacking = first.iter().flatten().find(|key| dict.get_text(key).is_none());
        if let Some(key) = lacking {
            return Err(errors::missing_in_group(interp, key, group)?);
        }
        let mut values = Vec::new();
        for (key, value) in dict.entries() {
            if let (Some(first), Some(key)) = (&first, key.as_text())
                && !first.contains(&key)
            {
                continue;
            }
            values.push((text(interp, &key, "a key")?, value::parameter(interp, &value)?));
        }
        let (bound, named) = with_parameters(statement, values);
        if !several {
            let fetched = migration::statement_with(interp, &bound, &named)?;
            return result::of_statement(interp, &bound, fetched);
        }
        let result = migration::statement_with(interp, &bound, &named)?;
        match (&mut last, result) {
            // Rows that several inserts return come one behind the other.
            (Some(Fetched { set: known, .. }), Some(Fetched { set, .. })) => {
                known.rows.extend(set.rows);
                known.row_count += set.row_count;
            }
            (last, result) => *last = result,
        }
    }
    result::of_statement(interp, statement, last)
}

/// The statement with values for columns, and the values of its named parameters.
fn with_parameters(
    statement: &Statement,
    values: Vec<(String, SqlValue)>,
) -> (Statement, BTreeMap<String, SqlValue>) {
    let named: BTreeMap<String, SqlValue> = values.iter().cloned().collect();
    match statement {
        Statement::Insert(insert)
            if matches!(insert.source, limbeck_schema::expr::InsertSource::Parameters(_)) =>
        {
            let row = values.into_iter().filter(|(key, _)| insert.table.get(key).is_some());
            let row: Vec<_> = row.collect();
            let row = row.iter().map(|(key, value)| (key.as_str(), value.clone()));
            (insert.clone().values(row).into(), named)
        }
        Statement::Update(update) if update.values.is_empty() => {
            let row = values.iter().map(|(key, value)| (key.as_str(), value.clone()));
            (update.clone().values(row).into(), named)
        }
        other => (other.clone(), named),
    }
}
