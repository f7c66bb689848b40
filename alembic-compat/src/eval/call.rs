//! Calls: functions, classes, methods.

use std::rc::Rc;

use super::args::Args;
use super::args::missing_arguments;
use super::class::Class;
use super::class::Instance;
use super::error::Error;
use super::error::Limit;
use super::error::Result;
use super::error::TraceEntry;
use super::frame::Frame;
use super::frame::FrameKind;
use super::frame::FrameMark;
use super::function::Code;
use super::function::Function;
use super::generator::Coroutine;
use super::generator::Generator;
use super::interpreter::Interpreter;
use super::module::Module;
use super::scope::Scope;
use super::statement::Flow;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// `function(*args)`.
    ///
    /// # Errors
    /// What the call raises; a `TypeError` for what cannot be called.
    pub fn call(&mut self, function: &Value, args: Args) -> Result<Value> {
        self.nested(|interp| interp.call_here(function, args))
    }

    fn call_here(&mut self, function: &Value, args: Args) -> Result<Value> {
        self.step()?;
        match function {
            Value::Function(function) => self.call_function(function, args),
            Value::Builtin(builtin) => builtin.call(self, args),
            Value::Method(method) => {
                let args = args.prepend(method.receiver.clone());
                self.call(&method.function, args)
            }
            Value::Class(class) => self.call_class(class, args),
            Value::Instance(instance) => {
                let class = instance.class();
                if let Some(found) = class.lookup("__call__") {
                    let bound = self.bind(&found, Some(function), &class)?;
                    return self.call(&bound, args);
                }
                if let Value::Native(native) = function.plain() {
                    return native.call(function, self, args);
                }
                self.not_callable(function)
            }
            Value::Native(native) => native.call(function, self, args),
            _ => self.not_callable(function),
        }
    }

    fn not_callable(&mut self, value: &Value) -> Result<Value> {
        if let Value::Module(module) = value {
            // Python may have something else under the name: `postgresql.array`.
            return Err(self.unsupported(format!("a call of the module '{}'", module.name)));
        }
        let class = self.class_name(value);
        self.type_error(format!("'{class}' object is not callable"))
    }

    /// `callable(value)`.
    #[must_use]
    pub fn is_callable(&self, value: &Value) -> bool {
        match value {
            Value::Function(_) | Value::Builtin(_) | Value::Method(_) | Value::Class(_) => true,
            Value::Instance(instance) => {
                instance.class().lookup("__call__").is_some()
                    || matches!(value.plain(), Value::Native(native) if native.is_callable())
            }
            Value::Native(native) => {
                native.is_callable() || native.class(self).lookup("__call__").is_some()
            }
            _ => false,
        }
    }

    /// `value.name(*args)`.
    ///
    /// # Errors
    /// An `AttributeError` where there is no such attribute, and what the call raises.
    pub fn call_method(&mut self, value: &Value, name: &str, args: Args) -> Result<Value> {
        match self.method(value, name) {
            Some(function) => self.call(&function, args.prepend(value.clone())),
            None => {
                let function = self.get_attribute(value, name)?;
                self.call(&function, args)
            }
        }
    }

    /// The function behind `value.name` where it is a plain method, to be called with the object as
    /// its first argument.
    pub(super) fn method(&self, value: &Value, name: &str) -> Option<Value> {
        let class = match value {
            Value::Class(_) | Value::Module(_) | Value::Deferred(_) => return None,
            Value::Instance(instance) => {
                if instance.attributes.borrow().get(name).is_some() {
                    return None;
                }
                instance.class()
            }
            Value::Function(function) if function.attributes.borrow().get(name).is_some() => {
                return None;
            }
            _ => self.class(value),
        };
        match class.lookup(name)? {
            function @ Value::Function(_) => Some(function),
            Value::Builtin(builtin) if builtin.is_method => Some(Value::Builtin(builtin)),
            _ => None,
        }
    }

    /// A special method that Python code defines in the class of the value, called on it. `None`
    /// where there is none.
    pub(super) fn special(
        &mut self,
        value: &Value,
        name: &str,
        args: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Value>> {
        let Value::Instance(instance) = value else { return Ok(None) };
        let class = instance.class();
        let Some(function) = class.lookup_python(name) else { return Ok(None) };
        match &function {
            Value::Function(_) => {
                let args = Args::of([value.clone()].into_iter().chain(args));
                self.call(&function, args).map(Some)
            }
            Value::None => Ok(None),
            _ => {
                let bound = self.bind(&function, Some(value), &class)?;
                self.call(&bound, Args::of(args)).map(Some)
            }
        }
    }

    /// Makes an object of a class.
    ///
    /// # Errors
    /// What making it raises.
    pub fn call_class(&mut self, class: &Rc<Class>, args: Args) -> Result<Value> {
        if let Some(hooks) = class.hooks.clone()
            && let Some(value) = hooks.call(self, class, &args)?
        {
            return Ok(value);
        }
        if !class.traits.is_python {
            let Some(constructor) = class.constructor else {
                let name = &class.qualified;
                return self.type_error(format!("cannot create '{name}' instances"));
            };
            return constructor(self, class, args);
        }
        let new = class.lookup_python("__new__");
        let value = match &new {
            Some(new) => {
                let function = match new {
                    Value::Native(_) => self.bind(new, None, class)?,
                    _ => new.clone(),
                };
                let args = args.clone().prepend(Value::Class(Rc::clone(class)));
                self.call(&function, args)?
            }
            None => self.make_instance(class, &args)?,
        };
        if !matches!(&value, Value::Instance(made) if made.class().is_subclass(class)) {
            return Ok(value);
        }
        if let Some(init) = class.lookup_python("__init__") {
            let bound = self.bind(&init, Some(&value), class)?;
            let result = self.call(&bound, args)?;
            if !result.is_none() {
                let got = self.class_name(&result);
                return self.type_error(format!("__init__() should return None, not '{got}'"));
            }
        }
        Ok(value)
    }

    /// What `__new__` of the native base makes for a class of Python code.
    pub(super) fn make_instance(&mut self, class: &Rc<Class>, args: &Args) -> Result<Value> {
        self.charge(2)?;
        let Some(base) = class.ancestors.iter().find(|class| !class.traits.is_python).cloned()
        else {
            return Ok(Value::Instance(Rc::new(Instance::new(Rc::clone(class), None))));
        };
        if base.traits.is_exception {
            let instance = Instance::new(Rc::clone(class), None);
            if let Some(state) = &instance.exception {
                state.borrow_mut().args.clone_from(&args.positional);
            }
            let value = Value::Instance(Rc::new(instance));
            if class.lookup_python("__init__").is_none() {
                super::builtins::init_exception(self, &value, args)?;
            }
            return Ok(value);
        }
        let has_init = class.lookup_python("__init__").is_some();
        let Some(constructor) = base.constructor.filter(|_| !base.ancestors.is_empty()) else {
            let given = !args.positional.is_empty() || !args.keywords.is_empty();
            if given && !has_init && class.lookup_python("__new__").is_none() {
                return self.type_error(format!("{}() takes no arguments", class.name));
            }
            return Ok(Value::Instance(Rc::new(Instance::new(Rc::clone(class), None))));
        };
        // Built upon a native class: by now where that is how Python does it, or where no
        // `__init__` of Python code will call the native one.
        let inner = if base.traits.is_immutable || !has_init {
            Some(constructor(self, &base, args.clone())?)
        } else if base.traits.is_container {
            Some(constructor(self, &base, Args::none())?)
        } else {
            None
        };
        Ok(Value::Instance(Rc::new(Instance::new(Rc::clone(class), inner))))
    }

    /// `super().__init__(…)` where that is a native class: makes what the object is built upon.
    pub(super) fn init_native(
        &mut self,
        base: &Rc<Class>,
        value: &Value,
        args: Args,
    ) -> Result<Value> {
        let Value::Instance(instance) = value else { return Ok(Value::None) };
        if base.traits.is_exception {
            super::builtins::init_exception(self, value, &args)?;
        } else if let Some(constructor) = base.constructor.filter(|_| !base.ancestors.is_empty()) {
            if !base.traits.is_immutable {
                let inner = constructor(self, base, args)?;
                let old = instance.inner.borrow_mut().replace(inner);
                drop(old);
            }
        } else if !args.positional.is_empty() || !args.keywords.is_empty() {
            let class = instance.class();
            let message = if class.lookup_python("__init__").is_some() {
                "object.__init__() takes exactly one argument (the instance to initialize)"
                    .to_owned()
            } else {
                format!("{}() takes no arguments", class.name)
            };
            return self.type_error(message);
        }
        Ok(Value::None)
    }

    fn call_function(&mut self, function: &Rc<Function>, args: Args) -> Result<Value> {
        if let Some(called) = &mut self.called {
            called.insert(function.address());
        }
        let closure = function.closure.clone();
        let class = function.class_cell();
        let scope = Rc::new(Scope::new(&function.names, closure, class));
        self.bind_parameters(function, &scope, args)?;
        if function.is_generator() {
            if function.is_async() {
                return Err(self.unsupported("an asynchronous generator"));
            }
            return Ok(Value::native(Generator::new(Rc::clone(function), scope)));
        }
        if function.is_async() {
            return Ok(Value::native(Coroutine::new(Rc::clone(function), scope)));
        }
        self.run_function(function, scope)
    }

    /// Runs the body of a function whose parameters are bound.
    pub(super) fn run_function(
        &mut self,
        function: &Rc<Function>,
        scope: Rc<Scope>,
    ) -> Result<Value> {
        let module = Rc::clone(&function.module);
        let frame = Frame::new(module, FrameKind::Function(scope), function.qualified.clone());
        self.in_frame(&frame, &function.name.clone(), |interp| match &function.code {
            Code::Def(def) => Ok(match interp.exec_block(&frame, &def.body)? {
                Flow::Return(value) => value,
                _ => Value::None,
            }),
            Code::Lambda(_, body) => interp.eval(&frame, body),
        })
    }

    /// Runs code in a frame, which tracebacks show.
    pub(super) fn in_frame<R>(
        &mut self,
        frame: &Frame,
        function: &Text,
        run: impl FnOnce(&mut Self) -> Result<R>,
    ) -> Result<R> {
        if self.frames.len() >= self.limits.calls {
            return Err(self.limit(Limit::Depth));
        }
        let scope = match &frame.kind {
            FrameKind::Function(scope) => Some(Rc::clone(scope)),
            _ => None,
        };
        self.next_frame += 1;
        self.frames.push(FrameMark {
            module: Rc::clone(&frame.module),
            function: function.clone(),
            span: crate::python::Span { start: 0, end: 0 },
            id: self.next_frame,
            scope,
        });
        let result = self.nested(run);
        if let Err(error) = &result {
            self.trace(error);
        }
        self.frames.pop();
        result
    }

    /// Adds the current frame to the traceback of an exception that passes through it.
    pub(super) fn trace(&self, error: &Error) {
        let (Error::Raised(exception), Some(frame)) = (error, self.frames.last()) else { return };
        let Some(state) = &exception.exception else { return };
        // The inside of native modules is nobody's business.
        if frame.module.file.is_empty() {
            return;
        }
        let mut state = state.borrow_mut();
        // A traceback that goes on forever helps nobody.
        if state.traceback.len() > 2000
            || state.traceback.last().is_some_and(|entry| entry.frame == frame.id)
        {
            return;
        }
        state.traceback.push(TraceEntry {
            module: Rc::<Module>::clone(&frame.module),
            span: frame.span,
            function: frame.function.clone(),
            frame: frame.id,
        });
    }

    fn bind_parameters(&mut self, function: &Function, scope: &Scope, args: Args) -> Result<()> {
        let parameters = function.code.parameters();
        let name = &function.qualified;
        let count = parameters.positional_only.len() + parameters.positional.len();
        let by_name = count + parameters.keyword_only.len();
        let given = args.positional.len();
        let mut slots = scope.slots.borrow_mut();
        let mut positional = args.positional.into_iter();
        for (slot, value) in slots.iter_mut().take(count).zip(positional.by_ref()) {
            *slot = Some(value);
        }
        let mut next = by_name;
        let star: Vec<Value> = positional.collect();
        let too_many = !star.is_empty() && parameters.star.is_none();
        if parameters.star.is_some() {
            slots[next] = Some(Value::tuple(star));
            next += 1;
        }
        let first_by_name = parameters.positional_only.len();
        let names = || {
            parameters
                .positional_only
                .iter()
                .chain(&parameters.positional)
                .chain(&parameters.keyword_only)
        };
        let extra = parameters.double_star.as_ref().map(|_| super::containers::Dict::default());
        let mut unknown = None;
        let mut positional_only_by_name = Vec::new();
        for (keyword, value) in args.keywords {
            let place = names().position(|parameter| keyword == *parameter.name);
            match place.filter(|place| *place >= first_by_name) {
                Some(place) if slots[place].is_some() => {
                    drop(slots);
                    return self.type_error(format!(
                        "{name}() got multiple values for argument '{keyword}'"
                    ));
                }
                Some(place) => slots[place] = Some(value),
                None => match &extra {
                    Some(extra) => extra.set_text(&keyword, value),
                    None if place.is_some() => positional_only_by_name.push(keyword.to_string()),
                    None => {
                        unknown.get_or_insert(keyword);
                    }
                },
            }
        }
        if !positional_only_by_name.is_empty() {
            drop(slots);
            return self.type_error(format!(
                "{name}() got some positional-only arguments passed as keyword arguments: '{}'",
                positional_only_by_name.join(", ")
            ));
        }
        if let Some(keyword) = unknown {
            drop(slots);
            return self
                .type_error(format!("{name}() got an unexpected keyword argument '{keyword}'"));
        }
        if let Some(extra) = extra {
            slots[next] = Some(Value::Dict(Rc::new(extra)));
        }
        if too_many {
            let keyword_only_given =
                slots[count..by_name].iter().filter(|slot| slot.is_some()).count();
            drop(slots);
            return self.too_many(function, given, keyword_only_given);
        }
        let defaults = function.defaults.len();
        let mut missing = Vec::new();
        for (place, parameter) in names().take(count).enumerate() {
            if slots[place].is_none() {
                match (place + defaults).checked_sub(count) {
                    Some(default) => slots[place] = function.defaults.get(default).cloned(),
                    None => missing.push(&*parameter.name),
                }
            }
        }
        if !missing.is_empty() {
            drop(slots);
            return self.type_error(missing_arguments(name, "positional", &missing));
        }
        for (place, parameter) in names().enumerate().skip(count) {
            if slots[place].is_none() {
                match function.keyword_defaults.get(place - count) {
                    Some(Some(default)) => slots[place] = Some(default.clone()),
                    _ => missing.push(&*parameter.name),
                }
            }
        }
        if !missing.is_empty() {
            drop(slots);
            return self.type_error(missing_arguments(name, "keyword-only", &missing));
        }
        Ok(())
    }

    fn too_many(&mut self, function: &Function, given: usize, keyword_only: usize) -> Result<()> {
        let parameters = function.code.parameters();
        let count = parameters.positional_only.len() + parameters.positional.len();
        let name = &function.qualified;
        let plural = |number: usize| if number == 1 { "" } else { "s" };
        let (wanted, s) = if function.defaults.is_empty() {
            (format!("{count}"), plural(count))
        } else {
            (format!("from {} to {count}", count - function.defaults.len()), "s")
        };
        let message = if keyword_only > 0 {
            format!(
                "{name}() takes {wanted} positional argument{s} but {given} positional argument{} \
                 (and {keyword_only} keyword-only argument{}) were given",
                plural(given),
                plural(keyword_only)
            )
        } else {
            let was = if given == 1 { "was" } else { "were" };
            format!("{name}() takes {wanted} positional argument{s} but {given} {was} given")
        };
        self.type_error(message)
    }
}
