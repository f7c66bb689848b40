//! Steps that need something of another database.

use insta::assert_snapshot;

use super::two_databases;
use crate::support::{TestEnvironment, postgres, project, query, revision};

#[test]
fn one_database_alone_is_refused_with_the_command_that_helps() {
    let env = two_databases().build();
    assert_snapshot!(env.run(&["upgrade", "metrics@head"]), @"
    ------- stderr -------
    error: database metrics: revision b2 needs a2 on database app
    hint: apply that first: limbeck upgrade -d app a2; or all in the right order: limbeck upgrade
    [exit status: 4]
    ");
    assert!(!env.path("metrics.db").exists() && !env.path("app.db").exists());
    // What needs nothing is done.
    assert_snapshot!(env.run(&["upgrade", "b1"]), @"
    ------- stderr -------
    Running upgrade  -> b1, rev b1
    not touched: app
    [exit status: 0]
    ");
    env.run(&["upgrade", "-d", "app", "a2"]).ok();
    assert_snapshot!(env.run(&["upgrade", "metrics@head"]), @"
    ------- stderr -------
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    not touched: app
    [exit status: 0]
    ");
}

#[test]
fn what_another_database_needs_is_not_reverted() {
    let env = two_databases().build();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["downgrade", "-d", "app", "a1"]), @"
    ------- stderr -------
    error: database app: revision a2 is needed by b2 on database metrics
    hint: revert that first: limbeck downgrade -d metrics b1
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["downgrade", "-d", "app", "a2"]), @"
    ------- stderr -------
    Running downgrade a3 -> a2, rev a3
    [exit status: 0]
    ");
    env.run(&["downgrade", "-d", "metrics", "b1"]).ok();
    assert_snapshot!(env.run(&["downgrade", "-d", "app", "base"]), @"
    ------- stderr -------
    Running downgrade a2 -> a1, rev a2
    Running downgrade a1 -> , rev a1
    [exit status: 0]
    ");
}

#[test]
fn a_row_that_is_not_routed_is_said_to_be_so() {
    let env = two_databases().build();
    env.run(&["upgrade"]).ok();
    query(&env, "sqlite:metrics.db", "UPDATE alembic_version SET version_num = 'a1'");
    assert_snapshot!(env.run(&["downgrade", "-d", "app", "a1"]), @"
    ------- stderr -------
    error: database app: revision a2 is needed by b2 on database metrics, which could not be read
      database metrics is at revision a1, whose branch it does not take
    [exit status: 4]
    ");
}

#[test]
fn a_failure_holds_up_what_needs_it_and_nothing_else() {
    let env =
        two_databases().revision(revision("a2", &["a1"]).upgrade("CREATE TABLE nonsense")).build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade  -> b1, rev b1
    [app]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    metrics: 1 revision applied, at b1; the rest not run: revision b2 needs a2 on database app, which failed
    app: 1 revision applied, at a1; failed: incomplete input
    error: database metrics: revision b2 needs a2 on database app, which failed
    error: database app: incomplete input
      --> versions/a2_x.sql:11:1
       |  CREATE TABLE nonsense
       |  ^
    hint: revision a2 was rolled back
    [exit status: 7]
    ");
    assert_snapshot!(env.run(&["upgrade", "--json"]), @r#"
    {
      "databases": [
        {
          "database": "app",
          "report": {
            "before": [
              "a1"
            ],
            "after": [
              "a1"
            ],
            "steps": []
          }
        }
      ],
      "errors": [
        {
          "database": "metrics",
          "message": "database metrics: revision b2 needs a2 on database app, which failed",
          "details": [],
          "hints": [],
          "exit_code": 4
        },
        {
          "database": "app",
          "message": "database app: incomplete input",
          "details": [
            "--> versions/a2_x.sql:11:1",
            " |  CREATE TABLE nonsense",
            " |  ^"
          ],
          "hints": [
            "revision a2 was rolled back"
          ],
          "exit_code": 1
        }
      ]
    }
    ------- stderr -------
    [app]
    Running upgrade a1 -> a2, rev a2
    metrics: not run: revision b2 needs a2 on database app, which failed
    app: failed: incomplete input
    error: database metrics: revision b2 needs a2 on database app, which failed
    error: database app: incomplete input
      --> versions/a2_x.sql:11:1
       |  CREATE TABLE nonsense
       |  ^
    hint: revision a2 was rolled back
    [exit status: 7]
    "#);
    // Once it is mended, a rerun does the rest.
    env.write("versions/a2_x.sql", revision("a2", &["a1"]).text());
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [app]
    Running upgrade a1 -> a2, rev a2
    Running upgrade a2 -> a3, rev a3
    [metrics]
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    metrics: 2 revisions applied, at b3
    app: 2 revisions applied, at a3
    [exit status: 0]
    ");
}

#[test]
fn a_script_that_cannot_run_stops_its_database_before_anything_is_done() {
    let env = two_databases().revision(revision("a3", &["a2"]).upgrade("COMMIT")).build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade  -> b1, rev b1
    [app]
    metrics: 1 revision applied, at b1; the rest not run: revision b2 needs a2 on database app, which failed
    app: failed: revision a3: COMMIT is not allowed in a script: limbeck owns the transaction
    error: database metrics: revision b2 needs a2 on database app, which failed
    error: revision a3: COMMIT is not allowed in a script: limbeck owns the transaction
      --> versions/a3_x.sql:11:1
       |  COMMIT
       |  ^
    hint: remove it: a revision is one transaction, or none with `transaction = false`
    [exit status: 7]
    ");
    assert!(!env.path("app.db").exists());
}

#[test]
fn a_stamp_asks_no_other_database() {
    let env = two_databases().build();
    env.run(&["stamp", "metrics@head"]).ok();
    assert_snapshot!(env.run(&["downgrade", "-d", "metrics", "b1"]), @"
    ------- stderr -------
    Running downgrade b3 -> b2, rev b3
    error: database metrics: no such table: t_b3
      --> versions/b3_x.sql:14:1
       |  DROP TABLE t_b3
       |  ^
    hint: revision b3 was rolled back
    [exit status: 1]
    ");
}

#[test]
fn a_text_says_what_must_be_so_elsewhere() {
    let env = two_databases().build();
    let text = env.run(&["upgrade", "--sql", "b1:b2"]).ok();
    assert!(text.starts_with("-- Revision a2 must be applied on database app\n\nBEGIN;"), "{text}");
    let text = env.run(&["downgrade", "--sql", "a2:a1"]).ok();
    assert!(text.starts_with("-- Revision b2 must not be applied on database metrics\n"), "{text}");
    assert!(env.run(&["upgrade", "--sql", "b1"]).ok().starts_with("BEGIN;"));
}

#[test]
fn each_leg_is_a_transaction_where_a_run_is_one() {
    let env = two_databases().build();
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("[scripts]\ntransaction_mode = \"run\"\n{config}"));
    assert_snapshot!(env.run(&["plan"]), @"
    [metrics] sqlite:///$PROJ/metrics.db (at the base)
      upgrade  -> b1, rev b1
          versions/b1_x.sql: 1 statement in transaction 1
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 1 statement in transaction 1
      upgrade a1 -> a2, rev a2
          versions/a2_x.sql: 1 statement in transaction 1
      upgrade a2 -> a3, rev a3
          versions/a3_x.sql: 1 statement in transaction 1
    [metrics] sqlite:///$PROJ/metrics.db (at b1)
      upgrade b1 -> b2, rev b2
          versions/b2_x.sql: 1 statement in transaction 2
          needs a2 on app
      upgrade b2 -> b3, rev b3
          versions/b3_x.sql: 1 statement in transaction 2
    ------- stderr -------
    [exit status: 0]
    ");
    let broken = revision("b3", &["b2"]).upgrade("CREATE TABLE nonsense");
    env.write("versions/b3_x.sql", broken.text());
    assert_eq!(env.run(&["upgrade"]).code(), Some(7));
    // The leg that failed is gone as a whole, the one before it stays.
    assert_eq!(query(&env, "sqlite:metrics.db", "SELECT version_num FROM alembic_version"), "b1\n");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT version_num FROM alembic_version"), "a3\n");
}

/// A row in either database for each script, so that what ran twice or never shows.
fn counted(first: &str, second: &str) -> TestEnvironment {
    let script = |id: &str| format!("INSERT INTO ran VALUES ('{id}');");
    let first_script = |id: &str| format!("CREATE TABLE ran (script TEXT); {}", script(id));
    project()
        .config(format!(
            "[databases.metrics]\nurl = \"{first}\"\nbranches = [\"metrics\"]\n\
             [databases.app]\nurl = \"{second}\"\nbranches = [\"app\"]\n"
        ))
        .revision(revision("a1", &[]).label("app").upgrade(&first_script("a1")))
        .revision(revision("a2", &["a1"]).upgrade(&script("a2")).depends_on("b1"))
        .revision(revision("a3", &["a2"]).upgrade(&script("a3")))
        .revision(revision("b1", &[]).label("metrics").upgrade(&first_script("b1")))
        .revision(revision("b2", &["b1"]).upgrade(&script("b2")).depends_on("a2"))
        .revision(revision("b3", &["b2"]).upgrade(&script("b3")).depends_on("a3"))
        .build()
}

fn state(env: &TestEnvironment, url: &str) -> String {
    let ran = query(env, url, "SELECT script FROM ran ORDER BY 1");
    let done = "SELECT revision, count(*) FROM limbeck_journal \
                WHERE event = 'done' AND statement_no IS NULL GROUP BY revision ORDER BY 1";
    ran + &query(env, url, "SELECT version_num FROM alembic_version") + &query(env, url, done)
}

fn both_succeed(first: &str, second: &str) {
    let env = counted(first, second);
    let runs: Vec<_> = (0..2)
        .map(|_| {
            let mut command = env.command(&["upgrade"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let mut steps = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        steps += words.matches("Running upgrade").count();
    }
    assert_eq!(steps, 6);
    assert_eq!(state(&env, first), "b1\nb2\nb3\nb3\nb1|1\nb2|1\nb3|1\n");
    assert_eq!(state(&env, second), "a1\na2\na3\na3\na1|1\na2|1\na3|1\n");
}

#[test]
fn two_runs_at_once_both_succeed_on_sqlite() {
    both_succeed("sqlite:metrics.db", "sqlite:app.db");
}

#[test]
fn two_runs_at_once_both_succeed_on_postgres() {
    both_succeed(&postgres().create_database(), &postgres().create_database());
}
