//! The backups in a directory.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::NaiveDateTime;
use chrono::Utc;

use crate::cli::db_error::DbError;
use crate::cli::sites::Site;

use super::name::NameParts;
use super::name::TIME;
use super::name::name_parts;

/// A file that is named as a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Listed {
    pub(in crate::cli) path: PathBuf,
    /// Where the database was, as the name says.
    pub(in crate::cli) heads: String,
    pub(in crate::cli) made: DateTime<Utc>,
    pub(in crate::cli) bytes: u64,
}

/// The backups of `site` in `directory`, the newest first.
///
/// # Errors
/// When the directory cannot be read.
pub(in crate::cli) fn list(site: &Site<'_>, directory: &Path) -> Result<Vec<Listed>, DbError> {
    let failed = |error| DbError::File { path: directory.to_owned(), error };
    let parts = name_parts(site);
    let mut listed = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some((heads, made)) = name.to_str().and_then(|name| read_name(name, &parts)) else {
            continue;
        };
        let metadata = entry.metadata().map_err(failed)?;
        if metadata.is_file() {
            listed.push(Listed { path: entry.path(), heads, made, bytes: metadata.len() });
        }
    }
    listed.sort_by(|one, other| (other.made, &other.path).cmp(&(one.made, &one.path)));
    Ok(listed)
}

/// What the name of a backup says: where the database was, and when.
pub(super) fn read_name(name: &str, parts: &NameParts) -> Option<(String, DateTime<Utc>)> {
    let middle =
        name.strip_prefix(&parts.prefix)?.strip_suffix(parts.extension)?.strip_suffix('.')?;
    let (heads, time) = middle.rsplit_once('_')?;
    let time = NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc();
    (!heads.is_empty()).then(|| (heads.to_owned(), time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_heads_and_time() {
        let parts = NameParts { prefix: "epsm_results_".to_owned(), extension: "dump" };
        let read = |name| read_name(name, &parts).map(|(heads, made)| (heads, made.to_rfc3339()));
        assert_eq!(
            read("epsm_results_audit_0001+t5_20261121T183000Z.dump"),
            Some(("audit_0001+t5".to_owned(), "2026-11-21T18:30:00+00:00".to_owned()))
        );
        for other in [
            "epsm_results_20261121T183000Z.dump",
            "epsm_results_a1_20261121T183000Z.sql",
            "epsm_results_a1_20261321T183000Z.dump",
            "epsm_a1_20261121T183000Z.dump",
            "epsm_results_a1_20261121T183000Z.dump.part",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
