//! `sa.inspect(bind)`.

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::context::BindObject;
use super::dialect::dialect_value;
use super::errors;
use super::inspect;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::reflect;
use super::reflect::Facts;
use super::reflect::ReflectedCheck;
use super::reflect::ReflectedIndex;
use super::reflect::Reflection;
use super::trial;
use super::type_object;

/// An `Inspector`. It asks anew each time, so it never shows what is gone.
#[derive(Debug)]
struct InspectorObject;

impl Object for InspectorObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of::<Self>()
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "bind" | "engine" => Ok(Some(Value::native(BindObject))),
            "dialect" => dialect_value(interp).map(Some),
            "default_schema_name" => inspect::dialect_fact(interp, "default_schema_name").map(Some),
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("Inspector.{name}"))),
        }
    }
}

/// `inspect(subject)`.
pub(super) fn inspector(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("inspect", ["subject", "raiseerr"], 1);
    let Bound { values: [subject, _], .. } = args.bind(interp, &signature)?;
    let subject = subject.unwrap_or_default();
    if super::orm::is_query(&subject) {
        return Ok(subject);
    }
    if subject.downcast::<BindObject>().is_none() {
        return Err(interp.unsupported("inspect() of something that is no connection"));
    }
    live(interp)
}

/// The inspector of the connection.
pub(super) fn live(interp: &mut Interpreter) -> Result<Value> {
    if migration::current(interp)?.is_offline() {
        return Err(errors::of_class(
            interp,
            "NoInspectionAvailable",
            "No inspection system is available for object of type <class \
             'sqlalchemy.engine.mock.MockConnection'>",
        )?);
    }
    Ok(Value::native(InspectorObject))
}

fn schema_of(
    interp: &mut Interpreter,
    args: Args,
    function: &'static str,
) -> Result<Option<String>> {
    let signature = Signature::new(function, ["self", "schema"], 1);
    let Bound { values: [_, schema], .. } = args.bind(interp, &signature)?;
    opt_text(interp, schema, "schema")
}

fn table_of(
    interp: &mut Interpreter,
    args: Args,
    function: &'static str,
) -> Result<(Option<String>, String)> {
    let signature = Signature::new(function, ["self", "table_name", "schema"], 2);
    let Bound { values: [_, name, schema], .. } = args.bind(interp, &signature)?;
    let name = text(interp, &name.unwrap_or_default(), "table_name")?;
    Ok((opt_text(interp, schema, "schema")?, name))
}

fn optional(text: Option<String>) -> Value {
    text.map_or(Value::None, Value::from)
}

fn strings(items: Vec<String>) -> Value {
    Value::list(items.into_iter().map(Value::from).collect())
}

type Show = fn(&mut Interpreter, Reflection) -> Result<Value>;

/// What is asked of a table.
const OF_TABLE: &[(&str, Show)] = &[
    ("get_columns", columns),
    ("get_pk_constraint", |_, table| {
        let mut items =
            vec![("constrained_columns", strings(table.key)), ("name", optional(table.key_name))];
        if let Some(facts) = table.key_facts {
            items.push(("comment", optional(facts.comment.clone())));
            items.extend(options_of(Dialect::Postgresql, facts, false));
        }
        Ok(Value::dict(items))
    }),
    ("get_foreign_keys", |interp, table| {
        let dialect = migration::target(interp)?.dialect();
        Ok(foreign_keys(table, dialect))
    }),
    ("get_indexes", |interp, table| {
        let dialect = migration::target(interp)?.dialect();
        let items = table.indexes.into_iter().map(|found| index(found, dialect));
        Ok(Value::list(items.collect()))
    }),
    ("get_unique_constraints", |interp, table| {
        let dialect = migration::target(interp)?.dialect();
        let items = table.uniques.into_iter().map(|unique| unique_constraint(unique, dialect));
        Ok(Value::list(items.collect()))
    }),
    ("get_check_constraints", |interp, table| {
        let dialect = migration::target(interp)?.dialect();
        let items = table.checks.into_iter().map(|check| check_constraint(check, dialect));
        Ok(Value::list(items.collect()))
    }),
    ("get_table_comment", |_, table| Ok(Value::dict([("text", optional(table.comment))]))),
];

