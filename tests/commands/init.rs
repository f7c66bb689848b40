//! `init`, `list_templates`, `completions`.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project};

#[test]
fn a_new_project_works_at_once() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.run(&["init"]), @"
    Creating directory $PROJ/versions ...  done
    Generating $PROJ/limbeck.toml ...  done
    Please edit the databases in $PROJ/limbeck.toml before proceeding.
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.files(""), ["limbeck.toml"]);
    assert_snapshot!(env.read("limbeck.toml"), @r#"
    [scripts]
    version_locations = ["versions"]

    # The database that the revisions run on. The URL comes from the environment variable
    # DATABASE_URL; without it, from the text after ":-".
    [databases.main]
    url = "${DATABASE_URL:-sqlite:app.db}"
    "#);
    assert_snapshot!(env.run(&["revision", "-m", "create users", "--rev-id", "a1"]), @"
    Generating $PROJ/versions/a1_create_users.sql ...  done
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, create users
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["current"]), @"
    a1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.files(""), ["app.db", "limbeck.toml", "versions/a1_create_users.sql"]);
}

#[test]
fn two_databases() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.run(&["-c", "conf/limbeck.toml", "init", "--template", "multidb", "db/versions"]), @"
    Creating directory $PROJ/db/versions ...  done
    Generating $PROJ/conf/limbeck.toml ...  done
    Please edit the databases in $PROJ/conf/limbeck.toml before proceeding.
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.files(""), ["conf/limbeck.toml"]);
    let limbeck = |arguments: &[&str]| env.run(&[&["-c", "conf/limbeck.toml"], arguments].concat());
    limbeck(&[
        "revision",
        "-m",
        "one",
        "--rev-id",
        "a1",
        "--head",
        "base",
        "--branch-label",
        "engine1",
    ])
    .ok();
    limbeck(&[
        "revision",
        "-m",
        "two",
        "--rev-id",
        "b1",
        "--head",
        "base",
        "--branch-label",
        "engine2",
    ])
    .ok();
    assert_snapshot!(limbeck(&["upgrade"]), @"
    ------- stderr -------
    [engine1]
    Running upgrade  -> a1, one
    [engine2]
    Running upgrade  -> b1, two
    engine1: 1 revision applied, at a1
    engine2: 1 revision applied, at b1
    [exit status: 0]
    ");
    assert_snapshot!(limbeck(&["current"]), @"
    [engine1]
    a1 (head)
    [engine2]
    b1 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(
        env.files(""),
        [
            "conf/engine1.db",
            "conf/engine2.db",
            "conf/limbeck.toml",
            "db/versions/a1_one.sql",
            "db/versions/b1_two.sql"
        ]
    );
}

#[test]
fn quietly_and_beside_what_is_there() {
    let env = project().file("readme.txt", "mine\n").build();
    let before = env.read("limbeck.toml");
    assert_snapshot!(env.run(&["--quiet", "init", "."]), @"
    ------- stderr -------
    error: Directory . already exists and is not empty
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["--quiet", "init", "migrations"]), @"
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.read("limbeck.toml"), before);
    assert!(env.path("migrations").is_dir());
}

#[test]
fn templates_are_listed() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.run(&["list_templates"]), @"
    Available templates:

    generic - Generic single-database configuration.
    multidb - Rudimentary multi-database configuration.

    Templates are used via the 'init' command, e.g.:

      limbeck init --template generic ./versions
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.run(&["list-templates"]).ok(), env.run(&["list_templates"]).ok());
}

#[test]
fn completions_for_every_shell() {
    let env = TestEnvironment::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = env.run(&["completions", shell]).ok();
        assert!(script.contains("ensure_version"), "{shell}");
        assert!(script.ends_with('\n') && !script.ends_with("\n\n"), "{shell}");
    }
    let script = env.run(&["completions", "bash"]).ok();
    env.write("limbeck.bash", format!("{script}\ncomplete -p limbeck\n"));
    let mut bash = env.program("/bin/bash");
    bash.arg(env.path("limbeck.bash"));
    assert_snapshot!(env.finish(bash), @"
    complete -o bashdefault -o default -o nosort -F _limbeck limbeck
    ------- stderr -------
    [exit status: 0]
    ");
}
