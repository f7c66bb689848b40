//! `limbeck compat --prove` and `limbeck convert --prove`: both ways on scratch databases, with real
//! Python and Alembic.

use serde_json::Value;

use super::compat::template;
use super::project::{ENV, INI, alembic_project, bare_project, psycopg2, with_body};
use crate::support::{
    TestEnvironment, assert_no_scratch_on_mariadb, assert_no_scratch_on_postgres, mariadb,
    postgres, python, query,
};

const TABLES: &str = "\
    op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', \
    sa.String(40), nullable=False, server_default='nobody'), sa.Column('born', sa.Date, index=True))\n    \
    op.create_table('notes', sa.Column('id', sa.Integer, primary_key=True), sa.Column('user_id', \
    sa.Integer, sa.ForeignKey('users.id', name='fk_user')), sa.Column('made', sa.DateTime))\n    \
    op.execute(\"INSERT INTO users (id, name) VALUES (1, 'ann'), (2, 'bob')\")";
const NO_TABLES: &str = "op.drop_table('notes')\n    op.drop_table('users')";
const ROWS: &str = "\
    for row in op.get_bind().execute(sa.text('SELECT id, name FROM users ORDER BY id')):\n        \
    op.execute(sa.text('INSERT INTO notes (id, user_id, made) VALUES (:i, :u, CURRENT_TIMESTAMP)')\
    .bindparams(i=row.id * 10, u=row.id))";

fn with_sa(id: &str, down: &str, upgrade: &str, downgrade: &str) -> String {
    with_body(id, down, upgrade, downgrade)
        .replace("from alembic import op", "from alembic import op\nimport sqlalchemy as sa")
}

fn in_venv(mut env: TestEnvironment) -> TestEnvironment {
    let venv = python().parent().unwrap().parent().unwrap().to_owned();
    env.set("VIRTUAL_ENV", venv);
    // Where scratch files are, and nothing else.
    std::fs::create_dir_all(env.path("scratch")).unwrap();
    let scratch = env.path("scratch");
    env.set("TMPDIR", scratch);
    env
}

/// Tables, rows that are made from rows, and a revision that only Python runs and that cannot be
/// reverted.
fn history() -> TestEnvironment {
    let env = in_venv(bare_project(INI, ENV));
    env.write("migrations/versions/a1_x.py", with_sa("a1", "None", TABLES, NO_TABLES));
    env.write(
        "migrations/versions/b2_x.py",
        with_sa("b2", "'a1'", ROWS, "op.execute('DELETE FROM notes')"),
    );
    let only_python = "import platform\n    platform.system()\n    op.add_column('users', sa.Column('age', \
                       sa.Integer))";
    let never = "raise NotImplementedError('never back')";
    env.write("migrations/versions/c3_x.py", with_sa("c3", "'b2'", only_python, never));
    let more = "op.create_index('ix_age', 'users', ['age', 'name'])";
    let less = "op.drop_index('ix_age', 'users')";
    env.write("migrations/versions/d4_x.py", with_sa("d4", "'c3'", more, less));
    env
}

fn on_server(url: &str, alchemy: &str) -> TestEnvironment {
    let mut env = history();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &alchemy.replace('%', "%%")));
    env.replace_location(url);
    env
}

const EQUAL: &str = "\
    \nrun by limbeck and by Python on scratch databases, main:\n  \
    upgrade()           3 equal, 1 that only Python runs\n  \
    downgrade()         3 equal, 1 that fail both ways\n  \
    migrations/versions/c3_x.py: downgrade() of c3: fails\n      \
    by limbeck: database main: revision c3: NotImplementedError: never back\n      \
    by Python: ";

#[track_caller]
fn is_proven(env: &TestEnvironment) {
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stdout.contains(EQUAL), "{output}");
    assert_eq!(env.files("scratch"), Vec::<String>::new());
}

