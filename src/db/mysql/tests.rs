//! Tests of what only MySQL does.

use std::thread;
use std::time::Duration;

use super::*;
use crate::db::TableName;
use crate::db::connect::connect as open_boxed;
use crate::db::testing;
use crate::graph::RevisionId;
use crate::script::sql;
use crate::script::sql::SourcePosition;

fn statement(text: &str) -> Statement {
    Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
}

fn options() -> SessionOptions {
    SessionOptions::default()
}

fn session(url: &DatabaseUrl) -> MysqlSession {
    MysqlSession::open(url, &options()).unwrap()
}

fn one(session: &mut MysqlSession, query: &str) -> String {
    session.connection.rows(query, &[]).unwrap().remove(0).remove(0).unwrap_or_default()
}

/// Runs a whole script as a run does: split, one statement a message.
fn script(session: &mut MysqlSession, text: &str) {
    let start = SourcePosition { line: 1, column: 1 };
    for statement in sql::split(text, Dialect::Mysql, start).unwrap() {
        session.run(&statement).unwrap();
    }
}

#[test]
fn failures_to_connect_have_a_kind() {
    let url = testing::new_mysql_database().expose();
    let kind = |url: &str| {
        let url: DatabaseUrl = url.parse().unwrap();
        let error = open_boxed(&url, &options()).err().unwrap();
        assert!(!error.message.contains("hush"), "{error}");
        (error.kind, error.message)
    };
    let (wrong, message) = kind(&url.replace("hush-hush", "hush"));
    assert_eq!(wrong, DatabaseErrorKind::Authentication, "{message}");
    let (missing, message) = kind(&url.replace("/test_", "/other_"));
    assert_eq!(missing, DatabaseErrorKind::NoSuchDatabase, "{message}");
    let (refused, message) = kind("mysql://limbeck:hush-hush@127.0.0.1:1/app");
    assert_eq!(refused, DatabaseErrorKind::Unreachable, "{message}");
    assert!(message.starts_with("limbeck@127.0.0.1:1/app: "), "{message}");
    if has_tls(&url) {
        for mode in ["verify_ca", "verify_identity"] {
            let (unknown, message) = kind(&format!("{url}?ssl_mode={mode}"));
            assert_eq!(unknown, DatabaseErrorKind::Unreachable, "{message}");
        }
    } else {
        let (plain, message) = kind(&format!("{url}?ssl_mode=required"));
        assert_eq!(plain, DatabaseErrorKind::Unreachable);
        assert!(message.ends_with("the server has no TLS, which the URL requires"), "{message}");
    }
    let (none, message) = kind("mysql://limbeck:hush-hush@127.0.0.1:1");
    assert_eq!(none, DatabaseErrorKind::NoSuchDatabase, "{message}");
    let (socket, message) = kind("mysql://limbeck:hush-hush@/app?unix_socket=/nowhere/socket");
    assert_eq!(socket, DatabaseErrorKind::Unreachable, "{message}");
    drop(connect::mysql(&url.parse().unwrap(), &options()).unwrap());
}

fn has_tls(url: &str) -> bool {
    MysqlSession::open(&format!("{url}?ssl_mode=required").parse().unwrap(), &options()).is_ok()
}

#[test]
fn tls_is_used_where_the_server_has_it() {
    let url = testing::new_mysql_database().expose();
    let cipher = |query: &str| {
        let mut session = session(&format!("{url}{query}").parse().unwrap());
        let rows = session.connection.rows("SHOW STATUS LIKE 'Ssl_cipher'", &[]).unwrap();
        !rows[0][1].as_deref().unwrap_or_default().is_empty()
    };
    assert_eq!(cipher(""), has_tls(&url));
    assert!(!cipher("?ssl_mode=disabled"));
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("mysql://me@127.0.0.1:{port}/app?connect_timeout=1").parse().unwrap();
    let error = MysqlSession::open(&url, &options()).err().unwrap();
    assert_eq!(error.kind, DatabaseErrorKind::Unreachable);
    let words = "no answer within 1 s: the server accepts connections, but says nothing";
    assert!(error.message.ends_with(words), "{error}");
}

#[test]
fn a_lease_and_a_foreign_runtime_are_refused() {
    let url = testing::new_mysql_database();
    let leased = SessionOptions { lock: LockMode::Lease, ..options() };
    let error = MysqlSession::open(&url, &leased).err().unwrap();
    assert_eq!(error.kind, DatabaseErrorKind::Unsupported);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(async { MysqlSession::open(&url, &options()).err().unwrap() });
    assert!(error.message.contains("asynchronous runtime"), "{error}");
}

