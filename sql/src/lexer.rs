//! The lexer: SQL text as tokens, by the lexical rules of each database.
//!
//! The rules come from PostgreSQL's manual, "Lexical Structure" (4.1); MySQL's, "Language
//! Structure" (9.1 "Literal Values", 9.2 "Schema Object Names", 9.7 "Comments"); and SQLite's
//! "SQL Comment Syntax" and "SQL Keywords". PostgreSQL is read with
//! `standard_conforming_strings = on` and MySQL with its default `sql_mode`.
//!
//! It works on bytes: everything it looks for is ASCII, and in UTF-8 no ASCII byte is ever part
//! of another character, so every offset it stops at is a character boundary.

use limbeck_schema::Dialect;

use super::token::Construct;
use super::token::Token;
use super::token::TokenKind;

/// Reads tokens from a text. The tokens join without gaps: the text is exactly their sum.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    dialect: Dialect,
    offset: usize,
    /// What `DELIMITER` set; `None` stands for `;`.
    delimiter: Option<&'a str>,
    /// How many executable comments are open.
    executable: usize,
    continuation: Continuation,
}

/// PostgreSQL joins string literals that only white space with a line break separates, and reads
/// the later ones by the rules of the first. That matters after `E'..'`: in its continuation a
/// backslash escapes as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Continuation {
    No,
    /// Behind an `E'..'` string, on its line.
    SameLine,
    /// Behind an `E'..'` string, on a later line.
    NextLine,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Lexer {
            text,
            dialect,
            offset: 0,
            delimiter: None,
            executable: 0,
            continuation: Continuation::No,
        }
    }

    /// Whether an executable comment is open behind the last token.
    pub(super) fn in_executable_comment(&self) -> bool {
        self.executable > 0
    }

    /// How many are.
    pub(super) fn executable_depth(&self) -> usize {
        self.executable
    }

    /// Whether `DELIMITER` has set something other than `;`.
    pub(super) fn has_delimiter(&self) -> bool {
        self.delimiter.is_some()
    }

    /// Sets the delimiter that MySQL's client looks for. `None` is `;`.
    pub(super) fn set_delimiter(&mut self, delimiter: Option<&'a str>) {
        self.delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
    }

    /// Takes what is left of the line, its line break not included.
    pub(super) fn take_line(&mut self) -> &'a str {
        let rest = self.text.get(self.offset..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        self.offset += line.len();
        line
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.offset + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.offset..).unwrap_or_default()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        self.offset += self.rest().iter().take_while(|byte| wanted(**byte)).count();
    }

    fn take_rest(&mut self) {
        self.offset = self.text.len();
    }

    /// Whether the delimiter is next. MySQL's client finds it anywhere outside quotes and
    /// comments, even in a word (`END$$`), and before it looks for anything else.
    fn at_delimiter(&self) -> Option<usize> {
        let delimiter = self.delimiter?;
        let found = self.executable == 0 && self.rest().starts_with(delimiter.as_bytes());
        found.then_some(delimiter.len())
    }

    fn scan(&mut self) -> Option<TokenKind> {
        let first = self.peek(0)?;
        if let Some(length) = self.at_delimiter() {
            self.offset += length;
            return Some(TokenKind::Delimiter);
        }
        if is_space(first) {
            self.skip_while(is_space);
            return Some(TokenKind::Whitespace);
        }
        if self.at_line_comment(first) {
            // PostgreSQL ends the comment at a lone carriage return as well; what follows is run.
            let stops_at_return = self.dialect == Dialect::Postgresql;
            self.skip_while(|byte| byte != b'\n' && !(stops_at_return && byte == b'\r'));
            return Some(TokenKind::Comment);
        }
        if first == b'/' && self.peek(1) == Some(b'*') {
            return Some(self.block_comment());
        }
        if first == b'*' && self.peek(1) == Some(b'/') && self.executable > 0 {
            self.offset += 2;
            self.executable -= 1;
            return Some(TokenKind::ExecutableClose);
        }
        if is_word_start(first) {
            return Some(self.word(first));
        }
        if first.is_ascii_digit() {
            self.skip_while(|byte| byte.is_ascii_digit());
            return Some(TokenKind::Number);
        }
        Some(self.quote_or_punctuation(first))
    }

    fn at_line_comment(&self, first: u8) -> bool {
        let mysql = self.dialect == Dialect::Mysql;
        match first {
            b'#' => mysql,
            // MySQL: `1--1` is a subtraction, so white space (or the end) must follow.
            b'-' => {
                self.peek(1) == Some(b'-')
                    && (!mysql
                        || self
                            .peek(2)
                            .is_none_or(|byte| is_space(byte) || byte.is_ascii_control()))
            }
            _ => false,
        }
    }

    fn block_comment(&mut self) -> TokenKind {
        self.offset += 2;
        let mut kind = TokenKind::Comment;
        if self.dialect == Dialect::Mysql {
            let prefix = match self.rest() {
                [b'!', ..] => 1,
                // MariaDB's own form.
                [b'M', b'!', ..] => 2,
                _ => 0,
            };
            if prefix > 0 {
                self.offset += prefix;
                let digits = self.rest().iter().take(6).take_while(|byte| byte.is_ascii_digit());
                self.offset += digits.count();
                self.executable += 1;
                return TokenKind::ExecutableOpen;
            }
        }
        // SQLite knows none; on PostgreSQL `pg_hint_plan` reads them.
        if self.dialect != Dialect::Sqlite && self.peek(0) == Some(b'+') {
            kind = TokenKind::Hint;
        }
        let nests = self.dialect == Dialect::Postgresql;
        let mut depth = 1_usize;
        while let Some(byte) = self.peek(0) {
            let next = self.peek(1);
            if byte == b'*' && next == Some(b'/') {
                self.offset += 2;
                depth -= 1;
                if depth == 0 {
                    return kind;
                }
            } else if nests && byte == b'/' && next == Some(b'*') {
                self.offset += 2;
                depth += 1;
            } else {
                self.offset += 1;
            }
        }
        TokenKind::Unterminated(Construct::Comment)
    }

    fn word(&mut self, first: u8) -> TokenKind {
        if self.dialect == Dialect::Postgresql
            && matches!(first, b'e' | b'E')
            && self.peek(1) == Some(b'\'')
        {
            self.offset += 2;
            let kind = self.quoted(b'\'', true, TokenKind::String, Construct::String);
            self.continuation = Continuation::SameLine;
            return kind;
        }
        if self.delimiter.is_none() {
            self.skip_while(is_word_part);
        } else {
            while self.peek(0).is_some_and(is_word_part) && self.at_delimiter().is_none() {
                self.offset += 1;
            }
        }
        TokenKind::Word
    }

    fn quote_or_punctuation(&mut self, first: u8) -> TokenKind {
        let string = (TokenKind::String, Construct::String);
        let identifier = (TokenKind::QuotedIdentifier, Construct::QuotedIdentifier);
        let (escapes, (kind, construct)) = match (first, self.dialect) {
            (b'\'', Dialect::Postgresql) => {
                let continues = self.continuation == Continuation::NextLine;
                self.offset += 1;
                let kind = self.quoted(first, continues, TokenKind::String, Construct::String);
                if continues {
                    self.continuation = Continuation::SameLine;
                }
                return kind;
            }
            (b'\'' | b'"', Dialect::Mysql) => (true, string),
            (b'\'', _) => (false, string),
            (b'"', _) | (b'`', Dialect::Mysql | Dialect::Sqlite) => (false, identifier),
            (b'[', Dialect::Sqlite) => return self.bracketed(),
            (b'$', Dialect::Postgresql) => return self.dollar(),
            (b';', _) => {
                self.offset += 1;
                return TokenKind::Semicolon;
            }
            _ => {
                self.offset += 1;
                return TokenKind::Punctuation(first);
            }
        };
        self.offset += 1;
        self.quoted(first, escapes, kind, construct)
    }

    /// Reads to the closing `quote`; the opening one is behind. A doubled quote is a character of
    /// the text, and so is whatever follows a backslash where backslashes escape.
    fn quoted(
        &mut self,
        quote: u8,
        escapes: bool,
        kind: TokenKind,
        construct: Construct,
    ) -> TokenKind {
        while let Some(byte) = self.peek(0) {
            self.offset += 1;
            if byte == b'\\' && escapes {
                // Of a longer character this skips only the first byte; the others cannot be
                // taken for a quote.
                self.offset += usize::from(self.peek(0).is_some());
            } else if byte == quote {
                if self.peek(0) != Some(quote) {
                    return kind;
                }
                self.offset += 1;
            }
        }
        TokenKind::Unterminated(construct)
    }

    /// SQLite's `[name]`, which knows no escape.
    fn bracketed(&mut self) -> TokenKind {
        self.skip_while(|byte| byte != b']');
        if self.peek(0).is_none() {
            return TokenKind::Unterminated(Construct::QuotedIdentifier);
        }
        self.offset += 1;
        TokenKind::QuotedIdentifier
    }

    /// PostgreSQL's `$tag$ ... $tag$`, or a plain `$` (of `$1`). A `$` in the middle of a word
    /// never comes here: the word has taken it.
    fn dollar(&mut self) -> TokenKind {
        let from = self.offset;
        self.offset += 1;
        let behind_dollar = self.offset;
        if self.peek(0).is_some_and(is_word_start) {
            self.skip_while(|byte| is_word_part(byte) && byte != b'$');
        }
        if self.peek(0) != Some(b'$') {
            self.offset = behind_dollar;
            return TokenKind::Punctuation(b'$');
        }
        self.offset += 1;
        let tag = self.text.get(from..self.offset).unwrap_or_default();
        let body = self.text.get(self.offset..).unwrap_or_default();
        match body.find(tag) {
            Some(length) => {
                self.offset += length + tag.len();
                TokenKind::String
            }
            None => {
                self.take_rest();
                TokenKind::Unterminated(Construct::DollarQuote)
            }
        }
    }

    /// Keeps track of what stands between an `E'..'` string and a possible continuation.
    fn note_continuation(&mut self, token: Token, before: Continuation) {
        if before == Continuation::No {
            return;
        }
        let breaks_line = || token.text(self.text).contains(['\n', '\r']);
        let block = || token.text(self.text).starts_with("/*");
        self.continuation = match token.kind {
            TokenKind::Whitespace if breaks_line() => Continuation::NextLine,
            TokenKind::Whitespace => before,
            TokenKind::Comment if !block() => before,
            // A continuation sets the state itself.
            TokenKind::String if before == Continuation::NextLine => self.continuation,
            _ => Continuation::No,
        };
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.offset;
        let before = self.continuation;
        let kind = self.scan()?;
        let token = Token { kind, start, end: self.offset };
        self.note_continuation(token, before);
        Some(token)
    }
}

/// White space to all three databases; none of them counts characters beyond ASCII.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

/// Every character beyond ASCII may be part of a name, to all three databases.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_word_part(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}
