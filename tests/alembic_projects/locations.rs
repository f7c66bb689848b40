//! Where revisions are looked for: `version_locations`, separators, packages, sub-directories.

use insta::assert_snapshot;

use super::project::{ENV, bare_project, revision};
use crate::support::{Output, TestEnvironment};

/// A project with revisions at several places and these lines in its ini file.
fn with(lines: &str) -> TestEnvironment {
    let ini =
        format!("[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite://\n{lines}");
    let env = bare_project(&ini, ENV);
    env.write("migrations/versions/a1_x.py", revision("a1", "None"));
    env.write("migrations/versions/deep/er/d4_x.py", revision("d4", "None"));
    env.write("my other/b2_x.py", revision("b2", "None"));
    env.write("app/__init__.py", "");
    env.write("app/versions/c3_x.py", revision("c3", "None"));
    env.write("lib/inner/__init__.py", "");
    env.write("lib/inner/versions/e5_x.py", revision("e5", "None"));
    env
}

fn heads(lines: &str) -> Output {
    with(lines).run(&["heads"])
}

#[test]
fn every_separator() {
    for (separator, between) in [("os", ":"), (":", ":"), (";", ";"), ("newline", "\n  ")] {
        let lines = format!(
            "path_separator = {separator}\n\
             version_locations = migrations/versions{between}%(here)s/my other{between}\n"
        );
        assert_eq!(heads(&lines).ok(), "a1 (head)\nb2 (head)\n", "{separator}");
    }
    let lines = "path_separator = space\nversion_locations = migrations/versions  app/versions\n";
    assert_eq!(heads(lines).ok(), "a1 (head)\nc3 (head)\n");
    // The old name, and none at all: commas and spaces, as ever.
    let lines = "version_path_separator = ;\nversion_locations = my other;app/versions\n";
    assert_eq!(heads(lines).ok(), "b2 (head)\nc3 (head)\n");
    let lines = "version_locations = migrations/versions, app/versions\n";
    assert_eq!(heads(lines).ok(), "a1 (head)\nc3 (head)\n");
    assert_snapshot!(heads("path_separator = |\nversion_locations = a|b\n"), @"
    ------- stderr -------
    error: '|' is not a valid value for path_separator; expected 'space', 'newline', 'os', ':', ';'
      --> alembic.ini:4:1
       |  path_separator = |
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn sub_directories_only_where_they_are_wanted() {
    assert_eq!(heads("").ok(), "a1 (head)\n");
    assert_eq!(heads("recursive_version_locations = true\n").ok(), "a1 (head)\nd4 (head)\n");
    assert_eq!(heads("recursive_version_locations = yes\n").ok(), "a1 (head)\n");
}

#[test]
fn packages_are_found_without_python() {
    let lines = "path_separator = newline\nversion_locations = app:versions\n";
    assert_snapshot!(heads(lines), @"
    c3 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    let lines = format!("prepend_sys_path = .\n{lines}");
    assert_eq!(heads(&lines).ok(), "c3 (head)\n");
    let lines =
        "path_separator = os\nprepend_sys_path = .:lib\nversion_locations = inner:versions\n";
    // The separator splits the package from its path, as in Alembic.
    assert_snapshot!(heads(lines), @"
    ------- stderr -------
    [exit status: 0]
    ");
    let lines = "path_separator = ;\nprepend_sys_path = .;lib\nversion_locations = inner:versions;app:versions\n";
    assert_eq!(heads(lines).ok(), "e5 (head)\nc3 (head)\n");
}

#[test]
fn a_place_that_is_not_there() {
    assert_snapshot!(heads("path_separator = os\nversion_locations = nowhere:migrations/versions\n"), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn sourceless_is_refused() {
    assert_snapshot!(heads("sourceless = true\n"), @"
    ------- stderr -------
    error: sourceless revisions (.pyc files alone) need Python's own reader, which limbeck has not
      --> alembic.ini:4:1
    hint: keep the .py files
    [exit status: 78]
    ");
    assert_eq!(heads("sourceless = false\n").ok(), "a1 (head)\n");
}

#[test]
fn what_python_leaves_behind_is_no_revision() {
    let env = with("");
    env.write("migrations/versions/__pycache__/a1_x.cpython-311.pyc", b"\xa7\r\r\n\0");
    env.write("migrations/versions/__init__.py", "");
    env.write("migrations/versions/helpers.txt", "no revision");
    env.write("migrations/versions/.#a1_x.py", "an editor's lock");
    assert_snapshot!(env.run(&["history"]), @"
    <base> -> a1 (head), rev a1
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn sql_that_is_no_revision_is_passed_over() {
    let env = with("");
    env.write("migrations/versions/base.sql", "CREATE TABLE t (a int);\n");
    assert_eq!(env.run(&["heads"]).ok(), "a1 (head)\n");
    let compat = env.run(&["compat"]).ok();
    assert!(
        compat.contains("passed over, since no revision is meant: migrations/versions/base.sql"),
        "{compat}"
    );
    // A damaged revision is none of these.
    env.write("migrations/versions/b2.sql", "/*--\nrevision = 'b2'\n---*/\n--- upgrade\n");
    let output = env.run(&["heads"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.to_string().contains("migrations/versions/b2.sql:1:1"), "{output}");
}
