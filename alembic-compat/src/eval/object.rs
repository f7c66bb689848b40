//! What values written in Rust can do.

use std::any::Any;
use std::rc::Rc;

use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::args::Args;
use super::class::Class;
use super::error::Result;
use super::interpreter::Interpreter;
use super::value::Value;

/// A value written in Rust.
///
/// Every method has a default that behaves as a plain object does in Python, so that a type
/// implements what it has. `this` is the value itself: the object in a [`Value::Native`], or an
/// object of a Python class built upon it. Methods of the type are attributes of its class (see
/// [`ClassBuilder`](super::ClassBuilder)); they find the object with [`Value::downcast`].
///
/// No method may keep a `RefCell` of the object borrowed while it calls the interpreter: Python
/// code may come back to the object.
#[allow(unused_variables, reason = "the names document what a default does not need")]
pub trait Object: Any {
    /// The class, which gives `type(x)`, methods, and the answer of `isinstance`: that which was
    /// registered for this type of Rust ([`Interpreter::register_class`]).
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of_type(self.type_id())
    }

    /// An attribute that the class does not have. `None`: there is none.
    ///
    /// # Errors
    /// What reading raises.
    fn attribute(
        &self,
        this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// Sets an attribute. `false`: it cannot be set.
    ///
    /// # Errors
    /// What setting raises.
    fn set_attribute(
        &self,
        this: &Value,
        name: &str,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Deletes an attribute. `false`: it cannot be deleted.
    ///
    /// # Errors
    /// What deleting raises.
    fn delete_attribute(&self, this: &Value, name: &str, interp: &mut Interpreter) -> Result<bool> {
        Ok(false)
    }

    /// The names of its own attributes, for `dir()` and `vars()`.
    fn attribute_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it can be called.
    fn is_callable(&self) -> bool {
        false
    }

    /// Calls it.
    ///
    /// # Errors
    /// What the call raises.
    fn call(&self, this: &Value, interp: &mut Interpreter, args: Args) -> Result<Value> {
        interp.type_error(format!("'{}' object is not callable", self.class(interp).name))
    }

    /// `this op other`, or `other op this` when `reflected`. `None` stands for `NotImplemented`.
    ///
    /// # Errors
    /// What the operator raises.
    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `this op= other`. `None`: as [`Object::binary`].
    ///
    /// # Errors
    /// What the operator raises.
    fn in_place(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `-this`, `+this`, `~this`. `not` is [`Object::truth`].
    ///
    /// # Errors
    /// What the operator raises.
    fn unary(&self, this: &Value, op: UnaryOp, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `this op other` for the six comparisons; the result need not be a `bool`. For operands the
    /// other way round, the mirrored operator is asked. `None` stands for `NotImplemented`.
    ///
    /// # Errors
    /// What the comparison raises.
    fn compare(
        &self,
        this: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// The hash, where it is not that of the object's place; equal objects need equal ones.
    ///
    /// # Errors
    /// A `TypeError` where the object cannot be hashed.
    fn hash(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<i64>> {
        Ok(None)
    }

    /// Whether it counts as true. `None`: by [`Object::len`], and true without one.
    ///
    /// # Errors
    /// What the test raises (SQLAlchemy's clauses refuse it).
    fn truth(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        Ok(None)
    }

    /// `len(this)`. `None`: it has none.
    ///
    /// # Errors
    /// What the count raises.
    fn len(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<usize>> {
        Ok(None)
    }

    /// `iter(this)`: an iterator, or any iterable to be walked in its place. `None`: it cannot be
    /// walked.
    ///
    /// # Errors
    /// What the call raises.
    fn iterate(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }

    /// Whether it is an iterator, so that [`Object::next`] may be called.
    fn is_iterator(&self) -> bool {
        false
    }

    /// The next item of an iterator; `None` at the end.
    ///
    /// # Errors
    /// What the step raises.
    fn next(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `this[key]`. `None`: it has no items.
    ///
    /// # Errors
    /// What the lookup raises.
    fn item(&self, this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `this[key] = value`. `false`: it has no items that could be set.
    ///
    /// # Errors
    /// What setting raises.
    fn set_item(
        &self,
        this: &Value,
        key: &Value,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        Ok(false)
    }

    /// `del this[key]`. `false`: it has no items that could be deleted.
    ///
    /// # Errors
    /// What deleting raises.
    fn delete_item(&self, this: &Value, key: &Value, interp: &mut Interpreter) -> Result<bool> {
        Ok(false)
    }

    /// `value in this`. `None`: by walking.
    ///
    /// # Errors
    /// What the test raises.
    fn contains(
        &self,
        this: &Value,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<bool>> {
        Ok(None)
    }

    /// `repr(this)`. `None`: `<module.Class object at 0x…>`.
    ///
    /// # Errors
    /// What the call raises.
    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Ok(None)
    }

    /// `str(this)`. `None`: as [`Object::repr`].
    ///
    /// # Errors
    /// What the call raises.
    fn str(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Ok(None)
    }

    /// `format(this, spec)` with a spec that is not empty. `None`: a `TypeError`.
    ///
    /// # Errors
    /// What the call raises.
    fn format(&self, this: &Value, spec: &str, interp: &mut Interpreter) -> Result<Option<String>> {
        Ok(None)
    }

    /// `__get__`: what reading gives when the value stands in a class. `object` is absent when the
    /// attribute is read from the class itself. `None`: the value as it stands.
    ///
    /// # Errors
    /// What reading raises.
    fn bind(
        &self,
        this: &Value,
        object: Option<&Value>,
        class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// Whether it takes precedence over attributes of the object itself, and is told when the
    /// attribute is set ([`Object::bind_set`]).
    fn is_data_descriptor(&self) -> bool {
        false
    }

    /// `__set__`, and `__delete__` where there is no value.
    ///
    /// # Errors
    /// What setting raises.
    fn bind_set(
        &self,
        this: &Value,
        object: &Value,
        value: Option<&Value>,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<()> {
        interp.raise("AttributeError", format!("attribute '{name}' cannot be set"))
    }

    /// Whether `with` takes it.
    fn is_context_manager(&self) -> bool {
        false
    }

    /// `with this as value`: the value.
    ///
    /// # Errors
    /// What entering raises.
    fn enter(&self, this: &Value, interp: &mut Interpreter) -> Result<Value> {
        Ok(this.clone())
    }

    /// The end of a `with` block, with the exception that left it. `true` swallows the exception.
    /// It is also called when the run stops for another reason (a limit, something unsupported):
    /// see [`Object::abandon`].
    ///
    /// # Errors
    /// What leaving raises.
    fn exit(
        &self,
        this: &Value,
        exception: Option<&Value>,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        Ok(false)
    }

    /// The end of a `with` block when the whole run stops for a reason that Python code cannot
    /// catch. Nothing of Python runs any more.
    fn abandon(&self) {}
}
