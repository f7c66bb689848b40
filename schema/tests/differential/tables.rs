//! Random columns and tables.

use crate::constraints::constraint;
use crate::constraints::foreign_key;
use crate::constraints::some_of;
use crate::constraints::starred;
use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_bool;
use crate::types::any_type;
use limbeck_schema::SqlType;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::false_;
use limbeck_schema::expr::func;
use limbeck_schema::expr::text;
use limbeck_schema::expr::true_;
use limbeck_schema::table::*;

/// A default and its source.
pub(crate) fn server_default(random: &mut Random) -> (ServerDefault, String) {
    let expression = |expression: Expr| ServerDefault::Expression(expression);
    match random.below(8) {
        0..3 => {
            let text = random.text();
            (ServerDefault::Literal(text.clone()), py(&text))
        }
        3 => (expression(func("now", [] as [Expr; 0])), "sa.func.now()".to_owned()),
        4 => (expression(true_()), "sa.true()".to_owned()),
        5 => (expression(false_()), "sa.false()".to_owned()),
        _ => {
            let text = random.pick(&[
                "now()",
                "CURRENT_TIMESTAMP",
                "'x'",
                "0",
                "(1 + 2)",
                "uuid_generate_v4()",
                "CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
                "CURRENT_TIMESTAMP(6)",
                "now(3)",
                "-1",
                " 'y'",
                "nextval('s')",
            ]);
            (ServerDefault::text(text), format!("sa.text({})", py(text)))
        }
    }
}

pub(crate) fn sequence_options(random: &mut Random, arguments: &mut Arguments) -> SequenceOptions {
    let mut number = |name: &str| {
        let value = random.maybe(3, |random| i64::try_from(random.below(100)).unwrap() - 5);
        arguments.number(name, value);
        value
    };
    let (start, increment, minvalue, maxvalue, cache) = (
        number("start"),
        number("increment"),
        number("minvalue"),
        number("maxvalue"),
        number("cache"),
    );
    let mut flag = |name: &str| {
        let value = random.maybe(4, |random| random.chance(2));
        arguments.flag(name, value);
        value
    };
    let (nominvalue, nomaxvalue, cycle) = (flag("nominvalue"), flag("nomaxvalue"), flag("cycle"));
    SequenceOptions { start, increment, minvalue, maxvalue, nominvalue, nomaxvalue, cycle, cache }
}

pub(crate) fn identity(random: &mut Random) -> (Identity, String) {
    let mut arguments = Arguments::default();
    let always = random.maybe(2, |random| random.chance(2));
    arguments.flag("always", always);
    let always = always.or(Some(false));
    let options = sequence_options(random, &mut arguments);
    (Identity { always, options }, format!("sa.Identity({})", arguments.join()))
}

pub(crate) fn computed(random: &mut Random) -> (Computed, String) {
    let text = random.pick(&["a + 1", "lower(name)"]);
    let persisted = random.maybe(2, |random| random.chance(2));
    let mut arguments = Arguments::default();
    arguments.push(py(text));
    arguments.flag("persisted", persisted);
    (
        Computed { expression: limbeck_schema::expr::text(text), persisted },
        format!("sa.Computed({})", arguments.join()),
    )
}

pub(crate) fn random_column(random: &mut Random, name: &str) -> (Column, String) {
    let (sql_type, type_source) = any_type(random);
    let mut column = Column::new(name, sql_type);
    let mut arguments = Arguments::default();
    arguments.push(py(name));
    arguments.push(type_source);
    if random.chance(6) {
        let (key, source) = foreign_key(random);
        column.foreign_keys.push(key);
        arguments.push(source);
    }
    let generated = random.below(24);
    match generated {
        0 => {
            let (identity, source) = identity(random);
            column.identity = Some(identity);
            arguments.push(source);
        }
        1 => {
            let (computed, source) = computed(random);
            column.computed = Some(computed);
            arguments.push(source);
        }
        2 => {
            column.default = ColumnDefault::Sequence(Box::new(Sequence::new("seq")));
            arguments.push("sa.Sequence(\"seq\")");
        }
        _ => {}
    }
    if random.chance(12) {
        column.checks.push(Check::text("ck_inline", "a > 0"));
        arguments.push("sa.CheckConstraint(\"a > 0\", name=\"ck_inline\")");
    }
    if (generated > 1 && random.chance(3)) || random.chance(60) {
        let (default, source) = server_default(random);
        column.server_default = Some(default);
        arguments.push(format!("server_default={source}"));
    }
    column.nullable = random.maybe(2, |random| random.chance(3));
    arguments.flag("nullable", column.nullable);
    if random.chance(6) {
        column.unique = true;
        arguments.push("unique=True");
    }
    if random.chance(6) {
        column.index = true;
        arguments.push("index=True");
    }
    column.comment = random.maybe(6, Random::text);
    arguments.text("comment", column.comment.as_ref());
    match random.below(16) {
        0 => {
            column.autoincrement = Autoincrement::Yes;
            arguments.push("autoincrement=True");
        }
        1 => {
            column.autoincrement = Autoincrement::No;
            arguments.push("autoincrement=False");
        }
        2 => {
            column.autoincrement = Autoincrement::IgnoreFk;
            arguments.push("autoincrement=\"ignore_fk\"");
        }
        3 => {
            column.default = match column.default {
                ColumnDefault::None => {
                    arguments.push("default=5");
                    ColumnDefault::Scalar(text("5"))
                }
                other => other,
            };
        }
        4 => {
            column.sqlite.on_conflict_not_null = Some("FAIL".to_owned());
            column.sqlite.on_conflict_unique = Some("IGNORE".to_owned());
            arguments.push("sqlite_on_conflict_not_null=\"FAIL\"");
            arguments.push("sqlite_on_conflict_unique=\"IGNORE\"");
        }
        _ => {}
    }
    if random.chance(6) {
        column.primary_key = true;
        arguments.push("primary_key=True");
    }
    (column, format!("sa.Column({})", arguments.join()))
}

