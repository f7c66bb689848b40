//! The attributes of a class.

use std::rc::Rc;

use crate::eval::class::Class;
use crate::eval::containers::Dict;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::text::Text;
use crate::eval::value::Value;

impl Interpreter {
    pub(super) fn class_attribute(
        &mut self,
        class: &Rc<Class>,
        name: &str,
    ) -> Result<Option<Value>> {
        if let Some(hooks) = class.hooks.clone() {
            let found = hooks.attribute(self, class, name);
            match self.missing(found)? {
                Some(None) => {}
                found => return Ok(found.flatten()),
            }
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
            "__doc__" if class.traits.is_python => Some(Value::None),
            "__annotations__" if class.traits.is_python => {
                Some(Value::dict(Vec::<(Text, Value)>::new()))
            }
            "__dict__" => {
                let attributes = class.attributes.borrow();
                let items = attributes.iter().map(|(k, v)| (k.clone(), v.clone()));
                Some(Dict::picture(items))
            }
            "mro" | "__subclasses__" => {
                let found = self.types.r#type.lookup(name);
                found.map(|found| self.bound(&found, &Value::Class(Rc::clone(class))))
            }
            _ => crate::eval::builtins::unbound_dunder(self, class, name),
        })
    }
}
