//! `limbeck tenants clone`.

use std::fs;
use std::thread;
use std::time::Duration;

use super::support::{Fleet, Kind, fleet};
use crate::support::{project, revision};

/// Two tenants at their heads, of which the first has a row more.
fn filled() -> Fleet {
    let fleet = fleet(Kind::Sqlite, 2);
    fleet.code(&["upgrade"], 0);
    fleet.inside("t01", "INSERT INTO ran VALUES ('own')");
    fleet
}

fn files(fleet: &Fleet) -> Vec<String> {
    fleet.env.files("tenants")
}

#[test]
fn a_copy_has_all_of_the_other() {
    let fleet = filled();
    let before = fs::read(fleet.env.path("tenants/t01.db")).unwrap();
    let said = fleet.code(&["tenants", "clone", "t01", "t03"], 0);
    assert!(said.contains("app/t03: a copy of app/t01, at t2"), "{said}");
    assert!(said.contains("note: app/t03 is not among the tenants"), "{said}");
    assert_eq!(fleet.ran("t03"), "own t1 t2");
    assert_eq!(fs::read(fleet.env.path("tenants/t01.db")).unwrap(), before);
    assert_eq!(files(&fleet), ["README", "t01.db", "t02.db", "t03.db"]);
    for table in ["alembic_version", "limbeck_journal"] {
        let all = format!("SELECT * FROM {table}");
        let copied = fleet.inside("t03", &all);
        assert!(!copied.trim().is_empty(), "{table}");
        assert_eq!(copied, fleet.inside("t01", &all), "{table}");
    }
    // From here on each goes its own way.
    fleet.list("t03");
    fleet.code(&["downgrade", "t1", "--tenant", "t03"], 0);
    assert_eq!(fleet.ran("t03"), "own t1");
    assert_eq!(fleet.ran("t01"), "own t1 t2");
    let said = fleet.code(&["upgrade"], 0);
    assert!(said.contains("app/*: 3 tenants: 1 done, 2 with nothing to do"), "{said}");
    assert_eq!(fleet.ran("t03"), "own t1 t2");
}

