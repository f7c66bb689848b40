//! `decimal`.

mod number;
mod operators;

pub use number::Decimal;

use std::rc::Rc;

use num_bigint::BigInt;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::support;

use number::Rounding;

fn value(number: Decimal) -> Value {
    Value::native(number)
}

/// Raises an exception of the module; its argument is the list of conditions that CPython gives.
fn signal<R>(interp: &mut Interpreter, class: &str, condition: &str) -> Result<R> {
    let module = Value::Module(interp.load_module("decimal")?);
    let class = interp.get_attribute(&module, class)?;
    let condition = interp.get_attribute(&module, condition)?;
    match &class {
        Value::Class(class) => Err(interp.raised(class, vec![Value::list(vec![condition])])),
        _ => interp.value_error("a decimal operation"),
    }
}

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [given, _] = args.bind(interp, &Signature::new("Decimal", ["value", "context"], 0))?.values;
    let Some(given) = given else { return Ok(value(Decimal::from_integer(&BigInt::ZERO))) };
    if let Some(number) = given.downcast::<Decimal>() {
        return Ok(value((*number).clone()));
    }
    if let Some(number) = support::big(&given) {
        return Ok(value(Decimal::from_integer(&number)));
    }
    match given.plain() {
        Value::Str(text) => {
            interp.allow_size(text.len(), "a decimal number")?;
            match Decimal::parse(&text) {
                Some(number) => Ok(value(number)),
                None => signal(interp, "InvalidOperation", "ConversionSyntax"),
            }
        }
        Value::Float(number) => Ok(value(Decimal::from_float(number))),
        Value::Tuple(_) | Value::List(_) => {
            let parts = interp.items(&given)?;
            let [sign, digits, exponent] = parts.as_slice() else {
                return interp.value_error("argument must be a sequence of length 3");
            };
            let mut text = String::from(if support::int(interp, sign)? == 1 { "-" } else { "" });
            for digit in interp.items(digits)? {
                text.push_str(&support::int(interp, &digit)?.to_string());
            }
            let exponent = support::int(interp, exponent)?;
            match Decimal::parse(&format!("{text}E{exponent}")) {
                Some(number) => Ok(value(number)),
                None => interp.value_error("coefficient must be a tuple of digits"),
            }
        }
        _ => {
            let class = interp.class_name(&given);
            interp.type_error(format!("conversion from {class} to Decimal is not supported"))
        }
    }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Rc<Decimal>> {
    match support::receiver(args).downcast::<Decimal>() {
        Some(number) => Ok(number),
        None => interp.type_error("a 'decimal.Decimal' object is required"),
    }
}

fn rounding(interp: &mut Interpreter, given: Option<Value>, default: Rounding) -> Result<Rounding> {
    let Some(given) = given.filter(|given| !given.is_none()) else { return Ok(default) };
    let name = given.as_text();
    let found = name.and_then(|name| {
        Rounding::ALL.into_iter().find(|(other, _)| name == *other).map(|(_, rounding)| rounding)
    });
    match found {
        Some(rounding) => Ok(rounding),
        None => interp.type_error(
            "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   \
             ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
        ),
    }
}

fn quantize(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let own = this(interp, &mut args)?;
    let signature = Signature::new("quantize", ["exp", "rounding", "context"], 1);
    let [by, mode, _] = args.bind(interp, &signature)?.values;
    let by = operand(interp, &by.unwrap_or_default())?;
    let mode = rounding(interp, mode, Rounding::HalfEven)?;
    let Decimal::Finite { exponent, .. } = by else {
        return signal(interp, "InvalidOperation", "InvalidOperation");
    };
    if !own.is_near(&by) {
        return Err(interp.unsupported("a decimal number of this size"));
    }
    match own.quantized(exponent, mode) {
        Some(Decimal::Finite { coefficient, .. })
            if number::digits(&coefficient) > number::PRECISION =>
        {
            signal(interp, "InvalidOperation", "InvalidOperation")
        }
        Some(number) => Ok(value(number)),
        None if *own == Decimal::NaN => Ok(value(Decimal::NaN)),
        None => signal(interp, "InvalidOperation", "InvalidOperation"),
    }
}

