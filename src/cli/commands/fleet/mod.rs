//! `limbeck fleet`: rollouts over many machines.

mod abort;
mod create;
mod pause;
mod resume;
mod retry;
mod status;
mod work;

use clap::Subcommand;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fleet::FleetProblem;
use crate::cli::fleet::Home;
use crate::cli::fleet::Which;
use crate::cli::on_failure;
use crate::cli::tenants::TenantChoice;
use crate::db::Rollout;
use crate::db::RolloutState;
use crate::ui::Output;

/// Bring many databases and tenants on from many machines
///
/// `create` writes down what is to be done, in a database that all machines reach; any number of
/// `work` do it; the others look at it and steer it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct FleetArguments {
    #[command(subcommand)]
    command: FleetCommand,
}

#[derive(Debug, Subcommand)]
enum FleetCommand {
    Create(create::CreateArguments),
    // There is other work than waiting for the lock of a site.
    #[command(mut_arg("lock_wait", |arg| arg.default_value("5")))]
    Work(work::WorkArguments),
    Status(status::StatusArguments),
    Pause(pause::PauseArguments),
    Resume(resume::ResumeArguments),
    Retry(retry::RetryArguments),
    Abort(abort::AbortArguments),
}

pub(super) fn run(
    globals: Globals,
    arguments: &FleetArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let command = &arguments.command;
    let context = match command {
        FleetCommand::Status(_) => Context::load(globals, output)?,
        _ => Context::load_to_write(globals, output)?,
    };
    if !matches!(command, FleetCommand::Create(_) | FleetCommand::Retry(_)) {
        refuse_choice(&context)?;
    }
    match command {
        FleetCommand::Create(arguments) => create::run(&context, arguments, output),
        FleetCommand::Work(arguments) => {
            on_failure::watched(&context, "fleet work", output, |output| {
                work::run(&context, arguments, output)
            })
        }
        FleetCommand::Status(arguments) => status::run(&context, arguments, output),
        FleetCommand::Pause(arguments) => pause::run(&context, arguments, output),
        FleetCommand::Resume(arguments) => resume::run(&context, arguments, output),
        FleetCommand::Retry(arguments) => retry::run(&context, arguments, output),
        FleetCommand::Abort(arguments) => abort::run(&context, arguments, output),
    }
}

/// A rollout has its sites.
fn refuse_choice(context: &Context) -> Result<(), CliError> {
    let chooses = TenantChoice::of(&context.globals) != TenantChoice::everything();
    match chooses || !context.chosen_names()?.is_empty() {
        true => Err(FleetProblem::Chosen.into()),
        false => Ok(()),
    }
}

/// Puts the rollout that is meant into `state`.
fn put(
    context: &Context,
    name: Option<&str>,
    state: RolloutState,
    output: &mut Output<'_>,
) -> Result<Rollout, CliError> {
    let mut home = Home::of(context, false)?;
    let rollout = home.rollout(name, Which::Open)?;
    if !home.with(|home| home.put(&rollout.id, state))? {
        // It has come to its end meanwhile.
        let state = home.rollout(Some(&rollout.id), Which::All)?.state.word();
        return Err(FleetProblem::NotOpen { id: rollout.id, state }.into());
    }
    say(context, &rollout.id, state.word(), output)?;
    Ok(rollout)
}

/// Says what a rollout is now.
fn say(context: &Context, id: &str, state: &str, output: &mut Output<'_>) -> Result<(), CliError> {
    match context.globals.json {
        true => output.json(&serde_json::json!({ "rollout": id, "state": state }))?,
        false => output.status(format_args!("rollout {id}: {state}"))?,
    }
    Ok(())
}
