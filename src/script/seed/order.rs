//! The order of seeds: that of their file names, but what another comes after comes first.

use super::Seed;
use super::SeedFileError;

/// Puts `seeds` in order: by the name of the file, whatever its directory, then by the whole name;
/// and each behind those that it is to come after.
///
/// # Errors
/// [`SeedFileError::Cycle`].
pub(super) fn in_order(mut seeds: Vec<Seed>) -> Result<Vec<Seed>, SeedFileError> {
    fn file(seed: &Seed) -> &str {
        seed.name.rsplit('/').next().unwrap_or(&seed.name)
    }
    seeds.sort_by(|a, b| file(a).cmp(file(b)).then_with(|| a.name.cmp(&b.name)));
    let mut ordered: Vec<Seed> = Vec::with_capacity(seeds.len());
    while !seeds.is_empty() {
        let waits = |seed: &Seed| {
            seed.after.iter().any(|name| seeds.iter().any(|other| other.name == *name))
        };
        match seeds.iter().position(|seed| !waits(seed)) {
            Some(first) => ordered.push(seeds.remove(first)),
            None => {
                let names = seeds.into_iter().map(|seed| seed.name).collect();
                return Err(SeedFileError::Cycle { names });
            }
        }
    }
    Ok(ordered)
}
