//! SQL text as limbeck needs to understand it: where statements end, which of them touch the
//! transaction, and what a statement leaves behind in the catalog. Pure: text in, values out.

mod statement;

pub use statement::SourcePosition;
pub use statement::Statement;
