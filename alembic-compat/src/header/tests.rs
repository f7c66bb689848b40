//! Headers as they are written. The tables were taken from runs beside real Python, which agreed.

use proptest::prelude::*;

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
fn values_as_python_evaluates_them() {
    let cases: &[(&str, &[&str])] = &[
        ("down_revision = None", &[]),
        ("down_revision = ()", &[]),
        ("down_revision = []", &[]),
        ("down_revision = ''", &[""]),
        ("down_revision = \"a\"", &["a"]),
        ("down_revision: str = 'a'", &["a"]),
        ("down_revision: 'x' = ('a')", &["a"]),
        ("down_revision = ('a',)", &["a"]),
        ("down_revision = 'a', 'b'", &["a", "b"]),
        ("down_revision = ['b', 'a']", &["b", "a"]),
        ("down_revision = {'a'}", &["a"]),
        ("down_revision = (\n    'a',  # one\n    'b',\n)", &["a", "b"]),
        ("down_revision = ('a'\n  'b')", &["ab"]),
        ("down_revision = 'a' + \"b\" + '''c'''", &["abc"]),
        ("down_revision = 'a' \\\n  'b'", &["ab"]),
        (r"down_revision = '\x61\u0062\N{BULLET}\143'", &["ab•c"]),
        (r"down_revision = r'\x61'", &["\\x61"]),
        ("down_revision = u'a'", &["a"]),
        ("down_revision = f'{A}b{1}{None}'", &["ab1None"]),
        ("down_revision = f'{\"a\"!s}'", &["a"]),
        ("down_revision = '%s_%s' % (A, 'b')", &["a_b"]),
        ("down_revision = A", &["a"]),
        ("down_revision = (A, 'b')", &["a", "b"]),
        ("B = A\ndown_revision = B", &["a"]),
        ("down_revision = B = 'x'", &["x"]),
        ("B, down_revision = 'x', 'y'", &["y"]),
        ("(B, [down_revision, C]) = 'x', ('y', 'z')", &["y"]),
        ("down_revision, B = 'xy'", &["x"]),
        ("down_revision = 'a'\ndown_revision = 'b'", &["b"]),
        ("down_revision = 'a'\ndown_revision += 'b'", &["ab"]),
        ("down_revision = ('a',) if A == 'a' else None", &["a"]),
        ("down_revision = None if not A else A", &["a"]),
        ("down_revision = A is None and 'x' or 'y'", &["y"]),
        ("down_revision = tuple(['a', 'b'])", &["a", "b"]),
        ("down_revision = list('ab')", &["a", "b"]),
        ("down_revision = (*('a', 'b'), 'c')", &["a", "b", "c"]),
        ("down_revision = ('a', 'b')[-1]", &["b"]),
        ("down_revision = {'a', 'b', 'a'}", &["a", "b"]),
        (
            "try:\n    down_revision = {([],)}\nexcept TypeError:\n    pass\ndown_revision = 'x'",
            &["x"],
        ),
        ("down_revision = 'x' if A in ('a', 'b') else 'y'", &["x"]),
        ("down_revision = 'x' if len(A) > 1 else 'y'", &["y"]),
        ("if A is None:\n    down_revision = 'x'\nelif A:\n    down_revision = 'y'", &["y"]),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    down_revision = 'x'\nelse:\n    down_revision = 'y'",
            &["y"],
        ),
        ("import typing as t\nif not t.TYPE_CHECKING:\n    down_revision = 'y'", &["y"]),
        ("down_revision = 'x'\nif __name__ == '__main__':\n    down_revision = 'y'", &["x"]),
        ("try:\n    down_revision = 'x'\nexcept Exception:\n    down_revision = 'y'", &["x"]),
        ("try:\n    import x\nexcept ImportError:\n    x = None\ndown_revision = A", &["a"]),
        (
            "def f():\n    global down_revision\n    down_revision = 'x'\ndown_revision = 'y'",
            &["y"],
        ),
        ("class C:\n    down_revision = 'x'\ndown_revision = 'y'", &["y"]),
        ("down_revision: str\ndown_revision = 'x'", &["x"]),
        ("down_revision = 'x'; B = 1; down_revision = 'y'", &["y"]),
        ("from m import *\ndown_revision = 'x'", &["x"]),
        ("down_revision = ['x']\nlog = get_logger(__name__)", &["x"]),
        ("B = ['x']\nC = B\ndown_revision = tuple(C)", &["x"]),
    ];
    for (value, expected) in cases {
        assert_eq!(down(value), *expected, "{value}");
    }
}