#[test]
fn bodies_are_one_statement_with_and_without_delimiter() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    script(
        &mut session,
        "CREATE TABLE t (a INT, b VARCHAR(9));\n\
         DELIMITER //\n\
         CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1, 'x;y'); SELECT a FROM t; SELECT 2; \
         END//\n\
         DELIMITER ;\n\
         CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 7; SET NEW.b = 'z'; \
         END;\n\
         CALL p();\n",
    );
    assert_eq!(one(&mut session, "SELECT CAST(a AS CHAR) FROM t WHERE b = 'z'"), "7");
}

#[test]
fn what_a_script_sets_ends_with_it() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    session.ensure_version_table().unwrap();
    session.ensure_journal().unwrap();
    let settings = "SELECT CAST(concat(@@sql_mode, '|', @@time_zone, '|', @@foreign_key_checks, \
                    '|', @@character_set_client, '|', @@autocommit, '|', database(), '|', \
                    coalesce(@mine, '')) AS CHAR)";
    let before = one(&mut session, settings);
    script(
        &mut session,
        "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; SET time_zone = '+05:00';\n\
         SET foreign_key_checks = 0; SET NAMES latin1; SET @mine = 1; USE mysql;",
    );
    assert_ne!(one(&mut session, settings), before);
    // The bookkeeping minds none of it.
    let entry =
        JournalEntry { error: Some("it's \\ über".to_owned()), ..crate::db::tests::entry("a") };
    session.record(&entry).unwrap();
    assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
    session.reset_session().unwrap();
    assert_eq!(one(&mut session, settings), before);
    assert_eq!(session.journal("a").unwrap().len(), 1);
    assert_eq!(one(&mut session, "SELECT error FROM limbeck_journal"), "it's \\ über");
}

#[test]
fn rows_that_a_script_wrote_without_autocommit_stay() {
    let url = testing::new_mysql_database();
    let mut first = session(&url);
    script(&mut first, "CREATE TABLE t (a INT); SET autocommit = 0; INSERT INTO t VALUES (1);");
    first.reset_session().unwrap();
    assert_eq!(one(&mut session(&url), "SELECT CAST(count(*) AS CHAR) FROM t"), "1");
}

