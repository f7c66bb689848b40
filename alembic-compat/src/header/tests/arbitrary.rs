//! Files that are put together by chance.

use proptest::prelude::*;

use super::*;

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
