//! Where the URL comes from when env.py says it.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project};
use crate::support::TestEnvironment;

/// The project with an env.py that makes its engine of `url`, said before.
fn with(prologue: &str, url: &str) -> TestEnvironment {
    let env = alembic_project();
    env.write(
        "migrations/env.py",
        format!(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\n\
             config = context.config\n{prologue}\n\n\
             def run():\n    engine = create_engine({url})\n    with engine.connect() as connection:\n        \
             context.configure(connection=connection)\n        with context.begin_transaction():\n            \
             context.run_migrations()\n\n\nrun()\n"
        ),
    );
    env
}

#[test]
fn a_variable() {
    let mut env = with("", "os.environ[\"APP_DB\"]");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: env.py needs the environment variable APP_DB, which is not set
      --> migrations/env.py:9:28
       |      engine = create_engine(os.environ["…"])
       |                             ^
    hint: give the URL with --url, LIMBECK_URL or DATABASE_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    "#);
    assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n");
    env.set("APP_DB", "sqlite+aiosqlite:///from_variable.db");
    env.run(&["upgrade"]).ok();
    assert!(env.path("from_variable.db").exists());
    assert!(!env.path("app.db").exists());
}

#[test]
fn a_variable_with_a_default() {
    let mut env = with("URL = os.getenv(\"APP_DB\", \"sqlite:///default.db\")", "URL");
    env.run(&["upgrade"]).ok();
    assert!(env.path("default.db").exists());
    env.set("APP_DB", "sqlite:///other.db");
    env.run(&["upgrade"]).ok();
    assert!(env.path("other.db").exists());
}

#[test]
fn an_option_that_is_set_from_variables() {
    let prologue = "name = os.environ.get('DB_NAME', 'main')\n\
                    config.set_main_option('sqlalchemy.url', f'sqlite:///{name}.db'.replace('%', '%%'))";
    let mut env = with(prologue, "config.get_main_option('sqlalchemy.url')");
    env.set("DB_NAME", "fo%o");
    env.run(&["upgrade"]).ok();
    assert!(env.path("fo%o.db").exists());
}

#[test]
fn an_x_argument() {
    let prologue = "x = context.get_x_argument(as_dictionary=True)";
    let env = with(prologue, "x.get('url', 'sqlite:///without.db')");
    env.run(&["-x", "url=sqlite:///typed.db", "upgrade"]).ok();
    assert!(env.path("typed.db").exists());
    env.run(&["upgrade"]).ok();
    assert!(env.path("without.db").exists());
    // One that it does not read has no effect in Alembic, and none here.
    env.run(&["-x", "other=1", "current"]).ok();
}

#[test]
fn a_function_of_the_file() {
    let prologue = "def get_url():\n    return os.environ.get('APP_DB') or 'sqlite:///made.db'\n";
    let env = with(prologue, "get_url()");
    env.run(&["upgrade"]).ok();
    assert!(env.path("made.db").exists());
}

#[test]
fn a_settings_object_can_only_be_run() {
    let mut env = with("from app.settings import settings", "str(settings.DATABASE_URL)");
    assert_eq!(env.run(&["history"]).ok(), "a1 -> b2 (head), rev b2\n<base> -> a1, rev a1\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: the URL is computed by env.py
      --> migrations/env.py:9:28
       |      engine = create_engine(str(settings.DATABASE_URL))
       |                             ^
    hint: give the URL with --url, LIMBECK_URL or DATABASE_URL
    hint: or in a limbeck.toml: `limbeck compat --write` begins one
    [exit status: 78]
    ");
    for variable in ["DATABASE_URL", "LIMBECK_URL"] {
        let mut env = with("from app.settings import settings", "str(settings.DATABASE_URL)");
        env.set(variable, "sqlite:///told.db");
        env.run(&["upgrade"]).ok();
        assert!(env.path("told.db").exists(), "{variable}");
    }
    env.write("limbeck.toml", "[databases.main]\nurl = \"${DATABASE_URL}\"\n");
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: no value for ${DATABASE_URL}
      --> limbeck.toml:2:7
       |  url = "${DATABASE_URL}"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    env.set("DATABASE_URL", "sqlite+aiosqlite:///by_toml.db");
    env.run(&["upgrade"]).ok();
    assert!(env.path("by_toml.db").exists());
}

#[test]
fn a_password_in_env_py_is_not_shown() {
    let env = with("", "'postgresql://app:s3cret@127.0.0.1:1/app'");
    let output = env.run(&["upgrade"]);
    assert!(!output.to_string().contains("s3cret"), "{output}");
    let env = with("", "'nosuch://app:s3cret@127.0.0.1:1/app'");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: the database URL is for 'nosuch': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite
      --> migrations/env.py:9:14
       |      engine = create_engine('…')
       |               ^
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: unknown: the database URL is for 'nosuch': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite
      version_table       alembic_version
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      followed:
        line 9  sets the database URL
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_broken_env_py() {
    let env = alembic_project();
    env.write("migrations/env.py", "from alembic import context\ndef broken(:\n    pass\n");
    assert_eq!(env.run(&["heads"]).ok(), "b2 (head)\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: env.py is no Python: Expected a parameter or the end of the parameter list
      --> migrations/env.py:2:12
       |  def broken(:
       |             ^
    hint: what env.py says of the database and of the version table is not known
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: unknown: env.py is no Python: Expected a parameter or the end of the parameter list
      version_table       unknown: env.py is no Python: Expected a parameter or the end of the parameter list
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run
      it cannot be read: env.py is no Python: Expected a parameter or the end of the parameter list
    ------- stderr -------
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
    // A URL is not all that env.py says.
    assert_snapshot!(env.run(&["upgrade", "--url", "sqlite:///app.db"]), @"
    ------- stderr -------
    error: env.py is no Python: Expected a parameter or the end of the parameter list
      --> migrations/env.py:2:12
       |  def broken(:
       |             ^
    hint: what env.py says of the database and of the version table is not known
    [exit status: 78]
    ");
    env.write("migrations/env.py", b"# \xff\n");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: env.py cannot be read: line 1: the byte 0xff is not UTF-8
      --> migrations/env.py
    hint: what env.py says of the database and of the version table is not known
    [exit status: 78]
    ");
}

#[test]
fn no_env_py() {
    let env = alembic_project();
    std::fs::remove_file(env.path("migrations/env.py")).unwrap();
    env.run(&["upgrade"]).ok();
    assert!(env.path("app.db").exists());
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: sqlite:///app.db
      version_table       alembic_version
      revisions           2 files; 2 in Python that do nothing and run

    there is no env.py
    ------- stderr -------
    [exit status: 0]
    ");
    assert!(ENV.contains("engine_from_config") && INI.contains("app.db"));
}
