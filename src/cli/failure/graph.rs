//! Errors of the graph, and of dividing it among databases.

use crate::cli::exit_code::ExitCode;
use crate::env::RouteError;
use crate::graph::BranchLabel;
use crate::graph::GraphError;

use super::Failure;

pub(super) fn graph(error: &GraphError) -> Failure {
    let failure = Failure::new(ExitCode::Integrity, error.to_string());
    match error {
        GraphError::DuplicateRevision { first, second, .. } => failure
            .at(first, None)
            .at(second, None)
            .hint("give one of them another `revision`, and correct what refers to it"),
        GraphError::DuplicateLabel { first, second, .. } => {
            failure.at(&first.path, None).at(&second.path, None)
        }
        GraphError::UnknownReference { revision, nearest: Some(nearest), .. } => {
            failure.at(&revision.path, None).hint(format!("did you mean {nearest}?"))
        }
        GraphError::UnknownReference { revision, .. } => failure.at(&revision.path, None).hint(
            "bring its file back; where it was applied it can be reverted without: limbeck \
                 downgrade --from-journal TARGET",
        ),
        GraphError::AmbiguousDependency { revision, candidates, .. } => {
            let ids: Vec<&str> = candidates.iter().map(AsRef::as_ref).collect();
            failure.at(&revision.path, None).hint(format!("it could be: {}", ids.join(", ")))
        }
        GraphError::SelfLoop { revision, .. } => failure.at(&revision.path, None),
        GraphError::Cycle { members, .. } => {
            members.iter().fold(failure, |failure, member| failure.at(&member.path, None))
        }
    }
}

pub(super) fn route(error: &RouteError) -> Failure {
    match error {
        RouteError::Graph(error) => graph(error),
        RouteError::NoSuchBranch { nearest, .. } => {
            Failure::new(ExitCode::Configuration, error.to_string())
                .hint(format!("did you mean '{nearest}'?"))
        }
        RouteError::NoSuchDatabase { revision, nearest, known, .. } => {
            Failure::new(ExitCode::Configuration, error.to_string())
                .at(&revision.path, None)
                .hint_if(nearest.as_ref().map(|nearest| format!("did you mean '{nearest}'?")))
                .hint(format!("there are: {}", known.join(", ")))
        }
        RouteError::Merge { revision, labels, .. } => {
            Failure::new(ExitCode::Configuration, error.to_string())
                .at(&revision.path, None)
                .hint(
                    "merge the heads of one database only: limbeck merge heads --database NAME -m \
                     MESSAGE",
                )
                .hint(format!("or {}, if both are for one database", add_to_branches(labels)))
        }
        RouteError::NeedsTenants { revision, needed, .. } => {
            Failure::new(ExitCode::Configuration, error.to_string())
                .at(&revision.path, None)
                .at(&needed.path, None)
                .hint("there may be no tenant yet, and there will be more: turn it round")
        }
        RouteError::NeededNowhere { revision, needed, labels, .. } => {
            let failure = Failure::new(ExitCode::Configuration, error.to_string())
                .at(&revision.path, None)
                .at(&needed.path, None);
            match labels.is_empty() {
                true => failure.hint("correct `databases` of the revision that it depends on"),
                false => failure.hint(format!(
                    "{}, or correct `databases` of the revision that it depends on",
                    add_to_branches(labels)
                )),
            }
        }
    }
}

fn add_to_branches(labels: &[BranchLabel]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("'{label}'")).collect();
    format!("add {} to the `branches` of the database", labels.join(" or "))
}
