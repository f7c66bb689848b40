//! What statements are compiled for: a dialect, and what of its server matters for the text.

use crate::Dialect;
use crate::ReservedWords;
use crate::identifier;

/// Which of the two servers of the MySQL dialect answers, and under which name SQLAlchemy knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flavour {
    /// MySQL; also what SQLAlchemy takes for `mysql://` as long as it has not met the server.
    #[default]
    Mysql,
    /// A MariaDB server that was found behind a `mysql://` URL: `mysql_…` options apply to it.
    MariadbBehindMysql,
    /// `mariadb://`: the dialect is called `mariadb`, and `mariadb_…` options apply to it.
    Mariadb,
}

/// What a statement is compiled for.
///
/// Without a version SQLAlchemy's own assumptions hold, which are those of Alembic's offline mode.
///
/// ```
/// use limbeck_schema::Target;
///
/// let target = Target::postgresql().with_version(&[16, 2]);
/// assert_eq!(target.quote("User"), "\"User\"");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    dialect: Dialect,
    flavour: Flavour,
    version: Option<Vec<u32>>,
    sqlalchemy: Sqlalchemy,
}

/// Whose texts are written. Both versions write most things the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sqlalchemy {
    /// Those of SQLAlchemy 2.0 (2.0.58).
    V20,
    /// Those of SQLAlchemy 2.1 (2.1.9).
    #[default]
    V21,
}

impl From<Dialect> for Target {
    fn from(dialect: Dialect) -> Self {
        Target {
            dialect,
            flavour: Flavour::default(),
            version: None,
            sqlalchemy: Sqlalchemy::default(),
        }
    }
}

impl Target {
    /// PostgreSQL, of a recent version.
    pub fn postgresql() -> Self {
        Dialect::Postgresql.into()
    }

    /// SQLite.
    pub fn sqlite() -> Self {
        Dialect::Sqlite.into()
    }

    /// MySQL, under that name.
    pub fn mysql() -> Self {
        Dialect::Mysql.into()
    }

    /// MariaDB, under that name.
    pub fn mariadb() -> Self {
        Target { flavour: Flavour::Mariadb, ..Dialect::Mysql.into() }
    }

    /// The same with another flavour; it matters for [`Dialect::Mysql`] only.
    #[must_use]
    pub fn with_flavour(mut self, flavour: Flavour) -> Self {
        self.flavour = flavour;
        self
    }

    /// The same with the version of the server, most significant part first.
    #[must_use]
    pub fn with_version(mut self, version: &[u32]) -> Self {
        self.version = Some(version.to_vec());
        self
    }

    /// The same with the texts of another SQLAlchemy.
    #[must_use]
    pub fn with_sqlalchemy(mut self, version: Sqlalchemy) -> Self {
        self.sqlalchemy = version;
        self
    }

    /// Whose texts are written.
    pub fn sqlalchemy(&self) -> Sqlalchemy {
        self.sqlalchemy
    }

    /// Whether the texts are those of SQLAlchemy 2.0.
    pub(crate) fn is_sqlalchemy_2_0(&self) -> bool {
        self.sqlalchemy == Sqlalchemy::V20
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The flavour of the MySQL dialect.
    pub fn flavour(&self) -> Flavour {
        self.flavour
    }

    /// The server's version, if it is known.
    pub fn version(&self) -> Option<&[u32]> {
        self.version.as_deref()
    }

    /// Whether the server is MariaDB.
    pub fn is_mariadb(&self) -> bool {
        self.dialect == Dialect::Mysql && self.flavour != Flavour::Mysql
    }

    /// SQLAlchemy's name of the dialect: the key of `with_variant` and the prefix of options.
    pub fn name(&self) -> &'static str {
        match (self.dialect, self.flavour) {
            (Dialect::Mysql, Flavour::Mariadb) => "mariadb",
            (dialect, _) => dialect.name(),
        }
    }

    /// Whose reserved words are quoted.
    pub fn reserved_words(&self) -> ReservedWords {
        if self.is_mariadb() { ReservedWords::Mariadb } else { self.dialect.into() }
    }

    /// `name` as an identifier, quoted where it must be.
    pub fn quote(&self, name: &str) -> String {
        identifier::quote_if_needed(self.reserved_words(), name)
    }

    /// `name` behind its schema, if there is one (an empty one is none).
    pub fn quote_qualified(&self, schema: Option<&str>, name: &str) -> String {
        match schema {
            Some(schema) if !schema.is_empty() => {
                format!("{}.{}", self.quote(schema), self.quote(name))
            }
            _ => self.quote(name),
        }
    }

