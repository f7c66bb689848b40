//! The interpreter: its state, limits and errors.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::python;
use crate::python::Span;

use super::class::Class;
use super::error::Error;
use super::error::HostError;
use super::error::Limit;
use super::error::LimitReached;
use super::error::Place;
use super::error::Result;
use super::frame::FrameMark;
use super::host::Host;
use super::limits::Limits;
use super::memory;
use super::module::Module;
use super::namespace::Namespace;
use super::object::Object;
use super::parsed::Texts;
use super::scope::Names;
use super::text::Text;
use super::types::Types;
use super::value::Value;

/// Makes a native module when it is first imported.
pub type ModuleLoader = Box<dyn Fn(&mut Interpreter) -> Result<Rc<Module>>>;

/// Runs Python code.
///
/// Values belong to the thread of the interpreter. Everything is deterministic as far as the
/// [`Host`] is: sets keep the order of insertion, and hashes are the same in every run.
pub struct Interpreter {
    pub(super) host: Box<dyn Host>,
    pub(super) limits: Limits,
    pub(super) steps: u64,
    pub(super) frames: Vec<FrameMark>,
    pub(super) next_frame: u64,
    pub(super) nesting: usize,
    pub(super) stack_base: usize,
    pub(super) types: Rc<Types>,
    pub(super) builtins: Namespace,
    pub(super) modules: BTreeMap<String, Rc<Module>>,
    pub(super) loaders: BTreeMap<String, Rc<ModuleLoader>>,
    /// Native modules whose loader runs.
    pub(super) loading: Vec<String>,
    pub(super) classes: HashMap<TypeId, Rc<Class>>,
    /// Exceptions whose `except` or `finally` runs, innermost last.
    pub(super) handled: Vec<Value>,
    /// Containers whose `repr` is being written.
    pub(super) shown: Vec<usize>,
    /// The names of functions and comprehensions, by the address of their text.
    pub(super) names: HashMap<usize, Rc<Names>>,
    pub(super) interned: HashMap<String, Text>,
    /// What was parsed, by its text. It also keeps the addresses of `names` in use.
    pub(super) texts: Texts,
    /// The functions that were called, by the address of their text, where somebody wants to know.
    pub(crate) called: Option<HashSet<usize>>,
    /// Of which objects only a part is known.
    pub(crate) partial: Option<Partial>,
    /// Says from outside that the code is to stop.
    pub(super) stop: Option<Arc<AtomicBool>>,
}

/// What an interpreter has before code comes to it.
#[derive(Debug, Default)]
pub(crate) struct Start {
    modules: BTreeSet<String>,
    classes: BTreeSet<TypeId>,
    /// The names of the attributes of its classes.
    pub(crate) attributes: BTreeSet<String>,
}

/// What is known of an attribute of the objects of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// The class is not of a package that is only known in part.
    Foreign,
    /// The real objects have it.
    Listed,
    /// They may have it; where it is known here, they have.
    Unknown,
    /// They have it, and what it is there is not known here.
    Hidden,
    /// Some of them have it, and which is not told by the class.
    Varies,
    /// They have not got it.
    Absent,
    /// They have not got it, if it is not one of the names that each object has of its own.
    AbsentUnlessFound,
}

/// Objects of packages that are only known in part: what is asked of the rest is not supported,
/// where a wrong answer would send the code another way.
#[derive(Clone, Copy)]
pub(crate) struct Partial {
    /// What is known of an attribute.
    pub(crate) listing: fn(&mut Interpreter, &Class, &str) -> Listing,
    /// Whether a class stands for several, or has another name.
    pub(crate) is_inexact: fn(&Class) -> bool,
    /// Whether attributes of the objects of a class can be set that are not known.
    pub(crate) takes: fn(&Class) -> bool,
}

impl Interpreter {
    /// An interpreter with the built-in names and no modules.
    #[must_use]
    pub fn new(host: Box<dyn Host>, limits: Limits) -> Self {
        super::generator::forget_given_up();
        let types = Rc::new(Types::new());
        let mut interp = Self {
            host,
            limits,
            steps: 0,
            frames: Vec::new(),
            next_frame: 0,
            nesting: 0,
            stack_base: 0,
            types,
            builtins: Namespace::default(),
            modules: BTreeMap::new(),
            loaders: BTreeMap::new(),
            loading: Vec::new(),
            classes: HashMap::new(),
            handled: Vec::new(),
            shown: Vec::new(),
            names: HashMap::new(),
            interned: HashMap::new(),
            texts: Texts::default(),
            called: None,
            partial: None,
            stop: None,
        };
        super::builtins::install(&mut interp);
        interp
    }

    /// The door to the outside.
    pub fn host(&mut self) -> &mut dyn Host {
        &mut *self.host
    }

    /// Puts another host in place; gives the old one.
    pub fn replace_host(&mut self, host: Box<dyn Host>) -> Box<dyn Host> {
        std::mem::replace(&mut self.host, host)
    }

