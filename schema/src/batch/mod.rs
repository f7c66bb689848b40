//! `batch_alter_table`: several operations on one table, and on SQLite the "move and copy" that
//! stands in for the ALTERs it does not have.
//!
//! A [`Batch`] is a pure function: from the operations and the table as it is (reflected, or
//! `copy_from`) to statements. Where it [must copy](Batch::must_recreate), it makes a new table of
//! another name with the changes, copies the rows, drops the old table, renames the new one, and
//! makes the indexes again.
//!
//! ```
//! use limbeck_schema::SqlType;
//! use limbeck_schema::Target;
//! use limbeck_schema::batch::Batch;
//! use limbeck_schema::operation::AlterColumn;
//! use limbeck_schema::operation::OperationContext;
//! use limbeck_schema::table::Column;
//! use limbeck_schema::table::Table;
//!
//! let table = Table::new("account").column(Column::new("name", SqlType::string(50)));
//! let alter = AlterColumn { nullable: Some(false), ..AlterColumn::new("account", "name") };
//! let batch = Batch { operations: vec![alter.into()], ..Batch::new("account") };
//! let mut context = OperationContext::new(Target::sqlite());
//! let statements = batch.compile(&mut context, Some(&table))?;
//! assert_eq!(
//!     statements[1].sql,
//!     "INSERT INTO _alembic_tmp_account (name) SELECT account.name \nFROM account",
//! );
//! # Ok::<(), limbeck_schema::CompileError>(())
//! ```

mod order;
mod rebuild;
mod reflected;
mod statements;

pub use reflected::reflected_default;
pub use statements::temporary_name;

use crate::CompileError;
use crate::Dialect;
use crate::operation::DdlStatement;
use crate::operation::Operation;
use crate::operation::OperationContext;
use crate::operation::Step;
use crate::table::BoundTable;
use crate::table::Column;
use crate::table::Constraint;
use crate::table::Index;
use crate::table::NamingConvention;
use crate::table::ServerDefault;
use crate::table::Table;
use crate::table::TableOptions;
use rebuild::Rebuild;

/// When a batch copies the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Recreate {
    /// On SQLite, when the operations need it.
    #[default]
    Auto,
    /// Whatever the dialect and the operations.
    Always,
    /// Never: plain ALTERs.
    Never,
}

/// Further elements of the new table (`table_args`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableArgument {
    /// A constraint.
    Constraint(Constraint),
    /// An index.
    Index(Index),
}

/// What is given to the reflection (`reflect_args`): columns in place of those that are found, and
/// constraints beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReflectArgument {
    /// A column.
    Column(Box<Column>),
    /// A constraint.
    Constraint(Box<Constraint>),
}

/// A batch of operations on one table. The operations name the table and schema of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// The table.
    pub table: String,
    /// `schema`.
    pub schema: Option<String>,
    /// `recreate`.
    pub recreate: Recreate,
    /// `partial_reordering`.
    pub partial_reordering: Vec<Vec<String>>,
    /// `copy_from`: the table as it is, in place of reflection.
    pub copy_from: Option<Table>,
    /// The naming convention of the metadata that `copy_from` belongs to.
    pub copy_from_naming: NamingConvention,
    /// `table_args`.
    pub table_args: Vec<TableArgument>,
    /// Options among `table_kwargs`; what is not given is taken from the table as it is.
    pub table_options: TableOptions,
    /// `comment` among `table_kwargs`.
    pub comment: Option<String>,
    /// `prefixes` among `table_kwargs`.
    pub prefixes: Vec<String>,
    /// `reflect_args`.
    pub reflect_args: Vec<ReflectArgument>,
    /// `naming_convention`, which names the constraints that reflection found without a name.
    pub naming_convention: Option<NamingConvention>,
    /// What is to be done. `op.execute` inside of a batch does not belong here: Alembic runs it at
    /// once, before the batch.
    pub operations: Vec<Operation>,
}

impl Batch {
    /// A batch without operations.
    pub fn new(table: impl Into<String>) -> Self {
        Batch { table: table.into(), ..Batch::default() }
    }

