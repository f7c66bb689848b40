//! Runs over several databases of which one needs something of another: each plan is run in
//! parts, in the order that [`plan::across`] finds.

use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunOptions;
use crate::plan;
use crate::plan::Obstacle;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::runs;
use super::sites::Site;
use super::summary::Outcome;
use super::survey::Survey;

/// Whether the files leave it possible that a step of `request` hangs on another database. Asks
/// no database.
pub(super) fn may_be_needed(
    context: &Context,
    sites: &[Site<'_>],
    request: &Request,
) -> Result<bool, CliError> {
    Ok(match request {
        Request::Stamp { .. } | Request::TakeOver(_) => false,
        Request::Upgrade(_) => sites.iter().any(|site| !site.needs.is_empty()),
        Request::Downgrade(_) | Request::Steps { .. } => {
            let names: Vec<&str> = sites.iter().map(Site::name).collect();
            let mut others = context.other_routes(&names)?.into_iter();
            sites.iter().any(|site| !site.needs.is_empty())
                || others.any(|route| !route.needs.is_empty())
        }
    })
}

/// Runs what `survey` found. What fails holds up what needs it; all else is done.
pub(super) fn run(
    context: &Context,
    survey: Survey<'_>,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Vec<Outcome> {
    let outcomes = run_legs(context, &survey, options, output);
    if outcomes.iter().any(Outcome::is_interrupted) {
        return outcomes;
    }
    complete(survey, outcomes, output)
}

fn run_legs(
    context: &Context,
    survey: &Survey<'_>,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Vec<Outcome> {
    let sites = survey.sites;
    let mut outcomes: Vec<Outcome> = sites.iter().map(Outcome::of).collect();
    let mut parties = survey.parties();
    for leg in &survey.across.legs {
        if outcomes[leg.party].error.is_some() {
            continue;
        }
        let site = &sites[leg.party];
        let plan = &survey.across.plans[leg.party];
        // What was to be done elsewhere may have failed.
        let mut end = leg.steps.end;
        let mut missing = None;
        for place in leg.steps.clone() {
            if let Some(unmet) = plan::unmet(&parties, leg.party, &plan.steps[place]) {
                end = place;
                missing = Some(unmet);
                break;
            }
        }
        if end > leg.steps.start {
            announce(sites, site, output);
            let request = Request::Steps { plan: plan.clone(), end };
            match runs::run_site(context, site, &request, options, output) {
                Ok(report) => {
                    if report.steps.is_empty() {
                        output.remark(format_args!("nothing to do{}", runs::at(&report.after)));
                    }
                    outcomes[leg.party].add(report);
                    for step in &plan.steps[..end] {
                        parties[leg.party].has_done(step);
                    }
                }
                Err(error) => {
                    outcomes[leg.party].fail(error);
                    if outcomes[leg.party].is_interrupted() {
                        return outcomes;
                    }
                    continue;
                }
            }
        }
        if let Some(mut unmet) = missing {
            let other = outcomes.iter().find(|outcome| outcome.database == unmet.other);
            unmet.obstacle = match other.and_then(|other| other.error.as_ref()) {
                Some(error) if error.unmet().is_none() => Obstacle::Failed,
                _ => Obstacle::Stopped,
            };
            outcomes[leg.party].fail(survey.unmet(leg.party, unmet));
        }
    }
    // Also those of which nothing was begun.
    for stop in &survey.across.stops {
        if outcomes[stop.party].error.is_none() {
            outcomes[stop.party].fail(survey.unmet(stop.party, stop.why.clone()));
        }
    }
    outcomes
}

/// Ends what legs have left open: databases with nothing to do, and those that could not be read.
fn complete(
    mut survey: Survey<'_>,
    mut outcomes: Vec<Outcome>,
    output: &mut Output<'_>,
) -> Vec<Outcome> {
    for (index, outcome) in outcomes.iter_mut().enumerate() {
        let site = &survey.sites[index];
        if outcome.error.is_some() {
            continue;
        }
        if let Some(error) = survey.failures[index].take() {
            announce(survey.sites, site, output);
            outcome.fail(error);
        } else if let (None, Some(preview)) = (&outcome.report, &survey.previews[index]) {
            let rows = &preview.plan.before;
            announce(survey.sites, site, output);
            output.remark(format_args!("nothing to do{}", runs::at(rows)));
            outcome.report = Some(Report::at(rows));
        }
    }
    outcomes
}

fn announce(sites: &[Site<'_>], site: &Site<'_>, output: &mut Output<'_>) {
    if sites.len() > 1 {
        output.talk(format_args!("[{}]", site.name()));
    }
}
