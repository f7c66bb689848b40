//! What an `Inspector` found, as dictionaries and lists of Python.

use limbeck_schema::Dialect;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::migration;
use super::reflect::Facts;
use super::reflect::ReflectedCheck;
use super::reflect::ReflectedIndex;
use super::reflect::Reflection;
use super::type_object;

pub(super) fn optional(text: Option<String>) -> Value {
    text.map_or(Value::None, Value::from)
}

pub(super) fn strings(items: Vec<String>) -> Value {
    Value::list(items.into_iter().map(Value::from).collect())
}

pub(super) fn shown<T>(
    interp: &mut Interpreter,
    items: Vec<T>,
    show: fn(T, Dialect) -> Value,
) -> Result<Value> {
    let dialect = migration::target(interp)?.dialect();
    Ok(Value::list(items.into_iter().map(|item| show(item, dialect)).collect()))
}

pub(super) fn primary_key(table: Reflection) -> Value {
    let mut items =
        vec![("constrained_columns", strings(table.key)), ("name", optional(table.key_name))];
    if let Some(facts) = table.key_facts {
        items.push(("comment", optional(facts.comment.clone())));
        items.extend(options_of(Dialect::Postgresql, facts, false));
    }
    Value::dict(items)
}

pub(super) fn columns(interp: &mut Interpreter, table: Reflection) -> Result<Value> {
    let is_sqlite = migration::target(interp)?.dialect() == Dialect::Sqlite;
    let mut made = Vec::new();
    for column in table.columns {
        let place = table.key.iter().position(|name| *name == column.name);
        let sql_type = type_object::value(interp, &column.sql_type)?;
        let mut items = vec![
            ("name", Value::from(column.name)),
            ("type", sql_type),
            ("nullable", Value::Bool(column.nullable)),
            ("default", optional(column.default)),
        ];
        if is_sqlite {
            items.push(("primary_key", Value::size(place.map_or(0, |place| place + 1))));
        } else {
            if let Some(counts) = column.autoincrement {
                items.push(("autoincrement", Value::Bool(counts)));
            }
            items.push(("comment", optional(column.comment)));
        }
        if let Some((sql, persisted)) = column.computed {
            let mut computed = vec![("sqltext", Value::from(sql))];
            computed.extend(persisted.map(|stored| ("persisted", Value::Bool(stored))));
            items.push(("computed", Value::dict(computed)));
        }
        if let Some(identity) = column.identity {
            let number = |value: Option<i64>| value.map_or(Value::None, Value::Int);
            let options = identity.options;
            items.push((
                "identity",
                Value::dict([
                    ("always", Value::Bool(identity.always == Some(true))),
                    ("start", number(options.start)),
                    ("increment", number(options.increment)),
                    ("minvalue", number(options.minvalue)),
                    ("maxvalue", number(options.maxvalue)),
                    ("cache", number(options.cache)),
                    ("cycle", Value::Bool(options.cycle == Some(true))),
                ]),
            ));
        }
        made.push(Value::dict(items));
    }
    Ok(Value::list(made))
}

pub(super) fn foreign_keys(table: Reflection, dialect: Dialect) -> Value {
    let items = table.foreign_keys.into_iter().map(|key| {
        let mut options = Vec::new();
        for (name, value) in
            [("onupdate", key.onupdate), ("ondelete", key.ondelete), ("initially", key.initially)]
        {
            if let Some(value) = value {
                options.push((name, Value::from(value)));
            }
        }
        if let Some(deferrable) = key.deferrable {
            options.push(("deferrable", Value::Bool(deferrable)));
        }
        if let Some(matching) = key.matching {
            options.push(("match", Value::from(matching)));
        }
        let mut items = vec![
            ("name", optional(key.name)),
            ("constrained_columns", strings(key.columns)),
            ("referred_schema", optional(key.schema)),
            ("referred_table", Value::from(key.table)),
            ("referred_columns", strings(key.targets)),
            ("options", Value::dict(options)),
        ];
        if dialect == Dialect::Postgresql {
            items.push(("comment", optional(key.comment)));
        }
        Value::dict(items)
    });
    Value::list(items.collect())
}

