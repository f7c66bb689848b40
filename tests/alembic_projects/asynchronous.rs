//! Projects of Alembic's template `async`, as it stands, with drivers of asyncio.

use super::compat::template;
use super::project::with_body;
use crate::support::TestEnvironment;
use crate::support::postgres;
use crate::support::python;
use crate::support::query;

const EVENTS: &str = "SELECT revision, event FROM limbeck_journal WHERE direction = 'upgrade' ORDER \
                      BY id";

/// Four revisions, the third of which calls a module that limbeck has not; each prints its process
/// where Python runs it.
fn project(sqlalchemy: &str) -> TestEnvironment {
    let mut env = template("async");
    let ini = env.read("alembic.ini").replace("sqlite:///app.db", &sqlalchemy.replace('%', "%%"));
    env.write("alembic.ini", ini);
    let create = |table: &str| format!("op.execute('CREATE TABLE {table} (id INTEGER)')");
    let drop = |table: &str| format!("op.execute('DROP TABLE {table}')");
    let only_python = "import platform\n    print('process', platform.os.getpid())\n    ";
    for (id, down, table) in
        [("a1", "None", "t1"), ("b2", "'a1'", "t2"), ("c3", "'b2'", "t3"), ("d4", "'c3'", "t4")]
    {
        let first = if id == "c3" { only_python } else { "" };
        let (up, back) = (format!("{first}{}", create(table)), format!("{first}{}", drop(table)));
        env.write(format!("migrations/versions/{id}_x.py"), with_body(id, down, &up, &back));
    }
    env.set("VIRTUAL_ENV", python().parent().unwrap().parent().unwrap());
    env
}

/// Up and down, with Python for one revision, and for all.
#[track_caller]
fn goes_up_and_down(env: &TestEnvironment, url: &str) {
    let all = "a1|done\nb2|done\nc3|begin\nc3|done\nc3|done\nd4|done\n";
    let output = env.run(&["upgrade"]).ok();
    assert_eq!(output.matches("process").count(), 1, "{output}");
    assert_eq!(query(env, url, EVENTS), all);
    assert_eq!(env.run(&["current"]).ok(), "d4 (head)\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
    // One process runs what follows the first, though asyncio catches Ctrl-C within each of them.
    env.write(
        "migrations/versions/d4_x.py",
        env.read("migrations/versions/c3_x.py")
            .replace("\"c3\"", "\"d4\"")
            .replace("'b2'", "'c3'")
            .replace("t3", "t4"),
    );
    let output = env.run(&["upgrade", "--python", "always"]).ok();
    let processes: Vec<&str> = output.lines().filter(|line| line.starts_with("process")).collect();
    assert!(matches!(processes[..], [first, second] if first == second), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "d4 (head)\n");
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stdout.contains("2 equal, 2 that only Python runs"), "{output}");
    assert!(env.run(&["upgrade", "b2", "--sql"]).ok().contains("CREATE TABLE t2"));
}

/// A revision that Python runs fails, or is asked to stop: what is told, and what is left.
#[track_caller]
fn fails(env: &TestEnvironment, line: &str, code: i32, told: &str) {
    let path = "migrations/versions/c3_x.py";
    let good = env.read(path);
    env.write(
        path,
        good.replace("\n\n\ndef downgrade", &format!("\n    {line}\n\n\ndef downgrade")),
    );
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(code), "{output}");
    assert!(output.stderr.contains(told), "{output}");
    assert!(output.stderr.contains("revision c3 was rolled back"), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    env.write(path, good);
}

const INTERRUPTED: &str = "import os, signal; os.kill(os.getpid(), signal.SIGINT)";

#[test]
fn aiosqlite() {
    let env = project("sqlite+aiosqlite:///app.db");
    goes_up_and_down(&env, "sqlite:app.db");
    let env = project("sqlite+aiosqlite:///app.db");
    // A table stays, as with Alembic: Python's driver of SQLite begins no transaction for it.
    fails(&env, "op.execute('SELECT nothing')", 1, "OperationalError");
}

#[test]
fn asyncpg() {
    let asyncpg = |url: &str| url.replacen("postgres://", "postgresql+asyncpg://", 1);
    let url = postgres().create_database();
    let mut env = project(&asyncpg(&url));
    env.replace_location(&url);
    goes_up_and_down(&env, &url);
    let url = postgres().create_database();
    let mut env = project(&asyncpg(&url));
    env.replace_location(&url);
    fails(&env, "op.execute('SELECT nothing')", 1, "column \"nothing\" does not exist");
    fails(&env, INTERRUPTED, 9, "the run was asked to stop");
    let tables = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE \
                  tablename LIKE 't_'";
    assert_eq!(query(&env, &url, tables), "t1 t2\n");
}
