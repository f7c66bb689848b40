//! Errors of the configuration.

use limbeck_alembic::config::AlembicConfigError;
use limbeck_alembic::config::AlembicConfigErrorKind;
use limbeck_alembic::env_py::UrlError;

use crate::cli::exit_code::ExitCode;
use crate::env::ConfigError;
use crate::env::ConfigErrorKind;
use crate::env::VariableLineError;

use super::Failure;

pub(super) fn config(error: &ConfigError) -> Failure {
    let mut failure =
        Failure::new(ExitCode::Configuration, error.to_string()).at(&error.path, error.position);
    if let (Some(line), Some(position)) = (&error.line, error.position) {
        failure = failure.source_line(line, position.column);
    }
    match &error.kind {
        ConfigErrorKind::UnknownKey { nearest: Some(nearest), .. } => {
            failure.hint(format!("did you mean `{nearest}`?"))
        }
        ConfigErrorKind::MissingVariables { .. } => {
            failure.hint("set it in the environment, or write a default: ${NAME:-value}")
        }
        ConfigErrorKind::VariableForm { .. } => failure.hint(
            "write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${NAME:+text}; $$ is a dollar sign",
        ),
        ConfigErrorKind::VariableLine(VariableLineError::NoValue | VariableLineError::Form) => {
            failure.hint("in single quotes every `$` is a dollar sign")
        }
        ConfigErrorKind::VariableLine(VariableLineError::BehindQuote) => failure.hint(
            "a quote in a value in quotes: choose the other quotes, or write \\\" in double quotes",
        ),
        ConfigErrorKind::NoPart { key: "dialect", .. } => {
            failure.hint("write `dialect = \"postgresql\"`, \"mysql\" or \"sqlite\"")
        }
        ConfigErrorKind::NoUrlKey { .. } => {
            failure.hint("write a `url`, a `url_file`, or `dialect`, `host`, `name` and so on")
        }
        ConfigErrorKind::EnvSyntax(_) | ConfigErrorKind::EnvEncoding(_) => {
            failure.hint("what env.py says of the database and of the version table is not known")
        }
        ConfigErrorKind::EnvUrl(UrlError::Computed | UrlError::VariableMissing { .. }) => failure
            .hint("give the URL with --url, LIMBECK_URL or DATABASE_URL")
            .hint("or in a limbeck.toml: `limbeck compat --write` begins one"),
        ConfigErrorKind::EnvUrl(_)
        | ConfigErrorKind::NoAlembicUrl
        | ConfigErrorKind::OtherSection { .. } => failure
            .hint("give the URL with --url or LIMBECK_URL")
            .hint("or in a limbeck.toml: `limbeck compat --write` begins one"),
        ConfigErrorKind::NoSectionUrl { .. } => {
            failure.hint("write it there: of several databases each has its own")
        }
        ConfigErrorKind::EnvSetting { key } => failure.hint(format!(
            "say it in a limbeck.toml: `{key}` of the database (`limbeck compat --write` begins \
             one)"
        )),
        ConfigErrorKind::Alembic(AlembicConfigError {
            kind:
                AlembicConfigErrorKind::PlaceholderUrl { .. }
                | AlembicConfigErrorKind::UnsetVariable { .. },
            ..
        }) => failure.hint("write the URL there, or give it with --url or LIMBECK_URL"),
        ConfigErrorKind::JournalName { .. } => {
            failure.hint("give the journal a name: `journal_table` of the database")
        }
        ConfigErrorKind::SameDatabase { .. } => failure
            .hint("give each its own URL, or its own `version_table` or `version_table_schema`")
            .hint("or keep one of them, with the `branches` of both"),
        ConfigErrorKind::SharedJournal { .. } => failure
            .hint("give each version table its own `journal_table`, or leave that key to its default"),
        ConfigErrorKind::Sourceless => failure.hint("keep the .py files"),
        _ => failure,
    }
}
