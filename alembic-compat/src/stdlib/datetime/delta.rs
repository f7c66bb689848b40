//! `timedelta`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::DAY;
use super::SECOND;
use super::support;
use super::support::order;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeDelta {
    micros: i128,
}

const MOST_DAYS: i128 = 999_999_999;

impl TimeDelta {
    /// A span of so many microseconds; `None` where Python has none that long.
    #[must_use]
    pub fn from_micros(micros: i128) -> Option<Self> {
        let days = micros.div_euclid(i128::from(DAY));
        (-MOST_DAYS..=MOST_DAYS).contains(&days).then_some(Self { micros })
    }

    /// The whole span in microseconds.
    #[must_use]
    pub const fn micros(self) -> i128 {
        self.micros
    }

    /// Days, seconds of the day, and microseconds of the second: the last two never negative.
    #[must_use]
    pub fn parts(self) -> (i64, i64, i64) {
        let day = i128::from(DAY);
        let rest = self.micros.rem_euclid(day) as i64;
        (self.micros.div_euclid(day) as i64, rest / SECOND, rest % SECOND)
    }

    /// As `str()` shows it.
    #[must_use]
    pub fn text(self) -> String {
        let (days, seconds, micros) = self.parts();
        let mut text = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        text.push_str(&format!("{hours}:{minutes:02}:{:02}", seconds % 60));
        if micros != 0 {
            text.push_str(&format!(".{micros:06}"));
        }
        text
    }

    /// As `repr()` shows it.
    #[must_use]
    pub fn shown(self) -> String {
        let (days, seconds, micros) = self.parts();
        let parts = [("days", days), ("seconds", seconds), ("microseconds", micros)];
        let parts = parts.into_iter().filter(|(_, number)| *number != 0);
        let parts: Vec<String> = parts.map(|(name, number)| format!("{name}={number}")).collect();
        let inside = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
        format!("datetime.timedelta({inside})")
    }
}

/// A span as a value of Python.
pub(super) fn value(interp: &mut Interpreter, micros: i128) -> Result<Value> {
    match TimeDelta::from_micros(micros) {
        Some(delta) => Ok(Value::native(delta)),
        None => {
            let days = micros.div_euclid(i128::from(DAY));
            let message = format!("days={days}; must have magnitude <= 999999999");
            interp.raise("OverflowError", message)
        }
    }
}

pub(super) fn big_value(interp: &mut Interpreter, micros: &BigInt) -> Result<Value> {
    match micros.to_i128() {
        Some(micros) => value(interp, micros),
        None => interp.raise("OverflowError", "Python int too large to convert to C int"),
    }
}

const NEW: Signature<7> = Signature::new(
    "__new__",
    ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"],
    0,
);

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let bound = args.bind(interp, &NEW)?;
    let names = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];
    let units = [DAY, SECOND, 1, 1000, 60 * SECOND, 3600 * SECOND, 7 * DAY];
    let mut whole = BigInt::from(0);
    let mut left = 0.0_f64;
    for ((value, unit), name) in bound.values.into_iter().zip(units).zip(names) {
        let Some(value) = value else { continue };
        if let Some(number) = support::big(&value) {
            whole += number * unit;
        } else if let Value::Float(number) = value.plain() {
            if !number.is_finite() {
                let what = if number.is_nan() { "NaN" } else { "infinity" };
                let class = if number.is_nan() { "ValueError" } else { "OverflowError" };
                return interp.raise(class, format!("cannot convert float {what} to integer"));
            }
            whole += exact(number.trunc()) * unit;
            let part = number.fract() * unit as f64;
            whole += exact(part.trunc());
            left += part.fract();
        } else {
            let class = interp.class_name(&value);
            return interp
                .type_error(format!("unsupported type for timedelta {name} component: {class}"));
        }
    }
    if left != 0.0 {
        let mut rounded = left.round();
        if (rounded - left).abs() == 0.5 {
            let odd = if whole.bit(0) { 1.0 } else { 0.0 };
            rounded = 2.0f64.mul_add(((left + odd) * 0.5).round(), -odd);
        }
        whole += exact(rounded);
    }
    big_value(interp, &whole)
}

fn exact(number: f64) -> BigInt {
    num_traits::FromPrimitive::from_f64(number).unwrap_or_default()
}

/// A float as numerator and denominator.
fn ratio(number: f64) -> (BigInt, BigInt) {
    let bits = number.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
    let fraction = bits & ((1 << 52) - 1);
    let mantissa = if exponent == 0 { fraction << 1 } else { fraction | (1 << 52) };
    let mut top = BigInt::from(mantissa);
    if number.is_sign_negative() {
        top = -top;
    }
    let exponent = exponent - 1075;
    let power = BigInt::from(1) << exponent.unsigned_abs();
    if exponent >= 0 { (top * power, BigInt::from(1)) } else { (top, power) }
}

/// `a / b` to the nearest integer, halves to the even one.
fn divide_nearest(a: &BigInt, b: &BigInt) -> BigInt {
    use num_bigint::Sign;
    let (a, b) = if b.sign() == Sign::Minus { (-a, -b) } else { (a.clone(), b.clone()) };
    let mut quotient: BigInt = &a / &b;
    let mut rest: BigInt = &a % &b;
    if rest.sign() == Sign::Minus {
        quotient -= 1;
        rest += &b;
    }
    let twice: BigInt = rest * 2;
    if twice > b || twice == b && quotient.bit(0) { quotient + 1 } else { quotient }
}

