//! The incident of EPSM's report, replayed: one of three databases was forgotten, and every check said that all was well.

use insta::assert_snapshot;

use super::support::{Epsm, epsm, steady, tables};
use crate::support::query;

#[test]
fn a_forgotten_database_is_named_by_every_command() {
    let _steady = steady();
    let Epsm { env, results, .. } = epsm();
    // What the deployment did.
    assert_snapshot!(env.run(&["upgrade", "-d", "default", "-d", "materials_db"]), @"
    ------- stderr -------
    [default]
    Running upgrade  -> core_0001, users and permissions
    Running upgrade  -> simulation_0001, create simulation_runs
    Running upgrade simulation_0001 -> simulation_0002, add simulation_runs.progress
    Running upgrade simulation_0002 -> simulation_0003, create simulation_files
    Running upgrade simulation_0003 -> simulation_0009, add simulation_runs.celery_task_id
    Running upgrade core_0001 -> core_0002, sessions
    Running upgrade core_0002 -> core_0003, admin log
    [materials_db]
    Running upgrade  -> database_0001, materials, constructions and windows
    Running upgrade database_0001 -> database_0002, add materials.roughness
    Running upgrade database_0002 -> database_0003, add authors and uses to materials
    Running upgrade database_0003 -> database_0004, load materials
    Running upgrade database_0004 -> database_0005, create scenarios
    Running upgrade database_0005 -> database_0006, load window glazing
    Running upgrade database_0006 -> database_0007, load constructions
    Running upgrade database_0007 -> database_0008, load construction sets
    default: 7 revisions applied, at core_0003, simulation_0009
    materials_db: 8 revisions applied, at database_0008
    not touched: results_db
    [exit status: 0]
    ");
    assert_eq!(tables(&env, &results), "");
    // What was asked then, and said nothing.
    assert_snapshot!(env.run(&["status", "--check"]), @"
    database      state  current                     heads                       pending  applied  last run
    default       ok     core_0003, simulation_0009  core_0003, simulation_0009  0        7 of 7   upgrade $DATE by $WHO
    materials_db  ok     database_0008               database_0008               0        8 of 8   upgrade $DATE by $WHO
    results_db    empty  -                           simulation_0008             5        0 of 5   -
    ------- stderr -------
    results_db: 5 pending: simulation_0004, simulation_0005, simulation_0006, simulation_0007, simulation_0008; nothing is applied yet
      try: limbeck upgrade -d results_db
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&["plan", "--check"]), @"
    [results_db] postgresql://epsm_results_user:***@127.0.0.1:5433/epsm_results (at the base)
      upgrade  -> simulation_0004, create results tables
          versions/simulation/0004_create_results_tables.sql: 5 statements in a transaction of its own
      upgrade simulation_0004 -> simulation_0005, add user and hourly timeseries
          versions/simulation/0005_add_user_and_hourly_timeseries.sql: 3 statements in a transaction of its own
      upgrade simulation_0005 -> simulation_0006, index simulation_results by user
          versions/simulation/0006_index_results_by_user.sql: 1 statement in a transaction of its own
      upgrade simulation_0006 -> simulation_0007, add gwp and cost to simulation_results
          versions/simulation/0007_add_gwp_and_cost.sql: 2 statements in a transaction of its own
      upgrade simulation_0007 -> simulation_0008, say what gwp and cost are
          versions/simulation/0008_comment_gwp_and_cost.sql: 2 statements in a transaction of its own
    [default] postgresql://epsm_user:***@127.0.0.1:5432/epsm_db: nothing to do (at core_0003, simulation_0009)
    [materials_db] postgresql://epsm_materials_user:***@127.0.0.1:5432/epsm_materials: nothing to do (at database_0008)
    ------- stderr -------
    5 steps are pending
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&["health"]), @"
    ✓ default: connected to PostgreSQL in N ms
    ✓ default: 11 tables (expected 10+)
    ✓ default: critical tables are there: simulation_runs, auth_user
    ✓ default: at core_0003, simulation_0009 (head), 7 applied
    ✓ default: no edited file
    ✓ default: no failed step
    ✓ default: no lock or transaction older than 60 s
    ✓ materials_db: connected to PostgreSQL in N ms
    ✓ materials_db: 9 tables (expected 5+)
    ✓ materials_db: critical tables are there: materials, constructions, scenarios
    ✓ materials_db: at database_0008 (head), 8 applied
    ✓ materials_db: no edited file
    ✓ materials_db: no failed step
    ✓ materials_db: no lock or transaction older than 60 s
    ✓ results_db: connected to PostgreSQL in N ms
    ✗ results_db: 0 tables (expected 3+)
    ✗ results_db: critical table simulation_results is missing
    ✗ results_db: critical table simulation_zones is missing
    ✗ results_db: critical table simulation_energy_uses is missing
    ✗ results_db: 5 pending: simulation_0004, simulation_0005, simulation_0006, simulation_0007, simulation_0008; nothing is applied yet
    ✓ results_db: no lock or transaction older than 60 s
      try: limbeck upgrade -d results_db
    2 of 3 databases are well
    ------- stderr -------
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&["health", "--quiet"]), @"
    ✗ results_db: 0 tables (expected 3+)
    ✗ results_db: critical table simulation_results is missing
    ✗ results_db: critical table simulation_zones is missing
    ✗ results_db: critical table simulation_energy_uses is missing
    ✗ results_db: 5 pending: simulation_0004, simulation_0005, simulation_0006, simulation_0007, simulation_0008; nothing is applied yet
    ------- stderr -------
    [exit status: 2]
    ");
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"
    [default]
    core_0003 (head)
    simulation_0009 (head)
    [materials_db]
    database_0008 (head)
    [results_db]
    ------- stderr -------
    error: Database is not on all head revisions
      database results_db misses simulation_0008 (simulation)
    hint: `limbeck upgrade -d results_db` applies what is missing
    [exit status: 2]
    ");
    // What mends it, and the next deployment.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    [default]
    nothing to do (at core_0003, simulation_0009)
    [materials_db]
    nothing to do (at database_0008)
    [results_db]
    Running upgrade  -> simulation_0004, create results tables
    Running upgrade simulation_0004 -> simulation_0005, add user and hourly timeseries
    Running upgrade simulation_0005 -> simulation_0006, index simulation_results by user
    Running upgrade simulation_0006 -> simulation_0007, add gwp and cost to simulation_results
    Running upgrade simulation_0007 -> simulation_0008, say what gwp and cost are
    default: nothing to do, at core_0003, simulation_0009
    materials_db: nothing to do, at database_0008
    results_db: 5 revisions applied, at simulation_0008
    [exit status: 0]
    ");
    for check in [&["status", "--check"][..], &["plan", "--check"], &["health"]] {
        env.run(check).ok();
    }
}

