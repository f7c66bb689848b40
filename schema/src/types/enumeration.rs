//! Types of a few values, which may bring a CHECK constraint or a type of their own.

use super::character::MysqlCharacter;
use super::composite::Tag;
use crate::Name;

/// `Boolean`, `BOOLEAN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Boolean {
    /// Whether it is `BOOLEAN` rather than `Boolean`.
    pub upper: bool,
    /// `create_constraint`: where there is no such type, a CHECK that lets in only 0 and 1.
    pub create_constraint: bool,
    /// `name` of that constraint.
    pub name: Name,
}

impl Boolean {
    pub(crate) fn class_name(&self) -> &'static str {
        if self.upper { "BOOLEAN" } else { "Boolean" }
    }
}

/// Whose enumeration it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EnumKind {
    /// `sqlalchemy.Enum`.
    #[default]
    Generic,
    /// `sqlalchemy.dialects.postgresql.ENUM`.
    Postgresql,
    /// `sqlalchemy.dialects.mysql.ENUM`.
    Mysql,
}

/// `length` of an [`Enum`], for dialects that keep it as VARCHAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EnumLength {
    /// Not given: the length of the longest value.
    #[default]
    Longest,
    /// Given.
    Given(u32),
    /// `None` was given: VARCHAR without a length.
    Unlimited,
}

/// `Enum`, `ENUM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Whose it is.
    pub kind: EnumKind,
    /// The values, in their order.
    pub values: Vec<String>,
    /// `name`: of the type on PostgreSQL, and of the CHECK constraint elsewhere.
    pub name: Name,
    /// `schema` of the type.
    pub schema: Option<String>,
    /// `inherit_schema`: the type is in its table's schema.
    pub inherit_schema: bool,
    /// `native_enum`: whether to use the server's enumerations where there are some.
    pub native_enum: bool,
    /// `create_constraint`: a CHECK where it is VARCHAR.
    pub create_constraint: bool,
    /// `create_type`: whether PostgreSQL's type is created with a table, and dropped.
    pub create_type: bool,
    /// `metadata`: whether one was given; a type of a metadata is not dropped with a table.
    pub metadata: bool,
    /// `length`.
    pub length: EnumLength,
    /// `collation` of MySQL's ENUM.
    pub collation: Option<String>,
    /// Further arguments of MySQL's ENUM.
    pub mysql: MysqlCharacter,
    /// Whose members are its values.
    pub tag: Tag,
}

impl Default for Enum {
    fn default() -> Self {
        Enum {
            kind: EnumKind::Generic,
            values: Vec::new(),
            name: Name::None,
            schema: None,
            inherit_schema: false,
            native_enum: true,
            create_constraint: false,
            create_type: true,
            metadata: false,
            length: EnumLength::Longest,
            collation: None,
            mysql: MysqlCharacter::default(),
            tag: Tag::default(),
        }
    }
}

impl Enum {
    /// `Enum(*values, name=name)`.
    pub fn new<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Enum {
            name: Name::Given(name.into()),
            values: values.into_iter().map(Into::into).collect(),
            ..Enum::default()
        }
    }

    /// What SQLAlchemy's copy of the type keeps, which it makes for `with_variant` and in batch mode:
    /// `create_type` and `inherit_schema` are forgotten, of MySQL's ENUM all but the values.
    pub(crate) fn copied(self) -> Self {
        match self.kind {
            EnumKind::Generic => Enum { create_type: true, inherit_schema: false, ..self },
            EnumKind::Postgresql => Enum { inherit_schema: false, ..self },
            EnumKind::Mysql => {
                let Enum { values, tag, .. } = self;
                Enum { kind: EnumKind::Mysql, values, tag, ..Enum::default() }
            }
        }
    }

    /// The length as VARCHAR.
    pub fn varchar_length(&self) -> Option<u32> {
        match self.length {
            EnumLength::Given(length) => Some(length),
            EnumLength::Unlimited => None,
            EnumLength::Longest => {
                let longest = self.values.iter().map(|value| value.chars().count()).max();
                Some(u32::try_from(longest.unwrap_or(0)).unwrap_or(u32::MAX))
            }
        }
    }

    pub(crate) fn class_name(&self) -> &'static str {
        match self.kind {
            EnumKind::Generic => "Enum",
            EnumKind::Postgresql | EnumKind::Mysql => "ENUM",
        }
    }
}

/// MySQL's `SET`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Set {
    /// The values, in their order.
    pub values: Vec<String>,
    /// `collation`.
    pub collation: Option<String>,
    /// Further arguments.
    pub mysql: MysqlCharacter,
}
