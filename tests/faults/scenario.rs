//! The history that the sweeps run, and how it is run in this process.

use std::collections::HashMap;

use limbeck::db::{self, DatabaseUrl, SessionOptions};
use limbeck::exec::{
    Fault, FaultyDatabase, Migrator, Report, Request, RunError, RunOptions, ScriptSource, Silent,
    TransactionMode,
};
use limbeck::graph::{RevisionGraph, RevisionId};
use limbeck::script::{LoadOptions, RevisionFile, ScriptDirectory};

use crate::support::{RevisionFile as NewFile, TestEnvironment, project, revision};

/// Ten revisions: a branch point, a merge with a script, a second base that depends on the first
/// line. Every script writes down that it ran, so that none can run twice unseen.
///
/// ```text
/// a1 - a2 -+- b1 - b2 -+- m1 - m2
///          +- c1 - c2 -+               c2: transaction = false, unless everything is one; m2: parted
/// x1 - x2        (x1 depends on b1)
/// ```
pub(crate) fn history(mode: TransactionMode) -> TestEnvironment {
    let transaction_mode = mode.name();
    project()
        .config(format!(
            "[scripts]\ntransaction_mode = \"{transaction_mode}\"\n\
             [databases.app]\nurl = \"sqlite:unused.db\"\n"
        ))
        .revision(
            revision("a1", &[])
                .label("app")
                .upgrade(
                    "CREATE TABLE IF NOT EXISTS ran (script TEXT NOT NULL);\n\
                     CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n\
                     INSERT INTO ran VALUES ('up a1');",
                )
                .downgrade("DROP TABLE users; INSERT INTO ran VALUES ('down a1');"),
        )
        .revision(with_log("a2", &["a1"]))
        .revision(with_log("b1", &["a2"]))
        .revision(with_log("b2", &["b1"]))
        .revision(with_log("c1", &["a2"]))
        .revision(match mode {
            TransactionMode::Run => with_log("c2", &["c1"]),
            TransactionMode::Revision | TransactionMode::Alembic => outside(),
        })
        .revision(with_log("m1", &["b2", "c2"]))
        .revision(match mode {
            TransactionMode::Run => with_log("m2", &["m1"]),
            TransactionMode::Revision | TransactionMode::Alembic => parted(),
        })
        .revision(with_log("x1", &[]).depends_on("b1").label("extra"))
        .revision(with_log("x2", &["x1"]))
        .build()
}

/// A revision of three statements, one of which writes data.
fn with_log(id: &str, down: &[&str]) -> NewFile {
    revision(id, down)
        .upgrade(&format!(
            "CREATE TABLE t_{id} (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'a;b');\n\
             INSERT INTO ran VALUES ('up {id}');\n\
             INSERT INTO t_{id} (id) VALUES (1);"
        ))
        .downgrade(&format!("INSERT INTO ran VALUES ('down {id}');\nDROP TABLE t_{id};"))
}

/// The revision that runs outside a transaction. The catalog tells of each of its statements
/// whether it took effect.
fn outside() -> NewFile {
    revision("c2", &["c1"])
        .with("transaction = false")
        .section(
            "upgrade postgresql",
            "CREATE TABLE big (id INTEGER PRIMARY KEY, v TEXT);\n\
             CREATE INDEX CONCURRENTLY big_v ON big (v);\n\
             ALTER TABLE big ADD COLUMN w TEXT;\n\
             DROP INDEX CONCURRENTLY big_v;\n\
             CREATE UNIQUE INDEX CONCURRENTLY big_w ON big (w);\n\
             CREATE VIEW big_view AS SELECT id, w FROM big;",
        )
        .section(
            "downgrade postgresql",
            "DROP VIEW big_view; DROP INDEX CONCURRENTLY big_w;\n\
             ALTER TABLE big DROP COLUMN w; DROP TABLE big;",
        )
        .section(
            "upgrade sqlite",
            "CREATE TABLE big (id INTEGER PRIMARY KEY, v TEXT);\n\
             CREATE INDEX big_v ON big (v);\n\
             ALTER TABLE big ADD COLUMN w TEXT;\n\
             DROP INDEX big_v;\n\
             CREATE UNIQUE INDEX big_w ON big (w);\n\
             VACUUM;\n\
             CREATE VIEW big_view AS SELECT id, w FROM big;",
        )
        .section(
            "downgrade sqlite",
            "DROP VIEW big_view; DROP INDEX big_w; ALTER TABLE big DROP COLUMN w; DROP TABLE big;",
        )
}

/// A revision that is parted because of one of its statements. What it writes is in its transactions,
/// where nobody has to be asked whether it was written.
fn parted() -> NewFile {
    let upgrade = |alone: &str| {
        format!(
            "CREATE TABLE t_m2 (id INTEGER PRIMARY KEY, v TEXT);\n\
             INSERT INTO ran VALUES ('up m2');\n{alone}\n\
             INSERT INTO t_m2 (id) VALUES (1);\nUPDATE t_m2 SET id = id + 1;"
        )
    };
    let downgrade =
        |alone: &str| format!("INSERT INTO ran VALUES ('down m2');\n{alone}\nDROP TABLE t_m2;");
    revision("m2", &["m1"])
        .section("upgrade postgresql", &upgrade("CREATE INDEX CONCURRENTLY m2_v ON t_m2 (v);"))
        .section("downgrade postgresql", &downgrade("DROP INDEX CONCURRENTLY m2_v;"))
        .section("upgrade sqlite", &upgrade("PRAGMA foreign_keys = ON;\nVACUUM;"))
        .section("downgrade sqlite", &downgrade("VACUUM;"))
}

/// The revisions of a project, read as the command line reads them.
pub(crate) struct Revisions {
    graph: RevisionGraph,
    files: HashMap<RevisionId, RevisionFile>,
}

impl ScriptSource for Revisions {
    fn file(&self, id: &RevisionId) -> Option<&RevisionFile> {
        self.files.get(id)
    }
}

impl Revisions {
    pub(crate) fn load(versions: impl Into<std::path::PathBuf>) -> Self {
        let directory = ScriptDirectory { locations: vec![versions.into()] };
        let files = directory.load(&LoadOptions::default()).unwrap().revisions;
        let graph =
            RevisionGraph::build(files.iter().map(|f| f.revision.clone()).collect()).unwrap();
        let files = files.into_iter().map(|f| (f.revision.id.clone(), f)).collect();
        Revisions { graph, files }
    }

    /// Carries `request` out on the database at `url`, with `fault` at the effect number `at`
    /// (0: never). Returns the number of effects too.
    pub(crate) fn run(
        &self,
        url: &DatabaseUrl,
        request: &Request,
        options: RunOptions,
        (at, fault): (u32, Fault),
    ) -> (Result<Report, RunError>, u32) {
        let session = db::connect(url, &SessionOptions::default()).unwrap();
        let mut database = FaultyDatabase::new(session, at, fault);
        let result =
            Migrator::new(&self.graph, self, options).run(&mut database, request, &mut Silent);
        (result, database.effects())
    }
}

/// Which way a sweep goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

impl Way {
    pub(crate) fn request(self) -> Request {
        match self {
            Way::Up => Request::Upgrade("heads".parse().unwrap()),
            Way::Down => Request::Downgrade("base".parse().unwrap()),
        }
    }
}
