//! Whether something that is done to an object changes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::Holds;

use super::super::overrides::modules::Found;
use super::super::overrides::modules::Made;
use super::super::overrides::modules::Modules;
use super::super::overrides::modules::Text;
use super::super::overrides::modules::is_framework;
use super::Known;
use super::deeds::Act;
use super::deeds::Class;
use super::deeds::Touch;
use super::near::Look;
use super::parameters::Seen;
use super::path::GIVEN;
use super::path::ITEM;
use super::path::is_given;
use super::path::join;
use super::path::last;
use super::path::named;
use super::path::of_collection;
use super::path::plain;
use super::path::root;
use super::words::is_changing;
use super::words::is_reading;

/// What mapped classes are kept in.
const METADATA: &str = "metadata";

/// So many classes a class is derived from at most, as far as it is looked at.
const CLASSES: usize = 50;

/// A class, by the names of its module and itself.
type ClassName = (String, String);

/// A class of the project, by its text and its name there.
pub(super) type OwnClass = (Arc<Text>, String);

/// What makes an attribute.
enum Maker {
    /// A class of the project.
    Own(Made),
    /// Something of SQLAlchemy or Alembic.
    Framework,
    /// Something else.
    Other,
}

/// Whose methods are looked at.
#[derive(Clone, Copy)]
struct Of<'a> {
    classes: &'a [OwnClass],
    /// Whether what belongs to the class is asked for.
    of_class: bool,
    /// The attributes of the classes that their objects share and may change.
    shared: &'a BTreeSet<String>,
}

/// Whether a call of what is at `path` of a collection changes that, or an item of it.
fn is_change_of_collection(path: &str) -> bool {
    if is_given(path) {
        return false;
    }
    let mut method = path;
    while let (ITEM, rest) = root(method) {
        method = rest;
    }
    match method.len() < path.len() {
        true if method.contains('.') => is_changing(last(method)),
        true => !method.is_empty() && !is_reading(method),
        false => is_changing(method),
    }
}

/// What texts of the project make that may have a path in another.
pub(super) fn made(modules: &Modules<'_>, of: &Arc<Text>, path: &str) -> Vec<Made> {
    let (head, taken) = named(path);
    let mut found = match head.strip_prefix('/') {
        Some(absolute) => modules.made_absolutely(absolute),
        None => modules.made(of, head),
    };
    for made in &mut found {
        made.rest = join(&made.rest, taken);
    }
    found
}

pub(super) struct Effects<'a> {
    pub(super) modules: &'a Modules<'a>,
    pub(super) known: &'a mut Known,
    /// The parameters that have been looked at for the question that is asked.
    pub(super) seen: Seen,
    /// Through how many calls what is looked at has come.
    pub(super) depth: usize,
}

