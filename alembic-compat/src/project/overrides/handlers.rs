//! Listeners of SQLAlchemy: of what, and what they do.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FStringPart;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmts;
use crate::stdlib;

use super::modules::Found;
use super::modules::Meaning;
use super::modules::Modules;
use super::modules::Text;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The listener is told, and nothing that it gives back counts.
    None,
    /// Statements, instead of which the listener may give others.
    Statements,
    /// Connections, the settings of which it may make.
    Settings,
    /// Tables, columns and metadata.
    Tables,
    /// Objects of mapped classes, and sessions.
    Objects,
    /// It is not written which.
    Unknown,
}

/// Events of tables and metadata, and of statements that are run by the listener.
const TABLES: [&str; 7] = [
    "before_create",
    "after_create",
    "before_drop",
    "after_drop",
    "before_parent_attach",
    "after_parent_attach",
    "column_reflect",
];

/// Events of connections that come before their first statement.
const SETTINGS: [&str; 6] =
    ["connect", "first_connect", "checkout", "begin", "engine_connect", "do_connect"];

/// Events of engines, connections and pools by which things are counted and logged, and those of
/// the time when mapped classes are made ready.
const TOLD: [&str; 22] = [
    "after_configured",
    "after_cursor_execute",
    "after_execute",
    "before_configured",
    "checkin",
    "close",
    "close_detached",
    "commit",
    "commit_twophase",
    "detach",
    "dialect_initialize",
    "engine_disposed",
    "handle_error",
    "invalidate",
    "release_savepoint",
    "reset",
    "rollback",
    "rollback_savepoint",
    "rollback_twophase",
    "savepoint",
    "set_connection_execution_options",
    "soft_invalidate",
];

impl Kind {
    /// Of an event by its name, and of what else the listener is given.
    pub(super) fn of(event: Option<&str>, arguments: &[Argument]) -> Kind {
        let gives_back = || {
            arguments.iter().any(|argument| {
                matches!(argument, Argument::Keyword { name, value }
                    if name == "retval" && value.kind != ExprKind::Bool(false))
            })
        };
        match event {
            None => Kind::Unknown,
            Some("before_cursor_execute" | "before_execute") => match gives_back() {
                true => Kind::Statements,
                false => Kind::None,
            },
            Some("do_execute" | "do_executemany" | "do_execute_no_params" | "do_setinputsizes") => {
                Kind::Statements
            }
            Some(event) if TOLD.contains(&event) => Kind::None,
            Some(event) if SETTINGS.contains(&event) => Kind::Settings,
            Some(event) if TABLES.contains(&event) => Kind::Tables,
            Some(_) => Kind::Objects,
        }
    }
}

/// What a listener may do to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) has_pragma: bool,
    pub(super) has_set: bool,
}

/// The functions and the constants of a text.
pub(super) struct Handlers<'t> {
    text: &'t Arc<Text>,
    /// The blocks of functions, and the values of variables, by their names.
    made: BTreeMap<&'t str, Vec<Made<'t>>>,
    /// Functions by their decorators.
    decorated: Vec<(Span, &'t [Stmt])>,
}

#[derive(Clone, Copy)]
enum Made<'t> {
    Function(&'t [Stmt]),
    Value(&'t Expr),
}

impl<'t> Handlers<'t> {
    pub(super) fn of(text: &'t Arc<Text>, body: &'t [Stmt]) -> Self {
        let mut found = Handlers { text, made: BTreeMap::new(), decorated: Vec::new() };
        walk_stmts(body, &mut found);
        found
    }

    /// What the listener does that is made by the call at `span`, which is given `handler`, or is
    /// a decorator. What cannot be told may do anything.
    pub(super) fn settings(
        &self,
        modules: &Modules<'_>,
        span: Span,
        handler: Option<&'t Expr>,
    ) -> Settings {
        let decorated = self.decorated.iter().filter(|(decorator, _)| *decorator == span);
        let mut next: Vec<Made<'t>> = decorated.map(|(_, body)| Made::Function(body)).collect();
        next.extend(handler.map(Made::Value));
        let mut told = Told { is_unknown: next.is_empty(), ..Told::default() };
        let mut seen = BTreeSet::new();
        while let Some(made) = next.pop() {
            match made {
                Made::Function(body) => {
                    let is_docstring = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Str(_)));
                    let skipped = usize::from(body.first().is_some_and(is_docstring));
                    walk_stmts(&body[skipped..], &mut told);
                }
                Made::Value(value) => walk_expr(value, &mut told),
            }
            for name in std::mem::take(&mut told.names) {
                if !seen.insert(name) {
                    continue;
                }
                match self.made.get(name) {
                    Some(made) => next.extend(made),
                    None if self.text.imports.names.contains_key(name) => {
                        // What it takes from another module may be a text of that.
                        for made in modules.made(self.text, name) {
                            let text = made.text;
                            text.making(&made.name).into_iter().for_each(|made| told.text(&made));
                            told.pragma(&text.text.to_lowercase());
                        }
                        for means in self.text.imports.names.get(name).into_iter().flatten() {
                            if let Found::Text(text) = modules.get(means) {
                                told.pragma(&text.text.to_lowercase());
                            }
                        }
                    }
                    None => {}
                }
            }
        }
        let sent = told.sent.iter().filter_map(|name| self.made.get(name)).flatten();
        told.is_unknown |=
            sent.into_iter().any(|made| matches!(made, Made::Value(value) if is_worked_out(value)));
        // What is called of another module, or sent, may be anything.
        let does = told.does.iter().filter(|name| !self.made.contains_key(*name));
        told.is_unknown |= does.into_iter().any(|name| {
            let meanings = modules.meanings(self.text, name);
            let is_imported = self.text.imports.names.contains_key(*name);
            is_imported && meanings.is_empty()
                || meanings.iter().any(|meaning| match meaning {
                    Meaning::Project | Meaning::Unknown => is_imported,
                    Meaning::Outside(of) => {
                        let top = of.split('.').next().unwrap_or_default();
                        !stdlib::has_module(top) && !HARMLESS.contains(&top)
                    }
                    Meaning::Framework(_) => false,
                })
        });
        Settings {
            has_pragma: told.is_unknown || told.has_pragma,
            has_set: told.is_unknown || told.has_set,
        }
    }
}

