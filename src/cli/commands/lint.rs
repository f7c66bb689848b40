//! `limbeck lint`.

use std::collections::BTreeSet;

use crate::lint;
use crate::lint::Finding;
use crate::lint::Level;
use crate::lint::LintDatabase;
use crate::lint::LintOptions;
use crate::lint::Subject;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short;

/// Look for mistakes in revision files and routes; no database is opened
///
/// Ends with status 6 if there are errors. With --database, only what concerns these databases.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LintArguments {
    /// Warn of revisions with more statements than this
    #[arg(long, value_name = "NUMBER")]
    max_statements: Option<usize>,
}

pub(super) fn run(
    context: &Context,
    arguments: &LintArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut databases = Vec::new();
    for database in &context.project.databases {
        // Without its variables nobody knows where it is, but the files can be read all the same.
        let dialect = database.url.as_ref().ok().map(|url| url.dialect());
        databases.push(LintDatabase {
            name: database.name.clone(),
            branches: database.branches.clone(),
            dialect,
            shared: None,
        });
        if let Some(tenants) = &database.tenants {
            databases.push(LintDatabase {
                name: tenants.name.clone(),
                branches: Some(tenants.branches.clone()),
                dialect,
                shared: tenants.url.is_none().then(|| database.name.clone()),
            });
        }
    }
    let options = LintOptions {
        unrouted_branches: context.project.scripts.unrouted_branches.clone(),
        max_statements: arguments.max_statements,
    };
    let subject = Subject::new(&context.revisions, context.routing()?, databases, options)?;
    let mut findings = lint::lint(&subject);
    if !context.chosen_names()?.is_empty() {
        let routes = context.routes()?;
        findings.retain(|finding| match (&finding.database, &finding.revision) {
            (Some(name), _) => routes.iter().any(|route| route.name() == name),
            (None, Some(id)) => routes.iter().any(|route| route.graph.find(id).is_some()),
            (None, None) => true,
        });
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let counts = [Level::Error, Level::Warning, Level::Info].map(|level| (level, count(level)));
    if context.globals.json {
        output.json(&serde_json::json!({
            "findings": findings,
            "errors": counts[0].1,
            "warnings": counts[1].1,
        }))?;
    } else {
        for finding in &findings {
            tell(finding, output)?;
        }
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let counts: Vec<String> =
            counts.map(|(level, count)| format!("{count} {}", plural(*level, *count))).collect();
        output.talk(if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") });
    }
    Ok(if count(Level::Error) > 0 { ExitCode::Lint } else { ExitCode::Done })
}

fn plural(level: Level, count: usize) -> &'static str {
    match (level, count) {
        (Level::Info, _) => "for information",
        (_, 1) => level.word(),
        (Level::Error, _) => "errors",
        (Level::Warning, _) => "warnings",
    }
}

fn tell(finding: &Finding, output: &mut Output<'_>) -> Result<(), CliError> {
    output.data(format_args!("{}[{}]: {}", finding.level.word(), finding.rule, finding.message))?;
    let mut shown = BTreeSet::new();
    for (index, path) in finding.paths.iter().enumerate().filter(|(_, path)| shown.insert(*path)) {
        let line = finding.line.filter(|_| index == 0);
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        output.data(format_args!("  --> {}{line}", short(path)))?;
    }
    if let Some(hint) = &finding.hint {
        output.data(format_args!("  hint: {hint}"))?;
    }
    Ok(())
}
