//! `sqlalchemy.url`: read only when a database is needed, and with `${NAME}` replaced.

use super::error::AlembicConfigError;
use super::error::AlembicConfigErrorKind;
use super::sources::Sources;
use crate::ini::Environment;
use crate::ini::Fragment;
use crate::url::SqlAlchemyUrl;

/// The option of the URL.
pub(super) const URL_OPTION: &str = "sqlalchemy.url";

/// How the URL begins that `alembic init` writes, `driver://user:pass@localhost/dbname`. Projects
/// vary the rest, and no database system is called so.
const PLACEHOLDER: &str = "driver://";

/// The URL of an ini section; of the main section, also of `[tool.alembic]`. An empty one is none:
/// projects leave it empty where `env.py` sets it.
pub(super) fn read(
    sources: &Sources,
    section: &str,
    environment: Environment<'_>,
) -> Result<Option<SqlAlchemyUrl>, AlembicConfigError> {
    let (fragments, place) = match sources.ini_fragments(section, URL_OPTION, environment)? {
        Some(setting) => (setting.value, setting.place),
        None if section == sources.section => match sources.text(URL_OPTION, environment)? {
            Some(setting) => {
                let fragment = Fragment { text: setting.value, from_environment: false };
                (vec![fragment], setting.place)
            }
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    let error = |kind| {
        let error = AlembicConfigError::from(kind);
        place.as_ref().map_or(error.clone(), |place| error.at(place))
    };
    let option = || URL_OPTION.to_owned();
    let mut text = String::new();
    for fragment in fragments {
        if fragment.from_environment {
            text.push_str(&fragment.text);
        } else {
            expand(&fragment.text, environment, &mut text).map_err(|variable| {
                error(AlembicConfigErrorKind::UnsetVariable { option: option(), variable })
            })?;
        }
    }
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with(PLACEHOLDER) {
        return Err(error(AlembicConfigErrorKind::PlaceholderUrl { option: option() }));
    }
    let url = text.parse::<SqlAlchemyUrl>();
    url.map(Some).map_err(|source| error(AlembicConfigErrorKind::Url { option: option(), source }))
}

/// Replaces `${NAME}` and `${NAME:-default}`, the default also for an empty variable, as the shell
/// does. What is put in is not read again; what only looks similar is left alone. The error is the
/// variable that is not set.
fn expand(text: &str, environment: Environment<'_>, out: &mut String) -> Result<(), String> {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, after) = inner.split_at(end.unwrap_or(inner.len()));
        let default = after.strip_prefix(":-").and_then(|after| after.split_once('}'));
        let valid = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        match (default, after.strip_prefix('}')) {
            (Some((default, after)), _) if valid => {
                let value = environment(name).filter(|value| !value.is_empty());
                out.push_str(value.as_deref().unwrap_or(default));
                rest = after;
            }
            (None, Some(after)) if valid => {
                out.push_str(&environment(name).ok_or_else(|| name.to_owned())?);
                rest = after;
            }
            _ => {
                out.push_str("${");
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    Ok(())
}
