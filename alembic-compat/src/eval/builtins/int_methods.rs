//! The methods of `int` and `float`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::descriptor::ClassMethod;
use crate::eval::descriptor::Property;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;

use super::bytes_methods::length_argument;
use super::methods;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.int,
        &[
            ("bit_length", |interp, args| {
                let [this] = args.exactly(interp, "bit_length")?;
                Ok(Value::Int(i64::try_from(big(&this).bits()).unwrap_or(i64::MAX)))
            }),
            ("bit_count", |interp, args| {
                let [this] = args.exactly(interp, "bit_count")?;
                let ones = big(&this).magnitude().count_ones();
                Ok(Value::Int(i64::try_from(ones).unwrap_or(i64::MAX)))
            }),
            ("conjugate", |interp, args| {
                let [this] = args.exactly(interp, "conjugate")?;
                Ok(Value::integer(big(&this)))
            }),
            ("is_integer", |interp, args| {
                args.exactly::<1>(interp, "is_integer")?;
                Ok(Value::Bool(true))
            }),
            ("as_integer_ratio", |interp, args| {
                let [this] = args.exactly(interp, "as_integer_ratio")?;
                Ok(Value::tuple(vec![Value::integer(big(&this)), Value::Int(1)]))
            }),
            ("to_bytes", to_bytes),
        ],
    );
    let from_bytes = Value::Builtin(Rc::new(Builtin::new("from_bytes", from_bytes)));
    types.int.set("from_bytes", Value::native(ClassMethod { function: from_bytes }));
    for (name, get) in [
        ("real", (|_, args| Ok(own(&args))) as super::NativeFn),
        ("numerator", |_, args| Ok(own(&args))),
        ("imag", |_, _| Ok(Value::Int(0))),
        ("denominator", |_, _| Ok(Value::Int(1))),
    ] {
        let get = Value::Builtin(Rc::new(Builtin::new(name, get)));
        types.int.set(name, Value::native(Property::read_only(get)));
    }
    methods(
        &types.float,
        &[
            ("is_integer", |interp, args| {
                let [this] = args.exactly(interp, "is_integer")?;
                let number = float(&this);
                Ok(Value::Bool(number.is_finite() && number.fract() == 0.0))
            }),
            ("conjugate", |interp, args| {
                let [this] = args.exactly(interp, "conjugate")?;
                Ok(Value::Float(float(&this)))
            }),
            ("hex", |interp, _| Err(interp.unsupported("float.hex()"))),
            ("as_integer_ratio", |interp, args| {
                let [this] = args.exactly(interp, "as_integer_ratio")?;
                let number = float(&this);
                if number.is_nan() {
                    return interp.value_error("cannot convert NaN to integer ratio");
                }
                if number.is_infinite() {
                    return interp
                        .raise("OverflowError", "cannot convert Infinity to integer ratio");
                }
                let mut scaled = number;
                let mut denominator = BigInt::from(1);
                while scaled.fract() != 0.0 {
                    scaled *= 2.0;
                    denominator *= 2;
                }
                let numerator = BigInt::from_f64(scaled).unwrap_or_default();
                Ok(Value::tuple(vec![Value::integer(numerator), Value::integer(denominator)]))
            }),
        ],
    );
    for (name, get) in [
        ("real", (|_, args| Ok(own(&args))) as super::NativeFn),
        ("imag", |_, _| Ok(Value::Float(0.0))),
    ] {
        let get = Value::Builtin(Rc::new(Builtin::new(name, get)));
        types.float.set(name, Value::native(Property::read_only(get)));
    }
}

fn own(args: &Args) -> Value {
    match args.positional.first().map(Value::plain) {
        Some(Value::Bool(value)) => Value::Int(i64::from(value)),
        Some(value) => value,
        None => Value::None,
    }
}

fn big(value: &Value) -> BigInt {
    match value.plain() {
        Value::BigInt(number) => (*number).clone(),
        other => BigInt::from(other.as_int().unwrap_or(0)),
    }
}

fn float(value: &Value) -> f64 {
    match value.plain() {
        Value::Float(number) => number,
        _ => 0.0,
    }
}

fn is_little(interp: &mut Interpreter, order: Option<&Value>) -> Result<bool> {
    match order.and_then(Value::as_text).as_deref() {
        None | Some("big") => Ok(false),
        Some("little") => Ok(true),
        Some(_) => interp.value_error("byteorder must be either 'little' or 'big'"),
    }
}

fn to_bytes(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const TO_BYTES: Signature<4> = Signature {
        keyword_only: 1,
        ..Signature::new("to_bytes", ["self", "length", "byteorder", "signed"], 1)
    };
    let [this, length, order, signed] = args.bind(interp, &TO_BYTES)?.values;
    let number = big(&this.unwrap_or_default());
    let length = match length {
        Some(length) => length_argument(interp, &length)?,
        None => 1,
    };
    let little = is_little(interp, order.as_ref())?;
    let signed = match signed {
        Some(signed) => interp.truth(&signed)?,
        None => false,
    };
    let negative = number.sign() == num_bigint::Sign::Minus;
    if negative && !signed {
        return interp.raise("OverflowError", "can't convert negative int to unsigned");
    }
    let mut bytes =
        if signed { number.to_signed_bytes_le() } else { number.magnitude().to_bytes_le() };
    let fill = if negative { 0xff } else { 0 };
    while bytes.len() > length && bytes.last() == Some(&fill) && (!signed || bytes.len() > 1) {
        let next = bytes.get(bytes.len().wrapping_sub(2)).copied().unwrap_or(0);
        if signed && (next & 0x80 != 0) != negative {
            break;
        }
        bytes.pop();
    }
    if bytes.len() > length {
        return interp.raise("OverflowError", "int too big to convert");
    }
    bytes.resize(length, fill);
    if !little {
        bytes.reverse();
    }
    Ok(Value::bytes(bytes))
}

fn from_bytes(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const FROM_BYTES: Signature<4> = Signature {
        keyword_only: 1,
        ..Signature::new("from_bytes", ["type", "bytes", "byteorder", "signed"], 2)
    };
    let [_, bytes, order, signed] = args.bind(interp, &FROM_BYTES)?.values;
    let bytes = match bytes.unwrap_or_default().plain() {
        Value::Bytes(bytes) => bytes.to_vec(),
        other => {
            let mut bytes = Vec::new();
            for item in interp.items(&other)? {
                match item.as_int().and_then(|item| u8::try_from(item).ok()) {
                    Some(byte) => bytes.push(byte),
                    None => return interp.value_error("bytes must be in range(0, 256)"),
                }
            }
            bytes
        }
    };
    interp.allow_bits(bytes.len() as u64 * 8)?;
    let little = is_little(interp, order.as_ref())?;
    let signed = match signed {
        Some(signed) => interp.truth(&signed)?,
        None => false,
    };
    Ok(Value::integer(match (signed, little) {
        (true, true) => BigInt::from_signed_bytes_le(&bytes),
        (true, false) => BigInt::from_signed_bytes_be(&bytes),
        (false, true) => BigInt::from_bytes_le(num_bigint::Sign::Plus, &bytes),
        (false, false) => BigInt::from_bytes_be(num_bigint::Sign::Plus, &bytes),
    }))
}
