//! `--sql`: what a command would do, as text on standard output.

use limbeck_alembic::env_py::FindingKind;
use limbeck_schema::Dialect;

use crate::db::VersionText;
use crate::env::Origin;
use crate::exec::Offline;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::TransactionMode;
use crate::graph::Heads;
use crate::plan::Direction;
use crate::plan::Need;
use crate::target::ParseTargetError;
use crate::target::Resolver;
use crate::target::Target;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::legs;
use super::run_arguments;
use super::sites::Site;
use super::watch::Watch;

/// Options of the commands that can write down what they would do.
#[derive(Debug, clap::Args)]
pub(super) struct OfflineArguments {
    /// Don't emit SQL to database - dump to standard output instead; no database is opened
    #[arg(long)]
    pub(super) sql: bool,
    /// Arbitrary 'tag' name, for Alembic's env.py scripts; it has no effect
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
}

/// A target, and where the text starts: `start:end`.
#[derive(Debug)]
pub(super) struct OfflineTarget {
    pub(super) start: Option<Target>,
    pub(super) end: Target,
}

impl std::str::FromStr for OfflineTarget {
    type Err = ParseTargetError;

    fn from_str(text: &str) -> Result<Self, ParseTargetError> {
        Ok(match text.split_once(':') {
            Some((start, end)) => OfflineTarget { start: Some(start.parse()?), end: end.parse()? },
            None => OfflineTarget { start: None, end: text.parse()? },
        })
    }
}

/// Prints the text of `request` for the one database that `start` and the targets leave.
pub(super) fn print(
    context: &Context,
    start: Option<&Target>,
    request: &Request,
    command: &'static str,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    refuse_json(context)?;
    refuse_other_settings(context)?;
    let targets = match request {
        Request::Upgrade(target) | Request::Downgrade(target) => std::slice::from_ref(target),
        Request::Stamp { targets, .. } | Request::TakeOver(targets) => targets.as_slice(),
        // A given plan says by itself where it leads, and no command prints one.
        Request::Steps { .. } => &[],
    };
    let routes = context.routes_for_all(start.into_iter().chain(targets))?;
    let site = context.only_site(routes, command)?;
    let rows = match start {
        Some(start) => Resolver::new(site.graph).start(start)?,
        None => Heads::none(),
    };
    let offline = offline(context, &site)?;
    site.announce_offline(output);
    // Alembic lets `print` write into the text.
    output.keep_data();
    let text = offline
        .text(&rows, request, &mut Watch { database: site.name(), output })
        .map_err(|kind| refused(context, &site, kind))?;
    for line in needs(context, &site, &rows, request)? {
        output.text(&format!("-- {line}\n\n"))?;
    }
    if let Some(place) = site.place() {
        output.text(&format!("{}\n\n", place.enter_sql(site.url.dialect())))?;
    }
    output.text(&text)?;
    if matches!(request, Request::Upgrade(_)) {
        context.tell_of_repeatables("the text", output);
    }
    Ok(())
}

/// What must be so on other databases before the text may run there: nobody can look.
fn needs(
    context: &Context,
    site: &Site<'_>,
    rows: &Heads,
    request: &Request,
) -> Result<Vec<String>, CliError> {
    if !legs::may_be_needed(context, std::slice::from_ref(site), request)? {
        return Ok(Vec::new());
    }
    // It has become a text, so there is a plan.
    let plan = request.plan(site.graph, rows).map_err(|kind| refused(context, site, kind))?;
    let others = context.other_routes(&[site.name()])?;
    let mut lines = Vec::new();
    for step in &plan.steps {
        let Some(id) = &step.revision else { continue };
        if step.direction == Direction::Downgrade {
            for other in &others {
                let in_the_way = |need: &&Need| need.concerns(id, site.name());
                lines.extend(other.needs.iter().filter(in_the_way).map(|need| {
                    let name = other.name();
                    format!("Revision {} must not be applied on database {name}", need.revision)
                }));
            }
        } else {
            lines.extend(site.needs.iter().filter(|need| need.revision == *id).map(|need| {
                let databases = need.databases.join(", ");
                format!("Revision {} must be applied on database {databases}", need.needed)
            }));
        }
    }
    Ok(lines)
}

/// Prints the text that creates the version table of the one database.
pub(super) fn print_version_table(
    context: &Context,
    command: &'static str,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    refuse_json(context)?;
    refuse_other_settings(context)?;
    let site = context.only_site(context.routes()?, command)?;
    let offline = offline(context, &site)?;
    site.announce_offline(output);
    if let Some(place) = site.place() {
        output.text(&format!("{}\n\n", place.enter_sql(site.url.dialect())))?;
    }
    output.text(&offline.version_table())?;
    Ok(())
}

/// Refuses where env.py would write another text: for another dialect or version table than a run
/// on the database has.
fn refuse_other_settings(context: &Context) -> Result<(), CliError> {
    const DECISIVE: [&str; 6] = [
        "dialect_name",
        "transaction_per_migration",
        "transactional_ddl",
        "url",
        "version_table",
        "version_table_schema",
    ];
    let Some(alembic) = &context.project.alembic else { return Ok(()) };
    if context.project.scripts.stands_in_for_env_py {
        return Ok(());
    }
    let Some(env) = &alembic.env else { return Ok(()) };
    for finding in env.findings() {
        if let FindingKind::OfflineDiffers { name } = &finding.kind
            && DECISIVE.contains(&name.as_str())
            // Of several databases each has its own anyway.
            && (name != "url" || context.project.databases.len() == 1)
        {
            return Err(CliError::OtherOffline {
                name: name.clone(),
                path: env.path.clone(),
                line: finding.position.line,
            });
        }
    }
    Ok(())
}

fn refuse_json(context: &Context) -> Result<(), CliError> {
    if context.globals.json { Err(CliError::OfflineJson) } else { Ok(()) }
}

fn offline<'a>(context: &'a Context, site: &Site<'a>) -> Result<Offline<'a>, CliError> {
    let tables = site.tables()?;
    let version = VersionText::new(site.url.dialect(), &tables.version, tables.version_num_length);
    let mut options = run_arguments::options_of(site, &run_arguments::run_options(context));
    // What env.py says of transactions is without effect on SQLite, where Alembic's texts have none.
    if site.url.dialect() == Dialect::Sqlite && mode_is_of_env_py(context) {
        options.transaction_mode = TransactionMode::Alembic;
    }
    let own_database = site.url.database().map(str::to_owned);
    Ok(Offline::new(site.graph, &context.revisions, version, own_database, options))
}

/// Whether the mode of transactions is that of `env.py`, and not of `limbeck.toml`.
fn mode_is_of_env_py(context: &Context) -> bool {
    let Some(env) = context.project.alembic.as_ref().and_then(|alembic| alembic.env.as_ref())
    else {
        return false;
    };
    let is_there =
        |origin: &Origin| matches!(origin, Origin::File { path, .. } if *path == env.path);
    let settings = &context.project.scripts.settings;
    let mode = settings.iter().find(|setting| setting.key.ends_with("transaction_mode"));
    mode.is_some_and(|mode| mode.origins.iter().any(is_there))
}

fn refused(context: &Context, site: &Site<'_>, kind: RunErrorKind) -> CliError {
    context.run_error(site, RunError::before_any_step(kind))
}
