//! `--- verify` sections: what must be true once a revision is applied.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

/// A revision that fills a table from another one, and says what must come of it.
fn copying(url: &str, more: &str, verify: &str) -> TestEnvironment {
    project()
        .url(url)
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE old (id integer); INSERT INTO old VALUES (1), (2);")
                .downgrade("DROP TABLE old;"),
        )
        .revision(
            revision("b2", &["a1"])
                .with(more)
                .upgrade("CREATE TABLE fresh (id integer);\nINSERT INTO fresh SELECT id FROM old WHERE id > 1;")
                .downgrade("DROP TABLE fresh;")
                .section("verify", verify),
        )
        .build()
}

const ALL: &str = "SELECT (SELECT count(*) FROM fresh) = (SELECT count(*) FROM old);";

#[test]
fn a_step_that_is_not_as_it_says_is_rolled_back() {
    for url in ["sqlite:app.db".to_owned(), postgres().create_database()] {
        let env = copying(&url, "", ALL);
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        let found = if url.starts_with("sqlite") { "0" } else { "false" };
        for words in [
            format!(
                "error: database app: revision b2 is not as its verify section says, which gives {found}\n"
            ),
            "  --> versions/b2_x.sql:19:1\n".to_owned(),
            "hint: revision b2 was rolled back\n".to_owned(),
        ] {
            assert!(output.stderr.contains(&words), "{words}\n{output}");
        }
        assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
        assert_eq!(env.run(&["db", "exec", "SELECT * FROM fresh"]).code(), Some(1));
        // What it says need not be what it was: the section is no part of the script.
        query(&env, &url, "DELETE FROM old WHERE id = 1");
        env.run(&["upgrade"]).ok();
        let text = env.read("versions/b2_x.sql").replace(ALL, "SELECT 1 = 2;");
        env.write("versions/b2_x.sql", text);
        env.run(&["upgrade"]).ok();
        env.run(&["downgrade", "a1"]).ok();
    }
}

#[test]
fn a_row_must_come_and_be_true() {
    for (verify, gives) in [
        ("SELECT id FROM fresh WHERE id > 9", Some("gives no row")),
        ("SELECT NULL", Some("gives NULL")),
        ("SELECT 0.0", Some("gives 0")),
        ("SELECT ''", Some("gives ''")),
        ("SELECT id FROM nowhere", Some("nowhere")),
        ("SELECT id FROM fresh", None),
        ("SELECT 'some text' -- with a comment\n", None),
        ("-- nothing is asked", None),
    ] {
        for url in ["sqlite:app.db".to_owned(), postgres().create_database()] {
            let env = copying(&url, "", verify);
            let output = env.run(&["upgrade"]);
            match gives {
                Some(words) => {
                    assert_eq!(output.code(), Some(1), "{verify}: {output}");
                    assert!(output.stderr.contains(words), "{verify}: {output}");
                }
                None => assert_eq!(output.code(), Some(0), "{verify}: {output}"),
            }
        }
    }
}

/// Nothing is rolled back there, and nothing is lost: the rerun asks again.
#[test]
fn outside_a_transaction_a_rerun_asks_again() {
    for url in
        ["sqlite:app.db".to_owned(), postgres().create_database(), mariadb().create_database()]
    {
        let env = copying(&url, "transaction = false", ALL);
        for _ in 0..2 {
            let output = env.run(&["upgrade"]);
            assert_eq!(output.code(), Some(1), "{output}");
            let words = "hint: revision b2 runs outside a transaction: what came before the statement \
                         is done, and a rerun continues at it\n";
            assert!(output.stderr.contains(words), "{output}");
            assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
            assert_eq!(query(&env, &url, "SELECT id FROM fresh"), "2\n");
        }
        let failed = env.run(&["journal", "list", "--json"]).ok();
        assert!(failed.contains("is not as its verify section says"), "{failed}");
        let status = env.run(&["status"]).to_string();
        assert!(status.contains("failed"), "{status}");
        query(&env, &url, "INSERT INTO fresh VALUES (1)");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(0), "{output}");
        assert!(output.stderr.contains("statement 2 of 2 was done by an earlier run"), "{output}");
        assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "b2\n");
        assert_eq!(query(&env, &url, "SELECT count(*) FROM fresh"), "2\n");
    }
}

/// In a transaction what the script has set counts; outside one a rerun has a session of its own.
#[test]
fn settings_of_the_script_count_within_its_transaction() {
    for (more, code) in [("", Some(0)), ("transaction = false", Some(1))] {
        let url = postgres().create_database();
        let env = project()
            .url(&url)
            .revision(
                revision("a1", &[])
                    .with(more)
                    .upgrade(
                        "CREATE SCHEMA s;\nSET search_path TO s;\nCREATE TABLE t (id integer);",
                    )
                    .section("verify", "SELECT to_regclass('t') IS NOT NULL;"),
            )
            .build();
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), code, "{output}");
    }
}

