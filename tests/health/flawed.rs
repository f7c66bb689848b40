//! What is wrong with the configuration of one database, or with the files, hides no database.

use std::fs;

use crate::support::{TestEnvironment, project, query, revision};

use super::databases::{json, states};

/// Three databases of which one can be looked at.
fn three() -> TestEnvironment {
    project()
        .config(
            "[databases.main]\nurl = \"sqlite:main.db\"\n\
             health = { min_tables = 1, tables = [\"t_a1\", \"t_b1\"] }\n\
             [databases.reports]\nurl = \"postgresql://me:${HUSH}@${REPORTS_HOST}/r\"\n\
             [databases.secret]\ndialect = \"postgresql\"\nhost = \"h\"\nuser = \"u\"\nname = \"n\"\n\
             password_file = \"no/such\"\n",
        )
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]))
        .build()
}

fn broken(env: &TestEnvironment) {
    env.write("versions/c1_x.sql", "nothing of the kind");
}

#[test]
fn a_database_without_its_variables_is_a_row_like_others() {
    let env = three();
    env.run(&["upgrade", "a1", "-d", "main"]).ok();
    let output = env.run(&["health"]);
    assert_eq!(output.code(), Some(7), "{output}");
    for line in [
        "✗ main: critical table t_b1 is missing",
        "✗ main: 1 pending: b1; at a1, 1 of 2 applied",
        "✗ reports: no value for ${HUSH}, ${REPORTS_HOST} (limbeck.toml:5:7)",
        "  try: limbeck config check",
        "0 of 3 databases are well",
    ] {
        assert!(output.stdout.lines().any(|it| it == line), "{line}\n{output}");
    }
    assert!(output.stdout.contains("✗ secret: `password_file` of database `secret`: "), "{output}");
    let quiet = env.run(&["health", "-q", "--fail-on", "failed"]);
    assert_eq!(quiet.code(), Some(7), "{quiet}");
    assert!(quiet.stdout.contains("✗ reports: no value for ${HUSH}"), "{quiet}");

    let expected = ["main pending", "reports unconfigured", "secret unconfigured"];
    let health = json(&env, &["health", "--json"]);
    assert_eq!(states(&health), expected);
    assert_eq!(health["healthy"], false);
    assert_eq!(health["databases"][1]["problems"], serde_json::json!(["unconfigured"]));
    assert_eq!(health["databases"][1]["url"], serde_json::Value::Null);
    let status = json(&env, &["status", "--json"]);
    assert_eq!(states(&status), expected);
    for errors in [&health["errors"], &status["errors"]] {
        assert_eq!(errors[0]["database"], "reports");
        assert_eq!(errors[0]["details"][0], "--> limbeck.toml:5:7");
        assert_eq!(errors[1]["database"], "secret");
        assert_eq!(errors.as_array().unwrap().len(), 2);
    }

    let output = env.run(&["status"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stdout.contains("main      pending"), "{output}");
    assert!(output.stdout.contains("reports   unconfigured  ?"), "{output}");
    assert!(output.stderr.contains("error: database reports: no value for ${HUSH}"), "{output}");

    // By itself it has the status of its configuration; what writes refuses as ever.
    for arguments in [&["health", "-d", "reports"][..], &["status", "-d", "secret"], &["upgrade"]] {
        assert_eq!(env.run(arguments).code(), Some(78), "{arguments:?}");
    }
}

#[test]
fn waiting_goes_on_for_the_others() {
    let env = three();
    broken(&env);
    let output = env.run(&["wait", "--timeout", "0"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("not waiting for database reports: no value for"), "{output}");
    let wait = json(&env, &["wait", "--json", "--timeout", "0"]);
    let ready: Vec<bool> =
        (0..3).map(|at| wait["databases"][at]["ready"].as_bool().unwrap()).collect();
    assert_eq!(ready, [true, false, false], "{wait}");
    // What is in the revision files is no matter of waiting.
    env.run(&["wait", "-d", "main"]).ok();
}

#[test]
fn a_revision_file_that_cannot_be_read_leaves_all_else_to_be_seen() {
    let env = three();
    env.run(&["upgrade", "-d", "main"]).ok();
    query(&env, "sqlite:main.db", "DROP TABLE t_b1");
    broken(&env);
    let output = env.run(&["health", "-d", "main"]);
    assert_eq!(output.code(), Some(78), "{output}");
    for line in [
        "✓ main: 1 table (expected 1+)",
        "✗ main: critical table t_b1 is missing",
        "✗ main: at b1; what should be is not known, for a mistake in the files",
    ] {
        assert!(output.stdout.lines().any(|it| it == line), "{line}\n{output}");
    }
    assert_eq!(output.stderr.matches("versions/c1_x.sql:1:1").count(), 1, "{output}");
    let health = json(&env, &["health", "--json"]);
    assert_eq!(states(&health), ["main unknown", "reports unconfigured", "secret unconfigured"]);
    assert_eq!(health["exit_code"], 78);
    assert_eq!(health["healthy"], false);
    let main = &health["databases"][0];
    assert_eq!(main["current"], serde_json::json!(["b1"]));
    assert_eq!(main["problems"], serde_json::json!(["unknown", "tables"]));
    for unknown in ["applied", "total"] {
        assert_eq!(main[unknown], serde_json::Value::Null, "{unknown}");
    }
    assert_eq!(health["errors"][0]["database"], serde_json::Value::Null);
    assert_eq!(health["errors"].as_array().unwrap().len(), 3);
    let output = env.run(&["status"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stdout.contains("main      unknown       b1       ?      ?"), "{output}");
    assert_eq!(output.stderr.matches("versions/c1_x.sql:1:1").count(), 1, "{output}");
    for arguments in [&["upgrade", "-d", "main"][..], &["plan", "-d", "main"], &["current"]] {
        assert_eq!(env.run(arguments).code(), Some(78), "{arguments:?}");
    }
}

#[test]
fn a_history_or_a_route_that_makes_no_sense_is_no_matter_of_reaching_databases() {
    for (file, text, code) in [
        ("versions/c1_x.sql", revision("c1", &["nowhere"]).text(), 4),
        ("versions/c1_x.sql", revision("c1", &["a1"]).with("databases = [\"ap\"]").text(), 78),
        ("limbeck.toml", "branches = [\"${LABEL}\"]".to_owned(), 78),
    ] {
        let env = project().revision(revision("a1", &[])).build();
        env.run(&["upgrade"]).ok();
        let before = fs::read_to_string(env.path(file)).unwrap_or_default();
        env.write(file, format!("{before}{text}\n"));
        let output = env.run(&["health"]);
        assert_eq!(output.code(), Some(code), "{text}\n{output}");
        assert!(output.stdout.contains("✓ app: 1 table"), "{text}\n{output}");
        assert!(output.stdout.contains("✗ app: at a1; what should be is not known"), "{output}");
        assert_eq!(output.stderr.matches("error: ").count(), 1, "{text}\n{output}");
        assert_eq!(states(&json(&env, &["status", "--json"])), ["app unknown"], "{text}");
    }
}

/// As one that says nothing sensible: no step has failed.
#[cfg(unix)]
#[test]
fn a_revision_file_that_the_system_does_not_give_is_a_mistake_in_the_files() {
    let env = project().revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    std::os::unix::fs::symlink("nowhere", env.path("versions/b1_x.sql")).unwrap();
    for command in ["health", "status", "upgrade"] {
        assert_eq!(env.run(&[command]).code(), Some(78), "{command}");
    }
}
