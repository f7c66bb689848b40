//! Listeners of SQLAlchemy: of what, and what they do.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_stmts;

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

/// The functions of a text.
pub(super) struct Handlers<'t> {
    text: &'t str,
    /// By their names.
    functions: BTreeMap<&'t str, Vec<Span>>,
    /// By their decorators.
    decorated: Vec<(Span, Span)>,
}

impl<'t> Handlers<'t> {
    pub(super) fn of(text: &'t Text, body: &'t [Stmt]) -> Self {
        let mut found =
            Handlers { text: &text.text, functions: BTreeMap::new(), decorated: Vec::new() };
        walk_stmts(body, &mut found);
        found
    }

    /// What the listener does that is made by the call at `span`, which is given `handler`, or is
    /// a decorator.
    pub(super) fn settings(&self, span: Span, handler: Option<&Expr>) -> Settings {
        let decorated = self.decorated.iter().filter(|(decorator, _)| *decorator == span);
        let mut next: Vec<Span> = decorated.map(|(_, function)| *function).collect();
        if let Some(ExprKind::Name(name) | ExprKind::Attribute { name, .. }) =
            handler.map(|handler| &handler.kind)
        {
            next.extend(self.functions.get(&**name).into_iter().flatten());
        } else if let Some(handler) = handler {
            next.push(handler.span);
        }
        if next.is_empty() {
            return Settings { has_pragma: true, has_set: true };
        }
        let mut settings = Settings { has_pragma: false, has_set: false };
        let mut seen = BTreeSet::new();
        while let Some(span) = next.pop() {
            let text = span.text(self.text);
            let lower = text.to_lowercase();
            settings.has_pragma |= lower.contains("pragma");
            settings.has_set |= ["\"set ", "'set "].iter().any(|word| lower.contains(word));
            // What it calls does it too.
            let called = self.functions.iter().filter(|(name, _)| text.contains(**name));
            let called = called.filter(|(name, _)| seen.insert(**name));
            next.extend(called.flat_map(|(_, spans)| spans.iter().copied()));
        }
        settings
    }
}

impl<'t> Visitor<'t> for Handlers<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::FunctionDef(function) = &stmt.kind {
            self.functions.entry(&function.name).or_default().push(stmt.span);
            let decorators = function.decorators.iter();
            self.decorated.extend(decorators.map(|decorator| (decorator.value.span, stmt.span)));
        }
        true
    }
}
