//! What is said, and what is refused.

use crate::support::{TestEnvironment, revision};

use super::{code, ran, scripted};

fn environment(script: &str) -> TestEnvironment {
    scripted("sqlite:app.db", "")
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);"))
        .file("repeatable/v.sql", script)
        .build()
}

const VIEW: &str = "/*---\ndrops = \"view v\"\n---*/\nCREATE VIEW v AS SELECT x FROM t;\n";

#[test]
fn what_would_run_is_shown() {
    let env = environment(VIEW);
    let said = env.run(&["repeat", "--plan", "--check"]);
    insta::assert_snapshot!(said, @"
    database  script  why
    app       v       waits for a1
    ------- stderr -------
    [exit status: 0]
    ");
    code(&env, &["upgrade"], 0);
    let said = env.run(&["repeat", "--plan", "--check"]);
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    nothing to do
    [exit status: 0]
    ");
    env.write("repeatable/v.sql", VIEW.replace("SELECT x", "SELECT x + 1 AS x"));
    env.write("repeatable/w.sql", "CREATE VIEW IF NOT EXISTS w AS SELECT 1;");
    let said = env.run(&["repeat", "--plan", "--json"]);
    insta::assert_snapshot!(said, @r#"
    {
      "databases": [
        {
          "database": "app",
          "due": [
            {
              "script": "v",
              "reason": "changed"
            },
            {
              "script": "w",
              "reason": "new"
            }
          ],
          "waiting": [],
          "gone": []
        }
      ],
      "errors": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
    let said = env.run(&["repeat", "--plan", "w"]);
    insta::assert_snapshot!(said, @"
    database  script  why
    app       w       asked for
    ------- stderr -------
    [exit status: 0]
    ");
    // Nothing has happened yet.
    let said = code(&env, &["upgrade"], 0);
    assert_eq!(ran(&said), ["v", "w"]);
}

#[test]
fn a_file_that_is_gone_is_missed_until_somebody_says_so() {
    let env = environment(VIEW);
    code(&env, &["upgrade"], 0);
    std::fs::remove_file(env.path("repeatable/v.sql")).unwrap();
    let said = env.run(&["upgrade"]);
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    warning: repeatable v ran once, and its file is gone; when a revision has dropped what it made: limbeck repeat --forget v -d app
    nothing to do (at a1)
    [exit status: 0]
    ");
    let said = env.run(&["repeat", "--forget", "v.sql"]);
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    database app: v is forgotten
    [exit status: 0]
    ");
    let said = env.run(&["upgrade"]);
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    nothing to do (at a1)
    [exit status: 0]
    ");
    let said = env.run(&["repeat", "--forget", "v"]);
    insta::assert_snapshot!(said, @"
    ------- stderr -------
    error: no chosen database knows of a repeatable script `v`
    hint: `limbeck repeat --plan` names those that are missed
    [exit status: 64]
    ");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let env = environment("/*---\naftr = \"a1\"\n---*/\nSELECT 1;\n");
    insta::assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: unknown key 'aftr', did you mean 'after'?
      --> repeatable/v.sql:2:1
       |  aftr = "a1"
       |  ^
    [exit status: 78]
    "#);
    env.write("repeatable/v.sql", "/*---\nafter = \"a7\"\n---*/\nSELECT 1;\n");
    insta::assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: key 'after': 'a7' is no revision and no other script
      --> repeatable/v.sql:2:9
       |  after = "a7"
       |          ^
    [exit status: 78]
    "#);
    env.write("repeatable/v.sql", "CREATE VIEW v AS SELECT 'x;\n");
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: repeatable v: the string that opens here is never closed
      --> repeatable/v.sql:1:25
    [exit status: 78]
    ");
    env.write("repeatable/v.sql", "-- nothing yet\n");
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: repeatable v: the script holds no statement
      --> repeatable/v.sql:1:1
    hint: delete the file, or write into it what it is for
    [exit status: 78]
    ");
    env.write("repeatable/v.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\n");
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: repeatable v: BEGIN is not allowed in a script: limbeck owns the transaction
      --> repeatable/v.sql:1:1
       |  BEGIN
       |  ^
    hint: remove it: the scripts of a run are one transaction, where there can be one
    [exit status: 78]
    ");
    env.write("repeatable/v.sql", VIEW);
    insta::assert_snapshot!(env.run(&["repeat", "w"]), @"
    ------- stderr -------
    error: there is no repeatable script `w`
    hint: there are: v
    [exit status: 64]
    ");
}

#[test]
fn a_project_without_scripts_says_so() {
    let env = crate::support::project().revision(revision("a1", &[]).upgrade("SELECT 1;")).build();
    insta::assert_snapshot!(env.run(&["repeat"]), @"
    ------- stderr -------
    error: the configuration names no directory of repeatable scripts
    hint: `repeatable` of `[scripts]` in limbeck.toml names it
    [exit status: 64]
    ");
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\nrepeatable = \"nowhere\"\n{config}"));
    insta::assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: cannot read directory $PROJ/nowhere
      No such file or directory (os error 2)
    [exit status: 78]
    ");
}

#[test]
fn plans_and_texts_say_that_they_are_not_about_scripts() {
    let env = environment(VIEW);
    for arguments in [&["plan", "upgrade"][..], &["upgrade", "--sql"]] {
        let said = code(&env, arguments, 0);
        assert!(
            said.contains("says nothing of repeatable scripts: limbeck repeat --plan does"),
            "{said}"
        );
    }
}
