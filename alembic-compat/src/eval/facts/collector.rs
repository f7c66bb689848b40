//! The walk through a statement that gathers its facts.

use std::collections::BTreeSet;

use crate::eval::scope::bound_names;
use crate::eval::type_names::is_type;
use crate::python;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;

use super::Facts;
use super::Kind;
use super::Names;
use super::builtin::CHANGING;
use super::builtin::ITERATING;
use super::builtin::READING;
use super::path::Base;
use super::path::NamesIn;
use super::path::base;
use super::path::path_of;
use super::path::plain;
use super::shape::is_display;

pub(super) fn collect<'t>(
    at: usize,
    stmt: &'t Stmt,
    kind: Kind,
    types: &BTreeSet<&str>,
) -> Facts<'t> {
    let mut collector = Collector {
        facts: Facts {
            at,
            kind,
            binds: bound_names(std::slice::from_ref(stmt)).into_iter().collect(),
            reads: BTreeSet::new(),
            later: BTreeSet::new(),
            sets: BTreeSet::new(),
            set_by: BTreeSet::new(),
            attributes: BTreeSet::new(),
            handed: BTreeSet::new(),
            handed_later: BTreeSet::new(),
            used_up: BTreeSet::new(),
            is_display: is_display(stmt),
            tells: false,
            bases: BTreeSet::new(),
            environment: false,
            names: Names::Nothing,
            names_later: Names::Nothing,
        },
        in_function: false,
        class: None,
        receiver: None,
        method: None,
        types,
    };
    if let StmtKind::ClassDef(class) = &stmt.kind {
        collector.class(class);
    }
    python::walk_stmt(stmt, &mut collector);
    collector.facts
}

struct Collector<'t, 'a> {
    facts: Facts<'t>,
    in_function: bool,
    /// The class that the statement is: its name and the names that its body binds.
    class: Option<(&'t str, BTreeSet<&'t str>)>,
    /// What the method that is walked calls its object, and whether that is the class.
    receiver: Option<(&'t str, bool)>,
    /// The method that is walked.
    method: Option<&'t str>,
    types: &'a BTreeSet<&'a str>,
}

impl<'t> Collector<'t, '_> {
    /// Whether what is called only keeps its arguments: a type that is made of a list of choices or of
    /// a class of names.
    fn keeps(&self, function: &Expr) -> bool {
        match &function.kind {
            ExprKind::Name(name) => is_type(name) && self.types.contains(name.as_str()),
            ExprKind::Attribute { value, name } => {
                is_type(name) && base(value).is_some_and(|base| self.types.contains(base))
            }
            _ => false,
        }
    }

    fn class(&mut self, class: &'t ClassDef) {
        self.class = Some((&class.name, bound_names(&class.body).into_iter().collect()));
        self.facts.tells = class.body.iter().any(|stmt| {
            matches!(&stmt.kind, StmtKind::FunctionDef(function)
                if function.name == "__init_subclass__")
        });
        let mut bases = NamesIn::default();
        for argument in &class.arguments {
            let is_metaclass =
                matches!(argument, Argument::Keyword { name, .. } if name == "metaclass");
            self.facts.tells |= is_metaclass;
            python::walk_expr(argument.value(), &mut bases);
        }
        self.facts.bases = bases.0;
    }

