//! What can be reached from a function of a revision, by the text.
//!
//! The module's top level is run for real, so that the names of the module have their values; the
//! bodies of functions are only walked. A local name that is bound once has the value it is bound
//! to where that can be told (a connection, a dialect, a text); every other value is unknown.
//! Conditions of known values (`bind.dialect.name == "sqlite"`, `is_offline_mode()`) choose their
//! branch; of the others both are walked.

mod expression;
mod import;
mod statement;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use limbeck_schema::Dialect;

use crate::eval::Error;
use crate::eval::Function;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Place;
use crate::eval::Result;
use crate::eval::Start;
use crate::eval::Value;
use crate::python::Comprehension;
use crate::python::Expr;
use crate::python::FunctionDef;
use crate::python::Parameters;
use crate::python::Span;
use crate::sa::Migration;
use crate::sa::Trial;

use super::PythonNeeded;
use super::Subject;
use super::names::Bindings;
use super::names::FileNames;
use super::samples::Samples;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) findings: Vec<Finding>,
    pub(super) leaves_transaction: Option<Place>,
}

/// Something that limbeck does not run.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) needed: PythonNeeded,
    /// Whether it runs where a statement of a trial fails: in a handler of a function that some
    /// trial has called, or in what such a handler mentions.
    pub(super) is_in_handler: bool,
}

/// What is known of a value.
#[derive(Debug, Clone)]
enum Known {
    /// The value itself, or one that has the same attributes.
    Value(Value),
    /// Nothing.
    Nothing,
    /// Reading the name is not supported.
    Failed(PythonNeeded),
}

/// What walks run in: an interpreter with the modules that every walk needs, and nothing else when
/// one begins.
#[derive(Debug)]
pub(super) struct Ground {
    interp: Interpreter,
    start: Start,
}

impl Ground {
    fn new(mut interp: Interpreter) -> Result<Self> {
        // Values of these classes come from rows without an import.
        for name in ["datetime", "decimal", "uuid"] {
            if interp.has_native_module(name) {
                interp.load_module(name)?;
            }
        }
        drop(Samples::new(&mut interp)?);
        interp.reset_steps();
        let start = interp.start();
        Ok(Self { interp, start })
    }
}

/// Walks from the function of a revision. The walks of several revisions have one `ground`; what
/// the trials have parsed is not parsed again.
pub(super) fn walk(
    subject: &Subject<'_>,
    trials: Option<&Interpreter>,
    ground: &mut Option<Ground>,
) -> Walked {
    let trial = Trial::new(Vec::new());
    let migration =
        Migration::live(subject.target.clone(), subject.naming.clone(), Box::new(trial));
    let host = (subject.host)(migration);
    let made = match ground.take() {
        Some(mut ground) => {
            ground.interp.back_to(&ground.start);
            drop(ground.interp.replace_host(host));
            Ok(ground)
        }
        None => {
            let mut interp = (subject.interpreter)(host);
            if let Some(trials) = trials {
                interp.share_parsed(trials);
            }
            Ground::new(interp)
        }
    };
    // A file that cannot be loaded fails in the trial as well.
    let Ok(made) = made else { return Walked::default() };
    let made = ground.insert(made);
    let called = trials.and_then(|trials| trials.called.as_ref());
    walk_in(&mut made.interp, &made.start, subject, called).unwrap_or_default()
}

