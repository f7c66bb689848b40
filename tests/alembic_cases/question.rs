//! The language of the tables: one question to limbeck's library, and its answer.
//!
//! ```text
//! graph a; b|a; c|b|dependency|label      the revisions, in load order: `id|down,down|depends_on|labels`
//! graph a|a ! text                        they form no graph, and this is the error
//! upgrade +1 from a = b => b              the steps in their order, and the rows they end with
//! downgrade x@base from a b ~ b a => -    the same, in any order
//! stamp b from a = a>b => b               each step with the rows it replaces
//! apply b from a = b                      one revision, by itself, and the rows after it; also `revert`
//! history a:current from b = b a          what is listed; `from` gives the rows
//! order c d above a = d c b               everything between, in the order of listings
//! revision x@head = a                     one revision; `revisions` may be several
//! current from b = a b                    what `current` lists, in load order
//! heads = a b                             also `real_heads`, counting dependencies, and `bases`
//! ancestors b = a b                       also `parents`, and `normalized` for those that the order goes by
//! everything                              every revision is listed once, before all that it follows
//! ```
//!
//! `-` is nothing: no rows, no steps, no revision. In the place of ` = `, ` ! ` stands before the beginning of an error.
//! `alembic: ` before a line says what Alembic answers where limbeck means to differ.

use std::error::Error;

use limbeck::graph::{Edges, Heads, Node, Revision, RevisionGraph, RevisionId};
use limbeck::plan::{self, Direction, Plan, Step};
use limbeck::target::{Resolver, Target};

type Answer = Result<String, Box<dyn Error>>;

/// The graph that `text` describes, or why it is none.
pub(super) fn graph(text: &str) -> Result<RevisionGraph, String> {
    let texts = text.split(';').map(str::trim).filter(|text| !text.is_empty());
    RevisionGraph::build(texts.map(revision).collect()).map_err(|error| error.to_string())
}

fn revision(text: &str) -> Revision {
    let mut fields = text.split('|').map(|field| field.split(',').filter(|part| !part.is_empty()));
    let mut next = || fields.next().into_iter().flatten();
    let id: RevisionId = next().next().unwrap().parse().unwrap();
    let mut revision = Revision::new(id.clone(), format!("{id}.py"));
    revision.down_revisions = next().map(|id| id.parse().unwrap()).collect();
    revision.depends_on = next().map(str::to_owned).collect();
    revision.branch_labels = next().map(|label| label.parse().unwrap()).collect();
    revision
}

/// A question with what must come of it.
#[derive(Debug)]
pub(super) struct Check<'a> {
    question: &'a str,
    expected: Expected<'a>,
}

