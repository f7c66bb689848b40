//! What reflection finds: the facts of a table as a database tells them.

use limbeck_schema::SqlType;
use limbeck_schema::table::Identity;
use limbeck_schema::table::TableOptions;

/// A column of the server.
#[derive(Debug, Clone)]
pub(crate) struct ReflectedColumn {
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    /// None where the dialect does not say.
    pub(crate) autoincrement: Option<bool>,
    pub(crate) comment: Option<String>,
    /// The expression of a generated column, and whether it is stored.
    pub(crate) computed: Option<(String, Option<bool>)>,
    pub(crate) identity: Option<Identity>,
    /// Whether the default is a sequence that is this column's own, which Alembic takes for SERIAL.
    pub(crate) owns_sequence: bool,
}

/// A foreign key of the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReflectedKey {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) targets: Vec<String>,
    pub(crate) onupdate: Option<String>,
    pub(crate) ondelete: Option<String>,
    pub(crate) deferrable: Option<bool>,
    pub(crate) initially: Option<String>,
    /// `MATCH …`.
    pub(crate) matching: Option<String>,
    pub(crate) comment: Option<String>,
}

/// A unique constraint or index of the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReflectedIndex {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Option<String>>,
    pub(crate) unique: bool,
    /// Whether it is the index of a constraint, or the constraint of an index.
    pub(crate) duplicates: bool,
    pub(crate) comment: Option<String>,
    pub(crate) facts: Facts,
}

/// What only some servers know of an index or a constraint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// The condition of a partial index.
    pub(crate) predicate: Option<String>,
    /// Names and expressions, in their order.
    pub(crate) elements: Vec<String>,
    /// Columns of INCLUDE; none where the server has no such thing.
    pub(crate) include: Option<Vec<String>>,
    /// Operator classes that are not the default, by element.
    pub(crate) operator_classes: Vec<(String, String)>,
    /// `desc`, `nulls_last`, …, by element.
    pub(crate) sorting: Vec<(String, Vec<&'static str>)>,
    /// Storage parameters.
    pub(crate) with: Vec<(String, String)>,
    /// The method, where it is not the usual one.
    pub(crate) using: Option<String>,
    pub(crate) nulls_not_distinct: Option<bool>,
    pub(crate) is_invalid: bool,
    /// FULLTEXT or SPATIAL.
    pub(crate) prefix: Option<String>,
    pub(crate) with_parser: Option<String>,
    /// Lengths of prefixes, by column.
    pub(crate) lengths: Vec<(String, u32)>,
    /// The comment of a primary key.
    pub(crate) comment: Option<String>,
}

/// A CHECK constraint of the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReflectedCheck {
    pub(crate) name: Option<String>,
    pub(crate) sql: String,
    pub(crate) comment: Option<String>,
    pub(crate) not_valid: bool,
    pub(crate) no_inherit: bool,
}

impl ReflectedCheck {
    /// From what `pg_get_constraintdef` gives: `CHECK ((a > 1)) NO INHERIT NOT VALID`.
    pub(super) fn from_definition(name: Option<String>, definition: &str) -> Self {
        let (rest, not_valid) = match definition.strip_suffix(" NOT VALID") {
            Some(rest) => (rest, true),
            None => (definition, false),
        };
        let (rest, no_inherit) = match rest.strip_suffix(" NO INHERIT") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let inner = rest.strip_prefix("CHECK").map(str::trim_start).unwrap_or_default();
        let inner = inner.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let inner = inner.unwrap_or_default();
        let sql = without_parentheses(inner).to_owned();
        Self { name, sql, comment: None, not_valid, no_inherit }
    }
}

/// One pair of parentheses less, where they belong together.
fn without_parentheses(text: &str) -> &str {
    let Some(inner) = text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return text;
    };
    let mut depth = 0_usize;
    let mut quoted = false;
    for character in inner.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return text,
            },
            _ => {}
        }
    }
    inner
}

/// Everything of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reflection {
    pub(crate) columns: Vec<ReflectedColumn>,
    pub(crate) key_name: Option<String>,
    pub(crate) key: Vec<String>,
    /// More of the primary key, where the server knows it.
    pub(crate) key_facts: Option<Facts>,
    pub(crate) foreign_keys: Vec<ReflectedKey>,
    pub(crate) uniques: Vec<ReflectedIndex>,
    pub(crate) indexes: Vec<ReflectedIndex>,
    pub(crate) checks: Vec<ReflectedCheck>,
    pub(crate) comment: Option<String>,
    pub(crate) options: TableOptions,
}

impl Reflection {
    /// Whether nothing says that there is such a table.
    pub(super) fn is_empty(&self) -> bool {
        let Self { columns, key_name, foreign_keys, uniques, indexes, checks, comment, .. } = self;
        columns.is_empty()
            && key_name.is_none()
            && foreign_keys.is_empty()
            && uniques.is_empty()
            && indexes.is_empty()
            && checks.is_empty()
            && comment.is_none()
    }
}

/// What is asked of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Columns,
    Constraints,
    Indexes,
    Comment,
    Options,
}

impl Part {
    /// Everything.
    pub(crate) const ALL: &[Part] =
        &[Part::Columns, Part::Constraints, Part::Indexes, Part::Comment, Part::Options];
}

/// An enumeration of PostgreSQL's.
#[derive(Debug)]
pub(crate) struct ReflectedEnum {
    pub(crate) schema: String,
    pub(crate) visible: bool,
    pub(crate) name: String,
    pub(crate) labels: Vec<String>,
}
