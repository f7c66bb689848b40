//! Migrations as Diesel writes them: a directory `<version>_<name>` with `up.sql` and, perhaps,
//! `down.sql` and `metadata.toml`.
//!
//! Diesel has no graph: it runs what is pending in the order of the versions, compared as text.
//! So the directories of one version location are one linear branch in that order, and each
//! follows the one before it.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use limbeck_schema::Dialect;
use toml::de::DeTable;

use super::error::ScriptError;
use super::error::SyntaxError;
use super::error::SyntaxErrorKind;
use super::revision_file::Direction;
use super::revision_file::RevisionFile;
use super::revision_file::RevisionFormat;
use super::revision_file::RevisionOptions;
use super::revision_file::Section;
use super::source;
use super::sql::SourcePosition;
use super::tree::Tree;
use crate::graph::BranchLabel;
use crate::graph::Revision;
use crate::graph::RevisionId;

const UP: &str = "up.sql";
const DOWN: &str = "down.sql";
const METADATA: &str = "metadata.toml";

/// Whether a directory is a Diesel migration.
///
/// # Errors
/// When it holds a `down.sql` without an `up.sql`: Diesel refuses such a directory too, and
/// passing over it would lose a migration.
pub(super) fn is_diesel_directory(tree: &dyn Tree, path: &Path) -> Result<bool, ScriptError> {
    if tree.is_file(&path.join(UP)) {
        return Ok(true);
    }
    if tree.is_file(&path.join(DOWN)) {
        return Err(ScriptError::NoUpScript { path: path.to_owned() });
    }
    Ok(false)
}

/// Reads one directory, named `name`. It follows nothing yet; see [`chain`].
pub(super) fn read(tree: &dyn Tree, path: &Path, name: &str) -> Result<RevisionFile, ScriptError> {
    let (version, name) = name.split_once('_').unwrap_or((name, ""));
    // As Diesel does: `2024-01-01-000000_a` has the version 20240101000000.
    let id: RevisionId = version
        .replace('-', "")
        .parse()
        .map_err(|source| ScriptError::DieselVersion { path: path.to_owned(), source })?;
    let mut sections = vec![section(tree, Direction::Upgrade, &path.join(UP))?];
    let down = path.join(DOWN);
    if tree.is_file(&down) {
        sections.push(section(tree, Direction::Downgrade, &down)?);
    }
    let transaction = runs_in_transaction(tree, &path.join(METADATA))?;
    Ok(RevisionFile {
        revision: Revision { message: name.replace('_', " "), ..Revision::new(id, path) },
        format: RevisionFormat::Diesel,
        options: RevisionOptions { transaction, ..RevisionOptions::default() },
        create_date: None,
        sections,
        embedded_python: None,
    })
}

fn section(tree: &dyn Tree, direction: Direction, path: &Path) -> Result<Section, ScriptError> {
    let text = tree.text(path)?;
    Ok(Section {
        direction,
        dialect: None::<Dialect>,
        path: Arc::from(path),
        position: SourcePosition { line: 1, column: 1 },
        text: source::without_mark(&text).to_owned(),
    })
}

