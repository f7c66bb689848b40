//! The incident of EPSM's report, replayed: one of three databases was forgotten, and every check said that all was well.

use insta::assert_snapshot;

use super::support::{Epsm, epsm, tables};

#[test]
fn a_forgotten_database_is_named_by_every_command() {
    let Epsm { env, results, .. } = epsm();
    // What the deployment did.
    assert_snapshot!(env.run(&["upgrade", "-d", "default", "-d", "materials_db"]), @"");
    assert_eq!(tables(&env, &results), "");
    // What was asked then, and said nothing.
    assert_snapshot!(env.run(&["status", "--check"]), @"");
    assert_snapshot!(env.run(&["plan", "--check"]), @"");
    assert_snapshot!(env.run(&["health"]), @"");
    assert_snapshot!(env.run(&["health", "--quiet"]), @"");
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"");
    // What mends it, and the next deployment.
    assert_snapshot!(env.run(&["upgrade"]), @"");
    for check in [&["status", "--check"][..], &["plan", "--check"], &["health"]] {
        env.run(check).ok();
    }
}

/// A table that the application needs is not there although every revision is recorded.
#[test]
fn a_table_that_is_missing_is_no_matter_of_revisions() {
    let Epsm { env, .. } = epsm();
    env.run(&["upgrade", "-d", "default", "-d", "materials_db"]).ok();
    // Django's `--fake`.
    env.run(&["stamp", "heads", "-d", "results_db"]).ok();
    env.run(&["status", "--check"]).ok();
    assert_snapshot!(env.run(&["health"]), @"");
}

/// Somebody takes the database out of the configuration, or has not written it there yet.
#[test]
fn a_database_that_the_configuration_forgets_is_asked_for() {
    let Epsm { env, .. } = epsm();
    let config = env.read("limbeck.toml");
    let (before, _) = config.split_once("# Results of simulations").unwrap();
    env.write("limbeck.toml", before);
    assert_snapshot!(env.run(&["lint"]), @"");
    assert_snapshot!(env.run(&["upgrade"]), @"");
}
