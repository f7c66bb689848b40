//! The two files, and how a key is looked up in them: the ini section first, then `[tool.alembic]`.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use super::ConfigInput;
use super::Place;
use super::Setting;
use super::error::AlembicConfigError;
use super::error::AlembicConfigErrorKind;
use super::toml::TomlItem;
use super::toml::TomlValue;
use super::toml::read_alembic_table;
use super::toml::source_line;
use crate::ini::Environment;
use crate::ini::Fragment;
use crate::ini::Ini;
use crate::ini::IniError;
use crate::ini::shown_name;
use crate::percent::PercentError;
use crate::percent::Value;
use crate::percent::format_percent;
use crate::secrets::may_hold_secret;

/// A table of texts in TOML.
pub(super) type TextTable = Setting<Vec<(String, String)>>;

/// The files of a configuration. `Debug` shows no value.
#[derive(Clone)]
pub(super) struct Sources {
    pub(super) section: String,
    ini: Option<IniSource>,
    toml: Option<TomlSource>,
}

#[derive(Clone)]
struct IniSource {
    path: PathBuf,
    /// The path as Alembic would show it, as far as that can be known.
    shown: String,
    ini: Ini,
}

#[derive(Clone)]
struct TomlSource {
    path: PathBuf,
    here: String,
    text: String,
    entries: Vec<(String, TomlItem)>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("section", &self.section)
            .field("ini", &self.ini.as_ref().map(|source| &source.path))
            .field("toml", &self.toml.as_ref().map(|source| &source.path))
            .finish()
    }
}

impl Sources {
    pub(super) fn read(input: &ConfigInput<'_>) -> Result<Sources, AlembicConfigError> {
        let mut sources = Sources { section: input.section.to_owned(), ini: None, toml: None };
        if let Some(source) = &input.ini {
            let path = source.path.to_owned();
            let ini = Ini::parse(source.text).map_err(|error| in_ini(error, &path))?;
            let ini = ini.with_here(&directory_of(&path));
            let shown = path.strip_prefix(input.current_directory).unwrap_or(&path);
            let shown = shown.display().to_string();
            sources.ini = Some(IniSource { path, shown, ini });
        }
        if let Some(source) = &input.pyproject {
            let path = source.path.to_owned();
            let entries = read_alembic_table(source.text).map_err(|error| error.in_file(&path))?;
            let (here, text) = (directory_of(&path), source.text.to_owned());
            sources.toml = Some(TomlSource { path, here, text, entries });
        }
        Ok(sources)
    }

    pub(super) fn ini(&self) -> Option<&Ini> {
        self.ini.as_ref().map(|source| &source.ini)
    }

    pub(super) fn ini_path(&self) -> Option<&Path> {
        self.ini.as_ref().map(|source| source.path.as_path())
    }

    pub(super) fn ini_shown(&self) -> Option<&str> {
        self.ini.as_ref().map(|source| source.shown.as_str())
    }

    /// The options of an ini section itself, with their places.
    pub(super) fn own_ini_options(&self, section: &str) -> Vec<Setting<String>> {
        let Some(source) = &self.ini else { return Vec::new() };
        let place = |line| Some(Place { path: source.path.clone(), line });
        let options = source.ini.own_options(section);
        options.map(|(name, line)| Setting { value: name.to_owned(), place: place(line) }).collect()
    }

    /// Where an option stands that an ini section has, itself or from `[DEFAULT]`.
    pub(super) fn ini_place(&self, section: &str, name: &str) -> Option<Place> {
        let IniSource { path, ini, .. } = self.ini.as_ref()?;
        let line = ini.raw(section, name)?.line;
        Some(Place { path: path.clone(), line })
    }

    pub(super) fn toml_keys(&self) -> Vec<Setting<String>> {
        let Some(source) = &self.toml else { return Vec::new() };
        let entries = source.entries.iter();
        entries
            .map(|(name, item)| Setting {
                value: name.clone(),
                place: Some(source.place(item.line)),
            })
            .collect()
    }

    /// An option of an ini section.
    pub(super) fn ini_option(
        &self,
        section: &str,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        Ok(self.ini_fragments(section, name, environment)?.map(|setting| {
            setting.map(|fragments| fragments.into_iter().map(|fragment| fragment.text).collect())
        }))
    }

