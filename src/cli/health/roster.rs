//! The databases that are to be looked at: all that are meant, whatever is wrong with the
//! configuration of some of them or with the files of the revisions.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::routing::Route;
use crate::cli::sites::Site;
use crate::graph::RevisionGraph;

/// The databases of an invocation, and what keeps anybody from judging any of them.
pub(in crate::cli) struct Roster<'a> {
    /// In the order of the configuration.
    pub(in crate::cli) entries: Vec<Entry<'a>>,
    /// Mistakes in the files, for which nobody knows what should be applied.
    pub(in crate::cli) flaws: Vec<CliError>,
}

/// A database that is to be looked at.
pub(in crate::cli) struct Entry<'a> {
    pub(in crate::cli) name: String,
    /// The revisions that it takes; `None` where nobody knows.
    pub(in crate::cli) graph: Option<&'a RevisionGraph>,
    /// Where it is, or what the configuration lacks to tell.
    pub(in crate::cli) site: Result<Site<'a>, Vec<CliError>>,
}

impl<'a> Roster<'a> {
    /// The databases that are meant in `context`, which was read with these `flaws`.
    ///
    /// # Errors
    /// When it cannot be told which databases are meant.
    pub(in crate::cli) fn new(
        context: &'a Context,
        mut flaws: Vec<CliError>,
    ) -> Result<Self, CliError> {
        let is_known = flaws.is_empty();
        let mut entries = Vec::new();
        for meant in context.meant()? {
            let (settings, is_of_tenants) = meant.clone();
            let (route, graph) = match context.route_of(settings, is_of_tenants) {
                Ok(route) => {
                    let graph = is_known.then_some(route.graph);
                    (route, graph)
                }
                Err(error) => {
                    add(&mut flaws, error);
                    let (settings, is_of_tenants) = meant;
                    let graph = context.revisions.graph();
                    (Route { settings, is_of_tenants, graph, not_begun: &[], needs: &[] }, None)
                }
            };
            let name = route.name().to_owned();
            match sites(context, route) {
                // A name that is wrong is no matter of the database.
                Err(mut lacking) if matches!(lacking[..], [CliError::NoSuchTenant { .. }]) => {
                    return Err(lacking.remove(0));
                }
                Err(lacking) => entries.push(Entry { site: Err(lacking), name, graph }),
                Ok(sites) => entries.extend(sites.into_iter().map(|site| Entry {
                    name: site.name.clone(),
                    site: Ok(site),
                    graph,
                })),
            }
        }
        Ok(Roster { entries, flaws })
    }

    /// The databases of which it is known where they are.
    pub(in crate::cli) fn sites(&self) -> impl Iterator<Item = &Site<'a>> {
        self.entries.iter().filter_map(|entry| entry.site.as_ref().ok())
    }
}

/// Adds `error`, unless it says what is known: several databases may meet one mistake.
fn add(flaws: &mut Vec<CliError>, error: CliError) {
    let told = failure::place_and_message(&error);
    if flaws.iter().all(|known| failure::place_and_message(known) != told) {
        flaws.push(error);
    }
}

fn sites<'a>(context: &Context, route: Route<'a>) -> Result<Vec<Site<'a>>, Vec<CliError>> {
    context.place_of(&route.settings)?;
    context.located(vec![route]).map_err(|error| vec![error])
}
