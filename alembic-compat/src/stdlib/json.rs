//! `json`: what the functions in `python/json.py` rest upon.

mod decode;
mod encode;

use std::rc::Rc;

use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;

use super::support;

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    support::library(interp, "json", include_str!("python/json.py"))
}

pub(super) fn load_native(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("_json");
    module.function("encode", encode::encode);
    module.function("decode", decode::decode);
    Ok(Rc::new(module))
}
