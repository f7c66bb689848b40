//! What the text of a statement at the top of a project's module tells: which names it binds, which
//! it reads, and which it may change.

use std::collections::BTreeSet;

use crate::python;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::ComprehensionKind;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;

use super::scope::bound_names;
use super::type_names::is_type;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Import,
    Star,
    Function,
    /// A class, an assignment, or a block of bindings.
    Binding,
    /// Anything else, which may change what it mentions.
    Effect,
}

/// What is known of a statement from its text.
pub(super) struct Facts<'t> {
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) binds: BTreeSet<&'t str>,
    /// What it reads when it runs.
    pub(super) reads: BTreeSet<&'t str>,
    /// What functions in it read when they are called.
    pub(super) later: BTreeSet<&'t str>,
    /// Names of which an attribute or item is set, or which are set anew. The name of a class is
    /// one of them when its methods change what belongs to the class.
    pub(super) sets: BTreeSet<&'t str>,
    /// Methods of the class that it is which change what belongs to the class, where somebody calls
    /// them.
    pub(super) set_by: BTreeSet<&'t str>,
    /// Attributes of whatever it is.
    pub(super) attributes: BTreeSet<&'t str>,
    /// Names that a call may change: what has the method, what decorates, and the arguments.
    pub(super) handed: BTreeSet<&'t str>,
    /// Names that calls in its functions may change.
    pub(super) handed_later: BTreeSet<&'t str>,
    /// Names that are looked through to their end, which uses up an iterator, or called.
    pub(super) used_up: BTreeSet<&'t str>,
    /// Whether it binds names to something that cannot be an iterator.
    pub(super) is_display: bool,
    /// Whether it is a class that runs code when another is derived from it.
    pub(super) tells: bool,
    /// The names that the bases of a class mention.
    pub(super) bases: BTreeSet<&'t str>,
    /// Whether it deals with the environment.
    pub(super) environment: bool,
    /// What it does with the names of the module when it runs.
    pub(super) names: Names,
    /// What functions in it do with them when they are called.
    pub(super) names_later: Names,
}

/// What is done with the names of a module as a whole, by `globals()` and the like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Names {
    #[default]
    Nothing,
    Read,
    Changed,
}

/// The facts of a statement; none for those that do nothing here. `types` are the names of types,
/// and of modules that have them.
pub(super) fn facts<'t>(at: usize, stmt: &'t Stmt, types: &BTreeSet<&str>) -> Option<Facts<'t>> {
    let kind = match &stmt.kind {
        StmtKind::Pass | StmtKind::AnnAssign { value: None, .. } => return None,
        StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Str(_)) => return None,
        _ if never_runs(stmt) => return None,
        StmtKind::ImportFrom { names, .. } if names.iter().any(|name| name.name == "*") => {
            Kind::Star
        }
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } => Kind::Import,
        StmtKind::FunctionDef(_) => Kind::Function,
        StmtKind::ClassDef(_) | StmtKind::TypeAlias(_) => Kind::Binding,
        _ if binds_only(stmt) => Kind::Binding,
        _ => Kind::Effect,
    };
    Some(collect(at, stmt, kind, types))
}

/// Whether a statement does nothing but bind names.
pub(super) fn binds_only(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Import(_)
        | StmtKind::FunctionDef(_)
        | StmtKind::ClassDef(_)
        | StmtKind::TypeAlias(_)
        | StmtKind::Pass => true,
        StmtKind::ImportFrom { names, .. } => names.iter().all(|name| name.name != "*"),
        StmtKind::Assign { targets, .. } => targets.iter().all(is_plain_target),
        StmtKind::AnnAssign { target, .. } => is_plain_target(target),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            let blocks = [body, orelse, finally].into_iter();
            let mut blocks = blocks.chain(handlers.iter().map(|handler| &handler.body));
            blocks.all(|block| block.iter().all(binds_only))
        }
        StmtKind::If { branches, orelse } => {
            let mut blocks = branches.iter().map(|(_, block)| block).chain([orelse]);
            blocks.all(|block| block.iter().all(binds_only))
        }
        _ => false,
    }
}

