//! What counts as doing nothing.

use super::*;

fn upgrade(text: &str) -> FunctionBody {
    read_body(text).unwrap().upgrade
}

/// The line and column of code.
fn code(text: &str) -> (usize, usize) {
    match upgrade(text) {
        FunctionBody::Code { position } => (position.line, position.column),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn functions_that_do_nothing() {
    for text in [
        "def upgrade(): pass",
        "def upgrade():\n    '''doc'''\n",
        "def upgrade():\n    # only a comment\n    ...\n",
        "def upgrade() -> None:\n    'doc'\n    return\n",
        "def upgrade():\n    return None\n    op.execute('dead')\n",
        "def upgrade(engine_name: str) -> None: 1; b'x'; None; True\n",
        "def upgrade():\r\n    x: int\r\n    global y\r\n",
        "def upgrade(): op.execute('')\ndef upgrade(): pass",
    ] {
        assert_eq!(upgrade(text), FunctionBody::Empty, "{text}");
    }
}

#[test]
fn functions_that_do_something() {
    assert_eq!(code("def upgrade():\n    'doc'\n    pass\n    op.execute('')\n"), (4, 5));
    assert_eq!(code("def upgrade():\n    f'{x}'\n"), (2, 5));
    assert_eq!(code("def upgrade(): pass\ndef upgrade():\n  raise X\n"), (3, 3));
    assert_eq!(code("def upgrade():\n    return op.f()\n"), (2, 5));
    assert_eq!(code("def upgrade():\n    import x\n"), (2, 5));
    assert_eq!(code("def upgrade():\n    if False: pass\n"), (2, 5));
}

#[test]
fn files_that_may_end_when_they_are_loaded() {
    assert_eq!(code("import sys\nsys.exit(3)\ndef upgrade(): pass\n"), (2, 1));
    assert_eq!(code("def upgrade(): pass\nif x:\n    raise X\n"), (3, 5));
    assert_eq!(code("assert x\ndef upgrade(): pass\n"), (1, 1));
    assert_eq!(code("while True: pass\ndef upgrade(): pass\n"), (1, 1));
    let function = "def f():\n    raise X\ndef upgrade(): pass\n";
    assert_eq!(upgrade(function), FunctionBody::Empty);
}

#[test]
fn names_that_are_no_plain_function() {
    assert_eq!(code("def upgrade(): pass\nupgrade = other\n"), (2, 1));
    assert_eq!(code("async def upgrade(): pass\n"), (1, 1));
    assert_eq!(code("@wrapped\ndef upgrade(): pass\n"), (1, 1));
    assert_eq!(code("if x:\n    def upgrade(): pass\n"), (1, 1));
    assert_eq!(code("from base import upgrade\n"), (1, 1));
    assert_eq!(code("from base import *\n"), (1, 1));
    assert_eq!(code("def upgrade(): pass\nglobals()['upgrade'] = f\n"), (2, 1));
    assert_eq!(upgrade("from base import *\ndef upgrade(): pass\n"), FunctionBody::Empty);
    assert_eq!(upgrade("def upgrade(): pass\ndel upgrade\n"), FunctionBody::Missing);
    assert_eq!(upgrade("def downgrade(): pass\n"), FunctionBody::Missing);
    assert_eq!(upgrade("class A:\n    def upgrade(self): pass\n"), FunctionBody::Missing);
}

#[test]
fn the_template_for_several_databases_dispatches() {
    let text = "\
def upgrade(engine_name: str) -> None:
    \"\"\"Upgrade schema.\"\"\"
    globals()[\"upgrade_%s\" % engine_name]()

def downgrade(engine_name: str) -> None:
    globals()['downgrade_%s' % engine_name]()

def upgrade_one() -> None:
    op.execute('')

def downgrade_one() -> None:
    pass

def upgrade_two() -> None:
    pass
";
    let body = read_body(text).unwrap();
    let FunctionBody::Dispatch { functions } = body.upgrade else { panic!() };
    let names: Vec<_> = functions.iter().map(|function| &*function.engine).collect();
    assert_eq!(names, ["one", "two"]);
    assert!(matches!(&functions[0].body, FunctionBody::Code { position } if position.line == 9));
    assert_eq!(functions[1].body, FunctionBody::Empty);
    let FunctionBody::Dispatch { functions } = body.downgrade else { panic!() };
    assert_eq!(functions.len(), 1);

    for other in [
        "def upgrade(a):\n    globals()['upgrade_%s' % b]()",
        "def upgrade(a, b):\n    globals()['upgrade_%s' % a]()",
        "def upgrade(*a):\n    globals()['upgrade_%s' % a]()",
        "def upgrade(a):\n    globals()['downgrade_%s' % a]()",
        "def upgrade(a):\n    globals()['upgrade_%s' % a](1)",
        "def upgrade(a):\n    globals()['upgrade_%s' % a]()\n    x()",
        "def upgrade(a):\n    locals()['upgrade_%s' % a]()",
    ] {
        assert_eq!(code(other), (2, 5), "{other}");
    }
}

#[test]
fn text_that_is_not_python_is_an_error() {
    assert_eq!(read_body("def upgrade(:\n").unwrap_err().position.line, 1);
}
