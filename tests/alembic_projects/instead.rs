//! Revisions that limbeck begins and that turn out to need Python, behind what only the database
//! knows: they are undone, and the project's own Python runs them.

use super::project::{INI, alembic_project, psycopg2, with_body};
use crate::support::{TestEnvironment, mariadb, postgres, python, query};

/// What the database has decides which function runs, and one of them limbeck cannot run.
const HELPER: &str =
    "import platform\n\nseen = []\n\n\ndef load_one():\n    return bool(platform.system())\n";

/// The lines that come to it, behind a row that an earlier revision has made.
const COMES_TO_IT: &str = "for row in op.get_bind().exec_driver_sql('SELECT script FROM ran').fetchall():\n        \
                           getattr(helper, 'load_' + row.script)()";

/// The events of a revision, with the numbers of statements.
const EVENTS: &str = "SELECT event, coalesce(statement_no, 0) FROM limbeck_journal WHERE revision = 'd4' \
                      AND direction = 'upgrade' ORDER BY id";

/// Three revisions behind two that do nothing; what the second does before it comes to the place.
fn project(before: &str) -> TestEnvironment {
    let mut env = alembic_project();
    env.write("helper.py", HELPER);
    env.write("alembic.ini", format!("{INI}prepend_sys_path = .\n"));
    let add = |id: &str, down: &str, up: &str, back: &str| {
        let text = with_body(id, down, up, back)
            .replace("from alembic import op\n", "from alembic import op\n\nimport helper\n");
        env.write(format!("migrations/versions/{id}_x.py"), text);
    };
    let first = "op.execute('CREATE TABLE ran (id INTEGER, script VARCHAR(9))')\n    \
                 op.execute(\"INSERT INTO ran VALUES (1, 'one')\")";
    add("c3", "'b2'", first, "op.execute('DROP TABLE ran')");
    let up = format!("{before}\n    {COMES_TO_IT}\n    op.execute('CREATE TABLE t4 (id INTEGER)')");
    add("d4", "'c3'", &up, &format!("{COMES_TO_IT}\n    op.execute('DROP TABLE t4')"));
    let last = "print('seen', helper.seen)\n    op.execute('CREATE TABLE t5 (id INTEGER)')";
    add("e5", "'d4'", last, "op.execute('DROP TABLE t5')");
    let venv = python().parent().unwrap().parent().unwrap().to_owned();
    env.set("VIRTUAL_ENV", venv);
    env
}

const MAKES: &str = "print('begins')\n    helper.seen.append('d4')\n    \
                     op.execute(\"INSERT INTO ran VALUES (2, 'x')\")\n    op.execute(\"DELETE FROM ran WHERE id = 2\")";

fn at(url: &str, alchemy: &str, before: &str) -> TestEnvironment {
    let mut env = project(before);
    let ini = INI.replace("sqlite:///app.db", &alchemy.replace('%', "%%"));
    env.write("alembic.ini", format!("{ini}prepend_sys_path = .\n"));
    env.replace_location(url);
    env
}

fn on_mariadb(before: &str) -> (String, TestEnvironment) {
    let url = mariadb().create_database();
    let alchemy = url.replacen("mysql://", "mysql+pymysql://", 1).replacen(
        "mariadb://",
        "mysql+pymysql://",
        1,
    );
    let env = at(&url, &alchemy, before);
    (url, env)
}

fn count(env: &TestEnvironment, url: &str, table: &str) -> String {
    query(env, url, &format!("SELECT count(*) FROM {table}")).trim().to_owned()
}

