//! URLs of SQLite databases, as the `pysqlite` and `aiosqlite` dialects take them.

use super::SqlAlchemyUrl;
use super::UrlError;
use super::native::NativeUrl;
use super::native::UrlNote;
use super::native::boolean;
use super::native::single;

pub(super) fn translate(url: &SqlAlchemyUrl) -> Result<NativeUrl, UrlError> {
    match url.driver() {
        None | Some("pysqlite" | "aiosqlite" | "pysqlite_numeric") => {}
        Some(driver) => {
            let driver = driver.to_owned();
            return Err(UrlError::UnsupportedDriver { backend: "sqlite".to_owned(), driver });
        }
    }
    let written = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    let password = url.password().map(super::Secret::expose);
    let port = url.port().is_some_and(|port| port != 0);
    if written(url.username()) || written(password) || written(url.host()) || port {
        return Err(UrlError::InvalidSqliteUrl { url: url.to_string() });
    }
    let mut notes = Vec::new();
    for (name, values) in url.query() {
        let reason = match name {
            "uri" => {
                if boolean(name, single(name, values)?)? {
                    return Err(UrlError::SqliteFileUri);
                }
                continue;
            }
            "timeout" => "limbeck has its own time limit for a locked database",
            "isolation_level" => "limbeck begins its transactions itself",
            "detect_types" | "check_same_thread" | "cached_statements" => {
                "it concerns only Python's driver"
            }
            _ => "Python's driver ignores it too without 'uri=true'",
        };
        notes.push(UrlNote { parameter: name.to_owned(), reason });
    }
    let text = match url.database() {
        None | Some("" | ":memory:") => "sqlite://".to_owned(),
        Some(path) if path.starts_with("file:") => return Err(UrlError::SqliteFileUri),
        Some(path) if path.contains('?') => return Err(UrlError::SqlitePath),
        Some(path) => format!("sqlite:///{path}"),
    };
    Ok(NativeUrl::plain(text, notes))
}
