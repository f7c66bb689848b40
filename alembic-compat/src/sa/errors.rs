//! SQLAlchemy's and Alembic's exceptions.

use std::rc::Rc;

use limbeck_schema::CompileError;
use limbeck_schema::PythonError;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::registry;

pub(crate) use super::driver_error::raised as database;

/// `sqlalchemy.exc` below `Exception`: a class with its base, bases first.
const CLASSES: &[(&str, &str)] = &[
    ("SQLAlchemyError", "Exception"),
    ("ArgumentError", "SQLAlchemyError"),
    ("DuplicateColumnError", "ArgumentError"),
    ("ConstraintColumnNotFoundError", "ArgumentError"),
    ("ObjectNotExecutableError", "ArgumentError"),
    ("NoSuchModuleError", "ArgumentError"),
    ("NoForeignKeysError", "ArgumentError"),
    ("AmbiguousForeignKeysError", "ArgumentError"),
    ("CompileError", "SQLAlchemyError"),
    ("UnsupportedCompilationError", "CompileError"),
    ("IdentifierError", "SQLAlchemyError"),
    ("InvalidRequestError", "SQLAlchemyError"),
    ("NoInspectionAvailable", "InvalidRequestError"),
    ("PendingRollbackError", "InvalidRequestError"),
    ("ResourceClosedError", "InvalidRequestError"),
    ("NoSuchColumnError", "InvalidRequestError"),
    ("NoResultFound", "InvalidRequestError"),
    ("MultipleResultsFound", "InvalidRequestError"),
    ("NoReferenceError", "InvalidRequestError"),
    ("NoReferencedColumnError", "NoReferenceError"),
    ("NoReferencedTableError", "NoReferenceError"),
    ("NoSuchTableError", "InvalidRequestError"),
    ("UnreflectableTableError", "InvalidRequestError"),
    ("UnboundExecutionError", "InvalidRequestError"),
    ("StatementError", "SQLAlchemyError"),
    ("DBAPIError", "StatementError"),
    ("InterfaceError", "DBAPIError"),
    ("DatabaseError", "DBAPIError"),
    ("DataError", "DatabaseError"),
    ("OperationalError", "DatabaseError"),
    ("IntegrityError", "DatabaseError"),
    ("InternalError", "DatabaseError"),
    ("ProgrammingError", "DatabaseError"),
    ("NotSupportedError", "DatabaseError"),
    ("StaleDataError", "SQLAlchemyError"),
    ("UnmappedInstanceError", "InvalidRequestError"),
    ("DetachedInstanceError", "SQLAlchemyError"),
    ("ObjectDeletedError", "InvalidRequestError"),
    ("CommandError", "Exception"),
    ("CircularDependencyError", "SQLAlchemyError"),
    ("SAWarning", "RuntimeWarning"),
    ("SADeprecationWarning", "DeprecationWarning"),
];

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    for (name, base) in CLASSES {
        let own = match home.globals.borrow().get(&format!("exc.{base}")) {
            Some(Value::Class(class)) => Some(Rc::clone(class)),
            _ => None,
        };
        let base = own.or_else(|| match interp.builtin(base) {
            Some(Value::Class(class)) => Some(class),
            _ => None,
        });
        let Some(base) = base else { continue };
        let module = match *name {
            "CommandError" => "alembic.util.exc",
            "StaleDataError"
            | "UnmappedInstanceError"
            | "DetachedInstanceError"
            | "ObjectDeletedError" => "sqlalchemy.orm.exc",
            _ => "sqlalchemy.exc",
        };
        let class = ClassBuilder::new(*name, module).base(&base).finish(interp);
        home.set(format!("exc.{name}"), Value::Class(class));
    }
}

/// The names of `sqlalchemy.exc`.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let others = [
        "CommandError",
        "StaleDataError",
        "UnmappedInstanceError",
        "DetachedInstanceError",
        "ObjectDeletedError",
    ];
    CLASSES.iter().map(|(name, _)| *name).filter(move |name| !others.contains(name))
}

fn class(interp: &mut Interpreter, name: &str) -> Result<Rc<Class>> {
    registry::class(interp, &format!("exc.{name}"))
}

/// An exception of `sqlalchemy.exc` (or Alembic's `CommandError`).
pub(crate) fn of_class(
    interp: &mut Interpreter,
    name: &str,
    message: impl Into<String>,
) -> Result<Box<Error>> {
    let class = class(interp, name)?;
    Ok(interp.raised(&class, vec![Value::from(message.into())]))
}

/// An `ArgumentError`.
pub(crate) fn argument(interp: &mut Interpreter, message: impl Into<String>) -> Result<Box<Error>> {
    of_class(interp, "ArgumentError", message)
}

/// What compiling raised, as Python has it.
pub(crate) fn compile(interp: &mut Interpreter, error: &CompileError) -> Result<Box<Error>> {
    let message = error.to_string();
    let class = match error {
        CompileError::Unsupported { .. } => "UnsupportedCompilationError",
        CompileError::Compile(_) | CompileError::Column { .. } => "CompileError",
        CompileError::Argument(_) => "ArgumentError",
        CompileError::InvalidRequest(_) => "InvalidRequestError",
        CompileError::Identifier { .. } => "IdentifierError",
        CompileError::ConstraintColumnNotFound { .. } => "ConstraintColumnNotFoundError",
        CompileError::NoReferencedTable { .. } => "NoReferencedTableError",
        CompileError::NoReferencedColumn { .. } => "NoReferencedColumnError",
        CompileError::NoForeignKeys(_) => "NoForeignKeysError",
        CompileError::AmbiguousForeignKeys(_) => "AmbiguousForeignKeysError",
        CompileError::CircularDependency(_) => "CircularDependencyError",
        CompileError::Command(_) => "CommandError",
        CompileError::NotImplemented(_) => {
            return Ok(interp.raised_builtin("NotImplementedError", vec![Value::from(message)]));
        }
        CompileError::Python(error) => {
            let (class, argument) = match error {
                PythonError::Assertion => ("AssertionError", None),
                PythonError::Attribute(_) => ("AttributeError", Some(message)),
                PythonError::Index => ("IndexError", Some(message)),
                PythonError::Key(key) => ("KeyError", Some(key.clone())),
                PythonError::Type(_) => ("TypeError", Some(message)),
                PythonError::Value(_) => ("ValueError", Some(message)),
            };
            return Ok(
                interp.raised_builtin(class, argument.map(Value::from).into_iter().collect())
            );
        }
        CompileError::UnknownNaming => {
            return Ok(interp
                .unsupported("a name by the naming convention of env.py, which cannot be read"));
        }
        CompileError::MissingParameter(_) => {
            let message = format!("(sqlalchemy.exc.InvalidRequestError) {message}");
            return of_class(interp, "StatementError", message);
        }
    };
    of_class(interp, class, message)
}

/// One of several rows of parameters lacks what the first one has.
pub(crate) fn missing_in_group(
    interp: &mut Interpreter,
    key: &str,
    group: usize,
) -> Result<Box<Error>> {
    let message = format!(
        "(sqlalchemy.exc.InvalidRequestError) A value is required for bind parameter '{key}', in \
         parameter group {group}"
    );
    of_class(interp, "StatementError", message)
}

/// The result of compiling.
pub(crate) fn compiled<T>(
    interp: &mut Interpreter,
    result: std::result::Result<T, CompileError>,
) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(compile(interp, &error)?),
    }
}
