//! What a table of SQLite consists of, from the text that `sqlite_schema` has of it, so that two
//! texts which mean the same can be told to do so: a table that was rebuilt is written otherwise.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::TokenKind;

/// The parts of a table, each in one spelling: names and words in lower case and without quotes
/// that they do not need, constraints of one column as those of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableShape {
    /// The columns, in order.
    pub columns: Vec<ShapedColumn>,
    /// The constraints, in the order of the text.
    pub constraints: Vec<ShapedConstraint>,
    /// `strict`, `without rowid`; sorted.
    pub options: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShapedColumn {
    /// Its name, as it is written.
    pub name: String,
    /// Its type, and what belongs to it alone.
    pub definition: String,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapedConstraint {
    /// Its name, as it is written.
    pub name: Option<String>,
    /// What it says.
    pub definition: String,
}

/// A token as it is compared.
#[derive(Debug, Clone)]
struct Piece {
    kind: TokenKind,
    /// In the one spelling.
    text: String,
    /// As a name is written.
    name: String,
    start: usize,
    end: usize,
}

impl Piece {
    fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }

    fn is_mark(&self, mark: u8) -> bool {
        self.kind == TokenKind::Punctuation(mark)
    }
}

/// The text of a statement in one spelling: without comments, with words in lower case, names
/// without quotes that they do not need, and white space where it says something. For comparing.
pub fn canonical(text: &str, dialect: Dialect) -> String {
    joined(&pieces(text, dialect))
}

/// The parts of the table that `text` creates, on SQLite; `None` where it is none, such as a
/// virtual table.
pub fn table_shape(text: &str) -> Option<TableShape> {
    let pieces = pieces(text, Dialect::Sqlite);
    let [create, table, rest @ ..] = pieces.as_slice() else { return None };
    if !create.is("create") || !table.is("table") {
        return None;
    }
    let open = rest.iter().position(|piece| piece.is_mark(b'('))?;
    let length = group(rest.get(open..)?)?;
    let inside = rest.get(open + 1..open + length - 1)?;
    let mut shape = TableShape::default();
    for item in inside_commas(inside) {
        match item {
            [] => return None,
            [first, second, ..] if begins_constraint(first, second) => constraint(item, &mut shape),
            [name, rest @ ..] => column(name, rest, &mut shape),
        }
    }
    shape.options = inside_commas(rest.get(open + length..)?).map(joined).collect();
    shape.options.retain(|option| !option.is_empty());
    shape.options.sort_unstable();
    without_needless_not_null(&mut shape);
    Some(shape)
}

fn pieces(text: &str, dialect: Dialect) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for token in Lexer::new(text, dialect).filter(|token| !token.kind.is_trivia()) {
        let written = token.text(text);
        // A string in double quotes is one that SQLite has forgiven.
        let is_default = pieces.last().is_some_and(|last| last.is("default"));
        let (spelled, name) = match token.kind {
            TokenKind::Word => (written.to_lowercase(), written.to_owned()),
            TokenKind::QuotedIdentifier if !is_default => {
                let name = unquoted(written);
                let is_plain = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
                    && name.chars().next().is_some_and(|letter| !letter.is_ascii_digit());
                let spelled = name.to_lowercase();
                (if is_plain { spelled } else { format!("\"{spelled}\"") }, name)
            }
            _ => (written.to_owned(), written.to_owned()),
        };
        let (start, end) = (token.start, token.end);
        pieces.push(Piece { kind: token.kind, text: spelled, name, start, end });
    }
    pieces
}

/// A quoted name without its quotes.
fn unquoted(written: &str) -> String {
    let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    match written.chars().next() {
        Some('[') | None => inner.to_owned(),
        Some(quote) => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
    }
}

/// How many pieces the group in parentheses has that `pieces` begin with.
fn group(pieces: &[Piece]) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.is_mark(b'(') {
            depth += 1;
        } else if piece.is_mark(b')') {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}

