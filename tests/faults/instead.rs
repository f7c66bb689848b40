//! The same of a run in which a revision turns out, behind what only the database knows, to be one
//! for the project's own Python: limbeck begins with it, undoes that, and hands it over.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;

use limbeck::exec::{
    Fault, InDoubt, ProgramOrigin, PythonOptions, PythonProgram, Report, Request, RunError,
    RunErrorKind, RunOptions, TransactionMode,
};
use limbeck_alembic::eval::ModuleSource;

use super::bench::Bench;
use super::child::{self, kill_myself};
use super::scenario::Revisions;
use crate::alembic_projects::project::{ENV, bare_project, psycopg2, with_body};
use crate::support::{TestEnvironment, python};

/// What the child is to do: its words, joined by line breaks.
const ORDER: &str = "LIMBECK_TEST_DIE_INSTEAD";
const NEVER: (u32, Fault) = (0, Fault::Fail);
const HELPER: &str = "import platform\n\n\ndef load_a1():\n    return platform.system()\n";

/// Three revisions that write down that they ran; what the second has to do says a row.
fn history(bench: &Bench, acts_first: bool) -> TestEnvironment {
    let alchemy = match bench {
        Bench::Sqlite(_) => bench.url().replacen("sqlite:", "sqlite:///", 1),
        Bench::Postgres { .. } => psycopg2(&bench.url()),
        Bench::Mariadb(url) => url.replacen("mysql://", "mysql+pymysql://", 1).replacen(
            "mariadb://",
            "mysql+pymysql://",
            1,
        ),
    };
    let ini = format!(
        "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = %(here)s\n\
         sqlalchemy.url = {}\n",
        alchemy.replace('%', "%%")
    );
    let env = bare_project(&ini, ENV);
    env.write("helper.py", HELPER);
    let comes = "for row in op.get_bind().exec_driver_sql(\"SELECT script FROM ran WHERE script = \
                 'up a1'\").fetchall():\n        getattr(helper, 'load_' + row.script[3:])()";
    let ran = |what: &str| format!("op.execute(\"INSERT INTO ran VALUES ('{what}')\")");
    let add = |id: &str, down: &str, up: &str| {
        let text = with_body(id, down, up, "pass")
            .replace("from alembic import op\n", "from alembic import op\n\nimport helper\n");
        env.write(format!("migrations/versions/{id}_x.py"), text);
    };
    let first =
        format!("op.execute('CREATE TABLE ran (script VARCHAR(20))')\n    {}", ran("up a1"));
    add("a1", "None", &first);
    let [before, after] = match acts_first {
        true => [format!("{}\n    ", ran("up b2")), String::new()],
        false => [String::new(), format!("\n    {}", ran("up b2"))],
    };
    let second = format!("{before}{comes}{after}\n    op.execute('CREATE TABLE t2 (id INTEGER)')");
    add("b2", "'a1'", &second);
    add("c3", "'b2'", &format!("op.execute('CREATE TABLE t3 (id INTEGER)')\n    {}", ran("up c3")));
    env
}

/// What a run is given in the project at `root`.
fn options(root: &str, mode: TransactionMode) -> RunOptions {
    let program = PythonProgram {
        program: python().into_os_string(),
        origin: ProgramOrigin::Setting,
        config: Some(format!("{root}/alembic.ini").into()),
        toml: None,
        section: "alembic".to_owned(),
        x_arguments: Vec::new(),
        scratch: None,
    };
    let modules = |name: &str| match name {
        "helper" => Ok(ModuleSource::File {
            path: "helper.py".to_owned(),
            text: HELPER.to_owned(),
            is_package: false,
        }),
        _ => Ok(ModuleSource::Unknown),
    };
    RunOptions {
        transaction_mode: mode,
        python: PythonOptions {
            program: Some(program),
            modules: Arc::new(modules),
            ..PythonOptions::default()
        },
        ..RunOptions::default()
    }
}

fn upgrade() -> Request {
    Request::Upgrade("heads".parse().unwrap())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Fail,
    Kill,
}