    /// `text` as a string literal.
    pub fn literal(&self, text: &str) -> String {
        let literal = crate::quote_literal(self.dialect, text);
        // SQLAlchemy 2.0 takes a PostgreSQL that it has not met for one before 8.2.
        if self.is_sqlalchemy_2_0() && self.dialect == Dialect::Postgresql && self.version.is_none()
        {
            return literal.replace('\\', "\\\\");
        }
        literal
    }

    /// How many characters the name of a constraint or index may have; a longer one that came from
    /// a naming convention is cut, any other is an error.
    pub fn max_name_length(&self) -> usize {
        match self.dialect {
            Dialect::Sqlite => 9999,
            Dialect::Postgresql => 63,
            Dialect::Mysql => 64,
        }
    }

    /// How many characters any identifier may have (`max_identifier_length`); SQLAlchemy compares
    /// given names of constraints with it.
    pub fn max_identifier_length(&self) -> usize {
        match self.dialect {
            Dialect::Mysql => 255,
            Dialect::Sqlite | Dialect::Postgresql => self.max_name_length(),
        }
    }

    /// Whether constraints can be added to and dropped from a table that exists.
    pub fn supports_alter(&self) -> bool {
        self.dialect != Dialect::Sqlite
    }

    /// Whether tables and columns have comments.
    pub fn supports_comments(&self) -> bool {
        self.dialect != Dialect::Sqlite
    }

    /// Whether comments stand inside of CREATE TABLE.
    pub fn inline_comments(&self) -> bool {
        self.dialect == Dialect::Mysql
    }

    /// Whether BOOLEAN is a type of its own, and `true` a literal of it.
    pub fn supports_native_boolean(&self) -> bool {
        self.dialect == Dialect::Postgresql
    }

    /// Whether `Enum` has a type of the server's.
    pub fn supports_native_enum(&self) -> bool {
        self.dialect != Dialect::Sqlite
    }

    /// Whether there are sequences.
    pub fn supports_sequences(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite => false,
            Dialect::Postgresql => true,
            Dialect::Mysql => {
                self.is_mariadb() && self.version.is_some() && self.is_at_least(&[10, 3])
            }
        }
    }

    /// Whether `GENERATED … AS IDENTITY` is understood.
    pub fn supports_identity_columns(&self) -> bool {
        self.dialect == Dialect::Postgresql && self.is_at_least(&[10])
    }

    /// Whether `Uuid` is UUID here rather than CHAR(32).
    pub fn supports_native_uuid(&self) -> bool {
        match (self.dialect, self.flavour) {
            (Dialect::Postgresql, _) => true,
            (Dialect::Mysql, Flavour::Mariadb) => {
                let is_known = self.version.is_some() || !self.is_sqlalchemy_2_0();
                is_known && self.is_at_least(&[10, 7])
            }
            (Dialect::Mysql, Flavour::MariadbBehindMysql) => {
                self.version.is_some() && self.is_at_least(&[10, 7])
            }
            (Dialect::Sqlite, _) | (Dialect::Mysql, Flavour::Mysql) => false,
        }
    }

    /// PostgreSQL 18: generated columns that are not stored.
    pub fn supports_virtual_generated_columns(&self) -> bool {
        !self.is_sqlalchemy_2_0() && self.is_at_least(&[18])
    }

    /// Whether MySQL takes an expression in parentheses as a default.
    pub fn supports_default_expressions(&self) -> bool {
        if self.is_sqlalchemy_2_0() && self.version.is_none() {
            return false;
        }
        if self.is_mariadb() {
            self.is_at_least(&[10, 2, 1])
        } else {
            self.is_at_least(&[8, 0, 13])
        }
    }

    /// Whether the version is at least `wanted`; an unknown one is.
    pub fn is_at_least(&self, wanted: &[u32]) -> bool {
        self.version.as_deref().is_none_or(|version| version >= wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_decides_what_is_there() {
        assert!(Target::mariadb().supports_native_uuid());
        assert!(!Target::mariadb().with_version(&[10, 6, 3]).supports_native_uuid());
        assert!(!Target::mysql().supports_native_uuid());
        assert!(Target::postgresql().supports_virtual_generated_columns());
        assert!(!Target::postgresql().with_version(&[17, 4]).supports_virtual_generated_columns());
        assert!(!Target::mysql().with_version(&[8, 0, 12]).supports_default_expressions());
    }

    #[test]
    fn an_empty_schema_is_none() {
        assert_eq!(Target::mysql().quote_qualified(Some(""), "t"), "t");
        assert_eq!(Target::mysql().quote_qualified(Some("S"), "t"), "`S`.t");
    }
}
