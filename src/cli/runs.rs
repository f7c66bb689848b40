//! Runs over the databases of a command, one after the other, and how they are summed up.

use crate::exec::Migrator;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::exec::Standpoint;
use crate::exec::WhichRepeatables;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::script::RevisionFormat;
use crate::ui::Output;

use super::context::Context;
use super::elsewhere::Elsewhere;
use super::error::CliError;
use super::journaling;
use super::legs;
use super::missing_file;
use super::repeatables;
use super::run_arguments::RunArguments;
use super::run_arguments::options_of;
use super::run_hooks::RunHooks;
use super::seeds;
use super::seeds::Seeded;
use super::sites::Site;
use super::summary;
use super::summary::Outcome;
use super::summary::TenantName;
use super::survey::Survey;
use super::watch::Watch;

/// Carries `request` out on every site, one after the other, unless something of one needs
/// something of another: then in legs. A database that fails does not keep the others from being
/// done; a user who interrupts does.
pub(super) fn run(
    context: &Context,
    sites: &[Site<'_>],
    arguments: &RunArguments,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let options = arguments.options(context)?;
    let outcomes = outcomes(context, sites, &options, request, output)?;
    finish(context, outcomes, output)
}

/// The same without summing up.
pub(super) fn outcomes(
    context: &Context,
    sites: &[Site<'_>],
    options: &RunOptions,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<Vec<Outcome>, CliError> {
    let beforehand = check_python(context, sites, options, request)?;
    if legs::may_be_needed(context, sites, request)? {
        let survey = Survey::new(context, sites, options, &|_| request.clone())?;
        if survey.has_needs() {
            let mut outcomes = legs::run(context, survey, options, output);
            if matches!(request, Request::Upgrade(_)) {
                repeat(context, sites, &mut outcomes, options, output);
            }
            return Ok(outcomes);
        }
    }
    let mut outcomes = Vec::new();
    for (site, beforehand) in sites.iter().zip(beforehand) {
        if sites.len() > 1 {
            output.talk(format_args!("[{}]", site.name()));
        }
        let mut outcome = Outcome::of(site);
        let result = match beforehand {
            Beforehand::Failed(error) => Err(error),
            Beforehand::Unasked => run_site(context, site, request, options, output),
            Beforehand::Idle(standpoint) => {
                run_site_from(context, site, Some(standpoint), request, options, output)
            }
        };
        match result {
            Ok(report) => {
                repeatables::tell(site.name(), &report.repeatables, output);
                if report.is_nothing() {
                    output.remark(format_args!("nothing to do{}", at(&report.after)));
                }
                outcome.report = Some(report);
            }
            Err(error) => outcome.fail(error),
        }
        let is_interrupted = outcome.is_interrupted();
        outcomes.push(outcome);
        if is_interrupted {
            break;
        }
    }
    outcomes.extend(sites[outcomes.len()..].iter().map(|site| Outcome::of(site)));
    Ok(outcomes)
}

/// Runs the repeatable scripts of the sites on which all went well.
fn repeat(
    context: &Context,
    sites: &[Site<'_>],
    outcomes: &mut [Outcome],
    options: &RunOptions,
    output: &mut Output<'_>,
) {
    for (site, outcome) in sites.iter().zip(outcomes) {
        if outcome.error.is_some() || !context.has_repeatables(site) {
            continue;
        }
        if sites.len() > 1 {
            output.talk(format_args!("[{}]", site.name()));
        }
        match repeatables::run(context, site, &WhichRepeatables::Due, options, output) {
            Ok(report) => outcome.add(report),
            Err(error) => outcome.fail(error),
        }
    }
}

/// Sums the run up and makes its result of it.
pub(super) fn finish(
    context: &Context,
    outcomes: Vec<Outcome>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    finish_with(context, outcomes, None, output)
}

/// The same with what became of the seeds, where these were asked for.
pub(super) fn finish_with(
    context: &Context,
    outcomes: Vec<Outcome>,
    seeded: Option<Vec<Seeded>>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    if outcomes.len() > 1 {
        let databases = outcomes.iter().filter(|outcome| outcome.tenant.is_none());
        // Where nothing was done, each database has said so already.
        if !outcomes.iter().all(Outcome::is_nothing) {
            databases.for_each(|outcome| output.remark(outcome));
        }
        for line in summary::of_tenants(&outcomes) {
            output.remark(line);
        }
    }
    if context.globals.json {
        let databases: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| Some((outcome, outcome.report.as_ref()?)))
            .map(|(outcome, report)| match &outcome.tenant {
                None => serde_json::json!({ "database": outcome.database, "report": report }),
                Some(TenantName { tenant, .. }) => serde_json::json!({
                    "database": outcome.database,
                    "tenant": tenant,
                    "report": report,
                }),
            })
            .collect();
        let of_runs = outcomes.iter().filter_map(|outcome| outcome.error.as_ref());
        let of_seeds = seeded.iter().flatten().filter_map(|one| one.error.as_ref());
        let errors: Vec<_> = of_runs.chain(of_seeds).map(super::failure::as_json).collect();
        let mut json = serde_json::json!({ "databases": databases, "errors": errors });
        if let (Some(seeded), Some(json)) = (&seeded, json.as_object_mut()) {
            json.insert("seeds".to_owned(), seeds::as_json(seeded, false).into());
        }
        output.json(&json)?;
    }
    let total = outcomes.len();
    let of_seeds = seeded.into_iter().flatten().filter_map(|one| one.error);
    let of_runs = outcomes.into_iter().filter_map(|outcome| outcome.error);
    let errors = of_runs.chain(of_seeds).collect();
    CliError::of_sites(errors, total)
}

/// What is known of a site before the first one is touched.
pub(super) enum Beforehand {
    /// Nothing: it is asked when its turn comes.
    Unasked,
    /// Nothing is to be done there, and it is not asked again.
    Idle(Standpoint),
    /// It could not be reached, and is not tried again.
    Failed(CliError),
}

/// Refuses a run over several databases of which one has steps that limbeck does not run and no
/// Python does either: what can be known beforehand is no reason to leave them at different
/// revisions. Where no revision is Python, no database is asked.
///
/// # Errors
/// Those of the first such database.
pub(super) fn check_python(
    context: &Context,
    sites: &[Site<'_>],
    options: &RunOptions,
    request: &Request,
) -> Result<Vec<Beforehand>, CliError> {
    sites
        .iter()
        .map(|site| match sites.len() > 1 && has_python(context, site, request) {
            true => look(context, site, &options_of(site, options), request),
            false => Ok(Beforehand::Unasked),
        })
        .collect()
}

/// Whether `request` could come to Python on a site.
fn has_python(context: &Context, site: &Site<'_>, request: &Request) -> bool {
    let runs_scripts = match request {
        Request::Upgrade(_) | Request::Downgrade(_) | Request::Steps { .. } => true,
        Request::Stamp { .. } | Request::TakeOver(_) => false,
    };
    let mut files = context.revisions.files().iter();
    runs_scripts
        && files.any(|file| {
            file.format == RevisionFormat::Python && site.graph.find(&file.revision.id).is_some()
        })
}

fn look(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    request: &Request,
) -> Result<Beforehand, CliError> {
    let mut database = match site.connect_to_read() {
        Ok(database) => database,
        Err(error) => return Ok(Beforehand::Failed(error)),
    };
    // Whatever else is wrong, the run itself finds before its first effect.
    if site.check_version_table(database.as_mut()).is_err() {
        return Ok(Beforehand::Unasked);
    }
    let migrator = Migrator::new(site.graph, &context.revisions, options.clone());
    let Ok(standpoint) = migrator.read(database.as_mut(), request) else {
        return Ok(Beforehand::Unasked);
    };
    let is_python = |id: &RevisionId| {
        let file = context.revisions.find(id);
        file.is_some_and(|file| file.format == RevisionFormat::Python)
    };
    let refused = |kind| {
        let error = RunError::before_any_step(kind);
        Err(CliError::Run { database: site.name().to_owned(), error })
    };
    match migrator.check_from(&standpoint, site.url.dialect(), request) {
        Ok(false) => Ok(Beforehand::Idle(standpoint)),
        Err(RunErrorKind::Script(unfit)) if is_python(&unfit.revision) => {
            refused(RunErrorKind::Script(unfit))
        }
        Err(
            kind @ (RunErrorKind::PythonNeeded { .. }
            | RunErrorKind::Handoff(_)
            | RunErrorKind::Python(_)
            | RunErrorKind::Interrupted { .. }),
        ) => refused(kind),
        Ok(true) | Err(_) => Ok(Beforehand::Unasked),
    }
}

pub(super) fn at(heads: &Heads) -> String {
    if heads.is_empty() {
        return String::new();
    }
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    format!(" (at {})", ids.join(", "))
}

pub(super) fn run_site(
    context: &Context,
    site: &Site<'_>,
    request: &Request,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Result<Report, CliError> {
    run_site_from(context, site, None, request, options, output)
}

/// The same; `standpoint` is where the database is, if that is known.
fn run_site_from(
    context: &Context,
    site: &Site<'_>,
    standpoint: Option<Standpoint>,
    request: &Request,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Result<Report, CliError> {
    let hooks = RunHooks::of(site, request)?;
    let mut database = site.connect(false)?;
    site.announce(output);
    if !matches!(request, Request::Stamp { purge: true, .. }) {
        site.check_version_table(database.as_mut())?;
    }
    let options = options_of(site, options);
    let mut elsewhere = Elsewhere::new(context, site, &options, request)?;
    let mut watch = Watch { database: site.name(), output };
    let migrator = Migrator::new(site.graph, &context.revisions, options.clone());
    let database = database.as_mut();
    let result = hooks.around(&mut elsewhere, &mut watch, |gate, observer| match standpoint {
        Some(from) => migrator.run_from(from, database, request, observer, gate),
        None => migrator.run_through(database, request, observer, gate),
    });
    elsewhere.release(&mut watch);
    result.map_err(|error| {
        journaling::record_lost_connection(site, request, &error, &options);
        explained_error(context, site, error)
    })
}

/// An error of a run on an open database: with what is known of a row that no file declares.
pub(super) fn explained_error(context: &Context, site: &Site<'_>, error: RunError) -> CliError {
    missing_file::explained(context, site, context.run_error(site, error))
}