/// Ends the run at each effect in turn; a rerun must complete it, and run nothing twice.
fn sweep(bench: &Bench, mode: TransactionMode, end: End) {
    let env = history(bench, !matches!(bench, Bench::Mariadb(_)));
    let root = env.path(".").display().to_string();
    let revisions = Revisions::load(env.path("migrations/versions"));
    let url = bench.url().parse().unwrap();
    // One process of Python serves all runs here.
    let options = options(&root, mode);
    let run = |in_doubt, fault| -> (Result<Report, RunError>, u32) {
        revisions.run(&url, &upgrade(), RunOptions { in_doubt, ..options.clone() }, fault)
    };
    bench.reset();
    let (report, effects) = run(InDoubt::Stop, NEVER);
    assert_eq!(report.unwrap().steps.len(), 3);
    assert!(effects > 30, "only {effects} effects");
    let clean = bench.ran_and_tables();
    assert_eq!(clean.matches("up b2").count(), 1, "{clean}");
    for at in 1..=effects {
        bench.reset();
        match end {
            End::Fail => {
                let (result, _) = run(InDoubt::Stop, (at, Fault::Fail));
                assert_eq!(result.is_ok(), at == effects, "effect {at}: {result:?}");
            }
            End::Kill => {
                let status = kill_at(&root, &bench.url(), mode, at);
                assert_eq!(status.signal(), Some(9), "effect {at}");
            }
        }
        let (mut result, _) = run(InDoubt::Stop, NEVER);
        let asked = result.as_ref().err().and_then(|error| match &*error.kind {
            RunErrorKind::InDoubt { revision, .. } => Some(format!("up {revision}")),
            _ => None,
        });
        if let Some(row) = asked {
            // Nobody has begun anew with what may be done.
            let is_done = bench.ask("SELECT script FROM ran").lines().any(|line| line == row);
            result = run(if is_done { InDoubt::Skip } else { InDoubt::Rerun }, NEVER).0;
        }
        assert!(result.is_ok(), "rerun after effect {at}: {result:?}");
        assert_eq!(bench.ran_and_tables(), clean, "after effect {at}");
    }
}

fn kill_at(root: &str, url: &str, mode: TransactionMode, at: u32) -> ExitStatus {
    let words = [root, url, mode.name(), &at.to_string()];
    child::start("faults::instead::dies_at_its_effect", ORDER, &words)
}

#[test]
#[ignore = "the sweeps start it, in a process of its own"]
fn dies_at_its_effect() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let words: Vec<&str> = order.split('\n').collect();
    let [root, url, mode, at] = words.as_slice() else { panic!("not an order: {words:?}") };
    let mode = match *mode {
        "alembic" => TransactionMode::Alembic,
        _ => TransactionMode::Revision,
    };
    let (result, effects) = Revisions::load(format!("{root}/migrations/versions")).run(
        &url.parse().unwrap(),
        &upgrade(),
        options(root, mode),
        (at.parse().unwrap(), Fault::Call(kill_myself)),
    );
    panic!("still alive after {effects} effects: {result:?}");
}

#[test]
fn on_sqlite_it_fails() {
    sweep(&Bench::sqlite(), TransactionMode::Revision, End::Fail);
}

#[test]
fn on_sqlite_it_is_killed() {
    sweep(&Bench::sqlite(), TransactionMode::Revision, End::Kill);
}

#[test]
fn on_postgres_it_fails() {
    sweep(&Bench::postgres(), TransactionMode::Revision, End::Fail);
}

#[test]
fn on_postgres_in_parts_it_fails() {
    sweep(&Bench::postgres(), TransactionMode::Alembic, End::Fail);
}

#[test]
fn on_postgres_in_parts_it_is_killed() {
    sweep(&Bench::postgres(), TransactionMode::Alembic, End::Kill);
}

#[test]
fn on_mariadb_it_fails() {
    sweep(&Bench::mariadb(), TransactionMode::Revision, End::Fail);
}
