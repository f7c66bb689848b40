//! What is refused before anything is done.

use std::fs;

use super::support::{HOMES, Home, Many, Shape, Worker, tenant};
use crate::support::{project, query, revision};

#[test]
fn a_worker_with_other_files_does_not_begin() {
    for home in HOMES {
        let many = Shape::new(home, 1, 3).build();
        many.code(&["fleet", "create"], 0);
        let files = many.env.files("versions");
        let file = files.iter().find(|file| file.contains("t3")).unwrap();
        let path = many.env.path("versions").join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("CREATE TABLE t3", "CREATE TABLE IF NOT EXISTS t3")).unwrap();
        let said = many.code(&["fleet", "work"], 4);
        assert!(said.contains("was made with other revisions than these"), "{home:?}: {said}");
        assert_eq!(many.sites("pending"), 4, "{home:?}");
        fs::write(&path, text).unwrap();
        many.code(&["fleet", "work"], 0);
        many.all_is_done();
    }
}

#[test]
fn a_worker_of_another_version_does_not_begin() {
    let many = Shape::new(Home::Postgres, 1, 1).build();
    many.code(&["fleet", "create"], 0);
    query(&many.env, &many.home, "UPDATE limbeck_rollouts SET tool_version = '0.0.1'");
    let said = many.code(&["fleet", "work"], 4);
    assert!(said.contains("was made by limbeck 0.0.1"), "{said}");
}

#[test]
fn no_site_is_in_two_rollouts_at_once() {
    for home in HOMES {
        let many = Shape::new(home, 2, 3).build();
        let first = many.json(&["fleet", "create", "-d", "d0"], 0);
        let said = many.code(&["fleet", "create"], 3);
        assert!(said.contains("d0 is in rollout"), "{home:?}: {said}");
        let again = many.json(&["fleet", "create", "-d", "d0", "--if-needed"], 0);
        assert_eq!((&again["rollout"], &again["created"]), (&first["rollout"], &false.into()));
        // Another one of other sites is another matter, and one worker does both.
        let second = many.json(&["fleet", "create", "-d", "d1"], 0);
        assert_ne!(first["rollout"], second["rollout"]);
        let said = many.code(&["fleet", "pause"], 64);
        assert!(said.contains("several rollouts are not finished"), "{home:?}: {said}");
        many.code(&["fleet", "pause", second["rollout"].as_str().unwrap()], 0);
        many.code(&["fleet", "work", first["rollout"].as_str().unwrap()], 0);
        many.code(&["fleet", "resume"], 0);
        many.code(&["fleet", "work"], 0);
        many.all_is_done();
        let said = many.code(&["fleet", "create"], 0);
        assert!(said.contains("no rollout was made"), "{home:?}: {said}");
    }
}

#[test]
fn two_rollouts_at_once() {
    let many = Shape::new(Home::Postgres, 2, 10).build();
    many.code(&["fleet", "create", "-d", "d0"], 0);
    many.code(&["fleet", "create", "-d", "d1"], 0);
    let workers: Vec<_> = (0..3).map(|_| many.worker(&["--jobs", "2"])).collect();
    for worker in workers {
        worker.ok();
    }
    many.all_is_done();
}

#[test]
fn a_target_must_mean_the_same_each_time() {
    let many = Shape::new(Home::Sqlite, 1, 1).build();
    for target in ["+1", "tenant@+1", "current"] {
        let said = many.code(&["fleet", "create", target], 64);
        assert!(said.contains("means something else after each step"), "{said}");
    }
    many.code(&["fleet", "create", "--tenants", "tenant@t1+1"], 0);
    many.code(&["fleet", "work"], 0);
    let url = &many.databases[0];
    let heads =
        query(&many.env, url, &format!("SELECT version_num FROM {}.alembic_version", tenant(0)));
    assert_eq!(heads, "t2\n");
}

