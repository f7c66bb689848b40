//! The error of a row that no file declares, with all that is known of it.

use crate::cli::git::Commit;
use crate::cli::git::LostFile;
use crate::cli::missing_file::Journaled;
use crate::cli::missing_file::MissingFile;
use crate::cli::missing_file::Rows;
use crate::graph::RevisionId;

use super::Failure;
use super::target;

pub(super) fn file(missing: &MissingFile) -> Failure {
    let MissingFile { database, error, rows, journaled, git, .. } = missing;
    let mut failure = target::unknown_row(error, &set_rows(database, rows));
    failure = failure.detail(format!("in database {database}"));
    if let Some(journaled) = journaled {
        failure = failure.detail(applied(journaled));
    }
    let Some(git) = git else {
        return from_journal(failure, missing);
    };
    let LostFile { path, added, branches, removed } = git;
    failure = failure.detail(format!("git: {path} was added by {}", commit(added)));
    failure = match removed {
        Some(removed) => failure.detail(format!("git: it was removed by {}", commit(removed))),
        None if branches.is_empty() => failure,
        None => failure.detail(format!("git: it is on {}", branches.join(", "))),
    };
    let failure =
        failure.hint(format!("bring the file back: git checkout {} -- :/{path}", added.hash));
    from_journal(failure, missing)
}

fn applied(journaled: &Journaled) -> String {
    let Journaled { at, actor, host, direction, file, message, .. } = journaled;
    let word = if direction == "stamp" { "stamped" } else { "applied" };
    let file = file.as_deref().map_or(String::new(), |file| format!(" from {file}"));
    let message = match message.as_deref() {
        None | Some("") => String::new(),
        Some(message) => format!(": {message}"),
    };
    format!("{word} on {} by {actor} at {host}{file}{message}", at.format("%Y-%m-%d %H:%M:%S UTC"))
}

fn commit(commit: &Commit) -> String {
    format!("commit {} ({}, {})", commit.hash, commit.date, commit.author)
}

/// How the version rows are set by hand: `stamp --purge` takes away every row that it does not
/// name, so that those which are right are named.
pub(super) fn set_rows(database: &str, rows: &Rows) -> String {
    let list = |ids: &[RevisionId], by: &str| {
        ids.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(by)
    };
    let right = match rows.right.is_empty() {
        true => String::new(),
        false => format!("{} ", list(&rows.right, " ")),
    };
    format!(
        "set the rows with `limbeck stamp --purge {right}REVISION -d {database}`, with REVISION in \
         the place of {}",
        list(&rows.lost, ", ")
    )
}

/// The way out that needs no file. Of this revision only, and of no other branch.
fn from_journal(failure: Failure, missing: &MissingFile) -> Failure {
    let MissingFile { database, revision, journaled, .. } = missing;
    match journaled {
        Some(Journaled { has_text: true, .. }) => failure.hint(format!(
            "or revert it with the text that the journal has kept: limbeck downgrade \
             --from-journal {revision}@-1 -d {database}"
        )),
        _ => failure,
    }
}
