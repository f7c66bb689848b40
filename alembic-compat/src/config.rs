//! Alembic's configuration: `alembic.ini` and `[tool.alembic]` of `pyproject.toml`.
//!
//! What Alembic itself reads when it opens a script directory is read at once, in Alembic's order,
//! so that the first error is Alembic's too: the fields of [`AlembicConfig`]. What only `env.py` or
//! a single command reads is read when it is asked for, so that a mistake there, or a variable that
//! is not set, does not stop the commands that do not need it: the methods.

mod database_url;
mod error;
mod locations;
mod sources;
mod toml;

use std::path::Path;
use std::path::PathBuf;

pub use error::AlembicConfigError;
pub use error::AlembicConfigErrorKind;
pub use error::ConfigWarning;
pub use error::Place;
pub(crate) use error::quoted;
use sources::Sources;
pub use toml::has_alembic_table;

use crate::hooks::PostWriteHook;
use crate::hooks::PostWriteHookError;
use crate::hooks::read_hook;
use crate::ini::Environment;
use crate::logging::MigrationLogging;
use crate::logging::migration_logging;
use crate::url::Secret;
use crate::url::SqlAlchemyUrl;

/// How revision files are called where no configuration says otherwise.
pub const DEFAULT_FILE_TEMPLATE: &str = "%(rev)s_%(slug)s";

/// How long the slug of a file's name may be where no configuration says otherwise.
pub const DEFAULT_SLUG_LENGTH: usize = 40;

/// The ini section of the hooks, and their key in TOML.
const HOOKS: &str = "post_write_hooks";

/// The options that are read here, beside those that begin with `sqlalchemy.`.
const KNOWN_OPTIONS: [&str; 16] = [
    "databases",
    "file_template",
    "output_encoding",
    "path_separator",
    HOOKS,
    "prepend_sys_path",
    "recursive_version_locations",
    "revision_environment",
    "script_location",
    "sourceless",
    "timezone",
    "truncate_slug_length",
    "version_locations",
    "version_path_separator",
    "version_table",
    "version_table_schema",
];

/// A file of the configuration. `Debug` does not show the text, which may hold passwords.
#[derive(Clone, Copy)]
pub struct ConfigSource<'a> {
    /// Its path, absolute.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
}

/// All that the configuration depends on.
pub struct ConfigInput<'a> {
    /// The ini file, if it exists.
    pub ini: Option<ConfigSource<'a>>,
    /// The `pyproject.toml`, if it exists.
    pub pyproject: Option<ConfigSource<'a>>,
    /// The section of the ini file: `-n`, `alembic` by default.
    pub section: &'a str,
    /// The directory that relative paths begin at, absolute.
    pub current_directory: &'a Path,
    /// The environment's variables.
    pub environment: Environment<'a>,
    /// Whether a path is a directory: for `package:path` locations.
    pub is_directory: &'a dyn Fn(&Path) -> bool,
}

impl std::fmt::Debug for ConfigSource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigSource").field("path", &self.path).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ConfigInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigInput")
            .field("ini", &self.ini)
            .field("pyproject", &self.pyproject)
            .field("section", &self.section)
            .field("current_directory", &self.current_directory)
            .finish_non_exhaustive()
    }
}

/// A value, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it stands; `None` for a default.
    pub place: Option<Place>,
}

impl<T> Setting<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting { value: change(self.value), place: self.place }
    }
}

/// Alembic's configuration.
#[derive(Debug, Clone)]
pub struct AlembicConfig {
    /// The script directory, absolute.
    pub script_location: Setting<PathBuf>,
    /// The script directory as Alembic shows it.
    pub script_location_shown: String,
    /// The directories of the revision files, absolute and at least one; without place the default,
    /// `versions` in the script directory.
    pub version_locations: Vec<Setting<PathBuf>>,
    /// Whether the directories below those hold revision files too.
    pub recursive_version_locations: Setting<bool>,
    /// Whether `.pyc` files without a source are revision files.
    pub sourceless: Setting<bool>,
    /// How revision files are called, for [`format_percent`](crate::format_percent).
    pub file_template: Setting<String>,
    /// How many characters of a message go into the name of a file.
    pub truncate_slug_length: usize,
    /// The name of the time zone of new revisions; `None` is the local one.
    pub timezone: Option<Setting<String>>,
    /// The directories that go before all others where Python looks for modules, absolute.
    pub prepend_sys_path: Vec<PathBuf>,
    /// Whether `revision`, `merge` and `history` run `env.py`.
    pub revision_environment: Setting<bool>,
    /// The encoding of new revision files.
    pub output_encoding: Setting<String>,
    /// The `sqlalchemy.*` options of the section by name, without `sqlalchemy.url`.
    pub sqlalchemy_options: Vec<Setting<String>>,
    /// The options of the section itself, and of `[tool.alembic]`, that Alembic does not know, by
    /// name; `env.py` may read them.
    pub other_options: Vec<Setting<String>>,
    /// What is deprecated.
    pub warnings: Vec<ConfigWarning>,
    sources: Sources,
}

