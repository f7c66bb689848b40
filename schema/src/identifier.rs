//! Identifiers as SQLAlchemy writes them: bare wherever that is safe, so that generated SQL reads
//! as Alembic's does, byte for byte.

use crate::Dialect;
use crate::quote_identifier;
use crate::reserved_words;

/// Whose reserved words count. MariaDB's are others than MySQL's, though all else of the dialect is
/// the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReservedWords {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgresql,
    /// MySQL's, which SQLAlchemy takes for `mysql://` as long as it has not met the server.
    Mysql,
    /// MariaDB's, which it takes for `mariadb://`.
    Mariadb,
}

impl ReservedWords {
    /// Every list.
    pub const ALL: [ReservedWords; 4] = [
        ReservedWords::Sqlite,
        ReservedWords::Postgresql,
        ReservedWords::Mysql,
        ReservedWords::Mariadb,
    ];

    /// The dialect they belong to.
    pub const fn dialect(self) -> Dialect {
        match self {
            ReservedWords::Sqlite => Dialect::Sqlite,
            ReservedWords::Postgresql => Dialect::Postgresql,
            ReservedWords::Mysql | ReservedWords::Mariadb => Dialect::Mysql,
        }
    }

    /// The words, lower-case and sorted.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            ReservedWords::Sqlite => reserved_words::SQLITE,
            ReservedWords::Postgresql => reserved_words::POSTGRESQL,
            ReservedWords::Mysql => reserved_words::MYSQL,
            ReservedWords::Mariadb => reserved_words::MARIADB,
        }
    }
}

impl From<Dialect> for ReservedWords {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => ReservedWords::Sqlite,
            Dialect::Postgresql => ReservedWords::Postgresql,
            Dialect::Mysql => ReservedWords::Mysql,
        }
    }
}

/// Whether SQLAlchemy quotes `name` (`IdentifierPreparer._requires_quotes`): a reserved word, a
/// capital letter, any other character than `a-z`, `0-9`, `_` and `$`, or a digit or `$` at the
/// beginning. The empty name is quoted too.
pub fn needs_quotes(words: ReservedWords, name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$';
    name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        || name.is_empty()
        || !name.chars().all(is_plain)
        || words.words().binary_search(&name).is_ok()
}

/// `name` as SQLAlchemy writes it: quoted only where it [must be](needs_quotes).
pub fn quote_if_needed(words: ReservedWords, name: &str) -> String {
    if needs_quotes(words, name) {
        quote_identifier(words.dialect(), name)
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_lower_case_and_sorted() {
        for list in ReservedWords::ALL {
            assert!(list.words().is_sorted_by(|a, b| a < b), "{list:?}");
            assert!(list.words().iter().all(|word| word.to_lowercase() == *word), "{list:?}");
        }
    }

    #[test]
    fn only_what_must_be_is_quoted() {
        let quoted = |words, name| quote_if_needed(words, name);
        assert_eq!(quoted(ReservedWords::Postgresql, "alembic_version"), "alembic_version");
        assert_eq!(quoted(ReservedWords::Postgresql, "a$1"), "a$1");
        for name in ["User", "user", "1a", "$a", "a b", "a-b", "é", "", "a\"b"] {
            assert!(needs_quotes(ReservedWords::Postgresql, name), "{name}");
        }
        assert_eq!(quoted(ReservedWords::Postgresql, "a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted(ReservedWords::Mysql, "order"), "`order`");
        // One server's word is another's name.
        assert_eq!(quoted(ReservedWords::Mysql, "rank"), "`rank`");
        assert_eq!(quoted(ReservedWords::Mariadb, "rank"), "rank");
        assert_eq!(quoted(ReservedWords::Sqlite, "user"), "user");
    }
}