#[test]
fn what_does_not_follow_from_the_file_is_an_error() {
    let cases: &[(&str, Reason, usize, &str)] = &[
        ("import m\ndepends_on = (m.X,)", Reason::Import, 4, "m.X"),
        ("from m import X\ndepends_on = ('a', X)", Reason::Import, 4, "X"),
        ("from m import depends_on", Reason::Import, 3, "depends_on"),
        ("depends_on = resolve(['a'])", Reason::NotConstant, 3, "resolve(['a'])"),
        ("depends_on = unknown", Reason::NotDefined, 3, "unknown"),
        ("import os\ndepends_on = os.environ['X']", Reason::Import, 4, "os.environ"),
        ("depends_on = [x for x in 'ab']", Reason::NotConstant, 3, "[x for x in 'ab']"),
        ("depends_on = 'a' + 1", Reason::NotConstant, 3, "'a' + 1"),
        (
            "import sys\nif sys.version_info > (3,):\n    depends_on = 'a'",
            Reason::Condition,
            4,
            "sys.version_info > (3,)",
        ),
        (
            "try:\n    import m\n    D = 'a'\nexcept ImportError:\n    D = None\ndepends_on = D",
            Reason::Try,
            3,
            "try:\n    import m\n    D = 'a'\nexcept ImportError:\n    D = None",
        ),
        (
            "for depends_on in ('a', 'b'): pass",
            Reason::Loop,
            3,
            "for depends_on in ('a', 'b'): pass",
        ),
        ("while x():\n    depends_on = 'a'", Reason::Loop, 3, "while x():\n    depends_on = 'a'"),
        ("with x() as depends_on: pass", Reason::With, 3, "with x() as depends_on: pass"),
        (
            "match x:\n    case depends_on: pass",
            Reason::Match,
            3,
            "match x:\n    case depends_on: pass",
        ),
        ("def depends_on(): pass", Reason::Definition, 3, "depends_on"),
        ("class depends_on: pass", Reason::Definition, 3, "depends_on"),
        (
            "def f():\n    global depends_on\n    depends_on = 'a'\nf()",
            Reason::Effect,
            4,
            "global depends_on",
        ),
        (
            "def f():\n    global depends_on\n    depends_on = 'a'\ndef g(x=f()): pass",
            Reason::Effect,
            4,
            "global depends_on",
        ),
        (
            "def f(x):\n    global depends_on\n    depends_on = 'a'\n@f\ndef g(): pass",
            Reason::Effect,
            4,
            "global depends_on",
        ),
        (
            "def f():\n    global depends_on\n    depends_on = 'a'\ng = f\ndepends_on = None\ng()",
            Reason::Effect,
            4,
            "global depends_on",
        ),
        (
            "class C:\n    global depends_on\n    depends_on = 'a'",
            Reason::Effect,
            4,
            "global depends_on",
        ),
        ("D = ['a']\nD.append('b')\ndepends_on = D", Reason::Mutation, 4, "D.append('b')"),
        ("D = ['a']\nE = D\nE += ['b']\ndepends_on = tuple(D)", Reason::Mutation, 5, "E"),
        ("D = ['a']\ndef f():\n    D.append('b')\nf()\ndepends_on = D", Reason::Mutation, 6, "f()"),
        ("print(depends_on := 'a')", Reason::Effect, 3, "depends_on := 'a'"),
    ];
    for (code, expected, line, expression) in cases {
        assert_eq!(reason(code), (*expected, *line, (*expression).to_owned()), "{code}");
    }
    // What reaches every variable is reported for the first one.
    for code in ["globals()['depends_on'] = 'a'", "exec('depends_on = 1')", "vars().update(x)"] {
        let error = fails(&format!("revision = 'r'\ndown_revision = None\n{code}\n"));
        let kind =
            HeaderErrorKind::NotStatic { variable: Variable::Revision, reason: Reason::Effect };
        assert_eq!((error.kind, error.position.line), (kind, 3), "{code}");
    }
}

