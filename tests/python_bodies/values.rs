//! Values of every kind, written and read back: the same with real Alembic, on the same server.
//!
//! Each part of `values.txt` is a revision of its own. limbeck runs it in one database and Alembic in another; what it
//! prints must be the same (texts, and the types that Python code sees), and so must the rows that it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::at;
use crate::alembic_projects::project::psycopg2;
use crate::alembic_projects::worker::Worker;
use crate::support::{TestEnvironment, mariadb, postgres, query};

const HEAD: &str = "import datetime\nimport decimal\nimport enum\nimport json\nimport uuid\n\n\
    from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy import orm\n\
    from sqlalchemy.dialects import mysql, postgresql, sqlite\n\n";

/// The parts for a dialect: `#### name: dialect, dialect` or `#### name`.
fn cases(dialect: &str) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for part in include_str!("values.txt").split("#### ").skip(1) {
        let (title, body) = part.split_once('\n').unwrap();
        let (name, dialects) = title.split_once(": ").unwrap_or((title, dialect));
        if !dialects.split(", ").any(|one| one == dialect) {
            continue;
        }
        let id = name.replace(' ', "_");
        let body = if body.contains("def upgrade():") {
            body.to_owned()
        } else {
            let lines = body.lines().map(|line| format!("    {line}\n")).collect::<String>();
            format!("def upgrade():\n{lines}")
        };
        let header =
            format!("\"\"\"{name}\"\"\"\n{HEAD}revision = {id:?}\ndown_revision = None\n\n");
        cases.push((id, format!("{header}{body}\n\ndef downgrade():\n    pass\n")));
    }
    cases
}

fn project(url: &str, cases: &[(String, String)]) -> TestEnvironment {
    let env = at(url);
    for (id, text) in cases {
        env.write(format!("migrations/versions/{id}.py"), text);
    }
    env
}

/// The rows of each table that `dump` lists.
fn tables(env: &TestEnvironment, url: &str, dump: &str) -> BTreeMap<String, String> {
    let names = query(env, url, dump);
    let rows = |name: &str| query(env, url, &format!("SELECT * FROM {name} ORDER BY 1"));
    names.lines().map(|name| (name.to_owned(), rows(name))).collect()
}

/// Compares what is printed, how it ends, and what `dump` sees afterwards.
fn compare(dialect: &str, urls: [&str; 2], alchemy: [&str; 2], dump: &str) {
    let cases = cases(dialect);
    let (mut ours, theirs) = (project(alchemy[0], &cases), project(alchemy[1], &cases));
    ours.replace_location(urls[0]);
    let mut alembic = Worker::start(&theirs);
    let (mut wrong, mut told) = (String::new(), BTreeSet::new());
    let chosen = std::env::var("LIMBECK_VALUES").unwrap_or_default();
    for (id, _) in cases.iter().filter(|(id, _)| id.contains(&chosen)) {
        let expected = alembic.run(&["upgrade", id]);
        let output = ours.run(&["upgrade", id]);
        // The last line of a traceback has the class; an error of PostgreSQL has further lines.
        let error = expected.traceback.lines().rfind(|line| line.starts_with("sqlalchemy.exc."));
        let class = error.and_then(|line| line.split(['.', ':']).nth(2)).unwrap_or_default();
        // Only one of them is meant to fail.
        let is_expected = (expected.code == 0) == (id != "an_uncaught_exception");
        let same_end = (expected.code == 0) == (output.code() == Some(0));
        let is_same = output.stdout == expected.said && output.stderr.contains(class);
        if !is_expected || !same_end || !is_same {
            let (said, trouble) = (&expected.said, error.unwrap_or(&expected.traceback));
            let theirs = format!("{said}{trouble}");
            write!(wrong, "== {id} on {dialect}\n-- limbeck\n{output}\n-- alembic\n{theirs}\n")
                .unwrap();
        }
        let (found, wanted) = (tables(&ours, urls[0], dump), tables(&theirs, urls[1], dump));
        for (table, wanted) in &wanted {
            let found = found.get(table).map_or("it is not there\n", String::as_str);
            if found != wanted && told.insert(table.clone()) {
                write!(wrong, "== {table} on {dialect}\n-- limbeck\n{found}-- alembic\n{wanted}")
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(cases.len() > 8, "{}", cases.len());
}

/// The tables of a server that are neither's own.
const OWN: &str = "table_name NOT LIKE 'limbeck%' AND table_name <> 'alembic_version' ORDER BY 1";

#[test]
fn on_postgresql() {
    let urls = [postgres().create_database(), postgres().create_database()];
    let dump = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND {OWN}"
    );
    let alchemy = [psycopg2(&urls[0]), psycopg2(&urls[1])];
    compare("postgresql", [&urls[0], &urls[1]], [&alchemy[0], &alchemy[1]], &dump);
}

#[test]
fn on_mariadb() {
    let urls = [mariadb().create_database(), mariadb().create_database()];
    let dump = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = database() AND {OWN}"
    );
    let alchemy = urls.each_ref().map(|url| url.replacen("mysql://", "mysql+pymysql://", 1));
    compare("mysql", [&urls[0], &urls[1]], [&alchemy[0], &alchemy[1]], &dump);
}

#[test]
fn on_sqlite() {
    let dump = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'limbeck%' \
                AND name <> 'alembic_version' AND name NOT LIKE 'sqlite%' ORDER BY 1";
    compare("sqlite", ["sqlite:app.db"; 2], ["sqlite:///app.db"; 2], dump);
}
