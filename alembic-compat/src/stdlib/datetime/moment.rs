//! `datetime`.

use std::rc::Rc;

use chrono::Datelike as _;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
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
use crate::eval::Text;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;

use super::DAY;
use super::Date;
use super::EPOCH;
use super::SECOND;
use super::Time;
use super::TimeDelta;
use super::TimeZone;
use super::clock;
use super::date;
use super::delta;
use super::format;
use super::format::Zoned;
use super::from_ordinal_micros;
use super::iso;
use super::new_date;
use super::new_time;
use super::numbers;
use super::operators::unlike;
use super::ordinal_micros;
use super::parse;
use super::support;
use super::support::order;
use super::time_of;
use super::too_far;
use super::zone;
use super::zone_argument;

/// A moment.
#[derive(Debug, Clone)]
pub struct DateTime {
    /// Day and time of day, to the microsecond, as a clock in the zone shows them.
    pub naive: NaiveDateTime,
    /// The zone: a [`TimeZone`], an object of Python code, or `None`.
    pub zone: Value,
    /// Whether it is the second of two equal times when clocks go back.
    pub fold: bool,
}

const NAMES: [&str; 9] =
    ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];
const NEW: Signature<9> = Signature { keyword_only: 1, ..Signature::new("datetime", NAMES, 3) };
const REPLACE: Signature<9> = Signature { keyword_only: 1, ..Signature::new("replace", NAMES, 0) };

impl DateTime {
    /// A moment without a zone.
    #[must_use]
    pub const fn naive(naive: NaiveDateTime) -> Self {
        Self { naive, zone: Value::None, fold: false }
    }

    /// The offset from UTC in microseconds; `None` without a zone. May call Python code.
    ///
    /// # Errors
    /// What a zone of Python code raises.
    pub fn offset(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        zone::offset(interp, &self.zone, this)
    }

    /// The same zone, so many microseconds later.
    pub(super) fn shifted(&self, interp: &mut Interpreter, micros: i128) -> Result<Value> {
        let sum = i128::from(ordinal_micros(self.naive)) + micros;
        match from_ordinal_micros(sum) {
            Some(naive) => {
                let moment = Self { naive, zone: self.zone.clone(), fold: false };
                Ok(Value::native(moment))
            }
            None => too_far(interp),
        }
    }

    fn iso(
        &self,
        this: &Value,
        interp: &mut Interpreter,
        separator: &str,
        precision: &str,
    ) -> Result<String> {
        let day = date::iso_text(self.naive.date());
        let clock = clock::clock_text(interp, self.naive.time(), precision)?;
        let mut text = format!("{day}{separator}{clock}");
        if let Some(offset) = self.offset(this, interp)? {
            text.push_str(&zone::offset_text(offset, ":"));
        }
        Ok(text)
    }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<(Value, Rc<DateTime>)> {
    let value = support::receiver(args);
    match value.downcast::<DateTime>() {
        Some(moment) => Ok((value, moment)),
        None => interp.type_error("a 'datetime.datetime' object is required"),
    }
}

/// `strftime` of a date or a moment.
pub(super) fn strftime(interp: &mut Interpreter, this: &Value, pattern: &str) -> Result<String> {
    let zoned = if let Some(moment) = this.downcast::<DateTime>() {
        let offset = moment.offset(this, interp)?;
        let name = zone::name(interp, &moment.zone, this)?;
        let name = name.as_text().map_or_else(String::new, |name| name.to_string());
        Zoned { moment: moment.naive, offset, name }
    } else if let Some(date) = this.downcast::<Date>() {
        let moment = date.day.and_time(NaiveTime::MIN);
        Zoned { moment, offset: None, name: String::new() }
    } else {
        return interp.type_error("a 'datetime.date' object is required");
    };
    format::write(interp, &zoned, pattern)
}

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [year, month, day, hour, minute, second, micros, zone, fold_given] =
        args.bind(interp, &NEW)?.values;
    let parts = numbers(interp, [year, month, day, hour, minute, second, micros], [0; 7])?;
    make(interp, parts, zone, fold_given)
}

fn make(
    interp: &mut Interpreter,
    parts: [i64; 7],
    zone: Option<Value>,
    fold_given: Option<Value>,
) -> Result<Value> {
    let [year, month, day, hour, minute, second, micros] = parts;
    let date = new_date(interp, year, month, day)?;
    let time = new_time(interp, [hour, minute, second, micros])?;
    let zone = zone_argument(interp, zone)?;
    let fold = clock::fold(interp, fold_given, false)?;
    Ok(Value::native(DateTime { naive: date.and_time(time), zone, fold }))
}

