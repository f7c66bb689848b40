//! Tenants that fail: the rest is done, and they are named and done alone later.

use insta::assert_snapshot;

use super::support::{Fleet, KINDS, Kind, Site, fleet};
use crate::support::revision;

/// Twenty tenants, of which two have a table in the way of the third revision, and where a tenant
/// is a schema one lacks it.
fn damaged(kind: Kind) -> (Fleet, Vec<String>) {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=20).map(|n| site.name(n)).collect();
    let third = revision("t3", &["t2"])
        .upgrade("INSERT INTO ran VALUES ('t3'); CREATE TABLE clash (i INTEGER);");
    let project = site.project(&names).revision(third);
    let fleet = site.build(project);
    let lacks_schema = |name: &str| kind != Kind::Sqlite && name.ends_with("t17");
    names.iter().filter(|name| !lacks_schema(name)).for_each(|name| fleet.create(name));
    for n in [5, 12] {
        fleet.inside(&fleet.name(n), "CREATE TABLE clash (i INTEGER)");
    }
    let mut failing = vec![fleet.name(5), fleet.name(12)];
    if kind != Kind::Sqlite {
        failing.push(fleet.name(17));
    }
    (fleet, failing)
}

#[test]
fn the_others_are_done_and_the_failed_retried() {
    for kind in KINDS {
        let (fleet, failing) = damaged(kind);
        let output = fleet.env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(7), "{output}");
        for n in 1..=20 {
            let name = fleet.name(n);
            let line =
                |line: &&str| line.contains(&format!("app/t{n:02}: ")) && line.contains("failed");
            let is_failing = failing.contains(&name);
            assert_eq!(output.stderr.lines().any(|l| line(&l)), is_failing, "{kind:?}: {output}");
            if !is_failing {
                assert_eq!(fleet.ran(&name), "t1 t2 t3");
            }
        }
        assert!(output.stderr.contains("--retry-failed"), "{output}");
        // The repair.
        for n in [5, 12] {
            let name = fleet.name(n);
            fleet.inside(&name, "DROP TABLE clash");
        }
        if kind == Kind::Mariadb {
            // What has run there stays: the journal knows which statement is next.
            assert_eq!(fleet.ran(&fleet.name(5)), "t1 t2 t3");
        }
        if kind != Kind::Sqlite {
            fleet.create(&fleet.name(17));
        }
        let output = fleet.env.run(&["upgrade", "--retry-failed"]);
        assert_eq!(output.code(), Some(0), "{output}");
        let count = failing.len();
        let line = format!("app/*: {count} tenants: {count} done");
        assert!(output.stderr.contains(&line), "{output}");
        for n in 1..=20 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2 t3", "{kind:?}");
        }
        let nothing = fleet.env.run(&["upgrade", "--retry-failed"]);
        assert_eq!(nothing.code(), Some(0), "{nothing}");
        assert!(!nothing.stderr.contains("done"), "{nothing}");
    }
}

/// One tenant is shown step by step, and noted like many.
#[test]
fn a_single_tenant_that_fails_is_retried() {
    for kind in KINDS {
        let (fleet, _) = damaged(kind);
        fleet.code(&["upgrade", "--shared"], 0);
        let name = fleet.name(5);
        fleet.code(&["upgrade", "--tenant", &name], 1);
        fleet.inside(&name, "DROP TABLE clash");
        fleet.code(&["upgrade", "--retry-failed"], 0);
        assert_eq!(fleet.ran(&name), "t1 t2 t3", "{kind:?}");
        // No other was begun, and the note is gone.
        let said = fleet.code(&["upgrade", "--retry-failed"], 0);
        assert!(!said.contains("app/"), "{kind:?}: {said}");
        let version = "SELECT count(*) FROM information_schema.tables WHERE table_schema = ";
        if kind != Kind::Sqlite {
            assert_eq!(fleet.shared(&format!("{version}'{}'", fleet.name(6))), "0\n");
        }
    }
}

/// What was repaired by hand is no failure any longer.
#[test]
fn a_repair_by_stamp_is_noted() {
    for kind in KINDS {
        let (fleet, failing) = damaged(kind);
        fleet.code(&["upgrade"], 7);
        for name in &failing {
            if name.ends_with("t17") {
                fleet.create(name);
            }
            fleet.code(&["stamp", "t3", "--purge", "--tenant", name], 0);
        }
        let said = fleet.code(&["upgrade", "--retry-failed"], 0);
        assert!(!said.contains("failed"), "{said}");
        let again = fleet.code(&["upgrade", "--retry-failed"], 0);
        assert!(!again.contains("app/"), "{kind:?}: {again}");
    }
}

/// How many were done when the run ended.
fn done(fleet: &Fleet) -> usize {
    let is_done = |n: &usize| match fleet.kind {
        Kind::Sqlite => fleet.env.path(format!("tenants/{}.db", fleet.name(*n))).exists(),
        Kind::Postgres | Kind::Mariadb => {
            let count = format!(
                "SELECT count(*) FROM information_schema.tables \
                 WHERE table_schema = '{}' AND table_name = 'ran'",
                fleet.name(*n)
            );
            fleet.shared(&count) == "1\n"
        }
    };
    (1..=20).filter(is_done).count()
}

