//! `psycopg2`: the classes that errors of PostgreSQL have (`sqlalchemy.exc.DBAPIError.orig`), and
//! the names of the SQLSTATEs. There are no connections.

use std::rc::Rc;

use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;
use crate::sa::driver_error;
use crate::sa::sqlstates;

pub(super) const MODULES: &[&str] =
    &["psycopg2", "psycopg2.errors", "psycopg2.errorcodes", "psycopg2.extensions"];

pub(super) fn register(interp: &mut Interpreter) {
    interp.register_module("psycopg2", |interp| {
        let module = Rc::new(Module::native("psycopg2").with_fallback(of_package));
        // The package imports these itself.
        for name in ["errors", "errorcodes", "extensions"] {
            let part = interp.load_module(&format!("psycopg2.{name}"))?;
            module.set(name, Value::Module(part));
        }
        Ok(module)
    });
    interp.register_module("psycopg2.errors", |_| {
        let module = Module::native("psycopg2.errors").with_fallback(of_errors);
        module.function("lookup", |interp, args| {
            let [code] = args.exactly(interp, "lookup")?;
            let class = match code.as_text() {
                Some(text) => driver_error::psycopg2_error(interp, &text)?,
                None => None,
            };
            match class {
                Some(class) => Ok(Value::Class(class)),
                None => Err(interp.raised_builtin("KeyError", vec![code])),
            }
        });
        Ok(Rc::new(module))
    });
    interp.register_module("psycopg2.errorcodes", |_| {
        let module = Module::native("psycopg2.errorcodes").with_fallback(of_codes);
        module.function("lookup", |interp, args| {
            let [code] = args.exactly(interp, "lookup")?;
            match code.as_text().and_then(|text| sqlstates::constant_of(&text)) {
                Some(name) => Ok(Value::str(name.trim_end_matches('_'))),
                None => Err(interp.unsupported("psycopg2.errorcodes.lookup() of this code")),
            }
        });
        Ok(Rc::new(module))
    });
    interp.register_module("psycopg2.extensions", |_| {
        Ok(Rc::new(Module::native("psycopg2.extensions").with_fallback(of_extensions)))
    });
}

fn of_extensions(
    interp: &mut Interpreter,
    module: &Rc<Module>,
    name: &str,
) -> Result<Option<Value>> {
    match driver_error::psycopg2_extension(interp, name)? {
        Some(class) => Ok(Some(Value::Class(class))),
        None => super::missing(interp, module, name),
    }
}

fn of_package(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    match driver_error::psycopg2_class(interp, name)? {
        Some(class) => Ok(Some(Value::Class(class))),
        None => super::missing(interp, module, name),
    }
}

fn of_errors(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    let class = match sqlstates::of_name(name) {
        Some(state) => driver_error::psycopg2_error(interp, state)?,
        None => None,
    };
    match class {
        Some(class) => Ok(Some(Value::Class(class))),
        None => super::missing(interp, module, name),
    }
}

fn of_codes(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    match sqlstates::of_constant(name) {
        Some(state) => Ok(Some(Value::str(state))),
        None => super::missing(interp, module, name),
    }
}
