//! URLs as SQLAlchemy writes them, and passwords that nobody sees.

use insta::assert_snapshot;

use super::project::{INI, alembic_project};
use crate::support::{Output, TestEnvironment, postgres};

fn with_url(url: &str) -> TestEnvironment {
    let env = alembic_project();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &url.replace('%', "%%")));
    env
}

/// What `current` says with this URL; no password is in it.
fn current(url: &str) -> Output {
    let output = with_url(url).run(&["current"]);
    for secret in ["s3cret", "p%40", "p@ss"] {
        assert!(!output.to_string().contains(secret), "{output}");
    }
    output
}

#[test]
fn sqlite_with_a_driver() {
    for url in ["sqlite+aiosqlite:///app.db", "sqlite+pysqlite:///app.db?check_same_thread=false"] {
        let env = with_url(url);
        env.run(&["upgrade"]).ok();
        assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
        assert!(env.path("app.db").exists(), "{url}");
    }
}

#[test]
fn postgres_with_drivers_and_their_parameters() {
    let url = postgres().create_database();
    let at = url.split_once("://").unwrap().1;
    let (login, place) = at.split_once('@').unwrap();
    let (host, database) = place.split_once('/').unwrap();
    for url in [
        format!("postgresql://{at}"),
        format!("postgresql+psycopg2://{at}?connect_timeout=5"),
        format!("postgresql+psycopg://{at}?sslmode=prefer&application_name=me"),
        format!("postgresql+asyncpg://{at}?ssl=prefer"),
        format!("postgresql+asyncpg://{login}@/{database}?host={host}"),
        format!("postgresql+pg8000://{at}"),
    ] {
        let env = alembic_project();
        env.write("alembic.ini", INI.replace("sqlite:///app.db", &url));
        env.run(&["upgrade"]).ok();
        assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n", "{url}");
    }
}

#[test]
fn a_text_for_mysql_needs_no_server() {
    let env = with_url("mysql+pymysql://app:s3cret@127.0.0.1:1/app?charset=utf8mb4");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database main: app@127.0.0.1:1/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (alembic.ini [alembic] sqlalchemy.url)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> a1

    INSERT INTO alembic_version (version_num) VALUES ('a1');

    -- Running upgrade a1 -> b2

    UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
}

#[test]
fn no_error_shows_a_password() {
    assert_snapshot!(current("postgresql://app:s3cret@127.0.0.1:1/app"), @"
    ------- stderr -------
    error: database main: app@127.0.0.1:1/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (alembic.ini [alembic] sqlalchemy.url)
    [exit status: 8]
    ");
    assert_snapshot!(current("postgresql://app:p%40s3cret@127.0.0.1:1/app?password=s3cret"), @"
    ------- stderr -------
    error: database main: app@127.0.0.1:1/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (alembic.ini [alembic] sqlalchemy.url)
    [exit status: 8]
    ");
    assert_snapshot!(current("postgresql://app:s3cret@127.0.0.1:port/app"), @"
    ------- stderr -------
    error: 'sqlalchemy.url': the port in the database URL is no number; ':', '/', '@' and '?' in a user name or a password must be percent-encoded
      --> alembic.ini:3:1
    [exit status: 78]
    ");
    assert_snapshot!(current("oracle://app:s3cret@db/app"), @"
    ------- stderr -------
    error: the database URL is for 'oracle': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite
      --> alembic.ini
    [exit status: 78]
    ");
    assert_snapshot!(current("postgresql+nosuch://app:s3cret@127.0.0.1:1/app"), @"
    ------- stderr -------
    error: the driver 'nosuch' of the database URL is not known for postgresql
      --> alembic.ini
    [exit status: 78]
    ");
    assert_snapshot!(current("postgresql+asyncpg://app:s3cret@h/app?nosuch=s3cret"), @"
    ------- stderr -------
    error: the parameter 'nosuch' of the database URL is not supported: it is no parameter of libpq
      --> alembic.ini
    [exit status: 78]
    ");
    assert_snapshot!(current("app:s3cret@db/app"), @"
    ------- stderr -------
    error: 'sqlalchemy.url': Could not parse SQLAlchemy URL from given URL string
      --> alembic.ini:3:1
    [exit status: 78]
    ");
    assert_snapshot!(current("sqlite:///app.db?mode=ro&key=s3cret"), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    let env = with_url("sqlite:///app.db");
    assert_snapshot!(env.run(&["current", "--url", "postgresql://a:s3cret@127.0.0.1:1/app"]), @"
    ------- stderr -------
    error: database main: a@127.0.0.1:1/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (flag --url)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["current", "--url", "postgresql://a:s3cret@[::1/app"]), @"
    ------- stderr -------
    error: --url: the port in the database URL is no number; ':', '/', '@' and '?' in a user name or a password must be percent-encoded
    [exit status: 64]
    ");
}

#[test]
fn compat_and_current_show_the_url_without_it() {
    let url = postgres().create_database().replacen("postgres:", "postgresql+psycopg2:", 1);
    let mut env = with_url(&url);
    env.replace_location(&url);
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: postgresql+psycopg2://limbeck:***@$HOST/$DATABASE
      version_table       alembic_version
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      followed:
        line 7  configure(literal_binds=...)
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["current", "-v"]), @"
    Current revision(s) for postgresql+psycopg2://limbeck:***@$HOST/$DATABASE:
    Rev: b2 (head)
    Parent: a1
    Path: $PROJ/migrations/versions/b2_x.py

        rev b2

    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn short_forms_of_sqlite_stand_in_for_the_url() {
    let env = alembic_project();
    for (url, file) in [("sqlite:one.db", "one.db"), ("two.db", "two.db")] {
        env.run(&["--url", url, "upgrade"]).ok();
        assert!(env.path(file).exists(), "{url}");
        assert_eq!(env.run(&["--url", url, "current"]).ok(), "b2 (head)\n");
    }
    assert_eq!(env.run(&["--url", "sqlite::memory:", "current"]).ok(), "");
    assert!(!env.path("app.db").exists());
}
