//! The standard library as far as migrations use it: modules for the interpreter ([`crate::eval`]).
//!
//! Everything here is pure; the time, random numbers, the environment and records of `logging` go
//! through the [`Host`](crate::eval::Host). A module or name that is not here is an
//! [`Unsupported`](crate::eval::Unsupported) with its dotted name, and so is what would touch
//! files, processes or the network.
//!
//! Modules that have values of their own are written in Rust. Those whose work is to call back
//! (`functools`, `itertools`, `contextlib` …) are written in Python, in `python/`, and run by the
//! interpreter itself.

pub mod datetime;
pub mod enums;
mod hashlib;
mod json;
mod support;
pub mod uuid;

use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use std::rc::Rc;

/// Makes a module.
pub type Loader = fn(&mut Interpreter) -> Result<Rc<Module>>;

/// Every module with its dotted name.
#[must_use]
pub fn modules() -> &'static [(&'static str, Loader)] {
    MODULES
}

/// Registers every module with an interpreter.
pub fn register(interp: &mut Interpreter) {
    for (name, loader) in MODULES {
        interp.register_module(name, loader);
    }
}

const MODULES: &[(&str, Loader)] = &[
    ("_enum", enums::load_native),
    ("_json", json::load_native),
    ("datetime", datetime::load),
    ("enum", enums::load),
    ("hashlib", hashlib::load),
    ("json", json::load),
    ("uuid", uuid::load),
];
