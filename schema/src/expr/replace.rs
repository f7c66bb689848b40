//! Expressions with parts of them replaced.

use crate::expr::Binary;
use crate::expr::Case;
use crate::expr::Cast;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Function;
use crate::expr::Label;
use crate::expr::List;
use crate::expr::Unary;

/// The expression with `replacement` in the place of every part for which it gives one. Nothing is
/// put in parentheses anew.
pub(crate) fn replaced(expr: &Expr, replacement: &dyn Fn(&Expr) -> Option<Expr>) -> Expr {
    if let Some(new) = replacement(expr) {
        return new;
    }
    let one = |expr: &Expr| replaced(expr, replacement);
    let all = |list: &[Expr]| -> Vec<Expr> { list.iter().map(one).collect() };
    Expr::new(match expr.kind() {
        ExprKind::Label(label) => {
            ExprKind::Label(Box::new(Label { element: one(&label.element), ..Label::clone(label) }))
        }
        ExprKind::Unary(unary) => {
            ExprKind::Unary(Box::new(Unary { element: one(&unary.element), ..Unary::clone(unary) }))
        }
        ExprKind::AsBoolean { element, holds } => {
            ExprKind::AsBoolean { element: one(element), holds: *holds }
        }
        ExprKind::Binary(binary) => ExprKind::Binary(Box::new(Binary {
            left: one(&binary.left),
            right: one(&binary.right),
            ..Binary::clone(binary)
        })),
        ExprKind::List(list) => {
            ExprKind::List(Box::new(List { clauses: all(&list.clauses), ..List::clone(list) }))
        }
        ExprKind::Grouping(inner) => ExprKind::Grouping(one(inner)),
        ExprKind::Case(case) => ExprKind::Case(Box::new(Case {
            value: case.value.as_ref().map(one),
            whens: case.whens.iter().map(|(a, b)| (one(a), one(b))).collect(),
            otherwise: case.otherwise.as_ref().map(one),
            sql_type: case.sql_type.clone(),
        })),
        ExprKind::Cast(cast) => {
            ExprKind::Cast(Box::new(Cast { element: one(&cast.element), ..Cast::clone(cast) }))
        }
        ExprKind::Function(function) => ExprKind::Function(Box::new(Function {
            arguments: all(&function.arguments),
            ..Function::clone(function)
        })),
        ExprKind::Tuple(items) => ExprKind::Tuple(all(items)),
        _ => return expr.clone(),
    })
}
