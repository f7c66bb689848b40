//! The statements that bring the new table into the place of the old one.

use super::TableArgument;
use super::rebuild::NewColumn;
use super::rebuild::NewConstraint;
use super::rebuild::Rebuild;
use crate::CompileError;
use crate::Dialect;
use crate::PythonError;
use crate::SqlType;
use crate::Target;
use crate::expr::ExprKind;
use crate::expr::literal_column;
use crate::expr::next_value;
use crate::operation::DdlStatement;
use crate::operation::DropTable;
use crate::operation::Operation;
use crate::operation::OperationContext;
use crate::operation::RenameTable;
use crate::operation::Step;
use crate::operation::step::DroppedConstraint;
use crate::table::BoundTable;
use crate::table::ColumnDefault;
use crate::table::Constraint;
use crate::table::ForeignKeyConstraint;
use crate::table::ForeignKeyTarget;
use crate::table::Index;
use crate::table::IndexElement;
use crate::table::NamingConvention;
use crate::table::Table;

/// How long the name of the new table may be.
const NAME_LENGTH: usize = 50;

/// The name that the copy of a table has until it takes its place.
pub fn temporary_name(table: &str) -> String {
    format!("_alembic_tmp_{table}").chars().take(NAME_LENGTH).collect()
}

impl Rebuild<'_> {
    /// CREATE TABLE, INSERT, DROP TABLE, ALTER TABLE … RENAME, CREATE INDEX.
    pub(super) fn write(
        mut self,
        context: &mut OperationContext,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        self.reorder()?;
        let temporary = temporary_name(&self.existing.name);
        let new = self.new_table(&temporary);
        let restated = new.constraints.iter().filter(|known| known.is_type_bound()).count();
        let mut table = new.bind(&NamingConvention::default())?;
        for warning in std::mem::take(&mut table.warnings) {
            context.warn(warning);
        }
        let mut table = self.name_type_checks(table, restated, context)?;
        for (column, new) in table.columns.iter_mut().zip(&mut self.columns) {
            if new.second_default.is_some() {
                column.server_default = new.second_default.take();
            }
        }
        if context.target().dialect() == Dialect::Postgresql {
            self.drop_old_constraints(context, statements)?;
        }
        self.check_references(&temporary, context.target())?;
        let create = Step::CreateTable { table: table.clone(), if_not_exists: false };
        context.emit(&create, statements)?;
        statements.push(self.insert(&table, context)?.into());
        let (old, schema) = (self.existing.name.clone(), self.existing.schema.clone());
        let drop = DropTable { table: old.clone(), schema: schema.clone(), if_exists: false };
        context.emit(&Step::Other(drop.into()), statements)?;
        let rename = RenameTable { table: temporary, new_name: old.clone(), schema };
        context.emit(&Step::Other(Operation::RenameTable(rename)), statements)?;
        let table = BoundTable { name: old, ..table };
        for index in self.all_indexes(&table)? {
            let step = Step::CreateIndex { table: table.clone(), index, if_not_exists: false };
            context.emit(&step, statements)?;
        }
        Ok(())
    }

    fn new_table(&self, name: &str) -> Table {
        let batch = self.batch;
        let mut table = Table {
            name: name.to_owned(),
            schema: self.existing.schema.clone(),
            columns: self.columns.iter().map(|column| column.column.clone()).collect(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: batch.comment.clone(),
            prefixes: batch.prefixes.clone(),
            options: batch.table_options.or(&self.existing.options),
        };
        for argument in &batch.table_args {
            match argument {
                TableArgument::Constraint(constraint) => table.constraints.push(constraint.clone()),
                TableArgument::Index(index) => table.indexes.push(index.clone()),
            }
        }
        let named = self.named.iter().map(|(_, constraint)| constraint);
        for constraint in named.chain(&self.unnamed) {
            if self.is_whole(&constraint.constraint) {
                table.constraints.push(self.constraint(constraint));
            }
        }
        table
    }

    /// Foreign keys can point only to what those of the old table point to: nothing else of other
    /// tables is known while the new table is made.
    fn check_references(&self, temporary: &str, target: &Target) -> Result<(), CompileError> {
        let kept = self.named.iter().map(|(_, kept)| kept).chain(&self.unnamed);
        let kept_keys: Vec<&NewConstraint> =
            kept.filter(|kept| self.is_whole(&kept.constraint)).collect();
        let mut known: Vec<ForeignKeyTarget> = Vec::new();
        for kept in &kept_keys {
            if let Constraint::ForeignKey(key) = &kept.constraint {
                known.extend(key.targets.iter().cloned());
            }
        }
        let given = self.batch.table_args.iter().filter_map(|argument| match argument {
            TableArgument::Constraint(Constraint::ForeignKey(key)) => Some(key.clone()),
            _ => None,
        });
        // Nothing asks where those point that are not written.
        let is_later =
            |key: &ForeignKeyConstraint| key.actions.use_alter && target.supports_alter();
        // A copy points into the schema of the table, wherever the original points.
        let copied = kept_keys.iter().filter_map(|kept| match self.constraint(kept) {
            Constraint::ForeignKey(key) => Some(key),
            _ => None,
        });
        for key in given.chain(copied).filter(|key| !is_later(key)) {
            for (column, to) in key.columns.iter().zip(&key.targets) {
                if known.contains(to) {
                    continue;
                }
                let table = match &to.schema {
                    Some(schema) => format!("{schema}.{}", to.table),
                    None => to.table.clone(),
                };
                let target_column = to.column.as_deref().unwrap_or("None");
                let is_known =
                    known.iter().any(|known| known.table == to.table && known.schema == to.schema);
                return Err(if is_known {
                    CompileError::NoReferencedColumn {
                        table: temporary.to_owned(),
                        target: table,
                        target_table: to.table.clone(),
                        target_column: target_column.to_owned(),
                    }
                } else {
                    CompileError::NoReferencedTable {
                        column: format!("{temporary}.{column}"),
                        target: table,
                        target_column: target_column.to_owned(),
                    }
                });
            }
        }
        Ok(())
    }

    /// Whether all columns of a constraint are in the new table.
    fn is_whole(&self, constraint: &Constraint) -> bool {
        let is_there = |key: &String| self.columns.iter().any(|column| column.key == *key);
        constraint.columns().iter().all(is_there)
    }

    /// A constraint as it is copied: foreign keys come into the schema of the table.
    fn constraint(&self, constraint: &NewConstraint) -> Constraint {
        let mut copy = constraint.constraint.clone();
        if let (Constraint::ForeignKey(key), Some(schema)) = (&mut copy, &self.existing.schema) {
            for to in &mut key.targets {
                to.schema = Some(schema.clone());
            }
        }
        if let Constraint::Unique(unique) = &mut copy {
            unique.column_flag = false;
        }
        copy
    }

    /// The CHECKs that the columns' types bring are named by the convention of the old table, and
    /// after it; not the first ones, which operations brought.
    fn name_type_checks(
        &self,
        mut table: BoundTable,
        restated: usize,
        context: &mut OperationContext,
    ) -> Result<BoundTable, CompileError> {
        let named_after = BoundTable {
            columns: table.columns.clone(),
            constraints: Vec::new(),
            ..self.existing.clone()
        };
        let of_types = table.constraints.iter_mut().filter(|known| known.is_type_bound());
        for constraint in of_types.skip(restated) {
            match named_after.convention_of(constraint) {
                Ok(Some(name)) => constraint.set_name(name),
                Ok(None) => {}
                Err(CompileError::InvalidRequest(_)) => context.warn(format!(
                    "The CHECK constraint generated by the type of column '{}.{}' has no name, \
                     while the naming convention in use requires one; the constraint is emitted \
                     without a name.  Boolean and Enum datatypes should be given a name, e.g. \
                     Boolean(name='...'), in order for their CHECK constraints to participate \
                     fully in batch mode.",
                    self.existing.name,
                    constraint.columns().join(", ")
                )),
                Err(other) => return Err(other),
            }
        }
        Ok(table)
    }

    /// PostgreSQL's names of constraints must be free before the new table bears them.
    fn drop_old_constraints(
        &self,
        context: &mut OperationContext,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        let key = crate::operation::step::primary_key_of(&self.existing);
        for constraint in std::iter::once(&key).chain(&self.existing.constraints) {
            let Some(name) = constraint.name().as_str() else { continue };
            if self.named.iter().any(|(known, _)| known == name) {
                let step = Step::DropConstraint {
                    table: self.existing.clone(),
                    constraint: DroppedConstraint::Named {
                        name: constraint.name().clone(),
                        kind: Some(constraint.kind()),
                        if_exists: false,
                    },
                };
                context.emit(&step, statements)?;
            }
        }
        Ok(())
    }

    fn insert(
        &self,
        table: &BoundTable,
        context: &OperationContext,
    ) -> Result<String, CompileError> {
        let target = context.target();
        let old = target.quote_qualified(self.existing.schema.as_deref(), &self.existing.name);
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for NewColumn { column, source, .. } in &self.columns {
            let Some(source) = source else { continue };
            columns.push(target.quote(&column.name));
            let plain = format!("{old}.{}", target.quote(&source.column));
            let mut value = plain.clone();
            for sql_type in &source.casts {
                value = cast(&value, sql_type, target)?;
            }
            if !source.casts.is_empty() {
                value += &format!(" AS {}", target.quote(&source.column));
            }
            values.push(value);
        }
        let mut anonymous = Anonymous::default();
        for NewColumn { column, source, .. } in &self.columns {
            if source.is_some() {
                continue;
            }
            if let Some(value) = anonymous.value(&column.default, context)? {
                columns.push(target.quote(&column.name));
                values.push(value);
            }
        }
        if self.columns.iter().all(|column| column.source.is_none()) {
            // What SQLAlchemy says when there is nothing to insert.
            return Err(PythonError::Key("insert_from_select".to_owned()).into());
        }
        let new = target.quote_qualified(table.schema.as_deref(), &table.name);
        Ok(format!(
            "INSERT INTO {new} ({}) SELECT {} \nFROM {old}",
            columns.join(", "),
            values.join(", ")
        ))
    }

    /// The indexes of the old table that are left, and the new ones. Those that came from
    /// `index=True` of a column are lost, as Alembic loses them.
    fn all_indexes(&self, table: &BoundTable) -> Result<Vec<Index>, CompileError> {
        let mut indexes = Vec::new();
        for (_, index) in &self.indexes {
            if !index.column_flag {
                indexes.push(index.clone());
            }
        }
        // An old index brings back the columns that it needs; new ones can then use them.
        let revived: Vec<String> = indexes
            .iter()
            .flat_map(|index: &Index| &index.elements)
            .flat_map(crate::table::element_columns)
            .collect();
        for (_, index) in &self.new_indexes {
            let mut index = index.clone();
            // Alembic makes it anew from the columns that its elements speak of.
            let mut elements = Vec::new();
            for key in index.elements.iter().flat_map(crate::table::element_columns) {
                if table.column_at(&key).is_none() && !revived.contains(&key) {
                    return Err(PythonError::Key(key).into());
                }
                let element = IndexElement::Column(key);
                if !elements.contains(&element) {
                    elements.push(element);
                }
            }
            index.elements = elements;
            if index.name.is_none() {
                index.name = table.index_name(&index)?.unwrap_or_default();
            }
            indexes.push(index);
        }
        Ok(indexes)
    }
}

