//! `db tables` and `db describe`.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{mariadb, postgres, project};

use super::support::with_keys;

/// They are looked at together, each within the time that its health may take.
#[test]
fn a_database_that_hangs_does_not_hide_the_others() {
    // They accept connections and never say a word.
    let silent: Vec<TcpListener> =
        (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let hanging = silent.iter().enumerate().map(|(number, listener)| {
        let address = listener.local_addr().unwrap();
        format!("[databases.h{number}]\nurl = \"postgres://me@{address}/x\"\nhealth = {{ timeout = 2 }}\n")
    });
    let config: String = hanging.collect();
    let env = project()
        .config(format!(
            "{config}[databases.none]\nurl = 'sqlite:n.db'\n[databases.z]\nurl = 'sqlite:z.db'\n"
        ))
        .build();
    env.run(&["db", "create", "-d", "z"]).ok();
    env.run(&["db", "exec", "-d", "z", "CREATE TABLE t (id INTEGER)"]).ok();
    for (command, shown) in
        [(&["tables"][..], "[z]\nname  kind   rows\n"), (&["describe", "t"], "[z]\ntable t\n")]
    {
        let began = Instant::now();
        let output = env.run(&[&["db"], command].concat());
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
        assert_eq!(output.code(), Some(7), "{output}");
        assert!(output.stdout.starts_with(shown), "{output}");
        for number in 0..4 {
            let start = format!("error: database h{number}: ");
            let mut lines = output.stderr.lines();
            // In the words of libpq, whose limit is the same, or in our own.
            assert!(
                lines.any(|line| line.starts_with(&start) && line.contains("no answer")),
                "{output}"
            );
        }
        assert!(output.stderr.contains("n.db does not exist"), "{output}");
    }
    let json = env.run(&["db", "tables", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["databases"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(5), "{json}");
}

/// sqlite3 itself makes every file that it is to open.
#[test]
fn a_file_that_is_not_there_is_not_made() {
    let env = project().build();
    for command in
        [&["tables"][..], &["describe", "t"], &["exec", "CREATE TABLE t (id)"], &["shell"]]
    {
        let output = env.run(&[&["db"], command].concat());
        assert_eq!(output.code(), Some(8), "{command:?}: {output}");
        assert!(output.stderr.contains("app.db does not exist"), "{output}");
        assert!(
            output.stderr.contains("`limbeck db create --database app` creates it"),
            "{output}"
        );
        assert!(!env.path("app.db").exists(), "{command:?}");
    }
}

#[test]
fn tables_of_each_database() {
    let env = project()
        .config("[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:b.db\"\n")
        .build();
    env.run(&["db", "create"]).ok();
    env.run(&[
        "db",
        "exec",
        "-d",
        "a",
        "CREATE TABLE users (id INTEGER); CREATE VIEW names AS SELECT 1 AS n",
    ])
    .ok();
    assert_snapshot!(env.run(&["db", "tables"]), @"
    [a]
    name   kind   rows
    -----  -----  ----
    names  view      -
    users  table     -
    [b]
    ------- stderr -------
    no tables
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "tables", "-d", "a", "--json"]), @r#"
    {
      "databases": [
        {
          "database": "a",
          "tables": [
            {
              "schema": null,
              "name": "names",
              "kind": "view",
              "row_estimate": null,
              "is_bookkeeping": false
            },
            {
              "schema": null,
              "name": "users",
              "kind": "table",
              "row_estimate": null,
              "is_bookkeeping": false
            }
          ]
        }
      ],
      "errors": []
    }
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn a_table_of_postgresql() {
    let env = with_keys(&postgres().create_database(), "");
    env.run(&["db", "exec", "CREATE SCHEMA \"Odd.one\"; \
        CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(200) NOT NULL UNIQUE, age int DEFAULT 0 CHECK (age >= 0)); \
        COMMENT ON TABLE users IS 'who they are'; COMMENT ON COLUMN users.email IS 'lower case'; \
        CREATE TABLE \"Odd.one\".posts (id int PRIMARY KEY, author bigint REFERENCES users ON DELETE CASCADE); \
        CREATE INDEX posts_author ON \"Odd.one\".posts (author) WHERE author > 0; \
        CREATE TABLE \"Odd.one\".users (id int); \
        CREATE VIEW grown AS SELECT id FROM users WHERE age > 17"]).ok();
    assert_snapshot!(env.run(&["db", "tables"]), @"
    schema   name   kind   rows
    -------  -----  -----  ----
    Odd.one  posts  table     -
    Odd.one  users  table     -
    public   grown  view      -
    public   users  table     -
    ------- stderr -------
    [exit status: 0]
    ");
    assert_snapshot!(env.run(&["db", "describe", "users"]), @r#"
    table public.users
    who they are

    column  type                    null      default                       comment
    ------  ----------------------  --------  ----------------------------  ----------
    id      bigint                  not null  GENERATED ALWAYS AS IDENTITY
    email   character varying(200)  not null                                lower case
    age     integer                           0

    constraints:
      users_pkey: PRIMARY KEY (id)
      users_email_key: UNIQUE (email)
      users_age_check: CHECK (age >= 0)

    referenced by:
      posts_author_fkey: TABLE "Odd.one".posts FOREIGN KEY (author) REFERENCES users(id) ON DELETE CASCADE

    indexes:
      users_pkey: CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)
      users_email_key: CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email)
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["db", "describe", "posts"]), @r#"
    table Odd.one.posts

    column  type     null      default
    ------  -------  --------  -------
    id      integer  not null
    author  bigint

    constraints:
      posts_pkey: PRIMARY KEY (id)
      posts_author_fkey: FOREIGN KEY (author) REFERENCES users(id) ON DELETE CASCADE

    indexes:
      posts_pkey: CREATE UNIQUE INDEX posts_pkey ON "Odd.one".posts USING btree (id)
      posts_author: CREATE INDEX posts_author ON "Odd.one".posts USING btree (author) WHERE (author > 0)
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["db", "describe", "Odd.one.users"]), @"
    table Odd.one.users

    column  type     null  default
    ------  -------  ----  -------
    id      integer
    ------- stderr -------
    [exit status: 0]
    ");
    let view = env.run(&["db", "describe", "grown", "--json"]).ok();
    // Each version of the server has its own words for the query.
    for words in ["\"kind\": \"view\"", "\"type\": \"bigint\"", "age > 17"] {
        assert!(view.contains(words), "{view}");
    }
    assert_snapshot!(env.run(&["db", "describe", "usres"]), @"
    ------- stderr -------
    error: database app has no table usres
    hint: did you mean 'Odd.one.users' or 'public.users'?
    [exit status: 64]
    ");
}

#[test]
fn a_table_of_sqlite() {
    let env = project().file("app.db", "").build();
    env.run(&["db", "exec", "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INT DEFAULT 0 CHECK (age >= 0)); \
        CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT REFERENCES users (id) ON DELETE CASCADE); \
        CREATE INDEX posts_author ON posts (author)"]).ok();
    assert_snapshot!(env.run(&["db", "describe", "users"]), @r#"
    table users

    column  type     null      default
    ------  -------  --------  -------
    id      INTEGER
    email   TEXT     not null
    age     INT                0

    constraints:
      PRIMARY KEY ("id")

    referenced by:
      TABLE "posts" FOREIGN KEY ("author") REFERENCES "users" ("id")

    indexes:
      sqlite_autoindex_users_1: UNIQUE (email)

    definition:
      CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INT DEFAULT 0 CHECK (age >= 0))
    ------- stderr -------
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["db", "describe", "POSTS"]), @r#"
    table posts

    column  type     null  default
    ------  -------  ----  -------
    id      INTEGER
    author  INT

    constraints:
      PRIMARY KEY ("id")
      FOREIGN KEY ("author") REFERENCES "users" ("id") ON DELETE CASCADE

    indexes:
      posts_author: CREATE INDEX posts_author ON posts (author)

    definition:
      CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT REFERENCES users (id) ON DELETE CASCADE)
    ------- stderr -------
    [exit status: 0]
    "#);
}

