//! `--sql` of scripts that change where names without a schema lead: the version table and the
//! next revision are where they were.

use super::offline::feed;
use crate::support::{
    ProjectBuilder, TestEnvironment, mariadb, postgres, project, query, revision,
};

/// `a1` goes elsewhere and does not come back, `b1` follows it.
fn leaving(url: &str, leave: &str) -> ProjectBuilder {
    project()
        .url(url)
        .revision(
            revision("a1", &[])
                .upgrade(&format!("{leave};\nCREATE TABLE away (id INTEGER);"))
                .downgrade(&format!("{leave};\nDROP TABLE away;")),
        )
        .revision(revision("b1", &["a1"]))
}

/// The text, with the names of databases as they are.
fn text(env: &TestEnvironment, arguments: &[&str]) -> String {
    String::from_utf8(env.command(arguments).output().unwrap().stdout).unwrap()
}

/// Its text does what a run does, both ways.
fn check(env: &TestEnvironment, url: &str, there: &str) {
    feed(env, url, &text(env, &["upgrade", "head", "--sql"]));
    assert_eq!(query(env, url, "SELECT * FROM alembic_version"), "b1\n");
    assert_eq!(query(env, url, &format!("SELECT count(*) FROM {there}.away, t_b1")), "0\n");
    feed(env, url, &text(env, &["downgrade", "head:base", "--sql"]));
    assert_eq!(query(env, url, "SELECT * FROM alembic_version"), "");
    env.run(&["upgrade"]).ok();
    assert_eq!(query(env, url, &format!("SELECT count(*) FROM {there}.away, t_b1")), "0\n");
}

#[test]
fn a_text_for_mysql_comes_back_from_use() {
    for leave in [
        "USE other",
        "PREPARE p FROM 'USE other';\nEXECUTE p",
        "SET @s = CONCAT('USE ', 'other');\nEXECUTE IMMEDIATE @s",
        "BEGIN NOT ATOMIC EXECUTE IMMEDIATE 'USE other'; END",
    ] {
        let (url, other) = (mariadb().create_database(), mariadb().create_database());
        let [own, other] = [&url, &other].map(|url| url.rsplit_once('/').unwrap().1.to_owned());
        let env = leaving(&url, &leave.replace("other", &other)).build();
        let text = text(&env, &["upgrade", "head", "--sql"]);
        let back = format!("USE `{own}`;\n\nINSERT INTO alembic_version");
        assert!(text.contains(&back), "{text}");
        check(&env, &url, &other);
    }
}

#[test]
fn a_text_for_postgres_comes_back_from_a_search_path() {
    for mode in ["revision", "run", "alembic"] {
        for leave in
            ["SET search_path = away", "SELECT pg_catalog.set_config('search_path', 'away', false)"]
        {
            let url = postgres().create_database();
            let env = leaving(&url, leave)
                .config(format!(
                    "[scripts]\ntransaction_mode = \"{mode}\"\n[databases.app]\nurl = \"{url}\"\n"
                ))
                .build();
            query(&env, &url, "CREATE SCHEMA away");
            check(&env, &url, "away");
        }
    }
}

#[test]
fn a_url_without_a_database_has_no_way_back() {
    let env = leaving("mysql://me@nowhere.invalid", "USE `other`").build();
    insta::assert_snapshot!(env.run(&["upgrade", "head", "--sql"]), @"
    ------- stderr -------
    error: revision a1: it goes to another database, and the URL names none that the text could come back to
      --> versions/a1_x.sql:11:1
       |  USE `other`
       |  ^
    hint: name the database in the URL: mysql://host/DATABASE
    [exit status: 78]
    ");
    // A text that stays where it is needs none.
    env.run(&["upgrade", "a1:b1", "--sql"]).ok();
}
