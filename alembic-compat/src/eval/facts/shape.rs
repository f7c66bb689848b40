//! What a statement is by its form: one that only binds names, one that never runs.

use crate::python;
use crate::python::ComprehensionKind;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;

/// Whether a statement does nothing but bind names.
pub(in crate::eval) fn binds_only(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Import(_)
        | StmtKind::FunctionDef(_)
        | StmtKind::ClassDef(_)
        | StmtKind::TypeAlias(_)
        | StmtKind::Pass => true,
        StmtKind::ImportFrom { names, .. } => names.iter().all(|name| name.name != "*"),
        StmtKind::Assign { targets, .. } => targets.iter().all(is_plain_target),
        StmtKind::AnnAssign { target, .. } => is_plain_target(target),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            let blocks = [body, orelse, finally].into_iter();
            let mut blocks = blocks.chain(handlers.iter().map(|handler| &handler.body));
            blocks.all(|block| block.iter().all(binds_only))
        }
        StmtKind::If { branches, orelse } => {
            let mut blocks = branches.iter().map(|(_, block)| block).chain([orelse]);
            blocks.all(|block| block.iter().all(binds_only))
        }
        _ => false,
    }
}

fn is_plain_target(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_plain_target),
        ExprKind::Starred(inner) => is_plain_target(inner),
        _ => false,
    }
}

/// Whether a statement is a block that no import takes.
pub(super) fn never_runs(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::If { branches, orelse }
        if orelse.is_empty()
            && matches!(branches.as_slice(), [(test, _)]
                if is_type_checking(test) || is_main(test)))
}

/// `if TYPE_CHECKING:`, which no run takes.
pub(in crate::eval) fn is_type_checking(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name == "TYPE_CHECKING",
        _ => false,
    }
}

/// `if __name__ == "__main__":`, which no import takes.
fn is_main(test: &Expr) -> bool {
    let ExprKind::Compare { first, rest } = &test.kind else { return false };
    matches!(&first.kind, ExprKind::Name(name) if name == "__name__")
        && matches!(rest.as_slice(), [(python::CompareOp::Eq, value)]
            if matches!(&value.kind, ExprKind::Str(text) if text == "__main__"))
}

/// Whether a statement gives names something that cannot be an iterator.
pub(super) fn is_display(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign { value, .. } | StmtKind::AnnAssign { value: Some(value), .. } => {
            match &value.kind {
                ExprKind::List(_)
                | ExprKind::Tuple(_)
                | ExprKind::Dict(_)
                | ExprKind::Set(_)
                | ExprKind::Str(_) => true,
                ExprKind::Comprehension { kind, .. } => {
                    !matches!(kind, ComprehensionKind::Generator)
                }
                _ => false,
            }
        }
        StmtKind::ClassDef(_) => true,
        _ => false,
    }
}
