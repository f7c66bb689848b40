//! What the assignments of a file give.

use super::*;

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
fn errors_show_no_urls() {
    let error = fails("revision = f('postgresql://u:secret@h/d')\n");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("secret"), "{shown}");
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
