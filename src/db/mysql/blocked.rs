//! Who is in the way of a statement of this session.
//!
//! The servers tell it in different places, and not to everybody: whatever cannot be asked is left
//! out.

use std::time::Duration;

use super::MysqlConnection;
use super::MysqlSession;
use crate::db::connect;
use crate::db::error::DatabaseError;
use crate::db::lookout::Lookout;
use crate::db::other_session::OtherSession;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;

/// What is told of session `b.thread`.
macro_rules! told_of {
    ($blocking:expr) => {
        concat!(
            "SELECT CAST(b.thread AS CHAR), CAST(p.USER AS CHAR), CAST(p.HOST AS CHAR), ",
            "CAST(LOWER(p.COMMAND) AS CHAR), ",
            "CAST(TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS CHAR), ",
            "CAST(COALESCE(p.INFO, t.trx_query) AS CHAR) FROM (",
            $blocking,
            ") AS b LEFT JOIN information_schema.PROCESSLIST AS p ON p.ID = b.thread ",
            "LEFT JOIN information_schema.INNODB_TRX AS t ON t.trx_mysql_thread_id = b.thread ",
            "ORDER BY t.trx_started, b.thread LIMIT 5"
        )
    };
}

/// The questions, the most exact one first; `?` is the number of the session that waits.
const QUESTIONS: [&str; 4] = [
    // Locks of rows, on MariaDB and MySQL 5.7.
    told_of!(
        "SELECT DISTINCT o.trx_mysql_thread_id AS thread \
         FROM information_schema.INNODB_LOCK_WAITS AS w \
         JOIN information_schema.INNODB_TRX AS r ON r.trx_id = w.requesting_trx_id \
         JOIN information_schema.INNODB_TRX AS o ON o.trx_id = w.blocking_trx_id \
         WHERE r.trx_mysql_thread_id = ?"
    ),
    // Locks of rows, on MySQL 8.
    told_of!(
        "SELECT DISTINCT o.PROCESSLIST_ID AS thread \
         FROM performance_schema.data_lock_waits AS w \
         JOIN performance_schema.threads AS r ON r.THREAD_ID = w.REQUESTING_THREAD_ID \
         JOIN performance_schema.threads AS o ON o.THREAD_ID = w.BLOCKING_THREAD_ID \
         WHERE r.PROCESSLIST_ID = ?"
    ),
    // Locks of tables, on MySQL.
    told_of!(
        "SELECT DISTINCT o.PROCESSLIST_ID AS thread \
         FROM performance_schema.metadata_locks AS w \
         JOIN performance_schema.metadata_locks AS h ON h.OBJECT_TYPE = w.OBJECT_TYPE \
         AND h.OBJECT_SCHEMA = w.OBJECT_SCHEMA AND h.OBJECT_NAME = w.OBJECT_NAME \
         AND h.LOCK_STATUS = 'GRANTED' AND h.OWNER_THREAD_ID <> w.OWNER_THREAD_ID \
         JOIN performance_schema.threads AS r ON r.THREAD_ID = w.OWNER_THREAD_ID \
         JOIN performance_schema.threads AS o ON o.THREAD_ID = h.OWNER_THREAD_ID \
         WHERE w.LOCK_STATUS = 'PENDING' AND r.PROCESSLIST_ID = ?"
    ),
    // MariaDB tells of locks of tables only with a plugin: those that may hold one are in a
    // transaction, and in all likelihood in the same database.
    told_of!(
        "SELECT o.trx_mysql_thread_id AS thread FROM information_schema.INNODB_TRX AS o \
         JOIN information_schema.PROCESSLIST AS r ON r.ID = ? AND r.STATE LIKE 'Waiting for table%' \
         JOIN information_schema.PROCESSLIST AS s ON s.ID = o.trx_mysql_thread_id \
         AND s.DB <=> r.DB WHERE o.trx_mysql_thread_id <> r.ID"
    ),
];

/// A session, of a row as [`told_of`] has it.
fn session(row: &TextRow) -> OtherSession {
    let text = |at: usize| row.get(at).and_then(Option::as_deref);
    // Its address stands where others have the name of their program.
    OtherSession::new(
        &format!("connection {}", column(row, 0)),
        [text(1), text(2), text(3), text(4), text(5)],
    )
}

impl MysqlSession {
    /// Runs a statement of a script. When it fails, the error names those it waited for.
    pub(super) fn watched<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let Some(limit) = self.lock_limit else { return run(self) };
        self.open_lookout();
        if let Some(lookout) = &self.lookout {
            lookout.begin(limit);
        }
        let result = run(self);
        let seen = self.lookout.as_ref().map(Lookout::end).unwrap_or_default();
        result.map_err(|mut error| {
            if let Some(server) = &mut error.server {
                server.blockers = seen;
            }
            error
        })
    }

    fn open_lookout(&mut self) {
        if self.lookout.is_some() {
            return;
        }
        let number = self.connection.number().to_string();
        let (url, options) = self.origin.clone();
        let mut link: Option<MysqlConnection> = None;
        self.lookout = Lookout::new(Box::new(move || {
            let Some(mut connection) = link.take().or_else(|| connect::mysql(&url, &options).ok())
            else {
                return Vec::new();
            };
            let found = QUESTIONS.iter().enumerate().find_map(|(at, question)| {
                let rows = connection.rows(question, &[&number]).ok()?;
                let is_guess = at == QUESTIONS.len() - 1;
                let sessions = rows.iter().map(session);
                (!rows.is_empty())
                    .then(|| sessions.map(|one| OtherSession { is_guess, ..one }).collect())
            });
            link = Some(connection);
            found.unwrap_or_default()
        }));
    }
}

/// The limit as the server counts it: in whole seconds, of which one is the least.
pub(super) fn seconds(milliseconds: u64) -> Duration {
    Duration::from_secs(milliseconds.div_ceil(1000).max(1))
}
