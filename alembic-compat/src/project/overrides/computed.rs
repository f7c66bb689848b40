//! Modules that a project imports by names which it puts together when it runs: its plugins, the
//! models of all parts of an application.
//!
//! Which these are is not computed: all that a name may stand for counts as loaded, by what it
//! begins with, by the package whose modules are listed, or by the texts that are names of modules.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::python;
use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::Visitor;
use crate::python::walk_stmts;

use super::super::dotted::join;
use super::super::dotted::last;
use super::super::dotted::top;
use super::super::imports::is_of_name;
use super::modules::Found;
use super::modules::Modules;
use super::modules::Text;
use super::parts::Outline;
use super::parts::Symbol;
use super::parts::dotted;
use super::parts::is_of_program;
use super::parts::parts;
use super::reach::Reach;

/// Functions that import a module by its name: of Python, Werkzeug, Django and oslo.
const IMPORTING: [&str; 5] =
    ["__import__", "import_class", "import_module", "import_object", "import_string"];

/// Functions that find modules which are imported then.
const LISTING: [&str; 4] =
    ["find_modules", "iter_modules", "spec_from_file_location", "walk_packages"];

/// What a module knows of its own place.
const OWN: [&str; 3] = ["__file__", "__package__", "__path__"];

/// What has been found of them so far.
#[derive(Default)]
pub(super) struct Computed {
    /// So many texts have been looked at.
    looked_at: usize,
    /// Those of functions of which it is not known that they run.
    waiting: Vec<(Arc<Text>, Import)>,
    /// What the texts name that have been looked at for it.
    named: BTreeSet<String>,
    /// So many these are.
    named_by: usize,
    /// By paths.
    pub(super) outlines: BTreeMap<String, Arc<Outline>>,
}

/// Something that imports modules.
#[derive(Default)]
struct Import {
    /// The function in which it stands.
    within: Option<Symbol>,
    /// The modules that it may import.
    names: BTreeSet<String>,
    /// The packages of which it may import modules.
    packages: BTreeSet<String>,
    /// Whether the name comes from elsewhere.
    is_any: bool,
}

impl Computed {
    /// What these texts, of which the first ones may have been looked at, import so when they are
    /// loaded, besides what has been `seen`. `failed` is told of each package that cannot be
    /// listed, and why.
    pub(super) fn imports(
        &mut self,
        texts: &[Arc<Text>],
        modules: &Modules<'_>,
        seen: &BTreeSet<String>,
        mut failed: impl FnMut(&str, &str),
    ) -> Vec<String> {
        for text in texts.get(self.looked_at..).unwrap_or_default() {
            let mut words = IMPORTING.iter().chain(&LISTING);
            // What is no Python cannot be loaded.
            if words.any(|word| text.text.contains(word))
                && let Ok(tree) = python::parse(&text.text)
            {
                let found = found_in(text, &tree.body).into_iter();
                self.waiting.extend(found.map(|import| (Arc::clone(text), import)));
            }
        }
        self.looked_at = texts.len();
        let mut reach = Reach::with(texts, modules, std::mem::take(&mut self.outlines));
        let (named, named_by) = (&mut self.named, &mut self.named_by);
        let mut names = BTreeSet::new();
        self.waiting.retain(|(text, import)| {
            let mut found = import.names.clone();
            let mut errors = Vec::new();
            for package in &import.packages {
                match modules.inside(package) {
                    Ok(inside) => found.extend(inside),
                    Err(error) => errors.push((package, error)),
                }
            }
            if import.is_any {
                named.extend(named_in(texts.get(*named_by..).unwrap_or_default(), modules));
                *named_by = texts.len();
                found.extend(named.iter().cloned());
            }
            // Whether it runs is much to find out.
            found.retain(|name| !seen.contains(name));
            let is_new = !found.is_empty() || !errors.is_empty();
            let function = import.within.as_ref().filter(|_| !text.is_env);
            let runs = is_new && function.is_none_or(|function| reach.runs(&text.path, function));
            if runs {
                names.append(&mut found);
                errors.iter().for_each(|(package, error)| failed(package, error));
            }
            // Further texts may have further names.
            !runs || import.is_any
        });
        self.outlines = reach.into_outlines();
        names.into_iter().collect()
    }
}

/// The texts within these texts that are names of modules, or of something in modules.
fn named_in(texts: &[Arc<Text>], modules: &Modules<'_>) -> BTreeSet<String> {
    let is_name = |text: &&str| {
        text.contains('.')
            && !text.starts_with('.')
            && text.chars().all(|c| is_of_name(c) || c == '.')
            && !matches!(modules.get(top(text)), Found::Outside)
    };
    let is_module = |name: &&str| matches!(modules.get(name), Found::Text(_));
    let literals = texts.iter().flat_map(|text| text.text.split(['"', '\'']));
    let names = literals.map(|text| text.split(':').next().unwrap_or_default());
    let names: BTreeSet<&str> = names.filter(is_name).collect();
    let modules = names.into_iter().filter_map(|name| {
        let package = name.rsplit_once('.').map(|(package, _)| package);
        Some(name).filter(is_module).or(package.filter(is_module))
    });
    modules.map(str::to_owned).collect()
}

