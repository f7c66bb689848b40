//! New tenants as copies of one that is named.

use super::support::{Fleet, KINDS, Kind, Site};

/// A project with the template `blank`, which has a row more than the revisions write.
fn with_template(kind: Kind) -> Fleet {
    let site = Site::new(kind);
    let blank = site.name(0).replace("t00", "blank");
    let source = format!("query = \"SELECT name FROM customers\"\ntemplate = \"{blank}\"");
    let project = site.project(std::slice::from_ref(&blank));
    let project = project.config(site.config(&source));
    let fleet = site.build(project);
    fleet.create(&blank);
    fleet.code(&["upgrade"], 0);
    fleet.inside(&blank, "INSERT INTO ran VALUES ('seed')");
    fleet
}

#[test]
fn new_tenants_are_as_the_template() {
    for kind in KINDS {
        let fleet = with_template(kind);
        let names = [fleet.name(1), fleet.name(2)];
        fleet.code(&["tenants", "create", &names[0], &names[1]], 0);
        for name in &names {
            assert_eq!(fleet.ran(name), "seed t1 t2", "{kind:?}");
            fleet.list(name);
        }
        fleet.code(&["status", "--check"], 0);
        // Where there is one already it stays.
        let said = fleet.code(&["tenants", "create", &names[0]], 64);
        assert!(said.contains("already"), "{kind:?}: {said}");
        assert_eq!(fleet.ran(&names[0]), "seed t1 t2", "{kind:?}");
    }
}

#[test]
fn a_template_that_is_behind_is_no_reason_to_be() {
    for kind in KINDS {
        let fleet = with_template(kind);
        let blank = fleet.name(0).replace("t00", "blank");
        fleet.code(&["downgrade", "t1", "--tenant", &blank], 0);
        let name = fleet.name(1);
        fleet.code(&["tenants", "create", &name], 0);
        assert_eq!(fleet.ran(&name), "seed t1 t2", "{kind:?}");
        assert_eq!(fleet.ran(&blank), "seed t1", "{kind:?}");
    }
}

#[test]
fn a_template_that_is_not_there_is_told() {
    for kind in KINDS {
        let fleet = with_template(kind);
        let blank = fleet.name(0).replace("t00", "blank");
        fleet.remove(&blank);
        let output = fleet.env.run(&["tenants", "create", &fleet.name(1)]);
        assert_eq!(output.code(), Some(8), "{kind:?}: {output}");
        assert!(output.stderr.contains("blank"), "{kind:?}: {output}");
    }
}
