//! What the commands of one invocation share: configuration, revisions and the graph.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::db::TableName;
use crate::env::DatabaseSettings;
use crate::env::Project;
use crate::env::Routed;
use crate::env::Variables;
use crate::script::LoadOptions;
use crate::script::Revisions;
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
        let has_part = |database: &&DatabaseSettings| database.branches.is_some();
        let parts = project.databases.iter().filter(has_part);
        let parts = parts.map(|database| (database.name.clone(), OnceCell::new())).collect();
        Ok(Context { globals, project, revisions, parts })
    }

    /// The directory of the configuration file.
    pub(super) fn directory(&self) -> &Path {
        self.project.config_path.parent().unwrap_or(Path::new("."))
    }

    /// The names given by `--database` and `-x db=`.
    pub(super) fn chosen_names(&self) -> Result<Vec<String>, CliError> {
        let mut names = self.globals.databases.clone();
        for argument in &self.globals.extra {
            match argument.split_once('=') {
                Some(("db", name)) => names.push(name.to_owned()),
                _ => return Err(CliError::ExtraArgument { argument: argument.clone() }),
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
            let url = url.parse::<DatabaseUrl>()?;
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

/// The database of a project that configures none and is given a URL.
fn unnamed_database(url: DatabaseUrl) -> DatabaseSettings {
    DatabaseSettings {
        name: "main".to_owned(),
        url: Ok(url),
        branches: None,
        version_table: TableName::new("alembic_version"),
        version_num_length: DEFAULT_ROW_LENGTH,
        journal_table: TableName::new("limbeck_journal"),
        lock: LockMode::Session,
    }
}

/// Reads the configuration that the command line names.
fn load_project(globals: &Globals) -> Result<Project, CliError> {
    let path: PathBuf = std::path::absolute(&globals.config)?;
    if path.extension().is_some_and(|extension| extension != "toml") {
        return Err(CliError::ForeignConfig { path: globals.config.clone() });
    }
    if !path.exists() {
        let has_alembic_ini = path.with_file_name("alembic.ini").exists();
        return Err(CliError::NoConfig { path: globals.config.clone(), has_alembic_ini });
    }
    let lookup = |name: &str| std::env::var(name).ok();
    Ok(Project::load(&path, Variables::new(&lookup))?)
}
