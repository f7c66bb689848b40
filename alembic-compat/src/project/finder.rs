//! Modules by their dotted names, as Python's path finder looks for them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::eval::HostError;
use crate::eval::ModuleSource;
use crate::header::decode_source;

use super::dotted::last;
use super::roots::Roots;

/// What the finder asks of the file system.
pub struct Files<'a> {
    /// Whether this is a folder.
    pub is_dir: &'a dyn Fn(&Path) -> bool,
    /// Whether this is a file.
    pub is_file: &'a dyn Fn(&Path) -> bool,
    /// What is in a folder.
    pub entries: &'a dyn Fn(&Path) -> Result<Vec<PathBuf>, HostError>,
    /// The bytes of a file.
    pub read: &'a dyn Fn(&Path) -> Result<Vec<u8>, HostError>,
}

impl std::fmt::Debug for Files<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Files")
    }
}

/// So deep packages are looked for in one another: links may lead in circles.
const DEPTH: usize = 16;

/// Finds the modules of a project. What it has found it takes for granted from then on.
#[derive(Debug, Default)]
pub struct Finder {
    roots: Roots,
    /// By dotted names.
    located: Mutex<BTreeMap<String, Result<Located, ModuleSource>>>,
}

/// Where a module is.
#[derive(Debug, Clone)]
struct Located {
    found: Found,
    /// Whether a folder without an `__init__.py` is on the way.
    is_open: bool,
}

/// What one step of the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// A package with its folder.
    Package(PathBuf),
    /// A plain module with its file.
    File(PathBuf),
    /// Folders without an `__init__.py`.
    Namespace(Vec<PathBuf>),
}

impl Finder {
    /// A finder for these folders.
    #[must_use]
    pub const fn new(roots: Roots) -> Self {
        Self { roots, located: Mutex::new(BTreeMap::new()) }
    }

    /// The folders.
    #[must_use]
    pub const fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The module of a dotted name.
    ///
    /// As Python has it, a folder with an `__init__.py` comes before a file of the same name, and
    /// folders without one only count when no root has either. What the project's own packages lack
    /// is [`ModuleSource::Missing`]; a name whose first part the project does not have, or has in
    /// several places of which nothing tells the right one, is [`ModuleSource::Unknown`], and so
    /// is what a folder without an `__init__.py` lacks, as a package outside may share its name.
    ///
    /// # Errors
    /// When a file is there and cannot be read, or its encoding is not known.
    pub fn find(&self, name: &str, files: &Files<'_>) -> Result<ModuleSource, HostError> {
        let (path, is_package) = match self.locate(name, files) {
            Ok(Found::Package(folder)) => (folder.join("__init__.py"), true),
            Ok(Found::File(file)) => (file, false),
            Ok(Found::Namespace(_)) => return Ok(ModuleSource::Namespace),
            Err(not_found) => return Ok(not_found),
        };
        let bytes = (files.read)(&path)?;
        let path = path.to_string_lossy().into_owned();
        Ok(match decode_source(&bytes) {
            Ok(text) => ModuleSource::File { path, text: text.into_owned(), is_package },
            Err(error) => ModuleSource::Undecodable { path, error },
        })
    }

