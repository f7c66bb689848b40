//! CREATE TABLE and DROP TABLE.

use super::BoundTable;
use super::Constraint;
use crate::CompileError;
use crate::Target;

impl BoundTable {
    /// CREATE TABLE, as SQLAlchemy lays it out: with line breaks before and behind.
    ///
    /// # Errors
    ///
    /// When a column, constraint or option cannot be written for `target`.
    pub fn create_sql(&self, target: &Target, if_not_exists: bool) -> Result<String, CompileError> {
        let mut sql = "\nCREATE ".to_owned();
        if !self.prefixes.is_empty() {
            sql += &self.prefixes.join(" ");
            sql += " ";
        }
        sql += "TABLE ";
        if if_not_exists {
            sql += "IF NOT EXISTS ";
        }
        sql += &target.quote_qualified(self.schema.as_deref(), &self.name);
        sql += " (";
        let mut separator = "\n";
        for at in 0..self.columns.len() {
            if self.columns[at].system {
                continue;
            }
            let column = self.create_column(at, target).map_err(|error| self.inside(at, error))?;
            sql += &format!("{separator}\t{column}");
            separator = ", \n";
        }
        let constraints = self.create_constraints(target)?;
        if !constraints.is_empty() {
            sql += &format!("{separator}\t{}", constraints.join(", \n\t"));
        }
        let options = self.options.sql(self.comment.as_deref(), target)?;
        sql += &format!("\n){options}\n\n");
        Ok(sql)
    }

    /// DROP TABLE.
    pub fn drop_sql(&self, target: &Target, if_exists: bool) -> String {
        let if_exists = if if_exists { "IF EXISTS " } else { "" };
        let name = target.quote_qualified(self.schema.as_deref(), &self.name);
        format!("\nDROP TABLE {if_exists}{name}")
    }

    /// A column with the constraints inside of it.
    pub(crate) fn create_column(&self, at: usize, target: &Target) -> Result<String, CompileError> {
        let mut parts = vec![self.column_specification(at, target)?];
        for check in &self.columns[at].checks {
            parts.push(self.column_check_sql(check, target)?);
        }
        Ok(parts.join(" "))
    }

    fn create_constraints(&self, target: &Target) -> Result<Vec<String>, CompileError> {
        let mut written: Vec<String> = self.primary_key_sql(target)?.into_iter().collect();
        for constraint in &self.constraints {
            let is_later = target.supports_alter()
                && matches!(constraint, Constraint::ForeignKey(key) if key.actions.use_alter);
            if !is_later && BoundTable::is_needed(constraint, target) {
                written.extend(self.constraint_sql(constraint, target)?);
            }
        }
        Ok(written)
    }

    fn inside(&self, at: usize, error: CompileError) -> CompileError {
        match error {
            CompileError::Compile(_) | CompileError::Unsupported { .. } => CompileError::Column {
                table: self.name.clone(),
                column: self.columns[at].name.clone(),
                reason: error.to_string(),
            },
            other => other,
        }
    }
}
