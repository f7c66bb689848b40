//! `uuid`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use uuid::Uuid as Bits;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;
use crate::python::CompareOp;

use super::support;
use super::support::order;

/// A UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uuid {
    /// Its 128 bits.
    pub bits: Bits,
}

const NAMES: [&str; 6] = ["hex", "bytes", "bytes_le", "fields", "int", "version"];
const NEW: Signature<6> = Signature::new("__init__", NAMES, 0);

fn construct(interp: &mut Interpreter, _: &Rc<Class>, mut args: Args) -> Result<Value> {
    args.take_keyword("is_safe");
    let given = args.bind(interp, &NEW)?.values;
    let [hex, raw, little, fields, int, version] =
        given.map(|value| value.filter(|value| !value.is_none()));
    let sources = [&hex, &raw, &little, &fields, &int];
    if sources.into_iter().flatten().count() != 1 {
        return interp
            .type_error("one of the hex, bytes, bytes_le, fields, or int arguments must be given");
    }
    let mut bits = if let Some(hex) = hex {
        from_hex(interp, &hex)?
    } else if let Some(raw) = raw {
        sixteen(interp, &raw, "bytes")?
    } else if let Some(little) = little {
        let bits = sixteen(interp, &little, "bytes_le")?;
        u128::from_be_bytes(Bits::from_u128(bits).to_bytes_le())
    } else if let Some(int) = int {
        let number = support::big(&int).and_then(|int| int.to_u128());
        match number {
            Some(number) => number,
            None => return interp.value_error("int is out of range (need a 128-bit value)"),
        }
    } else {
        return Err(interp.unsupported("'fields' of uuid.UUID"));
    };
    if let Some(version) = version {
        let version = support::int(interp, &version)?;
        if !(1..=5).contains(&version) {
            return interp.value_error("illegal version number");
        }
        bits = stamped(bits, version as u128);
    }
    Ok(Value::native(Uuid { bits: Bits::from_u128(bits) }))
}

fn stamped(bits: u128, version: u128) -> u128 {
    let bits = bits & !(0xc000 << 48) | (0x8000 << 48);
    bits & !(0xf000 << 64) | (version << 76)
}

fn from_hex(interp: &mut Interpreter, hex: &Value) -> Result<u128> {
    let Some(text) = hex.as_text() else {
        let class = interp.class_name(hex);
        return interp
            .raise("AttributeError", format!("'{class}' object has no attribute 'replace'"));
    };
    let text = text.replace("urn:", "").replace("uuid:", "");
    let text = text.trim_matches(['{', '}']).replace('-', "");
    if text.chars().count() != 32 {
        return interp.value_error("badly formed hexadecimal UUID string");
    }
    match u128::from_str_radix(&text, 16) {
        Ok(bits) if !text.starts_with('+') => Ok(bits),
        _ => {
            let shown = interp.repr(&Value::from(text))?;
            interp.value_error(format!("invalid literal for int() with base 16: {shown}"))
        }
    }
}

