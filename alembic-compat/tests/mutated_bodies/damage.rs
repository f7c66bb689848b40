//! Damages to the bytes of a file.

use std::ops::Range;

use crate::numbers::Numbers;

/// What is put between other things.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ".",
    "=",
    "==",
    ":=",
    "->",
    "*",
    "**",
    "@",
    "\\",
    "\\\n",
    ";",
    "#",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'{",
    "f'{x!r:>{n}}'",
    "rb'",
    "b'\\xff'",
    "u''",
    "%s",
    "%(",
    "{}",
    "\t",
    "\u{c}",
    "\0",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "é",
    "𝒳",
    "\\N{DASH}",
    "\\ud800",
    "0",
    "-1",
    "1_0",
    "0x",
    "0777",
    "1e999",
    "99999999999999999999999",
    "None",
    "True",
    "...",
    "lambda: ",
    "lambda *a, **k: ",
    "yield ",
    "await ",
    "async ",
    "return ",
    "raise ",
    "del ",
    "global x\n",
    "nonlocal x\n",
    "import ",
    "from . import ",
    "class C: pass\n",
    "def f(*a, **k): return f(*a)\n",
    "for x in x: ",
    "while x: ",
    "if x: ",
    "else: ",
    "with x as y: ",
    "try: ",
    "except: ",
    "finally: ",
    "match x:\n",
    "not ",
    " in ",
    " is ",
    " if x else ",
    " for x in y",
    "op",
    "op.",
    "sa.",
    "sa.Column(",
    "sa.text(",
    "op.execute(",
    "op.get_bind()",
    ".execute(",
    "upgrade()",
    "self",
    "__class__",
    "__dict__",
    "__init__",
    "__getattr__",
    "getattr(",
    "print ",
    "exec ",
    "type(",
    "super().",
];

