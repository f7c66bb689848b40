//! Which texts are worth parsing: those of a large application take longer than its revisions.

use crate::eval::CHANGING;

use super::super::imports::is_of_name;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;
use super::modules::first_name;

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
    if text.is_env {
        return true;
    }
    let is_framework = |name: &str| {
        let meanings = modules.meanings(text, name);
        meanings.iter().any(|meaning| matches!(meaning, Meaning::Framework(_)))
    };
    let mut roots: Vec<&str> = text.text.lines().flat_map(changed_roots).collect();
    roots.sort_unstable();
    roots.dedup();
    if roots.into_iter().any(is_framework) {
        return true;
    }
    // As an attribute of an object of the project, too: `db.event`.
    if text.text.contains("event.listen") || may_set_variables(&text.text) {
        return true;
    }
    let has_star = !text.imports.stars.is_empty();
    WORDS.iter().any(|word| text.text.contains(word))
        && (has_star || text.imports.names.keys().any(|name| is_framework(name)))
}

/// What sets environment variables.
const OF_ENVIRONMENT: [&str; 11] = [
    "environ |=",
    "environ|=",
    "environ.clear(",
    "environ.pop",
    "environ.setdefault(",
    "environ.update(",
    "environ[",
    "load_dotenv(",
    "putenv(",
    "read_env(",
    "unsetenv(",
];

fn may_set_variables(text: &str) -> bool {
    // Or another name is given to it.
    let is_bound = |line: &str| line.trim_end().ends_with("environ") && line.contains('=');
    OF_ENVIRONMENT.iter().any(|word| text.contains(word))
        || text.contains("environ") && text.lines().any(is_bound)
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
    let called = line.match_indices('.').find_map(|(at, _)| {
        let (method, rest) = first_name(&line[at + 1..])?;
        let is_call = CHANGING.contains(&method) && rest.trim_start().starts_with('(');
        is_call.then(|| &line[..at])
    });
    let deleted = line.strip_prefix("del ");
    let targets = assigned
        .into_iter()
        .flat_map(|target| target.split(','))
        .chain(further.take(assigned.map_or(0, |_| usize::MAX)));
    let called = called.and_then(first_name).map(|(root, _)| root);
    targets.chain(deleted).filter_map(object).chain(called)
}

/// The name of an object that a text takes something of.
fn object(text: &str) -> Option<&str> {
    let (root, rest) = first_name(text.trim_start())?;
    rest.starts_with(['.', '[']).then_some(root)
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
