//! Expressions as defaults, checks and elements of indexes: what SQLAlchemy asks of them there.

use std::cell::RefCell;

use crate::CompileError;
use crate::Target;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Operator;

impl Expr {
    /// The keys of the columns that the expression names as columns, not as text.
    pub(crate) fn column_keys(&self) -> Vec<String> {
        self.named_columns().into_iter().map(|(key, _)| key).collect()
    }

    /// The same, and whether each is a column of a table rather than a mere `column("x")`.
    pub(crate) fn named_columns(&self) -> Vec<(String, bool)> {
        let columns = RefCell::new(Vec::new());
        drop(crate::expr::replaced(self, &|part| {
            if let ExprKind::Column(column) = part.kind() {
                columns.borrow_mut().push((column.key.clone(), column.table.is_some()));
            }
            None
        }));
        columns.into_inner()
    }

    /// The keys of the columns when it is an element of an index: only the first counts, and Alembic
    /// takes a whole text for a column.
    pub(crate) fn index_columns(&self) -> Vec<(String, bool)> {
        match self.kind() {
            ExprKind::Text(text) => vec![(text.text.clone(), true)],
            _ => self.named_columns().into_iter().take(1).collect(),
        }
    }

    /// The key by which `postgresql_ops` calls it.
    pub(crate) fn index_key(&self) -> Option<&str> {
        match self.kind() {
            ExprKind::Text(text) => Some(&text.text),
            ExprKind::Column(column) => Some(&column.key),
            _ => None,
        }
    }

    /// Whether MySQL needs parentheses around it in an index: functions and operators.
    pub(crate) fn needs_parentheses_in_mysql_index(&self) -> bool {
        match self.kind() {
            ExprKind::Binary(_) | ExprKind::Function(_) => true,
            ExprKind::Unary(unary) => {
                !matches!(unary.modifier, Some(Operator::Desc | Operator::Asc))
            }
            _ => false,
        }
    }

    /// The expression as an element of PostgreSQL's indexes, where operators are in parentheses.
    pub(crate) fn compile_in_postgresql_index(
        &self,
        target: &Target,
    ) -> Result<String, CompileError> {
        match self.kind() {
            ExprKind::Column(_) => self.compile_ddl(target),
            _ => self.grouped(None).compile_ddl(target),
        }
    }
}