fn replace(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let (_, own) = this(interp, &mut args)?;
    let [year, month, day, hour, minute, second, micros, zone, fold_given] =
        args.bind(interp, &REPLACE)?.values;
    let (date, time) = (own.naive.date(), own.naive.time());
    let defaults = [
        date.year().into(),
        date.month().into(),
        date.day().into(),
        time.hour().into(),
        time.minute().into(),
        time.second().into(),
        (time.nanosecond() / 1000).into(),
    ];
    let parts = numbers(interp, [year, month, day, hour, minute, second, micros], defaults)?;
    let zone = zone.or_else(|| Some(own.zone.clone()));
    let fold_given = fold_given.or(Some(Value::Int(own.fold.into())));
    make(interp, parts, zone, fold_given)
}

fn astimezone(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let (value, own) = this(interp, &mut args)?;
    let [zone] = args.bind(interp, &Signature::new("astimezone", ["tz"], 0))?.values;
    let zone = match zone {
        Some(zone) if !zone.is_none() => zone_argument(interp, Some(zone))?,
        _ => {
            let shift = clock::local_shift(interp)?;
            clock::zone_of(interp, Some(shift))?
        }
    };
    if zone.is(&own.zone) {
        return Ok(value);
    }
    let offset = match own.offset(&value, interp)? {
        Some(offset) => offset,
        None => clock::local_shift(interp)?,
    };
    let Some(fixed) = zone.downcast::<TimeZone>() else {
        return Err(interp.unsupported("conversion to a time zone of Python code"));
    };
    let moment = DateTime { naive: own.naive, zone, fold: false };
    moment.shifted(interp, i128::from(fixed.micros()) - i128::from(offset))
}

fn timestamp(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let (value, own) = this(interp, &mut args)?;
    let offset = match own.offset(&value, interp)? {
        Some(offset) => offset,
        None => clock::local_shift(interp)?,
    };
    let micros = ordinal_micros(own.naive) - EPOCH - offset;
    interp.binary(BinaryOp::Div, &Value::Int(micros), &Value::Int(SECOND))
}

fn now(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    args.take_self();
    let [zone] = args.bind(interp, &Signature::new("now", ["tz"], 0))?.values;
    let zone = zone_argument(interp, zone)?;
    if zone.is_none() {
        return Ok(Value::native(DateTime::naive(clock::local_now(interp)?)));
    }
    let Some(fixed) = zone.downcast::<TimeZone>() else {
        return Err(interp.unsupported("the time in a zone of Python code"));
    };
    let micros = i128::from(interp.host().now()?.microseconds) + i128::from(EPOCH);
    let naive = from_ordinal_micros(micros).unwrap_or_default();
    let moment = DateTime { naive, zone, fold: false };
    moment.shifted(interp, fixed.micros().into())
}

fn fromtimestamp(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    args.take_self();
    let signature = Signature::new("fromtimestamp", ["timestamp", "tz"], 1);
    let [stamp, zone] = args.bind(interp, &signature)?.values;
    let zone = zone_argument(interp, zone)?;
    let naive = clock::from_stamp(interp, &stamp.unwrap_or_default(), zone.is_none())?;
    if zone.is_none() {
        return Ok(Value::native(DateTime::naive(naive)));
    }
    let Some(fixed) = zone.downcast::<TimeZone>() else {
        return Err(interp.unsupported("conversion to a time zone of Python code"));
    };
    let moment = DateTime { naive, zone, fold: false };
    moment.shifted(interp, fixed.micros().into())
}

fn combine(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    args.take_self();
    let signature = Signature::new("combine", ["date", "time", "tzinfo"], 2);
    let [day, time, zone] = args.bind(interp, &signature)?.values;
    let (day, time) = (day.unwrap_or_default(), time.unwrap_or_default());
    let day = match (day.downcast::<Date>(), day.downcast::<DateTime>()) {
        (Some(date), _) => date.day,
        (_, Some(moment)) => moment.naive.date(),
        _ => {
            let class = interp.class_name(&day);
            return interp
                .type_error(format!("combine() argument 1 must be datetime.date, not {class}"));
        }
    };
    let Some(time) = time.downcast::<Time>() else {
        let class = interp.class_name(&time);
        return interp
            .type_error(format!("combine() argument 2 must be datetime.time, not {class}"));
    };
    let zone = match zone {
        Some(zone) => zone_argument(interp, Some(zone))?,
        None => time.zone.clone(),
    };
    Ok(Value::native(DateTime { naive: day.and_time(time.time), zone, fold: time.fold }))
}

