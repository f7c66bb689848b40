//! Targets that mean nothing, and version tables that do not fit the files.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, query, revision};

/// `a1 - b2 - c3 (left)` and `b2 - d4 (right)`.
fn forked() -> TestEnvironment {
    project()
        .revision(revision("a1a1a1", &[]))
        .revision(revision("b2b2b2", &["a1a1a1"]))
        .revision(revision("c3c3c3", &["b2b2b2"]).label("left"))
        .revision(revision("d4d4d4", &["b2b2b2"]).label("right"))
        .build()
}

#[test]
fn several_heads() {
    let env = forked();
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are c3c3c3 (left), d4d4d4 (right)
      in database app
    hint: use 'left@head', 'right@head' or 'heads', or join them: limbeck merge left@head right@head -m MESSAGE
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["stamp", "head"]), @"
    ------- stderr -------
    error: Multiple heads are present; please specify a single target revision
      the heads are c3c3c3 (left), d4d4d4 (right)
      in database app
    hint: use 'left@head', 'right@head' or 'heads', or join them: limbeck merge left@head right@head -m MESSAGE
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["revision", "-m", "more"]), @"
    ------- stderr -------
    error: Multiple heads are present; please specify the head revision on which the new revision should be based, or perform a merge.
      the heads are c3c3c3 (left), d4d4d4 (right)
    hint: give --head with one of 'left@head', 'right@head'
    [exit status: 4]
    ");
    assert!(!env.path("app.db").exists());
    env.run(&["upgrade", "heads"]).ok();
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: downgrade -1 from multiple heads is ambiguous
      the database is at c3c3c3 (left), d4d4d4 (right)
      in database app
    hint: say which: 'left@-1', 'right@-1'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "+1"]), @"
    ------- stderr -------
    error: Ambiguous upgrade from multiple current revisions
      in database app
    hint: say which: 'left@+1', 'right@+1'
    [exit status: 64]
    ");
    // What the hint says works.
    assert_snapshot!(env.run(&["downgrade", "left@-1"]), @"
    ------- stderr -------
    Running downgrade c3c3c3 -> b2b2b2, rev c3c3c3
    [exit status: 0]
    ");
}

#[test]
fn targets_that_mean_nothing() {
    let env = forked();
    assert_snapshot!(env.run(&["upgrade", "c3c3c4"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'c3c3c4'
    hint: did you mean 'c3c3c3'?
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "lefd@head"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'lefd'
    hint: did you mean 'left'?
    hint: the branch labels are: left, right
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "nobody@head"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nobody'
    hint: the branch labels are: left, right
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "left@d4d4d4"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'd4d4d4'
      in database app
    hint: revision d4d4d4 is not a member of branch 'left'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "a1a1a1:c3c3c3"]), @"
    ------- stderr -------
    error: Range revision not allowed
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "+9"]), @"
    ------- stderr -------
    error: Ambiguous walk
      in database app
    hint: from b2b2b2 the ways are c3c3c3 (left), d4d4d4 (right): name the one you mean
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "+1x"]), @"
    ------- stderr -------
    error: '+1x' has unexpected text after the number, at column 3
       |  +1x
       |    ^
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "+99999999999999"]), @"
    ------- stderr -------
    error: '+99999999999999' asks for more steps than any history has
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "-1"]), @"
    ------- stderr -------
    error: Relative revision -1 didn't produce 1 migrations
      in database app
    hint: the history ends before that: `limbeck current` shows where the database is, `limbeck history` what there is
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", ""]), @"
    ------- stderr -------
    error: '' names no revision
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: Relative revision -1 didn't produce 1 migrations
      in database app
    hint: the history ends before that: `limbeck current` shows where the database is, `limbeck history` what there is
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["downgrade", "a1a1a1"]), @"
    ------- stderr -------
    error: Destination a1a1a1 is not a valid downgrade target from current head(s)
      in database app
    hint: nothing is applied
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["history", "-r", "a1a1a1"]), @"
    ------- stderr -------
    error: History range requires [start]:[end], [start]:, or :[end]
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["history", "-r", "c3c3c3:d4d4d4"]), @"
    ------- stderr -------
    error: Requested range c3c3c3:d4d4d4 does not refer to ancestor/descendant revisions along the same branch
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["show", "e5"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'e5'
    hint: an abbreviation needs at least four characters to be safe
    [exit status: 64]
    ");
    assert!(!env.path("app.db").exists());
}

