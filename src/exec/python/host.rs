//! What the code of Python revisions has of the outside, in runs and in trials.

use std::any::Any;

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::eval::BoundName;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::eval::Now;
use limbeck_alembic::eval::Unsupported;
use limbeck_alembic::sa::Migration;

use super::PythonOptions;

/// How much stack a thread of Python code has, in bytes. Only what is used takes memory.
pub(in crate::exec) const STACK: usize = 128 << 20;
/// The part of it that Python code may fill; the rest is for native code at its deepest.
pub(in crate::exec) const PYTHON_STACK: usize = 112 << 20;

/// What Python code tells.
#[derive(Debug)]
pub(in crate::exec) enum Word {
    /// By `print`, with the line end.
    Printed(String),
    /// To a logger.
    Logged { logger: String, level: i64, message: String },
}

/// A host that answers as `options` say.
pub(in crate::exec) struct ScriptHost<T> {
    pub(in crate::exec) migration: Migration,
    pub(in crate::exec) options: PythonOptions,
    pub(in crate::exec) clock: fn() -> DateTime<Utc>,
    /// Who hears what is told.
    pub(in crate::exec) tell: T,
}

impl<T: FnMut(Word)> Host for ScriptHost<T> {
    fn print(&mut self, text: &str) {
        (self.tell)(Word::Printed(text.to_owned()));
    }

    fn log(&mut self, logger: &str, level: i64, message: &str) {
        let (logger, message) = (logger.to_owned(), message.to_owned());
        (self.tell)(Word::Logged { logger, level, message });
    }

    fn now(&mut self) -> Result<Now, HostError> {
        let microseconds = (self.clock)().timestamp_micros();
        Ok(Now { microseconds, local_offset: (self.options.local_offset)(microseconds) })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        (self.options.random)(bytes).map_err(HostError::new)
    }

    fn environment(&mut self, name: &str) -> Option<String> {
        (self.options.environment)(name)
    }

    fn environment_set(&mut self, name: &str) -> Option<Unsupported> {
        self.options.variable_set(name)
    }

    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError> {
        self.options.modules.find(name).map_err(HostError::new)
    }

    fn changed(&mut self, bound: &BoundName<'_>) -> Option<Unsupported> {
        self.options.changed(bound)
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.migration
    }
}
