//! What a statement leaves behind in the catalog.

use limbeck_schema::Dialect;

use super::alone;
use super::cursor::Cursor;
use super::cursor::QualifiedName;
use super::effect::CatalogObject;
use super::effect::Effect;
use super::effect::ObjectKind;
use super::probe_mysql;
use super::statement::Statement;
use super::token::TokenKind;

/// What `statement` leaves behind, for a statement whose outcome is in doubt after a crash.
///
/// [`Effect::Unknown`] whenever there is any doubt: then a person decides. That includes
/// statements that write rows (`CREATE TABLE ... AS` among them), several actions in one
/// statement other than on MySQL, and temporary objects, which vanished with their session.
///
/// `CREATE INDEX CONCURRENTLY IF NOT EXISTS` is not repeatable: PostgreSQL may leave an invalid
/// index behind, which a second run would take for the index ("Building Indexes Concurrently", on
/// the page of `CREATE INDEX`).
pub fn leaves_behind(statement: &Statement, dialect: Dialect) -> Effect {
    let cursor = Cursor::new(&statement.text, dialect);
    let mut ahead = cursor.clone();
    let mysql = dialect == Dialect::Mysql;
    let effect = if dialect == Dialect::Postgresql && alone::fills_aggregate(cursor.clone()) {
        // It may be there and not be filled.
        None
    } else if ahead.take(&["CREATE"]) {
        create(ahead, dialect)
    } else if ahead.take(&["DROP"]) {
        drop_object(ahead, dialect)
    } else if mysql && ahead.take(&["ALTER"]) {
        alter_on_mysql(ahead)
    } else if ahead.take(&["ALTER", "TABLE"]) {
        alter_table(ahead, dialect)
    } else if mysql && ahead.take(&["RENAME", "TABLE"]) {
        probe_mysql::rename_table(ahead)
    } else {
        is_repeatable(cursor, dialect).then_some(Effect::Repeatable)
    };
    effect.unwrap_or(Effect::Unknown)
}

/// What is behind `ALTER` on MySQL.
fn alter_on_mysql(mut cursor: Cursor<'_>) -> Option<Effect> {
    // MariaDB's.
    cursor.take(&["ONLINE"]);
    cursor.take(&["IGNORE"]);
    if cursor.take(&["TABLE"]) {
        return probe_mysql::alter_table(cursor);
    }
    skip_mysql_attributes(&mut cursor)?;
    probe_mysql::alters_as_a_whole(cursor).then_some(Effect::Repeatable)
}

fn object(kind: ObjectKind, name: QualifiedName) -> CatalogObject {
    CatalogObject { kind, schema: name.schema, table: None, name: name.name }
}

fn column(table: QualifiedName, name: String) -> CatalogObject {
    CatalogObject { kind: ObjectKind::Column, schema: table.schema, table: Some(table.name), name }
}

fn is_repeatable(mut cursor: Cursor<'_>, dialect: Dialect) -> bool {
    let mysql = dialect == Dialect::Mysql;
    if cursor.take(&["ANALYZE"]) {
        // MariaDB's `ANALYZE UPDATE ...` runs the statement.
        cursor.take_any(&["LOCAL", "NO_WRITE_TO_BINLOG"]);
        return !mysql || cursor.at("TABLE");
    }
    if cursor.take(&["SET"]) {
        // So does MariaDB's `SET STATEMENT ... FOR statement`.
        return !mysql || !cursor.at("STATEMENT");
    }
    if mysql {
        // A right that is not there cannot be revoked.
        return cursor.at_any(&["GRANT", "OPTIMIZE", "REPAIR", "FLUSH", "USE", "PREPARE"])
            || cursor.at_any(&["DEALLOCATE", "UNLOCK"])
            || cursor.take(&["CHECK", "TABLE"]);
    }
    let refreshes = |mut cursor: Cursor<'_>| {
        dialect == Dialect::Postgresql
            && cursor.take(&["CALL"])
            && cursor.qualified_name().is_some_and(|it| it.name == "refresh_continuous_aggregate")
    };
    refreshes(cursor.clone())
        || cursor.at_any(&["VACUUM", "REINDEX", "PRAGMA", "GRANT", "REVOKE"])
        || cursor.take(&["COMMENT", "ON"])
        || cursor.take(&["REFRESH", "MATERIALIZED", "VIEW"])
}

