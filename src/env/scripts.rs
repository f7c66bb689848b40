//! `[scripts]`: where revisions are and how they run.

use std::path::PathBuf;
use std::sync::Arc;

use limbeck_alembic::sa::SqlalchemyVersion;
use toml::Spanned;

use crate::exec::PythonMode;
use crate::exec::TransactionMode;
use crate::graph::BranchLabel;

use super::alembic::AlembicProject;
use super::config_file::Scripts;
use super::config_file::Sqlalchemy;
use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Origin;
use super::setting::Setting;
use super::text::Text;

/// `[scripts]`, with paths made absolute or relative to the current directory.
#[derive(Debug, Clone)]
pub struct ScriptSettings {
    /// Directories that hold revisions, in the order in which they are loaded.
    pub version_locations: Vec<PathBuf>,
    /// The directory of repeatable scripts, where the project has them.
    pub repeatable: Option<PathBuf>,
    /// Whether their sub-directories are searched too.
    pub recursive: bool,
    /// What one transaction holds.
    pub transaction_mode: TransactionMode,
    /// Which revisions the project's own Python runs.
    pub python: PythonMode,
    /// The project's own Python, where the configuration names it.
    pub python_program: Option<PathBuf>,
    /// Which SQLAlchemy the revisions are written for.
    pub sqlalchemy: SqlalchemyVersion,
    /// The names of new files (Alembic's `file_template`).
    pub file_template: Option<String>,
    /// The longest slug in the name of a new file, in characters.
    pub truncate_slug_length: Option<usize>,
    /// The branch label of directories that Diesel wrote.
    pub diesel_label: Option<BranchLabel>,
    /// Branches that are meant for no database.
    pub unrouted_branches: Vec<BranchLabel>,
    /// Whether somebody has seen to all that env.py does: then nothing is warned of.
    pub stands_in_for_env_py: bool,
    /// The directory of the seeds.
    pub seeds: PathBuf,
    /// Whether the configuration names it: then it must be there.
    pub names_seeds: bool,
    /// All of these as they may be shown.
    pub settings: Vec<Setting>,
}

/// Where revisions are when the configuration does not say.
const DEFAULT_LOCATION: &str = "versions";

/// Where seeds are likewise.
const DEFAULT_SEEDS: &str = "seeds";

/// The longest slug where nobody says otherwise.
const DEFAULT_SLUG_LENGTH: usize = limbeck_alembic::config::DEFAULT_SLUG_LENGTH;

