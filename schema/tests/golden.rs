//! Every directive of Alembic's golden file, on PostgreSQL, SQLite and MySQL. White space is
//! normalised, as it is in the file; `differential` compares it exactly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_enum_variant,
    reason = "a test that cannot go on has failed; clippy knows test functions, not their helpers"
)]

use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::batch::Batch;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::FromClause;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::Update;
use limbeck_schema::expr::bindparam;
use limbeck_schema::expr::func;
use limbeck_schema::expr::literal;
use limbeck_schema::expr::table;
use limbeck_schema::expr::text;
use limbeck_schema::expr::true_;
use limbeck_schema::operation::*;
use limbeck_schema::table::*;
use limbeck_schema::types::Enum;

const GOLDEN: &str = include_str!("data/ops.txt");

/// What is not an operation: transactions belong to the engine.
const ELSEWHERE: [&str; 1] = ["autocommit_block"];

fn integer(name: &str) -> Column {
    Column::new(name, SqlType::integer())
}

fn alter(change: impl FnOnce(&mut AlterColumn)) -> Operation {
    let mut alter = AlterColumn::new("t", "c");
    change(&mut alter);
    alter.into()
}

fn add(column: Column) -> AddColumn {
    AddColumn::new("t", column)
}

fn constraint(constraint: impl Into<Constraint>) -> Operation {
    AddConstraint { table: "t".to_owned(), schema: None, constraint: constraint.into() }.into()
}

fn drop_constraint(kind: Option<ConstraintKind>, if_exists: bool) -> Operation {
    DropConstraint { name: "k".into(), table: "t".to_owned(), kind, if_exists, schema: None }.into()
}

fn identity(always: bool, start: Option<i64>, cycle: Option<bool>) -> Identity {
    Identity {
        always: Some(always),
        options: SequenceOptions { start, cycle, ..SequenceOptions::default() },
    }
}

fn create_table_full() -> Operation {
    let parent = ForeignKeyConstraint {
        actions: ForeignKeyActions {
            ondelete: Some("CASCADE".to_owned()),
            ..ForeignKeyActions::default()
        },
        ..ForeignKeyConstraint::new(["p"], ["par.id"])
    };
    Table::new("t")
        .column(integer("id").primary_key())
        .column(Column::new("name", SqlType::string(50)).not_null().server_default("x"))
        .column(Column::new("b", SqlType::boolean()).server_default(true_()))
        .column(Column::new("n", SqlType::numeric(10, 2)))
        .column(
            Column::new("ts", SqlType::date_time(true))
                .server_default(func("now", [] as [Expr; 0])),
        )
        .column(integer("p"))
        .constraint(Unique::new("uq_t_name", ["name"]))
        .constraint(Check::text("ck_n", "n > 0"))
        .constraint(parent)
        .comment("tcomm")
        .into()
}

fn create_foreign_key() -> Operation {
    let mut key = ForeignKeyConstraint {
        name: "fk".into(),
        actions: ForeignKeyActions {
            onupdate: Some("CASCADE".to_owned()),
            ondelete: Some("SET NULL".to_owned()),
            match_type: Some("FULL".to_owned()),
            use_alter: false,
        },
        ..ForeignKeyConstraint::new(["a"], ["s2.o.id"])
    };
    key.options.deferrable = Some(true);
    key.options.initially = Some("DEFERRED".to_owned());
    AddConstraint { table: "t".to_owned(), schema: Some("s1".to_owned()), constraint: key.into() }
        .into()
}

fn create_index_with_options() -> Operation {
    let mut index = Index::new("ix", ["a"]);
    index.options.postgresql = PostgresqlIndex {
        using: Some("gin".to_owned()),
        include: vec!["z".to_owned()],
        predicate: Some(text("a>1")),
        operator_classes: vec![("a".to_owned(), "text_pattern_ops".to_owned())],
        concurrently: true,
        with: vec![("fillfactor".to_owned(), OptionValue::Text("50".to_owned()))],
        ..PostgresqlIndex::default()
    };
    CreateIndex { table: "t".to_owned(), index, ..CreateIndex::default() }.into()
}

