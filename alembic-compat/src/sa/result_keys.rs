//! `result.keys()`: the names of a result's columns, as a view.

use std::rc::Rc;

use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;

/// The names.
#[derive(Debug)]
pub(super) struct Keys(pub(super) Rc<Vec<String>>);

impl Keys {
    fn list(&self) -> Value {
        Value::list(self.0.iter().map(|name| Value::str(name.as_str())).collect())
    }
}

impl Object for Keys {
    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(format!("RMKeyView({})", interp.repr(&self.list())?)))
    }

    fn len(&self, _: &Value, _: &mut Interpreter) -> Result<Option<usize>> {
        Ok(Some(self.0.len()))
    }

    fn iterate(&self, _: &Value, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(self.list()))
    }

    fn contains(&self, _: &Value, value: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        match value.as_text() {
            Some(name) => Ok(Some(self.0.iter().any(|own| *own == *name))),
            None if value.as_int().is_some() => Ok(Some(false)),
            None => Err(interp.unsupported("a column among the keys of a result")),
        }
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            return Err(interp.unsupported("a comparison of the keys of a result"));
        }
        let other = Value::list(interp.items(other)?);
        interp.compare(op, &self.list(), &other).map(Some)
    }

    fn binary(
        &self,
        _: &Value,
        _: BinaryOp,
        _: &Value,
        _: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Err(interp.unsupported("an operator on the keys of a result"))
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("RMKeyView", "sqlalchemy.engine.result").finish(interp);
    interp.register_class::<Keys>(class);
}
