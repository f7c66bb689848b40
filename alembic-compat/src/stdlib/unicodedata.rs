//! `unicodedata`: the normal forms that names and slugs are made with.
//!
//! Normal forms of characters never change once they are assigned (Unicode's stability policy), so
//! the version of Unicode matters only for characters that are newer than the project's Python.
//! Names and categories are not here.

use std::rc::Rc;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::support;

/// A text in a normal form; an error for a form that there is not.
fn normal(interp: &mut Interpreter, form: &Value, text: &Text) -> Result<String> {
    let form = support::text(interp, form, "normalize() argument 1")?;
    match &*form {
        "NFC" => Ok(text.nfc().collect()),
        "NFD" => Ok(text.nfd().collect()),
        "NFKC" => Ok(text.nfkc().collect()),
        "NFKD" => Ok(text.nfkd().collect()),
        _ => interp.value_error("invalid normalization form"),
    }
}

pub(super) fn load(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("unicodedata");
    module.function("normalize", |interp, args| {
        let [form, text] = args.exactly(interp, "normalize")?;
        let text = support::text(interp, &text, "normalize() argument 2")?;
        normal(interp, &form, &text).map(Value::from)
    });
    module.function("is_normalized", |interp, args| {
        let [form, text] = args.exactly(interp, "is_normalized")?;
        let text = support::text(interp, &text, "is_normalized() argument 2")?;
        Ok(Value::Bool(normal(interp, &form, &text)? == *text))
    });
    module.function("combining", |interp, args| {
        let [character] = args.exactly(interp, "combining")?;
        let text = support::text(interp, &character, "combining() argument")?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(Value::Int(canonical_combining_class(character).into())),
            _ => interp.type_error("combining() argument must be a unicode character, not str"),
        }
    });
    Ok(Rc::new(module))
}
