//! Other programs on the machine.

use std::path::PathBuf;

/// The program `name` in the directories of `PATH`, the first one that is a file.
pub(super) fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.is_file())
}
