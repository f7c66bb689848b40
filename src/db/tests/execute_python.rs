//! Statements on real servers, here and by the Python drivers that SQLAlchemy uses: psycopg2,
//! pymysql and sqlite3 must give the same.

use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use chrono::DateTime;
use chrono::NaiveDate;
use chrono::NaiveTime;
use chrono::TimeDelta;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;
use serde_json::Value as Json;
use serde_json::json;

use super::*;
use crate::db::execute::python as words;

const ORACLE: &str = include_str!("execute_oracle.py");

/// The Python of `./test`, or that of `LIMBECK_TEST_PYTHON`.
fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("LIMBECK_TEST_PYTHON") {
        return python.into();
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"), PathBuf::from);
    let python = target.join("test-env/venv/bin/python");
    assert!(
        python.exists(),
        "there is no Python with psycopg2 and pymysql at {}: run ./test --setup, which makes one",
        python.display()
    );
    python
}

/// What Python says of statements, each with the expressions of its parameters.
fn oracle(python: &Path, url: &DatabaseUrl, statements: &[(String, Vec<&str>)]) -> Vec<Json> {
    let dialect = match url.dialect() {
        Dialect::Postgresql => "postgresql",
        Dialect::Mysql => "mysql",
        Dialect::Sqlite => "sqlite",
    };
    let task = json!({ "dialect": dialect, "url": url.expose(), "statements": statements });
    let mut child = Command::new(python)
        .args(["-c", ORACLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(task.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn canonical(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "null".to_owned(),
        SqlValue::Bool(value) => if *value { "bool:True" } else { "bool:False" }.to_owned(),
        SqlValue::Int(value) => format!("int:{value}"),
        SqlValue::BigInt(digits) => format!("int:{digits}"),
        SqlValue::Float(value) => format!("float:{}", words::float(*value)),
        SqlValue::Decimal(digits) => format!("decimal:{digits}"),
        SqlValue::Text(text) => format!("text:{text}"),
        SqlValue::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("bytes:{digits}")
        }
        SqlValue::Date(date) => format!("date:{}", date.format("%Y-%m-%d")),
        SqlValue::Time(time) => format!("time:{}", words::time(*time)),
        SqlValue::DateTime(at) => format!("datetime:{}", words::date_time(*at, 'T')),
        SqlValue::DateTimeTz(at) => format!(
            "zoned:{}{}",
            words::date_time(at.naive_local(), 'T'),
            words::offset(*at.offset())
        ),
        SqlValue::Interval(span) => format!("interval:{}", span.num_microseconds().unwrap()),
        SqlValue::Uuid(uuid) => format!("uuid:{uuid}"),
        SqlValue::Json(json) => document(json),
        SqlValue::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        SqlValue::Tuple(items) => format!("{items:?}"),
        SqlValue::Host(number) => format!("host:{number}"),
    }
}

fn document(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => canonical(&SqlValue::Bool(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(number) => format!("int:{number}"),
            None => canonical(&SqlValue::Float(number.as_f64().unwrap())),
        },
        Json::String(text) => format!("text:{text}"),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(document).collect();
            format!("[{}]", items.join(","))
        }
        Json::Object(items) => {
            let items: Vec<String> =
                items.iter().map(|(key, item)| format!("{key}={}", document(item))).collect();
            format!("{{{}}}", items.join(","))
        }
    }
}

/// What this engine says.
fn ours(session: &mut dyn Database, sql: &str, values: &[SqlValue]) -> Json {
    let parameters: Vec<Parameter> = values
        .iter()
        .map(|value| Parameter { name: None, value: value.clone(), sql_type: None })
        .collect();
    match session.execute(sql, &parameters) {
        Ok(result) => {
            let rows: Vec<Vec<String>> =
                result.rows.iter().map(|row| row.iter().map(canonical).collect()).collect();
            json!({ "columns": result.columns, "rows": rows, "count": result.row_count })
        }
        Err(error) => {
            let server = error.server.as_deref();
            json!({
                "error": error.message,
                "state": server.and_then(|server| server.sqlstate.as_deref()),
                "number": server.and_then(|server| server.code),
            })
        }
    }
}

/// Runs statements in both worlds, each on a session of its own.
fn compare(url: &DatabaseUrl, statements: &[&str]) {
    let python = python();
    let texts: Vec<(String, Vec<&str>)> =
        statements.iter().map(|sql| ((*sql).to_owned(), Vec::new())).collect();
    let mut session = open(url);
    let theirs = oracle(&python, url, &texts);
    let mut differences = Vec::new();
    for (sql, theirs) in statements.iter().zip(&theirs) {
        let ours = ours(session.as_mut(), sql, &[]);
        if theirs.get("error").is_some() {
            let same = ours.get("error").is_some()
                && (theirs["state"].is_null() || ours["state"] == theirs["state"])
                && (theirs["number"].is_null() || ours["number"] == theirs["number"]);
            if !same {
                differences.push(format!("{sql}\n  ours   {ours}\n  theirs {theirs}"));
            }
        } else if ours != *theirs {
            differences.push(format!("{sql}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn values_of_postgresql_are_those_of_psycopg2() {
    let url = testing::new_database();
    for setup in [
        "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"')",
        "CREATE DOMAIN short AS varchar(5)",
        "CREATE DOMAIN number AS int",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE EXTENSION IF NOT EXISTS citext",
        "CREATE EXTENSION IF NOT EXISTS hstore",
    ] {
        // An extension may be missing.
        let result = open(&url).execute(setup, &[]);
        assert!(result.is_ok() || setup.contains("EXTENSION"), "{setup}: {result:?}");
    }
    let mut statements = vec![
        "SELECT true, false, NULL::bool",
        "SELECT 1::int2, -2::int4, 9223372036854775807::int8, 4294967295::oid",
        "SELECT 0.1::float4, 1e20::float4, 'NaN'::float4, '-Infinity'::float8, 0.1::float8, 1e16::float8",
        "SELECT 16777216::float4, 1.17549435e-38::float4, 5e-324::float8, -0.0::float8",
        "SELECT 0::numeric, 0.00::numeric, 1.50::numeric, -12345678901234567890.123456789::numeric",
        "SELECT 0.0000001::numeric, 0.000001::numeric, 1e30::numeric, 'NaN'::numeric, 10000::numeric, 0.0000000::numeric",
        "SELECT 'a'::text, 'b'::varchar, 'c'::char(3), 'd'::name, 'e'::\"char\", 'f', ''::text, ''::\"char\"",
        "SELECT 'üñ😀'::text, E'a\\\\b''c\\n'::text",
        "SELECT '\\x00ff'::bytea, ''::bytea",
        "SELECT '2020-02-29'::date, '0001-01-01'::date, '9999-12-31'::date",
        "SELECT 'infinity'::date, '-infinity'::date, 'infinity'::timestamp, '-infinity'::timestamp",
        "SELECT '01:02:03'::time, '01:02:03.000004'::time, '23:59:59.999999'::time",
        "SELECT '2020-01-02 03:04:05.678'::timestamp, '0001-01-01 00:00:00'::timestamp",
        "SELECT '2020-01-02 03:04:05+00'::timestamptz, '2020-07-02 03:04:05.5-08'::timestamptz",
        "SET TimeZone = 'Europe/Berlin'",
        "SELECT '2020-01-02 03:04:05+00'::timestamptz, '2020-07-02 03:04:05.5-08'::timestamptz",
        "SELECT ARRAY['2020-01-02 03:04:05+00'::timestamptz, NULL]",
        "SELECT '1890-01-01 00:00:00+00'::timestamptz",
        "SET TimeZone = 'Asia/Kathmandu'",
        "SELECT '2020-01-02 03:04:05+00'::timestamptz",
        "RESET TimeZone",
        "SELECT '1 day'::interval, '1 mon'::interval, '-1 year -2 mons +3 days -04:05:06.789'::interval",
        "SELECT '14 months'::interval, '-14 months'::interval, '25:00:00'::interval, '0'::interval",
        "SELECT '00000000-0000-0000-0000-00000000000a'::uuid",
        "SELECT '{\"a\": [1, 2.5, null, true], \"b\": {\"c\": \"x\"}}'::json, '[1, {\"z\": 1, \"a\": 2}]'::jsonb",
        "SELECT 'null'::jsonb, '1'::json, '\"x\"'::jsonb, '1.10'::json, '1.10'::jsonb",
        "SELECT ARRAY[1,2,NULL], ARRAY[[1,2],[3,4]], '{}'::int[], '[2:3]={1,2}'::int[]",
        "SELECT ARRAY['a','b,c',NULL,'NULL','x\"y']::text[], ARRAY['a']::varchar[], ARRAY['a']::name[]",
        "SELECT ARRAY[1.5,NULL]::numeric[], ARRAY[1.5]::float8[], ARRAY[true,false]",
        "SELECT ARRAY['2020-01-01'::date], ARRAY['01:02:03'::time], ARRAY['1 day'::interval]",
        "SELECT ARRAY['2020-01-01 01:02:03'::timestamp], ARRAY['\\x00'::bytea]",
        "SELECT ARRAY['00000000-0000-0000-0000-00000000000a'::uuid], ARRAY['{\"a\": 1}'::jsonb]",
        "SELECT 'sad'::mood, 'it''s \"ok\"'::mood, NULL::mood, ARRAY['sad','it''s \"ok\"']::mood[]",
        "SELECT 'abc'::short, 5::number, ARRAY['abc']::short[], ARRAY[5]::number[]",
        "SELECT ROW(1,'x y')::pair, ARRAY[ROW(1,'x')::pair]",
        "SELECT '192.168.0.1'::inet, '192.168.0.0/24'::cidr, '10.0.0.1/8'::inet, '08:00:2b:01:02:03'::macaddr",
        "SELECT ARRAY['192.168.0.1'::inet], ARRAY['192.168.0.0/24'::cidr]",
        "SELECT 12.5::money, B'101', B'1'::bit varying, '(1,2)'::point, '$.a'::jsonpath",
        "SELECT 'a b'::tsvector, 'a & b'::tsquery, '<a/>'::xml, '16/B374D848'::pg_lsn",
        "SELECT 'pg_class'::regclass, 'int4'::regtype, '5'::xid, '1 2'::int2vector",
        "SELECT int4multirange(int4range(1,3))",
        "SELECT pg_advisory_unlock_all()",
        "SELECT relkind, relname FROM pg_class WHERE relname = 'pg_class'",
        "SELECT 1 AS a, 2 AS a, 1 + 1",
        // Each of the two makes the table and drops it.
        "CREATE TABLE t (id serial PRIMARY KEY, a text, b int DEFAULT 5)",
        "SELECT id, a AS \"X y\" FROM t WHERE false",
        "SELECT t.*, 1 FROM t",
        "WITH q AS (SELECT 1 AS n) SELECT * FROM q WHERE n > 1",
        "(SELECT 1 AS x WHERE false) UNION SELECT 2 WHERE false",
        "VALUES (1, 'a')",
        "TABLE t",
        "SELECT 1 WHERE false -- done",
        "SELECT 1 AS a WHERE false;",
        "INSERT INTO t (a) VALUES ('x'), ('y')",
        "INSERT INTO t (a) VALUES ('z') RETURNING id, a AS name",
        "INSERT INTO t (id, a) VALUES (1, 'z') ON CONFLICT DO NOTHING RETURNING id, a AS name, *",
        "UPDATE t SET a = 'q' WHERE id > 1",
        "UPDATE t SET a = 'q' WHERE false RETURNING t.*, upper(a)",
        "UPDATE t SET a = 'q' RETURNING *",
        "DELETE FROM t WHERE a = 'nix'",
        "DELETE FROM t WHERE false",
        "WITH q AS (DELETE FROM t WHERE id = 2 RETURNING id) SELECT id FROM q",
        "WITH q AS (SELECT 7 AS n) INSERT INTO t (b) SELECT n FROM q",
        "SELECT * INTO t2 FROM t",
        "CREATE TABLE t3 AS SELECT * FROM t",
        "CREATE TABLE t4 AS SELECT * FROM t WITH NO DATA",
        "CREATE MATERIALIZED VIEW v AS SELECT * FROM t",
        "REFRESH MATERIALIZED VIEW v",
        "CREATE VIEW w AS SELECT * FROM t",
        "TRUNCATE t2",
        "DROP VIEW w",
        "DROP MATERIALIZED VIEW v",
        "DROP TABLE t2, t3, t4",
        "SHOW server_encoding",
        "DO $$ BEGIN END $$",
        "SELECT 1; SELECT 2 AS two",
        "CREATE TABLE m (a int); INSERT INTO m VALUES (1), (2)",
        "INSERT INTO m VALUES (3); SELECT a FROM m ORDER BY a",
        "SELECT 1; DROP TABLE m",
        "BEGIN; CREATE TABLE m (a int); ROLLBACK",
        "SELECT to_regclass('m')",
        "PREPARE p AS SELECT $1::int",
        "EXECUTE p (5)",
        "EXPLAIN (COSTS OFF) SELECT 1",
        "SELECT '$1' || 'a', $$ $1 $$",
        "SELECT 5 % 2",
        "SELECT 'a' LIKE 'a%'",
        "DROP TABLE t",
    ];
    let mut probe = open(&url);
    if probe.execute("SELECT 'a'::citext", &[]).is_ok() {
        statements.push("SELECT 'aB'::citext, ARRAY['aB'::citext]");
    }
    if probe.execute("SELECT 'a=>1'::hstore", &[]).is_ok() {
        statements.push("SELECT 'a=>1, \"b c\"=>NULL'::hstore, ''::hstore");
    }
    compare(&url, &statements);
}

#[test]
fn values_for_postgresql_are_those_of_psycopg2() {
    let python = python();
    let url = testing::new_database();
    let date = NaiveDate::from_ymd_opt(2020, 2, 29).unwrap();
    let text = |text: &str| SqlValue::Text(text.to_owned());
    let decimal = |digits: &str| SqlValue::Decimal(digits.to_owned());
    let cases: Vec<(&str, SqlValue)> = vec![
        ("None", SqlValue::Null),
        ("True", true.into()),
        ("5", 5.into()),
        ("-5", (-5).into()),
        ("2**70", SqlValue::BigInt((1_u128 << 70).to_string())),
        ("-2**70", SqlValue::BigInt(format!("-{}", 1_u128 << 70))),
        ("1.5", 1.5.into()),
        ("-0.0", (-0.0).into()),
        ("1e300", 1e300.into()),
        ("float('nan')", f64::NAN.into()),
        ("float('-inf')", f64::NEG_INFINITY.into()),
        ("D('1.50')", decimal("1.50")),
        ("D('-1E+3')", decimal("-1E+3")),
        ("D('NaN')", decimal("NaN")),
        ("'x'", text("x")),
        ("'it\\'s \\\\ $1 %s \"q\" \\n é😀'", text("it's \\ $1 %s \"q\" \n é😀")),
        ("b'\\x00\\xff\\\\\\''", vec![0_u8, 255, b'\\', b'\''].into()),
        ("datetime.date(2020, 2, 29)", date.into()),
        ("datetime.time(1, 2, 3, 4)", NaiveTime::from_hms_micro_opt(1, 2, 3, 4).unwrap().into()),
        (
            "datetime.datetime(2020, 2, 29, 1, 2, 3, 4)",
            date.and_hms_micro_opt(1, 2, 3, 4).unwrap().into(),
        ),
        (
            "datetime.datetime(2020, 2, 29, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=-3)))",
            DateTime::parse_from_rfc3339("2020-02-29T01:02:03-03:00").unwrap().into(),
        ),
        (
            "datetime.timedelta(-1, 2, 3)",
            (TimeDelta::days(-1) + TimeDelta::seconds(2) + TimeDelta::microseconds(3)).into(),
        ),
        ("uuid.UUID(int=10)", Uuid::from_u128(10).into()),
        ("[1, -2, None]", SqlValue::Array(vec![1.into(), (-2).into(), SqlValue::Null])),
        ("['a\\'', None, 'b\\\\']", SqlValue::Array(vec![text("a'"), SqlValue::Null, text("b\\")])),
        (
            "[[1], [2]]",
            SqlValue::Array(vec![SqlValue::Array(vec![1.into()]), SqlValue::Array(vec![2.into()])]),
        ),
        ("[D('1.5')]", SqlValue::Array(vec![decimal("1.5")])),
        ("[datetime.date(2020, 2, 29)]", SqlValue::Array(vec![date.into()])),
    ];
    let query = |place: &str| {
        format!(
            "SELECT pg_typeof(x)::text, x::text, 1-x2::int FROM (SELECT {place} AS x, 1 AS x2) q"
        )
    };
    let texts: Vec<(String, Vec<&str>)> =
        cases.iter().map(|(python, _)| (query("%s"), vec![*python])).collect();
    let theirs = oracle(&python, &url, &texts);
    let mut session = open(&url);
    for ((python, value), theirs) in cases.iter().zip(&theirs) {
        assert_eq!(
            &ours(session.as_mut(), &query("$1"), std::slice::from_ref(value)),
            theirs,
            "{python}"
        );
    }
}

#[test]
fn errors_of_postgresql_have_their_states() {
    let url = testing::new_database();
    for setup in [
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, CHECK (a > 0))",
        "CREATE TABLE r (id int REFERENCES t, d date, u varchar(3))",
        "CREATE TYPE mood AS ENUM ('sad')",
        "CREATE VIEW v AS SELECT * FROM t",
        "INSERT INTO t VALUES (1, 1)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ] {
        open(&url).execute(setup, &[]).unwrap();
    }
    compare(
        &url,
        &[
            "SELECT * FROM nix",
            "SELECT nix FROM t",
            "SELECT t.nix FROM t",
            "SELECT nix.a FROM t",
            "SELEC 1",
            "SELECT 'a",
            "SELECT nix(1)",
            "SELECT 1 + 'a'::date",
            "CREATE TABLE t (a int)",
            "CREATE INDEX t_pkey ON t (a)",
            "ALTER TABLE t ADD COLUMN a int",
            "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 1)",
            "ALTER TABLE t DROP CONSTRAINT nix",
            "ALTER TABLE t DROP COLUMN nix",
            "ALTER TABLE t ALTER COLUMN nix SET NOT NULL",
            "ALTER TABLE nix ADD COLUMN a int",
            "ALTER TABLE t RENAME COLUMN a TO id",
            "ALTER TABLE t ADD PRIMARY KEY (a)",
            "ALTER TABLE r ALTER COLUMN u TYPE int",
            "ALTER TYPE mood ADD VALUE 'sad'",
            "ALTER TYPE nix ADD VALUE 'sad'",
            "CREATE TYPE mood AS ENUM ('x')",
            "DROP TABLE nix",
            "DROP INDEX nix",
            "DROP TYPE nix",
            "DROP SEQUENCE nix",
            "DROP VIEW nix",
            "DROP VIEW t",
            "DROP FUNCTION nix()",
            "DROP SCHEMA nix",
            "DROP TABLE t",
            "CREATE SCHEMA public",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW v AS SELECT 1",
            "CREATE EXTENSION no_such_extension",
            "CREATE ROLE limbeck",
            "INSERT INTO t VALUES (1, 1)",
            "INSERT INTO t VALUES (2, NULL)",
            "INSERT INTO t VALUES (2, 0)",
            "INSERT INTO r VALUES (9)",
            "DELETE FROM nix",
            "INSERT INTO r VALUES (1); DELETE FROM t",
            "INSERT INTO t VALUES (1, 1, 1)",
            "INSERT INTO t (nix) VALUES (1)",
            "INSERT INTO r (d) VALUES ('x')",
            "INSERT INTO r (d) VALUES (1)",
            "INSERT INTO r (d) VALUES ('2020-02-30')",
            "INSERT INTO r (u) VALUES ('abcd')",
            "SELECT 'x'::int",
            "SELECT 'x'::uuid",
            "SELECT 'x'::mood",
            "SELECT '{'::json",
            "SELECT '{'::int[]",
            "SELECT 1/0",
            "SELECT 99999::int2",
            "SELECT 9999999999 * 9999999999",
            "SELECT 'x'::timestamp",
            "SELECT 1000::numeric(2)",
            "SELECT (SELECT a FROM t UNION ALL SELECT 2)",
            "SELECT a, count(*) FROM t",
            "SELECT id FROM t, r",
            "SELECT now()::int",
            "SELECT CASE WHEN true THEN 1 ELSE 'x'::date END",
            "COMMIT; VACUUM",
            "SAVEPOINT s",
            "ROLLBACK TO s",
            "BEGIN; ROLLBACK TO SAVEPOINT nix",
            "ROLLBACK",
            "BEGIN READ ONLY; INSERT INTO t VALUES (3, 1)",
            "SELECT 1",
            "ROLLBACK",
            "SET nix = 1",
            "SET statement_timeout = 'x'",
            "SET statement_timeout = 10; SELECT pg_sleep(1)",
            "DEALLOCATE nix",
            "CLOSE nix",
            "SELECT currval('nix')",
            "CREATE TABLE x (a nix)",
            "CREATE TABLE x (a int, a int)",
            "CREATE TABLE x (a int REFERENCES nix)",
            "CREATE TABLE x (a int REFERENCES t (a))",
            "CREATE TABLE x (a date REFERENCES t)",
            "CREATE INDEX ON t (nix)",
            "CREATE INDEX ON t USING nix (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY ON nix (a)",
            "INSERT INTO t VALUES (1, 2) ON CONFLICT (a) DO NOTHING",
            "COMMENT ON COLUMN t.nix IS 'x'",
            "ALTER TABLE t DISABLE TRIGGER nix",
            "DROP TRIGGER nix ON t",
            "DROP POLICY nix ON t",
            "ALTER SEQUENCE nix RESTART",
            "CREATE SEQUENCE r",
            "ALTER TABLE t ALTER COLUMN a DROP IDENTITY",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES r (id)",
            "",
            " -- nothing",
        ],
    );
}

#[test]
fn values_of_mariadb_are_those_of_pymysql() {
    let url = testing::new_mysql_database();
    compare(
        &url,
        &[
            "SELECT 1, -1, 18446744073709551615, 1.50, 0.0000001, 1e0, 'a', NULL, true",
            "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, f float, d double, n decimal(10,3), \
             b blob, v varbinary(3), t text, e enum('a','b'), s set('a','b'), j json, y year, \
             bi bit(9), da date, ti time(6), dt datetime(6), ts timestamp NULL, bo boolean, \
             un bigint unsigned)",
            "INSERT INTO t (f, d, n, b, v, t, e, s, j, y, bi, da, ti, dt, ts, bo, un) VALUES \
             (0.1, 0.1, 1.5, x'00ff', 'abc', 'ü😀', 'a', 'a,b', '{\"a\": 1}', 2020, b'101', \
             '2020-02-29', '-12:34:56.000007', '2020-02-29 01:02:03.000004', \
             '2020-02-29 01:02:03', true, 18446744073709551615)",
            "INSERT INTO t (f, da, dt, ti) VALUES (16777216, NULL, NULL, '100:00:00')",
            "SELECT * FROM t",
            "SELECT * FROM t WHERE false",
            "UPDATE t SET bo = true",
            "UPDATE t SET bo = 0 WHERE id = 99",
            "DELETE FROM t WHERE id = 2",
            "SELECT COUNT(*), MAX(id), SUM(n), AVG(d) FROM t",
            "SET sql_mode = ''",
            "INSERT INTO t (da, dt) VALUES ('0000-00-00', '0000-00-00 00:00:00')",
            "SELECT da, dt FROM t WHERE id > 2",
            "SHOW TABLES",
            "SELECT 1; SELECT 2",
            "SELECT * FROM nix",
            "SELECT nix FROM t",
            "SELEC 1",
            "CREATE TABLE t (a int)",
            "ALTER TABLE t ADD COLUMN f int",
            "INSERT INTO t (id) VALUES (1)",
            "ALTER TABLE t DROP COLUMN nix",
            "DROP TABLE nix",
            "SAVEPOINT s",
            "DROP TABLE t",
            "",
        ],
    );
}

#[test]
fn values_for_mariadb_are_those_of_pymysql() {
    let python = python();
    let url = testing::new_mysql_database();
    let date = NaiveDate::from_ymd_opt(2020, 2, 29).unwrap();
    let cases: Vec<(&str, SqlValue)> = vec![
        ("None", SqlValue::Null),
        ("5", 5.into()),
        ("-5", (-5).into()),
        ("2**70", SqlValue::BigInt((1_u128 << 70).to_string())),
        ("1.5", 1.5.into()),
        ("D('-1.50')", SqlValue::Decimal("-1.50".to_owned())),
        ("'it\\'s \\\\ ? %s \"q\" \\n é😀'", "it's \\ ? %s \"q\" \n é😀".into()),
        ("uuid.UUID(int=10)", Uuid::from_u128(10).into()),
    ];
    let query = |place: &str| format!("SELECT {place}, 1-{place}");
    let texts: Vec<(String, Vec<&str>)> =
        cases.iter().map(|(python, _)| (query("%s"), vec![*python, *python])).collect();
    let theirs = oracle(&python, &url, &texts);
    let mut session = open(&url);
    for ((python, value), theirs) in cases.iter().zip(&theirs) {
        let ours = ours(session.as_mut(), &query("?"), &[value.clone(), value.clone()]);
        // The names of the columns are the text.
        assert_eq!(ours["rows"], theirs["rows"], "{python}");
    }
    // What a column makes of a value.
    let make = "CREATE TABLE t (b blob, d date, dt datetime(6), ti time(6), n decimal(20,5))";
    session.execute(make, &[]).unwrap();
    let values: Vec<(&str, SqlValue)> = vec![
        ("b'\\x00\\xff\\\\\\''", vec![0_u8, 255, b'\\', b'\''].into()),
        ("datetime.date(2020, 2, 29)", date.into()),
        (
            "datetime.datetime(2020, 2, 29, 1, 2, 3, 4)",
            date.and_hms_micro_opt(1, 2, 3, 4).unwrap().into(),
        ),
        ("datetime.timedelta(hours=-30)", TimeDelta::hours(-30).into()),
        ("D('12.5')", SqlValue::Decimal("12.5".to_owned())),
    ];
    let expressions = values.iter().map(|(python, _)| *python).collect();
    let insert = |places: &str| format!("INSERT INTO t VALUES ({places})");
    let theirs = oracle(&python, &url, &[(insert("%s, %s, %s, %s, %s"), expressions)]);
    let own: Vec<SqlValue> = values.into_iter().map(|(_, value)| value).collect();
    let ours = ours(session.as_mut(), &insert("?, ?, ?, ?, ?"), &own);
    assert_eq!(ours, theirs[0]);
    let rows = session.execute("SELECT * FROM t", &[]).unwrap().rows;
    assert_eq!(rows[0], rows[1]);
}

#[test]
fn values_of_sqlite_are_those_of_sqlite3() {
    let directory = tempfile::tempdir().unwrap();
    compare(
        &file_url(&directory.path().join("app.db")),
        &[
            "CREATE TABLE t (id integer PRIMARY KEY, a text, b UNIQUE)",
            "INSERT INTO t (a, b) VALUES ('x', 1), ('y', 2.5)",
            "INSERT INTO t (a, b) VALUES ('x', x'00ff') RETURNING id, a AS \"N n\", b",
            "SELECT *, NULL, 1e300, -9223372036854775808 FROM t",
            "SELECT t.a, 1+1, t.a FROM t WHERE 0",
            "SELECT * FROM t WHERE 0;",
            "WITH q AS (SELECT 1 AS n) SELECT n FROM q WHERE 0",
            "UPDATE t SET a = 'z' WHERE 0",
            "UPDATE t SET a = 'z'",
            "DELETE FROM t WHERE 0 RETURNING *, id AS x",
            "WITH q AS (SELECT 'w' AS n) INSERT INTO t (a) SELECT n FROM q",
            "/* c */ DELETE FROM t WHERE id = 1",
            "REPLACE INTO t VALUES (1, 'b', 9)",
            "CREATE TABLE u AS SELECT * FROM t",
            "PRAGMA foreign_keys = OFF",
            "PRAGMA foreign_keys",
            "PRAGMA table_info(nix)",
            "PRAGMA table_info(\"t\")",
            "PRAGMA foreign_key_check",
            "PRAGMA foreign_key_list('t')",
            "ALTER TABLE t RENAME TO s",
            "SELECT * FROM nix",
            "INSERT INTO s VALUES (1, 'a', 2)",
            "SELEC 1",
            "SELECT 1; SELECT 2",
            "SELECT ?",
            "",
            "-- nothing",
            "SAVEPOINT x",
            "ROLLBACK TO x",
            "RELEASE x",
            "VALUES (1, 2)",
        ],
    );
}
