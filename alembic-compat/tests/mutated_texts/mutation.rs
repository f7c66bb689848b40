//! Small damages to valid texts.

use std::ops::Range;

use proptest::prelude::*;
use proptest::sample::Index;

/// What is put into texts: signs of all the languages that are read here, and rare characters.
const ODD: &[&str] = &[
    "\0",
    "\u{feff}",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "\n    ",
    "\t",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{200b}",
    "\u{10ffff}",
    "é",
    "e\u{301}",
    "𝒳",
    "İ",
    "ß",
    "\\",
    "\\\n",
    "\\N{",
    "\\ud800",
    "\\x",
    "\\777",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f'{",
    "{x!r:>{",
    "b'",
    "r'",
    "t'",
    "%",
    "%%",
    "%(",
    ")s",
    "%(here)s",
    "${",
    "}",
    "<%",
    "%>",
    "<%!",
    "</%def>",
    "## ",
    "% if x:\n",
    "% endif\n",
    "% while 1:\n",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "[]",
    "()",
    "=",
    "==",
    ":=",
    ":",
    ";",
    "#",
    ",",
    ".",
    "@",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "|",
    "&",
    "~",
    "<<",
    "...",
    "0",
    "-1",
    "0x",
    "1_",
    "1e999",
    "99999999999999999999",
    "lambda: ",
    "*a, ",
    "import *",
    "from x import *\n",
    "del revision\n",
    "global revision\n",
    "revision = ",
    "None",
    "None | ",
    "if 1:\n ",
    "raise X\n",
    "async ",
    "await ",
    "match x:\n case ",
    "def f(): ",
    "class C: ",
    "for revision in 'a', 'b': pass\n",
    "not ",
    " if 1 else ",
    " in ",
    "heads",
    "# coding: latin-1\n",
];

#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index, Index),
    Duplicate(Index, Index, Index),
    Swap(Index, Index, Index),
    Insert(Index, &'static str),
    Lines(Index, Index),
    Repeat(Index, usize),
}

/// One of `texts` after up to six mutations.
pub(crate) fn mutated(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let index = any::<Index>;
    let mutation = prop_oneof![
        3 => (index(), index()).prop_map(|(a, b)| Mutation::Delete(a, b)),
        2 => (index(), index(), index()).prop_map(|(a, b, at)| Mutation::Duplicate(a, b, at)),
        2 => (index(), index(), index()).prop_map(|(a, b, c)| Mutation::Swap(a, b, c)),
        6 => (index(), prop::sample::select(ODD)).prop_map(|(at, odd)| Mutation::Insert(at, odd)),
        2 => (index(), index()).prop_map(|(a, b)| Mutation::Lines(a, b)),
        1 => (index(), 2..400_usize).prop_map(|(at, times)| Mutation::Repeat(at, times)),
    ];
    (prop::sample::select(texts), prop::collection::vec(mutation, 0..=6)).prop_map(
        |(text, mutations)| mutations.iter().fold(text.to_owned(), |text, m| m.apply(&text)),
    )
}

impl Mutation {
    fn apply(&self, text: &str) -> String {
        match self {
            Mutation::Delete(a, b) => {
                let Range { start, end } = short(text, a, b);
                [&text[..start], &text[end..]].concat()
            }
            Mutation::Duplicate(a, b, at) => {
                let (piece, at) = (short(text, a, b), place(text, at));
                [&text[..at], &text[piece], &text[at..]].concat()
            }
            Mutation::Swap(a, b, c) => {
                let mut cuts = [a, b, c].map(|cut| place(text, cut));
                cuts.sort_unstable();
                let [a, b, c] = cuts;
                [&text[..a], &text[b..c], &text[a..b], &text[c..]].concat()
            }
            Mutation::Insert(at, odd) => {
                let at = place(text, at);
                [&text[..at], odd, &text[at..]].concat()
            }
            Mutation::Lines(a, b) => {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                if !lines.is_empty() {
                    let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                    lines.swap(a, b);
                }
                lines.concat()
            }
            Mutation::Repeat(at, times) => {
                let at = place(text, at);
                let next = text[at..].chars().next().unwrap_or('(').to_string();
                [&text[..at], &next.repeat(*times), &text[at..]].concat()
            }
        }
    }
}

/// A place between two characters.
fn place(text: &str, index: &Index) -> usize {
    let mut at = index.index(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A piece of a text, mostly a few characters long.
fn short(text: &str, start: &Index, length: &Index) -> Range<usize> {
    let start = place(text, start);
    let length = match length.index(100) {
        n @ 0..80 => n / 4,
        n => (n - 79) * text.len() / 20,
    };
    let mut end = (start + length).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
