//! Whether the program speaks for itself or stands in for Alembic.

use std::ffi::OsStr;
use std::path::Path;

use super::exit_code::ExitCode;

/// How results that are no data are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// The program is called `alembic`: it ends as Alembic does, refusals go to standard output.
    pub(super) is_alembic: bool,
    /// Alembic's exit codes are wanted; always so when the program is called `alembic`.
    pub(super) has_alembic_exit_codes: bool,
}

impl Manner {
    /// The manner of a program that was called by this name.
    pub(super) fn of(program: Option<&OsStr>) -> Self {
        let stem = program.and_then(|program| Path::new(program).file_stem());
        let is_alembic = stem.is_some_and(|stem| stem == "alembic");
        Manner { is_alembic, has_alembic_exit_codes: is_alembic }
    }

    /// The status to exit with.
    pub(super) fn status(self, code: ExitCode) -> std::process::ExitCode {
        if self.has_alembic_exit_codes {
            std::process::ExitCode::from(code.as_alembic())
        } else {
            code.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_program_decides() {
        for (program, is_alembic) in [
            ("limbeck", false),
            ("/usr/local/bin/alembic", true),
            ("alembic.exe", true),
            ("alembic-old", false),
        ] {
            assert_eq!(Manner::of(Some(OsStr::new(program))).is_alembic, is_alembic, "{program}");
        }
        assert_eq!(Manner::of(None), Manner::default());
    }
}
