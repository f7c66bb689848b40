//! What a text does to things by their names: when it is loaded, and when its functions run.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::eval::CHANGING;
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

use super::super::overrides::parts::is_of_program;
use super::path::join;
use super::path::path_of;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It gets another value.
    Set,
    /// An item of it does, or it is changed in another way.
    Change,
    Call,
    /// A class is derived from it.
    Derive,
}

/// A function, or a method with its class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) class: Option<String>,
    pub(super) name: String,
}

/// Something that is done to a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) act: Act,
    /// The name of the thing, dotted. A star stands for any attribute.
    pub(super) path: String,
    pub(super) span: Span,
    /// The function that does it; without one it is done when the text is loaded.
    pub(super) by: Option<Function>,
    /// The class that is derived.
    pub(super) derived: Option<String>,
}

/// A class of a text.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// The attributes of it that its objects share and may change.
    pub(super) shared: BTreeSet<String>,
    /// Its metaclass.
    pub(super) metaclass: Option<String>,
    /// Whether it is a metaclass.
    pub(super) is_metaclass: bool,
    pub(super) methods: BTreeMap<String, Method>,
}

/// A method, by what it does to its object.
#[derive(Debug, Default)]
pub(super) struct Method {
    /// Whether its object is the class.
    pub(super) of_class: bool,
    /// The paths are those behind the object.
    pub(super) own: Vec<(Act, String)>,
}

/// What a text does.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    pub(super) all: Vec<Deed>,
    /// By the names in their paths.
    by_name: BTreeMap<String, Vec<usize>>,
    pub(super) classes: BTreeMap<String, Class>,
    /// What is called to make what a name of the module stands for.
    pub(super) made: BTreeMap<String, String>,
    /// What names of the module are other names of.
    pub(super) same: BTreeMap<String, String>,
}

impl Deeds {
    /// Those of these statements.
    pub(super) fn of(body: &[Stmt]) -> Deeds {
        let mut collector = Collector {
            deeds: Deeds::default(),
            by: None,
            class: None,
            receiver: None,
            locals: BTreeSet::new(),
            globals: BTreeSet::new(),
            aliases: BTreeMap::new(),
        };
        walk_stmts(body, &mut collector);
        let mut deeds = collector.deeds;
        for (at, deed) in deeds.all.iter().enumerate() {
            for name in deed.path.split('.') {
                deeds.by_name.entry(name.to_owned()).or_default().push(at);
            }
        }
        deeds
    }

    /// Those to things of these names, or of which one of these is an attribute.
    pub(super) fn to<'d>(&'d self, names: &BTreeSet<String>) -> impl Iterator<Item = &'d Deed> {
        let any = ["*", "__dict__"].into_iter();
        let found = names.iter().map(String::as_str).chain(any);
        let found = found.filter_map(|name| self.by_name.get(name)).flatten();
        let found: BTreeSet<usize> = found.copied().collect();
        found.into_iter().filter_map(|at| self.all.get(at))
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
    aliases: BTreeMap<String, String>,
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
        if self.receiver.as_deref() == Some(root) {
            self.own(act, rest);
            return;
        }
        if self.locals.contains(root) {
            if let (Some(of), false) = (self.aliases.get(root), act == Act::Set && rest.is_empty())
            {
                let path = join(of, rest);
                let by = self.by.clone();
                self.deeds.all.push(Deed { act, path, span, by, derived: None });
            }
            return;
        }
        let (by, path) = (self.by.clone(), path.to_owned());
        self.deeds.all.push(Deed { act, path, span, by, derived: None });
    }

    /// Notes what a name stands for.
    fn bind(&mut self, name: &str, value: &Expr) {
        let of = match &value.kind {
            ExprKind::Call { function, .. } => function,
            _ => value,
        };
        let Some(path) = path_of(of).filter(|path| !path.goes_on && !path.is_made) else { return };
        let is_call = matches!(value.kind, ExprKind::Call { .. });
        let names = match (&self.by, is_call) {
            (None, true) => &mut self.deeds.made,
            (None, false) => &mut self.deeds.same,
            (Some(_), true) => return,
            (Some(_), false) => {
                let root = path.dotted.split('.').next().unwrap_or_default();
                if self.locals.contains(root) || self.receiver.as_deref() == Some(root) {
                    return;
                }
                &mut self.aliases
            }
        };
        names.insert(name.to_owned(), path.dotted);
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
        for argument in arguments {
            // `map(names.append, …)`
            if let Some(path) = path_of(argument.value())
                && !path.goes_on
                && matches!(&argument.value().kind, ExprKind::Attribute { name, .. }
                    if CHANGING.contains(&&**name))
            {
                self.act(Act::Call, &path.dotted, span);
            }
        }
        let Some(path) = path_of(function) else { return };
        if !path.goes_on {
            self.act(Act::Call, &path.dotted, span);
        } else if let ExprKind::Attribute { name, .. } = &function.kind
            && !path.is_made
            && CHANGING.contains(&&**name)
        {
            self.act(Act::Change, &path.dotted, span);
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
                targets.iter().for_each(|target| self.set(target, stmt.span));
                if let [Expr { kind: ExprKind::Name(name), .. }] = targets.as_slice() {
                    self.bind(name, value);
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target, stmt.span));
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                self.set(target, stmt.span);
                if let ExprKind::Name(name) = &target.kind {
                    self.bind(name, value);
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
            StmtKind::For { target, .. } => self.set(target, stmt.span),
            StmtKind::With { items, .. } => {
                let targets = items.iter().filter_map(|item| item.target.as_ref());
                targets.for_each(|target| self.set(target, stmt.span));
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
        self.locals.extend(parameters);
        self.locals.extend(bound_in(&function.body).into_iter().map(str::to_owned));
        let mut imported = Imported::default();
        walk_stmts(&function.body, &mut imported);
        // What these stand for is known, as it is of those of the module.
        self.locals.retain(|name| !imported.0.contains(&name.as_str()));
        walk_stmts(&function.body, self);
        (self.by, self.receiver, self.locals, self.globals, self.aliases) = outer;
        false
    }
}
