//! `limbeck config check`: everything at once, and no database opened.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

const THREE: &str = r#"
[databases.default]
dialect = "postgresql"
host = "${DB_HOST:-localhost}"
port = "${DB_PORT}"
user = "${DB_USER}"
password_file = "secrets/default"
name = "epsm_db"

[databases.materials]
url = "${MATERIALS_URL:?written in the handbook, chapter 3}"
version_table_schema = "${MATERIALS_SCHEMA}"
branches = ["core"]

[databases.results]
dialect = "mysql"
host = "${RESULTS_HOST}"
name = "${RESULTS_NAME:-epsm_results}"
password = "${RESULTS_PASSWORD}"
branches = ["resluts"]
"#;

fn three() -> TestEnvironment {
    project()
        .config(THREE)
        .revision(revision("a1", &[]).label("core"))
        .revision(revision("r1", &["a1"]).label("results"))
        .build()
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let mut env = three();
    env.set("DB_PORT", "54321x");
    env.write("secrets/other", "hush-hush\n");
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml:5:8: `port` of database `default` must be a number from 1 to 65535
    limbeck.toml:6:8: no value for ${DB_USER}, which `user` of database `default` needs
    limbeck.toml:7:17: `password_file` of database `default`: $PROJ/secrets/default cannot be read: No such file or directory (os error 2)
    limbeck.toml:11:7: no value for ${MATERIALS_URL} (written in the handbook, chapter 3), which `url` of database `materials` needs
    limbeck.toml:12:24: no value for ${MATERIALS_SCHEMA}, which `version_table_schema` of database `materials` needs
    limbeck.toml:17:8: no value for ${RESULTS_HOST}, which `host` of database `results` needs
    limbeck.toml:19:12: no value for ${RESULTS_PASSWORD}, which `password` of database `results` needs
    limbeck.toml:20: database `results` takes branch 'resluts', but no revision has that label
    ------- stderr -------
    8 problems
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["config", "check", "--json"]), @r#"
    {
      "ok": false,
      "databases": 3,
      "revisions": 2,
      "problems": [
        {
          "at": "limbeck.toml:5:8",
          "database": "default",
          "key": "port",
          "message": "`port` of database `default` must be a number from 1 to 65535"
        },
        {
          "at": "limbeck.toml:6:8",
          "database": "default",
          "key": "user",
          "message": "no value for ${DB_USER}, which `user` of database `default` needs"
        },
        {
          "at": "limbeck.toml:7:17",
          "database": "default",
          "key": "password_file",
          "message": "`password_file` of database `default`: $PROJ/secrets/default cannot be read: No such file or directory (os error 2)"
        },
        {
          "at": "limbeck.toml:11:7",
          "database": "materials",
          "key": "url",
          "message": "no value for ${MATERIALS_URL} (written in the handbook, chapter 3), which `url` of database `materials` needs"
        },
        {
          "at": "limbeck.toml:12:24",
          "database": "materials",
          "key": "version_table_schema",
          "message": "no value for ${MATERIALS_SCHEMA}, which `version_table_schema` of database `materials` needs"
        },
        {
          "at": "limbeck.toml:17:8",
          "database": "results",
          "key": "host",
          "message": "no value for ${RESULTS_HOST}, which `host` of database `results` needs"
        },
        {
          "at": "limbeck.toml:19:12",
          "database": "results",
          "key": "password",
          "message": "no value for ${RESULTS_PASSWORD}, which `password` of database `results` needs"
        },
        {
          "at": "limbeck.toml:20",
          "database": "results",
          "key": null,
          "message": "database `results` takes branch 'resluts', but no revision has that label"
        }
      ]
    }
    ------- stderr -------
    8 problems
    [exit status: 78]
    "#);
    // What a chosen database does not need is none of its business.
    assert_snapshot!(env.run(&["config", "check", "-d", "materials", "-q"]), @"
    limbeck.toml:11:7: no value for ${MATERIALS_URL} (written in the handbook, chapter 3), which `url` of database `materials` needs
    limbeck.toml:12:24: no value for ${MATERIALS_SCHEMA}, which `version_table_schema` of database `materials` needs
    limbeck.toml:20: database `results` takes branch 'resluts', but no revision has that label
    ------- stderr -------
    [exit status: 78]
    ");
}

