//! Texts: shared, immutable, with what Python's indexing by character needs.

use std::cell::Cell;
use std::cell::OnceCell;
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

/// How many characters lie between two places that are kept.
const STRIDE: usize = 64;

/// What is known of the characters when it has been asked for. Not part of what a text is.
#[derive(Default)]
struct Characters {
    count: Cell<Option<usize>>,
    /// Where every [`STRIDE`]th of them begins, in a text where that is not its number.
    places: OnceCell<Box<[usize]>>,
}

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
        let cached = &self.0.characters.count;
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
        let (place, further) = self.near(index)?;
        self.0.text.get(place..)?.chars().nth(further)
    }

    /// A place before the character with this number, or at it, and how many characters further it
    /// is: fewer than [`STRIDE`].
    fn near(&self, index: usize) -> Option<(usize, usize)> {
        let places = self.0.characters.places.get_or_init(|| {
            self.0.text.char_indices().step_by(STRIDE).map(|(place, _)| place).collect()
        });
        Some((*places.get(index / STRIDE)?, index % STRIDE))
    }

    /// Where the character with this number begins, or the text ends.
    fn place(&self, index: usize) -> usize {
        let text = &*self.0.text;
        let place = self.near(index).and_then(|(place, further)| {
            let (at, _) = text.get(place..)?.char_indices().nth(further)?;
            Some(place + at)
        });
        place.unwrap_or(text.len())
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
        text.get(self.place(start)..self.place(end)).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_by_few_steps() {
        for text in ["", "a", "äöü", &"aä€😀".repeat(200), &"plain ".repeat(50), &"é".repeat(64)]
        {
            let all: Vec<char> = text.chars().collect();
            let text = Text::from(text);
            for index in 0..all.len() + 70 {
                assert_eq!(text.character(index), all.get(index).copied(), "{index}");
                if let Some((place, further)) = text.near(index) {
                    // However far in the text: this many are walked over.
                    assert!(further < STRIDE, "{index}");
                    assert!(text.is_char_boundary(place), "{index}");
                }
                let (start, end) = (index.min(all.len()), (index + 7).min(all.len()));
                let part: String = all[start..end].iter().collect();
                assert_eq!(text.part(index, index + 7), part, "{index}");
            }
        }
    }
}
