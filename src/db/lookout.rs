//! Sees who is in the way of a statement that waits for a lock: while it waits, and from another
//! connection, because its own is busy and afterwards nobody can tell.

use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use super::other_session::OtherSession;

/// How long a statement runs, at most, before somebody looks; shorter limits are looked at sooner.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long until the next look.
const AGAIN: Duration = Duration::from_millis(300);

/// Asks who is in the way now; nobody, where that cannot be told.
pub(super) type Look = Box<dyn FnMut() -> Vec<OtherSession> + Send>;

/// A thread that looks, for as long as the value lives.
pub(super) struct Lookout(Arc<Shared>);

struct Shared {
    watch: Mutex<Watch>,
    changed: Condvar,
}

/// What is being watched.
#[derive(Default)]
struct Watch {
    /// Which statement this is.
    number: u64,
    /// When to look first; `None` while no statement runs.
    delay: Option<Duration>,
    seen: Vec<OtherSession>,
    /// Whether the thread sleeps until it is told: otherwise it finds the next statement by itself,
    /// and most are over before it has looked.
    is_idle: bool,
    is_over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watch> {
        // Nothing in it can be half done.
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookout {
    /// A lookout that asks `look`; `None` where the system gives no thread: then nobody is named.
    pub(super) fn new(mut look: Look) -> Option<Self> {
        let shared = Arc::new(Shared { watch: Mutex::default(), changed: Condvar::new() });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new().name("limbeck-lookout".to_owned());
        thread.spawn(move || keep_looking(&own, &mut look)).ok()?;
        Some(Lookout(shared))
    }

    /// A statement begins that waits for a lock no longer than `limit`.
    pub(super) fn begin(&self, limit: Duration) {
        let mut watch = self.0.lock();
        watch.number += 1;
        watch.delay = Some((limit / 4).min(PATIENCE));
        watch.seen.clear();
        if watch.is_idle {
            self.0.changed.notify_all();
        }
    }

    /// It has ended; gives whom it waited for when somebody looked last.
    pub(super) fn end(&self) -> Vec<OtherSession> {
        let mut watch = self.0.lock();
        watch.delay = None;
        std::mem::take(&mut watch.seen)
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        // The thread may be connecting; it ends behind that.
        self.0.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

fn keep_looking(shared: &Shared, look: &mut Look) {
    let mut watch = shared.lock();
    while !watch.is_over {
        let Some(delay) = watch.delay else {
            watch.is_idle = true;
            watch = shared.changed.wait(watch).unwrap_or_else(PoisonError::into_inner);
            watch.is_idle = false;
            continue;
        };
        let number = watch.number;
        let wait = shared.changed.wait_timeout(watch, delay);
        watch = wait.unwrap_or_else(PoisonError::into_inner).0;
        if watch.number != number || watch.delay.is_none() || watch.is_over {
            continue;
        }
        drop(watch);
        let seen = look();
        watch = shared.lock();
        if watch.number == number && watch.delay.is_some() {
            watch.delay = Some(AGAIN);
            if !seen.is_empty() {
                watch.seen = seen;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn only_what_takes_its_time_is_looked_at() {
        let session = OtherSession::new("server process 7", [None; 5]);
        let told = session.clone();
        let lookout = Lookout::new(Box::new(move || vec![told.clone()])).unwrap();
        lookout.begin(Duration::from_secs(60));
        assert_eq!(lookout.end(), []);
        let start = Instant::now();
        loop {
            lookout.begin(Duration::from_millis(4));
            thread::sleep(Duration::from_millis(50));
            if lookout.end() == [session.clone()] {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "nobody looked");
        }
        lookout.begin(Duration::from_secs(60));
        assert_eq!(lookout.end(), []);
    }
}
