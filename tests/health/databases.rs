//! Databases that are well, and databases that are not, each in its own way.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::{TestEnvironment, postgres, project, query, revision};

/// Marks, names and messages of `health`, without what differs between runs.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

pub(crate) fn json(env: &TestEnvironment, arguments: &[&str]) -> serde_json::Value {
    let output = env.run(arguments);
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

/// The states of all databases, as `name state` in the order they are told in.
pub(crate) fn states(json: &serde_json::Value) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    json["databases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| format!("{} {}", text(&d["database"]), text(&d["state"])))
        .collect()
}

fn config(databases: &[(&str, &str, &str)]) -> String {
    databases
        .iter()
        .map(|(name, url, more)| format!("[databases.{name}]\nurl = \"{url}\"\n{more}\n"))
        .collect()
}

/// A server that accepts connections and never says a word.
fn silent_server() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://app:hush-hush@{}/app", listener.local_addr().unwrap());
    (listener, url)
}

fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn health_tells_of_every_database_in_its_own_words() {
    let server = postgres();
    let good = server.create_database();
    let behind = server.create_database();
    let ahead = server.create_database();
    let wrong = server.create_database().replace("hush-hush", "hunter2");
    let missing = server.url("no_such_database");
    let down = format!("postgres://app@127.0.0.1:{}/app", closed_port());
    let (_silent, hanging) = silent_server();
    let expecting = "health = { min_tables = 2, tables = [\"public.t_a1\", \"t_b1\"] }";
    let env = project()
        .config(config(&[
            ("good", &good, expecting),
            ("behind", &behind, expecting),
            ("ahead", &ahead, ""),
            ("wrong", &wrong, ""),
            ("missing", &missing, ""),
            ("down", &down, ""),
            ("hanging", &hanging, "health = { timeout = 1 }"),
        ]))
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]))
        .build();
    env.run(&["upgrade", "-d", "good", "-d", "ahead"]).ok();
    env.run(&["upgrade", "a1", "-d", "behind"]).ok();
    query(&env, &ahead, "UPDATE alembic_version SET version_num = 'z9'");

    let began = Instant::now();
    let output = env.run(&["health"]);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(output.code(), Some(7), "{output}");
    let text = output.stdout.clone();
    for line in [
        "✓ good: 2 tables (expected 2+)",
        "✓ good: critical tables are there: public.t_a1, t_b1",
        "✓ good: at b1 (head), 2 applied",
        "✗ behind: 1 table (expected 2+)",
        "✗ behind: critical table t_b1 is missing",
        "✗ behind: 1 pending: b1; at a1, 1 of 2 applied",
        "  try: limbeck upgrade -d behind",
        "✗ ahead: at z9, which no file declares: a newer release, or another checkout, has been here",
        "1 of 7 databases are well",
    ] {
        assert!(lines(&text).contains(&line), "{line}\n{text}");
    }
    for (start, part) in [
        ("✗ wrong: ", "password"),
        ("✗ missing: ", "no_such_database"),
        ("✗ down: ", "refused"),
        // Whether limbeck or its client library gives up first: both have a second.
        ("✗ hanging: ", "no answer "),
    ] {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap();
        assert!(line.contains(part), "{line}");
    }
    assert!(!format!("{output}").contains("hunter2"), "{output}");

    let expected = [
        "good ok",
        "behind pending",
        "ahead ahead",
        "wrong unreachable",
        "missing missing",
        "down unreachable",
        "hanging unreachable",
    ];
    let health = json(&env, &["health", "--json"]);
    assert_eq!(states(&health), expected);
    assert_eq!(health["healthy"], false);
    assert_eq!(health["exit_code"], 7);
    assert_eq!(health["databases"][1]["problems"], serde_json::json!(["pending", "tables"]));
    assert_eq!(states(&json(&env, &["status", "--json"])), expected);

    // Each by itself has the status of what is wrong with it.
    for (name, code) in [
        ("good", 0),
        ("behind", 2),
        ("ahead", 4),
        ("wrong", 8),
        ("missing", 8),
        ("down", 8),
        ("hanging", 8),
    ] {
        let output = env.run(&["health", "-q", "-d", name]);
        assert_eq!(output.code(), Some(code), "{output}");
        assert_eq!(output.stdout.is_empty(), code == 0, "{output}");
        let output = env.run(&["status", "--check", "-d", name]);
        assert_eq!(output.code(), Some(code), "{output}");
        let reads = if code == 8 { 8 } else { 0 };
        assert_eq!(env.run(&["status", "-d", name]).code(), Some(reads));
    }
}