    pub(super) fn ini_fragments(
        &self,
        section: &str,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<Vec<Fragment>>>, AlembicConfigError> {
        let Some(IniSource { path, ini, .. }) = &self.ini else { return Ok(None) };
        let found =
            ini.fragments(section, name, environment).map_err(|error| in_ini(error, path))?;
        Ok(found.map(|(value, line)| Setting {
            value,
            place: Some(Place { path: path.clone(), line }),
        }))
    }

    /// An option of the main section, as `Config.get_main_option` without its error.
    pub(super) fn main_option(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        self.ini_option(&self.section, name, environment)
    }

    /// A text, as `Config.get_alembic_option` finds it.
    pub(super) fn text(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        if let Some(found) = self.main_option(name, environment)? {
            return Ok(Some(found));
        }
        let Some((source, item)) = self.toml_item(name)? else { return Ok(None) };
        match &item.value {
            TomlValue::Text(text) => {
                let value = source.format(name, text, item.line, environment)?;
                Ok(Some(Setting { value, place: Some(source.place(item.line)) }))
            }
            other => Err(source.wrong_type(name, item.line, "a string", other)),
        }
    }

    /// A list of texts in TOML.
    pub(super) fn toml_list(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Vec<Setting<String>>>, AlembicConfigError> {
        let Some((source, item)) = self.toml_item(name)? else { return Ok(None) };
        let TomlValue::List(items) = &item.value else {
            return Err(source.wrong_type(name, item.line, "an array of strings", &item.value));
        };
        let texts = items.iter().map(|item| match &item.value {
            TomlValue::Text(text) => Ok(Setting {
                value: source.format(name, text, item.line, environment)?,
                place: Some(source.place(item.line)),
            }),
            other => Err(source.wrong_type(name, item.line, "an array of strings", other)),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// The tables of an array of tables in TOML, each with its place.
    pub(super) fn toml_tables(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Vec<TextTable>, AlembicConfigError> {
        let Some((source, item)) = self.toml_item(name)? else { return Ok(Vec::new()) };
        let expected = "an array of tables of strings";
        let TomlValue::List(items) = &item.value else {
            return Err(source.wrong_type(name, item.line, expected, &item.value));
        };
        let mut tables = Vec::new();
        for item in items {
            let TomlValue::Table(entries) = &item.value else {
                return Err(source.wrong_type(name, item.line, expected, &item.value));
            };
            let mut table = Vec::new();
            for (key, entry) in entries {
                let TomlValue::Text(text) = &entry.value else {
                    return Err(source.wrong_type(name, entry.line, expected, &entry.value));
                };
                table.push((key.clone(), source.format(name, text, entry.line, environment)?));
            }
            tables.push(Setting { value: table, place: Some(source.place(item.line)) });
        }
        Ok(tables)
    }

    /// A boolean as `Config.get_alembic_boolean_option` reads it: exactly `true` in the ini file, a
    /// boolean in TOML.
    pub(super) fn boolean(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Setting<bool>, AlembicConfigError> {
        if let Some(found) = self.main_option(name, environment)? {
            return Ok(found.map(|text| text == "true"));
        }
        let Some((source, item)) = self.toml_entry(name) else {
            return Ok(Setting { value: false, place: None });
        };
        let TomlValue::Boolean(value) = item.value else {
            let kind = AlembicConfigErrorKind::BooleanExpected { key: name.to_owned() };
            return Err(source.error(kind, item.line));
        };
        Ok(Setting { value, place: Some(source.place(item.line)) })
    }

    /// A text, number or boolean, as a text: what Python's `int` and `asbool` are given.
    pub(super) fn scalar(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        if let Some(found) = self.main_option(name, environment)? {
            return Ok(Some(found));
        }
        let Some((source, item)) = self.toml_item(name)? else { return Ok(None) };
        let value = match item.value {
            TomlValue::Integer(number) => number.to_string(),
            TomlValue::Boolean(value) => value.to_string(),
            _ => return self.text(name, environment),
        };
        Ok(Some(Setting { value, place: Some(source.place(item.line)) }))
    }

    /// Alembic's error for a section that is not there.
    pub(super) fn no_section(&self, section: &str) -> AlembicConfigError {
        let file = self.ini.as_ref().map(|source| source.shown.clone());
        AlembicConfigErrorKind::NoSection { file, section: section.to_owned() }.into()
    }

    /// An error about a value, at its place.
    pub(super) fn error(
        &self,
        kind: AlembicConfigErrorKind,
        place: Option<&Place>,
    ) -> AlembicConfigError {
        let source_line = place.and_then(|place| {
            let ini = self.ini.as_ref().filter(|source| source.path == place.path);
            let toml = self.toml.as_ref().filter(|source| source.path == place.path);
            ini.and_then(|source| source.ini.source_line(place.line))
                .or_else(|| toml.and_then(|source| source_line(&source.text, place.line)))
        });
        AlembicConfigError { kind, place: place.cloned(), column: None, source_line }
    }

    /// A key of `[tool.alembic]`, of a type that Alembic supports.
    fn toml_item(
        &self,
        name: &str,
    ) -> Result<Option<(&TomlSource, &TomlItem)>, AlembicConfigError> {
        let Some((source, item)) = self.toml_entry(name) else { return Ok(None) };
        if matches!(item.value, TomlValue::Unsupported) {
            let kind = AlembicConfigErrorKind::UnsupportedTomlType { key: name.to_owned() };
            return Err(source.error(kind, item.line));
        }
        Ok(Some((source, item)))
    }

    fn toml_entry(&self, name: &str) -> Option<(&TomlSource, &TomlItem)> {
        let source = self.toml.as_ref()?;
        let (_, item) = source.entries.iter().find(|(key, _)| key == name)?;
        Some((source, item))
    }
}

impl TomlSource {
    fn place(&self, line: usize) -> Place {
        Place { path: self.path.clone(), line }
    }

    fn error(&self, kind: AlembicConfigErrorKind, line: usize) -> AlembicConfigError {
        let source_line = source_line(&self.text, line);
        AlembicConfigError { kind, place: Some(self.place(line)), column: None, source_line }
    }

    fn wrong_type(
        &self,
        key: &str,
        line: usize,
        expected: &'static str,
        found: &TomlValue,
    ) -> AlembicConfigError {
        let kind = match found {
            TomlValue::Unsupported => {
                AlembicConfigErrorKind::UnsupportedTomlType { key: key.to_owned() }
            }
            found => {
                let (key, found) = (key.to_owned(), found.type_name());
                AlembicConfigErrorKind::TomlType { key, expected, found }
            }
        };
        self.error(kind, line)
    }

    /// `text % {"here": ...}`, with the environment behind `here`.
    fn format(
        &self,
        key: &str,
        text: &str,
        line: usize,
        environment: Environment<'_>,
    ) -> Result<String, AlembicConfigError> {
        let lookup = |name: &str| {
            let value = (name == "here").then(|| self.here.clone());
            let from_environment =
                || environment(name).or_else(|| environment(&name.to_uppercase()));
            value.or_else(from_environment).map(Value::Text)
        };
        format_percent(text, lookup).map_err(|error| {
            let key = key.to_owned();
            let kind = match error {
                PercentError::UnknownToken { name, .. } => {
                    let variable = shown_name(&name).to_owned();
                    AlembicConfigErrorKind::UnknownVariable { key, variable }
                }
                error => {
                    // The error quotes what follows the '%', which may be a piece of a password.
                    let message = if may_hold_secret(text) {
                        "a '%' begins neither '%%' nor '%(name)s'".to_owned()
                    } else {
                        error.to_string()
                    };
                    AlembicConfigErrorKind::TomlPercent { key, message }
                }
            };
            let mut error = self.error(kind, line);
            if may_hold_secret(text) {
                error.source_line = None;
            }
            error
        })
    }
}

fn in_ini(error: IniError, path: &Path) -> AlembicConfigError {
    AlembicConfigError {
        kind: AlembicConfigErrorKind::Ini(error.kind),
        place: Some(Place { path: path.to_owned(), line: error.line }),
        column: Some(error.column),
        source_line: error.source_line,
    }
}

/// What `%(here)s` stands for.
fn directory_of(path: &Path) -> String {
    path.parent().unwrap_or(path).to_string_lossy().into_owned()
}
