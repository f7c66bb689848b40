//! `limbeck lint`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::{project, revision};

const TWO: &str = "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n\
    [databases.two]\nurl = \"${NO_SUCH_VARIABLE}\"\nbranches = [\"two\"]\n";

#[test]
fn sound_projects_have_no_findings() {
    assert_snapshot!(three().run(&["lint"]), @"");
    assert_snapshot!(results().run(&["lint"]), @"");
}

#[test]
fn routes_that_lead_nowhere() {
    let env = project()
        .config(TWO)
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("a2", &["a1"]).with("databases = [\"two\"]"))
        .revision(revision("c1", &[]).label("three"))
        .revision(revision("c2", &["c1"]))
        .revision(revision("d1", &[]))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"");
}

#[test]
fn a_foreign_key_into_another_database() {
    let env = project()
        .config(TWO)
        .revision(revision("a1", &[]).label("one").upgrade("CREATE TABLE simulation_runs (id INTEGER PRIMARY KEY);"))
        .revision(
            revision("b1", &[]).label("two").upgrade(
                "CREATE TABLE results (\n  id INTEGER,\n  run INTEGER REFERENCES simulation_runs (id)\n);\n\
                 INSERT INTO results VALUES (1, 1);\nINSERT INTO was_there_before VALUES (1);\n\n\
                 ALTER TABLE Simulation_Runs ADD COLUMN x INTEGER;",
            ),
        )
        .build();
    assert_snapshot!(env.run(&["lint"]), @"");
    assert_snapshot!(env.run(&["lint", "-d", "one"]), @"");
    assert_snapshot!(env.run(&["lint", "--json"]), @"");
}

#[test]
fn a_fork_in_a_branch() {
    let env = three();
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    assert_snapshot!(env.run(&["lint"]), @"");
    // With labels of their own they are meant.
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).label("left").text());
    env.write("versions/a2_x.sql", revision("a2", &["a1"]).label("right").text());
    assert_eq!(env.run(&["lint"]).ok(), "");
}

#[test]
fn downgrades() {
    let env = project()
        .revision(revision("a1", &[]).section("upgrade", "CREATE TABLE t (id INTEGER);"))
        .revision(revision("a2", &["a1"]).upgrade("CREATE TABLE u (id INTEGER);").downgrade("-- later"))
        .revision(
            revision("a3", &["a2"]).with("irreversible = true").section("upgrade", "DROP TABLE u;"),
        )
        .revision(revision("a4", &["a3"]).upgrade("").downgrade(""))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"");
    assert_eq!(env.run(&["lint", "--max-statements", "0", "--quiet"]).code(), Some(0));
}

#[test]
fn what_only_falls_through() {
    let env = project()
        .config("[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n[databases.rest]\nurl = \"sqlite:rest.db\"\n")
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("b1", &[]).label("two"))
        .revision(revision("c1", &[]))
        .build();
    assert_snapshot!(env.run(&["lint"]), @"");
}
