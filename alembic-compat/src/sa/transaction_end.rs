//! Whether a text ends the transaction that it runs in.

use limbeck_schema::Dialect;

/// Whether `sql` has a statement that ends the transaction. What stands in a string, in a quoted
/// name, in a comment or in the body of a routine or trigger ends nothing.
pub(crate) fn ends_transaction(sql: &str, dialect: Dialect) -> bool {
    let code = code_of(sql, dialect);
    // A body holds statements: what comes behind it cannot be told from what is in it.
    let end = if has_body(&code) { code.find(';').unwrap_or(code.len()) } else { code.len() };
    code.get(..end).unwrap_or_default().split(';').any(|statement| {
        let mut words = words(statement);
        match words.next() {
            Some("COMMIT" | "ABORT" | "END") => true,
            Some("ROLLBACK") => !words.any(|word| word == "TO"),
            _ => false,
        }
    })
}

/// Whether the first statement of `code` is one that holds others.
fn has_body(code: &str) -> bool {
    let first = code.split(';').next().unwrap_or_default();
    let mut words = words(first).peekable();
    match words.next() {
        // MariaDB's compound statement.
        Some("BEGIN") => words.peek() == Some(&"NOT"),
        Some("CREATE" | "ALTER") => {
            let kinds = ["TRIGGER", "FUNCTION", "PROCEDURE", "EVENT", "PACKAGE"];
            let begins = ["BEGIN", "THEN", "DO", "LOOP", "REPEAT"];
            words.any(|word| kinds.contains(&word)) && words.any(|word| begins.contains(&word))
        }
        _ => false,
    }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// `sql` in capitals, with a `0` in place of strings and quoted names, and without comments.
fn code_of(sql: &str, dialect: Dialect) -> String {
    let mut code = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (length, stands_for) = match first {
            '\'' | '"' | '`' => (quoted(rest, first, dialect, &code), "0"),
            '$' => match dollar_quoted(rest) {
                Some(length) => (length, "0"),
                None => (1, "$"),
            },
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), ""),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |end| end + 2), " ")
            }
            other => {
                code.push(other.to_ascii_uppercase());
                (other.len_utf8(), "")
            }
        };
        code.push_str(stands_for);
        rest = rest.get(length..).unwrap_or_default();
    }
    code
}

/// The length of what stands in quotes at the beginning of `rest`. A doubled quote is two of them
/// side by side.
fn quoted(rest: &str, quote: char, dialect: Dialect, before: &str) -> usize {
    let is_escape_string = dialect == Dialect::Postgresql && quote == '\'' && before.ends_with('E');
    let escapes = is_escape_string || dialect == Dialect::Mysql && quote != '`';
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return at + 1;
        }
        if c == '\\' && escapes {
            chars.next();
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$` at the beginning of `rest`.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let tag = rest.get(..=rest.get(1..)?.find('$')? + 1)?;
    let is_tag = tag.trim_matches('$').chars().all(|c| c.is_alphanumeric() || c == '_');
    let length = rest.get(tag.len()..)?.find(tag);
    is_tag.then_some(length.map_or(rest.len(), |length| length + 2 * tag.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_behind_everything() {
        for sql in [
            "COMMIT",
            " end ",
            "ROLLBACK",
            "-- now\ncommit",
            "/* ; */ COMMIT",
            "SELECT 1; COMMIT; SELECT 2",
            "SELECT 'it''s; x'; COMMIT",
            "CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; END $x$; COMMIT",
            "CREATE TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f(); COMMIT",
        ] {
            assert!(ends_transaction(sql, Dialect::Postgresql), "{sql}");
        }
        assert!(ends_transaction("SELECT E'\\''; COMMIT", Dialect::Postgresql));
        assert!(ends_transaction("SELECT 'x\\'; COMMIT", Dialect::Sqlite));
    }

    #[test]
    fn bodies_and_literals_end_nothing() {
        for (sql, dialect) in [
            (
                "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = 'x;'; END",
                Dialect::Sqlite,
            ),
            (
                "CREATE TEMP TRIGGER IF NOT EXISTS t DELETE ON a BEGIN SELECT 1; END;",
                Dialect::Sqlite,
            ),
            (
                "CREATE DEFINER=`a`@`b` TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET @a = 1; END",
                Dialect::Mysql,
            ),
            (
                "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW IF NEW.a THEN SET @a = 1; END IF",
                Dialect::Mysql,
            ),
            ("CREATE PROCEDURE p() BEGIN START TRANSACTION; COMMIT; END", Dialect::Mysql),
            ("BEGIN NOT ATOMIC SELECT 1; END", Dialect::Mysql),
            ("INSERT INTO t VALUES ('it\\'s; end')", Dialect::Mysql),
            ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", Dialect::Postgresql),
            ("CREATE FUNCTION f() RETURNS int AS 'BEGIN; COMMIT; END'", Dialect::Postgresql),
            ("DO $$ BEGIN NULL; COMMIT; END $$", Dialect::Postgresql),
            ("INSERT INTO t VALUES ('a; END')", Dialect::Sqlite),
            ("ROLLBACK TO SAVEPOINT a", Dialect::Postgresql),
            ("COMMENT ON TABLE t IS 'x; commit'", Dialect::Postgresql),
            ("SELECT $1; SELECT $2", Dialect::Postgresql),
        ] {
            assert!(!ends_transaction(sql, dialect), "{sql}");
        }
    }
}
