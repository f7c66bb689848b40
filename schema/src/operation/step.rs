//! The calls that Alembic's directives make on the implementation of a dialect, or on a batch.

use super::AlterColumn;
use super::DropConstraint;
use super::Operation;
use super::OperationContext;
use crate::CompileError;
use crate::Name;
use crate::SqlType;
use crate::table::BoundTable;
use crate::table::Column;
use crate::table::Constraint;
use crate::table::ConstraintKind;
use crate::table::ForeignKeyConstraint;
use crate::table::Index;
use crate::table::IndexElement;
use crate::table::PrimaryKeyConstraint;
use crate::table::Table;
use crate::table::Unique;

/// One call. Outside of a batch each becomes statements; a batch keeps them for its new table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "there are a few at a time, and all but one are large"
)]
pub(crate) enum Step {
    /// `impl.create_table`.
    CreateTable { table: BoundTable, if_not_exists: bool },
    /// `impl.add_column`: the only column of the table.
    AddColumn(Box<AddColumnStep>),
    /// `impl.add_constraint`.
    AddConstraint { table: BoundTable, constraint: Constraint },
    /// `impl.drop_constraint`; `kind` is none where it is not known.
    DropConstraint { table: BoundTable, constraint: DroppedConstraint },
    /// `impl.create_index`.
    CreateIndex { table: BoundTable, index: Index, if_not_exists: bool },
    /// `impl.drop_index`.
    DropIndex { table: BoundTable, index: Index, if_exists: bool },
    /// `impl.alter_column`.
    AlterColumn(Box<AlterColumn>),
    /// `impl.create_column_comment`.
    ColumnComment { table: BoundTable },
    /// `impl.create_table_comment`, `impl.drop_table_comment`.
    TableComment { table: BoundTable, comment: Option<Option<String>> },
    /// `impl.drop_column`, and `existing_type`.
    DropColumn(super::DropColumn),
    /// Any other operation, which no batch takes.
    Other(Operation),
}

/// What a batch must know of an added column beside its SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddColumnStep {
    /// A table with that column first.
    pub(crate) table: BoundTable,
    /// The column as it was given.
    pub(crate) column: Column,
    pub(crate) if_not_exists: bool,
    pub(crate) inline_references: bool,
    pub(crate) inline_primary_key: bool,
    pub(crate) insert_before: Option<String>,
    pub(crate) insert_after: Option<String>,
}

/// A constraint to be dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DroppedConstraint {
    /// By name.
    Named { name: Name, kind: Option<ConstraintKind>, if_exists: bool },
    /// The CHECK of a type that is about to change.
    TypeBound(Box<Constraint>),
}

impl OperationContext {
    /// The calls of an operation.
    pub(crate) fn steps(&mut self, operation: &Operation) -> Result<Vec<Step>, CompileError> {
        Ok(match operation {
            Operation::CreateTable(create) => {
                let table = self.bind(&with_own_targets(&create.table))?;
                self.check_referred_columns(&create.table)?;
                vec![Step::CreateTable { table, if_not_exists: create.if_not_exists }]
            }
            Operation::AddColumn(add) => return self.add_column_steps(add),
            Operation::AlterColumn(alter) => return self.alter_column_steps(alter),
            Operation::DropColumn(drop) => vec![Step::DropColumn(drop.as_ref().clone())],
            Operation::CreateIndex(create) => {
                let mut table = bare_table(&create.table, create.schema.as_deref());
                let include = create.index.options.postgresql.include.iter().map(String::as_str);
                let columns = create.index.elements.iter().filter_map(|element| element.column());
                add_columns(&mut table, columns.chain(include));
                table.indexes.push(create.index.clone());
                let mut table = self.bind(&table)?;
                let index = table.indexes.pop().unwrap_or_default();
                vec![Step::CreateIndex { table, index, if_not_exists: create.if_not_exists }]
            }
            Operation::DropIndex(drop) => {
                let name = drop.table.as_deref().filter(|table| !table.is_empty());
                let mut table = bare_table(name.unwrap_or("no_table"), drop.schema.as_deref());
                add_columns(&mut table, ["x"].into_iter());
                let mut index = Index::new(drop.name.clone(), ["x"]);
                index.options.postgresql.concurrently = drop.postgresql_concurrently;
                table.indexes.push(index);
                let mut table = self.bind(&table)?;
                let index = table.indexes.pop().unwrap_or_default();
                vec![Step::DropIndex { table, index, if_exists: drop.if_exists }]
            }
            Operation::AddConstraint(add) => {
                let mut table = bare_table(&add.table, add.schema.as_deref());
                add_columns(&mut table, add.constraint.columns().iter().map(String::as_str));
                if let Constraint::ForeignKey(key) = &add.constraint {
                    let is_own = |to: &&crate::table::ForeignKeyTarget| {
                        to.table == add.table && to.schema == add.schema
                    };
                    let remote = key.targets.iter().filter(is_own);
                    add_columns(&mut table, remote.filter_map(|to| to.column.as_deref()));
                }
                if let Constraint::Exclude(exclude) = &add.constraint {
                    exclude.elements.iter().try_for_each(|(element, _)| has_column(element))?;
                }
                table.constraints.push(add.constraint.clone());
                let table = self.bind(&table)?;
                let constraint = match table.constraints.last() {
                    Some(constraint) => constraint.clone(),
                    None => primary_key_of(&table),
                };
                vec![Step::AddConstraint { table, constraint }]
            }
            Operation::DropConstraint(drop) => return self.drop_constraint_steps(drop),
            Operation::CreateTableComment(create) => {
                let table = self.bind(&bare_table(&create.table, create.schema.as_deref()))?;
                vec![Step::TableComment { table, comment: Some(create.comment.clone()) }]
            }
            Operation::DropTableComment(drop) => {
                let table = self.bind(&bare_table(&drop.table, drop.schema.as_deref()))?;
                vec![Step::TableComment { table, comment: None }]
            }
            other => vec![Step::Other(other.clone())],
        })
    }

