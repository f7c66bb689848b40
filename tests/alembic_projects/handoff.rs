//! Revisions that only Python runs: handed to the project's own Python with real Alembic, refused,
//! reported and converted.

use insta::assert_snapshot;

use super::project::{ENV, INI, alembic_project, psycopg2, revision, with_body};
use crate::support::{TestEnvironment, mariadb, postgres, python, query};

const TABLES: &str = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE \
                      type = 'table' AND name LIKE 't%' ORDER BY name)";

/// Five revisions, the third of which calls a module that limbeck has not.
fn five() -> TestEnvironment {
    let mut env = alembic_project();
    let up = "import platform\n    print('on', bool(platform.system()))\n    op.execute('CREATE TABLE t3 (id \
              INTEGER)')";
    let down = "import platform\n    platform.system()\n    op.execute('DROP TABLE t3')";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, down));
    let body = ["op.execute('CREATE TABLE t4 (id INTEGER)')", "op.execute('DROP TABLE t4')"];
    env.write("migrations/versions/d4_x.py", with_body("d4", "'c3'", body[0], body[1]));
    env.write("migrations/versions/e5_x.py", revision("e5", "'d4'"));
    let venv = python().parent().unwrap().parent().unwrap().to_owned();
    env.set("VIRTUAL_ENV", venv);
    env
}

fn tables(env: &TestEnvironment) -> String {
    query(env, "sqlite:app.db", TABLES).trim().to_owned()
}

#[test]
fn just_that_revision_runs_in_python() {
    let env = five();
    let plan = env.run(&["plan"]).ok();
    assert!(plan.contains("upgrade() in the project's own Python"), "{plan}");
    assert!(plan.contains("the module 'platform'"), "{plan}");
    let output = env.run(&["upgrade"]).ok();
    assert!(output.contains("on True"), "{output}");
    assert_eq!(tables(&env), "t3 t4");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    // The journal has a beginning and an end of it.
    let events = "SELECT group_concat(event, ' ') FROM (SELECT event FROM limbeck_journal WHERE \
                  revision = 'c3' ORDER BY id)";
    assert_eq!(query(&env, "sqlite:app.db", events), "begin done done\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(tables(&env), "");
    assert_eq!(env.run(&["current"]).ok(), "");
}

#[test]
fn never_refuses_the_plan_before_anything_is_done() {
    let env = five();
    let output = env.run(&["upgrade", "--python", "never"]);
    assert_eq!(output.code(), Some(78));
    let text = output.to_string();
    assert!(text.contains("the plan has a revision that only Python runs"), "{text}");
    assert!(text.contains("migrations/versions/c3_x.py:11:"), "{text}");
    assert!(text.contains("revision c3: the module 'platform'"), "{text}");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master"), "0\n");
    // What needs it not is done.
    env.run(&["upgrade", "b2", "--python", "never"]).ok();
}

#[test]
fn the_configuration_says_which_python_and_when() {
    let mut env = five();
    env.remove("VIRTUAL_ENV");
    env.write("limbeck.toml", "[scripts]\npython = \"never\"\n");
    assert_eq!(env.run(&["upgrade"]).code(), Some(78));
    env.write("limbeck.toml", "[scripts]\npython_program = \"./nowhere/python\"\n");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78));
    let text = output.to_string();
    assert!(text.contains("cannot be started"), "{text}");
    assert!(text.contains("python_program"), "{text}");
    // That is found out before anything is done.
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master"), "0\n");
    let program = python().display().to_string();
    env.write("limbeck.toml", format!("[scripts]\npython_program = {program:?}\n"));
    env.run(&["upgrade"]).ok();
    assert_eq!(tables(&env), "t3 t4");
}

#[test]
fn always_hands_over_everything_that_does_something() {
    let env = five();
    env.run(&["upgrade", "--python", "always"]).ok();
    assert_eq!(tables(&env), "t3 t4");
    let events =
        "SELECT group_concat(DISTINCT revision) FROM limbeck_journal WHERE event = 'begin'";
    assert_eq!(query(&env, "sqlite:app.db", events), "c3,d4\n");
}

