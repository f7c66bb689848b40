//! `op.get_context()`, `op.get_bind()` and what hangs on them: the dialect and the connection.

use std::collections::BTreeMap;
use std::rc::Rc;

use limbeck_schema::SqlValue;
use limbeck_schema::expr::Statement;

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

use super::config::config_value;
use super::dml;
use super::driver_text;
use super::errors;
use super::keywords::given;
use super::keywords::text;
use super::migration;
use super::migration::Fetched;
use super::migration::Output;
use super::result;
use super::sequence::SequenceObject;
use super::trial;
use super::value;

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $name;

            impl Object for $name {
                fn class(&self, interp: &Interpreter) -> Rc<Class> {
                    interp.class_of::<Self>()
                }

                fn attribute(
                    &self,
                    _this: &Value,
                    name: &str,
                    interp: &mut Interpreter,
                ) -> Result<Option<Value>> {
                    self.read(name, interp)
                }

                fn is_context_manager(&self) -> bool {
                    self.manages()
                }

                fn exit(
                    &self,
                    _this: &Value,
                    exception: Option<&Value>,
                    interp: &mut Interpreter,
                ) -> Result<bool> {
                    self.leave(exception.is_none(), interp)?;
                    Ok(false)
                }

                fn enter(&self, this: &Value, interp: &mut Interpreter) -> Result<Value> {
                    self.begin(interp)?;
                    Ok(this.clone())
                }
            }
        )*
    };
}

plain! {
    /// A dialect.
    DialectObject,
    /// The connection of the migration.
    BindObject,
    /// Alembic's `MigrationContext`.
    ContextObject,
    /// `autocommit_block()`.
    AutocommitObject,
    /// `begin_nested()`.
    NestedObject,
    /// `begin()` and `begin_transaction()`: the transaction is the engine's.
    TransactionObject,
}

/// What the names of parts are when nothing else is said.
trait Plain {
    fn manages(&self) -> bool {
        false
    }

    fn begin(&self, _: &mut Interpreter) -> Result<()> {
        Ok(())
    }

    fn leave(&self, _: bool, _: &mut Interpreter) -> Result<()> {
        Ok(())
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>>;
}

fn unknown(interp: &mut Interpreter, of: &str, name: &str) -> Result<Option<Value>> {
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("{of}.{name}")))
}

impl Plain for DialectObject {
    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        let target = migration::target(interp)?;
        Ok(Some(match name {
            "name" => Value::str(target.name()),
            "driver" | "default_schema_name" | "server_version_info" => {
                return super::inspect::dialect_fact(interp, name).map(Some);
            }
            "supports_sequences" => Value::Bool(target.supports_sequences()),
            "supports_native_enum" => Value::Bool(target.supports_native_enum()),
            "supports_native_boolean" => Value::Bool(target.supports_native_boolean()),
            "supports_comments" => Value::Bool(target.supports_comments()),
            "supports_alter" => Value::Bool(target.supports_alter()),
            "is_mariadb" => Value::Bool(target.is_mariadb()),
            "max_identifier_length" => Value::size(target.max_identifier_length()),
            _ => return unknown(interp, "Dialect", name),
        }))
    }
}

impl Plain for BindObject {
    fn manages(&self) -> bool {
        true
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "dialect" => dialect_value(interp).map(Some),
            "engine" | "connection" | "bind" => Ok(Some(Value::native(Self))),
            "closed" => Ok(Some(Value::Bool(false))),
            "name" | "driver" => {
                let dialect = dialect_value(interp)?;
                interp.get_attribute(&dialect, name).map(Some)
            }
            _ => unknown(interp, "Connection", name),
        }
    }
}

impl Plain for ContextObject {
    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(match name {
            "dialect" => dialect_value(interp)?,
            "bind" | "connection" => bind_value(interp)?,
            "as_sql" => Value::Bool(migration::current(interp)?.is_offline()),
            "impl" => Value::native(Self),
            "config" => config_value(interp)?,
            "transactional_ddl" => {
                let target = migration::target(interp)?;
                Value::Bool(target.dialect() == limbeck_schema::Dialect::Postgresql)
            }
            _ => return unknown(interp, "MigrationContext", name),
        }))
    }
}

