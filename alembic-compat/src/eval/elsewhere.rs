//! What other modules of the project do to what a module of it binds.
//!
//! Python runs every module that is imported, also by modules that are imported; here only what is
//! needed runs. A list to which another module adds, when it is loaded, would lack what was added:
//! so a name of which the texts of the imported modules say that they may change it is not
//! supported. What `env.py` and other revisions import is not looked at.

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::rc::Rc;

use super::class::Class;
use super::deferred::Deferred;
use super::error::Place;
use super::error::Result;
use super::error::Unsupported;
use super::function::Code;
use super::host::ModuleSource;
use super::import::package_of;
use super::interpreter::Interpreter;
use super::module::Lazy;
use super::module::Module;
use super::outside::Action;
use super::outside::Import;
use super::outside::Outside;
use super::outside::What;
use super::value::Value;

/// A module of the project that Python would have loaded.
#[derive(Debug)]
pub(super) struct Source {
    /// With nothing in it but its text.
    module: Rc<Module>,
    pub(super) does: Rc<Outside>,
    /// The modules that it imports.
    imports: Vec<String>,
}

/// The modules that Python would have loaded.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// The names of all modules that were met.
    names: HashSet<String>,
    sources: Rc<Vec<Rc<Source>>>,
}

impl Interpreter {
    /// Lets those names of a part carry an error that other modules change.
    pub(super) fn look_elsewhere(
        &mut self,
        module: &Rc<Module>,
        lazy: &Lazy,
        part: usize,
    ) -> Result<()> {
        let names = lazy.plan.owners.iter().filter(|(_, of)| **of == part);
        let mut imported = None;
        for (name, _) in names {
            // What comes from another module is looked at there.
            if imported.is_none() {
                self.reach_imports()?;
                imported = self.texts.source(&module.name).flatten();
            }
            if imported.as_ref().is_some_and(|own| own.does.imported.contains_key(name)) {
                continue;
            }
            let value = match module.globals.borrow().get(name) {
                None | Some(Value::Module(_) | Value::Deferred(_)) => continue,
                Some(value) => value.clone(),
            };
            if let Some(place) = self.changed_elsewhere(module, name, &value)? {
                let what = format!("'{name}' of '{}', which another module changes,", module.name);
                let failed = Deferred::Failed(Unsupported { what, place });
                module.set(name.as_str(), Value::Deferred(Rc::new(failed)));
            }
        }
        Ok(())
    }

    fn changed_elsewhere(
        &mut self,
        module: &Rc<Module>,
        name: &str,
        value: &Value,
    ) -> Result<Option<Place>> {
        self.reach_imports()?;
        let reached = Rc::clone(&self.reached.sources);
        self.charge(1 + reached.len() as u64 / 16)?;
        if !self.may_be_changed(module, name, value) {
            return Ok(None);
        }
        self.charge(reached.len() as u64)?;
        let mut changers =
            Changers { name, value, own: module, names: BTreeSet::new(), reached: &reached };
        changers.find();
        for loaded in reached.iter() {
            if loaded.module.name == module.name {
                continue;
            }
            if let Some(action) =
                loaded.does.now.iter().find(|action| changers.changes(loaded, action))
            {
                return Ok(Some(loaded.module.place(action.span)));
            }
        }
        Ok(None)
    }

    /// Whether anything is done at all, in whatever module, that could change a value of this name.
    fn may_be_changed(&self, own: &Module, name: &str, value: &Value) -> bool {
        let changes = || self.texts.mentions(name, |mentions| &mentions.changes);
        match value {
            Value::List(_) | Value::Dict(_) | Value::Set(_) => changes(),
            Value::Instance(_) => {
                changes() || self.texts.mentions(name, |mentions| &mentions.calls)
            }
            Value::Class(class) if class.traits.is_python => {
                let own = self.texts.source(&own.name).flatten();
                has_hook(class)
                    || own.is_some_and(|own| own.does.changes_class.contains(name))
                    || changes()
            }
            _ => self.texts.mentions(name, |mentions| &mentions.sets),
        }
    }

