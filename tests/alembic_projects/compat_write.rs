//! `limbeck compat --write`: the limbeck.toml that stands in for env.py.

use insta::assert_snapshot;

use super::compat::{NASTY, template};
use super::project::{ENV, INI, alembic_project, bare_project, with_header};
use crate::support::{TestEnvironment, query};

#[test]
fn what_env_py_computes_can_be_filled_in() {
    let mut env = alembic_project();
    env.write("migrations/env.py", NASTY);
    assert_snapshot!(env.run(&["compat", "--write"]).stdout.lines().last().unwrap(), @"
    Generating $PROJ/limbeck.toml ...  done
    ");
    assert_snapshot!(env.read("limbeck.toml"), @r#"
    # What env.py computes, for limbeck, which reads that file and does not run it. It extends
    # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.
    #
    # env.py does what is to be said here:
    #   line 10 reads -x db=...: a [databases.NAME] for each value: `-x db=NAME` then chooses it
    #   line 14 sets the database URL: `url` of the database; or the variable DATABASE_URL
    #   line 23 runs the migrations in a loop: a [databases.NAME] for each database; a loop over schemas is not done
    #   line 24 sets search_path: `options=-csearch_path%3DNAME` in the `url` of the database
    #   line 25 sets a timeout: `options=-clock_timeout%3D5s` in the `url` of the database
    #   line 29 configure(version_table=...): `version_table` and `version_table_schema` of the database
    #   line 30 configure(version_table_schema=...): `version_table` and `version_table_schema` of the database
    #   line 31 configure(transaction_per_migration=...): `transaction_mode` of [scripts]: "revision", "run" or "alembic"
    #
    # env.py does what limbeck does not:
    #   line 5 imports app.models: nothing is imported; what it does on import is not done
    #   line 6 imports app.settings: nothing is imported; what it does on import is not done
    #   line 8 loads a .env file: a .env file is read only where --env-file names it
    #   line 9 reads -x schema=...: limbeck refuses such an argument rather than ignore it
    #   line 16 listens to events of SQLAlchemy: the listener is not called
    #   line 22 creates a schema: a schema has to exist, or be made by a revision
    #   line 33 configure(on_version_apply=...): the callback is not called
    #   line 36 run_migrations(tenant=...): upgrade() and downgrade() get no such argument

    [scripts]
    # transaction_mode = ""  # "revision" or "run", as env.py computes it
    # stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn

    [databases.main]
    # url = ""  # computed in env.py, line 14
    # version_table = ""  # computed in env.py, line 29
    # version_table_schema = ""  # computed in env.py, line 30
    "#);
    // As it is, it leaves open what a person has to say.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    warning: migrations/env.py does around the migrations what limbeck does not: listens to events of SQLAlchemy (line 16), creates a schema (line 22), runs the migrations in a loop (line 23), sets search_path (line 24), sets a timeout (line 25), configure(transaction_per_migration=...) (line 31), configure(on_version_apply=...) (line 33); see `limbeck compat`
    error: the URL is computed by env.py
      --> migrations/env.py:14:28
       |      engine = create_engine(settings.url_of(database))
       |                             ^
    hint: give the URL with --url, LIMBECK_URL or DATABASE_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    ");
    let filled = env
        .read("limbeck.toml")
        .replace("# url = \"\"", "url = \"${APP_DB}\"")
        .replace("# version_table = \"\"", "version_table = \"versions\"")
        .replace("# version_table_schema = \"\"", "version_table_schema = \"main\"")
        .replace("# transaction_mode = \"\"", "transaction_mode = \"revision\"");
    env.write("limbeck.toml", filled);
    env.set("APP_DB", "sqlite+pysqlite:///app.db");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM versions"), "b2\n");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini, limbeck.toml
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    revision
      database            main: sqlite+pysqlite:///app.db
      version_table       main.versions
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      to be said in limbeck.toml, where it is not said yet:
        line 10  reads -x db=...
                   a [databases.NAME] for each value: `-x db=NAME` then chooses it
        line 23  runs the migrations in a loop
                   a [databases.NAME] for each database; a loop over schemas is not done
        line 24  sets search_path
                   `options=-csearch_path%3DNAME` in the `url` of the database
        line 25  sets a timeout
                   `options=-clock_timeout%3D5s` in the `url` of the database

      not done by limbeck:
        line 5   imports app.models
                   nothing is imported; what it does on import is not done
        line 6   imports app.settings
                   nothing is imported; what it does on import is not done
        line 8   loads a .env file
                   a .env file is read only where --env-file names it
        line 9   reads -x schema=...
                   limbeck refuses such an argument rather than ignore it
        line 16  listens to events of SQLAlchemy
                   the listener is not called
        line 22  creates a schema
                   a schema has to exist, or be made by a revision
        line 33  configure(on_version_apply=...)
                   the callback is not called
        line 36  run_migrations(tenant=...)
                   upgrade() and downgrade() get no such argument

      followed:
        line 14  sets the database URL
        line 21  takes an advisory lock
        line 29  configure(version_table=...)
        line 30  configure(version_table_schema=...)
        line 31  configure(transaction_per_migration=...)

      only for autogenerate:
        line 28  configure(target_metadata=...)
        line 32  configure(include_schemas=...)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn what_is_known_is_written_out() {
    let mut env = alembic_project();
    let env_py = ENV
        .replace("config = context.config\n", "config = context.config\nconfig.set_main_option('sqlalchemy.url', os.environ['APP_DB'])\n")
        .replace("connection=connection", "connection=connection, version_table='ours', transaction_per_migration=True");
    env.write("migrations/env.py", format!("import os\n{env_py}"));
    env.run(&["compat", "--write"]).ok();
    assert_snapshot!(env.read("limbeck.toml"), @r#"
    # What env.py computes, for limbeck, which reads that file and does not run it. It extends
    # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.
    #
    # env.py does what limbeck does not:
    #   line 9 sets another transaction_per_migration for --sql: --sql does what is set for a run on the database
    #   line 9 sets another version_table for --sql: --sql does what is set for a run on the database

    [scripts]
    transaction_mode = "revision"
    # stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn

    [databases.main]
    url = "${APP_DB}"
    version_table = "ours"
    "#);
    env.set("APP_DB", "sqlite+aiosqlite:///app.db");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM ours"), "b2\n");
    assert!(!env.run(&["compat"]).ok().contains("to be said"));
}

#[test]
fn a_project_with_several_databases() {
    let env = template("multidb");
    env.run(&["-q", "compat", "--write"]).ok();
    assert_snapshot!(env.read("limbeck.toml"), @"
    # What env.py computes, for limbeck, which reads that file and does not run it. It extends
    # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.

    [scripts]
    # stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn

    [databases.engine1]

    [databases.engine2]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "[engine1]\n[engine2]\n");
}

#[test]
fn a_file_that_is_there_stays() {
    let env = alembic_project();
    env.write("limbeck.toml", "# mine\n");
    assert_snapshot!(env.run(&["compat", "--write"]), @"
    configuration: alembic.ini, limbeck.toml
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: sqlite:///app.db
      version_table       alembic_version
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      followed:
        line 7  configure(literal_binds=...)
    ------- stderr -------
    error: $PROJ/limbeck.toml already exists and is not overwritten
    [exit status: 64]
    ");
    assert_eq!(env.read("limbeck.toml"), "# mine\n");
}

/// SOTP's: the argument `-x db` chooses between two databases.
fn two_by_argument() -> TestEnvironment {
    let mut env = bare_project(INI, include_str!("../../examples/sotp/alembic/alembic/env.py"));
    let labelled = |id: &str, label: &str| {
        let header = format!("down_revision = None\nbranch_labels = (\"{label}\",)\n");
        with_header(id, &header, "pass", "pass")
    };
    env.write("migrations/versions/p1_x.py", labelled("p1", "postgres"));
    env.write("migrations/versions/t1_x.py", labelled("t1", "timescale"));
    env.set("POSTGRES_URL", "sqlite:///p.db");
    env.set("TIMESCALE_URL", "sqlite:///t.db");
    env
}

#[test]
fn an_argument_that_chooses_a_database() {
    let env = two_by_argument();
    assert_snapshot!(env.run(&["upgrade", "timescale@head"]), @"
    ------- stderr -------
    warning: migrations/env.py chooses the database by -x db=..., and none is given: this runs on its default database, whatever the branch; a limbeck.toml with the `branches` of each database (`limbeck compat --write`) makes the wrong one impossible
    Running upgrade  -> t1, rev t1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-x", "db=timescaledb", "stamp", "timescale@head"]), @"
    ------- stderr -------
    warning: migrations/env.py chooses the database by -x db=..., and it compares it only with timescale: this runs on its default database, whatever the branch; a limbeck.toml with the `branches` of each database (`limbeck compat --write`) makes the wrong one impossible
    nothing to do (at t1)
    [exit status: 0]
    ");
    for line in [
        &["-x", "db=timescale", "upgrade", "timescale@head"],
        &["-x", "db=postgres", "upgrade", "postgres@head"],
    ] {
        assert!(!env.run(line).stderr.contains("warning"));
    }
    assert_snapshot!(env.run(&["compat", "--write"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: sqlite:///p.db
      version_table       alembic_version
      several databases   by -x db: one for timescale, one for anything else
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      followed:
        line 16       reads -x db=...
        line 17       reads the variable TIMESCALE_URL
        line 18       reads the variable POSTGRES_URL
        lines 22, 28  sets the database URL
        line 22       configure(literal_binds=...)
    Generating $PROJ/limbeck.toml ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.read("limbeck.toml"), @r#"
    # What env.py computes, for limbeck, which reads that file and does not run it. It extends
    # the alembic.ini beside it. Lines that begin with '#' are to be filled in or deleted.

    [scripts]
    # stands_in_for_env_py = true  # when all of the above is seen to: runs no longer warn

    [databases.timescale]
    url = "${TIMESCALE_URL}"
    branches = ["timescale"]

    [databases.postgres]
    url = "${POSTGRES_URL}"
    branches = ["postgres"]
    "#);
    // From now on a branch finds its database, and no other takes it.
    let env = two_by_argument();
    env.run(&["compat", "--write"]).ok();
    assert_snapshot!(env.run(&["upgrade", "timescale@head"]), @"
    ------- stderr -------
    Running upgrade  -> t1, rev t1
    not touched: postgres
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:t.db", "SELECT * FROM alembic_version"), "t1\n");
    assert!(!env.path("p.db").exists());
    assert_eq!(env.run(&["-x", "db=timescaledb", "upgrade", "heads"]).code(), Some(64));
    assert_eq!(env.run(&["-x", "db=postgres", "upgrade", "timescale@head"]).code(), Some(64));
}