fn found_in(text: &Text, body: &[Stmt]) -> Vec<Import> {
    let mut mentions = Mentions::default();
    walk_stmts(body, &mut mentions);
    let mut look = Look { text, mentions, within: None, found: Vec::new() };
    for part in parts(body) {
        look.within = part.symbol();
        walk_stmts(part.body, &mut look);
    }
    look.found
}

/// Modules whose places a text mentions.
#[derive(Default)]
struct Mentions {
    of_own: bool,
    /// By their names in the text, dotted.
    of_others: BTreeSet<String>,
}

impl<'t> Visitor<'t> for Mentions {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => self.of_own |= OWN.contains(&&**name),
            ExprKind::Attribute { value, name } if OWN.contains(&&**name) || name == "__name__" => {
                self.of_others.extend(dotted(value));
            }
            _ => {}
        }
        true
    }
}

struct Look<'a> {
    text: &'a Text,
    mentions: Mentions,
    within: Option<Symbol>,
    found: Vec<Import>,
}

impl Look<'_> {
    fn call(&mut self, function: &Expr, arguments: &[Argument]) {
        let Some(function) = dotted(function) else { return };
        let is_listing = LISTING.contains(&last(&function));
        if !is_listing && !IMPORTING.contains(&last(&function)) {
            return;
        }
        let mut import = Import { within: self.within.clone(), ..Import::default() };
        let name = arguments.first().map(Argument::value).filter(|_| !is_listing);
        match name.map(|name| (&name.kind, self.begins_with(name))) {
            Some((ExprKind::Str(name), _)) => match name.strip_prefix('.') {
                Some(name) => {
                    let package = self.text.package.iter();
                    let name = name.trim_start_matches('.');
                    import.names.extend(package.map(|package| join(package, name)));
                }
                None => {
                    let name = name.split(':').next().unwrap_or_default();
                    let package = name.rsplit_once('.').map(|(package, _)| package);
                    import
                        .names
                        .extend([Some(name), package].into_iter().flatten().map(str::to_owned));
                }
            },
            Some((_, packages)) if !packages.is_empty() => import.packages.extend(packages),
            found => {
                import.is_any = found.is_some();
                import.packages.extend(self.text.package.clone().filter(|_| self.mentions.of_own));
                let others = self.mentions.of_others.iter();
                import.packages.extend(others.flat_map(|name| self.absolute(name)));
            }
        }
        self.found.push(import);
    }

    /// The packages of which one must be what a name begins with.
    fn begins_with(&self, name: &Expr) -> Vec<String> {
        match &name.kind {
            ExprKind::Str(text) => self.package_of(text),
            ExprKind::Name(name) if name == "__name__" || name == "__package__" => {
                self.text.package.iter().cloned().collect()
            }
            ExprKind::Attribute { value, name } if name == "__name__" || name == "__package__" => {
                dotted(value).map_or(Vec::new(), |name| self.absolute(&name))
            }
            ExprKind::FString(parts) => match parts.first() {
                Some(FStringPart::Text(text)) => self.package_of(text),
                Some(FStringPart::Value { value, .. }) => self.begins_with(value),
                None => Vec::new(),
            },
            ExprKind::Binary { first, .. } => self.begins_with(first),
            // `"app.{}".format(…)` and `".".join([…])`
            ExprKind::Call { function, arguments } => match &function.kind {
                ExprKind::Attribute { value, name } if name == "format" => self.begins_with(value),
                ExprKind::Attribute { name, .. } if name == "join" => {
                    match arguments.first().map(|first| &first.value().kind) {
                        Some(ExprKind::List(items) | ExprKind::Tuple(items)) => {
                            items.first().map_or(Vec::new(), |item| match &item.kind {
                                ExprKind::Str(package) => vec![package.clone()],
                                _ => self.begins_with(item),
                            })
                        }
                        _ => Vec::new(),
                    }
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The package that a text begins with.
    fn package_of(&self, text: &str) -> Vec<String> {
        let written = text.split(['%', '{']).next().unwrap_or_default();
        match written.rsplit_once('.') {
            Some((package, _)) if package.trim_start_matches('.').is_empty() => {
                self.text.package.iter().cloned().collect()
            }
            Some((package, _)) => vec![package.to_owned()],
            None => Vec::new(),
        }
    }

    /// What a dotted name of this text may be in the project.
    fn absolute(&self, name: &str) -> Vec<String> {
        let (root, rest) = name.split_once('.').unwrap_or((name, ""));
        let means = self.text.imports.names.get(root).into_iter().flatten();
        means.map(|means| join(means, rest)).collect()
    }
}

impl<'t> Visitor<'t> for Look<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        !is_of_program(stmt)
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Call { function, arguments } = &expr.kind {
            self.call(function, arguments);
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        // Functions come by themselves.
        false
    }
}
