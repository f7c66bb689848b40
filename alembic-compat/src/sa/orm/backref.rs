//! `backref`: attributes that a relationship gives to the class it leads to. They are refused where
//! they are used, as all relationships are.

use std::cell::RefCell;
use std::rc::Rc;
use std::rc::Weak;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Value;

use super::mapper::Relationship;

/// The mapped classes of a `MetaData`, and what relationships give to them: either may come first.
#[derive(Debug, Default)]
pub(in super::super) struct Backrefs {
    classes: RefCell<Vec<Weak<Class>>>,
    given: RefCell<Vec<Backref>>,
}

/// The attribute of the other class.
#[derive(Debug, Clone)]
pub(super) struct Backref {
    name: String,
    target: Target,
}

#[derive(Debug, Clone)]
enum Target {
    Class(Weak<Class>),
    Named(String),
    /// A function tells it, or an annotation: it may be any.
    Unknown,
}

impl Backref {
    /// What the arguments of `relationship()` say.
    pub(super) fn read(args: &Args) -> Option<Self> {
        let keyword = |name: &str| args.keywords.iter().find(|(key, _)| *key == name);
        let name = keyword("backref")?.1.as_text()?.to_string();
        let target = match args.positional.first().or(keyword("argument").map(|(_, value)| value)) {
            Some(Value::Class(class)) => Target::Class(Rc::downgrade(class)),
            Some(Value::Str(path)) => {
                Target::Named(path.rsplit('.').next().unwrap_or_default().to_owned())
            }
            _ => Target::Unknown,
        };
        Some(Self { name, target })
    }

    fn give_to(&self, class: &Rc<Class>) {
        let is_meant = match &self.target {
            Target::Class(target) => target.as_ptr() == Rc::as_ptr(class),
            Target::Named(name) => *class.name == **name,
            Target::Unknown => true,
        };
        if is_meant && class.lookup(&self.name).is_none() {
            class.set(self.name.as_str(), Value::native(Relationship::named(&self.name)));
        }
    }
}

impl Backrefs {
    /// A class was mapped.
    pub(super) fn learn_class(&self, class: &Rc<Class>) {
        for backref in self.given.borrow().iter() {
            backref.give_to(class);
        }
        self.classes.borrow_mut().push(Rc::downgrade(class));
    }

    /// A class has a relationship with a `backref`.
    pub(super) fn learn(&self, backref: Backref) {
        let classes = self.classes.borrow();
        let own = match &backref.target {
            Target::Class(class) => Some(class),
            Target::Named(_) | Target::Unknown => None,
        };
        for class in classes.iter().chain(own).filter_map(Weak::upgrade) {
            backref.give_to(&class);
        }
        self.given.borrow_mut().push(backref);
    }
}
