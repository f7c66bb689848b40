//! Two names for one database, and version tables in one database.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, postgres, project, query, revision};

fn two(tables: [&str; 2]) -> TestEnvironment {
    let [a, b] = tables;
    let mut env = project()
        .config(format!(
            "[databases.a]\nurl = \"${{A_URL}}\"\n{a}\n[databases.b]\nurl = \"${{B_URL}}\"\n{b}\n"
        ))
        .revision(revision("r1", &[]))
        .build();
    env.set("A_URL", "sqlite:app.db");
    env.set("B_URL", "sqlite:./app.db");
    env
}

#[test]
fn two_names_for_one_database_are_refused_before_anything_is_written() {
    let mut env = two(["", ""]);
    env.set("B_URL", "sqlite:other.db");
    env.run(&["upgrade"]).ok();
    env.set("B_URL", "sqlite:./app.db");
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml: databases `a` and `b` are one database: both are at sqlite:///$PROJ/app.db with the version table alembic_version
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
    for arguments in [
        ["upgrade"].as_slice(),
        &["upgrade", "-d", "b"],
        &["downgrade", "-d", "b", "base"],
        &["stamp", "--purge", "base", "-d", "b"],
        &["ensure_version"],
        &["journal", "accept", "r1"],
        &["db", "drop", "-d", "b", "--yes"],
        &["db", "reset", "-d", "b", "--yes"],
        &["db", "exec", "-d", "b", "SELECT 1"],
    ] {
        let output = env.run(arguments);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.stderr.contains("databases `a` and `b` are one database"), "{output}");
    }
    assert_snapshot!(env.run(&["stamp", "--purge", "base", "-d", "b"]), @"
    ------- stderr -------
    error: databases `a` and `b` are one database: both are at sqlite:///$PROJ/app.db with the version table alembic_version
      --> limbeck.toml
    hint: give each its own URL, or its own `version_table` or `version_table_schema`
    hint: or keep one of them, with the `branches` of both
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [a]
    r1 (head)
    [b]
    r1 (head)
    ------- stderr -------
    warning: databases `a` and `b` are one database: both are at sqlite:///$PROJ/app.db with the version table alembic_version
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["lint"]), @"
    ------- stderr -------
    warning: databases `a` and `b` are one database: both are at sqlite:///$PROJ/app.db with the version table alembic_version
    nothing found
    [exit status: 0]
    ");
    // Whoever works on neither of them is not bothered.
    let three = env.read("limbeck.toml") + "[databases.c]\nurl = \"sqlite:c.db\"\n";
    env.write("limbeck.toml", three);
    assert_snapshot!(env.run(&["upgrade", "-d", "c"]), @"
    ------- stderr -------
    Running upgrade  -> r1, rev r1
    not touched: a, b
    [exit status: 0]
    ");
    // Another place is another database.
    assert_eq!(env.run(&["current", "-d", "b", "--url", "sqlite:d.db"]).code(), Some(0));
    env.run(&["upgrade", "-d", "b", "--url", "sqlite:d.db"]).ok();
}

#[test]
fn a_flag_that_moves_two_databases_to_one_place_is_found_out() {
    let env = project()
        .config(
            "[databases.a]\nurl = \"postgresql://me@one/app\"\n\
             [databases.b]\nurl = \"postgresql://me@two/app\"\n",
        )
        .revision(revision("r1", &[]))
        .build();
    env.run(&["config", "check"]).ok();
    assert_eq!(env.run(&["config", "check", "--host", "three"]).code(), Some(78));
}

#[test]
fn each_version_table_has_a_journal_of_its_own() {
    let postgres = postgres().create_database();
    for url in ["sqlite:app.db", &postgres] {
        let mut env = project()
            .config(
                "[databases.a]\nurl = \"${URL}\"\nversion_table = \"version_a\"\n\
                 [databases.b]\nurl = \"${URL}\"\nversion_table = \"version_b\"\n",
            )
            .revision(
                revision("r1", &[])
                    .with("transaction = false")
                    .upgrade("CREATE TABLE log (n INTEGER);\nINSERT INTO nowhere VALUES (1);"),
            )
            .build();
        env.set("URL", url);
        env.run(&["config", "check"]).ok();
        assert_eq!(env.run(&["upgrade", "-d", "a"]).code(), Some(1));
        let status = env.run(&["status"]).stdout;
        assert!(status.contains("\na         failed ") && status.contains("\nb         empty "));
        // What was done on `a` is not taken for done on `b`.
        let output = env.run(&["upgrade", "-d", "b"]);
        assert!(output.stderr.contains("already exists"), "{output}");
        let events = |table: &str| {
            query(&env, url, &format!("SELECT event FROM {table} ORDER BY id")).replace('\n', " ")
        };
        assert_eq!(events("version_a_journal"), "begin done begin fail ");
        assert_eq!(events("version_b_journal"), "begin fail ");
        let log = env.run(&["journal", "-d", "a"]).ok();
        assert!(log.contains("nowhere") && !log.contains("already exists"), "{log}");
    }
}

#[test]
fn version_tables_that_share_a_journal_are_refused() {
    let tables = ["a", "b"].map(|n| format!("version_table = \"{n}\"\njournal_table = \"log\""));
    let env = two([&tables[0], &tables[1]]);
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml: databases `a` and `b`, both at sqlite:///$PROJ/app.db, have different version tables and one journal, log
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["upgrade", "-d", "a"]), @"
    ------- stderr -------
    error: databases `a` and `b`, both at sqlite:///$PROJ/app.db, have different version tables and one journal, log
      --> limbeck.toml
    hint: give each version table its own `journal_table`, or leave that key to its default
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["status", "-d", "a"]), @"
    database  state  current  heads  pending  applied  last run
    a         empty  -        r1     1        0 of 1   -

    [a]
     [ ] r1 rev r1
    ------- stderr -------
    warning: databases `a` and `b`, both at sqlite:///$PROJ/app.db, have different version tables and one journal, log
    a: the database file $PROJ/app.db does not exist
    a: 1 pending: r1; nothing is applied yet
      try: limbeck upgrade -d a
    [exit status: 0]
    ");
}

#[test]
fn a_journal_whose_name_would_be_cut_off_needs_one() {
    let name = "v".repeat(56);
    let env = project()
        .config(format!("[databases.a]\nurl = \"a.db\"\nversion_table = \"{name}\"\n"))
        .revision(revision("r1", &[]))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: the journal of the version table would be `vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv_journal`, and the name of a table has at most 63 bytes
      --> limbeck.toml:3:17
       |  version_table = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
       |                  ^
    hint: give the journal a name: `journal_table` of the database
    [exit status: 78]
    "#);
    assert_eq!(env.run(&["config", "check"]).code(), Some(78));
    env.write("limbeck.toml", env.read("limbeck.toml") + "journal_table = \"log\"\n");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:a.db", "SELECT event FROM log"), "done\n");
    env.write("limbeck.toml", env.read("limbeck.toml").replace(&name, &name[..55]));
    env.run(&["config", "check"]).ok();
}
