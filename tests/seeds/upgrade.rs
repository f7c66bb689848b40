//! `upgrade --seed`.

use insta::assert_snapshot;

use super::support::{KINDS, Kind, shop, user};
use crate::support::{query, revision};

#[test]
fn an_upgrade_runs_no_seed_unless_it_is_asked() {
    for kind in KINDS {
        let shop = shop(kind);
        shop.write("seeds/1.sql", &user("after = \"b2\"", "ann"));
        shop.write("seeds/env/dev/2.sql", &user("", "dev"));
        shop.env.write("versions/b2_x.sql", revision("b2", &["a1"]).text());
        shop.env.run(&["upgrade"]).ok();
        assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
        shop.env.run(&["downgrade", "-1"]).ok();
        let output = shop.env.run(&["upgrade", "--seed"]);
        assert_eq!(shop.query("SELECT name FROM users"), "ann");
        let again = shop.env.run(&["upgrade", "--seed=dev", "--json"]);
        assert_eq!(shop.query("SELECT name FROM users ORDER BY 1"), "ann dev");
        if kind == Kind::Sqlite {
            assert_snapshot!(output, @"
            ------- stderr -------
            Running upgrade a1 -> b2, rev b2
            Seeding 1.sql (new)
            1 seed run
            [exit status: 0]
            ");
            insta::with_settings!({filters => crate::support::DATES}, {
                assert_snapshot!(again, @r#"
                {
                  "databases": [
                    {
                      "database": "app",
                      "report": {
                        "before": [
                          "b2"
                        ],
                        "after": [
                          "b2"
                        ],
                        "steps": []
                      }
                    }
                  ],
                  "errors": [],
                  "seeds": [
                    {
                      "database": "app",
                      "tenant": null,
                      "seeds": [
                        {
                          "seed": "1.sql",
                          "state": "done",
                          "reason": null,
                          "rows": null,
                          "ran_at": "$DATE"
                        },
                        {
                          "seed": "env/dev/2.sql",
                          "state": "run",
                          "reason": "new",
                          "rows": null,
                          "ran_at": null
                        }
                      ]
                    }
                  ]
                }
                ------- stderr -------
                nothing to do (at b2)
                Seeding env/dev/2.sql (new)
                1 seed run, 1 has been run already
                [exit status: 0]
                "#);
            });
        }
        // It has the state of what was seeded, not only of revisions.
        assert_eq!(again.code(), Some(0), "{again}");
    }
}

#[test]
fn after_a_failure_no_seed_is_run_and_a_seed_that_fails_is_a_failure() {
    let shop = shop(Kind::Sqlite);
    shop.write("seeds/1.sql", &user("", "ann"));
    shop.env.write("versions/b2_x.sql", revision("b2", &["a1"]).upgrade("SELECT nope;").text());
    assert_snapshot!(shop.env.run(&["upgrade", "--seed"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    no seeds were run; after a successful upgrade: limbeck db seed
    error: database app: no such column: nope
      --> versions/b2_x.sql:11:1
       |  SELECT nope
       |  ^
    hint: revision b2 was rolled back
    [exit status: 1]
    ");
    assert_eq!(shop.query("SELECT count(*) FROM users"), "0");
    shop.env.write("versions/b2_x.sql", revision("b2", &["a1"]).text());
    shop.write("seeds/1.sql", "INSERT INTO nope VALUES (1);");
    assert_snapshot!(shop.env.run(&["upgrade", "--seed"]), @"
    ------- stderr -------
    Running upgrade a1 -> b2, rev b2
    Seeding 1.sql (new)
    error: database app: no such table: nope
      --> seeds/1.sql:1:1
       |  INSERT INTO nope VALUES (1)
       |  ^
    hint: nothing of this seed has been kept
    [exit status: 1]
    ");
    assert_eq!(query(&shop.env, &shop.url, "SELECT version_num FROM alembic_version"), "b2\n");
    // What cannot even be read, or be run as it stands, is told before the upgrade.
    shop.env.write("versions/c3_x.sql", revision("c3", &["b2"]).text());
    shop.write("seeds/1.sql", "COMMIT;");
    assert_eq!(shop.env.run(&["upgrade", "--seed"]).code(), Some(78));
    shop.write("seeds/1.sql", &user("after = \"d4\"", "ann"));
    assert_eq!(shop.env.run(&["upgrade", "--seed"]).code(), Some(4));
    shop.write("seeds/1.sql", "/*---\nwehn = 1\n---*/\nSELECT 1;");
    assert_snapshot!(shop.env.run(&["upgrade", "--seed"]), @"
    ------- stderr -------
    error: unknown key 'wehn', did you mean 'when'?
      --> seeds/1.sql:2:1
       |  wehn = 1
       |  ^
    [exit status: 78]
    ");
    assert_eq!(query(&shop.env, &shop.url, "SELECT version_num FROM alembic_version"), "b2\n");
}