    fn set(&mut self, target: &'t Expr) {
        match &target.kind {
            ExprKind::Attribute { value, .. } => {
                self.sets_of_class(value, true);
                if let Some(name) = base(value) {
                    self.facts.sets.insert(name);
                }
            }
            ExprKind::Subscript { value, .. } => {
                self.sets_of_class(value, false);
                if let Some(name) = base(value) {
                    self.facts.sets.insert(name);
                }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.set(item));
            }
            ExprKind::Starred(inner) => self.set(inner),
            _ => {}
        }
        if let Some(name) = base(target)
            && self.is_names_of_module(name)
        {
            self.names(Names::Changed);
        }
    }

    /// Notes that the class of a method is changed where the method changes `owner`: sets an
    /// attribute of it, or does something to it.
    fn sets_of_class(&mut self, owner: &'t Expr, is_attribute: bool) {
        let (Some((class, bound)), Some((receiver, is_class))) = (&self.class, self.receiver)
        else {
            return;
        };
        let changes = match path_of(owner) {
            (Base::Name(name), _) if name != receiver => false,
            (Base::Name(_), path) => match path.first() {
                None => is_class && is_attribute,
                Some(first) => is_class || *first == "__class__" || bound.contains(first),
            },
            (Base::TypeOf(name), _) => name == receiver,
            (Base::Other, _) => false,
        };
        match self.method {
            _ if !changes => {}
            // Python calls the others by itself.
            Some(method) if !method.starts_with("__") => {
                self.facts.set_by.insert(method);
            }
            _ => {
                let class = *class;
                self.facts.sets.insert(class);
            }
        }
    }

    /// Whether what a function of this name gives are the names of the module.
    fn is_names_of_module(&self, name: &str) -> bool {
        name == "globals" || !self.in_function && matches!(name, "vars" | "locals")
    }

    fn names(&mut self, what: Names) {
        let names =
            if self.in_function { &mut self.facts.names_later } else { &mut self.facts.names };
        *names = (*names).max(what);
    }

    fn hand(&mut self, name: &'t str) {
        let handed =
            if self.in_function { &mut self.facts.handed_later } else { &mut self.facts.handed };
        handed.insert(name);
    }

    /// What a call gets may be changed by it.
    fn hand_argument(&mut self, value: &'t Expr) {
        match &value.kind {
            ExprKind::Name(name) => self.hand(name),
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => {
                items.iter().for_each(|item| self.hand_argument(item));
            }
            ExprKind::Dict(items) => {
                items.iter().for_each(|(_, value)| self.hand_argument(value));
            }
            ExprKind::Call { function, arguments }
                if arguments.is_empty()
                    && plain(function).is_some_and(|name| self.is_names_of_module(name)) =>
            {
                self.names(Names::Changed);
            }
            _ => {}
        }
    }

    fn call(&mut self, function: &'t Expr, arguments: &'t [Argument]) {
        if self.keeps(function) {
            return;
        }
        match &function.kind {
            ExprKind::Attribute { value, name } => {
                let is_changing = CHANGING.contains(&name.as_str());
                if is_changing {
                    self.sets_of_class(value, false);
                }
                if let Some(owner) = base(value) {
                    self.hand(owner);
                    if is_changing {
                        self.facts.sets.insert(owner);
                        if self.is_names_of_module(owner) {
                            self.names(Names::Changed);
                        }
                    }
                }
            }
            ExprKind::Name(name) => match name.as_str() {
                "dir" if arguments.is_empty() && !self.in_function => self.names(Names::Read),
                name if arguments.is_empty() && self.is_names_of_module(name) => {
                    self.names(Names::Read);
                }
                "exec" => self.names(Names::Changed),
                "setattr" | "delattr" => {
                    let owner = arguments.first().and_then(|argument| base(argument.value()));
                    self.facts.sets.extend(owner);
                    if let Some(owner) = arguments.first() {
                        self.sets_of_class(owner.value(), true);
                    }
                }
                name if READING.contains(&name) => return,
                name if ITERATING.contains(&name) => {
                    let names = arguments.iter().filter_map(|argument| plain(argument.value()));
                    self.facts.used_up.extend(names);
                    return;
                }
                // An object that is called may change.
                name => drop(self.facts.used_up.insert(name)),
            },
            _ => {}
        }
        for argument in arguments {
            if matches!(argument, Argument::Positional(_) | Argument::Keyword { .. }) {
                self.hand_argument(argument.value());
            }
        }
    }

    /// What decorates is called.
    fn decorators(&mut self, decorators: &'t [Decorator]) {
        for decorator in decorators {
            if let Some(name) = base(&decorator.value) {
                self.hand(name);
            }
        }
    }
}

impl<'t> Visitor<'t> for Collector<'t, '_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target));
            }
            StmtKind::AnnAssign { target, .. } => self.set(target),
            StmtKind::AugAssign { target, .. } => {
                self.set(target);
                // `self.items += …` changes what the class may have.
                self.sets_of_class(target, false);
                // A local variable of a function, most likely, which does no harm here.
                self.facts.sets.extend(base(target));
            }
            StmtKind::Global(names) => {
                self.facts.sets.extend(names.iter().map(String::as_str));
            }
            StmtKind::For { iter, .. } => self.facts.used_up.extend(plain(iter)),
            StmtKind::FunctionDef(function) => self.decorators(&function.decorators),
            StmtKind::ClassDef(class) => self.decorators(&class.decorators),
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                if name == "load_dotenv" || name == "environ" {
                    self.facts.environment = true;
                }
                let names =
                    if self.in_function { &mut self.facts.later } else { &mut self.facts.reads };
                names.insert(name);
            }
            ExprKind::Attribute { name, .. } => {
                self.facts.environment |= name == "environ" || name == "putenv";
                self.facts.attributes.insert(name);
            }
            ExprKind::Subscript { value, index }
                if plain(index) == Some("__name__")
                    && matches!(&value.kind, ExprKind::Attribute { name, .. }
                        if name == "modules") =>
            {
                self.names(Names::Changed);
            }
            ExprKind::Comprehension { clauses, .. } => {
                let used_up = clauses.iter().filter_map(|clause| plain(&clause.iter));
                self.facts.used_up.extend(used_up);
            }
            ExprKind::Call { function, arguments } => self.call(function, arguments),
            _ => {}
        }
        true
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let outer = std::mem::replace(&mut self.in_function, true);
        let (receiver, method) = (self.receiver, self.method);
        if !outer && self.class.is_some() {
            self.method = Some(&function.name);
            let is_class = matches!(&*function.name, "__init_subclass__" | "__new__")
                || function
                    .decorators
                    .iter()
                    .any(|decorator| plain(&decorator.value) == Some("classmethod"));
            let first = function.parameters.iter().next();
            self.receiver = first.map(|first| (first.name.as_str(), is_class));
        }
        let used_up = self.facts.used_up.clone();
        python::walk_stmts(&function.body, self);
        // Where it is called matters, not where it is.
        self.facts.used_up = used_up;
        (self.receiver, self.method) = (receiver, method);
        self.in_function = outer;
        false
    }
}
