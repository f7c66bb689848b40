//! Whether something that is done to an object changes it.

use std::collections::BTreeSet;

use crate::eval::CHANGING;
use crate::eval::Holds;

use super::super::overrides::modules::Found;
use super::super::overrides::modules::Modules;
use super::Known;
use super::deeds::Act;
use super::deeds::Class;
use super::last;
use super::near::Look;

/// What mapped classes are kept in.
const METADATA: &str = "metadata";

/// A class, by the names of its module and itself.
type ClassName = (String, String);

pub(super) struct Effects<'a> {
    pub(super) modules: &'a Modules<'a>,
    pub(super) known: &'a mut Known,
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
            Holds::Object(_) => Look::All,
            Holds::Class(classes) => {
                let mut methods: BTreeSet<String> = BTreeSet::new();
                for class in classes {
                    self.with_class(class, |class| methods.extend(class.methods.keys().cloned()));
                }
                let changes = methods.iter().any(|method| self.by_method(classes, method, true));
                if changes || self.by_metaclass(classes) { Look::All } else { Look::Changes }
            }
        }
    }

    /// Whether `act` changes an object that is done to what is at `path` of it.
    pub(super) fn changes(&mut self, holds: &Holds, act: Act, path: &str) -> bool {
        if act == Act::Set && path.is_empty() {
            return true;
        }
        let first = path.split('.').next().unwrap_or_default();
        let is_deeper = path.contains('.');
        match holds {
            Holds::Other => false,
            Holds::Collection => match act {
                Act::Set | Act::Change => true,
                Act::Call => CHANGING.contains(&path),
                Act::Derive => false,
            },
            Holds::Object(classes) => match act {
                Act::Set | Act::Change => true,
                Act::Call if is_deeper => CHANGING.contains(&last(path)),
                Act::Call if path.is_empty() => self.by_method(classes, "__call__", false),
                Act::Call => self.by_method(classes, path, false),
                Act::Derive => false,
            },
            Holds::Class(_) if first == METADATA => false,
            Holds::Class(classes) => match act {
                Act::Set => true,
                Act::Change => !path.is_empty(),
                Act::Call if is_deeper => CHANGING.contains(&last(path)),
                Act::Call if path.is_empty() => ["__new__", "__init__", "__post_init__"]
                    .into_iter()
                    .any(|method| self.by_method(classes, method, true)),
                Act::Call => self.by_method(classes, path, true),
                Act::Derive => {
                    self.by_method(classes, "__init_subclass__", true) || self.by_metaclass(classes)
                }
            },
        }
    }

    /// Whether a method of the first of these classes that has it changes its object, or what
    /// belongs to the class.
    fn by_method(&mut self, classes: &[ClassName], method: &str, of_class: bool) -> bool {
        let mut shared = BTreeSet::new();
        for class in classes {
            self.with_class(class, |class| shared.extend(class.shared.iter().cloned()));
        }
        self.by_own(classes, method, of_class, &shared, &mut BTreeSet::new())
    }

    fn by_own(
        &mut self,
        classes: &[ClassName],
        method: &str,
        of_class: bool,
        shared: &BTreeSet<String>,
        seen: &mut BTreeSet<String>,
    ) -> bool {
        if !seen.insert(method.to_owned()) {
            return false;
        }
        let found = classes.iter().find_map(|class| {
            let own = |class: &Class| {
                class.methods.get(method).map(|method| (method.of_class, method.own.clone()))
            };
            self.with_class(class, own).flatten()
        });
        let Some((is_classmethod, own)) = found else {
            // One of a class that is not the project's.
            return !of_class && CHANGING.contains(&method);
        };
        own.iter().any(|(act, path)| {
            let first = path.split('.').next().unwrap_or_default();
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
                Act::Call if is_deeper => belongs && CHANGING.contains(&last(path)),
                Act::Call => self.by_own(classes, path, of_class, shared, seen),
                Act::Derive => false,
            }
        })
    }

    /// Whether the metaclass of one of these classes changes something that belongs to the class.
    fn by_metaclass(&mut self, classes: &[ClassName]) -> bool {
        classes.iter().any(|name| {
            let metaclass = self.with_class(name, |class| class.metaclass.clone()).flatten();
            let (Some(metaclass), Found::Text(text)) = (metaclass, self.modules.get(&name.0))
            else {
                return false;
            };
            let Some(made) = self.modules.made(&text, &metaclass) else { return false };
            let deeds = self.known.deeds_of(&made.text);
            let methods = deeds.classes.get(&made.name).into_iter().flat_map(|it| &it.methods);
            methods.into_iter().any(|(name, method)| {
                name.starts_with("__")
                    && method.own.iter().any(|(act, path)| match act {
                        Act::Change => true,
                        Act::Set => path.contains('.'),
                        Act::Call => path.contains('.') && CHANGING.contains(&last(path)),
                        Act::Derive => false,
                    })
            })
        })
    }

    /// Looks at a class.
    fn with_class<T>(&mut self, name: &ClassName, look: impl FnOnce(&Class) -> T) -> Option<T> {
        let (module, class) = name;
        let Found::Text(text) = self.modules.get(module) else { return None };
        let deeds = self.known.deeds_of(&text);
        deeds.classes.get(class).map(look)
    }
}
