//! Looking at databases at the same time, each within its budget.
//!
//! Each is looked at by a thread of its own that is waited for until its time is up, and then left
//! alone: neither the resolver of the system nor a client library can be interrupted. A thread that
//! hangs ends with the process; as long as it hangs, no second one is sent with the same question.

use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::db;
use crate::db::Blocker;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::DatabaseUrl;
use crate::db::JournalRecord;
use crate::db::SessionOptions;
use crate::db::TableEntry;
use crate::env::HealthSettings;
use crate::graph::Heads;

/// How many databases are looked at at the same time.
const AT_ONCE: usize = 32;

/// How closely a database is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Depth {
    /// Whether it answers.
    Connection,
    /// Version rows and journal.
    State,
    /// Tables and locks too.
    Everything,
}

/// A database to be looked at.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) name: String,
    pub(super) url: DatabaseUrl,
    pub(super) options: SessionOptions,
    pub(super) settings: HealthSettings,
    pub(super) depth: Depth,
}

impl Question {
    /// Whether an answer to the other is one to this, however long either is waited for.
    fn is_same(&self, other: &Question) -> bool {
        self.name == other.name
            && self.url == other.url
            && self.options == other.options
            && self.depth == other.depth
            && self.settings.long_locks == other.settings.long_locks
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub(in crate::cli) struct Facts {
    pub(super) server_version: String,
    pub(super) connected_after: Duration,
    pub(super) rows: Option<Heads>,
    /// `None` without a journal.
    pub(super) journal: Option<Vec<JournalRecord>>,
    pub(super) lock_holder: Option<String>,
    /// What only a closer look shows.
    pub(super) surroundings: Option<Surroundings>,
    /// Whether this is what the catalogue of the tenants says, and nobody has looked.
    pub(super) is_of_catalogue: bool,
}

impl Facts {
    /// A tenant with these version rows, by the catalogue.
    pub(super) fn of_catalogue(rows: Heads) -> Self {
        Facts { rows: Some(rows), is_of_catalogue: true, ..Facts::default() }
    }
}

/// Tables and locks.
#[derive(Debug)]
pub(in crate::cli) struct Surroundings {
    pub(super) tables: Vec<TableEntry>,
    /// The schemas in which a table without a schema is looked for.
    pub(super) search_path: Vec<String>,
    pub(super) blockers: Vec<Blocker>,
}

/// How a look ended.
#[derive(Debug)]
pub(super) enum Seen<T = Facts> {
    Facts(Box<T>),
    /// Also when nothing came in time.
    Failed(DatabaseError),
}

type Answer<T = Facts> = (Seen<T>, Duration);

/// Looks at databases, always for the same, and remembers those that it still waits for.
#[derive(Debug)]
pub(in crate::cli) struct Lookout<T = Facts> {
    /// By what was asked, and not by name: a configuration may put another database in the place
    /// of one that hangs.
    hanging: Vec<(Question, Receiver<Answer<T>>)>,
}

impl<T> Default for Lookout<T> {
    fn default() -> Self {
        Lookout { hanging: Vec::new() }
    }
}

impl Lookout {
    /// Looks at all of them; the answers are in the order of the questions, with the time that each
    /// took.
    pub(super) fn look(&mut self, questions: &[Question]) -> Vec<Answer> {
        self.ask(questions, look)
    }
}

impl<T: Send + 'static> Lookout<T> {
    /// The same with a look of any kind.
    pub(super) fn ask(&mut self, questions: &[Question], look: impl Look<T>) -> Vec<Answer<T>> {
        questions.chunks(AT_ONCE).flat_map(|some| self.ask_at_once(some, &look)).collect()
    }

    fn ask_at_once(&mut self, questions: &[Question], look: &impl Look<T>) -> Vec<Answer<T>> {
        let began = Instant::now();
        // What comes in after its time is of yesterday.
        self.hanging
            .retain(|(_, receiver)| matches!(receiver.try_recv(), Err(mpsc::TryRecvError::Empty)));
        let sent: Vec<Result<(), DatabaseError>> =
            questions.iter().map(|question| self.send(question, look.clone())).collect();
        let answers = questions.iter().zip(sent);
        answers
            .map(|(question, sent)| match sent {
                Err(error) => (Seen::Failed(error), Duration::ZERO),
                Ok(()) => self.wait(question, began),
            })
            .collect()
    }

    /// Sends a thread, unless one is still out.
    fn send(&mut self, question: &Question, look: impl Look<T>) -> Result<(), DatabaseError> {
        if self.hanging.iter().any(|(asked, _)| asked.is_same(question)) {
            return Ok(());
        }
        let (sender, receiver) = mpsc::channel();
        let asked = question.clone();
        thread::Builder::new()
            .name("limbeck-look".to_owned())
            .spawn(move || {
                let began = Instant::now();
                let seen = match look(&asked, began) {
                    Ok(facts) => Seen::Facts(Box::new(facts)),
                    Err(error) => Seen::Failed(error),
                };
                // Nobody listens any more when it took too long.
                drop(sender.send((seen, began.elapsed())));
            })
            .map_err(|error| {
                let message = format!("no thread could be started to look at it: {error}");
                DatabaseError::new(DatabaseErrorKind::Unreachable, message)
            })?;
        self.hanging.push((question.clone(), receiver));
        Ok(())
    }

    fn wait(&mut self, question: &Question, began: Instant) -> Answer<T> {
        let limit = question.settings.timeout;
        let left = limit.saturating_sub(began.elapsed());
        let Some(at) = self.hanging.iter().position(|(asked, _)| asked.is_same(question)) else {
            return (Seen::Failed(db::no_answer(&question.url, limit)), limit);
        };
        let (asked, receiver) = self.hanging.swap_remove(at);
        match receiver.recv_timeout(left) {
            Err(RecvTimeoutError::Timeout) => {
                self.hanging.push((asked, receiver));
                (Seen::Failed(db::no_answer(&question.url, limit)), limit)
            }
            // A thread that ended without an answer has panicked.
            answer => answer.unwrap_or_else(|_| {
                let kind = DatabaseErrorKind::Unreachable;
                (Seen::Failed(DatabaseError::new(kind, "the look was broken off")), limit)
            }),
        }
    }
}

/// What a thread does: the look at one database, begun at that moment.
pub(super) trait Look<T>:
    Fn(&Question, Instant) -> Result<T, DatabaseError> + Clone + Send + 'static
{
}

impl<T, F> Look<T> for F where
    F: Fn(&Question, Instant) -> Result<T, DatabaseError> + Clone + Send + 'static
{
}

fn look(question: &Question, began: Instant) -> Result<Facts, DatabaseError> {
    let limit = question.settings.timeout;
    let mut database = db::inspect(&question.url, &question.options, limit)?;
    let server_version = database.server_version()?;
    let connected_after = began.elapsed();
    if question.depth == Depth::Connection {
        return Ok(Facts { server_version, connected_after, ..Facts::default() });
    }
    let rows = database.version_rows()?;
    let journal = database.journal_log()?;
    let lock_holder = database.lock_holder()?;
    let surroundings = match question.depth {
        Depth::Connection | Depth::State => None,
        Depth::Everything => Some(Surroundings {
            tables: database.tables()?,
            search_path: database.search_path()?,
            blockers: database.blockers(question.settings.long_locks)?,
        }),
    };
    let is_of_catalogue = false;
    Ok(Facts {
        server_version,
        connected_after,
        rows,
        journal,
        lock_holder,
        surroundings,
        is_of_catalogue,
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::db::ConnectCause;

    fn question(url: &str, timeout: Duration) -> Question {
        Question {
            name: "app".to_owned(),
            url: url.parse().unwrap(),
            options: SessionOptions::default(),
            settings: HealthSettings { timeout, ..HealthSettings::default() },
            depth: Depth::State,
        }
    }

    #[test]
    fn another_database_of_the_same_name_is_asked_by_itself() {
        // A server that accepts connections and never says a word.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let hanging = format!("postgres://app@{}/app", silent.local_addr().unwrap());
        let mut lookout = Lookout::default();
        for milliseconds in [50, 60] {
            let hanging = question(&hanging, Duration::from_millis(milliseconds));
            let answers = lookout.look(&[hanging]);
            let Seen::Failed(error) = &answers[0].0 else { panic!("{answers:?}") };
            assert_eq!(error.connect.as_ref().unwrap().cause, ConnectCause::TimedOut);
            assert!(error.message.starts_with("app@127.0.0.1:"), "{error}");
            assert_eq!(lookout.hanging.len(), 1);
        }
        let directory = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", directory.path().join("none.db").display());
        let answers = lookout.look(&[question(&file, Duration::from_secs(60))]);
        let Seen::Failed(error) = &answers[0].0 else { panic!("{answers:?}") };
        assert_eq!(error.kind, DatabaseErrorKind::NoSuchDatabase);
        assert_eq!(lookout.hanging.len(), 1);
    }
}
