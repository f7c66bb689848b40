//! `abc`, `collections.abc` and `numbers`: abstract classes that recognise what fits them.

use std::rc::Rc;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Listing;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::support;

/// Whether a value that is not derived from an abstract class fits it.
type Fits = fn(&mut Interpreter, &Value) -> Result<bool>;

struct Recognise {
    name: &'static str,
    module: &'static str,
    fits: Fits,
}

impl ClassHooks for Recognise {
    fn created(&self, _: &mut Interpreter, _: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        Ok(())
    }

    fn is_instance(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        value: &Value,
    ) -> Result<Option<bool>> {
        if *class.name != *self.name || *class.module != *self.module {
            return Ok(None);
        }
        if self.module == COLLECTIONS_ABC
            && let Some(answer) = known(interp, value, self.name)?
        {
            return Ok(Some(answer));
        }
        if (self.fits)(interp, value)? {
            return Ok(Some(true));
        }
        Ok(None)
    }
}

const COLLECTIONS_ABC: &str = "collections.abc";

/// Classes whose objects are not told by what they can do: module, name, and what they are.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "builtins",
        "dict_items",
        "Collection Container ItemsView Iterable MappingView Reversible Set Sized",
    ),
    (
        "builtins",
        "dict_keys",
        "Collection Container Iterable KeysView MappingView Reversible Set Sized",
    ),
    (
        "builtins",
        "dict_values",
        "Collection Container Hashable Iterable MappingView Reversible Sized ValuesView",
    ),
    ("builtins", "range", "Collection Container Hashable Iterable Reversible Sequence Sized"),
    (
        "collections",
        "deque",
        "Collection Container Iterable MutableSequence Reversible Sequence Sized",
    ),
    ("collections", "ChainMap", "Collection Container Iterable Mapping MutableMapping Sized"),
    ("types", "MappingProxyType", "Collection Container Iterable Mapping Reversible Sized"),
    ("types", "SimpleNamespace", ""),
];

/// Whether a value is of an abstract class, where its class says so.
fn known(interp: &mut Interpreter, value: &Value, name: &str) -> Result<Option<bool>> {
    let class = interp.class(value);
    let listed =
        KNOWN.iter().find(|(module, known, _)| *module == &*class.module && *known == &*class.name);
    if let Some((_, _, listed)) = listed {
        return Ok(Some(listed.split(' ').any(|other| other == name)));
    }
    let Value::Native(_) = value else { return Ok(None) };
    match interp.listing(value, &format!("@{name}")) {
        Listing::Foreign => Ok(None),
        Listing::Listed => Ok(Some(true)),
        Listing::Absent | Listing::AbsentUnlessFound => Ok(Some(false)),
        Listing::Unknown | Listing::Hidden | Listing::Varies => {
            Err(interp.unsupported(format!("isinstance({}, {name})", class.name)))
        }
    }
}

fn has_all(interp: &mut Interpreter, value: &Value, names: &[&str]) -> Result<bool> {
    let class = interp.class(value);
    Ok(names.iter().all(|name| class.lookup(name).is_some_and(|found| !found.is_none())))
}

