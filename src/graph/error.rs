//! Why a set of revisions is no graph.

use std::fmt;
use std::path::PathBuf;

use super::id::BranchLabel;
use super::id::RevisionId;

/// A revision and the file that declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The revision.
    pub id: RevisionId,
    /// Its file.
    pub path: PathBuf,
}

/// Which kind of edge an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// An edge of `down_revision`.
    DownRevision,
    /// An edge of `depends_on`.
    DependsOn,
}

/// Why revisions do not form a graph. The texts are Alembic's where Alembic has one (section 2.5
/// of its reference).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two files declare the same revision.
    #[error("Revision {id} is present more than once")]
    DuplicateRevision {
        /// The identifier.
        id: RevisionId,
        /// The file that was loaded first.
        first: PathBuf,
        /// The file that repeats it.
        second: PathBuf,
    },
    /// A label is declared by two revisions, or is the id of another revision.
    #[error("Branch name '{label}' in revision {} already used by revision {}", .second.id, .first.id)]
    DuplicateLabel {
        /// The label.
        label: BranchLabel,
        /// Who had it first.
        first: Declared,
        /// Who repeats it.
        second: Declared,
    },
    /// A `down_revision` or `depends_on` names nothing that exists.
    #[error("Revision {target} referenced from {} is not present", .revision.id)]
    UnknownReference {
        /// The revision that refers to it.
        revision: Declared,
        /// What it refers to.
        target: String,
        /// The key in which it stands.
        edge: EdgeKind,
        /// The existing name that is nearest to it.
        nearest: Option<String>,
    },
    /// A `depends_on` is the beginning of several ids.
    #[error("Multiple revisions start with '{target}', which revision {} depends on", .revision.id)]
    AmbiguousDependency {
        /// The revision that refers to it.
        revision: Declared,
        /// The prefix as written.
        target: String,
        /// The ids that begin with it.
        candidates: Vec<RevisionId>,
    },
    /// A revision names itself.
    #[error("{} is detected in revisions ({})", match .edge {
        EdgeKind::DownRevision => "Self-loop",
        EdgeKind::DependsOn => "Dependency self-loop",
    }, .revision.id)]
    SelfLoop {
        /// The revision.
        revision: Declared,
        /// The key in which it names itself.
        edge: EdgeKind,
    },
    /// Revisions follow each other in a circle. If any edge of it is a dependency, `edge` says so.
    #[error("{} is detected in revisions ({})", match .edge {
        EdgeKind::DownRevision => "Cycle",
        EdgeKind::DependsOn => "Dependency cycle",
    }, Ids(.members))]
    Cycle {
        /// All members of the circle, by id.
        members: Vec<Declared>,
        /// Whether dependencies take part.
        edge: EdgeKind,
    },
}

struct Ids<'a>(&'a [Declared]);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, declared) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", declared.id)?;
        }
        Ok(())
    }
}

/// Something in the files that works but is better mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphWarning {
    /// A revision names an ancestor of one of its other parents as a parent. Alembic breaks on
    /// such a file (section 11, B1, of its reference); here it changes nothing, since version
    /// rows are the maximal applied revisions.
    #[error(
        "Revision {} names {redundant} beside {through}, which already follows it; {redundant} can be left out",
        .revision.id
    )]
    RedundantParent {
        /// The revision with the redundant parent.
        revision: Declared,
        /// The parent that can be left out.
        redundant: RevisionId,
        /// The other parent, through which it is reached.
        through: RevisionId,
    },
}
