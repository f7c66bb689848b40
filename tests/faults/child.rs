//! The process that dies: this test binary, started again for one test that only does something
//! when the variable [`ORDER`] tells it what.

use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use limbeck::exec::{Fault, InDoubt, Request, RunOptions, TransactionMode};

use super::scenario::Revisions;

/// What the child is to do: its words, joined by line breaks.
const ORDER: &str = "LIMBECK_TEST_DIE";

/// What the child does, and at which effect it dies.
pub(super) struct Order<'a> {
    pub(super) versions: &'a str,
    pub(super) url: &'a str,
    pub(super) request: &'a Request,
    pub(super) mode: TransactionMode,
    pub(super) at: u32,
}

/// Starts a child and waits for its end.
pub(super) fn kill_at(order: &Order<'_>) -> ExitStatus {
    let (word, target) = match order.request {
        Request::Upgrade(target) => ("upgrade", target.to_string()),
        Request::Downgrade(target) => ("downgrade", target.to_string()),
        other => panic!("no sweep does {other:?}"),
    };
    let mode = order.mode.name();
    let at = order.at.to_string();
    let words = [order.versions, order.url, word, &target, mode, &at];
    start("faults::child::dies_at_its_effect", ORDER, &words)
}

/// Starts this test binary again for one test, which reads its words from a variable.
pub(super) fn start(test: &str, variable: &str, words: &[&str]) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test, "--test-threads=1"])
        .env(variable, words.join("\n"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[test]
#[ignore = "the sweeps start it, in a process of its own"]
fn dies_at_its_effect() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let words: Vec<&str> = order.split('\n').collect();
    let [versions, url, word, target, mode, at] = words.as_slice() else {
        panic!("not an order: {words:?}");
    };
    let target = target.parse().unwrap();
    let request = match *word {
        "upgrade" => Request::Upgrade(target),
        _ => Request::Downgrade(target),
    };
    let options = RunOptions {
        transaction_mode: match *mode {
            "run" => TransactionMode::Run,
            "alembic" => TransactionMode::Alembic,
            _ => TransactionMode::Revision,
        },
        in_doubt: InDoubt::Stop,
        ..RunOptions::default()
    };
    let (result, effects) = Revisions::load(*versions).run(
        &url.parse().unwrap(),
        &request,
        options,
        (at.parse().unwrap(), Fault::Call(kill_myself)),
    );
    panic!("still alive after {effects} effects: {result:?}");
}

/// Ends this process as the kernel would, without a word of goodbye.
pub(super) fn kill_myself() {
    let command = format!("kill -9 {}", std::process::id());
    Command::new("/bin/sh").args(["-c", &command]).status().unwrap();
    // The signal may take a moment.
    thread::sleep(Duration::from_secs(60));
}
