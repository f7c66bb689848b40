//! Where what a name stands for is changed when everything is loaded: from what is done to it back
//! to what is loaded.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::BoundName;
use crate::eval::Holds;
use crate::eval::Place;
use crate::python::Span;
use crate::python::position;

use super::super::overrides::modules::Made;
use super::super::overrides::modules::Modules;
use super::super::overrides::modules::Text;
use super::Known;
use super::deeds::Act;
use super::deeds::Deed;
use super::deeds::Function;
use super::effects::Effects;
use super::effects::made;
use super::near::Look;
use super::near::may_act;
use super::parameters::Seen;
use super::path::GIVEN;
use super::path::behind;
use super::path::is_given;
use super::path::join;
use super::path::last;
use super::path::of_collection;
use super::path::root;
use super::words::is_changing;

/// A search goes through so many functions. Of what has more callers it is not known that it does
/// not run.
const FUNCTIONS: usize = 5_000;

/// Through so many classes the attributes of their objects are followed.
const OBJECTS: usize = 2;

/// So many further names of a thing are looked at.
const NAMES: usize = 100;

pub(super) struct Search<'a> {
    texts: &'a [Arc<Text>],
    modules: &'a Modules<'a>,
    pub(super) known: &'a mut Known,
    /// Through how many classes what is looked at has come.
    depth: usize,
}

/// Something that a text does to what a name of a text stands for.
#[derive(Clone)]
pub(super) struct Done {
    pub(super) text: Arc<Text>,
    pub(super) deed: Deed,
    pub(super) to: Made,
}

impl Done {
    /// Whether it is done to whatever the module has.
    pub(super) fn is_any(&self) -> bool {
        matches!(&*self.to.name, "*" | "__dict__")
    }

    fn place(&self) -> Place {
        let position = position(&self.text.text, self.deed.span.offset());
        Place { file: self.text.path.clone(), span: self.deed.span, position }
    }

    pub(super) fn runner(&self) -> Runner {
        match &self.deed.by {
            Some(function) if !self.text.is_env => {
                Runner::Function(Arc::clone(&self.text), function.clone())
            }
            _ => Runner::Load(self.place()),
        }
    }
}

/// What makes something run.
pub(super) enum Runner {
    /// Loading a text, at this place.
    Load(Place),
    Function(Arc<Text>, Function),
}

impl<'a> Search<'a> {
    pub(super) fn new(
        texts: &'a [Arc<Text>],
        modules: &'a Modules<'a>,
        known: &'a mut Known,
    ) -> Self {
        Search { texts, modules, known, depth: 0 }
    }

    /// Where modules change what a name stands for, but for its own.
    pub(super) fn places(mut self, bound: &BoundName<'_>) -> Vec<Place> {
        // What these do not load is not changed by them.
        let own = self.known.uses.only(bound.file).and_then(|at| self.texts.get(at));
        let Some(own) = own else { return Vec::new() };
        // What another module makes is looked at there.
        let is_of_others = own.imports.names.contains_key(bound.name) && !own.makes(bound.name);
        let holds = match is_of_others {
            true => Holds::Other,
            false => self.effects().of_project(&bound.holds),
        };
        let look = self.effects().look(&holds);
        let mut found: BTreeMap<(String, u32), Place> = BTreeMap::new();
        let mut seen: BTreeSet<(String, Function)> = BTreeSet::new();
        let mut next: Vec<(Arc<Text>, Function)> = Vec::new();
        let mut by = |runner: &Runner, next: &mut Vec<_>| match runner {
            // What its own module does has been done where it was needed.
            Runner::Load(place) if place.file == bound.file => {}
            Runner::Load(place) => {
                found.insert((place.file.clone(), place.span.start), place.clone());
            }
            Runner::Function(text, function) => {
                if seen.insert((text.path.clone(), function.clone())) {
                    next.push((Arc::clone(text), function.clone()));
                }
            }
        };
        let mut first = None;
        let mut done = self.done(bound.file, bound.name, look);
        if matches!(holds, Holds::Class(_)) && look == Look::All {
            self.add_derived(&mut done);
        }
        for done in done {
            if self.changes(&holds, &done) {
                first.get_or_insert_with(|| done.place());
                by(&done.runner(), &mut next);
            }
        }
        let mut steps = 0;
        while let Some((text, function)) = next.pop() {
            steps += 1;
            if steps > FUNCTIONS {
                return first.into_iter().collect();
            }
            self.runners(&text, &function).iter().for_each(|runner| by(runner, &mut next));
        }
        found.into_values().collect()
    }

