//! What a project gives its revisions: naming convention, `-x`, constants; and `commit()`.

use super::{add, at};
use crate::alembic_projects::project::{ENV, bare_project, psycopg2};
use crate::alembic_projects::worker::Worker;
use crate::support::{postgres, query};

const INI: &str = "[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n\
                   sqlalchemy.url = sqlite:///app.db\n";

#[test]
fn the_naming_convention_of_env_py_names_constraints() {
    let env_py = format!(
        "import sqlalchemy\nMETADATA = sqlalchemy.MetaData(naming_convention={{\"uq\": \
         \"uq_%(table_name)s_%(column_0_name)s\"}})\n{}",
        ENV.replace("context.configure(", "context.configure(target_metadata=METADATA, ")
    );
    let env = bare_project(INI, &env_py);
    add(
        &env,
        "a1",
        None,
        "op.create_table(\"t\", sa.Column(\"a\", sa.Integer), sa.UniqueConstraint(\"a\"))",
        "pass",
    );
    let ours = env.run(&["upgrade", "head", "--sql"]).ok();
    assert!(ours.contains("CONSTRAINT uq_t_a UNIQUE (a)"), "{ours}");
    assert_eq!(ours, Worker::start(&env).ok(&["upgrade", "head", "--sql"]));
}

#[test]
fn a_header_takes_a_constant_of_the_project() {
    let env = bare_project(INI, ENV);
    env.write("labels.py", "CONTRACT = 'contract'\n");
    env.write(
        "migrations/versions/a1_x.py",
        "import labels\nrevision = 'a1'\ndown_revision = None\n\
         branch_labels = (labels.CONTRACT,)\ndef upgrade():\n    pass\ndef downgrade():\n    pass\n",
    );
    assert_eq!(env.run(&["heads"]).ok(), "a1 (contract) (head)\n");
}

#[test]
fn commit_of_a_connection_begins_the_next_transaction() {
    let url = postgres().create_database();
    let mut env = at(&psycopg2(&url));
    env.replace_location(&url);
    add(
        &env,
        "a1",
        None,
        r#"
op.execute("CREATE TABLE a (i int)")
op.get_bind().commit()
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY a_i ON a (i)")
op.execute("CREATE TABLE b (i int)")
op.get_bind().rollback()
op.execute("CREATE TABLE c (i int)")
"#,
        "pass",
    );
    add(&env, "b2", Some("a1"), "op.execute(\"CREATE TABLE d (i int)\")", "pass");
    env.run(&["upgrade"]).ok();
    let tables = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE \
                  schemaname = 'public' AND tablename IN ('a', 'b', 'c', 'd')";
    assert_eq!(query(&env, &url, tables), "a c d\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
}
