//! Walking: `for`, `iter` and `next`.

use std::cell::RefCell;
use std::rc::Rc;

use super::args::Args;
use super::containers::Dict;
use super::containers::List;
use super::containers::Set;
use super::containers::Tuple;
use super::error::Result;
use super::interpreter::Interpreter;
use super::memory;
use super::object::Object;
use super::range::Range;
use super::text::Text;
use super::value::Value;

/// A walk over something, one item at a time.
#[derive(Debug)]
pub enum Iter {
    /// Over a list, which may change meanwhile.
    List(Rc<List>, usize),
    /// Over a tuple.
    Tuple(Rc<Tuple>, usize),
    /// Over the characters of a text, from this byte.
    Text(Text, usize),
    /// Over bytes.
    Bytes(Rc<[u8]>, usize),
    /// Over a dict from this place, with its size at the start.
    Dict(Rc<Dict>, DictPart, usize, usize),
    /// Over a set from this place, with its size at the start.
    Set(Rc<Set>, usize, usize),
    /// Over a range.
    Range(Range),
    /// Over values that are at hand.
    Values(std::vec::IntoIter<Value>),
    /// By an iterator object.
    Object(Value),
    /// By `__getitem__` with growing integers.
    Items(Value, i64),
}

/// What a walk over a dict gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DictPart {
    /// Its keys.
    Keys,
    /// Its values.
    Values,
    /// Pairs.
    Items,
}

impl Iter {
    /// The next item.
    ///
    /// # Errors
    /// What the iterator raises; a limit.
    #[allow(clippy::should_implement_trait, reason = "it needs the interpreter and can fail")]
    pub fn next(&mut self, interp: &mut Interpreter) -> Result<Option<Value>> {
        interp.step()?;
        Ok(match self {
            Self::List(list, at) => {
                let item = list.get(*at);
                *at = at.saturating_add(1);
                item
            }
            Self::Tuple(tuple, at) => {
                *at += 1;
                tuple.get(*at - 1).cloned()
            }
            Self::Text(text, at) => {
                let character = text.get(*at..).and_then(|rest| rest.chars().next());
                *at += character.map_or(0, char::len_utf8);
                character.map(|character| Value::Str(Text::from(character)))
            }
            Self::Bytes(bytes, at) => {
                *at += 1;
                bytes.get(*at - 1).map(|byte| Value::Int(i64::from(*byte)))
            }
            Self::Dict(dict, part, at, size) => {
                let table = dict.table().borrow();
                if table.len() != *size {
                    drop(table);
                    *size = usize::MAX;
                    return interp
                        .raise("RuntimeError", "dictionary changed size during iteration");
                }
                let Some((place, key, value)) = table.next_from(*at) else { return Ok(None) };
                *at = place + 1;
                Some(match part {
                    DictPart::Keys => key.clone(),
                    DictPart::Values => value.clone(),
                    DictPart::Items => Value::tuple(vec![key.clone(), value.clone()]),
                })
            }
            Self::Set(set, at, size) => {
                let table = set.table.borrow();
                if table.len() != *size {
                    drop(table);
                    *size = usize::MAX;
                    return interp.raise("RuntimeError", "Set changed size during iteration");
                }
                let Some((place, item, ())) = table.next_from(*at) else { return Ok(None) };
                *at = place + 1;
                Some(item.clone())
            }
            Self::Range(range) => range.advance().map(Value::Int),
            Self::Values(values) => values.next(),
            Self::Object(iterator) => {
                let iterator = iterator.clone();
                return interp.next(&iterator);
            }
            Self::Items(value, at) => {
                let key = Value::Int(*at);
                *at += 1;
                let value = value.clone();
                match interp.item(&value, &key) {
                    Ok(item) => Some(item),
                    Err(error) if interp.is_raised(&error, "IndexError") => None,
                    Err(error) if interp.is_raised(&error, "StopIteration") => None,
                    Err(error) => return Err(error),
                }
            }
        })
    }
}

impl Interpreter {
    /// Starts a walk.
    ///
    /// # Errors
    /// A `TypeError` for what cannot be walked, and what `__iter__` raises.
    pub fn iterate(&mut self, value: &Value) -> Result<Iter> {
        match self.try_iterate(value)? {
            Some(iter) => Ok(iter),
            None => {
                let class = self.class_name(value);
                self.type_error(format!("'{class}' object is not iterable"))
            }
        }
    }

    /// Starts a walk; nothing for what cannot be walked.
    ///
    /// # Errors
    /// What `__iter__` raises.
    pub fn try_iterate(&mut self, value: &Value) -> Result<Option<Iter>> {
        Ok(Some(match value {
            Value::List(list) => Iter::List(Rc::clone(list), 0),
            Value::Tuple(tuple) => Iter::Tuple(Rc::clone(tuple), 0),
            Value::Str(text) => Iter::Text(text.clone(), 0),
            Value::Bytes(bytes) => Iter::Bytes(Rc::clone(bytes), 0),
            Value::Dict(dict) => Iter::Dict(Rc::clone(dict), DictPart::Keys, 0, dict.len()),
            Value::Set(set) => Iter::Set(Rc::clone(set), 0, set.len()),
            Value::Native(native) => {
                if let Some(range) = value.downcast::<Range>() {
                    return Ok(Some(Iter::Range((*range).clone())));
                }
                if native.is_iterator() {
                    return Ok(Some(Iter::Object(value.clone())));
                }
                let found = native.iterate(value, self)?;
                return self.walk_instead(value, found);
            }
            Value::Class(class) => {
                let Some(hooks) = class.hooks.clone() else { return Ok(None) };
                let found = hooks.iterate(self, class)?;
                return self.walk_instead(value, found);
            }
            Value::Instance(instance) => {
                let class = instance.class();
                match class.lookup_python("__iter__") {
                    Some(Value::None) => return Ok(None),
                    Some(_) => {
                        let found = self.special(value, "__iter__", [])?.unwrap_or_default();
                        return self.iterator_of(&found).map(Some);
                    }
                    None => {}
                }
                if class.lookup_python("__getitem__").is_some() && instance.inner.borrow().is_none()
                {
                    return Ok(Some(Iter::Items(value.clone(), 0)));
                }
                match value.plain() {
                    Value::Instance(_) => match class.lookup("__iter__") {
                        Some(method @ Value::Builtin(_)) => {
                            let found = self.call(&method, Args::of([value.clone()]))?;
                            return self.walk_instead(value, Some(found));
                        }
                        _ => return Ok(None),
                    },
                    Value::Native(native) => {
                        let found = native.iterate(value, self)?;
                        return self.walk_instead(value, found);
                    }
                    plain => return self.try_iterate(&plain),
                }
            }
            _ => return Ok(None),
        }))
    }

