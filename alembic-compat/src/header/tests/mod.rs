//! Headers as they are written. The tables were taken from runs beside real Python, which agreed.

mod arbitrary;
mod limits;
mod values;

use super::*;

const NONE: [&str; 0] = [];

fn read(text: &str) -> Header {
    read_header(text, "x.py").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn fails(text: &str) -> HeaderError {
    match read_header(text, "x.py") {
        Err(error) => error,
        Ok(header) => panic!("{header:?}\n{text}"),
    }
}

/// The parents in a file with this assignment.
fn down(value: &str) -> Vec<String> {
    read(&format!("A = 'a'\nrevision = 'r'\n{value}\n")).down_revisions
}

/// The reason why `depends_on` cannot be read, with the line and the expression.
fn reason(code: &str) -> (Reason, usize, String) {
    let text = format!("revision = 'r'\ndown_revision = None\n{code}\n");
    let error = fails(&text);
    match error.kind {
        HeaderErrorKind::NotStatic { variable: Variable::DependsOn, reason } => {
            (reason, error.position.line, error.expression)
        }
        other => panic!("{other:?}\n{text}"),
    }
}

#[test]
fn every_generation_of_the_template() {
    let before_0_7 = "\"\"\"first\n\nRevision ID: 1975ea83b712\nRevises: None\n\n\"\"\"\n\n\
        # revision identifiers, used by Alembic.\nrevision = '1975ea83b712'\ndown_revision = None\n\n\
        from alembic import op\nimport sqlalchemy as sa\n\n\ndef upgrade():\n    pass\n";
    let header = read(before_0_7);
    assert_eq!(header.revision, "1975ea83b712");
    assert_eq!(header.down_revisions, NONE);
    assert_eq!(header.doc(), "first");

    let since_0_7 = "\"\"\"second\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\n\
        # revision identifiers, used by Alembic.\nrevision = 'b'\ndown_revision = 'a'\n\
        branch_labels = ('x', 'y')\ndepends_on = 'c'\n\n\ndef upgrade():\n    pass\n\n\n\
        def downgrade():\n    pass\n";
    let header = read(since_0_7);
    assert_eq!(header.down_revisions, ["a"]);
    assert_eq!(header.branch_labels, ["x", "y"]);
    assert_eq!(header.depends_on, ["c"]);

    let typed = "\"\"\"third\n\nRevises: a, b\n\"\"\"\nfrom typing import Sequence, Union\n\n\
        from alembic import op\nimport sqlalchemy as sa\n\n\n\
        # revision identifiers, used by Alembic.\nrevision: str = 'c'\n\
        down_revision: Union[str, Sequence[str], None] = ('a', 'b')\n\
        branch_labels: str | None = None\n\
        depends_on: Union[str, Sequence[str], None] = None\n\n\n\
        def upgrade() -> None:\n    \"\"\"Upgrade schema.\"\"\"\n    pass\n";
    assert_eq!(read(typed).down_revisions, ["a", "b"]);
    for text in [before_0_7, since_0_7, typed] {
        assert!(prefix::deciding_prefix(text).is_some());
        assert_eq!(read_whole(text, "x.py", &|_| None), Ok(read(text)));
    }
}

#[test]
fn missing_variables() {
    let text = "down_revision = None\ndef upgrade(): pass\n";
    assert_eq!(read_header(text, "ab12.py").unwrap().revision, "ab12");
    for name in ["ab12x.py", "AB.py", ".py", "ab12", "ab12_x.py"] {
        assert_eq!(
            read_header(text, name).unwrap_err().to_string(),
            format!(
                "Could not determine revision id from filename {name}. Be sure the 'revision' \
                 variable is declared inside the script (please see 'Upgrading from Alembic 0.1 to \
                 0.2' in the documentation)."
            )
        );
    }
    let error = fails("revision = 'a'\n");
    assert_eq!(error.to_string(), "the file does not declare 'down_revision'");
    let error = fails("revision = 'a'\ndown_revision = 'b'\ndel down_revision\n");
    assert_eq!(error.kind, HeaderErrorKind::MissingDownRevision);
    let error = fails("from m import *\nrevision = 'a'\n");
    assert_eq!(error.expression, "from m import *");
}

#[test]
fn docstrings() {
    let docstring =
        |text: &str| read(&format!("{text}\nrevision = 'r'\ndown_revision = None\n")).docstring;
    assert_eq!(docstring("'''a\n\nb'''").as_deref(), Some("a\n\nb"));
    assert_eq!(docstring("'''a\r\nb'''").as_deref(), Some("a\nb"));
    assert_eq!(docstring("'a' \"b\"").as_deref(), Some("ab"));
    assert_eq!(docstring("# comment\n\n('a')").as_deref(), Some("a"));
    assert_eq!(docstring(r"'\u00e9\n'").as_deref(), Some("é\n"));
    assert_eq!(docstring(r"r'\d'").as_deref(), Some(r"\d"));
    assert_eq!(docstring("'''a\\\nb'''").as_deref(), Some("ab"));
    assert_eq!(docstring("'a'; x = 1").as_deref(), Some("a"));
    assert_eq!(docstring("\u{feff}'a'").as_deref(), Some("a"));
    assert_eq!(docstring("'a'\n__doc__ = 'b' + __doc__").as_deref(), Some("ba"));
    for none in ["f'a'", "b'a'", "'a' + 'b'", "x = 1\n'a'", "from __future__ import x\n'a'", ""] {
        assert_eq!(docstring(none), None, "{none}");
    }
    let header = read("'''\n  one\ntwo \n\n\nthree\n'''\nrevision = 'r'\ndown_revision = None");
    assert_eq!(header.long_doc(), "one\ntwo \n\n\nthree");
    assert_eq!(header.doc(), "one\ntwo ");
}

#[test]
fn encodings() {
    let text = |bytes: &[u8]| decode_source(bytes).map(Cow::into_owned);
    assert_eq!(text(b"\xef\xbb\xbfa\r\nb\rc").as_deref(), Ok("a\nb\nc"));
    assert_eq!(text("# é".as_bytes()).as_deref(), Ok("# é"));
    for utf8 in ["utf-8", "UTF8", "utf_8", "utf-8-unix", "U8"] {
        let source = format!("# -*- coding: {utf8} -*-\n'é'");
        assert_eq!(text(source.as_bytes()), Ok(source.clone()));
    }
    for latin in ["latin-1", "iso-8859-1", "ISO8859-1", "latin1", "l1", "iso_8859_1", "iso-8859-15"]
    {
        let source = [b"#!x\n# vim: set fileencoding=", latin.as_bytes(), b" :\n'\xe9'"].concat();
        assert!(text(&source).unwrap().ends_with("'é'"), "{latin}");
    }
    assert!(text(b"# coding=latin-9\n\xa4").unwrap().ends_with('€'));
    let line = |bytes: &[u8]| match decode_source(bytes).unwrap_err() {
        EncodingError::Unsupported { line, .. }
        | EncodingError::Contradiction { line, .. }
        | EncodingError::Invalid { line, .. }
        | EncodingError::Nul { line } => line,
    };
    assert_eq!(line(b"# coding: cp1252\n"), 1);
    assert_eq!(line(b"\n# coding: ascii\n\xe9"), 3);
    assert_eq!(line(b"\xef\xbb\xbf# coding: latin-1\n"), 1);
    assert_eq!(line(b"a\r\nb\rc\n\xff"), 4);
    assert_eq!(line(b"a\n\0"), 2);
    // Not cookies: the third line, a line of code, and a line after code.
    assert!(text(b"\n\n# coding: cp1252\n").is_ok());
    assert!(text(b"x = 1 # coding: cp1252\n").is_ok());
    assert!(text(b"x = 1\n# coding: cp1252\n").is_ok());
}

#[test]
fn files_that_are_read_whole() {
    let head = "revision = 'r'\ndown_revision = None\n";
    for (rest, is_cut) in [
        ("def upgrade(): pass\n", true),
        ("def upgrade(engine_name: str) -> None:\n    x\n\n\n# end\n", true),
        ("def upgrade():\n    a(\n)\n\ndef downgrade ( ) :\n    x\n", false),
        ("def upgrade():\n    op.execute('''\n  x\n''')\n", false),
        ("def upgrade(x=f()): pass\n", false),
        ("def upgrade(): pass\nrevision = 'x'\n", false),
        ("def upgrade(): pass\n@x\ndef f(): pass\n", false),
        ("def upgrade(): pass\nclass A: pass\n", false),
        ("def upgrade(): pass\nasync def f(): pass\n", false),
        ("def upgrade(): pass\n\x0crevision = 'x'\n", false),
        ("def upgrade(): pass\n \x0crevision = 'x'\n", false),
        ("def upgrade(): pass\rrevision = 'x'\n", false),
        ("def upgrade(): pass\n\\\nrevision = 'x'\n", false),
        ("def revision(): pass\n", false),
        ("def ｒevision(): pass\n", false),
        ("x = 1 \\\ndef upgrade(): pass\n", false),
    ] {
        let text = format!("{head}{rest}");
        assert_eq!(prefix::deciding_prefix(&text).is_some(), is_cut, "{rest}");
    }
}
