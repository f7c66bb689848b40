//! `--ignore-routes`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::query;

#[test]
fn a_branch_runs_elsewhere_only_if_told() {
    let env = three();
    assert_snapshot!(env.run(&["-x", "db=postgres", "upgrade", "audit@head"]), @"
    ------- stderr -------
    error: 'audit@head' is not routed to database postgres
    hint: it runs on audit: give --database audit; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert!(!env.path("app.db").exists());
    let line = ["-d", "postgres", "--ignore-routes", "upgrade", "audit@head"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    warning: --ignore-routes: every branch and every revision can run on database postgres now, also what belongs to others
    Running upgrade  -> c1, rev c1
    not touched: timescale, audit
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["-d", "postgres", "current"]), @"
    ------- stderr -------
    error: database postgres is at revision c1, whose branch it does not take
    hint: add audit to the `branches` of the database
    hint: or, if it was only recorded there, set the rows to what lies below it: limbeck stamp --purge base --database postgres
    [exit status: 4]
    ");
    assert_eq!(env.run(&["-d", "postgres", "--ignore-routes", "current"]).ok(), "c1 (head)\n");
    env.run(&["-d", "postgres", "--ignore-routes", "downgrade", "audit@base"]).ok();
    env.run(&["-d", "postgres", "upgrade"]).ok();
    assert_snapshot!(env.run(&["--ignore-routes", "upgrade", "audit@head"]), @"
    ------- stderr -------
    error: --ignore-routes with several databases needs one of them named
    hint: add --database with one of: postgres, timescale, audit
    [exit status: 64]
    ");
}

#[test]
fn what_its_file_names_can_be_ignored_too() {
    let env = results();
    env.run(&["-d", "results", "--ignore-routes", "upgrade", "0001"]).ok();
    assert_eq!(query(&env, "sqlite:results.db", "SELECT count(*) FROM t_0001"), "0\n");
}
