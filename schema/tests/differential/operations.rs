//! Random operations.

use limbeck_schema::Name;
use limbeck_schema::expr::text;
use limbeck_schema::operation::*;
use limbeck_schema::table::*;

use crate::constraints;
use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_list;
use crate::tables;
use crate::types::any_type;

fn table_name(random: &mut Random) -> String {
    random.pick(&["t", "account", "User", "order", "par"]).to_owned()
}

fn schema(random: &mut Random) -> Option<String> {
    random.maybe(4, |random| random.pick(&["s1", "My Schema", "a.b"]).to_owned())
}

/// An operation and the call that does the same.
pub(crate) fn operation(random: &mut Random) -> (Operation, String) {
    let table = table_name(random);
    let schema = schema(random);
    match random.below(17) {
        0..4 => {
            let made = tables::table(random, &table, schema.as_ref());
            let mut arguments = Arguments::default();
            arguments.push(py(&table));
            made.items.iter().for_each(|item| arguments.push(item.as_str()));
            let if_not_exists = random.chance(6);
            let mut keywords = made.keywords;
            if if_not_exists {
                keywords.push("if_not_exists=True");
            }
            let create = CreateTable { table: made.table, if_not_exists };
            (create.into(), format!("op.create_table({}, {})", arguments.join(), keywords.join()))
        }
        4..7 => add_column(random, table, schema),
        7..10 => alter_column(random, table, schema),
        10 => create_index(random, table, schema),
        11 | 12 => add_constraint(random, table, schema),
        13 => {
            let (name, source) = constraints::constraint_name(random);
            let (kind, kind_source) = random.pick(&[
                (Some(ConstraintKind::ForeignKey), "\"foreignkey\""),
                (Some(ConstraintKind::PrimaryKey), "\"primary\""),
                (Some(ConstraintKind::Unique), "\"unique\""),
                (Some(ConstraintKind::Check), "\"check\""),
                (None, "None"),
            ]);
            let if_exists = random.chance(4);
            let mut arguments = Arguments::default();
            arguments.push(source.unwrap_or("None".to_owned()));
            arguments.push(py(&table));
            arguments.push(format!("type_={kind_source}"));
            arguments.text("schema", schema.as_ref());
            if if_exists {
                arguments.push("if_exists=True");
            }
            let drop = DropConstraint { name, table, schema, kind, if_exists };
            (drop.into(), format!("op.drop_constraint({})", arguments.join()))
        }
        14 => small(random, table, schema),
        15 => comment(random, table, schema),
        _ => sequence_or_type(random),
    }
}

fn add_column(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let name = random.name();
    let (column, source) = tables::random_column(random, &name);
    let mut add = AddColumn { schema, ..AddColumn::new(table, column) };
    let mut arguments = Arguments::default();
    arguments.push(py(&add.table));
    arguments.push(source);
    arguments.text("schema", add.schema.as_ref());
    let mut flag = |name: &str, times: usize| {
        let value = random.chance(times);
        if value {
            arguments.push(format!("{name}=True"));
        }
        value
    };
    add.if_not_exists = flag("if_not_exists", 6);
    add.inline_references = flag("inline_references", 3);
    add.inline_primary_key = flag("inline_primary_key", 4);
    (add.into(), format!("op.add_column({})", arguments.join()))
}

fn any_default(random: &mut Random) -> (AnyDefault, String) {
    match random.below(10) {
        0..2 => {
            let (identity, source) = tables::identity(random);
            (AnyDefault::Identity(identity), source)
        }
        2 => {
            let (computed, source) = tables::computed(random);
            (AnyDefault::Computed(computed), source)
        }
        _ => {
            let (default, source) = tables::server_default(random);
            (AnyDefault::Plain(default), source)
        }
    }
}

