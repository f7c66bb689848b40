//! What the commands of one invocation share: configuration, revisions and the graph.

use std::borrow::Cow;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::db::DatabaseUrl;
use crate::env::AlembicProject;
use crate::env::ConfigFiles;
use crate::env::ConfigPlace;
use crate::env::DatabaseSettings;
use crate::env::Examined;
use crate::env::Project;
use crate::env::SharedSite;
use crate::script::LoadOptions;
use crate::script::LoadedScripts;
use crate::script::Repeatables;
use crate::script::Revisions;
use crate::script::ScriptDirectory;
use crate::script::ScriptError;
use crate::ui::Log;
use crate::ui::Output;

use super::arguments::Globals;
use super::choice::chosen_databases;
use super::choice::chosen_names;
use super::choice::shared_with_chosen;
use super::environment::Environment;
use super::error::CliError;
use super::python_modules::header_values;
use super::routing::Parts;

/// The project at hand.
pub(super) struct Context {
    pub(super) globals: Globals,
    pub(super) environment: Environment,
    pub(super) project: Project,
    pub(super) revisions: Revisions,
    /// How the graph is divided among the databases, from the moment it is asked for.
    pub(super) parts: Parts,
    pub(super) repeatables: Arc<Repeatables>,
}

impl Context {
    /// Reads the configuration and every revision, for a command that changes no database.
    pub(super) fn load(globals: Globals, output: &mut Output<'_>) -> Result<Self, CliError> {
        let context = Self::load_unchecked(globals, output)?;
        context.warn_of_shared_sites(output);
        Ok(context)
    }

    /// The same for a command that may.
    pub(super) fn load_to_write(
        globals: Globals,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        let context = Self::load_unchecked(globals, output)?;
        context.refuse_shared_sites()?;
        Ok(context)
    }

    /// The same for a command that looks at databases, whatever is wrong with the rest: what keeps
    /// anybody from knowing the history comes beside the project, whose history is then empty.
    pub(super) fn load_to_look(
        globals: Globals,
        output: &mut Output<'_>,
    ) -> Result<(Self, Vec<CliError>), CliError> {
        let environment = Environment::read(&globals)?;
        let Examined { project, problems } = examine_project(&globals, &environment)?;
        let mut flaws: Vec<CliError> = problems.into_iter().map(CliError::Config).collect();
        let revisions = match read_revisions(&project) {
            Ok(revisions) => revisions,
            Err(error) => {
                flaws.push(error);
                Revisions::build(LoadedScripts::default())?
            }
        };
        let repeatables = read_repeatables(&project, &revisions).unwrap_or_else(|error| {
            flaws.push(error);
            Repeatables::default()
        });
        let context = Self::with(globals, environment, project, revisions, repeatables, output)?;
        context.warn_of_shared_sites(output);
        Ok((context, flaws))
    }

    fn load_unchecked(globals: Globals, output: &mut Output<'_>) -> Result<Self, CliError> {
        let environment = Environment::read(&globals)?;
        let project = load_project(&globals, &environment)?;
        Self::of(globals, environment, project, output)
    }

    /// The same for a command that may, with `complete` asked to make up for what is missing among
    /// the files.
    pub(super) fn load_incomplete(
        globals: Globals,
        output: &mut Output<'_>,
        complete: impl FnOnce(LoadedScripts) -> LoadedScripts,
    ) -> Result<Self, CliError> {
        let environment = Environment::read(&globals)?;
        let project = load_project(&globals, &environment)?;
        let revisions = Revisions::build(complete(read_scripts(&project)?))?;
        let repeatables = read_repeatables(&project, &revisions)?;
        let context = Self::with(globals, environment, project, revisions, repeatables, output)?;
        context.refuse_shared_sites()?;
        Ok(context)
    }

    /// Refuses to write to databases that are one and the same, or that keep one journal.
    pub(super) fn refuse_shared_sites(&self) -> Result<(), CliError> {
        match self.shared_sites().into_iter().next() {
            None => Ok(()),
            Some(shared) => Err(Arc::new(shared.into_error(&self.project.config_path)).into()),
        }
    }

    /// Warns of them.
    pub(super) fn warn_of_shared_sites(&self, output: &mut Output<'_>) {
        for shared in self.shared_sites() {
            let error = shared.into_error(&self.project.config_path);
            output.insist(format_args!("warning: {error}"));
        }
    }

    /// What the chosen databases share and must not. A wrong choice is told by whoever needs it.
    fn shared_sites(&self) -> Vec<SharedSite> {
        if self.project.databases.len() < 2 {
            return Vec::new();
        }
        self.databases()
            .map_or_else(|_| Vec::new(), |chosen| shared_with_chosen(&self.project, &chosen))
    }

