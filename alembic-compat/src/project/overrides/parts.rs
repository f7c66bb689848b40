//! A text by what runs its statements: loading it, or something that names a function of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

/// A function, a class or an object of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Symbol {
    pub(super) name: String,
    /// Its class, if it is a method.
    pub(super) class: Option<String>,
}

impl Symbol {
    /// Of a function, a class or an object of a module.
    pub(super) fn of(name: &str) -> Symbol {
        Symbol { name: name.to_owned(), class: None }
    }
}

/// Statements that run together, without those of the functions among them.
pub(super) struct Part<'t> {
    /// What runs them; loading the module, if there is none.
    function: Option<&'t str>,
    /// Its class, if it is a method.
    class: Option<&'t str>,
    pub(super) body: &'t [Stmt],
}

impl Part<'_> {
    /// What must be named for this to run. Methods that Python calls by itself run with their
    /// class.
    pub(super) fn symbol(&self) -> Option<Symbol> {
        let function = self.function?;
        Some(match self.class {
            Some(class) if function.starts_with("__") => Symbol::of(class),
            class => Symbol { name: function.to_owned(), class: class.map(str::to_owned) },
        })
    }
}

/// A text by what runs together.
pub(super) fn parts(body: &[Stmt]) -> Vec<Part<'_>> {
    let mut parts = vec![Part { function: None, class: None, body }];
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
    /// Methods, by where their names are, with their classes.
    methods: Vec<(Span, &'t str)>,
    functions: Vec<Part<'t>>,
}

impl<'t> Visitor<'t> for Inner<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::ClassDef(class) = &stmt.kind {
            let methods = class.body.iter().filter_map(|stmt| match &stmt.kind {
                StmtKind::FunctionDef(function) => Some((function.name_span, &*class.name)),
                _ => None,
            });
            self.methods.extend(methods);
        }
        !is_of_program(stmt)
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let method = self.methods.iter().find(|(span, _)| *span == function.name_span);
        self.functions.push(Part {
            function: Some(&function.name),
            class: method.map(|(_, class)| *class),
            body: &function.body,
        });
        false
    }
}

/// Whether it is what a module only does as a program: `if __name__ == "__main__":`.
pub(in crate::project) fn is_of_program(stmt: &Stmt) -> bool {
    let StmtKind::If { branches, .. } = &stmt.kind else { return false };
    let Some((test, _)) = branches.first() else { return false };
    let ExprKind::Compare { first, .. } = &test.kind else { return false };
    matches!(&first.kind, ExprKind::Name(name) if name == "__name__")
}

/// What statements name.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Names, and what is taken of them, dotted.
    pub(super) dotted: BTreeSet<String>,
    /// Those that are only given to a call.
    pub(super) given: BTreeSet<String>,
    /// Attributes of whatever it is.
    pub(super) attributes: BTreeSet<String>,
    /// Texts that may be names of classes, as relationships have them.
    pub(super) texts: BTreeSet<String>,
}

impl Names {
    fn extend(&mut self, other: &Names) {
        self.dotted.extend(other.dotted.iter().cloned());
        self.given.extend(other.given.iter().cloned());
        self.attributes.extend(other.attributes.iter().cloned());
        self.texts.extend(other.texts.iter().cloned());
    }
}

/// What the statements of a text name.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Those that run when it is loaded.
    pub(super) load: Names,
    /// Those of functions, methods and classes, and for objects of the module those that make
    /// them, or give them to something.
    pub(super) symbols: BTreeMap<Symbol, Names>,
}

impl Outline {
    /// Of the statements of a text.
    pub(super) fn of(body: &[Stmt]) -> Outline {
        let mut outline = Outline::default();
        for part in parts(body) {
            let mut naming = Naming::default();
            walk_stmts(part.body, &mut naming);
            match part.symbol() {
                Some(symbol) => {
                    outline.symbols.entry(symbol).or_default().extend(&naming.all);
                }
                None => {
                    outline.load = naming.all;
                    for (name, names) in naming.bound {
                        outline.symbols.entry(Symbol::of(&name)).or_default().extend(&names);
                    }
                }
            }
        }
        outline
    }
}

/// Looks at statements outside of functions.
#[derive(Default)]
struct Naming {
    all: Names,
    /// By what the statements bind, or use.
    bound: BTreeMap<String, Names>,
    /// The class that is looked at.
    class: Option<(Span, String)>,
    /// What the statement binds.
    binds: Vec<String>,
    /// The arguments of calls.
    arguments: Vec<Span>,
}

impl Naming {
    fn add(&mut self, add: impl Fn(&mut Names)) {
        add(&mut self.all);
        for name in &self.binds {
            add(self.bound.entry(name.clone()).or_default());
        }
    }
}

impl<'t> Visitor<'t> for Naming {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        let is_within =
            |(span, _): &(Span, String)| span.start <= stmt.span.start && stmt.span.end <= span.end;
        self.class = self.class.take().filter(is_within);
        self.arguments.clear();
        self.binds = match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().flat_map(names_of).collect(),
            StmtKind::AnnAssign { target, .. } => names_of(target),
            StmtKind::FunctionDef(function) => vec![function.name.clone()],
            // What it is given is changed by it, for all that is known.
            StmtKind::Expr(Expr { kind: ExprKind::Call { arguments, .. }, .. }) => {
                arguments.iter().map(Argument::value).flat_map(names_of).collect()
            }
            _ => Vec::new(),
        };
        if let StmtKind::ClassDef(class) = &stmt.kind {
            self.class = Some((stmt.span, class.name.clone()));
        }
        self.binds.extend(self.class.as_ref().map(|(_, class)| class.clone()));
        for name in self.binds.clone() {
            self.bound.entry(name).or_default();
        }
        !is_of_program(stmt)
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Call { arguments, .. } = &expr.kind {
            self.arguments.extend(arguments.iter().map(|argument| argument.value().span));
        }
        if let Some(name) = dotted(expr) {
            let is_given = self.arguments.contains(&expr.span);
            self.add(|names| {
                let names = if is_given { &mut names.given } else { &mut names.dotted };
                names.insert(name.clone());
            });
        }
        match &expr.kind {
            ExprKind::Attribute { value, name } => {
                // A method of what has just been made.
                let made = match &value.kind {
                    ExprKind::Call { function, .. } => dotted(function),
                    _ => None,
                };
                self.add(|names| {
                    names.attributes.insert(name.clone());
                    names.dotted.extend(made.as_ref().map(|made| format!("{made}.{name}")));
                });
            }
            ExprKind::Str(text) if text.starts_with(char::is_uppercase) => self.add(|names| {
                names.texts.insert(text.clone());
            }),
            _ => {}
        }
        true
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

/// What an assignment to this binds.
fn names_of(target: &Expr) -> Vec<String> {
    match &target.kind {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => vec![name.clone()],
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.iter().flat_map(names_of).collect(),
        _ => Vec::new(),
    }
}

/// The dotted name of an expression, if it is nothing but that.
pub(in crate::project) fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { value, name } => Some(format!("{}.{name}", dotted(value)?)),
        _ => None,
    }
}