fn strptime(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [_, text, pattern] = args.exactly(interp, "datetime.strptime")?;
    let text = support::text(interp, &text, "strptime() argument 1")?;
    let pattern = support::text(interp, &pattern, "strptime() argument 2")?;
    let read = parse::read(interp, &text, &pattern)?;
    let zone = match (read.offset, read.name) {
        // A name alone says nothing.
        (None, _) => Value::None,
        (offset, None) => clock::zone_of(interp, offset)?,
        (Some(_), Some(_)) => return Err(interp.unsupported("'%z' and '%Z' of strptime at once")),
    };
    Ok(Value::native(DateTime { naive: read.moment, zone, fold: false }))
}

pub(super) fn install(interp: &mut Interpreter, module: &Module) {
    let number = |part: fn(&DateTime) -> i64| {
        move |interp: &mut Interpreter, mut args: Args| {
            Ok(Value::Int(part(&this(interp, &mut args)?.1)))
        }
    };
    let class = ClassBuilder::new("datetime", "datetime")
        .base(&interp.class_of::<Date>())
        .constructor(construct)
        .property("hour", number(|this| this.naive.hour().into()))
        .property("minute", number(|this| this.naive.minute().into()))
        .property("second", number(|this| this.naive.second().into()))
        .property("microsecond", number(|this| (this.naive.nanosecond() / 1000).into()))
        .property("fold", number(|this| this.fold.into()))
        .property("tzinfo", |interp, mut args| Ok(this(interp, &mut args)?.1.zone.clone()))
        .method("date", |interp, mut args| Ok(date::value(this(interp, &mut args)?.1.naive.date())))
        .method("time", |interp, mut args| {
            let own = this(interp, &mut args)?.1;
            let (time, fold) = (own.naive.time(), own.fold);
            Ok(Value::native(Time { time, zone: Value::None, fold }))
        })
        .method("timetz", |interp, mut args| {
            let own = this(interp, &mut args)?.1;
            let (time, zone, fold) = (own.naive.time(), own.zone.clone(), own.fold);
            Ok(Value::native(Time { time, zone, fold }))
        })
        .method("isoformat", |interp, mut args| {
            let (value, own) = this(interp, &mut args)?;
            let signature = Signature::new("isoformat", ["sep", "timespec"], 0);
            let [separator, given] = args.bind(interp, &signature)?.values;
            let separator = match separator {
                Some(separator) => support::text(interp, &separator, "isoformat() argument 1")?,
                None => Text::from("T"),
            };
            let precision = clock::precision(interp, given)?;
            own.iso(&value, interp, &separator, &precision).map(Value::str)
        })
        .method("replace", replace)
        .method("astimezone", astimezone)
        .method("timestamp", timestamp)
        .method("utcoffset", |interp, mut args| {
            let (value, own) = this(interp, &mut args)?;
            match own.offset(&value, interp)? {
                Some(offset) => delta::value(interp, offset.into()),
                None => Ok(Value::None),
            }
        })
        .method("dst", |interp, mut args| {
            let (value, own) = this(interp, &mut args)?;
            match &own.zone {
                Value::None => Ok(Value::None),
                zone => interp.call_method(zone, "dst", Args::of([value])),
            }
        })
        .method("tzname", |interp, mut args| {
            let (value, own) = this(interp, &mut args)?;
            zone::name(interp, &own.zone, &value)
        })
        .method("timetuple", |interp, mut args| {
            let (_, own) = this(interp, &mut args)?;
            if !own.zone.is_none() && own.zone.downcast::<TimeZone>().is_none() {
                return Err(interp.unsupported("'timetuple' in a zone of Python code"));
            }
            date::timetuple(interp, own.naive, -1)
        })
        .method("utctimetuple", |interp, mut args| {
            let (value, own) = this(interp, &mut args)?;
            let offset = own.offset(&value, interp)?.unwrap_or_default();
            let micros = i128::from(ordinal_micros(own.naive) - offset);
            let moment = from_ordinal_micros(micros).unwrap_or_default();
            date::timetuple(interp, moment, 0)
        })
        .class_method("now", now)
        .class_method("today", |interp, _| {
            Ok(Value::native(DateTime::naive(clock::local_now(interp)?)))
        })
        .class_method("utcnow", |interp, _| {
            let micros = i128::from(interp.host().now()?.microseconds) + i128::from(EPOCH);
            let naive = from_ordinal_micros(micros).unwrap_or_default();
            Ok(Value::native(DateTime::naive(naive)))
        })
        .class_method("fromtimestamp", fromtimestamp)
        .class_method("utcfromtimestamp", |interp, args| {
            let [_, stamp] = args.exactly(interp, "datetime.utcfromtimestamp")?;
            Ok(Value::native(DateTime::naive(clock::from_stamp(interp, &stamp, false)?)))
        })
        .class_method("fromordinal", |interp, args| {
            let [_, number] = args.exactly(interp, "datetime.fromordinal")?;
            let number = support::int(interp, &number)?;
            if number < 1 {
                return interp.value_error("ordinal must be >= 1");
            }
            match from_ordinal_micros(i128::from(number) * i128::from(DAY)) {
                Some(moment) => Ok(Value::native(DateTime::naive(moment))),
                None => interp.value_error("year is out of range"),
            }
        })
        .class_method("combine", combine)
        .class_method("strptime", strptime)
        .class_method("fromisoformat", |interp, args| {
            let [_, given] = args.exactly(interp, "datetime.fromisoformat")?;
            let Some(text) = given.as_text() else {
                return interp.type_error("fromisoformat: argument must be str");
            };
            match iso::moment(&text) {
                Some(([year, month, day], read)) => {
                    let day = new_date(interp, year, month, day)?;
                    let naive = day.and_time(new_time(interp, read.parts)?);
                    let zone = clock::zone_of(interp, read.offset)?;
                    Ok(Value::native(DateTime { naive, zone, fold: false }))
                }
                None => {
                    let shown = interp.repr(&Value::Str(text))?;
                    interp.value_error(format!("Invalid isoformat string: {shown}"))
                }
            }
        })
        .finish(interp);
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default();
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default();
    class.set("min", Value::native(DateTime::naive(first.and_time(NaiveTime::MIN))));
    let end = last.and_time(time_of(DAY - 1).unwrap_or_default());
    class.set("max", Value::native(DateTime::naive(end)));
    class.set("resolution", TimeDelta::from_micros(1).map_or(Value::None, Value::native));
    interp.register_class::<DateTime>(Rc::clone(&class));
    module.set("datetime", Value::Class(class));
}

