//! The statements of each step, outside of a batch.

use super::DdlStatement;
use super::Operation;
use super::OperationContext;
use super::alter_column::alter_table;
use super::alter_column::dotted_name;
use super::step::AddColumnStep;
use super::step::DroppedConstraint;
use super::step::Step;
use super::step::foreign_keys;
use crate::CompileError;
use crate::Dialect;
use crate::Name;
use crate::PythonError;
use crate::table::BoundTable;
use crate::table::Constraint;
use crate::table::ConstraintKind;
use crate::table::reference_options;
use crate::table::written_name;

const NO_ALTER: &str = "No support for ALTER of constraints in SQLite dialect. Please refer to the \
                        batch mode feature which allows for SQLite migrations using a \
                        copy-and-move strategy.";

impl OperationContext {
    /// Adds the statements of a step.
    pub(crate) fn emit(
        &mut self,
        step: &Step,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        match step {
            Step::CreateTable { table, if_not_exists } => {
                return self.create_table(table, *if_not_exists, statements);
            }
            Step::AddColumn(add) => {
                self.warn_of_stored_columns(&add.table);
                statements.push(self.add_column(add)?.into());
            }
            Step::AddConstraint { table, constraint } => {
                let statement = self.add_constraint(table, constraint)?;
                statements.extend(statement.map(DdlStatement::from));
            }
            Step::DropConstraint { table, constraint } => {
                let statement = self.drop_constraint(table, constraint)?;
                statements.extend(statement.map(DdlStatement::from));
            }
            Step::CreateIndex { table, index, if_not_exists } => {
                let sql = table.create_index_sql(index, *if_not_exists, &self.target)?;
                statements.push(sql.into());
            }
            Step::DropIndex { table, index, if_exists } => {
                let sql = table.drop_index_sql(index, *if_exists, &self.target)?;
                statements.push(sql.into());
            }
            Step::AlterColumn(alter) => return self.alter_column(alter, statements),
            Step::ColumnComment { table } => {
                statements.extend(self.column_comment(table, 0).map(DdlStatement::from));
            }
            Step::TableComment { table, comment } => {
                statements.push(self.table_comment(table, comment.as_ref()).into());
            }
            Step::DropColumn(drop) => {
                let if_exists = if drop.if_exists { "IF EXISTS " } else { "" };
                let table = alter_table(drop.schema.as_deref(), &drop.table, &self.target);
                let column = self.target.quote(&drop.column);
                statements.push(format!("{table} DROP COLUMN {if_exists}{column}").into());
            }
            Step::Other(Operation::BulkInsert(insert)) => {
                return self.bulk_insert(insert, statements);
            }
            Step::Other(Operation::Execute(statement)) => statements.push(self.execute(statement)?),
            Step::Other(operation) => statements.push(self.other(operation)?.into()),
        }
        Ok(())
    }

    fn create_table(
        &mut self,
        table: &BoundTable,
        if_not_exists: bool,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        self.create_types_of(table, statements)?;
        self.warn_of_stored_columns(table);
        statements.push(table.create_sql(&self.target, if_not_exists)?.into());
        for index in &table.indexes {
            statements.push(table.create_index_sql(index, false, &self.target)?.into());
        }
        if self.target.supports_comments() && !self.target.inline_comments() {
            if table.comment.is_some() {
                let comment = self.table_comment(table, Some(&table.comment));
                statements.push(comment.into());
            }
            let comments = (0..table.columns.len()).filter_map(|at| self.column_comment(table, at));
            statements.extend(comments.map(DdlStatement::from));
        }
        Ok(())
    }

    /// Before version 18 PostgreSQL stores every computed column.
    fn warn_of_stored_columns(&mut self, table: &BoundTable) {
        if self.target.dialect() != Dialect::Postgresql
            || self.target.supports_virtual_generated_columns()
        {
            return;
        }
        for column in &table.columns {
            if column.computed.as_ref().is_some_and(|computed| computed.persisted.is_none()) {
                self.warn(format!(
                    "Computed column {}.{} is being created as 'STORED' since the current \
                     PostgreSQL version does not support VIRTUAL columns. On PostgreSQL 18+, when \
                     'persisted' is not specified, no keyword will be rendered and VIRTUAL will be \
                     used by default. Set 'persisted=True' to ensure STORED behavior across all \
                     PostgreSQL versions.",
                    table.name, column.name
                ));
            }
        }
    }

