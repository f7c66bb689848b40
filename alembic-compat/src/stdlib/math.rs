//! `math`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;
use num_traits::Signed as _;
use num_traits::ToPrimitive as _;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::support;

fn number(interp: &mut Interpreter, value: &Value) -> Result<f64> {
    if let Some(number) = support::float(value) {
        if number.is_infinite() && !matches!(value.plain(), Value::Float(_)) {
            return interp.raise("OverflowError", "int too large to convert to float");
        }
        return Ok(number);
    }
    if let Some(method) = interp.find_attribute(value, "__float__")? {
        let result = interp.call(&method, Args::none())?;
        if let Value::Float(number) = result {
            return Ok(number);
        }
    }
    let class = interp.class_name(value);
    interp.type_error(format!("must be real number, not {class}"))
}

fn one(module: &Module, name: &'static str, domain: fn(f64) -> bool, run: fn(f64) -> f64) {
    module.function(name, move |interp, args| {
        let [value] = args.exactly(interp, name)?;
        let value = number(interp, &value)?;
        if !domain(value) && !value.is_nan() {
            return interp.value_error("math domain error");
        }
        let result = run(value);
        if result.is_infinite() && value.is_finite() {
            return interp.raise("OverflowError", "math range error");
        }
        Ok(Value::Float(result))
    });
}

/// `floor`, `ceil` and `trunc`.
fn whole(module: &Module, name: &'static str, special: &'static str, run: fn(f64) -> f64) {
    module.function(name, move |interp, args| {
        let [value] = args.exactly(interp, name)?;
        if let Some(number) = support::big(&value) {
            return Ok(Value::integer(number));
        }
        if !matches!(value.plain(), Value::Float(_))
            && let Some(method) = interp.find_attribute(&value, special)?
        {
            return interp.call(&method, Args::none());
        }
        let value = number(interp, &value)?;
        match BigInt::from_f64(run(value)) {
            Some(number) => Ok(Value::integer(number)),
            None if value.is_nan() => interp.value_error("cannot convert float NaN to integer"),
            None => interp.raise("OverflowError", "cannot convert float infinity to integer"),
        }
    });
}

fn integer(interp: &mut Interpreter, value: &Value) -> Result<BigInt> {
    match support::big(value) {
        Some(number) => Ok(number),
        None => {
            let class = interp.class_name(value);
            interp.type_error(format!("'{class}' object cannot be interpreted as an integer"))
        }
    }
}

fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != BigInt::from(0) {
        let rest = &a % &b;
        a = std::mem::replace(&mut b, rest);
    }
    a
}

