//! Whether a statement reaches into another database than the one that it is sent to.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::token::Token;
use super::token::TokenKind;

/// Words behind which a table stands, or something else that a database holds.
const BEFORE_A_NAME: [&str; 20] = [
    "FROM",
    "JOIN",
    "STRAIGHT_JOIN",
    "INTO",
    "UPDATE",
    "TABLE",
    "TABLES",
    "VIEW",
    "EXISTS",
    "REFERENCES",
    "TRIGGER",
    "PROCEDURE",
    "FUNCTION",
    "EVENT",
    "SEQUENCE",
    "CALL",
    "TRUNCATE",
    "TO",
    "LIKE",
    "IGNORE",
];

/// Words that end a list of names.
const CLAUSES: [&str; 8] = ["SELECT", "WHERE", "SET", "VALUES", "VALUE", "USING", "BY", "HAVING"];

/// The word for what `statement` reaches into, beyond the database that it is sent to: one of `names`
/// on a server, or a file of SQLite. What a text in quotes does, and a routine, is not looked at.
pub fn leads_out(statement: &str, dialect: Dialect, names: &[String]) -> Option<String> {
    match dialect {
        Dialect::Sqlite => {
            let mut cursor = Cursor::new(statement, dialect);
            cursor.take(&["ATTACH"]).then(|| "ATTACH".to_owned())
        }
        Dialect::Postgresql => names_database(statement, dialect, names),
        Dialect::Mysql => names_database(statement, dialect, names)
            .or_else(|| qualifies(statement, dialect, names)),
    }
}

/// A name behind `DATABASE`, and its like.
fn names_database(statement: &str, dialect: Dialect, names: &[String]) -> Option<String> {
    let mut cursor = Cursor::new(statement, dialect);
    let words: &[&str] = match dialect {
        Dialect::Mysql => &["DATABASE", "SCHEMA", "USE"],
        Dialect::Postgresql | Dialect::Sqlite => &["DATABASE"],
    };
    while !cursor.at_end() {
        if !cursor.take_any(words) {
            cursor.next();
            continue;
        }
        let _: bool = cursor.take(&["IF", "EXISTS"]) || cursor.take(&["IF", "NOT", "EXISTS"]);
        loop {
            match cursor.name() {
                Some(name) if is_one_of(&name, dialect, names) => return Some(name),
                Some(_) if cursor.take_mark(b',') => {}
                _ => break,
            }
        }
    }
    None
}

/// A name that stands before a point where a table is named.
fn qualifies(statement: &str, dialect: Dialect, names: &[String]) -> Option<String> {
    let mut cursor = Cursor::new(statement, dialect);
    let is_definition = cursor.at_any(&["CREATE", "DROP", "ALTER", "GRANT", "REVOKE"]);
    // Behind a word before a name, or behind a comma of a list of them.
    let (mut is_place, mut is_list) = (false, false);
    while !cursor.at_end() {
        if is_place {
            let mut ahead = cursor.clone();
            let name = ahead.name();
            if let Some(name) = name
                && ahead.take_mark(b'.')
                && is_one_of(&name, dialect, names)
            {
                return Some(name);
            }
        }
        let Some(token) = cursor.next() else { break };
        let is_any = |words: &[&str]| words.iter().any(|word| cursor.is_word(token, word));
        if is_any(&BEFORE_A_NAME) || (is_definition && is_any(&["ON"])) {
            (is_place, is_list) = (true, true);
        } else if is_any(&CLAUSES) {
            (is_place, is_list) = (false, false);
        } else {
            is_place = is_list && is_mark(token, b',');
        }
    }
    None
}

fn is_mark(token: Token, mark: u8) -> bool {
    token.kind == TokenKind::Punctuation(mark)
}

fn is_one_of(name: &str, dialect: Dialect, names: &[String]) -> bool {
    names.iter().any(|known| match dialect {
        // Whether case counts there depends on the server.
        Dialect::Mysql => known.eq_ignore_ascii_case(name),
        Dialect::Postgresql | Dialect::Sqlite => known == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(statement: &str, dialect: Dialect) -> bool {
        leads_out(statement, dialect, &["app".to_owned(), "more".to_owned()]).is_some()
    }

    #[test]
    fn what_leads_to_another_database() {
        for (dialect, statement) in [
            (Dialect::Postgresql, "ALTER DATABASE app SET search_path TO x"),
            (Dialect::Postgresql, "GRANT CONNECT ON DATABASE other, \"app\" TO me"),
            (Dialect::Postgresql, "DROP DATABASE IF EXISTS more"),
            (Dialect::Mysql, "USE `app`"),
            (Dialect::Mysql, "CREATE SCHEMA IF NOT EXISTS app"),
            (Dialect::Mysql, "CREATE TABLE app.t (id int)"),
            (Dialect::Mysql, "ALTER TABLE `App`.`t` ADD a int"),
            (Dialect::Mysql, "DROP TABLE a, app.t"),
            (Dialect::Mysql, "DROP TABLE IF EXISTS app.t"),
            (Dialect::Mysql, "INSERT INTO t SELECT * FROM more . u"),
            (Dialect::Mysql, "UPDATE t, app.u SET t.a = 1"),
            (Dialect::Mysql, "CREATE INDEX i ON app.t (a)"),
            (Dialect::Mysql, "GRANT SELECT ON app.* TO me"),
            (Dialect::Mysql, "RENAME TABLE t TO app.t"),
            (Dialect::Sqlite, "attach 'x.db' AS x"),
        ] {
            assert!(leads(statement, dialect), "{statement}");
        }
    }

    #[test]
    fn what_does_not() {
        for (dialect, statement) in [
            (Dialect::Postgresql, "ALTER DATABASE other SET search_path TO app"),
            (Dialect::Postgresql, "CREATE TABLE app.t (id int)"),
            (Dialect::Postgresql, "COMMENT ON TABLE app IS 'the database app'"),
            (Dialect::Mysql, "SELECT app.id, app.name FROM app JOIN u ON app.id = u.id"),
            (Dialect::Mysql, "UPDATE app SET app.a = 1 WHERE app.id = 2"),
            (Dialect::Mysql, "SELECT a FROM t WHERE b IN (app.c, app.d)"),
            (Dialect::Mysql, "CREATE TABLE app (id int)"),
            (Dialect::Mysql, "INSERT INTO t VALUES ('USE app')"),
            (Dialect::Sqlite, "CREATE TABLE app (attach int)"),
        ] {
            assert!(!leads(statement, dialect), "{statement}");
        }
    }
}
