//! The error of a row that no file declares, with all that is known of it.

use crate::cli::git::Commit;
use crate::cli::git::LostFile;
use crate::cli::missing_file::Journaled;
use crate::cli::missing_file::MissingFile;

use super::Failure;
use super::target;

pub(super) fn file(missing: &MissingFile) -> Failure {
    let MissingFile { database, error, revision, journaled, git } = missing;
    let mut failure = target::target(error);
    failure = failure.detail(format!("in database {database}"));
    if let Some(journaled) = journaled {
        failure = failure.detail(applied(journaled));
    }
    let Some(git) = git else {
        return from_journal(failure, journaled.as_ref(), revision.as_str());
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
    from_journal(failure, journaled.as_ref(), revision.as_str())
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

/// The way out that needs no file.
fn from_journal(failure: Failure, journaled: Option<&Journaled>, revision: &str) -> Failure {
    let Some(follows) = journaled.and_then(|journaled| journaled.follows.as_deref()) else {
        return failure;
    };
    let target = match follows {
        [one] => one.to_string(),
        _ => format!("{revision}@-1"),
    };
    let target = if follows.is_empty() { "base".to_owned() } else { target };
    failure.hint(format!(
        "or revert it with the text that the journal has kept: limbeck downgrade --from-journal \
         {target}"
    ))
}