/// An `alter_column` without its table, for batches too.
pub(crate) fn alteration(random: &mut Random, column: &str) -> (AlterColumn, Arguments) {
    let mut alter = AlterColumn::new("", column);
    let mut arguments = Arguments::default();
    arguments.push(py(column));
    alter.nullable = random.maybe(2, |random| random.chance(2));
    arguments.flag("nullable", alter.nullable);
    match random.below(6) {
        0 | 1 => {
            let (default, source) = any_default(random);
            alter.server_default = Change::To(default);
            arguments.push(format!("server_default={source}"));
        }
        2 => {
            alter.server_default = Change::Drop;
            arguments.push("server_default=None");
        }
        _ => {}
    }
    alter.new_name = random.maybe(4, Random::name);
    arguments.text("new_column_name", alter.new_name.as_ref());
    if random.chance(3) {
        let (sql_type, source) = any_type(random);
        alter.sql_type = Some(sql_type);
        arguments.push(format!("type_={source}"));
    }
    match random.below(8) {
        0 => {
            let text = random.text();
            arguments.text("comment", Some(&text));
            alter.comment = Change::To(text);
        }
        1 => {
            alter.comment = Change::Drop;
            arguments.push("comment=None");
        }
        _ => {}
    }
    if !random.chance(4) {
        let (sql_type, source) = any_type(random);
        alter.existing_type = Some(sql_type);
        arguments.push(format!("existing_type={source}"));
    }
    if random.chance(4) {
        // Alembic cannot take an identity for a plain default.
        let is_identity = matches!(alter.server_default, Change::To(AnyDefault::Identity(_)));
        let (default, source) = if is_identity {
            let (identity, source) = tables::identity(random);
            (AnyDefault::Identity(identity), source)
        } else {
            let (default, source) = tables::server_default(random);
            (AnyDefault::Plain(default), source)
        };
        alter.existing_server_default = Some(default);
        arguments.push(format!("existing_server_default={source}"));
    }
    alter.existing_nullable = random.maybe(3, |random| random.chance(2));
    arguments.flag("existing_nullable", alter.existing_nullable);
    alter.existing_comment = random.maybe(6, Random::text);
    arguments.text("existing_comment", alter.existing_comment.as_ref());
    (alter, arguments)
}

fn alter_column(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let column = random.name();
    let (mut alter, mut arguments) = alteration(random, &column);
    arguments.text("schema", schema.as_ref());
    alter.autoincrement = random.maybe(8, |random| random.chance(2));
    arguments.flag("autoincrement", alter.autoincrement);
    alter.existing_autoincrement = random.maybe(8, |random| random.chance(2));
    arguments.flag("existing_autoincrement", alter.existing_autoincrement);
    alter.postgresql_using = random.maybe(8, |_| "c::integer".to_owned());
    arguments.text("postgresql_using", alter.postgresql_using.as_ref());
    let source = format!("op.alter_column({}, {})", py(&table), arguments.join());
    (alter.table, alter.schema) = (table, schema);
    (alter.into(), source)
}

fn create_index(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let columns = random.names(2);
    let (mut index, elements, mut arguments) = constraints::index(random, &columns);
    let (name, name_source) = constraints::constraint_name(random);
    index.name = name;
    arguments.text("schema", schema.as_ref());
    let if_not_exists = random.chance(5);
    if if_not_exists {
        arguments.push("if_not_exists=True");
    }
    let source = format!(
        "op.create_index({}, {}, {elements}, {})",
        name_source.unwrap_or("None".to_owned()),
        py(&table),
        arguments.join()
    );
    (CreateIndex { table, schema, index, if_not_exists }.into(), source)
}

