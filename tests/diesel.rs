//! A project that comes from Diesel: its `migrations/` as one branch, its history taken over once.

use diesel::Connection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use insta::assert_snapshot;

use crate::support::{TestEnvironment, postgres, project, query, revision};

const MIGRATIONS: [(&str, &str, &str); 3] = [
    (
        "2024-01-01-000000_create_users",
        "CREATE TABLE users (id INTEGER PRIMARY KEY)",
        "DROP TABLE users",
    ),
    (
        "2024-02-01-000000_create_posts",
        "CREATE TABLE posts (id INTEGER PRIMARY KEY)",
        "DROP TABLE posts",
    ),
    (
        "2024-03-01-000000_add_title",
        "ALTER TABLE posts ADD COLUMN title TEXT",
        "ALTER TABLE posts DROP COLUMN title",
    ),
];

/// A project with `migrations/` and `versions/`, and its URL.
struct Adopted {
    env: TestEnvironment,
    url: String,
}

/// The project on SQLite, then on PostgreSQL.
fn adopted() -> [Adopted; 2] {
    ["sqlite:app.db".to_owned(), postgres().create_database()].map(|url| {
        let config = format!(
            "[scripts]\nversion_locations = [\"migrations\", \"versions\"]\ndiesel_label = \"app\"\n\n\
             [databases.app]\nurl = \"{url}\"\n"
        );
        let mut env = project().config(config).build();
        env.replace_location(&url);
        let adopted = Adopted { env, url };
        for (name, up, down) in MIGRATIONS {
            adopted.migration(name, up, down);
        }
        adopted
    })
}

impl Adopted {
    fn migration(&self, name: &str, up: &str, down: &str) {
        self.env.write(format!("migrations/{name}/up.sql"), up);
        self.env.write(format!("migrations/{name}/down.sql"), down);
    }

    /// Lets Diesel's own harness run the next `count` migrations.
    fn migrate_by_diesel(&self, count: usize) {
        fn run<DB: diesel::backend::Backend>(
            harness: &mut impl MigrationHarness<DB>,
            source: &FileBasedMigrations,
            count: usize,
        ) where
            FileBasedMigrations: diesel::migration::MigrationSource<DB>,
        {
            for _ in 0..count {
                harness.run_next_migration(source.clone()).unwrap();
            }
        }
        let source = FileBasedMigrations::from_path(self.env.path("migrations")).unwrap();
        match self.url.strip_prefix("sqlite:") {
            Some(file) => {
                let path = self.env.path(file);
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                run(&mut connection, &source, count);
            }
            None => run(&mut PgConnection::establish(&self.url).unwrap(), &source, count),
        }
    }

    fn query(&self, sql: &str) -> String {
        query(&self.env, &self.url, sql)
    }

    fn rows(&self) -> String {
        self.query("SELECT version_num FROM alembic_version ORDER BY 1")
    }