fn batch_alter() -> Batch {
    let table = Table::new("t")
        .column(integer("id").primary_key())
        .column(Column::new("a", SqlType::string(10)))
        .column(integer("b"))
        .constraint(ForeignKeyConstraint {
            name: "fkb".into(),
            ..ForeignKeyConstraint::new(["b"], ["o.id"])
        })
        .index(Index::new("ixa", ["a"]));
    let change = AlterColumn {
        nullable: Some(false),
        sql_type: Some(SqlType::integer()),
        existing_type: Some(SqlType::string(10)),
        new_name: Some("aa".to_owned()),
        ..AlterColumn::new("t", "a")
    };
    let drop_key = DropConstraint {
        name: "fkb".into(),
        table: "t".to_owned(),
        kind: Some(ConstraintKind::ForeignKey),
        ..DropConstraint::default()
    };
    let drop =
        DropColumn { table: "t".to_owned(), column: "b".to_owned(), ..DropColumn::default() };
    Batch {
        copy_from: Some(table),
        operations: vec![
            change.into(),
            drop_key.into(),
            add(integer("z").server_default("1")).into(),
            drop.into(),
            constraint(Unique::new("uqz", ["z"])),
        ],
        ..Batch::new("t")
    }
}

fn rows_table() -> FromClause {
    table("t", [("id", SqlType::integer()), ("a", SqlType::string(10))])
}

fn execute(expression: Expr) -> Given {
    Operation::from(Statement::from(expression)).into()
}

enum Given {
    Operation(Operation),
    Batch(Box<Batch>),
}

impl<O: Into<Operation>> From<O> for Given {
    fn from(operation: O) -> Self {
        Given::Operation(operation.into())
    }
}

