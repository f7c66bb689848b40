//! A lease: a row with a time limit, for servers behind a pooler that hands out sessions by the
//! transaction. There a session-level lock belongs to whoever gets the session next.
//!
//! All times are the server's, so clocks need not agree. A thread renews the lease while the run
//! goes on; a process that dies leaves a row that nobody renews, and the next run takes it over
//! when its time is up.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;
use uuid::Uuid;

use super::SiteLock;
use super::holder_name;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::postgres::tables;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;

/// The table of the leases, beside the version tables.
pub(in crate::db) const LEASE_TABLE: &str = "limbeck_lease";

/// How long a lease lasts unless it is renewed; it is renewed three times as often.
const TIME_TO_LIVE: Duration = Duration::from_secs(60);

/// The lease on one version table. It lies in the same schema, so the version table's own name is
/// enough to tell leases apart.
pub(in crate::db) struct LeaseLock {
    lease: Lease,
    /// Kept between attempts; moves into the thread that renews.
    connection: Option<PgConnection>,
    renewal: Option<Renewal>,
}

#[derive(Clone)]
struct Lease {
    url: DatabaseUrl,
    options: SessionOptions,
    table: TableName,
    time_to_live: Duration,
    token: String,
}

struct Renewal {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
    lost: Arc<AtomicBool>,
}

impl LeaseLock {
    pub(in crate::db) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Self {
        LeaseLock::lasting(url, options, TIME_TO_LIVE)
    }

    /// A lease with another time limit than the usual one.
    pub(in crate::db) fn lasting(
        url: &DatabaseUrl,
        options: &SessionOptions,
        time_to_live: Duration,
    ) -> Self {
        let lease = Lease {
            url: url.clone(),
            options: options.clone(),
            table: options.version_table.sibling(LEASE_TABLE),
            time_to_live,
            token: Uuid::new_v4().to_string(),
        };
        LeaseLock { lease, connection: None, renewal: None }
    }

    fn lost(&self) -> DatabaseError {
        let name = &self.lease.options.version_table;
        DatabaseError::new(
            DatabaseErrorKind::Busy,
            format!(
                "the lease on {name} could not be renewed in time and may be another run's now"
            ),
        )
    }
}

impl SiteLock for LeaseLock {
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.renewal.is_some() {
            return self.check().map(|()| LockAttempt::Acquired);
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.lease.open()?,
        };
        if !self.lease.acquire(&mut connection)? {
            let holder = self.lease.holder(&mut connection)?;
            self.connection = Some(connection);
            return Ok(LockAttempt::Busy { holder });
        }
        let (stop, stopped) = mpsc::channel();
        let lost = Arc::new(AtomicBool::new(false));
        let (lease, flag) = (self.lease.clone(), Arc::clone(&lost));
        let thread = thread::Builder::new()
            .name("limbeck-lease".to_owned())
            .spawn(move || lease.keep(connection, &stopped, &flag))
            .map_err(|error| {
                let message = format!("no thread could be started to renew the lease: {error}");
                DatabaseError::new(DatabaseErrorKind::Busy, message)
            })?;
        self.renewal = Some(Renewal { stop, thread, lost });
        Ok(LockAttempt::Acquired)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        let Some(renewal) = self.renewal.take() else { return Ok(()) };
        // The thread is gone already when it has found the lease lost.
        drop(renewal.stop);
        if renewal.thread.join().is_err() || renewal.lost.load(Ordering::Acquire) {
            return Err(self.lost());
        }
        Ok(())
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<(), DatabaseError> {
        self.unlock()?;
        *self = LeaseLock::new(url, options);
        Ok(())
    }

    fn check(&mut self) -> Result<(), DatabaseError> {
        match &self.renewal {
            Some(renewal) if renewal.lost.load(Ordering::Acquire) => Err(self.lost()),
            _ => Ok(()),
        }
    }
}

