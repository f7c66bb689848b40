//! What rollouts there are, and how far they have come.

use super::FleetHome;
use super::Window;
use super::tables::FleetTables;
use super::tables::GUARD;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::TextRow;
use crate::db::sql::column;

/// What is to become of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutState {
    /// Sites are claimed.
    Running,
    /// None is, until somebody says so.
    Paused,
    /// None ever will be.
    Aborted,
    /// There is nothing left to claim.
    Done,
}

impl RolloutState {
    /// The word for it, in the table and for people.
    pub fn word(self) -> &'static str {
        match self {
            RolloutState::Running => "running",
            RolloutState::Paused => "paused",
            RolloutState::Aborted => "aborted",
            RolloutState::Done => "done",
        }
    }

    pub(super) fn of(word: &str) -> Result<Self, DatabaseError> {
        Ok(match word {
            "running" => RolloutState::Running,
            "paused" => RolloutState::Paused,
            "aborted" => RolloutState::Aborted,
            "done" => RolloutState::Done,
            other => return Err(corrupt("state of a rollout", other)),
        })
    }

    /// Whether sites may still be claimed, now or later.
    pub fn is_open(self) -> bool {
        matches!(self, RolloutState::Running | RolloutState::Paused)
    }
}

/// What has become of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteState {
    /// Nobody is at work on it.
    Pending,
    /// Somebody is.
    Running,
    /// It is where the rollout leads to.
    Done,
    /// It could not be brought there.
    Failed,
}

impl SiteState {
    /// The word for it, in the table and for people.
    pub fn word(self) -> &'static str {
        match self {
            SiteState::Pending => "pending",
            SiteState::Running => "running",
            SiteState::Done => "done",
            SiteState::Failed => "failed",
        }
    }

    fn of(word: &str) -> Result<Self, DatabaseError> {
        Ok(match word {
            "pending" => SiteState::Pending,
            "running" => SiteState::Running,
            "done" => SiteState::Done,
            "failed" => SiteState::Failed,
            other => return Err(corrupt("state of a site", other)),
        })
    }
}

/// A rollout. What is not about how far it has come never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// What commands call it.
    pub id: String,
    /// Where it leads to: a target.
    pub target: String,
    /// The digest of the files that it was made with.
    pub digest: String,
    /// The version of the program that it was made with.
    pub tool_version: String,
    /// What is to become of it.
    pub state: RolloutState,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// Who made it.
    pub created_by: String,
    /// When it came to its end.
    pub finished_at: Option<i64>,
    /// What was said of it.
    pub note: Option<String>,
    /// How long a claim lasts that is not renewed, in milliseconds.
    pub lease: i64,
    /// How many sites may fail before no other is begun.
    pub max_failures: Option<i64>,
    /// How many sites of one server may be at work at a time.
    pub per_server: Option<i64>,
    /// The time of day at which sites are begun.
    pub window: Option<Window>,
}

/// A site of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutSite {
    /// Its number, from 0.
    pub place: i64,
    /// Its database.
    pub database: String,
    /// The tenant; `None` for the database itself.
    pub tenant: Option<String>,
    /// The wave that it is of; 0 for none.
    pub wave: i64,
    /// What has become of it.
    pub state: SiteState,
    /// Who is at work on it, or was last.
    pub worker: Option<String>,
    /// Whether its worker has not been heard of for longer than its lease.
    pub is_lost: bool,
    /// How often it was claimed.
    pub attempts: i64,
    /// How many revisions have run there.
    pub steps: i64,
    /// Why it has failed, or waits.
    pub error: Option<String>,
    /// When work on it began, in milliseconds since 1970.
    pub began_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// A wave that has not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Its database.
    pub database: String,
    /// Its number.
    pub number: i64,
    /// Whether a person must approve of it.
    pub is_manual: bool,
    /// Why it did not begin when it could have.
    pub reason: Option<String>,
}

/// How many sites are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nobody is at work on these.
    pub pending: i64,
    /// Somebody is at work on these.
    pub running: i64,
    /// These are done.
    pub done: i64,
    /// These have failed.
    pub failed: i64,
}

impl Counts {
    /// So many more sites in `state`.
    pub fn add(&mut self, state: SiteState, count: i64) {
        *match state {
            SiteState::Pending => &mut self.pending,
            SiteState::Running => &mut self.running,
            SiteState::Done => &mut self.done,
            SiteState::Failed => &mut self.failed,
        } += count;
    }

    /// All of them.
    pub fn total(&self) -> i64 {
        self.pending + self.running + self.done + self.failed
    }
}

pub(super) fn corrupt(what: &str, found: &str) -> DatabaseError {
    let message = format!("the tables of rollouts hold '{found}' as the {what}");
    DatabaseError::new(DatabaseErrorKind::Corrupt, message)
}

/// The column `at` of `row` as a number.
pub(super) fn integer(row: &TextRow, at: usize) -> Result<i64, DatabaseError> {
    let text = column(row, at);
    text.parse().map_err(|_| corrupt("number", text))
}

/// The same where it may be NULL.
pub(super) fn optional_integer(row: &TextRow, at: usize) -> Result<Option<i64>, DatabaseError> {
    row.get(at).and_then(Option::as_ref).map(|_| integer(row, at)).transpose()
}

fn text(row: &TextRow, at: usize) -> Option<String> {
    row.get(at).cloned().flatten()
}

