//! What a text does to things by their names: when it is loaded, and when its functions run.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Span;
use crate::python::Stmt;

use super::collector::collected;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// It gets another value.
    Set,
    /// An item of it does, or it is changed in another way.
    Change,
    Call,
    /// A class is derived from it.
    Derive,
    /// Another name is given to it.
    Name,
    /// It is given to a function.
    Give,
    /// It is kept as an attribute of something.
    Keep,
    /// A function gives it.
    Return,
}

/// Where something goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum To {
    /// What is called with it, and as what it is given.
    Callee(String, Slot),
    /// An attribute of the object of the method that keeps it.
    Own(String),
    /// Something else.
    Other,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    At(usize),
    Keyword(String),
    /// It is behind a star.
    Star,
}

/// Something that a function does to a parameter, or a method to its object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Touch {
    pub(super) act: Act,
    /// What is taken of it.
    pub(super) path: String,
    pub(super) to: Option<To>,
    /// Whether a function within the function does it.
    pub(super) is_nested: bool,
}

/// The parameters of a function, and what it does to them.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// Those that a call gives by their places.
    pub(super) placed: Vec<String>,
    pub(super) star: Option<String>,
    pub(super) double_star: Option<String>,
    pub(super) touches: BTreeMap<String, BTreeSet<Touch>>,
    /// Whether it is a method that has no object.
    pub(super) is_static: bool,
}

/// A function, or a method with its class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) class: Option<String>,
    pub(super) name: String,
}

/// Something that is done to a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) act: Act,
    /// The path of the thing. A star stands for any attribute.
    pub(super) path: String,
    pub(super) span: Span,
    /// The function that does it; without one it is done when the text is loaded.
    pub(super) by: Option<Function>,
    /// The class that is derived, or the other name.
    pub(super) derived: Option<String>,
    pub(super) to: Option<To>,
}

/// A class of a text.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// The attributes of it that its objects share and may change.
    pub(super) shared: BTreeSet<String>,
    /// Its metaclass.
    pub(super) metaclass: Option<String>,
    /// Whether it is a metaclass.
    pub(super) is_metaclass: bool,
    pub(super) methods: BTreeMap<String, Method>,
    /// Attributes that are its own objects.
    pub(super) made_own: BTreeSet<String>,
    /// What is called to make attributes of it.
    pub(super) made: BTreeMap<String, String>,
    /// What its methods call to make attributes of its objects.
    pub(super) made_of_objects: BTreeMap<String, String>,
}

impl Class {
    /// The methods that call something of their object, or of the classes that theirs is derived
    /// from: `super.register`.
    pub(super) fn callers_of<'c>(&'c self, path: &'c str) -> impl Iterator<Item = &'c str> {
        let calls = move |touch: &Touch| touch.act == Act::Call && touch.path == path;
        let methods = self.methods.iter();
        methods.filter(move |(_, it)| it.own.iter().any(calls)).map(|(name, _)| &**name)
    }
}

/// A method, by what it does to its object.
#[derive(Debug, Default)]
pub(super) struct Method {
    /// Whether its object is the class.
    pub(super) of_class: bool,
    /// What it gives of its object. A new one of its class counts as the object.
    pub(super) gives: BTreeSet<String>,
    pub(super) own: BTreeSet<Touch>,
}

/// What a text does.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    pub(super) all: Vec<Deed>,
    /// By the names in their paths.
    by_name: BTreeMap<String, Vec<usize>>,
    pub(super) classes: BTreeMap<String, Class>,
    pub(super) functions: BTreeMap<Function, Parameters>,
}

impl Deeds {
    /// Those of these statements.
    pub(super) fn of(body: &[Stmt]) -> Deeds {
        let mut deeds = collected(body);
        for (at, deed) in deeds.all.iter().enumerate() {
            for name in deed.path.split('.') {
                deeds.by_name.entry(name.to_owned()).or_default().push(at);
            }
        }
        deeds
    }

    /// Those to things of these names, or of which one of these is an attribute.
    pub(super) fn to<'d>(&'d self, names: &BTreeSet<String>) -> impl Iterator<Item = &'d Deed> {
        let any = ["*", "__dict__"].into_iter();
        let found = names.iter().map(String::as_str).chain(any);
        let found = found.filter_map(|name| self.by_name.get(name)).flatten();
        let found: BTreeSet<usize> = found.copied().collect();
        found.into_iter().filter_map(|at| self.all.get(at))
    }
}
