//! Schema elements that `execute` is given: `CreateSequence`, `CreateSchema`, `DDL` and the like.

use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::operation::CreateIndex;
use limbeck_schema::operation::CreateTable;
use limbeck_schema::operation::IfExists;
use limbeck_schema::operation::Operation;

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

use super::index::IndexObject;
use super::keywords::flag;
use super::keywords::text;
use super::migration;
use super::sequence::SequenceObject;
use super::table;
use super::table::TableObject;

/// A schema element.
#[derive(Debug)]
struct DdlObject {
    class: Rc<Class>,
    operation: DdlKind,
}

#[derive(Debug)]
enum DdlKind {
    Operation(Operation),
    Raw(String),
}

impl Object for DdlObject {
    fn class(&self, _: &Interpreter) -> Rc<Class> {
        Rc::clone(&self.class)
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("str() of a schema element"))
    }
}

/// Runs a schema element; whether the value is one.
pub(crate) fn run(interp: &mut Interpreter, value: &Value) -> Result<bool> {
    if let Some(sequence) = value.downcast::<SequenceObject>() {
        let sequence = &sequence.data;
        let next = expr::next_value(sequence.schema.as_deref(), sequence.name.as_str());
        migration::unread(interp, &expr::Select::new([next]).into())?;
        return Ok(true);
    }
    let Some(object) = value.downcast::<DdlObject>() else { return Ok(false) };
    match &object.operation {
        DdlKind::Operation(operation) => migration::run(interp, operation)?,
        DdlKind::Raw(sql) => {
            migration::raw(interp, sql, &[])?;
        }
    }
    Ok(true)
}

fn made(class: &Rc<Class>, operation: Operation) -> Result<Value> {
    Ok(Value::native(DdlObject {
        class: Rc::clone(class),
        operation: DdlKind::Operation(operation),
    }))
}

fn element(
    interp: &mut Interpreter,
    args: Args,
    keyword: &'static str,
) -> Result<(Value, bool, bool)> {
    let names = ["element", keyword, "cascade"];
    let signature = Signature { keyword_only: 2, ..Signature::new("__init__", names, 1) };
    let Bound { values: [element, conditional, cascade], .. } = args.bind(interp, &signature)?;
    Ok((element.unwrap_or_default(), flag(interp, conditional)?, flag(interp, cascade)?))
}

fn if_exists(conditional: bool) -> IfExists {
    if conditional { IfExists::Conditional } else { IfExists::Unconditional }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let base = ClassBuilder::new("DDLElement", "sqlalchemy.sql.ddl");
    let base = match super::registry::value(home, "ClauseElement") {
        Some(Value::Class(clause)) => base.base(&clause),
        _ => base,
    };
    let base = base.finish(interp);
    interp.register_class::<DdlObject>(Rc::clone(&base));
    home.set("DDLElement", Value::Class(Rc::clone(&base)));
    let add = |interp: &mut Interpreter, name: &str, make| {
        let class = ClassBuilder::new(name, "sqlalchemy.sql.ddl")
            .base(&base)
            .constructor(make)
            .finish(interp);
        home.set(name, Value::Class(class));
    };
    add(interp, "CreateSequence", |interp, class, args| {
        let (of, conditional, _) = element(interp, args, "if_not_exists")?;
        match of.downcast::<SequenceObject>() {
            Some(of) => made(
                class,
                Operation::CreateSequence(Box::new(of.data.clone()), if_exists(conditional)),
            ),
            None => Err(interp.unsupported("CreateSequence of something else")),
        }
    });
    add(interp, "DropSequence", |interp, class, args| {
        let (of, conditional, _) = element(interp, args, "if_exists")?;
        match of.downcast::<SequenceObject>() {
            Some(of) => made(
                class,
                Operation::DropSequence(Box::new(of.data.clone()), if_exists(conditional)),
            ),
            None => Err(interp.unsupported("DropSequence of something else")),
        }
    });
    add(interp, "CreateSchema", |interp, class, args| {
        let (name, conditional, _) = element(interp, args, "if_not_exists")?;
        made(
            class,
            Operation::CreateSchema(
                text(interp, &name, "the name of a schema")?,
                if_exists(conditional),
            ),
        )
    });
    add(interp, "DropSchema", |interp, class, args| {
        let (name, conditional, cascade) = element(interp, args, "if_exists")?;
        let name = text(interp, &name, "the name of a schema")?;
        made(class, Operation::DropSchema { name, if_exists: if_exists(conditional), cascade })
    });
    add(interp, "CreateTable", |interp, class, args| {
        let (of, conditional, _) = element(interp, args, "if_not_exists")?;
        match of.downcast::<TableObject>() {
            Some(of) => {
                let table = of.data.borrow().clone();
                // Indexes are statements of their own, and not of this one.
                if !table.indexes.is_empty() || table.columns.iter().any(|column| column.index) {
                    return Err(interp.unsupported("CreateTable of a table with indexes"));
                }
                made(class, CreateTable { table, if_not_exists: conditional }.into())
            }
            None => Err(interp.unsupported("CreateTable of something else")),
        }
    });
    add(interp, "DropTable", |interp, class, args| {
        let (of, conditional, _) = element(interp, args, "if_exists")?;
        match of.downcast::<TableObject>() {
            Some(of) => made(class, table::drop_operation(&of.data.borrow(), conditional)),
            None => Err(interp.unsupported("DropTable of something else")),
        }
    });
    add(interp, "CreateIndex", |interp, class, args| {
        let (of, conditional, _) = element(interp, args, "if_not_exists")?;
        match of.downcast::<IndexObject>() {
            Some(of) => match of.table.borrow().clone() {
                Some((schema, table)) => made(
                    class,
                    CreateIndex { table, schema, index: of.data(), if_not_exists: conditional }
                        .into(),
                ),
                None => Err(interp.unsupported("CreateIndex of an index without a table")),
            },
            None => Err(interp.unsupported("CreateIndex of something else")),
        }
    });
    add(interp, "DDL", |interp, class, args| {
        let signature = Signature::new("__init__", ["statement", "context"], 1);
        let Bound { values: [sql, context], .. } = args.bind(interp, &signature)?;
        if context.is_some_and(|context| !context.is_none()) {
            return Err(interp.unsupported("DDL with a context"));
        }
        let sql = text(interp, &sql.unwrap_or_default(), "statement")?;
        if sql.replace("%%", "").contains('%') {
            return Err(interp.unsupported("DDL with a placeholder"));
        }
        Ok(Value::native(DdlObject {
            class: Rc::clone(class),
            operation: DdlKind::Raw(sql.replace("%%", "%")),
        }))
    });
}