#[test]
fn what_was_killed_in_between_is_in_doubt() {
    let env = five();
    let up = "import platform, os\n    op.execute('CREATE TABLE t3 (id INTEGER)')\n    \
              op.get_bind().commit()\n    os.kill(os.getpid(), 9)";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "pass"));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(9), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    // A rerun asks.
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(9), "{output}");
    assert!(output.to_string().contains("journal resolve c3"), "{output}");
    env.run(&["upgrade", "--in-doubt", "skip"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    assert_eq!(tables(&env), "t3 t4");
}

#[test]
fn env_py_that_leads_elsewhere_is_refused() {
    let env = five();
    env.write("limbeck.toml", "[databases.main]\nurl = \"sqlite:other.db\"\n");
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    let text = output.to_string();
    assert!(text.contains("env.py has opened another database"), "{text}");
    assert_eq!(query(&env, "sqlite:other.db", TABLES), "\n");
}

#[test]
fn compat_tells_what_is_not_native() {
    let env = five();
    let text = env.run(&["compat"]).ok();
    assert!(text.contains("Python revisions on sqlite"), "{text}");
    assert!(
        text.contains("upgrade()           1 native, 1 that only Python runs, 3 empty"),
        "{text}"
    );
    assert!(text.contains("migrations/versions/c3_x.py:11:"), "{text}");
    assert_eq!(env.run(&["compat", "--check"]).code(), Some(2));
    assert_eq!(env.run(&["compat", "--check", "d4"]).code(), Some(0));
    let json: serde_json::Value =
        serde_json::from_str(&env.run(&["compat", "--json"]).ok()).unwrap();
    let first = &json["python"][0]["not_native"][0];
    assert_eq!(first["revision"], "c3");
    assert_eq!(first["line"], 11);
    assert_eq!(json["python"][0]["upgrade"]["python_needed"], 1);
}

#[test]
fn convert_writes_sql_revisions_that_take_the_place_of_the_others() {
    let env = alembic_project();
    let up = "op.execute('CREATE TABLE t3 (id INTEGER)')";
    let raises = "raise NotImplementedError('never back')";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, raises));
    env.run(&["convert", "--output", "sql"]).ok();
    assert_eq!(
        env.read("sql/c3_x.sql"),
        "/*---\nmessage       = \"rev c3\"\nrevision      = \"c3\"\ndown_revision = \"b2\"\n\
         irreversible  = true\nirreversible_reason = \"never back\"\n---*/\n\n--- upgrade\nCREATE \
         TABLE t3 (id INTEGER);\n"
    );
    env.run(&["convert", "--in-place"]).ok();
    assert_eq!(env.files("migrations/versions"), ["a1_x.sql", "b2_x.sql", "c3_x.sql"]);
    env.run(&["upgrade"]).ok();
    assert_eq!(tables(&env), "t3");
    assert_eq!(env.run(&["current"]).ok(), "c3 (head)\n");
}

#[test]
fn convert_refuses_what_depends_on_data_and_writes_nothing() {
    let env = five();
    let up = "import sqlalchemy as sa\n    for row in op.get_bind().execute(sa.text('SELECT 1')):\n        \
              op.execute('SELECT 2')";
    env.write("migrations/versions/d4_x.py", with_body("d4", "'c3'", up, "pass"));
    let output = env.run(&["convert", "--output", "sql"]);
    assert_eq!(output.code(), Some(78), "{output}");
    let text = output.to_string();
    assert!(text.contains("2 revisions cannot be written as SQL"), "{text}");
    assert!(text.contains("migrations/versions/d4_x.py:11:"), "{text}");
    assert!(text.contains("depends on what the database has"), "{text}");
    assert!(!env.path("sql").exists());
}

