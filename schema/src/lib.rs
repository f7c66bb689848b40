//! The database vocabulary of limbeck: what a schema is made of, as data, and how each dialect
//! writes it.
//!
//! * [`types`]: column types, SQLAlchemy's and those of the dialects.
//! * [`table`]: tables with columns, constraints, indexes and naming conventions; [`MetaData`] for
//!   many of them.
//! * [`operation`]: Alembic's directives, and the statements of each.
//! * [`batch`]: `batch_alter_table`, with SQLite's "move and copy".
//! * [`expr`]: expressions and statements on rows.
//!
//! Everything is compiled for a [`Target`] and gives the text of SQLAlchemy and Alembic, white space
//! included, or a [`CompileError`] with their message.
//!
//! This package is pure: it knows no connection, no file and nothing of the revision graph.

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
pub use error::PythonError;
pub use identifier::ReservedWords;
pub use identifier::needs_quotes;
pub use identifier::quote_if_needed;
pub use metadata::MetaData;
pub use metadata::SchemaObject;
pub use name::Name;
pub use quote::quote_identifier;
pub use quote::quote_literal;
pub use target::Flavour;
pub use target::Sqlalchemy;
pub use target::Target;
pub use types::SqlType;
pub use value::SqlValue;
