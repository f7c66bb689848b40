//! Projects that change SQLAlchemy or Alembic for all of their revisions.

use super::project::{ENV, INI, alembic_project, with_body};
use crate::support::{TestEnvironment, python, query};

const TABLES: &str = "SELECT group_concat(name) FROM sqlite_master WHERE name IN ('t', 'changed')";

/// env.py imports a module, which imports one that compiles `CreateTable` in its own way.
fn project(dialect: &str) -> TestEnvironment {
    let mut env = alembic_project();
    env.write("alembic.ini", INI.replacen("\n", "\nprepend_sys_path = .\n", 1));
    env.write("migrations/env.py", format!("import app.models\n{ENV}"));
    env.write("app/__init__.py", "");
    env.write("app/models.py", "from .ext import also_this\n");
    env.write(
        "app/ext.py",
        format!(
            "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import \
             CreateTable\nalso_this = 1\n@compiles(CreateTable{dialect})\ndef create(element, compiler, \
             **kw):\n    text = compiler.visit_create_table(element, **kw)\n    return \
             text.replace('TABLE t ', 'TABLE changed ')\n"
        ),
    );
    let up = "import sqlalchemy as sa\n    op.create_table('t', sa.Column('id', sa.Integer))";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "op.drop_table('t')"));
    env.set("VIRTUAL_ENV", python().parent().unwrap().parent().unwrap());
    env
}

#[test]
fn what_the_change_may_touch_runs_in_python() {
    let env = project("");
    let plan = env.run(&["plan"]).ok();
    assert!(plan.contains("an own way to compile CreateTable (app/ext.py:4)"), "{plan}");
    let output = env.run(&["upgrade", "--python", "never"]);
    assert_eq!(output.code(), Some(78));
    let text = output.to_string();
    assert!(text.contains("app/ext.py:4:2"), "{text}");
    assert!(text.contains("revision c3: an own way to compile CreateTable"), "{text}");
    // Its text is known to be another one, too.
    let output = env.run(&["upgrade", "--sql"]);
    assert!(output.code() != Some(0), "{output}");
    assert!(output.to_string().contains("an own way to compile CreateTable"), "{output}");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "changed\n");
    // `DROP TABLE` is none of its business, and neither are revisions that do nothing.
    let plan = env.run(&["plan", "downgrade", "base", "--python"]).ok();
    assert!(plan.contains("limbeck runs it"), "{plan}");
}

#[test]
fn what_is_for_another_database_or_seen_to_changes_nothing() {
    let env = project(", 'postgresql'");
    env.run(&["upgrade", "--python", "never"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "t\n");

    let env = project("");
    env.write("limbeck.toml", "[scripts]\nstands_in_for_env_py = true\n");
    env.run(&["upgrade", "--python", "never"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "t\n");
}

/// What a module that env.py imports sets in the environment is there for revisions.
#[test]
fn variables_that_are_set_are_for_python() {
    let env = project(", 'postgresql'");
    env.write("app/models.py", "import os\nos.environ['TABLE'] = 'changed'\n");
    let up = "import os\n    import sqlalchemy as sa\n    \
              op.create_table(os.environ.get('TABLE', 't'), sa.Column('id', sa.Integer))";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "op.drop_table('t')"));
    let plan = env.run(&["plan"]).ok();
    assert!(plan.contains("a new value of the environment variable TABLE"), "{plan}");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "changed\n");
}

/// env.py is run for each revision that is handed over, and does what it does once to each.
#[test]
fn listeners_of_env_py_are_not_there_twice() {
    let env = project(", 'postgresql'");
    let head = "from sqlalchemy import event\nfrom sqlalchemy.engine import Engine\n\
                @event.listens_for(Engine, 'before_cursor_execute', retval=True)\n\
                def changed(connection, cursor, statement, parameters, context, many):\n    \
                return statement.replace('TABLE x', 'TABLE xx'), parameters\n";
    env.write("migrations/env.py", format!("{head}{ENV}"));
    let up = |name: &str| format!("op.execute('CREATE TABLE {name} (id INTEGER)')");
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", &up("x3"), "pass"));
    env.write("migrations/versions/d4_x.py", with_body("d4", "'c3'", &up("x4"), "pass"));
    env.run(&["upgrade"]).ok();
    let tables = "SELECT group_concat(name) FROM sqlite_master WHERE name LIKE 'x%'";
    assert_eq!(query(&env, "sqlite:app.db", tables), "xx3,xx4\n");
}

#[test]
fn a_revision_file_changes_the_others_too() {
    let env = project(", 'postgresql'");
    let text = std::fs::read_to_string(env.path("migrations/versions/b2_x.py")).unwrap();
    let head = "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import CreateTable\n\
                @compiles(CreateTable, 'sqlite')\ndef create(element, compiler, **kw):\n    return \
                compiler.visit_create_table(element, **kw).replace('TABLE t ', 'TABLE changed ')\n";
    env.write("migrations/versions/b2_x.py", format!("{head}{text}"));
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "changed\n");
}

#[test]
fn what_depends_on_the_database_is_undone_where_a_statement_shows_it() {
    let env = project("");
    let up = "import sqlalchemy as sa\n    if op.get_bind().scalar(sa.text('SELECT count(*) FROM \
              alembic_version')):\n        op.execute(\"CREATE TABLE before (id INTEGER)\")\n        \
              op.execute(\"DROP TABLE before\")\n    op.create_table('t', sa.Column('id', sa.Integer))";
    env.write("migrations/versions/c3_x.py", with_body("c3", "'b2'", up, "op.drop_table('t')"));
    let output = env.run(&["upgrade", "--python", "never"]);
    assert!(output.to_string().contains("an own way to compile CreateTable"), "{output}");
    let left = "SELECT count(*) FROM sqlite_master WHERE name IN ('t', 'changed', 'before')";
    assert_eq!(query(&env, "sqlite:app.db", left), "0\n");
    let output = env.run(&["upgrade"]).to_string();
    assert!(output.contains("the project's own Python runs it"), "{output}");
    assert_eq!(query(&env, "sqlite:app.db", TABLES), "changed\n");
}