#[test]
fn a_mysql_server_that_is_silent_or_another_one_is_named_with_what_it_does() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let foreign = TcpListener::bind("127.0.0.1:0").unwrap();
    let [silent_at, foreign_at] = [&silent, &foreign].map(|it| it.local_addr().unwrap());
    // It says so to whoever comes, for as long as the test lasts.
    drop(std::thread::spawn(move || {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = foreign.accept() {
            drop(stream.write_all(b"220 mail.example.com ready\r\n"));
            open.push(stream);
        }
    }));
    let url = |at| format!("mysql://me:hush-hush@{at}/app");
    let brief = "health = { timeout = 1 }";
    let env = project()
        .config(config(&[
            ("silent", &url(silent_at), brief),
            ("foreign", &url(foreign_at), brief),
            ("leased", &url(foreign_at).replace("/app", "/other"), "lock = \"lease\""),
        ]))
        .build();
    let output = env.run(&["health"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stdout.starts_with(&format!("✗ silent: me@{silent_at}/app: no answer within ")));
    for line in [
        "  try: limbeck wait -d silent".to_owned(),
        format!("✗ foreign: me@{foreign_at}/app: what answers there is no MySQL or MariaDB server"),
        "  try: limbeck config show".to_owned(),
        "✗ leased: lock = \"lease\" is for PostgreSQL behind a pooler; on MySQL use \"session\""
            .to_owned(),
    ] {
        assert!(lines(&output.stdout).contains(&line.as_str()), "{line}\n{output}");
    }
    let status = json(&env, &["status", "--json"]);
    assert_eq!(
        states(&status),
        ["silent unreachable", "foreign unreachable", "leased unconfigured"]
    );
    assert_eq!(status["errors"][1]["cause"], "not_a_server", "{status}");
    assert_eq!(env.run(&["health", "-d", "leased"]).code(), Some(78));
    let output = env.run(&["config", "check", "-d", "leased"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stdout.starts_with("limbeck.toml:9:8: database `leased`: lock"), "{output}");
}

#[test]
fn every_command_says_where_the_place_of_a_server_is_from() {
    let down = format!("postgres://app@127.0.0.1:{}/app", closed_port());
    let env = project().config(config(&[("down", &down, "")])).build();
    let hint = "Host and port are from `url` (limbeck.toml:2)";
    let waits = ["wait", "--timeout", "0"];
    for arguments in [&["current"][..], &["status"], &waits] {
        let output = env.run(arguments);
        assert_eq!(output.code(), Some(8), "{output}");
        assert!(output.stderr.contains(hint), "{output}");
    }
}

#[test]
fn health_fails_on_what_it_is_told_to() {
    let env = project().revision(revision("a1", &[])).build();
    let code = |words: &str| env.run(&["health", "--fail-on", words]).code();
    assert_eq!(code("pending"), Some(2));
    assert_eq!(code("failed,edited,unreachable"), Some(0));
    let down = ["health", "--fail-on", "pending", "--url", "postgresql://me@127.0.0.1:1/x"];
    assert_eq!(env.run(&down).code(), Some(8), "nobody knows whether anything is pending");
    assert_eq!(code("drift"), Some(64));
    assert_eq!(code("pendign"), Some(64));
    let output = env.run(&["health", "--fail-on", "drift"]);
    assert!(output.stderr.contains("not checked by this version"), "{output}");
    let output = env.run(&["health", "--fail-on", "failed"]);
    assert!(output.stdout.contains("! app: 1 pending: a1"), "{output}");
    assert!(!env.path("app.db").exists(), "health has made a database");
}

#[test]
fn health_tells_of_long_transactions_and_of_a_run_at_work() {
    let url = postgres().create_database();
    let more = "health = { long_locks = 1 }";
    let env = project()
        .config(config(&[("app", &url, more)]))
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);"))
        .revision(revision("b1", &["a1"]).upgrade(
            "DO $$ BEGIN\nFOR i IN 1..6000 LOOP\nEXIT WHEN EXISTS (SELECT FROM t);\n\
             PERFORM pg_sleep(0.02);\nEND LOOP;\nEND $$;",
        ))
        .build();
    env.run(&["upgrade", "a1"]).ok();
    // It goes on until it is told to end, however long looking takes.
    let mut run = env.command(&["upgrade"]).spawn().unwrap();
    let state = loop {
        let health = json(&env, &["health", "--json", "--fail-on", "locked"]);
        if health["databases"][0]["state"] == "locked" && health["exit_code"] == 3 {
            break health;
        }
        assert!(run.try_wait().unwrap().is_none(), "the run ended before it was told to: {health}");
        std::thread::sleep(Duration::from_millis(50));
    };
    let database = &state["databases"][0];
    assert!(database["lock_holder"].as_str().unwrap().contains("limbeck process"), "{state}");
    assert_eq!(database["long_locks"][0]["kind"], "open-transaction", "{state}");
    query(&env, &url, "INSERT INTO t VALUES (1)");
    assert!(run.wait().unwrap().success());
    assert_eq!(json(&env, &["health", "--json"])["databases"][0]["state"], "ok");
}

