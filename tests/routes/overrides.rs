//! `--ignore-routes`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::query;

#[test]
fn a_branch_runs_elsewhere_only_if_told() {
    let env = three();
    assert_snapshot!(env.run(&["-x", "db=postgres", "upgrade", "audit@head"]), @"");
    assert!(!env.path("app.db").exists());
    let line = ["-d", "postgres", "--ignore-routes", "upgrade", "audit@head"];
    assert_snapshot!(env.run(&line), @"");
    assert_snapshot!(env.run(&["-d", "postgres", "current"]), @"");
    assert_eq!(env.run(&["-d", "postgres", "--ignore-routes", "current"]).ok(), "c1 (head)\n");
    env.run(&["-d", "postgres", "--ignore-routes", "downgrade", "audit@base"]).ok();
    env.run(&["-d", "postgres", "upgrade"]).ok();
    assert_snapshot!(env.run(&["--ignore-routes", "upgrade", "audit@head"]), @"");
}

#[test]
fn what_its_file_names_can_be_ignored_too() {
    let env = results();
    env.run(&["-d", "results", "--ignore-routes", "upgrade", "0001"]).ok();
    assert_eq!(query(&env, "sqlite:results.db", "SELECT count(*) FROM t_0001"), "0\n");
}