/// Numbers of the labels that SQLAlchemy makes up.
#[derive(Default)]
struct Anonymous {
    values: usize,
    functions: Vec<String>,
}

impl Anonymous {
    /// The `default` of a new column, with which the copied rows are filled.
    fn value(
        &mut self,
        default: &ColumnDefault,
        context: &OperationContext,
    ) -> Result<Option<String>, CompileError> {
        let expression = match default {
            ColumnDefault::None => return Ok(None),
            ColumnDefault::Sequence(sequence) => {
                let target = context.target();
                if !target.supports_sequences() {
                    return Ok(None);
                }
                let next = next_value(sequence.schema.as_deref(), &sequence.name);
                let next = next.compile_ddl(target)?;
                return Ok(Some(self.labelled("next_value", &next, target)));
            }
            ColumnDefault::Scalar(_) | ColumnDefault::Callable if context.offline => {
                self.values += 1;
                return Ok(Some(format!("NULL AS anon_{}", self.values)));
            }
            ColumnDefault::Callable => {
                return Err(CompileError::NotImplemented(
                    "a default that is a Python function cannot fill a new column of a copied \
                     table"
                        .to_owned(),
                ));
            }
            ColumnDefault::Scalar(expression) => {
                self.values += 1;
                let value = expression.compile_ddl(context.target())?;
                return Ok(Some(format!("{value} AS anon_{}", self.values)));
            }
            ColumnDefault::Expression(expression) => expression,
        };
        let value = expression.compile_ddl(context.target())?;
        Ok(Some(match expression.kind() {
            ExprKind::Text(_) => value,
            ExprKind::Function(function) => {
                self.labelled(&function.name.clone(), &value, context.target())
            }
            _ => {
                self.values += 1;
                format!("{value} AS anon_{}", self.values)
            }
        }))
    }
}

impl Anonymous {
    fn labelled(&mut self, name: &str, value: &str, target: &Target) -> String {
        self.functions.push(name.to_owned());
        let count = self.functions.iter().filter(|known| *known == name).count();
        format!("{value} AS {}", target.quote(&format!("{name}_{count}")))
    }
}

/// The value as another type; MySQL has no CAST to some types, and leaves it out.
fn cast(value: &str, sql_type: &SqlType, target: &Target) -> Result<String, CompileError> {
    literal_column(value, SqlType::Null).cast(sql_type.clone()).compile_ddl(target)
}
