//! limbeck and real Alembic on one database, at moments that are not ordinary.

use insta::assert_snapshot;

use super::project::{INI, alembic_project, psycopg2, revision};
use super::worker::Worker;
use crate::support::{TestEnvironment, postgres, query};

const LONG: &str = "a_revision_identifier_of_forty_letters_x";

fn with_long_id(url: &str) -> TestEnvironment {
    let mut env = alembic_project();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", &psycopg2(url)));
    env.write("migrations/versions/c3_x.py", revision(LONG, "'b2'"));
    env.replace_location(url);
    env
}

#[test]
fn long_ids_on_sqlite() {
    let env = with_long_id("sqlite:///app.db");
    let mut alembic = Worker::start(&env);
    env.run(&["upgrade"]).ok();
    assert_eq!(alembic.ok(&["current"]), format!("{LONG} (head)\n"));
    alembic.ok(&["downgrade", "-1"]);
    alembic.ok(&["upgrade", "head"]);
    assert_eq!(env.run(&["current"]).ok(), format!("{LONG} (head)\n"));
    env.run(&["downgrade", "base"]).ok();
}

#[test]
fn long_ids_on_postgres_are_refused_before_anything_runs() {
    let url = postgres().create_database();
    let env = with_long_id(&url);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database main: revision identifier 'a_revision_identifier_of_forty_letters_x' is 40 characters long, and version_num of the version table holds 32
    hint: set `version_num_length = 40` for the database in limbeck.toml
    hint: or give the revision an id of 32 characters at most, in its file and wherever it is named
    [exit status: 78]
    ");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "0\n");
    // Alembic tries, and fails at the end.
    assert_eq!(Worker::start(&env).run(&["upgrade", "head"]).code, 1);
    // A wider column, which env.py files make by hand, holds it.
    query(&env, &url, "CREATE TABLE alembic_version (version_num VARCHAR(64) NOT NULL)");
    env.run(&["upgrade"]).ok();
    assert_eq!(Worker::start(&env).ok(&["current"]), format!("{LONG} (head)\n"));
}

#[test]
fn no_journal_is_left_where_none_is_needed() {
    let env = alembic_project();
    env.run(&["upgrade"]).ok();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    assert_eq!(query(&env, "sqlite:app.db", tables), "alembic_version\n");
    assert_eq!(env.files("").len(), 5, "{:?}", env.files(""));
    // The table is Alembic's, but for white space.
    let other = alembic_project();
    Worker::start(&other).ok(&["upgrade", "head"]);
    let [made, theirs] = [&env, &other].map(|env| {
        let sql = query(env, "sqlite:app.db", "SELECT sql FROM sqlite_master ORDER BY name");
        sql.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    assert_eq!(made, theirs);
}

#[test]
fn alembic_goes_on_where_a_run_was_interrupted() {
    let env = alembic_project();
    // Ours fails at the third, in a file that Alembic does not know.
    env.write(
        "migrations/versions/c3_x.sql",
        "/*---\nmessage = \"c\"\nrevision = \"c3\"\ndown_revision = \"b2\"\n---*/\n--- upgrade\n\
         CREATE TABLE t (id INTEGER);\nSELECT nosuch;\n--- downgrade\nDROP TABLE t;\n",
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, c
    error: database main: no such column: nosuch
      --> migrations/versions/c3_x.sql:8:1
       |  SELECT nosuch
       |  ^
    hint: revision c3 was rolled back
    [exit status: 1]
    ");
    let mut alembic = Worker::start(&env);
    // c3 is in SQL, so that b2 is the head for Alembic.
    assert_eq!(alembic.ok(&["current"]), "b2 (head)\n");
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    alembic.ok(&["upgrade", "head"]);
    assert_eq!(env.run(&["current"]).ok(), "b2\n");
    assert_eq!(
        query(&env, "sqlite:app.db", "SELECT count(*) FROM sqlite_master WHERE name = 't'"),
        "0\n"
    );
}

#[test]
fn a_row_that_no_file_has() {
    let env = alembic_project();
    env.run(&["upgrade"]).ok();
    query(&env, "sqlite:app.db", "UPDATE alembic_version SET version_num = 'deadbeef'");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'deadbeef'
      in database main
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d main`, with REVISION in the place of deadbeef
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'deadbeef'
      in database main
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d main`, with REVISION in the place of deadbeef
    [exit status: 4]
    ");
    assert_eq!(Worker::start(&env).run(&["current"]).code, 255);
    env.run(&["stamp", "--purge", "b2"]).ok();
    assert_eq!(Worker::start(&env).ok(&["current"]), "b2 (head)\n");
}

/// A stamp is journaled there only where it ends what stopped half-way.
#[test]
fn a_stamp_ends_what_stopped_half_way() {
    let env = alembic_project();
    let script = |table: &str| {
        format!(
            "/*---\nmessage = \"c3\"\nrevision = \"c3\"\ndown_revision = \"b2\"\ntransaction = false\n\
             ---*/\n--- upgrade\nCREATE TABLE t (id INTEGER);\nINSERT INTO {table} VALUES (1);\n"
        )
    };
    env.write("migrations/versions/c3_x.sql", script("missing"));
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    query(&env, "sqlite:app.db", "DROP TABLE t");
    env.run(&["stamp", "c3"]).ok();
    env.run(&["stamp", "b2"]).ok();
    env.write("migrations/versions/c3_x.sql", script("t"));
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT id FROM t"), "1\n");
}
