//! What the lexer yields.

use std::fmt;

/// A piece of SQL text: what it is, and where, as byte offsets at character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Offset of the first byte.
    pub(super) start: usize,
    /// Offset behind the last byte.
    pub(super) end: usize,
}

impl Token {
    /// The token's text within `source`, the text that was lexed.
    pub(super) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// Kinds of tokens, as far as anything here needs to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A run of white space.
    Whitespace,
    /// A comment that the database skips.
    Comment,
    /// An optimizer hint `/*+ ... */`, of MySQL or of `pg_hint_plan`: a comment in form, not in
    /// effect.
    Hint,
    /// The opening of a MySQL executable comment, with its version: `/*!80013`.
    ExecutableOpen,
    /// The `*/` of an executable comment.
    ExecutableClose,
    /// An unquoted word: keyword or identifier.
    Word,
    /// A run of digits.
    Number,
    /// A quoted identifier.
    QuotedIdentifier,
    /// A string, dollar quotes included.
    String,
    /// The character `;`.
    Semicolon,
    /// The delimiter set by MySQL's client command `DELIMITER`.
    Delimiter,
    /// Any other character, one at a time.
    Punctuation(u8),
    /// A construct that opens here and is never closed; it reaches to the end of the text.
    Unterminated(Construct),
}

impl TokenKind {
    /// White space and comments: what may stand between any two tokens.
    pub(super) fn is_trivia(self) -> bool {
        matches!(self, TokenKind::Whitespace | TokenKind::Comment)
    }
}

/// Constructs of SQL text that have an end which can be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// A string in quotes.
    String,
    /// An identifier in quotes, backticks or brackets.
    QuotedIdentifier,
    /// A block comment, executable comments of MySQL included.
    Comment,
    /// A dollar-quoted string of PostgreSQL.
    DollarQuote,
    /// The body of a routine or trigger: `BEGIN` without its `END`.
    Body,
}

impl fmt::Display for Construct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Construct::String => "string",
            Construct::QuotedIdentifier => "quoted identifier",
            Construct::Comment => "comment",
            Construct::DollarQuote => "dollar-quoted string",
            Construct::Body => "body",
        })
    }
}
