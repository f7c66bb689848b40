//! The classes of the dialects, which code asks for with `isinstance(bind.dialect, …)`.

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::context::DialectObject;
use super::migration;

/// The class of one dialect.
struct Hooks(Dialect);

impl ClassHooks for Hooks {
    fn created(
        &self,
        interp: &mut Interpreter,
        _class: &Rc<Class>,
        _keywords: Vec<(Text, Value)>,
    ) -> Result<()> {
        Err(interp.unsupported("a class derived from a dialect"))
    }

    fn is_instance(
        &self,
        interp: &mut Interpreter,
        _class: &Rc<Class>,
        value: &Value,
    ) -> Result<Option<bool>> {
        let is_dialect = value.downcast::<DialectObject>().is_some();
        Ok(Some(is_dialect && migration::target(interp)?.dialect() == self.0))
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    for (name, full, dialect) in [
        ("PGDialect", "postgresql.PGDialect", Dialect::Postgresql),
        ("MySQLDialect", "mysql.MySQLDialect", Dialect::Mysql),
        ("SQLiteDialect", "sqlite.SQLiteDialect", Dialect::Sqlite),
    ] {
        let module = full.split('.').next().unwrap_or_default();
        let class = ClassBuilder::new(name, format!("sqlalchemy.dialects.{module}.base"))
            .constructor(|interp, class, _| {
                Err(interp.unsupported(format!("an object of the class {}", class.name)))
            })
            .hooks(Rc::new(Hooks(dialect)))
            .finish(interp);
        home.set(full, Value::Class(Rc::clone(&class)));
        home.set(format!("{module}.dialect"), Value::Class(class));
    }
}
