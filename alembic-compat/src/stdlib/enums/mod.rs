//! `enum`: how members are made from the body of a class, and how the class finds them. What members
//! do is in `python/enum.py`.

mod auto;
mod functional;
mod hooks;
mod making;

use std::cell::RefCell;
use std::rc::Rc;

use self::auto::Auto;
use self::hooks::Hooks;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::support;

/// The members of an enumeration, by name and in order; aliases included.
#[derive(Debug, Default)]
struct Members {
    named: RefCell<Vec<(Text, Value)>>,
    /// Combinations of flags that were made.
    combined: RefCell<Vec<(i64, Value)>>,
}

fn members_of(class: &Class) -> Option<Rc<Members>> {
    let extra = class.extra.borrow().clone()?;
    extra.downcast::<Members>().ok()
}

/// The names and members of a class derived from `enum.Enum`, aliases included; `None` for other
/// classes.
#[must_use]
pub fn members(class: &Class) -> Option<Vec<(Text, Value)>> {
    members_of(class).map(|members| members.named.borrow().clone())
}

/// The name and value of a member of an enumeration; `None` for other values.
#[must_use]
pub fn member(value: &Value) -> Option<(Text, Value)> {
    let Value::Instance(instance) = value else { return None };
    members_of(&instance.class())?;
    Some((instance.get("_name_")?.as_text()?, instance.get("_value_")?))
}

fn is_flag(class: &Rc<Class>) -> bool {
    class.order().any(|class| class.name == "Flag" && class.module == "enum")
}

/// The first class of data among the bases (`str` of `class E(str, Enum)`).
fn data_type(class: &Rc<Class>) -> Option<Rc<Class>> {
    class.order().find(|class| class.constructor.is_some() && !class.ancestors.is_empty()).cloned()
}

pub(super) fn load_native(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("_enum");
    let base = ClassBuilder::new("Base", "enum").hooks(Rc::new(Hooks)).finish(interp);
    module.set("Base", Value::Class(base));
    let class = ClassBuilder::new("auto", "enum")
        .constructor(|interp, _, args| {
            let [] = args.exactly(interp, "auto")?;
            Ok(Value::native(Auto::default()))
        })
        .finish(interp);
    interp.register_class::<Auto>(Rc::clone(&class));
    module.set("auto", Value::Class(class));
    module.function("flag_bits", |interp, args| {
        let [class] = args.exactly(interp, "flag_bits")?;
        let Value::Class(class) = &class else { return Ok(Value::Int(0)) };
        let named = members(class).unwrap_or_default();
        let bits = named.iter().filter_map(|(_, member)| self::member(member)?.1.as_int());
        Ok(Value::Int(bits.fold(0, |all, bits| all | bits)))
    });
    Ok(Rc::new(module))
}

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::library(interp, "enum", include_str!("../python/enum.py"))?;
    if let Some(property) = interp.builtin("property") {
        module.set("property", property.clone());
        module.set("DynamicClassAttribute", property);
    }
    Ok(module)
}
