//! Statements with `CONCURRENTLY`: who will hold them up, and what they leave when they are ended
//! half-way ("Building Indexes Concurrently" and "Rebuilding Indexes Concurrently" in PostgreSQL's
//! manual, `DETACH PARTITION` on the page of `ALTER TABLE`).

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::super::Attachment;
use super::super::Concurrent;
use super::super::Leftovers;
use super::super::OtherSession;
use super::super::RelationName;
use super::super::TableIndex;
use super::super::error::DatabaseError;
use super::super::error::DatabaseErrorKind;
use super::super::sql::Sql;
use super::super::sql::TextRow;
use super::super::sql::column;

/// The table that is meant: `$1` itself, or the one of the index `$1`.
const RELATION: &str = "coalesce((SELECT i.indrelid FROM pg_catalog.pg_index AS i \
    WHERE i.indexrelid = pg_catalog.to_regclass($1)), pg_catalog.to_regclass($1)::oid)";

/// Those who hold a lock on the table, of any of the modes that `$2` names, or where `$3` is
/// `true` a snapshot, and have had their transaction open for a second: shorter ones are gone before
/// anybody has read of them.
const HOLDUPS: &str = "SELECT 'server process ' || a.pid::text, a.usename::text, a.application_name, \
    a.state, floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint::text, a.query \
    FROM pg_catalog.pg_stat_activity AS a \
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
    AND a.xact_start < clock_timestamp() - interval '1 second' \
    AND (($3 = 'true' AND a.backend_xmin IS NOT NULL AND a.backend_type = 'client backend') \
    OR EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE l.pid = a.pid AND l.granted \
    AND l.locktype = 'relation' AND l.relation = RELATION AND l.mode = ANY ($2::text[]))) \
    UNION ALL \
    SELECT 'prepared transaction ' || p.gid, p.owner::text, NULL, 'prepared', \
    floor(extract(epoch FROM clock_timestamp() - p.prepared))::bigint::text, NULL \
    FROM pg_catalog.pg_prepared_xacts AS p WHERE p.database = current_database() \
    AND EXISTS (SELECT FROM pg_catalog.pg_locks AS l WHERE l.pid IS NULL \
    AND l.virtualtransaction = '-1/' || p.transaction::text \
    AND l.relation = RELATION AND l.mode = ANY ($2::text[])) \
    ORDER BY 5 DESC, 1 LIMIT 10";

/// The modes that keep an index from being built: those of whoever writes.
const WRITING: &str = "{RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,\
    ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}";
/// All of them.
const ANY: &str = "{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,\
    ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}";

/// The invalid index `$1` of the table `$2`.
const INVALID: &str = "SELECT n.nspname::text, c.relname::text \
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
    WHERE i.indrelid = pg_catalog.to_regclass($2) AND NOT i.indisvalid AND c.relkind = 'i' \
    AND c.relname = $1";

/// What `REINDEX CONCURRENTLY` leaves: invalid indexes beside those of the table, of its TOAST table
/// too. `$2` is the name of the index, where only one was to be made anew.
const COPIES: &str = "SELECT n.nspname::text, c.relname::text \
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
    WHERE i.indrelid IN (SELECT RELATION UNION ALL \
    SELECT t.reltoastrelid FROM pg_catalog.pg_class AS t WHERE t.oid = RELATION AND $2 = '') \
    AND NOT i.indisvalid AND c.relkind = 'i' AND c.relname ~ '_cc(new|old)[0-9]*$' \
    AND ($2 = '' OR left($2, length(regexp_replace(c.relname, '_cc(new|old)[0-9]*$', ''))) \
    = regexp_replace(c.relname, '_cc(new|old)[0-9]*$', '')) ORDER BY 1, 2";

/// Who is building the index `$1` just now: it is invalid until that has ended.
const BUILDER: &str = "SELECT p.pid::text FROM pg_catalog.pg_stat_progress_create_index AS p \
    WHERE p.index_relid = pg_catalog.to_regclass($1) AND p.datname = current_database()";

const INDEXES: &str = "SELECT c.oid::text, n.nspname::text, c.relname::text, i.indisvalid::text \
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
    WHERE i.indrelid = pg_catalog.to_regclass($1) ORDER BY c.oid";

const ATTACHMENT: &str = "SELECT coalesce(\
    (pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::bool, false)::text \
    FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = pg_catalog.to_regclass($1) \
    AND i.inhrelid = pg_catalog.to_regclass($2)";

