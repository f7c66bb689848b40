//! `enum`: how members are made from the body of a class, and how the class finds them. What members
//! do is in `python/enum.py`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Instance;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::BinaryOp;

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

/// `enum.auto()`, and what is worked out from one in the body of a class.
#[derive(Debug, Default)]
struct Auto {
    value: RefCell<Option<Value>>,
    from: Option<(BinaryOp, Value, Value)>,
}

impl Object for Auto {
    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let (a, b) = if reflected { (other, this) } else { (this, other) };
        let from = Some((op, a.clone(), b.clone()));
        Ok(Some(Value::native(Self { value: RefCell::default(), from })))
    }
}

/// The value that an [`Auto`] got; any other value itself.
fn settled(interp: &mut Interpreter, value: &Value) -> Result<Value> {
    let Some(auto) = value.downcast::<Auto>() else { return Ok(value.clone()) };
    if let Some(value) = &*auto.value.borrow() {
        return Ok(value.clone());
    }
    let Some((op, a, b)) = &auto.from else {
        return Err(interp.unsupported("'enum.auto' outside of a name of its own"));
    };
    let (a, b) = interp.nested(|interp| Ok((settled(interp, a)?, settled(interp, b)?)))?;
    interp.binary(*op, &a, &b)
}

struct Hooks;

/// Whether a name of the body is a member.
fn is_member(interp: &Interpreter, class: &Class, name: &str, value: &Value) -> bool {
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

fn is_flag(class: &Rc<Class>) -> bool {
    class.order().any(|class| class.name == "Flag" && class.module == "enum")
}

/// The first class of data among the bases (`str` of `class E(str, Enum)`).
fn data_type(class: &Rc<Class>) -> Option<Rc<Class>> {
    class.order().find(|class| class.constructor.is_some() && !class.ancestors.is_empty()).cloned()
}

impl Hooks {
    fn next_value(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &Text,
        values: &[Value],
    ) -> Result<Value> {
        match class.lookup_python("_generate_next_value_") {
            Some(function) => {
                let function = interp.find_attribute(&function, "__func__")?.unwrap_or(function);
                let count = Value::size(values.len());
                let before = Value::list(values.to_vec());
                let args = [Value::Str(name.clone()), Value::Int(1), count, before];
                interp.call(&function, Args::of(args))
            }
            None if is_flag(class) => {
                let most = values.iter().filter_map(Value::as_int).max().unwrap_or(0);
                let bits = 64 - most.max(0).leading_zeros();
                Ok(Value::Int(1_i64.checked_shl(bits).unwrap_or_default()))
            }
            None => {
                for last in values.iter().rev() {
                    if let Some(number) = support::big(last) {
                        return Ok(Value::integer(number + 1));
                    }
                    if let Value::Float(number) = last.plain() {
                        return Ok(Value::Float(number + 1.0));
                    }
                }
                Ok(Value::Int(1))
            }
        }
    }

    fn resolve_autos(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &Text,
        value: Value,
        values: &[Value],
    ) -> Result<Value> {
        if let Some(auto) = value.downcast::<Auto>() {
            if auto.from.is_some() || auto.value.borrow().is_some() {
                return settled(interp, &value);
            }
            let value = Self::next_value(interp, class, name, values)?;
            drop(auto.value.borrow_mut().replace(value.clone()));
            return Ok(value);
        }
        if let Value::Tuple(items) = &value
            && items.iter().any(|item| item.downcast::<Auto>().is_some())
        {
            return Err(interp.unsupported("'enum.auto' inside of a tuple"));
        }
        Ok(value)
    }

    /// Makes the member of a name and adds it to the class.
    fn add(
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

    fn by_value(
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
    fn canonical(class: &Rc<Class>) -> Vec<Value> {
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

    fn combined(
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

    fn functional(interp: &mut Interpreter, class: &Rc<Class>, args: &Args) -> Result<Value> {
        const NEW: crate::eval::Signature<7> = crate::eval::Signature {
            keyword_only: 5,
            ..crate::eval::Signature::new(
                "Enum",
                ["value", "names", "module", "qualname", "type", "start", "boundary"],
                2,
            )
        };
        let [name, names, module, qualname, data, start, _] =
            args.clone().bind(interp, &NEW)?.values;
        let name = support::text(interp, &name.unwrap_or_default(), "the name of an enumeration")?;
        let names = names.unwrap_or_default();
        let start = match start {
            Some(start) => support::int(interp, &start)?,
            None => 1,
        };
        let items = match names.as_text() {
            Some(text) => {
                let text = text.replace(',', " ");
                text.split_whitespace().map(Value::from).collect()
            }
            None => match interp.mapping(&names)? {
                Some(pairs) => {
                    pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect()
                }
                None => interp.items(&names)?,
            },
        };
        let mut pairs: Vec<(Text, Value)> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let (name, value) = match item.as_text() {
                Some(name) if start == 1 => {
                    let value = Self::next_value(interp, class, &name, &values)?;
                    (name, value)
                }
                Some(name) => (name, Value::Int(start + i64::try_from(at).unwrap_or_default())),
                None => {
                    let pair = interp.items(&item)?;
                    let [name, value] = pair.as_slice() else {
                        return interp.value_error("an enumeration takes names and values");
                    };
                    (support::text(interp, name, "the name of a member")?, value.clone())
                }
            };
            let value = Self::resolve_autos(interp, class, &name, value, &values)?;
            values.push(value.clone());
            pairs.push((name, value));
        }
        let r#type = Value::Class(Rc::clone(&interp.types().r#type));
        let mut bases = vec![Value::Class(Rc::clone(class))];
        if let Some(data) = data.filter(|data| !data.is_none()) {
            bases.insert(0, data);
        }
        let space = Value::dict(pairs);
        if let Value::Dict(dict) = &space {
            if let Some(module) = module {
                dict.set_text(&Text::from("__module__"), module);
            }
            if let Some(qualname) = qualname {
                dict.set_text(&Text::from("__qualname__"), qualname);
            }
        }
        interp.call(&r#type, Args::of([Value::Str(name), Value::tuple(bases), space]))
    }
}

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
    let module = support::library(interp, "enum", include_str!("python/enum.py"))?;
    if let Some(property) = interp.builtin("property") {
        module.set("property", property.clone());
        module.set("DynamicClassAttribute", property);
    }
    Ok(module)
}
