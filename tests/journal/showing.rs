//! `show --sql`, `show --applied`, `--log-sql`, and what `stamp` has to say.

use insta::{assert_snapshot, with_settings};
use serde_json::Value;

use super::FILTERS;
use crate::support::{TestEnvironment, postgres, project, query, revision};

fn two() -> TestEnvironment {
    project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"left\"]\n\
             [databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"left\", \"right\"]\n",
        )
        .revision(revision("a1", &[]).label("left"))
        .revision(
            revision("b1", &[])
                .label("right")
                .section("upgrade", "CREATE TABLE t (id INTEGER);")
                .section("upgrade postgresql", "CREATE TABLE t (id BIGINT);"),
        )
        .build()
}

#[test]
fn scripts_are_shown_as_they_stand() {
    let env = two();
    assert_snapshot!(env.run(&["show", "b1", "--sql"]), @"
    -- revision b1: upgrade, versions/b1_x.sql:11
    CREATE TABLE t (id INTEGER);

    -- revision b1: upgrade postgresql, versions/b1_x.sql:14
    CREATE TABLE t (id BIGINT);
    ------- stderr -------
    [exit status: 0]
    ");
    let json: Value =
        serde_json::from_str(&env.run(&["show", "a1", "--sql", "--json"]).ok()).unwrap();
    assert_eq!(json[0]["sections"][1]["direction"], "downgrade");
    assert_eq!(json[0]["sections"][1]["text"], "DROP TABLE t_a1;\n");
}

#[test]
fn every_database_says_whether_it_is_applied_there() {
    let env = two();
    env.run(&["-d", "two", "upgrade", "heads"]).ok();
    env.run(&["-d", "one", "stamp", "a1"]).ok();
    env.write(
        "versions/b1_x.sql",
        env.read("versions/b1_x.sql").replace("(id INTEGER)", "(nr INTEGER)"),
    );
    with_settings!({filters => FILTERS}, {
        assert_snapshot!(env.run(&["show", "heads", "--applied"]), @"
        a1 (left) (head)
          one: stamped on $DATE by unknown at $HOST
          two: applied on $DATE by unknown at $HOST, text 46ea3219c1e5
        b1 (right) (head)
          one: not routed here
          two: applied on $DATE by unknown at $HOST, text 86569710febc; the file was edited since
        ------- stderr -------
        [exit status: 0]
        ");
    });
    let json = env.run(&["show", "b1", "--applied", "--json"]).ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    let [one, two] = json["revisions"][0]["databases"].as_array().unwrap().as_slice() else {
        panic!("{json}")
    };
    assert_eq!((&one["is_routed"], &two["is_edited"]), (&false.into(), &true.into()));
    // The scripts may go with it.
    with_settings!({filters => FILTERS}, {
        assert_snapshot!(env.run(&["-d", "two", "show", "heads", "--applied", "--sql"]), @"
        a1 (left) (head)
          two: applied on $DATE by unknown at $HOST, text 46ea3219c1e5

        -- revision a1: upgrade, versions/a1_x.sql:11
        CREATE TABLE t_a1 (id INTEGER);

        -- revision a1: downgrade, versions/a1_x.sql:14
        DROP TABLE t_a1;

        b1 (right) (head)
          two: applied on $DATE by unknown at $HOST, text 86569710febc; the file was edited since

        -- revision b1: upgrade, versions/b1_x.sql:11
        CREATE TABLE t (nr INTEGER);

        -- revision b1: upgrade postgresql, versions/b1_x.sql:14
        CREATE TABLE t (id BIGINT);
        ------- stderr -------
        [exit status: 0]
        ");
    });
    let json = env.run(&["show", "a1", "--sql", "--applied", "--json"]).ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    let a1 = &json["revisions"][0];
    assert_eq!((&a1["revision"], &a1["databases"][1]["is_applied"]), (&"a1".into(), &true.into()));
    assert_eq!(a1["sections"][1]["text"], "DROP TABLE t_a1;\n");
    env.run(&["-d", "two", "downgrade", "left@base"]).ok();
    let shown = env.run(&["-d", "two", "show", "a1", "--applied"]).ok();
    assert!(shown.contains("two: not applied"), "{shown}");
    // Plain `show` is Alembic's.
    assert!(env.run(&["show", "a1"]).ok().starts_with("Rev: a1 (head)"));
}

#[test]
fn statements_are_logged_with_their_time_and_without_secrets() {
    for url in ["sqlite:app.db".to_owned(), postgres().create_database()] {
        let mut env = project().url(&url).revision(revision("a1", &[])).build();
        assert!(!env.run(&["upgrade", "+0"]).stderr.contains("sql ["));
        let output = env.run(&["upgrade", "--log-sql"]);
        let log = &output.stderr;
        assert_eq!(output.code(), Some(0), "{output}");
        for part in [
            "ms: CREATE TABLE t_a1 (id INTEGER)\n",
            "ms: COMMIT\n",
            "INSERT INTO alembic_version (version_num) VALUES ('a1')",
            "INSERT INTO limbeck_journal (",
        ] {
            assert!(log.contains(part), "{part}\n{log}");
        }
        assert!(!log.contains("hush-hush") && !log.contains("postgres://"), "{log}");
        let failing = revision("b1", &["a1"]).upgrade("SELECT nothing FROM nowhere;");
        env.write("versions/b1_x.sql", failing.text());
        env.set("LIMBECK_LOG_SQL", "1");
        let log = env.run(&["upgrade"]).stderr;
        assert!(log.contains("ms, failed: SELECT nothing FROM nowhere\n"), "{log}");
        env.set("LIMBECK_LOG_SQL", "false");
        assert!(!env.run(&["upgrade"]).stderr.contains("sql ["));
    }
}

#[test]
fn a_stamp_can_be_verified_in_the_catalog() {
    for url in ["sqlite:app.db".to_owned(), postgres().create_database()] {
        let env = project()
            .url(&url)
            .revision(revision("a1", &[]).upgrade(
                "CREATE TABLE IF NOT EXISTS t (id INTEGER);\nCREATE TABLE old (id INTEGER);\n\
                 INSERT INTO t VALUES (1);",
            ))
            .revision(revision("b1", &["a1"]).upgrade(
                "ALTER TABLE t ADD COLUMN v TEXT;\nCREATE INDEX t_v ON t (v);\nDROP TABLE old;",
            ))
            .build();
        query(&env, &url, "CREATE TABLE t (id INTEGER)");
        insta::allow_duplicates! {
            assert_snapshot!(env.run(&["stamp", "--verify", "head"]), @"
            ------- stderr -------
            revision a1: the catalog cannot tell of 1 statement
            error: database app: the database is not as the scripts of the revisions would leave it
              revision b1: column v of t is not there
              --> versions/b1_x.sql:11:1
              revision b1: index t_v of t is not there
              --> versions/b1_x.sql:12:1
            hint: run the revisions (`limbeck upgrade -d app`), or without --verify they count as applied all the same
            [exit status: 4]
            ");
        }
        query(&env, &url, "ALTER TABLE t ADD COLUMN v TEXT; CREATE INDEX t_v ON t (v)");
        insta::allow_duplicates! {
            assert_snapshot!(env.run(&["stamp", "--verify", "--reason", "by hand", "head"]), @"
            ------- stderr -------
            revision a1: the catalog cannot tell of 1 statement
            verified: 4 objects are as the scripts leave them
            Running stamp_revision  -> b1
            [exit status: 0]
            ");
        }
        assert_eq!(query(&env, &url, "SELECT note FROM limbeck_journal"), "by hand\n");
        // Nothing new counts as applied on the way back.
        env.run(&["stamp", "--verify", "a1"]).ok();
    }
}

#[test]
fn a_stamp_that_changes_no_row_is_verified_all_the_same() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]))
        .revision(revision("y1", &[]))
        .build();
    env.run(&["upgrade", "b1"]).ok();
    env.run(&["stamp", "--verify", "b1"]).ok();
    query(&env, "sqlite:app.db", "DROP TABLE t_a1");
    assert_snapshot!(env.run(&["stamp", "--verify", "b1"]), @"
    ------- stderr -------
    error: database app: the database is not as the scripts of the revisions would leave it
      revision a1: table t_a1 is not there
      --> versions/a1_x.sql:11:1
    hint: the version table counts it as applied already, so no run makes it again: put back by hand what is missing
    [exit status: 4]
    ");
    assert_eq!(env.run(&["stamp", "--verify", "--purge", "b1"]).code(), Some(4));
    // Nor where only another row is new.
    query(&env, "sqlite:app.db", "CREATE TABLE t_y1 (id INTEGER)");
    assert_eq!(env.run(&["stamp", "--verify", "heads"]).code(), Some(4));
    // Of other branches nobody has asked.
    env.run(&["stamp", "--verify", "y1"]).ok();
    query(&env, "sqlite:app.db", "CREATE TABLE t_a1 (id INTEGER)");
    env.run(&["stamp", "--verify", "heads"]).ok();
}

#[test]
fn a_run_that_is_one_transaction_leaves_word_of_its_failure() {
    let url = postgres().create_database();
    let env = project()
        .config(format!(
            "[scripts]\ntransaction_mode = \"run\"\n[databases.app]\nurl = \"{url}\"\n"
        ))
        .revision(revision("a1", &[]))
        .build();
    env.run(&["upgrade"]).ok();
    env.write("versions/b1_x.sql", revision("b1", &["a1"]).text());
    let failing = revision("c1", &["b1"]).upgrade("SELECT nothing FROM nowhere;");
    env.write("versions/c1_x.sql", failing.text());
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    let log = "SELECT revision, event, error IS NULL FROM limbeck_journal ORDER BY id";
    assert_eq!(query(&env, &url, log), "a1|done|t\nc1|fail|f\n");
}

#[test]
fn a_first_run_that_is_one_transaction_leaves_word_of_its_failure() {
    let databases = [postgres().create_database(), postgres().create_database()];
    for (url, mode) in
        [("sqlite:app.db", "run"), (&databases[0], "run"), (&databases[1], "alembic")]
    {
        let env = project()
            .config(format!(
                "[scripts]\ntransaction_mode = \"{mode}\"\n[databases.app]\nurl = \"{url}\"\n\
                 journal_table = \"log_{mode}\"\n"
            ))
            .revision(revision("a1", &[]))
            .revision(revision("b1", &["a1"]).upgrade("SELECT nothing FROM nowhere;"))
            .build();
        assert_eq!(env.run(&["upgrade"]).code(), Some(1), "{mode} {url}");
        let log = format!("SELECT revision || ' ' || event FROM log_{mode}");
        assert_eq!(query(&env, url, &log), "b1 fail\n", "{mode} {url}");
        // Of the run itself there is nothing.
        let output = env.run(&["current"]);
        assert_eq!((output.code(), output.stdout.as_str()), (Some(0), ""), "{output}");
        assert_eq!(env.run(&["health", "--fail-on", "failed"]).code(), Some(1), "{mode} {url}");
        env.write("versions/b1_x.sql", revision("b1", &["a1"]).text());
        env.run(&["upgrade"]).ok();
        env.run(&["health", "--fail-on", "failed"]).ok();
    }
}

#[test]
fn a_lost_connection_is_journaled_on_another() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]).upgrade("SELECT pg_terminate_backend(pg_backend_pid());"))
        .build();
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(8), "{output}");
    let log = "SELECT revision, event FROM limbeck_journal ORDER BY id";
    assert_eq!(query(&env, &url, log), "a1|done\nb1|fail\n");
}
