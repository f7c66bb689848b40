//! `[tool.alembic]` of `pyproject.toml`: values with their lines.

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use super::error::AlembicConfigError;
use super::error::AlembicConfigErrorKind;
use crate::secrets::may_hold_secret;

/// A value that Alembic knows what to do with.
#[derive(Clone)]
pub(super) enum TomlValue {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<TomlItem>),
    Table(Vec<(String, TomlItem)>),
    /// A date, a time, a fraction or a number that is too large.
    Unsupported,
}

/// A value and its line.
#[derive(Clone)]
pub(super) struct TomlItem {
    pub(super) value: TomlValue,
    pub(super) line: usize,
}

impl TomlValue {
    /// The type for an error message, with its article.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            TomlValue::Text(_) => "a string",
            TomlValue::Integer(_) => "an integer",
            TomlValue::Boolean(_) => "a boolean",
            TomlValue::List(_) => "an array",
            TomlValue::Table(_) => "a table",
            TomlValue::Unsupported => "a date, a time or a fraction",
        }
    }
}

/// The entries of `[tool.alembic]`, by name; none when there is no such table. The errors lack the
/// path of the file, which the caller knows.
pub(super) fn read_alembic_table(text: &str) -> Result<Vec<(String, TomlItem)>, TomlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        TomlError::new(
            text,
            offset,
            AlembicConfigErrorKind::TomlSyntax { message: error.message().to_owned() },
        )
    })?;
    let incorrect = |value: &Spanned<DeValue<'_>>| {
        TomlError::new(text, value.span().start, AlembicConfigErrorKind::IncorrectToml)
    };
    let Some(tool) = document.get_ref().get("tool") else { return Ok(Vec::new()) };
    let tool_table = tool.get_ref().as_table().ok_or_else(|| incorrect(tool))?;
    let Some(alembic) = tool_table.get("alembic") else { return Ok(Vec::new()) };
    let table = alembic.get_ref().as_table().ok_or_else(|| incorrect(alembic))?;
    Ok(convert_table(text, table))
}

/// Whether a `pyproject.toml` has a `[tool.alembic]`. A file that is no TOML has one if a line
/// looks like its header, so that reading it can say what is wrong.
pub fn has_alembic_table(text: &str) -> bool {
    if !text.contains("alembic") {
        return false;
    }
    match DeTable::parse(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(document) => document
            .get_ref()
            .get("tool")
            .and_then(|tool| tool.get_ref().as_table())
            .is_some_and(|tool| tool.get("alembic").is_some()),
        Err(_) => text.lines().any(|line| {
            let header: String = line.chars().filter(|c| !c.is_whitespace()).collect();
            header.starts_with("[tool.alembic]") || header.starts_with("[[tool.alembic.")
        }),
    }
}

/// An error without the path of its file.
pub(super) struct TomlError {
    pub(super) kind: AlembicConfigErrorKind,
    pub(super) line: usize,
    column: usize,
    source_line: Option<String>,
}

impl TomlError {
    fn new(text: &str, offset: usize, kind: AlembicConfigErrorKind) -> TomlError {
        let before = text.get(..offset).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let line = line_of(text, offset);
        TomlError { kind, line, column, source_line: source_line(text, line) }
    }

    pub(super) fn in_file(self, path: &std::path::Path) -> AlembicConfigError {
        AlembicConfigError {
            kind: self.kind,
            place: Some(super::Place { path: path.to_owned(), line: self.line }),
            column: Some(self.column),
            source_line: self.source_line,
        }
    }
}

/// A line for an error; `None` when it may hold a secret.
pub(super) fn source_line(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    (!may_hold_secret(line)).then(|| line.to_owned())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn convert_table(text: &str, table: &DeTable<'_>) -> Vec<(String, TomlItem)> {
    let entries = table.iter().map(|(name, value)| {
        let line = line_of(text, name.span().start);
        (name.get_ref().to_string(), TomlItem { value: convert(text, value.get_ref()), line })
    });
    entries.collect()
}

fn convert(text: &str, value: &DeValue<'_>) -> TomlValue {
    match value {
        DeValue::String(value) => TomlValue::Text(value.to_string()),
        DeValue::Boolean(value) => TomlValue::Boolean(*value),
        DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix())
            .map_or(TomlValue::Unsupported, TomlValue::Integer),
        DeValue::Array(values) => {
            let items = values.iter().map(|value| TomlItem {
                value: convert(text, value.get_ref()),
                line: line_of(text, value.span().start),
            });
            TomlValue::List(items.collect())
        }
        DeValue::Table(table) => TomlValue::Table(convert_table(text, table)),
        DeValue::Float(_) | DeValue::Datetime(_) => TomlValue::Unsupported,
    }
}
