//! `Sequence`, `Identity`, `Computed`, `FetchedValue` and `DefaultClause`.

use std::collections::BTreeMap;
use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::table::Computed;
use limbeck_schema::table::Identity;
use limbeck_schema::table::Sequence;
use limbeck_schema::table::SequenceOptions;
use limbeck_schema::table::ServerDefault;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use limbeck_schema::operation::IfExists;
use limbeck_schema::operation::Operation;

use super::clause;
use super::column_construct;
use super::keywords::DialectOptions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_int;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::processing;
use super::trial;
use super::type_object;
use super::value;

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) struct $name {
                $(pub(crate) $field: $kind,)*
            }

            impl Object for $name {
                fn class(&self, interp: &Interpreter) -> Rc<Class> {
                    let known = super::registry::known(interp, self.class_name());
                    known.unwrap_or_else(|| interp.class_of::<Self>())
                }

                fn attribute(
                    &self,
                    _this: &Value,
                    name: &str,
                    interp: &mut Interpreter,
                ) -> Result<Option<Value>> {
                    self.read(name, interp)
                }
            }
        )*
    };
}

objects! {
    /// A `Sequence`.
    SequenceObject { data: Sequence }
    /// An `Identity`.
    IdentityObject { data: Identity }
    /// A `Computed`.
    ComputedObject { data: Computed }
    /// A `FetchedValue`, or a `DefaultClause` with its default.
    FetchedValueObject { default: Option<ServerDefault> }
}

impl SequenceObject {
    const fn class_name(&self) -> &'static str {
        "Sequence"
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "name" => Some(Value::str(self.data.name.as_str())),
            "schema" => Some(self.data.schema.as_deref().map_or(Value::None, Value::str)),
            "__class__" => None,
            _ if name.starts_with("__") => None,
            _ => return Err(interp.unsupported(format!("Sequence.{name}"))),
        })
    }
}

impl IdentityObject {
    const fn class_name(&self) -> &'static str {
        "Identity"
    }

    fn read(&self, _: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }
}

impl ComputedObject {
    const fn class_name(&self) -> &'static str {
        "Computed"
    }

    fn read(&self, _: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(None)
    }
}

impl FetchedValueObject {
    const fn class_name(&self) -> &'static str {
        match self.default {
            Some(_) => "DefaultClause",
            None => "FetchedValue",
        }
    }

    fn read(&self, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match (name, &self.default) {
            ("arg", Some(ServerDefault::Literal(text))) => Some(Value::str(text.as_str())),
            ("arg", Some(ServerDefault::Expression(expr))) => {
                Some(clause::wrap(interp, expr.clone())?)
            }
            ("has_argument", default) => Some(Value::Bool(default.is_some())),
            ("is_server_default", _) => Some(Value::Bool(true)),
            _ if name.starts_with("__") => None,
            _ => return Err(interp.unsupported(format!("DefaultClause.{name}"))),
        })
    }
}

/// A server default as a value.
pub(super) fn default_value(interp: &mut Interpreter, default: &ServerDefault) -> Result<Value> {
    interp.load_module(super::registry::HOME)?;
    let default = match default {
        ServerDefault::Fetched => None,
        default => Some(default.clone()),
    };
    Ok(Value::native(FetchedValueObject { default }))
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let make = |name: &str| ClassBuilder::new(name, "sqlalchemy.sql.schema");
    let sequence = make("Sequence")
        .constructor(sequence)
        .method("next_value", |interp, args| {
            let [this] = args.exactly(interp, "Sequence.next_value")?;
            let made = clause::expression(interp, &this)?;
            clause::wrap(interp, made)
        })
        .method("create", |interp, args| life(interp, args, true))
        .method("drop", |interp, args| life(interp, args, false))
        .finish(interp);
    interp.register_class::<SequenceObject>(Rc::clone(&sequence));
    home.set("Sequence", Value::Class(sequence));
    let fetched = make("FetchedValue")
        .constructor(|interp, _, args| {
            args.bind(interp, &Signature::new("__init__", ["for_update"], 0))?;
            Ok(Value::native(FetchedValueObject { default: None }))
        })
        .finish(interp);
    interp.register_class::<FetchedValueObject>(Rc::clone(&fetched));
    let identity = make("Identity").base(&fetched).constructor(identity).finish(interp);
    interp.register_class::<IdentityObject>(Rc::clone(&identity));
    home.set("Identity", Value::Class(identity));
    let computed = make("Computed").base(&fetched).constructor(computed).finish(interp);
    interp.register_class::<ComputedObject>(Rc::clone(&computed));
    home.set("Computed", Value::Class(computed));
    let default = make("DefaultClause")
        .base(&fetched)
        .constructor(|interp, _, args| {
            let signature = Signature::new("__init__", ["arg", "for_update", "_reflected"], 1);
            let Bound { values: [arg, ..], .. } = args.bind(interp, &signature)?;
            let default = column_construct::server_default(interp, &arg.unwrap_or_default())?;
            Ok(Value::native(FetchedValueObject { default: Some(default) }))
        })
        .finish(interp);
    home.set("FetchedValue", Value::Class(fetched));
    home.set("DefaultClause", Value::Class(default));
}

