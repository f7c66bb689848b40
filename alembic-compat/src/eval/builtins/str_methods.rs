//! The methods of `str` that do not search: see [`search`](super::search) for the others.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::containers::Dict;
use crate::eval::descriptor::StaticMethod;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::text::Text;
use crate::eval::value::Value;

use super::int_argument;
use super::methods;
use super::numbers::is_space;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.str,
        &[
            ("upper", |interp, args| mapped(interp, args, "upper", str::to_uppercase)),
            ("lower", |interp, args| mapped(interp, args, "lower", str::to_lowercase)),
            ("casefold", |interp, args| mapped(interp, args, "casefold", casefold)),
            ("title", |interp, args| mapped(interp, args, "title", title)),
            ("capitalize", |interp, args| mapped(interp, args, "capitalize", capitalize)),
            ("swapcase", |interp, args| mapped(interp, args, "swapcase", swapcase)),
            ("isalpha", |interp, args| all(interp, args, "isalpha", is_alpha)),
            ("isdigit", |interp, args| all(interp, args, "isdigit", is_digit)),
            ("isdecimal", |interp, args| {
                all(interp, args, "isdecimal", |c| decimal_value(c).is_some())
            }),
            ("isnumeric", |interp, args| all(interp, args, "isnumeric", char::is_numeric)),
            ("isalnum", |interp, args| {
                all(interp, args, "isalnum", |c| is_alpha(c) || c.is_numeric())
            }),
            ("isspace", |interp, args| all(interp, args, "isspace", is_space)),
            ("isupper", |interp, args| cased(interp, args, "isupper", true)),
            ("islower", |interp, args| cased(interp, args, "islower", false)),
            ("istitle", |interp, args| test(interp, args, "istitle", is_title)),
            ("isascii", |interp, args| test(interp, args, "isascii", str::is_ascii)),
            ("isidentifier", |interp, args| test(interp, args, "isidentifier", is_identifier)),
            ("isprintable", |interp, args| {
                test(interp, args, "isprintable", |text| {
                    text.chars().all(crate::eval::repr::is_printable)
                })
            }),
            ("center", |interp, args| justify(interp, args, "center")),
            ("ljust", |interp, args| justify(interp, args, "ljust")),
            ("rjust", |interp, args| justify(interp, args, "rjust")),
            ("zfill", zfill),
            ("expandtabs", expandtabs),
            ("join", join),
            ("encode", |interp, args| {
                const ENCODE: Signature<3> =
                    Signature::new("encode", ["self", "encoding", "errors"], 1);
                let [this, encoding, errors] = args.bind(interp, &ENCODE)?.values;
                let text = this_text(interp, this.as_ref())?;
                super::bytes_methods::encode(interp, &text, encoding, errors)
            }),
            ("format", super::template::format),
            ("format_map", super::template::format_map),
            ("translate", translate),
        ],
    );
    let maketrans = Value::Builtin(Rc::new(Builtin::new("maketrans", maketrans)));
    types.str.set("maketrans", Value::native(StaticMethod { function: maketrans }));
    super::search::install(interp);
}

/// The text of `self`.
pub(super) fn this_text(interp: &mut Interpreter, value: Option<&Value>) -> Result<Text> {
    match value.and_then(Value::as_text) {
        Some(text) => Ok(text),
        None => {
            let class = value.map_or_else(|| Text::from("nothing"), |it| interp.class_name(it));
            interp.type_error(format!(
                "descriptor of 'str' objects doesn't apply to a '{class}' object"
            ))
        }
    }
}

fn only_self(interp: &mut Interpreter, mut args: Args, name: &str) -> Result<Text> {
    if args.positional.len() > 1 || !args.keywords.is_empty() {
        let given = args.positional.len().saturating_sub(1);
        args.refuse_keywords(interp, &format!("str.{name}"))?;
        return interp.type_error(format!("str.{name}() takes no arguments ({given} given)"));
    }
    let this = args.take_self();
    this_text(interp, this.as_ref())
}

fn mapped(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    map: impl Fn(&str) -> String,
) -> Result<Value> {
    let text = only_self(interp, args, name)?;
    interp.allow_size(text.len(), "a text")?;
    Ok(Value::str(map(&text)))
}

fn test(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    test: impl Fn(&str) -> bool,
) -> Result<Value> {
    let text = only_self(interp, args, name)?;
    interp.charge(text.len() as u64 / 32)?;
    Ok(Value::Bool(test(&text)))
}

