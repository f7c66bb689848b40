//! The version locations: which of their entries are revisions, and in which order.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use super::diesel_directory;
use super::error::ScriptError;
use super::python_revision;
use super::python_revision::HeaderValues;
use super::revision_file::RevisionFile;
use super::source;
use super::tree::Disk;
use super::tree::Item;
use super::tree::ItemKind;
use super::tree::Tree;
use crate::graph::BranchLabel;

/// The places where revision files are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptDirectory {
    /// The version locations, in their order.
    pub locations: Vec<PathBuf>,
}

/// How version locations are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Whether sub-directories are gone through too.
    pub recursive: bool,
    /// The branch labels of the Diesel migrations in a version location, by location.
    pub diesel_labels: Vec<(PathBuf, BranchLabel)>,
    /// Who tells variables of Python revisions that are made of constants of other modules; without
    /// it such a file is an error.
    pub headers: Option<HeaderValues>,
    /// Whether a `.sql` file in which nothing is a revision's is passed over, as Alembic does.
    pub passes_over_sql: bool,
}

/// What has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedScripts {
    /// The revisions in load order: location by location, entries by name, and the contents of
    /// sub-directories after the entries beside them. As in Alembic, whatever else leaves an
    /// order open is decided by this one.
    pub revisions: Vec<RevisionFile>,
    /// The `.sql` files that were passed over.
    pub passed_over: Vec<PathBuf>,
}

impl ScriptDirectory {
    /// Reads every revision.
    ///
    /// # Errors
    /// The first thing, in load order, that is no readable revision.
    pub fn load(&self, options: &LoadOptions) -> Result<LoadedScripts, ScriptError> {
        load(&Disk, &self.locations, options)
    }

    /// The Python files that Alembic loads as revisions, in the order in which it does, whatever is
    /// in them.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn python_files(&self, recursive: bool) -> Result<Vec<PathBuf>, ScriptError> {
        let mut files = Vec::new();
        let mut seen = HashSet::new();
        let mut pending: Vec<PathBuf> = self.locations.iter().rev().cloned().collect();
        while let Some(directory) = pending.pop() {
            let Some(real) = Disk.real(&directory)? else { continue };
            if !seen.insert(real) {
                continue;
            }
            let mut inner = Vec::new();
            for entry in entries(&Disk, &directory)? {
                match entry.kind {
                    Kind::Python => files.push(entry.path),
                    Kind::Directory | Kind::PythonDirectory if recursive && !entry.linked => {
                        inner.push(entry.path);
                    }
                    Kind::Revision | Kind::Directory | Kind::PythonDirectory => {}
                }
            }
            pending.extend(inner.into_iter().rev());
        }
        Ok(files)
    }
}

/// Reads every revision in `locations` of `tree`.
pub(super) fn load(
    tree: &dyn Tree,
    locations: &[PathBuf],
    options: &LoadOptions,
) -> Result<LoadedScripts, ScriptError> {
    let mut loaded = LoadedScripts::default();
    let mut seen = Seen::default();
    for location in locations {
        load_location(tree, location, options, &mut seen, &mut loaded)?;
    }
    Ok(loaded)
}

/// What has been read, by its one true path: neither a directory under two names, nor a location
/// inside another, nor a link may give a revision twice. Alembic passes over them too.
#[derive(Default)]
struct Seen {
    directories: HashSet<PathBuf>,
    /// Files that are links, by what they lead to.
    links: HashSet<PathBuf>,
}

impl Seen {
    /// Whether the file that a link leads to has been read, or is to be read in its own place.
    fn has_target(&mut self, tree: &dyn Tree, link: &Path) -> Result<bool, ScriptError> {
        // A link to nothing is an error when it is read.
        let Some(real) = tree.real(link)? else { return Ok(false) };
        let is_read = real.parent().is_some_and(|parent| self.directories.contains(parent))
            && real.file_name().and_then(file_kind).is_some();
        Ok(is_read || !self.links.insert(real))
    }
}

