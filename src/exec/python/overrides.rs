//! What the project changes in SQLAlchemy and Alembic for all of its revisions.
//!
//! Alembic loads env.py and every revision file before it runs one. What these change there is
//! looked for when the first revision of a run needs it, and once for all databases.

use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use limbeck_alembic::eval::BoundName;
use limbeck_alembic::eval::Unsupported;
use limbeck_alembic::preflight::Preflight;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::preflight::Verdict;
use limbeck_alembic::project;
use limbeck_alembic::project::Loaded;
use limbeck_alembic::project::Override;
use limbeck_alembic::project::Registries;
use limbeck_alembic::sa::SqlError;
use limbeck_schema::Dialect;

use super::PythonBody;
use super::PythonOptions;

/// Gives the texts that Alembic loads: env.py and all revision files.
pub type LoadedTexts = Arc<dyn Fn() -> Vec<Loaded> + Send + Sync>;

/// What is changed, which is looked for when it is asked for. Clones of an `Arc` share what was
/// found.
pub struct Overrides {
    texts: LoadedTexts,
    /// Whether somebody has seen to what these change in SQLAlchemy and Alembic.
    are_seen_to: bool,
    found: OnceLock<(Vec<Override>, Registries)>,
}

impl Overrides {
    /// Those of a project that loads these texts.
    pub fn new(texts: LoadedTexts) -> Self {
        Overrides { texts, are_seen_to: false, found: OnceLock::new() }
    }

    /// Those of a project where somebody has seen to what these texts change in SQLAlchemy and
    /// Alembic.
    pub fn seen_to(texts: LoadedTexts) -> Self {
        Overrides { are_seen_to: true, ..Overrides::new(texts) }
    }
}

impl Default for Overrides {
    fn default() -> Self {
        Overrides::new(Arc::new(Vec::new))
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overrides").finish_non_exhaustive()
    }
}

impl PythonOptions {
    /// What may make a revision with this text and these statements another one than limbeck runs.
    pub(in crate::exec) fn override_of(
        &self,
        dialect: Dialect,
        body: &PythonBody,
        statements: &[String],
    ) -> Option<Unsupported> {
        let concerns =
            |one: &&Override| one.concerns(dialect, &body.file, &body.text, Some(statements));
        self.overrides().iter().find(concerns).map(refused)
    }

    fn overrides(&self) -> &[Override] {
        if self.overrides.are_seen_to { &[] } else { &self.loaded().0 }
    }

    /// What all that Alembic loads does.
    fn loaded(&self) -> &(Vec<Override>, Registries) {
        self.overrides
            .found
            .get_or_init(|| project::overrides(&(self.overrides.texts)(), &*self.modules))
    }

    /// Whether an env.py that is run twice does more than one that is run once.
    pub(in crate::exec) fn env_adds_up(&self) -> bool {
        self.overrides().iter().any(|one| one.adds_up)
    }

    /// What gives an environment variable another value before revisions run.
    pub(super) fn variable_set(&self, name: &str) -> Option<Unsupported> {
        self.overrides().iter().find(|one| one.sets_variable(name)).map(refused)
    }

    /// Whether a text that Alembic loads has this word in it.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.loaded().1.mention(word)
    }

    /// What another module changes of an object of the project.
    pub(super) fn changed(&self, bound: &BoundName<'_>) -> Option<Unsupported> {
        self.loaded().1.changed(bound, &*self.modules)
    }

    /// Python is needed for what limbeck could run if the project had not changed what it means.
    pub(in crate::exec) fn with_overrides(
        &self,
        mut found: Preflight,
        body: &PythonBody,
        dialect: Dialect,
    ) -> Preflight {
        if !found.is_native() {
            return found;
        }
        // A statement that shows it is refused when it comes, where that can be undone.
        let may_wait = found.statements.is_none()
            && found.leaves_transaction.is_none()
            && dialect.has_transactional_ddl();
        let concerns = |one: &&Override| {
            !(may_wait && one.is_seen())
                && one.concerns(dialect, &body.file, &body.text, found.statements.as_deref())
        };
        if let Some(changed) = self.overrides().iter().find(concerns).map(refused) {
            let needed = PythonNeeded::from(changed);
            found.verdict = Verdict::PythonNeeded(needed.clone());
            found.needed.push(needed);
        }
        found
    }

    /// Refuses a statement that Python may compile otherwise.
    ///
    /// # Errors
    /// What ends the code as something that limbeck does not run.
    pub(super) fn check_statement(
        &self,
        dialect: Dialect,
        body: &PythonBody,
        sql: &str,
    ) -> Result<(), SqlError> {
        if self.overrides().is_empty() {
            return Ok(());
        }
        let Some(Unsupported { what, place }) = self.override_of(dialect, body, &[sql.to_owned()])
        else {
            return Ok(());
        };
        Err(SqlError {
            sqlstate: None,
            code: None,
            class: None,
            is_database: false,
            is_unreadable: true,
            message: format!("{what} ({place})"),
            dialect,
        })
    }
}

fn refused(one: &Override) -> Unsupported {
    Unsupported { what: one.construct.clone(), place: one.place.clone() }
}
