//! `limbeck tenants clone`.

mod file;
mod schema;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::routing::Route;
use crate::cli::run_arguments::RunArguments;
use crate::cli::sites::Site;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::exec;
use crate::exec::Silent;
use crate::graph::RevisionId;
use crate::ui::Output;

/// Make a tenant as a copy of another, with all its rows
///
/// A SQLite file is copied as it is. The schema of another tenant is made by the revisions, filled
/// with the rows of the first, and compared with it: where they are built otherwise, the copy is
/// undone. The new tenant must not be there yet. Runs of limbeck on the tenant that is copied are
/// waited for.
#[derive(Debug, clap::Args)]
pub(super) struct CloneArguments {
    /// The name of the tenant that is copied
    from: String,
    /// The name of the new tenant
    to: String,
    /// Leave the rows out but for those that the revisions write themselves
    #[arg(long)]
    no_data: bool,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &CloneArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let route = super::only_route(context, "tenants clone")?;
    let what = Cloning { run: &arguments.run, no_data: arguments.no_data };
    let (from, to) = what.make(context, &route, (&arguments.from, &arguments.to), output)?;
    let heads = to.heads()?;
    if context.globals.json {
        output.json(&serde_json::json!({
            "database": to.settings.name,
            "from": arguments.from,
            "tenant": arguments.to,
            "current": heads,
        }))?;
    } else {
        let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        let at = if ids.is_empty() { "base".to_owned() } else { ids.join(", ") };
        let what = if arguments.no_data { "built as" } else { "a copy of" };
        output.status(format!("{}: {what} {}, at {at}", to.name(), from.name()))?;
    }
    let listed = context.all_tenants(&route)?;
    if listed.iter().all(|known| known.name() != to.name()) {
        output.talk(format_args!(
            "note: {} is not among the tenants that the configuration lists yet; until it is, no \
             upgrade of all tenants reaches it",
            to.name()
        ));
    }
    Ok(ExitCode::Done)
}

/// How a tenant is copied.
pub(super) struct Cloning<'c> {
    pub(super) run: &'c RunArguments,
    pub(super) no_data: bool,
}

impl Cloning<'_> {
    /// Makes the tenant `to` of `route` as a copy of `from`; gives both.
    pub(super) fn make<'a>(
        &self,
        context: &'a Context,
        route: &Route<'a>,
        (from, to): (&str, &str),
        output: &mut Output<'_>,
    ) -> Result<(Site<'a>, Site<'a>), CliError> {
        let from = context.tenant_site(route, from)?;
        let to = context.tenant_site(route, to)?;
        let files = (from.url.sqlite_path(), to.url.sqlite_path());
        let is_file = files.0.is_some() && files.1.is_some() && !self.no_data;
        if !is_file && (from.place().is_none() || to.place().is_none()) {
            return Err(CliError::TenantOfOwnDatabase { database: from.name().to_owned() });
        }
        if let (Some(source), _) = files
            && !source.exists()
        {
            let message = format!("there is no file {}", source.display());
            return Err(from.error(DatabaseError::new(DatabaseErrorKind::Unreachable, message)));
        }
        // Whoever is at work there is waited for, and nobody begins meanwhile.
        let mut session = from.connect(false)?;
        let options = from.entry_options(context, 10, None)?;
        exec::acquire(session.as_mut(), &options, &mut Silent)
            .map_err(|kind| from.journal_error(kind))?;
        match (files, from.place(), to.place()) {
            ((Some(source), Some(target)), ..) if !self.no_data => {
                file::clone(&from, source, target)?;
            }
            (_, Some(_), Some(place)) => {
                let copy = schema::Copy { context, from: &from, to: &to, place };
                copy.make(self.run, self.no_data, output)?;
            }
            _ => return Err(CliError::TenantOfOwnDatabase { database: from.name().to_owned() }),
        }
        Ok((from, to))
    }
}
