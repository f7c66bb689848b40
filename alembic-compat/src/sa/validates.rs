//! `sqlalchemy.orm.validates`: methods that are asked what an attribute becomes when it is set.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Builtin;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::keywords;
use super::orm;

/// The attribute of a method that names what it validates.
const NAMES: &str = "__sa_validators__";

/// Makes the decorator.
pub(super) fn install(home: &Rc<Module>) {
    home.function("orm.validates", |interp, args| {
        for (option, value) in &args.keywords {
            if *option != "include_backrefs"
                && (*option != "include_removes" || interp.truth(value)?)
            {
                return Err(interp.unsupported(format!("validates({option}=…)")));
            }
        }
        let names = Value::tuple(args.positional);
        Ok(interp.function("validates", move |interp, args| {
            let [method] = args.exactly(interp, "validates")?;
            if !matches!(method, Value::Function(_)) {
                return Err(interp.unsupported("validates() of something that is no function"));
            }
            interp.set_attribute(&method, NAMES, &names)?;
            Ok(method)
        }))
    });
}

/// Lets a mapped class ask its validators. Those above it stand behind its own.
pub(super) fn heed(interp: &mut Interpreter, class: &Rc<Class>) -> Result<()> {
    let mut validators: Vec<(String, Value)> = Vec::new();
    for of in class.order().filter(|of| of.traits.is_python) {
        let methods: Vec<Value> =
            of.attributes.borrow().iter().map(|(_, value)| value.clone()).collect();
        for method in methods.into_iter().filter(|value| matches!(value, Value::Function(_))) {
            let Some(names) = interp.find_attribute(&method, NAMES)? else { continue };
            for name in keywords::texts(interp, &names, "the name of an attribute")? {
                if class.lookup(&name).is_some_and(|value| orm::is_relationship(&value)) {
                    return Err(interp.unsupported("validates() of a relationship"));
                }
                if validators.iter().all(|(known, _)| *known != name) {
                    validators.push((name, method.clone()));
                }
            }
        }
    }
    if validators.is_empty() {
        return Ok(());
    }
    if class.lookup_python("__setattr__").is_some() {
        return Err(interp.unsupported("validates() in a class with __setattr__"));
    }
    let set = Builtin::method("__setattr__", move |interp, args| {
        let [this, name, value] = args.exactly(interp, "__setattr__")?;
        let text = keywords::text(interp, &name, "the name of an attribute")?;
        let value = match validators.iter().find(|(known, _)| *known == text) {
            Some((_, method)) => interp.call(method, Args::of([this.clone(), name, value]))?,
            None => value,
        };
        interp.set_plain(&this, &text, &value)?;
        Ok(Value::None)
    });
    class.set("__setattr__", Value::Builtin(Rc::new(set)));
    Ok(())
}
