//! `sqlalchemy.orm`: sessions as far as they execute statements, and names that are only imported.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::context;
use super::migration;
use super::migration::Output;

/// A `Session` on the connection of the migration.
#[derive(Debug)]
struct SessionObject;

impl Object for SessionObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of::<Self>()
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "bind" => context::bind_value(interp).map(Some),
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("Session.{name}"))),
        }
    }

    fn is_context_manager(&self) -> bool {
        true
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("Session", "sqlalchemy.orm.session")
        .constructor(|interp, _, args| session(interp, &args))
        .method("execute", context::execute)
        .method("scalar", |interp, args| {
            let result = context::execute(interp, args)?;
            if result.is_none() {
                return Ok(Value::None);
            }
            interp.call_method(&result, "scalar", Args::none())
        })
        .method("scalars", |interp, args| {
            let result = context::execute(interp, args)?;
            interp.call_method(&result, "scalars", Args::none())
        })
        .method("connection", |interp, _| context::bind_value(interp))
        .method("get_bind", |interp, _| context::bind_value(interp))
        .method("flush", |_, _| Ok(Value::None))
        .method("close", |_, _| Ok(Value::None))
        .method("expire_all", |_, _| Ok(Value::None))
        .method("commit", |interp, _| end(interp, true))
        .method("rollback", |interp, _| end(interp, false))
        .finish(interp);
    interp.register_class::<SessionObject>(Rc::clone(&class));
    home.set("Session", Value::Class(class));
    home.function("sessionmaker", |interp, _| {
        Ok(interp.function("sessionmaker", |interp, args| session(interp, &args)))
    });
}

fn session(interp: &mut Interpreter, _: &Args) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    migration::current(interp)?;
    Ok(Value::native(SessionObject))
}

fn end(interp: &mut Interpreter, keep: bool) -> Result<Value> {
    // A session on a connection that is in a transaction of its own joins it: its commit leaves
    // that transaction open, its rollback ends it.
    if keep {
        return Ok(Value::None);
    }
    context::leave(interp)?;
    let result = match &mut migration::current(interp)?.output {
        Output::Offline(_) => return Ok(Value::None),
        Output::Live(connection) => connection.end_transaction(false),
    };
    match result {
        Ok(()) => Ok(Value::None),
        Err(error) => Err(super::errors::database(interp, &error, "ROLLBACK")?),
    }
}