    /// Reads every revision of `project`.
    pub(super) fn of(
        globals: Globals,
        environment: Environment,
        project: Project,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        let revisions = read_revisions(&project)?;
        let repeatables = read_repeatables(&project, &revisions)?;
        Self::with(globals, environment, project, revisions, repeatables, output)
    }

    fn with(
        globals: Globals,
        environment: Environment,
        project: Project,
        revisions: Revisions,
        repeatables: Repeatables,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        // Where Alembic would be silent for want of a logger, a run is told in our own words.
        if let Some(shows_info) = project.alembic.as_ref().and_then(AlembicProject::logs_info) {
            output.set_log(Log::Alembic { shows_info });
        }
        for warning in revisions.graph().warnings() {
            output.insist(format_args!("warning: {warning}"));
        }
        let parts = Parts::of(&project);
        let repeatables = Arc::new(repeatables);
        let context = Context { globals, environment, project, revisions, parts, repeatables };
        context.warn_of_ignored_routes(output)?;
        Ok(context)
    }

    /// The directory of the configuration file.
    pub(super) fn directory(&self) -> &Path {
        self.project.config_path.parent().unwrap_or(Path::new("."))
    }

    /// The databases that `--database` and `-x db=` choose, in the order of the file; none where
    /// neither is given.
    pub(super) fn chosen_names(&self) -> Result<Vec<String>, CliError> {
        chosen_names(&self.globals, &self.project)
    }

    /// Where a database is, once its tables can be named too; else all that the configuration lacks.
    pub(super) fn place_of(
        &self,
        settings: &DatabaseSettings,
    ) -> Result<DatabaseUrl, Vec<CliError>> {
        match (self.project.url(settings), &settings.tables) {
            (Ok(url), Ok(_)) => Ok(url),
            (url, tables) => Err(url
                .err()
                .into_iter()
                .chain(tables.as_ref().err().cloned())
                .map(|error| CliError::Unconfigured { database: settings.name.clone(), error })
                .collect()),
        }
    }

    /// The databases of this invocation, in the order of the file: the chosen ones, or all. A
    /// `--url` is the URL of the only one.
    pub(super) fn databases(&self) -> Result<Vec<Cow<'_, DatabaseSettings>>, CliError> {
        chosen_databases(&self.globals, &self.project)
    }
}

/// Reads every revision of `project`.
fn read_revisions(project: &Project) -> Result<Revisions, CliError> {
    Ok(Revisions::build(read_scripts(project)?)?)
}

/// Reads every repeatable script of `project`.
fn read_repeatables(project: &Project, revisions: &Revisions) -> Result<Repeatables, CliError> {
    let Some(directory) = &project.scripts.repeatable else { return Ok(Repeatables::default()) };
    let repeatables = Repeatables::load(directory, revisions.graph())?;
    for script in repeatables.scripts().filter(|script| script.branches.is_empty()) {
        let names = &script.options.databases;
        let of_tenants = |database: &&DatabaseSettings| {
            database.tenants.is_some() && (names.is_empty() || names.contains(&database.name))
        };
        if let Some(database) = project.databases.iter().find(of_tenants) {
            return Err(ScriptError::from(script.without_branches(&database.name)).into());
        }
    }
    Ok(repeatables)
}

fn read_scripts(project: &Project) -> Result<LoadedScripts, CliError> {
    let locations = project.scripts.version_locations.clone();
    let diesel_labels = match &project.scripts.diesel_label {
        Some(label) => locations.iter().map(|at| (at.clone(), label.clone())).collect(),
        None => Vec::new(),
    };
    let options = LoadOptions {
        recursive: project.scripts.recursive,
        diesel_labels,
        headers: header_values(project),
        // Alembic looks at nothing but `.py` files.
        passes_over_sql: project.alembic.is_some(),
    };
    Ok(ScriptDirectory { locations }.load(&options)?)
}

/// Reads the configuration that the command line names.
pub(super) fn load_project(
    globals: &Globals,
    environment: &Environment,
) -> Result<Project, CliError> {
    Ok(examine_project(globals, environment)?.flawless()?)
}

/// The same, whatever mistakes are in it.
pub(super) fn examine_project(
    globals: &Globals,
    environment: &Environment,
) -> Result<Examined, CliError> {
    let directory = std::env::current_dir()?;
    // An empty variable is an unset one.
    let alembic_config = std::env::var_os("ALEMBIC_CONFIG").filter(|path| !path.is_empty());
    let alembic_config = alembic_config.as_ref().map(Path::new);
    let given: Vec<PathBuf> =
        globals.config.iter().filter(|path| !path.as_os_str().is_empty()).cloned().collect();
    let files = ConfigFiles::choose(&given, alembic_config, &directory)?;
    let place = ConfigPlace {
        section: &globals.name,
        directory: &directory,
        x_arguments: &globals.extra,
        server: &globals.server(),
        reads_dotenv: environment.files().is_empty(),
    };
    Ok(Project::examine(&files, place, environment.variables())?)
}
