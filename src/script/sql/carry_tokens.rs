//! The tokens of a statement, read for what it takes from its session and leaves there.

use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use super::carry::Again;
use super::carry::Carried;
use super::carry::Part;
use super::lexer::Lexer;
use super::token::Token;
use super::token::TokenKind;

const LAST_ID: Carried = Carried::Function("LAST_INSERT_ID()");
const ROW_COUNT: Carried = Carried::Function("ROW_COUNT()");
const FOUND_ROWS: Carried = Carried::Function("FOUND_ROWS()");
const LAST_ROWID: Carried = Carried::Function("last_insert_rowid()");
const CHANGES: Carried = Carried::Function("changes()");

/// System variables that say something of what the session has done, or of the moment.
const OF_THE_MOMENT: [&str; 8] = [
    "ERROR_COUNT",
    "IDENTITY",
    "INSERT_ID",
    "LAST_INSERT_ID",
    "RAND_SEED1",
    "RAND_SEED2",
    "TIMESTAMP",
    "WARNING_COUNT",
];

/// The tokens of a statement that mean something.
pub(super) struct Pieces<'a> {
    text: &'a str,
    dialect: Dialect,
    tokens: Vec<Token>,
    /// The opening of an executable comment around the statement.
    pub(super) opening: Option<Token>,
}

/// What begins with `@`.
enum At {
    User(String),
    /// In upper case, without its scope.
    System(String),
}

impl<'a> Pieces<'a> {
    pub(super) fn of(text: &'a str, dialect: Dialect) -> Self {
        let mut opening = None;
        let mut tokens = Vec::new();
        for token in Lexer::new(text, dialect) {
            match token.kind {
                TokenKind::ExecutableOpen if tokens.is_empty() => opening = Some(token),
                TokenKind::ExecutableOpen | TokenKind::ExecutableClose | TokenKind::Hint => {}
                kind if kind.is_trivia() => {}
                _ => tokens.push(token),
            }
        }
        Pieces { text, dialect, tokens, opening }
    }

    fn part(&self, tokens: Vec<Token>) -> Self {
        Pieces { text: self.text, dialect: self.dialect, tokens, opening: None }
    }

    fn word_at(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        Some(token.text(self.text))
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.word_at(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    fn is_any_word(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(at, word))
    }

    fn is_mark(&self, at: usize, mark: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Punctuation(mark))
    }

    /// Whether nothing stands between this token and the one before it.
    fn is_joined(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.zip(self.tokens.get(at)).is_some_and(|(before, token)| before.end == token.start)
    }

    /// Whether the body of the statement is run later, by whoever calls it.
    pub(super) fn defines_routine(&self) -> bool {
        const KINDS: [&str; 9] = [
            "TABLE",
            "VIEW",
            "INDEX",
            "USER",
            "TRIGGER",
            "PROCEDURE",
            "FUNCTION",
            "EVENT",
            "PACKAGE",
        ];
        if !self.is_any_word(0, &["CREATE", "ALTER"]) {
            return false;
        }
        let kind = (1..self.tokens.len()).find(|at| self.is_any_word(*at, &KINDS));
        kind.is_some_and(|at| self.is_any_word(at, &KINDS[4..]))
    }

    /// What begins with the `@` at `at`, and where it ends. None for the `@` of an account, which
    /// joins the names before and behind it.
    fn at_sign(&self, at: usize) -> Option<(At, usize)> {
        if !self.is_mark(at, b'@') {
            return None;
        }
        if self.is_mark(at + 1, b'@') {
            let mut end = at + 2;
            let mut name = self.word_at(end)?;
            while self.is_mark(end + 1, b'.') {
                end += 2;
                name = self.word_at(end)?;
            }
            return Some((At::System(name.to_ascii_uppercase()), end + 1));
        }
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let is_account = self.is_joined(at)
            && before.is_some_and(|token| {
                matches!(
                    token.kind,
                    TokenKind::Word | TokenKind::String | TokenKind::QuotedIdentifier
                )
            });
        let first = self.tokens.get(at + 1).filter(|_| self.is_joined(at + 1))?;
        if is_account {
            return None;
        }
        let mut end = at + 2;
        let name = match first.kind {
            TokenKind::String | TokenKind::QuotedIdentifier => {
                let quoted = first.text(self.text);
                quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
            _ => {
                let is_part = |at: usize| {
                    self.is_joined(at)
                        && self.tokens.get(at).is_some_and(|token| {
                            matches!(
                                token.kind,
                                TokenKind::Word
                                    | TokenKind::Number
                                    | TokenKind::Punctuation(b'.' | b'$')
                            )
                        })
                };
                if !is_part(at + 1) {
                    return None;
                }
                while is_part(end) {
                    end += 1;
                }
                self.slice(at + 1, end).to_owned()
            }
        };
        Some((At::User(name.to_lowercase()), end))
    }

    /// The text of these tokens and what is between them.
    fn slice(&self, from: usize, end: usize) -> &'a str {
        let first = self.tokens.get(from);
        let last = end.checked_sub(1).and_then(|last| self.tokens.get(last));
        first
            .zip(last)
            .and_then(|(first, last)| self.text.get(first.start..last.end))
            .unwrap_or_default()
    }

