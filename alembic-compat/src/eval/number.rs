//! Arithmetic of `int` and `float`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_bigint::Sign;
use num_traits::FromPrimitive as _;
use num_traits::Signed as _;
use num_traits::ToPrimitive as _;
use num_traits::Zero as _;

use crate::python::BinaryOp;

use super::error::Limit;
use super::error::Result;
use super::interpreter::Interpreter;
use super::value::Value;

/// An operand.
enum Number {
    Small(i64),
    Big(Rc<BigInt>),
    Float(f64),
}

fn number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Int(value) => Number::Small(*value),
        Value::Bool(value) => Number::Small(i64::from(*value)),
        Value::BigInt(value) => Number::Big(Rc::clone(value)),
        Value::Float(value) => Number::Float(*value),
        _ => return None,
    })
}

impl Number {
    fn big(&self) -> Option<BigInt> {
        match self {
            Self::Small(value) => Some(BigInt::from(*value)),
            Self::Big(value) => Some((**value).clone()),
            Self::Float(_) => None,
        }
    }
}

/// A whole value as a float, rounded to the nearest even; nothing where it is too large.
pub(super) fn big_to_float(value: &BigInt) -> Option<f64> {
    // The conversion of the crate cuts off in some versions; a text is rounded properly.
    let bits = value.bits();
    if bits <= 53 {
        return value.to_i64().map(|value| value as f64);
    }
    if bits > 1025 {
        return None;
    }
    let shift = bits - 55;
    let magnitude = value.magnitude();
    let mut top = (magnitude >> shift).to_u64()?;
    // Whatever is cut off only matters when it breaks a tie.
    if magnitude.trailing_zeros().unwrap_or(0) < shift {
        top |= 1;
    }
    let mut kept = top >> 2;
    let rest = top & 3;
    if rest == 3 || rest == 2 && kept & 1 == 1 {
        kept += 1;
    }
    let exponent = i32::try_from(shift + 2).ok()?;
    // Two factors, since the power alone may be too large.
    let float = kept as f64 * 2.0_f64.powi(exponent / 2) * 2.0_f64.powi(exponent - exponent / 2);
    if float.is_infinite() {
        return None;
    }
    Some(if value.is_negative() { -float } else { float })
}

impl Interpreter {
    /// `a op b` for numbers; nothing where one is no number or the operator has no meaning.
    pub(super) fn arithmetic(
        &mut self,
        op: BinaryOp,
        a: &Value,
        b: &Value,
    ) -> Result<Option<Value>> {
        if let (Value::Bool(a), Value::Bool(b)) = (a, b) {
            match op {
                BinaryOp::BitAnd => return Ok(Some(Value::Bool(a & b))),
                BinaryOp::BitOr => return Ok(Some(Value::Bool(a | b))),
                BinaryOp::BitXor => return Ok(Some(Value::Bool(a ^ b))),
                _ => {}
            }
        }
        let (Some(left), Some(right)) = (number(a), number(b)) else { return Ok(None) };
        if let (Number::Small(a), Number::Small(b)) = (&left, &right)
            && let Some(value) = small(op, *a, *b)
        {
            return Ok(Some(value));
        }
        if matches!(left, Number::Float(_)) || matches!(right, Number::Float(_)) {
            if matches!(
                op,
                BinaryOp::BitAnd
                    | BinaryOp::BitOr
                    | BinaryOp::BitXor
                    | BinaryOp::LeftShift
                    | BinaryOp::RightShift
                    | BinaryOp::MatMul
            ) {
                return Ok(None);
            }
            let (a, b) = (self.float_of(&left)?, self.float_of(&right)?);
            return self.float_arithmetic(op, a, b).map(Some);
        }
        let (Some(a), Some(b)) = (left.big(), right.big()) else { return Ok(None) };
        self.big_arithmetic(op, &a, &b)
    }

    fn float_of(&mut self, number: &Number) -> Result<f64> {
        match number {
            Number::Small(value) => Ok(*value as f64),
            Number::Float(value) => Ok(*value),
            Number::Big(value) => match big_to_float(value) {
                Some(value) => Ok(value),
                None => self.raise("OverflowError", "int too large to convert to float"),
            },
        }
    }