#[test]
fn putting_the_session_back_keeps_the_locks() {
    let url = testing::new_mysql_database();
    let (mut first, mut second) = (session(&url), session(&url));
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    script(&mut first, "DO RELEASE_ALL_LOCKS(); SET @x = 1;");
    first.reset_session().unwrap();
    let used = "SELECT CAST(IS_USED_LOCK(?) AS CHAR)";
    let key = first.lock.work_key().unwrap();
    assert!(second.connection.rows(used, &[&key]).unwrap()[0][0].is_some());
    assert!(matches!(second.try_lock().unwrap(), LockAttempt::Busy { .. }));
    first.unlock().unwrap();
    assert!(second.connection.rows(used, &[&key]).unwrap()[0][0].is_none());
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn databases_of_one_server_have_locks_of_their_own() {
    let urls = [testing::new_mysql_database(), testing::new_mysql_database()];
    let mut sessions = urls.each_ref().map(session);
    for session in &mut sessions {
        assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
    }
    // The version table of the first, seen from the second.
    let schema = urls[0].database().map(str::to_owned);
    let version_table = TableName { schema, name: "alembic_version".to_owned() };
    let other = SessionOptions { version_table, ..options() };
    let mut other = MysqlSession::open(&urls[1], &other).unwrap();
    assert!(matches!(other.try_lock().unwrap(), LockAttempt::Busy { .. }));
}

#[test]
fn a_lock_whose_connection_broke_is_told() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    session.try_lock().unwrap();
    let mut admin = connect::mysql(&url, &options()).unwrap();
    let name = session.lock.work_key().unwrap();
    let name = name.trim_end_matches('w');
    let id = admin.rows("SELECT CAST(IS_USED_LOCK(?) AS CHAR)", &[name]).unwrap();
    let id = id[0][0].clone().unwrap();
    admin.batch(&format!("KILL {id}")).unwrap();
    // While it is trusted nothing is asked.
    session.lock.check().unwrap();
    thread::sleep(Duration::from_millis(2_100));
    let error = session.begin().unwrap_err();
    assert_eq!(error.message, "the migration lock of alembic_version was lost during the run");
    assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn an_idle_lock_outlives_the_servers_wait_timeout() {
    let url = testing::new_mysql_database();
    let mut admin = connect::mysql(&url, &options()).unwrap();
    let mut session = session(&url);
    session.try_lock().unwrap();
    let timeout = "SELECT CAST(@@wait_timeout AS CHAR)";
    assert_eq!(one(&mut session, timeout), "2147483");
    session.is_used = true;
    session.reset_session().unwrap();
    assert_eq!(one(&mut session, timeout), "2147483");
    assert_eq!(admin.rows(timeout, &[]).unwrap()[0][0].as_deref(), Some("2147483"));
}

#[test]
fn limits_end_statements() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    script(&mut session, "CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1);");
    session.set_timeouts(Timeouts { statement: Some(200), lock: Some(100) }).unwrap();
    // A statement that only sleeps ends without an error on MariaDB.
    let slow = "UPDATE t SET a = a + sleep(20)";
    let error = session.run(&statement(slow)).unwrap_err();
    assert_eq!(error.message, "the statement was ended after 200 ms (statement_timeout)");
    assert_eq!(error.kind, DatabaseErrorKind::Statement);

    let mut other = connect::mysql(&url, &options()).unwrap();
    other.batch("BEGIN").unwrap();
    other.batch("UPDATE t SET a = 5").unwrap();
    session.set_timeouts(Timeouts { statement: None, lock: Some(100) }).unwrap();
    let error = session.run(&statement("UPDATE t SET a = 6")).unwrap_err();
    assert_eq!(error.kind, DatabaseErrorKind::Busy, "{error}");
    other.batch("ROLLBACK").unwrap();
    session.reset_session().unwrap();
    let is_default = "SELECT CAST(@@lock_wait_timeout = @@global.lock_wait_timeout AS CHAR)";
    assert_eq!(one(&mut session, is_default), "1");
    assert_eq!(session.limit, None);
}

#[test]
fn bookkeeping_is_one_transaction_and_makes_no_tables() {
    let url = testing::new_mysql_database();
    let mut first = session(&url);
    first.begin().unwrap();
    assert!(first.ensure_version_table().is_err());
    first.rollback().unwrap();
    first.ensure_version_table().unwrap();
    first.ensure_journal().unwrap();
    let id: RevisionId = "a".parse().unwrap();
    let to: Heads = [id].into_iter().collect();
    let step = |session: &mut MysqlSession| {
        session.begin().unwrap();
        session.change_heads(&Heads::none().change_to(&to)).unwrap();
        session.record(&crate::db::tests::entry("a")).unwrap();
    };
    step(&mut first);
    assert!(first.change_heads(&Heads::none().change_to(&to)).is_err());
    assert!(first.commit().is_err());
    first.rollback().unwrap();
    assert_eq!(session(&url).version_rows().unwrap(), Some(Heads::none()));
    step(&mut first);
    // An open transaction goes with its session.
    drop(first);
    let mut other = session(&url);
    assert_eq!(other.journal("a").unwrap(), []);
    step(&mut other);
    other.commit().unwrap();
    assert_eq!(session(&url).version_rows().unwrap(), Some(to.clone()));
    assert_eq!(other.journal("a").unwrap().len(), 1);
}

#[test]
fn the_column_says_how_long_an_id_may_be() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    assert_eq!(session.row_length().unwrap(), RowLength::ToBeMade(32));
    session.ensure_version_table().unwrap();
    assert_eq!(session.row_length().unwrap(), RowLength::Made(32));
    script(&mut session, "ALTER TABLE alembic_version MODIFY version_num VARCHAR(64) NOT NULL;");
    assert_eq!(session.row_length().unwrap(), RowLength::Made(64));
}

/// The URL of a new user of the database of `url`, with these rights and limits.
fn user(url: &DatabaseUrl, name: &str, rights: &str, limits: &str) -> DatabaseUrl {
    let mut admin = connect::mysql(url, &options()).unwrap();
    admin
        .batch(&format!("CREATE USER {name}@'127.0.0.1' IDENTIFIED BY 'hush-hush'{limits}"))
        .unwrap();
    admin.batch(&format!("GRANT {rights} TO {name}@'127.0.0.1'")).unwrap();
    url.expose().replace("limbeck:", &format!("{name}:")).parse().unwrap()
}

