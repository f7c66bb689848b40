//! What is done about the statements of a script that is continued.

use super::super::prepare::ScriptBody;
use super::*;
use crate::db::Timeouts;
use crate::script::sql::SourcePosition;

/// The acts about statements, of which `marks` has a letter each: done, failed, in doubt or new.
fn told(marks: &str, statements: &[&str]) -> String {
    told_on(Dialect::Mysql, marks, statements)
}

fn told_on(dialect: Dialect, marks: &str, statements: &[&str]) -> String {
    let progress: Vec<Progress> = marks
        .chars()
        .map(|mark| match mark {
            'd' => Progress::Done,
            'f' => Progress::Failed,
            '?' => Progress::InDoubt,
            _ => Progress::Untouched,
        })
        .collect();
    let statement = |text: &&str| Statement {
        text: (*text).to_owned(),
        position: SourcePosition { line: 1, column: 1 },
    };
    let script = PreparedScript {
        revision: "a1".parse().unwrap(),
        path: "a1.sql".into(),
        body: ScriptBody::Sql(statements.iter().map(statement).collect()),
        transaction: false,
        parts: None,
        timeouts: Timeouts::default(),
        lock_retry: None,
        raw_digest: String::new(),
        normalized_digest: String::new(),
        stored: None,
        is_proven: true,
        verification: None,
    };
    assert_eq!(script.statements().len(), progress.len());
    match acts(&script, &progress, dialect) {
        Err(lost) => format!("{} of {} for {}", lost.lost, lost.set_by.0, lost.needed_by.0),
        Ok(acts) => {
            let word = |act: &Act| match act {
                Act::Run => "run".to_owned(),
                Act::Leave => "-".to_owned(),
                Act::Again(statement) => statement.text.clone(),
            };
            acts.iter().map(word).collect::<Vec<_>>().join(" | ")
        }
    }
}

#[test]
fn settings_and_constants_are_made_again() {
    let header = "SET @OLD=@@SQL_MODE, SQL_MODE=''";
    assert_eq!(
        told("ddfn", &[header, "CREATE TABLE t (a INT)", "INSERT t", "SET SQL_MODE=@OLD"]),
        "SET @OLD=@@SQL_MODE, SQL_MODE='' | - | run | run"
    );
    assert_eq!(
        told("df", &["SET @x = now(), sql_mode = '', @y = 1", "INSERT t VALUES (@y)"]),
        "SET sql_mode = '', @y = 1 | run"
    );
    // Nothing is made again for statements of which none is done.
    assert_eq!(told("fn", &["SET @x = now()", "INSERT t VALUES (@x)"]), "run | run");
}

#[test]
fn what_is_lost_must_not_be_needed() {
    let max = "SELECT MAX(id) INTO @m FROM t";
    let insert = "INSERT INTO t VALUES (@M)";
    assert_eq!(told("dfn", &[max, "INSERT oops", insert]), "@m of 1 for 3");
    assert_eq!(told("dfnn", &[max, "INSERT oops", max, insert]), "- | run | run | run");
    assert_eq!(told("ddf", &["SET @m = 1", max, insert]), "@m of 2 for 3");
    assert_eq!(told("ddf", &[max, "SET @n = @m + 1", insert]), "@m of 1 for 3");
    assert_eq!(told("ddf", &[max, "SET @n = @m + 1", "DO @n"]), "@n of 2 for 3");
    assert_eq!(told("ddf", &[max, "SET timestamp = @m", "DO 1"]), "@m of 1 for 2");
    let parent = "INSERT INTO p VALUES ()";
    assert_eq!(
        told("df", &[parent, "INSERT INTO c VALUES (LAST_INSERT_ID())"]),
        "LAST_INSERT_ID() of 1 for 2"
    );
    assert_eq!(told("dfn", &[parent, parent, "SET @id = LAST_INSERT_ID()"]), "- | run | run");
    assert_eq!(told("df", &["CALL p()", "DO @set_there"]), "@set_there of 1 for 2");
    assert_eq!(told("ddf", &[max, "SET @m = 1, @n = @m", "DO @n"]), "@n of 2 for 3");
    // What is in doubt is judged first.
    assert_eq!(told("d?", &[max, insert]), "- | run");
}

