//! What is told of seeds.

use serde_json::Value;
use serde_json::json;

use crate::exec::SeedReport;
use crate::exec::SeedStanding;
use crate::ui::Output;
use crate::ui::Table;

use super::Seeded;

/// Says what came of the seeds of one site, but for what was said of each.
pub(super) fn summary(reports: &[SeedReport], output: &mut Output<'_>) {
    let count = |is_it: fn(&SeedStanding) -> bool| {
        reports.iter().filter(|report| is_it(&report.standing)).count()
    };
    let ran = count(SeedStanding::is_due);
    for report in reports {
        if let SeedStanding::Edited(_) = report.standing {
            output.talk(format_args!(
                "note: {} has changed since it was run, and runs once; to run it again: \
                 limbeck db seed --again {}",
                report.seed, report.seed
            ));
        }
    }
    let idle = reports.len() - ran;
    let seeds = |count: usize| if count == 1 { "seed" } else { "seeds" };
    let have = |count: usize| if count == 1 { "has" } else { "have" };
    match (ran, idle) {
        (0, idle) => output.talk(format_args!(
            "nothing to do: {idle} {} {} been run already",
            seeds(idle),
            have(idle)
        )),
        (ran, 0) => output.talk(format_args!("{ran} {} run", seeds(ran))),
        (ran, idle) => output.talk(format_args!(
            "{ran} {} run, {idle} {} been run already",
            seeds(ran),
            have(idle)
        )),
    }
}

/// What would be done, one line a seed.
pub(in crate::cli) fn table(seeded: &[Seeded]) -> Table {
    let mut table = Table::new(["database", "seed", "plan"]);
    for one in seeded {
        for report in &one.reports {
            let plan = match report.standing {
                SeedStanding::Due(reason) => format!("run ({})", reason.word()),
                SeedStanding::Done(_) => "nothing: it has been run".to_owned(),
                SeedStanding::Edited(_) => "nothing: it has changed, and runs once".to_owned(),
            };
            table.row([one.site.clone(), report.seed.clone(), plan]);
        }
    }
    table
}

/// The same, or what was done, as JSON.
pub(in crate::cli) fn as_json(seeded: &[Seeded], is_plan: bool) -> Vec<Value> {
    let seed = |report: &SeedReport| {
        let (state, reason, at) = match report.standing {
            SeedStanding::Due(reason) if is_plan => ("due", Some(reason.word()), None),
            SeedStanding::Due(reason) => ("run", Some(reason.word()), None),
            SeedStanding::Done(at) => ("done", None, Some(at)),
            SeedStanding::Edited(at) => ("edited", None, Some(at)),
        };
        json!({
            "seed": report.seed,
            "state": state,
            "reason": reason,
            "rows": report.rows,
            "ran_at": at.map(crate::cli::times::in_json),
        })
    };
    seeded
        .iter()
        .filter(|one| one.error.is_none() || !one.reports.is_empty())
        .map(|one| {
            json!({
                "database": one.site,
                "tenant": one.tenant,
                "seeds": one.reports.iter().map(seed).collect::<Vec<_>>(),
            })
        })
        .collect()
}