#[test]
fn health_tells_of_failed_and_half_done_steps_and_of_edited_files() {
    for url in ["sqlite:app.db".to_owned(), postgres().create_database()] {
        let env = project()
            .url(&url)
            .revision(revision("a1", &[]))
            .revision(revision("b1", &["a1"]).upgrade("SELECT nonsense FROM nowhere;"))
            .build();
        assert_eq!(env.run(&["upgrade"]).code(), Some(1));
        let output = env.run(&["health"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stdout.contains("✗ app: upgrade of b1 failed "), "{output}");
        assert!(output.stdout.contains("nowhere"), "{output}");
        assert!(output.stdout.contains("  try: limbeck upgrade -d app"), "{output}");
        let status = json(&env, &["status", "--json"]);
        assert_eq!(states(&status), ["app failed"]);
        assert_eq!(status["databases"][0]["last_run"]["failed"], true);
        // Half of it is done.
        let halves = "CREATE TABLE half (x int);\nSELECT nonsense FROM nowhere;";
        let half = revision("b1", &["a1"]).with("transaction = false").upgrade(halves);
        env.write("versions/b1_x.sql", half.text());
        assert_eq!(env.run(&["upgrade"]).code(), Some(1));
        let output = env.run(&["health"]);
        assert!(output.stdout.contains("failed at statement 2 of 2"), "{output}");
        // Mended.
        let whole = halves.replace("SELECT nonsense FROM nowhere", "SELECT 1");
        let whole = revision("b1", &["a1"]).with("transaction = false").upgrade(&whole);
        env.write("versions/b1_x.sql", whole.text());
        env.run(&["upgrade"]).ok();
        assert_eq!(env.run(&["health"]).code(), Some(0));
        // Edited after it was applied.
        env.write(
            "versions/a1_x.sql",
            revision("a1", &[]).upgrade("CREATE TABLE other (x int);").text(),
        );
        let output = env.run(&["health"]);
        assert_eq!(output.code(), Some(4), "{output}");
        assert!(output.stdout.contains("✗ app: a1 was edited after it was applied"), "{output}");
        assert_eq!(states(&json(&env, &["status", "--json"])), ["app edited"]);
    }
}

#[test]
fn rows_of_which_one_follows_another_are_no_upgrade() {
    let env = project().revision(revision("a1", &[])).revision(revision("b1", &["a1"])).build();
    env.run(&["upgrade"]).ok();
    query(&env, "sqlite:app.db", "INSERT INTO alembic_version VALUES ('a1')");
    for command in [&["health"][..], &["upgrade"], &["status", "--check"]] {
        let output = env.run(command);
        assert_eq!(output.code(), Some(4), "{output}");
        assert!(format!("{output}").contains("overlaps with"), "{output}");
    }
}

#[test]
fn a_downgrade_that_stopped_half_way_is_finished_by_the_command_that_health_names() {
    let url = postgres().create_database();
    let half = |second: &str| {
        revision("a1", &[])
            .with("transaction = false")
            .upgrade("CREATE TABLE one (x int);\nCREATE TABLE two (x int);")
            .downgrade(&format!("DROP TABLE one;\n{second}"))
            .text()
    };
    let env = project().url(&url).revision(revision("b1", &[])).build();
    env.write("versions/a1_x.sql", half("DROP TABLE nowhere;"));
    env.run(&["upgrade", "heads"]).ok();
    assert_eq!(env.run(&["downgrade", "a1@-1"]).code(), Some(1));
    let output = env.run(&["health"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stdout.contains("downgrade of a1 failed at statement 2 of 2"), "{output}");
    let hint = output.stdout.lines().find_map(|line| line.trim().strip_prefix("try: limbeck "));
    env.write("versions/a1_x.sql", half("DROP TABLE two;"));
    env.run(&hint.unwrap().split(' ').collect::<Vec<_>>()).ok();
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "b1\n");
}
