//! Where what a name stands for is changed when everything is loaded: from what is done to it back
//! to what is loaded.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::BoundName;
use crate::eval::Holds;
use crate::eval::Place;
use crate::python::position;

use super::super::dotted::join;
use super::super::overrides::modules::Made;
use super::super::overrides::modules::Modules;
use super::super::overrides::modules::Text;
use super::Known;
use super::deeds::Act;
use super::deeds::Deed;
use super::deeds::Function;
use super::effects::Effects;
use super::near::Look;
use super::near::may_act;
use super::words::is_changing;

/// A search goes through so many functions. Of what has more callers it is not known that it does
/// not run.
const FUNCTIONS: usize = 5_000;

/// So many further names of a thing are looked at.
const NAMES: usize = 100;

/// Special methods that run when something is done to an object after it has been made.
const CALLED: [&str; 5] = ["__aenter__", "__aexit__", "__call__", "__enter__", "__exit__"];

pub(super) struct Search<'a> {
    texts: &'a [Arc<Text>],
    modules: &'a Modules<'a>,
    known: &'a mut Known,
}

/// Something that a text does to what a name of a text stands for.
struct Done {
    text: Arc<Text>,
    deed: Deed,
    to: Made,
}

impl Done {
    /// Whether it is done to whatever the module has.
    fn is_any(&self) -> bool {
        matches!(&*self.to.name, "*" | "__dict__")
    }

    fn place(&self) -> Place {
        let position = position(&self.text.text, self.deed.span.offset());
        Place { file: self.text.path.clone(), span: self.deed.span, position }
    }

