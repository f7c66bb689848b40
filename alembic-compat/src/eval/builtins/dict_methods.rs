//! The methods of `dict`, and its views.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::class::Class;
use crate::eval::containers::Dict;
use crate::eval::descriptor::ClassMethod;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::iterate::DictPart;
use crate::eval::iterate::Iter;
use crate::eval::iterate::Walk;
use crate::eval::object::Object;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;

use super::methods;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.dict,
        &[
            ("get", |interp, args| {
                let [this, key, default] = args.method_up_to(interp, "get", 2)?;
                let dict = dict_of(interp, &this.unwrap_or_default())?;
                let found = interp.dict_get(&dict, &key.unwrap_or_default())?;
                Ok(found.or(default).unwrap_or_default())
            }),
            ("keys", |interp, args| view(interp, args, DictPart::Keys)),
            ("values", |interp, args| view(interp, args, DictPart::Values)),
            ("items", |interp, args| view(interp, args, DictPart::Items)),
            ("pop", |interp, args| {
                let [this, key, default] = args.method_up_to(interp, "pop", 2)?;
                let dict = dict_of(interp, &this.unwrap_or_default())?;
                let key = key.unwrap_or_default();
                match interp.dict_remove(&dict, &key)?.or(default) {
                    Some(value) => Ok(value),
                    None => Err(interp.raised_builtin("KeyError", vec![key])),
                }
            }),
            ("popitem", |interp, args| {
                let [this] = args.exactly(interp, "dict.popitem")?;
                let dict = dict_of(interp, &this)?;
                interp.check_plain(&dict)?;
                let last = {
                    let mut table = dict.table().borrow_mut();
                    let end = table.end();
                    let place = table.last_before(end).map(|(place, ..)| place);
                    place.and_then(|place| table.remove(place))
                };
                dict.count();
                match last {
                    Some((key, value)) => Ok(Value::tuple(vec![key, value])),
                    None => {
                        let message = Value::str("popitem(): dictionary is empty");
                        Err(interp.raised_builtin("KeyError", vec![message]))
                    }
                }
            }),
            ("setdefault", |interp, args| {
                let [this, key, default] = args.method_up_to(interp, "setdefault", 2)?;
                let dict = dict_of(interp, &this.unwrap_or_default())?;
                let key = key.unwrap_or_default();
                if let Some(found) = interp.dict_get(&dict, &key)? {
                    return Ok(found);
                }
                let default = default.unwrap_or_default();
                interp.dict_set(&dict, key, default.clone())?;
                Ok(default)
            }),
            ("update", |interp, mut args| {
                let this = args.take_self().unwrap_or_default();
                if args.positional.len() > 1 {
                    let given = args.positional.len();
                    return interp
                        .type_error(format!("update expected at most 1 argument, got {given}"));
                }
                let dict = dict_of(interp, &this)?;
                if let Some(other) = args.positional.first() {
                    interp.update_dict(&dict, other)?;
                }
                for (name, value) in args.keywords {
                    interp.dict_set(&dict, Value::Str(name), value)?;
                }
                Ok(Value::None)
            }),
            ("clear", |interp, args| {
                let [this] = args.exactly(interp, "dict.clear")?;
                let dict = dict_of(interp, &this)?;
                interp.check_plain(&dict)?;
                dict.clear();
                Ok(Value::None)
            }),
            ("copy", |interp, args| {
                let [this] = args.exactly(interp, "dict.copy")?;
                let dict = dict_of(interp, &this)?;
                let copy = Dict::default();
                interp.update_dict(&copy, &Value::Dict(dict))?;
                Ok(Value::Dict(Rc::new(copy)))
            }),
        ],
    );
    let fromkeys = Value::Builtin(Rc::new(Builtin::new("fromkeys", fromkeys)));
    types.dict.set("fromkeys", Value::native(ClassMethod { function: fromkeys }));
    let class = |name: &'static str| {
        ClassBuilder::new(name, "builtins")
            .last()
            .method("isdisjoint", |interp, args| {
                let [this, other] = args.exactly(interp, "isdisjoint")?;
                for item in interp.items(&other)? {
                    if interp.contains(&this, &item)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Ok(Value::Bool(true))
            })
            .finish(interp)
    };
    let (keys, values, items) = (class("dict_keys"), class("dict_values"), class("dict_items"));
    interp.register_class::<KeysClass>(keys);
    interp.register_class::<ValuesClass>(values);
    interp.register_class::<ItemsClass>(items);
}

