//! What the modules of a project do to objects of each other: a list to which others append, a
//! class that keeps those derived from it, a setting that another module changes.
//!
//! Python runs every module that `env.py` and the revisions import before it runs a revision; here
//! only what a revision needs runs. So what an object is when all are loaded is known only if no
//! other module changes it. That is asked for those objects alone which a revision reads, and
//! looked for in the texts of the modules: by names that are followed to where they are made, and
//! for functions and methods by what calls them when it is loaded.

mod collector;
mod deeds;
mod effects;
mod gives;
mod names;
mod naming;
mod near;
mod parameters;
mod path;
mod runners;
mod scopes;
mod search;
mod shapes;
mod uses;
mod words;

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::eval::BoundName;
use crate::eval::Place;
use crate::eval::Unsupported;
use crate::python;

use super::overrides::ProjectModules;
use super::overrides::modules::FoundModules;
use super::overrides::modules::Modules;
use super::overrides::modules::Text;
use deeds::Deeds;
use deeds::Function;
use near::Look;
use search::Done;
use search::Runner;
use search::Search;
use uses::Uses;

/// The texts that Alembic loads, and what is known of them. Each question is answered once.
pub struct Registries {
    texts: Vec<Arc<Text>>,
    known: Mutex<Known>,
}

/// What has been found out.
#[derive(Default)]
struct Known {
    modules: FoundModules,
    /// By paths.
    deeds: BTreeMap<String, Arc<Deeds>>,
    uses: Uses,
    /// What makes functions of paths run.
    runners: BTreeMap<(String, Function), Arc<[Runner]>>,
    /// What is done to names of paths.
    done: BTreeMap<(String, String, Look), Arc<[Done]>>,
    /// Where a name of a path is changed.
    changes: BTreeMap<(String, String), Arc<[Place]>>,
}

impl fmt::Debug for Registries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registries").finish_non_exhaustive()
    }
}

impl Registries {
    /// Those of these texts.
    pub(super) fn new(texts: Vec<Arc<Text>>, modules: FoundModules) -> Self {
        let known = Known { modules, uses: Uses::of(&texts), ..Known::default() };
        Registries { texts, known: Mutex::new(known) }
    }

    /// Whether a text has this word in it.
    pub fn mention(&self, word: &str) -> bool {
        self.texts.iter().any(|text| text.text.contains(word))
    }

    /// What another module changes of what a name stands for.
    pub fn changed(
        &self,
        bound: &BoundName<'_>,
        project: &dyn ProjectModules,
    ) -> Option<Unsupported> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (bound.file.to_owned(), bound.name.to_owned());
        let places = match known.changes.get(&key) {
            Some(places) => Arc::clone(places),
            None => {
                let modules = Modules::with(project, std::mem::take(&mut known.modules));
                let places = Search::new(&self.texts, &modules, &mut known).places(bound);
                known.modules = modules.into_found();
                let places: Arc<[Place]> = places.into();
                known.changes.insert(key, Arc::clone(&places));
                places
            }
        };
        // What the revision does itself it does here, too.
        let place = places.iter().find(|place| !bound.readers.contains(&place.file))?;
        let what = format!("'{}' of {}, changed by another module", bound.name, short(bound.file));
        Some(Unsupported { what, place: place.clone() })
    }
}

impl Known {
    /// What a text does.
    fn deeds_of(&mut self, text: &Text) -> Arc<Deeds> {
        if let Some(deeds) = self.deeds.get(&text.path) {
            return Arc::clone(deeds);
        }
        // What is no Python cannot be loaded.
        let tree = python::parse(&text.text);
        let deeds = Arc::new(tree.map(|tree| Deeds::of(&tree.body)).unwrap_or_default());
        self.deeds.insert(text.path.clone(), Arc::clone(&deeds));
        deeds
    }
}

/// The end of a path, by which people know a module.
fn short(path: &str) -> String {
    let path = Path::new(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match path.parent().and_then(Path::file_name) {
        Some(folder) => format!("{}/{name}", folder.to_string_lossy()),
        None => name.into_owned(),
    }
}
