//! What operations have in common over a run.

use std::collections::BTreeSet;

use super::Operation;
use crate::CompileError;
use crate::Target;
use crate::table::NamingConvention;

/// A statement, as SQLAlchemy hands it to the driver.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DdlStatement {
    /// The text, with the white space that SQLAlchemy puts around it.
    pub sql: String,
}

impl DdlStatement {
    /// The text as `--sql` prints it, without the semicolon: tabs are four blanks, and there is no
    /// white space around.
    pub fn offline(&self) -> String {
        self.sql.replace('\t', "    ").trim().to_owned()
    }
}

impl From<String> for DdlStatement {
    fn from(sql: String) -> Self {
        DdlStatement { sql }
    }
}

/// What a run of operations remembers, as Alembic's `MigrationContext` does: PostgreSQL's types are
/// created once in a run, however many tables use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationContext {
    pub(crate) target: Target,
    pub(crate) naming: NamingConvention,
    pub(crate) created_types: BTreeSet<(&'static str, Option<String>, String)>,
    pub(crate) offline: bool,
    warnings: Vec<String>,
}

impl OperationContext {
    /// A run with SQLAlchemy's own naming convention.
    pub fn new(target: Target) -> Self {
        Self::with_naming(target, NamingConvention::default())
    }

    /// A run with the naming convention of `target_metadata`.
    pub fn with_naming(target: Target, naming: NamingConvention) -> Self {
        OperationContext {
            target,
            naming,
            created_types: BTreeSet::new(),
            offline: false,
            warnings: Vec::new(),
        }
    }

    /// The same run as `--sql` has it: the values with which batch mode would fill new columns are
    /// NULL there, as no parameters can be printed.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
    }

    /// What statements are compiled for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The naming convention.
    pub fn naming(&self) -> &NamingConvention {
        &self.naming
    }

    /// The statements of an operation, in Alembic's order.
    ///
    /// Where Alembic walks over a Python set (several constraints of an added column, several
    /// indexes of a table) the order is that of the declaration.
    ///
    /// # Errors
    ///
    /// Alembic's and SQLAlchemy's, before any statement: what the dialect cannot do, an operation
    /// that lacks what the dialect needs.
    pub fn compile(&mut self, operation: &Operation) -> Result<Vec<DdlStatement>, CompileError> {
        let steps = self.steps(operation)?;
        let mut statements = Vec::new();
        for step in &steps {
            self.emit(step, &mut statements)?;
        }
        Ok(statements)
    }

    /// What Alembic and SQLAlchemy would have warned of since the last call.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }
}
