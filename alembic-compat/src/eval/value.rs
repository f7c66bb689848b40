//! What Python code works with.

use std::fmt;
use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use super::class::Class;
use super::class::Instance;
use super::containers::Dict;
use super::containers::List;
use super::containers::Set;
use super::containers::Tuple;
use super::deferred::Deferred;
use super::function::Builtin;
use super::function::Function;
use super::function::Method;
use super::module::Module;
use super::object::Object;
use super::text::Text;

/// A value of Python. Cloning shares, as assignment does in Python.
#[derive(Clone, Default)]
pub enum Value {
    /// `None`.
    #[default]
    None,
    /// `...`.
    Ellipsis,
    /// What an operator method gives when it does not know the other operand.
    NotImplemented,
    /// `True` and `False`.
    Bool(bool),
    /// An `int` that fits.
    Int(i64),
    /// Another `int`. Never one that would fit: use [`Value::integer`].
    BigInt(Rc<BigInt>),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(Text),
    /// A `bytes`.
    Bytes(Rc<[u8]>),
    /// A `list`.
    List(Rc<List>),
    /// A `tuple`.
    Tuple(Rc<Tuple>),
    /// A `dict`.
    Dict(Rc<Dict>),
    /// A `set` or `frozenset`.
    Set(Rc<Set>),
    /// A function or lambda written in Python.
    Function(Rc<Function>),
    /// A function written in Rust.
    Builtin(Rc<Builtin>),
    /// A function bound to an object.
    Method(Rc<Method>),
    /// A class.
    Class(Rc<Class>),
    /// An object of a class written in Python, and every exception.
    Instance(Rc<Instance>),
    /// A module.
    Module(Rc<Module>),
    /// Everything else that is written in Rust.
    Native(Rc<dyn Object>),
    /// A name whose value is not known yet, or never will be. Only namespaces hold it: reading a
    /// name gives the value or the error.
    Deferred(Rc<Deferred>),
}

impl Value {
    /// A text.
    pub fn str(text: impl Into<Text>) -> Self {
        Self::Str(text.into())
    }

    /// An integer of any size.
    #[must_use]
    pub fn integer(value: BigInt) -> Self {
        value.to_i64().map_or_else(|| Self::BigInt(Rc::new(value)), Self::Int)
    }

    /// A size, as an integer.
    #[must_use]
    pub fn size(size: usize) -> Self {
        i64::try_from(size).map_or_else(|_| Self::BigInt(Rc::new(BigInt::from(size))), Self::Int)
    }