#[test]
fn values_that_alembic_cannot_use_are_errors() {
    let error = fails("revision = 5\ndown_revision = None\n");
    assert_eq!(
        error.to_string(),
        "revision must be a text, and `5` is of type int (line 1, column 12)"
    );
    let error = fails("revision = 'a'\ndown_revision = ('b', 1)\n");
    assert_eq!(
        error.to_string(),
        "down_revision must be a text, a collection of texts or None, and `('b', 1)` is or holds \
         a value of type int (line 2, column 17)"
    );
    let error = fails("revision = None\ndown_revision = None\n");
    assert!(matches!(error.kind, HeaderErrorKind::NotAText { found: "NoneType", .. }));
    let error = fails("raise X\nrevision = 'a'\n");
    assert_eq!(error.kind, HeaderErrorKind::Raises);
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
fn errors_show_no_urls() {
    let error = fails("revision = f('postgresql://u:secret@h/d')\n");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("secret"), "{shown}");
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

#[test]
fn what_is_no_python_in_front_of_the_functions_is_an_error() {
    for line in [
        "from alembic imp",
        "from alembic import",
        "from alembic import op,",
        "from alembic import .op",
        "from import op",
        "from . op",
        "import sqlalchemy s",
        "import .a",
        "import a.",
        "import as",
        "import a as b.c",
        "import 1a",
        "from a import class",
        "x: 8ends = None",
        "x: a[ = None",
        "x: a[] = None",
        "x: a | = None",
        "x: = None",
        "class = None",
        "1 = 'a'",
    ] {
        let text = format!("{line}\nrevision = 'a'\ndown_revision = None\n\ndef upgrade(): pass\n");
        let error = fails(&text);
        assert!(matches!(error.kind, HeaderErrorKind::Syntax { .. }), "{line}: {error}");
    }
    for line in [
        "import a.b  as  c , d",
        "from  ..  import  a",
        "from ..a.b import c as d,e",
        "from . import a",
        "from .a import b",
        "x: a.b[c, d[None | e] ]|f = None",
        "x:None='a'",
    ] {
        read(&format!("{line}\nrevision = 'a'\ndown_revision = None\n\ndef upgrade(): pass\n"));
    }
}

#[test]
fn deep_code_does_not_exhaust_the_stack() {
    for (open, close) in
        [("-", ""), ("(", ",)"), ("f(", ")"), ("a if b else ", ""), ("lambda: ", ""), ("f'{", "}'")]
    {
        for depth in [90, 500, 5000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = format!("revision = {value}\ndef upgrade():\n    return {value}\n");
            assert!(read_header(&text, "x.py").is_err());
            drop(crate::body::read_body(&text));
        }
    }
    let nested = |line: &str| -> String {
        (0..90).map(|depth| format!("{}{line}\n", " ".repeat(depth))).collect()
    };
    for (line, last) in [("if x:", "revision = 'r'"), ("class A:", "pass"), ("with x:", "y = 1")] {
        let text = format!("{}{}{last}\n", nested(line), " ".repeat(90));
        assert!(read_header(&text, "x.py").is_err());
        assert!(crate::body::read_body(&text).is_ok());
    }
}

/// Lines of which files are made that try to deceive the short cut.
fn odd_line() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "revision = 'r'",
        "down_revision = None",
        "depends_on = 'd'",
        "revision = '''",
        "'''",
        "\"\"\"",
        "x = '''",
        "x = (",
        ")",
        "]",
        "x = [",
        "def upgrade():",
        "def upgrade(): pass",
        "def f(a, b: c) -> d: pass",
        "def f(a=g()): pass",
        "    pass",
        "    return '''",
        "\tpass",
        "    global revision; revision = 'g'",
        "    x = '''def y():",
        "@f",
        "@property",
        "class A:",
        "class A: pass",
        "async def f(): pass",
        "def revision(): pass",
        "if x:",
        "if True:",
        "else:",
        "    revision = 'i'",
        "# def f():",
        "#'''",
        "\\",
        "    \\",
        "x = 1 \\",
        "def f(): return 1; \\",
        "  revision = 'b'",
        "\x0c",
        "\x0crevision = 'ff'",
        " \x0crevision = 'ff'",
        "\x0cdef f(): pass",
        "f()",
        "def f():",
        "x = f",
        "f'''{",
        "}'''",
        "x = f'{1}'",
        "try:",
        "finally:",
        "    down_revision = 't'",
        "import f",
        "from m import *",
        "x: int = 1",
        "del revision",
        "r'''\\",
        "x = '\\",
        "'",
        "\"",
        "}",
        "x = {",
        "def ",
        "def f",
        "lambda: 0",
        "def f(x: f) -> f: pass",
        "    'doc'",
        "  '''doc",
        "exec('')",
        "D = ['x']",
        "depends_on = D",
        "def g(): D.append('y')",
        "g()",
        "\u{feff}",
    ])
}

