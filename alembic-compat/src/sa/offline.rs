//! A revision rendered as SQL, as Alembic's `--sql` does.

use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use crate::eval::Args;
use crate::eval::Failure;
use crate::eval::Interpreter;
use crate::eval::Limits;
use crate::eval::NoHost;
use crate::eval::Value;

use super::Migration;

/// Which function of a revision runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `upgrade()`.
    Upgrade,
    /// `downgrade()`.
    Downgrade,
}

impl Direction {
    /// The name of the function.
    #[must_use]
    pub const fn function(self) -> &'static str {
        match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
        }
    }
}

/// The statements of a revision without semicolons, in the order in which `--sql` prints them, and
/// as Alembic does: every tab is four blanks, also one within a string.
///
/// `register` adds further native modules: those of the standard library.
///
/// # Errors
/// What the file raises, what is not supported, and limits.
pub fn render(
    source: &str,
    file: &str,
    direction: Direction,
    target: &Target,
    naming: &NamingConvention,
    register: &dyn Fn(&mut Interpreter),
) -> Result<Vec<String>, Failure> {
    let migration = Migration::offline(target.clone(), naming.clone());
    let mut interp = Interpreter::new(Box::new(NoHost(migration)), Limits::default());
    super::register(&mut interp);
    register(&mut interp);
    run_revision(&mut interp, source, file, direction)?;
    let migration = interp.host().extension().downcast_mut::<Migration>();
    let statements = migration.map(Migration::take_statements).unwrap_or_default();
    Ok(statements.iter().map(|sql| sql.replace('\t', "    ")).collect())
}

/// Runs `upgrade()` or `downgrade()` of a revision in an interpreter whose host has a
/// [`Migration`].
///
/// # Errors
/// What the file raises, what is not supported, and limits.
pub fn run_revision(
    interp: &mut Interpreter,
    source: &str,
    file: &str,
    direction: Direction,
) -> Result<(), Failure> {
    run_function(interp, source, file, direction.function())
}

/// Runs one function of a revision in an interpreter whose host has a [`Migration`]. The module is
/// called `revision` meanwhile.
///
/// # Errors
/// What the file raises, what is not supported, and limits.
pub fn run_function(
    interp: &mut Interpreter,
    source: &str,
    file: &str,
    function: &str,
) -> Result<(), Failure> {
    let run = |interp: &mut Interpreter| {
        let module = interp.run_file("revision", file, source)?;
        if let Some(skipped) = Interpreter::skipped(&module).into_iter().next() {
            return Err(Box::new(crate::eval::Error::Unsupported(skipped)));
        }
        let function = interp.get_attribute(&Value::Module(module), function)?;
        interp.call(&function, Args::none())
    };
    match run(interp) {
        Ok(_) => Ok(()),
        Err(error) => Err(interp.report(&error)),
    }
}
