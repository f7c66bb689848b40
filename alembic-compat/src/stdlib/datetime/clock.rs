//! What times and moments share: their texts, arguments, and the clock on the wall.

use super::EPOCH;
use super::SECOND;
use super::delta;
use super::from_ordinal_micros;
use super::support;
use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::Timelike as _;

/// `HH:MM:SS.ffffff`, as long as asked for.
pub(super) fn clock_text(
    interp: &mut Interpreter,
    time: NaiveTime,
    precision: &str,
) -> Result<String> {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let micros = time.nanosecond() / 1000;
    Ok(match precision {
        "hours" => format!("{hour:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micros / 1000),
        "auto" if micros == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
        "auto" | "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{micros:06}"),
        _ => return interp.value_error("Unknown timespec value"),
    })
}

/// `hour, minute, …` as `repr` shows them.
pub(super) fn clock_shown(time: NaiveTime) -> String {
    let mut text = format!("{}, {}", time.hour(), time.minute());
    let micros = time.nanosecond() / 1000;
    if time.second() != 0 || micros != 0 {
        text.push_str(&format!(", {}", time.second()));
    }
    if micros != 0 {
        text.push_str(&format!(", {micros}"));
    }
    text
}

pub(super) fn zone_shown(interp: &mut Interpreter, zone: &Value, fold: bool) -> Result<String> {
    let mut text = String::new();
    if fold {
        text.push_str(", fold=1");
    }
    if !zone.is_none() {
        text.push_str(", tzinfo=");
        text.push_str(&interp.repr(zone)?);
    }
    Ok(text)
}

/// The name that `repr` shows: with its module for the classes of the module itself.
pub(super) fn shown_class(interp: &Interpreter, this: &Value) -> String {
    let class = interp.class(this);
    if class.traits.is_python { class.name.to_string() } else { format!("datetime.{}", class.name) }
}

pub(super) fn fold(interp: &mut Interpreter, given: Option<Value>, own: bool) -> Result<bool> {
    match given {
        None => Ok(own),
        Some(value) => match support::int(interp, &value)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => interp.value_error("fold must be either 0 or 1"),
        },
    }
}

pub(super) fn precision(interp: &mut Interpreter, given: Option<Value>) -> Result<Text> {
    match given {
        Some(given) => support::text(interp, &given, "isoformat() argument 'timespec'"),
        None => Ok(Text::from("auto")),
    }
}

/// A fixed zone for an offset that was read.
pub(super) fn zone_of(interp: &mut Interpreter, offset: Option<i64>) -> Result<Value> {
    let Some(offset) = offset else { return Ok(Value::None) };
    let module = interp.load_module("datetime")?;
    let class = interp.get_attribute(&Value::Module(module), "timezone")?;
    if offset == 0 {
        return interp.get_attribute(&class, "utc");
    }
    let delta = delta::value(interp, offset.into())?;
    interp.call(&class, Args::of([delta]))
}

/// What the clock on the wall shows.
pub(super) fn local_now(interp: &mut Interpreter) -> Result<NaiveDateTime> {
    let now = interp.host().now()?;
    let micros = now.microseconds + i64::from(now.local_offset) * SECOND;
    Ok(from_ordinal_micros(i128::from(micros) + i128::from(EPOCH)).unwrap_or_default())
}

/// The moment of a Unix time stamp, in UTC or local time.
pub(super) fn from_stamp(
    interp: &mut Interpreter,
    stamp: &Value,
    local: bool,
) -> Result<NaiveDateTime> {
    let micros = match stamp.plain() {
        Value::Float(number) if number.is_nan() => {
            return interp.value_error("cannot convert float NaN to integer");
        }
        Value::Float(number) => {
            let whole = number.floor();
            let part = ((number - whole) * 1e6).round_ties_even();
            if whole.abs() > 1e12 {
                return interp.value_error("year is out of range");
            }
            whole as i128 * 1_000_000 + part as i128
        }
        other => i128::from(support::int(interp, &other)?) * 1_000_000,
    };
    let shift = if local { local_shift(interp)? } else { 0 };
    match from_ordinal_micros(micros + i128::from(EPOCH) + i128::from(shift)) {
        Some(moment) => Ok(moment),
        None => {
            let year = 1970 + micros.div_euclid(31_556_952_000_000);
            interp.value_error(format!("year {year} is out of range"))
        }
    }
}

/// How far local time is ahead of UTC at any moment: known only where it is UTC itself.
pub(super) fn local_shift(interp: &mut Interpreter) -> Result<i64> {
    match interp.host().now()?.local_offset {
        0 => Ok(0),
        _ => Err(interp.unsupported("the local time of another moment than now")),
    }
}
