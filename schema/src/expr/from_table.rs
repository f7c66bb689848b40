//! Tables of DDL as tables of statements.

use crate::PythonError;
use crate::expr::Expr;
use crate::expr::FromClause;
use crate::expr::Reference;
use crate::expr::TableClause;
use crate::expr::TableColumn;
use crate::expr::next_value;
use crate::table::Column;
use crate::table::ColumnDefault;
use crate::table::Constraint;
use crate::table::ForeignKeyTarget;
use crate::table::NamingConvention;
use crate::table::Table;

/// The default that an insert writes for a column; a function of Python's is an error as soon as it
/// is needed.
fn default_of(column: &Column) -> Option<Expr> {
    match &column.default {
        ColumnDefault::None => None,
        ColumnDefault::Sequence(sequence) => {
            // An optional one is for databases that cannot count by themselves: none of ours.
            (!sequence.optional).then(|| next_value(sequence.schema.as_deref(), &sequence.name))
        }
        ColumnDefault::Scalar(expr) | ColumnDefault::Expression(expr) => Some(expr.clone()),
        ColumnDefault::Callable => Some(Expr::invalid(
            PythonError::Type(format!(
                "the default of column '{}' is a Python function: a value must be given",
                column.name
            ))
            .into(),
        )),
    }
}

fn reference(target: &ForeignKeyTarget) -> Reference {
    Reference {
        schema: target.schema.clone(),
        table: target.table.clone(),
        column: target.column.clone(),
    }
}

impl From<&Table> for TableClause {
    fn from(table: &Table) -> Self {
        let mut columns: Vec<TableColumn> = table
            .columns
            .iter()
            .map(|column| TableColumn {
                key: column.key.clone().unwrap_or_else(|| column.name.clone()),
                default: default_of(column),
                primary_key: column.primary_key,
                server_default: column.server_default.is_some()
                    || column.identity.is_some()
                    || column.computed.is_some(),
                references: column.foreign_keys.iter().map(|key| reference(&key.target)).collect(),
                ..TableColumn::new(&column.name, column.sql_type.clone())
            })
            .collect();
        for constraint in &table.constraints {
            match constraint {
                Constraint::ForeignKey(key) => {
                    for (name, target) in key.columns.iter().zip(&key.targets) {
                        let own = columns.iter_mut().find(|column| column.key == *name);
                        if let Some(own) = own {
                            own.references.push(reference(target));
                        }
                    }
                }
                Constraint::PrimaryKey(key) => {
                    for column in &mut columns {
                        column.primary_key |= key.columns.contains(&column.key);
                    }
                }
                _ => {}
            }
        }
        let bound = table.bind(&NamingConvention::default());
        let counting = bound.ok().and_then(|bound| {
            bound.autoincrement_column().ok().flatten().map(|column| column.name.clone())
        });
        for column in &mut columns {
            column.counts_up = counting.as_ref() == Some(&column.name);
        }
        TableClause { name: table.name.clone(), schema: table.schema.clone(), columns }
    }
}

impl From<&Table> for FromClause {
    fn from(table: &Table) -> Self {
        FromClause::table(table.into())
    }
}
