//! What names stand for, followed through the modules of the project.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::eval::ModuleSource;
use crate::header::EncodingError;

use super::super::dotted::join;
use super::super::imports::Imports;
use super::super::imports::is_of_name;

/// Finds a module by its dotted name; an error is why a module that is there cannot be read.
pub type FindModule<'a> = &'a dyn Fn(&str) -> Result<ModuleSource, String>;

/// A text with what it takes from others.
pub(in crate::project) struct Text {
    pub(in crate::project) path: String,
    pub(in crate::project) text: String,
    pub(in crate::project) imports: Imports,
    /// Whether its functions run when it is loaded, as those of an `env.py` do.
    pub(in crate::project) is_env: bool,
    /// What its lines that are not indented say of the names that they make, once that is asked.
    made: OnceLock<BTreeMap<String, Meaning>>,
}

impl Text {
    pub(super) fn new(path: String, text: String, imports: Imports, is_env: bool) -> Self {
        Text { path, text, imports, is_env, made: OnceLock::new() }
    }

    /// What the first of its lines that are not indented and make a name says of it.
    pub(super) fn of_name(&self, name: &str) -> Option<Meaning> {
        let made = self.made.get_or_init(|| {
            let mut made = BTreeMap::new();
            for (name, meaning) in self.text.lines().filter_map(is_made) {
                made.entry(name.to_owned()).or_insert(meaning);
            }
            made
        });
        made.get(name).cloned()
    }
}

impl Text {
    /// Whether one of its lines that are not indented makes a name.
    pub(in crate::project) fn makes(&self, name: &str) -> bool {
        self.of_name(name).is_some()
    }

    /// The lines of the statement that first makes a name.
    pub(super) fn making(&self, name: &str) -> Option<String> {
        let is_of_name = |line: &&str| is_made(line).is_some_and(|(made, _)| made == name);
        let mut lines = self.text.lines().skip_while(|line| !is_of_name(line));
        let first = lines.next()?;
        let goes_on = |line: &&str| line.is_empty() || line.starts_with([' ', '\t', ')', ']', '}']);
        let rest = lines.take_while(goes_on);
        Some(std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n"))
    }
}

/// The name that a line makes, and what it says of it.
fn is_made(line: &str) -> Option<(&str, Meaning)> {
    let class = ["class ", "def ", "async def "].iter().find_map(|it| line.strip_prefix(it));
    let (name, rest) = first_name(class.unwrap_or(line))?;
    let (meaning, behind): (_, &[char]) = match class {
        Some(_) => (Meaning::Project, &['(', ':', '[']),
        None => (Meaning::Unknown, &['=', ':']),
    };
    rest.trim_start().starts_with(behind).then_some((name, meaning))
}

/// The name that a text begins with, and what follows it.
pub(super) fn first_name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A module, as far as it is known.
#[derive(Clone)]
pub(in crate::project) enum Found {
    Text(Arc<Text>),
    /// It is there, and nobody knows what is in it.
    Unreadable(String),
    /// The project has no text of this name.
    None,
    /// It is not part of the project.
    Outside,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something of SQLAlchemy or Alembic, by its dotted name.
    Framework(String),
    /// Something of the project's own.
    Project,
    /// Something of another package.
    Outside(String),
    /// Nobody can tell.
    Unknown,
}

/// Through so many modules a name is followed; those that go round in a circle end there.
const DEPTH: usize = 16;

/// The modules of a project, each of which is read once.
pub(in crate::project) struct Modules<'a> {
    find: FindModule<'a>,
    found: RefCell<FoundModules>,
}

/// The modules that have been found.
pub(in crate::project) type FoundModules = BTreeMap<String, Found>;

impl<'a> Modules<'a> {
    pub(in crate::project) fn new(find: FindModule<'a>) -> Self {
        Modules::with(find, FoundModules::new())
    }

    /// Those of a project of which some have been found.
    pub(in crate::project) fn with(find: FindModule<'a>, found: FoundModules) -> Self {
        Modules { find, found: RefCell::new(found) }
    }

    /// Those that have been found.
    pub(in crate::project) fn into_found(self) -> FoundModules {
        self.found.into_inner()
    }

