//! `engine.url`: what of it can be told by the connection.

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::inspect;
use super::migration;
use super::names::unknown;
use super::registry;
use super::value;

/// The URL of the connection. Nothing here knows its text, so nothing can show a password.
#[derive(Debug)]
struct UrlObject;

impl Object for UrlObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "database" => database(interp).map(Some),
            _ => unknown(interp, "URL", name),
        }
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("str() of a URL"))
    }

    fn repr(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("repr() of a URL"))
    }
}

/// The name of the database in the URL, where the server tells the same.
fn database(interp: &mut Interpreter) -> Result<Value> {
    if migration::current(interp)?.is_offline() {
        return Err(interp.unsupported("URL.database without a database"));
    }
    let sql = match migration::target(interp)?.dialect() {
        Dialect::Mysql => "SELECT DATABASE()",
        // Where the URL names none it is that of the user.
        Dialect::Postgresql => {
            "SELECT CASE WHEN current_database() <> session_user THEN current_database() END"
        }
        Dialect::Sqlite => return Err(interp.unsupported("URL.database")),
    };
    let rows = inspect::ask(interp, sql, &[])?.unwrap_or_default().rows;
    let name = rows.into_iter().next().and_then(|row| row.into_iter().next());
    match name.map(|name| value::to_python(interp, &name)).transpose()? {
        Some(Value::None) | None => Err(interp.unsupported("URL.database")),
        Some(name) => Ok(name),
    }
}

/// The URL of the connection.
pub(super) fn url(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(registry::HOME)?;
    Ok(Value::native(UrlObject))
}

/// A URL is a named tuple too, of which nothing else is known here.
struct NamedTuple;

impl ClassHooks for NamedTuple {
    fn created(&self, _: &mut Interpreter, _: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        Ok(())
    }

    fn may_be(&self, interp: &mut Interpreter, _: &Rc<Class>, wanted: &Rc<Class>) -> Result<bool> {
        Ok(Rc::ptr_eq(wanted, &interp.types().tuple))
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("URL", "sqlalchemy.engine.url")
        .hooks(Rc::new(NamedTuple))
        .method("get_backend_name", |interp, args| {
            args.exactly::<1>(interp, "URL.get_backend_name")?;
            Ok(Value::str(migration::target(interp)?.name()))
        })
        .finish(interp);
    interp.register_class::<UrlObject>(class);
}
