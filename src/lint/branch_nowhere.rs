//! `branch-nowhere`: a branch that no database takes is never run.

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "branch-nowhere",
    level: Level::Error,
    summary: "a branch that no database takes",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.databases.is_empty() {
        return;
    }
    let graph = subject.graph();
    for (label, start) in graph.labels() {
        let is_taken = subject.databases.iter().any(|(database, _)| match &database.branches {
            None => true,
            Some(branches) => branches.contains(label),
        });
        if subject.is_for_none(start) {
            continue;
        }
        // A label within a branch that is taken is only a name.
        if is_taken || subject.takers(graph.id(start)).next().is_some() {
            continue;
        }
        let is_narrowed = graph.labels_of(start).iter().any(|other| {
            let takes = |branches: &Vec<_>| branches.contains(other);
            subject.databases.iter().any(|(d, _)| d.branches.as_ref().is_none_or(takes))
        });
        if is_narrowed {
            continue;
        }
        let finding = findings.report(format!("no database takes branch '{label}'"));
        finding.revision = Some(graph.id(start).clone());
        finding.paths.push(graph.revision(start).path.clone());
        finding.hint = Some(format!(
            "add '{label}' to the `branches` of a database, or to `unrouted_branches` of [scripts]"
        ));
    }
}
