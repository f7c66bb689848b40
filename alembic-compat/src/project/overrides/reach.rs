//! What code may get at: which functions run when the modules of a project are loaded, and which
//! objects come into the hands of `env.py`.
//!
//! Python does not tell before it runs. Here code gets at all that it names, and at the methods of
//! the classes among these if their names are attributes of something of the same module, there or
//! where that is imported. What loading only gives to a call is not run by it: it is kept for later,
//! as the dependencies and callbacks of an application are.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::python;

use super::super::dotted::last;
use super::super::dotted::top;
use super::modules::Made;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;
use super::parts::Names;
use super::parts::Outline;
use super::parts::Symbol;

/// What is there, by the path of its text.
pub(super) type Item = (String, Symbol);

/// A class whose objects something is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// One of the project.
    Own(Item),
    /// One of another package, by its dotted name.
    OfOthers(String),
}

/// The modules of a project, as far as code of them is looked at.
pub(super) struct Reach<'a> {
    texts: &'a [Arc<Text>],
    modules: &'a Modules<'a>,
    outlines: BTreeMap<String, Arc<Outline>>,
    by_loading: Option<Closure>,
    by_env: Option<Closure>,
    by_texts: BTreeMap<String, Closure>,
}

impl<'a> Reach<'a> {
    /// That of all texts which are loaded.
    /// Outlines that are known are not made again; they are by paths.
    pub(super) fn with(
        texts: &'a [Arc<Text>],
        modules: &'a Modules<'a>,
        outlines: BTreeMap<String, Arc<Outline>>,
    ) -> Self {
        let by_texts = BTreeMap::new();
        Reach { texts, modules, outlines, by_loading: None, by_env: None, by_texts }
    }

    /// The outlines that have been made.
    pub(super) fn into_outlines(self) -> BTreeMap<String, Arc<Outline>> {
        self.outlines
    }

    /// Whether a function of the text at `path` runs when everything is loaded.
    pub(super) fn runs(&mut self, path: &str, function: &Symbol) -> bool {
        // Before all is parsed: most that is named nowhere else is not called.
        let mut times = 0;
        let is_named = self.texts.iter().any(|text| {
            times += text.text.matches(&*function.name).take(2).count();
            times > 1
        });
        if !is_named {
            return false;
        }
        let closure = match self.by_loading.take() {
            Some(closure) => closure,
            None => self.loading(),
        };
        let runs = closure.found.contains(&(path.to_owned(), function.clone()));
        self.by_loading = Some(closure);
        runs
    }

    /// Whether `env.py` may have this, or what is made of it.
    pub(super) fn is_of_env(&mut self, item: &Item) -> bool {
        let closure = match self.by_env.take() {
            Some(closure) => closure,
            None => {
                let env = self.texts.iter().filter(|text| text.is_env).cloned().collect();
                self.of_texts(env)
            }
        };
        let is = closure.found.contains(item);
        self.by_env = Some(closure);
        is
    }

    /// Whether the code of a text may have objects of a class.
    pub(super) fn has_objects(&mut self, text: &Arc<Text>, class: &Class) -> bool {
        let closure = self.of_text(text);
        match class {
            Class::Own(class) => {
                closure.found.contains(class) || closure.texts.contains(&class.1.name)
            }
            Class::OfOthers(class) => {
                closure.texts.contains(last(class))
                    || closure.outside.iter().any(|name| has_to_do(name, class))
            }
        }
    }

    /// Whether the code of a text may have a session.
    pub(super) fn has_sessions(&mut self, text: &Arc<Text>) -> bool {
        self.of_text(text).has_sessions
    }

    fn of_text(&mut self, text: &Arc<Text>) -> &Closure {
        if !self.by_texts.contains_key(&text.path) {
            let closure = self.of_texts(vec![Arc::clone(text)]);
            self.by_texts.insert(text.path.clone(), closure);
        }
        &self.by_texts[&text.path]
    }

    /// What runs when everything is loaded.
    fn loading(&mut self) -> Closure {
        let mut closure = Closure::default();
        for text in self.texts {
            let outline = self.outline(text);
            closure.next.push((Arc::clone(text), outline.load.clone()));
            if text.is_env {
                let symbols = outline.symbols.values();
                closure.next.extend(symbols.map(|names| (Arc::clone(text), names.clone())));
            }
        }
        self.close(&mut closure, |text| text.is_env);
        closure
    }

    /// All that the code of these texts gets at.
    fn of_texts(&mut self, texts: Vec<Arc<Text>>) -> Closure {
        let mut closure = Closure::default();
        for text in texts {
            let outline = self.outline(&text);
            let code = outline.symbols.values().chain([&outline.load]);
            closure.next.extend(code.map(|names| (Arc::clone(&text), names.clone())));
        }
        self.close(&mut closure, |_| true);
        closure
    }

