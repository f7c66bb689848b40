//! Runs that meet each other, are killed or interrupted: each script runs once in each tenant.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{Fleet, KINDS, Kind, Site};
use crate::support::revision;

/// Twenty tenants, with a third revision that takes its time.
fn slow_fleet(kind: Kind) -> Fleet {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=20).map(|n| site.name(n)).collect();
    let wait = match kind {
        Kind::Postgres => "SELECT pg_sleep(0.05);",
        Kind::Mariadb => "SELECT sleep(0.05);",
        Kind::Sqlite => {
            "SELECT count(*) FROM (WITH RECURSIVE n(i) AS \
             (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) SELECT i FROM n);"
        }
    };
    let third = revision("t3", &["t2"]).upgrade(&format!("{wait} INSERT INTO ran VALUES ('t3');"));
    let project = site.project(&names).revision(third);
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet
}

fn start(fleet: &Fleet, arguments: &[&str]) -> Child {
    let mut command = fleet.env.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn every_script_ran_once(fleet: &Fleet) {
    for n in 1..=20 {
        assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2 t3", "{:?} {n}", fleet.kind);
    }
    let output = fleet.env.run(&["status", "--check", "--tenants"]);
    assert_eq!(output.code(), Some(0), "{output}");
}

#[test]
fn two_runs_at_once() {
    for kind in KINDS {
        let fleet = slow_fleet(kind);
        let runs = [start(&fleet, &["upgrade"]), start(&fleet, &["upgrade", "--jobs", "3"])];
        for run in runs {
            let output = run.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{kind:?}: {said}");
        }
        every_script_ran_once(&fleet);
    }
}

/// How many tenants have the third revision.
fn done(fleet: &Fleet) -> usize {
    match fleet.kind {
        Kind::Sqlite => (1..=20)
            .filter(|n| {
                let path = fleet.env.path(format!("tenants/{}.db", fleet.name(*n)));
                path.exists() && std::fs::metadata(path).unwrap().len() > 8192
            })
            .count(),
        Kind::Postgres | Kind::Mariadb => {
            let is_there = "SELECT count(*) FROM information_schema.tables \
                            WHERE table_name = 'limbeck_tenants' AND table_schema = ";
            let schema = if fleet.kind == Kind::Postgres { "'public'" } else { "database()" };
            if fleet.shared(&format!("{is_there}{schema}")) == "0\n" {
                return 0;
            }
            let count = "SELECT count(*) FROM limbeck_tenants WHERE heads = 't3'";
            fleet.shared(count).trim().parse().unwrap()
        }
    }
}

/// Starts a run and sends it a signal when a few tenants are done.
fn stopped_in_the_middle(fleet: &Fleet, signal: &str) -> (Option<i32>, String) {
    let mut run = start(fleet, &["upgrade", "--jobs", "2"]);
    let started = Instant::now();
    while done(fleet) < 3 {
        assert!(started.elapsed() < Duration::from_secs(60), "no tenant was done");
        assert!(run.try_wait().unwrap().is_none(), "it was too fast");
        thread::sleep(Duration::from_millis(5));
    }
    let command = format!("kill -{signal} {}", run.id());
    std::process::Command::new("/bin/sh").args(["-c", &command]).status().unwrap();
    let output = run.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Where statements commit by themselves, nobody but us can tell whether the last one did.
fn resolve_doubts(fleet: &Fleet) {
    for n in 1..=20 {
        let name = fleet.name(n);
        let output = fleet.env.run(&["upgrade", "--tenant", &name]);
        if output.code() == Some(0) {
            continue;
        }
        let (_, behind) = output.stderr.split_once(" of revision ").expect("no doubt");
        let answer = match fleet.ran(&name).contains(&behind[..2]) {
            true => "skip",
            false => "rerun",
        };
        fleet.code(&["upgrade", "--in-doubt", answer, "--tenant", &name], 0);
    }
}

#[test]
fn a_run_that_was_killed_is_completed() {
    for kind in KINDS {
        let fleet = slow_fleet(kind);
        let (code, _) = stopped_in_the_middle(&fleet, "KILL");
        assert_eq!(code, None);
        if kind == Kind::Mariadb {
            resolve_doubts(&fleet);
        }
        fleet.code(&["upgrade"], 0);
        every_script_ran_once(&fleet);
    }
}

#[test]
fn a_run_that_was_interrupted_is_completed() {
    for kind in KINDS {
        let fleet = slow_fleet(kind);
        let (code, said) = stopped_in_the_middle(&fleet, "INT");
        assert_eq!(code, Some(9), "{kind:?}: {said}");
        // Nobody failed.
        assert!(!said.contains("--retry-failed"), "{said}");
        fleet.code(&["upgrade"], 0);
        every_script_ran_once(&fleet);
    }
}
