//! What operators, `str` and `format` do with decimal numbers.

use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::number;
use super::number::Decimal;
use super::number::Rounding;
use super::signal;
use super::support;
use super::value;

/// The other operand of arithmetic: a `Decimal` or an `int`.
fn other_number(other: &Value) -> Option<Decimal> {
    if let Some(number) = other.downcast::<Decimal>() {
        return Some((*number).clone());
    }
    support::big(other).map(|number| Decimal::from_integer(&number))
}

fn power(interp: &mut Interpreter, a: &Decimal, b: &Decimal) -> Result<Decimal> {
    let unsupported = |interp: &Interpreter| interp.unsupported("this power of decimal numbers");
    let exponent = match b {
        Decimal::Finite { exponent, .. } if *exponent > -20 && *exponent < 4 => b.truncated(),
        _ => return Err(unsupported(interp)),
    };
    let same = Decimal::from_integer(&exponent).order(b) == Some(std::cmp::Ordering::Equal);
    let count = num_traits::ToPrimitive::to_u32(&exponent).filter(|count| same && *count <= 1000);
    let (Some(count), Decimal::Finite { negative, coefficient, exponent }) = (count, a) else {
        return Err(unsupported(interp));
    };
    if count == 0 && a.is_zero() {
        return signal(interp, "InvalidOperation", "InvalidOperation");
    }
    let coefficient = num_traits::Pow::pow(coefficient, count);
    if number::digits(&coefficient) > number::PRECISION {
        return Err(unsupported(interp));
    }
    let negative = *negative && count % 2 == 1;
    Ok(Decimal::Finite { negative, coefficient, exponent: exponent * i64::from(count) })
}

fn divided(
    interp: &mut Interpreter,
    op: BinaryOp,
    a: &Decimal,
    b: &Decimal,
) -> Result<Option<Decimal>> {
    if b.is_zero() {
        return match op {
            BinaryOp::Div | BinaryOp::FloorDiv if a.is_zero() => {
                signal(interp, "InvalidOperation", "DivisionUndefined")
            }
            BinaryOp::Mod => signal(interp, "InvalidOperation", "InvalidOperation"),
            _ => signal(interp, "DivisionByZero", "DivisionByZero"),
        };
    }
    if op == BinaryOp::Div {
        return Ok(number::divide(a, b));
    }
    match number::divide_whole(a, b) {
        Some((quotient, _)) if op == BinaryOp::FloorDiv => Ok(Some(quotient)),
        Some((_, rest)) => Ok(Some(rest)),
        None => signal(interp, "InvalidOperation", "DivisionImpossible"),
    }
}

impl Object for Decimal {
    fn binary(
        &self,
        _: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(right) = other_number(other) else { return Ok(None) };
        let (a, b) = if reflected { (&right, self) } else { (self, &right) };
        let finite = |number: &Self| matches!(number, Self::Finite { .. });
        if !finite(a) || !finite(b) || !a.is_near(b) {
            return Err(interp.unsupported("arithmetic with decimal numbers of this size"));
        }
        let result = match op {
            BinaryOp::Add => number::add(a, b),
            BinaryOp::Sub => number::add(a, &b.negated()),
            BinaryOp::Mul => number::multiply(a, b),
            BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod => divided(interp, op, a, b)?,
            BinaryOp::Pow => Some(power(interp, a, b)?),
            _ => return Ok(None),
        };
        Ok(result.map(value))
    }

    fn unary(&self, _: &Value, op: UnaryOp, _: &mut Interpreter) -> Result<Option<Value>> {
        let positive = |number: Self| match number {
            Self::Finite { coefficient, exponent, negative } => {
                let zero = coefficient == num_bigint::BigUint::ZERO;
                Self::Finite { negative: negative && !zero, coefficient, exponent }
            }
            other => other,
        };
        Ok(match op {
            UnaryOp::Minus => Some(value(positive(self.negated()).rounded())),
            UnaryOp::Plus => Some(value(positive(self.clone()).rounded())),
            _ => None,
        })
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let right = match other.plain() {
            Value::Float(number) => Some(Self::from_float(number)),
            _ => other_number(other),
        };
        let Some(right) = right else { return Ok(None) };
        if !self.is_near(&right) {
            return Err(interp.unsupported("decimal numbers of this size"));
        }
        match self.order(&right) {
            Some(ordering) => Ok(support::order(op, ordering)),
            None => match op {
                CompareOp::Eq => Ok(Some(Value::Bool(false))),
                CompareOp::NotEq => Ok(Some(Value::Bool(true))),
                _ => signal(interp, "InvalidOperation", "InvalidOperation"),
            },
        }
    }

