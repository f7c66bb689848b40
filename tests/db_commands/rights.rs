//! Rights that are missing, and users that nobody has configured.

use insta::assert_snapshot;

use crate::support::{postgres, project, revision};

use super::support::{name, role, url_of, with_keys};

#[test]
fn a_missing_right_is_named_with_its_grant() {
    let (user, database) = (role(""), name("foreign"));
    postgres().psql("postgres", &format!("CREATE DATABASE {database}"));
    let url = url_of(&user, &database);
    let mut env =
        project().url(&url).revision(revision("a1", &[]).upgrade("CREATE SCHEMA reports;")).build();
    env.replace(&user, "$USER");
    // PostgreSQL 15 lets nobody create anything in `public`.
    postgres().psql(&database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: permission denied for schema public
    hint: role $USER lacks USAGE, CREATE on schema public; its owner or a superuser grants it: GRANT USAGE, CREATE ON SCHEMA public TO $USER;
    [exit status: 1]
    ");
    postgres().psql(&database, &format!("GRANT CREATE ON SCHEMA public TO {user}"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: permission denied for database $DATABASE
      --> versions/a1_x.sql:11:1
       |  CREATE SCHEMA reports
       |  ^
    hint: role $USER lacks CREATE on database $DATABASE; its owner or a superuser grants it: GRANT CREATE ON DATABASE $DATABASE TO $USER;
    hint: revision a1 was rolled back
    [exit status: 1]
    ");
    assert_snapshot!(env.run(&["db", "exec", "SELECT * FROM pg_authid"]), @"
    ------- stderr -------
    error: database app: <command line>:1: permission denied for table pg_authid
       |  SELECT * FROM pg_authid
       |  ^
    hint: role $USER lacks SELECT, INSERT, UPDATE, DELETE on table pg_authid; its owner or a superuser grants it: GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE pg_authid TO $USER;
    hint: nothing of it has taken effect
    [exit status: 1]
    ");
}

#[test]
fn a_user_from_nowhere_is_said_to_be_one() {
    let server = postgres().url("postgres").replace("limbeck:hush-hush@", "");
    let mut env = with_keys(&server, "");
    env.set("USER", "nobody");
    let output = env.run(&["current"]);
    assert_eq!(output.code(), Some(8));
    assert!(output.stderr.contains("no user is configured; libpq took the OS user"), "{output}");
    env.set("PGUSER", "somebody");
    let output = env.run(&["current"]);
    assert!(output.stderr.contains("the URL names no user; PGUSER says somebody"), "{output}");
}
