//! `--sql`: runs as text. What Alembic prints for the same is compared by `golden.rs` and
//! `differential.rs`; here are the texts as a whole, and what databases make of them.

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{
    ProjectBuilder, TestEnvironment, mariadb, postgres, project, query, revision,
};

/// `a1 - b1 -+- m1`, `b2` beside `b1`; `b2` has limits, `m1` runs outside a transaction.
pub(super) fn forked(config: &str) -> ProjectBuilder {
    project()
        .config(config)
        .revision(
            revision("a1", &[])
                .label("app")
                .upgrade(
                    "CREATE TABLE a (\n\tid INTEGER -- the key\n);\n\nINSERT INTO a VALUES (1);",
                )
                .downgrade("DROP TABLE a;"),
        )
        .revision(revision("b1", &["a1"]))
        .revision(revision("b2", &["a1"]).with("lock_timeout = \"5s\""))
        .revision(
            revision("m1", &["b2", "b1"])
                .with("transaction = false")
                .upgrade("CREATE INDEX one ON a (id); CREATE INDEX two ON a (id);")
                .downgrade("DROP INDEX one; DROP INDEX two;"),
        )
}

pub(super) fn config(url: &str, mode: &str) -> String {
    format!("[scripts]\ntransaction_mode = \"{mode}\"\n[databases.app]\nurl = \"{url}\"\n")
}

// Nothing of these texts needs a server to be there.
const POSTGRES: &str = "postgresql://me:secret@nowhere.invalid/app";
const MYSQL: &str = "mysql://me@nowhere.invalid/app";

