//! What statements leave behind.

use super::*;
use crate::script::sql::CatalogObject;
use crate::script::sql::Effect;
use crate::script::sql::leaves_behind;

/// The effect in short: `+Table s.t`, `-Column .t.c`, `again`, `?`.
fn effect(text: &str, dialect: Dialect) -> String {
    let short = |sign: char, object: CatalogObject| {
        let CatalogObject { kind, schema, table, name } = object;
        let schema = schema.map(|schema| format!("{schema}:")).unwrap_or_default();
        let table = table.map(|table| format!("{table}.")).unwrap_or_default();
        format!("{sign}{kind:?} {schema}{table}{name}")
    };
    match leaves_behind(&statement(text), dialect) {
        Effect::Creates(object) => short('+', object),
        Effect::Drops(object) => short('-', object),
        Effect::Repeatable => "again".to_owned(),
        Effect::Unknown => "?".to_owned(),
    }
}

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(effect(text, dialect), *expected, "{dialect}: {text}");
    }
}

#[test]
fn every_database_creates_and_drops_alike() {
    for dialect in Dialect::ALL {
        check(
            dialect,
            &[
                ("create table t (a int)", "+Table t"),
                (
                    "CREATE TABLE s.t (a numeric(1, 2), b int GENERATED ALWAYS AS (a + 1))",
                    "+Table s:t",
                ),
                ("CREATE TABLE IF NOT EXISTS t (a int)", "again"),
                ("CREATE TABLE t AS SELECT 1", "?"),
                ("CREATE TABLE IF NOT EXISTS t (a) AS SELECT 1", "?"),
                ("CREATE TEMP TABLE t (a int)", "?"),
                ("CREATE VIEW v AS SELECT 1", "+View v"),
                ("CREATE UNIQUE INDEX i ON t (a)", "+Index t.i"),
                ("CREATE INDEX IF NOT EXISTS i ON t (a)", "again"),
                ("CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW BEGIN x; END", "+Trigger t.g"),
                ("DROP TABLE t", "-Table t"),
                ("DROP TABLE t CASCADE", "-Table t"),
                ("DROP TABLE t, u", "?"),
                ("DROP TABLE IF EXISTS t, u", "again"),
                ("DROP VIEW s.v", "-View s:v"),
                ("DROP INDEX IF EXISTS i", "again"),
                ("ALTER TABLE t ADD COLUMN c numeric(1, 2) DEFAULT 0", "+Column t.c"),
                ("ALTER TABLE s.t ADD c int", "+Column s:t.c"),
                ("ALTER TABLE t ADD a int, ADD b int", "?"),
                ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1)", "?"),
                ("ALTER TABLE t ADD PRIMARY KEY (a)", "?"),
                ("ALTER TABLE t DROP COLUMN c", "-Column t.c"),
                ("ALTER TABLE t DROP c", "-Column t.c"),
                ("ALTER TABLE t DROP c, DROP d", "?"),
                ("ALTER TABLE t DROP CONSTRAINT c", "?"),
                ("ALTER TABLE t RENAME TO u", "?"),
                ("INSERT INTO t VALUES (1)", "?"),
                ("UPDATE t SET a = 1", "?"),
                ("COMMENT", "?"),
                ("CREATE", "?"),
                ("CREATE TABLE", "?"),
                ("", "?"),
            ],
        );
    }
}

