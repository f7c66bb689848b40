//! How each dialect writes a column.

use super::BoundTable;
use super::Column;
use super::ColumnDefault;
use super::Computed;
use super::ServerDefault;
use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::Target;
use crate::types::Affinity;
use crate::types::IntegerKind;
use crate::types::NumericKind;
use crate::types::TemporalKind;

impl ServerDefault {
    /// The default as it stands behind DEFAULT; none if the server alone knows it.
    ///
    /// # Errors
    ///
    /// When the expression cannot be written.
    pub fn sql(&self, target: &Target) -> Result<Option<String>, CompileError> {
        match self {
            ServerDefault::Literal(text) => Ok(Some(target.literal(text))),
            ServerDefault::Expression(expression) => expression.compile_ddl(target).map(Some),
            ServerDefault::Fetched => Ok(None),
        }
    }
}

impl Computed {
    /// `GENERATED ALWAYS AS (…)`.
    ///
    /// # Errors
    ///
    /// A column that is not stored, on a PostgreSQL that has none.
    pub fn sql(&self, target: &Target) -> Result<String, CompileError> {
        let expression = self.expression.compile_ddl(target)?;
        if target.dialect() == Dialect::Postgresql && !target.supports_virtual_generated_columns() {
            if self.persisted == Some(false) {
                return Err(CompileError::Compile(
                    "PostrgreSQL computed columns do not support 'virtual' persistence; set the \
                     'persisted' flag to None or True for PostgreSQL support."
                        .to_owned(),
                ));
            }
            return Ok(format!("GENERATED ALWAYS AS ({expression}) STORED"));
        }
        let stored = match self.persisted {
            Some(true) => " STORED",
            Some(false) => " VIRTUAL",
            None => "",
        };
        Ok(format!("GENERATED ALWAYS AS ({expression}){stored}"))
    }
}

impl BoundTable {
    /// The column at this place as CREATE TABLE and ADD COLUMN write it, without the constraints
    /// inside of it.
    ///
    /// # Errors
    ///
    /// When its type, default or computation cannot be written.
    pub fn column_specification(&self, at: usize, target: &Target) -> Result<String, CompileError> {
        let column = &self.columns[at];
        match target.dialect() {
            Dialect::Postgresql => self.postgresql_column(at, column, target),
            Dialect::Sqlite => self.sqlite_column(at, column, target),
            Dialect::Mysql => self.mysql_column(at, column, target),
        }
    }

    fn postgresql_column(
        &self,
        at: usize,
        column: &Column,
        target: &Target,
    ) -> Result<String, CompileError> {
        let mut sql = target.quote(&column.name);
        let identity = column.identity.filter(|_| target.supports_identity_columns());
        let counts_up = column.primary_key
            && self.autoincrement(target.sqlalchemy())? == Some(at)
            && identity.is_none()
            && match &column.default {
                ColumnDefault::None => true,
                ColumnDefault::Sequence(sequence) => sequence.optional,
                ColumnDefault::Scalar(_)
                | ColumnDefault::Expression(_)
                | ColumnDefault::Callable => false,
            };
        if counts_up {
            sql += match integer_kind(column.sql_type.resolve(target)) {
                Some(IntegerKind::BigInteger | IntegerKind::Bigint) => " BIGSERIAL",
                Some(IntegerKind::SmallInteger | IntegerKind::Smallint) => " SMALLSERIAL",
                _ => " SERIAL",
            };
        } else {
            sql += " ";
            sql += &column.sql_type.compile(target)?;
            sql += &default_clause(column, target)?;
        }
        if let Some(computed) = &column.computed {
            sql += " ";
            sql += &computed.sql(target)?;
        }
        let is_nullable = column.nullable.unwrap_or(true);
        match identity {
            Some(identity) => {
                sql += " ";
                sql += &identity.sql(target);
                if is_nullable {
                    sql += " NULL";
                }
            }
            None if !is_nullable => sql += " NOT NULL",
            None => {}
        }
        Ok(sql)
    }

    fn sqlite_column(
        &self,
        at: usize,
        column: &Column,
        target: &Target,
    ) -> Result<String, CompileError> {
        let mut sql =
            format!("{} {}", target.quote(&column.name), column.sql_type.compile(target)?);
        if let Some(default) = server_default(column, target)? {
            if !is_enclosed(&default) && has_other_than_words(&default) {
                sql += &format!(" DEFAULT ({default})");
            } else {
                sql += &format!(" DEFAULT {default}");
            }
        }
        let on_conflict = |action: &Option<String>| {
            action.as_ref().map_or(String::new(), |action| format!(" ON CONFLICT {action}"))
        };
        if column.nullable == Some(false) {
            sql += " NOT NULL";
            sql += &on_conflict(&column.sqlite.on_conflict_not_null);
        }
        if column.primary_key {
            let is_alone = self.primary_key.columns.len() == 1;
            if column.autoincrement == super::Autoincrement::Yes && !is_alone {
                return Err(CompileError::Compile(
                    "SQLite does not support autoincrement for composite primary keys".to_owned(),
                ));
            }
            if is_alone && self.is_sqlite_autoincrement(at) {
                sql += " PRIMARY KEY";
                sql += &on_conflict(&column.sqlite.on_conflict_primary_key);
                sql += " AUTOINCREMENT";
            }
        }
        if let Some(computed) = &column.computed {
            sql += " ";
            sql += &computed.sql(target)?;
        }
        Ok(sql)
    }

