//! The primary key of a row that an insert has made (`result.inserted_primary_key`).

use limbeck_schema::SqlValue;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::InsertSource;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::TableColumn;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::migration;
use super::migration::ResultSet;
use super::prepare::columns;
use super::prepare::key_of;
use super::result_values;
use super::value;

/// The key by columns, as SQLAlchemy puts it together: what was given, else what the database
/// says. `None` for an insert of several rows or of a query, whose keys nobody tells.
pub(super) fn key(
    interp: &mut Interpreter,
    insert: &Insert,
    answer: &ResultSet,
) -> Result<Option<Vec<(String, Value)>>> {
    let InsertSource::Row(row) = &insert.source else { return Ok(None) };
    let mut key = Vec::new();
    for column in columns(&insert.table).iter().filter(|column| column.primary_key) {
        let given = row.iter().find(|(target, _)| key_of(target) == Some(column.key.as_str()));
        let given = match given {
            Some((_, Operand::Value(value))) => Some(value),
            Some((_, Operand::Expr(expr))) => bound(expr.kind()),
            None => column.default.as_ref().and_then(|default| bound(default.kind())),
        };
        let value = match given.filter(|value| !matches!(value, SqlValue::Null)) {
            Some(value) => value::to_python(interp, value)?,
            None => told(interp, column, answer)?,
        };
        key.push((column.key.clone(), value));
    }
    Ok(Some(key))
}

fn bound(kind: &ExprKind) -> Option<&SqlValue> {
    match kind {
        ExprKind::Bind(bind) => bind.value.as_ref(),
        _ => None,
    }
}

/// What the database says of a column: in a row that it returns, or as the last number.
fn told(interp: &mut Interpreter, column: &TableColumn, answer: &ResultSet) -> Result<Value> {
    let at = answer.columns.iter().flatten().position(|name| *name == column.name);
    let returned = at.and_then(|at| answer.rows.first()?.get(at));
    if let Some(value) = returned {
        let target = migration::target(interp)?;
        return result_values::to_python(interp, value, &column.sql_type, &target);
    }
    Ok(match answer.last_id {
        Some(id) if column.counts_up => Value::Int(id),
        _ => Value::None,
    })
}
