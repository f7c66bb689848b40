//! What one tenant leaves behind is none of the next one's business.

use super::support::{Fleet, Kind, Site, fleet};
use crate::support::revision;

/// Three tenants with these revisions behind the second one; one worker does all of them.
fn after(kind: Kind, script: &str, more: &str) -> Fleet {
    let site = Site::new(kind);
    let names: Vec<String> = (1..=3).map(|n| site.name(n)).collect();
    let third = revision("t3", &["t2"])
        .upgrade("CREATE TABLE behind (i INTEGER); INSERT INTO ran VALUES ('t4');");
    let fourth = revision("t4", &["t3"]).with(more).upgrade(script);
    let project = site.project(&names).revision(third).revision(fourth);
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet
}

/// Runs it, and looks that each tenant has its own and the shared schema nothing of theirs.
fn is_apart(fleet: &Fleet, what: &str) {
    let output = fleet.env.run(&["upgrade", "--jobs", "1"]);
    assert_eq!(output.code(), Some(0), "{what}\n{output}");
    for n in 1..=3 {
        assert_eq!(fleet.ran(&fleet.name(n)), "t1 t2 t4", "{what}");
        assert_eq!(fleet.inside(&fleet.name(n), "SELECT count(*) FROM behind"), "0\n", "{what}");
    }
    nothing_of_tenants_is_shared(fleet, what);
}

fn nothing_of_tenants_is_shared(fleet: &Fleet, what: &str) {
    let shared = match fleet.kind {
        Kind::Mariadb => "database()",
        Kind::Postgres | Kind::Sqlite => "'public'",
    };
    let tables = format!(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = {shared} ORDER BY 1"
    );
    assert_eq!(
        fleet.shared(&tables),
        "alembic_version\ncustomers\nlimbeck_journal\nlimbeck_tenants\n",
        "{what}"
    );
}

#[test]
fn settings_end_with_their_tenant() {
    for script in [
        "SET search_path TO public;",
        "SET search_path TO '';",
        "SELECT pg_catalog.set_config('search_path', 'public', false);",
        "SELECT pg_advisory_lock(7);",
        "PREPARE p AS SELECT 1; PREPARE \"P; x\" AS SELECT 2;",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1; LISTEN something;",
        "SET statement_timeout = 1; RESET statement_timeout; SET standard_conforming_strings = off;",
    ] {
        for more in ["", "transaction = false"] {
            is_apart(&after(Kind::Postgres, script, more), &format!("{script} {more}"));
        }
    }
    let reads_only = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;";
    let temporary = "CREATE TEMP TABLE behind (i INTEGER); CREATE TEMP TABLE ran (i INTEGER); \
                     CREATE TEMP SEQUENCE n; SELECT nextval('n');";
    for script in [reads_only, temporary] {
        is_apart(&after(Kind::Postgres, script, ""), script);
    }
    is_apart(&after(Kind::Postgres, "SET ROLE pg_monitor;", "transaction = false"), "SET ROLE");
    for script in [
        "USE mysql;",
        "SET SESSION sql_mode = 'ANSI_QUOTES'; SET @a = 1;",
        "SELECT GET_LOCK('something', 0); SET autocommit = 0;",
        "SET SESSION TRANSACTION READ ONLY;",
    ] {
        is_apart(&after(Kind::Mariadb, script, ""), script);
    }
}

/// The next tenant sees none of it, told from within its own script.
#[test]
fn the_next_tenant_sees_nothing() {
    let look = "CREATE TABLE seen AS SELECT current_user AS who, \
                current_setting('search_path') AS path, \
                current_setting('application_name') AS app, to_regclass('pg_temp.left') AS temp, \
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7) AS locks;
                CREATE TEMP TABLE \"left\" (i INTEGER);
                SELECT pg_advisory_lock(7);
                SET application_name = 'somebody';";
    let site = Site::new(Kind::Postgres);
    let names: Vec<String> = (1..=3).map(|n| site.name(n)).collect();
    let project = site.project(&names).revision(revision("t3", &["t2"]).upgrade(look));
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade", "--jobs", "1"], 0);
    let seen = |name: &str| fleet.inside(name, "SELECT * FROM seen").replace(name, "tNN");
    let first = seen("t01");
    assert!(first.starts_with("limbeck|tNN, public|"), "{first}");
    assert!(first.ends_with("||0\n"), "{first}");
    assert_eq!(seen("t02"), first);
    assert_eq!(seen("t03"), first);
}

