//! Statements as they are sent to databases, on standard error.

use std::io::Write as _;
use std::time::Duration;

/// `text` without what a terminal would obey: names may hold anything.
fn shown(text: &str) -> String {
    let is_harmless = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t' | '\r');
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_harmless(letter) {
            true => out.push(letter),
            false => out.extend(letter.escape_debug()),
        }
    }
    out
}

/// Writes what one database is sent. Sessions go their own way, so the lines do not go through
/// [`Output`](super::Output); what is written there before is flushed with every line of talk.
#[derive(Debug)]
pub struct SqlLog {
    database: String,
}

impl SqlLog {
    /// The log of the database of that name.
    pub fn new(database: &str) -> Self {
        SqlLog { database: database.to_owned() }
    }

    /// A line (or several, where the text has them) with the time that it took. A closed standard
    /// error is no reason to stop.
    pub fn line(&mut self, text: &str, elapsed: Duration, has_failed: bool) {
        let milliseconds = elapsed.as_secs_f64() * 1_000.0;
        let failed = if has_failed { ", failed" } else { "" };
        let text = shown(text);
        let line = format!("sql [{}] {milliseconds:.1} ms{failed}: {text}\n", self.database);
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
}
