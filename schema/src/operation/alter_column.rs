//! `alter_column`.

use super::DdlStatement;
use super::OperationContext;
use crate::CompileError;
use crate::Dialect;
use crate::PythonError;
use crate::SqlType;
use crate::Target;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::table::Computed;
use crate::table::Identity;
use crate::table::SequenceOptions;
use crate::table::ServerDefault;

/// What is to become of something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Change<T> {
    /// Nothing: the argument is not given.
    #[default]
    Keep,
    /// It goes (`None`).
    Drop,
    /// It becomes this.
    To(T),
}

/// Anything that `server_default` may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyDefault {
    /// A default.
    Plain(ServerDefault),
    /// An identity.
    Identity(Identity),
    /// A computation.
    Computed(Computed),
}

impl From<&str> for AnyDefault {
    fn from(literal: &str) -> Self {
        AnyDefault::Plain(literal.into())
    }
}

impl From<Expr> for AnyDefault {
    fn from(expression: Expr) -> Self {
        AnyDefault::Plain(expression.into())
    }
}

/// `alter_column` with every keyword.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlterColumn {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The column.
    pub column: String,
    /// `nullable`.
    pub nullable: Option<bool>,
    /// `server_default`.
    pub server_default: Change<AnyDefault>,
    /// `new_column_name`.
    pub new_name: Option<String>,
    /// `type_`.
    pub sql_type: Option<SqlType>,
    /// `comment`.
    pub comment: Change<String>,
    /// `existing_type`, which MySQL needs.
    pub existing_type: Option<SqlType>,
    /// `existing_server_default`.
    pub existing_server_default: Option<AnyDefault>,
    /// `existing_nullable`.
    pub existing_nullable: Option<bool>,
    /// `existing_comment`.
    pub existing_comment: Option<String>,
    /// `autoincrement`, MySQL's.
    pub autoincrement: Option<bool>,
    /// `existing_autoincrement`, MySQL's.
    pub existing_autoincrement: Option<bool>,
    /// `postgresql_using`.
    pub postgresql_using: Option<String>,
}

impl AlterColumn {
    /// `alter_column(table, column)`.
    pub fn new(table: impl Into<String>, column: impl Into<String>) -> Self {
        AlterColumn { table: table.into(), column: column.into(), ..AlterColumn::default() }
    }

    pub(super) fn is_about_computed(&self) -> bool {
        matches!(self.server_default, Change::To(AnyDefault::Computed(_)))
            || matches!(self.existing_server_default, Some(AnyDefault::Computed(_)))
    }

    pub(super) fn is_about_identity(&self) -> bool {
        matches!(self.server_default, Change::To(AnyDefault::Identity(_)))
            || matches!(self.existing_server_default, Some(AnyDefault::Identity(_)))
    }

    /// `ALTER TABLE t`.
    pub(super) fn alter_table(&self, target: &Target) -> String {
        alter_table(self.schema.as_deref(), &self.table, target)
    }

    fn alter_column(&self, target: &Target) -> String {
        format!("{} ALTER COLUMN {}", self.alter_table(target), target.quote(&self.column))
    }
}

/// A table as Alembic writes it in ALTER TABLE: the parts of a dotted schema are quoted each.
pub(super) fn dotted_name(schema: Option<&str>, table: &str, target: &Target) -> String {
    match schema {
        Some(schema) if !schema.is_empty() => {
            let parts: Vec<_> = schema.split('.').map(|part| target.quote(part)).collect();
            format!("{}.{}", parts.join("."), target.quote(table))
        }
        _ => target.quote(table),
    }
}

pub(super) fn alter_table(schema: Option<&str>, table: &str, target: &Target) -> String {
    format!("ALTER TABLE {}", dotted_name(schema, table, target))
}

/// A default as Alembic writes it behind DEFAULT. One that only the server knows cannot be.
pub(super) fn default_sql(default: &AnyDefault, target: &Target) -> Result<String, CompileError> {
    let written = match default {
        AnyDefault::Plain(default) => default.sql(target)?,
        AnyDefault::Identity(_) | AnyDefault::Computed(_) => None,
    };
    written.ok_or_else(|| PythonError::Assertion.into())
}

impl OperationContext {
    pub(super) fn alter_column(
        &mut self,
        alter: &AlterColumn,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        match self.target.dialect() {
            Dialect::Mysql => return self.alter_column_on_mysql(alter, statements),
            Dialect::Postgresql => self.alter_type_on_postgresql(alter, statements)?,
            Dialect::Sqlite => {}
        }
        self.alter_column_by_parts(alter, statements)
    }

    /// PostgreSQL changes the type first; its text ends with a blank where there is no USING.
    fn alter_type_on_postgresql(
        &self,
        alter: &AlterColumn,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        let Some(sql_type) = &alter.sql_type else {
            if alter.postgresql_using.is_some() {
                return Err(CompileError::Command(
                    "postgresql_using must be used with the type_ parameter".to_owned(),
                ));
            }
            return Ok(());
        };
        let using = alter.postgresql_using.as_deref().filter(|using| !using.is_empty());
        let using = using.map_or(String::new(), |using| format!("USING {using}"));
        let column = alter.alter_column(&self.target);
        let sql_type = sql_type.compile(&self.target)?;
        statements.push(format!("{column} TYPE {sql_type} {using}").into());
        Ok(())
    }

