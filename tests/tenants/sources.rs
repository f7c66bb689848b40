//! Where the names of tenants come from, and what is wrong with that.

use insta::assert_snapshot;

use super::support::{Fleet, KINDS, Kind, Site, fleet};
use crate::support::project;

/// A fleet whose tenants are these, by this source.
fn with_source(kind: Kind, names: &[&str], source: impl Fn(&Site) -> String) -> Fleet {
    let site = Site::new(kind);
    let config = site.config(&source(&site));
    let owned: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let project = site.project(&owned).config(config);
    site.build(project)
}

#[test]
fn a_list() {
    for kind in KINDS {
        let list = |site: &Site| format!("list = [\"{}\", \"{}\"]", site.name(2), site.name(1));
        let fleet = with_source(kind, &[], list);
        for n in 1..=3 {
            fleet.create(&fleet.name(n));
        }
        let said = fleet.code(&["upgrade", "--jobs", "1"], 0);
        assert!(said.find("app/t01: 2") < said.find("app/t02: 2"), "{said}");
        assert!(said.contains("app/*: 2 tenants: 2 done"), "{said}");
        assert_eq!(fleet.ran(&fleet.name(2)), "t1 t2");
    }
}

#[test]
fn a_pattern_of_schemas() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let pattern = |site: &Site| format!("schemas = \"{}\"", site.name(1).replace("t01", "t*"));
        let fleet = with_source(kind, &[], pattern);
        for n in 1..=3 {
            fleet.create(&fleet.name(n));
        }
        let said = fleet.code(&["upgrade"], 0);
        assert!(said.contains("app/*: 3 tenants: 3 done"), "{said}");
    }
    // Everything but what is the server's and what is shared.
    let fleet = with_source(Kind::Postgres, &[], |_| "schemas = \"*\"".to_owned());
    fleet.create("only");
    fleet.create("other_one");
    let said = fleet.code(&["upgrade", "--jobs", "1"], 0);
    assert!(said.contains("app/*: 2 tenants: 2 done"), "{said}");
    let fleet = with_source(Kind::Sqlite, &[], |_| "schemas = \"*\"".to_owned());
    assert_snapshot!(fleet.env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> s1, rev s1
    app: 1 revision applied, at s1
    app/*: its tenants could not be listed
    error: database app/*: SQLite has no schemas: its tenants are files, of `list` or `query`
      --> sqlite:///$PROJ/app.db
    [exit status: 7]
    ");
}

#[test]
fn queries_end_as_they_like() {
    for kind in KINDS {
        for end in [";", " ; \\n", " -- by name", " -- by name;", "; -- by name", " /* by; name */"]
        {
            let fleet = with_source(kind, &[], |site| {
                format!("query = \"SELECT '{}' AS name ORDER BY 1{end}\"", site.name(1))
            });
            fleet.create(&fleet.name(1));
            fleet.code(&["upgrade"], 0);
            assert_eq!(fleet.ran(&fleet.name(1)), "t1 t2", "{kind:?} {end}");
        }
    }
}

#[test]
fn a_query_that_names_a_tenant_twice() {
    for kind in KINDS {
        let fleet = with_source(kind, &[], |site| {
            format!("query = \"SELECT '{0}' UNION ALL SELECT '{0}'\"", site.name(1))
        });
        fleet.create(&fleet.name(1));
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(&fleet.name(1)), "t1 t2", "{kind:?}");
    }
}

#[test]
fn queries_that_fail() {
    for kind in KINDS {
        let fleet = with_source(kind, &[], |_| "query = \"SELECT nam FROM customers\"".to_owned());
        let output = fleet.env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(7), "{output}");
        assert!(
            output.stderr.contains("error: the tenants of database app cannot be listed: ")
                && output.stderr.contains("nam")
                && output
                    .stderr
                    .contains("hint: the shared schema may be behind: limbeck upgrade --shared"),
            "{kind:?}: {output}"
        );
        for wrong in ["NULL", "''"] {
            let query = format!("query = \"SELECT 'x' UNION ALL SELECT {wrong}\"");
            let fleet = with_source(kind, &[], |_| query.clone());
            let output = fleet.env.run(&["upgrade"]);
            assert_eq!(output.code(), Some(7), "{output}");
            assert!(output.stderr.contains("a row without a name"), "{kind:?}: {output}");
            if kind == Kind::Sqlite {
                assert_eq!(fleet.env.files("tenants"), ["README"]);
            }
        }
    }
    for wrong in [
        "DROP TABLE customers",
        "DELETE FROM customers RETURNING name",
        "SELECT name FROM customers; DROP TABLE customers",
        "-- nothing",
    ] {
        let source = |_: &Site| format!("query = \"{wrong}\"");
        let fleet = with_source(Kind::Postgres, &["t01"], source);
        let output = fleet.env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(7), "{output}");
        assert!(output.stderr.contains("cannot be listed"), "{output}");
        assert_eq!(fleet.shared("SELECT name FROM customers"), "t01\n", "{wrong}");
    }
}