/// Whole statements that mean harm, or are of another Python.
const STATEMENTS: &[&str] = &[
    "while True: pass",
    "while True: upgrade()",
    "upgrade()",
    "def f(): return f()\n@f()",
    "print 'done'",
    "print >>f, 'done'",
    "exec 'x = 1' in x",
    "raise ValueError, 'x'",
    "x = `1`",
    "x = 1 <> 2",
    "x = 0777L + ur'x'",
    "x = 'a' * 10 ** 9",
    "x = [0] * 10 ** 10",
    "x = 10 ** 10 ** 10",
    "x = 1 << 10 ** 12",
    "x = [[]] * 10 ** 6; x = [x] * 10 ** 6",
    "x = ' '.join(str(i) for i in range(10 ** 9))",
    "x = {i: [i] * 1000 for i in range(10 ** 9)}",
    "x = '%999999999d' % 1",
    "x = '{:>999999999}'.format(1)",
    "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "import re; re.match(r'(x+x+)+y', 'x' * 5000)",
    "import re; re.compile('(' * 5000 + ')' * 5000)",
    "import re; re.compile('((a{1,1000}){1,1000}){1,1000}')",
    "import json; json.loads('[' * 100000)",
    "import json; json.loads('[' * 100000 + ']' * 100000)",
    "import json; x = []; x.append(x); json.dumps(x)",
    "import textwrap; textwrap.fill('a ' * 10 ** 6, 1)",
    "import itertools; list(itertools.product(range(1000), repeat=5))",
    "import itertools; list(itertools.count())",
    "import datetime; datetime.datetime.max + datetime.timedelta(days=1)",
    "import datetime; datetime.date(1, 1, 1) - datetime.timedelta(days=10 ** 9)",
    "import decimal; decimal.Decimal('1e999999999') + 1",
    "import decimal; decimal.Decimal(2) ** 10 ** 9",
    "import math; math.factorial(10 ** 6)",
    "import copy; x = []; x.append(x); copy.deepcopy(x)",
    "import hashlib; hashlib.pbkdf2_hmac('sha256', b'a', b'b', 10 ** 9)",
    "import base64; base64.b64decode('=' * 1000)",
    "import string; string.Template('$' * 1000).substitute()",
    "import this_is_no_module",
    "from . import x",
    "class C(C): pass",
    "class A: pass\nclass B(A): pass\nclass C(A, B): pass",
    "class M(type):\n    def __call__(c, *a): return c(*a)\nclass C(metaclass=M): pass\nC()",
    "class D:\n    def __getattr__(s, n): return getattr(s, n + 'x')\nD().x",
    "def g():\n    yield from g()\nlist(g())",
    "op.create_table('t', *[sa.Column('c%d' % i, sa.Integer) for i in range(10 ** 5)])",
    "op.create_table('t' * 10 ** 6, sa.Column('c', sa.String(10 ** 30)))",
    "op.create_table('t', sa.Column('c', sa.Numeric(-1, 10 ** 30)), sa.Column(None, None))",
    "op.execute(sa.text(':' * 10 ** 5))",
    "op.execute(sa.text(':a' * 10 ** 4).bindparams(a=1))",
    "op.bulk_insert(sa.table('t', sa.column('a')), [{'a': i} for i in range(10 ** 5)])",
    "op.bulk_insert(sa.table('t'), [{'a': object()}, {1: 2}, None])",
    "e = sa.column('x')\nfor i in range(10 ** 5): e = sa.and_(e, sa.column('y') == i)\nop.execute(sa.select(e))",
    "e = sa.column('x')\nfor i in range(10 ** 5): e = e + 1\nop.execute(sa.select(e))",
    "e = sa.select(sa.column('x'))\nfor i in range(10 ** 4): e = sa.select(e.subquery())\nop.execute(e)",
    "e = sa.Integer()\nfor i in range(10 ** 5): e = postgresql.ARRAY(e)\nop.add_column('t', sa.Column('a', e))",
    "t = sa.Table('t', sa.MetaData(), sa.Column('a', sa.ForeignKey('t.a')))\nt.create(op.get_bind())",
    "with op.batch_alter_table('t') as b:\n    b.drop_column('x'); b.batch_alter_table('t')",
    "with op.get_context().autocommit_block():\n    with op.get_context().autocommit_block(): op.execute('x')",
    "op.get_bind().execute(sa.text('select 1')).fetchall()[10 ** 30]",
    "op.f(op.f(op.f('x'))); op.nothing(); sa.nothing",
    "op.execute(None); op.execute(1); op.execute(b'x'); op.execute([])",
    "globals()['upgrade'] = 1; locals().clear(); vars(op).clear()",
    "del op, sa",
    "op.execute = lambda *a: None; sa.Column = 1",
    "x = op; op.x = x; sa.sa = sa; str(op), repr(sa)",
    "import os; os.system('true'); open('/etc/passwd')",
    "__import__('os').environ['x']; eval('1'); exec('1')",
];

const NUMBERS: &[&str] =
    &["0", "-1", "1e999", "-0.0", "10**30", "2**63", "9", "1_000_000_000", "0b", "1j", "nan"];

