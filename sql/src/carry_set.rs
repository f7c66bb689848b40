//! The assignments of a `SET` of MySQL: which of them end with the session, and which can be made
//! again in another one.

use std::collections::BTreeSet;

use super::carry::Again;
use super::carry::Carried;
use super::carry::Part;
use super::carry_tokens::At;
use super::carry_tokens::LAST_ID;
use super::carry_tokens::Pieces;
use super::carry_tokens::Scope;
use super::carry_tokens::scope_of;
use super::token::TokenKind;

/// System variables that say something of what the session or the server has done, or of the
/// moment.
const OF_THE_MOMENT: [&str; 15] = [
    "ERROR_COUNT",
    "GTID_BINLOG_POS",
    "GTID_CURRENT_POS",
    "GTID_EXECUTED",
    "GTID_PURGED",
    "IDENTITY",
    "INSERT_ID",
    "IN_TRANSACTION",
    "LAST_GTID",
    "LAST_INSERT_ID",
    "PSEUDO_THREAD_ID",
    "RAND_SEED1",
    "RAND_SEED2",
    "TIMESTAMP",
    "WARNING_COUNT",
];

/// System variables that hold for the next transaction only when they are set as `@@name` (MySQL's
/// manual, 15.3.7 "SET TRANSACTION Statement").
const OF_A_TRANSACTION: [&str; 4] =
    ["TRANSACTION_ISOLATION", "TRANSACTION_READ_ONLY", "TX_ISOLATION", "TX_READ_ONLY"];

/// Functions that come to the same for the same arguments, and do nothing. A stored function of
/// that name is only called with its schema.
pub(super) const PURE: [&str; 25] = [
    "ABS",
    "CEIL",
    "CEILING",
    "CHAR_LENGTH",
    "COALESCE",
    "CONCAT",
    "CONCAT_WS",
    "FLOOR",
    "GREATEST",
    "IFNULL",
    "LCASE",
    "LEAST",
    "LEFT",
    "LOWER",
    "LPAD",
    "LTRIM",
    "NULLIF",
    "REPEAT",
    "REPLACE",
    "RIGHT",
    "ROUND",
    "RPAD",
    "RTRIM",
    "TRIM",
    "UPPER",
];

