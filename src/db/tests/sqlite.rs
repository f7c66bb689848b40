//! What SQLite does in its own way.

use std::fs;

use super::*;

#[test]
fn a_reader_never_creates_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let reading = SessionOptions { read_only: true, ..options() };
    let error = fails_to_open(&file_url(&path), &reading);
    assert_eq!(error.kind, DatabaseErrorKind::NoSuchDatabase);
    assert!(!path.exists());

    open(&file_url(&path)).ensure_version_table().unwrap();
    let mut session = connect(&file_url(&path), &reading).unwrap();
    assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
    let error = session.run(&statement("CREATE TABLE t (x)")).unwrap_err();
    assert!(error.message.contains("readonly"), "{error}");
}

#[test]
fn a_reader_recovers_from_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (directory.path().join("app.db"), directory.path().join("copy.db"));
    let mut session = open(&file_url(&path));
    session.ensure_version_table().unwrap();
    session.change_heads(&change(&[], &["a"])).unwrap();
    session.run(&statement("CREATE TABLE t (x)")).unwrap();
    // A cache too small for the transaction: the file itself is changed before the commit.
    session.run(&statement("PRAGMA cache_size = 1")).unwrap();
    session.begin().unwrap();
    session.change_heads(&change(&["a"], &["b"])).unwrap();
    let many = "INSERT INTO t SELECT randomblob(1000) FROM \
                (WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT * FROM n)";
    session.run(&statement(many)).unwrap();
    // What a power cut at this moment would leave on the disk.
    fs::copy(&path, &copy).unwrap();
    fs::copy(directory.path().join("app.db-journal"), directory.path().join("copy.db-journal"))
        .unwrap();
    let reading = SessionOptions { read_only: true, ..options() };
    let mut reader = connect(&file_url(&copy), &reading).unwrap();
    assert_eq!(reader.version_rows().unwrap(), Some(heads(&["a"])));
    assert!(!directory.path().join("copy.db-journal").exists());
}

#[test]
fn a_path_may_hold_any_character() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a b", "50%41?x#y&mode=ro", "ünï", "file:x", "a'\"b"] {
        let path = directory.path().join(name);
        let url: DatabaseUrl = "x.db".parse().unwrap();
        let url = url.resolve_against(&path);
        fs::create_dir(&path).unwrap();
        open(&url).ensure_version_table().unwrap();
        let files: Vec<_> = fs::read_dir(&path).unwrap().map(|file| file.unwrap()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(files[0].file_name(), "x.db");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 5);
}

#[test]
fn a_missing_directory_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = fails_to_open(&file_url(&directory.path().join("no/app.db")), &options());
    assert_eq!(error.kind, DatabaseErrorKind::Unreachable);
    assert!(error.message.contains("there is no directory"), "{error}");
    let error = fails_to_open(&file_url(directory.path()), &options());
    assert!(error.message.contains("is a directory"), "{error}");
}

#[test]
fn a_second_writer_finds_the_database_busy() {
    let directory = tempfile::tempdir().unwrap();
    let url = file_url(&directory.path().join("app.db"));
    let (mut first, mut second) = (open(&url), open(&url));
    first.ensure_version_table().unwrap();
    second.set_timeouts(Timeouts { lock: Some(10), statement: None }).unwrap();
    first.begin().unwrap();
    assert_eq!(second.begin().unwrap_err().kind, DatabaseErrorKind::Busy);
    assert_eq!(second.version_rows().unwrap(), Some(Heads::none()));
    first.rollback().unwrap();
    second.begin().unwrap();
    second.commit().unwrap();
}

#[test]
fn the_busy_timeout_ends_with_its_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let url = file_url(&directory.path().join("app.db"));
    let mut session = open(&url);
    session.run(&statement("CREATE TABLE seen (timeout INTEGER)")).unwrap();
    let note = "INSERT INTO seen SELECT timeout FROM pragma_busy_timeout";
    session.begin().unwrap();
    session.set_timeouts(Timeouts { lock: Some(77), statement: None }).unwrap();
    session.run(&statement(note)).unwrap();
    session.commit().unwrap();
    session.run(&statement(note)).unwrap();
    session.set_timeouts(Timeouts { lock: Some(88), statement: None }).unwrap();
    session.begin().unwrap();
    session.rollback().unwrap();
    session.run(&statement(note)).unwrap();
    session.set_timeouts(Timeouts::default()).unwrap();
    session.run(&statement(note)).unwrap();
    session.run(&statement("CREATE TABLE once (x CHECK (x = '77,5000,88,5000'))")).unwrap();
    let check = "INSERT INTO once SELECT group_concat(timeout) FROM seen";
    session.run(&statement(check)).unwrap();
    let error = session.set_timeouts(Timeouts { lock: None, statement: Some(1) }).unwrap_err();
    assert_eq!(error.message, "SQLite has no statement_timeout");
}

#[test]
fn a_statement_may_end_the_transaction_by_itself() {
    let mut session = open(&"sqlite://".parse().unwrap());
    session.run(&statement("CREATE TABLE t (x UNIQUE)")).unwrap();
    session.begin().unwrap();
    session.run(&statement("INSERT INTO t VALUES (1)")).unwrap();
    assert!(session.run(&statement("INSERT OR ROLLBACK INTO t VALUES (1)")).is_err());
    assert!(session.commit().is_err());
    session.rollback().unwrap();
    session.begin().unwrap();
    session.commit().unwrap();
}

#[test]
fn names_know_no_case() {
    let mut session = open(&"sqlite://".parse().unwrap());
    for text in [
        "CREATE TABLE Parent (Id INTEGER, twice AS (Id * 2))",
        "CREATE TRIGGER Noted AFTER INSERT ON Parent BEGIN SELECT 1; END",
    ] {
        session.run(&statement(text)).unwrap();
    }
    let column = |name: &str| CatalogObject {
        table: Some("parent".to_owned()),
        schema: Some("main".to_owned()),
        ..object(ObjectKind::Column, name)
    };
    for object in [
        object(ObjectKind::Table, "PARENT"),
        object(ObjectKind::Trigger, "noted"),
        object(ObjectKind::Schema, "MAIN"),
        column("id"),
        column("twice"),
    ] {
        assert_eq!(session.probe(&object).unwrap(), ObjectState::Present, "{object:?}");
    }
}
