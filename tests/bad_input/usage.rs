//! Command lines that are wrong: exit code 64, and nothing is done.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

fn two_databases() -> TestEnvironment {
    project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n\
             [databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"two\"]\n",
        )
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("b1", &[]).label("two"))
        .revision(revision("c1", &[]).label("three"))
        .build()
}

#[test]
fn a_wrong_command_line_is_told_as_json_too() {
    let env = project().build();
    assert_snapshot!(env.run(&["upgrade", "--json", "--bogus"]), @r#"
    {
      "errors": [
        {
          "database": null,
          "message": "unexpected argument '--bogus' found",
          "details": [
            "Usage: limbeck upgrade --json [REVISION]"
          ],
          "hints": [
            "to pass '--bogus' as a value, use '-- --bogus'"
          ],
          "exit_code": 64
        }
      ]
    }
    ------- stderr -------
    error: unexpected argument '--bogus' found

      tip: to pass '--bogus' as a value, use '-- --bogus'

    Usage: limbeck upgrade --json [REVISION]

    For more information, try '--help'.
    [exit status: 64]
    "#);
    assert_snapshot!(env.run(&["--alembic-exit-codes", "downgrade", "--json"]), @r#"
    {
      "errors": [
        {
          "database": null,
          "message": "the following required arguments were not provided: <REVISION>",
          "details": [
            "Usage: limbeck downgrade --json <REVISION>"
          ],
          "hints": [],
          "exit_code": 64
        }
      ]
    }
    ------- stderr -------
    error: the following required arguments were not provided:
      <REVISION>

    Usage: limbeck downgrade --json <REVISION>

    For more information, try '--help'.
    [exit status: 2]
    "#);
    for words in [&["--json", "upgarde"][..], &["db", "--json"], &["plan", "--bogus", "--json"]] {
        let output = env.run(words);
        assert_eq!(output.code(), Some(64), "{output}");
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(json["errors"][0]["exit_code"], 64, "{output}");
        assert!(!output.stderr.is_empty());
    }
    // No option: a value, and a target.
    for words in [&["merge", "-m", "--json", "--bogus"][..], &["show", "--bogus", "--", "--json"]] {
        let output = env.run(words);
        assert_eq!((output.code(), output.stdout.as_str()), (Some(64), ""), "{output}");
    }
    for words in [&["upgrade", "--json", "--help"][..], &["--json", "--version"]] {
        let output = env.run(words);
        assert_eq!(output.code(), Some(0), "{output}");
        assert!(!output.stdout.starts_with('{'), "{output}");
    }
}

#[test]
fn commands_and_flags_that_do_not_exist() {
    let env = project().build();
    let nothing = env.run(&[]);
    assert_eq!(nothing.code(), Some(64));
    assert!(nothing.stderr.contains("Usage: limbeck [OPTIONS] <COMMAND>"), "{nothing}");
    assert_snapshot!(env.run(&["upgarde"]), @"
    ------- stderr -------
    error: unrecognized subcommand 'upgarde'

      tip: a similar subcommand exists: 'upgrade'

    Usage: limbeck [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "--forse"]), @"
    ------- stderr -------
    error: unexpected argument '--forse' found

      tip: to pass '--forse' as a value, use '-- --forse'

    Usage: limbeck upgrade [OPTIONS] [REVISION]

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "--lock-wait", "soon"]), @"
    ------- stderr -------
    error: invalid value 'soon' for '--lock-wait <SECONDS>': invalid digit found in string

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["downgrade", "--script"]), @"
    ------- stderr -------
    error: unexpected argument '--script' found

      tip: to pass '--script' as a value, use '-- --script'

    Usage: limbeck downgrade [OPTIONS] <REVISION>

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "a", "b"]), @"
    ------- stderr -------
    error: unexpected argument 'b' found

    Usage: limbeck upgrade [OPTIONS] [REVISION]

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["downgrade"]), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <REVISION>

    Usage: limbeck downgrade <REVISION>

    For more information, try '--help'.
    [exit status: 64]
    ");
}