    /// The tables, without those of either tool.
    fn tables(&self) -> String {
        let all = match self.url.starts_with("sqlite:") {
            true => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
            false => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        };
        let own =
            ["__diesel_schema_migrations", "alembic_version", "limbeck_journal", "sqlite_sequence"];
        let tables = self.query(all);
        tables.lines().filter(|name| !own.contains(name)).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn a_directory_of_diesel_is_one_branch() {
    let [sqlite, _] = adopted();
    assert_snapshot!(sqlite.env.run(&["history"]), @"
    20240201000000 -> 20240301000000 (app) (head), add title
    20240101000000 -> 20240201000000 (app), create posts
    <base> -> 20240101000000 (app), create users
    ------- stderr -------
    [exit status: 0]
    ");
    for adopted in adopted() {
        adopted.env.run(&["upgrade", "app@head"]).ok();
        assert_eq!(adopted.tables(), "posts users");
        assert_eq!(adopted.rows(), "20240301000000\n");
        adopted.env.run(&["downgrade", "app@-2"]).ok();
        assert_eq!(adopted.tables(), "users");
        adopted.env.run(&["downgrade", "base"]).ok();
        assert_eq!(adopted.tables(), "");
    }
}

#[test]
fn what_diesel_has_run_is_not_run_again() {
    for adopted in adopted() {
        adopted.migrate_by_diesel(2);
        let refused = adopted.env.run(&["upgrade"]);
        assert_eq!(refused.code(), Some(4), "{refused}");
        if adopted.url.starts_with("sqlite:") {
            assert_snapshot!(refused, @"
            ------- stderr -------
            error: database app: Diesel has already run 2 of the pending migrations, and its history has not been taken over
              __diesel_schema_migrations has 20240101000000, 20240201000000
            hint: `limbeck import diesel` takes it over, once for each database
            [exit status: 4]
            ");
        }
        // Nothing at all has happened, not even the version table.
        assert_eq!(adopted.tables(), "posts users");
        let own = match adopted.url.starts_with("sqlite:") {
            true => "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'",
            false => "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'",
        };
        assert_eq!(adopted.query(own), "0\n");
        assert_eq!(adopted.env.run(&["upgrade", "+1"]).code(), Some(4));

        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "20240201000000\n");
        let upgraded = adopted.env.run(&["upgrade"]);
        assert!(!upgraded.stderr.contains("create users"), "{upgraded}");
        assert!(upgraded.stderr.contains("-> 20240301000000, add title"), "{upgraded}");
        assert_eq!(adopted.rows(), "20240301000000\n");
        // Diesel's own table is left as it was.
        let versions = "SELECT version FROM __diesel_schema_migrations ORDER BY 1";
        assert_eq!(adopted.query(versions), "20240101000000\n20240201000000\n");
    }
}

#[test]
fn taking_over_twice_is_harmless_and_never_goes_back() {
    for adopted in adopted() {
        adopted.migrate_by_diesel(3);
        adopted.env.run(&["import", "diesel"]).ok();
        let again = adopted.env.run(&["import", "diesel"]);
        assert!(again.stderr.contains("nothing to do"), "{again}");
        again.ok();
        assert_eq!(adopted.rows(), "20240301000000\n");

        // Life goes on: a migration in Diesel's form, and a native revision above it.
        adopted.migration(
            "2024-04-01-000000_tags",
            "CREATE TABLE tags (id INTEGER)",
            "DROP TABLE tags",
        );
        adopted.env.write("versions/n1_x.sql", revision("n1", &["20240401000000"]).text());
        adopted.env.run(&["upgrade"]).ok();
        assert_eq!(adopted.tables(), "posts t_n1 tags users");
        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "n1\n");
    }
}

#[test]
fn diesel_may_run_on_for_a_while() {
    for adopted in adopted() {
        adopted.migrate_by_diesel(1);
        adopted.env.run(&["import", "diesel"]).ok();
        adopted.migrate_by_diesel(1);
        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "20240201000000\n");
        adopted.env.run(&["upgrade"]).ok();
        assert_eq!(adopted.rows(), "20240301000000\n");
    }
}

#[test]
fn what_limbeck_has_reverted_may_be_applied_again() {
    for adopted in adopted() {
        adopted.migrate_by_diesel(3);
        adopted.env.run(&["import", "diesel"]).ok();
        adopted.env.run(&["downgrade", "-1"]).ok();
        // Diesel's table still has it, which must not bring it back.
        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "20240201000000\n");
        adopted.env.run(&["downgrade", "base"]).ok();
        assert_eq!(adopted.tables(), "");
        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "");
        adopted.env.run(&["upgrade"]).ok();
        assert_eq!(adopted.tables(), "posts users");
        assert_eq!(adopted.rows(), "20240301000000\n");
    }
}

#[test]
fn other_branches_do_not_wait_for_the_history() {
    for adopted in adopted() {
        adopted.migrate_by_diesel(3);
        adopted.env.write("versions/n1_x.sql", revision("n1", &[]).label("native").text());
        adopted.env.run(&["upgrade", "native@head"]).ok();
        assert_eq!(adopted.env.run(&["upgrade", "heads"]).code(), Some(4));
        adopted.env.run(&["import", "diesel"]).ok();
        assert_eq!(adopted.rows(), "20240301000000\nn1\n");
        adopted.env.run(&["upgrade", "heads"]).ok();
    }
}

#[test]
fn a_history_that_the_project_does_not_know_is_named() {
    let [unknown, gap] = adopted();
    unknown.migrate_by_diesel(3);
    std::fs::remove_dir_all(unknown.env.path("migrations/2024-03-01-000000_add_title")).unwrap();
    assert_snapshot!(unknown.env.run(&["import", "diesel"]), @"
    ------- stderr -------
    error: revision 20240301000000 of Diesel's history has no migration in the version locations
    hint: add the directory of Diesel's migrations to `version_locations`
    [exit status: 4]
    ");
    gap.migrate_by_diesel(3);
    gap.query("DELETE FROM __diesel_schema_migrations WHERE version = '20240201000000'");
    assert_snapshot!(gap.env.run(&["import", "diesel"]), @"
    ------- stderr -------
    error: Diesel has run 20240301000000, but not 20240201000000, which comes before it
    hint: let Diesel run what is missing first: diesel migration run
    [exit status: 4]
    ");
}

#[test]
fn a_database_without_that_history_is_not_taken_for_one() {
    let env = project()
        .config("[scripts]\ndiesel_label = \"app\"\n\n[databases.app]\nurl = \"sqlite:app.db\"\n")
        .build();
    assert_snapshot!(env.run(&["import", "diesel"]), @"
    ------- stderr -------
    error: database app: the database file $PROJ/app.db does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:5)
    [exit status: 8]
    ");
    env.run(&["ensure_version"]).ok();
    assert_snapshot!(env.run(&["import", "diesel"]), @"
    ------- stderr -------
    error: the database holds no history of Diesel (there is no table __diesel_schema_migrations)
    [exit status: 4]
    ");
}