#[test]
fn a_statement_is_prepared_again_only_for_those_who_need_it() {
    let prepare = "PREPARE s FROM 'DELETE FROM t WHERE a = ?'";
    let all = ["SET @a = 1", prepare, "EXECUTE s USING @a", "DEALLOCATE PREPARE s"];
    assert_eq!(told("dddf", &all), "SET @a = 1 | - | - | -");
    assert_eq!(told("ddfn", &all), format!("SET @a = 1 | {prepare} | run | run"));
    assert_eq!(told("dd?n", &all), format!("SET @a = 1 | {prepare} | run | run"));
    let prepare = "PREPARE s FROM @sql";
    let rest = [prepare, "EXECUTE s", "DEALLOCATE PREPARE s"];
    let with = |set| [&[set], &rest[..]].concat();
    assert_eq!(
        told("ddfn", &with("SET @sql = IF(1, 'DO 1', 'DO 2')")),
        "the prepared statement s of 2 for 3"
    );
    assert_eq!(
        told("ddfn", &with("SET @sql = 'DO 1'")),
        "SET @sql = 'DO 1' | PREPARE s FROM @sql | run | run"
    );
    assert_eq!(
        told("ddfn", &["SELECT 1 INTO @m", "PREPARE s FROM 'DO @m'", "EXECUTE s", "DO 1"]),
        "@m of 1 for 3"
    );
    assert_eq!(
        told("dddf", &["SET @m = 0", "PREPARE s FROM 'SELECT 1 INTO @m'", "EXECUTE s", "DO @m"]),
        "@m of 3 for 4"
    );
}

#[test]
fn only_what_ended_with_the_session_is_made_again() {
    let rest = ["CREATE TABLE t (a INT)", "INSERT t"];
    let with = |set| [&[set], &rest[..]].concat();
    for set in [
        "SET PASSWORD FOR a@b = PASSWORD('one')",
        "SET GLOBAL max_connections = @@GLOBAL.max_connections + 1",
        "SET @@global.x = 5, @@persist.y = 6",
        "SET DEFAULT ROLE a TO b",
        // It was for the statement behind it.
        "SET insert_id = 5",
        "SET TRANSACTION READ ONLY",
    ] {
        assert_eq!(told("ddf", &with(set)), "- | - | run", "{set}");
    }
    assert_eq!(told("df", &["SET insert_id = 5", "INSERT t"]), "SET insert_id = 5 | run");
    assert_eq!(
        told("ddf", &with("SET GLOBAL a = 5, SESSION b = 6, @c = 7")),
        "SET SESSION b = 6, @c = 7 | - | run"
    );
    // Nothing follows.
    assert_eq!(told("ddd", &with("SET a = f()")), "- | - | -");
}

#[test]
fn every_statement_needs_a_setting() {
    for value in ["f()", "(SELECT 1)", "NOW()", "@@timestamp"] {
        let set = format!("SET SESSION group_concat_max_len = {value}");
        let rest = ["CREATE TABLE t (a INT)", "INSERT t"];
        assert_eq!(
            told("ddf", &[&set, rest[0], rest[1]]),
            "the setting group_concat_max_len of 1 for 3"
        );
        let again = "SET @@group_concat_max_len = 5";
        assert_eq!(told("ddnn", &[&set, rest[0], again, rest[1]]), "- | - | run | run");
        assert_eq!(
            told("ddnn", &[&set, rest[0], "SET @a = f()", rest[1]]),
            "the setting group_concat_max_len of 1 for 3"
        );
        assert_eq!(told("ddf", &[&set, again, rest[1]]), format!("- | {again} | run"));
    }
    let reads = ["SET a = f()", "SET @a = @@a", "SET a = 1", "DO @a"];
    assert_eq!(told("dddf", &reads), "@a of 2 for 4");
}

#[test]
fn what_was_set_by_executed_text_is_lost() {
    let insert = "INSERT t";
    let database = "the default database";
    for (set, execute) in [
        ("DO 1", "EXECUTE IMMEDIATE 'USE other'"),
        ("PREPARE p FROM 'USE other'", "EXECUTE p"),
        ("SET @s = CONCAT('USE ', 'other')", "EXECUTE IMMEDIATE @s"),
    ] {
        assert_eq!(told("ddfn", &[set, execute, "DO 1", insert]), format!("{database} of 2 for 3"));
        let used = told("ddnn", &[set, execute, "USE other", insert]);
        assert!(used.ends_with("- | run | run"), "{used}");
    }
    assert_eq!(
        told("df", &["EXECUTE IMMEDIATE 'SET sql_mode = \"\"'", insert]),
        "the setting sql_mode of 1 for 2"
    );
    assert_eq!(
        told("ddf", &["PREPARE p FROM 'SET sql_mode = ?'", "EXECUTE p USING 'ANSI'", insert]),
        "the setting sql_mode of 2 for 3"
    );
}

#[test]
fn a_setting_of_all_sessions_is_not_read_again_when_it_has_changed() {
    let all = |read| [read, "SET GLOBAL x = 5", "INSERT t", "SET GLOBAL x = @old"];
    for read in ["SET @old = @@GLOBAL.x", "SET @old = @@x", "SET @old = CONCAT(@@global.x)"] {
        assert_eq!(told("ddfn", &all(read)), "@old of 1 for 4");
        assert_eq!(told("d?fn", &all(read)), "@old of 1 for 4");
        assert_eq!(told("dffn", &all(read)), format!("{read} | run | run | run"));
    }
    let behind = ["SET GLOBAL x = 5", "SET @new = @@GLOBAL.x", "DO @new"];
    assert_eq!(told("ddf", &behind), "- | SET @new = @@GLOBAL.x | run");
    assert_eq!(told("ddf", &["SET GLOBAL x = 5", "SET @new = @@x", "DO @new"]), "@new of 2 for 3");
    let known = ["SET GLOBAL x = 5", "SET x = 6, @y = 1", "SET @new = @@x", "DO @new"];
    assert_eq!(told("dddf", &known), "- | SET x = 6, @y = 1 | SET @new = @@x | run");
}

