//! `limbeck merge`.

use crate::graph::Edges;
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
    refuse_across(context, &heads)?;
    let wanted = Wanted {
        message: arguments.message.as_deref(),
        heads,
        is_merge: true,
        splice: arguments.splice,
        branch_labels: &arguments.branch_labels,
        depends_on: &[],
        version_path: None,
        rev_id: arguments.rev_id.as_deref(),
        template: arguments.template,
    };
    create(context, &wanted, output)
}

/// Refuses to merge `heads` where they are those of several databases: each would be led to the
/// scripts of the other.
fn refuse_across(context: &Context, targets: &[Target]) -> Result<(), CliError> {
    let is_all = targets.iter().any(|target| *target == Target::heads());
    if !is_all || !context.chosen_names()?.is_empty() || context.project.databases.len() < 2 {
        return Ok(());
    }
    let graph = context.revisions.graph();
    let heads = graph.heads(Edges::All);
    let mut databases = Vec::new();
    for route in context.routes()? {
        let own = route.graph.heads(Edges::All);
        if heads.iter().all(|head| route.graph.find(graph.id(*head)).is_some()) {
            return Ok(());
        }
        let ids = own.into_iter().map(|node| route.graph.id(node).clone()).collect();
        databases.push((route.name().to_owned(), ids));
    }
    Err(CliError::MergeAcross { databases })
}
