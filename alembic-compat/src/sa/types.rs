//! The classes of types: SQLAlchemy's own, and those of the dialects.

use std::rc::Rc;

use limbeck_schema::SqlType;
use limbeck_schema::types::Array;
use limbeck_schema::types::Binary;
use limbeck_schema::types::Bit;
use limbeck_schema::types::Boolean;
use limbeck_schema::types::Character;
use limbeck_schema::types::Domain;
use limbeck_schema::types::Integer;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::MysqlCharacter;
use limbeck_schema::types::Numeric;
use limbeck_schema::types::SimpleType;
use limbeck_schema::types::Temporal;
use limbeck_schema::types::Uuid;
use limbeck_schema::types::Variant;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::clause;
use super::enumeration;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::name;
use super::keywords::opt_size;
use super::keywords::opt_text;
use super::keywords::text;
use super::migration;
use super::migration::SqlalchemyVersion;
use super::type_object;
use super::type_object::TypeObject;
pub(super) use super::type_table::BORROWED;
use super::type_table::CORE;
use super::type_table::DIALECTS;
pub(super) use super::type_table::Family;
use super::type_table::SAME;
pub(super) use super::type_table::TypeFacts;

/// The names of the core's types.
pub(super) fn core_names() -> impl Iterator<Item = &'static str> {
    let own = CORE.iter().map(|(name, ..)| *name);
    own.chain(SAME.iter().map(|(name, _)| *name)).chain(["TypeEngine", "SchemaType"])
}

/// The names of a dialect's own types, without the prefix.
pub(super) fn dialect_names(home: &Rc<Module>, dialect: &str) -> Vec<(String, Value)> {
    let prefix = format!("{dialect}.");
    let globals = home.globals.borrow();
    let own = globals.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(&prefix)?;
        Some((name.to_owned(), value.clone()))
    });
    own.collect()
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let visitable = ClassBuilder::new("TypeEngine", "sqlalchemy.sql.type_api");
    // `TypeDecorator[datetime]` tells checkers something, and is the class itself.
    let visitable = visitable
        .class_method("__class_getitem__", |_, mut args| Ok(args.take_self().unwrap_or_default()));
    let engine = type_object::with_methods(visitable).constructor(plain).finish(interp);
    *engine.extra.borrow_mut() = Some(Rc::new(TypeFacts { family: Family::Null }));
    home.set("TypeEngine", Value::Class(Rc::clone(&engine)));
    let schema_type = ClassBuilder::new("SchemaType", "sqlalchemy.sql.sqltypes")
        .base(&engine)
        .constructor(plain)
        .finish(interp);
    home.set("SchemaType", Value::Class(schema_type));
    let is_old = migration::current(interp)
        .is_ok_and(|migration| migration.sqlalchemy != SqlalchemyVersion::V21);
    for (full, bases, family) in CORE.iter().chain(DIALECTS) {
        let bases = if *full == "Float" && is_old { "Numeric" } else { bases };
        add(interp, home, full, bases, *family);
    }
    if let Some(Value::Class(json)) = super::registry::value(home, "JSON") {
        json.set("NULL", Value::native(super::value::JsonNull));
    }
    for simple in SimpleType::ALL {
        let dialect = simple.home().name();
        let full = format!("{dialect}.{}", simple.class_name());
        add(interp, home, &full, "TypeEngine", Family::Simple(*simple));
    }
    for (name, same) in SAME {
        if let Some(class) = super::registry::value(home, same) {
            home.set(*name, class);
        }
    }
    interp.register_class::<TypeObject>(engine);
}

fn add(interp: &Interpreter, home: &Rc<Module>, full: &str, bases: &str, family: Family) {
    let (module, name) = match full.split_once('.') {
        Some((dialect, name)) => (format!("sqlalchemy.dialects.{dialect}"), name),
        None => ("sqlalchemy.sql.sqltypes".to_owned(), full),
    };
    let mut builder = ClassBuilder::new(name, module).constructor(plain);
    for base in bases.split(", ") {
        if let Some(Value::Class(base)) = super::registry::value(home, base) {
            builder = builder.base(&base);
        }
    }
    let class = builder.finish(interp);
    *class.extra.borrow_mut() = Some(Rc::new(TypeFacts { family }));
    home.set(full, Value::Class(class));
}

/// The facts of the nearest native type among a class and its ancestors.
pub(super) fn facts(class: &Rc<Class>) -> Option<TypeFacts> {
    class.order().find_map(|class| {
        let extra = class.extra.borrow();
        extra.as_ref().and_then(|extra| extra.downcast_ref::<TypeFacts>().copied())
    })
}

