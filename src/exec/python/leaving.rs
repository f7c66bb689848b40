//! Whether a function of a revision leaves the transaction that it begins in, as far as its file
//! tells.
//!
//! Read without running it: the answer decides, before anything is done, whether the revision is
//! one transaction or is journaled statement by statement. Where only the run shows it, in a helper
//! of another module, the run refuses ([`LeavesTransaction`](super::super::RunErrorKind)).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_alembic::python::Expr;
use limbeck_alembic::python::ExprKind;
use limbeck_alembic::python::FStringPart;
use limbeck_alembic::python::Module;
use limbeck_alembic::python::Stmt;
use limbeck_alembic::python::StmtKind;
use limbeck_alembic::python::Visitor;
use limbeck_alembic::python::walk_stmt;
use limbeck_schema::Dialect;

use crate::script::sql;

/// Whether `function` of the file `module`, or anything that it names there, has an
/// `autocommit_block()`, an isolation level `AUTOCOMMIT`, a session that controls its transaction
/// fully, a `commit()` of a connection, or a text
/// that begins or ends a transaction.
pub(super) fn leaves(module: &Module, function: &str, dialect: Dialect) -> bool {
    let mut named: BTreeMap<&str, Vec<&Stmt>> = BTreeMap::new();
    let mut seen = Seen { dialect, names: BTreeSet::new(), leaves: false };
    for stmt in &module.body {
        match &stmt.kind {
            StmtKind::FunctionDef(made) => named.entry(&made.name).or_default().push(stmt),
            StmtKind::ClassDef(made) => named.entry(&made.name).or_default().push(stmt),
            // A constant counts where it is used.
            StmtKind::Assign { targets, .. } if targets.iter().all(is_name) => {
                for target in targets {
                    if let ExprKind::Name(name) = &target.kind {
                        named.entry(name).or_default().push(stmt);
                    }
                }
            }
            _ => walk_stmt(stmt, &mut seen),
        }
    }
    let mut asked: BTreeSet<&str> = BTreeSet::new();
    let mut next = vec![function];
    while let Some(name) = next.pop() {
        if !asked.insert(name) {
            continue;
        }
        for stmt in named.get(name).into_iter().flatten() {
            if let StmtKind::Assign { value, .. } = &stmt.kind
                && let ExprKind::Str(text) = &value.kind
            {
                seen.leaves |= controls(text, dialect);
            }
            walk_stmt(stmt, &mut seen);
        }
        next.extend(seen.names.iter().filter(|name| !asked.contains(*name)));
    }
    seen.leaves
}

const fn is_name(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Name(_))
}

struct Seen<'t> {
    dialect: Dialect,
    /// What is named.
    names: BTreeSet<&'t str>,
    leaves: bool,
}

impl<'t> Visitor<'t> for Seen<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                self.names.insert(name);
            }
            ExprKind::Attribute { name, .. } => self.leaves |= name == "autocommit_block",
            ExprKind::Call { function, .. } if ends(function) => self.leaves = true,
            ExprKind::Call { function, arguments } if takes_sql(function) => {
                for argument in arguments {
                    if let ExprKind::Str(text) = &argument.value().kind {
                        self.leaves |= controls(text, self.dialect);
                    }
                }
            }
            // A word alone may be the name of a column, or a value.
            ExprKind::Str(text) => {
                self.leaves |= matches!(text.as_str(), "AUTOCOMMIT" | "control_fully")
                    || text.trim().contains([';', ' ', '\n']) && controls(text, self.dialect);
            }
            ExprKind::FString(parts) => {
                let made = parts.iter().map(|part| match part {
                    FStringPart::Text(text) => text.as_str(),
                    FStringPart::Value { .. } => "x",
                });
                self.leaves |= controls(&made.collect::<String>(), self.dialect);
            }
            _ => {}
        }
        true
    }
}

/// Whether `function` is `commit` or `rollback` of a connection, as far as its name tells. A session
/// that commits leaves the transaction of the connection it was given alone.
fn ends(function: &Expr) -> bool {
    let ExprKind::Attribute { value, name } = &function.kind else { return false };
    if !matches!(name.as_str(), "commit" | "rollback") {
        return false;
    }
    let of = match &value.kind {
        ExprKind::Call { function, .. } => &function.kind,
        of => of,
    };
    match of {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
            let name = name.to_ascii_lowercase();
            name.contains("conn") || name.contains("bind") || name == "get_transaction"
        }
        _ => false,
    }
}

/// Whether what `function` is called with is SQL.
fn takes_sql(function: &Expr) -> bool {
    let (ExprKind::Name(name) | ExprKind::Attribute { name, .. }) = &function.kind else {
        return false;
    };
    matches!(name.as_str(), "execute" | "text" | "exec_driver_sql" | "DDL" | "scalar")
}

/// Whether `text`, taken for SQL, has a statement that begins or ends a transaction.
fn controls(text: &str, dialect: Dialect) -> bool {
    !sql::transaction_controls(text, dialect).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves_with(body: &str) -> bool {
        let text = format!("from alembic import op\n{body}");
        let module = limbeck_alembic::python::parse(&text).unwrap();
        leaves(&module, "upgrade", Dialect::Postgresql)
    }

    #[test]
    fn blocks_and_texts_leave() {
        for body in [
            "def upgrade():\n    with op.get_context().autocommit_block():\n        pass\n",
            "def upgrade():\n    op.execute('COMMIT')\n",
            "def upgrade():\n    op.execute('-- now\\ncommit')\n",
            "def upgrade():\n    op.execute('SELECT 1; COMMIT; SELECT 2')\n",
            "END = 'commit'\ndef upgrade():\n    op.execute(END)\n",
            "def helper():\n    op.execute('COMMIT')\ndef upgrade():\n    helper()\n",
            "def upgrade():\n    op.execute(f'COMMIT {1}')\n",
            "def upgrade():\n    op.get_bind().commit()\n",
            "def upgrade():\n    conn = op.get_bind()\n    conn.commit()\n",
            "def upgrade():\n    op.get_context().connection.rollback()\n",
            "def upgrade():\n    c = op.get_bind().execution_options(isolation_level='AUTOCOMMIT')\n",
        ] {
            assert!(leaves_with(body), "{body}");
        }
    }

    #[test]
    fn what_does_not_matter_does_not_count() {
        for body in [
            "def upgrade():\n    op.execute('SELECT 1')\n",
            "def upgrade():\n    pass\ndef downgrade():\n    op.execute('COMMIT')\n",
            "def upgrade():\n    op.execute('CREATE FUNCTION f() RETURNS int AS $$ BEGIN; COMMIT; $$')\n",
            "def upgrade():\n    session.commit()\n",
            "def upgrade():\n    op.add_column('t', sa.Column('end', sa.Text()))\n",
            "def upgrade():\n    op.add_column('t', sa.Column('ending', sa.Text()))\n",
        ] {
            assert!(!leaves_with(body), "{body}");
        }
    }
}