#[test]
fn what_python_does_is_what_limbeck_does() {
    let env = history();
    is_proven(&env);
    // Nothing was done to the database of the project.
    assert!(!env.path("app.db").exists());
    let json: Value =
        serde_json::from_str(&env.run(&["compat", "--prove", "--json", "b2"]).ok()).unwrap();
    let proof = &json["proofs"][0];
    assert_eq!(proof["database"], "main");
    let revisions = proof["revisions"].as_array().unwrap();
    assert_eq!(revisions.len(), 2, "{proof}");
    assert_eq!(revisions[0]["revision"], "b2");
    assert_eq!(revisions[0]["function"], "upgrade");
    assert_eq!(revisions[0]["outcome"], "equal");
    assert_eq!(revisions[0]["path"], "migrations/versions/b2_x.py");
}

/// What env.py does by itself limbeck does not do.
#[test]
fn what_differs_is_told_with_its_lines() {
    let env = history();
    env.write(
        "alembic.ini",
        INI.replace("[alembic]\n", "[alembic]\nprepend_sys_path = %(here)s/migrations\n"),
    );
    env.write("migrations/kinds.py", "KIND = 'TEXT'\n");
    // By way of a function that is given the module, which limbeck does not see.
    let change = "def change(module):\n    module.KIND = 'VARCHAR(9)'\nchange(kinds)\n";
    env.write("migrations/env.py", format!("import kinds\n{change}{ENV}"));
    let up = "import kinds\n    op.execute('CREATE TABLE t3 (a ' + kinds.KIND + ')')";
    env.write("migrations/versions/c3_x.py", with_sa("c3", "'b2'", up, "op.drop_table('t3')"));
    let broken = "import kinds\n    if kinds.KIND == 'TEXT':\n        raise KeyError('KIND')";
    env.write("migrations/versions/d4_x.py", with_sa("d4", "'c3'", broken, "pass"));
    env.write(
        "migrations/versions/e5_x.py",
        with_sa("e5", "'d4'", "op.execute('SELECT 2')", "pass"),
    );
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(2), "{output}");
    for line in [
        "  upgrade()           2 equal, 2 different, 1 not run\n",
        "  migrations/versions/c3_x.py: upgrade() of c3: different\n      \
         by limbeck: + table t3: CREATE TABLE t3 (a TEXT)\n      \
         by Python: + table t3: CREATE TABLE t3 (a VARCHAR(9))\n",
        "  migrations/versions/d4_x.py: upgrade() of d4: different\n      \
         only by limbeck it fails: database main: revision d4: KeyError: 'KIND'\n",
        "  migrations/versions/e5_x.py: upgrade() of e5: not run\n",
    ] {
        assert!(output.stdout.contains(line), "{line}\n{output}");
    }
    assert_eq!(env.files("scratch"), Vec::<String>::new());
}

#[test]
fn each_of_several_databases_has_scratch_databases_of_its_own() {
    let env = in_venv(template("multidb"));
    let functions = |engine: &str| {
        format!(
            "def upgrade_{engine}() -> None:\n    op.execute('CREATE TABLE of_{engine} (id INTEGER)')\n\n\n\
             def downgrade_{engine}() -> None:\n    op.drop_table('of_{engine}')\n\n\n"
        )
    };
    let text = format!(
        "\"\"\"rev a1\"\"\"\nfrom alembic import op\n\nrevision = 'a1'\ndown_revision = None\n\n\n\
         def upgrade(engine_name: str) -> None:\n    globals()[\"upgrade_%s\" % engine_name]()\n\n\n\
         def downgrade(engine_name: str) -> None:\n    globals()[\"downgrade_%s\" % engine_name]()\n\n\n{}{}",
        functions("engine1"),
        functions("engine2")
    );
    env.write("migrations/versions/a1_x.py", text);
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(0), "{output}");
    for engine in ["engine1", "engine2"] {
        let words = format!("databases, {engine}:\n  upgrade()           1 equal\n");
        assert!(output.stdout.contains(&words), "{output}");
    }
    assert!(!env.path("one.db").exists() && !env.path("two.db").exists());
    let output = env.run(&["compat", "--prove", "--scratch", "sqlite:lent.db"]);
    assert_eq!(output.code(), Some(64), "{output}");
}

#[test]
fn without_python_nothing_is_begun() {
    let mut env = history();
    env.remove("VIRTUAL_ENV");
    env.write("limbeck.toml", "[scripts]\npython_program = \"./nowhere/python\"\n");
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("cannot be started"), "{output}");
    assert_eq!(env.files("scratch"), Vec::<String>::new());
}

