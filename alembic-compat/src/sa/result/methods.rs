//! The methods of results.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;
use crate::sa::errors;
use crate::sa::keywords::text;
use crate::sa::names::Merged;
use crate::sa::result_keys::Keys;

use super::ResultObject;
use super::Shape;
use super::row::first_of;

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
            let count = args.positional.first().and_then(Value::as_int).unwrap_or(1);
            let count = usize::try_from(count).unwrap_or(0);
            Ok(Value::list(std::iter::from_fn(|| this.take()).take(count).collect()))
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
        .method("unique", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("yield_per", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("tuples", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("partitions", |interp, args| {
            let (this, args) = this(interp, args)?;
            this.check(interp)?;
            let size = args.positional.first().and_then(Value::as_int).unwrap_or(1).max(1);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let mut parts = Vec::new();
            loop {
                let part: Vec<Value> = std::iter::from_fn(|| this.take()).take(size).collect();
                if part.is_empty() {
                    return Ok(Value::list(parts));
                }
                parts.push(Value::list(part));
            }
        })
        .method("close", |interp, args| {
            let (this, _) = this(interp, args)?;
            this.rows.borrow_mut().clear();
            Ok(Value::None)
        })
}

fn this(interp: &mut Interpreter, args: Args) -> Result<(Rc<ResultObject>, Args)> {
    let mut args = args;
    match args.take_self().and_then(|this| this.downcast::<ResultObject>()) {
        Some(this) => Ok((this, args)),
        None => Err(interp.unsupported("a result of another kind")),
    }
}

fn all(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    Ok(Value::list(std::iter::from_fn(|| this.take()).collect()))
}

fn next(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    Ok(this.take().unwrap_or_default())
}

fn first(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    let found = this.take();
    this.rows.borrow_mut().clear();
    Ok(found.unwrap_or_default())
}

/// `one()`, `one_or_none()`, `scalar_one()`, `scalar_one_or_none()`.
fn one(interp: &mut Interpreter, args: Args, or_none: bool, scalar: bool) -> Result<Value> {
    let (this, _) = this(interp, args)?;
    this.check(interp)?;
    let count = this.rows.borrow().len();
    if count > 1 {
        let message = if or_none {
            "Multiple rows were found when one or none was required"
        } else {
            "Multiple rows were found when exactly one was required"
        };
        return Err(errors::of_class(interp, "MultipleResultsFound", message)?);
    }
    match this.take() {
        None if or_none => Ok(Value::None),
        None => Err(errors::of_class(
            interp,
            "NoResultFound",
            "No row was found when one was required",
        )?),
        Some(row) => Ok(if scalar { first_of(&row) } else { row }),
    }
}
