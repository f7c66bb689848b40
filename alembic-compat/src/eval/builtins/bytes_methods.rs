//! The methods of `bytes`, and encodings.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::descriptor::ClassMethod;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::value::Value;

use super::int_argument;
use super::methods;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.bytes,
        &[
            ("decode", |interp, args| {
                const DECODE: Signature<3> =
                    Signature::new("decode", ["self", "encoding", "errors"], 1);
                let [this, encoding, errors] = args.bind(interp, &DECODE)?.values;
                let bytes = bytes_of(interp, &this.unwrap_or_default())?;
                decode(interp, &bytes, encoding, errors)
            }),
            ("hex", |interp, args| {
                let [this, separator] = args.method_up_to(interp, "hex", 1)?;
                if separator.is_some() {
                    return Err(interp.unsupported("bytes.hex() with a separator"));
                }
                let bytes = bytes_of(interp, &this.unwrap_or_default())?;
                interp.allow_size(bytes.len() * 2, "a text")?;
                let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
                Ok(Value::str(digits.collect::<String>()))
            }),
            ("startswith", |interp, args| edge(interp, args, "startswith", <[u8]>::starts_with)),
            ("endswith", |interp, args| edge(interp, args, "endswith", <[u8]>::ends_with)),
            ("find", |interp, args| {
                let [bytes, part] = sought(interp, args, "find")?;
                let found = memchr::memmem::find(&bytes, &part);
                Ok(found.map_or(Value::Int(-1), Value::size))
            }),
            ("count", |interp, args| {
                let [bytes, part] = sought(interp, args, "count")?;
                if part.is_empty() {
                    return Ok(Value::size(bytes.len() + 1));
                }
                Ok(Value::size(memchr::memmem::find_iter(&bytes, &part).count()))
            }),
            ("upper", |interp, args| {
                let [this] = exactly(interp, args, "upper")?;
                Ok(Value::bytes(bytes_of(interp, &this)?.to_ascii_uppercase()))
            }),
            ("lower", |interp, args| {
                let [this] = exactly(interp, args, "lower")?;
                Ok(Value::bytes(bytes_of(interp, &this)?.to_ascii_lowercase()))
            }),
            ("join", |interp, args| {
                let [this, items] = exactly(interp, args, "join")?;
                let separator = bytes_of(interp, &this)?;
                let mut out = Vec::new();
                for (at, item) in interp.items(&items)?.iter().enumerate() {
                    if at > 0 {
                        out.extend_from_slice(&separator);
                    }
                    let Value::Bytes(item) = item.plain() else {
                        let class = interp.class_name(item);
                        return interp.type_error(format!(
                            "sequence item {at}: expected a bytes-like object, {class} found"
                        ));
                    };
                    out.extend_from_slice(&item);
                    interp.allow_size(out.len(), "bytes")?;
                }
                Ok(Value::bytes(out))
            }),
            ("replace", |interp, args| {
                let [this, old, new] = exactly(interp, args, "replace")?;
                let bytes = bytes_of(interp, &this)?;
                let (old, new) = (bytes_of(interp, &old)?, bytes_of(interp, &new)?);
                if old.is_empty() {
                    return Err(interp.unsupported("bytes.replace() of nothing"));
                }
                let mut out = Vec::new();
                let mut from = 0;
                for at in memchr::memmem::find_iter(&bytes, &old) {
                    out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
                    out.extend_from_slice(&new);
                    from = at + old.len();
                    interp.allow_size(out.len(), "bytes")?;
                }
                out.extend_from_slice(bytes.get(from..).unwrap_or_default());
                Ok(Value::bytes(out))
            }),
            ("strip", |interp, args| {
                let [this, given] = args.method_up_to(interp, "strip", 1)?;
                let bytes = bytes_of(interp, &this.unwrap_or_default())?;
                let given = match given {
                    Some(Value::None) | None => b" \t\n\r\x0b\x0c".as_slice().into(),
                    Some(given) => bytes_of(interp, &given)?,
                };
                let is = |byte: &u8| !given.contains(byte);
                let Some(first) = bytes.iter().position(is) else {
                    return Ok(Value::bytes(Vec::new()));
                };
                let last = bytes.iter().rposition(is).unwrap_or(first);
                Ok(Value::bytes(bytes.get(first..=last).unwrap_or_default()))
            }),
            ("split", split),
        ],
    );
    for name in [
        "capitalize",
        "center",
        "expandtabs",
        "index",
        "isalnum",
        "isalpha",
        "isascii",
        "isdigit",
        "islower",
        "isspace",
        "istitle",
        "isupper",
        "ljust",
        "lstrip",
        "maketrans",
        "partition",
        "removeprefix",
        "removesuffix",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "splitlines",
        "swapcase",
        "title",
        "translate",
        "zfill",
    ] {
        let method = Builtin::method(name, move |interp, _| {
            Err(interp.unsupported(format!("bytes.{name}()")))
        });
        types.bytes.set(name, Value::Builtin(Rc::new(method)));
    }
    let fromhex = Value::Builtin(Rc::new(Builtin::new("fromhex", fromhex)));
    types.bytes.set("fromhex", Value::native(ClassMethod { function: fromhex }));
}