    /// One statement for each thing that changes, in Alembic's order.
    pub(super) fn alter_column_by_parts(
        &mut self,
        alter: &AlterColumn,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        if alter.autoincrement.is_some() || alter.existing_autoincrement.is_some() {
            self.warn("autoincrement and existing_autoincrement only make sense for MySQL");
        }
        let target = &self.target;
        let column = alter.alter_column(target);
        if let Some(nullable) = alter.nullable {
            let change = if nullable { "DROP NOT NULL" } else { "SET NOT NULL" };
            statements.push(format!("{column} {change}").into());
        }
        if alter.server_default != Change::Keep {
            statements.push(self.alter_default(alter, &column)?.into());
        }
        if let Some(sql_type) = &alter.sql_type
            && target.dialect() != Dialect::Postgresql
        {
            statements.push(format!("{column} TYPE {}", sql_type.compile(target)?).into());
        }
        if alter.comment != Change::Keep {
            if target.dialect() != Dialect::Postgresql {
                return Err(CompileError::Unsupported {
                    dialect: target.name(),
                    element: "<class 'alembic.ddl.base.ColumnComment'>".to_owned(),
                });
            }
            let comment = match &alter.comment {
                Change::To(comment) => target.literal(comment),
                Change::Keep | Change::Drop => "NULL".to_owned(),
            };
            statements.push(
                format!(
                    "COMMENT ON COLUMN {}.{} IS {comment}",
                    dotted_name(alter.schema.as_deref(), &alter.table, target),
                    target.quote(&alter.column)
                )
                .into(),
            );
        }
        if let Some(new_name) = &alter.new_name {
            let word = if target.dialect() == Dialect::Sqlite { "COLUMN " } else { "" };
            statements.push(
                format!(
                    "{} RENAME {word}{} TO {}",
                    alter.alter_table(target),
                    target.quote(&alter.column),
                    target.quote(new_name)
                )
                .into(),
            );
        }
        Ok(())
    }

    fn alter_default(&self, alter: &AlterColumn, column: &str) -> Result<String, CompileError> {
        if alter.is_about_computed() {
            return Err(computed_cannot_change());
        }
        if alter.is_about_identity() {
            if self.target.dialect() != Dialect::Postgresql {
                return Err(identity_cannot_change());
            }
            return alter_identity(alter, column, &self.target);
        }
        Ok(match &alter.server_default {
            Change::To(default) => {
                format!("{column} SET DEFAULT {}", default_sql(default, &self.target)?)
            }
            Change::Keep | Change::Drop => format!("{column} DROP DEFAULT"),
        })
    }
}

pub(super) fn computed_cannot_change() -> CompileError {
    CompileError::Compile(
        "Adding or removing a \"computed\" construct, e.g. GENERATED ALWAYS AS, to or from an \
         existing column is not supported."
            .to_owned(),
    )
}

pub(super) fn identity_cannot_change() -> CompileError {
    CompileError::Compile(
        "Adding, removing or modifying an \"identity\" construct, e.g. GENERATED AS IDENTITY, to \
         or from an existing column is not supported in this dialect."
            .to_owned(),
    )
}

/// ADD, SET or DROP of PostgreSQL's identities. SET names what differs, in the order of the names
/// of the attributes.
fn alter_identity(
    alter: &AlterColumn,
    column: &str,
    target: &Target,
) -> Result<String, CompileError> {
    let new = match &alter.server_default {
        Change::To(AnyDefault::Identity(new)) => new,
        Change::Keep | Change::Drop => return Ok(format!("{column} DROP IDENTITY")),
        // Alembic asserts that it is one.
        Change::To(_) => return Err(PythonError::Assertion.into()),
    };
    let old = match &alter.existing_server_default {
        None => return Ok(format!("{column} ADD {}", new.sql(target))),
        Some(AnyDefault::Identity(old)) => *old,
        // Alembic would ask an expression whether it is true.
        Some(AnyDefault::Plain(ServerDefault::Expression(old)))
            if !matches!(old.kind(), ExprKind::Text(_)) =>
        {
            return Err(PythonError::Type(
                "Boolean value of this clause is not defined".to_owned(),
            )
            .into());
        }
        // Alembic asserts that it is one, too.
        Some(_) => return Err(PythonError::Assertion.into()),
    };
    let mut sql = format!("{column} ");
    if (new.always == Some(true)) != (old.always == Some(true)) {
        let when = if new.always == Some(true) { "ALWAYS" } else { "BY DEFAULT" };
        sql += &format!("SET GENERATED {when} ");
    }
    let (n, o) = (new.options, old.options);
    let none = SequenceOptions::default();
    // In the order of the names; what is not said any more is left as it is.
    let differs = |new: Option<i64>, old: Option<i64>| new.filter(|_| new != old);
    let is_set = |new: Option<bool>, old: Option<bool>| new.filter(|_| new != old);
    let changes = [
        SequenceOptions { cache: differs(n.cache, o.cache), ..none },
        SequenceOptions { cycle: is_set(n.cycle, o.cycle), ..none },
        SequenceOptions { increment: differs(n.increment, o.increment), ..none },
        SequenceOptions { maxvalue: differs(n.maxvalue, o.maxvalue), ..none },
        SequenceOptions { minvalue: differs(n.minvalue, o.minvalue), ..none },
        SequenceOptions { nomaxvalue: is_set(n.nomaxvalue, o.nomaxvalue), ..none },
        SequenceOptions { nominvalue: is_set(n.nominvalue, o.nominvalue), ..none },
        SequenceOptions { start: differs(n.start, o.start), ..none },
    ];
    for change in changes.iter().filter(|change| **change != none) {
        sql += &format!("SET {} ", change.sql(target));
    }
    Ok(sql)
}
