//! Code that means harm: it ends in an error that it cannot catch, and never in a panic, an
//! overflow of the stack or a full memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a test ends where it fails"
)]

use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use proptest::prelude::*;

fn run(source: &str) -> Result<(), Failure> {
    let limits = Limits { steps: 300_000, memory: 1 << 26, ..Limits::tight() };
    let mut interp = Interpreter::new(Box::<NoHost>::default(), limits);
    let result = interp.run_file("__main__", "program.py", source);
    match result {
        Ok(module) => match Interpreter::skipped(&module).pop() {
            Some(skipped) => Err(Failure::Unsupported(skipped)),
            None => Ok(()),
        },
        Err(error) => Err(interp.report(&error)),
    }
}

#[test]
fn limits_end_the_run_and_cannot_be_caught() {
    for source in [
        "while True: pass",
        "while True:\n try:\n  while True: pass\n except BaseException: pass\n finally: x = 1",
        "def f(): f()\nf()",
        "def f():\n try: f()\n except BaseException: f()\n finally: f()\nf()",
        "class A:\n def __getattr__(self, n): return getattr(self, n + 'x')\nA().x",
        "class A:\n def __repr__(self): return repr(self)\nrepr(A())",
        "class A:\n def __eq__(self, o): return self == o\nA() == A()",
        "class A:\n def __hash__(self): return hash(self)\n{A(): 1}",
        "class A:\n def __add__(self, o): return self + o\nA() + 1",
        "class A:\n def __call__(self): return self()\nA()()",
        "class A:\n def __iter__(self): return iter(self)\nlist(A())",
        "class A:\n def __bool__(self): return bool(self)\nbool(A())",
        "class A:\n def __getitem__(self, i): return i\nlist(A())",
        "f = lambda: f()\nf()",
        "x = 'a'\nwhile True: x += x",
        "x = 'ab' * 10**9",
        "x = [0] * 10**10",
        "x = [1]\nwhile True: x += x",
        "x = [1]\nfor y in x: x.append(y)",
        "x = (1,)\nwhile True: x = x + x",
        "x = 2\nwhile True: x *= x",
        "x = 10 ** 10 ** 10",
        "x = 1 << 10**12",
        "x = b'a' * 10**12",
        "x = ' '.join(['a'] * 10**8)",
        "x = 'a'.ljust(10**12)",
        "x = 'a'.replace('a', 'b' * 10**5).replace('b', 'c' * 10**5)",
        "x = '{:1000000000}'.format(1)",
        "x = '%1000000000d' % 1",
        "x = f'{1:.100000000f}'",
        "x = '\\t'.expandtabs(10**12)",
        "x = list(range(10**15))",
        "x = sum(range(10**15))",
        "x = {i: i for i in range(10**9)}",
        "x = {i for i in range(10**9)}",
        "x = [i for i in iter(int, 1)]",
        "x = sorted(iter(int, 1))",
        "x = max(iter(int, 1))",
        "x = dict.fromkeys(range(10**12))",
        "def g():\n while True: yield 1\nlist(g())",
        "def g(): yield from g()\nlist(g())",
        "x = [0]\nfor i in range(10**9): x = [x]",
        "x = enumerate([])\nfor i in range(10**6): x = enumerate(x)\nnext(x)",
        "x = map(str, [])\nfor i in range(50000): x = map(str, x)\nlist(x)",
        "x = []\nfor i in range(50000): x = [x]\nrepr(x)",
        "x = []\ny = []\nfor i in range(50000): x = [x]; y = [y]\nx == y",
        "x = ()\nfor i in range(50000): x = (x,)\nhash(x)",
        "class A:\n def __init__(self, n): self.n = n\nx = None\nwhile True: x = A(x)",
        "def f(x): return lambda: x\ny = 1\nwhile True: y = f(y)",
        "x = pow(3, 10**4000, 10**4000 + 1)",
        "x = int('9' * 10**7)",
        "match_me = [[1]]\nwhile True:\n match match_me:\n  case [[x]]: pass",
        "isinstance('a', ((((int,) * 1000,) * 1000,) * 1000))",
        "class C:\n def __exit__(self, *a): return True\n def __enter__(self): return self\nwhile True:\n with C():\n  while True: pass",
        "x = {}\nx['x'] = x\ny = {}\ny['x'] = y\nx == y",
        "x = []\nx.append(x)\ny = []\ny.append(y)\nx == y",
        "t = type('A', (), {})\nfor i in range(10**6): t = type('A', (t,), {})",
    ] {
        let started = std::time::Instant::now();
        let outcome = run(source);
        assert!(matches!(outcome, Err(Failure::Limit(_))), "{source}\n{outcome:?}");
        let took = started.elapsed();
        assert!(took.as_secs() < 20, "{source}\n{took:?}");
    }
}

#[test]
fn what_is_deep_is_freed_and_what_is_cyclic_is_shown() {
    for source in [
        "x = []\nfor i in range(30000): x = [x]",
        "x = ()\nfor i in range(30000): x = (x,)",
        "x = {}\nfor i in range(30000): x = {1: x}",
        "def f(x): return lambda: x\nx = 1\nfor i in range(10000): x = f(x)",
        "class A: pass\nx = None\nfor i in range(10000):\n y = A(); y.x = x; x = y",
        "x = iter([])\nfor i in range(10000): x = enumerate(x)",
        "x = []; x.append(x); y = {}; y[1] = y; z = ([],); z[0].append(z)\na = repr(x), repr(y), repr(z), str(x)",
        "x = []; x.append(x); b = x == x, x in x, x.index(x), x.count(x)",
        "def g():\n try: yield 1\n finally: pass\nx = [g() for i in range(1000)]\nfor y in x: next(y)\nx = None",
        "x = ValueError()\nfor i in range(10000):\n y = ValueError(x); y.__cause__ = x; x = y",
    ] {
        let outcome = run(source);
        assert!(outcome.is_ok(), "{source}\n{outcome:?}");
    }
}

