//! The text of a `limbeck.toml` with all that its values are read against.

use std::path::Path;

use toml::Spanned;

use crate::db::ServerOverride;
use crate::script::sql::SourcePosition;

use super::alembic::AlembicProject;
use super::config_file;
use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::error::MissingVariables;
use super::setting::Origin;
use super::variables::Expanded;
use super::variables::Malformed;
use super::variables::VariableSource;
use super::variables::Variables;
use super::variables::expand;

/// The server that the command line names in place of the configured ones.
#[derive(Debug, Clone, Default)]
pub struct ServerFlags {
    /// The server.
    pub server: ServerOverride,
    /// Where its host is from.
    pub host: Option<Origin>,
    /// Where its port is from.
    pub port: Option<Origin>,
}

impl ServerFlags {
    /// Where it is from.
    pub fn origins(&self) -> impl Iterator<Item = Origin> {
        [&self.host, &self.port].into_iter().flatten().cloned()
    }
}

/// The text of a `limbeck.toml` with all that its values are read against.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    /// What relative paths are taken from.
    pub(super) base: &'a Path,
    pub(super) variables: Variables<'a>,
    /// The Alembic project that the file extends.
    pub(super) alembic: Option<&'a AlembicProject>,
    /// What that project is read against: a `.env` beside the file is none of its business.
    pub(super) alembic_variables: Variables<'a>,
    /// The server of this run.
    pub(super) server: &'a ServerFlags,
}

/// A value with its variables replaced. It may be a secret.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) origins: Vec<Origin>,
}

impl Text<'_> {
    pub(super) fn error(&self, offset: Option<usize>, kind: ConfigErrorKind) -> ConfigError {
        config_file::error_at(self.path, self.text, offset, kind)
    }

    fn place(&self, at: usize) -> (Option<SourcePosition>, Option<String>) {
        config_file::place(self.text, Some(at))
    }

    /// The place of a value as its origin.
    pub(super) fn origin(&self, at: usize) -> Origin {
        let line = self.place(at).0.map(|position| position.line);
        Origin::File { path: self.path.to_owned(), line }
    }

    /// `value` with its variables replaced.
    pub(super) fn value(&self, key: &str, value: &Spanned<String>) -> Result<Value, ValueProblem> {
        self.expanded(key, value.get_ref(), value.span().start)
    }

    /// `text`, which stands at `at`, with its variables replaced.
    pub(super) fn expanded(&self, key: &str, text: &str, at: usize) -> Result<Value, ValueProblem> {
        match expand(text, self.variables) {
            Expanded::Complete { text, used } => {
                let mut origins = vec![self.origin(at)];
                origins.extend(used.into_iter().filter_map(|name| {
                    Some(match self.variables.source(&name)? {
                        VariableSource::Environment => Origin::Environment { name },
                        VariableSource::File { file, line } => {
                            Origin::File { path: file.path.clone(), line: Some(line) }
                        }
                    })
                }));
                Ok(Value { text, origins })
            }
            Expanded::Missing(variables) => {
                let (position, line) = self.place(at);
                let path = self.path.to_owned();
                Err(ValueProblem::Variables(MissingVariables { path, variables, position, line }))
            }
            Expanded::Malformed(malformed) => {
                let key = key.to_owned();
                let kind = match malformed {
                    Malformed::Unclosed => ConfigErrorKind::UnclosedVariable { key },
                    Malformed::Excess => ConfigErrorKind::VariableExcess { key },
                    Malformed::Form => ConfigErrorKind::VariableForm { key },
                };
                Err(self.error(Some(at), kind).into())
            }
        }
    }
}
