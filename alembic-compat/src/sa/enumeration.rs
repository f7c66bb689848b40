//! `Enum` and its dialects' forms.

use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::types::Enum;
use limbeck_schema::types::EnumKind;
use limbeck_schema::types::EnumLength;
use limbeck_schema::types::Set;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::errors;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::name;
use super::keywords::opt_size;
use super::keywords::opt_text;
use super::keywords::text;
use super::type_object::TypeObject;
use super::types::Family;
use super::types::mysql_character;

/// `Enum(*values, **keywords)`.
pub(super) fn make(interp: &mut Interpreter, family: Family, args: Args) -> Result<TypeObject> {
    let Args { mut positional, mut keywords } = args;
    let mut take = |name: &str| {
        let at = keywords.iter().position(|(key, _)| *key == name)?;
        Some(keywords.remove(at).1)
    };
    let mut made = Enum::default();
    if let Some(enums) = take("enums") {
        positional.extend(interp.items(&enums)?);
    }
    let callable = given(take("values_callable"));
    let given_name = take("name");
    made.schema = opt_text(interp, take("schema"), "schema")?;
    made.inherit_schema = flag(interp, take("inherit_schema"))?;
    made.native_enum = take("native_enum").map_or(Ok(true), |value| interp.truth(&value))?;
    made.create_constraint = flag(interp, take("create_constraint"))?;
    made.metadata = given(take("metadata")).is_some();
    made.length = match take("length") {
        None => EnumLength::Longest,
        Some(value) => match opt_size(interp, Some(value), "length")? {
            None => EnumLength::Unlimited,
            Some(length) => EnumLength::Given(length),
        },
    };
    for ignored in [
        "validate_strings",
        "sort_key_function",
        "omit_aliases",
        "quote",
        "convert_unicode",
        "_create_events",
        "_disable_warnings",
    ] {
        drop(take(ignored));
    }
    match family {
        Family::PostgresqlEnum => {
            made.kind = EnumKind::Postgresql;
            made.create_type =
                take("create_type").map_or(Ok(true), |value| interp.truth(&value))?;
        }
        Family::MysqlEnum => {
            made.kind = EnumKind::Mysql;
            made.collation = opt_text(interp, take("collation"), "collation")?;
            drop((take("strict"), take("retrieve_as_bitwise")));
            made.mysql = mysql_character(interp, &mut keywords)?;
        }
        _ => {
            // The core's Enum swallows it, with whatever else it is given.
            drop(take("create_type"));
        }
    }
    // Those of the core and of PostgreSQL take what they know of their keywords.
    if let (Family::MysqlEnum, Some((key, _))) = (family, keywords.first()) {
        return interp.type_error(format!("__init__() got an unexpected keyword argument '{key}'"));
    }
    let mut members = Value::None;
    match positional.as_slice() {
        [Value::Class(class)] => {
            let class = Value::Class(class.clone());
            let items = interp.items(&class)?;
            if made.name.is_none() {
                made.name = Name::Given(match &class {
                    Value::Class(class) => class.name.to_lowercase(),
                    _ => String::new(),
                });
            }
            made.values = match &callable {
                Some(callable) => {
                    let values = interp.call(callable, Args::of([class.clone()]))?;
                    super::keywords::texts(interp, &values, "a value of an Enum")?
                }
                None => {
                    let mut names = Vec::new();
                    for item in items {
                        let name = interp.get_attribute(&item, "name")?;
                        names.push(text(interp, &name, "a name of an Enum")?);
                    }
                    names
                }
            };
            made.tag = super::processing::tag(interp, &class)?;
            members = class;
        }
        values => {
            for value in values {
                if value.as_text().is_none() {
                    let got = interp.repr(value)?;
                    return interp.type_error(format!(
                        "descriptor 'encode' for 'str' objects doesn't apply to {got}"
                    ));
                }
                made.values.push(text(interp, value, "a value of an Enum")?);
            }
        }
    }
    if let Some(value) = given_name {
        made.name = name(interp, Some(value), "name")?;
    }
    if made.length != EnumLength::Longest && !made.native_enum {
        let longest = Enum { length: EnumLength::Longest, ..made.clone() }.varchar_length();
        if let (EnumLength::Given(length), Some(longest)) = (made.length, longest)
            && length < longest
        {
            return interp.value_error(format!(
                "When provided, length must be larger or equal than the length of the longest enum \
                 value. {length} < {longest}"
            ));
        }
    }
    Ok(TypeObject { members, ..TypeObject::of(made.into()) })
}

/// `SET(*values, **keywords)`.
pub(super) fn make_set(interp: &mut Interpreter, args: Args) -> Result<SqlType> {
    let Args { positional, mut keywords } = args;
    let mut take = |name: &str| {
        let at = keywords.iter().position(|(key, _)| *key == name)?;
        Some(keywords.remove(at).1)
    };
    let collation = opt_text(interp, take("collation"), "collation")?;
    let bitwise = flag(interp, take("retrieve_as_bitwise"))?;
    let mysql = mysql_character(interp, &mut keywords)?;
    let mut values = Vec::new();
    for value in &positional {
        values.push(text(interp, value, "a value of a SET")?);
    }
    if !bitwise && values.iter().any(String::is_empty) {
        return Err(errors::argument(
            interp,
            "Can't use the blank value '' in a SET without setting retrieve_as_bitwise=True",
        )?);
    }
    Ok(Set { values, collation, mysql }.into())
}
