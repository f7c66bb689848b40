//! Revisions with statements that no transaction takes: recognised by themselves, and parted.

use insta::assert_snapshot;

use crate::support::{RevisionFile, TestEnvironment, postgres, project, query, revision};

fn on(url: &str, files: impl IntoIterator<Item = RevisionFile>) -> TestEnvironment {
    let mut builder = project().url(url);
    for file in files {
        builder = builder.revision(file);
    }
    let mut env = builder.build();
    env.replace_location(url);
    env
}

const MIXED: &str = "CREATE TABLE t (v INT);\nINSERT INTO t VALUES (1), (2);\n\
    CREATE INDEX CONCURRENTLY t_v ON t (v);\nALTER TABLE t ADD COLUMN w INT;\n\
    UPDATE t SET w = 1 / (v - 2);";

/// What stands between is one transaction each, and a rerun goes on at the one that failed.
#[test]
fn a_mixed_script_runs_in_parts() {
    let url = postgres().create_database();
    let env = on(&url, [revision("a1", &[]).upgrade(MIXED).downgrade("DROP TABLE t;")]);
    assert_snapshot!(env.run(&["plan"]), @"
    [app] postgresql://limbeck:***@$HOST/$DATABASE (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 5 statements, 1 of them outside a transaction, the others in 2 transactions: CREATE INDEX CONCURRENTLY (line 13) stands alone
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: division by zero
      --> versions/a1_x.sql:15:1
       |  UPDATE t SET w = 1 / (v - 2)
       |  ^
    hint: its transaction was rolled back; what came before that in revision a1 is done, and a rerun continues there
    [exit status: 1]
    ");
    // The ALTER is gone with the UPDATE, the index is there.
    assert_eq!(query(&env, &url, "SELECT * FROM t"), "1\n2\n");
    assert_snapshot!(env.run(&["plan"]), @"
    [app] postgresql://limbeck:***@$HOST/$DATABASE (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 5 statements, 1 of them outside a transaction, the others in 2 transactions, 3 done by an earlier run: CREATE INDEX CONCURRENTLY (line 13) stands alone
    ------- stderr -------
    [exit status: 0]
    ");
    env.write(
        "versions/a1_x.sql",
        revision("a1", &[]).upgrade(&MIXED.replace("v - 2", "v")).text(),
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
      statement 1 of 5 was done by an earlier run
      statement 2 of 5 was done by an earlier run
      statement 3 of 5 was done by an earlier run
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, "SELECT * FROM t ORDER BY 1"), "1|1\n2|0\n");
    let rows = "SELECT statement_no, statement_count, event FROM limbeck_journal ORDER BY id";
    assert_snapshot!(query(&env, &url, rows), @"
    1|5|done
    2|5|done
    3|5|begin
    3|5|done
    5|5|fail
    4|5|done
    5|5|done
    ||done
    ");
}

#[test]
fn a_plan_tells_programs_what_stands_alone() {
    let url = postgres().create_database();
    let env = on(&url, [revision("a1", &[]).upgrade(MIXED)]);
    let plan = env.run(&["plan", "--json"]).ok();
    let at = plan.find("\"outside\"").expect(&plan);
    let outside: String =
        plan[at..].chars().take_while(|c| *c != '}').filter(|c| !c.is_whitespace()).collect();
    assert_snapshot!(outside, @r#"
    "outside":{"words":"CREATEINDEXCONCURRENTLY","line":13,"statements":[3]
    "#);
}

#[test]
fn as_text_it_is_parted_too() {
    let url = postgres().create_database();
    let env = on(&url, [revision("a1", &[]).upgrade(MIXED)]);
    assert_snapshot!(env.run(&["upgrade", "--sql"]), @"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> a1

    COMMIT;

    BEGIN;

    CREATE TABLE t (v INT);

    INSERT INTO t VALUES (1), (2);

    COMMIT;

    CREATE INDEX CONCURRENTLY t_v ON t (v);

    BEGIN;

    ALTER TABLE t ADD COLUMN w INT;

    UPDATE t SET w = 1 / (v - 2);

    COMMIT;

    BEGIN;

    INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

    COMMIT;

    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
}

/// Who writes `transaction = true` means it, and so does who wants one transaction for the whole run.
#[test]
fn who_asks_for_a_transaction_is_told_that_there_is_none() {
    let url = postgres().create_database();
    let file = || revision("a1", &[]).upgrade("SELECT 1;\nVACUUM;");
    let env = on(&url, [file().with("transaction = true")]);
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision a1: VACUUM cannot run inside a transaction
      --> versions/a1_x.sql:13:1
       |  VACUUM
       |  ^
    hint: leave `transaction` out of the front matter: such a statement is then sent alone, the others in transactions of their own
    [exit status: 78]
    ");
    env.write("versions/a1_x.sql", file().text());
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"run\"\n{config}"));
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: revision a1: VACUUM cannot run inside a transaction, and `transaction_mode` is "run"
      --> versions/a1_x.sql:12:1
       |  VACUUM
       |  ^
    hint: set `transaction_mode = "revision"`, or split the run
    [exit status: 78]
    "#);
    assert_eq!(
        query(&env, &url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0\n"
    );
}

/// A new value of an enumeration can be used behind the COMMIT only.
#[test]
fn a_value_that_is_used_at_once_is_added_before() {
    let url = postgres().create_database();
    let env = on(
        &url,
        [
            revision("a1", &[]).upgrade("CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (m mood);"),
            revision("b2", &["a1"]).upgrade("ALTER TYPE mood ADD VALUE 'sad';\nINSERT INTO t VALUES ('ok');"),
            revision("c3", &["b2"])
                .upgrade("INSERT INTO t VALUES ('ok');\nALTER TYPE mood ADD VALUE 'so so';\nINSERT INTO t VALUES ('so so');"),
        ],
    );
    assert_snapshot!(env.run(&["plan"]), @"
    [app] postgresql://limbeck:***@$HOST/$DATABASE (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 2 statements in a transaction of its own
      upgrade a1 -> b2, rev b2
          versions/b2_x.sql: 2 statements in a transaction of its own
      upgrade b2 -> c3, rev c3
          versions/c3_x.sql: 3 statements, 1 of them outside a transaction, the others in 2 transactions: ALTER TYPE ... ADD VALUE (line 12) stands alone
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT m FROM t"), "ok\nok\nso so\n");
}

/// The same where the use is in a later revision of the same transaction.
#[test]
fn a_value_that_a_later_revision_of_the_transaction_uses_is_added_before() {
    let url = postgres().create_database();
    let env = on(
        &url,
        [
            revision("a1", &[])
                .upgrade("CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE t (m mood);"),
            revision("b2", &["a1"]).upgrade("ALTER TYPE mood ADD VALUE 'sad';"),
            revision("c3", &["b2"]).upgrade("INSERT INTO t VALUES ('sad');"),
        ],
    );
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"alembic\"\n{config}"));
    env.run(&["upgrade", "a1"]).ok();
    assert_snapshot!(env.run(&["plan"]), @"
    [app] postgresql://limbeck:***@$HOST/$DATABASE (at a1)
      upgrade a1 -> b2, rev b2
          versions/b2_x.sql: 1 statement outside a transaction: ALTER TYPE ... ADD VALUE (line 11) stands alone
      upgrade b2 -> c3, rev c3
          versions/c3_x.sql: 1 statement in transaction 1
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT m FROM t"), "sad\n");
}

/// TimescaleDB's procedure commits on its way; so does this one of the same name.
#[test]
fn continuous_aggregates_are_refreshed_by_themselves() {
    let url = postgres().create_database();
    let env = on(
        &url,
        [
            revision("a1", &[]).upgrade(
                "CREATE TABLE refreshed (v TEXT);\n\
                 CREATE PROCEDURE refresh_continuous_aggregate(v TEXT, a TEXT, b TEXT) LANGUAGE plpgsql AS $$\n\
                 BEGIN INSERT INTO refreshed VALUES (v); COMMIT; END $$;",
            ),
            revision("b2", &["a1"]).upgrade("CALL refresh_continuous_aggregate('daily', NULL, NULL);"),
        ],
    );
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT v FROM refreshed"), "daily\n");
}

/// Where Citus is, DDL and what follows it share one connection to each shard.
#[test]
fn citus_is_asked_to_go_one_by_one() {
    let url = postgres().create_database();
    let seen = "INSERT INTO seen SELECT current_setting('citus.multi_shard_modify_mode', true);";
    let env = on(
        &url,
        [
            revision("a1", &[]).upgrade(&format!("CREATE TABLE seen (mode TEXT); {seen}")),
            revision("b2", &["a1"]).upgrade(seen),
            revision("c3", &["b2"]).upgrade(seen),
        ],
    );
    env.run(&["upgrade", "a1"]).ok();
    query(
        &env,
        &url,
        "SET allow_system_table_mods = on; INSERT INTO pg_extension (oid, extname, extowner, extnamespace, \
         extrelocatable, extversion) VALUES (999999, 'citus', 10, 11, false, '12.1')",
    );
    env.run(&["upgrade", "b2"]).ok();
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"run\"\n{config}"));
    env.run(&["upgrade"]).ok();
    assert_eq!(
        query(&env, &url, "SELECT coalesce(mode, '-') FROM seen"),
        "-\nsequential\nsequential\n"
    );
}

/// The way in which SQLite's manual changes a table that others refer to.
#[test]
fn sqlite_rebuilds_a_table_with_foreign_keys_off() {
    let env = project()
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);\n\
             CREATE TABLE u (t INTEGER REFERENCES t ON DELETE CASCADE); INSERT INTO u VALUES (1);",
        ))
        .revision(revision("b2", &["a1"]).upgrade(
            "PRAGMA foreign_keys = OFF;\nCREATE TABLE n (id INTEGER PRIMARY KEY, v INT);\n\
             INSERT INTO n SELECT id, 0 FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n\
             PRAGMA foreign_keys = ON;",
        ))
        .build();
    assert_snapshot!(env.run(&["plan"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 4 statements in a transaction of its own
      upgrade a1 -> b2, rev b2
          versions/b2_x.sql: 6 statements, 2 of them outside a transaction, the others in one transaction: PRAGMA foreign_keys (line 11) stands alone
          drops table t (line 14)
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM t, u"), "1|0|1\n");
}
