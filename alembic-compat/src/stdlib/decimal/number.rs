//! Decimal numbers after the General Decimal Arithmetic Specification, with the context that Python
//! begins with: 28 digits, halves to the even digit.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_bigint::BigUint;
use num_traits::Pow as _;
use num_traits::ToPrimitive as _;

/// How many digits results have at most.
pub(super) const PRECISION: i64 = 28;
/// Exponents further apart than this are refused: the numbers between would be too long.
pub(super) const FARTHEST: i64 = 20_000;

/// A decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decimal {
    /// A number: `coefficient * 10 ** exponent`.
    Finite {
        /// Whether it has a minus sign (zero may have one).
        negative: bool,
        /// The digits.
        coefficient: BigUint,
        /// The power of ten.
        exponent: i64,
    },
    /// Infinity, negative or not.
    Infinity(bool),
    /// Not a number.
    NaN,
}

/// A way of rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    Ceiling,
    Down,
    Floor,
    HalfDown,
    HalfEven,
    HalfUp,
    Up,
    ZeroFiveUp,
}

impl Rounding {
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("ROUND_CEILING", Self::Ceiling),
        ("ROUND_DOWN", Self::Down),
        ("ROUND_FLOOR", Self::Floor),
        ("ROUND_HALF_DOWN", Self::HalfDown),
        ("ROUND_HALF_EVEN", Self::HalfEven),
        ("ROUND_HALF_UP", Self::HalfUp),
        ("ROUND_UP", Self::Up),
        ("ROUND_05UP", Self::ZeroFiveUp),
    ];
}

pub(super) fn power(exponent: i64) -> BigUint {
    BigUint::from(10_u8).pow(u32::try_from(exponent.max(0)).unwrap_or_default())
}

pub(super) fn digits(number: &BigUint) -> i64 {
    number.to_str_radix(10).len() as i64
}

/// A number without its last `count` digits, rounded.
pub(super) fn cut(number: &BigUint, count: i64, negative: bool, rounding: Rounding) -> BigUint {
    let unit = power(count);
    let mut kept = number / &unit;
    let rest = number % &unit;
    if rest == BigUint::ZERO {
        return kept;
    }
    let half = (rest * 2_u8).cmp(&unit);
    let last = (&kept % 10_u8).to_u8().unwrap_or_default();
    let up = match rounding {
        Rounding::Ceiling => !negative,
        Rounding::Floor => negative,
        Rounding::Down => false,
        Rounding::Up => true,
        Rounding::HalfDown => half == Ordering::Greater,
        Rounding::HalfUp => half != Ordering::Less,
        Rounding::HalfEven => half == Ordering::Greater || half == Ordering::Equal && last % 2 == 1,
        Rounding::ZeroFiveUp => last == 0 || last == 5,
    };
    if up {
        kept += 1_u8;
    }
    kept
}

impl Decimal {
    /// An integer.
    #[must_use]
    pub fn from_integer(number: &BigInt) -> Self {
        Self::Finite {
            negative: number.sign() == num_bigint::Sign::Minus,
            coefficient: number.magnitude().clone(),
            exponent: 0,
        }
    }

