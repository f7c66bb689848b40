//! Scratch databases go, whatever happens; the configured one stays as it is.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{
    TestEnvironment, assert_no_scratch_on_mariadb, assert_no_scratch_on_postgres, mariadb,
    postgres, project, query, revision,
};

/// Everything that a program can see of the database.
fn dump(name: &str) -> String {
    let mut command = Command::new(postgres().program("pg_dump"));
    command.args(["--no-owner", &postgres().socket_url(name)]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // Of newer versions these are different words each time.
    text.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_configured_database_is_not_changed() {
    let url = postgres().create_database();
    let name = url.rsplit('/').next().unwrap();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]))
        .revision(
            revision("b2", &["a1"])
                .upgrade("CREATE TABLE b (id integer);\nINSERT INTO t_a1 VALUES (1);")
                .downgrade("DROP TABLE b;"),
        )
        .revision(revision("c3", &["b2"]).upgrade("SELECT 1 / 0;").downgrade("SELECT 1;"))
        .build();
    // Nothing at all is made, no journal and no version table.
    let before = dump(name);
    assert_eq!(env.run(&["verify"]).code(), Some(1));
    assert_eq!(dump(name), before);
    env.run(&["upgrade", "a1"]).ok();
    let before = dump(name);
    assert_eq!(env.run(&["verify"]).code(), Some(1));
    assert_eq!(env.run(&["verify", "--all", "--json"]).code(), Some(1));
    assert_eq!(dump(name), before);
}

#[test]
fn a_file_is_not_changed_and_one_that_is_missing_stays_away() {
    let env = project().revision(revision("a1", &[])).revision(revision("b2", &["a1"])).build();
    env.run(&["verify"]).ok();
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql", "versions/b2_x.sql"]);
    env.run(&["upgrade", "a1"]).ok();
    let before = std::fs::read(env.path("app.db")).unwrap();
    env.run(&["verify", "--all"]).ok();
    assert_eq!(std::fs::read(env.path("app.db")).unwrap(), before);
    assert_eq!(std::fs::read_dir(env.path("../tmp")).unwrap().count(), 0);
}

fn slow(url: &str, sleep: &str) -> TestEnvironment {
    project()
        .url(url)
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]).upgrade(sleep).downgrade("SELECT 1;"))
        .revision(revision("c3", &["b2"]))
        .build()
}

/// Waits until `sql` gives something else than `0`.
fn await_one(env: &TestEnvironment, url: &str, sql: &str) {
    let started = Instant::now();
    while query(env, url, sql).trim() == "0" {
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_signal_leaves_no_scratch_database() {
    let postgres_url = postgres().create_database();
    let mariadb_url = mariadb().create_database();
    for (url, sleep, running, assert_none_left) in [
        (
            postgres_url,
            "SELECT pg_sleep(2);",
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid() AND \
             datname LIKE 'limbeck\\_scratch\\_%'",
            assert_no_scratch_on_postgres as fn(),
        ),
        (
            mariadb_url,
            "SELECT sleep(2);",
            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%sleep(2)%' AND id <> connection_id()",
            assert_no_scratch_on_mariadb,
        ),
    ] {
        let env = slow(&url, sleep);
        let child = env
            .command(&["verify"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        await_one(&env, &url, running);
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(9), "{output:?}");
        assert_none_left();
    }
}

#[test]
fn who_may_not_make_databases_lends_one() {
    let own = postgres().create_owned_database();
    let mut env = project().url(own.url()).revision(revision("a1", &[])).build();
    env.replace(&own.user, "$USER");
    assert_snapshot!(env.run(&["verify"]), @r#"
    ------- stderr -------
    app: 1 revision up, down and up again
    error: database app: no scratch database can be made: permission denied to create database
    hint: --scratch-url URL (or LIMBECK_SCRATCH_URL) names an empty database, which is emptied again
    hint: or a superuser allows it: ALTER ROLE "$USER" CREATEDB;
    [exit status: 78]
    "#);
    let lent = format!("{}_lent", own.name);
    postgres().psql("postgres", &format!("CREATE DATABASE {lent} OWNER {}", own.user));
    let place = format!("{}_lent", own.url());
    let output = env.run(&["verify", "--scratch-url", &place]);
    assert_eq!(output.code(), Some(0), "{output}");
    // What is left of a revision that fails goes too, and what a downgrade has forgotten.
    env.write(
        "versions/b2_x.sql",
        revision("b2", &["a2"]).upgrade("CREATE SCHEMA more;\nSELECT 1 / 0;").text(),
    );
    let others = "CREATE COLLATION mine (provider = icu, locale = 'de');\nCREATE TYPE pair AS RANGE (subtype = integer);\n\
                  CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);\nCREATE PUBLICATION news;\n\
                  CREATE CAST (pair AS text) WITH INOUT;";
    env.write(
        "versions/a2_x.sql",
        revision("a2", &["a1"]).upgrade(others).downgrade("SELECT 1;").text(),
    );
    env.set("LIMBECK_SCRATCH_URL", &place);
    let output = env.run(&["verify"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stdout.contains("the upgrade of b2 fails: division by zero"), "{output}");
    for left in ["cast from pair to text", "collation mine", "publication news", "type public.pair"]
    {
        assert!(output.stdout.contains(&format!("  {left} is left behind\n")), "{left}\n{output}");
    }
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(query(&env, &place, tables), "0\n");
    query(&env, &place, "CREATE TABLE mine (id integer)");
    let output = env.run(&["verify"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("is not empty: table public.mine"), "{output}");
    let output = env.run(&["verify", "--scratch-url", &own.url()]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("is the database app"), "{output}");
}

/// What names the configured database on the same server would change it.
#[test]
fn nothing_reaches_into_a_configured_database() {
    let [postgres_url, mariadb_url] = [postgres().create_database(), mariadb().create_database()];
    for url in ["sqlite:app.db", &postgres_url, &mariadb_url] {
        let name = url.rsplit('/').next().unwrap();
        let (statement, words) = match url.split(':').next().unwrap() {
            "sqlite" => ("ATTACH 'app.db' AS other;".to_owned(), "ATTACH leads out of"),
            "postgres" => {
                (format!("ALTER DATABASE {name} SET work_mem = '5MB';"), "names the database")
            }
            _ => (format!("CREATE TABLE `{name}`.mine (id integer);"), "names the database"),
        };
        let env = project()
            .url(url)
            .revision(revision("a1", &[]).with("transaction = false").upgrade(&statement))
            .build();
        let output = env.run(&["verify"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stdout.contains(words), "{output}");
        assert!(output.stdout.contains("--> versions/a1_x.sql:12:1"), "{output}");
    }
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'mine'";
    assert_eq!(query(&project().build(), &mariadb_url, tables), "0\n");
}
