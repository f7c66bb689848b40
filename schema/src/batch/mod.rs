//! `batch_alter_table`.

use crate::CompileError;
use crate::operation::DdlStatement;
use crate::operation::OperationContext;
use crate::table::Table;

/// A batch of operations on one table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {}

impl Batch {
    /// The statements.
    ///
    /// # Errors
    ///
    /// None yet.
    pub fn compile(
        &self,
        context: &mut OperationContext,
        reflected: Option<&Table>,
    ) -> Result<Vec<DdlStatement>, CompileError> {
        let _ = (context, reflected);
        Ok(Vec::new())
    }
}
