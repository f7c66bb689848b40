//! The table below dicts, sets and namespaces: keeps the order of insertion, and leaves comparing
//! keys to its user, since comparing may run Python code.

/// From hashes to entries, in the order of insertion.
#[derive(Debug, Clone)]
pub(super) struct Table<K, V> {
    entries: Vec<Option<Entry<K, V>>>,
    /// Places in `entries`, found by hash; empty while there are few entries.
    slots: Vec<u32>,
    live: usize,
}

#[derive(Debug, Clone)]
struct Entry<K, V> {
    hash: u64,
    key: K,
    value: V,
}

const FREE: u32 = u32::MAX;

/// Up to this many entries are searched one by one.
const FEW: usize = 8;

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), slots: Vec::new(), live: 0 }
    }
}

impl<K, V> Table<K, V> {
    /// The number of entries.
    #[must_use]
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    #[must_use]
    pub(super) const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The place of the entry with this hash that `is` accepts.
    pub(super) fn find(&self, hash: u64, mut is: impl FnMut(&K) -> bool) -> Option<usize> {
        let mut from = Probe::default();
        loop {
            let (place, key) = self.candidate(hash, &mut from)?;
            if is(key) {
                return Some(place);
            }
        }
    }

    /// The next entry with this hash.
    pub(super) fn candidate(&self, hash: u64, probe: &mut Probe) -> Option<(usize, &K)> {
        if self.slots.is_empty() {
            while let Some(entry) = self.entries.get(probe.0) {
                probe.0 += 1;
                if let Some(entry) = entry.as_ref().filter(|entry| entry.hash == hash) {
                    return Some((probe.0 - 1, &entry.key));
                }
            }
            return None;
        }
        let mask = self.slots.len() - 1;
        while probe.0 < self.slots.len() {
            let slot = self.slots[(spread(hash) + probe.0) & mask];
            probe.0 += 1;
            if slot == FREE {
                return None;
            }
            let entry = self.entries.get(slot as usize).and_then(Option::as_ref);
            if let Some(entry) = entry.filter(|entry| entry.hash == hash) {
                return Some((slot as usize, &entry.key));
            }
        }
        None
    }

    /// Adds an entry whose key is known not to be there.
    pub(super) fn push(&mut self, hash: u64, key: K, value: V) {
        if self.entries.len() >= FREE as usize - 1 {
            return;
        }
        self.entries.push(Some(Entry { hash, key, value }));
        self.live += 1;
        if self.entries.len() <= FEW {
            return;
        }
        if self.slots.len() < self.entries.len() * 2 {
            self.rebuild();
        } else {
            let place = self.entries.len() - 1;
            self.occupy(hash, place);
        }
    }

    fn occupy(&mut self, hash: u64, place: usize) {
        let mask = self.slots.len() - 1;
        let mut at = spread(hash) & mask;
        while self.slots[at] != FREE {
            at = (at + 1) & mask;
        }
        // `push` bounds the number of entries.
        self.slots[at] = u32::try_from(place).unwrap_or(FREE);
    }

    fn rebuild(&mut self) {
        self.entries.retain(Option::is_some);
        self.slots.clear();
        if self.entries.len() <= FEW {
            return;
        }
        self.slots.resize((self.entries.len() * 4).next_power_of_two(), FREE);
        for place in 0..self.entries.len() {
            if let Some(hash) = self.entries[place].as_ref().map(|entry| entry.hash) {
                self.occupy(hash, place);
            }
        }
    }

    /// The entry at a place.
    #[must_use]
    pub(super) fn at(&self, place: usize) -> Option<(&K, &V)> {
        self.entries.get(place)?.as_ref().map(|entry| (&entry.key, &entry.value))
    }

    /// The value at a place.
    pub(super) fn value_mut(&mut self, place: usize) -> Option<&mut V> {
        self.entries.get_mut(place)?.as_mut().map(|entry| &mut entry.value)
    }

    /// The hash of the key at a place.
    #[must_use]
    pub(super) fn hash_at(&self, place: usize) -> Option<u64> {
        self.entries.get(place)?.as_ref().map(|entry| entry.hash)
    }

    /// Takes out the entry at a place.
    pub(super) fn remove(&mut self, place: usize) -> Option<(K, V)> {
        let entry = self.entries.get_mut(place)?.take()?;
        self.live -= 1;
        if self.live == 0 {
            self.entries.clear();
            self.slots.clear();
        } else if self.entries.len() > 32 && self.live * 4 < self.entries.len() {
            self.rebuild();
        }
        Some((entry.key, entry.value))
    }

    /// The first entry at `place` or behind it.
    #[must_use]
    pub(super) fn next_from(&self, place: usize) -> Option<(usize, &K, &V)> {
        let rest = self.entries.get(place..)?;
        rest.iter().enumerate().find_map(|(at, entry)| {
            entry.as_ref().map(|entry| (place + at, &entry.key, &entry.value))
        })
    }

    /// The last entry before `place`.
    #[must_use]
    pub(super) fn last_before(&self, place: usize) -> Option<(usize, &K, &V)> {
        let rest = self.entries.get(..place.min(self.entries.len()))?;
        rest.iter()
            .enumerate()
            .rev()
            .find_map(|(at, entry)| entry.as_ref().map(|entry| (at, &entry.key, &entry.value)))
    }

    /// A place behind every entry.
    #[must_use]
    pub(super) const fn end(&self) -> usize {
        self.entries.len()
    }

    /// Every entry, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().flatten().map(|entry| (&entry.key, &entry.value))
    }

    /// Takes everything out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        let entries = std::mem::take(&mut self.entries);
        self.slots.clear();
        self.live = 0;
        entries.into_iter().flatten().map(|entry| (entry.key, entry.value))
    }
}

/// How far a search has come.
#[derive(Debug, Default)]
pub(super) struct Probe(usize);

fn spread(hash: u64) -> usize {
    // Small integers hash to themselves; the multiplication spreads them.
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize
}
