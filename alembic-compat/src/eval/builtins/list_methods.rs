//! The methods of `list` and `tuple`.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::containers::List;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::memory;
use crate::eval::value::Value;

use super::int_argument;
use super::methods;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.list,
        &[
            ("append", |interp, args| {
                let [this, item] = args.exactly(interp, "list.append")?;
                let list = list_of(interp, &this)?;
                interp.allow_collected(list.len())?;
                list.push(item);
                Ok(Value::None)
            }),
            ("extend", |interp, args| {
                let [this, items] = args.exactly(interp, "list.extend")?;
                let list = list_of(interp, &this)?;
                let items = interp.items(&items)?;
                interp.allow_items(list.len() + items.len())?;
                list.borrow_mut().extend(items);
                list.count();
                Ok(Value::None)
            }),
            ("insert", |interp, args| {
                let [this, at, item] = args.exactly(interp, "insert")?;
                let list = list_of(interp, &this)?;
                let at = int_argument(interp, &at)?;
                let length = list.len();
                interp.allow_collected(length)?;
                interp.charge(length as u64 / 64)?;
                list.borrow_mut().insert(clamp(at, length), item);
                list.count();
                Ok(Value::None)
            }),
            ("pop", |interp, args| {
                let [this, at] = args.method_up_to(interp, "pop", 1)?;
                let list = list_of(interp, &this.unwrap_or_default())?;
                let at = match at {
                    Some(at) => int_argument(interp, &at)?,
                    None => -1,
                };
                let length = list.len();
                if length == 0 {
                    return interp.raise("IndexError", "pop from empty list");
                }
                let place = if at < 0 {
                    usize::try_from(at.unsigned_abs()).ok().and_then(|at| length.checked_sub(at))
                } else {
                    usize::try_from(at).ok().filter(|at| *at < length)
                };
                let Some(place) = place else {
                    return interp.raise("IndexError", "pop index out of range");
                };
                interp.charge((length - place) as u64 / 64)?;
                let item = list.borrow_mut().remove(place);
                list.count();
                Ok(item)
            }),
            ("remove", |interp, args| {
                let [this, item] = args.exactly(interp, "list.remove")?;
                let list = list_of(interp, &this)?;
                match position(interp, &list, &item, 0, usize::MAX)? {
                    Some(at) => {
                        let mut items = list.borrow_mut();
                        let removed = (at < items.len()).then(|| items.remove(at));
                        drop(items);
                        drop(removed);
                        list.count();
                        Ok(Value::None)
                    }
                    None => interp.value_error("list.remove(x): x not in list"),
                }
            }),
            ("clear", |interp, args| {
                let [this] = args.exactly(interp, "list.clear")?;
                let list = list_of(interp, &this)?;
                let items = std::mem::take(&mut *list.borrow_mut());
                list.count();
                memory::drop_values(items);
                Ok(Value::None)
            }),
            ("copy", |interp, args| {
                let [this] = args.exactly(interp, "list.copy")?;
                let items = list_of(interp, &this)?.to_vec();
                interp.allow_items(items.len())?;
                Ok(Value::list(items))
            }),
            ("reverse", |interp, args| {
                let [this] = args.exactly(interp, "list.reverse")?;
                list_of(interp, &this)?.borrow_mut().reverse();
                Ok(Value::None)
            }),
            ("sort", sort),
            ("count", |interp, args| {
                let [this, item] = args.exactly(interp, "list.count")?;
                let items = list_of(interp, &this)?.to_vec();
                count(interp, &items, &item)
            }),
            ("index", |interp, args| {
                let [this, item, start, stop] = args.method_up_to(interp, "index", 2)?;
                let list = list_of(interp, &this.unwrap_or_default())?;
                let item = item.unwrap_or_default();
                let (start, stop) = bounds(interp, list.len(), start, stop)?;
                match position(interp, &list, &item, start, stop)? {
                    Some(at) => Ok(Value::size(at)),
                    None => {
                        let shown = interp.repr(&item)?;
                        interp.value_error(format!("{shown} is not in list"))
                    }
                }
            }),
        ],
    );
    methods(
        &types.tuple,
        &[
            ("count", |interp, args| {
                let [this, item] = args.exactly(interp, "tuple.count")?;
                let items = interp.items(&this.plain())?;
                count(interp, &items, &item)
            }),
            ("index", |interp, args| {
                let [this, item, start, stop] = args.method_up_to(interp, "index", 2)?;
                let list = List::new(interp.items(&this.unwrap_or_default().plain())?);
                let item = item.unwrap_or_default();
                let (start, stop) = bounds(interp, list.len(), start, stop)?;
                match position(interp, &list, &item, start, stop)? {
                    Some(at) => Ok(Value::size(at)),
                    None => interp.value_error("tuple.index(x): x not in tuple"),
                }
            }),
        ],
    );
}

fn list_of(interp: &mut Interpreter, value: &Value) -> Result<Rc<List>> {
    match value.plain() {
        Value::List(list) => Ok(list),
        _ => {
            let class = interp.class_name(value);
            interp.type_error(format!(
                "descriptor of 'list' objects doesn't apply to a '{class}' object"
            ))
        }
    }
}

fn clamp(at: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if at < 0 { at.saturating_add(length).max(0) } else { at.min(length) };
    usize::try_from(at).unwrap_or(0)
}

fn bounds(
    interp: &mut Interpreter,
    length: usize,
    start: Option<Value>,
    stop: Option<Value>,
) -> Result<(usize, usize)> {
    let mut place = |value: Option<Value>, default: usize| match value {
        Some(value) => int_argument(interp, &value).map(|at| clamp(at, length)),
        None => Ok(default),
    };
    Ok((place(start, 0)?, place(stop, length)?))
}

/// The first place of an equal item. The list may change while items are compared.
fn position(
    interp: &mut Interpreter,
    list: &List,
    item: &Value,
    start: usize,
    stop: usize,
) -> Result<Option<usize>> {
    let mut at = start;
    while at < stop {
        let Some(other) = list.get(at) else { return Ok(None) };
        interp.step()?;
        if interp.same_or_equal(&other, item)? {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}

fn count(interp: &mut Interpreter, items: &[Value], item: &Value) -> Result<Value> {
    let mut found = 0;
    for other in items {
        interp.step()?;
        if interp.same_or_equal(other, item)? {
            found += 1;
        }
    }
    Ok(Value::Int(found))
}

fn sort(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let key = args.take_keyword("key").unwrap_or_default();
    let reverse = match args.take_keyword("reverse") {
        Some(reverse) => interp.truth(&reverse)?,
        None => false,
    };
    if args.positional.len() > 1 {
        return interp.type_error("sort() takes no positional arguments");
    }
    if let Some((name, _)) = args.keywords.first() {
        return interp.type_error(format!("sort() got an unexpected keyword argument '{name}'"));
    }
    let list = list_of(interp, &args.take_self().unwrap_or_default())?;
    // Whoever looks meanwhile sees an empty list; what he puts there is lost.
    let items = std::mem::take(&mut *list.borrow_mut());
    list.count();
    let sorted = interp.sort(items.clone(), &key, reverse);
    let is_touched = list.borrow().capacity() > 0;
    let (items, result) = match sorted {
        Ok(sorted) => (sorted, Ok(Value::None)),
        Err(error) => (items, Err(error)),
    };
    let old = std::mem::replace(&mut *list.borrow_mut(), items);
    list.count();
    drop(old);
    if is_touched && result.is_ok() {
        return interp.value_error("list modified during sort");
    }
    result
}
