//! Why a target means nothing here. Each error carries what would have been possible.

use std::fmt;

use crate::graph::BranchLabel;
use crate::graph::RevisionId;

/// A head, with the labels by which it can be named.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeadOf {
    /// The head.
    pub id: RevisionId,
    /// The labels of its branch.
    pub labels: Vec<BranchLabel>,
}

/// Why a target cannot be resolved. The texts are Alembic's (section 2.5 of its reference); the
/// fields hold what a caller needs to say more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No id begins with the text, and no label is it.
    #[error("Can't locate revision identified by '{text}'")]
    NoSuchRevision {
        /// The text that was looked up, without its branch.
        text: String,
        /// The existing name nearest to it.
        nearest: Option<String>,
    },
    /// Several ids or labels begin with the text.
    #[error("Can't locate revision identified by '{text}'")]
    AmbiguousPrefix {
        /// The text that was looked up.
        text: String,
        /// Every name that begins with it.
        candidates: Vec<String>,
    },
    /// What stands before `@` is neither a label nor a revision.
    #[error("Can't locate revision identified by '{text}'")]
    NoSuchBranch {
        /// The text before `@`.
        text: String,
        /// The existing label nearest to it.
        nearest: Option<String>,
        /// Every label there is.
        labels: Vec<BranchLabel>,
    },
    /// The revision exists, but on another branch than the one named.
    #[error("Can't locate revision identified by '{text}'")]
    NotInBranch {
        /// The text that was looked up.
        text: String,
        /// The revision it stands for.
        id: RevisionId,
        /// The text before `@`.
        branch: String,
    },
    /// A form that has no meaning for this command (`+1` for `show`, `current` for `upgrade`).
    #[error("Can't locate revision identified by '{text}'")]
    FormNotAllowed {
        /// The text after `@`.
        text: String,
    },
    /// `head` where there are several.
    #[error(
        "Multiple head revisions are present for given argument '{argument}'; please specify a \
         specific target revision, '<branchname>@{argument}' to narrow to a specific head, or \
         'heads' for all heads"
    )]
    MultipleHeads {
        /// The target as typed.
        argument: String,
        /// The heads there are.
        heads: Vec<HeadOf>,
    },
    /// The same, for `stamp`.
    #[error("Multiple heads are present; please specify a single target revision")]
    MultipleHeadsToStamp {
        /// The heads there are.
        heads: Vec<HeadOf>,
    },
    /// The same, for a new revision.
    #[error(
        "Multiple heads are present; please specify the head revision on which the new revision \
         should be based, or perform a merge."
    )]
    MultipleHeadsForRevision {
        /// The heads there are.
        heads: Vec<HeadOf>,
    },
    /// A relative target passes the end of the history, or points the wrong way.
    #[error("Relative revision {relative} didn't produce {steps} migrations")]
    TooFar {
        /// Sign and number, as typed.
        relative: String,
        /// The number.
        steps: u32,
    },
    /// `revision-N` below the base.
    #[error("Walked too far")]
    WalkedTooFar,
    /// A relative target meets a fork or a merge.
    #[error("Ambiguous walk")]
    AmbiguousWalk {
        /// Where the ways part; `None` at the base.
        at: Option<RevisionId>,
        /// The ways.
        candidates: Vec<HeadOf>,
    },
    /// `upgrade +N` with several rows.
    #[error("Ambiguous upgrade from multiple current revisions")]
    AmbiguousUpgrade {
        /// The rows to start from.
        rows: Vec<HeadOf>,
    },
    /// `downgrade -N` with several rows. Alembic warns and takes one of them.
    #[error("downgrade {relative} from multiple heads is ambiguous")]
    AmbiguousDowngrade {
        /// Sign and number, as typed.
        relative: String,
        /// The rows.
        rows: Vec<HeadOf>,
    },
    /// `label@-N` when nothing of that branch is applied.
    #[error("Nothing of branch '{branch}' is applied")]
    BranchNotApplied {
        /// The text before `@`.
        branch: String,
        /// The rows.
        rows: Vec<HeadOf>,
    },
    /// One requested revision follows another.
    #[error(
        "Requested revision {id} overlaps with other requested revisions {}",
        Joined(.others)
    )]
    Overlap {
        /// The upper one.
        id: RevisionId,
        /// Those below it.
        others: Vec<RevisionId>,
    },
    /// The target is not applied, or nothing applied follows it.
    #[error("Destination {target} is not a valid downgrade target from current head(s)")]
    NotADowngradeTarget {
        /// The target as typed.
        target: String,
        /// The rows.
        rows: Vec<HeadOf>,
    },
    /// The branch of the target has nothing to revert there.
    #[error("Not a valid downgrade target from current heads")]
    NothingOfBranch {
        /// The target as typed.
        target: String,
    },
    /// The ends of a range are not on one line.
    #[error(
        "Requested range {start}:{end} does not refer to ancestor/descendant revisions along the \
         same branch"
    )]
    UnrelatedRange {
        /// The lower end as typed.
        start: String,
        /// The upper end as typed.
        end: String,
    },
    /// A row of the version table that no file declares.
    #[error("Can't locate revision identified by '{id}'")]
    UnknownRow {
        /// The row.
        id: RevisionId,
        /// The existing id nearest to it.
        nearest: Option<String>,
    },
}

struct Joined<'a>(&'a [RevisionId]);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<&str> = self.0.iter().map(RevisionId::as_str).collect();
        f.write_str(&texts.join(", "))
    }
}
