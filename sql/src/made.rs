//! What a text makes and what it speaks of: enough to tell which of several texts must come first.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;

/// A name as a text has it, spelled as the catalog spells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The schema, where the text names one.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

impl Mention {
    /// Whether both may be one object: a name without a schema may be in any.
    pub fn may_be(&self, other: &Mention) -> bool {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let schemas = self.schema.as_deref().zip(other.schema.as_deref());
        is_same(&self.name, &other.name) && schemas.is_none_or(|(one, other)| is_same(one, other))
    }
}

/// What a statement makes or replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What it is.
    pub kind: MadeKind,
    /// Its name.
    pub name: Mention,
}

/// Kinds of what is made, as far as anybody needs to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MadeKind {
    /// A view.
    View,
    /// A materialised view (PostgreSQL).
    MaterializedView,
    /// A table, or whatever else has rows of its own.
    Table,
    /// Something else that others can name: a function, a type, a sequence.
    Other,
}

/// The words behind `CREATE`, up to those that say what is made, may be so many.
const LONGEST_HEAD: usize = 16;

/// What `statement` makes or replaces, where it can be told and others can name it.
pub fn made(statement: &Statement, dialect: Dialect) -> Option<Made> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    if !cursor.take(&["CREATE"]) {
        return None;
    }
    // `OR REPLACE`, `TEMPORARY`, `DEFINER = x@y`, `UNIQUE` and what else may stand before.
    let mut kind = None;
    for _ in 0..LONGEST_HEAD {
        kind = if cursor.take(&["MATERIALIZED", "VIEW"]) {
            Some(MadeKind::MaterializedView)
        } else if cursor.take(&["VIEW"]) {
            Some(MadeKind::View)
        } else if cursor.take_any(&["TABLE"]) {
            Some(MadeKind::Table)
        } else if cursor.take_any(&["FUNCTION", "PROCEDURE", "AGGREGATE", "TYPE", "DOMAIN"])
            || cursor.take(&["SEQUENCE"])
        {
            Some(MadeKind::Other)
        } else {
            None
        };
        if kind.is_some() || cursor.at("AS") {
            break;
        }
        cursor.next()?;
    }
    let kind = kind?;
    cursor.take(&["IF", "NOT", "EXISTS"]);
    let name = cursor.qualified_name()?;
    Some(Made { kind, name: Mention { schema: name.schema, name: name.name } })
}

/// What `statement` drops by its name: views and tables, one or several.
pub fn dropped(statement: &Statement, dialect: Dialect) -> Vec<Mention> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    if !cursor.take(&["DROP"]) {
        return Vec::new();
    }
    cursor.take(&["MATERIALIZED"]);
    if !cursor.take_any(&["VIEW", "TABLE"]) {
        return Vec::new();
    }
    cursor.take(&["IF", "EXISTS"]);
    let mut names = Vec::new();
    while let Some(name) = cursor.qualified_name() {
        names.push(Mention { schema: name.schema, name: name.name });
        if !cursor.take_mark(b',') {
            break;
        }
    }
    names
}

/// Whether `statement` alters or drops something.
pub fn alters(statement: &str, dialect: Dialect) -> bool {
    Cursor::new(statement, dialect).at_any(&["ALTER", "DROP", "RENAME"])
}

/// The names in `text`, keywords among them, sorted: whatever it speaks of is there, but for what
/// stands within strings.
pub fn mentions(text: &str, dialect: Dialect) -> Vec<Mention> {
    let mut cursor = Cursor::new(text, dialect);
    let mut names = Vec::new();
    while !cursor.at_end() {
        let mut ahead = cursor.clone();
        match ahead.name() {
            None => drop(cursor.next()),
            Some(first) => {
                // Of `a.b.c` both `a.b` and `b.c` may be meant.
                let mut behind = ahead.clone();
                if behind.take_mark(b'.')
                    && let Some(name) = behind.name()
                {
                    names.push(Mention { schema: Some(first.clone()), name });
                    ahead.take_mark(b'.');
                }
                names.push(Mention { schema: None, name: first });
                cursor = ahead;
            }
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::super::statement::SourcePosition;
    use super::*;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    fn mention(name: &str) -> Mention {
        match name.split_once('.') {
            Some((schema, name)) => Mention { schema: Some(schema.into()), name: name.into() },
            None => Mention { schema: None, name: name.into() },
        }
    }

    #[test]
    fn what_is_made_is_told_by_its_name() {
        for (text, dialect, kind, name) in [
            ("CREATE VIEW v AS SELECT 1", Dialect::Postgresql, MadeKind::View, "v"),
            (
                "create or replace recursive view App.V as x",
                Dialect::Postgresql,
                MadeKind::View,
                "app.v",
            ),
            (
                "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1",
                Dialect::Postgresql,
                MadeKind::MaterializedView,
                "m",
            ),
            (
                "CREATE ALGORITHM = MERGE DEFINER = `a`@`%` SQL SECURITY INVOKER VIEW `v` AS SELECT 1",
                Dialect::Mysql,
                MadeKind::View,
                "v",
            ),
            ("CREATE TEMP VIEW v AS SELECT 1", Dialect::Sqlite, MadeKind::View, "v"),
            (
                "CREATE OR REPLACE FUNCTION f(x int) RETURNS int",
                Dialect::Postgresql,
                MadeKind::Other,
                "f",
            ),
            ("CREATE UNLOGGED TABLE t (x int)", Dialect::Postgresql, MadeKind::Table, "t"),
        ] {
            let made = made(&statement(text), dialect).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((made.kind, made.name), (kind, mention(name)), "{text}");
        }
        for text in
            ["CREATE INDEX i ON t (x)", "SELECT 1", "CREATE TRIGGER g AFTER INSERT ON t", "CREATE"]
        {
            assert_eq!(made(&statement(text), Dialect::Postgresql), None, "{text}");
        }
    }

    #[test]
    fn what_is_dropped_is_told_by_its_names() {
        let names = dropped(&statement("DROP VIEW IF EXISTS a, s.b CASCADE"), Dialect::Postgresql);
        assert_eq!(names, [mention("a"), mention("s.b")]);
        assert!(dropped(&statement("DROP INDEX i"), Dialect::Postgresql).is_empty());
    }

    #[test]
    fn what_a_text_speaks_of_leaves_out_strings_and_comments() {
        let text = "SELECT a.x, 'lost' FROM s.Orders -- nothing\n JOIN \"Other\" USING (id)";
        let names = mentions(text, Dialect::Postgresql);
        for name in ["s.orders", "Other", "a.x"] {
            assert!(names.contains(&mention(name)), "{name}: {names:?}");
        }
        assert!(!names.iter().any(|mention| ["lost", "nothing"].contains(&mention.name.as_str())));
        assert!(mention("orders").may_be(&mention("s.ORDERS")));
        assert!(!mention("t.orders").may_be(&mention("s.orders")));
    }
}
