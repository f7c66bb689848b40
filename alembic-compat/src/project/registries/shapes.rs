//! What the definitions of classes and functions say.

use std::collections::BTreeSet;

use crate::python::BinaryOp;
use crate::python::ClassDef;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;

use super::path::last;
use super::path::path_of;

/// The collections that the body of a class makes. A field of a dataclass is each object's own.
pub(super) fn shared_of(class: &ClassDef) -> BTreeSet<String> {
    let is_dataclass = class.decorators.iter().any(|decorator| {
        let path = match &decorator.value.kind {
            ExprKind::Call { function, .. } => path_of(function),
            _ => path_of(&decorator.value),
        };
        path.is_some_and(|path| path.ends_with("dataclass"))
    });
    let body = class.body.iter().filter(|_| !is_dataclass);
    let bound = body.filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value } if is_collection(value) => Some(targets.as_slice()),
        StmtKind::AnnAssign { target, value: Some(value), .. } if is_collection(value) => {
            Some(std::slice::from_ref(target))
        }
        _ => None,
    });
    let names = bound.flatten().filter_map(|target| match &target.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

fn is_collection(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(_)
        | ExprKind::Dict(_)
        | ExprKind::Set(_)
        | ExprKind::Comprehension { .. } => true,
        ExprKind::Call { function, .. } => path_of(function).is_some_and(|path| {
            let name = last(&path).to_lowercase();
            ["list", "dict", "set", "deque", "counter"].iter().any(|kind| name.ends_with(kind))
        }),
        _ => false,
    }
}

/// What a method calls its object, and whether that is the class.
pub(super) fn receiver_of(function: &FunctionDef) -> Option<(String, bool)> {
    let is = |name: &str| {
        let mut decorators = function.decorators.iter();
        decorators
            .any(|it| matches!(&it.value.kind, ExprKind::Name(decorator) if decorator == name))
    };
    if is("staticmethod") {
        return None;
    }
    let first = function.parameters.iter().next()?;
    let of_class = is("classmethod")
        || matches!(&*function.name, "__init_subclass__" | "__new__" | "__class_getitem__");
    Some((first.name.clone(), of_class))
}

/// Whether a method is called where its name is read.
pub(super) fn is_property(function: &FunctionDef) -> bool {
    let mut decorators = function.decorators.iter().filter_map(|it| path_of(&it.value));
    decorators.any(|path| last(&path).ends_with("property"))
}

/// The name of an operator in those of the methods that it calls.
pub(super) fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "add",
        BinaryOp::Sub => "sub",
        BinaryOp::Mul => "mul",
        BinaryOp::MatMul => "matmul",
        BinaryOp::Div => "truediv",
        BinaryOp::FloorDiv => "floordiv",
        BinaryOp::Mod => "mod",
        BinaryOp::Pow => "pow",
        BinaryOp::LeftShift => "lshift",
        BinaryOp::RightShift => "rshift",
        BinaryOp::BitOr => "or",
        BinaryOp::BitXor => "xor",
        BinaryOp::BitAnd => "and",
    }
}

/// Whether annotations are evaluated when these statements run.
pub(super) fn annotations_run(body: &[Stmt]) -> bool {
    let is_future = |stmt: &Stmt| match &stmt.kind {
        StmtKind::ImportFrom { module: Some(module), names, .. } => {
            module == "__future__" && names.iter().any(|name| name.name == "annotations")
        }
        _ => false,
    };
    !body.iter().any(is_future)
}
