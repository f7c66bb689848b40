//! `sa.inspect(bind)`.

use std::rc::Rc;

use limbeck_schema::Dialect;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::absent::unknown;
use super::answers::Answers;
use super::answers::TableKey;
use super::connection::CONNECTION;
use super::connection::ConnectionObject;
use super::dialect::dialect_value;
use super::errors;
use super::inspect;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::reflect;
use super::reflect::Facts;
use super::reflect::Part;
use super::reflect::ReflectedCheck;
use super::reflect::ReflectedIndex;
use super::reflect::Reflection;
use super::table;
use super::trial;
use super::type_object;

/// An `Inspector`.
#[derive(Debug, Default)]
pub(super) struct InspectorObject {
    answers: Answers,
    /// Those to `autoload_with`, which are other questions: of a name that knows how to be quoted.
    autoloaded: Answers,
}

impl Object for InspectorObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "bind" | "engine" => Ok(Some(Value::native(CONNECTION))),
            "dialect" => dialect_value(interp).map(Some),
            "default_schema_name" => inspect::dialect_fact(interp, "default_schema_name").map(Some),
            _ => unknown(interp, "Inspector", name),
        }
    }
}

impl InspectorObject {
    /// What one of the methods of [`OF_TABLE`] answers.
    fn of_table(
        &self,
        interp: &mut Interpreter,
        method: &OfTable,
        table: &TableKey,
    ) -> Result<Value> {
        let (schema, name) = table;
        let texts = [Some(name.clone()), schema.clone()];
        self.answers.of(interp, method.name, &texts, |interp| {
            let dialect = migration::target(interp)?.dialect();
            let mut found = match dialect {
                // One text tells everything of it.
                Dialect::Mysql => self.answers.table(interp, table)?,
                Dialect::Postgresql | Dialect::Sqlite => {
                    reflect::reflect(interp, schema.as_deref(), name, method.parts)?
                }
            };
            if dialect == Dialect::Sqlite && method.name == KEY {
                found.key = self.key_of_columns(interp, table)?;
            }
            (method.show)(interp, found)
        })
    }

    /// SQLite's columns tell the primary key, and may have been asked for before.
    fn key_of_columns(&self, interp: &mut Interpreter, table: &TableKey) -> Result<Vec<String>> {
        let columns = self.of_table(interp, &COLUMNS, table)?;
        let mut key = Vec::new();
        for column in interp.items(&columns)? {
            let place = interp.item(&column, &Value::str("primary_key"))?.as_int();
            let name = interp.item(&column, &Value::str("name"))?.as_text();
            if let (Some(place @ 1..), Some(name)) = (place, name) {
                key.push((place, name.to_string()));
            }
        }
        key.sort();
        Ok(key.into_iter().map(|(_, name)| name).collect())
    }

    /// A whole table, for `autoload_with`. PostgreSQL is asked each time.
    pub(super) fn whole_table(
        &self,
        interp: &mut Interpreter,
        schema: Option<&str>,
        name: &str,
    ) -> Result<Reflection> {
        if migration::target(interp)?.dialect() == Dialect::Postgresql {
            return reflect::reflect(interp, schema, name, Part::ALL);
        }
        self.autoloaded.table(interp, &(schema.map(str::to_owned), name.to_owned()))
    }

    fn has_table(&self, interp: &mut Interpreter, table: &TableKey) -> Result<Value> {
        let (schema, name) = table;
        let ask = |interp: &mut Interpreter| {
            let there = inspect::has_table(interp, schema.as_deref(), name)?;
            Ok(Value::Bool(there == Some(true)))
        };
        // SQLAlchemy 1.4's asks each time.
        if table::is_old(interp) {
            return ask(interp);
        }
        self.answers.of(interp, "has_table", &[Some(name.clone()), schema.clone()], ask)
    }