#[test]
fn what_cannot_be_seen_may_have_set_a_variable() {
    let insert = "INSERT INTO t VALUES (1)";
    assert_eq!(told("dfn", &[insert, "DO 1", "DO @by_trigger"]), "@by_trigger of 1 for 3");
    assert_eq!(told("dfn", &["SELECT f()", "DO 1", "DO @a"]), "@a of 1 for 3");
    assert_eq!(told("dfn", &["ALTER TABLE t ADD (a INT)", "DO 1", "DO @a"]), "- | run | run");
    assert_eq!(told("dfnn", &[insert, "DO 1", "SET @a = 1", "DO @a"]), "- | run | run | run");
    let max = "SELECT MAX(id) INTO @m FROM t";
    assert_eq!(told("dfn", &[max, "DO 1", "CALL p()"]), "@m of 1 for 3");
    assert_eq!(told("ddf", &[insert, "SET @n = @by_trigger", "DO @n"]), "@n of 2 for 3");
    assert_eq!(
        told("ddf", &[insert, "SET SESSION x = @by_trigger", "DO 1"]),
        "@by_trigger of 1 for 2"
    );
    assert_eq!(told("ddf", &[insert, "DO @never", "CALL p()"]), "- | - | run");
    assert_eq!(told("df", &[max, "BEGIN NOT ATOMIC CALL p(); END"]), "@m of 1 for 2");
    assert_eq!(told("dfnn", &[max, "DO 1", "SET @m = 1", "CALL p()"]), "- | run | run | run");
    assert_eq!(told("dfn", &["SET @m = 1", "DO 1", "CALL p()"]), "SET @m = 1 | run | run");
}

#[test]
fn the_last_value_of_a_sequence_is_of_its_session() {
    let lost = "the last value of the sequence s";
    for next in ["DO NEXTVAL(s)", "INSERT INTO t VALUES (NEXT VALUE FOR d.S)"] {
        for last in ["DO LASTVAL(s)", "DO PREVIOUS VALUE FOR `S`"] {
            assert_eq!(told("dfn", &[next, "DO 1", last]), format!("{lost} of 1 for 3"));
            assert_eq!(told("dfn", &[next, next, last]), "- | run | run");
            assert_eq!(
                told("dfn", &[next, "DO NEXTVAL(other)", last]),
                format!("{lost} of 1 for 3")
            );
        }
    }
    // A column may take its default from it.
    assert_eq!(
        told("df", &["INSERT INTO t VALUES ()", "DO LASTVAL(s)"]),
        format!("{lost} of 1 for 2")
    );
}

#[test]
fn other_databases_lose_less() {
    let insert = "INSERT INTO t VALUES (1)";
    assert_eq!(
        told_on(Dialect::Sqlite, "dfn", &[insert, insert, "SELECT total_changes()"]),
        "total_changes() of 1 for 3"
    );
    assert_eq!(
        told_on(Dialect::Sqlite, "dfn", &[insert, insert, "SELECT changes()"]),
        "- | run | run"
    );
    let literal = "SELECT set_config('my.v', '1', false)";
    assert_eq!(told_on(Dialect::Postgresql, "df", &[literal, insert]), format!("{literal} | run"));
    let query = "SELECT set_config('my.v', max(id)::text, false) FROM t";
    assert_eq!(told_on(Dialect::Postgresql, "df", &[query, insert]), "the setting my.v of 1 for 2");
    assert_eq!(told_on(Dialect::Postgresql, "dnn", &[query, literal, insert]), "- | run | run");
    for reset in ["RESET my.v", "RESET ALL", "DISCARD ALL", "SET SESSION \"my.v\" TO 'x'"] {
        assert_eq!(
            told_on(Dialect::Postgresql, "ddf", &[query, reset, insert]),
            format!("- | {reset} | run")
        );
        assert_eq!(told_on(Dialect::Postgresql, "dnn", &[query, reset, insert]), "- | run | run");
    }
    assert_eq!(
        told_on(Dialect::Postgresql, "ddf", &[query, "SET LOCAL my.v = 'x'", insert]),
        "the setting my.v of 1 for 3"
    );
    let set = "SET my.v = 'x'";
    assert_eq!(
        told_on(Dialect::Postgresql, "ddf", &[query, set, insert]),
        format!("- | {set} | run")
    );
}
