//! `limbeck merge`.

use crate::target::ParseTargetError;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::revision::Wanted;
use super::revision::create;

/// Merge two revisions together. Creates a new revision file
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MergeArguments {
    /// One or more revisions, or 'heads' for all heads
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Message string to use with 'revision'
    #[arg(short, long, allow_hyphen_values = true)]
    message: Option<String>,
    /// Specify a branch label to apply to the new revision (repeatable)
    #[arg(long = "branch-label", value_name = "LABEL")]
    branch_labels: Vec<String>,
    /// Specify a hardcoded revision id instead of generating one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Allow a non-head revision as the 'head' to splice onto
    #[arg(long)]
    splice: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &MergeArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let heads = arguments
        .revisions
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Target>, ParseTargetError>>()?;
    let wanted = Wanted {
        message: arguments.message.as_deref(),
        heads,
        splice: arguments.splice,
        branch_labels: &arguments.branch_labels,
        depends_on: &[],
        version_path: None,
        rev_id: arguments.rev_id.as_deref(),
    };
    create(context, &wanted, output)
}
