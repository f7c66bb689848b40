//! `also-runs`: a branch that a database names, and that another one takes for want of `branches`.

use std::collections::BTreeSet;

use crate::graph::BranchLabel;

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "also-runs",
    level: Level::Warning,
    summary: "a branch of one database that another takes because it has no `branches`",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let named: BTreeSet<&BranchLabel> =
        subject.databases.iter().filter_map(|(d, _)| d.branches.as_ref()).flatten().collect();
    let graph = subject.graph();
    for (database, part) in &subject.databases {
        if database.branches.is_some() {
            continue;
        }
        let part = part.as_ref().map_or(graph, |part| &part.graph);
        for (label, start) in graph.labels().filter(|(label, _)| named.contains(label)) {
            // Narrowing may have left nothing of it there.
            if !part.nodes().any(|node| part.labels_of(node).contains(label)) {
                continue;
            }
            let name = &database.name;
            let finding = findings
                .report(format!("branch '{label}' also runs on {name}, which has no `branches`"));
            finding.revision = Some(graph.id(start).clone());
            finding.database = Some(name.clone());
            finding.paths.push(graph.revision(start).path.clone());
            finding.hint = Some(format!("give {name} the `branches` that are meant for it"));
        }
    }
}
