//! SQL expressions and statements as data, and how they are written for a database.
//!
//! The vocabulary and the text are SQLAlchemy Core's: a value here is what the Python expression
//! of the same name builds, with the same rules for types, precedence and parentheses, and
//! compiles to the same text, line breaks included.

mod compiled;
mod error;
mod node;
mod operator;
mod placeholder;

pub use compiled::Binds;
pub use compiled::Compiled;
pub use compiled::Parameter;
pub use error::CompileError;
pub use node::Binary;
pub use node::Bind;
pub use node::CastKind;
pub use node::ColumnRef;
pub use node::Expr;
pub use node::ExprKind;
pub use node::Function;
pub use node::TextClause;
pub use operator::Operator;
pub use placeholder::SqlType;
pub use placeholder::Target;

impl Expr {
    /// Writes the expression for a database.
    ///
    /// # Errors
    ///
    /// What SQLAlchemy refuses to compile for the target is an error with its text.
    pub fn compile(&self, target: &Target, binds: Binds) -> Result<Compiled, CompileError> {
        let _ = (target, binds);
        match self.kind() {
            ExprKind::Text(text) => Ok(Compiled { sql: text.text.clone(), parameters: Vec::new() }),
            _ => Err(CompileError::Unsupported("this expression".to_owned())),
        }
    }
}
