//! A revision of another format, written down as one of limbeck's own.

use std::path::Path;

use limbeck_schema::Dialect;

use super::revision_file::Direction;
use super::revision_file::RevisionFile;
use super::sql;
use super::sql::SourcePosition;
use super::toml_text::basic_string;
use super::toml_text::string_list;
use crate::graph::Revision;

/// The statements of one direction on one dialect, without semicolons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedSection {
    /// Which way it goes.
    pub direction: Direction,
    /// The dialect that they are for; `None` for all.
    pub dialect: Option<Dialect>,
    /// The dialect that they are written in.
    pub written_in: Dialect,
    /// The statements.
    pub statements: Vec<String>,
}

/// A revision with its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted<'a> {
    /// What it is and follows.
    pub revision: &'a Revision,
    /// Whether it runs in a transaction.
    pub transaction: bool,
    /// Why it cannot be reverted, if it cannot.
    pub irreversible: Option<String>,
    /// The databases that it is for; empty for all that take its branch.
    pub databases: Vec<String>,
    /// Its scripts.
    pub sections: Vec<ConvertedSection>,
}

/// Why the text of a converted revision would not be what it is made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The text cannot be read back.
    #[error("the text cannot be read back: {0}")]
    Unreadable(String),
    /// A statement comes back as another one.
    #[error("the {} section would not come back as it is: {statement}", .direction.name())]
    Unfaithful {
        /// Which way it goes.
        direction: Direction,
        /// The statement.
        statement: String,
    },
}

