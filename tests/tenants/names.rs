//! A name of a tenant is only ever a name.

use super::support::{Fleet, Kind, Site};
use crate::support::{query, revision};

/// What people who mean no good call their companies.
fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "\"; drop schema public cascade; --",
        "'; DROP TABLE customers; --",
        "`; DROP TABLE customers; --",
        "back\\slash",
        "Ünïcödé 名前",
        "UPPER Case",
        "per%cent_under",
        "$$dollar$$ {tenant}",
        "select",
        "a,b",
        "dot.ted",
        "q?m:c",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(63));
    names
}

/// Every command that takes a name, with each of these.
fn every_command(fleet: &Fleet, names: &[String]) {
    for name in names {
        let on = |words: &[&str]| {
            let output = fleet.env.run(&[words, &["--tenant", name]].concat());
            assert_eq!(output.code(), Some(0), "{name:?} {words:?}\n{output}");
        };
        for words in [
            &["current"][..],
            &["status", "--check"],
            &["plan"],
            &["history", "-i"],
            &["journal"],
            &["health"],
            &["downgrade", "t1"],
            &["upgrade"],
            &["stamp", "t1"],
            &["stamp", "t3", "--purge"],
            &["upgrade", "--jobs", "1"],
        ] {
            on(words);
        }
        let one = format!("app/{name}");
        let output = fleet.env.run(&["current", "-d", &one]);
        assert_eq!(output.code(), Some(0), "{name:?} {output}");
        assert!(output.stdout.contains("t3"), "{name:?} {output}");
    }
    // In the tables of a rollout, too.
    fleet.code(&["downgrade", "--tenants", "t1"], 0);
    fleet.code(&["fleet", "create"], 0);
    fleet.code(&["fleet", "status"], 0);
    fleet.code(&["fleet", "work"], 0);
    fleet.code(&["status", "--check"], 0);
}

#[test]
fn on_postgres() {
    let names = hostile();
    let site = Site::new(Kind::Postgres);
    let project = site.project(&names).revision(
        revision("t3", &["t2"])
            .upgrade("INSERT INTO ran VALUES ('t3');")
            .downgrade("DELETE FROM ran WHERE script = 't3';"),
    );
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade", "--shared"], 0);
    fleet.code(&["upgrade", "--jobs", "1"], 0);
    every_command(&fleet, &names);
    for name in &names {
        assert_eq!(fleet.ran(name), "t1 t2 t3", "{name:?}");
    }
    let count = format!("{}\n", names.len());
    assert_eq!(fleet.shared("SELECT count(*) FROM customers"), count);
    assert_eq!(fleet.shared("SELECT count(*) FROM limbeck_tenants WHERE heads = 't3'"), count);
}

#[test]
fn on_mariadb() {
    let site = Site::new(Kind::Mariadb);
    // What MariaDB takes as the name of a database: no blank at its end.
    let own = site.name(0).replace("t00", "");
    let names: Vec<String> = hostile()
        .into_iter()
        .map(|name| format!("{own}{name}"))
        .map(|name| name.chars().take(63).collect())
        .collect();
    let project = site.project(&names).revision(
        revision("t3", &["t2"])
            .upgrade("INSERT INTO ran VALUES ('t3');")
            .downgrade("DELETE FROM ran WHERE script = 't3';"),
    );
    let fleet = site.build(project);
    names.iter().for_each(|name| fleet.create(name));
    fleet.code(&["upgrade", "--shared"], 0);
    fleet.code(&["upgrade", "--jobs", "1"], 0);
    every_command(&fleet, &names);
    for name in &names {
        assert_eq!(fleet.ran(name), "t1 t2 t3", "{name:?}");
    }
    assert_eq!(fleet.shared("SELECT count(*) FROM customers"), format!("{}\n", names.len()));
}