    /// Finds every module that the loaded ones import, and that these import.
    fn reach_imports(&mut self) -> Result<()> {
        let mut waiting: Vec<String> = Vec::new();
        let mut found: Vec<Rc<Source>> = Vec::new();
        let loaded = self.modules.iter().filter(|(name, module)| {
            module.tree.is_some() && !module.file.is_empty() && !self.reached.names.contains(*name)
        });
        let loaded: Vec<(String, Rc<Module>)> =
            loaded.map(|(name, module)| (name.clone(), Rc::clone(module))).collect();
        for (name, module) in loaded {
            if module.lazy.is_some() {
                waiting.push(name);
            } else if let Ok(parsed) = self.texts.parse(&module.source) {
                // What the file of a revision does is done.
                waiting.extend(wanted(&module, &parsed.outside()));
                self.reached.names.insert(name);
            }
        }
        while let Some(name) = waiting.pop() {
            if self.reached.names.contains(&name) {
                continue;
            }
            self.charge(1)?;
            if let Some(source) = self.source_of(&name)? {
                let is_new = |name: &&String| !self.reached.names.contains(*name);
                waiting.extend(source.imports.iter().filter(is_new).cloned());
                found.push(source);
            }
            self.reached.names.insert(name);
        }
        if !found.is_empty() {
            found.extend(self.reached.sources.iter().cloned());
            self.reached.sources = Rc::new(found);
        }
        Ok(())
    }

    fn source_of(&mut self, name: &str) -> Result<Option<Rc<Source>>> {
        if self.has_native_module(name) {
            return Ok(None);
        }
        if let Some(known) = self.texts.source(name) {
            return Ok(known);
        }
        let source = self.read_source(name)?;
        self.texts.keep_source(name, source.clone());
        Ok(source)
    }

    fn read_source(&mut self, name: &str) -> Result<Option<Rc<Source>>> {
        let ModuleSource::File { path, text, is_package } = self.host.module_source(name)? else {
            return Ok(None);
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        // What is no Python fails when it is loaded.
        let Ok(parsed) = self.texts.parse(text) else { return Ok(None) };
        self.charge(text.len() as u64 / 16)?;
        let module = Module {
            file: path.into(),
            source: Rc::clone(&parsed.source),
            is_package,
            ..Module::native(name)
        };
        let does = parsed.outside();
        let imports = wanted(&module, &does);
        Ok(Some(Rc::new(Source { module: Rc::new(module), does, imports })))
    }
}

/// The modules that a module imports.
fn wanted(module: &Module, does: &Outside) -> Vec<String> {
    let mut into: BTreeSet<String> = BTreeSet::new();
    into.extend(module.name.match_indices('.').map(|(at, _)| module.name[..at].to_owned()));
    for Import { level, module: from, names } in &does.imports {
        let from = from.as_deref().unwrap_or_default();
        let from = match *level {
            0 => from.to_owned(),
            level => match (package_of(module, level), from) {
                (package, "") => package.to_owned(),
                (package, from) => format!("{package}.{from}"),
            },
        };
        into.extend(names.iter().filter(|name| *name != "*").map(|name| format!("{from}.{name}")));
        into.extend(from.match_indices('.').map(|(at, _)| from[..at].to_owned()));
        into.insert(from);
    }
    into.into_iter().collect()
}

/// Who changes what a name stands for.
struct Changers<'r> {
    name: &'r str,
    value: &'r Value,
    /// The module that binds the name.
    own: &'r Rc<Module>,
    /// Functions and classes that change it when they are called.
    names: BTreeSet<&'r str>,
    reached: &'r [Rc<Source>],
}

impl<'r> Changers<'r> {
    fn find(&mut self) {
        let is_own = |loaded: &&Rc<Source>| loaded.module.name == self.own.name;
        let own = self.reached.iter().find(is_own);
        if own.is_some_and(|own| own.does.changes_class.contains(self.name)) {
            self.names.insert(self.name);
        }
        loop {
            let before = self.names.len();
            for loaded in self.reached {
                let mentions = &loaded.does.mentions;
                let is_near = |name: &str| {
                    [&mentions.sets, &mentions.changes, &mentions.calls]
                        .iter()
                        .any(|names| names.contains(name))
                };
                if !is_near(self.name) && !self.names.iter().any(|name| is_near(name)) {
                    continue;
                }
                for (name, actions) in &loaded.does.later {
                    if !self.names.contains(name.as_str())
                        && actions.iter().any(|action| self.changes(loaded, action))
                    {
                        self.names.insert(name);
                    }
                }
            }
            if self.names.len() == before {
                return;
            }
        }
    }