impl Drop for LeaseLock {
    fn drop(&mut self) {
        // Nobody is left to hear of a lost lease.
        drop(self.unlock());
    }
}

impl Lease {
    fn open(&self) -> Result<PgConnection, DatabaseError> {
        let mut connection = connect::postgres(&self.url, &self.options)?;
        let table = self.table.sql(Dialect::Postgresql);
        let create = format!(
            "CREATE TABLE IF NOT EXISTS {table} (\n    name TEXT PRIMARY KEY,\n    \
             holder TEXT NOT NULL,\n    token TEXT NOT NULL,\n    expires_at TIMESTAMPTZ NOT NULL\n)"
        );
        tables::ensure(&mut connection, &self.table, &create, false)?;
        Ok(connection)
    }

    fn acquire(&self, connection: &mut PgConnection) -> Result<bool, DatabaseError> {
        let sql = format!(
            "INSERT INTO {} AS l (name, holder, token, expires_at) \
             VALUES ($1, $2, $3, clock_timestamp() + $4::interval) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, token = excluded.token, \
             expires_at = excluded.expires_at WHERE l.expires_at < clock_timestamp()",
            self.table.sql(Dialect::Postgresql)
        );
        let holder = holder_name(&self.options.actor, &self.options.host);
        let binds = [&self.options.version_table.name, &holder, &self.token, &self.duration()];
        Ok(connection.execute(&sql, &binds.map(String::as_str))? == 1)
    }

    fn holder(&self, connection: &mut PgConnection) -> Result<Option<String>, DatabaseError> {
        let sql = format!(
            "SELECT holder || ', lease until ' || expires_at::text FROM {} WHERE name = $1",
            self.table.sql(Dialect::Postgresql)
        );
        let rows = connection.rows(&sql, &[&self.options.version_table.name])?;
        Ok(rows.first().map(|row| column(row, 0).to_owned()))
    }

    fn duration(&self) -> String {
        format!("{} milliseconds", self.time_to_live.as_millis())
    }

    /// Renews the lease until it is told to stop, then gives it back.
    fn keep(&self, connection: PgConnection, stopped: &mpsc::Receiver<()>, lost: &AtomicBool) {
        let mut connection = Some(connection);
        let mut renewed = Instant::now();
        // Each hang-up of the channel and each message is the order to stop.
        while stopped.recv_timeout(self.time_to_live / 3) == Err(RecvTimeoutError::Timeout) {
            let before = Instant::now();
            let result = match connection.take() {
                Some(connection) => Ok(connection),
                None => connect::postgres(&self.url, &self.options),
            }
            .and_then(|mut link| {
                let still_ours = self.renew(&mut link)?;
                connection = Some(link);
                Ok(still_ours)
            });
            match result {
                Ok(true) => renewed = before,
                // A lost connection is no lost lease: there is time for another attempt.
                Err(_) if renewed.elapsed() < self.time_to_live => {}
                // Another run took it over, or may do so by now.
                Ok(false) | Err(_) => return lost.store(true, Ordering::Release),
            }
        }
        if let Some(mut connection) = connection {
            // When it cannot be deleted it runs out.
            drop(self.give_back(&mut connection));
        }
    }

    fn renew(&self, connection: &mut PgConnection) -> Result<bool, DatabaseError> {
        let sql = format!(
            "UPDATE {} SET expires_at = clock_timestamp() + $1::interval \
             WHERE name = $2 AND token = $3",
            self.table.sql(Dialect::Postgresql)
        );
        let binds = [&self.duration(), &self.options.version_table.name, &self.token];
        Ok(connection.execute(&sql, &binds.map(String::as_str))? == 1)
    }

    fn give_back(&self, connection: &mut PgConnection) -> Result<usize, DatabaseError> {
        let sql = format!(
            "DELETE FROM {} WHERE name = $1 AND token = $2",
            self.table.sql(Dialect::Postgresql)
        );
        connection.execute(&sql, &[&self.options.version_table.name, &self.token])
    }
}
