//! Follows the statements of a module.

use std::collections::BTreeMap;

use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::ImportedName;
use crate::python::Module;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::walk_expr;
use crate::python::walk_stmt;

use super::Reason;
use super::Variable;
use super::effects::Effects;
use super::effects::bound_names;
use super::effects::is_plain_function;
use super::effects::mentioned_names;
use super::operators;
use super::value::Extent;
use super::value::Unknown;
use super::value::Value;

/// How many bytes are copied by naming values, and put together from texts, in all. Without a
/// bound, `x = (x, x)` in forty lines fills the memory. What is written out takes nothing of it:
/// nothing is evaluated twice, so that it cannot be more than the text.
const BUDGET: usize = 1 << 24;

/// How many times the length of the text is added to [`BUDGET`], so that a long list that is written
/// out can be named: an item takes two characters at least.
const BUDGET_PER_BYTE: usize = 64;

/// How deep a value that has a name may be nested: copying, comparing and dropping it recurse.
const DEEPEST: usize = 100;

/// A value and the expression that gave it.
#[derive(Debug, Clone)]
struct Binding<'t> {
    value: Value<'t>,
    /// The size of the value.
    bytes: usize,
    span: Span,
}

/// The names of a module while it is followed.
#[derive(Debug)]
pub(super) struct Scope<'t> {
    bindings: BTreeMap<&'t str, Binding<'t>>,
    star_import: Option<Span>,
    effects: Effects<'t>,
    raised: Option<Span>,
    /// Whether something was met that may raise an exception.
    may_raise: bool,
    /// How many more bytes of values may be made.
    budget: usize,
}

impl<'t> Scope<'t> {
    /// The scope in which `module` starts, which was parsed from `code`.
    pub(super) fn new(code: &str, module: &'t Module) -> Self {
        let mut scope = Self {
            bindings: BTreeMap::new(),
            star_import: None,
            effects: Effects::new(code),
            raised: None,
            may_raise: false,
            budget: code.len().saturating_mul(BUDGET_PER_BYTE).saturating_add(BUDGET),
        };
        // The Python Language Reference, "Literals": the docstring is the first statement of the
        // module if it is a text literal. An f-string is none.
        let docstring = module.body.first().and_then(|stmt| match &stmt.kind {
            StmtKind::Expr(Expr { kind: ExprKind::Str(text), span }) => Some((text, *span)),
            _ => None,
        });
        if let Some((text, span)) = docstring {
            scope.bind(Variable::Doc.name(), Value::Str(text.into()), span);
        }
        scope
    }

    /// The statement that certainly raises an exception.
    pub(super) const fn raised(&self) -> Option<Span> {
        self.raised
    }

    /// The first `from … import *`.
    pub(super) const fn star_import(&self) -> Option<Span> {
        self.star_import
    }

    /// The value of a name of the module, with the expression that gave it.
    pub(super) fn lookup(&self, name: &str) -> Option<(Value<'t>, Span)> {
        if let Some(span) = self.effects.on(name) {
            return Some((Value::Unknown(Unknown { span, reason: Reason::Effect }), span));
        }
        let binding = self.bindings.get(name)?;
        Some((binding.value.clone(), binding.span))
    }

