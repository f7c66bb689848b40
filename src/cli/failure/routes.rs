//! Errors of what is not routed to a database.

use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::not_routed::Reason;

use super::Failure;
use super::short;
use super::target;

/// The errors of `cli::not_routed`.
pub(super) fn routes(error: &CliError) -> Failure {
    match error {
        CliError::NotRouted { reasons, takers, .. } => {
            let failure = Failure::new(ExitCode::Usage, error.to_string());
            if takers.is_empty() {
                return reasons.iter().fold(failure, narrowed).hint(
                    "`branches` of a database in the configuration says which branches it takes",
                );
            }
            let choose = match takers.as_slice() {
                [one] => format!("--database {one}"),
                _ => "--database with one of them".to_owned(),
            };
            reasons.iter().fold(failure, narrowed).hint(format!(
                "it runs on {}: give {choose}; `limbeck route explain` shows which revision runs \
                 where",
                takers.join(", ")
            ))
        }
        CliError::RowNotRouted { database, reason, below, .. } => {
            let failure = Failure::new(ExitCode::Integrity, error.to_string());
            let failure = match reason {
                Reason::Narrowed { databases, path } => failure.at(path, None).hint(format!(
                    "`databases` of the revision names only {}: add {database} if it belongs there",
                    databases.join(", ")
                )),
                Reason::OtherBranch { labels } if labels.is_empty() => failure
                    .hint("give its branch a label, and the database that label in `branches`"),
                Reason::OtherBranch { labels } => {
                    let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
                    let labels = labels.join(" or ");
                    failure.hint(format!("add {labels} to the `branches` of the database"))
                }
            };
            // Without a label it may well have run there: then nothing was only recorded.
            let is_labelled =
                !matches!(reason, Reason::OtherBranch { labels } if labels.is_empty());
            let Some(below) = below.as_ref().filter(|_| is_labelled) else { return failure };
            let ids: Vec<&str> = below.iter().map(AsRef::as_ref).collect();
            let target = if ids.is_empty() { "base".to_owned() } else { ids.join(" ") };
            failure.hint(format!(
                "or, if it was only recorded there, set the rows to what lies below it: limbeck \
                 stamp --purge {target} --database {database}"
            ))
        }
        CliError::TakesAway { path, taken, .. } => taken
            .iter()
            .fold(Failure::new(ExitCode::Usage, error.to_string()), |failure, (name, ids)| {
                let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
                failure.detail(format!("{name} takes {} now", ids.join(", ")))
            })
            .at(path, None)
            .detail("nothing has been written")
            .hint("a branch label reaches down to what its revisions follow: let it follow only revisions of its branch")
            .hint("or give what several databases take a label of its own, in the `branches` of each"),
        CliError::Unrouted { heads } => Failure::new(ExitCode::Pending, error.to_string())
            .detail(match heads.as_slice() {
                [_] => format!("the head is {}", target::heads(heads)),
                _ => format!("the heads are {}", target::heads(heads)),
            })
            .hint("add the branch to the `branches` of a database, or a database for it")
            .hint("or, if it is meant for none, to `unrouted_branches` of [scripts]"),
        CliError::Fork { database, heads, files, without_target, .. } => {
            let failure = Failure::new(ExitCode::Integrity, error.to_string());
            let failure = failure.detail(format!("the heads are {}", target::heads(heads)));
            files
                .iter()
                .fold(failure, |failure, path| failure.at(path, None))
                .hint(format!("join them: limbeck merge heads --database {database} -m MESSAGE"))
                .hint("or let one of them follow the other, if it has not run anywhere yet")
                .hint_if(without_target.map(|command| {
                    format!("or take all of them, as they are: limbeck {command} heads")
                }))
        }
        CliError::MergeAcross { databases } => {
            let mut failure = Failure::new(ExitCode::Usage, error.to_string());
            let mut hints = Vec::new();
            for (name, heads) in databases {
                let ids: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
                failure = failure.detail(format!("{name}: {}", ids.join(", ")));
                if ids.len() > 1 {
                    hints.push(format!("limbeck merge heads --database {name} -m MESSAGE"));
                }
            }
            if hints.is_empty() {
                return failure.hint("each database has one head: there is nothing to merge");
            }
            hints.into_iter().fold(failure, Failure::hint)
        }
        error => Failure::new(ExitCode::Usage, error.to_string()),
    }
}

fn narrowed(failure: Failure, (database, reason): &(String, Reason)) -> Failure {
    match reason {
        Reason::Narrowed { databases, path } => failure.detail(format!(
            "{database}: `databases` in {} names only {}",
            short(path),
            databases.join(", ")
        )),
        Reason::OtherBranch { .. } => failure,
    }
}
