//! The dialect: of the run, or one that code makes for itself.

use limbeck_schema::Dialect;
use limbeck_schema::Target;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::inspector;
use super::migration;
use super::names::unknown;

/// A dialect: that of the run, or one that code made for itself.
#[derive(Debug)]
pub(crate) struct DialectObject {
    made: Option<Dialect>,
}

impl DialectObject {
    /// `postgresql.dialect()` and the like.
    pub(super) const fn made(dialect: Dialect) -> Self {
        Self { made: Some(dialect) }
    }

    /// Whether it is that of the run.
    pub(super) const fn is_of_run(&self) -> bool {
        self.made.is_none()
    }

    /// What statements are compiled for with it.
    pub(super) fn target(&self, interp: &mut Interpreter) -> Result<Target> {
        match self.made {
            Some(dialect) => {
                let version = migration::target(interp)?.sqlalchemy();
                Ok(Target::from(dialect).with_sqlalchemy(version))
            }
            None => migration::target(interp),
        }
    }
}

impl Object for DialectObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let target = self.target(interp)?;
        Ok(Some(match name {
            "name" => Value::str(target.name()),
            "driver" | "default_schema_name" | "server_version_info" if self.is_of_run() => {
                return super::inspect::dialect_fact(interp, name).map(Some);
            }
            "supports_sequences" => Value::Bool(target.supports_sequences()),
            "supports_native_enum" => Value::Bool(target.supports_native_enum()),
            "supports_native_boolean" => Value::Bool(target.supports_native_boolean()),
            "supports_comments" => Value::Bool(target.supports_comments()),
            "supports_alter" => Value::Bool(target.supports_alter()),
            "is_mariadb" => Value::Bool(target.is_mariadb()),
            "max_identifier_length" => Value::size(target.max_identifier_length()),
            _ => return unknown(interp, "Dialect", name),
        }))
    }
}

/// The dialect of the run.
pub(crate) fn dialect_value(interp: &mut Interpreter) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    Ok(Value::native(DialectObject { made: None }))
}

/// What an `Inspector` asks its dialect. The connection is that of the run.
const ASKED: &[&str] = &[
    "has_table",
    "has_index",
    "has_sequence",
    "has_schema",
    "get_columns",
    "get_pk_constraint",
    "get_foreign_keys",
    "get_indexes",
    "get_unique_constraints",
    "get_check_constraints",
    "get_table_comment",
    "get_table_names",
    "get_view_names",
    "get_sequence_names",
    "get_schema_names",
];

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let mut dialect = ClassBuilder::new("Dialect", "sqlalchemy.engine.interfaces").method(
        "type_descriptor",
        |interp, args| {
            let [_, to] = args.exactly(interp, "Dialect.type_descriptor")?;
            match to {
                Value::Class(class) => interp.call_class(&class, Args::none()),
                made => Ok(made),
            }
        },
    );
    for &name in ASKED {
        dialect = dialect.method(name, move |interp, mut args| {
            args.take_self();
            if args.positional.is_empty() {
                args.take_keyword("connection");
            } else {
                args.positional.remove(0);
            }
            if migration::current(interp)?.is_offline() {
                return Err(interp.unsupported(format!("Dialect.{name}() without a database")));
            }
            let inspector = inspector::live(interp)?;
            interp.call_method(&inspector, name, args)
        });
    }
    let dialect = dialect.finish(interp);
    interp.register_class::<DialectObject>(dialect);
}
