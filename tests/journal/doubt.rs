//! What is in doubt on MySQL and MariaDB and what is not, and what is proposed then.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, project, revision};

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
