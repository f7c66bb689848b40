//! What the tree must carry, and what must not end in a panic.

use proptest::prelude::*;

use super::*;

fn one(text: &str) -> StmtKind {
    let mut body = parse(text).unwrap().body;
    assert_eq!(body.len(), 1, "{text}");
    body.remove(0).kind
}

fn expr(text: &str) -> ExprKind {
    match one(text) {
        StmtKind::Expr(expr) => expr.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn literals_are_evaluated() {
    assert_eq!(expr(r#"'a' "\x62" """c""""#), ExprKind::Str("abc".into()));
    assert_eq!(expr(r"'\N{BULLET}\u00e9'"), ExprKind::Str("•é".into()));
    assert_eq!(expr(r"r'\d'"), ExprKind::Str("\\d".into()));
    assert_eq!(expr(r"b'\xff' b'a'"), ExprKind::Bytes(vec![0xff, b'a']));
    assert_eq!(expr("1_000"), ExprKind::Number(Number::Int(1000)));
    assert_eq!(expr("1.5"), ExprKind::Number(Number::Float(1.5)));
    assert_eq!(expr("2j"), ExprKind::Number(Number::Imaginary(2.0)));
    let big = Number::BigInt("99999999999999999999".into());
    assert_eq!(expr("99999999999999999999"), ExprKind::Number(big));
    assert!(matches!(expr(r"'\ud800'"), ExprKind::Unsupported(_)));
    assert_eq!(expr("'\u{fffd}'"), ExprKind::Str("\u{fffd}".into()));
}

#[test]
fn f_strings_have_parts() {
    let ExprKind::FString(parts) = expr(r#"'a' f"b{x!r:>{w}}" "c""#) else { panic!() };
    assert_eq!(parts[0], FStringPart::Text("ab".into()));
    assert_eq!(parts[2], FStringPart::Text("c".into()));
    let FStringPart::Value { conversion, spec, debug, .. } = &parts[1] else { panic!() };
    assert_eq!((*conversion, debug), (Some('r'), &None));
    assert_eq!(spec.as_ref().unwrap()[0], FStringPart::Text(">".into()));
    let ExprKind::FString(parts) = expr("f'{ x = }'") else { panic!() };
    let FStringPart::Value { debug, .. } = &parts[0] else { panic!() };
    assert_eq!(debug.as_deref(), Some(" x = "));
}

#[test]
fn chains_to_the_left_are_flat() {
    let ExprKind::Binary { rest, .. } = expr("a + b - c % d") else { panic!() };
    assert_eq!(rest.len(), 2);
    let ExprKind::Binary { rest, .. } = expr("2 ** 3 ** 4") else { panic!() };
    assert!(matches!(&*rest, [(BinaryOp::Pow, Expr { kind: ExprKind::Binary { .. }, .. })]));
    let long = vec!["'x'"; 1500].join(" + ");
    let ExprKind::Binary { rest, .. } = expr(&long) else { panic!() };
    assert_eq!(rest.len(), 1499);
}

#[test]
fn every_statement_is_carried() {
    let text = "\
import a.b as c, d.e
from ..f import g as h, i
from . import j
from k import *
x = y = 1
x: int = 2
z: int
x += 3
if a: pass
elif b: ...
else: c()
for a, *b in c: break
else: continue
while 1: del a, b[0]
with a as b, c: pass
try: pass
except (A, B) as e: raise X from e
except: raise
else: pass
finally: pass
assert a, 'b'
@d(1)
async def f(a, /, b: int = 1, *c, d, e=2, **g) -> None:
    global q
    await a
    async for x in y: pass
    async with z: pass
    return
def g():
    nonlocal_ = lambda x, *y: (yield)
    return [i async for i in x if y], {i: j for i in x}, {i for i in x}, (i for i in x)
class C(A, metaclass=M): a: int = 1
match x:
    case {'a': [b, *c], **d} | P(e, f=g) as h if i: pass
    case _: pass
type T = int
";
    let body = parse(text).unwrap();
    assert_eq!(body.body.len(), 19);
    let StmtKind::Match { cases, .. } = &body.body[17].kind else { panic!() };
    assert_eq!(cases[0].binds.len(), 6);
    let StmtKind::Import(names) = &body.body[0].kind else { panic!() };
    assert_eq!((names[0].bound(), names[1].bound()), ("c", "d"));
}

#[test]
fn errors_have_a_place() {
    let error = parse("a = 1\r\nb = = 2\r\nc = 3").unwrap_err();
    assert_eq!((error.position.line, error.position.source_line.as_str()), (2, "b = = 2"));
    let error = parse("\u{feff}a b").unwrap_err();
    assert_eq!((error.position.line, error.position.column), (1, 3));
}

#[test]
fn positions_count_characters_and_every_line_end() {
    let text = "é\rb\r\nc\nd";
    let at = |offset| {
        let position = position(text, offset);
        (position.line, position.column, position.source_line)
    };
    assert_eq!(at(0), (1, 1, "é".into()));
    assert_eq!(at(2), (1, 2, "é".into()));
    assert_eq!(at(3), (2, 1, "b".into()));
    assert_eq!(at(5), (2, 3, "b".into()));
    assert_eq!(at(6), (3, 1, "c".into()));
    assert_eq!(at(99), (4, 2, "d".into()));
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("-", ""),
        ("not ", ""),
        ("lambda: ", ""),
        ("lambda a, b: ", ""),
        ("a if b else ", ""),
        ("a ** ", ""),
        ("f'{", "}'"),
        ("[x for x in ", "]"),
        ("(a := ", ")"),
        ("await ", ""),
        ("(yield ", ")"),
        ("* ", ""),
        ("a[", "]"),
        ("( ] , ", ""),
        ("if a: ", ""),
        ("x, (", ")"),
    ] {
        for depth in [99, 300, 1000, 1900, 10_000, 100_000] {
            for closed in [true, false] {
                let end = if closed { close.repeat(depth) } else { String::new() };
                let result = parse(&format!("x = {}1{end}\n", open.repeat(depth)));
                if depth > 1000 && !matches!(open, "(") {
                    assert!(result.is_err(), "{open} {depth}");
                }
            }
        }
    }
    for suffix in [".a", "()", "[0]"] {
        assert!(parse(&format!("a{}", suffix.repeat(10_000))).is_err());
    }
    let blocks: String = (0..90).map(|i| format!("{}if a:\n", " ".repeat(i))).collect();
    assert!(parse(&format!("{blocks}{}pass\n", " ".repeat(90))).is_ok());
    let blocks: String = (0..3000).map(|i| format!("{}if a:\n", " ".repeat(i))).collect();
    assert!(parse(&format!("{blocks}{}pass\n", " ".repeat(3000))).is_err());
    let case = format!("match x:\n case {}a{}: pass\n", "[".repeat(500), "]".repeat(500));
    assert!(parse(&case).is_err());
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        drop(parse(&text));
    }

    #[test]
    fn no_python_like_text_panics(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "def ", "class ", "a", " = ", "(", ")", "[", "]", "{", "}", "\n", "\r\n", "\r", "\t",
            "    ", ":", "'", "\"", "'''", "f'", "{", "}", "\\", "\\\n", "#", ",", "*", "lambda",
            "if ", "else", "\u{c}", "é", "\u{feff}", "0x", "1e", "\\N{", "\\ud800", "match ", "@",
            "case ", "import ", "from ", "type ", "t'", "!", "?", "$", "\0",
        ]), 0..60)
    ) {
        drop(parse(&pieces.concat()));
    }
}