    /// Whether SQLite's PRIMARY KEY must stand inside of this column, for AUTOINCREMENT.
    pub(crate) fn is_sqlite_autoincrement(&self, at: usize) -> bool {
        self.options.sqlite.autoincrement == Some(true)
            && self.columns[at].sql_type.affinity() == Affinity::Integer
            && !self.has_foreign_key(at)
    }

    fn mysql_column(
        &self,
        at: usize,
        column: &Column,
        target: &Target,
    ) -> Result<String, CompileError> {
        refuse_half_precision(column.sql_type.resolve(target))?;
        let mut parts = vec![target.quote(&column.name), column.sql_type.compile(target)?];
        if let Some(computed) = &column.computed {
            parts.push(computed.sql(target)?);
        }
        let is_timestamp = matches!(column.sql_type.resolve(target),
            SqlType::Temporal(temporal) if temporal.kind == TemporalKind::Timestamp);
        let is_nullable = column.nullable.unwrap_or(true);
        // MariaDB takes no NOT NULL on a computed column.
        let forced = target.is_mariadb() && column.computed.is_some() && !self.nullable_given[at];
        if !is_nullable && !forced {
            parts.push("NOT NULL".to_owned());
        } else if is_nullable && is_timestamp {
            parts.push("NULL".to_owned());
        }
        if let Some(comment) = &column.comment {
            parts.push(format!("COMMENT {}", target.literal(comment)));
        }
        let has_sequence = target.supports_sequences()
            && matches!(&column.default, ColumnDefault::Sequence(sequence) if !sequence.optional);
        let has_default = column.server_default.is_some() || column.computed.is_some();
        if self.autoincrement(target.sqlalchemy())? == Some(at) && !has_default && !has_sequence {
            parts.push("AUTO_INCREMENT".to_owned());
        } else if let Some(default) = server_default(column, target)? {
            if target.supports_default_expressions() && needs_parentheses_on_mysql(&default) {
                parts.push(format!("DEFAULT ({default})"));
            } else {
                parts.push(format!("DEFAULT {default}"));
            }
        }
        Ok(parts.join(" "))
    }
}

/// SQLAlchemy makes MySQL's own DOUBLE of a double in a column, which wants precision and scale.
fn refuse_half_precision(sql_type: &SqlType) -> Result<(), CompileError> {
    let SqlType::Numeric(numeric) = sql_type else { return Ok(()) };
    let is_double = matches!(
        numeric.kind,
        NumericKind::Double | NumericKind::UpperDouble | NumericKind::DoublePrecision
    );
    if is_double && numeric.precision.is_some() != numeric.scale.is_some() {
        return Err(CompileError::Argument(
            "You must specify both precision and scale or omit both altogether.".to_owned(),
        ));
    }
    Ok(())
}

fn server_default(column: &Column, target: &Target) -> Result<Option<String>, CompileError> {
    column.server_default.as_ref().map_or(Ok(None), |default| default.sql(target))
}

fn default_clause(column: &Column, target: &Target) -> Result<String, CompileError> {
    let default = server_default(column, target)?;
    Ok(default.map_or(String::new(), |default| format!(" DEFAULT {default}")))
}

fn integer_kind(sql_type: &SqlType) -> Option<IntegerKind> {
    match sql_type {
        SqlType::Integer(integer) => Some(integer.kind),
        _ => None,
    }
}

/// Whether a default begins with a quote or a parenthesis.
fn is_enclosed(default: &str) -> bool {
    default.trim_start().starts_with(['\'', '"', '('])
}

/// Whether a default is more than one word (Python's `\W`).
fn has_other_than_words(default: &str) -> bool {
    default.chars().any(|c| !c.is_alphanumeric() && c != '_')
}

/// MySQL wants an expression in parentheses, but not `CURRENT_TIMESTAMP(6)`, `now(6)` or anything
/// with ON UPDATE.
fn needs_parentheses_on_mysql(default: &str) -> bool {
    !is_enclosed(default)
        && !has_on_update(default)
        && !is_precise_now(default)
        && has_other_than_words(default)
}

fn has_on_update(default: &str) -> bool {
    let upper = default.to_uppercase();
    upper
        .match_indices("ON ")
        .any(|(at, _)| upper[at + "ON".len()..].trim_start_matches(' ').starts_with("UPDATE"))
}

fn is_precise_now(default: &str) -> bool {
    let lower = default.to_lowercase();
    let behind = lower.strip_prefix("now(").or_else(|| lower.strip_prefix("current_timestamp("));
    let Some(behind) = behind else { return false };
    let digits = behind.trim_start_matches(|c: char| c.is_ascii_digit());
    digits.len() < behind.len() && digits.starts_with(')')
}
