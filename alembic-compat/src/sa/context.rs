//! `op.get_context()`, `op.get_bind()` and what hangs on them: the dialect and the connection.

use std::rc::Rc;

use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::config::config_value;
use super::connection::bind_value;
use super::dialect::dialect_value;
use super::migration;
use super::names::unknown;
use super::transaction::AutocommitObject;
use super::transaction::MarkerObject;

/// Alembic's `MigrationContext`.
#[derive(Debug)]
pub(crate) struct ContextObject;

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

/// The `MigrationContext` of the run.
pub(crate) fn context_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    migration::current(interp)?;
    Ok(Value::native(ContextObject))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
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
