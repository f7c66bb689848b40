//! Statements of PostgreSQL that work on a table while others use it, and wait for these others
//! instead of keeping them out.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::cursor::QualifiedName;
use super::statement::Statement;

/// The name of a relation, as the catalog spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationName {
    /// Its schema, where the statement names one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

impl From<QualifiedName> for RelationName {
    fn from(name: QualifiedName) -> Self {
        RelationName { schema: name.schema, name: name.name }
    }
}

/// A statement with `CONCURRENTLY`. It cannot run in a transaction, waits for the transactions of
/// others, and leaves something behind where it is ended half-way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concurrent {
    /// `CREATE INDEX CONCURRENTLY`
    CreateIndex {
        /// The index, where the statement names it.
        index: Option<RelationName>,
        /// Its table.
        table: RelationName,
    },
    /// `DROP INDEX CONCURRENTLY`
    DropIndex {
        /// The index.
        index: RelationName,
    },
    /// `REINDEX INDEX CONCURRENTLY`
    ReindexIndex {
        /// The index.
        index: RelationName,
    },
    /// `REINDEX TABLE CONCURRENTLY`
    ReindexTable {
        /// The table.
        table: RelationName,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`
    Detach {
        /// The partitioned table.
        parent: RelationName,
        /// The partition.
        partition: RelationName,
    },
}

/// What `statement` is of these; `None` for every other statement, and where it does not name what
/// it works on.
pub fn concurrent(statement: &Statement, dialect: Dialect) -> Option<Concurrent> {
    if dialect != Dialect::Postgresql {
        return None;
    }
    let mut cursor = Cursor::new(&statement.text, dialect);
    if cursor.take(&["CREATE"]) {
        cursor.take(&["UNIQUE"]);
        return cursor.take(&["INDEX", "CONCURRENTLY"]).then(|| create_index(cursor)).flatten();
    }
    if cursor.take(&["DROP", "INDEX", "CONCURRENTLY"]) {
        cursor.take(&["IF", "EXISTS"]);
        return Some(Concurrent::DropIndex { index: cursor.qualified_name()?.into() });
    }
    if cursor.take(&["REINDEX"]) {
        return reindex(cursor);
    }
    if !cursor.take(&["ALTER", "TABLE"]) {
        return None;
    }
    cursor.take(&["IF", "EXISTS"]);
    let parent = cursor.qualified_name()?.into();
    let partition = cursor.take(&["DETACH", "PARTITION"]).then(|| cursor.qualified_name())??.into();
    cursor.take(&["CONCURRENTLY"]).then_some(Concurrent::Detach { parent, partition })
}

fn create_index(mut cursor: Cursor<'_>) -> Option<Concurrent> {
    cursor.take(&["IF", "NOT", "EXISTS"]);
    let index = match cursor.at("ON") {
        true => None,
        false => Some(cursor.qualified_name()?),
    };
    if !cursor.take(&["ON"]) {
        return None;
    }
    cursor.take(&["ONLY"]);
    let table = cursor.qualified_name()?;
    // An index lies where its table does, which alone is named with its schema.
    let index = index.map(|index| RelationName {
        schema: table.schema.clone().or(index.schema),
        name: index.name,
    });
    Some(Concurrent::CreateIndex { index, table: table.into() })
}

fn reindex(mut cursor: Cursor<'_>) -> Option<Concurrent> {
    let mut concurrently = false;
    if cursor.take_mark(b'(') {
        while !cursor.at_end() && !cursor.take_mark(b')') {
            if cursor.take(&["CONCURRENTLY"]) {
                concurrently = !cursor.at_any(&["FALSE", "OFF"]);
            } else {
                cursor.next();
            }
        }
    }
    let is_index = cursor.at("INDEX");
    if !cursor.take_any(&["INDEX", "TABLE"]) {
        return None;
    }
    concurrently |= cursor.take(&["CONCURRENTLY"]);
    if !concurrently {
        return None;
    }
    let name = cursor.qualified_name()?.into();
    Some(match is_index {
        true => Concurrent::ReindexIndex { index: name },
        false => Concurrent::ReindexTable { table: name },
    })
}

/// Whether `statement` makes a continuous aggregate of TimescaleDB and fills it, which it refuses
/// within a transaction.
pub(super) fn fills_aggregate(mut cursor: Cursor<'_>) -> bool {
    if !cursor.take(&["CREATE", "MATERIALIZED", "VIEW"]) {
        return false;
    }
    let mut is_continuous = false;
    while !cursor.at_end() && !cursor.at("AS") {
        if !cursor.take(&["TIMESCALEDB"]) {
            cursor.next();
        } else if cursor.take_mark(b'.') && cursor.take(&["CONTINUOUS"]) {
            let mut value = cursor.clone();
            is_continuous = !(value.take_mark(b'=') && value.at_any(&["FALSE", "OFF"]));
        }
    }
    let mut is_empty = false;
    while is_continuous && !cursor.at_end() {
        if cursor.take(&["WITH", "NO", "DATA"]) {
            is_empty = cursor.at_end();
        } else {
            cursor.next();
        }
    }
    is_continuous && !is_empty
}

/// Whether `statement` builds an index of TimescaleDB with a transaction for each chunk.
pub(super) fn builds_by_chunk(mut cursor: Cursor<'_>) -> bool {
    if !cursor.take(&["CREATE"]) {
        return false;
    }
    cursor.take(&["UNIQUE"]);
    if !cursor.take(&["INDEX"]) {
        return false;
    }
    while cursor.skip_behind("TIMESCALEDB") {
        if cursor.take_mark(b'.') && cursor.at("TRANSACTION_PER_CHUNK") {
            return true;
        }
    }
    false
}

/// A value that a statement adds to an enumeration of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedValue {
    /// The type.
    pub of: RelationName,
    /// The value, as it stands in a literal; `None` where that cannot be told.
    pub value: Option<String>,
}

/// The value that `statement` adds to an enumeration: `ALTER TYPE … ADD VALUE`.
pub fn added_value(statement: &Statement, dialect: Dialect) -> Option<AddedValue> {
    if dialect != Dialect::Postgresql {
        return None;
    }
    let mut cursor = Cursor::new(&statement.text, dialect);
    if !cursor.take(&["ALTER", "TYPE"]) {
        return None;
    }
    let of = cursor.qualified_name()?.into();
    if !cursor.take(&["ADD", "VALUE"]) {
        return None;
    }
    cursor.take(&["IF", "NOT", "EXISTS"]);
    let token = cursor.next();
    let literal = token.map(|token| cursor.text_of(token)).unwrap_or_default();
    let inner = literal.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    Some(AddedValue { of, value: inner.map(str::to_owned) })
}

/// Whether `statement` may use `added`, a value that was added in the transaction it stands in:
/// PostgreSQL refuses that ("unsafe use of new value"). A word of the same text may be something else,
/// and then the statement runs in a transaction of its own all the same.
pub fn may_use_value(statement: &Statement, added: &AddedValue) -> bool {
    match &added.value {
        Some(value) => statement.text.contains(&format!("'{value}'")),
        None => true,
    }
}

/// Whether `statement` makes the type `name`: a value may be added to it and used at once.
pub fn creates_type(statement: &Statement, name: &RelationName) -> bool {
    let mut cursor = Cursor::new(&statement.text, Dialect::Postgresql);
    cursor.take(&["CREATE", "TYPE"])
        && cursor.qualified_name().is_some_and(|made| {
            made.name == name.name
                && (made.schema == name.schema || made.schema.is_none() || name.schema.is_none())
        })
}

/// Whether `statement` makes this extension.
pub fn creates_extension(statement: &Statement, extension: &str) -> bool {
    let mut cursor = Cursor::new(&statement.text, Dialect::Postgresql);
    if !cursor.take(&["CREATE", "EXTENSION"]) {
        return false;
    }
    cursor.take(&["IF", "NOT", "EXISTS"]);
    cursor.name().is_some_and(|name| name == extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;
    use crate::leaves_behind;
    use crate::refuses_transaction;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    fn name(text: &str) -> RelationName {
        let (schema, name) = text.split_once('.').map_or((None, text), |(s, n)| (Some(s), n));
        RelationName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn what_they_work_on_is_told() {
        let index = |index: Option<&str>, table| Concurrent::CreateIndex {
            index: index.map(name),
            table: name(table),
        };
        for (text, expected) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Some(index(Some("i"), "t"))),
            (
                "create unique index concurrently if not exists I on only s.T using btree (a)",
                Some(index(Some("s.i"), "s.t")),
            ),
            ("CREATE INDEX CONCURRENTLY ON t (a)", Some(index(None, "t"))),
            ("CREATE INDEX i ON t (a)", None),
            (
                "DROP INDEX CONCURRENTLY IF EXISTS s.i",
                Some(Concurrent::DropIndex { index: name("s.i") }),
            ),
            ("DROP INDEX i", None),
            ("REINDEX INDEX CONCURRENTLY i", Some(Concurrent::ReindexIndex { index: name("i") })),
            (
                "REINDEX (VERBOSE, CONCURRENTLY) TABLE t",
                Some(Concurrent::ReindexTable { table: name("t") }),
            ),
            ("REINDEX (CONCURRENTLY off) TABLE t", None),
            ("REINDEX SCHEMA CONCURRENTLY s", None),
            (
                "ALTER TABLE p DETACH PARTITION s.c CONCURRENTLY",
                Some(Concurrent::Detach { parent: name("p"), partition: name("s.c") }),
            ),
            ("ALTER TABLE p DETACH PARTITION c", None),
        ] {
            assert_eq!(concurrent(&statement(text), Dialect::Postgresql), expected, "{text}");
        }
        let create = statement("CREATE INDEX CONCURRENTLY i ON t (a)");
        assert_eq!(concurrent(&create, Dialect::Sqlite), None);
    }

    #[test]
    fn what_timescaledb_and_citus_refuse_in_a_transaction() {
        for (text, expected) in [
            (
                "CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT 1",
                Some("CREATE MATERIALIZED VIEW ... WITH (timescaledb.continuous)"),
            ),
            (
                "create materialized view if not exists s.v with (timescaledb.continuous = true, \
                 timescaledb.materialized_only) as select 1 with data",
                Some("CREATE MATERIALIZED VIEW ... WITH (timescaledb.continuous)"),
            ),
            (
                "CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT 1 WITH NO DATA",
                None,
            ),
            ("CREATE MATERIALIZED VIEW v AS SELECT 1", None),
            (
                "CALL public.refresh_continuous_aggregate('v', NULL, NULL)",
                Some("CALL refresh_continuous_aggregate"),
            ),
            ("CALL refresh('v')", None),
            (
                "CREATE INDEX i ON t (a) WITH (timescaledb.transaction_per_chunk)",
                Some("CREATE INDEX ... WITH (timescaledb.transaction_per_chunk)"),
            ),
            ("CREATE INDEX i ON t (a) WITH (fillfactor = 70)", None),
            (
                "SELECT create_distributed_table_concurrently('t', 'id')",
                Some("create_distributed_table_concurrently"),
            ),
        ] {
            let found = refuses_transaction(&statement(text), Dialect::Postgresql);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        let effect = |text| leaves_behind(&statement(text), Dialect::Postgresql);
        assert_eq!(
            effect("CALL refresh_continuous_aggregate('v', NULL, NULL)"),
            crate::Effect::Repeatable
        );
        // It may be there and hold nothing.
        assert_eq!(
            effect("CREATE MATERIALIZED VIEW v WITH (timescaledb.continuous) AS SELECT 1"),
            crate::Effect::Unknown
        );
    }

    #[test]
    fn values_of_enumerations_are_found_and_their_uses() {
        let added = added_value(
            &statement("ALTER TYPE Mood ADD VALUE IF NOT EXISTS 'so so' BEFORE 'ok'"),
            Dialect::Postgresql,
        )
        .unwrap();
        assert_eq!(added, AddedValue { of: name("mood"), value: Some("so so".to_owned()) });
        assert!(may_use_value(&statement("UPDATE t SET m = 'so so'"), &added));
        assert!(!may_use_value(&statement("UPDATE t SET m = 'ok'"), &added));
        assert!(creates_type(&statement("CREATE TYPE s.mood AS ENUM ('ok')"), &added.of));
        assert!(!creates_type(&statement("CREATE TYPE moods AS ENUM ('ok')"), &added.of));
        for text in ["ALTER TYPE mood RENAME VALUE 'a' TO 'b'", "ALTER TYPE t ADD ATTRIBUTE a int"]
        {
            assert_eq!(added_value(&statement(text), Dialect::Postgresql), None, "{text}");
        }
        assert!(creates_extension(&statement("create extension if not exists citus"), "citus"));
        assert!(!creates_extension(&statement("CREATE EXTENSION postgis"), "citus"));
    }
}