fn walk_in(
    interp: &mut Interpreter,
    start: &Start,
    subject: &Subject<'_>,
    called: Option<&HashSet<usize>>,
) -> Result<Walked> {
    let module = interp.run_file("revision", subject.file, subject.source)?;
    let samples = Samples::new(interp)?;
    let methods = interp.attribute_names(start);
    let mut walker = Walker {
        interp,
        samples,
        start,
        methods,
        dialect: subject.target.dialect(),
        walked: Walked::default(),
        seen: HashSet::new(),
        called,
        is_called: true,
        files: HashSet::new(),
        waiting: Vec::new(),
        module: Rc::clone(&module),
        globals: BTreeSet::new(),
        scopes: Vec::new(),
        handlers: 0,
    };
    for skipped in Interpreter::skipped(&module) {
        walker.add(skipped.into());
    }
    walker.enter(&module);
    let own = Value::Module(Rc::clone(&module));
    if let Ok(Some(function)) = walker.interp.find_attribute(&own, subject.function) {
        walker.reach(&function);
    }
    while let Some((function, in_handler)) = walker.waiting.pop() {
        walker.handlers = u32::from(in_handler);
        walker.is_called = in_handler || walker.was_called(function.address());
        walker.function(&function);
    }
    Ok(walker.walked)
}

/// Attributes that are called on values of SQLAlchemy and have no class of their own here.
const FRAMEWORK: &[&str] = &["c", "columns", "_mapping"];

struct Walker<'i> {
    interp: &'i mut Interpreter,
    samples: Samples,
    start: &'i Start,
    /// Names that classes have which have come since the start.
    methods: BTreeSet<String>,
    dialect: Dialect,
    walked: Walked,
    /// Functions, by the place of their text.
    seen: HashSet<(usize, bool)>,
    /// Those that trials have called.
    called: Option<&'i HashSet<usize>>,
    /// Whether the function that is walked is one that trials have called, or runs in a handler.
    is_called: bool,
    files: HashSet<usize>,
    waiting: Vec<(Rc<Function>, bool)>,
    module: Rc<Module>,
    /// Names of the module that functions bind anew.
    globals: BTreeSet<String>,
    scopes: Vec<Scope>,
    /// How many `except` blocks are around.
    handlers: u32,
}

/// The names of a function or comprehension.
#[derive(Debug, Default)]
struct Scope {
    bindings: Bindings,
    known: BTreeMap<String, Known>,
}

impl Scope {
    fn of_comprehension(clauses: &[Comprehension]) -> Self {
        let mut bindings = Bindings::default();
        for clause in clauses {
            bindings.target(&clause.target);
            // Another one each time.
            bindings.target(&clause.target);
        }
        Self { bindings, known: BTreeMap::new() }
    }
}

