//! What a project gives its revisions: naming convention, `-x`, constants; and `commit()`.

use super::{add, at};
use crate::alembic_projects::project::{ENV, bare_project, psycopg2};
use crate::alembic_projects::worker::Worker;
use crate::support::{TestEnvironment, mariadb, postgres, query};

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

/// The call for `--sql` may have no metadata beside one for connections that has.
#[test]
fn each_mode_has_the_naming_convention_of_its_own_call() {
    let env_py = format!(
        "import sqlalchemy\nMETADATA = sqlalchemy.MetaData(naming_convention={{\"uq\": \
         \"uq_%(table_name)s_%(column_0_name)s\"}})\n{}",
        ENV.replace("connection=connection", "connection=connection, target_metadata=METADATA")
    );
    let env = bare_project(INI, &env_py);
    let up = "op.create_table(\"t\", sa.Column(\"a\", sa.Integer), sa.UniqueConstraint(\"a\"))";
    add(&env, "a1", None, up, "pass");
    let sql = env.run(&["upgrade", "head", "--sql"]);
    assert_eq!(sql.ok(), Worker::start(&env).ok(&["upgrade", "head", "--sql"]));
    let run = env.run(&["upgrade", "--python", "never"]);
    assert!(!run.to_string().contains("naming convention"), "{run}");
    run.ok();
    let table = "SELECT sql FROM sqlite_master WHERE name = 't'";
    let table = query(&env, "sqlite:app.db", table);
    assert!(table.contains("CONSTRAINT uq_t_a UNIQUE (a)"), "{table}");
}

