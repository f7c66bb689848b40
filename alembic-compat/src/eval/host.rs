//! The only door from Python code to the outside.

use std::any::Any;

use super::error::HostError;
use super::error::Unsupported;
use crate::header::EncodingError;

/// The instant that the host calls now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub microseconds: i64,
    /// How far local time is ahead of UTC, in seconds.
    pub local_offset: i32,
}

/// A module of the project, found by its dotted name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleSource {
    /// Its file.
    File {
        /// The path, as `__file__` and tracebacks show it.
        path: String,
        /// The text.
        text: String,
        /// Whether it is the `__init__.py` of a package.
        is_package: bool,
    },
    /// Its file, which is no text: importing raises `SyntaxError`.
    Undecodable {
        /// The path.
        path: String,
        /// What is wrong, and in which line.
        error: EncodingError,
    },
    /// A folder without an `__init__.py`.
    Namespace,
    /// The project does not have it, and Python would not find it either (its package is the
    /// project's own): importing raises `ModuleNotFoundError`, which code may catch.
    Missing,
    /// Nothing is known of it: a package that is not part of the project.
    Unknown,
}

/// A name of a module of the project, and what it stands for when the module has run.
#[derive(Debug)]
pub struct Bound<'a> {
    /// The file of the module.
    pub file: &'a str,
    /// The name.
    pub name: &'a str,
    /// What it stands for.
    pub holds: Holds,
    /// The files that are run themselves, and not because something imports them.
    pub readers: &'a [String],
}

/// What a name stands for, as far as that tells how it may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// A list, a dict, a set, a tuple of such, or another object that is written in Rust.
    Collection,
    /// An object of a class written in Python: the modules and names of that and of its ancestors.
    Object(Vec<(String, String)>),
    /// A class written in Python, with its ancestors.
    Class(Vec<(String, String)>),
    /// A function written in Python, which may have attributes.
    Function,
    /// What does not change.
    Other,
}

/// What Python code can do to the outside, and learn of it.
pub trait Host {
    /// `print`, the line end included.
    fn print(&mut self, text: &str);

    /// A record of `logging`.
    fn log(&mut self, logger: &str, level: i64, message: &str);

    /// The time.
    ///
    /// # Errors
    /// Where there is none.
    fn now(&mut self) -> Result<Now, HostError>;

    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// Where there are none.
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError>;

    /// An environment variable.
    fn environment(&mut self, name: &str) -> Option<String>;

    /// What gives an environment variable another value before revisions run, if anything does.
    fn environment_set(&mut self, _name: &str) -> Option<Unsupported> {
        None
    }

    /// A module of the project.
    ///
    /// # Errors
    /// When its file is there but cannot be read.
    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError>;

    /// What another module of the project does to what a name stands for, if any that Python would
    /// have loaded does something: only what is needed runs here, and that would be missing.
    fn changed(&mut self, _bound: &Bound<'_>) -> Option<Unsupported> {
        None
    }

    /// What the native modules share with whoever runs them: the connection, for example.
    fn extension(&mut self) -> &mut dyn Any;
}

/// A host that knows nothing and drops what is printed: all that it has is its extension.
#[derive(Debug, Default)]
pub struct NoHost<E = ()>(pub E);

impl<E: Any> Host for NoHost<E> {
    fn print(&mut self, _: &str) {}

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        Err(HostError::new("there is no clock here"))
    }

    fn random(&mut self, _: &mut [u8]) -> Result<(), HostError> {
        Err(HostError::new("there are no random numbers here"))
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
    }

    fn module_source(&mut self, _: &str) -> Result<ModuleSource, HostError> {
        Ok(ModuleSource::Unknown)
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.0
    }
}
