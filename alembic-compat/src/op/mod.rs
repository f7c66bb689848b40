//! `alembic.op`, `alembic.context` and the names of `alembic` that revisions import.

mod alter;
mod batch;
mod create;
mod data;
mod drop;

use std::rc::Rc;

use limbeck_schema::operation::CreateIndex;
use limbeck_schema::operation::Operation;
use limbeck_schema::table::Index;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::ModuleLoader;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa;
use crate::third_party;

pub(crate) use data::execute;

/// Reads the arguments of a directive.
type Read = fn(&mut Interpreter, Args) -> Result<Operation>;

/// A directive that is one operation.
struct Directive {
    name: &'static str,
    read: Read,
    /// Where the table's name stands among the arguments, for directives that batches have.
    batch: Option<(usize, &'static str, &'static str)>,
}

const fn directive(name: &'static str, read: Read) -> Directive {
    Directive { name, read, batch: None }
}

const fn batched(name: &'static str, read: Read, at: usize) -> Directive {
    Directive { name, read, batch: Some((at, "table_name", "schema")) }
}

const DIRECTIVES: &[Directive] = &[
    batched("add_column", create::add_column, 0),
    batched("alter_column", alter::alter_column, 0),
    batched("drop_column", drop::drop_column, 0),
    batched("create_index", create::create_index, 1),
    batched("drop_index", drop::drop_index, 1),
    batched("create_primary_key", create::create_primary_key, 1),
    batched("create_unique_constraint", create::create_unique_constraint, 1),
    batched("create_check_constraint", create::create_check_constraint, 1),
    batched("create_exclude_constraint", create::create_exclude_constraint, 1),
    Directive {
        name: "create_foreign_key",
        read: create::create_foreign_key,
        batch: Some((1, "source_table", "source_schema")),
    },
    batched("drop_constraint", drop::drop_constraint, 1),
    batched("create_table_comment", alter::create_table_comment, 0),
    batched("drop_table_comment", alter::drop_table_comment, 0),
    directive("drop_table", drop::drop_table),
    directive("rename_table", alter::rename_table),
];

/// Puts the classes in place.
pub(crate) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    batch::install(interp, home);
}

/// The modules with what makes them.
pub(crate) fn modules() -> Vec<(String, ModuleLoader)> {
    let mut made: Vec<(String, ModuleLoader)> = vec![
        ("alembic.op".to_owned(), Box::new(op)),
        ("alembic.context".to_owned(), Box::new(context)),
    ];
    let empty = [
        "alembic",
        "alembic.runtime",
        "alembic.operations",
        "alembic.ddl",
        "alembic.script",
        "alembic.operations.ops",
        "alembic.operations.base",
        "alembic.autogenerate",
    ];
    for name in empty {
        made.push((
            name.to_owned(),
            Box::new(move |_| Ok(Rc::new(Module::native(name).with_fallback(missing)))),
        ));
    }
    for name in ["alembic.util", "alembic.util.exc"] {
        made.push((
            name.to_owned(),
            Box::new(move |interp| shown(interp, name, "exc.CommandError", "CommandError")),
        ));
    }
    for name in ["alembic.runtime.migration", "alembic.migration"] {
        made.push((
            name.to_owned(),
            Box::new(move |interp| shown(interp, name, "MigrationContext", "MigrationContext")),
        ));
    }
    made
}

fn shown(
    interp: &mut Interpreter,
    name: &'static str,
    class: &str,
    shown: &'static str,
) -> Result<Rc<Module>> {
    let module = Module::native(name).with_fallback(missing);
    module.set(shown, Value::Class(sa::class_named(interp, class)?));
    Ok(Rc::new(module))
}

fn missing(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    let full = format!("{}.{name}", module.name);
    if interp.has_native_module(&full) {
        return Ok(Some(Value::Module(interp.load_module(&full)?)));
    }
    if name.starts_with("__") {
        return Ok(None);
    }
    if *module.name == *"alembic.op"
        && let Some(operation) = third_party::operation(interp, name)?
    {
        return Ok(Some(operation));
    }
    if full == "alembic.context.config" {
        return sa::config_value(interp).map(Some);
    }
    Err(interp.unsupported(full))
}

fn op(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = Module::native("alembic.op").with_fallback(missing);
    for Directive { name, read, .. } in DIRECTIVES {
        module.function(name, |interp, args| {
            let column = args.positional.get(1).cloned();
            let operation = read(interp, args)?;
            sa::run(interp, &operation)?;
            if let (Operation::AddColumn(added), Some(column)) = (&operation, column)
                && let Some(index) = index_with_column(interp, &added.table, &column)?
            {
                let (table, schema) = (added.table.clone(), added.schema.clone());
                let created = CreateIndex { table, schema, index, if_not_exists: false };
                sa::run(interp, &created.into())?;
            }
            Ok(Value::None)
        });
    }
    for (name, run) in WHOLE.iter().chain(SHARED) {
        module.function(name, run);
    }
    Ok(Rc::new(module))
}

/// The index that comes with a column because of its type.
fn index_with_column(
    interp: &mut Interpreter,
    table: &str,
    column: &Value,
) -> Result<Option<Index>> {
    let Some(column) = column.downcast::<sa::ColumnObject>() else { return Ok(None) };
    let name = column.data.borrow().name.clone();
    let found = third_party::index_of_column(interp, table, &name, &column.type_value)?;
    let found = found.and_then(|found| found.downcast::<sa::IndexObject>());
    Ok(found.map(|found| found.data()))
}

type Native = fn(&mut Interpreter, Args) -> Result<Value>;

/// Directives that are more than one operation.
const WHOLE: &[(&str, Native)] = &[
    ("create_table", create::create_table),
    ("bulk_insert", data::bulk_insert),
    ("batch_alter_table", batch::batch_alter_table),
];

/// Whether `op` has a function of this name.
pub(crate) fn has(name: &str) -> bool {
    DIRECTIVES.iter().any(|directive| directive.name == name)
        || WHOLE.iter().chain(SHARED).any(|(known, _)| *known == name)
}

/// What `op` and batches have alike.
const SHARED: &[(&str, Native)] = &[
    ("execute", data::execute_directive),
    ("inline_literal", data::inline_literal),
    ("f", data::f),
    ("get_bind", |interp, _| sa::bind_value(interp)),
    ("get_context", |interp, _| sa::context_value(interp)),
];

fn context(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = Module::native("alembic.context").with_fallback(missing);
    module.function("is_offline_mode", |interp, _| {
        Ok(Value::Bool(sa::current(interp)?.is_offline()))
    });
    module.function("get_x_argument", |interp, args| {
        let signature = Signature::new("get_x_argument", ["as_dictionary"], 0);
        let Bound { values: [as_dictionary], .. } = args.bind(interp, &signature)?;
        let given = sa::current(interp)?.x_arguments.clone();
        if !as_dictionary.map_or(Ok(false), |value| interp.truth(&value))? {
            return Ok(Value::list(given.into_iter().map(Value::from).collect()));
        }
        let pairs = given.iter().map(|argument| {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            (key, Value::str(value))
        });
        Ok(Value::dict(pairs.collect::<Vec<_>>()))
    });
    module.function("get_context", |interp, _| sa::context_value(interp));
    module.function("get_bind", |interp, _| sa::bind_value(interp));
    module.function("execute", data::execute_directive);
    Ok(Rc::new(module))
}
