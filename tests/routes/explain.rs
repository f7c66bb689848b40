//! `limbeck route explain`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::{project, revision};

#[test]
fn a_table_of_all_revisions() {
    assert_snapshot!(results().run(&["route", "explain"]), @"
    revision  default  results  branch
    0008      -        runs     simulation
    0007      -        runs     simulation
    0006      -        runs     simulation
    0005      -        runs     simulation
    0004      -        runs     simulation
    0003      runs     -        simulation
    0002      runs     -        simulation
    0001      runs     -        simulation
    ------- stderr -------
    [exit status: 0]
    ");
    let env = three();
    assert_snapshot!(env.run(&["route", "explain"]), @"
    revision  postgres  timescale  audit  branch
    a2        runs      -          -      postgres
    b2        -         runs       -      timescale
    b1        -         runs       -      timescale
    a1        runs      -          -      postgres
    c1        -         -          runs   audit
    b2: on timescale it needs a1 on postgres
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain", "-d", "timescale"]), @"
    revision  timescale  branch
    a2        -          postgres
    b2        runs       timescale
    b1        runs       timescale
    a1        -          postgres
    c1        -          audit
    b2: on timescale it needs a1 on postgres
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_revision_with_its_rules() {
    let env = results();
    assert_snapshot!(env.run(&["route", "explain", "0003"]), @"
    0002 -> 0003 (simulation), rev 0003
      default  runs        `branches` takes 'simulation', and `databases` names it (limbeck.toml:3)
      results  not routed  `databases` names only default (versions/0003_x.sql:8)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain", "0003", "--json"]), @r#"
    [
      {
        "revision": "0003",
        "branch_labels": [
          "simulation"
        ],
        "path": "$PROJ/versions/0003_x.sql",
        "databases": [
          {
            "database": "default",
            "runs": true,
            "rule": "branch",
            "why": "`branches` takes 'simulation', and `databases` names it",
            "place": {
              "path": "$PROJ/limbeck.toml",
              "line": 3
            }
          },
          {
            "database": "results",
            "runs": false,
            "rule": "narrowed",
            "why": "`databases` names only default",
            "place": {
              "path": "$PROJ/versions/0003_x.sql",
              "line": 8
            }
          }
        ],
        "needs": []
      }
    ]
    ------- stderr -------
    [exit status: 0]
    "#);
    let env = three();
    assert_snapshot!(env.run(&["route", "explain", "timescale@head"]), @"
    b1 (a1) -> b2 (timescale) (head), rev b2
      postgres   not routed  `branches` does not take 'timescale' (limbeck.toml:3)
      timescale  runs        `branches` takes 'timescale' (limbeck.toml:6)
      audit      not routed  `branches` does not take 'timescale' (limbeck.toml:9)
      on timescale it needs a1 on postgres
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain", "nosuch"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nosuch'
    [exit status: 64]
    ");
}

#[test]
fn every_other_rule() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"app\"]\n\
             [databases.all]\nurl = \"${NO_SUCH_VARIABLE}\"\n",
        )
        .revision(revision("s1", &[]))
        .revision(revision("a1", &["s1"]).label("app").depends_on("k1"))
        .revision(revision("b1", &["s1"]).label("side"))
        .revision(revision("k1", &[]))
        .build();
    assert_snapshot!(env.run(&["route", "explain", "s1"]), @"
    <base> -> s1 (branchpoint), rev s1
      one  runs        a1 of branch 'app', which `branches` takes, follows it (limbeck.toml:3)
      all  runs        it has no `branches`: it takes every branch
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain", "k1"]), @"
    <base> -> k1 (effective head), rev k1
      one  not routed  it is on no branch, and no revision of the database follows it (limbeck.toml:3)
      all  runs        it has no `branches`: it takes every branch
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["route", "explain"]), @"
    revision  one   all   branch
    a1        runs  runs  app
    b1        -     runs  side
    s1        runs  runs
    k1        -     runs
    a1: on one it needs k1 on all
    ------- stderr -------
    [exit status: 0]
    ");
}
