//! What other modules of the project do to what a module of it binds.
//!
//! Python runs every module that is imported, also by modules that are imported; here only what is
//! needed runs. A list to which another module adds, when it is loaded, would lack what was added:
//! so a name of which the texts of the imported modules say that they may change it is not
//! supported. What `env.py` and other revisions import is not looked at.

use std::collections::BTreeSet;
use std::collections::HashSet;
use std::rc::Rc;

use crate::project::imports::Imports;

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
use super::outside::Mentions;
use super::outside::Outside;
use super::outside::What;
use super::outside::hook_of;
use super::parsed::Texts;
use super::sources::Closure;
use super::sources::Judged;
use super::sources::Source;
use super::sources::Uses;
use super::value::Value;

/// The modules that Python would have loaded.
#[derive(Debug)]
pub(super) struct Reached {
    /// The loaded modules that were looked at.
    names: BTreeSet<String>,
    /// The modules from which imports were followed.
    roots: BTreeSet<String>,
    /// The same in one text.
    key: Rc<str>,
    /// What these import.
    closures: Vec<Rc<Closure>>,
}

impl Default for Reached {
    fn default() -> Self {
        Reached {
            names: BTreeSet::new(),
            roots: BTreeSet::new(),
            key: Rc::from(""),
            closures: Vec::new(),
        }
    }
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
        let mut own = None;
        for (name, _) in names {
            let value = match module.globals.borrow().get(name) {
                None | Some(Value::Module(_) | Value::Deferred(_)) => continue,
                Some(value) => value.clone(),
            };
            if own.is_none() {
                self.reach_imports()?;
                let source = self.texts.source(&module.name).flatten();
                own = source.map(|source| Near::new(&source, &self.texts));
            }
            // What comes from another module is looked at there.
            if own.as_ref().is_some_and(|own| own.does.imported.contains_key(name)) {
                continue;
            }
            let judged = Judged {
                module: module.name.to_string(),
                name: name.clone(),
                kind: std::mem::discriminant(&value),
                roots: Rc::clone(&self.reached.key),
            };
            let known = self.texts.sources().judged(&judged);
            let found = match known {
                Some(known) => known,
                None => {
                    let found = self.changed_elsewhere(module, own.as_ref(), name, &value)?;
                    self.texts.sources().keep_judged(judged, found.clone());
                    found
                }
            };
            if let Some(place) = found {
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
        own: Option<&Near>,
        name: &str,
        value: &Value,
    ) -> Result<Option<Place>> {
        self.charge(1)?;
        let changes = can_change(value);
        // What cannot change can only be set, by its module's name.
        let mut further = self.sources_having(name, |uses| changes || uses.is_set);
        let mut near: Vec<Near> = own.cloned().into_iter().collect();
        let mut met: HashSet<String> = HashSet::from([module.name.to_string()]);
        let mut asked: BTreeSet<String> = BTreeSet::new();
        loop {
            for source in further.drain(..) {
                if met.insert(source.module.name.to_string()) {
                    self.charge_parsing(&source)?;
                    near.push(Near::new(&source, &self.texts));
                }
            }
            if asked.is_empty() && !may_be_changed(own, &near, name, value) {
                return Ok(None);
            }
            self.charge(1 + near.len() as u64)?;
            let mut changers =
                Changers { name, value, own: module, names: BTreeSet::new(), reached: &near };
            changers.find();
            for changer in &changers.names {
                if asked.insert((*changer).to_owned()) {
                    further.extend(self.sources_having(class_of(changer), |_| true));
                }
            }
            for to in changers.given() {
                if asked.insert(format!("def {to}")) {
                    further.extend(self.sources_having(to, |uses| uses.is_defined));
                }
            }
            further.retain(|source| !met.contains(source.module.name.as_str()));
            if further.is_empty() {
                return Ok(changers.place());
            }
        }
    }

    /// The modules that Python would have loaded whose texts have a word.
    fn sources_having(&self, word: &str, is_meant: impl Fn(Uses) -> bool) -> Vec<Rc<Source>> {
        let mut sources = self.texts.sources_having(word, is_meant);
        let closures = &self.reached.closures;
        sources.retain(|source| closures.iter().any(|closure| closure.contains(&source.at)));
        sources
    }

    fn charge_parsing(&mut self, source: &Source) -> Result<()> {
        let length = source.module.source.len() as u64;
        if source.is_parsed() { Ok(()) } else { self.charge(length / 16) }
    }

    /// Finds every module that the loaded ones import, and that these import.
    fn reach_imports(&mut self) -> Result<()> {
        let loaded = self.modules.iter().filter(|(name, module)| {
            module.tree.is_some() && !module.file.is_empty() && !self.reached.names.contains(*name)
        });
        let loaded: Vec<(String, Rc<Module>)> =
            loaded.map(|(name, module)| (name.clone(), Rc::clone(module))).collect();
        if loaded.is_empty() {
            return Ok(());
        }
        for (name, module) in loaded {
            // What the file of a revision does is done.
            let imports = if module.lazy.is_some() { vec![name.clone()] } else { wanted(&module) };
            for import in imports {
                if !self.reached.roots.contains(&import) {
                    let closure = self.closure_of(&import)?;
                    self.reached.closures.push(closure);
                    self.reached.roots.insert(import);
                }
            }
            self.reached.names.insert(name);
        }
        let roots: Vec<&str> = self.reached.roots.iter().map(String::as_str).collect();
        self.reached.key = Rc::from(roots.join(" "));
        Ok(())
    }

    /// A module, what it imports, and what these import.
    fn closure_of(&mut self, name: &str) -> Result<Rc<Closure>> {
        if let Some(known) = self.texts.sources().closure(name) {
            return Ok(known);
        }
        let mut closure = Closure::new();
        let mut waiting = vec![name.to_owned()];
        while let Some(name) = waiting.pop() {
            self.charge(1)?;
            if let Some(source) = self.source_of(&name)?
                && closure.insert(source.at)
            {
                waiting.extend(source.imports.iter().cloned());
            }
        }
        let closure = Rc::new(closure);
        self.texts.sources().keep_closure(name, Rc::clone(&closure));
        Ok(closure)
    }

    fn source_of(&mut self, name: &str) -> Result<Option<Rc<Source>>> {
        if self.has_native_module(name) {
            return Ok(None);
        }
        if let Some(known) = self.texts.source(name) {
            return Ok(known);
        }
        let source = self.read_source(name)?;
        Ok(self.texts.keep_source(name, source))
    }

    fn read_source(&mut self, name: &str) -> Result<Option<Source>> {
        let ModuleSource::File { path, text, is_package } = self.host.module_source(name)? else {
            return Ok(None);
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        self.charge(text.len() as u64 / 256)?;
        let module = Module {
            file: path.into(),
            source: Rc::from(text),
            is_package,
            ..Module::native(name)
        };
        let imports = wanted(&module);
        Ok(Some(Source::new(module, imports)))
    }
}

/// The name of a function, or of the class of what is called when one is derived.
fn class_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The modules that a module imports, and those that these are in.
fn wanted(module: &Module) -> Vec<String> {
    let package = Some(package_of(module, 1)).filter(|package| !package.is_empty());
    let mut into: BTreeSet<String> = BTreeSet::new();
    let imports = Imports::of(&module.source, package).modules;
    for name in imports.into_iter().chain([module.name.to_string()]) {
        into.extend(name.match_indices('.').map(|(at, _)| name[..at].to_owned()));
        into.insert(name);
    }
    into.remove(module.name.as_str());
    into.into_iter().collect()
}

/// A module that may have to do with a name.
#[derive(Debug, Clone)]
struct Near {
    module: Rc<Module>,
    does: Rc<Outside>,
}

impl Near {
    fn new(source: &Source, texts: &Texts) -> Self {
        Self { module: Rc::clone(&source.module), does: source.does(texts) }
    }
}

/// Whether anything is done at all, in whatever module, that could change a value of this name.
fn may_be_changed(own: Option<&Near>, near: &[Near], name: &str, value: &Value) -> bool {
    let any = |way: fn(&Mentions) -> &HashSet<String>| {
        near.iter().any(|near| way(&near.does.mentions).contains(name))
    };
    let changes = || any(|mentions| &mentions.changes);
    match value {
        Value::List(_) | Value::Dict(_) | Value::Set(_) => changes(),
        Value::Instance(_) => changes() || any(|mentions| &mentions.calls),
        Value::Class(class) if class.traits.is_python => {
            has_hook(class)
                || own.is_some_and(|own| own.does.changes_class.contains(name))
                || changes()
        }
        _ => any(|mentions| &mentions.sets),
    }
}

fn can_change(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Instance(_) => true,
        Value::Class(class) => class.traits.is_python,
        _ => false,
    }
}

/// Who changes what a name stands for.
struct Changers<'r> {
    name: &'r str,
    value: &'r Value,
    /// The module that binds the name.
    own: &'r Rc<Module>,
    /// Functions and classes that change it when they are called.
    names: BTreeSet<&'r str>,
    reached: &'r [Near],
}

