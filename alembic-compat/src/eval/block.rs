//! `try` and `with`.

use std::rc::Rc;

use crate::python::Handler;
use crate::python::Stmt;
use crate::python::WithItem;

use super::args::Args;
use super::class::Class;
use super::class::Instance;
use super::error::Error;
use super::error::Result;
use super::frame::Frame;
use super::frame::Resume;
use super::frame::TryPart;
use super::import_check::catches_import_error;
use super::interpreter::Interpreter;
use super::statement::Flow;
use super::value::Value;

impl Interpreter {
    pub(super) fn exec_try(
        &mut self,
        frame: &Frame,
        body: &[Stmt],
        handlers: &[Handler],
        orelse: &[Stmt],
        finally: &[Stmt],
    ) -> Result<Flow> {
        let part = match frame.next_resume() {
            Some(Resume::Try(part)) => part,
            _ => TryPart::Body,
        };
        let (outcome, raised) = match part {
            TryPart::Finally(outcome, raised) => (*outcome, raised),
            part => {
                let guards = u32::from(handlers.iter().any(catches_import_error));
                frame.tries.set(frame.tries.get() + 1);
                frame.import_guards.set(frame.import_guards.get() + guards);
                let outcome = self.exec_parts(frame, part, body, handlers, orelse);
                frame.tries.set(frame.tries.get() - 1);
                frame.import_guards.set(frame.import_guards.get() - guards);
                let raised = match &outcome {
                    Ok(Flow::Yield(_)) => return outcome,
                    Ok(_) => None,
                    Err(error) => match &**error {
                        Error::Raised(exception) => Some(Value::Instance(Rc::clone(exception))),
                        // Nothing of Python runs after a limit or something unsupported.
                        _ => return outcome,
                    },
                };
                (outcome, raised)
            }
        };
        if finally.is_empty() {
            return outcome;
        }
        if let Err(error) = &outcome {
            self.trace(error);
        }
        let flow =
            self.while_handling(raised.as_ref(), |interp| interp.exec_block(frame, finally))?;
        match flow {
            Flow::Next => outcome,
            Flow::Yield(value) => {
                frame.suspend(Resume::Try(TryPart::Finally(Box::new(outcome), raised)));
                Ok(Flow::Yield(value))
            }
            other => Ok(other),
        }
    }

    /// Runs something as `except` and `finally` blocks run: a bare `raise` finds the exception.
    fn while_handling<R>(
        &mut self,
        exception: Option<&Value>,
        run: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        let depth = self.handled.len();
        self.handled.extend(exception.cloned());
        let result = run(self);
        self.handled.truncate(depth);
        result
    }

    fn exec_parts(
        &mut self,
        frame: &Frame,
        part: TryPart,
        body: &[Stmt],
        handlers: &[Handler],
        orelse: &[Stmt],
    ) -> Result<Flow> {
        let raised = match part {
            TryPart::Handler(at, exception) => {
                let Some(handler) = handlers.get(at) else { return Ok(Flow::Next) };
                return self.exec_handler(frame, at, handler, exception);
            }
            TryPart::Else => return self.exec_try_else(frame, orelse),
            _ => match self.exec_block(frame, body) {
                Ok(Flow::Next) => return self.exec_try_else(frame, orelse),
                Ok(flow) => {
                    if let Flow::Yield(_) = flow {
                        frame.suspend(Resume::Try(TryPart::Body));
                    }
                    return Ok(flow);
                }
                Err(error) => error,
            },
        };
        let Error::Raised(exception) = &*raised else { return Err(raised) };
        self.trace(&raised);
        let value = Value::Instance(Rc::clone(exception));
        for (at, handler) in handlers.iter().enumerate() {
            let fits = match &handler.exception {
                None => true,
                Some(expr) => {
                    let class = exception.class();
                    self.while_handling(Some(&value), |interp| {
                        let wanted = interp.eval(frame, expr)?;
                        interp.mark(handler.span);
                        interp.catches(&wanted, &class)
                    })?
                }
            };
            if fits {
                if let Some(name) = &handler.name {
                    self.store(frame, name, value.clone())?;
                }
                return self.exec_handler(frame, at, handler, value);
            }
        }
        Err(raised)
    }

    fn exec_try_else(&mut self, frame: &Frame, orelse: &[Stmt]) -> Result<Flow> {
        let flow = self.exec_block(frame, orelse)?;
        if let Flow::Yield(_) = flow {
            frame.suspend(Resume::Try(TryPart::Else));
        }
        Ok(flow)
    }