    /// Looks at all that is to be looked at. `gives` tells of which texts what they only give to
    /// calls counts too.
    fn close(&mut self, closure: &mut Closure, gives: impl Fn(&Text) -> bool) {
        while let Some((text, names)) = closure.next.pop() {
            let mut named = names.dotted.iter().chain(&names.given).chain(&names.attributes);
            closure.has_sessions |= named.any(|name| is_of_session(name));
            closure.texts.extend(names.texts);
            for attribute in names.attributes {
                closure.attribute(&text, &attribute);
            }
            let given = names.given.into_iter().filter(|_| gives(&text));
            for name in names.dotted.into_iter().chain(given) {
                for Made { text, name: symbol, .. } in self.modules.made(&text, &name) {
                    name.split('.').skip(1).for_each(|part| closure.attribute(&text, part));
                    let outline = self.outline(&text);
                    closure.symbol(&text, &outline, &symbol);
                }
                for meaning in self.modules.meanings(&text, &name) {
                    match meaning {
                        Meaning::Framework(name) => closure.has_sessions |= is_of_session(&name),
                        Meaning::Outside(name) => {
                            closure.outside.insert(name);
                        }
                        Meaning::Project | Meaning::Unknown => {}
                    }
                }
            }
        }
    }

    fn outline(&mut self, text: &Arc<Text>) -> Arc<Outline> {
        let outlines = &mut self.outlines;
        Arc::clone(outlines.entry(text.path.clone()).or_insert_with(|| {
            // What is no Python cannot be loaded.
            let tree = python::parse(&text.text);
            Arc::new(tree.map(|tree| Outline::of(&tree.body)).unwrap_or_default())
        }))
    }
}

/// What has been got at so far.
#[derive(Default)]
struct Closure {
    found: BTreeSet<Item>,
    /// Attributes, by the texts of what has them.
    attributes: BTreeSet<(String, String)>,
    texts: BTreeSet<String>,
    /// Whether it names something that may be a session.
    has_sessions: bool,
    /// What it takes from other packages, by its dotted names.
    outside: BTreeSet<String>,
    /// Methods of classes that have been got at, by their texts and names.
    methods: BTreeMap<(String, String), Vec<Waiting>>,
    /// What is still to be looked at.
    next: Vec<(Arc<Text>, Names)>,
}

/// A method of a class that has been got at.
struct Waiting {
    text: Arc<Text>,
    method: Symbol,
    names: Names,
}

impl Closure {
    fn attribute(&mut self, of: &Text, name: &str) {
        let attribute = (of.path.clone(), name.to_owned());
        for waiting in self.methods.remove(&attribute).unwrap_or_default() {
            self.add(&waiting.text, waiting.method, &waiting.names);
        }
        self.attributes.insert(attribute);
    }

    fn symbol(&mut self, text: &Arc<Text>, outline: &Outline, name: &str) {
        let symbol = Symbol::of(name);
        let Some(names) = outline.symbols.get(&symbol) else { return };
        if !self.add(text, symbol, names) {
            return;
        }
        let methods = outline.symbols.iter();
        for (method, names) in methods.filter(|(it, _)| it.class.as_deref() == Some(name)) {
            let attribute = (text.path.clone(), method.name.clone());
            if self.attributes.contains(&attribute) {
                self.add(text, method.clone(), names);
            } else {
                let waiting = self.methods.entry(attribute).or_default();
                waiting.push(Waiting {
                    text: Arc::clone(text),
                    method: method.clone(),
                    names: names.clone(),
                });
            }
        }
    }

    fn add(&mut self, text: &Arc<Text>, symbol: Symbol, names: &Names) -> bool {
        let is_new = self.found.insert((text.path.clone(), symbol));
        if is_new {
            self.next.push((Arc::clone(text), names.clone()));
        }
        is_new
    }
}

/// Whether something of a name may be a session, or make one.
fn is_of_session(name: &str) -> bool {
    name.to_lowercase().contains("session")
}

/// Whether who gets at `name` may have objects of `class`, both of other packages: it has the name
/// of the class, or is of the same part of its package, as nothing tells what is in there.
fn has_to_do(name: &str, class: &str) -> bool {
    let module = class.rsplit_once('.').map_or(class, |(module, _)| module);
    let part_ends = module.match_indices('.').nth(1).map_or(module.len(), |(at, _)| at);
    let (part, package) = (&module[..part_ends], top(class));
    let is_below = |name: &str, above: &str| {
        name.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    is_below(name, part) || top(name) == package && last(name) == last(class)
}
