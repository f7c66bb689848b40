//! Alembic's directives as data, and the statements that each dialect makes of them.
//!
//! ```
//! use limbeck_schema::SqlType;
//! use limbeck_schema::Target;
//! use limbeck_schema::operation::AddColumn;
//! use limbeck_schema::operation::OperationContext;
//! use limbeck_schema::table::Column;
//!
//! let mut context = OperationContext::new(Target::postgresql());
//! let column = Column::new("email", SqlType::string(200)).unique();
//! let statements = context.compile(&AddColumn::new("account", column).into())?;
//! let sql: Vec<_> = statements.iter().map(|statement| statement.sql.as_str()).collect();
//! assert_eq!(sql, [
//!     "ALTER TABLE account ADD COLUMN email VARCHAR(200)",
//!     "ALTER TABLE account ADD UNIQUE (email)",
//! ]);
//! # Ok::<(), limbeck_schema::CompileError>(())
//! ```

mod alter_column;
mod alter_column_mysql;
mod context;
mod data;
mod emit;
mod named_type;
pub(crate) mod step;

pub use alter_column::AlterColumn;
pub use alter_column::AnyDefault;
pub use alter_column::Change;
pub use context::CreatedTypes;
pub use context::DdlStatement;
pub use context::OperationContext;
pub(crate) use named_type::OwnType;
pub(crate) use step::Step;

use crate::Name;
use crate::SqlValue;
use crate::expr::FromClause;
use crate::expr::Statement;
use crate::table::Column;
use crate::table::Constraint;
use crate::table::ConstraintKind;
use crate::table::Index;
use crate::table::Sequence;
use crate::table::Table;
use crate::types::Domain;
use crate::types::Enum;

/// A directive of Alembic's `op`, or a schema element that `op.execute` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// `create_table`.
    CreateTable(Box<CreateTable>),
    /// `drop_table`.
    DropTable(DropTable),
    /// `rename_table`.
    RenameTable(RenameTable),
    /// `add_column`.
    AddColumn(Box<AddColumn>),
    /// `drop_column`.
    DropColumn(Box<DropColumn>),
    /// `alter_column`.
    AlterColumn(Box<AlterColumn>),
    /// `create_index`.
    CreateIndex(Box<CreateIndex>),
    /// `drop_index`.
    DropIndex(DropIndex),
    /// `create_primary_key`, `create_unique_constraint`, `create_foreign_key`,
    /// `create_check_constraint`, `create_exclude_constraint`.
    AddConstraint(Box<AddConstraint>),
    /// `drop_constraint`.
    DropConstraint(DropConstraint),
    /// `create_table_comment`.
    CreateTableComment(CreateTableComment),
    /// `drop_table_comment`.
    DropTableComment(DropTableComment),
    /// `execute`, of anything but the schema elements below.
    Execute(Box<Statement>),
    /// `bulk_insert`.
    BulkInsert(Box<BulkInsert>),
    /// `CreateSequence`.
    CreateSequence(Box<Sequence>, IfExists),
    /// `DropSequence`.
    DropSequence(Box<Sequence>, IfExists),
    /// `CreateSchema(name)`.
    CreateSchema(String, IfExists),
    /// `DropSchema(name)`.
    DropSchema {
        /// The name.
        name: String,
        /// `if_exists`.
        if_exists: IfExists,
        /// `cascade`.
        cascade: bool,
    },
    /// `Enum.create`, `CreateEnumType`: CREATE TYPE, on PostgreSQL.
    CreateEnum(Box<Enum>),
    /// `Enum.drop`, `DropEnumType`.
    DropEnum(Box<Enum>),
    /// `DOMAIN.create`, `CreateDomainType`.
    CreateDomain(Box<Domain>),
    /// `DOMAIN.drop`, `DropDomainType`.
    DropDomain(Box<Domain>),
}

/// Whether IF EXISTS or IF NOT EXISTS is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IfExists {
    /// It is not.
    #[default]
    Unconditional,
    /// It is.
    Conditional,
}

impl IfExists {
    pub(crate) fn is_set(self) -> bool {
        self == IfExists::Conditional
    }
}

/// `create_table`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateTable {
    /// The table.
    pub table: Table,
    /// `if_not_exists`.
    pub if_not_exists: bool,
}

/// `drop_table`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DropTable {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// `if_exists`.
    pub if_exists: bool,
}

/// `rename_table`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RenameTable {
    /// The table.
    pub table: String,
    /// Its name to be.
    pub new_name: String,
    /// `schema`.
    pub schema: Option<String>,
}

/// `add_column`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddColumn {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The column.
    pub column: Column,
    /// `if_not_exists`.
    pub if_not_exists: bool,
    /// `inline_references`: a foreign key as REFERENCES of the column.
    pub inline_references: bool,
    /// `inline_primary_key`.
    pub inline_primary_key: bool,
    /// `insert_before`, in batch mode.
    pub insert_before: Option<String>,
    /// `insert_after`, in batch mode.
    pub insert_after: Option<String>,
}

impl AddColumn {
    /// `add_column(table, column)`.
    pub fn new(table: impl Into<String>, column: Column) -> Self {
        AddColumn { table: table.into(), column, ..AddColumn::default() }
    }
}

/// `drop_column`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DropColumn {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The column.
    pub column: String,
    /// `if_exists`.
    pub if_exists: bool,
    /// `existing_type`: batch mode drops the CHECK of that type with the column.
    pub existing_type: Option<crate::SqlType>,
}

/// `create_index`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CreateIndex {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The index.
    pub index: Index,
    /// `if_not_exists`.
    pub if_not_exists: bool,
}

/// `drop_index`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DropIndex {
    /// The index.
    pub name: Name,
    /// The table, which MySQL needs.
    pub table: Option<String>,
    /// `schema`.
    pub schema: Option<String>,
    /// `if_exists`.
    pub if_exists: bool,
    /// `postgresql_concurrently`.
    pub postgresql_concurrently: bool,
}

/// A constraint to be added to a table that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddConstraint {
    /// The table.
    pub table: String,
    /// `schema`, `source_schema`.
    pub schema: Option<String>,
    /// The constraint.
    pub constraint: Constraint,
}

/// `drop_constraint`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DropConstraint {
    /// The constraint.
    pub name: Name,
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// `type_`, which MySQL needs.
    pub kind: Option<ConstraintKind>,
    /// `if_exists`.
    pub if_exists: bool,
}

/// `create_table_comment`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CreateTableComment {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}

/// `drop_table_comment`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DropTableComment {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
}

/// `bulk_insert`. As an operation its values are literals; an engine that binds them makes its own
/// [`Insert`](crate::expr::Insert).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkInsert {
    /// The table.
    pub table: FromClause,
    /// The rows: values by the keys of columns. Each is an INSERT of its own.
    pub rows: Vec<Vec<(String, SqlValue)>>,
}

macro_rules! into_operation {
    ($($variant:ident),* $(,)?) => {
        $(impl From<$variant> for Operation {
            fn from(part: $variant) -> Self {
                Operation::$variant(part.into())
            }
        })*
    };
}

into_operation! {
    CreateTable, DropTable, RenameTable, AddColumn, DropColumn, AlterColumn, CreateIndex,
    DropIndex, AddConstraint, DropConstraint, CreateTableComment, DropTableComment, BulkInsert,
}

impl From<Statement> for Operation {
    fn from(statement: Statement) -> Self {
        Operation::Execute(Box::new(statement))
    }
}

impl From<Table> for Operation {
    fn from(table: Table) -> Self {
        CreateTable { table, if_not_exists: false }.into()
    }
}