/// Every refusal has a file and line, that of a module of the project where it is about one.
#[test]
fn convert_refuses_with_file_line_and_construct() {
    let env = alembic_project();
    env.write("alembic.ini", format!("{INI}prepend_sys_path = %(here)s\n"));
    let helper = "import sqlalchemy as sa\n\n\ndef only():\n    import platform\n    \
                  platform.system()\n\n\ndef asks(bind):\n    if bind.scalar(sa.text('SELECT 1')) \
                  == 1:\n        bind.execute(sa.text('SELECT 2'))\n\n\ndef endless():\n    while True:\n        \
                  pass\n";
    env.write("helper.py", helper);
    let mut down = "'b2'".to_owned();
    for (id, code) in [
        ("c3", "helper.only()"),
        ("d4", "helper.asks(op.get_bind())"),
        ("e5", "helper.endless()"),
        ("f6", "while True: pass"),
        ("g7", "raise ValueError('mine')"),
        ("h8", "op.execute(undefined)"),
        ("i9", "op.get_bind().nothing()"),
    ] {
        let up = format!("import helper\n    {code}");
        env.write(format!("migrations/versions/{id}_x.py"), with_body(id, &down, &up, "pass"));
        down = format!("'{id}'");
    }
    env.write("migrations/versions/j0_x.py", format!("revision = 'j0'\ndown_revision = {down}\n"));
    let output = env.run(&["convert", "--output", "sql"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert_snapshot!(output.stderr, @"
    error: 8 revisions cannot be written as SQL
      --> helper.py:6:5
       |  revision c3 on sqlite: upgrade(): only Python runs the module 'platform'
      --> helper.py:10:8
       |  revision d4 on sqlite: upgrade(): what it does depends on what the database has
      --> helper.py:16:9
       |  revision e5 on sqlite: upgrade(): the code ran for more than 5000000 steps
      --> migrations/versions/f6_x.py:11:17
       |  revision f6 on sqlite: upgrade(): the code ran for more than 5000000 steps
      --> migrations/versions/g7_x.py:11:5
       |  revision g7 on sqlite: upgrade(): ValueError: mine
      --> migrations/versions/h8_x.py:11:16
       |  revision h8 on sqlite: upgrade(): NameError: name 'undefined' is not defined
      --> migrations/versions/i9_x.py:11:5
       |  revision i9 on sqlite: upgrade(): only Python runs Connection.nothing
      --> migrations/versions/j0_x.py
       |  revision j0: it has no upgrade()
    hint: nothing was written; name the revisions that can be converted
    ");
    assert!(!env.path("sql").exists());
}

/// An error of which no text can be made is one as any other: its revision is not in doubt.
#[test]
fn errors_that_have_no_text_are_told() {
    let env = five();
    for (error, told) in [
        ("ValueError('x \\ud800')", "ValueError: x \\ud800"),
        ("Mute()", "Mute, which cannot be told as a text"),
        ("Wrong()", "Wrong, which cannot be told as a text"),
    ] {
        let up = format!(
            "import platform\n    platform.system()\n    \
             class Mute(Exception):\n        def __str__(self): raise ValueError()\n    \
             class Wrong(Exception):\n        def __str__(self): return 5\n    raise {error}"
        );
        env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", &up, "pass"));
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stderr.contains(told), "{output}");
        assert_eq!(env.run(&["current"]).ok(), "b2\n");
    }
}

/// The project on a server, with `url` as SQLAlchemy takes it in its ini.
fn on_server(url: &str, alchemy: &str) -> TestEnvironment {
    let mut env = five();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &alchemy.replace('%', "%%")));
    env.replace_location(url);
    env
}

#[test]
fn on_postgres_the_run_is_parted_and_what_fails_in_python_is_rolled_back() {
    let url = postgres().create_database();
    let env = on_server(&url, &psycopg2(&url));
    let tables = "SELECT coalesce(string_agg(tablename, ' ' ORDER BY tablename), '') FROM pg_tables \
                  WHERE tablename IN ('t3', 't4')";
    let good = env.read("migrations/versions/c3_x.py");
    env.write(
        "migrations/versions/c3_x.py",
        good.replace(
            "op.execute('CREATE TABLE t3 (id INTEGER)')",
            "op.execute('CREATE TABLE t3 (id INTEGER)'); op.execute('SELECT nothing')",
        ),
    );
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.to_string().contains("UndefinedColumn"), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    assert_eq!(query(&env, &url, tables), "\n");
    env.write("migrations/versions/c3_x.py", good);
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, tables), "t3 t4\n");
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(query(&env, &url, tables), "\n");
    // env.py that leads to another database of the same server is found out.
    let other = postgres().create_database();
    env.write("limbeck.toml", format!("[databases.main]\nurl = {other:?}\n"));
    let output = env.run(&["upgrade"]);
    assert!(output.to_string().contains("env.py has opened another database"), "{output}");
    assert_eq!(query(&env, &other, tables), "\n");
}

