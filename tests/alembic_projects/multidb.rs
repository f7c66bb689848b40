//! Projects of Alembic's template `multidb`.

use insta::assert_snapshot;

use super::compat::template;
use super::worker::Worker;
use crate::support::{TestEnvironment, query};

/// A revision with a function for each database.
fn engines(one: &str, two: &str) -> String {
    format!(
        "\"\"\"rev a1\"\"\"\nfrom alembic import op\n\nrevision = 'a1'\ndown_revision = None\n\n\n\
         def upgrade(engine_name: str) -> None:\n    globals()[\"upgrade_%s\" % engine_name]()\n\n\n\
         def downgrade(engine_name: str) -> None:\n    globals()[\"downgrade_%s\" % engine_name]()\n\n\n\
         def upgrade_engine1() -> None:\n    {one}\n\n\ndef downgrade_engine1() -> None:\n    pass\n\n\n\
         def upgrade_engine2() -> None:\n    {two}\n\n\ndef downgrade_engine2() -> None:\n    pass\n"
    )
}

fn versions(env: &TestEnvironment) -> [String; 2] {
    ["sqlite:one.db", "sqlite:two.db"].map(|url| {
        let exists = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'";
        match query(env, url, exists).trim() {
            "1" => query(env, url, "SELECT * FROM alembic_version"),
            _ => "no table\n".to_owned(),
        }
    })
}

#[test]
fn both_databases_are_upgraded() {
    let env = template("multidb");
    env.write("migrations/versions/a1_x.py", engines("pass", "pass"));
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    [engine1]
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    INFO  [alembic.runtime.migration] Running upgrade  -> a1, rev a1
    [engine2]
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    INFO  [alembic.runtime.migration] Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(versions(&env), ["a1\n", "a1\n"]);
    let mut alembic = Worker::start(&env);
    assert_eq!(alembic.ok(&["current"]), "a1 (head)\na1 (head)\n");
    alembic.ok(&["downgrade", "base"]);
    assert_snapshot!(env.run(&["current"]), @"
    [engine1]
    [engine2]
    ------- stderr -------
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "engine2", "upgrade", "head"]), @"
    ------- stderr -------
    INFO  [alembic.runtime.migration] Context impl SQLiteImpl.
    INFO  [alembic.runtime.migration] Will assume non-transactional DDL.
    INFO  [alembic.runtime.migration] Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(versions(&env), ["", "a1\n"]);
}

#[test]
fn one_with_code_that_does_not_run_for_one_of_them() {
    let env = template("multidb");
    env.write(
        "migrations/versions/a1_x.py",
        engines("pass", "import application; application.up()"),
    );
    assert_snapshot!(env.run(&["upgrade", "head", "--python", "never"]), @"
    ------- stderr -------
    error: database engine2: the plan has a revision that only Python runs
      --> migrations/versions/a1_x.py:25:25
       |  revision a1: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 78]
    ");
    assert_eq!(versions(&env), ["no table\n", "no table\n"]);
    // Where that database has the revision, the other one is upgraded.
    env.run(&["stamp", "a1", "-d", "engine2"]).ok();
    env.run(&["upgrade", "head", "--python", "never"]).ok();
    assert_eq!(versions(&env), ["a1\n", "a1\n"]);
}

/// What needs Python is known beforehand, and so is that there is none to run it.
#[test]
fn one_with_code_for_python_where_there_is_no_python() {
    let env = template("multidb");
    env.write(
        "migrations/versions/a1_x.py",
        engines("pass", "import application; application.up()"),
    );
    env.write("limbeck.toml", "[scripts]\npython_program = \"./nowhere/python\"\n");
    let output = env.run(&["upgrade", "head"]);
    assert_eq!(output.code(), Some(78), "{output}");
    let text = output.to_string();
    assert!(text.contains("error: database engine2:"), "{text}");
    assert!(text.contains("cannot be started"), "{text}");
    assert_eq!(versions(&env), ["no table\n", "no table\n"]);
}

#[test]
fn one_with_code_that_comes_to_a_limit_on_one_of_them() {
    let env = template("multidb");
    let deep = "def deep(n):\n        return deep(n + 1)\n    deep(0)";
    env.write("migrations/versions/a1_x.py", engines("pass", deep));
    let output = env.run(&["upgrade", "head"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.to_string().contains("nothing was begun"), "{output}");
    assert_eq!(versions(&env), ["no table\n", "no table\n"]);
}

/// That a revision is Python is no reason to ask twice.
#[test]
fn a_database_is_not_asked_beforehand_for_python_that_runs() {
    let env = template("multidb");
    env.write("migrations/versions/a1_x.py", engines("pass", "op.drop_table('t')"));
    env.run(&["stamp", "a1", "-d", "engine1"]).ok();
    env.run(&["stamp", "a1", "-d", "engine2"]).ok();
    let asked = |arguments: &[&str], name: &str| {
        let output = env.run(&[arguments, &["--log-sql", "upgrade", "head"]].concat());
        assert_eq!(output.code(), Some(0), "{output}");
        let of_database =
            |line: &&str| line.contains(name) && line.contains("FROM alembic_version");
        output.stderr.lines().filter(of_database).count()
    };
    let alone = asked(&["-d", "engine1"], "[engine1]");
    assert!(alone > 0);
    assert_eq!(asked(&[], "[engine1]"), alone);
    assert_eq!(asked(&[], "[engine2]"), asked(&["-d", "engine2"], "[engine2]"));
}

#[test]
fn a_database_without_a_function() {
    let env = template("multidb");
    let text = engines("pass", "pass").replace("def upgrade_engine2", "def upgrade_engine3");
    env.write("migrations/versions/a1_x.py", text);
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    error: revision a1: the revision has no function upgrade()
      --> migrations/versions/a1_x.py
    [exit status: 78]
    ");
}

#[test]
fn a_database_without_a_section() {
    let env = template("multidb");
    env.write(
        "alembic.ini",
        env.read("alembic.ini").replace("engine1, engine2", "engine1, nosuch"),
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: No config file 'alembic.ini' found, or file has no '[nosuch]' section
      --> alembic.ini
    [exit status: 78]
    ");
    assert_eq!(env.run(&["heads"]).ok(), "");
}
