//! `db shell`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, postgres, project};

use super::support::with_keys;

/// Puts a program first in `PATH` that tells its arguments as the kernel shows them to everybody,
/// the variables it got, and ends with status 7.
fn pretend(env: &TestEnvironment, name: &str) {
    let path = env.bin().join(name);
    fs::write(&path, "#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/cmdline | tail -n +3 > cmdline\nenv | grep -E '^(PGPASSWORD|MYSQL_PWD)=' > secret\nexit 7\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn no_password_is_among_the_arguments() {
    let url = "postgresql://me:hush-hush@db.example:5433/app?sslmode=require&sslpassword=other-secret&options=-csearch_path%3Dmine";
    let env = with_keys(url, "");
    pretend(&env, "psql");
    assert_eq!(env.run(&["db", "shell", "--", "-c", "select 1"]).code(), Some(7));
    assert_snapshot!(env.read("cmdline"), @"
    --dbname=postgresql://me@db.example:5433/app?sslmode=require&options=-csearch_path%3Dmine
    -c
    select 1
    ");
    assert_eq!(env.read("secret"), "PGPASSWORD=hush-hush\n");

    let env = with_keys("mysql://me:hush-hush@db.example/app?ssl_ca=ca.pem", "");
    pretend(&env, "mariadb");
    assert_eq!(env.run(&["db", "shell"]).code(), Some(7));
    assert_snapshot!(env.read("cmdline"), @"
    --ssl
    --ssl-verify-server-cert
    --ssl-ca=ca.pem
    --default-character-set=utf8mb4
    --protocol=TCP
    --host=db.example
    --port=3306
    --user=me
    --database=app
    ");
    assert_eq!(env.read("secret"), "MYSQL_PWD=hush-hush\n");

    let env = project().file("app.db", "").build();
    pretend(&env, "sqlite3");
    assert_eq!(env.run(&["db", "shell", "--", "-header", "SELECT 1"]).code(), Some(7));
    assert_eq!(
        env.read("cmdline"),
        format!("{}\n-header\nSELECT 1\n", env.path("app.db").display())
    );
}

#[test]
fn the_real_programs_open_the_database() {
    let env =
        with_keys(&format!("{}?options=-csearch_path%3Dmine", postgres().create_database()), "");
    assert_eq!(env.run(&["db", "shell", "--", "-XAtc", "SHOW search_path"]).ok(), "mine\n");
    assert_eq!(env.run(&["db", "shell", "--", "-XAtc", "nonsense"]).code(), Some(1));
    let env = with_keys(&mariadb().create_database(), "");
    assert_eq!(env.run(&["db", "shell", "--", "-N", "-e", "SELECT 41 + 1"]).ok(), "42\n");
    // The server of the tests has no TLS, and MariaDB's client goes on without, unless told not to.
    let env = with_keys(&format!("{}?ssl=true", mariadb().create_database()), "");
    assert_eq!(env.run(&["db", "shell", "--", "-e", "SELECT 1"]).code(), Some(1));
    let env = project().file("app.db", "").build();
    assert_eq!(env.run(&["db", "shell", "--", "SELECT 41 + 1"]).ok(), "42\n");
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    let mut env = with_keys("postgresql://me@db.example/app", "");
    env.set("PATH", env.bin());
    assert_snapshot!(env.run(&["db", "shell"]), @"
    ------- stderr -------
    error: there is no program psql on PATH
    hint: it comes with the package postgresql-client of Debian, Ubuntu and Alpine, postgresql of Fedora, libpq of Homebrew
    [exit status: 1]
    ");
}
