//! `limbeck db seed`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::run_arguments::RunArguments;
use crate::cli::seeds;
use crate::cli::seeds::Manner;
use crate::cli::seeds::Seeding;
use crate::ui::Output;

/// Bring the rows that databases begin with
///
/// Runs the `.sql` and `.csv` files of `seeds/`: those of `seeds/NAME/` on the database NAME, those
/// of a directory `tenants/` in each tenant, those of `env/NAME/` only with --env NAME. What has been
/// run is in the journal, and is not run again; rows of a `.csv` file that have changed are. Each
/// file is one transaction. A database with `protected = true` is seeded only with --yes.
#[derive(Debug, clap::Args)]
pub(super) struct SeedArguments {
    /// The seeds, by their paths below the directory or the end of these; `*` stands for any
    /// letters [default: all]
    #[arg(value_name = "SEED")]
    names: Vec<String>,
    /// Run the seeds of this environment too
    #[arg(long, value_name = "NAME", env = "LIMBECK_ENV", hide_env_values = true)]
    env: Option<String>,
    /// Show what would be run, and run nothing
    #[arg(long, visible_alias = "dry-run")]
    plan: bool,
    /// Run the seeds that are named also where they have been run
    #[arg(long, requires = "names")]
    again: bool,
    /// Seed protected databases too
    #[arg(long, short = 'y')]
    yes: bool,
    /// Wait so many seconds for another run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_wait: u64,
}

pub(super) fn run(
    context: &Context,
    arguments: &SeedArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let manner = Manner {
        names: arguments.names.clone(),
        environment: arguments.env.clone(),
        again: arguments.again,
        only_plan: arguments.plan,
        allow_protected: arguments.yes,
        is_upgrade: false,
    };
    let options = RunArguments::waiting(arguments.lock_wait).options(context)?;
    let seeding = Seeding::read(context, options, manner)?;
    let routes = context.routes()?;
    let seeded = seeding.run(routes, output)?;
    let total = seeded.len();
    if context.globals.json {
        let errors: Vec<_> =
            seeded.iter().filter_map(|one| one.error.as_ref()).map(failure::as_json).collect();
        let databases = seeds::as_json(&seeded, arguments.plan);
        output.json(&serde_json::json!({ "databases": databases, "errors": errors }))?;
    } else if arguments.plan && seeded.iter().any(|one| !one.reports.is_empty()) {
        output.text(&seeds::table(&seeded).to_string())?;
    }
    if seeding.is_empty() {
        let directory = failure::short(&context.project.scripts.seeds);
        output.talk(format_args!("nothing to do: there are no seeds in {directory}"));
    } else if total == 0 {
        output.talk("nothing to do: no seed is for what was chosen");
    }
    CliError::of_sites(seeded.into_iter().filter_map(|one| one.error).collect(), total)?;
    Ok(ExitCode::Done)
}
