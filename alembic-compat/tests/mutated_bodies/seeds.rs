//! The valid files that are damaged.

use std::path::Path;
use std::path::PathBuf;

const HEAD: &str = "\"\"\"a revision\n\nRevision ID: 0123abcd\n\"\"\"\nimport datetime\nimport json\nimport re\nimport uuid\n\n\
    from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy import orm\n\
    from sqlalchemy.dialects import mysql, postgresql, sqlite\n\nrevision = '0123abcd'\ndown_revision = None\n\
    branch_labels = None\ndepends_on = None\n\n";

/// The texts of this package's tests, as revisions.
pub(crate) fn own() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for text in [
        include_str!("../revisions/directives.txt"),
        include_str!("../revisions/types.txt"),
        include_str!("../revisions/constructs.txt"),
        include_str!("../revisions/orm.txt"),
        include_str!("../revisions/live.txt"),
    ] {
        for part in text.split("#### ").skip(1) {
            let (name, body) = part.split_once('\n').unwrap();
            let body = match name.ends_with(" ::: module") {
                true => body.to_owned(),
                false => function("upgrade", body),
            };
            files.push(format!("{HEAD}{body}\n\ndef downgrade():\n    op.drop_table('t')\n"));
        }
    }
    for text in [
        include_str!("../eval/corpus/classes.py"),
        include_str!("../eval/corpus/containers.py"),
        include_str!("../eval/corpus/exceptions.py"),
        include_str!("../eval/corpus/functions.py"),
        include_str!("../eval/corpus/generators.py"),
        include_str!("../eval/corpus/text.py"),
    ] {
        for program in text.split("\n# ---\n") {
            files.push(format!("{HEAD}{}", function("upgrade", program)));
        }
    }
    files.into_iter().map(String::into_bytes).collect()
}

fn function(name: &str, body: &str) -> String {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    format!("def {name}():\n{body}    pass\n")
}

/// Those, and the revision files below `LIMBECK_FUZZ_DIR`, in the order of their paths.
pub(crate) fn all() -> Vec<Vec<u8>> {
    let mut files = own();
    let Some(directory) = std::env::var_os("LIMBECK_FUZZ_DIR") else { return files };
    let mut paths = Vec::new();
    find(Path::new(&directory), &mut paths);
    paths.sort();
    for path in paths {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
        if has(b"down_revision") && has(b"def upgrade") {
            files.push(bytes);
        }
    }
    files
}

fn find(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            find(&entry.path(), found);
        } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "py") {
            found.push(entry.path());
        }
    }
}
