//! Built-in functions on numbers: `abs`, `round`, `divmod`, `pow`, `hex`.

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::number::float_divmod;
use crate::eval::number::float_to_int;
use crate::eval::number::floor_divmod;
use crate::eval::value::Value;
use crate::python::BinaryOp;
use num_bigint::BigInt;
use num_traits::Signed as _;

pub(super) fn abs(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "abs")?;
    if let Some(result) = interp.special(&value, "__abs__", [])? {
        return Ok(result);
    }
    Ok(match value.plain() {
        Value::Int(number) => number
            .checked_abs()
            .map_or_else(|| Value::integer(BigInt::from(number).abs()), Value::Int),
        Value::Bool(number) => Value::Int(i64::from(number)),
        Value::BigInt(number) => Value::integer(number.abs()),
        Value::Float(number) => Value::Float(number.abs()),
        _ => match interp.find_attribute(&value, "__abs__")? {
            Some(method) => interp.call(&method, Args::none())?,
            None => {
                let class = interp.class_name(&value);
                return interp.type_error(format!("bad operand type for abs(): '{class}'"));
            }
        },
    })
}

pub(super) fn round(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const ROUND: Signature<2> = Signature::new("round", ["number", "ndigits"], 1);
    let [number, digits] = args.bind(interp, &ROUND)?.values;
    let number = number.unwrap_or_default();
    let digits = digits.filter(|digits| !digits.is_none());
    if let Some(result) = interp.special(&number, "__round__", digits.clone())? {
        return Ok(result);
    }
    let digits = match digits {
        Some(digits) => Some(super::int_argument(interp, &digits)?),
        None => None,
    };
    match number.plain() {
        Value::Bool(number) => round_int(interp, &Value::Int(i64::from(number)), digits),
        plain @ (Value::Int(_) | Value::BigInt(_)) => round_int(interp, &plain, digits),
        Value::Float(number) => match digits {
            None => {
                if number.is_nan() {
                    return interp.value_error("cannot convert float NaN to integer");
                }
                if number.is_infinite() {
                    return interp
                        .raise("OverflowError", "cannot convert float infinity to integer");
                }
                Ok(float_to_int(number.round_ties_even()).unwrap_or_default())
            }
            Some(digits) => {
                if !number.is_finite() || digits > 350 {
                    return Ok(Value::Float(number));
                }
                if digits < -330 {
                    return Ok(Value::Float(0.0_f64.copysign(number)));
                }
                let text = match usize::try_from(digits) {
                    Ok(digits) => format!("{number:.digits$}"),
                    Err(_) => return round_left(number, digits),
                };
                Ok(Value::Float(text.parse().unwrap_or(number)))
            }
        },
        _ => match interp.find_attribute(&number, "__round__")? {
            Some(method) => {
                let digits = digits.map(Value::Int);
                interp.call(&method, Args::of(digits))
            }
            None => {
                let class = interp.class_name(&number);
                interp.type_error(format!("type {class} doesn't define __round__ method"))
            }
        },
    }
}

/// Rounds a float left of the point: by its exact digits.
fn round_left(number: f64, digits: i64) -> Result<Value> {
    let places = digits.unsigned_abs();
    let exact = num_traits::FromPrimitive::from_f64(number.abs().trunc());
    let exact: BigInt = exact.unwrap_or_default();
    let unit = BigInt::from(10).pow(u32::try_from(places).unwrap_or(400));
    let (quotient, rest) = floor_divmod(&exact, &unit);
    let twice: BigInt = rest * 2;
    let has_fraction = number.fract() != 0.0;
    let up = twice > unit || twice == unit && (has_fraction || quotient.bit(0));
    let rounded = if up { (quotient + 1) * unit } else { quotient * unit };
    let rounded = rounded.to_string().parse::<f64>().unwrap_or(number);
    Ok(Value::Float(rounded.copysign(number)))
}

