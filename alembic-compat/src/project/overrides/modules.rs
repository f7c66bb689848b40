//! What names stand for, followed through the modules of the project.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::eval::ModuleSource;
use crate::header::EncodingError;

use super::super::dotted::join;
use super::super::imports::Imports;
use super::super::imports::is_of_name;

/// The modules of a project.
pub trait ProjectModules {
    /// A module by its dotted name.
    ///
    /// # Errors
    /// Why a module that is there cannot be read.
    fn find(&self, name: &str) -> Result<ModuleSource, String>;

    /// The dotted names of all modules in a package, and in the packages within it.
    ///
    /// # Errors
    /// Why the package cannot be listed.
    fn inside(&self, package: &str) -> Result<Vec<String>, String>;
}

/// A function that finds modules has no packages to list.
impl<F: Fn(&str) -> Result<ModuleSource, String>> ProjectModules for F {
    fn find(&self, name: &str) -> Result<ModuleSource, String> {
        self(name)
    }

    fn inside(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// A text with what it takes from others.
pub(in crate::project) struct Text {
    pub(in crate::project) path: String,
    pub(in crate::project) text: String,
    pub(in crate::project) imports: Imports,
    /// The package that it is, or is in, if it is in one.
    pub(super) package: Option<String>,
    /// Whether its functions run when it is loaded, as those of an `env.py` do.
    pub(in crate::project) is_env: bool,
    /// What its lines that are not indented say of the names that they make, once that is asked.
    made: OnceLock<BTreeMap<String, Meaning>>,
}

impl Text {
    pub(super) fn new(path: String, text: String, package: Option<&str>, is_env: bool) -> Self {
        let imports = Imports::of(&text, package);
        let package = package.map(str::to_owned);
        Text { path, text, imports, package, is_env, made: OnceLock::new() }
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

    /// Whether one of its lines that are not indented makes a name.
    pub(in crate::project) fn makes(&self, name: &str) -> bool {
        self.of_name(name).is_some()
    }
}

impl Text {
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

/// The modules of a project, each of which is read once.
pub(in crate::project) struct Modules<'a> {
    project: &'a dyn ProjectModules,
    found: RefCell<FoundModules>,
}

/// The modules that have been found.
pub(in crate::project) type FoundModules = BTreeMap<String, Found>;

impl<'a> Modules<'a> {
    pub(in crate::project) fn new(project: &'a dyn ProjectModules) -> Self {
        Modules::with(project, FoundModules::new())
    }

    /// Those of a project of which some have been found.
    pub(in crate::project) fn with(project: &'a dyn ProjectModules, found: FoundModules) -> Self {
        Modules { project, found: RefCell::new(found) }
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
        let found = match self.project.find(name) {
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
                Found::Text(Arc::new(Text::new(path, text, package, false)))
            }
        };
        self.found.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    /// The names of all modules in a package, or why it cannot be listed.
    pub(super) fn inside(&self, package: &str) -> Result<Vec<String>, String> {
        self.project.inside(package)
    }

    /// What a dotted name may stand for in a text, each once; nothing where nobody can tell.
    pub(super) fn meanings(&self, of: &Text, dotted: &str) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        self.within(of, dotted, &mut Seen::new(), &mut meanings);
        meanings
    }

    /// What a dotted name stands for in a text, as long as there is one answer.
    pub(super) fn meaning(&self, of: &Text, dotted: &str) -> Meaning {
        match self.meanings(of, dotted).as_slice() {
            [meaning] => meaning.clone(),
            _ => Meaning::Unknown,
        }
    }

    fn within(&self, of: &Text, dotted: &str, seen: &mut Seen, found: &mut Vec<Meaning>) {
        if !seen.insert((of.path.clone(), dotted.to_owned())) {
            return;
        }
        let (root, rest) = dotted.split_once('.').map_or((dotted, ""), |(root, rest)| (root, rest));
        let imported = of.imports.names.get(root);
        for means in imported.into_iter().flatten() {
            self.absolute(&join(means, rest), seen, found);
        }
        let own = of.of_name(root);
        if imported.is_some() || own.is_some() {
            // Another name of what is imported is made by a line, too.
            let is_new = |meaning: &Meaning| imported.is_none() || *meaning != Meaning::Unknown;
            own.filter(is_new).into_iter().for_each(|meaning| add(found, meaning));
            return;
        }
        for module in &of.imports.stars {
            // Of a module of the project it tells whether the name is there.
            let mut of_star = Vec::new();
            self.absolute(&join(module, dotted), seen, &mut of_star);
            of_star.retain(|meaning| *meaning != Meaning::Unknown);
            if !of_star.is_empty() {
                of_star.into_iter().for_each(|meaning| add(found, meaning));
                return;
            }
        }
    }

    /// What stands behind the dotted name of a module and what is in it.
    fn absolute(&self, dotted: &str, seen: &mut Seen, found: &mut Vec<Meaning>) {
        if is_framework(dotted) {
            return add(found, Meaning::Framework(dotted.to_owned()));
        }
        let top = dotted.split('.').next().unwrap_or_default();
        if matches!(self.get(top), Found::Outside) {
            return add(found, Meaning::Outside(dotted.to_owned()));
        }
        let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
        let prefixes: Vec<usize> = ends.collect();
        for end in prefixes.into_iter().rev() {
            match (self.get(&dotted[..end]), dotted.get(end + 1..)) {
                (Found::Text(_), None) => return add(found, Meaning::Project),
                (Found::Text(text), Some(rest)) => return self.within(&text, rest, seen, found),
                (Found::Unreadable(_), _) => return add(found, Meaning::Unknown),
                (Found::None | Found::Outside, _) => {}
            }
        }
        add(found, Meaning::Unknown);
    }

    /// Where the project makes what a dotted name may stand for in a text.
    pub(in crate::project) fn made(&self, of: &Arc<Text>, dotted: &str) -> Vec<Made> {
        let mut made = Vec::new();
        self.made_in(of, dotted, &mut Seen::new(), &mut made);
        made
    }

    /// The same of a dotted name that begins with a module.
    pub(in crate::project) fn made_absolutely(&self, dotted: &str) -> Vec<Made> {
        let mut made = Vec::new();
        self.made_at(dotted, &mut Seen::new(), &mut made);
        made
    }

    fn made_in(&self, of: &Arc<Text>, dotted: &str, seen: &mut Seen, found: &mut Vec<Made>) {
        if !seen.insert((of.path.clone(), dotted.to_owned())) {
            return;
        }
        let (root, rest) = dotted.split_once('.').map_or((dotted, ""), |(root, rest)| (root, rest));
        let imported = of.imports.names.get(root);
        for means in imported.into_iter().flatten() {
            self.made_at(&join(means, rest), seen, found);
        }
        let is_own = of.makes(root);
        if imported.is_some() && !is_own {
            return;
        }
        if !is_own {
            for module in &of.imports.stars {
                let mut of_star = Vec::new();
                self.made_at(&join(module, dotted), seen, &mut of_star);
                of_star.retain(|made| made.text.makes(&made.name));
                if !of_star.is_empty() {
                    found.extend(of_star);
                    return;
                }
            }
        }
        let (text, name, rest) = (Arc::clone(of), root.to_owned(), rest.to_owned());
        found.push(Made { text, name, rest });
    }

    fn made_at(&self, dotted: &str, seen: &mut Seen, found: &mut Vec<Made>) {
        if is_framework(dotted) {
            return;
        }
        let ends: Vec<usize> = dotted.match_indices('.').map(|(at, _)| at).collect();
        for end in ends.into_iter().rev() {
            if let Found::Text(text) = self.get(&dotted[..end]) {
                self.made_in(&text, &dotted[end + 1..], seen, found);
                return;
            }
        }
    }
}

/// Dotted names, by the paths of the texts that have them, which have been followed.
type Seen = BTreeSet<(String, String)>;

fn add(found: &mut Vec<Meaning>, meaning: Meaning) {
    if !found.contains(&meaning) {
        found.push(meaning);
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
