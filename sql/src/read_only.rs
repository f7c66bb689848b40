//! Statements that could end the reading-only of the transaction they run in, or that write past it.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;
use super::token::TokenKind;

/// Settings that decide whether a transaction may write, or whether there is one at all.
const SETTINGS: [&str; 4] =
    ["TRANSACTION_READ_ONLY", "DEFAULT_TRANSACTION_READ_ONLY", "TX_READ_ONLY", "AUTOCOMMIT"];

/// Statements of MySQL and MariaDB that do not commit by themselves, as every definition does, and
/// that cannot hold a statement which does ("Statements That Cause an Implicit Commit"). What
/// changes rows is among them: the transaction refuses it.
const WITHIN: [&str; 18] = [
    "SELECT",
    "WITH",
    "TABLE",
    "VALUES",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "SHOW",
    "DESCRIBE",
    "DESC",
    "EXPLAIN",
    "HELP",
    "USE",
    "DO",
    "CHECKSUM",
    "PREPARE",
    "DEALLOCATE",
];

/// The words of a statement that could make a transaction writable which began as one that only
/// reads, or leave it from within; `None` for every other statement. What begins or ends a
/// transaction openly is told by [`transaction_control`](super::transaction_control).
///
/// ("SET TRANSACTION" in the manuals of PostgreSQL and MySQL, "PRAGMA query_only" of SQLite. Once a
/// statement of MySQL has committed, nothing keeps it from writing; on PostgreSQL a procedure may
/// not commit within a transaction.)
pub fn ends_reading_only(statement: &Statement, dialect: Dialect) -> Option<String> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    let words = match dialect {
        Dialect::Sqlite => {
            cursor.take(&["PRAGMA"]).then_some(())?;
            let pragma = cursor.qualified_name()?;
            let writes = pragma.name.eq_ignore_ascii_case("query_only") && !cursor.at_end();
            return writes.then(|| "PRAGMA query_only".to_owned());
        }
        Dialect::Postgresql => &["SET", "RESET"][..],
        Dialect::Mysql => {
            let begins = cursor.clone();
            if begins.at_any(&WITHIN) || begins.clone().take_mark(b'(') {
                return into_file(begins);
            }
            if begins.at("SET") && is_beyond_session(begins.clone()) {
                return Some("SET GLOBAL".to_owned());
            }
            if !begins.at("SET") {
                let mut cursor = begins;
                let first = cursor.next()?;
                let text = first.text(&statement.text).to_uppercase();
                // MariaDB shows what happens when a query runs.
                let shows = text == "ANALYZE" && cursor.at_any(&["SELECT", "WITH", "FORMAT"]);
                return (!shows).then_some(text);
            }
            &["SET"][..]
        }
    };
    let word = words.iter().find(|word| cursor.at(word))?;
    cursor.next();
    // `SET a = 1, SESSION TRANSACTION ...` is none, but `SET x = 1, autocommit = 0` is one.
    let mut is_first = true;
    loop {
        cursor.take_any(&["SESSION", "LOCAL", "GLOBAL", "PERSIST", "PERSIST_ONLY"]);
        if is_first && cursor.at_any(&["TRANSACTION", "CHARACTERISTICS"]) {
            return Some(format!("{word} TRANSACTION"));
        }
        is_first = false;
        let token = cursor.next()?;
        let text = token.text(&statement.text);
        let name = match token.kind {
            // `@@session.autocommit` may be one word for the lexer.
            TokenKind::Punctuation(b'=' | b'(' | b')') | TokenKind::String => continue,
            _ => text.trim_matches(|c: char| !c.is_ascii_alphanumeric()),
        };
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        if SETTINGS.contains(&name.as_str()) {
            return Some(format!("{word} {}", name.to_ascii_lowercase()));
        }
    }
}

/// The words of a query of MySQL that writes a file of the server.
fn into_file(mut cursor: Cursor<'_>) -> Option<String> {
    while let Some(token) = cursor.next() {
        if cursor.is_word(token, "INTO") {
            let file = ["OUTFILE", "DUMPFILE"].into_iter().find(|word| cursor.at(word));
            if let Some(word) = file {
                return Some(format!("INTO {word}"));
            }
        }
    }
    None
}

