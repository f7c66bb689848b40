//! What functions do to what they are given.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::Holds;

use super::super::overrides::modules::Text;
use super::deeds::Act;
use super::deeds::Function;
use super::deeds::Parameters;
use super::deeds::Slot;
use super::deeds::To;
use super::deeds::Touch;
use super::effects::Effects;
use super::effects::OwnClass;
use super::effects::made;
use super::path::GIVEN;
use super::path::ITEM;
use super::path::behind;
use super::path::join;
use super::path::last;
use super::path::root;
use super::words::is_changing;
use super::words::is_reading;

/// Through so many names a function is followed.
const NAMES: usize = 8;

/// Functions of Python that change what they are given.
const CHANGING: [&str; 19] = [
    "delitem",
    "heapify",
    "heappop",
    "heappush",
    "heappushpop",
    "heapreplace",
    "iadd",
    "iand",
    "iconcat",
    "imul",
    "insort",
    "insort_left",
    "insort_right",
    "ior",
    "isub",
    "ixor",
    "setitem",
    "shuffle",
    "update_wrapper",
];

/// Functions of Python that call what they are given.
const RUNNING: [&str; 15] = [
    "Process",
    "Thread",
    "Timer",
    "filter",
    "filterfalse",
    "gather",
    "map",
    "max",
    "min",
    "reduce",
    "sorted",
    "starmap",
    "submit",
    "takewhile",
    "dropwhile",
];

/// Methods of collections that take the items of what they are given.
const COPYING: [&str; 6] = [
    "difference_update",
    "extend",
    "extendleft",
    "intersection_update",
    "symmetric_difference_update",
    "update",
];

/// What is called.
enum Callee {
    /// A function of the project, and how many of its parameters the call does not give.
    Function(Arc<Text>, Function, usize),
    /// A function of Python or of an installed package.
    Outside,
    /// It is the project's, and not known.
    Unknown,
}

/// A parameter of a function of a text with what is taken of it, and what is asked of that.
pub(super) type Seen = BTreeSet<(String, Function, String, String, u8)>;

/// Through so many calls a parameter is followed. Of one that goes further it is not known that it
/// stays as it is.
const CALLS: usize = 24;

/// So many parts of what is taken of a parameter tell it from others.
const PARTS: usize = 3;

/// What is asked of what happens to a parameter.
#[derive(Clone, Copy)]
enum Ask<'a> {
    /// Whether that changes what it holds.
    Changes(&'a Holds),
    /// Whether it is called, or this method of it.
    Runs(&'a str),
}

impl Ask<'_> {
    const fn kind(self) -> u8 {
        match self {
            Ask::Runs(_) => 0,
            Ask::Changes(Holds::Collection) => 1,
            Ask::Changes(Holds::Object(_)) => 2,
            Ask::Changes(Holds::Class(_)) => 3,
            Ask::Changes(Holds::Function) => 4,
            Ask::Changes(Holds::Other) => 5,
        }
    }
}

