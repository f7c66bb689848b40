//! The binary under the name `alembic`: how it ends, and where it says why.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::project::{INI, alembic_project, revision, with_body, with_header};
use super::worker::Worker;
use crate::support::{Output, TestEnvironment};

/// A project with two heads, and the binary on its `PATH` as `alembic`.
fn two_heads() -> TestEnvironment {
    let env = alembic_project();
    env.write("migrations/versions/c3_x.py", revision("c3", "'a1'"));
    let label = "down_revision = None\nbranch_labels = ('shop',)\n";
    env.write("migrations/versions/s1_x.py", with_header("s1", label, "pass", "pass"));
    symlink(env!("CARGO_BIN_EXE_limbeck"), env.bin().join("alembic")).unwrap();
    env
}

fn alembic(env: &TestEnvironment, arguments: &[&str]) -> Output {
    let mut command = env.program(env.bin().join("alembic"));
    command.args(arguments);
    env.finish(command)
}

/// Refusals are as real Alembic's: the exit code and standard output.
#[test]
fn every_refusal_is_alembics() {
    let env = two_heads();
    env.write("migrations/versions/merged_x.py", revision("merged", "('b2', 'c3')"));
    let mut real = Worker::start(&env);
    real.ok(&["upgrade", "merged"]);
    for line in [
        "revision -m x",
        "upgrade head",
        "stamp head",
        "upgrade nosuch",
        "upgrade nosuch@head",
        "upgrade shop@merged",
        "upgrade +9",
        "downgrade -9",
        "downgrade -1",
        "downgrade s1",
        "revision --head a1",
        "merge a1 b2",
        "init migrations",
        "downgrade base --sql",
        "upgrade a1:b2",
        "history -r abc",
        "history -r merged:a1",
        "show nosuch",
        "current --check-heads",
        "revision --sql -m x",
        "merge nosuch",
        "revision --rev-id a-1",
        "revision --head base --version-path nowhere",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let theirs = real.run(&arguments);
        let ours = alembic(&env, &arguments);
        let root = env.path("").display().to_string();
        let said = theirs.said.replace(root.trim_end_matches('/'), "$PROJ");
        assert_eq!((ours.code(), ours.stdout.clone()), (Some(theirs.code), said), "{line}\n{ours}");
    }
}

