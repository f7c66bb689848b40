//! What a script that stopped half-way needs of the session that it began in.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, mariadb, project, query, revision};

/// A script that fails where it says `oops`, and has failed there.
fn failed(script: &str) -> (TestEnvironment, String) {
    let url = mariadb().create_database();
    let env = project().url(&url).revision(revision("a1", &[]).upgrade(script)).build();
    let output = env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(1), "{output}");
    assert!(output.stderr.contains("oops"), "{output}");
    (env, url)
}

fn edit(env: &TestEnvironment, from: &str, to: &str) {
    let text = env.read("versions/a1_x.sql");
    assert!(text.contains(from), "{text}");
    env.write("versions/a1_x.sql", text.replace(from, to));
}

const TABLE: &str = "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT NULL);\n";

#[test]
fn a_variable_of_a_done_statement_must_not_be_needed() {
    let (env, url) = failed(&format!(
        "{TABLE}INSERT INTO t (v) VALUES (7), (8);\nSELECT MAX(id) INTO @m FROM t;\n\
         INSERT INTO t (v) VALUES (oops);\nINSERT INTO t (v) VALUES (@M);",
    ));
    edit(&env, "oops", "9");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: statement 5 of revision a1 needs @m, which ended with the run that stopped
      --> versions/a1_x.sql:15:1
       |  INSERT INTO t (v) VALUES (@M)
       |  ^
      @m comes from statement 3, which is done, at versions/a1_x.sql:13:1
    hint: write the value into the statement, or set @m to it in a statement right before
    hint: if it does no harm to run statement 3 again: limbeck journal resolve a1 --statement 3 --as not-done -d app
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    assert_snapshot!(env.run(&["plan"]), @"
    ------- stderr -------
    error: database app: statement 5 of revision a1 needs @m, which ended with the run that stopped
      --> versions/a1_x.sql:15:1
       |  INSERT INTO t (v) VALUES (@M)
       |  ^
      @m comes from statement 3, which is done, at versions/a1_x.sql:13:1
    hint: write the value into the statement, or set @m to it in a statement right before
    hint: if it does no harm to run statement 3 again: limbeck journal resolve a1 --statement 3 --as not-done -d app
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    assert_eq!(query(&env, &url, "SELECT count(*) FROM t"), "2\n");
    edit(&env, "(9)", "(9);\nSET @m = 2");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT v FROM t ORDER BY id"), "7\n8\n9\n2\n");
}

#[test]
fn what_no_statement_can_say_again_must_not_be_needed() {
    for (set, needs) in [
        ("INSERT INTO t (v) VALUES (1)", "INSERT INTO t (v) VALUES (LAST_INSERT_ID())"),
        ("SET @id = LAST_INSERT_ID()", "INSERT INTO t (v) VALUES (@id)"),
        ("SELECT @x := 5", "INSERT INTO t (v) VALUES (@x)"),
        ("SET @s = IF(1, 'DELETE FROM t', 'DO 1');\nPREPARE s FROM @s", "EXECUTE s"),
        ("SET SESSION sort_buffer_size = (SELECT 1000000 + COUNT(*) FROM t)", "DO 1"),
        (
            "CREATE SEQUENCE s;\nINSERT INTO t (v) VALUES (NEXT VALUE FOR s)",
            "INSERT INTO t (v) VALUES (PREVIOUS VALUE FOR s)",
        ),
        (
            "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @g = COALESCE(@g, 0) + 7;\n\
             INSERT INTO t (v) VALUES (1)",
            "INSERT INTO t (v) VALUES (@g)",
        ),
        ("CREATE PROCEDURE p() INSERT INTO t (v) VALUES (@g);\nSELECT 5 INTO @g", "CALL p()"),
        (
            "SET @old = @@GLOBAL.max_write_lock_count;\n\
             SET GLOBAL max_write_lock_count = 4294967290",
            "SET GLOBAL max_write_lock_count = @old",
        ),
    ] {
        let (env, url) = failed(&format!("{TABLE}{set};\nDO oops;\n{needs};"));
        edit(&env, "oops", "1");
        let before = query(&env, &url, "SELECT * FROM t");
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(4), "{output}");
        assert!(output.stderr.contains(needs), "{output}");
        assert_eq!(query(&env, &url, "SELECT * FROM t"), before);
        query(&env, &url, "SET GLOBAL max_write_lock_count = DEFAULT");
    }
}

#[test]
fn a_done_statement_that_does_no_harm_can_run_again() {
    let (env, url) = failed(&format!(
        "{TABLE}SELECT count(*) INTO @n FROM t;\n\
         SET @sql = IF(@n = 0, 'INSERT INTO t (v) VALUES (7)', 'DO 1');\n\
         PREPARE s FROM @sql;\nDO oops;\nEXECUTE s;\nDEALLOCATE PREPARE s;",
    ));
    edit(&env, "oops", "1");
    // Each needs the one before it.
    for number in ["4", "3", "2"] {
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(4), "{output}");
        let resolve = format!("journal resolve a1 --statement {number} --as not-done");
        assert!(output.stderr.contains(&resolve), "{output}");
        let resolve: Vec<&str> = resolve.split(' ').chain(["--yes"]).collect();
        env.run(&resolve).ok();
    }
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT v FROM t"), "7\n");
}

