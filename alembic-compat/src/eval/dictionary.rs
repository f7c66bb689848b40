//! Hashes, and looking up keys in dicts and sets.

use std::cell::RefCell;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use num_traits::Signed as _;
use num_traits::ToPrimitive as _;

use super::compare::quick_equal;
use super::containers::Dict;
use super::containers::Set;
use super::error::Result;
use super::interpreter::Interpreter;
use super::namespace::hash_bytes;
use super::namespace::hash_text;
use super::table::Probe;
use super::table::Table;
use super::value::Value;

/// The modulus of CPython's hashes of numbers.
const MODULUS: u64 = (1 << 61) - 1;

impl Interpreter {
    /// `hash(value)`. Equal numbers have equal hashes, and the same as in CPython; those of texts
    /// differ from run to run there and are fixed here.
    ///
    /// # Errors
    /// A `TypeError` for what cannot be hashed, and what `__hash__` raises.
    pub fn hash(&mut self, value: &Value) -> Result<u64> {
        Ok(match value {
            Value::Str(text) => hash_text(text),
            Value::Int(value) => hash_int(*value),
            Value::Bool(value) => u64::from(*value),
            Value::Float(value) => hash_float(*value),
            Value::BigInt(value) => hash_big(value),
            Value::Bytes(bytes) => hash_bytes(bytes) ^ 1,
            Value::Tuple(tuple) => {
                let tuple = Rc::clone(tuple);
                self.nested(|interp| {
                    let mut hash: u64 = 0x27d4_eb2f_1656_67c5;
                    for item in tuple.iter() {
                        interp.step()?;
                        let item = interp.hash(item)?;
                        hash = hash.wrapping_add(item.wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
                        hash = hash.rotate_left(31).wrapping_mul(0x9e37_79b1_85eb_ca87);
                    }
                    Ok(hash)
                })?
            }
            Value::Set(set) if set.frozen => {
                let table = set.table.borrow();
                let hashes = (0..table.end()).filter_map(|place| table.hash_at(place));
                hashes.fold(1927, |hash, item| hash ^ item.wrapping_mul(0x9e37_79b1_85eb_ca87))
            }
            Value::List(_) | Value::Dict(_) | Value::Set(_) => return self.unhashable(value),
            Value::Instance(instance) => {
                let class = instance.class();
                match class.lookup_python("__hash__") {
                    Some(Value::None) => return self.unhashable(value),
                    Some(_) => {
                        let result = self.special(value, "__hash__", [])?.unwrap_or_default();
                        match result {
                            Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
                                return self.hash(&result);
                            }
                            _ => {
                                return self.type_error("__hash__ method should return an integer");
                            }
                        }
                    }
                    None => {}
                }
                match value.plain() {
                    Value::Instance(_) => match class.lookup("__hash__") {
                        Some(method @ Value::Builtin(_)) => {
                            let args = super::args::Args::of([value.clone()]);
                            let result = self.call(&method, args)?;
                            return self.hash(&result);
                        }
                        _ => value.address() as u64 >> 4,
                    },
                    Value::Native(native) => match native.hash(value, self)? {
                        Some(hash) => hash.cast_unsigned(),
                        None => value.address() as u64 >> 4,
                    },
                    plain => return self.hash(&plain),
                }
            }
            Value::Native(native) => match native.hash(value, self)? {
                Some(hash) => hash.cast_unsigned(),
                None => value.address() as u64 >> 4,
            },
            Value::Method(method) => {
                (method.receiver.address() ^ method.function.address()) as u64 >> 4
            }
            _ => value.address() as u64 >> 4,
        })
    }

    fn unhashable(&mut self, value: &Value) -> Result<u64> {
        let class = self.class_name(value);
        self.type_error(format!("unhashable type: '{class}'"))
    }

    /// The place of a key in a table.
    fn find_key<V>(
        &mut self,
        table: &RefCell<Table<Value, V>>,
        hash: u64,
        key: &Value,
    ) -> Result<Option<usize>> {
        let mut probe = Probe::default();
        loop {
            let unsure = {
                let table = table.borrow();
                loop {
                    let Some((place, other)) = table.candidate(hash, &mut probe) else {
                        return Ok(None);
                    };
                    if other.is(key) {
                        return Ok(Some(place));
                    }
                    match quick_equal(other, key) {
                        Some(true) => return Ok(Some(place)),
                        Some(false) => {}
                        None => break (place, other.clone()),
                    }
                }
            };
            // Comparing may run Python code, which may change the table.
            let (place, other) = unsure;
            if self.equal(&other, key)? {
                let table = table.borrow();
                if table.at(place).is_some_and(|(now, _)| now.is(&other)) {
                    return Ok(Some(place));
                }
            }
        }
    }

    /// `dict.get(key)`.
    ///
    /// # Errors
    /// What hashing and comparing the key raises.
    pub fn dict_get(&mut self, dict: &Dict, key: &Value) -> Result<Option<Value>> {
        let hash = self.hash(key)?;
        let table = dict.table();
        let place = self.find_key(table, hash, key)?;
        let table = table.borrow();
        Ok(place.and_then(|place| table.at(place)).map(|(_, value)| value.clone()))
    }

