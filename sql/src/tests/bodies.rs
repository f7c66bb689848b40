//! Bodies of routines, triggers and rules.

use super::*;

#[test]
fn postgresql_functions_are_one_statement() {
    for text in [
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  IF a THEN b; END IF;\n  \
         RETURN NEW;\nEND;\n$$",
        "DO $do$ BEGIN EXECUTE $$x;$$; COMMIT; END $do$ LANGUAGE plpgsql",
        "CREATE OR REPLACE FUNCTION f(\"begin\" int DEFAULT 1) RETURNS int\nBEGIN ATOMIC\n\
         INSERT INTO t VALUES (1);\nSELECT CASE WHEN a THEN 1 ELSE CASE b WHEN 2 THEN 3 END END;\nEND",
        "create procedure p() begin atomic end",
        "CREATE PROCEDURE p() BEGIN ATOMIC SELECT 1 AS end; SELECT x.end, x.case; END",
        "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v)",
        "CREATE OR REPLACE RULE r AS ON UPDATE TO t DO INSTEAD NOTHING",
        "CREATE TABLE begin (atomic int)",
    ] {
        whole(text, Postgresql);
    }
}

#[test]
fn unbalanced_parentheses_hide_nothing() {
    assert_eq!(
        texts("CREATE TABLE t (a int;\nCOMMIT;", Postgresql),
        ["CREATE TABLE t (a int", "COMMIT"]
    );
}

#[test]
fn sqlite_triggers_are_one_statement() {
    for text in [
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; UPDATE b SET c = 2; END",
        "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER UPDATE OF begin, end ON a\n\
         WHEN CASE new.x WHEN 1 THEN 0 ELSE 1 END\nBEGIN\n\
         SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; END",
        "create temporary trigger begin before delete on a for each row begin delete from b; end",
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT end, x.case FROM begin; END",
        "CREATE TRIGGER t AFTER INSERT ON a WHEN new.begin BEGIN SELECT 'END;'; END",
        "CREATE TABLE trigger_begin (begin, end)",
    ] {
        whole(text, Sqlite);
    }
}

#[test]
fn mysql_routines_are_one_statement_without_a_delimiter() {
    for text in [
        "CREATE PROCEDURE p() BEGIN END",
        "CREATE PROCEDURE p() BEGIN SELECT 1; BEGIN SELECT 2; END; SELECT 3; END",
        "CREATE DEFINER=`root`@`%` PROCEDURE `p`(IN a INT)\nBEGIN\n  IF a > 1 THEN\n    SELECT IF(a, 1, 2);\n  \
         ELSEIF a THEN SELECT 2;\n  ELSE IF b THEN c; END IF;\n  END IF;\nEND",
        "CREATE DEFINER = event@localhost FUNCTION f() RETURNS SET('a') DETERMINISTIC\nBEGIN RETURN 'a'; END",
        "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN IF(a, 1, 2)",
        "CREATE FUNCTION f(a INT) RETURNS VARCHAR(9) CHARACTER SET utf8 BEGIN RETURN CASE a WHEN 1 THEN 2 END; END",
        "CREATE FUNCTION f RETURNS INTEGER SONAME 'f.so'",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = IF(NEW.c, REPEAT('d', 2), 1)",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.b THEN SET NEW.c = 1; END IF",
        "CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW FOLLOWS u\nBEGIN\n  DROP TEMPORARY TABLE IF EXISTS b;\nEND",
        "CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE DO BEGIN a; END",
        "ALTER EVENT e DO BEGIN a; b; END",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM a",
        "CREATE PROCEDURE p()\nmain: BEGIN\n  l: LOOP LEAVE l; END LOOP l;\n  WHILE a DO b; END WHILE;\n  \
         r: REPEAT c; UNTIL d END REPEAT r;\n  CASE a WHEN 1 THEN b; ELSE BEGIN END; END CASE;\nEND main",
        "CREATE PROCEDURE p() REPEAT a; UNTIL CASE b WHEN 1 THEN 2 END END REPEAT",
        "CREATE PROCEDURE p() BEGIN\n  DECLARE EXIT HANDLER FOR SQLSTATE VALUE '23000', 1062, NOT FOUND BEGIN a; END;\n  \
         DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET b = IF(c, 1, 2);\n  \
         DECLARE CONTINUE HANDLER FOR dup IF a THEN b; END IF;\n  DECLARE c CURSOR FOR SELECT 1;\nEND",
        "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO a; END FOR; END",
        "CREATE PROCEDURE p() BEGIN SELECT CASE WHEN a THEN IF(b, 1, 2) ELSE 3 END; END",
        "CREATE PROCEDURE p() BEGIN SET @a := IF(b, 1, 2); SELECT t.end, t.begin FROM t; END",
        "BEGIN NOT ATOMIC a; b; END",
        "IF a THEN b; END IF",
        "CREATE DEFINER = u SQL SECURITY INVOKER VIEW v AS SELECT event FROM t",
        "CREATE TABLE procedure_begin (a int)",
        "/*!50003 CREATE*/ /*!50020 DEFINER=`a`@`b`*/ /*!50003 FUNCTION `f`() RETURNS int\nBEGIN\nRETURN 1;\nEND */",
    ] {
        whole(text, Mysql);
    }
}

#[test]
fn transactions_are_no_bodies() {
    for dialect in Dialect::ALL {
        assert_eq!(
            texts("BEGIN; a; COMMIT; END; b", dialect),
            ["BEGIN", "a", "COMMIT", "END", "b"]
        );
    }
}

#[test]
fn an_end_too_many_or_too_few_inside_keeps_the_rest_apart() {
    // The server finds the missing END IF; the next statement stays its own.
    assert_eq!(
        texts("CREATE PROCEDURE p() BEGIN IF a THEN b; END; SELECT 1", Mysql),
        ["CREATE PROCEDURE p() BEGIN IF a THEN b; END", "SELECT 1"]
    );
    assert_eq!(
        texts("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE; END; SELECT 1", Sqlite),
        ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE; END", "SELECT 1"]
    );
}
