//! `upgrade`, `downgrade`, `stamp`, `ensure_version` and the transaction modes.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, postgres, project, query, revision};

fn forked() -> TestEnvironment {
    project()
        .revision(revision("a1a1", &[]))
        .revision(revision("b2b2", &["a1a1"]))
        .revision(revision("c3c3", &["b2b2"]).label("left"))
        .revision(revision("d4d4", &["b2b2"]).label("right"))
        .build()
}

#[test]
fn up_and_down_in_steps() {
    let env = forked();
    assert_snapshot!(env.run(&["upgrade", "+1"]), @"
    ------- stderr -------
    Running upgrade  -> a1a1, rev a1a1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "left@head"]), @"
    ------- stderr -------
    Running upgrade a1a1 -> b2b2, rev b2b2
    Running upgrade b2b2 -> c3c3, rev c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "d4d"]), @"
    ------- stderr -------
    Running upgrade b2b2 -> d4d4, rev d4d4
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "right@-1"]), @"
    ------- stderr -------
    Running downgrade d4d4 -> b2b2, rev d4d4
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade c3c3 -> b2b2, rev c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["--quiet", "upgrade"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "left@b2b2"]), @"
    ------- stderr -------
    Running downgrade c3c3 -> b2b2, rev c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "base"]), @"
    ------- stderr -------
    Running downgrade d4d4 -> b2b2, rev d4d4
    Running downgrade b2b2 -> a1a1, rev b2b2
    Running downgrade a1a1 -> , rev a1a1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "base"]), @"
    ------- stderr -------
    nothing to do
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    assert_eq!(
        query(
            &env,
            "sqlite:app.db",
            "SELECT count(*) FROM sqlite_master WHERE name LIKE 't!_%' ESCAPE '!'"
        ),
        "0\n"
    );
}

#[test]
fn stamping_runs_nothing() {
    let env = forked();
    assert_snapshot!(env.run(&["stamp", "b2b2"]), @"
    ------- stderr -------
    Running stamp_revision  -> b2b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "left@head", "right@head"]), @"
    ------- stderr -------
    Running stamp_revision b2b2 -> c3c3
    Running stamp_revision b2b2 -> d4d4
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    c3c3 (head)
    d4d4 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "heads"]), @"
    ------- stderr -------
    nothing to do (at c3c3, d4d4)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "--purge", "a1a1"]), @"
    ------- stderr -------
    Running stamp_revision  -> a1a1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "base"]), @"
    ------- stderr -------
    Running stamp_revision a1a1 -> 
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    assert_eq!(
        query(
            &env,
            "sqlite:app.db",
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1"
        ),
        "alembic_version\nlimbeck_journal\nsqlite_sequence\n"
    );
}

