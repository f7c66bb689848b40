//! Statements.
//!
//! A `yield` leaves the statements around it one by one, each of which notes where it stands
//! ([`Resume`]); when the generator goes on, the same statements are entered again from outside and
//! find their way back. So generators are as lazy as Python's and need no stack of their own.

use std::rc::Rc;
use std::sync::Arc;

use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;

use super::args::Args;
use super::error::Result;
use super::frame::Frame;
use super::frame::FrameKind;
use super::frame::Resume;
use super::function::Code;
use super::function::Function;
use super::generator::Generator;
use super::interpreter::Interpreter;
use super::scope::Names;
use super::value::Value;

/// How a statement ends.
#[derive(Debug)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
    /// A generator gives a value; every statement around notes where it stands.
    Yield(Value),
}

/// What a `yield` expression does.
pub(super) enum Yielded {
    /// The run goes on with its value.
    Value(Value),
    /// The generator gives a value.
    Suspend(Value),
}

impl Interpreter {
    pub(super) fn exec_block(&mut self, frame: &Frame, block: &[Stmt]) -> Result<Flow> {
        let mut at = match frame.next_resume() {
            Some(Resume::Block(at)) => at,
            _ => 0,
        };
        while let Some(stmt) = block.get(at) {
            match self.exec(frame, stmt)? {
                Flow::Next => at += 1,
                Flow::Yield(value) => {
                    frame.suspend(Resume::Block(at));
                    return Ok(Flow::Yield(value));
                }
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn exec(&mut self, frame: &Frame, stmt: &Stmt) -> Result<Flow> {
        self.step()?;
        self.close_given_up()?;
        if !frame.resuming.get() {
            self.mark(stmt.span);
        }
        match &stmt.kind {
            StmtKind::Expr(value) => {
                if let Some(yielded) = self.try_yield(frame, value)? {
                    return Ok(match yielded {
                        Yielded::Value(_) => Flow::Next,
                        Yielded::Suspend(value) => Flow::Yield(value),
                    });
                }
                self.eval(frame, value)?;
            }
            StmtKind::Assign { targets, value } => {
                let value = match self.try_yield(frame, value)? {
                    Some(Yielded::Suspend(value)) => return Ok(Flow::Yield(value)),
                    Some(Yielded::Value(value)) => value,
                    None => self.eval(frame, value)?,
                };
                for target in targets {
                    self.assign(frame, target, value.clone())?;
                }
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                if let Some(value) = value {
                    let value = match self.try_yield(frame, value)? {
                        Some(Yielded::Suspend(value)) => return Ok(Flow::Yield(value)),
                        Some(Yielded::Value(value)) => value,
                        None => self.eval(frame, value)?,
                    };
                    self.assign(frame, target, value)?;
                }
                self.note_annotation(frame, target, annotation)?;
            }
            StmtKind::AugAssign { target, op, value } => {
                self.augmented(frame, target, *op, value)?;
            }
            StmtKind::Return(value) => {
                let value = match value {
                    None => Value::None,
                    Some(value) => match self.try_yield(frame, value)? {
                        Some(Yielded::Suspend(value)) => return Ok(Flow::Yield(value)),
                        Some(Yielded::Value(value)) => value,
                        None => self.eval(frame, value)?,
                    },
                };
                return match frame.kind {
                    FrameKind::Function(_) => Ok(Flow::Return(value)),
                    _ => Err(self.unsupported("'return' outside of a function")),
                };
            }
            StmtKind::Pass | StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::Delete(targets) => {
                for target in targets {
                    self.delete(frame, target)?;
                }
            }
            StmtKind::Assert { test, message } => {
                let holds = self.eval(frame, test)?;
                if !self.truth(&holds)? {
                    let message = match message {
                        Some(message) => vec![self.eval(frame, message)?],
                        None => Vec::new(),
                    };
                    self.mark(stmt.span);
                    return Err(self.raised_builtin("AssertionError", message));
                }
            }
            StmtKind::FunctionDef(function) => self.function_def(frame, function)?,
            StmtKind::Import(names) => self.import(frame, names)?,
            StmtKind::ImportFrom { level, module, names } => {
                self.import_from(frame, *level, module.as_deref(), names)?;
            }
            StmtKind::TypeAlias(name) => {
                let failed = self.deferred_failure(format!("the type alias '{name}'"));
                self.store(frame, name, failed)?;
            }
            StmtKind::Unsupported(what) => return Err(self.unsupported(*what)),
            _ => return self.nested(|interp| interp.exec_compound(frame, stmt)),
        }
        Ok(Flow::Next)
    }

    fn exec_compound(&mut self, frame: &Frame, stmt: &Stmt) -> Result<Flow> {
        match &stmt.kind {
            StmtKind::If { branches, orelse } => {
                let mut chosen = match frame.next_resume() {
                    Some(Resume::Branch(branch)) => Some(branch),
                    _ => None,
                };
                if chosen.is_none() {
                    for (at, (test, _)) in branches.iter().enumerate() {
                        let holds = self.eval(frame, test)?;
                        if self.truth(&holds)? {
                            chosen = Some(at);
                            break;
                        }
                    }
                }
                let chosen = chosen.unwrap_or(branches.len());
                let block = branches.get(chosen).map_or(orelse, |(_, block)| block);
                self.exec_branch(frame, chosen, block)
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                if *is_async {
                    return Err(self.unsupported("'async for'"));
                }
                self.exec_for(frame, target, iter, body, orelse)
            }
            StmtKind::While { test, body, orelse } => self.exec_while(frame, test, body, orelse),
            StmtKind::With { is_async, items, body } => {
                if *is_async {
                    return Err(self.unsupported("'async with'"));
                }
                self.exec_with(frame, items, body)
            }
            StmtKind::Try { body, handlers, orelse, finally, is_star } => {
                if *is_star {
                    return Err(self.unsupported("'except*'"));
                }
                self.exec_try(frame, body, handlers, orelse, finally)
            }
            StmtKind::Raise { exception, cause } => {
                self.exec_raise(frame, stmt, exception.as_ref(), cause.as_ref())
            }
            StmtKind::ClassDef(class) => {
                self.class_def(frame, class, stmt.span)?;
                Ok(Flow::Next)
            }
            StmtKind::Match { subject, cases } => {
                let mut chosen = match frame.next_resume() {
                    Some(Resume::Branch(branch)) => Some(branch),
                    _ => None,
                };
                if chosen.is_none() {
                    let subject = self.eval(frame, subject)?;
                    for (at, case) in cases.iter().enumerate() {
                        if self.matches(frame, &case.matches, &subject)? {
                            let holds = match &case.guard {
                                Some(guard) => {
                                    let guard = self.eval(frame, guard)?;
                                    self.truth(&guard)?
                                }
                                None => true,
                            };
                            if holds {
                                chosen = Some(at);
                                break;
                            }
                        }
                    }
                }
                match chosen.and_then(|at| cases.get(at).map(|case| (at, case))) {
                    Some((at, case)) => self.exec_branch(frame, at, &case.body),
                    None => Ok(Flow::Next),
                }
            }
            _ => Ok(Flow::Next),
        }
    }

    fn exec_branch(&mut self, frame: &Frame, branch: usize, block: &[Stmt]) -> Result<Flow> {
        let flow = self.exec_block(frame, block)?;
        if let Flow::Yield(_) = flow {
            frame.suspend(Resume::Branch(branch));
        }
        Ok(flow)
    }

    fn exec_for(
        &mut self,
        frame: &Frame,
        target: &Expr,
        iter: &Expr,
        body: &[Stmt],
        orelse: &[Stmt],
    ) -> Result<Flow> {
        let resumed = frame.next_resume();
        let mut goes_on = resumed.is_some();
        let mut items = match resumed {
            Some(Resume::Loop(Some(items), _)) => items,
            Some(_) => return self.exec_else(frame, orelse),
            None => {
                let value = self.eval(frame, iter)?;
                self.mark(iter.span);
                self.iterate(&value)?
            }
        };
        loop {
            if !goes_on {
                self.mark(iter.span);
                let Some(item) = items.next(self)? else { break };
                self.assign(frame, target, item)?;
            }
            goes_on = false;
            match self.exec_block(frame, body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                Flow::Yield(value) => {
                    frame.suspend(Resume::Loop(Some(items), false));
                    return Ok(Flow::Yield(value));
                }
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        self.exec_else(frame, orelse)
    }

    fn exec_while(
        &mut self,
        frame: &Frame,
        test: &Expr,
        body: &[Stmt],
        orelse: &[Stmt],
    ) -> Result<Flow> {
        let resumed = frame.next_resume();
        let mut goes_on = resumed.is_some();
        if let Some(Resume::Loop(_, true)) = resumed {
            return self.exec_else(frame, orelse);
        }
        loop {
            self.step()?;
            if !goes_on {
                let holds = self.eval(frame, test)?;
                if !self.truth(&holds)? {
                    break;
                }
            }
            goes_on = false;
            match self.exec_block(frame, body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                Flow::Yield(value) => {
                    frame.suspend(Resume::Loop(None, false));
                    return Ok(Flow::Yield(value));
                }
                flow @ Flow::Return(_) => return Ok(flow),
            }
        }
        self.exec_else(frame, orelse)
    }

    fn exec_else(&mut self, frame: &Frame, orelse: &[Stmt]) -> Result<Flow> {
        let flow = self.exec_block(frame, orelse)?;
        if let Flow::Yield(_) = flow {
            frame.suspend(Resume::Loop(None, true));
        }
        Ok(flow)
    }

    /// A statement whose value is a `yield`; nothing when it is not.
    fn try_yield(&mut self, frame: &Frame, expr: &Expr) -> Result<Option<Yielded>> {
        match &expr.kind {
            ExprKind::Yield(value) => {
                if frame.resuming.get() {
                    frame.next_resume();
                    frame.resuming.set(false);
                    let sent = frame.sent.borrow_mut().take();
                    return sent.unwrap_or(Ok(Value::None)).map(|sent| Some(Yielded::Value(sent)));
                }
                if !matches!(frame.kind, FrameKind::Function(_)) {
                    return Err(self.unsupported("'yield' outside of a function"));
                }
                let value = match value {
                    Some(value) => self.eval(frame, value)?,
                    None => Value::None,
                };
                frame.suspend(Resume::Yield);
                Ok(Some(Yielded::Suspend(value)))
            }
            ExprKind::YieldFrom(value) => {
                let (iterator, sent) = if frame.resuming.get() {
                    let resumed = frame.next_resume();
                    frame.resuming.set(false);
                    let Some(Resume::From(iterator)) = resumed else {
                        return Ok(Some(Yielded::Value(Value::None)));
                    };
                    (iterator, frame.sent.borrow_mut().take().unwrap_or(Ok(Value::None)))
                } else {
                    let value = self.eval(frame, value)?;
                    (self.iterator(&value)?, Ok(Value::None))
                };
                let item = match iterator.downcast::<Generator>() {
                    Some(generator) => generator.resume(self, sent)?,
                    None => {
                        let sent = sent?;
                        if sent.is_none() {
                            self.next(&iterator)?
                        } else {
                            Some(self.call_method(&iterator, "send", Args::of([sent]))?)
                        }
                    }
                };
                Ok(Some(match item {
                    Some(item) => {
                        frame.suspend(Resume::From(iterator));
                        Yielded::Suspend(item)
                    }
                    None => Yielded::Value(
                        iterator
                            .downcast::<Generator>()
                            .map_or(Value::None, |generator| generator.result()),
                    ),
                }))
            }
            _ => Ok(None),
        }
    }

    fn function_def(&mut self, frame: &Frame, def: &Arc<FunctionDef>) -> Result<()> {
        let decorators = self.decorators(frame, &def.decorators)?;
        let code = Code::Def(Arc::clone(def));
        let function = self.make_function(frame, &def.name, code)?;
        let function = self.decorate(&decorators, function)?;
        self.store(frame, &def.name, function)
    }

    pub(super) fn decorators(
        &mut self,
        frame: &Frame,
        decorators: &[Decorator],
    ) -> Result<Vec<Value>> {
        decorators.iter().map(|decorator| self.eval(frame, &decorator.value)).collect()
    }

    pub(super) fn decorate(&mut self, decorators: &[Value], value: Value) -> Result<Value> {
        decorators
            .iter()
            .rev()
            .try_fold(value, |value, decorator| self.call(decorator, Args::of([value])))
    }

    pub(super) fn make_function(&mut self, frame: &Frame, name: &str, code: Code) -> Result<Value> {
        let address = match &code {
            Code::Def(def) => Arc::as_ptr(def) as usize,
            Code::Lambda(_, body) => Arc::as_ptr(body) as usize,
        };
        let names = match self.names.get(&address) {
            Some(names) => Rc::clone(names),
            None => {
                let parameters = code.parameters();
                let names = Rc::new(match &code {
                    Code::Def(def) => Names::of_function(parameters, &def.body),
                    Code::Lambda(_, body) => Names::of_lambda(parameters, body),
                });
                for (at, parameter) in parameters.iter().enumerate() {
                    let mut before = parameters.iter().take(at);
                    if before.any(|other| other.name == parameter.name) {
                        return Err(self.unsupported("a parameter that is named twice"));
                    }
                }
                self.names.insert(address, Rc::clone(&names));
                names
            }
        };
        let parameters = code.parameters();
        let mut defaults = Vec::new();
        for parameter in parameters.positional_only.iter().chain(&parameters.positional) {
            if let Some(default) = &parameter.default {
                defaults.push(self.eval(frame, default)?);
            }
        }
        let mut keyword_defaults = Vec::new();
        for parameter in &parameters.keyword_only {
            keyword_defaults.push(match &parameter.default {
                Some(default) => Some(self.eval(frame, default)?),
                None => None,
            });
        }
        Ok(Value::Function(Rc::new(Function {
            name: self.intern(name),
            qualified: frame.qualify(name),
            module: Rc::clone(&frame.module),
            attributes: Default::default(),
            code,
            defaults,
            keyword_defaults,
            closure: frame.closure(),
            class_cell: frame.class_cell(),
            names,
        })))
    }
}
