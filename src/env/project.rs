//! A project: its configuration with everything resolved.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::bounded_file;
use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::DatabaseUrl;

use super::alembic::AlembicProject;
use super::alembic::ConfigPlace;
use super::config_file;
use super::config_file::ConfigFile;
use super::database::DatabaseSettings;
use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::files::ConfigFiles;
use super::fleet::FleetSettings;
use super::scripts::ScriptSettings;
use super::text::ServerFlags;
use super::text::Text;
use super::variable_file::VariableFile;
use super::variables::Variables;
use super::watching::OnFailureSettings;

/// A project as its configuration describes it.
#[derive(Debug, Clone)]
pub struct Project {
    /// The configuration file; in an Alembic project the ini file, where there is one.
    pub config_path: PathBuf,
    /// All files that the configuration consists of.
    pub files: Vec<PathBuf>,
    /// What Alembic's own files say, where there are such.
    pub alembic: Option<AlembicProject>,
    /// Where its scripts are and how they run.
    pub scripts: ScriptSettings,
    /// Its databases, in the order of the file.
    pub databases: Vec<DatabaseSettings>,
    /// What is done when a run has failed.
    pub on_failure: OnFailureSettings,
    /// Where rollouts over many machines are kept.
    pub fleet: FleetSettings,
    /// The `.env` beside `limbeck.toml`, where it has been read: for that file alone.
    pub own_variables: Option<VariableFile>,
}

/// A configuration that may have mistakes in it.
#[derive(Debug)]
pub struct Examined {
    /// What there is beside the mistakes.
    pub project: Project,
    /// The mistakes that keep every command from running.
    pub problems: Vec<Arc<ConfigError>>,
}

impl Examined {
    /// The project, if nothing keeps commands from running.
    ///
    /// # Errors
    /// The first mistake.
    pub fn flawless(self) -> Result<Project, Arc<ConfigError>> {
        match self.problems.into_iter().next() {
            None => Ok(self.project),
            Some(problem) => Err(problem),
        }
    }
}

