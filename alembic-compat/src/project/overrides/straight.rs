//! Revisions that are nothing but operations with values that stand in their text: these have no
//! objects, no sessions and no expressions of operators.

use crate::op;
use crate::python;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

/// Functions and methods besides operations and classes that make nothing but values.
const OF_VALUES: [&str; 9] = [
    "column",
    "false",
    "literal_column",
    "null",
    "table",
    "text",
    "true",
    "with_variant",
    "get_context",
];

/// Whether all of a text is that.
pub(super) fn is_straight(source: &str) -> bool {
    // What is no Python is not run.
    let Ok(tree) = python::parse(source) else { return false };
    let mut straight = Straight(true);
    walk_stmts(&tree.body, &mut straight);
    straight.0
}

/// Whether it is, as far as it has been looked at.
struct Straight(bool);

impl<'t> Visitor<'t> for Straight {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::ImportFrom { names, .. } = &stmt.kind {
            self.0 &= !names.iter().any(|it| it.alias.is_some() && has_objects(&it.name));
        }
        self.0 &= matches!(
            stmt.kind,
            StmtKind::Expr(_)
                | StmtKind::Assign { .. }
                | StmtKind::AnnAssign { .. }
                | StmtKind::With { .. }
                | StmtKind::Pass
                | StmtKind::Return(_)
                | StmtKind::Raise { .. }
                | StmtKind::Import(_)
                | StmtKind::ImportFrom { .. }
                | StmtKind::FunctionDef(_)
        );
        self.0
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        self.0 &= match &expr.kind {
            ExprKind::Call { function, .. } => gives_values(function),
            ExprKind::Unary { operand, .. } => matches!(operand.kind, ExprKind::Number(_)),
            ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::Name(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Dict(_) => true,
            _ => false,
        };
        self.0
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }
}

/// Whether a call of this is an operation, or makes a value.
fn gives_values(function: &Expr) -> bool {
    let name = match &function.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { value, name } => {
            if matches!(&value.kind, ExprKind::Attribute { name, .. } | ExprKind::Name(name) if name == "func")
            {
                return true;
            }
            name
        }
        _ => return false,
    };
    let is_class = name.starts_with(char::is_uppercase);
    is_class && !has_objects(name) || op::has(name) || OF_VALUES.contains(&&**name)
}

/// Whether a class of this name has to do with mapped objects.
fn has_objects(name: &str) -> bool {
    name.contains("Session") || name.contains("Query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_operations_are_straight() {
        let of = |body: &str| {
            is_straight(&format!(
                "\"\"\"Text.\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\
                 revision: str = 'a'\ndef upgrade() -> None:\n    {body}\n"
            ))
        };
        for body in [
            "op.add_column('sessions', sa.Column('a', sa.Integer(), server_default=sa.text('1')))",
            "with op.batch_alter_table('t') as batch_op:\n        batch_op.drop_index(op.f('i'))",
            "op.create_index('i', 't', ['a'], postgresql_where=sa.text('a = 1'))",
            "op.alter_column('t', 'a', server_default=sa.func.now(), existing_type=-1)",
            "raise NotImplementedError()",
        ] {
            assert!(of(body), "{body}");
        }
        for body in [
            "op.create_index('i', 't', ['a'], postgresql_where=sa.column('a') == 1)",
            "op.execute(t.update().values(a=1))",
            "Session(op.get_bind()).commit()",
            "if context.is_offline_mode(): pass",
            "op.execute(sa.select(t))",
            "op.execute(not_(t.a))",
            "op.execute(f'{a}')",
            "helper(op)",
            "op.execute(~t.a)",
            "from sqlalchemy.orm import Session as S\n    S(op.get_bind()).execute(sa.text('a'))",
            "(",
        ] {
            assert!(!of(body), "{body}");
        }
    }
}
