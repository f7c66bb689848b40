//! The members of an enumeration: which names of a body are some, and how one is made.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::Members;
use super::data_type;
use super::hooks::Hooks;
use super::is_flag;
use super::member;
use super::members_of;

/// Whether a name of the body is a member.
pub(super) fn is_member(interp: &Interpreter, class: &Class, name: &str, value: &Value) -> bool {
    let dunder = name.starts_with("__") && name.ends_with("__");
    let sunder = name.starts_with('_') && name.ends_with('_');
    let private = name.starts_with("__")
        || name.starts_with(&format!("_{}__", class.name.trim_start_matches('_')));
    if dunder || sunder || private {
        return false;
    }
    match value {
        Value::Function(_) | Value::Builtin(_) | Value::Method(_) => false,
        Value::Native(_) => {
            // Descriptors stay what they are.
            let kind = interp.class_name(value);
            !matches!(
                &*kind,
                "property" | "classmethod" | "staticmethod" | "partial" | "cached_property"
            )
        }
        Value::Instance(instance) => instance.class().lookup("__get__").is_none(),
        _ => true,
    }
}

impl Hooks {
    /// Makes the member of a name and adds it to the class.
    pub(super) fn add(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        members: &Members,
        name: &Text,
        value: Value,
    ) -> Result<()> {
        let data = data_type(class);
        let new = class.lookup_python("__new__");
        let args = match &value {
            Value::Tuple(items) => items.to_vec(),
            other => vec![other.clone()],
        };
        let args = match &data {
            Some(data) if data.name == "tuple" => vec![value.clone()],
            _ => args,
        };
        let made = match (&new, &data) {
            (Some(new), _) => {
                let args = Args::of(args.clone()).prepend(Value::Class(Rc::clone(class)));
                interp.call(new, args)?
            }
            (None, Some(data)) => {
                let Some(construct) = data.constructor else { return Ok(()) };
                let inner = construct(interp, data, Args::of(args.clone()))?;
                Value::Instance(Rc::new(Instance::new(Rc::clone(class), Some(inner))))
            }
            (None, None) => Value::Instance(Rc::new(Instance::new(Rc::clone(class), None))),
        };
        let Value::Instance(instance) = &made else {
            return interp.type_error("an enumeration needs members of its own class");
        };
        if instance.get("_value_").is_none() {
            let value = match (&data, &new) {
                (Some(_), None) => made.plain(),
                (Some(data), Some(_)) => {
                    let construct = data.constructor;
                    match construct {
                        Some(construct) => construct(interp, data, Args::of(args.clone()))?,
                        None => value,
                    }
                }
                _ => value,
            };
            instance.set("_value_", value);
        }
        instance.set("_name_", Value::Str(name.clone()));
        instance.set("__objclass__", Value::Class(Rc::clone(class)));
        if let Some(init) = class.lookup_python("__init__") {
            let bound = interp.bind(&init, Some(&made), class)?;
            interp.call(&bound, Args::of(args))?;
        }
        let own = instance.get("_value_").unwrap_or_default();
        let member = Self::by_value(interp, members, &own)?.unwrap_or(made);
        members.named.borrow_mut().push((name.clone(), member.clone()));
        let old = if matches!(&**name, "name" | "value") {
            class.attributes.borrow_mut().remove(name)
        } else {
            class.attributes.borrow_mut().set(name.clone(), member)
        };
        drop(old);
        Ok(())
    }

    pub(super) fn by_value(
        interp: &mut Interpreter,
        members: &Members,
        value: &Value,
    ) -> Result<Option<Value>> {
        let named = members.named.borrow().clone();
        for (_, member) in named {
            let own = interp.get_attribute(&member, "_value_")?;
            if interp.same_or_equal(&own, value)? {
                return Ok(Some(member));
            }
        }
        Ok(None)
    }

    /// Members without aliases; of flags only those of one bit.
    pub(super) fn canonical(class: &Rc<Class>) -> Vec<Value> {
        let Some(members) = members_of(class) else { return Vec::new() };
        let flag = is_flag(class);
        let named = members.named.borrow();
        let own = named.iter().filter(|(name, member)| {
            let Some((own, value)) = self::member(member) else { return false };
            let single = value.as_int().is_none_or(|bits| bits > 0 && bits & (bits - 1) == 0);
            own == *name && (!flag || single)
        });
        own.map(|(_, member)| member.clone()).collect()
    }

    pub(super) fn combined(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        members: &Members,
        bits: i64,
    ) -> Result<Value> {
        if let Some((_, known)) = members.combined.borrow().iter().find(|(other, _)| *other == bits)
        {
            return Ok(known.clone());
        }
        let parts = Self::canonical(class);
        let mut left = bits;
        let mut names = Vec::new();
        for part in parts {
            let Some((name, value)) = member(&part) else { continue };
            let value = value.as_int().unwrap_or_default();
            if bits & value == value {
                left &= !value;
                names.push(name.to_string());
            }
        }
        if left != 0 || bits < 0 {
            return Err(interp.unsupported("a flag with bits that have no name"));
        }
        let inner = data_type(class).map(|_| Value::Int(bits));
        let instance = Instance::new(Rc::clone(class), inner);
        let name = if names.is_empty() { Value::None } else { Value::from(names.join("|")) };
        instance.set("_value_", Value::Int(bits));
        instance.set("_name_", name);
        let made = Value::Instance(Rc::new(instance));
        members.combined.borrow_mut().push((bits, made.clone()));
        Ok(made)
    }
}
