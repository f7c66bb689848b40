//! What a text takes from other modules, told line by line.
//!
//! All modules of a large application may hang on one `env.py`: this does without parsing them. An
//! import in a function counts too, as the function may be called by the module that has it; one
//! that only type checkers see does not.

use std::collections::BTreeMap;

/// What a text takes from other modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Imports {
    /// The modules that it may import: `a.b` of `import a.b`, and both `a` and `a.b` of
    /// `from a import b`, as nothing here tells whether `b` is a module.
    pub(super) modules: Vec<String>,
    /// Its names for what it takes, and for what these are given other names, dotted. Where a name
    /// is imported twice, in two functions or as a fallback, it may stand for either.
    pub(super) names: BTreeMap<String, Vec<String>>,
    /// The modules of which it takes all names.
    pub(super) stars: Vec<String>,
}

impl Imports {
    /// Those of a text, in which relative imports start from `package`, if it is in one.
    pub(super) fn of(text: &str, package: Option<&str>) -> Imports {
        let mut found = Imports::default();
        let has_by_name = BY_NAME.iter().any(|call| text.contains(call));
        let mut lines = text.lines().peekable();
        // How far an `if TYPE_CHECKING:` is indented.
        let mut unseen: Option<usize> = None;
        while let Some(line) = lines.next() {
            if has_by_name {
                found.modules.extend(by_name(line));
            }
            let code = line.trim_start();
            if code.is_empty() || code.starts_with('#') {
                continue;
            }
            let indent = line.len() - code.len();
            if unseen.is_some_and(|outer| indent > outer) {
                continue;
            }
            unseen = is_type_checking(code).then_some(indent);
            if !code.contains("import") {
                found.other_name(code);
                continue;
            }
            let mut code = without_comment(code).to_owned();
            let is_open = |code: &str| {
                let has_import = code.contains("import ") || code.contains("import(");
                has_import && (code.ends_with('\\') || code.contains('(') && !code.contains(')'))
            };
            // A line of something else ends what only looks like an import, in a text of prose.
            while is_open(&code) && lines.peek().is_some_and(|next| is_list(next)) {
                code.truncate(code.trim_end_matches('\\').len());
                code.push(' ');
                code.push_str(without_comment(lines.next().unwrap_or_default()).trim());
            }
            // Several statements in a line, or one behind the colon of another.
            for statement in code.split([';', ':']) {
                found.statement(statement.trim(), package);
            }
        }
        found.modules.retain(|name| !name.is_empty());
        found
    }

    /// What a statement imports.
    fn statement(&mut self, code: &str, package: Option<&str>) {
        if let Some(modules) = code.strip_prefix("import ") {
            for (name, alias) in modules.split(',').filter_map(words) {
                let top = name.split('.').next().unwrap_or_default();
                let (bound, means) = alias.map_or((top, top), |alias| (alias, name));
                self.name(bound, means);
                self.modules.push(name.to_owned());
            }
        } else if let Some(rest) = code.strip_prefix("from ")
            && let Some((from, what)) = rest.split_once(" import")
            && let Some(base) = absolute(from.trim(), package)
        {
            let parts = what.trim().trim_start_matches('(').trim_end_matches(')').split(',');
            for (name, alias) in parts.filter_map(words) {
                if name == "*" {
                    self.stars.push(base.clone());
                    continue;
                }
                let name = join(&base, name);
                let bound = alias.or_else(|| name.rsplit('.').next()).unwrap_or_default();
                self.name(bound, &name);
                self.modules.push(name);
            }
            self.modules.push(base);
        }
    }

    /// `A = b.C`, where `b` has been imported.
    fn other_name(&mut self, code: &str) {
        let Some((bound, value)) = code.split_once('=') else { return };
        let (bound, value) = (bound.trim(), without_comment(value).trim());
        let is_dotted = |text: &str| text.chars().all(|c| is_of_name(c) || c == '.');
        if bound.is_empty() || !bound.chars().all(is_of_name) || !is_dotted(value) {
            return;
        }
        let (root, rest) = value.split_once('.').map_or((value, None), |(a, b)| (a, Some(b)));
        let Some(all) = self.names.get(root) else { return };
        let all = all.iter().map(|means| rest.map_or_else(|| means.clone(), |it| join(means, it)));
        for means in all.collect::<Vec<_>>() {
            // `x = x.y` would go on for ever.
            if bound != root {
                self.name(bound, &means);
            }
        }
    }

