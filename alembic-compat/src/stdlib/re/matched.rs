//! `re.Match`.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::pattern::Pattern;
use super::pattern::Spans;
use super::replace;
use super::support;

/// A match.
#[derive(Debug)]
pub(super) struct Match {
    pattern: Rc<Pattern>,
    text: Text,
    spans: Spans,
}

impl Match {
    pub(super) fn value(pattern: &Rc<Pattern>, text: Text, spans: Spans) -> Value {
        Value::native(Self { pattern: Rc::clone(pattern), text, spans })
    }

    fn part(&self, group: usize) -> Option<&str> {
        let (start, end) = self.spans.get(group).copied().flatten()?;
        self.text.get(start..end)
    }

    fn group(&self, group: usize) -> Value {
        self.part(group).map_or(Value::None, Value::from)
    }

    /// The places of a group in characters; -1 where it has no part in the match.
    fn span(&self, group: usize) -> [i64; 2] {
        let place = |byte: usize| {
            let before = self.text.get(..byte).unwrap_or_default();
            let count = if self.text.is_one_byte() { byte } else { before.chars().count() };
            i64::try_from(count).unwrap_or(i64::MAX)
        };
        match self.spans.get(group).copied().flatten() {
            Some((start, end)) => [place(start), place(end)],
            None => [-1, -1],
        }
    }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Rc<Match>> {
    match support::receiver(args).downcast::<Match>() {
        Some(found) => Ok(found),
        None => interp.type_error("a 're.Match' object is required"),
    }
}

/// A method that takes one group, the whole match by default.
fn of_group(
    name: &'static str,
    run: fn(&Match, usize) -> Value,
) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, mut args| {
        let found = this(interp, &mut args)?;
        let [group] = args.up_to(interp, name, 0)?;
        let group = found.pattern.group(interp, &group.unwrap_or(Value::Int(0)))?;
        Ok(run(&found, group))
    }
}

pub(super) fn class(interp: &mut Interpreter) -> Rc<Class> {
    let class = ClassBuilder::new("Match", "re")
        .last()
        .method("group", |interp, mut args| {
            let found = this(interp, &mut args)?;
            args.refuse_keywords(interp, "group")?;
            let mut groups = Vec::new();
            for group in &args.positional {
                let number = found.pattern.group(interp, group)?;
                groups.push(found.group(number));
            }
            Ok(match groups.as_slice() {
                [] => found.group(0),
                [one] => one.clone(),
                _ => Value::tuple(groups),
            })
        })
        .method("groups", |interp, mut args| {
            let found = this(interp, &mut args)?;
            let [default] = args.bind(interp, &Signature::new("groups", ["default"], 0))?.values;
            let default = default.unwrap_or_default();
            let groups = 1..found.spans.len();
            let groups = groups.map(|group| found.part(group).map_or(default.clone(), Value::from));
            Ok(Value::tuple(groups.collect()))
        })
        .method("groupdict", |interp, mut args| {
            let found = this(interp, &mut args)?;
            let [default] = args.bind(interp, &Signature::new("groupdict", ["default"], 0))?.values;
            let default = default.unwrap_or_default();
            let names = found.pattern.translated.names.iter();
            Ok(Value::dict(names.map(|(name, group)| {
                let value = found.part(*group).map_or(default.clone(), Value::from);
                (name.as_str(), value)
            })))
        })
        .method("start", of_group("start", |found, group| Value::Int(found.span(group)[0])))
        .method("end", of_group("end", |found, group| Value::Int(found.span(group)[1])))
        .method(
            "span",
            of_group("span", |found, group| {
                Value::tuple(found.span(group).map(Value::Int).to_vec())
            }),
        )
        .method("expand", |interp, mut args| {
            let found = this(interp, &mut args)?;
            let [template] = args.exactly(interp, "expand")?;
            let template = support::text(interp, &template, "the template")?;
            let parts = replace::template(interp, &found.pattern, &template)?;
            let mut out = String::new();
            replace::fill(&parts, &found.text, &found.spans, &mut out);
            Ok(Value::from(out))
        })
        .finish(interp);
    interp.register_class::<Match>(Rc::clone(&class));
    class
}

impl Object for Match {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "string" => Some(Value::Str(self.text.clone())),
            "re" => Some(Value::Native(Rc::<Pattern>::clone(&self.pattern))),
            "lastindex" | "lastgroup" | "pos" | "endpos" | "regs" => {
                return Err(interp.unsupported(format!("'re.Match.{name}'")));
            }
            _ => None,
        })
    }

    fn item(&self, _: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let group = self.pattern.group(interp, key)?;
        Ok(Some(self.group(group)))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let [start, end] = self.span(0);
        let text = interp.repr(&self.group(0))?;
        Ok(Some(format!("<re.Match object; span=({start}, {end}), match={text}>")))
    }
}