impl Plain for AutocommitObject {
    fn manages(&self) -> bool {
        true
    }

    fn begin(&self, interp: &mut Interpreter) -> Result<()> {
        autocommit(interp, true)
    }

    fn leave(&self, _: bool, interp: &mut Interpreter) -> Result<()> {
        autocommit(interp, false)
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "autocommit_block", name)
    }
}

fn autocommit(interp: &mut Interpreter, begins: bool) -> Result<()> {
    leave(interp)?;
    let migration = migration::current(interp)?;
    let has_transaction = migration.target().dialect() == limbeck_schema::Dialect::Postgresql;
    let result = match &mut migration.output {
        Output::Offline(statements) => {
            if has_transaction {
                statements.push(if begins { "COMMIT" } else { "BEGIN" }.to_owned());
            }
            Ok(())
        }
        Output::Live(connection) => connection.autocommit(begins),
    };
    match result {
        Ok(()) => Ok(()),
        Err(error) => Err(errors::database(interp, &error, "COMMIT")?),
    }
}

impl Plain for NestedObject {
    fn manages(&self) -> bool {
        true
    }

    fn leave(&self, keep: bool, interp: &mut Interpreter) -> Result<()> {
        let result = match &mut migration::current(interp)?.output {
            Output::Offline(_) => Ok(()),
            Output::Live(connection) => connection.end_nested(keep),
        };
        match result {
            Ok(()) => Ok(()),
            Err(error) => Err(errors::database(interp, &error, "RELEASE SAVEPOINT")?),
        }
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "NestedTransaction", name)
    }
}

impl Plain for TransactionObject {
    fn manages(&self) -> bool {
        true
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        unknown(interp, "Transaction", name)
    }
}

/// The dialect of the run.
pub(crate) fn dialect_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    Ok(Value::native(DialectObject))
}

/// The connection of the run.
pub(crate) fn bind_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    Ok(Value::native(BindObject))
}