    fn name(&mut self, bound: &str, means: &str) {
        let all = self.names.entry(bound.to_owned()).or_default();
        if !all.iter().any(|known| known == means) {
            all.push(means.to_owned());
        }
    }
}

/// Whether it may be in a name.
pub(super) fn is_of_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Calls that import a module by its name as a text.
const BY_NAME: [&str; 2] = ["import_module(", "__import__("];

/// The modules that a line imports by their names as texts.
fn by_name(line: &str) -> impl Iterator<Item = String> + '_ {
    BY_NAME.into_iter().flat_map(|call| line.split(call).skip(1)).filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        Some(rest.get(1..)?.split_once(quote)?.0.to_owned())
    })
}

/// Whether a line may be a part of a list of names.
fn is_list(line: &str) -> bool {
    without_comment(line)
        .chars()
        .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.,()*\\".contains(c))
}

fn is_type_checking(code: &str) -> bool {
    let Some(condition) = code.strip_prefix("if ") else { return false };
    let condition = without_comment(condition).trim().trim_end_matches(':');
    let name = condition.rsplit('.').next().unwrap_or_default();
    name == "TYPE_CHECKING" && !condition.contains(' ')
}

fn without_comment(code: &str) -> &str {
    code.split('#').next().unwrap_or_default()
}

/// A name, and what stands behind its `as`.
fn words(part: &str) -> Option<(&str, Option<&str>)> {
    let mut words = part.split_whitespace();
    Some((words.next()?, words.nth(1)))
}

fn join(base: &str, part: &str) -> String {
    if base.is_empty() { part.to_owned() } else { format!("{base}.{part}") }
}

/// The module of a `from`, which may be relative; `None` where it leads out of all packages.
fn absolute(from: &str, package: Option<&str>) -> Option<String> {
    let name = from.trim_start_matches('.');
    let dots = from.len() - name.len();
    if dots == 0 {
        return Some(name.to_owned());
    }
    let mut base = package?;
    for _ in 1..dots {
        base = base.rsplit_once('.')?.0;
    }
    Some(if name.is_empty() { base.to_owned() } else { join(base, name) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(text: &str, package: Option<&str>) -> Vec<String> {
        Imports::of(text, package).modules
    }

    #[test]
    fn names_are_told() {
        let text = "\
import a.b, c as d
from e import f as g, h  # i
from .j import (
    k as l,
)
from m import *
n = d.o
p = q.r
s = g
def t():
    from u import h
    n = a.o
";
        let Imports { names, stars, .. } = Imports::of(text, Some("x.y"));
        let names: Vec<String> =
            names.iter().map(|(name, means)| format!("{name}: {}", means.join(", "))).collect();
        let expected =
            ["a: a", "d: c", "g: e.f", "h: e.h, u.h", "l: x.y.j.k", "n: c.o, a.o", "s: e.f"];
        assert_eq!(names, expected);
        assert_eq!(stars, ["m"]);
    }

    #[test]
    fn every_form_is_found() {
        let text = "\
import a.b, c as d  # import e
from f import g as h, i
from j import (
    k,  # l
    m as n)
from o import p, \\
    q
try:
    from r import *
except ImportError:
    pass
if TYPE_CHECKING:
    import s
    from t import u
else:
    import v
def f():
    import w
";
        let mut names = modules(text, None);
        names.sort();
        let expected =
            ["a.b", "c", "f", "f.g", "f.i", "j", "j.k", "j.m", "o", "o.p", "o.q", "r", "v", "w"];
        assert_eq!(names, expected);
    }

    #[test]
    fn odd_forms_are_found() {
        let text = "\
\"\"\"Prose
from there import (see below.
Nothing is taken from it; as it is.
\"\"\"
import a; import b
try: import c
except ImportError: from d import e
import f, \\
    g
if not typing.TYPE_CHECKING:
    import h
import_module('i.j'); importlib.import_module(\"k\")
";
        let mut names = modules(text, None);
        names.sort();
        names.retain(|name| !name.starts_with("there"));
        assert_eq!(names, ["a", "b", "c", "d", "d.e", "f", "g", "h", "i.j", "k"]);
    }

    #[test]
    fn relative_imports_start_from_the_package() {
        let text = "from . import a\nfrom .b import c\nfrom ..d import e\nfrom .... import f\n";
        let mut names = modules(text, Some("x.y"));
        names.sort();
        assert_eq!(names, ["x.d", "x.d.e", "x.y", "x.y.a", "x.y.b", "x.y.b.c"]);
        assert!(modules(text, None).is_empty());
    }
}
