//! Generic classes, `list[int]`, and what `isinstance` and `issubclass` answer.

use crate::eval::args::Args;
use crate::eval::class::Class;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::object::Object;
use crate::eval::operator::UnionType;
use crate::eval::value::Value;
use crate::python::BinaryOp;
use std::rc::Rc;

impl Interpreter {
    /// `isinstance(value, class)`, where the class may be a tuple or a union.
    ///
    /// # Errors
    /// A `TypeError` for what is no class.
    pub fn is_instance(&mut self, value: &Value, class: &Value) -> Result<bool> {
        match class {
            Value::Class(class) => {
                if let Some(hooks) = class.hooks.clone()
                    && let Some(answer) = hooks.is_instance(self, class, value)?
                {
                    return Ok(answer);
                }
                self.is_below(&self.class(value), class)
            }
            Value::Tuple(classes) => {
                for class in classes.iter() {
                    self.step()?;
                    if self.nested(|interp| interp.is_instance(value, class))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => {
                if let Some(union) = other.downcast::<UnionType>() {
                    for member in &union.members {
                        let fits = match member {
                            Value::None => value.is_none(),
                            member => self.is_instance(value, member)?,
                        };
                        if fits {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                if let Some(answer) = self.checked(other, "__instancecheck__", value)? {
                    return Ok(answer);
                }
                self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")
            }
        }
    }

    /// What an object that stands for a class says of a value; nothing where it does not say.
    fn checked(&mut self, of: &Value, method: &str, value: &Value) -> Result<Option<bool>> {
        let Value::Instance(instance) = of else { return Ok(None) };
        let class = instance.class();
        let Some(method) = class.lookup_python(method) else { return Ok(None) };
        let bound = self.bind(&method, Some(of), &class)?;
        let answer = self.call(&bound, Args::of([value.clone()]))?;
        if matches!(answer, Value::NotImplemented) {
            let shown = self.repr(of)?;
            return Err(self.unsupported(format!("isinstance(…, {shown})")));
        }
        self.truth(&answer).map(Some)
    }

    /// Whether a class is `wanted` or derived from it.
    ///
    /// # Errors
    /// When nobody can say ([`ClassHooks::may_be`](crate::eval::ClassHooks::may_be)).
    pub(in crate::eval) fn is_below(
        &mut self,
        class: &Rc<Class>,
        wanted: &Rc<Class>,
    ) -> Result<bool> {
        if class.is_subclass(wanted) {
            return Ok(true);
        }
        match class.hooks.clone() {
            Some(hooks) => hooks.may_be(self, class, wanted),
            None => Ok(false),
        }
    }

    /// `issubclass(class, of)`.
    ///
    /// # Errors
    /// A `TypeError` for what is no class.
    pub fn is_subclass(&mut self, class: &Rc<Class>, of: &Value) -> Result<bool> {
        match of {
            Value::Class(of) => match self.is_below(class, of)? {
                // What classes do, and not what they are derived from, decides there.
                false if matches!(&*of.module, "collections.abc" | "numbers") => {
                    Err(self.unsupported(format!("issubclass({}, {})", class.name, of.name)))
                }
                answer => Ok(answer),
            },
            Value::Tuple(classes) => {
                for of in classes.iter() {
                    if self.nested(|interp| interp.is_subclass(class, of))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => {
                if let Some(union) = other.downcast::<UnionType>() {
                    for member in &union.members {
                        if matches!(member, Value::Class(of) if class.is_subclass(of)) {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                let class = Value::Class(Rc::clone(class));
                if let Some(answer) = self.checked(other, "__subclasscheck__", &class)? {
                    return Ok(answer);
                }
                self.type_error(
                    "issubclass() arg 2 must be a class, a tuple of classes, or a union",
                )
            }
        }
    }
}

/// `list[int]` and the like: used in annotations, and called as the class itself.
#[derive(Debug)]
pub struct GenericAlias {
    /// The class in front of the brackets.
    pub class: Value,
    /// What is between the brackets.
    pub key: Value,
}

/// Whether `class[…]` is allowed for a built-in class.
pub(in crate::eval) fn is_generic(interp: &Interpreter, class: &Rc<Class>) -> bool {
    let types = &interp.types;
    [&types.list, &types.tuple, &types.dict, &types.set, &types.frozenset, &types.r#type]
        .iter()
        .any(|generic| class.is_subclass(generic))
}

impl Object for GenericAlias {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "__origin__" => Ok(Some(self.class.clone())),
            "__args__" => Ok(Some(match &self.key {
                Value::Tuple(_) => self.key.clone(),
                other => Value::tuple(vec![other.clone()]),
            })),
            "__mro_entries__" => {
                let class = self.class.clone();
                Ok(Some(Value::Builtin(Rc::new(crate::eval::function::Builtin::new(
                    "__mro_entries__",
                    move |_, _| Ok(Value::tuple(vec![class.clone()])),
                )))))
            }
            _ => interp.find_attribute(&self.class, name),
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, _: &Value, interp: &mut Interpreter, args: Args) -> Result<Value> {
        interp.call(&self.class, args)
    }

    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if op != BinaryOp::BitOr {
            return Ok(None);
        }
        let mut members = vec![this.clone(), other.clone()];
        if reflected {
            members.reverse();
        }
        Ok(Some(Value::native(UnionType { members })))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let name = |interp: &mut Interpreter, value: &Value| match value {
            Value::Class(class) if class.module == "builtins" => Ok(class.qualified.to_string()),
            Value::Class(class) => Ok(format!("{}.{}", class.module, class.qualified)),
            Value::Ellipsis => Ok("...".to_owned()),
            other => interp.repr(other),
        };
        let class = name(interp, &self.class)?;
        let keys = match &self.key {
            Value::Tuple(keys) => keys.to_vec(),
            other => vec![other.clone()],
        };
        let mut names = Vec::new();
        for key in &keys {
            names.push(name(interp, key)?);
        }
        Ok(Some(format!("{class}[{}]", names.join(", "))))
    }
}