/// The `MigrationContext` of the run.
pub(crate) fn context_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    migration::current(interp)?;
    Ok(Value::native(ContextObject))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let dialect = ClassBuilder::new("Dialect", "sqlalchemy.engine.interfaces")
        .method("type_descriptor", |interp, args| {
            let [_, to] = args.exactly(interp, "Dialect.type_descriptor")?;
            match to {
                Value::Class(class) => interp.call_class(&class, Args::none()),
                made => Ok(made),
            }
        })
        .method("has_table", |interp, args| {
            let Args { positional, .. } = args;
            let name = positional.get(2).cloned().unwrap_or_default();
            let name = text(interp, &name, "the name of a table")?;
            let schema = super::keywords::opt_text(interp, positional.get(3).cloned(), "schema")?;
            let there = super::inspect::has_table(interp, schema.as_deref(), &name)?;
            Ok(there.map_or(Value::None, Value::Bool))
        })
        .finish(interp);
    interp.register_class::<DialectObject>(dialect);
    let connection = ClassBuilder::new("Connection", "sqlalchemy.engine.base")
        .method("execute", execute)
        .method("scalar", |interp, args| {
            only_live(interp, "scalar")?;
            let result = execute(interp, args)?;
            // A sequence gives its next value as it is.
            if matches!(result, Value::Int(_)) {
                return Ok(result);
            }
            if result.is_none() {
                return Ok(Value::None);
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
            let signature =
                Signature::new("exec_driver_sql", ["self", "statement", "parameters"], 2);
            let Bound { values: [_, sql, parameters], .. } = args.bind(interp, &signature)?;
            let sql = text(interp, &sql.unwrap_or_default(), "statement")?;
            driver_sql(interp, &sql, given(parameters))
        })
        .method("begin_nested", |interp, _| {
            only_live(interp, "begin_nested")?;
            let result = match &mut migration::current(interp)?.output {
                Output::Offline(_) => Ok(()),
                Output::Live(connection) => connection.begin_nested(),
            };
            match result {
                Ok(()) => Ok(Value::native(NestedObject)),
                Err(error) => Err(errors::database(interp, &error, "SAVEPOINT")?),
            }
        })
        .method("commit", |interp, _| end(interp, true))
        .method("rollback", |interp, _| end(interp, false))
        .method("begin", |interp, _| {
            only_live(interp, "begin")?;
            Ok(Value::native(TransactionObject))
        })
        .method("connect", |_, _| Ok(Value::native(BindObject)))
        .method("close", |interp, _| only_live(interp, "close").map(|()| Value::None))
        .method("in_transaction", |interp, _| {
            only_live(interp, "in_transaction")?;
            Ok(Value::Bool(true))
        })
        .method("execution_options", |interp, args| {
            if args.keywords.iter().any(|(key, _)| *key == "isolation_level") {
                // It has begun its transaction.
                return Err(errors::of_class(
                    interp,
                    "InvalidRequestError",
                    "This connection has already initialized a SQLAlchemy Transaction() object via \
                     begin() or autobegin; isolation_level may not be altered unless rollback() or \
                     commit() is called first.",
                )?);
            }
            Ok(Value::native(BindObject))
        })
        .finish(interp);
    interp.register_class::<BindObject>(Rc::clone(&connection));
    home.set("Connection", Value::Class(Rc::clone(&connection)));
    home.set("Engine", Value::Class(connection));
    let context = ClassBuilder::new("MigrationContext", "alembic.runtime.migration")
        .method("autocommit_block", |_, _| Ok(Value::native(AutocommitObject)))
        .method("begin_transaction", |_, _| Ok(Value::native(TransactionObject)))
        .method("execute", |interp, args| {
            let [_, sql] = args.exactly(interp, "MigrationContext.execute")?;
            crate::op::execute(interp, &sql)?;
            Ok(Value::None)
        })
        .finish(interp);
    interp.register_class::<ContextObject>(Rc::clone(&context));
    home.set("MigrationContext", Value::Class(context));
    let nested = ClassBuilder::new("NestedTransaction", "sqlalchemy.engine.base")
        .method("commit", |interp, _| NestedObject.leave(true, interp).map(|()| Value::None))
        .method("rollback", |interp, _| NestedObject.leave(false, interp).map(|()| Value::None))
        .finish(interp);
    interp.register_class::<NestedObject>(nested);
    let transaction = ClassBuilder::new("Transaction", "sqlalchemy.engine.base")
        .method("commit", |interp, _| end(interp, true))
        .method("rollback", |interp, _| end(interp, false))
        .finish(interp);
    interp.register_class::<TransactionObject>(transaction);
    let block = ClassBuilder::new("autocommit_block", "alembic.runtime.migration").finish(interp);
    interp.register_class::<AutocommitObject>(block);
}

/// Lets a trial know that the transaction is left.
pub(crate) fn leave(interp: &mut Interpreter) -> Result<()> {
    if let Some(trial) = trial::current(interp)? {
        trial.leave(interp);
    }
    Ok(())
}

/// What a connection has and what stands for it in `--sql` has not.
pub(super) fn only_live(interp: &mut Interpreter, name: &str) -> Result<()> {
    if migration::current(interp)?.is_offline() {
        return interp
            .raise("AttributeError", format!("'MockConnection' object has no attribute '{name}'"));
    }
    Ok(())
}

fn end(interp: &mut Interpreter, keep: bool) -> Result<Value> {
    leave(interp)?;
    let result = match &mut migration::current(interp)?.output {
        Output::Offline(_) => {
            let name = if keep { "commit" } else { "rollback" };
            return only_live(interp, name).map(|()| Value::None);
        }
        Output::Live(connection) => connection.end_transaction(keep),
    };
    match result {
        Ok(()) => Ok(Value::None),
        Err(error) => Err(errors::database(interp, &error, "COMMIT")?),
    }
}