/// The name as `to_regclass` and a statement take it.
fn quoted(name: &RelationName) -> String {
    let part = |name: &str| quote_identifier(Dialect::Postgresql, name);
    match &name.schema {
        Some(schema) => format!("{}.{}", part(schema), part(&name.name)),
        None => part(&name.name),
    }
}

pub(super) fn holdups(
    sql: &mut dyn Sql,
    statement: &Concurrent,
) -> Result<Vec<OtherSession>, DatabaseError> {
    let (relation, modes, snapshots) = match statement {
        Concurrent::CreateIndex { table, .. } => (table, WRITING, "true"),
        Concurrent::ReindexTable { table } => (table, ANY, "true"),
        Concurrent::ReindexIndex { index } => (index, ANY, "true"),
        Concurrent::DropIndex { index } => (index, ANY, "false"),
        Concurrent::Detach { parent, .. } => (parent, ANY, "false"),
    };
    let query = HOLDUPS.replace("RELATION", RELATION);
    let rows = sql.rows(&query, &[&quoted(relation), modes, snapshots])?;
    Ok(rows.iter().map(session).collect())
}

/// A session, of a row with its number, user, application, state, age and statement.
pub(super) fn session(row: &TextRow) -> OtherSession {
    let more = [1, 2, 3, 4, 5].map(|at| row.get(at).and_then(Option::as_deref));
    OtherSession::new(column(row, 0), more)
}

pub(super) fn clear_leftovers(
    sql: &mut dyn Sql,
    statement: &Concurrent,
    is_again: bool,
) -> Result<Leftovers, DatabaseError> {
    let invalid = match statement {
        // One of that name would be in its way, whoever has left it.
        Concurrent::CreateIndex { index: Some(index), table } => {
            sql.rows(INVALID, &[&index.name, &quoted(table)])?
        }
        Concurrent::ReindexIndex { index } if is_again => {
            sql.rows(&COPIES.replace("RELATION", RELATION), &[&quoted(index), &index.name])?
        }
        Concurrent::ReindexTable { table } if is_again => {
            sql.rows(&COPIES.replace("RELATION", RELATION), &[&quoted(table), ""])?
        }
        Concurrent::Detach { parent, partition } => {
            let is_pending = attachment(sql, parent, partition)? == Attachment::Pending;
            if is_pending {
                let (parent, partition) = (quoted(parent), quoted(partition));
                sql.batch(&format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"))?;
            }
            return Ok(Leftovers { is_finished: is_pending, ..Leftovers::default() });
        }
        _ => Vec::new(),
    };
    let mut dropped = Vec::new();
    for row in &invalid {
        let schema = Some(column(row, 0).to_owned());
        let name = RelationName { schema, name: column(row, 1).to_owned() };
        drop_invalid(sql, &name)?;
        dropped.push(name.name);
    }
    Ok(Leftovers { dropped, is_finished: false })
}

/// Drops an index that is invalid, unless that is because somebody is building it.
pub(super) fn drop_invalid(sql: &mut dyn Sql, index: &RelationName) -> Result<(), DatabaseError> {
    // PostgreSQL 11 and older do not tell.
    let builder = sql.rows(BUILDER, &[&quoted(index)]).unwrap_or_default();
    if let Some(row) = builder.first() {
        return Err(DatabaseError::new(
            DatabaseErrorKind::Busy,
            format!("index {} is being built by server process {}", index.name, column(row, 0)),
        ));
    }
    sql.batch(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quoted(index)))
        .map_err(|error| DatabaseError { offset: None, ..error })
}

pub(super) fn indexes(
    sql: &mut dyn Sql,
    table: &RelationName,
) -> Result<Vec<TableIndex>, DatabaseError> {
    let rows = sql.rows(INDEXES, &[&quoted(table)])?;
    let index = |row: &TextRow| TableIndex {
        number: column(row, 0).to_owned(),
        schema: column(row, 1).to_owned(),
        name: column(row, 2).to_owned(),
        is_valid: column(row, 3) == "true",
    };
    Ok(rows.iter().map(index).collect())
}

pub(super) fn attachment(
    sql: &mut dyn Sql,
    parent: &RelationName,
    partition: &RelationName,
) -> Result<Attachment, DatabaseError> {
    // PostgreSQL 13 and older know no partition that is half detached.
    let rows = sql.rows(ATTACHMENT, &[&quoted(parent), &quoted(partition)])?;
    Ok(match rows.first().map(|row| column(row, 0)) {
        None => Attachment::Detached,
        Some("true") => Attachment::Pending,
        Some(_) => Attachment::Attached,
    })
}
