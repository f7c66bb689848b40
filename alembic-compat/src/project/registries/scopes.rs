//! What names stand for in the function that is looked at.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::eval::bound_in;
use crate::python::FunctionDef;
use crate::python::ImportedName;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

use super::deeds::Function;
use super::path::join;
use super::path::root;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// A parameter of the function, and what is taken of it.
    Parameter(String, String),
    /// Something of the module, by its path.
    Global(String),
}

impl Thing {
    fn with(&self, rest: &str) -> Thing {
        match self {
            Thing::Parameter(name, of) => Thing::Parameter(name.clone(), join(of, rest)),
            Thing::Global(path) => Thing::Global(join(path, rest)),
        }
    }
}

/// A place in a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The function that is looked at; one within another counts as that.
    pub(super) by: Option<Function>,
    /// The class that is looked at.
    pub(super) class: Option<String>,
    /// What the method that is looked at calls its object.
    pub(super) receiver: Option<String>,
    /// Whether the method that is looked at is called where its name is read.
    pub(super) is_property: bool,
    /// Whether it is a function within another.
    pub(super) is_nested: bool,
    /// The parameters of the function, its object among them.
    parameters: BTreeSet<String>,
    /// The names of the function that is looked at, and of those around it.
    locals: BTreeSet<String>,
    /// Those that it takes from its module.
    globals: BTreeSet<String>,
    /// What its names stand for that are other names of something.
    aliases: BTreeMap<String, BTreeSet<Thing>>,
    /// The names of the module for modules that are taken by theirs.
    modules: BTreeMap<String, String>,
}

impl Scope {
    /// That of a function in it.
    pub(super) fn within<'t>(
        &self,
        parameters: impl Iterator<Item = &'t str>,
        body: &'t [Stmt],
    ) -> Scope {
        let mut inner = Scope { is_nested: self.by.is_some(), ..self.clone() };
        let given: BTreeSet<String> = parameters.map(str::to_owned).collect();
        let mut own = given.clone();
        own.extend(bound_in(body).into_iter().map(str::to_owned));
        inner.aliases.retain(|name, _| !own.contains(name));
        inner.parameters.retain(|name| !own.contains(name));
        if !inner.is_nested {
            inner.parameters = given;
        }
        inner.locals.extend(own);
        let mut imported = Imported::default();
        walk_stmts(body, &mut imported);
        // What these stand for is known, as it is of those of the module.
        inner.locals.retain(|name| !imported.0.contains(&name.as_str()));
        inner
    }

    /// Notes the names that are the module's.
    pub(super) fn take_globals(&mut self, names: &[String]) {
        self.locals.retain(|name| !names.contains(name));
        self.globals.extend(names.iter().cloned());
    }

    pub(super) fn is_global(&self, name: &str) -> bool {
        self.globals.contains(name)
    }

    /// Whether it is a name of the function, not of the module.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.locals.contains(name)
    }

    /// Notes that a parameter stands for something else from here on.
    pub(super) fn forget(&mut self, name: &str) {
        if self.receiver.as_deref() != Some(name) {
            self.parameters.remove(name);
        }
    }

    /// Notes what a name of the function stands for.
    pub(super) fn bind(&mut self, name: &str, things: impl IntoIterator<Item = Thing>) {
        let things = things.into_iter();
        let is_other = |thing: &Thing| !matches!(thing, Thing::Parameter(of, rest) if of == name && rest.is_empty());
        self.aliases.entry(name.to_owned()).or_default().extend(things.filter(is_other));
    }

    /// Notes the name of the module for one that is taken by its own.
    pub(super) fn bind_module(&mut self, name: &str, path: &str) {
        self.modules.insert(name.to_owned(), path.to_owned());
    }

    /// What a path stands for.
    pub(super) fn things(&self, path: &str) -> Vec<Thing> {
        let (root, rest) = root(path);
        let mut found = Vec::new();
        if self.parameters.contains(root) {
            found.push(Thing::Parameter(root.to_owned(), rest.to_owned()));
        }
        if let Some(of) = self.aliases.get(root) {
            found.extend(of.iter().map(|of| of.with(rest)));
        } else if !self.locals.contains(root) {
            let module = self.modules.get(root);
            found.push(Thing::Global(module.map_or(path.to_owned(), |it| join(it, rest))));
        }
        found
    }
}

/// The names that imports bind, without those in further functions.
#[derive(Default)]
struct Imported<'t>(Vec<&'t str>);

impl<'t> Visitor<'t> for Imported<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } = &stmt.kind {
            self.0.extend(names.iter().map(ImportedName::bound));
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}