/// `dialect_options`, where there are any.
fn options_of(dialect: Dialect, facts: Facts, is_index: bool) -> Option<(&'static str, Value)> {
    let mut items: Vec<(&'static str, Value)> = Vec::new();
    if dialect == Dialect::Mysql {
        if let Some(prefix) = facts.prefix {
            items.push(("mysql_prefix", Value::from(prefix)));
        }
        if let Some(parser) = facts.with_parser {
            items.push(("mysql_with_parser", Value::from(parser)));
        }
        if !facts.lengths.is_empty() {
            let lengths = facts.lengths.into_iter();
            let lengths = lengths.map(|(name, length)| (name, Value::Int(i64::from(length))));
            items.push(("mysql_length", Value::dict(lengths)));
        }
        return (!items.is_empty()).then(|| ("dialect_options", Value::dict(items)));
    }
    let texts = |pairs: Vec<(String, String)>| {
        Value::dict(pairs.into_iter().map(|(name, value)| (name, Value::from(value))))
    };
    if !facts.operator_classes.is_empty() {
        items.push(("postgresql_ops", texts(facts.operator_classes)));
    }
    if !facts.with.is_empty() {
        items.push(("postgresql_with", texts(facts.with)));
    }
    if let Some(using) = facts.using {
        items.push(("postgresql_using", Value::from(using)));
    }
    if let Some(predicate) = facts.predicate {
        let name = if dialect == Dialect::Sqlite { "sqlite_where" } else { "postgresql_where" };
        items.push((name, Value::from(predicate)));
    }
    if let Some(include) = facts.include {
        items.push(("postgresql_include", strings(include)));
    }
    if let Some(value) = facts.nulls_not_distinct {
        items.push(("postgresql_nulls_not_distinct", Value::Bool(value)));
    }
    if facts.is_invalid {
        items.push(("postgresql_invalid", Value::Bool(true)));
    }
    // SQLite's are there for indexes even where they are empty.
    let is_shown = !items.is_empty() || (dialect == Dialect::Sqlite && is_index);
    is_shown.then(|| ("dialect_options", Value::dict(items)))
}

pub(super) fn unique_constraint(unique: ReflectedIndex, dialect: Dialect) -> Value {
    let mut items = vec![
        ("name", optional(unique.name.clone())),
        ("column_names", strings(unique.columns.into_iter().flatten().collect())),
    ];
    match dialect {
        Dialect::Postgresql => {
            items.push(("comment", optional(unique.comment)));
            items.extend(options_of(dialect, unique.facts, false));
        }
        Dialect::Mysql => items.push(("duplicates_index", optional(unique.name))),
        Dialect::Sqlite => {}
    }
    Value::dict(items)
}

pub(super) fn check_constraint(check: ReflectedCheck, dialect: Dialect) -> Value {
    let mut items = vec![("sqltext", Value::from(check.sql)), ("name", optional(check.name))];
    if dialect == Dialect::Postgresql {
        items.push(("comment", optional(check.comment)));
        let mut options = Vec::new();
        for (name, value) in [("not_valid", check.not_valid), ("no_inherit", check.no_inherit)] {
            if value {
                options.push((name, Value::Bool(true)));
            }
        }
        if !options.is_empty() {
            items.push(("dialect_options", Value::dict(options)));
        }
    }
    Value::dict(items)
}

pub(super) fn index(index: ReflectedIndex, dialect: Dialect) -> Value {
    let has_expressions = index.columns.iter().any(Option::is_none);
    let columns = index.columns.into_iter().map(optional).collect();
    let mut items = vec![
        ("name", optional(index.name.clone())),
        ("unique", Value::Bool(index.unique)),
        ("column_names", Value::list(columns)),
    ];
    let mut facts = index.facts;
    if has_expressions {
        items.push(("expressions", strings(std::mem::take(&mut facts.elements))));
    }
    if !facts.sorting.is_empty() {
        let sorting = std::mem::take(&mut facts.sorting)
            .into_iter()
            .map(|(name, words)| (name, Value::tuple(words.into_iter().map(Value::str).collect())));
        items.push(("column_sorting", Value::dict(sorting)));
    }
    if index.duplicates {
        items.push(("duplicates_constraint", optional(index.name)));
    }
    items.extend(options_of(dialect, facts, true));
    Value::dict(items)
}
