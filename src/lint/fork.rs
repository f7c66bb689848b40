//! `fork`: one branch with several heads on a database, where `upgrade head` does not know which.

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "fork",
    level: Level::Error,
    summary: "one branch with several heads on a database",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (database, part) in &subject.databases {
        let graph = part.as_ref().map_or(subject.graph(), |part| &part.graph);
        let heads = graph.heads(Edges::Versioned);
        let unlabelled: Vec<Node> =
            heads.iter().copied().filter(|head| graph.labels_of(*head).is_empty()).collect();
        if unlabelled.len() > 1 {
            report(findings, graph, &unlabelled, "the history", &database.name);
        }
        for (label, _) in graph.labels() {
            let own: Vec<Node> = heads
                .iter()
                .copied()
                .filter(|head| graph.labels_of(*head).contains(label))
                .collect();
            // Branches within a branch have labels of their own: they are meant.
            let is_meant = own.iter().all(|head| {
                graph.labels_of(*head).iter().any(|other| {
                    own.iter().filter(|head| graph.labels_of(**head).contains(other)).count() == 1
                })
            });
            if own.len() < 2 || is_meant {
                continue;
            }
            report(findings, graph, &own, &format!("branch '{label}'"), &database.name);
        }
    }
}

fn report(
    findings: &mut Findings,
    graph: &RevisionGraph,
    heads: &[Node],
    what: &str,
    database: &str,
) {
    let ids: Vec<&str> = heads.iter().map(|head| graph.id(*head).as_str()).collect();
    let finding = findings
        .report(format!("{what} has several heads on database {database}: {}", ids.join(", ")));
    finding.database = Some(database.to_owned());
    finding.paths = heads.iter().map(|head| graph.revision(*head).path.clone()).collect();
    finding.hint = Some(format!("join them: limbeck merge heads --database {database} -m MESSAGE"));
}
