//! The databases that limbeck tries things out on, which go when it ends.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::{mariadb, postgres};

/// Longer than any command of another test that is at work beside this one.
const PATIENCE: Duration = Duration::from_secs(120);

/// Checks that a command which has ended has left no scratch database on PostgreSQL: all that are there go, with the
/// commands of other tests that they belong to.
#[track_caller]
pub(crate) fn assert_no_scratch_on_postgres() {
    let names = "SELECT datname FROM pg_database WHERE datname LIKE 'limbeck\\_scratch\\_%'";
    assert_gone(|| postgres().psql("postgres", names));
}

/// The same on MariaDB.
#[track_caller]
pub(crate) fn assert_no_scratch_on_mariadb() {
    let names = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE \
                 'limbeck\\_scratch\\_%'";
    assert_gone(|| mariadb().sql("mysql", names));
}

#[track_caller]
fn assert_gone(list: impl Fn() -> String) {
    let listed = || list().lines().map(str::to_owned).collect::<BTreeSet<String>>();
    let (mut left, started) = (listed(), Instant::now());
    while !left.is_empty() {
        assert!(started.elapsed() < PATIENCE, "left behind: {left:?}");
        thread::sleep(Duration::from_millis(50));
        let now = listed();
        left.retain(|name| now.contains(name));
    }
}