    /// The dotted names of all modules in a package, those of packages within it too, in order;
    /// none where the project has no such package.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn inside(&self, package: &str, files: &Files<'_>) -> Result<Vec<String>, HostError> {
        let folders = match self.locate(package, files) {
            Ok(Found::Package(folder)) => vec![folder],
            Ok(Found::Namespace(folders)) => folders,
            Ok(Found::File(_)) | Err(_) => return Ok(Vec::new()),
        };
        let mut names = BTreeSet::new();
        let mut next: Vec<(String, PathBuf, usize)> =
            folders.into_iter().map(|folder| (package.to_owned(), folder, DEPTH)).collect();
        while let Some((package, folder, depth)) = next.pop() {
            for path in (files.entries)(&folder)? {
                let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
                let name = format!("{package}.{stem}");
                let is_package = (files.is_file)(&path.join("__init__.py"));
                let is_module =
                    path.extension().is_some_and(|ending| ending == "py") && stem != "__init__";
                if is_identifier(stem) && (is_package || is_module) {
                    if is_package && depth > 0 {
                        next.push((name.clone(), path, depth - 1));
                    }
                    names.insert(name);
                }
            }
        }
        Ok(names.into_iter().collect())
    }

    /// Where a module is; what it is instead where it has no place.
    fn locate(&self, name: &str, files: &Files<'_>) -> Result<Found, ModuleSource> {
        if !name.split('.').all(is_identifier) {
            return Err(ModuleSource::Unknown);
        }
        let mut located = self.located.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at: Option<Located> = None;
        let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        for end in ends {
            let name = &name[..end];
            let found = match located.get(name) {
                Some(known) => known.clone(),
                None => {
                    let found = self.step(at, name, files);
                    located.insert(name.to_owned(), found.clone());
                    found
                }
            };
            at = Some(found?);
        }
        at.map(|at| at.found).ok_or(ModuleSource::Unknown)
    }

    /// Where the module of a dotted name is, given where its package is, if it is in one.
    fn step(
        &self,
        package: Option<Located>,
        name: &str,
        files: &Files<'_>,
    ) -> Result<Located, ModuleSource> {
        let (found, is_open) = match package {
            None => (self.top(name, files).ok_or(ModuleSource::Unknown)?, false),
            Some(Located { found, is_open }) => {
                let folders = match found {
                    Found::Package(folder) => vec![folder],
                    Found::Namespace(folders) => folders,
                    Found::File(_) => return Err(ModuleSource::Missing),
                };
                let part = last(name);
                let found = match inside(&folders, part, files) {
                    Some(found) => found,
                    None if is_open => return Err(ModuleSource::Unknown),
                    // A module that was compiled is there for Python.
                    None if folders.iter().any(|folder| is_compiled(folder, part, files)) => {
                        return Err(ModuleSource::Unknown);
                    }
                    None => return Err(ModuleSource::Missing),
                };
                (found, is_open)
            }
        };
        let is_open = is_open || matches!(found, Found::Namespace(_));
        Ok(Located { found, is_open })
    }

    fn top(&self, name: &str, files: &Files<'_>) -> Option<Found> {
        match inside(&self.roots.certain, name, files) {
            Some(Found::Namespace(mut folders)) => {
                match self.likely(name, files) {
                    // A package with an `__init__.py` anywhere on the path comes first.
                    Some(Found::Namespace(more)) => folders.extend(more),
                    Some(found) => return Some(found),
                    None => {}
                }
                Some(Found::Namespace(folders))
            }
            Some(found) => Some(found),
            None => self.likely(name, files),
        }
    }

    /// What the likely roots have, if they agree.
    fn likely(&self, name: &str, files: &Files<'_>) -> Option<Found> {
        let mut found = Vec::new();
        let mut folders = Vec::new();
        for root in &self.roots.likely {
            match inside(std::slice::from_ref(root), name, files) {
                Some(Found::Namespace(more)) => folders.extend(more),
                Some(other) => found.push(other),
                None => {}
            }
        }
        match found.len() {
            0 if folders.is_empty() => None,
            0 => Some(Found::Namespace(folders)),
            1 => found.pop(),
            _ => None,
        }
    }
}

/// A module in folders that are searched in order.
fn inside(folders: &[PathBuf], name: &str, files: &Files<'_>) -> Option<Found> {
    let mut namespace = Vec::new();
    for folder in folders {
        let package = folder.join(name);
        let is_dir = (files.is_dir)(&package);
        if is_dir && (files.is_file)(&package.join("__init__.py")) {
            return Some(Found::Package(package));
        }
        let file = folder.join(format!("{name}.py"));
        if (files.is_file)(&file) {
            return Some(Found::File(file));
        }
        if is_dir {
            namespace.push(package);
        }
    }
    (!namespace.is_empty()).then_some(Found::Namespace(namespace))
}

fn is_compiled(folder: &Path, name: &str, files: &Files<'_>) -> bool {
    ["pyx", "pyd", "so", "pyc"]
        .iter()
        .any(|ending| (files.is_file)(&folder.join(format!("{name}.{ending}"))))
}

fn is_identifier(part: &str) -> bool {
    // A module whose name begins with a digit can be had from `importlib.import_module`.
    !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric())
}