/// `connection.execute(statement, parameters)`.
pub(crate) fn execute(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, mut keywords } = args;
    keywords.retain(|(key, _)| *key != "execution_options");
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
                return result::wrap(interp, result.map(Into::into));
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
    if super::ddl::run(interp, &what)? {
        return Ok(Value::None);
    }
    if let Some(next) = next_of_sequence(interp, &what)? {
        return Ok(next);
    }
    let Some(statement) = dml::find_statement(interp, &what)? else {
        let got = interp.repr(&what)?;
        return Err(errors::of_class(
            interp,
            "ObjectNotExecutableError",
            format!("Not an executable object: {got}"),
        )?);
    };
    run(interp, &statement, parameters)
}

/// Runs a text in the words of the driver.
fn driver_sql(interp: &mut Interpreter, sql: &str, parameters: Option<Value>) -> Result<Value> {
    let (sql, parameters) = driver_text::prepared(interp, sql, parameters)?;
    let result = migration::raw(interp, &sql, &parameters)?;
    result::wrap(interp, result.map(Into::into))
}

/// The next value of a sequence that is executed, which SQLAlchemy gives without a result around.
fn next_of_sequence(interp: &mut Interpreter, what: &Value) -> Result<Option<Value>> {
    if what.downcast::<SequenceObject>().is_none() || migration::current(interp)?.is_offline() {
        return Ok(None);
    }
    if !migration::target(interp)?.supports_sequences() {
        return Err(interp.raised_builtin("NotImplementedError", Vec::new()));
    }
    let Some(statement) = dml::find_statement(interp, what)? else { return Ok(None) };
    let result = run(interp, &statement, None)?;
    interp.call_method(&result, "scalar", Args::none()).map(Some)
}

/// Runs a statement. What is asked for by itself, the key of a new row, is no result.
pub(crate) fn execute_one(
    interp: &mut Interpreter,
    statement: &Statement,
) -> Result<Option<Fetched>> {
    execute_with(interp, statement, &BTreeMap::new())
}

fn execute_with(
    interp: &mut Interpreter,
    statement: &Statement,
    values: &BTreeMap<String, SqlValue>,
) -> Result<Option<Fetched>> {
    let mut fetched = migration::statement_with(interp, statement, values)?;
    let result = fetched.as_mut().map(|fetched| &mut fetched.set);
    let is_silent = matches!(statement, Statement::Insert(insert) if insert.returning.is_empty());
    if is_silent
        && let Some(result) = result
        && result.columns.is_some()
    {
        result.columns = None;
        result.rows.clear();
    }
    Ok(fetched)
}

/// Runs a statement with parameters; a list of them runs it once for each, an empty one once.
fn run(
    interp: &mut Interpreter,
    statement: &Statement,
    parameters: Option<Value>,
) -> Result<Value> {
    if migration::current(interp)?.is_offline() {
        // The mock connection drops parameters.
        execute_one(interp, statement)?;
        return Ok(Value::None);
    }
    let rows = match parameters {
        None => Vec::new(),
        Some(one @ Value::Dict(_)) => vec![one],
        Some(many) => interp.items(&many)?,
    };
    if rows.is_empty() {
        // An empty list is no list to SQLAlchemy: the statement runs once.
        let result = execute_one(interp, statement)?;
        return result::wrap(interp, result);
    }
    let several = rows.len() != 1;
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
            values.push((text(interp, &key, "a key")?, value::to_sql(interp, &value)?));
        }
        let (bound, named) = with_parameters(statement, values);
        let result = if several {
            let bound = match bound {
                Statement::Insert(insert) if insert.returning.is_empty() => insert.inline().into(),
                other => other,
            };
            migration::statement_with(interp, &bound, &named)?
        } else {
            execute_with(interp, &bound, &named)?
        };
        match (&mut last, result) {
            // Rows that several inserts return come one behind the other.
            (Some(Fetched { set: known, .. }), Some(Fetched { set, .. })) => {
                known.rows.extend(set.rows);
                known.row_count += set.row_count;
            }
            (last, result) => *last = result,
        }
    }
    result::wrap(interp, last)
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
