//! What people say of a rollout that is under way.

use super::FleetHome;
use super::create::Refused;
use super::read::RolloutState;
use super::read::SiteState;
use crate::db::error::DatabaseError;

impl FleetHome {
    /// Puts `rollout` into `state`, if it is open; tells whether it was.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn put(&mut self, rollout: &str, state: RolloutState) -> Result<bool, DatabaseError> {
        let (tables, id) = (&self.tables, self.literal(rollout));
        let ended = match state.is_open() {
            true => "NULL",
            false => tables.now(),
        };
        let sql = format!(
            "UPDATE {} SET state = '{}', finished_at = {ended} \
             WHERE id = {id} AND state IN ('running', 'paused')",
            tables.rollouts,
            state.word(),
        );
        self.connection.batch(&sql)?;
        let found = self.rollouts()?.into_iter().find(|found| found.id == rollout);
        Ok(found.is_some_and(|found| found.state == state))
    }

    /// Lets waves of `rollout` begin: for each database the next one, or all that are left. Tells
    /// how many.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn approve(&mut self, rollout: &str, all: bool) -> Result<usize, DatabaseError> {
        let mut waves = self.waves(rollout)?;
        if !all {
            waves.dedup_by(|later, earlier| later.database == earlier.database);
        }
        for wave in &waves {
            self.open_wave(rollout, &wave.database, wave.number)?;
        }
        Ok(waves.len())
    }

    /// Lets a wave of `rollout` begin once those before it are done.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn open_wave(
        &mut self,
        rollout: &str,
        database: &str,
        number: i64,
    ) -> Result<(), DatabaseError> {
        let sql = format!(
            "UPDATE {} SET state = 'open', reason = NULL \
             WHERE rollout = {} AND database_name = {} AND wave = {number} AND state = 'closed'",
            self.tables.waves,
            self.literal(rollout),
            self.literal(database),
        );
        self.transaction(|home| {
            home.hold(rollout)?;
            home.connection.batch(&sql)
        })
    }

    /// Notes why a wave does not begin.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn hold_wave(
        &mut self,
        rollout: &str,
        database: &str,
        number: i64,
        reason: &str,
    ) -> Result<(), DatabaseError> {
        let sql = format!(
            "UPDATE {} SET reason = {} \
             WHERE rollout = {} AND database_name = {} AND wave = {number} AND state = 'closed'",
            self.tables.waves,
            self.literal(reason),
            self.literal(rollout),
            self.literal(database),
        );
        self.connection.batch(&sql)
    }

    /// Has the failed sites of `rollout` at `places` tried again.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn retry(
        &mut self,
        rollout: &str,
        places: &[i64],
    ) -> Result<Option<Refused>, DatabaseError> {
        let id = self.literal(rollout);
        self.transaction(|home| {
            home.hold_guard()?;
            let sites = home.sites(rollout)?.into_iter();
            let failed = sites
                .filter(|site| site.state == SiteState::Failed && places.contains(&site.place));
            let (places, keys): (Vec<i64>, Vec<_>) =
                failed.map(|site| (site.place, (site.database, site.tenant))).unzip();
            if let Some(refused) = home.in_other(&keys, Some(rollout))? {
                return Ok(Some(refused));
            }
            if places.is_empty() {
                return Ok(None);
            }
            home.hold(rollout)?;
            let tables = home.tables.clone();
            for places in places.chunks(500) {
                let places: Vec<String> = places.iter().map(i64::to_string).collect();
                home.connection.batch(&format!(
                    "UPDATE {} SET state = 'pending', not_before = 0, attempts = 0, failures = 0, \
                     error = NULL, ended_at = NULL \
                     WHERE rollout = {id} AND state = 'failed' AND place IN ({})",
                    tables.sites,
                    places.join(", "),
                ))?;
            }
            home.connection.batch(&format!(
                "UPDATE {} SET state = 'running', finished_at = NULL \
                 WHERE id = {id} AND state = 'done'",
                tables.rollouts,
            ))?;
            Ok(None)
        })
    }
}