/// A constraint to be added, without its table: the name, the call's name and arguments.
pub(crate) fn added_constraint(
    random: &mut Random,
    columns: &[String],
    named: bool,
) -> (Constraint, String, Option<String>, Vec<String>, Arguments) {
    let (mut name, mut name_source) = constraints::constraint_name(random);
    if named {
        // In a batch a name that is there already takes a place that is a matter of a Python set.
        name = Name::from("con_new");
        name_source = Some(py("con_new"));
    }
    let chosen = constraints::some_of(random, columns);
    let mut arguments = Arguments::default();
    match random.below(5) {
        0 => (
            PrimaryKeyConstraint::new(name, chosen.clone()).into(),
            "create_primary_key".to_owned(),
            name_source,
            vec![py_list(&chosen)],
            arguments,
        ),
        1 => {
            let options = constraints::deferral(random, &mut arguments);
            let source = py_list(&chosen);
            (
                Unique { name, columns: chosen, options, column_flag: false }.into(),
                "create_unique_constraint".to_owned(),
                name_source,
                vec![source],
                arguments,
            )
        }
        2 => {
            let mut check = Check::text(name, "a > 5");
            check.options = constraints::deferral(random, &mut arguments);
            (
                check.into(),
                "create_check_constraint".to_owned(),
                name_source,
                vec!["sa.text(\"a > 5\")".to_owned()],
                arguments,
            )
        }
        _ => {
            let (actions, options) = constraints::actions(random, &mut arguments);
            let referent = random.pick(&["par", "Par", "t"]).to_owned();
            let referent_schema = random.maybe(4, |_| "s2".to_owned());
            arguments.text("referent_schema", referent_schema.as_ref());
            let remote: Vec<String> = (0..chosen.len()).map(|at| format!("r{at}")).collect();
            let targets = remote.iter().map(|column| ForeignKeyTarget {
                schema: referent_schema.clone(),
                table: referent.clone(),
                column: Some(column.clone()),
            });
            let mut key = ForeignKeyConstraint::new(chosen.clone(), targets);
            (key.name, key.actions, key.options) = (name, actions, options);
            (
                key.into(),
                "create_foreign_key".to_owned(),
                name_source,
                vec![py(&referent), py_list(&chosen), py_list(&remote)],
                arguments,
            )
        }
    }
}

fn add_constraint(
    random: &mut Random,
    table: String,
    schema: Option<String>,
) -> (Operation, String) {
    if random.chance(6) {
        return exclude(random, table, schema);
    }
    let columns = random.names(2);
    let (constraint, call, name, parts, mut arguments) = added_constraint(random, &columns, false);
    let keyword = if call == "create_foreign_key" { "source_schema" } else { "schema" };
    arguments.text(keyword, schema.as_ref());
    let source = format!(
        "op.{call}({}, {}, {}, {})",
        name.unwrap_or("None".to_owned()),
        py(&table),
        parts.join(", "),
        arguments.join()
    );
    (AddConstraint { table, schema, constraint }.into(), source)
}

fn exclude(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let mut arguments = Arguments::default();
    let mut options = constraints::deferral(random, &mut arguments);
    options.sqlite_on_conflict = None;
    let using = random.maybe(2, |_| "SPGIST".to_owned());
    arguments.text("using", using.as_ref());
    let predicate = random.maybe(2, |_| "a > 1".to_owned());
    arguments.text("where", predicate.as_ref());
    arguments.text("schema", schema.as_ref());
    let column = random.name();
    let source = format!(
        "op.create_exclude_constraint(\"ex\", {}, ({}, \"&&\"), (\"q\", \"=\"), {})",
        py(&table),
        py(&column),
        arguments.join()
    );
    let constraint = Exclude {
        name: "ex".into(),
        elements: vec![
            (IndexElement::Column(column), "&&".to_owned()),
            ("q".into(), "=".to_owned()),
        ],
        using: using.unwrap_or("gist".to_owned()),
        predicate: predicate.map(text),
        operator_classes: Vec::new(),
        options,
    };
    (AddConstraint { table, schema, constraint: constraint.into() }.into(), source)
}