/// The arguments of a method, where more of them are not supported.
fn exactly<const N: usize>(interp: &mut Interpreter, args: Args, name: &str) -> Result<[Value; N]> {
    if args.positional.len() > N {
        return Err(
            interp.unsupported(format!("bytes.{name}() with more than {} arguments", N - 1))
        );
    }
    args.exactly(interp, &format!("bytes.{name}"))
}

fn bytes_of(interp: &mut Interpreter, value: &Value) -> Result<Rc<[u8]>> {
    match value.plain() {
        Value::Bytes(bytes) => Ok(bytes),
        _ => {
            let class = interp.class_name(value);
            interp.type_error(format!("a bytes-like object is required, not '{class}'"))
        }
    }
}

fn fromhex(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [_, text] = args.exactly(interp, "fromhex")?;
    let text = super::text_argument(interp, &text, "fromhex", 0)?;
    let mut out = Vec::new();
    let mut digits = text.char_indices().filter(|(_, c)| !c.is_ascii_whitespace());
    while let Some((at, high)) = digits.next() {
        let low = digits.next();
        let pair = high.to_digit(16).zip(low.and_then(|(_, low)| low.to_digit(16)));
        let Some((high, low)) = pair else {
            let place = if high.is_ascii_hexdigit() { at + 1 } else { at };
            return interp.value_error(format!(
                "non-hexadecimal number found in fromhex() arg at position {place}"
            ));
        };
        out.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    Ok(Value::bytes(out))
}

enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

fn encoding(interp: &mut Interpreter, name: Option<Value>) -> Result<Encoding> {
    let Some(name) = name else { return Ok(Encoding::Utf8) };
    let name = super::text_argument(interp, &name, "encode", 1)?;
    match name.to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        "utf-8" | "utf8" | "u8" => Ok(Encoding::Utf8),
        "ascii" | "us-ascii" => Ok(Encoding::Ascii),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => Ok(Encoding::Latin1),
        _ => Err(interp.unsupported(format!("the encoding '{name}'"))),
    }
}

fn policy(interp: &mut Interpreter, errors: Option<Value>) -> Result<String> {
    match errors {
        None => Ok("strict".to_owned()),
        Some(errors) => {
            let errors = super::text_argument(interp, &errors, "encode", 2)?;
            match errors.as_str() {
                "strict" | "ignore" | "replace" => Ok(errors.to_string()),
                other => Err(interp.unsupported(format!("the error handler '{other}'"))),
            }
        }
    }
}

pub(super) fn encode(
    interp: &mut Interpreter,
    text: &str,
    name: Option<Value>,
    errors: Option<Value>,
) -> Result<Value> {
    let encoding = encoding(interp, name)?;
    let policy = policy(interp, errors)?;
    interp.allow_size(text.len(), "bytes")?;
    let (most, codec) = match encoding {
        Encoding::Utf8 => return Ok(Value::bytes(text.as_bytes())),
        Encoding::Ascii => (128_u32, "ascii"),
        Encoding::Latin1 => (256, "latin-1"),
    };
    let mut out = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) if u32::from(byte) < most => out.push(byte),
            _ => match policy.as_str() {
                "ignore" => {}
                "replace" => out.push(b'?'),
                _ => {
                    let code = u32::from(c);
                    let shown = match code {
                        0..=0xff => format!("\\x{code:02x}"),
                        0x100..=0xffff => format!("\\u{code:04x}"),
                        _ => format!("\\U{code:08x}"),
                    };
                    return interp.raise(
                        "UnicodeEncodeError",
                        format!(
                            "'{codec}' codec can't encode character '{shown}' in position {at}: \
                             ordinal not in range({most})"
                        ),
                    );
                }
            },
        }
    }
    Ok(Value::bytes(out))
}

