//! Random columns, constraints and indexes.

use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::column;
use limbeck_schema::expr::false_;
use limbeck_schema::expr::func;
use limbeck_schema::expr::null;
use limbeck_schema::expr::or;
use limbeck_schema::expr::text;
use limbeck_schema::expr::true_;
use limbeck_schema::table::*;

use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_bool;
use crate::random::py_list;
use crate::types::any_type;

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

/// Actions and deferral, for foreign keys in both forms.
pub(crate) fn actions(
    random: &mut Random,
    arguments: &mut Arguments,
) -> (ForeignKeyActions, ConstraintOptions) {
    let words = ["CASCADE", "SET NULL", "RESTRICT", "no action", "bad;phrase"];
    let actions = ForeignKeyActions {
        ondelete: random.maybe(2, |random| {
            let last = if random.chance(10) { 5 } else { 4 };
            words[random.below(last)].to_owned()
        }),
        onupdate: random.maybe(4, |random| words[random.below(4)].to_owned()),
        match_type: random.maybe(12, |_| "FULL".to_owned()),
        use_alter: false,
    };
    arguments.text("ondelete", actions.ondelete.as_ref());
    arguments.text("onupdate", actions.onupdate.as_ref());
    arguments.text("match", actions.match_type.as_ref());
    let mut options = deferral(random, arguments);
    options.postgresql_not_valid = random.chance(8);
    if options.postgresql_not_valid {
        arguments.push("postgresql_not_valid=True");
    }
    (actions, options)
}

pub(crate) fn deferral(random: &mut Random, arguments: &mut Arguments) -> ConstraintOptions {
    let options = ConstraintOptions {
        deferrable: random.maybe(6, |random| random.chance(2)),
        initially: random.maybe(6, |_| "DEFERRED".to_owned()),
        ..ConstraintOptions::default()
    };
    arguments.flag("deferrable", options.deferrable);
    arguments.text("initially", options.initially.as_ref());
    options
}

/// The name of a constraint: none, given, or final; now and then too long.
pub(crate) fn constraint_name(random: &mut Random) -> (Name, Option<String>) {
    let long = "n".repeat(40) + "_and_" + &"m".repeat(35);
    let name = match random.below(20) {
        0 => long,
        1 => "Mixed Name".to_owned(),
        _ => random.pick(&["con_1", "con_2", "fk_x", "uq_y"]).to_owned(),
    };
    match random.below(5) {
        0 | 1 => (Name::None, None),
        2 | 3 => (Name::Given(name.clone()), Some(py(&name))),
        _ => (Name::Final(name.clone()), Some(format!("op.f({})", py(&name)))),
    }
}

