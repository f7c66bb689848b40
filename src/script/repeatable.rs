//! Repeatable scripts: SQL files beside the revisions that make views, functions and the like, and
//! that are run again whenever their text changes.
//!
//! ```sql
//! /*---
//! after = ["9f3c1b2a4d5e", "views/orders_by_day"]
//! drops = ["materialized view sales"]
//! ---*/
//! CREATE MATERIALIZED VIEW sales AS SELECT ...;
//! ```
//!
//! The front matter may be missing. A script is called as its file is, from the directory of all of
//! them, without the `.sql`.

use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use super::error::ScriptError;
use super::error::SyntaxError;
use super::error::SyntaxErrorKind;
use super::front_matter;
use super::front_matter::Field;
use super::revision_file::RevisionOptions;
use super::sections::nearest;
use super::source;
use super::source::Fault;
use super::sql::SourcePosition;
use super::tree::Disk;
use super::tree::ItemKind;
use super::tree::Tree;
use crate::graph::BranchLabel;
use crate::graph::RevisionGraph;

/// Every key, for suggestions.
const KEYS: [&str; 9] = [
    "after",
    "drops",
    "databases",
    "branches",
    "dialects",
    "transaction",
    "lock_timeout",
    "statement_timeout",
    "template",
];

/// What a script may ask to be dropped before it runs, longest first.
const DROPPED_KINDS: [&str; 6] =
    ["materialized view", "procedure", "function", "trigger", "view", "table"];

/// A repeatable script as its file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatableScript {
    /// What it is called: `views/sales`.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What it comes after: revisions and other scripts, by their names.
    pub after: Vec<Named>,
    /// What is dropped before it runs.
    pub drops: Vec<Dropped>,
    /// The branches whose databases it runs in; empty for all databases.
    pub branches: Vec<BranchLabel>,
    /// The dialects that it is for; empty for all.
    pub dialects: Vec<Dialect>,
    /// How it is run. Never irreversible.
    pub options: RevisionOptions,
    text: String,
    /// Where in it the SQL is.
    body: Range<usize>,
    /// The line in which the SQL begins, from 1.
    line: usize,
}

/// A name in the front matter, with the place of it in the text. Equal names are equal wherever
/// they stand.
#[derive(Debug, Clone, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    pub(super) offset: usize,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Something to be dropped: `view sales`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// What it is, in lower case: `materialized view`.
    pub kind: &'static str,
    /// Its name, as the front matter has it: SQL.
    pub name: String,
}

impl Dropped {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let kind = DROPPED_KINDS.into_iter().find(|kind| {
            text.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind))
                && text[kind.len()..].starts_with(char::is_whitespace)
        })?;
        let name = text[kind.len()..].trim();
        let is_one = !name.is_empty() && !name.contains([';', '\n']) && !name.contains("--");
        is_one.then(|| Dropped { kind, name: name.to_owned() })
    }

    /// The statement that drops it, where it is there. On PostgreSQL with what depends on it: the
    /// run looks afterwards whether all of that is there again.
    pub fn sql(&self, dialect: Dialect) -> String {
        let cascade = if dialect == Dialect::Postgresql { " CASCADE" } else { "" };
        format!("DROP {} IF EXISTS {}{cascade}", self.kind.to_uppercase(), self.name)
    }
}

impl RepeatableScript {
    /// Whether it is for the database called `database`, where that has a name, with this part of
    /// the graph.
    pub fn is_for(&self, database: Option<&str>, part: &RevisionGraph) -> bool {
        let names = &self.options.databases;
        let is_named = names.is_empty()
            || database.is_none_or(|database| names.iter().any(|name| name == database));
        let has = |label: &BranchLabel| part.by_name(label.as_str()).is_some();
        is_named && (self.branches.is_empty() || self.branches.iter().any(has))
    }

    /// The whole text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SQL.
    pub fn sql(&self) -> &str {
        &self.text[self.body.clone()]
    }

    /// Where the SQL begins in its file.
    pub fn position(&self) -> SourcePosition {
        SourcePosition { line: self.line, column: 1 }
    }

    /// Reads the text of a file called `name`.
    ///
    /// # Errors
    /// [`SyntaxError`] when the front matter is not what it should be.
    pub fn parse(name: String, text: &str, path: &Path) -> Result<Self, Box<SyntaxError>> {
        let text = source::without_mark(text);
        parse(name, text, path).map_err(|fault| Box::new(error(text, path, fault)))
    }

    /// An error at a place of the front matter.
    pub(super) fn error_at(&self, offset: usize, kind: SyntaxErrorKind) -> Box<SyntaxError> {
        Box::new(error(&self.text, &self.path, Fault::new(offset, kind)))
    }

    /// That the script does not say which branches it is for, where a database has tenants.
    pub fn without_branches(&self, database: &str) -> Box<SyntaxError> {
        let reason = format!(
            "database `{database}` has tenants, and the script does not say whether it is for what \
             they share or for each of them: `branches = [\"...\"]` does"
        );
        let kind = SyntaxErrorKind::BadValue { key: "branches".to_owned(), reason };
        self.error_at(0, kind)
    }
}

fn error(text: &str, path: &Path, fault: Fault) -> SyntaxError {
    SyntaxError {
        path: path.to_owned(),
        position: source::position_at(text, fault.offset),
        line: source::line_at(text, fault.offset).to_owned(),
        kind: fault.kind,
    }
}

