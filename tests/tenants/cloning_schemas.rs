//! `limbeck tenants clone` of schemas of PostgreSQL and databases of MariaDB.

use super::support::{Fleet, Kind, Site};
use crate::support::{postgres, query, revision};

/// What a tenant can hold, on each kind of server.
const POSTGRES: &str = "
    CREATE TYPE mood AS ENUM ('well', 'ill');
    CREATE SEQUENCE numbers START 7;
    CREATE TABLE persons (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
        feels mood DEFAULT 'well', boss bigint REFERENCES persons (id), n serial,
        twice integer GENERATED ALWAYS AS (length(name) * 2) STORED);
    CREATE TABLE accounts (id bigint PRIMARY KEY DEFAULT nextval('numbers'), owner bigint NOT NULL
        REFERENCES persons (id), place text REFERENCES public.places (name));
    CREATE TABLE log (at date NOT NULL, what text) PARTITION BY RANGE (at);
    CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE log_rest PARTITION OF log DEFAULT;
    CREATE TABLE nothing ();
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO log VALUES ('2026-05-05', 'by a trigger'); RETURN NEW; END $$;
    CREATE TRIGGER noted AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION noted();
    CREATE VIEW owners AS SELECT p.name, a.place FROM accounts a JOIN persons p ON p.id = a.owner;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM owners;
    CREATE INDEX persons_name ON persons (lower(name)) WHERE name <> 'x';
    COMMENT ON TABLE persons IS 'people';
    INSERT INTO ran VALUES ('t3');";
const FILL: &str = "
    INSERT INTO persons (name) VALUES ('ann'), ('bob');
    UPDATE persons SET boss = 1 WHERE id = 2;
    DELETE FROM persons WHERE name = 'nobody';
    INSERT INTO accounts (owner, place) VALUES (2, 'here'), (1, NULL);
    INSERT INTO log VALUES ('2026-02-02', 'one'), ('1999-01-01', 'two');
    INSERT INTO nothing SELECT FROM generate_series(1, 3);
    REFRESH MATERIALIZED VIEW counted";
// Without views: other tests look whether the server has any.
const MARIADB: &str = "
    CREATE TABLE persons (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, boss bigint,
        twice integer AS (length(name) * 2) STORED, FOREIGN KEY (boss) REFERENCES persons (id));
    CREATE TABLE accounts (id bigint PRIMARY KEY, owner bigint NOT NULL, FOREIGN KEY (owner)
        REFERENCES persons (id));
    INSERT INTO ran VALUES ('t3');";

/// The name of a tenant: databases of MariaDB belong to all tests.
fn own(first: &str, name: &str) -> String {
    format!("{}{name}", first.strip_suffix("t00").unwrap())
}

/// A project with the tenant `north`, which has rows of its own.
fn filled(kind: Kind) -> Fleet {
    filled_at(Site::new(kind))
}

fn filled_at(site: Site) -> Fleet {
    let kind = site.kind;
    let names = &[own(&site.name(0), "north")];
    let third = match kind {
        Kind::Postgres => POSTGRES,
        _ => MARIADB,
    };
    let project = site.project(names).revision(revision("t3", &["t2"]).upgrade(third));
    let fleet = site.build(project);
    if kind == Kind::Postgres {
        fleet.shared(
            "CREATE TABLE places (name text PRIMARY KEY); INSERT INTO places VALUES ('here')",
        );
    }
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade"], 0);
    let name = &names[0];
    match kind {
        Kind::Postgres => fleet.inside(name, FILL),
        _ => fleet.inside(
            name,
            "INSERT INTO persons (name) VALUES ('ann'), ('bob'); UPDATE persons SET boss = 1 WHERE id = 2; \
             INSERT INTO accounts VALUES (1, 2); INSERT INTO ran VALUES ('own')",
        ),
    };
    fleet
}

/// All rows of a tenant.
fn rows(fleet: &Fleet, name: &str) -> String {
    let mut tables = vec!["persons", "accounts", "ran"];
    if fleet.kind == Kind::Postgres {
        tables.extend(["owners", "log", "counted"]);
    }
    let all = tables.iter().map(|table| fleet.inside(name, &format!("SELECT * FROM {table}")));
    let mut all: Vec<String> = all.collect();
    if fleet.kind == Kind::Postgres {
        all.push(fleet.inside(name, "SELECT count(*) FROM nothing"));
        all.push(fleet.inside(name, "SELECT last_value, is_called FROM numbers"));
    }
    all.join("--\n")
}

#[test]
fn a_copy_has_all_rows_and_goes_on_by_itself() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        let before = rows(&fleet, &north);
        let said = fleet.code(&["tenants", "clone", &north, &south], 0);
        assert!(said.contains("a copy of") && said.contains("at t3"), "{said}");
        assert_eq!(rows(&fleet, &south), before, "{kind:?}");
        assert_eq!(rows(&fleet, &north), before, "{kind:?}");
        // Sequences go on where they were.
        let insert = "INSERT INTO persons (name) VALUES ('new')";
        fleet.inside(&south, insert);
        let last = "SELECT max(id) FROM persons";
        assert_eq!(fleet.inside(&south, last), "3\n", "{kind:?}");
        assert_eq!(fleet.inside(&north, last), "2\n", "{kind:?}");
        fleet.list(&south);
        fleet.code(&["tenants", "verify"], 0);
        fleet.code(&["status", "--check"], 0);
        let said = fleet.code(&["tenants", "clone", &north, &south], 64);
        assert!(said.contains("is there already"), "{said}");
    }
}

