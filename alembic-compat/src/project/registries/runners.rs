//! What makes the functions of a project run.

use std::sync::Arc;

use super::super::overrides::modules::Text;
use super::deeds::Act;
use super::deeds::Function;
use super::near::Look;
use super::path::GIVEN;
use super::path::join;
use super::path::plain;
use super::search::Done;
use super::search::Runner;
use super::search::Search;
use super::words::is_operator;

/// Special methods that run when something is done to an object after it has been made.
const CALLED: [&str; 5] = ["__aenter__", "__aexit__", "__call__", "__enter__", "__exit__"];

impl Search<'_> {
    /// What calls a function, or makes Python call it.
    pub(super) fn runners(&mut self, text: &Arc<Text>, function: &Function) -> Arc<[Runner]> {
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
        let done = self.done(&text.path, name, Look::All);
        let calls = done.into_iter().filter(|done| done.to.rest.is_empty() && self.calls(done));
        calls.map(|done| done.runner()).collect()
    }

    /// Whether a function is called by what is done to it.
    fn calls(&mut self, done: &Done) -> bool {
        match (done.deed.act, &done.deed.to) {
            (Act::Call, _) => true,
            (Act::Give, Some(to)) => self.effects().is_run_by(&done.text, to, ""),
            _ => false,
        }
    }

    fn of_method(&mut self, text: &Arc<Text>, class: &str, method: &str) -> Vec<Runner> {
        let deeds = self.known.deeds_of(text);
        let is_metaclass = deeds.classes.get(class).is_some_and(|class| class.is_metaclass);
        let is_special = method.starts_with("__");
        let is_hook = is_metaclass || method == "__init_subclass__";
        let called = if method == "__call__" { GIVEN } else { method };
        let mut found = Vec::new();
        let mut done = self.done(&text.path, class, Look::Calls);
        done.retain(|done| !done.is_any());
        for done in &done {
            let is_of_class = done.to.rest.is_empty();
            let of_object = self.of_new(&text.path, class, &done.to.rest);
            let path = plain(of_object.as_deref().unwrap_or(&done.to.rest));
            match done.deed.act {
                Act::Call if is_of_class && is_special && !is_hook => found.push(done.runner()),
                Act::Call | Act::Give
                    if (done.to.rest == called || path == called) && self.calls(done) =>
                {
                    found.push(done.runner());
                }
                Act::Give if done.to.rest == GIVEN => {
                    let (of, to) = (&done.text, done.deed.to.as_ref());
                    if to.is_some_and(|to| self.effects().is_run_by(of, to, method)) {
                        found.push(done.runner());
                    }
                }
                Act::Derive if is_of_class => {
                    if is_hook {
                        found.push(done.runner());
                    }
                    // The derived class has the method, too.
                    let inherited = if is_metaclass { "__init_subclass__" } else { method };
                    if let (Some(derived), None) = (&done.deed.derived, &done.deed.by) {
                        found.push(function(&done.text, derived, inherited));
                        let deeds = self.known.deeds_of(&done.text);
                        let of_super = format!("super.{method}");
                        let callers = deeds.classes.get(derived);
                        let callers = callers.into_iter().flat_map(|it| it.callers_of(&of_super));
                        let callers = callers.filter(|it| *it != inherited);
                        found.extend(callers.map(|caller| function(&done.text, derived, caller)));
                    }
                }
                _ => {}
            }
        }
        if is_special && !CALLED.contains(&method) && !is_operator(method) {
            return found;
        }
        // A class may have its own method in place of the one that its base calls.
        let bases = self.effects().with_bases((Arc::clone(text), class.to_owned()));
        for (base, name) in bases {
            let deeds = self.known.deeds_of(&base);
            let callers = deeds.classes.get(&name).into_iter();
            let callers = callers.flat_map(|it| it.callers_of(method));
            found.extend(callers.map(|caller| function(text, class, caller)));
        }
        self.of_attributes(&done, method, &mut found);
        found
    }

    /// Adds what calls a method of an attribute that a class makes, given what is done to the class
    /// of that.
    fn of_attributes(&mut self, of_class: &[Done], method: &str, found: &mut Vec<Runner>) {
        for Done { text, deed, to } in of_class {
            if deed.act != Act::Call || !to.rest.is_empty() {
                continue;
            }
            let deeds = self.known.deeds_of(text);
            let owners = deeds.classes.iter().filter(|(name, _)| {
                deed.by.as_ref().is_none_or(|by| by.class.as_ref() == Some(*name))
            });
            for (owner, class) in owners {
                let made = class.made.iter().chain(&class.made_of_objects);
                for (attribute, _) in made.filter(|(_, maker)| **maker == deed.path) {
                    let path = join(attribute, method);
                    let callers = class.callers_of(&path);
                    found.extend(callers.map(|caller| function(text, owner, caller)));
                    for done in self.done(&text.path, owner, Look::Calls) {
                        if done.deed.act == Act::Call && plain(&done.to.rest) == path {
                            found.push(done.runner());
                        }
                    }
                }
            }
        }
    }
}

fn function(text: &Arc<Text>, class: &str, name: &str) -> Runner {
    let function = Function { class: Some(class.to_owned()), name: name.to_owned() };
    Runner::Function(Arc::clone(text), function)
}
