//! What one text changes in SQLAlchemy and Alembic.

use crate::eval::Place;
use crate::op;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::position;
use crate::python::walk_stmts;

use super::Override;
use super::What;
use super::called::is_of_program;
use super::called::parts;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;
use super::prefilter::CHANGING;

/// Events of tables and metadata, and of connections that give other statements back.
const EVENTS: [&str; 8] = [
    "before_create",
    "after_create",
    "before_drop",
    "after_drop",
    "before_parent_attach",
    "after_parent_attach",
    "column_reflect",
    "do_execute",
];

/// Events of connections.
const OF_CONNECTIONS: [&str; 6] =
    ["connect", "first_connect", "checkout", "begin", "engine_connect", "do_connect"];

/// What a text changes, each with the function that it is in, if it is in one that does not run when
/// the text is loaded.
pub(super) fn changes(
    text: &Text,
    modules: &Modules<'_>,
    body: &[Stmt],
) -> Vec<(Override, Option<String>)> {
    let mut look = Look { text, modules, found: Vec::new() };
    let mut changes = Vec::new();
    for part in parts(body) {
        walk_stmts(part.body, &mut look);
        let function = part.function.filter(|_| !text.is_env).map(str::to_owned);
        changes.extend(look.found.drain(..).map(|found| (found, function.clone())));
    }
    changes.sort_by_key(|(found, _)| found.place.span.start);
    changes
}

struct Look<'a> {
    text: &'a Text,
    modules: &'a Modules<'a>,
    found: Vec<Override>,
}

