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
    assert_snapshot!(env.run(&line), @"
    Generating $PROJ/versions/b3_unit.sql ...  done
    ------- stderr -------
    branch 'timescale' exists: the new revision follows b2 and does not declare it again
    it runs on database timescale
    [exit status: 0]
    ");
    assert_snapshot!(written(&env, "b3"), @r#"
    message       = "unit"
    revision      = "b3"
    down_revision = "b2"
    branch_labels = []
    depends_on    = []
    "#);
    // Also with the head that it means.
    let line =
        ["revision", "--head", "timescale@head", "--branch-label", "timescale", "--rev-id", "b4"];
    assert_snapshot!(env.run(&line), @"
    Generating $PROJ/versions/b4_.sql ...  done
    ------- stderr -------
    branch 'timescale' exists: the new revision follows b3 and does not declare it again
    it runs on database timescale
    [exit status: 0]
    ");
    assert_eq!(env.run(&["heads", "-d", "timescale"]).ok(), "b4 (timescale) (head)\n");
    // Another head is another branch: to declare the label there breaks the history.
    let line =
        ["revision", "--head", "postgres@head", "--branch-label", "timescale", "--rev-id", "x1"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    error: Branch name 'timescale' in revision x1 already used by revision b1
      --> versions/b1_x.sql
      --> versions/x1_.sql
    [exit status: 4]
    ");
    let line = ["revision", "-d", "postgres", "--branch-label", "timescale", "--rev-id", "x2"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    error: 'timescale@head' is not routed to database postgres
    hint: it runs on timescale: give --database timescale; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert_eq!(env.files("").into_iter().filter(|name| name.contains("/x")).count(), 0);
}

#[test]
fn a_chosen_database_has_one_head() {
    let env = three();
    assert_snapshot!(env.run(&["revision", "-m", "x"]), @"
    ------- stderr -------
    error: Multiple heads are present; please specify the head revision on which the new revision should be based, or perform a merge.
      the heads are a2 (postgres), b2 (timescale), c1 (audit)
    hint: give --head with one of 'postgres@head', 'timescale@head', 'audit@head'
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["-x", "db=timescale", "revision", "-m", "x", "--rev-id", "b3"]), @"
    Generating $PROJ/versions/b3_x.sql ...  done
    ------- stderr -------
    it runs on database timescale
    [exit status: 0]
    ");
    assert_snapshot!(written(&env, "b3"), @r#"
    message       = "x"
    revision      = "b3"
    down_revision = "b2"
    branch_labels = []
    depends_on    = []
    "#);
}

#[test]
fn the_first_revision_of_a_database_begins_its_branch() {
    let env = three();
    let config = env.read("limbeck.toml");
    env.write(
        "limbeck.toml",
        format!("{config}[databases.new]\nurl = \"sqlite:new.db\"\nbranches = [\"fresh\"]\n"),
    );
    assert_snapshot!(env.run(&["revision", "-d", "new", "-m", "begin", "--rev-id", "n1"]), @"
    Generating $PROJ/versions/n1_begin.sql ...  done
    ------- stderr -------
    the new revision begins branch 'fresh'
    it runs on database new
    [exit status: 0]
    ");
    assert_snapshot!(written(&env, "n1"), @r#"
    message       = "begin"
    revision      = "n1"
    down_revision = []
    branch_labels = ["fresh"]
    depends_on    = []
    "#);
    assert_snapshot!(env.run(&["revision", "--head", "base", "-m", "lost", "--rev-id", "l1"]), @"
    Generating $PROJ/versions/l1_lost.sql ...  done
    ------- stderr -------
    warning: no database takes the branch of the new revision
    [exit status: 0]
    ");
}

#[test]
fn a_shared_chain_goes_on_with_the_route_in_the_file() {
    let env = results();
    assert_snapshot!(env.run(&["revision", "-d", "results", "-m", "more", "--rev-id", "0009"]), @"
    Generating $PROJ/versions/0009_more.sql ...  done
    ------- stderr -------
    it runs on database results
    [exit status: 0]
    ");
    assert_snapshot!(written(&env, "0009"), @r#"
    message       = "more"
    revision      = "0009"
    down_revision = "0008"
    branch_labels = []
    depends_on    = []
    databases     = ["results"]
    "#);
    // The head of the default database is 0003; the chain goes on behind what is not routed to it.
    assert_snapshot!(env.run(&["revision", "-d", "default", "-m", "back", "--rev-id", "0010"]), @"
    Generating $PROJ/versions/0010_back.sql ...  done
    ------- stderr -------
    it runs on database default
    [exit status: 0]
    ");
    assert_snapshot!(written(&env, "0010"), @r#"
    message       = "back"
    revision      = "0010"
    down_revision = "0009"
    branch_labels = []
    depends_on    = []
    databases     = ["default"]
    "#);
    assert_eq!(env.run(&["heads", "-d", "default"]).ok(), "0010 (simulation) (head)\n");
    assert_eq!(env.run(&["heads", "-d", "results"]).ok(), "0009 (simulation) (head)\n");
    assert_snapshot!(env.run(&["revision", "-m", "both", "--rev-id", "0011"]), @"
    Generating $PROJ/versions/0011_both.sql ...  done
    ------- stderr -------
    it runs on databases default, results
    [exit status: 0]
    ");
}

#[test]
fn heads_of_several_databases_are_never_merged() {
    let env = three();
    assert_snapshot!(env.run(&["merge", "heads", "-m", "x"]), @"
    ------- stderr -------
    error: these are the heads of several databases, which no revision can merge
      postgres: a2
      timescale: b2
      audit: c1
    hint: each database has one head: there is nothing to merge
    [exit status: 64]
    ");
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    assert_snapshot!(env.run(&["merge", "heads", "-m", "x"]), @"
    ------- stderr -------
    error: these are the heads of several databases, which no revision can merge
      postgres: a2, a3
      timescale: b2
      audit: c1
    hint: limbeck merge heads --database postgres -m MESSAGE
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["merge", "a2", "b2", "--rev-id", "m1"]), @"
    ------- stderr -------
    error: revision m1 of database `postgres` merges b2, which belongs to another branch (timescale) that this database does not take
      --> versions/m1_.sql
    hint: merge the heads of one database only: limbeck merge heads --database NAME -m MESSAGE
    hint: or add 'timescale' to the `branches` of the database, if both are for one database
    [exit status: 78]
    ");
    let line = ["merge", "heads", "-d", "postgres", "-m", "join", "--rev-id", "a4"];
    assert_snapshot!(env.run(&line), @"
    Generating $PROJ/versions/a4_join.sql ...  done
    ------- stderr -------
    it runs on database postgres
    [exit status: 0]
    ");
    assert_eq!(env.run(&["heads", "-d", "postgres"]).ok(), "a4 (postgres) (head)\n");
}

#[test]
fn one_database_has_alembics_words() {
    let env = project()
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("a2", &["a1"]))
        .build();
    assert_snapshot!(env.run(&["revision", "-m", "x", "--branch-label", "app", "--rev-id", "a3"]), @"
    Generating $PROJ/versions/a3_x.sql ...  done
    ------- stderr -------
    branch 'app' exists: the new revision follows a2 and does not declare it again
    [exit status: 0]
    ");
}

/// What has no label belongs to both databases: both depend on it.
fn common() -> TestEnvironment {
    project()
        .config(
            "[databases.a]\nurl = \"sqlite:a.db\"\nbranches = [\"a\"]\n\
             [databases.b]\nurl = \"sqlite:b.db\"\nbranches = [\"b\"]\n",
        )
        .revision(revision("c1", &[]))
        .revision(revision("c2", &["c1"]))
        .revision(revision("a1", &[]).label("a"))
        .revision(revision("a2", &["a1"]).depends_on("c2"))
        .revision(revision("b1", &[]).label("b"))
        .revision(revision("b2", &["b1"]).depends_on("c2"))
        .build()
}

#[test]
fn nothing_is_taken_away_from_a_database() {
    let env = common();
    let before = env.files("");
    assert_snapshot!(env.run(&["merge", "a2", "c2", "-m", "join", "--rev-id", "m1"]), @"
    ------- stderr -------
    error: revision m1 would take revisions away from database b
      b takes c1, c2 now
      --> versions/m1_join.sql
      nothing has been written
    hint: a branch label reaches down to what its revisions follow: let it follow only revisions of its branch
    hint: or give what several databases take a label of its own, in the `branches` of each
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["merge", "a2", "c2", "-d", "a", "--splice", "--rev-id", "m1"]), @"
    ------- stderr -------
    error: revision m1 would take revisions away from database b
      b takes c1, c2 now
      --> versions/m1_.sql
      nothing has been written
    hint: a branch label reaches down to what its revisions follow: let it follow only revisions of its branch
    hint: or give what several databases take a label of its own, in the `branches` of each
    [exit status: 64]
    ");
    assert_eq!(env.files(""), before);
    // What gives, and what only adds, goes on.
    env.run(&["revision", "--head", "a@head", "--depends-on", "c2", "--rev-id", "a3"]).ok();
    env.run(&["revision", "--head", "c2", "--rev-id", "c3"]).ok();
}

#[test]
fn what_is_on_another_database_is_said_to_be_there() {
    let env = three();
    let line = ["revision", "--head", "a2", "-d", "timescale", "--splice", "-m", "x"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    error: 'a2' is not routed to database timescale
    hint: it runs on postgres: give --database postgres; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
}