const COLLECTIONS: &[(&str, Fits)] = &[
    ("Iterable", |interp, value| interp.try_iterate(value).map(|found| found.is_some())),
    ("Iterator", |interp, value| {
        Ok(match value {
            Value::Native(native) => native.is_iterator(),
            _ => has_all(interp, value, &["__next__", "__iter__"])?,
        })
    }),
    ("Generator", |interp, value| Ok(interp.class_name(value) == "generator")),
    ("Callable", |interp, value| Ok(interp.is_callable(value))),
    ("Hashable", |_, value| {
        if let Value::Instance(instance) = value
            && let Some(hash) = instance.class().lookup_python("__hash__")
        {
            return Ok(!hash.is_none());
        }
        let value = &value.plain();
        Ok(!matches!(value, Value::List(_) | Value::Dict(_))
            && !matches!(value, Value::Set(set) if !set.frozen))
    }),
    ("Sized", |interp, value| match value {
        Value::Instance(_) => has_all(interp, value, &["__len__"]).map(|found| {
            found || !matches!(value.plain(), Value::Instance(_)) && is_sized(&value.plain())
        }),
        _ => interp.len(value).map(|found| found.is_some()),
    }),
    ("Container", container),
    ("Collection", |interp, value| {
        let is_known = is_sized(&value.plain());
        Ok(is_known || has_all(interp, value, &["__contains__", "__iter__", "__len__"])?)
    }),
    ("Mapping", |_, value| Ok(matches!(value.plain(), Value::Dict(_)))),
    ("MutableMapping", |_, value| Ok(matches!(value.plain(), Value::Dict(_)))),
    ("Sequence", |_, value| {
        Ok(matches!(
            value.plain(),
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_)
        ))
    }),
    ("MutableSequence", |_, value| Ok(matches!(value.plain(), Value::List(_)))),
    ("Set", |_, value| Ok(matches!(value.plain(), Value::Set(_)))),
    ("MutableSet", |_, value| Ok(matches!(value.plain(), Value::Set(set) if !set.frozen))),
];

fn is_sized(value: &Value) -> bool {
    matches!(
        value,
        Value::Str(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Dict(_)
            | Value::Set(_)
    )
}

fn container(interp: &mut Interpreter, value: &Value) -> Result<bool> {
    Ok(is_sized(&value.plain()) || has_all(interp, value, &["__contains__"])?)
}

fn integral(_: &mut Interpreter, value: &Value) -> Result<bool> {
    Ok(matches!(value.plain(), Value::Int(_) | Value::Bool(_) | Value::BigInt(_)))
}

fn real(interp: &mut Interpreter, value: &Value) -> Result<bool> {
    Ok(matches!(value.plain(), Value::Float(_)) || integral(interp, value)?)
}

const NUMBERS: &[(&str, Fits)] = &[
    ("Number", |interp, value| Ok(real(interp, value)? || interp.class_name(value) == "Decimal")),
    ("Complex", real),
    ("Real", real),
    ("Rational", integral),
    ("Integral", integral),
];

fn add(
    interp: &mut Interpreter,
    module: &Module,
    own: &'static str,
    facts: &'static [(&'static str, Fits)],
) {
    for (name, fits) in facts {
        let hooks = Recognise { name, module: own, fits: *fits };
        let class = ClassBuilder::new(*name, own).hooks(Rc::new(hooks)).finish(interp);
        let generic = interp.function("__class_getitem__", |_, args| {
            Ok(args.positional.into_iter().next().unwrap_or_default())
        });
        class.set(
            "__class_getitem__",
            Value::native(crate::eval::ClassMethod { function: generic }),
        );
        module.set(*name, Value::Class(class));
    }
}

pub(super) fn load_collections_abc(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module(COLLECTIONS_ABC);
    add(interp, &module, COLLECTIONS_ABC, COLLECTIONS);
    Ok(Rc::new(module))
}

pub(super) fn load_numbers(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("numbers");
    add(interp, &module, "numbers", NUMBERS);
    Ok(Rc::new(module))
}

/// Classes with abstract methods that nobody wrote can be made here: the check is for those who
/// write the code, not for those who run it.
pub(super) fn load_abc(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("abc");
    let class = ClassBuilder::new("ABC", "abc").finish(interp);
    module.set("ABC", Value::Class(class));
    let r#type = interp.types().r#type.clone();
    let meta = ClassBuilder::new("ABCMeta", "abc").base(&r#type).finish(interp);
    module.set("ABCMeta", Value::Class(meta));
    module.function("abstractmethod", |interp, args| {
        let [function] = args.exactly(interp, "abstractmethod")?;
        Ok(function)
    });
    for name in ["property", "classmethod", "staticmethod"] {
        if let Some(value) = interp.builtin(name) {
            module.set(format!("abstract{name}"), value);
        }
    }
    Ok(Rc::new(module))
}
