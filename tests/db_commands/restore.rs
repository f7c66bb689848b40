//! `db restore`, `db list-backups`, `upgrade --backup`.

use std::fs;
use std::process::Command;

use crate::support::{RevisionFile, TestEnvironment, mariadb, postgres, project, query, revision};

/// What a database of each kind can hold, and a revision that fails behind it.
fn shop(kind: &str) -> Vec<RevisionFile> {
    let (schema, rows) = match kind {
        "postgres" => (
            "CREATE TABLE orders (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
             CREATE TABLE orders_2026_01 PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
             CREATE TABLE orders_rest PARTITION OF orders DEFAULT;
             CREATE TYPE mood AS ENUM ('well', 'ill');
             CREATE SEQUENCE numbers START 7;
             CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS $$ SELECT n * 2 $$;",
            "INSERT INTO orders SELECT n, date '2026-01-20' + n FROM generate_series(1, 30) n;
             CREATE VIEW big AS SELECT * FROM orders WHERE id > 10;
             CREATE MATERIALIZED VIEW per_day AS SELECT at, count(*) AS n FROM big GROUP BY at;
             CREATE UNIQUE INDEX per_day_at ON per_day (at);
             COMMENT ON VIEW big IS 'it''s big';",
        ),
        // Without views: other tests look whether the server has any.
        "mariadb" => (
            "CREATE TABLE orders (id bigint PRIMARY KEY, at date NOT NULL, note varchar(40) DEFAULT 'it''s');
             CREATE TABLE parts (id bigint PRIMARY KEY, of_order bigint, FOREIGN KEY (of_order) REFERENCES orders (id));",
            "INSERT INTO orders (id, at) VALUES (1, '2026-01-20'), (2, '2026-01-21');
             INSERT INTO parts VALUES (1, 2);",
        ),
        _ => (
            "CREATE TABLE orders (id integer PRIMARY KEY, at text NOT NULL, note text DEFAULT 'it''s');
             CREATE INDEX orders_at ON orders (at);",
            "INSERT INTO orders (at) VALUES ('2026-01-20'), ('2026-01-21');
             CREATE VIEW big AS SELECT id, at FROM orders WHERE id > 1;",
        ),
    };
    vec![
        revision("a1", &[]).upgrade(schema),
        revision("a2", &["a1"]).upgrade(rows),
        revision("a3", &["a2"]).upgrade("CREATE TABLE a3 (n integer); DELETE FROM orders;"),
        revision("a4", &["a3"]).upgrade("INSERT INTO no_such_table VALUES (1);"),
    ]
}

