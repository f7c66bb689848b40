//! `limbeck merge`.

use crate::target::ParseTargetError;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::revision::FileKind;
use super::revision::Wanted;
use super::revision::create;

/// Merge revisions together, in a new revision file
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MergeArguments {
    /// One or more revisions, or 'heads' for all heads
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// What the revision does, in a few words
    #[arg(short, long, allow_hyphen_values = true)]
    message: Option<String>,
    /// Give the new revision this branch label (repeatable)
    #[arg(long = "branch-label", value_name = "LABEL")]
    branch_labels: Vec<String>,
    /// Use this revision id instead of a random one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Allow revisions that are no heads
    #[arg(long)]
    splice: bool,
    /// The kind of file to write [default: py in an Alembic project, sql in any other]
    #[arg(long, value_enum, value_name = "KIND")]
    template: Option<FileKind>,
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
        template: arguments.template,
    };
    create(context, &wanted, output)
}
