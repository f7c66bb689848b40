//! `op.get_context()`, `op.get_bind()` and what hangs on them: the dialect and the connection.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::config::config_value;
use super::connection::bind_value;
use super::keywords::text;
use super::migration;
use super::transaction::AutocommitObject;
use super::transaction::MarkerObject;

/// A dialect.
#[derive(Debug)]
pub(crate) struct DialectObject;

/// Alembic's `MigrationContext`.
#[derive(Debug)]
pub(crate) struct ContextObject;

/// What is not known of an object, beside what no object has.
pub(super) fn unknown(interp: &mut Interpreter, of: &str, name: &str) -> Result<Option<Value>> {
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("{of}.{name}")))
}

impl Object for DialectObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
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

impl Object for ContextObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
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

/// The dialect of the run.
pub(crate) fn dialect_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    Ok(Value::native(DialectObject))
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
    let context = ClassBuilder::new("MigrationContext", "alembic.runtime.migration")
        .method("autocommit_block", |_, _| Ok(Value::native(AutocommitObject::default())))
        .method("begin_transaction", |_, _| Ok(Value::native(MarkerObject { commits: true })))
        .method("execute", |interp, args| {
            let [_, sql] = args.exactly(interp, "MigrationContext.execute")?;
            crate::op::execute(interp, &sql)?;
            Ok(Value::None)
        })
        .finish(interp);
    interp.register_class::<ContextObject>(Rc::clone(&context));
    home.set("MigrationContext", Value::Class(context));
}
