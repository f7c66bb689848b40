//! The projects in `examples/`, each copied to a place of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{OwnedDatabase, PASSWORD, TestEnvironment};

/// A copy of `examples/NAME`, with limbeck where its scripts look for it.
pub(crate) fn example(name: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    copy_directory(&top, &environment.path(""));
    symlink(env!("CARGO_BIN_EXE_limbeck"), environment.bin().join("limbeck")).unwrap();
    environment
}

/// With the permissions, and with hidden files.
pub(crate) fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_directory(&path, &copied);
        } else {
            fs::copy(&path, copied).unwrap();
        }
    }
}

impl TestEnvironment {
    /// Sets the five variables of a database: `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASSWORD` and its name.
    pub(crate) fn set_database(&mut self, prefix: &str, name: &str, database: &OwnedDatabase) {
        self.set(format!("{prefix}_HOST"), &database.host);
        self.set(format!("{prefix}_PORT"), database.port.to_string());
        self.set(format!("{prefix}_USER"), &database.user);
        self.set(format!("{prefix}_PASSWORD"), PASSWORD);
        self.set(name, &database.name);
    }
}