fn given(name: &str) -> Given {
    let t = || "t".to_owned();
    let drop_column = |if_exists| {
        let drop =
            DropColumn { table: t(), column: "c".to_owned(), if_exists, ..DropColumn::default() };
        Given::Operation(drop.into())
    };
    match name {
        "create_table full" => create_table_full().into(),
        "create_table index=True, col comment, enum, json" => {
            let table = Table::new("t2")
                .schema("s1")
                .column(Column::new("id", SqlType::big_integer()).primary_key())
                .column(Column::new("e", Enum::new("ee", ["a", "b"])).index().comment("cc"))
                .column(Column::new("j", SqlType::json()));
            Operation::from(table).into()
        }
        "create_table if_not_exists" => {
            let table = Table::new("t").column(integer("id"));
            CreateTable { table, if_not_exists: true }.into()
        }
        "drop_table if_exists" => {
            DropTable { table: t(), schema: Some("s1".to_owned()), if_exists: true }.into()
        }
        "rename_table" => RenameTable {
            table: "a".to_owned(),
            new_name: "b".to_owned(),
            schema: Some("s1".to_owned()),
        }
        .into(),
        "add_column plain" => add(integer("c").not_null().server_default("0")).into(),
        "add_column fk + unique + index + comment" => {
            let column = integer("c").unique().index().comment("hi");
            add(column.references(ForeignKey::new("o.id").name("fk_c"))).into()
        }
        "add_column inline_references" => {
            AddColumn { inline_references: true, ..add(integer("c").references("o.id")) }.into()
        }
        "add_column primary_key inline" => {
            AddColumn { inline_primary_key: true, ..add(integer("c").primary_key()) }.into()
        }
        "add_column if_not_exists" => AddColumn { if_not_exists: true, ..add(integer("c")) }.into(),
        "add_column Identity" => add(integer("c").identity(identity(true, Some(4), None))).into(),
        "add_column Computed" => add(integer("c").computed(text("a+1"), Some(true))).into(),
        "drop_column" => drop_column(false),
        "drop_column if_exists" => drop_column(true),
        "alter_column nullable False w/existing_type" => alter(|alter| {
            alter.nullable = Some(false);
            alter.existing_type = Some(SqlType::string(10));
        })
        .into(),
        "alter_column nullable no existing_type" => {
            alter(|alter| alter.nullable = Some(false)).into()
        }
        "alter_column type_" => alter(|alter| {
            alter.sql_type = Some(SqlType::big_integer());
            alter.existing_type = Some(SqlType::integer());
            alter.existing_nullable = Some(false);
        })
        .into(),
        "alter_column type_ + using" => alter(|alter| {
            alter.sql_type = Some(SqlType::integer());
            alter.postgresql_using = Some("c::integer".to_owned());
        })
        .into(),
        "alter_column using without type" => alter(|alter| {
            alter.nullable = Some(true);
            alter.postgresql_using = Some("c::integer".to_owned());
        })
        .into(),
        "alter_column default set" => {
            alter(|alter| alter.server_default = Change::To("5".into())).into()
        }
        "alter_column default text()" => alter(|alter| {
            alter.server_default = Change::To(text("now()").into());
            alter.existing_type = Some(SqlType::date_time(false));
        })
        .into(),
        "alter_column default drop" => alter(|alter| alter.server_default = Change::Drop).into(),
        "alter_column rename" => alter(|alter| {
            alter.new_name = Some("d".to_owned());
            alter.existing_type = Some(SqlType::integer());
        })
        .into(),
        "alter_column rename no existing_type" => {
            alter(|alter| alter.new_name = Some("d".to_owned())).into()
        }
        "alter_column everything" => alter(|alter| {
            alter.nullable = Some(true);
            alter.server_default = Change::To("1".into());
            alter.new_name = Some("d".to_owned());
            alter.sql_type = Some(SqlType::string(5));
            alter.comment = Change::To("x".to_owned());
            alter.existing_type = Some(SqlType::integer());
        })
        .into(),
        "alter_column comment None" => alter(|alter| {
            alter.comment = Change::Drop;
            alter.existing_type = Some(SqlType::integer());
            alter.existing_comment = Some("x".to_owned());
        })
        .into(),
        "alter_column identity add" => alter(|alter| {
            let new = AnyDefault::Identity(identity(true, Some(3), None));
            alter.server_default = Change::To(new);
        })
        .into(),
        "alter_column identity drop" => alter(|alter| {
            alter.server_default = Change::Drop;
            alter.existing_server_default = Some(AnyDefault::Identity(identity(false, None, None)));
        })
        .into(),
        "alter_column identity change" => alter(|alter| {
            let new = AnyDefault::Identity(identity(true, None, Some(true)));
            alter.server_default = Change::To(new);
            alter.existing_server_default = Some(AnyDefault::Identity(identity(false, None, None)));
        })
        .into(),
        "alter_column type Boolean (schema type)" => alter(|alter| {
            let boolean = limbeck_schema::types::Boolean {
                create_constraint: true,
                name: "ckb".into(),
                ..Default::default()
            };
            alter.sql_type = Some(boolean.into());
            alter.existing_type = Some(SqlType::integer());
        })
        .into(),
        "create_index" => {
            let lower = IndexElement::from(text("lower(b)"));
            let index = Index::new("ix", ["a".into(), lower]).unique();
            CreateIndex { table: t(), index, if_not_exists: true, schema: None }.into()
        }
        "create_index pg opts" => create_index_with_options().into(),
        "drop_index" => DropIndex {
            name: "ix".into(),
            table: Some(t()),
            if_exists: true,
            ..DropIndex::default()
        }
        .into(),
        "drop_index concurrently" => DropIndex {
            name: "ix".into(),
            table: Some(t()),
            postgresql_concurrently: true,
            ..DropIndex::default()
        }
        .into(),
        "create_unique_constraint" => {
            let mut unique = Unique::new("uq", ["a", "b"]);
            unique.options.deferrable = Some(true);
            unique.options.initially = Some("DEFERRED".to_owned());
            constraint(unique).into()
        }
        "create_primary_key" => constraint(PrimaryKeyConstraint::new("pk", ["a"])).into(),
        "create_check_constraint" => constraint(Check::text("ck", "a > 5")).into(),
        "create_check_constraint not_valid" => {
            let mut check = Check::text("ck", "a>5");
            check.options.postgresql_not_valid = true;
            constraint(check).into()
        }
        "create_foreign_key" => create_foreign_key().into(),
        "create_foreign_key name None" => {
            constraint(ForeignKeyConstraint::new(["a"], ["o.id"])).into()
        }
        "create_exclude_constraint" => constraint(Exclude {
            name: "ex".into(),
            elements: vec![("p".into(), "&&".to_owned()), ("q".into(), "=".to_owned())],
            using: "gist".to_owned(),
            predicate: Some(text("a>1")),
            operator_classes: Vec::new(),
            options: ConstraintOptions::default(),
        })
        .into(),
        "drop_constraint type_=foreignkey" => {
            drop_constraint(Some(ConstraintKind::ForeignKey), false).into()
        }
        "drop_constraint type_=unique" => {
            drop_constraint(Some(ConstraintKind::Unique), false).into()
        }
        "drop_constraint type_=primary" => {
            drop_constraint(Some(ConstraintKind::PrimaryKey), false).into()
        }
        "drop_constraint type_=check" => drop_constraint(Some(ConstraintKind::Check), false).into(),
        "drop_constraint type_=None" => drop_constraint(None, false).into(),
        "drop_constraint if_exists" => drop_constraint(None, true).into(),
        "create_table_comment" => {
            let comment = Some("it's".to_owned());
            CreateTableComment { table: t(), schema: None, comment }.into()
        }
        "drop_table_comment" => DropTableComment { table: t(), schema: None }.into(),
        "execute str" => execute(text(r"select 1 -- :x \:y %")),
        "execute bind" => {
            let ExprKind::Text(clause) = text("update t set a=:x").kind().clone() else {
                panic!("a text is a text")
            };
            let clause = clause.with_bind(bindparam("x").value("q'uo")).unwrap();
            execute(Expr::new(ExprKind::Text(clause)))
        }
        "execute update inline_literal" => {
            let rows = rows_table();
            let update = Update::new(&rows)
                .filter(rows.c("a").eq("x"))
                .values([("a", literal("y'z", None))]);
            Operation::from(Statement::from(update)).into()
        }
        "bulk_insert" => BulkInsert {
            table: rows_table(),
            rows: vec![
                vec![("id".to_owned(), 1.into()), ("a".to_owned(), "it's".into())],
                vec![("id".to_owned(), 2.into()), ("a".to_owned(), SqlValue::Null)],
            ],
        }
        .into(),
        "naming op.f" => constraint(Check::text(Name::conv("ck_conv"), "a>5")).into(),
        "batch add_column only" => Given::Batch(Box::new(Batch {
            operations: vec![add(integer("x")).into()],
            ..Batch::new("t")
        })),
        "batch alter (copy_from)" => Given::Batch(Box::new(batch_alter())),
        "batch no copy_from" => {
            let drop = DropColumn { table: t(), column: "x".to_owned(), ..DropColumn::default() };
            Given::Batch(Box::new(Batch { operations: vec![drop.into()], ..Batch::new("t") }))
        }
        other => panic!("nothing stands for '{other}'"),
    }
}