#[test]
fn it_is_undone_and_run_by_python() {
    let env = project(MAKES);
    let plan = env.run(&["plan"]).ok();
    assert!(!plan.contains("Python"), "{plan}");
    let output = env.run(&["upgrade"]);
    let text = output.to_string();
    assert_eq!(output.code(), Some(0), "{text}");
    let told = "note: revision d4 came to what limbeck does not run: the module 'platform'\n  \
                --> helper.py:7:17\n  nothing of it is left, and the project's own Python runs it\n";
    assert!(text.contains(told), "{text}");
    // What was printed is printed again, and what the attempt has changed in a module is not there.
    assert_eq!(text.matches("begins").count(), 2, "{text}");
    assert!(text.contains("seen []"), "{text}");
    assert_eq!(text.matches("Running upgrade c3 -> d4").count(), 1, "{text}");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    let url = "sqlite:app.db";
    assert_eq!(count(&env, url, "t4"), "0");
    assert_eq!(count(&env, url, "ran"), "1");
    assert_eq!(query(&env, url, EVENTS), "fail|0\nbegin|1\ndone|1\ndone|0\n");
    let error = "SELECT error FROM limbeck_journal WHERE event = 'fail'";
    let error = query(&env, url, error);
    assert!(error.contains("'platform'; nothing of it is left, and Python runs it"), "{error}");
    env.run(&["health"]).ok();
    // And back.
    let output = env.run(&["downgrade", "base"]).ok();
    assert!(!output.contains("error"), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn without_python_it_ends_as_it_did() {
    let mut env = project(MAKES);
    let output = env.run(&["upgrade", "--python", "never"]);
    assert_eq!(output.code(), Some(78));
    let text = output.to_string();
    // The place is in the module.
    assert!(
        text.contains("  --> helper.py:7:17\n   |      return bool(platform.system())"),
        "{text}"
    );
    assert!(text.contains("hint: --python auto lets the project's own Python"), "{text}");
    assert!(text.contains("hint: revision d4 was rolled back"), "{text}");
    assert_eq!(env.run(&["current"]).ok(), "c3\n");
    // A Python that cannot run it says so.
    env.remove("VIRTUAL_ENV");
    env.write("limbeck.toml", "[scripts]\npython_program = \"./nowhere/python\"\n");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78));
    let text = output.to_string();
    assert!(text.contains("hint: the project's own Python could not run it instead: "), "{text}");
    assert!(text.contains("cannot be started"), "{text}");
    // Nor can a run that is one transaction.
    let program = python().display().to_string();
    env.write(
        "limbeck.toml",
        format!("[scripts]\npython_program = {program:?}\ntransaction_mode = \"run\"\n"),
    );
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78));
    assert!(output.to_string().contains("`transaction_mode` is \"run\""), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "c3\n");
}

/// What the code itself raises, what the database refuses, and what comes to no end is its own.
#[test]
fn errors_of_the_code_are_believed() {
    for (what, code, word) in [
        ("raise TypeError('mine')", 1, "TypeError: mine"),
        ("assert row.script == 'x'", 1, "AssertionError"),
        ("op.execute('SELECT nothing')", 1, "syntax error"),
        ("[].pop()", 1, "IndexError"),
    ] {
        let env = project("pass");
        let path = "migrations/versions/d4_x.py";
        let call = "getattr(helper, 'load_' + row.script)()";
        let text = env.read(path).replacen(call, what, 1);
        env.write(path, text);
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(code), "{output}");
        let text = output.to_string();
        assert!(text.contains(word) && !text.contains("own Python"), "{text}");
    }
    // What an object of limbeck's own refuses Python may take.
    let env = project("pass");
    let path = "migrations/versions/d4_x.py";
    let text =
        env.read(path).replacen("getattr(helper", "getattr(op, 'drop_' + row.script); (helper", 1);
    env.write(path, text);
    let output = env.run(&["upgrade"]);
    let text = output.to_string();
    assert!(text.contains("the project's own Python runs it"), "{text}");
    assert_eq!(output.code(), Some(1), "{text}");
}

/// Where a run was killed while Python ran, limbeck does not begin with the revision anew.
#[test]
fn what_was_killed_in_python_is_in_doubt() {
    for (is_done, way) in [(true, "skip"), (false, "rerun")] {
        let env = project(&format!("{MAKES}\n    op.execute('CREATE TABLE t4 (id INTEGER)')"));
        let path = "migrations/versions/d4_x.py";
        let text = env.read(path);
        let (before, after) =
            text.rsplit_once("    op.execute('CREATE TABLE t4 (id INTEGER)')\n").unwrap();
        env.write(path, format!("{before}{after}"));
        let commits = if is_done { "op.get_bind().commit()\n    " } else { "" };
        let dies = format!(
            "{HELPER}\n\ndef load_one():\n    platform.system()\n    {commits}os.kill(os.getpid(), 9)\n"
        );
        env.write("helper.py", format!("import os\nfrom alembic import op\n{dies}"));
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(9), "{output}");
        assert_eq!(env.run(&["current"]).ok(), "c3\n");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(9), "{output}");
        assert!(output.to_string().contains("journal resolve d4"), "{output}");
        assert!(!output.to_string().contains("begins"), "{output}");
        let health = env.run(&["health"]).to_string();
        assert!(health.contains("journal resolve d4"), "{health}");
        // Who may not run Python is asked too.
        let output = env.run(&["upgrade", "--python", "never"]);
        assert_eq!(output.code(), Some(9), "{output}");
        env.write("helper.py", HELPER);
        env.run(&["upgrade", "--in-doubt", way]).ok();
        assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
        assert_eq!(count(&env, "sqlite:app.db", "t4"), "0");
        assert_eq!(count(&env, "sqlite:app.db", "ran"), "1");
    }
}

/// The run that Alembic makes one transaction is parted there.
#[test]
fn on_postgres_the_run_is_parted() {
    let url = postgres().create_database();
    let env = at(&url, &psycopg2(&url), MAKES);
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.to_string().contains("  --> helper.py:7:17\n"), "{output}");
    assert_eq!(output.to_string().matches("Running upgrade c3 -> d4").count(), 1, "{output}");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_eq!(count(&env, &url, "t5"), "0");
    assert_eq!(query(&env, &url, EVENTS), "fail|0\nbegin|1\ndone|1\ndone|0\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
    // What fails behind it leaves it done.
    let path = "migrations/versions/e5_x.py";
    let good = env.read(path);
    env.write(path, good.replace("CREATE TABLE t5", "CREATE NOTHING t5"));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "d4\n");
    assert_eq!(count(&env, &url, "t4"), "0");
}