    /// Whether an action in a module may change the value.
    fn changes(&self, by: &Source, action: &Action) -> bool {
        let Some((first, rest)) = action.path.split_first() else { return false };
        let does = &by.does;
        let is_own = by.module.name == self.own.name;
        let original = does.imported.get(first);
        let is_local = original.is_none();
        let first = original.unwrap_or(first);
        // Where the name stands in the path.
        let at = if first == self.name && (is_own || !is_local) {
            Some(0)
        } else if is_local {
            None
        } else {
            rest.iter().position(|name| name == self.name).map(|at| at + 1)
        };
        let last = action.path.len() - 1;
        let is_changer = |name: &String| self.names.contains(name.as_str());
        match &action.what {
            // `module.name = …`
            What::Set if at == Some(last) && (last > 0 || is_own) => true,
            What::Set | What::Changed => at.is_some() && self.can_change(),
            What::Called => {
                let through = if is_local {
                    does.later.contains_key(first) && is_changer(first)
                } else {
                    is_changer(first) || rest.iter().any(is_changer)
                };
                through || at.is_some_and(|at| self.method_changes(action.path.get(at + 1)))
            }
            What::Derived => {
                let tells =
                    |name: &str| self.reached.iter().any(|loaded| loaded.does.tells.contains(name));
                let base = if last == 0 { first } else { &action.path[last] };
                let is_changer = is_changer(base) && (!is_local || does.later.contains_key(base));
                let is_self = at == Some(last) && self.tells();
                is_self || is_changer && tells(base)
            }
            What::Given(to) => {
                let changes_given =
                    || self.reached.iter().any(|loaded| loaded.does.changes_given.contains(to));
                at == Some(last) && self.can_change() && changes_given()
            }
        }
    }

    fn can_change(&self) -> bool {
        match self.value {
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Instance(_) => true,
            Value::Class(class) => class.traits.is_python,
            _ => false,
        }
    }

    fn tells(&self) -> bool {
        matches!(self.value, Value::Class(class) if has_hook(class))
    }

    /// Whether a method of the value changes it; without a name, calling it.
    fn method_changes(&self, method: Option<&String>) -> bool {
        let (class, is_class) = match self.value {
            Value::Instance(instance) => (instance.class(), false),
            Value::Class(class) if class.traits.is_python => (Rc::clone(class), true),
            _ => return false,
        };
        let method = match method {
            Some(method) => method.as_str(),
            None if is_class => "__init__",
            None => "__call__",
        };
        changes_receiver(&class, method, is_class, &mut BTreeSet::new())
    }
}

/// Whether a class of the project runs code when another is derived from it.
fn has_hook(class: &Rc<Class>) -> bool {
    let hook = class.lookup_python("__init_subclass__");
    class.traits.is_python && matches!(hook, Some(Value::Function(_) | Value::Native(_)))
}

/// Whether a method changes its object, itself or through others.
fn changes_receiver(
    class: &Rc<Class>,
    method: &str,
    is_class: bool,
    seen: &mut BTreeSet<String>,
) -> bool {
    if !seen.insert(method.to_owned()) {
        return false;
    }
    let function = match class.lookup_python(method) {
        Some(Value::Function(function)) => function,
        _ => return false,
    };
    let Code::Def(def) = &function.code else { return false };
    // A method of an object changes the class where it says so.
    if is_class && method == "__init__" {
        return false;
    }
    let Some(receiver) = def.parameters.iter().next() else { return false };
    let inside = Outside::of(&def.body);
    inside.now.iter().chain(inside.later.values().flatten()).any(|action| {
        let [first, rest @ ..] = action.path.as_slice() else { return false };
        if *first != receiver.name {
            return false;
        }
        match &action.what {
            What::Set | What::Changed => true,
            What::Called => match rest {
                [other] => changes_receiver(class, other, is_class, seen),
                _ => false,
            },
            What::Derived | What::Given(_) => false,
        }
    })
}
