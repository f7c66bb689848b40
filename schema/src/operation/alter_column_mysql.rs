//! `alter_column` on MySQL, which always says a column anew.

use super::AlterColumn;
use super::AnyDefault;
use super::Change;
use super::DdlStatement;
use super::OperationContext;
use super::alter_column::computed_cannot_change;
use super::alter_column::default_sql;
use super::alter_column::identity_cannot_change;
use crate::CompileError;
use crate::types::Affinity;

impl OperationContext {
    pub(super) fn alter_column_on_mysql(
        &mut self,
        alter: &AlterColumn,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        if alter.is_about_computed() || alter.is_about_identity() {
            refuse_parts(alter)?;
        }
        let target = &self.target;
        let sql_type = alter.sql_type.as_ref().or(alter.existing_type.as_ref());
        // A default of a date and time may be a function, which ALTER COLUMN does not take. What is
        // not given counts as one too.
        let is_date_time = sql_type
            .is_some_and(|sql_type| sql_type.affinity() == Affinity::DateTime)
            && alter.server_default != Change::Drop;
        let table = alter.alter_table(target);
        let column = target.quote(&alter.column);
        if alter.new_name.is_some() || is_date_time {
            let new_name = alter.new_name.as_ref().unwrap_or(&alter.column);
            let new_name = target.quote(new_name);
            let specification = self.mysql_specification(alter)?;
            statements.push(format!("{table} CHANGE {column} {new_name} {specification}").into());
        } else if alter.nullable.is_some()
            || alter.sql_type.is_some()
            || alter.autoincrement.is_some()
            || alter.comment != Change::Keep
        {
            let specification = self.mysql_specification(alter)?;
            statements.push(format!("{table} MODIFY {column} {specification}").into());
        } else if let Some(default) = changed(&alter.server_default) {
            let change = match default {
                Some(default) => format!("SET DEFAULT {}", default_sql(default, target)?),
                None => "DROP DEFAULT".to_owned(),
            };
            statements.push(format!("{table} ALTER COLUMN {column} {change}").into());
        }
        Ok(())
    }

    /// Type, NULL, AUTO_INCREMENT, DEFAULT, COMMENT: what is not said again is lost.
    fn mysql_specification(&self, alter: &AlterColumn) -> Result<String, CompileError> {
        let target = &self.target;
        let sql_type = alter.sql_type.as_ref().or(alter.existing_type.as_ref());
        let sql_type = sql_type.ok_or_else(|| {
            CompileError::Command(
                "All MySQL CHANGE/MODIFY COLUMN operations require the existing type.".to_owned(),
            )
        })?;
        let nullable = alter.nullable.or(alter.existing_nullable).unwrap_or(true);
        let mut sql = sql_type.compile(target)?;
        sql += if nullable { " NULL" } else { " NOT NULL" };
        if alter.autoincrement.or(alter.existing_autoincrement) == Some(true) {
            sql += " AUTO_INCREMENT";
        }
        let default = match changed(&alter.server_default) {
            Some(default) => default,
            None => alter.existing_server_default.as_ref(),
        };
        if let Some(default) = default {
            sql += &format!(" DEFAULT {}", default_sql(default, target)?);
        }
        let comment = match &alter.comment {
            Change::Keep => alter.existing_comment.as_ref(),
            Change::Drop => None,
            Change::To(comment) => Some(comment),
        };
        if let Some(comment) = comment {
            sql += &format!(" COMMENT {}", target.literal(comment));
        }
        Ok(sql)
    }
}

fn changed(default: &Change<AnyDefault>) -> Option<Option<&AnyDefault>> {
    match default {
        Change::Keep => None,
        Change::Drop => Some(None),
        Change::To(default) => Some(Some(default)),
    }
}

/// Alembic takes the way of the other dialects for identities and computed columns, which then
/// fails at the first thing that changes.
fn refuse_parts(alter: &AlterColumn) -> Result<(), CompileError> {
    let individual = CompileError::NotImplemented(
        "Individual alter column constructs not supported by MySQL".to_owned(),
    );
    if alter.nullable.is_some() {
        Err(individual)
    } else if alter.server_default != Change::Keep {
        Err(if alter.is_about_computed() {
            computed_cannot_change()
        } else {
            identity_cannot_change()
        })
    } else if alter.sql_type.is_some() {
        Err(individual)
    } else {
        Ok(())
    }
}
