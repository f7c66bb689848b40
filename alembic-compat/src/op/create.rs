//! Directives that add something: tables, columns, constraints, indexes.

use limbeck_schema::expr;
use limbeck_schema::operation::AddColumn;
use limbeck_schema::operation::AddConstraint;
use limbeck_schema::operation::CreateIndex;
use limbeck_schema::operation::CreateTable;
use limbeck_schema::operation::Operation;
use limbeck_schema::table::Check;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ForeignKeyActions;
use limbeck_schema::table::ForeignKeyConstraint;
use limbeck_schema::table::ForeignKeyTarget;
use limbeck_schema::table::Index;
use limbeck_schema::table::PrimaryKeyConstraint;
use limbeck_schema::table::Table;
use limbeck_schema::table::Unique;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa;
use crate::sa::ColumnObject;
use crate::sa::arguments::argument;
use crate::sa::arguments::flag;
use crate::sa::arguments::given;
use crate::sa::arguments::name;
use crate::sa::arguments::opt_text;
use crate::sa::arguments::text;
use crate::sa::arguments::texts;

/// `create_table`, which gives the table.
pub(super) fn create_table(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = [
        "table_name",
        "if_not_exists",
        "schema",
        "comment",
        "prefixes",
        "info",
        "_constraints_included",
        "quote",
        "implicit_returning",
        "extend_existing",
        "keep_existing",
        "listeners",
        "quote_schema",
    ];
    let signature = Signature {
        keyword_only: 12,
        star: true,
        double_star: true,
        ..Signature::new("create_table", names, 1)
    };
    let Bound { values, star, double_star } = args.bind(interp, &signature)?;
    let [table_name, if_not_exists, schema, comment, prefixes, _, _, quote, ..] = values;
    if given(quote).is_some() {
        return Err(interp.unsupported("create_table(quote=…)"));
    }
    let mut table = Table {
        name: text(interp, &table_name.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        ..Table::default()
    };
    table.comment = opt_text(interp, comment, "comment")?;
    if let Some(prefixes) = given(prefixes) {
        table.prefixes = texts(interp, &prefixes, "prefixes")?;
    }
    let columns = sa::fill_table(interp, &mut table, &star)?;
    sa::refuse_waiting(interp, &columns)?;
    table.options = sa::table_options(interp, double_star)?;
    let if_not_exists = flag(interp, if_not_exists)?;
    let operation = CreateTable { table: table.clone(), if_not_exists }.into();
    sa::run(interp, &operation)?;
    let naming = sa::current(interp)?.context.naming().clone();
    let made = sa::wrap_table(table, &columns, naming);
    sa::settle(interp, &made)?;
    Ok(made)
}

/// `add_column`.
pub(super) fn add_column(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = [
        "table_name",
        "column",
        "schema",
        "if_not_exists",
        "inline_references",
        "inline_primary_key",
        "insert_before",
        "insert_after",
    ];
    let signature = Signature { keyword_only: 6, ..Signature::new("add_column", names, 2) };
    let Bound { values, .. } = args.bind(interp, &signature)?;
    let [table, column, schema, if_not_exists, references, primary_key, before, after] = values;
    let column = column.unwrap_or_default();
    sa::refuse_waiting(interp, std::slice::from_ref(&column))?;
    let Some(column) = column.downcast::<ColumnObject>() else {
        let class = interp.class_name(&column);
        return interp
            .raise("AttributeError", format!("'{class}' object has no attribute 'table'"));
    };
    let data = column.data.borrow().clone();
    Ok(AddColumn {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        column: data,
        if_not_exists: flag(interp, if_not_exists)?,
        inline_references: flag(interp, references)?,
        inline_primary_key: flag(interp, primary_key)?,
        insert_before: opt_text(interp, before, "insert_before")?,
        insert_after: opt_text(interp, after, "insert_after")?,
    }
    .into())
}

/// `create_index`.
pub(super) fn create_index(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = [
        "index_name",
        "table_name",
        "columns",
        "schema",
        "unique",
        "if_not_exists",
        "quote",
        "info",
    ];
    let signature = Signature {
        keyword_only: 5,
        double_star: true,
        ..Signature::new("create_index", names, 3)
    };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [index, table, columns, schema, unique, if_not_exists, quote, _] = values;
    if given(quote).is_some() {
        return Err(interp.unsupported("create_index(quote=…)"));
    }
    let items = interp.items(&columns.unwrap_or_default())?;
    let mut elements = Vec::new();
    for item in &items {
        elements.push(sa::index_element(interp, item)?);
    }
    let index = Index {
        name: name(interp, index, "index_name")?,
        elements,
        unique: flag(interp, unique)?,
        options: sa::index_options(interp, double_star)?,
        column_flag: false,
    };
    Ok(CreateIndex {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        index,
        if_not_exists: flag(interp, if_not_exists)?,
    }
    .into())
}

fn add(
    interp: &mut Interpreter,
    table: Option<Value>,
    schema: Option<Value>,
    constraint: impl Into<Constraint>,
) -> Result<Operation> {
    Ok(AddConstraint {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        constraint: constraint.into(),
    }
    .into())
}

fn columns_of(interp: &mut Interpreter, value: Option<Value>) -> Result<Vec<String>> {
    let items = interp.items(&value.unwrap_or_default())?;
    sa::column_keys(interp, &items)
}

/// `create_primary_key`.
pub(super) fn create_primary_key(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = ["constraint_name", "table_name", "columns", "schema"];
    let signature = Signature { keyword_only: 1, ..Signature::new("create_primary_key", names, 3) };
    let Bound { values: [own, table, columns, schema], .. } = args.bind(interp, &signature)?;
    let constraint = PrimaryKeyConstraint {
        name: name(interp, own, "constraint_name")?,
        columns: columns_of(interp, columns)?,
        ..PrimaryKeyConstraint::default()
    };
    add(interp, table, schema, constraint)
}

/// `create_unique_constraint`.
pub(super) fn create_unique_constraint(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names =
        ["constraint_name", "table_name", "columns", "schema", "deferrable", "initially", "info"];
    let signature = Signature {
        keyword_only: 4,
        double_star: true,
        ..Signature::new("create_unique_constraint", names, 3)
    };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [own, table, columns, schema, deferrable, initially, _] = values;
    let constraint = Unique {
        name: name(interp, own, "constraint_name")?,
        columns: columns_of(interp, columns)?,
        options: sa::constraint_options(
            interp,
            "UniqueConstraint",
            deferrable,
            initially,
            double_star,
        )?,
        column_flag: false,
    };
    add(interp, table, schema, constraint)
}

/// `create_check_constraint`.
pub(super) fn create_check_constraint(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names =
        ["constraint_name", "table_name", "condition", "schema", "deferrable", "initially", "info"];
    let signature = Signature {
        keyword_only: 4,
        double_star: true,
        ..Signature::new("create_check_constraint", names, 3)
    };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [own, table, condition, schema, deferrable, initially, _] = values;
    let condition = sa::expression_or(interp, &condition.unwrap_or_default(), expr::text)?;
    let mut constraint = Check::new(name(interp, own, "constraint_name")?, condition);
    constraint.options =
        sa::constraint_options(interp, "CheckConstraint", deferrable, initially, double_star)?;
    add(interp, table, schema, constraint)
}

/// `create_exclude_constraint`.
pub(super) fn create_exclude_constraint(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let signature = Signature {
        keyword_only: 1,
        star: true,
        double_star: true,
        ..Signature::new(
            "create_exclude_constraint",
            ["constraint_name", "table_name", "schema"],
            2,
        )
    };
    let Bound { values: [own, table, schema], star, double_star } =
        args.bind(interp, &signature)?;
    let mut rest = Args { positional: star, keywords: double_star };
    rest.keywords.push(("name".into(), own.unwrap_or_default()));
    let constraint = sa::exclude_of(interp, rest)?;
    add(interp, table, schema, Constraint::Exclude(constraint))
}

/// `create_foreign_key`.
pub(super) fn create_foreign_key(interp: &mut Interpreter, args: Args) -> Result<Operation> {
    let names = [
        "constraint_name",
        "source_table",
        "referent_table",
        "local_cols",
        "remote_cols",
        "onupdate",
        "ondelete",
        "deferrable",
        "initially",
        "match",
        "source_schema",
        "referent_schema",
        "use_alter",
        "link_to_name",
        "info",
        "comment",
    ];
    let signature = Signature {
        keyword_only: 11,
        double_star: true,
        ..Signature::new("create_foreign_key", names, 5)
    };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [
        own,
        source,
        referent,
        local,
        remote,
        onupdate,
        ondelete,
        deferrable,
        initially,
        matched,
        source_schema,
        referent_schema,
        use_alter,
        ..,
    ] = values;
    let referent = text(interp, &referent.unwrap_or_default(), "referent_table")?;
    let referent_schema = opt_text(interp, referent_schema, "referent_schema")?;
    let columns = columns_of(interp, local)?;
    let remote = columns_of(interp, remote)?;
    if columns.len() != remote.len() {
        return Err(argument(
            interp,
            "ForeignKeyConstraint number of constrained columns must match the number of referenced \
             columns.",
        )?);
    }
    let target = |column: String| ForeignKeyTarget {
        schema: referent_schema.clone(),
        table: referent.clone(),
        column: Some(column),
    };
    let constraint = ForeignKeyConstraint {
        name: name(interp, own, "constraint_name")?,
        columns,
        targets: remote.into_iter().map(target).collect(),
        actions: ForeignKeyActions {
            onupdate: opt_text(interp, onupdate, "onupdate")?,
            ondelete: opt_text(interp, ondelete, "ondelete")?,
            match_type: opt_text(interp, matched, "match")?,
            use_alter: flag(interp, use_alter)?,
        },
        options: sa::constraint_options(
            interp,
            "ForeignKeyConstraint",
            deferrable,
            initially,
            double_star,
        )?,
    };
    add(interp, source, source_schema, constraint)
}
