//! The harness and the source, on both databases.

use std::path::Path;

use diesel::Connection;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::migration::MigrationVersion;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::FileBasedMigrations;
use diesel_migrations::MigrationHarness;

use super::*;
use crate::db::DatabaseUrl;
use crate::db::SessionOptions;
use crate::db::testing;
use crate::exec::Migrator;
use crate::exec::Request;
use crate::exec::RunOptions;
use crate::exec::Silent;
use crate::graph::Heads;
use crate::script::LoadOptions;
use crate::script::LoadedScripts;
use crate::script::RevisionFile;
use crate::script::Revisions;
use crate::target::Target;

/// Revisions in the words of the graph tests, `id|down,down`, each with a table of its own. The
/// ids sort the wrong way round.
fn revisions(graph: &str) -> Revisions {
    let files = crate::graph::testing::revisions(graph).into_iter().map(|revision| {
        let id = revision.id;
        let down = revision.down_revisions;
        with_text(&format!(
            "/*---\nrevision = '{id}'\ndown_revision = {down:?}\n---*/\n--- upgrade\n\
             CREATE TABLE t_{id} (id INTEGER);\n--- downgrade\nDROP TABLE t_{id};\n"
        ))
    });
    Revisions::build(LoadedScripts { revisions: files.collect(), ..LoadedScripts::default() })
        .unwrap()
}

fn with_text(text: &str) -> RevisionFile {
    RevisionFile::parse(text, Path::new("x.sql")).unwrap()
}

const DIAMOND: &str = "z; y|z; x|z; a|x,y; b|z";

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// A connection of an application, and how to look into its database.
trait Application: ApplicationConnection
where
    for<'a> GraphMigrations<'a>: MigrationSource<Self::Backend>,
{
    fn values(&mut self, sql: &str) -> String;

    fn versions(&mut self) -> String {
        self.values("SELECT version_num AS value FROM alembic_version ORDER BY 1")
    }

    fn tables(&mut self) -> String;
}

fn joined(rows: Vec<Text>) -> String {
    rows.into_iter().map(|row| row.value).collect::<Vec<_>>().join(" ")
}

impl Application for SqliteConnection {
    fn values(&mut self, sql: &str) -> String {
        joined(diesel::sql_query(sql).load(self).unwrap())
    }