    fn has_index(&self, interp: &mut Interpreter, table: &TableKey, index: &str) -> Result<bool> {
        let there = self.has_table(interp, table)?;
        if !interp.truth(&there)? {
            return Ok(false);
        }
        let indexes = self.of_table(interp, &INDEXES, table)?;
        for known in interp.items(&indexes)? {
            let name = interp.item(&known, &Value::str("name"))?;
            if name.as_text().is_some_and(|name| &*name == index) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `inspect(subject)`.
pub(super) fn inspector(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("inspect", ["subject", "raiseerr"], 1);
    let Bound { values: [subject, _], .. } = args.bind(interp, &signature)?;
    let subject = subject.unwrap_or_default();
    if super::orm::is_query(&subject) || subject.downcast::<InspectorObject>().is_some() {
        return Ok(subject);
    }
    if subject.downcast::<ConnectionObject>().is_none() {
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
    Ok(Value::native(InspectorObject::default()))
}

/// The inspector that is asked, and the texts it is given; the first parameter is `self`.
fn asked<const N: usize>(
    interp: &mut Interpreter,
    args: Args,
    signature: &Signature<N>,
) -> Result<(Rc<InspectorObject>, [Option<String>; N])> {
    let Bound { values, .. } = args.bind(interp, signature)?;
    let this = values.first().cloned().flatten();
    let Some(inspector) = this.and_then(|this| this.downcast::<InspectorObject>()) else {
        return interp.type_error(format!("{}() needs an Inspector", signature.function));
    };
    let mut texts = [const { None }; N];
    for (at, (value, made)) in values.into_iter().zip(&mut texts).enumerate().skip(1) {
        *made = match value {
            Some(value) if at < signature.required => {
                Some(text(interp, &value, signature.names[at])?)
            }
            value => opt_text(interp, value, signature.names[at])?,
        };
    }
    Ok((inspector, texts))
}

fn table_of(
    interp: &mut Interpreter,
    args: Args,
    function: &'static str,
) -> Result<(Rc<InspectorObject>, [Option<String>; 3])> {
    asked(interp, args, &Signature::new(function, ["self", "table_name", "schema"], 2))
}

fn optional(text: Option<String>) -> Value {
    text.map_or(Value::None, Value::from)
}

fn strings(items: Vec<String>) -> Value {
    Value::list(items.into_iter().map(Value::from).collect())
}

/// A question about a table.
struct OfTable {
    name: &'static str,
    /// What must be known of the table for an answer.
    parts: &'static [Part],
    show: fn(&mut Interpreter, Reflection) -> Result<Value>,
}

const KEY: &str = "get_pk_constraint";

const COLUMNS: OfTable = OfTable { name: "get_columns", parts: &[Part::Columns], show: columns };

const INDEXES: OfTable = OfTable {
    name: "get_indexes",
    parts: &[Part::Indexes],
    show: |interp, table| shown(interp, table.indexes, index),
};

const OF_TABLE: &[OfTable] = &[
    COLUMNS,
    OfTable {
        name: KEY,
        parts: &[Part::Constraints, Part::Indexes],
        show: |_, table| Ok(primary_key(table)),
    },
    OfTable {
        name: "get_foreign_keys",
        parts: &[Part::Constraints],
        show: |interp, table| Ok(foreign_keys(table, migration::target(interp)?.dialect())),
    },
    INDEXES,
    OfTable {
        name: "get_unique_constraints",
        parts: &[Part::Constraints, Part::Indexes],
        show: |interp, table| shown(interp, table.uniques, unique_constraint),
    },
    OfTable {
        name: "get_check_constraints",
        parts: &[Part::Constraints],
        show: |interp, table| shown(interp, table.checks, check_constraint),
    },
    OfTable {
        name: "get_table_comment",
        parts: &[Part::Comment],
        show: |_, table| Ok(Value::dict([("text", optional(table.comment))])),
    },
];

fn shown<T>(
    interp: &mut Interpreter,
    items: Vec<T>,
    show: fn(T, Dialect) -> Value,
) -> Result<Value> {
    let dialect = migration::target(interp)?.dialect();
    Ok(Value::list(items.into_iter().map(|item| show(item, dialect)).collect()))
}

fn primary_key(table: Reflection) -> Value {
    let mut items =
        vec![("constrained_columns", strings(table.key)), ("name", optional(table.key_name))];
    if let Some(facts) = table.key_facts {
        items.push(("comment", optional(facts.comment.clone())));
        items.extend(options_of(Dialect::Postgresql, facts, false));
    }
    Value::dict(items)
}

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
            let (inspector, [_, name, schema]) = table_of(interp, args, "has_table")?;
            inspector.has_table(interp, &(schema, name.unwrap_or_default()))
        })
        .method("has_sequence", |interp, args| {
            let (inspector, texts) = table_of(interp, args, "has_sequence")?;
            let [_, name, schema] = &texts;
            let ask = |interp: &mut Interpreter| {
                let name = name.as_deref().unwrap_or_default();
                let there = inspect::has_sequence(interp, schema.as_deref(), name)?;
                Ok(Value::Bool(there == Some(true)))
            };
            if table::is_old(interp) {
                return ask(interp);
            }
            inspector.answers.of(interp, "has_sequence", &texts, ask)
        })
        .method("has_schema", |interp, args| {
            let signature = Signature::new("has_schema", ["self", "schema_name"], 2);
            let (inspector, texts) = asked(interp, args, &signature)?;
            inspector.answers.of(interp, "has_schema", &texts, |interp| {
                let name = texts[1].as_deref().unwrap_or_default();
                inspect::has_schema(interp, name).map(Value::Bool)
            })
        })
        .method("has_index", |interp, args| {
            let names = ["self", "table_name", "index_name", "schema"];
            let (inspector, texts) = asked(interp, args, &Signature::new("has_index", names, 3))?;
            if let Some(trial) = trial::current(interp)? {
                let answer = |_: &mut Interpreter| Ok(Value::Bool(trial.answer()));
                return inspector.answers.of(interp, "has_index", &texts, answer);
            }
            let [_, table, index, schema] = texts;
            let table = (schema, table.unwrap_or_default());
            inspector.has_index(interp, &table, &index.unwrap_or_default()).map(Value::Bool)
        })
        .method("clear_cache", |interp, args| {
            let (inspector, _) = asked(interp, args, &Signature::new("clear_cache", ["self"], 1))?;
            inspector.answers.clear();
            inspector.autoloaded.clear();
            Ok(Value::None)
        })
        .method("get_enums", |interp, args| {
            let signature = Signature::new("get_enums", ["self", "schema"], 1);
            let (inspector, texts) = asked(interp, args, &signature)?;
            inspector.answers.of(interp, "get_enums", &texts, |interp| {
                let enums = reflect::enums(interp, texts[1].as_deref())?;
                let items = enums.into_iter().map(|found| {
                    Value::dict([
                        ("name", Value::from(found.name)),
                        ("schema", Value::from(found.schema)),
                        ("visible", Value::Bool(found.visible)),
                        ("labels", strings(found.labels)),
                    ])
                });
                Ok(Value::list(items.collect()))
            })
        });
    for (name, kind) in [
        ("get_table_names", "tables"),
        ("get_view_names", "views"),
        ("get_materialized_view_names", "materialized views"),
        ("get_sequence_names", "sequences"),
        ("get_schema_names", "schemas"),
    ] {
        builder = builder.method(name, move |interp, args| {
            let signature = Signature::new(name, ["self", "schema"], 1);
            let (inspector, texts) = asked(interp, args, &signature)?;
            inspector.answers.of(interp, name, &texts, |interp| {
                Ok(strings(reflect::names(interp, kind, texts[1].as_deref())?))
            })
        });
    }
    for method in OF_TABLE {
        builder = builder.method(method.name, |interp, args| {
            let (inspector, [_, name, schema]) = table_of(interp, args, method.name)?;
            inspector.of_table(interp, method, &(schema, name.unwrap_or_default()))
        });
    }
    let class = builder.finish(interp);
    interp.register_class::<InspectorObject>(Rc::clone(&class));
    home.set("Inspector", Value::Class(class));
    home.function("inspect", inspector);
}