    fn bind(&mut self, table: &Table) -> Result<BoundTable, CompileError> {
        let naming = self.naming.clone();
        let mut bound = table.bind(&naming)?;
        for warning in std::mem::take(&mut bound.warnings) {
            self.warn(warning);
        }
        Ok(bound)
    }

    /// A convention cannot ask for the names of columns of other tables: they are not known yet.
    fn check_referred_columns(&self, table: &Table) -> Result<(), CompileError> {
        let template = self.naming.template(Some(ConstraintKind::ForeignKey));
        if !template.is_some_and(|template| template.contains("%(referred_column_")) {
            return Ok(());
        }
        // A column knows those before it and itself; the table's constraints know all.
        let all = table.columns.len();
        let of_columns = table.columns.iter().enumerate().flat_map(|(at, column)| {
            let keys = column.foreign_keys.iter();
            keys.map(move |key| (at + 1, column.key(), &key.name, &key.target))
        });
        let of_table = table.constraints.iter().flat_map(|constraint| match constraint {
            Constraint::ForeignKey(key) => {
                let pairs = key.columns.iter().zip(&key.targets);
                pairs.map(|(column, to)| (all, column.as_str(), &key.name, to)).collect()
            }
            _ => Vec::new(),
        });
        let full_name = |schema: &Option<String>, table: &str| {
            schema.as_ref().map_or(table.to_owned(), |schema| format!("{schema}.{table}"))
        };
        for (known, column, name, to) in of_columns.chain(of_table) {
            let is_own = to.table == table.name && to.schema == table.schema;
            let target_column = to.column.as_deref().unwrap_or_default();
            if name.is_none()
                && is_own
                && table.columns[..known].iter().all(|column| column.key() != target_column)
            {
                return Err(CompileError::NoReferencedColumn {
                    table: table.name.clone(),
                    target: full_name(&to.schema, &to.table),
                    target_table: table.name.clone(),
                    target_column: target_column.to_owned(),
                });
            }
            if name.is_none() && !is_own {
                return Err(CompileError::NoReferencedTable {
                    column: format!("{}.{column}", table.name),
                    target: full_name(&to.schema, &to.table),
                    target_column: to.column.as_deref().unwrap_or("None").to_owned(),
                });
            }
        }
        Ok(())
    }

    fn add_column_steps(&mut self, add: &super::AddColumn) -> Result<Vec<Step>, CompileError> {
        let mut table = bare_table(&add.table, add.schema.as_deref());
        table.columns.push(add.column.clone());
        let bound = self.bind(&with_own_targets(&table))?;
        self.check_referred_columns(&table)?;
        let table = bound;
        let mut steps = vec![Step::AddColumn(Box::new(AddColumnStep {
            table: table.clone(),
            column: add.column.clone(),
            if_not_exists: add.if_not_exists,
            inline_references: add.inline_references,
            inline_primary_key: add.inline_primary_key,
            insert_before: add.insert_before.clone(),
            insert_after: add.insert_after.clone(),
        }))];
        for constraint in &table.constraints {
            let is_inline = add.inline_references
                && matches!(constraint, Constraint::ForeignKey(_))
                && foreign_keys(&table).count() == 1;
            if !is_inline {
                let table = table.clone();
                steps.push(Step::AddConstraint { table, constraint: constraint.clone() });
            }
        }
        for index in &table.indexes {
            steps.push(Step::CreateIndex {
                table: table.clone(),
                index: index.clone(),
                if_not_exists: false,
            });
        }
        let has_comments = self.target.supports_comments() && !self.target.inline_comments();
        if add.column.comment.is_some() && has_comments {
            steps.push(Step::ColumnComment { table });
        }
        Ok(steps)
    }