    fn tables(&mut self) -> String {
        self.values("SELECT name AS value FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    }
}

impl Application for PgConnection {
    fn values(&mut self, sql: &str) -> String {
        joined(diesel::sql_query(sql).load(self).unwrap())
    }

    fn tables(&mut self) -> String {
        self.values(
            "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        )
    }
}

fn sqlite() -> (tempfile::TempDir, DatabaseUrl, SqliteConnection) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    (directory, format!("sqlite:{}", path.display()).parse().unwrap(), connection)
}

fn postgres() -> (DatabaseUrl, PgConnection) {
    let url = testing::new_database();
    let connection = testing::connection(&url);
    (url, connection)
}

/// Runs `$test` on a new database of each kind.
macro_rules! on_both {
    ($test:ident) => {{
        let (_directory, url, mut connection) = sqlite();
        $test(&url, &mut connection);
        let (url, mut connection) = postgres();
        $test(&url, &mut connection);
    }};
}

fn texts<'a>(versions: impl IntoIterator<Item = MigrationVersion<'a>>) -> String {
    versions.into_iter().map(|version| version.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_graph_is_run_and_reverted_in_its_order() {
    fn test<C: Application>(url: &DatabaseUrl, connection: &mut C)
    where
        for<'a> GraphMigrations<'a>: MigrationSource<C::Backend>,
    {
        let revisions = revisions(DIAMOND);
        let migrations = GraphMigrations::from(&revisions);
        let mut harness = GraphHarness::new(connection, migrations);
        assert!(harness.applied_migrations().unwrap().is_empty());
        let run = texts(harness.run_pending_migrations(migrations).unwrap());
        assert_eq!(run.split(' ').collect::<Vec<_>>()[0], "z");
        assert!(run.find('a') > run.find('x').max(run.find('y')), "{run}");
        assert!(harness.run_pending_migrations(migrations).unwrap().is_empty());
        assert_eq!(connection.versions(), "a b");
        assert_eq!(connection.tables(), "alembic_version t_a t_b t_x t_y t_z");

        // The command line finds nothing left to do.
        let mut database = crate::db::connect(url, &SessionOptions::default()).unwrap();
        let report = Migrator::new(revisions.graph(), &revisions, RunOptions::default())
            .run(database.as_mut(), &Request::Upgrade(Target::heads()), &mut Silent)
            .unwrap();
        assert!(report.steps.is_empty());
        drop(database);

        let mut harness = GraphHarness::new(connection, migrations);
        let error = harness.revert_last_migration(migrations).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no last migration: the heads are a, b; revert one of them by itself"
        );
        let reverted = texts(harness.revert_all_migrations(migrations).unwrap());
        assert_eq!(reverted.split(' ').next_back(), Some("z"));
        assert!(harness.revert_last_migration(migrations).is_err());
        assert_eq!(connection.versions(), "");
        assert_eq!(connection.tables(), "alembic_version");
    }
    on_both!(test);
}

#[test]
fn one_migration_is_run_only_when_its_turn_has_come() {
    fn test<C: Application>(_: &DatabaseUrl, connection: &mut C)
    where
        for<'a> GraphMigrations<'a>: MigrationSource<C::Backend>,
    {
        let revisions = revisions("b; a|b");
        let migrations = GraphMigrations::from(&revisions);
        let all = migrations.migrations().unwrap();
        let names: Vec<String> = all.iter().map(|m| m.name().to_string()).collect();
        assert_eq!(names, ["b", "a"]);
        let mut harness = GraphHarness::new(connection, migrations);
        let error = harness.run_migration(&all[1]).unwrap_err();
        assert_eq!(error.to_string(), "revision a cannot be applied before b");
        harness.run_migration(&all[0]).unwrap();
        // Somebody else may have been faster: that is no error, and nothing runs twice.
        harness.run_migration(&all[0]).unwrap();
        harness.run_migration(&all[1]).unwrap();
        let error = harness.revert_migration(&all[0]).unwrap_err();
        assert_eq!(error.to_string(), "revision b cannot be reverted before a");
        assert_eq!(harness.revert_last_migration(migrations).unwrap().to_string(), "a");
        assert_eq!(connection.versions(), "b");
    }
    on_both!(test);
}

#[test]
fn a_migration_that_fails_leaves_nothing() {
    fn test<C: Application>(_: &DatabaseUrl, connection: &mut C)
    where
        for<'a> GraphMigrations<'a>: MigrationSource<C::Backend>,
    {
        let text = "/*---\nrevision = 'a'\ndown_revision = []\n---*/\n--- upgrade\n\
                    CREATE TABLE t (id INTEGER);\nINSERT INTO absent VALUES (1);\n";
        let revisions = Revisions::build(LoadedScripts {
            revisions: vec![with_text(text)],
            ..LoadedScripts::default()
        })
        .unwrap();
        let migrations = GraphMigrations::from(&revisions);
        let error = GraphHarness::new(connection, migrations)
            .run_pending_migrations(migrations)
            .map(texts)
            .unwrap_err();
        let failure = error.downcast_ref::<MigrationFailure>().unwrap();
        assert_eq!((failure.revision.as_str(), failure.position.line), ("a", 7));
        assert!(error.to_string().starts_with("x.sql:7:"), "{error}");
        assert_eq!(connection.tables(), "");
        // The connection is as good as before.
        assert_eq!(connection.values("SELECT 'x' AS value"), "x");
    }
    on_both!(test);
}

#[test]
fn what_cannot_run_is_refused_before_anything_runs() {
    fn test<C: Application>(_: &DatabaseUrl, connection: &mut C)
    where
        for<'a> GraphMigrations<'a>: MigrationSource<C::Backend>,
    {
        let good = "/*---\nrevision = 'b'\ndown_revision = []\n---*/\n--- upgrade\nSELECT 1;\n";
        let bad = "/*---\nrevision = 'a'\ndown_revision = 'b'\n---*/\n--- upgrade\nCOMMIT;\n";
        let files = vec![with_text(good), with_text(bad)];
        let revisions =
            Revisions::build(LoadedScripts { revisions: files, ..LoadedScripts::default() })
                .unwrap();
        let migrations = GraphMigrations::from(&revisions);
        let mut harness = GraphHarness::new(connection, migrations);
        let error = harness.run_pending_migrations(migrations).map(texts).unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(HarnessError::Unfit(_))), "{error}");
        assert_eq!(connection.tables(), "");
    }
    on_both!(test);
}

