//! Single statements with parameters.

use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;
use proptest::prelude::*;

use super::*;

fn parameter(value: impl Into<SqlValue>) -> Parameter {
    Parameter { name: None, value: value.into(), sql_type: None }
}

fn place(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Postgresql => format!("${number}"),
        Dialect::Mysql | Dialect::Sqlite => "?".to_owned(),
    }
}

#[test]
fn rows_go_in_and_come_out() {
    for url in databases().urls {
        let mut session = open(&url);
        let dialect = session.dialect();
        session.begin().unwrap();
        session.execute("CREATE TABLE t (id integer, a varchar(20))", &[]).unwrap();
        let (one, two) = (place(dialect, 1), place(dialect, 2));
        let insert = format!("INSERT INTO t (id, a) VALUES ({one}, {two})");
        let result = session.execute(&insert, &[parameter(1), parameter("it's ? $1")]).unwrap();
        assert_eq!((result.columns, result.row_count), (None, 1), "{dialect:?}");
        let result = session.execute("SELECT id, a FROM t", &[]).unwrap();
        assert_eq!(result.columns, Some(vec!["id".to_owned(), "a".to_owned()]));
        assert_eq!(result.rows, [[SqlValue::Int(1), "it's ? $1".into()]]);
        let query = format!("SELECT id, a FROM t WHERE id > {one}");
        let result = session.execute(&query, &[parameter(1)]).unwrap();
        assert_eq!(result.columns, Some(vec!["id".to_owned(), "a".to_owned()]));
        assert!(result.rows.is_empty());
        session.commit().unwrap();
        assert_eq!(open(&url).execute("SELECT id FROM t", &[]).unwrap().rows.len(), 1);
    }
}

#[test]
fn a_savepoint_saves_a_transaction() {
    for url in databases().urls {
        let mut session = open(&url);
        session.execute("CREATE TABLE t (id integer PRIMARY KEY)", &[]).unwrap();
        session.begin().unwrap();
        session.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
        session.execute("SAVEPOINT s", &[]).unwrap();
        session.execute("INSERT INTO t VALUES (2)", &[]).unwrap();
        let error = session.execute("INSERT INTO t VALUES (1)", &[]).unwrap_err();
        let server = error.server.unwrap();
        let facts = (server.sqlstate.as_deref(), server.code);
        match session.dialect() {
            Dialect::Postgresql => {
                assert_eq!(facts, (Some("23505"), None));
                // As always: the transaction takes nothing more.
                let error = session.execute("SELECT 1", &[]).unwrap_err();
                assert_eq!(error.server.unwrap().sqlstate.as_deref(), Some("25P02"));
            }
            Dialect::Mysql => assert_eq!(facts, (Some("23000"), Some(1062))),
            Dialect::Sqlite => assert_eq!(facts, (None, Some(2067))),
        }
        session.execute("ROLLBACK TO SAVEPOINT s", &[]).unwrap();
        session.execute("INSERT INTO t VALUES (3)", &[]).unwrap();
        session.execute("RELEASE SAVEPOINT s", &[]).unwrap();
        session.commit().unwrap();
        let rows = open(&url).execute("SELECT id FROM t ORDER BY id", &[]).unwrap().rows;
        assert_eq!(rows, [[SqlValue::Int(1)], [SqlValue::Int(3)]], "{url}");
    }
}

#[test]
fn an_error_without_a_savepoint_ends_a_transaction_on_postgresql_alone() {
    for url in databases().urls {
        let mut session = open(&url);
        session.execute("CREATE TABLE t (id integer)", &[]).unwrap();
        session.begin().unwrap();
        session.execute("INSERT INTO t VALUES (1)", &[]).unwrap();
        session.execute("SELECT * FROM nix", &[]).unwrap_err();
        let commits = session.commit().is_ok();
        assert_eq!(commits, session.dialect() != Dialect::Postgresql);
        session.rollback().unwrap();
        let rows = open(&url).execute("SELECT id FROM t", &[]).unwrap().rows;
        assert_eq!(rows.len(), usize::from(commits));
    }
}

#[test]
fn what_is_refused_here_fails_no_transaction() {
    for url in databases().urls {
        let mut session = open(&url);
        let one = place(session.dialect(), 1);
        session.begin().unwrap();
        let parameters = [parameter(serde_json::json!({"a": 1}))];
        let error = session.execute(&format!("SELECT {one}"), &parameters).unwrap_err();
        assert_eq!(error.server, None, "{error}");
        session.execute("CREATE TABLE t (id integer)", &[]).unwrap();
        session.commit().unwrap();
    }
}

