//! The commands, one file each.

mod apply;
mod branches;
mod check;
mod compat;
mod compat_toml;
mod completions;
mod config;
mod config_check;
mod config_show;
mod current;
mod db;
mod downgrade;
mod edit;
mod ensure_version;
mod heads;
mod history;
mod import;
mod init;
mod journal;
mod lint;
mod list_templates;
mod merge;
mod placement;
mod plan;
mod revision;
mod route;
mod show;
mod stamp;
mod upgrade;

use clap::Subcommand;

use crate::ui::Output;

use super::arguments::Arguments;
use super::context::Context;
use super::error::CliError;
use super::exit_code::ExitCode;

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
    Current(current::CurrentArguments),
    Db(db::DbArguments),
    Downgrade(downgrade::DowngradeArguments),
    Edit(edit::EditArguments),
    #[command(name = "ensure_version", alias = "ensure-version")]
    EnsureVersion(ensure_version::EnsureVersionArguments),
    Heads(heads::HeadsArguments),
    History(history::HistoryArguments),
    Import(import::ImportArguments),
    Init(init::InitArguments),
    Journal(journal::JournalArguments),
    Lint(lint::LintArguments),
    #[command(name = "list_templates", alias = "list-templates")]
    ListTemplates(list_templates::ListTemplatesArguments),
    Merge(merge::MergeArguments),
    Plan(plan::PlanArguments),
    Revision(revision::RevisionArguments),
    #[command(subcommand)]
    Route(route::RouteCommand),
    Show(show::ShowArguments),
    Stamp(stamp::StampArguments),
    Upgrade(upgrade::UpgradeArguments),
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    let Arguments { globals, command } = arguments;
    match command {
        // These work without a project.
        Command::Init(arguments) => init::run(&globals, &arguments, output),
        Command::ListTemplates(_) => list_templates::run(&globals, output),
        Command::Check(_) => check::run(),
        Command::Compat(arguments) => compat::run(&globals, &arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Config(arguments) => config::run(globals, &arguments, output),
        Command::Db(arguments) => db::run(globals, &arguments, output),
        // These work in one.
        Command::Apply(arguments) => {
            apply::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Branches(arguments) => {
            branches::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Current(arguments) => {
            current::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Downgrade(arguments) => {
            downgrade::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Edit(arguments) => edit::run(&Context::load(globals, output)?, &arguments, output),
        Command::EnsureVersion(arguments) => {
            ensure_version::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Heads(arguments) => {
            heads::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::History(arguments) => {
            history::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Import(arguments) => {
            import::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Journal(arguments) => {
            journal::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Lint(arguments) => lint::run(&Context::load(globals, output)?, &arguments, output),
        Command::Merge(arguments) => {
            merge::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Plan(arguments) => plan::run(&Context::load(globals, output)?, &arguments, output),
        Command::Revision(arguments) => {
            revision::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Route(command) => route::run(&Context::load(globals, output)?, &command, output),
        Command::Show(arguments) => show::run(&Context::load(globals, output)?, &arguments, output),
        Command::Stamp(arguments) => {
            stamp::run(&Context::load(globals, output)?, &arguments, output)
        }
        Command::Upgrade(arguments) => {
            upgrade::run(&Context::load(globals, output)?, &arguments, output)
        }
    }
}
