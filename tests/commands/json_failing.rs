//! `--json` where one of two databases fails: one document that holds what the other one gave and
//! what went wrong, whatever the command.

use serde_json::Value;

use crate::support::{TestEnvironment, project, revision};

/// What the document of a command has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// The result of `good`, and the error of `bad` among `errors`.
    Both,
    /// The errors alone: the command is for one database, or does nothing where one fails.
    Errors,
    /// Both databases, each with a state.
    States,
    /// Whatever the command says without opening a database.
    NoDatabase,
    /// No document: the command has none.
    NoJson,
}

/// Every command, as it is spelled without options, and how it is run here.
const COMMANDS: [(&str, &[&str], Holds); 58] = [
    ("apply", &["plan.json"], Holds::Errors),
    ("branches", &[], Holds::NoDatabase),
    ("check", &[], Holds::Errors),
    ("compat", &[], Holds::Errors),
    ("completions", &["bash"], Holds::NoJson),
    ("config check", &[], Holds::NoDatabase),
    ("config show", &[], Holds::NoDatabase),
    ("convert", &[], Holds::NoDatabase),
    ("current", &[], Holds::Both),
    ("db backup", &["-o", "backups"], Holds::Both),
    ("db create", &[], Holds::Both),
    ("db describe", &["t_a1"], Holds::Both),
    ("db drop", &["-d", "bad", "--yes"], Holds::Errors),
    ("db exec", &["--all", "SELECT 1"], Holds::Both),
    ("db list-backups", &[], Holds::NoDatabase),
    ("db reset", &["-d", "bad", "--yes"], Holds::Errors),
    ("db restore", &["-d", "bad", "no.dump"], Holds::Errors),
    ("db seed", &[], Holds::Both),
    ("db shell", &["-d", "bad"], Holds::NoJson),
    ("db tables", &[], Holds::Both),
    ("downgrade", &["-d", "bad", "--", "-1"], Holds::Errors),
    ("edit", &["nope"], Holds::Errors),
    ("ensure_version", &[], Holds::Both),
    ("fleet abort", &[], Holds::Errors),
    ("fleet create", &[], Holds::Errors),
    ("fleet pause", &[], Holds::Errors),
    ("fleet resume", &[], Holds::Errors),
    ("fleet retry", &[], Holds::Errors),
    ("fleet status", &[], Holds::Errors),
    ("fleet work", &[], Holds::Errors),
    ("heads", &[], Holds::NoDatabase),
    ("health", &[], Holds::States),
    ("history", &["-i"], Holds::Errors),
    ("import diesel", &["-d", "bad"], Holds::Errors),
    ("import django", &[], Holds::Errors),
    ("init", &["elsewhere"], Holds::NoDatabase),
    ("journal accept", &["a1", "--yes"], Holds::Both),
    ("journal list", &[], Holds::Both),
    ("journal resolve", &["a1", "--as", "done", "--yes"], Holds::Errors),
    ("lint", &[], Holds::NoDatabase),
    ("list_templates", &[], Holds::NoDatabase),
    ("merge", &["heads", "-m", "both"], Holds::NoDatabase),
    ("plan", &[], Holds::Both),
    ("repeat", &[], Holds::Both),
    ("revision", &["-m", "more"], Holds::NoDatabase),
    ("route explain", &["a1"], Holds::NoDatabase),
    ("serve-health", &[], Holds::NoJson),
    ("show", &["a1", "--applied"], Holds::Both),
    ("stamp", &["-d", "bad", "a1"], Holds::Errors),
    ("status", &[], Holds::States),
    ("tenants clone", &["north", "east"], Holds::Errors),
    ("tenants create", &["north"], Holds::Errors),
    ("tenants drop", &["north", "--yes"], Holds::Errors),
    ("tenants list", &[], Holds::Errors),
    ("tenants status", &[], Holds::Errors),
    ("tenants verify", &[], Holds::Errors),
    ("upgrade", &[], Holds::Both),
    ("verify", &[], Holds::Both),
];

const BAD: &str = "postgresql://me:hush-hush@127.0.0.1:1/bad";

fn config(bad: &str) -> String {
    format!("[databases.good]\nurl = \"sqlite:good.db\"\n[databases.bad]\nurl = \"{bad}\"\n")
}