impl Object for DateTime {
    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if let Some(delta) = other.downcast::<TimeDelta>() {
            return match op {
                BinaryOp::Add => self.shifted(interp, delta.micros()).map(Some),
                BinaryOp::Sub if !reflected => self.shifted(interp, -delta.micros()).map(Some),
                _ => Ok(None),
            };
        }
        let (Some(right), BinaryOp::Sub, false) = (other.downcast::<Self>(), op, reflected) else {
            return Ok(None);
        };
        let (a, b) = (self.offset(this, interp)?, right.offset(other, interp)?);
        if a.is_some() != b.is_some() {
            return interp.type_error("can't subtract offset-naive and offset-aware datetimes");
        }
        let offsets = i128::from(a.unwrap_or_default()) - i128::from(b.unwrap_or_default());
        let micros = ordinal_micros(self.naive) - ordinal_micros(right.naive);
        delta::value(interp, i128::from(micros) - offsets).map(Some)
    }

    fn compare(
        &self,
        this: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if other.downcast::<Date>().is_some() {
            let message = "can't compare datetime.datetime to datetime.date".to_owned();
            return unlike(interp, op, message);
        }
        let Some(right) = other.downcast::<Self>() else { return Ok(None) };
        let (a, b) = (self.offset(this, interp)?, right.offset(other, interp)?);
        if a.is_some() != b.is_some() {
            let message = "can't compare offset-naive and offset-aware datetimes".to_owned();
            return unlike(interp, op, message);
        }
        let left = ordinal_micros(self.naive) - a.unwrap_or_default();
        let right = ordinal_micros(right.naive) - b.unwrap_or_default();
        Ok(order(op, left.cmp(&right)))
    }

    fn hash(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        let offset = self.offset(this, interp)?.unwrap_or_default();
        Ok(Some(support::hash_of(ordinal_micros(self.naive) - offset)))
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let class = clock::shown_class(interp, this);
        let day = self.naive.date();
        let clock = clock::clock_shown(self.naive.time());
        let rest = clock::zone_shown(interp, &self.zone, self.fold)?;
        let (year, month, day) = (day.year(), day.month(), day.day());
        Ok(Some(format!("{class}({year}, {month}, {day}, {clock}{rest})")))
    }

    fn str(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        self.iso(this, interp, " ", "auto").map(Some)
    }

    fn format(&self, this: &Value, spec: &str, interp: &mut Interpreter) -> Result<Option<String>> {
        strftime(interp, this, spec).map(Some)
    }
}
