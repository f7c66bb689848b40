//! `serve-health` by real requests, and `wait`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{TestEnvironment, postgres, project, query, revision};

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(env: &TestEnvironment, more: &[&str]) -> Self {
        let mut command = env.command(&["serve-health", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(more).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_whitespace().nth(2).unwrap().strip_prefix("http://").unwrap();
        let address = address.to_owned();
        Server { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// The status and the body of an answer.
    fn ask(&self, line: &str) -> (u16, String) {
        let mut stream = self.connect();
        write!(stream, "{line} HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_server_tells_of_health_as_the_command_does() {
    let url = postgres().create_database();
    let env = project().url(&url).revision(revision("a1", &[])).build();
    let server = Server::start(&env, &["--cache", "0"]);
    assert_eq!(server.ask("GET /livez"), (200, "ok\n".to_owned()));
    let (status, body) = server.ask("GET /readyz");
    assert_eq!(status, 503, "{body}");
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["healthy"], false);
    assert_eq!(json["databases"][0]["state"], "empty");
    assert!(!body.contains("hush-hush"), "{body}");

    env.run(&["upgrade"]).ok();
    assert_eq!(server.ask("GET /readyz").0, 200);
    let (status, metrics) = server.ask("GET /metrics");
    assert_eq!(status, 200);
    for line in [
        "limbeck_up{database=\"app\"} 1",
        "limbeck_pending_revisions{database=\"app\"} 0",
        "limbeck_applied_revisions{database=\"app\"} 1",
        "limbeck_at_heads{database=\"app\"} 1",
        "limbeck_last_run_success{database=\"app\"} 1",
        "# TYPE limbeck_check_duration_seconds gauge",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line}\n{metrics}");
    }
    // A revision that is put there while it runs.
    env.write("versions/b1_x.sql", revision("b1", &["a1"]).text());
    let (_, metrics) = server.ask("GET /metrics");
    assert!(metrics.contains("limbeck_pending_revisions{database=\"app\"} 1"), "{metrics}");
    env.write("versions/b1_x.sql", "nonsense");
    assert_eq!(server.ask("GET /readyz").0, 503);
    assert_eq!(server.ask("GET /livez").0, 200);
    assert!(server.ask("GET /metrics").1.contains("limbeck_check_success 0"));

    assert_eq!(server.ask("POST /readyz").0, 405);
    assert_eq!(server.ask("GET /secret").0, 404);
    assert_eq!(server.ask("HEAD /livez"), (200, String::new()));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_server_tells_of_what_can_be_seen_beside_what_is_wrong() {
    let config = "[databases.app]\nurl = \"sqlite:app.db\"\n\
                  [databases.bare]\nurl = \"postgresql://me@${NO_SUCH_HOST}/b\"\n";
    let env = project().config(config).revision(revision("a1", &[])).build();
    env.run(&["upgrade", "-d", "app"]).ok();
    let server = Server::start(&env, &["--cache", "0"]);
    let (status, body) = server.ask("GET /readyz");
    assert_eq!(status, 503);
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["databases"][0]["state"], "ok", "{json}");
    assert_eq!(json["databases"][1]["state"], "unconfigured", "{json}");
    assert_eq!(json["errors"][0]["database"], "bare", "{json}");
    let metrics = |lines: &[&str]| {
        let (status, text) = server.ask("GET /metrics");
        assert_eq!(status, 200);
        for line in lines {
            assert!(text.lines().any(|it| it == *line), "{line}\n{text}");
        }
        text
    };
    metrics(&[
        "limbeck_up{database=\"app\"} 1",
        "limbeck_at_heads{database=\"app\"} 1",
        "limbeck_up{database=\"bare\"} 0",
        "limbeck_healthy{database=\"bare\"} 0",
        "limbeck_check_success 0",
    ]);
    env.write("versions/b1_x.sql", "nothing of the kind");
    let (status, body) = server.ask("GET /readyz");
    assert_eq!(status, 503);
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(json["databases"][0]["state"], "unknown", "{json}");
    assert_eq!(json["exit_code"], 78, "{json}");
    let text = metrics(&[
        "limbeck_up{database=\"app\"} 1",
        "limbeck_healthy{database=\"app\"} 0",
        "limbeck_check_success 0",
    ]);
    assert!(!text.contains("limbeck_at_heads") && !text.contains("limbeck_pending"), "{text}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_hundred_questions_are_one_look() {
    let url = postgres().create_database();
    let env = project().url(&url).revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    let server = Server::start(&env, &["--cache", "1m"]);
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..100).map(|_| scope.spawn(|| server.ask("GET /readyz"))).collect();
        let mut bodies: Vec<_> = asking.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(bodies.iter().all(|(status, _)| *status == 200));
        bodies.dedup();
        // One look: the same moment in every answer.
        assert_eq!(bodies.len(), 1);
    });
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_server_bears_those_who_say_nothing_or_too_much() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    let server = Server::start(&env, &[]);
    let silent: Vec<_> = (0..20).map(|_| server.connect()).collect();
    assert_eq!(server.ask("GET /livez").0, 200);
    let mut slow = server.connect();
    slow.write_all(b"GET /livez HTTP/1.1\r\nX: ").unwrap();
    let began = Instant::now();
    let mut text = Vec::new();
    // Cut off, with or without a last word.
    drop(slow.read_to_end(&mut text));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let mut loud = server.connect();
    drop(loud.write_all(
        format!("GET /livez HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000)).as_bytes(),
    ));
    text.clear();
    drop(loud.read_to_end(&mut text));
    assert!(!text.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&text));
    assert_eq!(server.ask("GET /readyz").0, 200);
    drop(silent);
    assert_eq!(server.stop(), Some(0));
    let output = env.run(&["serve-health", "--listen", "192.0.2.1:1"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("cannot listen on 192.0.2.1:1"), "{output}");
}

#[test]
fn those_who_say_nothing_keep_no_probe_waiting() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    let server = Server::start(&env, &[]);
    // More than there are places for.
    let silent: Vec<_> = (0..400)
        .map(|number| {
            let mut stream = server.connect();
            if number % 2 == 0 {
                stream.write_all(b"G").unwrap();
            }
            stream
        })
        .collect();
    for path in ["/livez", "/readyz", "/metrics"] {
        let began = Instant::now();
        assert_eq!(server.ask(&format!("GET {path}")).0, 200);
        assert!(began.elapsed() < Duration::from_secs(3), "{path}: {:?}", began.elapsed());
    }
    drop(silent);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_database_that_hangs_does_not_hang_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://app@{}/app", listener.local_addr().unwrap());
    let config = format!("[databases.app]\nurl = \"{url}\"\nhealth = {{ timeout = 1 }}\n");
    let env = project().config(config).revision(revision("a1", &[])).build();
    let server = Server::start(&env, &["--cache", "0"]);
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(server.ask("GET /readyz").0, 503);
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert_eq!(server.ask("GET /livez").0, 200);
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn wait_ends_when_the_database_is_there() {
    let server = postgres();
    let there = server.create_database();
    let name = "test_comes_later";
    let later = server.url(name);
    let config = format!(
        "[databases.there]\nurl = \"{there}\"\n[databases.later]\nurl = \"{later}\"\n\
         [databases.file]\nurl = \"sqlite:none.db\"\n"
    );
    let env = project().config(config).build();
    let output = env.run(&["wait", "--timeout", "300ms"]);
    assert_eq!(output.code(), Some(8), "{output}");
    assert!(output.stderr.contains("waiting for later: "), "{output}");
    assert!(output.stderr.contains("error: database later: "), "{output}");
    assert!(!output.stderr.contains("there:"), "{output}");
    let waiting = env.command(&["wait", "--timeout", "60s"]).stderr(Stdio::piped()).spawn();
    let mut waiting = waiting.unwrap();
    let mut line = String::new();
    let mut stderr = BufReader::new(waiting.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("waiting for later: "), "{line}");
    server.psql("postgres", &format!("CREATE DATABASE {name}"));
    stderr.read_line(&mut line).unwrap();
    assert!(line.ends_with("later is ready\n"), "{line}");
    assert!(waiting.wait().unwrap().success());
    assert!(!env.path("none.db").exists());
}

#[test]
fn wait_does_not_wait_for_another_password() {
    let wrong = postgres().create_database().replace("hush-hush", "hunter2");
    let env = project().url(&wrong).build();
    let began = Instant::now();
    let output = env.run(&["wait"]);
    assert_eq!(output.code(), Some(8), "{output}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(output.stderr.contains("password"), "{output}");
    let output = env.run(&["wait", "--keep-trying", "--timeout", "1s"]);
    assert_eq!(output.code(), Some(8), "{output}");
    assert!(output.stderr.contains("waiting for "), "{output}");
    assert_eq!(env.run(&["wait", "--timeout", "soon"]).code(), Some(64));
}

#[test]
fn an_upgrade_waits_too() {
    let server = postgres();
    let name = "test_upgrade_waits";
    let url = server.url(name);
    let env = project().url(&url).revision(revision("a1", &[])).build();
    assert_eq!(env.run(&["upgrade", "--wait", "100ms"]).code(), Some(8));
    let mut run =
        env.command(&["upgrade", "--wait", "60s"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(run.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    server.psql("postgres", &format!("CREATE DATABASE {name}"));
    assert!(run.wait().unwrap().success(), "{line}");
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
}
