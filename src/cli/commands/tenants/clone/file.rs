//! Tenants that are SQLite files, copied as such.

use std::fs;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::cli::backups::Partial;
use crate::cli::backups::with_suffix;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db;

/// What SQLite keeps beside a file and would take for the new one's.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Makes the file `target` a copy of `source`, which is that of `from` and stands still meanwhile.
pub(super) fn clone(from: &Site<'_>, source: &Path, target: &Path) -> Result<(), CliError> {
    check_free(target)?;
    copy(from, source, target)
}

/// Refuses a new file that is there, or of which something is: SQLite would play the journal of
/// another file back into it.
fn check_free(target: &Path) -> Result<(), DbError> {
    let beside = BESIDE.iter().map(|suffix| with_suffix(target, suffix));
    for path in std::iter::once(target.to_owned()).chain(beside) {
        if path.symlink_metadata().is_ok() {
            return Err(DbError::FileExists { path });
        }
    }
    Ok(())
}

fn copy(from: &Site<'_>, source: &Path, target: &Path) -> Result<(), CliError> {
    let failed = |error| DbError::File { path: target.to_owned(), error };
    // Under a name of this process alone: what is left of one that was killed is no tenant and in
    // nobody's way.
    let partial = Partial::with_suffix(target, &format!(".{}.part", std::process::id()))?;
    let options = from.options(true)?;
    db::copy_sqlite(&from.url, &options, &partial.path).map_err(|error| from.error(error))?;
    // Whoever may use the one may use the other.
    fs::metadata(source)
        .and_then(|metadata| fs::set_permissions(&partial.path, metadata.permissions()))
        .and_then(|()| File::open(&partial.path)?.sync_all())
        .map_err(failed)?;
    check_free(target)?;
    // A link is never made over a file that has come meanwhile.
    match fs::hard_link(&partial.path, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(DbError::FileExists { path: target.to_owned() }.into())
        }
        result => Ok(result.map_err(failed)?),
    }
}