/// A value of a sequence that was taken is not given back: what has taken one is not run twice.
#[test]
fn on_postgres_sequences_must_be_as_before() {
    let makes =
        "op.execute('CREATE TABLE s (id SERIAL)')\n    op.execute('INSERT INTO s DEFAULT VALUES')";
    let url = postgres().create_database();
    let env = at(&url, &psycopg2(&url), makes);
    // That of a table which is undone too is no harm.
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT id FROM s"), "1\n");
    let url = postgres().create_database();
    let env = at(&url, &psycopg2(&url), "op.execute('INSERT INTO s DEFAULT VALUES')");
    let path = "migrations/versions/c3_x.py";
    let text = env.read(path);
    let table = "op.execute('CREATE TABLE s (id SERIAL)')\n    op.execute('CREATE TABLE ran";
    env.write(path, text.replace("op.execute('CREATE TABLE ran", table));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    let words = "hint: it was not handed to the project's own Python: a sequence";
    assert!(output.to_string().contains(words), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM pg_tables WHERE tablename = 's'"), "0\n");
    // The same with a lock of the session, which Python would wait for.
    let url = postgres().create_database();
    let env = at(&url, &psycopg2(&url), "op.execute('SELECT pg_advisory_lock(7)')");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.to_string().contains(words), "{output}");
}

/// What has left its transaction is not undone.
#[test]
fn what_has_committed_something_stays_limbecks() {
    let block = "with op.get_context().autocommit_block():\n        \
                 op.execute('CREATE TABLE u (id INTEGER)')";
    let url = postgres().create_database();
    for (url, env) in [
        ("sqlite:app.db".to_owned(), project(block)),
        (url.clone(), at(&url, &psycopg2(&url), block)),
    ] {
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{output}");
        let text = output.to_string();
        let words = "own Python: what it did outside a transaction stays done";
        assert!(text.contains(words), "{text}");
        assert_eq!(count(&env, &url, "u"), "0");
        // Nor by a rerun, which leaves out what is done.
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.to_string().contains(words), "{output}");
    }
}

/// Until it comes to its block, everything is undone.
#[test]
fn what_would_leave_its_transaction_later_is_handed_over() {
    let url = postgres().create_database();
    for (url, env) in [
        ("sqlite:app.db".to_owned(), project(MAKES)),
        (url.clone(), at(&url, &psycopg2(&url), MAKES)),
    ] {
        let path = "migrations/versions/d4_x.py";
        let block = "op.execute('CREATE TABLE t4 (id INTEGER)')\n    with op.get_context().autocommit_block():\n        \
                     op.execute('CREATE INDEX i4 ON t4 (id)')";
        let text = env.read(path);
        env.write(path, text.replace("op.execute('CREATE TABLE t4 (id INTEGER)')", block));
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(0), "{output}");
        assert!(output.to_string().contains("the project's own Python runs it"), "{output}");
        assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
        assert_eq!(count(&env, &url, "t4"), "0");
    }
}

#[test]
fn on_mariadb_only_what_has_changed_nothing_is_handed_over() {
    let reads = "op.execute('SET SESSION sort_buffer_size = 1000000')\n    \
                 op.get_bind().exec_driver_sql('SELECT count(*) FROM ran').scalar()";
    let (url, env) = on_mariadb(reads);
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.to_string().contains("  --> helper.py:7:17\n"), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_eq!(count(&env, &url, "t5"), "0");
    assert_eq!(query(&env, &url, EVENTS), "fail|0\nbegin|1\ndone|1\ndone|0\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "");
    for acts in [
        "op.execute(\"INSERT INTO ran VALUES (2, 'x')\")",
        "op.execute('SET GLOBAL max_connect_errors = 999')",
        "op.execute(\"SELECT GET_LOCK('limbeck_test_instead', 1)\")",
        "with op.get_bind().begin_nested():\n        op.execute('CREATE TABLE u (id INTEGER)')",
    ] {
        let (_, env) = on_mariadb(acts);
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{acts}: {output}");
        let words = "own Python: what it did outside a transaction stays done";
        assert!(output.to_string().contains(words), "{acts}: {output}");
        assert_eq!(env.run(&["current"]).ok(), "c3\n");
    }
}

#[test]
fn texts_are_as_they_were() {
    let env = project(MAKES);
    let output = env.run(&["upgrade", "--sql"]);
    assert!(!output.to_string().contains("rolled back, and"), "{output}");
    assert_ne!(output.code(), Some(0));
}
