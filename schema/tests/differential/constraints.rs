//! Random constraints and indexes.

use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_list;
use limbeck_schema::Name;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::Operator;
use limbeck_schema::expr::column;
use limbeck_schema::expr::func;
use limbeck_schema::expr::null;
use limbeck_schema::expr::or;
use limbeck_schema::expr::text;
use limbeck_schema::table::*;

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

pub(crate) fn foreign_key(random: &mut Random) -> (ForeignKey, String) {
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

pub(crate) fn some_of(random: &mut Random, names: &[String]) -> Vec<String> {
    let first = random.below(names.len());
    let count = 1 + random.below(2.min(names.len() - first));
    names[first..first + count].to_vec()
}

pub(crate) fn starred(columns: &[String]) -> String {
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
