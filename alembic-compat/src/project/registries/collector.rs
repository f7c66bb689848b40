//! Looks through a text for what it does to things.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::eval::bound_in;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::ImportedName;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmts;

use super::super::dotted::join;
use super::super::overrides::parts::is_of_program;
use super::deeds::Act;
use super::deeds::Class;
use super::deeds::Deed;
use super::deeds::Deeds;
use super::deeds::Function;
use super::names::given;
use super::names::given_by_loop;
use super::path::path_of;
use super::words::is_changing;

/// What these statements do.
pub(super) fn collected(body: &[Stmt]) -> Deeds {
    let mut collector = Collector {
        deeds: Deeds::default(),
        by: None,
        class: None,
        receiver: None,
        locals: BTreeSet::new(),
        globals: BTreeSet::new(),
        aliases: BTreeMap::new(),
        made: BTreeMap::new(),
    };
    walk_stmts(body, &mut collector);
    collector.deeds
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

struct Collector {
    deeds: Deeds,
    /// The function that is looked at.
    by: Option<Function>,
    /// The class that is looked at.
    class: Option<String>,
    /// What the method that is looked at calls its object.
    receiver: Option<String>,
    /// The names of the function that is looked at, and of those around it.
    locals: BTreeSet<String>,
    /// Those that it takes from its module.
    globals: BTreeSet<String>,
    /// What its names stand for that are other names of something.
    aliases: BTreeMap<String, BTreeSet<String>>,
    /// What is called to make what its names stand for.
    made: BTreeMap<String, BTreeSet<String>>,
}

/// The collections that the body of a class makes. A field of a dataclass is each object's own.
fn shared_of(class: &ClassDef) -> BTreeSet<String> {
    let is_dataclass = class.decorators.iter().any(|decorator| {
        path_of(&decorator.value).is_some_and(|path| path.dotted.ends_with("dataclass"))
    });
    let body = class.body.iter().filter(|_| !is_dataclass);
    let bound = body.filter_map(|stmt| match &stmt.kind {
        StmtKind::Assign { targets, value } if is_collection(value) => Some(targets.as_slice()),
        StmtKind::AnnAssign { target, value: Some(value), .. } if is_collection(value) => {
            Some(std::slice::from_ref(target))
        }
        _ => None,
    });
    let names = bound.flatten().filter_map(|target| match &target.kind {
        ExprKind::Name(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

fn is_collection(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::List(_)
        | ExprKind::Dict(_)
        | ExprKind::Set(_)
        | ExprKind::Comprehension { .. } => true,
        ExprKind::Call { function, .. } => path_of(function).is_some_and(|path| {
            let name = path.dotted.rsplit('.').next().unwrap_or_default().to_lowercase();
            ["list", "dict", "set", "deque", "counter"].iter().any(|kind| name.ends_with(kind))
        }),
        _ => false,
    }
}

impl Collector {
    fn act(&mut self, act: Act, path: &str, span: Span) {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let is_new_name = act == Act::Set && rest.is_empty();
        // A method of an object is one of what makes it.
        if act == Act::Call && !rest.is_empty() && !rest.contains('.') {
            for maker in self.made.get(root).cloned().unwrap_or_default() {
                self.note(act, join(&maker, rest), span);
            }
        }
        if self.receiver.as_deref() == Some(root) {
            self.own(act, rest);
        } else if self.receiver.is_some() && root == "super" {
            self.own(act, path);
        } else if !self.locals.contains(root) {
            self.note(act, path.to_owned(), span);
        } else if !is_new_name {
            for of in self.aliases.get(root).cloned().unwrap_or_default() {
                let path = join(&of, rest);
                match path.split_once('.') {
                    Some((root, rest)) if self.receiver.as_deref() == Some(root) => {
                        self.own(act, rest);
                    }
                    _ => self.note(act, path, span),
                }
            }
        }
    }

    fn note(&mut self, act: Act, path: String, span: Span) {
        let by = self.by.clone();
        self.deeds.all.push(Deed { act, path, span, by, derived: None });
    }

    /// Notes what a name stands for.
    fn bind(&mut self, name: &str, value: &Expr, span: Span) {
        let of = match &value.kind {
            ExprKind::Call { function, .. } => function,
            _ => value,
        };
        let Some(path) = path_of(of).filter(|path| !path.goes_on && !path.is_made) else { return };
        let path = path.dotted;
        let root = path.split('.').next().unwrap_or_default();
        let is_local = self.locals.contains(root);
        if matches!(value.kind, ExprKind::Call { .. }) {
            match (&self.by, &self.class) {
                (None, Some(class)) => {
                    let class = self.deeds.classes.entry(class.clone()).or_default();
                    class.made.insert(name.to_owned(), path);
                    return;
                }
                (None, None) => {}
                (Some(_), _) if !is_local && self.locals.contains(name) => {
                    self.made.entry(name.to_owned()).or_default().insert(path);
                    return;
                }
                (Some(_), _) => return,
            }
            self.made.entry(name.to_owned()).or_default().insert(path.clone());
            self.deeds.made.insert(name.to_owned(), path);
            return;
        }
        if self.by.is_none() {
            let other = self.class.as_ref().map_or(name.to_owned(), |it| format!("{it}.{name}"));
            let (by, derived) = (None, Some(other));
            self.deeds.all.push(Deed { act: Act::Name, path, span, by, derived });
            return;
        }
        let of: BTreeSet<String> = match self.aliases.get(root) {
            _ if self.receiver.as_deref() == Some(root) || !is_local => BTreeSet::from([path]),
            Some(of) => {
                let rest = path.split_once('.').map_or("", |(_, rest)| rest);
                of.iter().map(|of| join(of, rest)).collect()
            }
            None => return,
        };
        self.aliases.entry(name.to_owned()).or_default().extend(of);
    }

    /// Notes what makes an attribute of the object of a method.
    fn bind_attribute(&mut self, target: &Expr, value: &Expr) {
        let (ExprKind::Attribute { .. }, ExprKind::Call { function, .. }) =
            (&target.kind, &value.kind)
        else {
            return;
        };
        let (Some(target), Some(maker)) = (path_of(target), path_of(function)) else { return };
        let Some(Function { class: Some(class), .. }) = &self.by else { return };
        if target.goes_on || maker.goes_on || maker.is_made {
            return;
        }
        if let Some((root, attribute)) = target.dotted.split_once('.')
            && self.receiver.as_deref() == Some(root)
        {
            let class = self.deeds.classes.entry(class.clone()).or_default();
            class.made_of_objects.insert(attribute.to_owned(), maker.dotted);
        }
    }

    /// Notes what a method does to its object.
    fn own(&mut self, act: Act, path: &str) {
        let Some(Function { class: Some(class), name }) = &self.by else { return };
        let methods = &mut self.deeds.classes.entry(class.clone()).or_default().methods;
        methods.entry(name.clone()).or_default().own.push((act, path.to_owned()));
    }

    fn set(&mut self, target: &Expr, span: Span) {
        match &target.kind {
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                targets.iter().for_each(|target| self.set(target, span));
            }
            ExprKind::Starred(target) => self.set(target, span),
            ExprKind::Name(name) if self.globals.contains(name) => self.act(Act::Set, name, span),
            ExprKind::Attribute { .. } => match path_of(target) {
                Some(path) if path.is_made => {}
                Some(path) => {
                    let act = if path.goes_on { Act::Change } else { Act::Set };
                    self.act(act, &path.dotted, span);
                }
                None => {}
            },
            ExprKind::Subscript { value, .. } => match path_of(value) {
                Some(path) if !path.is_made => self.act(Act::Change, &path.dotted, span),
                _ => {}
            },
            _ => {}
        }
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        let first = arguments.first().and_then(|first| path_of(first.value()));
        if let ExprKind::Name(name) = &function.kind
            && (name == "setattr" || name == "delattr")
        {
            let attribute = match arguments.get(1).map(|second| &second.value().kind) {
                Some(ExprKind::Str(name)) => name.as_str(),
                _ => "*",
            };
            if let Some(of) = first.filter(|of| !of.goes_on && !of.is_made) {
                self.act(Act::Set, &format!("{}.{attribute}", of.dotted), span);
            }
            return;
        }
        // `object.__setattr__(self, "x", 1)` and `module.__setattr__("X", 1)`
        if let ExprKind::Attribute { value, name } = &function.kind
            && (name == "__setattr__" || name == "__delattr__")
            && let Some(of) = path_of(value).filter(|of| !of.goes_on)
        {
            let is_of_class = matches!(&*of.dotted, "object" | "type" | "super");
            let (of, attribute) = match is_of_class && !of.is_made {
                true => (first, arguments.get(1)),
                false => (Some(of), arguments.first()),
            };
            let attribute = match attribute.map(|it| &it.value().kind) {
                Some(ExprKind::Str(name)) => name.as_str(),
                _ => "*",
            };
            if let Some(of) = of.filter(|of| !of.goes_on) {
                let of = if of.is_made { self.receiver.clone() } else { Some(of.dotted) };
                let path = of.map(|of| format!("{of}.{attribute}"));
                path.into_iter().for_each(|path| self.act(Act::Set, &path, span));
            }
            return;
        }
        for argument in arguments {
            // `map(names.append, …)`
            if let Some(path) = path_of(argument.value())
                && !path.goes_on
                && matches!(&argument.value().kind, ExprKind::Attribute { name, .. }
                    if is_changing(name))
            {
                self.act(Act::Call, &path.dotted, span);
            }
        }
        let Some(path) = path_of(function) else { return };
        if !path.goes_on {
            self.act(Act::Call, &path.dotted, span);
        } else if let ExprKind::Attribute { name, .. } = &function.kind
            && !path.is_made
            && is_changing(name)
        {
            self.act(Act::Change, &path.dotted, span);
        }
    }

    /// Notes that a statement enters and leaves something.
    fn enter(&mut self, context: &Expr, is_async: bool) {
        let Some(path) = path_of(context).filter(|path| !path.goes_on) else { return };
        let methods = match is_async {
            true => ["__aenter__", "__aexit__"],
            false => ["__enter__", "__exit__"],
        };
        for method in methods {
            self.act(Act::Call, &join(&path.dotted, method), context.span);
        }
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for Decorator { value } in decorators {
            if !matches!(value.kind, ExprKind::Call { .. })
                && let Some(path) = path_of(value).filter(|path| !path.goes_on)
            {
                self.act(Act::Call, &path.dotted, value.span);
            }
        }
    }

    fn class(&mut self, span: Span, class: &ClassDef) {
        self.decorators(&class.decorators);
        let mut own = Class { shared: shared_of(class), ..Class::default() };
        for base in &class.arguments {
            let Some(path) = path_of(base.value()) else { continue };
            match base {
                Argument::Keyword { name, .. } if name != "metaclass" => continue,
                Argument::Keyword { .. } => own.metaclass = Some(path.dotted.clone()),
                _ => own.is_metaclass |= path.dotted == "type" || path.dotted.ends_with("Meta"),
            }
            let derived = Some(class.name.clone());
            let (by, path) = (self.by.clone(), path.dotted);
            self.deeds.all.push(Deed { act: Act::Derive, path, span, by, derived });
        }
        if self.by.is_none() {
            self.deeds.classes.insert(class.name.clone(), own);
        }
        let decorators = class.decorators.iter().map(|decorator| &decorator.value);
        let bases = class.arguments.iter().map(Argument::value);
        decorators.chain(bases).for_each(|expr| walk_expr(expr, self));
        let outer = self.class.replace(class.name.clone());
        walk_stmts(&class.body, self);
        self.class = outer;
    }

    /// What a method calls its object, and whether that is the class.
    fn receiver_of(function: &FunctionDef) -> Option<(String, bool)> {
        let is = |name: &str| {
            let mut decorators = function.decorators.iter();
            decorators
                .any(|it| matches!(&it.value.kind, ExprKind::Name(decorator) if decorator == name))
        };
        if is("staticmethod") {
            return None;
        }
        let first = function.parameters.iter().next()?;
        let of_class = is("classmethod")
            || matches!(&*function.name, "__init_subclass__" | "__new__" | "__class_getitem__");
        Some((first.name.clone(), of_class))
    }
}

impl<'t> Visitor<'t> for Collector {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.set(target, stmt.span);
                    self.bind_attribute(target, value);
                    for (name, value) in given(target, value) {
                        self.bind(name, value, stmt.span);
                    }
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target, stmt.span));
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                self.set(target, stmt.span);
                self.bind_attribute(target, value);
                for (name, value) in given(target, value) {
                    self.bind(name, value, stmt.span);
                }
            }
            StmtKind::AugAssign { target, .. } => match &target.kind {
                ExprKind::Name(name) if !self.globals.contains(name) => {
                    self.act(Act::Change, name, stmt.span);
                }
                _ => self.set(target, stmt.span),
            },
            StmtKind::Global(names) => {
                self.locals.retain(|name| !names.contains(name));
                self.globals.extend(names.iter().cloned());
            }
            StmtKind::For { target, iter, .. } => {
                self.set(target, stmt.span);
                for (name, value) in given_by_loop(target, iter) {
                    self.bind(name, value, stmt.span);
                }
            }
            StmtKind::With { items, is_async, .. } => {
                for item in items {
                    self.enter(&item.context, *is_async);
                    if let Some(target) = &item.target {
                        self.set(target, stmt.span);
                    }
                }
            }
            StmtKind::FunctionDef(function) => self.decorators(&function.decorators),
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
                self.call(expr.span, function, arguments);
                true
            }
            ExprKind::Named { target, value } => {
                for (name, value) in given(target, value) {
                    self.bind(name, value, expr.span);
                }
                true
            }
            // Whoever calls it is not known.
            ExprKind::Lambda { .. } => false,
            _ => true,
        }
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let outer = (
            self.by.clone(),
            self.receiver.clone(),
            self.locals.clone(),
            self.globals.clone(),
            self.aliases.clone(),
            self.made.clone(),
        );
        if self.by.is_none() {
            let class = self.class.clone();
            let receiver = class.as_ref().and_then(|_| Self::receiver_of(function));
            if let (Some(class), Some((_, of_class))) = (&class, &receiver) {
                let class = self.deeds.classes.entry(class.clone()).or_default();
                class.methods.entry(function.name.clone()).or_default().of_class |= of_class;
            }
            self.receiver = receiver.map(|(name, _)| name);
            self.by = Some(Function { class, name: function.name.clone() });
        }
        let parameters = function.parameters.iter().map(|parameter| parameter.name.clone());
        let mut own: BTreeSet<String> = parameters.collect();
        own.extend(bound_in(&function.body).into_iter().map(str::to_owned));
        self.aliases.retain(|name, _| !own.contains(name));
        self.made.retain(|name, _| !own.contains(name));
        self.locals.extend(own);
        let mut imported = Imported::default();
        walk_stmts(&function.body, &mut imported);
        // What these stand for is known, as it is of those of the module.
        self.locals.retain(|name| !imported.0.contains(&name.as_str()));
        walk_stmts(&function.body, self);
        (self.by, self.receiver, self.locals, self.globals, self.aliases, self.made) = outer;
        false
    }
}