/// A good database with one revision of two, and a bad one.
fn one_that_fails(name: &str) -> TestEnvironment {
    let env = project()
        .config(config("sqlite:bad.db"))
        .revision(revision("a1", &[]))
        .revision(revision("b2", &["a1"]))
        .build();
    env.run(&["-d", "good", "upgrade", "a1"]).ok();
    env.run(&["plan", "-o", "plan.json"]).ok();
    env.write("backups/README", "");
    env.write("seeds/1.sql", "INSERT INTO t_a1 VALUES (1);");
    match name {
        "apply" => env.write("bad.db", "this is no database".repeat(100)),
        _ => env.write("limbeck.toml", config(BAD)),
    }
    if name == "repeat" {
        env.write("repeatable/v.sql", "CREATE VIEW v AS SELECT 1;");
        let config = env.read("limbeck.toml");
        env.write("limbeck.toml", format!("[scripts]\nrepeatable = \"repeatable\"\n{config}"));
    }
    if name == "journal accept" {
        let text = env.read("versions/a1_x.sql").replace("id INTEGER", "nr INTEGER");
        env.write("versions/a1_x.sql", text);
    }
    env
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["database"].as_str()).collect()
}

fn check(name: &str, arguments: &[&str], holds: Holds) {
    let env = one_that_fails(name);
    let words: Vec<&str> = ["--json"].into_iter().chain(name.split(' ')).collect();
    let output = env.run(&[words.as_slice(), arguments].concat());
    let json: Value = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}\n{output}"));
    match holds {
        Holds::Both => {
            assert_eq!(names(&json["errors"]), ["bad"], "{name}: {output}");
            let results = json.as_object().unwrap().iter().filter(|(key, _)| *key != "errors");
            let has_good = results.into_iter().any(|(_, results)| {
                names(results).contains(&"good")
                    || names(&results[0]["databases"]).contains(&"good")
            });
            assert!(has_good, "{name}: {output}");
        }
        Holds::Errors => {
            let errors = json["errors"].as_array().unwrap_or_else(|| panic!("{name}: {output}"));
            assert!(!errors.is_empty(), "{name}: {output}");
        }
        Holds::States => {
            let databases = json["databases"].as_array().unwrap();
            let states: Vec<_> = databases.iter().map(|database| &database["state"]).collect();
            assert_eq!(states, ["pending", "unreachable"], "{name}: {output}");
        }
        Holds::NoDatabase => assert!(!json["errors"].is_array(), "{name}: {output}"),
        Holds::NoJson => {}
    }
    let is_failure = !matches!(holds, Holds::NoDatabase | Holds::NoJson);
    assert_eq!(output.code() != Some(0), is_failure, "{name}: {output}");
    assert!(!output.to_string().contains("hush-hush"), "{name}: {output}");
}

#[test]
fn results_and_errors_are_one_document() {
    for (name, arguments, holds) in COMMANDS {
        if holds != Holds::NoJson {
            check(name, arguments, holds);
        }
    }
    // It tells more than states.
    check("wait", &["--timeout", "1s"], Holds::Both);
}

#[test]
fn a_plan_that_cannot_be_written_is_shown_with_the_error() {
    let env = project().revision(revision("a1", &[])).build();
    let output = env.run(&["plan", "-o", "nowhere/plan.json", "--json"]);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(names(&json["databases"]), ["app"], "{output}");
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("nowhere/plan.json"), "{output}");
    assert_eq!(json["errors"].as_array().unwrap().len(), 1, "{output}");
}

/// Nobody is there to ask about the second revision, and the first is not on any database.
#[test]
fn what_was_accepted_is_told_beside_what_could_not_be() {
    let env = one_that_fails("journal accept");
    env.write("limbeck.toml", config("sqlite:bad.db"));
    let accepted = |arguments: &[&str]| -> Value {
        let output = env.run(&[&["journal", "accept", "--json"], arguments].concat());
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{output}"))
    };
    let json = accepted(&["a1"]);
    assert_eq!(json["accepted"], Value::Array(Vec::new()), "{json}");
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("nobody to ask"), "{json}");
    let json = accepted(&["a1", "b2", "--yes"]);
    assert_eq!(names(&json["accepted"]), ["good"], "{json}");
    assert_eq!(json["errors"][0]["message"], "revision b2 is not applied", "{json}");
}

/// Adds the commands below `command` that do something by themselves.
fn leaves(prefix: &str, command: &clap::Command, found: &mut Vec<String>) {
    let commands = command.get_subcommands().filter(|command| command.get_name() != "help");
    for command in commands {
        let name = format!("{prefix}{}", command.get_name());
        match command.has_subcommands() {
            true => leaves(&format!("{name} "), command, found),
            false => found.push(name),
        }
    }
}

#[test]
fn no_command_is_left_out() {
    let mut all = Vec::new();
    leaves("", &limbeck::cli::command(), &mut all);
    let mut known: Vec<&str> = COMMANDS.iter().map(|(name, ..)| *name).chain(["wait"]).collect();
    all.sort();
    known.sort_unstable();
    assert_eq!(all, known);
}
