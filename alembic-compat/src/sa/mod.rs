//! `sqlalchemy` as native modules of the interpreter, over the data of `limbeck-schema`.
//!
//! [`register`] makes `sqlalchemy`, its submodules and dialects, and `alembic` known to an
//! [`Interpreter`]. Code that runs then reaches the database, or the list of statements, through a
//! [`Migration`] that the [`Host`](crate::eval::Host) has as its extension. What SQLAlchemy has and
//! limbeck has not is an [`Unsupported`](crate::eval::Unsupported) with its dotted name.

mod answers;
mod attach;
mod clause;
mod column;
mod column_construct;
mod compiled;
mod config;
mod connection;
mod constraint;
mod context;
mod ddl;
mod default;
mod dialect;
mod dialects;
mod dml;
pub(crate) mod driver_error;
mod driver_text;
mod engine_url;
mod enumeration;
mod errors;
mod execution_options;
mod from;
mod functions;
mod index;
mod inserted;
mod inspect;
mod inspector;
mod inspector_shown;
mod keywords;
mod members;
mod metadata;
mod methods;
mod migration;
mod names;
pub mod offline;
mod orm;
mod prepare;
mod processing;
mod reflect;
mod registry;
mod result;
mod result_keys;
mod result_values;
mod select;
mod select_class;
mod sequence;
pub(crate) mod sqlstates;
mod table;
mod table_construct;
mod table_options;
mod transaction;
mod trial;
mod type_object;
mod type_table;
mod types;
mod validates;
mod value;

use std::rc::Rc;

use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::ModuleLoader;
use crate::eval::Partial;
use crate::eval::Result;
use crate::eval::Value;

pub use config::ConfigFacts;
pub use driver_error::DriverClass;
pub use driver_error::SqlError;
pub use migration::Connection;
pub use migration::Migration;
pub use migration::ResultSet;
pub use migration::SqlalchemyVersion;
pub use trial::DataNeeded;
pub use trial::Trial;

pub(crate) use clause::expression_or;
pub(crate) use clause::find as find_expression;
pub(crate) use clause::wrap as wrap_expression;
pub(crate) use column::ColumnObject;
pub(crate) use column_construct::server_default;
pub(crate) use config::config_value;
pub(crate) use connection::bind_value;
pub(crate) use constraint::ConstraintObject;
pub(crate) use constraint::exclude_of;
pub(crate) use constraint::options as constraint_options;
pub(crate) use context::context_value;
pub(crate) use dml::find_statement;
pub(crate) use execution_options::of_dict as execution_options_of;
pub(crate) use execution_options::set_on_connection;
pub(crate) use from::find as find_from;
pub(crate) use index::IndexObject;
pub(crate) use index::element as index_element;
pub(crate) use index::options as index_options;
pub(crate) use metadata::metadata_naming;
pub(crate) use metadata::naming_convention;
pub(crate) use migration::current;
pub(crate) use migration::emit;
pub(crate) use migration::run;
pub(crate) use migration::unread as statement;
pub(crate) use orm::is_relationship;
pub(crate) use sequence::ComputedObject;
pub(crate) use sequence::IdentityObject;
pub(crate) use table::TableObject;
pub(crate) use table::fill as fill_table;
pub(crate) use table::wrap as wrap_table;
pub(crate) use table_options::options as table_options;
pub(crate) use trial::current as trial;
pub(crate) use type_object::sql_type;
pub(crate) use value::to_json;
pub(crate) use value::to_sql;
pub(crate) mod arguments {
    //! How arguments are read.
    pub(crate) use super::errors::argument;
    pub(crate) use super::errors::compiled;
    pub(crate) use super::errors::missing_in_group;
    pub(crate) use super::errors::of_class;
    pub(crate) use super::keywords::flag;
    pub(crate) use super::keywords::given;
    pub(crate) use super::keywords::name;
    pub(crate) use super::keywords::opt_flag;
    pub(crate) use super::keywords::opt_text;
    pub(crate) use super::keywords::text;
    pub(crate) use super::keywords::texts;
}
pub(crate) use attach::refuse_waiting;
pub(crate) use attach::settle;
pub(crate) use constraint::column_keys;
pub(crate) use ddl::run as run_ddl;
pub(crate) use reflect::for_batch as reflected_table;
pub(crate) use registry::HOME;
pub(crate) use registry::class as class_named;

