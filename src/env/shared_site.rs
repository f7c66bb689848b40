//! Databases of one configuration that are one and the same, or that keep one journal.
//!
//! A version table has one set of rows and a journal belongs to one version table: with two names
//! for one of either, what was done under one name would be taken for done, or be undone, under
//! the other.

use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use crate::db::DatabaseUrl;
use crate::db::TableName;

use super::database::DatabaseSettings;
use super::error::ConfigError;
use super::error::ConfigErrorKind;

/// Two databases that must not stand in one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSite {
    /// The database that comes first in the configuration.
    pub first: String,
    /// The other.
    pub second: String,
    /// Where both are, as it may be shown.
    pub address: String,
    /// What they share.
    pub table: SharedTable,
}

/// A table that two databases share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedTable {
    /// The version table: they are one database.
    Version(TableName),
    /// The journal, beside version tables of their own.
    Journal(TableName),
}

impl SharedSite {
    /// The error of going on all the same, in the configuration at `path`.
    pub fn into_error(self, path: &Path) -> ConfigError {
        let SharedSite { first, second, address, table } = self;
        let kind = match table {
            SharedTable::Version(table) => {
                ConfigErrorKind::SameDatabase { first, second, address, table }
            }
            SharedTable::Journal(journal) => {
                ConfigErrorKind::SharedJournal { first, second, address, journal }
            }
        };
        ConfigError::of(path, kind)
    }
}

/// The databases that share what they must not, in the order of `databases`. Those of which it is
/// not known where they are, or which tables they have, are left out.
pub fn shared_sites<'a>(
    databases: impl IntoIterator<Item = &'a DatabaseSettings>,
) -> Vec<SharedSite> {
    let mut known: Vec<Known<'a>> = Vec::new();
    let mut shared = Vec::new();
    for database in databases {
        let (Ok(url), Ok(tables)) = (&database.url, &database.tables) else { continue };
        let Some(address) = Address::of(url, tables.version.schema.is_some()) else { continue };
        let second = Known {
            name: &database.name,
            url,
            address,
            version: &tables.version,
            journal: &tables.journal,
        };
        shared.extend(known.iter().filter_map(|first| first.shares(&second)));
        known.push(second);
    }
    shared
}

/// A database of which it is known where it is.
struct Known<'a> {
    name: &'a str,
    url: &'a DatabaseUrl,
    address: Address,
    version: &'a TableName,
    journal: &'a TableName,
}

impl Known<'_> {
    fn shares(&self, second: &Known<'_>) -> Option<SharedSite> {
        if self.address != second.address {
            return None;
        }
        let is_one = |one: &TableName, other: &TableName| is_one_table(self.url, one, other);
        let table = if is_one(self.version, second.version) {
            SharedTable::Version(second.version.clone())
        } else if is_one(self.journal, second.journal) {
            SharedTable::Journal(second.journal.clone())
        } else {
            return None;
        };
        Some(SharedSite {
            first: self.name.to_owned(),
            second: second.name.to_owned(),
            address: self.url.to_string(),
            table,
        })
    }
}

/// Whether both URLs lead to one database, whoever opens it and whatever schema it looks at first.
pub fn is_one_database(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    let place = |url| {
        let mut address = Address::of(url, true)?;
        if let Address::Server { path, .. } = &mut address {
            path.retain(|(name, _)| name != "options");
        }
        Some(address)
    };
    place(one).is_some_and(|one| place(other) == Some(one))
}

/// Whether two names within the database at `url` are those of one table.
fn is_one_table(url: &DatabaseUrl, one: &TableName, other: &TableName) -> bool {
    let dialect = url.dialect();
    let is_same = |one: &str, other: &str| match dialect {
        Dialect::Sqlite => one.eq_ignore_ascii_case(other),
        Dialect::Postgresql | Dialect::Mysql => one == other,
    };
    // On PostgreSQL the `search_path` decides, which only the server knows.
    let default = match dialect {
        Dialect::Sqlite => "main",
        Dialect::Mysql => url.database().unwrap_or(""),
        Dialect::Postgresql => "",
    };
    let schema = |table: &TableName| table.schema.as_deref().unwrap_or(default).to_owned();
    is_same(&one.name, &other.name) && is_same(&schema(one), &schema(other))
}

/// Where a database is, apart from who opens it.
#[derive(Debug, PartialEq, Eq)]
enum Address {
    File(PathBuf),
    Server {
        dialect: Dialect,
        host: String,
        port: String,
        database: String,
        /// What else decides which schema a name without one is looked for in.
        path: Vec<(String, String)>,
    },
}

/// Parameters that lead to another server, or to another schema of it.
const TELLING_PARAMETERS: [&str; 5] = ["hostaddr", "options", "service", "socket", "unix_socket"];

impl Address {
    /// The address in `url`; `None` for a database in memory, of which each session has its own.
    fn of(url: &DatabaseUrl, has_schema: bool) -> Option<Self> {
        let dialect = url.dialect();
        let default_port = match dialect {
            Dialect::Sqlite => return Some(Address::File(resolved(url.sqlite_path()?))),
            Dialect::Postgresql => 5432,
            Dialect::Mysql => 3306,
        };
        let host = url.host().unwrap_or("").to_ascii_lowercase();
        // The ports of a list of hosts are not told apart by the URL.
        let port = if host.contains(',') {
            url.authority().unwrap_or("").to_owned() + url.parameter("port").unwrap_or("")
        } else {
            url.port().unwrap_or(default_port).to_string()
        };
        let host = match host.as_str() {
            "localhost" | "::1" => "127.0.0.1".to_owned(),
            _ => host,
        };
        let mut path: Vec<(String, String)> = TELLING_PARAMETERS
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), url.parameter(name)?.to_owned())))
            .collect();
        if dialect == Dialect::Postgresql && !has_schema {
            // By default the `search_path` begins with the schema of the user's name.
            path.push(("user".to_owned(), url.user().unwrap_or("").to_owned()));
        }
        let database = url.database().or(url.user()).unwrap_or("").to_owned();
        Some(Address::Server { dialect, host, port, database, path })
    }
}

