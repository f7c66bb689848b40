//! How long statements may wait for locks, and run; and for how long a step is tried again that
//! could not have a lock.
//!
//! What asks for it more particularly comes first: the person who runs it, the revision, the
//! database. Without any of these, a statement that takes locks of tables waits for
//! [`LOCK_TIMEOUT`] only: while it waits, everybody who wants to read that table waits behind it.

use std::time::Duration;

use limbeck_schema::Dialect;

use crate::db::Timeouts;
use crate::script::sql;
use crate::script::sql::LockClass;
use crate::script::sql::Statement;

use super::options::RunOptions;
use super::options::TransactionMode;
use super::prepare::PreparedScript;
use super::prepare::ScriptBody;

/// How long a statement that takes locks of tables waits for them, unless somebody says otherwise.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// For how long a step is tried again that could not have a lock, unless somebody says otherwise.
pub const LOCK_RETRY: Duration = Duration::from_secs(600);

/// Limits as far as somebody has asked for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// How long a statement may wait for a lock; zero for as long as it takes.
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run; zero for as long as it takes.
    pub statement_timeout: Option<Duration>,
    /// For how long a step is tried again that could not have a lock; zero for not at all.
    pub lock_retry: Option<Duration>,
}

/// In milliseconds.
pub(super) fn milliseconds(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}

/// The class of `statements` of `script`, which run together.
pub(super) fn class_of(
    script: &PreparedScript,
    statements: &[Statement],
    dialect: Dialect,
) -> LockClass {
    let classes = statements.iter().map(|statement| sql::lock_class(statement, dialect));
    match script.body {
        ScriptBody::Sql(_) => classes.max().unwrap_or(LockClass::Rows),
        ScriptBody::Python(_) | ScriptBody::HandedOver(_) => LockClass::Tables,
    }
}

/// The limits of `statements` of `script`, which run together on a database of `dialect`, in a
/// transaction that may hold locks of tables already.
pub(super) fn of(
    script: &PreparedScript,
    statements: &[Statement],
    dialect: Dialect,
    options: &RunOptions,
    holds_tables: bool,
) -> Timeouts {
    // Whoever waits for a row while holding a table keeps the readers of the table waiting.
    let class = match holds_tables {
        true => LockClass::Tables,
        false => class_of(script, statements, dialect),
    };
    let (asked, configured) = (options.asked_limits, options.limits);
    let general = match class {
        // Those who say it of all statements do not mean these, which wait for others to end.
        LockClass::Waiting => None,
        LockClass::Rows | LockClass::Tables => configured.lock_timeout,
    };
    let by_default = match class {
        LockClass::Tables
            if options.limits_by_default()
                && dialect != Dialect::Sqlite
                && !script.statements().iter().any(|one| sql::sets_lock_timeout(one, dialect)) =>
        {
            Some(LOCK_TIMEOUT)
        }
        _ => None,
    };
    let lock = asked
        .lock_timeout
        .filter(|_| class != LockClass::Waiting)
        .map(milliseconds)
        .or(script.timeouts.lock)
        .or(general.or(by_default).map(milliseconds));
    let statement = asked
        .statement_timeout
        .map(milliseconds)
        .or(script.timeouts.statement)
        .or(configured.statement_timeout.map(milliseconds));
    Timeouts { lock, statement }
}

/// For how long `script`, or a run of which nothing more is known, is tried again when it could not
/// have a lock.
pub(super) fn budget(
    script: Option<&PreparedScript>,
    dialect: Dialect,
    options: &RunOptions,
) -> Duration {
    // Its writers wait for one another by themselves.
    if dialect == Dialect::Sqlite {
        return Duration::ZERO;
    }
    let of_script = script.and_then(|script| script.lock_retry);
    let is_limited = options.limits_by_default()
        || options.asked_limits.lock_timeout.is_some()
        || options.limits.lock_timeout.is_some()
        || script.is_some_and(|script| script.timeouts.lock.is_some());
    options.asked_limits.lock_retry.or(of_script).or(options.limits.lock_retry).unwrap_or(
        match is_limited {
            true => LOCK_RETRY,
            false => Duration::ZERO,
        },
    )
}

impl RunOptions {
    /// Whether there are limits where nobody asks for any. Not where runs are as Alembic's.
    fn limits_by_default(&self) -> bool {
        self.transaction_mode != TransactionMode::Alembic
    }
}
