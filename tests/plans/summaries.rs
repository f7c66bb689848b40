//! What a run over several databases says at its end.

use insta::assert_snapshot;

use super::two_databases;
use crate::support::{project, revision};

#[test]
fn one_line_for_each_database() {
    let env = two_databases().build();
    env.run(&["upgrade", "-d", "app"]).ok();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [metrics]
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    Running upgrade b2 -> b3, rev b3
    [app]
    nothing to do (at a3)
    metrics: 3 revisions applied, at b3
    app: nothing to do, at a3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-q", "upgrade"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    // One database needs no summary, and an upgrade of all leaves none out.
    env.run(&["downgrade", "-d", "metrics", "-1"]).ok();
    assert_snapshot!(env.run(&["upgrade", "-d", "metrics"]), @"
    ------- stderr -------
    Running upgrade b2 -> b3, rev b3
    not touched: app
    [exit status: 0]
    ");
}

#[test]
fn a_database_that_fails_says_why() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n\
             [databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"two\"]\n",
        )
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("a2", &["a1"]).upgrade("CREATE TABLE nonsense"))
        .revision(revision("b1", &[]).label("two"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [one]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    [two]
    Running upgrade  -> b1, rev b1
    one: 1 revision applied, at a1; failed: incomplete input
    two: 1 revision applied, at b1
    error: database one: incomplete input
      --> versions/a2_x.sql:11:1
       |  CREATE TABLE nonsense
       |  ^
    hint: revision a2 was rolled back
    [exit status: 7]
    ");
}
