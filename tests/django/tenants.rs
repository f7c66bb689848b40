//! A project of django-tenants: shared apps, apps of the tenants, and some that are both.

use super::support::{Project, assert_same};

/// The project with the two kinds of schemas as databases of their own: what the import says of tenants is for
/// `[databases.default.tenants]`.
fn imported() -> Project {
    let project = Project::new("tenants");
    project.import(&[]).ok();
    project
}

#[test]
fn django_tenants_have_shared_and_tenant_branches() {
    let project = imported();
    let config = project.env.read("limbeck.toml");
    let (_, tenants) = config.split_once("\n[databases.default.tenants]\n").unwrap();
    let table: toml::Table = tenants.parse().unwrap();
    let list = |key: &str| -> Vec<&str> {
        table[key].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
    };
    assert_eq!(list("shared"), ["contenttypes", "auth", "customers", "regions"]);
    assert_eq!(list("tenant"), ["contenttypes", "auth", "suppliers"]);
    assert_eq!(table["shared_schema"].as_str(), Some("public"));
    let query = table["query"].as_str().unwrap();
    assert_eq!(
        query,
        "SELECT \"schema_name\" FROM \"public\".\"customers_client\" WHERE \"schema_name\" <> 'public' ORDER BY 1"
    );
    let text = project.env.read("versions/suppliers/0002_name.sql");
    assert!(text.contains("DROP CONSTRAINT \"suppliers_supplier_name_key\""), "{text}");
    assert!(!text.contains("limbeck_import"), "{text}");
}

/// The same project as two databases, by their search paths.
fn as_two_databases(project: &Project, url: &str) {
    let config = project.env.read("limbeck.toml");
    let (_, tenants) = config.split_once("\n[databases.default.tenants]\n").unwrap();
    let table: toml::Table = tenants.parse().unwrap();
    project.env.write(
        "limbeck.toml",
        format!(
            "[scripts]\nrecursive_version_locations = true\n\n\
             [databases.shared]\nurl = \"{url}\"\nbranches = {}\nversion_table_schema = \"public\"\n\n\
             [databases.a]\nurl = \"{url}?options=-csearch_path%3Da,public\"\nbranches = {}\nversion_table_schema = \"a\"\n",
            table["shared"], table["tenant"],
        ),
    );
}

#[test]
fn django_tenants_and_limbeck_make_the_same_schemas() {
    let mut project = imported();
    as_two_databases(&project, &project.database.url());
    project.query("CREATE SCHEMA a");
    project.env.run(&["upgrade", "--database", "shared"]).ok();
    // The revisions of the shared schema that those of the tenant need are in another database for this
    // configuration, and are there.
    project.env.run(&["upgrade", "--database", "a"]).ok();
    let ours = project.dump(&project.database);
    assert!(ours.contains("CREATE TABLE a.suppliers_supplier"), "{ours}");
    assert!(
        ours.contains("CREATE TABLE a.auth_user ")
            && ours.contains("CREATE TABLE public.auth_user ")
    );
    assert!(!ours.contains("CREATE TABLE public.suppliers_supplier"), "{ours}");

    let theirs = project.another("theirs");
    project.env.set("TEST_NAME", &theirs.name);
    project.manage(&["migrate_schemas", "--shared"]);
    let make =
        "from customers.models import Client; Client.objects.create(schema_name='a', name='a')";
    project.manage(&["shell", "-c", make]);
    assert_same(&ours, &project.dump(&theirs));
}

#[test]
fn django_rows_without_effect_are_not_recorded() {
    let project = imported();
    project.manage(&["migrate_schemas", "--shared"]);
    as_two_databases(&project, &project.database.url());
    // django-tenants records the migrations of the tenants' apps in the shared schema too.
    assert_eq!(
        project.query("SELECT count(*) FROM public.django_migrations WHERE app = 'suppliers'"),
        "2\n"
    );
    let stamped = project.import(&["--stamp", "--database", "shared"]);
    assert!(
        stamped.stderr.contains("shared: 2 rows of suppliers without effect here"),
        "{stamped}"
    );
    stamped.ok();
    let rows = project.query("SELECT version_num FROM public.alembic_version ORDER BY 1");
    assert!(!rows.contains("suppliers") && rows.contains("regions_0001_initial\n"), "{rows}");
}

#[test]
fn django_app_that_became_one_of_the_tenants_is_not_recorded_there() {
    let mut project = Project::new("tenants");
    project.manage(&["migrate_schemas", "--shared"]);
    let make =
        "from customers.models import Client; Client.objects.create(schema_name='a', name='a')";
    project.manage(&["shell", "-c", make]);
    project.env.set("TEST_MOVED", "1");
    project.import(&[]).ok();
    as_two_databases(&project, &project.database.url());
    // Recorded in the tenant's schema, and without effect there: Django never makes the table.
    project.manage(&["migrate_schemas", "--tenant"]);
    assert_eq!(
        project.query(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'a' AND tablename = 'regions_region'"
        ),
        "0\n"
    );
    assert_eq!(
        project.query("SELECT count(*) FROM a.django_migrations WHERE app = 'regions'"),
        "1\n"
    );

    // The shared part has to be there first: what the tenant's app needs is in the other database of this test.
    project.import(&["--stamp", "--database", "shared"]).ok();
    let stamped = project.import(&["--stamp", "--database", "a"]);
    let told = "regions is recorded, but none of its tables is here (regions_region)";
    assert!(stamped.stderr.contains(told), "{stamped}");
    stamped.ok();
    let rows = project.query("SELECT version_num FROM a.alembic_version ORDER BY 1");
    assert!(rows.contains("suppliers_0002_name") && !rows.contains("regions"), "{rows}");
    // limbeck makes it.
    project.env.run(&["upgrade", "--database", "a"]).ok();
    assert_eq!(project.query("SELECT count(*) FROM a.regions_region"), "0\n");
}
