//! Types as values of Python code.

use std::rc::Rc;

use limbeck_schema::Dialect;
use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::operation::Operation;
use limbeck_schema::types::Decorated;
use limbeck_schema::types::EnumKind;
use limbeck_schema::types::UserDefined;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::dialect;
use super::errors;
use super::keywords::opt_flag;
use super::migration;
use super::processing;
use super::types;
use super::types::Family;

/// An object of a type class.
#[derive(Debug, Clone)]
pub(crate) struct TypeObject {
    /// What it is.
    pub(crate) sql_type: SqlType,
    /// Its class; absent for those that were not made by a call of it.
    pub(super) class: Option<Rc<Class>>,
    /// The arguments of a `TypeDecorator`.
    pub(super) args: Args,
    /// The Python class of an `Enum`.
    pub(super) members: Value,
}

impl TypeObject {
    pub(crate) fn of(sql_type: SqlType) -> Self {
        Self { sql_type, class: None, args: Args::none(), members: Value::None }
    }
}

/// A type as a value, with the class that SQLAlchemy has for it.
pub(crate) fn value(interp: &mut Interpreter, sql_type: &SqlType) -> Result<Value> {
    let name = sql_type.class_name();
    let dialect = match sql_type {
        SqlType::Enum(made) if made.kind == EnumKind::Postgresql => Some(Dialect::Postgresql),
        SqlType::Enum(made) if made.kind == EnumKind::Mysql => Some(Dialect::Mysql),
        SqlType::Enum(_) => None,
        SqlType::Simple(simple) => Some(simple.home()),
        // As the database has them: SQLAlchemy reflects the types of its dialect, which for SQLite
        // are those of the core but for this one.
        SqlType::Json(_) => Some(migration::target(interp)?.dialect()),
        _ => Some(migration::target(interp)?.dialect()).filter(|of| *of != Dialect::Sqlite),
    };
    let own = dialect.map(|dialect| format!("{}.{name}", dialect.name()));
    let class = own.and_then(|own| super::registry::class(interp, &own).ok());
    let class = class.or_else(|| super::registry::class(interp, name).ok());
    Ok(Value::native(TypeObject { class, ..TypeObject::of(sql_type.clone()) }))
}

/// What a type argument is: a class, an object of one, or a function that makes one.
pub(crate) fn sql_type(interp: &mut Interpreter, value: &Value) -> Result<SqlType> {
    let mut found = find_type(interp, value)?;
    if found.is_none() && interp.is_callable(value) {
        // As SQLAlchemy's `to_instance`, for all but the positional type of a Column.
        let made = interp.call(value, Args::none())?;
        found = find_type(interp, &made)?;
    }
    match found {
        Some(sql_type) => Ok(sql_type),
        None => {
            let got = interp.repr(value)?;
            Err(errors::argument(interp, format!("Object {got} is not legal as a type"))?)
        }
    }
}

/// The same, or none for what is no type.
pub(crate) fn find_type(interp: &mut Interpreter, value: &Value) -> Result<Option<SqlType>> {
    if let Value::Class(class) = value {
        if types::facts(class).is_none() {
            return Ok(None);
        }
        let made = interp.call_class(class, Args::none())?;
        return find_type(interp, &made);
    }
    let Some(object) = value.downcast::<TypeObject>() else {
        if let Value::Instance(instance) = value
            && types::facts(&instance.class()).is_some()
        {
            // An `__init__` that does not call the one above.
            return of_python(interp, value, &instance.class(), &Args::none()).map(Some);
        }
        if let Value::Instance(instance) = value
            && *instance.class().module == *"lazy_object_proxy"
        {
            let behind = interp.get_attribute(value, "__wrapped__")?;
            return find_type(interp, &behind);
        }
        return Ok(None);
    };
    let class = match value {
        Value::Instance(instance) => instance.class(),
        _ => match &object.class {
            Some(class) => Rc::clone(class),
            None => return Ok(Some(object.sql_type.clone())),
        },
    };
    if class.traits.is_python {
        return interp.nested(|interp| of_python(interp, value, &class, &object.args)).map(Some);
    }
    Ok(Some(object.sql_type.clone()))
}

