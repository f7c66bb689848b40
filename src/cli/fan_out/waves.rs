//! Waves: a few tenants first, then more, and between them a look whether all is well.

use std::collections::VecDeque;

use crate::cli::ask;
use crate::cli::choice::is_match;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::env::Approval;
use crate::env::WaveSettings;
use crate::ui::Output;

use super::policy::Approved;

/// What is done at a time: places among the sites of a run.
pub(super) struct Wave {
    /// From 1; 0 where there are no waves.
    pub(super) number: usize,
    pub(super) todo: VecDeque<usize>,
}

/// Divides `todo`, places among `sites`, into the waves of their databases. Which wave a tenant is
/// of does not hang on which of them have something to do.
pub(super) fn divide(sites: &[Site<'_>], todo: VecDeque<usize>, is_divided: bool) -> Vec<Wave> {
    if !is_divided {
        return vec![Wave { number: 0, todo }];
    }
    let numbers = numbers(sites);
    let last = numbers.iter().copied().max().unwrap_or(0);
    let waves = (0..=last).map(|number| Wave {
        number,
        todo: todo.iter().copied().filter(|place| numbers[*place] == number).collect(),
    });
    waves.filter(|wave| !wave.todo.is_empty()).collect()
}

/// The number of the wave of each site.
pub(in crate::cli) fn numbers(sites: &[Site<'_>]) -> Vec<usize> {
    let mut numbers = vec![0; sites.len()];
    let mut databases: Vec<&str> = sites.iter().map(|site| site.settings.name.as_str()).collect();
    databases.dedup();
    for database in databases {
        let places: Vec<usize> =
            (0..sites.len()).filter(|place| sites[*place].settings.name == database).collect();
        let Some(waves) = places.first().and_then(|place| settings(&sites[*place])) else {
            continue;
        };
        let names: Vec<&str> = places
            .iter()
            .map(|place| sites[*place].tenant.as_ref().map_or("", |tenant| tenant.name.as_str()))
            .collect();
        for (place, number) in places.iter().zip(of_names(&names, waves)) {
            numbers[*place] = number;
        }
    }
    numbers
}

fn settings<'s>(site: &'s Site<'_>) -> Option<&'s WaveSettings> {
    site.settings.tenants.as_ref()?.waves.as_ref()
}

/// The number of the wave of each of `names`, which are all tenants of a database, in order.
fn of_names(names: &[&str], waves: &WaveSettings) -> Vec<usize> {
    let is_canary =
        |name: &str| waves.canary.iter().any(|pattern| pattern == name || is_match(pattern, name));
    let last = 1 + waves.shares.len() + 1;
    let mut done = names.iter().filter(|name| is_canary(name)).count();
    let mut numbers: Vec<usize> =
        names.iter().map(|name| if is_canary(name) { 1 } else { last }).collect();
    for (number, share) in waves.shares.iter().enumerate() {
        // At least one, or the wave would say nothing.
        let wanted = (names.len() * usize::from(*share)).div_ceil(100).max(1);
        let others = numbers.iter_mut().filter(|of_name| **of_name == last);
        for of_name in others.take(wanted.saturating_sub(done)) {
            *of_name = number + 2;
            done += 1;
        }
    }
    numbers
}

/// Decides whether `next` begins, which is not the first wave there is. `failed` tells how many
/// tenants of a database have failed in those before: then a person must say that it goes on. `approval`
/// is what the command line has said, and is used up.
///
/// # Errors
/// When the check of a database does not say that all is well, or nobody approves.
pub(super) fn pass(
    context: &Context,
    sites: &[Site<'_>],
    next: &Wave,
    failed: &dyn Fn(&str) -> usize,
    approval: &mut Approved,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let mut asked: Vec<&str> = Vec::new();
    for place in &next.todo {
        let site = &sites[*place];
        let database = site.settings.name.as_str();
        let Some(waves) = settings(site).filter(|_| !asked.contains(&database)) else { continue };
        asked.push(database);
        if let Some(check) = &waves.check {
            let mut home = context.tenant_home(site)?;
            let is_well = home.is_true(check).map_err(|error| site.error(error))?;
            if !is_well {
                let (database, check) = (database.to_owned(), check.clone());
                return Err(CliError::WaveCheck { database, wave: next.number, check });
            }
        }
        let failed = failed(database);
        let is_well = waves.approval == Approval::Auto && failed == 0;
        if is_well || *approval == Approved::All {
            continue;
        }
        if std::mem::replace(approval, Approved::None) == Approved::Next {
            continue;
        }
        let count = next.todo.len();
        let before = match failed {
            0 => String::new(),
            failed => format!("{failed} have failed in the waves before. "),
        };
        let question = format!("{before}Go on with wave {}, {count} tenants?", next.number);
        match ask::confirm(&question, false, output) {
            Ok(true) => {}
            Ok(false) | Err(CliError::NotConfirmed { .. }) => {
                let (database, wave) = (database.to_owned(), next.number);
                return Err(CliError::WavePaused { database, wave, count, failed });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(canary: &[&str], shares: &[u8]) -> WaveSettings {
        WaveSettings {
            canary: canary.iter().map(|&name| name.to_owned()).collect(),
            shares: shares.to_vec(),
            check: None,
            approval: Approval::Auto,
        }
    }

    #[test]
    fn every_tenant_is_of_one_wave() {
        let names: Vec<String> = (0..100).map(|number| format!("t{number:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let numbers = of_names(&names, &waves(&["t42"], &[1, 10]));
        let count = |number| numbers.iter().filter(|of_name| **of_name == number).count();
        // The canary is the first hundredth already.
        assert_eq!([count(1), count(2), count(3), count(4)], [1, 0, 9, 90]);
        assert_eq!(numbers[42], 1);
        let numbers = of_names(&["a", "b", "c"], &waves(&[], &[1, 50]));
        assert_eq!(numbers, [2, 3, 4]);
        assert_eq!(of_names(&["a"], &waves(&[], &[])), [2]);
    }
}
