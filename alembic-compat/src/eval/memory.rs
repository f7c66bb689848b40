//! What the values of this thread hold, estimated; and how deep chains of them are freed.
//!
//! Texts and containers report their sizes. The estimate is compared with
//! [`Limits::memory`](super::Limits) as code runs. It counts per thread, so two interpreters on
//! one thread share it.

use std::cell::Cell;
use std::cell::RefCell;

use super::value::Value;

/// What a value in a container is counted with, its own small allocation included.
pub(super) const PER_VALUE: usize = 48;

/// How many containers may be freed inside each other before the rest waits its turn.
const DEEPEST_DROP: u32 = 100;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Counts `bytes` more.
pub(super) fn take(bytes: usize) {
    // At the end of a thread its counters are gone before its last values.
    HELD.try_with(|held| held.set(held.get().saturating_add(bytes))).unwrap_or_default();
}

/// Counts `bytes` less.
pub(super) fn release(bytes: usize) {
    HELD.try_with(|held| held.set(held.get().saturating_sub(bytes))).unwrap_or_default();
}

/// What is held now.
pub(super) fn held() -> usize {
    HELD.try_with(Cell::get).unwrap_or_default()
}

/// Frees values without recursing deeper than the stack allows, however deeply they are nested.
/// Every container gives its content here when it is dropped.
pub fn drop_values(values: impl IntoIterator<Item = Value>) {
    let depth = DEPTH.try_with(Cell::get).unwrap_or_default();
    if depth >= DEEPEST_DROP {
        let values = values.into_iter();
        // The list is only ever touched here, and nothing is dropped while it is borrowed.
        WAITING.try_with(|waiting| waiting.borrow_mut().extend(values)).unwrap_or_default();
        return;
    }
    let set_depth = |depth| DEPTH.try_with(|cell| cell.set(depth)).unwrap_or_default();
    set_depth(depth + 1);
    values.into_iter().for_each(drop);
    if depth == 0 {
        loop {
            let next = WAITING.try_with(|waiting| waiting.borrow_mut().pop()).unwrap_or_default();
            let Some(next) = next else { break };
            drop(next);
        }
    }
    set_depth(depth);
}