fn sixteen(interp: &mut Interpreter, value: &Value, what: &str) -> Result<u128> {
    let bytes = support::bytes(interp, value)?;
    match <[u8; 16]>::try_from(&*bytes) {
        Ok(bytes) => Ok(u128::from_be_bytes(bytes)),
        Err(_) => interp.value_error(format!("{what} is not a 16-char string")),
    }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Bits> {
    match support::receiver(args).downcast::<Uuid>() {
        Some(uuid) => Ok(uuid.bits),
        None => interp.type_error("a 'uuid.UUID' object is required"),
    }
}

fn value(bits: u128) -> Value {
    Value::native(Uuid { bits: Bits::from_u128(bits) })
}

fn unsigned(number: u128) -> Value {
    Value::integer(BigInt::from(number))
}

fn random(interp: &mut Interpreter) -> Result<u128> {
    let mut bytes = [0; 16];
    interp.host().random(&mut bytes)?;
    Ok(u128::from_be_bytes(bytes))
}

/// Version 1: the time, and a node of random bits as the machine's own is not known.
fn uuid1(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let signature = Signature::new("uuid1", ["node", "clock_seq"], 0);
    let [node, sequence] = args.bind(interp, &signature)?.values;
    let random = random(interp)?;
    let number = |interp: &mut Interpreter, value: Option<Value>| match value {
        Some(value) if !value.is_none() => support::int(interp, &value).map(Some),
        _ => Ok(None),
    };
    let node = match number(interp, node)? {
        Some(node) => u128::from(node.unsigned_abs()) & 0xffff_ffff_ffff,
        None => random & 0xffff_ffff_ffff | 1 << 40,
    };
    let sequence = match number(interp, sequence)? {
        Some(sequence) => u128::from(sequence.unsigned_abs()) & 0x3fff,
        None => random >> 48 & 0x3fff,
    };
    let micros = interp.host().now()?.microseconds;
    let ticks = u128::try_from(i128::from(micros) * 10 + 0x01b2_1dd2_1381_4000).unwrap_or_default();
    let low = ticks & 0xffff_ffff;
    let middle = ticks >> 32 & 0xffff;
    let high = ticks >> 48 & 0x0fff;
    Ok(value(stamped(low << 96 | middle << 80 | high << 64 | sequence << 48 | node, 1)))
}

/// Versions 3 and 5: a hash of a name.
fn named(version: u128) -> impl Fn(&mut Interpreter, Args) -> Result<Value> {
    move |interp, args| {
        let signature = Signature::new("uuid", ["namespace", "name"], 2);
        let [space, name] = args.bind(interp, &signature)?.values;
        let (space, name) = (space.unwrap_or_default(), name.unwrap_or_default());
        let Some(space) = space.downcast::<Uuid>() else {
            let class = interp.class_name(&space);
            return interp
                .raise("AttributeError", format!("'{class}' object has no attribute 'bytes'"));
        };
        let name = support::text(interp, &name, "name")?;
        let mut data = space.bits.as_bytes().to_vec();
        data.extend_from_slice(name.as_bytes());
        let algorithm = if version == 3 { "md5" } else { "sha1" };
        let digest = super::hashlib::digest(algorithm, &data).unwrap_or_default();
        let head: [u8; 16] =
            digest.get(..16).and_then(|head| head.try_into().ok()).unwrap_or_default();
        Ok(value(stamped(u128::from_be_bytes(head), version)))
    }
}

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("uuid");
    let part = |shift: u32, width: u32| {
        move |interp: &mut Interpreter, mut args: Args| {
            let bits = this(interp, &mut args)?.as_u128();
            Ok(unsigned(bits >> shift & ((1 << width) - 1)))
        }
    };
    let class = ClassBuilder::new("UUID", "uuid")
        .constructor(construct)
        .immutable()
        .property("hex", |interp, mut args| {
            Ok(Value::from(this(interp, &mut args)?.simple().to_string()))
        })
        .property("bytes", |interp, mut args| {
            Ok(Value::bytes(&this(interp, &mut args)?.as_bytes()[..]))
        })
        .property("bytes_le", |interp, mut args| {
            Ok(Value::bytes(&this(interp, &mut args)?.to_bytes_le()[..]))
        })
        .property("int", |interp, mut args| Ok(unsigned(this(interp, &mut args)?.as_u128())))
        .property("urn", |interp, mut args| {
            Ok(Value::from(format!("urn:uuid:{}", this(interp, &mut args)?.hyphenated())))
        })
        .property("version", |interp, mut args| {
            let bits = this(interp, &mut args)?.as_u128();
            let rfc = bits >> 62 & 3 == 2;
            Ok(if rfc { unsigned(bits >> 76 & 0xf) } else { Value::None })
        })
        .property("variant", |interp, mut args| {
            let bits = this(interp, &mut args)?.as_u128() >> 61 & 7;
            Ok(Value::from(match bits {
                0..=3 => "reserved for NCS compatibility",
                4 | 5 => "specified in RFC 4122",
                6 => "reserved for Microsoft compatibility",
                _ => "reserved for future definition",
            }))
        })
        .property("fields", |interp, mut args| {
            let bits = this(interp, &mut args)?.as_u128();
            let part = |shift: u32, width: u32| unsigned(bits >> shift & ((1 << width) - 1));
            let widths = [(96, 32), (80, 16), (64, 16), (56, 8), (48, 8), (0, 48)];
            Ok(Value::tuple(widths.map(|(shift, width)| part(shift, width)).to_vec()))
        })
        .property("time_low", part(96, 32))
        .property("time_mid", part(80, 16))
        .property("time_hi_version", part(64, 16))
        .property("node", part(0, 48))
        .method("__int__", |interp, mut args| Ok(unsigned(this(interp, &mut args)?.as_u128())))
        .finish(interp);
    interp.register_class::<Uuid>(Rc::clone(&class));
    module.set("UUID", Value::Class(class));
    module.function("uuid4", |interp, args| {
        let [] = args.exactly(interp, "uuid4")?;
        Ok(value(stamped(random(interp)?, 4)))
    });
    module.function("uuid1", uuid1);
    module.function("uuid3", named(3));
    module.function("uuid5", named(5));
    for (name, at) in
        [("NAMESPACE_DNS", 0), ("NAMESPACE_URL", 1), ("NAMESPACE_OID", 2), ("NAMESPACE_X500", 4)]
    {
        module.set(name, value(0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8 + (at << 96)));
    }
    for (name, text) in [
        ("RESERVED_NCS", "reserved for NCS compatibility"),
        ("RFC_4122", "specified in RFC 4122"),
        ("RESERVED_MICROSOFT", "reserved for Microsoft compatibility"),
        ("RESERVED_FUTURE", "reserved for future definition"),
    ] {
        module.set(name, Value::from(text));
    }
    Ok(Rc::new(module))
}

impl Object for Uuid {
    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let other = other.downcast::<Self>();
        Ok(other.and_then(|other| order(op, self.bits.cmp(&other.bits))))
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.bits.as_u128())))
    }

    fn repr(&self, this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(format!("{}('{}')", interp.class_name(this), self.bits.hyphenated())))
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.bits.hyphenated().to_string()))
    }
}