/// Tables without a schema are the tenant's, and those that it lacks are the shared ones.
#[test]
fn shared_tables_are_found_second() {
    let site = Site::new(Kind::Postgres);
    let names: Vec<String> = (1..=2).map(|n| site.name(n)).collect();
    let script = "CREATE TABLE orders (customer VARCHAR(200) REFERENCES customers);
                  INSERT INTO orders SELECT name FROM customers WHERE name = current_schema();";
    let project = site.project(&names).revision(revision("t3", &["t2"]).upgrade(script));
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade"], 0);
    for name in &names {
        assert_eq!(fleet.inside(name, "SELECT customer FROM orders"), format!("{name}\n"));
    }
    nothing_of_tenants_is_shared(&fleet, "orders");
}

/// A role that may not use the schema of a tenant works nowhere else instead.
#[test]
fn a_schema_without_rights_is_no_reason_to_work_in_another() {
    let database = crate::support::postgres().create_owned_database();
    let site = Site { kind: Kind::Postgres, url: database.url() };
    let project = site.project(&["t01".to_owned(), "t02".to_owned()]);
    let fleet = site.build(project);
    fleet.create("t01");
    crate::support::postgres().psql(&database.name, "CREATE SCHEMA t02");
    let output = fleet.env.run(&["upgrade", "--jobs", "1"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stderr.contains("permission denied for schema t02"), "{output}");
    nothing_of_tenants_is_shared(&fleet, "no rights");
    // Its version table was made by somebody with rights, and says where it is.
    let grant = format!(
        "CREATE TABLE t02.alembic_version (version_num VARCHAR(32) PRIMARY KEY); \
         CREATE TABLE t02.limbeck_journal (LIKE public.limbeck_journal INCLUDING ALL); \
         GRANT ALL ON ALL TABLES IN SCHEMA t02 TO {}",
        database.user
    );
    crate::support::postgres().psql(&database.name, &grant);
    let output = fleet.env.run(&["upgrade"]);
    assert_ne!(output.code(), Some(0), "{output}");
    nothing_of_tenants_is_shared(&fleet, "rights on tables only");
}

/// A schema that goes away between the listing and the turn of its tenant.
#[test]
fn a_schema_that_goes_away_meanwhile() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let site = Site::new(kind);
        let names: Vec<String> = (1..=2).map(|n| site.name(n)).collect();
        let drop = match kind {
            Kind::Postgres => "DROP SCHEMA IF EXISTS t02 CASCADE;".to_owned(),
            _ => format!("DROP DATABASE IF EXISTS {};", names[1]),
        };
        let project = site.project(&names).revision(revision("t3", &["t2"]).upgrade(&drop));
        let fleet = site.build(project);
        names.iter().for_each(|name| fleet.create(name));
        let output = fleet.env.run(&["upgrade", "--jobs", "1"]);
        assert_eq!(output.code(), Some(7), "{output}");
        assert!(output.stderr.contains("app/t01: 3 revisions applied"), "{output}");
        assert!(output.stderr.contains("app/t02: failed: "), "{output}");
        nothing_of_tenants_is_shared(&fleet, "gone");
    }
}

/// As a tenant that fails.
#[test]
fn what_a_failure_leaves_is_not_seen_either() {
    let site = Site::new(Kind::Postgres);
    let names: Vec<String> = (1..=3).map(|n| site.name(n)).collect();
    let third = revision("t3", &["t2"])
        .with("transaction = false")
        .upgrade("SET search_path TO public; SET ROLE pg_monitor; SELECT nothing_like_this;");
    let project = site.project(&names).revision(third);
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    let said = fleet.code(&["upgrade", "--jobs", "1"], 7);
    assert!(said.contains("nothing_like_this"), "{said}");
    names.iter().for_each(|name| assert_eq!(fleet.ran(name), "t1 t2"));
    nothing_of_tenants_is_shared(&fleet, "failures");
}

#[test]
fn a_fleet_shares_nothing_but_what_is_shared() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let fleet = fleet(kind, 8);
        fleet.code(&["upgrade", "--jobs", "4"], 0);
        nothing_of_tenants_is_shared(&fleet, "eight");
    }
}
