//! Which tables a statement makes, and which it wants to be there: as far as that can be told
//! without parsing SQL.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;

/// The tables that a statement names, each without its schema and in lower case: for comparing
/// statements with one another, not with a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableUse {
    /// Tables and views that are there after it.
    pub makes: Vec<String>,
    /// Tables that must be there, or it fails.
    pub needs: Vec<String>,
}

/// The tables that `statement` names where there is no doubt about it. Queries and the bodies of
/// routines are not looked at.
pub fn table_use(statement: &Statement, dialect: Dialect) -> TableUse {
    let mut cursor = Cursor::new(&statement.text, dialect);
    let mut found = TableUse::default();
    if cursor.take(&["CREATE"]) {
        create(cursor, &mut found);
    } else if cursor.take(&["ALTER", "TABLE"]) {
        alter_table(cursor, &mut found);
    } else if cursor.take_any(&["INSERT", "REPLACE"]) {
        if cursor.take(&["OR"]) {
            cursor.next();
        }
        if cursor.take(&["INTO"]) {
            need(&mut cursor, &mut found);
        }
    } else if cursor.take(&["DELETE", "FROM"]) || cursor.take(&["UPDATE"]) {
        cursor.take(&["ONLY"]);
        need(&mut cursor, &mut found);
    } else if cursor.take(&["TRUNCATE"]) {
        cursor.take(&["TABLE"]);
        cursor.take(&["ONLY"]);
        need(&mut cursor, &mut found);
    }
    found
}

fn name(cursor: &mut Cursor<'_>) -> Option<String> {
    cursor.qualified_name().map(|name| name.name.to_lowercase())
}

fn need(cursor: &mut Cursor<'_>, found: &mut TableUse) {
    found.needs.extend(name(cursor));
}

fn create(mut cursor: Cursor<'_>, found: &mut TableUse) {
    const BEFORE_THE_KIND: [&str; 9] = [
        "OR",
        "REPLACE",
        "TEMP",
        "TEMPORARY",
        "GLOBAL",
        "LOCAL",
        "UNLOGGED",
        "FOREIGN",
        "MATERIALIZED",
    ];
    while cursor.take_any(&BEFORE_THE_KIND) || cursor.take_any(&["RECURSIVE", "VIRTUAL"]) {}
    if cursor.take_any(&["TABLE", "VIEW"]) {
        cursor.take(&["IF", "NOT", "EXISTS"]);
        found.makes.extend(name(&mut cursor));
        references(cursor, found);
        return;
    }
    cursor.take_any(&["UNIQUE", "FULLTEXT", "SPATIAL", "CONSTRAINT"]);
    if cursor.take_any(&["INDEX", "TRIGGER"]) && cursor.skip_behind("ON") {
        cursor.take(&["ONLY"]);
        need(&mut cursor, found);
    }
}

fn alter_table(mut cursor: Cursor<'_>, found: &mut TableUse) {
    let is_guarded = cursor.take(&["IF", "EXISTS"]);
    cursor.take(&["ONLY"]);
    let Some(table) = name(&mut cursor) else { return };
    if !is_guarded {
        found.needs.push(table);
    }
    if cursor.take(&["RENAME", "TO"]) {
        found.makes.extend(name(&mut cursor));
        return;
    }
    references(cursor, found);
}

/// Foreign keys, and the table that a partition is of.
fn references(mut cursor: Cursor<'_>, found: &mut TableUse) {
    while let Some(token) = cursor.next() {
        let is_partition = cursor.is_word(token, "PARTITION") && cursor.take(&["OF"]);
        if is_partition || cursor.is_word(token, "REFERENCES") {
            need(&mut cursor, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn named(text: &str) -> String {
        let position = SourcePosition { line: 1, column: 1 };
        let statement = Statement { text: text.to_owned(), position };
        let found = table_use(&statement, Dialect::Postgresql);
        format!("{} < {}", found.makes.join(","), found.needs.join(","))
    }

    #[test]
    fn tables_are_found_where_they_are_certain() {
        for (text, expected) in [
            ("CREATE TABLE a (id int)", "a < "),
            ("CREATE TABLE IF NOT EXISTS app.\"A\" (id int REFERENCES b (id))", "a < b"),
            ("CREATE UNLOGGED TABLE a (x int, FOREIGN KEY (x) REFERENCES s.b, y int)", "a < b"),
            ("CREATE TABLE a PARTITION OF b FOR VALUES IN (1)", "a < b"),
            ("CREATE OR REPLACE VIEW v AS SELECT * FROM a", "v < "),
            ("CREATE MATERIALIZED VIEW v AS SELECT 1", "v < "),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY a (x)", " < a"),
            ("CREATE INDEX ON a (x)", " < a"),
            ("CREATE TRIGGER t BEFORE UPDATE OF x ON a EXECUTE FUNCTION f()", " < a"),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ INSERT INTO a $$", " < "),
            ("ALTER TABLE ONLY a ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES b (y)", " < a,b"),
            ("ALTER TABLE IF EXISTS a ADD COLUMN x int", " < "),
            ("ALTER TABLE a RENAME TO b", "b < a"),
            ("ALTER TABLE a RENAME x TO y", " < a"),
            ("INSERT INTO a SELECT * FROM b", " < a"),
            ("INSERT OR IGNORE INTO a VALUES ('REFERENCES b')", " < a"),
            ("UPDATE a SET x = 1", " < a"),
            ("DELETE FROM a", " < a"),
            ("TRUNCATE a", " < a"),
            ("SELECT 1 FROM a", " < "),
            ("-- INSERT INTO a\nGRANT REFERENCES ON a TO x", " < "),
            ("WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x", " < "),
        ] {
            assert_eq!(named(text), expected, "{text}");
        }
    }
}