/// A table that the application needs is not there although every revision is recorded.
#[test]
fn a_table_that_is_missing_is_no_matter_of_revisions() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade", "-d", "default", "-d", "materials_db"]).ok();
    // Django's `--fake`, which asks nobody.
    let asked = env.run(&["stamp", "heads", "-d", "results_db", "--verify"]);
    assert_ne!(asked.code(), Some(0), "{asked}");
    assert!(asked.stderr.contains("simulation_results"), "{asked}");
    env.run(&["stamp", "heads", "-d", "results_db"]).ok();
    env.run(&["status", "--check"]).ok();
    assert_snapshot!(env.run(&["health"]), @"
    ✓ default: connected to PostgreSQL in N ms
    ✓ default: 11 tables (expected 10+)
    ✓ default: critical tables are there: simulation_runs, auth_user
    ✓ default: at core_0003, simulation_0009 (head), 7 applied
    ✓ default: no edited file
    ✓ default: no failed step
    ✓ default: no lock or transaction older than 60 s
    ✓ materials_db: connected to PostgreSQL in N ms
    ✓ materials_db: 9 tables (expected 5+)
    ✓ materials_db: critical tables are there: materials, constructions, scenarios
    ✓ materials_db: at database_0008 (head), 8 applied
    ✓ materials_db: no edited file
    ✓ materials_db: no failed step
    ✓ materials_db: no lock or transaction older than 60 s
    ✓ results_db: connected to PostgreSQL in N ms
    ✗ results_db: 0 tables (expected 3+)
    ✗ results_db: critical table simulation_results is missing
    ✗ results_db: critical table simulation_zones is missing
    ✗ results_db: critical table simulation_energy_uses is missing
    ✓ results_db: at simulation_0008 (head), 5 applied
    ✓ results_db: no edited file
    ✓ results_db: no failed step
    ✓ results_db: no lock or transaction older than 60 s
      try: limbeck db tables -d results_db
    2 of 3 databases are well
    ------- stderr -------
    [exit status: 7]
    ");
}

/// The tables are there, made by Django, and nothing is recorded.
#[test]
fn databases_that_another_tool_has_made_are_taken_over() {
    let Epsm { env, default, materials, results } = epsm();
    env.run(&["upgrade"]).ok();
    for database in [&default, &materials, &results] {
        query(&env, &database.url(), "DROP TABLE alembic_version, limbeck_journal");
    }
    assert_eq!(env.run(&["status", "--check"]).code(), Some(2));
    for name in ["default", "materials_db", "results_db"] {
        env.run(&["stamp", "heads", "-d", name, "--verify", "--reason", "made by Django"]).ok();
    }
    env.run(&["status", "--check"]).ok();
    env.run(&["health"]).ok();
    env.run(&["upgrade"]).ok();
}

/// Somebody takes the database out of the configuration, or has not written it there yet.
#[test]
fn a_database_that_the_configuration_forgets_is_asked_for() {
    let _steady = steady();
    let Epsm { env, .. } = epsm();
    let config = env.read("limbeck.toml");
    let (before, _) = config.split_once("# Results of simulations").unwrap();
    env.write("limbeck.toml", before);
    assert_snapshot!(env.run(&["lint"]), @"
    ------- stderr -------
    error: revision simulation_0004 is for database `results_db`, and there is no such database
      --> versions/simulation/0004_create_results_tables.sql
    hint: there are: default, materials_db
    [exit status: 78]
    ");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: revision simulation_0004 is for database `results_db`, and there is no such database
      --> versions/simulation/0004_create_results_tables.sql
    hint: there are: default, materials_db
    [exit status: 78]
    ");
}
