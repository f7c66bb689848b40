//! The real binary on MariaDB: what it says where MySQL differs from the other databases.

use std::net::TcpListener;

use insta::assert_snapshot;

use crate::support::{MariadbServer, TestEnvironment, mariadb, project, query, revision};

mod resuming;

fn at(url: &str) -> TestEnvironment {
    project().url(url).revision(revision("a1", &[]).upgrade("CREATE TABLE t (id INT);")).build()
}

#[test]
fn databases_that_cannot_be_reached() {
    let url = mariadb().create_database();
    assert_snapshot!(at(&url.replace("hush-hush", "wrong-secret")).run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: Access denied for user 'limbeck'@'127.0.0.1' (using password: YES)
    hint: check the user and the password, from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let missing = url.replace("/test_", "/missing_");
    assert_snapshot!(at(&missing).run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: the database does not exist
    hint: `limbeck db create --database app` creates it; the name is from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = at(&format!("mysql://me:hush-hush@127.0.0.1:{port}/app"));
    assert_snapshot!(refused.run(&["upgrade"]), @"
    ------- stderr -------
    error: database $DATABASE: me@$HOST/$DATABASE: connection refused
    hint: is the server running, and does it listen there? Host and port are from `url` (limbeck.toml:2)
    [exit status: 8]
    ");
    let mut tls = at(&format!("{url}?ssl_mode=required"));
    tls.replace_location(&url);
    assert_snapshot!(tls.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: limbeck@$HOST/$DATABASE: the server has no TLS, which the URL requires
    hint: `sslmode` and `sslrootcert` in the URL say what is asked for
    [exit status: 8]
    ");
    let unknown = at(&format!("{url}?local_infile=1"));
    assert_snapshot!(unknown.run(&["upgrade"]), @"
    ------- stderr -------
    error: database app: the MySQL URL parameter 'local_infile' is not supported (there are ssl_mode, ssl_ca, ssl_cert, ssl_key, unix_socket, charset and connect_timeout)
      --> mysql://limbeck:***@$HOST/$DATABASE
    [exit status: 78]
    ");
}

#[test]
fn scripts_that_cannot_be_carried_on_are_refused_before_anything_runs() {
    let url = mariadb().create_database();
    for (statement, message) in [
        ("CREATE TEMPORARY TABLE x (id INT)", "a temporary object ends with its connection"),
        ("LOCK TABLES t WRITE", "with tables locked, limbeck could not write its journal"),
        ("START TRANSACTION", "START TRANSACTION is not allowed in a script"),
        ("SAVEPOINT s", "a savepoint needs a transaction"),
    ] {
        let script = format!("CREATE TABLE t (id INT);\n{statement};");
        let env = project().url(&url).revision(revision("a1", &[]).upgrade(&script)).build();
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(78), "{output}");
        assert!(output.stderr.contains(message), "{output}");
    }
    assert_eq!(mariadb().sql(url.rsplit_once('/').unwrap().1, "SHOW TABLES"), "");
}

#[test]
fn a_run_that_was_to_be_one_transaction_says_that_it_is_none() {
    let url = mariadb().create_database();
    let env = project()
        .config(format!(
            "[scripts]\ntransaction_mode = \"run\"\n[databases.app]\nurl = \"{url}\"\n"
        ))
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (id INT);"))
        .revision(
            revision("b2", &["a1"]).with("transaction = false").upgrade("CREATE TABLE u (id INT);"),
        )
        .build();
    assert_snapshot!(env.run(&["upgrade"]), @r#"
    ------- stderr -------
    warning: transaction_mode = "run" has no effect: mysql commits every DDL statement by itself
    Running upgrade  -> a1, rev a1
    Running upgrade a1 -> b2, rev b2
    [exit status: 0]
    "#);
    assert_snapshot!(env.run(&["stamp", "a1"]), @"
    ------- stderr -------
    Running stamp_revision b2 -> a1
    [exit status: 0]
    ");
    assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
}

#[test]
fn the_version_table_is_alembics() {
    let url = mariadb().create_database();
    let env = at(&url);
    env.run(&["upgrade"]).ok();
    assert_snapshot!(query(&env, &url, "SHOW CREATE TABLE alembic_version"), @r#"alembic_version|CREATE TABLE `alembic_version` (\n  `version_num` varchar(32) NOT NULL,\n  PRIMARY KEY (`version_num`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"#);
    let journal = query(&env, &url, "SHOW CREATE TABLE limbeck_journal");
    assert!(journal.contains("ENGINE=InnoDB"), "{journal}");
    assert!(journal.contains("`error` longtext"), "{journal}");
}

/// The version table can lie in another database of the server.
#[test]
fn the_bookkeeping_can_have_a_database_of_its_own() {
    let (url, other) = (mariadb().create_database(), mariadb().create_database());
    let schema = other.rsplit_once('/').unwrap().1;
    let env = project()
        .config(format!("[databases.app]\nurl = \"{url}\"\nversion_table_schema = \"{schema}\"\n"))
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (id INT);"))
        .build();
    env.run(&["upgrade"]).ok();
    assert_eq!(env.run(&["current"]).ok(), "a1 (head)\n");
    assert_eq!(query(&env, &url, "SHOW TABLES"), "t\n");
    assert_eq!(query(&env, &other, "SHOW TABLES"), "alembic_version\nlimbeck_journal\n");
}

/// The journal keeps the text of a revision, which may be longer than any of its statements.
#[test]
fn a_revision_that_is_longer_than_a_packet_is_finished() {
    let server = MariadbServer::start(&["--max-allowed-packet=65536"]);
    let url = server.create_database();
    let insert = format!("INSERT INTO t VALUES ('{}');\n", "x".repeat(1000));
    let env = project()
        .url(&url)
        .revision(
            revision("a1", &[])
                .upgrade(&format!("CREATE TABLE t (a TEXT);\n{}", insert.repeat(100)))
                .downgrade("DROP TABLE t;"),
        )
        .revision(
            revision("a2", &["a1"]).upgrade("CREATE TABLE u (id INT);").downgrade("DROP TABLE u;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    let database = url.rsplit_once('/').unwrap().1;
    let rows = "SELECT revision, upgrade_text IS NULL, note FROM limbeck_journal \
                WHERE event = 'done' AND statement_no IS NULL ORDER BY id";
    assert_snapshot!(server.sql(database, rows), @"
    a1|1|texts not kept: they exceed the server's max_allowed_packet (65536)
    a2|0|NULL
    ");
    assert_eq!(env.run(&["current"]).ok(), "a2 (head)\n");
    env.run(&["downgrade", "base"]).ok();
    assert_eq!(server.sql(database, "SHOW TABLES"), "alembic_version\nlimbeck_journal\n");
}

/// What a run leaves that is killed behind the beginning of its last statement.
fn forget_the_end(env: &TestEnvironment, url: &str) {
    query(
        env,
        url,
        "DELETE FROM limbeck_journal WHERE id > (SELECT * FROM (SELECT max(id) FROM \
         limbeck_journal WHERE event = 'begin') AS last)",
    );
}

#[test]
fn a_downgrade_that_stopped_half_way_stops_an_upgrade() {
    let url = mariadb().create_database();
    let env = project()
        .url(&url)
        .revision(
            revision("a1", &[])
                .upgrade("CREATE TABLE t (id INT);\nCREATE TABLE u (id INT);")
                .downgrade("DROP TABLE u;\nDROP TABLE missing;"),
        )
        .build();
    env.run(&["upgrade"]).ok();
    assert_ne!(env.run(&["downgrade", "base"]).code(), Some(0));
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains("revision a1 is half reverted"), "{output}");
}

#[test]
fn what_was_there_before_the_statement_proves_nothing() {
    let url = mariadb().create_database();
    let env = at(&url);
    query(&env, &url, "CREATE TABLE t (other INT)");
    assert_ne!(env.run(&["upgrade"]).code(), Some(0));
    forget_the_end(&env, &url);
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(9), "{output}");
    assert!(output.stderr.contains("the catalog cannot tell"), "{output}");
    query(&env, &url, "DROP TABLE t");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT count(id) FROM t"), "0\n");
}

#[test]
fn a_key_of_another_type_is_not_the_constraint() {
    let url = mariadb().create_database();
    let env = project()
        .url(&url)
        .revision(revision("a1", &[]).upgrade(
            "CREATE TABLE p (id INT PRIMARY KEY);\n\
             CREATE TABLE c (p INT, CONSTRAINT link UNIQUE (p));\n\
             ALTER TABLE c ADD CONSTRAINT link FOREIGN KEY (p) REFERENCES p (id);",
        ))
        .build();
    env.run(&["upgrade"]).ok();
    forget_the_end(&env, &url);
    query(&env, &url, "DELETE FROM alembic_version");
    query(&env, &url, "ALTER TABLE c DROP FOREIGN KEY link");
    env.run(&["upgrade"]).ok();
    let types = "SELECT constraint_type FROM information_schema.table_constraints \
                 WHERE table_schema = database() AND table_name = 'c' ORDER BY 1";
    assert_eq!(query(&env, &url, types), "FOREIGN KEY\nUNIQUE\n");
}

#[test]
fn the_journal_knows_how_long_a_statement_took() {
    let url = mariadb().create_database();
    let env = project().url(&url).revision(revision("a1", &[]).upgrade("DO SLEEP(0.1);")).build();
    env.run(&["upgrade"]).ok();
    let took = "SELECT count(*) FROM limbeck_journal \
                WHERE statement_no = 1 AND event = 'done' AND finished_at > started_at";
    assert_eq!(query(&env, &url, took), "1\n");
}
