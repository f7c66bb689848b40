//! Many workers, of which some end in the middle: each script runs once in each tenant, and none is
//! left out.

use std::thread;
use std::time::Duration;

use super::support::{HOMES, Home, Shape};
use crate::support::{PostgresServer, postgres, second_postgres};

#[test]
fn four_workers_are_killed_stopped_and_restarted_under() {
    let mut own = PostgresServer::start_own();
    let databases = vec![
        postgres().create_database(),
        second_postgres().create_database(),
        own.create_database(),
    ];
    let many = Shape { databases, ..Shape::new(Home::Postgres, 0, 167) };
    let many = Shape { script: "SELECT pg_sleep(0.002);", ..many }.build();
    many.code(&["fleet", "create", "--lease", "2s"], 0);
    let mut workers: Vec<_> = (0..4).map(|_| many.worker(&["--jobs", "2"])).collect();
    many.await_done(40);
    let stopped = workers.remove(0);
    stopped.signal("STOP");
    many.await_done(80);
    workers.remove(0).signal("KILL");
    many.await_done(120);
    workers.remove(0).signal("KILL");
    many.await_done(160);
    own.restart(Duration::from_millis(1_500));
    many.await_done(360);
    // Its leases have run out, and others have tried to take its sites over.
    thread::sleep(Duration::from_secs(3));
    stopped.signal("CONT");
    for worker in [workers.remove(0), stopped] {
        worker.ok();
    }
    many.all_is_done();
    assert_eq!(many.sites("done"), 3 * 168);
}

#[test]
fn a_worker_that_is_interrupted_gives_back_what_it_had() {
    for home in HOMES {
        let many = Shape::new(home, 2, 20);
        let many = Shape { script: "SELECT pg_sleep(0.05);", ..many }.build();
        many.code(&["fleet", "create"], 0);
        let worker = many.worker(&["--jobs", "2"]);
        many.await_done(5);
        worker.signal("INT");
        let (code, said) = worker.end();
        assert_eq!(code, Some(9), "{home:?}: {said}");
        assert_eq!((many.sites("running"), many.sites("failed")), (0, 0), "{home:?}: {said}");
        assert!(many.sites("pending") > 0, "{home:?}: it was too fast");
        let workers: Vec<_> = (0..2).map(|_| many.worker(&[])).collect();
        for worker in workers {
            worker.ok();
        }
        many.all_is_done();
    }
}

#[test]
fn a_worker_that_is_killed_loses_its_lease_only() {
    for home in HOMES {
        let many = Shape::new(home, 1, 12);
        let many = Shape { script: "SELECT pg_sleep(0.05);", ..many }.build();
        many.code(&["fleet", "create", "--lease", "2s"], 0);
        let worker = many.worker(&["--jobs", "3"]);
        many.await_done(3);
        worker.signal("KILL");
        worker.end();
        assert!(many.sites("running") > 0, "{home:?}");
        let said = many.worker(&[]).ok();
        assert!(said.contains("its worker was not heard of any more"), "{home:?}: {said}");
        many.all_is_done();
    }
}

/// What a worker with a wrong clock is preloaded with.
const SHIFTED: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += SHIFT;
    return result;
}
"#;

#[test]
fn a_clock_that_is_wrong_by_an_hour_changes_nothing() {
    let many = Shape::new(Home::Postgres, 2, 15);
    let many = Shape { script: "SELECT pg_sleep(0.03);", ..many }.build();
    many.env.write("clock.c", SHIFTED);
    let mut workers = Vec::new();
    many.code(&["fleet", "create", "--lease", "5s"], 0);
    for shift in ["3600", "-3600"] {
        let library = many.env.path(format!("clock{shift}.so"));
        let built = many
            .env
            .program("cc")
            .args(["-shared", "-fPIC", &format!("-DSHIFT={shift}"), "clock.c", "-ldl", "-o"])
            .arg(&library)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let mut command = many.env.command(&["fleet", "work", "--jobs", "2"]);
        workers.push(super::support::Worker::start(command.env("LD_PRELOAD", &library)));
    }
    workers.push(many.worker(&["--jobs", "2"]));
    for worker in workers {
        // Nobody has taken anything from anybody.
        let said = worker.ok();
        assert!(!said.contains("not heard of"), "{said}");
        assert!(!said.contains("taken it over"), "{said}");
    }
    many.all_is_done();
}
