//! What functions are given, and what they give.

use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;

use super::collector::Collector;
use super::deeds::Act;
use super::deeds::Function;
use super::deeds::Slot;
use super::deeds::To;
use super::names::choices;
use super::path::GIVEN;
use super::path::ITEM;
use super::path::is_given;
use super::path::join;
use super::path::path_of;
use super::path::path_of_wrapped;
use super::scopes::Thing;

/// Functions of Python that leave what they are given as it is.
pub(super) const READERS: [&str; 26] = [
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "float",
    "frozenset",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "print",
    "range",
    "repr",
    "set",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "zip",
];

/// Notes what a call gives to what it calls.
pub(super) fn arguments(collector: &mut Collector, span: Span, path: &str, arguments: &[Argument]) {
    if READERS.contains(&path) {
        return;
    }
    let mut callees: Option<Vec<String>> = None;
    for (at, argument) in arguments.iter().enumerate() {
        let slot = match argument {
            Argument::Positional(_) => Slot::At(at),
            Argument::Keyword { name, .. } => Slot::Keyword(name.clone()),
            Argument::Star(_) | Argument::DoubleStar(_) => Slot::Star,
        };
        for value in choices(argument.value()) {
            let given = match &value.kind {
                ExprKind::Lambda { parameters, body } => {
                    let name = format!("<lambda {}>", value.span.start);
                    collector.lambda(&name, parameters, body, span);
                    // In a function it counts as what that does.
                    collector.scope.by.is_none().then_some(name)
                }
                _ => path_of_wrapped(value),
            };
            let Some(given) = given else { continue };
            // What a star spreads are the items.
            let given = if slot == Slot::Star { join(&given, ITEM) } else { given };
            let called = callees.get_or_insert_with(|| {
                let things = collector.scope.things(path).into_iter();
                things.map(|thing| callee(collector, thing)).collect()
            });
            for callee in called {
                let to = To::Callee(callee.clone(), slot.clone());
                collector.act_to(Act::Give, &given, span, Some(&to));
            }
        }
    }
}

/// The path of what is called; one that nobody knows begins with a question mark.
fn callee(collector: &Collector, thing: Thing) -> String {
    match thing {
        Thing::Global(path) => path,
        Thing::Parameter(name, rest) => {
            let class = collector.scope.by.as_ref().and_then(|by| by.class.clone());
            match class.filter(|_| collector.scope.receiver.as_ref() == Some(&name)) {
                Some(class) => join(&join(&class, GIVEN), &rest),
                None => join("?", &rest),
            }
        }
    }
}

/// Notes that a decorator is given a function.
pub(super) fn decorated(collector: &mut Collector, function: &FunctionDef) {
    if collector.scope.by.is_some() || collector.scope.class.is_some() {
        return;
    }
    for decorator in &function.decorators {
        if let Some(path) = path_of(&decorator.value) {
            let to = To::Callee(path, Slot::At(0));
            collector.act_to(Act::Give, &function.name, decorator.value.span, Some(&to));
        }
    }
}

/// Notes what a function gives.
pub(super) fn returned(collector: &mut Collector, value: &Expr, span: Span) {
    given(collector, value, span, "");
}

/// Notes what a generator gives.
pub(super) fn yielded(collector: &mut Collector, value: &Expr, span: Span) {
    given(collector, value, span, ITEM);
}

fn given(collector: &mut Collector, value: &Expr, span: Span, item: &str) {
    let Some(Function { class, name }) = collector.scope.by.clone() else { return };
    if collector.scope.is_nested {
        return;
    }
    let function = join(class.as_deref().unwrap_or_default(), &name);
    let called = if collector.scope.is_property { "" } else { GIVEN };
    let gives = join(&join(&function, called), item);
    for path in choices(value).into_iter().filter_map(path_of) {
        for thing in collector.scope.things(&path) {
            match thing {
                Thing::Global(path) if path == join(class.as_deref().unwrap_or("?"), GIVEN) => {
                    collector.gives("");
                }
                Thing::Global(path) => collector.name(path, gives.clone(), span),
                Thing::Parameter(of, rest) => {
                    if collector.scope.receiver.as_ref() == Some(&of) {
                        match &*rest {
                            GIVEN | "__class__.()" => collector.gives(""),
                            rest if !is_given(rest) => collector.gives(&join(rest, item)),
                            _ => {}
                        }
                    } else if item.is_empty() {
                        let to = Some(&To::Other);
                        collector.act_to(Act::Return, &join(&of, &rest), span, to);
                    }
                }
            }
        }
    }
}