pub(super) fn load(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("math");
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        module.set(name, Value::Float(value));
    }
    whole(&module, "floor", "__floor__", f64::floor);
    whole(&module, "ceil", "__ceil__", f64::ceil);
    whole(&module, "trunc", "__trunc__", f64::trunc);
    one(&module, "sqrt", |x| x >= 0.0, f64::sqrt);
    one(&module, "fabs", |_| true, f64::abs);
    one(&module, "degrees", |_| true, |x| x * (180.0 / std::f64::consts::PI));
    one(&module, "radians", |_| true, |x| x * (std::f64::consts::PI / 180.0));
    // Everything below may differ from CPython's in the last digit: both take the system's.
    one(&module, "exp", |_| true, f64::exp);
    one(&module, "sin", f64::is_finite, f64::sin);
    one(&module, "cos", f64::is_finite, f64::cos);
    one(&module, "tan", f64::is_finite, f64::tan);
    one(&module, "asin", |x| x.abs() <= 1.0, f64::asin);
    one(&module, "acos", |x| x.abs() <= 1.0, f64::acos);
    one(&module, "atan", |_| true, f64::atan);
    one(&module, "log2", |x| x > 0.0, f64::log2);
    one(&module, "log10", |x| x > 0.0, f64::log10);
    module.function("log", |interp, args| {
        let [value, base] = args.up_to(interp, "log", 1)?;
        let value = number(interp, &value.unwrap_or_default())?;
        if value <= 0.0 {
            return interp.value_error("math domain error");
        }
        let Some(base) = base else { return Ok(Value::Float(value.ln())) };
        let base = number(interp, &base)?;
        if base <= 0.0 {
            return interp.value_error("math domain error");
        }
        let (top, bottom) = (Value::Float(value.ln()), Value::Float(base.ln()));
        interp.binary(crate::python::BinaryOp::Div, &top, &bottom)
    });
    module.function("pow", |interp, args| {
        let [a, b] = args.exactly(interp, "pow")?;
        let (a, b) = (number(interp, &a)?, number(interp, &b)?);
        let result = a.powf(b);
        if a.is_finite() && b.is_finite() && !result.is_finite() {
            if result.is_nan() || a == 0.0 {
                return interp.value_error("math domain error");
            }
            return interp.raise("OverflowError", "math range error");
        }
        Ok(Value::Float(result))
    });
    module.function("hypot", |interp, args| {
        let mut sum = 0.0_f64;
        for value in args.positional {
            sum = sum.hypot(number(interp, &value)?);
        }
        Ok(Value::Float(sum))
    });
    module.function("atan2", |interp, args| {
        let [a, b] = args.exactly(interp, "atan2")?;
        Ok(Value::Float(number(interp, &a)?.atan2(number(interp, &b)?)))
    });
    module.function("fmod", |interp, args| {
        let [a, b] = args.exactly(interp, "fmod")?;
        let (a, b) = (number(interp, &a)?, number(interp, &b)?);
        if a.is_infinite() || b == 0.0 {
            return interp.value_error("math domain error");
        }
        Ok(Value::Float(a % b))
    });
    module.function("copysign", |interp, args| {
        let [a, b] = args.exactly(interp, "copysign")?;
        Ok(Value::Float(number(interp, &a)?.copysign(number(interp, &b)?)))
    });
    module.function("modf", |interp, args| {
        let [value] = args.exactly(interp, "modf")?;
        let value = number(interp, &value)?;
        let fraction = if value.is_infinite() { 0.0_f64 } else { value.fract() };
        let parts = [fraction.copysign(value), value.trunc()];
        Ok(Value::tuple(parts.map(Value::Float).to_vec()))
    });
    for (name, test) in [
        ("isnan", f64::is_nan as fn(f64) -> bool),
        ("isinf", f64::is_infinite),
        ("isfinite", f64::is_finite),
    ] {
        module.function(name, move |interp, args| {
            let [value] = args.exactly(interp, name)?;
            Ok(Value::Bool(test(number(interp, &value)?)))
        });
    }
    module.function("isclose", |interp, args| {
        let signature = crate::eval::Signature {
            keyword_only: 2,
            ..crate::eval::Signature::new("isclose", ["a", "b", "rel_tol", "abs_tol"], 2)
        };
        let [a, b, relative, absolute] = args.bind(interp, &signature)?.values;
        let a = number(interp, &a.unwrap_or_default())?;
        let b = number(interp, &b.unwrap_or_default())?;
        let relative = relative.map_or(Ok(1e-9), |value| number(interp, &value))?;
        let absolute = absolute.map_or(Ok(0.0), |value| number(interp, &value))?;
        if a == b {
            return Ok(Value::Bool(true));
        }
        let finite = a.is_finite() && b.is_finite();
        let gap = (a - b).abs();
        let close = gap <= (relative * b).abs() || gap <= (relative * a).abs() || gap <= absolute;
        Ok(Value::Bool(finite && close))
    });
    module.function("gcd", |interp, args| {
        let mut result = BigInt::from(0);
        for value in args.positional {
            result = gcd(&result, &integer(interp, &value)?);
        }
        Ok(Value::integer(result))
    });
    module.function("lcm", |interp, args| {
        let mut result = BigInt::from(1);
        for value in args.positional {
            let value = integer(interp, &value)?;
            interp.charge(1 + value.bits() / 8)?;
            if value == BigInt::from(0) {
                return Ok(Value::Int(0));
            }
            let shared = gcd(&result, &value);
            result = (result * value / shared).abs();
        }
        Ok(Value::integer(result))
    });
    module.function("factorial", |interp, args| {
        let [value] = args.exactly(interp, "factorial")?;
        let value = integer(interp, &value)?;
        if value.is_negative() {
            return interp.value_error("factorial() not defined for negative values");
        }
        let Some(count) = value.to_u64().filter(|count| *count <= 5000) else {
            return Err(interp.unsupported("a factorial of this size"));
        };
        interp.charge(count * count / 64)?;
        Ok(Value::integer((1..=count).fold(BigInt::from(1), |all, next| all * next)))
    });
    module.function("isqrt", |interp, args| {
        let [value] = args.exactly(interp, "isqrt")?;
        let value = integer(interp, &value)?;
        if value.is_negative() {
            return interp.value_error("isqrt() argument must be nonnegative");
        }
        Ok(Value::integer(value.sqrt()))
    });
    module.function("comb", |interp, args| {
        let [n, k] = args.exactly(interp, "comb")?;
        let (n, k) = (integer(interp, &n)?, integer(interp, &k)?);
        if n.is_negative() || k.is_negative() {
            return interp.value_error("n must be a non-negative integer");
        }
        if k > n {
            return Ok(Value::Int(0));
        }
        let (Some(n), Some(k)) = (n.to_u64(), k.to_u64().filter(|k| *k <= 5000)) else {
            return Err(interp.unsupported("a binomial coefficient of this size"));
        };
        interp.charge(k * k / 8)?;
        let product = (0..k).fold(BigInt::from(1), |all, at| all * (n - at) / (at + 1));
        Ok(Value::integer(product))
    });
    module.function("prod", |interp, mut args| {
        let start = args.take_keyword("start").unwrap_or(Value::Int(1));
        let [items] = args.exactly(interp, "prod")?;
        let mut product = start;
        for item in interp.items(&items)? {
            product = interp.binary(crate::python::BinaryOp::Mul, &product, &item)?;
        }
        Ok(product)
    });
    module.function("fsum", |interp, args| {
        let [items] = args.exactly(interp, "fsum")?;
        let mut parts: Vec<f64> = Vec::new();
        for item in interp.items(&items)? {
            let mut x = number(interp, &item)?;
            if !x.is_finite() {
                return Err(interp.unsupported("'math.fsum' of infinities"));
            }
            let mut kept = Vec::new();
            for mut y in parts {
                if x.abs() < y.abs() {
                    std::mem::swap(&mut x, &mut y);
                }
                let high = x + y;
                let low = y - (high - x);
                if low != 0.0 {
                    kept.push(low);
                }
                x = high;
            }
            kept.push(x);
            parts = kept;
        }
        // The parts do not overlap: what is left is rounding the last two.
        let sum = parts.iter().rev().fold(0.0, |all, part| all + part);
        Ok(Value::Float(sum))
    });
    Ok(Rc::new(module))
}
