//! Runs over the databases of a command, one after the other, and how they are summed up.

use crate::exec;
use crate::exec::Migrator;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::RevisionFormat;
use crate::ui::Output;

use super::context::Context;
use super::elsewhere::Elsewhere;
use super::error::CliError;
use super::journaling;
use super::legs;
use super::missing_file;
use super::run_arguments::RunArguments;
use super::run_arguments::options_of;
use super::sites::Site;
use super::summary::Outcome;
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
    let failures = check_python(context, sites, &options, request)?;
    run_all(context, sites, failures, &options, request, output)
}

fn run_all(
    context: &Context,
    sites: &[Site<'_>],
    failures: Vec<Option<CliError>>,
    options: &RunOptions,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    if legs::may_be_needed(context, sites, request)? {
        let survey = Survey::new(context, sites, options, &|_| request.clone())?;
        if survey.has_needs() {
            let outcomes = legs::run(context, survey, options, output);
            return finish(context, outcomes, output);
        }
    }
    let mut outcomes = Vec::new();
    for (site, failure) in sites.iter().zip(failures) {
        if sites.len() > 1 {
            output.talk(format_args!("[{}]", site.name()));
        }
        let mut outcome = Outcome::of(site.name());
        let result = match failure {
            Some(error) => Err(error),
            None => run_site(context, site, request, options, output),
        };
        match result {
            Ok(report) => {
                if report.steps.is_empty() && report.before == report.after {
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
    outcomes.extend(sites[outcomes.len()..].iter().map(|site| Outcome::of(site.name())));
    finish(context, outcomes, output)
}

/// Sums the run up and makes its result of it.
pub(super) fn finish(
    context: &Context,
    outcomes: Vec<Outcome>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    // Where nothing was done, each database has said so already.
    if outcomes.len() > 1 && !outcomes.iter().all(Outcome::is_nothing) {
        for outcome in &outcomes {
            output.remark(outcome);
        }
    }
    if context.globals.json {
        let databases: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| Some((&outcome.database, outcome.report.as_ref()?)))
            .map(|(name, report)| serde_json::json!({ "database": name, "report": report }))
            .collect();
        let errors = outcomes.iter().filter_map(|outcome| outcome.error.as_ref());
        let errors: Vec<_> = errors.map(super::failure::as_json).collect();
        output.json(&serde_json::json!({ "databases": databases, "errors": errors }))?;
    }
    let total = outcomes.len();
    let errors = outcomes.into_iter().filter_map(|outcome| outcome.error).collect();
    CliError::of_sites(errors, total)
}

/// Refuses a run over several databases of which one would come to Python that does not run: what
/// can be known beforehand is no reason to leave them at different revisions. Only a database that
/// has such Python is asked where it is.
///
/// Gives for each site why it could not be asked: it is not tried again when its turn comes.
fn check_python(
    context: &Context,
    sites: &[Site<'_>],
    options: &RunOptions,
    request: &Request,
) -> Result<Vec<Option<CliError>>, CliError> {
    let is_python = |id: &RevisionId| {
        let file = context.revisions.find(id);
        file.is_some_and(|file| file.format == RevisionFormat::Python)
    };
    let mut failures = Vec::new();
    for site in sites {
        let mut failure = None;
        let options = options_of(site, options);
        if sites.len() > 1 && has_unfit_python(context, site, &options, request) {
            let migrator = Migrator::new(site.graph, &context.revisions, options);
            let checked = site
                .heads()
                .map(|heads| migrator.check_scripts(site.url.dialect(), &heads, request));
            match checked {
                Ok(Err(RunErrorKind::Script(unfit))) if is_python(&unfit.revision) => {
                    let error = RunError::before_any_step(RunErrorKind::Script(unfit));
                    return Err(CliError::Run { database: site.name().to_owned(), error });
                }
                // Whatever else is wrong, the run itself finds before its first effect.
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
        }
        failures.push(failure);
    }
    Ok(failures)
}

/// Whether there is Python among the revisions of a site that `request` could come to, and that
/// does not run. Asks no database.
fn has_unfit_python(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    request: &Request,
) -> bool {
    let directions: &[Direction] = match request {
        Request::Upgrade(_) => &[Direction::Upgrade],
        Request::Downgrade(_) => &[Direction::Downgrade],
        Request::Steps { .. } => &[Direction::Upgrade, Direction::Downgrade],
        Request::Stamp { .. } | Request::TakeOver(_) => &[],
    };
    let (revisions, dialect) = (&context.revisions, site.url.dialect());
    let mut python = revisions.files().iter().filter(|file| {
        file.format == RevisionFormat::Python && site.graph.find(&file.revision.id).is_some()
    });
    python.any(|file| {
        let id = &file.revision.id;
        let is_unfit =
            |way: &Direction| exec::script_of(id, *way, revisions, dialect, options).is_err();
        directions.iter().any(is_unfit)
    })
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
    let mut database = site.connect(false)?;
    site.announce(output);
    if !matches!(request, Request::Stamp { purge: true, .. }) {
        site.check_version_table(database.as_mut())?;
    }
    let options = options_of(site, options);
    let mut elsewhere = Elsewhere::new(context, site, &options, request)?;
    let mut watch = Watch { database: site.name(), output };
    let result = Migrator::new(site.graph, &context.revisions, options.clone()).run_through(
        database.as_mut(),
        request,
        &mut watch,
        &mut elsewhere,
    );
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