fn load_location(
    tree: &dyn Tree,
    location: &Path,
    options: &LoadOptions,
    seen: &mut Seen,
    loaded: &mut LoadedScripts,
) -> Result<(), ScriptError> {
    let LoadedScripts { revisions, passed_over } = loaded;
    let label = options.diesel_labels.iter().find(|(path, _)| path == location);
    let mut migrations = Vec::new();
    // Sub-directories still to be gone through, the next one last.
    let mut pending = vec![(location.to_owned(), false)];
    while let Some((directory, only_python)) = pending.pop() {
        // A missing location is no error: a project without revisions has none yet.
        let Some(real) = tree.real(&directory)? else { continue };
        if !seen.directories.insert(real) {
            continue;
        }
        let mut inner = Vec::new();
        for entry in entries(tree, &directory)? {
            let is_directory = matches!(entry.kind, Kind::Directory | Kind::PythonDirectory);
            let is_linked_file = entry.linked && !is_directory;
            if is_linked_file && seen.has_target(tree, &entry.path)? {
                continue;
            }
            // A link to this file may have been read in a location before.
            if !seen.links.is_empty()
                && !entry.linked
                && tree.real(&entry.path)?.is_some_and(|real| seen.links.contains(&real))
            {
                continue;
            }
            match entry.kind {
                Kind::Revision if only_python => {}
                Kind::Revision
                    if options.passes_over_sql && !is_meant(&tree.bytes(&entry.path)?) =>
                {
                    passed_over.push(entry.path);
                }
                Kind::Revision => {
                    revisions.push(RevisionFile::parse(&tree.text(&entry.path)?, &entry.path)?);
                }
                Kind::Python => revisions.push(python_revision::read(
                    tree,
                    &entry.path,
                    options.headers.as_ref(),
                )?),
                Kind::Directory if !only_python => {
                    if diesel_directory::is_diesel_directory(tree, &entry.path)? {
                        migrations.push(revisions.len());
                        revisions.push(diesel_directory::read(
                            tree,
                            &entry.path,
                            &entry.name.to_string_lossy(),
                        )?);
                    } else if options.recursive && !entry.linked {
                        inner.push((entry.path, false));
                    }
                }
                Kind::Directory | Kind::PythonDirectory => {
                    if options.recursive && !entry.linked {
                        inner.push((entry.path, true));
                    }
                }
            }
        }
        pending.extend(inner.into_iter().rev());
    }
    let is_migration = |index: &usize| migrations.binary_search(index).is_ok();
    let chained = revisions.iter_mut().enumerate().filter(|(index, _)| is_migration(index));
    diesel_directory::chain(
        chained.map(|(_, revision)| revision).collect(),
        label.map(|(_, label)| label),
    )
}

/// In so many lines a key is looked for that tells of a damaged front matter.
const HEAD: usize = 20;