#[test]
fn a_prefix_of_several() {
    let env =
        project().revision(revision("abcd1", &[])).revision(revision("abcd2", &["abcd1"])).build();
    assert_snapshot!(env.run(&["upgrade", "abcd"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'abcd'
    hint: it could be: abcd1, abcd2
    [exit status: 64]
    ");
}

/// What `current` and `upgrade heads` say of these rows.
fn with_rows(rows: &str) -> TestEnvironment {
    let env = forked();
    query(
        &env,
        "sqlite:app.db",
        &format!(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
             INSERT INTO alembic_version VALUES {rows};"
        ),
    );
    env
}

#[test]
fn a_row_without_a_file() {
    let env = with_rows("('c3c3c2')");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'c3c3c2'
      in database app
    hint: did you mean 'c3c3c3'?
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of c3c3c2
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["upgrade", "heads"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'c3c3c2'
      in database app
    hint: did you mean 'c3c3c3'?
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of c3c3c2
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["stamp", "a1a1a1"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'c3c3c2'
      in database app
    hint: did you mean 'c3c3c3'?
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of c3c3c2
    [exit status: 4]
    ");
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM alembic_version"), "c3c3c2\n");
    // What the hint says works.
    assert_snapshot!(env.run(&["stamp", "--purge", "c3c3c3"]), @"
    ------- stderr -------
    Running stamp_revision  -> c3c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    c3c3c3 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn rows_of_which_one_follows_another() {
    let env = with_rows("('a1a1a1'), ('c3c3c3')");
    assert_snapshot!(env.run(&["upgrade", "heads"]), @"
    ------- stderr -------
    error: Requested revision c3c3c3 overlaps with other requested revisions a1a1a1
      in database app
    hint: rows of the version table follow one another; `limbeck stamp --purge ROWS -d app` with all of them but a1a1a1 sets them right
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    c3c3c3 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["stamp", "--purge", "c3c3c3"]), @"
    ------- stderr -------
    Running stamp_revision  -> c3c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    c3c3c3 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn rows_that_are_no_revisions() {
    let env = with_rows("('not a revision@all')");
    assert_snapshot!(env.run(&["current"]), @"
    ------- stderr -------
    error: database app: the version table alembic_version holds 'not a revision@all': Character(s) '@' not allowed in revision identifier 'not a revision@all'
      --> sqlite:///$PROJ/app.db
    hint: limbeck did not write that; `limbeck stamp --purge REVISIONS -d app` empties the version table and sets it to these: name all that are to be there
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the version table alembic_version holds 'not a revision@all': Character(s) '@' not allowed in revision identifier 'not a revision@all'
    hint: limbeck did not write that; `limbeck stamp --purge REVISIONS -d app` empties the version table and sets it to these: name all that are to be there
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["stamp", "--purge", "left@head"]), @"
    ------- stderr -------
    Running stamp_revision  -> c3c3c3
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    c3c3c3 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(with_rows("('')").run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the version table alembic_version holds '': revision identifier is empty
    hint: limbeck did not write that; `limbeck stamp --purge REVISIONS -d app` empties the version table and sets it to these: name all that are to be there
    [exit status: 4]
    ");
    assert_snapshot!(with_rows("(x'ff00')").run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the version table alembic_version cannot be read: invalid utf-8 sequence of 1 bytes from index 0
    hint: limbeck did not write that; `limbeck stamp --purge REVISIONS -d app` empties the version table and sets it to these: name all that are to be there
    [exit status: 4]
    ");
    assert_snapshot!(with_rows("('a1a1a1'), ('a1a1a1')").run(&["upgrade", "heads"]), @"
    ------- stderr -------
    Running upgrade a1a1a1 -> b2b2b2, rev b2b2b2
    error: database app: expected to match one row when updating 'a1a1a1' to 'b2b2b2' in 'alembic_version'; 2 found
    hint: another program, or the script itself, has changed the version table; `limbeck current` shows what it says now
    [exit status: 1]
    ");
    let env = forked();
    query(&env, "sqlite:app.db", "CREATE TABLE alembic_version (other TEXT)");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the version table alembic_version cannot be read: no such column: version_num
    [exit status: 1]
    ");
}
