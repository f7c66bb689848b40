//! The database vocabulary of limbeck: which dialects there are, how each writes identifiers and
//! literals, and what each can do in a transaction.
//!
//! This package is pure: it knows no connection, no file and nothing of the revision graph. It is
//! where tables, columns, types and operations as data have their place.

mod dialect;
pub mod expr;
mod identifier;
mod quote;
mod reserved_words;
mod value;

pub use dialect::Dialect;
pub use identifier::ReservedWords;
pub use identifier::needs_quotes;
pub use identifier::quote_if_needed;
pub use quote::quote_identifier;
pub use quote::quote_literal;
pub use value::SqlValue;