/// One of the `databases` of the template `multidb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseName {
    /// The name, which is also that of its ini section.
    pub name: String,
    /// Where `databases` stands.
    pub place: Option<Place>,
}

/// Reads the configuration.
///
/// # Errors
/// [`AlembicConfigError`], with the place and, where Alembic has one, with its text. Not checked
/// are the existence of the script directory ([`AlembicConfig::check_script_directory`]) and what
/// is read later.
pub fn read_config(input: &ConfigInput<'_>) -> Result<AlembicConfig, AlembicConfigError> {
    let sources = Sources::read(input)?;
    let environment = input.environment;
    let location = sources.text("script_location", environment)?;
    let location = location.ok_or(AlembicConfigErrorKind::NoScriptLocation)?;
    let truncate_slug_length = slug_length(&sources, environment)?;
    let mut warnings = Vec::new();
    let prepend_sys_path = locations::prepend_sys_path(input, &sources, &mut warnings)?;
    let recursive_version_locations =
        sources.boolean("recursive_version_locations", environment)?;
    let resolve = |key, location: &Setting<String>| {
        locations::resolve(input, &sources, &prepend_sys_path, key, location)
    };
    let script_location = resolve("script_location", &location)?;
    let or_default = |setting: Option<Setting<String>>, default: &str| {
        setting.unwrap_or_else(|| Setting { value: default.to_owned(), place: None })
    };
    let file_template = sources.text("file_template", environment)?;
    let sourceless = sources.boolean("sourceless", environment)?;
    let output_encoding = sources.text("output_encoding", environment)?;
    let mut version_locations = Vec::new();
    for location in locations::version_locations(input, &sources, &mut warnings)? {
        let value = resolve("version_locations", &location)?;
        version_locations.push(Setting { value, place: location.place });
    }
    if version_locations.is_empty() {
        version_locations.push(Setting { value: script_location.join("versions"), place: None });
    }
    let timezone = sources.text("timezone", environment)?;
    let revision_environment = revision_environment(&sources, environment)?;
    let (sqlalchemy_options, other_options) = further_options(&sources);
    Ok(AlembicConfig {
        script_location_shown: shown_location(&location.value, &script_location),
        script_location: Setting { value: script_location, place: location.place },
        version_locations,
        recursive_version_locations,
        sourceless,
        file_template: or_default(file_template, DEFAULT_FILE_TEMPLATE),
        truncate_slug_length,
        timezone,
        prepend_sys_path,
        revision_environment,
        output_encoding: or_default(output_encoding, "utf-8"),
        sqlalchemy_options,
        other_options,
        warnings,
        sources,
    })
}

impl AlembicConfig {
    /// The section of the ini file that was read.
    pub fn section(&self) -> &str {
        &self.sources.section
    }

    /// The path of the ini file, where there is one.
    pub fn ini_path(&self) -> Option<&Path> {
        self.sources.ini_path()
    }

    /// Checks that the script directory exists.
    ///
    /// # Errors
    /// It does not; the text is Alembic's.
    pub fn check_script_directory(
        &self,
        exists: &dyn Fn(&Path) -> bool,
    ) -> Result<(), AlembicConfigError> {
        if exists(&self.script_location.value) {
            return Ok(());
        }
        let path = self.script_location_shown.clone();
        let kind = AlembicConfigErrorKind::NoScriptDirectory { path };
        Err(self.sources.error(kind, self.script_location.place.as_ref()))
    }

    /// `sqlalchemy.url`, with `${NAME}` and `${NAME:-default}` replaced; `None` when there is none
    /// or it is empty.
    ///
    /// # Errors
    /// It is the placeholder of the template, it names a variable that is not set, or it is no URL.
    pub fn url(
        &self,
        environment: Environment<'_>,
    ) -> Result<Option<SqlAlchemyUrl>, AlembicConfigError> {
        database_url::read(&self.sources, &self.sources.section, environment)
    }

