//! `importlib`: modules whose name is worked out.

use std::rc::Rc;

use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

/// Registers `importlib`.
pub(super) fn register(interp: &mut Interpreter) {
    interp.register_module("importlib", load);
}

#[allow(clippy::unnecessary_wraps, reason = "a loader")]
fn load(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = Module::native("importlib").with_fallback(super::missing);
    module.function("import_module", |interp, args| {
        let signature = Signature::new("import_module", ["name", "package"], 1);
        let Bound { values: [name, package], .. } = args.bind(interp, &signature)?;
        let Some(name) = name.and_then(|name| name.as_text()) else {
            return interp.type_error("import_module() needs the name as a str");
        };
        let levels = name.chars().take_while(|c| *c == '.').count();
        if levels == 0 {
            return Ok(Value::Module(interp.load_module(&name)?));
        }
        let Some(package) = package.and_then(|package| package.as_text()) else {
            return interp.type_error(format!(
                "the 'package' argument is required to perform a relative import for '{name}'"
            ));
        };
        let mut base = package.as_str();
        for _ in 1..levels {
            base = match base.rsplit_once('.') {
                Some((above, _)) => above,
                None => {
                    return interp.raise(
                        "ImportError",
                        "attempted relative import beyond top-level package",
                    );
                }
            };
        }
        let rest = name.trim_start_matches('.');
        let full = if rest.is_empty() { base.to_owned() } else { format!("{base}.{rest}") };
        Ok(Value::Module(interp.load_module(&full)?))
    });
    Ok(Rc::new(module))
}
