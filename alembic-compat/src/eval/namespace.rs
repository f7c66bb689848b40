//! Names with their values: attributes, globals and class bodies.

use super::memory;
use super::table::Table;
use super::text::Text;
use super::value::Value;

/// Names and values, in the order of their first binding.
#[derive(Debug, Default, Clone)]
pub struct Namespace(Table<Text, Value>);

impl Namespace {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.get_hashed(hash_text(name), name)
    }

    /// The same where the hash is known.
    pub(super) fn get_hashed(&self, hash: u64, name: &str) -> Option<&Value> {
        let place = self.0.find(hash, |key| *key == name)?;
        self.0.at(place).map(|(_, value)| value)
    }

    /// Binds a name; gives what it was bound to.
    pub fn set(&mut self, name: Text, value: Value) -> Option<Value> {
        let hash = hash_text(&name);
        let place = self.0.find(hash, |key| *key == name);
        match place.and_then(|place| self.0.value_mut(place)) {
            Some(old) => Some(std::mem::replace(old, value)),
            None => {
                self.0.push(hash, name, value);
                None
            }
        }
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let place = self.0.find(hash_text(name), |key| *key == name)?;
        self.0.remove(place).map(|(_, value)| value)
    }

    /// Every name with its value, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Value)> {
        self.0.iter()
    }

    /// The number of names.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes every name out.
    pub fn clear(&mut self) {
        memory::drop_values(self.0.drain().map(|(_, value)| value));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.clear();
        }
    }
}

/// The hash of a text: the same in every run (FNV-1a over words of eight bytes).
#[must_use]
pub(super) fn hash_text(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// The hash of bytes.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64;
    let mut mix = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
        hash ^= hash >> 29;
    };
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        mix(word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    mix(words.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    hash
}
