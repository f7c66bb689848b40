//! Random batches on tables that real SQLite has and real Alembic reflects.

use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::Target;
use limbeck_schema::batch::Batch;
use limbeck_schema::batch::ReflectArgument;
use limbeck_schema::batch::TableArgument;
use limbeck_schema::batch::reflected_default;
use limbeck_schema::operation::*;
use limbeck_schema::table::*;
use limbeck_schema::types::*;

use crate::constraints;
use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_list;

pub(crate) struct Reflected {
    pub(crate) batch: Batch,
    /// The table as reflection finds it.
    pub(crate) table: Table,
    /// What makes it.
    pub(crate) setup: Vec<String>,
}

pub(crate) fn reflected(random: &mut Random) -> (Reflected, String) {
    let (table, setup) = table(random);
    let mut batch = Batch::new(&table.name);
    let mut arguments = Arguments::default();
    arguments.push(py(&table.name));
    if random.chance(2) {
        let naming = random.pick(&[crate::NAMING[0], crate::NAMING[2]]);
        let entries: Vec<_> =
            naming.iter().map(|(key, name)| format!("{}: {}", py(key), py(name))).collect();
        arguments.push(format!("naming_convention={{{}}}", entries.join(", ")));
        batch.naming_convention = Some(NamingConvention::from_entries(naming.iter().copied()));
    }
    if random.chance(6) {
        batch.table_args.push(TableArgument::Constraint(Check::text("ck_again", "a > 1").into()));
        arguments.push("table_args=(sa.CheckConstraint(\"a > 1\", name=\"ck_again\"),)");
    }
    if random.chance(5) {
        let mut column = Column::new("a", SqlType::string(7));
        let mut keywords = Arguments::default();
        keywords.push("\"a\", sa.String(7)");
        if random.chance(2) {
            column = column.references("par.no").nullable(false);
            keywords.push("sa.ForeignKey(\"par.no\")");
            keywords.push("nullable=False");
        }
        let check = Check::text("ck_given", "a != 7").into();
        batch.reflect_args.push(ReflectArgument::Column(Box::new(column)));
        batch.reflect_args.push(ReflectArgument::Constraint(Box::new(check)));
        arguments.push(format!(
            "reflect_args=[sa.Column({}), sa.CheckConstraint(\"a != 7\", name=\"ck_given\")]",
            keywords.join()
        ));
    }
    let mut source = format!("with op.batch_alter_table({}) as batch:\n", arguments.join());
    let mut columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    for _ in 0..1 + random.below(3) {
        let (operation, call) = operation(random, &table, &mut columns);
        batch.operations.push(operation);
        source += &format!("    batch.{call}\n");
    }
    (Reflected { batch, table, setup }, source)
}

/// A type as SQLite keeps it, and as SQLAlchemy reflects it.
fn kept_type(random: &mut Random) -> (SqlType, &'static str) {
    random.pick(&[
        (IntegerKind::UpperInteger.into(), "INTEGER"),
        (IntegerKind::Bigint.into(), "BIGINT"),
        (Character { length: Some(20), ..CharacterKind::Varchar.into() }.into(), "VARCHAR(20)"),
        (CharacterKind::UpperText.into(), "TEXT"),
        (Boolean { upper: true, ..Boolean::default() }.into(), "BOOLEAN"),
        (
            Numeric { precision: Some(10), scale: Some(2), ..NumericKind::UpperNumeric.into() }
                .into(),
            "NUMERIC(10, 2)",
        ),
        (TemporalKind::UpperDatetime.into(), "DATETIME"),
        (NumericKind::UpperFloat.into(), "FLOAT"),
        (BinaryKind::Blob.into(), "BLOB"),
    ])
}

fn table(random: &mut Random) -> (Table, Vec<String>) {
    let quote = |name: &str| Target::sqlite().quote(name);
    let name = random.pick(&["t", "User", "order"]);
    let mut table = Table::new(name);
    let mut lines = Vec::new();
    let has_id = random.chance(2);
    if has_id {
        let id = Column::new("id", IntegerKind::UpperInteger).primary_key().not_null();
        table.columns.push(id);
        lines.push("id INTEGER NOT NULL".to_owned());
    }
    let count = 1 + random.below(4);
    let mut names = vec!["a".to_owned()];
    // SQLAlchemy's reflection of SQLite loses constraints over names like `a"b`.
    let is_known = |name: &String| name != "a" && name != "id" && !name.contains('"');
    names.extend(random.names(count).into_iter().filter(is_known));
    for name in &names {
        let (sql_type, word) = kept_type(random);
        let mut column = Column::new(name, sql_type).nullable(true);
        let mut line = format!("{} {word}", quote(name));
        if random.chance(3) {
            let default =
                random.pick(&["'x'", "0", "12", "CURRENT_TIMESTAMP", "(1 + 2)", "1.5", "NULL"]);
            line += &format!(" DEFAULT {default}");
            let kept = default.strip_prefix('(').and_then(|inside| inside.strip_suffix(')'));
            column.server_default =
                Some(reflected_default(&Target::sqlite(), kept.unwrap_or(default)));
        }
        if random.chance(3) {
            line += " NOT NULL";
            column.nullable = Some(false);
        }
        table.columns.push(column);
        lines.push(line);
    }
    if has_id {
        let key_name = random.maybe(3, |_| "pk_own".to_owned());
        let constraint =
            key_name.as_ref().map_or(String::new(), |name| format!("CONSTRAINT {name} "));
        lines.push(format!("{constraint}PRIMARY KEY (id)"));
        let name = Name::from(key_name.as_deref());
        table.constraints.push(PrimaryKeyConstraint::new(name, ["id"]).into());
    }
    constraints(random, &mut table, &names, &mut lines);
    let mut setup = vec![
        "CREATE TABLE par (id INTEGER NOT NULL, no INTEGER, PRIMARY KEY (id))".to_owned(),
        format!("CREATE TABLE {} ({})", quote(name), lines.join(", ")),
    ];
    if random.chance(2) {
        let column = random.pick(&names);
        let unique = random.chance(3);
        let word = if unique { "UNIQUE " } else { "" };
        setup.push(format!("CREATE {word}INDEX ix_kept ON {} ({})", quote(name), quote(&column)));
        let mut index = Index::new("ix_kept", [column.as_str()]);
        index.unique = unique;
        table.indexes.push(index);
    }
    (table, setup)
}

