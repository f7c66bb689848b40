//! The methods of `set` and `frozenset`.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::containers::Set;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;
use crate::python::BinaryOp;

use super::NativeFn;
use super::methods;

const COMMON: &[(&str, NativeFn)] = &[
    ("copy", |interp, args| {
        let [this] = args.exactly(interp, "copy")?;
        let set = set_of(interp, &this)?;
        interp.new_set(set.items(), set.frozen)
    }),
    ("union", |interp, args| combine(interp, args, BinaryOp::BitOr)),
    ("intersection", |interp, args| combine(interp, args, BinaryOp::BitAnd)),
    ("difference", |interp, args| combine(interp, args, BinaryOp::Sub)),
    ("symmetric_difference", |interp, args| combine(interp, args, BinaryOp::BitXor)),
    ("isdisjoint", |interp, args| {
        let [this, other] = args.exactly(interp, "isdisjoint")?;
        let set = set_of(interp, &this)?;
        for item in interp.items(&other)? {
            if interp.set_contains(&set, &item)? {
                return Ok(Value::Bool(false));
            }
        }
        Ok(Value::Bool(true))
    }),
    ("issubset", |interp, args| {
        let [this, other] = args.exactly(interp, "issubset")?;
        let set = set_of(interp, &this)?;
        let other = as_set(interp, &other)?;
        subset(interp, &set, &other)
    }),
    ("issuperset", |interp, args| {
        let [this, other] = args.exactly(interp, "issuperset")?;
        let set = set_of(interp, &this)?;
        let other = as_set(interp, &other)?;
        subset(interp, &other, &set)
    }),
];

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(&types.set, COMMON);
    methods(&types.frozenset, COMMON);
    methods(
        &types.set,
        &[
            ("add", |interp, args| {
                let [this, item] = args.exactly(interp, "set.add")?;
                let set = set_of(interp, &this)?;
                interp.set_add(&set, item)?;
                Ok(Value::None)
            }),
            ("discard", |interp, args| {
                let [this, item] = args.exactly(interp, "set.discard")?;
                let set = set_of(interp, &this)?;
                interp.set_remove(&set, &item)?;
                Ok(Value::None)
            }),
            ("remove", |interp, args| {
                let [this, item] = args.exactly(interp, "set.remove")?;
                let set = set_of(interp, &this)?;
                if interp.set_remove(&set, &item)? {
                    return Ok(Value::None);
                }
                Err(interp.raised_builtin("KeyError", vec![item]))
            }),
            ("pop", |interp, args| {
                let [this] = args.exactly(interp, "set.pop")?;
                let set = set_of(interp, &this)?;
                let first = {
                    let mut table = set.table.borrow_mut();
                    let place = table.next_from(0).map(|(place, ..)| place);
                    place.and_then(|place| table.remove(place))
                };
                set.count();
                match first {
                    Some((item, ())) => Ok(item),
                    None => {
                        let message = Value::str("pop from an empty set");
                        Err(interp.raised_builtin("KeyError", vec![message]))
                    }
                }
            }),
            ("clear", |interp, args| {
                let [this] = args.exactly(interp, "set.clear")?;
                set_of(interp, &this)?.clear();
                Ok(Value::None)
            }),
            ("update", |interp, args| update(interp, args, BinaryOp::BitOr)),
            ("intersection_update", |interp, args| update(interp, args, BinaryOp::BitAnd)),
            ("difference_update", |interp, args| update(interp, args, BinaryOp::Sub)),
            ("symmetric_difference_update", |interp, args| update(interp, args, BinaryOp::BitXor)),
        ],
    );
}

fn set_of(interp: &mut Interpreter, value: &Value) -> Result<Rc<Set>> {
    match value.plain() {
        Value::Set(set) => Ok(set),
        _ => {
            let class = interp.class_name(value);
            interp.type_error(format!(
                "descriptor of 'set' objects doesn't apply to a '{class}' object"
            ))
        }
    }
}

fn as_set(interp: &mut Interpreter, value: &Value) -> Result<Rc<Set>> {
    if let Value::Set(set) = value.plain() {
        return Ok(set);
    }
    let items = interp.items(value)?;
    let set = interp.new_set(items, false)?;
    set_of(interp, &set)
}

fn subset(interp: &mut Interpreter, smaller: &Set, larger: &Set) -> Result<Value> {
    for item in smaller.items() {
        if !interp.set_contains(larger, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn combine(interp: &mut Interpreter, mut args: Args, op: BinaryOp) -> Result<Value> {
    let this = args.take_self().unwrap_or_default();
    let mut result = set_of(interp, &this)?;
    if args.positional.is_empty() {
        return interp.new_set(result.items(), result.frozen);
    }
    for other in &args.positional {
        let other = as_set(interp, other)?;
        let value = interp.set_operator(op, &result, &other)?;
        result = set_of(interp, &value)?;
    }
    Ok(Value::Set(result))
}

fn update(interp: &mut Interpreter, args: Args, op: BinaryOp) -> Result<Value> {
    let this = args.positional.first().cloned().unwrap_or_default();
    let set = set_of(interp, &this)?;
    for other in args.positional.into_iter().skip(1) {
        let other = as_set(interp, &other)?;
        let result = interp.set_operator(op, &set, &other)?;
        let result = set_of(interp, &result)?;
        let table = result.table.take();
        let old = set.table.replace(table);
        set.count();
        result.count();
        crate::eval::memory::drop_values(old.iter().map(|(item, ())| item.clone()));
    }
    Ok(Value::None)
}
