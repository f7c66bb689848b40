//! Paths of the configuration: lists of them, paths relative to the current directory, and
//! `package:path`.

use std::path::Path;
use std::path::PathBuf;

use super::ConfigInput;
use super::ConfigWarning;
use super::Setting;
use super::error::AlembicConfigError;
use super::error::AlembicConfigErrorKind;
use super::sources::Sources;

const PATH_SEPARATOR: &str = "path_separator";
const VERSION_PATH_SEPARATOR: &str = "version_path_separator";

/// What is between two paths where that is configured.
const OS_SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// `prepend_sys_path`, absolute.
pub(super) fn prepend_sys_path(
    input: &ConfigInput<'_>,
    sources: &Sources,
    warnings: &mut Vec<ConfigWarning>,
) -> Result<Vec<PathBuf>, AlembicConfigError> {
    let option = sources.main_option("prepend_sys_path", input.environment)?;
    let texts = match option.filter(|option| !option.value.is_empty()) {
        Some(option) => match separator(input, sources, &[PATH_SEPARATOR], warnings)? {
            Some(separator) => split(&option.value, separator),
            None => {
                warnings
                    .extend(option.place.map(|place| ConfigWarning::LegacySysPathSplit { place }));
                legacy_split(&option.value, true)
            }
        },
        None => {
            let list = sources.toml_list("prepend_sys_path", input.environment)?;
            list.unwrap_or_default().into_iter().map(|item| item.value).collect()
        }
    };
    Ok(texts.iter().map(|text| absolute(input.current_directory, text)).collect())
}

/// The texts of `version_locations`; none for the default.
pub(super) fn version_locations(
    input: &ConfigInput<'_>,
    sources: &Sources,
    warnings: &mut Vec<ConfigWarning>,
) -> Result<Vec<Setting<String>>, AlembicConfigError> {
    let option = sources.main_option("version_locations", input.environment)?;
    let Some(option) = option.filter(|option| !option.value.is_empty()) else {
        let list = sources.toml_list("version_locations", input.environment)?;
        return Ok(list.unwrap_or_default());
    };
    let names = [PATH_SEPARATOR, VERSION_PATH_SEPARATOR];
    let texts = match separator(input, sources, &names, warnings)? {
        Some(separator) => split(&option.value, separator),
        None => {
            let warning = |place| ConfigWarning::LegacyVersionLocationsSplit { place };
            warnings.extend(option.place.clone().map(warning));
            legacy_split(&option.value, false)
        }
    };
    Ok(texts.into_iter().map(|value| Setting { value, place: option.place.clone() }).collect())
}

/// The first of these options that is there.
fn separator(
    input: &ConfigInput<'_>,
    sources: &Sources,
    names: &[&'static str],
    warnings: &mut Vec<ConfigWarning>,
) -> Result<Option<char>, AlembicConfigError> {
    // `-n DEFAULT`: the options are found, but Alembic knows no such section.
    if !sources.ini().is_some_and(|ini| ini.has_section(&sources.section)) {
        return Err(sources.no_section(&sources.section));
    }
    for &key in names {
        let Some(option) = sources.main_option(key, input.environment)? else { continue };
        let separator = match option.value.as_str() {
            "space" => ' ',
            "newline" => '\n',
            "os" => OS_SEPARATOR,
            ":" => ':',
            ";" => ';',
            _ => {
                let value = option.value;
                let kind = AlembicConfigErrorKind::PathSeparator { key, value };
                return Err(sources.error(kind, option.place.as_ref()));
            }
        };
        if key == VERSION_PATH_SEPARATOR {
            let warning = |place| ConfigWarning::VersionPathSeparator { place };
            warnings.extend(option.place.map(warning));
        }
        return Ok(Some(separator));
    }
    Ok(None)
}

/// Empty entries are left out before white space is removed, so an entry of white space stays as an
/// empty one: the current directory.
fn split(text: &str, separator: char) -> Vec<String> {
    let entries = text.split(separator).filter(|entry| !entry.is_empty());
    entries.map(|entry| crate::ini::strip(entry).to_owned()).collect()
}

/// Alembic's splitting of old: at a comma with the spaces behind it, at spaces, and for
/// `prepend_sys_path` at colons. Empty entries stay, and mean the current directory.
pub(super) fn legacy_split(text: &str, at_colons: bool) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            ',' | ' ' => {
                while characters.next_if_eq(&' ').is_some() {}
                entries.push(String::new());
            }
            ':' if at_colons => entries.push(String::new()),
            c => {
                if let Some(entry) = entries.last_mut() {
                    entry.push(c);
                }
            }
        }
    }
    entries
}

/// A location as Alembic understands it: `package:path` below one of the directories where Python
/// looks for packages, else a path relative to the current directory.
pub(super) fn resolve(
    input: &ConfigInput<'_>,
    sources: &Sources,
    sys_path: &[PathBuf],
    key: &'static str,
    location: &Setting<String>,
) -> Result<PathBuf, AlembicConfigError> {
    let text = location.value.as_str();
    if Path::new(text).is_absolute() || !text.contains(':') {
        return Ok(absolute(input.current_directory, text));
    }
    let mut tokens = text.split(':');
    let package = tokens.next().unwrap_or_default();
    let relative: PathBuf = package.split('.').collect();
    let searched = searched(input, sys_path);
    let found = searched.iter().map(|base| base.join(&relative));
    let named = package.split('.').all(|part| !part.is_empty());
    let found = found.filter(|_| named).find(|path| (input.is_directory)(path));
    let Some(directory) = found else {
        let kind = AlembicConfigErrorKind::PackageNotFound {
            key,
            location: text.to_owned(),
            package: package.to_owned(),
            searched,
        };
        return Err(sources.error(kind, location.place.as_ref()));
    };
    Ok(normalized(&tokens.fold(directory, |path, token| path.join(token))))
}

/// Where Python looks for packages, as far as that can be known without it.
fn searched(input: &ConfigInput<'_>, sys_path: &[PathBuf]) -> Vec<PathBuf> {
    let python_path = (input.environment)("PYTHONPATH").unwrap_or_default();
    let python_path = python_path
        .split(OS_SEPARATOR)
        .filter(|entry| !entry.is_empty())
        .map(|entry| absolute(input.current_directory, entry));
    let mut bases: Vec<PathBuf> = Vec::new();
    let current = normalized(input.current_directory);
    for base in sys_path.iter().cloned().chain(python_path).chain([current]) {
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

/// As Python's `Path(text).absolute()`: without `.` and doubled slashes, but with `..`.
pub(super) fn absolute(current_directory: &Path, text: &str) -> PathBuf {
    normalized(&current_directory.join(text))
}

fn normalized(path: &Path) -> PathBuf {
    path.components().collect()
}
