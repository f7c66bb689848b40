//! The statement of a step that Python runs.

use std::path::PathBuf;

use limbeck_schema::SqlValue;

use crate::db::DatabaseError;
use crate::graph::RevisionId;

use super::super::error::RunErrorKind;
use super::super::options::RunOptions;
use super::super::prepare::PreparedScript;
use super::super::step::StepRunner;
use super::HandedOver;
use super::HandoffError;
use super::Job;
use super::identity_of;

/// A revision that Python did not run to its end.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct HandoffFailure {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// What went wrong.
    pub error: HandoffError,
    /// Whether the database undoes what failed.
    pub is_transactional: bool,
}

/// Looks whether the project's Python is there, where a script needs it: what comes before it in
/// the plan would be done, and the run end in the middle.
///
/// # Errors
/// [`RunErrorKind::Handoff`].
pub fn check_program<'s>(
    scripts: impl IntoIterator<Item = &'s PreparedScript>,
    options: &RunOptions,
) -> Result<(), RunErrorKind> {
    let mut scripts = scripts.into_iter();
    let handed = scripts.find_map(|script| Some((script, script.handed_over()?)));
    let (Some((script, handed)), Some(python)) = (handed, &options.python.program) else {
        return Ok(());
    };
    options.python.kept.probe(python).map_err(|error| {
        RunErrorKind::Handoff(Box::new(HandoffFailure {
            revision: script.revision.clone(),
            path: script.path.clone(),
            direction: handed.direction,
            error,
            is_transactional: true,
        }))
    })
}

impl StepRunner<'_> {
    /// Lets Python run a revision. No transaction is open here meanwhile: the project's own
    /// connection must not wait for this one.
    ///
    /// # Errors
    /// [`RunErrorKind::Handoff`], and whatever the database says.
    pub(in crate::exec) fn hand_over(
        &mut self,
        script: &PreparedScript,
        handed: &HandedOver,
    ) -> Result<(), RunErrorKind> {
        let dialect = self.database.dialect();
        let failed = |error| {
            RunErrorKind::Handoff(Box::new(HandoffFailure {
                revision: script.revision.clone(),
                path: script.path.clone(),
                direction: handed.direction,
                error,
                is_transactional: dialect.has_transactional_ddl(),
            }))
        };
        // Who hands over has one: see `decide`.
        let Some(python) = &self.options.python.program else {
            return Err(failed(HandoffError::Protocol));
        };
        let database = &mut *self.database;
        let identity = identity_of(dialect, |question| {
            let answer = database.execute(question, &[])?;
            let row = answer.rows.into_iter().next().unwrap_or_default();
            Ok::<_, DatabaseError>(row.iter().map(text_of).collect())
        })?;
        let job = Job {
            revision: script.revision.as_str(),
            path: &script.path,
            function: handed.direction,
            identity: &identity,
            is_alone: self.options.python.env_adds_up(),
            own_tables: &self.options.python.own_tables,
        };
        let observer = &mut *self.observer;
        let kept = &self.options.python.kept;
        kept.run(python, &job, &mut |text| observer.printed(text)).map_err(failed)
    }
}

fn text_of(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Null => "None".to_owned(),
        other => format!("{other:?}"),
    }
}