/// What an object of a class of Python code stands for on the database of this run.
fn of_python(
    interp: &mut Interpreter,
    value: &Value,
    class: &Rc<Class>,
    args: &Args,
) -> Result<SqlType> {
    let family = types::facts(class).map(|facts| facts.family);
    let name = class.name.to_string();
    match family {
        Some(Family::Decorator) => {
            let implementation = interp.get_attribute(value, "impl")?;
            let implementation = match &implementation {
                Value::Class(class) => interp.call_class(class, args.clone())?,
                made => made.clone(),
            };
            let mut implementation = sql_type(interp, &implementation)?;
            if class.lookup_python("load_dialect_impl").is_some() {
                let dialect = dialect::dialect_value(interp)?;
                let loaded = interp.call_method(value, "load_dialect_impl", Args::of([dialect]))?;
                implementation = sql_type(interp, &loaded)?;
            }
            let tag = processing::tag(interp, value)?;
            Ok(Decorated { tag, ..Decorated::new(name, implementation) }.into())
        }
        Some(Family::UserDefined) => {
            let spec = match class.lookup_python("get_col_spec") {
                Some(_) => interp.call_method(value, "get_col_spec", Args::none())?,
                None => {
                    return interp.raise(
                        "AttributeError",
                        format!("'{name}' object has no attribute 'get_col_spec'"),
                    );
                }
            };
            let column_spec = interp.str(&spec)?.to_string();
            Ok(UserDefined { class_name: name, column_spec }.into())
        }
        _ => match value.downcast::<TypeObject>() {
            Some(object) => Ok(object.sql_type.clone()),
            None => Err(interp.unsupported(format!("the type {name}"))),
        },
    }
}

/// The methods of `TypeEngine`.
pub(super) fn with_methods(builder: ClassBuilder) -> ClassBuilder {
    builder
        .method("with_variant", with_variant)
        .method("create", |interp, args| life(interp, args, true))
        .method("drop", |interp, args| life(interp, args, false))
        .method("compile", compile)
        .method("copy", |_, mut args| Ok(args.take_self().unwrap_or_default()))
        .method("dialect_impl", |interp, args| {
            let [this, _] = args.exactly(interp, "TypeEngine.dialect_impl")?;
            Ok(this)
        })
        .method("load_dialect_impl", |interp, args| {
            let [this, _] = args.exactly(interp, "TypeEngine.load_dialect_impl")?;
            interp.get_attribute(&this, "impl")
        })
}

fn with_variant(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature =
        Signature { star: true, ..Signature::new("with_variant", ["self", "type_"], 2) };
    let Bound { values: [this, other], star, .. } = args.bind(interp, &signature)?;
    let this = this.unwrap_or_default();
    let base = sql_type(interp, &this)?;
    let other = sql_type(interp, &other.unwrap_or_default())?;
    if star.is_empty() {
        return Err(errors::argument(interp, "At least one dialect name is required")?);
    }
    let mut names = Vec::new();
    for name in &star {
        names.push(super::keywords::text(interp, name, "dialect_name")?);
    }
    if let SqlType::Variant(variant) = &base
        && let Some(known) =
            names.iter().find(|name| variant.by_dialect.iter().any(|(known, _)| known == *name))
    {
        let message = format!("Dialect {known} is already present in the mapping for this Variant");
        return Err(errors::argument(interp, message.replace(known, &format!("'{known}'")))?);
    }
    let class = this.downcast::<TypeObject>().and_then(|object| object.class.clone());
    let made = base.with_variant(&other, names);
    Ok(Value::native(TypeObject { class, ..TypeObject::of(made) }))
}

/// `create(bind, checkfirst)` and `drop(bind, checkfirst)`.
fn life(interp: &mut Interpreter, args: Args, creates: bool) -> Result<Value> {
    let function = if creates { "create" } else { "drop" };
    let signature = Signature::new(function, ["self", "bind", "checkfirst"], 2);
    let Bound { values: [this, _, checkfirst], .. } = args.bind(interp, &signature)?;
    let this = this.unwrap_or_default();
    let is_upper = |made: &limbeck_schema::types::Enum| made.kind == EnumKind::Postgresql;
    let sql_type = sql_type(interp, &this)?;
    let target = migration::target(interp)?;
    let default = match &sql_type {
        SqlType::Enum(made) if is_upper(made) => true,
        SqlType::Domain(_) => true,
        _ => false,
    };
    let checkfirst = opt_flag(interp, checkfirst)?.unwrap_or(default);
    if target.dialect() != Dialect::Postgresql {
        let is_own = match &sql_type {
            SqlType::Enum(made) => is_upper(made) && target.supports_native_enum(),
            SqlType::Domain(_) => true,
            _ => false,
        };
        if is_own {
            let action = if creates { "Create" } else { "Drop" };
            let kind = if matches!(sql_type, SqlType::Domain(_)) { "Domain" } else { "Enum" };
            let message = format!(
                "Compiler of {} can't render element of type <class \
                 'sqlalchemy.dialects.postgresql.named_types.{action}{kind}Type'>",
                target.name()
            );
            return Err(errors::of_class(interp, "UnsupportedCompilationError", message)?);
        }
        // Only PostgreSQL has types of their own.
        return Ok(Value::None);
    }
    let (name, schema, operation) = match &sql_type {
        SqlType::Enum(made) if made.native_enum => {
            let made = made.clone();
            let name = made.name.as_str().map(str::to_owned);
            let schema = made.schema.clone();
            let operation = if creates {
                Operation::CreateEnum(Box::new(made))
            } else {
                Operation::DropEnum(Box::new(made))
            };
            (name, schema, operation)
        }
        SqlType::Domain(domain) => {
            let operation = if creates {
                Operation::CreateDomain(domain.clone())
            } else {
                Operation::DropDomain(domain.clone())
            };
            (Some(domain.name.clone()), domain.schema.clone(), operation)
        }
        SqlType::Enum(_) | SqlType::Boolean(_) => return Ok(Value::None),
        other => {
            let class = other.class_name().to_owned();
            return interp.raise(
                "AttributeError",
                format!("'{class}' object has no attribute '{function}'"),
            );
        }
    };
    if checkfirst && let Some(name) = name {
        let is_there = super::inspect::has_type(interp, schema.as_deref(), &name)?;
        if is_there == Some(creates) {
            return Ok(Value::None);
        }
    }
    migration::run(interp, &operation)?;
    Ok(Value::None)
}