#[test]
fn a_statement_that_cannot_be_ended_is_waited_for() {
    let url = testing::new_mysql_database();
    let database = url.database().unwrap();
    let limits = " WITH MAX_USER_CONNECTIONS 2";
    let url = user(&url, "two_only", &format!("ALL ON {database}.*"), limits);
    let mut session = session(&url);
    script(&mut session, "CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1);");
    let other = connect::mysql(&url, &options()).unwrap();
    session.set_timeouts(Timeouts { statement: Some(200), lock: None }).unwrap();
    session.run(&statement("UPDATE t SET a = a + 1 + sleep(1)")).unwrap();
    assert_eq!(one(&mut session, "SELECT CAST(a AS CHAR) FROM t"), "2");
    // It is tried again.
    let freed = thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        drop(other);
    });
    let error = session.run(&statement("UPDATE t SET a = a + sleep(20)")).unwrap_err();
    assert_eq!(error.message, "the statement was ended after 200 ms (statement_timeout)");
    freed.join().unwrap();
}

#[test]
fn rows_about_statements_are_there_at_once_and_so_are_the_statements() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    session.ensure_journal().unwrap();
    script(
        &mut session,
        "CREATE TABLE old (a INT) ENGINE=MyISAM; CREATE TABLE new (a INT) ENGINE=InnoDB;\n\
         SET autocommit = 0; INSERT INTO old VALUES (1); INSERT INTO new VALUES (1);",
    );
    let done = JournalEntry { statement: Some((5, 5)), ..crate::db::tests::entry("a") };
    session.record(&done).unwrap();
    // As if the process were killed.
    drop(session);
    let mut session = self::session(&url);
    assert_eq!(session.journal("a").unwrap().len(), 1);
    for table in ["old", "new"] {
        let count = format!("SELECT CAST(count(*) AS CHAR) FROM {table}");
        assert_eq!(one(&mut session, &count), "1", "{table}");
    }
}

#[test]
fn what_may_not_be_read_is_not_taken_for_missing() {
    let admin = testing::new_mysql_database();
    let database = admin.database().unwrap();
    let mut owner = session(&admin);
    let url =
        user(&admin, "blind", &format!("INSERT, CREATE TEMPORARY TABLES ON {database}.*"), "");
    let sees = user(&admin, "seeing", &format!("SELECT ON {database}.*"), "");
    assert_eq!(session(&sees).version_rows().unwrap(), None);
    assert_eq!(session(&sees).journal_log(&JournalFilter::All).unwrap(), None);
    owner.ensure_version_table().unwrap();
    owner.ensure_journal().unwrap();
    assert_eq!(session(&sees).version_rows().unwrap(), Some(Heads::none()));
    assert_eq!(session(&sees).journal_log(&JournalFilter::All).unwrap(), Some(Vec::new()));
    script(&mut owner, &format!("REVOKE INSERT ON {database}.* FROM blind@'127.0.0.1'"));
    let mut blind = session(&url);
    let denied = |error: DatabaseError| {
        assert!(error.message.contains("SELECT command denied to user 'blind'"), "{error}");
        assert!(matches!(error.kind, DatabaseErrorKind::Denied(_)), "{error:?}");
    };
    denied(blind.version_rows().unwrap_err());
    for filter in [JournalFilter::All, JournalFilter::Finished, JournalFilter::Last(1)] {
        denied(blind.journal_log(&filter).unwrap_err());
    }
    denied(blind.journal("a").unwrap_err());
    denied(blind.ensure_journal().unwrap_err());
    assert_eq!(blind.diesel_history().unwrap(), None);
    let mut looking = crate::db::inspect(&url, &options(), Duration::from_secs(5)).unwrap();
    denied(looking.version_rows().unwrap_err());
    denied(looking.journal_log().unwrap_err());
}

#[test]
fn completion_type_is_not_for_the_bookkeeping() {
    let url = testing::new_mysql_database();
    for kind in ["2", "1"] {
        let mut session = session(&url);
        session.ensure_journal().unwrap();
        script(
            &mut session,
            &format!(
                "CREATE TABLE t (a INT); SET completion_type = {kind}; SET autocommit = 0;\n\
                      INSERT INTO t VALUES (1);"
            ),
        );
        session.begin().unwrap();
        session.rollback().unwrap();
        session.begin().unwrap();
        session.record(&crate::db::tests::entry("a")).unwrap();
        session.commit().unwrap();
        assert!(!session.connection.is_in_transaction(), "{kind}");
        session.reset_session().unwrap();
        assert_eq!(one(&mut session, "SELECT @@completion_type"), "NO_CHAIN");
        script(&mut session, "DROP TABLE t");
    }
}

