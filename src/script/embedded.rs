//! Revisions that a binary carries along, put there by [`embed_revisions!`](crate::embed_revisions).

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use include_dir::Dir;
use include_dir::DirEntry;

use super::directory;
use super::directory::LoadOptions;
use super::directory::LoadedScripts;
use super::error::FileAction;
use super::error::ScriptError;
use super::revisions::LoadError;
use super::revisions::Revisions;
use super::tree::Item;
use super::tree::ItemKind;
use super::tree::Tree;

/// Puts a directory of revisions into the binary; gives a [`limbeck::Embedded`](Embedded).
///
/// The path is a plain string literal, relative to the directory of the calling package's
/// `Cargo.toml`. All that limbeck reads from a version location can be in it: `.sql` revisions,
/// Alembic's `.py` revisions, and directories as Diesel writes them.
///
/// ```
/// static REVISIONS: limbeck::Embedded = limbeck::embed_revisions!("versions");
///
/// let revisions = REVISIONS.load()?;
/// assert!(!revisions.graph().is_empty());
/// # Ok::<(), limbeck::script::LoadError>(())
/// ```
///
/// Cargo rebuilds when an embedded file changes, but does not see a new one by itself. A package
/// that embeds revisions should have a `build.rs` with
///
/// ```
/// println!("cargo::rerun-if-changed=versions");
/// ```
#[macro_export]
macro_rules! embed_revisions {
    ($path:tt) => {
        $crate::Embedded::new($path, {
            // What the inner macro leaves behind names `include_dir`, which the calling package
            // need not depend on.
            use $crate::__private::include_dir;
            $crate::__private::include_package_dir!($path)
        })
    };
}

/// A directory of revisions inside the binary. Made by [`embed_revisions!`](crate::embed_revisions).
#[derive(Debug)]
pub struct Embedded {
    path: &'static str,
    directory: Dir<'static>,
}

impl Embedded {
    /// For the macro.
    #[doc(hidden)]
    pub const fn new(path: &'static str, directory: Dir<'static>) -> Self {
        Embedded { path, directory }
    }

    /// Its path, as the macro was given it: what the paths of its revisions begin with, and what
    /// [`LoadOptions::diesel_labels`] may name.
    pub fn path(&self) -> &Path {
        Path::new(self.path)
    }

    /// Reads the revisions.
    ///
    /// # Errors
    /// [`LoadError`], as for a directory on the disk. It can only depend on what was embedded, so
    /// one test of the application that calls this keeps it from happening later.
    pub fn load(&self) -> Result<Revisions, LoadError> {
        self.load_with(&LoadOptions::default())
    }

    /// As [`Embedded::load`], with options.
    ///
    /// # Errors
    /// As [`Embedded::load`].
    pub fn load_with(&self, options: &LoadOptions) -> Result<Revisions, LoadError> {
        Ok(Revisions::build(self.read(options)?)?)
    }

    /// Reads the revisions and leaves the graph to the caller, who may have several directories
    /// to join ([`Revisions::build`]).
    ///
    /// # Errors
    /// The first thing, in load order, that is no readable revision.
    pub fn read(&self, options: &LoadOptions) -> Result<LoadedScripts, ScriptError> {
        directory::load(&EmbeddedTree::new(self), &[self.path().to_owned()], options)
    }
}

/// What is embedded, with an index of the paths: Diesel directories ask for many that are absent.
struct EmbeddedTree<'a> {
    root: &'a Embedded,
    entries: HashMap<&'static Path, &'static DirEntry<'static>>,
}

impl<'a> EmbeddedTree<'a> {
    fn new(root: &'a Embedded) -> Self {
        let mut entries = HashMap::new();
        let mut todo: Vec<&'static DirEntry<'static>> = root.directory.entries().iter().collect();
        while let Some(entry) = todo.pop() {
            entries.insert(entry.path(), entry);
            todo.extend(entry.children());
        }
        EmbeddedTree { root, entries }
    }

    fn entry(&self, path: &Path) -> Option<&'static DirEntry<'static>> {
        self.entries.get(path.strip_prefix(self.root.path()).ok()?).copied()
    }
}

impl Tree for EmbeddedTree<'_> {
    fn is_on_disk(&self) -> bool {
        false
    }

    fn real(&self, path: &Path) -> Result<Option<PathBuf>, ScriptError> {
        Ok(Some(path.to_owned()))
    }

    fn list(&self, directory: &Path) -> Result<Vec<Item>, ScriptError> {
        let entries = match self.entry(directory) {
            Some(entry) => entry.children(),
            None if directory == self.root.path() => self.root.directory.entries(),
            None => return Err(ScriptError::io(FileAction::ReadDirectory, directory)(absent())),
        };
        let item = |entry: &DirEntry<'static>| Item {
            path: self.root.path().join(entry.path()),
            name: entry.path().file_name().map(OsString::from).unwrap_or_default(),
            kind: match entry {
                DirEntry::Dir(_) => ItemKind::Directory,
                DirEntry::File(_) => ItemKind::Other,
            },
            linked: false,
        };
        Ok(entries.iter().map(item).collect())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.entry(path).is_some_and(|entry| entry.as_file().is_some())
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, ScriptError> {
        match self.entry(path).and_then(DirEntry::as_file) {
            Some(file) => Ok(file.contents().to_vec()),
            None => Err(ScriptError::io(FileAction::Read, path)(absent())),
        }
    }
}

fn absent() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "not embedded in this binary")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::RevisionFormat;

    fn on_disk(path: &str, options: &LoadOptions) -> Revisions {
        Revisions::load(&[PathBuf::from(path)], options).unwrap()
    }

    #[test]
    fn what_is_embedded_reads_as_it_does_from_the_disk() {
        static VERSIONS: Embedded = crate::embed_revisions!("versions");
        let options = LoadOptions::default();
        assert_eq!(VERSIONS.load().unwrap().files(), on_disk("versions", &options).files());
    }

    #[test]
    fn directories_of_diesel_can_be_embedded() {
        static MIGRATIONS: Embedded = crate::embed_revisions!("tests/fixtures/diesel");
        let label = "app".parse().unwrap();
        let options = LoadOptions {
            diesel_labels: vec![(MIGRATIONS.path().to_owned(), label)],
            ..LoadOptions::default()
        };
        let revisions = MIGRATIONS.load_with(&options).unwrap();
        assert_eq!(revisions.files(), on_disk("tests/fixtures/diesel", &options).files());
        assert!(revisions.files().iter().all(|file| file.format == RevisionFormat::Diesel));
        assert_eq!(revisions.graph().labels().count(), 1);
    }
}
