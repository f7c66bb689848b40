//! Ids that are longer than the version table holds, and `version_num_length`.

use insta::assert_snapshot;

use crate::support::{postgres, project, query, revision};

const LONG: &str = "a_revision_identifier_of_forty_letters_x";

fn config(url: &str, more: &str) -> String {
    format!("[databases.app]\nurl = \"{url}\"\n{more}")
}

#[test]
fn sqlite_does_not_mind() {
    assert_eq!(LONG.len(), 40);
    let env = project().revision(revision("a1", &[])).revision(revision(LONG, &["a1"])).build();
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT * FROM alembic_version"), format!("{LONG}\n"));
    env.run(&["downgrade", "-1"]).ok();
    assert!(env.run(&["upgrade", "--sql"]).ok().contains(LONG));
    // A new one might go to other databases.
    assert_snapshot!(env.run(&["revision", "--rev-id", &format!("{LONG}y"), "-m", "new"]), @"
    ------- stderr -------
    error: revision identifier 'a_revision_identifier_of_forty_letters_xy' is longer than the 32 characters of a version row
    hint: `version_num_length` of a database makes longer rows; the default is Alembic's
    [exit status: 64]
    ");
    let env = project().config(config("sqlite:app.db", "version_num_length = 64\n")).build();
    env.run(&["revision", "--rev-id", LONG, "-m", "new"]).ok();
}

#[test]
fn on_postgres_the_column_says_what_fits() {
    let url = postgres().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]))
        .revision(revision(LONG, &["a1"]))
        .revision(revision("c1", &[LONG]))
        .build();
    // There is no table yet: what would be made counts, and nothing is.
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: revision identifier 'a_revision_identifier_of_forty_letters_x' is 40 characters long, and version_num of the version table holds 32
    hint: set `version_num_length = 40` for the database in limbeck.toml
    hint: or give the revision an id of 32 characters at most, in its file and wherever it is named
    [exit status: 78]
    ");
    assert_eq!(
        query(&env, &url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"),
        "0\n"
    );
    assert_snapshot!(env.run(&["upgrade", LONG, "--sql"]), @"
    ------- stderr -------
    error: database app: revision identifier 'a_revision_identifier_of_forty_letters_x' is 40 characters long, and version_num of the version table holds 32
    hint: set `version_num_length = 40` for the database in limbeck.toml
    hint: or give the revision an id of 32 characters at most, in its file and wherever it is named
    [exit status: 78]
    ");
    // The table is there, and its column counts, whatever the configuration says.
    env.run(&["upgrade", "a1"]).ok();
    env.write("limbeck.toml", config(&url, "version_num_length = 40\n"));
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: revision identifier 'a_revision_identifier_of_forty_letters_x' is 40 characters long, and version_num of the version table holds 32
    hint: widen that column to VARCHAR(40) at least
    hint: or give the revision an id of 32 characters at most, in its file and wherever it is named
    [exit status: 78]
    ");
    assert_eq!(env.run(&["stamp", LONG]).code(), Some(78));
    query(&env, &url, "ALTER TABLE alembic_version ALTER COLUMN version_num TYPE VARCHAR(39)");
    assert_eq!(env.run(&["upgrade", LONG]).code(), Some(78));
    for wide in ["VARCHAR(40)", "TEXT", "VARCHAR"] {
        query(
            &env,
            &url,
            &format!("ALTER TABLE alembic_version ALTER COLUMN version_num TYPE {wide}"),
        );
        env.run(&["upgrade", LONG]).ok();
        env.run(&["downgrade", "a1"]).ok();
    }
    query(
        &env,
        &url,
        "CREATE DOMAIN short AS VARCHAR(36); \
         ALTER TABLE alembic_version ALTER COLUMN version_num TYPE short",
    );
    assert_eq!(env.run(&["upgrade"]).code(), Some(78));
}

#[test]
fn a_new_table_is_as_wide_as_configured() {
    let url = postgres().create_database();
    let env = project()
        .config(config(&url, "version_num_length = 40\n"))
        .revision(revision(LONG, &[]))
        .build();
    env.run(&["upgrade"]).ok();
    let width = "SELECT atttypmod - 4 FROM pg_attribute \
                 WHERE attrelid = 'alembic_version'::regclass AND attname = 'version_num'";
    assert_eq!(query(&env, &url, width), "40\n");
    assert_eq!(query(&env, &url, "SELECT * FROM alembic_version"), format!("{LONG}\n"));
}

#[test]
fn a_length_that_makes_no_sense() {
    let env = project().config(config("sqlite:app.db", "version_num_length = 31\n")).build();
    assert_snapshot!(env.run(&["heads"]), @"
    ------- stderr -------
    error: `version_num_length` must be from 32 to 768, not 31
      --> limbeck.toml:3:22
       |  version_num_length = 31
       |                       ^
    [exit status: 78]
    ");
    env.write("limbeck.toml", config("sqlite:app.db", "version_num_length = \"40\"\n"));
    assert_snapshot!(env.run(&["heads"]), @r#"
    ------- stderr -------
    error: invalid type: string "...", expected i64
      --> limbeck.toml:3:22
       |  version_num_length = "40"
       |                       ^
    [exit status: 78]
    "#);
}
