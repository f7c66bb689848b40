//! The tokens of a statement, read for what it takes from its session and leaves there.

use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use super::carry::Carried;
use super::carry_set::PURE;
use super::lexer::Lexer;
use super::token::Token;
use super::token::TokenKind;

pub(super) const LAST_ID: Carried = Carried::Function("LAST_INSERT_ID()");
const ROW_COUNT: Carried = Carried::Function("ROW_COUNT()");
const FOUND_ROWS: Carried = Carried::Function("FOUND_ROWS()");
const LAST_ROWID: Carried = Carried::Function("last_insert_rowid()");
const CHANGES: Carried = Carried::Function("changes()");
const TOTAL_CHANGES: Carried = Carried::Function(TOTAL);

/// The function of SQLite that counts all that a connection has changed.
pub(super) const TOTAL: &str = "total_changes()";

/// The tokens of a statement that mean something.
pub(super) struct Pieces<'a> {
    pub(super) text: &'a str,
    dialect: Dialect,
    pub(super) tokens: Vec<Token>,
    /// The opening of an executable comment around the statement.
    pub(super) opening: Option<Token>,
}

/// What begins with `@`.
pub(super) enum At {
    User(String),
    /// Its name in upper case, and whether it is the global one.
    System {
        name: String,
        scope: Option<Scope>,
    },
}

/// Whose value of a system variable is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Session,
    Global,
}

/// The scope that is spelled like that.
pub(super) fn scope_of(word: &str) -> Option<Scope> {
    let is_any = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
    if is_any(&["SESSION", "LOCAL"]) {
        return Some(Scope::Session);
    }
    is_any(&["GLOBAL", "PERSIST", "PERSIST_ONLY"]).then_some(Scope::Global)
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

    pub(super) fn part(&self, tokens: Vec<Token>) -> Self {
        Pieces { text: self.text, dialect: self.dialect, tokens, opening: None }
    }

    pub(super) fn word_at(&self, at: usize) -> Option<&'a str> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        Some(token.text(self.text))
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.word_at(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_any_word(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(at, word))
    }

    pub(super) fn is_mark(&self, at: usize, mark: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Punctuation(mark))
    }

    pub(super) fn holds_word(&self, word: &str) -> bool {
        (0..self.tokens.len()).any(|at| self.is_word(at, word))
    }

    /// Whether nothing stands between this token and the one before it.
    pub(super) fn is_joined(&self, at: usize) -> bool {
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
    pub(super) fn at_sign(&self, at: usize) -> Option<(At, usize)> {
        if !self.is_mark(at, b'@') {
            return None;
        }
        if self.is_mark(at + 1, b'@') {
            let mut end = at + 2;
            let mut name = self.word_at(end)?;
            let scope = scope_of(name).filter(|_| self.is_mark(end + 1, b'.'));
            while self.is_mark(end + 1, b'.') {
                end += 2;
                name = self.word_at(end)?;
            }
            return Some((At::System { name: name.to_ascii_uppercase(), scope }, end + 1));
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
    pub(super) fn slice(&self, from: usize, end: usize) -> &'a str {
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
                    At::System { name, scope } => {
                        if matches!(name.as_str(), "LAST_INSERT_ID" | "IDENTITY") {
                            reads.insert(LAST_ID);
                        }
                        let name = name.to_ascii_lowercase();
                        reads.insert(match scope {
                            Some(Scope::Global) => Carried::Global(name),
                            Some(Scope::Session) | None => Carried::Setting(name),
                        });
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
            match self.sequence(at) {
                Some((name, true)) => {
                    writes.insert(name);
                }
                // What this statement itself has made is nothing that it takes.
                Some((name, false)) if !writes.contains(&name) => {
                    reads.insert(name);
                }
                _ => {}
            }
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

    /// The sequence of MariaDB whose last value is used at `at`, and whether it is a new one
    /// ("NEXT VALUE for sequence_name", "PREVIOUS VALUE FOR sequence_name" in its manual).
    fn sequence(&self, at: usize) -> Option<(Carried, bool)> {
        let (is_new, mut at) = if self.is_any_word(at, &["NEXTVAL", "LASTVAL"]) {
            self.is_mark(at + 1, b'(').then_some((self.is_word(at, "NEXTVAL"), at + 2))?
        } else if self.is_any_word(at, &["NEXT", "PREVIOUS"]) {
            let is_value = self.is_word(at + 1, "VALUE") && self.is_word(at + 2, "FOR");
            is_value.then_some((self.is_word(at, "NEXT"), at + 3))?
        } else {
            return None;
        };
        while self.is_mark(at + 1, b'.') {
            at += 2;
        }
        let name = self.tokens.get(at)?.text(self.text).trim_matches('`');
        Some((Carried::Sequence(name.to_lowercase()), is_new))
    }

    /// Whether the statement calls a function that is not known to do nothing.
    pub(super) fn calls_unknown(&self) -> bool {
        const HARMLESS: [&str; 16] = [
            "ALL", "AND", "AS", "AVG", "COUNT", "EXISTS", "FROM", "IN", "JOIN", "MAX", "MIN",
            "NOT", "OR", "SELECT", "SUM", "WHERE",
        ];
        (0..self.tokens.len()).any(|at| {
            self.is_mark(at + 1, b'(')
                && self.word_at(at).is_some()
                && !self.is_any_word(at, &HARMLESS)
                && !self.is_any_word(at, &PURE)
        })
    }

    /// The same of the SQL in the strings of the statement.
    pub(super) fn within_strings(&self) -> (BTreeSet<Carried>, BTreeSet<Carried>) {
        let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
        for token in self.tokens.iter().filter(|token| token.kind == TokenKind::String) {
            let text = token.text(self.text);
            let text = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
            let pieces = Pieces::of(text, self.dialect);
            let (more_reads, more_writes) = pieces.carried();
            if pieces.is_word(0, "SET") && !pieces.is_word(1, "STATEMENT") {
                writes.extend(pieces.assignments().into_iter().flat_map(|part| part.writes));
            }
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
            } else if self.is_word(at, "TOTAL_CHANGES") {
                reads.insert(TOTAL_CHANGES);
            }
        }
        if self.is_any_word(0, &["INSERT", "REPLACE", "WITH"]) {
            writes.insert(LAST_ROWID);
        }
        if self.is_any_word(0, &["INSERT", "REPLACE", "WITH", "UPDATE", "DELETE"]) {
            writes.insert(CHANGES);
            writes.insert(TOTAL_CHANGES);
        }
        (reads, writes)
    }
}