#[test]
fn postgresql_has_more_kinds() {
    check(
        Postgresql,
        &[
            ("CREATE INDEX CONCURRENTLY I ON ONLY S.T USING btree (a)", "+Index s:t.i"),
            ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "+Index t.i"),
            ("CREATE INDEX ON t (a)", "?"),
            ("CREATE UNIQUE INDEX CONCURRENTLY ON t (a)", "?"),
            ("DROP INDEX CONCURRENTLY s.i", "-Index s:i"),
            ("CREATE UNLOGGED TABLE t (a int)", "+Table t"),
            ("CREATE TABLE p PARTITION OF t FOR VALUES FROM (1) TO (2)", "+Table p"),
            ("CREATE TABLE p WITH (fillfactor = 70) AS TABLE t", "?"),
            ("CREATE MATERIALIZED VIEW v AS SELECT 1", "+View v"),
            ("CREATE RECURSIVE VIEW v (a) AS SELECT 1", "+View v"),
            ("CREATE SEQUENCE s.\"Q\"", "+Sequence s:Q"),
            ("CREATE SCHEMA s", "+Schema s"),
            ("CREATE SCHEMA IF NOT EXISTS s", "again"),
            ("CREATE SCHEMA AUTHORIZATION r", "?"),
            ("CREATE TYPE e AS ENUM ('a')", "+Type e"),
            ("DROP TYPE e RESTRICT", "-Type e"),
            (
                "CREATE CONSTRAINT TRIGGER g AFTER UPDATE OF a, b ON s.t EXECUTE FUNCTION f()",
                "+Trigger s:t.g",
            ),
            ("DROP TRIGGER g ON s.t", "-Trigger s:t.g"),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", "again"),
            ("CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1", "again"),
            ("CREATE EXTENSION IF NOT EXISTS e", "again"),
            ("DROP FUNCTION IF EXISTS f()", "again"),
            ("ALTER TABLE IF EXISTS ONLY t ADD COLUMN IF NOT EXISTS c int", "again"),
            ("ALTER TABLE IF EXISTS t ADD COLUMN c int", "+Column t.c"),
            ("ALTER TABLE t DROP COLUMN IF EXISTS c CASCADE", "again"),
            ("VACUUM t", "again"),
            ("ANALYZE", "again"),
            ("REINDEX TABLE t", "again"),
            ("SET lock_timeout = 1", "again"),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "again"),
            ("COMMENT ON TABLE t IS 'x'", "again"),
            ("GRANT SELECT ON t TO u", "again"),
            ("REVOKE ALL ON t FROM u", "again"),
            ("EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "?"),
            ("CREATE FUNCTION f() RETURNS int RETURN 1", "?"),
        ],
    );
}

#[test]
fn mysql_names_the_table_of_an_index() {
    check(
        Mysql,
        &[
            ("CREATE FULLTEXT INDEX `i` ON `d`.`t` (a)", "+Index d:t.i"),
            ("CREATE INDEX i USING BTREE ON t (a)", "+Index t.i"),
            ("DROP INDEX i ON d.t", "-Index d:t.i"),
            ("CREATE TABLE t (a int) ENGINE=InnoDB SELECT 1", "?"),
            ("CREATE TABLE t (a int) TABLE u", "?"),
            (
                "CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW v AS SELECT 1",
                "+View v",
            ),
            ("CREATE DATABASE d", "+Schema d"),
            ("CREATE OR REPLACE TABLE t (a int)", "?"),
            ("CREATE OR REPLACE DEFINER=CURRENT_USER() VIEW v AS SELECT 1", "again"),
            ("ALTER TABLE t ADD COLUMN (a int, b int)", "?"),
            ("ALTER TABLE t ADD KEY k (a)", "?"),
            ("ANALYZE TABLE t", "again"),
            ("ANALYZE UPDATE t SET a = 1", "?"),
            ("SET STATEMENT max_statement_time = 1 FOR INSERT INTO t VALUES (1)", "?"),
        ],
    );
}

#[test]
fn sqlite_puts_the_schema_before_the_index() {
    check(
        Sqlite,
        &[
            ("CREATE INDEX main.i ON t (a)", "+Index main:t.i"),
            ("CREATE TRIGGER [g h] AFTER UPDATE OF a ON t BEGIN SELECT 1; END", "+Trigger t.g h"),
            ("PRAGMA user_version = 1", "again"),
            ("CREATE TABLE 'a b' (c)", "+Table a b"),
            ("CREATE TABLE t (a) STRICT", "+Table t"),
        ],
    );
}
