//! `enumerate`, `zip`, `map`, `filter`, `reversed`, `iter`, `next`, and what reduces a walk.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::class::Class;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::iterate::Iter;
use crate::eval::iterate::Walk;
use crate::eval::memory;
use crate::eval::object::Object;
use crate::eval::range::Range;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;
use crate::python::BinaryOp;

use super::functions;
use super::sorting;

/// What a lazy walk does with the items below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Enumerate,
    Zip {
        strict: bool,
    },
    Map,
    Filter,
    /// `iter(function, sentinel)`.
    Until,
}

/// A walk over other walks.
#[derive(Debug)]
struct Lazy {
    kind: Kind,
    /// The function of `map` and `filter`, the sentinel of `iter`.
    function: RefCell<Value>,
    sources: RefCell<Vec<Value>>,
    count: Cell<i64>,
    done: Cell<bool>,
}

macro_rules! lazy_class {
    ($name:ident) => {
        #[derive(Debug)]
        struct $name;
        impl Object for $name {}
    };
}

// The classes of the kinds of `Lazy`.
lazy_class!(EnumerateClass);
lazy_class!(ZipClass);
lazy_class!(MapClass);
lazy_class!(FilterClass);

impl Lazy {
    fn value(kind: Kind, function: Value, sources: Vec<Value>, count: i64) -> Value {
        Value::native(Self {
            kind,
            function: RefCell::new(function),
            sources: RefCell::new(sources),
            count: Cell::new(count),
            done: Cell::new(false),
        })
    }

    fn step(&self, interp: &mut Interpreter) -> Result<Option<Value>> {
        let sources = self.sources.borrow().clone();
        let function = self.function.borrow().clone();
        match self.kind {
            Kind::Enumerate => {
                let Some(source) = sources.first() else { return Ok(None) };
                let Some(item) = interp.next(source)? else { return Ok(None) };
                let number = self.count.get();
                self.count.set(number.saturating_add(1));
                Ok(Some(Value::tuple(vec![Value::Int(number), item])))
            }
            Kind::Zip { strict } => {
                let mut items = Vec::new();
                for (at, source) in sources.iter().enumerate() {
                    match interp.next(source)? {
                        Some(item) => items.push(item),
                        None if strict && at > 0 => {
                            let before = range_text(at);
                            return interp.value_error(format!(
                                "zip() argument {} is shorter than {before}",
                                at + 1
                            ));
                        }
                        None => {
                            for (at, source) in sources.iter().enumerate().skip(1) {
                                if strict && interp.next(source)?.is_some() {
                                    let before = range_text(at);
                                    return interp.value_error(format!(
                                        "zip() argument {} is longer than {before}",
                                        at + 1
                                    ));
                                }
                            }
                            return Ok(None);
                        }
                    }
                }
                Ok((!items.is_empty()).then(|| Value::tuple(items)))
            }
            Kind::Map => {
                let mut items = Vec::new();
                for source in &sources {
                    let Some(item) = interp.next(source)? else { return Ok(None) };
                    items.push(item);
                }
                interp.call(&function, Args::of(items)).map(Some)
            }
            Kind::Filter => {
                let Some(source) = sources.first() else { return Ok(None) };
                while let Some(item) = interp.next(source)? {
                    let keep = if function.is_none() {
                        interp.truth(&item)?
                    } else {
                        let result = interp.call(&function, Args::of([item.clone()]))?;
                        interp.truth(&result)?
                    };
                    if keep {
                        return Ok(Some(item));
                    }
                }
                Ok(None)
            }
            Kind::Until => {
                let Some(source) = sources.first() else { return Ok(None) };
                let item = interp.call(source, Args::none())?;
                let end = interp.equal(&item, &function)?;
                Ok((!end).then_some(item))
            }
        }
    }
}

fn range_text(count: usize) -> String {
    if count == 1 { "argument 1".to_owned() } else { format!("arguments 1-{count}") }
}

impl Object for Lazy {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        match self.kind {
            Kind::Enumerate => interp.class_of::<EnumerateClass>(),
            Kind::Zip { .. } => interp.class_of::<ZipClass>(),
            Kind::Map => interp.class_of::<MapClass>(),
            Kind::Filter => interp.class_of::<FilterClass>(),
            Kind::Until => interp.class_of::<Walk>(),
        }
    }

    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.done.get() {
            return Ok(None);
        }
        interp.charge(1)?;
        let item = self.step(interp)?;
        if item.is_none() {
            self.done.set(true);
        }
        Ok(item)
    }
}

