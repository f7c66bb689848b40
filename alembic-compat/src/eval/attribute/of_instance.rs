//! The attributes of an instance: its own, those of its class, and those of exceptions.

use std::rc::Rc;

use crate::eval::class::Class;
use crate::eval::class::Instance;
use crate::eval::containers::Dict;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::python_names::python_has;
use crate::eval::value::Value;

impl Interpreter {
    pub(super) fn instance_attribute(
        &mut self,
        value: &Value,
        instance: &Rc<Instance>,
        name: &str,
    ) -> Result<Option<Value>> {
        let class = instance.class();
        // That is the name of the class, which its objects do not have.
        let in_class = if name == "__qualname__" { None } else { class.lookup(name) };
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
        if name == "__dict__" && class.traits.slots.is_none() && !class.ancestors.is_empty() {
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
        if python_has(class, name) {
            return Err(self.unsupported(format!("{}.{name}", class.name)));
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
}