fn dict_of(interp: &mut Interpreter, value: &Value) -> Result<Rc<Dict>> {
    match value.plain() {
        Value::Dict(dict) => Ok(dict),
        _ => {
            let class = interp.class_name(value);
            interp.type_error(format!(
                "descriptor of 'dict' objects doesn't apply to a '{class}' object"
            ))
        }
    }
}

fn fromkeys(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [class, keys, value] = args.method_up_to(interp, "fromkeys", 2)?;
    let value = value.unwrap_or_default();
    let mut keys = interp.iterate(&keys.unwrap_or_default())?;
    let made = interp.call(&class.unwrap_or_default(), Args::none())?;
    while let Some(key) = keys.next(interp)? {
        interp.set_item(&made, &key, value.clone())?;
    }
    Ok(made)
}

fn view(interp: &mut Interpreter, args: Args, part: DictPart) -> Result<Value> {
    let [this] = args.exactly(interp, "dict view")?;
    let dict = dict_of(interp, &this)?;
    Ok(Value::native(View { dict, part }))
}

/// `keys()`, `values()` and `items()`.
#[derive(Debug)]
struct View {
    dict: Rc<Dict>,
    part: DictPart,
}

#[derive(Debug)]
struct KeysClass;
#[derive(Debug)]
struct ValuesClass;
#[derive(Debug)]
struct ItemsClass;

macro_rules! marker {
    ($($name:ident),*) => {$(
        impl Object for $name {
        }
    )*};
}
marker!(KeysClass, ValuesClass, ItemsClass);

impl View {
    fn walk(&self) -> Iter {
        Iter::Dict(Rc::clone(&self.dict), self.part, 0, self.dict.len())
    }

    fn items(&self, interp: &mut Interpreter) -> Result<Vec<Value>> {
        let mut walk = self.walk();
        let mut items = Vec::new();
        while let Some(item) = walk.next(interp)? {
            items.push(item);
        }
        Ok(items)
    }

    fn as_set(&self, interp: &mut Interpreter) -> Result<Value> {
        let items = self.items(interp)?;
        interp.new_set(items, false)
    }
}

impl Object for View {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        match self.part {
            DictPart::Keys => interp.class_of::<KeysClass>(),
            DictPart::Values => interp.class_of::<ValuesClass>(),
            DictPart::Items => interp.class_of::<ItemsClass>(),
        }
    }

    fn len(&self, _: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(Some(self.dict.len()))
    }

    fn iterate(&self, _: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(Value::native(Walk::new(self.walk()))))
    }

    fn contains(&self, _: &Value, value: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        match self.part {
            DictPart::Keys => Ok(Some(interp.dict_get(&self.dict, value)?.is_some())),
            DictPart::Values => Ok(None),
            DictPart::Items => {
                let Value::Tuple(pair) = value else { return Ok(Some(false)) };
                let [key, value] = &***pair else { return Ok(Some(false)) };
                match interp.dict_get(&self.dict, key)? {
                    Some(found) => interp.same_or_equal(&found, value).map(Some),
                    None => Ok(Some(false)),
                }
            }
        }
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if self.part == DictPart::Values {
            return Ok(None);
        }
        let other = match other.downcast::<Self>() {
            Some(view) if view.part != DictPart::Values => view.as_set(interp)?,
            None if matches!(other, Value::Set(_)) => other.clone(),
            _ => return Ok(None),
        };
        let own = self.as_set(interp)?;
        interp.compare(op, &own, &other).map(Some)
    }

    fn binary(
        &self,
        _: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let known =
            matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Sub);
        if !known || self.part == DictPart::Values {
            return Ok(None);
        }
        let own = self.as_set(interp)?;
        let items = interp.items(other)?;
        let other = interp.new_set(items, false)?;
        let (a, b) = if reflected { (&other, &own) } else { (&own, &other) };
        interp.binary(op, a, b).map(Some)
    }

    fn hash(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        let class = self.class(interp);
        if self.part == DictPart::Values {
            return Ok(None);
        }
        interp.type_error(format!("unhashable type: '{}'", class.name))
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let items = Value::list(self.items(interp)?);
        let name = self.class(interp).name.clone();
        // A dict that holds its own view.
        if interp.shown.contains(&this.address()) {
            return Ok(Some("...".to_owned()));
        }
        interp.shown.push(this.address());
        let shown = interp.repr(&items);
        interp.shown.pop();
        Ok(Some(format!("{name}({})", shown?)))
    }
}
