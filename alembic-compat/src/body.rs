//! Whether the `upgrade()` and `downgrade()` of a revision file do anything, read without running
//! it.

use crate::header::Effects;
use crate::header::bound_names;
use crate::header::with_unix_lines;
use crate::python;
use crate::python::BinaryOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Position;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::SyntaxError;
use crate::python::Visitor;
use crate::python::position;

#[cfg(test)]
mod tests;

/// What a function of a revision file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionBody {
    /// The file does not define it.
    Missing,
    /// It does nothing: `pass`, constants such as a docstring, a plain `return`. Nor may the file end
    /// the run when it is loaded.
    Empty,
    /// It does something, or may.
    Code {
        /// The first statement that does; or what binds the name, where that is no plain `def`.
        position: Position,
    },
    /// It calls the function for one database, as Alembic's template `multidb` writes it:
    /// `globals()["upgrade_%s" % engine_name]()`.
    Dispatch {
        /// The functions `upgrade_…` of the file, in the order of their first definition.
        functions: Vec<EngineFunction>,
    },
}

/// A function that a [`FunctionBody::Dispatch`] can call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFunction {
    /// What follows `upgrade_` or `downgrade_` in its name: the name of the database.
    pub engine: String,
    /// [`FunctionBody::Empty`] or [`FunctionBody::Code`].
    pub body: FunctionBody,
}

/// The functions of a revision file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// `upgrade()`.
    pub upgrade: FunctionBody,
    /// `downgrade()`.
    pub downgrade: FunctionBody,
}

/// Reads what the functions of the revision file `text` are. Of several definitions the last one
/// counts; one that depends on anything (a condition, a decorator, an assignment) is
/// [`FunctionBody::Code`].
///
/// # Errors
/// [`SyntaxError`] when the text is not Python.
pub fn read_body(text: &str) -> Result<Body, SyntaxError> {
    parse_body(text).map(|(body, _)| body)
}

/// The same, with the statements of the file.
///
/// # Errors
/// [`SyntaxError`] when the text is not Python.
pub fn parse_body(text: &str) -> Result<(Body, python::Module), SyntaxError> {
    let text = &*with_unix_lines(text);
    let module = python::parse(text)?;
    let mut effects = Effects::new(text);
    module.body.iter().for_each(|stmt| effects.of_stmt(stmt));
    let file = File { text, body: &module.body, effects };
    let body = Body { upgrade: file.function("upgrade"), downgrade: file.function("downgrade") };
    Ok((body, module))
}

struct File<'t> {
    text: &'t str,
    body: &'t [Stmt],
    effects: Effects<'t>,
}

/// What a name of the module is bound to in the end.
#[derive(Clone, Copy)]
enum Bound<'t> {
    Nothing,
    Function(&'t FunctionDef),
    Other(Span),
}

impl<'t> File<'t> {
    fn function(&self, name: &str) -> FunctionBody {
        match self.bound(name) {
            Bound::Nothing => FunctionBody::Missing,
            Bound::Other(span) => self.code(span),
            Bound::Function(function) => {
                let prefix = format!("{name}_");
                if is_dispatch(function, &prefix) {
                    FunctionBody::Dispatch { functions: self.engine_functions(&prefix) }
                } else {
                    self.body_of(function)
                }
            }
        }
    }