impl Converted<'_> {
    /// The text of the file. It is read back, and every statement compared.
    ///
    /// # Errors
    /// [`ConvertError`], when it would not say the same.
    pub fn text(&self, path: &Path) -> Result<String, ConvertError> {
        let text = self.write();
        let unreadable = |error: String| ConvertError::Unreadable(error);
        let file =
            RevisionFile::parse(&text, path).map_err(|error| unreadable(error.to_string()))?;
        let Revision { id, down_revisions, branch_labels, depends_on, .. } = self.revision;
        let read = &file.revision;
        if read.id != *id
            || read.down_revisions != *down_revisions
            || read.branch_labels != *branch_labels
            || read.depends_on != *depends_on
            || file.options.databases != self.databases
        {
            return Err(unreadable("its head says something else".to_owned()));
        }
        let start = SourcePosition { line: 1, column: 1 };
        for section in &self.sections {
            let split = |text: &str| {
                sql::split(text, section.written_in, start)
                    .map(|statements| statements.into_iter().map(|one| one.text).collect())
                    .map_err(|error| ConvertError::Unreadable(error.to_string()))
            };
            let mut wanted: Vec<String> = Vec::new();
            for statement in &section.statements {
                // One text may hold several statements.
                wanted.extend::<Vec<String>>(split(statement)?);
            }
            let found = file.section(section.direction, section.written_in);
            let found: Vec<String> = split(found.map_or("", |found| found.text.as_str()))?;
            let differs = wanted.iter().zip(&found).find(|(wanted, found)| wanted != found);
            let missing = wanted.get(found.len()).or(found.get(wanted.len()));
            if let Some(statement) = differs.map(|(wanted, _)| wanted).or(missing) {
                return Err(ConvertError::Unfaithful {
                    direction: section.direction,
                    statement: statement.lines().next().unwrap_or_default().to_owned(),
                });
            }
        }
        Ok(text)
    }

    fn write(&self) -> String {
        let Revision { id, down_revisions, branch_labels, depends_on, message, .. } = self.revision;
        let message = message.lines().next().unwrap_or_default().trim();
        let mut lines = vec!["/*---".to_owned()];
        lines.push(format!("message       = {}", basic_string(message)));
        lines.push(format!("revision      = {}", basic_string(id.as_str())));
        match down_revisions.as_slice() {
            [] => lines.push("down_revision = []".to_owned()),
            [one] => lines.push(format!("down_revision = {}", basic_string(one.as_str()))),
            several => {
                let list = string_list(several.iter().map(AsRef::as_ref));
                lines.push(format!("down_revision = {list}"));
            }
        }
        if !branch_labels.is_empty() {
            let list = string_list(branch_labels.iter().map(AsRef::as_ref));
            lines.push(format!("branch_labels = {list}"));
        }
        if !depends_on.is_empty() {
            let list = string_list(depends_on.iter().map(String::as_str));
            lines.push(format!("depends_on    = {list}"));
        }
        if !self.databases.is_empty() {
            let list = string_list(self.databases.iter().map(String::as_str));
            lines.push(format!("databases     = {list}"));
        }
        if !self.transaction {
            lines.push("transaction   = false".to_owned());
        }
        if let Some(reason) = &self.irreversible {
            lines.push("irreversible  = true".to_owned());
            let reason = reason.lines().next().unwrap_or_default().trim();
            if !reason.is_empty() {
                lines.push(format!("irreversible_reason = {}", basic_string(reason)));
            }
        }
        lines.push("---*/".to_owned());
        let mut text = lines.join("\n");
        text.push('\n');
        for section in &self.sections {
            text.push_str("\n--- ");
            text.push_str(section.direction.name());
            if let Some(dialect) = section.dialect {
                text.push(' ');
                text.push_str(&dialect.to_string());
            }
            text.push('\n');
            for (index, statement) in section.statements.iter().enumerate() {
                if index > 0 {
                    text.push('\n');
                }
                let statement = statement.trim_end().trim_end_matches(';');
                text.push_str(statement);
                if statement.lines().all(|line| line.is_empty() || line.starts_with("--")) {
                    // It is a comment alone.
                    text.push('\n');
                    continue;
                }
                // A comment to the end of the line would swallow the semicolon.
                let last = statement.lines().next_back().unwrap_or_default();
                text.push_str(if last.contains("--") || last.contains('#') { "\n" } else { "" });
                text.push_str(";\n");
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision() -> Revision {
        Revision {
            id: "a1".parse().unwrap(),
            down_revisions: vec!["b1".parse().unwrap(), "b2".parse().unwrap()],
            branch_labels: vec!["x".parse().unwrap()],
            depends_on: vec!["c3".to_owned()],
            message: "it's \"new\"\nand more".to_owned(),
            path: "a1.py".into(),
        }
    }

    fn section(direction: Direction, statements: &[&str]) -> ConvertedSection {
        ConvertedSection {
            direction,
            dialect: None,
            written_in: Dialect::Postgresql,
            statements: statements.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    #[test]
    fn a_revision_with_everything() {
        let revision = revision();
        let converted = Converted {
            revision: &revision,
            transaction: false,
            irreversible: Some("never".to_owned()),
            databases: vec!["d".to_owned()],
            sections: vec![section(
                Direction::Upgrade,
                &["CREATE TABLE t (id INTEGER)", "SELECT 1; SELECT 2", "SELECT 'a;b'"],
            )],
        };
        let text = converted.text(Path::new("a1.sql")).unwrap();
        let expected = "/*---\nmessage       = \"it's \\\"new\\\"\"\nrevision      = \"a1\"\n\
             down_revision = [\"b1\", \"b2\"]\nbranch_labels = [\"x\"]\ndepends_on    = [\"c3\"]\n\
             databases     = [\"d\"]\ntransaction   = false\nirreversible  = true\nirreversible_reason = \"never\"\n---*/\n\n\
             --- upgrade\nCREATE TABLE t (id INTEGER);\n\nSELECT 1; SELECT 2;\n\nSELECT 'a;b';\n";
        assert_eq!(text, expected);
    }

    fn of_statements(statements: &[&str]) -> Result<String, ConvertError> {
        let revision = revision();
        let converted = Converted {
            revision: &revision,
            transaction: true,
            irreversible: None,
            databases: Vec::new(),
            sections: vec![section(Direction::Upgrade, statements)],
        };
        converted.text(Path::new("a1.sql"))
    }

    #[test]
    fn a_comment_at_the_end_does_not_swallow_what_follows() {
        let text = of_statements(&["SELECT 1 -- the end", "SELECT 2"]).unwrap();
        assert!(text.ends_with("SELECT 1 -- the end\n;\n\nSELECT 2;\n"), "{text}");
    }

    #[test]
    fn a_statement_that_would_come_back_otherwise_is_refused() {
        let error = of_statements(&["SELECT 'never ended", "SELECT 2"]).unwrap_err();
        assert!(matches!(error, ConvertError::Unreadable(_)), "{error}");
    }
}
