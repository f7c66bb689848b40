//! The naming convention of an `env.py`: that of the `target_metadata` it configures.
//!
//! `env.py` is not run. The expression given as `target_metadata` is evaluated with what it needs,
//! through the modules of the project.

use std::rc::Rc;

use limbeck_schema::table::NamingConvention;

use crate::eval::Error;
use crate::eval::Failure;
use crate::eval::Interpreter;
use crate::eval::Value;
use crate::python;
use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Position;
use crate::python::SyntaxError;
use crate::python::Visitor;
use crate::python::position;
use crate::sa;

/// Why the naming convention cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoConvention {
    /// The file is not Python.
    #[error("env.py is not Python: {0}")]
    Syntax(#[from] SyntaxError),
    /// Nothing in the file calls `context.configure`.
    #[error("env.py does not call context.configure()")]
    NotConfigured,
    /// Two calls of `context.configure` have metadata with different conventions.
    #[error("the calls of context.configure() in env.py have different naming conventions")]
    Several,
    /// `context.configure(**arguments)`, which may have the metadata.
    #[error("target_metadata may be among the ** arguments of context.configure() ({0})")]
    Hidden(Position),
    /// The expression hangs on a variable of a function.
    #[error("target_metadata is '{name}', which a function of env.py works out ({position})")]
    Local {
        /// The variable.
        name: String,
        /// Where it is given.
        position: Position,
    },
    /// The expression cannot be evaluated without running the application.
    #[error("target_metadata cannot be read: {0}")]
    NotReadable(Failure),
    /// What it gives is no `MetaData`.
    #[error("target_metadata is {class}, not a MetaData")]
    NoMetaData {
        /// The class of the value.
        class: String,
    },
}

/// For what an `env.py` configures its context: either in a call of its own, as in Alembic's
/// templates, or in one for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A connection.
    Online,
    /// `--sql`.
    Offline,
}

/// The naming convention that Alembic would use with this `env.py` in this mode.
///
/// `interp` has `sqlalchemy` and its companions registered, and a host that finds the modules of
/// the project. Metadata that is a list has no convention, as Alembic has it, and neither has
/// `None`.
///
/// # Errors
/// See [`NoConvention`]; a user can then say it in the configuration.
pub fn naming_convention(
    interp: &mut Interpreter,
    path: &str,
    text: &str,
    mode: Mode,
) -> Result<NamingConvention, NoConvention> {
    let tree = python::parse(text)?;
    let mut calls = Calls { text, found: Vec::new(), locals: Vec::new() };
    python::walk_stmts(&tree.body, &mut calls);
    if calls.found.is_empty() {
        return Err(NoConvention::NotConfigured);
    }
    if calls.found.iter().any(|call| call.mode == Some(mode)) {
        calls.found.retain(|call| call.mode.is_none_or(|of| of == mode));
    }
    let mut made: Option<NamingConvention> = None;
    let mut seen: Vec<&str> = Vec::new();
    let mut module = None;
    for call in &calls.found {
        let convention = match &call.metadata {
            Given::Nothing => NamingConvention::default(),
            Given::Hidden(position) => return Err(NoConvention::Hidden(position.clone())),
            Given::Local(name, position) => {
                let (name, position) = (name.clone(), position.clone());
                return Err(NoConvention::Local { name, position });
            }
            Given::Expression(expr) => {
                let written = expr.span.text(text);
                if seen.contains(&written) {
                    continue;
                }
                seen.push(written);
                let mut evaluate = || -> Result<Value, Box<Error>> {
                    let module = match &module {
                        Some(module) => Rc::clone(module),
                        None => {
                            let loaded = interp.load_environment("env", path, text)?;
                            Rc::clone(module.insert(loaded))
                        }
                    };
                    interp.evaluate_in(&module, expr)
                };
                let value = evaluate();
                let value =
                    value.map_err(|error| NoConvention::NotReadable(interp.report(&error)))?;
                of_value(interp, &value)?
            }
        };
        match &made {
            Some(other) if *other != convention => return Err(NoConvention::Several),
            _ => made = Some(convention),
        }
    }
    Ok(made.unwrap_or_default())
}

fn of_value(interp: &Interpreter, value: &Value) -> Result<NamingConvention, NoConvention> {
    match value {
        Value::None | Value::List(_) | Value::Tuple(_) => Ok(NamingConvention::default()),
        _ => match sa::metadata_naming(value) {
            Some(naming) => Ok(naming),
            None => Err(NoConvention::NoMetaData { class: interp.class_name(value).to_string() }),
        },
    }
}

/// A call of `context.configure`.
struct Call<'t> {
    metadata: Given<'t>,
    /// Which mode it is for, where its arguments tell.
    mode: Option<Mode>,
}

enum Given<'t> {
    Nothing,
    Hidden(Position),
    Local(String, Position),
    Expression(&'t Expr),
}

struct Calls<'t> {
    text: &'t str,
    found: Vec<Call<'t>>,
    /// The variables of the functions around.
    locals: Vec<String>,
}

impl<'t> Visitor<'t> for Calls<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        let ExprKind::Call { function, arguments } = &expr.kind else { return true };
        let is_configure = match &function.kind {
            ExprKind::Attribute { name, value } => {
                name == "configure"
                    && matches!(&value.kind, ExprKind::Name(of) if of.contains("context"))
            }
            _ => false,
        };
        if !is_configure {
            return true;
        }
        let mut metadata = Given::Nothing;
        let mut hidden = None;
        let mut mode = None;
        for argument in arguments {
            match argument {
                Argument::Keyword { name, value } if name == "target_metadata" => {
                    metadata = match self.local_in(value) {
                        Some(name) => Given::Local(name, position(self.text, value.span.offset())),
                        None => Given::Expression(value),
                    };
                }
                // It takes a connection first.
                Argument::Positional(_) => mode = Some(Mode::Online),
                Argument::Keyword { name, .. } if name == "connection" => {
                    mode = Some(Mode::Online);
                }
                Argument::Keyword { name, .. } if name == "url" || name == "dialect_name" => {
                    mode.get_or_insert(Mode::Offline);
                }
                Argument::DoubleStar(value) => {
                    hidden = Some(position(self.text, value.span.offset()));
                }
                _ => {}
            }
        }
        if let (Given::Nothing, Some(position)) = (&metadata, hidden) {
            metadata = Given::Hidden(position);
        }
        self.found.push(Call { metadata, mode });
        true
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let outer = self.locals.len();
        self.locals.extend(function.parameters.iter().map(|parameter| parameter.name.clone()));
        self.locals.extend(crate::eval::bound_in(&function.body).into_iter().map(str::to_owned));
        python::walk_stmts(&function.body, self);
        self.locals.truncate(outer);
        false
    }
}

impl Calls<'_> {
    /// A variable of a function that an expression mentions.
    fn local_in(&self, expr: &Expr) -> Option<String> {
        struct Names<'n>(&'n [String], Option<String>);
        impl<'t> Visitor<'t> for Names<'_> {
            fn expr(&mut self, expr: &'t Expr) -> bool {
                if let ExprKind::Name(name) = &expr.kind
                    && self.0.contains(name)
                {
                    self.1.get_or_insert_with(|| name.clone());
                }
                true
            }
        }
        let mut names = Names(&self.locals, None);
        python::walk_expr(expr, &mut names);
        names.1
    }
}
