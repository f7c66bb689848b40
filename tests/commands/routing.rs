//! One history, two databases: each gets its own branch.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

fn two_databases() -> TestEnvironment {
    project()
        .config(
            "[databases.postgres]\nurl = \"sqlite:app.db\"\nbranches = [\"postgres\"]\n\
             [databases.timescale]\nurl = \"sqlite:metrics.db\"\nbranches = [\"timescale\"]\n",
        )
        .revision(revision("a1", &[]).label("postgres"))
        .revision(revision("a2", &["a1"]))
        .revision(revision("b1", &[]).label("timescale"))
        .revision(revision("b2", &["b1"]))
        .build()
}

#[test]
fn a_bare_upgrade_covers_both() {
    let env = two_databases();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [postgres]
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> a2, rev a2
    [timescale]
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    postgres: 2 revisions applied, at a2
    timescale: 2 revisions applied, at b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [postgres]
    nothing to do (at a2)
    [timescale]
    nothing to do (at b2)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [postgres]
    a2 (head)
    [timescale]
    b2 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    let tables = "SELECT name FROM sqlite_master WHERE name LIKE 't\\_%' ESCAPE '\\' ORDER BY 1";
    assert_eq!(query(&env, "sqlite:app.db", tables), "t_a1\nt_a2\n");
    assert_eq!(query(&env, "sqlite:metrics.db", tables), "t_b1\nt_b2\n");
}

#[test]
fn a_branch_finds_its_database() {
    let env = two_databases();
    assert_snapshot!(env.run(&["upgrade", "timescale@head"]), @"
    ------- stderr -------
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    not touched: postgres
    [exit status: 0]
    ");
    assert!(!env.path("app.db").exists());
    assert_snapshot!(env.run(&["downgrade", "timescale@-1"]), @"
    ------- stderr -------
    Running downgrade b2 -> b1, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "a1"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    not touched: timescale
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "a2"]), @"
    ------- stderr -------
    Running stamp_revision a1 -> a2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [postgres]
    a2 (head)
    [timescale]
    b1
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn a_database_is_chosen() {
    let env = two_databases();
    assert_snapshot!(env.run(&["-x", "db=timescale", "upgrade", "head"]), @"
    ------- stderr -------
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2, rev b2
    not touched: postgres
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "--database", "postgres", "+1"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    not touched: timescale
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["--database", "timescale", "downgrade", "-1"]), @"
    ------- stderr -------
    Running downgrade b2 -> b1, rev b2
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "postgres", "-d", "timescale", "current"]), @"
    [postgres]
    a1
    [timescale]
    b1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["heads", "-x", "db=timescale"]), @"
    b2 (timescale) (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["history", "--database", "postgres"]), @"
    a1 -> a2 (postgres) (head), rev a2
    <base> -> a1 (postgres), rev a1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["ensure_version", "--database", "postgres"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["--url", "sqlite:other.db", "-d", "postgres", "upgrade", "a1"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(query(&env, "sqlite:other.db", "SELECT * FROM alembic_version"), "a1\n");
}
