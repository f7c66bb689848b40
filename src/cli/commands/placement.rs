//! Where a new revision goes: which heads it follows, and on which databases it runs.

use crate::env::Rule;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::routing::divide;

use super::revision::Wanted;

/// The place of a new revision in the graph.
pub(super) struct Placement {
    /// What it follows, in the graph that listings show.
    pub(super) nodes: Vec<Node>,
    /// The labels that it declares.
    pub(super) labels: Vec<BranchLabel>,
}

impl Placement {
    /// Finds what is `wanted`. A label that exists already stands for its branch: to declare it
    /// again would break the history, as Alembic lets it.
    pub(super) fn new(
        context: &Context,
        wanted: &Wanted<'_>,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        let graph = context.listed_graph()?;
        let whole = context.revisions.graph();
        let labels = wanted.branch_labels.iter().map(|label| label.parse::<BranchLabel>());
        let mut labels = labels.collect::<Result<Vec<_>, _>>()?;
        // In a project like any other of Alembic's, its words stay as they are.
        let is_alembics = output.stands_in() && context.project.databases.len() < 2;
        let existing: Vec<BranchLabel> = if is_alembics {
            Vec::new()
        } else {
            let exists = |label: &&BranchLabel| whole.labels().any(|(known, _)| known == *label);
            labels.iter().filter(exists).cloned().collect()
        };
        let mut targets = wanted.heads.clone();
        if targets.is_empty() {
            targets = match existing.as_slice() {
                [] => vec!["head".parse()?],
                labels => {
                    let heads = labels.iter().map(|label| format!("{label}@head").parse());
                    heads.collect::<Result<_, _>>()?
                }
            };
        }
        if targets.iter().any(|target| target.branch.is_some()) {
            // Says which database takes the branch, where the chosen one does not.
            context.routes_of_placement(&targets)?;
        }
        let nodes = heads(graph, &targets);
        let mut nodes = nodes.map_err(|error| context.not_routed_or(&targets, error))?;
        if wanted.heads.is_empty() {
            // Two labels of one branch are one place.
            nodes.dedup();
        }
        check_different(&nodes)?;
        let on_branch = |label: &BranchLabel| {
            nodes.iter().any(|node| {
                whole.find(graph.id(*node)).is_some_and(|n| whole.labels_of(n).contains(label))
            })
        };
        for label in existing.iter().filter(|label| on_branch(label)) {
            labels.retain(|other| other != label);
            if !output.stands_in() {
                let ids: Vec<&str> = nodes.iter().map(|node| graph.id(*node).as_str()).collect();
                output.talk(format_args!(
                    "branch '{label}' exists: the new revision follows {} and does not declare it \
                     again",
                    ids.join(", ")
                ));
            }
        }
        if nodes.is_empty() && labels.is_empty() && wanted.heads.is_empty() {
            labels.extend(label_to_begin(context, output)?);
        }
        Ok(Placement { nodes, labels })
    }

    /// The revisions that the file is to name. Where only revisions of other databases follow the
    /// head that a chosen database has, the chain goes on behind them.
    pub(super) fn down_revisions(
        &self,
        context: &Context,
        graph: &RevisionGraph,
    ) -> Result<Vec<RevisionId>, CliError> {
        let ids = self.nodes.iter().map(|node| graph.id(*node));
        ids.map(|id| last_of_chain(context, id)).collect()
    }
}

/// The only head of the whole history above `id`, if on each chosen database everything between
/// is of the same branch and runs elsewhere; else `id` itself.
fn last_of_chain(context: &Context, id: &RevisionId) -> Result<RevisionId, CliError> {
    let whole = context.revisions.graph();
    let Some(node) = whole.find(id) else { return Ok(id.clone()) };
    if context.chosen_names()?.is_empty() || whole.is_head(node, Edges::Versioned) {
        return Ok(id.clone());
    }
    let above = whole.descendants([node], Edges::Versioned);
    let mut heads = above.iter().filter(|node| whole.is_head(*node, Edges::Versioned));
    let (Some(head), None) = (heads.next(), heads.next()) else { return Ok(id.clone()) };
    for route in context.routes()? {
        let verdict = context.routing()?.verdict(whole, head, route.name())?;
        if !verdict.is_some_and(|verdict| matches!(verdict.rule, Rule::Narrowed { .. })) {
            return Ok(id.clone());
        }
    }
    Ok(whole.id(head).clone())
}

