//! What is called when a run has failed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::support::{TestEnvironment, postgres, project, query, revision};

fn failing(on_failure: &str, url: &str) -> TestEnvironment {
    project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n[on_failure]\n{on_failure}\n"))
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]).upgrade("SELECT nonsense FROM nowhere;"))
        .build()
}

const TELL: &str = r#"command = ["sh", "-c", "cat > told.json; env | grep ^LIMBECK_ | sort > told.env; echo heard"]"#;

#[test]
fn a_command_is_told_what_failed() {
    let env = failing(TELL, "sqlite:app.db");
    let output = env.run(&["upgrade", "--json"]);
    assert_eq!(output.code(), Some(1), "{output}");
    // Its words are talk: standard output is for the one document.
    drop(serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap());
    assert!(output.stderr.contains("heard"), "{output}");
    let told = env.read("told.env");
    for line in [
        "LIMBECK_COMMAND=upgrade",
        "LIMBECK_DATABASE=app",
        "LIMBECK_REVISION=b1",
        "LIMBECK_EXIT_CODE=1",
    ] {
        assert!(told.lines().any(|l| l == line), "{line}\n{told}");
    }
    assert!(told.contains("LIMBECK_ERROR=database app: no such table: nowhere"), "{told}");
    let document: serde_json::Value = serde_json::from_str(&env.read("told.json")).unwrap();
    assert_eq!(document["event"], "run_failed");
    assert_eq!(document["exit_code"], 1);
    assert_eq!(document["errors"][0]["database"], "app");
    assert_eq!(document["errors"][0]["revision"], "b1");
    // The failure is in the journal too.
    let journal = "SELECT revision || ' ' || event FROM limbeck_journal ORDER BY id";
    assert_eq!(query(&env, "sqlite:app.db", journal), "a1 done\nb1 fail\n");
}

#[test]
fn success_and_a_wrong_command_line_are_no_failures() {
    let env = failing(TELL, "sqlite:app.db");
    env.run(&["upgrade", "a1"]).ok();
    assert_eq!(env.run(&["upgrade", "nothing"]).code(), Some(64));
    assert!(!env.path("told.env").exists());
}

#[test]
fn a_hook_that_fails_is_a_warning() {
    for (hook, words) in [
        (r#"command = ["/no/such/program", "x"]"#, "on_failure: /no/such/program: "),
        (r#"command = ["sh", "-c", "exit 3"]"#, "on_failure: sh: exit status: 3"),
        (r#"webhook = "http://127.0.0.1:1/hush-hush""#, "on_failure: http://127.0.0.1:1/***: "),
    ] {
        let env = failing(hook, "sqlite:app.db");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stderr.contains(&format!("warning: {words}")), "{output}");
    }
}

#[test]
fn what_a_command_leaves_behind_keeps_nobody_waiting() {
    // One that stays in the group, and one that leaves it; both hold standard error.
    let env = failing(
        r#"command = ["sh", "-c", "sleep 100 & setsid sleep 101 & echo heard; exit 0"]"#,
        "sqlite:app.db",
    );
    let began = Instant::now();
    // Ends when both streams have ended.
    let output = env.run(&["upgrade"]);
    assert!(began.elapsed() < Duration::from_secs(80), "{:?}", began.elapsed());
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("heard\n"), "{output}");
    assert!(output.stderr.contains("warning: on_failure: sh: stopped after 30 s"), "{output}");
}

#[test]
fn a_webhook_that_cannot_be_called_is_told_before_anything_is_done() {
    let mut env = failing("webhook = \"${HOOK}\"", "sqlite:app.db");
    env.set("HOOK", "https://me:hush-hush@hooks.example:99999/hush-hush");
    let words = "`webhook` of `[on_failure]` has a port that is no number from 1 to 65535";
    let output = env.run(&["config", "check"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert_eq!(output.stdout, format!("limbeck.toml:4:11: {words}\n"));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.starts_with(&format!("error: {words}\n")), "{output}");
    assert!(!env.path("app.db").exists());
    env.set("HOOK", "https://me:hush-hush@[::1]:8443/hush-hush");
    let output = env.run(&["config", "show"]).ok();
    assert!(output.contains("https://[::1]:8443/***"), "{output}");
}

#[test]
fn a_webhook_is_posted_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut text = Vec::new();
        let mut some = [0; 4096];
        // Until the document is whole.
        while !text.ends_with(b"}") {
            let count = stream.read(&mut some).unwrap();
            text.extend_from_slice(&some[..count]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        sender.send(String::from_utf8(text).unwrap()).unwrap();
    });
    let mut env = failing("webhook = \"${HOOK}\"", "sqlite:app.db");
    // Without it nothing is begun.
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(!env.path("app.db").exists());
    assert_eq!(env.run(&["config", "check"]).code(), Some(78));
    env.set("HOOK", format!("http://me:p%40hush@{address}/hush-hush?token=hush-hush"));
    let output = env.run(&["config", "show"]).ok();
    assert!(output.contains(&format!("http://{address}/***")), "{output}");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(!output.stderr.contains("warning"), "{output}");
    let request = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(request.starts_with("POST /hush-hush?token=hush-hush HTTP/1.1\r\n"), "{request}");
    // me:p@hush
    assert!(request.contains("\r\nauthorization: Basic bWU6cEBodXNo\r\n"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(document["command"], "upgrade");
    // An empty one turns it off.
    env.set("HOOK", "");
    assert!(!env.run(&["upgrade"]).stderr.contains("warning"));
}

#[test]
fn a_connection_that_is_lost_is_told_of() {
    let url = postgres().create_database();
    let env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\n[on_failure]\n{TELL}\n"))
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]).upgrade("SELECT pg_terminate_backend(pg_backend_pid());"))
        .build();
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(8), "{output}");
    // Where there is no connection there is no journal.
    assert!(output.stderr.contains("the failure could not be journaled"), "{output}");
    let told = env.read("told.env");
    assert!(told.contains("LIMBECK_EXIT_CODE=8"), "{told}");
    let health = env.run(&["health"]);
    assert!(health.stdout.contains("✗ app: 1 pending: b1"), "{health}");
}

/// No fact that it is told is an option of limbeck.
#[test]
fn a_command_may_call_limbeck() {
    let program = env!("CARGO_BIN_EXE_limbeck");
    let hook = format!("command = [\"sh\", \"-c\", \"{program} current > seen\"]");
    let env = failing(&hook, "sqlite:app.db");
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    assert_eq!(env.read("seen"), "a1\n");
}