/// `path` as the system knows it. The file need not be there yet.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    match (directory.canonicalize(), path.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        _ => path.components().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Project;
    use crate::env::Variables;

    fn shared(databases: &[(&str, &str)]) -> Vec<String> {
        let mut text = String::new();
        for (index, (url, more)) in databases.iter().enumerate() {
            text += &format!("[databases.d{index}]\nurl = \"{url}\"\n{more}\n");
        }
        let variables = Variables::new(&|_| None);
        let project = Project::parse(Path::new("limbeck.toml"), &text, variables).unwrap();
        let shared = shared_sites(&project.databases);
        let word = |shared: SharedSite| match shared.table {
            SharedTable::Version(table) => format!("{} {} {table}", shared.first, shared.second),
            SharedTable::Journal(table) => {
                format!("{} {} journal {table}", shared.first, shared.second)
            }
        };
        shared.into_iter().map(word).collect()
    }

    #[test]
    fn one_address_and_one_version_table_are_one_database() {
        for (one, other) in [
            ("sqlite:app.db", "sqlite:///./app.db"),
            ("sqlite:no/such/app.db", "sqlite:no/such/./app.db"),
            ("postgresql://me@localhost/app", "postgres://me:hush@127.0.0.1:5432/app"),
            ("postgresql://me@h/app", "postgresql://me@/app?host=H&sslmode=disable"),
            ("postgresql://app@h", "postgresql://app@h/app"),
            ("mysql://me@h/app", "mariadb://you@h:3306/app"),
        ] {
            assert_eq!(shared(&[(one, ""), (other, "")]), ["d0 d1 alembic_version"], "{other}");
        }
        assert_eq!(
            shared(&[("sqlite:app.db", ""), ("sqlite:b.db", ""), ("sqlite:app.db", "")]),
            ["d0 d2 alembic_version"]
        );
        let named = ("sqlite:app.db", "version_table = \"V\"");
        assert_eq!(shared(&[named, ("sqlite:app.db", "version_table = \"v\"")]), ["d0 d1 v"]);
        let here = "version_table_schema = \"s\"";
        assert_eq!(
            shared(&[("postgresql://me@h/app", here), ("postgresql://you@h/app", here)]),
            ["d0 d1 s.alembic_version"]
        );
        let here = ("mysql://me@h/app", "version_table_schema = \"app\"");
        assert_eq!(shared(&[here, ("mysql://me@h/app", "")]), ["d0 d1 alembic_version"]);
    }

    #[test]
    fn what_differs_in_place_schema_or_table_is_no_one_database() {
        for (one, other) in [
            (("sqlite::memory:", ""), ("sqlite::memory:", "")),
            (("sqlite:a/app.db", ""), ("sqlite:b/app.db", "")),
            (("postgresql://me@h/app", ""), ("postgresql://me@h/app2", "")),
            (("postgresql://me@h/app", ""), ("postgresql://me@h:5433/app", "")),
            (("postgresql://me@h/app", ""), ("mysql://me@h:5432/app", "")),
            (("postgresql://me@h:1,i:2/app", ""), ("postgresql://me@h:1,i:3/app", "")),
            (
                ("postgresql://me@h/app?options=-csearch_path%3Da", ""),
                ("postgresql://me@h/app?options=-csearch_path%3Db", ""),
            ),
            // Each has a schema of its own name first in its path.
            (("postgresql://me@h/app", ""), ("postgresql://you@h/app", "")),
            (
                ("postgresql://me@h/app", ""),
                ("postgresql://me@h/app", "version_table_schema = \"s\""),
            ),
            (("sqlite:app.db", ""), ("sqlite:app.db", "version_table = \"v\"")),
        ] {
            assert_eq!(shared(&[one, other]), Vec::<String>::new(), "{other:?}");
        }
    }

    #[test]
    fn version_tables_do_not_share_a_journal() {
        let one = ("sqlite:app.db", "version_table = \"a\"\njournal_table = \"log\"");
        let other = ("sqlite:app.db", "version_table = \"b\"\njournal_table = \"log\"");
        assert_eq!(shared(&[one, other]), ["d0 d1 journal log"]);
        // The journal of a table of this name is that of the default.
        let named = ("sqlite:app.db", "version_table = \"limbeck\"");
        assert_eq!(shared(&[named, ("sqlite:app.db", "")]), ["d0 d1 journal limbeck_journal"]);
    }

    #[test]
    fn another_user_schema_or_spelling_is_the_same_database() {
        let is_one = |one: &str, other: &str| {
            is_one_database(&one.parse().unwrap(), &other.parse().unwrap())
        };
        let url = "postgresql://a@h/d";
        assert!(is_one(url, "postgres://b:c@H:5432/d?options=-csearch_path%3Dx"));
        assert!(!is_one(url, "postgresql://a@h/e"));
        assert!(!is_one(url, "postgresql://a@h:5433/d"));
        assert!(is_one("sqlite:x.db", "sqlite:./x.db"));
        assert!(!is_one("sqlite::memory:", "sqlite::memory:"));
    }
}
