//! What statements leave behind.

use super::*;
use crate::CatalogObject;
use crate::Effect;
use crate::Trace;
use crate::leaves_behind;

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
        Effect::Traces(traces) => {
            let each = traces.into_iter().map(|trace| match trace {
                Trace::Creates(object) => short('+', object),
                Trace::Drops(object) => short('-', object),
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Effect::Fills(object) => short('~', object),
        Effect::Detaches { parent, partition } => format!("-{} of {}", partition.name, parent.name),
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
                ("CREATE TEMP TABLE t (a int)", "?"),
                ("CREATE VIEW v AS SELECT 1", "+View v"),
                ("CREATE UNIQUE INDEX i ON t (a)", "+Index t.i"),
                ("CREATE INDEX IF NOT EXISTS i ON t (a)", "again"),
                ("CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW BEGIN x; END", "+Trigger t.g"),
                ("DROP TABLE t", "-Table t"),
                ("DROP TABLE t CASCADE", "-Table t"),
                ("DROP TABLE IF EXISTS t, u", "again"),
                ("DROP VIEW s.v", "-View s:v"),
                ("DROP INDEX IF EXISTS i", "again"),
                ("ALTER TABLE t ADD COLUMN c numeric(1, 2) DEFAULT 0", "+Column t.c"),
                ("ALTER TABLE s.t ADD c int", "+Column s:t.c"),
                ("ALTER TABLE t DROP COLUMN c", "-Column t.c"),
                ("ALTER TABLE t DROP c", "-Column t.c"),
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
fn other_databases_are_asked_about_single_objects_only() {
    for dialect in [Postgresql, Sqlite] {
        check(
            dialect,
            &[
                ("CREATE TABLE t AS SELECT 1", "?"),
                ("CREATE TABLE IF NOT EXISTS t (a) AS SELECT 1", "?"),
                ("DROP TABLE t, u", "?"),
                ("ALTER TABLE t ADD a int, ADD b int", "?"),
                ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1)", "?"),
                ("ALTER TABLE t ADD PRIMARY KEY (a)", "?"),
                ("ALTER TABLE t DROP c, DROP d", "?"),
                ("ALTER TABLE t DROP CONSTRAINT c", "?"),
                ("ALTER TABLE t RENAME TO u", "?"),
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
            ("CREATE TABLE t (a int) ENGINE=InnoDB SELECT 1", "~Table t"),
            ("CREATE TABLE t (a int) TABLE u", "~Table t"),
            ("CREATE TABLE IF NOT EXISTS t AS SELECT 1", "~Table t"),
            ("CREATE TABLE t LIKE d.u", "+Table t"),
            (
                "CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW v AS SELECT 1",
                "+View v",
            ),
            ("CREATE DATABASE d", "+Schema d"),
            ("CREATE OR REPLACE TABLE t (a int)", "?"),
            ("CREATE OR REPLACE DEFINER=CURRENT_USER() VIEW v AS SELECT 1", "again"),
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

#[test]
fn mysql_alters_a_table_as_a_whole() {
    check(
        Mysql,
        &[
            ("ALTER TABLE t ADD a int, ADD b int AFTER a", "+Column t.a, +Column t.b"),
            ("ALTER TABLE t ADD COLUMN (a int, b dec(1, 2))", "+Column t.a, +Column t.b"),
            ("ALTER TABLE t ADD COLUMN (a int, KEY k (a))", "+Column t.a"),
            ("ALTER TABLE d.t ADD KEY k (a, b), ENGINE = InnoDB", "+Index d:t.k"),
            ("ALTER TABLE t ADD UNIQUE INDEX k (a)", "+Index t.k"),
            ("ALTER TABLE t ADD VECTOR INDEX k (a)", "+Index t.k"),
            ("ALTER TABLE t ADD UNIQUE (a)", "?"),
            ("ALTER TABLE t ADD UNIQUE (a), ADD c int", "+Column t.c"),
            ("ALTER TABLE t ADD INDEX USING BTREE (a)", "?"),
            ("ALTER TABLE t ADD PRIMARY KEY (a)", "+Index t.PRIMARY"),
            ("ALTER TABLE t ADD CONSTRAINT p PRIMARY KEY (a)", "+Index t.PRIMARY"),
            ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1)", "+Check t.c"),
            ("ALTER TABLE t ADD CONSTRAINT c UNIQUE KEY i (a)", "+Unique t.i"),
            ("ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)", "+Unique t.c"),
            (
                "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a) ON DELETE CASCADE",
                "+ForeignKey t.f",
            ),
            ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)", "?"),
            ("ALTER TABLE t DROP FOREIGN KEY f, DROP INDEX f", "-ForeignKey t.f, -Index t.f"),
            ("ALTER TABLE t DROP CONSTRAINT c", "-Constraint t.c"),
            ("ALTER TABLE t DROP CONSTRAINT c, ADD CONSTRAINT C CHECK (a > 2)", "?"),
            ("ALTER TABLE t DROP CONSTRAINT c, ADD d int", "-Constraint t.c, +Column t.d"),
            ("ALTER TABLE t DROP INDEX i, ADD CONSTRAINT i UNIQUE (a)", "?"),
            (
                "ALTER TABLE t DROP FOREIGN KEY c, ADD CONSTRAINT c UNIQUE (a)",
                "-ForeignKey t.c, +Unique t.c",
            ),
            ("ALTER TABLE t DROP PRIMARY KEY, DROP COLUMN a", "-Index t.PRIMARY, -Column t.a"),
            ("ALTER TABLE t DROP INDEX i, ADD INDEX I (b)", "?"),
            ("ALTER TABLE t MODIFY a bigint NOT NULL", "again"),
            ("ALTER TABLE t MODIFY COLUMN a int FIRST, ADD b int", "+Column t.b"),
            ("ALTER TABLE t CHANGE a a bigint", "again"),
            ("ALTER TABLE t CHANGE COLUMN a b enum('x,y', 'z')", "-Column t.a, +Column t.b"),
            ("ALTER TABLE t CHANGE a b int, CHANGE b a int", "?"),
            ("ALTER TABLE t RENAME COLUMN a TO b", "-Column t.a, +Column t.b"),
            ("ALTER TABLE t RENAME KEY a TO b", "-Index t.a, +Index t.b"),
            ("ALTER TABLE t RENAME TO d.u", "-Table t, +Table d:u"),
            ("ALTER TABLE t RENAME u, ADD c int", "-Table t, +Table u"),
            ("ALTER TABLE t ALTER a SET DEFAULT 1, ALTER COLUMN b DROP DEFAULT", "again"),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, DROP INDEX IF EXISTS i", "again"),
            ("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4", "again"),
            ("ALTER TABLE t COMMENT 'a, b', AUTO_INCREMENT = 5", "again"),
            ("ALTER TABLE t PARTITION BY HASH (a) PARTITIONS 4", "again"),
            ("ALTER TABLE t DROP PARTITION p", "?"),
            ("ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (5))", "?"),
            ("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "?"),
            ("ALTER TABLE t DISCARD TABLESPACE", "?"),
            ("ALTER ONLINE IGNORE TABLE t WAIT 5 DROP a", "-Column t.a"),
            ("ALTER TABLE t", "again"),
            ("ALTER TABLE", "?"),
        ],
    );
}

#[test]
fn mysql_renames_and_drops_lists_and_has_routines() {
    check(
        Mysql,
        &[
            ("RENAME TABLE a TO b, c TO d.c", "-Table a, +Table b, -Table c, +Table d:c"),
            ("RENAME TABLE a TO t, b TO a, t TO b", "?"),
            ("RENAME TABLE new TO t", "-Table new, +Table t"),
            ("RENAME USER a TO b", "?"),
            ("DROP TABLE t, d.u CASCADE", "-Table t, -Table d:u"),
            ("DROP VIEW v", "-View v"),
            ("DROP TEMPORARY TABLE t", "?"),
            ("CREATE PROCEDURE d.p() BEGIN SELECT 1; END", "+Procedure d:p"),
            ("CREATE DEFINER = 'a'@'b' FUNCTION f() RETURNS int RETURN 1", "+Function f"),
            ("CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "?"),
            ("CREATE PROCEDURE IF NOT EXISTS p() SELECT 1", "again"),
            ("CREATE OR REPLACE PROCEDURE p() SELECT 1", "again"),
            ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "+Event e"),
            ("CREATE EVENT e ON SCHEDULE AT '2030-01-01' DO SELECT 1", "?"),
            ("DROP PROCEDURE p", "-Procedure p"),
            ("DROP FUNCTION IF EXISTS f", "again"),
            ("DROP EVENT d.e", "-Event d:e"),
            ("ALTER ALGORITHM = MERGE VIEW v AS SELECT 1", "again"),
            ("ALTER PROCEDURE p COMMENT 'x'", "again"),
            ("ALTER EVENT e RENAME TO f", "?"),
            ("ALTER EVENT e DISABLE", "again"),
            ("ALTER DATABASE d CHARACTER SET utf8mb4", "again"),
            ("ALTER SEQUENCE s RESTART", "?"),
            ("USE d", "again"),
            ("REVOKE ALL ON t FROM u", "?"),
            ("TRUNCATE TABLE t", "?"),
            ("CALL p()", "?"),
        ],
    );
}
