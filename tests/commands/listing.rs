//! `heads`, `branches`, `history`, `show`, `current`.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

/// `a1 - b2 -+- c3 - e5`, `b2 - d4 (right)`, and `x1 (other)`, which depends on c3.
fn forked() -> TestEnvironment {
    project()
        .revision(revision("a1", &[]).message("create\n\nwith a second paragraph"))
        .revision(revision("b2", &["a1"]))
        .revision(revision("c3", &["b2"]).label("left"))
        .revision(revision("d4", &["b2"]).label("right"))
        .revision(revision("e5", &["c3"]))
        .revision(revision("x1", &[]).label("other").depends_on("c3"))
        .build()
}

fn limbeck(env: &TestEnvironment, arguments: &str) -> String {
    env.run(&arguments.split(' ').collect::<Vec<_>>()).ok()
}

#[test]
fn heads() {
    let env = forked();
    assert_snapshot!(limbeck(&env, "heads"), @"
    d4 (right) (head)
    e5 (left) (head)
    x1 (other) (head)
    ");
    assert_snapshot!(limbeck(&env, "heads -v"), @"
    Rev: d4 (head)
    Parent: b2
    Branch names: right
    Path: $PROJ/versions/d4_x.sql

        rev d4

    Rev: e5 (head)
    Parent: c3
    Branch names: left
    Path: $PROJ/versions/e5_x.sql

        rev e5

    Rev: x1 (head)
    Parent: <base>
    Also depends on: c3
    Branch names: other
    Path: $PROJ/versions/x1_x.sql

        rev x1
    ");
    env.write("versions/y1_x.sql", revision("y1", &[]).depends_on("e5").text());
    assert_snapshot!(limbeck(&env, "heads"), @"
    d4 (right) (head)
    e5 (left) (effective head)
    x1 (other) (head)
    y1 (head)
    ");
    assert_snapshot!(limbeck(&env, "heads --resolve-dependencies"), @"
    d4 (right) (head)
    x1 (other) (head)
    y1 (head)
    ");
}

#[test]
fn branches() {
    let env = forked();
    assert_snapshot!(limbeck(&env, "branches"), @"
    b2 (branchpoint)
       -> c3 (left)
       -> d4 (right) (head)
    ");
    assert_snapshot!(limbeck(&env, "branches -v"), @"
    Rev: b2 (branchpoint)
    Parent: a1
    Branches into: c3, d4
    Path: $PROJ/versions/b2_x.sql

        rev b2

       -> c3 (left), rev c3
       -> d4 (right) (head), rev d4
    ");
}

#[test]
fn history() {
    let env = forked();
    assert_snapshot!(limbeck(&env, "history"), @"
    b2 -> d4 (right) (head), rev d4
    c3 -> e5 (left) (head), rev e5
    <base> (c3) -> x1 (other) (head), rev x1
    b2 -> c3 (left), rev c3
    a1 -> b2 (branchpoint), rev b2
    <base> -> a1, create
    ");
    assert_snapshot!(limbeck(&env, "history -r b2:e5"), @"
    c3 -> e5 (left) (head), rev e5
    b2 -> c3 (left), rev c3
    a1 -> b2 (branchpoint), rev b2
    ");
    assert_snapshot!(limbeck(&env, "history -r :b2"), @"
    a1 -> b2 (branchpoint), rev b2
    <base> -> a1, create
    ");
    assert_snapshot!(limbeck(&env, "history -r c3:"), @"
    c3 -> e5 (left) (head), rev e5
    b2 -> c3 (left), rev c3
    ");
    assert_snapshot!(limbeck(&env, "history -v -r :a1"), @"
    Rev: a1
    Parent: <base>
    Path: $PROJ/versions/a1_x.sql

        create
        
        with a second paragraph
    ");
}

#[test]
fn history_counted_from_either_end() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .revision(revision("c3", &["b2"]))
        .revision(revision("d4", &["c3"]))
        .build();
    assert_snapshot!(limbeck(&env, "history -r -2:"), @"
    c3 -> d4 (head), rev d4
    b2 -> c3, rev c3
    a1 -> b2, rev b2
    ");
    env.run(&["upgrade", "c3"]).ok();
    assert_snapshot!(limbeck(&env, "history -r-3:current"), @"
    b2 -> c3, rev c3
    a1 -> b2, rev b2
    <base> -> a1, rev a1
    ");
    assert_snapshot!(limbeck(&env, "history --rev-range current:"), @"
    c3 -> d4 (head), rev d4
    b2 -> c3, rev c3
    ");
    assert_snapshot!(limbeck(&env, "history -i"), @"
    c3 -> d4 (head), rev d4
    b2 -> c3 (current), rev c3
    a1 -> b2, rev b2
    <base> -> a1, rev a1
    ");
    assert_snapshot!(limbeck(&env, "history --indicate-current --verbose -r c3:"), @"
    Rev: d4 (head)
    Parent: c3
    Path: $PROJ/versions/d4_x.sql

        rev d4

    Rev: c3 (current)
    Parent: b2
    Path: $PROJ/versions/c3_x.sql

        rev c3
    ");
}

#[test]
fn show() {
    let env = forked();
    assert_snapshot!(limbeck(&env, "show a1"), @"
    Rev: a1
    Parent: <base>
    Path: $PROJ/versions/a1_x.sql

        create
        
        with a second paragraph
    ");
    assert_snapshot!(limbeck(&env, "show right@head"), @"
    Rev: d4 (head)
    Parent: b2
    Branch names: right
    Path: $PROJ/versions/d4_x.sql

        rev d4
    ");
    assert_snapshot!(limbeck(&env, "show x1"), @"
    Rev: x1 (head)
    Parent: <base>
    Also depends on: c3
    Branch names: other
    Path: $PROJ/versions/x1_x.sql

        rev x1
    ");
    assert_snapshot!(limbeck(&env, "show left@base"), @"");
    assert_eq!(limbeck(&env, "show heads"), limbeck(&env, "heads -v"));
    assert_eq!(limbeck(&env, "show current"), "");
    env.run(&["upgrade", "b2"]).ok();
    assert_eq!(limbeck(&env, "show current"), limbeck(&env, "show b2"));
}

#[test]
fn current() {
    let env = forked();
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    nothing applied
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"
    ------- stderr -------
    error: Database is not on all head revisions
      database app misses d4 (right), e5 (left), x1 (other)
    hint: `limbeck upgrade -d app` applies what is missing
    [exit status: 2]
    ");
    env.run(&["upgrade", "b2"]).ok();
    assert_snapshot!(env.run(&["current"]), @"
    b2 (branchpoint)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current", "-v"]), @"
    Current revision(s) for sqlite:///$PROJ/app.db:
    Rev: b2 (branchpoint)
    Parent: a1
    Branches into: c3, d4
    Path: $PROJ/versions/b2_x.sql

        rev b2

    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade", "left@head"]).ok();
    assert_snapshot!(env.run(&["current", "-c"]), @"
    ------- stderr -------
    error: Database is not on all head revisions
      database app misses d4 (right), x1 (other)
    hint: `limbeck upgrade -d app` applies what is missing
    [exit status: 2]
    ");
    env.run(&["upgrade", "heads"]).ok();
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"
    d4 (head)
    e5 (head)
    x1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}
