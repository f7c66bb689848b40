//! The classes of the dialects, which code asks for with `isinstance(bind.dialect, …)`.

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Constructor;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::dialect::DialectObject;

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
        let Some(dialect) = value.downcast::<DialectObject>() else { return Ok(Some(false)) };
        Ok(Some(dialect.target(interp)?.dialect() == self.0))
    }
}

/// `postgresql.dialect()` and the like, without options.
fn construct(
    interp: &mut Interpreter,
    class: &Rc<Class>,
    args: &Args,
    dialect: Dialect,
) -> Result<Value> {
    if !args.positional.is_empty() || !args.keywords.is_empty() {
        return Err(interp.unsupported(format!("{} with arguments", class.name)));
    }
    Ok(Value::native(DialectObject::made(dialect)))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let classes: [(_, _, _, Constructor); 3] = [
        ("PGDialect", "postgresql", Dialect::Postgresql, |interp, class, args| {
            construct(interp, class, &args, Dialect::Postgresql)
        }),
        ("MySQLDialect", "mysql", Dialect::Mysql, |interp, class, args| {
            construct(interp, class, &args, Dialect::Mysql)
        }),
        ("SQLiteDialect", "sqlite", Dialect::Sqlite, |interp, class, args| {
            construct(interp, class, &args, Dialect::Sqlite)
        }),
    ];
    for (name, module, dialect, constructor) in classes {
        let class = ClassBuilder::new(name, format!("sqlalchemy.dialects.{module}.base"))
            .constructor(constructor)
            .hooks(Rc::new(Hooks(dialect)))
            .finish(interp);
        home.set(format!("{module}.{name}"), Value::Class(Rc::clone(&class)));
        home.set(format!("{module}.dialect"), Value::Class(class));
    }
}
