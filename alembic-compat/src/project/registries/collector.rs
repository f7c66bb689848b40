//! Looks through a text for what it does to things.

use crate::python::Argument;
use crate::python::BinaryOp;
use crate::python::ClassDef;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Parameters as Declared;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmt;
use crate::python::walk_stmts;

use super::super::overrides::parts::is_of_program;
use super::deeds::Act;
use super::deeds::Class;
use super::deeds::Deed;
use super::deeds::Deeds;
use super::deeds::Function;
use super::deeds::To;
use super::deeds::Touch;
use super::gives;
use super::names::choices;
use super::names::given;
use super::names::names_in;
use super::path::ITEM;
use super::path::is_given;
use super::path::join;
use super::path::last;
use super::path::of_collection;
use super::path::path_of;
use super::path::path_of_wrapped;
use super::path::plain;
use super::path::root;
use super::scopes::Scope;
use super::scopes::Thing;
use super::shapes::annotations_run;
use super::shapes::is_property;
use super::shapes::operator;
use super::shapes::receiver_of;
use super::shapes::shared_of;
use super::words::is_changing;

/// What these statements do.
pub(super) fn collected(body: &[Stmt]) -> Deeds {
    let mut collector = Collector {
        deeds: Deeds::default(),
        scope: Scope::default(),
        annotations_run: annotations_run(body),
    };
    walk_stmts(body, &mut collector);
    collector.deeds
}

pub(super) struct Collector {
    pub(super) deeds: Deeds,
    pub(super) scope: Scope,
    /// Whether annotations are evaluated when the text is loaded.
    annotations_run: bool,
}

/// A function of whatever form.
struct Code<'t> {
    name: &'t str,
    parameters: &'t Declared,
    body: &'t [Stmt],
    /// What the method calls its object.
    receiver: Option<String>,
    is_static: bool,
    is_property: bool,
}

impl Collector {
    pub(super) fn act(&mut self, act: Act, path: &str, span: Span) {
        self.act_to(act, path, span, None);
    }

    pub(super) fn act_to(&mut self, act: Act, path: &str, span: Span, to: Option<&To>) {
        let (of, rest) = root(path);
        if of == "super" && self.scope.receiver.is_some() {
            self.own(act, &plain(path), to);
            return;
        }
        if act == Act::Set && rest.is_empty() && self.scope.is_local(of) {
            return;
        }
        for thing in self.scope.things(path) {
            match thing {
                Thing::Parameter(name, rest) => self.touch(act, &name, &rest, to),
                Thing::Global(path) => self.note(act, path, span, to),
            }
        }
    }

    fn note(&mut self, act: Act, path: String, span: Span, to: Option<&To>) {
        let (by, to) = (self.scope.by.clone(), to.cloned());
        self.deeds.all.push(Deed { act, path, span, by, derived: None, to });
    }

    /// Notes another name of something.
    pub(super) fn name(&mut self, path: String, other: String, span: Span) {
        let deed = Deed { act: Act::Name, path, span, by: None, derived: Some(other), to: None };
        self.deeds.all.push(deed);
    }

    /// Notes what the function does to a parameter.
    pub(super) fn touch(&mut self, act: Act, name: &str, path: &str, to: Option<&To>) {
        if self.scope.receiver.as_deref() == Some(name) {
            self.own(act, path, to);
        }
        let Some(by) = &self.scope.by else { return };
        if let Some(parameters) = self.deeds.functions.get_mut(by) {
            let (path, to, is_nested) = (of_collection(path), to.cloned(), self.scope.is_nested);
            let touches = parameters.touches.entry(name.to_owned()).or_default();
            touches.insert(Touch { act, path, to, is_nested });
        }
    }

    /// Notes what a method does to its object.
    fn own(&mut self, act: Act, path: &str, to: Option<&To>) {
        let Some(Function { class: Some(class), name }) = &self.scope.by else { return };
        let path = &*of_collection(path);
        let is_new = is_given(path) && matches!(act, Act::Set | Act::Change | Act::Keep);
        if is_new || act == Act::Return {
            return;
        }
        let (path, to, is_nested) = (plain(path), to.cloned(), self.scope.is_nested);
        let methods = &mut self.deeds.classes.entry(class.clone()).or_default().methods;
        let own = &mut methods.entry(name.clone()).or_default().own;
        own.insert(Touch { act, path, to, is_nested });
    }

