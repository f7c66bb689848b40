//! `limbeck fleet create`.

use std::collections::BTreeSet;
use std::str::FromStr;

use uuid::Uuid;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fan_out;
use crate::cli::fan_out::MostFailures;
use crate::cli::fleet;
use crate::cli::fleet::FleetProblem;
use crate::cli::fleet::Home;
use crate::cli::fleet::site_name;
use crate::cli::health::Patience;
use crate::cli::routing::Route;
use crate::cli::sites;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::db;
use crate::db::NewRollout;
use crate::db::NewSite;
use crate::db::NewWave;
use crate::db::Refused;
use crate::db::Window;
use crate::env::Approval;
use crate::exec::Request;
use crate::plan::Plan;
use crate::target::Target;
use crate::target::TargetKind;
use crate::ui::Output;

/// Write down what is to be brought on, for `limbeck fleet work`
///
/// Takes the databases and tenants that are behind; --database, --tenants and the like choose among
/// them. The files are pinned: a worker with others does not begin.
#[derive(Debug, clap::Args)]
pub(super) struct CreateArguments {
    /// Where it leads to: a revision, a head or 'heads' [default: heads]
    revision: Option<String>,
    /// Begin no further site once more than so many have failed, or so many of a hundred (`5%`)
    #[arg(long, value_name = "N|P%")]
    max_failures: Option<MostFailures>,
    /// Work on no more than so many sites of one server at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    per_server: Option<u16>,
    /// Begin sites at this time of day only, in UTC, such as 22:00-04:00
    #[arg(long, value_name = "HH:MM-HH:MM")]
    window: Option<WindowArgument>,
    /// How long a worker that is not heard of keeps its sites, such as 60s
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = lease)]
    lease: Patience,
    /// Do all tenants at once, whatever `waves` say
    #[arg(long)]
    no_waves: bool,
    /// Begin only when `limbeck fleet resume` says so
    #[arg(long)]
    paused: bool,
    /// Succeed without another one where there is such a rollout already, of the same files and
    /// target
    #[arg(long)]
    if_needed: bool,
    /// Say something about it that `status` shows
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// The value of `--window`.
#[derive(Debug, Clone, Copy)]
struct WindowArgument(Window);

impl FromStr for WindowArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write two times of a day, such as 22:00-04:00";
        let minutes = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() == 2);
            let (hour, minute) = (number(hour)?, number(minute)?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to) = text.split_once('-').ok_or(FORM)?;
        match (minutes(from), minutes(to)) {
            (Some(from), Some(to)) if from != to => Ok(WindowArgument(Window { from, to })),
            _ => Err(FORM),
        }
    }
}

fn lease(text: &str) -> Result<Patience, String> {
    let lease: Patience = text.parse()?;
    // Three renewals must find the time, and a claim must not hang on a busy second.
    match (2..=86_400).contains(&lease.duration().as_secs()) {
        true => Ok(lease),
        false => Err("a lease is from 2 seconds to one day long".to_owned()),
    }
}

/// A database that is behind, with what is to be done there.
struct Behind<'a> {
    site: Site<'a>,
    plan: Plan,
}

pub(super) fn run(
    context: &Context,
    arguments: &CreateArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut home = Home::of(context, false)?;
    context.warn_of_routes(output)?;
    let text = arguments.revision.as_deref().unwrap_or("heads");
    let target: Target = text.parse()?;
    let is_relative = matches!(target.kind, TargetKind::Relative { anchor: None, .. });
    if is_relative || target.is_current() {
        return Err(FleetProblem::Relative { target: text.to_owned() }.into());
    }
    if arguments.revision.is_none() {
        context.refuse_forks("fleet create", output)?;
    }
    let routes = context.routes_for(&target)?;
    let (of_tenants, shared): (Vec<Route<'_>>, Vec<Route<'_>>) =
        routes.into_iter().partition(|route| route.tenants().is_some());
    for tenants in of_tenants.iter().filter_map(Route::tenants) {
        tenants.check()?;
    }
    let request = Request::Upgrade(target);
    let databases = ordered(behind(context.located(shared)?, &request)?)?;
    let tenants = context.located(of_tenants)?;
    for site in &tenants {
        // A tenant without a schema is in the rollout, and fails there.
        if let Some(Known::Unlisted(_)) = site.tenant.as_ref().map(|tenant| &tenant.known) {
            site.check_tenant()?;
        }
    }
    let (new, idle) = rollout(context, arguments, text, &request, (&databases, &tenants))?;
    if new.sites.is_empty() {
        return nothing(context, idle, output);
    }
    let refused = home.with(|home| home.create(&new))?;
    match refused {
        None => {}
        Some(Refused { other, .. })
            if arguments.if_needed
                && other.digest == new.digest
                && other.target == new.target
                && covers(&mut home, &other.id, &new)? =>
        {
            return there(context, &other.id, output);
        }
        Some(Refused { other, database, tenant }) => {
            let site = site_name(&database, tenant.as_deref());
            return Err(FleetProblem::Taken { site, other: other.id }.into());
        }
    }
    tell(context, &new, idle, output)
}