    fn hash(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        if !self.is_near(self) {
            return Err(interp.unsupported("decimal numbers of this size"));
        }
        // Equal to an int or a float: the same hash.
        let whole = self.truncated();
        if Self::from_integer(&whole).order(self) == Some(std::cmp::Ordering::Equal) {
            let hash = interp.hash(&Value::integer(whole))?;
            return Ok(Some(hash.cast_signed()));
        }
        let near: f64 = self.text().parse().unwrap_or(f64::NAN);
        if Self::from_float(near).order(self) == Some(std::cmp::Ordering::Equal) {
            let hash = interp.hash(&Value::Float(near))?;
            return Ok(Some(hash.cast_signed()));
        }
        let text = self.text();
        let (digits, _) = text.split_once('E').unwrap_or((&text, ""));
        Ok(Some(support::hash_of(digits.trim_end_matches('0').replace(['.', '-'], ""))))
    }

    fn truth(&self, _: &Value, _: &mut Interpreter) -> Result<Option<bool>> {
        Ok(Some(!self.is_zero()))
    }

    fn repr(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(format!("Decimal('{}')", self.text())))
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.text()))
    }

    /// Fixed-point specs: alignment, sign, width, grouping, precision and `f`.
    fn format(&self, _: &Value, spec: &str, interp: &mut Interpreter) -> Result<Option<String>> {
        match formatted(self, spec) {
            Some(text) => Ok(Some(text)),
            None => Err(interp.unsupported(format!("the format '{spec}' of a decimal number"))),
        }
    }
}

fn formatted(number: &Decimal, spec: &str) -> Option<String> {
    let mut characters: Vec<char> = spec.chars().collect();
    let is_align = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
    let (mut fill, mut align) = (' ', '>');
    if is_align(characters.get(1)) {
        fill = *characters.first()?;
        align = *characters.get(1)?;
        characters.drain(..2);
    } else if is_align(characters.first()) {
        align = characters.remove(0);
    }
    let rest: String = characters.into_iter().collect();
    let (plus, rest) = match rest.strip_prefix(['+', '-', ' ']) {
        Some(after) => (rest.chars().next().filter(|c| *c != '-'), after),
        None => (None, rest.as_str()),
    };
    let (rest, zero) = match rest.strip_prefix('0') {
        Some(after) => (after, true),
        None => (rest, false),
    };
    if zero {
        fill = '0';
        align = '=';
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (width, rest) = rest.split_at(digits);
    let width: usize = if width.is_empty() { 0 } else { width.parse().ok()? };
    let (grouped, rest) = match rest.strip_prefix(',') {
        Some(after) => (true, after),
        None => (false, rest),
    };
    if width > 1000 || grouped && zero {
        return None;
    }
    let (rest, kind) = match rest.strip_suffix(['f', 'F']) {
        Some(before) => (before, Some('f')),
        None => (rest, None),
    };
    let Decimal::Finite { exponent, .. } = number else { return None };
    let text = match rest.strip_prefix('.') {
        Some(places) => {
            let places: i64 = places.parse().ok().filter(|places| *places <= 1000)?;
            kind?;
            number.quantized(-places, Rounding::HalfEven)?.plain_text()?
        }
        None if !rest.is_empty() => return None,
        None if kind.is_some() && *exponent <= 0 => number.plain_text()?,
        None if kind.is_some() => number.quantized(0, Rounding::HalfEven)?.plain_text()?,
        None => number.text(),
    };
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => ("-".to_owned(), body),
        None => (plus.map(String::from).unwrap_or_default(), text.as_str()),
    };
    let body = if grouped { grouping(body) } else { body.to_owned() };
    let missing = width.saturating_sub(sign.chars().count() + body.chars().count());
    let pad = |count: usize| fill.to_string().repeat(count);
    Some(match align {
        '<' => format!("{sign}{body}{}", pad(missing)),
        '^' => format!("{}{sign}{body}{}", pad(missing / 2), pad(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", pad(missing)),
        _ => format!("{}{sign}{body}", pad(missing)),
    })
}

fn grouping(body: &str) -> String {
    let (whole, part) = match body.find(['.', 'E']) {
        Some(at) => body.split_at(at),
        None => (body, ""),
    };
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out + part
}

impl Decimal {
    /// Without an exponent, for numbers whose exponent is not above zero.
    fn plain_text(&self) -> Option<String> {
        let Self::Finite { negative, coefficient, exponent } = self else { return None };
        if *exponent < -number::FARTHEST {
            return None;
        }
        let mut digits = coefficient.to_str_radix(10);
        let places = exponent.unsigned_abs() as usize;
        if *exponent < 0 {
            while digits.len() <= places {
                digits.insert(0, '0');
            }
            digits.insert(digits.len() - places, '.');
        }
        Some(format!("{}{digits}", if *negative { "-" } else { "" }))
    }
}
