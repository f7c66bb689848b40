//! `limbeck route explain`.

use insta::assert_snapshot;

use super::history::three;
use super::narrowed::results;
use crate::support::{project, revision};

#[test]
fn a_table_of_all_revisions() {
    assert_snapshot!(results().run(&["route", "explain"]), @"");
    let env = three();
    assert_snapshot!(env.run(&["route", "explain"]), @"");
    assert_snapshot!(env.run(&["route", "explain", "-d", "timescale"]), @"");
}

#[test]
fn a_revision_with_its_rules() {
    let env = results();
    assert_snapshot!(env.run(&["route", "explain", "0003"]), @"");
    assert_snapshot!(env.run(&["route", "explain", "0003", "--json"]), @"");
    let env = three();
    assert_snapshot!(env.run(&["route", "explain", "timescale@head"]), @"");
    assert_snapshot!(env.run(&["route", "explain", "nosuch"]), @"");
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
    assert_snapshot!(env.run(&["route", "explain", "s1"]), @"");
    assert_snapshot!(env.run(&["route", "explain", "k1"]), @"");
    assert_snapshot!(env.run(&["route", "explain"]), @"");
}
