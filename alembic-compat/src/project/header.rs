//! The variables of a revision that are made of constants of the project's modules.

use crate::eval::Interpreter;
use crate::eval::Value;
use crate::header::Variable;
use crate::python;
use crate::python::StmtKind;

/// The value of a variable of the revision file `text`, evaluated with what it needs and nothing
/// else: no text, one, or the items of a collection. `None` where it cannot be evaluated, or is
/// nothing that Alembic could use.
///
/// `interp` has a host that finds the modules of the project.
pub fn header_value(
    interp: &mut Interpreter,
    path: &str,
    text: &str,
    variable: Variable,
) -> Option<Vec<String>> {
    let tree = python::parse(variable.name()).ok()?;
    let StmtKind::Expr(name) = &tree.body.first()?.kind else { return None };
    let module = interp.load_environment("revision", path, text).ok()?;
    let value = interp.evaluate_in(&module, name).ok()?;
    match &value {
        Value::None => Some(Vec::new()),
        Value::Str(_) => Some(vec![value.as_text()?.to_string()]),
        Value::Tuple(_) | Value::List(_) | Value::Set(_) => {
            let items = interp.items(&value).ok()?;
            items.iter().map(|item| Some(item.as_text()?.to_string())).collect()
        }
        _ => None,
    }
}