impl<'r> Changers<'r> {
    fn find(&mut self) {
        let is_own = |loaded: &&Near| loaded.module.name == self.own.name;
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
                if !is_near(self.name) && !self.names.iter().any(|name| is_near(class_of(name))) {
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

    /// What changes the value when it is loaded.
    fn place(&self) -> Option<Place> {
        let others = self.reached.iter().filter(|loaded| loaded.module.name != self.own.name);
        let mut changing = others.filter_map(|loaded| {
            let action = loaded.does.now.iter().find(|action| self.changes(loaded, action))?;
            Some(loaded.module.place(action.span))
        });
        changing.next()
    }

    /// The functions that the value is given to.
    fn given(&self) -> BTreeSet<&'r str> {
        if !can_change(self.value) {
            return BTreeSet::new();
        }
        let actions = self.reached.iter().flat_map(|loaded| {
            loaded
                .does
                .now
                .iter()
                .chain(loaded.does.later.values().flatten())
                .map(move |action| (loaded, action))
        });
        let given = actions.filter_map(|(loaded, action)| match &action.what {
            What::Given(to)
                if self.stands_at(loaded, action) == action.path.len().checked_sub(1) =>
            {
                Some(to.as_str())
            }
            _ => None,
        });
        given.collect()
    }

    /// Where the name stands in the path of an action.
    fn stands_at(&self, by: &Near, action: &Action) -> Option<usize> {
        let (first, rest) = action.path.split_first()?;
        let original = by.does.imported.get(first);
        let is_own = by.module.name == self.own.name;
        if original.unwrap_or(first) == self.name && (is_own || original.is_some()) {
            return Some(0);
        }
        original?;
        rest.iter().position(|name| name == self.name).map(|at| at + 1)
    }

    /// Whether an action in a module may change the value.
    fn changes(&self, by: &Near, action: &Action) -> bool {
        let Some((first, rest)) = action.path.split_first() else { return false };
        let does = &by.does;
        let is_own = by.module.name == self.own.name;
        let original = does.imported.get(first);
        let is_local = original.is_none();
        let first = original.unwrap_or(first);
        let at = self.stands_at(by, action);
        let last = action.path.len() - 1;
        let is_changer = |name: &String| self.names.contains(name.as_str());
        match &action.what {
            // `module.name = …`
            What::Set if at == Some(last) && (last > 0 || is_own) => true,
            What::Set | What::Changed => at.is_some() && can_change(self.value),
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
                let hook = hook_of(base);
                let is_changer = is_changer(&hook) && (!is_local || does.later.contains_key(&hook));
                let is_self = at == Some(last) && self.tells();
                is_self || is_changer && tells(base)
            }
            What::Given(to) => {
                let changes_given =
                    || self.reached.iter().any(|loaded| loaded.does.changes_given.contains(to));
                at == Some(last) && can_change(self.value) && changes_given()
            }
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
