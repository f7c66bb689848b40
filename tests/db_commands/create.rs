//! `db create`.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{mariadb, postgres, project};

use super::support::{is_there, name, role, url_of, with_keys};

#[test]
fn a_missing_database_is_created_once() {
    let (owner, database) = (role("CREATEDB"), name("made"));
    let url = url_of(&owner, &database);
    let mut env = with_keys(&url, "");
    env.replace(&owner, "$OWNER");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database app: $OWNER@$HOST/$DATABASE: the database does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: created $DATABASE, owned by $OWNER
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: $DATABASE is there
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "create", "--json"]), @r#"
    {
      "databases": [
        {
          "database": "app",
          "name": "$DATABASE",
          "created": false,
          "created_role": null,
          "owner": null
        }
      ],
      "errors": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
    assert!(is_there(&database));
}

#[test]
fn a_user_who_may_not_is_told_what_to_do_and_an_administrator_makes_both() {
    let poor = role("");
    let database = name("wanted");
    let mut env = with_keys(&url_of(&poor, &database), "");
    env.replace(&poor, "$USER");
    assert_snapshot!(env.run(&["db", "create"]), @"
    ------- stderr -------
    error: database app: permission denied to create database
      --> postgresql://$USER:***@$HOST/$DATABASE
    hint: role $USER may not create databases; --admin-url names somebody who may, or a superuser allows it: ALTER ROLE $USER CREATEDB;
    [exit status: 1]
    ");
    assert!(!is_there(&database));
    // An administrator who is no superuser, and a user who is not there yet.
    let admin = role("CREATEDB CREATEROLE");
    let (user, database) = (name("newcomer"), name("wanted"));
    let url = url_of(&user, &database);
    let mut env = with_keys(&url, "");
    env.set("LIMBECK_ADMIN_URL", url_of(&admin, "postgres"));
    env.replace(&user, "$USER");
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: created role $USER
    database app: created $DATABASE, owned by $USER
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: $DATABASE is there
    ------- stderr -------
    [exit status: 0]
    ");
    // The password works, and has reached neither the log nor the catalog.
    assert_snapshot!(env.run(&["db", "exec", "SELECT current_user AS me, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()", "--format", "csv"]), @"
    me,owner
    $USER,$USER
    ------- stderr -------
    [exit status: 0]
    ");
    let secret = format!(
        "SELECT rolpassword LIKE 'SCRAM-SHA-256$4096:%' FROM pg_authid WHERE rolname = '{user}'"
    );
    assert_eq!(postgres().psql("postgres", &secret).trim(), "t");
}

#[test]
fn hostile_names_are_only_names() {
    let long = "ü".repeat(31) + "x";
    for (number, stem) in
        ["x\"; DROP DATABASE postgres; --", "UPPER Case", "ünï çødé", "a'b%c$d", "--help", &long]
            .into_iter()
            .enumerate()
    {
        let database = if number == 5 { stem.to_owned() } else { format!("{stem}{number}") };
        let encoded: String = database.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let env = with_keys(&postgres().url(&encoded), "");
        env.run(&["db", "create"]).ok();
        assert!(is_there(&database), "{database}");
        assert!(env.run(&["db", "create"]).ok().contains("is there"));
        env.run(&["db", "exec", "SELECT 1"]).ok();
        env.run(&["db", "reset", "--yes"]).ok();
        assert!(is_there(&database), "{database}");
        env.run(&["db", "drop", "--yes"]).ok();
        assert!(!is_there(&database), "{database}");
        assert!(is_there("postgres"));
        let url = mariadb().url(&encoded);
        let env = with_keys(&url, "");
        assert!(env.run(&["db", "create"]).ok().contains("created"));
        env.run(&["db", "exec", "SELECT 1"]).ok();
        env.run(&["db", "drop", "--yes"]).ok();
        assert!(env.run(&["db", "drop", "--yes"]).ok().contains("there is no"));
    }
}

#[test]
fn two_at_once_both_succeed() {
    let database = name("contested");
    let env = with_keys(&postgres().url(&database), "");
    let start = || {
        let mut command = env.command(&["db", "create"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..6).map(|_| start()).collect();
    let mut made = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        made += usize::from(said.contains("created"));
    }
    assert_eq!(made, 1);
}

#[test]
fn sqlite_files_and_several_databases() {
    let env = project()
        .config(
            "[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:no/where/b.db\"\n\
             [databases.c]\nurl = \"sqlite::memory:\"\n",
        )
        .build();
    assert_snapshot!(env.run(&["db", "create"]), @"
    database a: created $PROJ/a.db
    ------- stderr -------
    error: database b: the database file $PROJ/no/where/b.db cannot be created: there is no directory $PROJ/no/where
    hint: make the directory, or set the path right, in `url` (limbeck.toml:4)
    error: database c: a database in memory is there for as long as its connection, and for nobody else
      --> sqlite://
    [exit status: 7]
    ");
    assert!(env.path("a.db").exists());
    assert_snapshot!(env.run(&["db", "create", "-d", "a"]), @"
    database a: $PROJ/a.db is there
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn an_administrator_of_mariadb_makes_database_and_user() {
    let (user, database) = (name("newcomer"), name("made_by"));
    let admin = mariadb().url("mysql");
    let url = mariadb().url(&database).replace("limbeck:", &format!("{user}:"));
    // One that a `_` would stand for, too.
    mariadb().sql("mysql", &format!("CREATE DATABASE {}", database.replacen('_', "X", 1)));
    let mut env = with_keys(&url, "");
    env.replace(&user, "$USER");
    assert_eq!(env.run(&["db", "create"]).code(), Some(8));
    env.set("LIMBECK_ADMIN_URL", &admin);
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: created role $USER
    database app: created $DATABASE
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "create"]), @"
    database app: $DATABASE is there
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["db", "exec", "CREATE TABLE t (id INT)"]).ok();
    let seen = env.run(&["db", "exec", "SHOW DATABASES"]).ok();
    assert!(!seen.contains("madeX") && !seen.contains("X"), "{seen}");
}

#[test]
fn no_user_of_mariadb_is_made_without_a_password() {
    let (user, database) = (name("open"), name("made_by"));
    for login in [format!("{user}@"), format!("{user}:@")] {
        let url = mariadb().url(&database).replace("limbeck:hush-hush@", &login);
        let mut env = with_keys(&url, "");
        env.replace(&user, "$USER");
        env.set("LIMBECK_ADMIN_URL", mariadb().url("mysql"));
        let output = env.run(&["db", "create"]);
        assert_eq!(output.code(), Some(78), "{output}");
        let words = "the user $USER does not exist, and the URL has no password to make it with";
        assert!(output.to_string().contains(words), "{output}");
        let query = format!(
            "SELECT (SELECT count(*) FROM mysql.user WHERE user = '{user}') + \
             (SELECT count(*) FROM information_schema.schemata WHERE schema_name = '{database}')"
        );
        assert_eq!(mariadb().sql("mysql", &query).trim(), "0");
    }
}
