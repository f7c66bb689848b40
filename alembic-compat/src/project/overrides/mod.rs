//! What a project changes in SQLAlchemy and Alembic themselves: from then on, operations of any
//! revision make other statements than they do elsewhere.
//!
//! Alembic loads `env.py` and all revision files, and with them whatever they import. What these
//! modules do when they are loaded is looked for in their texts: a `@compiles` of a class of
//! SQLAlchemy, an `implementation_for` of an operation of Alembic, an implementation of Alembic for
//! a dialect, a listener, an assignment to an attribute of either package. What is in a function
//! counts if something that runs then names the function. Packages that are not part of the project
//! are not looked into.

mod computed;
mod concerns;
mod handlers;
mod look;
pub(super) mod modules;
pub(super) mod parts;
mod prefilter;
mod reach;
mod straight;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::Place;
use crate::python;
use crate::python::Span;
use crate::python::position;

use super::registries::Registries;
use computed::Computed;
use look::When;
use modules::Found;
use modules::Modules;
use modules::Text;
use modules::is_framework;
use parts::Outline;
use reach::Class;
use reach::Reach;

pub use modules::ProjectModules;

/// Something that is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What is there, for people.
    pub construct: String,
    /// Where.
    pub place: Place,
    /// Whether it is done each time that `env.py` runs, and does more the second time: a listener,
    /// a wrapper.
    pub adds_up: bool,
    /// The dialects that it is for; all, if there are none.
    dialects: Vec<String>,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A class of SQLAlchemy or Alembic is compiled otherwise.
    Compiled(String),
    /// A class of another package is.
    OfOthers,
    /// Objects of all mapped classes do more than they say.
    OfSessions {
        /// The revisions, by their files, that cannot have a session.
        without: BTreeSet<String>,
    },
    /// Objects of one mapped class do.
    OfModels {
        /// Which, where that is known.
        class: Option<Class>,
        /// The revisions, by their files, that cannot have objects of it, or a session.
        without: BTreeSet<String>,
    },
    Anything,
    /// An environment variable is set, or any of them.
    Environment(Option<String>),
    /// An object of the project is changed, by `env.py`.
    OfProject,
}

/// A text that Alembic loads by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Its path, for places.
    pub path: String,
    /// The text, or why there is none.
    pub text: Result<String, String>,
    /// Whether its functions run when it is loaded, as those of an env.py do.
    pub is_env: bool,
}

/// What is changed by `loaded` and by all modules of the project that they import, in the order in
/// which they are found; and what these do to objects of each other, for whoever asks.
pub fn overrides(loaded: &[Loaded], project: &dyn ProjectModules) -> (Vec<Override>, Registries) {
    let modules = Modules::new(project);
    let mut search = Search { modules: &modules, texts: Vec::new(), loaded: 0, found: Vec::new() };
    let mut next: Vec<String> = Vec::new();
    for Loaded { path, text, is_env } in loaded {
        match text {
            Ok(text) => {
                let (path, text) = (path.clone(), text.clone());
                let text = Text::new(path, text, None, *is_env);
                next.extend(text.imports.modules.iter().cloned());
                search.look_at(Arc::new(text));
            }
            Err(error) => search.found.push(unreadable(path, error)),
        }
    }
    search.loaded = search.texts.len();
    next.reverse();
    let mut seen = BTreeSet::new();
    let mut computed = Computed::default();
    loop {
        search.load(&mut next, &mut seen);
        next = computed.imports(&search.texts, &modules, &seen, |package, error| {
            search.found.push(unreadable(package, error));
        });
        if next.is_empty() {
            break;
        }
        next.reverse();
    }
    let texts = search.texts.clone();
    let found = search.end(computed.outlines);
    (found, Registries::new(texts, modules.into_found()))
}

/// Nobody knows what is changed by a file that cannot be read.
fn unreadable(path: &str, error: &str) -> (Override, When) {
    let span = Span { start: 0, end: 0 };
    let place = Place { file: path.to_owned(), span, position: position("", 0) };
    let construct = format!("a module that cannot be read ({error})");
    let (dialects, what) = (Vec::new(), What::Anything);
    (Override { construct, place, adds_up: false, dialects, what }, When::Loaded)
}

/// What has been found so far.
struct Search<'a> {
    modules: &'a Modules<'a>,
    /// What has been looked at, first what Alembic loads by itself.
    texts: Vec<Arc<Text>>,
    /// How many these are.
    loaded: usize,
    found: Vec<(Override, When)>,
}

impl Search<'_> {
    /// Looks at these modules, the last one first, and at what they import.
    fn load(&mut self, next: &mut Vec<String>, seen: &mut BTreeSet<String>) {
        while let Some(name) = next.pop() {
            if is_framework(&name) || !seen.insert(name.clone()) {
                continue;
            }
            if let Some((parent, _)) = name.rsplit_once('.')
                && !seen.contains(parent)
            {
                next.push(parent.to_owned());
            }
            match self.modules.get(&name) {
                Found::Text(text) => {
                    next.extend(text.imports.modules.iter().rev().cloned());
                    self.look_at(text);
                }
                Found::Unreadable(error) => self.found.push(unreadable(&name, &error)),
                Found::None | Found::Outside => {}
            }
        }
    }

    fn look_at(&mut self, text: Arc<Text>) {
        // What is no Python cannot be loaded.
        if prefilter::may_change(&text, self.modules)
            && let Ok(tree) = python::parse(&text.text)
        {
            self.found.extend(look::changes(&text, self.modules, &tree.body));
        }
        self.texts.push(text);
    }

    /// What is changed when all of this is loaded.
    fn end(self, outlines: BTreeMap<String, Arc<Outline>>) -> Vec<Override> {
        let mut reach = Reach::with(&self.texts, self.modules, outlines);
        let mut found = self.found;
        // Where env.py makes an engine of its own, it has no listeners but what gets hold of it.
        let own_engine = ["engine_from_config(", "create_engine(", "create_async_engine("];
        let has_own_engine = self
            .texts
            .iter()
            .filter(|text| text.is_env)
            .all(|text| own_engine.iter().any(|call| text.text.contains(call)));
        found.retain(|(found, when)| {
            let path = &found.place.file;
            match when {
                When::Loaded => true,
                When::Runs(function) => reach.runs(path, function),
                When::Connected { engine, function } => {
                    let function = function.clone().map(|function| (path.clone(), function));
                    let is_of_env =
                        engine.iter().chain(&function).any(|item| reach.is_of_env(item));
                    let is_loaded =
                        || function.is_none_or(|(path, function)| reach.runs(&path, &function));
                    is_of_env || !has_own_engine && is_loaded()
                }
            }
        });
        for (found, when) in &mut found {
            let path = &found.place.file;
            let is_of_env = self.texts.iter().any(|text| text.is_env && text.path == *path);
            let function = match &*when {
                When::Loaded => None,
                When::Runs(function) => Some(function),
                When::Connected { function, .. } => function.as_ref(),
            };
            found.adds_up &= is_of_env
                || function.is_some_and(|it| reach.is_of_env(&(path.clone(), it.clone())));
            let (class, without) = match &mut found.what {
                What::OfSessions { without } => (None, without),
                What::OfModels { class, without } => (class.as_ref(), without),
                _ => continue,
            };
            let revisions = self.texts.iter().take(self.loaded).filter(|text| !text.is_env);
            let others = revisions.filter(|text| {
                !reach.has_sessions(text)
                    || class.is_some_and(|class| !reach.has_objects(text, class))
            });
            without.extend(others.map(|text| text.path.clone()));
        }
        found.into_iter().map(|(found, _)| found).collect()
    }
}