#[derive(Debug)]
enum Expected<'a> {
    Answer(&'a str),
    AnyOrder(&'a str),
    Refusal(&'a str),
}

impl<'a> Check<'a> {
    pub(super) fn parse(line: &'a str) -> Self {
        if let Some((question, text)) = line.split_once(" ! ") {
            Check { question, expected: Expected::Refusal(text) }
        } else if let Some((question, text)) = line.split_once(" ~ ") {
            Check { question, expected: Expected::AnyOrder(text) }
        } else if let Some((question, text)) = line.split_once(" = ") {
            Check { question, expected: Expected::Answer(text) }
        } else {
            Check { question: line, expected: Expected::Answer("yes") }
        }
    }

    /// Asks, and says what else came of it.
    pub(super) fn look(&self, graph: &RevisionGraph) -> Result<(), String> {
        let found = answer(graph, self.question);
        let is_expected = match (&found, &self.expected) {
            (Ok(found), Expected::Answer(expected)) => found == expected,
            (Ok(found), Expected::AnyOrder(expected)) => sorted(found) == sorted(expected),
            (Err(error), Expected::Refusal(expected)) => error.to_string().starts_with(expected),
            _ => false,
        };
        if is_expected { Ok(()) } else { Err(format!("{found:?}")) }
    }
}

/// The steps in no order, and the rows.
fn sorted(answer: &str) -> (Vec<&str>, &str) {
    let (steps, rows) = answer.split_once(" => ").unwrap();
    let mut steps: Vec<&str> = steps.split(' ').collect();
    steps.sort_unstable();
    (steps, rows)
}

fn answer(graph: &RevisionGraph, question: &str) -> Answer {
    let (verb, rest) = question.split_once(' ').unwrap_or((question, ""));
    let (subject, rows) = match rest.strip_prefix("from ") {
        Some(rows) => ("", rows),
        None => rest.split_once(" from ").unwrap_or((rest, "-")),
    };
    let rows: Heads = words(rows).map(|id| id.parse().unwrap()).collect();
    let resolver = Resolver::new(graph);
    let node = || graph.by_name(subject).unwrap();
    Ok(match verb {
        "upgrade" => ran(graph, &plan::upgrade(graph, &rows, &subject.parse()?)?),
        "downgrade" => ran(graph, &plan::downgrade(graph, &rows, &subject.parse()?)?),
        "stamp" => {
            let targets: Result<Vec<Target>, _> = words(subject).map(str::parse).collect();
            let plan = plan::stamp(graph, &rows, &targets?)?;
            format!("{} => {}", joined(plan.steps.iter().map(replaced)), shown(plan.after()))
        }
        "apply" => match plan::apply_one(graph, &rows, node())? {
            Some(step) => shown(&step.after),
            None => shown(&rows),
        },
        "revert" => shown(&plan::revert_one(graph, &rows, node())?.after),
        "history" => ids(graph, plan::history(graph, &rows, &subject.parse()?)?),
        "order" => order(graph, subject)?,
        "revision" => ids(graph, resolver.revision(&subject.parse()?)?),
        "revisions" => ids(graph, resolver.revisions(&subject.parse()?)?),
        "heads" => ids(graph, graph.heads(Edges::Versioned)),
        "real_heads" => ids(graph, graph.heads(Edges::All)),
        "current" => ids(graph, resolver.branch_heads_of_applied(&resolver.rows(&rows)?)),
        "bases" => ids(graph, graph.bases(Edges::Versioned)),
        "ancestors" => {
            let mut ids: Vec<&str> = graph
                .ancestors([node()], Edges::All)
                .iter()
                .map(|ancestor| graph.id(ancestor).as_str())
                .collect();
            ids.sort_unstable();
            joined(ids)
        }
        "parents" => ids(graph, graph.parents(node(), Edges::All)),
        "normalized" => ids(graph, graph.normalized_parents(node())),
        "everything" => everything(graph)?,
        _ => panic!("no such question: {question}"),
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| *word != "-")
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(" ") }
}

fn ids(graph: &RevisionGraph, nodes: impl IntoIterator<Item = Node>) -> String {
    joined(nodes.into_iter().map(|node| graph.id(node)))
}

fn shown(rows: &Heads) -> String {
    joined(rows.iter())
}

/// The revisions of a plan that runs scripts. Upstream's tests check the order by their lists alone; here each step must
/// also be possible where it stands.
fn ran(graph: &RevisionGraph, plan: &Plan) -> String {
    let mut rows = plan.before.clone();
    let steps = plan.steps.iter().map(|step| {
        let id = step.revision.as_ref().unwrap();
        let node = graph.find(id).unwrap();
        let alone = match step.direction {
            Direction::Upgrade => plan::apply_one(graph, &rows, node).unwrap().unwrap(),
            Direction::Downgrade => plan::revert_one(graph, &rows, node).unwrap(),
            Direction::Stamp => panic!("a stamp in a plan that runs scripts"),
        };
        rows = alone.after;
        id
    });
    format!("{} => {}", joined(steps.collect::<Vec<_>>()), shown(plan.after()))
}

/// A step of a stamp: the rows that go, and what comes.
fn replaced(step: &Step) -> String {
    let mut from: Vec<&str> = step.from.iter().map(RevisionId::as_str).collect();
    from.sort_unstable();
    let from = if from.is_empty() { "-".to_owned() } else { from.join(",") };
    format!("{from}>{}", step.to.first().map_or("-", RevisionId::as_str))
}

/// The words of `upper… above lower…`, and what lies between them.
fn order(graph: &RevisionGraph, words_of_ends: &str) -> Answer {
    let (upper, lower) = words_of_ends.split_once(" above ").unwrap();
    let resolver = Resolver::new(graph);
    let nodes = |text: &str| -> Result<Vec<Node>, Box<dyn Error>> {
        let mut nodes = Vec::new();
        for word in words(text) {
            nodes.extend(resolver.revisions(&word.parse()?)?);
        }
        Ok(nodes)
    };
    let upper = nodes(upper)?;
    let mut between = graph.ancestors(upper.iter().copied(), Edges::All);
    between.subtract(&graph.ancestors(nodes(lower)?, Edges::All));
    Ok(ids(graph, graph.topological_order(&between, &upper)))
}

fn everything(graph: &RevisionGraph) -> Answer {
    let listed = plan::history(graph, &Heads::none(), &":".parse()?)?;
    let mut seen = graph.no_nodes();
    for node in &listed {
        let is_next = graph.children(*node, Edges::All).all(|child| seen.contains(child));
        if !is_next || !seen.insert(*node) {
            return Ok(format!("{} is listed too early, or twice", graph.id(*node)));
        }
    }
    Ok(if listed.len() == graph.len() { "yes" } else { "some are missing" }.to_owned())
}
