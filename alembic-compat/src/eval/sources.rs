//! The texts of modules of a project that were read for what they do to others, and where words
//! stand in them.
//!
//! An application may be far larger than what its revisions need: which of its texts are worth
//! parsing is told by the words in them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::mem::Discriminant;
use std::rc::Rc;

use memchr::memmem;

use super::error::Place;
use super::module::Module;
use super::outside::Outside;
use super::parsed::Texts;
use super::value::Value;

/// A module of the project that Python would have loaded.
#[derive(Debug)]
pub(super) struct Source {
    /// With nothing in it but its text.
    pub(super) module: Rc<Module>,
    /// The modules that it imports.
    pub(super) imports: Vec<String>,
    /// Where it stands among those that were read.
    pub(super) at: usize,
    does: OnceCell<Rc<Outside>>,
}

impl Source {
    pub(super) fn new(module: Module, imports: Vec<String>) -> Self {
        Self { module: Rc::new(module), imports, at: 0, does: OnceCell::new() }
    }

    /// Whether somebody has asked for what its text does.
    pub(super) fn is_parsed(&self) -> bool {
        self.does.get().is_some()
    }

    /// What its text does; nothing for what is no Python, which fails when it is loaded.
    pub(super) fn does(&self, texts: &Texts) -> Rc<Outside> {
        let read = || texts.parse(&self.module.source).map(|it| it.outside()).unwrap_or_default();
        Rc::clone(self.does.get_or_init(read))
    }
}

/// How a word may stand in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// It stands behind `def` or `class`.
    pub(super) is_defined: bool,
    /// It is an attribute that may be set.
    pub(super) is_set: bool,
}

/// Modules that were looked for.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// By their names; nothing for those that are none of the project.
    modules: HashMap<String, Option<Rc<Source>>>,
    /// In the order in which they were read.
    read: Vec<Rc<Source>>,
    words: HashMap<String, Found>,
    /// What a module imports, directly or not, itself included.
    closures: HashMap<String, Rc<Closure>>,
    /// What was told of names.
    judged: HashMap<Judged, Option<Place>>,
}

/// Modules, by where they stand among those that were read.
pub(super) type Closure = HashSet<usize>;

/// A name of a module with the kind of its value, and the modules from which imports start.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Judged {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) kind: Discriminant<Value>,
    pub(super) roots: Rc<str>,
}

/// Where a word stands.
#[derive(Debug, Default)]
struct Found {
    /// How many texts were searched.
    searched: usize,
    /// Those that have it.
    texts: Vec<(usize, Uses)>,
}

impl Sources {
    /// A module that was looked for.
    pub(super) fn get(&self, name: &str) -> Option<Option<Rc<Source>>> {
        self.modules.get(name).cloned()
    }

    /// Keeps what was found when a module was looked for.
    pub(super) fn keep(&mut self, name: &str, source: Option<Source>) -> Option<Rc<Source>> {
        let source = source.map(|source| Rc::new(Source { at: self.read.len(), ..source }));
        self.read.extend(source.clone());
        self.modules.insert(name.to_owned(), source.clone());
        source
    }

    /// What a module imports, if that was asked before.
    pub(super) fn closure(&self, name: &str) -> Option<Rc<Closure>> {
        self.closures.get(name).map(Rc::clone)
    }

    /// Keeps what a module imports.
    pub(super) fn keep_closure(&mut self, name: &str, closure: Rc<Closure>) {
        self.closures.insert(name.to_owned(), closure);
    }

    /// What was told of a name, if it was asked for.
    pub(super) fn judged(&self, of: &Judged) -> Option<Option<Place>> {
        self.judged.get(of).cloned()
    }

    /// Keeps what was told of a name.
    pub(super) fn keep_judged(&mut self, of: Judged, found: Option<Place>) {
        self.judged.insert(of, found);
    }

