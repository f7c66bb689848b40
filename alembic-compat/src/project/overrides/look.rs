//! What one text changes in SQLAlchemy and Alembic.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::eval::CHANGING;
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

use super::super::dotted::last;
use super::Override;
use super::What;
use super::handlers::Handlers;
use super::handlers::Kind;
use super::handlers::Settings;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;
use super::parts::Symbol;
use super::parts::dotted;
use super::parts::is_of_program;
use super::parts::parts;
use super::reach::Class;
use super::reach::Item;

/// How the constructs begin that do more the second time.
const ADDING: [&str; 3] = ["a change of", "a listener", "a new value of"];

/// Methods that do more the second time.
const ADDING_METHODS: [&str; 7] =
    ["append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft"];

/// When something takes place.
pub(super) enum When {
    /// The text is loaded.
    Loaded,
    /// This runs.
    Runs(Symbol),
    /// A connection is made of an engine that `env.py` uses.
    Connected {
        /// What may be the engine, where its name is that of something.
        engine: Vec<Item>,
        /// The function in which this stands.
        function: Option<Symbol>,
    },
}

/// What a text changes, and when.
pub(super) fn changes(
    text: &Arc<Text>,
    modules: &Modules<'_>,
    body: &[Stmt],
) -> Vec<(Override, When)> {
    let handlers = Handlers::of(text, body);
    let mut look = Look { text, modules, handlers, within: None, found: Vec::new() };
    for part in parts(body) {
        look.within = part.symbol();
        walk_stmts(part.body, &mut look);
    }
    let mut changes = look.found;
    changes.sort_by_key(|(found, _)| found.place.span.start);
    changes
}

struct Look<'a> {
    text: &'a Arc<Text>,
    modules: &'a Modules<'a>,
    handlers: Handlers<'a>,
    /// The function that is looked at.
    within: Option<Symbol>,
    found: Vec<(Override, When)>,
}