fn life(interp: &mut Interpreter, args: Args, creates: bool) -> Result<Value> {
    let function = if creates { "create" } else { "drop" };
    let signature = Signature::new(function, ["self", "bind", "checkfirst"], 2);
    let Bound { values: [this, _, checkfirst], .. } = args.bind(interp, &signature)?;
    let Some(object) = this.and_then(|this| this.downcast::<SequenceObject>()) else {
        return Err(interp.unsupported("a sequence of another kind"));
    };
    let target = migration::target(interp)?;
    if !target.supports_sequences() {
        return Ok(Value::None);
    }
    let data = &object.data;
    if opt_flag(interp, checkfirst)?.unwrap_or(true) {
        let there = super::inspect::has_sequence(interp, data.schema.as_deref(), &data.name)?;
        if there == Some(creates) {
            return Ok(Value::None);
        }
    }
    let data = Box::new(data.clone());
    let operation = if creates {
        Operation::CreateSequence(data, IfExists::Unconditional)
    } else {
        Operation::DropSequence(data, IfExists::Unconditional)
    };
    migration::run(interp, &operation)?;
    Ok(Value::None)
}

/// Whether a value is a sequence.
pub(super) fn is_sequence(value: &Value) -> bool {
    value.downcast::<SequenceObject>().is_some()
}

/// The next value of a sequence, as SQLAlchemy asks for it.
pub(super) fn next(interp: &mut Interpreter, sequence: &Sequence) -> Result<Value> {
    let next = expr::next_value(sequence.schema.as_deref(), sequence.name.as_str());
    let compiled = processing::compile(interp, &next.into(), &BTreeMap::new())?;
    let set = migration::raw(interp, &format!("select {}", compiled.sql), &[])?;
    if let Some(trial) = trial::current(interp)? {
        trial.rows(interp)?;
    }
    let row = set.and_then(|set| set.rows.into_iter().next());
    match row.and_then(|row| row.into_iter().next()) {
        Some(value) => value::to_python(interp, &value),
        None => Ok(Value::None),
    }
}

fn options<const N: usize>(
    interp: &mut Interpreter,
    values: &mut [Option<Value>; N],
    first: usize,
) -> Result<SequenceOptions> {
    let mut take = |at: usize| values.get_mut(first + at).and_then(Option::take);
    Ok(SequenceOptions {
        start: opt_int(interp, take(0), "start")?,
        increment: opt_int(interp, take(1), "increment")?,
        minvalue: opt_int(interp, take(2), "minvalue")?,
        maxvalue: opt_int(interp, take(3), "maxvalue")?,
        nominvalue: opt_flag(interp, take(4))?,
        nomaxvalue: opt_flag(interp, take(5))?,
        cycle: opt_flag(interp, take(6))?,
        cache: None,
    })
}

fn sequence(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let names = [
        "name",
        "start",
        "increment",
        "minvalue",
        "maxvalue",
        "nominvalue",
        "nomaxvalue",
        "cycle",
        "schema",
        "cache",
        "order",
        "data_type",
        "optional",
        "quote",
        "metadata",
        "quote_schema",
        "for_update",
    ];
    let signature = Signature { double_star: true, ..Signature::new("__init__", names, 1) };
    let Bound { mut values, double_star, .. } = args.bind(interp, &signature)?;
    DialectOptions::new("Sequence", double_star).finish(interp)?;
    let name = values[0].take().unwrap_or_default();
    let mut counting = options(interp, &mut values, 1)?;
    let [.., schema, cache, _, data_type, optional, _, _, _, _] = values;
    counting.cache = opt_int(interp, cache, "cache")?;
    let data = Sequence {
        name: text(interp, &name, "the name of a sequence")?,
        schema: opt_text(interp, schema, "schema")?,
        data_type: given(data_type).map(|to| type_object::sql_type(interp, &to)).transpose()?,
        optional: flag(interp, optional)?,
        options: counting,
    };
    Ok(Value::native(SequenceObject { data }))
}

fn identity(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let names = [
        "always",
        "on_null",
        "start",
        "increment",
        "minvalue",
        "maxvalue",
        "nominvalue",
        "nomaxvalue",
        "cycle",
        "cache",
        "order",
    ];
    let signature = Signature { double_star: true, ..Signature::new("__init__", names, 0) };
    let Bound { mut values, double_star, .. } = args.bind(interp, &signature)?;
    DialectOptions::new("Identity", double_star).finish(interp)?;
    let mut counting = options(interp, &mut values, 2)?;
    let [always, .., cache, _] = values;
    counting.cache = opt_int(interp, cache, "cache")?;
    let always = match always {
        None => Some(false),
        Some(Value::None) => None,
        Some(value) => Some(interp.truth(&value)?),
    };
    Ok(Value::native(IdentityObject { data: Identity { always, options: counting } }))
}

fn computed(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let signature = Signature::new("__init__", ["sqltext", "persisted"], 1);
    let Bound { values: [sql, persisted], .. } = args.bind(interp, &signature)?;
    let expression = clause::expression_or(interp, &sql.unwrap_or_default(), expr::text)?;
    let persisted = opt_flag(interp, persisted)?;
    Ok(Value::native(ComputedObject { data: Computed { expression, persisted } }))
}
