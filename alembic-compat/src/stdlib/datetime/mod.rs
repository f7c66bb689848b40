//! `datetime`: days, times of day, moments, spans of time and fixed offsets from UTC, as the Python
//! library reference ("datetime — Basic date and time types") describes them.

mod clock;
mod date;
mod delta;
mod format;
mod iso;
mod moment;
mod operators;
mod parse;
mod time;
mod zone;

pub use date::Date;
pub use delta::TimeDelta;
pub use moment::DateTime;
pub use time::Time;
pub use zone::TimeZone;

use std::rc::Rc;

use chrono::Datelike as _;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;

use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::support;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// Microseconds of a day.
const DAY: i64 = 86_400 * SECOND;

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("datetime");
    delta::install(interp, &module);
    zone::install(interp, &module);
    date::install(interp, &module);
    time::install(interp, &module);
    moment::install(interp, &module);
    module.set("MINYEAR", Value::Int(1));
    module.set("MAXYEAR", Value::Int(9999));
    Ok(Rc::new(module))
}

/// Microseconds since the beginning of the year 1.
fn ordinal_micros(moment: NaiveDateTime) -> i64 {
    i64::from(moment.date().num_days_from_ce()) * DAY + time_micros(moment.time())
}

fn time_micros(time: NaiveTime) -> i64 {
    use chrono::Timelike as _;
    i64::from(time.num_seconds_from_midnight()) * SECOND + i64::from(time.nanosecond() / 1000)
}

fn time_of(micros: i64) -> Option<NaiveTime> {
    let seconds = u32::try_from(micros / SECOND).ok()?;
    let nanos = u32::try_from(micros % SECOND).ok()? * 1000;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
}

fn from_ordinal_micros(micros: i128) -> Option<NaiveDateTime> {
    let days = i32::try_from(micros.div_euclid(i128::from(DAY))).ok()?;
    let rest = i64::try_from(micros.rem_euclid(i128::from(DAY))).ok()?;
    let date = NaiveDate::from_num_days_from_ce_opt(days)?;
    in_years(date).then(|| date.and_time(time_of(rest).unwrap_or_default()))
}

/// Whether Python has the day.
fn in_years(date: NaiveDate) -> bool {
    (1..=9999).contains(&date.year())
}

fn too_far<R>(interp: &mut Interpreter) -> Result<R> {
    interp.raise("OverflowError", "date value out of range")
}

/// The microseconds of 1970-01-01 on the same scale as [`ordinal_micros`].
const EPOCH: i64 = 719_163 * DAY;

/// A day from its numbers, with Python's errors.
fn new_date(interp: &mut Interpreter, year: i64, month: i64, day: i64) -> Result<NaiveDate> {
    if !(1..=9999).contains(&year) {
        return interp.value_error(format!("year {year} is out of range"));
    }
    if !(1..=12).contains(&month) {
        return interp.value_error("month must be in 1..12");
    }
    let date = || {
        let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
        NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
    };
    match date() {
        Some(date) => Ok(date),
        None => interp.value_error("day is out of range for month"),
    }
}

/// A time of day from hour, minute, second and microsecond, with Python's errors.
fn new_time(interp: &mut Interpreter, parts: [i64; 4]) -> Result<NaiveTime> {
    let limits = [(23, "hour"), (59, "minute"), (59, "second"), (999_999, "microsecond")];
    for (part, (most, name)) in parts.into_iter().zip(limits) {
        if !(0..=most).contains(&part) {
            return interp.value_error(format!("{name} must be in 0..{most}"));
        }
    }
    let [hour, minute, second, micros] = parts;
    let micros = ((hour * 60 + minute) * 60 + second) * SECOND + micros;
    Ok(time_of(micros).unwrap_or_default())
}

/// The zone argument of a constructor.
fn zone_argument(interp: &mut Interpreter, zone: Option<Value>) -> Result<Value> {
    let zone = zone.unwrap_or_default();
    if zone.is_none() || zone::is_zone(interp, &zone) {
        return Ok(zone);
    }
    let class = interp.class_name(&zone);
    interp.type_error(format!(
        "tzinfo argument must be None or of a tzinfo subclass, not type '{class}'"
    ))
}

/// The numbers among arguments of a constructor; those not given are `defaults`.
fn numbers<const N: usize>(
    interp: &mut Interpreter,
    values: [Option<Value>; N],
    defaults: [i64; N],
) -> Result<[i64; N]> {
    let mut numbers = defaults;
    for (number, value) in numbers.iter_mut().zip(values) {
        if let Some(value) = value {
            if matches!(value.plain(), Value::Float(_)) {
                return interp.type_error("'float' object cannot be interpreted as an integer");
            }
            *number = support::int(interp, &value)?;
        }
    }
    Ok(numbers)
}