fn foreign_key(random: &mut Random) -> (ForeignKey, String) {
    let target = random.pick(&["par.id", "s1.par.id", "User.x y", "t.id"]);
    let mut arguments = Arguments::default();
    arguments.push(py(target));
    let mut key = ForeignKey::new(target);
    let (name, source) = constraint_name(random);
    key.name = name;
    if let Some(source) = source {
        arguments.push(format!("name={source}"));
    }
    (key.actions, key.options) = actions(random, &mut arguments);
    if random.chance(10) {
        key.actions.use_alter = true;
        arguments.push("use_alter=True");
    }
    (key, format!("sa.ForeignKey({})", arguments.join()))
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

pub(crate) fn some_of(random: &mut Random, names: &[String]) -> Vec<String> {
    let first = random.below(names.len());
    let count = 1 + random.below(2.min(names.len() - first));
    names[first..first + count].to_vec()
}

fn starred(columns: &[String]) -> String {
    columns.iter().map(|column| py(column)).collect::<Vec<_>>().join(", ")
}

/// A constraint over these columns. Names are mostly there, so that batch mode can drop them.
pub(crate) fn constraint(random: &mut Random, columns: &[String]) -> (Constraint, String) {
    let chosen = some_of(random, columns);
    let (name, name_source) = constraint_name(random);
    let mut arguments = Arguments::default();
    if let Some(source) = name_source {
        arguments.push(format!("name={source}"));
    }
    let on_conflict = |random: &mut Random, arguments: &mut Arguments| {
        let on_conflict = random.maybe(8, |_| "ROLLBACK".to_owned());
        arguments.text("sqlite_on_conflict", on_conflict.as_ref());
        on_conflict
    };
    match random.below(5) {
        0 => {
            let mut options = deferral(random, &mut arguments);
            options.sqlite_on_conflict = on_conflict(random, &mut arguments);
            options.mysql_using = random.maybe(8, |_| "BTREE".to_owned());
            arguments.text("mysql_using", options.mysql_using.as_ref());
            let key = PrimaryKeyConstraint { name, columns: chosen.clone(), options };
            let source =
                format!("sa.PrimaryKeyConstraint({}, {})", starred(&chosen), arguments.join());
            (key.into(), source)
        }
        1 => {
            let mut options = deferral(random, &mut arguments);
            options.sqlite_on_conflict = on_conflict(random, &mut arguments);
            options.postgresql_nulls_not_distinct = random.maybe(6, |random| random.chance(2));
            arguments.flag("postgresql_nulls_not_distinct", options.postgresql_nulls_not_distinct);
            if random.chance(8) {
                options.postgresql_include = vec![columns[0].clone()];
                arguments.push(format!("postgresql_include=[{}]", py(&columns[0])));
            }
            let source = format!("sa.UniqueConstraint({}, {})", starred(&chosen), arguments.join());
            (Unique { name, columns: chosen, options, column_flag: false }.into(), source)
        }
        2 | 3 => {
            let (actions, options) = actions(random, &mut arguments);
            let table = random.pick(&["par", "s1.par", "User"]);
            let remote: Vec<String> =
                (0..chosen.len()).map(|at| format!("{table}.r{at}")).collect();
            let mut key =
                ForeignKeyConstraint::new(chosen.clone(), remote.iter().map(String::as_str));
            (key.name, key.actions, key.options) = (name, actions, options);
            let source = format!(
                "sa.ForeignKeyConstraint({}, {}, {})",
                py_list(&chosen),
                py_list(&remote),
                arguments.join()
            );
            (key.into(), source)
        }
        _ => {
            let (condition, condition_source) = check_condition(random, columns);
            let mut check = Check::new(name, condition);
            check.options = deferral(random, &mut arguments);
            check.options.sqlite_on_conflict = on_conflict(random, &mut arguments);
            check.options.postgresql_not_valid = random.chance(8);
            if check.options.postgresql_not_valid {
                arguments.push("postgresql_not_valid=True");
            }
            let source = format!("sa.CheckConstraint({condition_source}, {})", arguments.join());
            (check.into(), source)
        }
    }
}

/// A condition, as text or built from columns.
pub(crate) fn check_condition(random: &mut Random, columns: &[String]) -> (Expr, String) {
    let name = random.pick(columns);
    let source = format!("sa.column({})", py(&name));
    match random.below(6) {
        0 => (column(&name).gt(5), format!("{source} > 5")),
        1 => (column(&name).in_(["a", "it's"]), format!("{source}.in_([\"a\", \"it's\"])")),
        2 => (
            or([column(&name).is_(null()), func("length", [column(&name)]).lt(3)]),
            format!("sa.or_({source}.is_(None), sa.func.length({source}) < 3)"),
        ),
        3 => {
            let condition = "x IN ('a', 'b')";
            (text(condition), py(condition))
        }
        _ => (text("a > 5"), py("a > 5")),
    }
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
    options.sqlite.autoincrement = flag("sqlite_autoincrement", true);
    options.sqlite.without_rowid = flag("sqlite_with_rowid", false);
    options.sqlite.strict = flag("sqlite_strict", true);
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

/// The elements and options of an index, and the source of both.
pub(crate) fn index(random: &mut Random, columns: &[String]) -> (Index, String, Arguments) {
    let mut index = Index::default();
    let mut elements = Vec::new();
    for column in some_of(random, columns) {
        elements.push(py(&column));
        index.elements.push(IndexElement::Column(column));
    }
    if random.chance(3) {
        index.elements.push(text("lower(name)").into());
        elements.push("sa.text(\"lower(name)\")".to_owned());
    }
    if random.chance(4) {
        let name = &columns[0];
        let source = format!("sa.column({})", py(name));
        let (element, source) = match random.below(4) {
            0 => (column(name).desc(), format!("{source}.desc()")),
            1 => (func("lower", [column(name)]), format!("sa.func.lower({source})")),
            2 => (column(name).operate(Operator::Add, 1), format!("{source} + 1")),
            _ => (column(name).desc().nulls_last(), format!("{source}.desc().nulls_last()")),
        };
        index.elements.push(element.into());
        elements.push(source);
    }
    let mut arguments = Arguments::default();
    index.unique = random.chance(3);
    arguments.flag("unique", Some(index.unique));
    if random.chance(3) {
        let options = &mut index.options.postgresql;
        options.using =
            random.maybe(2, |random| random.pick(&["gin", "GIST", "b-tree"]).to_owned());
        arguments.text("postgresql_using", options.using.as_ref());
        options.concurrently = random.chance(3);
        if options.concurrently {
            arguments.push("postgresql_concurrently=True");
        }
        if random.chance(3) {
            options.include = vec!["z".to_owned(), "Z z".to_owned()];
            arguments.push("postgresql_include=[\"z\", \"Z z\"]");
        }
        if random.chance(3) {
            options.predicate = Some(text("a > 1"));
            arguments.push("postgresql_where=sa.text(\"a > 1\")");
        }
        if random.chance(3) {
            options.operator_classes = vec![
                (columns[0].clone(), "text_pattern_ops".to_owned()),
                ("lower(name)".to_owned(), "varchar_ops".to_owned()),
            ];
            arguments.push(format!(
                "postgresql_ops={{{}: \"text_pattern_ops\", \"lower(name)\": \"varchar_ops\"}}",
                py(&columns[0])
            ));
        }
        if random.chance(3) {
            options.with = vec![("fillfactor".to_owned(), OptionValue::Text("50".to_owned()))];
            arguments.push("postgresql_with={\"fillfactor\": 50}");
        }
        options.tablespace = random.maybe(4, |_| "ts".to_owned());
        arguments.text("postgresql_tablespace", options.tablespace.as_ref());
        options.nulls_not_distinct = random.maybe(4, |random| random.chance(2));
        arguments.flag("postgresql_nulls_not_distinct", options.nulls_not_distinct);
    }
    if random.chance(4) {
        index.options.sqlite_where = Some(text("a > 2"));
        arguments.push("sqlite_where=sa.text(\"a > 2\")");
    }
    if random.chance(4) {
        let options = &mut index.options.mysql;
        options.prefix = random.maybe(3, |_| "FULLTEXT".to_owned());
        arguments.text("mysql_prefix", options.prefix.as_ref());
        options.using = random.maybe(3, |_| "hash".to_owned());
        arguments.text("mysql_using", options.using.as_ref());
        options.with_parser = random.maybe(3, |_| "ngram".to_owned());
        arguments.text("mysql_with_parser", options.with_parser.as_ref());
        let is_plain = index.elements.iter().all(|element| element.column().is_some());
        match random.below(3) {
            0 => {
                options.length = Some(MysqlIndexLength::All(10));
                arguments.push("mysql_length=10");
            }
            1 if is_plain => {
                options.length = Some(MysqlIndexLength::Columns(vec![(columns[0].clone(), 7)]));
                arguments.push(format!("mysql_length={{{}: 7}}", py(&columns[0])));
            }
            _ => {}
        }
    }
    (index, format!("[{}]", elements.join(", ")), arguments)
}