#[test]
fn on_postgres_as_alembic() {
    let env = forked(&config(POSTGRES, "alembic")).build();
    assert_snapshot!(env.run(&["upgrade", "head", "--sql"]), @"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> a1

    CREATE TABLE a (
    	id INTEGER -- the key
    );

    INSERT INTO a VALUES (1);

    INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;

    -- Running upgrade a1 -> b1

    CREATE TABLE t_b1 (id INTEGER);

    UPDATE alembic_version SET version_num='b1' WHERE alembic_version.version_num = 'a1';

    -- Running upgrade a1 -> b2

    SET LOCAL lock_timeout = 5000;

    SET LOCAL statement_timeout TO DEFAULT;

    CREATE TABLE t_b2 (id INTEGER);

    INSERT INTO alembic_version (version_num) VALUES ('b2') RETURNING alembic_version.version_num;

    -- Running upgrade b2, b1 -> m1

    COMMIT;

    CREATE INDEX one ON a (id);

    CREATE INDEX two ON a (id);

    BEGIN;

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

    UPDATE alembic_version SET version_num='m1' WHERE alembic_version.version_num = 'b1';

    COMMIT;

    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b1, rev b1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2, b1 -> m1, rev m1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["downgrade", "m1:a1", "--sql", "--tag", "any"]), @"
    BEGIN;

    -- Running downgrade m1 -> b2, b1

    COMMIT;

    DROP INDEX one;

    DROP INDEX two;

    BEGIN;

    INSERT INTO alembic_version (version_num) VALUES ('b2') RETURNING alembic_version.version_num;

    UPDATE alembic_version SET version_num='b1' WHERE alembic_version.version_num = 'm1';

    -- Running downgrade b2 -> a1

    SET LOCAL lock_timeout = 5000;

    SET LOCAL statement_timeout TO DEFAULT;

    DROP TABLE t_b2;

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

    -- Running downgrade b1 -> a1

    SET LOCAL lock_timeout TO DEFAULT;

    SET LOCAL statement_timeout TO DEFAULT;

    DROP TABLE t_b1;

    UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = 'b1';

    COMMIT;

    ------- stderr -------
    Running downgrade m1 -> b2, b1, rev m1
    Running downgrade b2 -> a1, rev b2
    Running downgrade b1 -> a1, rev b1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "a1:b1", "--sql"]), @"
    BEGIN;

    -- Running stamp_revision a1 -> b1

    UPDATE alembic_version SET version_num='b1' WHERE alembic_version.version_num = 'a1';

    COMMIT;

    ------- stderr -------
    Running stamp_revision a1 -> b1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "base", "--sql"]), @"
    BEGIN;

    COMMIT;

    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["ensure_version", "--sql"]), @"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    COMMIT;

    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn on_postgres_a_transaction_a_revision() {
    let env = forked(&config(POSTGRES, "revision")).build();
    assert_snapshot!(env.run(&["upgrade", "a1:m1", "--sql"]), @"
    BEGIN;

    -- Running upgrade a1 -> b1

    CREATE TABLE t_b1 (id INTEGER);

    UPDATE alembic_version SET version_num='b1' WHERE alembic_version.version_num = 'a1';

    COMMIT;

    BEGIN;

    -- Running upgrade a1 -> b2

    SET LOCAL lock_timeout = 5000;

    SET LOCAL statement_timeout TO DEFAULT;

    CREATE TABLE t_b2 (id INTEGER);

    INSERT INTO alembic_version (version_num) VALUES ('b2') RETURNING alembic_version.version_num;

    COMMIT;

    BEGIN;

    -- Running upgrade b2, b1 -> m1

    COMMIT;

    CREATE INDEX one ON a (id);

    CREATE INDEX two ON a (id);

    BEGIN;

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

    UPDATE alembic_version SET version_num='m1' WHERE alembic_version.version_num = 'b1';

    COMMIT;

    ------- stderr -------
    Running upgrade a1 -> b1, rev b1
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2, b1 -> m1, rev m1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "m1:head", "--sql"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["ensure_version", "--sql"]), @"
    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    ------- stderr -------
    [exit status: 0]
    ");
    // The limits of one revision must not reach the next within one transaction.
    let env = forked(&config(POSTGRES, "run")).revision(revision("b3", &["b2"])).build();
    assert_snapshot!(env.run(&["upgrade", "a1:b3", "--sql"]), @"
    BEGIN;

    -- Running upgrade a1 -> b2

    SET LOCAL lock_timeout = 5000;

    SET LOCAL statement_timeout TO DEFAULT;

    CREATE TABLE t_b2 (id INTEGER);

    UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';

    -- Running upgrade b2 -> b3

    SET LOCAL lock_timeout TO DEFAULT;

    SET LOCAL statement_timeout TO DEFAULT;

    CREATE TABLE t_b3 (id INTEGER);

    UPDATE alembic_version SET version_num='b3' WHERE alembic_version.version_num = 'b2';

    COMMIT;

    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    [exit status: 0]
    ");
}

#[test]
fn on_sqlite() {
    let env = forked(&config("sqlite:app.db", "revision")).build();
    assert_snapshot!(env.run(&["upgrade", "m1", "--sql"]), @"
    BEGIN;

    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    -- Running upgrade  -> a1

    CREATE TABLE a (
    	id INTEGER -- the key
    );

    INSERT INTO a VALUES (1);

    INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING version_num;

    COMMIT;

    BEGIN;

    -- Running upgrade a1 -> b1

    CREATE TABLE t_b1 (id INTEGER);

    UPDATE alembic_version SET version_num='b1' WHERE alembic_version.version_num = 'a1';

    COMMIT;

    BEGIN;

    -- Running upgrade a1 -> b2

    CREATE TABLE t_b2 (id INTEGER);

    INSERT INTO alembic_version (version_num) VALUES ('b2') RETURNING version_num;

    COMMIT;

    BEGIN;

    -- Running upgrade b2, b1 -> m1

    COMMIT;

    CREATE INDEX one ON a (id);

    CREATE INDEX two ON a (id);

    BEGIN;

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

    UPDATE alembic_version SET version_num='m1' WHERE alembic_version.version_num = 'b1';

    COMMIT;

    ------- stderr -------
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b1, rev b1
    Running upgrade a1 -> b2, rev b2
    warning: revision b2: a text for sqlite cannot set its timeouts; they are left out
    Running upgrade b2, b1 -> m1, rev m1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "b1:a1", "--sql"]), @"
    BEGIN;

    -- Running stamp_revision b1 -> a1

    UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = 'b1';

    COMMIT;

    ------- stderr -------
    Running stamp_revision b1 -> a1
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["ensure_version", "--sql"]), @"
    CREATE TABLE alembic_version (
        version_num VARCHAR(32) NOT NULL, 
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    );

    ------- stderr -------
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
}

