//! Names, as the text tells: how often a function binds each, and which methods classes have.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Module;
use crate::python::Parameters;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

/// How often the names of a block are bound, without those of functions and classes in it.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    pub(super) counts: BTreeMap<String, u32>,
    /// Names that are the module's, or those of a function around.
    pub(super) elsewhere: BTreeSet<String>,
}

impl Bindings {
    pub(super) fn of(parameters: Option<&Parameters>, body: &[Stmt]) -> Self {
        let mut found = Self::default();
        for parameter in parameters.into_iter().flat_map(Parameters::iter) {
            // Whatever is passed: never known.
            found.bind(&parameter.name);
            found.bind(&parameter.name);
        }
        walk_stmts(body, &mut found);
        found
    }

    fn bind(&mut self, name: &str) {
        *self.counts.entry(name.to_owned()).or_default() += 1;
    }

    pub(super) fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name),
            ExprKind::Starred(inner) => self.target(inner),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.target(item));
            }
            _ => {}
        }
    }
}

impl<'t> Visitor<'t> for Bindings {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|it| self.target(it)),
            StmtKind::Delete(targets) => {
                // Deleted and bound again, or never: not known.
                targets.iter().for_each(|it| self.target(it));
                targets.iter().for_each(|it| self.target(it));
            }
            StmtKind::AugAssign { target, .. } => {
                self.target(target);
                self.target(target);
            }
            StmtKind::AnnAssign { target, .. } | StmtKind::For { target, .. } => {
                self.target(target);
            }
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|item| item.target.as_ref()).for_each(|it| self.target(it));
            }
            StmtKind::Try { handlers, .. } => {
                handlers.iter().filter_map(|it| it.name.as_deref()).for_each(|it| self.bind(it));
            }
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => {
                self.elsewhere.extend(names.iter().cloned());
            }
            StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
                names.iter().for_each(|name| self.bind(name.bound()));
            }
            StmtKind::FunctionDef(function) => self.bind(&function.name),
            StmtKind::ClassDef(class) => {
                self.bind(&class.name);
                return false;
            }
            StmtKind::TypeAlias(name) => self.bind(name),
            StmtKind::Match { cases, .. } => {
                cases.iter().flat_map(|case| &case.binds).for_each(|name| self.bind(name));
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Named { target, .. } => self.target(target),
            ExprKind::Lambda { .. } => return false,
            _ => {}
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

/// What a file says of names that it uses anywhere.
#[derive(Debug, Default)]
pub(super) struct FileNames {
    /// The functions of classes.
    pub(super) methods: BTreeSet<String>,
    /// Names of the module that functions bind anew.
    pub(super) globals: BTreeSet<String>,
}

impl FileNames {
    pub(super) fn of(tree: &Module) -> Self {
        let mut found = Self::default();
        walk_stmts(&tree.body, &mut found);
        found
    }
}

impl<'t> Visitor<'t> for FileNames {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::ClassDef(class) => {
                for stmt in &class.body {
                    match &stmt.kind {
                        StmtKind::FunctionDef(function) => {
                            self.methods.insert(function.name.clone());
                        }
                        StmtKind::Assign { targets, .. } => {
                            for target in targets {
                                if let ExprKind::Name(name) = &target.kind {
                                    self.methods.insert(name.clone());
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
            StmtKind::Global(names) => self.globals.extend(names.iter().cloned()),
            // `self.run = run` makes something that may be called as well.
            StmtKind::Assign { targets, .. } => {
                for target in targets {
                    if let ExprKind::Attribute { name, .. } = &target.kind {
                        self.methods.insert(name.clone());
                    }
                }
            }
            _ => {}
        }
        true
    }
}