    /// `dict[key] = value`.
    ///
    /// # Errors
    /// What hashing and comparing the key raises.
    pub fn dict_set(&mut self, dict: &Dict, key: Value, value: Value) -> Result<()> {
        if let Some(shown) = dict.shown() {
            return if shown.change(&key, Some(value)) { Ok(()) } else { self.check_plain(dict) };
        }
        let hash = self.hash(&key)?;
        let table = dict.table();
        let place = self.find_key(table, hash, &key)?;
        let mut table = table.borrow_mut();
        let old = match place.and_then(|place| table.value_mut(place)) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => {
                table.push(hash, key, value);
                None
            }
        };
        let len = table.len();
        drop(table);
        drop(old);
        dict.count();
        if len > self.limits.length / 8 {
            return Err(self.limit(super::error::Limit::Size("a dict")));
        }
        Ok(())
    }

    /// That a dict is not one of names that live elsewhere.
    pub(super) fn check_plain(&self, dict: &Dict) -> Result<()> {
        if dict.shown().is_some() {
            let what = "such a change of globals(), locals(), vars() or __dict__";
            return Err(self.unsupported(what));
        }
        Ok(())
    }

    /// Takes a key out of a dict; gives its value.
    ///
    /// # Errors
    /// What hashing and comparing the key raises.
    pub fn dict_remove(&mut self, dict: &Dict, key: &Value) -> Result<Option<Value>> {
        let hash = self.hash(key)?;
        let table = dict.table();
        let Some(place) = self.find_key(table, hash, key)? else { return Ok(None) };
        if let Some(shown) = dict.shown()
            && !shown.change(key, None)
        {
            self.check_plain(dict)?;
        }
        let removed = table.borrow_mut().remove(place);
        dict.count();
        Ok(removed.map(|(_, value)| value))
    }

    /// `value in set`.
    ///
    /// # Errors
    /// What hashing and comparing the value raises.
    pub fn set_contains(&mut self, set: &Set, value: &Value) -> Result<bool> {
        let hash = match value {
            // A set is looked for as the frozenset of its items.
            Value::Set(inner) if !inner.frozen => {
                let frozen = Set::from_table(inner.table.borrow().clone(), true);
                let frozen = Value::Set(Rc::new(frozen));
                let hash = self.hash(&frozen)?;
                return Ok(self.find_key(&set.table, hash, &frozen)?.is_some());
            }
            _ => self.hash(value)?,
        };
        Ok(self.find_key(&set.table, hash, value)?.is_some())
    }

    /// `set.add(value)`; whether it was new.
    ///
    /// # Errors
    /// What hashing and comparing the value raises.
    pub fn set_add(&mut self, set: &Set, value: Value) -> Result<bool> {
        let hash = self.hash(&value)?;
        if self.find_key(&set.table, hash, &value)?.is_some() {
            return Ok(false);
        }
        set.table.borrow_mut().push(hash, value, ());
        set.count();
        if set.len() > self.limits.length / 8 {
            return Err(self.limit(super::error::Limit::Size("a set")));
        }
        Ok(true)
    }

    /// Takes a value out of a set; whether it was there.
    ///
    /// # Errors
    /// What hashing and comparing the value raises.
    pub fn set_remove(&mut self, set: &Set, value: &Value) -> Result<bool> {
        let hash = self.hash(value)?;
        let Some(place) = self.find_key(&set.table, hash, value)? else { return Ok(false) };
        let removed = set.table.borrow_mut().remove(place);
        set.count();
        drop(removed);
        Ok(true)
    }

    /// A new set of these items.
    ///
    /// # Errors
    /// What hashing and comparing the items raises.
    pub fn new_set(
        &mut self,
        items: impl IntoIterator<Item = Value>,
        frozen: bool,
    ) -> Result<Value> {
        let set = Set::from_table(Table::default(), frozen);
        for item in items {
            self.step()?;
            self.set_add(&set, item)?;
        }
        Ok(Value::Set(Rc::new(set)))
    }
}

/// The hash of an integer, as CPython has it.
fn hash_int(value: i64) -> u64 {
    let rest = value.unsigned_abs() % MODULUS;
    signed(rest, value < 0)
}

fn hash_big(value: &BigInt) -> u64 {
    let rest = (value.abs() % BigInt::from(MODULUS)).to_u64().unwrap_or_default();
    signed(rest, value.is_negative())
}

const fn signed(rest: u64, negative: bool) -> u64 {
    let hash = if negative { rest.wrapping_neg() } else { rest };
    // CPython keeps -1 for errors.
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}

/// The hash of a float, as CPython has it: that of the integer of the same value, or by the
/// inverse of its power of two.
fn hash_float(value: f64) -> u64 {
    if value.is_nan() {
        return 0;
    }
    if value.is_infinite() {
        return signed(314_159, value < 0.0);
    }
    if value.fract() == 0.0 {
        return BigInt::from_f64(value).map_or(0, |whole| hash_big(&whole));
    }
    let bits = value.abs().to_bits();
    let raw = (bits >> 52) & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if raw == 0 {
        (fraction, -1074_i64)
    } else {
        (fraction | 1 << 52, raw.cast_signed() - 1075)
    };
    // mantissa * 2 ** exponent modulo 2 ** 61 - 1, where 2 ** 61 is 1.
    let shift = exponent.rem_euclid(61).unsigned_abs();
    let product = u128::from(mantissa % MODULUS) << shift;
    let rest = product % u128::from(MODULUS);
    signed(u64::try_from(rest).unwrap_or_default(), value < 0.0)
}