#[test]
fn what_is_not_supported_names_its_place() {
    for (source, what, line) in [
        ("x = 1\nopen('a')", "open()", 2),
        ("eval('1')", "eval()", 1),
        ("input()", "input()", 1),
        ("import nowhere\nnowhere.f()", "the module 'nowhere'", 2),
        ("x = 2j\nx", "a complex number", 1),
        ("class M(type): pass\nM", "a metaclass", 1),
        ("def f():\n  x = [(yield 1)]\nlist(f())", "a 'yield' inside of an expression", 2),
        ("async def f():\n  async for x in y: pass\nf().send(None)", "'async for'", 2),
        ("try:\n  open('a')\nexcept BaseException:\n  pass", "open()", 2),
    ] {
        match run(source) {
            Err(Failure::Unsupported(failed)) => {
                assert!(failed.what.contains(what), "{source}: {}", failed.what);
                assert_eq!(failed.place.position.line, line, "{source}");
            }
            other => panic!("{source}: {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_program_of_pieces_panics(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "x", "y", " = ", "(", ")", "[", "]", "{", "}", "\n", "\n    ", ":", ", ", "'a'", "f'{x:>{y}}'", "1", "-5",
            "2.5", "10**20", "*", "**", "//", "%", "<<", " in ", " is ", " not ", " and ", ".", "lambda: ", " if ", " else ",
            "def f(a, *b, c=1, **d):\n    ", "class A(x):\n    ", "for x in y:\n    ", "while x:\n    ", "try:\n    ",
            "\nexcept Exception as e:\n    ", "\nfinally:\n    ", "with x as y:\n    ", "return ", "yield ", "yield from ",
            "raise ", "del ", "global x\n", "nonlocal y\n", "import x", "from x import *", "match x:\n    case ",
            "[x for x in y]", "print(", "format(x, ", "'{}'.format(", "str", "int", "super()", "type(", "sorted(", "zip(",
            "range(10)", "None", "...", "@", "x[1:2]", "x[::-1]", ".join(", ".split(", ".append(x)", ".items()", ":=", "await ",
            "break", "continue", "pass", "getattr(x, 'y')", "x.y", "globals()", "locals()", "next(", "iter(", "isinstance(x, ",
        ]), 0..40)
    ) {
        let _outcome = run(&pieces.concat());
    }

    #[test]
    fn no_expression_panics(
        operator in prop::sample::select(vec!["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "==", "in", "is", "@"]),
        left in value(), right in value(), method in prop::sample::select(vec![
            "split", "join", "format", "replace", "center", "zfill", "index", "count", "pop", "insert", "get", "update",
            "translate", "encode", "sort", "remove", "setdefault", "fromkeys", "to_bytes", "partition", "expandtabs", "strip",
            "startswith", "find", "rsplit", "splitlines", "union", "issubset", "__getitem__", "__init__", "__eq__", "__new__",
        ]),
    ) {
        let _outcome = run(&format!("{left} {operator} {right}"));
        let _outcome = run(&format!("({left}).{method}({right})"));
        let _outcome = run(&format!("({left}).{method}({right}, {left}, {right})"));
        let _outcome = run(&format!("({left})[{right}]"));
        let _outcome = run(&format!("x = {left}\nx[{right}:{right}:{left}] = {right}\nx {operator}= {right}"));
        let _outcome = run(&format!("format({left}, {right})"));
        let _outcome = run(&format!("round({left}, {right}), divmod({left}, {right}), pow({left}, {right}, {left})"));
        let _outcome = run(&format!("int({left}, {right})"));
        let _outcome = run(&format!("range({left}, {right}, {left})[{right}]"));
        let _outcome = run(&format!("a, *b = {left}\n*c, d = {right}"));
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "0",
            "1",
            "-1",
            "2**63",
            "-2**63",
            "2**64",
            "-2**200",
            "9223372036854775807",
            "-9223372036854775808",
            "1e308",
            "-0.0",
            "float('nan')",
            "float('inf')",
            "5e-324",
            "True",
            "None",
            "''",
            "'é'",
            "'a,b'",
            "'{}'",
            "'{0[a]!r:>{1}}'",
            "'%s%%%d%(x)s'",
            "'%*.*f'",
            "b''",
            "b'\\xff'",
            "[]",
            "[1, 2]",
            "()",
            "(1, 'a')",
            "{}",
            "{'a': 1}",
            "{1}",
            "set()",
            "frozenset([1])",
            "range(5)",
            "range(2**62)",
            "range(-2**63, 2**63 - 1, 2**62)",
            "slice(1, None, -1)",
            "int",
            "object()",
            "lambda x: x",
            "len",
            "...",
            "NotImplemented",
            "type",
            "ValueError('x')",
            "'>10.3f'",
            "'*^+#020,.5g'",
            "(x for x in [1])",
            "{}.items()",
            "iter([])",
            "str.join",
            "[].append",
            "-2**63 * 1.0",
            "'\\u200b\\x00'",
        ])
        .prop_map(str::to_owned),
        "[-a-z0-9é<>^=+ #,_.%{}:!\\[\\]]{0,8}"
            .prop_map(|text| format!("'{}'", text.replace('\\', ""))),
        any::<i64>().prop_map(|number| format!("({number})")),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("({number:?})")),
    ]
}