fn is_plain_target(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_plain_target),
        ExprKind::Starred(inner) => is_plain_target(inner),
        _ => false,
    }
}

/// Whether a statement is a block that no import takes.
pub(super) fn never_runs(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::If { branches, orelse }
        if orelse.is_empty()
            && matches!(branches.as_slice(), [(test, _)]
                if is_type_checking(test) || is_main(test)))
}

/// `if TYPE_CHECKING:`, which no run takes.
fn is_type_checking(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name == "TYPE_CHECKING",
        _ => false,
    }
}

/// `if __name__ == "__main__":`, which no import takes.
fn is_main(test: &Expr) -> bool {
    let ExprKind::Compare { first, rest } = &test.kind else { return false };
    matches!(&first.kind, ExprKind::Name(name) if name == "__name__")
        && matches!(rest.as_slice(), [(python::CompareOp::Eq, value)]
            if matches!(&value.kind, ExprKind::Str(text) if text == "__main__"))
}

fn collect<'t>(at: usize, stmt: &'t Stmt, kind: Kind, types: &BTreeSet<&str>) -> Facts<'t> {
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

/// Whether a statement gives names something that cannot be an iterator.
fn is_display(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Assign { value, .. } | StmtKind::AnnAssign { value: Some(value), .. } => {
            match &value.kind {
                ExprKind::List(_)
                | ExprKind::Tuple(_)
                | ExprKind::Dict(_)
                | ExprKind::Set(_)
                | ExprKind::Str(_) => true,
                ExprKind::Comprehension { kind, .. } => {
                    !matches!(kind, ComprehensionKind::Generator)
                }
                _ => false,
            }
        }
        StmtKind::ClassDef(_) => true,
        _ => false,
    }
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

/// What an expression of attributes and items begins with.
enum Base<'t> {
    Name(&'t str),
    /// `type(name)`
    TypeOf(&'t str),
    Other,
}

/// What an expression begins with, and the attributes behind it; items are left out.
fn path_of(expr: &Expr) -> (Base<'_>, Vec<&str>) {
    let mut path = Vec::new();
    let mut expr = expr;
    let base = loop {
        match &expr.kind {
            ExprKind::Name(name) => break Base::Name(name),
            ExprKind::Attribute { value, name } => {
                path.push(name.as_str());
                expr = value;
            }
            ExprKind::Subscript { value, .. } => expr = value,
            ExprKind::Call { function, arguments } => {
                let of = arguments.first().and_then(|argument| plain(argument.value()));
                match (&function.kind, of) {
                    (ExprKind::Name(name), Some(of)) if name == "type" => break Base::TypeOf(of),
                    _ => break Base::Other,
                }
            }
            _ => break Base::Other,
        }
    };
    path.reverse();
    (base, path)
}

fn plain(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// The names that an expression mentions.
#[derive(Default)]
struct NamesIn<'t>(BTreeSet<&'t str>);

impl<'t> Visitor<'t> for NamesIn<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        self.0.extend(plain(expr));
        true
    }
}

/// The name that an expression of attributes and items begins with.
fn base(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => base(value),
        ExprKind::Call { function, .. } => base(function),
        _ => None,
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

/// Built-in functions that leave their arguments as they are.
const READING: &[&str] = &[
    "bool",
    "callable",
    "float",
    "getattr",
    "hasattr",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "print",
    "repr",
    "str",
    "super",
    "type",
];

/// Built-in functions that look through their arguments.
const ITERATING: &[&str] = &[
    "all",
    "any",
    "dict",
    "enumerate",
    "filter",
    "frozenset",
    "list",
    "map",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "sum",
    "tuple",
    "zip",
];

/// The methods of lists, dictionaries and sets that change them.
pub(crate) const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
];