    /// Lets code stop, with an error that it cannot catch, soon after `flag` is set from another
    /// thread.
    pub fn stop_when(&mut self, flag: Arc<AtomicBool>) {
        self.stop = Some(flag);
    }

    /// Reads files together with another interpreter, before it has read any.
    pub fn share_parsed(&mut self, other: &Self) {
        self.texts = other.texts.clone();
    }

    /// Takes the statements of a text from somebody who has parsed it already.
    pub fn learn_parsed(&mut self, text: &str, tree: &Arc<python::Module>) {
        self.texts.learn(text, tree);
    }

    /// Forgets a module and lets go of its names, so that the next one of that name is another.
    pub fn forget_module(&mut self, name: &str) {
        let Some(module) = self.modules.remove(name) else { return };
        if let Ok(mut globals) = module.globals.try_borrow_mut() {
            let names = std::mem::take(&mut *globals);
            drop(globals);
            drop(names);
        }
    }

    /// What there is now.
    pub(crate) fn start(&self) -> Start {
        Start {
            modules: self.modules.keys().cloned().collect(),
            classes: self.classes.keys().copied().collect(),
            attributes: self.attribute_names(&Start::default()),
        }
    }

    /// Forgets what has come since `start`, as in [`begin_again`](Self::begin_again).
    pub(crate) fn back_to(&mut self, start: &Start) {
        self.begin_again(|name| start.modules.contains(name));
        self.classes.retain(|class, _| start.classes.contains(class));
    }

    /// Forgets every module that is not to be kept, and what a run that failed has left, so that
    /// code finds these modules as in a new interpreter. Steps are counted anew.
    pub fn begin_again(&mut self, is_kept: impl Fn(&str) -> bool) {
        let names: Vec<String> =
            self.modules.keys().filter(|name| !is_kept(name)).cloned().collect();
        for name in names {
            if let Some((package, last)) = name.rsplit_once('.')
                && let Some(package) = self.modules.get(package)
            {
                let attribute = package.globals.borrow_mut().remove(last);
                drop(attribute);
            }
            self.forget_module(&name);
        }
        self.frames.clear();
        self.loading.clear();
        self.handled.clear();
        self.shown.clear();
        self.nesting = 0;
        self.reset_steps();
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// How many steps were done since the last [`Interpreter::reset_steps`].
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Starts counting steps anew: limits are meant for one revision.
    pub const fn reset_steps(&mut self) {
        self.steps = 0;
    }

    /// The classes that the interpreter itself knows.
    #[must_use]
    pub fn types(&self) -> Rc<Types> {
        Rc::clone(&self.types)
    }

    /// Says which class values of the Rust type `T` have.
    pub fn register_class<T: Object>(&mut self, class: Rc<Class>) {
        self.classes.insert(TypeId::of::<T>(), class);
    }

    /// The class of values of the Rust type `T`, as registered; `object` where it was not.
    #[must_use]
    pub fn class_of<T: Object>(&self) -> Rc<Class> {
        self.class_of_type(TypeId::of::<T>())
    }

    pub(super) fn class_of_type(&self, of: TypeId) -> Rc<Class> {
        self.classes.get(&of).unwrap_or(&self.types.object).clone()
    }

    /// Says how a native module is made. It is made when it is first imported. `import a.b` also
    /// imports `a`, which needs a loader of its own.
    pub fn register_module(
        &mut self,
        name: &str,
        loader: impl Fn(&mut Self) -> Result<Rc<Module>> + 'static,
    ) {
        self.loaders.insert(name.to_owned(), Rc::new(Box::new(loader)));
    }

    /// Whether a native module of this name is registered.
    #[must_use]
    pub fn has_native_module(&self, name: &str) -> bool {
        self.loaders.contains_key(name)
    }

    /// Whether what runs belongs to the top of a module of which only what is needed runs.
    #[must_use]
    pub fn runs_by_need(&self) -> bool {
        let top = |frame: &FrameMark| frame.module.lazy.is_some() && *frame.function == *"<module>";
        self.frames.iter().any(top)
    }

    /// A module that was loaded.
    #[must_use]
    pub fn loaded_module(&self, name: &str) -> Option<Rc<Module>> {
        self.modules.get(name).cloned()
    }

    /// A built-in name, such as an exception class.
    #[must_use]
    pub fn builtin(&self, name: &str) -> Option<Value> {
        self.builtins.get(name).cloned()
    }

    /// Adds or replaces a built-in name.
    pub fn set_builtin(&mut self, name: &str, value: Value) {
        let old = self.builtins.set(Text::from(name), value);
        drop(old);
    }

    /// The names of the attributes of every class that has become known since `start`: built-in
    /// and native ones, and those of loaded modules.
    pub(crate) fn attribute_names(&self, start: &Start) -> BTreeSet<String> {
        let mut known: Vec<Rc<Class>> = Vec::new();
        if start.modules.is_empty() {
            let types = &self.types;
            known.extend([
                Rc::clone(&types.object),
                Rc::clone(&types.r#type),
                Rc::clone(&types.int),
                Rc::clone(&types.float),
                Rc::clone(&types.str),
                Rc::clone(&types.bytes),
                Rc::clone(&types.list),
                Rc::clone(&types.tuple),
                Rc::clone(&types.dict),
                Rc::clone(&types.set),
                Rc::clone(&types.frozenset),
            ]);
        }
        let registered = self.classes.iter().filter(|(of, _)| !start.classes.contains(of));
        known.extend(registered.map(|(_, class)| Rc::clone(class)));
        let modules = self.modules.iter().filter(|(name, _)| !start.modules.contains(*name));
        for (_, module) in modules {
            let globals = module.globals.borrow();
            known.extend(globals.iter().filter_map(|(_, value)| match value {
                Value::Class(class) => Some(Rc::clone(class)),
                _ => None,
            }));
        }
        let mut names = BTreeSet::new();
        for class in known.iter().flat_map(Class::order) {
            names.extend(class.attributes.borrow().iter().map(|(name, _)| name.to_string()));
        }
        names
    }

    /// Whether the text of any loaded file has this in it.
    pub(crate) fn has_source_with(&self, text: &str) -> bool {
        let mut files = self.modules.values().filter(|module| !module.file.is_empty());
        files.any(|module| module.source.contains(text))
    }

    /// The exception whose `except` or `finally` runs.
    #[must_use]
    pub fn handled_exception(&self) -> Option<Value> {
        self.handled.last().cloned()
    }

    /// The same text as one shared object.
    pub fn intern(&mut self, name: &str) -> Text {
        if let Some(text) = self.interned.get(name) {
            return text.clone();
        }
        let text = Text::from(name);
        self.interned.insert(name.to_owned(), text.clone());
        text
    }

    /// Where the code is now.
    #[must_use]
    pub fn place(&self) -> Place {
        let Some(frame) = self.frames.iter().rev().find(|frame| !frame.module.file.is_empty())
        else {
            return Place::nowhere();
        };
        Place::new(&frame.module, frame.span)
    }

    /// Notes where the code is.
    pub(super) fn mark(&mut self, span: Span) {
        if let Some(frame) = self.frames.last_mut() {
            frame.span = span;
        }
    }

    /// Counts `steps`, for work of that size.
    ///
    /// # Errors
    /// When the limit of steps or of memory is reached.
    pub fn charge(&mut self, steps: u64) -> Result<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(HostError::new("the code was stopped").into());
        }
        if self.steps > self.limits.steps {
            return Err(self.limit(Limit::Steps(self.limits.steps)));
        }
        if memory::held() > self.limits.memory {
            return Err(self.limit(Limit::Memory(self.limits.memory)));
        }
        Ok(())
    }