#[test]
fn a_site_is_chosen_when_a_rollout_is_made() {
    let many = Shape::new(Home::Sqlite, 1, 3).build();
    many.code(&["fleet", "create", "--shared"], 0);
    for command in ["work", "status", "pause", "resume", "abort"] {
        for choice in [["--tenant", "t001"], ["-d", "d0"]] {
            let said = many.code(&["fleet", command, choice[0], choice[1]], 64);
            assert!(said.contains("a rollout works on its own sites"), "{said}");
        }
    }
    many.code(&["fleet", "work"], 0);
    many.code(&["fleet", "create", "--tenant", "t00[12]"], 64);
    many.code(&["fleet", "create", "--tenant", "t001", "--tenant", "t002"], 0);
    many.code(&["fleet", "work"], 0);
    let ran = query(&many.env, &many.databases[0], "SELECT DISTINCT tenant FROM ran ORDER BY 1");
    assert_eq!(ran, "t001\nt002\n");
}

#[test]
fn the_home_must_be_named_where_there_are_several() {
    let env = project()
        .config("[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:b.db\"\n")
        .revision(revision("a1", &[]))
        .build();
    let output = env.run(&["fleet", "create"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("[fleet] home = \"a\""), "{output}");
    assert_eq!(env.run(&["fleet", "status"]).code(), Some(78));
    let env = project()
        .config("[fleet]\nhome = \"c\"\n[databases.a]\nurl = \"sqlite:a.db\"\n")
        .revision(revision("a1", &[]))
        .build();
    let output = env.run(&["fleet", "create"]);
    assert_eq!(output.code(), Some(78), "{output}");
    assert!(output.stderr.contains("there is no such database"), "{output}");
}

#[test]
fn databases_that_need_each_other_are_refused() {
    let config = "[fleet]\nhome = \"a\"\n[databases.a]\nurl = \"sqlite:a.db\"\nbranches = [\"a\"]\n\
                  [databases.b]\nurl = \"sqlite:b.db\"\nbranches = [\"b\"]\n";
    let build = |last: &str| {
        project()
            .config(config)
            .revision(revision("a1", &[]).label("a"))
            .revision(revision("b1", &[]).label("b").depends_on("a1"))
            .revision(revision("a2", &["a1"]).depends_on(last))
            .build()
    };
    let env = build("b1");
    let output = env.run(&["fleet", "create"]);
    assert_eq!(output.code(), Some(4), "{output}");
    assert!(output.stderr.contains("databases a and b need each other's"), "{output}");
    // One way there is an order.
    let env = build("a1");
    assert_eq!(env.run(&["fleet", "create"]).code(), Some(0));
    let output = env.run(&["fleet", "work", "--jobs", "1"]);
    assert_eq!(output.code(), Some(0), "{output}");
    let (a, b) = (output.stderr.find("a: 2 revisions"), output.stderr.find("b: 1 revision"));
    assert!(a.is_some() && a < b, "{output}");
}

#[test]
fn looking_makes_nothing() {
    let env = project().url("sqlite:app.db").revision(revision("a1", &[])).build();
    let output = env.run(&["fleet", "status"]);
    assert_ne!(output.code(), Some(0), "{output}");
    assert!(!env.path("app.db").exists());
    assert_eq!(env.run(&["upgrade"]).code(), Some(0));
    let output = env.run(&["fleet", "status"]);
    assert_eq!(output.code(), Some(64), "{output}");
    assert_eq!(
        query(
            &env,
            "sqlite:app.db",
            "SELECT count(*) FROM sqlite_master WHERE name LIKE 'limbeck_roll%'"
        ),
        "0\n"
    );
}

#[test]
fn a_rollout_that_covers_less_is_another_one() {
    for home in HOMES {
        let many = Shape::new(home, 1, 4).build();
        many.code(&["fleet", "create", "--shared"], 0);
        many.code(&["fleet", "work"], 0);
        let one = many.json(&["fleet", "create", "--tenant", "t001"], 0);
        // What is wanted is more.
        many.code(&["fleet", "create", "--if-needed"], 3);
        let same = many.json(&["fleet", "create", "--tenant", "t001", "--if-needed"], 0);
        assert_eq!(one["rollout"], same["rollout"], "{home:?}");
        many.code(&["fleet", "work"], 0);
        // A part of it that is done makes no difference.
        let all = many.json(&["fleet", "create"], 0);
        query(
            &many.env,
            &many.home,
            "UPDATE limbeck_rollout_sites SET not_before = 99999999999999 WHERE tenant = 't003'",
        );
        many.code(&["fleet", "work", "--until-idle"], 2);
        let same = many.json(&["fleet", "create", "--if-needed"], 0);
        assert_eq!(all["rollout"], same["rollout"], "{home:?}");
    }
}

#[test]
fn a_finished_rollout_stays_finished() {
    for home in HOMES {
        let many = Shape::new(home, 1, 2).build();
        many.code(&["fleet", "create"], 0);
        many.code(&["fleet", "work"], 0);
        let said = many.code(&["fleet", "retry"], 0);
        assert!(said.contains("0 sites are tried again"), "{home:?}: {said}");
        let all = many.json(&["fleet", "status", "--all"], 0);
        assert_eq!(all["rollouts"][0]["state"], "done", "{home:?}");
    }
}

/// A configuration whose second database is at another URL.
fn elsewhere(many: &Many, url: &str) {
    let config = many.env.read("limbeck.toml").replace(&many.databases[1], url);
    many.env.write("other.toml", config);
}

fn other_worker(many: &Many, arguments: &[&str]) -> Worker {
    let all = ["-c", "other.toml", "fleet", "work"].iter().chain(arguments).copied();
    Worker::start(&mut many.env.command(&all.collect::<Vec<_>>()))
}

#[test]
fn what_one_worker_does_not_reach_does_not_fail() {
    let many = Shape::new(Home::Postgres, 2, 12);
    let many = Shape { script: "SELECT pg_sleep(0.02);", ..many }.build();
    let (before, _) = many.databases[1].rsplit_once('/').unwrap();
    elsewhere(&many, &format!("{before}/no_such_database"));
    many.code(&["fleet", "create"], 0);
    let bad = other_worker(&many, &["--jobs", "2"]);
    many.await_that(|| many.sites("done") > 3);
    assert_eq!(many.sites("failed"), 0);
    many.worker(&["--jobs", "2"]).ok();
    let said = bad.ok();
    assert!(said.contains("d1 is out of reach from here, and left to others"), "{said}");
    many.all_is_done();
}

#[test]
fn another_database_of_the_same_name_is_not_brought_on() {
    for home in HOMES {
        let many = Shape::new(home, 2, 4);
        let many = Shape { script: "SELECT pg_sleep(0.02);", ..many }.build();
        let copy = crate::support::postgres().create_database();
        let sql = "CREATE TABLE customers (name text PRIMARY KEY); INSERT INTO customers \
                   VALUES ('t000'), ('t001'), ('t002'), ('t003'); CREATE SCHEMA t000; \
                   CREATE SCHEMA t001; CREATE SCHEMA t002; CREATE SCHEMA t003";
        query(&many.env, &copy, sql);
        elsewhere(&many, &copy);
        many.code(&["fleet", "create"], 0);
        let bad = other_worker(&many, &[]);
        many.await_that(|| many.sites("done") == 5);
        many.worker(&[]).ok();
        let said = bad.ok();
        assert!(said.contains("leads to another one here"), "{home:?}: {said}");
        let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version'";
        assert_eq!(query(&many.env, &copy, tables), "0\n", "{home:?}");
        many.all_is_done();
    }
}

#[test]
fn words_are_kept_whatever_the_home_can_hold() {
    let name = format!("latin_{}", std::process::id());
    let create = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    let server = crate::support::postgres();
    server.psql("postgres", &format!("CREATE DATABASE {name} {create}"));
    server
        .psql("postgres", &format!("ALTER DATABASE {name} SET standard_conforming_strings = off"));
    let home = server.url(&name);
    let many = Shape { home, ..Shape::new(Home::Sqlite, 1, 2) }.build();
    let url = &many.databases[0];
    query(
        &many.env,
        url,
        "CREATE FUNCTION t001.complain() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'zu viel: 5 € „\\'' ; DROP TABLE limbeck_rollouts; --'; END $$",
    );
    query(
        &many.env,
        url,
        "CREATE TABLE t001.alembic_version (version_num varchar(32)); CREATE TRIGGER complain \
         BEFORE INSERT ON t001.alembic_version FOR EACH ROW EXECUTE FUNCTION t001.complain()",
    );
    many.code(&["fleet", "create", "--note", "back\\'; DROP TABLE limbeck_rollouts; --"], 0);
    many.code(&["fleet", "work"], 7);
    let said = many.json(&["fleet", "status"], 0);
    assert_eq!(said["note"], "back\\'; DROP TABLE limbeck_rollouts; --");
    assert!(said["details"][2]["error"].as_str().unwrap().starts_with("zu viel: 5 ? ?"), "{said}");
}