impl Look<'_> {
    /// What an expression stands for.
    fn meaning(&self, expr: &Expr) -> Meaning {
        dotted(expr).map_or(Meaning::Unknown, |name| self.modules.meaning(self.text, &name))
    }

    /// The dotted name of an expression, where it is one of SQLAlchemy or Alembic.
    fn framework(&self, expr: &Expr) -> Option<String> {
        match self.meaning(expr) {
            Meaning::Framework(name) => Some(name),
            Meaning::Project | Meaning::Outside(_) | Meaning::Unknown => None,
        }
    }

    fn add(&mut self, span: Span, construct: String, dialects: Vec<String>, what: What) {
        let position = position(&self.text.text, span.offset());
        let place = Place { file: self.text.path.clone(), span, position };
        self.found.push(Override { construct, place, dialects, what });
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        if let ExprKind::Attribute { value, name } = &function.kind
            && CHANGING.contains(&&**name)
            && let Some(of) = self.framework(value)
            && is_collection(&of)
            && !of.starts_with("alembic.context")
        {
            self.add(span, format!("a change of {of}"), Vec::new(), What::Anything);
            return;
        }
        let Some(first) = arguments.first().map(Argument::value) else { return };
        if matches!(&function.kind, ExprKind::Name(name) if name == "setattr" || name == "delattr")
        {
            if let Some(of) = self.framework(first) {
                let construct = format!("a new value of an attribute of {of}");
                self.add(span, construct, Vec::new(), What::Anything);
            }
            return;
        }
        let Some(function) = self.framework(function) else { return };
        match last(&function) {
            "compiles" => self.compiled(span, first, arguments),
            "implementation_for" => {
                if let Some(class) = self.framework(first) {
                    let construct = format!("an own implementation of {}", last(&class));
                    self.add(span, construct, Vec::new(), What::Anything);
                }
            }
            "register_operation" => {
                if let Some(name) = text_of(&first.kind).filter(|name| op::has(name)) {
                    let construct = format!("an own operation {name}");
                    self.add(span, construct, Vec::new(), What::Anything);
                }
            }
            "listen" | "listens_for" => self.listener(span, first, arguments),
            _ => {}
        }
    }

    fn compiled(&mut self, span: Span, class: &Expr, arguments: &[Argument]) {
        let (construct, what) = match self.meaning(class) {
            Meaning::Framework(class) => {
                let class = last(&class).to_owned();
                (format!("an own way to compile {class}"), What::Compiled(class))
            }
            Meaning::Outside(class) => (format!("an own way to compile {class}"), What::OfOthers),
            Meaning::Unknown => ("an own way to compile something".to_owned(), What::Anything),
            Meaning::Project => return,
        };
        // Of a dialect that is not written here nobody knows which it is.
        let dialects = arguments.iter().skip(1).map(|it| text_of(&it.value().kind));
        self.add(span, construct, dialects.collect::<Option<_>>().unwrap_or_default(), what);
    }

    fn listener(&mut self, span: Span, target: &Expr, arguments: &[Argument]) {
        let class = self.framework(target);
        let of = match &class {
            Some(class) => format!("a listener for every {}", last(class)),
            None => "a listener".to_owned(),
        };
        let gives_back = arguments.iter().any(|argument| {
            matches!(argument, Argument::Keyword { name, value }
                if name == "retval" && value.kind == ExprKind::Bool(true))
        });
        let event = arguments.get(1).and_then(|event| text_of(&event.value().kind));
        match event.as_deref() {
            // They make settings of the session.
            Some(event) if OF_CONNECTIONS.contains(&event) => {
                let text = &self.text.text;
                let (has_pragma, has_set) =
                    (text.contains("PRAGMA") || text.contains("pragma"), text.contains("SET "));
                if has_pragma {
                    self.add(span, of.clone(), vec!["sqlite".to_owned()], What::Anything);
                }
                if has_set {
                    let dialects = ["postgresql", "mysql"].map(str::to_owned).to_vec();
                    self.add(span, of, dialects, What::Anything);
                }
            }
            Some("before_cursor_execute" | "before_execute") => {
                if gives_back {
                    self.add(span, of, Vec::new(), What::Anything);
                }
            }
            Some(event) if EVENTS.contains(&event) => {
                if class.is_some() {
                    self.add(span, of, Vec::new(), What::Anything);
                }
            }
            None if class.is_some() => self.add(span, of, Vec::new(), What::Anything),
            _ => self.add(span, of, Vec::new(), What::OfSessions),
        }
    }

    fn class(&mut self, span: Span, class: &ClassDef) {
        let bases = class.arguments.iter().filter_map(|base| self.framework(base.value()));
        if !bases.into_iter().any(|base| base.starts_with("alembic.") && base.ends_with("Impl")) {
            return;
        }
        let dialect = class.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                let is_dialect = |target: &Expr| {
                    matches!(&target.kind, ExprKind::Name(name) if name == "__dialect__")
                };
                targets.iter().any(is_dialect).then(|| text_of(&value.kind)).flatten()
            }
            _ => None,
        });
        let construct = format!("class {}, an implementation of Alembic's operations", class.name);
        self.add(span, construct, dialect.into_iter().collect(), What::Anything);
    }

    fn assign(&mut self, span: Span, target: &Expr) {
        if let ExprKind::Tuple(targets) | ExprKind::List(targets) = &target.kind {
            targets.iter().for_each(|target| self.assign(span, target));
            return;
        }
        let (of, name) = match &target.kind {
            ExprKind::Attribute { value, name } => (value, name.as_str()),
            ExprKind::Subscript { value, .. } => (value, "[…]"),
            _ => return,
        };
        // What env.py does to the configuration of a run is read elsewhere.
        if let Some(of) = self.framework(of).filter(|of| !of.starts_with("alembic.context")) {
            let construct = format!("a new value of {of}.{name}");
            self.add(span, construct, Vec::new(), What::Anything);
        }
    }
}

/// The dotted name of an expression, if it is nothing but that.
fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { value, name } => Some(format!("{}.{name}", dotted(value)?)),
        _ => None,
    }
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or_default()
}

/// Whether the name is that of a collection, which neither a module of these packages nor a class
/// has: `ischema_names`, `_impls`, `colspecs`.
fn is_collection(dotted: &str) -> bool {
    let name = last(dotted);
    name.contains('_') || name == "colspecs"
}

fn text_of(kind: &ExprKind) -> Option<String> {
    match kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => None,
    }
}

impl<'t> Visitor<'t> for Look<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.assign(stmt.span, target));
            }
            StmtKind::AnnAssign { target, value: Some(_), .. }
            | StmtKind::AugAssign { target, .. } => self.assign(stmt.span, target),
            StmtKind::ClassDef(class) => self.class(stmt.span, class),
            _ => {}
        }
        !is_of_program(stmt)
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Call { function, arguments } = &expr.kind {
            self.call(expr.span, function, arguments);
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        // Functions come by themselves.
        false
    }
}