/// The names that are shown beside the types.
const CORE: &[&str] = &[
    "ColumnElement",
    "ClauseElement",
    "TextClause",
    "BindParameter",
    "Function",
    "ColumnClause",
    "BinaryExpression",
    "Label",
    "func",
    "text",
    "true",
    "false",
    "null",
    "literal",
    "literal_column",
    "column",
    "bindparam",
    "case",
    "cast",
    "try_cast",
    "type_coerce",
    "and_",
    "or_",
    "not_",
    "asc",
    "desc",
    "nulls_first",
    "nulls_last",
    "nullsfirst",
    "nullslast",
    "distinct",
    "any_",
    "all_",
    "collate",
    "extract",
    "tuple_",
    "between",
    "over",
    "label",
    "Column",
    "Sequence",
    "Identity",
    "Computed",
    "FetchedValue",
    "DefaultClause",
    "Constraint",
    "PrimaryKeyConstraint",
    "UniqueConstraint",
    "CheckConstraint",
    "ForeignKeyConstraint",
    "ForeignKey",
    "Index",
    "Table",
    "MetaData",
    "FromClause",
    "TableClause",
    "table",
    "join",
    "outerjoin",
    "alias",
    "select",
    "exists",
    "union",
    "union_all",
    "intersect",
    "intersect_all",
    "except_",
    "except_all",
    "Select",
    "insert",
    "update",
    "delete",
    "Insert",
    "Update",
    "Delete",
    "Connection",
    "Engine",
    "Result",
    "Row",
    "CursorResult",
    "DDL",
    "DDLElement",
    "CreateSequence",
    "DropSequence",
    "CreateSchema",
    "DropSchema",
    "CreateTable",
    "DropTable",
    "CreateIndex",
    "quoted_name",
    "inspect",
    "Inspector",
];

/// The public modules that show what the core has.
const VIEWS: &[&str] = &[
    "sqlalchemy",
    "sqlalchemy.sql",
    "sqlalchemy.sql.expression",
    "sqlalchemy.sql.functions",
    "sqlalchemy.sql.elements",
    "sqlalchemy.sql.schema",
    "sqlalchemy.sql.sqltypes",
    "sqlalchemy.sql.type_api",
    "sqlalchemy.sql.selectable",
    "sqlalchemy.sql.dml",
    "sqlalchemy.sql.ddl",
    "sqlalchemy.sql.base",
    "sqlalchemy.sql.naming",
    "sqlalchemy.schema",
    "sqlalchemy.types",
    "sqlalchemy.engine",
    "sqlalchemy.engine.base",
];

/// The modules with what makes them.
#[must_use]
pub fn modules() -> Vec<(String, ModuleLoader)> {
    let mut made: Vec<(String, ModuleLoader)> = Vec::new();
    made.push((HOME.to_owned(), Box::new(home)));
    for name in VIEWS {
        made.push(((*name).to_owned(), Box::new(move |interp| view(interp, name))));
    }
    made.push(("sqlalchemy.exc".to_owned(), Box::new(exceptions)));
    made.push((
        "sqlalchemy.dialects".to_owned(),
        Box::new(|_| Ok(Rc::new(Module::native("sqlalchemy.dialects").with_fallback(missing)))),
    ));
    for dialect in ["postgresql", "mysql", "sqlite"] {
        let name = format!("sqlalchemy.dialects.{dialect}");
        made.push((name, Box::new(move |interp| dialect_module(interp, dialect, ""))));
    }
    let parts = [
        ("postgresql", ".base"),
        ("postgresql", ".json"),
        ("postgresql", ".array"),
        ("postgresql", ".ranges"),
        ("postgresql", ".types"),
        ("postgresql", ".named_types"),
        ("postgresql", ".ext"),
        ("postgresql", ".dml"),
        ("postgresql", ".hstore"),
        ("mysql", ".base"),
        ("mysql", ".types"),
        ("mysql", ".enumerated"),
        ("mysql", ".json"),
        ("mysql", ".dml"),
        ("sqlite", ".base"),
        ("sqlite", ".json"),
        ("sqlite", ".dml"),
    ];
    for (dialect, part) in parts {
        let name = format!("sqlalchemy.dialects.{dialect}{part}");
        made.push((name, Box::new(move |interp| dialect_module(interp, dialect, part))));
    }
    for name in [
        "sqlalchemy.engine.reflection",
        "sqlalchemy.ext",
        "sqlalchemy.inspection",
        "sqlalchemy.engine.interfaces",
    ] {
        made.push((name.to_owned(), Box::new(move |interp| part(interp, name))));
    }
    for (name, names) in orm::MODULES {
        made.push(((*name).to_owned(), Box::new(move |interp| orm_module(interp, name, names))));
    }
    made.extend(crate::op::modules());
    made
}

/// Makes all modules known to an interpreter.
pub fn register(interp: &mut Interpreter) {
    for (name, loader) in modules() {
        interp.register_module(&name, loader);
    }
}

