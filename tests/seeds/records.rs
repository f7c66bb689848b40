//! What has been run is recorded, and not run again.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, shop, user};
use crate::support::DATES;

#[test]
fn a_second_run_does_nothing_and_says_so() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/020_users.sql", &user("after = [\"a1\"]", "ann"))
            .write("seeds/010_countries.csv", "code,name\nDE,Germany\nFR,France\n");
        let first = shop.seed(&[]);
        let second = shop.seed(&[]);
        assert_eq!(shop.query("SELECT code FROM countries ORDER BY code"), "DE FR");
        assert_eq!(shop.query("SELECT name FROM users"), "ann");
        assert_eq!(shop.records(), "done done");
        if kind == Kind::Sqlite {
            assert_snapshot!(first, @"
            ------- stderr -------
            Seeding 010_countries.csv (new)
              2 rows
            Seeding 020_users.sql (new)
            2 seeds run
            [exit status: 0]
            ");
            assert_snapshot!(second, @"
            ------- stderr -------
            nothing to do: 2 seeds have been run already
            [exit status: 0]
            ");
        } else {
            assert_eq!(first.code(), Some(0), "{first}");
            assert!(second.stderr.ends_with("nothing to do: 2 seeds have been run already\n"));
        }
    }
}

#[test]
fn the_plan_says_what_would_be_run_and_changes_nothing() {
    let shop = shop(Kind::Postgres);
    shop.write("seeds/a.sql", &user("", "ann"))
        .write("seeds/b.csv", "#---\n# table = \"countries\"\n#---\ncode,name\nDE,Germany\n")
        .write("seeds/c.sql", &user("when = \"always\"", "cy' || random() || '"));
    assert_snapshot!(shop.seed(&["--plan"]), @"
    database  seed   plan
    --------  -----  ---------
    app       a.sql  run (new)
    app       b.csv  run (new)
    app       c.sql  run (new)
    ------- stderr -------
    [exit status: 0]
    ");
    assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
    assert_eq!(shop.records(), "");
    shop.seed(&[]).ok();
    shop.write("seeds/a.sql", &user("", "anne"))
        .write("seeds/b.csv", "#---\n# table = \"countries\"\n#---\ncode,name\nDE,Deutschland\n");
    assert_snapshot!(shop.seed(&["--dry-run"]), @"
    database  seed   plan
    --------  -----  --------------------------------------
    app       a.sql  nothing: it has changed, and runs once
    app       b.csv  run (changed)
    app       c.sql  run (always)
    ------- stderr -------
    [exit status: 0]
    ");
    insta::with_settings!({filters => DATES}, {
        assert_snapshot!(shop.seed(&["--plan", "--json"]), @r#"
        {
          "databases": [
            {
              "database": "app",
              "tenant": null,
              "seeds": [
                {
                  "seed": "a.sql",
                  "state": "edited",
                  "reason": null,
                  "rows": null,
                  "ran_at": "$DATE"
                },
                {
                  "seed": "b.csv",
                  "state": "due",
                  "reason": "changed",
                  "rows": null,
                  "ran_at": null
                },
                {
                  "seed": "c.sql",
                  "state": "due",
                  "reason": "always",
                  "rows": null,
                  "ran_at": null
                }
              ]
            }
          ],
          "errors": []
        }
        ------- stderr -------
        [exit status: 0]
        "#);
    });
}

#[test]
fn how_often_a_seed_runs_it_says_itself() {
    for kind in KINDS {
        let shop = shop(kind);
        let names = || shop.query("SELECT name FROM users ORDER BY name");
        shop.write("seeds/once.sql", &user("", "once"))
            .write("seeds/changed.sql", &user("when = \"changed\"", "changed"))
            .write("seeds/always.sql", "/*---\nwhen = \"always\"\n---*/\nDELETE FROM users WHERE name = 'x';\nINSERT INTO users (name) VALUES ('x');");
        shop.seed(&[]).ok();
        assert_eq!(names(), "changed once x");
        // Comments and blanks are no change.
        shop.write(
            "seeds/changed.sql",
            &user("when = \"changed\"", "changed").replace("INTO", "--\nINTO  "),
        );
        assert!(shop.seed(&["--plan"]).stdout.contains("changed.sql  nothing: it has been run"));
        shop.write("seeds/once.sql", &user("", "once2"))
            .write("seeds/changed.sql", &user("when = \"changed\"", "changed2"));
        let output = shop.seed(&[]);
        assert_eq!(names(), "changed changed2 once x");
        if kind == Kind::Mariadb {
            assert_snapshot!(output, @"
            ------- stderr -------
            Seeding always.sql (always)
            Seeding changed.sql (changed)
            note: once.sql has changed since it was run, and runs once; to run it again: limbeck db seed --again once.sql
            2 seeds run, 1 has been run already
            [exit status: 0]
            ");
        }
        shop.seed(&["--again", "once.sql"]).ok();
        assert_eq!(names(), "changed changed2 once once2 x");
    }
}

#[test]
fn what_a_downgrade_has_taken_away_is_brought_again() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/ann.sql", &user("after = [\"a1\"]", "ann"));
        shop.seed(&[]).ok();
        shop.env.run(&["downgrade", "base"]).ok();
        let without = shop.seed(&[]);
        shop.env.run(&["upgrade"]).ok();
        let again = shop.seed(&[]);
        assert_eq!(shop.query("SELECT name FROM users"), "ann");
        if kind == Kind::Sqlite {
            assert_snapshot!(without, @"
            ------- stderr -------
            error: database app: seed ann.sql needs revision a1, which is not applied
              --> seeds/ann.sql
              nothing was run
            hint: apply it first: limbeck upgrade -d app
            [exit status: 4]
            ");
            assert_snapshot!(again, @"
            ------- stderr -------
            Seeding ann.sql (reverted)
            1 seed run
            [exit status: 0]
            ");
        }
        assert!(shop.seed(&[]).stderr.contains("nothing to do"));
    }
}

#[test]
fn a_failing_seed_leaves_nothing_of_itself() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/1.sql", &user("", "ann")).write(
            "seeds/2.sql",
            "INSERT INTO users (name) VALUES ('bob');\nINSERT INTO users (name)\n  VALUES ('ann');\n",
        );
        shop.write("seeds/3.sql", &user("", "cy"));
        let output = shop.seed(&[]);
        assert_eq!(output.code(), Some(1), "{output}");
        assert_eq!(shop.query("SELECT name FROM users ORDER BY name"), "ann");
        assert_eq!(shop.records(), "done fail");
        assert!(output.stderr.contains("seeds/2.sql:2"), "{output}");
        if kind == Kind::Postgres {
            assert_snapshot!(output, @r#"
            ------- stderr -------
            Seeding 1.sql (new)
            Seeding 2.sql (new)
            error: database app: duplicate key value violates unique constraint "users_name_key"
              --> seeds/2.sql:2:1
               |  INSERT INTO users (name)
               |  ^
              detail: Key (name)=(ann) already exists.
            hint: nothing of this seed has been kept
            [exit status: 1]
            "#);
        }
        // The next run goes on with it.
        shop.write("seeds/2.sql", &user("", "bob"));
        shop.seed(&[]).ok();
        assert_eq!(shop.query("SELECT name FROM users ORDER BY name"), "ann bob cy");
        assert_eq!(shop.records(), "done fail done done");
    }
}

#[test]
fn the_journal_shows_seeds_and_revisions_are_not_disturbed() {
    let shop = shop(Kind::Sqlite);
    shop.write("seeds/ann.sql", &user("", "ann"));
    shop.seed(&[]).ok();
    let journal = shop.env.run(&["journal", "list"]).stdout;
    assert!(journal.contains("  seed seed:ann.sql: done in "), "{journal}");
    assert!(journal.contains("seeds/ann.sql ("), "{journal}");
    assert_eq!(shop.env.run(&["status", "--check"]).code(), Some(0));
    assert_eq!(shop.env.run(&["health"]).code(), Some(0));
    assert_snapshot!(shop.env.run(&["upgrade"]), @"
    ------- stderr -------
    nothing to do (at a1)
    [exit status: 0]
    ");
}
