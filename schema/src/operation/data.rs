//! `execute` and `bulk_insert`: statements on rows, with their values written into the text.

use super::BulkInsert;
use super::DdlStatement;
use super::OperationContext;
use crate::CompileError;
use crate::PythonError;
use crate::expr::Binds;
use crate::expr::Expr;
use crate::expr::Insert;
use crate::expr::Statement;
use crate::expr::literal;

impl OperationContext {
    pub(super) fn execute(&self, statement: &Statement) -> Result<DdlStatement, CompileError> {
        Ok(statement.compile(&self.target, Binds::Literal)?.sql.into())
    }

    /// One INSERT for each row.
    pub(super) fn bulk_insert(
        &self,
        insert: &BulkInsert,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        for row in &insert.rows {
            let mut values: Vec<(String, Expr)> = Vec::new();
            for (key, value) in row {
                let column = insert.table.get(key);
                let column = column.ok_or_else(|| PythonError::Key(key.clone()))?;
                let value = literal(value.clone(), Some(column.sql_type()));
                values.push((key.clone(), value));
            }
            let statement = Insert::new(&insert.table).inline().values(values);
            statements.push(self.execute(&statement.into())?);
        }
        Ok(())
    }
}