    fn bound(&self, name: &str) -> Bound<'t> {
        if let Some(span) = self.effects.on(name) {
            return Bound::Other(span);
        }
        let mut bound = Bound::Nothing;
        for stmt in self.body {
            match &stmt.kind {
                StmtKind::FunctionDef(function) if function.name == name => {
                    let is_plain = !function.is_async && function.decorators.is_empty();
                    bound = match is_plain {
                        true => Bound::Function(function),
                        false => Bound::Other(stmt.span),
                    };
                }
                StmtKind::Delete(targets) if targets.iter().any(|t| is_name(t, name)) => {
                    bound = Bound::Nothing;
                }
                // It may bind the name, also one that has been bound before.
                StmtKind::ImportFrom { names, .. }
                    if names.iter().any(|imported| imported.name == "*") =>
                {
                    bound = Bound::Other(stmt.span);
                }
                _ if bound_names(std::slice::from_ref(stmt)).contains(&name) => {
                    bound = Bound::Other(stmt.span);
                }
                _ => {}
            }
        }
        bound
    }

    fn engine_functions(&self, prefix: &str) -> Vec<EngineFunction> {
        let mut names: Vec<&str> = Vec::new();
        for name in bound_names(self.body) {
            if name.starts_with(prefix) {
                names.push(name);
            }
        }
        let function = |name: &&str| {
            let body = match self.bound(name) {
                Bound::Nothing => return None,
                Bound::Other(span) => self.code(span),
                Bound::Function(function) => self.body_of(function),
            };
            Some(EngineFunction { engine: name[prefix.len()..].to_owned(), body })
        };
        names.iter().filter_map(function).collect()
    }

    fn body_of(&self, function: &FunctionDef) -> FunctionBody {
        for stmt in &function.body {
            match &stmt.kind {
                StmtKind::Return(None) => break,
                StmtKind::Return(Some(value)) if is_constant(value) => break,
                _ if does_nothing(stmt) => {}
                _ => return self.code(stmt.span),
            }
        }
        let mut leaving = Leaving(None);
        python::walk_stmts(self.body, &mut leaving);
        leaving.0.map_or(FunctionBody::Empty, |span| self.code(span))
    }

    fn code(&self, span: Span) -> FunctionBody {
        FunctionBody::Code { position: position(self.text, span.offset()) }
    }
}

/// The first statement outside of functions that may not let the file be loaded: Alembic does not
/// come as far as to a function that does nothing.
struct Leaving(Option<Span>);

impl<'t> Visitor<'t> for Leaving {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        let leaves = match &stmt.kind {
            StmtKind::Raise { .. } | StmtKind::Assert { .. } | StmtKind::While { .. } => true,
            StmtKind::Expr(Expr { kind: ExprKind::Call { function, .. }, .. }) => {
                match &function.kind {
                    ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
                        matches!(name.as_str(), "exit" | "quit" | "_exit" | "abort")
                    }
                    _ => false,
                }
            }
            _ => false,
        };
        if leaves {
            self.0.get_or_insert(stmt.span);
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

/// Whether a statement of a function has no effect. The annotations of local variables are not
/// evaluated.
fn does_nothing(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Pass | StmtKind::Global(_) | StmtKind::Nonlocal(_) => true,
        StmtKind::AnnAssign { target, value: None, .. } => matches!(target.kind, ExprKind::Name(_)),
        StmtKind::Expr(value) => is_constant(value),
        _ => false,
    }
}

const fn is_constant(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::None
            | ExprKind::Bool(_)
            | ExprKind::Ellipsis
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
    )
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(found) if found == name)
}

/// Whether `function` is `globals()["<prefix>%s" % parameter]()` and nothing else.
fn is_dispatch(function: &FunctionDef, prefix: &str) -> bool {
    let mut parameters = function.parameters.iter();
    let (Some(parameter), None) = (parameters.next(), parameters.next()) else { return false };
    let plain = &function.parameters.positional;
    let mut statements = function.body.iter().filter(|stmt| !does_nothing(stmt));
    let (Some(stmt), None, 1) = (statements.next(), statements.next(), plain.len()) else {
        return false;
    };
    let StmtKind::Expr(Expr { kind: ExprKind::Call { function: item, arguments }, .. }) =
        &stmt.kind
    else {
        return false;
    };
    let ExprKind::Subscript { value: globals, index } = &item.kind else { return false };
    let ExprKind::Call { function: callee, arguments: none } = &globals.kind else { return false };
    let ExprKind::Binary { first, rest } = &index.kind else { return false };
    let ExprKind::Str(template) = &first.kind else { return false };
    arguments.is_empty()
        && none.is_empty()
        && is_name(callee, "globals")
        && template.strip_suffix("%s") == Some(prefix)
        && matches!(&**rest, [(BinaryOp::Mod, value)] if is_name(value, &parameter.name))
}
