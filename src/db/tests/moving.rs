//! Sessions that move from tenant to tenant, and the catalogue that goes with them.

use super::*;

/// Two tenants of a server's database: where a session on each of them is opened, and how.
fn tenants(url: &DatabaseUrl) -> [(DatabaseUrl, SessionOptions); 2] {
    let shared = match url.dialect() {
        Dialect::Mysql => url.database().unwrap().to_owned(),
        Dialect::Postgresql | Dialect::Sqlite => "public".to_owned(),
    };
    ["one", "two"].map(|name| {
        let (schema, own) = match url.dialect() {
            Dialect::Mysql => (format!("{shared}_{name}"), format!("{shared}_{name}")),
            Dialect::Postgresql | Dialect::Sqlite => (name.to_owned(), shared.clone()),
        };
        open(url).run(&statement(&format!("CREATE SCHEMA {schema}"))).unwrap();
        let place = TenantPlace { schema, shared_schema: shared.clone() };
        let options = SessionOptions {
            version_table: place.table("alembic_version"),
            journal_table: place.table("limbeck_journal"),
            tenant: Some(place),
            ..options()
        };
        let url = match url.dialect() {
            Dialect::Mysql => url.with_database(&own),
            Dialect::Postgresql | Dialect::Sqlite => url.clone(),
        };
        (url, options)
    })
}

fn servers() -> [DatabaseUrl; 2] {
    [testing::new_database(), testing::new_mysql_database()]
}

/// What the catalogue knows of all tenants.
fn known(url: &DatabaseUrl, tenants: &[(DatabaseUrl, SessionOptions); 2]) -> Vec<Option<Heads>> {
    let place = |at: usize| tenants[at].1.tenant.clone().unwrap();
    let names = vec![place(0).schema, place(1).schema];
    let source = TenantSource::List(names);
    let rows = super::super::tenants(url, &options(), &source, &place(0).shared_schema).unwrap();
    rows.into_iter().map(|row| row.heads).collect()
}

#[test]
fn a_session_that_moves_gives_its_lock_back() {
    for url in servers() {
        let [one, two] = tenants(&url);
        let mut session = connect(&one.0, &one.1).unwrap();
        assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
        let mut other = connect(&one.0, &one.1).unwrap();
        assert_ne!(other.try_lock().unwrap(), LockAttempt::Acquired);
        assert!(session.move_to(&two.0, &two.1).unwrap());
        eventually(|| other.try_lock().unwrap() == LockAttempt::Acquired);
        // The lock of the second tenant is another one, and its own.
        assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
        let mut third = connect(&two.0, &two.1).unwrap();
        assert_ne!(third.try_lock().unwrap(), LockAttempt::Acquired);
        session.unlock().unwrap();
        eventually(|| third.try_lock().unwrap() == LockAttempt::Acquired);
    }
}

#[test]
fn a_session_that_moves_works_in_the_other_tenant() {
    for url in servers() {
        let [one, two] = tenants(&url);
        let mut session = connect(&one.0, &one.1).unwrap();
        session.ensure_version_table().unwrap();
        session.change_heads(&change(&[], &["a1"])).unwrap();
        session.run(&statement("CREATE TABLE own (i INTEGER)")).unwrap();
        assert!(session.move_to(&two.0, &two.1).unwrap());
        assert_eq!(session.version_rows().unwrap(), None, "{url}");
        session.ensure_version_table().unwrap();
        // The name is free here.
        session.run(&statement("CREATE TABLE own (i INTEGER)")).unwrap();
        session.change_heads(&change(&[], &["b2"])).unwrap();
        assert!(session.move_to(&one.0, &one.1).unwrap());
        assert_eq!(session.version_rows().unwrap(), Some(heads(&["a1"])), "{url}");
    }
}

#[test]
fn a_session_moves_only_where_its_connection_reaches() {
    for url in servers() {
        let [one, two] = tenants(&url);
        let mut session = connect(&one.0, &one.1).unwrap();
        let elsewhere = testing::new_database();
        assert!(!session.move_to(&elsewhere, &two.1).unwrap());
        let unlocked = SessionOptions { lock: LockMode::None, ..two.1.clone() };
        assert!(!session.move_to(&two.0, &unlocked).unwrap());
        session.begin().unwrap();
        assert!(!session.move_to(&two.0, &two.1).unwrap());
        session.rollback().unwrap();
        assert!(session.move_to(&two.0, &two.1).unwrap());
    }
}

#[test]
fn a_step_that_is_rolled_back_leaves_no_row_in_the_catalogue() {
    for url in servers() {
        let both = tenants(&url);
        let (place, options) = &both[0];
        let mut session = connect(place, options).unwrap();
        session.ensure_version_table().unwrap();
        session.begin().unwrap();
        session.change_heads(&change(&[], &["a1"])).unwrap();
        session.rollback().unwrap();
        assert_eq!(known(&url, &both)[0], None, "{url}");
        session.begin().unwrap();
        session.change_heads(&change(&[], &["a1"])).unwrap();
        session.commit().unwrap();
        assert_eq!(known(&url, &both), [Some(heads(&["a1"])), Some(Heads::none())], "{url}");
        session.begin().unwrap();
        session.change_heads(&change(&["a1"], &["b2", "c3"])).unwrap();
        session.rollback().unwrap();
        assert_eq!(known(&url, &both)[0], Some(heads(&["a1"])), "{url}");
        session.change_heads(&change(&["a1"], &["b2", "c3"])).unwrap();
        assert_eq!(known(&url, &both)[0], Some(heads(&["b2", "c3"])), "{url}");
        session.purge_versions().unwrap();
        assert_eq!(known(&url, &both)[0], Some(Heads::none()), "{url}");
    }
}

#[test]
fn decorators_and_files_do_not_move() {
    let directory = tempfile::tempdir().unwrap();
    let url = file_url(&directory.path().join("app.db"));
    assert!(!open(&url).move_to(&url, &options()).unwrap());
    let url = testing::new_database();
    let [one, two] = tenants(&url);
    let session = connect(&one.0, &one.1).unwrap();
    let mut logged = LoggedDatabase::new(session, &one.1, |_| {});
    assert!(!logged.move_to(&two.0, &two.1).unwrap());
}