    /// Whether the table is copied, so that its present form must be known.
    ///
    /// # Errors
    ///
    /// As [`Batch::compile`].
    pub fn must_recreate(&self, context: &OperationContext) -> Result<bool, CompileError> {
        let steps = self.steps(&mut context.clone())?;
        Ok(self.recreates(context, &steps))
    }

    /// The statements of the batch. `reflected` is the table as the server has it; without it and
    /// without `copy_from` a batch that must copy is refused, as offline.
    ///
    /// # Errors
    ///
    /// Alembic's: operations on columns, constraints or indexes that are not there, an order of
    /// columns where nothing is copied, and all of [`OperationContext::compile`].
    pub fn compile(
        &self,
        context: &mut OperationContext,
        reflected: Option<&Table>,
    ) -> Result<Vec<DdlStatement>, CompileError> {
        let steps = self.steps(context)?;
        let mut statements = Vec::new();
        if !self.recreates(context, &steps) {
            for step in &steps {
                context.emit(step, &mut statements)?;
            }
            return Ok(statements);
        }
        let (existing, is_reflected) = self.existing(context, reflected)?;
        let mut rebuild = Rebuild::new(self, existing, is_reflected, context);
        for step in &steps {
            rebuild.apply(step, context)?;
        }
        rebuild.write(context, &mut statements)?;
        Ok(statements)
    }

    /// The calls that Alembic would collect.
    fn steps(&self, context: &mut OperationContext) -> Result<Vec<Step>, CompileError> {
        let mut steps = Vec::new();
        for operation in &self.operations {
            if let Operation::AddColumn(add) = operation
                && (given(&add.insert_before) || given(&add.insert_after))
                && !self.recreates(context, &steps)
            {
                return Err(CompileError::Command(
                    "Can't specify insert_before or insert_after when using ALTER; please specify \
                     recreate='always'"
                        .to_owned(),
                ));
            }
            steps.extend(context.steps(operation)?);
        }
        Ok(steps)
    }

    fn recreates(&self, context: &OperationContext, steps: &[Step]) -> bool {
        match self.recreate {
            Recreate::Always => true,
            Recreate::Never => false,
            Recreate::Auto => {
                context.target().dialect() == Dialect::Sqlite && steps.iter().any(needs_a_copy)
            }
        }
    }

    /// The table as it is, and whether reflection found it.
    fn existing(
        &self,
        context: &OperationContext,
        reflected: Option<&Table>,
    ) -> Result<(BoundTable, bool), CompileError> {
        if let Some(copy_from) = &self.copy_from {
            return Ok((copy_from.bind(&self.copy_from_naming)?, false));
        }
        let Some(reflected) = reflected else {
            return Err(CompileError::Command(format!(
                "This operation cannot proceed in --sql mode; batch mode with dialect {} requires a \
                 live database connection with which to reflect the table \"{}\". To generate a \
                 batch SQL migration script using table \"move and copy\", a complete Table object \
                 should be passed to the \"copy_from\" argument of the batch_alter_table() method \
                 so that table reflection can be skipped.",
                context.target().name(),
                self.table
            )));
        };
        let table = reflected::with_arguments(reflected, &self.reflect_args);
        let default = NamingConvention::default();
        let naming = self.naming_convention.as_ref().unwrap_or(&default);
        Ok((
            reflected::with_final_names(table, self.naming_convention.is_some()).bind(naming)?,
            true,
        ))
    }
}

fn given(name: &Option<String>) -> bool {
    name.as_ref().is_some_and(|name| !name.is_empty())
}

/// Whether SQLite has no ALTER for a step. It can add a column, but not with an expression as its
/// default, nor one that is computed and stored.
fn needs_a_copy(step: &Step) -> bool {
    match step {
        Step::AddColumn(add) => {
            matches!(add.column.server_default, Some(ServerDefault::Expression(_)))
                || matches!(&add.column.computed, Some(computed) if computed.persisted == Some(true))
        }
        Step::CreateIndex { .. } | Step::DropIndex { .. } => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
