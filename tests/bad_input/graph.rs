//! Files that are sound one by one and no graph together: exit code 4, every file named.

use insta::assert_snapshot;

use crate::support::{Output, RevisionFile, project, revision};

/// What `limbeck upgrade` says of these revisions. It must not have touched the database.
fn with_revisions(files: Vec<RevisionFile>) -> Output {
    let env = files.into_iter().fold(project(), |project, file| project.revision(file)).build();
    let output = env.run(&["upgrade"]);
    assert!(!env.path("app.db").exists());
    output
}

#[test]
fn one_id_twice() {
    assert_snapshot!(
        with_revisions(vec![revision("a1", &[]), revision("a1", &[]).at("versions/b_copy.sql")]),
        @"
    ------- stderr -------
    error: Revision a1 is present more than once
      --> versions/a1_x.sql
      --> versions/b_copy.sql
    hint: give one of them another `revision`, and correct what refers to it
    [exit status: 4]
    "
    );
}

#[test]
fn one_label_twice() {
    assert_snapshot!(
        with_revisions(vec![revision("a1", &[]).label("app"), revision("b2", &[]).label("app")]),
        @"
    ------- stderr -------
    error: Branch name 'app' in revision b2 already used by revision a1
      --> versions/a1_x.sql
      --> versions/b2_x.sql
    [exit status: 4]
    "
    );
    assert_snapshot!(
        with_revisions(vec![revision("a1", &[]).label("b2"), revision("b2", &[])]),
        @"
    ------- stderr -------
    error: Branch name 'b2' in revision a1 already used by revision b2
      --> versions/b2_x.sql
      --> versions/a1_x.sql
    [exit status: 4]
    "
    );
}

#[test]
fn circles() {
    assert_snapshot!(
        with_revisions(vec![
            revision("a1", &["c3"]),
            revision("b2", &["a1"]),
            revision("c3", &["b2"]),
            revision("d4", &["c3"]),
        ]),
        @"
    ------- stderr -------
    error: Cycle is detected in revisions (a1, b2, c3)
      --> versions/a1_x.sql
      --> versions/b2_x.sql
      --> versions/c3_x.sql
    [exit status: 4]
    "
    );
    assert_snapshot!(with_revisions(vec![revision("a1", &["a1"])]), @"
    ------- stderr -------
    error: Self-loop is detected in revisions (a1)
      --> versions/a1_x.sql
    [exit status: 4]
    ");
    assert_snapshot!(with_revisions(vec![revision("a1", &[]).depends_on("a1")]), @"
    ------- stderr -------
    error: Dependency self-loop is detected in revisions (a1)
      --> versions/a1_x.sql
    [exit status: 4]
    ");
    assert_snapshot!(
        with_revisions(vec![revision("a1", &[]).depends_on("b2"), revision("b2", &["a1"])]),
        @"
    ------- stderr -------
    error: Dependency cycle is detected in revisions (a1, b2)
      --> versions/a1_x.sql
      --> versions/b2_x.sql
    [exit status: 4]
    "
    );
}

#[test]
fn parents_that_are_missing() {
    assert_snapshot!(
        with_revisions(vec![revision("9f3c1b2a4d5e", &[]), revision("b2", &["9f3c1b2a4d5f"])]),
        @"
    ------- stderr -------
    error: Revision 9f3c1b2a4d5f referenced from b2 is not present
      --> versions/b2_x.sql
    hint: did you mean 9f3c1b2a4d5e?
    [exit status: 4]
    "
    );
    assert_snapshot!(with_revisions(vec![revision("b2", &["nowhere_near"])]), @"
    ------- stderr -------
    error: Revision nowhere_near referenced from b2 is not present
      --> versions/b2_x.sql
    hint: bring its file back; where it was applied it can be reverted without: limbeck downgrade --from-journal TARGET
    [exit status: 4]
    ");
    assert_snapshot!(with_revisions(vec![revision("b2", &[]).depends_on("nobody")]), @"
    ------- stderr -------
    error: Revision nobody referenced from b2 is not present
      --> versions/b2_x.sql
    hint: bring its file back; where it was applied it can be reverted without: limbeck downgrade --from-journal TARGET
    [exit status: 4]
    ");
    assert_snapshot!(
        with_revisions(vec![
            revision("abcd1", &[]),
            revision("abcd2", &[]),
            revision("b2", &[]).depends_on("abcd"),
        ]),
        @"
    ------- stderr -------
    error: Multiple revisions start with 'abcd', which revision b2 depends on
      --> versions/b2_x.sql
    hint: it could be: abcd1, abcd2
    [exit status: 4]
    "
    );
}

#[test]
fn a_dependency_that_no_database_takes() {
    let env = project()
        .config("[databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"two\"]\n")
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("b1", &[]).label("two").depends_on("a1"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision b1 of database `two` depends on a1, which no database takes
      --> versions/b1_x.sql
      --> versions/a1_x.sql
    hint: add 'one' to the `branches` of the database, or correct `databases` of the revision that it depends on
    [exit status: 78]
    ");
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql", "versions/b1_x.sql"]);
}
