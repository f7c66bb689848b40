//! Errors of what was typed in the place of a revision.

use crate::cli::exit_code::ExitCode;
use crate::target::HeadOf;
use crate::target::ParseTargetError;
use crate::target::TargetError;

use super::Failure;

pub(super) fn parse_target(error: &ParseTargetError) -> Failure {
    let failure = Failure::new(ExitCode::Usage, error.to_string());
    match error {
        ParseTargetError::TrailingText { text, column } => failure.source_line(text, *column),
        _ => failure,
    }
}

pub(super) fn heads(heads: &[HeadOf]) -> String {
    let texts: Vec<String> = heads
        .iter()
        .map(|head| {
            let labels: Vec<&str> = head.labels.iter().map(AsRef::as_ref).collect();
            match labels.is_empty() {
                true => head.id.to_string(),
                false => format!("{} ({})", head.id, labels.join(", ")),
            }
        })
        .collect();
    texts.join(", ")
}

/// Targets that say the same for each head: `label@WHAT`, or `id@WHAT` where there is no label
/// that only this head has.
fn targets_for_each(all: &[HeadOf], what: &str) -> Vec<String> {
    all.iter()
        .map(|head| {
            let own = head
                .labels
                .iter()
                .find(|label| all.iter().filter(|other| other.labels.contains(label)).count() == 1);
            match own {
                Some(label) => format!("{label}@{what}"),
                None => format!("{}@{what}", head.id),
            }
        })
        .collect()
}

/// The same, as a list in a sentence.
fn narrowed(all: &[HeadOf], what: &str) -> String {
    let texts: Vec<String> =
        targets_for_each(all, what).iter().map(|target| format!("'{target}'")).collect();
    texts.join(", ")
}

/// `database` is the one that the error is about, where it is about one.
pub(super) fn target(error: &TargetError, database: Option<&str>) -> Failure {
    let usage = || Failure::new(ExitCode::Usage, error.to_string());
    let integrity = || Failure::new(ExitCode::Integrity, error.to_string());
    match error {
        TargetError::NoSuchRevision { text, nearest } => {
            let word = crate::graph::nearest(text, ["head", "heads", "base", "current"]);
            let nearest = nearest.as_deref().or(word);
            let failure =
                usage().hint_if(nearest.map(|nearest| format!("did you mean '{nearest}'?")));
            if nearest.is_none() && text.chars().count() < 4 {
                failure.hint("an abbreviation needs at least four characters to be safe")
            } else {
                failure
            }
        }
        TargetError::AmbiguousPrefix { candidates, .. } => {
            usage().hint(format!("it could be: {}", candidates.join(", ")))
        }
        TargetError::NoSuchBranch { nearest, labels, .. } => {
            let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
            usage()
                .hint_if(nearest.as_ref().map(|nearest| format!("did you mean '{nearest}'?")))
                .hint(match labels.is_empty() {
                    true => "no revision has a branch label".to_owned(),
                    false => format!("the branch labels are: {}", labels.join(", ")),
                })
        }
        TargetError::NotInBranch { id, branch, .. } => {
            usage().hint(format!("revision {id} is not a member of branch '{branch}'"))
        }
        TargetError::FormNotAllowed { text } => {
            usage().hint(format!("'{text}' has no meaning for this command"))
        }
        TargetError::MultipleHeads { heads: all, .. }
        | TargetError::MultipleHeadsToStamp { heads: all } => {
            let branch = match error {
                TargetError::MultipleHeads { argument, .. } => argument.rsplit_once('@'),
                _ => None,
            };
            let heads_of_branch = branch.map_or("heads".to_owned(), |(b, _)| format!("{b}@heads"));
            integrity().detail(format!("the heads are {}", heads(all))).hint(format!(
                "use {} or '{heads_of_branch}', or join them: limbeck merge {} -m MESSAGE",
                narrowed(all, "head"),
                targets_for_each(all, "head").join(" ")
            ))
        }
        TargetError::MultipleHeadsForRevision { heads: all } => integrity()
            .detail(format!("the heads are {}", heads(all)))
            .hint(format!("give --head with one of {}", narrowed(all, "head"))),
        TargetError::AmbiguousWalk { at, candidates } => {
            let at = at.as_ref().map_or_else(|| "the base".to_owned(), ToString::to_string);
            usage().hint(format!(
                "from {at} the ways are {}: name the one you mean",
                heads(candidates)
            ))
        }
        TargetError::AmbiguousUpgrade { rows } => {
            usage().hint(format!("say which: {}", narrowed(rows, "+1")))
        }
        TargetError::AmbiguousDowngrade { rows, relative } => {
            let steps = relative.rsplit('@').next().unwrap_or(relative);
            usage()
                .detail(format!("the database is at {}", heads(rows)))
                .hint(format!("say which: {}", narrowed(rows, steps)))
        }
        TargetError::BranchNotApplied { rows, .. }
        | TargetError::NotADowngradeTarget { rows, .. } => usage().hint(match rows.is_empty() {
            true => "nothing is applied".to_owned(),
            false => format!("the database is at {}", heads(rows)),
        }),
        TargetError::Overlap { others, .. } => {
            let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
            integrity().hint(format!(
                "rows of the version table follow one another; `limbeck stamp --purge ROWS{}` with \
                 all of them but {} sets them right",
                on(database),
                others.join(", ")
            ))
        }
        TargetError::UnknownRow { .. } => unknown_row(
            error,
            &format!(
                "set the rows with `limbeck stamp --purge ROWS{}`, naming all that are to be there",
                on(database)
            ),
        ),
        TargetError::TooFar { .. } | TargetError::WalkedTooFar => usage().hint(
            "the history ends before that: `limbeck current` shows where the database is, `limbeck \
             history` what there is",
        ),
        TargetError::NothingOfBranch { .. } | TargetError::UnrelatedRange { .. } => usage(),
    }
}

/// The error of a row that no file declares; `how` says how the rows are set instead.
pub(super) fn unknown_row(error: &TargetError, how: &str) -> Failure {
    let nearest = match error {
        TargetError::UnknownRow { nearest, .. } => nearest.as_ref(),
        _ => None,
    };
    Failure::new(ExitCode::Integrity, error.to_string())
        .hint_if(nearest.map(|nearest| format!("did you mean '{nearest}'?")))
        .hint(format!(
            "no file declares this row of the version table: a newer release, or another \
             checkout, has been here. `limbeck journal` tells who has applied it; check that one \
             out, or {how}"
        ))
}

/// What makes a command be about this database only.
fn on(database: Option<&str>) -> String {
    database.map_or_else(String::new, |name| format!(" -d {name}"))
}
