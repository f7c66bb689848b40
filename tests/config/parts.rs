//! Databases by parts, and secrets in files.

use insta::assert_snapshot;

use crate::support::{Output, project, query, revision};

/// What `limbeck current` says of a database with these keys.
fn current(keys: &str) -> Output {
    let env = project()
        .config(format!("[databases.app]\n{keys}"))
        .file("secrets/url", "postgresql://me:hush-hush@h/app\n")
        .file("secrets/password", "hush-hush\n")
        .file("secrets/empty", "\n")
        .file("secrets/bytes", "")
        .revision(revision("a1", &[]))
        .build();
    env.write("secrets/bytes", b"hush\xff");
    let output = env.run(&["current"]);
    assert_ne!(output.code(), Some(0), "{output}");
    output
}

#[test]
fn there_is_one_way_to_say_where_a_database_is() {
    assert_snapshot!(current("url = \"sqlite:a.db\"\nhost = \"h\"\nname = \"x\"\n"), @r#"
    ------- stderr -------
    error: database `app` has both `url` and `host`: write one of them
      --> limbeck.toml:3:8
       |  host = "h"
       |         ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("password = \"hush-hush\"\nurl = \"sqlite:a.db\"\n"), @r#"
    ------- stderr -------
    error: database `app` has both `password` and `url`: write one of them
      --> limbeck.toml:3:7
       |  url = "sqlite:a.db"
       |        ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("url = \"sqlite:a.db\"\nurl_file = \"secrets/url\"\n"), @"
    ------- stderr -------
    error: database `app` has both `url` and `url_file`: write one of them
      --> limbeck.toml:3:12
    [exit status: 78]
    ");
    assert_snapshot!(current(
        "dialect = \"mysql\"\nname = \"x\"\npassword = \"hush-hush\"\npassword_file = \"secrets/password\"\n"
    ), @"
    ------- stderr -------
    error: database `app` has both `password` and `password_file`: write one of them
      --> limbeck.toml:5:17
    [exit status: 78]
    ");
    assert_snapshot!(current(
        "dialect = \"mysql\"\nname = \"x\"\nparameters = { user = \"x\" }\n"
    ), @r#"
    ------- stderr -------
    error: database `app`: `user` is no parameter, but the key `user`
      --> limbeck.toml:4:16
       |  parameters = { user = "x" }
       |                 ^
    [exit status: 78]
    "#);
}

#[test]
fn parts_that_lack_something() {
    assert_snapshot!(current("host = \"h\"\nname = \"x\"\n"), @r#"
    ------- stderr -------
    error: database `app` has no `dialect`
      --> limbeck.toml:2:8
       |  host = "h"
       |         ^
    hint: write `dialect = "postgresql"`, "mysql" or "sqlite"
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"postgresql\"\nhost = \"h\"\n"), @r#"
    ------- stderr -------
    error: database `app` has no `name`
      --> limbeck.toml:2:11
       |  dialect = "postgresql"
       |            ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"oracle\"\nname = \"x\"\n"), @r#"
    ------- stderr -------
    error: `dialect` of database `app` must be postgresql, mysql or sqlite
      --> limbeck.toml:2:11
       |  dialect = "oracle"
       |            ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"sqlite\"\nname = \"x.db\"\nuser = \"me\"\n"), @r#"
    ------- stderr -------
    error: database `app` is a SQLite file and has no `user`
      --> limbeck.toml:4:8
       |  user = "me"
       |         ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"sqlite\"\nname = \"\"\n"), @r#"
    ------- stderr -------
    error: database `app` has no `name`
      --> limbeck.toml:3:8
       |  name = ""
       |         ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\nport = 65536\n"), @"
    ------- stderr -------
    error: `port` of database `app` must be a number from 1 to 65535
      --> limbeck.toml:4:8
       |  port = 65536
       |         ^
    [exit status: 78]
    ");
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\nport = \"http\"\n"), @r#"
    ------- stderr -------
    error: `port` of database `app` must be a number from 1 to 65535
      --> limbeck.toml:4:8
       |  port = "http"
       |         ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\nport = 1.5\n"), @"
    ------- stderr -------
    error: invalid type: expected a string or a number
      --> limbeck.toml:4:8
       |  port = 1.5
       |         ^
    [exit status: 78]
    ");
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\npassword = 1234567\n"), @"
    ------- stderr -------
    error: invalid type: integer, expected a string
      --> limbeck.toml:4:12
    [exit status: 78]
    ");
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"a\\u0000b\"\n"), @r#"
    ------- stderr -------
    error: database `app`: the name holds a NUL character, which no URL can hold
      --> limbeck.toml:2:11
       |  dialect = "mysql"
       |            ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\npasswort = \"hush-hush\"\n"), @"
    ------- stderr -------
    error: unknown key `passwort`
      --> limbeck.toml:4:1
    hint: did you mean `password`?
    [exit status: 78]
    ");
    assert_snapshot!(current("dialect = \"mysql\"\nname = \"x\"\npw = \"hush-hush\"\n"), @r#"
    ------- stderr -------
    error: unknown key `pw`
      --> limbeck.toml:4:1
       |  pw = "…"
       |  ^
    hint: did you mean `password`?
    [exit status: 78]
    "#);
}

