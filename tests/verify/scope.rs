//! What is verified, and how it is told.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{
    TestEnvironment, assert_no_scratch_on_mariadb, mariadb, postgres, project, revision,
};

/// Three revisions, the second of which cannot be reverted.
fn three() -> TestEnvironment {
    project()
        .revision(revision("a1", &[]))
        .revision(
            revision("b2", &["a1"])
                .with("irreversible = true\nirreversible_reason = \"the old names are gone\"")
                .upgrade("ALTER TABLE t_a1 RENAME COLUMN id TO nr;"),
        )
        .revision(
            revision("c3", &["b2"]).upgrade("CREATE INDEX ix ON t_a1 (nr);").downgrade("SELECT 1;"),
        )
        .build()
}

#[test]
fn what_is_pending_or_what_is_asked_for() {
    let env = three();
    assert_snapshot!(env.run(&["verify"]), @"
    app: b2 is not reverted: the revision cannot be reverted: the old names are gone
      --> versions/b2_x.sql
    app: the downgrade of c3 leaves another schema than there was before it
      --> versions/c3_x.sql:13
      table t_a1: index ix is left behind
        is:  create index ix on t_a1(nr)
      so the upgrade cannot be run again: index ix already exists
    ------- stderr -------
    app: 3 revisions up, down and up again
    app: 1 well, 1 different, 1 irreversible
    [exit status: 5]
    ");
    env.run(&["upgrade", "b2"]).ok();
    assert_snapshot!(env.run(&["verify"]), @"
    app: the downgrade of c3 leaves another schema than there was before it
      --> versions/c3_x.sql:13
      table t_a1: index ix is left behind
        is:  create index ix on t_a1(nr)
      so the upgrade cannot be run again: index ix already exists
    ------- stderr -------
    app: 1 revision up, down and up again
    app: 1 different
    [exit status: 5]
    ");
    assert_snapshot!(env.run(&["verify", "a1"]), @"
    ------- stderr -------
    app: 1 revision up, down and up again
    app: 1 well
    [exit status: 0]
    ");
    env.run(&["upgrade"]).ok();
    assert_snapshot!(env.run(&["verify"]), @"
    ------- stderr -------
    app: no revision is pending; --all verifies those that are applied
    [exit status: 0]
    ");
    assert_eq!(env.run(&["verify", "--all"]).code(), Some(5));
    assert_eq!(env.run(&["verify", "--fresh"]).code(), Some(5));
    assert_snapshot!(env.run(&["verify", "nope"]), @"
    ------- stderr -------
    error: Can't locate revision identified by 'nope'
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["verify", "a1", "--all"]), @"
    ------- stderr -------
    error: the argument '[REV]...' cannot be used with '--all'

    Usage: limbeck verify <REV>...

    For more information, try '--help'.
    [exit status: 64]
    ");
}

#[test]
fn as_json() {
    let env = three();
    let output = env.run(&["verify", "--json"]);
    assert_eq!(output.code(), Some(5), "{output}");
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let database = &json["databases"][0];
    assert_eq!((&database["database"], &database["exit_code"]), (&"app".into(), &5.into()));
    let revisions = database["revisions"].as_array().unwrap();
    let outcomes: Vec<_> = revisions.iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["well", "irreversible", "different"]);
    let left = &revisions[2]["after_downgrade"][0];
    assert_eq!(
        (&left["object"], &left["kind"]),
        (&"table t_a1: index ix".into(), &"left behind".into())
    );
    assert_eq!(revisions[2]["path"], "versions/c3_x.sql");
    assert_eq!(revisions[2]["line"], 13);
}

/// A revision that fails ends the walk; a downgrade that fails does not.
#[test]
fn what_fails_is_told_with_its_place() {
    let env = project()
        .revision(
            revision("a1", &[]).upgrade("CREATE TABLE a (id INTEGER);").downgrade("DROP TABLE b;"),
        )
        .revision(revision("b2", &["a1"]))
        .revision(
            revision("c3", &["b2"]).upgrade("CREATE TABLE a (id INTEGER);").downgrade("SELECT 1;"),
        )
        .revision(revision("d4", &["c3"]))
        .build();
    assert_snapshot!(env.run(&["verify"]), @"
    app: the downgrade of a1 fails: no such table: b
      --> versions/a1_x.sql:14:1
    app: the upgrade of c3 fails: table a already exists
      --> versions/c3_x.sql:11:1
    ------- stderr -------
    app: 4 revisions up, down and up again
    app: 1 well, 2 failed, 1 not run
    [exit status: 1]
    ");
    assert!(!env.path("app.db").exists());
    // Of what was applied a run on the way is enough.
    let env = project().revision(revision("a1", &[])).revision(revision("b2", &["a1"])).build();
    env.run(&["upgrade", "a1"]).ok();
    let broken = env.read("versions/a1_x.sql").replace("INTEGER", "INTEGER,");
    env.write("versions/a1_x.sql", broken);
    assert_snapshot!(env.run(&["verify"]), @r#"
    app: the upgrade of a1 fails: near ")": syntax error
      --> versions/a1_x.sql:11:1
    ------- stderr -------
    app: 1 revision up, down and up again
    app: 1 failed, 1 not run
    [exit status: 1]
    "#);
}

/// What is left in tables is not compared, but may keep a revision from going up again.
#[test]
fn what_cannot_be_run_again_is_told() {
    let env = project()
        .revision(revision("a1", &[]).upgrade("CREATE TABLE kinds (id INTEGER PRIMARY KEY);"))
        .revision(
            revision("b2", &["a1"]).upgrade("INSERT INTO kinds VALUES (1);").downgrade("SELECT 1;"),
        )
        .revision(
            revision("c3", &["b2"])
                .upgrade("CREATE TABLE IF NOT EXISTS more AS SELECT 1 AS a;\nDELETE FROM kinds;")
                .downgrade("DROP TABLE more;\nPRAGMA user_version = 3;"),
        )
        .build();
    assert_snapshot!(env.run(&["verify"]), @"
    app: a1 is not reverted: the revision has no `--- downgrade` section for sqlite
      --> versions/a1_x.sql
    app: the upgrade of b2 fails when it is run again: UNIQUE constraint failed: kinds.id
      --> versions/b2_x.sql:11:1
    app: the downgrade of c3 leaves another schema than there was before it
      --> versions/c3_x.sql:14
      user_version is another one
        was: 0
        is:  3
    ------- stderr -------
    app: 3 revisions up, down and up again
    app: 1 different, 1 failed, 1 irreversible
    [exit status: 1]
    ");
}

/// The second time rows have other numbers: the next revision is tried on a history that only went
/// up.
#[test]
fn what_went_up_and_down_does_not_make_others_fail() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE kinds (id serial PRIMARY KEY, name text);\nCREATE TABLE things (kind integer REFERENCES kinds);")
                .downgrade("DROP TABLE things;\nDROP TABLE kinds;"),
        )
        .revision(
            revision("b2", &["a1"])
                .upgrade("INSERT INTO kinds (name) VALUES ('big');")
                .downgrade("DELETE FROM kinds;"),
        )
        .revision(
            revision("c3", &["b2"])
                .upgrade("INSERT INTO things VALUES (1);")
                .downgrade("DELETE FROM things;"),
        )
        .build();
    assert_snapshot!(env.run(&["verify"]), @"
    ------- stderr -------
    app: 3 revisions up, down and up again
    app: 3 well
    [exit status: 0]
    ");
}

#[test]
fn several_databases_each_from_where_it_stands() {
    let env = project()
        .config("[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"one\"]\n[databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"two\"]\n")
        .revision(revision("a1", &[]).label("one"))
        .revision(revision("a2", &["a1"]))
        .revision(
            revision("b1", &[])
                .label("two")
                .depends_on("a1")
                .upgrade("CREATE TABLE b (id INTEGER); CREATE TABLE c (id INTEGER);")
                .downgrade("DROP TABLE b;"),
        )
        .build();
    env.run(&["upgrade", "-d", "one", "a1"]).ok();
    assert_snapshot!(env.run(&["verify"]), @"
    two: the downgrade of b1 leaves another schema than there was before it
      --> versions/b1_x.sql:13
      table c is left behind
      so the upgrade cannot be run again: table c already exists
    ------- stderr -------
    one: 1 revision up, down and up again
    one: 1 well
    two: 1 revision up, down and up again
    two: 1 different
    [exit status: 5]
    ");
    assert_snapshot!(env.run(&["verify", "-d", "two", "--fresh"]), @"
    two: the downgrade of b1 leaves another schema than there was before it
      --> versions/b1_x.sql:13
      table c is left behind
      so the upgrade cannot be run again: table c already exists
    ------- stderr -------
    two: 1 revision up, down and up again
    two: 1 different
    [exit status: 5]
    ");
    assert_snapshot!(env.run(&["verify", "--scratch-url", "sqlite:lent.db"]), @"
    ------- stderr -------
    error: --scratch-url serves one database, and there are several
    hint: choose with --database one of: one, two
    [exit status: 64]
    ");
}

fn tenants(url: &str, query: &str) -> TestEnvironment {
    project()
        .config(format!(
            "[databases.app]\nurl = \"{url}\"\n[databases.app.tenants]\nquery = \"{query}\"\n\
             shared = [\"shared\"]\ntenant = [\"tenant\"]\n"
        ))
        .revision(
            revision("s1", &[])
                .label("shared")
                .upgrade("CREATE TABLE tenants (name varchar(40) PRIMARY KEY);")
                .downgrade("DROP TABLE tenants;"),
        )
        .revision(
            revision("t1", &[])
                .label("tenant")
                .depends_on("s1")
                .with("template = true")
                .upgrade(
                    "CREATE TABLE orders (id integer, tenant varchar(40) DEFAULT {{ tenant }});",
                )
                .downgrade("DROP TABLE orders;"),
        )
        .revision(
            revision("t2", &["t1"])
                .upgrade(
                    "CREATE TABLE bills (id integer);\nCREATE VIEW open AS SELECT id FROM bills;",
                )
                .downgrade("DROP VIEW open;"),
        )
        .build()
}

#[test]
fn tenants_are_verified_once_for_each_place_where_they_stand() {
    let url = postgres().create_database();
    let env = tenants(&url, "SELECT name FROM public.tenants ORDER BY name");
    // Nobody is there yet.
    assert_snapshot!(env.run(&["verify", "--fresh"]), @r#"
    app/tenant: the downgrade of t2 leaves another schema than there was before it
      --> versions/t2_x.sql:14
      table tenant.bills is left behind
      so the upgrade cannot be run again: relation "bills" already exists
    ------- stderr -------
    app: 1 revision up, down and up again
    app: 1 well
    app/tenant: 2 revisions up, down and up again
    app/tenant: 1 well, 1 different
    [exit status: 5]
    "#);
    env.run(&["upgrade", "--shared"]).ok();
    env.run(&[
        "db",
        "exec",
        "INSERT INTO tenants VALUES ('north'), ('south'), ('west')",
        "--shared",
    ])
    .ok();
    env.run(&["tenants", "create", "north", "south", "west"]).ok();
    env.run(&["downgrade", "-d", "app/west", "t1"]).ok();
    assert_snapshot!(env.run(&["verify", "--all", "--tenants"]), @r#"
    app/north and another tenant: the downgrade of t2 leaves another schema than there was before it
      --> versions/t2_x.sql:14
      table north.bills is left behind
      so the upgrade cannot be run again: relation "bills" already exists
    app/west: the downgrade of t2 leaves another schema than there was before it
      --> versions/t2_x.sql:14
      table west.bills is left behind
      so the upgrade cannot be run again: relation "bills" already exists
    ------- stderr -------
    app/north and another tenant: 2 revisions up, down and up again
    app/north and another tenant: 1 well, 1 different
    app/west: 2 revisions up, down and up again
    app/west: 1 well, 1 different
    [exit status: 5]
    "#);
    assert_snapshot!(env.run(&["verify", "--tenant", "west"]), @r#"
    app/west: the downgrade of t2 leaves another schema than there was before it
      --> versions/t2_x.sql:14
      table west.bills is left behind
      so the upgrade cannot be run again: relation "bills" already exists
    ------- stderr -------
    app/west: 1 revision up, down and up again
    app/west: 1 different
    [exit status: 5]
    "#);
    let left = "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace \
                WHERE nspname !~ '^pg_|information_schema'";
    let name = url.rsplit('/').next().unwrap();
    assert_eq!(postgres().psql(name, left).trim(), "north public south west");
}

#[test]
fn tenants_of_mariadb() {
    let url = mariadb().create_database();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let mut env = tenants(&url, &format!("SELECT name FROM {name}.tenants"));
    env.replace(name, "$SHARED");
    assert_snapshot!(env.run(&["verify", "--fresh"]), @"
    app/tenant: the downgrade of t2 leaves another schema than there was before it
      --> versions/t2_x.sql:14
      table bills is left behind
        is:  ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci
      so the upgrade cannot be run again: Table 'bills' already exists
    ------- stderr -------
    app: 1 revision up, down and up again
    app: 1 well
    app/tenant: 2 revisions up, down and up again
    app/tenant: 1 well, 1 different
    [exit status: 5]
    ");
    let lent = mariadb().create_database();
    let output = env.run(&["verify", "--fresh", "--tenants", "--scratch-url", &lent]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert!(output.stderr.contains("tenants of app need two"), "{output}");
    assert_no_scratch_on_mariadb();
}
