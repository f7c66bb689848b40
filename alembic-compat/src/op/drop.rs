//! Directives that take something away.

use limbeck_schema::operation::DropColumn;
use limbeck_schema::operation::DropConstraint;
use limbeck_schema::operation::DropIndex;
use limbeck_schema::operation::DropTable;
use limbeck_schema::operation::Operation;
use limbeck_schema::table::ConstraintKind;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::sa;
use crate::sa::arguments::flag;
use crate::sa::arguments::given;
use crate::sa::arguments::name;
use crate::sa::arguments::opt_text;
use crate::sa::arguments::text;

/// `drop_table`.
pub(super) fn drop_table(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["table_name", "schema", "if_exists"];
    let signature =
        Signature { keyword_only: 2, double_star: true, ..Signature::new("drop_table", names, 1) };
    let Bound { values: [table, schema, if_exists], double_star, .. } =
        args.bind(interp, &signature)?;
    // Options of the table do not show in DROP TABLE, but must be known.
    drop(sa::table_options(
        interp,
        double_star.into_iter().filter(|(key, _)| *key != "info" && *key != "comment").collect(),
    )?);
    Ok(DropTable {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        if_exists: flag(interp, if_exists)?,
    }
    .into())
}

/// `drop_column`.
pub(super) fn drop_column(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["table_name", "column_name", "schema", "if_exists", "existing_type"];
    let signature =
        Signature { keyword_only: 3, double_star: true, ..Signature::new("drop_column", names, 2) };
    let Bound { values: [table, column, schema, if_exists, existing_type], .. } =
        args.bind(interp, &signature)?;
    Ok(DropColumn {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        column: text(interp, &column.unwrap_or_default(), "column_name")?,
        if_exists: flag(interp, if_exists)?,
        existing_type: given(existing_type).map(|to| sa::sql_type(interp, &to)).transpose()?,
    }
    .into())
}

/// `drop_index`.
pub(super) fn drop_index(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["index_name", "table_name", "schema", "if_exists"];
    let signature =
        Signature { keyword_only: 2, double_star: true, ..Signature::new("drop_index", names, 1) };
    let Bound { values: [index, table, schema, if_exists], double_star, .. } =
        args.bind(interp, &signature)?;
    let options = sa::index_options(
        interp,
        double_star.into_iter().filter(|(key, _)| *key != "unique" && *key != "info").collect(),
    )?;
    Ok(DropIndex {
        name: name(interp, index, "index_name")?,
        table: opt_text(interp, table, "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        if_exists: flag(interp, if_exists)?,
        postgresql_concurrently: options.postgresql.concurrently,
    }
    .into())
}

/// `drop_constraint`.
pub(super) fn drop_constraint(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["constraint_name", "table_name", "type_", "schema", "if_exists"];
    let signature = Signature { keyword_only: 2, ..Signature::new("drop_constraint", names, 2) };
    let Bound { values: [own, table, kind, schema, if_exists], .. } =
        args.bind(interp, &signature)?;
    let kind = match opt_text(interp, kind, "type_")?.as_deref() {
        None => None,
        Some("foreignkey") => Some(ConstraintKind::ForeignKey),
        Some("primary") => Some(ConstraintKind::PrimaryKey),
        Some("unique") => Some(ConstraintKind::Unique),
        Some("check") => Some(ConstraintKind::Check),
        Some(_) => {
            return interp.type_error(
                "'type' can be one of 'check', 'foreignkey', 'primary', 'unique', None",
            );
        }
    };
    Ok(DropConstraint {
        name: name(interp, own, "constraint_name")?,
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        kind,
        if_exists: flag(interp, if_exists)?,
    }
    .into())
}
