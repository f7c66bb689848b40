//! One Alembic project, two databases, a branch each: the command line of Alembic, and the bare one.

use insta::assert_snapshot;

use super::project::{ENV, INI, bare_project, with_header};
use crate::support::{TestEnvironment, query};

const ENV_WITH_DB: &str = "from alembic import context\nfrom sqlalchemy import create_engine\n\n\
    URLS = {'postgres': 'sqlite:///app.db', 'timescale': 'sqlite:///metrics.db'}\n\
    name = context.get_x_argument(as_dictionary=True)['db']\n\
    with create_engine(URLS[name]).connect() as connection:\n    \
    context.configure(connection=connection)\n    with context.begin_transaction():\n        \
    context.run_migrations()\n";

fn two_databases() -> TestEnvironment {
    let env = bare_project(INI, ENV_WITH_DB);
    for (id, header) in [
        ("a1", "down_revision = None\nbranch_labels = ('postgres',)\n"),
        ("a2", "down_revision = 'a1'\n"),
        ("b1", "down_revision = None\nbranch_labels = ('timescale',)\n"),
        ("b2", "down_revision = 'b1'\n"),
    ] {
        env.write(
            format!("migrations/versions/{id}_x.py"),
            with_header(id, header, "pass", "pass"),
        );
    }
    env.write(
        "limbeck.toml",
        "[databases.postgres]\nurl = \"sqlite:app.db\"\nbranches = [\"postgres\"]\n\
         [databases.timescale]\nurl = \"sqlite:metrics.db\"\nbranches = [\"timescale\"]\n",
    );
    env
}

#[test]
fn the_command_line_of_alembic() {
    let env = two_databases();
    let line = ["-c", "alembic.ini", "-x", "db=timescale", "upgrade", "timescale@head"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    not touched: postgres
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
    assert_eq!(query(&env, "sqlite:metrics.db", "SELECT * FROM alembic_version"), "b2\n");
    // Alembic goes on from there, and reads what limbeck wrote.
    let mut alembic = super::worker::Worker::start(&env);
    assert_eq!(alembic.ok(&["-x", "db=timescale", "current"]), "b2 (head)\n");
    alembic.ok(&["-x", "db=timescale", "downgrade", "timescale@-1"]);
    assert_eq!(env.run(&["-x", "db=timescale", "current"]).ok(), "b1\n");
}

#[test]
fn the_bare_one_covers_both() {
    let env = two_databases();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [postgres]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    [timescale]
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    postgres: 2 revisions applied, at a2
    timescale: 2 revisions applied, at b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [postgres]
    a2 (head)
    [timescale]
    b2 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: downgrade with several databases needs one of them named
    hint: add --database with one of: postgres, timescale
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-x", "db=postgres", "downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade a2 -> a1, rev a2
    [exit status: 0]
    ");
}

#[test]
fn a_name_that_no_database_has() {
    let env = two_databases();
    assert_snapshot!(env.run(&["-x", "db=nosuch", "upgrade"]), @"
    ------- stderr -------
    error: there is no database `nosuch` in the configuration
    hint: there are: postgres, timescale
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-x", "schema=a", "-x", "db=postgres", "upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    not touched: timescale
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-x", "db=postgres", "upgrade", "timescale@head"]), @"
    ------- stderr -------
    error: 'timescale@head' is not routed to database postgres
    hint: it runs on timescale: give --database timescale; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
}

#[test]
fn without_a_limbeck_toml_the_argument_is_refused() {
    let env = two_databases();
    std::fs::remove_file(env.path("limbeck.toml")).unwrap();
    assert_snapshot!(env.run(&["-x", "db=timescale", "upgrade", "timescale@head"]), @"
    ------- stderr -------
    error: -x db=... is for env.py, which limbeck does not run
      --> migrations/env.py:5:8
       |  name = context.get_x_argument(as_dictionary=True)['…']
       |         ^
    hint: `limbeck compat` says what to write into limbeck.toml for it
    [exit status: 64]
    ");
    // One that env.py does not look at is allowed, as in Alembic.
    env.write("migrations/env.py", ENV);
    env.run(&["-x", "db=timescale", "upgrade", "timescale@head"]).ok();
}
