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

mod abstracts;
mod binascii;
pub mod datetime;
pub mod decimal;
pub mod enums;
mod hashlib;
mod json;
mod math;
mod natives;
mod re;
mod support;
mod unicodedata;
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

/// Whether there is a module of this name.
pub(crate) fn has_module(name: &str) -> bool {
    MODULES.iter().any(|(known, _)| *known == name)
}

/// Registers every module with an interpreter.
pub fn register(interp: &mut Interpreter) {
    for (name, loader) in MODULES {
        interp.register_module(name, loader);
    }
}

const MODULES: &[(&str, Loader)] = &[
    ("__future__", load_future),
    ("_collections", natives::load_collections),
    ("_enum", enums::load_native),
    ("_json", json::load_native),
    ("_limbeck", natives::load),
    ("abc", abstracts::load_abc),
    ("base64", binascii::load_base64),
    ("binascii", binascii::load_binascii),
    ("collections", |interp| {
        support::library(interp, "collections", include_str!("python/collections.py"))
    }),
    ("collections.abc", abstracts::load_collections_abc),
    ("contextlib", |interp| {
        support::library(interp, "contextlib", include_str!("python/contextlib.py"))
    }),
    ("copy", |interp| support::library(interp, "copy", include_str!("python/copy.py"))),
    ("dataclasses", |interp| {
        support::library(interp, "dataclasses", include_str!("python/dataclasses.py"))
    }),
    ("datetime", datetime::load),
    ("decimal", decimal::load),
    ("enum", enums::load),
    ("functools", |interp| {
        support::library(interp, "functools", include_str!("python/functools.py"))
    }),
    ("hashlib", hashlib::load),
    ("io", |interp| support::library(interp, "io", include_str!("python/io.py"))),
    ("itertools", |interp| {
        support::library(interp, "itertools", include_str!("python/itertools.py"))
    }),
    ("json", json::load),
    ("logging", |interp| support::library(interp, "logging", include_str!("python/logging.py"))),
    ("math", math::load),
    ("numbers", abstracts::load_numbers),
    ("operator", |interp| support::library(interp, "operator", include_str!("python/operator.py"))),
    ("os", |interp| support::library(interp, "os", include_str!("python/os.py"))),
    ("os.path", |interp| interp.load_module("posixpath")),
    ("pathlib", |interp| support::library(interp, "pathlib", include_str!("python/pathlib.py"))),
    ("posixpath", |interp| {
        support::library(interp, "posixpath", include_str!("python/posixpath.py"))
    }),
    ("random", |interp| support::library(interp, "random", include_str!("python/random.py"))),
    ("re", re::load),
    ("secrets", |interp| support::library(interp, "secrets", include_str!("python/secrets.py"))),
    ("string", |interp| support::library(interp, "string", include_str!("python/string.py"))),
    ("sys", |interp| support::library(interp, "sys", include_str!("python/sys.py"))),
    ("textwrap", |interp| support::library(interp, "textwrap", include_str!("python/textwrap.py"))),
    ("time", |interp| support::library(interp, "time", include_str!("python/time.py"))),
    ("traceback", |interp| {
        support::library(interp, "traceback", include_str!("python/traceback.py"))
    }),
    ("types", |interp| support::library(interp, "types", include_str!("python/types.py"))),
    ("typing", |interp| support::library(interp, "typing", include_str!("python/typing.py"))),
    ("unicodedata", unicodedata::load),
    ("urllib", |_| Ok(Rc::new(support::module("urllib")))),
    ("urllib.parse", |interp| {
        support::library(interp, "urllib.parse", include_str!("python/urllib_parse.py"))
    }),
    ("uuid", uuid::load),
    ("warnings", |interp| support::library(interp, "warnings", include_str!("python/warnings.py"))),
];

/// Every feature is there already.
#[allow(clippy::unnecessary_wraps, reason = "a loader")]
fn load_future(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("__future__");
    for name in ["annotations", "division", "print_function", "unicode_literals"] {
        module.set(name, crate::eval::Value::Bool(true));
    }
    Ok(Rc::new(module))
}