#[test]
fn on_mysql() {
    let env = forked(&config(MYSQL, "revision"))
        .revision(revision("t1", &["m1"]).upgrade(
            "DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; SET @y = '//'; END$$\n\
             DELIMITER ;\nINSERT INTO a VALUES (';');",
        ))
        .build();
    assert_snapshot!(env.run(&["upgrade", "b1:t1", "--sql"]), @"
    -- Running upgrade a1 -> b2

    CREATE TABLE t_b2 (id INTEGER);

    INSERT INTO alembic_version (version_num) VALUES ('b2');

    -- Running upgrade b2, b1 -> m1

    CREATE INDEX one ON a (id);

    CREATE INDEX two ON a (id);

    DELETE FROM alembic_version WHERE alembic_version.version_num = 'b2';

    UPDATE alembic_version SET version_num='m1' WHERE alembic_version.version_num = 'b1';

    -- Running upgrade m1 -> t1

    DELIMITER ///

    CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; SET @y = '//'; END///

    DELIMITER ;

    INSERT INTO a VALUES (';');

    UPDATE alembic_version SET version_num='t1' WHERE alembic_version.version_num = 'm1';

    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    warning: revision b2: a text for mysql cannot set its timeouts; they are left out
    Running upgrade b2, b1 -> m1, rev m1
    Running upgrade m1 -> t1, rev t1
    [exit status: 0]
    ");
    env.write("limbeck.toml", config(MYSQL, "alembic"));
    assert_snapshot!(env.run(&["upgrade", "m1:t1", "--sql"]), @"
    -- Running upgrade m1 -> t1

    CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; SET @y = '//'; END;

    INSERT INTO a VALUES (';');

    UPDATE alembic_version SET version_num='t1' WHERE alembic_version.version_num = 'm1';

    ------- stderr -------
    Running upgrade m1 -> t1, rev t1
    [exit status: 0]
    ");
}

#[test]
fn names_are_quoted_only_where_they_must_be() {
    let table =
        "version_table = \"Order\"\nversion_table_schema = \"user\"\nversion_num_length = 40\n";
    let long = "it's a long one of thirty-three..".replace('-', "_");
    assert_eq!(long.chars().count(), 33);
    for (url, expected) in [
        ("sqlite:app.db", "user.\"Order\""),
        (POSTGRES, "\"user\".\"Order\""),
        (MYSQL, "user.`Order`"),
    ] {
        let env = project()
            .config(config(url, "alembic") + table)
            .revision(revision(&long, &[]).upgrade("SELECT 1;"))
            .build();
        let text = env.run(&["upgrade", "heads", "--sql"]).ok();
        assert!(
            text.contains(&format!("CREATE TABLE {expected} (\n    version_num VARCHAR(40)")),
            "{text}"
        );
        assert!(
            text.contains(&format!("INSERT INTO {expected} (version_num) VALUES ('it''s a")),
            "{text}"
        );
    }
}

/// What is printed does the same as a run, and a run goes on where it ended.
#[test]
fn a_text_does_what_a_run_does() {
    for mode in ["revision", "run", "alembic"] {
        for server in [false, true] {
            let url = match server {
                false => "sqlite:app.db".to_owned(),
                true => postgres().create_database(),
            };
            let history = |url: &str| {
                project()
                    .config(config(url, mode))
                    .revision(
                        revision("a1", &[])
                            .upgrade("CREATE TABLE a (id INTEGER);")
                            .downgrade("DROP TABLE a;"),
                    )
                    .revision(revision("b1", &["a1"]))
                    .revision(revision("b2", &["a1"]))
                    .revision(revision("m1", &["b2", "b1"]))
                    .revision(revision("n1", &["m1"]))
                    .build()
            };
            let env = history(&url);
            let text = env.run(&["upgrade", "m1", "--sql"]).ok();
            feed(&env, &url, &text);
            assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), "m1\n");
            assert_eq!(query(&env, &url, "SELECT count(*) FROM t_b1, t_b2, t_m1, a"), "0\n");
            let next = env.run(&["upgrade"]);
            assert_eq!(next.stderr, "Running upgrade m1 -> n1, rev n1\n", "{mode}");
            let text = env.run(&["downgrade", "n1:a1", "--sql"]).ok();
            feed(&env, &url, &text);
            assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), "a1\n");
            let text = env.run(&["stamp", "a1:base", "--sql"]).ok();
            feed(&env, &url, &text);
            assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), "");
        }
    }
}

/// Hands a text to the database's own client, which stops at the first error.
pub(super) fn feed(env: &TestEnvironment, url: &str, text: &str) {
    if url.starts_with("mysql:") {
        mariadb().sql(url.rsplit_once('/').unwrap().1, text);
        return;
    }
    let mut command = if let Some(path) = url.strip_prefix("sqlite:") {
        let mut sqlite = env.program("/usr/bin/sqlite3");
        sqlite.args(["-bail", "-batch", path]);
        sqlite
    } else {
        let mut psql = env.program(postgres().program("psql"));
        psql.args(["-Xq", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"]);
        psql
    };
    let mut client =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    client.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}
