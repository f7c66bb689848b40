//! Where the classes and functions of all modules live: one hidden module, of which the public ones
//! show their parts.

use std::rc::Rc;

use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

/// The name of the hidden module.
pub(crate) const HOME: &str = "_limbeck_sqlalchemy";

/// A class by its name in the hidden module.
pub(crate) fn class(interp: &mut Interpreter, name: &str) -> Result<Rc<Class>> {
    let home = interp.load_module(HOME)?;
    let found = home.globals.borrow().get(name).cloned();
    match found {
        Some(Value::Class(class)) => Ok(class),
        _ => Err(interp.unsupported(format!("the class '{name}'"))),
    }
}

/// As [`class()`], where the module is known to be loaded.
pub(super) fn known(interp: &Interpreter, name: &str) -> Option<Rc<Class>> {
    match value(&interp.loaded_module(HOME)?, name) {
        Some(Value::Class(class)) => Some(class),
        _ => None,
    }
}

/// A value by its name in the hidden module.
pub(super) fn value(home: &Rc<Module>, name: &str) -> Option<Value> {
    home.globals.borrow().get(name).cloned()
}
