//! The databases that the stories happen on.

use crate::support::{OwnedDatabase, TestEnvironment, example, postgres, query, second_postgres};

/// `examples/epsm` on three databases with an owner each, the third one in another cluster.
pub(super) struct Epsm {
    pub(super) env: TestEnvironment,
    pub(super) default: OwnedDatabase,
    pub(super) materials: OwnedDatabase,
    pub(super) results: OwnedDatabase,
}

pub(super) fn epsm() -> Epsm {
    let mut env = example("epsm");
    let default = postgres().create_owned_database();
    let materials = postgres().create_owned_database();
    let results = second_postgres().create_owned_database();
    env.set_database("DB", "DB_NAME", &default);
    env.set_database("MATERIALS_DB", "MATERIALS_DB_NAME", &materials);
    env.set_database("RESULTS_DB", "RESULTS_DB_NAME", &results);
    for (database, name, port) in [
        (&default, "epsm_db", "5432"),
        (&materials, "epsm_materials", "5432"),
        (&results, "epsm_results", "5433"),
    ] {
        show_as(&mut env, database, name, port);
    }
    Epsm { env, default, materials, results }
}

/// `examples/sotp` or `examples/sotp/alembic` on two databases with an owner each, in two clusters.
pub(super) struct Sotp {
    pub(super) env: TestEnvironment,
    pub(super) postgres: OwnedDatabase,
    pub(super) timescale: OwnedDatabase,
}

pub(super) fn sotp(directory: &str) -> Sotp {
    let mut env = example(directory);
    let app = postgres().create_owned_database();
    let metrics = second_postgres().create_owned_database();
    env.set_database("POSTGRES", "POSTGRES_DB", &app);
    env.set_database("TIMESCALE", "TIMESCALE_DB", &metrics);
    env.set("POSTGRES_URL", app.url());
    env.set("TIMESCALE_URL", metrics.url());
    show_as(&mut env, &app, "sotp_db", "5432");
    show_as(&mut env, &metrics, "sotp_metrics_db", "5433");
    Sotp { env, postgres: app, timescale: metrics }
}

/// Names, as the guides have them, for what differs from run to run.
pub(super) fn show_as(env: &mut TestEnvironment, database: &OwnedDatabase, name: &str, port: &str) {
    env.replace(&database.name, name);
    env.replace(format!(":{}/", database.port), format!(":{port}/"));
    env.replace(format!("port {}", database.port), format!("port {port}"));
    env.replace(
        format!("{}:{}", database.host, database.port),
        format!("{}:{port}", database.host),
    );
}

/// The tables of a PostgreSQL database other than limbeck's own, sorted.
pub(super) fn tables(env: &TestEnvironment, database: &OwnedDatabase) -> String {
    let own = "'alembic_version', 'limbeck_journal', 'limbeck_lease'";
    let names = format!(
        "SELECT coalesce(string_agg(tablename, ' ' ORDER BY tablename), '') FROM pg_tables \
         WHERE schemaname = 'public' AND tablename NOT IN ({own})"
    );
    query(env, &database.url(), &names).trim_end().to_owned()
}