/// Whether all sites of `new` are in the rollout `id`.
fn covers(home: &mut Home<'_>, id: &str, new: &NewRollout) -> Result<bool, CliError> {
    let sites = home.with(|home| home.sites(id))?;
    let known: BTreeSet<(&str, Option<&str>)> =
        sites.iter().map(|site| (site.database.as_str(), site.tenant.as_deref())).collect();
    let mut wanted = new.sites.iter();
    Ok(wanted.all(|site| known.contains(&(site.database.as_str(), site.tenant.as_deref()))))
}

/// The databases of `sites` that are behind.
fn behind<'a>(sites: Vec<Site<'a>>, request: &Request) -> Result<Vec<Behind<'a>>, CliError> {
    let mut behind = Vec::new();
    for site in sites {
        let heads = site.heads()?;
        let plan = request.plan(site.graph, &heads).map_err(|kind| site.journal_error(kind))?;
        if !plan.is_empty() {
            behind.push(Behind { site, plan });
        }
    }
    Ok(behind)
}

impl Behind<'_> {
    fn runs(&self, id: &crate::graph::RevisionId) -> bool {
        self.plan.steps.iter().any(|step| step.revision.as_ref() == Some(id))
    }

    /// The places among `all` of the databases whose pending revisions are needed here.
    fn needs(&self, all: &[Behind<'_>]) -> BTreeSet<usize> {
        let needs = self.site.needs.iter().filter(|need| self.runs(&need.revision));
        needs.flat_map(|need| places(all, need)).collect()
    }
}