fn round_int(interp: &mut Interpreter, number: &Value, digits: Option<i64>) -> Result<Value> {
    let Some(places) = digits.filter(|digits| *digits < 0).map(i64::unsigned_abs) else {
        return Ok(number.clone());
    };
    let number = match number {
        Value::BigInt(number) => (**number).clone(),
        other => BigInt::from(other.as_int().unwrap_or(0)),
    };
    if places > number.bits() {
        return Ok(Value::Int(0));
    }
    interp.allow_bits(places.saturating_mul(4))?;
    let unit = BigInt::from(10).pow(u32::try_from(places).unwrap_or(u32::MAX));
    let (quotient, rest) = floor_divmod(&number, &unit);
    let twice: BigInt = rest * 2;
    let up = twice > unit || twice == unit && quotient.bit(0);
    Ok(Value::integer(if up { (quotient + 1) * unit } else { quotient * unit }))
}

pub(super) fn divmod(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [a, b] = args.exactly(interp, "divmod")?;
    if let Some(result) = interp.special(&a, "__divmod__", [b.clone()])? {
        return Ok(result);
    }
    let (left, right) = (a.plain(), b.plain());
    if matches!(left, Value::Float(_)) || matches!(right, Value::Float(_)) {
        let float = |value: &Value| match value {
            Value::Float(number) => Some(*number),
            Value::BigInt(number) => crate::eval::number::big_to_float(number),
            other => other.as_int().map(|number| number as f64),
        };
        if let (Some(a), Some(b)) = (float(&left), float(&right)) {
            if b == 0.0 {
                return interp.raise("ZeroDivisionError", "float divmod()");
            }
            let (quotient, rest) = float_divmod(a, b);
            return Ok(Value::tuple(vec![Value::Float(quotient), Value::Float(rest)]));
        }
    }
    let is_int = |value: &Value| matches!(value, Value::Int(_) | Value::Bool(_) | Value::BigInt(_));
    if is_int(&left) && is_int(&right) && !interp.truth(&right)? {
        return interp.raise("ZeroDivisionError", "integer division or modulo by zero");
    }
    let known = |value: &Value| {
        is_int(value) || matches!(value, Value::Float(_) | Value::Native(_) | Value::Instance(_))
    };
    if !known(&left) || !known(&right) {
        let (left, right) = (interp.class_name(&a), interp.class_name(&b));
        return interp.type_error(format!(
            "unsupported operand type(s) for divmod(): '{left}' and '{right}'"
        ));
    }
    let quotient = interp.binary(BinaryOp::FloorDiv, &a, &b)?;
    let rest = interp.binary(BinaryOp::Mod, &a, &b)?;
    Ok(Value::tuple(vec![quotient, rest]))
}

pub(super) fn pow(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const POW: Signature<3> = Signature::new("pow", ["base", "exp", "mod"], 2);
    let [base, exponent, modulus] = args.bind(interp, &POW)?.values;
    let (base, exponent) = (base.unwrap_or_default(), exponent.unwrap_or_default());
    let Some(modulus) = modulus.filter(|modulus| !modulus.is_none()) else {
        return interp.binary(BinaryOp::Pow, &base, &exponent);
    };
    let big = |value: &Value| match value {
        Value::BigInt(number) => Some((**number).clone()),
        other => other.as_int().map(BigInt::from),
    };
    let (Some(base), Some(exponent), Some(modulus)) = (big(&base), big(&exponent), big(&modulus))
    else {
        return interp
            .type_error("pow() 3rd argument not allowed unless all arguments are integers");
    };
    if modulus.bits() == 0 {
        return interp.value_error("pow() 3rd argument cannot be 0");
    }
    if exponent.is_negative() {
        return Err(interp.unsupported("pow() with a negative exponent and a modulus"));
    }
    interp.allow_bits(modulus.bits().saturating_mul(2))?;
    let words = modulus.bits() / 64 + 1;
    interp.charge(words.saturating_mul(words).saturating_mul(exponent.bits()))?;
    let result = base.modpow(&exponent, &modulus);
    Ok(Value::integer(result))
}

pub(super) fn radix(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    radix: u32,
    prefix: &str,
) -> Result<Value> {
    let [value] = args.exactly(interp, name)?;
    let number = match value.plain() {
        Value::BigInt(number) => (*number).clone(),
        _ => BigInt::from(super::int_argument(interp, &value)?),
    };
    interp.charge(number.bits() / 16)?;
    let sign = if number.is_negative() { "-" } else { "" };
    Ok(Value::str(format!("{sign}{prefix}{}", number.magnitude().to_str_radix(radix))))
}