/// Python sees in the same process what limbeck has done meanwhile, and limbeck does not wait for
/// connections that a pool of the project keeps.
#[test]
fn one_process_takes_turns_with_limbeck() {
    let url = postgres().create_database();
    let env = on_server(&url, &psycopg2(&url));
    env.write("migrations/pool.py", "import sqlalchemy\nengines = {}\n");
    let kept = "import os, sys\nsys.path.append(os.path.dirname(__file__))\nimport pool\n\
                url = config.get_main_option('sqlalchemy.url')\n\
                engine = pool.engines.setdefault(url, pool.sqlalchemy.create_engine(url))\n\
                if context.is_offline_mode():";
    env.write(
        "migrations/env.py",
        ENV.replace("if context.is_offline_mode():", kept)
            .replace("engine_from_config(section, prefix=\"sqlalchemy.\")", "engine"),
    );
    env.write("limbeck.toml", format!("[databases.main]\nurl = {url:?}\n"));
    let seen = "import os, platform\n    import sqlalchemy as sa\n    \
                names = [column['name'] for column in sa.inspect(op.get_bind()).get_columns('t3')]\n    \
                print('process', os.getpid(), names)\n    op.execute('ALTER TABLE t3 ADD COLUMN ";
    let column = |name: &str| format!("{seen}{name} INTEGER')");
    let down = "op.execute('ALTER TABLE t3 DROP COLUMN x')";
    env.write("migrations/versions/d4_x.py", with_body("d4", "'c3'", &column("d"), "pass"));
    let native = "op.execute('ALTER TABLE t3 ADD COLUMN e INTEGER')";
    env.write("migrations/versions/e5_x.py", with_body("e5", "'d4'", native, down));
    env.write("migrations/versions/f6_x.py", with_body("f6", "'e5'", &column("f"), "pass"));
    let output = env.run(&["upgrade"]).ok();
    let lines: Vec<&str> = output.lines().filter(|line| line.starts_with("process")).collect();
    let [first, second] = lines[..] else { panic!("{output}") };
    assert!(first.ends_with(" ['id']"), "{output}");
    let process = first.strip_suffix(" ['id']").unwrap();
    assert_eq!(second, format!("{process} ['id', 'd', 'e']"));
}

/// Nothing is recorded of a revision that env.py does not commit, and the next is not begun.
#[test]
fn what_env_py_does_not_commit_is_not_done() {
    let url = postgres().create_database();
    let env = on_server(&url, &psycopg2(&url));
    let text = ENV.replace(
        "        context.configure(connection",
        "        connection.exec_driver_sql(\"SET lock_timeout = '9s'\")\n        \
         context.configure(connection",
    );
    assert_ne!(text, ENV);
    env.write("migrations/env.py", &text);
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.to_string().contains("env.py has not committed what the revision c3 did"));
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename IN ('t3', 't4')";
    assert_eq!(query(&env, &url, tables), "0\n");
    env.write("migrations/env.py", ENV);
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, tables), "2\n");
}

#[test]
fn on_mariadb() {
    let url = mariadb().create_database();
    let env = on_server(
        &url,
        &url.replacen("mysql://", "mysql+pymysql://", 1).replacen(
            "mariadb://",
            "mysql+pymysql://",
            1,
        ),
    );
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "e5 (head)\n");
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND \
                  table_name IN ('t3', 't4')";
    assert_eq!(query(&env, &url, tables), "2\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(query(&env, &url, tables), "0\n");
}

/// Alembic knows an operation of the project once its module has run, whoever has imported it.
#[test]
fn operations_that_a_module_of_env_py_registers_run_in_python() {
    let mut env = alembic_project();
    env.write(
        "operations.py",
        "from alembic.operations import MigrateOperation, Operations\n\n\n\
         @Operations.register_operation('create_note')\n\
         class CreateNote(MigrateOperation):\n    \
         def __init__(self, name):\n        self.name = name\n\n    \
         @classmethod\n    def create_note(cls, operations, name):\n        \
         return operations.invoke(cls(name))\n\n\n\
         @Operations.implementation_for(CreateNote)\n\
         def create_note(operations, operation):\n    \
         operations.execute('CREATE TABLE %s (id INTEGER)' % operation.name)\n",
    );
    env.write("alembic.ini", INI.replace("[alembic]\n", "[alembic]\nprepend_sys_path = .\n"));
    let env_py = env.read("migrations/env.py");
    env.write("migrations/env.py", format!("import operations\n{env_py}"));
    let body = ["op.create_note('t3')", "op.execute('DROP TABLE t3')"];
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", body[0], body[1]));
    let refused = env.run(&["upgrade", "--python", "never"]);
    assert_eq!(refused.code(), Some(78));
    assert!(refused.to_string().contains("alembic.op.create_note"), "{refused}");
    env.set("VIRTUAL_ENV", python().parent().unwrap().parent().unwrap().to_owned());
    env.run(&["upgrade"]).ok();
    assert_eq!(tables(&env), "t3");
}