#[test]
fn databases_that_do_not_exist() {
    let env = two_databases();
    assert_snapshot!(env.run(&["upgrade", "--database", "tow"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: there is no database `tow` in the configuration
    hint: did you mean `two`?
    hint: there are: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-x", "db=tow", "upgrade"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: there is no database `tow` in the configuration
    hint: did you mean `two`?
    hint: there are: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-x", "data=one", "upgrade"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: -x data=... has no meaning here: only db=NAME is read
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["-x", "nonsense", "upgrade"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: -x nonsense=... has no meaning here: only db=NAME is read
    [exit status: 64]
    ");
    assert_eq!(env.files("").len(), 4);
}

#[test]
fn databases_that_are_not_chosen() {
    let env = two_databases();
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: downgrade with several databases needs one of them named
    hint: add --database with one of: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["downgrade", "base"]), @"
    ------- stderr -------
    error: downgrade with several databases needs one of them named
    hint: add --database with one of: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["stamp", "heads"]), @"
    ------- stderr -------
    error: stamp with several databases needs one of them named
    hint: add --database with one of: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["--url", "sqlite:other.db", "upgrade"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: --url needs exactly one database, but 2 are chosen
    hint: choose with --database one of: one, two
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "three@head"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: no database takes the branch of 'three@head'
    hint: `branches` of a database in the configuration says which branches it takes
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "--database", "two", "one@head"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: 'one@head' is not routed to database two
    hint: it runs on one: give --database one; `limbeck route explain` shows which revision runs where
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["--url", "nonsense", "--database", "one", "upgrade"]), @"
    ------- stderr -------
    warning: no database takes revision c1 (three) (head): its branch is never run
    error: --url: the database URL has no scheme (sqlite:, postgresql:// or mysql://), and a bare path must end in .db, .sqlite or .sqlite3
    [exit status: 64]
    ");
    assert_eq!(env.files("").len(), 4);
}

#[test]
fn revisions_that_cannot_be_made() {
    let env = project()
        .revision(revision("a1", &[]).label("app"))
        .revision(revision("b2", &["a1"]))
        .build();
    assert_snapshot!(env.run(&["revision", "--head", "a1"]), @"
    ------- stderr -------
    error: Revision a1 is not a head revision; please specify --splice to create a new branch from this revision
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a1"]), @"
    ------- stderr -------
    error: Revision a1 is present more than once
      --> versions/a1_x.sql
      --> versions/a1_.sql
    hint: give one of them another `revision`, and correct what refers to it
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a@b"]), @"
    ------- stderr -------
    error: Character(s) '@' not allowed in revision identifier 'a@b'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["revision", "--rev-id", "a/b"]), @"
    ------- stderr -------
    error: cannot name a revision file in $PROJ/versions
      the revision identifier 'a/b' holds '/'
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["revision", "--rev-id", "head"]), @"
    ------- stderr -------
    error: 'head' is a reserved word and cannot be a revision identifier
    [exit status: 64]
    ");
    let line = ["revision", "--rev-id", "c3", "--head", "base", "--branch-label", "app"];
    assert_snapshot!(env.run(&line), @"
    ------- stderr -------
    error: Branch name 'app' in revision c3 already used by revision a1
      --> versions/a1_x.sql
      --> versions/c3_.sql
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["revision", "--branch-label", "x@y"]), @"
    ------- stderr -------
    error: Character(s) '@' not allowed in branch label 'x@y'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["revision", "--depends-on", "nobody"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nobody'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["revision", "--version-path", "elsewhere"]), @"
    ------- stderr -------
    error: Path elsewhere is not represented in current version locations
      versions
    hint: add it to `version_locations`
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["merge", "b2", "b2"]), @"
    ------- stderr -------
    error: Duplicate head revisions specified
    [exit status: 64]
    ");
    assert_eq!(env.files("versions"), ["a1_x.sql", "b2_x.sql"]);
}

#[test]
fn other_words_that_do_not_exist() {
    let env = project().build();
    assert_snapshot!(env.run(&["init", "--template", "async", "elsewhere"]), @"
    ------- stderr -------
    error: No such template async
    hint: `limbeck list_templates` lists them
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["completions", "tcsh"]), @"
    ------- stderr -------
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["edit", "head"]), @"
    ------- stderr -------
    error: No revision files indicated by symbol 'head'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["edit", "current"]), @"
    ------- stderr -------
    error: No current revisions
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["import", "flyway"]), @"
    ------- stderr -------
    error: unrecognized subcommand 'flyway'

    Usage: limbeck import [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit status: 64]
    ");
    assert_eq!(env.files(""), ["limbeck.toml"]);
}