/// Blocks that are complete, mostly, with functions in the majority.
fn block() -> impl Strategy<Value = &'static str> {
    let simple = prop::sample::select(vec![
        "revision: str = 'q'",
        "down_revision = ('a',)",
        "down_revision = ('a')",
        "revision = ''",
        "depends_on = ['a', \"b\",]",
        "branch_labels = None # x",
        "revision = 'a' 'b'",
        "revision = 'a'; x = 1",
        "'''doc'''",
        "\"\"\"d\ne\"\"\"",
        "revision = 'a\\x62'",
        "import x as revision",
        "from a import b, c as d",
        "x: Union[str, None] = None",
        "__doc__ = 'x'",
        "revision='a'#c",
        "revision = \"it's\"",
        "'''a\\\nb'''",
        "\"\"\"\"q\"\"\"",
        "revision = ''''''",
        "depends_on = ()",
        "depends_on: list[str] = []",
        "revision = None",
        "down_revision = 'x' if y else None",
        "down_revision = ('a', None)",
        "down_revision = 'x',",
        "'doc'",
        "down_revision = None",
        "'''doc''' ; x",
        "revision == 'z'",
        "revision = ['a']",
        "revision = ('a' 'b')",
        "x = None",
        "if True: revision = 'v'",
        "revision: str",
        "revision = 'r2'",
        "down_revision = 'd', 'e'",
        "depends_on = ['x']",
        "D = ['x']",
        "depends_on = D",
        "D.append('y')",
        "f()",
        "g()",
        "x = f",
        "import f",
        "from m import *",
        "if x:\n    revision = 'i'",
        "if True:\n  revision = 'j'\nelse:\n  pass",
        "# comment \\",
        "'''\ndef f():\n'''",
        "x = (\ndef_ \n)",
        "x = '''\n'''",
        "\x0c",
        "del revision",
        "def f(): x = '''\nrevision = 'no'\n'''",
        "depends_on = f",
        "x: f = 1",
        "try:\n    revision = 'k'\nfinally:\n    pass",
        "x = [\n1,\n]",
        "\\\nrevision = 'l'",
        "class A:\n    revision = 'm'",
        "class A:\n    global revision\n    revision = 'm'",
        "for revision in y: pass",
        "x = 1; \\\nrevision = 'n'",
        "print(revision := 'o')",
    ]);
    let function = prop::sample::select(vec![
        "def f(): pass",
        "def f():\n    global revision\n    revision = 'g'",
        "def upgrade():\n\n    x",
        "def g():\n    D.append('y')\n# end",
        "def f(x: f, *, y) -> f:\n\tpass",
        "def f(x=g()): pass",
        "def f():\n    x('''\n    def y():\n''')",
        "def f(): x('''\ndef g(): pass\n''')",
        "def f():\n    x(\n)",
        "def f():\n    return '''\n#'''; y = '''\n'''",
        "@f\ndef g(): pass",
        "def g():\n    global revision\n    revision = 'w'",
        "async def f(): pass",
        "def revision(): pass",
        "def down_revision(x): pass",
        "def __doc__(): pass",
        "def f():\n    x = 1 \\\n+ 2",
        "def f():\n    x = \\\n    2",
        "def f():\n    \x0c\n    pass",
        "def f():\n    pass\n \x0crevision = 'p'",
        "def f(\n    a,\n): pass",
        "def f(): return 1; revision = 's'",
        "def f(): return 1; \\\n  revision = 't'",
        "def f():\n  if x:\n    revision = 'u'",
        "def f(a, /, b): pass",
        "def f[T](): pass",
        "def f() -> 'f': pass",
        "def f(a: g()): pass",
        "def f(): yield f'''{\nx}'''",
        "def f():\n    class A: pass",
        "def f():\n    @g\n    def h(): pass",
        "def  f (a ) : pass",
    ]);
    prop_oneof![4 => simple, 4 => function]
}