impl<'t> Visitor<'t> for Handlers<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::FunctionDef(function) => {
                let made = Made::Function(&function.body);
                self.made.entry(&function.name).or_default().push(made);
                let decorators = function.decorators.iter();
                self.decorated
                    .extend(decorators.map(|decorator| (decorator.value.span, &*function.body)));
            }
            StmtKind::Assign { targets, value } => {
                for target in targets {
                    if let ExprKind::Name(name) = &target.kind {
                        self.made.entry(name).or_default().push(Made::Value(value));
                    }
                }
            }
            _ => {}
        }
        true
    }
}

/// What code tells of itself.
#[derive(Default)]
struct Told<'t> {
    has_pragma: bool,
    has_set: bool,
    /// It may do what is not written here.
    is_unknown: bool,
    /// The names that it mentions.
    names: Vec<&'t str>,
    /// Those that it calls, or sends.
    does: BTreeSet<&'t str>,
    /// Those that it sends.
    sent: BTreeSet<&'t str>,
}

impl Told<'_> {
    fn pragma(&mut self, lower: &str) {
        self.has_pragma |= lower.split("pragma").skip(1).any(changes_results);
    }

    fn text(&mut self, text: &str) {
        let lower = text.to_lowercase();
        self.pragma(&lower);
        let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut words = words.filter(|word| !word.is_empty());
        self.has_set |= words.any(|word| matches!(word, "set" | "set_config"));
    }
}

impl<'t> Visitor<'t> for Told<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Str(text) => self.text(text),
            ExprKind::FString(parts) => {
                for part in parts {
                    if let FStringPart::Text(text) = part {
                        self.text(text);
                    }
                }
            }
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
                self.has_pragma |= OF_SQLITE.contains(&&**name);
                self.names.push(name);
            }
            ExprKind::Call { function, arguments } => {
                self.does.extend(root_of(function));
                if matches!(&function.kind, ExprKind::Attribute { name, .. }
                    if name.starts_with("exec"))
                {
                    let sent = arguments.iter().map(Argument::value);
                    self.does.extend(sent.clone().filter_map(root_of));
                    for sent in sent.take(1) {
                        match &sent.kind {
                            ExprKind::Name(name) => {
                                self.sent.insert(name);
                            }
                            _ => self.is_unknown |= is_worked_out(sent),
                        }
                    }
                }
            }
            _ => {}
        }
        true
    }
}

/// What changes the answers of a connection of Python's `sqlite3`.
const OF_SQLITE: [&str; 6] = [
    "create_aggregate",
    "create_collation",
    "create_function",
    "load_extension",
    "set_authorizer",
    "text_factory",
];

/// Pragmas of SQLite that make nothing but time, memory and files different
/// (<https://sqlite.org/pragma.html>).
const OF_SPEED: [&str; 15] = [
    "analysis_limit",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "checkpoint_fullfsync",
    "fullfsync",
    "journal_mode",
    "journal_size_limit",
    "mmap_size",
    "optimize",
    "synchronous",
    "temp_store",
    "threads",
    "wal_autocheckpoint",
    "wal_checkpoint",
];

/// Whether a pragma, by what follows the word, may change what statements do.
fn changes_results(rest: &str) -> bool {
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut names = rest.split(|c: char| !is_of_name(c)).filter(|name| !name.is_empty());
    let name = names.find(|name| !matches!(*name, "main" | "temp"));
    !name.is_some_and(|name| OF_SPEED.contains(&name))
}

/// Modules of Python, besides those that revisions use, which do nothing to a connection.
const HARMLESS: [&str; 14] = [
    "asyncio",
    "contextvars",
    "gc",
    "inspect",
    "pathlib",
    "platform",
    "socket",
    "sqlite3",
    "ssl",
    "sys",
    "threading",
    "traceback",
    "warnings",
    "weakref",
];

/// Whether a statement is what a call gives: `"".join(parts)`, `file.read_text()`.
fn is_worked_out(sent: &Expr) -> bool {
    let ExprKind::Call { function, arguments } = &sent.kind else { return false };
    let is_plain = match &function.kind {
        // `sa.text("…")`
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } if name == "text" => {
            !arguments.iter().any(|argument| is_worked_out(argument.value()))
        }
        ExprKind::Attribute { value, name } => {
            name == "format" && matches!(value.kind, ExprKind::Str(_))
        }
        _ => false,
    };
    !is_plain
}

/// The name that an expression begins with.
fn root_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { value, .. } => root_of(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pragmas_of_speed_set_nothing() {
        for (text, is) in [
            ("PRAGMA journal_mode=WAL", false),
            ("pragma main.synchronous = NORMAL; PRAGMA cache_size(-2000)", false),
            ("PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON", true),
            ("PRAGMA case_sensitive_like = 1", true),
            ("PRAGMA journal", true),
            // What follows is not written here.
            ("PRAGMA ", true),
            ("SELECT 1", false),
        ] {
            let mut told = Told::default();
            told.text(text);
            assert_eq!(told.has_pragma, is, "{text}");
        }
    }
}