/// Diesel's rule, traps included: no file means yes, as far as the script lets it; a file that does not
/// say so means no.
fn runs_in_transaction(tree: &dyn Tree, path: &Path) -> Result<Option<bool>, ScriptError> {
    const KEY: &str = "run_in_transaction";
    let text = match tree.text(path) {
        Ok(text) => text,
        Err(ScriptError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let error = |offset, kind| SyntaxError {
        path: path.to_owned(),
        position: source::position_at(&text, offset),
        line: source::line_at(&text, offset).to_owned(),
        kind,
    };
    // Here Diesel takes an unreadable file for an absent one; it is likelier a mistake.
    let table = DeTable::parse(&text).map_err(|e| {
        let offset = e.span().map_or(text.len(), |span| span.start);
        Box::new(error(offset, SyntaxErrorKind::Toml(e.message().to_owned())))
    })?;
    let Some((_, value)) = table.get_ref().iter().find(|(key, _)| key.get_ref() == KEY) else {
        return Ok(Some(false));
    };
    let found = value.get_ref().as_bool().ok_or_else(|| {
        let reason = "takes true or false".to_owned();
        let kind = SyntaxErrorKind::BadValue { key: KEY.to_owned(), reason };
        Box::new(error(value.span().start, kind))
    })?;
    Ok(Some(found))
}

/// Makes the directories of one version location a linear branch: each follows the one with the
/// version before it, as text, and the first gets `label`. Their order in the list stays.
pub(super) fn chain(
    mut migrations: Vec<&mut RevisionFile>,
    label: Option<&BranchLabel>,
) -> Result<(), ScriptError> {
    migrations.sort_by(|a, b| a.revision.id.cmp(&b.revision.id));
    let mut previous: Option<&Revision> = None;
    for migration in migrations {
        let revision = &mut migration.revision;
        match previous {
            Some(before) if before.id == revision.id => {
                return Err(ScriptError::DuplicateVersion {
                    path: revision.path.clone(),
                    version: revision.id.clone(),
                    other: before.path.clone(),
                });
            }
            Some(before) => revision.down_revisions = vec![before.id.clone()],
            None => revision.branch_labels = label.cloned().into_iter().collect(),
        }
        previous = Some(revision);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::fs;

    use super::*;
    use crate::script::tree::Disk;

    fn directory(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, std::path::PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(name);
        fs::create_dir(&path).unwrap();
        for (file, text) in files {
            fs::write(path.join(file), text).unwrap();
        }
        (root, path)
    }

    fn read_one(name: &str, files: &[(&str, &str)]) -> Result<RevisionFile, ScriptError> {
        let (_root, path) = directory(name, files);
        read(&Disk, &path, name)
    }

    #[test]
    fn a_directory_is_a_revision() {
        let file = read_one(
            "2024-01-01-000000_create_users",
            &[("up.sql", "\u{feff}A;\n"), ("down.sql", "B;\n")],
        )
        .unwrap();
        assert_eq!(file.revision.id, "20240101000000");
        assert_eq!(file.revision.message, "create users");
        assert!(file.revision.down_revisions.is_empty());
        assert_eq!(file.options.transaction, None);
        let up = file.section(Direction::Upgrade, Dialect::Mysql).unwrap();
        assert_eq!((up.text.as_str(), up.position.line), ("A;\n", 1));
        assert!(up.path.ends_with("2024-01-01-000000_create_users/up.sql"));
        assert_eq!(file.section(Direction::Downgrade, Dialect::Sqlite).unwrap().text, "B;\n");
        assert!(read_one("1_a", &[("up.sql", "A")]).unwrap().sections.len() == 1);
    }

    #[test]
    fn metadata_is_read_as_diesel_reads_it() {
        let transaction = |text| {
            let file = read_one("1_a", &[("up.sql", "A;"), ("metadata.toml", text)])?;
            Ok::<_, ScriptError>(file.options.transaction)
        };
        assert_eq!(transaction("run_in_transaction = true").unwrap(), Some(true));
        assert_eq!(transaction("run_in_transaction = false").unwrap(), Some(false));
        assert_eq!(transaction("").unwrap(), Some(false));
        assert_eq!(transaction("other = 1").unwrap(), Some(false));
        let error = transaction("a = 1\nrun_in_transaction = 'no'\n").unwrap_err();
        assert!(error.path().ends_with("1_a/metadata.toml"));
        assert!(
            error.to_string().ends_with("2:22: key 'run_in_transaction': takes true or false"),
            "{error}"
        );
        let error = transaction("run_in").unwrap_err().to_string();
        assert!(error.contains("metadata.toml:1:"), "{error}");
    }

    #[test]
    fn faulty_directories_are_named() {
        let error = read_one("a@b_c", &[("up.sql", "A;")]).unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("a@b_c: the directory's version is no revision id"), "{text}");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("Character(s) '@' not allowed in revision identifier 'a@b'")
        );
        assert!(read_one("_c", &[("up.sql", "A;")]).is_err());
        let (_root, path) = directory("1_a", &[("down.sql", "A;")]);
        let error = is_diesel_directory(&Disk, &path).unwrap_err();
        assert!(error.to_string().ends_with("1_a: the directory has a down.sql but no up.sql"));
        assert_eq!(error.path(), path);
        let (_root, path) = directory("1_a", &[("other.sql", "A;")]);
        assert!(!is_diesel_directory(&Disk, &path).unwrap());
    }
}