#[test]
fn a_run_in_one_transaction_is_rolled_back_as_a_whole() {
    let url = postgres().create_database();
    let env = copying(&url, "", ALL);
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"run\"\n{config}"));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("the whole run was rolled back"), "{output}");
    assert_eq!(query(&env, &url, "SELECT to_regclass('old') IS NULL"), "t\n");
}

#[test]
fn each_dialect_may_have_its_own() {
    let env = project()
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE t (id integer);")
                .downgrade("DROP TABLE t;")
                .section("verify sqlite", "SELECT count(*) FROM sqlite_schema WHERE name = 't';")
                .section("verify", "SELECT to_regclass('t') IS NOT NULL;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["show", "a1", "--sql"]), @"
    -- revision a1: upgrade, versions/a1_x.sql:11
    CREATE TABLE t (id integer);

    -- revision a1: downgrade, versions/a1_x.sql:14
    DROP TABLE t;

    -- revision a1: verify sqlite, versions/a1_x.sql:17
    SELECT count(*) FROM sqlite_schema WHERE name = 't';

    -- revision a1: verify, versions/a1_x.sql:20
    SELECT to_regclass('t') IS NOT NULL;
    ------- stderr -------
    [exit status: 0]
    ");
    env.write(
        "versions/b2_x.sql",
        revision("b2", &["a1"])
            .upgrade("SELECT 1;")
            .section("verify", "SELECT 1;\nSELECT 2;")
            .text(),
    );
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision b2: the section holds 2 statements, and one query is asked
      --> versions/b2_x.sql:15:1
       |  SELECT 2
       |  ^
    hint: join them with AND: SELECT (SELECT …) AND (SELECT …)
    [exit status: 78]
    ");
    let text = env.read("versions/b2_x.sql").replace("SELECT 1;\nSELECT 2;", "ROLLBACK;");
    env.write("versions/b2_x.sql", text);
    assert_snapshot!(env.run(&["plan"]), @"
    ------- stderr -------
    error: revision b2: ROLLBACK is not allowed in a script: limbeck owns the transaction
      --> versions/b2_x.sql:14:1
       |  ROLLBACK
       |  ^
    hint: remove it: a revision is one transaction, or none with `transaction = false`
    [exit status: 78]
    ");
}

#[test]
fn as_a_text() {
    let url = postgres().create_database();
    let env = copying(&url, "", ALL);
    let text = env.run(&["upgrade", "--sql"]).ok();
    assert_snapshot!(text, @r"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> a1

    CREATE TABLE old (id integer);

    INSERT INTO old VALUES (1), (2);

    INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

    COMMIT;

    BEGIN;

    -- Running upgrade a1 -> b2

    CREATE TABLE fresh (id integer);

    INSERT INTO fresh SELECT id FROM old WHERE id > 1;

    DO $limbeck$ DECLARE found text; BEGIN EXECUTE 'SELECT (SELECT count(*) FROM fresh) = (SELECT count(*) FROM old)' INTO found; IF found IS NULL OR found ~* '^\s*([-+]?0*\.?0*|f|false)\s*$' THEN RAISE EXCEPTION USING MESSAGE = 'revision b2 is not as its verify section says'; END IF; END $limbeck$;

    UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

    COMMIT;
    ");
    // It stops where a run would.
    let name = url.rsplit('/').next().unwrap();
    let failed = std::panic::catch_unwind(|| postgres().psql(name, &text));
    assert!(failed.is_err());
    assert_eq!(query(&env, &url, "SELECT to_regclass('fresh') IS NULL"), "t\n");
    let other = postgres().create_database();
    postgres().psql(other.rsplit('/').next().unwrap(), &text.replace("WHERE id > 1", ""));
    assert_eq!(query(&env, &other, "SELECT version_num FROM alembic_version"), "b2\n");
    let env = copying("sqlite:app.db", "", ALL);
    assert_snapshot!(env.run(&["upgrade", "a1:b2", "--sql"]), @"
    BEGIN;

    -- Running upgrade a1 -> b2

    CREATE TABLE fresh (id integer);

    INSERT INTO fresh SELECT id FROM old WHERE id > 1;

    -- The verify section of b2 is left out: look for yourself

    --   SELECT (SELECT count(*) FROM fresh) = (SELECT count(*) FROM old)

    UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

    COMMIT;

    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    warning: revision b2: a text for sqlite cannot stop at a verify section that is not true; it is left out
    [exit status: 0]
    ");
}

#[test]
fn verify_asks_it_too() {
    let env = copying("sqlite:app.db", "", ALL);
    assert_snapshot!(env.run(&["verify"]), @"
    app: the upgrade of b2 fails: revision b2 is not as its verify section says, which gives 0
      --> versions/b2_x.sql:19:1
    ------- stderr -------
    app: 2 revisions up, down and up again
    app: 1 well, 1 failed
    [exit status: 1]
    ");
}
