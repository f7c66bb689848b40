//! Python source, read into a tree of our own.
//!
//! This is the only module that knows which parser is used. Everything else works on [`Module`],
//! which carries what migration files and `env.py` contain, with the place of every node.
//!
//! A tree is never deeper than [`MAX_DEPTH`], so code that walks it may recurse.

mod convert;
mod convert_expr;
mod convert_stmt;
mod depth;
mod position;
mod tree;
mod tree_expr;
mod walk;

#[cfg(test)]
mod tests;

pub use convert::MAX_DEPTH;
pub use position::Position;
pub use position::position;
pub use tree::Case;
pub use tree::ClassDef;
pub use tree::Decorator;
pub use tree::FunctionDef;
pub use tree::Handler;
pub use tree::ImportedName;
pub use tree::Module;
pub use tree::Pattern;
pub use tree::Span;
pub use tree::Stmt;
pub use tree::StmtKind;
pub use tree::WithItem;
pub use tree_expr::Argument;
pub use tree_expr::BinaryOp;
pub use tree_expr::BoolOp;
pub use tree_expr::CompareOp;
pub use tree_expr::Comprehension;
pub use tree_expr::ComprehensionKind;
pub use tree_expr::Expr;
pub use tree_expr::ExprKind;
pub use tree_expr::FStringPart;
pub use tree_expr::Number;
pub use tree_expr::Parameter;
pub use tree_expr::Parameters;
pub use tree_expr::UnaryOp;
pub use walk::Visitor;
pub use walk::walk_expr;
pub use walk::walk_stmt;
pub use walk::walk_stmts;

use ruff_python_parser::Mode;
use ruff_python_parser::ParseOptions;

/// Text that is not Python, or Python that is nested deeper than limbeck follows.
///
/// The source line is a field and not part of the message: a line of `env.py` may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {}, column {})", position.line, position.column)]
pub struct SyntaxError {
    /// What is wrong, without the place.
    pub message: String,
    /// Where.
    pub position: Position,
    /// The byte in the text at which [`SyntaxError::position`] is.
    pub offset: usize,
}

impl SyntaxError {
    pub(crate) fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), position: position(text, offset), offset }
    }
}

/// Reads a whole module. A byte order mark at the start is allowed.
///
/// Only the grammar is checked, not what Python's compiler refuses in a second pass (a `return`
/// outside a function, a parameter named twice).
///
/// # Errors
/// [`SyntaxError`] for the first thing that is not Python 3.14 grammar, and for nesting deeper
/// than [`MAX_DEPTH`].
pub fn parse(text: &str) -> Result<Module, SyntaxError> {
    // Offsets are 32 bits wide in the parser.
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError::new(text, 0, "the file is larger than 4 GiB"));
    }
    depth::check(text)?;
    let parsed = ruff_python_parser::parse_unchecked(text, ParseOptions::from(Mode::Module))
        .try_into_module();
    let Some(parsed) = parsed else {
        return Err(SyntaxError::new(text, 0, "the file is not a Python module"));
    };
    if let Some(error) = parsed.errors().iter().min_by_key(|error| error.location.start()) {
        let offset = error.location.start().to_usize();
        return Err(SyntaxError::new(text, offset, error.error.to_string()));
    }
    convert::module(text, &parsed.syntax().body)
}
