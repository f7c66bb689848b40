//! Random batches over `copy_from` tables.

use limbeck_schema::SqlType;
use limbeck_schema::batch::Batch;
use limbeck_schema::batch::Recreate;
use limbeck_schema::batch::TableArgument;
use limbeck_schema::operation::*;
use limbeck_schema::table::*;

use crate::constraints;
use crate::operations;
use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_list;
use crate::tables;

/// A batch and the Python that does the same.
pub(crate) fn batch(random: &mut Random) -> (Batch, String) {
    let name = random.pick(&["t", "User", "a_table_with_a_name_that_is_rather_long_for_a_copy"]);
    let schema = random.maybe(8, |_| "s1".to_owned());
    let mut batch = Batch { schema: schema.clone(), ..Batch::new(name) };
    let (mut metadata, mut arguments) = (String::new(), Arguments::default());
    arguments.push(py(name));
    arguments.text("schema", schema.as_ref());
    if random.chance(4) {
        // The other convention needs the tables that foreign keys point to.
        let naming = random.pick(&[crate::NAMING[0], crate::NAMING[2]]);
        let entries: Vec<_> =
            naming.iter().map(|(key, name)| format!("{}: {}", py(key), py(name))).collect();
        metadata = format!("naming_convention={{{}}}", entries.join(", "));
        batch.copy_from_naming = NamingConvention::from_entries(naming.iter().copied());
    }
    let mut made = tables::table(random, name, schema.as_ref());
    while !is_sound(&made.table, &batch.copy_from_naming) {
        made = tables::table(random, name, schema.as_ref());
    }
    match random.below(4) {
        0 => {
            batch.recreate = Recreate::Always;
            arguments.push("recreate=\"always\"");
        }
        1 if random.chance(3) => {
            batch.recreate = Recreate::Never;
            arguments.push("recreate=\"never\"");
        }
        _ => {}
    }
    let columns: Vec<String> =
        made.table.columns.iter().map(|column| column.name.clone()).collect();
    if random.chance(8) && columns.len() > 1 {
        let group = vec![columns[columns.len() - 1].clone(), columns[0].clone()];
        arguments.push(format!("partial_reordering=[({}, {})]", py(&group[0]), py(&group[1])));
        batch.partial_reordering.push(group);
    }
    if random.chance(6) {
        let (constraint, source) = constraints::constraint(random, &columns);
        batch.table_args.push(TableArgument::Constraint(constraint));
        arguments.push(format!("table_args=({source},)"));
    }
    if random.chance(8) {
        batch.table_options.sqlite.strict = Some(true);
        arguments.push("table_kwargs={\"sqlite_strict\": True}");
    }
    let mut source = format!(
        "table = sa.Table({}, sa.MetaData({metadata}), {}, {})\n",
        py(name),
        made.items.join(", "),
        made.keywords.join()
    );
    batch.copy_from = Some(made.table.clone());
    arguments.push("copy_from=table");
    source += &format!("with op.batch_alter_table({}) as batch:\n", arguments.join());
    let mut columns = columns;
    for _ in 0..1 + random.below(3) {
        let (operation, call) = operation(random, &made.table, &mut columns);
        batch.operations.push(operation);
        source += &format!("    batch.{call}\n");
    }
    (batch, source)
}

/// Whether SQLAlchemy takes the table, and all constraints have names of their own: which of two
/// gives way is a matter of a Python set.
fn is_sound(table: &Table, naming: &NamingConvention) -> bool {
    // What is inside of variants, decorators and arrays lives on in Alembic when the type is changed.
    let lives_on = |column: &Column| {
        matches!(column.sql_type, SqlType::Variant(_) | SqlType::Decorated(_) | SqlType::Array(_))
    };
    if table.columns.iter().any(lives_on) {
        return false;
    }
    let Ok(table) = table.bind(naming) else { return false };
    let names = table.constraints.iter().filter_map(|constraint| constraint.name().as_str());
    let mut names: Vec<&str> = names.chain(table.primary_key.name.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() == count
}

fn operation(random: &mut Random, table: &Table, columns: &mut Vec<String>) -> (Operation, String) {
    let (name, schema) = (table.name.clone(), table.schema.clone());
    let mut arguments = Arguments::default();
    match random.below(12) {
        0..4 => {
            let column = random.pick(columns);
            let (mut alter, arguments) = operations::alteration(random, &column);
            // What is renamed is hard to speak of later: Alembic goes on to call it by its old name.
            if alter.new_name.as_ref().is_some_and(|new| columns.contains(new)) {
                alter.new_name = Some("renamed".to_owned());
            }
            let source = if let Some(new_name) = &alter.new_name {
                replaced_name(&arguments.join(), new_name)
            } else {
                arguments.join()
            };
            (alter.table, alter.schema) = (name, schema);
            (alter.into(), format!("alter_column({source})"))
        }
        4 | 5 => {
            let column = format!("new_{}", columns.len());
            let (column, source) = tables::random_column(random, &column);
            let mut add = AddColumn { schema, ..AddColumn::new(name, column) };
            arguments.push(source);
            if random.chance(4) {
                add.insert_before = Some(random.pick(columns));
                arguments.text("insert_before", add.insert_before.as_ref());
            } else if random.chance(4) {
                add.insert_after = Some(random.pick(columns));
                arguments.text("insert_after", add.insert_after.as_ref());
            }
            if random.chance(2) {
                columns.push(add.column.name.clone());
            }
            (add.into(), format!("add_column({})", arguments.join()))
        }
        6 | 7 => {
            let column = random.pick(columns);
            if columns.len() > 1 {
                columns.retain(|known| *known != column);
            }
            let drop = DropColumn { table: name, schema, column, ..DropColumn::default() };
            let source = format!("drop_column({})", py(&drop.column));
            (drop.into(), source)
        }
        8 => {
            let chosen = constraints::some_of(random, columns);
            let index = Index::new("ix_new", chosen.iter().map(String::as_str));
            let source = format!("create_index(\"ix_new\", {})", py_list(&chosen));
            (CreateIndex { table: name, schema, index, if_not_exists: false }.into(), source)
        }
        9 => {
            let (constraint, call, constraint_name, parts, arguments) =
                operations::added_constraint(random, columns, true);
            let source = format!(
                "{call}({}, {}, {})",
                constraint_name.unwrap_or("None".to_owned()),
                parts.join(", "),
                arguments.join()
            );
            (AddConstraint { table: name, schema, constraint }.into(), source)
        }
        10 => {
            let named = table.constraints.iter().find_map(|constraint| constraint.name().as_str());
            let constraint = named.unwrap_or("con_1").to_owned();
            let drop = DropConstraint {
                name: limbeck_schema::Name::from(constraint.as_str()),
                table: name,
                schema,
                kind: Some(ConstraintKind::Unique),
                if_exists: false,
            };
            (drop.into(), format!("drop_constraint({}, type_=\"unique\")", py(&constraint)))
        }
        _ => {
            let index = random.pick(&["ix_own", "ix_own", "ix_other"]);
            let drop =
                DropIndex { name: index.into(), table: Some(name), schema, ..DropIndex::default() };
            (drop.into(), format!("drop_index({})", py(index)))
        }
    }
}

/// The arguments with another `new_column_name`.
fn replaced_name(arguments: &str, new_name: &str) -> String {
    let parts = arguments.split(", ").map(|part| {
        if part.starts_with("new_column_name=") {
            format!("new_column_name={}", py(new_name))
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}