#[test]
fn tabs_in_strings_are_written_as_they_are() {
    let env = alembic_project();
    let up = "import sqlalchemy as sa\n    op.create_table('t', sa.Column('a', sa.Text))\n    \
              op.execute(\"INSERT INTO t\\tVALUES ('x\\ty')\")";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "op.drop_table('t')"));
    let text = env.run(&["upgrade", "b2:c3", "--sql"]).ok();
    assert!(text.contains("CREATE TABLE t (\n    a TEXT\n);"), "{text}");
    assert!(text.contains("INSERT INTO t    VALUES ('x\ty');"), "{text}");
    let text = env.run(&["convert", "c3"]).ok();
    assert!(text.contains("CREATE TABLE t (\n\ta TEXT\n);"), "{text}");
    assert!(text.contains("INSERT INTO t\tVALUES ('x\ty');"), "{text}");
    env.run(&["convert", "--in-place"]).ok();
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT a = 'x' || char(9) || 'y' FROM t"), "1\n");
}

#[test]
fn a_trigger_does_not_end_the_transaction() {
    let env = alembic_project();
    let up = "op.execute('CREATE TABLE t (a TEXT)')\n    \
              op.execute('CREATE TRIGGER tr AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END')\n    \
              op.execute('INSERT INTO nope VALUES (1)')";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "pass"));
    for dialect in ["sqlite", "mysql"] {
        let text = env.run(&["convert", "c3", "--dialect", dialect]).ok();
        assert!(!text.contains("transaction"), "{text}");
    }
    env.run(&["convert", "--in-place"]).ok();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    assert_eq!(tables(&env), "");
}

#[test]
fn a_module_that_is_no_text_is_told_before_the_run() {
    let env = alembic_project();
    env.write("alembic.ini", INI.replace("[alembic]", "[alembic]\nprepend_sys_path = ."));
    env.write("helper.py", b"def x():\n    print('h\xe4i')\n");
    env.write(
        "migrations/versions/c3_x.py",
        with_body("c3", "'b2'", "import helper; helper.x()", "pass"),
    );
    let text = env.run(&["plan", "--python"]).ok();
    assert!(text.contains("helper.py, line 2: the byte 0xe4 is not UTF-8"), "{text}");
    let output = env.run(&["upgrade", "--python", "never"]).to_string();
    assert!(output.contains("helper.py, line 2: the byte 0xe4 is not UTF-8"), "{output}");
}

#[test]
fn compat_names_what_fails_in_python_too() {
    let env = alembic_project();
    let up = "raise RuntimeError('not here')";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "pass"));
    let text = env.run(&["compat"]).ok();
    let place = "migrations/versions/c3_x.py:10:5";
    let words = "upgrade() of c3 fails, in Python too: RuntimeError: not here";
    assert!(text.contains(&format!("{place}: {words}")), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&env.run(&["compat", "--json"]).ok()).unwrap();
    let failing = &json["python"][0]["failing"][0];
    assert_eq!(failing["revision"], "c3");
    assert_eq!(failing["line"], 10);
    assert_eq!(failing["reason"], "RuntimeError: not here");
    assert_eq!(env.run(&["compat", "--check"]).code(), Some(0));
}

/// A statement that failed and was caught has failed the whole transaction, of which a COMMIT says
/// nothing: Alembic learns of it when it writes the row of the version.
#[test]
fn a_transaction_that_has_failed_is_not_done() {
    let url = postgres().create_database();
    let env = on_server(&url, &psycopg2(&url));
    let up = "import platform\n    platform.system()\n    op.execute('CREATE TABLE t4 (id INTEGER)')\n    \
              try:\n        op.execute('SELECT * FROM nowhere')\n    except Exception:\n        pass";
    env.write("migrations/versions/d4_x.py", with_body("d4", "'c3'", up, "pass"));
    let output = env.run(&["upgrade"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert!(output.to_string().contains("InFailedSqlTransaction"), "{output}");
    assert_eq!(env.run(&["current"]).ok(), "c3\n");
}