fn compile(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("compile", ["self", "dialect"], 1);
    let Bound { values: [this, dialect], .. } = args.bind(interp, &signature)?;
    if dialect.is_none() {
        return Err(interp.unsupported("compile() of a type without a dialect"));
    }
    let sql_type = sql_type(interp, &this.unwrap_or_default())?;
    let target = migration::target(interp)?;
    let compiled = sql_type.compile(&target);
    Ok(Value::from(errors::compiled(interp, compiled)?))
}

fn size(value: Option<u32>) -> Value {
    value.map_or(Value::None, |value| Value::Int(value.into()))
}

fn name_value(name: &Name) -> Value {
    name.as_str().map_or(Value::None, Value::str)
}

impl Object for TypeObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        self.class.clone().unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let value = match (&self.sql_type, name) {
            (SqlType::Character(made), "length") => size(made.length),
            (SqlType::Character(made), "collation") => {
                made.collation.as_deref().map_or(Value::None, Value::str)
            }
            (SqlType::Binary(made), "length") => size(made.length),
            (SqlType::Numeric(made), "precision") => size(made.precision),
            (SqlType::Numeric(made), "scale") => size(made.scale),
            (SqlType::Temporal(made), "timezone") => Value::Bool(made.timezone),
            (SqlType::Enum(made), "name") => name_value(&made.name),
            (SqlType::Enum(made), "schema") => {
                made.schema.as_deref().map_or(Value::None, Value::str)
            }
            (SqlType::Enum(made), "enums") => {
                Value::list(made.values.iter().map(|value| Value::str(value.as_str())).collect())
            }
            (SqlType::Enum(made), "native_enum") => Value::Bool(made.native_enum),
            (SqlType::Enum(made), "create_type") => Value::Bool(made.create_type),
            (SqlType::Enum(made), "length") => size(made.varchar_length()),
            (SqlType::Enum(_), "enum_class") => self.members.clone(),
            (SqlType::Boolean(made), "name") => name_value(&made.name),
            (SqlType::Array(made), "item_type") => value(interp, &made.item)?,
            (SqlType::Array(made), "dimensions") => size(made.dimensions),
            (SqlType::Domain(made), "name") => Value::str(made.name.as_str()),
            (_, "__visit_name__") => Value::str(self.sql_type.class_name()),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn repr(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let class = self.class(interp);
        let arguments = match &self.sql_type {
            SqlType::Character(made) => made.length.map(|length| format!("length={length}")),
            SqlType::Numeric(made) => match (made.precision, made.scale) {
                (Some(precision), Some(scale)) => {
                    Some(format!("precision={precision}, scale={scale}"))
                }
                (Some(precision), None) => Some(format!("precision={precision}")),
                _ => None,
            },
            SqlType::Temporal(made) if made.timezone => Some("timezone=True".to_owned()),
            SqlType::Integer(_) | SqlType::Boolean(_) | SqlType::Temporal(_) | SqlType::Null => {
                None
            }
            _ => return Err(interp.unsupported(format!("repr() of the type {}", class.name))),
        };
        Ok(Some(format!("{}({})", class.name, arguments.unwrap_or_default())))
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        match self.sql_type.without_dialect() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(interp.unsupported("str() of this type")),
        }
    }
}
