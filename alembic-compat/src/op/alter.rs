//! Directives that change something: columns, names, comments.

use limbeck_schema::Dialect;
use limbeck_schema::operation::AlterColumn;
use limbeck_schema::operation::AnyDefault;
use limbeck_schema::operation::Change;
use limbeck_schema::operation::CreateTableComment;
use limbeck_schema::operation::DropTableComment;
use limbeck_schema::operation::Operation;
use limbeck_schema::operation::RenameTable;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa;
use crate::sa::ColumnObject;
use crate::sa::ComputedObject;
use crate::sa::IdentityObject;
use crate::sa::arguments::given;
use crate::sa::arguments::opt_flag;
use crate::sa::arguments::opt_text;
use crate::sa::arguments::text;

fn any_default(interp: &mut Interpreter, value: &Value) -> Result<AnyDefault> {
    if let Some(identity) = value.downcast::<IdentityObject>() {
        return Ok(AnyDefault::Identity(identity.data));
    }
    if let Some(computed) = value.downcast::<ComputedObject>() {
        return Ok(AnyDefault::Computed(computed.data.clone()));
    }
    Ok(AnyDefault::Plain(sa::server_default(interp, value)?))
}

/// An argument that is `False` when it is not given.
fn unless_false(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !matches!(value, Value::Bool(false)))
}

/// `alter_column`.
pub(super) fn alter_column(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = [
        "table_name",
        "column_name",
        "nullable",
        "comment",
        "server_default",
        "new_column_name",
        "type_",
        "existing_type",
        "existing_server_default",
        "existing_nullable",
        "existing_comment",
        "schema",
        "autoincrement",
        "existing_autoincrement",
        "postgresql_using",
        "insert_before",
        "insert_after",
    ];
    let signature = Signature {
        keyword_only: 15,
        double_star: true,
        ..Signature::new("alter_column", names, 2)
    };
    // Alembic hands further keywords on to nobody: `primary_key=True` changes nothing.
    let Bound { values, .. } = args.bind(interp, &signature)?;
    let [
        table,
        column,
        nullable,
        comment,
        server_default,
        new_name,
        to,
        existing_type,
        existing_default,
        existing_nullable,
        existing_comment,
        schema,
        autoincrement,
        existing_autoincrement,
        using,
        before,
        after,
    ] = values;
    if given(before).is_some() || given(after).is_some() {
        return Err(interp.unsupported("alter_column(insert_before=…, insert_after=…)"));
    }
    let server_default = match unless_false(server_default) {
        None => Change::Keep,
        Some(Value::None) => Change::Drop,
        Some(value) => Change::To(any_default(interp, &value)?),
    };
    let comment = match unless_false(comment) {
        None => Change::Keep,
        Some(Value::None) => Change::Drop,
        Some(value) => Change::To(text(interp, &value, "comment")?),
    };
    let existing_server_default = match given(unless_false(existing_default)) {
        None => None,
        Some(value) => Some(any_default(interp, &value)?),
    };
    let mut made = AlterColumn {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        column: String::new(),
        nullable: opt_flag(interp, nullable)?,
        server_default,
        new_name: opt_text(interp, new_name, "new_column_name")?,
        sql_type: given(to).map(|to| sa::sql_type(interp, &to)).transpose()?,
        comment,
        existing_type: given(existing_type).map(|to| sa::sql_type(interp, &to)).transpose()?,
        existing_server_default,
        existing_nullable: opt_flag(interp, existing_nullable)?,
        existing_comment: opt_text(interp, existing_comment, "existing_comment")?,
        autoincrement: opt_flag(interp, autoincrement)?,
        existing_autoincrement: opt_flag(interp, existing_autoincrement)?,
        postgresql_using: opt_text(interp, using, "postgresql_using")?,
    };
    made.column = column_name(interp, &made, &column.unwrap_or_default())?;
    Ok(made.into())
}

/// The name of the column. A `Column` in its place is nothing to Alembic where nothing changes,
/// unless the table is rebuilt.
fn column_name(interp: &mut Interpreter, made: &AlterColumn, value: &Value) -> Result<String> {
    let changes = made.nullable.is_some()
        || made.server_default != Change::Keep
        || made.comment != Change::Keep
        || made.new_name.is_some()
        || made.sql_type.is_some()
        || made.autoincrement.is_some();
    if !changes
        && let Some(column) = value.downcast::<ColumnObject>()
        && sa::current(interp)?.target().dialect() != Dialect::Sqlite
    {
        return Ok(column.data.borrow().name.clone());
    }
    text(interp, value, "column_name")
}

/// `rename_table`.
pub(super) fn rename_table(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["old_table_name", "new_table_name", "schema"];
    let signature = Signature { keyword_only: 1, ..Signature::new("rename_table", names, 2) };
    let Bound { values: [old, new, schema], .. } = args.bind(interp, &signature)?;
    Ok(RenameTable {
        table: text(interp, &old.unwrap_or_default(), "old_table_name")?,
        new_name: text(interp, &new.unwrap_or_default(), "new_table_name")?,
        schema: opt_text(interp, schema, "schema")?,
    }
    .into())
}

/// `create_table_comment`.
pub(super) fn create_table_comment(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["table_name", "comment", "existing_comment", "schema"];
    let signature =
        Signature { keyword_only: 2, ..Signature::new("create_table_comment", names, 2) };
    let Bound { values: [table, comment, _, schema], .. } = args.bind(interp, &signature)?;
    Ok(CreateTableComment {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        comment: opt_text(interp, comment, "comment")?,
    }
    .into())
}

/// `drop_table_comment`.
pub(super) fn drop_table_comment(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["table_name", "existing_comment", "schema"];
    let signature = Signature { keyword_only: 2, ..Signature::new("drop_table_comment", names, 1) };
    let Bound { values: [table, _, schema], .. } = args.bind(interp, &signature)?;
    Ok(DropTableComment {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
    }
    .into())
}
