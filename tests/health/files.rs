//! SQLite files that are not there, cannot be there, or are something else.

use crate::support::{project, revision};

use super::databases::{json, states};

const CONFIG: &str = "[databases.dir]\nurl = \"sqlite:d.db\"\n\
    [databases.nowhere]\nurl = \"sqlite:no/such/a.db\"\n\
    [databases.junk]\nurl = \"sqlite:junk.db\"\n\
    [databases.new]\nurl = \"sqlite:new.db\"\n";

#[test]
fn a_path_that_cannot_be_a_database_is_never_an_empty_one() {
    let env = project().config(CONFIG).revision(revision("a1", &[])).build();
    std::fs::create_dir(env.path("d.db")).unwrap();
    env.write("junk.db", "not a database, ".repeat(100));

    let output = env.run(&["current"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert_eq!(output.stdout, "[new]\n", "{output}");
    for part in [
        "new: nothing applied\n",
        "d.db is a directory, not a database file",
        "/no/such/a.db does not exist: there is no directory ",
        "hint: make the directory, or set the path right, in `url` (limbeck.toml:4)",
        "junk.db is no SQLite database",
        "hint: the path is from `url` (limbeck.toml:6)",
    ] {
        assert!(output.stderr.contains(part), "{part}\n{output}");
    }

    let expected = ["dir unreachable", "nowhere missing", "junk unreachable", "new empty"];
    let health = json(&env, &["health", "--json"]);
    assert_eq!(states(&health), expected);
    assert_eq!(states(&json(&env, &["status", "--json"])), expected);
    let hints: Vec<_> = (0..4).map(|at| &health["databases"][at]["checks"][0]["hint"]).collect();
    assert_eq!(hints[0], "limbeck config show");
    assert_eq!(hints[1], "limbeck config show");
    assert_eq!(hints[2], "limbeck config show");
    // The next upgrade makes it.
    assert_eq!(health["databases"][3]["problems"], serde_json::json!(["pending"]));
    assert_eq!(env.run(&["health", "-d", "nowhere"]).code(), Some(8));

    let output = env.run(&["wait", "--timeout", "0"]);
    assert_eq!(output.code(), Some(8), "{output}");
    for part in [
        "not waiting for dir: ",
        "not waiting for junk: ",
        "; as a rule that does not pass by itself",
    ] {
        assert!(output.stderr.contains(part), "{part}\n{output}");
    }
}

#[test]
fn a_file_that_nothing_is_routed_to_is_not_missed() {
    let config = |health: &str| {
        format!(
            "[databases.app]\nurl = \"sqlite:app.db\"\n\
             [databases.idle]\nurl = \"sqlite:idle.db\"\nbranches = []\n{health}\n"
        )
    };
    let env = project().config(config("")).revision(revision("a1", &[])).build();
    env.run(&["upgrade"]).ok();
    let output = env.run(&["health"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let line = "idle.db does not exist, and no revision is routed to it that would make it";
    assert!(output.stdout.contains(line), "{output}");
    let status = json(&env, &["status", "--json"]);
    assert_eq!(states(&status), ["app ok", "idle ok"]);
    assert_eq!(status["exit_code"], 0);
    assert_eq!(env.run(&["status", "--check"]).code(), Some(0));
    // Somebody misses a table there.
    env.write("limbeck.toml", config("health = { min_tables = 1 }"));
    let output = env.run(&["health"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stdout.contains("✗ idle: "), "{output}");
}
