//! `limbeck journal`.

use insta::{assert_snapshot, with_settings};
use serde_json::Value;

use super::FILTERS;
use crate::support::{postgres, project, query, revision};

#[test]
fn what_was_done_is_told_run_by_run() {
    let urls = ["sqlite:app.db".to_owned(), postgres().create_database()];
    for url in urls {
        let mut env = project()
            .url(&url)
            .revision(revision("a1", &[]))
            .revision(revision("b1", &["a1"]))
            .revision(revision("c1", &["b1"]).upgrade("SELECT nothing FROM nowhere;"))
            .build();
        env.set("USER", "ann");
        env.run(&["upgrade", "b1"]).ok();
        assert_eq!(env.run(&["upgrade"]).code(), Some(1));
        env.run(&["downgrade", "-1"]).ok();
        env.run(&["stamp", "b1", "--reason", "made by hand"]).ok();
        let log = env.run(&["journal"]).ok();
        let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("    error")).collect();
        insta::allow_duplicates! {
            with_settings!({filters => FILTERS}, {
                assert_snapshot!(lines.join("\n"), @"
                $DATE by ann at $HOST, limbeck 0.1.0 (run $RUN)
                  upgrade a1: done in $TIME, versions/a1_x.sql (46ea3219c1e5)
                  upgrade b1: done in $TIME, versions/b1_x.sql (8e889f704b51)
                $DATE by ann at $HOST, limbeck 0.1.0 (run $RUN)
                  upgrade c1: failed in $TIME, versions/c1_x.sql (d3579d211fcb)
                $DATE by ann at $HOST, limbeck 0.1.0 (run $RUN)
                  downgrade b1: done in $TIME, versions/b1_x.sql (3a1994a6b4af)
                $DATE by ann at $HOST, limbeck 0.1.0 (run $RUN)
                  stamp b1: done in $TIME
                    note: made by hand
                ");
            });
        }
        assert!(log.contains("    error: "), "{log}");
        // An abbreviation is enough, and a revision that is gone is found by its id.
        let last = env.run(&["journal", "list", "--last", "1"]).ok();
        assert_eq!(last.lines().count(), 3, "{last}");
        let of_b1 = env.run(&["journal", "--revision", "b1", "--json"]).ok();
        let of_b1: Value = serde_json::from_str(&of_b1).unwrap();
        let runs = of_b1["databases"][0]["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 3);
        let entry = &runs[0]["entries"][0];
        assert_eq!(entry["event"], "done");
        assert_eq!(entry["file"], "versions/b1_x.sql");
        assert_eq!(entry["raw_digest"].as_str().unwrap().len(), 64);
        assert!(entry["seconds"].as_f64().unwrap() >= 0.0);
        assert_eq!(runs[0]["actor"], "ann");
        assert_eq!(runs[2]["entries"][0]["note"], "made by hand");
    }
}

#[test]
fn several_databases_have_headings_and_reading_makes_nothing() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n[databases.two]\nurl = \"sqlite:two.db\"\n",
        )
        .revision(revision("a1", &[]))
        .build();
    env.run(&["-d", "one", "upgrade"]).ok();
    with_settings!({filters => FILTERS}, {
        assert_snapshot!(env.run(&["journal"]), @"
        [one]
        $DATE by unknown at $HOST, limbeck 0.1.0 (run $RUN)
          upgrade a1: done in $TIME, versions/a1_x.sql (46ea3219c1e5)

        [two]
        no journal
        ------- stderr -------
        [exit status: 0]
        ");
    });
    assert!(!env.path("two.db").exists());
    let json = env.run(&["-d", "two", "journal", "--json"]).ok();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["databases"][0]["runs"], Value::Null);
}

#[test]
fn one_database_that_fails_does_not_hide_the_others() {
    let env = project()
        .config(
            "[databases.one]\nurl = \"sqlite:one.db\"\n\
             [databases.two]\nurl = \"postgresql://me:hush-hush@127.0.0.1:1/two\"\n",
        )
        .revision(revision("a1", &[]))
        .build();
    env.run(&["-d", "one", "upgrade"]).ok();
    let output = env.run(&["journal"]);
    assert_eq!(output.code(), Some(7), "{output}");
    assert!(output.stdout.contains("upgrade a1: done"), "{output}");
    assert!(output.stderr.contains("database two"), "{output}");
}

#[test]
fn a_journal_of_an_earlier_version_is_read_and_gets_its_columns_with_the_next_run() {
    let env = project().revision(revision("a1", &[])).revision(revision("b1", &["a1"])).build();
    env.run(&["upgrade", "a1"]).ok();
    for column in ["file", "header", "upgrade_text", "downgrade_text", "note"] {
        query(&env, "sqlite:app.db", &format!("ALTER TABLE limbeck_journal DROP COLUMN {column}"));
    }
    with_settings!({filters => FILTERS}, {
        assert_snapshot!(env.run(&["journal"]), @"
        $DATE by unknown at $HOST, limbeck 0.1.0 (run $RUN)
          upgrade a1: done in $TIME, text 46ea3219c1e5
        ------- stderr -------
        [exit status: 0]
        ");
    });
    env.run(&["upgrade"]).ok();
    let texts = "SELECT revision, upgrade_text IS NULL FROM limbeck_journal ORDER BY id";
    assert_eq!(query(&env, "sqlite:app.db", texts), "a1|1\nb1|0\n");
}
