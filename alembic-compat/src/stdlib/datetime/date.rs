//! `date`.

use std::rc::Rc;

use chrono::Datelike as _;
use chrono::NaiveDate;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;

use super::DAY;
use super::DateTime;
use super::TimeDelta;
use super::clock;
use super::delta;
use super::format;
use super::format::Zoned;
use super::from_ordinal_micros;
use super::iso;
use super::moment;
use super::new_date;
use super::numbers;
use super::operators::unlike;
use super::support;
use super::support::order;
use super::too_far;

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The day, between the years 1 and 9999.
    pub day: NaiveDate,
}

const NEW: Signature<3> = Signature::new("date", ["year", "month", "day"], 3);
const REPLACE: Signature<3> = Signature::new("replace", ["year", "month", "day"], 0);

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let values = args.bind(interp, &NEW)?.values;
    let [year, month, day] = numbers(interp, values, [0; 3])?;
    Ok(Value::native(Date { day: new_date(interp, year, month, day)? }))
}

/// The day of a date or a moment, and whether it is a moment.
fn day_of(interp: &mut Interpreter, value: &Value) -> Result<NaiveDate> {
    if let Some(date) = value.downcast::<Date>() {
        return Ok(date.day);
    }
    if let Some(moment) = value.downcast::<DateTime>() {
        return Ok(moment.naive.date());
    }
    let class = interp.class_name(value);
    interp.type_error(format!(
        "descriptor requires a 'datetime.date' object but received a '{class}'"
    ))
}

fn day(interp: &mut Interpreter, args: &mut Args) -> Result<NaiveDate> {
    let this = support::receiver(args);
    day_of(interp, &this)
}

pub(super) fn value(day: NaiveDate) -> Value {
    Value::native(Date { day })
}

pub(super) fn timetuple(
    interp: &mut Interpreter,
    moment: chrono::NaiveDateTime,
    dst: i64,
) -> Result<Value> {
    use chrono::Timelike as _;
    let parts = [
        i64::from(moment.year()),
        moment.month().into(),
        moment.day().into(),
        moment.hour().into(),
        moment.minute().into(),
        moment.second().into(),
        moment.weekday().num_days_from_monday().into(),
        moment.ordinal().into(),
        dst,
    ];
    let items = Value::tuple(parts.into_iter().map(Value::Int).collect());
    let time = interp.load_module("time")?;
    let class = interp.get_attribute(&Value::Module(time), "struct_time")?;
    interp.call(&class, Args::of([items]))
}

pub(super) fn install(interp: &mut Interpreter, module: &Module) {
    let number = |part: fn(NaiveDate) -> i64| {
        move |interp: &mut Interpreter, mut args: Args| {
            Ok(Value::Int(part(day(interp, &mut args)?)))
        }
    };
    let class = ClassBuilder::new("date", "datetime")
        .constructor(construct)
        .immutable()
        .property("year", number(|day| day.year().into()))
        .property("month", number(|day| day.month().into()))
        .property("day", number(|day| day.day().into()))
        .method("weekday", number(|day| day.weekday().num_days_from_monday().into()))
        .method("isoweekday", number(|day| day.weekday().number_from_monday().into()))
        .method("toordinal", number(|day| day.num_days_from_ce().into()))
        .method("isoformat", |interp, mut args| Ok(Value::str(iso_text(day(interp, &mut args)?))))
        .method("ctime", |interp, mut args| {
            let this = support::receiver(&mut args);
            moment::strftime(interp, &this, "%c").map(Value::str)
        })
        .method("strftime", |interp, mut args| {
            let this = support::receiver(&mut args);
            let mut pattern = args
                .positional
                .into_iter()
                .chain(args.keywords.into_iter().map(|(_, value)| value));
            let pattern = pattern.next().unwrap_or_default();
            let pattern = support::text(interp, &pattern, "strftime() argument 1")?;
            moment::strftime(interp, &this, &pattern).map(Value::str)
        })
        .method("isocalendar", |interp, mut args| {
            let day = day(interp, &mut args)?;
            let week = day.iso_week();
            let parts = [
                i64::from(week.year()),
                week.week().into(),
                day.weekday().number_from_monday().into(),
            ];
            iso_calendar(interp, parts)
        })
        .method("timetuple", |interp, mut args| {
            let day = day(interp, &mut args)?;
            timetuple(interp, day.and_time(chrono::NaiveTime::MIN), -1)
        })
        .method("replace", |interp, mut args| {
            let day = day(interp, &mut args)?;
            let values = args.bind(interp, &REPLACE)?.values;
            let own = [day.year().into(), day.month().into(), day.day().into()];
            let [year, month, day] = numbers(interp, values, own)?;
            Ok(value(new_date(interp, year, month, day)?))
        })
        .class_method("today", |interp, _| {
            let now = clock::local_now(interp)?;
            Ok(value(now.date()))
        })
        .class_method("fromordinal", |interp, args| {
            let [_, number] = args.exactly(interp, "date.fromordinal")?;
            let number = support::int(interp, &number)?;
            if number < 1 {
                return interp.value_error("ordinal must be >= 1");
            }
            match from_ordinal_micros(i128::from(number) * i128::from(DAY)) {
                Some(moment) => Ok(value(moment.date())),
                None => interp.value_error("year is out of range"),
            }
        })
        .class_method("fromisoformat", |interp, args| {
            let [_, given] = args.exactly(interp, "date.fromisoformat")?;
            let Some(text) = given.as_text() else {
                return interp.type_error("fromisoformat: argument must be str");
            };
            match iso::date(&text) {
                Some([year, month, day]) => Ok(value(new_date(interp, year, month, day)?)),
                None => {
                    let shown = interp.repr(&Value::Str(text))?;
                    interp.value_error(format!("Invalid isoformat string: {shown}"))
                }
            }
        })
        .class_method("fromtimestamp", |interp, args| {
            let [_, stamp] = args.exactly(interp, "date.fromtimestamp")?;
            let moment = clock::from_stamp(interp, &stamp, true)?;
            Ok(value(moment.date()))
        })
        .finish(interp);
    class.set("min", value(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default()));
    class.set("max", value(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default()));
    class.set("resolution", TimeDelta::from_micros(DAY.into()).map_or(Value::None, Value::native));
    interp.register_class::<Date>(Rc::clone(&class));
    module.set("date", Value::Class(class));
}

