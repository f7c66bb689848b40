//! A connection to MySQL or MariaDB.
//!
//! The driver is asynchronous and the rest of limbeck is not: each connection has a small runtime
//! of its own, and nothing of either is seen outside this module. Diesel's own connection on this
//! driver would keep neither the server's error codes nor the way to reset a session, so the
//! driver is used as it is.

use std::time::Duration;

use mysql_async::Column;
use mysql_async::Conn;
use mysql_async::DriverError;
use mysql_async::Error;
use mysql_async::Opts;
use mysql_async::Params;
use mysql_async::QueryResult;
use mysql_async::Row;
use mysql_async::Value;
use mysql_async::consts::StatusFlags;
use mysql_async::prelude::Protocol;
use mysql_async::prelude::Queryable;
use tokio::runtime::Builder;
use tokio::runtime::Handle;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::address::Address;
use super::error;
use super::greeting;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::url::DatabaseUrl;

/// How long the farewell to the server may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// How long to wait before another attempt to end a statement, as when the server takes no more
/// connections.
const KILL_AGAIN: Duration = Duration::from_secs(1);

/// How long a server may leave a session idle, in seconds: the longest that every system takes.
/// A run may wait for hours, on another database or for a lock.
const IDLE: u32 = 2_147_483;

/// A connection, with what it takes to put its session back.
pub(in crate::db) struct MysqlConnection {
    address: Address,
    /// `None` only while the value is dropped.
    inner: Option<(Runtime, Conn)>,
}

impl MysqlConnection {
    /// Connects to the server at `url`, and to the database it names, if any.
    pub(in crate::db) fn open(
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<Self, DatabaseError> {
        Self::open_at(Address::new(url, options)?, url)
    }

    /// The same within `limit`.
    pub(in crate::db) fn open_within(
        limit: Duration,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<Self, DatabaseError> {
        let mut address = Address::new(url, options)?;
        address.limit(limit);
        Self::open_at(address, url)
    }

    fn open_at(address: Address, url: &DatabaseUrl) -> Result<Self, DatabaseError> {
        outside_a_runtime()?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            DatabaseError::new(
                DatabaseErrorKind::Unreachable,
                format!("no runtime for the connection: {error}"),
            )
        })?;
        let attempt = async {
            match Conn::new(address.opts()).await {
                // The server has no TLS, and none was asked for.
                Err(Error::Driver(DriverError::NoClientSslFlagFromServer))
                    if address.may_be_plain() =>
                {
                    Conn::new(address.plain_opts()).await
                }
                result => result,
            }
        };
        let attempt = runtime.block_on(async { timeout(address.patience(), attempt).await });
        let error = match attempt {
            Ok(Ok(conn)) => {
                let mut connection = MysqlConnection { address, inner: Some((runtime, conn)) };
                connection.set_up()?;
                return Ok(connection);
            }
            Ok(Err(error)) => error::of_connecting(&error, &address, url),
            Err(_) => error::no_answer(&address, url),
        };
        let error = match error::is_obscure(&error) {
            true => {
                let greeting = runtime.block_on(greeting::look(&address));
                error::of_greeting(error, greeting, &address, url)
            }
            false => error,
        };
        // A look-up of a host name that hangs must not hold the program.
        runtime.shutdown_background();
        Err(error)
    }

    /// Settings that a session of limbeck has whatever the server's defaults are: texts travel as
    /// UTF-8, each statement commits itself, and waiting does not end the session.
    fn set_up(&mut self) -> Result<(), DatabaseError> {
        let names = self.address.charset().to_owned();
        self.batch(&format!("SET NAMES {names}, autocommit = 1, wait_timeout = {IDLE}"))
    }

    /// The number of the session on its server.
    pub(super) fn number(&self) -> u32 {
        self.inner.as_ref().map_or(0, |(_, conn)| conn.id())
    }

