//! `globals()` and `__dict__`: dicts that show the names of a module or an object as they are, and
//! change them.

use std::cell::RefCell;
use std::rc::Rc;

use super::class::Instance;
use super::containers::Dict;
use super::memory;
use super::module::Module;
use super::namespace::Namespace;
use super::namespace::hash_text;
use super::table::Table;
use super::text::Text;
use super::value::Value;

/// Whose names a dict shows.
#[derive(Debug)]
pub(super) enum Shown {
    Module(Rc<Module>),
    Instance(Rc<Instance>),
    /// Names as they were when it was made: it cannot be changed.
    Picture,
}

impl Shown {
    fn namespace(&self) -> Option<&RefCell<Namespace>> {
        match self {
            Self::Module(module) => Some(&module.globals),
            Self::Instance(instance) => Some(&instance.attributes),
            Self::Picture => None,
        }
    }

    /// Brings a table up to date.
    pub(super) fn refresh(&self, table: &RefCell<Table<Value, Value>>) {
        let Some(namespace) = self.namespace() else { return };
        let mut now = Table::default();
        for (name, value) in namespace.borrow().iter() {
            // Names whose statement failed are not part of what can be looked at.
            if !matches!(value, Value::Deferred(_)) {
                now.push(hash_text(name), Value::Str(name.clone()), value.clone());
            }
        }
        let mut old = table.replace(now);
        memory::drop_values(old.drain().map(|(_, value)| value));
    }

    /// Binds a name, or takes it out; `false` where it cannot be changed this way.
    pub(super) fn change(&self, name: &Value, value: Option<Value>) -> bool {
        let (Some(namespace), Value::Str(name)) = (self.namespace(), name) else { return false };
        let mut names = namespace.borrow_mut();
        let old = match value {
            Some(value) => names.set(name.clone(), value),
            None => names.remove(name),
        };
        drop(names);
        drop(old);
        true
    }
}

impl Dict {
    /// The names of a module, as they are whenever one looks.
    pub(super) fn of_module(module: &Rc<Module>) -> Value {
        Self::showing(Table::default(), Shown::Module(Rc::clone(module)))
    }

    /// The attributes of an object, as they are whenever one looks.
    pub(super) fn of_instance(instance: &Rc<Instance>) -> Value {
        Self::showing(Table::default(), Shown::Instance(Rc::clone(instance)))
    }

    /// Names at this moment; what would change them is refused.
    pub(super) fn picture(names: impl IntoIterator<Item = (Text, Value)>) -> Value {
        let mut table = Table::default();
        for (name, value) in names {
            table.push(hash_text(&name), Value::Str(name), value);
        }
        Self::showing(table, Shown::Picture)
    }
}
