//! `execute`, `bulk_insert`, `inline_literal` and `f`.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr;
use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Statement;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa;
use crate::sa::arguments::argument;
use crate::sa::arguments::given;
use crate::sa::arguments::missing_in_group;
use crate::sa::arguments::of_class;

/// `op.execute(sqltext, execution_options=None)`.
pub(super) fn execute_directive(interp: &mut Interpreter, args: Args) -> Result<Value> {
    // In a batch the object comes first.
    let signature = Signature {
        keyword_only: 1,
        ..Signature::new("execute", ["sqltext", "execution_options"], 1)
    };
    let Bound { values: [sql, options], .. } = args.bind(interp, &signature)?;
    let given_options = given(options).unwrap_or_default();
    if let Value::Dict(options) = &given_options
        && options.get_text("isolation_level").is_some()
    {
        return Err(interp.unsupported("execute() with an isolation level"));
    }
    sa::set_on_connection(interp, &sa::execution_options_of(&given_options))?;
    execute(interp, &sql.unwrap_or_default())?;
    Ok(Value::None)
}

/// Executes a text or anything executable.
pub(crate) fn execute(interp: &mut Interpreter, sql: &Value) -> Result<()> {
    if let Some(text) = sql.as_text() {
        let statement: Statement = expr::text(text.to_string()).into();
        sa::statement(interp, &statement)?;
        return Ok(());
    }
    if sa::run_ddl(interp, sql)? {
        return Ok(());
    }
    match sa::find_statement(interp, sql)? {
        Some(statement) => {
            sa::statement(interp, &statement)?;
            Ok(())
        }
        None => {
            let got = interp.repr(sql)?;
            Err(argument(
                interp,
                format!("Executable SQL or text() construct expected, got {got}."),
            )?)
        }
    }
}

/// `op.f(name)`.
pub(super) fn f(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Bound { values: [name], .. } = args.bind(interp, &Signature::new("f", ["name"], 1))?;
    let class = sa::class_named(interp, "conv")?;
    interp.call_class(&class, Args::of(name))
}

/// `op.inline_literal(value, type_=None)`.
pub(super) fn inline_literal(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("inline_literal", ["value", "type_"], 1);
    let Bound { values: [value, to], .. } = args.bind(interp, &signature)?;
    let value = sa::to_sql(interp, &value.unwrap_or_default())?;
    let mut bind = expr::bindparam("param");
    if let Some(to) = given(to) {
        bind = bind.typed(sa::sql_type(interp, &to)?);
    }
    let made = bind.value(value).literal_execute().unique();
    sa::wrap_expression(interp, made.into())
}

/// `op.bulk_insert(table, rows, multiinsert=True)`.
pub(super) fn bulk_insert(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature {
        keyword_only: 1,
        ..Signature::new("bulk_insert", ["table", "rows", "multiinsert"], 2)
    };
    let Bound { values: [table, rows, multiinsert], .. } = args.bind(interp, &signature)?;
    let table = table.unwrap_or_default();
    let Some(from) = sa::find_from(&table) else {
        let class = interp.class_name(&table);
        return interp
            .raise("AttributeError", format!("'{class}' object has no attribute 'insert'"));
    };
    let rows = match rows {
        Some(rows @ Value::List(_)) => interp.items(&rows)?,
        _ => return interp.type_error("List expected"),
    };
    if rows.first().is_some_and(|row| !matches!(row, Value::Dict(_))) {
        return interp.type_error("List of dictionaries expected");
    }
    // On a connection the rows are one execution, of which the first row says the columns.
    let is_one = !sa::current(interp)?.is_offline()
        && multiinsert.map_or(Ok(true), |value| interp.truth(&value))?;
    let first: Option<Vec<_>> = match rows.first() {
        Some(Value::Dict(row)) if is_one => {
            // SQLAlchemy takes no notice of keys that are no columns here.
            let keys = row.entries().into_iter().filter_map(|(key, _)| key.as_text());
            Some(keys.filter(|key| from.get(key).is_some()).collect())
        }
        _ => None,
    };
    for (group, row) in rows.iter().enumerate() {
        let Value::Dict(row) = row else {
            return interp.type_error("List of dictionaries expected");
        };
        let lacking = first.iter().flatten().find(|key| row.get_text(key).is_none());
        if let Some(key) = lacking {
            return Err(missing_in_group(interp, key, group)?);
        }
        let mut values: Vec<(AssignmentTarget, Operand)> = Vec::new();
        for (key, value) in row.entries() {
            if let (Some(first), Some(key)) = (&first, key.as_text())
                && !first.contains(&key)
            {
                continue;
            }
            let Some(key) = key.as_text() else {
                return Err(interp.unsupported("bulk_insert() with keys that are no texts"));
            };
            let Some(column) = from.get(&key) else {
                // Parameters that no column has are not looked at, values are.
                if is_one {
                    continue;
                }
                return Err(if sa::current(interp)?.is_offline() {
                    interp.raised_builtin("KeyError", vec![Value::Str(key)])
                } else {
                    of_class(interp, "CompileError", format!("Unconsumed column names: {key}"))?
                });
            };
            let sql_type = column.sql_type();
            let operand = match sa::find_expression(interp, &value)? {
                Some(expr) => Operand::Expr(expr),
                None => {
                    let value = value_of(interp, &value, &sql_type)?;
                    Operand::Expr(expr::literal(value, Some(sql_type)))
                }
            };
            values.push((AssignmentTarget::Key(key.to_string()), operand));
        }
        let statement = Insert::new(&from).values(values).inline();
        sa::statement(interp, &statement.into())?;
    }
    Ok(Value::None)
}

/// A value for a column: members of an `Enum` go by their names.
fn value_of(interp: &mut Interpreter, value: &Value, sql_type: &SqlType) -> Result<SqlValue> {
    if let (SqlType::Enum(made), Value::Instance(_)) = (sql_type, value)
        && let Some(name) = interp.find_attribute(value, "name")?.and_then(|name| name.as_text())
    {
        let own = interp.get_attribute(value, "value")?.as_text();
        let has = |text: &str| made.values.iter().any(|value| value == text);
        return match own {
            // With `values_callable` it goes by its value.
            Some(own) if own != name && has(&own) && !has(&name) => {
                Ok(SqlValue::from(own.as_str()))
            }
            Some(own) if own != name && has(&own) => {
                Err(interp.unsupported("a member of an Enum whose name and value are both known"))
            }
            _ => Ok(SqlValue::from(name.as_str())),
        };
    }
    if let (SqlType::Json(_), Value::List(_) | Value::Dict(_)) = (sql_type, value) {
        return Ok(SqlValue::Json(sa::to_json(interp, value)?));
    }
    sa::to_sql(interp, value)
}
