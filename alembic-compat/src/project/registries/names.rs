//! The names that an assignment or a loop gives to things.

use crate::python::Expr;
use crate::python::ExprKind;

/// The names and attributes in a target, each with what it may stand for.
pub(super) fn given<'t>(target: &'t Expr, value: &'t Expr) -> Vec<(&'t Expr, &'t Expr)> {
    let mut found = Vec::new();
    give(target, value, &mut found);
    found
}

/// The same, where each item of a display is assigned in turn.
pub(super) fn given_by_loop<'t>(target: &'t Expr, items: &'t Expr) -> Vec<(&'t Expr, &'t Expr)> {
    let mut found = Vec::new();
    for item in items_of(items).into_iter().flatten() {
        give(target, item, &mut found);
    }
    found
}

/// What an expression may give, which is one of several where it decides.
pub(super) fn choices(value: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut next = vec![value];
    while let Some(value) = next.pop() {
        match &value.kind {
            ExprKind::Named { value, .. } => next.push(value),
            ExprKind::Logical { values, .. } => next.extend(values.iter().rev()),
            ExprKind::Conditional { body, orelse, .. } => next.extend([&**orelse, &**body]),
            _ => found.push(value),
        }
    }
    found
}

/// All names of a target.
pub(super) fn names_in(target: &Expr) -> Vec<&str> {
    match &target.kind {
        ExprKind::Name(name) => vec![name],
        ExprKind::Tuple(targets) | ExprKind::List(targets) => {
            targets.iter().flat_map(names_in).collect()
        }
        ExprKind::Starred(target) => names_in(target),
        _ => Vec::new(),
    }
}

fn give<'t>(target: &'t Expr, value: &'t Expr, found: &mut Vec<(&'t Expr, &'t Expr)>) {
    for value in choices(value) {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => found.push((target, value)),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = items_of(value).filter(|items| items.len() == targets.len());
                for (target, item) in targets.iter().zip(items.into_iter().flatten()) {
                    give(target, item, found);
                }
            }
            _ => {}
        }
    }
}

fn items_of(value: &Expr) -> Option<&[Expr]> {
    match &value.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => Some(items),
        _ => None,
    }
}
