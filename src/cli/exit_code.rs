//! The status that the program exits with, the same for every command.

/// What an exit status means. Documented in `docs/reference/exit-codes.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExitCode {
    /// Done, or nothing to do.
    Done = 0,
    /// A step or a statement failed.
    Failed = 1,
    /// Something is pending, where the command asked.
    Pending = 2,
    /// The lock was not to be had.
    Locked = 3,
    /// The history is not sound: missing or repeated revisions, several heads, a cycle.
    Integrity = 4,
    /// The database is not what it is expected to be: tables are missing.
    Drift = 5,
    /// Mistakes in the files, where the command looks for them.
    Lint = 6,
    /// Some databases failed, others are fine.
    Partial = 7,
    /// A database cannot be reached.
    Unreachable = 8,
    /// Interrupted; a rerun continues.
    Interrupted = 9,
    /// The command line is wrong.
    Usage = 64,
    /// The configuration or a revision file is wrong.
    Configuration = 78,
}

impl ExitCode {
    /// The status with which Alembic ends where limbeck ends with this one (section 1 of its
    /// reference): -1 for what it refuses, 1 for what it ends in a traceback.
    pub(super) fn as_alembic(self) -> u8 {
        match self {
            ExitCode::Done => 0,
            ExitCode::Failed
            | ExitCode::Locked
            | ExitCode::Drift
            | ExitCode::Lint
            | ExitCode::Partial
            | ExitCode::Unreachable
            | ExitCode::Interrupted => 1,
            ExitCode::Pending | ExitCode::Integrity | ExitCode::Usage | ExitCode::Configuration => {
                255
            }
        }
    }
}

impl ExitCode {
    /// One status for those of all databases that a command was about: that of all of them where
    /// they ended alike, and "pending" where nothing worse is the matter with any.
    pub(super) fn of_several(codes: impl IntoIterator<Item = ExitCode>) -> ExitCode {
        let codes: Vec<ExitCode> = codes.into_iter().collect();
        let bad: Vec<ExitCode> =
            codes.iter().copied().filter(|code| *code != ExitCode::Done).collect();
        match bad.first() {
            None => ExitCode::Done,
            // That way says more than "some failed".
            Some(first) if bad.len() == codes.len() && bad.iter().all(|code| code == first) => {
                *first
            }
            Some(_) if bad.iter().all(|code| *code == ExitCode::Pending) => ExitCode::Pending,
            Some(_) => ExitCode::Partial,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_stands_for_all_databases() {
        use ExitCode::Done;
        use ExitCode::Failed;
        use ExitCode::Partial;
        use ExitCode::Pending;
        use ExitCode::Unreachable;
        for (codes, expected) in [
            (vec![], Done),
            (vec![Done, Done], Done),
            (vec![Done, Pending], Pending),
            (vec![Pending, Pending], Pending),
            (vec![Failed], Failed),
            (vec![Unreachable, Unreachable], Unreachable),
            (vec![Unreachable, Done], Partial),
            (vec![Unreachable, Pending], Partial),
            (vec![Failed, Unreachable], Partial),
        ] {
            assert_eq!(ExitCode::of_several(codes.iter().copied()), expected, "{codes:?}");
        }
    }
}
