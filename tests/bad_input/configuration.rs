//! What can be wrong with the configuration: exit code 78, with the place in the file.

use insta::assert_snapshot;

use crate::support::{project, revision};

/// What `limbeck current` says with this configuration.
fn with_config(toml: &str) -> crate::support::Output {
    let env = project().config(toml).revision(revision("a1", &[])).build();
    let output = env.run(&["current"]);
    assert_eq!(env.files(""), ["limbeck.toml", "versions/a1_x.sql"]);
    output
}

#[test]
fn there_is_none() {
    let env = project().build();
    std::fs::remove_file(env.path("limbeck.toml")).unwrap();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: no configuration: there is no limbeck.toml and no alembic.ini here
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
    env.write("alembic.ini", "[alembic]\n");
    assert_snapshot!(env.run(&["-c", "alembic.ini", "upgrade"]), @"
    ------- stderr -------
    error: No 'script_location' key found in configuration.
      --> alembic.ini
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["-c", "elsewhere/other.toml", "upgrade"]), @"
    ------- stderr -------
    error: no configuration: elsewhere/other.toml does not exist
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
    assert_eq!(env.files(""), ["alembic.ini"]);
}

#[test]
fn it_cannot_be_read() {
    let env = project().build();
    std::fs::remove_file(env.path("limbeck.toml")).unwrap();
    std::fs::create_dir(env.path("limbeck.toml")).unwrap();
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: cannot read the configuration: Is a directory (os error 21)
      --> limbeck.toml
    [exit status: 78]
    ");
    env.write("bytes.toml", b"[scripts]\n# \xff\n");
    assert_snapshot!(env.run(&["-c", "bytes.toml", "heads"]), @"
    ------- stderr -------
    error: cannot read the configuration: it is not in UTF-8
      --> bytes.toml
    [exit status: 78]
    ");
}

#[test]
fn it_is_no_toml() {
    assert_snapshot!(with_config("[databases.app]\nurl = \"sqlite:app.db\n"), @r#"
    ------- stderr -------
    error: invalid basic string, expected `"`
      --> limbeck.toml:2:21
       |  url = "sqlite:app.db
       |                      ^
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[databases.app]\nurl = 5\n"), @"
    ------- stderr -------
    error: invalid type: integer, expected a string
      --> limbeck.toml:2:7
       |  url = 5
       |        ^
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[databases.app]\nbranches = [\"a\"]\n"), @"
    ------- stderr -------
    error: database `app` has no `url`
      --> limbeck.toml:1:12
       |  [databases.app]
       |             ^
    hint: write a `url`, a `url_file`, or `dialect`, `host`, `name` and so on
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[scripts]\ntransaction_mode = \"all\"\n"), @r#"
    ------- stderr -------
    error: unknown variant `all`, expected one of `revision`, `run`, `alembic`
      --> limbeck.toml:2:20
       |  transaction_mode = "all"
       |                     ^
    [exit status: 78]
    "#);
}

#[test]
fn unknown_keys_are_named_with_the_nearest() {
    assert_snapshot!(with_config("[databases.app]\nurl = \"sqlite:app.db\"\nbranch = [\"a\"]\n"), @r#"
    ------- stderr -------
    error: unknown key `branch`
      --> limbeck.toml:3:1
       |  branch = ["…"]
       |  ^
    hint: did you mean `branches`?
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[scripts]\nversion_location = [\"versions\"]\n"), @r#"
    ------- stderr -------
    error: unknown key `version_location`
      --> limbeck.toml:2:1
       |  version_location = ["…"]
       |  ^
    hint: did you mean `version_locations`?
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[database.app]\nurl = \"sqlite:app.db\"\n"), @"
    ------- stderr -------
    error: unknown key `database`
      --> limbeck.toml:1:2
       |  [database.app]
       |   ^
    hint: did you mean `databases`?
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[scripts]\nxyzzy = 1\n"), @"
    ------- stderr -------
    error: unknown key `xyzzy`
      --> limbeck.toml:2:1
       |  xyzzy = 1
       |  ^
    [exit status: 78]
    ");
}

#[test]
fn variables_without_value() {
    assert_snapshot!(with_config("[databases.app]\nurl = \"${APP_URL}\"\n[databases.b]\nurl = \"${B}\"\n"), @r#"
    ------- stderr -------
    error: no value for ${APP_URL}, ${B}
      --> limbeck.toml:2:7
       |  url = "${APP_URL}"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[databases.app]\nurl = \"${APP_URL\"\n"), @"
    ------- stderr -------
    error: `${` without `}` in the value of `url`
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
}

#[test]
fn variables_of_version_locations() {
    let locations =
        "[scripts]\nversion_locations = [\n  \"versions\",\n  \"${A}/${B}\",\n  \"${C}${A}\",\n]\n";
    assert_snapshot!(with_config(locations), @r#"
    ------- stderr -------
    error: no value for ${A}, ${B}, ${C}
      --> limbeck.toml:4:3
       |    "${A}/${B}",
       |    ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[scripts]\nversion_locations = [\"versions\", \"${A\"]\n"), @"
    ------- stderr -------
    error: `${` without `}` in the value of `version_locations`
      --> limbeck.toml:2:34
    [exit status: 78]
    ");
}

#[test]
fn variables_that_only_other_databases_lack() {
    let mut env = project()
        .config(
            "[databases.main]\nurl = \"sqlite:app.db\"\nbranches = [\"main\"]\n\
             [databases.b]\nurl = \"${HOST}/${NAME}.db\"\nbranches = [\"b\"]\n\
             [databases.c]\nurl = \"${NAME}/${HOST}/${C}.db\"\nbranches = [\"c\"]\n",
        )
        .revision(revision("a1", &[]).label("main"))
        .revision(revision("b1", &[]).label("b"))
        .revision(revision("c1", &[]).label("c"))
        .build();
    // No database is opened.
    assert_snapshot!(env.run(&["heads"]), @"
    a1 (main) (head)
    b1 (b) (head)
    c1 (c) (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["history", "-d", "b"]), @"
    <base> -> b1 (b) (head), rev b1
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["revision", "--head", "b@head", "--rev-id", "b2"]), @"
    Generating $PROJ/versions/b2_.sql ...  done
    ------- stderr -------
    it runs on database b
    [exit status: 0]
    ");
    // Only others are.
    assert_snapshot!(env.run(&["upgrade", "--database", "main"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    not touched: b, c
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["upgrade", "main@head"]), @"
    ------- stderr -------
    nothing to do (at a1)
    not touched: b, c
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["--url", "sqlite:b.db", "-d", "b", "upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> b1, rev b1
    Running upgrade b1 -> b2
    [exit status: 0]
    ");
    // Which database is meant comes before where it is.
    assert_snapshot!(env.run(&["downgrade", "-1"]), @"
    ------- stderr -------
    error: downgrade with several databases needs one of them named
    hint: add --database with one of: main, b, c
    [exit status: 64]
    ");
    // Each is named once, for the chosen databases only.
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    error: no value for ${HOST}, ${NAME}, ${C}
      --> limbeck.toml:5:7
       |  url = "${HOST}/${NAME}.db"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    assert_snapshot!(env.run(&["current", "-d", "main", "-d", "c"]), @r#"
    ------- stderr -------
    error: no value for ${NAME}, ${HOST}, ${C}
      --> limbeck.toml:8:7
       |  url = "${NAME}/${HOST}/${C}.db"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    assert_snapshot!(env.run(&["stamp", "b@head"]), @r#"
    ------- stderr -------
    error: no value for ${HOST}, ${NAME}
      --> limbeck.toml:5:7
       |  url = "${HOST}/${NAME}.db"
       |        ^
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    "#);
    env.set("HOST", ".");
    env.set("NAME", "b");
    assert_snapshot!(env.run(&["current", "-d", "b"]), @"
    b2 (head)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(env.run(&["upgrade"]).status.code(), Some(78));
}

#[test]
fn urls_that_are_none() {
    let url = |url: &str| with_config(&format!("[databases.app]\nurl = \"{url}\"\n"));
    assert_snapshot!(url(""), @"
    ------- stderr -------
    error: the URL of database `app`: the database URL is empty
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("oracle://scott:hush-hush@host/app"), @"
    ------- stderr -------
    error: the URL of database `app`: the database URL scheme 'oracle' is not known; use sqlite, postgresql or mysql
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("postgres:app"), @"
    ------- stderr -------
    error: the URL of database `app`: a postgresql URL begins with postgresql://
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("app"), @"
    ------- stderr -------
    error: the URL of database `app`: the database URL has no scheme (sqlite:, postgresql:// or mysql://), and a bare path must end in .db, .sqlite or .sqlite3
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("postgres://me:hush-hush@x@host/app"), @"
    ------- stderr -------
    error: the URL of database `app`: the host or port in the database URL cannot be read; '@', '/', ':', '?' and '#' in a user name or password must be percent-encoded
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("postgres://me:hush-hush%zz@host/app"), @"
    ------- stderr -------
    error: the URL of database `app`: the password in the database URL is not correctly percent-encoded (write '%' as %25)
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("host=localhost dbname=app password=hush-hush"), @"
    ------- stderr -------
    error: the URL of database `app`: a libpq connection string (key=value ...) is not accepted; write it as postgresql://user@host:port/database?key=value
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
    assert_snapshot!(url("sqlite:app.db?mode=ro"), @"
    ------- stderr -------
    error: the URL of database `app`: the SQLite URL parameter 'mode' is not supported
      --> limbeck.toml:2:7
    [exit status: 78]
    ");
}

#[test]
fn passwords_are_not_shown_with_the_line() {
    // `env.run` fails where the password is printed.
    assert_snapshot!(with_config("[databases]\napp = \"postgres://me:hush-hush@h/app\"\n"), @r#"
    ------- stderr -------
    error: invalid type: string "...", expected a table with a `url`
      --> limbeck.toml:2:7
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[databases.app]\nurls = \"postgres://me:hush-hush@h/app\"\n"), @"
    ------- stderr -------
    error: unknown key `urls`
      --> limbeck.toml:2:1
    hint: did you mean `url`?
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[databases.app]\nurl = \"postgres://me:hush-hush@h/app\n"), @r#"
    ------- stderr -------
    error: invalid basic string, expected `"`
      --> limbeck.toml:2:37
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[databases.app]\nurl = \"postgres://me:hush-hush@${HOST}/app\"\n"), @"
    ------- stderr -------
    error: no value for ${HOST}
      --> limbeck.toml:2:7
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    ");
}

#[test]
fn names_that_are_none() {
    assert_snapshot!(with_config("[databases.\"a b\"]\nurl = \"sqlite:app.db\"\n"), @r#"
    ------- stderr -------
    error: `a b` cannot be the name of a database: use letters, digits, '_' and '-'
      --> limbeck.toml:1:12
       |  [databases."a b"]
       |             ^
    [exit status: 78]
    "#);
    assert_snapshot!(with_config("[databases.app]\nurl = \"sqlite:app.db\"\nbranches = [\"a\", \"a@b\"]\n"), @"
    ------- stderr -------
    error: database `app`: Character(s) '@' not allowed in branch label 'a@b'
      --> limbeck.toml:3:18
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[scripts]\ndiesel_label = \"a@b\"\n"), @"
    ------- stderr -------
    error: `diesel_label`: Character(s) '@' not allowed in branch label 'a@b'
      --> limbeck.toml:2:16
    [exit status: 78]
    ");
    let env = project()
        .config("[databases.app]\nurl = \"sqlite:app.db\"\nbranches = [\"postgers\"]\n")
        .revision(revision("a1", &[]).label("postgres"))
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database `app` takes branch 'postgers', but no revision has that label
    hint: did you mean 'postgres'?
    [exit status: 78]
    ");
    assert_snapshot!(with_config("[scripts]\n"), @"
    ------- stderr -------
    error: the configuration names no database
    hint: add `[databases.main]` with a `url`, or give --url
    [exit status: 78]
    ");
}
