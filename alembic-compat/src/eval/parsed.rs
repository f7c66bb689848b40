//! What was parsed, by its text: a file that several runs read is parsed once, and what its text
//! tells is worked out once.

use std::cell::OnceCell;
use std::cell::RefCell;
use std::cell::RefMut;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::python;
use crate::python::SyntaxError;

use super::lazy;
use super::lazy::Plan;
use super::lazy::Skip;
use super::outside::Outside;
use super::sources::Source;
use super::sources::Sources;
use super::sources::Uses;

/// Texts with their statements; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(Rc<RefCell<BTreeMap<Rc<str>, Rc<Parsed>>>>, Rc<RefCell<Sources>>);

/// One text.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) source: Rc<str>,
    pub(super) tree: Arc<python::Module>,
    /// The parts of a module of the project.
    plan: OnceCell<Rc<Plan>>,
    outside: OnceCell<Rc<Outside>>,
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

    /// A module whose text was read, if it was looked for.
    pub(super) fn source(&self, name: &str) -> Option<Option<Rc<Source>>> {
        self.1.borrow().get(name)
    }

    /// Keeps what was found when a module was looked for.
    pub(super) fn keep_source(&self, name: &str, source: Option<Source>) -> Option<Rc<Source>> {
        self.1.borrow_mut().keep(name, source)
    }

    /// What is known of the modules that were read.
    pub(super) fn sources(&self) -> RefMut<'_, Sources> {
        self.1.borrow_mut()
    }

    /// The modules that were read whose texts have a word that is used in a certain way.
    pub(super) fn sources_having(
        &self,
        word: &str,
        is_meant: impl Fn(Uses) -> bool,
    ) -> Vec<Rc<Source>> {
        self.1.borrow_mut().having(word, is_meant)
    }

    fn insert(&self, text: &str, tree: Arc<python::Module>) -> Rc<Parsed> {
        let source: Rc<str> = Rc::from(text);
        let parsed = Rc::new(Parsed {
            source: Rc::clone(&source),
            tree,
            plan: OnceCell::new(),
            outside: OnceCell::new(),
        });
        self.0.borrow_mut().insert(source, Rc::clone(&parsed));
        parsed
    }
}

impl Parsed {
    /// What it does to other modules.
    pub(super) fn outside(&self) -> Rc<Outside> {
        Rc::clone(self.outside.get_or_init(|| Rc::new(Outside::of(&self.tree.body))))
    }

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
