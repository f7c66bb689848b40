//! The home of the rollouts is away for a while.

use std::time::Duration;

use super::support::{Home, Shape};
use crate::support::PostgresServer;

#[test]
fn work_goes_on_when_the_home_is_back() {
    let mut own = PostgresServer::start_own();
    let home = own.create_database();
    let many = Shape { home, script: "SELECT pg_sleep(0.03);", ..Shape::new(Home::Sqlite, 2, 25) };
    let many = many.build();
    many.code(&["fleet", "create", "--lease", "2s"], 0);
    let workers = [many.worker(&["--jobs", "2"]), many.worker(&["--jobs", "2"])];
    many.await_done(10);
    own.restart(Duration::from_secs(5));
    for worker in workers {
        let said = worker.ok();
        assert!(said.contains("the database of the rollouts does not answer"), "{said}");
        assert!(!said.contains("hush-hush"), "{said}");
    }
    many.all_is_done();
}

#[test]
fn a_home_that_stays_away_ends_the_worker_and_loses_nothing() {
    let mut own = PostgresServer::start_own();
    let home = own.create_database();
    let many = Shape { home, script: "SELECT pg_sleep(0.03);", ..Shape::new(Home::Sqlite, 1, 25) };
    let many = many.build();
    many.code(&["fleet", "create", "--lease", "2s"], 0);
    let worker = many.worker(&["--jobs", "2", "--home-wait", "1s"]);
    many.await_done(5);
    own.restart(Duration::from_secs(4));
    let (code, said) = worker.end();
    assert_eq!(code, Some(8), "{said}");
    let said = many.worker(&[]).ok();
    assert!(said.contains("26 sites: 26 done"), "{said}");
    many.all_is_done();
}
