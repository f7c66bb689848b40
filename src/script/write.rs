//! Writing a new file: whole or not at all, and never over another.

use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use super::error::FileAction;
use super::error::ScriptError;

/// Writes a file that is not there yet, and the directories that it needs.
///
/// The text goes to a temporary file beside it, is flushed to the disk and then gets its name, so
/// that nobody ever sees half of it. After any failure (a full disk, say) the temporary file and
/// the directories that were made for it are gone again.
///
/// # Errors
/// [`ScriptError::AlreadyExists`] when there is something of that name, which stays as it is;
/// [`ScriptError::Io`] when it cannot be written.
pub fn write_new(path: &Path, text: &str) -> Result<(), ScriptError> {
    write_new_with(path, |file| file.write_all(text.as_bytes()))
}

/// [`write_new`], with the writing itself as a parameter: tests let it fail.
fn write_new_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), ScriptError> {
    let parent = directory_of(path);
    let made = create_directories(parent)?;
    let written = write_in(parent, path, fill);
    if written.is_err() {
        remove_directories(&made);
    }
    written
}

/// The directory that holds a path; the current one for a bare name.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a directory and those above it; returns the ones that were not there, outermost first.
pub(super) fn create_directories(directory: &Path) -> Result<Vec<PathBuf>, ScriptError> {
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let mut missing: Vec<&Path> = directory.ancestors().take_while(is_missing).collect();
    missing.reverse();
    let mut made = Vec::new();
    for path in missing {
        match fs::create_dir(path) {
            Ok(()) => made.push(path.to_owned()),
            // Somebody else made it meanwhile.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(source) => {
                remove_directories(&made);
                return Err(ScriptError::io(FileAction::CreateDirectory, path)(source));
            }
        }
    }
    Ok(made)
}

/// Takes back [`create_directories`]; what is no longer empty stays.
fn remove_directories(made: &[PathBuf]) {
    for path in made.iter().rev() {
        // The error that led here is the one to report.
        drop(fs::remove_dir(path));
    }
}

fn write_in(
    parent: &Path,
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), ScriptError> {
    let failed = || ScriptError::io(FileAction::Write, path);
    // The early look spares the work; the decision falls when the name is given.
    if fs::symlink_metadata(path).is_ok() {
        return Err(ScriptError::AlreadyExists { path: path.to_owned() });
    }
    let (temporary, mut file) = create_temporary(parent, path).map_err(failed())?;
    let named =
        fill(&mut file).and_then(|()| file.sync_all()).and_then(|()| give_name(&temporary, path));
    drop(file);
    // After a hard link this is the second name of the file; after a rename there is none left.
    drop(fs::remove_file(&temporary));
    match named {
        Ok(()) => {
            sync_directory(parent);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(ScriptError::AlreadyExists { path: path.to_owned() })
        }
        Err(error) => Err(failed()(error)),
    }
}

/// A new file beside `path`. Its name begins with a dot, so that it is no revision even if the
/// machine stops before it is removed.
fn create_temporary(parent: &Path, path: &Path) -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: u32 = 1000;
    let mut last = io::Error::from(ErrorKind::AlreadyExists);
    for number in 0..ATTEMPTS {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{number}.tmp"));
        let temporary = parent.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Gives a file its name, unless that is taken.
fn give_name(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // A file system without hard links: take the name with an empty file, then put the
            // text in its place.
            drop(OpenOptions::new().write(true).create_new(true).open(path)?);
            fs::rename(temporary, path).inspect_err(|_| drop(fs::remove_file(path)))
        }
        result => result,
    }
}

/// Puts the name, too, on the disk, where that can be done: only Unix can open a directory as a
/// file, and not every file system can flush one. The text itself is there by now.
fn sync_directory(directory: &Path) {
    if cfg!(unix) {
        drop(File::open(directory).and_then(|directory| directory.sync_all()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_written_with_its_directories() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b/c.sql");
        write_new(&path, "text").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(names(path.parent().unwrap()), ["c.sql"]);
    }

    #[test]
    fn nothing_is_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.sql");
        write_new(&path, "first").unwrap();
        let error = write_new(&path, "second").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} already exists and is not overwritten", path.display())
        );
        // Also when the other one comes while this one is being written.
        let late = root.path().join("late.sql");
        let error = write_new_with(&late, |file| {
            fs::write(&late, "other")?;
            file.write_all(b"ours")
        })
        .unwrap_err();
        assert!(matches!(error, ScriptError::AlreadyExists { .. }));
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(fs::read_to_string(&late).unwrap(), "other");
        assert_eq!(names(root.path()).len(), 2);
    }

    #[test]
    fn a_full_disk_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/dir/a.sql");
        let error = write_new_with(&path, |file| {
            file.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
        assert_eq!(error.path(), path);
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn directories_that_hold_something_stay() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("new/dir/a.sql");
        let other = root.path().join("new/other");
        write_new_with(&path, |_| {
            fs::write(&other, "")?;
            Err(ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert_eq!(names(root.path()), ["new"]);
        assert_eq!(names(&root.path().join("new")), ["other"]);
    }

    #[test]
    fn a_file_in_the_way_of_a_directory() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        assert!(write_new(&root.path().join("file/a.sql"), "text").is_err());
        assert!(write_new(&root.path().join("file/dir/a.sql"), "text").is_err());
        assert_eq!(names(root.path()), ["file"]);
    }

    #[test]
    fn without_hard_links_a_failed_rename_frees_the_name() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.sql");
        // What cannot be linked because it is not there cannot be renamed either.
        give_name(&root.path().join("missing"), &path).unwrap_err();
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn a_left_over_temporary_file_is_no_obstacle() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".a.sql.0.tmp"), "old").unwrap();
        write_new(&root.path().join("a.sql"), "text").unwrap();
        assert_eq!(fs::read_to_string(root.path().join(".a.sql.0.tmp")).unwrap(), "old");
    }
}
