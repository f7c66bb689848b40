//! The names that an expression begins with or mentions.

use std::collections::BTreeSet;

use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Visitor;

/// What an expression of attributes and items begins with.
pub(super) enum Base<'t> {
    Name(&'t str),
    /// `type(name)`
    TypeOf(&'t str),
    Other,
}

/// What an expression begins with, and the attributes behind it; items are left out.
pub(super) fn path_of(expr: &Expr) -> (Base<'_>, Vec<&str>) {
    let mut path = Vec::new();
    let mut expr = expr;
    let base = loop {
        match &expr.kind {
            ExprKind::Name(name) => break Base::Name(name),
            ExprKind::Attribute { value, name } => {
                path.push(name.as_str());
                expr = value;
            }
            ExprKind::Subscript { value, .. } => expr = value,
            ExprKind::Call { function, arguments } => {
                let of = arguments.first().and_then(|argument| plain(argument.value()));
                match (&function.kind, of) {
                    (ExprKind::Name(name), Some(of)) if name == "type" => break Base::TypeOf(of),
                    _ => break Base::Other,
                }
            }
            _ => break Base::Other,
        }
    };
    path.reverse();
    (base, path)
}

pub(super) fn plain(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// The name that an expression of attributes and items begins with.
pub(super) fn base(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => base(value),
        ExprKind::Call { function, .. } => base(function),
        _ => None,
    }
}

/// The names that an expression mentions.
#[derive(Default)]
pub(super) struct NamesIn<'t>(pub(super) BTreeSet<&'t str>);

impl<'t> Visitor<'t> for NamesIn<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        self.0.extend(plain(expr));
        true
    }
}
