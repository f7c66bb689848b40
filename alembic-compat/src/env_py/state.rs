//! What a walk through `env.py` knows at a moment: values, options, calls of `configure`.

use super::formula::Formula;
use super::formula::MAX_BYTES;
use super::formula::Place;
use crate::python::Expr;
use crate::python::FunctionDef;
use crate::python::Span;
use std::collections::BTreeMap;

#[derive(Clone, PartialEq)]
pub(super) enum Sym<'m> {
    Value(Formula),
    /// A dict with text keys; `open` when it may have others.
    Dict {
        items: Vec<(String, Sym<'m>)>,
        open: bool,
    },
    List(Vec<Sym<'m>>),
    /// Something imported, by its dotted name.
    Known(String),
    /// A section of the ini as a dict, with what the file has put into it. `main` is the section
    /// that Alembic runs with.
    Section {
        main: bool,
        own: BTreeMap<String, Formula>,
        span: Span,
    },
    /// An engine, or a connection of one, with its URL and where it is made.
    Engine(Formula, Place),
    /// `context.get_x_argument(as_dictionary=True)`.
    XArguments,
    Function(&'m FunctionDef),
    Lambda(&'m Expr),
}

/// How many values a list or dict may hold in all.
const MAX_SIZE: usize = 1_000;

impl<'m> Sym<'m> {
    fn size(&self) -> usize {
        match self {
            Sym::List(items) => 1 + items.iter().map(Sym::size).sum::<usize>(),
            Sym::Dict { items, .. } => 1 + items.iter().map(|(_, item)| item.size()).sum::<usize>(),
            _ => 1,
        }
    }

    /// About how many bytes a copy takes.
    pub(super) fn bytes(&self) -> usize {
        let inner = match self {
            Sym::Value(formula) | Sym::Engine(formula, _) => formula.bytes(),
            Sym::List(items) => items.iter().map(Sym::bytes).sum(),
            Sym::Dict { items, .. } => {
                items.iter().map(|(key, item)| key.len() + item.bytes()).sum()
            }
            Sym::Known(path) => path.len(),
            Sym::Section { own, .. } => bytes(own, Formula::bytes),
            Sym::XArguments | Sym::Function(_) | Sym::Lambda(_) => 0,
        };
        size_of::<Self>() + inner
    }

    /// The value, or only its place when it has grown beyond what anyone writes.
    pub(super) fn bounded(self, span: Span) -> Sym<'m> {
        match self {
            Sym::Value(formula) => Sym::Value(formula.bounded(span)),
            other if other.size() > MAX_SIZE || other.bytes() > MAX_BYTES => {
                Sym::Value(Formula::Unknown(span))
            }
            other => other,
        }
    }
}

/// About how many bytes a copy of a map takes.
fn bytes<V>(map: &BTreeMap<String, V>, of: impl Fn(&V) -> usize) -> usize {
    map.iter().map(|(key, value)| size_of::<String>() + key.len() + of(value)).sum()
}

/// A call of `context.configure`.
#[derive(Clone, PartialEq)]
pub(super) struct Configure {
    pub(super) span: Span,
    pub(super) arguments: BTreeMap<String, (Formula, Span)>,
}

/// What the walk changes and both sides of a condition have of their own.
#[derive(Clone, Default)]
pub(super) struct State<'m> {
    pub(super) scopes: Vec<BTreeMap<String, Sym<'m>>>,
    /// Options of the main section that the file has set.
    pub(super) options: BTreeMap<String, Formula>,
    pub(super) configures: Vec<Configure>,
    /// The URL that the last `context.configure` had, and where it comes from.
    pub(super) url: Option<(Formula, Span)>,
}

impl State<'_> {
    /// About how many bytes a copy takes.
    pub(super) fn bytes(&self) -> usize {
        let scopes: usize = self.scopes.iter().map(|scope| bytes(scope, Sym::bytes)).sum();
        let argument = |(formula, _): &(Formula, Span)| formula.bytes();
        let configures = self.configures.iter().map(|call| bytes(&call.arguments, argument));
        let url = self.url.as_ref().map_or(0, argument);
        size_of::<Self>()
            + scopes
            + bytes(&self.options, Formula::bytes)
            + configures.sum::<usize>()
            + url
    }
}

/// One value or the other.
pub(super) fn joined<'m>(test: &Formula, then: Sym<'m>, orelse: Sym<'m>, span: Span) -> Sym<'m> {
    match (then, orelse) {
        (a, b) if a == b => a,
        (Sym::Value(a), Sym::Value(b)) => Sym::Value(Formula::choice(test, a, b, span)),
        (Sym::Engine(a, made), Sym::Engine(b, _)) => {
            Sym::Engine(Formula::choice(test, a, b, span), made)
        }
        (Sym::Section { main, own: a, span }, Sym::Section { main: other, own: b, .. })
            if main == other =>
        {
            let read = |own: &BTreeMap<String, Formula>, key: &String| {
                let untouched = || match main {
                    true => Formula::Option { name: key.clone(), default: None },
                    false => Formula::Unknown(span),
                };
                own.get(key).cloned().unwrap_or_else(untouched)
            };
            let keys = a.keys().chain(b.keys());
            let own = keys
                .map(|key| (key.clone(), Formula::choice(test, read(&a, key), read(&b, key), span)))
                .collect();
            Sym::Section { main, own, span }
        }
        _ => Sym::Value(Formula::Unknown(span)),
    }
}
