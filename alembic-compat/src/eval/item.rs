//! `value[key]`, lengths and truth.

use super::args::Args;
use super::error::Result;
use super::interpreter::Interpreter;
use super::range::Slice;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// The integer that a value stands for as an index; nothing for what is none, or too large.
    ///
    /// # Errors
    /// What `__index__` raises.
    pub fn index(&mut self, value: &Value) -> Result<Option<i64>> {
        if let Some(value) = value.as_int() {
            return Ok(Some(value));
        }
        match self.special(value, "__index__", [])? {
            Some(result) => Ok(result.as_int()),
            None => Ok(None),
        }
    }

    /// The place in a sequence that a key means.
    fn place_of(&mut self, key: &Value, length: usize, kind: &str, what: &str) -> Result<usize> {
        let Some(index) = self.index(key)? else {
            if matches!(key.plain(), Value::BigInt(_)) {
                return self.raise("IndexError", "cannot fit 'int' into an index-sized integer");
            }
            let class = self.class_name(key);
            let message = if kind == "string" {
                format!("string indices must be integers, not '{class}'")
            } else if kind == "byte" {
                format!("byte indices must be integers or slices, not {class}")
            } else {
                format!("{kind} indices must be integers or slices, not {class}")
            };
            return self.type_error(message);
        };
        let place = if index < 0 {
            usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back))
        } else {
            usize::try_from(index).ok().filter(|place| *place < length)
        };
        match place {
            Some(place) => Ok(place),
            None => self.raise("IndexError", format!("{kind} {what}index out of range")),
        }
    }

    /// `value[key]`.
    ///
    /// # Errors
    /// A `TypeError` for what has no items, a `KeyError` or `IndexError` for what is not there,
    /// and what the lookup raises.
    pub fn item(&mut self, value: &Value, key: &Value) -> Result<Value> {
        match value {
            Value::List(list) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    let places = slice.places(self, list.len())?;
                    let items = list.borrow();
                    let part = places.iter().filter_map(|place| items.get(*place).cloned());
                    return Ok(Value::list(part.collect()));
                }
                let place = self.place_of(key, list.len(), "list", "")?;
                Ok(list.get(place).unwrap_or_default())
            }
            Value::Tuple(tuple) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    let places = slice.places(self, tuple.len())?;
                    let part = places.iter().filter_map(|place| tuple.get(*place).cloned());
                    return Ok(Value::tuple(part.collect()));
                }
                let place = self.place_of(key, tuple.len(), "tuple", "")?;
                Ok(tuple.get(place).cloned().unwrap_or_default())
            }
            Value::Dict(dict) => match self.dict_get(dict, key)? {
                Some(found) => Ok(found),
                None => Err(self.raised_builtin("KeyError", vec![key.clone()])),
            },
            Value::Str(text) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    return self.text_slice(text, &slice).map(Value::Str);
                }
                if !text.is_one_byte() {
                    self.charge(text.len() as u64 / 64)?;
                }
                let place = self.place_of(key, text.characters(), "string", "")?;
                Ok(text.character(place).map_or_else(Value::default, |c| Value::Str(c.into())))
            }
            Value::Bytes(bytes) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    let places = slice.places(self, bytes.len())?;
                    let part: Vec<u8> =
                        places.iter().filter_map(|place| bytes.get(*place).copied()).collect();
                    return Ok(Value::bytes(part));
                }
                let place = match self.place_of(key, bytes.len(), "byte", "") {
                    Err(error) if self.is_raised(&error, "IndexError") => {
                        return self.raise("IndexError", "index out of range");
                    }
                    place => place?,
                };
                Ok(bytes.get(place).map_or_else(Value::default, |byte| Value::Int((*byte).into())))
            }
            Value::Native(native) => match native.item(value, key, self)? {
                Some(found) => Ok(found),
                None => self.no_items(value, "is not subscriptable"),
            },
            Value::Class(class) => {
                if let Some(hooks) = class.hooks.clone()
                    && let Some(found) = hooks.item(self, class, key)?
                {
                    return Ok(found);
                }
                match class.lookup("__class_getitem__") {
                    Some(method) => {
                        let receiver = Value::Class(std::rc::Rc::clone(class));
                        let function = match &method {
                            Value::Native(_) => self.bind(&method, None, class)?,
                            other => self.bound(other, &receiver),
                        };
                        self.call(&function, Args::of([key.clone()]))
                    }
                    None if super::builtins::is_generic(self, class) => {
                        Ok(Value::native(super::builtins::GenericAlias {
                            class: value.clone(),
                            key: key.clone(),
                        }))
                    }
                    None => {
                        let name = &class.name;
                        self.type_error(format!("type '{name}' is not subscriptable"))
                    }
                }
            }
            Value::Instance(instance) => {
                if let Some(found) = self.special(value, "__getitem__", [key.clone()])? {
                    return Ok(found);
                }
                match value.plain() {
                    Value::Instance(_) => match instance.class().lookup("__getitem__") {
                        Some(method @ Value::Builtin(_)) => {
                            self.call(&method, Args::of([value.clone(), key.clone()]))
                        }
                        _ => self.no_items(value, "is not subscriptable"),
                    },
                    Value::Native(native) => match native.item(value, key, self)? {
                        Some(found) => Ok(found),
                        None => self.no_items(value, "is not subscriptable"),
                    },
                    Value::Dict(dict) => match self.dict_get(&dict, key)? {
                        Some(found) => Ok(found),
                        None => match self.special(value, "__missing__", [key.clone()])? {
                            Some(found) => Ok(found),
                            None => Err(self.raised_builtin("KeyError", vec![key.clone()])),
                        },
                    },
                    plain => self.item(&plain, key),
                }
            }
            _ => self.no_items(value, "is not subscriptable"),
        }
    }

    fn text_slice(&mut self, text: &Text, slice: &Slice) -> Result<Text> {
        let length = text.characters();
        self.charge(text.len() as u64 / 64)?;
        let (start, stop, step) = slice.bounds(self, length)?;
        if step == 1 {
            let start = usize::try_from(start).unwrap_or(0);
            let stop = usize::try_from(stop).unwrap_or(0);
            if start == 0 && stop >= length {
                return Ok(text.clone());
            }
            return Ok(Text::from(text.part(start, stop)));
        }
        let characters: Vec<char> = text.chars().collect();
        let places = slice.places(self, length)?;
        let part: String =
            places.iter().filter_map(|place| characters.get(*place).copied()).collect();
        Ok(Text::from(part))
    }

    fn no_items<R>(&mut self, value: &Value, what: &str) -> Result<R> {
        let class = self.class_name(value);
        self.type_error(format!("'{class}' object {what}"))
    }

    /// `value[key] = new`.
    ///
    /// # Errors
    /// As [`Interpreter::item`].
    pub fn set_item(&mut self, value: &Value, key: &Value, new: Value) -> Result<()> {
        const NOT: &str = "does not support item assignment";
        match value {
            Value::List(list) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    let items = match self.try_iterate(&new)? {
                        Some(_) => self.items(&new)?,
                        None => {
                            let (_, _, step) = slice.bounds(self, list.len())?;
                            return self.type_error(if step == 1 {
                                "can only assign an iterable"
                            } else {
                                "must assign iterable to extended slice"
                            });
                        }
                    };
                    return self.set_slice(list, &slice, items);
                }
                let place = self.place_of(key, list.len(), "list", "assignment ")?;
                let mut items = list.borrow_mut();
                let old = items.get_mut(place).map(|slot| std::mem::replace(slot, new));
                drop(items);
                drop(old);
                Ok(())
            }
            Value::Dict(dict) => self.dict_set(dict, key.clone(), new),
            Value::Native(native) => {
                if native.set_item(value, key, &new, self)? {
                    return Ok(());
                }
                self.no_items(value, NOT)
            }
            Value::Instance(_) => {
                if self.special(value, "__setitem__", [key.clone(), new.clone()])?.is_some() {
                    return Ok(());
                }
                match value.plain() {
                    Value::Instance(_) => self.no_items(value, NOT),
                    Value::Native(native) => {
                        if native.set_item(value, key, &new, self)? {
                            return Ok(());
                        }
                        self.no_items(value, NOT)
                    }
                    plain => self.set_item(&plain, key, new),
                }
            }
            _ => self.no_items(value, NOT),
        }
    }

    fn set_slice(
        &mut self,
        list: &super::containers::List,
        slice: &Slice,
        new: Vec<Value>,
    ) -> Result<()> {
        let (start, stop, step) = slice.bounds(self, list.len())?;
        self.allow_items(list.len() + new.len())?;
        if step == 1 {
            let start = usize::try_from(start).unwrap_or(0);
            let stop = usize::try_from(stop).unwrap_or(0).max(start);
            let mut items = list.borrow_mut();
            let length = items.len();
            let old: Vec<Value> = items.splice(start.min(length)..stop.min(length), new).collect();
            drop(items);
            drop(old);
            list.count();
            return Ok(());
        }
        let places = slice.places(self, list.len())?;
        if places.len() != new.len() {
            let (given, wanted) = (new.len(), places.len());
            return self.value_error(format!(
                "attempt to assign sequence of size {given} to extended slice of size {wanted}"
            ));
        }
        let mut old = Vec::new();
        let mut items = list.borrow_mut();
        for (place, value) in places.into_iter().zip(new) {
            if let Some(slot) = items.get_mut(place) {
                old.push(std::mem::replace(slot, value));
            }
        }
        drop(items);
        drop(old);
        Ok(())
    }

    /// `del value[key]`.
    ///
    /// # Errors
    /// As [`Interpreter::item`].
    pub fn delete_item(&mut self, value: &Value, key: &Value) -> Result<()> {
        // Python has two ways to say it: one for what has places.
        const WITH_PLACES: [&str; 7] =
            ["str", "tuple", "bytes", "range", "set", "frozenset", "dict_keys"];
        let has_places = WITH_PLACES.contains(&self.class_name(value).as_str());
        let not = match has_places && key.as_int().is_some() {
            true => "doesn't support item deletion",
            false => "does not support item deletion",
        };
        match value {
            Value::List(list) => {
                if let Some(slice) = key.downcast::<Slice>() {
                    let places = slice.places(self, list.len())?;
                    let mut doomed = vec![false; list.len()];
                    for place in places {
                        if let Some(slot) = doomed.get_mut(place) {
                            *slot = true;
                        }
                    }
                    let items = std::mem::take(&mut *list.borrow_mut());
                    let mut kept = Vec::new();
                    let mut old = Vec::new();
                    for (item, doomed) in items.into_iter().zip(doomed) {
                        if doomed { old.push(item) } else { kept.push(item) }
                    }
                    *list.borrow_mut() = kept;
                    list.count();
                    drop(old);
                    return Ok(());
                }
                let place = self.place_of(key, list.len(), "list", "assignment ")?;
                let old = list.borrow_mut().remove(place);
                list.count();
                drop(old);
                Ok(())
            }
            Value::Dict(dict) => match self.dict_remove(dict, key)? {
                Some(_) => Ok(()),
                None => Err(self.raised_builtin("KeyError", vec![key.clone()])),
            },
            Value::Native(native) => {
                if native.delete_item(value, key, self)? {
                    return Ok(());
                }
                self.no_items(value, not)
            }
            Value::Instance(_) => {
                if self.special(value, "__delitem__", [key.clone()])?.is_some() {
                    return Ok(());
                }
                match value.plain() {
                    Value::Instance(_) => self.no_items(value, not),
                    Value::Native(native) => {
                        if native.delete_item(value, key, self)? {
                            return Ok(());
                        }
                        self.no_items(value, not)
                    }
                    plain => self.delete_item(&plain, key),
                }
            }
            _ => self.no_items(value, not),
        }
    }

    /// `len(value)`; nothing for what has none.
    ///
    /// # Errors
    /// What `__len__` raises.
    pub fn len(&mut self, value: &Value) -> Result<Option<usize>> {
        Ok(Some(match value {
            Value::Str(text) => text.characters(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.len(),
            Value::Tuple(tuple) => tuple.len(),
            Value::Dict(dict) => dict.len(),
            Value::Set(set) => set.len(),
            Value::Native(native) => return native.len(value, self),
            Value::Class(class) => {
                return Ok(class.hooks.clone().and_then(|hooks| hooks.len(class)));
            }
            Value::Instance(_) => {
                if let Some(result) = self.special(value, "__len__", [])? {
                    return match result.as_int() {
                        Some(len) if len < 0 => self.value_error("__len__() should return >= 0"),
                        Some(len) => Ok(usize::try_from(len).ok()),
                        None => {
                            let class = self.class_name(&result);
                            self.type_error(format!(
                                "'{class}' object cannot be interpreted as an integer"
                            ))
                        }
                    };
                }
                match value.plain() {
                    Value::Instance(_) => return Ok(None),
                    Value::Native(native) => return native.len(value, self),
                    plain => return self.len(&plain),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// `bool(value)`.
    ///
    /// # Errors
    /// What `__bool__` raises.
    pub fn truth(&mut self, value: &Value) -> Result<bool> {
        Ok(match value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Tuple(tuple) => !tuple.is_empty(),
            Value::Dict(dict) => !dict.is_empty(),
            Value::Set(set) => !set.is_empty(),
            Value::Native(native) => match native.truth(value, self)? {
                Some(truth) => truth,
                None => native.len(value, self)?.is_none_or(|len| len > 0),
            },
            Value::Instance(_) => {
                if self.class(value).lookup_python("__bool__").is_some_and(|own| own.is_none()) {
                    return self.type_error("'NoneType' object is not callable");
                }
                if let Some(result) = self.special(value, "__bool__", [])? {
                    return match result {
                        Value::Bool(truth) => Ok(truth),
                        other => {
                            let class = self.class_name(&other);
                            self.type_error(format!(
                                "__bool__ should return bool, returned {class}"
                            ))
                        }
                    };
                }
                if let Value::Native(native) = value.plain()
                    && let Some(truth) = native.truth(value, self)?
                {
                    return Ok(truth);
                }
                match value.plain() {
                    plain @ (Value::Int(_) | Value::Float(_) | Value::BigInt(_)) => {
                        self.truth(&plain)?
                    }
                    _ => self.len(value)?.is_none_or(|len| len > 0),
                }
            }
            _ => true,
        })
    }
}
