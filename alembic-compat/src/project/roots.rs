//! The folders that imports are looked for in.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::finder::Files;

/// The folders that Python would look for modules in.
///
/// What `prepend_sys_path` names is certain, and searched in order. A project is often installed
/// (`pip install -e .`) or put on the path by its `env.py` or the environment, which only running
/// it would tell: the other folders are those where a project's own packages usually lie. A name
/// that two of these have, in different places, is not looked up at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roots {
    /// As `sys.path` begins.
    pub certain: Vec<PathBuf>,
    /// Where packages of the project may lie besides.
    pub likely: Vec<PathBuf>,
}

impl Roots {
    /// The folders of a project: `prepend_sys_path` as the configuration has it, the working
    /// directory, the folder of the ini, and the folder of `env.py`.
    ///
    /// Likely are the working directory and that of the ini with the `src` and `lib` beside them,
    /// and every folder above `env.py` up to the one that holds the project (`pyproject.toml`,
    /// `setup.py`, `setup.cfg` or `.git`), with a `src` in it; not those that are packages
    /// themselves, whose modules have longer names.
    #[must_use]
    pub fn of_project(
        prepend_sys_path: &[PathBuf],
        working_directory: &Path,
        ini: &Path,
        script_location: &Path,
        files: &Files<'_>,
    ) -> Self {
        let certain: Vec<PathBuf> =
            prepend_sys_path.iter().map(|folder| normal(&working_directory.join(folder))).collect();
        let mut likely = Vec::new();
        let mut add = |folder: PathBuf| {
            let known = certain.contains(&folder) || likely.contains(&folder);
            if !known && (files.is_dir)(&folder) {
                likely.push(folder);
            }
        };
        let mut with_sources = |folder: &Path| {
            if !is_file(files, &folder.join("__init__.py")) {
                add(folder.to_owned());
            }
            for inner in ["src", "lib"] {
                let inner = folder.join(inner);
                if !is_file(files, &inner.join("__init__.py")) {
                    add(inner);
                }
            }
        };
        with_sources(&normal(working_directory));
        if let Some(folder) = ini.parent() {
            with_sources(&normal(&working_directory.join(folder)));
        }
        let script = normal(&working_directory.join(script_location));
        let marks = ["pyproject.toml", "setup.py", "setup.cfg"];
        for folder in script.ancestors() {
            if folder.parent().is_none() {
                break;
            }
            with_sources(folder);
            let is_whole = (files.is_dir)(&folder.join(".git"))
                || marks.iter().any(|mark| is_file(files, &folder.join(mark)));
            if is_whole {
                break;
            }
        }
        Self { certain, likely }
    }
}

fn is_file(files: &Files<'_>, path: &Path) -> bool {
    (files.is_file)(path)
}

/// A path without `.` and `..`, as far as its text tells.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut made = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let above = made.components().next_back();
                if matches!(above, Some(Component::Normal(_))) {
                    made.pop();
                } else if !matches!(above, Some(Component::RootDir)) {
                    made.push("..");
                }
            }
            other => made.push(other),
        }
    }
    made
}
