//! Modules: loading files, and `import`.
//!
//! A file whose statements cannot all be run is loaded as far as possible: a name whose statement
//! failed carries the error, which is raised when the name is read. Imports of the project's own
//! modules wait until a name is read as well, except inside `try`, where code asks whether they
//! work.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::python;
use crate::python::ExprKind;
use crate::python::ImportedName;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;

use super::containers::Dict;
use super::deferred::Deferred;
use super::error::Error;
use super::error::Failure;
use super::error::Place;
use super::error::Result;
use super::error::Unsupported;
use super::facts;
use super::frame::Frame;
use super::frame::FrameKind;
use super::host::ModuleSource;
use super::interpreter::Interpreter;
use super::lazy::Skip;
use super::module::Lazy;
use super::module::Module;
use super::scope::bound_names;
use super::statement::Flow;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// Runs a file as a module: every top-level statement, in order. What it cannot run becomes the
    /// error of the names that the statement binds; see [`Interpreter::skipped`] for statements
    /// that bind none.
    ///
    /// # Errors
    /// A `SyntaxError` for what is not Python, exceptions that leave the file, limits.
    pub fn run_file(&mut self, name: &str, path: &str, text: &str) -> Result<Rc<Module>> {
        let module = self.parse_module(name, path, text, false, None)?;
        self.modules.insert(name.to_owned(), Rc::clone(&module));
        self.run_module(&module)?;
        Ok(module)
    }

    /// Runs Python text that belongs to a native module: what it defines has `name` as its module,
    /// and neither places nor tracebacks show it.
    ///
    /// # Errors
    /// As [`Interpreter::run_file`].
    pub fn run_library(&mut self, name: &str, text: &str) -> Result<Rc<Module>> {
        let module = self.parse_module(name, "", text, false, None)?;
        // Under a name that no import has, so that its names are dropped with the interpreter.
        self.modules.insert(format!("{name} (library)"), Rc::clone(&module));
        self.run_module(&module)?;
        Ok(module)
    }

    /// Loads a file as a module of which nothing runs until a name is needed, and nothing at all of
    /// what works with `alembic`: an `env.py`, whose calls at the end start a run.
    ///
    /// # Errors
    /// A `SyntaxError`, limits.
    pub fn load_environment(&mut self, name: &str, path: &str, text: &str) -> Result<Rc<Module>> {
        let module = self.parse_module(name, path, text, false, Some(Skip::Alembic))?;
        // Under a name that no import has.
        self.modules.insert(format!("{name} (environment)"), Rc::clone(&module));
        Ok(module)
    }

    /// The value of an expression as code at the top of a module would have it.
    ///
    /// # Errors
    /// What the expression raises, what is not supported, limits.
    pub fn evaluate_in(&mut self, module: &Rc<Module>, expr: &python::Expr) -> Result<Value> {
        let frame = Frame::new(Rc::clone(module), FrameKind::Module, Text::from(""));
        let name = Text::from("<module>");
        self.in_frame(&frame, &name, |interp| interp.eval(&frame, expr))
    }

    fn parse_module(
        &mut self,
        name: &str,
        path: &str,
        text: &str,
        is_package: bool,
        by_need: Option<Skip>,
    ) -> Result<Rc<Module>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = match self.texts.parse(text) {
            Ok(parsed) => parsed,
            Err(error) => {
                let message = format!("{} ({path}, line {})", error.message, error.position.line);
                return self.raise("SyntaxError", message);
            }
        };
        self.charge(text.len() as u64 / 16)?;
        let lazy = if let Some(skip) = by_need {
            // Finding out takes time by the length of the file.
            self.charge(text.len() as u64 / 4)?;
            Some(Lazy::new(parsed.plan(skip)))
        } else {
            None
        };
        let module = Rc::new(Module {
            name: Text::from(name),
            file: Text::from(path),
            source: Rc::clone(&parsed.source),
            globals: RefCell::default(),
            tree: Some(Arc::clone(&parsed.tree)),
            lazy,
            is_package,
            fallback: None,
            skipped: RefCell::default(),
            failed: RefCell::default(),
        });
        module.set("__name__", Value::str(name));
        module.set("__file__", Value::str(path));
        let package = if is_package { name } else { parent(name) };
        module.set("__package__", Value::str(package));
        if by_need.is_some() {
            let spec = Module::native("__spec__");
            spec.set("name", Value::str(name));
            spec.set("parent", Value::str(package));
            module.set("__spec__", Value::Module(Rc::new(spec)));
        }
        let doc = match module.tree.as_ref().and_then(|tree| tree.body.first()) {
            Some(Stmt { kind: StmtKind::Expr(expr), .. }) => match &expr.kind {
                ExprKind::Str(doc) => Value::str(doc.as_str()),
                _ => Value::None,
            },
            _ => Value::None,
        };
        module.set("__doc__", doc);
        Ok(module)
    }

    fn run_module(&mut self, module: &Rc<Module>) -> Result<()> {
        let Some(tree) = module.tree.clone() else { return Ok(()) };
        let frame = Frame::new(Rc::clone(module), FrameKind::Module, Text::from(""));
        let name = Text::from("<module>");
        self.in_frame(&frame, &name, |interp| {
            tree.body.iter().try_for_each(|stmt| interp.run_top_level(&frame, stmt))
        })
    }

    fn run_top_level(&mut self, frame: &Frame, stmt: &Stmt) -> Result<()> {
        match self.exec(frame, stmt) {
            Ok(Flow::Break | Flow::Continue) => {
                Err(self.unsupported("'break' or 'continue' outside of a loop"))
            }
            Ok(_) => Ok(()),
            Err(error) => match *error {
                Error::Unsupported(failed) => {
                    self.poison(frame, stmt, failed);
                    Ok(())
                }
                // Python would not have the module at all. It is another matter when the exception
                // comes from a difference between this run and one with Python, and only what is
                // needed runs here: who wants a name learns of it.
                other @ Error::Raised(_) if frame.module.lazy.is_some() => {
                    let class = match self.report(&other) {
                        Failure::Raised { class, .. } => class,
                        _ => String::new(),
                    };
                    let what = format!("the module '{}', which raises {class},", frame.module.name);
                    let failed = Unsupported { what, place: self.raised_at(&other, frame, stmt) };
                    self.poison(frame, stmt, failed);
                    Ok(())
                }
                other => Err(Box::new(other)),
            },
        }
    }

    /// Where an exception came from, or else the statement that it left.
    fn raised_at(&mut self, error: &Error, frame: &Frame, stmt: &Stmt) -> Place {
        match self.report(error) {
            Failure::Raised { places, .. } => places.last().cloned(),
            _ => None,
        }
        .unwrap_or_else(|| frame.module.place(stmt.span))
    }

    /// Lets the names that a statement binds carry its error, and those of containers that it
    /// mentions: it may have changed them before it failed.
    fn poison(&mut self, frame: &Frame, stmt: &Stmt, failed: Unsupported) {
        let is_told = !matches!(
            stmt.kind,
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::FunctionDef(_)
        );
        if frame.module.lazy.is_none() && is_told {
            frame.module.failed.borrow_mut().get_or_insert(failed.clone());
        }
        let bound = bound_names(std::slice::from_ref(stmt));
        let failure = Value::Deferred(Rc::new(Deferred::Failed(failed.clone())));
        let mut mentioned = mentioned_names(stmt);
        let at = lazy_statement(&frame.module, stmt);
        let lazy = frame.module.lazy.as_ref();
        if let (Some(at), Some(lazy)) = (at, lazy) {
            mentioned.extend(lazy.plan.changes.get(&at).into_iter().flatten().map(String::as_str));
            if lazy.plan.changes_all.contains(&at) {
                self.poison_all(frame, lazy, &failed);
            }
        }
        let told = at.zip(lazy).and_then(|(at, lazy)| lazy.plan.changes_classes.get(&at));
        for name in mentioned {
            let changeable = match frame.module.globals.borrow().get(name) {
                Some(
                    Value::List(_)
                    | Value::Dict(_)
                    | Value::Set(_)
                    | Value::Instance(_)
                    | Value::Native(_),
                ) => true,
                Some(Value::Class(class)) => {
                    class.traits.is_python && told.is_some_and(|told| told.contains(name))
                }
                _ => false,
            } || self.is_told_of(frame, stmt, name);
            if changeable {
                let name = self.intern(name);
                frame.module.set(name, failure.clone());
            }
        }
        for name in &bound {
            let name = self.intern(name);
            frame.module.set(name, failure.clone());
        }
        if let Some(lazy) = &frame.module.lazy
            && matches!(stmt.kind, StmtKind::ImportFrom { .. })
            && bound.is_empty()
        {
            lazy.star_failed.borrow_mut().get_or_insert(failed.clone());
        }
        if bound.is_empty() || !facts::binds_only(stmt) {
            frame.module.skipped.borrow_mut().push(failed);
        }
    }

    /// Lets every name of a module carry an error: those that are bound, and those that are not.
    fn poison_all(&mut self, frame: &Frame, lazy: &Lazy, failed: &Unsupported) {
        lazy.star_failed.borrow_mut().get_or_insert(failed.clone());
        let bound: Vec<Text> =
            frame.module.globals.borrow().iter().map(|(name, _)| name.clone()).collect();
        let failure = Value::Deferred(Rc::new(Deferred::Failed(failed.clone())));
        for name in bound.into_iter().filter(|name| !name.starts_with("__")) {
            frame.module.set(name, failure.clone());
        }
    }

    /// Whether a name is that of a class of the project which learns of the classes derived from it,
    /// as a mapped class does, and one is derived here.
    fn is_told_of(&self, frame: &Frame, stmt: &Stmt, name: &str) -> bool {
        let StmtKind::ClassDef(derived) = &stmt.kind else { return false };
        let mut above = Names::default();
        for base in &derived.arguments {
            python::walk_expr(base.value(), &mut above);
        }
        above.0.contains(&name)
            && matches!(
                frame.module.globals.borrow().get(name),
                Some(Value::Class(class)) if class.traits.is_python && class.hooks.is_some()
            )
    }

    /// The statements of a module that could not be run and do more than bind names: what they
    /// would have done is missing.
    #[must_use]
    pub fn skipped(module: &Module) -> Vec<Unsupported> {
        module.skipped.borrow().clone()
    }

    /// A class or an assignment at the top of a file that could not be run. Its names carry the
    /// error, but whom else it would have told of itself, as a model tells its metadata, is not
    /// known.
    #[must_use]
    pub fn failed_statement(&self) -> Option<Unsupported> {
        self.modules.values().find_map(|module| module.failed.borrow().clone())
    }

    /// A value that stands for something that is not supported.
    pub(super) fn deferred_failure(&self, what: String) -> Value {
        let failed = Unsupported { what, place: self.place() };
        Value::Deferred(Rc::new(Deferred::Failed(failed)))
    }

    /// What a name stands for that was bound without a value.
    pub(super) fn resolve(
        &mut self,
        frame: &Frame,
        name: &str,
        deferred: &Deferred,
    ) -> Result<Value> {
        let value = self.resolve_deferred(deferred)?;
        // Later reads need not look again.
        if self.load_is_deferred(frame, name) {
            self.store(frame, name, value.clone())?;
        }
        Ok(value)
    }

    fn load_is_deferred(&self, frame: &Frame, name: &str) -> bool {
        matches!(frame.kind, FrameKind::Module)
            && matches!(frame.module.globals.borrow().get(name), Some(Value::Deferred(_)))
    }

    pub(super) fn resolve_deferred(&mut self, deferred: &Deferred) -> Result<Value> {
        match deferred {
            Deferred::Failed(failed) => Err(Box::new(Error::Unsupported(failed.clone()))),
            Deferred::Import { module, name } => self.nested(|interp| {
                let found = interp.load_module(module)?;
                match name {
                    None => Ok(Value::Module(found)),
                    Some(name) => interp.imported_name(&found, name),
                }
            }),
        }
    }

    /// An attribute of a module. A lazily run module runs what the name needs.
    pub(super) fn module_attribute(
        &mut self,
        module: &Rc<Module>,
        name: &str,
    ) -> Result<Option<Value>> {
        let found = module.globals.borrow().get(name).cloned();
        match found {
            Some(Value::Deferred(deferred)) => {
                let value = self.resolve_deferred(&deferred)?;
                let text = self.intern(name);
                module.set(text, value.clone());
                return Ok(Some(value));
            }
            Some(value) => return Ok(Some(value)),
            None => {}
        }
        if let Some(value) = self.run_pending(module, name)? {
            return Ok(Some(value));
        }
        if let Some(fallback) = module.fallback
            && let Some(value) = fallback(self, module, name)?
        {
            return Ok(Some(value));
        }
        if name == "__dict__" {
            self.run_whole(module)?;
            return Ok(Some(Dict::of_module(module)));
        }
        if let Some(value) = self.submodule(module, name)? {
            return Ok(Some(value));
        }
        let function = module.globals.borrow().get("__getattr__").cloned();
        let function = match function {
            None => self.run_pending(module, "__getattr__")?,
            found => found,
        };
        if let Some(function @ Value::Function(_)) = function {
            let args = super::args::Args::of([Value::str(name)]);
            let result = self.call(&function, args);
            return self.missing(result);
        }
        Ok(None)
    }

    /// A module inside of a package of the project that nothing has imported so far: Python has it
    /// as an attribute because of an import that does not run here.
    fn submodule(&mut self, package: &Rc<Module>, name: &str) -> Result<Option<Value>> {
        if !package.is_package || name.starts_with("__") {
            return Ok(None);
        }
        let full = format!("{}.{name}", package.name);
        match self.host.module_source(&full)? {
            ModuleSource::File { .. } => Ok(Some(Value::Module(self.load_module(&full)?))),
            _ => Ok(None),
        }
    }

    /// Runs the statements of a lazily run module that a name needs.
    pub(super) fn run_pending(&mut self, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
        let Some(lazy) = &module.lazy else { return Ok(None) };
        match lazy.waiting(name) {
            Some(part) => self.run_part(module, lazy, part)?,
            None => match lazy.plan.star {
                Some(part) if !lazy.plan.owners.contains_key(name) => {
                    self.run_part(module, lazy, part)?;
                }
                _ => return Ok(None),
            },
        }
        let found = module.globals.borrow().get(name).cloned();
        match found {
            Some(Value::Deferred(deferred)) => self.resolve_deferred(&deferred).map(Some),
            None if !name.starts_with("__") => match &*lazy.star_failed.borrow() {
                Some(failed) => Err(Box::new(Error::Unsupported(failed.clone()))),
                None => Ok(None),
            },
            found => Ok(found),
        }
    }

    /// Runs a part of a lazily run module, unless it has begun to run.
    fn run_part(&mut self, module: &Rc<Module>, lazy: &Lazy, part: usize) -> Result<()> {
        if !lazy.begin(part) {
            return Ok(());
        }
        let Some(tree) = module.tree.clone() else { return Ok(()) };
        let Some(statements) = lazy.plan.parts.get(part) else { return Ok(()) };
        let frame = Frame::new(Rc::clone(module), FrameKind::Module, Text::from(""));
        let function = Text::from("<module>");
        self.in_frame(&frame, &function, |interp| {
            let statements = statements.iter().filter_map(|at| tree.body.get(*at));
            statements.into_iter().try_for_each(|stmt| interp.run_top_level(&frame, stmt))
        })?;
        self.refuse_changed(module, lazy, part);
        Ok(())
    }

    /// Runs everything of a lazily run module, for what looks at all of its names.
    pub(super) fn run_whole(&mut self, module: &Rc<Module>) -> Result<()> {
        let Some(lazy) = &module.lazy else { return Ok(()) };
        (0..lazy.plan.parts.len()).try_for_each(|part| self.run_part(module, lazy, part))
    }

    /// A module by its dotted name.
    ///
    /// # Errors
    /// `ModuleNotFoundError` for one that the project lacks, an unsupported one for one that nobody
    /// knows, and what loading raises.
    pub fn load_module(&mut self, name: &str) -> Result<Rc<Module>> {
        if let Some(module) = self.modules.get(name) {
            return Ok(Rc::clone(module));
        }
        self.nested(|interp| interp.load_missing(name))
    }

    fn load_missing(&mut self, name: &str) -> Result<Rc<Module>> {
        if let Some(loader) = self.loaders.get(name).cloned() {
            // The loader of a package may load its modules.
            let package = parent(name);
            if !package.is_empty() && !self.loading.iter().any(|other| other == package) {
                self.load_module(package)?;
                // That may have loaded this one.
                if let Some(module) = self.modules.get(name) {
                    return Ok(Rc::clone(module));
                }
            }
            if self.loading.iter().any(|other| other == name) {
                return Err(self.unsupported(format!("the module '{name}' inside of itself")));
            }
            self.loading.push(name.to_owned());
            let loaded = loader(self);
            self.loading.pop();
            let module = loaded?;
            self.modules.insert(name.to_owned(), Rc::clone(&module));
            self.attach(name, &module);
            let inside: Vec<(String, Rc<Module>)> = self
                .modules
                .iter()
                .filter(|(other, _)| parent(other) == name)
                .map(|(other, module)| (other.clone(), Rc::clone(module)))
                .collect();
            for (other, module) in inside {
                self.attach(&other, &module);
            }
            return Ok(module);
        }
        match self.host.module_source(name)? {
            ModuleSource::File { path, text, is_package } => {
                if !parent(name).is_empty() {
                    self.load_module(parent(name))?;
                }
                // The package may have imported it.
                if let Some(module) = self.modules.get(name) {
                    return Ok(Rc::clone(module));
                }
                let module =
                    self.parse_module(name, &path, &text, is_package, Some(Skip::Nothing))?;
                self.modules.insert(name.to_owned(), Rc::clone(&module));
                self.attach(name, &module);
                if let Some(lazy) = &module.lazy {
                    for part in &lazy.plan.at_load {
                        self.run_part(&module, lazy, *part)?;
                    }
                }
                Ok(module)
            }
            ModuleSource::Namespace => {
                let module = Rc::new(Module { is_package: true, ..Module::native(name) });
                self.modules.insert(name.to_owned(), Rc::clone(&module));
                self.attach(name, &module);
                Ok(module)
            }
            ModuleSource::Undecodable { path, error } => {
                self.raise("SyntaxError", format!("{path}, {error}"))
            }
            ModuleSource::Missing => {
                self.raise("ModuleNotFoundError", format!("No module named '{name}'"))
            }
            ModuleSource::Unknown => Err(self.unsupported(format!("the module '{name}'"))),
        }
    }

    /// Binds a module in its package.
    fn attach(&self, name: &str, module: &Rc<Module>) {
        let Some((package, last)) = name.rsplit_once('.') else { return };
        if let Some(package) = self.modules.get(package) {
            if let Some(lazy) = &package.lazy
                && let Some(part) = lazy.plan.owners.get(last)
            {
                // `from .name import name` in the package binds the name after the module is there.
                if imports_from(package, &lazy.plan.parts[*part], last) {
                    return;
                }
                lazy.begin(*part);
            }
            package.set(last, Value::Module(Rc::clone(module)));
        }
    }

    pub(super) fn import(&mut self, frame: &Frame, names: &[ImportedName]) -> Result<()> {
        for name in names {
            self.mark(name.span);
            let bound = name.bound();
            let wanted = if name.alias.is_some() { &*name.name } else { bound };
            let value = if self.waits(frame, &name.name) {
                let module = self.intern(wanted);
                // `import a.b` makes `b` an attribute of `a`.
                let announced =
                    if wanted == name.name { Ok(()) } else { self.announce(&name.name) };
                match announced {
                    Ok(()) => Value::Deferred(Rc::new(Deferred::Import { module, name: None })),
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            } else {
                match self.import_now(&name.name).and_then(|()| self.guarded(frame, &name.name)) {
                    Ok(()) => Value::Module(self.load_module(wanted)?),
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            };
            self.store(frame, bound, value)?;
        }
        Ok(())
    }

    /// Where code asks whether an import works, it must be known that it does.
    fn guarded(&mut self, frame: &Frame, name: &str) -> Result<()> {
        let is_asked = frame.import_guards.get() > 0;
        if is_asked { self.check_imports(name) } else { Ok(()) }
    }

    fn import_now(&mut self, name: &str) -> Result<()> {
        for (at, _) in name.match_indices('.') {
            self.load_module(&name[..at])?;
        }
        self.load_module(name).map(drop)
    }

    /// `import a.b` without loading yet: `a.b` is bound in `a` when `a` is there.
    fn announce(&mut self, name: &str) -> Result<()> {
        let mut parents: Vec<&str> = name.match_indices('.').map(|(at, _)| &name[..at]).collect();
        parents.push(name);
        for pair in parents.windows(2) {
            let [package, inside] = pair else { continue };
            let package = self.load_module(package)?;
            let last = inside.rsplit_once('.').map_or(*inside, |(_, last)| last);
            let owned =
                package.lazy.as_ref().is_some_and(|lazy| lazy.plan.owners.contains_key(last));
            let known = owned || package.globals.borrow().get(last).is_some();
            if !known {
                let module = self.intern(inside);
                let deferred = Deferred::Import { module, name: None };
                package.set(last, Value::Deferred(Rc::new(deferred)));
            }
        }
        Ok(())
    }

    /// Whether an import waits until the name is read: not for native modules, which cost nothing
    /// and are there, and not where code asks whether it works.
    fn waits(&self, frame: &Frame, module: &str) -> bool {
        frame.tries.get() == 0
            && !self.modules.contains_key(module)
            && !self.loaders.contains_key(module)
    }

    /// An import that is not supported outside of `try` fails when its name is read.
    fn or_deferred(frame: &Frame, error: Box<Error>) -> Result<Value> {
        match &*error {
            Error::Unsupported(failed) if frame.tries.get() == 0 => {
                Ok(Value::Deferred(Rc::new(Deferred::Failed(failed.clone()))))
            }
            _ => Err(error),
        }
    }

    pub(super) fn import_from(
        &mut self,
        frame: &Frame,
        level: u32,
        module: Option<&str>,
        names: &[ImportedName],
    ) -> Result<()> {
        if level == 0 && module == Some("__future__") {
            return Ok(());
        }
        let from = self.absolute(frame, level, module)?;
        for name in names {
            self.mark(name.span);
            if name.name == "*" {
                self.import_star(frame, &from)?;
                continue;
            }
            let value = if self.waits(frame, &from) {
                let module = self.intern(&from);
                let wanted = self.intern(&name.name);
                Value::Deferred(Rc::new(Deferred::Import { module, name: Some(wanted) }))
            } else {
                let found = self.load_module(&from).and_then(|found| {
                    self.guarded(frame, &from)?;
                    Ok(found)
                });
                let found = found.and_then(|found| self.imported_name(&found, &name.name));
                let found = found.and_then(|value| {
                    if let Value::Module(module) = &value {
                        self.guarded(frame, &module.name)?;
                    }
                    Ok(value)
                });
                match found {
                    Ok(value) => value,
                    Err(error) => Self::or_deferred(frame, error)?,
                }
            };
            self.store(frame, name.bound(), value)?;
        }
        Ok(())
    }

    fn import_star(&mut self, frame: &Frame, from: &str) -> Result<()> {
        if !matches!(frame.kind, FrameKind::Module) {
            return Err(self.unsupported("'import *' outside of the top level"));
        }
        let module = self.load_module(from)?;
        let all = self.module_attribute(&module, "__all__")?;
        let names: Vec<Text> = match all {
            Some(all) => self.items(&all)?.iter().filter_map(Value::as_text).collect(),
            None => {
                if let Some(lazy) = &module.lazy
                    && let Some(part) = lazy.plan.star
                {
                    self.run_part(&module, lazy, part)?;
                    if let Some(failed) = lazy.star_failed.borrow().clone() {
                        return Err(Box::new(Error::Unsupported(failed)));
                    }
                }
                let globals = module.globals.borrow();
                let owned = module.lazy.iter().flat_map(|lazy| lazy.plan.owners.keys());
                let names = globals.iter().map(|(name, _)| name.clone());
                let names = names.chain(owned.map(|name| Text::from(name.as_str())));
                names.filter(|name| !name.starts_with('_')).collect()
            }
        };
        let own = frame.module.lazy.as_ref().map(|lazy| &lazy.plan);
        for name in names {
            // What the file binds behind the `import *` has been bound by need already, or will be.
            if own.is_some_and(|plan| {
                plan.owners.get(&*name).is_some_and(|part| Some(*part) != plan.star)
            }) {
                continue;
            }
            let value = match module.globals.borrow().get(&name) {
                Some(value) => value.clone(),
                None => Value::Deferred(Rc::new(Deferred::Import {
                    module: module.name.clone(),
                    name: Some(name.clone()),
                })),
            };
            self.store(frame, &name, value)?;
        }
        Ok(())
    }

    fn imported_name(&mut self, module: &Rc<Module>, name: &str) -> Result<Value> {
        if let Some(value) = self.module_attribute(module, name)? {
            return Ok(value);
        }
        if module.is_package || self.loaders.keys().any(|key| parent(key) == &*module.name) {
            let full = format!("{}.{name}", module.name);
            match self.load_module(&full) {
                Ok(found) => return Ok(Value::Module(found)),
                Err(error) if self.is_raised(&error, "ModuleNotFoundError") => {}
                Err(error) if module.tree.is_some() => return Err(error),
                Err(_) => {}
            }
        }
        if module.tree.is_none() {
            return Err(self.unsupported(format!("'{name}' of the module '{}'", module.name)));
        }
        let message =
            format!("cannot import name '{name}' from '{}' ({})", module.name, module.file);
        self.raise("ImportError", message)
    }

    fn absolute(&mut self, frame: &Frame, level: u32, module: Option<&str>) -> Result<String> {
        if level == 0 {
            return Ok(module.unwrap_or_default().to_owned());
        }
        let package = package_of(&frame.module, level);
        if package.is_empty() {
            return self
                .raise("ImportError", "attempted relative import with no known parent package");
        }
        Ok(match module {
            Some(module) => format!("{package}.{module}"),
            None => package.to_owned(),
        })
    }
}

impl Module {
    /// Whether annotations are kept as texts.
    pub(super) fn has_future_annotations(&self) -> bool {
        let body = self.tree.as_ref().map(|tree| &*tree.body).unwrap_or_default();
        body.iter().any(|stmt| {
            matches!(&stmt.kind, StmtKind::ImportFrom { module: Some(module), names, .. }
                if module == "__future__" && names.iter().any(|name| name.name == "annotations"))
        })
    }

    /// A place in the file.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(self, span)
    }
}