    /// The modules whose texts have a word that is used in a certain way.
    pub(super) fn having(
        &mut self,
        word: &str,
        is_meant: impl Fn(Uses) -> bool,
    ) -> Vec<Rc<Source>> {
        if !self.words.contains_key(word) {
            self.words.insert(word.to_owned(), Found::default());
        }
        let Some(found) = self.words.get_mut(word) else { return Vec::new() };
        if let Some(further) = self.read.get(found.searched..).filter(|rest| !rest.is_empty()) {
            let finder = memmem::Finder::new(word);
            for (at, source) in further.iter().enumerate() {
                if let Some(uses) = uses(&source.module.source, word, &finder) {
                    found.texts.push((found.searched + at, uses));
                }
            }
            found.searched = self.read.len();
        }
        let meant = found.texts.iter().filter(|(_, uses)| is_meant(*uses));
        meant.filter_map(|(at, _)| self.read.get(*at).cloned()).collect()
    }
}

/// How a text uses a word, if it does.
fn uses(text: &str, word: &str, finder: &memmem::Finder<'_>) -> Option<Uses> {
    let mut uses = None;
    for at in finder.find_iter(text.as_bytes()) {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + word.len()..)) else {
            continue;
        };
        let is_name = |byte: Option<&u8>| byte.is_some_and(|byte| is_of_name(*byte));
        if is_name(before.as_bytes().last()) || is_name(after.as_bytes().first()) {
            continue;
        }
        let uses: &mut Uses = uses.get_or_insert_default();
        let before = before.trim_end_matches([' ', '\t']);
        uses.is_defined |= before.ends_with("def") || before.ends_with("class");
        uses.is_set |= before.ends_with('.') && may_be_set(before, after);
    }
    uses
}

fn is_of_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Whether a statement may set, or delete, what stands between these texts.
fn may_be_set(before: &str, after: &str) -> bool {
    let line = after.lines().next().unwrap_or_default().trim_start();
    let is_equals = |rest: &str| rest.starts_with('=') && !rest.starts_with("==");
    let operators = ["**", "//", ">>", "<<", "+", "-", "*", "/", "%", "@", "&", "|", "^"];
    let is_assigned = is_equals(line)
        || operators.iter().any(|sign| line.strip_prefix(sign).is_some_and(is_equals));
    let start = before.rsplit(['\n', ';']).next().unwrap_or_default().trim_start();
    let is_deleted = start.starts_with("del ") || start.contains(": del ");
    // One of several targets, an item, or with a type.
    let is_target = line.starts_with([',', ')', ']', '[', ':', '\\']) && {
        line.contains('=') || line.ends_with('\\')
    };
    is_assigned || is_deleted || is_target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(bool, bool)> {
        let uses = uses(text, "X", &memmem::Finder::new("X"))?;
        Some((uses.is_defined, uses.is_set))
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(found("AX = XY\nX_ = éX\n"), None);
        assert_eq!(found("from a import X"), Some((false, false)));
    }

    #[test]
    fn definitions_are_told() {
        for text in ["def X():", "  class  X(Y):", "async def X(a)"] {
            assert_eq!(found(text), Some((true, false)), "{text}");
        }
    }

    #[test]
    fn what_may_set_is_told() {
        let all = [
            "a.X = 1",
            "a.X=1",
            "a.X **= 2",
            "a.X |= 2",
            "a.X: int = 1",
            "a.X[0] = 1",
            "a.X, b = 1, 2",
            "(b, a.X) = 1, 2",
            "del b, a.X",
            "if y: del a.X",
            "a.X \\\n = 1",
        ];
        for text in all {
            assert_eq!(found(text), Some((false, true)), "{text}");
        }
        for text in ["X = 1", "a.X == 1", "f(a.X)", "b = a.X", "a.X >= 1", "a.X.b = 1", "a.X()"] {
            assert_eq!(found(text), Some((false, false)), "{text}");
        }
    }
}
