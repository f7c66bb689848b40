//! MySQL's `DECLARE ... HANDLER FOR condition, ... statement`: nothing marks where the conditions
//! end and the statement begins (manual, 15.6.7.2 "DECLARE ... HANDLER Statement").

use super::token::TokenKind;

/// How far such a declaration has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Handler {
    /// In no declaration, or behind its conditions.
    #[default]
    No,
    /// Behind `DECLARE`, which may also declare variables, conditions and cursors.
    Declared,
    /// Behind `HANDLER`.
    Named,
    /// Where a condition begins or goes on.
    Condition,
    /// Behind a condition: a comma, or the statement.
    Complete,
}

impl Handler {
    /// Takes a token (with its word in upper case) and says whether the statement begins with it.
    pub(super) fn feed(&mut self, kind: TokenKind, word: &str) -> bool {
        let comma = kind == TokenKind::Punctuation(b',');
        let next = match (*self, word) {
            (Handler::Declared, "HANDLER") => Handler::Named,
            (Handler::Named, "FOR")
            // `NOT FOUND`, `SQLSTATE VALUE '23000'`.
            | (Handler::Condition, "NOT" | "SQLSTATE" | "VALUE") => Handler::Condition,
            (Handler::Complete, _) if comma => Handler::Condition,
            (Handler::Condition, _) => Handler::Complete,
            (Handler::Complete, _) => Handler::No,
            (Handler::No | Handler::Declared | Handler::Named, _) => *self,
        };
        let begins = *self == Handler::Complete && next == Handler::No;
        *self = next;
        begins
    }
}
