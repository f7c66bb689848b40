//! `--sql` of Python revisions, beside real Alembic's: the whole text.

use super::{add, at};
use crate::alembic_projects::project::{ENV, bare_project};
use crate::alembic_projects::worker::Worker;
use crate::support::TestEnvironment;

const POSTGRES: &str = "postgresql+psycopg2://me@127.0.0.1:1/app";
const MYSQL: &str = "mysql+pymysql://me@127.0.0.1:1/app";
const SQLITE: &str = "sqlite:///app.db";

fn history(env: &TestEnvironment) {
    add(
        env,
        "a1",
        None,
        r#"
users = op.create_table(
    "users",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False, server_default="x"),
    sa.Column("made", sa.DateTime(), server_default=sa.func.now()),
)
op.bulk_insert(users, [{"id": 1, "name": "ann"}, {"id": 2, "name": "o'bob"}])
op.create_index("ix_users_name", "users", ["name"])
"#,
        "op.drop_index(\"ix_users_name\", table_name=\"users\")\nop.drop_table(\"users\")",
    );
    add(
        env,
        "b2",
        Some("a1"),
        r#"
with op.get_context().autocommit_block():
    op.execute("SELECT 1")
op.add_column("users", sa.Column("age", sa.Integer))
op.execute("UPDATE users SET age = 1 WHERE name LIKE 'a_'")
"#,
        "op.drop_column(\"users\", \"age\")",
    );
}

/// That both write the same text for `arguments`, in a project with this env.py.
fn compare(url: &str, env_py: &str) {
    let ini = format!("[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {url}\n");
    let env = bare_project(&ini, env_py);
    history(&env);
    let mut alembic = Worker::start(&env);
    for arguments in [
        ["upgrade", "head", "--sql"],
        ["upgrade", "a1:b2", "--sql"],
        ["downgrade", "b2:base", "--sql"],
        ["downgrade", "b2:a1", "--sql"],
    ] {
        let theirs = alembic.ok(&arguments);
        let ours = env.run(&arguments).ok();
        assert_eq!(ours, theirs, "{url} {arguments:?}");
    }
}

/// With the options of Alembic's own templates. Without them it doubles each `%` on PostgreSQL and
/// MySQL, which is other SQL.
#[test]
fn percent_signs_stay_as_they_are() {
    let named = "literal_binds=True, dialect_opts={\"paramstyle\": \"named\"}";
    let env_py = ENV.replace("literal_binds=True", named);
    for url in [POSTGRES, MYSQL, SQLITE] {
        let ini =
            format!("[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {url}\n");
        let env = bare_project(&ini, &env_py);
        let body = "op.execute(\"UPDATE t SET a = 5 % 2 WHERE b LIKE '100%%' OR b LIKE '%b'\")\n\
                    op.add_column(\"t\", sa.Column(\"c%d\", sa.String(9), server_default=\"e%f\"))";
        add(&env, "a1", None, body, "pass");
        let ours = env.run(&["upgrade", "head", "--sql"]).ok();
        assert_eq!(ours, Worker::start(&env).ok(&["upgrade", "head", "--sql"]), "{url}");
    }
}

#[test]
fn texts_are_those_of_alembic() {
    for url in [POSTGRES, MYSQL, SQLITE] {
        compare(url, ENV);
    }
}

#[test]
fn texts_with_a_transaction_for_each_revision() {
    let env_py =
        ENV.replace("literal_binds=True", "literal_binds=True, transaction_per_migration=True");
    assert_ne!(env_py, ENV);
    for url in [POSTGRES, MYSQL, SQLITE] {
        compare(
            url,
            &env_py.replace(
                "connection=connection",
                "connection=connection, transaction_per_migration=True",
            ),
        );
    }
}

#[test]
fn what_needs_rows_has_no_text() {
    let env = at(SQLITE);
    add(&env, "a1", None, "op.execute(\"SELECT 1\")", "pass");
    let body = "rows = op.get_bind().execute(sa.text(\"SELECT 1\")).fetchall()";
    add(&env, "b2", Some("a1"), body, "pass");
    let output = env.run(&["upgrade", "--sql"]);
    insta::assert_snapshot!(output, @r#"
    ------- stderr -------
    error: revision b2: AttributeError: 'NoneType' object has no attribute 'fetchall'
      --> migrations/versions/b2_x.py:11:12
       |      rows = op.get_bind().execute(sa.text("SELECT 1")).fetchall()
       |             ^
      Traceback (most recent call last):
        File "$PROJ/migrations/versions/b2_x.py", line 11, in upgrade
          rows = op.get_bind().execute(sa.text("SELECT 1")).fetchall()
      AttributeError: 'NoneType' object has no attribute 'fetchall'
    hint: without a database code gets no results: what depends on them has no text, with Alembic neither
    [exit status: 1]
    "#);
    assert_eq!(Worker::start(&env).run(&["upgrade", "head", "--sql"]).code, 1);
}
