//! A revision as Alembic prints it, short and long (section 4.2 of its reference).

use std::fmt::Write as _;

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;

/// A revision to be printed.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    graph: &'a RevisionGraph,
    node: Node,
    is_current: bool,
}

impl<'a> Entry<'a> {
    /// The revision `node` of `graph`.
    pub fn new(graph: &'a RevisionGraph, node: Node) -> Self {
        Entry { graph, node, is_current: false }
    }

    /// Marks it as one of the rows of a database.
    #[must_use]
    pub fn current(mut self, is_current: bool) -> Self {
        self.is_current = is_current;
        self
    }

    fn mark(&self, is: bool, text: &'static str) -> &'static str {
        if is { text } else { "" }
    }

    /// ` (head)` for what nothing follows or depends on, ` (effective head)` for what only
    /// dependants follow; then ` (current)`.
    fn head_marks(&self) -> String {
        let is_real = self.graph.is_head(self.node, Edges::All);
        let is_versioned = self.graph.is_head(self.node, Edges::Versioned);
        [
            self.mark(is_real, " (head)"),
            self.mark(is_versioned && !is_real, " (effective head)"),
            self.mark(self.is_current, " (current)"),
        ]
        .concat()
    }

    fn tree_marks(&self) -> String {
        [
            self.mark(self.graph.is_branch_point(self.node, Edges::Versioned), " (branchpoint)"),
            self.mark(self.graph.is_merge_point(self.node), " (mergepoint)"),
        ]
        .concat()
    }

    fn labels(&self) -> String {
        comma(self.graph.labels_of(self.node))
    }

    fn down(&self) -> String {
        let parents = &self.graph.revision(self.node).down_revisions;
        if parents.is_empty() { "<base>".to_owned() } else { comma(parents) }
    }

    fn id_with_labels(&self) -> String {
        let id = self.graph.id(self.node);
        let labels = self.labels();
        if labels.is_empty() { id.to_string() } else { format!("{id} ({labels})") }
    }

    /// As `heads` lists it.
    pub fn as_head(&self) -> String {
        format!("{}{}", self.id_with_labels(), self.head_marks())
    }

    /// As `branches` lists it.
    pub fn as_branch(&self) -> String {
        format!("{}{}{}", self.id_with_labels(), self.head_marks(), self.tree_marks())
    }

    /// As `current` lists it: without labels.
    pub fn as_current(&self) -> String {
        format!("{}{}{}", self.graph.id(self.node), self.head_marks(), self.tree_marks())
    }

    /// As `history` lists it: with parents and message.
    pub fn as_history(&self) -> String {
        let revision = self.graph.revision(self.node);
        let dependencies = if revision.depends_on.is_empty() {
            String::new()
        } else {
            format!(" ({})", comma(&revision.depends_on))
        };
        format!("{}{dependencies} -> {}, {}", self.down(), self.as_branch(), revision.doc())
    }

    /// The long form, which ends with a line break.
    pub fn long(&self) -> String {
        let revision = self.graph.revision(self.node);
        let is_versioned_head = self.graph.is_head(self.node, Edges::Versioned);
        let mut text = format!(
            "Rev: {}{}{}{}\n",
            revision.id,
            self.mark(is_versioned_head, " (head)"),
            self.tree_marks(),
            self.mark(self.is_current, " (current)"),
        );
        let parent = if self.graph.is_merge_point(self.node) { "Merges" } else { "Parent" };
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _: std::fmt::Result = writeln!(text, "{name}: {value}");
        };
        line(parent, self.down());
        if !revision.depends_on.is_empty() {
            line("Also depends on", comma(&revision.depends_on));
        }
        if self.graph.is_branch_point(self.node, Edges::Versioned) {
            let children: Vec<_> = self
                .graph
                .children(self.node, Edges::Versioned)
                .map(|child| self.graph.id(child))
                .collect();
            line("Branches into", comma(&children));
        }
        let labels = self.labels();
        if !labels.is_empty() {
            line("Branch names", labels);
        }
        line("Path", revision.path.display().to_string());
        text.push('\n');
        let body: Vec<String> =
            revision.message.trim().lines().map(|line| format!("    {line}")).collect();
        text.push_str(&body.join("\n"));
        text.push('\n');
        text
    }
}

fn comma<T: AsRef<str>>(items: &[T]) -> String {
    let texts: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    texts.join(", ")
}
