//! What SQLAlchemy does to an insert or update before it runs: defaults that are Python functions
//! are called once for each row, and `None` for a column of JSON becomes JSON's `null`.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Assignments;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::InsertSource;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::TableColumn;
use limbeck_schema::types::Json;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::migration;
use super::processing;
use super::value;

/// The statement as it runs on a connection; nothing where it runs as it is.
pub(super) fn prepare(
    interp: &mut Interpreter,
    statement: &Statement,
) -> Result<Option<Statement>> {
    if migration::current(interp)?.is_offline() {
        return Ok(None);
    }
    match statement {
        Statement::Insert(insert) => {
            let columns = columns(&insert.table);
            let mut source = insert.source.clone();
            let rows = match &mut source {
                InsertSource::Row(row) => std::slice::from_mut(row),
                InsertSource::Rows(rows) => rows.as_mut_slice(),
                _ => return Ok(None),
            };
            for row in rows {
                nulls(row, columns);
                defaults(interp, row, columns)?;
            }
            let mut insert = insert.clone();
            insert.source = source;
            Ok(Some(Statement::Insert(insert)))
        }
        Statement::Update(update) => {
            let mut update = update.clone();
            nulls(&mut update.values, columns(&update.table.clone()));
            Ok(Some(Statement::Update(update)))
        }
        _ => Ok(None),
    }
}

pub(super) fn columns(table: &FromClause) -> &[TableColumn] {
    match table {
        FromClause::Table(table) => &table.columns,
        _ => &[],
    }
}

pub(super) fn key_of(target: &AssignmentTarget) -> Option<&str> {
    match target {
        AssignmentTarget::Key(key) => Some(key),
        AssignmentTarget::Expr(expr) => match expr.kind() {
            ExprKind::Column(column) => Some(&column.key),
            _ => None,
        },
    }
}

fn nulls(row: &mut Assignments, columns: &[TableColumn]) {
    for (target, operand) in row {
        let key = key_of(target);
        let column = columns.iter().find(|column| Some(column.key.as_str()) == key);
        if matches!(operand, Operand::Value(SqlValue::Null))
            && let Some(column) = column
            && matches!(column.sql_type, SqlType::Json(Json::Json | Json::Jsonb))
        {
            *operand = Operand::Value(SqlValue::Json(serde_json::Value::Null));
        }
    }
}

fn defaults(
    interp: &mut Interpreter,
    row: &mut Assignments,
    columns: &[TableColumn],
) -> Result<()> {
    for column in columns {
        let Some(default) = &column.default else { continue };
        if row.iter().any(|(target, _)| key_of(target) == Some(column.key.as_str())) {
            continue;
        }
        let ExprKind::Bind(bind) = default.kind() else { continue };
        let Some(value) = &bind.value else { continue };
        if let Some(made) = processing::call_default(interp, value)? {
            let made = value::to_sql(interp, &made)?;
            row.push((AssignmentTarget::Key(column.key.clone()), Operand::Value(made)));
        }
    }
    Ok(())
}
