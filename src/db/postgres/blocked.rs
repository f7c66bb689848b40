//! Who is in the way of a statement of this session, and what is to be known of its server for that.

use std::time::Duration;

use diesel::pg::PgConnection;

use super::PostgresSession;
use super::concurrent::session;
use crate::db::connect;
use crate::db::connect::LockMode;
use crate::db::error::DatabaseError;
use crate::db::lookout::Lookout;
use crate::db::other_session::OtherSession;
use crate::db::sql::Sql;
use crate::db::sql::column;

/// The session's own number, and whether Citus is there.
const FACTS: &str = "SELECT pg_catalog.pg_backend_pid()::text, \
    EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')::text";

/// Those for whom session `$1` waits, the oldest transaction first. A prepared transaction has the
/// number 0.
const BLOCKERS: &str = "SELECT CASE b.pid WHEN 0 THEN 'a prepared transaction' \
    ELSE 'server process ' || b.pid::text END, a.usename::text, a.application_name, a.state, \
    floor(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint::text, a.query \
    FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids($1::int)) AS pid) AS b \
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid \
    ORDER BY a.xact_start NULLS LAST, b.pid LIMIT 5";

/// On Citus a statement about a distributed table opens connections of its own to each shard, behind
/// which a table that all nodes have cannot be touched any more in the same transaction.
pub(super) const SEQUENTIAL: &str = "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'";

/// What is known of the server process of a session.
#[derive(Default)]
pub(super) struct Backend {
    /// Its number; `None` while nobody has asked.
    number: Option<String>,
    /// Whether the database has the extension Citus.
    pub(super) has_citus: bool,
    /// For how long a statement may wait for a lock.
    pub(super) lock_limit: Option<u64>,
    lookout: Option<Lookout>,
}

impl PostgresSession {
    /// Asks what is to be known before anything runs; one question for the whole session.
    pub(super) fn ask_backend(&mut self) -> Result<(), DatabaseError> {
        if self.backend.number.is_some() {
            return Ok(());
        }
        let rows = self.connection.rows(FACTS, &[])?;
        let row = rows.into_iter().next().unwrap_or_default();
        self.backend.number = Some(column(&row, 0).to_owned());
        self.backend.has_citus = column(&row, 1) == "true";
        Ok(())
    }

    /// Runs a statement of a script. When it fails, the error names those it waited for.
    pub(super) fn watched<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let Some(limit) = self.backend.lock_limit.filter(|limit| *limit > 0) else {
            return run(self);
        };
        self.open_lookout();
        if let Some(lookout) = &self.backend.lookout {
            lookout.begin(Duration::from_millis(limit));
        }
        let result = run(self);
        let seen = self.backend.lookout.as_ref().map(Lookout::end).unwrap_or_default();
        result.map_err(|mut error| {
            if let Some(server) = &mut error.server {
                server.blockers = seen;
            }
            error
        })
    }

    fn open_lookout(&mut self) {
        let (url, options) = &self.origin;
        // Behind a pooler the next statement may be another server process's.
        if self.backend.lookout.is_some() || options.lock == LockMode::Lease {
            return;
        }
        let Some(number) = self.backend.number.clone() else { return };
        let (url, options) = (url.clone(), options.clone());
        let mut link: Option<PgConnection> = None;
        self.backend.lookout = Lookout::new(Box::new(move || {
            // Who cannot be asked is asked anew the next time.
            let Some(mut connection) =
                link.take().or_else(|| connect::postgres(&url, &options).ok())
            else {
                return Vec::new();
            };
            let Ok(rows) = connection.rows(BLOCKERS, &[&number]) else { return Vec::new() };
            link = Some(connection);
            rows.iter().map(session).collect::<Vec<OtherSession>>()
        }));
    }
}