/// Where no row can be read, what is to be verified is asserted, or else refused.
#[test]
fn a_verify_section_is_asserted_or_refused() {
    let text = |id: &str, down: &str, query: &str| {
        with_text(&format!(
            "/*---\nrevision = '{id}'\ndown_revision = {down}\n---*/\n--- upgrade\n\
             CREATE TABLE t_{id} (id INTEGER);\n--- verify\n{query};\n"
        ))
    };
    let files = vec![text("a", "[]", "SELECT 'ok'"), text("b", "'a'", "SELECT id FROM t_a")];
    let revisions =
        Revisions::build(LoadedScripts { revisions: files, ..LoadedScripts::default() }).unwrap();
    let migrations = GraphMigrations::from(&revisions);
    let (_directory, _, mut connection) = sqlite();
    let mut harness = GraphHarness::new(&mut connection, migrations);
    let error = harness.run_pending_migrations(migrations).map(texts).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(HarnessError::Unfit(_))), "{error}");
    assert_eq!(connection.tables(), "");
    let (_, mut connection) = postgres();
    let mut harness = GraphHarness::new(&mut connection, migrations);
    let error = harness.run_pending_migrations(migrations).map(texts).unwrap_err();
    assert!(error.to_string().contains("b is not as its verify section says"), "{error}");
    assert_eq!(connection.versions(), "a");
    assert_eq!(connection.tables(), "alembic_version t_a");
}

#[test]
fn a_transaction_of_the_application_is_respected() {
    fn test<C: Application>(_: &DatabaseUrl, connection: &mut C)
    where
        for<'a> GraphMigrations<'a>: MigrationSource<C::Backend>,
    {
        let revisions = revisions(DIAMOND);
        let migrations = GraphMigrations::from(&revisions);
        let undone: Result<(), diesel::result::Error> = connection.transaction(|connection| {
            let mut harness = GraphHarness::new(connection, migrations);
            harness.run_pending_migrations(migrations).unwrap();
            assert_eq!(connection.versions(), "a b");
            Err(diesel::result::Error::RollbackTransaction)
        });
        assert!(undone.is_err());
        assert_eq!(connection.tables(), "");
    }
    on_both!(test);
}

#[test]
fn a_migration_can_ask_to_run_outside_a_transaction() {
    let text = "/*---\nrevision = 'a'\ndown_revision = []\ntransaction = false\n\
                statement_timeout = '5s'\n---*/\n--- upgrade\nCREATE TABLE t (id INTEGER);\n\
                CREATE INDEX CONCURRENTLY i ON t (id);\n--- downgrade\n\
                DROP INDEX CONCURRENTLY i;\nDROP TABLE t;\n";
    let revisions = Revisions::build(LoadedScripts {
        revisions: vec![with_text(text)],
        ..LoadedScripts::default()
    })
    .unwrap();
    let migrations = GraphMigrations::from(&revisions);
    let (_, mut connection) = postgres();
    let mut harness = GraphHarness::new(&mut connection, migrations);
    harness.run_pending_migrations(migrations).unwrap();
    assert_eq!(connection.versions(), "a");
    assert_eq!(connection.values("SELECT current_setting('statement_timeout') AS value"), "0");
    let locks = "SELECT count(*)::text AS value FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(connection.values(locks), "0");
    let mut harness = GraphHarness::new(&mut connection, migrations);
    harness.revert_last_migration(migrations).unwrap();
    assert_eq!(connection.tables(), "alembic_version");
}

