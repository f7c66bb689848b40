//! What can be wrong with a database: the words of `--fail-on`.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::Serialize;

use crate::cli::exit_code::ExitCode;
use crate::graph::nearest;

/// What can be wrong with a database, the gravest first: what stands further up explains what
/// stands further down, and the first that counts gives the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Problem {
    /// The configuration does not say where it is: a variable without a value, a secret that
    /// cannot be read.
    Unconfigured,
    /// It cannot be looked at: no server, wrong password, no answer in time.
    Unreachable,
    /// The database does not exist.
    Missing,
    /// What should be applied is not known: a mistake in the configuration or in a revision file.
    Unknown,
    /// A step failed and has not been done since, or is half done.
    Failed,
    /// The file of an applied revision says something else than what was applied.
    Edited,
    /// A version row that no file of this database declares, or rows of which one follows another.
    Ahead,
    /// Revisions are to be applied.
    Pending,
    /// A critical table is missing, or there are fewer tables than expected.
    Tables,
    /// A transaction or a wait for a lock lasts long.
    Locked,
}

const ALL: [Problem; 10] = [
    Problem::Unconfigured,
    Problem::Unreachable,
    Problem::Missing,
    Problem::Unknown,
    Problem::Failed,
    Problem::Edited,
    Problem::Ahead,
    Problem::Pending,
    Problem::Tables,
    Problem::Locked,
];

impl Problem {
    /// Its word.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            Problem::Unconfigured => "unconfigured",
            Problem::Unreachable => "unreachable",
            Problem::Missing => "missing",
            Problem::Unknown => "unknown",
            Problem::Failed => "failed",
            Problem::Edited => "edited",
            Problem::Ahead => "ahead",
            Problem::Pending => "pending",
            Problem::Tables => "tables",
            Problem::Locked => "locked",
        }
    }

    /// The status of a command that finds it.
    pub(in crate::cli) fn exit_code(self) -> ExitCode {
        match self {
            Problem::Unreachable | Problem::Missing => ExitCode::Unreachable,
            Problem::Unconfigured | Problem::Unknown => ExitCode::Configuration,
            Problem::Failed => ExitCode::Failed,
            Problem::Edited | Problem::Ahead => ExitCode::Integrity,
            Problem::Pending => ExitCode::Pending,
            Problem::Tables => ExitCode::Drift,
            Problem::Locked => ExitCode::Locked,
        }
    }
}

/// The problems that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ProblemSet(BTreeSet<Problem>);

impl ProblemSet {
    pub(in crate::cli) fn has(&self, problem: Problem) -> bool {
        self.0.contains(&problem)
    }

    /// Those that keep one from knowing how a database is.
    pub(in crate::cli) fn unreadable() -> Self {
        ProblemSet(BTreeSet::from([
            Problem::Unconfigured,
            Problem::Unreachable,
            Problem::Missing,
            Problem::Unknown,
        ]))
    }

    /// Those that the version rows and the journal tell of, without a look at tables and locks.
    pub(in crate::cli) fn of_state() -> Self {
        let is_of_state = |problem: &Problem| !matches!(problem, Problem::Tables | Problem::Locked);
        ProblemSet(ALL.into_iter().filter(is_of_state).collect())
    }
}

impl Default for ProblemSet {
    /// All but long locks: a backup that takes an hour is no reason to stop serving.
    fn default() -> Self {
        ProblemSet(ALL.into_iter().filter(|problem| *problem != Problem::Locked).collect())
    }
}

impl FromStr for ProblemSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut problems = BTreeSet::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            if word == "drift" {
                let reason = "'drift', a comparison of the whole schema, is not checked by this \
                              version; 'tables' checks the tables that the configuration names";
                return Err(reason.to_owned());
            }
            let words = || ALL.iter().map(|problem| problem.word());
            let Some(problem) = ALL.iter().find(|problem| problem.word() == word) else {
                let nearest = nearest(word, words()).map(|n| format!("; did you mean '{n}'?"));
                return Err(format!(
                    "'{word}' is none of {}{}",
                    words().collect::<Vec<_>>().join(", "),
                    nearest.unwrap_or_default()
                ));
            };
            problems.insert(*problem);
        }
        if problems.is_empty() {
            Err("no word is given".to_owned())
        } else {
            // Of what cannot be looked at nobody knows whether it is well in any other way.
            problems.extend(Self::unreadable().0);
            Ok(ProblemSet(problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_shown() {
        for problem in ALL {
            let set: ProblemSet = problem.word().parse().unwrap();
            assert!(set.has(problem));
            let always = ProblemSet::unreadable().0;
            assert!(set.0.iter().all(|other| *other == problem || always.contains(other)));
            assert!(always.iter().all(|other| set.has(*other)));
            assert_eq!(serde_json::to_value(problem).unwrap(), problem.word());
        }
        let two: ProblemSet = "pending, failed".parse().unwrap();
        assert!(two.has(Problem::Pending) && two.has(Problem::Failed) && !two.has(Problem::Ahead));
        for (text, part) in [("drift", "not checked"), ("pendin", "'pending'?"), (" ,", "no word")]
        {
            let error = text.parse::<ProblemSet>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