    /// The module of a dotted name.
    pub(in crate::project) fn get(&self, name: &str) -> Found {
        if let Some(found) = self.found.borrow().get(name) {
            return found.clone();
        }
        let found = match (self.find)(name) {
            Err(error) => Found::Unreadable(error),
            Ok(ModuleSource::Undecodable {
                path,
                error: error @ EncodingError::Unsupported { .. },
            }) => Found::Unreadable(format!("{path}: {error}")),
            // What is no text cannot be loaded.
            Ok(
                ModuleSource::Undecodable { .. } | ModuleSource::Namespace | ModuleSource::Missing,
            ) => Found::None,
            Ok(ModuleSource::Unknown) => Found::Outside,
            Ok(ModuleSource::File { path, text, is_package }) => {
                let package = match is_package {
                    true => Some(name),
                    false => name.rsplit_once('.').map(|(package, _)| package),
                };
                let imports = Imports::of(&text, package);
                Found::Text(Arc::new(Text::new(path, text, imports, false)))
            }
        };
        self.found.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    /// What a dotted name stands for in a text.
    pub(super) fn meaning(&self, of: &Text, dotted: &str) -> Meaning {
        self.within(of, dotted, DEPTH)
    }

    fn within(&self, of: &Text, dotted: &str, depth: usize) -> Meaning {
        let (root, rest) = dotted.split_once('.').map_or((dotted, ""), |(root, rest)| (root, rest));
        if let Some(means) = of.imports.names.get(root) {
            return self.absolute(&join(means, rest), depth);
        }
        if let Some(meaning) = of.of_name(root) {
            return meaning;
        }
        let mut of_stars = of.imports.stars.iter().map(|module| {
            // Of a module of the project it tells whether the name is there.
            self.absolute(&join(module, dotted), depth)
        });
        of_stars.find(|found| *found != Meaning::Unknown).unwrap_or(Meaning::Unknown)
    }

    /// What stands behind the dotted name of a module and what is in it.
    fn absolute(&self, dotted: &str, depth: usize) -> Meaning {
        if is_framework(dotted) {
            return Meaning::Framework(dotted.to_owned());
        }
        let Some(depth) = depth.checked_sub(1) else { return Meaning::Unknown };
        let top = dotted.split('.').next().unwrap_or_default();
        if matches!(self.get(top), Found::Outside) {
            return Meaning::Outside(dotted.to_owned());
        }
        let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
        let prefixes: Vec<usize> = ends.collect();
        for end in prefixes.into_iter().rev() {
            match (self.get(&dotted[..end]), dotted.get(end + 1..)) {
                (Found::Text(_), None) => return Meaning::Project,
                (Found::Text(text), Some(rest)) => return self.within(&text, rest, depth),
                (Found::Unreadable(_), _) => return Meaning::Unknown,
                (Found::None | Found::Outside, _) => {}
            }
        }
        Meaning::Unknown
    }

    /// The text of the project in which something is made that has a dotted name in another, and
    /// what it is called there.
    pub(super) fn definition(&self, of: &Arc<Text>, dotted: &str) -> Option<(Arc<Text>, String)> {
        let made = self.made_in(of, dotted, DEPTH)?;
        Some((made.text, made.name))
    }

    /// The same, with what is taken of it.
    pub(in crate::project) fn made(&self, of: &Arc<Text>, dotted: &str) -> Option<Made> {
        self.made_in(of, dotted, DEPTH)
    }

    /// The same of a dotted name that begins with a module.
    pub(in crate::project) fn made_absolutely(&self, dotted: &str) -> Option<Made> {
        self.made_at(dotted, DEPTH)
    }

    fn made_in(&self, of: &Arc<Text>, dotted: &str, depth: usize) -> Option<Made> {
        let depth = depth.checked_sub(1)?;
        let (root, rest) = dotted.split_once('.').map_or((dotted, ""), |(root, rest)| (root, rest));
        if let Some(means) = of.imports.names.get(root) {
            return self.made_at(&join(means, rest), depth);
        }
        let mut of_stars = of.imports.stars.iter().filter(|_| of.of_name(root).is_none());
        let found = of_stars.find_map(|module| {
            self.made_at(&join(module, dotted), depth)
                .filter(|made| made.text.of_name(&made.name).is_some())
        });
        Some(found.unwrap_or_else(|| Made {
            text: Arc::clone(of),
            name: root.to_owned(),
            rest: rest.to_owned(),
        }))
    }

    fn made_at(&self, dotted: &str, depth: usize) -> Option<Made> {
        if is_framework(dotted) {
            return None;
        }
        let ends: Vec<usize> = dotted.match_indices('.').map(|(at, _)| at).collect();
        ends.into_iter().rev().find_map(|end| match self.get(&dotted[..end]) {
            Found::Text(text) => self.made_in(&text, &dotted[end + 1..], depth),
            Found::Unreadable(_) | Found::None | Found::Outside => None,
        })
    }
}

/// Something that a text of the project makes.
#[derive(Clone)]
pub(in crate::project) struct Made {
    pub(in crate::project) text: Arc<Text>,
    /// What it is called there.
    pub(in crate::project) name: String,
    /// What is taken of it, dotted.
    pub(in crate::project) rest: String,
}

/// Whether a dotted name begins with SQLAlchemy or Alembic.
pub(in crate::project) fn is_framework(name: &str) -> bool {
    matches!(name.split('.').next(), Some("sqlalchemy" | "alembic"))
}
