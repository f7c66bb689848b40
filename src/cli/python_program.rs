//! The project's own Python, for revisions that only Python runs.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use crate::exec::ProgramOrigin;
use crate::exec::PythonProgram;

use super::context::Context;

/// Where an environment has its interpreter.
#[cfg(windows)]
const IN_ENVIRONMENT: &str = "Scripts/python.exe";
#[cfg(not(windows))]
const IN_ENVIRONMENT: &str = "bin/python";

/// The interpreter on the search path.
#[cfg(windows)]
const ON_PATH: &str = "python";
#[cfg(not(windows))]
const ON_PATH: &str = "python3";

/// The interpreter of the project: what `python_program` names, the active virtual environment,
/// `.venv` beside the configuration, else that of the search path. `None` where there is no Alembic
/// project, whose env.py it would run.
pub(super) fn python_program(context: &Context) -> Option<PythonProgram> {
    let alembic = context.project.alembic.as_ref()?;
    let setting = context.project.scripts.python_program.as_deref();
    let (program, origin) = interpreter(setting, context.directory());
    let is_pyproject = |path: &&PathBuf| path.file_name() == Some(OsStr::new("pyproject.toml"));
    Some(PythonProgram {
        program,
        origin,
        config: alembic.config.ini_path().map(Path::to_owned),
        toml: context.project.files.iter().find(is_pyproject).cloned(),
        section: alembic.config.section().to_owned(),
        x_arguments: context.globals.extra.clone(),
        scratch: None,
    })
}

/// The same for a project in `directory` that `setting` may name one for.
pub(super) fn interpreter(setting: Option<&Path>, directory: &Path) -> (OsString, ProgramOrigin) {
    let active = std::env::var_os("VIRTUAL_ENV").filter(|path| !path.is_empty());
    choose(setting, active.as_deref(), directory, &|path| path.is_file())
}

fn choose(
    setting: Option<&Path>,
    active: Option<&OsStr>,
    directory: &Path,
    is_file: &dyn Fn(&Path) -> bool,
) -> (OsString, ProgramOrigin) {
    if let Some(setting) = setting {
        return (setting.into(), ProgramOrigin::Setting);
    }
    let active = active.map(|path| Path::new(path).join(IN_ENVIRONMENT));
    if let Some(program) = active.filter(|path| is_file(path)) {
        return (program.into(), ProgramOrigin::VirtualEnv);
    }
    let beside = directory.join(".venv").join(IN_ENVIRONMENT);
    if is_file(&beside) {
        return (beside.into(), ProgramOrigin::DotVenv);
    }
    (ON_PATH.into(), ProgramOrigin::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_comes_first_and_the_search_path_last() {
        let venv = Path::new("/v").join(IN_ENVIRONMENT);
        let beside = Path::new("/p/.venv").join(IN_ENVIRONMENT);
        let all = |path: &Path| path == venv || path == beside;
        let directory = Path::new("/p");
        let active = Some(OsStr::new("/v"));
        let (program, origin) = choose(Some(Path::new("pypy")), active, directory, &all);
        assert_eq!((program, origin), ("pypy".into(), ProgramOrigin::Setting));
        let (program, origin) = choose(None, active, directory, &all);
        assert_eq!((program, origin), (venv.clone().into(), ProgramOrigin::VirtualEnv));
        let (program, origin) = choose(None, active, directory, &|path| path == beside);
        assert_eq!((program, origin), (beside.clone().into(), ProgramOrigin::DotVenv));
        let (program, origin) = choose(None, active, directory, &|_| false);
        assert_eq!((program, origin), (ON_PATH.into(), ProgramOrigin::Path));
    }
}
