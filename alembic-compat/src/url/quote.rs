//! Percent-encoding as Python's `urllib.parse` has it.

/// As `urllib.parse.quote` with these safe characters, all of ASCII.
pub(super) fn quote(text: &str, safe: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "_.-~".contains(c) || (c.is_ascii() && safe.contains(c)) {
            out.push(c);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// As `urllib.parse.quote_plus`: a space becomes `+`.
pub(super) fn quote_plus(text: &str) -> String {
    quote(text, " ").replace(' ', "+")
}

/// As `urllib.parse.unquote`: a `%` that begins no escape stands for itself, and bytes that are no
/// UTF-8 become U+FFFD.
pub(super) fn unquote(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%'
            && let [high, low, tail @ ..] = after
            && let Some(code) = hex_digit(*high).zip(hex_digit(*low))
        {
            bytes.push(code.0 * 16 + code.1);
            rest = tail;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// As `urllib.parse.parse_qsl`: parameters without a value are left out.
pub(super) fn parse_query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (unquote(&name.replace('+', " ")), unquote(&value.replace('+', " "))))
        .collect()
}
