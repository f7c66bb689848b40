//! A few tenants first, then more.

use super::support::{Fleet, KINDS, Kind, Site};

/// Six tenants in three waves: the first of them, half of all, the rest.
fn in_waves(kind: Kind, more: &str) -> Fleet {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=6).map(|n| site.name(n)).collect();
    let waves = format!(
        "query = \"SELECT name FROM customers\"\n\
         waves = {{ canary = [\"*t01\"], shares = [\"50%\"]{more} }}"
    );
    let project = site.project(&names).config(site.config(&waves));
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet
}

/// How many tenants are at the heads.
fn done(fleet: &Fleet) -> usize {
    let said = fleet.env.run(&["status", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let databases = said["databases"].as_array().unwrap();
    databases.iter().filter(|one| !one["tenant"].is_null() && one["state"] == "ok").count()
}

#[test]
fn a_wave_waits_for_a_person() {
    for kind in KINDS {
        let fleet = in_waves(kind, ", approval = \"manual\"");
        let said = fleet.code(&["upgrade"], 9);
        assert!(said.contains("paused before wave 2 of 2 tenants, which nobody"), "{said}");
        assert_eq!(done(&fleet), 1, "{kind:?}");
        fleet.code(&["upgrade", "--approve"], 9);
        assert_eq!(done(&fleet), 3, "{kind:?}");
        fleet.code(&["upgrade", "--approve-all"], 0);
        assert_eq!(done(&fleet), 6, "{kind:?}");
    }
}

#[test]
fn waves_may_be_left_out() {
    let fleet = in_waves(Kind::Sqlite, ", approval = \"manual\"");
    fleet.code(&["upgrade", "--no-waves"], 0);
    assert_eq!(done(&fleet), 6);
}

#[test]
fn a_wave_waits_for_its_check() {
    for kind in KINDS {
        let fleet = in_waves(kind, ", check = \"SELECT count(*) = 6 FROM customers\"");
        fleet.code(&["upgrade", "--shared"], 0);
        let name = fleet.name(7);
        fleet.create(&name);
        fleet.list(&name);
        let said = fleet.code(&["upgrade"], 7);
        assert!(said.contains("its check does not say true"), "{said}");
        assert_eq!(done(&fleet), 1, "{kind:?}");
        fleet.shared(&format!("DELETE FROM customers WHERE name = '{name}'"));
        fleet.code(&["upgrade"], 0);
        assert_eq!(done(&fleet), 6, "{kind:?}");
    }
}

#[test]
fn a_failure_holds_the_next_wave() {
    for kind in KINDS {
        let fleet = in_waves(kind, "");
        let canary = fleet.name(1);
        fleet.inside(&canary, "CREATE TABLE ran (script VARCHAR(20))");
        let said = fleet.code(&["upgrade"], 7);
        assert!(said.contains("paused before wave 2 of 2 tenants, since 1 have failed"), "{said}");
        assert_eq!(done(&fleet), 0, "{kind:?}");
        // Whoever says how many may fail, or goes on all the same, is asked nothing.
        fleet.code(&["upgrade", "--approve"], 7);
        assert_eq!(done(&fleet), 2, "{kind:?}");
        fleet.code(&["upgrade", "--max-failures", "1"], 7);
        assert_eq!(done(&fleet), 5, "{kind:?}");
        fleet.inside(&canary, "DROP TABLE ran");
        fleet.code(&["upgrade"], 0);
        assert_eq!(done(&fleet), 6, "{kind:?}");
    }
}
