//! The version table that env.py names.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, psycopg2};
use super::worker::Worker;
use crate::support::{TestEnvironment, postgres, query};

/// The project with these arguments for `context.configure`.
fn with(arguments: &str) -> TestEnvironment {
    let env = alembic_project();
    let prologue = "import os\nfrom app import names\n";
    let env_py =
        ENV.replace("connection=connection", &format!("connection=connection, {arguments}"));
    let env_py = env_py.replace("literal_binds=True", &format!("literal_binds=True, {arguments}"));
    env.write("migrations/env.py", format!("{prologue}{env_py}"));
    env.write("app.py", "class names:\n    table = 'computed'\n");
    env
}

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1";

#[test]
fn a_name_that_is_written() {
    let env =
        with("version_table='my_version', include_object=lambda *a: True, compare_type=False");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "my_version\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
    assert!(env.run(&["upgrade", "--sql"]).ok().contains("CREATE TABLE my_version"));
}

#[test]
fn a_name_of_the_ini_file() {
    let env = with("version_table=config.get_main_option('version_table')");
    env.write("alembic.ini", format!("{INI}version_table = of_the_ini\n"));
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "of_the_ini\n");
}

#[test]
fn one_that_is_computed_is_not_guessed() {
    let env = with("version_table=names.table");
    assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: env.py computes `version_table`, which only running it could tell
      --> migrations/env.py:15:64
       |          context.configure(connection=connection, version_table=names.table)
       |                                                                 ^
    hint: say it in a limbeck.toml: `version_table` of the database (`limbeck compat --write` begins one)
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: env.py computes `version_table`, which only running it could tell
      --> migrations/env.py:15:64
       |          context.configure(connection=connection, version_table=names.table)
       |                                                                 ^
    hint: say it in a limbeck.toml: `version_table` of the database (`limbeck compat --write` begins one)
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    ------- stderr -------
    error: env.py computes `version_table`, which only running it could tell
      --> migrations/env.py:15:64
       |          context.configure(connection=connection, version_table=names.table)
       |                                                                 ^
    hint: say it in a limbeck.toml: `version_table` of the database (`limbeck compat --write` begins one)
    [exit status: 78]
    ");
    assert!(!env.path("app.db").exists());
    env.write("limbeck.toml", "[databases.main]\nversion_table = \"computed\"\n");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "computed\n");
    assert_eq!(Worker::start(&env).run(&["current"]).code, 1, "there is no package `app`");
}

#[test]
fn a_schema_on_postgres() {
    let url = postgres().create_database();
    let env = with("version_table='v', version_table_schema='meta'");
    env.write(
        "migrations/env.py",
        env.read("migrations/env.py").replace("from app import names\n", ""),
    );
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &psycopg2(&url)));
    query(&env, &url, "CREATE SCHEMA meta");
    env.run(&["upgrade", "a1"]).ok();
    assert_eq!(query(&env, &url, "SELECT * FROM meta.v"), "a1\n");
    let mut alembic = Worker::start(&env);
    assert_eq!(alembic.ok(&["current"]), "a1\n");
    alembic.ok(&["upgrade", "head"]);
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
}

#[test]
fn a_schema_that_is_not_there() {
    let url = postgres().create_database();
    let mut env = with("version_table_schema='nosuch'");
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &psycopg2(&url)));
    env.replace_location(&url);
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: database main: schema "nosuch" does not exist
    [exit status: 1]
    "#);
}