#[test]
fn a_name_is_only_a_name() {
    for (kind, name) in [
        (Kind::Postgres, "\"; drop schema public cascade; --"),
        (Kind::Postgres, "Ünïcödé 'x' \\ 名前"),
        (Kind::Mariadb, "`; DROP TABLE customers; --'\\"),
    ] {
        let fleet = filled(kind);
        let (north, hostile) = (own(&fleet.name(0), "north"), own(&fleet.name(0), name));
        let before = rows(&fleet, &north);
        fleet.code(&["tenants", "clone", &north, &hostile], 0);
        assert_eq!(rows(&fleet, &hostile), before, "{kind:?}");
        let again = own(&fleet.name(0), "again");
        fleet.code(&["tenants", "clone", &hostile, &again], 0);
        assert_eq!(rows(&fleet, &again), before, "{kind:?}");
    }
}

#[test]
fn nothing_comes_of_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (nobody, south) = (own(&fleet.name(0), "nobody"), own(&fleet.name(0), "south"));
        let said = fleet.code(&["tenants", "clone", &nobody, &south], 8);
        assert!(said.contains("does not exist"), "{kind:?}: {said}");
        assert!(!is_there(&fleet, &south), "{kind:?}");
        fleet.code(
            &["tenants", "clone", &own(&fleet.name(0), "north"), &own(&fleet.name(0), "north")],
            64,
        );
    }
}

#[test]
fn without_rows_it_is_as_new() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        fleet.code(&["tenants", "clone", "--no-data", &north, &south], 0);
        assert_eq!(fleet.inside(&south, "SELECT count(*) FROM persons"), "0\n");
        assert_eq!(fleet.ran(&south), "t1 t2 t3");
    }
}

#[test]
fn one_that_was_changed_by_hand_is_refused_and_nothing_is_left() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        fleet.inside(&north, "ALTER TABLE accounts ADD COLUMN by_hand integer");
        let said = fleet.code(&["tenants", "clone", &north, &south], 1);
        assert!(said.contains("by_hand"), "{kind:?}: {said}");
        assert!(said.contains("nothing is left of the copy"), "{kind:?}: {said}");
        assert!(!is_there(&fleet, &south), "{kind:?}");
        fleet.inside(&north, "ALTER TABLE accounts DROP COLUMN by_hand");
        fleet.code(&["tenants", "clone", &north, &south], 0);
    }
}

#[test]
fn it_stops_where_the_other_is() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        fleet.code(&["stamp", "--tenant", &north, "t2"], 0);
        let said = fleet.code(&["tenants", "clone", &north, &south], 1);
        // The tables say otherwise.
        assert!(said.contains("persons"), "{kind:?}: {said}");
        assert!(!is_there(&fleet, &south), "{kind:?}");
    }
}

#[test]
fn a_revision_that_fails_leaves_nothing() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        let files = fleet.env.files("versions");
        let file = format!("versions/{}", files.iter().find(|file| file.contains("t2")).unwrap());
        let text = fleet.env.read(&file);
        fleet
            .env
            .write(&file, text.replace("--- upgrade", "--- upgrade\nSELECT * FROM no_such;\n"));
        let said = fleet.code(&["tenants", "clone", &north, &south], 1);
        assert!(said.contains("no_such"), "{kind:?}: {said}");
        assert!(!is_there(&fleet, &south), "{kind:?}");
    }
}

#[test]
fn what_a_crash_has_left_is_made_again() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = filled(kind);
        let (north, south) = (own(&fleet.name(0), "north"), own(&fleet.name(0), "south"));
        fleet.create(&south);
        fleet.inside(&south, "CREATE TABLE persons (n integer)");
        fleet.code(&["tenants", "clone", &north, &south], 64);
        // What it makes first of all.
        fleet.inside(&south, "CREATE TABLE limbeck_unfinished (unfinished integer)");
        fleet.code(&["tenants", "clone", &north, &south], 0);
        assert_eq!(rows(&fleet, &south), rows(&fleet, &north), "{kind:?}");
    }
}

#[test]
fn whoever_is_no_superuser_copies_in_the_order_of_references() {
    let url = postgres().create_owned_database().url();
    let fleet = filled_at(Site { kind: Kind::Postgres, url });
    fleet.code(&["tenants", "clone", "north", "south"], 0);
    assert_eq!(rows(&fleet, "south"), rows(&fleet, "north"));
    // The trigger is at work again.
    fleet.inside("south", "INSERT INTO accounts (owner) VALUES (1)");
    let noted = "SELECT count(*) FROM log WHERE what = 'by a trigger'";
    assert_eq!(fleet.inside("south", noted), "3\n");
    assert_eq!(fleet.inside("north", noted), "2\n");
}

/// Whether there is such a schema, or database.
fn is_there(fleet: &Fleet, name: &str) -> bool {
    let name = name.replace('\'', "''");
    let sql =
        format!("SELECT count(*) FROM information_schema.schemata WHERE schema_name = '{name}'");
    query(&fleet.env, &fleet.url, &sql) == "1\n"
}