    fn float_arithmetic(&mut self, op: BinaryOp, a: f64, b: f64) -> Result<Value> {
        let zero = |interp: &mut Self, what: &str| interp.raise("ZeroDivisionError", what);
        Ok(Value::Float(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => a * b,
            BinaryOp::Div if b == 0.0 => return zero(self, "float division by zero"),
            BinaryOp::Div => a / b,
            BinaryOp::FloorDiv if b == 0.0 => {
                return zero(self, "float floor division by zero");
            }
            BinaryOp::FloorDiv => float_divmod(a, b).0,
            BinaryOp::Mod if b == 0.0 => return zero(self, "float modulo"),
            BinaryOp::Mod => float_divmod(a, b).1,
            BinaryOp::Pow => {
                if a == 0.0 && b < 0.0 {
                    return zero(self, "0.0 cannot be raised to a negative power");
                }
                if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
                    return Err(self.unsupported("a complex number"));
                }
                let power = a.powf(b);
                if power.is_infinite() && a.is_finite() && b.is_finite() {
                    let args = vec![Value::Int(34), Value::str("Numerical result out of range")];
                    return Err(self.raised_builtin("OverflowError", args));
                }
                power
            }
            _ => return Ok(Value::NotImplemented),
        }))
    }

    fn big_arithmetic(&mut self, op: BinaryOp, a: &BigInt, b: &BigInt) -> Result<Option<Value>> {
        let size = a.bits() + b.bits();
        self.charge(size / 64)?;
        let zero = |interp: &mut Self, what: &str| interp.raise("ZeroDivisionError", what);
        Ok(Some(Value::integer(match op {
            BinaryOp::Add => a + b,
            BinaryOp::Sub => a - b,
            BinaryOp::Mul => {
                self.allow_bits(size)?;
                self.charge((a.bits() / 64).saturating_mul(b.bits() / 64))?;
                a * b
            }
            BinaryOp::Div => {
                if b.is_zero() {
                    return zero(self, "division by zero");
                }
                return match true_division(a, b) {
                    Some(value) => Ok(Some(Value::Float(value))),
                    None => {
                        self.raise("OverflowError", "integer division result too large for a float")
                    }
                };
            }
            BinaryOp::FloorDiv => {
                if b.is_zero() {
                    return zero(self, "integer division or modulo by zero");
                }
                self.charge((a.bits() / 64).saturating_mul(b.bits() / 64))?;
                floor_divmod(a, b).0
            }
            BinaryOp::Mod => {
                if b.is_zero() {
                    return zero(self, "integer modulo by zero");
                }
                self.charge((a.bits() / 64).saturating_mul(b.bits() / 64))?;
                floor_divmod(a, b).1
            }
            BinaryOp::Pow => {
                if b.is_negative() {
                    let (a, b) = (Number::Big(Rc::new(a.clone())), Number::Big(Rc::new(b.clone())));
                    let (a, b) = (self.float_of(&a)?, self.float_of(&b)?);
                    return self.float_arithmetic(op, a, b).map(Some);
                }
                let exponent = b.to_u64().unwrap_or(u64::MAX);
                let is_unit = a.magnitude().bits() <= 1;
                let bits = if is_unit { 1 } else { a.bits().saturating_mul(exponent) };
                self.allow_bits(bits)?;
                self.charge((bits / 64).saturating_mul(bits / 64) / 4)?;
                match (is_unit, a.sign()) {
                    (true, Sign::NoSign) => BigInt::from(i64::from(exponent == 0)),
                    (true, Sign::Minus) if b.bit(0) => BigInt::from(-1),
                    (true, _) => BigInt::from(1),
                    (false, _) => a.pow(u32::try_from(exponent).unwrap_or(u32::MAX)),
                }
            }
            BinaryOp::LeftShift | BinaryOp::RightShift => {
                if b.is_negative() {
                    return self.value_error("negative shift count");
                }
                let by = b.to_u64().unwrap_or(u64::MAX);
                if op == BinaryOp::LeftShift {
                    if a.is_zero() {
                        return Ok(Some(Value::Int(0)));
                    }
                    self.allow_bits(a.bits().saturating_add(by))?;
                    a << by
                } else if by > a.bits() {
                    BigInt::from(if a.is_negative() { -1 } else { 0 })
                } else {
                    a >> by
                }
            }
            BinaryOp::BitAnd => a & b,
            BinaryOp::BitOr => a | b,
            BinaryOp::BitXor => a ^ b,
            BinaryOp::MatMul => return Ok(None),
        })))
    }

    /// Says that an integer of so many bits is about to be made.
    pub(super) fn allow_bits(&mut self, bits: u64) -> Result<()> {
        if bits > self.limits.bits {
            return Err(self.limit(Limit::Size("an int")));
        }
        self.charge(bits / 64)
    }
}

