//! `Mapped[…]`: what the annotations of a mapped class say of its columns.

use std::rc::Rc;

use limbeck_schema::SqlType;
use limbeck_schema::types::Interval;
use limbeck_schema::types::NumericKind;

use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::super::column::ColumnObject;
use super::super::type_object;

/// `Mapped[X]`.
#[derive(Debug)]
struct MappedType(Value);

impl Object for MappedType {}

/// What an annotation says: the names of types between its brackets.
#[derive(Debug, Clone)]
pub(super) struct Annotated {
    names: Vec<String>,
    nullable: bool,
}

/// The annotations of a class that are `Mapped[…]`.
pub(super) fn annotations(
    interp: &mut Interpreter,
    class: &Rc<Class>,
) -> Result<Vec<(String, Annotated)>> {
    let found = class.attributes.borrow().get("__annotations__").cloned();
    let Some(Value::Dict(dict)) = found else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    for (name, value) in dict.entries() {
        let Some(name) = name.as_text() else { continue };
        let text = match (value.downcast::<MappedType>(), value.as_text()) {
            (Some(mapped), _) => match (&mapped.0, mapped.0.as_text()) {
                (_, Some(text)) => text.to_string(),
                (Value::Class(class), _) => class.name.to_string(),
                (other, _) => interp.repr(other)?,
            },
            (None, Some(text)) => {
                let text = text.trim().trim_start_matches("orm.").trim_start_matches("so.");
                let inner = text.strip_prefix("Mapped[").and_then(|text| text.strip_suffix(']'));
                match inner {
                    Some(inner) => inner.trim_matches(['"', '\'']).to_owned(),
                    None => continue,
                }
            }
            _ => continue,
        };
        made.push((name.to_string(), parse(&text)));
    }
    Ok(made)
}

fn parse(text: &str) -> Annotated {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    let mut names = Vec::new();
    let mut nullable = false;
    for word in words.filter(|word| !word.is_empty()) {
        let word = word.rsplit('.').next().unwrap_or(word);
        match word {
            "None" | "NoneType" | "Optional" => nullable = true,
            "Union" | "class" => {}
            word => names.push(word.to_owned()),
        }
    }
    Annotated { names, nullable }
}

/// Gives a column what its annotation says and it does not say itself.
pub(super) fn apply(
    interp: &mut Interpreter,
    class: &Rc<Class>,
    annotated: &Annotated,
    column: &ColumnObject,
    name: &str,
) -> Result<()> {
    let chosen = match annotated.names.as_slice() {
        [one] => of_map(interp, class, one)?,
        _ => None,
    };
    let mut data = column.data.borrow_mut();
    if data.nullable.is_none() && !data.primary_key {
        data.nullable = Some(annotated.nullable);
    }
    if data.sql_type != SqlType::Null {
        return Ok(());
    }
    if let Some(chosen) = chosen {
        data.sql_type = chosen;
        return Ok(());
    }
    let refers = !data.foreign_keys.is_empty();
    let [one] = annotated.names.as_slice() else {
        if refers {
            return Ok(());
        }
        return Err(interp.unsupported(format!("the annotation of '{name}'")));
    };
    data.sql_type = match one.as_str() {
        "int" => SqlType::integer(),
        "str" => limbeck_schema::types::CharacterKind::String.into(),
        "bool" => SqlType::boolean(),
        "float" => NumericKind::Float.into(),
        "Decimal" => NumericKind::Numeric.into(),
        "bytes" => SqlType::large_binary(),
        "date" => SqlType::date(),
        "time" => SqlType::time(),
        "datetime" => SqlType::date_time(false),
        "timedelta" => Interval::default().into(),
        "UUID" => SqlType::uuid(),
        _ if refers => return Ok(()),
        other => {
            return Err(interp.unsupported(format!("'{other}' as the annotation of '{name}'")));
        }
    };
    Ok(())
}

/// The type that `type_annotation_map` of the base chooses for a class of Python.
fn of_map(interp: &mut Interpreter, class: &Rc<Class>, name: &str) -> Result<Option<SqlType>> {
    let Some(map) = class.lookup("type_annotation_map") else { return Ok(None) };
    let Value::Dict(map) = map else {
        return Err(interp.unsupported("a type_annotation_map that is no dictionary"));
    };
    let mut chosen = None;
    for (key, value) in map.entries() {
        let Value::Class(key) = key else {
            return Err(interp.unsupported("a type_annotation_map for more than classes"));
        };
        if &*key.name == name {
            chosen = Some(type_object::sql_type(interp, &value)?);
        }
    }
    Ok(chosen)
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("Mapped", "sqlalchemy.orm.base")
        .class_method("__class_getitem__", |interp, args| {
            let [_, inner] = args.exactly(interp, "Mapped.__class_getitem__")?;
            Ok(Value::native(MappedType(inner)))
        })
        .finish(interp);
    interp.register_class::<MappedType>(Rc::clone(&class));
    home.set("orm.Mapped", Value::Class(class));
}