    /// Puts the session back to that of a new connection: settings, variables, temporary tables,
    /// prepared statements, locks, and the database that the URL names. What is not committed is
    /// lost.
    pub(super) fn reset(&mut self) -> Result<(), DatabaseError> {
        let supported = self.block_on(|conn| Box::pin(conn.reset()))?.map_err(|e| error::of(&e))?;
        if !supported {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Unsupported,
                "the server cannot reset a session: limbeck needs MySQL 5.7.3 or MariaDB 10.2.4",
            ));
        }
        self.set_up()?;
        if let Some(database) = self.address.database() {
            let database =
                limbeck_schema::quote_identifier(limbeck_schema::Dialect::Mysql, database);
            self.batch(&format!("USE {database}"))?;
        }
        Ok(())
    }

    /// Runs one statement of a script and drops what it returns. After `limit` it is ended from
    /// another connection.
    pub(super) fn run(&mut self, sql: &str, limit: Option<Duration>) -> Result<(), DatabaseError> {
        let Some(limit) = limit else { return self.batch(sql) };
        let killer = self.killer(limit);
        let result = self.block_on(|conn| {
            Box::pin(async move {
                let id = conn.id();
                killer.run(id, conn.query_drop(sql)).await
            })
        })?;
        result.map_err(|error| error::of_statement(&error, sql, Some(limit)))
    }

    /// Runs one statement and gives all that it answers; of several answers the first. With
    /// `values` its places are marked by `?`. After `limit` it is ended from another connection.
    pub(super) fn all(
        &mut self,
        sql: &str,
        values: Option<Vec<Value>>,
        limit: Option<Duration>,
    ) -> Result<Answer, DatabaseError> {
        let killer = limit.map(|limit| self.killer(limit));
        let result = self.block_on(|conn| {
            Box::pin(async move {
                let id = conn.id();
                let work = async {
                    match values {
                        None => Answer::of(conn.query_iter(sql).await?).await,
                        Some(values) => {
                            let params = Params::Positional(values);
                            Answer::of(conn.exec_iter(sql, params).await?).await
                        }
                    }
                };
                match killer {
                    Some(killer) => killer.run(id, work).await,
                    None => work.await,
                }
            })
        })?;
        result.map_err(|error| error::of_statement(&error, sql, limit))
    }

    fn killer(&self, limit: Duration) -> Killer {
        let opts = match &self.inner {
            // As it was made: with or without TLS.
            Some((_, conn)) => conn.opts().clone(),
            None => self.address.opts(),
        };
        Killer { limit, patience: self.address.patience(), opts }
    }

    /// Whether the last statement has left a transaction open, as the server said.
    pub(super) fn is_in_transaction(&self) -> bool {
        let ok = self.inner.as_ref().and_then(|(_, conn)| conn.last_ok_packet());
        ok.is_some_and(|ok| ok.status_flags().contains(StatusFlags::SERVER_STATUS_IN_TRANS))
    }

    /// Runs one statement of a user and hands over what it answers as it comes, each row with the
    /// columns, before the first these alone; of several answers the first. Gives how many rows it
    /// has changed, where it answers none.
    pub(in crate::db) fn answer<E: From<DatabaseError>>(
        &mut self,
        sql: &str,
        mut take: impl FnMut(&[AnswerColumn], Option<AnswerRow>) -> Result<(), E>,
    ) -> Result<Option<usize>, E> {
        let failure = |error: Error| E::from(error::of_statement(&error, sql, None));
        self.block_on(|conn| {
            Box::pin(async move {
                let mut result = conn.query_iter(sql).await.map_err(failure)?;
                let columns = result.columns();
                let columns = columns.iter().flat_map(|columns| columns.iter());
                let columns: Vec<AnswerColumn> = columns
                    .map(|column| AnswerColumn {
                        name: column.name_str().into_owned(),
                        is_number: column.column_type().is_numeric_type(),
                    })
                    .collect();
                if !columns.is_empty() {
                    take(&columns, None)?;
                }
                while let Some(row) = result.next().await.map_err(failure)? {
                    take(&columns, Some(row.unwrap().into_iter().map(bytes).collect()))?;
                }
                let changed = usize::try_from(result.affected_rows()).unwrap_or(usize::MAX);
                result.drop_result().await.map_err(failure)?;
                Ok(columns.is_empty().then_some(changed))
            })
        })?
    }

    /// Runs what `work` makes of the connection to its end.
    fn block_on<'a, T>(
        &'a mut self,
        work: impl FnOnce(&'a mut Conn) -> Work<'a, T>,
    ) -> Result<T, DatabaseError> {
        outside_a_runtime()?;
        match &mut self.inner {
            Some((runtime, conn)) => Ok(runtime.block_on(work(conn))),
            None => {
                Err(DatabaseError::new(DatabaseErrorKind::Unreachable, "the connection is closed"))
            }
        }
    }
}

/// All that a statement answers.
pub(super) struct Answer {
    /// None where it answers no rows.
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Value>>,
    /// How many rows it has changed or found.
    pub(super) affected: u64,
    pub(super) last_id: Option<u64>,
}