/// The branch that the only chosen database takes, if nothing has begun it.
fn label_to_begin(
    context: &Context,
    output: &mut Output<'_>,
) -> Result<Option<BranchLabel>, CliError> {
    if context.chosen_names()?.is_empty() {
        return Ok(None);
    }
    let routes = context.routes()?;
    let [route] = routes.as_slice() else { return Ok(None) };
    let branches = match route.tenants() {
        Some(tenants) => Some(tenants.branches.as_slice()),
        None => route.settings.branches.as_deref(),
    };
    let Some([label]) = branches else { return Ok(None) };
    if !route.graph.is_empty() || context.revisions.graph().by_name(label.as_str()).is_some() {
        return Ok(None);
    }
    output.talk(format_args!("the new revision begins branch '{label}'"));
    Ok(Some(label.clone()))
}

fn heads(graph: &RevisionGraph, targets: &[Target]) -> Result<Vec<Node>, CliError> {
    let resolver = Resolver::new(graph);
    let mut heads = Vec::new();
    for target in targets {
        let nodes = resolver.revisions(target).map_err(|error| match error {
            TargetError::MultipleHeads { heads, .. } => {
                TargetError::MultipleHeadsForRevision { heads }
            }
            other => other,
        })?;
        heads.extend(nodes);
    }
    Ok(heads)
}

/// Not before all are known to exist.
fn check_different(heads: &[Node]) -> Result<(), CliError> {
    let is_repeated = |(place, node): (usize, &Node)| heads[..place].contains(node);
    if heads.iter().enumerate().any(is_repeated) { Err(CliError::DuplicateHeads) } else { Ok(()) }
}

/// The databases on which `file` runs, once it is written.
///
/// # Errors
/// When the history with it does not stand, or leads a database into a branch that it does not
/// take: a merge across databases. Or when it would take revisions away from a database that has them
/// now.
pub(super) fn routes_of(context: &Context, file: &RevisionFile) -> Result<Vec<String>, CliError> {
    let mut revisions: Vec<_> =
        context.revisions.files().iter().map(|file| file.revision.clone()).collect();
    revisions.push(file.revision.clone());
    let grown = RevisionGraph::build(revisions)?;
    let narrowed = |id: &RevisionId| -> &[String] {
        if *id == file.revision.id {
            return &file.options.databases;
        }
        context.revisions.find(id).map_or(&[], |file| &file.options.databases)
    };
    let routing = divide(&context.project, &grown, narrowed)?;
    let mut runs = Vec::new();
    let mut taken = Vec::new();
    for database in &context.project.databases {
        let part = routing.part(&grown, &database.name)?;
        let part = part.as_ref().map_or(&grown, |part| &part.graph);
        if part.find(&file.revision.id).is_some() {
            runs.push(database.name.clone());
        }
        let lost = lost(context, &database.name, part);
        if !lost.is_empty() {
            taken.push((database.name.clone(), lost));
        }
    }
    if !taken.is_empty() {
        let (id, path) = (file.revision.id.clone(), file.revision.path.clone());
        return Err(CliError::TakesAway { id, path, taken });
    }
    Ok(runs)
}

/// The revisions that `database` takes now and that its new `part` has no more: a label reaches
/// down to what its revisions follow, and what has no label is everybody's who follows it.
fn lost(context: &Context, database: &str, part: &RevisionGraph) -> Vec<RevisionId> {
    let whole = context.revisions.graph();
    // A division that does not stand now cannot be made worse.
    let Ok(now) = context.routing().map(|routing| routing.part(whole, database)) else {
        return Vec::new();
    };
    let Ok(now) = now else { return Vec::new() };
    let now = now.as_ref().map_or(whole, |part| &part.graph);
    let ids = now.nodes().map(|node| now.id(node));
    ids.filter(|id| part.find(id).is_none()).cloned().collect()
}

/// The `databases` that keep `file`, which would run on `routes`, to the chosen databases. A merge
/// is for all that have what it merges, and only an SQL revision can say so.
pub(super) fn narrowing(
    context: &Context,
    wanted: &Wanted<'_>,
    file: &RevisionFile,
    routes: &[String],
) -> Result<Vec<String>, CliError> {
    let chosen = context.chosen_names()?;
    let is_other = |name: &String| !chosen.contains(name);
    if chosen.is_empty()
        || wanted.is_merge
        || file.format != RevisionFormat::Native
        || context.globals.ignore_routes
        || !routes.iter().any(is_other)
    {
        return Ok(Vec::new());
    }
    Ok(routes.iter().filter(|name| chosen.contains(name)).cloned().collect())
}

/// Says where the new revision runs.
pub(super) fn tell_routes(context: &Context, routes: &[String], output: &mut Output<'_>) {
    if output.stands_in() || context.project.databases.is_empty() {
        return;
    }
    if routes.is_empty() {
        output.insist("warning: no database takes the branch of the new revision");
    } else if context.project.databases.len() > 1 {
        let word = if routes.len() == 1 { "database" } else { "databases" };
        output.talk(format_args!("it runs on {word} {}", routes.join(", ")));
    }
}
