//! Which seeds are meant, and where each of them runs.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::choice::is_match;
use crate::graph::nearest;
use crate::script::Seed;

use super::problem::SeedProblem;

/// The seeds of a command, in their order.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) seeds: Vec<Seed>,
    /// Those that the command line names; none where it names none.
    pub(super) named: BTreeSet<String>,
    /// The environment that it names.
    pub(super) environment: Option<String>,
}

impl Chosen {
    /// Those of `seeds` that `names` mean, and what these come after.
    ///
    /// # Errors
    /// When a name means none, or more than one without saying so by `*` or `?`.
    pub(super) fn of(
        seeds: Vec<Seed>,
        names: &[String],
        environment: Option<String>,
        directory: &Path,
    ) -> Result<Self, SeedProblem> {
        let mut named = BTreeSet::new();
        for name in names {
            named.extend(found(&seeds, name, directory)?);
        }
        if names.is_empty() {
            return Ok(Chosen { seeds, named, environment });
        }
        // In the reverse of their order, what a seed comes after is met behind it.
        let mut wanted = named.clone();
        for seed in seeds.iter().rev() {
            if wanted.contains(&seed.name) {
                wanted.extend(seed.after.iter().cloned());
            }
        }
        let seeds = seeds.into_iter().filter(|seed| wanted.contains(&seed.name)).collect();
        Ok(Chosen { seeds, named, environment })
    }

    /// The seeds for a database, or for one of its tenants.
    pub(super) fn on(&self, database: &str, tenant: Option<&str>) -> Vec<&Seed> {
        let is_for = |seed: &&Seed| {
            self.is_on(seed, database)
                && match (&seed.scope.tenants, tenant) {
                    (None, None) => true,
                    (Some(patterns), Some(tenant)) => patterns
                        .iter()
                        .any(|pattern| pattern == tenant || is_match(pattern, tenant)),
                    (None, Some(_)) | (Some(_), None) => false,
                }
        };
        self.seeds.iter().filter(is_for).collect()
    }

    /// Whether any seed is for tenants of a database.
    pub(super) fn has_for_tenants(&self, database: &str) -> bool {
        let is_for = |seed: &Seed| seed.scope.tenants.is_some() && self.is_on(seed, database);
        self.seeds.iter().any(is_for)
    }

    fn is_on(&self, seed: &Seed, database: &str) -> bool {
        let scope = &seed.scope;
        let is_here = scope.databases.is_empty() || scope.databases.iter().any(|n| n == database);
        let is_now = scope.environments.is_empty()
            || self.environment.as_ref().is_some_and(|now| scope.environments.contains(now));
        is_here && is_now
    }
}

/// The names that `written` means: a whole one, a pattern, or the end of one behind a `/`.
fn found(seeds: &[Seed], written: &str, directory: &Path) -> Result<Vec<String>, SeedProblem> {
    let names = || seeds.iter().map(|seed| &seed.name);
    let is_pattern = written.contains(['*', '?']);
    let end = format!("/{written}");
    let mut found: Vec<String> = names().filter(|name| *name == written).cloned().collect();
    if found.is_empty() && is_pattern {
        found = names().filter(|name| is_match(written, name)).cloned().collect();
    }
    if found.is_empty() {
        found = names().filter(|name| name.ends_with(&end)).cloned().collect();
    }
    match found.as_slice() {
        [] => Err(SeedProblem::NoSuchSeed {
            name: written.to_owned(),
            directory: directory.to_owned(),
            nearest: nearest(written, names().map(String::as_str)).map(str::to_owned),
        }),
        [_, _, ..] if !is_pattern => {
            Err(SeedProblem::SeveralSeeds { name: written.to_owned(), names: found })
        }
        _ => Ok(found),
    }
}