impl Pieces<'_> {
    /// The assignments of a `SET`, each as a `SET` of its own would do it.
    pub(super) fn assignments(&self) -> Vec<Part> {
        if let Some(again) = self.set_as_a_whole() {
            return vec![Part { text: self.text.to_owned(), again, ..Part::default() }];
        }
        let mut parts = Vec::new();
        let (mut depth, mut from) = (0_usize, 1);
        // A scope holds until another one is named (MySQL's manual, 15.7.6.1).
        let mut scope = Scope::Session;
        for at in 1..=self.tokens.len() {
            if self.is_mark(at, b'(') {
                depth += 1;
            } else if self.is_mark(at, b')') {
                depth = depth.saturating_sub(1);
            } else if at == self.tokens.len() || (depth == 0 && self.is_mark(at, b',')) {
                parts.push(self.assignment(from, at, &mut scope));
                from = at + 1;
            }
        }
        parts
    }

    /// What a `SET` or `RESET` of PostgreSQL sets. `SET LOCAL` sets nothing outside a transaction.
    pub(super) fn setting_of_postgresql(&self) -> Option<Carried> {
        let (from, end) = if self.is_word(0, "RESET") {
            (1, self.tokens.len())
        } else {
            let is_end = |at: &usize| self.is_mark(*at, b'=') || self.is_word(*at, "TO");
            let from = if self.is_word(1, "SESSION") { 2 } else { 1 };
            let is_set = self.is_word(0, "SET") && !self.is_word(1, "LOCAL");
            (from, (from..self.tokens.len()).find(is_end).filter(|_| is_set)?)
        };
        Some(Carried::Setting(self.slice(from, end).replace('"', "").to_lowercase()))
    }

    /// Whether all settings are as a session begins with them behind it (PostgreSQL).
    pub(super) fn resets_all(&self) -> bool {
        self.is_any_word(0, &["RESET", "DISCARD"]) && self.is_word(1, "ALL")
    }

    /// Of a `SET` that assigns nothing by a name, whether it can be done again. Accounts and what
    /// is global keep what they were given.
    fn set_as_a_whole(&self) -> Option<Again> {
        if self.is_word(1, "DEFAULT") && self.is_word(2, "ROLE") {
            return Some(Again::Never);
        }
        if self.is_word(1, "ROLE") && !self.is_equal(2) {
            return Some(Again::Always);
        }
        if self.is_word(1, "RESOURCE") && self.is_word(2, "GROUP") {
            // `FOR` other threads.
            let is_own = !(3..self.tokens.len()).any(|at| self.is_word(at, "FOR"));
            return Some(if is_own { Again::Always } else { Again::Never });
        }
        let scope = self.word_at(1).and_then(scope_of);
        let at = if scope.is_some() { 2 } else { 1 };
        if !self.is_word(at, "TRANSACTION") || self.is_equal(at + 1) {
            return None;
        }
        Some(match scope {
            Some(Scope::Global) => Again::Never,
            Some(Scope::Session) => Again::Always,
            None => Again::Next,
        })
    }

    fn is_equal(&self, at: usize) -> bool {
        self.is_mark(at, b'=') || (self.is_mark(at, b':') && self.is_mark(at + 1, b'='))
    }

    fn assignment(&self, from: usize, end: usize, scope: &mut Scope) -> Part {
        let tokens = self.tokens.get(from..end).unwrap_or_default().to_vec();
        let part = self.part(tokens);
        let mut told = Part { text: self.slice(from, end).to_owned(), ..Part::default() };
        let Some(equal) = (0..part.tokens.len()).find(|at| part.is_equal(*at)) else {
            // `NAMES`, `CHARACTER SET`, `ROLE`: what they take is a word or a string.
            told.again = Again::Always;
            return told;
        };
        if part.is_word(0, "PASSWORD") {
            return told;
        }
        let at = equal + if part.is_mark(equal, b':') { 2 } else { 1 };
        let value = part.part(part.tokens.get(at..).unwrap_or_default().to_vec());
        let (reads, mut writes) = value.carried();
        writes.retain(|one| matches!(one, Carried::Variable(_) | Carried::Sequence(_)));
        told.reads = reads;
        let is_again = writes.is_empty();
        told.writes = writes;
        let (name, of, is_next) = match part.at_sign(0) {
            Some((At::User(name), _)) => {
                if is_again && value.is_constant(false) {
                    told.again = Again::Always;
                }
                told.writes.insert(Carried::Variable(name));
                return told;
            }
            Some((At::System { name, scope }, _)) => {
                let is_next = scope.is_none() && OF_A_TRANSACTION.contains(&name.as_str());
                (name, scope.unwrap_or(Scope::Session), is_next)
            }
            None => {
                let named = part.word_at(0).and_then(scope_of).filter(|_| equal > 1);
                *scope = named.unwrap_or(*scope);
                let name = part.slice(usize::from(named.is_some()), equal).replace('`', "");
                (name.to_ascii_uppercase(), *scope, false)
            }
        };
        if of == Scope::Global {
            told.global = Some(name.to_ascii_lowercase());
            return told;
        }
        if is_again && value.is_constant(true) {
            let is_next = is_next || name == "INSERT_ID";
            told.again = if is_next { Again::Next } else { Again::Always };
        }
        if matches!(name.as_str(), "LAST_INSERT_ID" | "IDENTITY") {
            told.writes.insert(LAST_ID);
        }
        told.writes.insert(Carried::Setting(name.to_ascii_lowercase()));
        told
    }

    /// Whether this is made of literals, keywords, system variables, user variables and functions
    /// of such only, so that it comes to the same in any session where those are the same. A name
    /// that stands alone is the value of a setting.
    fn is_constant(&self, is_setting: bool) -> bool {
        const BEFORE_STRING: [&str; 6] = ["X", "N", "B", "DATE", "TIME", "TIMESTAMP"];
        const CHANGING: [&str; 8] = [
            "CURRENT_DATE",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "LOCALTIME",
            "LOCALTIMESTAMP",
            "UTC_DATE",
            "UTC_TIME",
            "UTC_TIMESTAMP",
        ];
        if is_setting && let [token] = self.tokens.as_slice() {
            let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
            if is_name && !self.is_any_word(0, &CHANGING) {
                return true;
            }
        }
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            if self.is_mark(at, b'@') {
                match self.at_sign(at) {
                    Some((At::User(_), end)) => at = end,
                    Some((At::System { name, .. }, end))
                        if !OF_THE_MOMENT.contains(&name.as_str()) =>
                    {
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
                        || (self.is_any_word(at, &PURE) && self.is_mark(at + 1, b'('))
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

/// What `set_config(...)` of PostgreSQL does in a statement, where there is any: a setting that can
/// be made again where its arguments are literals and the statement does nothing else.
pub(super) fn set_config(pieces: &Pieces<'_>) -> Option<(Again, BTreeSet<Carried>)> {
    const RUNS: [&str; 9] =
        ["SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "TABLE", "EXECUTE"];
    let is_table = (1..5).any(|at| pieces.is_word(at, "TABLE"));
    let runs = pieces.is_any_word(0, &RUNS)
        || pieces.is_mark(0, b'(')
        || (pieces.is_word(0, "CREATE") && is_table);
    let is_call = |at: &usize| pieces.is_word(*at, "SET_CONFIG") && pieces.is_mark(at + 1, b'(');
    let calls: Vec<usize> = (0..pieces.tokens.len()).filter(is_call).collect();
    if !runs || calls.is_empty() {
        return None;
    }
    let name = |at: &usize| {
        let token = pieces.tokens.get(at + 2).filter(|token| token.kind == TokenKind::String);
        let name = token.map_or("set by set_config()", |token| token.text(pieces.text));
        Carried::Setting(name.trim_matches('\'').to_lowercase())
    };
    let is_literal = (1..pieces.tokens.len()).all(|at| {
        let kind = pieces.tokens.get(at).map(|token| token.kind);
        let is_cast = || at > 2 && pieces.is_mark(at - 1, b':') && pieces.is_mark(at - 2, b':');
        match kind {
            Some(TokenKind::Word) => {
                is_call(&at)
                    || pieces.is_any_word(at, &["TRUE", "FALSE", "NULL", "PG_CATALOG"])
                    || is_cast()
            }
            Some(TokenKind::Punctuation(b'(')) => calls.contains(&(at - 1)),
            Some(TokenKind::String | TokenKind::Punctuation(b')' | b',' | b'.' | b':')) => true,
            _ => false,
        }
    });
    let again =
        if is_literal && pieces.is_word(0, "SELECT") { Again::Always } else { Again::Never };
    Some((again, calls.iter().map(name).collect()))
}
