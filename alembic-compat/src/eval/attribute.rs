//! Attributes: reading, setting, deleting, and binding functions to objects.

use std::rc::Rc;

use super::args::Args;
use super::class::Class;
use super::class::Instance;
use super::class_def::UNKNOWN_METHODS;
use super::containers::Dict;
use super::error::Error;
use super::error::Result;
use super::function::Function;
use super::function::Method;
use super::interpreter::Interpreter;
use super::python_names::python_has;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// `type(value)`.
    #[must_use]
    pub fn class(&self, value: &Value) -> Rc<Class> {
        let types = &self.types;
        let class = match value {
            Value::None => &types.none,
            Value::Ellipsis => &types.ellipsis,
            Value::NotImplemented => &types.not_implemented,
            Value::Bool(_) => &types.bool,
            Value::Int(_) | Value::BigInt(_) => &types.int,
            Value::Float(_) => &types.float,
            Value::Str(_) => &types.str,
            Value::Bytes(_) => &types.bytes,
            Value::List(_) => &types.list,
            Value::Tuple(_) => &types.tuple,
            Value::Dict(_) => &types.dict,
            Value::Set(set) if set.frozen => &types.frozenset,
            Value::Set(_) => &types.set,
            Value::Function(_) => &types.function,
            Value::Builtin(_) => &types.builtin,
            Value::Method(_) => &types.method,
            Value::Class(_) => &types.r#type,
            Value::Instance(instance) => return instance.class(),
            Value::Module(_) => &types.module,
            Value::Native(object) => return object.class(self),
            Value::Deferred(_) => &types.object,
        };
        Rc::clone(class)
    }

    /// The name of `type(value)`, for messages.
    #[must_use]
    pub fn class_name(&self, value: &Value) -> Text {
        self.class(value).name.clone()
    }

    /// The name of `type(value)` as messages of operators show it: classes that CPython writes in C
    /// have their module in front.
    pub(super) fn static_name(&self, value: &Value) -> Text {
        let class = self.class(value);
        if !class.traits.is_python && matches!(&*class.module, "datetime" | "decimal" | "re") {
            return Text::from(format!("{}.{}", class.module, class.name));
        }
        class.name.clone()
    }

    /// `value.name`.
    ///
    /// # Errors
    /// An `AttributeError`, and what the attribute raises.
    pub fn get_attribute(&mut self, value: &Value, name: &str) -> Result<Value> {
        if let Some(found) = self.find_attribute(value, name)? {
            return Ok(found);
        }
        let message = match value {
            Value::Class(class) => {
                format!("type object '{}' has no attribute '{name}'", class.name)
            }
            Value::Module(module) => {
                format!("module '{}' has no attribute '{name}'", module.name)
            }
            Value::Instance(instance)
                if instance.class().lookup_python("__getattr__").is_some() =>
            {
                // `find_attribute` has swallowed the error of `__getattr__`: it is raised again.
                return self.call_getattr(value, name);
            }
            _ => format!("'{}' object has no attribute '{name}'", self.class(value).name),
        };
        self.raise("AttributeError", message)
    }

    fn call_getattr(&mut self, value: &Value, name: &str) -> Result<Value> {
        let function = self.class(value).lookup_python("__getattr__").unwrap_or_default();
        let bound = self.bind(&function, Some(value), &self.class(value))?;
        self.call(&bound, Args::of([Value::str(name)]))
    }

    /// `value.name`, or nothing where reading raises an `AttributeError`.
    ///
    /// # Errors
    /// What the attribute raises beside that.
    pub fn find_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        let found = self.known_attribute(value, name)?;
        if found.is_none() {
            let class = match value {
                Value::Class(class) => Rc::clone(class),
                Value::Module(_) => return Ok(None),
                _ => self.class(value),
            };
            if python_has(&class, name) {
                return Err(self.unsupported(format!("{}.{name}", class.name)));
            }
        }
        Ok(found)
    }

    fn known_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        match value {
            Value::Instance(instance) => self.instance_attribute(value, instance, name),
            Value::Class(class) => self.class_attribute(class, name),
            Value::Module(module) => self.module_attribute(module, name),
            Value::Native(object) => {
                let class = object.class(self);
                if let Some(found) = class.lookup(name) {
                    return self.or_missing(|interp| interp.bind(&found, Some(value), &class));
                }
                let found = object.attribute(value, name, self);
                if let Some(found) = self.missing(found)?.flatten() {
                    return Ok(Some(found));
                }
                if let Some(found) = self.common_attribute(value, &class, name) {
                    return Ok(Some(found));
                }
                match self.partial {
                    Some(partial) if (partial.has)(&class, name) => {
                        Err(self.unsupported(format!("{}.{name}", class.name)))
                    }
                    _ => Ok(None),
                }
            }
            _ => {
                let class = self.class(value);
                if let Some(found) = class.lookup(name) {
                    return self.or_missing(|interp| interp.bind(&found, Some(value), &class));
                }
                if let Some(found) = self.function_attribute(value, name)? {
                    return Ok(Some(found));
                }
                Ok(self.common_attribute(value, &class, name))
            }
        }
    }

    fn or_missing(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value>,
    ) -> Result<Option<Value>> {
        let result = read(self);
        self.missing(result)
    }

    /// An `AttributeError` means that there is no such attribute.
    pub(super) fn missing<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.is_raised(&error, "AttributeError") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an error is a Python exception of this built-in class.
    #[must_use]
    pub fn is_raised(&self, error: &Error, class: &str) -> bool {
        let Error::Raised(exception) = error else { return false };
        let Some(Value::Class(class)) = self.builtins.get(class) else { return false };
        exception.class().is_subclass(class)
    }

    /// What every object has.
    fn common_attribute(&self, value: &Value, class: &Rc<Class>, name: &str) -> Option<Value> {
        match name {
            "__class__" => Some(Value::Class(Rc::clone(class))),
            "__doc__" => Some(Value::None),
            "__module__" => Some(Value::Str(class.module.clone())),
            "__hash__" | "__eq__" | "__ne__" | "__str__" | "__repr__" | "__init__"
            | "__format__" | "__bool__" | "__len__" | "__iter__" | "__next__" | "__contains__"
            | "__getitem__" | "__add__" | "__enter__" | "__exit__" => {
                super::builtins::dunder_method(self, value, name)
            }
            _ => None,
        }
    }

    fn instance_attribute(
        &mut self,
        value: &Value,
        instance: &Rc<Instance>,
        name: &str,
    ) -> Result<Option<Value>> {
        let class = instance.class();
        let in_class = class.lookup(name);
        if let Some(found) = &in_class
            && self.is_data_descriptor(found)
        {
            match self.bind(found, Some(value), &class) {
                Ok(found) => return Ok(Some(found)),
                Err(error) if self.is_raised(&error, "AttributeError") => {
                    let fallback = self.instance_fallback(value, &class, name)?;
                    return if fallback.is_some() { Ok(fallback) } else { Err(error) };
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(found) = instance.get(name) {
            return Ok(Some(found));
        }
        if let Some(found) = in_class {
            return self.or_missing(|interp| interp.bind(&found, Some(value), &class));
        }
        if let Some(found) = self.exception_attribute(instance, name) {
            return Ok(Some(found));
        }
        let inner = instance.inner.borrow().clone();
        if let Some(Value::Native(object)) = inner {
            let found = object.attribute(value, name, self);
            if let Some(found) = self.missing(found)?.flatten() {
                return Ok(Some(found));
            }
        }
        if name == "__dict__" && class.traits.slots.is_none() {
            if instance.inner.borrow().is_none() {
                return Ok(Some(Dict::of_instance(instance)));
            }
            let attributes = instance.attributes.borrow();
            let items = attributes.iter().map(|(name, value)| (name.clone(), value.clone()));
            return Ok(Some(Dict::picture(items)));
        }
        if let Some(found) = self.common_attribute(value, &class, name) {
            return Ok(Some(found));
        }
        self.instance_fallback(value, &class, name)
    }

    fn instance_fallback(
        &mut self,
        value: &Value,
        class: &Rc<Class>,
        name: &str,
    ) -> Result<Option<Value>> {
        if class.lookup_python("__getattr__").is_none() {
            return Ok(None);
        }
        self.or_missing(|interp| interp.call_getattr(value, name))
    }

    fn exception_attribute(&self, instance: &Instance, name: &str) -> Option<Value> {
        let state = instance.exception.as_ref()?.borrow();
        Some(match name {
            "args" => Value::tuple(state.args.clone()),
            "__cause__" => state.cause.clone().unwrap_or_default(),
            "__context__" => state.context.clone().unwrap_or_default(),
            "__suppress_context__" => Value::Bool(state.suppress_context),
            "__traceback__" => Value::None,
            "code" | "value" if self.is_exit(instance, name) => {
                state.args.first().cloned().unwrap_or_default()
            }
            _ => return None,
        })
    }

    fn is_exit(&self, instance: &Instance, name: &str) -> bool {
        let class = if name == "code" { "SystemExit" } else { "StopIteration" };
        matches!(self.builtins.get(class), Some(Value::Class(class))
            if instance.class().is_subclass(class))
    }

    fn class_attribute(&mut self, class: &Rc<Class>, name: &str) -> Result<Option<Value>> {
        if let Some(hooks) = class.hooks.clone()
            && let Some(found) = hooks.attribute(self, class, name)?
        {
            return Ok(Some(found));
        }
        if let Some(found) = class.lookup(name) {
            return self.or_missing(|interp| interp.bind(&found, None, class));
        }
        let classes = |classes: &[Rc<Class>]| {
            Value::tuple(classes.iter().map(|class| Value::Class(Rc::clone(class))).collect())
        };
        Ok(match name {
            "__name__" => Some(Value::Str(class.name.clone())),
            "__qualname__" => Some(Value::Str(class.qualified.clone())),
            "__module__" => Some(Value::Str(class.module.clone())),
            "__bases__" => Some(classes(&class.bases)),
            "__mro__" => Some(classes(&class.order().cloned().collect::<Vec<_>>())),
            "__class__" => Some(Value::Class(Rc::clone(&self.types.r#type))),
            "__doc__" => Some(Value::None),
            "__annotations__" => Some(Value::dict(Vec::<(Text, Value)>::new())),
            "__dict__" => {
                let attributes = class.attributes.borrow();
                let items = attributes.iter().map(|(k, v)| (k.clone(), v.clone()));
                Some(Dict::picture(items))
            }
            "mro" | "__subclasses__" => {
                let found = self.types.r#type.lookup(name);
                found.map(|found| self.bound(&found, &Value::Class(Rc::clone(class))))
            }
            _ => super::builtins::unbound_dunder(self, class, name),
        })
    }

    fn function_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        match value {
            Value::Function(function) => {
                if let Some(found) = function.attributes.borrow().get(name) {
                    return Ok(Some(found.clone()));
                }
                Ok(match name {
                    "__name__" => Some(Value::Str(function.name.clone())),
                    "__qualname__" => Some(Value::Str(function.qualified.clone())),
                    "__module__" => Some(Value::Str(function.module.name.clone())),
                    "__doc__" => Some(function_doc(function)),
                    "__dict__" => {
                        let attributes = function.attributes.borrow();
                        let items = attributes.iter().map(|(k, v)| (k.clone(), v.clone()));
                        Some(Dict::picture(items))
                    }
                    "__defaults__" => Some(if function.defaults.is_empty() {
                        Value::None
                    } else {
                        Value::tuple(function.defaults.clone())
                    }),
                    _ => None,
                })
            }
            Value::Builtin(builtin) => Ok(match name {
                "__name__" | "__qualname__" => Some(Value::Str(builtin.name.clone())),
                "__module__" => Some(Value::str("builtins")),
                _ => None,
            }),
            Value::Method(method) => match name {
                "__self__" => Ok(Some(method.receiver.clone())),
                "__func__" => Ok(Some(method.function.clone())),
                _ => self.find_attribute(&method.function, name),
            },
            _ => Ok(None),
        }
    }

    /// A function bound to an object.
    #[must_use]
    pub fn bound(&self, function: &Value, receiver: &Value) -> Value {
        let method = Method { function: function.clone(), receiver: receiver.clone() };
        Value::Method(Rc::new(method))
    }

    /// What reading an attribute gives that stands in a class: functions become methods,
    /// descriptors are asked.
    ///
    /// # Errors
    /// What a descriptor raises.
    pub fn bind(
        &mut self,
        attribute: &Value,
        object: Option<&Value>,
        class: &Rc<Class>,
    ) -> Result<Value> {
        match attribute {
            Value::Function(_) => {
                Ok(object.map_or_else(|| attribute.clone(), |it| self.bound(attribute, it)))
            }
            Value::Builtin(builtin) if builtin.is_method => {
                Ok(object.map_or_else(|| attribute.clone(), |it| self.bound(attribute, it)))
            }
            Value::Native(native) => {
                let found = native.bind(attribute, object, class, self)?;
                Ok(found.unwrap_or_else(|| attribute.clone()))
            }
            Value::Instance(instance) => {
                let Some(get) = instance.class().lookup("__get__") else {
                    return Ok(attribute.clone());
                };
                let object = object.cloned().unwrap_or_default();
                let args = [attribute.clone(), object, Value::Class(Rc::clone(class))];
                self.call(&get, Args::of(args))
            }
            _ => Ok(attribute.clone()),
        }
    }

    fn is_data_descriptor(&self, attribute: &Value) -> bool {
        match attribute {
            Value::Native(native) => native.is_data_descriptor(),
            Value::Instance(instance) => {
                let class = instance.class();
                class.lookup("__set__").is_some() || class.lookup("__delete__").is_some()
            }
            _ => false,
        }
    }

    /// `value.name = new`.
    ///
    /// # Errors
    /// An `AttributeError` where it cannot be set, and what setting raises.
    pub fn set_attribute(&mut self, value: &Value, name: &str, new: &Value) -> Result<()> {
        match value {
            Value::Instance(instance) => {
                let class = instance.class();
                if let Some(set) = class.lookup_python("__setattr__") {
                    let bound = self.bind(&set, Some(value), &class)?;
                    let args = Args::of([Value::str(name), new.clone()]);
                    return self.call(&bound, args).map(drop);
                }
                self.set_plain(value, name, new)
            }
            Value::Class(class) => {
                if !class.traits.is_python {
                    return self.type_error(format!(
                        "cannot set '{name}' attribute of immutable type '{}'",
                        class.name
                    ));
                }
                if matches!(name, "__class__" | "__bases__" | "__mro__" | "__dict__")
                    || UNKNOWN_METHODS.contains(&name)
                {
                    return Err(self.unsupported(format!("setting '{name}' of a class")));
                }
                if let Some(hooks) = class.hooks.clone() {
                    hooks.set(self, class, name, new)?;
                }
                let name = self.intern(name);
                class.set(name, new.clone());
                Ok(())
            }
            Value::Module(module) => {
                self.run_pending(module, name)?;
                let name = self.intern(name);
                module.set(name, new.clone());
                Ok(())
            }
            Value::Function(function) => {
                if name.starts_with("__")
                    && matches!(name, "__code__" | "__defaults__" | "__dict__")
                {
                    return Err(self.unsupported(format!("setting '{name}' of a function")));
                }
                let name = self.intern(name);
                let old = function.attributes.borrow_mut().set(name, new.clone());
                drop(old);
                Ok(())
            }
            Value::Native(object) if object.set_attribute(value, name, new, self)? => Ok(()),
            _ => self.cannot_set(value, name),
        }
    }

    fn cannot_set<R>(&mut self, value: &Value, name: &str) -> Result<R> {
        let class = self.class(value);
        if self.partial.is_some_and(|partial| (partial.takes)(&class)) {
            return Err(self.unsupported(format!("setting {}.{name}", class.name)));
        }
        let message = if self.find_attribute(value, name)?.is_some() {
            match value {
                Value::Native(_) => {
                    format!("attribute '{name}' of '{}' objects is not writable", class.name)
                }
                _ => format!("'{}' object attribute '{name}' is read-only", class.name),
            }
        } else {
            format!("'{}' object has no attribute '{name}'", class.name)
        };
        self.raise("AttributeError", message)
    }

    /// `object.__setattr__`: without asking a `__setattr__` of the class.
    ///
    /// # Errors
    /// An `AttributeError` where it cannot be set, and what a descriptor raises.
    pub fn set_plain(&mut self, value: &Value, name: &str, new: &Value) -> Result<()> {
        let Value::Instance(instance) = value else { return self.cannot_set(value, name) };
        let class = instance.class();
        if self.set_descriptor(value, &class, name, Some(new))? {
            return Ok(());
        }
        if name == "__class__" {
            let Value::Class(new) = new else {
                return self.type_error("__class__ must be set to a class");
            };
            *instance.class.borrow_mut() = Rc::clone(new);
            return Ok(());
        }
        if let Some(exception) = &instance.exception {
            let mut state = exception.borrow_mut();
            let optional = (!new.is_none()).then(|| new.clone());
            match (name, new) {
                ("args", Value::Tuple(items)) => state.args = items.to_vec(),
                ("__cause__", _) => {
                    state.cause = optional;
                    state.suppress_context = true;
                }
                ("__context__", _) => state.context = optional,
                ("__suppress_context__", Value::Bool(value)) => state.suppress_context = *value,
                ("__traceback__", _) => {}
                _ => {
                    drop(state);
                    let name = self.intern(name);
                    instance.set(name, new.clone());
                }
            }
            return Ok(());
        }
        let inner = instance.inner.borrow().clone();
        if let Some(Value::Native(object)) = inner
            && object.set_attribute(value, name, new, self)?
        {
            return Ok(());
        }
        if let Some(slots) = &class.traits.slots
            && !slots.iter().any(|slot| *slot == name)
        {
            let class = &class.name;
            return self
                .raise("AttributeError", format!("'{class}' object has no attribute '{name}'"));
        }
        if !class.traits.is_python {
            return self.cannot_set(value, name);
        }
        let name = self.intern(name);
        instance.set(name, new.clone());
        Ok(())
    }

    /// `del value.name`.
    ///
    /// # Errors
    /// An `AttributeError` where there is none, and what deleting raises.
    pub fn delete_attribute(&mut self, value: &Value, name: &str) -> Result<()> {
        let removed = match value {
            Value::Instance(instance) => {
                let class = instance.class();
                if let Some(delete) = class.lookup_python("__delattr__") {
                    let bound = self.bind(&delete, Some(value), &class)?;
                    return self.call(&bound, Args::of([Value::str(name)])).map(drop);
                }
                return self.delete_plain(value, name);
            }
            Value::Class(class) if class.traits.is_python => {
                class.attributes.borrow_mut().remove(name)
            }
            Value::Module(module) => module.globals.borrow_mut().remove(name),
            Value::Function(function) => function.attributes.borrow_mut().remove(name),
            Value::Native(object) if object.delete_attribute(value, name, self)? => return Ok(()),
            _ => None,
        };
        if removed.is_none() {
            return self.get_attribute_error(value, name);
        }
        Ok(())
    }

    /// `object.__delattr__`.
    ///
    /// # Errors
    /// An `AttributeError` where there is none, and what a descriptor raises.
    pub fn delete_plain(&mut self, value: &Value, name: &str) -> Result<()> {
        let Value::Instance(instance) = value else { return self.get_attribute_error(value, name) };
        if self.set_descriptor(value, &instance.class(), name, None)? {
            return Ok(());
        }
        let removed = instance.attributes.borrow_mut().remove(name);
        if removed.is_none() {
            return self.get_attribute_error(value, name);
        }
        Ok(())
    }

    fn get_attribute_error<R>(&mut self, value: &Value, name: &str) -> Result<R> {
        let message = match value {
            Value::Class(class) => {
                format!("type object '{}' has no attribute '{name}'", class.name)
            }
            _ => format!("'{}' object has no attribute '{name}'", self.class(value).name),
        };
        self.raise("AttributeError", message)
    }

    /// Sets or deletes through a descriptor of the class; `false` where there is none.
    fn set_descriptor(
        &mut self,
        value: &Value,
        class: &Rc<Class>,
        name: &str,
        new: Option<&Value>,
    ) -> Result<bool> {
        let Some(found) = class.lookup(name) else { return Ok(false) };
        match &found {
            Value::Native(native) if native.is_data_descriptor() => {
                native.bind_set(&found, value, new, name, self)?;
                Ok(true)
            }
            Value::Instance(descriptor) => {
                let method = if new.is_some() { "__set__" } else { "__delete__" };
                let Some(method) = descriptor.class().lookup(method) else { return Ok(false) };
                let args = [found.clone(), value.clone()].into_iter().chain(new.cloned());
                self.call(&method, Args::of(args))?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

fn function_doc(function: &Function) -> Value {
    use crate::python::ExprKind;
    use crate::python::StmtKind;
    match function.code.body().first().map(|stmt| &stmt.kind) {
        Some(StmtKind::Expr(expr)) => match &expr.kind {
            ExprKind::Str(text) => Value::str(text.as_str()),
            _ => Value::None,
        },
        _ => Value::None,
    }
}
