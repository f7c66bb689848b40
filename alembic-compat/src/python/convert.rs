//! From the parser's tree to ours: what statements and expressions share.

use ruff_python_ast as ast;
use ruff_text_size::TextRange;

use super::SyntaxError;
use super::tree::Module;
use super::tree::Span;

/// How many nodes may lie above a node of a [`Module`]. Parentheses, `elif`s and operators that group
/// to the left do not count, so only generated or hostile code gets there.
pub const MAX_DEPTH: usize = 100;

/// The source, and how far down the conversion is.
#[derive(Clone, Copy)]
pub(super) struct Converter<'a> {
    pub(super) text: &'a str,
    depth: usize,
}

pub(super) type Converted<T> = Result<T, SyntaxError>;

pub(super) fn module(text: &str, body: &[ast::Stmt]) -> Converted<Module> {
    Ok(Module { body: Converter { text, depth: 0 }.block(body)? })
}

impl Converter<'_> {
    /// The converter for what lies inside the node at `range`.
    pub(super) fn inside(self, range: TextRange) -> Converted<Self> {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(
                self.text,
                range.start().to_usize(),
                format!("the code is nested more than {MAX_DEPTH} levels deep"),
            ));
        }
        Ok(Self { text: self.text, depth: self.depth + 1 })
    }
}

pub(super) fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}