proptest! {
    /// What the short cut gives is what the whole file gives, unless the rest is not Python.
    #[test]
    fn the_short_cut_changes_nothing(
        blocks in prop::collection::vec(prop_oneof![30 => block(), 1 => odd_line()], 0..9),
        head in prop::sample::select(vec![
            "", "# x\n", "'''a\\\nb'''\n", "'''a\n\nb'''\n", "\"\"\"a\\x62\"\"\"\n", "f'''a'''\n",
            "\"a\"\n", "'''a''' 'b'\n", "'''a'''#\n", "'''''''''\n", "D = ['x']\ndepends_on = D\n",
        ]),
        line_end in prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r"]),
    ) {
        let text = format!("{head}{}\n", blocks.join("\n")).replace('\n', line_end);
        for text in [
            text.clone(),
            format!("revision = 'r'\ndown_revision = None\n{text}"),
            format!("{text}revision = 'r'\ndown_revision = None\ndef upgrade(): pass\n"),
        ] {
            let whole = read_whole(&with_unix_lines(&text), "x.py", &|_| None);
            let is_python = !matches!(
                whole, Err(HeaderError { kind: HeaderErrorKind::Syntax { .. }, .. })
            );
            // Both with and without the carriage returns taken out.
            if is_python {
                prop_assert_eq!(read_header(&text, "x.py"), whole);
            }
            if let Ok(module) = python::parse(&text)
                && let Some(prefix) = prefix::deciding_prefix(&text)
                && let Ok(cut) = python::parse(prefix)
            {
                prop_assert_eq!(
                    read_module(&text, prefix, &cut, "x.py", &|_| None),
                    read_module(&text, &text, &module, "x.py", &|_| None)
                );
            }
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        drop(read_header(&text, "x.py"));
        drop(decode_source(&bytes));
        drop(crate::body::read_body(&text));
    }
}

/// Files of a few lines whose values would fill any memory, or take hours.
#[test]
fn what_doubles_is_not_computed() {
    for (first, line) in [
        ("'a'", "x = f'{x}{x}'"),
        ("'a'", "x = x + x"),
        ("'a'", "x += x"),
        ("'a'", "x = '%s%s' % (x, x)"),
        ("'a'", "x = ''.join([x, x])"),
        ("'a'", "x = (x, x)"),
        ("'a'", "x = [x, x]"),
        ("'a'", "x = {x, (x, x)}"),
        ("'a'", "x = (*x, *x)"),
        ("'a'", "x = tuple((x, x))"),
        ("('a',)", "x = x + x"),
        ("['a']", "x += x"),
        ("('a',)", "x = x + (x,)"),
        ("['a']", "x = [*x, x]"),
        ("'a'", "x, y = (x, x), x"),
        ("'a'", "x = y = (x, x)"),
        ("'a'", "try:\n    x = (x, x)\nfinally:\n    pass"),
        ("'a'", "if 1:\n    x = (x, x) if x else x"),
    ] {
        let lines = format!("{line}\n").repeat(60);
        let error = fails(&format!("revision = 'r'\nx = {first}\n{lines}down_revision = x\n"));
        // A tuple of what is not known is still a tuple.
        let reasons = [Reason::NotConstant, Reason::Try]
            .map(|reason| HeaderErrorKind::NotStatic { variable: Variable::DownRevision, reason });
        let is_nested = matches!(error.kind, HeaderErrorKind::NotAText { .. });
        assert!(is_nested || reasons.contains(&error.kind), "{line}: {error}");
        // What is not part of it is read.
        let header =
            read(&format!("x = {first}\n{lines}revision = 'r'\ndown_revision = 'a', 'b'\n"));
        assert_eq!(header.down_revisions, ["a", "b"], "{line}");
    }
}

#[test]
fn what_multiplies_is_not_computed() {
    let long = "x".repeat(60_000);
    let many = "%s".repeat(30_000);
    let names = "y, ".repeat(30_000);
    for value in [
        format!("'{many}' % ({names})"),
        format!("f'{}'", "{y}".repeat(90)),
        format!("[{names}]"),
        format!("[{}]", "*y, ".repeat(10_000)),
        "y + ".repeat(90) + "y",
    ] {
        let (reason, ..) = reason(&format!("y = '{long}'\ndepends_on = {value}"));
        assert_eq!(reason, Reason::NotConstant);
    }
}

#[test]
fn deep_values_are_not_computed() {
    let (reason, ..) = reason(&format!("x = ()\n{}depends_on = x", "x = (x,)\n".repeat(20_000)));
    assert_eq!(reason, Reason::NotConstant);
}

#[test]
fn large_values_that_are_written_out_are_read() {
    let ids: Vec<String> = (0..20_000).map(|n| format!("{n:012x}")).collect();
    let written = format!("'{}'", ids.join("', '"));
    for value in [
        format!("{{{written}, {written}}}"),
        format!("frozenset([{written}, {written}])"),
        format!("set(('{}', {written}))", ids[0]),
        format!("({written})"),
    ] {
        let header =
            read(&format!("revision = 'r'\ndown_revision = None\nX = 1\ndepends_on = {value}\n"));
        assert_eq!(header.depends_on, ids);
    }
}

#[test]
fn a_set_holds_equal_values_once() {
    let lengths =
        |set: &str| read(&format!("revision = 'r'\ndown_revision = tuple({set})\n")).down_revisions;
    assert_eq!(lengths("{'b', 'a', 'b'}"), ["b", "a"]);
    for (set, once) in [
        ("{1, True, 2, 1}", "(1, 2)"),
        ("{('a', 1), ('a', True)}", "(('a', 1),)"),
        ("{None, None}", "(None,)"),
        ("{0, False, ''}", "(0, '')"),
    ] {
        let text = format!(
            "revision = 'r'\ndown_revision = 'same' if tuple({set}) == {once} else 'other'\n"
        );
        assert_eq!(read(&text).down_revisions, ["same"], "{set}");
    }
}
