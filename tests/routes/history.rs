//! Listings show what the chosen databases take.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

pub(super) fn three() -> TestEnvironment {
    project()
        .config(
            "[databases.postgres]\nurl = \"sqlite:app.db\"\nbranches = [\"postgres\"]\n\
             [databases.timescale]\nurl = \"sqlite:metrics.db\"\nbranches = [\"timescale\"]\n\
             [databases.audit]\nurl = \"sqlite:audit.db\"\nbranches = [\"audit\"]\n",
        )
        .revision(revision("a1", &[]).label("postgres"))
        .revision(revision("a2", &["a1"]))
        .revision(revision("b1", &[]).label("timescale"))
        .revision(revision("b2", &["b1"]).depends_on("a1"))
        .revision(revision("c1", &[]).label("audit"))
        .build()
}

#[test]
fn only_the_chosen_databases_are_listed() {
    let env = three();
    assert_eq!(
        env.run(&["heads"]).ok(),
        "a2 (postgres) (head)\nb2 (timescale) (head)\nc1 (audit) (head)\n"
    );
    assert_eq!(env.run(&["heads", "-d", "timescale"]).ok(), "b2 (timescale) (head)\n");
    assert_eq!(
        env.run(&["heads", "-d", "audit", "-d", "timescale"]).ok(),
        "b2 (timescale) (head)\nc1 (audit) (head)\n"
    );
    assert_snapshot!(env.run(&["history", "-d", "timescale"]), @"");
    assert_snapshot!(env.run(&["history", "-d", "timescale", "-d", "postgres"]), @"");
    env.run(&["upgrade", "postgres@head"]).ok();
    assert_snapshot!(env.run(&["history", "-i", "-d", "postgres", "-d", "audit"]), @"");
    assert_snapshot!(env.run(&["current"]), @"");
    assert_snapshot!(env.run(&["show", "a2", "-d", "timescale"]), @"");
}

#[test]
fn a_fork_names_both_files() {
    let env = three();
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    assert_snapshot!(env.run(&["upgrade", "head"]), @"");
    env.run(&["merge", "heads", "-d", "postgres", "-m", "join", "--rev-id", "a4"]).ok();
    env.run(&["upgrade", "head"]).ok();
}
