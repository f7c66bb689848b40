//! Waiting for databases that are still starting.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use limbeck_schema::Dialect;

use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db::ConnectCause;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::env::HealthSettings;
use crate::ui::Output;

use super::look::Depth;
use super::look::Lookout;
use super::look::Question;
use super::look::Seen;

/// The pause after the first attempt; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long one attempt may take: a server that accepts connections while it starts may never
/// answer those.
const ATTEMPT: Duration = Duration::from_secs(3);

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Patience(Duration);

impl Patience {
    /// The time itself.
    pub(in crate::cli) fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let milliseconds = match unit {
            "ms" => Some(1),
            "" | "s" => Some(1_000),
            "m" | "min" => Some(60_000),
            "h" => Some(3_600_000),
            _ => None,
        };
        let number = number.parse::<u64>().ok();
        let total = number.zip(milliseconds).and_then(|(number, unit)| number.checked_mul(unit));
        // Half a year: more is a slip, and a deadline that far off may not be one at all.
        match total.filter(|total| *total <= 180 * 24 * 3_600_000) {
            Some(total) => Ok(Patience(Duration::from_millis(total))),
            None => Err("write a number with ms, s, m or h behind it, such as 60s".to_owned()),
        }
    }
}

/// Waits until every database answers, and returns the errors of those that do not in time, or
/// that will not: in the order of `sites`.
///
/// # Errors
/// When a database's tables cannot be named.
pub(in crate::cli) fn await_ready(
    sites: &[Site<'_>],
    patience: &Patience,
    keep_trying: bool,
    output: &mut Output<'_>,
) -> Result<Vec<CliError>, CliError> {
    let began = Instant::now();
    let mut lookout = Lookout::default();
    let mut pause = FIRST_PAUSE;
    let mut waiting: Vec<&Site<'_>> = sites.iter().collect();
    let mut errors: BTreeMap<String, DatabaseError> = BTreeMap::new();
    loop {
        let left = patience.0.saturating_sub(began.elapsed());
        let questions = waiting
            .iter()
            .map(|site| question(site, left))
            .collect::<Result<Vec<_>, CliError>>()?;
        let mut still = Vec::new();
        for (site, (seen, _)) in waiting.into_iter().zip(lookout.look(&questions)) {
            let Some(error) = reason(site, seen) else {
                if errors.remove(site.name()).is_some() {
                    output.talk(format_args!("{} is ready", site.name()));
                }
                continue;
            };
            let is_final = is_final(&error) && !keep_trying;
            let before = errors.insert(site.name().to_owned(), error.clone());
            let is_news = before.is_none_or(|before| !is_same(&before, &error));
            let name = site.name();
            match (is_final, is_news) {
                (true, _) => output.talk(format_args!("not waiting for {name}: {error}")),
                (false, true) if is_lasting(&error) => output.talk(format_args!(
                    "waiting for {name}: {error}; as a rule that does not pass by itself"
                )),
                (false, true) => output.talk(format_args!("waiting for {name}: {error}")),
                (false, false) => {}
            }
            if !is_final {
                still.push(site);
            }
        }
        waiting = still;
        let left = patience.0.saturating_sub(began.elapsed());
        if waiting.is_empty() || left.is_zero() {
            break;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    let failed = sites.iter().filter_map(|site| {
        let error = errors.remove(site.name())?;
        Some(site.error(error))
    });
    Ok(failed.collect())
}

fn question(site: &Site<'_>, left: Duration) -> Result<Question, CliError> {
    Ok(Question {
        name: site.name().to_owned(),
        url: site.url.clone(),
        options: site.options(true)?,
        // The last attempt, when the time is up, gets a moment too.
        settings: HealthSettings {
            timeout: ATTEMPT.min(left.max(Duration::from_millis(200))),
            ..HealthSettings::default()
        },
        depth: Depth::Connection,
    })
}

/// Why a database is not ready; `None` when it is.
fn reason(site: &Site<'_>, seen: Seen) -> Option<DatabaseError> {
    match seen {
        Seen::Facts(_) => None,
        Seen::Failed(error) => {
            // A file comes into being when it is first needed; one that is locked is in use.
            let is_ready = error.kind == DatabaseErrorKind::Busy
                || (error.kind == DatabaseErrorKind::NoSuchDatabase
                    && site.url.dialect() == Dialect::Sqlite);
            (!is_ready).then_some(error)
        }
    }
}

/// Whether both say the same: how long a server has been silent is no news.
fn is_same(one: &DatabaseError, other: &DatabaseError) -> bool {
    let is_late = |error: &DatabaseError| {
        error.connect.as_ref().is_some_and(|connect| connect.cause == ConnectCause::TimedOut)
    };
    one.message == other.message || (is_late(one) && is_late(other))
}

/// Whether waiting will not help.
fn is_final(error: &DatabaseError) -> bool {
    let cause = error.connect.as_ref().map(|connect| connect.cause);
    matches!(error.kind, DatabaseErrorKind::Authentication | DatabaseErrorKind::Unsupported)
        || matches!(cause, Some(ConnectCause::Settings | ConnectCause::NotADatabase))
}

/// Whether somebody has to do something first. A database that does not exist yet may be one that
/// the server's own start makes.
fn is_lasting(error: &DatabaseError) -> bool {
    let cause = error.connect.as_ref().map(|connect| connect.cause);
    cause.is_some_and(|cause| !cause.may_pass() && cause != ConnectCause::NoSuchDatabase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let time = |text: &str| text.parse::<Patience>().ok().map(|patience| patience.0);
        assert_eq!(time("60s"), Some(Duration::from_secs(60)));
        assert_eq!(time("60"), time("1m"));
        assert_eq!(time("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("0"), Some(Duration::ZERO));
        for text in ["", "s", "1.5s", "-1s", "60 s", "99999999999999999999s", "9999999h"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
