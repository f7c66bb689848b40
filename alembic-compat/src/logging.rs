//! What the logging sections of `alembic.ini` mean for the lines `Running upgrade a -> b`.
//!
//! `env.py` hands the file to Python's `logging.config.fileConfig`. Only one thing of it matters
//! here: whether the logger `alembic.runtime.migration`, which writes these lines, shows them.
//! Sections that `fileConfig` would refuse are passed over, since a project whose `env.py` does not
//! call it may have anything there.

use crate::ini::Ini;

/// The logger that writes `Running upgrade a -> b`.
const MIGRATION_LOGGER: &str = "alembic.runtime.migration";

/// A level of Python's `logging`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `NOTSET` on the root logger: everything is shown.
    NotSet,
    /// `DEBUG`.
    Debug,
    /// `INFO`: the level of `Running upgrade a -> b`.
    Info,
    /// `WARNING` or `WARN`.
    Warning,
    /// `ERROR`.
    Error,
    /// `CRITICAL` or `FATAL`.
    Critical,
}

/// Which section speaks of the migration logger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggerSource {
    /// There are no usable `[loggers]`.
    None,
    /// Only the root logger is configured. `fileConfig` then silences loggers that exist already,
    /// and so the migration logger, unless `env.py` gives it `disable_existing_loggers=False`.
    Root,
    /// `alembic`, `alembic.runtime` or the logger itself is configured.
    Named,
}

/// What an ini file says of the migration logger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationLogging {
    /// The effective level.
    pub level: LogLevel,
    /// Where it comes from.
    pub source: LoggerSource,
}

impl MigrationLogging {
    /// What Python does without any configuration.
    pub const UNCONFIGURED: MigrationLogging =
        MigrationLogging { level: LogLevel::Warning, source: LoggerSource::None };
}

/// The level that the logging sections give to `alembic.runtime.migration`.
pub fn migration_logging(ini: &Ini) -> MigrationLogging {
    let get = |section: &str, option: &str| {
        // A value that cannot be read is one that is not there: `fileConfig` would stop here.
        ini.get(section, option, &|_| None).ok().flatten().map(|value| value.text)
    };
    let Some(keys) = get("loggers", "keys") else { return MigrationLogging::UNCONFIGURED };
    let level = |section: &str| get(section, "level").as_deref().and_then(parse_level);
    let mut root = level("logger_root").unwrap_or(LogLevel::Warning);
    let mut named: Vec<(String, Option<LogLevel>)> = Vec::new();
    let mut rooted = false;
    for key in keys.split(',').map(str::trim) {
        if key == "root" && !rooted {
            rooted = true;
            continue;
        }
        let section = format!("logger_{key}");
        let Some(name) = get(&section, "qualname") else { continue };
        let level = level(&section);
        match (name.as_str(), level) {
            ("" | "root", Some(level)) => root = level,
            (name, level) if is_above_migration(name) => {
                // A second section for the same logger changes it only as far as it speaks.
                match named.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = level.or(*known),
                    None => named.push((name.to_owned(), level)),
                }
            }
            _ => {}
        }
    }
    if !rooted {
        return MigrationLogging::UNCONFIGURED;
    }
    // The nearest logger whose level is set, and NOTSET is not set.
    named.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let nearest =
        named.iter().filter_map(|(_, level)| *level).find(|level| *level != LogLevel::NotSet);
    let source = if named.is_empty() { LoggerSource::Root } else { LoggerSource::Named };
    MigrationLogging { level: nearest.unwrap_or(root), source }
}

/// Whether a logger of this name is the migration logger or above it, below the root.
fn is_above_migration(name: &str) -> bool {
    MIGRATION_LOGGER
        .strip_prefix(name)
        .is_some_and(|rest| !name.is_empty() && (rest.is_empty() || rest.starts_with('.')))
}

fn parse_level(text: &str) -> Option<LogLevel> {
    Some(match text {
        "NOTSET" => LogLevel::NotSet,
        "DEBUG" => LogLevel::Debug,
        "INFO" => LogLevel::Info,
        "WARN" | "WARNING" => LogLevel::Warning,
        "ERROR" => LogLevel::Error,
        "CRITICAL" | "FATAL" => LogLevel::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(text: &str) -> (LogLevel, LoggerSource) {
        let MigrationLogging { level, source } = migration_logging(&Ini::parse(text).unwrap());
        (level, source)
    }

    #[test]
    fn the_template_shows_info() {
        let template = "[loggers]\nkeys = root,sqlalchemy,alembic\n\
            [logger_root]\nlevel = WARNING\nhandlers = console\nqualname =\n\
            [logger_sqlalchemy]\nlevel = WARNING\nhandlers =\nqualname = sqlalchemy.engine\n\
            [logger_alembic]\nlevel = INFO\nhandlers =\nqualname = alembic\n";
        assert_eq!(logging(template), (LogLevel::Info, LoggerSource::Named));
        let quiet = template.replace("level = INFO", "level = ERROR");
        assert_eq!(logging(&quiet), (LogLevel::Error, LoggerSource::Named));
        let unset = template.replace("level = INFO", "level = NOTSET");
        assert_eq!(logging(&unset), (LogLevel::Warning, LoggerSource::Named));
    }

    #[test]
    fn the_nearest_logger_counts_by_qualname_not_by_key() {
        let text = "[loggers]\nkeys = root, a , b,c\n[logger_root]\nlevel = ERROR\n\
            [logger_a]\nqualname = alembic.runtime\nlevel = DEBUG\n\
            [logger_b]\nqualname = alembic\nlevel = INFO\n\
            [logger_c]\nqualname = alembic.run\nlevel = FATAL\n";
        assert_eq!(logging(text), (LogLevel::Debug, LoggerSource::Named));
    }

    #[test]
    fn without_a_named_logger_the_root_counts() {
        let text = "[loggers]\nkeys = root\n[logger_root]\nlevel = INFO\n";
        assert_eq!(logging(text), (LogLevel::Info, LoggerSource::Root));
        let without_level = "[loggers]\nkeys = root\n[logger_root]\n";
        assert_eq!(logging(without_level), (LogLevel::Warning, LoggerSource::Root));
    }

    #[test]
    fn what_file_config_would_refuse_is_passed_over() {
        let unconfigured = (LogLevel::Warning, LoggerSource::None);
        assert_eq!(logging("[alembic]\n"), unconfigured);
        assert_eq!(logging("[loggers]\n"), unconfigured);
        assert_eq!(logging("[loggers]\nkeys = %(x\n"), unconfigured);
        assert_eq!(logging("[loggers]\nkeys = alembic\n"), unconfigured);
        let bad_level = "[loggers]\nkeys = root,x\n[logger_root]\nlevel = loud\n\
            [logger_x]\nqualname = alembic\nlevel = 10\n";
        assert_eq!(logging(bad_level), (LogLevel::Warning, LoggerSource::Named));
    }
}
