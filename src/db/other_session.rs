//! Sessions of others that stand in the way, as they are told to people.

use std::fmt;

use serde::Serialize;

/// A session that others wait for, as far as the user may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherSession {
    /// The number of the session on its server; of a prepared transaction its name.
    pub session: String,
    /// Who has opened it.
    pub user: Option<String>,
    /// How it calls itself.
    pub application: Option<String>,
    /// What it is doing, in the server's words: `idle in transaction`.
    pub state: Option<String>,
    /// For how many seconds its transaction has been open.
    pub seconds: Option<u64>,
    /// Its last statement, shortened.
    pub query: Option<String>,
    /// Whether the server does not say that it is in the way, but it may be.
    pub is_guess: bool,
}

/// As much of a statement is shown.
const LONGEST_QUERY: usize = 100;

impl OtherSession {
    /// A session, by texts that may be missing or empty.
    pub(super) fn new(session: &str, more: [Option<&str>; 5]) -> Self {
        let [user, application, state, seconds, query] =
            more.map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned));
        OtherSession {
            session: session.to_owned(),
            user,
            application,
            state,
            seconds: seconds.and_then(|seconds| seconds.parse().ok()),
            query: query.map(|query| shortened(&query)),
            is_guess: false,
        }
    }
}

/// Behind these words of a statement there may be a password.
const BEFORE_SECRETS: [&str; 3] = ["password", "identified", "://"];

/// One line of a statement, without what may be a secret of somebody's.
fn shortened(query: &str) -> String {
    let line = query.split_whitespace().collect::<Vec<_>>().join(" ");
    // Of the same length: only ASCII changes.
    let lower = line.to_ascii_lowercase();
    let longest = line.char_indices().nth(LONGEST_QUERY).map(|(end, _)| end);
    let secret = BEFORE_SECRETS
        .iter()
        .filter_map(|word| Some(lower.find(word)? + word.len()))
        .filter(|end| *end < line.len())
        .min();
    match longest.into_iter().chain(secret).min() {
        Some(end) => format!("{} ...", line[..end].trim_end()),
        None => line,
    }
}

impl OtherSession {
    /// That it holds a lock, as a sentence.
    pub fn holding(&self) -> String {
        match self.is_guess {
            true => format!("the lock may be held by {self}"),
            false => format!("the lock is held by {self}"),
        }
    }
}

impl fmt::Display for OtherSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.session)?;
        if let Some(user) = &self.user {
            write!(f, ", user {user}")?;
        }
        if let Some(application) = &self.application {
            write!(f, ", {application}")?;
        }
        if let Some(seconds) = self.seconds {
            write!(f, ", open for {seconds} s")?;
        }
        if let Some(state) = &self.state {
            write!(f, ", {state}")?;
        }
        match &self.query {
            Some(query) => write!(f, ": {query}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_one_line() {
        let long = format!("UPDATE t\n   SET x = '{}'", "ü".repeat(200));
        let session = OtherSession::new(
            "process 7",
            [Some("app"), Some(""), Some("idle in transaction"), Some("83"), Some(&long)],
        );
        let expected = format!(
            "process 7, user app, open for 83 s, idle in transaction: UPDATE t SET x = '{} ...",
            "ü".repeat(LONGEST_QUERY - 18)
        );
        assert_eq!(session.to_string(), expected);
        assert_eq!(OtherSession::new("process 7", [None; 5]).to_string(), "process 7");
    }

    #[test]
    fn secrets_of_others_are_not_shown() {
        for (query, shown) in [
            ("ALTER ROLE a WITH Password 'x'", "ALTER ROLE a WITH Password ..."),
            ("CREATE USER a IDENTIFIED BY 'x'", "CREATE USER a IDENTIFIED ..."),
            ("SELECT dblink('postgres://a:x@h/d', '')", "SELECT dblink('postgres:// ..."),
            ("SELECT password", "SELECT password"),
            ("UPDATE t SET a = 'ü'", "UPDATE t SET a = 'ü'"),
        ] {
            assert_eq!(shortened(query), shown);
        }
    }
}
