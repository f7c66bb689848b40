//! The database vocabulary of limbeck: which dialects there are, how each writes identifiers and
//! literals, and what each can do in a transaction.
//!
//! This package is pure: it knows no connection, no file and nothing of the revision graph. It is
//! where tables, columns, types and operations as data have their place.

pub mod batch;
mod ddl_expr;
mod dialect;
mod error;
pub mod expr;
mod identifier;
mod metadata;
mod name;
pub mod operation;
mod quote;
mod reserved_words;
pub mod table;
mod target;
pub mod types;
mod value;

pub use dialect::Dialect;
pub use error::CompileError;
pub use identifier::ReservedWords;
pub use identifier::needs_quotes;
pub use identifier::quote_if_needed;
pub use metadata::MetaData;
pub use metadata::SchemaObject;
pub use name::Name;
pub use quote::quote_identifier;
pub use quote::quote_literal;
pub use target::Flavour;
pub use target::Target;
pub use types::SqlType;
pub use value::SqlValue;
