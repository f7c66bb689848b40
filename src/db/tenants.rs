//! Which tenants a database has, and where they are, in one query.

use std::iter;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::connect;
use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::mysql;
use super::postgres;
use super::read_only;
use super::sql;
use super::sql::Sql;
use super::sql::TextRow;
use super::sql::column;
use super::tenant::Catalogue;
use super::tenant::SEPARATOR;
use super::url::DatabaseUrl;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::script::sql::split;

/// Where the names of the tenants come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantSource {
    /// A query of one column.
    Query(String),
    /// A list.
    List(Vec<String>),
    /// The schemas (on MySQL the databases) whose names this pattern describes: `*` stands for any
    /// letters, `?` for one.
    Schemas(String),
}

/// A tenant, as the shared schema knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// Its name, which is that of its schema.
    pub name: String,
    /// Whether there is such a schema.
    pub has_schema: bool,
    /// Its heads; `None` where only its own version table can tell.
    pub heads: Option<Heads>,
    /// What went wrong when it was to be brought on last.
    pub error: Option<String>,
    /// What its row has in the columns that were asked for.
    pub values: Vec<String>,
}

/// The tenants of the database at `url`, sorted by name, each once.
///
/// # Errors
/// Whatever the database says; [`Unsupported`](DatabaseErrorKind::Unsupported) on SQLite, which
/// has no schemas.
pub fn tenants(
    url: &DatabaseUrl,
    options: &SessionOptions,
    source: &TenantSource,
    shared_schema: &str,
) -> Result<Vec<TenantRow>, DatabaseError> {
    let dialect = url.dialect();
    let Some(names) = names_query(dialect, source, shared_schema)? else {
        return Ok(Vec::new());
    };
    let catalogue = Catalogue::new(dialect, shared_schema, &options.version_table.name);
    let rows = match dialect {
        Dialect::Postgresql => postgres::survey(url, options, &catalogue, &names)?,
        Dialect::Mysql => mysql::survey(url, options, &catalogue, &names)?,
        Dialect::Sqlite => {
            let message = "SQLite has no schemas: its tenants are files, and `url` of its tenants \
                           says where they are";
            return Err(DatabaseError::new(DatabaseErrorKind::Unsupported, message));
        }
    };
    let mut tenants = Vec::with_capacity(rows.len());
    for row in &rows {
        let name = named(column(row, 0))?;
        let has_schema = column(row, 1) == "1";
        let heads = match row.get(3).and_then(Option::as_deref) {
            Some(text) => heads(text),
            // Without a version table nothing is applied.
            None if has_schema && column(row, 2) == "0" => Some(Heads::none()),
            None => None,
        };
        let error = row.get(4).cloned().flatten();
        tenants.push(TenantRow {
            name: name.to_owned(),
            has_schema,
            heads,
            error,
            values: Vec::new(),
        });
    }
    tenants.sort_by(|one, other| one.name.cmp(&other.name));
    tenants.dedup_by(|one, other| one.name == other.name);
    Ok(tenants)
}

/// The tenants of the database at `url` that have databases of their own, each with what the query
/// has in `columns`; with columns it has one named `tenant`. What each of them has, only it can
/// tell.
///
/// # Errors
/// Whatever the database says.
pub fn tenants_elsewhere(
    url: &DatabaseUrl,
    options: &SessionOptions,
    source: &TenantSource,
    columns: &[&str],
    shared_schema: &str,
) -> Result<Vec<TenantRow>, DatabaseError> {
    let dialect = url.dialect();
    let is_list = matches!(source, TenantSource::List(_));
    // What is in a list is known before there is a database.
    let is_there = url.sqlite_path().is_none_or(|path| path.exists());
    let mut connection = match is_list && !is_there {
        true => None,
        false => Some(open(url, options)?),
    };
    let names = names_query(dialect, source, shared_schema)?;
    let names: Vec<(String, Vec<String>)> = match (source, names, &mut connection) {
        (TenantSource::List(names), ..) => names
            .iter()
            .map(|name| Ok((named(name)?.to_owned(), Vec::new())))
            .collect::<Result<_, DatabaseError>>()?,
        (_, None, _) | (.., None) => Vec::new(),
        (_, Some(query), Some(connection)) => {
            // It must not be one that changes anything.
            connection.batch(read_only::begin_sql(dialect))?;
            let rows = connection.rows(&places_query(dialect, &query, columns), &[])?;
            connection.batch("ROLLBACK")?;
            let values =
                |row: &TextRow| (1..=columns.len()).map(|at| column(row, at).to_owned()).collect();
            let named = rows.iter().map(|row| Ok((named(column(row, 0))?.to_owned(), values(row))));
            named.collect::<Result<_, DatabaseError>>()?
        }
    };
    let catalogue = Catalogue::new(dialect, shared_schema, &options.version_table.name);
    // There is none before the first failure.
    let failures = connection
        .and_then(|mut connection| connection.rows(&catalogue.failures_sql(), &[]).ok())
        .unwrap_or_default();
    let error = |name: &str| {
        let row = failures.iter().find(|row| column(row, 0) == name)?;
        row.get(1).cloned().flatten()
    };
    let row = |(name, values): (String, Vec<String>)| {
        let error = error(&name);
        TenantRow { name, has_schema: true, heads: None, error, values }
    };
    let mut rows: Vec<TenantRow> = names.into_iter().map(row).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows.dedup_by(|one, other| one.name == other.name);
    Ok(rows)
}

