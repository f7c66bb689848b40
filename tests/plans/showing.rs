//! What `limbeck plan` shows, and that it changes nothing.

use insta::assert_snapshot;

use super::two_databases;
use crate::support::{project, revision};

#[test]
fn steps_stand_in_the_order_in_which_they_would_run() {
    let env = two_databases().build();
    assert_snapshot!(env.run(&["plan"]), @"
    [metrics] sqlite:///$PROJ/metrics.db (at the base)
      upgrade  -> b1, rev b1
          versions/b1_x.sql: 1 statement in a transaction of its own
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 1 statement in a transaction of its own
      upgrade a1 -> a2, rev a2
          versions/a2_x.sql: 1 statement in a transaction of its own
      upgrade a2 -> a3, rev a3
          versions/a3_x.sql: 1 statement in a transaction of its own
    [metrics] sqlite:///$PROJ/metrics.db (at b1)
      upgrade b1 -> b2, rev b2
          versions/b2_x.sql: 1 statement in a transaction of its own
          needs a2 on app
      upgrade b2 -> b3, rev b3
          versions/b3_x.sql: 1 statement in a transaction of its own
    ------- stderr -------
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists() && !env.path("metrics.db").exists());
    // A run does the same in the same order.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade  -> b1, rev b1
    [app]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    Running upgrade a2 -> a3, rev a3
    [metrics]
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    metrics: 3 revisions applied, at b3
    app: 3 revisions applied, at a3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["plan"]), @"
    [metrics] sqlite:///$PROJ/metrics.db: nothing to do (at b3)
    [app] sqlite:///$PROJ/app.db: nothing to do (at a3)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn the_sql_of_each_step() {
    let env = project()
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE t (\n    id INTEGER\n);\nINSERT INTO t VALUES (1)"),
        )
        .revision(revision("a2", &["a1"]).upgrade("").downgrade("ALTER TABLE t DROP COLUMN id"))
        .build();
    assert_snapshot!(env.run(&["plan", "--sql"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 2 statements in a transaction of its own

          CREATE TABLE t (
              id INTEGER
          );

          INSERT INTO t VALUES (1);

      upgrade a1 -> a2, rev a2
          versions/a2_x.sql: no statement in a transaction of its own

    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["plan", "downgrade", "-1", "--sql"]), @"
    [app] sqlite:///$PROJ/app.db (at a2)
      downgrade a2 -> a1, rev a2
          versions/a2_x.sql: 1 statement in a transaction of its own
          drops column t.id (line 14)

          ALTER TABLE t DROP COLUMN id;

    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_downgrade_tells_what_it_drops() {
    let env = two_databases().build();
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["plan", "downgrade", "-d", "metrics", "b1"]), @"
    [metrics] sqlite:///$PROJ/metrics.db (at b3)
      downgrade b3 -> b2, rev b3
          versions/b3_x.sql: 1 statement in a transaction of its own
          drops table t_b3 (line 14)
      downgrade b2 -> b1, rev b2
          versions/b2_x.sql: 1 statement in a transaction of its own
          drops table t_b2 (line 14)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["plan", "downgrade", "-1"]), @"
    ------- stderr -------
    error: plan downgrade with several databases needs one of them named
    hint: add --database with one of: metrics, app
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["plan", "downgrade"]), @"
    ------- stderr -------
    error: a downgrade needs a target
    hint: such as: limbeck plan downgrade -1
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["plan", "sideways"]), @"
    ------- stderr -------
    error: invalid value 'sideways' for '[WAY]'
      [possible values: upgrade, downgrade]

    For more information, try '--help'.
    [exit status: 64]
    ");
}