    /// Where `sqlalchemy.url` stands, whatever it is.
    pub fn url_place(&self) -> Option<Place> {
        let name = database_url::URL_OPTION;
        self.sources
            .ini_place(&self.sources.section, name)
            .or_else(|| self.sources.toml_keys().into_iter().find(|key| key.value == name)?.place)
    }

    /// The names of the `databases` of the template `multidb`; none for a project with one.
    ///
    /// # Errors
    /// The option cannot be interpolated.
    pub fn databases(
        &self,
        environment: Environment<'_>,
    ) -> Result<Vec<DatabaseName>, AlembicConfigError> {
        let Some(option) = self.sources.main_option("databases", environment)? else {
            return Ok(Vec::new());
        };
        let names = option.value.split(',').map(crate::ini::strip).filter(|name| !name.is_empty());
        let name = |name: &str| DatabaseName { name: name.to_owned(), place: option.place.clone() };
        Ok(names.map(name).collect())
    }

    /// The `sqlalchemy.url` in the section of one of the [`databases`](Self::databases).
    ///
    /// # Errors
    /// As [`url`](Self::url); also when there is no such section, with Alembic's text.
    pub fn database_url(
        &self,
        database: &str,
        environment: Environment<'_>,
    ) -> Result<Option<SqlAlchemyUrl>, AlembicConfigError> {
        if !self.sources.ini().is_some_and(|ini| ini.has_section(database)) {
            return Err(self.sources.no_section(database));
        }
        database_url::read(&self.sources, database, environment)
    }

