//! What was typed, before anything is looked up.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ArgMatches;
use clap::Args;
use clap::CommandFactory;
use clap::Parser;
use clap::builder::FalseyValueParser;
use clap::builder::OsStringValueParser;
use clap::builder::TypedValueParser as _;
use clap::parser::ValueSource;

use crate::db::ServerOverride;
use crate::env::Origin;
use crate::env::ServerFlags;

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
    /// Work on this database only; `*` stands for any letters, `?` for one (repeatable)
    #[arg(short = 'd', long = "database", global = true, value_name = "NAME")]
    pub(super) databases: Vec<String>,
    /// Leave tenants alone: work on shared schemas, and databases without tenants, only
    #[arg(long, global = true, conflicts_with_all = ["all_tenants", "tenants"])]
    pub(super) shared: bool,
    /// Work on tenants only: on all of them
    #[arg(long = "tenants", id = "all_tenants", global = true)]
    pub(super) all_tenants: bool,
    /// Work on this tenant only; `*` stands for any letters, `?` for one (repeatable)
    #[arg(long = "tenant", id = "tenants", global = true, value_name = "NAME")]
    pub(super) tenants: Vec<String>,
    /// Take variables that the environment has not from FILE, written as a .env file (repeatable;
    /// the last one wins) [default: .env beside limbeck.toml]
    #[arg(
        long = "env-file",
        global = true,
        value_name = "FILE",
        env = "LIMBECK_ENV_FILE",
        hide_env_values = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from)
    )]
    pub(super) env_files: Vec<PathBuf>,
    /// Work on the database at URL instead of the configured one
    #[arg(long, global = true, value_name = "URL", env = "LIMBECK_URL", hide_env_values = true)]
    pub(super) url: Option<String>,
    /// Reach the chosen databases at HOST instead of the configured one
    #[arg(long, global = true, value_name = "HOST", env = "LIMBECK_HOST", hide_env_values = true)]
    pub(super) host: Option<String>,
    /// Reach the chosen databases at PORT instead of the configured one
    #[arg(long, global = true, value_name = "PORT", env = "LIMBECK_PORT", hide_env_values = true)]
    pub(super) port: Option<PortArgument>,
    /// `db=NAME` works on that database only, as --database; in an Alembic project other
    /// arguments may be meant for its env.py (repeatable)
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE")]
    pub(super) extra: Vec<String>,
    /// Show each statement that a database is sent, with its time, on standard error
    #[arg(
        long,
        global = true,
        env = "LIMBECK_LOG_SQL",
        hide_env_values = true,
        value_parser = FalseyValueParser::new()
    )]
    pub(super) log_sql: bool,
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
    /// Those of the options above that a variable has given.
    #[arg(skip)]
    pub(super) given_by_variable: Vec<&'static str>,
}

impl Globals {
    /// The URL of the only database. An empty variable is an unset one, as compose files write it.
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }

    /// The server in place of the configured ones.
    pub(super) fn server(&self) -> ServerFlags {
        let host = self.host.clone().filter(|host| !host.is_empty());
        let port = self.port.and_then(|port| port.0);
        ServerFlags {
            host: host.is_some().then(|| self.origin(HOST)),
            port: port.is_some().then(|| self.origin(PORT)),
            server: ServerOverride { host, port },
        }
    }

    /// Where the URL is from that takes the place of a configured one.
    pub(super) fn url_origin(&self) -> Origin {
        self.origin(URL)
    }

    fn origin(&self, option: Overriding) -> Origin {
        if self.given_by_variable.contains(&option.id) {
            Origin::Environment { name: option.variable.to_owned() }
        } else {
            Origin::Flag { flag: option.flag }
        }
    }

    /// Notes which options variables have given.
    pub(super) fn note_sources(&mut self, matches: &ArgMatches) {
        let options = [URL, HOST, PORT].into_iter().map(|option| option.id);
        let of_variable =
            options.filter(|id| matches.value_source(id) == Some(ValueSource::EnvVariable));
        self.given_by_variable = of_variable.collect();
    }
}

/// An option that takes the place of something in the configuration.
#[derive(Debug, Clone, Copy)]
struct Overriding {
    id: &'static str,
    flag: &'static str,
    variable: &'static str,
}

const URL: Overriding = Overriding { id: "url", flag: "--url", variable: "LIMBECK_URL" };
const HOST: Overriding = Overriding { id: "host", flag: "--host", variable: "LIMBECK_HOST" };
const PORT: Overriding = Overriding { id: "port", flag: "--port", variable: "LIMBECK_PORT" };

/// A port; none where an empty variable stands for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PortArgument(Option<u16>);

impl FromStr for PortArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("", _) => Ok(PortArgument(None)),
            (_, Ok(port)) if port > 0 => Ok(PortArgument(Some(port))),
            _ => Err("a port is a number from 1 to 65535"),
        }
    }
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