/// A primary key of the commonest kind.
fn id_column(random: &mut Random) -> (Column, String) {
    let (sql_type, source) = random.pick(&[
        (SqlType::integer(), "sa.Integer()"),
        (SqlType::big_integer(), "sa.BigInteger()"),
        (SqlType::small_integer(), "sa.SmallInteger()"),
        (SqlType::uuid(), "sa.Uuid()"),
    ]);
    (
        Column::new("pk", sql_type).primary_key(),
        format!("sa.Column(\"pk\", {source}, primary_key=True)"),
    )
}

/// Keyword arguments of a table.
pub(crate) fn table_options(random: &mut Random, arguments: &mut Arguments) -> TableOptions {
    let mut options = TableOptions::default();
    if random.chance(4) {
        let postgresql = &mut options.postgresql;
        match random.below(6) {
            0 => {
                postgresql.inherits = vec!["base".to_owned(), "Other".to_owned()];
                arguments.push("postgresql_inherits=[\"base\", \"Other\"]");
            }
            1 => {
                postgresql.partition_by = Some("RANGE (a)".to_owned());
                arguments.push("postgresql_partition_by=\"RANGE (a)\"");
            }
            2 => {
                postgresql.with = vec![
                    ("fillfactor".to_owned(), OptionValue::Text("50".to_owned())),
                    ("autovacuum_enabled".to_owned(), OptionValue::Bool(true)),
                ];
                arguments
                    .push("postgresql_with={\"fillfactor\": 50, \"autovacuum_enabled\": True}");
            }
            3 => {
                postgresql.with_oids = Some(false);
                postgresql.using = Some("heap".to_owned());
                arguments.push("postgresql_with_oids=False");
                arguments.push("postgresql_using=\"heap\"");
            }
            4 => {
                postgresql.on_commit = Some("preserve_rows".to_owned());
                arguments.push("postgresql_on_commit=\"preserve_rows\"");
            }
            _ => {
                postgresql.tablespace = Some("Space".to_owned());
                arguments.push("postgresql_tablespace=\"Space\"");
            }
        }
    }
    if random.chance(3) {
        let all = [
            ("engine", "InnoDB"),
            ("charset", "utf8mb4"),
            ("collate", "utf8mb4_bin"),
            ("default_charset", "latin1"),
            ("row_format", "DYNAMIC"),
            ("auto_increment", "5"),
            ("tablespace", "ts"),
            ("data_directory", "/x"),
            ("connection", "it's"),
            ("partition_by", "HASH(a)"),
            ("partitions", "4"),
        ];
        for prefix in ["mysql", "mariadb"] {
            let mut given = Vec::new();
            for (name, value) in all {
                if random.chance(4) {
                    given
                        .insert(random.below(given.len() + 1), (name.to_owned(), value.to_owned()));
                }
            }
            for (name, value) in &given {
                arguments.push(format!("{prefix}_{name}={}", py(value)));
            }
            if prefix == "mysql" {
                options.mysql = given;
            } else {
                options.mariadb = given;
            }
        }
    }
    let mut flag = |name: &str, given: bool| {
        let value = random.chance(5);
        if value {
            arguments.push(format!("{name}={}", py_bool(given)));
        }
        value
    };
    options.sqlite.autoincrement = flag("sqlite_autoincrement", true).then_some(true);
    options.sqlite.with_rowid = flag("sqlite_with_rowid", false).then_some(false);
    options.sqlite.strict = flag("sqlite_strict", true).then_some(true);
    options
}

/// A table; `items` are its columns and constraints as source, `keywords` its keyword arguments.
pub(crate) struct RandomTable {
    pub(crate) table: Table,
    pub(crate) items: Vec<String>,
    pub(crate) keywords: Arguments,
}

pub(crate) fn table(random: &mut Random, name: &str, schema: Option<&String>) -> RandomTable {
    let mut items = Vec::new();
    let mut keywords = Arguments::default();
    let mut table = Table::new(name);
    table.schema = schema.cloned();
    keywords.text("schema", schema);
    if random.chance(2) {
        let (column, source) = id_column(random);
        table.columns.push(column);
        items.push(source);
    }
    let count = 1 + random.below(4);
    let mut names = random.names(count);
    for name in &names {
        let (column, source) = random_column(random, name);
        table.columns.push(column);
        items.push(source);
    }
    names
        .extend(table.columns.iter().filter(|column| column.name == "pk").map(|_| "pk".to_owned()));
    for _ in 0..random.below(3) {
        let (constraint, source) = constraint(random, &names);
        table.constraints.push(constraint);
        items.push(source);
    }
    if random.chance(5) {
        let columns = some_of(random, &names);
        let unique = random.chance(2);
        let mut index = Index::new("ix_own", columns.iter().map(String::as_str));
        index.unique = unique;
        table.indexes.push(index);
        items.push(format!(
            "sa.Index(\"ix_own\", {}, unique={})",
            starred(&columns),
            py_bool(unique)
        ));
    }
    table.comment = random.maybe(4, Random::text);
    keywords.text("comment", table.comment.as_ref());
    if random.chance(8) {
        table.prefixes = vec!["TEMPORARY".to_owned()];
        keywords.push("prefixes=[\"TEMPORARY\"]");
    }
    table.options = table_options(random, &mut keywords);
    RandomTable { table, items, keywords }
}
