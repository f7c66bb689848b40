//! `revision` and `merge` where there are several databases.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::{TestEnvironment, project, revision};

/// The new file, below its front matter's date.
fn written(env: &TestEnvironment, id: &str) -> String {
    let name = env.files("").into_iter().find(|name| name.contains(id)).unwrap();
    let text = env.read(&name);
    let lines = text.lines().filter(|line| line.contains(" = ") && !line.contains("create_date"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_label_that_exists_means_its_branch() {
    let env = three();
    let line = ["revision", "-m", "unit", "--branch-label", "timescale", "--rev-id", "b3"];
    assert_snapshot!(env.run(&line), @"");
    assert_snapshot!(written(&env, "b3"), @"");
    // Also with the head that it means.
    let line = ["revision", "--head", "timescale@head", "--branch-label", "timescale", "--rev-id", "b4"];
    assert_snapshot!(env.run(&line), @"");
    assert_eq!(env.run(&["heads", "-d", "timescale"]).ok(), "b4 (timescale) (head)\n");
    // Another head is another branch: to declare the label there breaks the history.
    let line = ["revision", "--head", "postgres@head", "--branch-label", "timescale", "--rev-id", "x1"];
    assert_snapshot!(env.run(&line), @"");
    let line = ["revision", "-d", "postgres", "--branch-label", "timescale", "--rev-id", "x2"];
    assert_snapshot!(env.run(&line), @"");
    assert_eq!(env.files("").into_iter().filter(|name| name.contains("/x")).count(), 0);
}

#[test]
fn a_chosen_database_has_one_head() {
    let env = three();
    assert_snapshot!(env.run(&["revision", "-m", "x"]), @"");
    assert_snapshot!(env.run(&["-x", "db=timescale", "revision", "-m", "x", "--rev-id", "b3"]), @"");
    assert_snapshot!(written(&env, "b3"), @"");
}

#[test]
fn the_first_revision_of_a_database_begins_its_branch() {
    let env = three();
    let config = env.read("limbeck.toml");
    env.write("limbeck.toml", format!("{config}[databases.new]\nurl = \"sqlite:new.db\"\nbranches = [\"fresh\"]\n"));
    assert_snapshot!(env.run(&["revision", "-d", "new", "-m", "begin", "--rev-id", "n1"]), @"");
    assert_snapshot!(written(&env, "n1"), @"");
    assert_snapshot!(env.run(&["revision", "--head", "base", "-m", "lost", "--rev-id", "l1"]), @"");
}

#[test]
fn a_shared_chain_goes_on_with_the_route_in_the_file() {
    let env = results();
    assert_snapshot!(env.run(&["revision", "-d", "results", "-m", "more", "--rev-id", "0009"]), @"");
    assert_snapshot!(written(&env, "0009"), @"");
    // The head of the default database is 0003; the chain goes on behind what is not routed to it.
    assert_snapshot!(env.run(&["revision", "-d", "default", "-m", "back", "--rev-id", "0010"]), @"");
    assert_snapshot!(written(&env, "0010"), @"");
    assert_eq!(env.run(&["heads", "-d", "default"]).ok(), "0010 (simulation) (head)\n");
    assert_eq!(env.run(&["heads", "-d", "results"]).ok(), "0009 (simulation) (head)\n");
    assert_snapshot!(env.run(&["revision", "-m", "both", "--rev-id", "0011"]), @"");
}

#[test]
fn heads_of_several_databases_are_never_merged() {
    let env = three();
    assert_snapshot!(env.run(&["merge", "heads", "-m", "x"]), @"");
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    assert_snapshot!(env.run(&["merge", "heads", "-m", "x"]), @"");
    assert_snapshot!(env.run(&["merge", "a2", "b2", "-m", "x"]), @"");
    let line = ["merge", "heads", "-d", "postgres", "-m", "join", "--rev-id", "a4"];
    assert_snapshot!(env.run(&line), @"");
    assert_eq!(env.run(&["heads", "-d", "postgres"]).ok(), "a4 (postgres) (head)\n");
}

#[test]
fn one_database_has_alembics_words() {
    let env = project().revision(revision("a1", &[]).label("app")).revision(revision("a2", &["a1"])).build();
    assert_snapshot!(env.run(&["revision", "-m", "x", "--branch-label", "app", "--rev-id", "a3"]), @"");
}
