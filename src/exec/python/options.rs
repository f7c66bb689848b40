//! What Python code may learn of the outside, and what it is compiled for.

use std::fmt;
use std::sync::Arc;

use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::project::ProjectModules;
use limbeck_alembic::sa::ConfigFacts;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::SqlalchemyVersion;
use limbeck_schema::Flavour;
use uuid::Uuid;

use super::super::handoff::KeptPython;
use super::super::handoff::PythonMode;
use super::super::handoff::PythonProgram;
use super::known::Known;
use super::naming::Naming;
use super::overrides::Overrides;

/// What limbeck calls its tables where nobody gives them other names.
const OWN_TABLES: [&str; 2] = ["limbeck_journal", "limbeck_lease"];

/// Tells the value of an environment variable.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// Fills bytes with random ones, or says why it cannot.
pub type RandomBytes = Arc<dyn Fn(&mut [u8]) -> Result<(), String> + Send + Sync>;
/// The modules of the project.
pub type Modules = Arc<dyn ProjectModules + Send + Sync>;

/// What the code of Python revisions is given. What is not given here it does not have: without a
/// word of the caller there is no environment, and no module but those that limbeck knows itself.
#[derive(Clone)]
pub struct PythonOptions {
    /// The environment variables.
    pub environment: Environment,
    /// Where random bytes come from.
    pub random: RandomBytes,
    /// How far local time is ahead of UTC at an instant (in microseconds since 1970), in seconds.
    pub local_offset: fn(i64) -> i32,
    /// The modules of the project.
    pub modules: Modules,
    /// How constraints without a name are called.
    pub naming: Naming,
    /// What the project changes in SQLAlchemy and Alembic.
    pub overrides: Arc<Overrides>,
    /// Which SQLAlchemy the revisions are written for.
    pub sqlalchemy: SqlalchemyVersion,
    /// The arguments of `-x`, which `context.get_x_argument()` gives.
    pub x_arguments: Vec<String>,
    /// Alembic's configuration, of which revisions may ask; none where there is no Alembic project.
    pub config: Option<ConfigFacts>,
    /// Which revisions the project's own Python runs.
    pub mode: PythonMode,
    /// The project's own Python; none where there is no Alembic project.
    pub program: Option<PythonProgram>,
    /// The names of limbeck's own tables, which the code must not find: one that copies or drops
    /// whatever tables there are would take them along.
    pub own_tables: Vec<String>,
    /// How the URL calls a server of MySQL's kind.
    pub flavour: Flavour,
    /// What has been found out of revisions; clones share it.
    pub known: Arc<Known>,
    /// The process of the project's own Python; clones share it.
    pub kept: Arc<KeptPython>,
}

impl Default for PythonOptions {
    fn default() -> Self {
        PythonOptions {
            environment: Arc::new(|_| None),
            random: Arc::new(random),
            local_offset: |_| 0,
            modules: Arc::new(|_: &str| Ok(ModuleSource::Unknown)),
            naming: Naming::default(),
            overrides: Arc::default(),
            sqlalchemy: SqlalchemyVersion::default(),
            x_arguments: Vec::new(),
            config: None,
            mode: PythonMode::default(),
            program: None,
            own_tables: OWN_TABLES.map(str::to_owned).into(),
            flavour: Flavour::default(),
            known: Arc::default(),
            kept: Arc::default(),
        }
    }
}

impl fmt::Debug for PythonOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PythonOptions").field("naming", &self.naming).finish_non_exhaustive()
    }
}

impl PythonOptions {
    /// A migration with what these options say of SQLAlchemy, the command line and the configuration.
    pub(in crate::exec) fn adapted(&self, migration: Migration) -> Migration {
        migration
            .with_sqlalchemy(self.sqlalchemy)
            .with_x_arguments(self.x_arguments.clone())
            .with_config(self.config.clone())
    }
}

/// Random bytes of the system. A UUID has six bits that are none, so each gives half of its bytes.
#[expect(clippy::unnecessary_wraps, reason = "other sources may fail")]
fn random(bytes: &mut [u8]) -> Result<(), String> {
    for part in bytes.chunks_mut(6) {
        let uuid = Uuid::new_v4();
        part.copy_from_slice(&uuid.as_bytes()[10..10 + part.len()]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_fill_what_is_asked_for() {
        let (mut one, mut other) = ([0_u8; 31], [0_u8; 31]);
        random(&mut one).unwrap();
        random(&mut other).unwrap();
        assert_ne!(one, other);
        assert!(one.iter().filter(|byte| **byte == 0).count() < 8);
        random(&mut []).unwrap();
    }
}
