//! The verifier of a password, so that the password itself never reaches a statement, a log or
//! `pg_stat_activity` (RFC 5802; the form is that of PostgreSQL's `pg_authid.rolpassword`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use hmac::KeyInit as _;
use hmac::Mac as _;
use pbkdf2::pbkdf2_hmac_array;
use sha2::Digest as _;
use sha2::Sha256;

/// The server's own default (`scram_iterations`).
const ITERATIONS: u32 = 4096;

/// The verifier of `password`; `None` for a password that must be normalised first, which only
/// ASCII is spared (SASLprep, RFC 4013).
pub(super) fn verifier(password: &str, salt: &[u8; 16]) -> Option<String> {
    if !password.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return None;
    }
    let salted = pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, ITERATIONS);
    let stored = Sha256::digest(keyed(&salted, b"Client Key")?);
    let server = keyed(&salted, b"Server Key")?;
    Some(format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    ))
}

fn keyed(key: &[u8], text: &[u8]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python: `hashlib.pbkdf2_hmac` and `hmac`, with the salt `0123456789abcdef`.
    #[test]
    fn the_verifier_is_that_of_another_implementation() {
        assert_eq!(
            verifier("pencil", b"0123456789abcdef").unwrap(),
            "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQpbZ77WudtqufPwikHXGRt6g2QJ4zns8bZLw273DRM=:jn2amWP1q1h+jgjy0YTO14S6/F02SV7taipOeB7ef20="
        );
        assert_eq!(verifier("grün", b"0123456789abcdef"), None);
    }
}
