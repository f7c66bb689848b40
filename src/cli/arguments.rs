//! What was typed, before anything is looked up.

use std::path::PathBuf;

use clap::Args;
use clap::CommandFactory;
use clap::Parser;
use clap::builder::OsStringValueParser;
use clap::builder::TypedValueParser as _;

use super::commands::Command;

/// Branched schema migrations for many databases
#[derive(Debug, Parser)]
#[command(name = "limbeck", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options of every command. All but `-c` may stand before or after its name: `current -c` is
/// `--check-heads`, as in Alembic.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Read the configuration from FILE: a limbeck.toml, an alembic.ini or a pyproject.toml, at
    /// most one of each [default: those of the current directory]
    // An empty variable is an unset one, which `load_project` sees to.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "LIMBECK_CONFIG",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub(super) config: Vec<PathBuf>,
    /// Read this section of the ini file
    #[arg(short, long, value_name = "NAME", default_value = "alembic")]
    pub(super) name: String,
    /// Work on this database only (repeatable)
    #[arg(short = 'd', long = "database", global = true, value_name = "NAME")]
    pub(super) databases: Vec<String>,
    /// Work on the database at URL instead of the configured one
    #[arg(long, global = true, value_name = "URL", env = "LIMBECK_URL", hide_env_values = true)]
    pub(super) url: Option<String>,
    /// `db=NAME` works on that database only, as --database; in an Alembic project other
    /// arguments may be meant for its env.py (repeatable)
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE")]
    pub(super) extra: Vec<String>,
    /// Let the one database that --database names take every branch and revision, whatever its
    /// routes say: for repairs
    #[arg(long, global = true)]
    pub(super) ignore_routes: bool,
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Leave out status lines
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Exit as Alembic does: 255 where it refuses, 1 where it crashes, 2 for a wrong command line
    #[arg(long, global = true)]
    pub(super) alembic_exit_codes: bool,
    /// Alembic's switch for tracebacks, of which there are none here
    #[arg(long, hide = true)]
    raiseerr: bool,
}

/// The whole command line as clap sees it: for completions and the reference.
pub fn command() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_a_target_and_an_option_after_targets_is_an_option() {
        for line in [
            "downgrade -1",
            "downgrade --in-doubt skip -1",
            "show -1",
            "stamp heads --purge",
            "stamp -1 a1 --purge -x db=app",
            "merge heads -m both --rev-id ab12",
            "merge a1 b1 --splice --branch-label all",
            "history -r -3:current",
        ] {
            let words = ["limbeck"].into_iter().chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
        }
        for line in ["downgrade --nosuch", "merge heads --nosuch x", "stamp heads -Z"] {
            let words = ["limbeck"].into_iter().chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_err(), "{line}");
        }
    }

    #[test]
    fn options_after_several_targets_do_not_become_targets() {
        let words = ["limbeck", "merge", "a1", "b1", "-m", "x"];
        let Command::Merge(merge) = Arguments::try_parse_from(words).unwrap().command else {
            panic!("another command");
        };
        assert!(format!("{merge:?}").contains(r#"revisions: ["a1", "b1"]"#), "{merge:?}");
    }
}