    /// Adds what is done to the classes that are derived from a class: to call them calls its
    /// methods.
    fn add_derived(&mut self, found: &mut Vec<Done>) {
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        let mut next = 0;
        while let Some(done) = found.get(next) {
            next += 1;
            let is_derived = done.deed.act == Act::Derive && done.to.rest.is_empty();
            let (true, None, Some(derived)) = (is_derived, &done.deed.by, &done.deed.derived)
            else {
                continue;
            };
            let (path, derived) = (done.text.path.clone(), derived.clone());
            if !seen.insert((path.clone(), derived.clone())) {
                continue;
            }
            let further = self.done(&path, &derived, Look::All).into_iter();
            found.extend(further.filter(|done| {
                let is_meant = matches!(done.deed.act, Act::Call | Act::Derive);
                is_meant && !done.is_any() && !done.to.rest.contains('.')
            }));
        }
    }

    fn changes(&mut self, holds: &Holds, done: &Done) -> bool {
        let act = done.deed.act;
        if done.is_any() {
            let changes = is_changing(last(&done.to.rest));
            return matches!(act, Act::Set | Act::Change) || act == Act::Call && changes;
        }
        let (text, path) = (&done.text, &done.to.rest);
        match (&done.deed.to, act) {
            (Some(to), Act::Give) => self.effects().is_changed_by(holds, text, to, path),
            (Some(_), Act::Keep) => *holds == Holds::Collection && path.is_empty(),
            _ => self.effects().changes(holds, act, path),
        }
    }

