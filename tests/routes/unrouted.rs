//! A branch that no database takes.

use insta::assert_snapshot;

use crate::support::{TestEnvironment, project, revision};

/// The database of branch 'old' has been forgotten.
fn forgotten() -> TestEnvironment {
    let env = project()
        .config(
            "[scripts]\n[databases.a]\nurl = \"sqlite:a.db\"\nbranches = [\"a\"]\n\
             [databases.b]\nurl = \"sqlite:b.db\"\nbranches = [\"b\"]\n",
        )
        .revision(revision("a1", &[]).label("a"))
        .revision(revision("b1", &[]).label("b"))
        .revision(revision("o1", &[]).label("old"))
        .revision(revision("o2", &["o1"]))
        .build();
    env.run(&["upgrade"]).ok();
    env
}

const JUDGES: [&[&str]; 4] =
    [&["status", "--check"], &["health"], &["current", "--check-heads"], &["plan", "--check"]];

#[test]
fn every_judgement_names_it() {
    let env = forgotten();
    for command in JUDGES {
        let output = env.run(command);
        assert_eq!(output.code(), Some(2), "{command:?}");
        let error = "error: no database takes revision o2: its branch is never run\n";
        assert!(output.stderr.contains(error), "{command:?}: {}", output.stderr);
        // Who asks for one database is told of that.
        let chosen: Vec<&str> = command.iter().copied().chain(["-d", "a"]).collect();
        assert_eq!(env.run(&chosen).code(), Some(0), "{chosen:?}");
    }
    for command in
        [&["status", "--check", "--json"][..], &["health", "--json"], &["plan", "--json"]]
    {
        let json: serde_json::Value = serde_json::from_str(&env.run(command).stdout).unwrap();
        assert_eq!(json["unrouted"], serde_json::json!(["o2"]), "{command:?}");
    }
    assert_eq!(env.run(&["status"]).code(), Some(0), "nobody has asked");
    assert_eq!(env.run(&["health", "--fail-on", "failed"]).code(), Some(0), "nobody has asked");
    assert_snapshot!(env.run(&["current", "--check-heads"]), @"
    [a]
    a1 (head)
    [b]
    b1 (head)
    ------- stderr -------
    error: no database takes revision o2: its branch is never run
      the head is o2 (old)
    hint: add the branch to the `branches` of a database, or a database for it
    hint: or, if it is meant for none, to `unrouted_branches` of [scripts]
    [exit status: 2]
    ");
}

#[test]
fn a_branch_may_be_meant_for_no_database() {
    let env = forgotten();
    let config = env.read("limbeck.toml");
    let declare = |label: &str| {
        let line = format!("[scripts]\nunrouted_branches = [\"{label}\"]\n");
        env.write("limbeck.toml", config.replace("[scripts]\n", &line));
    };
    declare("old");
    for command in JUDGES {
        assert_eq!(env.run(command).code(), Some(0), "{command:?}");
    }
    assert_eq!(env.run(&["lint"]).code(), Some(0));
    assert!(!env.run(&["upgrade"]).stderr.contains("no database takes"));
    declare("odl");
    assert_snapshot!(env.run(&["plan", "--check"]), @"
    [a] sqlite:///$PROJ/a.db: nothing to do (at a1)
    [b] sqlite:///$PROJ/b.db: nothing to do (at b1)
    ------- stderr -------
    warning: `unrouted_branches` names branch 'odl', but no revision has that label
    warning: no database takes revision o2 (old) (head): its branch is never run
    error: no database takes revision o2: its branch is never run
      the head is o2 (old)
    hint: add the branch to the `branches` of a database, or a database for it
    hint: or, if it is meant for none, to `unrouted_branches` of [scripts]
    [exit status: 2]
    ");
    declare("no@label");
    assert_eq!(env.run(&["plan", "--check"]).code(), Some(78));
}
