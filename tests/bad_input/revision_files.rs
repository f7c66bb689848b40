//! What can be wrong with one revision file: exit code 78 (1 where the system refuses), with the
//! place and the line.

use insta::assert_snapshot;

use crate::support::{Output, project, revision};

const HEADER: &str = "/*---\nrevision = \"a1\"\ndown_revision = []\n---*/\n";

/// What `limbeck upgrade` says when the only revision file has this text.
fn with_file(text: impl AsRef<[u8]>) -> Output {
    let env = project().build();
    env.write("versions/a1.sql", text);
    let output = env.run(&["upgrade"]);
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1.sql"], "{output}");
    output
}

/// The same, with a sound header before the text.
fn with_sql(sql: &str) -> Output {
    with_file(format!("{HEADER}{sql}"))
}

#[test]
fn it_cannot_be_read() {
    // For root every mode is readable, so this is a link to nowhere.
    let env = project().revision(revision("a1", &[])).build();
    std::os::unix::fs::symlink("nowhere", env.path("versions/b2.sql")).unwrap();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: cannot read $PROJ/versions/b2.sql
      No such file or directory (os error 2)
    [exit status: 78]
    ");
    assert_snapshot!(with_file(b"/*---\nrevision = \"a1\"\nmessage = \"caf\xe9\"\n---*/\n"), @"
    ------- stderr -------
    error: $PROJ/versions/a1.sql:3:15: the file is not UTF-8 text
    [exit status: 78]
    ");
}

#[test]
fn it_has_no_front_matter() {
    assert_snapshot!(with_file(""), @"
    ------- stderr -------
    error: the first line is not '/*---', so this is no revision file (add front matter, or move the file out of the version location)
      --> versions/a1.sql:1:1
       |  
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_file("CREATE TABLE t (id INTEGER);\n"), @"
    ------- stderr -------
    error: the first line is not '/*---', so this is no revision file (add front matter, or move the file out of the version location)
      --> versions/a1.sql:1:1
       |  CREATE TABLE t (id INTEGER);
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_file("/*---\nrevision = \"a1\"\n"), @"
    ------- stderr -------
    error: the front matter has no closing line '---*/'
      --> versions/a1.sql:1:1
       |  /*---
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn its_front_matter_is_wrong() {
    assert_snapshot!(with_file("/*---\nrevision = a1\n---*/\n--- upgrade\n"), @"
    ------- stderr -------
    error: the front matter is no TOML: string values must be quoted, expected literal string
      --> versions/a1.sql:2:12
       |  revision = a1
       |             ^
    [exit status: 78]
    ");
    assert_snapshot!(with_file("/*---\nrevision = \"a1\"\ndown_revisions = []\n---*/\n--- upgrade\n"), @"
    ------- stderr -------
    error: unknown key 'down_revisions', did you mean 'down_revision'?
      --> versions/a1.sql:3:1
       |  down_revisions = []
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_file("/*---\ndown_revision = []\n---*/\n--- upgrade\n"), @r#"
    ------- stderr -------
    error: key 'revision' is missing (for example: revision = "4c1d77a09b21")
      --> versions/a1.sql:1:1
       |  /*---
       |  ^
    [exit status: 78]
    "#);
    assert_snapshot!(with_file("/*---\nrevision = \"a1\"\ndown_revision = []\ntransaction = \"no\"\n---*/\n--- upgrade\n"), @r#"
    ------- stderr -------
    error: key 'transaction' takes true or false, not a string
      --> versions/a1.sql:4:15
       |  transaction = "no"
       |                ^
    [exit status: 78]
    "#);
    assert_snapshot!(with_file("/*---\nrevision = \"a@1\"\ndown_revision = []\n---*/\n--- upgrade\n"), @r#"
    ------- stderr -------
    error: Character(s) '@' not allowed in revision identifier 'a@1'
      --> versions/a1.sql:2:12
       |  revision = "a@1"
       |             ^
    [exit status: 78]
    "#);
    assert_snapshot!(with_file("/*---\nrevision = \"a1\"\ndown_revision = []\nlock_timeout = \"soon\"\n---*/\n--- upgrade\n"), @r#"
    ------- stderr -------
    error: key 'lock_timeout': takes a duration ("5s", "500ms", "2min", or milliseconds)
      --> versions/a1.sql:4:16
       |  lock_timeout = "soon"
       |                 ^
    [exit status: 78]
    "#);
}

#[test]
fn its_sections_are_wrong() {
    assert_snapshot!(with_sql(""), @"
    ------- stderr -------
    error: the file has no section '--- upgrade'
      --> versions/a1.sql:5:1
       |  
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgarde\nSELECT 1;\n"), @"
    ------- stderr -------
    error: '--- upgarde' begins no section, did you mean '--- upgrade'? (an ordinary comment begins with two dashes)
      --> versions/a1.sql:5:1
       |  --- upgarde
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgrade postgres\nSELECT 1;\n"), @"
    ------- stderr -------
    error: revision a1: the revision has no `--- upgrade` section for sqlite
      --> versions/a1.sql
    hint: add `--- upgrade` or `--- upgrade sqlite`; empty if nothing is to be done
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("SELECT 1;\n--- upgrade\n"), @"
    ------- stderr -------
    error: text before the first section line ('--- upgrade')
      --> versions/a1.sql:5:1
       |  SELECT 1;
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgrade\nSELECT 1;\n--- upgrade\nSELECT 2;\n"), @"
    ------- stderr -------
    error: a second section '--- upgrade' (the first is in line 5)
      --> versions/a1.sql:7:1
       |  --- upgrade
       |  ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgrade mysql\nSELECT 1;\n"), @"
    ------- stderr -------
    error: revision a1: the revision has no `--- upgrade` section for sqlite
      --> versions/a1.sql
    hint: add `--- upgrade` or `--- upgrade sqlite`; empty if nothing is to be done
    [exit status: 78]
    ");
}

#[test]
fn its_sql_ends_in_the_middle() {
    assert_snapshot!(with_sql("--- upgrade\nSELECT 1;\n  INSERT INTO t VALUES ('its);\n"), @"
    ------- stderr -------
    error: revision a1: the string that opens here is never closed
      --> versions/a1.sql:7:25
       |    INSERT INTO t VALUES ('its);
       |                          ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgrade\nSELECT 1; /* no end\n"), @"
    ------- stderr -------
    error: revision a1: the comment that opens here is never closed
      --> versions/a1.sql:6:11
       |  SELECT 1; /* no end
       |            ^
    [exit status: 78]
    ");
    assert_snapshot!(with_sql("--- upgrade\nSELECT 'a;\n--- downgrade\nSELECT 1;\n"), @"
    ------- stderr -------
    error: the string or comment that begins here is never closed, and hides line 7
      --> versions/a1.sql:6:8
       |  SELECT 'a;
       |         ^
    [exit status: 78]
    ");
}

#[test]
fn it_keeps_transactions_of_its_own() {
    for word in ["BEGIN", "COMMIT", "ROLLBACK", "begin immediate", "END"] {
        let output =
            with_sql(&format!("--- upgrade\nCREATE TABLE t (id);\n  {word};\nSELECT 1;\n"));
        assert_eq!(output.code(), Some(78), "{output}");
    }
    assert_snapshot!(with_sql("--- upgrade\nCREATE TABLE t (id);\n  BEGIN;\nSELECT 1;\nCOMMIT;\n"), @"
    ------- stderr -------
    error: revision a1: BEGIN is not allowed in a script: limbeck owns the transaction
      --> versions/a1.sql:7:3
       |  BEGIN
       |  ^
    hint: remove it: a revision is one transaction, or none with `transaction = false`
    [exit status: 78]
    ");
    // Not even where limbeck keeps none.
    assert_snapshot!(
        with_file("/*---\nrevision = \"a1\"\ndown_revision = []\ntransaction = false\n---*/\n--- upgrade\nBEGIN;\nCOMMIT;\n"),
        @"
    ------- stderr -------
    error: revision a1: BEGIN is not allowed in a script: limbeck owns the transaction
      --> versions/a1.sql:7:1
       |  BEGIN
       |  ^
    hint: remove it: a revision is one transaction, or none with `transaction = false`
    [exit status: 78]
    "
    );
}

#[test]
fn it_runs_inside_a_transaction_what_cannot() {
    // Only where the file insists: otherwise the statement is sent alone.
    let file = "/*---\nrevision = \"a1\"\ndown_revision = []\ntransaction = true\n---*/\n\
                --- upgrade\nCREATE TABLE t (id);\nVACUUM;\n";
    assert_snapshot!(with_file(file), @"
    ------- stderr -------
    error: revision a1: VACUUM cannot run inside a transaction
      --> versions/a1.sql:8:1
       |  VACUUM
       |  ^
    hint: leave `transaction` out of the front matter: such a statement is then sent alone, the others in transactions of their own
    [exit status: 78]
    ");
}

#[test]
fn nothing_runs_before_the_last_file_is_known_to_be_sound() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]).upgrade("SELECT 'no end"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision b2: the string that opens here is never closed
      --> versions/b2_x.sql:11:8
       |  SELECT 'no end
       |         ^
    [exit status: 78]
    ");
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql", "versions/b2_x.sql"]);
}

#[test]
fn python_that_is_no_revision() {
    let env = project().file("versions/a1.py", "revision = 'a1'\n").build();
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: the file does not declare 'down_revision'
      --> versions/a1.py:1:1
       |  revision = 'a1'
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn a_downgrade_that_there_is_not() {
    let env = project()
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (id);"))
        .revision(
            revision("b2", &["a1"])
                .with("irreversible = true\nirreversible_reason = \"it drops the photographs\"")
                .upgrade("DROP TABLE t;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: revision b2: the revision cannot be reverted: it drops the photographs
      --> versions/b2_x.sql
    [exit status: 78]
    ");
    env.run(&["stamp", "a1"]).ok();
    assert_snapshot!(env.run(&["downgrade", "base"]), @"
    ------- stderr -------
    error: revision a1: the revision has no `--- downgrade` section for sqlite
      --> versions/a1_x.sql
    hint: add `--- downgrade` or `--- downgrade sqlite`; empty if nothing is to be done
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1
    ------- stderr -------
    [exit status: 0]
    ");
}