pub(super) fn decode(
    interp: &mut Interpreter,
    bytes: &[u8],
    name: Option<Value>,
    errors: Option<Value>,
) -> Result<Value> {
    let encoding = encoding(interp, name)?;
    let policy = policy(interp, errors)?;
    interp.allow_size(bytes.len().saturating_mul(2), "a text")?;
    if let Encoding::Latin1 = encoding {
        return Ok(Value::str(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()));
    }
    let ascii = matches!(encoding, Encoding::Ascii);
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let (good, bad) = if ascii {
            let good = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            (good, usize::from(good < rest.len()))
        } else {
            match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), 0),
                Err(error) => {
                    let good = error.valid_up_to();
                    (good, error.error_len().unwrap_or(rest.len() - good))
                }
            }
        };
        let (text, after) = rest.split_at(good);
        out.push_str(std::str::from_utf8(text).unwrap_or_default());
        if bad == 0 {
            return Ok(Value::str(out));
        }
        match policy.as_str() {
            "ignore" => {}
            "replace" => out.push('\u{fffd}'),
            _ => {
                let at = bytes.len() - after.len();
                let byte = after.first().copied().unwrap_or_default();
                let message = if ascii {
                    format!(
                        "'ascii' codec can't decode byte {byte:#04x} in position {at}: ordinal \
                         not in range(128)"
                    )
                } else if std::str::from_utf8(after).is_err_and(|e| e.error_len().is_none()) {
                    let place = if after.len() == 1 {
                        format!("byte {byte:#04x} in position {at}")
                    } else {
                        format!("bytes in position {at}-{}", at + after.len() - 1)
                    };
                    format!("'utf-8' codec can't decode {place}: unexpected end of data")
                } else {
                    let reason = if (0xc2..=0xf4).contains(&byte) {
                        "invalid continuation byte"
                    } else {
                        "invalid start byte"
                    };
                    format!(
                        "'utf-8' codec can't decode byte {byte:#04x} in position {at}: {reason}"
                    )
                };
                return interp.raise("UnicodeDecodeError", message);
            }
        }
        rest = after.get(bad..).unwrap_or_default();
    }
}

/// `int.to_bytes` and `int.from_bytes` need it too.
pub(super) fn length_argument(interp: &mut Interpreter, value: &Value) -> Result<usize> {
    match usize::try_from(int_argument(interp, value)?) {
        Ok(length) => {
            interp.allow_size(length, "bytes")?;
            Ok(length)
        }
        Err(_) => interp.value_error("length argument must be non-negative"),
    }
}

fn split(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("split", ["self", "sep", "maxsplit"], 1);
    let [this, separator, most] = args.bind(interp, &signature)?.values;
    let bytes = bytes_of(interp, &this.unwrap_or_default())?;
    let most = match most {
        Some(most) => usize::try_from(int_argument(interp, &most)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let mut parts = Vec::new();
    let mut rest = &*bytes;
    match separator {
        None | Some(Value::None) => {
            let is_space = |byte: &u8| b" \t\n\r\x0b\x0c".contains(byte);
            while let Some(start) = rest.iter().position(|byte| !is_space(byte)) {
                rest = rest.get(start..).unwrap_or_default();
                let end = rest.iter().position(is_space).filter(|_| parts.len() < most);
                let (part, behind) = rest.split_at(end.unwrap_or(rest.len()));
                parts.push(Value::bytes(part));
                rest = behind;
            }
        }
        Some(separator) => {
            let separator = bytes_of(interp, &separator)?;
            if separator.is_empty() {
                return interp.value_error("empty separator");
            }
            while let Some(at) =
                memchr::memmem::find(rest, &separator).filter(|_| parts.len() < most)
            {
                parts.push(Value::bytes(rest.get(..at).unwrap_or_default()));
                rest = rest.get(at + separator.len()..).unwrap_or_default();
            }
            parts.push(Value::bytes(rest));
        }
    }
    Ok(Value::list(parts))
}

/// Whether bytes begin or end with others, or with one of a tuple of them.
fn edge(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    fits: fn(&[u8], &[u8]) -> bool,
) -> Result<Value> {
    let [this, wanted, start, _] = args.method_up_to(interp, name, 2)?;
    if start.is_some() {
        return Err(interp.unsupported(format!("bytes.{name}() with places")));
    }
    let bytes = bytes_of(interp, &this.unwrap_or_default())?;
    let wanted = wanted.unwrap_or_default();
    match wanted.plain() {
        Value::Bytes(wanted) => Ok(Value::Bool(fits(&bytes, &wanted))),
        Value::Tuple(items) => {
            for item in items.iter() {
                if fits(&bytes, &bytes_of(interp, item)?) {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        _ => {
            let class = interp.class_name(&wanted);
            interp.type_error(format!(
                "{name} first arg must be bytes or a tuple of bytes, not {class}"
            ))
        }
    }
}

/// Bytes, and others or a number of one that is looked for in them.
fn sought(interp: &mut Interpreter, args: Args, name: &str) -> Result<[Rc<[u8]>; 2]> {
    let [this, part, start, _] = args.method_up_to(interp, name, 2)?;
    if start.is_some() {
        return Err(interp.unsupported(format!("bytes.{name}() with places")));
    }
    let bytes = bytes_of(interp, &this.unwrap_or_default())?;
    let part = part.unwrap_or_default();
    let part = match (part.plain(), part.as_int()) {
        (Value::Bytes(part), _) => part,
        (_, Some(number)) => match u8::try_from(number) {
            Ok(byte) => [byte].as_slice().into(),
            Err(_) => return interp.value_error("byte must be in range(0, 256)"),
        },
        _ => {
            let class = interp.class_name(&part);
            return interp.type_error(format!(
                "argument should be integer or bytes-like object, not '{class}'"
            ));
        }
    };
    Ok([bytes, part])
}
