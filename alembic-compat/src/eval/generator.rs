//! Generators and coroutines.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use super::args::Args;
use super::error::Error;
use super::error::Result;
use super::frame::Frame;
use super::frame::FrameKind;
use super::function::Function;
use super::interpreter::Interpreter;
use super::object::Object;
use super::scope::Scope;
use super::statement::Flow;
use super::value::Value;

thread_local! {
    /// Generators that were given up inside a `try` or `with`: the rest of it has to run.
    static GIVEN_UP: RefCell<Vec<Rc<Body>>> = const { RefCell::new(Vec::new()) };
    static ANY_GIVEN_UP: Cell<bool> = const { Cell::new(false) };
}

/// What calling a function with `yield` gives.
pub struct Generator {
    body: Rc<Body>,
}

/// The run of a generator.
struct Body {
    function: Rc<Function>,
    frame: Frame,
    state: Cell<State>,
    result: RefCell<Value>,
}

impl Drop for Generator {
    fn drop(&mut self) {
        let suspended = self.body.state.get() == State::Suspended;
        if suspended && self.body.frame.has_blocks_to_end() {
            let body = Rc::clone(&self.body);
            let pushed = GIVEN_UP.try_with(|given_up| given_up.borrow_mut().push(body));
            if pushed.is_ok() {
                ANY_GIVEN_UP.try_with(|any| any.set(true)).unwrap_or_default();
            }
        }
    }
}

/// Forgets generators that an interpreter left behind: another one has nothing to do with them.
pub(super) fn forget_given_up() {
    for body in GIVEN_UP.try_with(RefCell::take).unwrap_or_default() {
        body.state.set(State::Done);
    }
}

