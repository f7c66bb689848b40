//! Taking sites, keeping them, and giving them back.

use super::FleetHome;
use super::MOST_ATTEMPTS;
use super::number;
use super::read::Rollout;
use super::read::RolloutState;
use super::read::integer;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::TextRow;
use crate::db::sql::column;

/// A site that a worker has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The rollout.
    pub rollout: String,
    /// The number of the site in it.
    pub place: i64,
    /// Which claim of the site it is: what a later one has taken cannot be given back by this.
    pub fence: i64,
    /// Who has it. A home that was restored may give the same number twice.
    pub worker: String,
    /// Its database.
    pub database: String,
    /// The tenant; `None` for the database itself.
    pub tenant: Option<String>,
    /// How often it could not be reached before, one time after the other.
    pub failures: i64,
    /// Whether it was taken from a worker that had not been heard of for longer than its lease.
    pub was_lost: bool,
}

/// What comes of asking for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// This one.
    Site(Claim),
    /// None at the moment.
    Wait(Holdup),
    /// None any more, unless somebody changes something; with what is to become of the rollout.
    Over(RolloutState),
}

/// Why there is no site at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holdup {
    /// The rollout is paused.
    Paused,
    /// It is not the time of day.
    Window,
    /// These waves could begin, if all is well.
    Gates(Vec<Gate>),
    /// Others are at work on what is left, or on what must be done before, or it is to be tried
    /// again later.
    Others,
}

/// A wave that could begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its database.
    pub database: String,
    /// Its number.
    pub number: i64,
    /// Whether a person must approve of it.
    pub is_manual: bool,
    /// How many sites have failed in the waves before.
    pub failed_before: i64,
}

/// How the work on a site has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish<'a> {
    /// It is where the rollout leads to.
    Done {
        /// How many revisions have run.
        steps: usize,
    },
    /// It could not be brought there, and trying again would not help.
    Failed {
        /// How many revisions have run.
        steps: usize,
        /// Why.
        error: &'a str,
    },
    /// It is to be tried again.
    PutBack {
        /// How many revisions have run.
        steps: usize,
        /// Why it is not done.
        reason: Option<&'a str>,
        /// When, from now, in milliseconds.
        delay: i64,
        /// Whether it counts among the failures in a row.
        is_failure: bool,
    },
}

/// Who asks for a site.
struct Claimant<'c> {
    rollout: &'c Rollout,
    worker: &'c str,
    /// Databases that the worker does not reach.
    avoided: &'c [String],
}

/// What of `text` can be kept: no NUL, and where it `is_plain` nothing that an encoding lacks.
fn storable(text: &str, is_plain: bool) -> String {
    let kept = |letter: char| match letter {
        letter if is_plain && !letter.is_ascii() => '?',
        '\0' => '?',
        letter => letter,
    };
    text.chars().map(kept).collect()
}

