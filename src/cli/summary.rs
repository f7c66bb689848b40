//! What became of each database of a run.

use std::fmt;

use crate::exec::Report;
use crate::exec::RunErrorKind;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::ui::Output;

use super::error::CliError;
use super::failure;
use super::sites::Site;

/// A tenant with its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TenantName {
    pub(super) database: String,
    pub(super) tenant: String,
}

/// What became of one database. Displays as a line of the summary.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) database: String,
    /// The tenant, where it is one of a database.
    pub(super) tenant: Option<TenantName>,
    /// What was done; nothing, where the run did not come so far.
    pub(super) report: Option<Report>,
    pub(super) error: Option<CliError>,
}

impl Outcome {
    /// Nothing yet.
    pub(super) fn of(site: &Site<'_>) -> Self {
        let tenant = site.tenant.as_ref().map(|tenant| TenantName {
            database: site.settings.name.clone(),
            tenant: tenant.name.clone(),
        });
        Outcome { database: site.name().to_owned(), tenant, report: None, error: None }
    }

    /// The tenants of `database`, which are not even listed.
    pub(super) fn of_tenants(name: &str, database: &str) -> Self {
        let (database, tenant) = (database.to_owned(), "*".to_owned());
        let tenant = Some(TenantName { database, tenant });
        Outcome { database: name.to_owned(), tenant, report: None, error: None }
    }

    /// Adds what a further part of the run has done.
    pub(super) fn add(&mut self, part: Report) {
        match &mut self.report {
            None => self.report = Some(part),
            Some(report) => {
                report.after = part.after;
                report.steps.extend(part.steps);
                report.repeatables = part.repeatables;
            }
        }
    }

    /// Adds what ended the run on this database, with what it had done by then.
    pub(super) fn fail(&mut self, error: CliError) {
        if let CliError::Run { error, .. } = &error
            && (self.report.is_none() || !error.report.steps.is_empty())
        {
            self.add(error.report.clone());
        }
        self.error = Some(error);
    }

    /// Whether there was nothing to do.
    pub(super) fn is_nothing(&self) -> bool {
        self.error.is_none() && self.report.as_ref().is_some_and(Report::is_nothing)
    }

    /// Says what became of a tenant, if there is anything to be said: most of many have nothing to
    /// do.
    pub(super) fn tell(&self, output: &mut Output<'_>) {
        if self.error.is_some() {
            output.talk(format_args!("{self}"));
        } else if !self.is_nothing() {
            output.step(format_args!("{self}"));
        }
    }

    /// What became of a tenant, as an event.
    pub(super) fn event(&self) -> serde_json::Value {
        let state = match &self.error {
            _ if self.is_interrupted() => "interrupted",
            Some(_) => "failed",
            None if self.is_nothing() => "nothing",
            None => "done",
        };
        let report = self.report.as_ref();
        let ids = report.map(|report| report.after.iter().map(RevisionId::as_str));
        serde_json::json!({
            "event": "tenant",
            "database": self.database,
            "tenant": self.tenant.as_ref().map(|name| &name.tenant),
            "state": state,
            "steps": report.map_or(0, |report| report.steps.len()),
            "current": ids.map(Iterator::collect::<Vec<_>>),
            "message": self.error.as_ref().map(failure::message),
        })
    }

    /// Whether it is the tenants of a database that nobody can list.
    fn is_unlisted(&self) -> bool {
        self.error.is_some() && self.tenant.as_ref().is_some_and(|tenant| tenant.tenant == "*")
    }

    /// Whether `--retry-failed` is about it.
    pub(super) fn is_retried(&self) -> bool {
        let has_failed = self.error.is_some() && !self.is_interrupted() && !self.is_held();
        self.tenant.is_some() && has_failed && !self.is_unlisted()
    }

    pub(super) fn is_interrupted(&self) -> bool {
        matches!(&self.error, Some(CliError::Run { error, .. })
            if matches!(*error.kind, RunErrorKind::Interrupted { .. }))
    }

    /// Whether it is where waves have stopped: nothing was begun there.
    pub(super) fn is_held(&self) -> bool {
        matches!(&self.error, Some(CliError::WavePaused { .. } | CliError::WaveCheck { .. }))
    }

    /// What was done and where that leads: `2 revisions applied, at 1a2b`.
    fn done(&self) -> Option<String> {
        let report = self.report.as_ref()?;
        let count = report.steps.len();
        let noun = if count == 1 { "revision" } else { "revisions" };
        let word = match report.steps.first()?.step.direction {
            Direction::Upgrade => "applied",
            Direction::Downgrade => "reverted",
            Direction::Stamp => return Some(format!("stamped, {}", at(&report.after))),
        };
        Some(format!("{count} {noun} {word}, {}", at(&report.after)))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.database)?;
        let Some(error) = &self.error else {
            return match (self.done(), &self.report) {
                (Some(done), _) => f.write_str(&done),
                (None, Some(report)) => write!(f, "nothing to do, {}", at(&report.after)),
                (None, None) => f.write_str("not run"),
            };
        };
        if let Some(done) = self.done() {
            write!(f, "{done}; ")?;
        }
        if let Some(unmet) = error.unmet() {
            let what = if self.done().is_some() { "the rest not run" } else { "not run" };
            return write!(f, "{what}: {unmet}");
        }
        if self.is_interrupted() {
            return f.write_str("interrupted");
        }
        let message = failure::message(error);
        let message = message.strip_prefix(&format!("database {}: ", self.database));
        match message {
            Some(message) => write!(f, "failed: {message}"),
            None => write!(f, "failed: {}", failure::message(error)),
        }
    }
}

/// What became of the tenants of each database, in a line for each database.
pub(super) fn of_tenants(outcomes: &[Outcome]) -> Vec<String> {
    let mut databases: Vec<(&str, Vec<&Outcome>)> = Vec::new();
    for outcome in outcomes {
        let Some(TenantName { database, .. }) = &outcome.tenant else { continue };
        match databases.iter_mut().find(|(name, _)| name == database) {
            Some((_, of_database)) => of_database.push(outcome),
            None => databases.push((database, vec![outcome])),
        }
    }
    databases.iter().map(|(name, outcomes)| counted(name, outcomes)).collect()
}

fn counted(database: &str, outcomes: &[&Outcome]) -> String {
    let count = |is_meant: &dyn Fn(&Outcome) -> bool| {
        outcomes.iter().filter(|outcome| is_meant(outcome)).count()
    };
    if let [Outcome { tenant: Some(TenantName { tenant, .. }), report: None, error: None, .. }] =
        outcomes
        && tenant == "*"
    {
        return format!("{database}/*: its tenants were not begun");
    }
    if outcomes.iter().all(|outcome| outcome.is_unlisted()) {
        return format!("{database}/*: its tenants could not be listed");
    }
    let idle = count(&Outcome::is_nothing);
    let failed = count(&|outcome| outcome.error.is_some() && !outcome.is_held());
    let left = count(&|outcome| {
        outcome.is_held() || (outcome.error.is_none() && outcome.report.is_none())
    });
    let done = outcomes.len() - idle - failed - left;
    let parts =
        [(done, "done"), (idle, "with nothing to do"), (failed, "failed"), (left, "not begun")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    let noun = if outcomes.len() == 1 { "tenant" } else { "tenants" };
    format!("{database}/*: {} {noun}: {}", outcomes.len(), parts.join(", "))
}

fn at(heads: &Heads) -> String {
    if heads.is_empty() {
        return "at the base".to_owned();
    }
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    format!("at {}", ids.join(", "))
}
