//! `hashlib`: md5, sha1 and the SHA-2 family.

use std::cell::RefCell;
use std::rc::Rc;

use md5::Digest as _;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

use super::support;

/// The algorithms, with the sizes of their digests and blocks.
const ALGORITHMS: [(&str, i64, i64); 6] = [
    ("md5", 16, 64),
    ("sha1", 20, 64),
    ("sha224", 28, 64),
    ("sha256", 32, 64),
    ("sha384", 48, 128),
    ("sha512", 64, 128),
];

/// The digest of some bytes; `None` for an algorithm that is not here.
pub(super) fn digest(algorithm: &str, data: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm {
        "md5" => md5::Md5::digest(data).to_vec(),
        "sha1" => {
            use sha1::Digest as _;
            sha1::Sha1::digest(data).to_vec()
        }
        "sha224" => sha2::Sha224::digest(data).to_vec(),
        "sha256" => sha2::Sha256::digest(data).to_vec(),
        "sha384" => sha2::Sha384::digest(data).to_vec(),
        "sha512" => sha2::Sha512::digest(data).to_vec(),
        _ => return None,
    })
}

/// A hash that is being fed. The bytes are kept: what migrations hash is short.
#[derive(Debug)]
struct Hash {
    algorithm: &'static str,
    data: RefCell<Vec<u8>>,
}

impl Object for Hash {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        let facts = ALGORITHMS.iter().find(|(other, ..)| *other == self.algorithm);
        Ok(match name {
            "name" => Some(Value::from(self.algorithm)),
            "digest_size" => facts.map(|(_, size, _)| Value::Int(*size)),
            "block_size" => facts.map(|(_, _, block)| Value::Int(*block)),
            _ => None,
        })
    }
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Rc<Hash>> {
    match support::receiver(args).downcast::<Hash>() {
        Some(hash) => Ok(hash),
        None => interp.type_error("a hash object is required"),
    }
}

impl Hash {
    fn feed(&self, interp: &mut Interpreter, value: &Value) -> Result<()> {
        if value.as_text().is_some() {
            return interp.type_error("Strings must be encoded before hashing");
        }
        if !matches!(value.plain(), Value::Bytes(_)) {
            return interp.type_error("object supporting the buffer API required");
        }
        let bytes = support::bytes(interp, value)?;
        interp.allow_size(self.data.borrow().len() + bytes.len(), "data to be hashed")?;
        self.data.borrow_mut().extend_from_slice(&bytes);
        Ok(())
    }

    fn digest(&self, interp: &mut Interpreter) -> Result<Vec<u8>> {
        let size = self.data.borrow().len();
        interp.charge(size as u64 / 8)?;
        Ok(digest(self.algorithm, &self.data.borrow()).unwrap_or_default())
    }
}

fn start(interp: &mut Interpreter, algorithm: &'static str, mut args: Args) -> Result<Value> {
    args.take_keyword("usedforsecurity");
    let [data] = args.up_to(interp, algorithm, 0)?;
    let hash = Hash { algorithm, data: RefCell::default() };
    if let Some(data) = data {
        hash.feed(interp, &data)?;
    }
    Ok(Value::native(hash))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("hashlib");
    let class = ClassBuilder::new("HASH", "_hashlib")
        .method("update", |interp, mut args| {
            let hash = this(interp, &mut args)?;
            let [data] = args.exactly(interp, "update")?;
            hash.feed(interp, &data)?;
            Ok(Value::None)
        })
        .method("digest", |interp, mut args| {
            let hash = this(interp, &mut args)?;
            hash.digest(interp).map(Value::bytes)
        })
        .method("hexdigest", |interp, mut args| {
            let hash = this(interp, &mut args)?;
            let digest = hash.digest(interp)?;
            Ok(Value::from(hex(&digest)))
        })
        .method("copy", |interp, mut args| {
            let hash = this(interp, &mut args)?;
            let data = hash.data.clone();
            Ok(Value::native(Hash { algorithm: hash.algorithm, data }))
        })
        .finish(interp);
    interp.register_class::<Hash>(class);
    for (algorithm, ..) in ALGORITHMS {
        module.function(algorithm, move |interp, args| start(interp, algorithm, args));
    }
    module.function("new", |interp, mut args| {
        let name = support::receiver(&mut args);
        let name = support::text(interp, &name, "new() argument 1")?.to_lowercase();
        let name = name.replace('-', "");
        match ALGORITHMS.iter().find(|(algorithm, ..)| *algorithm == name) {
            Some((algorithm, ..)) => start(interp, algorithm, args),
            None => Err(interp.unsupported(format!("the hash '{name}'"))),
        }
    });
    Ok(Rc::new(module))
}
