//! Names whose value is not known when they are bound.

use super::error::Unsupported;
use super::text::Text;

/// What stands for a value until the name is read.
#[derive(Debug, Clone)]
pub enum Deferred {
    /// The statement that binds the name could not be run: reading the name gives the error.
    Failed(Unsupported),
    /// An import that happens when the name is read.
    Import {
        /// The module, by its whole name.
        module: Text,
        /// The name in it; absent where the module itself is bound.
        name: Option<Text>,
    },
}