#[test]
fn nothing_is_wrong() {
    let mut env = three();
    env.write("limbeck.toml", THREE.replace("resluts", "results"));
    env.write("secrets/default", "hush-hush\n");
    for (name, value) in [
        ("DB_PORT", "5432"),
        ("DB_USER", "epsm"),
        ("MATERIALS_URL", "postgresql://m:hush-hush@h/materials"),
        ("MATERIALS_SCHEMA", "public"),
        ("RESULTS_HOST", "h"),
        ("RESULTS_PASSWORD", "hush-hush"),
    ] {
        env.set(name, value);
    }
    assert_snapshot!(env.run(&["config", "check"]), @"
    ok: 3 databases, 2 revisions
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["config", "check", "--json"]), @r#"
    {
      "ok": true,
      "databases": 3,
      "revisions": 2,
      "problems": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_eq!(env.run(&["config", "check", "-q"]).ok(), "");
}

#[test]
fn the_file_and_the_revisions_are_checked_too() {
    let env = project()
        .config(
            "[scripts]\nversion_locations = [\"versions\", \"${MORE}\"]\ndiesel_label = \"a@b\"\n\
             [databases.\"a b\"]\nurl = \"a.db\"\n\
             [databases.none]\n\
             [databases.app]\nurl = \"a.db\"\nbranches = [\"x@y\", \"ok\"]\nversion_num_length = 7\n",
        )
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["gone"]))
        .build();
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml:3:16: `diesel_label`: Character(s) '@' not allowed in branch label 'a@b'
    limbeck.toml:2:34: no value for ${MORE}
    limbeck.toml:4:12: `a b` cannot be the name of a database: use letters, digits, '_' and '-'
    limbeck.toml:6:12: database `none` has no `url`
    limbeck.toml:9:13: database `app`: Character(s) '@' not allowed in branch label 'x@y'
    limbeck.toml:10:22: `version_num_length` must be from 32 to 768, not 7
    versions/b1_x.sql: Revision gone referenced from b1 is not present
    ------- stderr -------
    7 problems
    [exit status: 78]
    ");
    // Every other command tells the first.
    assert_eq!(env.run(&["heads"]).code(), Some(78));
    env.write("limbeck.toml", "[databases.app]\nurl = \"a.db\nx\n");
    assert_snapshot!(env.run(&["config", "check"]), @"
    limbeck.toml:3:2: key with no value, expected `=`
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
    env.write("limbeck.toml", "[scripts]\n");
    std::fs::remove_file(env.path("versions/b1_x.sql")).unwrap();
    assert_snapshot!(env.run(&["config", "check"]), @"
    the configuration names no database
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
    std::fs::remove_file(env.path("limbeck.toml")).unwrap();
    assert_snapshot!(env.run(&["config", "check"]), @"
    ------- stderr -------
    error: no configuration: there is no limbeck.toml and no alembic.ini here
    hint: `limbeck init` sets a project up; `-c FILE` names another configuration
    [exit status: 78]
    ");
}

#[test]
fn routes_are_checked() {
    let env = project()
        .config(
            "[databases.app]\nurl = \"a.db\"\nbranches = [\"cor\", \"resluts\", \"later\"]\n\
             [databases.ts]\nurl = \"t.db\"\nbranches = [\"corr\"]\n",
        )
        .revision(revision("a1", &[]).label("core").with("databases = [\"ap\", \"nobody\"]"))
        .revision(revision("r1", &["a1"]).label("results").with("databases = [\"tss\"]"))
        .build();
    assert_snapshot!(env.run(&["config", "check"]), @"
    versions/a1_x.sql: revision a1 is for database `ap`, and there is no such database
    versions/a1_x.sql: revision a1 is for database `nobody`, and there is no such database
    versions/r1_x.sql: revision r1 is for database `tss`, and there is no such database
    limbeck.toml:3: database `app` takes branch 'cor', but no revision has that label
    limbeck.toml:3: database `app` takes branch 'resluts', but no revision has that label
    limbeck.toml:6: database `ts` takes branch 'corr', but no revision has that label
    ------- stderr -------
    6 problems
    [exit status: 78]
    ");
    let env = project()
        .config(
            "[databases.app]\nurl = \"a.db\"\nbranches = [\"core\"]\n\
             [databases.ts]\nurl = \"t.db\"\nbranches = [\"ts\"]\n",
        )
        .revision(revision("c1", &[]).label("core").depends_on("w1"))
        .revision(revision("t1", &[]).label("ts"))
        .revision(revision("w1", &[]).label("elsewhere"))
        .revision(revision("m1", &["t1", "w1"]))
        .build();
    assert_snapshot!(env.run(&["config", "check"]), @"
    versions/m1_x.sql: revision m1 of database `ts` merges w1, which belongs to another branch (elsewhere) that this database does not take
    ------- stderr -------
    1 problem
    [exit status: 78]
    ");
}

#[test]
fn a_wrong_command_line_is_no_wrong_configuration() {
    let env = three();
    assert_snapshot!(env.run(&["config", "check", "-d", "result"]), @"
    ------- stderr -------
    error: there is no database `result` in the configuration
    hint: did you mean `results`?
    hint: there are: default, materials, results
    [exit status: 64]
    ");
    assert_eq!(env.run(&["config"]).code(), Some(64));
}
