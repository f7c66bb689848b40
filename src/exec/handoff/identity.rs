//! What tells one database from any other, asked on both sides.

use std::path::Path;

use limbeck_schema::Dialect;

/// The answer of a database: its kind, and what only it has. The worker asks the same.
pub(super) type Identity = Vec<String>;

/// The question, and how its rows are read.
const POSTGRES: &str = "SELECT current_database()::text, (SELECT oid FROM pg_catalog.pg_database \
    WHERE datname = current_database())::text, floor(extract(epoch FROM \
    pg_catalog.pg_postmaster_start_time()))::bigint::text, coalesce(current_schema(), '')::text";
const MYSQL: &str = "SELECT database(), @@hostname, CAST(@@port AS CHAR), @@datadir";
const SQLITE: &str = "SELECT file FROM pragma_database_list WHERE name = 'main'";

/// What identifies the database behind `ask`, which gives the first row of a query as texts.
///
/// # Errors
/// Those of `ask`.
pub(super) fn identity_of<E>(
    dialect: Dialect,
    ask: impl FnOnce(&'static str) -> Result<Vec<String>, E>,
) -> Result<Identity, E> {
    let (kind, question) = match dialect {
        Dialect::Postgresql => ("postgresql", POSTGRES),
        Dialect::Mysql => ("mysql", MYSQL),
        Dialect::Sqlite => ("sqlite", SQLITE),
    };
    let mut identity = vec![kind.to_owned()];
    for value in ask(question)? {
        identity.push(match dialect {
            Dialect::Sqlite => real_path(&value),
            Dialect::Postgresql | Dialect::Mysql => value,
        });
    }
    Ok(identity)
}

/// A path without links, as Python's `os.path.realpath` has it.
fn real_path(path: &str) -> String {
    match std::fs::canonicalize(Path::new(path)) {
        Ok(real) => real.to_string_lossy().into_owned(),
        Err(_) => path.to_owned(),
    }
}
