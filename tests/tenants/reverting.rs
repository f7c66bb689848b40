//! Downgrades and stamps of tenants, and what tenants and shared schemas need of each other.

use insta::assert_snapshot;

use super::support::{Fleet, KINDS, Kind, Site, fleet};
use crate::support::revision;

#[test]
fn tenants_are_reverted_only_by_name() {
    for kind in KINDS {
        let fleet = fleet(kind, 3);
        fleet.code(&["upgrade"], 0);
        for words in [["downgrade", "tenant@-1"], ["downgrade", "t1"], ["stamp", "t1"]] {
            let said = fleet.code(&words, 64);
            assert!(said.contains("--tenants"), "{kind:?}: {said}");
        }
        for n in 1..=3 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2");
        }
        fleet.code(&["downgrade", "t1", "--tenant", &fleet.name(2)], 0);
        assert_eq!(fleet.ran(&fleet.name(1)), "t1 t2");
        assert_eq!(fleet.ran(&fleet.name(2)), "t1");
        let said = fleet.code(&["downgrade", "t1", "--tenants"], 0);
        assert!(said.contains("app/*: 3 tenants: 2 done, 1 with nothing to do"), "{said}");
        for n in 1..=3 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1");
        }
        fleet.code(&["stamp", "t2", "--tenants"], 0);
        fleet.code(&["upgrade", "--tenants"], 0);
        assert_eq!(fleet.ran(&fleet.name(3)), "t1");
        fleet.code(&["downgrade", "base", "-d", "app/*"], 0);
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(&fleet.name(3)), "t1 t2", "{kind:?}");
    }
}

/// The second revision of the tenants needs the second one of what is shared.
fn needing(kind: Kind) -> Fleet {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=2).map(|n| site.name(n)).collect();
    let project = site.project(&names).revision(revision("s2", &["s1"])).revision(
        revision("t3", &["t2"])
            .depends_on("s2")
            .upgrade("INSERT INTO ran VALUES ('t3');")
            .downgrade("DELETE FROM ran WHERE script = 't3';"),
    );
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet
}

#[test]
fn a_tenant_waits_for_what_is_shared() {
    for kind in KINDS {
        let fleet = needing(kind);
        fleet.code(&["upgrade", "s1"], 0);
        insta::allow_duplicates! {
            assert_snapshot!(fleet.env.run(&["upgrade", "--tenants", "--jobs", "1"]), @"
            ------- stderr -------
            app/t01: not run: revision t3 needs s2 on database app
            app/t02: not run: revision t3 needs s2 on database app
            the failed tenants once more: limbeck upgrade --retry-failed
            app/*: 2 tenants: 2 failed
            error: database app/t01: revision t3 needs s2 on database app
            hint: apply that first: limbeck upgrade -d app --shared; or all in the right order: limbeck upgrade
            error: database app/t02: revision t3 needs s2 on database app
            hint: apply that first: limbeck upgrade -d app --shared; or all in the right order: limbeck upgrade
            [exit status: 4]
            ");
        }
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(&fleet.name(1)), "t1 t2 t3", "{kind:?}");
        // The same for one alone.
        let fleet = needing(kind);
        fleet.code(&["upgrade", "s1"], 0);
        let said = fleet.env.run(&["upgrade", "--tenant", &fleet.name(2)]);
        assert_ne!(said.code(), Some(0), "{said}");
        assert!(said.stderr.contains("s2"), "{said}");
    }
}

#[test]
fn what_a_tenant_needs_stays() {
    for kind in KINDS {
        let fleet = needing(kind);
        fleet.code(&["upgrade"], 0);
        insta::allow_duplicates! {
            assert_snapshot!(fleet.env.run(&["downgrade", "s1", "--shared"]), @"
            ------- stderr -------
            error: database app: revision s2 is needed by t3 on database app/t01
            hint: revert that first: limbeck downgrade -d 'app/*' t2
            [exit status: 4]
            ");
        }
        fleet.code(&["downgrade", "t2", "--tenant", &fleet.name(1)], 0);
        let said = fleet.env.run(&["downgrade", "s1", "--shared"]);
        assert!(said.stderr.contains("app/t02") && said.code() != Some(0), "{said}");
        fleet.code(&["downgrade", "t2", "--tenants"], 0);
        fleet.code(&["downgrade", "s1", "--shared"], 0);
        // Everything comes back.
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(&fleet.name(1)), "t1 t2 t3", "{kind:?}");
    }
}

#[test]
fn what_is_shared_needs_no_tenant() {
    let site = Site::new(Kind::Sqlite);
    let project =
        site.project(&["t01".to_owned()]).revision(revision("s2", &["s1"]).depends_on("t2"));
    let fleet = site.build(project);
    assert_snapshot!(fleet.env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision s2 of database `app` depends on t2, which runs in tenants only
      --> versions/s2_x.sql
      --> versions/t2_x.sql
    hint: there may be no tenant yet, and there will be more: turn it round
    [exit status: 78]
    ");
    assert_snapshot!(fleet.env.run(&["check"]), @"
    ------- stderr -------
    error: check needs the project's models, which this version of limbeck does not read
    hint: Alembic itself can do it on the same project and database
    [exit status: 64]
    ");
}

/// Each place has its own version table, and runs it for itself.
#[test]
fn a_branch_in_both_lists_runs_in_both() {
    for kind in KINDS {
        let site = Site::new(kind);
        let names: Vec<String> = (1..=2).map(|n| site.name(n)).collect();
        let config = site
            .config("query = \"SELECT name FROM customers\"")
            .replace("[\"shared\"]", "[\"shared\", \"both\"]")
            .replace("[\"tenant\"]", "[\"tenant\", \"both\"]");
        let project = site.project(&names).config(config).revision(
            revision("b1", &[])
                .label("both")
                .upgrade("CREATE TABLE notes (text VARCHAR(20)); INSERT INTO notes VALUES ('b1');")
                .downgrade("DROP TABLE notes;"),
        );
        let fleet = site.build(project);
        names.iter().for_each(|name| fleet.create(name));
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.shared("SELECT text FROM notes"), "b1\n");
        for name in &names {
            assert_eq!(fleet.inside(name, "SELECT text FROM notes"), "b1\n");
            assert_eq!(fleet.ran(name), "t1 t2");
            let rows = "SELECT version_num FROM alembic_version ORDER BY 1";
            assert_eq!(fleet.inside(name, rows), "b1\nt2\n");
        }
        fleet.code(&["downgrade", "both@base", "--tenant", &names[0]], 0);
        assert_eq!(fleet.shared("SELECT text FROM notes"), "b1\n");
        assert_eq!(fleet.inside(&names[1], "SELECT text FROM notes"), "b1\n");
        fleet.code(&["upgrade", "both@head"], 0);
        assert_eq!(fleet.inside(&names[0], "SELECT text FROM notes"), "b1\n", "{kind:?}");
    }
}
