//! Two texts that differ only in the order of what Alembic keeps in sets.

use std::collections::BTreeSet;

use limbeck::graph::Edges;

use super::compare::Aspect::{Log, Stdout};
use super::compare::split;
use super::deliberate::Difference;
use super::library::listed;
use crate::differential::answer::ids;

/// Labels, children, dependencies and current rows are sets in Alembic; three hash seeds do not
/// always show it.
pub(super) fn order_of_a_set(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, .. } = difference;
    let sets = Sets::of(difference);
    let ((theirs, _), (mine, _)) = (split(&line.stdout), split(&ours.stdout));
    line.code == 0
        && !line.has("--sql")
        && difference.is_within(&[Stdout, Log])
        && sets.same_listing(difference, &theirs, &mine)
        && sets.same_log(difference, &line.log, &ours.log())
}

/// The names that may stand in any order where they are listed together.
struct Sets {
    /// The dependencies, and the labels, of one revision; or the children of one.
    of_names: BTreeSet<Vec<String>>,
    /// The revisions that have several dependencies, which decide in what order others come.
    branching: BTreeSet<String>,
    /// A branch point for each of its children.
    children: BTreeSet<String>,
}

impl Sets {
    fn of(difference: &Difference<'_>) -> Self {
        let graph = difference.graph();
        let mut of_names = BTreeSet::new();
        let mut children = BTreeSet::new();
        for node in graph.nodes() {
            let next = ids(&graph, graph.children(node, Edges::Versioned));
            if next.len() > 1 {
                children.extend(next.iter().cloned());
            }
            let labels = graph.labels_of(node).iter().map(ToString::to_string).collect();
            let dependencies = ids(&graph, graph.dependencies(node).iter().copied());
            of_names.extend([next, labels, dependencies].map(sorted));
        }
        // A label that is depended on is listed as it was written.
        of_names.extend(difference.revisions.iter().map(|declared| sorted(declared.deps.clone())));
        let several = difference.revisions.iter().filter(|declared| declared.deps.len() > 1);
        let branching = several.map(|declared| declared.id.clone()).collect();
        Sets { of_names, branching, children }
    }

    /// Whether two listings are the same but for the order of sets: of names within a line; of
    /// the entries of `current`, of the children of `branches`, and of a history in which a
    /// revision with several dependencies stands.
    fn same_listing(&self, difference: &Difference<'_>, theirs: &str, ours: &str) -> bool {
        let line = difference.line;
        let (theirs, ours) = (self.arranged(theirs), self.arranged(ours));
        if theirs == ours {
            return true;
        }
        match line.command() {
            "current" | "show" if line.command() == "current" || line.has("current") => {
                entries(&theirs) == entries(&ours)
            }
            "history" => {
                listed(&theirs).iter().any(|id| self.branching.contains(id))
                    && entries(&theirs) == entries(&ours)
            }
            "branches" => self.same_children(&theirs, &ours),
            _ => false,
        }
    }

    /// Below each branch point the same children.
    fn same_children(&self, theirs: &str, ours: &str) -> bool {
        let groups = |text: &str| {
            let mut groups: Vec<Vec<String>> = Vec::new();
            for line in text.lines() {
                let child = line.trim_start().strip_prefix("-> ").unwrap_or_default();
                let id = child.split([' ', ',']).next().unwrap_or_default();
                match groups.last_mut() {
                    Some(group) if self.children.contains(id) => group.push(line.to_owned()),
                    _ => groups.push(vec![line.to_owned()]),
                }
            }
            groups.into_iter().map(sorted).collect::<Vec<_>>()
        };
        groups(theirs) == groups(ours)
    }

    /// Whether two logs are the same but for the names of the rows that a stamp replaces, and the
    /// order of steps of which one has several dependencies.
    fn same_log(&self, difference: &Difference<'_>, theirs: &[String], ours: &[&str]) -> bool {
        let theirs: Vec<String> = theirs.iter().map(|line| self.arranged(line)).collect();
        let ours: Vec<String> = ours.iter().map(|line| self.arranged(line)).collect();
        if theirs == ours {
            return true;
        }
        if difference.line.command() == "stamp" {
            let sides = |lines: Vec<String>| sorted(lines.iter().map(|line| rows(line)).collect());
            return sides(theirs) == sides(ours);
        }
        let runs_one = |line: &String| {
            let names = line.split_once("Running ").map_or("", |(_, names)| names);
            names.split([' ', ',']).any(|id| self.branching.contains(id))
        };
        theirs.iter().any(runs_one) && sorted(theirs) == sorted(ours)
    }

    /// The text with the names of each set in order.
    fn arranged(&self, text: &str) -> String {
        text.split('\n').map(|line| self.arranged_line(line)).collect::<Vec<_>>().join("\n")
    }

    fn arranged_line(&self, line: &str) -> String {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut start = 0;
        while start < words.len() {
            let continues = |word: &String| word.ends_with(',') && !word.ends_with("),");
            let length = words[start..].iter().take_while(|word| continues(word)).count() + 1;
            let end = (start + length).min(words.len());
            self.arrange(&mut words[start..end]);
            start = end;
        }
        words.join(" ")
    }

    /// Brings `a,` `b` or `(a,` `b),` in order if they are one of the sets.
    fn arrange(&self, run: &mut [String]) {
        let is_mark = |letter: char| matches!(letter, '(' | ')' | ',');
        let names = sorted(run.iter().map(|word| word.trim_matches(is_mark).to_owned()).collect());
        if names.len() > 1 && self.of_names.contains(&names) {
            for (word, name) in run.iter_mut().zip(names) {
                let bare = word.trim_matches(is_mark).to_owned();
                *word = word.replacen(&bare, &name, 1);
            }
        }
    }
}

/// The entries of a listing, and the line above them, in no order.
fn entries(text: &str) -> Vec<String> {
    let separator = if text.contains("Rev: ") { "\nRev: " } else { "\n" };
    let text = format!("\n{text}");
    sorted(text.split(separator).map(|entry| entry.trim_matches('\n').to_owned()).collect())
}

/// A line of a stamp as the rows before and after it.
fn rows(line: &str) -> Vec<Vec<String>> {
    let names = |side: &str| {
        let words = side.split([' ', ',']).filter(|word| !word.is_empty());
        sorted(words.map(str::to_owned).collect())
    };
    line.split("->").map(names).collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}
