//! Making a rollout.

use super::FleetHome;
use super::Window;
use super::number;
use super::read::Rollout;
use super::tables::GUARD;
use crate::db::error::DatabaseError;
use crate::db::sql::column;

/// How many rows are written with one statement.
const ROWS: usize = 500;

/// A rollout that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRollout {
    /// What commands are to call it.
    pub id: String,
    /// Where it leads to.
    pub target: String,
    /// The digest of the files.
    pub digest: String,
    /// The version of the program.
    pub tool_version: String,
    /// Who makes it.
    pub created_by: String,
    /// What is said of it.
    pub note: Option<String>,
    /// Whether it does not begin by itself.
    pub is_paused: bool,
    /// How long a claim lasts that is not renewed, in milliseconds.
    pub lease: i64,
    /// How many sites may fail before no other is begun.
    pub max_failures: Option<i64>,
    /// How many sites of one server may be at work at a time.
    pub per_server: Option<i64>,
    /// The time of day at which sites are begun.
    pub window: Option<Window>,
    /// Its sites; the place of each is its index.
    pub sites: Vec<NewSite>,
    /// What tells its databases from any other, by their names, as far as that is known.
    pub identities: Vec<(String, String)>,
    /// The waves that do not begin by themselves.
    pub waves: Vec<NewWave>,
}

/// A site of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSite {
    /// Its database.
    pub database: String,
    /// The tenant; `None` for the database itself.
    pub tenant: Option<String>,
    /// The server that it is on.
    pub server: String,
    /// Its wave; 0 for none.
    pub wave: usize,
    /// The places of those that must be done before.
    pub needs: Vec<usize>,
}

/// A wave that begins only when the ones before it are done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWave {
    /// The database.
    pub database: String,
    /// The number.
    pub number: usize,
    /// Whether a person must approve of it.
    pub is_manual: bool,
    /// The query that must say true.
    pub check: Option<String>,
}

/// Why there is no new rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rollout that is not finished.
    pub other: Rollout,
    /// A site that is in both.
    pub database: String,
    /// The tenant of it.
    pub tenant: Option<String>,
}

impl FleetHome {
    /// Writes `new`, unless one of its sites is in a rollout that is not finished.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn create(&mut self, new: &NewRollout) -> Result<Option<Refused>, DatabaseError> {
        self.ensure()?;
        self.transaction(|home| {
            home.hold_guard()?;
            let keys = new.sites.iter().map(|site| (site.database.clone(), site.tenant.clone()));
            let keys: Vec<_> = keys.collect();
            if let Some(refused) = home.in_other(&keys, None)? {
                return Ok(Some(refused));
            }
            home.write(new)?;
            Ok(None)
        })
    }

    /// Keeps others from making or opening a rollout until the end of the transaction.
    pub(super) fn hold_guard(&mut self) -> Result<(), DatabaseError> {
        let (rollouts, locked) = (&self.tables.rollouts, self.tables.locked(true));
        let sql = format!("SELECT id FROM {rollouts} WHERE id = '{GUARD}'{locked}");
        self.connection.rows(&sql, &[]).map(drop)
    }

    /// The rollout that is not finished, other than `own`, and one of `keys` that is in it.
    pub(super) fn in_other(
        &mut self,
        keys: &[(String, Option<String>)],
        own: Option<&str>,
    ) -> Result<Option<Refused>, DatabaseError> {
        let open = self.rollouts()?.into_iter();
        for other in open.filter(|rollout| rollout.state.is_open() && own != Some(&rollout.id)) {
            let sites = self.sites(&other.id)?;
            let taken: std::collections::BTreeSet<(String, Option<String>)> =
                sites.into_iter().map(|site| (site.database, site.tenant)).collect();
            if let Some((database, tenant)) = keys.iter().find(|key| taken.contains(*key)) {
                let (database, tenant) = (database.clone(), tenant.clone());
                return Ok(Some(Refused { other, database, tenant }));
            }
        }
        Ok(None)
    }

    fn write(&mut self, new: &NewRollout) -> Result<(), DatabaseError> {
        let (tables, id) = (self.tables.clone(), self.literal(&new.id));
        self.connection.batch(&format!(
            "INSERT INTO {} (id, target, digest, tool_version, state, created_at, created_by, note, \
             lease_ms, max_failures, per_server, window_from, window_to) VALUES ({id}, {}, {}, {}, \
             {}, {}, {}, {}, {}, {}, {}, {}, {})",
            tables.rollouts,
            self.literal(&new.target),
            self.literal(&new.digest),
            self.literal(&new.tool_version),
            if new.is_paused { "'paused'" } else { "'running'" },
            tables.now(),
            self.literal(&new.created_by),
            self.optional(new.note.as_deref()),
            new.lease,
            number(new.max_failures),
            number(new.per_server),
            number(new.window.map(|window| window.from)),
            number(new.window.map(|window| window.to)),
        ))?;
        let sites = new.sites.iter().enumerate().map(|(place, site)| {
            format!(
                "({id}, {place}, {}, {}, {}, {}, 'pending', 0, 0, 0, 0, 0)",
                self.literal(&site.database),
                self.optional(site.tenant.as_deref()),
                self.literal(&site.server),
                site.wave,
            )
        });
        let columns = "rollout, place, database_name, tenant, server, wave, state, fence, \
                       not_before, attempts, failures, steps";
        let sites: Vec<String> = sites.collect();
        self.insert(&tables.sites, columns, &sites)?;
        let needs = new
            .sites
            .iter()
            .enumerate()
            .flat_map(|(place, site)| site.needs.iter().map(move |needed| (place, *needed)));
        let needs: Vec<String> =
            needs.map(|(place, needed)| format!("({id}, {place}, {needed})")).collect();
        self.insert(&tables.needs, "rollout, place, needed", &needs)?;
        let identities = new.identities.iter().map(|(database, identity)| {
            format!("({id}, {}, {})", self.literal(database), self.literal(identity))
        });
        let identities: Vec<String> = identities.collect();
        self.insert(&tables.databases, "rollout, database_name, identity", &identities)?;
        let waves = new.waves.iter().map(|wave| {
            format!(
                "({id}, {}, {}, 'closed', {}, {})",
                self.literal(&wave.database),
                wave.number,
                u8::from(wave.is_manual),
                self.optional(wave.check.as_deref()),
            )
        });
        let waves: Vec<String> = waves.collect();
        let columns = "rollout, database_name, wave, state, is_manual, check_sql";
        self.insert(&tables.waves, columns, &waves)
    }

    fn insert(&mut self, table: &str, columns: &str, rows: &[String]) -> Result<(), DatabaseError> {
        for rows in rows.chunks(ROWS) {
            let rows = rows.join(", ");
            self.connection.batch(&format!("INSERT INTO {table} ({columns}) VALUES {rows}"))?;
        }
        Ok(())
    }

    /// The time of the database, in milliseconds since 1970.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn now(&mut self) -> Result<i64, DatabaseError> {
        let sql = format!("SELECT {}", self.tables.text(self.tables.now()));
        let rows = self.connection.rows(&sql, &[])?;
        let text = rows.first().map_or("", |row| column(row, 0));
        text.parse().map_err(|_| super::read::corrupt("time", text))
    }
}
