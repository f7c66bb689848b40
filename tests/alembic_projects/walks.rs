//! Random walks in which real Alembic and limbeck take turns on one database.
//!
//! After each command both must see the same `current`, and the rows must be those of a walk that
//! Alembic goes alone. Whoever comes next never knows who was there before.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::project::{ENV, INI, bare_project, psycopg2, with_header};
use super::worker::Worker;
use crate::support::{TestEnvironment, mariadb, postgres, query};

/// Three lines, two merges, and dependencies across: `id|down|depends_on|label`.
const GRAPH: &str = "\
a1|||app
a2|a1||
a3|a2||
b2|a1||side
b3|b2||
m4|a3,b3||
a5|m4||
m6|a5,c2||
c1||a2|core
c2|c1||
d1||c1|data
d2|d1|b3|
";

const TARGETS: [&str; 17] = [
    "heads",
    "m4",
    "a2",
    "b3",
    "c2",
    "d2",
    "a3",
    "a5",
    "app@head",
    "data@head",
    "core@head",
    "+1",
    "data@+1",
    "core@+1",
    "a1",
    "b2",
    "d1",
];
const LOWER: [&str; 12] = [
    "base",
    "a1",
    "a2",
    "m4",
    "data@base",
    "data@-1",
    "core@-1",
    "c1",
    "b2",
    "d1",
    "core@base",
    "a5",
];

fn names(names: &str) -> String {
    let names: String =
        names.split(',').filter(|n| !n.is_empty()).fold(String::new(), |mut all, name| {
            write!(all, "'{name}', ").unwrap();
            all
        });
    format!("({names})")
}

fn graph_project(url: &str) -> TestEnvironment {
    let env = bare_project(&INI.replace("sqlite:///app.db", url), ENV);
    for line in GRAPH.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let header = format!(
            "down_revision = {}\ndepends_on = {}\nbranch_labels = {}\n",
            names(fields[1]),
            names(fields[2]),
            names(fields[3]),
        );
        let text = with_header(fields[0], &header, "pass", "pass");
        env.write(format!("migrations/versions/{}_x.py", fields[0]), text);
    }
    env
}

/// A command, and whose turn it is.
fn step() -> impl Strategy<Value = (Vec<&'static str>, bool)> {
    let command = prop_oneof![
        4 => prop::sample::select(&TARGETS[..]).prop_map(|target| vec!["upgrade", target]),
        3 => prop::sample::select(&LOWER[..]).prop_map(|target| vec!["downgrade", target]),
        1 => prop::sample::select(&TARGETS[..11]).prop_map(|target| vec!["stamp", target]),
        1 => Just(vec!["stamp", "heads", "--purge"]),
    ];
    (command, any::<bool>())
}

/// The rows of the version table; none when there is no table.
fn rows(env: &TestEnvironment, url: &str) -> String {
    let exists = match url.split(':').next() {
        Some("sqlite") => "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'",
        Some("mysql") => {
            "SELECT count(*) FROM information_schema.tables \
             WHERE table_schema = database() AND table_name = 'alembic_version'"
        }
        _ => "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'",
    };
    match query(env, url, exists).trim() {
        "0" => String::new(),
        _ => query(env, url, "SELECT version_num FROM alembic_version ORDER BY 1"),
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// Goes random walks on a database of both, beside a database of Alembic's alone.
///
/// A bare `downgrade -1` is not among the commands: from several heads Alembic takes the row that
/// happens to be the first, and limbeck refuses.
fn walk(
    seed: u8,
    steps: usize,
    walks: u32,
    urls: [&str; 2],
    python_urls: [&str; 2],
    wipe: impl Fn(&TestEnvironment, &str),
) {
    let [shared, alone] = python_urls.map(graph_project);
    let [mut guest, mut alembic] = [Worker::start(&shared), Worker::start(&alone)];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    let mut turns = [0, 0];
    for _ in 0..walks {
        wipe(&shared, urls[0]);
        wipe(&alone, urls[1]);
        let walk = prop::collection::vec(step(), steps).new_tree(&mut runner).unwrap().current();
        let mut gone: Vec<String> = Vec::new();
        for (arguments, is_ours) in walk {
            gone.push(format!(
                "{} {}",
                if is_ours { "limbeck" } else { "alembic" },
                arguments.join(" ")
            ));
            let theirs = alembic.run(&arguments);
            if theirs.code == 1 {
                // A crash is no example to follow; what it left behind is put right for both.
                guest.run(&["stamp", "heads", "--purge"]);
                alembic.run(&["stamp", "heads", "--purge"]);
                gone.push("(Alembic crashes: both at heads)".to_owned());
                continue;
            }
            let succeeded = if is_ours {
                shared.run(&arguments).code() == Some(0)
            } else {
                guest.run(&arguments).code == 0
            };
            turns[usize::from(is_ours)] += 1;
            assert_eq!(succeeded, theirs.code == 0, "{gone:#?}\n{theirs:?}");
            assert_eq!(rows(&shared, urls[0]), rows(&alone, urls[1]), "{gone:#?}");
            let [ours, theirs] = [shared.run(&["current"]).ok(), guest.ok(&["current"])];
            assert_eq!(sorted(&ours), sorted(&theirs), "{gone:#?}");
        }
    }
    assert!(turns.iter().all(|n| *n > 10), "{turns:?}");
}

#[test]
fn on_sqlite() {
    let url = "sqlite:///app.db";
    walk(1, 10, 5, ["sqlite:app.db"; 2], [url; 2], |env, _| {
        drop(std::fs::remove_file(env.path("app.db")));
    });
}

#[test]
fn on_mariadb() {
    let urls = [mariadb().create_database(), mariadb().create_database()];
    let python: Vec<String> =
        urls.iter().map(|url| url.replacen("mysql:", "mysql+pymysql:", 1)).collect();
    walk(3, 10, 4, [&urls[0], &urls[1]], [&python[0], &python[1]], |env, url| {
        query(env, url, "DROP TABLE IF EXISTS alembic_version");
    });
}

#[test]
fn on_postgres() {
    let urls = [postgres().create_database(), postgres().create_database()];
    let python: Vec<String> = urls.iter().map(|url| psycopg2(url)).collect();
    walk(2, 10, 4, [&urls[0], &urls[1]], [&python[0], &python[1]], |env, url| {
        query(env, url, "DROP TABLE IF EXISTS alembic_version");
    });
}