/// One line of the file: statements, then perhaps an error, then perhaps warnings.
fn written(name: &str, target: Target) -> String {
    let mut context = OperationContext::new(target);
    let result = match given(name) {
        Given::Operation(operation) => context.compile(&operation),
        Given::Batch(batch) => batch.compile(&mut context, None),
    };
    let mut line = match result {
        Ok(statements) => {
            // As Alembic's `--sql` prints them.
            let offline = |sql: &str| format!("{}; ", sql.replace('\t', "    ").trim());
            statements.iter().map(|statement| offline(&statement.sql)).collect::<String>()
        }
        Err(error) => format!("!! {error}"),
    };
    for warning in context.take_warnings() {
        line += &format!(" WARN[{warning}]");
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the file says, as far as it can be known before the first statement: of an error only
/// itself, without the class, and of what Python prints with addresses only the end.
fn expected(line: &str) -> String {
    let text = match line.split_once("!! ") {
        None => line.to_owned(),
        Some((_, error)) => {
            let message = error.split_once(": ").map_or(error, |(_, message)| message);
            if message.contains("can't render element of type") {
                let element = message.split("<class ").nth(1).unwrap_or_default();
                let class = element.split('>').next().unwrap_or_default();
                format!("!! Compiler of sqlite can't render element of type <class {class}>")
            } else {
                format!("!! {message}")
            }
        }
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_directive_reads_as_alembics() {
    let mut name = "";
    let mut compared = 0;
    let mut different = Vec::new();
    for line in GOLDEN.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            name = title;
            continue;
        }
        if ELSEWHERE.contains(&name) {
            continue;
        }
        let (dialect, text) = line.trim_start().split_once(':').unwrap();
        let target = match dialect {
            "postgresql" => Target::postgresql(),
            "sqlite" => Target::sqlite(),
            "mysql" => Target::mysql(),
            other => panic!("{other}"),
        };
        let (ours, theirs) = (written(name, target), expected(text));
        compared += 1;
        if ours != theirs {
            different.push(format!("{name} on {dialect}\n  ours:   {ours}\n  theirs: {theirs}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(compared > 130, "{compared}");
}