fn parse(name: String, text: &str, path: &Path) -> Result<RepeatableScript, Fault> {
    let mut script = RepeatableScript {
        name,
        path: path.to_owned(),
        after: Vec::new(),
        drops: Vec::new(),
        branches: Vec::new(),
        dialects: Vec::new(),
        options: RevisionOptions::default(),
        text: text.to_owned(),
        body: 0..text.len(),
        line: 1,
    };
    let layout = match front_matter::locate(text) {
        Err(fault) if fault.kind == SyntaxErrorKind::NoFrontMatter => return Ok(script),
        layout => layout?,
    };
    (script.body, script.line) = (layout.body..text.len(), layout.body_line);
    let base = layout.toml.start;
    let table = front_matter::table(&text[layout.toml], base)?;
    for field in front_matter::fields(table.get_ref(), base) {
        match field.name() {
            "after" => {
                script.after = field.list(|field, value, text| {
                    let name = field.non_empty(value, text)?;
                    Ok(Named { name, offset: base + value.span().start })
                })?;
            }
            "drops" => script.drops = field.list(dropped)?,
            "databases" => script.options.databases = field.databases()?,
            "branches" => script.branches = field.list(Field::parsed)?,
            "dialects" => script.dialects = field.list(dialect)?,
            "transaction" => script.options.transaction = Some(field.boolean()?),
            "lock_timeout" => script.options.lock_timeout = Some(field.duration()?),
            "statement_timeout" => script.options.statement_timeout = Some(field.duration()?),
            "template" => script.options.is_template = field.boolean()?,
            unknown => {
                let nearest = nearest(unknown, KEYS.into_iter(), 0.7);
                let kind = SyntaxErrorKind::UnknownKey { key: unknown.to_owned(), nearest };
                return Err(Fault::new(field.at_key(), kind));
            }
        }
    }
    Ok(script)
}

fn dropped(
    field: &Field<'_>,
    value: &front_matter::Value<'_>,
    text: &str,
) -> Result<Dropped, Fault> {
    Dropped::parse(text).ok_or_else(|| {
        let kinds = DROPPED_KINDS.join(", ");
        let reason =
            format!("'{text}' is no object by its kind and name, such as `view sales` ({kinds})");
        field.bad(value, reason)
    })
}

fn dialect(
    field: &Field<'_>,
    value: &front_matter::Value<'_>,
    text: &str,
) -> Result<Dialect, Fault> {
    let named = Dialect::ALL.into_iter().find(|dialect| dialect.to_string() == text);
    named.ok_or_else(|| {
        let names = Dialect::ALL.map(|dialect| dialect.to_string()).join(", ");
        field.bad(value, format!("'{text}' is no dialect ({names})"))
    })
}

/// Every script in `directory` and below it, sorted by name.
///
/// # Errors
/// When the directory or a file cannot be read, or is not what it should be.
pub(super) fn load(directory: &Path) -> Result<Vec<RepeatableScript>, ScriptError> {
    let mut scripts = Vec::new();
    let mut open = vec![(directory.to_owned(), String::new())];
    while let Some((directory, prefix)) = open.pop() {
        for item in Disk.list(&directory)? {
            let name = item.name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            match item.kind {
                // What a link leads to may lead back.
                ItemKind::Directory if item.linked => {}
                ItemKind::Directory => open.push((item.path.clone(), format!("{prefix}{name}/"))),
                ItemKind::Other => {
                    let Some(stem) = name.strip_suffix(".sql") else { continue };
                    let text = Disk.text(&item.path)?;
                    let name = format!("{prefix}{stem}");
                    scripts.push(RepeatableScript::parse(name, &text, &item.path)?);
                }
            }
        }
    }
    scripts.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<RepeatableScript, String> {
        let path = Path::new("repeatable/v.sql");
        RepeatableScript::parse("v".into(), text, path).map_err(|error| error.to_string())
    }

    #[test]
    fn the_front_matter_may_be_missing() {
        let script = parsed("CREATE VIEW v AS SELECT 1;\n").unwrap();
        assert_eq!(script.sql(), "CREATE VIEW v AS SELECT 1;\n");
        assert_eq!(script.position().line, 1);
        assert!(script.after.is_empty() && script.options.transaction.is_none());
    }

    #[test]
    fn the_front_matter_says_what_comes_before() {
        let script = parsed(
            "/*---\nafter = [\"a1\", \"views/b\"]\ndrops = \"materialized  view m\"\n\
             branches = [\"tenant\"]\ndialects = [\"sqlite\"]\n---*/\nSELECT 1;",
        );
        // The words of a kind stand one blank apart.
        assert!(script.unwrap_err().contains("is no object by its kind and name"));
        let script = parsed(
            "/*---\nafter = [\"a1\", \"views/b\"]\ndrops = [\"Materialized View s.m\", \"view v\"]\n\
             branches = [\"tenant\"]\ndialects = [\"sqlite\"]\n---*/\nSELECT 1;",
        )
        .unwrap();
        let after: Vec<&str> = script.after.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(after, ["a1", "views/b"]);
        assert_eq!(
            script.drops[0].sql(Dialect::Postgresql),
            "DROP MATERIALIZED VIEW IF EXISTS s.m CASCADE"
        );
        assert_eq!(script.drops[1].sql(Dialect::Sqlite), "DROP VIEW IF EXISTS v");
        assert_eq!((script.position().line, script.sql()), (7, "SELECT 1;"));
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, message) in [
            (
                "/*---\naftr = []\n---*/\n",
                "repeatable/v.sql:2:1: unknown key 'aftr', did you mean 'after'?",
            ),
            ("/*---\nafter = [\"a\", \"a\"]\n---*/\n", "'a' is named twice"),
            ("/*---\nafter = 1\n", "the front matter has no closing line"),
            ("/*---\ndialects = \"oracle\"\n---*/\n", "'oracle' is no dialect"),
            ("/*---\ndrops = \"view v; DROP TABLE t\"\n---*/\n", "is no object"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
