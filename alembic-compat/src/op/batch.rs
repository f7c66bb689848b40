//! `batch_alter_table`.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::batch::Batch;
use limbeck_schema::batch::Recreate;
use limbeck_schema::batch::ReflectArgument;
use limbeck_schema::batch::TableArgument;
use limbeck_schema::batch::temporary_name;
use limbeck_schema::operation::DropTable;
use limbeck_schema::operation::Operation;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;
use crate::sa;
use crate::sa::ColumnObject;
use crate::sa::ConstraintObject;
use crate::sa::IndexObject;
use crate::sa::TableObject;
use crate::sa::arguments::compiled;
use crate::sa::arguments::given;
use crate::sa::arguments::opt_text;
use crate::sa::arguments::text;
use crate::sa::arguments::texts;

use super::DIRECTIVES;
use super::Directive;
use super::SHARED;

/// `batch_op`.
#[derive(Debug)]
struct BatchObject {
    batch: RefCell<Batch>,
    /// Whether `reflect_kwargs` say something of how the table is read.
    reflects_otherwise: bool,
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let mut builder = ClassBuilder::new("BatchOperations", "alembic.operations.base");
    for Directive { name, read, batch } in DIRECTIVES {
        let Some((at, table, schema)) = *batch else { continue };
        builder = builder.method(name, move |interp, mut args| {
            let this = args.take_self().unwrap_or_default();
            let Some(object) = this.downcast::<BatchObject>() else {
                return Err(interp.unsupported("a batch of another kind"));
            };
            let (own, own_schema) = {
                let batch = object.batch.borrow();
                (Value::str(batch.table.as_str()), batch.schema.clone())
            };
            if args.keywords.iter().any(|(key, _)| *key == table || *key == schema) {
                return interp.type_error(format!("{name}() got an unexpected keyword argument"));
            }
            if args.positional.len() >= at {
                args.positional.insert(at, own);
            } else {
                args.keywords.push((Text::from(table), own));
            }
            if let Some(own_schema) = own_schema {
                args.keywords.push((Text::from(schema), Value::from(own_schema)));
            }
            let column = args.positional.get(1).cloned();
            let operation = read(interp, args)?;
            if let (Operation::AddColumn(added), Some(column)) = (&operation, column)
                && super::index_with_column(interp, &added.table, &column)?.is_some()
            {
                return Err(interp.unsupported("a spatial index in a batch"));
            }
            object.batch.borrow_mut().operations.push(operation);
            Ok(Value::None)
        });
    }
    for (name, run) in SHARED {
        builder = builder.method(name, |interp, mut args| {
            drop(args.take_self());
            run(interp, args)
        });
    }
    let class = builder.finish(interp);
    interp.register_class::<BatchObject>(Rc::clone(&class));
    home.set("BatchOperations", Value::Class(class));
}

