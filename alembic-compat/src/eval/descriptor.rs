//! `property`, `staticmethod` and `classmethod`.

use std::rc::Rc;

use super::args::Args;
use super::class::Class;
use super::error::Result;
use super::interpreter::Interpreter;
use super::object::Object;
use super::value::Value;

/// `property`.
#[derive(Debug, Clone)]
pub struct Property {
    /// Reads.
    pub get: Value,
    /// Sets; `None` when it cannot be set.
    pub set: Value,
    /// Deletes.
    pub delete: Value,
    /// The documentation.
    pub doc: Value,
}

impl Property {
    /// A property that can only be read.
    #[must_use]
    pub const fn read_only(get: Value) -> Self {
        Self { get, set: Value::None, delete: Value::None, doc: Value::None }
    }
}

impl Object for Property {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "fget" => Some(self.get.clone()),
            "fset" => Some(self.set.clone()),
            "fdel" => Some(self.delete.clone()),
            "__doc__" => Some(self.doc.clone()),
            _ => None,
        })
    }

    fn bind(
        &self,
        this: &Value,
        object: Option<&Value>,
        _: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(object) = object else { return Ok(Some(this.clone())) };
        if self.get.is_none() {
            return interp.raise("AttributeError", "property has no getter");
        }
        interp.call(&self.get, Args::of([object.clone()])).map(Some)
    }

    fn is_data_descriptor(&self) -> bool {
        true
    }

    fn bind_set(
        &self,
        _: &Value,
        object: &Value,
        value: Option<&Value>,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<()> {
        let (function, what) = match value {
            Some(_) => (&self.set, "setter"),
            None => (&self.delete, "deleter"),
        };
        if function.is_none() {
            let class = interp.class(object).qualified.clone();
            return interp.raise(
                "AttributeError",
                format!("property '{name}' of '{class}' object has no {what}"),
            );
        }
        let args = [object.clone()].into_iter().chain(value.cloned());
        interp.call(function, Args::of(args)).map(drop)
    }
}

/// `staticmethod`.
#[derive(Debug, Clone)]
pub struct StaticMethod {
    /// What is in it.
    pub function: Value,
}

impl Object for StaticMethod {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(matches!(name, "__func__" | "__wrapped__").then(|| self.function.clone()))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, _: &Value, interp: &mut Interpreter, args: Args) -> Result<Value> {
        interp.call(&self.function, args)
    }

    fn bind(
        &self,
        _: &Value,
        _: Option<&Value>,
        _: &Rc<Class>,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(Some(self.function.clone()))
    }
}

/// `classmethod`.
#[derive(Debug, Clone)]
pub struct ClassMethod {
    /// What is in it.
    pub function: Value,
}

impl Object for ClassMethod {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(matches!(name, "__func__" | "__wrapped__").then(|| self.function.clone()))
    }

    fn bind(
        &self,
        _: &Value,
        _: Option<&Value>,
        class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let receiver = Value::Class(Rc::clone(class));
        Ok(Some(interp.bound(&self.function, &receiver)))
    }
}