impl Drop for Lazy {
    fn drop(&mut self) {
        memory::drop_values(self.sources.get_mut().drain(..));
        memory::drop_values([std::mem::take(self.function.get_mut())]);
    }
}

pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("iterator", "builtins").last().finish(interp);
    interp.register_class::<Walk>(class);
    let mut class = |name: &'static str, constructor| {
        let class =
            ClassBuilder::new(name, "builtins").last().constructor(constructor).finish(interp);
        interp.set_builtin(name, Value::Class(Rc::clone(&class)));
        class
    };
    let enumerate_class = class("enumerate", enumerate);
    let zip_class = class("zip", zip);
    let map_class = class("map", map);
    let filter_class = class("filter", filter);
    class("reversed", reversed);
    interp.register_class::<EnumerateClass>(enumerate_class);
    interp.register_class::<ZipClass>(zip_class);
    interp.register_class::<MapClass>(map_class);
    interp.register_class::<FilterClass>(filter_class);
    functions(
        interp,
        &[
            ("iter", iter),
            ("next", next),
            ("sorted", sorting::sorted),
            ("sum", sum),
            ("min", |interp, args| extreme(interp, args, "min")),
            ("max", |interp, args| extreme(interp, args, "max")),
            ("any", |interp, args| {
                let [items] = args.exactly(interp, "any")?;
                let mut items = interp.iterate(&items)?;
                while let Some(item) = items.next(interp)? {
                    if interp.truth(&item)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Ok(Value::Bool(false))
            }),
            ("all", |interp, args| {
                let [items] = args.exactly(interp, "all")?;
                let mut items = interp.iterate(&items)?;
                while let Some(item) = items.next(interp)? {
                    if !interp.truth(&item)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Ok(Value::Bool(true))
            }),
        ],
    );
}

fn enumerate(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    const ENUMERATE: Signature<2> = Signature::new("enumerate", ["iterable", "start"], 1);
    if args.positional.is_empty() && !args.keywords.iter().any(|(name, _)| *name == "iterable") {
        return interp.type_error("enumerate() missing required argument 'iterable'");
    }
    let [items, start] = args.bind(interp, &ENUMERATE)?.values;
    let start = match start {
        Some(start) => super::int_argument(interp, &start)?,
        None => 0,
    };
    let source = interp.iterator(&items.unwrap_or_default())?;
    Ok(Lazy::value(Kind::Enumerate, Value::None, vec![source], start))
}

fn zip(interp: &mut Interpreter, _: &Rc<Class>, mut args: Args) -> Result<Value> {
    let strict = match args.take_keyword("strict") {
        Some(strict) => interp.truth(&strict)?,
        None => false,
    };
    args.refuse_keywords(interp, "zip")?;
    let mut sources = Vec::new();
    for items in &args.positional {
        sources.push(interp.iterator(items)?);
    }
    Ok(Lazy::value(Kind::Zip { strict }, Value::None, sources, 0))
}

fn map(interp: &mut Interpreter, _: &Rc<Class>, mut args: Args) -> Result<Value> {
    args.refuse_keywords(interp, "map")?;
    if args.positional.len() < 2 {
        return interp.type_error("map() must have at least two arguments.");
    }
    let function = args.take_self().unwrap_or_default();
    let mut sources = Vec::new();
    for items in &args.positional {
        sources.push(interp.iterator(items)?);
    }
    Ok(Lazy::value(Kind::Map, function, sources, 0))
}

fn filter(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [function, items] = args.exactly(interp, "filter")?;
    let source = interp.iterator(&items)?;
    Ok(Lazy::value(Kind::Filter, function, vec![source], 0))
}

fn reversed(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "reversed")?;
    if let Some(result) = interp.special(&value, "__reversed__", [])? {
        return Ok(result);
    }
    let walk = |items: Vec<Value>| Value::native(Walk::new(Iter::Values(items.into_iter())));
    let plain = value.plain();
    if let Some(range) = plain.downcast::<Range>() {
        let count = range.count();
        let Some(last) = count.checked_sub(1).and_then(|last| range.at(last)) else {
            return Ok(walk(Vec::new()));
        };
        let turned = Range {
            start: last,
            stop: range.start.saturating_sub(range.step.signum()),
            step: range.step.saturating_neg(),
        };
        return Ok(Value::native(Walk::new(Iter::Range(turned))));
    }
    let mut items = match &plain {
        Value::List(_) | Value::Tuple(_) | Value::Str(_) | Value::Bytes(_) | Value::Dict(_) => {
            interp.items(&plain)?
        }
        Value::Native(native) => match interp.find_attribute(&value, "__reversed__")? {
            Some(method) => return interp.call(&method, Args::none()),
            None if native.len(&value, interp)?.is_some()
                && interp.class_name(&value).starts_with("dict_") =>
            {
                interp.items(&value)?
            }
            None => return not_reversible(interp, &value),
        },
        Value::Instance(_) => {
            let Some(len) = interp.len(&value)? else { return not_reversible(interp, &value) };
            let mut items = Vec::new();
            for at in 0..len {
                interp.allow_collected(at)?;
                items.push(interp.item(&value, &Value::size(at))?);
            }
            items
        }
        _ => return not_reversible(interp, &value),
    };
    items.reverse();
    Ok(walk(items))
}

