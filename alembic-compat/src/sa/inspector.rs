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

use super::answers::Answers;
use super::answers::TableKey;
use super::connection::CONNECTION;
use super::connection::ConnectionObject;
use super::connection::ENGINE;
use super::dialect::dialect_value;
use super::errors;
use super::inspect;
use super::inspector_shown::check_constraint;
use super::inspector_shown::columns;
use super::inspector_shown::foreign_keys;
use super::inspector_shown::index;
use super::inspector_shown::optional;
use super::inspector_shown::primary_key;
use super::inspector_shown::shown;
use super::inspector_shown::strings;
use super::inspector_shown::unique_constraint;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::names::unknown;
use super::reflect;
use super::reflect::Part;
use super::reflect::Reflection;
use super::registry;
use super::table;
use super::table_options;
use super::trial;

/// An `Inspector`.
#[derive(Debug, Default)]
pub(super) struct InspectorObject {
    is_of_postgresql: bool,
    answers: Answers,
    /// Those to `autoload_with`, which are other questions: of a name that knows how to be quoted.
    autoloaded: Answers,
}

impl Object for InspectorObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let known = match self.is_of_postgresql {
            true => registry::known(interp, "postgresql.PGInspector"),
            false => None,
        };
        known.unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "bind" => Ok(Some(Value::native(CONNECTION))),
            "engine" => Ok(Some(Value::native(ENGINE))),
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
    let is_of_postgresql = migration::target(interp)?.dialect() == Dialect::Postgresql;
    Ok(Value::native(InspectorObject { is_of_postgresql, ..InspectorObject::default() }))
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
        name: "get_table_options",
        parts: &[Part::Options],
        show: |_, table| Ok(table_options::keywords(&table.options)),
    },
    OfTable {
        name: "get_table_comment",
        parts: &[Part::Comment],
        show: |_, table| Ok(Value::dict([("text", optional(table.comment))])),
    },
];

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
    let of_postgresql = ClassBuilder::new("PGInspector", "sqlalchemy.dialects.postgresql.base")
        .base(&class)
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
        })
        .finish(interp);
    interp.register_class::<InspectorObject>(Rc::clone(&class));
    home.set("Inspector", Value::Class(class));
    home.set("postgresql.PGInspector", Value::Class(of_postgresql));
    home.function("inspect", inspector);
}
