//! Files that are read whole, within a limit: what a person writes is short, and a name may lead
//! to something that never ends or never answers.

use std::fmt;
use std::fs;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Read as _;
use std::path::Path;

/// For files of settings and secrets.
pub(crate) const SMALL: u64 = 1024 * 1024;

/// For scripts, which may carry data.
pub(crate) const LARGE: u64 = 256 * 1024 * 1024;

/// Why a file is not read, as the text of an [`io::Error`].
#[derive(Debug)]
enum Refusal {
    NotRegular,
    TooLong { limit: u64 },
    NotText,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotRegular => f.write_str("it is no regular file"),
            Refusal::NotText => f.write_str("it is not in UTF-8"),
            Refusal::TooLong { limit } => write!(f, "it is longer than {} MiB", limit / SMALL),
        }
    }
}

impl std::error::Error for Refusal {}

/// Reads a regular file, or what a link leads to, of at most `limit` bytes.
///
/// # Errors
/// Those of the system, and [`ErrorKind::InvalidInput`] for anything else than a regular file:
/// opening a pipe would wait for whoever writes it.
pub(crate) fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    // The system has its own words for a directory.
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::new(ErrorKind::InvalidInput, Refusal::NotRegular));
    }
    read_within(path, limit, metadata.len())
}

/// The same of anything that can be read, such as the pipe of `<(command)`.
///
/// # Errors
/// Those of the system, and [`ErrorKind::FileTooLarge`].
pub(crate) fn read_any(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_within(path, limit, 0)
}

/// Reads at most `limit` bytes, of which there probably are `length`.
fn read_within(path: &Path, limit: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(limit)).unwrap_or(0) + 1);
    let file = File::open(path)?;
    // A byte more, so that one can tell.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(ErrorKind::FileTooLarge, Refusal::TooLong { limit }));
    }
    Ok(bytes)
}

/// [`read`] of a text.
///
/// # Errors
/// Those, and [`ErrorKind::InvalidData`] where it is not in UTF-8.
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    read(path, limit).and_then(text)
}

/// Bytes as a text.
///
/// # Errors
/// [`ErrorKind::InvalidData`] where they are not in UTF-8.
pub(crate) fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, Refusal::NotText))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_last_length_that_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(
            read(&directory.path().join("none"), 5).unwrap_err().kind(),
            ErrorKind::NotFound
        );
        assert_eq!(read(directory.path(), 5).unwrap_err().kind(), ErrorKind::IsADirectory);
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_is_not_read() {
        let zero = Path::new("/dev/zero");
        assert_eq!(read(zero, SMALL).unwrap_err().to_string(), "it is no regular file");
        assert_eq!(read_any(zero, SMALL).unwrap_err().to_string(), "it is longer than 1 MiB");
        assert_eq!(read_any(Path::new("/dev/null"), SMALL).unwrap(), b"");
    }
}
