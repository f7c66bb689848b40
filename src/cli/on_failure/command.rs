//! The command of failed runs: a program that is told everything and cannot keep anybody waiting.
//!
//! What it starts may outlive it and hold on to its output. So all of it is one process group,
//! which is stopped as a whole when the time is over, and its output is a pipe of its own: whoever
//! reads ours sees its end when limbeck ends, whatever is still running.

use std::io;
use std::io::Write as _;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::Facts;

/// The longest value of a variable: the whole text is in the document.
const LONGEST_VARIABLE: usize = 8 * 1024;

/// Runs `program` without a shell, with the facts in variables and as a document on its standard
/// input. What it prints goes to standard error: standard output is for data.
pub(in crate::cli) fn run(
    program: &str,
    arguments: &[String],
    facts: &Facts,
    patience: Duration,
) -> Result<(), String> {
    run_until(program, arguments, facts, patience).unwrap_or_else(|error| Err(error.to_string()))
}

fn run_until(
    program: &str,
    arguments: &[String],
    facts: &Facts,
    patience: Duration,
) -> io::Result<Result<(), String>> {
    let deadline = Instant::now() + patience;
    let (mut reader, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(arguments).envs(facts.variables.iter().map(|(name, value)| (name, fit(value))));
    command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    // With it go our ends of the pipe.
    drop(command);
    if let Some(mut input) = child.stdin.take() {
        let document = facts.document.to_string();
        // In a thread of its own: a program that does not read would keep us from waiting for it.
        // One that does not want to know closes its end.
        drop(thread::spawn(move || drop(input.write_all(document.as_bytes()))));
    }
    let (ended, end) = mpsc::channel::<()>();
    drop(thread::spawn(move || {
        drop(io::copy(&mut reader, &mut io::stderr()));
        drop(ended);
    }));
    // First the output, then the process: until that has been waited for, its group is its own.
    let rest = deadline.saturating_duration_since(Instant::now());
    let status = match end.recv_timeout(rest) {
        Err(mpsc::RecvTimeoutError::Timeout) => None,
        _ => wait(&mut child, deadline)?,
    };
    Ok(match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(status.to_string()),
        None => {
            stop(&mut child);
            Err(format!("stopped after {} s", patience.as_secs()))
        }
    })
}

/// How a process has ended, if it has by `deadline`.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Stops a process and what it has started, as far as that is still there.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    )
    .ok();
    drop(child.kill());
    drop(child.wait());
}

/// A value that a variable can have: no NUL, and not longer than a system takes.
fn fit(value: &str) -> String {
    let mut text = value.replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(LONGEST_VARIABLE));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(error: &str) -> Facts {
        Facts {
            variables: vec![("LIMBECK_ERROR".to_owned(), error.to_owned())],
            document: serde_json::json!({ "error": error }),
        }
    }

    fn sh(script: &str, error: &str, patience: Duration) -> Result<(), String> {
        run("/bin/sh", &["-c".to_owned(), script.to_owned()], &facts(error), patience)
    }

    #[test]
    fn the_command_is_told_in_variables_and_on_its_input() {
        let long = Duration::from_secs(20);
        assert_eq!(sh(r#"test "$LIMBECK_ERROR" = 'a "b" $c'"#, r#"a "b" $c"#, long), Ok(()));
        assert_eq!(sh("grep -q '\"error\":\"x\"'", "x", long), Ok(()));
        assert_eq!(sh("exit 3", "x", long), Err("exit status: 3".to_owned()));
        // Neither a program that does not read nor a text that is too long is in the way.
        let huge = "ü\0".repeat(500_000);
        assert_eq!(sh("test ${#LIMBECK_ERROR} -lt 9000", &huge, long), Ok(()));
        assert!(run("/no/such/program", &[], &facts("x"), long).is_err());
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let began = Instant::now();
        for script in ["exec sleep 60", "exec sleep 60 >&- 2>&-", "trap '' TERM; sleep 60; true"] {
            let result = sh(script, "x", Duration::from_millis(100));
            assert_eq!(result, Err("stopped after 0 s".to_owned()), "{script}");
        }
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_command_has_started_is_stopped_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        for end in ["wait", "exit 0"] {
            let script = format!("sleep 60 & echo $! > {}; {end}", file.display());
            let began = Instant::now();
            let result = sh(&script, "x", Duration::from_secs(1));
            assert_eq!(result, Err("stopped after 1 s".to_owned()), "{end}");
            assert!(began.elapsed() < Duration::from_secs(20));
            let id = std::fs::read_to_string(&file).unwrap();
            // Gone, or a zombie that whoever adopted it has not waited for.
            let is_there = || {
                let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
                stat.is_ok_and(|stat| !stat.contains(") Z "))
            };
            while is_there() {
                assert!(began.elapsed() < Duration::from_secs(20), "{end}");
                thread::sleep(Duration::from_millis(10));
            }
        }
        // One that has left the group is not waited for.
        let began = Instant::now();
        let result = sh("setsid sleep 30", "x", Duration::from_millis(500));
        assert_eq!(result, Err("stopped after 0 s".to_owned()));
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}