fn all(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    is: impl Fn(char) -> bool,
) -> Result<Value> {
    test(interp, args, name, |text| !text.is_empty() && text.chars().all(&is))
}

fn cased(interp: &mut Interpreter, args: Args, name: &str, upper: bool) -> Result<Value> {
    test(interp, args, name, |text| {
        let wrong =
            |c: char| is_title_letter(c) || if upper { c.is_lowercase() } else { c.is_uppercase() };
        let right = |c: char| if upper { c.is_uppercase() } else { c.is_lowercase() };
        text.chars().any(right) && !text.chars().any(wrong)
    })
}

/// The few letters that are neither upper nor lower but title case.
const fn is_title_letter(c: char) -> bool {
    matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
        | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

fn is_alpha(c: char) -> bool {
    // The standard library counts letter numbers and combining vowels too.
    c.is_alphabetic() && !c.is_numeric() && !matches!(c, '\u{345}' | 'ⓐ'..='ⓩ' | 'Ⓐ'..='Ⓩ')
}

fn is_digit(c: char) -> bool {
    decimal_value(c).is_some()
        || matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨' | '⑴'..='⑼' | '⒈'..='⒐')
}

/// The value of a decimal digit of any script.
pub(super) fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    /// The zero of each script that has ten digits in a row.
    const ZEROS: &[u32] = &[
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
        0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
        0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0,
        0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
        0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0,
        0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
    ];
    let code = u32::from(c);
    let at = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(at.checked_sub(1)?)?;
    (code - zero < 10).then_some(code - zero)
}

fn casefold(text: &str) -> String {
    // Full folding differs from lower case in few letters.
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ß' | 'ẞ' => out.push_str("ss"),
            'ſ' => out.push('s'),
            'ς' => out.push('σ'),
            'ŉ' => out.push_str("ʼn"),
            'ﬀ' => out.push_str("ff"),
            'ﬁ' => out.push_str("fi"),
            'ﬂ' => out.push_str("fl"),
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

fn is_cased(c: char) -> bool {
    c.is_uppercase() || c.is_lowercase() || is_title_letter(c)
}

fn push_title(c: char, out: &mut String) {
    match c {
        'ǆ' | 'Ǆ' => out.push('ǅ'),
        'ǉ' | 'Ǉ' => out.push('ǈ'),
        'ǌ' | 'Ǌ' => out.push('ǋ'),
        'ǳ' | 'Ǳ' => out.push('ǲ'),
        'ß' => out.push_str("Ss"),
        'ﬁ' => out.push_str("Fi"),
        'ﬂ' => out.push_str("Fl"),
        _ => out.extend(c.to_uppercase()),
    }
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            push_title(c, &mut out);
        }
        inside = is_cased(c);
    }
    out
}

fn capitalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    if let Some(first) = characters.next() {
        push_title(first, &mut out);
    }
    out.push_str(&characters.as_str().to_lowercase());
    out
}

fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

fn is_title(text: &str) -> bool {
    let (mut any, mut inside) = (false, false);
    for c in text.chars() {
        if c.is_uppercase() || is_title_letter(c) {
            if inside {
                return false;
            }
            (any, inside) = (true, true);
        } else if c.is_lowercase() {
            if !inside {
                return false;
            }
            any = true;
        } else {
            inside = false;
        }
    }
    any
}

fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let starts = |c: char| c == '_' || c.is_alphabetic();
    characters.next().is_some_and(starts)
        && characters.all(|c| starts(c) || decimal_value(c).is_some())
}

fn justify(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, width, fill] = args.method_up_to(interp, name, 2)?;
    let text = this_text(interp, this.as_ref())?;
    let width = int_argument(interp, &width.unwrap_or_default())?;
    let fill = match fill {
        None => ' ',
        Some(fill) => match fill.as_text() {
            Some(fill) if fill.characters() == 1 => fill.character(0).unwrap_or(' '),
            Some(_) => {
                return interp.type_error("The fill character must be exactly one character long");
            }
            None => {
                let class = interp.class_name(&fill);
                return interp.type_error(format!(
                    "The fill character must be a unicode character, not {class}"
                ));
            }
        },
    };
    let width = usize::try_from(width).unwrap_or(0);
    interp.allow_size(width, "a text")?;
    let missing = width.saturating_sub(text.characters());
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        // The odd one goes to the left when the width is odd.
        _ => missing / 2 + (missing & width & 1),
    };
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(&text);
    out.extend(std::iter::repeat_n(fill, missing - left));
    Ok(Value::str(out))
}

