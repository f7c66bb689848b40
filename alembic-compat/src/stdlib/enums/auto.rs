//! `enum.auto()`: the values that an enumeration gives its members itself.

use std::cell::RefCell;
use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::stdlib::support;

use super::hooks::Hooks;
use super::is_flag;

/// `enum.auto()`, and what is worked out from one in the body of a class.
#[derive(Debug, Default)]
pub(super) struct Auto {
    value: RefCell<Option<Value>>,
    from: Option<(BinaryOp, Value, Value)>,
}

impl Object for Auto {
    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let (a, b) = if reflected { (other, this) } else { (this, other) };
        let from = Some((op, a.clone(), b.clone()));
        Ok(Some(Value::native(Self { value: RefCell::default(), from })))
    }
}

/// The value that an [`Auto`] got; any other value itself.
fn settled(interp: &mut Interpreter, value: &Value) -> Result<Value> {
    let Some(auto) = value.downcast::<Auto>() else { return Ok(value.clone()) };
    if let Some(value) = &*auto.value.borrow() {
        return Ok(value.clone());
    }
    let Some((op, a, b)) = &auto.from else {
        return Err(interp.unsupported("'enum.auto' outside of a name of its own"));
    };
    let (a, b) = interp.nested(|interp| Ok((settled(interp, a)?, settled(interp, b)?)))?;
    interp.binary(*op, &a, &b)
}

impl Hooks {
    pub(super) fn next_value(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &Text,
        values: &[Value],
    ) -> Result<Value> {
        match class.lookup_python("_generate_next_value_") {
            Some(function) => {
                let function = interp.find_attribute(&function, "__func__")?.unwrap_or(function);
                let count = Value::size(values.len());
                let before = Value::list(values.to_vec());
                let args = [Value::Str(name.clone()), Value::Int(1), count, before];
                interp.call(&function, Args::of(args))
            }
            None if is_flag(class) => {
                let most = values.iter().filter_map(Value::as_int).max().unwrap_or(0);
                let bits = 64 - most.max(0).leading_zeros();
                Ok(Value::Int(1_i64.checked_shl(bits).unwrap_or_default()))
            }
            None => {
                for last in values.iter().rev() {
                    if let Some(number) = support::big(last) {
                        return Ok(Value::integer(number + 1));
                    }
                    if let Value::Float(number) = last.plain() {
                        return Ok(Value::Float(number + 1.0));
                    }
                }
                Ok(Value::Int(1))
            }
        }
    }

    pub(super) fn resolve_autos(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &Text,
        value: Value,
        values: &[Value],
    ) -> Result<Value> {
        if let Some(auto) = value.downcast::<Auto>() {
            if auto.from.is_some() || auto.value.borrow().is_some() {
                return settled(interp, &value);
            }
            let value = Self::next_value(interp, class, name, values)?;
            drop(auto.value.borrow_mut().replace(value.clone()));
            return Ok(value);
        }
        if let Value::Tuple(items) = &value
            && items.iter().any(|item| item.downcast::<Auto>().is_some())
        {
            return Err(interp.unsupported("'enum.auto' inside of a tuple"));
        }
        Ok(value)
    }
}
