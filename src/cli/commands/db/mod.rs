//! `limbeck db`: what is done with a database around its migrations.

mod backup;
mod create;
mod describe;
mod drop;
mod exec;
mod list_backups;
mod reset;
mod restore;
mod seed;
mod shell;
mod tables;

use std::borrow::Cow;

use clap::Subcommand;

use crate::db::DatabaseUrl;
use crate::env::DatabaseSettings;
use crate::script::LoadOptions;
use crate::script::Revisions;
use crate::ui::Output;

use crate::cli::arguments::Globals;
use crate::cli::context;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::routing::Parts;
use crate::cli::sites::Site;
use crate::cli::tenants::TenantChoice;

/// Create, drop, look at and back up databases, and run SQL on them
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DbArguments {
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    Create(create::CreateArguments),
    Drop(drop::DropArguments),
    Reset(reset::ResetArguments),
    Shell(shell::ShellArguments),
    Tables(tables::TablesArguments),
    Describe(describe::DescribeArguments),
    Exec(exec::ExecArguments),
    Backup(backup::BackupArguments),
    ListBackups(list_backups::ListBackupsArguments),
    Restore(restore::RestoreArguments),
    Seed(seed::SeedArguments),
}

/// The URL of somebody who may do more than the user of the database.
#[derive(Debug, clap::Args)]
struct AdminArguments {
    /// Connect as the user of URL, who may create databases and roles; with the database of URL,
    /// or else `postgres`, as the one to connect to
    #[arg(
        long,
        visible_alias = "maintenance-url",
        value_name = "URL",
        env = "LIMBECK_ADMIN_URL",
        hide_env_values = true
    )]
    admin_url: Option<String>,
}

impl AdminArguments {
    fn url(&self) -> Result<Option<DatabaseUrl>, CliError> {
        // An empty variable is an unset one.
        let text = self.admin_url.as_deref().filter(|text| !text.trim().is_empty());
        let url = text.map(str::parse).transpose();
        url.map_err(|error| DbError::AdminUrl(error).into())
    }
}

pub(super) fn run(
    globals: &Globals,
    arguments: &DbArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let is_for_tenants = matches!(arguments.command, DbCommand::Seed(_));
    if !is_for_tenants && TenantChoice::of(globals).is_named() {
        // What is meant for one tenant would be done to all of them.
        return Err(CliError::NotForTenants { command: "db" });
    }
    let read = |output: &mut Output<'_>| {
        let context = without_revisions(globals.clone())?;
        context.warn_of_shared_sites(output);
        Ok::<Context, CliError>(context)
    };
    let write = || {
        let context = without_revisions(globals.clone())?;
        context.refuse_shared_sites()?;
        Ok::<Context, CliError>(context)
    };
    match &arguments.command {
        DbCommand::Create(arguments) => create::run(&write()?, arguments, output),
        DbCommand::Drop(arguments) => drop::run(&write()?, arguments, output),
        DbCommand::Reset(arguments) => {
            reset::run(&Context::load_to_write(globals.clone(), output)?, arguments, output)
        }
        DbCommand::Shell(arguments) => shell::run(&read(output)?, arguments, output),
        DbCommand::Tables(arguments) => tables::run(&read(output)?, arguments, output),
        DbCommand::Describe(arguments) => describe::run(&read(output)?, arguments, output),
        DbCommand::Exec(arguments) => exec::run(&write()?, arguments, output),
        DbCommand::Backup(arguments) => backup::run(&read(output)?, arguments, output),
        DbCommand::ListBackups(arguments) => list_backups::run(&read(output)?, arguments, output),
        DbCommand::Restore(arguments) => restore::run(&write()?, arguments, output),
        // Seeds are for tenants too, and need to know what is applied.
        DbCommand::Seed(arguments) => {
            seed::run(&Context::load_to_write(globals.clone(), output)?, arguments, output)
        }
    }
}

/// The project without its revisions, which say nothing about a database as such: a broken file
/// must not keep anybody from looking.
fn without_revisions(globals: Globals) -> Result<Context, CliError> {
    let environment = Environment::read(&globals)?;
    let project = context::load_project(&globals, &environment)?;
    let revisions = Revisions::load(&[], &LoadOptions::default())?;
    let parts = Parts::of(&project);
    Ok(Context {
        globals,
        environment,
        project,
        revisions,
        parts,
        repeatables: std::sync::Arc::default(),
    })
}

/// The chosen databases, or all.
fn sites(context: &Context) -> Result<Vec<Site<'_>>, CliError> {
    let databases = context.databases()?;
    let urls = context.project.urls(databases.iter().map(Cow::as_ref))?;
    let site = |(settings, url)| site(context, settings, url);
    Ok(databases.into_iter().zip(urls).map(site).collect())
}

/// The databases of which it is known where they are, and what the configuration lacks of others.
fn known_sites(context: &Context) -> Result<(Vec<Site<'_>>, Vec<CliError>), CliError> {
    let (mut sites, mut errors) = (Vec::new(), Vec::new());
    for settings in context.databases()? {
        match context.place_of(&settings) {
            Ok(url) => sites.push(site(context, settings, url)),
            Err(lacking) => errors.extend(lacking),
        }
    }
    Ok((sites, errors))
}

/// The only database; several are refused.
fn only_site<'a>(context: &'a Context, command: &'static str) -> Result<Site<'a>, CliError> {
    match <[Cow<'a, DatabaseSettings>; 1]>::try_from(context.databases()?) {
        Ok([settings]) => {
            let url = context.project.url(&settings)?;
            Ok(site(context, settings, url))
        }
        Err(several) => {
            let names = several.iter().map(|database| database.name.clone()).collect();
            Err(CliError::DatabaseNotChosen { command, names })
        }
    }
}

fn site<'a>(
    context: &'a Context,
    settings: Cow<'a, DatabaseSettings>,
    url: DatabaseUrl,
) -> Site<'a> {
    Site {
        name: settings.name.clone(),
        settings,
        tenant: None,
        url,
        graph: context.revisions.graph(),
        needs: &[],
        logs_sql: context.globals.log_sql,
    }
}