/// The hidden module that has everything.
fn home(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let home = Rc::new(Module::native(HOME));
    errors::install(interp, &home);
    types::install(interp, &home);
    functions::install(interp, &home);
    sequence::install(interp, &home);
    column::install(interp, &home);
    constraint::install(interp, &home);
    index::install(interp, &home);
    from::install(interp, &home);
    table::install(interp, &home);
    members::install(interp);
    metadata::install(interp, &home);
    select_class::install(interp, &home);
    dml::install(interp, &home);
    ddl::install(interp, &home);
    context::install(interp, &home);
    connection::install(interp, &home);
    transaction::install(interp);
    result_keys::install(interp);
    dialect::install(interp);
    engine_url::install(interp);
    compiled::install(interp);
    config::install(interp);
    dialects::install(interp, &home);
    result::install(interp, &home);
    for name in ["conv", "quoted_name"] {
        let text = Rc::clone(&interp.types().str);
        let class = ClassBuilder::new(name, "sqlalchemy.sql.elements")
            .base(&text)
            .constructor(|interp, class, args| {
                let mut args = args;
                let quote = args.take_keyword("quote").or_else(|| args.positional.get(1).cloned());
                let value = args.positional.first().cloned().unwrap_or_default();
                if let Some(name) = value.as_text() {
                    keywords::refuse_other_quoting(interp, &name, quote, "quoted_name(…, quote)")?;
                }
                if value.is_none() || matches!(&value, Value::Instance(_)) {
                    return Ok(value);
                }
                let text = keywords::text(interp, &value, "a name")?;
                let inner = Some(Value::from(text));
                let made = crate::eval::Instance::new(Rc::clone(class), inner);
                Ok(Value::Instance(Rc::new(made)))
            })
            .finish(interp);
        home.set(name, Value::Class(class));
    }
    inspector::install(interp, &home);
    interp.partial = Some(Partial {
        listing: names::listing,
        is_inexact: names::is_inexact,
        takes: names::takes,
    });
    orm::install(interp, &home);
    validates::install(&home);
    crate::op::install(interp, &home);
    Ok(home)
}

/// A module that shows the core's names.
fn view(interp: &mut Interpreter, name: &'static str) -> Result<Rc<Module>> {
    let home = interp.load_module(HOME)?;
    let module = Module::native(name).with_fallback(missing);
    let styles = select_class::LABEL_STYLES.iter().map(|(name, _)| *name);
    for known in types::core_names().chain(CORE.iter().copied()).chain(styles) {
        if let Some(value) = registry::value(&home, known) {
            module.set(known, value);
        }
    }
    if name == "sqlalchemy" {
        module.set("__version__", Value::str("2.1.0"));
    } else if let Some(conv) = registry::value(&home, "conv") {
        module.set("conv", conv);
    }
    Ok(Rc::new(module))
}

/// A module with few names.
fn part(interp: &mut Interpreter, name: &'static str) -> Result<Rc<Module>> {
    let home = interp.load_module(HOME)?;
    let module = Module::native(name).with_fallback(missing);
    let names: &[&str] = match name {
        "sqlalchemy.engine.reflection" => &["Inspector"],
        "sqlalchemy.inspection" => &["inspect"],
        _ => &[],
    };
    for known in names {
        if let Some(value) = registry::value(&home, known) {
            module.set(*known, value);
        }
    }
    Ok(Rc::new(module))
}

/// A module of what is mapped.
fn orm_module(interp: &mut Interpreter, name: &str, names: &[&str]) -> Result<Rc<Module>> {
    let home = interp.load_module(HOME)?;
    let module = Module::native(name).with_fallback(missing);
    for known in names {
        if let Some(value) = registry::value(&home, &format!("orm.{known}")) {
            module.set(*known, value);
        }
    }
    Ok(Rc::new(module))
}

fn exceptions(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let home = interp.load_module(HOME)?;
    let module = Module::native("sqlalchemy.exc").with_fallback(missing);
    for name in errors::names() {
        if let Some(value) = registry::value(&home, &format!("exc.{name}")) {
            module.set(name, value);
        }
    }
    Ok(Rc::new(module))
}

fn dialect_module(
    interp: &mut Interpreter,
    dialect: &'static str,
    part: &str,
) -> Result<Rc<Module>> {
    let home = interp.load_module(HOME)?;
    let module =
        Module::native(format!("sqlalchemy.dialects.{dialect}{part}")).with_fallback(missing);
    for (name, value) in types::dialect_names(&home, dialect) {
        module.set(name, value);
    }
    for (of, names) in types::BORROWED {
        for name in names.iter().filter(|_| *of == dialect) {
            if let Some(value) = registry::value(&home, name) {
                module.set(*name, value);
            }
        }
    }
    Ok(Rc::new(module))
}

/// A name that a module does not have: a module of its own, or something that is not supported.
fn missing(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    let full = format!("{}.{name}", module.name);
    if interp.has_native_module(&full) {
        return Ok(Some(Value::Module(interp.load_module(&full)?)));
    }
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(full))
}
