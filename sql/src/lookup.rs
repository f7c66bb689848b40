//! Where names without a schema lead, and the statements that change it.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;
use super::token::TokenKind;

/// Where names without a schema lead behind a statement that changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// To this database (MySQL).
    Database(String),
    /// Where only the server knows.
    Unknown,
}

/// Where names without a schema lead behind `statement`; `None` where it leaves that as it is.
///
/// On MySQL `USE` says so (its manual, 15.8.4), which MariaDB also prepares and executes: text like
/// that counts where it is prepared or put together. On PostgreSQL `search_path`, which a role may have
/// a part in (5.10.3 "The Schema Search Path"). SQLite looks in all attached databases.
pub fn lookup_behind(statement: &Statement, dialect: Dialect) -> Option<Lookup> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    match dialect {
        Dialect::Sqlite => None,
        Dialect::Mysql => {
            if cursor.take(&["USE"]) {
                return Some(cursor.name().map_or(Lookup::Unknown, Lookup::Database));
            }
            holds_use(cursor).then_some(Lookup::Unknown)
        }
        Dialect::Postgresql => moves_search_path(cursor).then_some(Lookup::Unknown),
    }
}

/// Whether a statement of MySQL executes, prepares or keeps in a variable the text of a `USE`, or
/// the beginning of one.
fn holds_use(mut cursor: Cursor<'_>) -> bool {
    let is_select = cursor.at("SELECT");
    if !is_select && !cursor.at_any(&["PREPARE", "EXECUTE", "SET", "BEGIN"]) {
        return false;
    }
    let (mut is_found, mut is_kept) = (false, !is_select);
    while let Some(token) = cursor.next() {
        is_kept |= cursor.is_word(token, "INTO") || cursor.text_of(token) == "@";
        is_found |= token.kind == TokenKind::String && is_use(cursor.text_of(token));
    }
    is_found && is_kept
}

/// Whether a string holds `USE name` or, for something to be added, `USE` and no more.
fn is_use(string: &str) -> bool {
    let text = string.get(1..string.len().saturating_sub(1)).unwrap_or_default();
    let mut cursor = Cursor::new(text, Dialect::Mysql);
    if !cursor.take(&["USE"]) {
        return false;
    }
    if let Some(token) = cursor.next() {
        let is_open = matches!(token.kind, TokenKind::Unterminated(_));
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let ends = cursor.at_end()
            || cursor.next().is_some_and(|token| token.kind == TokenKind::Semicolon);
        return is_open || (is_name && ends) || cursor.text_of(token) == "`";
    }
    true
}

fn moves_search_path(mut cursor: Cursor<'_>) -> bool {
    if cursor.take(&["SET"]) {
        cursor.take_any(&["SESSION", "LOCAL"]);
        return names_search_path(cursor);
    }
    if cursor.take(&["RESET"]) {
        return cursor.at("ALL") || names_search_path(cursor);
    }
    if cursor.take(&["DISCARD"]) {
        return cursor.at("ALL");
    }
    // `SELECT pg_catalog.set_config('search_path', '', false)`, as pg_dump writes it.
    if !cursor.take(&["SELECT"]) || !cursor.clone().skip_behind("set_config") {
        return false;
    }
    while let Some(token) = cursor.next() {
        let is_name = || cursor.text_of(token).to_ascii_lowercase().contains("search_path");
        if token.kind == TokenKind::String && is_name() {
            return true;
        }
    }
    false
}

/// Whether a setting is next that has a part in `search_path`.
fn names_search_path(mut cursor: Cursor<'_>) -> bool {
    cursor.at_any(&["ROLE", "SCHEMA", "AUTHORIZATION"])
        || cursor.name().is_some_and(|name| name.eq_ignore_ascii_case("search_path"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn behind(text: &str, dialect: Dialect) -> Option<Lookup> {
        let position = SourcePosition { line: 1, column: 1 };
        lookup_behind(&Statement { text: text.to_owned(), position }, dialect)
    }

    #[test]
    fn use_names_the_database_on_mysql_only() {
        let database = |name: &str| Some(Lookup::Database(name.to_owned()));
        assert_eq!(behind("USE other", Dialect::Mysql), database("other"));
        assert_eq!(behind("/*!50000 use `a``b` */", Dialect::Mysql), database("a`b"));
        assert_eq!(behind("SET search_path = a", Dialect::Mysql), None);
        assert_eq!(behind("CREATE TABLE t (id INT)", Dialect::Mysql), None);
        assert_eq!(behind("USE other", Dialect::Postgresql), None);
        assert_eq!(behind("ATTACH 'x' AS x", Dialect::Sqlite), None);
    }

    #[test]
    fn a_use_may_be_executed_as_text() {
        for text in [
            "PREPARE p FROM 'USE other'",
            "EXECUTE IMMEDIATE \"use `other`;\"",
            "SET @sql = CONCAT('USE ', @name)",
            "SET @sql = CONCAT('USE `', @name, '`')",
            "SELECT CONCAT('USE ', name) INTO @sql FROM t",
            "BEGIN NOT ATOMIC EXECUTE IMMEDIATE 'USE other'; END",
        ] {
            assert_eq!(behind(text, Dialect::Mysql), Some(Lookup::Unknown), "{text}");
        }
        for text in [
            "PREPARE p FROM 'DELETE FROM t'",
            "SET @a = 'use it with care'",
            "SELECT 'use it'",
            "INSERT INTO t VALUES ('use it')",
            "EXECUTE p USING @a",
        ] {
            assert_eq!(behind(text, Dialect::Mysql), None, "{text}");
        }
        assert_eq!(behind("PREPARE p AS SELECT 'USE a'", Dialect::Postgresql), None);
    }

    #[test]
    fn the_search_path_has_many_names() {
        for text in [
            "SET search_path = a, b",
            "set local Search_Path to a",
            "SET SESSION search_path TO DEFAULT",
            "SET SCHEMA 'a'",
            "SET \"search_path\" = a",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "SELECT 1, set_config ( 'SEARCH_PATH', 'a', true)",
            "RESET ALL",
            "RESET search_path",
            "DISCARD ALL",
            "SET ROLE a",
            "SET SESSION AUTHORIZATION a",
        ] {
            assert_eq!(behind(text, Dialect::Postgresql), Some(Lookup::Unknown), "{text}");
        }
        for text in [
            "SET lock_timeout = 1",
            "SELECT set_config('work_mem', '1MB', false)",
            "SELECT 'search_path'",
            "RESET work_mem",
            "DISCARD PLANS",
            "UPDATE t SET search_path = 'x'",
            "ALTER ROLE a SET search_path = b",
        ] {
            assert_eq!(behind(text, Dialect::Postgresql), None, "{text}");
        }
    }
}
