//! `time`.

use std::rc::Rc;

use chrono::NaiveDate;
use chrono::NaiveTime;
use chrono::Timelike as _;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::python::CompareOp;

use super::TimeDelta;
use super::TimeZone;
use super::clock;
use super::delta;
use super::format;
use super::format::Zoned;
use super::iso;
use super::new_time;
use super::numbers;
use super::operators::unlike;
use super::support;
use super::support::order;
use super::time_micros;
use super::time_of;
use super::zone;
use super::zone_argument;

/// A time of day.
#[derive(Debug, Clone)]
pub struct Time {
    /// The time, to the microsecond.
    pub time: NaiveTime,
    /// The zone: a [`TimeZone`], an object of Python code, or `None`.
    pub zone: Value,
    /// Whether it is the second of two equal times when clocks go back.
    pub fold: bool,
}

const NAMES: [&str; 6] = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
const NEW: Signature<6> = Signature { keyword_only: 1, ..Signature::new("time", NAMES, 0) };
const REPLACE: Signature<6> = Signature { keyword_only: 1, ..Signature::new("replace", NAMES, 0) };

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [hour, minute, second, micros, zone, fold] = args.bind(interp, &NEW)?.values;
    let parts = numbers(interp, [hour, minute, second, micros], [0; 4])?;
    let time = new_time(interp, parts)?;
    let zone = zone_argument(interp, zone)?;
    let fold = clock::fold(interp, fold, false)?;
    Ok(Value::native(Time { time, zone, fold }))
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Rc<Time>> {
    match support::receiver(args).downcast::<Time>() {
        Some(time) => Ok(time),
        None => interp.type_error("a 'datetime.time' object is required"),
    }
}

impl Time {
    fn offset(&self, interp: &mut Interpreter) -> Result<Option<i64>> {
        zone::offset(interp, &self.zone, &Value::None)
    }

    fn iso(&self, interp: &mut Interpreter, precision: &str) -> Result<String> {
        let mut text = clock::clock_text(interp, self.time, precision)?;
        if let Some(offset) = self.offset(interp)? {
            text.push_str(&zone::offset_text(offset, ":"));
        }
        Ok(text)
    }
}

pub(super) fn install(interp: &mut Interpreter, module: &Module) {
    let number = |part: fn(&Time) -> i64| {
        move |interp: &mut Interpreter, mut args: Args| {
            Ok(Value::Int(part(&*this(interp, &mut args)?)))
        }
    };
    let class = ClassBuilder::new("time", "datetime")
        .constructor(construct)
        .immutable()
        .property("hour", number(|this| this.time.hour().into()))
        .property("minute", number(|this| this.time.minute().into()))
        .property("second", number(|this| this.time.second().into()))
        .property("microsecond", number(|this| (this.time.nanosecond() / 1000).into()))
        .property("fold", number(|this| this.fold.into()))
        .property("tzinfo", |interp, mut args| Ok(this(interp, &mut args)?.zone.clone()))
        .method("isoformat", |interp, mut args| {
            let time = this(interp, &mut args)?;
            let [precision] =
                args.bind(interp, &Signature::new("isoformat", ["timespec"], 0))?.values;
            let precision = clock::precision(interp, precision)?;
            time.iso(interp, &precision).map(Value::str)
        })
        .method("utcoffset", |interp, mut args| {
            let time = this(interp, &mut args)?;
            match time.offset(interp)? {
                Some(offset) => delta::value(interp, offset.into()),
                None => Ok(Value::None),
            }
        })
        .method("tzname", |interp, mut args| {
            let time = this(interp, &mut args)?;
            zone::name(interp, &time.zone.clone(), &Value::None)
        })
        .method("strftime", |interp, mut args| {
            let time = this(interp, &mut args)?;
            let [pattern] = args.exactly(interp, "strftime")?;
            let pattern = support::text(interp, &pattern, "strftime() argument 1")?;
            time.written(interp, &pattern).map(Value::str)
        })
        .method("replace", |interp, mut args| {
            let time = this(interp, &mut args)?;
            let [hour, minute, second, micros, zone, fold] = args.bind(interp, &REPLACE)?.values;
            let own = time.time;
            let own = [
                own.hour().into(),
                own.minute().into(),
                own.second().into(),
                (own.nanosecond() / 1000).into(),
            ];
            let parts = numbers(interp, [hour, minute, second, micros], own)?;
            let new = new_time(interp, parts)?;
            let zone = match zone {
                Some(zone) => zone_argument(interp, Some(zone))?,
                None => time.zone.clone(),
            };
            let fold = clock::fold(interp, fold, time.fold)?;
            Ok(Value::native(Time { time: new, zone, fold }))
        })
        .class_method("fromisoformat", |interp, args| {
            let [_, given] = args.exactly(interp, "time.fromisoformat")?;
            let Some(text) = given.as_text() else {
                return interp.type_error("fromisoformat: argument must be str");
            };
            match iso::time(&text) {
                Some(read) => {
                    let time = new_time(interp, read.parts)?;
                    let zone = clock::zone_of(interp, read.offset)?;
                    Ok(Value::native(Time { time, zone, fold: false }))
                }
                None => {
                    let shown = interp.repr(&Value::Str(text))?;
                    interp.value_error(format!("Invalid isoformat string: {shown}"))
                }
            }
        })
        .finish(interp);
    let edge = |micros| {
        let time = time_of(micros).unwrap_or_default();
        Value::native(Time { time, zone: Value::None, fold: false })
    };
    class.set("min", edge(0));
    class.set("max", edge(super::DAY - 1));
    class.set("resolution", TimeDelta::from_micros(1).map_or(Value::None, Value::native));
    interp.register_class::<Time>(Rc::clone(&class));
    module.set("time", Value::Class(class));
}

impl Time {
    /// A time without a zone.
    #[must_use]
    pub const fn naive(time: NaiveTime) -> Self {
        Self { time, zone: Value::None, fold: false }
    }

    /// The fixed offset of its zone in microseconds; `None` without one.
    #[must_use]
    pub fn fixed_offset(&self) -> Option<i64> {
        self.zone.downcast::<TimeZone>().map(|zone| zone.micros())
    }

    fn written(&self, interp: &mut Interpreter, pattern: &str) -> Result<String> {
        let offset = self.offset(interp)?;
        let name = zone::name(interp, &self.zone, &Value::None)?;
        let name = name.as_text().map_or_else(String::new, |name| name.to_string());
        let day = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
        let zoned = Zoned { moment: day.and_time(self.time), offset, name };
        format::write(interp, &zoned, pattern)
    }
}

impl Object for Time {
    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let (a, b) = (self.offset(interp)?, other.offset(interp)?);
        if a.is_some() != b.is_some() {
            let message = "can't compare offset-naive and offset-aware times".to_owned();
            return unlike(interp, op, message);
        }
        let micros =
            |time: &Self, offset: Option<i64>| time_micros(time.time) - offset.unwrap_or_default();
        Ok(order(op, micros(self, a).cmp(&micros(&other, b))))
    }

    fn hash(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        let offset = self.offset(interp)?.unwrap_or_default();
        Ok(Some(support::hash_of(time_micros(self.time) - offset)))
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let class = clock::shown_class(interp, this);
        let clock = clock::clock_shown(self.time);
        let rest = clock::zone_shown(interp, &self.zone, self.fold)?;
        Ok(Some(format!("{class}({clock}{rest})")))
    }

    fn str(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        self.iso(interp, "auto").map(Some)
    }

    fn format(&self, _: &Value, spec: &str, interp: &mut Interpreter) -> Result<Option<String>> {
        self.written(interp, spec).map(Some)
    }
}