fn small(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let mut arguments = Arguments::default();
    match random.below(4) {
        0 => {
            let if_exists = random.chance(3);
            arguments.push(py(&table));
            arguments.text("schema", schema.as_ref());
            arguments.flag("if_exists", Some(if_exists));
            let drop = DropTable { table, schema, if_exists };
            (drop.into(), format!("op.drop_table({})", arguments.join()))
        }
        1 => {
            let new_name = random.name();
            arguments.push(py(&table));
            arguments.push(py(&new_name));
            arguments.text("schema", schema.as_ref());
            let rename = RenameTable { table, new_name, schema };
            (rename.into(), format!("op.rename_table({})", arguments.join()))
        }
        2 => {
            let if_exists = random.chance(3);
            let column = random.name();
            arguments.push(py(&table));
            arguments.push(py(&column));
            arguments.text("schema", schema.as_ref());
            arguments.flag("if_exists", Some(if_exists));
            let drop = DropColumn { table, schema, column, if_exists, existing_type: None };
            (drop.into(), format!("op.drop_column({})", arguments.join()))
        }
        _ => {
            let (name, source) = constraints::constraint_name(random);
            let table = random.maybe(2, |_| table);
            let if_exists = random.chance(3);
            let concurrently = random.chance(3);
            arguments.push(source.unwrap_or("None".to_owned()));
            arguments.text("table_name", table.as_ref());
            arguments.text("schema", schema.as_ref());
            arguments.flag("if_exists", Some(if_exists));
            if concurrently {
                arguments.push("postgresql_concurrently=True");
            }
            let drop =
                DropIndex { name, table, schema, if_exists, postgresql_concurrently: concurrently };
            (drop.into(), format!("op.drop_index({})", arguments.join()))
        }
    }
}

fn comment(random: &mut Random, table: String, schema: Option<String>) -> (Operation, String) {
    let mut arguments = Arguments::default();
    arguments.push(py(&table));
    if random.chance(3) {
        arguments.text("schema", schema.as_ref());
        let drop = DropTableComment { table, schema };
        return (drop.into(), format!("op.drop_table_comment({})", arguments.join()));
    }
    let comment = if random.chance(8) { None } else { Some(random.text()) };
    arguments.push(comment.as_ref().map_or("None".to_owned(), |comment| py(comment)));
    arguments.text("schema", schema.as_ref());
    let create = CreateTableComment { table, schema, comment };
    (create.into(), format!("op.create_table_comment({})", arguments.join()))
}

fn sequence_or_type(random: &mut Random) -> (Operation, String) {
    let mut arguments = Arguments::default();
    let if_exists = random.chance(2);
    let condition = if if_exists { IfExists::Conditional } else { IfExists::Unconditional };
    let name = random.name();
    arguments.push(py(&name));
    match random.below(4) {
        0 => {
            let mut sequence = Sequence::new(name);
            sequence.options = tables::sequence_options(random, &mut arguments);
            sequence.schema = random.maybe(3, |_| "s1".to_owned());
            arguments.text("schema", sequence.schema.as_ref());
            let source = format!(
                "op.execute(sa.schema.CreateSequence(sa.Sequence({}), if_not_exists={}))",
                arguments.join(),
                crate::random::py_bool(if_exists)
            );
            (Operation::CreateSequence(Box::new(sequence), condition), source)
        }
        1 => {
            let source = format!("op.execute(sa.schema.DropSequence(sa.Sequence({})))", py(&name));
            (
                Operation::DropSequence(Box::new(Sequence::new(name)), IfExists::Unconditional),
                source,
            )
        }
        2 => {
            let source = format!("op.execute(sa.schema.CreateSchema({}))", py(&name));
            (Operation::CreateSchema(name, IfExists::Unconditional), source)
        }
        _ => {
            let cascade = random.chance(2);
            let source = format!(
                "op.execute(sa.schema.DropSchema({}, cascade={}, if_exists={}))",
                py(&name),
                crate::random::py_bool(cascade),
                crate::random::py_bool(if_exists)
            );
            (Operation::DropSchema { name, if_exists: condition, cascade }, source)
        }
    }
}
