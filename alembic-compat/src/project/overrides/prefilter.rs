//! Which texts are worth parsing: those of a large application take longer than its revisions.

use crate::eval::CHANGING;

use super::super::imports::is_of_name;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;

/// Words without one of which, and without an assignment or a call that changes an object, a text
/// changes nothing.
const WORDS: [&str; 9] = [
    "compiles",
    "implementation_for",
    "register_operation",
    "__dialect__",
    "Impl)",
    "Impl,",
    "listen",
    "setattr",
    "delattr",
];

/// Whether a text may change something of SQLAlchemy or Alembic.
pub(super) fn may_change(text: &Text, modules: &Modules<'_>) -> bool {
    let is_framework = |name: &str| matches!(modules.meaning(text, name), Meaning::Framework(_));
    let mut roots: Vec<&str> = text.text.lines().flat_map(changed_roots).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.into_iter().any(is_framework) {
        return true;
    }
    // As an attribute of an object of the project, too: `db.event`.
    if text.text.contains("event.listen") {
        return true;
    }
    let has_star = !text.imports.stars.is_empty();
    WORDS.iter().any(|word| text.text.contains(word))
        && (has_star || text.imports.names.keys().any(|name| is_framework(name)))
}

/// The first names of what a line may assign something to, or may call a changing method of.
fn changed_roots(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start();
    let assigned = line.split_once('=').map(|(target, _)| target).filter(|target| {
        target.contains(['.', '['])
            && target.chars().all(|c| is_of_name(c) || ".[]'\" ,|+-&:".contains(c))
    });
    // Of `a.b = c.d = e` the second one counts as well.
    let further = line.split('=').skip(1).filter(|target| target.contains(['.', '[']));
    let called = CHANGING.iter().find_map(|method| {
        let (object, rest) = line.split_once(&format!(".{method}"))?;
        rest.trim_start().starts_with('(').then_some(object)
    });
    let deleted = line.strip_prefix("del ");
    let targets = assigned
        .into_iter()
        .flat_map(|target| target.split(','))
        .chain(further.take(assigned.map_or(0, |_| usize::MAX)));
    let object = |text| root_of(text).filter(|(_, rest)| rest.starts_with(['.', '[']));
    let called = called.and_then(root_of).map(|(root, _)| root);
    targets.chain(deleted).filter_map(object).map(|(root, _)| root).chain(called)
}

/// The name that a text begins with, and what follows it.
fn root_of(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_told() {
        for (line, roots) in [
            ("sa.String.x = 1", vec!["sa"]),
            ("    names['a'] = 1", vec!["names"]),
            ("a.b, c.d = e, f", vec!["a", "c"]),
            ("a.b = c.d = e", vec!["a", "c"]),
            ("a.b |= {}", vec!["a"]),
            ("a.b: int = 3", vec!["a"]),
            ("del a.b['x']", vec!["a"]),
            ("names.update(x=1)", vec!["names"]),
            ("x = f(a.b)", vec![]),
            ("if a.b == c:", vec![]),
            ("f(a, b=c)", vec![]),
            ("return a.b", vec![]),
        ] {
            assert_eq!(changed_roots(line).collect::<Vec<_>>(), roots, "{line}");
        }
    }
}
