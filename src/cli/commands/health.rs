//! `limbeck health`.

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Depth;
use crate::cli::health::Lookout;
use crate::cli::health::Problem;
use crate::cli::health::ProblemSet;
use crate::cli::health::Roster;
use crate::cli::health::Survey;
use crate::cli::health::groups;
use crate::cli::health::lines;
use crate::cli::health::survey;
use crate::cli::manner::Manner;
use crate::cli::unrouted::ids;
use crate::ui::Output;

/// Look whether every database is there, complete and at its heads; changes nothing
///
/// All databases are looked at, at the same time, each within its `timeout` (5 seconds if the
/// configuration says nothing). With --quiet only what is wrong is shown.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct HealthArguments {
    /// What counts as failure, separated by commas: unconfigured, unreachable, missing, unknown,
    /// failed, edited, ahead, pending, tables, locked; the first four always do [default: all but
    /// locked]
    #[arg(long, value_name = "WORDS")]
    fail_on: Option<ProblemSet>,
}

pub(super) fn run(
    globals: Globals,
    arguments: &HealthArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (context, flaws) = Context::load_to_look(globals, output)?;
    let counting = arguments.fail_on.clone().unwrap_or_default();
    let roster = Roster::new(&context, flaws)?;
    let survey = survey(&context, roster, Depth::Everything, &mut Lookout::default())?;
    let unrouted = match counting.has(Problem::Pending) && survey.flaws.is_empty() {
        true => context.unrouted(output)?,
        false => Vec::new(),
    };
    let code = context.judge_unrouted(&unrouted, survey.exit_code(&counting), output);
    if context.globals.json {
        output.json(&serde_json::json!({
            "healthy": code == ExitCode::Done,
            "exit_code": code as u8,
            "databases": survey.databases,
            "unrouted": ids(&unrouted),
            "errors": survey.errors(),
        }))?;
        return Ok(code);
    }
    for group in groups(&survey.databases) {
        for line in lines(&group, &counting, context.globals.quiet) {
            output.data(line)?;
        }
    }
    if survey.databases.len() > 1 {
        output.status(summary(&survey, &counting))?;
    }
    for flaw in &survey.flaws {
        failure::show(flaw, Manner::default(), output);
    }
    Ok(code)
}

fn summary(survey: &Survey, counting: &ProblemSet) -> String {
    let is_well = |health: &&crate::cli::health::SiteHealth| health.gravest(counting).is_none();
    let well = survey.databases.iter().filter(is_well).count();
    format!("{well} of {} databases are well", survey.databases.len())
}
