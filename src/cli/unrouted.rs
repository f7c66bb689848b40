//! Branches that no database takes: what is never run must not go unnoticed.

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::HeadOf;
use crate::target::Resolver;
use crate::ui::Entry;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::exit_code::ExitCode;

/// The ids of `heads`, for JSON.
pub(super) fn ids(heads: &[HeadOf]) -> Vec<&RevisionId> {
    heads.iter().map(|head| &head.id).collect()
}

impl Context {
    /// Says which branches go nowhere: heads that no database takes, and branches that a database
    /// takes but nobody has begun.
    pub(super) fn warn_of_routes(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        if self.globals.ignore_routes {
            return Ok(());
        }
        for route in &self.all_routes()? {
            for label in route.not_begun {
                output.insist(format_args!(
                    "warning: database {} takes branch '{label}', but no revision has that label \
                     yet",
                    route.name()
                ));
            }
        }
        let graph = self.revisions.graph();
        for label in &self.project.scripts.unrouted_branches {
            if graph.by_name(label.as_str()).is_none() {
                output.insist(format_args!(
                    "warning: `unrouted_branches` names branch '{label}', but no revision has that \
                     label"
                ));
            }
        }
        for head in self.heads_nowhere()? {
            output.insist(format_args!(
                "warning: no database takes revision {}: its branch is never run",
                Entry::new(graph, head).as_head()
            ));
        }
        Ok(())
    }

    /// The heads that no database takes, where the databases of `limbeck.toml` divide the
    /// branches among them and all of them are meant. What is declared to be for none is left out.
    pub(super) fn unrouted(&self, output: &Output<'_>) -> Result<Vec<HeadOf>, CliError> {
        let is_plain = self.project.alembic.is_some() && self.project.databases.len() < 2;
        let is_chosen = self.globals.url.is_some() || !self.chosen_names()?.is_empty();
        if output.stands_in() || is_plain || is_chosen {
            return Ok(Vec::new());
        }
        Ok(Resolver::new(self.revisions.graph()).describe(&self.heads_nowhere()?))
    }

    /// `code`, unless all is well but for `unrouted` heads, of which this tells.
    pub(super) fn judge_unrouted(
        &self,
        unrouted: &[HeadOf],
        code: ExitCode,
        output: &mut Output<'_>,
    ) -> ExitCode {
        if unrouted.is_empty() {
            return code;
        }
        let error = CliError::Unrouted { heads: unrouted.to_vec() };
        super::failure::show(&error, super::manner::Manner::default(), output);
        if code == ExitCode::Done { ExitCode::Pending } else { code }
    }

    /// The heads of the history that no database of the configuration takes.
    fn heads_nowhere(&self) -> Result<Vec<Node>, CliError> {
        let routes = self.all_routes()?;
        if routes.is_empty() {
            return Ok(Vec::new());
        }
        let graph: &RevisionGraph = self.revisions.graph();
        let declared = &self.project.scripts.unrouted_branches;
        let mut heads = graph.heads(Edges::Versioned);
        heads.retain(|head| {
            routes.iter().all(|route| route.graph.find(graph.id(*head)).is_none())
                && !graph.labels_of(*head).iter().any(|label| declared.contains(label))
        });
        Ok(heads)
    }
}