/// In a search path of PostgreSQL, one name stands for another.
#[test]
fn the_name_of_whoever_asks() {
    let site = Site::new(Kind::Postgres);
    let project = site.project(&["$user".to_owned(), "t01".to_owned()]);
    let fleet = site.build(project);
    fleet.create("$user");
    fleet.create("t01");
    let output = fleet.env.run(&["upgrade"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(
        output.stderr.contains("tables of tenant $user would be made in schema public"),
        "{output}"
    );
    assert_eq!(fleet.shared("SELECT to_regclass('public.ran')"), "\n");
    assert_eq!(fleet.ran("t01"), "t1 t2");
}

/// A command that is suggested does what it says, whatever the name is.
#[test]
fn suggested_commands_are_quoted() {
    let site = Site::new(Kind::Sqlite);
    let name = "a; touch harm; 'b' $(touch harm)";
    let project = site.project(&[name.to_owned()]);
    let fleet = site.build(project);
    fleet.code(&["upgrade", "--shared"], 0);
    fleet.code(&["upgrade", "t1", "--tenants"], 0);
    let said = fleet.code(&["status", "--check"], 2);
    let (_, command) = said.split_once("try: limbeck ").unwrap();
    let mut shell = fleet.env.program("/bin/sh");
    shell.args(["-c", &format!("\"$0\" {}", command.lines().next().unwrap())]);
    shell.arg(env!("CARGO_BIN_EXE_limbeck"));
    let output = fleet.env.finish(shell);
    assert_eq!(output.code(), Some(0), "{output}");
    assert!(!fleet.env.path("harm").exists());
    assert_eq!(fleet.ran(name), "t1 t2");
}

/// Files stay in their directory.
#[test]
fn on_sqlite() {
    let names: Vec<String> = ["it's", "\"quoted\"", "a b", "Ünïcödé", "UPPER", "a;b", "dot.ted"]
        .map(str::to_owned)
        .into();
    let site = Site::new(Kind::Sqlite);
    let project = site.project(&names).revision(
        revision("t3", &["t2"])
            .upgrade("INSERT INTO ran VALUES ('t3');")
            .downgrade("DELETE FROM ran WHERE script = 't3';"),
    );
    let fleet = site.build(project);
    fleet.code(&["upgrade", "--shared"], 0);
    fleet.code(&["upgrade", "--jobs", "1"], 0);
    every_command(&fleet, &names);
    for name in &names {
        assert_eq!(fleet.ran(name), "t1 t2 t3", "{name:?}");
    }
    for wrong in ["../out", "a/b", "..", ".hidden", "back\\slash", "per%41cent", "q?mode=ro", "h#h"]
    {
        let site = Site::new(Kind::Sqlite);
        let fleet = site.build(Site::new(Kind::Sqlite).project(&[wrong.to_owned()]));
        let output = fleet.env.run(&["upgrade"]);
        assert!(!output.status.success(), "{wrong}: {output}");
        assert!(output.stderr.contains("cannot be a part of the name of a file"), "{output}");
        assert_eq!(fleet.env.files("tenants"), ["README"], "{wrong}");
        assert_eq!(
            query(&fleet.env, &fleet.url, "SELECT name FROM customers"),
            format!("{wrong}\n")
        );
    }
}

/// A name that does harm on a terminal is shown escaped.
#[test]
fn control_characters_are_escaped() {
    let site = Site::new(Kind::Postgres);
    let name = "red\u{1b}[31m\nline\u{7}";
    let project = site.project(&[]);
    let fleet = site.build(project);
    fleet.code(&["upgrade"], 0);
    fleet.list(name);
    fleet.list("missing\u{1b}[31m");
    fleet.create(name);
    for words in [
        &["upgrade", "--jobs", "1"][..],
        &["status"],
        &["current"],
        &["plan"],
        &["health"],
        &["upgrade", "--json"],
        &["journal"],
        &["upgrade", "--log-sql", "--tenant", "red*"],
        &["downgrade", "t1", "--tenant", "red*"],
        &["upgrade", "--tenant", "nothing\u{1b}[31m"],
    ] {
        let output = fleet.env.run(words);
        let said = output.to_string();
        assert!(!said.contains('\u{1b}') && !said.contains('\u{7}'), "{words:?} {said:?}");
        // A statement has its lines, and the name is one of its words.
        let is_statement = words.contains(&"--log-sql");
        assert!(is_statement || !said.contains("\nline"), "{words:?} {said:?}");
    }
    assert_eq!(fleet.ran(name), "t1");
}
