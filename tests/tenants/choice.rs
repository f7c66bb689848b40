//! Which of shared schemas and tenants a command is about.

use insta::assert_snapshot;

use super::support::{Fleet, KINDS, Kind, fleet};
use crate::support::{project, revision};

/// Which of four tenants have been begun, and whether what is shared was.
fn begun(fleet: &Fleet) -> (bool, Vec<usize>) {
    let has = |name: &str, table: &str| match fleet.kind {
        Kind::Sqlite => {
            fleet.env.path(format!("tenants/{name}.db")).exists()
                && fleet.inside(name, "SELECT count(*) FROM sqlite_master") != "0\n"
        }
        Kind::Postgres | Kind::Mariadb => {
            let count = format!(
                "SELECT count(*) FROM information_schema.tables \
                 WHERE table_schema = '{name}' AND table_name = '{table}'"
            );
            fleet.shared(&count) == "1\n"
        }
    };
    let is_shared = fleet.shared("SELECT count(*) FROM alembic_version") == "1\n";
    (is_shared, (1..=4).filter(|n| has(&fleet.name(*n), "ran")).collect())
}

#[test]
fn tenants_are_chosen() {
    for kind in KINDS {
        let cases: [(&[&str], &[usize]); 8] = [
            (&["--shared"], &[]),
            (&["--tenants"], &[1, 2, 3, 4]),
            (&["--tenant", "t02"], &[2]),
            (&["--tenant", "t02", "--tenant", "t04"], &[2, 4]),
            (&["--tenant", "*t0?"], &[1, 2, 3, 4]),
            (&["-d", "app/t03"], &[3]),
            (&["-d", "app/*3", "-d", "app/*4"], &[3, 4]),
            (&["-d", "app/*"], &[1, 2, 3, 4]),
        ];
        for (options, expected) in cases {
            let fleet = fleet(kind, 4);
            fleet.code(&["upgrade", "--shared"], 0);
            let own = fleet.name(0).replace("t00", "");
            let options: Vec<String> = options
                .iter()
                .map(|word| match word.strip_prefix("app/") {
                    _ if word.contains('*') => (*word).to_owned(),
                    Some(name) => format!("app/{own}{name}"),
                    None if word.starts_with('t') => format!("{own}{word}"),
                    None => (*word).to_owned(),
                })
                .collect();
            let arguments: Vec<&str> =
                ["upgrade"].into_iter().chain(options.iter().map(String::as_str)).collect();
            fleet.code(&arguments, 0);
            assert_eq!(begun(&fleet), (true, expected.to_vec()), "{kind:?} {options:?}");
        }
    }
}

