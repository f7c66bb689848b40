//! From the bytes of a Python file to its text, as Python does it (PEP 263; The Python Language
//! Reference, "Encoding declarations").

use std::borrow::Cow;

use memchr::memchr;

/// Bytes that are not a Python file, or one in an encoding that is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The file declares an encoding that is not read.
    #[error(
        "line {line}: the encoding '{name}' is not supported; save the file as UTF-8 and drop the \
         declaration"
    )]
    Unsupported {
        /// The encoding, as declared.
        name: String,
        /// The line that declares it, counted from 1.
        line: usize,
    },
    /// A file with a byte order mark declares something other than UTF-8.
    #[error("line {line}: the file declares the encoding '{name}' but starts with a UTF-8 mark")]
    Contradiction {
        /// The encoding, as declared.
        name: String,
        /// The line that declares it, counted from 1.
        line: usize,
    },
    /// A byte that the encoding does not have.
    #[error("line {line}: the byte 0x{byte:02x} is not {encoding}")]
    Invalid {
        /// The byte.
        byte: u8,
        /// The encoding that is meant to be in use.
        encoding: &'static str,
        /// The line with the byte, counted from 1.
        line: usize,
    },
    /// A NUL byte, which Python refuses.
    #[error("line {line}: the file contains a NUL byte")]
    Nul {
        /// The line with the byte, counted from 1.
        line: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Latin9,
}

/// Decodes a Python file: takes off a byte order mark, obeys a coding cookie (UTF-8, ASCII,
/// ISO-8859-1 and ISO-8859-15 are known, under all their usual names), and turns the line ends
/// CR LF and CR into LF.
///
/// # Errors
/// [`EncodingError`], with the line.
pub fn decode_source(bytes: &[u8]) -> Result<Cow<'_, str>, EncodingError> {
    let without_mark = bytes.strip_prefix(b"\xef\xbb\xbf");
    let has_mark = without_mark.is_some();
    let bytes = without_mark.unwrap_or(bytes);
    let encoding = match cookie(bytes) {
        None => Encoding::Utf8,
        Some((name, line)) => match known_encoding(name) {
            Some(encoding) if encoding == Encoding::Utf8 || !has_mark => encoding,
            Some(_) => return Err(EncodingError::Contradiction { name: name.to_owned(), line }),
            None => return Err(EncodingError::Unsupported { name: name.to_owned(), line }),
        },
    };
    if let Some(at) = memchr(0, bytes) {
        return Err(EncodingError::Nul { line: line_of(bytes, at) });
    }
    let text = match encoding {
        Encoding::Utf8 => utf8(bytes, "UTF-8")?,
        Encoding::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => utf8(bytes, "ASCII")?,
            Some(at) => return Err(invalid(bytes, at, "ASCII")),
        },
        Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        Encoding::Latin9 => bytes.iter().map(|byte| latin9(*byte)).collect::<String>().into(),
    };
    Ok(match text {
        Cow::Borrowed(text) => with_unix_lines(text),
        Cow::Owned(text) => match with_unix_lines(&text) {
            Cow::Borrowed(_) => text.into(),
            Cow::Owned(changed) => changed.into(),
        },
    })
}

/// Whether `text` has the same bytes in `encoding`, under any of its usual names, as in UTF-8: so
/// that a file which is to be in that encoding (`output_encoding`) can be written as it is. Of an
/// encoding that is not known it cannot be said.
#[must_use]
pub fn is_same_in(text: &str, encoding: &str) -> bool {
    match known_encoding(encoding) {
        // `utf-8-sig` begins with a mark.
        Some(Encoding::Utf8) => !encoding.to_ascii_lowercase().contains("sig"),
        Some(Encoding::Ascii | Encoding::Latin1 | Encoding::Latin9) => text.is_ascii(),
        None => false,
    }
}

/// `text` with LF for CR LF and CR. Lines and columns stay the same.
pub(crate) fn with_unix_lines(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return text.into();
    }
    text.replace("\r\n", "\n").replace('\r', "\n").into()
}

fn utf8<'a>(bytes: &'a [u8], name: &'static str) -> Result<Cow<'a, str>, EncodingError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(invalid(bytes, error.valid_up_to(), name)),
    }
}

fn invalid(bytes: &[u8], at: usize, encoding: &'static str) -> EncodingError {
    let byte = bytes.get(at).copied().unwrap_or_default();
    EncodingError::Invalid { byte, encoding, line: line_of(bytes, at) }
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    lines(&bytes[..at]).count().max(1)
}

/// The lines, of which there is one behind the last line end too.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
            rest = None;
            return Some(bytes);
        };
        let next = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        rest = Some(&bytes[next..]);
        Some(&bytes[..end])
    })
}

/// The declared encoding and its line: a comment in the first line, or in the second if the first
/// is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<(&str, usize)> {
    for (at, line) in lines(bytes).take(2).enumerate() {
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c')).count();
        match line.get(blanks) {
            None => continue,
            Some(b'#') => {}
            Some(_) => return None,
        }
        if let Some(name) = cookie_in(&line[blanks..]) {
            return Some((name, at + 1));
        }
    }
    None
}

/// What matches `coding[:=][ \t]*([-_.a-zA-Z0-9]+)` first.
fn cookie_in(comment: &[u8]) -> Option<&str> {
    const WORD: &[u8] = b"coding";
    let places = comment.windows(WORD.len()).enumerate().filter(|(_, window)| *window == WORD);
    places.map(|(at, _)| &comment[at + WORD.len()..]).find_map(|behind| {
        let value = behind.strip_prefix(b":").or_else(|| behind.strip_prefix(b"="))?;
        let blanks = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let value = &value[blanks..];
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let name = &value[..value.iter().take_while(|byte| is_name(byte)).count()];
        std::str::from_utf8(name).ok().filter(|name| !name.is_empty())
    })
}

fn known_encoding(name: &str) -> Option<Encoding> {
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    // Emacs appends the kind of line ends: `utf-8-unix`.
    let is =
        |known: &str| name.strip_prefix(known).is_some_and(|r| r.is_empty() || r.starts_with('-'));
    if is("utf-8") || matches!(&*name, "utf8" | "u8" | "utf" | "cp65001") {
        return Some(Encoding::Utf8);
    }
    if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        return Some(Encoding::Latin1);
    }
    match &*name {
        "ascii" | "us-ascii" | "646" => Some(Encoding::Ascii),
        "latin1" | "latin" | "l1" | "iso8859-1" | "iso88591" | "8859" | "cp819" => {
            Some(Encoding::Latin1)
        }
        "iso-8859-15" | "iso8859-15" | "latin-9" | "latin9" | "l9" => Some(Encoding::Latin9),
        _ => None,
    }
}

fn latin9(byte: u8) -> char {
    match byte {
        0xa4 => '€',
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        other => char::from(other),
    }
}