/// The places among `all` of the databases that are still to run what is needed.
fn places(all: &[Behind<'_>], need: &crate::plan::Need) -> Vec<usize> {
    let is_needed =
        |other: &Behind<'_>| need.databases.contains(&other.site.name) && other.runs(&need.needed);
    (0..all.len()).filter(|place| is_needed(&all[*place])).collect()
}

/// `databases` in an order in which each comes behind those that it needs.
fn ordered(mut databases: Vec<Behind<'_>>) -> Result<Vec<Behind<'_>>, CliError> {
    let mut ordered: Vec<Behind<'_>> = Vec::with_capacity(databases.len());
    while !databases.is_empty() {
        let free = databases.iter().position(|database| database.needs(&databases).is_empty());
        let Some(free) = free else {
            let names = databases.iter().map(|database| database.site.name.clone()).collect();
            return Err(FleetProblem::Circle { names }.into());
        };
        ordered.push(databases.remove(free));
    }
    Ok(ordered)
}

/// The rollout of `databases` and those of `tenants` that are behind, and how many are not.
fn rollout(
    context: &Context,
    arguments: &CreateArguments,
    target: &str,
    request: &Request,
    (databases, tenants): (&[Behind<'_>], &[Site<'_>]),
) -> Result<(NewRollout, usize), CliError> {
    let mut new_sites: Vec<NewSite> = databases
        .iter()
        .map(|database| NewSite {
            database: database.site.name.clone(),
            tenant: None,
            server: fan_out::server_of(&database.site),
            wave: 0,
            needs: database.needs(databases).into_iter().collect(),
        })
        .collect();
    let numbers = match arguments.no_waves {
        true => vec![0; tenants.len()],
        false => fan_out::wave_numbers(tenants),
    };
    let is_behind = |site: &Site<'_>| match site.tenant.as_ref().map(|tenant| &tenant.known) {
        // What the rows do not allow, the run itself says.
        Some(Known::At(heads)) => {
            !request.plan(site.graph, heads).is_ok_and(|plan| plan.is_empty())
        }
        _ => true,
    };
    let mut order: Vec<usize> =
        (0..tenants.len()).filter(|place| is_behind(&tenants[*place])).collect();
    order.sort_by_key(|place| numbers[*place]);
    let idle = tenants.len() - order.len();
    let mut waves: BTreeSet<(String, usize)> = BTreeSet::new();
    for place in order {
        let site = &tenants[place];
        let database = &site.settings.name;
        let mut needs: BTreeSet<usize> =
            site.needs.iter().flat_map(|need| places(databases, need)).collect();
        needs.extend(databases.iter().position(|shared| shared.site.name == *database));
        new_sites.push(NewSite {
            database: database.clone(),
            tenant: site.tenant.as_ref().map(|tenant| tenant.name.clone()),
            server: fan_out::server_of(site),
            wave: numbers[place],
            needs: needs.into_iter().collect(),
        });
        waves.insert((database.clone(), numbers[place]));
    }
    let most = arguments.max_failures.map(|most| most.of(new_sites.len()));
    let new = NewRollout {
        id: Uuid::new_v4().simple().to_string()[..12].to_owned(),
        target: target.to_owned(),
        digest: fleet::digest(context, target)?,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        created_by: format!("{}@{}", sites::actor(), sites::host()),
        note: arguments.note.clone(),
        is_paused: arguments.paused,
        lease: i64::try_from(arguments.lease.duration().as_millis()).unwrap_or(i64::MAX),
        max_failures: most.and_then(|most| i64::try_from(most).ok()),
        per_server: arguments.per_server.map(i64::from),
        window: arguments.window.map(|window| window.0),
        identities: identities(context, &new_sites)?,
        sites: new_sites,
        waves: closed(context, &waves),
    };
    Ok((new, idle))
}

/// What tells the databases of `sites` from any other.
fn identities(context: &Context, sites: &[NewSite]) -> Result<Vec<(String, String)>, CliError> {
    let names: BTreeSet<&str> = sites.iter().map(|site| site.database.as_str()).collect();
    let mut identities = Vec::new();
    for settings in context.databases()? {
        if !names.contains(settings.name.as_str()) {
            continue;
        }
        let name = settings.name.clone();
        for site in context.located(vec![context.route_of(settings, false)?])? {
            let identity = db::identity(&site.url, &site.options(true)?);
            let identity = identity.map_err(|error| site.error(error))?;
            identities.extend(identity.map(|identity| (name.clone(), identity)));
        }
    }
    Ok(identities)
}

/// Those of `waves` that do not begin by themselves: all but the first of each database.
fn closed(context: &Context, waves: &BTreeSet<(String, usize)>) -> Vec<NewWave> {
    let mut closed = Vec::new();
    let mut last: Option<&str> = None;
    for (database, number) in waves {
        let is_first = last.replace(database) != Some(database);
        let settings = context.project.databases.iter().find(|known| known.name == *database);
        let tenants = settings.and_then(|settings| settings.tenants.as_ref());
        let Some(waves) = tenants.and_then(|tenants| tenants.waves.as_ref()) else { continue };
        if is_first || *number == 0 {
            continue;
        }
        closed.push(NewWave {
            database: database.clone(),
            number: *number,
            is_manual: waves.approval == Approval::Manual,
            check: waves.check.clone(),
        });
    }
    closed
}

fn nothing(context: &Context, idle: usize, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    if context.globals.json {
        output.json(&serde_json::json!({ "rollout": null, "sites": 0, "idle_tenants": idle }))?;
    } else {
        output.status("nothing to do: no rollout was made")?;
    }
    Ok(ExitCode::Done)
}

fn there(context: &Context, id: &str, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    if context.globals.json {
        output.json(&serde_json::json!({ "rollout": id, "created": false }))?;
    } else {
        output.status(format_args!("rollout {id} is there already"))?;
    }
    Ok(ExitCode::Done)
}

fn tell(
    context: &Context,
    new: &NewRollout,
    idle: usize,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let tenants = new.sites.iter().filter(|site| site.tenant.is_some()).count();
    let databases = new.sites.len() - tenants;
    if context.globals.json {
        output.json(&serde_json::json!({
            "rollout": new.id,
            "created": true,
            "sites": new.sites.len(),
            "databases": databases,
            "tenants": tenants,
            "idle_tenants": idle,
            "waves": new.waves.len() + 1,
            "digest": new.digest,
        }))?;
        return Ok(ExitCode::Done);
    }
    let count = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    let parts = [(databases, "database"), (tenants, "tenant")].into_iter();
    let parts: Vec<String> =
        parts.filter(|(number, _)| *number > 0).map(|(number, noun)| count(number, noun)).collect();
    output.status(format_args!(
        "rollout {}: {} behind {}",
        new.id,
        parts.join(" and "),
        new.target
    ))?;
    let how = if new.is_paused { "limbeck fleet resume, and " } else { "" };
    output.remark(format_args!("on each machine: {how}limbeck fleet work"));
    Ok(ExitCode::Done)
}
