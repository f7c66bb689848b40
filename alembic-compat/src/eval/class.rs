//! Classes and their objects.

use std::cell::Cell;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::args::Args;
use super::error::ExceptionState;
use super::error::Result;
use super::interpreter::Interpreter;
use super::memory;
use super::namespace::Namespace;
use super::text::Text;
use super::value::Value;

/// Makes an object of a native class from the arguments of the call.
///
/// It is also called for classes that Python code derives from the native one; the result is then
/// what the object is built upon ([`Instance::inner`]).
pub type Constructor = fn(&mut Interpreter, &Rc<Class>, Args) -> Result<Value>;

/// A class: of Python code or native.
pub struct Class {
    /// The name.
    pub name: Text,
    /// The name with those of the classes and functions around it.
    pub qualified: Text,
    /// The name of the module.
    pub module: Text,
    /// The classes between the parentheses.
    pub bases: Vec<Rc<Class>>,
    /// The method resolution order without the class itself.
    pub ancestors: Vec<Rc<Class>>,
    /// Methods and attributes of the class itself.
    pub attributes: RefCell<Namespace>,
    /// How objects are made; absent in classes of Python code, which look at their ancestors.
    pub constructor: Option<Constructor>,
    /// What a native class does when it is derived from, called or used itself.
    pub hooks: Option<Rc<dyn ClassHooks>>,
    /// What else there is to know.
    pub traits: ClassTraits,
    /// What [`ClassHooks`] want to remember about this class.
    pub extra: RefCell<Option<Rc<dyn std::any::Any>>>,
}

/// Facts of a class.
#[derive(Debug, Clone, Default)]
pub struct ClassTraits {
    /// Whether Python code wrote it.
    pub is_python: bool,
    /// Whether it cannot be derived from (`bool`, `range`).
    pub is_final: bool,
    /// Whether its objects get their value when they are made, before `__init__` (`str`, `tuple`).
    pub is_immutable: bool,
    /// Whether it is an exception.
    pub is_exception: bool,
    /// Whether its objects can be made empty and filled by `__init__` (`list`, `dict`, `set`).
    pub is_container: bool,
    /// The names of `__slots__`, when no class of the order lacks them.
    pub slots: Option<Rc<Vec<Text>>>,
}

/// What a native base class adds to the classes that are derived from it: the part of a metaclass
/// that migrations meet (`enum.Enum`, declarative bases). Inherited by every class below.
///
/// Every method that gives `None` leaves the matter to the usual rules.
pub trait ClassHooks {
    /// A class was made from a body of Python code; its attributes are those of the body, in order.
    ///
    /// # Errors
    /// What the class cannot be.
    fn created(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        keywords: Vec<(Text, Value)>,
    ) -> Result<()>;

    /// The class is called.
    ///
    /// # Errors
    /// What the call raises.
    fn call(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _args: &Args,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// An attribute of the class is set.
    ///
    /// # Errors
    /// Where that does more than to set it.
    fn set(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _name: &str,
        _value: &Value,
    ) -> Result<()> {
        Ok(())
    }

    /// An attribute of the class is read, before the usual lookup.
    ///
    /// # Errors
    /// What reading raises.
    fn attribute(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _name: &str,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// The class is walked by `for`: an iterable of what it gives.
    ///
    /// # Errors
    /// What walking raises.
    fn iterate(&self, _interp: &mut Interpreter, _class: &Rc<Class>) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `Class[key]`, before `__class_getitem__`.
    ///
    /// # Errors
    /// What the lookup raises.
    fn item(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _key: &Value,
    ) -> Result<Option<Value>> {
        Ok(None)
    }

    /// `len(Class)`.
    fn len(&self, _class: &Rc<Class>) -> Option<usize> {
        None
    }

    /// `value in Class`.
    ///
    /// # Errors
    /// What the test raises.
    fn contains(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _value: &Value,
    ) -> Result<Option<bool>> {
        Ok(None)
    }

    /// `repr(Class)`.
    fn repr(&self, _class: &Rc<Class>) -> Option<String> {
        None
    }

    /// Whether `isinstance(value, Class)` beyond the usual rules (`typing.Protocol`, abstract
    /// collections).
    ///
    /// # Errors
    /// What the test raises.
    fn is_instance(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _value: &Value,
    ) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Whether this class is `wanted` or derived from it although it does not look so: a class of
    /// which only a base is known may be anything below that.
    ///
    /// # Errors
    /// When nobody can say.
    fn may_be(
        &self,
        _interp: &mut Interpreter,
        _class: &Rc<Class>,
        _wanted: &Rc<Class>,
    ) -> Result<bool> {
        Ok(false)
    }
}

impl Class {
    /// Whether this class is `other` or derived from it.
    #[must_use]
    pub fn is_subclass(self: &Rc<Self>, other: &Rc<Self>) -> bool {
        Rc::ptr_eq(self, other) || self.ancestors.iter().any(|class| Rc::ptr_eq(class, other))
    }

    /// The method resolution order.
    pub fn order(self: &Rc<Self>) -> impl Iterator<Item = &Rc<Self>> {
        std::iter::once(self).chain(&self.ancestors)
    }

    /// An attribute by the method resolution order, as it stands in the class.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.attributes.borrow().get(name) {
            return Some(value.clone());
        }
        self.ancestors.iter().find_map(|class| class.attributes.borrow().get(name).cloned())
    }

