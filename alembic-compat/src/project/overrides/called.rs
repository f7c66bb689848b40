//! Which functions run when the modules of a project are loaded.
//!
//! Python does not tell before it runs: a function counts as called where something that runs then
//! names it, be it a call, a decorator or an argument. Functions are known by their bare names.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::python;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

use super::modules::Text;

/// Where functions are named, which is looked for when it is asked for.
pub(super) struct Called<'a> {
    texts: &'a [Rc<Text>],
    /// The answers, and the functions that are being asked about, of which none is known to run.
    known: BTreeMap<String, bool>,
}

impl<'a> Called<'a> {
    /// Those of all texts that are loaded.
    pub(super) fn new(texts: &'a [Rc<Text>]) -> Self {
        Called { texts, known: BTreeMap::new() }
    }

    /// Whether the function runs when the texts are loaded.
    pub(super) fn runs(&mut self, function: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![function.to_owned()];
        while let Some(name) = next.pop() {
            if self.known.get(&name) == Some(&true) {
                return self.know(function, true);
            }
            if !seen.insert(name.clone()) {
                continue;
            }
            for text in self.texts.iter().filter(|text| text.text.contains(&name)) {
                // What is no Python cannot be loaded.
                let Ok(tree) = python::parse(&text.text) else { continue };
                for part in parts(&tree.body) {
                    let mut naming = Naming { name: &name, is_there: false };
                    walk_stmts(part.body, &mut naming);
                    match part.function {
                        _ if !naming.is_there => {}
                        Some(within) if !text.is_env => next.push(within.to_owned()),
                        _ => return self.know(function, true),
                    }
                }
            }
        }
        self.know(function, false)
    }

    fn know(&mut self, function: &str, runs: bool) -> bool {
        self.known.insert(function.to_owned(), runs);
        runs
    }
}

/// Looks for a name.
struct Naming<'a> {
    name: &'a str,
    is_there: bool,
}

impl<'t> Visitor<'t> for Naming<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        !is_of_program(stmt)
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        let (ExprKind::Name(name) | ExprKind::Attribute { name, .. }) = &expr.kind else {
            return true;
        };
        self.is_there |= name == self.name;
        true
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

/// Statements that run together, without those of the functions among them.
pub(super) struct Part<'t> {
    /// What runs them; loading the module, if there is none. Of a method that Python calls by
    /// itself it is the class.
    pub(super) function: Option<&'t str>,
    pub(super) body: &'t [Stmt],
}

/// A text by what runs together.
pub(super) fn parts(body: &[Stmt]) -> Vec<Part<'_>> {
    let mut parts = vec![Part { function: None, body }];
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let mut inner = Inner::default();
        walk_stmts(part.body, &mut inner);
        parts.extend(inner.functions);
        at += 1;
    }
    parts
}

/// Collects functions.
#[derive(Default)]
struct Inner<'t> {
    /// Methods that Python calls by itself, by where their names are, with their classes.
    special: Vec<(Span, &'t str)>,
    functions: Vec<Part<'t>>,
}

impl<'t> Visitor<'t> for Inner<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::ClassDef(class) = &stmt.kind {
            let special = class.body.iter().filter_map(|stmt| match &stmt.kind {
                StmtKind::FunctionDef(function) if function.name.starts_with("__") => {
                    Some((function.name_span, &*class.name))
                }
                _ => None,
            });
            self.special.extend(special);
        }
        !is_of_program(stmt)
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let class = self.special.iter().find(|(span, _)| *span == function.name_span);
        let name = class.map_or(&*function.name, |(_, class)| *class);
        self.functions.push(Part { function: Some(name), body: &function.body });
        false
    }
}

/// Whether it is what a module only does as a program: `if __name__ == "__main__":`.
pub(super) fn is_of_program(stmt: &Stmt) -> bool {
    let StmtKind::If { branches, .. } = &stmt.kind else { return false };
    let Some((test, _)) = branches.first() else { return false };
    let ExprKind::Compare { first, .. } = &test.kind else { return false };
    matches!(&first.kind, ExprKind::Name(name) if name == "__name__")
}
