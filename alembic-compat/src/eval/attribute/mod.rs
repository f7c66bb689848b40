//! Attributes: reading, setting, deleting, and binding functions to objects.

mod bind;
mod of_class;
mod of_function;
mod of_instance;
mod set;

use std::rc::Rc;

use super::args::Args;
use super::class::Class;
use super::error::Error;
use super::error::Result;
use super::interpreter::Interpreter;
use super::interpreter::Listing;
use super::python_names::python_class_has;
use super::python_names::python_has;
use super::python_names::python_module_has;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// `type(value)`.
    #[must_use]
    pub fn class(&self, value: &Value) -> Rc<Class> {
        let types = &self.types;
        let class = match value {
            Value::None => &types.none,
            Value::Ellipsis => &types.ellipsis,
            Value::NotImplemented => &types.not_implemented,
            Value::Bool(_) => &types.bool,
            Value::Int(_) | Value::BigInt(_) => &types.int,
            Value::Float(_) => &types.float,
            Value::Str(_) => &types.str,
            Value::Bytes(_) => &types.bytes,
            Value::List(_) => &types.list,
            Value::Tuple(_) => &types.tuple,
            Value::Dict(_) => &types.dict,
            Value::Set(set) if set.frozen => &types.frozenset,
            Value::Set(_) => &types.set,
            Value::Function(_) => &types.function,
            Value::Builtin(_) => &types.builtin,
            Value::Method(_) => &types.method,
            Value::Class(_) => &types.r#type,
            Value::Instance(instance) => return instance.class(),
            Value::Module(_) => &types.module,
            Value::Native(object) => return object.class(self),
            Value::Deferred(_) => &types.object,
        };
        Rc::clone(class)
    }

    /// The name of `type(value)`, for messages.
    #[must_use]
    pub fn class_name(&self, value: &Value) -> Text {
        self.class(value).name.clone()
    }

    /// The name of `type(value)` as messages of operators show it: classes that CPython writes in C
    /// have their module in front.
    pub(super) fn static_name(&self, value: &Value) -> Text {
        let class = self.class(value);
        if !class.traits.is_python && matches!(&*class.module, "datetime" | "decimal" | "re") {
            return Text::from(format!("{}.{}", class.module, class.name));
        }
        class.name.clone()
    }

    /// `value.name`.
    ///
    /// # Errors
    /// An `AttributeError`, and what the attribute raises.
    pub fn get_attribute(&mut self, value: &Value, name: &str) -> Result<Value> {
        if let Some(found) = self.read_attribute(value, name)? {
            return Ok(found);
        }
        let message = match value {
            Value::Class(class) => {
                format!("type object '{}' has no attribute '{name}'", class.name)
            }
            Value::Module(module) => {
                format!("module '{}' has no attribute '{name}'", module.name)
            }
            Value::Instance(instance)
                if instance.class().lookup_python("__getattr__").is_some() =>
            {
                // `find_attribute` has swallowed the error of `__getattr__`: it is raised again.
                return self.call_getattr(value, name);
            }
            _ => format!("'{}' object has no attribute '{name}'", self.class(value).name),
        };
        self.raise("AttributeError", message)
    }

    fn call_getattr(&mut self, value: &Value, name: &str) -> Result<Value> {
        let function = self.class(value).lookup_python("__getattr__").unwrap_or_default();
        let bound = self.bind(&function, Some(value), &self.class(value))?;
        self.call(&bound, Args::of([Value::str(name)]))
    }

    /// `value.name`, or nothing where reading raises an `AttributeError`.
    ///
    /// # Errors
    /// What the attribute raises beside that.
    pub fn find_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        let listing = self.listing(value, name);
        match listing {
            Listing::Absent => return Ok(None),
            Listing::Hidden | Listing::Varies => return Err(self.not_told(value, name)),
            _ => {}
        }
        self.attribute_as_listed(value, name, listing)
    }

    fn not_told(&mut self, value: &Value, name: &str) -> Box<Error> {
        let class = match value {
            Value::Class(class) => Rc::clone(class),
            _ => self.class(value),
        };
        self.unsupported(format!("{}.{name}", class.name))
    }

    fn attribute_as_listed(
        &mut self,
        value: &Value,
        name: &str,
        listing: Listing,
    ) -> Result<Option<Value>> {
        let found = self.known_attribute(value, name)?;
        if found.is_none() {
            let (is_in_python, class) = match value {
                Value::Class(class) => (python_class_has(class, name), Rc::clone(class)),
                Value::Module(_) => (python_module_has(name), self.class(value)),
                _ => {
                    let class = self.class(value);
                    (python_has(&class, name), class)
                }
            };
            let may_be_there = match listing {
                Listing::Foreign => is_in_python,
                Listing::Listed | Listing::Unknown | Listing::Hidden | Listing::Varies => true,
                Listing::Absent | Listing::AbsentUnlessFound => false,
            };
            if may_be_there {
                return Err(self.unsupported(format!("{}.{name}", class.name)));
            }
        }
        Ok(found)
    }

    /// As [`Interpreter::find_attribute`], for code that reads the attribute and does not ask for
    /// it: one that objects of a package are known to lack is for Python, which has the message.
    ///
    /// # Errors
    /// What the attribute raises, and that it is not supported.
    pub(crate) fn read_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        let is_python = match value {
            Value::Class(class) => class.traits.is_python,
            _ => self.class(value).traits.is_python,
        };
        match self.listing(value, name) {
            // Of classes that code has written, the message is known.
            Listing::Absent if is_python => Ok(None),
            Listing::Absent | Listing::Hidden => Err(self.not_told(value, name)),
            listing => self.attribute_as_listed(value, name, listing),
        }
    }

    /// What is known of an attribute of a value whose class is of a package, or derived from such
    /// a class.
    pub(crate) fn listing(&mut self, value: &Value, name: &str) -> Listing {
        let Some(partial) = self.partial else { return Listing::Foreign };
        let class = match value {
            Value::Native(object) => object.class(self),
            Value::Instance(instance) => instance.class(),
            Value::Class(class) => Rc::clone(class),
            _ => return Listing::Foreign,
        };
        let listing = class
            .order()
            .map(|class| (partial.listing)(self, class, name))
            .find(|listing| *listing != Listing::Foreign);
        let Some(listing) = listing else { return Listing::Foreign };
        let is_own = match value {
            Value::Instance(instance) => instance.get(name).is_some(),
            _ => false,
        };
        let is_own = is_own
            || class.lookup_python(name).is_some()
            || class.lookup_python("__getattr__").is_some();
        if let Value::Class(class) = value
            && is_special(name)
        {
            // Those of classes are Python's, but for the names of classes that stand for others.
            let is_of_class = matches!(name, "__name__" | "__qualname__" | "__mro__" | "__bases__");
            let is_inexact = !class.traits.is_python && (partial.is_inexact)(class);
            return if is_of_class && is_inexact { Listing::Hidden } else { Listing::Foreign };
        }
        match listing {
            // What code has written stands before what is listed of the classes below.
            Listing::Absent | Listing::Varies if is_own => Listing::Unknown,
            // Python says which special names its own classes have.
            Listing::Unknown if class.traits.is_python && is_special(name) => Listing::Foreign,
            listing => listing,
        }
    }

    fn known_attribute(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        match value {
            Value::Instance(instance) => self.instance_attribute(value, instance, name),
            Value::Class(class) => self.class_attribute(class, name),
            Value::Module(module) => self.module_attribute(module, name),
            Value::Native(object) => {
                let class = object.class(self);
                if let Some(found) = class.lookup(name) {
                    return self.or_missing(|interp| interp.bind(&found, Some(value), &class));
                }
                let found = object.attribute(value, name, self);
                if let Some(found) = self.missing(found)?.flatten() {
                    return Ok(Some(found));
                }
                Ok(self.common_attribute(value, &class, name))
            }
            _ => {
                let class = self.class(value);
                if let Some(found) = class.lookup(name) {
                    return self.or_missing(|interp| interp.bind(&found, Some(value), &class));
                }
                if let Some(found) = self.function_attribute(value, name)? {
                    return Ok(Some(found));
                }
                Ok(self.common_attribute(value, &class, name))
            }
        }
    }

    fn or_missing(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value>,
    ) -> Result<Option<Value>> {
        let result = read(self);
        self.missing(result)
    }

    /// An `AttributeError` means that there is no such attribute.
    pub(super) fn missing<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if self.is_raised(&error, "AttributeError") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an error is a Python exception of this built-in class.
    #[must_use]
    pub fn is_raised(&self, error: &Error, class: &str) -> bool {
        let Error::Raised(exception) = error else { return false };
        let Some(Value::Class(class)) = self.builtins.get(class) else { return false };
        exception.class().is_subclass(class)
    }

    /// What every object has.
    fn common_attribute(&self, value: &Value, class: &Rc<Class>, name: &str) -> Option<Value> {
        match name {
            "__class__" => Some(Value::Class(Rc::clone(class))),
            "__doc__" if class.traits.is_python => Some(Value::None),
            // The objects of classes that are written in C have none.
            "__module__" if !matches!(&*class.module, "builtins" | "datetime" | "itertools") => {
                Some(Value::Str(class.module.clone()))
            }
            "__hash__" | "__eq__" | "__ne__" | "__str__" | "__repr__" | "__init__"
            | "__format__" | "__bool__" | "__len__" | "__iter__" | "__next__" | "__contains__"
            | "__getitem__" | "__add__" | "__enter__" | "__exit__" => {
                super::builtins::dunder_method(self, value, name)
            }
            _ => None,
        }
    }
}

fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}