    fn runner(&self) -> Runner {
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
        Search { texts, modules, known }
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
            let changes = is_changing(&done.to.rest);
            return matches!(act, Act::Set | Act::Change) || act == Act::Call && changes;
        }
        self.effects().changes(holds, act, &done.to.rest)
    }

    fn effects(&mut self) -> Effects<'_> {
        Effects { modules: self.modules, known: self.known }
    }

    /// What calls a function, or makes Python call it.
    fn runners(&mut self, text: &Arc<Text>, function: &Function) -> Arc<[Runner]> {
        let key = (text.path.clone(), function.clone());
        if let Some(known) = self.known.runners.get(&key) {
            return Arc::clone(known);
        }
        let found: Arc<[Runner]> = match &function.class {
            None => self.of_function(text, &function.name),
            Some(class) => self.of_method(text, class, &function.name),
        }
        .into();
        self.known.runners.insert(key, Arc::clone(&found));
        found
    }

    fn of_function(&mut self, text: &Arc<Text>, name: &str) -> Vec<Runner> {
        let done = self.done(&text.path, name, Look::All).into_iter();
        let calls = done.filter(|done| done.deed.act == Act::Call && done.to.rest.is_empty());
        calls.map(|done| done.runner()).collect()
    }

    fn of_method(&mut self, text: &Arc<Text>, class: &str, method: &str) -> Vec<Runner> {
        let function = |text: &Arc<Text>, class: &str, name: &str| {
            let function = Function { class: Some(class.to_owned()), name: name.to_owned() };
            Runner::Function(Arc::clone(text), function)
        };
        let deeds = self.known.deeds_of(text);
        let is_metaclass = deeds.classes.get(class).is_some_and(|class| class.is_metaclass);
        let is_special = method.starts_with("__");
        let is_hook = is_metaclass || method == "__init_subclass__";
        let mut found = Vec::new();
        let mut done = self.done(&text.path, class, Look::All);
        done.retain(|done| !done.is_any());
        for done in &done {
            let is_of_class = done.to.rest.is_empty();
            match done.deed.act {
                Act::Call if is_of_class && is_special && !is_hook => found.push(done.runner()),
                Act::Call if done.to.rest == method => found.push(done.runner()),
                Act::Derive if is_of_class => {
                    if is_hook {
                        found.push(done.runner());
                    }
                    // The derived class has the method, too.
                    let inherited = if is_metaclass { "__init_subclass__" } else { method };
                    if let (Some(derived), None) = (&done.deed.derived, &done.deed.by) {
                        found.push(function(&done.text, derived, inherited));
                        let deeds = self.known.deeds_of(&done.text);
                        let callers =
                            deeds.classes.get(derived).map(|it| it.callers_of_super(method));
                        let callers = callers.into_iter().flatten().filter(|it| *it != inherited);
                        found.extend(callers.map(|caller| function(&done.text, derived, caller)));
                    }
                }
                _ => {}
            }
        }
        if is_special && !CALLED.contains(&method) {
            return found;
        }
        let called = if method == "__call__" { "" } else { method };
        for (text, object) in self.objects(&done) {
            let done = self.done(&text.path, &object, Look::All).into_iter();
            let calls = done.filter(|done| done.deed.act == Act::Call && done.to.rest == called);
            found.extend(calls.map(|done| done.runner()));
        }
        for (caller, what) in deeds.classes.get(class).into_iter().flat_map(|it| &it.methods) {
            if what.own.iter().any(|(act, path)| *act == Act::Call && path == method) {
                found.push(function(text, class, caller));
            }
        }
        found
    }

    /// The objects of modules that are made of a class, given what is done to that.
    fn objects(&mut self, of_class: &[Done]) -> Vec<(Arc<Text>, String)> {
        let mut found = Vec::new();
        for Done { text, deed, .. } in of_class {
            if deed.act == Act::Call && deed.by.is_none() {
                let made = &self.known.deeds_of(text).made;
                let objects = made.iter().filter(|(_, maker)| **maker == deed.path);
                found.extend(objects.map(|(name, _)| (Arc::clone(text), name.clone())));
            }
        }
        found
    }

    /// What is done to what has this name in the text at `path`, or to whatever that has.
    fn done(&mut self, path: &str, name: &str, look: Look) -> Vec<Done> {
        let mut found = self.done_to(path, name, look);
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
            let (text, of) = (Arc::clone(&done.text), done.to.rest.clone());
            let (root, attribute) = other.split_once('.').unwrap_or((other, ""));
            let (root, attribute) = (root.to_owned(), attribute.to_owned());
            if !seen.insert((text.path.clone(), other.clone(), of.clone())) || seen.len() > NAMES {
                continue;
            }
            for mut done in self.done_to(&text.path, &root, Look::All) {
                let is_new_name = done.deed.act == Act::Set && done.to.rest == attribute;
                let rest = match attribute.is_empty() {
                    true => Some(&*done.to.rest),
                    false => done
                        .to
                        .rest
                        .strip_prefix(&*attribute)
                        .filter(|rest| rest.is_empty() || rest.starts_with('.')),
                };
                if let (Some(rest), false, false) = (rest, is_new_name, done.is_any()) {
                    let rest = rest.trim_start_matches('.');
                    done.to.rest = if of.is_empty() { rest.to_owned() } else { join(&of, rest) };
                    found.push(done);
                }
            }
        }
        found.retain(|done| done.deed.act != Act::Name);
        found
    }

    fn done_to(&mut self, path: &str, name: &str, look: Look) -> Vec<Done> {
        let names = self.known.uses.names_for(name);
        let mut all = self.known.uses.around(path);
        all.extend(self.known.uses.only(path));
        // A new value for a name that was imported is none for its module.
        if look != Look::Sets {
            for (at, bound) in self.known.uses.importing(&names) {
                let made = self.texts.get(at).map(|text| self.modules.made(text, &bound));
                let mut made = made.into_iter().flatten();
                if made.any(|made| made.text.path == path && made.name == name) {
                    all.insert(at);
                }
            }
        }
        let mut found = Vec::new();
        for at in all {
            let Some(text) = self.texts.get(at) else { continue };
            let acts = self.known.uses.is_dynamic(at)
                || names.iter().any(|name| may_act(&text.text, name, look));
            if !acts {
                continue;
            }
            for deed in self.known.deeds_of(text).to(&names) {
                let made = self.modules.made(text, &deed.path).into_iter();
                let meant = made.filter(|to| {
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