impl Effects<'_> {
    /// Whether what is given to something in a text is changed by that, in what is at `path` of it.
    pub(super) fn is_changed_by(
        &mut self,
        holds: &Holds,
        text: &Arc<Text>,
        to: &To,
        path: &str,
    ) -> bool {
        self.given(Ask::Changes(holds), text, to, path)
    }

    /// Whether what is given to something in a text is called by that, or a method of it.
    pub(super) fn is_run_by(&mut self, text: &Arc<Text>, to: &To, method: &str) -> bool {
        self.given(Ask::Runs(method), text, to, "")
    }

    fn given(&mut self, ask: Ask<'_>, text: &Arc<Text>, to: &To, path: &str) -> bool {
        let is_collection = matches!(ask, Ask::Changes(Holds::Collection));
        let To::Callee(callee, slot) = to else { return is_collection };
        match self.callee(text, callee, NAMES) {
            Callee::Outside => match ask {
                Ask::Runs(method) => method.is_empty() && RUNNING.contains(&last(callee)),
                Ask::Changes(_) => {
                    let (of, method) = root(callee);
                    let is_first = *slot == Slot::At(0);
                    let is_type = matches!(of, "dict" | "list" | "set" | "deque");
                    is_first && (CHANGING.contains(&last(callee)) || is_type && is_changing(method))
                }
            },
            Callee::Unknown => {
                let method = last(callee);
                let reads = is_reading(method) || COPYING.contains(&method);
                is_collection && path.is_empty() && !reads
            }
            Callee::Function(text, function, skipped) => {
                let deeds = self.known.deeds_of(&text);
                let Some(parameters) = deeds.functions.get(&function) else { return false };
                if self.depth >= CALLS {
                    return true;
                }
                self.depth += 1;
                let found =
                    parameters_of(parameters, slot, skipped).into_iter().any(|(name, is_star)| {
                        // A function that calls itself may go deeper each time.
                        let first: Vec<&str> = path.split('.').take(PARTS).collect();
                        let (file, first) = (text.path.clone(), first.join("."));
                        let key = (file, function.clone(), name.to_owned(), first, ask.kind());
                        let touches =
                            parameters.touches.get(name).filter(|_| self.seen.insert(key));
                        touches.into_iter().flatten().any(|touch| {
                            let of = match is_star {
                                true => behind(&touch.path, ITEM),
                                false => Some(&*touch.path),
                            };
                            of.is_some_and(|of| {
                                self.touched(ask, &text, &function, touch, &join(path, of))
                            })
                        })
                    });
                self.depth -= 1;
                found
            }
        }
    }

    /// The same, of what a function does with a parameter.
    fn touched(
        &mut self,
        ask: Ask<'_>,
        text: &Arc<Text>,
        function: &Function,
        touch: &Touch,
        path: &str,
    ) -> bool {
        match (ask, touch.act, &touch.to) {
            (_, Act::Give, Some(to)) => self.given(ask, text, to, path),
            (Ask::Runs(""), Act::Call, _) => path.is_empty() && !touch.is_nested,
            (Ask::Runs(method), Act::Call, _) => path == method,
            (Ask::Runs(_), ..) => false,
            (Ask::Changes(holds), Act::Keep, Some(To::Own(attribute))) => {
                *holds == Holds::Collection
                    && path.is_empty()
                    && self.is_kept_open(text, function, attribute)
            }
            (Ask::Changes(holds), Act::Keep | Act::Return, _) => {
                *holds == Holds::Collection && path.is_empty()
            }
            (Ask::Changes(holds), act, _) => self.changes(holds, act, path),
        }
    }

    /// Whether a class changes what one of its methods keeps as an attribute.
    fn is_kept_open(&mut self, text: &Arc<Text>, function: &Function, attribute: &str) -> bool {
        let Some(class) = &function.class else { return false };
        let classes = self.with_bases((Arc::clone(text), class.clone()));
        classes.iter().any(|class| {
            let touches = self.with_class(class, |class| {
                let own = class.methods.values().flat_map(|method| &method.own);
                own.filter(|touch| behind(&touch.path, attribute).is_some())
                    .cloned()
                    .collect::<Vec<_>>()
            });
            touches.into_iter().flatten().any(|touch| {
                let rest = behind(&touch.path, attribute).unwrap_or_default();
                match (touch.act, &touch.to) {
                    (Act::Set, _) if rest.is_empty() => false,
                    (Act::Give, Some(to)) => {
                        let holds = &Holds::Collection;
                        self.given(Ask::Changes(holds), &class.0, to, rest)
                    }
                    (act, _) => self.changes(&Holds::Collection, act, rest),
                }
            })
        })
    }

    /// What a path in a text calls.
    fn callee(&mut self, text: &Arc<Text>, path: &str, names: usize) -> Callee {
        let Some(names) = names.checked_sub(1) else { return Callee::Unknown };
        if path.starts_with('?') {
            return Callee::Unknown;
        }
        let mut found = made(self.modules, text, path);
        if found.len() > 1 {
            // What it is another name of is there, too.
            found.retain(|made| made.text.path != text.path);
        }
        let made = match (found.pop(), found.is_empty()) {
            (None, _) => return Callee::Outside,
            (Some(made), true) => made,
            (Some(_), false) => return Callee::Unknown,
        };
        let deeds = self.known.deeds_of(&made.text);
        let own = Function { class: None, name: made.name.clone() };
        if made.rest.is_empty() && deeds.functions.contains_key(&own) {
            return Callee::Function(made.text, own, 0);
        }
        if deeds.classes.contains_key(&made.name) {
            let class = (Arc::clone(&made.text), made.name.clone());
            return match &*made.rest {
                "" => {
                    let mut makers = ["__init__", "__new__"].into_iter();
                    let maker = makers.find_map(|name| self.method(&class, name, true));
                    maker.unwrap_or(Callee::Outside)
                }
                rest => {
                    let of_object = behind(rest, GIVEN);
                    let method = of_object.unwrap_or(rest);
                    let is_method = !method.is_empty() && !method.contains('.');
                    let found = is_method.then(|| self.method(&class, method, of_object.is_some()));
                    found.flatten().unwrap_or(Callee::Unknown)
                }
            };
        }
        // Another name of something.
        let mut others = deeds.all.iter().filter(|deed| deed.act == Act::Name);
        let other = others.find(|deed| deed.derived.as_ref() == Some(&made.name));
        if let Some(other) = other {
            return self.callee(&made.text, &join(&other.path, &made.rest), names);
        }
        // What the text does not make is Python's.
        if made.text.makes(&made.name) { Callee::Unknown } else { Callee::Outside }
    }

    /// The method of a class, or of one that it is derived from.
    fn method(&mut self, class: &OwnClass, name: &str, of_object: bool) -> Option<Callee> {
        let classes = self.with_bases(class.clone());
        classes.into_iter().find_map(|(text, class)| {
            let function = Function { class: Some(class.clone()), name: name.to_owned() };
            let deeds = self.known.deeds_of(&text);
            let parameters = deeds.functions.get(&function)?;
            let of_class = deeds
                .classes
                .get(&class)
                .and_then(|class| class.methods.get(name))
                .is_some_and(|method| method.of_class);
            let is_given = !parameters.is_static && (of_object || of_class);
            Some(Callee::Function(text, function, usize::from(is_given)))
        })
    }
}

/// The parameters that an argument may be, and whether they have it as an item.
fn parameters_of<'p>(
    parameters: &'p Parameters,
    slot: &Slot,
    skipped: usize,
) -> Vec<(&'p str, bool)> {
    let star = parameters.star.iter().map(|name| (name.as_str(), true));
    let double_star = parameters.double_star.iter().map(|name| (name.as_str(), true));
    match slot {
        Slot::At(at) => match parameters.placed.get(at + skipped) {
            Some(name) => vec![(name, false)],
            None => star.collect(),
        },
        Slot::Keyword(name) => match parameters.touches.get_key_value(name) {
            Some((name, _)) => vec![(name, false)],
            None => double_star.collect(),
        },
        Slot::Star => {
            let placed = parameters.placed.iter().map(|name| (name.as_str(), false));
            placed.chain(star).chain(double_star).collect()
        }
    }
}