impl Answer {
    async fn of<P: Protocol>(mut result: QueryResult<'_, '_, P>) -> Result<Self, Error> {
        let columns = result.columns_ref().to_vec();
        let mut rows = Vec::new();
        // Further answers, as of a procedure, are not rows of this one.
        if !columns.is_empty() {
            while let Some(row) = result.next().await? {
                rows.push(row.unwrap());
            }
        }
        let (affected, last_id) = (result.affected_rows(), result.last_insert_id());
        result.drop_result().await?;
        Ok(Answer { columns, rows, affected, last_id })
    }
}

/// Ends a statement that takes longer than `limit`.
struct Killer {
    limit: Duration,
    patience: Duration,
    opts: Opts,
}

impl Killer {
    /// Waits for `work`, a statement of the connection `id`.
    async fn run<T>(
        &self,
        id: u32,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        let mut wait = self.limit;
        loop {
            // The statement itself is waited for, also where it cannot be ended: only its end
            // tells how it ended.
            if let Ok(result) = timeout(wait, &mut work).await {
                return result;
            }
            let kill = kill_query(self.opts.clone(), id);
            if matches!(timeout(self.patience, kill).await, Ok(Ok(()))) {
                return work.await;
            }
            wait = KILL_AGAIN;
        }
    }
}

/// Ends the statement of the connection `id`.
async fn kill_query(opts: Opts, id: u32) -> Result<(), Error> {
    let mut other = Conn::new(opts).await?;
    other.query_drop(format!("KILL QUERY {id}")).await?;
    // It is said; a farewell that fails does no harm.
    drop(timeout(FAREWELL, other.disconnect()).await);
    Ok(())
}

/// A column of what a statement answers.
pub(in crate::db) struct AnswerColumn {
    pub(in crate::db) name: String,
    pub(in crate::db) is_number: bool,
}

/// A row of it, in the text form of the server.
pub(in crate::db) type AnswerRow = Vec<Option<Vec<u8>>>;

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(bytes),
        // Only prepared statements have others.
        other => Some(other.as_sql(false).into_bytes()),
    }
}

/// Something that a connection is to do.
type Work<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + 'a>>;

impl Drop for MysqlConnection {
    fn drop(&mut self) {
        let Some((runtime, conn)) = self.inner.take() else { return };
        if outside_a_runtime().is_ok() && !std::thread::panicking() {
            // A farewell that fails does no harm: the server sees the connection end.
            drop(runtime.block_on(async { timeout(FAREWELL, conn.disconnect()).await }));
        }
        // A look-up of a host name that hangs must not hold the program.
        runtime.shutdown_background();
    }
}

/// A runtime cannot wait within another one; the driver would panic.
fn outside_a_runtime() -> Result<(), DatabaseError> {
    match Handle::try_current() {
        Err(_) => Ok(()),
        Ok(_) => Err(DatabaseError::new(
            DatabaseErrorKind::Unsupported,
            "MySQL cannot be used within an asynchronous runtime: use a thread of its own \
             (spawn_blocking)",
        )),
    }
}

impl Sql for MysqlConnection {
    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.block_on(|conn| conn.query_drop(sql))?
            .map_err(|error| error::of_statement(&error, sql, None))
    }

    fn execute(&mut self, sql: &str, binds: &[&str]) -> Result<usize, DatabaseError> {
        let params = params(binds);
        let count = self.block_on(|conn| {
            Box::pin(async move {
                conn.exec_drop(sql, params).await?;
                Ok(conn.affected_rows())
            })
        })?;
        count
            .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
            .map_err(|error: Error| error::of(&error))
    }

    fn rows(&mut self, sql: &str, binds: &[&str]) -> Result<Vec<TextRow>, DatabaseError> {
        let params = params(binds);
        let rows: Result<Vec<Row>, Error> = self.block_on(|conn| conn.exec(sql, params))?;
        rows.map_err(|error| error::of(&error))?.into_iter().map(texts).collect()
    }
}

fn params(binds: &[&str]) -> Params {
    match binds {
        [] => Params::Empty,
        binds => Params::Positional(binds.iter().map(|bind| Value::from(*bind)).collect()),
    }
}

fn texts(row: Row) -> Result<TextRow, DatabaseError> {
    row.unwrap().into_iter().map(text).collect()
}

/// A value as text; the queries of limbeck cast theirs to text anyway.
fn text(value: Value) -> Result<Option<String>, DatabaseError> {
    Ok(Some(match value {
        Value::NULL => return Ok(None),
        Value::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| {
            DatabaseError::new(DatabaseErrorKind::Corrupt, "a text in the database is not UTF-8")
        })?,
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        date @ (Value::Date(..) | Value::Time(..)) => {
            date.as_sql(false).trim_matches('\'').to_owned()
        }
    }))
}