const COLUMNS: [&str; 14] = [
    "id",
    "target",
    "digest",
    "tool_version",
    "state",
    "created_at",
    "created_by",
    "finished_at",
    "note",
    "lease_ms",
    "max_failures",
    "per_server",
    "window_from",
    "window_to",
];

fn rollout(row: &TextRow) -> Result<Rollout, DatabaseError> {
    let word = |at| column(row, at).to_owned();
    let minute = |at| -> Result<Option<u32>, DatabaseError> {
        Ok(optional_integer(row, at)?.and_then(|minute| u32::try_from(minute).ok()))
    };
    Ok(Rollout {
        id: word(0),
        target: word(1),
        digest: word(2),
        tool_version: word(3),
        state: RolloutState::of(column(row, 4))?,
        created_at: integer(row, 5)?,
        created_by: word(6),
        finished_at: optional_integer(row, 7)?,
        note: text(row, 8),
        lease: integer(row, 9)?,
        max_failures: optional_integer(row, 10)?,
        per_server: optional_integer(row, 11)?,
        window: minute(12)?.zip(minute(13)?).map(|(from, to)| Window { from, to }),
    })
}

impl FleetHome {
    /// All rollouts, the oldest first; none where there has never been one.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn rollouts(&mut self) -> Result<Vec<Rollout>, DatabaseError> {
        let FleetTables { rollouts, .. } = &self.tables;
        let sql = format!(
            "SELECT {} FROM {rollouts} WHERE id <> '{GUARD}' ORDER BY created_at, id",
            self.tables.texts(&COLUMNS)
        );
        let rows = match self.connection.rows(&sql, &[]) {
            Ok(rows) => rows,
            Err(error) if error.kind == DatabaseErrorKind::Statement && !self.is_there() => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        rows.iter().map(rollout).collect()
    }

    /// The sites of `rollout`, in the order of their places.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn sites(&mut self, rollout: &str) -> Result<Vec<RolloutSite>, DatabaseError> {
        let tables = &self.tables;
        let columns = [
            "place",
            "database_name",
            "tenant",
            "wave",
            "state",
            "worker",
            "attempts",
            "steps",
            "error",
            "began_at",
            "ended_at",
        ];
        let sql = format!(
            "SELECT {}, CASE WHEN state = 'running' AND lease_until < {} THEN 'y' ELSE 'n' END \
             FROM {} WHERE rollout = {} ORDER BY place",
            tables.texts(&columns),
            tables.now(),
            tables.sites,
            self.literal(rollout),
        );
        let site = |row: &TextRow| {
            Ok(RolloutSite {
                place: integer(row, 0)?,
                database: column(row, 1).to_owned(),
                tenant: text(row, 2),
                wave: integer(row, 3)?,
                state: SiteState::of(column(row, 4))?,
                worker: text(row, 5),
                attempts: integer(row, 6)?,
                steps: integer(row, 7)?,
                error: text(row, 8),
                began_at: optional_integer(row, 9)?,
                ended_at: optional_integer(row, 10)?,
                is_lost: column(row, 11) == "y",
            })
        };
        self.connection.rows(&sql, &[])?.iter().map(site).collect()
    }

    /// What tells `database` of `rollout` from any other, as far as that is known.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn identity(
        &mut self,
        rollout: &str,
        database: &str,
    ) -> Result<Option<String>, DatabaseError> {
        let tables = &self.tables;
        let sql = format!(
            "SELECT {} FROM {} WHERE rollout = {} AND database_name = {}",
            tables.text("identity"),
            tables.databases,
            self.literal(rollout),
            self.literal(database),
        );
        let rows = self.connection.rows(&sql, &[])?;
        Ok(rows.first().map(|row| column(row, 0).to_owned()))
    }

    /// The waves of `rollout` that have not begun, by database and number.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn waves(&mut self, rollout: &str) -> Result<Vec<Wave>, DatabaseError> {
        let tables = &self.tables;
        let sql = format!(
            "SELECT {} FROM {} WHERE rollout = {} AND state = 'closed'",
            tables.texts(&["database_name", "wave", "is_manual", "reason"]),
            tables.waves,
            self.literal(rollout),
        );
        let wave = |row: &TextRow| {
            Ok(Wave {
                database: column(row, 0).to_owned(),
                number: integer(row, 1)?,
                is_manual: column(row, 2) == "1",
                reason: text(row, 3),
            })
        };
        let mut waves: Vec<Wave> =
            self.connection.rows(&sql, &[])?.iter().map(wave).collect::<Result<_, _>>()?;
        waves.sort_by(|one, other| {
            (&one.database, one.number).cmp(&(&other.database, other.number))
        });
        Ok(waves)
    }

    /// How many sites of `rollout` are in which state.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn counts(&mut self, rollout: &str) -> Result<Counts, DatabaseError> {
        let tables = &self.tables;
        let sql = format!(
            "SELECT {}, {} FROM {} WHERE rollout = {} GROUP BY state",
            tables.text("state"),
            tables.text("count(*)"),
            tables.sites,
            self.literal(rollout),
        );
        let mut counts = Counts::default();
        for row in &self.connection.rows(&sql, &[])? {
            counts.add(SiteState::of(column(row, 0))?, integer(row, 1)?);
        }
        Ok(counts)
    }
}