/// The query for the names and `columns` of what `query` gives.
fn places_query(dialect: Dialect, query: &str, columns: &[&str]) -> String {
    let text = match dialect {
        Dialect::Mysql => "CHAR",
        Dialect::Postgresql | Dialect::Sqlite => "TEXT",
    };
    if columns.is_empty() {
        return format!("WITH t(tenant) AS ({query}\n) SELECT CAST(tenant AS {text}) FROM t");
    }
    let columns = iter::once("tenant").chain(columns.iter().copied());
    let columns =
        columns.map(|column| format!("CAST({} AS {text})", quote_identifier(dialect, column)));
    let columns: Vec<String> = columns.collect();
    format!("WITH t AS ({query}\n) SELECT {} FROM t", columns.join(", "))
}

pub(super) fn open(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<Box<dyn Sql + Send>, DatabaseError> {
    Ok(match url.dialect() {
        Dialect::Postgresql => Box::new(connect::postgres(url, options)?),
        Dialect::Mysql => Box::new(connect::mysql(url, options)?),
        Dialect::Sqlite => Box::new(connect::sqlite(url, options.read_only)?),
    })
}

/// `name`, if it is one.
fn named(name: &str) -> Result<&str, DatabaseError> {
    if name.is_empty() {
        let message = "the query for the tenants gives a row without a name";
        return Err(DatabaseError::new(DatabaseErrorKind::Statement, message));
    }
    Ok(name)
}

/// The heads in a row of the catalogue; `None` where it makes no sense.
pub(super) fn heads(text: &str) -> Option<Heads> {
    let ids = text.split(SEPARATOR).filter(|id| !id.is_empty());
    ids.map(|id| id.parse::<RevisionId>().ok()).collect()
}

/// A query of one column for the names; `None` where there are none.
fn names_query(
    dialect: Dialect,
    source: &TenantSource,
    shared: &str,
) -> Result<Option<String>, DatabaseError> {
    let literal = |text: &str| sql::literal(dialect, text);
    Ok(Some(match source {
        TenantSource::Query(query) => only_statement(dialect, query)?,
        TenantSource::List(names) if names.is_empty() => return Ok(None),
        TenantSource::List(names) => {
            let selects: Vec<String> =
                names.iter().map(|name| format!("SELECT {}", literal(name))).collect();
            selects.join(" UNION ALL ")
        }
        TenantSource::Schemas(pattern) => {
            let pattern = literal(&like(pattern));
            match dialect {
                Dialect::Mysql => format!(
                    "SELECT schema_name FROM information_schema.schemata \
                     WHERE schema_name LIKE {pattern} ESCAPE '!' AND schema_name <> {}",
                    literal(shared)
                ),
                Dialect::Postgresql => format!(
                    "SELECT nspname::text FROM pg_catalog.pg_namespace \
                     WHERE nspname LIKE {pattern} ESCAPE '!' AND nspname <> {} \
                     AND nspname NOT LIKE 'pg!_%' ESCAPE '!' AND nspname <> 'information_schema'",
                    literal(shared)
                ),
                Dialect::Sqlite => {
                    let message = "SQLite has no schemas: its tenants are files, of `list` or \
                                   `query`";
                    return Err(DatabaseError::new(DatabaseErrorKind::Unsupported, message));
                }
            }
        }
    }))
}

/// The statement that `query` is, without what stands around it: it becomes a part of another.
fn only_statement(dialect: Dialect, query: &str) -> Result<String, DatabaseError> {
    let wrong = |message| DatabaseError::new(DatabaseErrorKind::Statement, message);
    let start = SourcePosition { line: 1, column: 1 };
    let statements = split(query, dialect, start)
        .map_err(|error| wrong(format!("the query for the tenants: {error}")))?;
    match <[Statement; 1]>::try_from(statements) {
        Ok([statement]) => Ok(statement.text),
        Err(statements) => {
            let count = statements.len();
            Err(wrong(format!("the query for the tenants is {count} statements, not one")))
        }
    }
}

/// A pattern of `*` and `?` as one of LIKE, with `!` before what means itself.
fn like(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    for letter in pattern.chars() {
        match letter {
            '*' => text.push('%'),
            '?' => text.push('_'),
            '%' | '_' | '!' => text.extend(['!', letter]),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_themselves_but_for_stars_and_question_marks() {
        assert_eq!(like("tenant_*"), "tenant!_%");
        assert_eq!(like("a?b%c!"), "a_b!%c!!");
    }

    #[test]
    fn what_ends_a_query_does_not_end_what_is_around_it() {
        for end in ["", "; \n", " -- by name;", "; -- by name", " ;; /* x; */"] {
            let query = TenantSource::Query(format!("SELECT ';' FROM t ORDER BY 1{end}"));
            let names = names_query(Dialect::Postgresql, &query, "public").unwrap();
            assert_eq!(names.as_deref(), Some("SELECT ';' FROM t ORDER BY 1"), "{end}");
        }
        let nobody = TenantSource::List(Vec::new());
        assert_eq!(names_query(Dialect::Mysql, &nobody, "app").unwrap(), None);
    }

    #[test]
    fn a_query_is_one_statement() {
        for wrong in ["SELECT 1; DROP TABLE t", "-- nothing", "SELECT 'x"] {
            let query = TenantSource::Query(wrong.to_owned());
            assert!(names_query(Dialect::Postgresql, &query, "public").is_err(), "{wrong}");
        }
    }

    #[test]
    fn heads_are_lines() {
        assert_eq!(heads(""), Some(Heads::none()));
        assert_eq!(heads("a1\nb2").map(|heads| heads.iter().count()), Some(2));
        assert_eq!(heads("a1\nb@2"), None);
    }
}
