//! A run that is in the middle of a step for as long as a test wants.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{RevisionFile, TestEnvironment, mariadb, postgres, project, revision};

/// The kinds of databases that the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Kind {
    pub(super) fn url(self) -> String {
        match self {
            Kind::Sqlite => "sqlite:app.db".to_owned(),
            Kind::Postgres => postgres().create_database(),
            Kind::Mariadb => mariadb().create_database(),
        }
    }
}

/// A statement that takes longer than a test waits for it, unless it is slowed down on purpose
/// only a little.
pub(super) fn slow(kind: Kind, seconds: f64) -> String {
    match kind {
        Kind::Postgres => format!("SELECT pg_sleep({seconds});"),
        Kind::Mariadb => format!("SELECT sleep({seconds});"),
        // About four million rows a second, in a build without optimisation.
        Kind::Sqlite => format!(
            "SELECT count(*) FROM (WITH RECURSIVE n(i) AS \
             (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT i FROM n);",
            (seconds * 4e6) as u64
        ),
    }
}

/// A project whose first revision logs, and whose second takes its time between two statements.
pub(super) fn project_with(url: &str, more: &str, second: RevisionFile) -> TestEnvironment {
    let mut env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n{more}"))
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE ran (script TEXT); INSERT INTO ran VALUES ('a1');"),
        )
        .revision(second)
        .revision(revision("c3", &["b2"]).upgrade("INSERT INTO ran VALUES ('c3');"))
        .build();
    env.replace_location(url);
    env
}

/// Starts `command` and waits until it has said `Running upgrade a1 -> b2` on standard error,
/// which it writes to `log`.
pub(super) fn start_and_await_step(command: Command, log: &Path) -> Child {
    start_and_await(command, log, "Running upgrade a1 -> b2")
}

/// Starts `command` and waits until it has said `words` on standard error, which goes to `log`.
pub(super) fn start_and_await(mut command: Command, log: &Path, words: &str) -> Child {
    let mut child =
        command.stdout(Stdio::null()).stderr(std::fs::File::create(log).unwrap()).spawn().unwrap();
    let started = Instant::now();
    while !std::fs::read_to_string(log).unwrap().contains(words) {
        assert!(started.elapsed() < Duration::from_secs(30), "the step did not begin");
        assert!(child.try_wait().unwrap().is_none(), "{}", std::fs::read_to_string(log).unwrap());
        thread::sleep(Duration::from_millis(2));
    }
    child
}

/// Sends a signal to a process of ours.
pub(super) fn signal(child: &Child, name: &str) {
    let command = format!("kill -{name} {}", child.id());
    assert!(Command::new("/bin/sh").args(["-c", &command]).status().unwrap().success());
}
