//! Names by need: what a name stands for that was bound without a value, and the statements of a
//! module that run when one of its names is read.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::containers::Dict;
use crate::eval::deferred::Deferred;
use crate::eval::error::Error;
use crate::eval::error::Result;
use crate::eval::frame::Frame;
use crate::eval::frame::FrameKind;
use crate::eval::host::ModuleSource;
use crate::eval::interpreter::Interpreter;
use crate::eval::module::Lazy;
use crate::eval::module::Module;
use crate::eval::text::Text;
use crate::eval::value::Value;

impl Interpreter {
    /// What a name stands for that was bound without a value.
    pub(in crate::eval) fn resolve(
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

    pub(in crate::eval) fn resolve_deferred(&mut self, deferred: &Deferred) -> Result<Value> {
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
    pub(in crate::eval) fn module_attribute(
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
            let args = Args::of([Value::str(name)]);
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
    pub(in crate::eval) fn run_pending(
        &mut self,
        module: &Rc<Module>,
        name: &str,
    ) -> Result<Option<Value>> {
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
    pub(super) fn run_part(&mut self, module: &Rc<Module>, lazy: &Lazy, part: usize) -> Result<()> {
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
    pub(in crate::eval) fn run_whole(&mut self, module: &Rc<Module>) -> Result<()> {
        let Some(lazy) = &module.lazy else { return Ok(()) };
        (0..lazy.plan.parts.len()).try_for_each(|part| self.run_part(module, lazy, part))
    }
}