impl Effects<'_> {
    /// What a name stands for, as far as that is the project's: of a class of another package only
    /// some methods are known, and those of loggers and types change nothing that matters.
    pub(super) fn of_project(&mut self, holds: &Holds) -> Holds {
        match holds {
            Holds::Object(classes) => {
                let is_own = |(module, _): &ClassName| {
                    matches!(self.modules.get(module), Found::Text(_) | Found::Unreadable(_))
                };
                let has_state = |(module, _): &ClassName| {
                    !matches!(module.as_str(), "logging" | "structlog" | "typing")
                };
                if classes.iter().any(is_own) {
                    holds.clone()
                } else if classes.iter().all(has_state) {
                    Holds::Collection
                } else {
                    Holds::Other
                }
            }
            holds => holds.clone(),
        }
    }

    /// What may change it.
    pub(super) fn look(&mut self, holds: &Holds) -> Look {
        match holds {
            Holds::Other => Look::Sets,
            Holds::Collection => Look::Items,
            Holds::Function => Look::Attributes,
            Holds::Object(_) => Look::All,
            Holds::Class(classes) => {
                let own = self.own(classes);
                let mut methods: BTreeSet<String> = BTreeSet::new();
                let mut attributes: BTreeSet<String> = BTreeSet::new();
                for class in &own {
                    self.with_class(class, |class| {
                        methods.extend(class.methods.keys().cloned());
                        attributes.extend(class.made.keys().cloned());
                    });
                }
                let changes = methods.iter().any(|method| self.by_method(&own, method, true))
                    || attributes
                        .iter()
                        .any(|name| matches!(self.maker(&own, name, true), Some(Maker::Own(_))));
                if changes || self.by_metaclass(&own) { Look::All } else { Look::Changes }
            }
        }
    }

    /// Whether `act` changes an object that is done to what is at `path` of it.
    pub(super) fn changes(&mut self, holds: &Holds, act: Act, path: &str) -> bool {
        if act == Act::Set && path.is_empty() {
            return true;
        }
        let of_items = of_collection(path);
        let path = if *holds == Holds::Collection { &*of_items } else { path };
        match (holds, act) {
            (_, Act::Derive) => match holds {
                Holds::Class(classes) if path.is_empty() => {
                    let own = self.own(classes);
                    self.by_method(&own, "__init_subclass__", true) || self.by_metaclass(&own)
                }
                _ => false,
            },
            (_, Act::Name | Act::Give | Act::Keep | Act::Return) | (Holds::Other, _) => false,
            (Holds::Collection | Holds::Function, Act::Set | Act::Change) => !is_given(path),
            (Holds::Collection, Act::Call) => is_change_of_collection(path),
            (Holds::Function, Act::Call) => {
                !is_given(path) && path.contains('.') && is_changing(last(path))
            }
            (Holds::Object(classes), _) => {
                let own = self.own(classes);
                self.changes_object(&own, act, path)
            }
            (Holds::Class(_), _) if root(path).0 == METADATA => false,
            (Holds::Class(classes), _) => {
                let own = self.own(classes);
                self.changes_class(&own, act, path)
            }
        }
    }

    fn changes_object(&mut self, own: &[OwnClass], act: Act, path: &str) -> bool {
        let called = plain(path);
        match act {
            Act::Set | Act::Change if is_given(path) => {
                let (method, rest) = root(path);
                root(rest).0 == GIVEN && !self.gives(own, method).is_empty()
            }
            Act::Set | Act::Change => true,
            Act::Call if called.contains('.') => {
                is_changing(last(path)) || self.by_attribute(own, &called, false)
            }
            Act::Call if path.is_empty() => self.by_method(own, "__call__", false),
            Act::Call => self.by_method(own, &called, false),
            _ => false,
        }
    }

    fn changes_class(&mut self, own: &[OwnClass], act: Act, path: &str) -> bool {
        let called = plain(path);
        match act {
            Act::Set | Act::Change if is_given(path) => {
                // What the objects of the class share.
                let (first, rest) = root(path);
                let (attribute, rest) = if first == GIVEN { root(rest) } else { ("", "") };
                let is_of_it = act == Act::Change || !rest.is_empty();
                is_of_it && !is_given(rest) && self.is_shared(own, attribute)
            }
            Act::Set => true,
            Act::Change => !path.is_empty(),
            Act::Call if called.contains('.') => {
                is_changing(last(path)) || self.by_attribute(own, &called, true)
            }
            Act::Call if path.is_empty() => ["__new__", "__init__", "__post_init__"]
                .into_iter()
                .any(|method| self.by_method(own, method, true)),
            Act::Call if path == GIVEN => self.by_method(own, "__call__", true),
            Act::Call => self.by_method(own, &called, true),
            _ => false,
        }
    }

    /// What a method of these classes gives of its object.
    pub(super) fn gives(&mut self, classes: &[OwnClass], method: &str) -> BTreeSet<String> {
        let gives = |class: &Class| {
            let mut gives = class.methods.get(method)?.gives.clone();
            if gives.iter().any(|attribute| class.made_own.contains(attribute)) {
                gives.insert(String::new());
            }
            Some(gives)
        };
        let found = classes.iter().find_map(|class| self.with_class(class, gives).flatten());
        found.unwrap_or_default()
    }

    /// Whether the objects of these classes have a collection in common.
    fn is_shared(&mut self, classes: &[OwnClass], attribute: &str) -> bool {
        let is = |class: &Class| class.shared.contains(attribute);
        classes.iter().any(|class| self.with_class(class, is).unwrap_or_default())
    }

    /// Whether a method of the first of these classes that has it changes its object, or what
    /// belongs to the class.
    fn by_method(&mut self, classes: &[OwnClass], method: &str, of_class: bool) -> bool {
        let mut shared = BTreeSet::new();
        for class in classes {
            self.with_class(class, |class| shared.extend(class.shared.iter().cloned()));
        }
        let of = Of { classes, of_class, shared: &shared };
        self.by_own(of, 0, method, &mut BTreeSet::new())
    }

    /// The same, of those behind the first so many.
    fn by_own(
        &mut self,
        of: Of<'_>,
        from: usize,
        method: &str,
        seen: &mut BTreeSet<(usize, String)>,
    ) -> bool {
        if !seen.insert((from, method.to_owned())) {
            return false;
        }
        let Of { classes, of_class, shared } = of;
        let found = classes.iter().enumerate().skip(from).find_map(|(at, class)| {
            let own = |class: &Class| {
                class.methods.get(method).map(|method| (at, method.of_class, method.own.clone()))
            };
            self.with_class(class, own).flatten()
        });
        let Some((at, is_classmethod, own)): Option<(usize, bool, BTreeSet<Touch>)> = found else {
            // One of a class that is not the project's.
            return !of_class && is_changing(method);
        };
        own.iter().any(|touch| {
            let Touch { act, path, to, .. } = touch;
            // What is not called belongs to the object itself.
            let of_super = path.strip_prefix("super.");
            if let (Some(method), Act::Call) = (of_super.filter(|it| !it.contains('.')), *act) {
                return self.by_own(of, at + 1, method, seen);
            }
            let path = of_super.unwrap_or(path);
            let first = root(path).0;
            let is_deeper = path.contains('.');
            let is_hook = method == "__init_subclass__";
            let belongs = !of_class
                || is_classmethod
                || first == "__class__"
                || shared.contains(first) && (*act != Act::Set || is_deeper);
            match act {
                // That is the derived class then.
                Act::Set if of_class && is_hook && !is_deeper => false,
                Act::Set if of_class && !is_classmethod => first == "__class__",
                Act::Set | Act::Change => belongs,
                Act::Call if is_deeper && belongs && is_changing(last(path)) => true,
                // An item of an attribute, or what is called.
                Act::Call if path.split('.').skip(1).any(|part| part == ITEM) => false,
                Act::Call if is_deeper => self.by_attribute(classes, path, of_class),
                Act::Call => self.by_own(of, 0, path, seen),
                // A collection that it has is given to something.
                Act::Give if belongs && !path.is_empty() => match (to, classes.get(at)) {
                    (Some(to), Some((text, _))) => {
                        let text = Arc::clone(text);
                        self.is_changed_by(&Holds::Collection, &text, to, "")
                    }
                    _ => false,
                },
                _ => false,
            }
        })
    }

    /// Whether a call of what is taken of an attribute changes that.
    fn by_attribute(&mut self, classes: &[OwnClass], path: &str, of_class: bool) -> bool {
        let (attribute, method) = path.split_once('.').unwrap_or((path, ""));
        // Methods of objects have others for `self`, but for what is the class's.
        let maker = self.maker(classes, attribute, of_class);
        match (maker, of_class) {
            (Some(Maker::Own(made)), _) if !method.contains('.') => {
                let classes = self.with_bases((made.text, made.name));
                self.by_method(&classes, method, false)
            }
            (Some(Maker::Framework), _) | (_, true) => false,
            _ => !is_reading(last(path)),
        }
    }

    /// What makes an attribute of the objects of these classes, or of the classes.
    fn maker(&mut self, classes: &[OwnClass], attribute: &str, of_class: bool) -> Option<Maker> {
        let (text, maker) = classes.iter().find_map(|class| {
            let made = |class: &Class| {
                let of_objects = class.made_of_objects.get(attribute).filter(|_| !of_class);
                of_objects.or_else(|| class.made.get(attribute)).cloned()
            };
            Some((&class.0, self.with_class(class, made).flatten()?))
        })?;
        let root = maker.split('.').next().unwrap_or_default();
        let means = text.imports.names.get(root);
        if means.is_some_and(|all| all.iter().all(|means| is_framework(means))) {
            return Some(Maker::Framework);
        }
        // Another name of a class is one of the text that has it, too.
        let mut found = made(self.modules, text, &maker);
        found.retain(|made| {
            made.rest.is_empty() && self.known.deeds_of(&made.text).classes.contains_key(&made.name)
        });
        Some(match (found.pop(), found.is_empty()) {
            (Some(made), true) => Maker::Own(made),
            _ => Maker::Other,
        })
    }

    /// A class of the project, and those that it is derived from.
    pub(super) fn with_bases(&mut self, class: OwnClass) -> Vec<OwnClass> {
        let mut found = vec![class];
        let mut at = 0;
        while let Some((text, name)) = found.get(at).cloned() {
            at += 1;
            let deeds = self.known.deeds_of(&text);
            let bases = deeds
                .all
                .iter()
                .filter(|deed| deed.act == Act::Derive && deed.derived.as_ref() == Some(&name));
            for deed in bases {
                for base in made(self.modules, &text, &deed.path) {
                    let is_known =
                        |(text, name): &OwnClass| text.path == base.text.path && *name == base.name;
                    if found.len() < CLASSES && !found.iter().any(is_known) {
                        found.push((base.text, base.name));
                    }
                }
            }
        }
        found
    }

    /// Those of the project.
    fn own(&self, classes: &[ClassName]) -> Vec<OwnClass> {
        let own = classes.iter().filter_map(|(module, name)| match self.modules.get(module) {
            Found::Text(text) => Some((text, name.clone())),
            _ => None,
        });
        own.collect()
    }

    /// Whether the metaclass of one of these classes changes something that belongs to the class.
    fn by_metaclass(&mut self, classes: &[OwnClass]) -> bool {
        classes.iter().any(|class| {
            let metaclass = self.with_class(class, |class| class.metaclass.clone()).flatten();
            let found = metaclass.map(|metaclass| made(self.modules, &class.0, &metaclass));
            found.into_iter().flatten().any(|made| {
                let deeds = self.known.deeds_of(&made.text);
                let methods = deeds.classes.get(&made.name).into_iter().flat_map(|it| &it.methods);
                methods.into_iter().any(|(name, method)| {
                    name.starts_with("__")
                        && method.own.iter().any(|touch| match touch.act {
                            Act::Change => true,
                            Act::Set => touch.path.contains('.'),
                            Act::Call => touch.path.contains('.') && is_changing(last(&touch.path)),
                            _ => false,
                        })
                })
            })
        })
    }

    /// Looks at a class.
    pub(super) fn with_class<T>(
        &mut self,
        class: &OwnClass,
        look: impl FnOnce(&Class) -> T,
    ) -> Option<T> {
        let deeds = self.known.deeds_of(&class.0);
        deeds.classes.get(&class.1).map(look)
    }
}
