//! What was parsed, by its text: a file that several runs read is parsed once, and what its text
//! tells is worked out once.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::python;
use crate::python::SyntaxError;

use super::lazy;
use super::lazy::Plan;
use super::lazy::Skip;

/// Texts with their statements; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(Rc<RefCell<BTreeMap<Rc<str>, Rc<Parsed>>>>);

/// One text.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) source: Rc<str>,
    pub(super) tree: Arc<python::Module>,
    /// The parts of a module of the project.
    plan: OnceCell<Rc<Plan>>,
}

impl Texts {
    /// The statements of a text.
    ///
    /// # Errors
    /// When it is no Python.
    pub(super) fn parse(&self, text: &str) -> Result<Rc<Parsed>, SyntaxError> {
        if let Some(known) = self.0.borrow().get(text) {
            return Ok(Rc::clone(known));
        }
        Ok(self.insert(text, Arc::new(python::parse(text)?)))
    }

    /// Takes the statements of a text from somebody who has parsed it.
    pub(super) fn learn(&self, text: &str, tree: &Arc<python::Module>) {
        let is_known = self.0.borrow().contains_key(text);
        if !is_known {
            self.insert(text, Arc::clone(tree));
        }
    }

    fn insert(&self, text: &str, tree: Arc<python::Module>) -> Rc<Parsed> {
        let source: Rc<str> = Rc::from(text);
        let plan = OnceCell::new();
        let parsed = Rc::new(Parsed { source: Rc::clone(&source), tree, plan });
        self.0.borrow_mut().insert(source, Rc::clone(&parsed));
        parsed
    }
}

impl Parsed {
    /// The parts that it falls into.
    pub(super) fn plan(&self, skip: Skip) -> Rc<Plan> {
        let plan = || Rc::new(lazy::plan(&self.tree.body, skip));
        match skip {
            Skip::Nothing => Rc::clone(self.plan.get_or_init(plan)),
            // An env.py, which is read once.
            Skip::Alembic => plan(),
        }
    }
}
