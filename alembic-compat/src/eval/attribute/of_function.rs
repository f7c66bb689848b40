//! The attributes of functions and methods.

use crate::eval::containers::Dict;
use crate::eval::error::Result;
use crate::eval::function::Function;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;
use crate::python::ExprKind;
use crate::python::StmtKind;

impl Interpreter {
    pub(super) fn function_attribute(
        &mut self,
        value: &Value,
        name: &str,
    ) -> Result<Option<Value>> {
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
                "__func__" if !matches!(method.function, Value::Builtin(_)) => {
                    Ok(Some(method.function.clone()))
                }
                _ => self.find_attribute(&method.function, name),
            },
            _ => Ok(None),
        }
    }
}

fn function_doc(function: &Function) -> Value {
    match function.code.body().first().map(|stmt| &stmt.kind) {
        Some(StmtKind::Expr(expr)) => match &expr.kind {
            ExprKind::Str(text) => Value::str(text.as_str()),
            _ => Value::None,
        },
        _ => Value::None,
    }
}
