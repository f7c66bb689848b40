//! `tzinfo` and `timezone`.

use std::rc::Rc;

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
use crate::python::CompareOp;

use super::DAY;
use super::SECOND;
use super::TimeDelta;
use super::delta;
use super::moment::DateTime;
use super::support;

/// A fixed offset from UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone {
    micros: i64,
    name: Option<Text>,
}

impl TimeZone {
    /// UTC itself.
    #[must_use]
    pub const fn utc() -> Self {
        Self { micros: 0, name: None }
    }

    /// An offset in seconds; `None` where it is not less than a day.
    #[must_use]
    pub fn from_seconds(seconds: i32) -> Option<Self> {
        (seconds.abs() < 86_400).then(|| Self { micros: i64::from(seconds) * SECOND, name: None })
    }

    /// How far it is ahead of UTC, in microseconds.
    #[must_use]
    pub const fn micros(&self) -> i64 {
        self.micros
    }

    fn text(&self) -> String {
        match &self.name {
            Some(name) => name.to_string(),
            None if self.micros == 0 => "UTC".to_owned(),
            None => format!("UTC{}", offset_text(self.micros, ":")),
        }
    }
}

/// Marks the class that zones of Python code derive from.
#[derive(Debug)]
pub(super) struct ZoneBase;

impl Object for ZoneBase {}

/// `+01:00`, with seconds and microseconds where there are some.
pub(super) fn offset_text(micros: i64, separator: &str) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    let all = micros.abs();
    let seconds = all / SECOND;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds % 60 != 0 || all % SECOND != 0 {
        text.push_str(&format!("{separator}{:02}", seconds % 60));
    }
    if all % SECOND != 0 {
        text.push_str(&format!(".{:06}", all % SECOND));
    }
    text
}

/// Whether a value is a zone.
pub(super) fn is_zone(interp: &Interpreter, value: &Value) -> bool {
    interp.class(value).is_subclass(&interp.class_of::<ZoneBase>())
}

/// The offset of a zone at a moment; `None` without a zone, or where the zone has none.
pub(super) fn offset(
    interp: &mut Interpreter,
    zone: &Value,
    moment: &Value,
) -> Result<Option<i64>> {
    if zone.is_none() {
        return Ok(None);
    }
    if let Some(zone) = zone.downcast::<TimeZone>() {
        return Ok(Some(zone.micros));
    }
    let result = interp.call_method(zone, "utcoffset", Args::of([moment.clone()]))?;
    if result.is_none() {
        return Ok(None);
    }
    match result.downcast::<TimeDelta>() {
        Some(delta) => Ok(i64::try_from(delta.micros()).ok()),
        None => {
            let class = interp.class_name(&result);
            interp.type_error(format!(
                "tzinfo.utcoffset() must return None or a timedelta, not '{class}'"
            ))
        }
    }
}

/// The name of a zone at a moment.
pub(super) fn name(interp: &mut Interpreter, zone: &Value, moment: &Value) -> Result<Value> {
    if zone.is_none() {
        return Ok(Value::None);
    }
    if let Some(zone) = zone.downcast::<TimeZone>() {
        return Ok(Value::str(zone.text()));
    }
    interp.call_method(zone, "tzname", Args::of([moment.clone()]))
}

const NEW: Signature<2> = Signature::new("timezone", ["offset", "name"], 1);

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [offset, name] = args.bind(interp, &NEW)?.values;
    let offset = offset.unwrap_or_default();
    let Some(delta) = offset.downcast::<TimeDelta>() else {
        let class = interp.class_name(&offset);
        return interp
            .type_error(format!("timezone() argument 1 must be datetime.timedelta, not {class}"));
    };
    if delta.micros().abs() >= i128::from(DAY) {
        let shown = delta.shown();
        return interp.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and \
             timedelta(hours=24), not {shown}."
        ));
    }
    let name = match name {
        Some(name) => Some(support::text(interp, &name, "timezone() argument 2")?),
        None => None,
    };
    let micros = i64::try_from(delta.micros()).unwrap_or_default();
    Ok(Value::native(TimeZone { micros, name }))
}

pub(super) fn install(interp: &mut Interpreter, module: &Module) {
    let base = ClassBuilder::new("tzinfo", "datetime").finish(interp);
    interp.register_class::<ZoneBase>(Rc::clone(&base));
    let this = |args: &mut Args| support::receiver(args).downcast::<TimeZone>();
    let class = ClassBuilder::new("timezone", "datetime")
        .base(&base)
        .constructor(construct)
        .last()
        .method("utcoffset", move |interp, mut args| {
            let micros = this(&mut args).map_or(0, |zone| zone.micros);
            delta::value(interp, micros.into())
        })
        .method("dst", |_, _| Ok(Value::None))
        .method("tzname", move |_, mut args| {
            Ok(this(&mut args).map_or(Value::None, |zone| Value::str(zone.text())))
        })
        .method("fromutc", move |interp, mut args| {
            let zone = this(&mut args).map_or(0, |zone| zone.micros);
            let moment = support::receiver(&mut args);
            match moment.downcast::<DateTime>() {
                Some(moment) => moment.shifted(interp, zone.into()),
                None => interp.type_error("fromutc: argument must be a datetime"),
            }
        })
        .finish(interp);
    interp.register_class::<TimeZone>(Rc::clone(&class));
    let utc = Value::native(TimeZone::utc());
    class.set("utc", utc.clone());
    let edge = (DAY - 60 * SECOND) / SECOND;
    for (name, seconds) in [("min", -edge), ("max", edge)] {
        class.set(name, Value::native(TimeZone { micros: seconds * SECOND, name: None }));
    }
    module.set("tzinfo", Value::Class(base));
    module.set("timezone", Value::Class(class));
    module.set("UTC", utc);
}

impl Object for TimeZone {
    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let same = self.micros == other.micros;
        Ok(match op {
            CompareOp::Eq => Some(Value::Bool(same)),
            CompareOp::NotEq => Some(Value::Bool(!same)),
            _ => None,
        })
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.micros)))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        if self.micros == 0 && self.name.is_none() {
            return Ok(Some("datetime.timezone.utc".to_owned()));
        }
        let delta = TimeDelta::from_micros(self.micros.into()).map(TimeDelta::shown);
        let mut text = format!("datetime.timezone({}", delta.unwrap_or_default());
        if let Some(name) = &self.name {
            text.push_str(", ");
            text.push_str(&interp.repr(&Value::Str(name.clone()))?);
        }
        text.push(')');
        Ok(Some(text))
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.text()))
    }
}
