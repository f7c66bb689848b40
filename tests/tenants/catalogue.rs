//! The catalogue says where tenants are as long as their own version tables are those it was
//! written from; these tables are Alembic's.

use super::support::{Kind, Site, fleet};
use crate::support::{python, revision};

/// A schema that was dropped and made again is asked itself.
#[test]
fn a_stale_row_counts_for_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 3);
        fleet.code(&["upgrade"], 0);
        let name = fleet.name(2);
        fleet.remove(&name);
        fleet.create(&name);
        let said = fleet.code(&["upgrade"], 0);
        assert!(said.contains("3 tenants: 1 done, 2 with nothing to do"), "{kind:?}: {said}");
        assert_eq!(fleet.ran(&name), "t1 t2");
        // The same with an older state in it.
        fleet.remove(&name);
        fleet.create(&name);
        // MariaDB tells tables apart by the second.
        std::thread::sleep(std::time::Duration::from_millis(1100));
        for statement in [
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
            "INSERT INTO alembic_version VALUES ('t1')",
            "CREATE TABLE ran (script VARCHAR(20))",
            "INSERT INTO ran VALUES ('t1')",
        ] {
            fleet.inside(&name, statement);
        }
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(&name), "t1 t2", "{kind:?}");
    }
}

/// Somebody dropped it, or it is a copy of another one.
#[test]
fn a_catalogue_that_is_gone_is_made_again() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 3);
        fleet.code(&["upgrade"], 0);
        fleet.shared("DROP TABLE limbeck_tenants");
        let said = fleet.code(&["upgrade"], 0);
        assert!(!said.contains("applied"), "{said}");
        let later = revision("t3", &["t2"]).upgrade("INSERT INTO ran VALUES ('t3');");
        fleet.env.write("versions/t3_x.sql", later.text());
        fleet.code(&["upgrade"], 0);
        let rows = "SELECT count(*) FROM limbeck_tenants WHERE heads = 't3' AND error IS NULL";
        assert_eq!(fleet.shared(rows), "3\n");
        // A row that makes no sense is none.
        fleet.shared("UPDATE limbeck_tenants SET heads = 'no@such@id'");
        let said = fleet.code(&["upgrade"], 0);
        assert!(!said.contains("applied"), "{said}");
    }
}

/// What a step writes that is rolled back, its row of the catalogue does not keep.
#[test]
fn the_catalogue_says_what_the_version_table_says() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 2);
        fleet.code(&["upgrade"], 0);
        let wrong = revision("t3", &["t2"]).upgrade("SELECT nothing_like_this;");
        fleet.env.write("versions/t3_x.sql", wrong.text());
        fleet.code(&["upgrade"], 7);
        let heads = "SELECT DISTINCT heads FROM limbeck_tenants";
        assert_eq!(fleet.shared(heads), "t2\n", "{kind:?}");
        fleet.code(&["downgrade", "base", "--tenants"], 0);
        assert_eq!(fleet.shared(heads).trim(), "", "{kind:?}");
        fleet.code(&["stamp", "t2", "--purge", "--tenants"], 0);
        assert_eq!(fleet.shared(heads), "t2\n", "{kind:?}");
    }
}

/// Real Alembic reads and writes the version table of a tenant.
#[test]
fn alembic_goes_on_in_a_tenant() {
    let fleet = fleet(Kind::Postgres, 2);
    fleet.code(&["upgrade"], 0);
    let script = "
import sys
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
engine = create_engine(sys.argv[1].replace('postgres://', 'postgresql+psycopg2://'))
with engine.begin() as connection:
    connection.execute(text('SET search_path TO t01, public'))
    options = {'version_table_schema': 't01'}
    context = MigrationContext.configure(connection, opts=options)
    print(context.get_current_heads())
    connection.execute(text('UPDATE t01.alembic_version SET version_num = :old'), {'old': 't1'})
    print(context.get_current_heads())
";
    let mut alembic = fleet.env.program(python());
    alembic.args(["-c", script, &fleet.url]);
    assert_eq!(fleet.env.finish(alembic).ok(), "('t2',)\n('t1',)\n");
    // The truth is in the tenant.
    let said = fleet.code(&["current", "--tenant", "t01"], 0);
    assert!(said.contains("t1"), "{said}");
}

/// On Linux databases may differ in the case of their letters alone; a list of tables does not tell
/// them apart.
#[test]
fn names_that_differ_in_case() {
    let site = Site::new(Kind::Mariadb);
    let names = [format!("{}_x", site.name(1)), format!("{}_X", site.name(1))];
    let list = site.config(&format!("list = {names:?}"));
    let project = site.project(&[]).config(list);
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade"], 0);
    for (name, other) in [(&names[0], &names[1]), (&names[1], &names[0])] {
        // As if both were made within one second.
        fleet.shared(&format!(
            "UPDATE limbeck_tenants SET version_table = (SELECT unix_timestamp(create_time) \
             FROM information_schema.tables WHERE BINARY table_schema = '{other}' \
             AND table_name = 'alembic_version')"
        ));
        fleet.remove(name);
        fleet.create(name);
        fleet.code(&["status", "--check", "--tenant", name], 2);
        fleet.code(&["upgrade"], 0);
        assert_eq!(fleet.ran(name), "t1 t2");
    }
}

/// Only those that are named are looked at, and repaired.
#[test]
fn verify_of_one_tenant() {
    let fleet = fleet(Kind::Postgres, 3);
    fleet.code(&["upgrade"], 0);
    for name in ["t01", "t02"] {
        fleet.inside(name, "UPDATE alembic_version SET version_num = 't1'");
    }
    let said = fleet.code(&["tenants", "verify", "--tenant", "t03"], 0);
    assert!(said.contains("1 tenants: 0 different"), "{said}");
    fleet.code(&["tenants", "verify", "-d", "app/t99"], 64);
    fleet.code(&["tenants", "verify", "--shared"], 64);
    fleet.code(&["tenants", "verify", "--repair", "-d", "app/t01"], 0);
    let said = fleet.code(&["tenants", "verify"], 5);
    assert!(said.contains("app/t02: in the catalogue at t2, and in truth at t1"), "{said}");
    assert!(said.contains("3 tenants: 1 different"), "{said}");
    fleet.code(&["tenants", "status", "--shared"], 64);
    let said = fleet.code(&["tenants", "status", "-d", "app/t03"], 0);
    assert!(!said.contains("app/t02") && !said.contains("app/*"), "{said}");
}
