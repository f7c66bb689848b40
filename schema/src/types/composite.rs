//! Types that hold others, and those of a single dialect.

use crate::SqlType;
use crate::Target;
use crate::expr::Expr;

/// `Uuid`, `UUID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uuid {
    /// Whether it is `UUID` rather than `Uuid`.
    pub upper: bool,
    /// `native_uuid`: whether `Uuid` is the server's UUID where there is one.
    pub native: bool,
    /// `as_uuid=False`: values are text in Python.
    pub as_text: bool,
}

impl Default for Uuid {
    fn default() -> Self {
        Uuid { upper: false, native: true, as_text: false }
    }
}

impl Uuid {
    pub(crate) fn class_name(self) -> &'static str {
        if self.upper { "UUID" } else { "Uuid" }
    }
}

/// Types of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Json {
    /// `JSON`, of the core or of any dialect.
    #[default]
    Json,
    /// `JSONB`, of PostgreSQL or SQLite.
    Jsonb,
    /// PostgreSQL's `JSONPATH`.
    Jsonpath,
}

impl Json {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            Json::Json => "JSON",
            Json::Jsonb => "JSONB",
            Json::Jsonpath => "JSONPATH",
        }
    }
}

/// `ARRAY`, which PostgreSQL has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// The type of an element.
    pub item: Box<SqlType>,
    /// `dimensions`: how many pairs of brackets; one if it is not given.
    pub dimensions: Option<u32>,
}

/// PostgreSQL's `DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// `schema`.
    pub schema: Option<String>,
    /// What it is made of.
    pub data_type: SqlType,
    /// `collation`.
    pub collation: Option<String>,
    /// `collation_schema`.
    pub collation_schema: Option<String>,
    /// `default`; a text of Python's is a [`literal`](crate::expr::literal).
    pub default: Option<Expr>,
    /// `constraint_name` of NOT NULL or CHECK.
    pub constraint_name: Option<String>,
    /// `not_null`.
    pub not_null: bool,
    /// `check`.
    pub check: Option<Expr>,
    /// `create_type`: whether it is created with a table.
    pub create_type: bool,
}

impl Domain {
    /// `DOMAIN(name, data_type)`.
    pub fn new(name: impl Into<String>, data_type: SqlType) -> Self {
        Domain {
            name: name.into(),
            schema: None,
            data_type,
            collation: None,
            collation_schema: None,
            default: None,
            constraint_name: None,
            not_null: false,
            check: None,
            create_type: true,
        }
    }
}

/// `BIT` of PostgreSQL and of MySQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Bit {
    /// `length`; PostgreSQL's is 1 if it is not given and the type does not vary.
    pub length: Option<u32>,
    /// PostgreSQL's `varying`.
    pub varying: bool,
}

/// A `UserDefinedType`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserDefined {
    /// Its class.
    pub class_name: String,
    /// What its `get_col_spec` returns.
    pub column_spec: String,
}

/// A `TypeDecorator`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decorated {
    /// Its class.
    pub class_name: String,
    /// `impl`.
    pub implementation: Box<SqlType>,
    /// What `load_dialect_impl` returns for dialects of these names.
    pub by_dialect: Vec<(String, SqlType)>,
    /// Whose it is.
    pub tag: Tag,
}

/// The number under which the program that made a type knows it, where that converts values. It is
/// no part of what the type is: all are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tag(pub Option<u64>);

impl PartialEq for Tag {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Tag {}

impl Decorated {
    /// A decorator that is `implementation` on every dialect.
    pub fn new(class_name: impl Into<String>, implementation: SqlType) -> Self {
        Decorated {
            class_name: class_name.into(),
            implementation: Box::new(implementation),
            by_dialect: Vec::new(),
            tag: Tag::default(),
        }
    }

    /// What it is on `target`.
    pub fn choose(&self, target: &Target) -> &SqlType {
        choose(&self.by_dialect, target).unwrap_or(&self.implementation)
    }
}

/// A type with `with_variant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// The type on dialects that are not named.
    pub base: Box<SqlType>,
    /// Types by SQLAlchemy's names of dialects; the first of a name holds.
    pub by_dialect: Vec<(String, SqlType)>,
}

impl Variant {
    /// What it is on `target`.
    pub fn choose(&self, target: &Target) -> &SqlType {
        choose(&self.by_dialect, target).unwrap_or(&self.base)
    }
}

fn choose<'a>(by_dialect: &'a [(String, SqlType)], target: &Target) -> Option<&'a SqlType> {
    by_dialect.iter().find(|(name, _)| name == target.name()).map(|(_, chosen)| chosen)
}

macro_rules! simple_types {
    ($($(#[$doc:meta])* $variant:ident $keyword:literal $home:ident,)*) => {
        /// A type that has no arguments and that one dialect has; its word in SQL is SQLAlchemy's
        /// class.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum SimpleType {
            $(
                #[doc = concat!("`", $keyword, "`.")]
                $variant,
            )*
        }

        impl SimpleType {
            /// All of them.
            pub const ALL: &'static [SimpleType] = &[$(SimpleType::$variant),*];

            /// SQLAlchemy's class, which is the word in SQL too.
            pub fn class_name(self) -> &'static str {
                match self {
                    $(SimpleType::$variant => $keyword,)*
                }
            }

            /// The only dialect that has it.
            pub fn home(self) -> crate::Dialect {
                match self {
                    $(SimpleType::$variant => crate::Dialect::$home,)*
                }
            }
        }
    };
}

simple_types! {
    Inet "INET" Postgresql,
    Cidr "CIDR" Postgresql,
    Macaddr "MACADDR" Postgresql,
    Macaddr8 "MACADDR8" Postgresql,
    Money "MONEY" Postgresql,
    Oid "OID" Postgresql,
    Regconfig "REGCONFIG" Postgresql,
    Regclass "REGCLASS" Postgresql,
    Tsquery "TSQUERY" Postgresql,
    Tsvector "TSVECTOR" Postgresql,
    Hstore "HSTORE" Postgresql,
    Int4range "INT4RANGE" Postgresql,
    Int8range "INT8RANGE" Postgresql,
    Numrange "NUMRANGE" Postgresql,
    Daterange "DATERANGE" Postgresql,
    Tsrange "TSRANGE" Postgresql,
    Tstzrange "TSTZRANGE" Postgresql,
    Int4multirange "INT4MULTIRANGE" Postgresql,
    Int8multirange "INT8MULTIRANGE" Postgresql,
    Nummultirange "NUMMULTIRANGE" Postgresql,
    Datemultirange "DATEMULTIRANGE" Postgresql,
    Tsmultirange "TSMULTIRANGE" Postgresql,
    Tstzmultirange "TSTZMULTIRANGE" Postgresql,
    Inet4 "INET4" Mysql,
    Inet6 "INET6" Mysql,
}
