//! The names that an assignment or a loop gives to things.

use crate::python::Expr;
use crate::python::ExprKind;

/// The names in a target, each with what it may stand for.
pub(super) fn given<'t>(target: &'t Expr, value: &'t Expr) -> Vec<(&'t str, &'t Expr)> {
    let mut found = Vec::new();
    give(target, value, &mut found);
    found
}

/// The same, where each item of a display is assigned in turn.
pub(super) fn given_by_loop<'t>(target: &'t Expr, items: &'t Expr) -> Vec<(&'t str, &'t Expr)> {
    let mut found = Vec::new();
    for item in items_of(items).into_iter().flatten() {
        give(target, item, &mut found);
    }
    found
}

fn give<'t>(target: &'t Expr, value: &'t Expr, found: &mut Vec<(&'t str, &'t Expr)>) {
    match (&target.kind, &value.kind) {
        (_, ExprKind::Named { value, .. }) => give(target, value, found),
        (_, ExprKind::Logical { values, .. }) => {
            values.iter().for_each(|value| give(target, value, found));
        }
        (_, ExprKind::Conditional { body, orelse, .. }) => {
            give(target, body, found);
            give(target, orelse, found);
        }
        (ExprKind::Name(name), _) => found.push((name, value)),
        (ExprKind::Tuple(targets) | ExprKind::List(targets), _) => {
            let items = items_of(value).filter(|items| items.len() == targets.len());
            for (target, item) in targets.iter().zip(items.into_iter().flatten()) {
                give(target, item, found);
            }
        }
        _ => {}
    }
}

fn items_of(value: &Expr) -> Option<&[Expr]> {
    match &value.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => Some(items),
        _ => None,
    }
}
