//! When scripts run, and in which order.

use crate::support::{TestEnvironment, mariadb, postgres, revision};

use super::{answer, code, kinds, ran, scripted};

/// Something that a database of each kind can make again and again, and that has no rows.
fn thing(kind: &str, name: &str, value: &str) -> String {
    match kind {
        "mariadb" => {
            format!("CREATE OR REPLACE FUNCTION {name}() RETURNS int DETERMINISTIC RETURN {value};")
        }
        "postgres" => format!("CREATE OR REPLACE VIEW {name} AS SELECT {value} AS n;"),
        _ => format!(
            "/*---\ndrops = \"view {name}\"\n---*/\nCREATE VIEW {name} AS SELECT {value} AS n;"
        ),
    }
}

fn value(env: &TestEnvironment, kind: &str, url: &str, name: &str) -> String {
    match kind {
        "mariadb" => answer(env, url, &format!("SELECT {name}()")),
        _ => answer(env, url, &format!("SELECT n FROM {name}")),
    }
}

fn environment(kind: &str, url: &str) -> TestEnvironment {
    scripted(url, "")
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);").downgrade("DROP TABLE t;"))
        .file("repeatable/one.sql", thing(kind, "one", "1"))
        .file("repeatable/sub/two.sql", thing(kind, "two", "2"))
        .build()
}

#[test]
fn a_script_runs_when_its_text_has_changed() {
    for (kind, url) in kinds() {
        let env = environment(kind, &url);
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["one", "sub/two"], "{kind}");
        let said = code(&env, &["upgrade"], 0);
        assert!(said.contains("nothing to do (at a1)"), "{kind}: {said}");
        // Comments and white space do nothing.
        let text = env.read("repeatable/one.sql");
        env.write("repeatable/one.sql", format!("{text}\n\n-- a word about it\n"));
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), [""; 0], "{kind}");
        env.write("repeatable/one.sql", thing(kind, "one", "11"));
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["one"], "{kind}");
        assert_eq!(value(&env, kind, &url, "one"), "11", "{kind}");
        // What was asked for runs, changed or not.
        assert_eq!(ran(&code(&env, &["repeat"], 0)), [""; 0], "{kind}");
        assert_eq!(ran(&code(&env, &["repeat", "sub/two.sql"], 0)), ["sub/two"], "{kind}");
        assert_eq!(ran(&code(&env, &["repeat", "--all"], 0)), ["one", "sub/two"], "{kind}");
        let said = code(&env, &["journal", "list"], 0);
        assert!(said.contains("repeatable sub/two: done"), "{kind}: {said}");
        // The journal of revisions is none of it.
        code(&env, &["status", "--check"], 0);
        code(&env, &["downgrade", "base"], 0);
        code(&env, &["upgrade"], 0);
    }
}

#[test]
fn what_is_spoken_of_runs_first() {
    let url = postgres().create_database();
    let env = scripted(&url, "")
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);"))
        .file("repeatable/a.sql", "CREATE OR REPLACE VIEW a AS SELECT * FROM b WHERE f(x) > 0;")
        .file("repeatable/b.sql", "CREATE OR REPLACE VIEW b AS SELECT * FROM public.c;")
        .file("repeatable/c.sql", "CREATE OR REPLACE VIEW c AS SELECT x FROM t;")
        .file(
            "repeatable/z.sql",
            "CREATE OR REPLACE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n';",
        )
        .build();
    assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["c", "b", "z", "a"]);
}

#[test]
fn a_script_waits_for_the_revisions_it_comes_after() {
    for (kind, url) in kinds() {
        let late = thing(kind, "late", "3");
        let late = match late.strip_prefix("/*---\n") {
            Some(rest) => format!("/*---\nafter = [\"a2\", \"early\"]\n{rest}"),
            None => format!("/*---\nafter = [\"a2\", \"early\"]\n---*/\n{late}"),
        };
        let early = thing(kind, "early", "4");
        let early = match early.strip_prefix("/*---\n") {
            Some(rest) => format!("/*---\nafter = \"a1\"\n{rest}"),
            None => format!("/*---\nafter = \"a1\"\n---*/\n{early}"),
        };
        let env = scripted(&url, "")
            .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);"))
            .revision(revision("a2", &["a1"]).upgrade("CREATE TABLE u (x int);"))
            .revision(revision("a3", &["a2"]).upgrade("CREATE TABLE v (x int);"))
            .file("repeatable/early.sql", early)
            .file("repeatable/late.sql", late)
            .file("repeatable/last.sql", thing(kind, "last", "5"))
            .build();
        let said = code(&env, &["upgrade", "a1"], 0);
        assert_eq!(ran(&said), ["early"], "{kind}");
        assert!(said.contains("repeatable last waits for a3"), "{kind}: {said}");
        assert!(said.contains("repeatable late waits for a2"), "{kind}: {said}");
        let said = code(&env, &["repeat", "late"], 0);
        assert!(said.contains("repeatable late waits for a2"), "{kind}: {said}");
        assert_eq!(ran(&code(&env, &["upgrade", "a2"], 0)), ["late"], "{kind}");
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["last"], "{kind}");
    }
}

