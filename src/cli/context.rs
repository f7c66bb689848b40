//! What the commands of one invocation share: configuration, revisions and the graph.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::env::AlembicProject;
use crate::env::ConfigFiles;
use crate::env::ConfigPlace;
use crate::env::DatabaseSettings;
use crate::env::Project;
use crate::env::Routed;
use crate::env::Tables;
use crate::env::Variables;
use crate::env::alembic_url;
use crate::exec::Journal;
use crate::script::LoadOptions;
use crate::script::Revisions;
use crate::ui::Log;
use crate::ui::Output;

use super::arguments::Globals;
use super::error::CliError;

/// The project at hand.
pub(super) struct Context {
    pub(super) globals: Globals,
    pub(super) project: Project,
    pub(super) revisions: Revisions,
    /// The part of the graph of each database that does not take all of it, from the moment it is
    /// asked for.
    pub(super) parts: BTreeMap<String, OnceCell<Routed>>,
}

impl Context {
    /// Reads the configuration and every revision.
    pub(super) fn load(globals: Globals, output: &mut Output<'_>) -> Result<Self, CliError> {
        let project = load_project(&globals)?;
        // Where Alembic would be silent for want of a logger, a run is told in our own words.
        if let Some(shows_info) = project.alembic.as_ref().and_then(AlembicProject::logs_info) {
            output.set_log(Log::Alembic { shows_info });
        }
        let locations = &project.scripts.version_locations;
        let diesel_labels = match &project.scripts.diesel_label {
            Some(label) => locations.iter().map(|at| (at.clone(), label.clone())).collect(),
            None => Vec::new(),
        };
        let options = LoadOptions { recursive: project.scripts.recursive, diesel_labels };
        let revisions = Revisions::load(locations, &options)?;
        for warning in revisions.graph().warnings() {
            output.insist(format_args!("warning: {warning}"));
        }
        Ok(Context::new(globals, project, revisions))
    }

    /// The project with these revisions.
    pub(super) fn new(globals: Globals, project: Project, revisions: Revisions) -> Self {
        let has_part = |database: &&DatabaseSettings| database.branches.is_some();
        let parts = project.databases.iter().filter(has_part);
        let parts = parts.map(|database| (database.name.clone(), OnceCell::new())).collect();
        Context { globals, project, revisions, parts }
    }

    /// The directory of the configuration file.
    pub(super) fn directory(&self) -> &Path {
        self.project.config_path.parent().unwrap_or(Path::new("."))
    }

    /// The names given by `--database` and `-x db=`.
    pub(super) fn chosen_names(&self) -> Result<Vec<String>, CliError> {
        let mut names = self.globals.databases.clone();
        for argument in &self.globals.extra {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            let is_known = self.project.databases.iter().any(|database| database.name == value);
            match &self.project.alembic {
                None if key == "db" => names.push(value.to_owned()),
                None => return Err(CliError::ExtraArgument { key: key.to_owned() }),
                // Where there are several, it can mean nothing else.
                Some(_) if key == "db" && (is_known || self.project.databases.len() > 1) => {
                    names.push(value.to_owned());
                }
                // Alembic takes any; what it does is up to env.py.
                Some(alembic) => check_x_argument(alembic, key)?,
            }
        }
        Ok(names)
    }

    /// The databases of this invocation, in the order of the file: the chosen ones, or all. A
    /// `--url` is the URL of the only one.
    pub(super) fn databases(&self) -> Result<Vec<Cow<'_, DatabaseSettings>>, CliError> {
        let names = self.chosen_names()?;
        let known = || self.project.databases.iter().map(|d| d.name.clone()).collect();
        if let Some(name) =
            names.iter().find(|name| self.project.databases.iter().all(|d| d.name != **name))
        {
            return Err(CliError::NoSuchDatabase { name: name.clone(), known: known() });
        }
        let mut databases: Vec<Cow<'_, DatabaseSettings>> = self
            .project
            .databases
            .iter()
            .filter(|database| names.is_empty() || names.contains(&database.name))
            .map(Cow::Borrowed)
            .collect();
        // An empty variable is an unset one, as compose files write it.
        if let Some(url) = self.globals.url.as_ref().filter(|url| !url.is_empty()) {
            let url = match &self.project.alembic {
                Some(_) => alembic_url(url)?,
                None => url.parse::<DatabaseUrl>()?,
            };
            match databases.as_mut_slice() {
                [database] => database.to_mut().url = Ok(url),
                [] => databases.push(Cow::Owned(unnamed_database(url))),
                several => {
                    let names = several.iter().map(|d| d.name.clone()).collect();
                    return Err(CliError::UrlForSeveral { names });
                }
            }
        }
        if databases.is_empty() { Err(CliError::NoDatabase) } else { Ok(databases) }
    }
}

/// Refuses a `-x` argument with which env.py does something that limbeck does not.
fn check_x_argument(alembic: &AlembicProject, key: &str) -> Result<(), CliError> {
    let finding = alembic.env.as_ref().and_then(|env| Some((env, env.unfollowed_argument(key)?)));
    match finding {
        None => Ok(()),
        Some((env, finding)) => Err(CliError::EnvArgument {
            key: key.to_owned(),
            path: env.path.clone(),
            position: finding.position.clone(),
        }),
    }
}

/// The database of a project that configures none and is given a URL.
fn unnamed_database(url: DatabaseUrl) -> DatabaseSettings {
    DatabaseSettings {
        name: "main".to_owned(),
        url: Ok(url),
        is_own_url: true,
        branches: None,
        tables: Ok(Tables::default()),
        journal: Journal::Always,
        lock: LockMode::Session,
    }
}

/// Reads the configuration that the command line names.
pub(super) fn load_project(globals: &Globals) -> Result<Project, CliError> {
    let directory = std::env::current_dir()?;
    // An empty variable is an unset one.
    let alembic_config = std::env::var_os("ALEMBIC_CONFIG").filter(|path| !path.is_empty());
    let alembic_config = alembic_config.as_ref().map(Path::new);
    let given: Vec<PathBuf> =
        globals.config.iter().filter(|path| !path.as_os_str().is_empty()).cloned().collect();
    let files = ConfigFiles::choose(&given, alembic_config, &directory)?;
    let place =
        ConfigPlace { section: &globals.name, directory: &directory, x_arguments: &globals.extra };
    Ok(Project::load(&files, place, variables())?)
}

/// The environment of the process.
pub(super) fn variables() -> Variables<'static> {
    Variables::new(&|name| std::env::var(name).ok())
}