fn floor_divide(a: &BigInt, b: &BigInt) -> BigInt {
    let quotient = a / b;
    let rest = a % b;
    let negative = |n: &BigInt| n.sign() == num_bigint::Sign::Minus;
    if rest != BigInt::from(0) && negative(&rest) != negative(b) { quotient - 1 } else { quotient }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<TimeDelta> {
    match support::receiver(args).downcast::<TimeDelta>() {
        Some(delta) => Ok(*delta),
        None => interp.type_error("a 'datetime.timedelta' object is required"),
    }
}

pub(super) fn install(interp: &mut Interpreter, module: &Module) {
    let property = |part: fn((i64, i64, i64)) -> i64| {
        move |interp: &mut Interpreter, mut args: Args| {
            Ok(Value::Int(part(this(interp, &mut args)?.parts())))
        }
    };
    let class = ClassBuilder::new("timedelta", "datetime")
        .constructor(construct)
        .immutable()
        .property("days", property(|parts| parts.0))
        .property("seconds", property(|parts| parts.1))
        .property("microseconds", property(|parts| parts.2))
        .method("total_seconds", |interp, mut args| {
            let micros = BigInt::from(this(interp, &mut args)?.micros);
            interp.binary(BinaryOp::Div, &Value::integer(micros), &Value::Int(SECOND))
        })
        .finish(interp);
    let most = (MOST_DAYS + 1) * i128::from(DAY);
    class.set("min", Value::native(TimeDelta { micros: -MOST_DAYS * i128::from(DAY) }));
    class.set("max", Value::native(TimeDelta { micros: most - 1 }));
    class.set("resolution", Value::native(TimeDelta { micros: 1 }));
    interp.register_class::<TimeDelta>(Rc::clone(&class));
    module.set("timedelta", Value::Class(class));
}

impl Object for TimeDelta {
    fn binary(
        &self,
        _: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let own = BigInt::from(self.micros);
        if let Some(delta) = other.downcast::<Self>() {
            let theirs = BigInt::from(delta.micros);
            let (a, b) = if reflected { (&theirs, &own) } else { (&own, &theirs) };
            let divides = matches!(op, BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod);
            if divides && *b == BigInt::from(0) {
                let message = match op {
                    BinaryOp::Div => "division by zero",
                    _ => "integer division or modulo by zero",
                };
                return interp.raise("ZeroDivisionError", message);
            }
            return match op {
                BinaryOp::Add => big_value(interp, &(a + b)).map(Some),
                BinaryOp::Sub => big_value(interp, &(a - b)).map(Some),
                BinaryOp::Div => {
                    let (a, b) = (Value::integer(a.clone()), Value::integer(b.clone()));
                    interp.binary(op, &a, &b).map(Some)
                }
                BinaryOp::FloorDiv => Ok(Some(Value::integer(floor_divide(a, b)))),
                BinaryOp::Mod => {
                    let rest = a - b * floor_divide(a, b);
                    big_value(interp, &rest).map(Some)
                }
                _ => Ok(None),
            };
        }
        if let Some(number) = support::big(other) {
            let zero = number == BigInt::from(0);
            return match op {
                BinaryOp::Mul => big_value(interp, &(own * number)).map(Some),
                BinaryOp::Div | BinaryOp::FloorDiv if !reflected && zero => {
                    interp.raise("ZeroDivisionError", "integer division or modulo by zero")
                }
                BinaryOp::Div if !reflected => {
                    big_value(interp, &divide_nearest(&own, &number)).map(Some)
                }
                BinaryOp::FloorDiv if !reflected => {
                    big_value(interp, &floor_divide(&own, &number)).map(Some)
                }
                _ => Ok(None),
            };
        }
        if let Value::Float(number) = other.plain() {
            if !matches!(op, BinaryOp::Mul) && (reflected || !matches!(op, BinaryOp::Div)) {
                return Ok(None);
            }
            if !number.is_finite() {
                let (class, what) = if number.is_nan() {
                    ("ValueError", "NaN")
                } else {
                    ("OverflowError", "Infinity")
                };
                return interp.raise(class, format!("cannot convert {what} to integer ratio"));
            }
            let (top, bottom) = ratio(number);
            if matches!(op, BinaryOp::Div) && top == BigInt::from(0) {
                return interp.raise("ZeroDivisionError", "integer division or modulo by zero");
            }
            let result = match op {
                BinaryOp::Mul => divide_nearest(&(own * top), &bottom),
                _ => divide_nearest(&(own * bottom), &top),
            };
            return big_value(interp, &result).map(Some);
        }
        Ok(None)
    }

    fn unary(&self, _: &Value, op: UnaryOp, interp: &mut Interpreter) -> Result<Option<Value>> {
        match op {
            UnaryOp::Minus => value(interp, -self.micros).map(Some),
            UnaryOp::Plus => value(interp, self.micros).map(Some),
            _ => Ok(None),
        }
    }

    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        if name == "__abs__" {
            let micros = self.micros.abs();
            return Ok(Some(interp.function("__abs__", move |interp, _| value(interp, micros))));
        }
        Ok(None)
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let other = other.downcast::<Self>();
        Ok(other.and_then(|other| order(op, self.micros.cmp(&other.micros))))
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.micros)))
    }

    fn truth(&self, _: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(Some(self.micros != 0))
    }

    fn repr(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.shown()))
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.text()))
    }
}