#[test]
fn a_failure_leaves_nothing_of_its_run() {
    for kind in ["postgres", "sqlite"] {
        let url = match kind {
            "postgres" => postgres().create_database(),
            _ => "sqlite:app.db".to_owned(),
        };
        let env = environment(kind, &url);
        env.write("repeatable/sub/two.sql", "INSERT INTO t VALUES (1);\nSELECT * FROM no_such;\n");
        let said = code(&env, &["upgrade"], 1);
        assert!(said.contains("repeatable sub/two: "), "{kind}: {said}");
        assert!(said.contains("repeatable/sub/two.sql:2:"), "{kind}: {said}");
        assert!(said.contains("the revisions before them stay"), "{kind}: {said}");
        assert_eq!(answer(&env, &url, "SELECT count(*) FROM t"), "0", "{kind}");
        assert_eq!(answer(&env, &url, "SELECT version_num FROM alembic_version"), "a1", "{kind}");
        let said = code(&env, &["journal", "list"], 0);
        assert!(said.contains("repeatable sub/two: failed"), "{kind}: {said}");
        env.write("repeatable/sub/two.sql", thing(kind, "two", "2"));
        assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["one", "sub/two"], "{kind}");
    }
}

#[test]
fn without_transactions_what_is_done_stays_done() {
    let url = mariadb().create_database();
    let env = environment("mariadb", &url);
    env.write("repeatable/sub/two.sql", "INSERT INTO t VALUES (1);\nSELECT * FROM no_such;\n");
    let said = code(&env, &["upgrade"], 1);
    assert!(said.contains("begins with the first statement of the script again"), "{said}");
    assert_eq!(answer(&env, &url, "SELECT count(*) FROM t"), "1");
    env.write("repeatable/sub/two.sql", thing("mariadb", "two", "2"));
    assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["sub/two"]);
}

#[test]
fn what_cannot_be_in_a_transaction_runs_outside_one() {
    let url = postgres().create_database();
    let text = "DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON t (x);\n";
    let env = scripted(&url, "")
        .revision(revision("a1", &[]).upgrade("CREATE TABLE t (x int);"))
        .file("repeatable/i.sql", text)
        .build();
    env.write("repeatable/i.sql", format!("/*---\ntransaction = true\n---*/\n{text}"));
    let said = code(&env, &["upgrade"], 78);
    assert!(said.contains("cannot run inside a transaction"), "{said}");
    // That was known before the revision ran.
    assert!(!said.contains("Running upgrade"), "{said}");
    env.write("repeatable/i.sql", text);
    assert_eq!(ran(&code(&env, &["upgrade"], 0)), ["i"]);
    assert_eq!(ran(&code(&env, &["repeat", "--all"], 0)), ["i"]);
}

#[test]
fn several_databases_have_their_own() {
    let config = "[scripts]\nrepeatable = \"repeatable\"\n[databases.app]\nurl = \"sqlite:app.db\"\n\
                  branches = [\"app\"]\n[databases.log]\nurl = \"sqlite:log.db\"\nbranches = [\"log\"]\n";
    let env = scripted("sqlite:app.db", "")
        .config(config)
        .revision(revision("a1", &[]).label("app").upgrade("CREATE TABLE a (x int);"))
        .revision(revision("b1", &[]).label("log").depends_on("a1").upgrade("CREATE TABLE b (x int);"))
        .file("repeatable/all.sql", thing("sqlite", "every", "1"))
        .file("repeatable/a.sql", "/*---\nbranches = \"app\"\ndrops = \"view va\"\n---*/\nCREATE VIEW va AS SELECT * FROM a;")
        .file("repeatable/b.sql", "/*---\ndatabases = \"log\"\ndrops = \"view vb\"\n---*/\nCREATE VIEW vb AS SELECT * FROM b;")
        .file("repeatable/pg.sql", "/*---\ndialects = \"postgresql\"\n---*/\nCREATE VIEW v (x) AS VALUES (1);")
        .build();
    let said = code(&env, &["upgrade"], 0);
    assert_eq!(ran(&said), ["a", "all", "all", "b"], "{said}");
    let views = "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1";
    assert_eq!(answer(&env, "sqlite:app.db", views), "every\nva");
    assert_eq!(answer(&env, "sqlite:log.db", views), "every\nvb");
}
