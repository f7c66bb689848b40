//! `limbeck compat`: what a newcomer reads about a project.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, bare_project, revision, with_body};
use crate::support::{TestEnvironment, project, python};

/// A new project as real Alembic makes it, with URLs in place of its placeholders.
pub(super) fn template(name: &str) -> TestEnvironment {
    type Files = Vec<(String, String)>;
    static MADE: Mutex<BTreeMap<String, Files>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let files = made.entry(name.to_owned()).or_insert_with(|| {
        let env = TestEnvironment::new();
        let mut alembic = env.program(python().with_file_name("alembic"));
        alembic.args(["init", "-t", name, "migrations"]);
        env.finish(alembic).ok();
        env.files("").into_iter().map(|file| (file.clone(), env.read(file))).collect()
    });
    let env = TestEnvironment::new();
    std::fs::create_dir_all(env.path("migrations/versions")).unwrap();
    let first = if name == "multidb" { "one" } else { "app" };
    for (file, text) in files {
        let text = text
            .replace("driver://user:pass@localhost/dbname2", "sqlite:///two.db")
            .replace("driver://user:pass@localhost/dbname", &format!("sqlite:///{first}.db"));
        env.write(file, text);
    }
    env
}

/// An env.py with one of everything.
pub(super) const NASTY: &str = r#"import os
from dotenv import load_dotenv
from alembic import context
from sqlalchemy import create_engine, event, text
from app.models import Base
from app.settings import settings

load_dotenv()
schema = context.get_x_argument(as_dictionary=True).get("schema", "public")
database = context.get_x_argument(as_dictionary=True).get("db", "main")


def run():
    engine = create_engine(settings.url_of(database))

    @event.listens_for(engine, "connect")
    def on_connect(connection, record):
        connection.execute("PRAGMA foreign_keys = ON")

    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(42)"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        for tenant in settings.tenants:
            connection.execute(text(f"SET search_path TO {tenant}"))
            connection.execute(text("SET lock_timeout = '5s'"))
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                version_table=settings.version_table,
                version_table_schema=tenant,
                transaction_per_migration=settings.per_migration,
                include_schemas=True,
                on_version_apply=settings.record,
            )
            with context.begin_transaction():
                context.run_migrations(tenant=tenant)


run()
"#;