    /// Notes what the method that is looked at gives of its object.
    pub(super) fn gives(&mut self, path: &str) {
        let Some(Function { class: Some(class), name }) = &self.scope.by else { return };
        let methods = &mut self.deeds.classes.entry(class.clone()).or_default().methods;
        methods.entry(name.clone()).or_default().gives.insert(path.to_owned());
    }

    fn set(&mut self, target: &Expr, span: Span) {
        match &target.kind {
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                targets.iter().for_each(|target| self.set(target, span));
            }
            ExprKind::Starred(target) => self.set(target, span),
            ExprKind::Name(name) if self.scope.is_global(name) => self.act(Act::Set, name, span),
            ExprKind::Attribute { .. } => {
                path_of(target).into_iter().for_each(|path| self.act(Act::Set, &path, span));
            }
            ExprKind::Subscript { value, .. } => {
                let Some(path) = path_of(value) else { return };
                self.act(Act::Change, &path, span);
                for method in ["__setitem__", "__delitem__"] {
                    self.act(Act::Call, &join(&path, method), span);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        let first = arguments.first().and_then(|first| path_of(first.value()));
        let text = |at: usize| match arguments.get(at).map(|it| &it.value().kind) {
            Some(ExprKind::Str(name)) => name.clone(),
            _ => "*".to_owned(),
        };
        match &function.kind {
            ExprKind::Name(name) if name == "setattr" || name == "delattr" => {
                if let Some(of) = first {
                    self.act(Act::Set, &join(&of, &text(1)), span);
                }
                return;
            }
            // `object.__setattr__(self, "x", 1)` and `module.__setattr__("X", 1)`
            ExprKind::Attribute { value, name }
                if name == "__setattr__" || name == "__delattr__" =>
            {
                let Some(of) = path_of(value) else { return };
                let (of, attribute) = match &*of {
                    "object" | "type" | "super" => (first, text(1)),
                    of if is_given(of) => (self.scope.receiver.clone(), text(0)),
                    _ => (Some(of), text(0)),
                };
                if let Some(of) = of {
                    self.act(Act::Set, &join(&of, &attribute), span);
                }
                return;
            }
            // `type("A", (Base,), {})`
            ExprKind::Name(name) if name == "type" && arguments.len() > 2 => {
                self.derive(span, arguments, &text(0));
                return;
            }
            _ => {}
        }
        // `partial(register, "a")()`
        let path = path_of_wrapped(function);
        if path.as_deref().is_some_and(|path| last(path) == "new_class") {
            self.derive(span, arguments, &text(0));
        }
        for argument in arguments {
            // `map(names.append, …)`
            if let ExprKind::Attribute { name, .. } = &argument.value().kind
                && is_changing(name)
                && let Some(path) = path_of(argument.value())
            {
                self.act(Act::Call, &path, span);
            }
        }
        if let Some(path) = path {
            self.act(Act::Call, &path, span);
            gives::arguments(self, span, &path, arguments);
        }
    }

    /// Notes the bases of a class that a call makes.
    fn derive(&mut self, span: Span, arguments: &[Argument], name: &str) {
        let bases = arguments.get(1).map(|bases| &bases.value().kind);
        let Some(ExprKind::Tuple(bases) | ExprKind::List(bases)) = bases else { return };
        for path in bases.iter().filter_map(path_of) {
            let (by, derived) = (self.scope.by.clone(), Some(name.to_owned()));
            self.deeds.all.push(Deed { act: Act::Derive, path, span, by, derived, to: None });
        }
    }

    /// Notes that a statement enters and leaves something, and what it calls that.
    fn enter(&mut self, context: &Expr, target: Option<&Expr>, is_async: bool) {
        let Some(path) = path_of(context) else { return };
        let methods = match is_async {
            true => ["__aenter__", "__aexit__"],
            false => ["__enter__", "__exit__"],
        };
        for method in methods {
            self.act(Act::Call, &join(&path, method), context.span);
        }
        for name in target.into_iter().flat_map(names_in) {
            self.bind_path(name, &path, context.span);
            // A function that yields it.
            self.bind_path(name, &join(&path, ITEM), context.span);
        }
    }

    /// Notes that operators are applied to something.
    fn operate(&mut self, value: &Expr, ops: impl Iterator<Item = BinaryOp>, is_own: bool) {
        let Some(path) = path_of(value) else { return };
        if self.scope.things(&path).is_empty() {
            return;
        }
        for op in ops {
            let name = operator(op);
            self.act(Act::Call, &join(&path, &format!("__{name}__")), value.span);
            if is_own {
                self.act(Act::Call, &join(&path, &format!("__i{name}__")), value.span);
            }
        }
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for Decorator { value } in decorators {
            if !matches!(value.kind, ExprKind::Call { .. })
                && let Some(path) = path_of(value)
            {
                self.act(Act::Call, &path, value.span);
            }
        }
    }

    fn class(&mut self, span: Span, class: &ClassDef) {
        self.decorators(&class.decorators);
        let mut own = Class { shared: shared_of(class), ..Class::default() };
        for base in &class.arguments {
            // `Base[Item]` is derived from `Base`.
            let Some(path) = path_of(base.value()) else { continue };
            let path = path.trim_end_matches(".[]").to_owned();
            match base {
                Argument::Keyword { name, .. } if name != "metaclass" => continue,
                Argument::Keyword { .. } => own.metaclass = Some(path.clone()),
                _ => own.is_metaclass |= path == "type" || path.ends_with("Meta"),
            }
            let derived = Some(class.name.clone());
            let by = self.scope.by.clone();
            self.deeds.all.push(Deed { act: Act::Derive, path, span, by, derived, to: None });
        }
        if self.scope.by.is_none() {
            self.deeds.classes.insert(class.name.clone(), own);
        }
        let decorators = class.decorators.iter().map(|decorator| &decorator.value);
        let bases = class.arguments.iter().map(Argument::value);
        decorators.chain(bases).for_each(|expr| walk_expr(expr, self));
        let outer = self.scope.class.replace(class.name.clone());
        walk_stmts(&class.body, self);
        self.scope.class = outer;
    }

    /// Looks at a function.
    fn function(&mut self, code: &Code<'_>, walk: impl FnOnce(&mut Self)) {
        let names = code.parameters.iter().map(|parameter| &*parameter.name);
        let inner = self.scope.within(names, code.body);
        let outer = std::mem::replace(&mut self.scope, inner);
        if !self.scope.is_nested {
            let (class, name) = (self.scope.class.clone(), code.name.to_owned());
            let by = Function { class, name };
            let placed = code.parameters.positional_only.iter().chain(&code.parameters.positional);
            let placed = placed.map(|it| it.name.clone()).collect();
            let name = |it: &crate::python::Parameter| it.name.clone();
            let parameters = self.deeds.functions.entry(by.clone()).or_default();
            parameters.placed = placed;
            parameters.star = code.parameters.star.as_ref().map(name);
            parameters.double_star = code.parameters.double_star.as_ref().map(name);
            parameters.is_static = code.is_static;
            self.scope.receiver.clone_from(&code.receiver);
            self.scope.is_property = code.is_property;
            self.scope.by = Some(by);
        }
        // What a parameter is where it is not given.
        for parameter in code.parameters.iter() {
            let default = parameter.default.as_ref().and_then(path_of);
            let things = default.map(|path| outer.things(&path)).unwrap_or_default();
            if !things.is_empty() {
                self.scope.bind(&parameter.name, things);
            }
        }
        walk(self);
        self.scope = outer;
    }

    /// Looks at a function that is an expression.
    pub(super) fn lambda(&mut self, name: &str, parameters: &Declared, body: &Expr, span: Span) {
        let is_method = self.scope.class.is_some() && self.scope.by.is_none();
        let first = parameters.iter().next().filter(|_| is_method);
        let receiver = first.map(|first| first.name.clone());
        let code =
            Code { name, parameters, body: &[], receiver, is_static: false, is_property: false };
        self.function(&code, |inner| {
            walk_expr(body, inner);
            gives::returned(inner, body, span);
        });
    }
}

impl<'t> Visitor<'t> for Collector {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.set(target, stmt.span);
                    self.spread(target, value, stmt.span);
                    for (target, value) in given(target, value) {
                        self.bind(target, value, stmt.span);
                    }
                }
                if matches!(value.kind, ExprKind::Lambda { .. }) {
                    return false;
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target, stmt.span));
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                self.set(target, stmt.span);
                for (target, value) in given(target, value) {
                    self.bind(target, value, stmt.span);
                }
            }
            StmtKind::AugAssign { target, op, .. } => {
                match &target.kind {
                    ExprKind::Name(name) if !self.scope.is_global(name) => {
                        self.act(Act::Change, name, stmt.span);
                    }
                    _ => self.set(target, stmt.span),
                }
                self.operate(target, std::iter::once(*op), true);
            }
            StmtKind::Global(names) => self.scope.take_globals(names),
            StmtKind::For { target, iter, .. } => {
                self.set(target, stmt.span);
                self.bind_items(target, iter, stmt.span);
            }
            StmtKind::With { items, is_async, .. } => {
                for item in items {
                    self.enter(&item.context, item.target.as_ref(), *is_async);
                    if let Some(target) = &item.target {
                        self.set(target, stmt.span);
                    }
                }
            }
            StmtKind::Return(Some(value)) => gives::returned(self, value, stmt.span),
            StmtKind::FunctionDef(function) => {
                self.decorators(&function.decorators);
                gives::decorated(self, function);
            }
            StmtKind::ClassDef(class) => {
                self.class(stmt.span, class);
                return false;
            }
            _ => {}
        }
        !is_of_program(stmt)
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { function, arguments } => {
                if let ExprKind::Lambda { body, .. } = &function.kind {
                    walk_expr(body, self);
                }
                self.call(expr.span, function, arguments);
            }
            ExprKind::Named { target, value } => {
                for (target, value) in given(target, value) {
                    self.bind(target, value, expr.span);
                }
            }
            ExprKind::Binary { first, rest } => {
                self.operate(first, rest.iter().map(|(op, _)| *op), false);
            }
            ExprKind::Comprehension { clauses, .. } => {
                for clause in clauses.iter() {
                    self.bind_items(&clause.target, &clause.iter, expr.span);
                }
            }
            ExprKind::Yield(Some(value)) => gives::yielded(self, value, expr.span),
            // What is given to something is looked at with that; of others nobody knows who calls
            // them.
            ExprKind::Lambda { .. } => return false,
            _ => {}
        }
        true
    }

    fn annotation(&mut self, annotation: &'t Expr) -> bool {
        if self.annotations_run && self.scope.by.is_none() {
            walk_expr(annotation, self);
        }
        false
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let class = self.scope.class.clone().filter(|_| self.scope.by.is_none());
        let receiver = class.as_ref().and_then(|_| receiver_of(function));
        if let (Some(class), Some((_, of_class))) = (class, &receiver) {
            let class = self.deeds.classes.entry(class).or_default();
            class.methods.entry(function.name.clone()).or_default().of_class |= of_class;
        }
        let receiver = receiver.map(|(name, _)| name);
        let code = Code {
            name: &function.name,
            parameters: &function.parameters,
            body: &function.body,
            is_static: receiver.is_none(),
            is_property: is_property(function),
            receiver,
        };
        self.function(&code, |inner| {
            for stmt in &function.body {
                walk_stmt(stmt, inner);
                inner.forget_bound(stmt);
            }
        });
        false
    }
}

impl Collector {
    /// A parameter that gets another value is none from there on.
    fn forget_bound(&mut self, stmt: &Stmt) {
        let StmtKind::Assign { targets, value } = &stmt.kind else { return };
        for target in targets {
            let ExprKind::Name(name) = &target.kind else { continue };
            let is_same = |value: &&Expr| {
                path_of(value).is_some_and(|path| root(&path).0 == name && !is_given(&path))
            };
            if !choices(value).iter().any(is_same) {
                self.scope.forget(name);
            }
        }
    }
}