#[test]
fn two_programs_at_once_run_each_migration_once() {
    let (url, mut connection) = postgres();
    let (_directory, file, mut other) = sqlite();
    other.batch_execute("PRAGMA journal_mode = WAL").unwrap();
    let path = file.sqlite_path().unwrap().to_owned();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let revisions = revisions(DIAMOND);
                let migrations = GraphMigrations::from(&revisions);
                let mut connection = testing::connection(&url);
                GraphHarness::new(&mut connection, migrations)
                    .run_pending_migrations(migrations)
                    .unwrap();
                let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                GraphHarness::new(&mut connection, migrations)
                    .run_pending_migrations(migrations)
                    .unwrap();
            });
        }
    });
    assert_eq!(connection.versions(), "a b");
    assert_eq!(other.versions(), "a b");
}

#[test]
fn a_run_of_limbeck_keeps_the_harness_waiting() {
    let (url, mut connection) = postgres();
    let revisions = revisions(DIAMOND);
    let migrations = GraphMigrations::from(&revisions);
    let mut database = crate::db::connect(&url, &SessionOptions::default()).unwrap();
    database.try_lock().unwrap();
    let error = GraphHarness::new(&mut connection, migrations)
        .lock_wait(std::time::Duration::from_millis(20))
        .run_pending_migrations(migrations)
        .map(texts)
        .unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(HarnessError::LockTimeout { .. })), "{error}");
    assert_eq!(connection.tables(), "");
}

#[test]
fn diesels_own_harness_sorts_by_version_which_is_why_ours_exists() {
    let (_directory, _, mut connection) = sqlite();
    let revisions = revisions("b; a|b");
    let pending = connection.pending_migrations(GraphMigrations::from(&revisions)).unwrap();
    let order: Vec<String> = pending.iter().map(|m| m.name().to_string()).collect();
    assert_eq!(order, ["a", "b"]);
}

#[test]
fn diesels_own_source_can_be_run_by_our_harness() {
    let (_directory, _, mut connection) = sqlite();
    let place = Path::new("tests/fixtures/diesel");
    let revisions = Revisions::load(&[place.to_owned()], &LoadOptions::default()).unwrap();
    let source = FileBasedMigrations::from_path(place).unwrap();
    let mut harness = GraphHarness::new(&mut connection, GraphMigrations::from(&revisions));
    assert_eq!(harness.run_pending_migrations(source.clone()).unwrap().len(), 3);
    assert_eq!(connection.versions(), "20240301000000");
    let mut harness = GraphHarness::new(&mut connection, GraphMigrations::from(&revisions));
    harness.revert_all_migrations(source).unwrap();
    assert_eq!(connection.tables(), "alembic_version");

    let other = self::revisions("a");
    let source = FileBasedMigrations::from_path(place).unwrap();
    let error = GraphHarness::new(&mut connection, GraphMigrations::from(&other))
        .run_pending_migrations(source)
        .map(texts)
        .unwrap_err();
    // Diesel gives them in the order of the directory.
    assert!(matches!(error.downcast_ref(), Some(HarnessError::UnknownMigration { .. })), "{error}");
}

#[test]
fn a_history_with_gaps_is_not_taken_over() {
    let (_directory, url, mut connection) = sqlite();
    connection
        .batch_execute(
            "CREATE TABLE __diesel_schema_migrations (version TEXT PRIMARY KEY); \
             INSERT INTO __diesel_schema_migrations VALUES ('1'), ('3')",
        )
        .unwrap();
    let mut database = crate::db::connect(&url, &SessionOptions::default()).unwrap();
    let mut targets = |graph: &str, rows: &[&str]| {
        let heads: Heads = rows.iter().map(|row| row.parse().unwrap()).collect();
        let graph = crate::graph::testing::graph(graph);
        match stamp_targets(database.as_mut(), &graph, &heads) {
            Ok(targets) => targets.iter().map(Target::as_str).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    };
    let gap = "Diesel has run 3, but not 2, which comes before it";
    assert_eq!(targets("1; 2|1; 3|2", &[]), gap);
    assert_eq!(targets("1; 2|1; 3|2", &["1"]), gap);
    assert_eq!(targets("1; 2|1; 3|2", &["2"]), "3");
    assert_eq!(targets("1; 2|1; 3|2; 4|3", &["4"]), "");
    assert_eq!(targets("1; 3|1; n|1", &["n"]), "3");
    assert_eq!(
        targets("1", &[]),
        "revision 3 of Diesel's history has no migration in the version locations"
    );
}