/// Nobody has come yet.
#[test]
fn no_tenants() {
    for kind in KINDS {
        let fleet = fleet(kind, 0);
        fleet.code(&["upgrade"], 0);
        fleet.code(&["upgrade", "--tenants"], 0);
        let fleet = with_source(kind, &[], |_| "list = []".to_owned());
        fleet.code(&["upgrade"], 0);
    }
}

/// What a configuration with this table of tenants is told.
fn refused(tenants: &str, more: &str) -> String {
    let config = format!(
        "[databases.app]\nurl = \"sqlite:app.db\"\n{more}[databases.app.tenants]\n{tenants}"
    );
    let output = project().config(config).build().run(&["heads"]);
    assert_eq!(output.code(), Some(78), "{output}");
    output.stderr
}

#[test]
fn configurations_that_make_no_sense() {
    assert_snapshot!(refused("tenant = [\"t\"]\nquery = \"SELECT 1\"\nlist = [\"a\"]\n", ""), @r#"
    error: database `app` has both `query` and `list`: write one of them
      --> limbeck.toml:6:8
       |  list = ["a"]
       |         ^
    "#);
    assert_snapshot!(refused("tenant = [\"t\"]\nlist = [\"a\"]\nschemas = \"a\"\n", ""), @r#"
    error: database `app` has both `schemas` and `list`: write one of them
      --> limbeck.toml:5:8
       |  list = ["a"]
       |         ^
    "#);
    assert_snapshot!(refused("tenant = [\"t\"]\n", ""), @"
    error: `tenants` of database `app` has none of `query`, `list` and `schemas`
      --> limbeck.toml:3:1
       |  [databases.app.tenants]
       |  ^
    ");
    assert_snapshot!(refused("list = [\"a\"]\n", ""), @"
    error: `tenants` of database `app` does not say which branches run in them: `tenant`
      --> limbeck.toml:3:1
       |  [databases.app.tenants]
       |  ^
    ");
    assert_snapshot!(refused("list = [\"a\"]\ntenant = [\"t\"]\nsharde = []\n", ""), @"
    error: unknown key `sharde`
      --> limbeck.toml:6:1
       |  sharde = []
       |  ^
    hint: did you mean `shared`?
    ");
    assert_snapshot!(
        refused("list = [\"a\"]\ntenant = [\"t\"]\n", "branches = [\"core\"]\n"), @r#"
    error: database `app` has both `branches` and `tenants.shared`: write one of them
      --> limbeck.toml:3:13
       |  branches = ["core"]
       |              ^
    "#);
    assert_snapshot!(refused("list = [\"a\"]\ntenant = [\"a@b\"]\n", ""), @"
    error: database `app`: Character(s) '@' not allowed in branch label 'a@b'
      --> limbeck.toml:5:11
    ");
}

#[test]
fn a_url_of_tenants_names_them() {
    let config = "[databases.app]\nurl = \"sqlite:app.db\"\n[databases.app.tenants]\n\
                  list = [\"a\"]\ntenant = [\"t\"]\nurl = \"sqlite:one.db\"\n";
    let env = project().config(config).build();
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    warning: database app/* takes branch 't', but no revision has that label yet
    error: `url` of the tenants of database `app` does not hold `{tenant}`
      --> limbeck.toml:6:7
       |  url = "sqlite:one.db"
       |        ^
    [exit status: 78]
    "#);
    // On SQLite a tenant is a file, and somebody must say which.
    let config = "[databases.app]\nurl = \"sqlite:app.db\"\n[databases.app.tenants]\n\
                  list = [\"a\"]\ntenant = [\"t\"]\n";
    let env = project().config(config).build();
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    warning: database app/* takes branch 't', but no revision has that label yet
    error: the tenants of database `app` are files, and `url` does not say which: "sqlite:tenants/{tenant}.db"
      --> limbeck.toml:3:1
       |  [databases.app.tenants]
       |  ^
    [exit status: 78]
    "#);
}