fn create(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Effect> {
    let replaces = cursor.take(&["OR", "REPLACE"]);
    if dialect == Dialect::Mysql {
        skip_mysql_attributes(&mut cursor)?;
    }
    if replaces {
        // MariaDB can also replace tables, sequences and whole databases, with what they hold.
        cursor.take_any(&["CONSTRAINT", "RECURSIVE", "UNIQUE"]);
        let definition =
            ["VIEW", "TRIGGER", "FUNCTION", "PROCEDURE", "AGGREGATE", "RULE", "EVENT", "INDEX"];
        return cursor.at_any(&definition).then_some(Effect::Repeatable);
    }
    if dialect == Dialect::Mysql && cursor.at_any(&["AGGREGATE", "PROCEDURE", "FUNCTION", "EVENT"])
    {
        return probe_mysql::create_routine(cursor);
    }
    let unlogged = cursor.take(&["UNLOGGED"]);
    if cursor.take_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]) || cursor.at("INDEX") {
        return create_index(cursor, dialect);
    }
    if cursor.take(&["TABLE"]) {
        let guarded = cursor.take(&["IF", "NOT", "EXISTS"]);
        let name = cursor.qualified_name()?;
        return match holds_query(cursor, dialect) {
            true if dialect == Dialect::Mysql => {
                Some(Effect::Fills(object(ObjectKind::Table, name)))
            }
            true => None,
            false => Some(created(ObjectKind::Table, name, guarded)),
        };
    }
    if cursor.take(&["CONSTRAINT", "TRIGGER"]) || cursor.take(&["TRIGGER"]) {
        return create_trigger(cursor, dialect);
    }
    if unlogged && !cursor.at("SEQUENCE") {
        return None;
    }
    cursor.take(&["RECURSIVE"]);
    let kind = take_kind(&mut cursor, dialect);
    if kind.is_none() {
        cursor.take_any(&["EXTENSION", "FUNCTION", "PROCEDURE", "EVENT", "ROLE", "USER"]);
    }
    let guarded = cursor.take(&["IF", "NOT", "EXISTS"]);
    let Some(kind) = kind else {
        return guarded.then_some(Effect::Repeatable);
    };
    // `CREATE SCHEMA AUTHORIZATION role` names it after the role.
    if kind == ObjectKind::Schema && cursor.at("AUTHORIZATION") {
        return None;
    }
    let name = cursor.qualified_name()?;
    Some(created(kind, name, guarded))
}

fn created(kind: ObjectKind, name: QualifiedName, guarded: bool) -> Effect {
    if guarded { Effect::Repeatable } else { Effect::Creates(object(kind, name)) }
}

/// Skips `ALGORITHM = .. DEFINER = .. SQL SECURITY ..`, which may stand before what is created.
fn skip_mysql_attributes(cursor: &mut Cursor<'_>) -> Option<()> {
    if cursor.take(&["ALGORITHM"]) {
        cursor.take_mark(b'=');
        cursor.next()?;
    }
    if cursor.take(&["DEFINER"]) {
        cursor.take_mark(b'=');
        cursor.next()?;
        if cursor.take_mark(b'(') {
            cursor.take_mark(b')');
        } else if cursor.take_mark(b'@') {
            cursor.next()?;
        }
    }
    if cursor.take(&["SQL", "SECURITY"]) {
        cursor.next()?;
    }
    Some(())
}

/// Takes the word or words for a kind of object whose statements need no special care.
fn take_kind(cursor: &mut Cursor<'_>, dialect: Dialect) -> Option<ObjectKind> {
    let kinds: [(&[&str], ObjectKind); 5] = [
        (&["VIEW"], ObjectKind::View),
        (&["MATERIALIZED", "VIEW"], ObjectKind::View),
        (&["SEQUENCE"], ObjectKind::Sequence),
        (&["SCHEMA"], ObjectKind::Schema),
        (&["TYPE"], ObjectKind::Type),
    ];
    for (words, kind) in kinds {
        if cursor.take(words) {
            return Some(kind);
        }
    }
    // On MySQL a database is a schema.
    (dialect == Dialect::Mysql && cursor.take(&["DATABASE"])).then_some(ObjectKind::Schema)
}

/// Whether a table's definition ends in a query, whose rows it would hold.
fn holds_query(mut cursor: Cursor<'_>, dialect: Dialect) -> bool {
    let mysql = dialect == Dialect::Mysql;
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        let is = |keyword| cursor.is_word(token, keyword);
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            _ if is("SELECT") => return true,
            // In parentheses AS introduces a generated column.
            _ if depth == 0 && is("AS") => return true,
            // The other forms of a query, for which MySQL needs no AS.
            _ if depth == 0 && mysql && (is("VALUES") || is("TABLE")) => return true,
            _ => {}
        }
    }
    false
}