impl Project {
    /// Reads the configuration in `files`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn load(
        files: &ConfigFiles,
        place: ConfigPlace<'_>,
        variables: Variables<'_>,
    ) -> Result<Self, Arc<ConfigError>> {
        Self::examine(files, place, variables)?.flawless()
    }

    /// Reads the configuration in `files`, and goes on after mistakes where that is possible.
    ///
    /// # Errors
    /// [`ConfigError`], where nothing can be said of the rest.
    pub fn examine(
        files: &ConfigFiles,
        place: ConfigPlace<'_>,
        variables: Variables<'_>,
    ) -> Result<Examined, ConfigError> {
        let alembic = AlembicProject::load(files, place, variables)?;
        let text = match &files.limbeck {
            Some(path) => bounded_file::read_text(path, bounded_file::SMALL)
                .map_err(|error| ConfigError::of(path, ConfigErrorKind::Unreadable(error)))?,
            None => String::new(),
        };
        let path = files.limbeck.as_deref().unwrap_or(files.main());
        let own_variables = if place.reads_dotenv && files.limbeck.is_some() {
            VariableFile::beside(path, &text, variables)?
        } else {
            None
        };
        let own = own_variables.as_slice();
        let with_own = if own.is_empty() { variables } else { variables.with_files(own) };
        let mut examined = Self::build(path, &text, alembic, [with_own, variables], place.server)?;
        let project = &mut examined.project;
        project.config_path = files.main().to_owned();
        project.files = files.all();
        project.own_variables = own_variables;
        Ok(examined)
    }

    /// The longest id that the version table of every database holds, as configured.
    pub fn longest_id(&self) -> u16 {
        let tables = self.databases.iter().filter_map(|database| database.tables.as_ref().ok());
        let lengths = tables.map(|tables| tables.version_num_length);
        lengths.min().unwrap_or(DEFAULT_ROW_LENGTH)
    }

    /// Where `database` of this project is.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that it lacks.
    pub fn url(&self, database: &DatabaseSettings) -> Result<DatabaseUrl, Arc<ConfigError>> {
        database.url.clone().map_err(|problem| problem.into_error())
    }

    /// Where `databases` of this project are, in their order.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that any of them lacks, at the
    /// place of the first.
    pub fn urls<'a>(
        &self,
        databases: impl IntoIterator<Item = &'a DatabaseSettings>,
    ) -> Result<Vec<DatabaseUrl>, Arc<ConfigError>> {
        let (mut urls, mut problems) = (Vec::new(), Vec::new());
        for database in databases {
            match database.url.clone() {
                Ok(url) => urls.push(url),
                Err(problem) => problems.push(problem),
            }
        }
        match ValueProblem::first_of(problems) {
            None => Ok(urls),
            Some(problem) => Err(problem.into_error()),
        }
    }

    /// Reads `text`, a `limbeck.toml` that stands for itself, as if it were at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn parse(
        path: &Path,
        text: &str,
        variables: Variables<'_>,
    ) -> Result<Self, Arc<ConfigError>> {
        Self::build(path, text, None, [variables; 2], &ServerFlags::default())?.flawless()
    }

    /// Reads `text`, a `limbeck.toml` that extends an Alembic project, as if it were at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn extend(
        alembic: &AlembicProject,
        path: &Path,
        text: &str,
        variables: Variables<'_>,
    ) -> Result<Self, Arc<ConfigError>> {
        let alembic = Some(alembic.clone());
        Self::build(path, text, alembic, [variables; 2], &ServerFlags::default())?.flawless()
    }

    /// Reads `text`. The first of `variables` are for what it says, the second for what Alembic's
    /// own files say.
    fn build(
        path: &Path,
        text: &str,
        alembic: Option<AlembicProject>,
        [variables, alembic_variables]: [Variables<'_>; 2],
        server: &ServerFlags,
    ) -> Result<Examined, ConfigError> {
        let file = config_file::parse(path, text)?;
        let base = path.parent().unwrap_or(Path::new(""));
        let alembic_project = alembic.as_ref();
        let text = Text {
            path,
            text,
            base,
            variables,
            alembic: alembic_project,
            alembic_variables,
            server,
        };
        let mut problems = Vec::new();
        let scripts = text.script_settings(&file.scripts, &mut problems);
        let on_failure = text.on_failure(file.on_failure.as_ref(), &mut problems);
        let fleet = file.fleet.clone();
        let shared = file.hooks.clone().unwrap_or_default();
        let mut hook_settings = Vec::new();
        let shared = text.hooks(&shared, &mut hook_settings, &mut problems);
        let mut databases = text.database_settings(file, &mut problems)?;
        for database in &mut databases {
            database.hooks = std::mem::take(&mut database.hooks).over(&shared);
            for setting in &hook_settings {
                if database.settings.iter().all(|own| own.key != setting.key) {
                    database.settings.push(setting.clone());
                }
            }
        }
        let fleet = text.fleet(fleet.as_ref(), &databases, &mut problems);
        let config_path = path.to_owned();
        let files = vec![config_path.clone()];
        let own_variables = None;
        let project = Project {
            config_path,
            files,
            alembic,
            scripts,
            databases,
            on_failure,
            fleet,
            own_variables,
        };
        Ok(Examined { project, problems })
    }
}

impl Text<'_> {
    fn database_settings(
        &self,
        file: ConfigFile,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Result<Vec<DatabaseSettings>, ConfigError> {
        let mut raw: Vec<_> = file.databases.into_iter().collect();
        raw.sort_by_key(|(name, _)| name.span().start);
        let is_only = raw.len() == 1;
        let mut databases: Vec<DatabaseSettings> = raw
            .into_iter()
            .filter_map(|(name, database)| self.database(name, &database, is_only, problems))
            .collect();
        if let Some(alembic) = self.alembic
            && (databases.is_empty() || alembic.has_database_names(self.alembic_variables)?)
        {
            // What extends a project takes none of its databases away.
            for database in alembic.databases(self.alembic_variables, self.server)? {
                if databases.iter().all(|known| known.name != database.name) {
                    databases.push(database);
                }
            }
        }
        Ok(databases)
    }
}
