//! What a class that is an enumeration does otherwise than others.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::Members;
use super::is_flag;
use super::making::is_member;
use super::member;
use super::members_of;

pub(super) struct Hooks;

impl ClassHooks for Hooks {
    fn created(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        _: Vec<(Text, Value)>,
    ) -> Result<()> {
        if class.module == "enum" {
            return Ok(());
        }
        for base in &class.ancestors {
            if members_of(base).is_some_and(|members| !members.named.borrow().is_empty()) {
                let (own, base) = (&class.name, &base.name);
                return interp.type_error(format!("<enum '{own}'> cannot extend <enum '{base}'>"));
            }
        }
        let members = Rc::new(Members::default());
        let extra: Rc<dyn std::any::Any> = members.clone();
        drop(class.extra.borrow_mut().replace(extra));
        let body: Vec<(Text, Value)> = {
            let attributes = class.attributes.borrow();
            let named = attributes.iter().map(|(name, value)| (name.clone(), value.clone()));
            named.collect()
        };
        let ignored = body.iter().find(|(name, _)| *name == "_ignore_");
        if ignored.is_some() {
            return Err(interp.unsupported("'_ignore_' of an enumeration"));
        }
        let mut values: Vec<Value> = Vec::new();
        for (name, value) in body {
            if !is_member(interp, class, &name, &value) {
                continue;
            }
            let value = Self::resolve_autos(interp, class, &name, value, &values)?;
            Self::add(interp, class, &members, &name, value.clone())?;
            let own = members.named.borrow().last().cloned();
            let own = own.and_then(|(_, made)| member(&made)).map(|(_, value)| value);
            values.push(own.unwrap_or(value));
        }
        Ok(())
    }

    fn call(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        args: &Args,
    ) -> Result<Option<Value>> {
        let members = members_of(class);
        let empty = members.as_ref().is_none_or(|members| members.named.borrow().is_empty());
        let value = match args.positional.as_slice() {
            [value] if args.keywords.is_empty() => value.clone(),
            [] => match args.keywords.as_slice() {
                [(name, value)] if *name == "value" => value.clone(),
                _ => {
                    return interp.type_error(
                        "EnumType.__call__() missing 1 required positional argument: 'value'",
                    );
                }
            },
            _ if empty => return Self::functional(interp, class, args).map(Some),
            _ => return Err(interp.unsupported("an enumeration called with several values")),
        };
        if let Value::Instance(instance) = &value
            && Rc::ptr_eq(&instance.class(), class)
        {
            return Ok(Some(value));
        }
        let Some(members) = members else {
            return Err(interp.unsupported("an enumeration without members"));
        };
        if let Some(found) = Self::by_value(interp, &members, &value)? {
            return Ok(Some(found));
        }
        if let Some(missing) = class.lookup_python("_missing_") {
            let bound = interp.bind(&missing, None, class)?;
            let found = interp.call(&bound, Args::of([value.clone()]))?;
            if !found.is_none() {
                return Ok(Some(found));
            }
        } else if let (true, Some(bits)) = (is_flag(class), value.as_int()) {
            return Self::combined(interp, class, &members, bits).map(Some);
        }
        let shown = interp.repr(&value)?;
        let name = &class.qualified;
        interp.value_error(format!("{shown} is not a valid {name}"))
    }

    fn attribute(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &str,
    ) -> Result<Option<Value>> {
        let Some(members) = members_of(class) else { return Ok(None) };
        let named = members.named.borrow();
        match name {
            "__members__" => {
                let named = named.iter().map(|(name, value)| (name.clone(), value.clone()));
                Ok(Some(Value::dict(named)))
            }
            "_member_names_" => {
                drop(named);
                let names = Self::canonical(class);
                let names = names.iter().filter_map(member).map(|(name, _)| Value::Str(name));
                Ok(Some(Value::list(names.collect())))
            }
            "_member_map_" | "_value2member_map_" | "_member_type_" => {
                Err(interp.unsupported(format!("'{name}' of an enumeration")))
            }
            // Only members have them.
            "name" | "value" if !named.iter().any(|(other, _)| *other == name) => {
                interp.raise("AttributeError", name)
            }
            _ => {
                Ok(named.iter().find(|(other, _)| *other == name).map(|(_, member)| member.clone()))
            }
        }
    }

    fn iterate(&self, _: &mut Interpreter, class: &Rc<Class>) -> Result<Option<Value>> {
        Ok(Some(Value::list(Self::canonical(class))))
    }

    fn item(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        key: &Value,
    ) -> Result<Option<Value>> {
        let Some(members) = members_of(class) else { return Ok(None) };
        if let Some(name) = key.as_text() {
            let named = members.named.borrow();
            if let Some((_, member)) = named.iter().find(|(other, _)| *other == name) {
                return Ok(Some(member.clone()));
            }
        }
        Err(interp.raised_builtin("KeyError", vec![key.clone()]))
    }

    fn len(&self, class: &Rc<Class>) -> Option<usize> {
        Some(Self::canonical(class).len())
    }

    fn contains(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        value: &Value,
    ) -> Result<Option<bool>> {
        if let Value::Instance(instance) = value {
            if Rc::ptr_eq(&instance.class(), class) {
                return Ok(Some(true));
            }
            if member(value).is_some() {
                return Ok(Some(false));
            }
        }
        // Python 3.11 refuses values, 3.12 looks them up.
        Err(interp.unsupported("'in' for a value and an enumeration"))
    }

    fn repr(&self, class: &Rc<Class>) -> Option<String> {
        let kind = if is_flag(class) { "flag" } else { "enum" };
        Some(format!("<{kind} '{}'>", class.name))
    }
}