impl Text<'_> {
    /// Reads `[scripts]`; what is wrong in it is added to `problems`.
    pub(super) fn script_settings(
        &self,
        scripts: &Scripts,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> ScriptSettings {
        let mut settings = Vec::new();
        if let Some(alembic) = self.alembic {
            const KEY: &str = "script_location";
            let place = alembic.config.script_location.place.as_ref();
            settings.push(Setting {
                key: KEY.to_owned(),
                value: Ok(alembic.config.script_location_shown.clone()),
                origins: place.iter().map(|place| alembic.option_origin(place, KEY)).collect(),
            });
        }
        let diesel_label = scripts.diesel_label.as_ref().and_then(|label| {
            let at = label.span().start;
            let parsed: Result<BranchLabel, _> = label.get_ref().parse();
            let parsed = parsed.map_err(|source| {
                let kind = ConfigErrorKind::DieselLabel(source);
                problems.push(Arc::new(self.error(Some(at), kind)));
            });
            settings.push(self.written("diesel_label", label.get_ref(), Some(at)));
            parsed.ok()
        });
        let unrouted_branches = self.unrouted_branches(scripts, &mut settings, problems);
        let version_locations = self.version_locations(scripts, &mut settings, problems);
        let seeds = self.seeds(scripts, &mut settings, problems);
        let config = self.alembic.map(|alembic| &alembic.config);
        let default_mode = self.alembic.map(AlembicProject::transaction_mode).unwrap_or_default();
        let recursive = config.map(|config| &config.recursive_version_locations);
        let template = config.map(|config| &config.file_template);
        let repeatable = scripts.repeatable.as_ref().and_then(|directory| {
            let at = directory.span().start;
            match self.value("repeatable", directory) {
                Ok(value) => {
                    let path = self.base.join(&value.text);
                    settings.push(Setting {
                        key: "repeatable".to_owned(),
                        value: Ok(value.text),
                        origins: value.origins,
                    });
                    Some(path)
                }
                Err(problem) => {
                    settings.push(Setting {
                        key: "repeatable".to_owned(),
                        value: Err(problem.clone()),
                        origins: vec![self.origin(at)],
                    });
                    problems.extend(
                        ValueProblem::first_of(vec![problem]).map(ValueProblem::into_error),
                    );
                    None
                }
            }
        });
        let read = ScriptSettings {
            version_locations,
            repeatable,
            recursive: value_of(&scripts.recursive_version_locations)
                .or(recursive.map(|setting| setting.value))
                .unwrap_or(false),
            transaction_mode: value_of(&scripts.transaction_mode).unwrap_or(default_mode),
            python: value_of(&scripts.python).unwrap_or_default(),
            python_program: value_of(&scripts.python_program).map(|program| self.program(&program)),
            sqlalchemy: match value_of(&scripts.sqlalchemy) {
                Some(Sqlalchemy::V14) => SqlalchemyVersion::V14,
                Some(Sqlalchemy::V20) => SqlalchemyVersion::V20,
                Some(Sqlalchemy::V21) | None => SqlalchemyVersion::V21,
            },
            file_template: value_of(&scripts.file_template)
                .or_else(|| template.map(|template| template.value.clone())),
            truncate_slug_length: value_of(&scripts.truncate_slug_length)
                .or(config.map(|config| config.truncate_slug_length)),
            diesel_label,
            unrouted_branches,
            stands_in_for_env_py: value_of(&scripts.stands_in_for_env_py).unwrap_or(false),
            seeds,
            names_seeds: scripts.seeds.is_some(),
            settings: Vec::new(),
        };
        let mut note = |key: &str, value: String, at: Option<usize>, alembic: Option<Origin>| {
            let mut setting = self.written(key, value, at);
            if at.is_none() {
                setting.origins = vec![alembic.unwrap_or(Origin::Default)];
            }
            settings.push(setting);
        };
        let option = |setting: Option<&limbeck_alembic::config::Place>, name| {
            let place = setting?;
            self.alembic.map(|alembic| alembic.option_origin(place, name))
        };
        note(
            "recursive_version_locations",
            read.recursive.to_string(),
            at(&scripts.recursive_version_locations),
            option(
                recursive.and_then(|setting| setting.place.as_ref()),
                "recursive_version_locations",
            ),
        );
        note(
            "transaction_mode",
            read.transaction_mode.name().to_owned(),
            at(&scripts.transaction_mode),
            self.alembic.and_then(AlembicProject::transaction_mode_origin),
        );
        if scripts.python.is_some() {
            note("python", read.python.name().to_owned(), at(&scripts.python), None);
        }
        if let Some(program) = &scripts.python_program {
            note("python_program", program.get_ref().clone(), at(&scripts.python_program), None);
        }
        if let Some(version) = &scripts.sqlalchemy {
            let word = match version.get_ref() {
                Sqlalchemy::V14 => "1.4",
                Sqlalchemy::V20 => "2.0",
                Sqlalchemy::V21 => "2.1",
            };
            note("sqlalchemy", word.to_owned(), at(&scripts.sqlalchemy), None);
        }
        let default_template = limbeck_alembic::config::DEFAULT_FILE_TEMPLATE.to_owned();
        note(
            "file_template",
            read.file_template.clone().unwrap_or(default_template),
            at(&scripts.file_template),
            option(template.and_then(|setting| setting.place.as_ref()), "file_template"),
        );
        note(
            "truncate_slug_length",
            read.truncate_slug_length.unwrap_or(DEFAULT_SLUG_LENGTH).to_string(),
            at(&scripts.truncate_slug_length),
            None,
        );
        if self.alembic.is_some() {
            let stands_in = at(&scripts.stands_in_for_env_py);
            note("stands_in_for_env_py", read.stands_in_for_env_py.to_string(), stands_in, None);
        }
        ScriptSettings { settings, ..read }
    }

    /// A program: by its name on the search path, or by its path from the configuration.
    fn program(&self, name: &str) -> PathBuf {
        if name.contains(['/', '\\']) { self.base.join(name) } else { PathBuf::from(name) }
    }

    fn unrouted_branches(
        &self,
        scripts: &Scripts,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Vec<BranchLabel> {
        let mut labels = Vec::new();
        for written in scripts.unrouted_branches.iter().flatten() {
            let at = Some(written.span().start);
            match written.get_ref().parse() {
                Ok(label) => labels.push(label),
                Err(source) => {
                    let kind = ConfigErrorKind::UnroutedLabel(source);
                    problems.push(Arc::new(self.error(at, kind)));
                }
            }
            settings.push(self.written("unrouted_branches", written.get_ref(), at));
        }
        labels
    }

    fn seeds(
        &self,
        scripts: &Scripts,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> PathBuf {
        const KEY: &str = "seeds";
        let Some(written) = &scripts.seeds else { return self.base.join(DEFAULT_SEEDS) };
        let (value, path, origins) = match self.value(KEY, written) {
            Ok(value) => (Ok(value.text.clone()), self.base.join(&value.text), value.origins),
            Err(problem) => {
                problems.push(problem.clone().into_error());
                (Err(problem), PathBuf::new(), vec![self.origin(written.span().start)])
            }
        };
        settings.push(Setting { key: KEY.to_owned(), value, origins });
        path
    }

    fn version_locations(
        &self,
        scripts: &Scripts,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Vec<PathBuf> {
        const KEY: &str = "version_locations";
        let Some(locations) = &scripts.version_locations else {
            let Some(alembic) = self.alembic else {
                settings.push(Setting::default(KEY, DEFAULT_LOCATION));
                return vec![self.base.join(DEFAULT_LOCATION)];
            };
            for location in &alembic.config.version_locations {
                let place = location.place.as_ref();
                let origin =
                    place.map_or(Origin::Default, |place| alembic.option_origin(place, KEY));
                settings.push(Setting {
                    key: KEY.to_owned(),
                    value: Ok(location.value.display().to_string()),
                    origins: vec![origin],
                });
            }
            return alembic.version_locations();
        };
        let mut paths = Vec::new();
        let mut unread = Vec::new();
        for location in locations {
            let (value, origins) = match self.value(KEY, location) {
                Ok(value) => {
                    paths.push(self.base.join(&value.text));
                    (Ok(value.text), value.origins)
                }
                Err(problem) => {
                    unread.push(problem.clone());
                    (Err(problem), vec![self.origin(location.span().start)])
                }
            };
            settings.push(Setting { key: KEY.to_owned(), value, origins });
        }
        problems.extend(ValueProblem::first_of(unread).map(ValueProblem::into_error));
        paths
    }
}

fn value_of<T: Clone>(value: &Option<Spanned<T>>) -> Option<T> {
    value.as_ref().map(|value| value.get_ref().clone())
}

fn at<T>(value: &Option<Spanned<T>>) -> Option<usize> {
    value.as_ref().map(|value| value.span().start)
}