/// All that is in a database, as its own program writes it.
fn dump(env: &TestEnvironment, url: &str) -> String {
    let mut command = if url.starts_with("mysql") {
        let mut command = env.program("mariadb-dump");
        let (rest, database) = url.rsplit_once('/').unwrap();
        let (user, place) = rest.trim_start_matches("mysql://").split_once('@').unwrap();
        let (user, password) = user.split_once(':').unwrap();
        let (host, port) = place.split_once(':').unwrap();
        command.env("MYSQL_PWD", password);
        command.args([
            "--skip-dump-date",
            "--skip-comments",
            "--protocol=TCP",
            "-h",
            host,
            "-P",
            port,
        ]);
        command.args(["-u", user, database]);
        command
    } else if let Some(path) = url.strip_prefix("sqlite:") {
        let mut command = Command::new("sqlite3");
        command.arg(env.path(path)).arg(".dump");
        command
    } else {
        let mut command = Command::new(postgres().program("pg_dump"));
        command.arg(format!("--dbname={url}"));
        command
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // A word that is new each time.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.collect::<Vec<_>>().join("\n")
}

fn kinds() -> [(&'static str, String); 3] {
    [
        ("postgres", postgres().create_database()),
        ("mariadb", mariadb().create_database()),
        ("sqlite", "sqlite:app.db".to_owned()),
    ]
}

fn environment(kind: &str, url: &str) -> TestEnvironment {
    let env = shop(kind).into_iter().fold(project().url(url), |project, one| project.revision(one));
    let env = env.build();
    fs::create_dir(env.path("backups")).unwrap();
    env
}

/// The one file in `backups`; what is shown of its name is not the whole of it.
fn only_backup(env: &TestEnvironment) -> String {
    let files = env.files("backups");
    let [file] = files.as_slice() else { panic!("{files:?}") };
    format!("backups/{file}")
}

#[track_caller]
fn code(env: &TestEnvironment, arguments: &[&str], code: i32) -> String {
    let output = env.run(arguments);
    assert_eq!(output.code(), Some(code), "{output}");
    output.to_string()
}

#[test]
fn the_command_that_is_told_brings_back_what_was_there() {
    for (kind, url) in kinds() {
        let env = environment(kind, &url);
        code(&env, &["upgrade", "a2"], 0);
        let before = dump(&env, &url);
        let said = code(&env, &["upgrade", "--backup=backups"], 1);
        assert_ne!(dump(&env, &url), before, "{kind}: {said}");
        let told =
            said.lines().find_map(|line| line.strip_prefix("to have app as it was: limbeck "));
        let file = only_backup(&env);
        let mut told: Vec<&str> = told.unwrap().split(' ').collect();
        assert!(told.pop().unwrap().contains("_a2_"), "{kind}: {said}");
        told.push(&file);
        // Nobody is there to be asked.
        code(&env, &told, 64);
        told.push("--yes");
        let said = code(&env, &told, 0);
        assert!(said.contains("restored, at a2"), "{kind}: {said}");
        assert_eq!(dump(&env, &url), before, "{kind}");
        code(&env, &["status"], 0);
    }
}

#[test]
fn what_has_nothing_to_do_is_not_backed_up() {
    let env = environment("sqlite", "sqlite:app.db");
    // There is nothing to back up yet.
    code(&env, &["upgrade", "--backup=backups", "a2"], 0);
    code(&env, &["upgrade", "--backup=backups", "a2"], 0);
    assert_eq!(env.files("backups"), [""; 0]);
    // One that cannot be made keeps everything from being done.
    let said = code(&env, &["upgrade", "--backup=nowhere"], 1);
    assert!(said.contains("nowhere"), "{said}");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT version_num FROM alembic_version"), "a2\n");
}

#[test]
fn only_what_is_empty_is_restored_into() {
    for (kind, url) in kinds() {
        let env = environment(kind, &url);
        code(&env, &["upgrade", "a2"], 0);
        code(&env, &["db", "backup", "-o", "backups"], 0);
        let file = &only_backup(&env);
        let before = dump(&env, &url);
        let said = code(&env, &["db", "restore", file], 64);
        assert!(said.contains("database app is not empty: "), "{kind}: {said}");
        assert_eq!(dump(&env, &url), before, "{kind}");
        code(&env, &["db", "drop", "--yes"], 0);
        // What is not there is made.
        let said = code(&env, &["db", "restore", file], 0);
        assert!(said.contains("restored, at a2"), "{kind}: {said}");
        assert_eq!(dump(&env, &url), before, "{kind}");
    }
}

#[test]
fn a_protected_database_is_not_replaced() {
    let env = environment("sqlite", "sqlite:app.db");
    code(&env, &["upgrade", "a2"], 0);
    code(&env, &["db", "backup", "-o", "backups/app_a2_20260101T000000Z.db"], 0);
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("{config}protected = true\n"));
    let file = "backups/app_a2_20260101T000000Z.db";
    let said = code(&env, &["db", "restore", "--replace", "--yes", file], 64);
    assert!(said.contains("is protected"), "{said}");
    fs::remove_file(env.path("app.db")).unwrap();
    code(&env, &["db", "restore", file], 0);
    // Its name is a promise.
    fs::rename(env.path(file), env.path("backups/app_a1_20260101T000000Z.db")).unwrap();
    fs::remove_file(env.path("app.db")).unwrap();
    let said = code(&env, &["db", "restore", "backups/app_a1_20260101T000000Z.db"], 1);
    assert!(said.contains("its name says a1, and the database is at a2 now"), "{said}");
}

#[test]
fn what_is_no_backup_is_refused_before_anything_is_touched() {
    for (kind, url) in kinds() {
        let env = environment(kind, &url);
        code(&env, &["upgrade", "a2"], 0);
        let before = dump(&env, &url);
        code(&env, &["db", "backup", "-o", "backups"], 0);
        let file = &only_backup(&env);
        let whole = fs::read(env.path(file)).unwrap();
        let cut = if kind == "sqlite" { whole.len() - 4096 } else { whole.len() / 3 };
        env.write("cut", &whole[..cut]);
        env.write("empty", "");
        env.write("text", "CREATE TABLE t (n integer);\n");
        for (wrong, status) in [
            ("cut", 1),
            ("empty", if kind == "mariadb" { 1 } else { 64 }),
            ("text", if kind == "mariadb" { 1 } else { 64 }),
            ("none", 1),
        ] {
            let output = env.run(&["db", "restore", "--replace", "--yes", wrong]);
            assert_eq!(output.code(), Some(status), "{kind} {wrong}: {output}");
            assert_eq!(dump(&env, &url), before, "{kind} {wrong}");
        }
    }
}

#[test]
fn backups_are_listed() {
    let env = environment("sqlite", "sqlite:app.db");
    code(&env, &["upgrade", "a2"], 0);
    let said = code(&env, &["db", "list-backups", "backups"], 0);
    assert!(said.contains("there is no backup in backups"), "{said}");
    for name in [
        "app_a1+b1_20260101T000000Z.db",
        "app_a2_20260102T000000Z.db",
        "other_a2_20260102T000000Z.db",
        "README",
    ] {
        env.write(format!("backups/{name}"), "x");
    }
    insta::assert_snapshot!(env.run(&["db", "list-backups", "backups"]), @"
    database  made                  heads  bytes  file
    --------  --------------------  -----  -----  -------------------------------------
    app       2026-01-02T00:00:00Z  a2         1  backups/app_a2_20260102T000000Z.db
    app       2026-01-01T00:00:00Z  a1+b1      1  backups/app_a1+b1_20260101T000000Z.db
    ------- stderr -------
    [exit status: 0]
    ");
    let json = code(&env, &["db", "list-backups", "backups", "--json"], 0);
    assert!(json.contains("\"heads\": \"a1+b1\""), "{json}");
}