/// A number that a method takes: a `Decimal` or an `int`.
fn operand(interp: &mut Interpreter, given: &Value) -> Result<Decimal> {
    if let Some(number) = given.downcast::<Decimal>() {
        return Ok((*number).clone());
    }
    match support::big(given) {
        Some(number) => Ok(Decimal::from_integer(&number)),
        None => {
            let class = interp.class_name(given);
            interp.type_error(format!("conversion from {class} to Decimal is not supported"))
        }
    }
}

/// An integer from a number by a way of rounding.
fn whole(mode: Rounding) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, mut args| {
        let own = this(interp, &mut args)?;
        match &*own {
            Decimal::NaN => interp.value_error("cannot convert NaN to integer"),
            Decimal::Infinity(_) => {
                interp.raise("OverflowError", "cannot convert Infinity to integer")
            }
            Decimal::Finite { exponent, .. } if exponent.abs() > number::FARTHEST => {
                Err(interp.unsupported("a decimal number of this size"))
            }
            number => {
                let number = match number {
                    Decimal::Finite { exponent, .. } if *exponent < 0 => number.quantized(0, mode),
                    other => Some(other.clone()),
                };
                Ok(Value::integer(number.unwrap_or(Decimal::NaN).truncated()))
            }
        }
    }
}

fn round(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    if args.positional.len() < 2 {
        return whole(Rounding::HalfEven)(interp, args);
    }
    let own = this(interp, &mut args)?;
    let [places] = args.exactly(interp, "__round__")?;
    let places = support::int(interp, &places)?;
    if places.abs() > number::FARTHEST {
        return Err(interp.unsupported("a decimal number of this size"));
    }
    match own.quantized(-places, Rounding::HalfEven) {
        Some(Decimal::Finite { coefficient, .. })
            if number::digits(&coefficient) > number::PRECISION =>
        {
            signal(interp, "InvalidOperation", "InvalidOperation")
        }
        Some(number) => Ok(value(number)),
        None => signal(interp, "InvalidOperation", "InvalidOperation"),
    }
}

fn normalize(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let own = this(interp, &mut args)?;
    let number = (*own).clone().rounded();
    let Decimal::Finite { negative, mut coefficient, mut exponent } = number else {
        return Ok(value(number));
    };
    let zero = num_bigint::BigUint::ZERO;
    if coefficient == zero {
        exponent = 0;
    }
    while coefficient != zero && &coefficient % 10_u8 == zero {
        coefficient /= 10_u8;
        exponent += 1;
    }
    Ok(value(Decimal::Finite { negative, coefficient, exponent }))
}

fn as_tuple(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let own = this(interp, &mut args)?;
    let Decimal::Finite { negative, coefficient, exponent } = &*own else {
        return Err(interp.unsupported("'as_tuple' of a number that is not finite"));
    };
    let digits = coefficient.to_radix_be(10);
    let digits = digits.into_iter().map(|digit| Value::Int(digit.into()));
    let module = Value::Module(interp.load_module("decimal")?);
    let class = interp.get_attribute(&module, "DecimalTuple")?;
    let sign = Value::Int((*negative).into());
    interp.call(&class, Args::of([sign, Value::tuple(digits.collect()), Value::Int(*exponent)]))
}

