//! The commands, one file each.

mod apply;
mod branches;
mod check;
mod compat;
mod compat_prove;
mod compat_revisions;
mod compat_toml;
mod completions;
mod config;
mod config_check;
mod config_show;
mod convert;
mod convert_prove;
mod current;
mod db;
mod downgrade;
mod edit;
mod ensure_version;
mod fleet;
mod heads;
mod health;
mod history;
mod import;
mod import_django;
mod init;
mod journal;
mod lint;
mod list_templates;
mod merge;
mod placement;
mod plan;
mod repeat;
mod revision;
mod route;
mod serve_health;
mod show;
mod show_applied;
mod show_sql;
mod stamp;
mod status;
mod tenants;
mod upgrade;
mod verify;
mod wait;

use clap::Subcommand;

use crate::ui::Output;

use super::arguments::Arguments;
use super::context::Context;
use super::error::CliError;
use super::exit_code::ExitCode;
use super::on_failure;
use super::tenants::TenantChoice;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Apply(apply::ApplyArguments),
    Branches(branches::BranchesArguments),
    #[command(hide = true)]
    Check(check::CheckArguments),
    Compat(compat::CompatArguments),
    Completions(completions::CompletionsArguments),
    Config(config::ConfigArguments),
    Convert(convert::ConvertArguments),
    Current(current::CurrentArguments),
    Db(db::DbArguments),
    Downgrade(downgrade::DowngradeArguments),
    Edit(edit::EditArguments),
    #[command(name = "ensure_version", alias = "ensure-version")]
    EnsureVersion(ensure_version::EnsureVersionArguments),
    Fleet(fleet::FleetArguments),
    Heads(heads::HeadsArguments),
    Health(health::HealthArguments),
    History(history::HistoryArguments),
    Import(import::ImportArguments),
    Init(init::InitArguments),
    Journal(journal::JournalArguments),
    Lint(lint::LintArguments),
    #[command(name = "list_templates", alias = "list-templates")]
    ListTemplates(list_templates::ListTemplatesArguments),
    Merge(merge::MergeArguments),
    Plan(plan::PlanArguments),
    Repeat(repeat::RepeatArguments),
    Revision(revision::RevisionArguments),
    #[command(subcommand)]
    Route(route::RouteCommand),
    #[command(name = "serve-health")]
    ServeHealth(serve_health::ServeHealthArguments),
    Show(show::ShowArguments),
    Stamp(stamp::StampArguments),
    Status(status::StatusArguments),
    Tenants(tenants::TenantsArguments),
    Upgrade(upgrade::UpgradeArguments),
    Verify(verify::VerifyArguments),
    Wait(wait::WaitArguments),
}

impl Command {
    /// Its name, where it is about files that are the same for every tenant.
    fn heeds_no_tenants(&self) -> Option<&'static str> {
        Some(match self {
            Command::Compat(_) => "compat",
            Command::Config(_) => "config",
            Command::Convert(_) => "convert",
            Command::Edit(_) => "edit",
            Command::Import(_) => "import",
            Command::Init(_) => "init",
            Command::Lint(_) => "lint",
            Command::Merge(_) => "merge",
            Command::Revision(_) => "revision",
            Command::Route(_) => "route",
            _ => return None,
        })
    }
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    let Arguments { globals, command } = arguments;
    TenantChoice::check(&globals, command.heeds_no_tenants())?;
    match command {
        // These work without a project.
        Command::Init(arguments) => init::run(&globals, &arguments, output),
        Command::ListTemplates(_) => list_templates::run(&globals, output),
        Command::Check(_) => check::run(),
        Command::Compat(arguments) => compat::run(&globals, &arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Config(arguments) => config::run(globals, &arguments, output),
        Command::Db(arguments) => db::run(&globals, &arguments, output),
        // These work in one.
        Command::Apply(arguments) => {
            let context = Context::load_to_write(globals, output)?;
            on_failure::watched(&context, "apply", output, |output| {
                apply::run(&context, &arguments, output)
            })
        }
        Command::Branches(arguments) => {
            branches::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Convert(arguments) => {
            convert::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Current(arguments) => {
            current::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Downgrade(arguments) => {
            let context = match arguments.from_journal {
                true => Context::load_to_restore(globals, output)?,
                false => Context::load_to_write(globals, output)?,
            };
            on_failure::watched(&context, "downgrade", output, |output| {
                downgrade::run(&context, &arguments, output)
            })
        }
        Command::Edit(arguments) => edit::run(&Context::load(globals, output)?, &arguments, output),
        Command::EnsureVersion(arguments) => {
            ensure_version::run(&Context::load_to_write(globals, output)?, &arguments, output)
        }
        Command::Fleet(arguments) => fleet::run(globals, &arguments, output),
        Command::Heads(arguments) => {
            heads::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Health(arguments) => health::run(globals, &arguments, output),
        Command::History(arguments) => {
            history::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Import(arguments) => import::run(globals, &arguments, output),
        Command::Journal(arguments) => {
            let context = match arguments.writes() {
                true => Context::load_to_write(globals, output)?,
                false => Context::load(globals, output)?,
            };
            journal::run(&context, &arguments, output)
        }
        Command::Lint(arguments) => lint::run(&Context::load(globals, output)?, &arguments, output),
        Command::Merge(arguments) => {
            merge::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Plan(arguments) => plan::run(&Context::load(globals, output)?, &arguments, output),
        Command::Repeat(arguments) => {
            let context = Context::load_to_write(globals, output)?;
            on_failure::watched(&context, "repeat", output, |output| {
                repeat::run(&context, &arguments, output)
            })
        }
        Command::Revision(arguments) => {
            revision::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Route(command) => route::run(&Context::load(globals, output)?, &command, output),
        Command::ServeHealth(arguments) => serve_health::run(globals, &arguments, output),
        Command::Show(arguments) => show::run(&Context::load(globals, output)?, &arguments, output),
        Command::Stamp(arguments) => {
            stamp::run(&Context::load_to_write(globals, output)?, &arguments, output)
        }
        Command::Status(arguments) => status::run(globals, &arguments, output),
        Command::Tenants(arguments) => tenants::run(globals, &arguments, output),
        Command::Upgrade(arguments) => {
            let context = Context::load_to_write(globals, output)?;
            on_failure::watched(&context, "upgrade", output, |output| {
                upgrade::run(&context, &arguments, output)
            })
        }
        Command::Verify(arguments) => {
            verify::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Wait(arguments) => wait::run(globals, &arguments, output),
    }
}
