//! `revision-nowhere`: a revision that no database takes, though its branch may be taken.

use super::Findings;
use super::Level;
use super::Rule;
use super::Subject;

pub(super) const RULE: Rule = Rule {
    name: "revision-nowhere",
    level: Level::Error,
    summary: "a revision that is routed nowhere",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.databases.is_empty() {
        return;
    }
    for (node, file) in subject.files() {
        let id = &file.revision.id;
        if subject.is_for_none(node) || subject.takers(id).next().is_some() {
            continue;
        }
        let labels = subject.graph().labels_of(node);
        let is_taken = subject.databases.iter().any(|(database, _)| {
            let takes = |branches: &Vec<_>| labels.iter().any(|label| branches.contains(label));
            database.branches.as_ref().is_none_or(takes)
        });
        let (message, hint) = if !file.options.databases.is_empty() && is_taken {
            (
                format!(
                    "revision {id} is for {}, and its branch is not",
                    file.options.databases.join(", ")
                ),
                "`databases` only narrows: add the branch to `branches` of that database",
            )
        } else if labels.is_empty() {
            (
                format!("no database takes revision {id}, which is on no branch"),
                "give it a branch label",
            )
        } else {
            // Its branch is what goes nowhere, and that has been said.
            continue;
        };
        let finding = findings.report(message);
        finding.revision = Some(id.clone());
        finding.paths.push(file.revision.path.clone());
        finding.hint = Some(hint.to_owned());
    }
}
