//! `limbeck verify`.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::prove;
use crate::cli::prove::lent_database;
use crate::cli::run_arguments::run_options;
use crate::cli::verify;
use crate::cli::verify::Found;
use crate::cli::verify::Wanted;
use crate::cli::watch;
use crate::exec::RunOptions;
use crate::target::Target;
use crate::ui::Output;

use super::show;

/// Run revisions up, down and up again on a scratch database, and compare its schema
///
/// The scratch database is brought to where the configured one stands, which is only asked for
/// that; then each pending revision goes up, down and up again. What a downgrade does not restore is
/// named, with its place. Ends with status 5 if there is something, and with 1 where a revision
/// fails.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct VerifyArguments {
    /// Verify these revisions, applied or not, instead of the pending ones
    #[arg(value_name = "REV", conflicts_with = "all")]
    revisions: Vec<String>,
    /// Begin with nothing, without asking the configured database: every revision is pending
    #[arg(long)]
    fresh: bool,
    /// Verify the applied revisions too: the whole history
    #[arg(long)]
    all: bool,
    /// Try it out on the empty database at URL, which is emptied again, instead of databases made
    /// for the purpose beside the configured ones
    #[arg(long, value_name = "URL", env = "LIMBECK_SCRATCH_URL", hide_env_values = true)]
    scratch_url: Option<String>,
}

pub(super) fn run(
    context: &Context,
    arguments: &VerifyArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let wanted = wanted(context, arguments, output)?;
    let lent = lent_database(arguments.scratch_url.as_deref())?;
    let options = RunOptions { interrupt: watch::interrupt_flag()?, ..run_options(context) };
    let (subjects, unread) = verify::subjects(context, arguments.fresh, output)?;
    prove::check_lent(subjects.iter().map(|subject| &subject.site), lent.as_ref())?;
    let (mut results, mut errors, mut code) = (Vec::new(), Vec::new(), ExitCode::Done);
    for subject in &subjects {
        let found = verify::verify(context, subject, (&wanted, &options), lent.as_ref(), output);
        let found = match found {
            Ok(found) => found,
            Err(error @ CliError::Output(_)) => return Err(error),
            Err(error) => {
                errors.push(error);
                if options.interrupt.load(Ordering::Relaxed) {
                    break;
                }
                continue;
            }
        };
        let own = found.iter().map(Found::exit_code).fold(ExitCode::Done, worse);
        code = worse(code, own);
        let (name, dialect) = (subject.name(), subject.site.url.dialect());
        if context.globals.json {
            let revisions: Vec<_> =
                found.iter().map(|found| found.as_json(context, dialect)).collect();
            results.push(json!({
                "database": subject.site.name(),
                "start": subject.start,
                "revisions": revisions,
                "exit_code": own as u8,
            }));
            continue;
        }
        for found in &found {
            found.print(context, (&name, dialect), output)?;
        }
        let counts = verify::counts(&found);
        match counts.is_empty() {
            true if wanted == Wanted::Pending => output.talk(format_args!(
                "{name}: no revision is pending; --all verifies those that are applied"
            )),
            true => output.talk(format_args!("{name}: takes none of them")),
            false => output.talk(format_args!("{name}: {counts}")),
        }
    }
    let errors = unread.and_later(errors);
    if context.globals.json {
        output.json(&errors.with_results("databases", results))?;
    }
    errors.into_result()?;
    Ok(code)
}

/// Of two outcomes that which is worse: a revision that fails says more than one that differs.
fn worse(one: ExitCode, other: ExitCode) -> ExitCode {
    match (one, other) {
        (ExitCode::Failed, _) | (_, ExitCode::Failed) => ExitCode::Failed,
        (one, other) => one.max(other),
    }
}

fn wanted(
    context: &Context,
    arguments: &VerifyArguments,
    output: &mut Output<'_>,
) -> Result<Wanted, CliError> {
    if arguments.all {
        return Ok(Wanted::All);
    }
    if arguments.revisions.is_empty() {
        return Ok(Wanted::Pending);
    }
    let graph = context.listed_graph()?;
    let mut ids = BTreeSet::new();
    for revision in &arguments.revisions {
        let target: Target = revision.parse()?;
        let nodes = show::nodes(context, graph, &target, output)?;
        ids.extend(nodes.into_iter().map(|node| graph.id(node).clone()));
    }
    Ok(Wanted::Named(ids))
}
