//! Where values of the configuration are from, in words.

use std::path::Path;

use crate::db::ConnectCause;
use crate::env::DatabaseSettings;
use crate::env::Origin;

use super::failure;

/// Where a value is from.
pub(super) fn words(origin: &Origin) -> String {
    match origin {
        Origin::File { path, line } => at(path, *line),
        Origin::Option { path, section, option } => {
            format!("{} [{section}] {option}", failure::short(path))
        }
        Origin::Environment { name } => format!("environment variable {name}"),
        Origin::Flag { flag } => format!("flag {flag}"),
        Origin::Default => "default".to_owned(),
    }
}

fn at(path: &Path, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{}:{line}", failure::short(path)),
        None => failure::short(path),
    }
}

/// Where that is from which has led to a failure to connect: `user: limbeck.toml:4, password:
/// environment variable DB_PASSWORD`. `None` where nobody has given it.
pub(super) fn of_failure(settings: &DatabaseSettings, cause: ConnectCause) -> Option<String> {
    let parts: &[&str] = match cause {
        ConnectCause::HostNotFound
        | ConnectCause::NoRoute
        | ConnectCause::Refused
        | ConnectCause::TimedOut
        | ConnectCause::NotAServer => &["host", "port"],
        ConnectCause::WrongPassword
        | ConnectCause::NoPassword
        | ConnectCause::NoSuchRole
        | ConnectCause::NotAdmitted
        | ConnectCause::Forbidden => &["user", "password", "password_file"],
        ConnectCause::NoSuchDatabase
        | ConnectCause::NoDirectory
        | ConnectCause::FileAccess
        | ConnectCause::NotADatabase => &["name"],
        _ => &[],
    };
    let is_asked_for = |key: &str| matches!(key, "url" | "url_file") || parts.contains(&key);
    let sources: Vec<String> = settings
        .settings
        .iter()
        .filter(|setting| is_asked_for(&setting.key))
        .filter_map(|setting| {
            let given = setting.origins.iter().filter(|origin| **origin != Origin::Default);
            let words: Vec<String> = given.map(words).collect();
            (!words.is_empty()).then(|| format!("`{}` ({})", setting.key, words.join(", ")))
        })
        .collect();
    (!sources.is_empty()).then(|| sources.join(", "))
}
