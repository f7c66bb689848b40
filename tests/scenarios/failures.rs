//! Seven databases on four servers, of which one is down, one refuses the password, one is behind and one is ahead of the
//! files: every command says which, and does what can be done for the others.

use insta::assert_snapshot;

use super::support::show_as;
use crate::support::{
    OwnedDatabase, TestEnvironment, mariadb, postgres, project, query, revision, second_postgres,
};

/// ```text
/// a1 - a2 - a3
/// ```
///
/// `sound`, `maria` and `file` are at a3, `behind` is at a2, `ahead` has a row of a branch that is not here.
struct Troubled {
    env: TestEnvironment,
    sound: OwnedDatabase,
    behind: OwnedDatabase,
    ahead: OwnedDatabase,
}

fn troubled() -> Troubled {
    let sound = postgres().create_owned_database();
    let behind = second_postgres().create_owned_database();
    let ahead = postgres().create_owned_database();
    let locked_out = second_postgres().create_owned_database();
    let maria = mariadb().create_database();
    let wrong = locked_out.url().replace("hush-hush", "wrong");
    // Nobody listens there: ports below 1024 are not handed out by themselves.
    let down = "postgres://app:hush-hush@127.0.0.1:9/app";
    let config: String = [
        ("sound", sound.url().as_str()),
        ("down", down),
        ("locked_out", wrong.as_str()),
        ("behind", behind.url().as_str()),
        ("ahead", ahead.url().as_str()),
        ("maria", maria.as_str()),
        ("file", "sqlite:file.db"),
    ]
    .iter()
    .map(|(name, url)| format!("[databases.{name}]\nurl = \"{url}\"\n"))
    .collect();
    let mut env = project()
        .config(config)
        .revision(revision("a1", &[]))
        .revision(revision("a2", &["a1"]))
        .revision(revision("a3", &["a2"]))
        .build();
    show_as(&mut env, &sound, "sound", "sound_owner", "5432");
    show_as(&mut env, &ahead, "ahead", "ahead_owner", "5432");
    show_as(&mut env, &behind, "behind", "behind_owner", "5433");
    show_as(&mut env, &locked_out, "locked_out", "locked_out_owner", "5433");
    env.run(&["upgrade", "-d", "sound", "-d", "ahead", "-d", "maria", "-d", "file"]).ok();
    env.run(&["upgrade", "a2", "-d", "behind"]).ok();
    query(&env, &ahead.url(), "UPDATE alembic_version SET version_num = 'feature99'");
    Troubled { env, sound, behind, ahead }
}

/// Every one of the four is named, and none of the sound ones is missing.
#[track_caller]
fn names_all(text: &str) {
    for name in ["sound", "down", "locked_out", "behind", "ahead", "maria", "file"] {
        assert!(text.contains(name), "{name} is not named:\n{text}");
    }
}

#[test]
fn status_names_them() {
    let Troubled { env, .. } = troubled();
    let output = env.run(&["status"]);
    names_all(&output.stdout);
    assert_snapshot!(output, @"");
    assert_eq!(env.run(&["status", "--check"]).code(), Some(7));
}

#[test]
fn health_names_them() {
    let Troubled { env, .. } = troubled();
    let output = env.run(&["health"]);
    names_all(&output.stdout);
    assert_snapshot!(output, @"");
    let quiet = env.run(&["health", "--quiet"]);
    assert_eq!(quiet.code(), Some(7), "{quiet}");
    let json = env.run(&["health", "--json"]);
    names_all(&json.stdout);
}

#[test]
fn plan_names_them() {
    let Troubled { env, .. } = troubled();
    let output = env.run(&["plan", "--check"]);
    assert_snapshot!(output, @"");
    assert_eq!(output.code(), Some(7), "{output}");
}

#[test]
fn current_and_the_journal_name_them() {
    let Troubled { env, .. } = troubled();
    assert_snapshot!(env.run(&["current"]), @"");
    let journal = env.run(&["journal"]);
    assert_eq!(journal.code(), Some(7), "{journal}");
}

/// The one that is behind is brought forward although others cannot be reached.
#[test]
fn upgrade_does_what_can_be_done() {
    let Troubled { env, sound, behind, ahead } = troubled();
    let output = env.run(&["upgrade"]);
    assert_snapshot!(output, @"");
    assert_eq!(output.code(), Some(7), "{output}");
    let rows = "SELECT version_num FROM alembic_version";
    assert_eq!(query(&env, &sound.url(), rows), "a3\n");
    assert_eq!(query(&env, &behind.url(), rows), "a3\n");
    assert_eq!(query(&env, &ahead.url(), rows), "feature99\n");
}

/// Where all that was asked for fails in one way, the status is that of the failure.
#[test]
fn only_those_that_cannot_be_reached() {
    let Troubled { env, .. } = troubled();
    for command in ["upgrade", "current", "status", "health"] {
        let output = env.run(&[command, "-d", "down", "-d", "locked_out"]);
        assert_eq!(output.code(), Some(8), "{command}: {output}");
    }
    let output = env.run(&["upgrade", "-d", "ahead"]);
    assert_eq!(output.code(), Some(4), "{output}");
    let output = env.run(&["status", "--check", "-d", "behind"]);
    assert_eq!(output.code(), Some(2), "{output}");
    for command in ["upgrade", "status", "health"] {
        env.run(&[command, "-d", "sound", "-d", "maria", "-d", "file"]).ok();
    }
}

#[test]
fn waiting_ends_and_says_for_whom() {
    let Troubled { env, .. } = troubled();
    let output = env.run(&["wait", "--timeout", "1s"]);
    assert!(matches!(output.code(), Some(7 | 8)), "{output}");
    assert!(output.stderr.contains("down"), "{output}");
}
