//! `limbeck stamp`.

use crate::cli::offline;
use crate::cli::offline::OfflineArguments;
use crate::cli::offline::OfflineTarget;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::cli::sites::Site;
use crate::cli::tenant_runs;
use crate::exec;
use crate::exec::Expectation;
use crate::exec::Request;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::target::ParseTargetError;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fan_out::FanOutArguments;

/// Set the version table to the given revisions, and run nothing
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StampArguments {
    /// One or more revisions, such as 'timescale@head'; 'heads' for all heads, 'base' for none;
    /// with --sql also START:END
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Unconditionally erase the version table before stamping
    #[arg(long)]
    purge: bool,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// First check in the catalog that what the revisions make is there, as far as it can tell
    #[arg(long, conflicts_with = "sql")]
    verify: bool,
    #[command(flatten)]
    offline: OfflineArguments,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    fan_out: FanOutArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &StampArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    if arguments.offline.sql {
        return print(context, arguments, output);
    }
    let targets = arguments
        .revisions
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Target>, ParseTargetError>>()?;
    let routes = context.routes_for_all(&targets)?;
    let request = Request::Stamp { targets, purge: arguments.purge };
    let mut run = arguments.run.clone();
    run.note.clone_from(&arguments.reason);
    let on_tenants = tenant_runs::Run {
        context,
        options: run.options(context)?,
        fan_out: &arguments.fan_out,
        wait: None,
        seeding: None,
    };
    if on_tenants.are_named_tenants(&routes) {
        if arguments.verify {
            for site in context.located(routes.clone())? {
                verify(context, &site, &request, output)?;
            }
        }
        on_tenants.on_tenants(routes, &request, output)?;
        return Ok(ExitCode::Done);
    }
    let site = context.only_site(routes, "stamp")?;
    if arguments.verify {
        verify(context, &site, &request, output)?;
    }
    runs::run(context, &[site], &run, &request, output)?;
    Ok(ExitCode::Done)
}

/// Refuses to say that revisions are applied of which the catalog knows better.
fn verify(
    context: &Context,
    site: &Site<'_>,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let is_purge = matches!(request, Request::Stamp { purge: true, .. });
    let mut reader = site.reader()?;
    let before = if is_purge { Heads::none() } else { reader.heads()? };
    let after = |request: &Request, before: &Heads| {
        let plan = request.plan(site.graph, before).map_err(|kind| site.journal_error(kind))?;
        Ok::<_, CliError>(
            plan.steps.last().map_or_else(|| before.clone(), |last| last.after.clone()),
        )
    };
    let stamped = after(request, &before)?;
    // The rows may say so already, and say too much. What is taken away leaves other things behind
    // than what was never there.
    let states = match (request, is_within(site.graph, &before, &stamped)) {
        (Request::Stamp { targets, .. }, true) => {
            let purge = Request::Stamp { targets: targets.clone(), purge: true };
            (Heads::none(), after(&purge, &Heads::none())?)
        }
        _ => (before.clone(), stamped.clone()),
    };
    let options = site.entry_options(context, 0, None)?;
    let mut database = reader.into_session()?;
    let states = (&states.0, &states.1);
    let verification =
        exec::verify(database.as_mut(), site.graph, &context.revisions, states, &options)
            .map_err(|kind| site.journal_error(kind))?;
    for (revision, count) in &verification.unchecked {
        let statements = if *count == 1 { "statement" } else { "statements" };
        output.talk(format_args!(
            "revision {revision}: the catalog cannot tell of {count} {statements}"
        ));
    }
    if !verification.wrong.is_empty() {
        let (database, wrong) = (site.name().to_owned(), verification.wrong);
        let rows = before.iter().filter_map(|id| site.graph.find(id));
        let applied = site.graph.ancestors(rows, Edges::All);
        let is_applied =
            |one: &Expectation| site.graph.find(&one.revision).is_some_and(|n| applied.contains(n));
        let is_claimed = wrong.iter().any(is_applied);
        return Err(CliError::NotAsScripts { database, wrong, is_claimed });
    }
    let objects = if verification.found == 1 { "object is" } else { "objects are" };
    output
        .talk(format_args!("verified: {} {objects} as the scripts leave them", verification.found));
    Ok(())
}

/// Whether everything that is applied at `before` is so at `after`.
fn is_within(graph: &RevisionGraph, before: &Heads, after: &Heads) -> bool {
    let rows = after.iter().filter_map(|id| graph.find(id));
    let applied = graph.ancestors(rows, Edges::All);
    before.iter().all(|id| graph.find(id).is_some_and(|node| applied.contains(node)))
}

/// The same as text. Any of the revisions may say where it starts; all that do must agree.
fn print(
    context: &Context,
    arguments: &StampArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if arguments.purge {
        return Err(CliError::OfflinePurge);
    }
    let mut start: Option<Target> = None;
    let mut targets = Vec::new();
    for text in &arguments.revisions {
        let target: OfflineTarget = text.parse()?;
        match (&start, target.start) {
            (Some(first), Some(other)) if *first != other => {
                let starts = vec![first.to_string(), other.to_string()];
                return Err(CliError::SeveralStarts { starts });
            }
            (None, Some(first)) => start = Some(first),
            _ => {}
        }
        targets.push(target.end);
    }
    let request = Request::Stamp { targets, purge: false };
    offline::print(context, start.as_ref(), &request, "stamp --sql", output)?;
    Ok(ExitCode::Done)
}