impl Walker<'_> {
    /// Whether a trial has called a function; the functions of a trial that nobody has watched count
    /// as called.
    fn was_called(&self, function: usize) -> bool {
        self.called.is_none_or(|called| called.contains(&function))
    }

    /// Whether what is walked runs where a statement fails. Code of which the trials have proven all
    /// ways comes to no handler of a function that none of them calls: to that of a type's
    /// `process_result_value()`, where no row is read.
    const fn is_in_handler(&self) -> bool {
        self.handlers > 0 && self.is_called
    }

    fn add(&mut self, needed: PythonNeeded) {
        let is_in_handler = self.is_in_handler();
        self.walked.findings.push(Finding { needed, is_in_handler });
    }

    fn find(&mut self, span: Span, construct: impl Into<String>) {
        let place = self.module.place(span);
        self.add(PythonNeeded { place, construct: construct.into() });
    }

    fn leaves(&mut self, span: Span) {
        if self.walked.leaves_transaction.is_none() {
            self.walked.leaves_transaction = Some(self.module.place(span));
        }
    }

    /// The outcome of a lookup at a place.
    fn outcome(&mut self, span: Span, result: Result<Option<Value>>) -> Known {
        match result {
            Ok(Some(value)) => {
                self.reach(&value);
                Known::Value(value)
            }
            Ok(None) => Known::Nothing,
            Err(error) => {
                if let Error::Unsupported(failed) = *error {
                    if failed.place.file.is_empty() {
                        self.find(span, failed.what);
                    } else {
                        self.add(failed.into());
                    }
                }
                Known::Nothing
            }
        }
    }

    /// Something of the project that is mentioned is walked as well.
    fn reach(&mut self, value: &Value) {
        match value {
            Value::Function(function) => {
                if function.module.file.is_empty() {
                    return;
                }
                self.enter(&Rc::clone(&function.module));
                let in_handler = self.is_in_handler();
                let text = function.address();
                // What has run outside of handlers needs no second look inside of them.
                let has_run = self.seen.contains(&(text, false)) && self.was_called(text);
                if has_run || !self.seen.insert((text, in_handler)) {
                    return;
                }
                self.waiting.push((Rc::clone(function), in_handler));
            }
            Value::Method(method) => {
                let function = method.function.clone();
                self.reach(&function);
            }
            Value::Class(class) if class.traits.is_python => {
                let values: Vec<Value> =
                    class.attributes.borrow().iter().map(|(_, value)| value.clone()).collect();
                for value in values.iter().filter(|it| matches!(it, Value::Function(_))) {
                    self.reach(value);
                }
            }
            Value::Instance(instance) => {
                let class = Value::Class(instance.class());
                self.reach(&class);
            }
            _ => {}
        }
    }

    /// Learns the names of a file.
    fn enter(&mut self, module: &Rc<Module>) {
        let Some(tree) = module.tree() else { return };
        if self.files.insert(Arc::as_ptr(tree) as usize) {
            let names = FileNames::of(tree);
            self.methods.extend(names.methods);
            self.globals.extend(names.globals);
        }
    }

    fn function(&mut self, function: &Rc<Function>) {
        self.module = Rc::clone(&function.module);
        // The scopes of functions around it are gone: their names are unknown.
        self.scopes.clear();
        if let Some(definition) = function.definition() {
            let definition = Arc::clone(definition);
            self.definition(&definition);
        } else if let Some((parameters, body)) = function.lambda() {
            let (parameters, body) = (Arc::clone(parameters), Arc::clone(body));
            self.lambda(&parameters, &body);
        }
    }

    fn lambda(&mut self, parameters: &Parameters, body: &Expr) {
        self.scopes
            .push(Scope { bindings: Bindings::of(Some(parameters), &[]), known: BTreeMap::new() });
        self.expr(body);
        self.scopes.pop();
    }

    fn definition(&mut self, function: &FunctionDef) {
        let bindings = Bindings::of(Some(&function.parameters), &function.body);
        self.scopes.push(Scope { bindings, known: BTreeMap::new() });
        self.block(&function.body);
        self.scopes.pop();
    }

    /// Whether some class has an attribute of this name.
    fn is_attribute(&self, name: &str) -> bool {
        FRAMEWORK.contains(&name)
            || self.start.attributes.contains(name)
            || self.methods.contains(name)
    }

    fn bind(&mut self, name: &str, value: Known) {
        let Some(scope) = self.scopes.last_mut() else { return };
        if scope.bindings.counts.get(name) == Some(&1) && !scope.bindings.elsewhere.contains(name) {
            scope.known.insert(name.to_owned(), value);
        }
    }

    fn name(&mut self, span: Span, name: &str) -> Known {
        for scope in self.scopes.iter().rev() {
            if scope.bindings.elsewhere.contains(name) {
                return Known::Nothing;
            }
            if scope.bindings.counts.contains_key(name) {
                return match scope.known.get(name) {
                    Some(Known::Failed(failed)) => {
                        let failed = failed.clone();
                        self.add(failed);
                        Known::Nothing
                    }
                    Some(known) => known.clone(),
                    None => Known::Nothing,
                };
            }
        }
        let module = Value::Module(Rc::clone(&self.module));
        let found = self.interp.find_attribute(&module, name);
        if matches!(found, Ok(None)) {
            return self.interp.builtin(name).map_or(Known::Nothing, Known::Value);
        }
        let known = self.outcome(span, found);
        // It may be another value by then.
        if self.globals.contains(name) { Known::Nothing } else { known }
    }
}
