//! Setting and deleting attributes.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::class_def::UNKNOWN_METHODS;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;

impl Interpreter {
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
}
