//! A project with two databases, a router, a squashed migration, two heads that meet, and Python.

use super::support::{Project, assert_same};
use crate::support::query;

/// What is written where the Python is said to be nothing on a new database.
fn imported() -> Project {
    let project = Project::new("shop");
    project.import(&["--without-python", "shop.0005_load_tags"]).ok();
    project
}

#[test]
fn django_python_is_named_and_nothing_is_written() {
    let project = Project::new("shop");
    let refused = project.import(&[]);
    assert_eq!(refused.code(), Some(78), "{refused}");
    assert!(
        refused
            .stderr
            .contains("2 operations are Python, which no SQL stands for; nothing has been written"),
        "{refused}"
    );
    assert!(
        refused.stderr.contains(
            "shop.0005_load_tags: RunPython load_tags ($PROJ/shop/migrations/0005_load_tags.py:4)"
        ),
        "{refused}"
    );
    // Neither has a file been written nor a database been touched, and the scratch ones are gone.
    assert!(!project.env.path("versions").exists() && !project.env.path("limbeck.toml").exists());
    assert!(!project.env.path("results.db").exists());
    assert_eq!(project.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0\n");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'limbeck_import%' AND pg_get_userbyid(datdba) = current_user";
    assert_eq!(project.query(left), "0\n");
}

#[test]
fn django_and_limbeck_make_the_same_schema() {
    let mut project = imported();
    // The project itself says that nothing takes 0005 back.
    let lint = project.env.run(&["lint"]).ok();
    assert_eq!(lint.matches("[").count(), 1, "{lint}");
    assert!(lint.contains("the downgrade of revision shop_0005_load_tags does nothing"), "{lint}");
    let heads = project.env.run(&["heads"]).ok();
    for head in ["shop_0007_merge (shop) (head)", "results_0001_initial (results) (head)"] {
        assert!(heads.contains(head), "{heads}");
    }
    project.env.run(&["upgrade"]).ok();
    let ours = project.dump(&project.database);
    assert!(ours.contains("product_by_code") && ours.contains("code_is_fine"), "{ours}");
    assert_eq!(project.query("SELECT count(*) FROM shop_tag"), "0\n");
    let schema = "SELECT sql FROM sqlite_master WHERE name LIKE 'results%' ORDER BY name";
    let ours_results = query(&project.env, "sqlite:results.db", schema);

    // Django's own, on other databases.
    let theirs = project.another("theirs");
    project.env.set("TEST_NAME", &theirs.name);
    project.env.set("TEST_RESULTS", project.env.path("theirs.db"));
    project.manage(&["migrate"]);
    project.manage(&["migrate", "--database", "results_db"]);
    assert_same(&ours, &project.dump(&theirs));
    assert_eq!(ours_results, query(&project.env, "sqlite:theirs.db", schema));
}

#[test]
fn django_files_are_the_same_on_each_run() {
    let project = imported();
    let files = project.env.files("versions");
    assert_eq!(files.len(), 23, "{files:?}");
    let again = project.import(&["--without-python", "shop.0005_load_tags"]);
    assert!(
        again.stderr.contains("0 new, 23 as they were")
            || again.stdout.contains("0 new, 23 as they were"),
        "{again}"
    );
    project.env.write("versions/shop/0006_left.sql", "-- mine");
    let refused = project.import(&["--without-python", "shop.0005_load_tags"]);
    assert_eq!(refused.code(), Some(64), "{refused}");
    assert!(refused.stderr.contains("--> versions/shop/0006_left.sql"), "{refused}");
    assert_eq!(project.env.read("versions/shop/0006_left.sql"), "-- mine");
}

#[test]
fn django_configuration_has_branches_and_no_password() {
    let project = imported();
    let config = project.env.read("limbeck.toml");
    assert!(!config.contains("hush"), "{config}");
    assert!(config.contains("password = \"${DEFAULT_PASSWORD}\""), "{config}");
    assert!(
        config.contains("branches = [\"contenttypes\", \"auth\", \"sessions\", \"shop\"]"),
        "{config}"
    );
    assert!(config.contains("branches = [\"results\"]"), "{config}");
    assert!(!config.contains("replica"), "{config}");
    let concurrent = project.env.read("versions/shop/0004_index_concurrently.sql");
    assert!(concurrent.contains("transaction   = false"), "{concurrent}");
    assert!(
        project
            .env
            .read("versions/shop/0007_merge.sql")
            .contains("down_revision = [\"shop_0006_left\", \"shop_0006_right\"]")
    );
}

#[test]
fn django_python_may_be_a_statement_that_fails() {
    let project = Project::new("shop");
    project.import(&["--run-python", "fail"]).ok();
    let failed = project.env.run(&["upgrade"]);
    assert_ne!(failed.code(), Some(0), "{failed}");
    assert!(
        failed.stderr.contains("the Python of shop.0005_load_tags is to be written as SQL here"),
        "{failed}"
    );
    let rows = project.query("SELECT version_num FROM alembic_version ORDER BY 1");
    assert!(
        rows.contains("shop_0004_index_concurrently\n") && !rows.contains("shop_0005"),
        "{rows}"
    );
}

#[test]
fn django_history_is_taken_over() {
    let project = imported();
    project.manage(&["migrate"]);
    project.manage(&["migrate", "--database", "results_db"]);
    let dry = project.import(&["--stamp", "--dry-run"]);
    assert!(dry.stderr.contains("1 row of results without effect here"), "{dry}");
    assert_eq!(
        project.query("SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'"),
        "0\n"
    );
    dry.ok();
    project.import(&["--stamp"]).ok();
    project.env.run(&["status", "--check"]).ok();
    assert_eq!(
        project.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "auth_0012_alter_user_firs_c0e6e3\nsessions_0001_initial\nshop_0007_merge\n"
    );
    assert_eq!(
        query(&project.env, "sqlite:results.db", "SELECT version_num FROM alembic_version"),
        "results_0001_initial\n"
    );
    // Nothing is run, and a second time changes nothing.
    assert_eq!(project.query("SELECT word FROM shop_tag"), "100%\n100%\n");
    let again = project.import(&["--stamp"]);
    assert!(
        again.stderr.contains("nothing to do") || again.stdout.contains("nothing to do"),
        "{again}"
    );
    again.ok();
    // What limbeck has reverted is still in Django's table, which must not bring it back.
    project.env.run(&["downgrade", "-d", "default", "shop_0005_load_tags"]).ok();
    let before = project.query("SELECT version_num FROM alembic_version ORDER BY 1");
    assert!(before.contains("shop_0005_load_tags\n") && !before.contains("shop_0007"), "{before}");
    project.import(&["--stamp"]).ok();
    assert_eq!(project.query("SELECT version_num FROM alembic_version ORDER BY 1"), before);
}

#[test]
fn django_squashed_in_part_is_refused() {
    let project = imported();
    project.manage(&["migrate"]);
    project.query(
        "DELETE FROM django_migrations WHERE app = 'shop' AND name > '0002_code_is_not_unique'",
    );
    let refused = project.import(&["--stamp", "--database", "default"]);
    assert_eq!(refused.code(), Some(4), "{refused}");
    let told = "shop.0002_squashed_0003: applied: shop.0002_code_is_not_unique; not applied: shop.0003_tags";
    assert!(refused.stderr.contains(told), "{refused}");
    // All that it stands for is as good as itself.
    project.query(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0003_tags', now())",
    );
    project.import(&["--stamp", "--database", "default"]).ok();
    let rows = project.query("SELECT version_num FROM alembic_version");
    assert!(rows.contains("shop_0002_squashed_0003\n"), "{rows}");
}

#[test]
fn django_app_without_its_tables_is_not_recorded() {
    let project = imported();
    project.manage(&["migrate"]);
    project.query("DROP TABLE django_session");
    let stamped = project.import(&["--stamp", "--database", "default"]);
    assert!(
        stamped
            .stderr
            .contains("sessions is recorded, but none of its tables is here (django_session)"),
        "{stamped}"
    );
    stamped.ok();
    assert_eq!(
        project.query("SELECT version_num FROM alembic_version ORDER BY 1"),
        "auth_0012_alter_user_firs_c0e6e3\nshop_0007_merge\n"
    );
    // So it is made, where Django would never make it again.
    project.env.run(&["upgrade", "--database", "default"]).ok();
    assert_eq!(project.query("SELECT count(*) FROM django_session"), "0\n");
}

#[test]
fn django_project_that_does_not_load_is_told() {
    let project = Project::new("shop");
    project.env.write("shop/migrations/0008_bad.py", "import nowhere\n");
    let refused = project.import(&[]);
    assert_eq!(refused.code(), Some(78), "{refused}");
    assert!(refused.stderr.contains("No module named 'nowhere'"), "{refused}");
    std::fs::remove_file(project.env.path("manage.py")).unwrap();
    let refused = project.import(&[]);
    assert_eq!(refused.code(), Some(64), "{refused}");
    assert!(refused.stderr.contains("there is no manage.py here"), "{refused}");
}

#[test]
fn django_migration_that_is_no_revision_yet_is_told() {
    let project = imported();
    project.manage(&["migrate"]);
    std::fs::remove_file(project.env.path("versions/shop/0007_merge.sql")).unwrap();
    let refused = project.import(&["--stamp", "--database", "default"]);
    assert_eq!(refused.code(), Some(4), "{refused}");
    assert!(
        refused.stderr.contains("shop.0007_merge: no file declares revision shop_0007_merge"),
        "{refused}"
    );
}

/// What depends on the clock or on chance is the same in each file, and right on each day.
#[test]
fn django_defaults_of_the_clock_are_the_server_s() {
    let project = Project::new("shop");
    project.env.write(
        "results/migrations/0002_made.py",
        "import uuid\n\nfrom django.db import migrations, models\nfrom django.utils import timezone\n\n\n\
         class Migration(migrations.Migration):\n    dependencies = [('results', '0001_initial')]\n    operations = [\n\
         \x20       migrations.AddField('Result', 'made', models.DateTimeField(default=timezone.now)),\n\
         \x20       migrations.AddField('Result', 'day', models.DateField(auto_now_add=True)),\n\
         \x20       migrations.AddField('Result', 'key', models.UUIDField(default=uuid.uuid4)),\n    ]\n",
    );
    project.import(&["--without-python", "shop.0005_load_tags"]).ok();
    let text = project.env.read("versions/results/0002_made.sql");
    assert!(text.contains("CURRENT_TIMESTAMP") && text.contains("CURRENT_DATE"), "{text}");
    project.import(&["--without-python", "shop.0005_load_tags"]).ok();
    let results = ["upgrade", "--database", "results_db", "results_0001_initial"];
    project.env.run(&results).ok();
    query(&project.env, "sqlite:results.db", "INSERT INTO results_result (value) VALUES (1)");
    project.env.run(&["upgrade", "--database", "results_db"]).ok();
    let row = "SELECT date(made) = day, day = date('now'), length(key) FROM results_result";
    assert_eq!(query(&project.env, "sqlite:results.db", row), "1|1|32\n");
}