/// As `mysqldump` begins and ends, and as scripts ask whether there is something to be done.
#[test]
fn settings_and_constants_are_there_again() {
    let (env, url) = failed(&format!(
        "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\
         SET @v = 5, @never = RAND();\n\
         SET @w = @v + 1;\n{TABLE}\
         SET @sql = IF((SELECT count(*) FROM t) = 0, 'INSERT INTO t VALUES (7, 7)', 'DO 1');\n\
         PREPARE once FROM @sql;\nEXECUTE once;\nDEALLOCATE PREPARE once;\n\
         PREPARE again FROM 'INSERT INTO t VALUES (?, ?)';\n\
         INSERT INTO t VALUES (0, oops);\nEXECUTE again USING @v, @w;\n\
         SET SQL_MODE=@OLD_SQL_MODE;\nINSERT INTO t VALUES (0, 8);",
    ));
    edit(&env, "oops", "4");
    env.run(&["upgrade"]).ok();
    let rows = query(&env, &url, "SELECT id, v FROM t ORDER BY v");
    assert_eq!(rows, "0|4\n5|6\n7|7\n8|8\n");
}

/// What does not end with the session is done once.
#[test]
fn what_other_sessions_see_is_not_set_again() {
    let (env, url) = failed(&format!(
        "{TABLE}CREATE FUNCTION f() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO t (v) VALUES (1); \
         RETURN 5000; END;\n\
         CREATE USER u@nowhere;\nSET PASSWORD FOR u@nowhere = PASSWORD('one');\n\
         ALTER USER u@nowhere IDENTIFIED BY 'two';\n\
         SET GLOBAL max_error_count = @@GLOBAL.max_error_count + 1, @x = 8;\n\
         INSERT INTO t (v) VALUES (oops);",
    ));
    let ask = "SELECT @@GLOBAL.max_error_count, authentication_string FROM mysql.user \
               WHERE user = 'u'";
    let before = query(&env, &url, ask);
    edit(&env, "oops", "@x");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, ask), before);
    assert_eq!(query(&env, &url, "SELECT v FROM t"), "8\n");
    query(&env, &url, "DROP USER u@nowhere; SET GLOBAL max_error_count = DEFAULT");

    let (env, url) = failed(&format!(
        "{TABLE}CREATE FUNCTION f() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO t (v) VALUES (1); \
         RETURN 5000; END;\n\
         SET SESSION group_concat_max_len = f();\nINSERT INTO t (v) VALUES (oops);",
    ));
    edit(&env, "oops", "2");
    assert_snapshot!(env.run(&["upgrade"]), @"
    ------- stderr -------
    Running upgrade  -> a1, rev a1
    error: database app: statement 4 of revision a1 needs the setting group_concat_max_len, which ended with the run that stopped
      --> versions/a1_x.sql:14:1
       |  INSERT INTO t (v) VALUES (2)
       |  ^
      the setting group_concat_max_len comes from statement 3, which is done, at versions/a1_x.sql:13:1
    hint: set it to the value itself in a statement right before
    hint: if it does no harm to run statement 3 again: limbeck journal resolve a1 --statement 3 --as not-done -d app
    hint: to start over, undo by hand what its statements have done, then: limbeck journal resolve a1 --all --as not-done -d app
    [exit status: 4]
    ");
    edit(
        &env,
        "INSERT INTO t (v) VALUES (2)",
        "SET SESSION group_concat_max_len = 5000;\nINSERT INTO t (v) VALUES (2)",
    );
    env.run(&["upgrade"]).ok();
    assert_eq!(query(&env, &url, "SELECT v FROM t"), "1\n2\n");
}

/// The usual collations take them for one key, which only the second row would say: after its DDL.
#[test]
fn ids_that_differ_only_in_case() {
    let url = mariadb().create_database();
    let build = |parents: &[&str]| {
        project()
            .url(&url)
            .revision(
                revision("ab", &[]).upgrade("CREATE TABLE t (id INT);").downgrade("DROP TABLE t;"),
            )
            .revision(
                revision("AB", parents)
                    .upgrade("CREATE TABLE u (id INT);")
                    .downgrade("DROP TABLE u;"),
            )
            .build()
    };
    let apart = build(&[]);
    assert_snapshot!(apart.run(&["upgrade", "heads"]), @"
    ------- stderr -------
    error: database app: revision identifiers 'AB' and 'ab' differ only in case, and the version table does not tell them apart
    hint: give one of them another id, in its file and wherever it is named
    hint: or give version_num a collation that tells them apart, such as utf8mb4_bin
    [exit status: 78]
    ");
    assert_eq!(apart.run(&["plan", "upgrade", "heads"]).code(), Some(78));
    assert_eq!(query(&apart, &url, "SHOW TABLES"), "");
    // One behind the other, they are never rows at the same time.
    let chain = build(&["ab"]);
    chain.run(&["upgrade"]).ok();
    chain.run(&["downgrade", "base"]).ok();
    query(
        &apart,
        &url,
        "ALTER TABLE alembic_version MODIFY version_num VARCHAR(32) COLLATE utf8mb4_bin NOT NULL; \
         DROP TABLE IF EXISTS t, u",
    );
    apart.run(&["upgrade", "heads"]).ok();
}
