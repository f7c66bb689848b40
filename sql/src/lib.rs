//! SQL text as limbeck needs to understand it: where statements end, which of them touch the
//! transaction, and what a statement leaves behind in the catalog. Pure: text in, values out.
//!
//! One lexer knows the lexical rules of the three databases; everything else reads its tokens.
//! Nothing here parses SQL: what is not recognised is passed on for the database to judge.

mod aim;
mod answer;
mod blocks;
mod body;
mod carry;
mod carry_set;
mod carry_tokens;
mod client;
mod cursor;
mod effect;
mod error;
mod handler;
mod lexer;
mod lookup;
mod normalize;
mod placeholder;
mod position;
mod probe;
mod probe_mysql;
mod read_only;
mod returning;
mod session;
mod split;
mod statement;
mod tables;
mod tabs;
mod template;
#[cfg(test)]
mod tests;
mod token;
mod transaction;

pub use aim::aim;
pub use aim::names_changed;
pub use answer::Answer;
pub use answer::answer;
pub use carry::Again;
pub use carry::Carried;
pub use carry::Part;
pub use carry::SessionUse;
pub use carry::session_use;
pub use carry::set_of;
pub use client::holds_semicolon;
pub use effect::CatalogObject;
pub use effect::Effect;
pub use effect::ObjectKind;
pub use effect::Trace;
pub use error::SplitError;
pub use lookup::Lookup;
pub use lookup::lookup_behind;
pub use normalize::normalize;
pub use placeholder::Placeholder;
pub use placeholder::PlaceholderKind;
pub use placeholder::holds_plain_backslash;
pub use placeholder::placeholders;
pub use probe::leaves_behind;
pub use read_only::ends_reading_only;
pub use returning::Returned;
pub use returning::returned;
pub use session::SessionEffect;
pub use session::session_effect;
pub use split::split;
pub use statement::SourcePosition;
pub use statement::Statement;
pub use tables::TableUse;
pub use tables::table_use;
pub use tabs::with_blanks_for_tabs;
pub use template::TemplateError;
pub use template::fill_variables;
pub use token::Construct;
pub use transaction::TransactionControl;
pub use transaction::commits_implicitly;
pub use transaction::ends_transaction;
pub use transaction::refuses_transaction;
pub use transaction::transaction_control;
pub use transaction::transaction_controls;
