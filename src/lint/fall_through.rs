//! `fall-through`: what runs on a database only because that one takes everything.

use crate::graph::Edges;

use super::Findings;
use super::Level;
use super::LintDatabase;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "fall-through",
    level: Level::Info,
    summary: "a branch that runs only where a database has no `branches`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let takes_all = |database: &LintDatabase| database.branches.is_none();
    let is_divided = subject.databases.iter().any(|(database, _)| !takes_all(database));
    // Where nobody divides branches, nothing falls through.
    if !is_divided || !subject.databases.iter().any(|(database, _)| takes_all(database)) {
        return;
    }
    let graph = subject.graph();
    let labelled = graph.labels().map(|(label, start)| (format!("branch '{label}'"), start));
    let unlabelled = graph
        .heads(Edges::Versioned)
        .into_iter()
        .filter(|head| graph.labels_of(*head).is_empty())
        .map(|head| (format!("the branch of {}, which has no label,", graph.id(head)), head));
    for (what, node) in labelled.chain(unlabelled) {
        let takers: Vec<&LintDatabase> = subject.takers(graph.id(node)).collect();
        if takers.is_empty() || !takers.iter().all(|database| takes_all(database)) {
            continue;
        }
        let names: Vec<&str> = takers.iter().map(|database| database.name.as_str()).collect();
        let finding = findings.report(format!(
            "{what} runs on {} only because that has no `branches`",
            names.join(", ")
        ));
        finding.revision = Some(graph.id(node).clone());
        finding.paths.push(graph.revision(node).path.clone());
    }
}