/// Where the result fits.
fn small(op: BinaryOp, a: i64, b: i64) -> Option<Value> {
    Some(Value::Int(match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Sub => a.checked_sub(b)?,
        BinaryOp::Mul => a.checked_mul(b)?,
        BinaryOp::FloorDiv if b != 0 => {
            let quotient = a.checked_div(b)?;
            if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
        }
        BinaryOp::Mod if b != 0 => {
            let rest = a.checked_rem(b)?;
            if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
        }
        BinaryOp::Div if b != 0 => {
            const EXACT: u64 = 1 << 53;
            if a.unsigned_abs() > EXACT || b.unsigned_abs() > EXACT {
                return None;
            }
            return Some(Value::Float(a as f64 / b as f64));
        }
        BinaryOp::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
        BinaryOp::BitAnd => a & b,
        BinaryOp::BitOr => a | b,
        BinaryOp::BitXor => a ^ b,
        BinaryOp::RightShift if b >= 0 => a >> b.min(63),
        _ => return None,
    }))
}

/// Quotient and rest, the rest with the sign of the divisor.
pub(super) fn floor_divmod(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (quotient, rest) = (a / b, a % b);
    if !rest.is_zero() && rest.is_negative() != b.is_negative() {
        (quotient - 1, rest + b)
    } else {
        (quotient, rest)
    }
}

/// The same for floats, as CPython works it out.
pub(super) fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = rest.abs().copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(a / b), rest);
    }
    let mut floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor += 1.0;
    }
    (floor, rest)
}

/// `a / b`, rounded once; nothing where it is too large.
fn true_division(a: &BigInt, b: &BigInt) -> Option<f64> {
    if a.is_zero() {
        return Some(if b.is_negative() { -0.0 } else { 0.0 });
    }
    // Enough bits of the quotient, with what is cut off kept as a last bit.
    let shift = 66 + i64::try_from(b.bits()).ok()? - i64::try_from(a.bits()).ok()?;
    let (x, y) = if shift >= 0 {
        (a.abs() << shift.unsigned_abs(), b.abs())
    } else {
        (a.abs(), b.abs() << shift.unsigned_abs())
    };
    let (mut quotient, rest) = (&x / &y, &x % &y);
    if !rest.is_zero() {
        quotient = quotient * 2 + 1;
    } else {
        quotient *= 2;
    }
    let exponent = -(shift + 1);
    // Below the normal range fewer bits are kept, so the rounding has to happen there.
    let lowest = -1074 - exponent;
    let float = if lowest > 0 && i64::try_from(quotient.bits()).ok()? - lowest < 53 {
        let lowest = lowest.unsigned_abs();
        let unit = BigInt::from(1) << lowest;
        let (mut whole, rest) = (&quotient / &unit, (&quotient % &unit) * 2);
        if rest > unit || rest == unit && whole.bit(0) {
            whole += 1;
        }
        whole.to_u64()? as f64 * f64::from_bits(1)
    } else {
        let value = big_to_float(&quotient)?;
        let half = i32::try_from(exponent / 2).ok()?;
        let other = i32::try_from(exponent - exponent / 2).ok()?;
        value * 2.0_f64.powi(half) * 2.0_f64.powi(other)
    };
    if float.is_infinite() {
        return None;
    }
    Some(if a.is_negative() == b.is_negative() { float } else { -float })
}

/// A float without a fraction as an integer.
pub(super) fn float_to_int(value: f64) -> Option<Value> {
    BigInt::from_f64(value.trunc()).map(Value::integer)
}
