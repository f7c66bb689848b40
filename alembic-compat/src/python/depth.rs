//! Refuses nesting that would exhaust the stack, before a tree is built.
//!
//! The parser grows its stack as needed, but its tree is freed recursively, so the depth has to be
//! bounded before. The bound is computed from tokens: every level of a tree needs at least one
//! token that nests, and a comma at the same level of brackets ends what was nested before it.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

use super::SyntaxError;

/// What is refused here. Far above [`MAX_DEPTH`](super::MAX_DEPTH), since the count is an upper
/// bound: a long chain of `+` counts fully but is flat in the tree.
const MAX_NESTING_TOKENS: usize = 2000;

/// One level of brackets, and the nesting tokens in it since the last comma.
struct Level {
    /// What ends it; nothing does at the level of statements.
    closer: TokenKind,
    count: usize,
    /// Lambdas, whose parameters hold commas that end nothing.
    lambdas: usize,
}

impl Level {
    const fn new(closer: TokenKind) -> Self {
        Self { closer, count: 0, lambdas: 0 }
    }
}

pub(super) fn check(text: &str) -> Result<(), SyntaxError> {
    // No text has more tokens than bytes.
    if text.len() <= MAX_NESTING_TOKENS || !is_too_deep(text) {
        return Ok(());
    }
    // The lexer does not say where it is, so the place is found by halving.
    let (mut fine, mut deep) = (0, text.len());
    while deep - fine > 1 {
        let middle = fine + (deep - fine) / 2;
        let Some(head) = text.get(..middle) else {
            // Inside a character, which cannot be a bracket: the characters around it decide.
            fine += 1;
            continue;
        };
        if is_too_deep(head) {
            deep = middle;
        } else {
            fine = middle;
        }
    }
    Err(SyntaxError::new(text, fine, "the code is nested too deeply"))
}

fn is_too_deep(text: &str) -> bool {
    let mut lexer = lex(text, Mode::Module);
    let mut levels = vec![Level::new(TokenKind::EndOfFile)];
    // The sum of all levels, and of indented blocks.
    let mut total: usize = 0;
    loop {
        let kind = lexer.next_token();
        let depth = levels.len();
        let Some(level) = levels.last_mut() else { return false };
        match kind {
            TokenKind::EndOfFile => return false,
            TokenKind::Comma => {
                total = total.saturating_sub(level.count);
                level.count = 0;
            }
            TokenKind::Newline | TokenKind::Semi if depth == 1 => {
                total = total.saturating_sub(level.count + level.lambdas);
                *level = Level::new(TokenKind::EndOfFile);
            }
            TokenKind::Lambda => {
                level.lambdas += 1;
                total += 1;
            }
            TokenKind::Indent => total += 1,
            TokenKind::Dedent => total = total.saturating_sub(1),
            // A closing bracket that closes nothing is not trusted: the parser recovers from it.
            _ if kind == level.closer => {
                // The level below keeps its count: `f()()()` nests to the left.
                total = total.saturating_sub(level.count + level.lambdas);
                levels.pop();
            }
            _ => {
                if nests(kind) {
                    level.count += 1;
                    total += 1;
                }
                if let Some(closer) = closer(kind) {
                    levels.push(Level::new(closer));
                }
            }
        }
        if total > MAX_NESTING_TOKENS {
            return true;
        }
    }
}

const fn closer(kind: TokenKind) -> Option<TokenKind> {
    match kind {
        TokenKind::Lpar => Some(TokenKind::Rpar),
        TokenKind::Lsqb => Some(TokenKind::Rsqb),
        TokenKind::Lbrace => Some(TokenKind::Rbrace),
        TokenKind::FStringStart => Some(TokenKind::FStringEnd),
        TokenKind::TStringStart => Some(TokenKind::TStringEnd),
        _ => None,
    }
}

/// Whether a token can make a tree one level deeper, be it in the recovery from an error.
const fn nests(kind: TokenKind) -> bool {
    !matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::Newline
            | TokenKind::NonLogicalNewline
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::None
            | TokenKind::True
            | TokenKind::False
    )
}
