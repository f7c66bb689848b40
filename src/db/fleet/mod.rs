//! Rollouts over many machines: which sites are to be brought on, and who is at work on which, as
//! rows of a database that all workers reach.
//!
//! Nothing here decides what runs on a site: its own lock and its own version table do. What is
//! kept here is who shall look next, so that a row that is wrong (a lease that was lost while its
//! worker went on) costs one more look at a site that has nothing to do.
//!
//! All times are those of the database, in milliseconds since 1970: the clocks of the workers do not
//! matter. A claim holds the row of the rollout while it counts, and takes the row of a site with
//! `FOR UPDATE SKIP LOCKED`, so that no two workers get the same one and none waits for another.

mod claim;
mod control;
mod create;
mod identity;
mod read;
mod tables;

use limbeck_schema::Dialect;

use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::sql::Sql;
use super::tenants;
use super::url::DatabaseUrl;

pub use claim::Claim;
pub use claim::Claimed;
pub use claim::Finish;
pub use claim::Gate;
pub use claim::Holdup;
pub use create::NewRollout;
pub use create::NewSite;
pub use create::NewWave;
pub use create::Refused;
pub use identity::identity;
pub use read::Counts;
pub use read::Rollout;
pub use read::RolloutSite;
pub use read::RolloutState;
pub use read::SiteState;
pub use read::Wave;
use tables::FleetTables;

/// How often a site may be lost with its worker: it may be what ends them.
const MOST_ATTEMPTS: u32 = 5;

/// The time of day at which work may begin, in minutes since midnight, UTC: from the first to
/// before the second, which may be that of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first minute.
    pub from: u32,
    /// The first minute behind it.
    pub to: u32,
}

impl Window {
    /// Whether `now`, in milliseconds since 1970, is in it.
    pub fn is_open(self, now: i64) -> bool {
        let minute = u32::try_from(now.div_euclid(60_000).rem_euclid(1_440)).unwrap_or(0);
        match self.from <= self.to {
            true => self.from <= minute && minute < self.to,
            false => self.from <= minute || minute < self.to,
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Window { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02} UTC", from / 60, from % 60, to / 60, to % 60)
    }
}

/// A connection to the database that rollouts are kept in.
pub struct FleetHome {
    connection: Box<dyn Sql + Send>,
    dialect: Dialect,
    tables: FleetTables,
}

impl std::fmt::Debug for FleetHome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FleetHome").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl FleetHome {
    /// Opens the database at `url`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let dialect = url.dialect();
        let tables = FleetTables::new(dialect, &options.version_table);
        let mut connection = tenants::open(url, options)?;
        match dialect {
            Dialect::Sqlite => connection.batch("PRAGMA busy_timeout = 10000")?,
            // Locks of rows that a claim has only passed by would keep others from theirs.
            Dialect::Mysql => {
                connection.batch("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
            }
            Dialect::Postgresql => {}
        }
        Ok(FleetHome { connection, dialect, tables })
    }

    /// Does `work` in a transaction.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.connection.batch(match self.dialect {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Mysql => "START TRANSACTION",
            // Whatever the default of the database is: who waits for a lock must see what the
            // other has done.
            Dialect::Postgresql => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })?;
        match work(self) {
            Ok(value) => self.connection.batch("COMMIT").map(|()| value),
            Err(error) => {
                // A connection that is gone says so at the next question, too.
                drop(self.connection.batch("ROLLBACK"));
                Err(error)
            }
        }
    }

    fn literal(&self, text: &str) -> String {
        crate::db::sql::literal(self.dialect, text)
    }

    fn optional(&self, text: Option<&str>) -> String {
        text.map_or_else(|| "NULL".to_owned(), |text| self.literal(text))
    }
}

/// A number as SQL.
fn number<T: ToString>(number: Option<T>) -> String {
    number.map_or_else(|| "NULL".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_go_over_midnight() {
        const HOUR: i64 = 3_600_000;
        let night = Window { from: 22 * 60, to: 4 * 60 };
        let day = 20_000 * 24 * HOUR;
        for (hour, is_open) in
            [(21, false), (22, true), (23, true), (24, true), (27, true), (28, false)]
        {
            assert_eq!(night.is_open(day + hour * HOUR), is_open, "{hour}");
        }
        let morning = Window { from: 6 * 60, to: 8 * 60 };
        assert!(!morning.is_open(day + 8 * HOUR));
        assert!(morning.is_open(day + 8 * HOUR - 1));
        assert!(!morning.is_open(day));
    }
}
