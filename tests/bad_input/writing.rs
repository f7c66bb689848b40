//! Files that cannot be written, and readers that go away.

use insta::assert_snapshot;

use crate::support::{Output, TestEnvironment, project, revision};

/// Runs a line of a shell in which `limbeck` is the binary.
fn shell(env: &TestEnvironment, line: &str) -> Output {
    let binary = env!("CARGO_BIN_EXE_limbeck");
    let mut shell = env.program("/bin/sh");
    shell.args(["-c", &format!("limbeck() {{ '{binary}' \"$@\"; }}\n{line}")]);
    env.finish(shell)
}

/// No file may grow: what a full disk does to a program, for one that does not die of SIGXFSZ.
const FULL_DISK: &str = "trap '' XFSZ; ulimit -f 0;";

#[test]
fn a_full_disk() {
    let env = project().revision(revision("a1", &[])).build();
    assert_snapshot!(shell(&env, &format!("{FULL_DISK} limbeck revision -m more --rev-id b2")), @"
    ------- stderr -------
    error: cannot write $PROJ/versions/b2_more.sql
      File too large (os error 27)
    [exit status: 1]
    ");
    assert_snapshot!(shell(&env, &format!("{FULL_DISK} limbeck -c new.toml init other")), @"
    Creating directory $PROJ/other ...  done
    Generating $PROJ/new.toml ...  FAILED
    ------- stderr -------
    error: cannot write $PROJ/new.toml
      File too large (os error 27)
    [exit status: 1]
    ");
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql"]);
    assert_snapshot!(shell(&env, &format!("{FULL_DISK} limbeck upgrade")), @"
    ------- stderr -------
    error: database app: the lock file $PROJ/app.db-limbeck-lock cannot be used: File too large (os error 27)
    [exit status: 8]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
}

#[test]
fn a_version_location_that_is_a_file() {
    let env = project().file("versions", "a file\n").build();
    assert_snapshot!(env.run(&["revision", "-m", "more"]), @"
    ------- stderr -------
    error: cannot read directory $PROJ/versions
      Not a directory (os error 20)
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["init"]), @"
    ------- stderr -------
    error: cannot read directory $PROJ/versions
      Not a directory (os error 20)
    [exit status: 78]
    ");
    assert_eq!(env.read("versions"), "a file\n");
}

#[test]
fn a_file_that_is_there_already() {
    let env = project()
        .config(
            "[scripts]\nfile_template = \"%(slug)s\"\n[databases.app]\nurl = \"sqlite:app.db\"\n",
        )
        .revision(revision("a1", &[]).at("versions/more.sql"))
        .build();
    let before = env.read("versions/more.sql");
    assert_snapshot!(env.run(&["revision", "-m", "more"]), @"
    ------- stderr -------
    error: $PROJ/versions/more.sql already exists and is not overwritten
    [exit status: 64]
    ");
    assert_eq!(env.read("versions/more.sql"), before);
    assert_snapshot!(env.run(&["init"]), @"
    ------- stderr -------
    error: Directory versions already exists and is not empty
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["init", "elsewhere"]), @"
    Creating directory $PROJ/elsewhere ...  done
    File $PROJ/limbeck.toml already exists, skipping
    Please edit the databases in $PROJ/limbeck.toml before proceeding.
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.files(""), ["limbeck.toml", "versions/more.sql"]);
}

#[test]
fn names_that_lead_elsewhere() {
    let env = project()
        .config(
            "[scripts]\nfile_template = \"../%(rev)s\"\n[databases.app]\nurl = \"sqlite:app.db\"\n",
        )
        .build();
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: cannot name a revision file in $PROJ/versions
      '../a1.sql' leads out of the version location
    [exit status: 78]
    ");
    env.write("limbeck.toml", "[scripts]\nfile_template = \"%(revision)s\"\n");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: cannot name a revision file in $PROJ/versions
      file_template is malformed
      unknown token '%(revision)' at column 1
    [exit status: 78]
    ");
    assert_eq!(env.files(""), ["limbeck.toml"]);
}

#[test]
fn templates_that_do_not_fit() {
    let env =
        project().file("revision.sql.tera", "/*---\nrevision = {{ revisio | toml }}\n").build();
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: template $PROJ/revision.sql.tera:2:25: the filter 'toml' takes strings and lists, not undefined
    [exit status: 78]
    ");
    env.write("revision.sql.tera", "-- {{ message }}\n");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: template $PROJ/revision.sql.tera renders no readable revision file
      in the text it gives, at 1:1: the first line is not '/*---', so this is no revision file (add front matter, or move the file out of the version location)
       |  -- 
       |  ^
    [exit status: 78]
    ");
    env.write(
        "revision.sql.tera",
        "/*---\nrevision = 'x'\ndown_revision = []\n---*/\n--- upgrade\n",
    );
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: template $PROJ/revision.sql.tera does not write 'revision' as it was given
    [exit status: 78]
    ");
    assert_eq!(env.files(""), ["limbeck.toml", "revision.sql.tera"]);
}

#[test]
fn a_reader_that_goes_away() {
    let env = project().revision(revision("a1", &[])).build();
    let line = "{ sleep 0.1; limbeck history; echo \"limbeck ended with $?\" >&2; } | true";
    assert_snapshot!(shell(&env, line), @"
    ------- stderr -------
    limbeck ended with 0
    [exit status: 0]
    ");
    assert_snapshot!(shell(&env, "limbeck history >/dev/full"), @"
    ------- stderr -------
    error: cannot write the output: No space left on device (os error 28)
    [exit status: 1]
    ");
    assert_snapshot!(shell(&env, "limbeck history >&-"), @"
    ------- stderr -------
    [exit status: 0]
    ");
    // Nobody to talk to is no reason to stop a migration.
    assert_snapshot!(shell(&env, "limbeck upgrade 2>&-"), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
}
