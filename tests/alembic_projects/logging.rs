//! The logging sections of `alembic.ini` decide how a run is told of.

use insta::assert_snapshot;

use super::project::{INI, alembic_project};
use crate::support::Output;

/// What an upgrade says when the logger `alembic` has this level.
fn upgrade_at(level: &str) -> Output {
    let env = alembic_project();
    env.write(
        "alembic.ini",
        format!(
            "{INI}\n[loggers]\nkeys = root,alembic\n\n[handlers]\nkeys = console\n\n[formatters]\n\
             keys = generic\n\n[logger_root]\nlevel = WARNING\nhandlers = console\nqualname =\n\n\
             [logger_alembic]\nlevel = {level}\nhandlers =\nqualname = alembic\n\n\
             [handler_console]\nclass = StreamHandler\nargs = (sys.stderr,)\nlevel = NOTSET\n\
             formatter = generic\n\n[formatter_generic]\nformat = %(levelname)-5.5s [%(name)s] %(message)s\n"
        ),
    );
    env.run(&["upgrade", "head"])
}

#[test]
fn info_shows_alembics_lines() {
    assert_snapshot!(upgrade_at("INFO"), @"
    ------- stderr -------
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    INFO  [alembic.runtime.migration] Running upgrade  -> a1, rev a1
    INFO  [alembic.runtime.migration] Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
}

#[test]
fn warning_silences_them() {
    assert_snapshot!(upgrade_at("WARNING"), @"
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn without_sections_the_lines_are_plain() {
    let env = alembic_project();
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    nothing to do (at b2)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-q", "downgrade", "base"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
}