/// Whether a `SET` of MySQL sets what does not end with the session: of the server, of an account.
fn is_beyond_session(mut cursor: Cursor<'_>) -> bool {
    const WORDS: [&str; 6] =
        ["GLOBAL", "PERSIST", "PERSIST_ONLY", "PASSWORD", "DEFAULT", "RESOURCE"];
    // What stands behind the verb or a comma is what is set; `@` is a user variable, `@@` none.
    let (mut is_target, mut marks) = (false, 0);
    while let Some(token) = cursor.next() {
        if token.kind == TokenKind::Punctuation(b'@') {
            marks += 1;
            continue;
        }
        let scope = cursor.text_of(token).split('.').next().unwrap_or_default();
        let is_one = WORDS.iter().any(|word| scope.eq_ignore_ascii_case(word));
        if is_target && marks != 1 && is_one {
            return true;
        }
        is_target = token.kind == TokenKind::Punctuation(b',') || cursor.is_word(token, "SET");
        marks = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn words(text: &str, dialect: Dialect) -> Option<String> {
        let position = SourcePosition { line: 1, column: 1 };
        ends_reading_only(&Statement { text: text.to_owned(), position }, dialect)
    }

    #[test]
    fn what_makes_a_transaction_writable_is_told() {
        use Dialect::{Mysql, Postgresql, Sqlite};
        for (text, dialect) in [
            ("SET TRANSACTION READ WRITE", Postgresql),
            ("set /* x */ local transaction read write", Postgresql),
            ("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", Postgresql),
            ("SET transaction_read_only = off", Postgresql),
            ("SET LOCAL \"transaction_read_only\" TO off", Postgresql),
            ("RESET default_transaction_read_only", Postgresql),
            ("SET SESSION TRANSACTION READ WRITE", Mysql),
            ("SET GLOBAL TRANSACTION READ WRITE", Mysql),
            ("SET @a = 1, SESSION transaction_read_only = 0", Mysql),
            ("SET @@session.tx_read_only = 0", Mysql),
            ("SET @@session.`transaction_read_only` = 0", Mysql),
            ("SET autocommit=0", Mysql),
            ("set global max_connect_errors = 101", Mysql),
            ("SET @a = 1, @@GLOBAL.max_connect_errors = 101", Mysql),
            ("SET PERSIST max_connections = 5", Mysql),
            ("SET PASSWORD = 'x'", Mysql),
            ("SET DEFAULT ROLE ALL TO u", Mysql),
            ("SELECT 1 INTO OUTFILE 'x'", Mysql),
            ("SELECT a INTO DUMPFILE 'x' FROM t", Mysql),
            ("/*!50000 SET autocommit=0 */", Mysql),
            ("CALL p()", Mysql),
            ("BEGIN NOT ATOMIC COMMIT; INSERT INTO t VALUES (1); END", Mysql),
            ("x: LOOP COMMIT; LEAVE x; END LOOP", Mysql),
            ("EXECUTE IMMEDIATE 'COMMIT'", Mysql),
            ("CREATE TABLE t (id INT)", Mysql),
            ("ANALYZE TABLE t", Mysql),
            ("PRAGMA query_only = OFF", Sqlite),
            ("pragma main.Query_Only(0)", Sqlite),
            ("PRAGMA \"query_only\" = 0", Sqlite),
        ] {
            assert!(words(text, dialect).is_some(), "{text}");
        }
        for (text, dialect) in [
            ("SET search_path TO a", Postgresql),
            ("SET application_name = 'transaction_read_only'", Postgresql),
            ("SHOW transaction_read_only", Postgresql),
            ("CALL p()", Postgresql),
            ("SELECT 1 AS autocommit", Mysql),
            ("(SELECT 1) UNION (SELECT 2)", Mysql),
            ("ANALYZE FORMAT=JSON SELECT 1", Mysql),
            ("INSERT INTO t VALUES (1)", Mysql),
            ("SET @autocommits = 1", Mysql),
            ("SET NAMES utf8mb4", Mysql),
            ("SET @old = @@GLOBAL.max_connect_errors", Mysql),
            ("SET sql_mode = DEFAULT", Mysql),
            ("SELECT 1 INTO @outfile", Mysql),
            ("PRAGMA query_only", Sqlite),
            ("PRAGMA user_version", Sqlite),
            ("SELECT 1", Sqlite),
        ] {
            assert_eq!(words(text, dialect), None, "{text}");
        }
    }
}