#[test]
fn transactions_are_numbered_where_steps_share_them() {
    let mode = "[scripts]\ntransaction_mode = \"run\"\n[databases.app]\nurl = \"sqlite:app.db\"\n";
    let env = project()
        .config(mode)
        .revision(revision("a1", &[]))
        .revision(revision("a2", &["a1"]))
        .build();
    assert_snapshot!(env.run(&["plan"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 1 statement in transaction 1
      upgrade a1 -> a2, rev a2
          versions/a2_x.sql: 1 statement in transaction 1
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn statements_that_an_earlier_run_has_done_are_counted() {
    let env = project()
        .revision(revision("a1", &[]).with("transaction = false").upgrade(
            "CREATE TABLE one (i INTEGER);\nCREATE TABLE two (i INTEGER);\nCREATE TABLE one (i INTEGER);",
        ))
        .build();
    assert_eq!(env.run(&["upgrade"]).code(), Some(1));
    assert_snapshot!(env.run(&["plan"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 3 statements outside a transaction, 2 done by an earlier run
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn check_has_a_status_for_what_is_pending() {
    let env = two_databases().build();
    assert_snapshot!(env.run(&["plan", "--check", "-d", "app"]), @"
    [app] sqlite:///$PROJ/app.db (at the base)
      upgrade  -> a1, rev a1
          versions/a1_x.sql: 1 statement in a transaction of its own
      upgrade a1 -> a2, rev a2
          versions/a2_x.sql: 1 statement in a transaction of its own
      upgrade a2 -> a3, rev a3
          versions/a3_x.sql: 1 statement in a transaction of its own
    ------- stderr -------
    3 steps are pending
    [exit status: 2]
    ");
    env.run(&["upgrade", "-d", "app"]).ok();
    assert_eq!(env.run(&["plan", "--check", "-d", "app"]).code(), Some(0));
    // The other one is never forgotten.
    assert_eq!(env.run(&["plan", "--check"]).code(), Some(2));
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["plan", "--check"]).code(), Some(0));
}

#[test]
fn check_with_databases_that_cannot_be_reached() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:app.db\"\n\
             [databases.two]\nurl = \"postgresql://me@127.0.0.1:1/x?connect_timeout=1\"\n",
        )
        .revision(revision("a1", &[]))
        .build();
    assert_eq!(env.run(&["plan", "--check"]).code(), Some(7));
    assert_eq!(env.run(&["plan", "--check", "-d", "two"]).code(), Some(8));
    // Nothing is written of a plan that is not whole.
    assert_eq!(env.run(&["plan", "-o", "plan.json"]).code(), Some(7));
    assert!(!env.path("plan.json").exists());
}

#[test]
fn everything_as_json() {
    let env = two_databases().build();
    env.run(&["upgrade", "-d", "app"]).ok();
    env.run(&["upgrade", "-d", "metrics", "b1"]).ok();
    assert_snapshot!(env.run(&["plan", "-d", "metrics", "upgrade", "b2", "--json", "--sql"]), @r#"
    {
      "databases": [
        {
          "database": "metrics",
          "address": "sqlite:///$PROJ/metrics.db",
          "before": [
            "b1"
          ],
          "after": [
            "b2"
          ],
          "pending": 1,
          "steps": [
            {
              "path": "$PROJ/versions/b2_x.sql",
              "raw_digest": "0373103d9e8540e9e8deb1f8c42fe4db3e9327ada6721ff2e99cf49a46b33dd8",
              "transaction": "own",
              "transaction_number": null,
              "statements": 1,
              "statements_done": 0,
              "statement_in_doubt": null,
              "drops": [],
              "needs": [
                {
                  "revision": "a2",
                  "databases": [
                    "app"
                  ]
                }
              ],
              "direction": "upgrade",
              "revision": "b2",
              "from": [
                "b1"
              ],
              "to": [
                "b2"
              ],
              "doc": "rev b2",
              "before": [
                "b1"
              ],
              "after": [
                "b2"
              ],
              "sql": [
                "CREATE TABLE t_b2 (id INTEGER)"
              ]
            }
          ]
        }
      ],
      "order": [
        {
          "database": "metrics",
          "revisions": [
            "b2"
          ]
        }
      ],
      "errors": [],
      "unrouted": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn an_id_of_another_branch_and_a_wrong_target_are_refused() {
    let env = two_databases().build();
    assert_eq!(env.run(&["plan", "upgrade", "nosuch"]).code(), Some(64));
    assert_eq!(env.run(&["plan", "upgrade", "-d", "app", "b1"]).code(), Some(64));
}