    /// As [`Class::lookup`], but only in classes of Python code: what overrides the native ones.
    #[must_use]
    pub fn lookup_python(&self, name: &str) -> Option<Value> {
        if !self.traits.is_python {
            return None;
        }
        if let Some(value) = self.attributes.borrow().get(name) {
            return Some(value.clone());
        }
        let python = self.ancestors.iter().filter(|class| class.traits.is_python);
        python.into_iter().find_map(|class| class.attributes.borrow().get(name).cloned())
    }

    /// The first native class that has a constructor: what objects are built upon.
    #[must_use]
    pub fn native_base(self: &Rc<Self>) -> Option<Rc<Self>> {
        self.order().find(|class| class.constructor.is_some()).cloned()
    }

    /// Sets an attribute of the class.
    pub fn set(&self, name: impl Into<Text>, value: Value) {
        let old = self.attributes.borrow_mut().set(name.into(), value);
        drop(old);
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Class({}.{})", self.module, self.qualified)
    }
}

/// An object of a class of Python code, or an exception.
pub struct Instance {
    /// Its class.
    pub class: RefCell<Rc<Class>>,
    /// Its own attributes.
    pub attributes: RefCell<Namespace>,
    /// What it is built upon when its class is derived from a native one: the text of a
    /// `class S(str)`, the native object of a `class T(TypeDecorator)`.
    pub inner: RefCell<Option<Value>>,
    /// What only exceptions have.
    pub exception: Option<Box<RefCell<ExceptionState>>>,
    /// Whether attributes may no longer be set (frozen dataclasses).
    pub frozen: Cell<bool>,
}

/// What an object is counted with.
const PER_INSTANCE: usize = 200;

impl Instance {
    /// An object without attributes.
    #[must_use]
    pub fn new(class: Rc<Class>, inner: Option<Value>) -> Self {
        memory::take(PER_INSTANCE);
        let exception = class.traits.is_exception.then(Box::default);
        Self {
            class: RefCell::new(class),
            attributes: RefCell::default(),
            inner: RefCell::new(inner),
            exception,
            frozen: Cell::new(false),
        }
    }

    /// The class.
    #[must_use]
    pub fn class(&self) -> Rc<Class> {
        Rc::clone(&self.class.borrow())
    }

    /// An own attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        self.attributes.borrow().get(name).cloned()
    }

    /// Sets an own attribute, whatever the class says.
    pub fn set(&self, name: impl Into<Text>, value: Value) {
        let old = self.attributes.borrow_mut().set(name.into(), value);
        drop(old);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        memory::release(PER_INSTANCE);
        if let Some(inner) = self.inner.get_mut().take() {
            memory::drop_values([inner]);
        }
        if let Some(exception) = &mut self.exception {
            memory::drop_values(exception.get_mut().take_values());
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({})", self.class.borrow().name)
    }
}