impl Look<'_> {
    /// What an expression may stand for.
    fn meanings(&self, expr: &Expr) -> Vec<Meaning> {
        dotted(expr).map_or(Vec::new(), |name| self.modules.meanings(self.text, &name))
    }

    /// The dotted name of an expression, where it is one of SQLAlchemy or Alembic.
    fn framework(&self, expr: &Expr) -> Option<String> {
        self.meanings(expr).into_iter().find_map(|meaning| match meaning {
            Meaning::Framework(name) => Some(name),
            Meaning::Project | Meaning::Outside(_) | Meaning::Unknown => None,
        })
    }

    fn add(&mut self, span: Span, construct: String, dialects: Vec<String>, what: What) {
        let when = match &self.within {
            Some(function) if !self.text.is_env => When::Runs(function.clone()),
            _ => When::Loaded,
        };
        self.add_when(when, span, construct, dialects, what);
    }

    fn add_when(
        &mut self,
        when: When,
        span: Span,
        construct: String,
        dialects: Vec<String>,
        what: What,
    ) {
        let position = position(&self.text.text, span.offset());
        let place = Place { file: self.text.path.clone(), span, position };
        // Listeners of settings send the same again, and what is registered takes the place of itself.
        let adds_up = dialects.is_empty()
            && match &what {
                What::Anything => ADDING.iter().any(|begin| construct.starts_with(begin)),
                What::OfSessions { .. } | What::OfModels { .. } | What::OfProject => true,
                What::Compiled(_) | What::OfOthers | What::Environment(_) => false,
            };
        self.found.push((Override { construct, place, adds_up, dialects, what }, when));
    }

    /// A call that gives environment variables other values.
    fn variables(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        let first = arguments.first().and_then(|first| text_of(&first.value().kind));
        for meaning in self.meanings(function) {
            let Meaning::Outside(function) = meaning else { continue };
            match (&*function, last(&function)) {
                ("os.putenv" | "os.unsetenv" | "os.environ.setdefault" | "os.environ.pop", _) => {
                    self.add_variable(span, first.clone());
                }
                ("os.environ.update" | "os.environ.clear" | "os.environ.popitem", _)
                | (_, "load_dotenv" | "read_env") => {
                    self.add_variable(span, None);
                }
                _ => {}
            }
        }
    }

    fn add_variable(&mut self, span: Span, name: Option<String>) {
        let construct = match &name {
            Some(name) => format!("a new value of the environment variable {name}"),
            None => "new values of environment variables".to_owned(),
        };
        self.add(span, construct, Vec::new(), What::Environment(name));
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        self.variables(span, function, arguments);
        if let ExprKind::Attribute { value, name } = &function.kind
            && CHANGING.contains(&&**name)
            && let Some(of) = self.framework(value)
            && is_collection(&of)
            && !of.starts_with("alembic.context")
        {
            self.add(span, format!("a change of {of}"), Vec::new(), What::Anything);
            return;
        }
        if let ExprKind::Attribute { value, name } = &function.kind
            && ADDING_METHODS.contains(&&**name)
        {
            self.add_of_project(span, value);
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
        let Some(function) = self.framework(function).or_else(|| self.likely(function)) else {
            return;
        };
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

    /// A function that nothing tells of, by a name that SQLAlchemy has: `db.event.listen`.
    fn likely(&self, function: &Expr) -> Option<String> {
        let name = dotted(function)?;
        let mut parts = name.rsplit('.');
        let is_known = match parts.next() {
            Some("compiles") => true,
            Some("listen" | "listens_for") => parts.next() == Some("event"),
            _ => false,
        };
        if !is_known {
            return None;
        }
        let is_own =
            self.modules.meaning(self.text, &name) == Meaning::Project && name == last(&name);
        (!is_own).then_some(name)
    }

    fn compiled(&mut self, span: Span, class: &Expr, arguments: &[Argument]) {
        // Of a dialect that is not written here nobody knows which it is.
        let dialects = arguments.iter().skip(1).map(|it| text_of(&it.value().kind));
        let dialects: Vec<String> = dialects.collect::<Option<_>>().unwrap_or_default();
        let mut classes = self.meanings(class);
        if classes.is_empty() {
            classes.push(Meaning::Unknown);
        }
        for class in classes {
            let (construct, what) = match class {
                Meaning::Framework(class) => {
                    let class = last(&class).to_owned();
                    (format!("an own way to compile {class}"), What::Compiled(class))
                }
                Meaning::Outside(class) => {
                    (format!("an own way to compile {class}"), What::OfOthers)
                }
                Meaning::Unknown => ("an own way to compile something".to_owned(), What::Anything),
                Meaning::Project => continue,
            };
            self.add(span, construct, dialects.clone(), what);
        }
    }

    fn listener(&mut self, span: Span, target: &Expr, arguments: &[Argument]) {
        let class = self.framework(target);
        let of = match &class {
            Some(class) => format!("a listener for every {}", last(class)),
            None => "a listener".to_owned(),
        };
        let event = arguments.get(1).and_then(|event| text_of(&event.value().kind));
        let kind = Kind::of(event.as_deref(), arguments);
        let (dialects, what): (&[&str], _) = match kind {
            Kind::None => return,
            Kind::Tables if class.is_none() => return,
            Kind::Statements | Kind::Tables => (&[], What::Anything),
            Kind::Settings => {
                let handler = arguments.get(2).map(Argument::value);
                match self.handlers.settings(self.modules, span, handler) {
                    Settings { has_pragma: false, has_set: false } => return,
                    Settings { has_pragma: true, has_set: false } => (&["sqlite"], What::Anything),
                    Settings { has_pragma: false, has_set: true } => {
                        (&["postgresql", "mysql"], What::Anything)
                    }
                    Settings { has_pragma: true, has_set: true } => (&[], What::Anything),
                }
            }
            Kind::Objects if class.is_none() => (&[], self.of_class(target)),
            Kind::Unknown if class.is_some() => (&[], What::Anything),
            Kind::Objects | Kind::Unknown => (&[], What::OfSessions { without: BTreeSet::new() }),
        };
        let dialects = dialects.iter().map(|name| (*name).to_owned()).collect();
        let is_of_connection = matches!(kind, Kind::Statements | Kind::Settings);
        if class.is_none() && is_of_connection && !self.text.is_env {
            let (engine, function) = (self.items(target), self.within.clone());
            let when = When::Connected { engine, function };
            self.add_when(when, span, of, dialects, what);
        } else {
            self.add(span, of, dialects, what);
        }
    }

    /// Of the objects of a class.
    fn of_class(&self, target: &Expr) -> What {
        let class = match (self.meanings(target).as_slice(), self.items(target).as_slice()) {
            ([Meaning::Outside(name)], _) => Some(Class::OfOthers(name.clone())),
            ([_] | [], [item]) => Some(Class::Own(item.clone())),
            _ => None,
        };
        What::OfModels { class, without: BTreeSet::new() }
    }

    /// What an expression may begin with, where it is made in a module.
    fn items(&self, target: &Expr) -> Vec<Item> {
        let made = dotted(target).map_or(Vec::new(), |name| self.modules.made(self.text, &name));
        // A variable of a function may be anything.
        let made = made.into_iter().filter(|made| made.text.makes(&made.name));
        made.map(|made| (made.text.path.clone(), Symbol::of(&made.name))).collect()
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

    /// An object of a module of the project that `env.py` changes, to which it adds the next time.
    fn add_of_project(&mut self, span: Span, object: &Expr) {
        let Some(name) = dotted(object).filter(|_| self.text.is_env) else { return };
        let made = self.modules.made(self.text, &name);
        if made.iter().any(|made| made.text.path != self.text.path) {
            let construct = format!("a change of {name}");
            self.add(span, construct, Vec::new(), What::OfProject);
        }
    }

    fn assign(&mut self, span: Span, target: &Expr) {
        if let ExprKind::Tuple(targets) | ExprKind::List(targets) = &target.kind {
            targets.iter().for_each(|target| self.assign(span, target));
            return;
        }
        if let ExprKind::Subscript { value, index } = &target.kind
            && self.meanings(value).contains(&Meaning::Outside("os.environ".to_owned()))
        {
            self.add_variable(span, text_of(&index.kind));
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

impl<'t> Visitor<'t> for Look<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    self.assign(stmt.span, target);
                    // `M.x = M.x + 1`, and what is made of its old value before.
                    if !is_constant(value)
                        && let ExprKind::Attribute { value: object, name } = &target.kind
                        && self.text.text.matches(&format!(".{name}")).nth(1).is_some()
                    {
                        self.add_of_project(stmt.span, object);
                    }
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.assign(stmt.span, target));
            }
            StmtKind::AnnAssign { target, value: Some(_), .. } => self.assign(stmt.span, target),
            StmtKind::AugAssign { target, .. } => {
                self.assign(stmt.span, target);
                if self.meanings(target).contains(&Meaning::Outside("os.environ".to_owned())) {
                    self.add_variable(stmt.span, None);
                }
                match &target.kind {
                    ExprKind::Attribute { value: object, .. }
                    | ExprKind::Subscript { value: object, .. } => {
                        self.add_of_project(stmt.span, object);
                    }
                    // An object that is imported changes where it stands.
                    ExprKind::Name(_) => self.add_of_project(stmt.span, target),
                    _ => {}
                }
            }
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

/// Whether the name is that of a collection, which neither a module of these packages nor a class
/// has: `ischema_names`, `_impls`, `colspecs`.
fn is_collection(dotted: &str) -> bool {
    let name = last(dotted);
    name.contains('_') || name == "colspecs"
}

fn is_constant(value: &Expr) -> bool {
    use ExprKind::{Bool, Bytes, None, Number, Str};
    matches!(value.kind, Bool(_) | Bytes(_) | None | Number(_) | Str(_))
}

pub(super) fn text_of(kind: &ExprKind) -> Option<String> {
    match kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => None,
    }
}
