//! What has been found out of Python revisions and need not be found out again within one
//! invocation: a plan is checked before a run over several databases, by the run, and once more
//! where the rows have moved meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use limbeck_alembic::preflight::Preflight;

use super::PythonBody;

/// A function of a text, and what it is compiled for.
type Key = (Arc<str>, Arc<str>, String, Arc<str>);

/// What is known so far.
#[derive(Debug, Default)]
pub struct Known {
    bodies: Mutex<BTreeMap<Key, Preflight>>,
}

impl Known {
    /// What is known of `body`, compiled for what `setting` names.
    pub(in crate::exec) fn of(&self, body: &PythonBody, setting: &Arc<str>) -> Option<Preflight> {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.get(&key(body, setting)).cloned()
    }

    /// Notes what was found.
    pub(in crate::exec) fn learn(
        &self,
        body: &PythonBody,
        setting: &Arc<str>,
        found: Preflight,
    ) -> Preflight {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.insert(key(body, setting), found.clone());
        found
    }
}

fn key(body: &PythonBody, setting: &Arc<str>) -> Key {
    (Arc::clone(&body.file), Arc::clone(&body.text), body.function.clone(), Arc::clone(setting))
}