    fn alter_column_steps(&mut self, alter: &AlterColumn) -> Result<Vec<Step>, CompileError> {
        let mut steps = Vec::new();
        if let (Some(existing), Some(_)) = (&alter.existing_type, &alter.sql_type) {
            for (table, constraint) in self.type_constraints(alter, existing)? {
                let constraint = DroppedConstraint::TypeBound(Box::new(constraint));
                steps.push(Step::DropConstraint { table, constraint });
            }
        }
        steps.push(Step::AlterColumn(Box::new(alter.clone())));
        if let Some(sql_type) = &alter.sql_type {
            for (table, constraint) in self.type_constraints(alter, sql_type)? {
                steps.push(Step::AddConstraint { table, constraint });
            }
        }
        Ok(steps)
    }

    /// The CHECKs that a type brings where the dialect needs them.
    fn type_constraints(
        &mut self,
        alter: &AlterColumn,
        sql_type: &SqlType,
    ) -> Result<Vec<(BoundTable, Constraint)>, CompileError> {
        let mut table = bare_table(&alter.table, alter.schema.as_deref());
        table.columns.push(Column::new(&alter.column, sql_type.clone()));
        let table = self.bind(&table)?;
        let needed = table
            .constraints
            .iter()
            .filter(|constraint| BoundTable::is_needed(constraint, &self.target));
        Ok(needed.map(|constraint| (table.clone(), constraint.clone())).collect())
    }

    /// A constraint of the kind, without columns, so that the naming convention can have its say.
    fn drop_constraint_steps(&mut self, drop: &DropConstraint) -> Result<Vec<Step>, CompileError> {
        let mut table = bare_table(&drop.table, drop.schema.as_deref());
        let name = drop.name.clone();
        let constraint = match drop.kind {
            Some(ConstraintKind::ForeignKey) => {
                Some(ForeignKeyConstraint { name, ..ForeignKeyConstraint::default() }.into())
            }
            Some(ConstraintKind::PrimaryKey) => {
                Some(PrimaryKeyConstraint { name, ..PrimaryKeyConstraint::default() }.into())
            }
            Some(ConstraintKind::Unique) => Some(Unique { name, ..Unique::default() }.into()),
            Some(ConstraintKind::Check) => Some(crate::table::Check::text(name, "").into()),
            Some(ConstraintKind::Exclude) | None => None,
        };
        table.constraints.extend::<Option<Constraint>>(constraint);
        let table = self.bind(&table)?;
        let name = match (drop.kind, table.constraints.first()) {
            (Some(ConstraintKind::PrimaryKey), _) => table.primary_key.name.clone(),
            (_, Some(constraint)) => constraint.name().clone(),
            (_, None) => drop.name.clone(),
        };
        let (kind, if_exists) = (drop.kind, drop.if_exists);
        let constraint = DroppedConstraint::Named { name, kind, if_exists };
        Ok(vec![Step::DropConstraint { table, constraint }])
    }
}

pub(crate) fn foreign_keys(table: &BoundTable) -> impl Iterator<Item = &ForeignKeyConstraint> {
    table.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::ForeignKey(key) => Some(key),
        _ => None,
    })
}

fn bare_table(name: &str, schema: Option<&str>) -> Table {
    Table { name: name.to_owned(), schema: schema.map(str::to_owned), ..Table::default() }
}

fn add_columns<'a>(table: &mut Table, keys: impl Iterator<Item = &'a str>) {
    for key in keys {
        if table.columns.iter().all(|column| column.name != key) {
            table.columns.push(Column::new(key, SqlType::Null));
        }
    }
}

/// Alembic adds the columns that a table's foreign keys to itself name and that are missing; in
/// CREATE TABLE they fail for want of a type.
fn with_own_targets(table: &Table) -> Table {
    let mut whole = table.clone();
    let of_columns =
        table.columns.iter().flat_map(|column| column.foreign_keys.iter().map(|key| &key.target));
    let of_table = table.constraints.iter().flat_map(|constraint| match constraint {
        Constraint::ForeignKey(key) => key.targets.as_slice(),
        _ => &[],
    });
    let own =
        of_columns.chain(of_table).filter(|to| to.table == table.name && to.schema == table.schema);
    for key in own.filter_map(|to| to.column.as_deref()) {
        if whole.columns.iter().all(|column| column.key() != key) {
            whole.columns.push(Column::new(key, SqlType::Null));
        }
    }
    whole
}

/// The primary key of a bound table as a constraint again.
pub(crate) fn primary_key_of(table: &BoundTable) -> Constraint {
    let key = &table.primary_key;
    Constraint::PrimaryKey(PrimaryKeyConstraint {
        name: key.name.clone(),
        columns: key.columns.iter().map(|at| table.columns[*at].key().to_owned()).collect(),
        options: key.options.clone(),
    })
}

/// Refuses an element of `create_exclude_constraint` that no column can be made of: Alembic gives
/// the table a column for each.
fn has_column(element: &IndexElement) -> Result<(), CompileError> {
    match element {
        IndexElement::Expression(expression) if expression.named_columns().is_empty() => {
            Err(CompileError::Argument(
                "Column must be constructed with a non-blank name or assign a non-blank .name \
                 before adding to a Table."
                    .to_owned(),
            ))
        }
        IndexElement::Expression(_) | IndexElement::Column(_) => Ok(()),
    }
}