#[test]
fn a_typical_project() {
    let env = template("generic");
    env.write("migrations/versions/a1_x.py", revision("a1", "None"));
    env.write(
        "migrations/versions/b2_x.py",
        with_body("b2", "'a1'", "op.execute('SELECT 1')", "pass"),
    );
    env.write("migrations/versions/c3_x.sql", "/*---\nmessage = \"c\"\nrevision = \"c3\"\ndown_revision = \"b2\"\n---*/\n--- upgrade\nSELECT 1;\n");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: sqlite:///app.db
      version_table       alembic_version
      revisions           3 files; 1 in SQL; 1 in Python that do nothing and run; 1 in Python with operations

    migrations/env.py: read, never run

      followed:
        line 45  configure(literal_binds=...)
        line 46  configure(dialect_opts=...)

      only for autogenerate:
        lines 44, 68  configure(target_metadata=...)

    Python revisions on sqlite:
      upgrade()           1 native, 1 empty
      downgrade()         0 native, 2 empty
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["compat", "--json"]), @r#"
    {
      "files": [
        "alembic.ini"
      ],
      "settings": [
        [
          "script_location",
          "migrations"
        ],
        [
          "version_locations",
          "migrations/versions"
        ],
        [
          "transaction_mode",
          "alembic"
        ],
        [
          "database",
          "main: sqlite:///app.db"
        ],
        [
          "version_table",
          "alembic_version"
        ]
      ],
      "env_py": {
        "path": "migrations/env.py",
        "error": null,
        "findings": [
          {
            "lines": [
              44,
              68
            ],
            "what": "configure(target_metadata=...)",
            "treatment": "autogenerate",
            "detail": null
          },
          {
            "lines": [
              45
            ],
            "what": "configure(literal_binds=...)",
            "treatment": "followed",
            "detail": null
          },
          {
            "lines": [
              46
            ],
            "what": "configure(dialect_opts=...)",
            "treatment": "followed",
            "detail": null
          }
        ]
      },
      "revisions": "3 files; 1 in SQL; 1 in Python that do nothing and run; 1 in Python with operations",
      "passed_over": [],
      "python": [
        {
          "dialect": "sqlite",
          "upgrade": {
            "native": 1,
            "depends_on_data": 0,
            "python_needed": 0,
            "empty": 1,
            "fails": 0,
            "missing": 0,
            "unreadable": 0
          },
          "downgrade": {
            "native": 0,
            "depends_on_data": 0,
            "python_needed": 0,
            "empty": 2,
            "fails": 0,
            "missing": 0,
            "unreadable": 0
          },
          "naming": null,
          "not_native": [],
          "failing": []
        }
      ]
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn a_project_with_several_databases() {
    let env = template("multidb");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            engine1: sqlite:///one.db
      version_table       alembic_version
      database            engine2: sqlite:///two.db
      version_table       alembic_version
      revisions           0 files

    migrations/env.py: read, never run

      followed:
        lines 64, 97       reads a section of the ini file for each database
        lines 66, 112      runs the migrations in a loop
        lines 72, 96, 115  sets the database URL
        line 72            sets another url for --sql
        line 73            configure(output_buffer=...)
        line 75            configure(literal_binds=...)
        line 76            configure(dialect_opts=...)
        lines 79, 120      run_migrations(engine_name=...)

      only for autogenerate:
        line 71        sets another downgrade_token for --sql
        line 71        sets another upgrade_token for --sql
        lines 74, 118  configure(target_metadata=...)
        line 116       configure(upgrade_token=...)
        line 117       configure(downgrade_token=...)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_nasty_project() {
    let env = alembic_project();
    env.write("migrations/env.py", NASTY);
    assert_snapshot!(env.run(&["compat"]), @r#"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: unknown: the URL is computed by env.py
      version_table       unknown: env.py computes `version_table`, which only running it could tell
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      to be said in limbeck.toml (`limbeck compat --write` begins one):
        line 10  reads -x db=...
                   a [databases.NAME] for each value: `-x db=NAME` then chooses it
        line 14  sets the database URL
                   `url` of the database; or the variable DATABASE_URL
        line 23  runs the migrations in a loop
                   a [databases.NAME] for each database; a loop over schemas is not done
        line 24  sets search_path
                   `options=-csearch_path%3DNAME` in the `url` of the database
        line 25  sets a timeout
                   `options=-clock_timeout%3D5s` in the `url` of the database
        line 29  configure(version_table=...)
                   `version_table` and `version_table_schema` of the database
        line 30  configure(version_table_schema=...)
                   `version_table` and `version_table_schema` of the database
        line 31  configure(transaction_per_migration=...)
                   `transaction_mode` of [scripts]: "revision", "run" or "alembic"

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
        line 21  takes an advisory lock

      only for autogenerate:
        line 28  configure(target_metadata=...)
        line 32  configure(include_schemas=...)
    ------- stderr -------
    [exit status: 0]
    "#);
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
}

#[test]
fn a_url_of_the_environment() {
    let mut env = alembic_project();
    let prologue = "import os\nurl = os.environ['APP_DB']\n";
    let env_py = ENV.replace(
        "config = context.config\n",
        "config = context.config\nconfig.set_main_option('sqlalchemy.url', url)\n",
    );
    env.write("migrations/env.py", format!("{prologue}{env_py}"));
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: unknown: env.py needs the environment variable APP_DB, which is not set
      version_table       alembic_version
      revisions           2 files; 2 in Python that do nothing and run

    migrations/env.py: read, never run

      followed:
        line 2           reads the variable APP_DB
        lines 7, 10, 15  sets the database URL
        line 10          configure(literal_binds=...)
    ------- stderr -------
    [exit status: 0]
    ");
    env.set("APP_DB", "postgresql://app:s3cret@db/app");
    assert!(env.run(&["compat"]).ok().contains("main: postgresql://app:***@db/app\n"));
}

#[test]
fn hooks_and_settings_are_named() {
    let env = bare_project(
        &format!(
            "{INI}version_locations = migrations/versions, more\n\n[post_write_hooks]\nhooks = black, own, sort, odd\n\
             black.type = console_scripts\nblack.entrypoint = black\nown.type = exec\nown.executable = ./tidy\n\
             sort.type = module\nsort.module = isort\nodd.type = ours\n"
        ),
        ENV,
    );
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      version_locations   more
      transaction_mode    alembic
      database            main: sqlite:///app.db
      version_table       alembic_version
      post write hook     black: black
      post write hook     own: ./tidy
      post write hook     sort: python -m isort
      post write hook     odd: 'ours', registered in Python: revision is refused
      revisions           0 files

    migrations/env.py: read, never run

      followed:
        line 7  configure(literal_binds=...)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn revisions_that_cannot_be_read() {
    let env = alembic_project();
    env.write("migrations/versions/c3_x.py", "revision = compute()\n");
    assert_snapshot!(env.run(&["compat"]), @"
    configuration: alembic.ini
      script_location     migrations
      version_locations   migrations/versions
      transaction_mode    alembic
      database            main: sqlite:///app.db
      version_table       alembic_version
      revisions           cannot be read: $PROJ/migrations/versions/c3_x.py: revision cannot be read without running the file: `compute()` is not computed from constants alone (line 1, column 12)

    migrations/env.py: read, never run

      followed:
        line 7  configure(literal_binds=...)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_native_project_has_nothing_to_report() {
    assert_snapshot!(project().build().run(&["compat"]), @"
    ------- stderr -------
    error: $PROJ/limbeck.toml is no Alembic project
    hint: name its alembic.ini or pyproject.toml with -c
    [exit status: 64]
    ");
}