    fn exec_handler(
        &mut self,
        frame: &Frame,
        at: usize,
        handler: &Handler,
        exception: Value,
    ) -> Result<Flow> {
        let result =
            self.while_handling(Some(&exception), |interp| interp.exec_block(frame, &handler.body));
        if let Ok(Flow::Yield(_)) = result {
            frame.suspend(Resume::Try(TryPart::Handler(at, exception)));
            return result;
        }
        if let Some(name) = &handler.name {
            self.forget(frame, name);
        }
        result
    }

    /// Whether `except wanted` catches an exception of this class.
    fn catches(&mut self, wanted: &Value, class: &Rc<Class>) -> Result<bool> {
        match wanted {
            Value::Class(wanted) if wanted.traits.is_exception => self.is_below(class, wanted),
            Value::Tuple(classes) => {
                for wanted in classes.iter() {
                    if self.catches(wanted, class)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => self.type_error(
                "catching classes that do not inherit from BaseException is not allowed",
            ),
        }
    }

    pub(super) fn exec_with(
        &mut self,
        frame: &Frame,
        items: &[WithItem],
        body: &[Stmt],
    ) -> Result<Flow> {
        let mut entered = match frame.next_resume() {
            Some(Resume::With(entered)) => entered,
            _ => Vec::new(),
        };
        let outcome = if frame.resuming.get() {
            self.exec_block(frame, body)
        } else {
            match self.enter_all(frame, items, &mut entered) {
                Ok(()) => self.exec_block(frame, body),
                Err(error) => Err(error),
            }
        };
        if let Ok(Flow::Yield(_)) = outcome {
            frame.suspend(Resume::With(entered));
            return outcome;
        }
        let mut outcome = outcome;
        while let Some(manager) = entered.pop() {
            outcome = self.leave(&manager, outcome);
        }
        outcome
    }

    fn enter_all(
        &mut self,
        frame: &Frame,
        items: &[WithItem],
        entered: &mut Vec<Value>,
    ) -> Result<()> {
        for item in items {
            let manager = self.eval(frame, &item.context)?;
            self.mark(item.context.span);
            let value = self.enter(&manager)?;
            entered.push(manager);
            if let Some(target) = &item.target {
                self.assign(frame, target, value)?;
            }
        }
        Ok(())
    }

    /// Enters a context manager.
    ///
    /// # Errors
    /// A `TypeError` for what is none, and what `__enter__` raises.
    pub fn enter(&mut self, manager: &Value) -> Result<Value> {
        if let Value::Instance(instance) = manager {
            let class = instance.class();
            if let (Some(enter), Some(_)) = (class.lookup("__enter__"), class.lookup("__exit__")) {
                let bound = self.bind(&enter, Some(manager), &class)?;
                return self.call(&bound, Args::none());
            }
        }
        match manager.plain() {
            Value::Native(native) if native.is_context_manager() => native.enter(manager, self),
            _ => {
                let class = self.class_name(manager);
                self.type_error(format!(
                    "'{class}' object does not support the context manager protocol"
                ))
            }
        }
    }

    /// Leaves a context manager; `true` when it swallows the exception.
    ///
    /// # Errors
    /// What `__exit__` raises.
    pub fn exit(&mut self, manager: &Value, exception: Option<&Rc<Instance>>) -> Result<bool> {
        let value = exception.map(|exception| Value::Instance(Rc::clone(exception)));
        if let Value::Instance(instance) = manager {
            let class = instance.class();
            if let Some(exit) = class.lookup("__exit__") {
                let bound = self.bind(&exit, Some(manager), &class)?;
                let kind =
                    exception.map_or(Value::None, |exception| Value::Class(exception.class()));
                let args = Args::of([kind, value.clone().unwrap_or_default(), Value::None]);
                let result =
                    self.while_handling(value.as_ref(), |interp| interp.call(&bound, args))?;
                return self.truth(&result);
            }
        }
        match manager.plain() {
            Value::Native(native) => self.while_handling(value.as_ref(), |interp| {
                native.exit(manager, value.as_ref(), interp)
            }),
            _ => Ok(false),
        }
    }

    fn leave(&mut self, manager: &Value, outcome: Result<Flow>) -> Result<Flow> {
        let exception = match &outcome {
            Ok(_) => None,
            Err(error) => match &**error {
                Error::Raised(exception) => {
                    self.trace(error);
                    Some(Rc::clone(exception))
                }
                _ => {
                    if let Value::Native(native) = manager.plain() {
                        native.abandon();
                    }
                    return outcome;
                }
            },
        };
        let swallowed = self.exit(manager, exception.as_ref())?;
        if swallowed && exception.is_some() { Ok(Flow::Next) } else { outcome }
    }
}
