//! Binding functions to objects, and descriptors.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::class::Class;
use crate::eval::error::Result;
use crate::eval::function::Method;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;

impl Interpreter {
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

    pub(super) fn is_data_descriptor(&self, attribute: &Value) -> bool {
        match attribute {
            Value::Native(native) => native.is_data_descriptor(),
            Value::Instance(instance) => {
                let class = instance.class();
                class.lookup("__set__").is_some() || class.lookup("__delete__").is_some()
            }
            _ => false,
        }
    }

    /// Sets or deletes through a descriptor of the class; `false` where there is none.
    pub(super) fn set_descriptor(
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
