//! `base64` and `binascii`.

use std::rc::Rc;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::hashlib::hex;
use super::support;

/// Bytes, or the ASCII of a text.
fn ascii(interp: &mut Interpreter, value: &Value) -> Result<Vec<u8>> {
    match value.as_text() {
        Some(text) if text.is_ascii() => Ok(text.as_bytes().to_vec()),
        Some(_) => interp.value_error("string argument should contain only ASCII characters"),
        None => Ok(support::bytes(interp, value)?.to_vec()),
    }
}

fn error<R>(interp: &mut Interpreter, message: &str) -> Result<R> {
    let module = interp.load_module("binascii")?;
    let class = interp.get_attribute(&Value::Module(module), "Error")?;
    match &class {
        Value::Class(class) => Err(interp.raised(class, vec![Value::from(message)])),
        _ => interp.value_error(message),
    }
}

/// What `binascii.a2b_base64` does: characters outside of the alphabet are passed over.
fn decode(interp: &mut Interpreter, data: &[u8], validate: bool) -> Result<Value> {
    interp.allow_size(data.len(), "decoded bytes")?;
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if validate {
        let body = data.iter().rposition(|byte| *byte != b'=').map_or(0, |at| at + 1);
        let padding = data.len() - body;
        if !data[..body].iter().all(in_alphabet) || padding > 2 {
            return error(interp, "Only base64 data is allowed");
        }
    }
    let mut kept = Vec::new();
    let mut padding = 0;
    for byte in data {
        if *byte == b'=' {
            if kept.len() % 4 >= 2 {
                padding += 1;
                if kept.len() % 4 + padding >= 4 {
                    break;
                }
            }
        } else if in_alphabet(byte) {
            kept.push(*byte);
            if padding > 0 {
                // A lone padding character amid the data counts for nothing.
                padding = 0;
            }
        }
    }
    match kept.len() % 4 {
        1 => {
            let count = kept.len();
            let message = format!(
                "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 \
                 more than a multiple of 4"
            );
            return error(interp, &message);
        }
        left if left > 0 && left + padding < 4 => return error(interp, "Incorrect padding"),
        _ => {}
    }
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    match GeneralPurpose::new(&STANDARD, config).decode(&kept) {
        Ok(bytes) => Ok(Value::bytes(bytes)),
        Err(_) => error(interp, "Incorrect padding"),
    }
}

fn url_safe(data: &mut [u8], back: bool) {
    for byte in data {
        *byte = match (*byte, back) {
            (b'+', false) => b'-',
            (b'/', false) => b'_',
            (b'-', true) => b'+',
            (b'_', true) => b'/',
            (other, _) => other,
        };
    }
}

fn encode(interp: &mut Interpreter, value: &Value) -> Result<Vec<u8>> {
    let data = support::bytes(interp, value)?;
    interp.allow_size(data.len() * 2, "encoded bytes")?;
    Ok(general_purpose::STANDARD.encode(&data).into_bytes())
}

fn unhex(interp: &mut Interpreter, data: &[u8]) -> Result<Value> {
    if data.len() % 2 == 1 {
        return error(interp, "Odd-length string");
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pairs = data.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    match pairs.collect::<Option<Vec<u8>>>() {
        Some(bytes) => Ok(Value::bytes(bytes)),
        None => error(interp, "Non-hexadecimal digit found"),
    }
}

/// The function that decodes, with the alphabet for URLs or without.
fn decoder(url: bool) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, mut args| {
        let validate = match args.take_keyword("validate") {
            Some(validate) => interp.truth(&validate)?,
            None => false,
        };
        let [data] = args.exactly(interp, "b64decode")?;
        let mut data = ascii(interp, &data)?;
        if url {
            url_safe(&mut data, true);
        }
        decode(interp, &data, validate)
    }
}

pub(super) fn load_base64(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("base64");
    for name in ["b64encode", "standard_b64encode"] {
        module.function(name, move |interp, args| {
            let [data] = args.exactly(interp, name)?;
            encode(interp, &data).map(Value::bytes)
        });
    }
    module.function("urlsafe_b64encode", |interp, args| {
        let [data] = args.exactly(interp, "urlsafe_b64encode")?;
        let mut data = encode(interp, &data)?;
        url_safe(&mut data, false);
        Ok(Value::bytes(data))
    });
    module.function("encodebytes", |interp, args| {
        let [data] = args.exactly(interp, "encodebytes")?;
        let data = encode(interp, &data)?;
        let mut out = Vec::new();
        for line in data.chunks(76) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        Ok(Value::bytes(out))
    });
    module.function("b64decode", decoder(false));
    module.function("standard_b64decode", decoder(false));
    module.function("decodebytes", decoder(false));
    module.function("urlsafe_b64decode", decoder(true));
    module.function("b16encode", |interp, args| {
        let [data] = args.exactly(interp, "b16encode")?;
        let data = support::bytes(interp, &data)?;
        Ok(Value::bytes(hex(&data).to_uppercase().into_bytes()))
    });
    module.function("b16decode", |interp, args| {
        let [data] = args.exactly(interp, "b16decode")?;
        let data = ascii(interp, &data)?;
        if data.iter().any(u8::is_ascii_lowercase) {
            return error(interp, "Non-base16 digit found");
        }
        unhex(interp, &data)
    });
    Ok(Rc::new(module))
}

fn crc32(data: &[u8], start: u32) -> u32 {
    let mut crc = !start;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

pub(super) fn load_binascii(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("binascii");
    if let Some(Value::Class(base)) = interp.builtin("ValueError") {
        let class = ClassBuilder::new("Error", "binascii").base(&base).finish(interp);
        module.set("Error", Value::Class(class));
    }
    for name in ["hexlify", "b2a_hex"] {
        module.function(name, move |interp, args| {
            let [data] = args.exactly(interp, name)?;
            let data = support::bytes(interp, &data)?;
            Ok(Value::bytes(hex(&data).into_bytes()))
        });
    }
    for name in ["unhexlify", "a2b_hex"] {
        module.function(name, move |interp, args| {
            let [data] = args.exactly(interp, name)?;
            let data = ascii(interp, &data)?;
            unhex(interp, &data)
        });
    }
    module.function("b2a_base64", |interp, mut args| {
        let newline = match args.take_keyword("newline") {
            Some(newline) => interp.truth(&newline)?,
            None => true,
        };
        let [data] = args.exactly(interp, "b2a_base64")?;
        let mut data = encode(interp, &data)?;
        if newline {
            data.push(b'\n');
        }
        Ok(Value::bytes(data))
    });
    module.function("a2b_base64", |interp, args| {
        let [data] = args.exactly(interp, "a2b_base64")?;
        let data = ascii(interp, &data)?;
        decode(interp, &data, false)
    });
    module.function("crc32", |interp, args| {
        let [data, start] = args.up_to(interp, "crc32", 1)?;
        let data = support::bytes(interp, &data.unwrap_or_default())?;
        let start = match start {
            Some(start) => support::int(interp, &start)?,
            None => 0,
        };
        interp.charge(data.len() as u64)?;
        Ok(Value::Int(crc32(&data, (start & 0xffff_ffff) as u32).into()))
    });
    Ok(Rc::new(module))
}