#[test]
fn files_of_secrets_that_are_of_no_use() {
    assert_snapshot!(current("url_file = \"gone\"\n"), @r#"
    ------- stderr -------
    error: `url_file` of database `app`: $PROJ/gone cannot be read: No such file or directory (os error 2)
      --> limbeck.toml:2:12
       |  url_file = "gone"
       |             ^
    [exit status: 78]
    "#);
    assert_snapshot!(current("url_file = \"secrets\"\n"), @"
    ------- stderr -------
    error: `url_file` of database `app`: $PROJ/secrets cannot be read: Is a directory (os error 21)
      --> limbeck.toml:2:12
    [exit status: 78]
    ");
    assert_snapshot!(current("url_file = \"secrets/password\"\n"), @"
    ------- stderr -------
    error: the URL of database `app`: the database URL has no scheme (sqlite:, postgresql:// or mysql://), and a bare path must end in .db, .sqlite or .sqlite3
      --> limbeck.toml:2:12
    [exit status: 78]
    ");
    assert_snapshot!(current("url_file = \"${SECRETS}/url\"\n"), @"
    ------- stderr -------
    error: no value for ${SECRETS}
      --> limbeck.toml:2:12
    hint: set it in the environment, or write a default: ${NAME:-value}
    [exit status: 78]
    ");
    let parts = "dialect = \"mysql\"\nname = \"x\"\n";
    assert_snapshot!(current(&format!("{parts}password_file = \"secrets/empty\"\n")), @"
    ------- stderr -------
    error: `password_file` of database `app`: $PROJ/secrets/empty is empty
      --> limbeck.toml:4:17
    [exit status: 78]
    ");
    assert_snapshot!(current(&format!("{parts}password_file = \"secrets/bytes\"\n")), @"
    ------- stderr -------
    error: `password_file` of database `app`: $PROJ/secrets/bytes is not in UTF-8
      --> limbeck.toml:4:17
    [exit status: 78]
    ");
}

#[test]
fn a_file_by_parts() {
    let mut env = project()
        .config("[databases.app]\ndialect = \"sqlite\"\nname = \"data/${NAME}?x#y.db\"\n")
        .revision(revision("a1", &[]))
        .build();
    env.set("NAME", "a%20b");
    std::fs::create_dir(env.path("data")).unwrap();
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    assert_eq!(env.files("data"), ["a%20b?x#y.db"]);
    env.write("limbeck.toml", "[databases.app]\nurl_file = \"${DIR:-secrets}/url\"\n");
    env.write("secrets/url", "sqlite:data/b.db\r\n");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    [exit status: 0]
    ");
    // The path is relative to the configuration, not to the file that holds it.
    assert_eq!(query(&env, "sqlite:data/b.db", "SELECT * FROM alembic_version"), "a1\n");
}
