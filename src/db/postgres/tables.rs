//! Finding and making our own tables on PostgreSQL.

use limbeck_schema::Dialect;

use super::PostgresSession;
use crate::db::RowLength;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::journal_table::LATER_COLUMNS;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;

/// The schema that `table` is found in; `None` when there is no such table.
pub(in crate::db) fn schema_of(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<Option<String>, DatabaseError> {
    let rows = sql.rows(
        "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = to_regclass($1)",
        &[&table.quoted(Dialect::Postgresql)],
    )?;
    Ok(rows.first().map(|row| column(row, 0).to_owned()))
}

/// What the column `version_num` of `table` holds, or will hold.
pub(in crate::db) fn row_length(
    sql: &mut dyn Sql,
    table: &TableName,
    to_be_made: usize,
) -> Result<RowLength, DatabaseError> {
    // The type modifier of a text of limited length is that length and four bytes of header; a
    // domain has it in place of its column. Without a limit it is -1.
    let rows = sql.rows(
        "SELECT (CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END)::text \
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
         WHERE a.attrelid = to_regclass($1) AND a.attname = 'version_num' AND NOT a.attisdropped",
        &[&table.quoted(Dialect::Postgresql)],
    )?;
    let Some(row) = rows.first() else {
        return Ok(RowLength::ToBeMade(to_be_made));
    };
    let length = column(row, 0).parse::<i64>().unwrap_or(-1) - 4;
    Ok(usize::try_from(length).map_or(RowLength::Unlimited, RowLength::Made))
}

/// Runs `create` unless `table` is there, and tells the schema it is in.
///
/// `IF NOT EXISTS` is no protection against another process that creates the same table at the
/// same time: one of the two fails on a unique index of the catalog. So a failure counts only when
/// the table is still missing afterwards. `in_transaction` keeps that failure from ending the
/// caller's transaction.
pub(in crate::db) fn ensure(
    sql: &mut dyn Sql,
    table: &TableName,
    create: &str,
    in_transaction: bool,
) -> Result<String, DatabaseError> {
    match schema_of(sql, table)? {
        Some(schema) => Ok(schema),
        None => make(sql, table, create, in_transaction),
    }
}

/// As [`ensure`], for a table that was missing just now.
fn make(
    sql: &mut dyn Sql,
    table: &TableName,
    create: &str,
    in_transaction: bool,
) -> Result<String, DatabaseError> {
    let created = if in_transaction {
        let guarded = format!("SAVEPOINT limbeck;\n{create};\nRELEASE SAVEPOINT limbeck");
        let created = sql.batch(&guarded);
        if created.is_err() {
            sql.batch("ROLLBACK TO SAVEPOINT limbeck;\nRELEASE SAVEPOINT limbeck")?;
        }
        created
    } else {
        sql.batch(create)
    };
    if let (Some(schema), Ok(())) = (&table.schema, &created) {
        return Ok(schema.clone());
    }
    match (schema_of(sql, table)?, created) {
        (Some(schema), _) => Ok(schema),
        (None, Err(error)) => Err(DatabaseError { offset: None, ..error }),
        (None, Ok(())) => Err(DatabaseError::new(
            DatabaseErrorKind::Statement,
            format!("the table {table} was created but cannot be found; check the search_path"),
        )),
    }
}

/// Which of our tables there are: the schema that each is in.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) version: Option<String>,
    pub(super) journal: Option<String>,
    pub(super) catalogue: Option<String>,
    /// The columns of the journal.
    pub(super) columns: String,
}

impl Found {
    pub(super) fn has_version(&self) -> bool {
        self.version.is_some()
    }

    pub(super) fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// Whether the journal that there is, or that is to be made, has all its columns.
    pub(super) fn journal_is_whole(&self) -> bool {
        let has = |name: &&str| self.columns.split('\n').any(|column| column == *name);
        self.journal.is_none() || LATER_COLUMNS.iter().all(has)
    }
}

impl PostgresSession {
    /// Which of our tables there are. Asks once for several questions in a row.
    pub(super) fn find(&mut self) -> Result<Found, DatabaseError> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let name = |table: &TableName| table.quoted(Dialect::Postgresql);
        let tables = [
            name(self.version.place()),
            name(self.journal.place()),
            self.catalogue.as_ref().map(|catalogue| name(catalogue.table())).unwrap_or_default(),
        ];
        let rows = self.with(|sql| sql.rows(FIND, &tables.each_ref().map(String::as_str)))?;
        let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
        let mut next = || row.next().flatten();
        let (version, journal, catalogue) = (next(), next(), next());
        let found = Found { version, journal, catalogue, columns: next().unwrap_or_default() };
        // Others make tables too: one that only reads may do so for long.
        self.found = (!self.origin.1.read_only).then(|| found.clone());
        Ok(found)
    }

    /// The schema of `table`: the one that it was `found` in, or that it is made in.
    pub(super) fn ensured(
        &mut self,
        found: Option<String>,
        table: &TableName,
        create: &str,
    ) -> Result<String, DatabaseError> {
        if let Some(schema) = found {
            return Ok(schema);
        }
        let in_transaction = self.in_transaction();
        self.with(|sql| make(sql, table, create, in_transaction))
    }

    /// The rows of a query on the table that `is_there` tells of; `None` when it is missing. One
    /// round trip when it is there: whether it is, is asked only after a failure, unless a failure
    /// would end the caller's transaction.
    pub(super) fn rows_of(
        &mut self,
        query: &str,
        is_there: impl Fn(&Found) -> bool,
    ) -> Result<Option<Vec<TextRow>>, DatabaseError> {
        if self.in_transaction() || self.found.is_some() {
            if !is_there(&self.find()?) {
                return Ok(None);
            }
            return self.with(|sql| sql.rows(query, &[])).map(Some);
        }
        match self.with(|sql| sql.rows(query, &[])) {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.kind != DatabaseErrorKind::Statement => Err(error),
            // Another process may have made the table between the query and the question. An error
            // with another reason comes again.
            Err(_) => match is_there(&self.find()?) {
                true => self.with(|sql| sql.rows(query, &[])).map(Some),
                false => Ok(None),
            },
        }
    }
}

/// Where the version table `$1`, the journal `$2` and the catalogue `$3` are, and the columns of
/// the journal.
const FIND: &str = "SELECT \
    (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.oid = to_regclass($1)), \
    (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.oid = to_regclass($2)), \
    (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.oid = to_regclass(nullif($3, ''))), \
    (SELECT string_agg(attname::text, E'\\n') FROM pg_attribute \
    WHERE attrelid = to_regclass($2) AND attnum > 0 AND NOT attisdropped)";

/// The rows of a query on `table`; `None` when there is no such table. One round trip when there
/// is: the question whether it exists is put only after a failure, unless a failure would end the
/// caller's transaction.
pub(in crate::db) fn rows_if_exists(
    sql: &mut dyn Sql,
    table: &TableName,
    query: &str,
    binds: &[&str],
    in_transaction: bool,
) -> Result<Option<Vec<TextRow>>, DatabaseError> {
    if in_transaction {
        if schema_of(sql, table)?.is_none() {
            return Ok(None);
        }
        return sql.rows(query, binds).map(Some);
    }
    match sql.rows(query, binds) {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.kind != DatabaseErrorKind::Statement => Err(error),
        Err(_) => match schema_of(sql, table)? {
            // Another process may have made the table between the query and the question. An error
            // with another reason comes again.
            Some(_) => sql.rows(query, binds).map(Some),
            None => Ok(None),
        },
    }
}
