//! SQL as a hook: in a transaction of its own, with the facts in its session.

use insta::assert_snapshot;

use super::support::{applied, urls, with_hooks};
use crate::support::{TestEnvironment, query, revision};
use crate::tenants::support::{KINDS, fleet};

/// An expression for a fact.
fn fact(url: &str, name: &str) -> String {
    if url.starts_with("sqlite") {
        format!("(SELECT value FROM limbeck_facts WHERE name = '{name}')")
    } else if url.starts_with("mysql") {
        format!("@limbeck_{name}")
    } else {
        format!("current_setting('limbeck.{name}')")
    }
}

/// A database with a table in which hooks write down what they know.
fn audited(url: &str, more: &str) -> TestEnvironment {
    let insert = format!(
        "INSERT INTO audit VALUES ({}, {}, {})",
        fact(url, "hook"),
        fact(url, "revision"),
        fact(url, "error")
    );
    let hook = "{ file = 'hooks/audit.sql' }";
    let env = with_hooks(
        url,
        &format!("before_step = {hook}\nafter_step = {hook}\non_failure = {hook}\n{more}"),
    );
    env.write("hooks/audit.sql", format!("-- who knows\n{insert};\n"));
    let create = "CREATE TABLE audit (hook VARCHAR(40), revision VARCHAR(80), error VARCHAR(200))";
    query(&env, url, create);
    env
}

fn audit(env: &TestEnvironment, url: &str) -> String {
    query(env, url, "SELECT hook, revision FROM audit").trim().replace('\t', "|").replace('\n', " ")
}

#[test]
fn facts_are_values_of_the_session_and_never_part_of_the_text() {
    for url in urls() {
        let env = audited(&url, "");
        let hostile = "it's \"x\"; DROP TABLE audit";
        env.write(
            "versions/c3_x.sql",
            revision(hostile, &["b2"]).upgrade("CREATE TABLE t_c3 (id INTEGER);").text(),
        );
        env.run(&["upgrade", "b2"]).ok();
        env.run(&["upgrade", "heads"]).ok();
        assert_eq!(
            audit(&env, &url),
            format!(
                "before_step|a1 after_step|a1 before_step|b2 after_step|b2 before_step|{hostile} \
                 after_step|{hostile}"
            )
        );
        let heads = applied(&env, &url);
        assert_eq!(heads, hostile);
    }
}

/// What a hook has written stays when its step is rolled back, and a step that is committed stays
/// when a hook fails.
#[test]
fn a_hook_is_no_part_of_the_transaction_of_a_step() {
    for url in urls() {
        let env = audited(&url, "");
        env.write("versions/b2_x.sql", revision("b2", &["a1"]).upgrade("SELECT nope;").text());
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert_eq!(audit(&env, &url), "before_step|a1 after_step|a1 before_step|b2 on_failure|",);
        let error = query(&env, &url, "SELECT error FROM audit WHERE hook = 'on_failure'");
        assert!(error.contains("nope"), "{error}");
        assert_eq!(applied(&env, &url), "a1");
    }
}

#[test]
fn statements_of_a_hook_are_all_kept_or_none() {
    for url in urls() {
        let env = audited(&url, "before_run = { file = 'hooks/two.sql' }");
        env.write(
            "hooks/two.sql",
            "INSERT INTO audit (hook) VALUES ('one');\nINSERT INTO nope VALUES (1);\n",
        );
        let output = env.run(&["upgrade"]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert!(output.stderr.contains("hook before_run failed: hooks/two.sql:2: "), "{output}");
        assert_eq!(query(&env, &url, "SELECT count(*) FROM audit WHERE hook = 'one'"), "0\n");
        env.write("hooks/two.sql", "INSERT INTO audit (hook) VALUES ('one');\nCOMMIT;\n");
        let output = env.run(&["upgrade"]);
        assert!(output.stderr.contains("hooks/two.sql:2: COMMIT in SQL that is one"), "{output}");
        assert_eq!(query(&env, &url, "SELECT count(*) FROM audit WHERE hook = 'one'"), "0\n");
        std::fs::remove_file(env.path("hooks/two.sql")).unwrap();
        if url.starts_with("sqlite") {
            assert_snapshot!(env.run(&["upgrade"]), @"
            ------- stderr -------
            error: database app: hook before_run failed: hooks/two.sql: No such file or directory (os error 2)
            hint: nothing was run
            [exit status: 1]
            ");
        }
    }
}

#[test]
fn in_a_tenant_it_is_the_tenants_own_tables() {
    for kind in KINDS {
        let fleet = fleet(kind, 2);
        let config = fleet.env.read("limbeck.toml");
        let hook = "after_run = { sql = \"INSERT INTO ran VALUES ('hook')\" }";
        fleet.code(&["upgrade", "--shared"], 0);
        fleet.env.write("limbeck.toml", format!("[hooks]\n{hook}\n{config}"));
        fleet.code(&["upgrade"], 0);
        for n in [1, 2] {
            assert_eq!(fleet.ran(&fleet.name(n)), "hook t1 t2", "{kind:?}");
        }
    }
}
