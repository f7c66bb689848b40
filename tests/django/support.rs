//! A project of Django, in a place and on databases of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{OwnedDatabase, PASSWORD, TestEnvironment, copy_directory, postgres, query};

/// A project with its database, which is empty at first.
pub(super) struct Project {
    pub(super) env: TestEnvironment,
    pub(super) database: OwnedDatabase,
}

/// Python with Django and django-tenants.
fn python() -> PathBuf {
    let python =
        Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-env/django/bin/python");
    assert!(python.exists(), "there is no Python with Django: run ./test --setup, which makes one");
    python
}

impl Project {
    /// A copy of `tests/fixtures/django/NAME`.
    pub(super) fn new(name: &str) -> Self {
        let database = postgres().create_owned_database();
        postgres().psql("postgres", &format!("ALTER ROLE {} CREATEDB", database.user));
        let mut env = TestEnvironment::new();
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/django").join(name);
        copy_directory(&top, &env.path(""));
        // The files are compiled into a place that is not the project's.
        env.set("PYTHONDONTWRITEBYTECODE", "1");
        env.set("TEST_RESULTS", env.path("results.db"));
        env.set("DEFAULT_PASSWORD", PASSWORD);
        let mut project = Project { env, database };
        project.name_database("TEST", "TEST_NAME");
        project
    }

    fn name_database(&mut self, prefix: &str, name: &str) {
        self.env.set_database(prefix, name, &self.database.clone());
    }

    /// Another empty database of the same owner: the URL.
    pub(super) fn another(&self, suffix: &str) -> OwnedDatabase {
        let OwnedDatabase { user, name, .. } = &self.database;
        let other = OwnedDatabase { name: format!("{name}_{suffix}"), ..self.database.clone() };
        postgres().psql("postgres", &format!("CREATE DATABASE {} OWNER {user}", other.name));
        postgres().psql(&other.name, &format!("ALTER SCHEMA public OWNER TO {user}"));
        postgres().psql(&other.name, "REVOKE ALL ON SCHEMA public FROM PUBLIC");
        other
    }

    /// `limbeck import django` with the project's Python.
    pub(super) fn import(&self, arguments: &[&str]) -> crate::support::Output {
        let python = python();
        let first = ["import", "django", "--python", python.to_str().unwrap()];
        self.env.run(&[&first, arguments].concat())
    }

    /// Runs `python manage.py ...`.
    pub(super) fn manage(&self, arguments: &[&str]) -> String {
        let mut command: Command = self.env.program(python());
        command.arg("manage.py").args(arguments);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "manage.py {arguments:?}: {text}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(super) fn query(&self, sql: &str) -> String {
        query(&self.env, &self.database.url(), sql)
    }

    /// What `pg_dump` says of a database, without the tables of either tool.
    pub(super) fn dump(&self, database: &OwnedDatabase) -> String {
        let mut command = self.env.program(postgres().program("pg_dump"));
        command.args(["--schema-only", "--no-owner", "--no-privileges", "--restrict-key=x"]);
        for own in ["django_migrations*", "alembic_version", "limbeck_journal*"] {
            command.arg(format!("--exclude-table=*.{own}"));
        }
        let output = command.arg(database.url()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The same dumps; else the lines that differ.
pub(super) fn assert_same(ours: &str, theirs: &str) {
    let only = |of: &str, other: &str| -> Vec<String> {
        of.lines().filter(|line| !other.contains(line)).map(str::to_owned).collect()
    };
    assert!(ours == theirs, "ours: {:#?}\ntheirs: {:#?}", only(ours, theirs), only(theirs, ours));
}