#[test]
fn the_journal_holds_long_notes() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    script(&mut session, "SET default_storage_engine = MyISAM");
    session.ensure_journal().unwrap();
    let note = "ö\n".repeat(50_000);
    let entry = JournalEntry { note: Some(note.clone()), ..crate::db::tests::entry("a") };
    session.record(&entry).unwrap();
    assert_eq!(session.journal("a").unwrap()[0].note, Some(note));
    let engine = "SELECT engine FROM information_schema.tables WHERE table_schema = database()";
    assert_eq!(one(&mut session, engine), "InnoDB");
}

/// Every kind of object that a statement can leave behind, as the statement names it.
#[test]
fn the_catalog_tells_of_every_kind() {
    let url = testing::new_mysql_database();
    let mut session = session(&url);
    script(
        &mut session,
        "CREATE TABLE Parent (id INT PRIMARY KEY, `odd name` INT, CHECK (id > 0));",
    );
    let is_mariadb = one(&mut session, "SELECT version()").contains("MariaDB");
    for (text, undo) in [
        ("CREATE TABLE t (id INT, p INT)", ""),
        ("ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES Parent (id)", ""),
        ("ALTER TABLE t ADD CONSTRAINT ck CHECK (id > 0)", ""),
        ("ALTER TABLE t ADD CONSTRAINT uq UNIQUE (id, p)", ""),
        ("ALTER TABLE t ADD PRIMARY KEY (id)", ""),
        ("ALTER TABLE t ADD COLUMN c INT, ADD INDEX ix (c)", ""),
        ("CREATE INDEX iy ON t (c)", "DROP INDEX IY ON t"),
        ("CREATE VIEW v AS SELECT 1", "DROP VIEW v"),
        ("CREATE SEQUENCE s", "DROP SEQUENCE s"),
        ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1", "DROP TRIGGER g"),
        ("CREATE PROCEDURE r() SELECT 1", "DROP PROCEDURE r"),
        ("CREATE FUNCTION r() RETURNS INT RETURN 1", "DROP FUNCTION r"),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "DROP EVENT e"),
        ("ALTER TABLE t DROP CONSTRAINT uq, DROP INDEX ix, RENAME COLUMN c TO d", ""),
        ("ALTER TABLE Parent CHANGE `odd name` even INT", ""),
        ("RENAME TABLE t TO u", ""),
        ("CREATE DATABASE catalog_test_of_limbeck", "DROP DATABASE catalog_test_of_limbeck"),
    ] {
        if text == "CREATE SEQUENCE s" && !is_mariadb {
            continue;
        }
        for text in [text, undo].into_iter().filter(|text| !text.is_empty()) {
            assert_eq!(took_effect(&mut session, text), [false], "before {text}");
            session.run(&statement(text)).unwrap();
            assert_eq!(took_effect(&mut session, text), [true], "after {text}");
        }
    }
    // Where names of tables know case, `parent` is another table.
    let table = |name: &str| CatalogObject {
        kind: crate::db::ObjectKind::Table,
        schema: None,
        table: None,
        name: name.to_owned(),
    };
    assert_eq!(session.probe(&table("Parent")).unwrap(), ObjectState::Present);
    assert_eq!(session.probe(&table("parent")).unwrap(), ObjectState::Absent);
}

/// What the traces of a statement say, without repetitions.
fn took_effect(session: &mut MysqlSession, text: &str) -> Vec<bool> {
    use crate::script::sql::Effect;
    use crate::script::sql::Trace;
    let traces = match sql::leaves_behind(&statement(text), Dialect::Mysql) {
        Effect::Creates(object) => vec![Trace::Creates(object)],
        Effect::Drops(object) => vec![Trace::Drops(object)],
        Effect::Traces(traces) => traces,
        other => panic!("{text}: {other:?}"),
    };
    let mut answers: Vec<bool> = traces
        .iter()
        .map(|trace| {
            let is_there = session.probe(trace.object()).unwrap() == ObjectState::Present;
            is_there == matches!(trace, Trace::Creates(_))
        })
        .collect();
    answers.dedup();
    answers
}