    /// A new list.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(List::new(items)))
    }

    /// A new tuple.
    #[must_use]
    pub fn tuple(items: Vec<Self>) -> Self {
        Self::Tuple(Rc::new(Tuple::new(items)))
    }

    /// New bytes.
    pub fn bytes(bytes: impl Into<Rc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// A new dict with these texts as keys.
    pub fn dict<N: Into<Text>>(items: impl IntoIterator<Item = (N, Self)>) -> Self {
        let dict = Dict::default();
        for (name, value) in items {
            dict.set_text(&name.into(), value);
        }
        Self::Dict(Rc::new(dict))
    }

    /// A value of Rust.
    pub fn native(object: impl Object) -> Self {
        Self::Native(Rc::new(object))
    }

    /// Whether both are the same object (`is`).
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None)
            | (Self::Ellipsis, Self::Ellipsis)
            | (Self::NotImplemented, Self::NotImplemented) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            // CPython shares the integers to 256; code that compares others by identity is wrong
            // whatever is answered, and constants of one function are shared.
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::BigInt(a), Self::BigInt(b)) => Rc::ptr_eq(a, b),
            // Equal short texts are shared in CPython as far as they are written out in the code.
            (Self::Str(a), Self::Str(b)) => a.is(b) || a.len() < 64 && a == b,
            (Self::Bytes(a), Self::Bytes(b)) => Rc::ptr_eq(a, b) || a.is_empty() && b.is_empty(),
            (Self::List(a), Self::List(b)) => Rc::ptr_eq(a, b),
            (Self::Tuple(a), Self::Tuple(b)) => Rc::ptr_eq(a, b) || a.is_empty() && b.is_empty(),
            (Self::Dict(a), Self::Dict(b)) => Rc::ptr_eq(a, b),
            (Self::Set(a), Self::Set(b)) => Rc::ptr_eq(a, b),
            (Self::Function(a), Self::Function(b)) => Rc::ptr_eq(a, b),
            (Self::Builtin(a), Self::Builtin(b)) => Rc::ptr_eq(a, b),
            (Self::Method(a), Self::Method(b)) => Rc::ptr_eq(a, b),
            (Self::Class(a), Self::Class(b)) => Rc::ptr_eq(a, b),
            (Self::Instance(a), Self::Instance(b)) => Rc::ptr_eq(a, b),
            (Self::Module(a), Self::Module(b)) => Rc::ptr_eq(a, b),
            (Self::Native(a), Self::Native(b)) => std::ptr::addr_eq(Rc::as_ptr(a), Rc::as_ptr(b)),
            _ => false,
        }
    }

    /// Where the object is, for `id()` and the hash of objects that have no other. 0 for values
    /// that are not objects here.
    #[must_use]
    pub fn address(&self) -> usize {
        match self {
            Self::Str(text) => text.address(),
            Self::Bytes(rc) => Rc::as_ptr(rc).cast::<u8>() as usize,
            Self::BigInt(rc) => Rc::as_ptr(rc) as usize,
            Self::List(rc) => Rc::as_ptr(rc) as usize,
            Self::Tuple(rc) => Rc::as_ptr(rc) as usize,
            Self::Dict(rc) => Rc::as_ptr(rc) as usize,
            Self::Set(rc) => Rc::as_ptr(rc) as usize,
            Self::Function(rc) => Rc::as_ptr(rc) as usize,
            Self::Builtin(rc) => Rc::as_ptr(rc) as usize,
            Self::Method(rc) => Rc::as_ptr(rc) as usize,
            Self::Class(rc) => Rc::as_ptr(rc) as usize,
            Self::Instance(rc) => Rc::as_ptr(rc) as usize,
            Self::Module(rc) => Rc::as_ptr(rc) as usize,
            Self::Native(rc) => Rc::as_ptr(rc).cast::<u8>() as usize,
            Self::Deferred(rc) => Rc::as_ptr(rc) as usize,
            Self::None => 1,
            Self::Ellipsis => 2,
            Self::NotImplemented => 3,
            Self::Bool(value) => 4 + usize::from(*value),
            Self::Int(_) | Self::Float(_) => 0,
        }
    }

    /// Whether it is `None`.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The text of a `str`, also of an object of a class derived from it.
    #[must_use]
    pub fn as_text(&self) -> Option<Text> {
        match self {
            Self::Str(text) => Some(text.clone()),
            Self::Instance(instance) => match &*instance.inner.borrow() {
                Some(Self::Str(text)) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// An `int` or `bool` that fits, also of a class derived from `int`.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Instance(instance) => match &*instance.inner.borrow() {
                Some(Self::Int(value)) => Some(*value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value as the Rust type `T`, also when it is an object of a Python class derived from the
    /// native class.
    #[must_use]
    pub fn downcast<T: Object>(&self) -> Option<Rc<T>> {
        match self {
            Self::Native(object) => {
                let any: Rc<dyn std::any::Any> = Rc::<dyn Object>::clone(object);
                any.downcast().ok()
            }
            Self::Instance(instance) => match &*instance.inner.borrow() {
                Some(inner @ Self::Native(_)) => inner.downcast(),
                _ => None,
            },
            _ => None,
        }
    }

    /// What an object of a class derived from a built-in one is built upon (`class S(str)`), and
    /// every other value itself.
    #[must_use]
    pub fn plain(&self) -> Self {
        if let Self::Instance(instance) = self
            && let Some(inner) = &*instance.inner.borrow()
        {
            return inner.clone();
        }
        self.clone()
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::str(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::str(value)
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Self::Str(value)
    }
}

// Containers may hold themselves, so only the outside is shown.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Ellipsis => f.write_str("Ellipsis"),
            Self::NotImplemented => f.write_str("NotImplemented"),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::Int(value) => write!(f, "Int({value})"),
            Self::BigInt(value) => write!(f, "BigInt({} bits)", value.bits()),
            Self::Float(value) => write!(f, "Float({value})"),
            Self::Str(text) => write!(f, "Str({text:?})"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::List(list) => write!(f, "List({} items)", list.len()),
            Self::Tuple(tuple) => write!(f, "Tuple({} items)", tuple.len()),
            Self::Dict(dict) => write!(f, "Dict({} items)", dict.len()),
            Self::Set(set) => write!(f, "Set({} items)", set.len()),
            Self::Function(function) => write!(f, "Function({})", function.name),
            Self::Builtin(builtin) => write!(f, "Builtin({})", builtin.name),
            Self::Method(_) => f.write_str("Method"),
            Self::Class(class) => write!(f, "Class({})", class.name),
            Self::Instance(instance) => write!(f, "Instance({})", instance.class.borrow().name),
            Self::Module(module) => write!(f, "Module({})", module.name),
            Self::Native(_) => f.write_str("Native"),
            Self::Deferred(_) => f.write_str("Deferred"),
        }
    }
}