    /// Counts one step.
    pub(super) fn step(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps & 63 == 0 || self.steps > self.limits.steps {
            return self.charge(0);
        }
        Ok(())
    }

    /// Says that a text or container of this size is about to be made.
    ///
    /// # Errors
    /// When it is too large.
    pub fn allow_size(&mut self, size: usize, what: &'static str) -> Result<()> {
        if size > self.limits.length {
            return Err(self.limit(Limit::Size(what)));
        }
        self.charge(size as u64 / 8)?;
        if memory::held().saturating_add(size) > self.limits.memory {
            return Err(self.limit(Limit::Memory(self.limits.memory)));
        }
        Ok(())
    }

    /// An error that says which limit was reached.
    #[must_use]
    pub fn limit(&self, limit: Limit) -> Box<Error> {
        Box::new(Error::Limit(LimitReached { limit, place: self.place() }))
    }

    /// Runs something that may come back here through values inside each other. Every recursion of
    /// native code over values goes through this.
    ///
    /// # Errors
    /// When it is too deep, and those of `run`.
    pub fn nested<R>(&mut self, run: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        let here = 0_u8;
        let address = std::ptr::from_ref(&here) as usize;
        if self.nesting == 0 {
            self.stack_base = address;
        } else if self.stack_base.abs_diff(address) > self.limits.stack {
            return Err(self.limit(Limit::Depth));
        }
        self.nesting += 1;
        let result = run(self);
        self.nesting -= 1;
        result
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        // Modules, functions and classes refer to each other in circles.
        for module in self.modules.values() {
            if let Ok(mut globals) = module.globals.try_borrow_mut() {
                let names = std::mem::take(&mut *globals);
                drop(globals);
                drop(names);
            }
        }
    }
}

impl std::fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interpreter").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// Runs something on a thread of its own with a stack for deep recursion, to go with a larger
/// [`Limits::stack`](super::Limits).
///
/// # Errors
/// When the system gives no such thread.
pub fn on_large_stack<R: Send>(bytes: usize, run: impl FnOnce() -> R + Send) -> std::io::Result<R> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, run)?;
        thread.join().map_err(|_| std::io::Error::other("the thread ended in a panic"))
    })
}
