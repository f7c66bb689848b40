//! The worked history in `versions/`: up, down and up again, on both databases.

use std::fs;
use std::path::Path;

use crate::support::{TestEnvironment, postgres, project, query};

/// A project with the files of the repository, on two databases.
fn worked(app: &str, metrics: &str) -> TestEnvironment {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut env = project().build();
    env.write("limbeck.toml", fs::read_to_string(root.join("limbeck.toml")).unwrap());
    for entry in fs::read_dir(root.join("versions")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        env.write(format!("versions/{name}"), fs::read_to_string(path).unwrap());
    }
    env.set("DATABASE_URL", app);
    env.set("TIMESCALE_URL", metrics);
    env
}

fn runs_up_down_and_up(app: &str, metrics: &str, tables: &str) {
    let env = worked(app, metrics);
    let seen = |url| query(&env, url, tables);
    env.run(&["upgrade"]).ok();
    env.run(&["current", "--check-heads"]).ok();
    let first = (seen(app), seen(metrics));
    assert!(first.0.contains("users") && first.1.contains("ping_results"), "{first:?}");
    // A revision of timescale needs one of postgres: it goes first.
    let refused = env.run(&["downgrade", "postgres@base"]);
    assert_eq!(refused.code(), Some(4), "{refused}");
    assert!(refused.stderr.contains("limbeck downgrade -d timescale 9f3c1b2a4d5e"), "{refused}");
    assert_eq!((seen(app), seen(metrics)), first);
    env.run(&["downgrade", "timescale@base"]).ok();
    env.run(&["downgrade", "postgres@base"]).ok();
    let own_tables = "alembic_version\nlimbeck_journal\n".to_owned();
    assert_eq!((seen(app), seen(metrics)), (own_tables.clone(), own_tables));
    let refused = env.run(&["upgrade", "timescale@head"]);
    assert_eq!(refused.code(), Some(4), "{refused}");
    assert!(refused.stderr.contains("limbeck upgrade -d postgres 8e2f9d0c63a5"), "{refused}");
    env.run(&["upgrade", "-d", "postgres", "8e2f9d0c63a5"]).ok();
    env.run(&["upgrade", "timescale@head"]).ok();
    env.run(&["upgrade"]).ok();
    assert_eq!((seen(app), seen(metrics)), first);
}

#[test]
fn on_sqlite() {
    let tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') \
                  AND name NOT LIKE 'sqlite_%' ORDER BY name";
    runs_up_down_and_up("sqlite:app.db", "sqlite:metrics.db", tables);
}

#[test]
fn on_postgres() {
    let tables = "SELECT table_name FROM information_schema.tables \
                  WHERE table_schema = 'public' ORDER BY table_name";
    let [app, metrics] = [postgres().create_database(), postgres().create_database()];
    runs_up_down_and_up(&app, &metrics, tables);
}
