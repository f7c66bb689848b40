//! `.py` files in other encodings, with marks and with other line ends.

use insta::assert_snapshot;

use super::project::{alembic_project, revision};
use crate::support::TestEnvironment;

/// The project with a third revision in these bytes.
fn with(bytes: &[u8]) -> TestEnvironment {
    let env = alembic_project();
    env.write("migrations/versions/c3_x.py", bytes);
    env
}

/// The text of a revision whose message is `für`, in Latin-1.
fn latin_1(cookie: &str) -> Vec<u8> {
    let text = revision("c3", "'b2'").replace("rev c3", "f\u{fc}r");
    format!("{cookie}{text}").chars().map(|c| u8::try_from(c).unwrap()).collect()
}

#[test]
fn latin_1_that_says_so() {
    let env = with(&latin_1("# -*- coding: latin-1 -*-\n"));
    assert_eq!(
        env.run(&["history", "-r", "b2:"]).ok().lines().next(),
        Some("b2 -> c3 (head), für")
    );
    env.run(&["upgrade"]).ok();
}

#[test]
fn latin_1_that_does_not() {
    assert_snapshot!(with(&latin_1("")).run(&["history"]), @"
    ------- stderr -------
    error: line 1: the byte 0xfc is not UTF-8
      --> migrations/versions/c3_x.py
    [exit status: 78]
    ");
    assert_snapshot!(with(&latin_1("# coding: cp1252\n")).run(&["history"]), @"
    ------- stderr -------
    error: line 1: the encoding 'cp1252' is not supported; save the file as UTF-8 and drop the declaration
      --> migrations/versions/c3_x.py
    [exit status: 78]
    ");
}

#[test]
fn marks_and_line_ends() {
    let text = revision("c3", "'b2'");
    for bytes in [
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        format!("\u{feff}# coding: utf-8\r\n{text}"),
        format!("\u{c}\n{text}"),
        text.trim_end().to_owned(),
    ] {
        let env = with(bytes.as_bytes());
        assert_eq!(env.run(&["heads"]).ok(), "c3 (head)\n", "{bytes:?}");
        env.run(&["upgrade"]).ok();
    }
    let env = with(format!("\u{feff}# coding: latin-1\n{text}").as_bytes());
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: line 1: the file declares the encoding 'latin-1' but starts with a UTF-8 mark
      --> migrations/versions/c3_x.py
    [exit status: 78]
    ");
    assert_snapshot!(with(format!("{text}\0").as_bytes()).run(&["heads"]), @"
    ------- stderr -------
    error: line 15: the file contains a NUL byte
      --> migrations/versions/c3_x.py
    [exit status: 78]
    ");
}