/// What stands between the commas that are in no parentheses.
fn inside_commas(pieces: &[Piece]) -> impl Iterator<Item = &[Piece]> {
    let mut depth = 0_usize;
    pieces.split(move |piece| {
        if piece.is_mark(b'(') {
            depth += 1;
        } else if piece.is_mark(b')') {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && piece.is_mark(b',')
    })
}

fn joined(pieces: &[Piece]) -> String {
    let mut out = String::new();
    let mut last: Option<&Piece> = None;
    for piece in pieces {
        if last.is_some_and(|last| is_parted(last, piece)) {
            out.push(' ');
        }
        out.push_str(&piece.text);
        last = Some(piece);
    }
    out
}

/// Whether a space stands between two pieces.
fn is_parted(last: &Piece, next: &Piece) -> bool {
    let is_one_of = |piece: &Piece, marks: &[u8]| marks.iter().any(|mark| piece.is_mark(*mark));
    if is_one_of(last, b"(.") || is_one_of(next, b"(),.;") {
        return false;
    }
    let touches = last.end == next.start;
    let is_mark = |piece: &Piece| matches!(piece.kind, TokenKind::Punctuation(_));
    let is_operator = is_mark(last) && is_mark(next) && !is_one_of(last, b"),");
    let is_number = last.kind == TokenKind::Number && next.kind == TokenKind::Word;
    !(touches && (is_operator || is_number))
}

fn begins_constraint(first: &Piece, second: &Piece) -> bool {
    first.is("constraint")
        || (["primary", "foreign"].iter().any(|word| first.is(word)) && second.is("key"))
        || (["unique", "check"].iter().any(|word| first.is(word)) && second.is_mark(b'('))
}

fn constraint(item: &[Piece], shape: &mut TableShape) {
    let (name, rest) = match item {
        [first, name, rest @ ..] if first.is("constraint") => (Some(name.name.clone()), rest),
        rest => (None, rest),
    };
    shape.constraints.push(ShapedConstraint { name, definition: joined(rest) });
}

/// What belongs to one column alone.
#[derive(Default)]
struct Own {
    not_null: Option<String>,
    default: Option<String>,
    collation: Option<String>,
    generated: Option<String>,
    /// What is none of these.
    other: Vec<String>,
}

const BEGINNINGS: [&str; 11] = [
    "constraint",
    "primary",
    "not",
    "null",
    "unique",
    "check",
    "default",
    "collate",
    "references",
    "generated",
    "as",
];

fn begins(piece: &Piece) -> bool {
    BEGINNINGS.iter().any(|word| piece.is(word))
}

fn column(name: &Piece, pieces: &[Piece], shape: &mut TableShape) {
    let type_length = pieces.iter().position(begins).unwrap_or(pieces.len());
    let (of_type, mut rest) = pieces.split_at(type_length);
    let mut own = Own::default();
    let mut called = None;
    while let Some(first) = rest.first() {
        if first.is("constraint") {
            called = rest.get(1).map(|name| name.name.clone());
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let (part, behind) = rest.split_at(part_length(rest));
        rest = behind;
        let called = called.take();
        let mut of_table = |definition: String| {
            shape.constraints.push(ShapedConstraint { name: called.clone(), definition });
        };
        let tail = joined(part.get(1..).unwrap_or_default());
        match first.text.as_str() {
            "primary" => of_table(primary_key(name, part)),
            "unique" => of_table(format!("unique({}) {tail}", name.text).trim_end().to_owned()),
            "check" => of_table(joined(part)),
            "references" => {
                of_table(format!("foreign key({}) {}", name.text, joined(part)));
            }
            "not" => own.not_null = Some(joined(part)),
            "null" => {}
            "default" => own.default = Some(format!("default {}", default(part))),
            "collate" => own.collation = Some(joined(part)),
            "generated" | "as" => {
                let text = tail.strip_prefix("always as").unwrap_or(&tail).trim_start().to_owned();
                own.generated = Some(format!("generated always as{text}"));
            }
            _ => own.other.push(joined(part)),
        }
    }
    let mut words = vec![joined(of_type)];
    words.extend([own.not_null, own.default, own.collation, own.generated].into_iter().flatten());
    words.extend(own.other);
    words.retain(|word| !word.is_empty());
    shape.columns.push(ShapedColumn { name: name.name.clone(), definition: words.join(" ") });
}

/// How many pieces belong to the part that `pieces` begin with.
fn part_length(pieces: &[Piece]) -> usize {
    let is = |at: usize, word: &str| pieces.get(at).is_some_and(|piece| piece.is(word));
    let mut at = 1;
    if is(0, "not") || is(0, "primary") || is(0, "default") || is(0, "collate") {
        // The word behind it, or a value, whatever that is.
        let is_signed = pieces.get(1).is_some_and(|sign| sign.is_mark(b'-') || sign.is_mark(b'+'));
        at += match pieces.get(1) {
            Some(open) if open.is_mark(b'(') => group(&pieces[1..]).unwrap_or(1),
            _ if is_signed => 2,
            _ => 1,
        };
    }
    if is(0, "generated") && is(1, "always") && is(2, "as") {
        at += 2;
    }
    while let Some(piece) = pieces.get(at) {
        if piece.is_mark(b'(') {
            at += group(pieces.get(at..).unwrap_or_default()).unwrap_or(1);
        } else if is(at, "on") {
            // `on delete set null`, `on conflict ignore`.
            at += if is(at + 2, "set") || is(at + 2, "no") { 4 } else { 3 };
        } else if is(at, "not") && is(at + 1, "deferrable") {
            at += 2;
        } else if begins(piece) {
            break;
        } else {
            at += 1;
        }
    }
    at.min(pieces.len())
}

/// `primary key [asc | desc] [on conflict …] [autoincrement]` of a column, as one of the table.
fn primary_key(column: &Piece, part: &[Piece]) -> String {
    let rest = part.get(2..).unwrap_or_default();
    let has = |word: &str| rest.iter().any(|piece| piece.is(word));
    let order = if has("desc") { " desc" } else { "" };
    let counter = if has("autoincrement") { " autoincrement" } else { "" };
    let conflict = rest.iter().position(|piece| piece.is("on")).and_then(|at| rest.get(at..at + 3));
    let conflict = conflict.map(|words| format!(" {}", joined(words))).unwrap_or_default();
    format!("primary key({}{order}{counter}){conflict}", column.text)
}

/// A default, without parentheses that stand around a single value.
fn default(part: &[Piece]) -> String {
    let value = part.get(1..).unwrap_or_default();
    let inner = match value {
        [open, inner @ .., close] if open.is_mark(b'(') && close.is_mark(b')') => inner,
        _ => value,
    };
    let is_value = |piece: &Piece| matches!(piece.kind, TokenKind::Number | TokenKind::String);
    match inner {
        [one] if is_value(one) || one.is("null") => one.text.clone(),
        [sign, one] if sign.is_mark(b'-') && one.kind == TokenKind::Number => {
            format!("-{}", one.text)
        }
        _ => joined(value),
    }
}

/// The column that stands for the row's number is never null, whether or not that is said.
fn without_needless_not_null(shape: &mut TableShape) {
    for column in &mut shape.columns {
        let keys = [
            format!("primary key({})", column.name.to_lowercase()),
            format!("primary key({} autoincrement)", column.name.to_lowercase()),
        ];
        let is_key = shape.constraints.iter().any(|one| keys.contains(&one.definition));
        if is_key && column.definition == "integer not null" {
            "integer".clone_into(&mut column.definition);
        }
    }
}