fn create_index(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Effect> {
    if !cursor.take(&["INDEX"]) {
        return None;
    }
    let concurrently = dialect == Dialect::Postgresql && cursor.take(&["CONCURRENTLY"]);
    let guarded = cursor.take(&["IF", "NOT", "EXISTS"]);
    // PostgreSQL can choose the name itself.
    if cursor.at("ON") {
        return None;
    }
    let name = cursor.qualified_name()?;
    if !cursor.skip_behind("ON") {
        return None;
    }
    cursor.take(&["ONLY"]);
    let table = cursor.qualified_name()?;
    if guarded && !concurrently {
        return Some(Effect::Repeatable);
    }
    Some(Effect::Creates(on_table(ObjectKind::Index, name, table)))
}

fn create_trigger(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Effect> {
    let guarded = cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.qualified_name()?;
    if !cursor.skip_behind("ON") {
        return None;
    }
    let table = match dialect {
        Dialect::Sqlite => QualifiedName { schema: None, name: cursor.name()? },
        Dialect::Postgresql | Dialect::Mysql => cursor.qualified_name()?,
    };
    if guarded {
        return Some(Effect::Repeatable);
    }
    Some(Effect::Creates(on_table(ObjectKind::Trigger, name, table)))
}

/// An object that belongs to a table and lives in its schema.
fn on_table(kind: ObjectKind, name: QualifiedName, table: QualifiedName) -> CatalogObject {
    let schema = name.schema.or(table.schema);
    CatalogObject { kind, schema, table: Some(table.name), name: name.name }
}

fn drop_object(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Effect> {
    let mysql = dialect == Dialect::Mysql;
    if mysql && cursor.at_any(&["PROCEDURE", "FUNCTION", "EVENT"]) {
        return probe_mysql::drop_routine(cursor);
    }
    let kind = if cursor.take(&["TABLE"]) {
        Some(ObjectKind::Table)
    } else if cursor.take(&["INDEX"]) {
        cursor.take(&["CONCURRENTLY"]);
        Some(ObjectKind::Index)
    } else if cursor.take(&["TRIGGER"]) {
        Some(ObjectKind::Trigger)
    } else {
        take_kind(&mut cursor, dialect)
    };
    let Some(kind) = kind else {
        // `DROP FUNCTION IF EXISTS` and the like: nothing to look up, and no need to.
        cursor.next()?;
        let repeatable = cursor.take(&["IF", "EXISTS"]);
        return repeatable.then_some(Effect::Repeatable);
    };
    if cursor.take(&["IF", "EXISTS"]) {
        return Some(Effect::Repeatable);
    }
    if mysql && matches!(kind, ObjectKind::Table | ObjectKind::View) {
        return probe_mysql::drop_several(cursor, kind);
    }
    let name = cursor.qualified_name()?;
    let belongs = matches!(kind, ObjectKind::Index | ObjectKind::Trigger);
    let dropped = if belongs && cursor.take(&["ON"]) {
        on_table(kind, name, cursor.qualified_name()?)
    } else {
        object(kind, name)
    };
    cursor.take_any(&["CASCADE", "RESTRICT"]);
    // A comma would name another object.
    cursor.at_end().then_some(Effect::Drops(dropped))
}

fn alter_table(mut cursor: Cursor<'_>, dialect: Dialect) -> Option<Effect> {
    cursor.take(&["IF", "EXISTS"]);
    cursor.take(&["ONLY"]);
    let table = cursor.qualified_name()?;
    cursor.take_mark(b'*');
    if cursor.take(&["ADD"]) {
        add_column(cursor, table)
    } else if cursor.take(&["DROP"]) {
        drop_column(cursor, table)
    } else if dialect == Dialect::Postgresql && cursor.take(&["DETACH", "PARTITION"]) {
        let partition = cursor.qualified_name()?.into();
        Some(Effect::Detaches { parent: table.into(), partition })
    } else {
        None
    }
}

/// What `ALTER TABLE ... ADD` and `DROP` also apply to, besides columns.
const NO_COLUMN: [&str; 13] = [
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "FOREIGN",
    "CHECK",
    "INDEX",
    "KEY",
    "FULLTEXT",
    "SPATIAL",
    "EXCLUDE",
    "PARTITION",
    "PERIOD",
    "SYSTEM",
];

fn add_column(mut cursor: Cursor<'_>, table: QualifiedName) -> Option<Effect> {
    if !cursor.take(&["COLUMN"]) && cursor.at_any(&NO_COLUMN) {
        return None;
    }
    let guarded = cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.name()?;
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            // Another action.
            TokenKind::Punctuation(b',') if depth == 0 => return None,
            _ => {}
        }
    }
    if guarded { Some(Effect::Repeatable) } else { Some(Effect::Creates(column(table, name))) }
}

fn drop_column(mut cursor: Cursor<'_>, table: QualifiedName) -> Option<Effect> {
    if !cursor.take(&["COLUMN"]) && cursor.at_any(&NO_COLUMN) {
        return None;
    }
    let guarded = cursor.take(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    cursor.take_any(&["CASCADE", "RESTRICT"]);
    if !cursor.at_end() {
        return None;
    }
    if guarded { Some(Effect::Repeatable) } else { Some(Effect::Drops(column(table, name))) }
}
