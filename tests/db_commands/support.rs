//! Roles of a server, and a terminal to type on.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::{TestEnvironment, postgres, project};

/// A name that nothing else of this run has.
pub(super) fn name(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A role that may log in with the password `hush-hush`, with these attributes.
pub(super) fn role(attributes: &str) -> String {
    let role = name("role");
    postgres()
        .psql("postgres", &format!("CREATE ROLE {role} LOGIN PASSWORD 'hush-hush' {attributes}"));
    role
}

/// The URL of a database for a user.
pub(super) fn url_of(user: &str, database: &str) -> String {
    postgres().url(database).replace("limbeck:", &format!("{user}:"))
}

/// A project with one database `app` at this URL, with more lines in its table.
pub(super) fn with_keys(url: &str, keys: &str) -> TestEnvironment {
    let env = project().config(format!("[databases.app]\nurl = '{url}'\n{keys}\n")).build();
    let mut env = env;
    env.replace_location(url);
    env
}

/// Whether there is a database of that name, spelled as it is.
pub(super) fn is_there(database: &str) -> bool {
    let literal = database.replace('\'', "''");
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{literal}'");
    postgres().psql("postgres", &query).trim() == "1"
}

/// Runs limbeck on a terminal on which `typed` is typed, and gives all that is shown there and
/// the exit status.
pub(super) fn on_a_terminal(
    env: &TestEnvironment,
    arguments: &[&str],
    typed: &str,
) -> (String, i32) {
    const PTY: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown, typed = b"", sys.stdin.buffer.read()
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if typed and b"to go on" in shown:
        os.write(terminal, typed)
        typed = b""
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status))
"#;
    let mut python: Command = env.program("python3");
    python.args(["-c", PTY, env!("CARGO_BIN_EXE_limbeck")]).args(arguments);
    let mut child =
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    assert!(!shown.contains("hush-hush"), "{shown}");
    (shown, output.status.code().unwrap())
}
