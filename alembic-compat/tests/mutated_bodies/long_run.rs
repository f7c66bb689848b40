//! The long run: cases in a process of their own, which is watched.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::case;
use crate::seeds;

/// What one file may cost: seconds of CPU time, and bytes of the process.
const MOST_SECONDS: f64 = 10.0;
const MOST_BYTES: u64 = 1 << 30;

fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutated_bodies");
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap())
}

/// Runs cases from `LIMBECK_FUZZ_FROM` on until it is stopped. The file `at` says which one it is at.
#[test]
#[ignore = "is started by a_long_run"]
fn worker() {
    let files = seeds::all();
    let directory = directory();
    let (from, count) = (number("LIMBECK_FUZZ_FROM", 1), number("LIMBECK_FUZZ_COUNT", u64::MAX));
    for at in from..from.saturating_add(count) {
        fs::write(directory.join("at"), at.to_string()).unwrap();
        let (bytes, seen) = case(&files, at);
        if !seen.complaints.is_empty() {
            fs::write(directory.join(format!("{at}.py")), bytes).unwrap();
            println!("case {at}: {:?}", seen.complaints);
        }
    }
}

#[test]
#[ignore = "takes as long as it is told to: LIMBECK_FUZZ_SECONDS"]
fn a_long_run() {
    let seconds = number("LIMBECK_FUZZ_SECONDS", 60);
    let mut from = number("LIMBECK_FUZZ_FROM", 1);
    let first = from;
    let started = Instant::now();
    let mut findings = Vec::new();
    while started.elapsed().as_secs() < seconds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "long_run::worker", "--nocapture"])
            .env("LIMBECK_FUZZ_FROM", from.to_string())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let (at, finding) = watch(&mut child, from, started, seconds);
        from = at + 1;
        if let Some(finding) = finding {
            println!("case {at}: {finding}");
            findings.push(format!("case {at}: {finding}"));
        }
    }
    println!("cases {first} to {from} in {} s", started.elapsed().as_secs());
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Waits until the process ends or does what it should not. Gives the case that it was at, and what was wrong with it.
fn watch(child: &mut Child, from: u64, started: Instant, seconds: u64) -> (u64, Option<String>) {
    let file = directory().join("at");
    let (mut at, mut since) = (from, 0.0);
    loop {
        std::thread::sleep(Duration::from_millis(50));
        let now = fs::read_to_string(&file).ok().and_then(|text| text.parse().ok()).unwrap_or(at);
        let cpu = cpu_seconds(child.id()).unwrap_or(since);
        if now != at && now >= from {
            (at, since) = (now, cpu);
        }
        if let Some(status) = child.try_wait().unwrap() {
            let now = fs::read_to_string(&file).unwrap().parse().unwrap();
            return (now, Some(format!("the process ended: {status}")));
        }
        let finding = if cpu - since > MOST_SECONDS {
            Some(format!("no end after {:.0} s", cpu - since))
        } else {
            resident(child.id())
                .filter(|bytes| *bytes > MOST_BYTES)
                .map(|bytes| format!("{bytes} bytes"))
        };
        let is_over = started.elapsed().as_secs() >= seconds;
        if finding.is_some() || is_over {
            child.kill().unwrap();
            child.wait().unwrap();
            return (at, finding);
        }
    }
}

/// User and system time of a process.
fn cpu_seconds(id: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

fn resident(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes << 10)
}
