//! Indexes.

use super::OptionValue;
use crate::Name;
use crate::expr::Expr;

/// A part of an index or of an EXCLUDE constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexElement {
    /// A column, by its key.
    Column(String),
    /// An expression.
    Expression(Expr),
}

impl IndexElement {
    /// The column's key, where it is one; SQLAlchemy takes a whole text for a column of that name.
    pub fn column(&self) -> Option<&str> {
        match self {
            IndexElement::Column(column) => Some(column),
            IndexElement::Expression(_) => None,
        }
    }
}

impl From<&str> for IndexElement {
    fn from(column: &str) -> Self {
        IndexElement::Column(column.to_owned())
    }
}

impl From<Expr> for IndexElement {
    fn from(expression: Expr) -> Self {
        IndexElement::Expression(expression)
    }
}

/// `Index`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// The name.
    pub name: Name,
    /// Columns and expressions.
    pub elements: Vec<IndexElement>,
    /// `unique`.
    pub unique: bool,
    /// Options of the dialects.
    pub options: IndexOptions,
    /// Whether it comes from a column with `index=True`.
    pub column_flag: bool,
}

impl Index {
    /// `Index(name, *elements)`.
    pub fn new<E: Into<IndexElement>>(
        name: impl Into<Name>,
        elements: impl IntoIterator<Item = E>,
    ) -> Self {
        Index {
            name: name.into(),
            elements: elements.into_iter().map(Into::into).collect(),
            ..Index::default()
        }
    }

    /// `unique=True`.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
}

/// Options of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexOptions {
    /// `postgresql_…`.
    pub postgresql: PostgresqlIndex,
    /// `mysql_…`.
    pub mysql: MysqlIndex,
    /// `mariadb_…`.
    pub mariadb: MysqlIndex,
    /// `sqlite_where`.
    pub sqlite_where: Option<Expr>,
}

/// PostgreSQL's options of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostgresqlIndex {
    /// `postgresql_using`.
    pub using: Option<String>,
    /// `postgresql_include`.
    pub include: Vec<String>,
    /// `postgresql_where`.
    pub predicate: Option<Expr>,
    /// `postgresql_ops`: operator classes by keys of columns.
    pub operator_classes: Vec<(String, String)>,
    /// `postgresql_concurrently`.
    pub concurrently: bool,
    /// `postgresql_with`.
    pub with: Vec<(String, OptionValue)>,
    /// `postgresql_tablespace`.
    pub tablespace: Option<String>,
    /// `postgresql_nulls_not_distinct`.
    pub nulls_not_distinct: Option<bool>,
}

/// MySQL's options of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MysqlIndex {
    /// `mysql_prefix`: FULLTEXT and the like.
    pub prefix: Option<String>,
    /// `mysql_length`.
    pub length: Option<MysqlIndexLength>,
    /// `mysql_with_parser`.
    pub with_parser: Option<String>,
    /// `mysql_using`.
    pub using: Option<String>,
}

/// How much of a column MySQL indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MysqlIndexLength {
    /// The same of every column.
    All(u32),
    /// By column.
    Columns(Vec<(String, u32)>),
}