impl Interpreter {
    /// Ends generators that nobody holds any more, as CPython does at once: their `finally` and
    /// `with` blocks run.
    pub(super) fn close_given_up(&mut self) -> Result<()> {
        if !ANY_GIVEN_UP.try_with(Cell::get).unwrap_or_default() {
            return Ok(());
        }
        ANY_GIVEN_UP.try_with(|any| any.set(false)).unwrap_or_default();
        let bodies = GIVEN_UP.try_with(RefCell::take).unwrap_or_default();
        for body in bodies {
            let generator = Generator { body };
            match generator.close(self) {
                Err(error) if matches!(*error, Error::Raised(_)) => {}
                result => result?,
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    Suspended,
    Running,
    Done,
}

impl Generator {
    pub(super) fn new(function: Rc<Function>, scope: Rc<Scope>) -> Self {
        let module = Rc::clone(&function.module);
        let frame = Frame::new(module, FrameKind::Function(scope), function.qualified.clone());
        let state = Cell::new(State::Fresh);
        let result = RefCell::new(Value::None);
        Self { body: Rc::new(Body { function, frame, state, result }) }
    }

    /// What it returned.
    pub(super) fn result(&self) -> Value {
        self.body.result.borrow().clone()
    }

    /// What it returned, the first time that is asked for.
    pub(super) fn take_result(&self) -> Value {
        self.body.result.take()
    }

    /// Runs to the next `yield`, which gives `sent` or raises it in the body; nothing at the end.
    pub(super) fn resume(
        &self,
        interp: &mut Interpreter,
        sent: Result<Value>,
    ) -> Result<Option<Value>> {
        match self.body.state.get() {
            State::Done => return sent.map(|_| None),
            State::Running => return interp.value_error("generator already executing"),
            State::Fresh => {
                if let Err(error) = sent {
                    self.body.state.set(State::Done);
                    return Err(error);
                }
                if sent.is_ok_and(|sent| !sent.is_none()) {
                    return interp
                        .type_error("can't send non-None value to a just-started generator");
                }
            }
            State::Suspended => {
                self.body.frame.resuming.set(true);
                let old = self.body.frame.sent.borrow_mut().replace(sent);
                drop(old);
            }
        }
        self.body.state.set(State::Running);
        // Exceptions that the caller handles are not handled inside, and the other way round.
        let handled = interp.handled.len();
        let name = self.body.function.name.clone();
        let flow = interp.in_frame(&self.body.frame, &name, |interp| {
            interp.exec_block(&self.body.frame, self.body.function.code.body())
        });
        interp.handled.truncate(handled);
        match flow {
            Ok(Flow::Yield(value)) => {
                self.body.state.set(State::Suspended);
                Ok(Some(value))
            }
            Ok(Flow::Return(value)) => {
                self.body.state.set(State::Done);
                let old = self.body.result.replace(value);
                drop(old);
                Ok(None)
            }
            Ok(_) => {
                self.body.state.set(State::Done);
                Ok(None)
            }
            Err(error) => {
                self.body.state.set(State::Done);
                if interp.is_raised(&error, "StopIteration") {
                    return interp.raise("RuntimeError", "generator raised StopIteration");
                }
                Err(error)
            }
        }
    }

    /// `close()`.
    pub(super) fn close(&self, interp: &mut Interpreter) -> Result<()> {
        if self.body.state.get() == State::Fresh {
            self.body.state.set(State::Done);
        }
        if self.body.state.get() == State::Done {
            return Ok(());
        }
        let exit = interp.raised_builtin("GeneratorExit", Vec::new());
        match self.resume(interp, Err(exit)) {
            Ok(Some(_)) => interp.raise("RuntimeError", "generator ignored GeneratorExit"),
            Ok(None) => Ok(()),
            Err(error) if interp.is_raised(&error, "GeneratorExit") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// `send(value)` and `throw(exception)` as methods.
    pub(super) fn install(interp: &mut Interpreter) {
        fn this(interp: &mut Interpreter, value: &Value) -> Result<Rc<Generator>> {
            match value.downcast::<Generator>() {
                Some(generator) => Ok(generator),
                None => Err(interp.unsupported("this method of a generator expression")),
            }
        }
        fn or_stop(
            interp: &mut Interpreter,
            generator: &Generator,
            item: Option<Value>,
        ) -> Result<Value> {
            match item {
                Some(item) => Ok(item),
                None => {
                    let result = generator.result();
                    let args = if result.is_none() { Vec::new() } else { vec![result] };
                    Err(interp.raised_builtin("StopIteration", args))
                }
            }
        }
        let class = super::types::ClassBuilder::new("generator", "builtins")
            .last()
            .method("send", |interp, args| {
                let [object, value] = args.exactly(interp, "send")?;
                let generator = this(interp, &object)?;
                let item = generator.resume(interp, Ok(value))?;
                or_stop(interp, &generator, item)
            })
            .method("throw", |interp, args| {
                let [object, kind, value, _] = args.up_to(interp, "throw", 2)?;
                let object = object.unwrap_or_default();
                let exception = match value {
                    Some(value) if !value.is_none() => value,
                    _ => kind.unwrap_or_default(),
                };
                let message = "exceptions must be classes or instances deriving from BaseException";
                let exception = interp.as_exception(&exception, message)?;
                let generator = this(interp, &object)?;
                let thrown = Err(Box::new(Error::Raised(exception)));
                let item = generator.resume(interp, thrown)?;
                or_stop(interp, &generator, item)
            })
            .method("close", |interp, args| {
                let [object] = args.exactly(interp, "close")?;
                if let Some(generator) = object.downcast::<Self>() {
                    generator.close(interp)?;
                }
                Ok(Value::None)
            })
            .finish(interp);
        interp.register_class::<Self>(class);
        let class = super::types::ClassBuilder::new("coroutine", "builtins")
            .last()
            .method("send", |interp, args| {
                let [object, _] = args.exactly(interp, "coroutine.send")?;
                match object.downcast::<Coroutine>() {
                    Some(coroutine) => {
                        let result = coroutine.run(interp)?;
                        Err(interp.raised_builtin("StopIteration", vec![result]))
                    }
                    None => interp.type_error("a coroutine is required"),
                }
            })
            .method("close", |_, _| Ok(Value::None))
            .finish(interp);
        interp.register_class::<Coroutine>(class);
    }
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Generator({}, {:?})", self.body.function.qualified, self.body.state.get())
    }
}

impl std::fmt::Debug for Coroutine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coroutine({})", self.function.qualified)
    }
}

impl Object for Generator {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok((name == "__name__").then(|| Value::Str(self.body.function.name.clone())))
    }

    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        self.resume(interp, Ok(Value::None))
    }
}

/// What calling an `async def` gives: it runs, as a whole, when it is awaited.
pub struct Coroutine {
    function: Rc<Function>,
    scope: RefCell<Option<Rc<Scope>>>,
}

impl Coroutine {
    pub(super) fn new(function: Rc<Function>, scope: Rc<Scope>) -> Self {
        Self { function, scope: RefCell::new(Some(scope)) }
    }

    /// Runs it.
    ///
    /// # Errors
    /// What it raises; a `RuntimeError` when it has run before.
    pub fn run(&self, interp: &mut Interpreter) -> Result<Value> {
        let scope = self.scope.borrow_mut().take();
        match scope {
            Some(scope) => interp.run_function(&self.function, scope),
            None => interp.raise("RuntimeError", "cannot reuse already awaited coroutine"),
        }
    }
}

impl Object for Coroutine {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok((name == "__name__").then(|| Value::Str(self.function.name.clone())))
    }

    fn call(&self, _: &Value, interp: &mut Interpreter, _: Args) -> Result<Value> {
        interp.type_error("'coroutine' object is not callable")
    }
}