fn plain(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    let Some(TypeFacts { family }) = facts(class) else {
        return Err(interp.unsupported(format!("the type {}", class.name)));
    };
    let kept = match family {
        Family::Decorator | Family::UserDefined => args.clone(),
        _ => Args::none(),
    };
    let mut object = make(interp, family, args)?;
    object.class = Some(Rc::clone(class));
    object.args = kept;
    Ok(Value::native(object))
}

const NO_MORE: &str = "__init__";

fn bound<const N: usize>(
    interp: &mut Interpreter,
    args: Args,
    names: [&'static str; N],
    required: usize,
) -> Result<[Option<Value>; N]> {
    Ok(args.bind(interp, &Signature::new(NO_MORE, names, required))?.values)
}

/// Arguments by name, and the other keywords.
type WithRest<const N: usize> = ([Option<Value>; N], Vec<(Text, Value)>);

fn rest<const N: usize>(
    interp: &mut Interpreter,
    args: Args,
    names: [&'static str; N],
) -> Result<WithRest<N>> {
    let signature = Signature { double_star: true, ..Signature::new(NO_MORE, names, 0) };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    Ok((values, double_star))
}

fn make(interp: &mut Interpreter, family: Family, args: Args) -> Result<TypeObject> {
    let sql_type = match family {
        Family::Enum | Family::PostgresqlEnum | Family::MysqlEnum => {
            return enumeration::make(interp, family, args);
        }
        Family::Null => {
            bound(interp, args, [], 0)?;
            SqlType::Null
        }
        Family::Decorator | Family::UserDefined => SqlType::Null,
        Family::Character(kind) => {
            let [length, collation, collation_schema] =
                bound(interp, args, ["length", "collation", "collation_schema"], 0)?;
            Character {
                kind,
                length: opt_size(interp, length, "length")?,
                collation: opt_text(interp, collation, "collation")?,
                collation_schema: opt_text(interp, collation_schema, "collation_schema")?,
                mysql: MysqlCharacter::default(),
            }
            .into()
        }
        Family::MysqlCharacter(kind) => {
            let (values, mut keywords) = rest(interp, args, ["length", "collation"])?;
            let [length, collation] = values;
            let mysql = mysql_character(interp, &mut keywords)?;
            Character {
                kind,
                length: opt_size(interp, length, "length")?,
                collation: opt_text(interp, collation, "collation")?,
                collation_schema: None,
                mysql,
            }
            .into()
        }
        Family::Binary(kind) => {
            let [length] = bound(interp, args, ["length"], 0)?;
            Binary { kind, length: opt_size(interp, length, "length")? }.into()
        }
        Family::Integer(kind) => {
            if !args.positional.is_empty() || !args.keywords.is_empty() {
                let name = SqlType::from(kind);
                return interp.type_error(format!("{}() takes no arguments", name.class_name()));
            }
            kind.into()
        }
        Family::MysqlInteger(kind) => {
            let [width, unsigned, zerofill] =
                bound(interp, args, ["display_width", "unsigned", "zerofill"], 0)?;
            Integer {
                kind,
                display_width: opt_size(interp, width, "display_width")?,
                unsigned: flag(interp, unsigned)?,
                zerofill: flag(interp, zerofill)?,
            }
            .into()
        }
        Family::Numeric(kind) => {
            let [precision, scale, _, as_decimal] = bound(
                interp,
                args,
                ["precision", "scale", "decimal_return_scale", "asdecimal"],
                0,
            )?;
            let as_float = !as_decimal.map_or(Ok(true), |value| interp.truth(&value))?;
            Numeric {
                kind,
                precision: opt_size(interp, precision, "precision")?,
                scale: opt_size(interp, scale, "scale")?,
                as_float,
                ..Numeric::default()
            }
            .into()
        }
        Family::Float(kind) => {
            let [precision, as_decimal, _] =
                bound(interp, args, ["precision", "asdecimal", "decimal_return_scale"], 0)?;
            let precision = opt_size(interp, precision, "precision")?;
            let as_decimal = flag(interp, as_decimal)?;
            Numeric { kind, precision, as_decimal, ..Numeric::default() }.into()
        }
        Family::MysqlNumeric(kind) => {
            let names =
                ["precision", "scale", "asdecimal", "unsigned", "zerofill", "decimal_return_scale"];
            let [precision, scale, as_decimal, unsigned, zerofill, _] =
                bound(interp, args, names, 0)?;
            let is_plain = kind == limbeck_schema::types::NumericKind::UpperFloat;
            let as_decimal = as_decimal.map_or(Ok(!is_plain), |value| interp.truth(&value))?;
            Numeric {
                kind,
                precision: opt_size(interp, precision, "precision")?,
                scale: opt_size(interp, scale, "scale")?,
                unsigned: flag(interp, unsigned)?,
                zerofill: flag(interp, zerofill)?,
                as_float: !as_decimal,
                as_decimal,
            }
            .into()
        }
        Family::Boolean { upper } => {
            let [create_constraint, constraint, _] =
                bound(interp, args, ["create_constraint", "name", "_create_events"], 0)?;
            Boolean {
                upper,
                create_constraint: flag(interp, create_constraint)?,
                name: name(interp, constraint, "name")?,
            }
            .into()
        }
        _ => return Ok(TypeObject::of(make_other(interp, family, args)?)),
    };
    Ok(TypeObject::of(sql_type))
}

fn make_other(interp: &mut Interpreter, family: Family, args: Args) -> Result<SqlType> {
    Ok(match family {
        Family::Plain(kind) => {
            bound(interp, args, [], 0)?;
            kind.into()
        }
        Family::Zoned(kind) => {
            let [timezone] = bound(interp, args, ["timezone"], 0)?;
            Temporal { timezone: flag(interp, timezone)?, ..kind.into() }.into()
        }
        Family::PostgresqlTime(kind) => {
            let [timezone, precision] = bound(interp, args, ["timezone", "precision"], 0)?;
            let precision = opt_size(interp, precision, "precision")?;
            Temporal { timezone: flag(interp, timezone)?, precision, ..kind.into() }.into()
        }
        Family::MysqlTime(kind) => {
            let [timezone, fsp] = bound(interp, args, ["timezone", "fsp"], 0)?;
            let fsp = opt_size(interp, fsp, "fsp")?;
            Temporal { timezone: flag(interp, timezone)?, fsp, ..kind.into() }.into()
        }
        Family::SqliteTime(kind) => {
            let ([format, _], more) = rest(interp, args, ["storage_format", "regexp"])?;
            if given(format).is_some() || !more.is_empty() {
                return Err(interp.unsupported("a type of SQLite's with a storage format"));
            }
            kind.into()
        }
        Family::Interval => {
            let [native, second, _] =
                bound(interp, args, ["native", "second_precision", "day_precision"], 0)?;
            Interval::Generic {
                native: native.map_or(Ok(true), |native| interp.truth(&native))?,
                second_precision: opt_size(interp, second, "second_precision")?,
            }
            .into()
        }
        Family::PostgresqlInterval => {
            let [precision, fields] = bound(interp, args, ["precision", "fields"], 0)?;
            Interval::Postgresql {
                precision: opt_size(interp, precision, "precision")?,
                fields: opt_text(interp, fields, "fields")?,
            }
            .into()
        }
        Family::MysqlSet => enumeration::make_set(interp, args)?,
        Family::Uuid => {
            let [as_uuid, native] = bound(interp, args, ["as_uuid", "native_uuid"], 0)?;
            let native = native.map_or(Ok(true), |native| interp.truth(&native))?;
            let as_text = !as_uuid.map_or(Ok(true), |value| interp.truth(&value))?;
            Uuid { upper: false, native, as_text }.into()
        }
        Family::UpperUuid => {
            let [as_uuid] = bound(interp, args, ["as_uuid"], 0)?;
            let as_text = !as_uuid.map_or(Ok(true), |value| interp.truth(&value))?;
            Uuid { upper: true, native: true, as_text }.into()
        }
        Family::Json => {
            let [none_as_null] = bound(interp, args, ["none_as_null"], 0)?;
            json(Json::Json, flag(interp, none_as_null)?)
        }
        Family::Jsonb => {
            let [none_as_null] = bound(interp, args, ["none_as_null"], 0)?;
            json(Json::Jsonb, flag(interp, none_as_null)?)
        }
        Family::PostgresqlJson(kind) => {
            if kind == Json::Jsonpath {
                bound(interp, args, [], 0)?;
                kind.into()
            } else {
                let [none_as_null, _] = bound(interp, args, ["none_as_null", "astext_type"], 0)?;
                json(kind, flag(interp, none_as_null)?)
            }
        }
        Family::Array => {
            let names = ["item_type", "as_tuple", "dimensions", "zero_indexes"];
            let [item, as_tuple, dimensions, zero_indexes] = bound(interp, args, names, 1)?;
            // They change what is read, and what `column[1]` is.
            for (name, value) in [("as_tuple", as_tuple), ("zero_indexes", zero_indexes)] {
                if flag(interp, value)? {
                    return Err(interp.unsupported(format!("ARRAY({name}=True)")));
                }
            }
            let item = item.unwrap_or_default();
            let item = type_object::sql_type(interp, &item)?;
            if matches!(item, SqlType::Array(_)) {
                return interp.value_error(
                    "Do not nest ARRAY types; ARRAY(basetype) handles multi-dimensional arrays of \
                     basetype",
                );
            }
            let dimensions = opt_size(interp, dimensions, "dimensions")?;
            Array { item: Box::new(item), dimensions }.into()
        }
        Family::Domain => make_domain(interp, args)?,
        Family::Bit { varying: true } => {
            let [length, varying] = bound(interp, args, ["length", "varying"], 0)?;
            let varying = flag(interp, varying)?;
            let length = opt_size(interp, length, "length")?;
            // PostgreSQL's own class fills in the length.
            let length = if varying { length } else { length.or(Some(1)) };
            Bit { length, varying }.into()
        }
        Family::Bit { .. } => {
            let [length] = bound(interp, args, ["length"], 0)?;
            Bit { length: opt_size(interp, length, "length")?, varying: false }.into()
        }
        Family::Year => {
            let [width] = bound(interp, args, ["display_width"], 0)?;
            SqlType::Year(opt_size(interp, width, "display_width")?)
        }
        Family::Simple(simple) => {
            if simple == SimpleType::Hstore {
                bound(interp, args, ["text_type"], 0)?;
            } else {
                bound(interp, args, [], 0)?;
            }
            simple.into()
        }
        Family::Pickle => {
            let [_, _, _, implementation] =
                bound(interp, args, ["protocol", "pickler", "comparator", "impl"], 0)?;
            match given(implementation) {
                None => SqlType::pickle(),
                Some(value) => type_object::sql_type(interp, &value)?,
            }
        }
        _ => return Err(interp.unsupported("a type of this family")),
    })
}

/// A type of JSON. That `None` is NULL is written as a variant without any other types.
fn json(kind: Json, none_as_null: bool) -> SqlType {
    if none_as_null {
        SqlType::Variant(Variant { base: Box::new(kind.into()), by_dialect: Vec::new() })
    } else {
        kind.into()
    }
}

/// MySQL's further arguments of texts; what is left is refused.
pub(super) fn mysql_character(
    interp: &mut Interpreter,
    keywords: &mut Vec<(Text, Value)>,
) -> Result<MysqlCharacter> {
    let mut made = MysqlCharacter::default();
    for (key, value) in keywords.drain(..) {
        match key.as_str() {
            "charset" => made.charset = opt_text(interp, Some(value), "charset")?,
            "ascii" => made.ascii = interp.truth(&value)?,
            "unicode" => made.unicode = interp.truth(&value)?,
            "binary" => made.binary = interp.truth(&value)?,
            "national" => made.national = interp.truth(&value)?,
            _ => {
                return interp
                    .type_error(format!("__init__() got an unexpected keyword argument '{key}'"));
            }
        }
    }
    Ok(made)
}

fn make_domain(interp: &mut Interpreter, args: Args) -> Result<SqlType> {
    let names = [
        "name",
        "data_type",
        "collation",
        "collation_schema",
        "default",
        "constraint_name",
        "not_null",
        "check",
        "create_type",
        "schema",
        "metadata",
        "inherit_schema",
        "quote",
    ];
    let signature = Signature { keyword_only: 11, ..Signature::new("__init__", names, 2) };
    let Bound { values, .. } = args.bind(interp, &signature)?;
    let [
        name,
        data_type,
        collation,
        collation_schema,
        default,
        constraint,
        not_null,
        check,
        create,
        schema,
        ..,
    ] = values;
    let name = text(interp, &name.unwrap_or_default(), "name")?;
    let data_type = type_object::sql_type(interp, &data_type.unwrap_or_default())?;
    let mut domain = Domain::new(name, data_type);
    domain.collation = opt_text(interp, collation, "collation")?;
    domain.collation_schema = opt_text(interp, collation_schema, "collation_schema")?;
    domain.default = given(default)
        .map(|default| {
            clause::expression_or(interp, &default, |text| {
                limbeck_schema::expr::literal(text, None)
            })
        })
        .transpose()?;
    domain.constraint_name = opt_text(interp, constraint, "constraint_name")?;
    domain.not_null = flag(interp, not_null)?;
    domain.check = given(check)
        .map(|check| clause::expression_or(interp, &check, limbeck_schema::expr::text))
        .transpose()?;
    domain.create_type = create.map_or(Ok(true), |create| interp.truth(&create))?;
    domain.schema = opt_text(interp, schema, "schema")?;
    Ok(domain.into())
}
