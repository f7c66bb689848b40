//! What is still to be done: a tenant at a time for each worker, and no more at a time on one
//! server than it is to bear.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Places of tenants, with the server of each.
pub(super) struct Queue<'q> {
    servers: &'q [String],
    /// How many at a time on one server; `None` for as many as there are workers.
    most: Option<usize>,
    state: Mutex<State<'q>>,
    given_back: Condvar,
}

struct State<'q> {
    todo: VecDeque<usize>,
    at_work: BTreeMap<&'q str, usize>,
    is_closed: bool,
}

impl<'q> Queue<'q> {
    /// `todo`, which are places among `servers`.
    pub(super) fn new(todo: VecDeque<usize>, servers: &'q [String], most: Option<usize>) -> Self {
        let state = Mutex::new(State { todo, at_work: BTreeMap::new(), is_closed: false });
        Queue { servers, most, state, given_back: Condvar::new() }
    }

    /// The next tenant whose server can bear one more; waits where there is none at the moment.
    /// `None` when nothing is left, or no more is to be begun.
    pub(super) fn take(&self) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.is_closed || state.todo.is_empty() {
                return None;
            }
            let is_free = |place: &usize| {
                let busy = state.at_work.get(self.server(*place)).copied().unwrap_or(0);
                self.most.is_none_or(|most| busy < most)
            };
            if let Some(at) = state.todo.iter().position(is_free) {
                let place = state.todo.remove(at)?;
                *state.at_work.entry(self.server(place)).or_default() += 1;
                return Some(place);
            }
            state = self.given_back.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tells that the work on a tenant has ended.
    pub(super) fn give_back(&self, place: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(busy) = state.at_work.get_mut(self.server(place)) {
            *busy = busy.saturating_sub(1);
        }
        self.given_back.notify_all();
    }

    /// Lets no further tenant be begun.
    pub(super) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.given_back.notify_all();
    }

    fn server(&self, place: usize) -> &'q str {
        self.servers.get(place).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_bears_so_many_at_a_time() {
        let servers = ["a", "a", "a", "b"].map(str::to_owned);
        let queue = Queue::new((0..4).collect(), &servers, Some(2));
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(0), Some(1), Some(3)]);
        queue.give_back(1);
        assert_eq!(queue.take(), Some(2));
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn what_is_closed_gives_nothing() {
        let servers = vec!["a".to_owned(); 2];
        let queue = Queue::new((0..2).collect(), &servers, None);
        assert_eq!(queue.take(), Some(0));
        queue.close();
        assert_eq!(queue.take(), None);
    }
}