/// Whether a `.sql` file is meant for a revision, be it one that cannot be read: it begins with a
/// comment of dashes, or has a section line or a key that every front matter has.
fn is_meant(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = source::without_mark(&text);
    let opens = |line: &str| {
        line.strip_prefix("/*").is_some_and(|rest| rest.trim_start().starts_with("--"))
    };
    let is_key = |line: &str, key: &str| {
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let is_section = |line: &str| {
        let mut words = line.strip_prefix("---").unwrap_or_default().split_whitespace();
        // A sentence is a comment.
        matches!(words.next(), Some("upgrade" | "downgrade")) && words.count() < 2
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.clone().next().is_some_and(opens)
        || lines
            .clone()
            .take(HEAD)
            .any(|line| is_key(line, "revision") || is_key(line, "down_revision"))
        || lines.any(is_section)
}

/// An entry of a directory that may hold revisions.
struct Entry {
    path: PathBuf,
    name: OsString,
    kind: Kind,
    /// A symbolic link. Through those to directories one could go around in a circle.
    linked: bool,
}

enum Kind {
    Revision,
    Python,
    Directory,
    /// One in which only Python can be a revision: `.git` and its like.
    PythonDirectory,
}

/// The entries of a directory that matter, sorted by name.
fn entries(tree: &dyn Tree, directory: &Path) -> Result<Vec<Entry>, ScriptError> {
    let mut entries = Vec::new();
    for Item { path, name, kind, linked } in tree.list(directory)? {
        let kind = match kind {
            ItemKind::Other => file_kind(&name),
            ItemKind::Directory if !is_ignored(&name) => Some(Kind::Directory),
            // Alembic goes through hidden directories too, and leaves out this one alone.
            ItemKind::Directory if !name.to_string_lossy().ends_with("__pycache__") => {
                Some(Kind::PythonDirectory)
            }
            ItemKind::Directory => None,
        };
        let Some(kind) = kind else { continue };
        entries.push(Entry { path, name, kind, linked });
    }
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// What a file of this name is, if it is a revision.
fn file_kind(name: &OsStr) -> Option<Kind> {
    let text = name.to_string_lossy();
    if text.ends_with(".py") {
        // As Alembic judges (`_only_source_rev_file`).
        let is_revision = !text.starts_with(".#") && !text.starts_with("__init__");
        return is_revision.then_some(Kind::Python);
    }
    let extension = Path::new(name).extension()?;
    // In either case: `X.SQL` must not be passed over in silence.
    (extension.eq_ignore_ascii_case("sql") && !is_ignored(name)).then_some(Kind::Revision)
}

/// Names that are never revisions: hidden files, editors' backups, notes, Python's cache.
pub(super) fn is_ignored(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.')
        || name.ends_with('~')
        || name.starts_with("README")
        || name.ends_with(".md")
        || name == "__pycache__"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A directory tree: names with their text, sub-directories in the name.
    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn sql(id: &str) -> String {
        format!("/*---\nrevision = '{id}'\ndown_revision = []\n---*/\n--- upgrade\n")
    }

    fn load(
        root: &tempfile::TempDir,
        locations: &[&str],
        options: &LoadOptions,
    ) -> Result<Vec<RevisionFile>, ScriptError> {
        let locations = locations.iter().map(|name| root.path().join(name)).collect();
        Ok(ScriptDirectory { locations }.load(options)?.revisions)
    }

    fn ids(revisions: &[RevisionFile]) -> Vec<&str> {
        revisions.iter().map(|file| file.revision.id.as_str()).collect()
    }

    #[test]
    fn locations_come_in_their_order_and_entries_by_name() {
        let root = tree(&[
            ("one/b.sql", &sql("1b")),
            ("one/a.SQL", &sql("1a")),
            ("one/C.sql", &sql("1C")),
            ("one/.a.sql", "not a revision"),
            ("one/.#b.sql", "not a revision"),
            ("one/b.sql~", "not a revision"),
            ("one/README.sql", "not a revision"),
            ("one/notes.md", "not a revision"),
            ("one/schema.sql.bak", "not a revision"),
            ("one/__init__.py", ""),
            ("one/sub/c.sql", "not a revision"),
            ("two/a.sql", &sql("2a")),
        ]);
        let options = LoadOptions::default();
        let loaded = load(&root, &["two", "missing", "one", "one/../two"], &options).unwrap();
        assert_eq!(ids(&loaded), ["2a", "1C", "1a", "1b"]);
        assert_eq!(loaded[1].revision.path, root.path().join("one/C.sql"));
        assert!(load(&root, &[], &options).unwrap().is_empty());
    }

    #[test]
    fn sub_directories_are_read_when_asked_for() {
        let root = tree(&[
            ("v/z.sql", &sql("z")),
            ("v/a/x.sql", &sql("ax")),
            ("v/a/b/y.sql", &sql("aby")),
            ("v/c/w.sql", &sql("cw")),
            ("v/.git/x.sql", "not a revision"),
            ("v/__pycache__/x.py", "not a revision"),
            ("v/.old/p.py", "revision = 'p'\ndown_revision = None\n"),
        ]);
        let options = LoadOptions { recursive: true, ..LoadOptions::default() };
        assert_eq!(ids(&load(&root, &["v"], &options).unwrap()), ["z", "p", "ax", "aby", "cw"]);
        let directory = ScriptDirectory { locations: vec![root.path().join("v")] };
        assert_eq!(directory.python_files(true).unwrap(), [root.path().join("v/.old/p.py")]);
        assert!(directory.python_files(false).unwrap().is_empty());
    }

    #[test]
    fn python_and_sql_mix_and_names_are_judged_as_alembic_does() {
        let python = |id: &str| format!("revision = '{id}'\ndown_revision = None\n");
        let root = tree(&[
            ("v/b.py", &python("b")),
            ("v/a.sql", &sql("a")),
            ("v/.c.py", &python("c")),
            ("v/README.py", &python("d")),
            ("v/.#b.py", "("),
            ("v/__init__more.py", "("),
            ("v/b.pyc", "("),
            ("v/B.PY", "("),
            ("v/sub/e.py", "("),
        ]);
        let loaded = load(&root, &["v"], &LoadOptions::default()).unwrap();
        assert_eq!(ids(&loaded), ["c", "d", "a", "b"]);
    }

    #[test]
    fn a_location_inside_another_is_read_once() {
        let root = tree(&[("v/a.sql", &sql("a")), ("v/w/b.sql", &sql("b"))]);
        let options = LoadOptions { recursive: true, ..LoadOptions::default() };
        assert_eq!(ids(&load(&root, &["v", "v/w"], &options).unwrap()), ["a", "b"]);
        assert_eq!(ids(&load(&root, &["v/w", "v"], &options).unwrap()), ["b", "a"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_revision_is_no_second_one() {
        let root = tree(&[("v/b.sql", &sql("b")), ("w/c.sql", &sql("c"))]);
        let link = std::os::unix::fs::symlink::<PathBuf, PathBuf>;
        link(root.path().join("v/b.sql"), root.path().join("v/a.sql")).unwrap();
        link(root.path().join("w/c.sql"), root.path().join("v/d.sql")).unwrap();
        link(root.path().join("w/c.sql"), root.path().join("v/e.sql")).unwrap();
        let loaded = load(&root, &["v"], &LoadOptions::default()).unwrap();
        assert_eq!(ids(&loaded), ["b", "c"]);
        assert_eq!(ids(&load(&root, &["v", "w"], &LoadOptions::default()).unwrap()), ["b", "c"]);
        assert_eq!(ids(&load(&root, &["w", "v"], &LoadOptions::default()).unwrap()), ["c", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_directories_do_not_lead_in_circles() {
        let root = tree(&[("v/a.sql", &sql("a")), ("other/up.sql", "A;")]);
        std::os::unix::fs::symlink(root.path().join("v"), root.path().join("v/loop")).unwrap();
        std::os::unix::fs::symlink(root.path().join("other"), root.path().join("v/1_x")).unwrap();
        let options = LoadOptions { recursive: true, ..LoadOptions::default() };
        assert_eq!(ids(&load(&root, &["v"], &options).unwrap()), ["1", "a"]);
        std::os::unix::fs::symlink("nowhere", root.path().join("v/b.sql")).unwrap();
        let error = load(&root, &["v"], &options).unwrap_err();
        assert_eq!(error.path(), root.path().join("v/b.sql"));
    }

    #[test]
    fn diesel_directories_form_one_branch_in_version_order() {
        let root = tree(&[
            ("v/2024-02-01-000000_b/up.sql", "B;"),
            ("v/20240101000000_a/up.sql", "A;"),
            ("v/20240301000000_c/up.sql", "C;"),
            ("v/2024021_native.sql", &sql("native")),
            ("w/1_x/up.sql", "X;"),
        ]);
        let label: BranchLabel = "diesel".parse().unwrap();
        let options = LoadOptions {
            diesel_labels: vec![(root.path().join("v"), label.clone())],
            ..LoadOptions::default()
        };
        let loaded = load(&root, &["v", "w"], &options).unwrap();
        let shown: Vec<String> = loaded
            .iter()
            .map(|f| format!("{:?} <- {}", f.revision.down_revisions, f.revision.id))
            .collect();
        assert_eq!(
            shown,
            [
                "[\"20240101000000\"] <- 20240201000000",
                "[] <- 20240101000000",
                "[] <- native",
                "[\"20240201000000\"] <- 20240301000000",
                "[] <- 1",
            ]
        );
        assert_eq!(loaded[1].revision.branch_labels, [label]);
        assert!(loaded[4].revision.branch_labels.is_empty());
    }

    #[test]
    fn a_diesel_version_is_taken_once() {
        let root = tree(&[("v/1-0_a/up.sql", "A;"), ("v/10_b/up.sql", "B;")]);
        let error = load(&root, &["v"], &LoadOptions::default()).unwrap_err();
        let (first, second) = (root.path().join("v/1-0_a"), root.path().join("v/10_b"));
        assert_eq!(
            error.to_string(),
            format!("{}: version 10 is taken by {}", second.display(), first.display())
        );
        assert_eq!(error.path(), second);
    }

    #[test]
    fn sql_that_no_revision_is_meant_by_can_be_passed_over() {
        let options = LoadOptions { passes_over_sql: true, ..LoadOptions::default() };
        let root = tree(&[("v/a.sql", &sql("a")), ("v/base.sql", "CREATE TABLE t (a int);\n")]);
        fs::write(root.path().join("v/dump.sql"), b"-- f\xfcr\nSELECT 1;\n").unwrap();
        let location = root.path().join("v");
        let loaded = ScriptDirectory { locations: vec![location.clone()] }.load(&options).unwrap();
        assert_eq!(ids(&loaded.revisions), ["a"]);
        assert_eq!(loaded.passed_over, [location.join("base.sql"), location.join("dump.sql")]);
        for text in [
            "/*--\nrevision = 'b'\n--*/\n",
            "\n/* --- */",
            "revision = 'b'\n---*/\n",
            "SELECT 1;\n--- upgrade\n",
            "--downgrade\n---downgrade sqlite\n",
        ] {
            let root = tree(&[("v/b.sql", text)]);
            let error = load(&root, &["v"], &options).unwrap_err();
            assert_eq!(error.path(), root.path().join("v/b.sql"), "{text}");
        }
    }

    #[test]
    fn what_is_no_revision_is_named() {
        let options = LoadOptions::default();
        let root = tree(&[("v/a.sql", "CREATE TABLE t (a int);\n")]);
        let path = root.path().join("v/a.sql");
        let error = load(&root, &["v"], &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{}:1:1: the first line is not '/*---', so this is no revision file \
                 (add front matter, or move the file out of the version location)",
                path.display()
            )
        );
        assert_eq!(error.path(), path);

        let root = tree(&[("v/a.py", "revision = 'a'\n")]);
        let error = load(&root, &["v"], &options).unwrap_err();
        assert_eq!(error.path(), root.path().join("v/a.py"));

        let root = tree(&[("v", "a file")]);
        let error = load(&root, &["v"], &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot read directory {}", root.path().join("v").display())
        );
    }
}
