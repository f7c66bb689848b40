//! Expressions of a name and what is taken of it.

use crate::python::Expr;
use crate::python::ExprKind;

/// An expression of a name and attributes.
pub(super) struct Path {
    pub(super) dotted: String,
    /// Whether something else is taken of it in turn, or it is called.
    pub(super) goes_on: bool,
    /// Whether something in it is called.
    pub(super) is_made: bool,
}

/// The path of an expression, if it begins with a name.
pub(super) fn path_of(expr: &Expr) -> Option<Path> {
    match &expr.kind {
        ExprKind::Name(name) => Some(Path { dotted: name.clone(), goes_on: false, is_made: false }),
        ExprKind::Attribute { value, name } => {
            let mut path = path_of(value)?;
            if !path.goes_on {
                path.dotted = format!("{}.{name}", path.dotted);
            }
            Some(path)
        }
        ExprKind::Subscript { value, .. } => Some(Path { goes_on: true, ..path_of(value)? }),
        ExprKind::Call { function, arguments } => {
            let first = arguments.first().and_then(|first| path_of(first.value()));
            match (&function.kind, first) {
                // `type(self)` and `vars(module)`.
                (ExprKind::Name(name), Some(of)) if name == "type" && !of.goes_on => {
                    Some(Path { dotted: format!("{}.__class__", of.dotted), ..of })
                }
                (ExprKind::Name(name), None) if name == "globals" => {
                    let dotted = "__dict__".to_owned();
                    Some(Path { dotted, goes_on: false, is_made: false })
                }
                (ExprKind::Name(name), Some(of)) if name == "vars" && !of.goes_on => {
                    Some(Path { dotted: format!("{}.__dict__", of.dotted), ..of })
                }
                _ => Some(Path { is_made: true, ..path_of(function)? }),
            }
        }
        _ => None,
    }
}