    fn walk_instead(&mut self, value: &Value, found: Option<Value>) -> Result<Option<Iter>> {
        match found {
            None => Ok(None),
            Some(found) if found.is(value) => Ok(Some(Iter::Object(found))),
            Some(found) => self.nested(|interp| interp.try_iterate(&found)),
        }
    }

    /// What `__iter__` of Python code gave, which has to be an iterator.
    fn iterator_of(&mut self, found: &Value) -> Result<Iter> {
        match found {
            Value::Native(native) if native.is_iterator() => {
                // The walk inside is not taken out: others may hold the iterator too.
                Ok(Iter::Object(found.clone()))
            }
            Value::Instance(instance) if instance.class().lookup("__next__").is_some() => {
                Ok(Iter::Object(found.clone()))
            }
            _ => {
                let class = self.class_name(found);
                self.type_error(format!("iter() returned non-iterator of type '{class}'"))
            }
        }
    }

    /// `iter(value)`.
    ///
    /// # Errors
    /// As [`Interpreter::iterate`].
    pub fn iterator(&mut self, value: &Value) -> Result<Value> {
        Ok(match self.iterate(value)? {
            Iter::Object(iterator) => iterator,
            walk => Value::native(Walk { iter: RefCell::new(Some(walk)) }),
        })
    }

    /// `next(iterator)`; nothing at the end.
    ///
    /// # Errors
    /// A `TypeError` for what is no iterator, and what the step raises.
    pub fn next(&mut self, iterator: &Value) -> Result<Option<Value>> {
        let result = match iterator {
            Value::Native(native) if native.is_iterator() => {
                return self.nested(|interp| native.next(iterator, interp));
            }
            Value::Instance(instance) => {
                let class = instance.class();
                match class.lookup("__next__") {
                    Some(method) => {
                        let bound = self.bind(&method, Some(iterator), &class)?;
                        self.call(&bound, Args::none())
                    }
                    None => match iterator.plain() {
                        Value::Native(native) if native.is_iterator() => {
                            return self.nested(|interp| native.next(iterator, interp));
                        }
                        _ => return self.no_iterator(iterator),
                    },
                }
            }
            _ => return self.no_iterator(iterator),
        };
        match result {
            Ok(item) => Ok(Some(item)),
            Err(error) if self.is_raised(&error, "StopIteration") => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn no_iterator<R>(&mut self, value: &Value) -> Result<R> {
        let class = self.class_name(value);
        self.type_error(format!("'{class}' object is not an iterator"))
    }

    /// All items.
    ///
    /// # Errors
    /// As [`Interpreter::iterate`]; what walking raises; a limit.
    pub fn items(&mut self, value: &Value) -> Result<Vec<Value>> {
        match value {
            Value::List(list) => {
                self.charge(list.len() as u64 / 4)?;
                return Ok(list.to_vec());
            }
            Value::Tuple(tuple) => {
                self.charge(tuple.len() as u64 / 4)?;
                return Ok(tuple.to_vec());
            }
            _ => {}
        }
        let mut iter = self.iterate(value)?;
        let mut items = Vec::new();
        while let Some(item) = iter.next(self)? {
            items.push(item);
            if items.len() % 1024 == 0 {
                self.allow_collected(items.len())?;
            }
        }
        Ok(items)
    }

    /// Says that so many values were collected outside of any container.
    pub(super) fn allow_collected(&mut self, count: usize) -> Result<()> {
        if count > self.limits.length / 8
            || memory::held().saturating_add(count * memory::PER_VALUE) > self.limits.memory
        {
            return Err(self.limit(super::error::Limit::Size("a collection")));
        }
        Ok(())
    }
}

/// An iterator over built-in values, as an object.
#[derive(Debug)]
pub(super) struct Walk {
    iter: RefCell<Option<Iter>>,
}

impl Walk {
    pub(super) fn new(iter: Iter) -> Self {
        Self { iter: RefCell::new(Some(iter)) }
    }
}

impl Object for Walk {
    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        // Taken out meanwhile: Python code that runs in between may come back here.
        let Some(mut iter) = self.iter.borrow_mut().take() else { return Ok(None) };
        let item = iter.next(interp)?;
        if item.is_some() {
            let old = self.iter.borrow_mut().replace(iter);
            drop(old);
        }
        Ok(item)
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        if let Some(Iter::Object(value) | Iter::Items(value, _)) = self.iter.get_mut().take() {
            memory::drop_values([value]);
        }
    }
}