#[test]
fn json_says_where_the_copy_is() {
    let fleet = filled();
    let output = fleet.env.run(&["tenants", "clone", "t02", "t03", "--json"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["from"], "t02");
    assert_eq!(json["tenant"], "t03");
    assert_eq!(json["current"], serde_json::json!(["t2"]));
}

#[test]
fn nothing_is_overwritten() {
    let fleet = filled();
    for to in ["t02", "t01"] {
        let said = fleet.code(&["tenants", "clone", "t01", to], 64);
        assert!(said.contains(&format!("{to}.db is there already")), "{said}");
    }
    assert_eq!(fleet.ran("t02"), "t1 t2");
    // SQLite would play this back into the new file.
    fleet.env.write("tenants/t03.db-journal", "of another");
    let said = fleet.code(&["tenants", "clone", "t01", "t03"], 64);
    assert!(said.contains("t03.db-journal is there already"), "{said}");
    assert_eq!(files(&fleet), ["README", "t01.db", "t02.db", "t03.db-journal"]);
}

#[test]
fn what_fails_leaves_nothing() {
    let fleet = filled();
    let said = fleet.code(&["tenants", "clone", "t07", "t08"], 8);
    assert!(said.contains("there is no file"), "{said}");
    fleet.env.write("tenants/t05.db", "this is no database, and long enough to be none at all");
    let output = fleet.env.run(&["tenants", "clone", "t05", "t06"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(files(&fleet), ["README", "t01.db", "t02.db", "t05.db"]);
    // What is left of one that was killed is in nobody's way.
    fleet.env.write("tenants/t03.db.1.part", "half");
    fleet.code(&["tenants", "clone", "t01", "t03"], 0);
    assert_eq!(fleet.ran("t03"), "own t1 t2");
}

#[test]
fn names_are_only_names() {
    let fleet = filled();
    for name in ["'; DROP TABLE ran; --", "\"quoted\"", "Ünïcödé 名前", "UPPER Case", "$x {tenant}"]
    {
        fleet.code(&["tenants", "clone", "t01", name], 0);
        assert!(files(&fleet).contains(&format!("{name}.db")), "{name}");
    }
    let before = files(&fleet);
    for name in ["../outside", "a/b", ".."] {
        let output = fleet.env.run(&["tenants", "clone", "t01", name]);
        assert_ne!(output.code(), Some(0), "{name} {output}");
    }
    assert_eq!(files(&fleet), before);
    assert!(!fleet.env.path("outside.db").exists());
}

#[test]
fn databases_of_their_own_on_servers_are_refused() {
    for url in ["postgres://app:hush-hush@127.0.0.1:1/{tenant}", "mysql://app@127.0.0.1:1/{tenant}"]
    {
        let config = format!(
            "[databases.app]\nurl = \"sqlite:app.db\"\n[databases.app.tenants]\n\
             list = [\"north\"]\ntenant = [\"tenant\"]\nurl = \"{url}\"\n"
        );
        let env = project().config(config).revision(revision("t1", &[]).label("tenant")).build();
        let output = env.run(&["tenants", "clone", "north", "south"]);
        assert_eq!(output.code(), Some(64), "{output}");
        assert!(output.stderr.contains("has a database of its own"), "{output}");
        assert!(output.stderr.contains("limbeck db backup"), "{output}");
    }
}

/// A run of limbeck on the tenant that is copied is waited for.
#[test]
fn runs_are_waited_for() {
    let fleet = filled();
    let lock = fs::File::create(fleet.env.path("tenants/t01.db-limbeck-lock")).unwrap();
    lock.lock().unwrap();
    thread::scope(|scope| {
        let clone = scope.spawn(|| fleet.code(&["tenants", "clone", "t01", "t03"], 0));
        thread::sleep(Duration::from_millis(600));
        assert!(!clone.is_finished());
        assert!(!files(&fleet).iter().any(|name| name.starts_with("t03")), "{:?}", files(&fleet));
        drop(lock);
        clone.join().unwrap();
    });
    assert_eq!(fleet.ran("t03"), "own t1 t2");
}

/// Of several that want one name, one has it, whole.
#[test]
fn one_name_is_given_once() {
    let fleet = filled();
    for n in 0..5 {
        let to = format!("t1{n}");
        let clone = |from| fleet.env.run(&["tenants", "clone", from, &to]);
        let [one, other] = thread::scope(|scope| {
            ["t01", "t02"].map(|from| scope.spawn(move || clone(from))).map(|it| it.join().unwrap())
        });
        let (ran, loser) = match one.code() {
            Some(0) => ("own t1 t2", &other),
            _ => ("t1 t2", &one),
        };
        assert_eq!(loser.code(), Some(64), "{one}\n{other}");
        assert_eq!(one.code().min(other.code()), Some(0), "{one}\n{other}");
        assert_eq!(fleet.ran(&to), ran);
    }
    assert!(!files(&fleet).iter().any(|name| name.ends_with(".part")), "{:?}", files(&fleet));
}

/// A process that is killed while it copies leaves no tenant, and the next one makes it.
#[test]
fn a_killed_copy_is_no_tenant() {
    let fleet = filled();
    fleet.inside(
        "t01",
        "CREATE TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
         WHERE i < 2000) SELECT i, randomblob(20000) AS bytes FROM n",
    );
    let mut child = fleet.env.command(&["tenants", "clone", "t01", "t03"]).spawn().unwrap();
    while !files(&fleet).iter().any(|name| name.ends_with(".part")) {
        assert!(child.try_wait().unwrap().is_none(), "it was done before it could be killed");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!files(&fleet).contains(&"t03.db".to_owned()), "{:?}", files(&fleet));
    fleet.code(&["tenants", "clone", "t01", "t03"], 0);
    assert_eq!(fleet.inside("t03", "SELECT count(*) FROM large").trim(), "2000");
    assert_eq!(fleet.ran("t03"), "own t1 t2");
}