    pub(super) fn effects(&mut self) -> Effects<'_> {
        Effects { modules: self.modules, known: self.known, seen: Seen::new(), depth: 0 }
    }

    /// What is done to what has this name in the text at `path`, or to whatever that has.
    pub(super) fn done(&mut self, path: &str, name: &str, look: Look) -> Vec<Done> {
        let mut found = self.done_to(path, name, look).to_vec();
        if look == Look::Sets {
            found.retain(|done| done.deed.act != Act::Name);
            return found;
        }
        // `register = names.append`
        let mut seen = BTreeSet::new();
        let mut next = 0;
        while let Some(done) = found.get(next) {
            next += 1;
            let (Act::Name, false, Some(other)) =
                (done.deed.act, done.is_any(), &done.deed.derived)
            else {
                continue;
            };
            let (text, other, of) = (Arc::clone(&done.text), other.clone(), done.to.rest.clone());
            let done_span = done.deed.span;
            let of = match self.of_new(path, name, &of) {
                Some(of) => of,
                None => continue,
            };
            for to in made(self.modules, &text, &other) {
                let is_own =
                    to.text.path == path && to.name == name && behind(&to.rest, &of).is_some();
                let key = (to.text.path.clone(), to.name.clone(), to.rest.clone(), of.clone());
                if is_own || !seen.insert(key) || seen.len() > NAMES {
                    continue;
                }
                let mut acts = self.done_to(&to.text.path, &to.name, Look::All).to_vec();
                if !to.rest.is_empty() {
                    acts.extend(self.of_objects(&to, done_span));
                }
                for mut done in acts {
                    let is_new_name = done.deed.act == Act::Set && done.to.rest == to.rest;
                    let taken = behind(&done.to.rest, &to.rest).map(str::to_owned);
                    if let (Some(taken), false, false) = (taken, is_new_name, done.is_any()) {
                        done.to.rest = join(&of, &taken);
                        found.push(done);
                    }
                }
            }
        }
        found.retain(|done| done.deed.act != Act::Name);
        found
    }

    /// What is done to an attribute of a class by way of its objects, and by its methods.
    fn of_objects(&mut self, attribute: &Made, span: Span) -> Vec<Done> {
        let Made { text, name, rest } = attribute;
        let deeds = self.known.deeds_of(text);
        let Some(class) = deeds.classes.get(name).filter(|_| self.depth < OBJECTS) else {
            return Vec::new();
        };
        self.depth += 1;
        let mut found = self.done(&text.path, name, Look::All);
        self.depth -= 1;
        found.retain_mut(|done| match behind(&done.to.rest, GIVEN) {
            Some(of_object) => {
                done.to.rest = of_object.to_owned();
                true
            }
            None => false,
        });
        for (method, what) in &class.methods {
            for touch in what.own.iter().filter(|touch| behind(&touch.path, rest).is_some()) {
                let by = Some(Function { class: Some(name.clone()), name: method.clone() });
                let (act, path) = (touch.act, touch.path.clone());
                let deed = Deed { act, path, span, by, derived: None, to: touch.to.clone() };
                let to =
                    Made { text: Arc::clone(text), name: name.clone(), rest: touch.path.clone() };
                found.push(Done { text: Arc::clone(text), deed, to });
            }
        }
        found
    }

    /// What is taken of a thing that another name is given to, where that is followed: what its
    /// methods give only if that is its object.
    pub(super) fn of_new(&mut self, path: &str, name: &str, of: &str) -> Option<String> {
        let begins = if of == GIVEN || of.starts_with("().") { GIVEN } else { "" };
        let text = self.text_of(path)?;
        let is_class = self.known.deeds_of(&text).classes.contains_key(name);
        if !begins.is_empty() && !is_class {
            return None;
        }
        let of = if is_class { of.to_owned() } else { of_collection(of) };
        let mut rest = behind(&of, begins)?;
        while is_given(rest) {
            let (method, behind_method) = root(rest);
            rest = behind(behind_method, GIVEN)?;
            let classes = self.effects().with_bases((Arc::clone(&text), name.to_owned()));
            if !self.effects().gives(&classes, method).contains("") {
                return None;
            }
            if begins.is_empty() {
                // A new object of the class.
                return Some(join(GIVEN, rest)).filter(|_| !is_given(rest));
            }
        }
        Some(join(begins, rest))
    }

    fn text_of(&self, path: &str) -> Option<Arc<Text>> {
        self.known.uses.only(path).and_then(|at| self.texts.get(at)).cloned()
    }

    /// The same, without what is done by way of other names.
    fn done_to(&mut self, path: &str, name: &str, look: Look) -> Arc<[Done]> {
        let key = (path.to_owned(), name.to_owned(), look);
        if let Some(known) = self.known.done.get(&key) {
            return Arc::clone(known);
        }
        let found: Arc<[Done]> = self.look_for(path, name, look).into();
        self.known.done.insert(key, Arc::clone(&found));
        found
    }

    /// The texts that import what has this name in the text at `path`, under whatever name.
    fn having(&self, path: &str, name: &str, names: &BTreeSet<String>) -> BTreeSet<usize> {
        let by_name = self.known.uses.importing(names).into_iter();
        let by_star = self.known.uses.with_stars();
        let by_star = by_star.flat_map(|at| names.iter().map(move |name| (at, name.clone())));
        let is_meant = |(at, bound): &(usize, String)| {
            let made = self.texts.get(*at).map(|text| self.modules.made(text, bound));
            let mut made = made.into_iter().flatten();
            made.any(|made| made.text.path == path && made.name == name)
        };
        by_name.chain(by_star).filter(is_meant).map(|(at, _)| at).collect()
    }

    fn look_for(&mut self, path: &str, name: &str, look: Look) -> Vec<Done> {
        let names = self.known.uses.names_for(name);
        // A function without a name is mentioned where it is.
        let is_lambda = name.starts_with('<');
        let mut all = match is_lambda {
            true => BTreeSet::new(),
            false => self.known.uses.around(path),
        };
        all.extend(self.known.uses.only(path));
        // A new value for a name that was imported is none for its module.
        if look != Look::Sets {
            for at in self.having(path, name, &names) {
                let Some(text) = self.texts.get(at) else { continue };
                // Others may have it from there.
                all.extend(self.known.uses.around(&text.path));
                all.insert(at);
            }
        }
        let mut found = Vec::new();
        for at in all {
            let Some(text) = self.texts.get(at) else { continue };
            let acts = is_lambda
                || self.known.uses.is_dynamic(at)
                || names.iter().any(|name| may_act(&text.text, name, look));
            if !acts {
                continue;
            }
            for deed in self.known.deeds_of(text).to(&names) {
                let found_for = made(self.modules, text, &deed.path).into_iter();
                let meant = found_for.filter(|to| {
                    to.text.path == path
                        && (to.name == name || matches!(&*to.name, "*" | "__dict__"))
                });
                found.extend(meant.map(|to| Done {
                    text: Arc::clone(text),
                    deed: deed.clone(),
                    to,
                }));
            }
        }
        found
    }
}