#[test]
fn a_version_table_is_made_where_there_is_none() {
    let env = forked();
    assert_snapshot!(env.run(&["ensure_version"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["ensure-version"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(query(&env, "sqlite:app.db", "SELECT sql FROM sqlite_master WHERE type = 'table'"), @"
    CREATE TABLE alembic_version (
    	version_num VARCHAR(32) NOT NULL, 
    	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    )
    ");
}

#[test]
fn version_tables_by_another_name() {
    let url = postgres().create_database();
    query(&forked(), &url, "CREATE SCHEMA ops");
    let env = project()
        .config(format!(
            "[databases.app]\nurl = \"{url}\"\nversion_table = \"Versions\"\n\
             version_table_schema = \"ops\"\njournal_table = \"log\"\n"
        ))
        .revision(revision("a1", &[]))
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT * FROM ops.\"Versions\""), "a1\n");
    assert_eq!(query(&env, &url, "SELECT revision, event FROM ops.log"), "a1|done\n");
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade a1 -> , rev a1
    [exit status: 0]
    ");
}

/// All or nothing: the third revision fails, and nothing of the first two is left.
fn one_transaction(url: &str, tables: &str) -> String {
    let env = project()
        .config(format!(
            "[scripts]\ntransaction_mode = \"run\"\n[databases.app]\nurl = \"{url}\"\n"
        ))
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .revision(
            revision("c3", &["b2"])
                .upgrade("CREATE TABLE t_c3 (id INTEGER);\nSELECT * FROM missing;"),
        )
        .build();
    let failed = env.run(&["upgrade"]);
    assert_eq!(failed.code(), Some(1), "{failed}");
    // Nothing but word of the failure.
    assert_eq!(query(&env, url, tables).replace("sqlite_sequence\n", ""), "limbeck_journal\n");
    let rows = "SELECT revision, event FROM limbeck_journal";
    assert_eq!(query(&env, url, rows), "c3|fail\n");
    env.write("versions/c3_x.sql", revision("c3", &["b2"]).text());
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, url, "SELECT * FROM alembic_version"), "c3\n");
    // On the way down the second of three fails.
    let broken = revision("b2", &["a1"]).upgrade("SELECT 1;").downgrade("SELECT * FROM missing;");
    env.write("versions/b2_x.sql", broken.text());
    assert_eq!(env.run(&["downgrade", "base"]).code(), Some(1));
    assert_eq!(query(&env, url, "SELECT * FROM alembic_version"), "c3\n");
    assert_eq!(query(&env, url, "SELECT count(*) FROM t_c3"), "0\n");

    env.write("versions/d4_x.sql", revision("d4", &["c3"]).with("transaction = false").text());
    insta::allow_duplicates! {
        assert_snapshot!(env.run(&["upgrade"]), @r#"
        ------- stderr -------
        error: revision d4: the revision has `transaction = false`, but `transaction_mode` is "run"
          --> versions/d4_x.sql
        hint: set `transaction_mode = "revision"`, or split the run
        [exit status: 78]
        "#);
    }
    failed.stderr
}

/// A run that fails at its third revision in the mode of Alembic's projects.
fn as_alembic(url: &str) -> (TestEnvironment, String) {
    let env = project()
        .config(format!(
            "[scripts]\ntransaction_mode = \"alembic\"\n[databases.app]\nurl = \"{url}\"\n"
        ))
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .revision(revision("c3", &["b2"]).upgrade("SELECT * FROM missing;").downgrade(""))
        .build();
    let failed = env.run(&["upgrade"]);
    assert_eq!(failed.code(), Some(1), "{failed}");
    (env, failed.stderr)
}

#[test]
fn as_alembic_on_sqlite_a_revision_is_a_transaction() {
    let (env, failed) = as_alembic("sqlite:app.db");
    assert!(failed.contains("hint: revision c3 was rolled back"), "{failed}");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM alembic_version"), "b2\n");
    env.write("versions/c3_x.sql", revision("c3", &["b2"]).with("transaction = false").text());
    env.run(&["upgrade"]).ok();
}

#[test]
fn as_alembic_on_postgres_a_run_is_a_transaction() {
    let url = postgres().create_database();
    let (env, failed) = as_alembic(&url);
    assert!(failed.contains("hint: the whole run was rolled back"), "{failed}");
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(query(&env, &url, tables), "limbeck_journal\n");
    env.write("versions/c3_x.sql", revision("c3", &["b2"]).with("transaction = false").text());
    // A revision outside a transaction parts the run.
    env.write("versions/d4_x.sql", revision("d4", &["c3"]).text());
    let broken = revision("e5", &["d4"]).upgrade("SELECT * FROM missing;").downgrade("");
    env.write("versions/e5_x.sql", broken.text());
    let failed = env.run(&["upgrade"]);
    assert_snapshot!(failed, @r#"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, rev c3
    Running upgrade c3 -> d4, rev d4
    Running upgrade d4 -> e5, rev e5
    error: database app: relation "missing" does not exist
      --> versions/e5_x.sql:11:15
       |  SELECT * FROM missing
       |                ^
    hint: what came after the last revision outside a transaction was rolled back
    [exit status: 1]
    "#);
    assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), "c3\n");
    env.write("versions/e5_x.sql", revision("e5", &["d4"]).text());
    env.run(&["upgrade"]).ok();
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), "");
}

#[test]
fn one_transaction_on_sqlite() {
    let failed = one_transaction("sqlite:app.db", "SELECT name FROM sqlite_master");
    assert_snapshot!(failed, @"
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, rev c3
    error: database app: no such table: missing
      --> versions/c3_x.sql:12:1
       |  SELECT * FROM missing
       |  ^
    hint: the whole run was rolled back
    ");
}

#[test]
fn one_transaction_on_postgres() {
    let failed = one_transaction(
        &postgres().create_database(),
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    );
    assert_snapshot!(failed, @r#"
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> c3, rev c3
    error: database app: relation "missing" does not exist
      --> versions/c3_x.sql:12:15
       |  SELECT * FROM missing
       |                ^
    hint: the whole run was rolled back
    "#);
}

#[test]
fn the_same_on_postgres() {
    let url = postgres().create_database();
    let mut env = project()
        .url(&url)
        .revision(revision("a1", &[]).label("app"))
        .revision(
            revision("b2", &["a1"])
                .with("transaction = false\nlock_timeout = \"5s\"\nstatement_timeout = \"1min\"")
                .upgrade("CREATE INDEX CONCURRENTLY t_a1_id ON t_a1 (id);")
                .downgrade("DROP INDEX CONCURRENTLY t_a1_id;"),
        )
        .build();
    env.replace_location(&url);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "-v"]), @"
    Current revision(s) for postgresql://limbeck:***@$HOST/$DATABASE:
    Rev: b2 (head)
    Parent: a1
    Branch names: app
    Path: $PROJ/versions/b2_x.sql

        rev b2

    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade b2 -> a1, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "--purge", "head"]), @"
    ------- stderr -------
    Running stamp_revision  -> b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"
    b2 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}