    /// Any option as `env.py` reads it: of the main section, else of `[tool.alembic]`. It may be a
    /// secret.
    ///
    /// # Errors
    /// It cannot be interpolated, or is no text.
    pub fn option(
        &self,
        name: &str,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<Secret>>, AlembicConfigError> {
        Ok(self.sources.text(name, environment)?.map(|setting| setting.map(Secret::new)))
    }

    /// An option of an ini section as `Config.get_section_option` reads it: no variable of the
    /// environment takes part. It may be a secret.
    ///
    /// # Errors
    /// There is no such section, or the option cannot be interpolated.
    pub fn section_option(
        &self,
        section: &str,
        name: &str,
    ) -> Result<Option<Secret>, AlembicConfigError> {
        match self.sources.ini() {
            Some(ini) if !ini.has_section(section) => Err(self.sources.no_section(section)),
            // Without an ini file the section that Alembic runs with is there, and empty.
            None if section != self.section() => Err(self.sources.no_section(section)),
            _ => {
                let found = self.sources.ini_option(section, name, &|_| None)?;
                Ok(found.map(|setting| Secret::new(setting.value)))
            }
        }
    }

    /// The path of the ini file as Alembic shows it, as far as that can be known.
    pub fn ini_shown(&self) -> Option<&str> {
        self.sources.ini_shown()
    }

    /// `version_table`, an option that `env.py` files read by convention.
    ///
    /// # Errors
    /// It cannot be interpolated, or is no text.
    pub fn version_table(
        &self,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        self.sources.text("version_table", environment)
    }

    /// `version_table_schema`, as [`version_table`](Self::version_table).
    ///
    /// # Errors
    /// It cannot be interpolated, or is no text.
    pub fn version_table_schema(
        &self,
        environment: Environment<'_>,
    ) -> Result<Option<Setting<String>>, AlembicConfigError> {
        self.sources.text("version_table_schema", environment)
    }

    /// The post-write hooks, in the order in which they run.
    ///
    /// # Errors
    /// A hook without a key that it needs, with Alembic's text, or with options that cannot be
    /// split. Alembic says so only after it has run the hooks before it.
    pub fn hooks(
        &self,
        environment: Environment<'_>,
    ) -> Result<Vec<PostWriteHook>, AlembicConfigError> {
        let Some(ini) = self.sources.ini().filter(|ini| ini.has_section(HOOKS)) else {
            return self.toml_hooks(environment);
        };
        let Some(names) = self.sources.ini_option(HOOKS, "hooks", environment)? else {
            return Ok(Vec::new());
        };
        let mut hooks = Vec::new();
        let names_list = locations::legacy_split(&names.value, false);
        for name in names_list.iter().filter(|name| !name.is_empty()) {
            // Option names are in lower case, and Alembic looks for the hook's name as it is.
            let lower = name.to_lowercase() == *name;
            let get = |key: &str| {
                let option = format!("{name}.{key}");
                let found = lower.then(|| self.sources.ini_option(HOOKS, &option, environment));
                Ok::<_, AlembicConfigError>(
                    found.transpose()?.flatten().map(|setting| setting.value),
                )
            };
            let place = names.place.clone().unwrap_or_else(|| Place {
                path: self.sources.ini_path().map(Path::to_owned).unwrap_or_default(),
                line: ini.section_line(HOOKS).unwrap_or(1),
            });
            hooks.push(read_hook(name, &place, get).map_err(|error| error.at(&place))?);
        }
        Ok(hooks)
    }

    fn toml_hooks(
        &self,
        environment: Environment<'_>,
    ) -> Result<Vec<PostWriteHook>, AlembicConfigError> {
        let mut hooks = Vec::new();
        for table in self.sources.toml_tables(HOOKS, environment)? {
            let Some(place) = table.place else { continue };
            let find = |key: &str| {
                let entry = table.value.iter().find(|(name, _)| name == key);
                Ok::<_, AlembicConfigError>(entry.map(|(_, value)| value.clone()))
            };
            let Some(name) = find("name")? else {
                return Err(AlembicConfigError::from(PostWriteHookError::NameMissing).at(&place));
            };
            hooks.push(read_hook(&name, &place, find).map_err(|error| error.at(&place))?);
        }
        Ok(hooks)
    }

    /// What the logging sections of the ini file say of the lines `Running upgrade ...`.
    pub fn migration_logging(&self) -> MigrationLogging {
        self.sources.ini().map_or(MigrationLogging::UNCONFIGURED, migration_logging)
    }
}

fn slug_length(
    sources: &Sources,
    environment: Environment<'_>,
) -> Result<usize, AlembicConfigError> {
    let key = "truncate_slug_length";
    let Some(setting) = sources.scalar(key, environment)? else { return Ok(DEFAULT_SLUG_LENGTH) };
    let number = crate::url::python_int(&setting.value).and_then(|n| usize::try_from(n).ok());
    match number {
        Some(0) => Ok(DEFAULT_SLUG_LENGTH),
        Some(number) => Ok(number),
        None => {
            let kind = AlembicConfigErrorKind::NotANumber { key, value: setting.value };
            Err(sources.error(kind, setting.place.as_ref()))
        }
    }
}

fn revision_environment(
    sources: &Sources,
    environment: Environment<'_>,
) -> Result<Setting<bool>, AlembicConfigError> {
    let key = "revision_environment";
    let Some(setting) = sources.scalar(key, environment)? else {
        return Ok(Setting { value: false, place: None });
    };
    match as_bool(&setting.value) {
        Some(value) => Ok(Setting { value, place: setting.place }),
        None => {
            let value = crate::ini::strip(&setting.value).to_lowercase();
            let kind = AlembicConfigErrorKind::NotABoolean { key, value };
            Err(sources.error(kind, setting.place.as_ref()))
        }
    }
}

/// A boolean as SQLAlchemy's `asbool` reads a text.
pub(crate) fn as_bool(text: &str) -> Option<bool> {
    match crate::ini::strip(text).to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// The names of the `sqlalchemy.*` options and of the unknown ones.
fn further_options(sources: &Sources) -> (Vec<Setting<String>>, Vec<Setting<String>>) {
    let mut sqlalchemy = Vec::new();
    let mut other = Vec::new();
    for option in sources.own_ini_options(&sources.section).into_iter().chain(sources.toml_keys()) {
        let name = option.value.as_str();
        if name == database_url::URL_OPTION || KNOWN_OPTIONS.contains(&name) {
            continue;
        }
        let list = if name.starts_with("sqlalchemy.") { &mut sqlalchemy } else { &mut other };
        list.push(option);
    }
    (sqlalchemy, other)
}

/// The script directory as Alembic's messages show it: as written, but as Python's `Path` has it.
fn shown_location(written: &str, resolved: &Path) -> String {
    if !Path::new(written).is_absolute() && written.contains(':') {
        return resolved.display().to_string();
    }
    let path: PathBuf = Path::new(written)
        .components()
        .filter(|component| *component != std::path::Component::CurDir)
        .collect();
    let shown = path.display().to_string();
    if shown.is_empty() { ".".to_owned() } else { shown }
}

#[cfg(test)]
mod tests;