#[test]
fn the_key_of_a_new_row_is_told() {
    for url in databases().urls {
        let mut session = open(&url);
        let (make, expected) = match session.dialect() {
            Dialect::Postgresql => ("CREATE TABLE t (id serial PRIMARY KEY, a int)", None),
            Dialect::Mysql => {
                ("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, a int)", Some(2))
            }
            Dialect::Sqlite => ("CREATE TABLE t (id integer PRIMARY KEY, a int)", Some(2)),
        };
        session.execute(make, &[]).unwrap();
        session.execute("INSERT INTO t (a) VALUES (7)", &[]).unwrap();
        let result = session.execute("INSERT INTO t (a) VALUES (8)", &[]).unwrap();
        assert_eq!(result.last_id, expected);
        assert_eq!(session.execute("UPDATE t SET a = 9", &[]).unwrap().last_id, None);
        // On MySQL too, the rows that were found: they need not be changed.
        assert_eq!(session.execute("UPDATE t SET a = 9", &[]).unwrap().row_count, 2);
    }
}

#[test]
fn a_place_in_an_error_is_one_of_the_text_that_was_given() {
    let url = testing::new_database();
    let mut session = open(&url);
    for before in ["", "SELECT 1;\n", "-- a long comment é\n"] {
        let sql = format!("{before}SELECT $1, nix, $2");
        let values = [parameter("a long value é"), parameter(2)];
        let error = session.execute(&sql, &values).unwrap_err();
        assert_eq!(error.offset, sql.find("nix"), "{sql}");
    }
    let sql = "CREATE TABLE t (a nix)";
    session.begin().unwrap();
    assert_eq!(session.execute(sql, &[]).unwrap_err().offset, sql.find("nix"));
}

#[test]
fn several_statements_are_one_transaction_on_postgresql() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.execute("CREATE TABLE t (a int)", &[]).unwrap();
    let sql = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); SELECT 1/0";
    session.execute(sql, &[]).unwrap_err();
    assert!(session.execute("SELECT * FROM t", &[]).unwrap().rows.is_empty());
    let sql = "INSERT INTO t VALUES ($1); INSERT INTO t VALUES ($2); SELECT a FROM t -- $3";
    let rows = session.execute(sql, &[parameter(1), parameter(2)]).unwrap().rows;
    assert_eq!(rows, [[SqlValue::Int(1)], [SqlValue::Int(2)]]);
}

#[test]
fn a_copy_through_the_client_is_refused() {
    let mut session = open(&testing::new_database());
    session.begin().unwrap();
    session.execute("CREATE TABLE t (a int)", &[]).unwrap();
    for sql in ["COPY t TO STDOUT", "copy t from stdin;", "COPY t FROM STDIN (FORMAT csv)"] {
        let error = session.execute(sql, &[]).unwrap_err();
        assert!(error.message.contains("COPY"), "{error}");
    }
    session.commit().unwrap();
}

#[test]
fn typed_values_are_converted() {
    for url in databases().urls {
        let mut session = open(&url);
        let dialect = session.dialect();
        session.execute("CREATE TABLE t (b boolean, j text, u varchar(40))", &[]).unwrap();
        let places = [1, 2, 3].map(|number| place(dialect, number)).join(", ");
        let typed = |value: SqlValue, sql_type: SqlType| Parameter {
            name: None,
            value,
            sql_type: Some(sql_type),
        };
        let values = [
            typed(true.into(), SqlType::boolean()),
            typed(
                serde_json::json!({"b": ["é"], "a": 1}).into(),
                SqlType::from(limbeck_schema::types::Json::Json),
            ),
            typed("x".into(), SqlType::text()),
        ];
        session.execute(&format!("INSERT INTO t VALUES ({places})"), &values).unwrap();
        let rows = session.execute("SELECT * FROM t", &[]).unwrap().rows;
        let truth = if dialect == Dialect::Postgresql { true.into() } else { SqlValue::Int(1) };
        let text = "{\"b\": [\"\\u00e9\"], \"a\": 1}";
        assert_eq!(rows, [[truth, text.into(), "x".into()]]);
    }
}

#[test]
fn many_values_are_asked_for_at_once() {
    let mut session = open(&testing::new_database());
    let sql = "SELECT ('10.0.0.0'::inet + n) AS ip, now() - n * '1 day'::interval AS at \
               FROM generate_series(1, 3000) AS n";
    let result = session.execute(sql, &[]).unwrap();
    assert_eq!(result.row_count, 3000);
    assert_eq!(result.rows[299][0], "10.0.1.44".into());
    assert!(result.rows.iter().all(|row| matches!(row[1], SqlValue::DateTimeTz(_))));
}

