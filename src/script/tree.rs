//! What revisions are read from: the file system, or what a binary carries along.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::bounded_file;

use super::error::FileAction;
use super::error::ScriptError;
use super::source;

/// Directories and files, as far as reading revisions goes.
pub(super) trait Tree {
    /// Whether its files can be read again from their paths.
    fn is_on_disk(&self) -> bool;

    /// The one true path of a directory or file; `None` when there is none.
    fn real(&self, path: &Path) -> Result<Option<PathBuf>, ScriptError>;

    /// What is in a directory, in no particular order.
    fn list(&self, directory: &Path) -> Result<Vec<Item>, ScriptError>;

    /// Whether there is a file at `path`.
    fn is_file(&self, path: &Path) -> bool;

    /// The bytes of a file.
    fn bytes(&self, path: &Path) -> Result<Vec<u8>, ScriptError>;

    /// The text of a file, which must be UTF-8.
    fn text(&self, path: &Path) -> Result<String, ScriptError> {
        String::from_utf8(self.bytes(path)?).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let text = String::from_utf8_lossy(valid);
            let position = source::position_at(&text, text.len());
            ScriptError::NotUtf8 { path: path.to_owned(), position }
        })
    }
}

/// Something in a directory.
pub(super) struct Item {
    pub(super) path: PathBuf,
    pub(super) name: OsString,
    pub(super) kind: ItemKind,
    /// Whether it is reached through a symbolic link.
    pub(super) linked: bool,
}

#[derive(Clone, Copy)]
pub(super) enum ItemKind {
    Directory,
    /// A file, or whatever else can have the name of one.
    Other,
}

/// The file system.
pub(super) struct Disk;

impl Tree for Disk {
    fn is_on_disk(&self) -> bool {
        true
    }

    fn real(&self, path: &Path) -> Result<Option<PathBuf>, ScriptError> {
        match fs::canonicalize(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            result => result.map(Some).map_err(ScriptError::io(FileAction::ReadDirectory, path)),
        }
    }

    fn list(&self, directory: &Path) -> Result<Vec<Item>, ScriptError> {
        let failed = || ScriptError::io(FileAction::ReadDirectory, directory);
        let mut items = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let path = entry.path();
            let mut file_type = entry.file_type().map_err(failed())?;
            let linked = file_type.is_symlink();
            if linked {
                file_type = match fs::metadata(&path) {
                    Ok(metadata) => metadata.file_type(),
                    // A link to nothing: an error later if it has the name of a revision.
                    Err(_) => file_type,
                };
            }
            let kind = match file_type.is_dir() {
                true => ItemKind::Directory,
                false => ItemKind::Other,
            };
            items.push(Item { path, name: entry.file_name(), kind, linked });
        }
        Ok(items)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, ScriptError> {
        bounded_file::read(path, bounded_file::LARGE)
            .map_err(ScriptError::io(FileAction::Read, path))
    }
}
