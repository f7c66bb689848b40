//! Files as modules: reading them, and running them from top to bottom.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::eval::error::Error;
use crate::eval::error::Failure;
use crate::eval::error::Place;
use crate::eval::error::Result;
use crate::eval::error::Unsupported;
use crate::eval::frame::Frame;
use crate::eval::frame::FrameKind;
use crate::eval::interpreter::Interpreter;
use crate::eval::lazy::Skip;
use crate::eval::module::Lazy;
use crate::eval::module::Module;
use crate::eval::statement::Flow;
use crate::eval::text::Text;
use crate::eval::value::Value;
use crate::python;
use crate::python::ExprKind;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;

use super::parent;

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

    pub(super) fn parse_module(
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
            open_star: RefCell::default(),
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

    pub(super) fn run_top_level(&mut self, frame: &Frame, stmt: &Stmt) -> Result<()> {
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
}

impl Module {
    /// Whether annotations are kept as texts.
    pub(in crate::eval) fn has_future_annotations(&self) -> bool {
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
