//! What happened to our users: two of three databases were never migrated, and every check said
//! that all was well.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

fn three_databases() -> TestEnvironment {
    project()
        .config(
            "[databases.default]\nurl = \"sqlite:default.db\"\nbranches = [\"core\"]\n\
             [databases.materials]\nurl = \"sqlite:materials.db\"\nbranches = [\"materials\"]\n\
             [databases.results]\nurl = \"sqlite:results.db\"\nbranches = [\"results\"]\n",
        )
        .revision(revision("c1", &[]).label("core"))
        .revision(revision("m1", &[]).label("materials"))
        .revision(revision("r1", &[]).label("results"))
        .build()
}

#[test]
fn forgotten_databases_are_told_by_every_command() {
    let env = three_databases();
    assert_snapshot!(env.run(&["upgrade", "--database", "default"]), @"
    ------- stderr -------
    Running upgrade  -> c1, rev c1
    not touched: materials, results
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["plan", "--check"]), @"
    [materials] sqlite:///$PROJ/materials.db (at the base)
      upgrade  -> m1, rev m1
          versions/m1_x.sql: 1 statement in a transaction of its own
    [results] sqlite:///$PROJ/results.db (at the base)
      upgrade  -> r1, rev r1
          versions/r1_x.sql: 1 statement in a transaction of its own
    [default] sqlite:///$PROJ/default.db: nothing to do (at c1)
    ------- stderr -------
    2 steps are pending
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    nothing to do (at c1)
    [materials]
    Running upgrade  -> m1, rev m1
    [results]
    Running upgrade  -> r1, rev r1
    default: nothing to do, at c1
    materials: 1 revision applied, at m1
    results: 1 revision applied, at r1
    [exit status: 0]
    ");
    assert_eq!(env.run(&["plan", "--check"]).code(), Some(0));
    // The same at every start of a container.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    nothing to do (at c1)
    [materials]
    nothing to do (at m1)
    [results]
    nothing to do (at r1)
    [exit status: 0]
    ");
}