fn zfill(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, width] = args.exactly(interp, "zfill")?;
    let text = this_text(interp, Some(&this))?;
    let width = usize::try_from(int_argument(interp, &width)?).unwrap_or(0);
    interp.allow_size(width, "a text")?;
    let missing = width.saturating_sub(text.characters());
    let (sign, rest) = match text.as_str().split_at_checked(1) {
        Some((sign @ ("+" | "-"), rest)) => (sign, rest),
        _ => ("", text.as_str()),
    };
    Ok(Value::str(format!("{sign}{}{rest}", "0".repeat(missing))))
}

fn expandtabs(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const EXPANDTABS: Signature<2> = Signature::new("expandtabs", ["self", "tabsize"], 1);
    let [this, size] = args.bind(interp, &EXPANDTABS)?.values;
    let text = this_text(interp, this.as_ref())?;
    let size = match size {
        Some(size) => usize::try_from(int_argument(interp, &size)?).unwrap_or(0),
        None => 8,
    };
    let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
    interp.allow_size(text.len().saturating_add(tabs.saturating_mul(size)), "a text")?;
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' if size > 0 => {
                let spaces = size - column % size;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
            }
            '\t' => {}
            _ => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(Value::str(out))
}

fn join(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, items] = args.exactly(interp, "str.join")?;
    let separator = this_text(interp, Some(&this))?;
    if interp.try_iterate(&items)?.is_none() {
        return interp.type_error("can only join an iterable");
    }
    let items = interp.items(&items)?;
    let mut texts = Vec::with_capacity(items.len());
    let mut size = 0_usize;
    for (at, item) in items.iter().enumerate() {
        let Some(text) = item.as_text() else {
            let class = interp.class_name(item);
            return interp
                .type_error(format!("sequence item {at}: expected str instance, {class} found"));
        };
        size = size.saturating_add(text.len()).saturating_add(separator.len());
        texts.push(text);
    }
    interp.allow_size(size, "a text")?;
    let mut out = String::with_capacity(size);
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            out.push_str(&separator);
        }
        out.push_str(text);
    }
    Ok(Value::str(out))
}

fn maketrans(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [from, to, removed] = args.up_to(interp, "maketrans", 1)?;
    let table = Rc::new(Dict::default());
    let from = from.unwrap_or_default();
    let code = |c: char| Value::Int(i64::from(u32::from(c)));
    let Some(to) = to else {
        let Value::Dict(given) = from.plain() else {
            return interp
                .type_error("if you give only one argument to maketrans it must be a dict");
        };
        for (key, value) in given.entries() {
            let key = match key.as_text() {
                Some(text) if text.characters() == 1 => text.character(0).map_or(Value::None, code),
                Some(_) => {
                    return interp
                        .value_error("string keys in translate table must be of length 1");
                }
                None => key,
            };
            interp.dict_set(&table, key, value)?;
        }
        return Ok(Value::Dict(table));
    };
    let (Some(from), Some(to)) = (from.as_text(), to.as_text()) else {
        return interp
            .type_error("first maketrans argument must be a string if there is a second argument");
    };
    if from.characters() != to.characters() {
        return interp.value_error("the first two maketrans arguments must have equal length");
    }
    for (from, to) in from.chars().zip(to.chars()) {
        interp.dict_set(&table, code(from), code(to))?;
    }
    if let Some(removed) = removed.and_then(|removed| removed.as_text()) {
        for c in removed.chars() {
            interp.dict_set(&table, code(c), Value::None)?;
        }
    }
    Ok(Value::Dict(table))
}

fn translate(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, table] = args.exactly(interp, "str.translate")?;
    let text = this_text(interp, Some(&this))?;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        interp.step()?;
        let key = Value::Int(i64::from(u32::from(c)));
        match interp.item(&table, &key) {
            Ok(Value::None) => {}
            Ok(value) => match (value.as_text(), value.as_int()) {
                (Some(text), _) => out.push_str(&text),
                (_, Some(code)) => match u32::try_from(code).ok().and_then(char::from_u32) {
                    Some(c) => out.push(c),
                    None => {
                        return interp.value_error("character mapping must be in range(0x110000)");
                    }
                },
                _ => {
                    return interp.type_error("character mapping must return integer, None or str");
                }
            },
            Err(error) if interp.is_raised(&error, "LookupError") => out.push(c),
            Err(error) => return Err(error),
        }
        interp.allow_size(out.len(), "a text")?;
    }
    Ok(Value::str(out))
}
