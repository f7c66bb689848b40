//! `Column.default`: what stands for a default of Python's.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::clause;
use super::names::unknown;
use super::processing;
use super::sequence::SequenceObject;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scalar,
    Callable,
    Clause,
}

/// A `ColumnDefault`.
#[derive(Debug)]
struct DefaultObject {
    kind: Kind,
    argument: Value,
    class: Rc<Class>,
}

/// The object for `default=`; a sequence stands for itself.
pub(super) fn object(interp: &mut Interpreter, given: &Value) -> Result<Value> {
    if given.is_none() || given.downcast::<SequenceObject>().is_some() {
        return Ok(given.clone());
    }
    let (kind, name) = if clause::find(interp, given)?.is_some() {
        (Kind::Clause, "ColumnElementColumnDefault")
    } else if interp.is_callable(given) {
        (Kind::Callable, "CallableColumnDefault")
    } else {
        (Kind::Scalar, "ScalarElementColumnDefault")
    };
    let class = ClassBuilder::new(name, "sqlalchemy.sql.schema").finish(interp);
    Ok(Value::native(DefaultObject { kind, argument: given.clone(), class }))
}

impl Object for DefaultObject {
    fn class(&self, _: &Interpreter) -> Rc<Class> {
        Rc::clone(&self.class)
    }

    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(Some(match name {
            "arg" => return self.argument(interp).map(Some),
            "is_scalar" => Value::Bool(self.kind == Kind::Scalar),
            "is_callable" => Value::Bool(self.kind == Kind::Callable),
            "is_clause_element" => Value::Bool(self.kind == Kind::Clause),
            "has_arg" => Value::Bool(true),
            "for_update" | "is_sequence" | "is_identity" | "is_server_default" => {
                Value::Bool(false)
            }
            _ => return unknown(interp, "ColumnDefault", name),
        }))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let argument = self.argument(interp)?;
        Ok(Some(format!("{}({})", self.class.name, interp.repr(&argument)?)))
    }
}

impl DefaultObject {
    /// A function is called with the context, whether it asks for it or not.
    fn argument(&self, interp: &mut Interpreter) -> Result<Value> {
        let function = self.argument.clone();
        if self.kind != Kind::Callable || processing::takes_context(&function) {
            return Ok(function);
        }
        Ok(interp.function("arg", move |interp, args| {
            let [_] = args.exactly(interp, "arg")?;
            interp.call(&function, Args::none())
        }))
    }
}
