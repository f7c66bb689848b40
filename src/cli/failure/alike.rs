//! Errors that are the same on many sites are told once.

use crate::cli::error::CliError;

use super::describe::describe;

/// From how many equal errors on they are told together: a few are read one by one.
const MANY: usize = 4;

/// How many sites are named of those with the same error.
const NAMED: usize = 8;

/// An error, and the sites that have the same.
pub(super) struct Group<'e> {
    pub(super) first: &'e CliError,
    sites: Vec<&'e str>,
}

impl Group<'_> {
    /// Which other sites have the same error.
    pub(super) fn others(&self) -> Option<String> {
        let named = self.sites.get(..NAMED.min(self.sites.len())).unwrap_or_default();
        let rest = self.sites.len() - named.len();
        match (self.sites.len(), rest) {
            (0, _) => None,
            (count, 0) => Some(format!("the same on {count} others: {}", named.join(", "))),
            (count, rest) => {
                Some(format!("the same on {count} others: {} and {rest} more", named.join(", ")))
            }
        }
    }
}

/// `errors` in their order, with equal ones at the place of the first.
pub(super) fn groups(errors: &[CliError]) -> Vec<Group<'_>> {
    let mut keys: Vec<(Option<String>, Vec<usize>)> = Vec::new();
    for (place, error) in errors.iter().enumerate() {
        let key = key(error);
        match keys.iter_mut().find(|(known, _)| key.is_some() && *known == key) {
            Some((_, places)) => places.push(place),
            None => keys.push((key, vec![place])),
        }
    }
    let mut groups: Vec<(usize, Group<'_>)> = Vec::new();
    for (_, places) in keys {
        let together = if places.len() < MANY { 1 } else { places.len() };
        for part in places.chunks(together) {
            let Some((first, others)) = part.split_first() else { continue };
            let sites = others.iter().filter_map(|place| errors.get(*place)?.database()).collect();
            groups.extend(errors.get(*first).map(|error| (*first, Group { first: error, sites })));
        }
    }
    groups.sort_by_key(|(place, _)| *place);
    groups.into_iter().map(|(_, group)| group).collect()
}

/// All that is said of an error but for the name of its site; `None` where it is about none.
fn key(error: &CliError) -> Option<String> {
    let site = error.database()?;
    let failure = describe(error);
    let lines = [&failure.message].into_iter().chain(&failure.details).chain(&failure.hints);
    Some(lines.map(|line| line.replace(site, "\0") + "\n").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(site: &str, wave: usize) -> CliError {
        CliError::WaveCheck { database: site.to_owned(), wave, check: "SELECT 1".to_owned() }
    }

    #[test]
    fn many_equal_errors_are_one() {
        let mut errors: Vec<CliError> =
            (0..12).map(|n| error(&format!("app/t{n:02}"), 1)).collect();
        errors.insert(1, CliError::NoTenants);
        errors.insert(3, error("app/other", 2));
        errors.extend([CliError::NoTenants, error("app/another", 2)]);
        let groups = groups(&errors);
        let told: Vec<(Option<&str>, Option<String>)> =
            groups.iter().map(|group| (group.first.database(), group.others())).collect();
        let names = "app/t01, app/t02, app/t03, app/t04, app/t05, app/t06, app/t07, app/t08";
        let all = format!("the same on 11 others: {names} and 3 more");
        assert_eq!(
            told,
            [
                (Some("app/t00"), Some(all)),
                (None, None),
                (Some("app/other"), None),
                (None, None),
                (Some("app/another"), None),
            ]
        );
    }
}