fn constraints(random: &mut Random, table: &mut Table, names: &[String], lines: &mut Vec<String>) {
    let quote = |name: &str| Target::sqlite().quote(name);
    let named = |random: &mut Random, name: &str| {
        let name = random.maybe(2, |_| name.to_owned());
        let clause = name.as_ref().map_or(String::new(), |name| format!("CONSTRAINT {name} "));
        (Name::from(name.as_deref()), clause)
    };
    if random.chance(3) {
        let column = random.pick(names);
        let (name, clause) = named(random, "uq_own");
        lines.push(format!("{clause}UNIQUE ({})", quote(&column)));
        table.constraints.push(Unique::new(name, [column]).into());
    }
    if random.chance(3) {
        let column = random.pick(names);
        let (name, clause) = named(random, "fk_own");
        let mut key = ForeignKeyConstraint::new([column.as_str()], ["par.id"]);
        key.name = name;
        let mut line = format!("{clause}FOREIGN KEY({}) REFERENCES par (id)", quote(&column));
        if random.chance(2) {
            line += " ON DELETE CASCADE";
            key.actions.ondelete = Some("CASCADE".to_owned());
        }
        lines.push(line);
        table.constraints.push(key.into());
    }
    if random.chance(3) {
        let (name, clause) = named(random, "ck_own");
        lines.push(format!("{clause}CHECK (a > 0)"));
        table.constraints.push(Check::text(name, "a > 0").into());
    }
}

fn operation(random: &mut Random, table: &Table, columns: &mut Vec<String>) -> (Operation, String) {
    let name = table.name.clone();
    let mut arguments = Arguments::default();
    match random.below(10) {
        0..3 => {
            let column = random.pick(columns);
            let mut alter = AlterColumn::new(name, &column);
            arguments.push(py(&column));
            alter.nullable = random.maybe(2, |random| random.chance(2));
            arguments.flag("nullable", alter.nullable);
            if random.chance(2) {
                let (sql_type, source) = random.pick(&[
                    (SqlType::integer(), "sa.Integer()"),
                    (SqlType::string(5), "sa.String(5)"),
                    (SqlType::text(), "sa.Text()"),
                    (SqlType::json(), "sa.JSON()"),
                    (SqlType::date_time(false), "sa.DateTime()"),
                ]);
                alter.sql_type = Some(sql_type);
                arguments.push(format!("type_={source}"));
            }
            if random.chance(3) {
                alter.new_name = Some("renamed".to_owned());
                arguments.push("new_column_name=\"renamed\"");
            }
            if random.chance(4) {
                alter.server_default = Change::Drop;
                arguments.push("server_default=None");
            }
            (alter.into(), format!("alter_column({})", arguments.join()))
        }
        3 => {
            let column = format!("new_{}", columns.len());
            let (_, source) = (0, format!("sa.Column({}, sa.Integer())", py(&column)));
            let mut add = AddColumn::new(name, Column::new(column, SqlType::integer()));
            arguments.push(source);
            if random.chance(2) {
                add.insert_after = Some(random.pick(columns));
                arguments.text("insert_after", add.insert_after.as_ref());
            }
            (add.into(), format!("add_column({})", arguments.join()))
        }
        4 | 5 => {
            let column = random.pick(columns);
            if columns.len() > 2 {
                columns.retain(|known| *known != column);
            }
            let source = format!("drop_column({})", py(&column));
            (DropColumn { table: name, column, ..DropColumn::default() }.into(), source)
        }
        6 => {
            let chosen = constraints::some_of(random, columns);
            let index = Index::new("ix_new", chosen.iter().map(String::as_str));
            let source = format!("create_index(\"ix_new\", {})", py_list(&chosen));
            (CreateIndex { table: name, index, ..CreateIndex::default() }.into(), source)
        }
        7 => {
            let chosen = constraints::some_of(random, columns);
            let source = format!("create_unique_constraint(\"uq_new\", {})", py_list(&chosen));
            let constraint = Unique::new("uq_new", chosen).into();
            (AddConstraint { table: name, schema: None, constraint }.into(), source)
        }
        8 => {
            let constraint = random.pick(&[
                "uq_own",
                "fk_own",
                "ck_own",
                "pk_own",
                "fk_t_a_par",
                "uq_t_a",
                "pk_t",
                "pk_t_id",
            ]);
            let drop = DropConstraint {
                name: constraint.into(),
                table: name,
                kind: Some(ConstraintKind::Unique),
                ..DropConstraint::default()
            };
            (drop.into(), format!("drop_constraint({}, type_=\"unique\")", py(constraint)))
        }
        _ => {
            let drop =
                DropIndex { name: "ix_kept".into(), table: Some(name), ..DropIndex::default() };
            (drop.into(), "drop_index(\"ix_kept\")".to_owned())
        }
    }
}