#[test]
fn a_run_may_end_at_the_first_failure() {
    let (fleet, _) = damaged(Kind::Sqlite);
    fleet.code(&["upgrade", "--fail-fast", "--jobs", "1"], 7);
    // Those before the fifth; the file of the twelfth was there before.
    assert_eq!(done(&fleet), 5 + 1);
    let (fleet, _) = damaged(Kind::Postgres);
    // The missing schema is known beforehand.
    let said = fleet.code(&["upgrade", "--fail-fast", "--jobs", "1"], 7);
    assert_eq!(done(&fleet), 0, "{said}");
    assert!(said.contains("19 not begun"), "{said}");
}

#[test]
fn a_run_may_end_at_so_many_failures() {
    // The missing database is known beforehand.
    for (most, count) in [("1", 5), ("2", 12), ("5%", 5), ("15%", 19), ("0", 0)] {
        let (fleet, _) = damaged(Kind::Mariadb);
        fleet.code(&["upgrade", "--max-failures", most, "--jobs", "1"], 7);
        assert_eq!(done(&fleet), count, "{most}");
    }
}

#[test]
fn options_are_checked() {
    let fleet = fleet(Kind::Sqlite, 1);
    for wrong in [["--max-failures", "x"], ["--max-failures", "101%"], ["--jobs", "0"]] {
        fleet.code(&[&["upgrade"], wrong.as_slice()].concat(), 64);
    }
    fleet.code(&["upgrade", "--fail-fast", "--max-failures", "1"], 64);
}

#[test]
fn the_whole_of_a_failure_is_shown() {
    let site = Site::new(Kind::Postgres);
    let names: Vec<String> = (1..=3).map(|n| site.name(n)).collect();
    let third = revision("t3", &["t2"]).upgrade("CREATE TABLE clash (i INTEGER);");
    let project = site.project(&names).revision(third);
    let fleet = site.build(project);
    names[..2].iter().for_each(|name| fleet.create(name));
    fleet.inside("t02", "CREATE TABLE clash (i INTEGER)");
    assert_snapshot!(fleet.env.run(&["upgrade", "--jobs", "1"]), @r#"
    ------- stderr -------
    Running upgrade  -> s1, rev s1
    app/t03: failed: the schema `t03` of tenant app/t03 does not exist
    app/t01: 3 revisions applied, at t3
    app/t02: 2 revisions applied, at t2; failed: relation "clash" already exists
    the failed tenants once more: limbeck upgrade --retry-failed
    app: 1 revision applied, at s1
    app/*: 3 tenants: 1 done, 2 failed
    error: database app/t02: relation "clash" already exists
      --> versions/t3_x.sql:11:1
       |  CREATE TABLE clash (i INTEGER)
       |  ^
    hint: revision t3 was rolled back
    error: the schema `t03` of tenant app/t03 does not exist
    hint: `limbeck tenants create NAME` makes it, with all revisions of its branches
    [exit status: 7]
    "#);
    assert_eq!(
        fleet.shared("SELECT tenant, heads, error FROM limbeck_tenants ORDER BY 1"),
        "t01|t3|\n\
         t02|t2|database app/t02: relation \"clash\" already exists\n\
         t03||the schema `t03` of tenant app/t03 does not exist\n"
    );
}

/// The tenants of a database whose shared schema fails are left as they are.
#[test]
fn a_failure_of_the_shared_schema_holds_its_tenants_up() {
    let fleet = fleet(Kind::Postgres, 2);
    fleet.code(&["upgrade"], 0);
    let wrong = revision("s2", &["s1"]).upgrade("SELECT nothing_like_this;");
    fleet.env.write("versions/s2_x.sql", wrong.text());
    let later = revision("t3", &["t2"]).upgrade("INSERT INTO ran VALUES ('t3');");
    fleet.env.write("versions/t3_x.sql", later.text());
    assert_snapshot!(fleet.env.run(&["upgrade"]), @r#"
    ------- stderr -------
    Running upgrade s1 -> s2, rev s2
    app: failed: column "nothing_like_this" does not exist
    app/*: its tenants were not begun
    error: database app: column "nothing_like_this" does not exist
      --> versions/s2_x.sql:11:8
       |  SELECT nothing_like_this
       |         ^
    hint: revision s2 was rolled back
    [exit status: 7]
    "#);
    assert_eq!(fleet.ran("t01"), "t1 t2");
    fleet.code(&["upgrade", "--tenants"], 0);
    assert_eq!(fleet.ran("t01"), "t1 t2 t3");
}

/// Which have failed, nobody knows where none can be listed.
#[test]
fn a_retry_without_a_list_fails() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade"], 0);
        fleet.shared("DROP TABLE customers");
        let said = fleet.code(&["upgrade", "--retry-failed"], 1);
        assert!(said.contains("the tenants of database app cannot be listed"), "{said}");
    }
}