fn exceptions(interp: &mut Interpreter, module: &Module) {
    let base = |interp: &Interpreter, name: &str| match interp.builtin(name) {
        Some(Value::Class(class)) => class,
        _ => interp.types().exception.clone(),
    };
    let arithmetic = base(interp, "ArithmeticError");
    let zero = base(interp, "ZeroDivisionError");
    let root = ClassBuilder::new("DecimalException", "decimal").base(&arithmetic).finish(interp);
    let add = |interp: &mut Interpreter, name: &'static str, bases: &[&Rc<Class>]| {
        let mut class = ClassBuilder::new(name, "decimal");
        for base in bases {
            class = class.base(base);
        }
        let class = class.finish(interp);
        module.set(name, Value::Class(Rc::clone(&class)));
        class
    };
    let invalid = add(interp, "InvalidOperation", &[&root]);
    add(interp, "DivisionByZero", &[&root, &zero]);
    add(interp, "ConversionSyntax", &[&invalid]);
    add(interp, "DivisionUndefined", &[&invalid, &zero]);
    add(interp, "DivisionImpossible", &[&invalid]);
    for name in ["Inexact", "Rounded", "Clamped", "Subnormal", "Overflow", "Underflow"] {
        add(interp, name, &[&root]);
    }
    module.set("DecimalException", Value::Class(root));
}

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("decimal");
    exceptions(interp, &module);
    let is = |test: fn(&Decimal) -> bool| {
        move |interp: &mut Interpreter, mut args: Args| {
            Ok(Value::Bool(test(&*this(interp, &mut args)?)))
        }
    };
    let class = ClassBuilder::new("Decimal", "decimal")
        .constructor(construct)
        .immutable()
        .method("quantize", quantize)
        .method("normalize", normalize)
        .method("as_tuple", as_tuple)
        .method("__round__", round)
        .method("__int__", whole(Rounding::Down))
        .method("__trunc__", whole(Rounding::Down))
        .method("__floor__", whole(Rounding::Floor))
        .method("__ceil__", whole(Rounding::Ceiling))
        .method("__float__", |interp, mut args| {
            let text = this(interp, &mut args)?.text();
            Ok(Value::Float(text.parse().unwrap_or(f64::NAN)))
        })
        .method("__abs__", |interp, mut args| {
            let own = this(interp, &mut args)?;
            let own = if own.is_negative() { own.negated() } else { (*own).clone() };
            Ok(value(own.rounded()))
        })
        .method("copy_abs", |interp, mut args| {
            let own = this(interp, &mut args)?;
            Ok(value(if own.is_negative() { own.negated() } else { (*own).clone() }))
        })
        .method("copy_negate", |interp, mut args| Ok(value(this(interp, &mut args)?.negated())))
        .method("to_integral_value", |interp, mut args| {
            let own = this(interp, &mut args)?;
            let signature = Signature::new("to_integral_value", ["rounding", "context"], 0);
            let [mode, _] = args.bind(interp, &signature)?.values;
            let mode = rounding(interp, mode, Rounding::HalfEven)?;
            Ok(value(match &*own {
                Decimal::Finite { exponent, .. } if *exponent < 0 => {
                    own.quantized(0, mode).unwrap_or(Decimal::NaN)
                }
                other => other.clone(),
            }))
        })
        .method("adjusted", |interp, mut args| {
            Ok(Value::Int(match &*this(interp, &mut args)? {
                Decimal::Finite { coefficient, exponent, .. } => {
                    exponent + number::digits(coefficient) - 1
                }
                _ => 0,
            }))
        })
        .method("is_nan", is(|number| *number == Decimal::NaN))
        .method("is_zero", is(Decimal::is_zero))
        .method("is_infinite", is(|number| matches!(number, Decimal::Infinity(_))))
        .method("is_finite", is(|number| matches!(number, Decimal::Finite { .. })))
        .method("is_signed", is(Decimal::is_negative))
        .class_method("from_float", |interp, args| {
            let [class, number] = args.exactly(interp, "Decimal.from_float")?;
            interp.call(&class, Args::of([number]))
        })
        .finish(interp);
    interp.register_class::<Decimal>(Rc::clone(&class));
    module.set("Decimal", Value::Class(class));
    for (name, _) in Rounding::ALL {
        module.set(name, Value::from(name));
    }
    let collections = Value::Module(interp.load_module("collections")?);
    let namedtuple = interp.get_attribute(&collections, "namedtuple")?;
    let names = [Value::from("DecimalTuple"), Value::from("sign digits exponent")];
    let tuple = interp.call(&namedtuple, Args::of(names))?;
    module.set("DecimalTuple", tuple);
    Ok(Rc::new(module))
}