    fn add_column(&self, add: &AddColumnStep) -> Result<String, CompileError> {
        let (table, target) = (&add.table, &self.target);
        let if_not_exists = if add.if_not_exists { "IF NOT EXISTS " } else { "" };
        let mut sql = format!(
            "{} ADD COLUMN {if_not_exists}{}",
            alter_table(table.schema.as_deref(), &table.name, target),
            table.column_specification(0, target)?
        );
        if add.inline_primary_key && table.columns[0].primary_key {
            sql += " PRIMARY KEY";
        }
        let mut keys = foreign_keys(table);
        if let (true, Some(key), None) = (add.inline_references, keys.next(), keys.next())
            && let [to] = key.targets.as_slice()
        {
            let remote = target.quote_qualified(to.schema.as_deref(), &to.table);
            let column = to.column.as_deref().unwrap_or_default();
            sql += &format!(" REFERENCES {remote} ({})", target.quote(column));
            sql += &reference_options(&key.actions, &key.options, target)?;
        }
        for check in &table.columns[0].checks {
            sql += " ";
            sql += &table.column_check_sql(check, target)?;
        }
        Ok(sql)
    }

    pub(crate) fn add_constraint(
        &mut self,
        table: &BoundTable,
        constraint: &Constraint,
    ) -> Result<Option<String>, CompileError> {
        let is_needed = BoundTable::is_needed(constraint, &self.target);
        if self.target.dialect() == Dialect::Sqlite {
            if !constraint.is_type_bound() {
                return Err(CompileError::NotImplemented(NO_ALTER.to_owned()));
            }
            if is_needed {
                self.warn(
                    "Skipping unsupported ALTER for creation of implicit constraint. Please refer \
                     to the batch mode feature which allows for SQLite migrations using a \
                     copy-and-move strategy.",
                );
            }
            return Ok(None);
        }
        if !is_needed {
            return Ok(None);
        }
        let written = match constraint {
            Constraint::PrimaryKey(_) => table.primary_key_sql(&self.target)?,
            other => table.constraint_sql(other, &self.target)?,
        };
        let name = self.target.quote_qualified(table.schema.as_deref(), &table.name);
        Ok(Some(format!("ALTER TABLE {name} ADD {}", written.unwrap_or_default())))
    }

    fn drop_constraint(
        &self,
        table: &BoundTable,
        dropped: &DroppedConstraint,
    ) -> Result<Option<String>, CompileError> {
        let target = &self.target;
        let (name, kind, if_exists) = match dropped {
            DroppedConstraint::Named { name, kind, if_exists } => (name.clone(), *kind, *if_exists),
            DroppedConstraint::TypeBound(constraint) => {
                // SQLite cannot, and Alembic's MySQL does not.
                if target.dialect() != Dialect::Postgresql {
                    return Ok(None);
                }
                (table.final_name(constraint)?, Some(ConstraintKind::Check), false)
            }
        };
        let on = format!(
            "ALTER TABLE {} DROP ",
            target.quote_qualified(table.schema.as_deref(), &table.name)
        );
        let written = |name: &Name| {
            written_name(name, target)?.ok_or_else(|| match target.dialect() {
                // SQLAlchemy asserts it there.
                Dialect::Mysql => PythonError::Assertion.into(),
                Dialect::Postgresql | Dialect::Sqlite => CompileError::Compile(
                    "Can't emit DROP CONSTRAINT for constraint; it has no name".to_owned(),
                ),
            })
        };
        Ok(Some(match (target.dialect(), kind) {
            (Dialect::Sqlite, _) => {
                return Err(CompileError::NotImplemented(NO_ALTER.to_owned()));
            }
            (Dialect::Postgresql, _) => {
                let if_exists = if if_exists { "IF EXISTS " } else { "" };
                format!("{on}CONSTRAINT {if_exists}{}", written(&name)?)
            }
            (Dialect::Mysql, Some(ConstraintKind::ForeignKey)) => {
                format!("{on}FOREIGN KEY {}", written(&name)?)
            }
            (Dialect::Mysql, Some(ConstraintKind::PrimaryKey)) => format!("{on}PRIMARY KEY "),
            (Dialect::Mysql, Some(ConstraintKind::Unique)) => {
                format!("{on}INDEX {}", written(&name)?)
            }
            (Dialect::Mysql, Some(ConstraintKind::Check)) => {
                let word = if target.is_mariadb() { "CONSTRAINT" } else { "CHECK" };
                format!("{on}{word} {}", written(&name)?)
            }
            (Dialect::Mysql, Some(ConstraintKind::Exclude) | None) => {
                return Err(CompileError::NotImplemented(
                    "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type"
                        .to_owned(),
                ));
            }
        }))
    }