fn not_reversible(interp: &mut Interpreter, value: &Value) -> Result<Value> {
    let class = interp.class_name(value);
    interp.type_error(format!("'{class}' object is not reversible"))
}

fn iter(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value, sentinel] = args.up_to(interp, "iter", 1)?;
    let value = value.unwrap_or_default();
    match sentinel {
        None => interp.iterator(&value),
        Some(sentinel) => Ok(Lazy::value(Kind::Until, sentinel, vec![value], 0)),
    }
}

fn next(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [iterator, default] = args.up_to(interp, "next", 1)?;
    let iterator = iterator.unwrap_or_default();
    if let Some(item) = interp.next(&iterator)? {
        return Ok(item);
    }
    match default {
        Some(default) => Ok(default),
        None => {
            let generator = iterator.downcast::<crate::eval::generator::Generator>();
            let result = generator.map_or(Value::None, |generator| generator.take_result());
            let args = if result.is_none() { Vec::new() } else { vec![result] };
            Err(interp.raised_builtin("StopIteration", args))
        }
    }
}

fn sum(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const SUM: Signature<2> =
        Signature { positional_only: 1, ..Signature::new("sum", ["iterable", "start"], 1) };
    let [items, start] = args.bind(interp, &SUM)?.values;
    let mut total = start.unwrap_or(Value::Int(0));
    if let Value::Str(_) = total {
        return interp.type_error("sum() can't sum strings [use ''.join(seq) instead]");
    }
    let mut items = interp.iterate(&items.unwrap_or_default())?;
    while let Some(item) = items.next(interp)? {
        total = interp.binary(BinaryOp::Add, &total, &item)?;
    }
    Ok(total)
}

fn extreme(interp: &mut Interpreter, mut args: Args, name: &'static str) -> Result<Value> {
    let key = args.take_keyword("key").unwrap_or_default();
    let default = args.take_keyword("default");
    if let Some((keyword, _)) = args.keywords.first() {
        return interp
            .type_error(format!("{name}() got an unexpected keyword argument '{keyword}'"));
    }
    let mut items = match args.positional.as_slice() {
        [] => {
            return interp.type_error(format!("{name} expected at least 1 argument, got 0"));
        }
        [items] => interp.iterate(items)?,
        _ if default.is_some() => {
            return interp.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            ));
        }
        _ => Iter::Values(args.positional.into_iter()),
    };
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = items.next(interp)? {
        let rank = if key.is_none() {
            item.clone()
        } else {
            interp.call(&key, Args::of([item.clone()]))?
        };
        let better = match &best {
            None => true,
            Some((best, _)) if name == "min" => interp.less(&rank, best)?,
            Some((best, _)) => {
                let result = interp.compare(crate::python::CompareOp::Gt, &rank, best)?;
                interp.truth(&result)?
            }
        };
        if better {
            best = Some((rank, item));
        }
    }
    match (best, default) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default),
        (None, None) => interp.value_error(format!("{name}() arg is an empty sequence")),
    }
}
