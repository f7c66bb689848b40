//! Names of a project's modules that other modules change when these are loaded.
//!
//! Python runs every module that is imported; here only what is needed runs. The host tells where a
//! module that does not run here would change what a name stands for: the name carries that as an
//! error, and so does what its own module makes of it.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::class::Class;
use super::deferred::Deferred;
use super::error::Unsupported;
use super::host::Bound;
use super::host::Holds;
use super::import::mentioned_names;
use super::interpreter::Interpreter;
use super::module::Lazy;
use super::module::Module;
use super::scope::bound_names;
use super::value::Value;

impl Interpreter {
    /// Lets the names of a part that has run carry an error, where another module changes what they
    /// stand for.
    pub(super) fn refuse_changed(&mut self, module: &Rc<Module>, lazy: &Lazy, part: usize) {
        let names = lazy.plan.owners.iter().filter(|(_, of)| **of == part);
        let mut changed: BTreeSet<&str> = BTreeSet::new();
        let mut readers = None;
        for (name, _) in names {
            let holds = match module.globals.borrow().get(name) {
                None | Some(Value::Module(_) | Value::Deferred(_)) => continue,
                Some(value) => holds(value),
            };
            let readers = readers.get_or_insert_with(|| self.readers());
            let bound = Bound { file: &module.file, name, holds, readers };
            if let Some(failed) = self.host.changed(&bound) {
                fail(module, name, failed);
                changed.insert(name);
            }
        }
        if changed.is_empty() {
            return;
        }
        // What is made of it may have been made when it was changed already.
        let tree = module.tree.iter().flat_map(|tree| &tree.body).enumerate();
        let statements = lazy.plan.parts.get(part).map(Vec::as_slice).unwrap_or_default();
        for (_, stmt) in tree.filter(|(at, _)| statements.contains(at)) {
            let of = mentioned_names(stmt).into_iter().find(|name| changed.contains(name));
            let Some(of) = of else { continue };
            let failed = match module.globals.borrow().get(of) {
                Some(Value::Deferred(deferred)) => match &**deferred {
                    Deferred::Failed(failed) => failed.clone(),
                    Deferred::Import { .. } => continue,
                },
                _ => continue,
            };
            for name in bound_names(std::slice::from_ref(stmt)) {
                fail(module, name, failed.clone());
                changed.insert(name);
            }
        }
    }

    /// The files that run as a whole.
    fn readers(&self) -> Vec<String> {
        let modules = self.modules.values().filter(|module| module.lazy.is_none());
        modules.map(|module| module.file.to_string()).filter(|file| !file.is_empty()).collect()
    }
}

fn fail(module: &Module, name: &str, failed: Unsupported) {
    module.set(name, Value::Deferred(Rc::new(Deferred::Failed(failed))));
}

fn holds(value: &Value) -> Holds {
    match value {
        // A tuple may have lists in it.
        Value::Tuple(tuple) if tuple.iter().all(|item| holds(item) == Holds::Other) => Holds::Other,
        Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Tuple(_) | Value::Native(_) => {
            Holds::Collection
        }
        Value::Function(_) => Holds::Function,
        Value::Instance(instance) => Holds::Object(names_of(&instance.class.borrow())),
        Value::Class(class) if class.traits.is_python => Holds::Class(names_of(class)),
        _ => Holds::Other,
    }
}

/// The modules and names of a class and its ancestors, as far as Python code wrote them.
fn names_of(class: &Rc<Class>) -> Vec<(String, String)> {
    let classes = std::iter::once(class).chain(&class.ancestors);
    let of_python = classes.filter(|class| class.traits.is_python);
    of_python.map(|class| (class.module.to_string(), class.name.to_string())).collect()
}