/// `op.batch_alter_table(table_name, …)`.
pub(super) fn batch_alter_table(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = [
        "table_name",
        "schema",
        "recreate",
        "partial_reordering",
        "copy_from",
        "table_args",
        "table_kwargs",
        "reflect_args",
        "reflect_kwargs",
        "naming_convention",
    ];
    let Bound { values, .. } = args.bind(interp, &Signature::new("batch_alter_table", names, 1))?;
    let [
        table,
        schema,
        recreate,
        reordering,
        copy_from,
        table_args,
        table_kwargs,
        reflect_args,
        reflect_kwargs,
        naming,
    ] = values;
    let mut batch = Batch {
        table: text(interp, &table.unwrap_or_default(), "table_name")?,
        schema: opt_text(interp, schema, "schema")?,
        ..Batch::default()
    };
    batch.recreate = match opt_text(interp, recreate, "recreate")?.as_deref() {
        None | Some("auto") => Recreate::Auto,
        Some("always") => Recreate::Always,
        Some("never") => Recreate::Never,
        Some(_) => {
            return interp.value_error("recreate may be one of 'auto', 'always', or 'never'.");
        }
    };
    if let Some(reordering) = given(reordering) {
        for part in interp.items(&reordering)? {
            let part = texts(interp, &part, "partial_reordering")?;
            batch.partial_reordering.push(part);
        }
    }
    if let Some(copy_from) = given(copy_from) {
        let Some(table) = copy_from.downcast::<TableObject>() else {
            return Err(interp.unsupported("copy_from of something that is no Table"));
        };
        batch.copy_from = Some(table.data.borrow().clone());
        batch.copy_from_naming = table.naming.clone();
    }
    // A constraint in the place of the tuple yields its columns, and has none so far.
    let given_items =
        given(table_args).filter(|items| items.downcast::<ConstraintObject>().is_none());
    if let Some(items) = given_items {
        for item in interp.items(&items)? {
            if let Some(constraint) = item.downcast::<ConstraintObject>() {
                let constraint = constraint.data.borrow().clone();
                batch.table_args.push(TableArgument::Constraint(constraint));
            } else if let Some(index) = item.downcast::<IndexObject>() {
                batch.table_args.push(TableArgument::Index(index.data()));
            } else {
                return Err(interp.unsupported("table_args of this kind"));
            }
        }
    }
    if let Some(Value::Dict(keywords)) = given(table_kwargs) {
        let mut options = Vec::new();
        for (key, value) in keywords.entries() {
            let key = text(interp, &key, "a key of table_kwargs")?;
            match key.as_str() {
                "comment" => batch.comment = opt_text(interp, Some(value), "comment")?,
                "prefixes" => batch.prefixes = texts(interp, &value, "prefixes")?,
                _ => options.push((Text::from(key.as_str()), value)),
            }
        }
        batch.table_options = sa::table_options(interp, options)?;
    }
    if let Some(items) = given(reflect_args) {
        for item in interp.items(&items)? {
            if let Some(column) = item.downcast::<ColumnObject>() {
                let column = column.data.borrow().clone();
                batch.reflect_args.push(ReflectArgument::Column(Box::new(column)));
            } else if let Some(constraint) = item.downcast::<ConstraintObject>() {
                let constraint = constraint.data.borrow().clone();
                batch.reflect_args.push(ReflectArgument::Constraint(Box::new(constraint)));
            } else {
                return Err(interp.unsupported("reflect_args of this kind"));
            }
        }
    }
    // All foreign keys are copied, whether the tables they lead to are looked at or not.
    let reflects_otherwise = match given(reflect_kwargs) {
        Some(Value::Dict(keywords)) => {
            let mut keys = keywords.entries().into_iter().map(|(key, _)| key.as_text());
            keys.any(|key| key.is_none_or(|key| *key != *"resolve_fks"))
        }
        _ => false,
    };
    if let Some(naming) = given(naming) {
        batch.naming_convention = Some(sa::naming_convention(interp, &naming)?);
    }
    sa::current(interp)?;
    // The class is made with the hidden module.
    sa::class_named(interp, "BatchOperations")?;
    Ok(Value::native(BatchObject { batch: RefCell::new(batch), reflects_otherwise }))
}

impl BatchObject {
    fn flush(&self, interp: &mut Interpreter) -> Result<()> {
        let batch = self.batch.borrow().clone();
        let migration = sa::current(interp)?;
        let must_recreate = batch.must_recreate(&migration.context);
        let must_recreate = compiled(interp, must_recreate)?;
        if must_recreate
            && batch.copy_from.is_none()
            && self.reflects_otherwise
            && !sa::current(interp)?.is_offline()
        {
            return Err(interp.unsupported("batch_alter_table(reflect_kwargs=…)"));
        }
        if must_recreate
            && batch.copy_from.is_none()
            && let Some(trial) = sa::trial(interp)?
        {
            // The statements depend on the table; the code does not.
            trial.assume();
            return Ok(());
        }
        let reflected = if must_recreate && batch.copy_from.is_none() {
            sa::reflected_table(interp, batch.schema.as_deref(), &batch.table)?
        } else {
            None
        };
        let migration = sa::current(interp)?;
        let statements = batch.compile(&mut migration.context, reflected.as_ref());
        let statements = compiled(interp, statements)?;
        // CREATE TABLE, then the copy and DROP TABLE: with either the new table is to go.
        let copy = statements.iter().position(|made| made.sql.starts_with("INSERT INTO "));
        for (at, statement) in statements.into_iter().enumerate() {
            let result = sa::emit(interp, [statement.sql]);
            let is_of_copy = copy.is_some_and(|copy| (copy..=copy + 1).contains(&at));
            if is_of_copy
                && matches!(result.as_ref().map_err(|error| &**error), Err(Error::Raised(_)))
            {
                let drop = DropTable {
                    table: temporary_name(&batch.table),
                    schema: batch.schema.clone(),
                    if_exists: false,
                };
                sa::run(interp, &drop.into())?;
            }
            result?;
        }
        Ok(())
    }
}

impl Object for BatchObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        Err(interp.unsupported(format!("BatchOperations.{name}")))
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn exit(
        &self,
        _this: &Value,
        exception: Option<&Value>,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        if exception.is_none() {
            self.flush(interp)?;
        }
        Ok(false)
    }
}