fn columns(interp: &mut Interpreter, table: Reflection) -> Result<Value> {
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

fn foreign_keys(table: Reflection, dialect: Dialect) -> Value {
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

fn unique_constraint(unique: ReflectedIndex, dialect: Dialect) -> Value {
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

fn check_constraint(check: ReflectedCheck, dialect: Dialect) -> Value {
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

fn index(index: ReflectedIndex, dialect: Dialect) -> Value {
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

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let mut builder = ClassBuilder::new("Inspector", "sqlalchemy.engine.reflection")
        .class_method("from_engine", |interp, _| live(interp))
        .constructor(|interp, _, _| live(interp))
        .method("has_table", |interp, args| {
            let (schema, name) = table_of(interp, args, "has_table")?;
            let there = inspect::has_table(interp, schema.as_deref(), &name)?;
            Ok(Value::Bool(there == Some(true)))
        })
        .method("has_sequence", |interp, args| {
            let (schema, name) = table_of(interp, args, "has_sequence")?;
            let there = inspect::has_sequence(interp, schema.as_deref(), &name)?;
            Ok(Value::Bool(there == Some(true)))
        })
        .method("has_schema", |interp, args| {
            let name = schema_of(interp, args, "has_schema")?.unwrap_or_default();
            if let Some(trial) = trial::current(interp)? {
                return Ok(Value::Bool(trial.answer()));
            }
            let names = reflect::names(interp, "schemas", None)?;
            Ok(Value::Bool(names.contains(&name)))
        })
        .method("has_index", |interp, args| {
            let signature =
                Signature::new("has_index", ["self", "table_name", "index_name", "schema"], 3);
            let Bound { values: [_, table, index, schema], .. } = args.bind(interp, &signature)?;
            let table = text(interp, &table.unwrap_or_default(), "table_name")?;
            let index = text(interp, &index.unwrap_or_default(), "index_name")?;
            let schema = opt_text(interp, schema, "schema")?;
            if let Some(trial) = trial::current(interp)? {
                return Ok(Value::Bool(trial.answer()));
            }
            if inspect::has_table(interp, schema.as_deref(), &table)? != Some(true) {
                return Ok(Value::Bool(false));
            }
            let found = reflect::reflect(interp, schema.as_deref(), &table)?;
            Ok(Value::Bool(found.indexes.iter().any(|known| known.name.as_deref() == Some(&index))))
        })
        .method("clear_cache", |_, _| Ok(Value::None))
        .method("get_enums", |interp, args| {
            let schema = schema_of(interp, args, "get_enums")?;
            let enums = reflect::enums(interp, schema.as_deref())?;
            let items = enums.into_iter().map(|found| {
                Value::dict([
                    ("name", Value::from(found.name)),
                    ("schema", Value::from(found.schema)),
                    ("visible", Value::Bool(found.visible)),
                    ("labels", strings(found.labels)),
                ])
            });
            Ok(Value::list(items.collect()))
        });
    for (name, kind) in [
        ("get_table_names", "tables"),
        ("get_view_names", "views"),
        ("get_materialized_view_names", "materialized views"),
        ("get_sequence_names", "sequences"),
        ("get_schema_names", "schemas"),
    ] {
        builder = builder.method(name, move |interp, args| {
            let schema = schema_of(interp, args, name)?;
            Ok(strings(reflect::names(interp, kind, schema.as_deref())?))
        });
    }
    for &(name, show) in OF_TABLE {
        builder = builder.method(name, move |interp, args| {
            let (schema, table) = table_of(interp, args, name)?;
            let found = reflect::reflect(interp, schema.as_deref(), &table)?;
            show(interp, found)
        });
    }
    let class = builder.finish(interp);
    interp.register_class::<InspectorObject>(Rc::clone(&class));
    home.set("Inspector", Value::Class(class));
    home.function("inspect", inspector);
}
