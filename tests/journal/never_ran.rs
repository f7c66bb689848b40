//! Revisions that the rows count as applied and that never ran.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{TestEnvironment, project, query, revision};

fn inserted() -> TestEnvironment {
    let env = project().revision(revision("s1", &[])).revision(revision("s3", &["s1"])).build();
    env.run(&["upgrade"]).ok();
    env.run(&["upgrade"]).ok();
    env.write("versions/s2_x.sql", revision("s2", &["s1"]).text());
    env.write("versions/s3_x.sql", revision("s3", &["s2"]).text());
    env
}

#[test]
fn a_revision_that_was_put_below_an_applied_one_is_told_until_it_is_accepted() {
    let env = inserted();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    warning: revision s2 lies below s3, which was applied here without it: it never ran on this database as far as the journal knows
      if that is as it should be: limbeck journal accept s2 -d app
    nothing to do (at s3)
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["plan"]), @"
    [app] sqlite:///$PROJ/app.db: nothing to do (at s3)
    ------- stderr -------
    warning: revision s2 lies below s3, which was applied here without it: it never ran on this database as far as the journal knows
      if that is as it should be: limbeck journal accept s2 -d app
    [exit status: 0]
    ");
    let health = env.run(&["health", "--json", "--fail-on", "edited"]);
    assert_eq!(health.code(), Some(4), "{health}");
    let health: Value = serde_json::from_str(&health.stdout).unwrap();
    assert!(health.to_string().contains("revision s2 lies below s3"), "{health}");
    assert_eq!(env.run(&["status"]).stdout.matches("edited").count(), 1);
    assert_snapshot!(env.run(&["journal", "accept", "s2", "--yes", "--note", "by hand"]), @"
    [app] revision s2 lies below s3, which was applied here without it: it never ran on this database as far as the journal knows
    ------- stderr -------
    revision s2 counts as applied to database app with text 4925a485d182
    [exit status: 0]
    ");
    assert_eq!(
        query(&env, "sqlite:app.db", "SELECT note FROM limbeck_journal WHERE event = 'accept'"),
        "by hand\n"
    );
    assert!(!env.run(&["upgrade"]).stderr.contains("s2"));
    env.run(&["health", "--fail-on", "edited"]).ok();
}

#[test]
fn a_stamp_above_covers_it_and_so_does_running_it() {
    let env = inserted();
    env.run(&["stamp", "s1"]).ok();
    assert!(!env.run(&["upgrade", "s2"]).stderr.contains("never ran"));
    env.run(&["stamp", "s3"]).ok();
    env.run(&["health", "--fail-on", "edited"]).ok();
}

#[test]
fn a_revision_that_is_routed_here_too_late_is_told() {
    let config = "[databases.a]\nurl = \"a.db\"\n[databases.b]\nurl = \"b.db\"\n";
    let env = project()
        .config(config)
        .revision(revision("s1", &[]))
        .revision(revision("s2", &["s1"]).with("databases = [\"a\"]"))
        .revision(revision("s3", &["s2"]))
        .build();
    env.run(&["upgrade"]).ok();
    env.write("versions/s2_x.sql", revision("s2", &["s1"]).text());
    let output = env.run(&["upgrade"]);
    assert_eq!(output.stderr.matches("revision s2 lies below s3").count(), 1, "{output}");
    assert_eq!(env.run(&["health", "-d", "b", "--fail-on", "edited"]).code(), Some(4));
    env.run(&["health", "-d", "a", "--fail-on", "edited"]).ok();
}
