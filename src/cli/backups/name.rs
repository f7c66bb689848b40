//! Names of backups: the database, where it was, and when.

use std::path::Path;

use limbeck_schema::Dialect;

use crate::cli::sites::Site;
use crate::graph::Heads;
use crate::graph::RevisionId;

/// A word for a shell.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,%@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// How a file that is a backup of a database begins, and how it ends.
pub(super) struct NameParts {
    /// `epsm_results_`
    pub(super) prefix: String,
    /// `dump`
    pub(super) extension: &'static str,
}

/// What files are called that are backups of `site`.
pub(super) fn name_parts(site: &Site<'_>) -> NameParts {
    let (name, extension) = match site.url.dialect() {
        Dialect::Postgresql => (site.url.database(), "dump"),
        Dialect::Mysql => (site.url.database(), "sql"),
        Dialect::Sqlite => {
            (site.url.sqlite_path().and_then(Path::file_stem).and_then(|stem| stem.to_str()), "db")
        }
    };
    let name = plain(name.unwrap_or(site.name()));
    NameParts { prefix: format!("{}_", name.trim_start_matches(['-', '.'])), extension }
}

/// `epsm_results_4c1d77a09b21_20261121T183000Z.dump`.
pub(super) fn file_name(site: &Site<'_>, heads: &Heads) -> String {
    let NameParts { prefix, extension } = name_parts(site);
    let time = chrono::Utc::now().format(TIME);
    format!("{prefix}{}_{time}.{extension}", heads_in_name(heads))
}

/// How the time of a backup is written.
pub(super) const TIME: &str = "%Y%m%dT%H%M%SZ";

/// Rows of a version table as a part of a name.
pub(super) fn heads_in_name(heads: &Heads) -> String {
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    match ids.is_empty() {
        true => "base".to_owned(),
        false => plain(&ids.join("+")),
    }
}

/// Whatever a name holds, it makes no directory and no option.
fn plain(text: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
    text.chars().map(|c| if keep(c) { c } else { '_' }).take(80).collect()
}