impl FleetHome {
    /// Takes the next site of `rollout` for `worker`, of none of the databases `avoided`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn claim(
        &mut self,
        rollout: &Rollout,
        worker: &str,
        avoided: &[String],
    ) -> Result<Claimed, DatabaseError> {
        let who = Claimant { rollout, worker, avoided };
        // Who counts must not count beside others who do; all others need only know that nobody
        // ends the rollout meanwhile.
        let counts = rollout.max_failures.is_some() || rollout.per_server.is_some();
        if !counts
            && let Some(claimed) =
                self.transaction(|home| home.claim_in_transaction(&who, false))?
        {
            return Ok(claimed);
        }
        // That there is none is said only while nothing can change.
        let claimed = self.transaction(|home| home.claim_in_transaction(&who, true))?;
        Ok(claimed.unwrap_or(Claimed::Wait(Holdup::Others)))
    }

    /// The next site; where the rollout is not held alone, `None` for anything else.
    fn claim_in_transaction(
        &mut self,
        who: &Claimant<'_>,
        is_alone: bool,
    ) -> Result<Option<Claimed>, DatabaseError> {
        let rollout = who.rollout;
        let id = self.literal(&rollout.id);
        let tables = self.tables.clone();
        let sql = format!(
            "SELECT {}, {} FROM {} WHERE id = {id}{}",
            tables.text("state"),
            tables.text(tables.now()),
            tables.rollouts,
            tables.locked(is_alone),
        );
        let rows = self.connection.rows(&sql, &[])?;
        let Some(row) = rows.first() else {
            return Ok(Some(Claimed::Over(RolloutState::Aborted)));
        };
        let (state, now) = (RolloutState::of(column(row, 0))?, integer(row, 1)?);
        let is_closed = rollout.window.is_some_and(|window| !window.is_open(now));
        if state == RolloutState::Running && !is_closed {
            self.fail_lost(&rollout.id)?;
            let is_over_budget = match rollout.max_failures {
                None => false,
                Some(most) => self.counts(&rollout.id)?.failed > most,
            };
            if is_over_budget {
                return Ok(Some(Claimed::Over(state)));
            }
            for is_lost in [true, false] {
                if let Some(claim) = self.take(who, is_lost)? {
                    return Ok(Some(Claimed::Site(claim)));
                }
            }
        }
        if !is_alone {
            return Ok(None);
        }
        if !state.is_open() {
            return Ok(Some(Claimed::Over(state)));
        }
        let counts = self.counts(&rollout.id)?;
        if counts.pending + counts.running == 0 {
            self.connection.batch(&format!(
                "UPDATE {} SET state = 'done', finished_at = {} WHERE id = {id}",
                tables.rollouts,
                tables.now(),
            ))?;
            return Ok(Some(Claimed::Over(RolloutState::Done)));
        }
        let holdup = if state == RolloutState::Paused {
            Holdup::Paused
        } else if is_closed {
            Holdup::Window
        } else {
            let gates = self.gates(&rollout.id)?;
            let is_stuck = counts.running == 0
                && gates.is_empty()
                && who.avoided.is_empty()
                && !self.has_later(&rollout.id)?;
            if is_stuck {
                // What is left waits for what has failed.
                return Ok(Some(Claimed::Over(state)));
            }
            if gates.is_empty() { Holdup::Others } else { Holdup::Gates(gates) }
        };
        Ok(Some(Claimed::Wait(holdup)))
    }

    /// Gives sites up that end their workers.
    fn fail_lost(&mut self, rollout: &str) -> Result<(), DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let error = format!("its worker was lost {MOST_ATTEMPTS} times");
        let sql = format!(
            "UPDATE {} SET state = 'failed', fence = fence + 1, error = {}, ended_at = {now} \
             WHERE rollout = {id} AND state = 'running' AND lease_until < {now} \
             AND attempts >= {MOST_ATTEMPTS}",
            tables.sites,
            self.literal(&error),
            now = tables.now(),
        );
        self.connection.batch(&sql)
    }

    /// Takes the first site that can be had: one that was lost, or one that nobody has begun.
    fn take(&mut self, who: &Claimant<'_>, is_lost: bool) -> Result<Option<Claim>, DatabaseError> {
        let Claimant { rollout, worker, avoided } = who;
        let (tables, id) = (self.tables.clone(), self.literal(&rollout.id));
        let (sites, needs, waves, now) =
            (&tables.sites, &tables.needs, &tables.waves, tables.now());
        let free = match is_lost {
            true => format!("s.state = 'running' AND s.lease_until < {now}"),
            false => format!("s.state = 'pending' AND s.not_before <= {now}"),
        };
        let full = match rollout.per_server {
            Some(most) => self.full_servers(&rollout.id, most)?,
            None => Vec::new(),
        };
        let but = |column: &str, names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| self.literal(name)).collect();
            match names.is_empty() {
                true => String::new(),
                false => format!(" AND s.{column} NOT IN ({})", names.join(", ")),
            }
        };
        let cap = but("server", &full) + &but("database_name", avoided);
        let sql = format!(
            "SELECT {columns} FROM {sites} s WHERE s.rollout = {id} AND {free} \
             AND NOT EXISTS (SELECT 1 FROM {needs} n JOIN {sites} d ON d.rollout = n.rollout \
             AND d.place = n.needed WHERE n.rollout = s.rollout AND n.place = s.place \
             AND d.state <> 'done') \
             AND (s.wave = 0 OR (NOT EXISTS (SELECT 1 FROM {waves} w WHERE w.rollout = s.rollout \
             AND w.database_name = s.database_name AND w.wave = s.wave AND w.state = 'closed') \
             AND NOT EXISTS (SELECT 1 FROM {sites} e WHERE e.rollout = s.rollout \
             AND e.database_name = s.database_name AND e.wave < s.wave \
             AND e.state IN ('pending', 'running')))){cap} \
             ORDER BY s.place LIMIT 1{unclaimed}",
            columns =
                tables.texts(&["s.place", "s.fence", "s.database_name", "s.tenant", "s.failures"]),
            unclaimed = tables.unclaimed(),
        );
        let rows = self.connection.rows(&sql, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (place, fence) = (integer(row, 0)?, integer(row, 1)? + 1);
        self.connection.batch(&format!(
            "UPDATE {sites} SET state = 'running', fence = {fence}, worker = {}, \
             lease_until = {now} + {}, attempts = attempts + 1, \
             began_at = coalesce(began_at, {now}), ended_at = NULL \
             WHERE rollout = {id} AND place = {place}",
            self.literal(worker),
            rollout.lease,
        ))?;
        Ok(Some(Claim {
            rollout: rollout.id.clone(),
            place,
            fence,
            worker: (*worker).to_owned(),
            database: column(row, 2).to_owned(),
            tenant: row.get(3).cloned().flatten(),
            failures: integer(row, 4)?,
            was_lost: is_lost,
        }))
    }

    /// The servers that bear no more.
    fn full_servers(&mut self, rollout: &str, most: i64) -> Result<Vec<String>, DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let sql = format!(
            "SELECT {} FROM {} WHERE rollout = {id} AND state = 'running' AND lease_until >= {} \
             GROUP BY server HAVING count(*) >= {most}",
            tables.text("server"),
            tables.sites,
            tables.now(),
        );
        let rows = self.connection.rows(&sql, &[])?;
        Ok(rows.iter().map(|row| column(row, 0).to_owned()).collect())
    }

    /// The waves that could begin: all of those before are done.
    fn gates(&mut self, rollout: &str) -> Result<Vec<Gate>, DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let sql = format!(
            "SELECT {}, (SELECT {} FROM {sites} f WHERE f.rollout = w.rollout \
             AND f.database_name = w.database_name AND f.wave < w.wave AND f.state = 'failed') \
             FROM {waves} w WHERE w.rollout = {id} AND w.state = 'closed' \
             AND NOT EXISTS (SELECT 1 FROM {sites} e WHERE e.rollout = w.rollout \
             AND e.database_name = w.database_name AND e.wave < w.wave \
             AND e.state IN ('pending', 'running')) \
             AND EXISTS (SELECT 1 FROM {sites} p WHERE p.rollout = w.rollout \
             AND p.database_name = w.database_name AND p.wave = w.wave AND p.state = 'pending')",
            tables.texts(&["w.database_name", "w.wave", "w.is_manual"]),
            tables.text("count(*)"),
            sites = tables.sites,
            waves = tables.waves,
        );
        let gate = |row: &TextRow| {
            Ok(Gate {
                database: column(row, 0).to_owned(),
                number: integer(row, 1)?,
                is_manual: column(row, 2) == "1",
                failed_before: integer(row, 3)?,
            })
        };
        let mut gates: Vec<Gate> =
            self.connection.rows(&sql, &[])?.iter().map(gate).collect::<Result<_, _>>()?;
        gates.sort_by(|one, other| {
            (&one.database, one.number).cmp(&(&other.database, other.number))
        });
        Ok(gates)
    }

    /// Whether there are sites that are to be tried again later.
    fn has_later(&mut self, rollout: &str) -> Result<bool, DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let sql = format!(
            "SELECT {} FROM {} WHERE rollout = {id} AND state = 'pending' AND not_before > {}",
            tables.text("count(*)"),
            tables.sites,
            tables.now(),
        );
        let rows = self.connection.rows(&sql, &[])?;
        Ok(rows.first().map(|row| integer(row, 0)).transpose()?.unwrap_or(0) > 0)
    }

    /// Ends `claim`. Tells whether the site was still the worker's: of what a later claim has
    /// taken, that one tells.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn finish(&mut self, claim: &Claim, finish: &Finish<'_>) -> Result<bool, DatabaseError> {
        let finished = self.transaction(|home| home.finish_in_transaction(claim, finish, false));
        match finished {
            // It may be the words that the database cannot keep.
            Err(error) if error.kind == DatabaseErrorKind::Statement => {
                self.transaction(|home| home.finish_in_transaction(claim, finish, true))
            }
            finished => finished,
        }
    }

    fn finish_in_transaction(
        &mut self,
        claim: &Claim,
        finish: &Finish<'_>,
        is_plain: bool,
    ) -> Result<bool, DatabaseError> {
        self.hold(&claim.rollout)?;
        let (tables, id) = (self.tables.clone(), self.literal(&claim.rollout));
        let now = tables.now();
        let change = match finish {
            Finish::Done { steps } => format!(
                "state = 'done', error = NULL, failures = 0, steps = steps + {steps}, \
                 ended_at = {now}"
            ),
            Finish::Failed { steps, error } => format!(
                "state = 'failed', error = {}, steps = steps + {steps}, ended_at = {now}",
                self.literal(&storable(error, is_plain))
            ),
            Finish::PutBack { steps, reason, delay, is_failure } => format!(
                // An attempt that has ended well is none that ended its worker.
                "state = 'pending', error = {}, not_before = {now} + {delay}, attempts = 0, \
                 failures = {}, steps = steps + {steps}",
                self.optional(reason.map(|reason| storable(reason, is_plain)).as_deref()),
                number(Some(if *is_failure { claim.failures + 1 } else { claim.failures })),
            ),
        };
        let Claim { place, fence, .. } = claim;
        let worker = self.literal(&claim.worker);
        let sql = format!(
            "UPDATE {} SET {change}, lease_until = NULL \
             WHERE rollout = {id} AND place = {place} AND fence = {fence} AND worker = {worker} \
             AND state = 'running'",
            tables.sites,
        );
        if self.connection.execute(&sql, &[])? == 1 {
            return Ok(true);
        }
        // It may have been done before, and the answer lost.
        let sql = format!(
            "SELECT {} FROM {} WHERE rollout = {id} AND place = {place} AND fence = {fence} \
             AND worker = {worker} AND state <> 'running'",
            tables.text("place"),
            tables.sites,
        );
        Ok(!self.connection.rows(&sql, &[])?.is_empty())
    }

    /// Keeps others from saying that nothing can change any more, until the end of the transaction.
    pub(super) fn hold(&mut self, rollout: &str) -> Result<(), DatabaseError> {
        let (rollouts, locked) = (&self.tables.rollouts, self.tables.locked(false));
        let sql = format!("SELECT id FROM {rollouts} WHERE id = {}{locked}", self.literal(rollout));
        self.connection.rows(&sql, &[]).map(drop)
    }

    /// Renews the claims of `worker` on the sites of a rollout at `places`. Only on those: a claim
    /// whose answer was lost is one that nobody works on.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn renew(
        &mut self,
        (rollout, places): (&str, &[i64]),
        worker: &str,
        lease: i64,
    ) -> Result<(), DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let places: Vec<String> = places.iter().map(i64::to_string).collect();
        let sql = format!(
            "UPDATE {} SET lease_until = {} + {lease} \
             WHERE rollout = {id} AND place IN ({}) AND worker = {} AND state = 'running'",
            tables.sites,
            tables.now(),
            places.join(", "),
            self.literal(worker),
        );
        self.connection.batch(&sql)
    }
}