/// One of `files` after one to five damages.
pub(crate) fn damaged(files: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = files[numbers.next(files.len())].clone();
    for _ in 0..1 + numbers.next(3) + 2 * usize::from(numbers.chance(15)) {
        damage(&mut bytes, files, numbers);
        bytes.truncate(4 << 20);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, files: &[Vec<u8>], numbers: &mut Numbers) {
    match numbers.next(24) {
        0 if !bytes.is_empty() => {
            let at = numbers.next(bytes.len());
            bytes[at] ^= 1 << numbers.next(8);
        }
        1 if !bytes.is_empty() => {
            let at = numbers.next(bytes.len());
            bytes[at] = u8::try_from(numbers.next(256)).unwrap();
        }
        2 => {
            let at = place(bytes, numbers);
            bytes.truncate(at);
        }
        3 => drop(bytes.drain(short(bytes, numbers))),
        4 => {
            let (lines, times) = (some_lines(bytes, numbers), 1 + numbers.next(3).pow(5));
            let piece = bytes[lines.clone()].repeat(times);
            put(bytes, lines.end, &piece);
        }
        5 => {
            let lines = some_lines(bytes, numbers);
            let piece: Vec<u8> = bytes.drain(lines).collect();
            let at = line_start(bytes, numbers);
            put(bytes, at, &piece);
        }
        6 => {
            let other = &files[numbers.next(files.len())];
            let piece = other[some_lines(other, numbers)].to_vec();
            let at = line_start(bytes, numbers);
            put(bytes, at, &piece);
        }
        7 => {
            let other = &files[numbers.next(files.len())];
            let piece = other[short(other, numbers)].to_vec();
            let at = place(bytes, numbers);
            put(bytes, at, &piece);
        }
        8 | 9 => {
            let token = numbers.of(TOKENS).as_bytes();
            let at = place(bytes, numbers);
            put(bytes, at, token);
        }
        10 => deep(bytes, numbers),
        11 => huge(bytes, numbers),
        12 => {
            let at = if numbers.chance(60) { 0 } else { place(bytes, numbers) };
            put(bytes, at, "\u{feff}".as_bytes());
        }
        13 => {
            let end: &[u8] = if numbers.chance(50) { b"\r\n" } else { b"\r" };
            *bytes = replaced(bytes, b"\n", end);
        }
        14 => {
            let spaces: &[u8] = if numbers.chance(50) { b"    " } else { b"  " };
            *bytes = replaced(bytes, spaces, b"\t");
        }
        15 => latin_1(bytes, numbers),
        16..=19 => statement(bytes, numbers),
        20 => word(bytes, numbers),
        21 => {
            let digits = find(bytes, numbers, |byte| byte.is_ascii_digit());
            drop(bytes.splice(digits, numbers.of(NUMBERS).bytes()));
        }
        22 => {
            let at = line_start(bytes, numbers);
            let spaces = bytes[at..].iter().take_while(|byte| **byte == b' ').count();
            let piece = b" ".repeat(numbers.next(9));
            drop(bytes.splice(at..at + spaces, piece));
        }
        _ => {
            let at = place(bytes, numbers);
            let next = bytes.get(at).copied().unwrap_or(b'(');
            let piece = vec![next; 2 + numbers.next(400)];
            put(bytes, at, &piece);
        }
    }
}

/// Something nested in itself.
fn deep(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let times = [20, 150, 1000, 30_000][numbers.next(4)];
    let (open, close) = [
        ("(", ")"),
        ("[", "]"),
        ("{1: ", "}"),
        ("f(", ")"),
        ("f'{", "}'"),
        ("-", ""),
        ("not ", ""),
        ("lambda: ", ""),
        ("1 if 1 else ", ""),
        ("1 + ", ""),
        ("1 ** ", ""),
        ("1 < ", ""),
        ("x.", ""),
        ("x[", "]"),
        ("x and ", ""),
        ("'a' ", ""),
        ("sa.and_(", ")"),
        ("sa.Column(", ")"),
        ("postgresql.ARRAY(", ")"),
        ("[x for x in ", "]"),
    ][numbers.next(20)];
    let close = if numbers.chance(80) { close.repeat(times) } else { String::new() };
    let mut text = format!("x = {}1{close}\n", open.repeat(times));
    if numbers.chance(20) {
        let kinds = ["if 1:", "while 1:", "for x in x:", "def f():", "class C:", "try:", "with x:"];
        let kind = numbers.of(&kinds);
        text = (0..times.min(2000)).map(|at| format!("{}{kind}\n", " ".repeat(at))).collect();
    }
    if numbers.chance(10) {
        text = "if 1: pass\n".to_owned() + &"elif 1: pass\n".repeat(times);
    }
    insert_line(bytes, numbers, &text);
}

/// A text that has no end.
fn huge(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let size = [1 << 12, 1 << 16, 1 << 20][numbers.next(3)];
    let text = match numbers.next(6) {
        0 => format!("x = '{}'\n", "a".repeat(size)),
        1 => format!("x = f'{}'\n", "{1}".repeat(size / 3)),
        2 => format!("op.execute('''{}''')\n", "é%s:a;\n".repeat(size / 8)),
        3 => format!("x = {}\n", "9".repeat(size)),
        4 => format!("# {}\n", "x".repeat(size)),
        _ => format!("x{} = 1\n", "x".repeat(size)),
    };
    insert_line(bytes, numbers, &text);
}

/// Bytes that are no UTF-8, with or without a word about them.
fn latin_1(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let cookies = [
        "# -*- coding: latin-1 -*-\n",
        "# coding: utf-8\n",
        "# vim: set fileencoding=cp1252 :\n",
        "#coding=x\n",
        "",
    ];
    let at = place(bytes, numbers);
    put(
        bytes,
        at,
        [&b"\xe9"[..], b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"]
            [numbers.next(5)],
    );
    put(bytes, 0, numbers.of(&cookies).as_bytes());
}

/// A whole statement, where one may stand.
fn statement(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let text = format!("{}\n", numbers.of(STATEMENTS));
    insert_line(bytes, numbers, &text);
}

/// Inserts lines with the indentation of the line that follows them.
fn insert_line(bytes: &mut Vec<u8>, numbers: &mut Numbers, text: &str) {
    let at = line_start(bytes, numbers);
    let indent: Vec<u8> =
        bytes[at..].iter().copied().take_while(|byte| b" \t".contains(byte)).collect();
    let mut piece = Vec::new();
    for line in text.split_inclusive('\n') {
        piece.extend_from_slice(&indent);
        piece.extend_from_slice(line.as_bytes());
    }
    put(bytes, at, &piece);
}

/// A name in the place of another.
fn word(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let (from, to) = (find(bytes, numbers, is_name), find(bytes, numbers, is_name));
    let piece = bytes[from].to_vec();
    drop(bytes.splice(to, piece));
}

fn put(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    drop(bytes.splice(at..at, piece.iter().copied()));
}

fn place(bytes: &[u8], numbers: &mut Numbers) -> usize {
    numbers.next(bytes.len() + 1)
}

/// The run of bytes of a kind that lies next behind some place.
fn find(bytes: &[u8], numbers: &mut Numbers, is_it: impl Fn(u8) -> bool) -> Range<usize> {
    let from = place(bytes, numbers);
    let start =
        bytes[from..].iter().position(|byte| is_it(*byte)).map_or(bytes.len(), |at| from + at);
    let end =
        bytes[start..].iter().position(|byte| !is_it(*byte)).map_or(bytes.len(), |at| start + at);
    start..end
}

fn short(bytes: &[u8], numbers: &mut Numbers) -> Range<usize> {
    let start = place(bytes, numbers);
    let length = if numbers.chance(80) { numbers.next(20) } else { numbers.next(bytes.len() + 1) };
    start..(start + length).min(bytes.len())
}

fn line_start(bytes: &[u8], numbers: &mut Numbers) -> usize {
    let at = place(bytes, numbers);
    bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

fn some_lines(bytes: &[u8], numbers: &mut Numbers) -> Range<usize> {
    let start = line_start(bytes, numbers);
    let wanted = 1 + numbers.next(8);
    let mut end = start;
    for line in bytes[start..].split_inclusive(|byte| *byte == b'\n').take(wanted) {
        end += line.len();
    }
    start..end
}

fn replaced(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut made = Vec::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        if rest.starts_with(what) {
            made.extend_from_slice(with);
            rest = &rest[what.len()..];
        } else {
            made.push(*first);
            rest = &rest[1..];
        }
    }
    made
}
