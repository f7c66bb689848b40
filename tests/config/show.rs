//! `limbeck config show`: every value with its origin, and no secret.

use insta::assert_snapshot;

use crate::support::{project, revision};

const CONFIG: &str = r#"
[scripts]
version_locations = ["versions", "${MORE:-more}"]
transaction_mode = "run"

[databases.app]
dialect = "postgresql+asyncpg"
host = "${DB_HOST:-localhost}"
port = 5432
user = "app"
password = "hush-hush"
name = "${DB_NAME}"
branches = ["app", "core"]
version_table = "${PREFIX}versions"

[databases.app.parameters]
sslmode = "require"
sslpassword = "${KEY_PASSWORD}"
connect_timeout = 5

[databases.ts]
url = "${TS_URL}"
lock = "lease"
"#;

#[test]
fn each_value_has_an_origin() {
    let mut env = project().config(CONFIG).revision(revision("a1", &[])).build();
    env.write(".env", "# of the team\nKEY_PASSWORD=hush-hush\n\nPREFIX='epsm_'\n");
    env.set("DB_HOST", "db.example");
    assert_snapshot!(env.run(&["config", "show"]), @"
    configuration: limbeck.toml
    variables: .env

    [scripts]
    version_locations            versions          limbeck.toml:3
    version_locations            more              limbeck.toml:3
    recursive_version_locations  false             default
    transaction_mode             run               limbeck.toml:4
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.app]
    dialect                     postgresql             limbeck.toml:7
    host                        db.example             limbeck.toml:8, environment variable DB_HOST
    port                        5432                   limbeck.toml:9
    user                        app                    limbeck.toml:10
    password                    ***                    limbeck.toml:11
    name                        missing ${DB_NAME}     limbeck.toml:12
    parameters.sslmode          require                limbeck.toml:17
    parameters.sslpassword      ***                    limbeck.toml:18, .env:2
    parameters.connect_timeout  5                      limbeck.toml:19
    branches                    app, core              limbeck.toml:13
    version_table               epsm_versions          limbeck.toml:14, .env:4
    journal_table               epsm_versions_journal  default
    version_num_length          32                     default
    lock                        session                default

    [databases.ts]
    url                 missing ${TS_URL}  limbeck.toml:22
    branches            (every branch)     default
    version_table       alembic_version    default
    journal_table       limbeck_journal    default
    version_num_length  32                 default
    lock                lease              limbeck.toml:23
    ------- stderr -------
    [exit status: 0]
    ");
    env.set(
        "TS_URL",
        "postgres://u:hush-hush@h,i:1/ts?password=hush-hush&options=-csearch_path%3Dx",
    );
    assert_snapshot!(env.run(&["config", "show", "-d", "ts", "--json"]), @r#"
    {
      "files": [
        "limbeck.toml"
      ],
      "variable_files": [
        ".env"
      ],
      "scripts": [
        {
          "key": "version_locations",
          "value": "versions",
          "missing": [],
          "error": null,
          "origins": [
            "limbeck.toml:3"
          ]
        },
        {
          "key": "version_locations",
          "value": "more",
          "missing": [],
          "error": null,
          "origins": [
            "limbeck.toml:3"
          ]
        },
        {
          "key": "recursive_version_locations",
          "value": "false",
          "missing": [],
          "error": null,
          "origins": [
            "default"
          ]
        },
        {
          "key": "transaction_mode",
          "value": "run",
          "missing": [],
          "error": null,
          "origins": [
            "limbeck.toml:4"
          ]
        },
        {
          "key": "file_template",
          "value": "%(rev)s_%(slug)s",
          "missing": [],
          "error": null,
          "origins": [
            "default"
          ]
        },
        {
          "key": "truncate_slug_length",
          "value": "40",
          "missing": [],
          "error": null,
          "origins": [
            "default"
          ]
        }
      ],
      "databases": [
        {
          "name": "ts",
          "settings": [
            {
              "key": "url",
              "value": "postgresql://u:***@h,i:1/ts?password=***&options=-csearch_path%3Dx",
              "missing": [],
              "error": null,
              "origins": [
                "limbeck.toml:22",
                "environment variable TS_URL"
              ]
            },
            {
              "key": "branches",
              "value": "(every branch)",
              "missing": [],
              "error": null,
              "origins": [
                "default"
              ]
            },
            {
              "key": "version_table",
              "value": "alembic_version",
              "missing": [],
              "error": null,
              "origins": [
                "default"
              ]
            },
            {
              "key": "journal_table",
              "value": "limbeck_journal",
              "missing": [],
              "error": null,
              "origins": [
                "default"
              ]
            },
            {
              "key": "version_num_length",
              "value": "32",
              "missing": [],
              "error": null,
              "origins": [
                "default"
              ]
            },
            {
              "key": "lock",
              "value": "lease",
              "missing": [],
              "error": null,
              "origins": [
                "limbeck.toml:23"
              ]
            }
          ]
        }
      ],
      "fleet": [],
      "on_failure": [],
      "problems": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn the_command_line_is_an_origin_too() {
    let mut env = project().config(CONFIG).revision(revision("a1", &[])).build();
    env.set("PREFIX", "");
    assert_snapshot!(
        env.run(&["config", "show", "-d", "app", "--host", "127.0.0.1", "--port", "5433"]),
        @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          limbeck.toml:3
    version_locations            more              limbeck.toml:3
    recursive_version_locations  false             default
    transaction_mode             run               limbeck.toml:4
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.app]
    dialect                     postgresql               limbeck.toml:7
    host                        127.0.0.1                flag --host
    port                        5433                     flag --port
    user                        app                      limbeck.toml:10
    password                    ***                      limbeck.toml:11
    name                        missing ${DB_NAME}       limbeck.toml:12
    parameters.sslmode          require                  limbeck.toml:17
    parameters.sslpassword      missing ${KEY_PASSWORD}  limbeck.toml:18
    parameters.connect_timeout  5                        limbeck.toml:19
    branches                    app, core                limbeck.toml:13
    version_table               versions                 limbeck.toml:14, environment variable PREFIX
    journal_table               versions_journal         default
    version_num_length          32                       default
    lock                        session                  default
    ------- stderr -------
    [exit status: 0]
    "
    );
    env.set("LIMBECK_HOST", "other");
    env.set("LIMBECK_PORT", "");
    env.set("TS_URL", "postgres://u:hush-hush@h,i:1/ts");
    assert_snapshot!(env.run(&["config", "show", "-d", "ts"]), @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          limbeck.toml:3
    version_locations            more              limbeck.toml:3
    recursive_version_locations  false             default
    transaction_mode             run               limbeck.toml:4
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.ts]
    url                 postgresql://u:***@other/ts  limbeck.toml:22, environment variable TS_URL, environment variable LIMBECK_HOST
    branches            (every branch)               default
    version_table       alembic_version              default
    journal_table       limbeck_journal              default
    version_num_length  32                           default
    lock                lease                        limbeck.toml:23
    ------- stderr -------
    [exit status: 0]
    ");
    env.set("LIMBECK_HOST", "");
    assert_snapshot!(env.run(&["config", "show", "-d", "app", "--url", "sqlite:x.db"]), @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          limbeck.toml:3
    version_locations            more              limbeck.toml:3
    recursive_version_locations  false             default
    transaction_mode             run               limbeck.toml:4
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.app]
    url                 sqlite:///x.db    flag --url
    branches            app, core         limbeck.toml:13
    version_table       versions          limbeck.toml:14, environment variable PREFIX
    journal_table       versions_journal  default
    version_num_length  32                default
    lock                session           default
    ------- stderr -------
    [exit status: 0]
    ");
    env.set("LIMBECK_URL", "sqlite:y.db");
    assert_snapshot!(env.run(&["config", "show", "-d", "ts"]), @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          limbeck.toml:3
    version_locations            more              limbeck.toml:3
    recursive_version_locations  false             default
    transaction_mode             run               limbeck.toml:4
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.ts]
    url                 sqlite:///y.db   environment variable LIMBECK_URL
    branches            (every branch)   default
    version_table       alembic_version  default
    journal_table       limbeck_journal  default
    version_num_length  32               default
    lock                lease            limbeck.toml:23
    ------- stderr -------
    [exit status: 0]
    ");
}

#[test]
fn what_is_wrong_does_not_hide_the_rest() {
    let env = project()
        .config(
            "[databases.\"a b\"]\nurl = \"sqlite:a.db\"\n\
             [databases.app]\nurl = \"oracle://me:hush-hush@h/d\"\nversion_num_length = 5\n\
             [databases.b]\nurl_file = \"gone\"\n[databases.c]\nurl = \"${X/y}\"\n",
        )
        .build();
    assert_snapshot!(env.run(&["config", "show"]), @"
    configuration: limbeck.toml

    [scripts]
    version_locations            versions          default
    recursive_version_locations  false             default
    transaction_mode             revision          default
    file_template                %(rev)s_%(slug)s  default
    truncate_slug_length         40                default

    [databases.app]
    url                 unknown: the URL of database `app`: the database URL scheme 'oracle' is not known; use sqlite, postgresql or mysql  limbeck.toml:4
    branches            (every branch)   default
    version_table       alembic_version  default
    journal_table       limbeck_journal  default
    version_num_length  32               limbeck.toml:5
    lock                session          default

    [databases.b]
    url_file            unknown: `url_file` of database `b`: $PROJ/gone cannot be read: No such file or directory (os error 2)  limbeck.toml:7
    branches            (every branch)   default
    version_table       alembic_version  default
    journal_table       limbeck_journal  default
    version_num_length  32               default
    lock                session          default

    [databases.c]
    url                 unknown: `${...}` in the value of `url` cannot be read  limbeck.toml:9
    branches            (every branch)                                          default
    version_table       alembic_version                                         default
    journal_table       limbeck_journal                                         default
    version_num_length  32                                                      default
    lock                session                                                 default
    ------- stderr -------
    warning: limbeck.toml:1:12: `a b` cannot be the name of a database: use letters, digits, '_' and '-'
    warning: limbeck.toml:5:22: `version_num_length` must be from 32 to 768, not 5
    [exit status: 0]
    ");
}