#[test]
fn a_table_of_mariadb() {
    let env = with_keys(&mariadb().create_database(), "");
    env.run(&["db", "exec", "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(200) NOT NULL UNIQUE COMMENT 'lower case', age INT DEFAULT 0) COMMENT 'who they are'; \
        CREATE TABLE posts (id INT PRIMARY KEY, author INT, CONSTRAINT by_whom FOREIGN KEY (author) REFERENCES users (id))"]).ok();
    let said = env.run(&["db", "describe", "users"]).ok();
    for words in [
        "who they are",
        "auto_increment",
        "PRIMARY KEY (id)",
        "UNIQUE (email)",
        "lower case",
        "TABLE posts FOREIGN KEY (author)",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(env.run(&["db", "tables"]).ok().contains("users"));
    let said = env.run(&["db", "describe", "posts"]).ok();
    assert!(said.contains("by_whom: FOREIGN KEY (author) REFERENCES users (id)"), "{said}");
}

#[test]
fn a_database_that_is_not_configured_does_not_hide_the_others() {
    let env = project()
        .config(
            "[databases.a]\nurl = \"sqlite:a.db\"\n\
             [databases.b]\nurl = \"postgres://me@${NOWHERE}/b\"\n\
             [databases.c]\ndialect = \"mysql\"\nname = \"c\"\npassword_file = \"no/such\"\n",
        )
        .build();
    env.run(&["db", "create", "-d", "a"]).ok();
    env.run(&["db", "exec", "-d", "a", "CREATE TABLE t (id INTEGER)"]).ok();
    for (command, shown) in
        [(&["tables"][..], "[a]\nname  kind   rows\n"), (&["describe", "t"], "[a]\ntable t\n")]
    {
        let output = env.run(&[&["db"], command].concat());
        assert_eq!(output.code(), Some(7), "{output}");
        assert!(output.stdout.starts_with(shown), "{output}");
        assert!(output.stderr.contains("database b: no value for ${NOWHERE}"), "{output}");
        assert!(output.stderr.contains("`password_file` of database `c`"), "{output}");
    }
    assert_eq!(env.run(&["db", "tables", "-d", "b"]).code(), Some(78));
}
