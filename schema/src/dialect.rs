//! The databases that limbeck speaks to, and the facts in which they differ.

use std::fmt;

/// A kind of database. MariaDB and MySQL are one dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 12 and later.
    Postgresql,
    /// MySQL 8 and MariaDB 10 and later.
    Mysql,
}

impl Dialect {
    /// Every dialect, in the order in which messages list them.
    pub const ALL: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgresql, Dialect::Mysql];

    /// The name used in revision files (`--- upgrade postgresql`), URLs and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgresql => "postgresql",
            Dialect::Mysql => "mysql",
        }
    }

    /// The dialect that a word names. `postgres` and `mariadb` are accepted, as every guide of
    /// these databases uses them.
    pub fn from_name(name: &str) -> Option<Dialect> {
        match name {
            "sqlite" | "sqlite3" => Some(Dialect::Sqlite),
            "postgresql" | "postgres" => Some(Dialect::Postgresql),
            "mysql" | "mariadb" => Some(Dialect::Mysql),
            _ => None,
        }
    }

    /// Whether DDL takes part in transactions, so that a script and its bookkeeping can commit or
    /// vanish together. MySQL commits implicitly at every DDL statement.
    pub const fn has_transactional_ddl(self) -> bool {
        match self {
            Dialect::Sqlite | Dialect::Postgresql => true,
            Dialect::Mysql => false,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
