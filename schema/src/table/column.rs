//! Columns.

use super::Check;
use super::ForeignKey;
use super::Identity;
use super::Sequence;
use crate::SqlType;
use crate::expr::Expr;

/// `autoincrement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Autoincrement {
    /// `"auto"`: a whole number that is the whole primary key counts up.
    #[default]
    Auto,
    /// `"ignore_fk"`: even where it is a foreign key.
    IgnoreFk,
    /// `True`.
    Yes,
    /// `False`.
    No,
}

/// `default`, which is a matter of the application: it keeps a column from counting up, and batch
/// mode fills a new column with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ColumnDefault {
    /// None.
    #[default]
    None,
    /// A sequence, which takes the place of SERIAL.
    Sequence(Box<Sequence>),
    /// A value; as an expression that is a literal.
    Scalar(Expr),
    /// An SQL expression.
    Expression(Expr),
    /// A function of Python's, or anything else that is known only when it is called.
    Callable,
}

/// `server_default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerDefault {
    /// A string of Python's: it is quoted.
    Literal(String),
    /// `text()`, a function or any other expression.
    Expression(Expr),
    /// `FetchedValue()`: the server has a default of which nothing is said.
    Fetched,
}

impl ServerDefault {
    /// `server_default=text(sql)`.
    pub fn text(sql: impl Into<String>) -> Self {
        ServerDefault::Expression(crate::expr::text(sql))
    }
}

impl From<&str> for ServerDefault {
    fn from(literal: &str) -> Self {
        ServerDefault::Literal(literal.to_owned())
    }
}

impl From<Expr> for ServerDefault {
    fn from(expression: Expr) -> Self {
        ServerDefault::Expression(expression)
    }
}

/// `Computed`: GENERATED ALWAYS AS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// What it is computed from.
    pub expression: Expr,
    /// `persisted`: STORED, VIRTUAL, or not said.
    pub persisted: Option<bool>,
}

/// SQLite's options of a column: what is done on a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SqliteColumn {
    /// `sqlite_on_conflict_not_null`.
    pub on_conflict_not_null: Option<String>,
    /// `sqlite_on_conflict_primary_key`.
    pub on_conflict_primary_key: Option<String>,
    /// `sqlite_on_conflict_unique`.
    pub on_conflict_unique: Option<String>,
}

/// Which of a column's types bring their CHECK constraint and are created with the table. Batch mode
/// turns it off for what it does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TypeEvents {
    /// All.
    #[default]
    All,
    /// The variants alone, not the type that has them.
    Variants,
    /// None.
    None,
}

/// A column as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The key by which naming conventions and constraints call it, where it is not the name.
    pub key: Option<String>,
    /// The type.
    pub sql_type: SqlType,
    /// `nullable`; not given, a column may be NULL unless it is of the primary key or an identity.
    pub nullable: Option<bool>,
    /// `primary_key`.
    pub primary_key: bool,
    /// `autoincrement`.
    pub autoincrement: Autoincrement,
    /// `default`.
    pub default: ColumnDefault,
    /// `server_default`.
    pub server_default: Option<ServerDefault>,
    /// `Identity`.
    pub identity: Option<Identity>,
    /// `Computed`.
    pub computed: Option<Computed>,
    /// `unique`.
    pub unique: bool,
    /// `index`.
    pub index: bool,
    /// `comment`.
    pub comment: Option<String>,
    /// `ForeignKey`s.
    pub foreign_keys: Vec<ForeignKey>,
    /// `CheckConstraint`s that stand inside of the column.
    pub checks: Vec<Check>,
    /// `system`: a column that the server makes itself.
    pub system: bool,
    /// SQLite's options.
    pub sqlite: SqliteColumn,
    /// Whether the column may be NULL where `nullable` is not given, if that is settled already: in
    /// a copy of a column. A primary key over it makes it NOT NULL all the same.
    pub settled_nullable: Option<bool>,
    /// What of the type takes part in the table's life.
    pub type_events: TypeEvents,
}

impl Column {
    /// `Column(name, type)`.
    pub fn new(name: impl Into<String>, sql_type: impl Into<SqlType>) -> Self {
        Column { name: name.into(), sql_type: sql_type.into(), ..Column::default() }
    }

    /// The key.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.name)
    }

    /// `primary_key=True`.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// `nullable=False`.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = Some(false);
        self
    }

    /// `nullable=…`.
    #[must_use]
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = Some(nullable);
        self
    }

    /// `unique=True`.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// `index=True`.
    #[must_use]
    pub fn index(mut self) -> Self {
        self.index = true;
        self
    }

    /// `server_default=…`; a string is quoted, see [`ServerDefault::text`].
    #[must_use]
    pub fn server_default(mut self, default: impl Into<ServerDefault>) -> Self {
        self.server_default = Some(default.into());
        self
    }

    /// `comment=…`.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// The same with one more foreign key.
    #[must_use]
    pub fn references(mut self, foreign_key: impl Into<ForeignKey>) -> Self {
        self.foreign_keys.push(foreign_key.into());
        self
    }

    /// The same as an identity.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The same, computed.
    #[must_use]
    pub fn computed(mut self, expression: Expr, persisted: Option<bool>) -> Self {
        self.computed = Some(Computed { expression, persisted });
        self
    }
}