    /// The comment of the column at this place; none if it has none.
    fn column_comment(&self, table: &BoundTable, at: usize) -> Option<String> {
        let column = &table.columns[at];
        let comment = self.target.literal(column.comment.as_deref()?);
        let name = self.target.quote_qualified(table.schema.as_deref(), &table.name);
        let column = self.target.quote(&column.name);
        Some(format!("COMMENT ON COLUMN {name}.{column} IS {comment}"))
    }

    /// The comment of a table; without one it is dropped.
    fn table_comment(&self, table: &BoundTable, comment: Option<&Option<String>>) -> String {
        let name = self.target.quote_qualified(table.schema.as_deref(), &table.name);
        let literal = comment.map(|comment| {
            comment.as_ref().map_or("NULL".to_owned(), |comment| self.target.literal(comment))
        });
        match self.target.dialect() {
            Dialect::Mysql => {
                format!("ALTER TABLE {name} COMMENT {}", literal.as_deref().unwrap_or("''"))
            }
            Dialect::Sqlite | Dialect::Postgresql => {
                format!("COMMENT ON TABLE {name} IS {}", literal.as_deref().unwrap_or("NULL"))
            }
        }
    }

    fn other(&mut self, operation: &Operation) -> Result<String, CompileError> {
        let target = &self.target;
        Ok(match operation {
            Operation::DropTable(drop) => {
                let if_exists = if drop.if_exists { "IF EXISTS " } else { "" };
                let name = target.quote_qualified(drop.schema.as_deref(), &drop.table);
                format!("\nDROP TABLE {if_exists}{name}")
            }
            Operation::RenameTable(rename) => {
                let schema =
                    rename.schema.as_deref().filter(|_| target.dialect() == Dialect::Mysql);
                format!(
                    "{} RENAME TO {}",
                    alter_table(rename.schema.as_deref(), &rename.table, target),
                    dotted_name(schema, &rename.new_name, target)
                )
            }
            Operation::CreateSequence(sequence, if_exists) => {
                sequence.create_sql(target, if_exists.is_set())?
            }
            Operation::DropSequence(sequence, if_exists) => {
                sequence.drop_sql(target, if_exists.is_set())
            }
            Operation::CreateSchema(name, if_exists) => {
                let if_not_exists = if if_exists.is_set() { "IF NOT EXISTS " } else { "" };
                format!("CREATE SCHEMA {if_not_exists}{}", target.quote(name))
            }
            Operation::DropSchema { name, if_exists, cascade } => {
                let if_exists = if if_exists.is_set() { "IF EXISTS " } else { "" };
                let cascade = if *cascade { " CASCADE" } else { "" };
                format!("DROP SCHEMA {if_exists}{}{cascade}", target.quote(name))
            }
            Operation::CreateEnum(enumeration) => enumeration.create_sql(target)?,
            Operation::DropEnum(enumeration) => enumeration.drop_sql(target)?,
            Operation::CreateDomain(domain) => domain.create_sql(target)?,
            Operation::DropDomain(domain) => domain.drop_sql(target)?,
            Operation::CreateTable(_)
            | Operation::AddColumn(_)
            | Operation::DropColumn(_)
            | Operation::AlterColumn(_)
            | Operation::CreateIndex(_)
            | Operation::DropIndex(_)
            | Operation::AddConstraint(_)
            | Operation::DropConstraint(_)
            | Operation::CreateTableComment(_)
            | Operation::Execute(_)
            | Operation::BulkInsert(_)
            | Operation::DropTableComment(_) => {
                return Err(CompileError::Command("an operation with steps".to_owned()));
            }
        })
    }
}
