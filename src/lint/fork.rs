//! `fork`: one branch with several heads on a database, where `upgrade head` does not know which.

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
        for fork in graph.forks() {
            let what = fork.label.map_or("the history".to_owned(), |l| format!("branch '{l}'"));
            report(findings, graph, &fork.heads, &what, &database.name);
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
