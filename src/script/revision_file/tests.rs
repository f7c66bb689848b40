use std::fs;

use proptest::prelude::*;

use super::super::error::SyntaxErrorKind;
use super::*;

const PATH: &str = "versions/a_b.sql";

const FILE: &str = r#"/*---
message       = "add ping_results table"
revision      = "9f3c1b2a4d5e"
down_revision = "4c1d77a09b21"       # a comment
branch_labels = ["timescale"]
depends_on    = []
create_date   = 2026-11-20T14:03:11Z
---*/

--- upgrade
CREATE TABLE ping_results (a int);

--- upgrade mysql
CREATE TABLE ping_results (a int) ENGINE = InnoDB;

--- downgrade
DROP TABLE ping_results;
"#;

fn read(text: &str) -> Result<RevisionFile, Box<SyntaxError>> {
    RevisionFile::parse(text, Path::new(PATH))
}

#[test]
fn the_example_of_the_design() {
    let file = read(FILE).unwrap();
    assert_eq!(file.revision.id, "9f3c1b2a4d5e");
    assert_eq!(file.revision.down_revisions, ["4c1d77a09b21"]);
    assert_eq!(file.revision.branch_labels, ["timescale"]);
    assert_eq!(file.revision.message, "add ping_results table");
    assert_eq!(file.revision.path, Path::new(PATH));
    assert_eq!(file.create_date.unwrap().timestamp(), 1_795_183_391);
    assert_eq!(file.sections.len(), 3);

    let upgrade = file.section(Direction::Upgrade, Dialect::Postgresql).unwrap();
    assert_eq!(upgrade.text, "CREATE TABLE ping_results (a int);\n\n");
    assert_eq!(upgrade.position, SourcePosition { line: 11, column: 1 });
    assert_eq!(&*upgrade.path, Path::new(PATH));
    let mysql = file.section(Direction::Upgrade, Dialect::Mysql).unwrap();
    assert_eq!((mysql.dialect, mysql.position.line), (Some(Dialect::Mysql), 14));
    let downgrade = file.section(Direction::Downgrade, Dialect::Mysql).unwrap();
    assert_eq!((downgrade.dialect, downgrade.position.line), (None, 17));
}

#[test]
fn a_section_for_another_dialect_does_not_serve() {
    let file = read(&FILE.replace("--- upgrade\n", "--- upgrade postgres\n")).unwrap();
    assert!(file.section(Direction::Upgrade, Dialect::Sqlite).is_none());
    assert!(file.section(Direction::Upgrade, Dialect::Postgresql).is_some());
}

#[test]
fn byte_order_marks_and_crlf_change_nothing_but_the_text() {
    let windows = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    let (file, plain) = (read(&windows).unwrap(), read(FILE).unwrap());
    assert_eq!(file.revision, plain.revision);
    for (section, expected) in file.sections.iter().zip(&plain.sections) {
        assert_eq!(section.position, expected.position);
        assert_eq!(section.text, expected.text.replace('\n', "\r\n"));
    }
    let error = read(&windows.replace("message ", "mesage  ")).unwrap_err();
    assert_eq!(error.position, SourcePosition { line: 2, column: 1 });
    assert_eq!(error.line, "mesage        = \"add ping_results table\"");
}

#[test]
fn errors_show_the_line() {
    let error = read(&FILE.replace("\"4c1d77a09b21\"", "\"é\", x")).unwrap_err();
    assert_eq!(error.position.line, 4);
    assert_eq!(error.line, "down_revision = \"é\", x       # a comment");
    assert!(matches!(error.kind, SyntaxErrorKind::Toml(_)));
    assert!(error.to_string().starts_with("versions/a_b.sql:4:20: the front matter is no TOML: "));

    let error = read(&FILE.replace("[\"timescale\"]", "[\"é\", \"a@b\"]")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "versions/a_b.sql:5:23: key 'branch_labels': Character(s) '@' not allowed in branch \
         label 'a@b'"
    );

    let error = read(&FILE.replace("--- downgrade", "--- downgarde")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "versions/a_b.sql:16:1: '--- downgarde' begins no section, did you mean '--- downgrade'? \
         (an ordinary comment begins with two dashes)"
    );
    assert_eq!(error.line, "--- downgarde");

    let error = read(&FILE.replace("---*/", "--*/")).unwrap_err();
    assert_eq!((error.position.line, error.kind), (1, SyntaxErrorKind::UnclosedFrontMatter));

    let error = read("/*---\nrevision = 'a'\ndown_revision = []\n---*/").unwrap_err();
    assert_eq!((error.position.line, error.kind), (4, SyntaxErrorKind::MissingUpgrade));
}

#[test]
fn files_that_are_no_text_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.sql");
    let error = RevisionFile::read(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {}", path.display()));
    assert!(std::error::Error::source(&error).is_some());

    fs::write(&path, b"/*---\nmessage = '\xc3\xa9\xe9'\n---*/\n").unwrap();
    let error = RevisionFile::read(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("{}:2:13: the file is not UTF-8 text", path.display()));
    assert_eq!(error.path(), path);
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        drop(read(&text));
        drop(read(&format!("/*---\n{text}\n---*/\n--- upgrade\n")));
        drop(read(&format!("/*---\nrevision='a'\ndown_revision=[]\n---*/\n--- upgrade\n{text}")));
    }

    /// Texts made of what the reader looks for; every section is a part of the text, in its
    /// place, and every error is on a line of it.
    #[test]
    fn scraps_never_panic(scraps in proptest::collection::vec(prop_oneof![
        Just("--- upgrade\n"), Just("--- downgrade\r\n"), Just("--- upgrade mysql\n"),
        Just("--- up\n"), Just("---"), Just("\n"), Just("'"), Just("\""), Just("`"), Just("$$"),
        Just("$a$"), Just("/*"), Just("*/"), Just("--"), Just("#"), Just("["), Just("]"),
        Just("\\"), Just("E"), Just("é"), Just("a = 1\n"), Just("x"), Just("---*/\n"),
    ], 0..40)) {
        let head = "/*---\nrevision='a'\ndown_revision=[]\n---*/\n--- upgrade sqlite\n";
        let text = format!("{head}{}", scraps.concat());
        match read(&text) {
            Ok(file) => {
                for section in &file.sections {
                    let start: usize =
                        text.split_inclusive('\n').take(section.position.line - 1).map(str::len).sum();
                    prop_assert!(text[start..].starts_with(&section.text));
                }
            }
            Err(error) => {
                prop_assert_eq!(text.lines().nth(error.position.line - 1).unwrap_or(""), error.line);
            }
        }
        drop(read(&scraps.concat()));
    }
}