/// Its connections would be to the project's own database.
#[test]
fn env_py_that_makes_its_connections_by_itself_is_refused() {
    let env = history();
    let own = "import sqlite3\nfrom sqlalchemy import create_engine\n";
    let creator = ENV.replace(
        "engine_from_config(section, prefix=\"sqlalchemy.\")",
        "create_engine('sqlite://', creator=lambda: sqlite3.connect('app.db'))",
    );
    env.write("migrations/env.py", format!("{own}{creator}"));
    env.write(
        "limbeck.toml",
        "[databases.main]\nurl = \"sqlite:app.db\"\nversion_table = \"alembic_version\"\n",
    );
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("by a function of its own (creator=)"), "{output}");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master"), "0\n");
    assert_eq!(env.files("scratch"), Vec::<String>::new());
    // Without a scratch database it is where it should be.
    env.run(&["upgrade"]).ok();
}

#[test]
fn a_database_that_is_lent_must_be_empty_and_another_one() {
    let env = history();
    env.write("full.db", "something");
    let output = env.run(&["compat", "--prove", "--scratch", "sqlite:full.db"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("is not empty"), "{output}");
    assert_eq!(env.read("full.db"), "something");
    let output = env.run(&["compat", "--prove", "--scratch", "sqlite:app.db"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("is the database main"), "{output}");
    let output = env.run(&["compat", "--prove", "--scratch", "postgresql://u:secret@h/d"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(!output.to_string().contains("secret"), "{output}");
    let output = env.run(&["compat", "--prove", "--scratch", "sqlite:lent.db"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stdout.contains(EQUAL), "{output}");
}

#[test]
fn on_postgres_the_databases_are_made_and_dropped() {
    let url = postgres().create_database();
    let env = on_server(&url, &psycopg2(&url));
    let up = "op.execute(\"CREATE TYPE mood AS ENUM ('sad', 'ok')\")\n    op.add_column('users', \
              sa.Column('mood', sa.Enum('sad', 'ok', name='mood', create_type=False), \
              comment='how it is'))\n    op.execute('CREATE VIEW moods AS SELECT name, mood FROM users')\n    \
              op.execute('CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')";
    let down = "op.execute('DROP FUNCTION one()')\n    op.execute('DROP VIEW moods')\n    \
                op.drop_column('users', 'mood')\n    op.execute('DROP TYPE mood')";
    let more = env.read("migrations/versions/d4_x.py").replace("d4", "e5").replace("c3", "d4");
    env.write("migrations/versions/e5_x.py", more.replace("ix_age", "ix_more"));
    env.write("migrations/versions/d4_x.py", with_sa("d4", "'c3'", up, down));
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let words = EQUAL.replace("3 equal", "4 equal");
    assert!(output.stdout.contains(&words), "{output}");
    assert_no_scratch_on_postgres();
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "0\n");
}

#[test]
fn who_may_not_make_databases_lends_one() {
    let own = postgres().create_owned_database();
    let env = on_server(&own.url(), &psycopg2(&own.url()));
    let output = env.run(&["compat", "--prove"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("no scratch database can be made"), "{output}");
    assert!(output.stderr.contains("--scratch-url URL"), "{output}");
    // One that the same user owns.
    let lent = format!("{}_lent", own.name);
    postgres().psql("postgres", &format!("CREATE DATABASE {lent} OWNER {}", own.user));
    let place = format!("{}_lent", own.url());
    let output = env.run(&["compat", "--prove", "--scratch", &place]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stdout.contains(EQUAL), "{output}");
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(query(&env, &place, tables), "0\n");
    // It is empty again; what is not stays as it is.
    query(&env, &place, "CREATE TABLE mine (id integer)");
    let output = env.run(&["compat", "--prove", "--scratch", &place]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert_eq!(query(&env, &place, tables), "1\n");
}

fn pymysql(url: &str) -> String {
    url.replacen("mysql://", "mysql+pymysql://", 1).replacen("mariadb://", "mysql+pymysql://", 1)
}

#[test]
fn on_mariadb_the_databases_are_made_and_dropped() {
    let url = mariadb().create_database();
    let env = on_server(&url, &pymysql(&url));
    is_proven(&env);
    assert_no_scratch_on_mariadb();
}

/// By the socket of the URL too, where no port may lead to the server.
#[test]
fn on_mariadb_by_its_socket() {
    let server = mariadb();
    let database = server.create_database();
    let name = database.rsplit('/').next().unwrap();
    let socket = server.sql(name, "SELECT @@socket");
    let url = format!("mysql://root@localhost/{name}?unix_socket={}", socket.trim());
    let mut env = history();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &pymysql(&url)));
    env.replace_location(&url);
    is_proven(&env);
}

/// Three revisions that can be written as SQL, the last of which cannot be reverted.
fn convertible() -> TestEnvironment {
    let env = in_venv(alembic_project());
    env.write("migrations/versions/c3_x.py", with_sa("c3", "'b2'", TABLES, NO_TABLES));
    let up = "op.create_index('ix_name', 'users', ['name'], unique=True)";
    let never = "raise NotImplementedError('never back')";
    env.write("migrations/versions/d4_x.py", with_sa("d4", "'c3'", up, never));
    env
}

#[test]
fn sql_is_proven_to_do_what_python_does() {
    let env = convertible();
    let output = env.run(&["convert", "--prove", "--output", "sql"]);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(output.stderr.contains("8 functions do the same as SQL"), "{output}");
    assert_eq!(env.files("sql"), ["a1_x.sql", "b2_x.sql", "c3_x.sql", "d4_x.sql"]);
    assert_eq!(env.files("scratch"), Vec::<String>::new());
    assert!(!env.path("app.db").exists());
}

#[test]
fn sql_that_does_something_else_is_not_written() {
    let env = convertible();
    // The text has the number of one run.
    let up = "import random\n    op.execute('INSERT INTO users (id, name) VALUES (%d, \\'x\\')' % \
              random.randint(1000, 10 ** 9))";
    env.write(
        "migrations/versions/e5_x.py",
        with_sa("e5", "'d4'", up, "op.execute('DELETE FROM users')"),
    );
    env.run(&["convert"]).ok();
    let output = env.run(&["convert", "--prove", "--output", "sql"]);
    assert_eq!(output.code(), Some(78), "{output}");
    for words in [
        "revision e5 cannot be written as SQL",
        "migrations/versions/e5_x.py",
        "revision e5 on sqlite: upgrade() does something else as SQL:",
        "as Python: + table users: row (",
        "as SQL: + table users: row (",
    ] {
        assert!(output.stderr.contains(words), "{words}\n{output}");
    }
    assert!(!env.path("sql").exists());
    // The others are what they are.
    env.run(&["convert", "--prove", "--output", "sql", "a1", "b2", "c3", "d4"]).ok();
}

#[test]
fn sql_is_proven_on_servers_too() {
    let url = postgres().create_database();
    let mut env = convertible();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &psycopg2(&url)));
    env.replace_location(&url);
    let output = env.run(&["convert", "--prove", "--output", "sql"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let url = mariadb().create_database();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &pymysql(&url)));
    let output = env.run(&["convert", "--prove", "--output", "mysql"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let output = env.run(&["convert", "--prove", "--dialect", "sqlite", "--output", "sqlite"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("there is no database of sqlite"), "{output}");
}

#[test]
fn a_plan_tells_of_each_step_whether_limbeck_runs_it() {
    let env = history();
    let text = env.run(&["plan", "--python"]).ok();
    for line in [
        "Python: limbeck runs it\n",
        "Python: limbeck runs it; what it does depends on what the database has\n",
        "Python: needed for the module 'platform' (migrations/versions/c3_x.py:",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let json: Value = serde_json::from_str(&env.run(&["plan", "--python", "--json"]).ok()).unwrap();
    let steps = json["databases"][0]["steps"].as_array().unwrap();
    let classes: Vec<&str> =
        steps.iter().map(|step| step["python_class"]["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["native", "native", "python_needed", "native"]);
    let needed = &steps[2]["python_class"]["needed"][0];
    assert_eq!(needed["line"], 12);
    assert!(needed["construct"].as_str().unwrap().contains("platform"));
    assert_eq!(steps[1]["python_class"]["depends_on_data"], true);
    // Without the flag it is not there.
    assert!(!env.run(&["plan"]).ok().contains("Python: limbeck runs it"));
}
