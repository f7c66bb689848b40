//! Which seeds are due on a site, by its journal.

use std::collections::HashMap;

use chrono::DateTime;
use chrono::Utc;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::Direction;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::script::When;

use super::PreparedSeed;

/// Whether a seed is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedStanding {
    /// It is to be run.
    Due(SeedReason),
    /// It was run then, and says the same.
    Done(DateTime<Utc>),
    /// It was run then, says something else by now, and is to be run only once.
    Edited(DateTime<Utc>),
}

/// Why a seed is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedReason {
    /// It has not been run here.
    New,
    /// It says something else than when it was run.
    Changed,
    /// A revision that it needs has been reverted since, and what it brought may be gone.
    Reverted,
    /// It is run each time.
    Always,
    /// Somebody asks for it.
    Asked,
}

impl SeedReason {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            SeedReason::New => "new",
            SeedReason::Changed => "changed",
            SeedReason::Reverted => "reverted",
            SeedReason::Always => "always",
            SeedReason::Asked => "asked",
        }
    }
}

impl SeedStanding {
    /// Whether it is to be run.
    pub fn is_due(&self) -> bool {
        matches!(self, SeedStanding::Due(_))
    }
}

/// Whether each of `seeds` is due on `database`. Creates nothing.
///
/// # Errors
/// When the journal cannot be read.
pub fn seed_standings(
    database: &mut dyn Database,
    seeds: &[PreparedSeed<'_>],
) -> Result<Vec<SeedStanding>, DatabaseError> {
    let log = database.journal_log(&JournalFilter::Finished)?.unwrap_or_default();
    let mut runs: HashMap<&str, &JournalRecord> = HashMap::new();
    let mut reverted: HashMap<&str, u64> = HashMap::new();
    for record in &log {
        if let Some(name) = record.seed() {
            runs.insert(name, record);
        } else if record.goes(Direction::Downgrade) && record.is_whole() {
            reverted.insert(&record.revision, record.id);
        }
    }
    let standing = |seed: &PreparedSeed<'_>| {
        let Some(run) = runs.get(seed.seed.name.as_str()) else {
            return SeedStanding::Due(SeedReason::New);
        };
        let is_gone = |revision: &str| reverted.get(revision).is_some_and(|id| *id > run.id);
        let is_same = run.normalized_digest.as_ref() == Some(&seed.digest);
        let at = run.finished_at.unwrap_or(run.started_at);
        if seed.seed.when == When::Always {
            SeedStanding::Due(SeedReason::Always)
        } else if seed.seed.needs.iter().any(|revision| is_gone(revision.as_str())) {
            SeedStanding::Due(SeedReason::Reverted)
        } else if !is_same && seed.seed.when == When::Changed {
            SeedStanding::Due(SeedReason::Changed)
        } else if seed.is_repeated {
            SeedStanding::Due(SeedReason::Asked)
        } else if is_same {
            SeedStanding::Done(at)
        } else {
            SeedStanding::Edited(at)
        }
    };
    Ok(seeds.iter().map(standing).collect())
}
