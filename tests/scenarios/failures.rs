//! Seven databases on four servers, of which one is down, one refuses the password, one is behind and one is ahead of the
//! files: every command says which, and does what can be done for the others.

use insta::assert_snapshot;

use super::support::{show_as, steady};
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
    let place = maria.split_once('@').unwrap().1;
    show_as(&mut env, &sound, "sound", "sound_owner", "5432");
    show_as(&mut env, &ahead, "ahead", "ahead_owner", "5432");
    show_as(&mut env, &behind, "behind", "behind_owner", "5433");
    show_as(&mut env, &locked_out, "locked_out", "locked_out_owner", "5433");
    env.replace(place, "127.0.0.1:3306/maria");
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
    let _steady = steady();
    let Troubled { env, .. } = troubled();
    let output = env.run(&["status"]);
    names_all(&output.stdout);
    assert_snapshot!(output, @"
    database    state        current    heads  pending  applied  last run
    sound       ok           a3         a3     0        3 of 3   upgrade $DATE by $WHO
    down        unreachable  ?          a3     ?        ? of 3   ?
    locked_out  unreachable  ?          a3     ?        ? of 3   ?
    behind      pending      a2         a3     1        2 of 3   upgrade $DATE by $WHO
    ahead       ahead        feature99  a3     ?        ? of 3   upgrade $DATE by $WHO
    maria       ok           a3         a3     0        3 of 3   upgrade $DATE by $WHO
    file        ok           a3         a3     0        3 of 3   upgrade $DATE by $WHO
    ------- stderr -------
    error: database down: app@127.0.0.1:9/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:4)
    error: database locked_out: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:6)
    behind: 1 pending: a3; at a2, 2 of 3 applied
      try: limbeck upgrade -d behind
    ahead: at feature99, which no file declares: a newer release, or another checkout, has been here
      try: limbeck journal -d ahead
    [exit status: 7]
    ");
    assert_eq!(env.run(&["status", "--check"]).code(), Some(7));
}

#[test]
fn health_names_them() {
    let _steady = steady();
    let Troubled { env, .. } = troubled();
    let output = env.run(&["health"]);
    names_all(&output.stdout);
    assert_snapshot!(output, @"
    ✓ sound: connected to PostgreSQL in N ms
    ✓ sound: 3 tables
    ✓ sound: at a3 (head), 3 applied
    ✓ sound: no edited file
    ✓ sound: no failed step
    ✓ sound: no lock or transaction older than 60 s
    ✗ down: app@127.0.0.1:9/app: connection refused
      try: limbeck wait -d down
    ✗ locked_out: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
      try: limbeck config show
    ✓ behind: connected to PostgreSQL in N ms
    ✓ behind: 2 tables
    ✗ behind: 1 pending: a3; at a2, 2 of 3 applied
    ✓ behind: no edited file
    ✓ behind: no failed step
    ✓ behind: no lock or transaction older than 60 s
      try: limbeck upgrade -d behind
    ✓ ahead: connected to PostgreSQL in N ms
    ✓ ahead: 3 tables
    ✗ ahead: at feature99, which no file declares: a newer release, or another checkout, has been here
    ✓ ahead: no edited file
    ✓ ahead: no failed step
    ✓ ahead: no lock or transaction older than 60 s
      try: limbeck journal -d ahead
    ✓ maria: connected to MariaDB in N ms
    ✓ maria: 3 tables
    ✓ maria: at a3 (head), 3 applied
    ✓ maria: no edited file
    ✓ maria: no failed step
    ✓ maria: no lock or transaction older than 60 s
    ✓ file: connected to SQLite in N ms
    ✓ file: 3 tables
    ✓ file: at a3 (head), 3 applied
    ✓ file: no edited file
    ✓ file: no failed step
    3 of 7 databases are well
    ------- stderr -------
    [exit status: 7]
    ");
    let quiet = env.run(&["health", "--quiet"]);
    assert_eq!(quiet.code(), Some(7), "{quiet}");
    let json = env.run(&["health", "--json"]);
    names_all(&json.stdout);
}

#[test]
fn plan_names_them() {
    let _steady = steady();
    let Troubled { env, .. } = troubled();
    let output = env.run(&["plan", "--check"]);
    assert_snapshot!(output, @"
    [behind] postgresql://behind_owner:***@127.0.0.1:5433/behind (at a2)
      upgrade a2 -> a3, rev a3
          versions/a3_x.sql: 1 statement in a transaction of its own
    [sound] postgresql://sound_owner:***@127.0.0.1:5432/sound: nothing to do (at a3)
    [maria] mysql://limbeck:***@127.0.0.1:3306/maria: nothing to do (at a3)
    [file] sqlite:///$PROJ/file.db: nothing to do (at a3)
    ------- stderr -------
    error: database down: app@127.0.0.1:9/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:4)
    error: database locked_out: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:6)
    error: Can't locate revision identified by 'feature99'
      in database ahead
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d ahead`, with REVISION in the place of feature99
    [exit status: 7]
    ");
    assert_eq!(output.code(), Some(7), "{output}");
}

#[test]
fn current_and_the_journal_name_them() {
    let _steady = steady();
    let Troubled { env, .. } = troubled();
    assert_snapshot!(env.run(&["current"]), @"
    [sound]
    a3 (head)
    [behind]
    a2
    [maria]
    a3 (head)
    [file]
    a3 (head)
    ------- stderr -------
    error: database down: app@127.0.0.1:9/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:4)
    error: database locked_out: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:6)
    error: Can't locate revision identified by 'feature99'
      in database ahead
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d ahead`, with REVISION in the place of feature99
    [exit status: 7]
    ");
    let journal = env.run(&["journal"]);
    assert_eq!(journal.code(), Some(7), "{journal}");
}

/// The one that is behind is brought forward although others cannot be reached.
#[test]
fn upgrade_does_what_can_be_done() {
    let _steady = steady();
    let Troubled { env, sound, behind, ahead } = troubled();
    let output = env.run(&["upgrade"]);
    assert_snapshot!(output, @"
    ------- stderr -------
    [sound]
    nothing to do (at a3)
    [down]
    [locked_out]
    [behind]
    Running upgrade a2 -> a3, rev a3
    [ahead]
    [maria]
    nothing to do (at a3)
    [file]
    nothing to do (at a3)
    sound: nothing to do, at a3
    down: failed: app@127.0.0.1:9/app: connection refused
    locked_out: failed: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
    behind: 1 revision applied, at a3
    ahead: failed: Can't locate revision identified by 'feature99'
    maria: nothing to do, at a3
    file: nothing to do, at a3
    error: database down: app@127.0.0.1:9/app: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:4)
    error: database locked_out: locked_out_owner@127.0.0.1:5433/locked_out: password authentication failed
    hint: check the user and the password, from `url` (limbeck.toml:6)
    error: Can't locate revision identified by 'feature99'
      in database ahead
    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d ahead`, with REVISION in the place of feature99
    [exit status: 7]
    ");
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
