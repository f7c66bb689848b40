//! Lists, tuples, dicts and sets.

use std::cell::Cell;
use std::cell::Ref;
use std::cell::RefCell;
use std::cell::RefMut;
use std::ops::Deref;
use std::rc::Rc;

use super::memory;
use super::memory::PER_VALUE;
use super::names_view::Shown;
use super::namespace::hash_text;
use super::table::Table;
use super::text::Text;
use super::value::Value;

/// How much of a container has been reported to [`memory`].
#[derive(Debug, Default)]
struct Account(Cell<usize>);

impl Account {
    fn update(&self, size: usize) {
        let before = self.0.replace(size);
        if size > before {
            memory::take((size - before) * PER_VALUE);
        } else {
            memory::release((before - size) * PER_VALUE);
        }
    }
}

/// The items of a `list`.
#[derive(Debug)]
pub struct List {
    items: RefCell<Vec<Value>>,
    account: Account,
}

impl List {
    /// A list of these items.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        let list = Self { items: RefCell::new(items), account: Account::default() };
        list.count();
        list
    }

    /// Reads the items. Nothing that may run Python code may happen meanwhile.
    pub fn borrow(&self) -> Ref<'_, Vec<Value>> {
        self.items.borrow()
    }

    /// Changes the items. Nothing that may run Python code may happen meanwhile; values taken out
    /// are dropped after the borrow ends. Call [`List::count`] when many items came in.
    pub fn borrow_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.items.borrow_mut()
    }

    /// A copy of the items.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.borrow().clone()
    }

    /// The number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The item with this number.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Value> {
        self.items.borrow().get(index).cloned()
    }

    /// Adds an item at the end.
    pub fn push(&self, value: Value) {
        self.items.borrow_mut().push(value);
        self.count();
    }

    /// Reports the size to the estimate of memory.
    pub fn count(&self) {
        self.account.update(self.items.borrow().len() + 1);
    }
}

impl Drop for List {
    fn drop(&mut self) {
        self.account.update(0);
        let items = self.items.get_mut();
        if !items.is_empty() {
            memory::drop_values(items.drain(..));
        }
    }
}

/// The items of a `tuple`.
#[derive(Debug)]
pub struct Tuple {
    items: Vec<Value>,
}

impl Tuple {
    /// A tuple of these items.
    #[must_use]
    pub fn new(items: Vec<Value>) -> Self {
        memory::take((items.len() + 1) * PER_VALUE);
        Self { items }
    }
}

impl Deref for Tuple {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        memory::release((self.items.len() + 1) * PER_VALUE);
        if !self.items.is_empty() {
            memory::drop_values(self.items.drain(..));
        }
    }
}

/// The entries of a `dict`, in the order of insertion.
///
/// Looking up a key may call `__hash__` and `__eq__` of Python classes: see
/// [`Interpreter::dict_get`](super::Interpreter::dict_get) and its like. The methods here are for
/// keys that are texts.
#[derive(Debug, Default)]
pub struct Dict {
    table: RefCell<Table<Value, Value>>,
    account: Account,
    /// The names that it shows, which live elsewhere.
    shown: Option<Shown>,
}

impl Dict {
    /// A dict that shows names.
    pub(super) fn showing(table: Table<Value, Value>, shown: Shown) -> Value {
        let dict =
            Self { table: RefCell::new(table), account: Account::default(), shown: Some(shown) };
        Value::Dict(Rc::new(dict))
    }

    /// The names that it shows, if it shows some.
    pub(super) const fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// The entries.
    pub(super) fn table(&self) -> &RefCell<Table<Value, Value>> {
        if let Some(shown) = &self.shown {
            shown.refresh(&self.table);
        }
        &self.table
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table().borrow().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a key that is a text.
    #[must_use]
    pub fn get_text(&self, key: &str) -> Option<Value> {
        let table = self.table().borrow();
        let place = table.find(hash_text(key), |other| is_text(other, key))?;
        table.at(place).map(|(_, value)| value.clone())
    }

    /// Sets the value of a key that is a text, in a dict that was made here.
    pub fn set_text(&self, key: &Text, value: Value) {
        let mut table = self.table.borrow_mut();
        let hash = hash_text(key);
        let place = table.find(hash, |other| is_text(other, key));
        let old = match place.and_then(|place| table.value_mut(place)) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => {
                table.push(hash, Value::Str(key.clone()), value);
                None
            }
        };
        drop(table);
        drop(old);
        self.count();
    }

    /// A copy of the entries.
    #[must_use]
    pub fn entries(&self) -> Vec<(Value, Value)> {
        let table = self.table().borrow();
        table.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// A copy of the keys.
    #[must_use]
    pub fn keys(&self) -> Vec<Value> {
        self.table().borrow().iter().map(|(key, _)| key.clone()).collect()
    }

    /// Takes every entry out, of a dict that shows no names.
    pub fn clear(&self) {
        let entries = self.table.borrow_mut().drain();
        self.count();
        memory::drop_values(entries.flat_map(|(key, value)| [key, value]));
    }

    /// Reports the size to the estimate of memory.
    pub fn count(&self) {
        self.account.update(self.table.borrow().len() * 3 + 1);
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        self.account.update(0);
        let table = self.table.get_mut();
        if !table.is_empty() {
            memory::drop_values(table.drain().flat_map(|(key, value)| [key, value]));
        }
    }
}

fn is_text(value: &Value, text: &str) -> bool {
    matches!(value, Value::Str(other) if other == text)
}

/// The items of a `set` or `frozenset`. They keep the order of insertion: Python's own order
/// depends on hashes that differ from run to run.
#[derive(Debug, Default)]
pub struct Set {
    pub(super) table: RefCell<Table<Value, ()>>,
    account: Account,
    /// Whether it is a `frozenset`.
    pub frozen: bool,
}

impl Set {
    /// A set of items that are known to differ, with their hashes.
    pub(super) fn from_table(table: Table<Value, ()>, frozen: bool) -> Self {
        let set = Self { table: RefCell::new(table), account: Account::default(), frozen };
        set.count();
        set
    }

    /// The number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of the items.
    #[must_use]
    pub fn items(&self) -> Vec<Value> {
        self.table.borrow().iter().map(|(item, ())| item.clone()).collect()
    }

    /// Takes every item out.
    pub fn clear(&self) {
        let items = self.table.borrow_mut().drain();
        self.count();
        memory::drop_values(items.map(|(item, ())| item));
    }

    /// Reports the size to the estimate of memory.
    pub fn count(&self) {
        self.account.update(self.table.borrow().len() * 2 + 1);
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        self.account.update(0);
        let table = self.table.get_mut();
        if !table.is_empty() {
            memory::drop_values(table.drain().map(|(item, ())| item));
        }
    }
}