    /// The exact value of a float.
    #[must_use]
    pub fn from_float(number: f64) -> Self {
        if number.is_nan() {
            return Self::NaN;
        }
        if number.is_infinite() {
            return Self::Infinity(number < 0.0);
        }
        let bits = number.to_bits();
        let exponent = i64::from((bits >> 52) as u16 & 0x7ff);
        let fraction = bits & ((1 << 52) - 1);
        let (mut mantissa, mut exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let negative = number.is_sign_negative();
        if mantissa == 0 {
            return Self::Finite { negative, coefficient: BigUint::ZERO, exponent: 0 };
        }
        while mantissa % 2 == 0 && exponent < 0 {
            mantissa /= 2;
            exponent += 1;
        }
        let coefficient = if exponent >= 0 {
            BigUint::from(mantissa) << exponent
        } else {
            BigUint::from(mantissa) * BigUint::from(5_u8).pow(exponent.unsigned_abs() as u32)
        };
        Self::Finite { negative, coefficient, exponent: exponent.min(0) }
    }

    /// Reads a number as `Decimal("…")` does; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace('_', "");
        let (negative, body) = match text.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        match body.to_ascii_lowercase().as_str() {
            "inf" | "infinity" => return Some(Self::Infinity(negative)),
            "nan" => return Some(Self::NaN),
            _ => {}
        }
        let (number, exponent) = match body.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i64>().ok()?),
            None => (body, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{part}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i64::try_from(part.len()).ok()?)?;
        if exponent.abs() > 999_999_999 {
            return None;
        }
        Some(Self::Finite { negative, coefficient: all.parse().ok()?, exponent })
    }

    /// As `str()` shows it.
    #[must_use]
    pub fn text(&self) -> String {
        let Self::Finite { negative, coefficient, exponent } = self else {
            return match self {
                Self::Infinity(true) => "-Infinity",
                Self::Infinity(false) => "Infinity",
                _ => "NaN",
            }
            .to_owned();
        };
        let digits = coefficient.to_str_radix(10);
        let sign = if *negative { "-" } else { "" };
        let left = *exponent + digits.len() as i64;
        if *exponent <= 0 && left > -6 {
            return format!("{sign}{}", point(&digits, left));
        }
        let body = point(&digits, 1);
        format!("{sign}{body}E{:+}", left - 1)
    }

    /// The number with at most 28 digits.
    #[must_use]
    pub(super) fn rounded(self) -> Self {
        let Self::Finite { negative, coefficient, exponent } = &self else { return self };
        let count = digits(coefficient) - PRECISION;
        if count <= 0 {
            return self;
        }
        let kept = cut(coefficient, count, *negative, Rounding::HalfEven);
        Self::Finite { negative: *negative, coefficient: kept, exponent: exponent + count }
            .rounded()
    }

    pub(super) const fn is_negative(&self) -> bool {
        matches!(self, Self::Finite { negative: true, .. } | Self::Infinity(true))
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Self::Finite { coefficient, .. } if *coefficient == BigUint::ZERO)
    }

    pub(super) fn negated(&self) -> Self {
        match self {
            Self::Finite { negative, coefficient, exponent } => {
                let (coefficient, exponent) = (coefficient.clone(), *exponent);
                Self::Finite { negative: !negative, coefficient, exponent }
            }
            Self::Infinity(negative) => Self::Infinity(!negative),
            Self::NaN => Self::NaN,
        }
    }

    /// The number as an integer where it is written with this exponent, which is not above its own.
    pub(super) fn scaled(&self, to: i64) -> BigInt {
        let Self::Finite { negative, coefficient, exponent } = self else { return BigInt::ZERO };
        let number = BigInt::from(coefficient * power(exponent - to));
        if *negative { -number } else { number }
    }

    /// The integer that is left when the digits after the point are cut off.
    pub(super) fn truncated(&self) -> BigInt {
        let Self::Finite { negative, coefficient, exponent } = self else { return BigInt::ZERO };
        let number = if *exponent >= 0 {
            coefficient * power(*exponent)
        } else if -exponent > digits(coefficient) {
            BigUint::ZERO
        } else {
            coefficient / power(-exponent)
        };
        let number = BigInt::from(number);
        if *negative { -number } else { number }
    }

    /// The number with the exponent `to`.
    pub(super) fn quantized(&self, to: i64, rounding: Rounding) -> Option<Self> {
        let Self::Finite { negative, coefficient, exponent } = self else { return None };
        let coefficient = if *exponent >= to {
            coefficient * power(exponent - to)
        } else {
            // Further away than it has digits: only whether there are any matters.
            let count = (to - exponent).min(digits(coefficient) + 2);
            cut(coefficient, count, *negative, rounding)
        };
        Some(Self::Finite { negative: *negative, coefficient, exponent: to })
    }

    /// Whether two numbers are close enough to be calculated with.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Finite { exponent: a, .. }, Self::Finite { exponent: b, .. }) => {
                a.abs() < FARTHEST && b.abs() < FARTHEST
            }
            _ => true,
        }
    }

    /// The order of two numbers; `None` where one is none.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => None,
            (Self::Infinity(a), Self::Infinity(b)) => Some(b.cmp(a)),
            (Self::Infinity(negative), _) => {
                Some(if *negative { Ordering::Less } else { Ordering::Greater })
            }
            (_, Self::Infinity(negative)) => {
                Some(if *negative { Ordering::Greater } else { Ordering::Less })
            }
            (Self::Finite { exponent: a, .. }, Self::Finite { exponent: b, .. }) => {
                let low = *a.min(b);
                Some(self.scaled(low).cmp(&other.scaled(low)))
            }
        }
    }
}

