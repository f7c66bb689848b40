//! `range` and `slice`.

use crate::python::CompareOp;

use super::error::Result;
use super::interpreter::Interpreter;
use super::iterate::Iter;
use super::iterate::Walk;
use super::object::Object;
use super::value::Value;

/// A `range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The first number.
    pub start: i64,
    /// The bound.
    pub stop: i64,
    /// The distance; never 0.
    pub step: i64,
}

impl Range {
    /// How many numbers there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let (from, to) =
            if self.step > 0 { (self.start, self.stop) } else { (self.stop, self.start) };
        if from >= to {
            return 0;
        }
        (to.abs_diff(from) - 1) / self.step.unsigned_abs() + 1
    }

    /// The number at a place.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<i64> {
        if index >= self.count() {
            return None;
        }
        let distance = i128::from(index) * i128::from(self.step);
        i64::try_from(i128::from(self.start) + distance).ok()
    }

    /// Takes the first number off.
    pub(super) fn advance(&mut self) -> Option<i64> {
        let first = self.at(0)?;
        match self.start.checked_add(self.step) {
            Some(next) => self.start = next,
            None => self.start = self.stop,
        }
        Some(first)
    }

    pub(super) fn index_of(&self, value: i64) -> Option<u64> {
        let distance = i128::from(value) - i128::from(self.start);
        let step = i128::from(self.step);
        if distance % step != 0 {
            return None;
        }
        u64::try_from(distance / step).ok().filter(|index| *index < self.count())
    }
}

impl Object for Range {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "start" => Some(Value::Int(self.start)),
            "stop" => Some(Value::Int(self.stop)),
            "step" => Some(Value::Int(self.step)),
            _ => None,
        })
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let equal = self.count() == other.count()
            && (self.count() == 0
                || self.start == other.start && (self.count() == 1 || self.step == other.step));
        Ok(match op {
            CompareOp::Eq => Some(Value::Bool(equal)),
            CompareOp::NotEq => Some(Value::Bool(!equal)),
            _ => None,
        })
    }

    fn len(&self, _: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(usize::try_from(self.count()).ok())
    }

    fn iterate(&self, _: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(Value::native(Walk::new(Iter::Range(self.clone())))))
    }

    fn contains(&self, _: &Value, value: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(match value {
            Value::Int(_) | Value::Bool(_) => {
                Some(value.as_int().is_some_and(|value| self.index_of(value).is_some()))
            }
            _ => None,
        })
    }

    fn item(&self, _: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let count = self.count();
        if let Some(slice) = key.downcast::<Slice>() {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let (start, stop, step) = slice.bounds(interp, count)?;
            let at = |index: i64| {
                let number = i128::from(self.start) + i128::from(index) * i128::from(self.step);
                i64::try_from(number).unwrap_or(self.stop)
            };
            let step = self.step.saturating_mul(step);
            return Ok(Some(Value::native(Self { start: at(start), stop: at(stop), step })));
        }
        let Some(index) = interp.index(key)? else {
            let class = interp.class_name(key);
            return interp
                .type_error(format!("range indices must be integers or slices, not {class}"));
        };
        let place = if index < 0 {
            count.checked_sub(index.unsigned_abs())
        } else {
            Some(index.unsigned_abs())
        };
        match place.and_then(|place| self.at(place)) {
            Some(number) => Ok(Some(Value::Int(number))),
            None => interp.raise("IndexError", "range object index out of range"),
        }
    }

    fn hash(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        let count = Value::Int(i64::try_from(self.count()).unwrap_or(i64::MAX));
        let parts = match self.count() {
            0 => vec![count, Value::None, Value::None],
            1 => vec![count, Value::Int(self.start), Value::None],
            _ => vec![count, Value::Int(self.start), Value::Int(self.step)],
        };
        Ok(Some(interp.hash(&Value::tuple(parts))?.cast_signed()))
    }

    fn repr(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        let Self { start, stop, step } = self;
        Ok(Some(if *step == 1 {
            format!("range({start}, {stop})")
        } else {
            format!("range({start}, {stop}, {step})")
        }))
    }
}

/// A `slice`.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Before the first colon.
    pub start: Value,
    /// After the first colon.
    pub stop: Value,
    /// After the second colon.
    pub step: Value,
}

impl Slice {
    /// First place, bound and distance in a sequence of this length.
    ///
    /// # Errors
    /// A `ValueError` for a distance of 0, a `TypeError` for what is no integer.
    pub fn bounds(&self, interp: &mut Interpreter, length: usize) -> Result<(i64, i64, i64)> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let step = match &self.step {
            Value::None => 1,
            value => Self::part(interp, value)?,
        };
        if step == 0 {
            return interp.value_error("slice step cannot be zero");
        }
        let step = step.max(-i64::MAX);
        let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let place = |interp: &mut Interpreter, value: &Value, default: i64| match value {
            Value::None => Result::<i64>::Ok(default),
            value => {
                let at = Self::part(interp, value)?;
                let at = if at < 0 { at.saturating_add(length) } else { at };
                Ok(at.clamp(lowest, highest))
            }
        };
        let (first, last) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
        let start = place(interp, &self.start, first)?;
        let stop = place(interp, &self.stop, last)?;
        Ok((start, stop, step))
    }

    fn part(interp: &mut Interpreter, value: &Value) -> Result<i64> {
        if let Value::BigInt(big) = value {
            let negative = big.sign() == num_bigint::Sign::Minus;
            return Ok(if negative { i64::MIN } else { i64::MAX });
        }
        match interp.index(value)? {
            Some(value) => Ok(value),
            None => interp
                .type_error("slice indices must be integers or None or have an __index__ method"),
        }
    }

    /// The places that the slice means in a sequence of this length, in its order.
    ///
    /// # Errors
    /// As [`Slice::bounds`].
    pub fn places(&self, interp: &mut Interpreter, length: usize) -> Result<Vec<usize>> {
        let (start, stop, step) = self.bounds(interp, length)?;
        let range = Range { start, stop, step };
        interp.charge(range.count() / 4)?;
        let places = (0..range.count()).filter_map(|index| range.at(index));
        Ok(places.filter_map(|place| usize::try_from(place).ok()).collect())
    }
}

impl Object for Slice {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "start" => Some(self.start.clone()),
            "stop" => Some(self.stop.clone()),
            "step" => Some(self.step.clone()),
            _ => None,
        })
    }

    fn hash(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        interp.type_error("unhashable type: 'slice'")
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let parts = |slice: &Self| {
            Value::tuple(vec![slice.start.clone(), slice.stop.clone(), slice.step.clone()])
        };
        interp.compare(op, &parts(self), &parts(&other)).map(Some)
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let start = interp.repr(&self.start)?;
        let stop = interp.repr(&self.stop)?;
        let step = interp.repr(&self.step)?;
        Ok(Some(format!("slice({start}, {stop}, {step})")))
    }
}
