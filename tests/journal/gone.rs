//! Applied revisions whose files are gone.

use std::fs;
use std::process::Command;

use insta::{assert_snapshot, with_settings};

use super::FILTERS;
use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

fn urls() -> [String; 3] {
    ["sqlite:app.db".to_owned(), postgres().create_database(), mariadb().create_database()]
}

fn applied(url: &str) -> TestEnvironment {
    let env = project()
        .url(url)
        .revision(revision("a1", &[]))
        .revision(revision("b1", &["a1"]).label("side").message("add t_b1\n\nmore"))
        .revision(revision("c1", &["b1"]).depends_on("side"))
        .build();
    env.run(&["upgrade"]).ok();
    env
}

fn remove(env: &TestEnvironment, id: &str) {
    fs::remove_file(env.path(format!("versions/{id}_x.sql"))).unwrap();
}

#[test]
fn the_journal_says_what_it_was_and_can_revert_it() {
    for url in urls() {
        let env = applied(&url);
        remove(&env, "c1");
        insta::allow_duplicates! {
            for command in [&["upgrade"][..], &["current"], &["downgrade", "a1"]] {
                with_settings!({filters => FILTERS}, {
                    assert_snapshot!(env.run(command), @"
                    ------- stderr -------
                    error: Can't locate revision identified by 'c1'
                      in database app
                      applied on $DATE by unknown at $HOST from versions/c1_x.sql: rev c1
                    hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of c1
                    hint: or revert it with the text that the journal has kept: limbeck downgrade --from-journal c1@-1 -d app
                    [exit status: 4]
                    ");
                });
            }
        }
        // One and the next: what it follows is found in the journal too.
        remove(&env, "b1");
        env.run(&["downgrade", "--from-journal", "a1"]).ok();
        assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
        // Only the one that is left can be read.
        query(&env, &url, "SELECT * FROM t_a1");
        let made_again = query(&env, &url, "CREATE TABLE t_b1 (id INTEGER); DROP TABLE t_b1");
        assert_eq!(made_again, "");
        let log = env.run(&["journal", "--last", "1"]).ok();
        assert!(log.contains("downgrade c1: done"), "{log}");
        env.run(&["upgrade"]).ok();
        env.run(&["downgrade", "base"]).ok();
    }
}

/// The words of the command in the hint that has `part`.
fn told(stderr: &str, part: &str) -> Vec<String> {
    let mut hints = stderr.lines().filter(|line| line.starts_with("hint: "));
    let hint = hints.rfind(|line| line.contains(part)).unwrap_or_default();
    let at = hint.find(part).and_then(|at| hint[..at].rfind("limbeck "));
    let command = at.map(|at| &hint[at + "limbeck ".len()..]);
    let command = command.unwrap_or_else(|| panic!("{part}: {stderr}")).split('`').next();
    let command = command.unwrap_or_default();
    command.split_whitespace().map(str::to_owned).collect()
}

fn run_words(env: &TestEnvironment, words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    env.run(&words).ok();
}

#[test]
fn the_way_out_that_is_told_reverts_nothing_else() {
    let rows = "SELECT version_num FROM alembic_version ORDER BY version_num";
    for with_others in [false, true] {
        for base in [&[][..], &["p1"]] {
            for label in ["", "xx"] {
                let x1 = match label {
                    "" => revision("x1", base),
                    label => revision("x1", base).label(label),
                };
                let others = "[databases.other]\nurl = \"sqlite:other.db\"\n\
                              [databases.third]\nurl = \"sqlite:third.db\"\n";
                let config = format!(
                    "[databases.app]\nurl = \"sqlite:app.db\"\n{}",
                    if with_others { others } else { "" }
                );
                let env = project()
                    .config(config)
                    .revision(revision("p1", &[]))
                    .revision(x1)
                    .revision(revision("y1", base).label("yy"))
                    .build();
                env.run(&["upgrade", "heads"]).ok();
                let before = query(&env, "sqlite:app.db", rows);
                remove(&env, "x1");
                let stderr = env.run(&["upgrade", "heads", "-d", "app"]).stderr;
                run_words(&env, &told(&stderr, "--from-journal"));
                let after = query(&env, "sqlite:app.db", rows);
                assert_eq!(after, before.replace("x1\n", ""), "{stderr}");
                query(&env, "sqlite:app.db", "SELECT * FROM t_y1; CREATE TABLE t_x1 (id INTEGER)");
                if with_others {
                    query(&env, "sqlite:other.db", "SELECT * FROM t_x1");
                }
            }
        }
    }
}

#[test]
fn rows_that_are_right_stay_when_the_others_are_set() {
    let env = project()
        .revision(revision("x1", &[]))
        .revision(revision("x2", &["x1"]))
        .revision(revision("y1", &[]))
        .revision(revision("z1", &[]))
        .build();
    env.run(&["upgrade", "heads"]).ok();
    remove(&env, "x2");
    query(&env, "sqlite:app.db", "UPDATE limbeck_journal SET header = NULL");
    let stderr = env.run(&["upgrade", "heads"]).stderr;
    let refused = env.run(&["downgrade", "--from-journal", "x2@-1"]).stderr;
    let words = told(&stderr, "stamp --purge");
    assert_eq!(words.join(" "), "stamp --purge y1 z1 REVISION -d app", "{stderr}");
    assert_eq!(told(&refused, "stamp --purge"), words, "{refused}");
    assert!(stderr.contains("with REVISION in the place of x2"), "{stderr}");
    let words: Vec<String> = words.iter().map(|word| word.replace("REVISION", "x1")).collect();
    run_words(&env, &words);
    let rows = "SELECT version_num FROM alembic_version ORDER BY version_num";
    assert_eq!(query(&env, "sqlite:app.db", rows), "x1\ny1\nz1\n");
    assert_eq!(env.run(&["upgrade", "heads"]).ok(), "");
}

#[test]
fn a_downgrade_that_stopped_half_way_is_finished_without_the_file() {
    let env = project()
        .revision(
            revision("x1", &[])
                .with("transaction = false")
                .upgrade("CREATE TABLE one (i INTEGER);\nCREATE TABLE two (i INTEGER);")
                .downgrade("DROP TABLE one;\nDROP TABLE two;"),
        )
        .revision(revision("y1", &[]))
        .build();
    env.run(&["upgrade", "heads"]).ok();
    query(&env, "sqlite:app.db", "ALTER TABLE two RENAME TO away");
    assert_eq!(env.run(&["downgrade", "x1@base"]).code(), Some(1));
    query(&env, "sqlite:app.db", "ALTER TABLE away RENAME TO two");
    remove(&env, "x1");
    let command = "limbeck downgrade --from-journal x1@-1 -d app";
    for look in ["status", "health"] {
        let output = env.run(&[look]).to_string();
        assert!(output.contains(command), "{output}");
    }
    run_words(&env, &told(&env.run(&["upgrade", "heads"]).stderr, "--from-journal"));
    let rows = "SELECT version_num FROM alembic_version";
    assert_eq!(query(&env, "sqlite:app.db", rows), "y1\n");
    env.run(&["health"]).ok();
}

#[test]
fn a_target_that_is_gone_may_be_named() {
    let env = applied("sqlite:app.db");
    remove(&env, "c1");
    remove(&env, "b1");
    env.run(&["downgrade", "--from-journal", "side@-1"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT version_num FROM alembic_version"), "b1\n");
    env.run(&["downgrade", "--from-journal", "base"]).ok();
    assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM alembic_version"), "0\n");
}

#[test]
fn a_file_may_follow_one_that_is_gone() {
    for url in urls() {
        let env = applied(&url);
        remove(&env, "b1");
        // The files alone make no graph.
        assert_eq!(env.run(&["current"]).code(), Some(4));
        let output = env.run(&["downgrade", "--from-journal", "a1"]);
        assert_eq!(
            output.stderr,
            "Running downgrade c1 -> b1, rev c1\nRunning downgrade b1 -> a1, add t_b1\n"
        );
        assert_eq!(query(&env, &url, "SELECT version_num FROM alembic_version"), "a1\n");
        query(&env, &url, "CREATE TABLE t_b1 (id INTEGER)");
    }
}

#[test]
fn a_file_may_follow_one_that_another_database_has() {
    let config = "[databases.one]\nurl = \"sqlite:one.db\"\nbranches = [\"side\"]\n\
                  [databases.two]\nurl = \"sqlite:two.db\"\nbranches = [\"main\"]\n";
    let env = project()
        .config(config)
        .revision(revision("a1", &[]).label("side"))
        .revision(revision("m1", &[]).label("main"))
        .revision(revision("b1", &["a1"]))
        .revision(revision("c1", &["b1"]).depends_on("m1"))
        .build();
    env.run(&["upgrade"]).ok();
    remove(&env, "a1");
    remove(&env, "m1");
    env.run(&["downgrade", "--from-journal", "side@base"]).ok();
    env.run(&["downgrade", "--from-journal", "main@base"]).ok();
    for database in ["one", "two"] {
        let url = format!("sqlite:{database}.db");
        assert_eq!(query(&env, &url, "SELECT count(*) FROM alembic_version"), "0\n");
    }
    // What no journal has is missed.
    env.write("versions/x1_x.sql", revision("x1", &["w1"]).text());
    assert_snapshot!(env.run(&["downgrade", "--from-journal", "side@base"]), @"
    ------- stderr -------
    error: Revision w1 referenced from x1 is not present
      --> versions/x1_x.sql
    hint: bring its file back; where it was applied it can be reverted without: limbeck downgrade --from-journal TARGET
    [exit status: 4]
    ");
}

#[test]
fn without_a_text_it_is_refused() {
    let env = applied("sqlite:app.db");
    remove(&env, "c1");
    query(&env, "sqlite:app.db", "UPDATE limbeck_journal SET header = NULL");
    assert_snapshot!(env.run(&["downgrade", "--from-journal", "b1"]), @"
    ------- stderr -------
    error: the journal of database app has no text of revision c1
    hint: bring its file back, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of c1
    [exit status: 4]
    ");
    let output = env.run(&["upgrade"]);
    assert!(!output.stderr.contains("--from-journal"), "{output}");
    query(&env, "sqlite:app.db", "UPDATE limbeck_journal SET header = '{\"format\": 1}'");
    assert_eq!(env.run(&["downgrade", "--from-journal", "b1"]).code(), Some(4));
}

#[test]
fn what_the_text_says_is_kept() {
    let env = project()
        .revision(revision("a1", &[]))
        .revision(
            revision("b1", &["a1"])
                .with("irreversible = true\nirreversible_reason = \"the rows are gone\""),
        )
        .build();
    env.run(&["upgrade"]).ok();
    remove(&env, "b1");
    let output = env.run(&["downgrade", "--from-journal", "a1"]);
    assert!(output.stderr.contains("the rows are gone"), "{output}");
    assert!(output.stderr.contains("as the journal has it"), "{output}");
}

fn git(env: &TestEnvironment, arguments: &[&str]) -> bool {
    let output = Command::new("git")
        .arg("-C")
        .arg(env.path(""))
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"])
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .output();
    output.is_ok_and(|output| output.status.success())
}

#[test]
fn git_knows_which_branch_has_the_file() {
    let env = project()
        .revision(revision("a1", &[]))
        .file("versions/.keep", "")
        .file(".gitignore", "app.db*\n")
        .build();
    if !git(&env, &["init", "-q"]) {
        eprintln!("no git here");
        return;
    }
    assert!(git(&env, &["add", "."]) && git(&env, &["commit", "-qm", "one"]));
    assert!(git(&env, &["checkout", "-qb", "feature/b"]));
    env.write("versions/b1b1_x.sql", revision("b1b1", &["a1"]).text());
    assert!(git(&env, &["add", "."]) && git(&env, &["commit", "-qm", "two"]));
    env.run(&["upgrade"]).ok();
    assert!(git(&env, &["checkout", "-q", "main"]));
    let filters =
        [&FILTERS[..], &[("[0-9a-f]{7,}", "$$HASH"), (r"\d{4}-\d\d-\d\d", "$$DAY")]].concat();
    with_settings!({filters => filters.clone()}, {
        assert_snapshot!(env.run(&["upgrade"]), @"
        ------- stderr -------
        error: Can't locate revision identified by 'b1b1'
          in database app
          applied on $DATE by unknown at $HOST from versions/b1b1_x.sql: rev b1b1
          git: versions/b1b1_x.sql was added by commit $HASH ($DAY, Ann)
          git: it is on feature/b
        hint: no file declares this row of the version table: a newer release, or another checkout, has been here. `limbeck journal` tells who has applied it; check that one out, or set the rows with `limbeck stamp --purge REVISION -d app`, with REVISION in the place of b1b1
        hint: bring the file back: git checkout $HASH -- :/versions/b1b1_x.sql
        hint: or revert it with the text that the journal has kept: limbeck downgrade --from-journal b1b1@-1 -d app
        [exit status: 4]
        ");
    });
    // The way out that is told works.
    let stderr = env.run(&["upgrade"]).stderr;
    let line = stderr.lines().find_map(|line| line.strip_prefix("hint: bring the file back: git "));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    assert!(git(&env, &words), "{words:?}");
    env.run(&["upgrade"]).ok();

    // Removed on its own branch, and under a name that says nothing.
    let odd = revision("c1c1", &["b1b1"]).at("versions/zz.sql");
    env.write("versions/zz.sql", odd.text());
    assert!(git(&env, &["add", "."]) && git(&env, &["commit", "-qm", "three"]));
    env.run(&["upgrade"]).ok();
    assert!(git(&env, &["rm", "-q", "versions/zz.sql"]) && git(&env, &["commit", "-qm", "four"]));
    let stderr = env.run(&["current"]).stderr;
    assert!(stderr.contains("git: versions/zz.sql was added by commit "), "{stderr}");
    assert!(stderr.contains("git: it was removed by commit "), "{stderr}");
}
