//! Numbers, exactly.

/// A `numeric` of its binary form, as Python's `str(Decimal(...))` of the server's text; `None`
/// for what is none.
pub(in crate::db) fn decimal(bytes: &[u8]) -> Option<String> {
    let (header, digits) = bytes.split_first_chunk::<8>()?;
    let word = |at: usize| Some(u16::from_be_bytes([*header.get(at)?, *header.get(at + 1)?]));
    let count = usize::from(word(0)?);
    let weight = i32::from(i16::from_be_bytes(word(2)?.to_be_bytes()));
    let is_negative = match word(4)? {
        0x0000 => false,
        0x4000 => true,
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let scale = usize::from(word(6)? & 0x3fff);
    // Groups of four digits, the first of which stands for 10000 to the power of the weight.
    let groups: Vec<u16> =
        digits.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    if groups.len() != count || groups.iter().any(|group| *group > 9999) {
        return None;
    }
    let group = |index: i32| {
        let group = usize::try_from(index).ok().and_then(|index| groups.get(index));
        group.copied().unwrap_or(0)
    };
    let mut whole: String = (0..=weight).map(|index| format!("{:04}", group(index))).collect();
    let fraction_groups = i32::try_from(scale.div_ceil(4)).ok()?;
    let fraction: String =
        (0..fraction_groups).map(|index| format!("{:04}", group(weight + 1 + index))).collect();
    whole.push_str(fraction.get(..scale)?);
    Some(python_decimal(is_negative, whole.trim_start_matches('0'), scale))
}

/// `str(Decimal(text))` of plain digits, with a sign and a point.
pub(in crate::db) fn decimal_of_text(text: &str) -> Option<String> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let coefficient = format!("{whole}{fraction}");
    let is_plain = !coefficient.is_empty() && coefficient.bytes().all(|byte| byte.is_ascii_digit());
    is_plain
        .then(|| python_decimal(is_negative, coefficient.trim_start_matches('0'), fraction.len()))
}

/// `str(Decimal)` of a coefficient with `scale` digits behind the point (General Decimal
/// Arithmetic, "to-scientific-string").
fn python_decimal(is_negative: bool, coefficient: &str, scale: usize) -> String {
    let coefficient = if coefficient.is_empty() { "0" } else { coefficient };
    let sign = if is_negative { "-" } else { "" };
    let count = coefficient.len();
    // How far the first digit stands behind the point.
    let behind = scale.saturating_sub(count);
    if behind > 5 {
        let (first, rest) = coefficient.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}E-{}", behind + 1);
    }
    if scale == 0 {
        return format!("{sign}{coefficient}");
    }
    let padded = format!("{coefficient:0>width$}", width = (scale + 1).max(count));
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// How many zeros an exponent may stand for.
const ZEROS: i64 = 100_000;

/// `format(Decimal(text), "f")`: a number without an exponent. `None` for what is none, or has no
/// end.
pub(in crate::db) fn plain(text: &str) -> Option<String> {
    if !is_number(text) {
        return None;
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let Some((mantissa, exponent)) = unsigned.split_once(['e', 'E']) else {
        return Some(format!("{sign}{unsigned}"));
    };
    let exponent: i64 = exponent.parse().ok().filter(|exponent: &i64| exponent.abs() <= ZEROS)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let point = i64::try_from(whole.len()).ok()? + exponent;
    let plain = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => {
            let digits = digits.trim_start_matches('0');
            let zeros = match digits.is_empty() {
                true => 1,
                false => point - (whole.len() + fraction.len()),
            };
            format!("{digits}{}", "0".repeat(zeros))
        }
        Ok(point) => format!("{}.{}", digits.get(..point)?, digits.get(point..)?),
        Err(_) => format!(".{}{digits}", "0".repeat(usize::try_from(-point).ok()?)),
    };
    let zero = if plain.starts_with('.') { "0" } else { "" };
    Some(format!("{sign}{zero}{plain}"))
}