#[test]
fn tenants_that_are_not_there() {
    let fleet = fleet(Kind::Postgres, 2);
    fleet.code(&["upgrade", "--shared"], 0);
    assert_snapshot!(fleet.env.run(&["upgrade", "--tenant", "t99"]), @"
    ------- stderr -------
    error: there is no tenant `t99`
    hint: `limbeck tenants list` names them all
    [exit status: 64]
    ");
    assert_snapshot!(fleet.env.run(&["upgrade", "--tenant", "t01", "-d", "app/x*"]), @"
    ------- stderr -------
    error: there is no tenant `x*`
    hint: `limbeck tenants list` names them all
    [exit status: 64]
    ");
    assert_snapshot!(fleet.env.run(&["upgrade", "-d", "nothing/t01"]), @"
    ------- stderr -------
    error: there is no database `nothing` in the configuration
    hint: there are: app
    [exit status: 64]
    ");
    assert_snapshot!(fleet.env.run(&["upgrade", "-d", "app/"]), @"
    ------- stderr -------
    error: there is no tenant ``
    hint: `limbeck tenants list` names them all
    [exit status: 64]
    ");
    assert_snapshot!(fleet.env.run(&["upgrade", "--shared", "--tenant", "t01"]), @"
    ------- stderr -------
    error: the argument '--shared' cannot be used with '--tenant <NAME>'

    Usage: limbeck upgrade --shared [REVISION]

    For more information, try '--help'.
    [exit status: 64]
    ");
    for command in ["status", "plan", "current", "journal", "health"] {
        fleet.code(&[command, "--tenant", "t99"], 64);
    }
}

#[test]
fn a_project_without_tenants() {
    let env = project().revision(revision("a1", &[])).build();
    assert_snapshot!(env.run(&["upgrade", "--tenants"]), @"
    ------- stderr -------
    error: no chosen database has tenants
    hint: `[databases.NAME.tenants]` in limbeck.toml says who they are
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "--tenant", "x"]), @"
    ------- stderr -------
    error: no chosen database has tenants
    hint: `[databases.NAME.tenants]` in limbeck.toml says who they are
    [exit status: 64]
    ");
    assert_snapshot!(env.run(&["upgrade", "-d", "app/x"]), @"
    ------- stderr -------
    error: no chosen database has tenants
    hint: `[databases.NAME.tenants]` in limbeck.toml says who they are
    [exit status: 64]
    ");
    env.run(&["upgrade", "--shared"]).ok();
}

/// Everything that takes a tenant answers for one.
#[test]
fn commands_on_one_tenant() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade", "--shared"], 0);
        let name = fleet.name(2);
        fleet.code(&["upgrade", "t1", "--tenant", &name], 0);
        let on =
            |words: &[&str], code: i32| fleet.code(&[words, &["--tenant", &name]].concat(), code);
        assert!(on(&["current"], 0).contains("t1"), "{kind:?}");
        assert!(on(&["status"], 0).contains("t1"), "{kind:?}");
        on(&["status", "--check"], 2);
        assert!(on(&["plan"], 0).contains("t2"), "{kind:?}");
        assert!(on(&["journal"], 0).contains("t1"), "{kind:?}");
        assert!(on(&["history", "-i"], 0).contains("(current)"), "{kind:?}");
        on(&["health"], 2);
    }
}

/// A database that is named beside a tenant of it is not left out.
#[test]
fn a_database_and_a_tenant_of_it() {
    let fleet = fleet(Kind::Postgres, 3);
    fleet.code(&["upgrade", "-d", "app", "-d", "app/t02"], 0);
    assert_eq!(begun(&fleet), (true, vec![1, 2, 3]));
    let said = fleet.code(&["current", "-d", "a*/t02"], 0);
    assert!(said.contains("t2 (head)"), "{said}");
}

/// What is no tenant is not dropped, whatever it is called.
#[test]
fn only_tenants_are_dropped() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade"], 0);
        let other = fleet.name(7);
        fleet.create(&other);
        fleet.inside(&other, "CREATE TABLE money (i INTEGER)");
        let said = fleet.code(&["tenants", "drop", &other, "--yes"], 64);
        assert!(said.contains("there is no tenant"), "{said}");
        assert_eq!(fleet.inside(&other, "SELECT count(*) FROM money"), "0\n");
        fleet.remove(&other);
        // One that the application has forgotten already is in the catalogue still.
        let gone = fleet.name(2);
        fleet.shared(&format!("DELETE FROM customers WHERE name = '{gone}'"));
        let said = fleet.code(&["tenants", "drop", &gone, "--yes"], 0);
        assert!(said.contains("dropped"), "{said}");
        let said = fleet.code(&["tenants", "drop", &fleet.name(1), "--yes"], 0);
        assert!(said.contains("dropped"), "{said}");
    }
}

#[test]
fn commands_about_files_are_for_no_tenant() {
    let fleet = fleet(Kind::Sqlite, 2);
    fleet.code(&["upgrade"], 0);
    let before = fleet.env.files("versions");
    for choice in [["--tenant", "t01"], ["-d", "app/t01"], ["-d", "app/nosuch"]] {
        for words in [
            &["lint"][..],
            &["config", "check"],
            &["config", "show"],
            &["revision", "-m", "x", "--head", "tenant@head"],
            &["merge", "heads", "-m", "x"],
            &["edit", "t1"],
            &["route", "explain", "t1"],
        ] {
            let said = fleet.code(&[words, &choice].concat(), 64);
            assert!(said.contains("is about files, which are the same for every tenant"), "{said}");
        }
    }
    assert_eq!(fleet.env.files("versions"), before);
    let said = fleet.code(&["upgrade", "--shared", "-d", "app/t01"], 64);
    assert!(said.contains("--shared leaves tenants alone"), "{said}");
    // Listings show the part that is meant.
    for (words, has, has_not) in [
        (&["history", "--tenant", "t01"][..], "t2", "s1"),
        (&["heads", "--tenants"], "t2", "s1"),
        (&["heads", "--shared"], "s1", "t2"),
        (&["heads", "-d", "app/*"], "t2", "s1"),
    ] {
        let said = fleet.code(words, 0);
        assert!(said.contains(has) && !said.contains(has_not), "{words:?} {said}");
    }
}