#[test]
fn what_a_convention_would_name_that_nobody_knows_needs_python() {
    let env_py = format!(
        "import sqlalchemy, nobody\nMETADATA = nobody.made(dict(naming_convention=1))\n{}",
        ENV.replace("connection=connection", "connection=connection, target_metadata=METADATA")
    );
    let env = bare_project(INI, &env_py);
    let column = "sa.Column(\"a\", sa.Integer)";
    add(&env, "a1", None, &format!("op.create_table(\"s\", {column})"), "pass");
    let up = format!("op.create_table(\"t\", {column}, sa.UniqueConstraint(\"a\"))");
    add(&env, "b2", Some("a1"), &up, "pass");
    let never = env.run(&["upgrade", "b2", "--python", "never"]);
    assert_eq!(never.code(), Some(78), "{never}");
    let text = never.to_string();
    assert!(text.contains("revision b2: a name by the naming convention of env.py"), "{text}");
    let compat = env.run(&["compat"]).to_string();
    assert!(compat.contains("constraints without a name need Python"), "{compat}");
    env.write("migrations/env.py", env_py.replace("naming_convention=1", ""));
    env.run(&["upgrade", "b2", "--python", "never"]).ok();
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

/// What Alembic and limbeck print in projects that are alike, and the version rows that they leave.
fn same(ours: &TestEnvironment, theirs: &TestEnvironment, arguments: &[&str]) {
    let mut alembic = Worker::start(theirs);
    assert_eq!(ours.run(arguments).ok(), alembic.ok(arguments), "{arguments:?}");
    assert_eq!(ours.run(&["current"]).ok(), alembic.ok(&["current"]), "{arguments:?}");
}

#[test]
fn arguments_of_x_are_those_of_alembic() {
    let body = r#"
from alembic import context
print(sorted(context.get_x_argument(as_dictionary=True).items()), context.get_x_argument())
table = context.get_x_argument(as_dictionary=True).get("table", "plain")
op.create_table(table, sa.Column("id", sa.Integer, primary_key=True))
"#;
    for arguments in [
        &["upgrade", "head"][..],
        &["-x", "table=other", "upgrade", "head"],
        &["-x", "table=a=b", "-x", "flag", "-x", "empty=", "-x", "table=last", "upgrade", "head"],
    ] {
        let [ours, theirs] = [(); 2].map(|()| {
            let env = bare_project(INI, ENV);
            add(&env, "a1", None, body, "pass");
            env
        });
        same(&ours, &theirs, arguments);
        let tables = "SELECT name FROM sqlite_master WHERE name IN ('plain', 'other', 'last')";
        let [made, expected] = [ours, theirs].map(|env| query(&env, "sqlite:app.db", tables));
        assert_eq!(made, expected, "{arguments:?}");
    }
}

/// What a revision sees of the server, by each way to write the address of a MariaDB.
#[test]
fn urls_of_mariadb() {
    let body = r#"
bind = op.get_bind()
print(bind.dialect.name, op.get_context().dialect.name, bind.dialect.is_mariadb)
print(bind.dialect.server_version_info >= (10, 2), bind.engine.name)
t = op.create_table(
    "t",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("v", sa.String(9).with_variant(sa.String(5), "mariadb").with_variant(sa.String(7), "mysql")),
    sa.Column("key", sa.Uuid),
    mariadb_engine="MyISAM",
    mysql_comment="of MySQL",
)
op.bulk_insert(t, [{"id": 1, "v": "x"}])
print([column["name"] for column in sa.inspect(bind).get_columns("t")])
print(bind.execute(sa.text("SHOW CREATE TABLE t")).first()[1])
"#;
    for scheme in ["mysql+pymysql", "mariadb+pymysql"] {
        let [ours, theirs] = [(); 2].map(|()| {
            let url = mariadb().create_database();
            let env = at(&url.replacen("mysql", scheme, 1));
            add(&env, "a1", None, body, "op.drop_table(\"t\")");
            env
        });
        same(&ours, &theirs, &["upgrade", "head"]);
        same(&ours, &theirs, &["downgrade", "base"]);
    }
    // Without a driver SQLAlchemy wants mysqlclient; limbeck has a driver of its own.
    let url = mariadb().create_database();
    let env = at(&url.replacen("mysql", "mariadb", 1));
    add(&env, "a1", None, "print(op.get_bind().dialect.name)", "pass");
    assert_eq!(env.run(&["upgrade", "head"]).ok(), "mariadb\n");
}

/// On MariaDB `commit()` ends the transaction of the data; tables are made without one.
#[test]
fn commit_of_a_connection_on_mariadb() {
    let body = r#"
bind = op.get_bind()
op.execute("CREATE TABLE a (i int)")
op.execute("INSERT INTO a VALUES (1)")
bind.commit()
bind.execute(sa.text("INSERT INTO a VALUES (:i)"), {"i": 2})
bind.commit()
bind.commit()
op.execute("CREATE TABLE b (i int)")
op.execute("INSERT INTO b SELECT i FROM a")
print(bind.execute(sa.text("SELECT count(*) FROM b")).scalar())
"#;
    let url = mariadb().create_database();
    let mut env = at(&url.replacen("mysql", "mysql+pymysql", 1));
    env.replace_location(&url);
    add(&env, "a1", None, body, "pass");
    add(&env, "b2", Some("a1"), "op.execute(\"INSERT INTO b VALUES (3)\")", "pass");
    assert_eq!(env.run(&["upgrade", "head"]).ok(), "2\n");
    assert_eq!(query(&env, &url, "SELECT i FROM b ORDER BY 1"), "1\n2\n3\n");
    assert_eq!(env.run(&["current"]).ok(), "b2 (head)\n");
    // Alembic's rows are the same, as long as nothing comes behind the last commit().
    let theirs = mariadb().create_database();
    let alembic = at(&theirs.replacen("mysql", "mysql+pymysql", 1));
    add(&alembic, "a1", None, body, "pass");
    let answer = Worker::start(&alembic).run(&["upgrade", "a1"]);
    assert_eq!(answer.said, "2\n", "{answer:?}");
    assert_eq!(query(&alembic, &theirs, "SELECT i FROM a ORDER BY 1"), "1\n2\n");
}

/// Forms of SQLAlchemy 1.4, which 2.0 has no more: where limbeck.toml says so they run, else they end as they do there.
#[test]
fn forms_of_sqlalchemy_1_4() {
    let body = r#"
bind = op.get_bind()
bind.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
bind.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
t = sa.table("t", sa.column("id"), sa.column("v"))
for row in bind.execute(sa.select([t.c.id, t.c.v]).order_by(t.c.id)):
    print(row["id"], row["v"], row.v)
print([dict(row) for row in bind.execute("SELECT v FROM t ORDER BY id").fetchall()])
print(bind.execute(t.select().where(t.c.id == 2)).fetchone()["v"], bind.scalar("SELECT count(*) FROM t"))
"#;
    let env = bare_project(INI, ENV);
    add(&env, "a1", None, body, "pass");
    let refused = env.run(&["upgrade", "head", "--python", "never"]);
    assert!(refused.stderr.contains("ObjectNotExecutableError"), "{refused}");
    assert!(refused.stderr.contains("sqlalchemy = \"1.4\" in [scripts]"), "{refused}");
    let answer = Worker::start(&env).run(&["upgrade", "head"]);
    assert!(answer.traceback.contains("ObjectNotExecutableError"), "{answer:?}");
    env.write("limbeck.toml", "[scripts]\nsqlalchemy = \"1.4\"\n");
    let printed = env.run(&["upgrade", "head", "--python", "never"]).ok();
    assert_eq!(printed, "1 a a\n2 b b\n[{'v': 'a'}, {'v': 'b'}]\nb 2\n");
}
