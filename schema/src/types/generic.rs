//! How a type is written without a dialect: `str(type)`.

use super::SqlType;
use crate::CompileError;
use crate::Target;

impl SqlType {
    /// The type as SQLAlchemy's default dialect has it: that of `str(type)`. What only one dialect
    /// knows is its name without arguments.
    ///
    /// # Errors
    ///
    /// For a `TypeDecorator` of Python code, which chooses by the dialect, and for an enumeration without values.
    pub fn without_dialect(&self) -> Result<String, CompileError> {
        match self {
            SqlType::Null => Ok("NULL".to_owned()),
            SqlType::Variant(variant) => variant.base.without_dialect(),
            SqlType::Decorated(decorated) if decorated.tag.0.is_some() => Err(
                CompileError::Argument(format!("{} chooses by the dialect", decorated.class_name)),
            ),
            // SQLite's words are the standard's.
            other => match other.compile(&Target::sqlite()) {
                Err(CompileError::Unsupported { .. }) => Ok(other.class_name().to_owned()),
                written => written,
            },
        }
    }
}
