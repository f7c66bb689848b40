//! What Python is told and what it says.

use std::path::Path;

use crate::db::DatabaseUrl;

use super::HandoffError;
use super::Identity;
use super::PythonProgram;
use super::Redirection;

/// What Python is to do.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(super) struct Job<'a> {
    /// The revision.
    pub(super) revision: &'a str,
    /// Its file.
    pub(super) path: &'a Path,
    /// `upgrade` or `downgrade`.
    pub(super) function: &'a str,
    /// The database that env.py must lead to.
    #[serde(skip)]
    pub(super) identity: &'a Identity,
    /// Whether no other may run in the same process, as env.py adds to what it has done before.
    #[serde(skip)]
    pub(super) is_alone: bool,
    /// Limbeck's own tables, which code that looks for tables must not find.
    pub(super) own_tables: &'a [String],
}

/// The first line that the worker reads: what its jobs have in common.
#[derive(serde::Serialize)]
pub(super) struct ProjectOrder<'a> {
    config: Option<&'a Path>,
    toml: Option<&'a Path>,
    section: &'a str,
    x: &'a [String],
    /// Where connections go, where that is not for env.py to say.
    scratch: Option<ScratchOrder<'a>>,
    /// What ends the output of each job.
    mark: &'a str,
}

impl<'a> ProjectOrder<'a> {
    /// The project of `python`.
    pub(super) fn of(python: &'a PythonProgram, mark: &'a str) -> Self {
        ProjectOrder {
            config: python.config.as_deref(),
            toml: python.toml.as_deref(),
            section: &python.section,
            x: &python.x_arguments,
            scratch: python.scratch.as_ref().map(ScratchOrder::of),
            mark,
        }
    }
}

/// Scratch databases, with what it takes to connect to them.
#[derive(serde::Serialize)]
struct ScratchOrder<'a> {
    kind: &'static str,
    place: PlaceOrder<'a>,
    stands_for: Option<&'a str>,
    elsewhere: Option<PlaceOrder<'a>>,
}

/// A database. Only the process that is to open it reads this.
#[derive(serde::Serialize)]
struct PlaceOrder<'a> {
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<u16>,
    /// That of MySQL's drivers; those of PostgreSQL take it for a host.
    socket: Option<&'a str>,
    database: Option<&'a str>,
}

impl<'a> PlaceOrder<'a> {
    fn of(url: &'a DatabaseUrl) -> Self {
        PlaceOrder {
            user: url.user(),
            password: url.password(),
            host: url.host(),
            port: url.port(),
            socket: url.parameter("unix_socket").or_else(|| url.parameter("socket")),
            database: url.database(),
        }
    }
}

impl<'a> ScratchOrder<'a> {
    fn of(redirection: &'a Redirection) -> Self {
        ScratchOrder {
            kind: redirection.place.dialect().name(),
            place: PlaceOrder::of(&redirection.place),
            stands_for: redirection.stands_for.as_deref(),
            elsewhere: redirection.elsewhere.as_ref().map(PlaceOrder::of),
        }
    }
}

/// A line that the worker says.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Word {
    /// env.py has opened this database.
    Identity {
        /// What tells it from any other.
        identity: Identity,
    },
    /// The end of a job.
    Done {
        /// Nothing.
        #[serde(rename = "done")]
        _done: Nothing,
        /// Whether the process takes another.
        stays: bool,
    },
    /// The end of a job that came to nothing.
    Failed {
        /// Why.
        failed: Failed,
        /// Whether the process takes another.
        stays: bool,
    },
}

/// `{}`.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Nothing {}

/// Why a job came to nothing.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Failed {
    pub(super) kind: String,
    #[serde(default)]
    class: String,
    message: String,
}

impl Failed {
    /// The error that it is, by whether the revision has begun.
    pub(super) fn error(self, has_begun: bool) -> HandoffError {
        let Failed { kind, class, message } = self;
        match kind.as_str() {
            "alembic" => HandoffError::NoAlembic { message },
            "version" => HandoffError::OldAlembic { version: message },
            "raised" if class == "KeyboardInterrupt" => HandoffError::Interrupted { has_begun },
            "raised" if has_begun => HandoffError::Raised { class, message },
            "raised" => HandoffError::Before { class, message },
            // A second run of the migrations, behind the first, which is done.
            "twice" => HandoffError::Raised { class: "env.py".to_owned(), message },
            "uncommitted" => HandoffError::NotCommitted { message },
            _ => HandoffError::Environment { message },
        }
    }
}