    /// Whether so many bytes of values may still be made; then they count as made.
    pub(super) const fn affords(&mut self, bytes: usize) -> bool {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => false,
        }
    }

    /// The size of what a name is bound to.
    pub(super) fn bytes(&self, name: &str) -> usize {
        self.bindings.get(name).map_or(0, |binding| binding.bytes)
    }

    fn bind(&mut self, name: &'t str, value: Value<'t>, span: Span) {
        let Extent { bytes, depth } = value.extent();
        let value = match depth <= DEEPEST {
            true => value,
            false => Value::Unknown(Unknown { span, reason: Reason::NotConstant }),
        };
        self.bindings.insert(name, Binding { value, bytes, span });
    }

    fn bind_unknown(&mut self, name: &'t str, span: Span, reason: Reason) {
        self.bind(name, Value::Unknown(Unknown { span, reason }), span);
    }

    /// Code at `span` may have failed, and changed every list there is if it could reach one:
    /// through the names it mentions, or through code of this file that it mentions. What is
    /// imported cannot reach a list that it is not given.
    pub(super) fn may_touch(&mut self, span: Span, mentioned: &[&'t str]) {
        self.may_raise = true;
        let reaches = |binding: &Binding<'t>| match &binding.value {
            Value::Unknown(unknown) => unknown.reason != Reason::Import,
            value => value.is_mutable(),
        };
        if !mentioned.iter().any(|name| self.bindings.get(name).is_some_and(reaches)) {
            return;
        }
        for binding in self.bindings.values_mut().filter(|binding| binding.value.is_mutable()) {
            binding.value = Value::Unknown(Unknown { span, reason: Reason::Mutation });
        }
    }

    pub(super) fn may_touch_in(&mut self, expr: &'t Expr) {
        self.may_touch(expr.span, &mentioned_names(|names| walk_expr(expr, names)));
    }

    fn may_touch_in_stmt(&mut self, stmt: &'t Stmt) {
        self.may_touch(stmt.span, &mentioned_names(|names| walk_stmt(stmt, names)));
    }

    /// Something may fail that changes nothing.
    pub(super) const fn may_raise(&mut self) {
        self.may_raise = true;
    }

    /// Follows statements, up to one that certainly raises an exception.
    pub(super) fn run(&mut self, body: &'t [Stmt]) {
        for stmt in body {
            if self.raised.is_some() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::If { branches, orelse } => return self.if_stmt(branches, orelse),
            StmtKind::Try { body, orelse, finally, .. } => {
                return self.try_stmt(stmt, body, orelse, finally);
            }
            // At the level of the module this says nothing.
            StmtKind::Global(_) => return,
            _ => self.effects.of_stmt(stmt),
        }
        match &stmt.kind {
            StmtKind::Expr(value) => drop(self.evaluate(value)),
            StmtKind::Assign { targets, value: expr } => {
                let value = self.evaluate(expr);
                let bytes = value.extent().bytes;
                for (at, target) in targets.iter().enumerate() {
                    let value = match at == 0 || self.affords(bytes) {
                        true => value.clone(),
                        false => self.unknown(expr, Reason::NotConstant),
                    };
                    self.assign(target, value, expr.span);
                }
            }
            StmtKind::AnnAssign { target, value: Some(expr), .. } => {
                let value = self.evaluate(expr);
                self.assign(target, value, expr.span);
            }
            StmtKind::AugAssign { target, op, value } => {
                let old = self.evaluate(target);
                let added = self.evaluate(value);
                // `+=` on a list changes it under all its names.
                if old.is_mutable() {
                    self.may_touch_in(target);
                }
                let value = operators::binary(*op, &old, &added)
                    .filter(|result| self.affords(result.extent().bytes))
                    .unwrap_or_else(|| self.unknown(value, Reason::NotConstant));
                self.assign(target, value, stmt.span);
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    match &target.kind {
                        ExprKind::Name(name) => self.delete(name),
                        _ => self.assign(target, Value::None, stmt.span),
                    }
                }
            }
            StmtKind::Import(names) => self.import(names),
            StmtKind::ImportFrom { level, module, names } => {
                let module = module.as_deref().filter(|_| *level == 0);
                self.import_from(module, names, stmt.span);
            }
            StmtKind::Raise { .. } => self.raised = Some(stmt.span),
            // An assertion that fails would keep the file from being loaded.
            StmtKind::Assert { .. } => self.may_touch_in_stmt(stmt),
            StmtKind::FunctionDef(function) => {
                if !is_plain_function(function) {
                    self.may_touch_in_stmt(stmt);
                }
                self.bind_unknown(&function.name, function.name_span, Reason::Definition);
            }
            StmtKind::ClassDef(class) => {
                self.may_touch_in_stmt(stmt);
                self.bind_unknown(&class.name, class.name_span, Reason::Definition);
            }
            StmtKind::TypeAlias(name) => self.bind_unknown(name, stmt.span, Reason::Definition),
            StmtKind::For { .. } | StmtKind::While { .. } => self.skip(stmt, Reason::Loop),
            StmtKind::With { .. } => self.skip(stmt, Reason::With),
            StmtKind::Match { .. } => self.skip(stmt, Reason::Match),
            StmtKind::AnnAssign { value: None, .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Return(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Unsupported(_)
            | StmtKind::If { .. }
            | StmtKind::Try { .. }
            | StmtKind::Global(_) => {}
        }
    }

    /// Does not follow `stmt`, and forgets what it may bind.
    fn skip(&mut self, stmt: &'t Stmt, reason: Reason) {
        self.may_touch_in_stmt(stmt);
        for name in bound_names(std::slice::from_ref(stmt)) {
            self.bind_unknown(name, stmt.span, reason);
        }
    }

    fn if_stmt(&mut self, branches: &'t [(Expr, Vec<Stmt>)], orelse: &'t [Stmt]) {
        for (at, (test, body)) in branches.iter().enumerate() {
            self.effects.of_expr(test);
            match self.evaluate(test).truth() {
                Some(true) => return self.run(body),
                Some(false) => {}
                None => {
                    for (test_behind, _) in &branches[at + 1..] {
                        self.effects.of_expr(test_behind);
                        self.may_touch_in(test_behind);
                    }
                    let blocks = branches[at..].iter().map(|(_, body)| &**body).chain([orelse]);
                    for block in blocks {
                        for stmt in block {
                            self.effects.of_stmt(stmt);
                            self.may_touch_in_stmt(stmt);
                        }
                        for name in bound_names(block) {
                            self.bind_unknown(name, test.span, Reason::Condition);
                        }
                    }
                    return;
                }
            }
        }
        self.run(orelse);
    }

    /// A block that cannot fail is followed, and then its `except` clauses do not matter.
    fn try_stmt(
        &mut self,
        stmt: &'t Stmt,
        body: &'t [Stmt],
        orelse: &'t [Stmt],
        finally: &'t [Stmt],
    ) {
        // A copy of all that is known is needed in case the block fails.
        let bytes = self.bindings.values().map(|binding| binding.bytes).sum();
        if !self.affords(bytes) {
            self.effects.of_stmt(stmt);
            self.skip(stmt, Reason::Try);
            self.run(finally);
            return;
        }
        let before = self.bindings.clone();
        let star_import_before = self.star_import;
        let could_raise = std::mem::replace(&mut self.may_raise, false);
        self.run(body);
        if !self.may_raise && self.raised.is_none() {
            self.may_raise = could_raise;
            self.run(orelse);
            // What `finally` binds is bound even if `else` fails.
            if self.raised.is_none() {
                self.run(finally);
            }
            return;
        }
        (self.bindings, self.star_import) = (before, star_import_before.or(self.star_import));
        (self.may_raise, self.raised) = (true, None);
        self.effects.of_stmt(stmt);
        self.skip(stmt, Reason::Try);
        self.run(finally);
    }

    fn assign(&mut self, target: &'t Expr, value: Value<'t>, span: Span) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, value, span),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let starred =
                    targets.iter().any(|target| matches!(target.kind, ExprKind::Starred(_)));
                match value.into_items() {
                    Some(items) if !starred && items.len() == targets.len() => {
                        for (target, item) in targets.iter().zip(items) {
                            self.assign(target, item, span);
                        }
                    }
                    _ => {
                        self.may_raise = true;
                        for target in targets {
                            let unknown = Unknown { span, reason: Reason::NotConstant };
                            self.assign(target, Value::Unknown(unknown), span);
                        }
                    }
                }
            }
            ExprKind::Starred(target) => self.assign(target, value, span),
            // An attribute or an item: of what, is not known, but a variable of this module can
            // only be reached through `globals()` and the like, which are effects.
            _ => self.may_touch_in(target),
        }
    }

    fn delete(&mut self, name: &str) {
        if self.bindings.remove(name).is_none() {
            self.may_raise = true;
        }
    }

    fn import(&mut self, names: &'t [ImportedName]) {
        self.may_raise = true;
        for name in names {
            let is_typing = matches!(&*name.name, "typing" | "typing_extensions");
            if is_typing {
                self.bind(name.bound(), Value::Typing, name.span);
            } else {
                self.bind_unknown(name.bound(), name.span, Reason::Import);
            }
        }
    }

    fn import_from(&mut self, module: Option<&str>, names: &'t [ImportedName], span: Span) {
        self.may_raise = true;
        let is_typing = matches!(module, Some("typing" | "typing_extensions"));
        for name in names {
            match &*name.name {
                "*" => self.star_import = self.star_import.or(Some(span)),
                "TYPE_CHECKING" if is_typing => {
                    self.bind(name.bound(), Value::Bool(false), name.span);
                }
                _ => self.bind_unknown(name.bound(), name.span, Reason::Import),
            }
        }
    }
}
