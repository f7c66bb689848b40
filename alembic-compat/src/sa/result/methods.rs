//! The methods of results.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::sa::errors;
use crate::sa::execution_options;
use crate::sa::keywords::text;
use crate::sa::names::Merged;
use crate::sa::result_keys::Keys;

use super::ResultObject;
use super::Shape;
use super::row::first_of;
use super::unique;
use super::unique::Partitions;

/// Makes the classes of results.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let module = "sqlalchemy.engine.result";
    let result =
        with_methods(ClassBuilder::new("Result", module)).hooks(Rc::new(Merged)).finish(interp);
    let filter = with_methods(ClassBuilder::new("FilterResult", module)).finish(interp);
    for (name, module, base) in [
        ("CursorResult", "sqlalchemy.engine.cursor", &result),
        ("ChunkedIteratorResult", module, &result),
        ("ScalarResult", module, &filter),
        ("MappingResult", module, &filter),
    ] {
        let class = ClassBuilder::new(name, module).base(base).finish(interp);
        home.set(name, Value::Class(class));
    }
    interp.register_class::<ResultObject>(Rc::clone(&result));
    home.set("Result", Value::Class(result));
    let parts = ClassBuilder::new("generator", "builtins").finish(interp);
    interp.register_class::<Partitions>(parts);
}

/// What all results have; which of it each kind has, the table of names tells.
fn with_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("fetchall", all)
        .method("all", all)
        .method("fetchone", next)
        .method("first", first)
        .method("one", |interp, args| one(interp, args, false, false))
        .method("one_or_none", |interp, args| one(interp, args, true, false))
        .method("scalar_one", |interp, args| one(interp, args, false, true))
        .method("scalar_one_or_none", |interp, args| one(interp, args, true, true))
        .method("scalar", |interp, args| {
            let row = first(interp, args)?;
            Ok(first_of(&row))
        })
        .method("fetchmany", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let count = this.count(interp, args, "fetchmany")?;
            this.take_many(interp, count).map(Value::list)
        })
        .method("scalars", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let at = match args.positional.first() {
                None => 0,
                Some(index) => match index.as_int() {
                    Some(index) => usize::try_from(index).unwrap_or(0),
                    None => {
                        let name = text(interp, index, "a column")?;
                        this.columns.iter().position(|column| *column == name).unwrap_or(0)
                    }
                },
            };
            Ok(Value::native(this.shaped(Shape::Scalars(at))))
        })
        .method("mappings", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.check(interp)?;
            Ok(Value::native(this.shaped(Shape::Mappings)))
        })
        .method("keys", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.check(interp)?;
            Ok(Value::native(Keys(Rc::clone(&this.columns))))
        })
        .method("unique", unique::unique)
        .method("yield_per", |interp, args| {
            let value = args.positional.first().cloned().unwrap_or_default();
            let (this, args) = this(interp, args)?;
            let [count] = args.bind(interp, &Signature::new("yield_per", ["num"], 1))?.values;
            let count = execution_options::count(interp, &count.unwrap_or_default())?;
            this.yield_rows(interp, count)?;
            Ok(value)
        })
        // What it says is for type checkers.
        .method("tuples", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("partitions", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let size = this.count(interp, args, "partitions")?;
            Ok(Value::native(Partitions { of: this, size }))
        })
        .method("close", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.close();
            Ok(Value::None)
        })
}

pub(super) fn this(interp: &mut Interpreter, args: Args) -> Result<(Rc<ResultObject>, Args)> {
    let mut args = args;
    match args.take_self().and_then(|this| this.downcast::<ResultObject>()) {
        Some(this) => Ok((this, args)),
        None => Err(interp.unsupported("a result of another kind")),
    }
}

fn all(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    this.take_many(interp, usize::MAX).map(Value::list)
}

fn next(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    Ok(this.take_next(interp)?.unwrap_or_default())
}

fn first(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    // Of several rows that are the same the first one is as good.
    let found = this.take().map(|values| this.shown(values));
    this.close();
    Ok(found.unwrap_or_default())
}

/// `one()`, `one_or_none()`, `scalar_one()`, `scalar_one_or_none()`.
fn one(interp: &mut Interpreter, args: Args, or_none: bool, scalar: bool) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    let first = this.take();
    let has_more = match &first {
        Some(first) => this.has_another(interp, first)?,
        None => false,
    };
    this.close();
    if has_more {
        let message = if or_none {
            "Multiple rows were found when one or none was required"
        } else {
            "Multiple rows were found when exactly one was required"
        };
        return Err(errors::of_class(interp, "MultipleResultsFound", message)?);
    }
    match first.map(|values| this.shown(values)) {
        None if or_none => Ok(Value::None),
        None => Err(errors::of_class(
            interp,
            "NoResultFound",
            "No row was found when one was required",
        )?),
        Some(row) => Ok(if scalar { first_of(&row) } else { row }),
    }
}
