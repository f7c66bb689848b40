//! Texts: shared, immutable, with what Python's indexing by character needs.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use super::memory;

/// A `str` of Python. Cloning shares.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Rc<TextData>);

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct TextData {
    text: Box<str>,
    characters: Characters,
}

/// The number of characters, counted when first asked for. Not part of what a text is.
#[derive(Default)]
struct Characters(Cell<Option<usize>>);

impl PartialEq for Characters {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Characters {}

impl PartialOrd for Characters {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Characters {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl std::hash::Hash for Characters {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Drop for TextData {
    fn drop(&mut self) {
        memory::release(self.text.len());
    }
}

impl Text {
    /// The length as Python counts it: in characters.
    #[must_use]
    pub fn characters(&self) -> usize {
        let cached = &self.0.characters.0;
        cached.get().unwrap_or_else(|| {
            let count = self.0.text.chars().count();
            cached.set(Some(count));
            count
        })
    }

    /// Whether every character takes one byte, so that places of characters are places of bytes.
    #[must_use]
    pub fn is_one_byte(&self) -> bool {
        self.characters() == self.0.text.len()
    }

    /// The character with this number.
    #[must_use]
    pub fn character(&self, index: usize) -> Option<char> {
        if self.is_one_byte() {
            return self.0.text.as_bytes().get(index).map(|byte| char::from(*byte));
        }
        self.0.text.chars().nth(index)
    }

    /// The characters from `start` to before `end`.
    #[must_use]
    pub fn part(&self, start: usize, end: usize) -> &str {
        let text = &*self.0.text;
        if start >= end {
            return "";
        }
        if self.is_one_byte() {
            return text.get(start..end.min(text.len())).unwrap_or_default();
        }
        let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let first = places.nth(start).unwrap_or(text.len());
        let last = places.nth(end - start - 1).unwrap_or(text.len());
        text.get(first..last).unwrap_or_default()
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether both are the same object.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn address(&self) -> usize {
        Rc::as_ptr(&self.0) as usize
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl From<Box<str>> for Text {
    fn from(text: Box<str>) -> Self {
        memory::take(text.len());
        Self(Rc::new(TextData { text, characters: Characters::default() }))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(Box::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.into_boxed_str())
    }
}

impl From<char> for Text {
    fn from(character: char) -> Self {
        Self::from(&*character.encode_utf8(&mut [0; 4]))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0.text, f)
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