/// Whether this is a number that is safe to write: digits with a sign, a point, an exponent.
pub(in crate::db) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    has_digits && digits(whole) && digits(fraction) && exponent_fits
}

/// The first whole number of a JSON document that has no place in 64 bits: Python reads it exactly.
pub(in crate::db) fn too_big(json: &str) -> Option<&str> {
    let bytes = json.as_bytes();
    let mut at = 0;
    let mut in_text = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            b'-' | b'0'..=b'9' if !in_text => {
                let rest = bytes.get(at..).unwrap_or_default();
                let is_part =
                    |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = rest.iter().take_while(is_part).count();
                let number = json.get(at..at + length)?;
                let is_whole = !number.contains(['.', 'e', 'E']);
                if is_whole && number.parse::<i64>().is_err() {
                    return Some(number);
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected texts are those of `format(Decimal(text), "f")`.
    #[test]
    fn numbers_without_an_exponent() {
        for (text, expected) in [
            ("1.50", "1.50"),
            ("-3", "-3"),
            ("1E+3", "1000"),
            ("-1.25E+1", "-12.5"),
            ("1.5e3", "1500"),
            ("1E-3", "0.001"),
            ("12E-1", "1.2"),
            ("0E+2", "0"),
            ("0.00", "0.00"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for none in ["", "NaN", "Infinity", "1; DROP", "1E+999999999", "1e", "0x1"] {
            assert_eq!(plain(none), None, "{none}");
        }
    }

    fn numeric(weight: i16, sign: u16, scale: u16, groups: &[u16]) -> Vec<u8> {
        let count = u16::try_from(groups.len()).unwrap();
        let mut bytes = Vec::new();
        bytes.extend(count.to_be_bytes());
        bytes.extend(weight.to_be_bytes());
        bytes.extend(sign.to_be_bytes());
        bytes.extend(scale.to_be_bytes());
        bytes.extend(groups.iter().flat_map(|group| group.to_be_bytes()));
        bytes
    }

    #[test]
    fn decimals_are_exact_and_in_pythons_words() {
        for (bytes, text) in [
            (numeric(0, 0, 0, &[]), "0"),
            (numeric(0, 0, 2, &[]), "0.00"),
            (numeric(0, 0, 7, &[]), "0E-7"),
            (numeric(0, 0, 2, &[1, 5000]), "1.50"),
            (numeric(0, 0x4000, 1, &[12, 5000]), "-12.5"),
            (numeric(1, 0, 0, &[1]), "10000"),
            (numeric(1, 0, 0, &[1, 2345]), "12345"),
            (numeric(-1, 0, 4, &[1]), "0.0001"),
            (numeric(-2, 0, 6, &[100]), "0.000001"),
            (numeric(-2, 0, 7, &[10]), "1E-7"),
            (numeric(-2, 0, 8, &[12]), "1.2E-7"),
            (numeric(0, 0xC000, 0, &[]), "NaN"),
        ] {
            assert_eq!(decimal(&bytes).as_deref(), Some(text));
        }
        assert_eq!(decimal(&[0; 7]), None);
        assert_eq!(decimal(&numeric(0, 0, 0, &[10_000])), None);
    }

    #[test]
    fn decimals_of_texts() {
        assert_eq!(decimal_of_text("-12.50").as_deref(), Some("-12.50"));
        assert_eq!(decimal_of_text("0.0000001").as_deref(), Some("1E-7"));
        assert_eq!(decimal_of_text("7").as_deref(), Some("7"));
        assert_eq!(decimal_of_text("1e5"), None);
    }

    #[test]
    fn big_numbers_of_documents_are_found() {
        assert_eq!(
            too_big(r#"{"a\"9223372036854775808": [1, -9223372036854775808, 1e400]}"#),
            None
        );
        assert_eq!(too_big("[9223372036854775808]"), Some("9223372036854775808"));
    }
}
