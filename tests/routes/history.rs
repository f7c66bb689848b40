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
    assert_snapshot!(env.run(&["history", "-d", "timescale"]), @"
    b1 -> b2 (timescale) (head), rev b2
    <base> -> b1 (timescale), rev b1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["history", "-d", "timescale", "-d", "postgres"]), @"
    a1 -> a2 (postgres) (head), rev a2
    b1 (a1) -> b2 (timescale) (head), rev b2
    <base> -> b1 (timescale), rev b1
    <base> -> a1 (postgres), rev a1
    ------- stderr -------
    [exit status: 0]
    ");
    env.run(&["upgrade", "postgres@head"]).ok();
    assert_snapshot!(env.run(&["history", "-i", "-d", "postgres", "-d", "audit"]), @"
    a1 -> a2 (postgres) (head) (current), rev a2
    <base> -> a1 (postgres), rev a1
    <base> -> c1 (audit) (head), rev c1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    [postgres]
    a2 (head)
    [timescale]
    [audit]
    ------- stderr -------
    timescale: nothing applied
    audit: nothing applied
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["show", "a2", "-d", "timescale"]), @"
    ------- stderr -------
    error: 'a2' is not routed to database timescale
    hint: it runs on postgres: give --database postgres; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["show", "postgres@head", "-d", "timescale"]), @"
    ------- stderr -------
    error: 'postgres@head' is not routed to database timescale
    hint: it runs on postgres: give --database postgres; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["show", "zz", "-d", "timescale"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'zz'
    hint: an abbreviation needs at least four characters to be safe
    [exit status: 64]
    ");
}

/// Whatever takes a revision says to which database it belongs.
#[test]
fn a_revision_of_another_database_is_told_from_one_that_nobody_knows() {
    let env = three();
    env.run(&["upgrade"]).ok();
    for arguments in [
        &["history", "-r", "b1:"][..],
        &["history", "-r", "base:timescale@head"],
        &["history", "-r", "a1:b2"],
        &["show", "b1"],
        &["edit", "b1"],
        &["upgrade", "timescale@head"],
        &["downgrade", "b1"],
        &["stamp", "b1"],
        &["plan", "upgrade", "b1"],
        &["revision", "-m", "x", "--head", "b2"],
        &["journal", "accept", "b1"],
        &["journal", "resolve", "b1", "--as", "done"],
    ] {
        let output = env.run(&[arguments, &["-d", "postgres"]].concat());
        assert_eq!(output.code(), Some(64), "{arguments:?}: {output}");
        assert!(output.stderr.contains("is not routed to database postgres"), "{output}");
        assert!(
            output.stderr.contains("it runs on timescale: give --database timescale"),
            "{output}"
        );
    }
}

#[test]
fn a_fork_names_both_files() {
    let env = three();
    env.write("versions/a3_x.sql", revision("a3", &["a1"]).text());
    // Without a target nobody has chosen: nothing is done on any database.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are a2 (postgres), a3 (postgres)
      --> versions/a2_x.sql
      --> versions/a3_x.sql
    hint: join them: limbeck merge heads --database postgres -m MESSAGE
    hint: or let one of them follow the other, if it has not run anywhere yet
    hint: or take all of them, as they are: limbeck upgrade heads
    [exit status: 4]
    ");
    assert!(!env.path("app.db").exists() && !env.path("metrics.db").exists());
    assert_eq!(env.run(&["upgrade", "--sql", "-d", "postgres"]).code(), Some(4));
    assert_snapshot!(env.run(&["plan", "-d", "postgres"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are a2 (postgres), a3 (postgres)
      --> versions/a2_x.sql
      --> versions/a3_x.sql
    hint: join them: limbeck merge heads --database postgres -m MESSAGE
    hint: or let one of them follow the other, if it has not run anywhere yet
    hint: or take all of them, as they are: limbeck plan upgrade heads
    [exit status: 4]
    ");
    assert_eq!(env.run(&["plan", "-d", "audit"]).code(), Some(0), "it has no fork");
    assert_eq!(env.run(&["plan", "upgrade", "heads"]).code(), Some(0));
    assert_snapshot!(env.run(&["upgrade", "head"]), @"
    ------- stderr -------
    [timescale]
    Running upgrade  -> b1, rev b1
    [audit]
    Running upgrade  -> c1, rev c1
    [postgres]
    postgres: failed: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
    timescale: 1 revision applied, at b1; the rest not run: revision b2 needs a1 on database postgres, which failed
    audit: 1 revision applied, at c1
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are a2 (postgres), a3 (postgres)
      --> versions/a2_x.sql
      --> versions/a3_x.sql
    hint: join them: limbeck merge heads --database postgres -m MESSAGE
    hint: or let one of them follow the other, if it has not run anywhere yet
    error: database timescale: revision b2 needs a1 on database postgres, which failed
    [exit status: 7]
    ");
    env.run(&["merge", "heads", "-d", "postgres", "-m", "join", "--rev-id", "a4"]).ok();
    env.run(&["upgrade", "head"]).ok();
}

#[test]
fn a_history_without_labels_can_be_forked_too() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(revision("a2", &["a1"]))
        .revision(revision("a3", &["a1"]))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are a2, a3
      --> versions/a2_x.sql
      --> versions/a3_x.sql
    hint: join them: limbeck merge heads --database app -m MESSAGE
    hint: or let one of them follow the other, if it has not run anywhere yet
    hint: or take all of them, as they are: limbeck upgrade heads
    [exit status: 4]
    ");
    env.run(&["upgrade", "heads"]).ok();
    // What begins apart has not been forked.
    let apart = project().revision(revision("a1", &[])).revision(revision("b1", &[])).build();
    apart.run(&["upgrade"]).ok();
}
