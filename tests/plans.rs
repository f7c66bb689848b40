//! `limbeck plan` and `limbeck apply`, and runs over several databases of which one needs
//! something of another.

mod across;
mod applying;
mod incident;
mod needs;
mod showing;
mod summaries;

use crate::support::{ProjectBuilder, project, revision};

/// Two databases with a branch each. `b2` of the second needs `a2` of the first, which is listed
/// behind it, so that their steps take turns.
fn two_databases() -> ProjectBuilder {
    project()
        .config(
            "[databases.metrics]\nurl = \"sqlite:metrics.db\"\nbranches = [\"metrics\"]\n\
             [databases.app]\nurl = \"sqlite:app.db\"\nbranches = [\"app\"]\n",
        )
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("a2", &["a1"]))
        .revision(revision("a3", &["a2"]))
        .revision(revision("b1", &[]).label("metrics"))
        .revision(revision("b2", &["b1"]).depends_on("a2"))
        .revision(revision("b3", &["b2"]))
}
