//! The walk through statements.

use std::collections::BTreeMap;

use crate::preflight::PythonNeeded;
use crate::preflight::names::Bindings;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;

use super::Known;
use super::Scope;
use super::Walker;

impl Walker<'_> {
    pub(super) fn block(&mut self, block: &[Stmt]) {
        block.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_) => {}
            StmtKind::Unsupported(what) => self.find(stmt.span, *what),
            StmtKind::TypeAlias(name) => {
                let place = self.module.place(stmt.span);
                let construct = format!("the type alias '{name}'");
                self.bind(name, Known::Failed(PythonNeeded { place, construct }));
            }
            StmtKind::Expr(value) => drop(self.value(value)),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.value(value);
                }
            }
            StmtKind::Delete(values) => self.exprs(values),
            StmtKind::Assign { targets, value } => {
                let value = self.value(value);
                for target in targets {
                    self.target(target, &value);
                }
            }
            StmtKind::AnnAssign { target, value, .. } => {
                if let Some(value) = value {
                    let value = self.value(value);
                    self.target(target, &value);
                }
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            StmtKind::Assert { test, message } => {
                self.expr(test);
                self.exprs(message);
            }
            StmtKind::Raise { exception, cause } => {
                self.exprs(exception);
                self.exprs(cause);
            }
            StmtKind::Import(names) => self.import(names),
            StmtKind::ImportFrom { level, module, names } => {
                self.import_from(*level, module.as_deref(), names);
            }
            StmtKind::FunctionDef(function) => self.nested(function),
            _ => self.compound(stmt),
        }
    }

    fn compound(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { branches, orelse } => {
                for (test, block) in branches {
                    let test = self.expr(test);
                    match self.truth(&test) {
                        Some(true) => return self.block(block),
                        Some(false) => {}
                        None => self.block(block),
                    }
                }
                self.block(orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                if *is_async {
                    self.find(stmt.span, "'async for'");
                }
                self.expr(iter);
                self.target(target, &Known::Nothing);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::With { is_async, items, body } => {
                if *is_async {
                    self.find(stmt.span, "'async with'");
                }
                for item in items {
                    let entered = match self.expr(&item.context) {
                        Known::Value(value) => self.samples.entered(&value),
                        _ => None,
                    };
                    if let Some(target) = &item.target {
                        self.target(target, &entered.map_or(Known::Nothing, Known::Value));
                    }
                }
                self.block(body);
            }
            StmtKind::Try { body, handlers, orelse, finally, is_star } => {
                if *is_star {
                    self.find(stmt.span, "'except*'");
                }
                self.block(body);
                for handler in handlers {
                    self.exprs(&handler.exception);
                    self.handlers += 1;
                    self.block(&handler.body);
                    self.handlers -= 1;
                }
                self.block(orelse);
                self.block(finally);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for case in cases {
                    self.exprs(&case.guard);
                    self.block(&case.body);
                }
            }
            StmtKind::ClassDef(class) => {
                self.decorators(&class.decorators);
                for argument in &class.arguments {
                    self.expr(argument.value());
                }
                self.scopes.push(Scope {
                    bindings: Bindings::of(None, &class.body),
                    known: BTreeMap::new(),
                });
                self.block(&class.body);
                self.scopes.pop();
            }
            _ => {}
        }
    }

    /// A function inside of a function: it is walked where it stands, since it sees the names.
    fn nested(&mut self, function: &FunctionDef) {
        self.decorators(&function.decorators);
        for parameter in function.parameters.iter() {
            self.exprs(&parameter.default);
        }
        self.definition(function);
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for decorator in decorators {
            self.expr(&decorator.value);
        }
    }

    fn target(&mut self, target: &Expr, value: &Known) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, value.clone()),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.target(item, &Known::Nothing));
            }
            ExprKind::Starred(inner) => self.target(inner, &Known::Nothing),
            ExprKind::Attribute { value, .. } => drop(self.expr(value)),
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            _ => {}
        }
    }
}
