//! A fleet that is brought on, and one that has nothing to do.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, fleet};
use crate::support::revision;

#[test]
fn shared_first_then_every_tenant() {
    for kind in KINDS {
        let fleet = fleet(kind, 3);
        insta::allow_duplicates! {
            assert_snapshot!(fleet.env.run(&["upgrade", "--jobs", "1"]), @"
            ------- stderr -------
            Running upgrade  -> s1, rev s1
            app/t01: 2 revisions applied, at t2
            app/t02: 2 revisions applied, at t2
            app/t03: 2 revisions applied, at t2
            app: 1 revision applied, at s1
            app/*: 3 tenants: 3 done
            [exit status: 0]
            ");
        }
        for n in 1..=3 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2", "{kind:?}");
        }
        insta::allow_duplicates! {
            assert_snapshot!(fleet.env.run(&["upgrade"]), @"
            ------- stderr -------
            nothing to do (at s1)
            app/*: 3 tenants: 3 with nothing to do
            [exit status: 0]
            ");
        }
        // One more.
        let name = fleet.name(4);
        fleet.create(&name);
        fleet.list(&name);
        insta::allow_duplicates! {
            assert_snapshot!(fleet.env.run(&["upgrade", "--jobs", "1"]), @"
            ------- stderr -------
            nothing to do (at s1)
            app/t04: 2 revisions applied, at t2
            app: nothing to do, at s1
            app/*: 4 tenants: 1 done, 3 with nothing to do
            [exit status: 0]
            ");
        }
        for n in 1..=4 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2", "{kind:?}");
        }
    }
}

/// The catalogue knows them.
#[test]
fn tenants_at_head_are_not_opened() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 3);
        fleet.code(&["upgrade"], 0);
        let said = fleet.code(&["upgrade", "--log-sql"], 0);
        assert!(!said.contains("app/t"), "{kind:?}: {said}");
        // One is behind, and the only one that is opened.
        let name = fleet.name(2);
        fleet.code(&["downgrade", "-1", "--tenant", &name], 0);
        let said = fleet.code(&["upgrade", "--log-sql", "--jobs", "1"], 0);
        assert!(said.contains("app/t02"), "{kind:?}: {said}");
        for other in ["app/t01", "app/t03"] {
            assert!(!said.contains(other), "{kind:?}: {said}");
        }
    }
}

#[test]
fn a_later_revision_reaches_all() {
    for kind in KINDS {
        let fleet = fleet(kind, 9);
        fleet.code(&["upgrade"], 0);
        let later = revision("t3", &["t2"]).upgrade("INSERT INTO ran VALUES ('t3');");
        fleet.env.write("versions/t3_x.sql", later.text());
        let said = fleet.code(&["upgrade"], 0);
        assert!(said.contains("app/*: 9 tenants: 9 done"), "{said}");
        for n in 1..=9 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2 t3", "{kind:?}");
        }
    }
}

/// A worker keeps its connection; one that is replaced often does the same.
#[test]
fn connections_are_recycled() {
    for kind in KINDS {
        for options in [["--jobs", "1", "--recycle", "1"], ["--jobs", "3", "--recycle", "2"]] {
            let fleet = fleet(kind, 5);
            let arguments = [&["upgrade"], options.as_slice()].concat();
            fleet.code(&arguments, 0);
            for n in 1..=5 {
                assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2", "{kind:?}");
            }
        }
    }
}

#[test]
fn json_names_the_tenant_of_each_entry() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        let output = fleet.env.run(&["upgrade", "--json"]);
        assert_eq!(output.code(), Some(0), "{output}");
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let databases = json["databases"].as_array().unwrap();
        assert_eq!(databases.len(), 3, "{output}");
        assert_eq!(databases[0]["database"], "app");
        assert!(databases[0].get("tenant").is_none());
        for (n, entry) in databases.iter().enumerate().skip(1) {
            assert_eq!(entry["database"], format!("app/t{n:02}").as_str());
            assert_eq!(entry["tenant"], format!("t{n:02}").as_str());
            let steps = entry["report"]["steps"].as_array().unwrap();
            assert_eq!(steps.len(), 2, "{output}");
        }
        assert_eq!(json["errors"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn a_plan_of_tenants_is_applied() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade", "--shared"], 0);
        fleet.code(&["upgrade", "t1", "--tenants"], 0);
        fleet.code(&["plan", "--tenants", "-o", "plan.json"], 0);
        fleet.code(&["apply", "plan.json", "--tenants"], 64);
        fleet.code(&["apply", "plan.json"], 0);
        for n in 1..=2 {
            assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2", "{kind:?}");
        }
    }
}
