//! What is in doubt on MySQL and MariaDB and what is not, and what is proposed then.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, project, query, revision};

fn running(statement: &str) -> TestEnvironment {
    let script = format!("CREATE TABLE t (id INT);\n{statement};\nCREATE TABLE u (id INT);");
    project()
        .url(mariadb().create_database())
        .revision(revision("a1", &[]).upgrade(&script))
        .build()
}

#[test]
fn a_statement_whose_end_nobody_saw_is_in_doubt() {
    // Its connection ends with it.
    let env = running("KILL CONNECTION_ID()");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    warning: the lock could not be given back: Driver error: `Connection to the server is closed.'
    error: database app: Connection was killed
      --> versions/a1_x.sql:12:1
       |  KILL CONNECTION_ID()
       |  ^
      detail: error 1927 (SQLSTATE 70100)
    hint: revision a1 runs outside a transaction, and nobody has seen how the statement ended: a rerun looks in the catalog, and asks where that cannot tell
    [exit status: 8]
    ");
    let status = env.run(&["status"]);
    let hint = "try: limbeck journal resolve a1 -d app --as done, or --as not-done";
    assert!(status.stderr.contains(hint), "{status}");
    let rerun = env.run(&["upgrade"]);
    assert_eq!(rerun.code(), Some(9), "{rerun}");
    env.run(&["journal", "resolve", "a1", "--as", "done", "--yes"]).ok();
    env.run(&["upgrade"]).ok();
}

#[test]
fn a_statement_that_the_client_refused_has_failed() {
    let env = running("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t");
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    let status = env.run(&["status"]);
    assert!(status.stderr.contains("failed at statement 2 of 3"), "{status}");
    assert!(status.stderr.contains("try: limbeck upgrade -d app"), "{status}");
    // It may be mended.
    let path = "versions/a1_x.sql";
    env.write(
        path,
        env.read(path).replace("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t", "DO 1"),
    );
    env.run(&["upgrade"]).ok();
}

#[test]
fn what_begins_a_transaction_is_refused_in_the_words_of_mysql() {
    for statement in ["SAVEPOINT s", "START TRANSACTION"] {
        let output = running(statement).run(&["upgrade"]);
        let hint = "hint: remove it: on MySQL each statement of a revision is one by itself";
        assert!(output.stderr.contains(hint), "{output}");
    }
}

/// What a run leaves that is killed behind the beginning of its last statement.
fn forget_the_end(env: &TestEnvironment, url: &str) {
    query(env, url, "DELETE FROM alembic_version");
    query(
        env,
        url,
        "DELETE FROM limbeck_journal WHERE id > (SELECT * FROM (SELECT max(id) FROM \
         limbeck_journal WHERE event = 'begin') AS last)",
    );
}

const CONSTRAINTS: &str = "SELECT constraint_type FROM information_schema.table_constraints \
                           WHERE table_schema = database() AND table_name = 'c' ORDER BY 1";

/// `DROP CONSTRAINT link` at the end of a script that makes it so.
fn dropping(constraints: &str) -> (TestEnvironment, String) {
    let url = mariadb().create_database();
    let script = format!(
        "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE c (p INT);\n\
         ALTER TABLE c {constraints};\nALTER TABLE c DROP CONSTRAINT link;"
    );
    let env = project().url(&url).revision(revision("a1", &[]).upgrade(&script)).build();
    env.run(&["upgrade"]).ok();
    forget_the_end(&env, &url);
    (env, url)
}

const FOREIGN: &str = "ADD CONSTRAINT link FOREIGN KEY (p) REFERENCES p (id)";

#[test]
fn a_constraint_of_any_type_is_looked_for_as_each() {
    for constraint in
        [FOREIGN, "ADD CONSTRAINT link CHECK (p > 0)", "ADD CONSTRAINT link UNIQUE (p)"]
    {
        // It is gone.
        let (env, url) = dropping(constraint);
        env.run(&["upgrade"]).ok();
        assert_eq!(query(&env, &url, CONSTRAINTS), "");
        if constraint.ends_with("UNIQUE (p)") {
            continue;
        }
        // It is there still.
        let (env, url) = dropping(constraint);
        query(&env, &url, &format!("ALTER TABLE c {constraint}"));
        env.run(&["upgrade"]).ok();
        assert_eq!(query(&env, &url, CONSTRAINTS), "");
    }
}

#[test]
fn a_unique_key_may_have_had_the_name_of_the_foreign_key_that_was_dropped() {
    let (env, url) = dropping(&format!("ADD CONSTRAINT link UNIQUE (p), {FOREIGN}"));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(9), "{output}");
    assert_eq!(query(&env, &url, CONSTRAINTS), "UNIQUE\n");
}

#[test]
fn a_constraint_that_was_dropped_without_its_type_is_not_missed() {
    let url = mariadb().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(&format!(
            "CREATE TABLE p (id INT PRIMARY KEY);\nCREATE TABLE c (p INT);\n\
             ALTER TABLE c {FOREIGN};\nALTER TABLE c ADD CONSTRAINT one UNIQUE (p);"
        )))
        .revision(
            revision("b1", &["a1"])
                .upgrade("ALTER TABLE c DROP CONSTRAINT link;\nALTER TABLE c DROP INDEX one;"),
        )
        .build();
    query(&env, &url, "CREATE TABLE p (id INT PRIMARY KEY)");
    query(&env, &url, "CREATE TABLE c (p INT)");
    env.run(&["stamp", "--verify", "head"]).ok();
}
