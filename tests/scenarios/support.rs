//! The databases that the stories happen on.

use crate::support::{OwnedDatabase, TestEnvironment, example, postgres, query, second_postgres};

/// `examples/epsm` on three databases with an owner each, the third one in another cluster.
pub(crate) struct Epsm {
    pub(crate) env: TestEnvironment,
    pub(crate) default: OwnedDatabase,
    pub(crate) materials: OwnedDatabase,
    pub(crate) results: OwnedDatabase,
}

pub(crate) fn epsm() -> Epsm {
    let mut env = example("epsm");
    let default = postgres().create_owned_database();
    let materials = postgres().create_owned_database();
    let results = second_postgres().create_owned_database();
    env.set_database("DB", "DB_NAME", &default);
    env.set_database("MATERIALS_DB", "MATERIALS_DB_NAME", &materials);
    env.set_database("RESULTS_DB", "RESULTS_DB_NAME", &results);
    show_as(&mut env, &default, "epsm_db", "epsm_user", "5432");
    show_as(&mut env, &materials, "epsm_materials", "epsm_materials_user", "5432");
    show_as(&mut env, &results, "epsm_results", "epsm_results_user", "5433");
    Epsm { env, default, materials, results }
}

/// `examples/sotp` or `examples/sotp/alembic` on two databases with an owner each, in two clusters.
pub(crate) struct Sotp {
    pub(crate) env: TestEnvironment,
    pub(crate) postgres: OwnedDatabase,
    pub(crate) timescale: OwnedDatabase,
}

pub(crate) fn sotp(directory: &str) -> Sotp {
    let mut env = example(directory);
    let app = postgres().create_owned_database();
    let metrics = second_postgres().create_owned_database();
    env.set_database("POSTGRES", "POSTGRES_DB", &app);
    env.set_database("TIMESCALE", "TIMESCALE_DB", &metrics);
    env.set("POSTGRES_URL", app.url());
    env.set("TIMESCALE_URL", metrics.url());
    show_as(&mut env, &app, "sotp_db", "sotp_user", "5432");
    show_as(&mut env, &metrics, "sotp_metrics_db", "sotp_timescale_user", "5433");
    Sotp { env, postgres: app, timescale: metrics }
}

/// Names, as the guides have them, for what differs from run to run.
pub(crate) fn show_as(
    env: &mut TestEnvironment,
    database: &OwnedDatabase,
    name: &str,
    user: &str,
    port: &str,
) {
    env.replace(&database.name, name);
    env.replace(&database.user, user);
    for before in [" ", ":"] {
        env.replace(format!("{before}{}", database.port), format!("{before}{port}"));
    }
}

/// The tables of a PostgreSQL database other than limbeck's own, sorted.
pub(crate) fn tables(env: &TestEnvironment, database: &OwnedDatabase) -> String {
    let own = "'alembic_version', 'limbeck_journal', 'limbeck_lease'";
    let names = format!(
        "SELECT coalesce(string_agg(tablename, ' ' ORDER BY tablename), '') FROM pg_tables \
         WHERE schemaname = 'public' AND tablename NOT IN ({own})"
    );
    query(env, &database.url(), &names).trim_end().to_owned()
}

/// Makes snapshots of the rest of this test steady: no times, no name of the machine, no version of a server.
#[must_use = "it ends with the value"]
pub(crate) fn steady() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"connected to (\S+) \S+ in \d+ ms", "connected to $1 in N ms");
    settings.add_filter(r" \S+Z by \S+@\S+, [\d.]+ s", " $$DATE by $$WHO");
    settings.add_filter(r" \S+Z \(\S+@[^)]+\)", " $$DATE by $$WHO");
    settings.bind_to_scope()
}
