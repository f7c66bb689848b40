//! What an `Inspector` has been told.
//!
//! SQLAlchemy's asks a question once: the answer stays until `clear_cache()`, also when a statement
//! has made it untrue since. Revisions depend on it without knowing: one that creates a table and
//! asks the inspector of before whether it is there is told that it is not.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::reflect;
use super::reflect::Part;
use super::reflect::Reflection;

/// A method, and the texts it was given.
type Question = (&'static str, Vec<String>);

/// A table, by its schema and its name.
pub(super) type TableKey = (Option<String>, String);

/// The answers that an inspector keeps.
#[derive(Debug, Default)]
pub(super) struct Answers {
    values: RefCell<BTreeMap<Question, Value>>,
    tables: RefCell<BTreeMap<TableKey, Reflection>>,
}

impl Answers {
    /// The answer to a question, which `ask` gives the first time.
    pub(super) fn of(
        &self,
        interp: &mut Interpreter,
        method: &'static str,
        texts: &[Option<String>],
        ask: impl FnOnce(&mut Interpreter) -> Result<Value>,
    ) -> Result<Value> {
        let question = (method, texts.iter().flatten().cloned().collect());
        if let Some(known) = self.values.borrow().get(&question) {
            return Ok(known.clone());
        }
        let answer = ask(interp)?;
        self.values.borrow_mut().insert(question, answer.clone());
        Ok(answer)
    }

    /// A whole table, read once.
    pub(super) fn table(&self, interp: &mut Interpreter, table: &TableKey) -> Result<Reflection> {
        if let Some(known) = self.tables.borrow().get(table) {
            return Ok(known.clone());
        }
        let (schema, name) = table;
        let found = reflect::reflect(interp, schema.as_deref(), name, Part::ALL)?;
        self.tables.borrow_mut().insert(table.clone(), found.clone());
        Ok(found)
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.values.borrow_mut().clear();
        self.tables.borrow_mut().clear();
    }
}