fn iso_calendar(interp: &mut Interpreter, parts: [i64; 3]) -> Result<Value> {
    let collections = interp.load_module("collections")?;
    let namedtuple = interp.get_attribute(&Value::Module(collections), "namedtuple")?;
    let names = ["IsoCalendarDate", "year week weekday"].map(Value::from);
    let class = interp.call(&namedtuple, Args::of(names))?;
    if let Value::Class(class) = &class {
        let repr = crate::eval::Builtin::method("__repr__", |interp, mut args| {
            let this = support::receiver(&mut args);
            let mut numbers = Vec::new();
            for number in interp.items(&this)? {
                numbers.push(support::int(interp, &number)?);
            }
            let names = ["year", "week", "weekday"].into_iter().zip(numbers);
            let shown: Vec<String> =
                names.map(|(name, number)| format!("{name}={number}")).collect();
            Ok(Value::from(format!("datetime.IsoCalendarDate({})", shown.join(", "))))
        });
        class.set("__repr__", Value::Builtin(Rc::new(repr)));
    }
    interp.call(&class, Args::of(parts.map(Value::Int)))
}

pub(super) fn iso_text(day: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

impl Object for Date {
    fn binary(
        &self,
        _: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if let Some(delta) = other.downcast::<TimeDelta>() {
            let days = delta.parts().0;
            let days = match op {
                BinaryOp::Add => days,
                BinaryOp::Sub if !reflected => -days,
                _ => return Ok(None),
            };
            let all = i128::from(self.day.num_days_from_ce()) + i128::from(days);
            return match from_ordinal_micros(all * i128::from(DAY)) {
                Some(moment) => Ok(Some(value(moment.date()))),
                None => too_far(interp),
            };
        }
        if let (Some(other), BinaryOp::Sub, false) = (other.downcast::<Self>(), op, reflected) {
            let days = (self.day - other.day).num_days();
            return delta::value(interp, i128::from(days) * i128::from(DAY)).map(Some);
        }
        Ok(None)
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if let Some(other) = other.downcast::<Self>() {
            return Ok(order(op, self.day.cmp(&other.day)));
        }
        if other.downcast::<DateTime>().is_some() {
            let message = "can't compare datetime.datetime to datetime.date".to_owned();
            return unlike(interp, op, message);
        }
        Ok(None)
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.day)))
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let class = clock::shown_class(interp, this);
        let day = self.day;
        Ok(Some(format!("{class}({}, {}, {})", day.year(), day.month(), day.day())))
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(iso_text(self.day)))
    }

    fn format(&self, _: &Value, spec: &str, interp: &mut Interpreter) -> Result<Option<String>> {
        let moment = self.day.and_time(chrono::NaiveTime::MIN);
        let zoned = Zoned { moment, offset: None, name: String::new() };
        format::write(interp, &zoned, spec).map(Some)
    }
}