#[test]
fn values_that_python_does_not_have_are_named() {
    let mut session = open(&testing::new_database());
    session.begin().unwrap();
    for sql in [
        "SELECT int4range(1, 2)",
        "SELECT ROW(1, 'a')",
        "SELECT '12:00+01'::timetz",
        "SELECT '20000-01-01'::date",
        "SELECT '4000-01-01 BC'::timestamp",
        "SELECT '{\"a\": 18446744073709551616}'::json",
    ] {
        let error = session.execute(sql, &[]).unwrap_err();
        assert_eq!(error.server, None, "{error}");
    }
    // The transaction goes on.
    session.execute("CREATE TABLE t (a int)", &[]).unwrap();
    session.commit().unwrap();
}

/// Texts that are made to break out of quotes.
fn attacks() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'".to_owned()),
        Just("\\".to_owned()),
        Just("\\'".to_owned()),
        Just("''".to_owned()),
        Just("$1".to_owned()),
        Just("?".to_owned()),
        Just("$$".to_owned()),
        Just("--".to_owned()),
        Just("/*".to_owned()),
        Just("\"".to_owned()),
        Just("`".to_owned()),
        Just("%s".to_owned()),
        Just(";".to_owned()),
        Just("\n".to_owned()),
        Just(" UNION SELECT 1".to_owned()),
        "[^\u{0}]{0,4}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn any_text_comes_back_unchanged() {
    for url in databases().urls {
        let mut session = open(&url);
        let settings: &[&str] = match session.dialect() {
            Dialect::Postgresql => {
                &["SET standard_conforming_strings = on", "SET standard_conforming_strings = off"]
            }
            Dialect::Mysql => &[
                "SET sql_mode = ''",
                "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
                "SET sql_mode = 'ANSI_QUOTES'",
            ],
            Dialect::Sqlite => &["SELECT 1"],
        };
        let (one, two) = (place(session.dialect(), 1), place(session.dialect(), 2));
        let query = format!("SELECT '?$1\"', {one}, /* ' ? $2 */ {two}, 5 -- ' $1 ?");
        for setting in settings {
            session.execute(setting, &[]).unwrap();
            let session = std::cell::RefCell::new(&mut session);
            let config =
                ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() };
            let mut runner = proptest::test_runner::TestRunner::new(config);
            runner
                .run(&(attacks(), attacks()), |(a, b)| {
                    let mut session = session.borrow_mut();
                    let values = [parameter(a.as_str()), parameter(b.as_str())];
                    let rows = session.execute(&query, &values).unwrap().rows;
                    let expected = vec![vec!["?$1\"".into(), a.into(), b.into(), SqlValue::Int(5)]];
                    prop_assert_eq!(rows, expected);
                    Ok(())
                })
                .unwrap();
        }
    }
}

#[test]
fn a_literal_whose_end_is_unclear_takes_no_parameters() {
    let mut session = open(&testing::new_database());
    let sql = "SELECT 'a\\', $1::text";
    let rows = session.execute(sql, &[parameter("' OR 1=1")]).unwrap().rows;
    assert_eq!(rows, [["a\\".into(), "' OR 1=1".into()]]);
    session.execute("SET standard_conforming_strings = off", &[]).unwrap();
    let error = session.execute(sql, &[parameter("x")]).unwrap_err();
    assert!(error.message.contains("standard_conforming_strings"), "{error}");
    let rows = session.execute("SELECT E'a\\'b', $1::text", &[parameter("x")]).unwrap().rows;
    assert_eq!(rows, [["a'b".into(), "x".into()]]);
}

#[test]
fn any_bytes_come_back_unchanged() {
    for url in databases().urls {
        let mut session = open(&url);
        let kind = if session.dialect() == Dialect::Postgresql { "bytea" } else { "blob" };
        session.execute(&format!("CREATE TABLE t (b {kind})"), &[]).unwrap();
        let settings: &[&str] = match session.dialect() {
            Dialect::Postgresql => &["on", "off"],
            _ => &[""],
        };
        for setting in settings {
            if !setting.is_empty() {
                let set = format!("SET standard_conforming_strings = {setting}");
                session.execute(&set, &[]).unwrap();
            }
            let bytes: Vec<u8> = (0..=255).collect();
            let insert = format!("INSERT INTO t VALUES ({})", place(session.dialect(), 1));
            session.execute(&insert, &[parameter(bytes.clone())]).unwrap();
            let rows = session.execute("SELECT b FROM t", &[]).unwrap().rows;
            assert_eq!(rows.last().unwrap(), &[SqlValue::Bytes(bytes)]);
        }
    }
}
