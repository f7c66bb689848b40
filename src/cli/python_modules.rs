//! Where the modules of an Alembic project are, for revisions that import them.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::header::decode_source;
use limbeck_alembic::project::ConfigChanges;
use limbeck_alembic::project::Files;
use limbeck_alembic::project::Finder;
use limbeck_alembic::project::Loaded;
use limbeck_alembic::project::ProjectModules;
use limbeck_alembic::project::Roots;
use limbeck_alembic::project::config_changes;
use limbeck_alembic::sa::ConfigFacts;

use crate::bounded_file;
use crate::env::Project;
use crate::exec::EnvNaming;
use crate::exec::LoadedTexts;
use crate::exec::Modules;
use crate::exec::Naming;
use crate::exec::Overrides;
use crate::exec::PythonOptions;
use crate::exec::RunOptions;
use crate::exec::header_value;
use crate::script::HeaderValues;
use crate::script::ScriptDirectory;

use super::run_arguments::python_options;

/// Finds modules as the project's Python would; `None` where there is no Alembic project. Each is
/// read once: what a plan was looked at with is what it runs with.
pub(super) fn python_modules(project: &Project) -> Option<Modules> {
    let alembic = project.alembic.as_ref()?;
    Some(Arc::new(ModulesOfProject {
        prepend_sys_path: alembic.config.prepend_sys_path.clone(),
        config: project.config_path.clone(),
        scripts: alembic.script_location().to_owned(),
        finder: OnceLock::new(),
        found: Mutex::default(),
    }))
}

struct ModulesOfProject {
    prepend_sys_path: Vec<PathBuf>,
    config: PathBuf,
    scripts: PathBuf,
    /// Most runs import nothing, and looking for the roots costs some file accesses.
    finder: OnceLock<Finder>,
    found: Mutex<BTreeMap<String, ModuleSource>>,
}

impl ModulesOfProject {
    fn finder(&self) -> &Finder {
        self.finder.get_or_init(|| {
            let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
            let (prepend, config, scripts) = (&self.prepend_sys_path, &self.config, &self.scripts);
            Finder::new(Roots::of_project(prepend, &cwd, config, scripts, &files()))
        })
    }
}

impl ProjectModules for ModulesOfProject {
    fn find(&self, name: &str) -> Result<ModuleSource, String> {
        let finder = self.finder();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = found.get(name) {
            return Ok(known.clone());
        }
        let module = finder.find(name, &files()).map_err(|error| error.to_string())?;
        found.insert(name.to_owned(), module.clone());
        Ok(module)
    }

    fn inside(&self, package: &str) -> Result<Vec<String>, String> {
        self.finder().inside(package, &files()).map_err(|error| error.to_string())
    }
}

/// The naming convention of the project's env.py, which is read when it is asked for.
pub(super) fn env_naming(project: &Project) -> Option<Naming> {
    let path = project.alembic.as_ref()?.env.as_ref()?.path.clone();
    let text = {
        let path = path.clone();
        Arc::new(move || env_text(&path))
    };
    Some(Naming::OfEnv(Arc::new(EnvNaming::new(path, text))))
}

/// What the project changes in SQLAlchemy and Alembic, and in objects of its own. Where somebody has
/// seen to all that its env.py does, that is left out.
pub(super) fn overrides(project: &Project) -> Overrides {
    let Some(alembic) = &project.alembic else { return Overrides::default() };
    let is_seen_to = project.scripts.stands_in_for_env_py;
    let env = alembic.env.as_ref().filter(|_| !is_seen_to).map(|env| env.path.clone());
    let directory = ScriptDirectory { locations: project.scripts.version_locations.clone() };
    let recursive = project.scripts.recursive;
    let texts: LoadedTexts = Arc::new(move || {
        let loaded = |path: &Path, is_env| Loaded {
            path: path.to_string_lossy().into_owned(),
            text: text_of(path, bounded_file::LARGE),
            is_env,
        };
        let mut texts: Vec<Loaded> = env.iter().map(|path| loaded(path, true)).collect();
        match directory.python_files(recursive) {
            Ok(files) => texts.extend(files.iter().map(|path| loaded(path, false))),
            Err(error) => texts.push(Loaded {
                path: String::new(),
                text: Err(error.to_string()),
                is_env: false,
            }),
        }
        texts
    });
    if is_seen_to { Overrides::seen_to(texts) } else { Overrides::new(texts) }
}

fn env_text(path: &Path) -> Result<String, String> {
    text_of(path, bounded_file::SMALL)
}

/// The text of a Python file of at most `limit` bytes.
fn text_of(path: &Path, limit: u64) -> Result<String, String> {
    let bytes = bounded_file::read(path, limit);
    let bytes = bytes.map_err(|error| error.to_string())?;
    let text = decode_source(&bytes).map_err(|error| error.to_string())?;
    Ok(text.into_owned())
}

/// What revisions may ask of Alembic's configuration; `given` are the files that the command line
/// names. What env.py does to it is read when it is asked for.
pub(super) fn config_facts(project: &Project, given: &[PathBuf]) -> Option<ConfigFacts> {
    let alembic = project.alembic.as_ref()?;
    let config = alembic.config.clone();
    let is_ini = |file: &&PathBuf| std::path::absolute(file).ok().as_deref() == config.ini_path();
    let file_name = match given.iter().find(is_ini) {
        Some(file) => Some(file.to_string_lossy().into_owned()),
        None => config.ini_shown().map(str::to_owned),
    };
    let path = alembic.env.as_ref().map(|env| env.path.clone());
    let found = OnceLock::new();
    let changes = move || {
        let read = || match &path {
            None => ConfigChanges::default(),
            // What cannot be read here is no env.py that could be run.
            Some(path) => config_changes(&env_text(path).unwrap_or_else(|_| "(".to_owned())),
        };
        ConfigChanges::clone(found.get_or_init(read))
    };
    Some(ConfigFacts::new(config, file_name, changes))
}

/// Evaluates variables of revisions that are made of constants of the project's modules.
pub(super) fn header_values(project: &Project) -> Option<HeaderValues> {
    project.alembic.as_ref()?;
    // Every command reads these: what other modules do to such a constant is not looked for.
    let options = PythonOptions { overrides: Arc::default(), ..python_options(project) };
    let clock = RunOptions::default().clock;
    Some(HeaderValues(Arc::new(move |path, text, variable| {
        header_value(&options, clock, path, text, variable)
    })))
}

fn files() -> Files<'static> {
    Files { is_dir: &is_dir, is_file: &is_file, entries: &entries, read: &read }
}

fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, HostError> {
    let failed = |error| HostError::new(format!("{}: {error}", path.display()));
    let entries = std::fs::read_dir(path).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, HostError> {
    bounded_file::read(path, bounded_file::LARGE)
        .map_err(|error| HostError::new(format!("{}: {error}", path.display())))
}
