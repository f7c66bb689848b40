//! `db backup`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

use super::support::{name, with_keys};

fn backups(env: &TestEnvironment) -> Vec<String> {
    env.files("backups")
}

fn with_revision(url: &str) -> TestEnvironment {
    let env = project().url(url).revision(revision("a1b2", &[])).build();
    env.run(&["upgrade"]).ok();
    env.run(&["db", "exec", "INSERT INTO t_a1b2 VALUES (42)"]).ok();
    fs::create_dir(env.path("backups")).unwrap();
    env
}

#[test]
fn a_backup_of_postgresql_can_be_restored() {
    let url = postgres().create_database();
    let env = with_revision(&url);
    let json = env.run(&["db", "backup", "-o", "backups", "--json"]).ok();
    assert!(json.contains("limbeck db restore -d app --replace backups/"), "{json}");
    let files = backups(&env);
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert!(file.contains("_a1b2_") && file.ends_with("Z.dump"), "{file}");
    let path = env.path("backups").join(file);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let restored = name("restored");
    postgres().psql("postgres", &format!("CREATE DATABASE {restored}"));
    let restored = postgres().url(&restored);
    let done = Command::new(postgres().program("pg_restore"))
        .args(["--exit-on-error", "--dbname", &restored])
        .arg(&path)
        .status()
        .unwrap();
    assert!(done.success());
    assert_eq!(query(&env, &restored, "SELECT id FROM t_a1b2"), "42\n");
}

#[test]
fn a_backup_of_sqlite_is_a_database() {
    let env = with_revision("sqlite:app.db");
    env.run(&["db", "backup", "-o", "backups/mine.db"]).ok();
    assert_eq!(query(&env, "sqlite:backups/mine.db", "SELECT id FROM t_a1b2"), "42\n");
    assert_eq!(backups(&env), ["mine.db"]);
    assert_snapshot!(env.run(&["db", "backup", "-o", "backups/mine.db"]), @"
    ------- stderr -------
    error: backups/mine.db is there already
    [exit status: 64]
    ");
}

/// A program in the place of `name` that writes `text` into the file behind its option.
fn pretend(env: &TestEnvironment, name: &str, script: &str) {
    let path = env.bin().join(name);
    let text = format!("#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/cmdline > cmdline\n{script}\n");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_fails_leaves_no_file_and_no_password() {
    let url = postgres().create_database();
    let env = with_revision(&url);
    pretend(&env, "pg_dump", "echo 'pg_dump: error: server version mismatch' >&2; exit 1");
    assert_snapshot!(env.run(&["db", "backup", "-o", "backups"]), @"
    ------- stderr -------
    error: database app: pg_dump failed: exit status: 1
      pg_dump: error: server version mismatch
    [exit status: 1]
    ");
    assert!(!env.read("cmdline").contains("hush-hush"));
    pretend(&env, "pg_dump", "exit 0");
    let output = env.run(&["db", "backup", "-o", "backups"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(backups(&env), [""; 0]);
    let mut env = with_keys(&url, "");
    env.set("PATH", env.bin());
    assert_snapshot!(env.run(&["db", "backup"]), @"
    ------- stderr -------
    error: there is no program pg_dump on PATH
    hint: it comes with the package postgresql-client of Debian, Ubuntu and Alpine, postgresql of Fedora, libpq of Homebrew
    [exit status: 1]
    ");
}

/// The program of MariaDB, as far as its arguments go; what it writes is asked for its last line.
#[test]
fn a_dump_of_mariadb_that_ends_early_is_no_backup() {
    let url = mariadb().create_database();
    let env = with_revision(&url);
    let write =
        "for word; do case $word in --result-file=*) file=${word#--result-file=};; esac; done";
    pretend(&env, "mariadb-dump", &format!("{write}; echo '-- Dump completed' > \"$file\""));
    assert!(env.run(&["db", "backup", "-o", "backups"]).ok().contains("_a1b2_"));
    let arguments = env.read("cmdline");
    assert!(arguments.contains("--single-transaction") && !arguments.contains("hush-hush"));
    assert!(
        arguments.ends_with(&format!("--\n{}\n", url.rsplit_once('/').unwrap().1)),
        "{arguments}"
    );
    assert_eq!(backups(&env).len(), 1);
    pretend(&env, "mariadb-dump", &format!("{write}; echo 'CREATE TABLE t' > \"$file\""));
    let output = env.run(&["db", "backup", "-o", "backups/second.sql"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("does not say that it is complete"), "{output}");
    assert_eq!(backups(&env).len(), 1);
}