/// Digits with a point after `left` of them.
fn point(digits: &str, left: i64) -> String {
    let count = digits.len() as i64;
    if left <= 0 {
        format!("0.{}{digits}", "0".repeat(left.unsigned_abs() as usize))
    } else if left >= count {
        format!("{digits}{}", "0".repeat((left - count) as usize))
    } else {
        let (whole, part) = digits.split_at(left as usize);
        format!("{whole}.{part}")
    }
}

/// The sum; the sign of a zero is that of both, or plus.
pub(super) fn add(a: &Decimal, b: &Decimal) -> Option<Decimal> {
    let (Decimal::Finite { exponent: x, .. }, Decimal::Finite { exponent: y, .. }) = (a, b) else {
        return None;
    };
    let low = *x.min(y);
    let sum = a.scaled(low) + b.scaled(low);
    let negative = match sum.sign() {
        num_bigint::Sign::Minus => true,
        num_bigint::Sign::Plus => false,
        num_bigint::Sign::NoSign => a.is_negative() && b.is_negative(),
    };
    let coefficient = sum.magnitude().clone();
    Some(Decimal::Finite { negative, coefficient, exponent: low }.rounded())
}

pub(super) fn multiply(a: &Decimal, b: &Decimal) -> Option<Decimal> {
    let (
        Decimal::Finite { negative: s, coefficient: x, exponent: e },
        Decimal::Finite { negative: t, coefficient: y, exponent: f },
    ) = (a, b)
    else {
        return None;
    };
    let number = Decimal::Finite { negative: s != t, coefficient: x * y, exponent: e + f };
    Some(number.rounded())
}

/// The quotient; the divisor is not zero.
pub(super) fn divide(a: &Decimal, b: &Decimal) -> Option<Decimal> {
    let (
        Decimal::Finite { negative: s, coefficient: x, exponent: e },
        Decimal::Finite { negative: t, coefficient: y, exponent: f },
    ) = (a, b)
    else {
        return None;
    };
    let negative = s != t;
    let ideal = e - f;
    if *x == BigUint::ZERO {
        return Some(Decimal::Finite { negative, coefficient: BigUint::ZERO, exponent: ideal });
    }
    let shift = digits(y) - digits(x) + PRECISION + 1;
    let mut exponent = ideal - shift;
    let (top, bottom) =
        if shift >= 0 { (x * power(shift), y.clone()) } else { (x.clone(), y * power(-shift)) };
    let mut coefficient = &top / &bottom;
    if &top % &bottom == BigUint::ZERO {
        while exponent < ideal && &coefficient % 10_u8 == BigUint::ZERO {
            coefficient /= 10_u8;
            exponent += 1;
        }
    } else if &coefficient % 5_u8 == BigUint::ZERO {
        // Not quite a half, or not quite nothing: rounding must see that.
        coefficient += 1_u8;
    }
    Some(Decimal::Finite { negative, coefficient, exponent }.rounded())
}

/// The whole quotient without its fraction, and the rest, which has the sign of `a`.
pub(super) fn divide_whole(a: &Decimal, b: &Decimal) -> Option<(Decimal, Decimal)> {
    let (
        Decimal::Finite { negative: s, exponent: e, .. },
        Decimal::Finite { negative: t, exponent: f, .. },
    ) = (a, b)
    else {
        return None;
    };
    let low = *e.min(f);
    let (x, y) = (a.scaled(low), b.scaled(low));
    let whole = &x / &y;
    if digits(whole.magnitude()) > PRECISION {
        return None;
    }
    let rest = &x % &y;
    let quotient =
        Decimal::Finite { negative: s != t, coefficient: whole.magnitude().clone(), exponent: 0 };
    let rest =
        Decimal::Finite { negative: *s, coefficient: rest.magnitude().clone(), exponent: low };
    Some((quotient, rest.rounded()))
}
