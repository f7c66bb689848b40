//! Which texts import what.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::super::dotted::last;
use super::super::dotted::top;
use super::super::overrides::modules::Text;
use super::near::may_act_on_any;

/// The texts, by their numbers, that import something, by its last name.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// With what they call it.
    importing: BTreeMap<String, Vec<(usize, String)>>,
    /// Those that import all names of a module.
    with_stars: Vec<usize>,
    /// Other names that texts give to what they import.
    aliases: BTreeMap<String, BTreeSet<String>>,
    by_path: BTreeMap<String, usize>,
    /// Those that may do something to whatever a module has.
    dynamic: BTreeSet<usize>,
}

impl Uses {
    pub(super) fn of(texts: &[Arc<Text>]) -> Uses {
        let mut uses = Uses::default();
        for (at, text) in texts.iter().enumerate() {
            uses.by_path.insert(text.path.clone(), at);
            for module in taken_by_name(text) {
                let importing = uses.importing.entry(last(module).to_owned()).or_default();
                importing.push((at, String::new()));
            }
            if !text.imports.stars.is_empty() {
                uses.with_stars.push(at);
            }
            if may_act_on_any(&text.text) {
                uses.dynamic.insert(at);
            }
            let names = text.imports.names.iter();
            for (bound, means) in
                names.flat_map(|(bound, all)| all.iter().map(move |it| (bound, it)))
            {
                let last = last(means);
                let importing = uses.importing.entry(last.to_owned()).or_default();
                importing.push((at, bound.clone()));
                if last != bound {
                    uses.aliases.entry(last.to_owned()).or_default().insert(bound.clone());
                }
            }
        }
        uses
    }

    /// Whether a text may do something to whatever a module has.
    pub(super) fn is_dynamic(&self, at: usize) -> bool {
        self.dynamic.contains(&at)
    }

    /// The text at `path`.
    pub(super) fn only(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// A name, and those that imports give to what has it.
    pub(super) fn names_for(&self, name: &str) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut next = vec![name];
        while let Some(name) = next.pop() {
            if names.insert(name.to_owned()) {
                next.extend(self.aliases.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        names
    }

    /// The texts that import something that has one of these names, and what they call it.
    pub(super) fn importing(&self, names: &BTreeSet<String>) -> Vec<(usize, String)> {
        names.iter().filter_map(|name| self.importing.get(name)).flatten().cloned().collect()
    }

    /// The texts that import all names of a module.
    pub(super) fn with_stars(&self) -> impl Iterator<Item = usize> {
        self.with_stars.iter().copied()
    }

    /// The texts that may have the module of a text, or something that has it.
    pub(super) fn around(&self, path: &str) -> BTreeSet<usize> {
        let mut around: BTreeSet<usize> = self.with_stars.iter().copied().collect();
        for module in parts_of(path) {
            let importing = self.importing(&self.names_for(&module));
            around.extend(importing.into_iter().map(|(at, _)| at));
        }
        around
    }
}

/// The modules that a text takes by their names as texts: `sys.modules["app.core"]`.
fn taken_by_name(text: &Text) -> Vec<&str> {
    let means = |name: &str| text.imports.names.values().flatten().any(|means| top(means) == name);
    let is_bound = |module: &String| {
        text.imports.stars.contains(module)
            || text.imports.names.values().flatten().any(|it| it == module)
    };
    let calls = [
        ("sys.modules[", means("sys")),
        ("import_module(", means("importlib")),
        ("__import__(", !text.imports.modules.iter().all(is_bound)),
    ];
    let calls = calls.into_iter().filter(|(_, may_be)| *may_be);
    let named = calls.flat_map(|(call, _)| text.text.split(call).skip(1)).filter_map(|rest| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        Some(rest.get(1..)?.split_once(quote)?.0)
    });
    named.collect()
}

/// The names of a module and of the packages that it may be in.
fn parts_of(path: &str) -> Vec<String> {
    let path = Path::new(path);
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.map(|part| part.strip_suffix(".py").unwrap_or(&part).to_owned()).collect()
}