/// What is in front of the last dot.
/// The package that a relative import with so many dots counts from; empty behind the outermost.
pub(super) fn package_of(module: &Module, level: u32) -> &str {
    let own = module.name.as_str();
    let mut package = if module.is_package { own } else { parent(own) };
    for _ in 1..level {
        package = parent(package);
    }
    package
}

fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Whether some of these statements are `from .name import …`, in any spelling of the module.
fn imports_from(package: &Module, statements: &[usize], name: &str) -> bool {
    let body = package.tree.as_ref().map(|tree| &*tree.body).unwrap_or_default();
    statements.iter().filter_map(|at| body.get(*at)).any(|stmt| {
        matches!(&stmt.kind, StmtKind::ImportFrom { module: Some(module), .. }
            if module.rsplit('.').next() == Some(name))
    })
}

/// Which statement of a lazily run module this is.
fn lazy_statement(module: &Module, stmt: &Stmt) -> Option<usize> {
    let tree = module.tree.as_ref().filter(|_| module.lazy.is_some())?;
    tree.body.iter().position(|other| std::ptr::eq(other, stmt))
}

/// The names that code mentions, but for those in the bodies of functions.
#[derive(Default)]
struct Names<'t>(Vec<&'t str>);

impl<'t> python::Visitor<'t> for Names<'t> {
    fn expr(&mut self, expr: &'t python::Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            self.0.push(name);
        }
        true
    }

    fn function_body(&mut self, _: &'t python::FunctionDef) -> bool {
        false
    }
}

/// The names that a statement mentions outside of functions.
pub(super) fn mentioned_names(stmt: &Stmt) -> Vec<&str> {
    let mut names = Names::default();
    python::walk_stmt(stmt, &mut names);
    names.0
}
