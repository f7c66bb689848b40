//! Tables as data: columns, constraints, indexes, and what becomes of them when they meet.
//!
//! A [`Table`] is what was written down. [`Table::bind`] does what SQLAlchemy does when columns are
//! attached to a table: unique columns bring constraints, indexed ones indexes, types their CHECKs,
//! the naming convention names. The result is what is compiled.

mod autoincrement;
mod bind;
mod column;
mod column_sql;
mod constraint;
mod constraint_sql;
mod create;
mod index;
mod index_sql;
mod naming;
mod options;
mod phrase;
mod sequence;
mod type_check;

pub(crate) use bind::element_columns;
pub(crate) use constraint_sql::reference_options;
pub(crate) use naming::written_name;

pub use bind::BoundTable;
pub use bind::PrimaryKey;
pub use column::Autoincrement;
pub use column::Column;
pub use column::ColumnDefault;
pub use column::Computed;
pub use column::ServerDefault;
pub use column::SqliteColumn;
pub use column::TypeEvents;
pub use constraint::Check;
pub use constraint::CheckCondition;
pub use constraint::Constraint;
pub use constraint::ConstraintKind;
pub use constraint::ConstraintOptions;
pub use constraint::Exclude;
pub use constraint::ForeignKey;
pub use constraint::ForeignKeyActions;
pub use constraint::ForeignKeyConstraint;
pub use constraint::ForeignKeyTarget;
pub use constraint::PrimaryKeyConstraint;
pub use constraint::TypeBound;
pub use constraint::Unique;
pub use index::Index;
pub use index::IndexElement;
pub use index::IndexOptions;
pub use index::MysqlIndex;
pub use index::MysqlIndexLength;
pub use index::PostgresqlIndex;
pub use naming::NamingConvention;
pub use options::OptionValue;
pub use options::PostgresqlTable;
pub use options::SqliteTable;
pub use options::TableOptions;
pub use sequence::Identity;
pub use sequence::Sequence;
pub use sequence::SequenceOptions;

/// A table as it is written down.
///
/// ```
/// use limbeck_schema::SqlType;
/// use limbeck_schema::Target;
/// use limbeck_schema::table::Column;
/// use limbeck_schema::table::Table;
///
/// let table = Table::new("account")
///     .column(Column::new("id", SqlType::integer()).primary_key())
///     .column(Column::new("name", SqlType::string(50)).not_null());
/// assert_eq!(
///     table.create_sql(&Target::postgresql())?,
///     "\nCREATE TABLE account (\n\tid SERIAL NOT NULL, \n\tname VARCHAR(50) NOT NULL, \n\tPRIMARY KEY (id)\n)\n\n",
/// );
/// # Ok::<(), limbeck_schema::CompileError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The name.
    pub name: String,
    /// `schema`.
    pub schema: Option<String>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The constraints that stand beside the columns, in order.
    pub constraints: Vec<Constraint>,
    /// The indexes that stand beside the columns.
    pub indexes: Vec<Index>,
    /// `comment`.
    pub comment: Option<String>,
    /// `prefixes`: words between CREATE and TABLE.
    pub prefixes: Vec<String>,
    /// Options of the dialects.
    pub options: TableOptions,
}

impl Table {
    /// A table without columns.
    pub fn new(name: impl Into<String>) -> Self {
        Table { name: name.into(), ..Table::default() }
    }

    /// The same in a schema.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The same with one more column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The same with one more constraint.
    #[must_use]
    pub fn constraint(mut self, constraint: impl Into<Constraint>) -> Self {
        self.constraints.push(constraint.into());
        self
    }

    /// The same with one more index.
    #[must_use]
    pub fn index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// The same with a comment.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// CREATE TABLE alone, under SQLAlchemy's own naming convention.
    ///
    /// # Errors
    ///
    /// As [`Table::bind`] and [`BoundTable::create_sql`].
    pub fn create_sql(&self, target: &crate::Target) -> Result<String, crate::CompileError> {
        self.bind(&NamingConvention::default())?.create_sql(target, false)
    }
}
