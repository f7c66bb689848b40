//! Third-party packages that migrations use, as native modules.

use crate::eval::Interpreter;

/// Registers every module with an interpreter.
pub fn register(_: &mut Interpreter) {}
