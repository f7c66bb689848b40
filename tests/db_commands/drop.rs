//! `db drop` and `db reset`: what keeps a database from being lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

use super::support::{is_there, name, on_a_terminal, role, url_of, with_keys};

#[test]
fn a_protected_database_is_never_dropped() {
    let url = postgres().create_database();
    let env = with_keys(&url, "protected = true");
    assert_snapshot!(env.run(&["db", "drop", "--yes", "--force"]), @"
    ------- stderr -------
    error: database app is protected: `db drop` is refused
    hint: `protected = true` of [databases.app] forbids it; take that out first
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["db", "reset", "--yes"]), @"
    ------- stderr -------
    error: database app is protected: `db reset` is refused
    hint: `protected = true` of [databases.app] forbids it; take that out first
    [exit status: 64]
    ");
    assert!(is_there(url.rsplit_once('/').unwrap().1));
}

#[test]
fn without_a_terminal_it_is_to_be_confirmed() {
    let env = project().file("app.db", "").build();
    assert_snapshot!(env.run(&["db", "drop"]), @"
    ------- stderr -------
    error: there is nobody to ask: This deletes database app: sqlite:///$PROJ/app.db, with 0 tables and all their data.
    hint: --yes says so without being asked
    [exit status: 64]
    ");
    assert!(env.path("app.db").exists());
    assert_snapshot!(env.run(&["db", "drop", "--yes"]), @"
    database app: dropped $PROJ/app.db
    ------- stderr -------
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
    assert_snapshot!(env.run(&["db", "drop", "--yes", "--json"]), @r#"
    {
      "database": "app",
      "name": "$PROJ/app.db",
      "dropped": false
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn on_a_terminal_the_name_is_typed() {
    let url = postgres().create_database();
    let database = url.rsplit_once('/').unwrap().1.to_owned();
    let env = with_keys(&url, "");
    env.run(&["db", "exec", "CREATE TABLE t (id int)"]).ok();
    for wrong in ["app\n", "yes\n", "\n", "\u{4}"] {
        let (shown, code) = on_a_terminal(&env, &["db", "drop"], wrong);
        assert_eq!(code, 64, "{shown}");
        assert!(shown.contains("with 1 table and all their data"), "{shown}");
        assert!(is_there(&database));
    }
    let (shown, code) = on_a_terminal(&env, &["db", "drop"], &format!("{database}\n"));
    assert_eq!(code, 0, "{shown}");
    assert!(!is_there(&database));
}

#[test]
fn several_databases_need_one_named() {
    let env = project()
        .config("[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:b.db\"\n")
        .build();
    env.run(&["db", "create"]).ok();
    for command in ["drop", "reset", "shell"] {
        assert_eq!(env.run(&["db", command]).code(), Some(64));
    }
    assert_snapshot!(env.run(&["db", "drop", "--yes"]), @"
    ------- stderr -------
    error: db drop with several databases needs one of them named
    hint: add --database with one of: a, b
    [exit status: 64]
    ");
    env.run(&["db", "drop", "--yes", "-d", "b"]).ok();
    assert!(env.path("a.db").exists() && !env.path("b.db").exists());
}

/// A session of psql, which ends with its input.
fn visit(env: &TestEnvironment, url: &str) -> (Child, ChildStdin) {
    let mut psql = env.program(postgres().program("psql"));
    let mut psql = psql
        .args(["-XqAt", "-d", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = psql.stdin.take().unwrap();
    writeln!(input, "SELECT 'here';").unwrap();
    let mut line = String::new();
    BufReader::new(psql.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (psql, input)
}

#[test]
fn a_database_in_use_is_dropped_by_force_only() {
    let url = postgres().create_database();
    let env = with_keys(&url, "");
    let (mut psql, input) = visit(&env, &url);
    insta::with_settings!({filters => [(r"process \d+", "process $$PID")]}, {
        assert_snapshot!(env.run(&["db", "drop", "--yes"]), @"
        ------- stderr -------
        error: database app is in use
          psql as limbeck from 127.0.0.1/32 (process $PID)
        hint: --force drops it all the same; a server disconnects them
        [exit status: 3]
        ");
    });
    env.run(&["db", "drop", "--yes", "--force"]).ok();
    assert!(!is_there(url.rsplit_once('/').unwrap().1));
    drop(input);
    psql.wait().unwrap();
}

/// The server hides from a role without rights what other roles' sessions are.
#[test]
fn sessions_of_other_roles_are_seen_without_rights() {
    let (owner, visitor) = (role("CREATEDB"), role(""));
    let database = name("visited");
    postgres().psql("postgres", &format!("CREATE DATABASE {database} OWNER {owner}"));
    let mut env = with_revision(&url_of(&owner, &database));
    env.replace(&visitor, "$VISITOR");
    let (mut psql, input) = visit(&env, &url_of(&visitor, &database));
    insta::with_settings!({filters => [(r"process \d+", "process $$PID")]}, {
        assert_snapshot!(env.run(&["db", "drop", "--yes"]), @"
        ------- stderr -------
        error: database app is in use
          psql as $VISITOR (process $PID)
        hint: --force drops it all the same; a server disconnects them
        [exit status: 3]
        ");
        assert_snapshot!(env.run(&["db", "reset", "--yes"]), @"
        ------- stderr -------
        error: database app is in use
          psql as $VISITOR (process $PID)
        hint: --force drops it all the same; a server disconnects them
        [exit status: 3]
        ");
    });
    drop(input);
    psql.wait().unwrap();
    env.run(&["db", "drop", "--yes"]).ok();
}

/// MySQL drops a database under its users, and shows those only to the privilege PROCESS.
#[test]
fn mariadb_says_that_others_may_be_hidden() {
    let url = mariadb().create_database();
    let database = url.rsplit_once('/').unwrap().1.to_owned();
    let owner = name("owner");
    mariadb().sql("mysql", &format!(
        "CREATE USER {owner}@'127.0.0.1' IDENTIFIED BY 'hush-hush'; GRANT ALL ON {database}.* TO {owner}@'127.0.0.1'"
    ));
    let port = url.rsplit([':', '/']).nth(1).unwrap();
    let mut visitor = Command::new("mariadb")
        .args(["--no-defaults", "-h127.0.0.1", "-P", port, "-ulimbeck", "-phush-hush"])
        .args(["-N", "--unbuffered", "-e", "SELECT 'here'; SELECT SLEEP(60)", &database])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(visitor.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "here\n");
    let env = with_revision(&url.replace("limbeck:", &format!("{owner}:")));
    let output = env.run(&["db", "drop", "--yes"]);
    assert_eq!(output.code(), Some(0), "{output}");
    // Those of other tests count as well.
    let hidden = output
        .stderr
        .split_once(" on this server)")
        .and_then(|(before, _)| before.rsplit_once('(')?.1.parse::<u32>().ok());
    assert!(hidden.is_some_and(|hidden| hidden >= 1), "{output}");
    visitor.kill().unwrap();
    visitor.wait().unwrap();
}

#[test]
fn a_sqlite_file_that_a_run_works_on_stays() {
    let env = project().file("app.db", "").build();
    let mut sqlite = env.program("sqlite3");
    let mut holder = sqlite
        .arg(env.path("app.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = holder.stdin.take().unwrap();
    writeln!(input, "CREATE TABLE mine (id);\nBEGIN IMMEDIATE;\n.print held").unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_snapshot!(env.run(&["db", "drop", "--yes"]), @"
    ------- stderr -------
    error: database app is in use
      another program that reads or writes
    hint: --force drops it all the same; a server disconnects them
    [exit status: 3]
    ");
    drop(input);
    holder.wait().unwrap();
    env.run(&["db", "drop", "--yes"]).ok();
    assert!(!env.path("app.db").exists());
}

fn with_revision(url: &str) -> TestEnvironment {
    let mut env = project().url(url).revision(revision("a1", &[])).build();
    env.replace_location(url);
    env
}

#[test]
fn reset_keeps_owner_encoding_settings_and_rights() {
    let (owner, reader) = (role("CREATEDB"), role(""));
    let database = name("shaped");
    postgres().psql("postgres", &format!(
        "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 17"
    ));
    for sql in [
        format!("ALTER DATABASE {database} SET search_path TO \"Odd one\", public"),
        format!("ALTER DATABASE {database} SET work_mem TO '5MB'"),
        format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        format!("GRANT CONNECT ON DATABASE {database} TO {reader}"),
        format!("COMMENT ON DATABASE {database} IS 'it''s ours'"),
    ] {
        postgres().psql("postgres", &sql);
    }
    postgres()
        .psql(&database, "CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE TABLE gone (id int)");
    let env = with_revision(&url_of(&owner, &database));
    let shape = format!(
        "SELECT datdba::regrole, encoding, datcollate, datctype, datconnlimit, datacl, s.setconfig, \
         shobj_description(d.oid, 'pg_database') FROM pg_database d \
         LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = '{database}'"
    );
    let before = postgres().psql("postgres", &shape);
    let mut env = env;
    env.replace(&owner, "$OWNER");
    assert_snapshot!(env.run(&["db", "reset", "--yes"]), @"
    ------- stderr -------
    dropped $DATABASE
    created $DATABASE
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(postgres().psql("postgres", &shape), before);
    assert_eq!(
        query(
            &env,
            &postgres().url(&database),
            "SELECT to_regclass('public.t_a1'), to_regclass('public.gone')"
        ),
        "t_a1|\n"
    );
}

#[test]
fn reset_does_not_drop_what_it_cannot_make_again() {
    let owner = role("");
    let database = name("kept");
    postgres().psql("postgres", &format!("CREATE DATABASE {database} OWNER {owner}"));
    let mut env = with_revision(&url_of(&owner, &database));
    env.replace(&owner, "$OWNER");
    assert_snapshot!(env.run(&["db", "reset", "--yes"]), @"
    ------- stderr -------
    error: database app: role $OWNER could drop the database, but not create it again for its owner $OWNER
      --> postgresql://$OWNER:***@$HOST/$DATABASE
    hint: role $OWNER may not create databases; --admin-url names somebody who may, or a superuser allows it: ALTER ROLE $OWNER CREATEDB;
    [exit status: 1]
    ");
    assert!(is_there(&database));
    // Nor when the upgrade could not begin.
    let url = postgres().create_database();
    let env = project().url(&url).revision(revision("a1", &[]).upgrade("COMMIT;")).build();
    assert_eq!(env.run(&["db", "reset", "--yes"]).code(), Some(78));
    assert!(is_there(url.rsplit_once('/').unwrap().1));
}

#[test]
fn reset_of_sqlite_and_mariadb() {
    for url in ["sqlite:app.db".to_owned(), mariadb().create_database()] {
        let env = with_revision(&url);
        env.run(&["upgrade"]).ok();
        env.run(&["db", "exec", "INSERT INTO t_a1 VALUES (1)"]).ok();
        env.run(&["db", "reset", "--yes"]).ok();
        assert_eq!(query(&env, &url, "SELECT count(*) FROM t_a1"), "0\n");
        assert!(env.run(&["current"]).ok().contains("a1 (head)"));
    }
}

#[test]
fn a_protected_database_is_protected_by_every_name() {
    let env = project()
        .config(
            "[databases.prod]\nurl = \"sqlite:app.db\"\nbranches = [\"a\"]\nprotected = true\n\
             [databases.other]\nurl = \"sqlite:none.db\"\nversion_table = \"other_version\"\n",
        )
        .revision(revision("a1", &[]).label("a"))
        .build();
    env.run(&["upgrade", "-d", "prod"]).ok();
    assert_snapshot!(env.run(&["db", "drop", "-d", "other", "--yes", "--url", "sqlite:./app.db"]), @"
    ------- stderr -------
    error: database prod is protected: `db drop` is refused
    hint: `protected = true` of [databases.prod] forbids it; take that out first
    [exit status: 64]
    ");
    assert!(env.path("app.db").exists());
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let env = project().config("[databases.app]\nurl = \"sqlite:plain.txt\"\n").build();
    env.write("plain.txt", "a letter");
    let output = env.run(&["db", "drop", "--yes"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(env.read("plain.txt"), "a letter");
}

#[test]
fn the_databases_of_a_server_itself_are_left_alone() {
    for url in [postgres().url("postgres"), "mysql://root@127.0.0.1:1/mysql".to_owned()] {
        let env = project().url(&url).build();
        for command in ["drop", "reset"] {
            let output = env.run(&["db", command, "--yes"]);
            assert_eq!(output.code(), Some(64), "{output}");
            assert!(output.stderr.contains("belongs to the server"), "{output}");
        }
    }
}

/// What the upgrade of the empty database would need elsewhere is asked before anything is dropped.
#[test]
fn reset_looks_first_for_what_it_needs_of_other_databases() {
    for other in ["sqlite:a.db", "sqlite:no/such/directory/a.db"] {
        let config = |a: &str| {
            format!(
                "[databases.a]\nurl = \"{a}\"\nbranches = [\"aa\"]\n\
                 [databases.b]\nurl = \"sqlite:b.db\"\nbranches = [\"bb\"]\n"
            )
        };
        let env = project()
            .config(config("sqlite:a.db"))
            .revision(revision("a1", &[]).label("aa"))
            .revision(revision("b1", &[]).label("bb"))
            .build();
        env.run(&["upgrade"]).ok();
        env.run(&["db", "exec", "-d", "b", "INSERT INTO t_b1 VALUES (1)"]).ok();
        for (id, down, needs) in [("a2", "a1", ""), ("b2", "b1", "depends_on = [\"a2\"]\n")] {
            let text = format!(
                "/*---\nmessage = \"{id}\"\nrevision = \"{id}\"\ndown_revision = \"{down}\"\n{needs}---*/\n\
                 --- upgrade\nSELECT 1;\n--- downgrade\nSELECT 1;\n"
            );
            env.write(format!("versions/{id}_x.sql"), text);
        }
        env.write("limbeck.toml", config(other));
        let output = env.run(&["db", "reset", "-d", "b", "--yes"]);
        assert_eq!(output.code(), Some(4), "{output}");
        assert!(output.stderr.contains("revision b2 needs a2 on database a"), "{output}");
        assert!(!output.stderr.contains("dropped"), "{output}");
        assert_eq!(query(&env, "sqlite:b.db", "SELECT count(*) FROM t_b1"), "1\n");
    }
}