    pub(super) fn prepared_name(&self, at: usize) -> Option<Carried> {
        let token = self.tokens.get(at)?;
        let name = token.text(self.text).trim_matches('`');
        Some(Carried::Prepared(name.to_lowercase()))
    }

    /// What the statement takes from its session, and what it leaves there.
    pub(super) fn carried(&self) -> (BTreeSet<Carried>, BTreeSet<Carried>) {
        let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
        // Set to a constant in the statement itself, wherever that stands in it.
        let mut begun = BTreeSet::new();
        let sets_all = self.is_any_word(0, &["LOAD", "GET"]);
        let mut is_into = false;
        let mut at = 0;
        while at < self.tokens.len() {
            if let Some((found, end)) = self.at_sign(at) {
                match found {
                    At::System(name) => {
                        if matches!(name.as_str(), "LAST_INSERT_ID" | "IDENTITY") {
                            reads.insert(LAST_ID);
                        }
                        is_into = false;
                    }
                    At::User(name) => {
                        let name = Carried::Variable(name);
                        let is_assigned = self.is_mark(end, b':') && self.is_mark(end + 1, b'=');
                        let is_set =
                            at.checked_sub(1).is_some_and(|before| self.is_word(before, "SET"))
                                && self.is_mark(end, b'=');
                        if is_assigned {
                            let value = end + 2 + usize::from(self.is_mark(end + 2, b'-'));
                            let is_constant = self.is_word(value, "NULL")
                                || self.tokens.get(value).is_some_and(|token| {
                                    matches!(token.kind, TokenKind::Number | TokenKind::String)
                                });
                            if is_constant {
                                begun.insert(name.clone());
                            }
                        }
                        if sets_all && self.is_word(0, "LOAD") {
                            begun.insert(name.clone());
                        }
                        match is_into || is_assigned || is_set || sets_all {
                            true => writes.insert(name),
                            false => reads.insert(name),
                        };
                        // `INTO @a, @b`
                        is_into &= self.is_mark(end, b',');
                        at = end + usize::from(is_into);
                        continue;
                    }
                }
                at = end;
                continue;
            }
            is_into = self.is_word(at, "INTO");
            if self.is_mark(at + 1, b'(') {
                let is_empty = self.is_mark(at + 2, b')');
                match self.word_at(at).map(str::to_ascii_uppercase).as_deref() {
                    Some("LAST_INSERT_ID") if is_empty => {
                        reads.insert(LAST_ID);
                    }
                    Some("LAST_INSERT_ID") => {
                        writes.insert(LAST_ID);
                    }
                    Some("ROW_COUNT") => {
                        reads.insert(ROW_COUNT);
                    }
                    Some("FOUND_ROWS") => {
                        reads.insert(FOUND_ROWS);
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        if self.is_any_word(0, &["INSERT", "REPLACE", "LOAD", "CALL", "EXECUTE"]) {
            writes.insert(LAST_ID);
        }
        if self.is_any_word(0, &["SELECT", "CALL", "EXECUTE", "WITH"]) {
            writes.insert(FOUND_ROWS);
        }
        writes.insert(ROW_COUNT);
        reads.retain(|name| !begun.contains(name));
        (reads, writes)
    }

    /// The same of the SQL in the strings of the statement.
    pub(super) fn within_strings(&self) -> (BTreeSet<Carried>, BTreeSet<Carried>) {
        let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
        for token in self.tokens.iter().filter(|token| token.kind == TokenKind::String) {
            let text = token.text(self.text);
            let text = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            let (more_reads, more_writes) = Pieces::of(text, self.dialect).carried();
            reads.extend(more_reads);
            writes.extend(more_writes);
        }
        (reads, writes)
    }

    /// The functions of SQLite that tell of statements before.
    pub(super) fn on_sqlite(&self) -> (BTreeSet<Carried>, BTreeSet<Carried>) {
        let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
        for at in (0..self.tokens.len()).filter(|at| self.is_mark(at + 1, b'(')) {
            if self.is_word(at, "LAST_INSERT_ROWID") {
                reads.insert(LAST_ROWID);
            } else if self.is_word(at, "CHANGES") {
                reads.insert(CHANGES);
            }
        }
        if self.is_any_word(0, &["INSERT", "REPLACE", "WITH"]) {
            writes.insert(LAST_ROWID);
        }
        if self.is_any_word(0, &["INSERT", "REPLACE", "WITH", "UPDATE", "DELETE"]) {
            writes.insert(CHANGES);
        }
        (reads, writes)
    }

    /// The assignments of a `SET`, each as a `SET` of its own would do it.
    pub(super) fn assignments(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let (mut depth, mut from) = (0_usize, 1);
        for at in 1..=self.tokens.len() {
            if self.is_mark(at, b'(') {
                depth += 1;
            } else if self.is_mark(at, b')') {
                depth = depth.saturating_sub(1);
            } else if at == self.tokens.len() || (depth == 0 && self.is_mark(at, b',')) {
                parts.push(self.assignment(from, at));
                from = at + 1;
            }
        }
        parts
    }

    fn assignment(&self, from: usize, end: usize) -> Part {
        let tokens = self.tokens.get(from..end).unwrap_or_default().to_vec();
        let part = self.part(tokens);
        let text = self.slice(from, end).to_owned();
        let target = match part.at_sign(0) {
            Some((At::User(name), value)) => Some((Carried::Variable(name), value)),
            _ => None,
        };
        let Some((name, at)) = target else {
            let (reads, mut writes) = part.carried();
            writes.retain(|one| matches!(one, Carried::Variable(_)));
            return Part { text, again: Again::Always, reads, writes };
        };
        // `=` or `:=`
        let at = at + if part.is_mark(at, b':') { 2 } else { 1 };
        let value = part.part(part.tokens.get(at..).unwrap_or_default().to_vec());
        let (reads, mut writes) = value.carried();
        writes.retain(|one| matches!(one, Carried::Variable(_)));
        let again = match writes.is_empty() && value.is_constant() {
            true => Again::Always,
            false => Again::Never,
        };
        writes.insert(name);
        Part { text, again, reads, writes }
    }

    /// Whether this is made of literals, system variables and user variables only, so that it comes
    /// to the same in any session where those are the same.
    fn is_constant(&self) -> bool {
        const BEFORE_STRING: [&str; 6] = ["X", "N", "B", "DATE", "TIME", "TIMESTAMP"];
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            if self.is_mark(at, b'@') {
                match self.at_sign(at) {
                    Some((At::User(_), end)) => at = end,
                    Some((At::System(name), end)) if !OF_THE_MOMENT.contains(&name.as_str()) => {
                        at = end;
                    }
                    _ => return false,
                }
                continue;
            }
            let is_known = match token.kind {
                TokenKind::String | TokenKind::Number => true,
                TokenKind::Punctuation(mark) => mark != b'`',
                TokenKind::Word => {
                    let word = token.text(self.text);
                    let is_before_string =
                        self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::String)
                            && (self.is_any_word(at, &BEFORE_STRING) || word.starts_with('_'));
                    // `0x1f`, `1e3`
                    let is_of_number = self.is_joined(at)
                        && at
                            .checked_sub(1)
                            .and_then(|before| self.tokens.get(before))
                            .is_some_and(|before| before.kind == TokenKind::Number);
                    self.is_any_word(at, &["NULL", "TRUE", "FALSE"])
                        || is_before_string
                        || is_of_number
                }
                _ => false,
            };
            if !is_known {
                return false;
            }
            at += 1;
        }
        true
    }
}
