//! What operations have in common over a run.

use std::collections::BTreeSet;

use super::Operation;
use crate::CompileError;
use crate::Sqlalchemy;
use crate::Target;
use crate::table::NamingConvention;

/// A statement, as SQLAlchemy hands it to the driver.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DdlStatement {
    /// The text, with the white space that SQLAlchemy puts around it.
    pub sql: String,
}

impl From<String> for DdlStatement {
    fn from(sql: String) -> Self {
        DdlStatement { sql }
    }
}

/// The types that a run has created, by their kind, schema and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatedTypes(pub(crate) BTreeSet<(&'static str, Option<String>, String)>);

/// What a run of operations remembers, as Alembic's `MigrationContext` does: PostgreSQL's types are
/// created once in a run, however many tables use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationContext {
    pub(crate) target: Target,
    pub(crate) naming: NamingConvention,
    pub(crate) created_types: CreatedTypes,
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
            created_types: CreatedTypes::default(),
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

    /// The types that have been created, for the revisions that follow in the same run.
    pub fn created_types(&self) -> &CreatedTypes {
        &self.created_types
    }

    /// Goes on in a run that has created types: Alembic does not create them again.
    pub fn remember(&mut self, created: CreatedTypes) {
        self.created_types = created;
    }

    /// The same run with the texts of another SQLAlchemy.
    pub fn set_sqlalchemy(&mut self, version: Sqlalchemy) {
        self.target = self.target.clone().with_sqlalchemy(version);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqlType;
    use crate::operation::AddColumn;
    use crate::operation::DropConstraint;
    use crate::table::Column;
    use crate::table::ConstraintKind;
    use crate::table::Table;

    fn with_mood(table: &str) -> Operation {
        let mood = SqlType::enumeration("mood", ["sad", "glad"]);
        Table::new(table).column(Column::new("mood", mood)).into()
    }

    #[test]
    fn a_type_is_created_once_in_a_run() {
        let mut context = OperationContext::new(Target::postgresql());
        let first = context.compile(&with_mood("a")).unwrap();
        assert_eq!(first[0].sql, "CREATE TYPE mood AS ENUM ('sad', 'glad')");
        assert_eq!(context.compile(&with_mood("b")).unwrap().len(), 1);
        // A column that is added creates no type, in Alembic as here.
        let mood = SqlType::enumeration("other", ["x"]);
        let add = AddColumn::new("a", Column::new("o", mood)).into();
        assert_eq!(context.compile(&add).unwrap().len(), 1);
    }

    #[test]
    fn conventions_name_what_is_dropped_too() {
        let naming =
            NamingConvention::from_entries([("ck", "ck_%(table_name)s_%(constraint_name)s")]);
        let mut context = OperationContext::with_naming(Target::postgresql(), naming);
        let mut drop = DropConstraint {
            name: "positive".into(),
            table: "t".to_owned(),
            kind: Some(ConstraintKind::Check),
            ..DropConstraint::default()
        };
        let dropped = context.compile(&drop.clone().into()).unwrap();
        assert_eq!(dropped[0].sql, "ALTER TABLE t DROP CONSTRAINT ck_t_positive");
        drop.name = crate::Name::conv("positive");
        let dropped = context.compile(&drop.into()).unwrap();
        assert_eq!(dropped[0].sql, "ALTER TABLE t DROP CONSTRAINT positive");
    }
}