#[test]
fn a_database_that_fails_ends_with_one() {
    let env = two_heads();
    env.write("alembic.ini", INI.replace("sqlite:///app.db", "postgresql://u:p@127.0.0.1:1/x"));
    assert_snapshot!(alembic(&env, &["current"]), @"
    FAILED: database main: u@127.0.0.1:1/x: connection refused
    ------- stderr -------
    hint: is the server running, and does it listen there? Host and port are from `url` (alembic.ini [alembic] sqlalchemy.url)
    [exit status: 1]
    ");
    env.write("alembic.ini", INI.replace("app.db", "no/such/app.db"));
    assert_snapshot!(alembic(&env, &["upgrade", "heads"]), @"
    FAILED: database main: the database file no/such/app.db cannot be created: there is no directory no/such
    ------- stderr -------
    hint: make the directory, or set the path right, in `url` (alembic.ini [alembic] sqlalchemy.url)
    [exit status: 1]
    ");
    env.write("alembic.ini", INI);
    env.write("limbeck.toml", "[scripts]\npython = \"never\"\n");
    env.write(
        "migrations/versions/d4_x.py",
        with_body("d4", "'c3'", "import application; application.up()", "pass"),
    );
    assert_snapshot!(alembic(&env, &["upgrade", "heads"]), @"
    FAILED: database main: the plan has a revision that only Python runs
    ------- stderr -------
      --> migrations/versions/d4_x.py:10:25
       |  revision d4: the module 'application'
    hint: --python auto lets the project's own Python and Alembic run them
    hint: or write what they do as SQL revisions
    [exit status: 255]
    ");
    env.write("migrations/versions/d4_x.py", "revision = 'd4'\ndown_revision = (\n");
    assert_snapshot!(alembic(&env, &["upgrade", "heads"]), @"
    FAILED: unexpected EOF while parsing (line 3, column 1)
    ------- stderr -------
      --> migrations/versions/d4_x.py:3:1
       |  
       |  ^
    [exit status: 255]
    ");
}

#[test]
fn usage_ends_with_two() {
    let env = two_heads();
    let mut real = Worker::start(&env);
    for arguments in [
        &[][..],
        &["nosuch"],
        &["upgrade"],
        &["upgrade", "a1", "b2"],
        &["downgrade", "--nosuch", "a1"],
        &["-c"],
        &["stamp"],
    ] {
        let theirs = real.run(arguments);
        let ours = alembic(&env, arguments);
        assert_eq!((ours.code(), theirs.code), (Some(2), 2), "{arguments:?}\n{ours}");
        assert_eq!(ours.stdout, "", "{arguments:?}");
    }
    assert_snapshot!(alembic(&env, &[]), @"
    ------- stderr -------
    Branched schema migrations for many databases

    Usage: alembic [OPTIONS] <COMMAND>

    Commands:
      apply           Run exactly the plan that `limbeck plan -o` has written
      branches        Show the branch points of the revision files
      compat          Say what of an Alembic project limbeck follows, and what it does not
      completions     Print a completion script for a shell
      config          Say what the configuration comes to, and what is wrong with it
      convert         Write Python revisions down as SQL revisions with the same ids
      current         Show the current revisions of each database
      db              Create, drop, look at and back up databases, and run SQL on them
      downgrade       Revert to an earlier version
      edit            Open revision files in $EDITOR
      ensure_version  Create the version table where it is missing
      fleet           Bring many databases and tenants on from many machines
      heads           Show the heads of the revision files
      health          Look whether every database is there, complete and at its heads; changes nothing
      history         List revisions, newest first
      import          Take over the history of another tool
      init            Set a project up: a configuration file and a directory for revisions
      journal         Show what was done to the databases: when, by whom, from which file
      lint            Look for mistakes in revision files and routes; no database is opened
      list_templates  List the templates of init
      merge           Merge revisions together, in a new revision file
      plan            Show what an upgrade or a downgrade would do, and change nothing
      repeat          Run the repeatable scripts that have changed
      revision        Create a new revision file
      route           Show which revision runs on which database
      serve-health    Serve health over HTTP: /livez, /readyz and /metrics for Prometheus
      show            Show the revisions that a target names
      stamp           Set the version table to the given revisions, and run nothing
      status          Show how far every database is, in one table
      tenants         List, create, clone, drop and check the tenants of databases
      upgrade         Upgrade to a later version
      verify          Run revisions up, down and up again on a scratch database, and compare its schema
      wait            Wait until every database exists and accepts connections
      help            Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
      -c, --config <FILE>       Read the configuration from FILE: a limbeck.toml, an alembic.ini or a
                                pyproject.toml, at most one of each [default: those of the current
                                directory] [env: LIMBECK_CONFIG]
      -n, --name <NAME>         Read this section of the ini file [default: alembic]
      -d, --database <NAME>     Work on this database only; `*` stands for any letters, `?` for one
                                (repeatable)
          --shared              Leave tenants alone: work on shared schemas, and databases without
                                tenants, only
          --tenants             Work on tenants only: on all of them
          --tenant <NAME>       Work on this tenant only; `*` stands for any letters, `?` for one
                                (repeatable)
          --env-file <FILE>     Take variables that the environment has not from FILE, written as a .env
                                file (repeatable; the last one wins) [default: .env beside limbeck.toml]
                                [env: LIMBECK_ENV_FILE]
          --url <URL>           Work on the database at URL instead of the configured one [env:
                                LIMBECK_URL]
          --host <HOST>         Reach the chosen databases at HOST instead of the configured one [env:
                                LIMBECK_HOST]
          --port <PORT>         Reach the chosen databases at PORT instead of the configured one [env:
                                LIMBECK_PORT]
      -x <KEY=VALUE>            `db=NAME` works on that database only, as --database; in an Alembic
                                project other arguments may be meant for its env.py (repeatable)
          --log-sql             Show each statement that a database is sent, with its time, on standard
                                error [env: LIMBECK_LOG_SQL]
          --ignore-routes       Let the one database that --database names take every branch and
                                revision, whatever its routes say: for repairs
          --json                Print the result as JSON
      -q, --quiet               Leave out status lines
          --alembic-exit-codes  Exit as Alembic does: 255 where it refuses, 1 where it crashes, 2 for a
                                wrong command line
    [exit status: 2]
    ");
}

#[test]
fn abbreviations_versions_and_quiet() {
    let env = two_heads();
    assert_snapshot!(alembic(&env, &["--version"]), @"
    alembic 1.20.1 (limbeck 0.1.0)
    ------- stderr -------
    [exit status: 0]
    ");
    for (short, whole) in [
        (&["heads", "--verb"][..], &["heads", "--verbose"][..]),
        (&["heads", "--res"], &["heads", "--resolve-dependencies"]),
        (
            &["history", "--rev", "a1:b2", "--ind"],
            &["history", "--rev-range", "a1:b2", "--indicate-current"],
        ),
        (&["--conf", "alembic.ini", "heads"], &["heads"]),
        (&["--raise", "heads"], &["--raiseerr", "heads"]),
    ] {
        assert_eq!(alembic(&env, short).ok(), alembic(&env, whole).ok(), "{short:?}");
    }
    assert_snapshot!(alembic(&env, &["-q", "upgrade", "head"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are b2, c3, s1 (shop)
      in database main
    hint: use 'b2@head', 'c3@head', 'shop@head' or 'heads', or join them: limbeck merge b2@head c3@head shop@head -m MESSAGE
    [exit status: 255]
    ");
    assert_snapshot!(alembic(&env, &["--raiseerr", "upgrade", "head"]), @"
    FAILED: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
    ------- stderr -------
      the heads are b2, c3, s1 (shop)
      in database main
    hint: use 'b2@head', 'c3@head', 'shop@head' or 'heads', or join them: limbeck merge b2@head c3@head shop@head -m MESSAGE
    [exit status: 255]
    ");
    // Under its own name it takes no abbreviations.
    assert_eq!(env.run(&["heads", "--verb"]).code(), Some(64));
}

#[test]
fn alembics_codes_under_our_own_name() {
    let env = two_heads();
    assert_snapshot!(env.run(&["--alembic-exit-codes", "upgrade", "head"]), @"
    ------- stderr -------
    error: Multiple head revisions are present for given argument 'head'; please specify a specific target revision, '<branchname>@head' to narrow to a specific head, or 'heads' for all heads
      the heads are b2, c3, s1 (shop)
      in database main
    hint: use 'b2@head', 'c3@head', 'shop@head' or 'heads', or join them: limbeck merge b2@head c3@head shop@head -m MESSAGE
    [exit status: 255]
    ");
    assert_snapshot!(env.run(&["--alembic-exit-codes", "upgrade", "nosuch"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nosuch'
    [exit status: 255]
    ");
    assert_eq!(env.run(&["upgrade", "--alembic-exit-codes", "heads"]).code(), Some(0));
    assert_eq!(env.run(&["--alembic-exit-codes", "current", "--check-heads"]).code(), Some(0));
    env.run(&["downgrade", "shop@base"]).ok();
    assert_eq!(env.run(&["--alembic-exit-codes", "current", "--check-heads"]).code(), Some(255));
    assert_eq!(env.run(&["current", "--check-heads"]).code(), Some(2));
    assert_eq!(env.run(&["--alembic-exit-codes", "nosuch"]).code(), Some(2));
}

#[test]
fn without_a_configuration() {
    let env = TestEnvironment::new();
    symlink(env!("CARGO_BIN_EXE_limbeck"), env.bin().join("alembic")).unwrap();
    assert_snapshot!(alembic(&env, &["upgrade", "head"]), @"
    FAILED: No 'script_location' key found in configuration.
    ------- stderr -------
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 255]
    ");
    assert_snapshot!(alembic(&env, &["-c", "nowhere.ini", "heads"]), @"
    FAILED: No 'script_location' key found in configuration.
    ------- stderr -------
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 255]
    ");
}
